"""Entry point of the media pages: `python -m tower_anime_assets.web` serves them on loopback."""

import uvicorn

from tower_anime_assets import settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import server
from tower_anime_assets.store.database import Database
from tower_anime_assets.web.app import build_app


def main() -> None:
    """Serve until interrupted."""
    loaded_settings = settings.from_environment()
    studio = Studio(loaded_settings, Database(server.ensure_server(loaded_settings).url))
    uvicorn.run(build_app(studio), host="127.0.0.1", port=loaded_settings.media_port, log_level="warning")


if __name__ == "__main__":
    main()
