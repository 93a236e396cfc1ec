"""Serve the media pages on loopback: `python -m tower_anime_assets.web`."""

import uvicorn

from tower_anime_assets import settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import server
from tower_anime_assets.store.database import Database
from tower_anime_assets.web.app import build_app


def main() -> None:
    """Serve until interrupted."""
    found = settings.from_environment()
    studio = Studio(found, Database(server.ensure_server(found).url))
    uvicorn.run(build_app(studio), host="127.0.0.1", port=found.media_port, log_level="warning")


if __name__ == "__main__":
    main()
