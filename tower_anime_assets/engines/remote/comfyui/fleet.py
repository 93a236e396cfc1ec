"""The ComfyUI servers of a studio, one per GPU: who holds which, and which are backed off from.

A server runs one job at a time: within this process waiters are served in order, across processes the caller's guard
decides. What is sent to a server belongs in `jobs`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from threading import Condition
from typing import Final

from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.errors import RenderLostError, ServiceUnavailableError, StoppedError

FIRST_BACKOFF_S: Final = 5.0
MAX_BACKOFF_S: Final = 300.0
"""How long a server that does not answer is left alone while others serve; doubles with every failure in a row."""

_STOP_POLL_S: Final = 0.25
"""How often a waiting attempt checks whether it was stopped."""


def no_guard(_server: str) -> AbstractContextManager[None]:
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
        unresponsive: Servers that did not answer this attempt.
    """

    server: str
    unresponsive: set[str] = field(default_factory=set)


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
        guard: Returns a context that holds a server against other processes; entering it may wait.
        poll_s: Pause between polls of a job, whose end a socket tells earlier.

    Raises:
        ValueError: There is no server.
    """

    def __init__(
        self,
        servers: Sequence[str],
        token: str = "",
        stall_s: float = 600.0,
        guard: Callable[[str], AbstractContextManager[None]] = no_guard,
        poll_s: float = 1.0,
    ) -> None:
        if not servers:
            raise ValueError("a fleet needs at least one server")
        clients = [ComfyUIClient(url, token, stall_s=stall_s, poll_s=poll_s) for url in dict.fromkeys(servers)]
        self._servers = {client.url: _ServerState(client) for client in clients}
        self._guard = guard
        self._queue: list[_Waiter] = []
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
    def hold(self, server: str = "", is_stopped: Callable[[], bool] = lambda: False) -> Iterator[ServerHold]:
        """Hold a server that answers; the longest-waiting attempt gets the longest-unused server.

        A server that does not answer, or becomes unavailable while held, is backed off from: others are preferred for
        a time that doubles with every failure.

        Args:
            server: The only one that will do, or "" for any.
            is_stopped: Checked while waiting.

        Raises:
            ServiceUnavailableError: None answers; each is named with its reason.
            RenderLostError: `server` is not in the fleet any more.
            StoppedError: The run was stopped while waiting.
        """
        if server:
            self.client(server)
        waiter = _Waiter(server)
        while True:
            url = self._claim_server(waiter, is_stopped)
            with ExitStack() as exit_stack:
                exit_stack.callback(self._release, url)
                server_hold = ServerHold(self._servers[url].client, exit_stack, partial(self._mark_healthy, url))
                try:
                    exit_stack.enter_context(self._guard(url))
                    if not self._probe(url, waiter):
                        continue
                    yield server_hold
                    server_hold.release()
                    return
                except RenderLostError:
                    raise  # the server answers, it only forgot the job
                except ServiceUnavailableError as error:
                    if server_hold.is_held:
                        self._back_off(url, str(error))
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
                        return url
                    self._changed.wait(_STOP_POLL_S)
            finally:
                self._queue.remove(waiter)
                self._changed.notify_all()

    def _assign_servers(self) -> dict[int, str]:
        """Return the free server that each waiter would get now, in the order of the queue."""
        free = [url for url, server in self._servers.items() if not server.is_busy]
        assignments: dict[int, str] = {}
        for waiter in self._queue:
            eligible = [url for url in free if waiter.server in ("", url) and url not in waiter.unresponsive]
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
        others = (url for url in self._servers if url not in eligible and url not in waiter.unresponsive)
        return any(self._servers[url].is_busy and self._servers[url].backoff_until_s <= now for url in others)

    def _raise_if_none_answers(self, waiter: _Waiter) -> None:
        urls = [waiter.server] if waiter.server else list(self._servers)
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
            self._back_off(url, str(error))
            waiter.unresponsive.add(url)
            return False
        return True

    def _mark_healthy(self, url: str) -> None:
        with self._changed:
            server = self._servers[url]
            server.failures, server.backoff_until_s = 0, 0.0

    def _back_off(self, url: str, reason: str) -> None:
        with self._changed:
            server = self._servers[url]
            server.failures += 1
            pause_s = min(MAX_BACKOFF_S, FIRST_BACKOFF_S * 2 ** (server.failures - 1))
            server.backoff_until_s = time.monotonic() + pause_s
            server.failure_reason = reason

    def _release(self, url: str) -> None:
        with self._changed:
            server = self._servers[url]
            server.is_busy, server.was_used, server.last_used_s = False, True, time.monotonic()
            self._changed.notify_all()
