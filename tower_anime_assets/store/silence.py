"""How long a database may be silent: said aloud after a few seconds, given up after a limit that we keep ourselves.

The server's own time limits do not help where the server is what hangs, as after SIGSTOP or on a disk that stalls.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SAID_AFTER_S = 5.0
ANSWER_LIMIT_S = 75.0
"""Above the server's own limit of a statement, so that a query which is merely slow is ended by the server."""

REPEAT_S = 30.0
"""How long all connections of a process together say no more after one of them has said something."""

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_listeners: list[Callable[[str], None]] = []
_last_said_s = float("-inf")


@contextmanager
def tell_silence_to(listener: Callable[[str], None]) -> Iterator[None]:
    """Send what is said of a silent database to `listener`, such as a progress display, instead of the log."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


class Silence:
    """The wait for one answer, or for a connection.

    Args:
        limit_s: How long it may last.
    """

    def __init__(self, limit_s: float | None = None) -> None:
        self._limit_s = ANSWER_LIMIT_S if limit_s is None else limit_s
        self._started_s = time.monotonic()
        self._is_said = False

    def waited_s(self) -> float:
        """Return how long the wait has lasted."""
        return time.monotonic() - self._started_s

    def is_too_long(self) -> bool:
        """Say that the database is silent when that is due, and return whether to give it up."""
        waited_s = self.waited_s()
        if waited_s >= SAID_AFTER_S and not self._is_said:
            self._is_said = True
            _say(
                f"the database has not answered for {waited_s:.0f} s: it is busy, or stands still; waiting up to "
                f"{self._limit_s:.0f} s"
            )
        return waited_s >= self._limit_s

    def describe(self) -> str:
        """Return what an error says of the wait."""
        return f"no answer for {self.waited_s():.0f} s, although the connection stands"


def _say(words: str) -> None:
    global _last_said_s
    with _lock:
        if time.monotonic() - _last_said_s < REPEAT_S:
            return
        _last_said_s = time.monotonic()
        listener = _listeners[-1] if _listeners else None
    if listener is None:
        _log.warning("%s", words)
    else:
        listener(words)
