"""`/api/anime`: single pictures and clips from words are decided, made and judged as an episode's are."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.settings import Scope
from tower_anime_assets.stages.open_decisions import list_abandoned
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets_tests.small_show import write_small_show
from tower_anime_assets_tests.web.api.conftest import client_of

WORDS = "Akira stands on the bridge at night."


@pytest.fixture(scope="module")
def show(studio: Studio) -> Studio:
    write_small_show(studio.settings.projects)
    return studio


@pytest.fixture(scope="module")
def client(show: Studio) -> TestClient:
    return client_of(show)


def test_a_clip_and_its_picture_are_made_from_words_once(client: TestClient, show: Studio) -> None:
    clip = client.post("/api/anime/generate", json={"prompt": WORDS, "kind": "video", "session_id": "bridge"}).json()
    assert clip["accepted"]
    assert (clip["engine"], clip["label"], clip["reused"]) == ("embedded-animator", "animatic", False)
    assert client.get(clip["url"]).headers["content-type"] == "video/mp4"
    assert "clips_move_as_planned" in {gate["gate"] for gate in clip["gates"]}
    picture = client.post("/api/anime/generate", json={"prompt": WORDS, "session_id": "bridge"}).json()
    assert (picture["engine"], picture["reused"]) == ("embedded-painter", True)
    assert client.get(picture["url"]).headers["content-type"] == "image/png"
    trail = client.get("/api/director/sessions/bridge/history").json()
    assert [(one["decision_type"], one["created_by"]) for one in trail["decisions"]] == [
        ("plan", "Mei"),
        ("keyframe", "Mei"),
        ("clip", "Mei"),
    ]
    assert trail["decisions"][-1]["key"] == clip["key"]
    assert list_abandoned(show) == []


def test_the_wanted_framing_reaches_the_picture(client: TestClient) -> None:
    body = {"prompt": "Luna reads in the library.", "framing": "close-up"}
    picture = client.post("/api/anime/generate", json=body).json()
    assert picture["prompt"].startswith("close-up")


def test_who_may_not_spend_makes_nothing(show: Studio) -> None:
    before = show.chain_mark
    answer = client_of(show, scope=Scope.DIRECT).post("/api/anime/generate", json={"prompt": WORDS})
    assert answer.status_code == 403
    assert show.chain_mark == before


def test_the_phases_are_in_the_order_of_work(client: TestClient) -> None:
    phases = client.get("/api/anime/phases").json()
    names = [phase["name"] for phase in phases]
    assert names == [
        *("sheet", "plan", "keyframe", "clip", "interpolation", "upscale", "voice", "music", "mix", "master")
    ]
    assert all(names.index(before) < names.index(phase["name"]) for phase in phases for before in phase["needs"])
    assert all(phase["makes"] and (phase["gates"] or phase["name"] in ("interpolation", "upscale")) for phase in phases)


def test_health_says_who_would_make_what(client: TestClient) -> None:
    assert client.get("/api/anime/health").json()["engines"]["clips"] == "embedded"
