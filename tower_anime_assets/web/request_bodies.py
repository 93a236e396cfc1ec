"""Bodies of requests that were read whole before the application reads them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


def receive_again(body: bytes, receive: Receive) -> Receive:
    """Return what an application reads from: the body, in one message, then whatever else comes."""
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_rest() -> Message:
        return whole.pop() if whole else await receive()

    return receive_rest
