"""What the panel reads, without Dagster, in a process of its own: it is looked at all day."""

from __future__ import annotations

import uvicorn

from tower_anime_assets import settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets.web.app import build_app


def main() -> None:
    """Serve until killed."""
    loaded_settings = settings.from_environment()
    studio = Studio(loaded_settings, Database(loaded_settings.database_url))
    uvicorn.run(build_app(studio), host="127.0.0.1", port=loaded_settings.web_port, log_level="warning")


if __name__ == "__main__":
    main()
