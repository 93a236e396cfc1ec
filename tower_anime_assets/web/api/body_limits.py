"""How long a request's body may be. Files that people bring are streamed, and have limits of their own."""

from __future__ import annotations

from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY_BYTES: Final = 12_000_000
"""The longest body that is read whole: the longest screenplay, 8 MiB, as base64 in JSON."""

_STREAMED: Final = ("/imports", "/references")
"""Ends of the paths whose routes write the body to a file as it comes."""


class LimitedBodies:
    """Refuses bodies that are too long before they fill the memory."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and not scope["path"].endswith(_STREAMED):
            receive = _limited(receive)
        await self._app(scope, receive, send)


def _limited(receive: Receive) -> Receive:
    length_bytes = 0

    async def receive_limited() -> Message:
        nonlocal length_bytes
        message = await receive()
        length_bytes += len(message.get("body", b""))
        if length_bytes > MOST_BODY_BYTES:
            raise HTTPException(
                413,
                f"a request's body has at most {MOST_BODY_BYTES:,} bytes. Split what you send",
                {"Connection": "close"},
            )
        return message

    return receive_limited
