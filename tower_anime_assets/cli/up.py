"""`tower up`: database, web process and daemon as one command."""

from __future__ import annotations

import argparse
import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import TextIO

from tower_anime_assets.cli.child_guard import STOP_WAIT_S, STOP_WORD
from tower_anime_assets.cli.output import clean, print_note
from tower_anime_assets.errors import PlanError, ServiceUnavailableError, list_some
from tower_anime_assets.settings import Settings, with_overnight

HELP = "start database, web UI, media pages and daemon; Ctrl-C stops them all"

WEB = "web"

START_WAIT_S = 120.0
GUARD_WAIT_S = STOP_WAIT_S + 2
"""How long a guard may take to end its child and itself; everything has stopped within 10 s."""

HEALTH_WAIT_S = 5.0
LOG_WAIT_S = 0.5
MAX_LOG_LINE_BYTES = 100_000
_LOG_TAIL_LINES = 15


@dataclass
class ChildProcess:
    """A part of `tower up` and its guard, in a session of their own: a terminal's Ctrl-C reaches only their parent.

    Attributes:
        guard: The process of `child_guard`, which ends with the part, with its exit code.
    """

    name: str
    guard: subprocess.Popen[bytes]
    log: Path
    log_writer: threading.Thread

    def request_stop(self) -> None:
        """Have the guard end the part and everything it started."""
        assert self.guard.stdin is not None  # noqa: S101 - it was started with a pipe
        with suppress(BrokenPipeError):  # the guard has ended
            self.guard.stdin.write(STOP_WORD)
            self.guard.stdin.close()

    def log_tail(self) -> str:
        """Return the end of its log."""
        self.log_writer.join(timeout=LOG_WAIT_S)  # what an ended child printed last is on its way
        lines = self.log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
        return "\n".join([f"the end of {self.log}:", *lines])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower up`."""
    parser.add_argument(
        "--overnight",
        default="",
        metavar="HH:MM",
        help="bring every episode up to date at this time, every night; also 'HH:MM Area/City'",
    )


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Serve until a signal comes or a part ends.

    Raises:
        PlanError: The time is not valid, a port is taken, `tower up` or a daemon already runs on this TOWER_HOME, or
            other machines could reach it while nobody could sign in.
        ServiceUnavailableError: A part did not start, or ended by itself.
    """
    from tower_anime_assets.cli import leftovers
    from tower_anime_assets.defs.instance import dagster_home
    from tower_anime_assets.store import server

    if arguments.overnight:
        settings = with_overnight(settings, arguments.overnight)
    stop_request = _StopRequest()
    with _hold_home_lock(settings.home):
        if count := leftovers.end_leftovers(settings.home):
            print_note(f"An earlier `tower up` was killed; ended what it left: {count} process{'es' * (count > 1)}.")
        leftovers.require_no_daemon(dagster_home(settings))
        _require_free_port(settings)
        children: list[ChildProcess] = []
        try:
            print_note(f"Starting on {settings.local_url} ...")
            environment = _prepare_environment(settings)
            for name, command in _commands().items():
                if not stop_request.is_requested:
                    children.append(_start_child(name, command, environment, settings.home))
            has_dagster = _wait_for_web(settings, children, stop_request)
            if not stop_request.is_requested:
                print_note(_greeting(settings))
                if not has_dagster:
                    print_note(f"warning: Dagster's web UI cannot be opened; {children[0].log_tail()}")
            _watch_children(children, stop_request)
        finally:
            if children:
                print_note("Stopping ...")
            _stop_children(children, settings.home)
            server.stop_server(settings, only_if_unused=True)
    return 0


def _greeting(settings: Settings) -> str:
    local = settings.local_url
    public = f"Also         {settings.public_url}\n" if settings.public_url else ""
    return (
        f"Web UI       {local}/dagster\n"
        f"Media pages  {local}\n"
        f"{public}"
        f"Screenplays  {settings.projects}\n"
        f"Logs         {settings.home / 'logs'}\n"
        f"{_overnight_line(settings)}"
        "Ctrl-C stops everything."
    )


def _overnight_line(settings: Settings) -> str:
    if not settings.overnight_time:
        return ""
    limit_s = settings.overnight_gpu_s
    budget = "no limit of GPU seconds" if limit_s is None else f"at most {limit_s:.0f} GPU seconds"
    return f"Overnight    {settings.overnight_time}, {budget}; then morning_report\n"


def _commands() -> Mapping[str, Sequence[str]]:
    from tower_anime_assets.defs.instance import workspace_file

    return {
        WEB: ["-m", "tower_anime_assets.cli.web_process"],
        "daemon": ["-m", "dagster._daemon", "run", "-w", str(workspace_file())],
    }


def _prepare_environment(settings: Settings) -> dict[str, str]:
    """Start and migrate the database, create Dagster's tables, and return the children's environment.

    Raises:
        PlanError: Other machines could reach the web server while nobody could sign in.
    """
    from tower_anime_assets.cli.leftovers import HOME_MARK
    from tower_anime_assets.defs.instance import LONG_LIVED_ENVIRONMENT, dagster_environment
    from tower_anime_assets.stages.exposure import exposure_warnings, refuse_unprotected
    from tower_anime_assets.stages.library_mirror import mirror_library
    from tower_anime_assets.store import access_tokens, migrations, server
    from tower_anime_assets.store.database import Database

    info = server.ensure_server(settings)
    database = Database(info.url)
    try:
        migrations.apply_migrations(database)
        tokens = access_tokens.list_tokens(database)
        refuse_unprotected(settings, tokens)
        for line in (*exposure_warnings(settings, tokens), *list_some(mirror_library(settings, database))):
            print_note(f"warning: {line}")
    finally:
        database.close()
    inherited = {**LONG_LIVED_ENVIRONMENT, **os.environ}
    environment = {**inherited, **dagster_environment(settings, info.url), HOME_MARK: str(settings.home)}
    # Creates Dagster's tables before web server and daemon both try to, and ends runs that a crash left open.
    command = [sys.executable, "-m", "tower_anime_assets.defs.zombie_runs"]
    completed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if completed.returncode:
        raise ServiceUnavailableError(f"Dagster's storage cannot be opened: {completed.stderr.strip()[-600:]}")
    return environment


def _start_child(name: str, arguments: Sequence[str], environment: Mapping[str, str], home: Path) -> ChildProcess:
    log = home / "logs" / f"{name}.log"
    log.parent.mkdir(exist_ok=True)
    output = log.open("w", encoding="utf-8", buffering=1)
    guard = subprocess.Popen(
        [sys.executable, "-m", "tower_anime_assets.cli.child_guard", sys.executable, *arguments],
        env=environment,
        cwd=home,
        stdin=subprocess.PIPE,
        bufsize=0,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    writer = threading.Thread(target=_write_log, args=(guard, output), name=f"log of the {name}", daemon=True)
    writer.start()
    return ChildProcess(name, guard, log, writer)


def _write_log(guard: subprocess.Popen[bytes], log: TextIO) -> None:
    """Write what a part, and whatever it starts, prints to its log, cleaned: most of it is not printed by us."""
    stream = guard.stdout
    assert stream is not None  # noqa: S101 - it was started with a pipe
    with log, stream, open(stream.fileno(), "rb", closefd=False) as lines:  # the stream itself has no buffer
        while line := lines.readline(MAX_LOG_LINE_BYTES):
            log.write(clean(line.decode("utf-8", "replace")))


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


def _require_free_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.bind, settings.web_port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"port {settings.web_port} is taken by another program; end it, or set TOWER_WEB_PORT"
        else:
            message = (
                f"TOWER_BIND: {settings.bind} cannot be listened on ({error.strerror}); set an address of this machine"
            )
        raise PlanError(message) from error


def _wait_for_web(settings: Settings, children: Sequence[ChildProcess], stop_request: _StopRequest) -> bool:
    """Wait until Dagster's web UI is open or has failed to, and return whether it is; other pages answer before."""
    from tower_anime_assets.web.mounted import MountState

    deadline = time.monotonic() + START_WAIT_S
    state = ""
    while state not in (MountState.OPEN, MountState.FAILED) and not stop_request.is_requested:
        _raise_if_ended(children)
        if time.monotonic() > deadline:
            logs = "\n".join(child.log_tail() for child in children)
            what = "Dagster's web UI is not open" if state else f"nothing answers on port {settings.web_port}"
            raise ServiceUnavailableError(f"{what} after {START_WAIT_S:.0f} s; {logs}")
        time.sleep(0.2)
        state = _ask_state(settings)
    return state == MountState.OPEN


def _ask_state(settings: Settings) -> str:
    """Return how far Dagster's web UI is, "" while the web process does not answer."""
    from tower_anime_assets.web.request_rules import HEALTH_PATH

    connection = HTTPConnection(settings.local_address, settings.web_port, timeout=HEALTH_WAIT_S)
    try:
        connection.request("GET", HEALTH_PATH)
        return str(json.load(connection.getresponse())["dagster"])
    except (OSError, HTTPException):
        return ""
    finally:
        connection.close()


def _watch_children(children: Sequence[ChildProcess], stop_request: _StopRequest) -> None:
    while not stop_request.is_requested:
        _raise_if_ended(children)
        time.sleep(0.3)


def _raise_if_ended(children: Sequence[ChildProcess]) -> None:
    for child in children:
        exit_code = child.guard.poll()
        if exit_code is not None:
            raise ServiceUnavailableError(
                f"the {child.name} process ended by itself (code {exit_code}); {child.log_tail()}"
            )


def _stop_children(children: Sequence[ChildProcess], home: Path) -> None:
    from tower_anime_assets.cli import leftovers

    for child in children:
        child.request_stop()
    deadline = time.monotonic() + GUARD_WAIT_S
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.guard.wait(timeout=max(0.1, deadline - time.monotonic()))
    leftovers.end_leftovers(home)  # of a guard that was killed, or does not end
