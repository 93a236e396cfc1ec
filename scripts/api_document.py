"""Print the API's OpenAPI document, without a server or a database: the panel's types are generated from it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets.web.api.app import build_api

if __name__ == "__main__":
    nowhere = Studio(Settings(projects=Path("projects"), home=Path("home")), Database(""))
    json.dump(build_api(nowhere).openapi(), sys.stdout)
