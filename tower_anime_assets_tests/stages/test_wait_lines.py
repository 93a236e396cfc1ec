"""However long or often a server keeps work waiting, a log has a few lines about it."""

from __future__ import annotations

from tower_anime_assets.production.attempt import NO_WAIT, ServerWait
from tower_anime_assets.stages.wait_lines import WaitLines


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def silence(seconds: float) -> ServerWait:
    return ServerWait("a is silent", f"a has been silent for {seconds:.0f} s")


def test_a_wait_is_told_at_once_then_seldom_and_its_end_once() -> None:
    clock = Clock()
    lines = WaitLines(clock)
    written: list[str] = []
    for second in range(4, 3604):
        clock.now_s = float(second)
        written += lines.lines_for("sh0010", silence(second))
    assert written[:3] == [f"sh0010: a has been silent for {second} s" for second in (4, 34, 94)]
    assert len(written) < 12
    assert lines.lines_for("sh0010", NO_WAIT) == ["sh0010: the wait is over after 3599 s"]
    assert lines.lines_for("sh0010", NO_WAIT) == []


def test_takes_that_wait_for_the_same_are_one_wait_that_ends_with_the_last() -> None:
    lines = WaitLines(Clock())
    assert len(lines.lines_for("sh0010", silence(4))) == 1
    assert lines.lines_for("sh0020", silence(4)) == []
    assert lines.lines_for("sh0010", NO_WAIT) == []
    assert lines.lines_for("sh0020", NO_WAIT) == ["sh0020: the wait is over after 0 s"]


def test_another_cause_is_told_at_once_and_does_not_end_the_wait() -> None:
    lines = WaitLines(Clock())
    assert lines.lines_for("sh0010", silence(4)) == ["sh0010: a has been silent for 4 s"]
    assert lines.lines_for("sh0010", ServerWait("b works", "b works")) == ["sh0010: b works"]
    assert lines.lines_for("sh0010", NO_WAIT) == ["sh0010: the wait is over after 0 s"]


def test_a_server_that_comes_and_goes_is_not_told_each_time() -> None:
    clock = Clock()
    lines = WaitLines(clock)
    written: list[str] = []
    for second in range(0, 3600, 10):
        clock.now_s = float(second)
        written += lines.lines_for("sh0010", silence(4) if second % 20 else NO_WAIT)
    assert len(written) < 24
    clock.now_s = 5000.0
    assert lines.lines_for("sh0010", silence(4)) == ["sh0010: a has been silent for 4 s"]


def test_before_there_are_takes_a_line_names_none() -> None:
    lines = WaitLines(Clock())
    assert lines.lines_for("", silence(4)) == ["a has been silent for 4 s"]
    assert lines.lines_for("", NO_WAIT) == ["the wait is over after 0 s"]


def test_a_take_that_never_waited_goes_on_without_a_line() -> None:
    assert WaitLines(Clock()).lines_for("sh0010", NO_WAIT) == []
