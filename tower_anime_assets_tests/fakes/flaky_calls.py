"""Calls that go wrong now and then on their way to a fake service, as a network and a busy machine have them."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random
from threading import Lock
from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KINDS: Final = ("unavailable", "cut", "answer lost", "half an answer", "late")


class FlakyCalls:
    """Spoils a share of all calls, each in one of `KINDS`; the others reach the service untouched.

    Args:
        share: Of the calls, 0..1.
        seed: Which calls, and how.
        late_s: How long a late answer takes more.

    Attributes:
        calls: How many came.
        spoiled: How many were spoiled, by kind.
    """

    def __init__(self, share: float, seed: int, late_s: float = 0.3) -> None:
        self.calls = 0
        self.spoiled: Counter[str] = Counter()
        self._share, self._late_s = share, late_s
        self._random, self._lock = Random(seed), Lock()

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on, spoiled or not."""
        if scope["type"] not in ("http", "websocket"):
            return await app(scope, receive, send)
        kind = self._kind()
        if kind and scope["type"] == "websocket":
            return await send({"type": "websocket.close"})
        if kind == "late":
            await asyncio.sleep(self._late_s)
        if kind in ("", "late"):
            return await app(scope, receive, send)
        if kind == "unavailable":
            return await PlainTextResponse("503 Service Unavailable", 503)(scope, receive, send)
        if kind == "cut":
            return await _cut(send)
        return await app(scope, receive, _Cut(send, keeps_half=kind == "half an answer"))

    def _kind(self) -> str:
        with self._lock:
            self.calls += 1
            if self._random.random() >= self._share:
                return ""
            kind = self._random.choice(KINDS)
            self.spoiled[kind] += 1
            return kind


class _Cut:
    """Sends an answer's head, and half of its body or nothing: the server then closes the connection."""

    def __init__(self, send: Send, *, keeps_half: bool) -> None:
        self._send, self._keeps_half, self._is_over = send, keeps_half, False

    async def __call__(self, message: Message) -> None:
        if self._is_over:
            return
        if message["type"] == "http.response.body":
            self._is_over = True
            body = message.get("body", b"")
            kept = body[: len(body) // 2] if self._keeps_half else b""
            message = {"type": "http.response.body", "body": kept, "more_body": True}
        elif not self._keeps_half and message["type"] == "http.response.start":
            message = {**message, "headers": [(b"content-length", b"1000")]}
        await self._send(message)


async def _cut(send: Send) -> None:
    """Begin an answer that never comes."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
