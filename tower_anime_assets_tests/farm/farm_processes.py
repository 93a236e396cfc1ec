"""A farm as processes of one machine: Redis, a controller and workers, each with a TOWER_HOME of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, LiteralString

import psutil
import psycopg
import redis
from psycopg.rows import dict_row

from tower_anime_assets.store import farm_runs
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.cli.small_studio import SmallStudio
from tower_anime_assets_tests.conftest import short_home
from tower_anime_assets_tests.defs.running_tower import RunningTower, free_port, running_tower, wait_until
from tower_anime_assets_tests.small_show import write_small_show

START_WAIT_S = 120.0
WAIT_S = 180.0
LOST_S = 4.0
"""How soon a run whose worker is gone is made again in tests."""


@dataclass
class RedisServer:
    """A `redis-server` on loopback that keeps nothing on disk: what it forgets when it is restarted is gone."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, empty, on the same port as before."""
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=subprocess.STDOUT)
        wait_until(self._is_answering, 30, "the start of Redis")

    def kill(self) -> None:
        """End it as a crash does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _is_answering(self) -> bool:
        with suppress(redis.RedisError), redis.Redis(port=self.port) as client:
            return bool(client.ping())
        return False


@contextmanager
def start_redis(folder: Path) -> Iterator[RedisServer]:
    """Give a running Redis, and end it afterwards."""
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@dataclass
class RunningWorker:
    """A `tower worker` and everything that it started."""

    home: Path
    process: subprocess.Popen[bytes]
    output: Path

    @property
    def id(self) -> str:
        return self.text.partition("Worker ")[2].partition(" ")[0]

    @property
    def text(self) -> str:
        return self.output.read_text(errors="replace")

    def wait_for(self, words: str, timeout_s: float = START_WAIT_S) -> None:
        """Wait until it prints some words; fail if it ends before."""

        def said() -> bool:
            assert self.process.poll() is None or words in self.text, self.text
            return words in self.text

        wait_until(said, timeout_s, f"{words!r} of the worker:\n{self.text}")

    def kill(self) -> None:
        """End it and its children as a machine that loses power does."""
        with suppress(psutil.NoSuchProcess):
            tree = psutil.Process(self.process.pid).children(recursive=True)
            self.process.kill()
            for process in tree:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(tree, timeout=10)
        self.process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout_s: float = 60) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=timeout_s)


@dataclass
class Farm:
    """What a farm's processes have in common.

    Attributes:
        folder: A folder that all of them are below.
        variables: What controller and workers are given alike.
        studio: Of the controller.
    """

    folder: Path
    redis: RedisServer
    database_url: str
    studio: SmallStudio
    stack: ExitStack
    workers: list[RunningWorker] = field(default_factory=list)

    @property
    def variables(self) -> Mapping[str, str]:
        return {"TOWER_DATABASE_URL": self.database_url, "TOWER_BROKER_URL": self.redis.url}

    @cached_property
    def record(self) -> FarmRecord:
        database = Database(self.database_url)
        self.stack.callback(database.close)
        return FarmRecord(database)

    @property
    def media(self) -> Path:
        return self.folder / "media"

    def make_home(self, name: str) -> Path:
        """Return a new TOWER_HOME whose media folder is the farm's."""
        home = self.folder / name
        home.mkdir()
        (home / "media").symlink_to(self.media)
        return home

    def start_controller(self, **variables: str) -> RunningTower:
        """Return a `tower up` that is ready; it is ended with the farm."""
        farm = {"TOWER_FARM": "celery", "TOWER_ONE_MACHINE": "1", "TOWER_LOST_S": f"{LOST_S:g}"}
        self.studio.variables |= {**self.variables, **farm, **variables}
        return self.stack.enter_context(running_tower(self.studio))

    def worker_environment(self, home: Path, **variables: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TOWER_")}
        kept = {name: value for name, value in kept.items() if not name.endswith("_URL")}
        return {**kept, **self.variables, "TOWER_HOME": str(home), **variables}

    def start_worker(
        self, *arguments: str, waits: bool = True, home: Path | None = None, unset: Sequence[str] = (), **variables: str
    ) -> RunningWorker:
        """Return a `tower worker` with a home of its own; it is ended with the farm.

        Args:
            arguments: Of the command.
            waits: Wait until it takes runs.
            home: Its TOWER_HOME instead.
            unset: Variables that it is not given.
            variables: Those that it is given besides.
        """
        home = home or self.make_home(f"worker{len(self.workers) + 1}")
        environment = self.worker_environment(home, **variables)
        for name in unset:
            environment.pop(name)
        output = home.parent / f"{home.name}.txt"
        with output.open("wb") as file:
            process = subprocess.Popen(
                [str(Path(sys.executable).parent / "tower"), "worker", *arguments],
                env=environment,
                cwd=home,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        worker = RunningWorker(home, process, output)
        self.workers.append(worker)
        if waits:
            worker.wait_for("takes runs from")
        return worker


@contextmanager
def start_farm(database_url: str, script: str) -> Iterator[Farm]:
    """Give a farm of which only Redis runs, and end whatever is started of it."""
    folder = short_home()
    (folder / "media").mkdir()
    projects = folder / "projects"
    write_small_show(projects, script)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = stack.enter_context(start_redis(folder))
        farm = Farm(folder, server, database_url, SmallStudio(folder / "home", projects), stack)
        (folder / "home").mkdir()
        (folder / "home" / "media").symlink_to(farm.media)
        try:
            yield farm
        finally:
            for worker in farm.workers:
                worker.kill()


@dataclass(frozen=True)
class FarmRecord:
    """What is on record of a farm's runs, read beside it."""

    database: Database

    def rows(self, query: LiteralString, *values: str) -> list[dict[str, Any]]:
        with psycopg.connect(self.database.url, row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall()

    def worker_of(self, run_id: str) -> str | None:
        """Return which worker has a run, None while none has."""
        run = farm_runs.list_runs(self.database, [run_id]).get(run_id)
        return run.worker_id if run is not None else None

    def events(self, run_id: str) -> list[tuple[str, str]]:
        """Return type and step of what Dagster has on record of a run, in order."""
        rows = self.rows(
            "SELECT dagster_event_type, coalesce(step_key, '') AS step FROM dagster.event_logs "
            "WHERE run_id = %s AND dagster_event_type IS NOT NULL ORDER BY id",
            run_id,
        )
        return [(row["dagster_event_type"], row["step"]) for row in rows]

    def status(self, run_id: str) -> str:
        return str(self.rows("SELECT status FROM dagster.runs WHERE run_id = %s", run_id)[0]["status"])

    def made_again_as(self, run_id: str) -> str:
        """Return which run Dagster made of one whose worker was lost, "" while there is none."""
        query = "SELECT value FROM dagster.run_tags WHERE run_id = %s AND key = 'dagster/auto_retry_run_id'"
        rows = self.rows(query, run_id)
        return str(rows[0]["value"]) if rows else ""

    def wait_for_decision(self, run_id: str, stage: str) -> None:
        """Wait until a run makes something of a stage."""
        query = "SELECT FROM generation_decisions WHERE run_id = %s AND decision_type = %s"
        until(lambda: self.rows(query, run_id, stage), f"a {stage} of run {run_id}")

    def made_twice(self) -> list[dict[str, Any]]:
        """Return the briefs of which more than one decision was carried out."""
        return self.rows(
            "SELECT decision_type, brief_digest, count(*) FROM generation_decisions "
            "WHERE status = 'succeeded' GROUP BY 1, 2 HAVING count(*) > 1"
        )


def until(true: Callable[[], Any], what: str, timeout_s: float = WAIT_S) -> Any:
    """Return what `true` returns as soon as that is true, looking often."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {timeout_s:.0f} s")
