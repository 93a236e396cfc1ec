from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.learning.attempts import success_rate, wilson_rate
from tower_anime_assets_tests.production.learning.attempt_rows import tried


def test_the_wilson_interval_is_that_of_the_textbook() -> None:
    found = wilson_rate(7, 10)  # R: prop.test(7, 10, correct = FALSE)
    assert (found.low, found.high) == pytest.approx((0.3968, 0.8922), abs=1e-4)
    assert str(found) == "70% of 10 (40% to 89%)"


def test_without_tries_anything_is_possible() -> None:
    assert (wilson_rate(0, 0).low, wilson_rate(0, 0).high, wilson_rate(0, 0).share) == (0.0, 1.0, 0.0)


@given(st.integers(1, 500).flatmap(lambda tries: st.tuples(st.integers(0, tries), st.just(tries))))
def test_the_interval_holds_the_share_and_stays_within_0_and_1(counts: tuple[int, int]) -> None:
    found = wilson_rate(*counts)
    assert 0 <= found.low <= found.share + 1e-12
    assert found.share - 1e-12 <= found.high <= 1


def test_a_persons_opinion_counts_before_the_gates() -> None:
    assert tried(1).is_success
    assert not tried(1, passed=False).is_success
    assert not tried(1, opinion="bad").is_success
    assert tried(1, passed=False, opinion="good").is_success
    assert success_rate([tried(1), tried(2, opinion="bad")]).share == 0.5


def test_seeds_and_words_are_not_numeric_parameters() -> None:
    row = tried(1, parameters={"seed": 3, "steps": 20, "cfg": 5.5, "sampler": "euler", "bad": float("inf")})
    assert row.numeric_parameters == {"steps": 20.0, "cfg": 5.5}
