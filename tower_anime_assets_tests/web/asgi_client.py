"""Requests and WebSockets as a server hands them to an ASGI application: any headers, also those no client sends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Headers = Sequence[tuple[str, str]]
App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]


@dataclass
class Answer:
    """An HTTP answer; names of headers are in lower case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key == name)


@dataclass
class Closed:
    """How a WebSocket went: what the application was sent and sent, and the code by which it closed, None for not."""

    is_accepted: bool = False
    sent: list[str] = field(default_factory=list)
    code: int | None = None


def ask(app: App, method: str, target: str, headers: Headers = (), parts: Sequence[bytes] = (b"",)) -> Answer:
    """Send a request whose body comes in parts, and return the answer."""
    path, _, query = target.partition("?")
    scope = _scope("http", path, query, headers) | {"method": method}
    incoming = [
        {"type": "http.request", "body": part, "more_body": number < len(parts)}
        for number, part in enumerate(parts, start=1)
    ]
    outgoing: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        outgoing.append(message)

    asyncio.run(_call(app, scope, receive, send))
    start, *rest = outgoing
    body = b"".join(message.get("body", b"") for message in rest)
    return Answer(start["status"], [(key.decode(), value.decode()) for key, value in start["headers"]], body)


def connect(app: App, target: str, headers: Headers = (), messages: Sequence[Any] = ()) -> Closed:
    """Open a WebSocket, send messages (text as it is, anything else as JSON), and return how it went."""
    path, _, query = target.partition("?")
    texts = [message if isinstance(message, str) else json.dumps(message) for message in messages]
    incoming: list[dict[str, Any]] = [{"type": "websocket.connect"}]
    incoming += [{"type": "websocket.receive", "text": text} for text in texts]
    went = Closed()

    async def receive() -> dict[str, Any]:
        return incoming.pop(0) if incoming else {"type": "websocket.disconnect", "code": 1000}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "websocket.accept":
            went.is_accepted = True
        elif message["type"] == "websocket.send":
            went.sent.append(message["text"])
        else:
            went.code = message["code"]

    asyncio.run(_call(app, _scope("websocket", path, query, headers), receive, send))
    return went


async def _call(app: App, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    await app(scope, receive, send)


def _scope(kind: str, path: str, query: str, headers: Headers) -> dict[str, Any]:
    encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    return {"type": kind, "path": path, "query_string": query.encode(), "headers": encoded, "root_path": ""}
