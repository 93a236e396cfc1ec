"""The ComfyUI servers of a studio, one per GPU: who may use which, and which are set aside because they do not answer.

One job at a time runs on each server, in this process by turns taken in order of asking, across processes by the guard
that the caller gives. What is sent to a server belongs elsewhere.
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

FIRST_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 300.0
"""How long a server that does not answer is left alone while others serve: doubled each time."""

_LOOK_S: Final = 0.25
"""How often a waiting attempt looks whether it was stopped."""


def unguarded(_server: str) -> AbstractContextManager[None]:
    """Return a guard that guards nothing: for one process alone."""
    return nullcontext()


@dataclass
class _Server:
    """What is known of one server; changed only under the fleet's lock."""

    client: ComfyUIClient
    is_busy: bool = False
    was_used: bool = False
    last_used: float = 0.0
    failures: int = 0
    aside_until: float = 0.0
    reason: str = ""


@dataclass(eq=False)
class _Waiting:
    """One attempt that wants a server.

    Attributes:
        server: The only one that will do, or "".
        refused: Servers that did not answer this attempt just now.
    """

    server: str
    refused: set[str] = field(default_factory=set)


class Held:
    """A server that is held for one attempt.

    Attributes:
        client: Speaks to it.
    """

    def __init__(self, client: ComfyUIClient, holding: ExitStack, served: Callable[[], None]) -> None:
        self.client = client
        self.is_held = True
        self._holding = holding
        self._served = served

    def give_back(self) -> None:
        """Say that it served well, and let others have it before the block ends; again does nothing."""
        if self.is_held:
            self.is_held = False
            self._served()
            self._holding.close()


class Fleet:
    """All servers of a studio.

    Args:
        servers: Their addresses; each once.
        token: Bearer token.
        stall_s: How long a job may go without progress, seconds.
        guard: Gives what holds a server against other processes; may wait in entering.
        poll_s: Pause between looks at a job, seconds; a socket tells earlier that it is over.

    Raises:
        ValueError: There is no server.
    """

    def __init__(
        self,
        servers: Sequence[str],
        token: str = "",
        stall_s: float = 600.0,
        guard: Callable[[str], AbstractContextManager[None]] = unguarded,
        poll_s: float = 1.0,
    ) -> None:
        if not servers:
            raise ValueError("a fleet needs at least one server")
        clients = [ComfyUIClient(url, token, stall_s=stall_s, poll_s=poll_s) for url in dict.fromkeys(servers)]
        self._servers = {client.url: _Server(client) for client in clients}
        self._guard = guard
        self._queue: list[_Waiting] = []
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
                f"{server} is no longer a server of COMFYUI_URL ({', '.join(self.servers)}): what it was given is made "
                "again elsewhere"
            )
        return self._servers[server].client

    @contextmanager
    def lease(self, server: str = "", is_stopped: Callable[[], bool] = lambda: False) -> Iterator[ComfyUIClient]:
        """Hold a server, to the end of the block, as `hold` does."""
        with self.hold(server, is_stopped) as held:
            yield held.client

    @contextmanager
    def hold(self, server: str = "", is_stopped: Callable[[], bool] = lambda: False) -> Iterator[Held]:
        """Hold a server that answers; the one longest unused, for whoever has waited longest.

        A server that becomes unavailable while it is held, or does not answer now, is set aside for a growing while,
        during which the others are preferred.

        Args:
            server: The only one that will do, or "" for any.
            is_stopped: Asked while waiting.

        Raises:
            ServiceUnavailableError: None answers; each is named with its reason.
            RenderLostError: `server` is no longer one of the fleet.
            StoppedError: The run was stopped while waiting.
        """
        if server:
            self.client(server)
        asking = _Waiting(server)
        while True:
            url = self._claim(asking, is_stopped)
            with ExitStack() as holding:
                holding.callback(self._release, url)
                held = Held(self._servers[url].client, holding, partial(self._served, url))
                try:
                    holding.enter_context(self._guard(url))
                    if not self._answers(url, asking):
                        continue
                    yield held
                    held.give_back()
                    return
                except RenderLostError:
                    raise  # it answers, it has only forgotten the job
                except ServiceUnavailableError as error:
                    if held.is_held:
                        self._set_aside(url, str(error))
                    raise

    def free(self) -> None:
        """Have the idle servers that were used since the last call unload their models, for who needs the card next.

        Raises:
            ServiceUnavailableError: Some did not answer; the others have unloaded.
        """
        with self._changed:
            idle = [server for server in self._servers.values() if server.was_used and not server.is_busy]
            for server in idle:
                server.was_used = False
        silent = []
        for server in idle:
            try:
                server.client.free()
            except ServiceUnavailableError as error:
                silent.append(str(error))
        if silent:
            raise ServiceUnavailableError("models may still be loaded: " + "; ".join(silent))

    def _claim(self, asking: _Waiting, is_stopped: Callable[[], bool]) -> str:
        """Wait for one's turn and return the server that is now busy with it."""
        with self._changed:
            self._queue.append(asking)
            try:
                while True:
                    if is_stopped():
                        raise StoppedError("stopped while waiting for a ComfyUI server; run again to go on from here")
                    self._refuse_without_hope(asking)
                    url = self._turns().get(id(asking))
                    if url is not None:
                        self._servers[url].is_busy = True
                        return url
                    self._changed.wait(_LOOK_S)
            finally:
                self._queue.remove(asking)
                self._changed.notify_all()

    def _turns(self) -> dict[int, str]:
        """Return which free server each waiting attempt would get, the first in the queue choosing first."""
        free = [url for url, server in self._servers.items() if not server.is_busy]
        turns: dict[int, str] = {}
        for asking in self._queue:
            fit = [url for url in free if asking.server in ("", url) and url not in asking.refused]
            rested = [url for url in fit if self._servers[url].aside_until <= time.monotonic()]
            if not rested and not asking.server and self._has_other_hope(asking, fit):
                continue
            chosen = min(rested or fit, key=lambda url: self._servers[url].last_used, default=None)
            if chosen is not None:
                turns[id(asking)] = chosen
                free.remove(chosen)
        return turns

    def _has_other_hope(self, asking: _Waiting, fit: Sequence[str]) -> bool:
        """Return whether a server that is busy now is worth waiting for, more than those set aside."""
        now = time.monotonic()
        others = (url for url in self._servers if url not in fit and url not in asking.refused)
        return any(self._servers[url].is_busy and self._servers[url].aside_until <= now for url in others)

    def _refuse_without_hope(self, asking: _Waiting) -> None:
        wanted = [asking.server] if asking.server else list(self._servers)
        if all(url in asking.refused for url in wanted):
            reasons = "\n".join(f"  {url}: {self._servers[url].reason}" for url in wanted)
            raise ServiceUnavailableError(
                f"no ComfyUI server answers:\n{reasons}\nStart one, correct COMFYUI_URL, or unset COMFYUI_URL to use "
                "the embedded engine"
            )

    def _answers(self, url: str, asking: _Waiting) -> bool:
        try:
            self._servers[url].client.system()
        except ServiceUnavailableError as error:
            self._set_aside(url, str(error))
            asking.refused.add(url)
            return False
        return True

    def _served(self, url: str) -> None:
        with self._changed:
            server = self._servers[url]
            server.failures, server.aside_until = 0, 0.0

    def _set_aside(self, url: str, reason: str) -> None:
        with self._changed:
            server = self._servers[url]
            server.failures += 1
            pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (server.failures - 1))
            server.aside_until = time.monotonic() + pause_s
            server.reason = reason

    def _release(self, url: str) -> None:
        with self._changed:
            server = self._servers[url]
            server.is_busy, server.was_used, server.last_used = False, True, time.monotonic()
            self._changed.notify_all()
