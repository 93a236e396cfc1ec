"""Episodes and jobs for callers of the original system: the same runs, in its words."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.settings import Scope
from tower_anime_assets.stages.run_launching import RunKind, RunRequest, RunStatus
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets_tests.fakes.run_launcher import FakeRuns, run_id
from tower_anime_assets_tests.web.api.conftest import client_of


@pytest.fixture
def runs() -> FakeRuns:
    return FakeRuns()


@pytest.fixture
def mei(studio: Studio, runs: FakeRuns) -> TestClient:
    return client_of(studio, runs=runs)


def test_an_episode_is_orchestrated_by_a_job(mei: TestClient, runs: FakeRuns) -> None:
    body = {"episode": "small-e01", "phases": ["plan", "keyframe"], "quality": "draft", "why": "a look at it"}
    answer = mei.post("/api/anime/orchestrate", json=body)
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert (job["job_id"], job["status"], job["phase"], job["progress"]) == (run_id(1), "queued", "", None)
    assert runs.requests[run_id(1)] == RunRequest(
        RunKind.EPISODE, ("small-e01",), "Mei", "a look at it", ("plan", "keyframe"), "draft"
    )
    assert mei.get(answer.headers["location"]).json() == job
    assert mei.get(job["run"]).json()["why"] == "a look at it"
    again = mei.post("/api/anime/orchestrate", json=body)
    assert (again.status_code, again.headers["location"]) == (409, answer.headers["location"])


def test_a_job_says_how_far_it_is(mei: TestClient, runs: FakeRuns) -> None:
    runs.add(RunStatus.RUNNING)
    job = mei.get(f"/api/anime/jobs/{run_id(1)}").json()
    assert (job["status"], job["phase"], job["left_s"]) == ("running", "keyframe", 310)
    assert job["progress"] == pytest.approx(28 / 338, abs=0.001), "28 s are over and 310 s are left"
    assert job["phases"] == [{"name": "keyframe", "title": "Keyframes", "done": 12, "total": 28, "rejected": 0}]
    assert job["message"] == "Keyframes: 28"


@pytest.mark.parametrize(
    ("status", "words", "progress", "message"),
    [
        (RunStatus.SUCCEEDED, "completed", 1.0, "Keyframes: 28"),
        (RunStatus.FAILED, "failed", None, "the card was full. Free it"),
        (RunStatus.CANCELED, "cancelled", None, "Keyframes: 28"),
    ],
)
def test_a_job_says_how_it_ended(
    mei: TestClient, runs: FakeRuns, status: RunStatus, words: str, progress: float | None, message: str
) -> None:
    runs.add(status)
    job = mei.get(f"/api/anime/jobs/{run_id(1)}").json()
    assert (job["status"], job["progress"], job["left_s"], job["message"]) == (words, progress, 0, message)


def test_every_state_of_a_run_is_one_of_a_job(mei: TestClient, runs: FakeRuns) -> None:
    for number, status in enumerate(RunStatus, start=1):
        runs.add(status, f"small-e{number:02}")
    jobs = mei.get("/api/anime/jobs?limit=100").json()["items"]
    assert len(jobs) == len(RunStatus)
    assert {job["status"] for job in jobs} == {"queued", "running", "cancelling", "completed", "failed", "cancelled"}
    first = mei.get("/api/anime/jobs?limit=3").json()
    assert mei.get("/api/anime/jobs", params={"after": first["next"]}).json()["items"] == jobs[3:]
    assert len(mei.get("/api/anime/jobs?active=true").json()["items"]) == 5


def test_a_job_is_cancelled_by_who_may_spend(studio: Studio, mei: TestClient, runs: FakeRuns) -> None:
    runs.add(RunStatus.RUNNING)
    ben = client_of(studio, "Ben", Scope.DIRECT, runs)
    assert ben.post(f"/api/anime/jobs/{run_id(1)}/cancel").status_code == 403
    assert ben.post("/api/anime/orchestrate", json={"episode": "small-e02"}).status_code == 403
    assert mei.post(f"/api/anime/jobs/{run_id(1)}/cancel").json()["status"] == "cancelling"
    assert runs.runs[run_id(1)].canceled_by == "Mei"
    assert mei.get(f"/api/anime/jobs/{run_id(9)}").status_code == 404
