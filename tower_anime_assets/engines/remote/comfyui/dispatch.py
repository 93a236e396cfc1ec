"""Who of those that wait gets which ComfyUI server: the protocol, and the dispatcher of a single process.

Which servers will do is known to the fleet of each process, see `fleet`. The dispatcher that all processes of a studio
share is in `stages.shared_dispatch`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Condition
from typing import Protocol

from tower_anime_assets.production.attempt import NO_CLAIMANT, NO_WAIT, Claimant, ServerWait


@dataclass(frozen=True)
class ServerRequest:
    """What an attempt asks of a dispatcher.

    Attributes:
        acceptable: Returns the servers that will do now, the preferred first; any thread may call it.
        server: The only one that will do, because a job of the attempt is there already; "" for any.
        medium: What is made: "image" or "video".
        claimant: On whose behalf.
        since_s: Since when it has waited, by the monotonic clock.
    """

    acceptable: Callable[[], Sequence[str]]
    server: str = ""
    medium: str = "video"
    claimant: Claimant = NO_CLAIMANT
    since_s: float = field(default_factory=time.monotonic)


class Ticket(Protocol):
    """A place among those that wait, and then the server."""

    def wait(self, timeout_s: float) -> str:
        """Wait for a server that will do; return it, or "" if there was none in time.

        Raises:
            ServiceError: There is none and will be none.
        """
        ...

    @property
    def reason(self) -> ServerWait:
        """What keeps it waiting, as far as somebody outside this process does; `NO_WAIT` for nothing of that kind."""
        ...

    def release(self, *, was_used: bool) -> None:
        """Wait no longer, or let others have the server; a second call does nothing.

        Args:
            was_used: Whether the server answered, so that something was made there.
        """
        ...


class Dispatcher(Protocol):
    """Gives servers to those who wait; from any thread."""

    def ask(self, request: ServerRequest) -> Ticket:
        """Join those who wait.

        Raises:
            ServiceUnavailableError: Nobody can tell who waits.
        """
        ...

    def look_again(self) -> None:
        """Look at once which servers will do for those who wait: it may have changed."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


class LocalDispatcher:
    """Serves the attempts of one process in order: the longest-waiting one gets the longest-unused server."""

    def __init__(self) -> None:
        self.changed = Condition()
        self.queue: list[LocalTicket] = []
        self.busy: set[str] = set()
        self.used_s: dict[str, float] = {}

    def ask(self, request: ServerRequest) -> LocalTicket:
        """Join those who wait."""
        ticket = LocalTicket(self, request)
        with self.changed:
            self.queue.append(ticket)
        return ticket

    def look_again(self) -> None:
        """Look at once which servers will do for those who wait."""
        with self.changed:
            self.changed.notify_all()

    def close(self) -> None:
        """Do nothing: everything is in memory."""

    def server_for(self, ticket: LocalTicket) -> str:
        """Return the free server that an attempt would get now, after those before it in the queue; "" for none."""
        taken = set(self.busy)
        for waiting in self.queue:
            free = [url for url in waiting.request.acceptable() if url not in taken]
            assigned = min(free, key=lambda url: self.used_s.get(url, 0.0), default="")
            if waiting is ticket:
                return assigned
            taken.add(assigned)
        return ""


class LocalTicket:
    """A place in the queue of a process; see `Ticket`."""

    reason = NO_WAIT

    def __init__(self, dispatcher: LocalDispatcher, request: ServerRequest) -> None:
        self.request = request
        self._dispatcher = dispatcher
        self._server = ""

    def wait(self, timeout_s: float) -> str:
        """Wait for a server; see `Ticket.wait`."""
        dispatcher = self._dispatcher
        with dispatcher.changed:
            self._server = dispatcher.server_for(self)
            if not self._server:
                dispatcher.changed.wait(timeout_s)
                self._server = dispatcher.server_for(self)
            if self._server:
                dispatcher.queue.remove(self)
                dispatcher.busy.add(self._server)
                dispatcher.changed.notify_all()
        return self._server

    def release(self, *, was_used: bool) -> None:
        """Leave the queue, or let others have the server."""
        dispatcher = self._dispatcher
        with dispatcher.changed:
            if self in dispatcher.queue:
                dispatcher.queue.remove(self)
            if self._server:
                dispatcher.busy.remove(self._server)
                dispatcher.used_s[self._server] = time.monotonic()
                self._server = ""
            dispatcher.changed.notify_all()
