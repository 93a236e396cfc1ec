"""`tower route` as a user runs it: in words, as JSON, with servers at hand, and when nobody can make a shot."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tower_anime_assets_tests.cli.small_studio import SmallStudio, small_studio
from tower_anime_assets_tests.fakes import comfyui
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
    assert "no workflow can make them" in ran.err
    assert "both servers: " in " ".join(ran.err.split())
    assert one.url not in ran.err


def test_a_plan_needs_no_server_and_says_what_it_could_not_ask(studio: SmallStudio) -> None:
    studio.variables["COMFYUI_URL"] = "http://127.0.0.1:9"
    ran = studio.tower("plan", "small-e01", "--json")
    assert ran.code == 0, ran.err
    assert {shot["state"] for shot in ran.json["shots"] if shot["stage"] == "keyframe"} == {"missing"}
    assert "http://127.0.0.1:9 could not be asked" in ran.json["preflight"]["small-e01"]["unasked"][0]
    assert studio.tower("route", SHOT).code == 3


def test_nothing_is_sent_while_something_is_missing_for_keyframes_or_clips(studio: SmallStudio) -> None:
    published = json.loads(comfyui._MODEL_FILES.read_text())
    with FakeComfyUI(files={"checkpoints": published["checkpoints"]}) as server:
        studio.variables["COMFYUI_URL"] = server.url
        ran = studio.tower("produce", "small-e01")
        assert server.submissions.total() == 0
    assert ran.code == 2
    said = " ".join(ran.err.split())
    assert "small-e01 cannot be made:" in said
    assert "clips of small-e01-sc01-sh0010" in said
    assert "keyframes of" not in said


def test_failures_are_cleared_by_name_by_server_or_all_and_on_record(studio: SmallStudio) -> None:
    with FakeComfyUI() as server:
        studio.variables["COMFYUI_URL"] = server.url
        ran = studio.tower("route", SHOT, "--clear", "all", "--why", "a new card", "--who", "mika", "--json")
        assert ran.code == 0, ran.err
        assert ran.json["cleared"]["in_use_again"] == {}
        assert ran.json["stages"]["clip"]["chosen"].startswith("comfyui:"), "and the shot is routed"
        words = studio.tower("route", "--clear", f"{server.url}/")
        assert f"failures of {server.url} count no more" in words.out
    unknown = studio.tower("route", "--clear", "ltx_2b_i2w")
    assert (unknown.code, "Did you mean ltx_2b_i2v" in " ".join(unknown.err.split())) == (2, True), unknown.err
    assert studio.tower("route").code == 2
