"""Shots, takes and prompts over the API, on a made episode."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.stages.rulings import readmit_take, reject_take
from tower_anime_assets.store import decisions, story, takes, verdicts
from tower_anime_assets_tests.stages.conftest import MadeEpisode
from tower_anime_assets_tests.web.api.conftest import client_of


@pytest.fixture(scope="module")
def client(made_episode: MadeEpisode) -> TestClient:
    return client_of(made_episode.studio)


@pytest.fixture(scope="module")
def keys(made_episode: MadeEpisode) -> list[str]:
    plan = story.load_plan(made_episode.studio.database, made_episode.key)
    assert plan is not None
    return [shot.key for shot in plan.shots]


def page_of(client: TestClient, key: str) -> dict[str, Any]:
    page: dict[str, Any] = client.get(f"/api/shots/{key}").json()
    return page


def test_a_shot_has_its_takes_with_what_the_gates_measured(
    client: TestClient, made_episode: MadeEpisode, keys: list[str]
) -> None:
    page = page_of(client, keys[0])
    assert [group["stage"] for group in page["stages"]][:2] == ["keyframe", "clip"]
    database = made_episode.studio.database
    for group in page["stages"]:
        (take,) = group["takes"]
        assert take["is_used"]
        assert take["is_current"]
        latest = verdicts.find_latest(database, [take["summary"]["id"]])[take["summary"]["id"]]
        measured = {(one["gate"], one["measure"]): one["value"] for one in take["gates"]}
        assert measured == {(one.gate, one.measure): one.value for one in latest}
        assert all(one["passed"] for one in take["gates"])
        assert any(one["good"] is not None and 0.5 <= one["grade"] <= 1 for one in take["gates"])


def test_a_shot_says_where_in_the_script_it_is(client: TestClient, made_episode: MadeEpisode, keys: list[str]) -> None:
    script = made_episode.script.read_text().splitlines()
    for key in keys:
        plan = page_of(client, key)["plan"]
        assert plan["script"]["file"] == "small/episodes/e01.fountain"
        at = plan["script"]["line"] - 1
        assert plan["script"]["text"].splitlines()[0] in "\n".join(script[at : at + 2])  # a line is below its speaker
        for line in plan["lines"]:
            assert 0 <= line["start_s"] < line["end_s"] <= plan["duration_s"]
            assert script[line["line"] - 1 : line["line"] + 1] == [line["name"].upper(), line["text"]]


def test_neighbours_are_the_shots_before_and_after(client: TestClient, keys: list[str]) -> None:
    pages = [page_of(client, key) for key in keys]
    assert (pages[0]["previous"], pages[-1]["next"]) == (None, None)
    assert [page["next"]["key"] for page in pages[:-1]] == keys[1:]
    assert [page["previous"]["key"] for page in pages[1:]] == keys[:-1]
    assert pages[0]["next"]["clip"]["url"].endswith(".mp4")


def test_prompts_joined_are_what_was_planned(client: TestClient, made_episode: MadeEpisode, keys: list[str]) -> None:
    prompts = client.get(f"/api/prompts/{keys[0]}").json()
    assert ", ".join(part["text"] for part in prompts["parts"] if part["role"] != "negative") == prompts["prompt"]
    keyframe = next(sent for sent in prompts["sent"] if sent["stage"] == "keyframe")
    take = takes.find_by_id(made_episode.studio.database, keyframe["take_id"])
    assert take is not None
    decision = decisions.find_by_id(made_episode.studio.database, take.decision_id)
    assert decision is not None
    planned = decision.parameters["brief"].get("prompt", "")
    assert ", ".join(part["text"] for part in keyframe["prompt"]) == planned


def test_a_rejection_is_on_the_page_with_its_note_and_the_etag_changes(
    client: TestClient, made_episode: MadeEpisode, keys: list[str]
) -> None:
    before = client.get(f"/api/shots/{keys[1]}")
    take = before.json()["stages"][1]["takes"][0]["summary"]["id"]
    ruling = reject_take(made_episode.studio, take, "motion", "Mei", note="the hand", frame=3).ruling
    answer = client.get(f"/api/shots/{keys[1]}")
    page = answer.json()
    assert answer.headers["etag"] == f'"{ruling.id}"' != before.headers["etag"]
    shown = page["stages"][1]["takes"][0]
    assert (shown["summary"]["state"], shown["is_used"]) == ("rejected", False)
    (note,) = shown["notes"]
    assert (note["who"], note["note"], note["frame"]) == ("Mei", "the hand", 3)
    assert any(entry["who"] == "Mei" and entry["take_id"] == take for entry in page["history"])
    readmit_take(made_episode.studio, take, "Mei", "on purpose")


def test_a_take_is_found_by_its_id_whatever_it_is_of(client: TestClient, made_episode: MadeEpisode) -> None:
    for take in takes.list_by_episode(made_episode.studio.database, made_episode.key):
        page = client.get(f"/api/takes/{take.id}").json()
        assert page["summary"]["id"] == take.id
        assert page["is_used"] == (take.stage != "plan"), take.stage
        assert page["seconds"] == take.duration_s
        assert {file["role"] for file in page["files"]} == set(take.files)
    assert client.get("/api/takes/00000000-0000-4000-8000-000000000000").status_code == 404
    assert client.get("/api/takes/nonsense").status_code == 404


def test_an_unknown_shot_is_told_with_one_like_it(client: TestClient, keys: list[str]) -> None:
    answer = client.get(f"/api/shots/{keys[0][:-1]}5")
    assert answer.status_code == 404
    assert keys[0] in answer.json()["detail"]
