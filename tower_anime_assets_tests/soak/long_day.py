"""A day of work in minutes: two runs side by side, one of which is killed twice an hour, and pages that people look at.

The services are our fakes on real sockets; 2 % of all calls to them go wrong. What the day left behind is compared with
the record and with the fakes' own logs, and what each process used late in the day with what it used early.
"""

from __future__ import annotations

import json
import math
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

import psutil
import psycopg

from tower_anime_assets.defs.instance import LONG_LIVED_ENVIRONMENT
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.store import audit
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import FILES
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.fakes.echo_voice import FakeEchoVoice
from tower_anime_assets_tests.fakes.flaky_calls import FlakyCalls
from tower_anime_assets_tests.fakes.music import FakeMusic
from tower_anime_assets_tests.soak.day_run import (
    PROJECT,
    TAKES_OF_EPISODE,
    DayOrders,
    Sample,
    episode_id,
    sample_process,
)

EPISODES_A_DAY: Final = 300
KILLS_A_DAY: Final = 48
SPOILED_SHARE: Final = 0.02
MOST_GROWTH: Final = 1.05
"""What a process may use late in the day, against early."""
COUNT_NOISE: Final = 2
"""Counts of descriptors, threads and connections may differ by this much with the moment at which they are taken."""
MEMORY: Final = "bytes of memory"
WARM_UP: Final = 0.2
"""Share of a process's life after which it has loaded what it needs."""
_STALLED_S: Final = 300.0
_JOB_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass
class Use:
    """What was used over the day: a figure after each episode, by name."""

    figures: dict[str, list[float]] = field(default_factory=dict)

    def add(self, **figures: float) -> None:
        """Note the figures after an episode."""
        for name, value in figures.items():
            self.figures.setdefault(name, []).append(value)

    def early_and_late(self, name: str) -> tuple[float, float]:
        """Return the medians of the first and of the last third of a process's warm life."""
        values = self.figures[name]
        warm = values[math.ceil(len(values) * WARM_UP) :]
        third = max(1, len(warm) // 3)
        return statistics.median(warm[:third]), statistics.median(warm[-third:])

    def has_grown(self, name: str) -> bool:
        """Return whether a figure is larger late in the day than it may be."""
        early, late = self.early_and_late(name)
        return late > max(early * MOST_GROWTH, early + (0 if name == MEMORY else COUNT_NOISE))


@dataclass
class DayReport:
    """How the day ended.

    Attributes:
        takes: On record.
        kills: How often a run was killed.
        calls: To the services, of which `spoiled` went wrong.
        seconds: How long it took.
        uses: By process: the run that lived through the day, the pages, and the machine around all of them.
        problems: What was made twice or lost, and what is wrong with the record.
        leftovers: Temporary files and folders.
        unused_jobs: Ids of jobs whose finished work was made again.
    """

    takes: int
    kills: int
    calls: int
    spoiled: int
    seconds: float
    uses: dict[str, Use]
    problems: tuple[str, ...]
    leftovers: tuple[str, ...]
    unused_jobs: tuple[str, ...]

    @property
    def grown(self) -> tuple[str, ...]:
        """What grew by more than it may, in words."""
        return tuple(
            "{} of {}: {:,.0f} early, {:,.0f} late".format(figure, name, *use.early_and_late(figure))
            for name, use in self.uses.items()
            for figure in use.figures
            if use.has_grown(figure)
        )


def spend_day(database: Database, folder: Path, episodes: int = EPISODES_A_DAY, seed: int = 1) -> DayReport:
    """Make the orders of so many episodes, and return what the day came to.

    Args:
        database: An empty, migrated record.
        folder: An empty folder for media, logs and temporary files.
        episodes: Fewer than a day's make a shorter day, with as many kills for each.
        seed: Which calls go wrong, and when runs are killed.
    """
    day = _Day(database, folder, episodes, Random(seed))
    with ExitStack() as stack:
        day.open(stack, seed)
        stack.callback(day.end_runs)
        began_s = time.monotonic()
        day.work()
        seconds = time.monotonic() - began_s
        problems = tuple(day.problems())
    flaky = [service.flaky for service in (day.comfyui, day.voice, day.music) if service.flaky is not None]
    return DayReport(
        takes=day.count("SELECT count(*) FROM takes"),
        kills=day.kills,
        calls=sum(each.calls for each in flaky),
        spoiled=sum(each.spoiled.total() for each in flaky),
        seconds=seconds,
        uses={"the run": day.run, "the pages": day.pages, "the machine": day.machine},
        problems=problems,
        leftovers=tuple(day.leftovers()),
        unused_jobs=tuple(day.unused_jobs()),
    )


@dataclass
class _Day:
    database: Database
    folder: Path
    episodes: int
    random: Random
    run: Use = field(default_factory=Use)
    pages: Use = field(default_factory=Use)
    machine: Use = field(default_factory=Use)
    kills: int = 0
    pids: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.comfyui, self.voice, self.music = FakeComfyUI(files=FILES), FakeEchoVoice(), FakeMusic()
        self.home, self.scratch = self.folder / "home", self.folder / "tmp"
        # By turns, so that both work until the end of the day.
        self.shares = [tuple(range(first, self.episodes + 1, 2)) for first in (1, 2)]
        self.logs = [self.folder / f"run-{number}.jsonl" for number in range(2)]

    def open(self, stack: ExitStack, seed: int) -> None:
        for path in (self.home, self.scratch):
            path.mkdir(parents=True)
        services: tuple[FakeComfyUI | FakeEchoVoice | FakeMusic, ...] = (self.comfyui, self.voice, self.music)
        for number, service in enumerate(services):
            service.flaky = FlakyCalls(SPOILED_SHARE, seed + number)
            stack.enter_context(service)
        self.voice.shape, self.voice.tells_words = "base64", True
        self.comfyui.jobs.duration_s = 0.01
        environment = {**LONG_LIVED_ENVIRONMENT, **os.environ, "TMPDIR": str(self.scratch)}
        self.launcher = stack.enter_context(_child("tower_anime_assets_tests.soak.day_run", environment))
        served = {
            "TOWER_HOME": str(self.home), "TOWER_PROJECTS": str(self.home), "TOWER_DATABASE_URL": self.database.url,
            "TOWER_WEB_PORT": str(_free_port()),
        }  # fmt: skip
        self.page_server = stack.enter_context(
            _child("tower_anime_assets_tests.soak.day_pages", {**environment, **served})
        )
        self.page_url = f"http://127.0.0.1:{served['TOWER_WEB_PORT']}"

    def work(self) -> None:
        """Start both runs, kill the second one again and again, and look at pages, until everything is made."""
        self.pids = pids = [self._start(number) for number in range(2)]
        kills = round(KILLS_A_DAY * self.episodes / EPISODES_A_DAY)
        share = len(self.shares[1])
        kill_after = [share * (at + self.random.random()) / (kills + 1) for at in range(1, kills + 1)]
        seen, stalled_at_s = 0, time.monotonic() + _STALLED_S
        while seen < self.episodes:
            done = [self._samples(number) for number in range(2)]
            if kill_after and len(done[1]) >= int(kill_after[0]) and len(done[1]) < share:
                kill_after.pop(0)
                time.sleep(self.random.random() / 2)
                pids[1] = self._kill_and_resume(pids[1])
            if sum(map(len, done)) > seen:
                seen, stalled_at_s = sum(map(len, done)), time.monotonic() + _STALLED_S
                self._note(done)
            for number, pid in enumerate(pids):
                self._refuse_failure(number, pid, len(done[number]) < len(self.shares[number]))
            assert time.monotonic() < stalled_at_s, f"nothing was made for {_STALLED_S:.0f} s after {seen} episodes"
            time.sleep(0.05)
        for pid in pids:
            _until(lambda pid=pid: not self._is_alive(pid), "the end of a run")  # type: ignore[misc]

    def end_runs(self) -> None:
        """End the runs that a failure left."""
        for pid in self.pids:
            if self._is_alive(pid):
                os.kill(pid, signal.SIGKILL)

    def problems(self) -> Iterator[str]:
        """Yield what was made twice, lost, or left open."""
        expected = self.episodes * TAKES_OF_EPISODE
        if (made := self.count("SELECT count(DISTINCT brief_digest) FROM takes")) != expected:
            yield f"{made} things have a take, not {expected}"
        for digest, count in self._rows("SELECT brief_digest, count(*) FROM takes GROUP BY 1 HAVING count(*) > 1"):
            yield f"{digest} was made {count} times"
        for row in self._rows("SELECT id, status FROM generation_decisions WHERE finished_at IS NULL"):
            yield f"decision {row[0]} is {row[1]}"
        succeeded = set(self._column("SELECT prompt_id FROM generation_decisions WHERE status = 'succeeded'")) - {""}
        decided = set(self._column("SELECT prompt_id FROM generation_decisions WHERE prompt_id <> ''"))
        sent = self.comfyui.submissions
        yield from (f"job {job} was sent {count} times" for job, count in sent.items() if count != 1)
        yield from (f"job {job} is not on record" for job in sent if job not in decided)
        recorded = set(self._column("SELECT prompt_id FROM workflow_history WHERE success"))
        yield from (f"job {job} succeeded, and its graph is not on record" for job in succeeded - recorded)
        locks = self.count("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        if locks:
            yield f"{locks} locks are still held"
        yield from audit.find_problems(self.database, MediaStore(self.home / "media"))

    def unused_jobs(self) -> Iterator[str]:
        """Yield the jobs that were finished and whose work was made again, after a kill or a spoiled answer."""
        saved = {job for kind, _, name in self.comfyui.jobs.files if kind == "output" for job in _JOB_ID.findall(name)}
        used = set(self._column("SELECT prompt_id FROM generation_decisions WHERE status = 'succeeded'"))
        yield from sorted(saved & set(self.comfyui.submissions) - used)

    def leftovers(self) -> Iterator[str]:
        """Yield the temporary files that nobody took away."""
        yield from map(str, self.scratch.rglob("*"))
        for path in (self.home / "media").rglob("*"):
            if (path.parent.name == ".work" and path.is_dir()) or ".part-" in path.name:
                yield str(path)

    def count(self, query: str) -> int:
        """Return the one number of a query."""
        return int(self._rows(query)[0][0])

    def _start(self, number: int) -> int:
        done = {sample.episode for sample in self._samples(number)}
        left = tuple(episode for episode in self.shares[number] if episode not in done)
        asked = DayOrders(
            self.database.url, str(self.home), self.comfyui.url, self.voice.url, self.music.url, left,
            str(self.logs[number]),
        )  # fmt: skip
        assert self.launcher.stdin is not None
        assert self.launcher.stdout is not None
        self.launcher.stdin.write(json.dumps(asdict(asked)) + "\n")
        self.launcher.stdin.flush()
        return int(self.launcher.stdout.readline())

    def _kill_and_resume(self, pid: int) -> int:
        if self._is_alive(pid):
            os.kill(pid, signal.SIGKILL)
            _until(lambda: not self._is_alive(pid), "the end of a killed run")
            self.kills += 1
        return self._start(1)

    def _is_alive(self, pid: int) -> bool:
        """Return whether a run goes on; its id may be another process's by now."""
        try:
            return psutil.Process(pid).ppid() == self.launcher.pid
        except psutil.NoSuchProcess:
            return False

    def _samples(self, number: int) -> list[Sample]:
        try:
            lines = self.logs[number].read_text(encoding="utf-8").splitlines(keepends=True)
        except FileNotFoundError:
            return []
        return [Sample(**json.loads(line)) for line in lines if line.endswith("\n")]

    def _note(self, done: Sequence[Sequence[Sample]]) -> None:
        """Note what is used now, and look at a page of what was made last."""
        newest = max((sample for samples in done for sample in samples), key=lambda sample: sample.episode)
        for page in (f"shots/{PROJECT}-{episode_id(newest.episode)}-sc01-sh0010", f"episodes/{PROJECT}-e001/trail"):
            _until(lambda page=page: _answers(f"{self.page_url}/{page}"), f"the page {page}")  # type: ignore[misc]
        for sample in done[0][len(self.run.figures.get("threads", ())) :]:
            self.run.add(**_figures(sample))
        pages = sample_process(psutil.Process(self.page_server.pid), newest.episode)
        self.pages.add(**_figures(pages))
        connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        self.machine.add(**{"database connections": self.count(connections)})

    def _refuse_failure(self, number: int, pid: int, is_working: bool) -> None:
        failed = Path(f"{self.logs[number]}.failed")
        assert not failed.exists(), failed.read_text(encoding="utf-8")
        if is_working and not self._is_alive(pid):
            time.sleep(0.2)  # it may have written its last line just now
            left = len(self._samples(number)) < len(self.shares[number])
            assert not left, f"run {number} ended without having made everything"

    def _rows(self, query: str) -> list[Any]:
        with psycopg.connect(self.database.url) as connection:
            return connection.execute(query.encode()).fetchall()

    def _column(self, query: str) -> list[str]:
        return [str(row[0]) for row in self._rows(query)]


def _figures(sample: Sample) -> dict[str, float]:
    return {MEMORY: sample.own_bytes, "descriptors": sample.descriptors, "threads": sample.threads}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own page on loopback
            return bool(answer.read())
    except (urllib.error.URLError, ConnectionError):
        return False


def _until(happened: Callable[[], bool], what: str) -> None:
    deadline_s = time.monotonic() + _STALLED_S
    while not happened():
        assert time.monotonic() < deadline_s, f"{what} did not happen within {_STALLED_S:.0f} s"
        time.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextmanager
def _child(module: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run a module in a process of its own, and end it."""
    command = [sys.executable, "-m", module]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()
