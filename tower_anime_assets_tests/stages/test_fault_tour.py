"""The fault tour: what happens to servers, runs and people, and that nothing is made twice or thrown away by it.

Each test breaks one thing while keyframes are made, and runs again until they are there. `scripts/fault_tour.py` does
the same to real servers.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from tower_anime_assets.clients import comfyui_waiting
from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.errors import JobLeftError, TowerError
from tower_anime_assets.production.attempt import NO_WAIT, ServerWait
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import EngineChoices, Project
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.doctor import refuse_absent_services
from tower_anime_assets.stages.events import Event, ServerWaited, Waiting
from tower_anime_assets.stages.routing import examine_servers
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import audit, workflows
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.clients.test_comfyui import flat_graph
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import FILES
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.stages.tour_run import PROJECT, make_keyframes, open_tour_studio

SEEDS = (10, 20, 30)
JOB_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def until(happened: Callable[[], Any], what: str, within_s: float = 60.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline_s, f"{what} did not happen"
        time.sleep(0.01)


@dataclass
class FaultTour:
    """Servers, a record, and an episode of its own for each fault.

    Attributes:
        stall_s: How long runs wait for a server that is silent.
        events: What the runs of this process have told.
    """

    database: Database
    home: Path
    servers: list[FakeComfyUI]
    episode: str
    launcher: subprocess.Popen[str]
    stall_s: float = 20.0
    events: list[Event] = field(default_factory=list)
    studios: list[Studio] = field(default_factory=list)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    @property
    def server(self) -> FakeComfyUI:
        return self.servers[0]

    @property
    def said(self) -> str:
        """What people were told, a line for each event."""
        waits = [event.wait.words for event in self.events if isinstance(event, ServerWaited)]
        return "\n".join([*waits, *(event.words for event in self.events if isinstance(event, Waiting))])

    def work(self, seconds: float, steps: int = 4) -> None:
        """Set how long jobs take from now on."""
        for server in self.servers:
            server.jobs.duration_s, server.jobs.steps = seconds, steps

    def start(self, seeds: Sequence[int] = SEEDS) -> Future[StageReport]:
        """Begin a run in this process."""
        servers = [server.url for server in self.servers]
        studio = open_tour_studio(self.database, self.home, servers, self.stall_s)
        self.studios.append(studio)
        return self.pool.submit(make_keyframes, studio, self.episode, seeds, self.events.append)

    def start_process(self, seeds: Sequence[int]) -> int:
        """Begin a run in a process of its own, and return its id once its job runs."""
        servers = [server.url for server in self.servers]
        asked = {"database": self.database.url, "home": str(self.home), "servers": servers}
        assert self.launcher.stdin is not None
        assert self.launcher.stdout is not None
        self.launcher.stdin.write(json.dumps({**asked, "episode": self.episode, "seeds": list(seeds)}) + "\n")
        self.launcher.stdin.flush()
        process = int(self.launcher.stdout.readline())
        until(lambda: self.server.jobs.running is not None or not psutil.pid_exists(process), "a running job")
        assert psutil.pid_exists(process)
        return process

    def kill(self, process: int) -> None:
        os.kill(process, signal.SIGKILL)
        until(lambda: not psutil.pid_exists(process), "its end")

    def running_job(self) -> str:
        until(lambda: self.server.jobs.running is not None, "a running job")
        running = self.server.jobs.running
        assert running is not None
        return running.prompt_id

    def finish(self) -> StageReport:
        """Run until everything is made, at most twice; then check the record against the servers."""
        self.work(0.02)
        with suppress(TowerError):
            self.start().result(60)
        report = self.start().result(60)
        assert all(outcome.accepted for outcome in report.outcomes)
        self.assert_nothing_twice_and_nothing_lost()
        return report

    def assert_nothing_twice_and_nothing_lost(self) -> None:
        trail = audit.load_trail(self.database, EpisodeKey(PROJECT, self.episode))
        decisions = {str(row["prompt_id"]): row for row in trail.decisions}
        assert {row["status"] for row in trail.decisions} <= {"succeeded", "failed", "lost", "cancelled"}
        kept = {job for job, row in decisions.items() if row["status"] == "succeeded"}
        assert max(Counter(decisions[job]["brief_digest"] for job in kept).values()) == 1, "made twice"
        for server in self.servers:
            ours = {job for job in server.submissions if "theirs" not in job}
            assert ours <= set(decisions), "a submission is not on record"
            assert all(server.submissions[job] == 1 for job in ours), "sent twice"
            assert server.global_interrupts == 0
            files = [name for kind, _folder, name in server.jobs.files if kind == "output"]
            saved = {job for name in files for job in JOB_ID.findall(name)}
            assert saved & ours <= kept, "good work was thrown away"
        runs = {str(row["prompt_id"]): row for row in trail.workflows}
        assert kept == {job for job, row in runs.items() if row["success"]}
        for job in kept:
            rebuilt = json.loads(workflows.rebuild_graph(self.database, runs[job]["id"]))
            sent = [server.jobs.history[job] for server in self.servers if job in server.jobs.history]
            assert all(entry["prompt"][2] == rebuilt for entry in sent)


@pytest.fixture(scope="module")
def launcher() -> Iterator[subprocess.Popen[str]]:
    """A process that begins runs in children, at once."""
    command = [sys.executable, "-m", "tower_anime_assets_tests.stages.tour_run"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.fixture
def tour(
    database: Database, tmp_path: Path, request: pytest.FixtureRequest, launcher: subprocess.Popen[str]
) -> Iterator[FaultTour]:
    servers = [FakeComfyUI(files=FILES) for _ in range(getattr(request, "param", 1))]
    for server in servers:
        server.start()
    number = 1 + [item for item in request.session.items if item.path == request.path].index(request.node)
    made = FaultTour(database, tmp_path, servers, f"e{number:02}", launcher)
    yield made
    made.pool.shutdown()
    for studio in made.studios:
        for fleet in studio.fleets:
            fleet.close()
    for server in servers:
        server.kill()


def test_a_person_who_cancels_a_job_costs_its_shot_alone_and_only_this_time(tour: FaultTour) -> None:
    tour.work(0.5)
    run = tour.start()
    cancelled = tour.running_job()
    with tour.server.jobs.changed:
        tour.work(0.02)
    tour.server.jobs.interrupt(cancelled)
    with pytest.raises(TowerError, match="interrupted"):
        run.result(60)
    until(lambda: len(tour.server.runs) == 3, "the others")
    tour.finish()
    assert len(tour.server.submissions) == 4


def test_a_server_that_is_killed_and_started_again_is_used_on(tour: FaultTour) -> None:
    tour.work(30.0)
    run = tour.start()
    lost = tour.running_job()
    tour.server.restart()
    tour.work(0.02)
    assert all(outcome.accepted for outcome in run.result(60).outcomes)
    tour.finish()
    assert tour.server.submissions[lost] == 1
    assert len(tour.server.submissions) == 4


def test_the_job_of_a_killed_run_is_taken_up_before_anything_else_is_queued(tour: FaultTour) -> None:
    tour.work(3.0, steps=30)
    killed = tour.start_process([30])
    left = tour.running_job()
    tour.kill(killed)
    tour.finish()
    assert next(iter(tour.server.submissions)) == left
    assert len(tour.server.submissions) == 3, "made again although it was there"
    asked = [(request.method, request.path) for request in tour.server.requests]
    second_submission = [index for index, each in enumerate(asked) if each == ("POST", "/prompt")][1]
    assert asked.index(("GET", "/view")) < second_submission, "something was queued before the orphan was fetched"


def test_a_job_that_nothing_needs_any_more_is_called_off_by_the_next_run(tour: FaultTour) -> None:
    tour.work(30.0)
    killed = tour.start_process([40])
    left = tour.running_job()
    tour.kill(killed)
    tour.finish()
    assert f"calling off job {left}" in tour.said
    assert len(tour.server.asked("POST", "/interrupt")) == 1


def test_when_run_and_server_are_killed_the_job_is_made_again(tour: FaultTour) -> None:
    tour.work(30.0)
    killed = tour.start_process([30])
    tour.kill(killed)
    tour.server.restart()
    tour.finish()
    assert len(tour.server.submissions) == 4


def test_a_job_that_a_restarted_server_has_forgotten_is_fetched_by_its_file(tour: FaultTour) -> None:
    tour.work(0.5)
    killed = tour.start_process([30])
    left = tour.running_job()
    tour.kill(killed)
    until(lambda: left in tour.server.jobs.history, "the end of the job")
    tour.server.restart()
    tour.finish()
    assert len(tour.server.submissions) == 3


def test_other_peoples_jobs_are_waited_for_counted_and_left_alone(
    tour: FaultTour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comfyui_waiting, "NOTICE_S", 0.2)
    tour.work(60.0, steps=600)
    client = ComfyUIClient(tour.server.url)
    theirs = [str(uuid4()) for _ in range(2)]
    for job in theirs:
        client.submit(job, json.dumps(flat_graph(f"theirs-{job}")))
    client.close()
    run = tour.start()
    until(lambda: "answers; 2 jobs of others before ours in its queue" in tour.said, "the queue being told")
    tour.work(0.02, steps=600)
    run.result(60)
    for job in theirs:
        del tour.server.submissions[job]
        assert tour.server.jobs.history[job]["status"]["status_str"] == "success"
    tour.finish()


def test_a_full_card_costs_at_most_the_job_that_met_it(tour: FaultTour) -> None:
    tour.server.jobs.faults.node_error = "Allocation on device"
    tour.server.jobs.faults.node_error_times = 1
    tour.finish()
    assert len(tour.server.submissions) == 4


@pytest.mark.parametrize("tour", [2], indirect=True)
def test_when_one_of_two_servers_dies_the_other_makes_the_rest(
    tour: FaultTour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comfyui_waiting, "NOTICE_S", 0.2)
    tour.work(0.5)
    tour.stall_s = 2.0
    run = tour.start()
    until(lambda: tour.servers[1].jobs.running is not None, "a running job on the second server")
    tour.servers[1].kill()
    with suppress(TowerError):
        run.result(90)
    assert f"{tour.servers[1].url} has not answered for" in tour.said
    assert f"{tour.servers[1].url} is left alone until" in tour.said
    tour.finish()


def test_a_stopped_run_interrupts_its_job_once_and_names_it_and_the_next_one_looks_after_it(
    tour: FaultTour,
) -> None:
    tour.work(2.0, steps=1)
    tour.server.jobs.faults.late_interrupts = True
    run = tour.start([30])
    left = tour.running_job()
    studio = tour.studios[0]
    studio.fleets[0].client(tour.server.url)._call_off_s = 0.4
    studio.stopped.set()
    with pytest.raises(JobLeftError):
        run.result(60)
    assert len(tour.server.asked("POST", "/interrupt")) == 1
    (job,) = studio.open_jobs
    assert (job.server, job.prompt_id) == (tour.server.url, left)
    assert str(job) in tour.said
    (decision,) = audit.load_trail(tour.database, EpisodeKey(PROJECT, tour.episode)).decisions
    assert (decision["status"], decision["prompt_id"]) == ("running", left)
    tour.finish()
    assert len(tour.server.asked("POST", "/interrupt")) == 1


def test_a_silent_server_is_told_outwaited_and_told_again(tour: FaultTour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comfyui_waiting, "NOTICE_S", 0.2)
    tour.work(0.4)
    run = tour.start()
    tour.running_job()
    tour.server.faults.every, tour.server.faults.slow_s = "slow", 0.6
    until(lambda: "has not answered" in tour.said, "the silence being told")
    tour.server.faults.every = ""
    assert all(outcome.accepted for outcome in run.result(60).outcomes)
    waits = [event.wait.cause for event in tour.events if isinstance(event, ServerWaited)]
    assert waits[-1] == "", "it is no longer told"
    tour.finish()
    assert len(tour.server.submissions) == 3


def test_a_server_that_is_silent_before_anything_begins_is_told_too(
    tour: FaultTour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comfyui_waiting, "NOTICE_S", 0.2)
    tour.server.faults.every, tour.server.faults.slow_s = "slow", 0.6
    settings = Settings(projects=tour.home, home=tour.home, services={"comfyui": tour.server.url})
    told: list[ServerWait] = []
    show = Project("tour", "Tour", (), engines=EngineChoices(keyframes="comfyui"))
    refuse_absent_services(settings, show, told.append)
    assert told[0].words.startswith(f"{tour.server.url} has not answered GET /system_stats for")
    assert told[-1] == NO_WAIT
    told.clear()
    examine_servers(settings, [], report=told.append)
    assert [wait.cause for wait in (told[0], told[-1])] == [f"{tour.server.url} does not answer", ""]
