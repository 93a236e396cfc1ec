"""`tower up`: database, web UI, daemon and media pages together; one Ctrl-C stops them all."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rich.console import Console

from tower_anime_assets.errors import PlanError, ServiceUnavailableError
from tower_anime_assets.settings import Settings
from tower_anime_assets.store import migrations, server
from tower_anime_assets.store.database import Database

START_WAIT_S = 120.0
STOP_WAIT_S = 5.0
"""Time that children get to end by themselves, so that everything has stopped within 10 s."""

_LAST_LINES = 15


@dataclass
class Child:
    """A process that `tower up` started, in a session of its own so that a terminal's Ctrl-C reaches only us."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def signal(self, number: int) -> None:
        """Signal the child and whatever it started, if any of them is left."""
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return

    def last_words(self) -> str:
        """Return the end of its log."""
        lines = self.log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
        return "\n".join([f"the end of {self.log}:", *lines])


def serve(settings: Settings, console: Console) -> None:
    """Run everything until a signal or until one part ends by itself.

    Raises:
        PlanError: A port is taken, or `tower up` already runs on this TOWER_HOME.
        ServiceUnavailableError: A part did not start, or ended unasked.
    """
    stop = _Stop()
    with _only_one(settings.home):
        for port, variable in ((settings.web_port, "TOWER_WEB_PORT"), (settings.media_port, "TOWER_MEDIA_PORT")):
            _refuse_taken(port, variable)
        children: list[Child] = []
        try:
            console.print("Starting ...", highlight=False)
            environment = _prepared(settings)
            for name, arguments in _commands(settings).items():
                if not stop.asked:
                    children.append(_started(name, arguments, environment, settings.home))
            _wait_until_open(settings, children, stop)
            if not stop.asked:
                console.print(_greeting(settings), highlight=False, soft_wrap=True)
            _watch(children, stop)
        finally:
            if children:
                console.print("Stopping ...", highlight=False)
            _stop_all(children)
            server.stop_server(settings, only_if_unused=True)


def _greeting(settings: Settings) -> str:
    return (
        f"Web UI       http://127.0.0.1:{settings.web_port}\n"
        f"Media pages  {settings.media_url}\n"
        f"Screenplays  {settings.projects}\n"
        f"Logs         {settings.home / 'logs'}\n"
        "Ctrl-C stops everything."
    )


def _commands(settings: Settings) -> Mapping[str, Sequence[str]]:
    from tower_anime_assets.defs.instance import workspace_file

    workspace = str(workspace_file())
    return {
        "media pages": ["-m", "tower_anime_assets.web"],
        "web UI": ["-m", "dagster_webserver", "-h", "127.0.0.1", "-p", str(settings.web_port), "-w", workspace],
        "daemon": ["-m", "dagster._daemon", "run", "-w", workspace],
    }


def _prepared(settings: Settings) -> dict[str, str]:
    """Return the children's environment, with the database running, migrated and ready for Dagster."""
    from tower_anime_assets.defs.instance import dagster_environment

    info = server.ensure_server(settings)
    database = Database(info.url)
    try:
        migrations.apply_migrations(database)
    finally:
        database.close()
    environment = {**os.environ, **dagster_environment(settings, info.url)}
    # Creates Dagster's tables once, before web server and daemon both try to, and ends what a crash left behind.
    command = [sys.executable, "-m", "tower_anime_assets.defs.zombie_runs"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServiceUnavailableError(f"Dagster's storage cannot be opened: {done.stderr.strip()[-600:]}")
    return environment


def _started(name: str, arguments: Sequence[str], environment: Mapping[str, str], home: Path) -> Child:
    log = home / "logs" / f"{name.replace(' ', '-').lower()}.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=environment,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Child(name, process, log)


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """Hold the lock of this TOWER_HOME, since two daemons would each start every run; the kernel frees it."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PlanError(f"`tower up` already runs on {home}; end it, or set TOWER_HOME") from error
        yield


class _Stop:
    """Remembers that somebody asked us to stop."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup tower up` outlives its terminal
            signal.signal(signal.SIGHUP, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


def _refuse_taken(port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PlanError(f"port {port} is taken by another program; end it, or set {variable}") from error


def _wait_until_open(settings: Settings, children: Sequence[Child], stop: _Stop) -> None:
    deadline = time.monotonic() + START_WAIT_S
    waiting = {settings.web_port, settings.media_port}
    while waiting and not stop.asked:
        _refuse_dead(children)
        waiting = {port for port in waiting if not _is_open(port)}
        if time.monotonic() > deadline:
            logs = "\n".join(child.last_words() for child in children)
            raise ServiceUnavailableError(f"nothing listens on {sorted(waiting)} after {START_WAIT_S:.0f} s; {logs}")
        time.sleep(0.2)


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _watch(children: Sequence[Child], stop: _Stop) -> None:
    while not stop.asked:
        _refuse_dead(children)
        time.sleep(0.3)


def _refuse_dead(children: Sequence[Child]) -> None:
    for child in children:
        code = child.process.poll()
        if code is not None:
            raise ServiceUnavailableError(f"the {child.name} ended by itself (code {code}); {child.last_words()}")


def _stop_all(children: Sequence[Child]) -> None:
    for child in children:
        child.signal(signal.SIGINT)
    deadline = time.monotonic() + STOP_WAIT_S
    for child in children:
        try:
            child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            continue
    for child in children:
        # Also when the child itself has ended: the runs and code servers that it started may not have.
        child.signal(signal.SIGKILL)
        child.process.wait(timeout=2)
