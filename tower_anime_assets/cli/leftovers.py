"""Processes on a TOWER_HOME that no living `tower up` holds: what a killed one left, and daemons started by hand."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import psutil

from tower_anime_assets.cli.child_guard import STOP_WAIT_S
from tower_anime_assets.errors import PlanError

HOME_MARK = "TOWER_UP_HOME"
"""The variable by which every process that `tower up` starts, at any depth, is known to be of its TOWER_HOME."""

KILL_WAIT_S = 5.0


def end_leftovers(home: Path) -> int:
    """End what an earlier `tower up` left on this home, and return how many processes that were.

    The caller holds the home's lock, so whatever bears the mark has no `tower up` any more. A guard that is already
    about to end its child is given the time for it.

    Raises:
        PlanError: A process does not end.
    """
    leftovers = _find_processes(lambda variables: variables.get(HOME_MARK) == str(home))
    _signal_each(leftovers, psutil.Process.terminate)
    _gone, alive = psutil.wait_procs(leftovers, timeout=STOP_WAIT_S + 1)
    _signal_each(alive, psutil.Process.kill)
    _gone, alive = psutil.wait_procs(alive, timeout=KILL_WAIT_S)
    if alive:
        numbers = ", ".join(str(process.pid) for process in alive)
        raise PlanError(
            f"processes {numbers} of an earlier `tower up` on {home} do not end; end them, then start again"
        )
    return len(leftovers)


def require_no_daemon(dagster_home: Path) -> None:
    """Refuse a home on which somebody runs a Dagster daemon by hand: two daemons would each start every run.

    Raises:
        PlanError: There is one. It is not ended, since it belongs to somebody.
    """
    of_home = _find_processes(lambda variables: variables.get("DAGSTER_HOME") == str(dagster_home))
    daemons = [process for process in of_home if _is_daemon(_command_of(process))]
    if daemons:
        named = "; ".join(f"process {one.pid}, `{shlex.join(_command_of(one))}`" for one in daemons)
        raise PlanError(
            f"a Dagster daemon already runs on {dagster_home} and was not started by `tower up`: {named}. End it, or "
            "set TOWER_HOME"
        )


def _is_daemon(command: Sequence[str]) -> bool:
    """Return whether a command is `dagster-daemon run`, or `dagster dev` or `dg dev`, which start a daemon."""
    pairs = [(Path(word).name, following) for word, following in pairwise(command)][:3]
    return "dagster._daemon" in command or any(
        pair in {("dagster-daemon", "run"), ("dagster", "dev"), ("dg", "dev")} for pair in pairs
    )


def _command_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):  # it has just ended
        return []


def _find_processes(is_wanted: Callable[[dict[str, str]], bool]) -> list[psutil.Process]:
    """Return this user's other living processes whose environment is wanted; nobody else's can be read."""
    processes = []
    this_one = psutil.Process()
    for process in psutil.process_iter():
        try:
            if process != this_one and is_wanted(process.environ()) and process.status() != psutil.STATUS_ZOMBIE:
                processes.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return processes


def _signal_each(processes: Sequence[psutil.Process], signal_one: Callable[[psutil.Process], None]) -> None:
    for process in processes:
        try:
            signal_one(process)
        except psutil.NoSuchProcess:
            continue
