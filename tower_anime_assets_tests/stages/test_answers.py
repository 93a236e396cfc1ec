"""Answers that are kept in memory."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from tower_anime_assets.stages.answers import MAX_ANSWERS, Answers


def counted(answers: Answers, name: str, stamp: str, good_until: float = float("inf")) -> tuple[int, int]:
    """Return the answer, and how often it was computed for this call."""
    calls = []

    def compute() -> tuple[int, float]:
        calls.append(1)
        return len(calls), good_until

    return answers.get(name, stamp, compute), len(calls)


def test_an_answer_is_computed_again_only_once_its_stamp_changes() -> None:
    answers = Answers()
    assert [counted(answers, "a", stamp)[1] for stamp in ("1", "1", "2", "2", "1")] == [1, 0, 1, 0, 1]


def test_an_answer_that_no_longer_holds_is_computed_again() -> None:
    answers = Answers()
    assert [counted(answers, "a", "1", time.monotonic() - 1)[1] for _ in range(2)] == [1, 1]


def test_who_asks_at_the_same_time_waits_for_the_first() -> None:
    answers, calls = Answers(), list[int]()

    def compute() -> tuple[str, float]:
        calls.append(1)
        time.sleep(0.05)
        return "found", float("inf")

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: answers.get("a", "1", compute), range(8)))
    assert (found, len(calls)) == (["found"] * 8, 1)


def test_only_so_many_answers_are_kept_those_asked_for_last() -> None:
    answers = Answers()
    for number in range(MAX_ANSWERS):
        counted(answers, str(number), "1")
    counted(answers, "0", "1")
    counted(answers, "another", "1")
    assert counted(answers, "0", "1")[1] == 0
    assert counted(answers, "1", "1")[1] == 1


def test_a_failure_is_not_kept() -> None:
    answers = Answers()

    def fail() -> tuple[int, float]:
        raise ZeroDivisionError

    for _ in range(2):
        try:
            answers.get("a", "1", fail)
        except ZeroDivisionError:
            continue
        raise AssertionError
    assert counted(answers, "a", "1") == (1, 1)
