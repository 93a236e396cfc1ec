"""The circuit breaker: which failures set a workflow aside, and when it is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.learning.breaker import RunResult, breaker_state
from tower_anime_assets_tests.production.learning.shot_candidates import NOW


def runs_of(pattern: str, minutes: float = 1.0, start: datetime = NOW) -> list[RunResult]:
    """Return runs that failed (x) or not (.), one after the other."""
    return [RunResult(start + timedelta(minutes=minutes * at), one == "x", "node 7") for at, one in enumerate(pattern)]


@pytest.mark.parametrize(
    ("pattern", "state"),
    [
        ("", "closed"),
        ("xx.xx.xx", "open"),
        ("x..xx.x.", "closed"),
        ("..xx", "closed"),
        ("..xxx", "open"),
        ("x.x.x.x.x.x.", "closed"),  # half fail: that is for the score, not for the breaker
        ("x.xx.xx", "open"),
    ],
)
def test_what_fails_again_and_again_is_set_aside(pattern: str, state: str) -> None:
    runs = runs_of(pattern)
    assert breaker_state(runs, runs[-1].at if runs else NOW).state == state


@given(st.lists(st.booleans(), min_size=5, max_size=40))
def test_five_failures_without_a_success_are_never_in_use(before: list[bool]) -> None:
    runs = runs_of("".join("x" if failed else "." for failed in before) + "xxxxx")
    assert breaker_state(runs, runs[-1].at).state != "closed"


def test_breaks_grow_with_failed_trials_and_end_with_a_good_one() -> None:
    first = runs_of("xxx", 1)
    found = breaker_state(first, NOW + timedelta(minutes=3))
    assert (found.state, found.until) == ("open", NOW + timedelta(minutes=12))
    assert "3 failures in a row, the last: node 7" in found.why
    assert breaker_state(first, NOW + timedelta(minutes=12)).state == "half_open"
    trial = RunResult(NOW + timedelta(minutes=15), failed=True, why="node 9")
    again = breaker_state([*first, trial], NOW + timedelta(minutes=20))
    assert (again.state, again.until) == ("open", NOW + timedelta(minutes=35))
    assert "trial failed too, the last: node 9" in again.why
    good = RunResult(NOW + timedelta(minutes=40), failed=False)
    assert breaker_state([*first, trial, good], NOW + timedelta(minutes=41)).state == "closed"


def test_a_run_that_began_before_the_end_of_the_break_is_ignored() -> None:
    found = breaker_state(
        [*runs_of("xxx"), RunResult(NOW + timedelta(minutes=5), failed=False)], NOW + timedelta(minutes=6)
    )
    assert found.state == "open"
