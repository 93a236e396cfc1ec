"""Costs and caps, reckoned a second time with fractions, job by job."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.spending import (
    JobCost,
    Price,
    Prices,
    SpendingCap,
    SpentSum,
    show_amount,
    use_of,
)

CENTS = st.integers(0, 5_000).map(lambda cents: cents / 100)
JOBS = st.lists(st.tuples(st.integers(1, 5), st.floats(0.5, 500)), max_size=6)
EUR = Prices("EUR", Price(0.01, 0.25))


def by_hand(jobs: Sequence[tuple[int, float]]) -> Fraction:
    """Return what jobs cost: each of their seconds, then each of them."""
    seconds = sum((Fraction(gpu_s) for _count, gpu_s in jobs), Fraction())
    return seconds / 100 + sum(count for count, _gpu_s in jobs) * Fraction(1, 4)


@given(CENTS, CENTS, CENTS, JOBS)
def test_work_is_begun_exactly_while_everything_together_fits(
    limit: float, spent: float, under_way: float, jobs: list[tuple[int, float]]
) -> None:
    costs = [JobCost("comfyui:ltx", count, gpu_s, EUR.general, has_gpu=True) for count, gpu_s in jobs]
    use = use_of(SpendingCap("day", "money", limit), [SpentSum("EUR", 0, 0, spent, under_way)], EUR, costs)
    exact = sum(Fraction(amount).limit_denominator(100) for amount in (spent, under_way)) + by_hand(jobs)
    room = Fraction(limit).limit_denominator(100) - exact
    if jobs and abs(room) > Fraction(1, 10**6):
        assert bool(use.refusal) == (room < 0)
    assert use.expected == pytest.approx(float(by_hand(jobs)))
    assert use.left == pytest.approx(max(0.0, limit - spent - under_way))


def test_ten_times_ten_cents_fit_under_a_euro() -> None:
    cost = JobCost("music-service", 1, 0.0, Price(job=0.1))
    sums = [SpentSum("EUR", 0, 0, sum([0.1] * 9), 0)]
    assert not use_of(SpendingCap("day", "money", 1.0), sums, EUR, [cost]).refusal
    assert use_of(SpendingCap("day", "money", 0.99), sums, EUR, [cost]).refusal


@pytest.mark.parametrize(
    ("cost", "money"),
    [
        (JobCost("embedded-painter"), 0.0),
        (JobCost("comfyui:a", 2, 100.0, Price(0.01, 0.25), has_gpu=True), 1.5),
        (JobCost("comfyui:a", 2, 100.0, Price(0.01), has_gpu=True), 1.0),
        (JobCost("comfyui:a", 2, None, Price(job=0.25), has_gpu=True), 0.5),
        (JobCost("comfyui:a", 2, None, Price(0.01, 0.25), has_gpu=True), None),
        (JobCost("comfyui:a", 2, 100.0, Price(), has_gpu=True), None),
        (JobCost("echo-voice", 3, 0.0, Price(0.01, 0.25)), 0.75),
        (JobCost("echo-voice", 3, 0.0, Price(0.01)), None),
    ],
)
def test_what_has_no_price_or_pace_has_no_cost(cost: JobCost, money: float | None) -> None:
    assert cost.money == money


def test_under_a_cap_what_is_not_known_is_refused_with_the_key_to_set() -> None:
    voice = JobCost("echo-voice", 1, 0.0, Price(0.01))
    slow = JobCost("comfyui:ltx", 1, None, Price(0.01), has_gpu=True)
    day = SpendingCap("day", "money", 1e9, "studio.yaml", 3)
    assert "Set `prices.engines.echo-voice.job`" in use_of(day, [], EUR, [voice]).refusal
    assert "Set `prices.engines.ltx.gpu_seconds`" in use_of(day, [], EUR, [slow]).refusal
    assert "Set `prices.currency`" in use_of(day, [], Prices(), [slow]).refusal
    seconds = SpendingCap("day", "gpu_seconds", 1e9)
    assert "Set `prices.engines.ltx.gpu_seconds`" in use_of(seconds, [], EUR, [slow]).refusal
    assert not use_of(seconds, [], EUR, [voice]).refusal, "a voice takes no second of a ComfyUI card"


def test_amounts_are_read_as_people_write_them() -> None:
    assert [show_amount(amount, "EUR") for amount in (0, 0.0004, 0.34, 1234.5)] == [
        "0.00 EUR",
        "0.0004 EUR",
        "0.34 EUR",
        "1,234.50 EUR",
    ]
    assert [show_amount(amount, "GPU s") for amount in (0, 0.25, 59.4, 3600)] == ["0 s", "0.2 s", "59 s", "3,600 s"]
