"""`tower up`: database, web UI, daemon and media pages as one command."""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tower_anime_assets.cli.output import print_note
from tower_anime_assets.errors import PlanError, ServiceUnavailableError
from tower_anime_assets.settings import Settings

HELP = "start database, web UI, daemon and media pages; Ctrl-C stops them all"

START_WAIT_S = 120.0
STOP_WAIT_S = 5.0
"""How long children may take to end after SIGINT; everything has stopped within 10 s."""

_LOG_TAIL_LINES = 15


@dataclass
class ChildProcess:
    """A process that `tower up` started, in its own session, so that a terminal's Ctrl-C reaches only its parent."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def send_signal(self, signal_number: int) -> None:
        """Signal the child and everything it started, if any of it is left."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal_number)

    def log_tail(self) -> str:
        """Return the end of its log."""
        lines = self.log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
        return "\n".join([f"the end of {self.log}:", *lines])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: `tower up` takes no arguments."""


def run(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Serve until a signal comes or a part ends.

    Raises:
        PlanError: A port is taken, or `tower up` already runs on this TOWER_HOME.
        ServiceUnavailableError: A part did not start, or ended by itself.
    """
    from tower_anime_assets.store import server

    stop_request = _StopRequest()
    with _hold_home_lock(settings.home):
        for port, variable in ((settings.web_port, "TOWER_WEB_PORT"), (settings.media_port, "TOWER_MEDIA_PORT")):
            _require_free_port(port, variable)
        children: list[ChildProcess] = []
        try:
            print_note("Starting ...")
            environment = _prepare_environment(settings)
            for name, arguments in _commands(settings).items():
                if not stop_request.is_requested:
                    children.append(_start_child(name, arguments, environment, settings.home))
            _wait_for_ports(settings, children, stop_request)
            if not stop_request.is_requested:
                print_note(_greeting(settings))
            _watch_children(children, stop_request)
        finally:
            if children:
                print_note("Stopping ...")
            _stop_children(children)
            server.stop_server(settings, only_if_unused=True)
    return 0


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


def _prepare_environment(settings: Settings) -> dict[str, str]:
    """Start and migrate the database, create Dagster's tables, and return the children's environment."""
    from tower_anime_assets.defs.instance import dagster_environment
    from tower_anime_assets.store import migrations, server
    from tower_anime_assets.store.database import Database

    info = server.ensure_server(settings)
    database = Database(info.url)
    try:
        migrations.apply_migrations(database)
    finally:
        database.close()
    environment = {**os.environ, **dagster_environment(settings, info.url)}
    # Creates Dagster's tables before web server and daemon both try to, and ends runs that a crash left open.
    command = [sys.executable, "-m", "tower_anime_assets.defs.zombie_runs"]
    completed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if completed.returncode:
        raise ServiceUnavailableError(f"Dagster's storage cannot be opened: {completed.stderr.strip()[-600:]}")
    return environment


def _start_child(name: str, arguments: Sequence[str], environment: Mapping[str, str], home: Path) -> ChildProcess:
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
    return ChildProcess(name, process, log)


@contextmanager
def _hold_home_lock(home: Path) -> Iterator[None]:
    """Hold the lock of this TOWER_HOME: two daemons would each start every run. The kernel frees it at exit."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PlanError(f"`tower up` already runs on {home}; end it, or set TOWER_HOME") from error
        yield


class _StopRequest:
    """Whether a signal has asked this process to stop."""

    def __init__(self) -> None:
        self.is_requested = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._request_stop)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup tower up` outlives its terminal
            signal.signal(signal.SIGHUP, self._request_stop)

    def _request_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.is_requested = True


def _require_free_port(port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PlanError(f"port {port} is taken by another program; end it, or set {variable}") from error


def _wait_for_ports(settings: Settings, children: Sequence[ChildProcess], stop_request: _StopRequest) -> None:
    deadline = time.monotonic() + START_WAIT_S
    closed_ports = {settings.web_port, settings.media_port}
    while closed_ports and not stop_request.is_requested:
        _raise_if_ended(children)
        closed_ports = {port for port in closed_ports if not _is_open(port)}
        if time.monotonic() > deadline:
            logs = "\n".join(child.log_tail() for child in children)
            raise ServiceUnavailableError(
                f"nothing listens on {sorted(closed_ports)} after {START_WAIT_S:.0f} s; {logs}"
            )
        time.sleep(0.2)


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _watch_children(children: Sequence[ChildProcess], stop_request: _StopRequest) -> None:
    while not stop_request.is_requested:
        _raise_if_ended(children)
        time.sleep(0.3)


def _raise_if_ended(children: Sequence[ChildProcess]) -> None:
    for child in children:
        exit_code = child.process.poll()
        if exit_code is not None:
            raise ServiceUnavailableError(f"the {child.name} ended by itself (code {exit_code}); {child.log_tail()}")


def _stop_children(children: Sequence[ChildProcess]) -> None:
    for child in children:
        child.send_signal(signal.SIGINT)
    deadline = time.monotonic() + STOP_WAIT_S
    for child in children:
        try:
            child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            continue
    for child in children:
        # Even if the child has ended: runs and code servers that it started may be left.
        child.send_signal(signal.SIGKILL)
        child.process.wait(timeout=2)
