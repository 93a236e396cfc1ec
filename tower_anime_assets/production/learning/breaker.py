"""The circuit breaker of workflows and servers: set aside after failures, tried again after a growing break."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

CONSECUTIVE_FAILURES = 3
"""Failures in a row that set a workflow or server aside."""
SCATTERED_FAILURES = (5, 8)
"""(failures, runs): failures among the latest runs that do the same."""
FIRST_BREAK = timedelta(minutes=10)
LONGEST_BREAK = timedelta(hours=12)
"""The first break and the longest one; each failed trial doubles it."""
TRIAL_EVERY_SHOTS = 4
"""After the break one shot in four may try it, until a run succeeds."""


@dataclass(frozen=True)
class RunResult:
    """How a run of a workflow, or on a server, ended."""

    at: datetime
    failed: bool
    why: str = ""


@dataclass(frozen=True)
class BreakerState:
    """Whether a workflow or server is set aside.

    Attributes:
        state: `closed` (in use), `open` (set aside), `half_open` (may be tried again).
        until: When it may be tried again; None while it is in use.
        why: The failures that set it aside, as a phrase.
    """

    state: str = "closed"
    until: datetime | None = None
    why: str = ""


def breaker_state(runs: Sequence[RunResult], now: datetime) -> BreakerState:
    """Return the state of a breaker after the latest runs, oldest first.

    Runs that began before the end of a break are ignored. A trial that succeeds closes the breaker.
    """
    latest_runs: list[RunResult] = []
    trip_count = 0
    until: datetime | None = None
    why = ""
    for run in runs:
        if until is not None and run.at < until:
            continue
        if not run.failed and until is not None:
            latest_runs, trip_count, until = [], 0, None
            continue
        latest_runs = [*latest_runs, run][-SCATTERED_FAILURES[1] :]
        failures = sum(one.failed for one in latest_runs)
        tail = latest_runs[-CONSECUTIVE_FAILURES:]
        are_consecutive = len(tail) == CONSECUTIVE_FAILURES and all(one.failed for one in tail)
        if run.failed and (until is not None or are_consecutive or failures >= SCATTERED_FAILURES[0]):
            trip_count += 1
            until = run.at + min(FIRST_BREAK * 2 ** (trip_count - 1), LONGEST_BREAK)
            if trip_count > 1:
                what = "its trial failed too"
            elif are_consecutive:
                what = f"{CONSECUTIVE_FAILURES} failures in a row"
            else:
                what = f"{failures} failures in its latest {len(latest_runs)} runs"
            why = f"{what}, the last: {run.why or 'no reason given'}"
    if until is None:
        return BreakerState()
    return BreakerState("half_open" if now >= until else "open", until, why)
