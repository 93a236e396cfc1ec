"""Answers that are kept in memory with what they rest on: asked again, they cost a comparison."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Final, TypeVar

MAX_ANSWERS: Final = 32
"""Answers that are kept, those asked for last: one of 500 shots takes some 20 MB."""

T = TypeVar("T")


class Answers:
    """Answers by name, each computed by one thread while the others who ask for it wait."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, float, Any]] = {}
        self._locks: dict[str, Lock] = {}
        self._guard = Lock()

    def get(self, name: str, stamp: str, compute: Callable[[], tuple[T, float]]) -> T:
        """Return the answer that was kept with this stamp and still holds, or compute and keep it.

        Args:
            name: What is asked for.
            stamp: Tells whether anything that the answer rests on has changed.
            compute: Returns the answer, and until when it holds, on the monotonic clock.
        """
        with self._guard:
            lock = self._locks.setdefault(name, Lock())
        with lock:
            with self._guard:
                kept = self._kept.pop(name, None)
                if kept is not None and kept[0] == stamp and kept[1] > time.monotonic():
                    self._kept[name] = kept  # behind all others: asked for last
                    return kept[2]  # type: ignore[no-any-return]
            answer, good_until = compute()
            with self._guard:
                self._kept[name] = (stamp, good_until, answer)
                while len(self._kept) > MAX_ANSWERS:
                    oldest = next(iter(self._kept))
                    del self._kept[oldest]
                    self._locks.pop(oldest, None)
            return answer
