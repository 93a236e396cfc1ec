"""What a button would start is told before it is pressed: takes, seconds, money, and what the caps leave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.settings import Scope
from tower_anime_assets.stages.shot_plans import shot_keys
from tower_anime_assets_tests.stages.conftest import MadeEpisode
from tower_anime_assets_tests.web.api.conftest import client_of

EPISODE = "small-e01"
SHOT = "small-e01-sc01-sh0010"


@pytest.fixture(scope="module")
def reader(made_episode: MadeEpisode) -> TestClient:
    return client_of(made_episode.studio, "Ben", Scope.READ)


@pytest.fixture
def caps(made_episode: MadeEpisode) -> Iterator[None]:
    file = made_episode.studio.settings.home / "studio.yaml"
    file.write_text("prices: {currency: EUR, gpu_second: 0.5, job: 1}\ncaps: {day: {money: 12.5}}\n")
    yield
    file.unlink()


def estimate(client: TestClient, path: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/estimates/{path}", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_of_a_made_episode_nothing_is_left_to_make(reader: TestClient) -> None:
    told = estimate(reader, EPISODE)
    assert (told["episode"], told["takes"], told["seconds"], told["stages"]) == (EPISODE, 0, 0, [])
    assert (told["money"], told["currency"], told["caps"]) == (None, "", []), "no prices are set"
    assert (told["can_begin"], told["fits"]) == (True, True)


def test_making_an_episode_again_is_its_pictures_and_what_builds_on_them(
    made_episode: MadeEpisode, reader: TestClient
) -> None:
    told = estimate(reader, EPISODE, again=True)
    takes = {stage["stage"]: stage["takes"] for stage in told["stages"]}
    shots = len(shot_keys(made_episode.work))
    assert takes == {"keyframe": shots, "clip": shots, "master": 1}
    assert told["seconds"] > 0
    only = estimate(reader, EPISODE, again=True, stages=["keyframe"])
    assert [stage["title"] for stage in only["stages"]] == ["Keyframes"]
    assert 0 < only["seconds"] < told["seconds"]


def test_of_shots_one_more_take_is_told_as_a_run_makes_it(made_episode: MadeEpisode, reader: TestClient) -> None:
    told = estimate(reader, SHOT)
    assert (told["shots"], told["takes"]) == ([SHOT], 2)
    assert {stage["stage"] for stage in told["stages"]} == {"keyframe", "clip"}
    assert told["seconds"] > 0
    keys = list(shot_keys(made_episode.work))[:3]
    assert estimate(reader, EPISODE, shots=keys)["takes"] == 6
    assert estimate(reader, EPISODE, shots=keys, stages=["clip"])["takes"] == 3
    assert estimate(reader, SHOT, again=False)["takes"] == 0


@pytest.mark.usefixtures("caps")
def test_each_cap_says_what_is_left_of_it(reader: TestClient) -> None:
    (cap,) = estimate(reader, SHOT)["caps"]
    assert (cap["what"], cap["key"], cap["unit"]) == ("the day's cap", "caps.day.money", "EUR")
    assert (cap["limit"], cap["spent"], cap["expected"], cap["left"], cap["left_after"]) == (12.5, 0, 0, 12.5, 12.5)
    assert cap["place"] == "studio.yaml:2"
    assert cap["refusal"] == ""


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("small-e09", 404, "there is no episode small-e09"),
        ("small-e09-sc01-sh0010", 404, "there is no episode small-e09"),
        ("small-e01-sc09-sh0010", 404, "has no shot small-e01-sc09-sh0010"),
        ("small", 404, "not an episode key"),
        (f"{EPISODE}?stages=colour", 422, "the takes of colour are not estimated"),
        (f"{EPISODE}?quality=best", 422, "quality"),
        (f"{SHOT}?stages=mix", 422, "mix is not made shot by shot"),
        (f"{SHOT}?shots={SHOT}", 422, "`shots` are of an episode"),
    ],
)
def test_what_cannot_be_estimated_is_refused_in_words(reader: TestClient, path: str, status: int, words: str) -> None:
    answer = reader.get(f"/api/estimates/{path}")
    assert answer.status_code == status
    assert words in answer.json()["detail"]
