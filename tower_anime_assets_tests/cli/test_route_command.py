"""`tower route` as a user runs it: in words, as JSON, with servers at hand, and when nobody can make a shot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tower_anime_assets_tests.cli.small_studio import SmallStudio, small_studio
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI

SHOT = "small-e01-sc01-sh0010"


@pytest.fixture(scope="module")
def studio() -> Iterator[SmallStudio]:
    with small_studio() as made:
        yield made


def test_without_a_service_it_names_the_programs_own_engines(studio: SmallStudio) -> None:
    studio.variables.pop("COMFYUI_URL", None)
    ran = studio.tower("route", SHOT, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["stages"]["clip"]["chosen"].startswith("embedded")
    words = studio.tower("route", SHOT)
    assert f"{SHOT}, image" in words.out
    assert "chosen" in words.out


def test_with_two_servers_it_ranks_their_workflows_and_renders_nothing(studio: SmallStudio) -> None:
    with FakeComfyUI() as one, FakeComfyUI() as other:
        studio.variables["COMFYUI_URL"] = f"{one.url},{other.url}"
        ran = studio.tower("route", SHOT, "--json")
        assert ran.code == 0, ran.err
        assert ran.json["stages"]["clip"]["chosen"].startswith("comfyui:")
        assert one.submissions.total() == other.submissions.total() == 0
        assert one.requests
        assert other.requests


def test_when_two_bare_servers_lack_everything_it_says_so_once_and_shortly(studio: SmallStudio) -> None:
    with FakeComfyUI(files={}) as one, FakeComfyUI(files={}) as other:
        studio.variables["COMFYUI_URL"] = f"{one.url},{other.url}"
        ran = studio.tower("route", SHOT)
    assert ran.code != 0
    assert "no workflow can make it" in ran.err
    assert "both servers: " in " ".join(ran.err.split())
    assert one.url not in ran.err
