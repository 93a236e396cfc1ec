"""What is believed of an engine: by its runs, its prior, and what its other shot types say."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.learning.profiles import (
    LOG_SECONDS_SPREAD,
    engine_posteriors,
    expected_levels,
    knowledge_gradient,
)
from tower_anime_assets.production.learning.strategies import balanced_utility
from tower_anime_assets.production.story.model import Routing
from tower_anime_assets_tests.production.learning.shot_candidates import SHOT, candidate, history


def test_runs_count_half_after_a_half_life() -> None:
    tally = history(0.5, 0.5, 100, runs=8)[SHOT.shot_type]
    aged = tally.aged(60, 30)
    assert (aged.runs, aged.accepted, aged.score_sum) == (2.0, 1.0, 1.0)
    assert (aged.rows, aged.vram_bytes) == (8, tally.vram_bytes)


def test_last_month_counts_for_more_than_last_year() -> None:
    one = candidate("w")
    good, bad = history(0.9, 0.9, 100, runs=50)[SHOT.shot_type], history(0.1, 0.1, 100, runs=50)[SHOT.shot_type]
    better_now = engine_posteriors(one, SHOT, {one.engine: {SHOT.shot_type: good.aged(30, 30) + bad.aged(365, 30)}})
    worse_now = engine_posteriors(one, SHOT, {one.engine: {SHOT.shot_type: bad.aged(30, 30) + good.aged(365, 30)}})
    assert better_now.accepted.mean > 0.75 > 0.3 > worse_now.accepted.mean


def test_a_shot_type_is_judged_by_its_own_runs_when_there_are_enough() -> None:
    one = candidate("w")
    wide = {"wide": history(0.9, 0.9, 100)[SHOT.shot_type], SHOT.shot_type: history(0.2, 0.3, 100)[SHOT.shot_type]}
    here = engine_posteriors(one, SHOT, {one.engine: wide}).estimate()
    there = engine_posteriors(one, replace(SHOT, shot_type="wide"), {one.engine: wide}).estimate()
    fresh = engine_posteriors(one, replace(SHOT, shot_type="insert"), {one.engine: wide}).estimate()
    assert here.accepted < 0.3 < fresh.accepted < 0.8 < there.accepted
    assert here.seconds == pytest.approx(there.seconds)


def test_a_run_in_one_shot_type_says_less_about_the_others_than_about_its_own() -> None:
    one = candidate("w", quality=0.5)
    seen = {one.engine: {"wide": history(0.9, 0.9, 150, runs=6)[SHOT.shot_type]}}
    wide = engine_posteriors(one, replace(SHOT, shot_type="wide"), seen)
    here = engine_posteriors(one, SHOT, seen)
    assert 0.5 < here.grade.mean < wide.grade.mean < 0.9
    assert here.grade.variance > wide.grade.variance


def test_posteriors_after_a_trial_keep_their_means_and_are_more_certain() -> None:
    one = candidate("w")
    seen = {one.engine: history(0.6, 0.8, 100, runs=4)}
    before, after = engine_posteriors(one, SHOT, seen), engine_posteriors(one, SHOT, seen, 2.0)
    assert after.estimate() == before.estimate()
    worth = partial(balanced_utility, rules=Routing(), requirements=SHOT)
    assert after.log_value_variance(worth) < before.log_value_variance(worth)


@given(st.floats(0.05, 1), st.floats(0.05, 1), st.floats(0.01, 1), st.floats(0, 0.99))
def test_the_knowledge_gradient_is_what_simulated_trials_gain(
    value: float, other: float, doubt: float, left: float
) -> None:
    moved = math.sqrt(doubt * (1 - left))
    draws = np.random.default_rng(5).standard_normal(20_000)
    after = value * np.exp(moved * draws - moved**2 / 2)
    gained = float(np.maximum(after, other).mean()) - max(value, other)
    assert knowledge_gradient(value, other, doubt, doubt * left) == pytest.approx(gained, abs=0.03)


def test_nine_of_ten_runs_end_within_the_predicted_range() -> None:
    one = candidate("w")
    believed = engine_posteriors(one, SHOT, {one.engine: history(0.9, 0.9, 150)})
    low, high = believed.seconds_range()
    seconds = 150 * np.exp(np.random.default_rng(1).normal(0, LOG_SECONDS_SPREAD, 4000))
    assert 0.88 < float(((seconds >= low) & (seconds <= high)).mean()) < 0.92
    wide_low, wide_high = engine_posteriors(one, SHOT, {}).seconds_range()
    assert wide_low < low < high < wide_high


def test_what_never_ran_is_expected_to_do_about_as_well_as_the_others_do() -> None:
    modest, boasted = candidate("modest", quality=0.5), candidate("boasted", quality=0.95)
    others = [candidate(name, quality=0.95) for name in ("a", "b")]
    poor = {one.engine: history(0.4, 0.7, 150) for one in others}
    levels = expected_levels([modest, boasted, *others], poor)
    believed = engine_posteriors(boasted, SHOT, poor, expected_level=levels[boasted.engine])
    alone = engine_posteriors(boasted, SHOT, poor)
    assert 0.4 < levels[modest.engine].mean < levels[boasted.engine].mean < believed.accepted.mean + 1e-9 < 0.7
    assert believed.level_variance < alone.level_variance
    assert alone.accepted.mean == pytest.approx(0.95)


def test_a_workflow_s_own_runs_are_not_counted_twice_in_what_is_expected_of_it() -> None:
    one, other = candidate("w", quality=0.6), candidate("other", quality=0.6)
    seen = {one.engine: history(0.9, 0.95, 150)}
    assert expected_levels([one], seen)[one.engine] == expected_levels([one], {})[one.engine]
    levels = expected_levels([one, other], seen)
    assert levels[one.engine].mean == pytest.approx(0.6)
    assert 0.6 < levels[other.engine].mean < 0.9
