"""The ComfyUI servers of a studio, one per GPU: who holds which, and which are backed off from.

A server runs one job at a time: within this process waiters are served in order, across processes the caller's guard
decides. What is sent to a server belongs in `jobs`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Condition
from typing import Final

from tower_anime_assets.clients.comfyui import ComfyUIClient, brief_reason
from tower_anime_assets.errors import RenderLostError, ServiceUnavailableError, StoppedError
from tower_anime_assets.production.attempt import NO_WAIT, OpenJob, ReportWait, ServerWait, ignore_wait

FIRST_BACKOFF_S: Final = 5.0
MAX_BACKOFF_S: Final = 300.0
"""How long a server that does not answer is left alone while others serve; doubles with every failure in a row."""

_STOP_POLL_S: Final = 0.25
"""How often a waiting attempt checks whether it was stopped."""


def no_guard(_server: str, _report: ReportWait) -> AbstractContextManager[None]:
    """Return a guard that does nothing, for a single process."""
    return nullcontext()


@dataclass
class _ServerState:
    """The state of one server; changed only under the fleet's lock."""

    client: ComfyUIClient
    is_busy: bool = False
    was_used: bool = False
    last_used_s: float = 0.0
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
        unresponsive: Servers that did not answer this attempt.
    """

    server: str
    avoided: frozenset[str] = frozenset()
    report: ReportWait = ignore_wait
    unresponsive: set[str] = field(default_factory=set)


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
        guard: Returns a context that holds a server against other processes; entering it may wait, which it reports.
        poll_s: Pause between polls of a job, whose end a socket tells earlier.

    Raises:
        ValueError: There is no server.
    """

    def __init__(
        self,
        servers: Sequence[str],
        token: str = "",
        stall_s: float = 600.0,
        guard: Callable[[str, ReportWait], AbstractContextManager[None]] = no_guard,
        poll_s: float = 1.0,
    ) -> None:
        if not servers:
            raise ValueError("a fleet needs at least one server")
        clients = [ComfyUIClient(url, token, stall_s=stall_s, poll_s=poll_s) for url in dict.fromkeys(servers)]
        self._servers = {client.url: _ServerState(client) for client in clients}
        self._guard = guard
        self._queue: list[_Waiter] = []
        self._reservations: list[Reservation] = []
        self._changed = Condition()

    @property
    def servers(self) -> tuple[str, ...]:
        """The addresses, in the order given."""
        return tuple(self._servers)

    @property
    def lanes(self) -> int:
        """How many jobs may run at once."""
        return len(self._servers)

    def close(self) -> None:
        """Close every connection."""
        for server in self._servers.values():
            server.client.close()

    @property
    def open_jobs(self) -> tuple[OpenJob, ...]:
        """The jobs of this process that servers may still be working on."""
        return tuple(job for server in self._servers.values() for job in server.client.open_jobs)

    def reserve(self, server: str) -> Reservation:
        """Keep a server for the next attempt that names it; pass the result to `cancel_reservation` afterwards."""
        reservation = Reservation(server)
        with self._changed:
            self._reservations.append(reservation)
        return reservation

    def cancel_reservation(self, reservation: Reservation) -> None:
        """Let others have a reserved server, if the attempt it was kept for has not come."""
        with self._changed:
            if reservation in self._reservations:
                self._reservations.remove(reservation)
                self._changed.notify_all()

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
    ) -> Iterator[ServerHold]:
        """Hold a server that answers; the longest-waiting attempt gets the longest-unused server.

        A server that does not answer, or becomes unavailable while held, is backed off from: others are preferred for
        a time that doubles with every failure.

        Args:
            server: The only one that will do, or "" for any.
            is_stopped: Checked while waiting, here and in the block.
            avoided: Servers that will not do.
            report: Receives what is waited for, here and in the block.

        Raises:
            ServiceUnavailableError: None of the others answers; each is named with its reason.
            RenderLostError: `server` is not in the fleet any more.
            StoppedError: The run was stopped while waiting.
        """
        if server:
            self.client(server)
        waiter = _Waiter(server, avoided, report)
        while True:
            url = self._claim_server(waiter, is_stopped)
            with ExitStack() as exit_stack:
                exit_stack.callback(self._release, url)
                client = self._servers[url].client
                server_hold = ServerHold(client, exit_stack, partial(self._mark_healthy, url))
                try:
                    exit_stack.enter_context(self._guard(url, report))
                    exit_stack.enter_context(client.attended_by(report, is_stopped))
                    if not self._probe(url, waiter):
                        continue
                    report(NO_WAIT)
                    yield server_hold
                    server_hold.release()
                    return
                except RenderLostError:
                    raise  # the server answers, it only forgot the job
                except ServiceUnavailableError as error:
                    if server_hold.is_held:
                        self._back_off(url, error, report)
                    raise

    def unload_idle_models(self) -> None:
        """Unload the models of idle servers used since the last call, to free their cards for other programs.

        Raises:
            ServiceUnavailableError: Some did not answer; the others have unloaded.
        """
        with self._changed:
            idle = [server for server in self._servers.values() if server.was_used and not server.is_busy]
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

    def _claim_server(self, waiter: _Waiter, is_stopped: Callable[[], bool]) -> str:
        """Wait until a server is free for this waiter, mark it busy, and return it."""
        with self._changed:
            self._queue.append(waiter)
            try:
                while True:
                    if is_stopped():
                        raise StoppedError("stopped while waiting for a ComfyUI server; run again to go on from here")
                    self._raise_if_none_answers(waiter)
                    url = self._assign_servers().get(id(waiter))
                    if url is not None:
                        self._servers[url].is_busy = True
                        kept = [item for item in self._reservations if item.server == url == waiter.server]
                        for reservation in kept[:1]:
                            self._reservations.remove(reservation)
                        return url
                    self._changed.wait(_STOP_POLL_S)
            finally:
                self._queue.remove(waiter)
                self._changed.notify_all()

    def _assign_servers(self) -> dict[int, str]:
        """Return the free server that each waiter would get now, in the order of the queue."""
        free = [url for url, server in self._servers.items() if not server.is_busy]
        reserved = {reservation.server for reservation in self._reservations}
        assignments: dict[int, str] = {}
        for waiter in self._queue:
            excluded = waiter.unresponsive | waiter.avoided | (reserved if not waiter.server else frozenset())
            eligible = [url for url in free if waiter.server in ("", url) and url not in excluded]
            ready = [url for url in eligible if self._servers[url].backoff_until_s <= time.monotonic()]
            if not ready and not waiter.server and self._is_busy_server_worth_waiting_for(waiter, eligible):
                continue
            assigned = min(ready or eligible, key=lambda url: self._servers[url].last_used_s, default=None)
            if assigned is not None:
                assignments[id(waiter)] = assigned
                free.remove(assigned)
        return assignments

    def _is_busy_server_worth_waiting_for(self, waiter: _Waiter, eligible: Sequence[str]) -> bool:
        """Return whether to wait for a busy, healthy server instead of trying one that is backed off from."""
        now = time.monotonic()
        excluded = {*eligible, *waiter.unresponsive, *waiter.avoided}
        others = (url for url in self._servers if url not in excluded)
        return any(self._servers[url].is_busy and self._servers[url].backoff_until_s <= now for url in others)

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
        with self._changed:
            server = self._servers[url]
            server.failures, server.backoff_until_s = 0, 0.0

    def _back_off(self, url: str, error: ServiceUnavailableError, report: ReportWait) -> None:
        """Prefer other servers for a while; a failure during that while does not make it longer."""
        with self._changed:
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

    def _release(self, url: str) -> None:
        with self._changed:
            server = self._servers[url]
            server.is_busy, server.was_used, server.last_used_s = False, True, time.monotonic()
            self._changed.notify_all()


def _clock_time(in_s: float) -> str:
    """Return the time of day after so many seconds."""
    return f"{datetime.now(UTC) + timedelta(seconds=in_s):%H:%M:%S} UTC"
