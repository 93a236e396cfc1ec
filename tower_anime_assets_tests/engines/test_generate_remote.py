"""Attempts that are jobs at a server: on record before they are sent, taken up again, moved, handed on, called off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tower_anime_assets.engines.attempts import AttemptRunner
from tower_anime_assets.engines.generate import generate
from tower_anime_assets.engines.orders import Measurement, Order, Outcome
from tower_anime_assets.engines.record import Record
from tower_anime_assets.errors import RenderLostError, ServiceRejectedError, ServiceUnavailableError, StoppedError
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.production.attempt import Attempt, EngineOutput, Lease, ReportWait, Submission, ignore_wait
from tower_anime_assets.production.planning.briefs import MusicBrief
from tower_anime_assets.production.story.ids import EpisodeKey, StoryPosition
from tower_anime_assets.production.verdicts import Threshold, Verdict
from tower_anime_assets.store import audit, decisions, takes, workflows
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import Decision

BAR = Threshold("tones_are_loud", "loudness", 5.0, None, "steps", "softer is not heard", "play louder")
GRAPH = {"3": {"class_type": "Tone", "inputs": {"seed": 0}}}


class Killed(BaseException):
    """Stands for the end of the process: nothing after it runs."""


@dataclass
class Server:
    """A place that takes jobs; they go on when whoever sent them has died."""

    address: str
    jobs: dict[str, str] = field(default_factory=dict)
    taken_back: list[str] = field(default_factory=list)
    submitted: list[str] = field(default_factory=list)
    is_down: bool = False


@dataclass
class RemoteTone:
    """An engine of jobs at servers; `during` happens after a job was submitted."""

    servers: list[Server]
    name: str = "remote-tone"
    version: str = "1"
    during: Callable[[Server, str], None] = lambda _server, _job: None
    refuses: str = ""
    takes_picture: bool = False

    @property
    def lanes(self) -> int:
        return len(self.servers)

    def plan_attempt(self, brief: MusicBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        return {"seed": brief.seed + number}

    @contextmanager
    def lease(
        self,
        _brief: MusicBrief,
        parameters: Mapping[str, Any],
        _inputs: Mapping[str, Path],
        server: str = "",
        is_stopped: Callable[[], bool] = lambda: False,
        avoided: frozenset[str] = frozenset(),
        report_wait: ReportWait = ignore_wait,
    ) -> Iterator[Lease]:
        if self.refuses:
            raise ServiceRejectedError(self.refuses)
        fit = [one for one in self.servers if not one.is_down and server in ("", one.address)]
        if not fit:
            raise ServiceUnavailableError("no server answers")
        yield Lease(fit[0].address, "tone", GRAPH, {"3.inputs.seed": parameters["seed"]})

    def make(self, brief: MusicBrief, attempt: Attempt) -> EngineOutput:
        rendering = attempt.remote
        assert rendering is not None
        (server,) = [one for one in self.servers if one.address == rendering.lease.server]
        job = rendering.prompt_id_for(0)
        end = Submission(0, job, server.address, rendering.lease.changes, None, None, datetime.now(UTC))
        if rendering.is_resumed and job not in server.jobs:
            rendering.record_submission(replace(end, error_message="lost"))
            raise RenderLostError(f"{server.address} does not know {job}")
        if job not in server.jobs:
            server.submitted.append(job)
            server.jobs[job] = "done"
            self.during(server, job)
        rendering.record_submission(
            replace(end, outputs=({"filename": "tone.wav", "sha256": "0" * 64, "size_bytes": 1},))
        )
        path = attempt.folder / "tone.wav"
        path.write_text(f"{brief.tempo_bpm} {attempt.seed}")
        return EngineOutput({"main": path})

    def abandon(self, server: str, prompt_id: str) -> None:
        (found,) = [one for one in self.servers if one.address == server]
        if found.is_down:
            raise ServiceUnavailableError(f"{server} is away")
        found.taken_back.append(prompt_id)


def loudness(made: EngineOutput) -> Measurement:
    return Measurement({"loudness": float(made.files["main"].read_text().split()[0])})


@dataclass
class Bench:
    runner: AttemptRunner

    def order(self, engine: RemoteTone, seed: int, tempo: int = 9, **changes: Any) -> Order[MusicBrief]:
        brief = MusicBrief("calm", "", tempo, 1.0, "day", False, seed)
        return Order(
            "music",
            "sc01",
            StoryPosition("remote", "e01", "sc01"),
            brief,
            engine,
            loudness,
            (BAR,),
            "A calm tone.",
            **changes,
        )

    def run(self, order: Order[MusicBrief], unfinished: Decision | None = None, attempts: int = 1) -> Outcome:
        known = takes.find_by_digests(self.runner.record.database, list(order.digests))
        return generate(order, self.runner, known, attempts=attempts, unfinished=unfinished)

    def left_open(self, order: Order[MusicBrief]) -> Decision:
        (found,) = [
            item
            for item in decisions.list_open(self.runner.record.database, "remote-e01", "music")
            if item.brief_digest == order.digest
        ]
        return found

    def trail(self, order: Order[MusicBrief]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        trail = audit.load_trail(self.runner.record.database, EpisodeKey("remote", "e01"))
        mine = [dict(row) for row in trail.decisions if row["brief_digest"] in order.digests]
        ids = {row["id"] for row in mine}
        return mine, [dict(row) for row in trail.workflows if row["decision_id"] in ids]


@pytest.fixture
def bench(database: Database, tmp_path: Path) -> Bench:
    return Bench(AttemptRunner(Record(database, MediaStore(tmp_path / "media"))))


def killed(_server: Server, _job: str) -> None:
    raise Killed


def interrupted_run(bench: Bench, order: Order[MusicBrief], monkeypatch: pytest.MonkeyPatch) -> Decision:
    """Run an order in a process that dies right after it submitted its job: no settling happens."""
    with monkeypatch.context() as dead:
        dead.setattr(decisions, "mark_cancelled", lambda *_: None)
        with pytest.raises(Killed):
            bench.run(order)
    return bench.left_open(order)


def test_the_decision_names_server_job_and_template_before_the_job_is_sent(bench: Bench) -> None:
    seen: list[Decision] = []
    server = Server("http://a")
    engine = RemoteTone([server])
    order = bench.order(engine, 1)
    engine.during = lambda _server, _job: seen.append(bench.left_open(order))
    outcome = bench.run(order)
    assert outcome.accepted
    (decision,) = seen
    assert (decision.status, decision.server, decision.prompt_id) == ("running", "http://a", server.submitted[0])
    (row,), (job,) = bench.trail(order)
    assert row["template_sha256"] == job["template_sha256"]
    assert (job["server"], job["prompt_id"], job["part"]) == ("http://a", decision.prompt_id, 0)
    sent = workflows.rebuild_graph(bench.runner.record.database, job["id"])
    assert sent == '{"3":{"class_type":"Tone","inputs":{"seed":2}}}'


def test_a_killed_runs_job_is_taken_up_and_not_submitted_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server("http://a")
    engine = RemoteTone([server], during=killed)
    order = bench.order(engine, 2)
    unfinished = interrupted_run(bench, order, monkeypatch)
    outcome = bench.run(order, unfinished)
    assert outcome.accepted
    assert outcome.take.decision_id == unfinished.id
    assert len(server.submitted) == 1
    assert [row["status"] for row in bench.trail(order)[0]] == ["succeeded"]


def test_a_job_that_its_server_forgot_is_lost_and_made_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server("http://a")
    engine = RemoteTone([server], during=killed)
    order = bench.order(engine, 3)
    unfinished = interrupted_run(bench, order, monkeypatch)
    server.jobs.clear()
    engine.during = lambda _server, _job: None
    assert bench.run(order, unfinished).accepted
    rows, jobs = bench.trail(order)
    assert [row["status"] for row in rows] == ["lost", "succeeded"]
    assert [job["success"] for job in jobs] == [False, True]
    assert len(set(server.submitted)) == len(server.submitted) == 2


def test_work_moves_to_another_server_when_one_dies_and_says_so(bench: Bench) -> None:
    dying, other = Server("http://a"), Server("http://b")

    def dies(server: Server, _job: str) -> None:
        if server is dying:
            server.is_down = True
            raise ServiceUnavailableError("http://a stopped answering")

    order = bench.order(RemoteTone([dying, other], during=dies), 4)
    assert bench.run(order).accepted
    rows, _jobs = bench.trail(order)
    assert [(row["status"], row["server"]) for row in rows] == [("failed", "http://a"), ("succeeded", "http://b")]
    assert "Started again, because http://a stopped answering" in rows[1]["reasoning"]


def test_a_job_on_a_server_that_is_away_is_made_elsewhere_if_there_is_another(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, other = Server("http://a"), Server("http://b")
    engine = RemoteTone([away, other], during=killed)
    order = bench.order(engine, 5)
    unfinished = interrupted_run(bench, order, monkeypatch)
    away.is_down = True
    engine.during = lambda _server, _job: None
    assert bench.run(order, unfinished).accepted
    assert [row["status"] for row in bench.trail(order)[0]] == ["lost", "succeeded"]


def test_a_job_on_the_only_server_waits_for_it_to_come_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server("http://a")
    engine = RemoteTone([server], during=killed)
    order = bench.order(engine, 6)
    unfinished = interrupted_run(bench, order, monkeypatch)
    server.is_down = True
    with pytest.raises(ServiceUnavailableError):
        bench.run(order, unfinished)
    assert bench.left_open(order).id == unfinished.id
    server.is_down = False
    assert bench.run(order, unfinished).take.decision_id == unfinished.id


def test_a_stopped_job_is_cancelled(bench: Bench) -> None:
    def stopped(_server: Server, _job: str) -> None:
        raise StoppedError("stopped")

    order = bench.order(RemoteTone([Server("http://a")], during=stopped), 7)
    with pytest.raises(StoppedError):
        bench.run(order)
    assert [row["status"] for row in bench.trail(order)[0]] == ["cancelled"]


def test_the_next_engine_takes_over_and_its_decision_names_the_failure(bench: Bench) -> None:
    broken = RemoteTone([Server("http://a")], name="remote-broken", refuses="model x.safetensors is missing")
    good = RemoteTone([Server("http://b")])
    second = bench.order(good, 8)
    order = replace(bench.order(broken, 8), alternates=(second,), may_fall_back=True)
    assert bench.run(order).accepted
    (row,), _jobs = bench.trail(order)
    assert row["engine"] == "remote-tone"
    assert "The engine chosen first failed: model x.safetensors is missing" in row["reasoning"]
    assert bench.run(order).attempts == 0, "what the fallback made serves as long as it may serve"


def test_without_a_fallback_a_failure_is_an_error(bench: Bench) -> None:
    order = bench.order(RemoteTone([Server("http://a")], refuses="no"), 9)
    with pytest.raises(ServiceRejectedError):
        bench.run(order)
    assert bench.trail(order) == ([], [])


def test_a_job_that_nobody_needs_any_more_is_taken_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server("http://a")
    engine = RemoteTone([server], during=killed)
    order = bench.order(engine, 10)
    unfinished = interrupted_run(bench, order, monkeypatch)
    twin = bench.order(engine, 10)
    engine.during = lambda _server, _job: None
    made = bench.run(twin)
    assert made.attempts == 1
    assert bench.run(order, unfinished).take.id == made.take.id
    assert server.taken_back == [unfinished.prompt_id]
    found = decisions.find_by_id(bench.runner.record.database, unfinished.id)
    assert found is not None
    assert found.status == "cancelled"
