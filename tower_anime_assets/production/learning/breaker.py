"""The circuit breaker of workflows: rested after failures of their own, tried again after a growing break.

Where there is another workflow, the rested one is left out until its break is over. One that is alone is never refused:
only growing pauses lie between its runs. Interrupts and lost servers are nobody's fault here, see `errors.Cause`.
Servers have no breaker: one that answers is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from tower_anime_assets.errors import Cause

CONSECUTIVE_FAILURES = 3
"""Failures in a row that rest a workflow."""
SCATTERED_FAILURES = (5, 8)
"""(failures, runs): failures among the latest runs that do the same."""
FIRST_BREAK = timedelta(minutes=10)
LONGEST_BREAK = timedelta(hours=12)
"""The first break and the longest one; each failed trial doubles it."""
TRIAL_EVERY_SHOTS = 4
"""After the break one shot in four may try it, until a run succeeds."""
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=10)
"""The first and the longest pause between runs of a workflow that is alone; each failure in a row doubles it."""


@dataclass(frozen=True)
class RunResult:
    """How a run of a workflow ended.

    Attributes:
        at: When.
        cause: Why it gave no take, None if it gave one.
        why: What was said of the failure.
        order: What tells the order from others, "" for nothing: its retries with less memory are one run.
    """

    at: datetime
    cause: Cause | None = None
    why: str = ""
    order: str = ""

    @property
    def failed(self) -> bool:
        """Whether it failed through the workflow's own fault."""
        return self.cause is not None and self.cause.counts_against_workflow


@dataclass(frozen=True)
class BreakerState:
    """Whether a workflow is rested.

    Attributes:
        state: `closed` (in use), `open` (rested), `half_open` (may be tried again).
        until: When it may be tried again; None while it is in use.
        alone_until: The same where there is no other.
        why: The failures that rested it, as a phrase.
    """

    state: str = "closed"
    until: datetime | None = None
    alone_until: datetime | None = None
    why: str = ""


def breaker_state(runs: Sequence[RunResult], now: datetime) -> BreakerState:
    """Return the state of a breaker after the latest runs, oldest first.

    Runs without a fault of the workflow's own that gave no take are ignored; an order that ran out of memory several
    times, with less each time, failed once. A success ends a break whenever it comes;
    further failures lengthen a break only once it is over, since they may have begun before it.
    """
    counted = _counted(runs)
    latest_runs: list[RunResult] = []
    trip_count = 0
    until: datetime | None = None
    why = ""
    for run in counted:
        if not run.failed and until is not None:
            latest_runs, trip_count, until = [], 0, None
            continue
        if until is not None and run.at < until:
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
    return BreakerState("half_open" if now >= until else "open", until, _alone_until(counted), why)


def _counted(runs: Sequence[RunResult]) -> list[RunResult]:
    """Return the runs that say something of the workflow; of an order's steps down in memory the last.

    Orders made side by side take their steps in turn, so the steps of one need not follow each other.
    """
    counted: list[RunResult] = []
    for run in runs:
        if not run.failed and run.cause is not None:
            continue
        if run.cause is Cause.OUT_OF_MEMORY and run.order:
            since_success = len(counted) - sum(1 for _one in takewhile(lambda one: one.failed, reversed(counted)))
            earlier = counted[since_success:]
            kept = [one for one in earlier if (one.cause, one.order) != (run.cause, run.order)]
            counted[since_success:] = kept
        counted.append(run)
    return counted


def _alone_until(counted: Sequence[RunResult]) -> datetime:
    """Return when the next run may begin of a workflow that is alone and has just failed."""
    in_a_row = sum(1 for _run in takewhile(lambda run: run.failed, reversed(counted)))
    doublings: int = min(max(in_a_row - CONSECUTIVE_FAILURES, 0), 16)
    return counted[-1].at + min(FIRST_PAUSE * float(2**doublings), LONGEST_PAUSE)
