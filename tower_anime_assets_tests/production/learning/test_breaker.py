"""The circuit breaker: which failures set a workflow aside, and when it is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.errors import Cause
from tower_anime_assets.production.learning.breaker import RunResult, breaker_state
from tower_anime_assets_tests.production.learning.shot_candidates import NOW


def runs_of(pattern: str, minutes: float = 1.0, start: datetime = NOW) -> list[RunResult]:
    """Return runs, one after the other: failed (x), out of memory (m), good (.), interrupted (i), lost (l)."""
    causes = {
        "x": Cause.BROKEN_GRAPH,
        "m": Cause.OUT_OF_MEMORY,
        ".": None,
        "i": Cause.INTERRUPTED,
        "l": Cause.SERVER_LOST,
    }
    return [RunResult(start + timedelta(minutes=minutes * at), causes[one], "node 7") for at, one in enumerate(pattern)]


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
        ("mxm", "open"),
        ("iiiiii", "closed"),
        ("llllll", "closed"),
        ("xiixllx", "open"),  # whoever stopped it in between says nothing of the workflow
        ("xi.lx", "closed"),
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
    trial = RunResult(NOW + timedelta(minutes=15), Cause.BROKEN_GRAPH, "node 9")
    again = breaker_state([*first, trial], NOW + timedelta(minutes=20))
    assert (again.state, again.until) == ("open", NOW + timedelta(minutes=35))
    assert "trial failed too, the last: node 9" in again.why
    good = RunResult(NOW + timedelta(minutes=40))
    assert breaker_state([*first, trial, good], NOW + timedelta(minutes=41)).state == "closed"


def test_a_failure_that_began_before_the_break_does_not_lengthen_it_and_a_success_ends_it() -> None:
    now = NOW + timedelta(minutes=6)
    late = RunResult(NOW + timedelta(minutes=5), Cause.BROKEN_GRAPH)
    assert breaker_state([*runs_of("xxx"), late], now).until == NOW + timedelta(minutes=12)
    good = RunResult(NOW + timedelta(minutes=5))
    assert breaker_state([*runs_of("xxx"), good], now).state == "closed"


def test_alone_it_pauses_a_little_longer_with_every_failure() -> None:
    pauses = []
    for failures in range(3, 12):
        runs = runs_of("x" * failures)
        until = breaker_state(runs, NOW).alone_until
        assert until is not None
        pauses.append((until - runs[-1].at).total_seconds())
    assert pauses == [10, 20, 40, 80, 160, 320, 600, 600, 600]
    scattered = runs_of("xx.xx.x")
    assert breaker_state(scattered, NOW).alone_until == scattered[-1].at + timedelta(seconds=10)
    assert breaker_state(runs_of("xx"), NOW).alone_until is None


def test_an_orders_steps_down_in_memory_are_one_failure() -> None:
    def full(order: str, count: int) -> list[RunResult]:
        return [RunResult(NOW, Cause.OUT_OF_MEMORY, "the card is full", order) for _step in range(count)]

    assert breaker_state(full("a", 8), NOW).state == "closed"
    assert breaker_state([*full("a", 3), *full("b", 3)], NOW).state == "closed"
    assert breaker_state([*full("a", 3), *full("b", 1), *full("c", 2)], NOW).state == "open"
    side_by_side = [step for pair in zip(full("a", 4), full("b", 4), strict=True) for step in pair]
    assert breaker_state(side_by_side, NOW).state == "closed"
    made_in_the_end = [run for order in "abcdefgh" for run in (*full(order, 3), RunResult(NOW, order=order))]
    assert breaker_state(made_in_the_end, NOW).state == "closed"
    assert breaker_state([RunResult(NOW, Cause.BROKEN_GRAPH, order="a")] * 3, NOW).state == "open"
