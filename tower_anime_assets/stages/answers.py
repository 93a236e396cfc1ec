"""Answers that are kept in memory with what they rest on: asked again, they cost a comparison."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Final, TypeVar

MAX_ANSWERS: Final = 32
"""Answers that are kept, those asked for last: one of 500 shots takes some 20 MB."""

MAX_SHORT_ANSWERS: Final = 2000
"""The same of those that take a few kB, so that a list of a whole studio's episodes is kept."""

T = TypeVar("T")


class Answers:
    """Answers by name, each computed by one thread while the others who ask for it wait.

    Args:
        most: How many are kept.
    """

    def __init__(self, most: int = MAX_ANSWERS) -> None:
        self._most = most
        self._kept: dict[str, tuple[object, float, Any]] = {}
        self._locks: dict[str, Lock] = {}
        self._guard = Lock()

    def get(self, name: str, stamp: object, compute: Callable[[], tuple[T, float]]) -> T:
        """Return the answer that was kept with this stamp and still holds, or compute and keep it.

        Args:
            name: What is asked for.
            stamp: Tells whether anything that the answer rests on has changed: it is compared.
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
                while len(self._kept) > self._most:
                    oldest = next(iter(self._kept))
                    del self._kept[oldest]
                    self._locks.pop(oldest, None)
            return answer
