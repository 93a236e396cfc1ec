"""`tower up`: database, web UI, daemon and media pages together; one Ctrl-C stops them all."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType

from rich.console import Console

from tower_anime_assets.errors import PlanError, ServiceUnavailable
from tower_anime_assets.settings import Settings
from tower_anime_assets.store import migrations, server
from tower_anime_assets.store.database import Database

START_WAIT_S = 120.0
STOP_WAIT_S = 6.0
"""Time that children get to end by themselves, so that everything has stopped within 10 s."""


@dataclass
class Child:
    """A process that `tower up` started, in a session of its own so that a terminal's Ctrl-C reaches only us."""

    name: str
    process: subprocess.Popen[bytes]

    def signal(self, number: int) -> None:
        """Signal the child and whatever it started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)


def serve(settings: Settings, console: Console) -> None:
    """Run everything until a signal or until one part ends by itself.

    Raises:
        PlanError: A port is taken.
        ServiceUnavailable: A part did not start, or ended unasked.
    """
    from tower_anime_assets.defs.instance import dagster_environment, workspace_file

    for port, variable in ((settings.web_port, "TOWER_WEB_PORT"), (settings.media_port, "TOWER_MEDIA_PORT")):
        _refuse_taken(port, variable)
    info = server.ensure_server(settings)
    _migrate(info.url)
    environment = {**os.environ, **dagster_environment(settings, info.url)}
    _initialise_storage(environment)
    workspace = str(workspace_file())
    web = ["-m", "dagster_webserver", "-h", "127.0.0.1", "-p", str(settings.web_port), "-w", workspace]
    commands = {
        "media pages": ["-m", "tower_anime_assets.web"],
        "web UI": web,
        "daemon": ["-m", "dagster._daemon", "run", "-w", workspace],
    }
    children: list[Child] = []
    stop = _Stop()
    try:
        for name, arguments in commands.items():
            process = subprocess.Popen(
                [sys.executable, *arguments], env=environment, start_new_session=True, cwd=settings.home
            )
            children.append(Child(name, process))
        _wait_until_open(settings, children, stop)
        console.print(f"Web UI       http://127.0.0.1:{settings.web_port}", highlight=False)
        console.print(f"Media pages  {settings.media_url}", highlight=False)
        console.print("Ctrl-C stops everything.", highlight=False)
        _watch(children, stop)
    finally:
        _stop_all(children)
        server.stop_server(settings, only_if_unused=True)


class _Stop:
    """Remembers that somebody asked us to stop."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


def _refuse_taken(port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PlanError(f"port {port} is taken by another program; end it, or set {variable}") from error


def _migrate(url: str) -> None:
    database = Database(url)
    try:
        migrations.migrate(database)
    finally:
        database.close()


def _initialise_storage(environment: dict[str, str]) -> None:
    """Create Dagster's tables once, before web server and daemon both try to."""
    code = (
        "import dagster as dg\nwith dg.DagsterInstance.get() as instance: instance.get_dynamic_partitions('episodes')"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServiceUnavailable(f"Dagster's storage cannot be opened: {done.stderr.strip().splitlines()[-1:]}")


def _wait_until_open(settings: Settings, children: Sequence[Child], stop: _Stop) -> None:
    deadline = time.monotonic() + START_WAIT_S
    waiting = {settings.web_port, settings.media_port}
    while waiting and not stop.asked:
        _refuse_dead(children)
        waiting = {port for port in waiting if not _is_open(port)}
        if time.monotonic() > deadline:
            raise ServiceUnavailable(f"nothing listens on port {waiting} after {START_WAIT_S:.0f} s; see the log above")
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
            raise ServiceUnavailable(f"the {child.name} ended by itself (code {code}); its log is above")


def _stop_all(children: Sequence[Child]) -> None:
    for child in children:
        child.signal(signal.SIGINT)
    deadline = time.monotonic() + STOP_WAIT_S
    for child in children:
        try:
            child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.signal(signal.SIGKILL)
            child.process.wait(timeout=2)
