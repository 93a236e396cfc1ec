"""A web server in a thread that ends as a killed process does."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from threading import Event

import uvicorn
from websockets.exceptions import InvalidState


class AbruptServer(uvicorn.Server):
    """A server that begins and ends at once instead of looking ten times a second whether it should.

    Attributes:
        ready: Set when it answers.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = asyncio.Event()

    async def main_loop(self) -> None:
        """Answer until `end`."""
        self._loop = asyncio.get_running_loop()
        self.ready.set()
        await self._ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Cut every connection."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            with contextlib.suppress(InvalidState):  # a socket that its client is closing already
                connection.shutdown()
        await asyncio.sleep(0)
        for connection in list(self.server_state.connections):  # those whose answers are not complete
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)  # until the loop has closed their sockets
        for each in sockets or []:
            each.close()

    def end(self) -> None:
        """Cut every connection and end; called from another thread, once it is ready."""
        self.should_exit = self.force_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._ended.set)
