"""Verdicts against bars."""

import pytest

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


def test_the_score_falls_with_the_size_of_the_miss() -> None:
    near, far = judge({"a": 54.0}, [bar("a")]), judge({"a": 6.0}, [bar("a")])
    assert score(judge({"a": 99.0}, [bar("a")])) == 1.0
    assert 1.0 > score(near) > score(far) > 0.0
