"""The studio from memory, against the API's own models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.testclient import TestClient

from tower_anime_assets.web.api.app import PREFIX, ROUTERS
from tower_anime_assets_tests.fakes.director_api import EPISODE, DirectorApi

PATHS = (
    "/me",
    "/reasons",
    "/episodes",
    f"/episodes/{EPISODE}",
    f"/episodes/{EPISODE}/storyboard",
    "/runs",
    f"/approvals/{EPISODE}",
    f"/estimates/{EPISODE}",
    "/nights",
    "/quality/nexus",
    "/projects",
    "/projects/nexus",
    "/projects/nexus/files/episodes/e01.fountain",
    f"/scripts/{EPISODE}",
    "/facts",
    "/feedback",
    "/waivers",
    "/sessions",
)


def model_of(path: str) -> Any:
    """Return what the API answers a GET of an address with."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    return next(
        route for route in routes if "GET" in (route.methods or ()) and route.path_regex.match(path)
    ).response_model


@pytest.mark.parametrize("path", PATHS)
def test_what_it_answers_is_what_the_api_can_answer(path: str, tmp_path: Path) -> None:
    answer = TestClient(DirectorApi().app(tmp_path)).get(f"{PREFIX}{path}").json()
    try:
        TypeAdapter(model_of(path)).validate_python(answer)
    except ValidationError as error:
        wrong = [one for one in error.errors() if one["type"] != "missing"]  # it may leave out what no page shows
        assert wrong == []
