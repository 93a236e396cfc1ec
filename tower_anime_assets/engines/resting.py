"""Waiting before an attempt: for a workflow that keeps failing, and for servers that are away.

Nothing here gives up what could be made: a workflow that is alone gets growing pauses, not a refusal; a server that is
away is asked again and again for a while. Whoever waits says so, and how to end it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Final

from tower_anime_assets.engines.orders import Order
from tower_anime_assets.engines.protocols import RemoteEngine
from tower_anime_assets.errors import NotNowError, StoppedError
from tower_anime_assets.production.learning.breaker import BreakerState, breaker_state
from tower_anime_assets.production.learning.ranking import ways_out
from tower_anime_assets.store import profiles
from tower_anime_assets.store.database import Database

LONGEST_WAIT: Final = timedelta(seconds=60)
"""A run waits out a pause that is no longer; else its shot is told when it may be tried."""

POLL_S: Final = 1.0
"""How often somebody who waits looks whether they were stopped, or the failures were forgotten."""

FIRST_RETRY_S: Final = 2.0
LONGEST_RETRY_S: Final = 30.0
"""Pauses between questions to servers that are away; each is twice the one before."""


@dataclass(frozen=True)
class Waiter:
    """How a run waits.

    Attributes:
        say: Tells a person that it waits: a subject, and a sentence.
        is_stopped: Whether somebody has stopped the run.
    """

    say: Callable[[str, str], None]
    is_stopped: Callable[[], bool]

    def wait(self, seconds: float) -> None:
        """Wait for so long, or until the run is stopped.

        Raises:
            StoppedError: It was stopped.
        """
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            if self.is_stopped():
                raise StoppedError("stopped while waiting; run again to go on from here")
            time.sleep(min(left_s, POLL_S / 4))


def breaker_of(database: Database, engine: str, now: datetime) -> BreakerState:
    """Return the state of an engine's circuit breaker as it is on record now."""
    return breaker_state([one.run for one in profiles.list_latest_runs(database, [engine])], now)


def wait_for_turn(order: Order[Any], database: Database, waiter: Waiter) -> None:
    """Wait until the engine of an order may run again after failures of its own; at once where a writer pins it.

    `tower route --clear` and a success of another run end the wait at once.

    Raises:
        NotNowError: It takes too long, or another engine may take over; the message names the time and the ways out.
        StoppedError: The run was stopped.
    """
    if order.is_pinned or not isinstance(order.engine, RemoteEngine):
        return
    has_other = order.may_fall_back and any(not other.is_found_only for other in order.alternates)
    is_told = False
    while True:
        now = datetime.now(UTC)
        breaker = breaker_of(database, order.engine.name, now)
        until = breaker.until if has_other else breaker.alone_until
        if until is None or until <= now:
            return
        reason = f"{order.engine.name} rests until {until:%H:%M:%S} UTC after {breaker.why}"
        if has_other or until - now > LONGEST_WAIT:
            raise NotNowError(f"{order.subject}: {reason}. Run again then; {ways_out(order.engine.name)}")
        if not is_told:
            why = "there is no other, so it is tried again then"
            waiter.say(order.subject, f"{reason}; {why}; {ways_out(order.engine.name)}")
        is_told = True
        waiter.wait(min(POLL_S, (until - now).total_seconds()))


@dataclass
class AwayServers:
    """What the attempts of one run know of servers that are away, so that they wait for them together.

    Attributes:
        limit_s: How long they wait; 0 for not at all.
    """

    limit_s: float = 0.0
    _away_since_s: float | None = None
    _retry_s: float = 0.0
    _next_at_s: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def note_answer(self) -> None:
        """Note that a server was leased: whoever finds none after this waits anew."""
        with self._lock:
            self._away_since_s = None

    def wait(self, subject: str, error: Exception, waiter: Waiter) -> bool:
        """Wait until servers are to be asked again; return False once that has gone on for too long.

        Raises:
            StoppedError: The run was stopped.
        """
        with self._lock:
            now_s = time.monotonic()
            if self._away_since_s is None:
                self._away_since_s, self._retry_s, self._next_at_s = now_s, FIRST_RETRY_S / 2, now_s
            left_s = self._away_since_s + self.limit_s - now_s
            if left_s <= 0:
                return False
            if self._next_at_s <= now_s:  # the first to come here begins the next pause, and says so for all
                self._retry_s = min(self._retry_s * 2, LONGEST_RETRY_S)
                self._next_at_s = now_s + min(self._retry_s, left_s)
                gives_up_at = datetime.now(UTC) + timedelta(seconds=left_s)
                waiter.say(
                    subject,
                    f"{str(error).splitlines()[0].rstrip(':')}; asked again in {self._next_at_s - now_s:.0f} s, "
                    f"given up at {gives_up_at:%H:%M:%S} UTC. What is made is kept; Ctrl-C ends the wait",
                )
            pause_s = self._next_at_s - now_s
        waiter.wait(pause_s)
        return True
