"""What a director decides about a shot in the panel: on record with the name, refused with a remedy that works."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.production.story.ids import ShotKey, StoryPosition
from tower_anime_assets.reports.attempt_trail import load_shot_trail
from tower_anime_assets.reports.audit_trail import key_words
from tower_anime_assets.reports.trail_words import shot_words
from tower_anime_assets.settings import Scope
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.feedback import current_take
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.rulings import place_version
from tower_anime_assets.stages.run_launching import RunKind, RunRequest
from tower_anime_assets.stages.stage import Selection
from tower_anime_assets.store import audit, feedback
from tower_anime_assets.store.takes import Take
from tower_anime_assets.web.api.versions import etag_of
from tower_anime_assets_tests.fakes.run_launcher import FakeRuns
from tower_anime_assets_tests.stages.conftest import MadeEpisode
from tower_anime_assets_tests.stages.test_waivers import results_of
from tower_anime_assets_tests.web.api.conftest import client_of

FIRST = "small-e01-sc01-sh0010"
SECOND = "small-e01-sc02-sh0010"
NO_TAKE = "01990000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def mei(made_episode: MadeEpisode) -> TestClient:
    return client_of(made_episode.studio, "Mei", Scope.DIRECT)


@pytest.fixture(scope="module")
def ben(made_episode: MadeEpisode) -> TestClient:
    return client_of(made_episode.studio, "Ben", Scope.DIRECT)


def used(made: MadeEpisode, key: str = FIRST, stage: str = KEYFRAMES.name) -> Take:
    return current_take(made.work, key, stage)[1].take


def trail_of(made: MadeEpisode, key: str = FIRST) -> str:
    """Return what `tower audit KEY --full` prints."""
    return "\n".join(shot_words(load_shot_trail(made.studio.database, ShotKey.parse(key)), full=True))


def decide(client: TestClient, path: str, etag: str = "", **body: Any) -> Any:
    """Post a decision that is carried out, and return its answer."""
    answer = client.post(f"/api/shots/{path}", json=body, headers={"If-Match": etag} if etag else {})
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == f'"{answer.json()["version"]}"'
    return answer


def refused(client: TestClient, path: str, etag: str = "", **body: Any) -> dict[str, Any]:
    """Post a decision that is refused, and return the problem."""
    answer = client.post(f"/api/shots/{path}", json=body, headers={"If-Match": etag} if etag else {})
    assert answer.status_code >= 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return {**answer.json(), "etag": answer.headers.get("etag")}


def test_a_rejected_take_is_refused_until_its_rejection_is_taken_back(
    made_episode: MadeEpisode, mei: TestClient, ben: TestClient
) -> None:
    bad = used(made_episode)
    told = decide(mei, f"{FIRST}/reject", reason="anatomy", note="six fingers", region=[10, 20, 60, 80]).json()
    assert told["take"] == bad.id
    assert "rejected by Mei (anatomy, region 10,20,60,80)" in told["says"]
    for path, body in (
        ("lock", {"take": bad.id, "why": "I like it"}),
        ("choose", {"take": bad.id, "why": "I like it"}),
    ):
        problem = refused(ben, f"{FIRST}/{path}", **body)
        assert problem["status"] == 422
        assert problem["remedy"] == f'Take that back first: tower reject {bad.id} --undo --why "..."'
    assert "may be used again, says Ben" in decide(ben, f"{FIRST}/readmit", take=bad.id, why="five").json()["says"]
    decide(ben, f"{FIRST}/choose", take=bad.id, why="it is him after all")
    assert used(made_episode).id == bad.id
    words = trail_of(made_episode)
    assert "Mei rejected the take of attempt 1: hands, faces or bodies are deformed" in words
    assert "Ben readmitted the take of attempt 1: five" in words
    assert "it is him after all" in words
    assert audit.find_problems(made_episode.studio.database, made_episode.studio.media) == ()


def test_a_locked_take_is_neither_rejected_nor_replaced_until_it_is_released(
    made_episode: MadeEpisode, mei: TestClient, ben: TestClient
) -> None:
    take = used(made_episode)
    decide(mei, f"{FIRST}/lock", stage="keyframe", why="this is the look")
    problem = refused(ben, f"{FIRST}/reject", stage="keyframe", reason="blurry")
    assert problem["remedy"] == f'Let go of it first: tower lock {take.id} --release --why "..."'
    decide(ben, f"{FIRST}/release", stage="keyframe", why="agreed with Mei")
    decide(ben, f"{FIRST}/reject", take=take.id, reason="blurry")
    decide(ben, f"{FIRST}/readmit", why="it is sharp enough")
    words = trail_of(made_episode)
    assert "Mei locked the take of attempt 1: this is the look" in words
    assert "Ben released the take of attempt 1: agreed with Mei" in words


def test_of_two_people_the_second_is_told_what_the_first_decided(
    made_episode: MadeEpisode, mei: TestClient, ben: TestClient
) -> None:
    take = used(made_episode)
    seen = decide(mei, f"{FIRST}/choose", take=take.id, why="the best").headers["etag"]
    new = decide(mei, f"{FIRST}/lock", seen, take=take.id, why="it stays").headers["etag"]
    for path, body in (
        ("release", {"stage": "keyframe", "why": "no"}),
        ("choose", {"take": take.id, "why": "no"}),
        ("approve", {}),
    ):
        problem = refused(ben, f"{FIRST}/{path}", seen, **body)
        assert (problem["status"], problem["etag"]) == (412, new)
        assert "Mei has locked a take of it" in problem["detail"]
    decide(ben, f"{FIRST}/release", new, stage="keyframe", why="agreed with Mei")


def test_an_approved_shot_keeps_its_take_until_another_is_made_on_purpose(
    made_episode: MadeEpisode, mei: TestClient
) -> None:
    clip = used(made_episode, SECOND, "clip")
    told = decide(mei, f"{SECOND}/approve").json()
    assert told["says"] == (
        f"{SECOND}: clip take {clip.id} approved by Mei; it is used as long as the shot stays what it is"
    )
    (opinion,) = feedback.find_by_decisions(made_episode.studio.database, [clip.decision_id])
    assert (opinion.opinion, opinion.who) == ("good", "Mei")
    assert "Mei" in trail_of(made_episode, SECOND)
    assert "approved" in trail_of(made_episode, SECOND)


def test_a_gate_is_waived_for_the_take_that_it_rejects_and_for_no_other(
    made_episode: MadeEpisode, mei: TestClient, ben: TestClient
) -> None:
    project, before = made_episode.show / "project.yaml", (made_episode.show / "project.yaml").read_text()
    assert "does not reject" in refused(mei, f"{FIRST}/waive", gate="keyframes_are_sharp", why="fog")["detail"]
    assert "unknown gate" in refused(mei, f"{FIRST}/waive", gate="keyframes_are_ugly", why="fog")["detail"]
    project.write_text(before + "thresholds: {edge_acuity: {low: 100000}}\n")
    try:
        ingest.read_episode(made_episode.studio, made_episode.key)
        assert results_of(made_episode.work, KEYFRAMES)["keyframes_are_sharp"].failed
        take = used(made_episode)
        seen = etag_of(place_version(made_episode.studio, StoryPosition("small", "e01", "sc01", "sh0010")))
        problem = refused(mei, f"{FIRST}/choose", take=take.id, why="it is fine")
        assert "tower waive" in problem["remedy"]
        new = decide(mei, f"{FIRST}/waive", seen, take=take.id, gate="keyframes_are_sharp", why="fog").headers["etag"]
        told = refused(ben, f"{FIRST}/waive", seen, take=take.id, gate="keyframes_are_sharp", why="mist")
        assert told["status"] == 412
        assert "Mei has waived a gate for a take of it" in told["detail"]
        decide(mei, f"{FIRST}/choose", new, take=take.id, why="it is fine")
    finally:
        project.write_text(before)
        ingest.read_episode(made_episode.studio, made_episode.key)
    assert "fog" in trail_of(made_episode)


def test_an_opinion_and_a_wish_are_on_record_and_the_run_for_it_is_named(
    made_episode: MadeEpisode, mei: TestClient
) -> None:
    answer = mei.post(
        f"/api/shots/{FIRST}/feedback", json={"opinion": "good", "kind": "lighting", "note": "warm", "stage": ""}
    ).json()
    assert f"{FIRST}: the keyframe is good (lighting), says Mei" in answer["says"]
    wish = mei.post(f"/api/shots/{FIRST}/another", json={"change": "his coat is red", "reason": "wrong-colours"}).json()
    assert wish["run"] == {"kind": "shots", "keys": [FIRST], "stages": [], "quality": "", "why": "his coat is red"}
    assert wish["take"] == used(made_episode).id
    assert "cannot follow 'his coat is red'" in wish["warning"]
    words = trail_of(made_episode)
    assert "warm" in words
    assert "his coat is red" in words
    clip = mei.post(f"/api/shots/{FIRST}/another", json={"change": "slower", "stage": "clip"}).json()
    assert (clip["run"]["stages"], clip["followed"]) == (["clip"], ["'slower': less moves"])
    draft = mei.post(f"/api/shots/{FIRST}/another", json={"change": "slower", "quality": "draft"})
    assert draft.status_code == 404, "no draft of it was made"
    seed = mei.post(f"/api/shots/{FIRST}/another", json={"seed": 7, "stage": "keyframe"}).json()
    assert (seed["run"]["stages"], seed["run"]["why"]) == ([], "another take, with the seed 7")
    stale = mei.post(f"/api/shots/{FIRST}/another", json={"seed": 8}, headers={"If-Match": etag_of(clip["version"])})
    assert stale.status_code == 412
    asked = mei.get(f"/api/shots/{FIRST}").json()["asked"]
    assert [(one["stage"], one["who"], one["words"], one["seed"]) for one in asked] == [
        ("keyframe", "Mei", "", 7),
        ("clip", "Mei", "slower", None),
    ]
    for stage in ("keyframe", "clip"):
        body = {"why": "it was fine", "stage": stage}
        assert "is taken back by Mei" in mei.post(f"/api/shots/{FIRST}/another/withdraw", json=body).json()["says"]
    gone = mei.post(f"/api/shots/{FIRST}/another/withdraw", json={"why": "it was fine"})
    assert gone.status_code == 422
    assert mei.get(f"/api/shots/{FIRST}").json()["asked"] == []
    settings = replace(made_episode.studio.settings, database_url=made_episode.studio.database.url)
    told = "\n".join(key_words(settings, FIRST))
    assert f"for another keyframe of {FIRST}: his coat is red." in told
    assert f"what was asked of another clip of {FIRST}: it was fine." in told


def test_another_take_is_asked_for_and_begun_in_one_request(made_episode: MadeEpisode) -> None:
    runs = FakeRuns()
    spender = client_of(made_episode.studio, "Mei", Scope.SPEND, runs)
    body = {"change": "the rain is heavier", "start": True}
    wish = spender.post(f"/api/shots/{SECOND}/another", json=body).json()
    assert runs.requests[wish["started"]["id"]] == RunRequest(
        RunKind.SHOTS, (SECOND,), "Mei", "the rain is heavier", tuple(wish["run"]["stages"])
    )
    assert wish["problem"] is None
    again = spender.post(f"/api/shots/{SECOND}/another", json={**body, "change": "and colder"}).json()
    assert (again["started"], again["problem"]["status"]) == (None, 409)
    assert "and colder" in trail_of(made_episode, SECOND), "the wish stands, although its run waits for another"


def test_who_may_not_start_a_run_is_told_so_before_a_wish_is_on_record(made_episode: MadeEpisode) -> None:
    body = {"change": "everything is green", "start": True}
    for scope, runs, status in ((Scope.DIRECT, FakeRuns(), 403), (Scope.SPEND, None, 503)):
        client = client_of(made_episode.studio, "Mei", scope, runs)
        assert client.post(f"/api/shots/{SECOND}/another", json=body).status_code == status
    assert "everything is green" not in trail_of(made_episode, SECOND)


def test_a_repeated_request_is_decided_once(made_episode: MadeEpisode, mei: TestClient) -> None:
    before = feedback.find_by_decisions(made_episode.studio.database, [used(made_episode).decision_id])
    for _ in range(2):
        answer = mei.post(
            f"/api/shots/{FIRST}/feedback",
            json={"opinion": "good", "kind": "on-model"},
            headers={"Idempotency-Key": "feedback once"},
        )
        assert answer.status_code == 200
    assert answer.headers["idempotency-replayed"] == "true"
    after = feedback.find_by_decisions(made_episode.studio.database, [used(made_episode).decision_id])
    assert len(after) == len(before) + 1


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("small-e01-sc01-sh9990/lock", {"why": "x"}, 404, "there is no shot"),
        ("small-e09-sc01-sh0010/approve", {}, 404, "there is no shot"),
        ("nonsense/approve", {}, 404, "not a shot key"),
        (f"{FIRST}/choose", {"take": NO_TAKE, "why": "x"}, 404, "no take on record"),
        (f"{FIRST}/reject", {"reason": "ugly"}, 422, "there is no reason 'ugly'"),
        (f"{FIRST}/reject", {"reason": "on-model"}, 422, "not a reason for bad"),
        (f"{FIRST}/reject", {"reason": "overall", "stage": "clip", "frame": 100000}, 422, "has the frames 0 to"),
        (f"{FIRST}/reject", {"reason": "blurry", "region": [380, 0, 60, 60]}, 422, "Choose one inside"),
        (f"{FIRST}/reject", {"reason": "blurry", "region": [-1, 0, 60, 60]}, 422, "expected x,y,w,h"),
        (f"{FIRST}/reject", {"reason": "blurry", "colour": "red"}, 422, "colour"),
        (f"{FIRST}/lock", {"why": "  "}, 422, "why"),
        (f"{FIRST}/lock", {}, 422, "why"),
        (f"{FIRST}/release", {"why": "x"}, 422, "is not locked"),
        (f"{SECOND}/readmit", {"why": "x"}, 422, "nobody rejects a take"),
        (f"{FIRST}/feedback", {"opinion": "bad", "kind": "on-model"}, 422, "not a reason for bad"),
        (f"{FIRST}/another", {"change": ""}, 422, "say what shall change"),
        (f"{FIRST}/another", {"change": "x", "seed": -7}, 422, "seed"),
        (f"{FIRST}/another/withdraw", {"why": "x"}, 422, "nobody asked for another take"),
    ],
)
def test_what_cannot_be_decided_is_a_problem(
    mei: TestClient, path: str, body: dict[str, Any], status: int, words: str
) -> None:
    problem = refused(mei, path, **body)
    assert problem["status"] == status
    assert re.search(words, problem["detail"])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("reject", {"reason": "overall", "stage": "clip", "frame": 100000}),
        ("reject", {"reason": "blurry", "region": [380, 0, 60, 60]}),
        ("readmit", {"why": "x"}),
        ("lock", {"take": NO_TAKE[:13], "why": "x"}),
        ("release", {"why": "x"}),
        ("waive", {"gate": "keyframes_are_sharp", "why": "x"}),
        ("another", {"change": "x"}),
        ("another/withdraw", {"why": "x"}),
    ],
)
def test_who_looked_at_what_has_changed_since_is_told_that_before_what_is_wrong_with_it(
    made_episode: MadeEpisode, mei: TestClient, ben: TestClient, path: str, body: dict[str, Any]
) -> None:
    take = used(made_episode, SECOND)
    decide(ben, f"{SECOND}/choose", take=take.id, why="it fits")
    if "take" in body:
        body = body | {"take": take.id}
    told = refused(mei, f"{SECOND}/{path}", etag_of("01990000-0000-7000-8000-000000000001"), **body)
    assert (told["status"], "Ben has chosen" in told["detail"]) == (412, True)
    unread = refused(mei, f"{SECOND}/{path}", etag_of("old"), colour="red")
    assert unread["status"] == 422, "what cannot be read is about nothing that has changed"


def test_a_take_of_another_shot_is_not_decided_about_by_mistake(made_episode: MadeEpisode, mei: TestClient) -> None:
    other = used(made_episode, SECOND)
    for path, body in (
        ("reject", {"reason": "overall"}),
        ("lock", {"why": "x"}),
        ("choose", {"why": "x"}),
        ("waive", {"gate": "keyframes_are_sharp", "why": "x"}),
        ("readmit", {"why": "x"}),
    ):
        problem = refused(mei, f"{FIRST}/{path}", take=other.id, **body)
        assert problem["status"] == 404
        assert f"is of {SECOND}, not of {FIRST}" in problem["detail"]


def test_a_reason_about_the_other_picture_names_those_that_fit(made_episode: MadeEpisode, mei: TestClient) -> None:
    problem = refused(mei, f"{FIRST}/reject", take=used(made_episode).id, reason="flicker")
    fitting = problem["remedy"].removeprefix("Give one of the reasons ").split(", ")
    assert "blurry" in fitting
    assert "too-still" not in fitting


@pytest.mark.parametrize(
    "path", ["reject", "readmit", "lock", "release", "choose", "approve", "waive", "feedback", "another", "imports"]
)
def test_who_may_only_read_decides_nothing(made_episode: MadeEpisode, path: str) -> None:
    reader = client_of(made_episode.studio, "Kim", Scope.READ)
    answer = reader.post(f"/api/shots/{FIRST}/{path}", json={})
    assert answer.status_code == 403
    assert "tower token add NAME --scope direct" in answer.json()["remedy"]


def test_a_take_made_again_waits_for_a_choice_of_the_earlier_one(made_episode: MadeEpisode, mei: TestClient) -> None:
    first = used(made_episode)
    made_episode.work.make(KEYFRAMES, Selection((FIRST,), force=True))
    assert used(made_episode).id != first.id
    decide(mei, f"{FIRST}/choose", take=first.id, why="her look is better")
    assert used(made_episode).id == first.id
