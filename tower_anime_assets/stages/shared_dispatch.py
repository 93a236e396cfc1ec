"""Who of all processes of a studio gets which ComfyUI server: requests and leases in its database.

The database decides, in one statement for each event: a request that finds a free server has it at once, and a server
that is given back goes to whoever's turn it is, in whichever process. What a process holds ends with it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from contextlib import suppress
from threading import Condition, Event, Lock, Thread
from typing import Final
from uuid import uuid4

from tower_anime_assets.engines.remote.comfyui.dispatch import ServerRequest
from tower_anime_assets.errors import ServiceRejectedError, ServiceUnavailableError, TowerError
from tower_anime_assets.production.attempt import NO_WAIT, ServerWait
from tower_anime_assets.stages.locks import MAX_WAIT_S
from tower_anime_assets.store import fleet
from tower_anime_assets.store.database import RECONNECT_TIMEOUT_S, Database
from tower_anime_assets.store.fleet import ACTIVE, MAX_AHEAD, HolderSession, NewRequest, ServerRule, Waits

BEAT_S: Final = 1.0
"""How often a process that waits looks around, about; what concerns it is told to it besides."""

IDLE_BEAT_S: Final = 3.0
"""The same for one that waits for nothing."""

SHORTEST_BEAT_S: Final = 0.2
"""How often it looks around at most, however much is told to it."""

LEAVE_AFTER_S: Final = 30.0
"""How long a process is on the list that has asked for nothing."""

_NO_WAITS: Final = Waits(frozenset(), 0, {})


class SharedDispatcher:
    """Shares servers with all processes on a database; see `engines.remote.comfyui.dispatch.Dispatcher`.

    One thread of it holds the process's place on the list, from the first request until nothing was asked for a while.
    """

    def __init__(self, database: Database, servers: Sequence[str]) -> None:
        self.database = database
        self.servers = tuple(servers)
        self.changed = Condition()
        self.tickets: dict[str, SharedTicket] = {}
        self.waits = _NO_WAITS
        self.last_lease_s = time.monotonic()
        self._holder = ""
        self._is_registered = False
        self._failure: TowerError | None = None
        self._thread: Thread | None = None
        self._opening = Lock()
        self._closed = Event()

    def ask(self, request: ServerRequest) -> SharedTicket:
        """Join those who wait, or have a server at once.

        Raises:
            ServiceUnavailableError: The database does not answer.
        """
        ticket = SharedTicket(self, request)
        with self.changed:
            self.tickets[ticket.id] = ticket
        try:
            self._require_place()
            ticket.ask()
        except BaseException:
            with self.changed:
                self.tickets.pop(ticket.id, None)
            raise
        return ticket

    def look_again(self) -> None:
        """Look at once which servers will do for those who wait."""
        with self.changed:
            self.changed.notify_all()

    def close(self) -> None:
        """Leave the list."""
        self._closed.set()
        thread = self._thread
        if thread is not None and thread.is_alive():
            if self._is_registered:
                with suppress(ServiceUnavailableError):
                    fleet.wake_holder(self.database, self._holder)
            thread.join(2 * IDLE_BEAT_S)

    @property
    def holder(self) -> str:
        """The process's id on the list."""
        return self._holder

    def grant(self, request_id: str, server: str) -> None:
        """Note that a request has its server."""
        with self.changed:
            ticket = self.tickets.get(request_id)
            if ticket is not None and not ticket.server:
                ticket.server = server
                self.last_lease_s = time.monotonic()
                self.changed.notify_all()

    # The process's place on the list ----------------------------------------------------------------------------------

    def _require_place(self) -> None:
        """Have the process on the list.

        Raises:
            ServiceUnavailableError: The database does not answer.
        """
        with self._opening:
            with self.changed:
                is_kept = self._thread is not None and self._thread.is_alive()
            if not is_kept:
                self._failure, self._is_registered = None, False
                self._closed.clear()
                self._thread = Thread(target=self._keep_place, name="fleet", daemon=True)
                self._thread.start()
        with self.changed:
            self.changed.wait_for(lambda: self._is_registered or self._failure, 2 * RECONNECT_TIMEOUT_S)
            if self._is_registered:
                return
        raise self._failure or ServiceUnavailableError("the database does not register who uses which ComfyUI server")

    def _keep_place(self) -> None:
        """Hold the place, and take it again at once when the connection is lost; those who ask meanwhile wait."""
        pause_s = 0.0
        while not self._closed.wait(pause_s):
            try:
                pause_s = BEAT_S
                with fleet.open_holder(self.database, self.servers, self._holder) as session:
                    self._enter(session)
                    pause_s = 0.0
                    if self._serve(session):
                        session.forget()
                        return
            except TowerError as error:
                with self.changed:
                    is_left = not self.tickets
                    if is_left:
                        self._thread = None
                    if is_left or pause_s:
                        self._is_registered, self._failure = False, error
                        self.changed.notify_all()
                if is_left:
                    return

    def _enter(self, session: HolderSession) -> None:
        """Note the process's new id, and have everything on record that it holds and waits for."""
        self._holder = session.holder
        for ticket in list(self.tickets.values()):
            if ticket.is_asked:
                server = session.restore(ticket.as_new_request(), ticket.server)
                if server:
                    self.grant(ticket.id, server)
        with self.changed:
            self._is_registered, self._failure = True, None
            self.changed.notify_all()

    def _serve(self, session: HolderSession) -> bool:
        """Pass on what the process is told, until it is closed or idle; return False if the fleet has forgotten it."""
        busy_s = time.monotonic()
        while not self._closed.is_set():
            if not session.beat():
                return False
            for request_id, server in session.list_leases():
                if request_id in self.tickets:
                    self.grant(request_id, server)
                else:  # the database was away when it was given back
                    fleet.release(self.database, request_id)
            with self.changed:
                is_waiting = any(not ticket.server for ticket in self.tickets.values())
                if self.tickets:
                    busy_s = time.monotonic()
                elif time.monotonic() - busy_s > LEAVE_AFTER_S:
                    self._is_registered, self._thread = False, None
                    return True
            waits = session.find_waits() if is_waiting else _NO_WAITS
            with self.changed:
                self.waits = waits
            began_s = time.monotonic()
            until_s = began_s + (BEAT_S * random.uniform(0.7, 1.3) if is_waiting else IDLE_BEAT_S)  # noqa: S311
            while (left_s := until_s - time.monotonic()) > 0 and not self._closed.is_set():
                for request_id, server in session.wait_for_leases(left_s):
                    if request_id:
                        self.grant(request_id, server)
                    else:
                        until_s = min(until_s, max(began_s + SHORTEST_BEAT_S, time.monotonic()))
        return True


class SharedTicket:
    """A request or lease in the database; see `engines.remote.comfyui.dispatch.Ticket`.

    Attributes:
        id: Its id there.
        server: What it was given, "" while it waits.
        is_asked: Whether it is there.
    """

    def __init__(self, dispatcher: SharedDispatcher, request: ServerRequest) -> None:
        self.id = str(uuid4())
        self.server = ""
        self.is_asked = False
        self._dispatcher = dispatcher
        self._request = request
        self._excluded: tuple[str, ...] = ()
        self._is_released = False

    def as_new_request(self) -> NewRequest:
        """Return what it asks for."""
        claimant, request = self._request.claimant, self._request
        return NewRequest(
            id=self.id,
            run_id=claimant.run_id,
            episode=claimant.episode,
            priority=int(claimant.priority),
            medium=request.medium,
            only_server=request.server,
            excluded=self._excluded,
            waited_s=time.monotonic() - request.since_s,
        )

    def ask(self) -> None:
        """Put the request where all processes see it."""
        dispatcher = self._dispatcher
        self._excluded, self.is_asked = self._find_excluded(), True
        server = fleet.ask(dispatcher.database, dispatcher.holder, self.as_new_request())
        if server:  # None: the process has just lost its place, and asks for everything anew once it is back
            dispatcher.grant(self.id, server)

    def wait(self, timeout_s: float) -> str:
        """Wait for a server that will do; see `Ticket.wait`.

        Raises:
            ServiceRejectedError: No server may make it.
            ServiceUnavailableError: Nothing was given to this process for `MAX_WAIT_S`, or the database is away.
        """
        dispatcher = self._dispatcher
        with dispatcher.changed:
            if not self.server:
                dispatcher.changed.wait(timeout_s)
        excluded = self._find_excluded()
        if self.server:
            if self.server not in excluded:
                return self.server
            self._ask_anew()
        elif excluded != self._excluded:
            self._excluded = excluded
            server = fleet.exclude(dispatcher.database, self.id, excluded)
            if server:
                dispatcher.grant(self.id, server)
        self._raise_if_hopeless()
        return ""

    @property
    def reason(self) -> ServerWait:
        """What outside this process keeps it waiting."""
        waits, rules = self._dispatcher.waits, self._dispatcher.waits.rules
        servers = [url for url in self._dispatcher.servers if url not in self._excluded]
        closed = [rules[url] for url in servers if url in rules and not _may_make(rules[url], self._request)]
        if len(closed) == len(servers) and closed:
            return _closed_wait([rule for rule in closed if rule.state != ACTIVE] or closed)
        taken = [url for url in servers if url in waits.taken]
        if not taken:
            return NO_WAIT
        jobs = f"{waits.ahead:,}" if waits.ahead < MAX_AHEAD else f"at least {MAX_AHEAD:,}"
        ahead = f", {jobs} jobs of other runs are before it" if waits.ahead > 1 else ""
        cause = f"another run uses {taken[0]}" if len(servers) == 1 else "other runs use the ComfyUI servers"
        names = "" if len(servers) == 1 else f" ({len(taken)} of {len(servers)}, such as {taken[0]})"
        return ServerWait(cause, f"{cause}{names}; waiting for {'it' if len(servers) == 1 else 'one'}{ahead}")

    def release(self, *, was_used: bool) -> None:
        """Wait no longer, or let others have the server; one that cannot be given back now is told to nobody yet."""
        if self._is_released:
            return
        self._is_released = True
        with self._dispatcher.changed:
            self._dispatcher.tickets.pop(self.id, None)
        with suppress(ServiceUnavailableError):  # then it ends with the process's place, which is lost likewise
            fleet.release(self._dispatcher.database, self.id, was_used=was_used)

    def _ask_anew(self) -> None:
        """Give a server back that will not do any more, and wait again."""
        dispatcher = self._dispatcher
        before, self.id, self.server = self.id, str(uuid4()), ""
        with dispatcher.changed:
            dispatcher.tickets.pop(before, None)
            dispatcher.tickets[self.id] = self
        fleet.release(dispatcher.database, before, was_used=False)
        self.ask()

    def _find_excluded(self) -> tuple[str, ...]:
        acceptable = set(self._request.acceptable())
        return tuple(url for url in self._dispatcher.servers if url not in acceptable)

    def _raise_if_hopeless(self) -> None:
        rules = self._dispatcher.waits.rules
        servers = [url for url in self._dispatcher.servers if url not in self._excluded]
        barred = [rules[url] for url in servers if url in rules and self._request.medium not in rules[url].media]
        if servers and len(barred) == len(servers) and not self._request.server:
            each = "\n".join(f"  {rule.server} makes {', '.join(rule.media)}s only{_by_whom(rule)}" for rule in barred)
            raise ServiceRejectedError(
                f"no ComfyUI server may make a {self._request.medium}:\n{each}\nAllow one: "
                f"tower fleet limit {barred[0].server} --media image,video --why ..."
            )
        waited_s = time.monotonic() - max(self._request.since_s, self._dispatcher.last_lease_s)
        if waited_s > MAX_WAIT_S:
            why = self.reason.words or "no ComfyUI server became free"
            raise ServiceUnavailableError(f"gave up after {waited_s / 3600:.0f} h: {why}. Run again to go on from here")


def _may_make(rule: ServerRule, request: ServerRequest) -> bool:
    return bool(request.server) or (rule.state == ACTIVE and request.medium in rule.media)


def _closed_wait(closed: Sequence[ServerRule]) -> ServerWait:
    rule = closed[0]
    cause = f"{rule.server} is {rule.state}{_by_whom(rule)}"
    more = f", and {len(closed) - 1} more likewise" if len(closed) > 1 else ""
    return ServerWait(cause, f"{cause}{more}; waiting until somebody runs `tower fleet resume {rule.server}`")


def _by_whom(rule: ServerRule) -> str:
    """Return who changed a rule, and why, as the end of a sentence."""
    return f" by {rule.who}" + (f": {rule.why}" if rule.why else "") if rule.who else ""
