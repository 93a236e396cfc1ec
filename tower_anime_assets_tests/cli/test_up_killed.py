"""`kill -9` of `tower up`, or of a part of it: nothing stays, and there are never two daemons on one home."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tower_anime_assets.cli.child_guard import STOP_WORD
from tower_anime_assets.cli.leftovers import HOME_MARK, end_leftovers
from tower_anime_assets_tests.cli.small_studio import SmallStudio, small_studio
from tower_anime_assets_tests.cli.test_up import assert_all_ended, command_of_living, everything
from tower_anime_assets_tests.defs.running_tower import (
    START_WAIT_S,
    RunningTower,
    free_port,
    running_tower,
    wait_until,
)

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

LONGEST_END_S = 10


@pytest.fixture(scope="module")
def studio() -> Iterator[SmallStudio]:
    with small_studio() as made:
        yield made


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def kill(tower: RunningTower) -> list[psutil.Process]:
    """Send SIGKILL to `tower up` alone and return what it had started, with its database."""
    others = [process for process in everything(tower) if process.pid != tower.process.pid]
    tower.process.kill()
    tower.process.wait(timeout=5)
    return others


def test_a_killed_tower_up_leaves_nothing_and_of_two_started_next_one_serves(studio: SmallStudio) -> None:
    with running_tower(studio) as tower:
        commands = [command_of_living(process) for process in everything(tower)]
        assert len([command for command in commands if "-m dagster api grpc" in command]) >= 2  # grandchildren
        others = kill(tower)
        psutil.wait_procs(others, timeout=LONGEST_END_S)
        assert_all_ended(others)
        assert is_free(tower.web_port)
    web = free_port()
    studio.variables |= {"TOWER_WEB_PORT": str(web)}
    both = [studio.start("up") for _ in range(2)]
    try:
        wait_until(lambda: any(process.poll() is not None for process in both), START_WAIT_S, "a refusal")
        (refused,) = [process for process in both if process.poll() is not None]
        (serving,) = [process for process in both if process is not refused]
        assert refused.returncode == 2
        assert "already runs" in refused.communicate()[1]
        wait_until(lambda: not is_free(web), START_WAIT_S, "the web UI")
        assert serving.poll() is None
    finally:
        for process in both:
            process.terminate()
            process.communicate(timeout=LONGEST_END_S + 5)


def test_a_daemon_that_somebody_runs_by_hand_is_named_and_not_ended(studio: SmallStudio, tmp_path: Path) -> None:
    # Only the name of its command counts, so this one idles instead of loading the project.
    program = tmp_path / "dagster-daemon"
    program.write_text("import time\ntime.sleep(60)\n")
    environment = {**os.environ, "DAGSTER_HOME": str(studio.home / "dagster")}
    command = [sys.executable, str(program), "run"]
    daemon = subprocess.Popen(command, env=environment)
    try:
        refused = studio.tower("up")
        assert refused.code == 2
        assert f"process {daemon.pid}, `{shlex.join(command)}`" in refused.err
        assert daemon.poll() is None
    finally:
        daemon.kill()
        daemon.wait()


STUBBORN = """
import signal, subprocess, sys
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
below = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print(below.pid, flush=True)
signal.pause()
"""


def start_guard(program: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tower_anime_assets.cli.child_guard", sys.executable, "-c", program]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_part_that_ignores_every_signal_is_killed_with_what_it_started() -> None:
    guard = start_guard(STUBBORN)
    assert guard.stdout is not None
    below = psutil.Process(int(guard.stdout.readline()))
    part = psutil.Process(guard.pid).children()[0]
    guard.communicate(STOP_WORD.decode(), timeout=LONGEST_END_S)
    assert guard.returncode == 128 + signal.SIGKILL
    assert_all_ended([part, below])


def test_a_guard_ends_with_the_exit_code_of_its_part() -> None:
    guard = start_guard("raise SystemExit(3)")
    assert guard.wait(timeout=LONGEST_END_S) == 3
    guard.communicate()


def test_only_what_bears_the_mark_of_this_home_is_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import signal; signal.pause()"]
    marks: list[dict[str, str]] = [{HOME_MARK: str(tmp_path)}, {HOME_MARK: str(tmp_path / "other")}, {}]
    left, others, unmarked = (subprocess.Popen(command, env={**os.environ, **mark}) for mark in marks)
    try:
        assert end_leftovers(tmp_path) == 1
        assert left.poll() is not None
        assert (others.poll(), unmarked.poll()) == (None, None)
        assert end_leftovers(tmp_path) == 0
    finally:
        for process in (left, others, unmarked):
            process.kill()
            process.wait()
