from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.learning.attempts import rate, rate_of
from tower_anime_assets_tests.production.learning.attempt_rows import tried


def test_the_wilson_interval_is_that_of_the_textbook() -> None:
    found = rate(7, 10)  # R: prop.test(7, 10, correct = FALSE)
    assert (found.low, found.high) == pytest.approx((0.3968, 0.8922), abs=1e-4)
    assert str(found) == "70% of 10 (40% to 89%)"


def test_without_tries_anything_is_possible() -> None:
    assert (rate(0, 0).low, rate(0, 0).high, rate(0, 0).share) == (0.0, 1.0, 0.0)


@given(st.integers(1, 500).flatmap(lambda tries: st.tuples(st.integers(0, tries), st.just(tries))))
def test_the_interval_holds_the_share_and_stays_within_0_and_1(counts: tuple[int, int]) -> None:
    found = rate(*counts)
    assert 0 <= found.low <= found.share + 1e-12
    assert found.share - 1e-12 <= found.high <= 1


def test_the_last_word_is_a_persons() -> None:
    assert tried(1).liked
    assert not tried(1, passed=False).liked
    assert not tried(1, opinion="bad").liked
    assert tried(1, passed=False, opinion="good").liked
    assert rate_of([tried(1), tried(2, opinion="bad")]).share == 0.5


def test_the_seed_the_switches_and_the_words_are_no_numbers_to_learn_from() -> None:
    row = tried(1, parameters={"seed": 3, "steps": 20, "cfg": 5.5, "sampler": "euler", "bad": float("inf")})
    assert row.numbers == {"steps": 20.0, "cfg": 5.5}
