"""Verdicts against bars."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.verdicts import Threshold, judge, score


def bar(measure: str = "sharpness_var", low: float | None = 60.0, high: float | None = None) -> Threshold:
    return Threshold("keyframes_are_sharp", measure, low, high, "grey levels squared", "why", "what to do")


def test_a_value_on_the_bar_passes() -> None:
    (verdict,) = judge({"sharpness_var": 60.0}, [bar()])
    assert verdict.passed
    assert verdict.margin == 0.0


@pytest.mark.parametrize(("value", "margin"), [(50.0, -10.0), (75.0, 15.0)])
def test_a_margin_says_how_far_the_value_lies_from_the_bar(value: float, margin: float) -> None:
    (verdict,) = judge({"sharpness_var": value}, [bar()])
    assert verdict.passed is (margin >= 0)
    assert verdict.margin == margin


def test_the_nearer_of_two_bounds_decides_the_margin() -> None:
    (verdict,) = judge({"sharpness_var": 70.0}, [bar(low=60.0, high=72.0)])
    assert verdict.margin == 2.0


def test_what_was_not_measured_is_neither_passed_nor_failed() -> None:
    with pytest.raises(KeyError, match="sharpness_var"):
        judge({"luma_std": 20.0}, [bar()])


def test_a_verdict_reads_as_a_sentence() -> None:
    (verdict,) = judge({"sharpness_var": 41.25}, [bar()])
    assert str(verdict) == "sharpness_var is 41.25 grey levels squared, must be >= 60"


def graded(low: float | None, high: float | None, good: float | None, measure: str = "a") -> Threshold:
    return Threshold("takes_are_good", measure, low, high, "", "", "", good=good)


@pytest.mark.parametrize(
    ("low", "high", "good", "value", "grade"),
    [
        (0.85, None, 0.97, 0.85, 0.5),
        (0.85, None, 0.97, 0.91, 0.75),
        (0.85, None, 0.97, 0.97, 1.0),
        (0.85, None, 0.97, 1.0, 1.0),
        (None, 12.0, 2.0, 12.0, 0.5),
        (None, 12.0, 2.0, 7.0, 0.75),
        (None, 12.0, 2.0, 0.0, 1.0),
        (-36.0, -10.0, -20.0, -20.0, 1.0),
        (-36.0, -10.0, -20.0, -28.0, 0.75),
        (-36.0, -10.0, -20.0, -15.0, 0.75),
        (-36.0, -10.0, -20.0, -36.0, 0.5),
        (-36.0, -10.0, -20.0, -10.0, 0.5),
        (0.99, None, 0.97, 0.995, 1.0),  # a project raised the bar above what is good
        (None, 0.0, None, 0.0, None),
    ],
)
def test_a_grade_rises_from_the_bar_to_where_more_no_longer_matters(
    low: float | None, high: float | None, good: float | None, value: float, grade: float | None
) -> None:
    (verdict,) = judge({"a": value}, [graded(low, high, good)])
    assert verdict.passed
    assert verdict.grade == (None if grade is None else pytest.approx(grade))


def test_an_accepted_take_scores_the_geometric_mean_of_its_grades() -> None:
    bars = [graded(0.0, None, 1.0, "a"), graded(0.0, None, 1.0, "b"), graded(None, 0.0, None, "faults")]
    assert score(judge({"a": 0.0, "b": 0.0, "faults": 0.0}, bars)) == 0.5
    assert score(judge({"a": 1.0, "b": 0.0, "faults": 0.0}, bars)) == pytest.approx(0.5**0.5)
    assert score(judge({"a": 1.0, "b": 3.0, "faults": 0.0}, bars)) == 1.0


def test_fault_counters_leave_the_score_of_an_accepted_take_alone() -> None:
    counter = graded(None, 3.0, None, "faults")
    alone = score(judge({"a": 0.4}, [graded(0.0, None, 1.0)]))
    assert {score(judge({"a": 0.4, "faults": at}, [graded(0.0, None, 1.0), counter])) for at in (0, 1, 3)} == {alone}
    assert score(judge({"faults": 2.0}, [counter])) == 1.0
    assert score(()) == 1.0


def test_a_measure_that_another_replaces_is_not_graded_twice() -> None:
    bars = [replace(graded(0.0, None, 1.0, "a"), replaced_by="b"), graded(0.0, None, 1.0, "b")]
    assert score(judge({"a": 0.1, "b": 0.8}, bars)) == pytest.approx(0.9)


@given(st.lists(st.tuples(st.floats(-2, 3), st.floats(0, 1), st.floats(0.1, 2), st.booleans()), min_size=1, max_size=6))
def test_a_take_scores_at_least_a_half_just_if_every_bar_is_met(bars: list[tuple[float, float, float, bool]]) -> None:
    judged = judge(
        {str(at): value for at, (value, *_) in enumerate(bars)},
        [
            graded(low, None, low + span if is_graded else None, str(at))
            for at, (_value, low, span, is_graded) in enumerate(bars)
        ],
    )
    assert 0.0 <= score(judged) <= 1.0
    assert (score(judged) >= 0.5) is all(verdict.passed for verdict in judged)


def test_verdicts_on_record_equal_those_of_today_that_know_what_is_good() -> None:
    (today,) = judge({"a": 0.9}, [graded(0.85, None, 0.97)])
    assert replace(today, good=None) == today


def test_the_score_falls_with_the_size_of_the_miss() -> None:
    near, far = judge({"a": 54.0}, [bar("a")]), judge({"a": 6.0}, [bar("a")])
    assert score(judge({"a": 99.0}, [bar("a")])) == 1.0
    assert 0.5 > score(near) > score(far) > 0.0
    assert score(judge({"a": math.nan}, [bar("a")])) == 0.0
