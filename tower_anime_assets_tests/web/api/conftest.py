"""The API as it is served: with the guard before it, on a studio with an episode made by the embedded engines."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.settings import Scope, Settings
from tower_anime_assets.stages.run_launching import RunLauncher
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets.web.access import Caller
from tower_anime_assets.web.app import build_app
from tower_anime_assets.web.guard import Guard
from tower_anime_assets_tests.stages.conftest import made_episode, saved_studio

__all__ = ["client_of", "made_episode", "saved_studio"]

HOST = "127.0.0.1:3000"


class KnownCaller:
    """Takes every request for one person's."""

    def __init__(self, name: str, scope: Scope) -> None:
        self.caller = Caller(name, scope, has_cookie=False)

    async def identify(self, _scope: object) -> Caller:
        return self.caller


def client_of(
    studio: Studio, name: str = "Mei", scope: Scope = Scope.SPEND, runs: RunLauncher | None = None
) -> TestClient:
    """Return a client that asks as this person."""
    guard = Guard(build_app(studio, runs=runs), [HOST], [f"http://{HOST}"], KnownCaller(name, scope))
    return TestClient(guard, base_url=f"http://{HOST}", raise_server_exceptions=False)


@pytest.fixture(scope="module")
def studio(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """A studio without a show; `made_episode` is one with an episode."""
    folder = tmp_path_factory.mktemp("studio")
    return Studio(Settings(projects=folder / "projects", home=folder / "home"), database)
