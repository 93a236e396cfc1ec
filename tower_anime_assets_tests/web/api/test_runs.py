"""Runs by the API: started by who may spend, listed in pages, followed by server-sent events, ended by name."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.errors import ServiceUnavailableError
from tower_anime_assets.settings import Scope
from tower_anime_assets.stages.run_launching import OpeningRuns, RunKind, RunRequest, RunStatus
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.web.api import runs as runs_api
from tower_anime_assets_tests.fakes.run_launcher import FakeRuns, run_id
from tower_anime_assets_tests.web.api.conftest import HOST, client_of

STREAM_OF_THE_PANEL = Path(__file__).parents[3] / "panel" / "tests" / "runEvents.txt"
"""A stream as it is sent, which the panel's own tests read."""

SHOTS = ["small-e01-sc01-sh0010", "small-e01-sc01-sh0020"]


@pytest.fixture
def runs() -> FakeRuns:
    return FakeRuns()


@pytest.fixture
def mei(studio: Studio, runs: FakeRuns) -> TestClient:
    return client_of(studio, runs=runs)


def test_a_run_is_started_under_the_callers_name(mei: TestClient, runs: FakeRuns) -> None:
    body = {"kind": "shots", "keys": SHOTS, "stages": ["keyframe"], "quality": "draft", "best": True, "why": "softer"}
    answer = mei.post("/api/runs", json=body)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/api/runs/{run_id(1)}"
    assert runs.requests[run_id(1)] == RunRequest(
        RunKind.SHOTS, tuple(SHOTS), "Mei", "softer", ("keyframe",), "draft", uses_best=True
    )
    run = answer.json()
    assert (run["status"], run["shots"], run["who"], run["episode"]) == ("queued", SHOTS, "Mei", "small-e01")
    assert mei.get(answer.headers["location"]).json() == run


def test_the_same_request_sent_again_starts_nothing_more(mei: TestClient, runs: FakeRuns) -> None:
    sent = [
        mei.post("/api/runs", json={"kind": "episode", "keys": ["small-e01"]}, headers={"Idempotency-Key": "once"})
        for _ in range(2)
    ]
    assert sent[0].json() == sent[1].json()
    assert sent[1].headers["location"] == sent[0].headers["location"]
    assert len(runs.runs) == 1


def test_who_asks_for_what_is_being_made_is_led_to_its_run(mei: TestClient, runs: FakeRuns) -> None:
    runs.add(RunStatus.RUNNING)
    answer = mei.post("/api/runs", json={"kind": "episode", "keys": ["small-e01"]})
    assert (answer.status_code, answer.headers["location"]) == (409, f"/api/runs/{run_id(1)}")
    assert answer.json()["remedy"] == "Wait until it is over"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kind": "episode", "keys": []}, "keys"),
        ({"kind": "season", "keys": ["small"]}, "kind"),
        ({"kind": "episode", "keys": ["small-e01"], "stage": "clip"}, "stage"),
        ({"kind": "episode", "keys": ["small-e01", "small-e02"]}, "a run is of one episode"),
        ({"kind": "shots", "keys": SHOTS, "stages": ["mix"]}, "have no stage 'mix'"),
        ({"kind": "episode", "keys": ["small-e01"], "why": "a\0b"}, "NUL"),
    ],
)
def test_a_request_that_cannot_be_carried_out_is_refused_in_words(
    mei: TestClient, runs: FakeRuns, body: dict[str, Any], words: str
) -> None:
    answer = mei.post("/api/runs", json=body)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert not runs.runs


@pytest.mark.parametrize("scope", [Scope.READ, Scope.DIRECT])
def test_who_may_not_spend_starts_and_ends_nothing(studio: Studio, runs: FakeRuns, scope: Scope) -> None:
    runs.add(RunStatus.RUNNING)
    client = client_of(studio, scope=scope, runs=runs)
    assert client.post("/api/runs", json={"kind": "episode", "keys": ["small-e02"]}).status_code == 403
    assert client.post(f"/api/runs/{run_id(1)}/cancel").status_code == 403
    assert client.get(f"/api/runs/{run_id(1)}").json()["status"] == "running"


def test_runs_are_listed_newest_first_page_by_page(mei: TestClient, runs: FakeRuns) -> None:
    for _ in range(5):
        runs.add(RunStatus.SUCCEEDED)
    runs.add(RunStatus.RUNNING, "small-e02")
    first = mei.get("/api/runs", params={"limit": 4}).json()
    second = mei.get("/api/runs", params={"limit": 4, "after": first["next"]}).json()
    assert [run["id"] for run in (*first["items"], *second["items"])] == [run_id(n) for n in (6, 5, 4, 3, 2, 1)]
    assert second["next"] is None
    assert [run["id"] for run in mei.get("/api/runs?active=true").json()["items"]] == [run_id(6)]
    assert len(mei.get("/api/runs?episode=small-e01").json()["items"]) == 5


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "after=3", "episode=no%20key", f"after={run_id(99)}"])
def test_a_list_that_cannot_be_is_refused(mei: TestClient, query: str) -> None:
    assert mei.get(f"/api/runs?{query}").status_code == 422


@pytest.mark.parametrize("path", [run_id(7), "7", "%00", f"{run_id(7)}/events", "7/events"])
def test_of_a_run_that_is_not_there_nothing_is_told(mei: TestClient, path: str) -> None:
    answer = mei.get(f"/api/runs/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_run_is_cancelled_by_name_and_one_of_a_terminal_is_not(mei: TestClient, runs: FakeRuns) -> None:
    runs.add(RunStatus.RUNNING)
    canceled = mei.post(f"/api/runs/{run_id(1)}/cancel").json()
    assert (canceled["status"], canceled["canceled_by"]) == ("canceling", "Mei")
    object.__setattr__(runs.runs[run_id(1)], "is_of_command", True)
    assert "Press Ctrl-C" in mei.post(f"/api/runs/{run_id(1)}/cancel").json()["remedy"]


def test_a_failed_run_says_why_and_what_to_do(mei: TestClient, runs: FakeRuns) -> None:
    runs.add(RunStatus.FAILED)
    run = mei.get(f"/api/runs/{run_id(1)}").json()
    assert run["problems"] == [{"step": "keyframes", "message": "the card was full. Free it", "exit_code": 3}]


def test_a_run_is_followed_to_its_end_in_the_words_that_the_panel_reads(mei: TestClient, runs: FakeRuns) -> None:
    runs.add(RunStatus.QUEUED)
    runs.coming = [runs.advanced(run_id(1), status) for status in (RunStatus.RUNNING, RunStatus.FAILED)]
    answer = mei.get(f"/api/runs/{run_id(1)}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.text == STREAM_OF_THE_PANEL.read_text()
    assert [event for event, _data in events_of(answer.text)] == ["progress", "progress", "end"]
    assert events_of(answer.text)[-1][1] == mei.get(f"/api/runs/{run_id(1)}").json()


def test_of_a_run_that_is_over_only_its_end_is_told(mei: TestClient, runs: FakeRuns) -> None:
    runs.add(RunStatus.SUCCEEDED)
    ((event, run),) = events_of(mei.get(f"/api/runs/{run_id(1)}/events").text)
    assert (event, run["status"], run["ended_at"]) == ("end", "succeeded", "2026-01-02T09:39:00Z")


def test_a_run_that_cannot_be_read_any_more_is_a_problem_in_the_stream(mei: TestClient, runs: FakeRuns) -> None:
    runs.add(RunStatus.RUNNING)
    runs.coming = [ServiceUnavailableError("The database does not answer. Start it")]
    (_first, (event, problem)) = events_of(mei.get(f"/api/runs/{run_id(1)}/events").text)
    assert (event, problem["status"], problem["remedy"]) == ("problem", 503, "Start it")
    assert runs.watched == 0


def test_a_long_stream_ends_so_that_its_reader_asks_again(
    mei: TestClient, runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_api, "MAX_STREAM_S", 0.0)
    runs.add(RunStatus.QUEUED)
    runs.coming = [runs.advanced(run_id(1), RunStatus.RUNNING)]
    text = mei.get(f"/api/runs/{run_id(1)}/events").text
    assert [event for event, _data in events_of(text)] == ["progress", "progress"]
    assert text.startswith("event: progress\n")
    assert "\nretry: 2000\n\n" in text


def test_a_run_is_followed_no_longer_than_somebody_reads(studio: Studio, runs: FakeRuns) -> None:
    runs.add(RunStatus.RUNNING)
    app = client_of(studio, runs=runs).app
    watched_while_read: list[int] = []

    async def read_one_event_and_leave() -> None:
        told = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await told.wait()
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.body" and message.get("body"):
                watched_while_read.append(runs.watched)
                told.set()

        headers = [(b"host", HOST.encode())]
        path = f"/api/runs/{run_id(1)}/events"
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
        await asyncio.wait_for(app({**scope, "root_path": "", "state": {}}, receive, send), 10)

    asyncio.run(read_one_event_and_leave())
    assert (watched_while_read, runs.watched) == ([1], 0)


def events_of(stream: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the names and data of a stream's events, as a browser reads them."""
    events = []
    for block in stream.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in fields:
            events.append((fields["event"], json.loads(fields["data"])))
    return events


def test_without_dagster_everything_else_is_served_and_runs_are_503(studio: Studio) -> None:
    client = client_of(studio)
    for answer in (client.get("/api/runs"), client.get(f"/api/runs/{run_id(1)}/events")):
        assert (answer.status_code, answer.json()["exit_code"]) == (503, 3)
        assert answer.json()["remedy"] == "Start Tower with `tower up`"
    assert client.get("/api/me").status_code == 200
    opening = client_of(studio, runs=OpeningRuns()).get("/api/runs")
    assert (opening.status_code, opening.headers["retry-after"]) == (503, "10")
