"""A batch does what can be done, and says of each shot what was decided or why not."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.reports.attempt_trail import load_shot_trail
from tower_anime_assets.reports.trail_words import shot_words
from tower_anime_assets.settings import Scope
from tower_anime_assets.stages import choices
from tower_anime_assets.stages.shot_plans import shot_keys
from tower_anime_assets.store import rulings
from tower_anime_assets_tests.stages.conftest import MadeEpisode
from tower_anime_assets_tests.web.api.conftest import client_of

FIRST = "small-e01-sc01-sh0010"
SECOND = "small-e01-sc02-sh0010"


@pytest.fixture(scope="module")
def mei(made_episode: MadeEpisode) -> TestClient:
    return client_of(made_episode.studio, "Mei", Scope.DIRECT)


def batch(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/batch", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_shots_that_can_be_locked_are_and_the_others_are_named(made_episode: MadeEpisode, mei: TestClient) -> None:
    told = batch(
        mei,
        action="lock",
        stage="keyframe",
        why="the look is settled",
        shots=[FIRST, "small-e01-sc01-sh9990", SECOND, FIRST],
        seen={SECOND: "somebody elses"},
    )
    assert (told["done"], told["refused"]) == (1, 2)
    first, unknown, stale = told["items"]
    assert "is locked by Mei" in first["decision"]["says"]
    assert (unknown["problem"]["status"], unknown["decision"]) == (404, None)
    assert stale["problem"]["status"] == 412
    locks = rulings.load_standing(made_episode.studio.database, "small").locks.values()
    assert [(str(lock.place), lock.who) for lock in locks] == [(FIRST, "Mei")]
    words = "\n".join(shot_words(load_shot_trail(made_episode.studio.database, ShotKey.parse(FIRST))))
    assert "Mei locked the take of attempt 1: the look is settled" in words
    assert batch(mei, action="release", why="done", shots=[FIRST])["done"] == 1


def test_every_shot_is_approved_and_each_may_be_rejected_after_that(made_episode: MadeEpisode, mei: TestClient) -> None:
    keys = list(shot_keys(made_episode.work))
    approved = batch(mei, action="approve", shots=keys)
    assert approved["done"] == len(keys)
    seen = {item["shot"]: item["decision"]["version"] for item in approved["items"]}
    rejected = batch(mei, action="reject", reason="overall", stage="keyframe", shots=keys, seen=seen)
    assert rejected["done"] == len(keys)
    assert batch(mei, action="readmit", why="they are good after all", shots=keys)["done"] == len(keys)


def test_a_bug_in_one_shot_hides_nothing_of_the_others(
    made_episode: MadeEpisode, mei: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = choices.approve_shot

    def fail_for_second(studio: Any, key: ShotKey, *more: Any) -> Any:
        if str(key) == SECOND:
            raise ZeroDivisionError
        return whole(studio, key, *more)

    monkeypatch.setattr(choices, "approve_shot", fail_for_second)
    told = batch(mei, action="approve", shots=[SECOND, FIRST])
    assert [item["problem"] and item["problem"]["exit_code"] for item in told["items"]] == [4, None]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"action": "reject", "reason": "ugly", "shots": [FIRST]}, "there is no reason 'ugly'"),
        ({"action": "lock", "shots": [FIRST]}, "needs a reason"),
        ({"action": "waive", "why": "fog", "shots": [FIRST]}, "needs a gate"),
        ({"action": "delete", "shots": [FIRST]}, "action"),
        ({"action": "approve", "shots": []}, "shots"),
        ({"action": "approve", "shots": [FIRST] * 501}, "shots"),
    ],
)
def test_a_batch_that_lacks_what_its_action_needs_decides_nothing(
    mei: TestClient, body: dict[str, Any], words: str
) -> None:
    answer = mei.post("/api/batch", json=body)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_a_repeated_batch_is_carried_out_once(made_episode: MadeEpisode, mei: TestClient) -> None:
    answers = [
        mei.post(
            "/api/batch", json={"action": "approve", "shots": [FIRST]}, headers={"Idempotency-Key": "batch once"}
        ).json()
        for _ in range(2)
    ]
    assert answers[0] == answers[1]


def test_who_may_only_read_carries_out_no_batch(made_episode: MadeEpisode) -> None:
    reader = client_of(made_episode.studio, "Kim", Scope.READ)
    assert reader.post("/api/batch", json={"action": "approve", "shots": [FIRST]}).status_code == 403
