"""The ComfyUI servers of a studio, one per GPU: which will do for an attempt, and which are backed off from.

Who of those that wait gets which of them, the dispatcher decides, see `dispatch`. What is sent to a server belongs in
`jobs`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import Final

from tower_anime_assets.clients.comfyui import ComfyUIClient, brief_reason
from tower_anime_assets.engines.remote.comfyui.dispatch import Dispatcher, LocalDispatcher, ServerRequest, Ticket
from tower_anime_assets.errors import RenderLostError, ServiceUnavailableError, StoppedError
from tower_anime_assets.production.attempt import (
    NO_CLAIMANT,
    NO_WAIT,
    Claimant,
    OpenJob,
    ReportWait,
    ServerWait,
    ignore_wait,
)

FIRST_BACKOFF_S: Final = 5.0
MAX_BACKOFF_S: Final = 300.0
"""How long a server that does not answer is left alone while others serve; doubles with every failure in a row."""

_STOP_POLL_S: Final = 0.25
"""How often a waiting attempt checks whether it was stopped."""


@dataclass
class _ServerState:
    """The state of one server; changed only under the fleet's lock."""

    client: ComfyUIClient
    held: int = 0
    was_used: bool = False
    failures: int = 0
    backoff_until_s: float = 0.0
    failure_reason: str = ""


@dataclass(eq=False)
class _Waiter:
    """One attempt that waits for a server.

    Attributes:
        server: The only one that will do, or "".
        avoided: Servers that will not do.
        report: Receives what it waits for.
        medium: What is made: "image" or "video".
        claimant: On whose behalf.
        since_s: Since when it has waited, by the monotonic clock.
        unresponsive: Servers that did not answer this attempt.
    """

    server: str
    avoided: frozenset[str]
    report: ReportWait
    medium: str
    claimant: Claimant
    since_s: float = field(default_factory=time.monotonic)
    unresponsive: set[str] = field(default_factory=set)


@dataclass
class _ServerLease:
    """A server that the dispatcher gave to an attempt; "" while it waits.

    Attributes:
        was_used: Whether it answered.
    """

    url: str = ""
    was_used: bool = False


@dataclass(eq=False)
class Reservation:
    """A server that is kept for the job that an earlier run left there, until that job is taken up."""

    server: str


class ServerHold:
    """A server that is held for one attempt."""

    def __init__(self, client: ComfyUIClient, exit_stack: ExitStack, on_release: Callable[[], None]) -> None:
        self.client = client
        self.is_held = True
        self._exit_stack = exit_stack
        self._on_release = on_release

    def release(self) -> None:
        """Mark the server as healthy and let others have it before the block ends; a second call does nothing."""
        if self.is_held:
            self.is_held = False
            self._on_release()
            self._exit_stack.close()


class Fleet:
    """All servers of a studio.

    Args:
        servers: Their addresses.
        token: Bearer token.
        stall_s: How long a job may go without progress.
        dispatcher: Who decides which attempt gets which server; None for one that knows of this process only.
        poll_s: Pause between polls of a job, whose end a socket tells earlier.

    Raises:
        ValueError: There is no server.
    """

    def __init__(
        self,
        servers: Sequence[str],
        token: str = "",
        stall_s: float = 600.0,
        dispatcher: Dispatcher | None = None,
        poll_s: float = 1.0,
    ) -> None:
        if not servers:
            raise ValueError("a fleet needs at least one server")
        clients = [ComfyUIClient(url, token, stall_s=stall_s, poll_s=poll_s) for url in dict.fromkeys(servers)]
        self._servers = {client.url: _ServerState(client) for client in clients}
        self._dispatcher = dispatcher or LocalDispatcher()
        self._reservations: list[Reservation] = []
        self._lock = Lock()

    @property
    def servers(self) -> tuple[str, ...]:
        """The addresses, in the order given."""
        return tuple(self._servers)

    @property
    def lanes(self) -> int:
        """How many jobs may run at once."""
        return len(self._servers)

    def close(self) -> None:
        """Give every server back, and close every connection."""
        self._dispatcher.close()
        for server in self._servers.values():
            server.client.close()

    @property
    def open_jobs(self) -> tuple[OpenJob, ...]:
        """The jobs of this process that servers may still be working on."""
        return tuple(job for server in self._servers.values() for job in server.client.open_jobs)

    def reserve(self, server: str) -> Reservation:
        """Keep a server for the next attempt that names it; pass the result to `cancel_reservation` afterwards."""
        reservation = Reservation(server)
        with self._lock:
            self._reservations.append(reservation)
        return reservation

    def cancel_reservation(self, reservation: Reservation) -> None:
        """Let others have a reserved server, if the attempt it was kept for has not come."""
        with self._lock:
            if reservation not in self._reservations:
                return
            self._reservations.remove(reservation)
        self._dispatcher.look_again()

    def client(self, server: str) -> ComfyUIClient:
        """Return the client of a server.

        Raises:
            RenderLostError: It is no longer one of the configured servers.
        """
        if server not in self._servers:
            raise RenderLostError(
                f"{server} is no longer a server of COMFYUI_URL ({', '.join(self.servers)}): its jobs are made again "
                "elsewhere"
            )
        return self._servers[server].client

    @contextmanager
    def hold(
        self,
        server: str = "",
        is_stopped: Callable[[], bool] = lambda: False,
        avoided: frozenset[str] = frozenset(),
        report: ReportWait = ignore_wait,
        *,
        medium: str = "video",
        claimant: Claimant = NO_CLAIMANT,
    ) -> Iterator[ServerHold]:
        """Hold a server that answers, as soon as it is this attempt's turn.

        A server that does not answer, or becomes unavailable while held, is backed off from: others are preferred for
        a time that doubles with every failure.

        Args:
            server: The only one that will do, or "" for any.
            is_stopped: Checked while waiting, here and in the block.
            avoided: Servers that will not do.
            report: Receives what is waited for, here and in the block.
            medium: What is made: "image" or "video".
            claimant: On whose behalf.

        Raises:
            ServiceUnavailableError: None of the others answers; each is named with its reason.
            RenderLostError: `server` is not in the fleet any more.
            StoppedError: The run was stopped while waiting.
        """
        if server:
            self.client(server)
        waiter = _Waiter(server, avoided, report, medium, claimant)
        while True:
            with ExitStack() as exit_stack:
                lease = exit_stack.enter_context(self._lease_server(waiter, is_stopped))
                client = self._servers[lease.url].client
                server_hold = ServerHold(client, exit_stack, partial(self._mark_healthy, lease.url))
                try:
                    exit_stack.enter_context(client.attended_by(report, is_stopped))
                    if not self._probe(lease.url, waiter):
                        continue
                    lease.was_used = True
                    report(NO_WAIT)
                    yield server_hold
                    server_hold.release()
                    return
                except RenderLostError:
                    raise  # the server answers, it only forgot the job
                except ServiceUnavailableError as error:
                    if server_hold.is_held:
                        self._back_off(lease.url, error, report)
                    raise

    def unload_idle_models(self) -> None:
        """Unload the models of idle servers used since the last call, to free their cards for other programs.

        Raises:
            ServiceUnavailableError: Some did not answer; the others have unloaded.
        """
        with self._lock:
            idle = [server for server in self._servers.values() if server.was_used and not server.held]
            for server in idle:
                server.was_used = False
        failures = []
        for server in idle:
            try:
                server.client.free_memory()
            except ServiceUnavailableError as error:
                failures.append(str(error))
        if failures:
            raise ServiceUnavailableError("models may still be loaded: " + "; ".join(failures))

    @contextmanager
    def _lease_server(self, waiter: _Waiter, is_stopped: Callable[[], bool]) -> Iterator[_ServerLease]:
        """Wait until it is this attempt's turn, and have a server for the block."""
        ticket = self._dispatcher.ask(
            ServerRequest(
                partial(self._acceptable_servers, waiter),
                waiter.server,
                waiter.medium,
                waiter.claimant,
                waiter.since_s,
            )
        )
        lease = _ServerLease()
        try:
            lease.url = self._wait_for_server(ticket, waiter, is_stopped)
            with self._lock:
                self._servers[lease.url].held += 1
                kept = [item for item in self._reservations if item.server == lease.url == waiter.server]
                for reservation in kept[:1]:
                    self._reservations.remove(reservation)
            yield lease
        finally:
            if lease.url:
                with self._lock:
                    self._servers[lease.url].held -= 1
                    self._servers[lease.url].was_used = True
            ticket.release(was_used=lease.was_used)

    def _wait_for_server(self, ticket: Ticket, waiter: _Waiter, is_stopped: Callable[[], bool]) -> str:
        is_told = False
        while True:
            if is_stopped():
                raise StoppedError("stopped while waiting for a ComfyUI server; run again to go on from here")
            self._raise_if_none_answers(waiter)
            url = ticket.wait(_STOP_POLL_S)
            if url:
                return url
            reason = ticket.reason
            if reason != NO_WAIT or is_told:
                is_told = reason != NO_WAIT
                waiter.report(reason)

    def _acceptable_servers(self, waiter: _Waiter) -> Sequence[str]:
        """Return the servers that will do now: those that are backed off from only where there is no other."""
        with self._lock:
            reserved = {item.server for item in self._reservations} if not waiter.server else frozenset()
            excluded = waiter.unresponsive | waiter.avoided | reserved
            eligible = [url for url in self._servers if waiter.server in ("", url) and url not in excluded]
            now_s = time.monotonic()
            return [url for url in eligible if self._servers[url].backoff_until_s <= now_s] or eligible

    def _raise_if_none_answers(self, waiter: _Waiter) -> None:
        urls = [waiter.server] if waiter.server else [url for url in self._servers if url not in waiter.avoided]
        if all(url in waiter.unresponsive for url in urls):
            reasons = "\n".join(f"  {url}: {self._servers[url].failure_reason}" for url in urls)
            raise ServiceUnavailableError(
                f"no ComfyUI server answers:\n{reasons}\nStart one, correct COMFYUI_URL, or unset COMFYUI_URL to use "
                "the embedded engine"
            )

    def _probe(self, url: str, waiter: _Waiter) -> bool:
        try:
            self._servers[url].client.system_stats()
        except ServiceUnavailableError as error:
            self._back_off(url, error, waiter.report)
            waiter.unresponsive.add(url)
            return False
        return True

    def _mark_healthy(self, url: str) -> None:
        with self._lock:
            server = self._servers[url]
            server.failures, server.backoff_until_s = 0, 0.0

    def _back_off(self, url: str, error: ServiceUnavailableError, report: ReportWait) -> None:
        """Prefer other servers for a while; a failure during that while does not make it longer."""
        with self._lock:
            server, now_s = self._servers[url], time.monotonic()
            server.failure_reason = str(error)
            if server.backoff_until_s <= now_s:
                server.failures += 1
                pause_s = min(MAX_BACKOFF_S, FIRST_BACKOFF_S * 2 ** (server.failures - 1))
                server.backoff_until_s = now_s + pause_s
            failures, left_s = server.failures, server.backoff_until_s - now_s
        if len(self._servers) > 1:
            in_a_row = f"failure {failures} in a row: {brief_reason(error)}"
            words = f"{url} is left alone until {_clock_time(left_s)} ({in_a_row}); other servers take its work"
            report(ServerWait(f"{url} is left alone", words))


def _clock_time(in_s: float) -> str:
    """Return the time of day after so many seconds."""
    return f"{datetime.now(UTC) + timedelta(seconds=in_s):%H:%M:%S} UTC"
