"""Waits for servers as lines of a log: the first at once, others with growing pauses, and one when work goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tower_anime_assets.production.attempt import ServerWait

FIRST_PAUSE_S: Final = 30.0
LONGEST_PAUSE_S: Final = 600.0
"""Pauses between lines about one cause; each is twice the one before."""

CALM_S: Final = 600.0
"""A cause that comes back sooner than this is not a new one: its pauses grow on."""


@dataclass
class _Cause:
    """One reason to wait.

    Attributes:
        subjects: The takes that wait for it, with since when.
        next_line_s: When the next line may be written.
        is_told: Whether a line was written since it came.
    """

    subjects: dict[str, float] = field(default_factory=dict)
    next_line_s: float = float("-inf")
    pause_s: float = FIRST_PAUSE_S
    seen_s: float = float("-inf")
    is_told: bool = False


class WaitLines:
    """Chooses what is written of waits that are reported every second; for one thread at a time.

    Several takes that wait for the same cause are one wait. However long or often something waits, there are a few
    lines an hour about each cause.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._causes: dict[str, _Cause] = {}
        self._current: dict[str, str] = {}

    def lines_for(self, subject: str, wait: ServerWait) -> list[str]:
        """Return the lines to write now that a subject waits, or goes on; "" stands for whoever begins."""
        now_s = self._clock()
        lines = []
        before = self._current.get(subject, "")
        if before and before != wait.cause:
            del self._current[subject]
            lines += self._leave(before, subject, now_s, goes_on=not wait.cause)
        if wait.cause:
            self._current[subject] = wait.cause
            lines += self._enter(subject, wait, now_s)
        return lines

    def _enter(self, subject: str, wait: ServerWait, now_s: float) -> list[str]:
        cause = self._causes.setdefault(wait.cause, _Cause())
        if now_s - cause.seen_s > CALM_S:
            cause.next_line_s, cause.pause_s = now_s, FIRST_PAUSE_S
        cause.seen_s = now_s
        cause.subjects.setdefault(subject, now_s)
        if now_s < cause.next_line_s:
            return []
        cause.next_line_s, cause.pause_s = now_s + cause.pause_s, min(LONGEST_PAUSE_S, 2 * cause.pause_s)
        cause.is_told = True
        return [_with_subject(subject, wait.words)]

    def _leave(self, name: str, subject: str, now_s: float, *, goes_on: bool) -> list[str]:
        cause = self._causes[name]
        since_s = cause.subjects.pop(subject, now_s)
        if cause.subjects or not cause.is_told:
            return []
        cause.is_told = False
        return [_with_subject(subject, f"the wait is over after {now_s - since_s:.0f} s")] if goes_on else []


def _with_subject(subject: str, words: str) -> str:
    return f"{subject}: {words}" if subject else words
