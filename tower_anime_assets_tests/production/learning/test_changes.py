"""How likely runs of earlier days still say something of a workflow."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tower_anime_assets.production.learning.changes import counted_tallies, unchanged_shares
from tower_anime_assets.production.learning.profiles import EngineTally
from tower_anime_assets_tests.production.learning.shot_candidates import SHOT, history

DAYS = 12
AGES = list(range(DAYS - 1, -1, -1))


def a_day(
    accepted: float = 0.7, score: float = 0.8, seconds: float = 150.0, succeeded: float = 1.0, runs: int = 8
) -> dict[str, EngineTally]:
    """Return what so many runs on a day gave, half of them in either of two shot types."""
    (tally,) = history(accepted, score, seconds, runs=runs).values()
    tally = replace(tally, scored=tally.accepted, score_sum=tally.accepted * score, runs=runs / succeeded)
    return {SHOT.shot_type: tally.weighted(0.5), "wide": tally.weighted(0.5)}


def test_runs_that_go_on_as_before_all_count() -> None:
    shares = unchanged_shares(AGES, [a_day()] * DAYS)
    assert shares.min() > 0.9
    assert shares[-1] == pytest.approx(1.0)
    assert (np.diff(shares) >= -1e-12).all()


@pytest.mark.parametrize(
    "after",
    [a_day(seconds=400.0), a_day(accepted=0.2, score=0.6), a_day(seconds=60.0), a_day(succeeded=0.3)],
    ids=["slower", "worse", "quicker", "failing"],
)
def test_what_was_before_a_change_counts_no_more(after: dict[str, EngineTally]) -> None:
    shares = unchanged_shares(AGES, [a_day()] * 9 + [after] * 3)
    assert shares[:9].max() < 0.1
    assert shares[9:].min() > 0.9


def test_after_two_changes_only_the_latest_workflow_counts() -> None:
    days = [a_day()] * 4 + [a_day(seconds=400.0)] * 4 + [a_day()] * 4
    shares = unchanged_shares(AGES, days)
    assert shares[:8].max() < 0.1
    assert shares[8:].min() > 0.9


def test_one_unlucky_run_forgets_nothing() -> None:
    shares = unchanged_shares(AGES, [a_day()] * (DAYS - 1) + [a_day(accepted=0.0, runs=1)])
    assert shares.min() > 0.8


def test_days_a_little_slower_than_others_are_no_change_however_many_runs_they_have() -> None:
    days = [a_day(seconds=150.0 * (1.12 if at % 2 else 1.0), runs=400) for at in range(DAYS)]
    assert unchanged_shares(AGES, days).min() > 0.8


def test_a_change_is_likelier_over_a_long_time_without_runs() -> None:
    soon, late = (unchanged_shares([gap, 0], [a_day(), a_day(seconds=190.0)])[0] for gap in (1, 90))
    assert late < soon


def test_counted_tallies_are_the_days_weighed_by_their_shares() -> None:
    days = {age: a_day(seconds=150.0 if age > 2 else 300.0) for age in AGES}
    shares = unchanged_shares(AGES, [days[age] for age in AGES])
    counted = counted_tallies(days)
    assert set(counted) == {SHOT.shot_type, "wide"}
    assert counted["wide"].runs == pytest.approx(4 * shares.sum())
    assert counted["wide"].rows == 8 * DAYS
    mean_seconds = math.exp(counted["wide"].log_pace_sum / counted["wide"].timed) * SHOT.megapixel_frames
    assert mean_seconds == pytest.approx(300.0, rel=0.05)


def test_a_single_day_counts_in_full_and_no_days_are_no_runs() -> None:
    assert counted_tallies({3: a_day()}) == a_day()
    assert counted_tallies({}) == {}
