"""Approvals in the panel: they bind what was seen, and the second of two people is told of the first."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.reports.trail_words import approval_words
from tower_anime_assets.settings import Scope
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.approvals import approval_states
from tower_anime_assets.store import approvals
from tower_anime_assets_tests.stages.conftest import MadeEpisode
from tower_anime_assets_tests.web.api.conftest import client_of

PLAN = "/api/episodes/small-e01/approvals/plan"


@pytest.fixture(scope="module")
def asking_episode(made_episode: MadeEpisode) -> MadeEpisode:
    """The made episode of a show that asks for approvals of its plan and mix."""
    project = made_episode.show / "project.yaml"
    project.write_text(project.read_text() + "approvals: [plan, mix]\n")
    ingest.read_episode(made_episode.studio, made_episode.key)
    return made_episode


@pytest.fixture(scope="module")
def mei(asking_episode: MadeEpisode) -> TestClient:
    return client_of(asking_episode.studio, "Mei", Scope.DIRECT)


@pytest.fixture(scope="module")
def ben(asking_episode: MadeEpisode) -> TestClient:
    return client_of(asking_episode.studio, "Ben", Scope.DIRECT)


def test_an_approval_holds_for_what_was_seen_and_is_withdrawn_by_name(
    asking_episode: MadeEpisode, mei: TestClient, ben: TestClient
) -> None:
    stale = mei.post(PLAN, json={"why": "good", "seen": "0" * 64})
    assert stale.status_code == 412
    assert "the plan changed since you looked" in stale.json()["detail"]
    seen = stale.headers["etag"]
    approved = mei.post(PLAN, json={"why": "good"}, headers={"If-Match": seen})
    assert "plan approved by Mei" in approved.json()["says"]
    assert approved.json()["run"] == {"kind": "episode", "keys": ["small-e01"], "quality": ""}
    assert mei.get(approved.json()["estimate"]).json()["episode"] == "small-e01"
    (state, _mix) = approval_states(asking_episode.work)
    assert state.standing is not None
    assert approved.headers["etag"] == f'"{state.version}"'

    withdrawn = ben.post(f"{PLAN}/withdraw", json={"why": "too long"}, headers={"If-Match": seen})
    assert withdrawn.status_code == 412
    assert "Mei has approved the plan meanwhile" in withdrawn.json()["detail"]
    headers = {"If-Match": withdrawn.headers["etag"]}
    assert ben.post(f"{PLAN}/withdraw", json={"why": "too long"}, headers=headers).status_code == 200

    late = mei.post(PLAN, json={"why": "good"}, headers={"If-Match": approved.headers["etag"]})
    assert late.status_code == 412
    assert "Ben has withdrawn every approval of the plan since you looked" in late.json()["detail"]
    again = mei.post(PLAN, json={"why": "agreed"}, headers={"If-Match": late.headers["etag"]})
    assert again.status_code == 200
    told = "\n".join(map(approval_words, approvals.list_by_episode(asking_episode.studio.database, asking_episode.key)))
    for words in ("Mei", "good", "Ben", "too long", "agreed"):
        assert words in told


def test_the_list_of_approvals_says_what_a_decision_is_bound_to(
    asking_episode: MadeEpisode, mei: TestClient, ben: TestClient
) -> None:
    plan, mix = mei.get("/api/approvals/small-e01").json()["asked"]
    assert [one["what"] for one in (plan, mix)] == ["plan", "mix"]
    assert [one["version"] for one in (plan, mix)] == [state.version for state in approval_states(asking_episode.work)]
    seen = {"If-Match": f'"{plan["version"]}"'}
    assert ben.post(f"{PLAN}/withdraw", json={"why": "look again"}, headers=seen).status_code == 200
    assert mei.post(PLAN, json={}, headers=seen).status_code == 412
    assert mei.post(PLAN, json={"why": "as it was"}).status_code == 200


def test_the_same_approval_again_changes_nothing(asking_episode: MadeEpisode, mei: TestClient) -> None:
    first = mei.post(PLAN, json={}).json()
    count = len(approvals.list_by_episode(asking_episode.studio.database, asking_episode.key))
    assert mei.post(PLAN, json={}).json()["version"] == first["version"]
    assert len(approvals.list_by_episode(asking_episode.studio.database, asking_episode.key)) == count


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("small-e01/approvals/keyframes", 422, "it asks for plan, mix"),
        ("small-e01/approvals/poster", 404, "cannot be approved"),
        ("small-e09/approvals/plan", 404, "there is no episode small-e09"),
        ("small/approvals/plan", 404, "not an episode key"),
        ("small-e01/approvals/mix/withdraw", 422, "nobody has approved the mix"),
    ],
)
def test_what_cannot_be_approved_is_a_problem(mei: TestClient, path: str, status: int, words: str) -> None:
    answer = mei.post(f"/api/episodes/{path}", json={"why": "x"})
    assert answer.status_code == status
    assert words in answer.json()["detail"]


def test_who_may_only_read_approves_nothing(asking_episode: MadeEpisode) -> None:
    reader = client_of(asking_episode.studio, "Kim", Scope.READ)
    assert reader.post(PLAN, json={}).status_code == 403
    assert reader.post(f"{PLAN}/withdraw", json={"why": "x"}).status_code == 403


def test_an_episode_that_was_just_dropped_into_the_folder_is_known(
    asking_episode: MadeEpisode, mei: TestClient
) -> None:
    dropped = asking_episode.script.with_name("e04.fountain")
    dropped.write_bytes(asking_episode.script.read_bytes())
    try:
        waits = mei.post("/api/episodes/small-e04/approvals/plan", json={})
        assert waits.status_code == 409, waits.text
        (action,) = waits.json()["actions"]
        assert (action["href"], action["body"]) == ("/api/runs", {"kind": "episode", "keys": ["small-e04"]})
        assert mei.get("/api/audit/small-e04").json()["items"] == []
        unplanned = mei.post("/api/shots/small-e04-sc01-sh0010/approve", json={})
        assert unplanned.status_code == 404
        assert "small-e04 is not planned yet" in unplanned.json()["detail"]
    finally:
        dropped.unlink()
    assert mei.post("/api/episodes/small-e04/approvals/plan", json={}).status_code == 404
