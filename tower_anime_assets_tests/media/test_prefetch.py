"""Work ahead of its turn: in order, side by side, no farther ahead than asked, and nothing begun after a failure."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from tower_anime_assets.media.prefetch import prefetch


def test_results_come_in_order_whatever_takes_long() -> None:
    def work(number: int) -> int:
        time.sleep(0.02 if number % 2 == 0 else 0.0)
        return number * number

    assert list(prefetch(work, range(12), workers=3, depth=5)) == [number * number for number in range(12)]
    assert list(prefetch(work, [], workers=2, depth=3)) == []


def test_two_are_made_side_by_side() -> None:
    both = threading.Barrier(2, timeout=10)
    assert list(prefetch(lambda _item: both.wait() >= 0, range(4), workers=2, depth=2)) == [True] * 4


def test_no_more_is_taken_than_may_be_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = prefetch(lambda number: number, items(), workers=2, depth=3)
    assert next(results) == 0
    assert taken == [0, 1, 2]
    assert next(results) == 1
    assert taken == [0, 1, 2, 3]


def test_a_failure_comes_in_its_turn_and_ends_the_work() -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        if number == 1:
            raise ValueError("the second")
        return number

    results = prefetch(work, range(50), workers=1, depth=2)
    assert next(results) == 0
    with pytest.raises(ValueError, match="the second"):
        next(results)
    assert max(begun) <= 3
