"""What an attempt changes: in the direction that helps the failed measure, never outside what the workflow allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.learning.retries import (
    COLOUR_REPEATS,
    MOTION,
    OWN_RANGES,
    RETRY_RULES,
    adjust_parameters,
)
from tower_anime_assets.production.learning.tunable import Tunable
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.quality.thresholds import ALL_THRESHOLDS

RANGES = {
    "steps": Tunable(10.0, 40.0, 2.0),
    "cfg": Tunable(1.0, 8.0, 0.5),
    "denoise": Tunable(0.3, 1.0, 0.05),
    "strength": Tunable(0.5, 1.0, 0.05),
    "lora_strength": Tunable(0.4, 1.2, 0.05),
}
VALUES = {
    "steps": 28.0,
    "cfg": 5.0,
    "denoise": 0.5,
    "strength": 0.8,
    "lora_strength": 0.8,
    MOTION: 1.0,
    COLOUR_REPEATS: 1.0,
}


def failed(measure: str) -> Verdict:
    return Verdict("gate", measure, 0.0, 1.0, None, "unit", False, "remedy")


@pytest.mark.parametrize(
    ("measure", "parameter", "direction"),
    [
        ("frozen_run_frames", MOTION, 1),
        ("frozen_run_frames", "strength", -1),
        ("sheet_colour_share", "lora_strength", 1),
        ("sheet_colour_share", COLOUR_REPEATS, 1),
        ("sharpness_var", "steps", 1),
        ("neighbour_distance_bits", "denoise", 1),
        ("flashes_per_s", "cfg", -1),
        ("start_ssim", "strength", 1),
    ],
)
def test_a_failed_measure_changes_the_parameter_that_helps(measure: str, parameter: str, direction: int) -> None:
    changed, reasons = adjust_parameters(VALUES, [failed(measure)], 2, RANGES)
    assert (changed[parameter] - VALUES[parameter]) * direction > 0
    assert any(
        reason.startswith(f"{parameter} {VALUES[parameter]:g} -> {changed[parameter]:g}: ") for reason in reasons
    )


def test_without_failed_measures_nothing_changes() -> None:
    assert adjust_parameters(VALUES, [], 3, RANGES) == (VALUES, ())


def test_each_further_attempt_moves_farther() -> None:
    steps = [adjust_parameters(VALUES, [failed("sharpness_var")], number, RANGES)[0]["steps"] for number in (2, 3, 4)]
    assert steps == [34.0, 40.0, 40.0]


def test_a_measure_without_a_direction_is_tried_both_ways() -> None:
    motions = [
        adjust_parameters(VALUES, [failed("motion_off_range_px")], number, RANGES)[0][MOTION] for number in (2, 3)
    ]
    assert motions == [2.0, 0.0]


def test_parameters_that_a_workflow_fixes_stay() -> None:
    changed, reasons = adjust_parameters(VALUES, [failed("sharpness_var"), failed("flashes_per_s")], 2, {})
    assert changed == VALUES
    assert reasons == ()


def test_a_value_outside_its_range_stays_until_its_measure_fails() -> None:
    outside = {**VALUES, "lora_strength": 1.5}
    assert adjust_parameters(outside, [failed("sharpness_var")], 2, RANGES)[0]["lora_strength"] == 1.5


def test_every_rule_names_a_measure_that_a_gate_takes_and_says_why() -> None:
    measures = {bar.measure for bar in ALL_THRESHOLDS}
    assert [
        rule for rule in RETRY_RULES if rule.measure not in measures or len(rule.reason) < 20 or not rule.range_share
    ] == []


@given(
    st.lists(st.sampled_from(sorted({rule.measure for rule in RETRY_RULES})), unique=True),
    st.integers(1, 50),
)
def test_no_change_leaves_the_range_or_falls_between_its_steps(measures: list[str], number: int) -> None:
    ranges = {**RANGES, **OWN_RANGES}
    changed, _ = adjust_parameters(VALUES, [failed(measure) for measure in measures], number, RANGES)
    for name, value in changed.items():
        allowed = ranges[name]
        assert allowed.low <= value <= allowed.high
        steps = (value - allowed.low) / allowed.step
        assert value == VALUES[name] or value == allowed.high or abs(steps - round(steps)) < 1e-6
