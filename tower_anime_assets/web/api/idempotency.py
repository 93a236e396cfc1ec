"""Idempotency keys: a request that is sent again is answered as before, and carried out once.

Pure ASGI around the API. What failed on our side frees its key, so that the same request can be tried again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tower_anime_assets.errors import TowerError
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.idempotent_requests import (
    KnownRequest,
    StoredAnswer,
    begin_request,
    finish_request,
    forget_request,
)
from tower_anime_assets.web.api.body_limits import MOST_BODY_BYTES
from tower_anime_assets.web.api.context import caller_of
from tower_anime_assets.web.api.problems import error_response, problem_response
from tower_anime_assets.web.request_bodies import receive_again

HEADER: Final = b"idempotency-key"
MOST_KEY_CHARACTERS: Final = 200

_KEPT_HEADERS: Final = frozenset({"content-type", "etag", "location"})


class IdempotentRequests:
    """Carries out each POST with an `Idempotency-Key` once."""

    def __init__(self, app: ASGIApp, database: Database) -> None:
        self._app = app
        self._database = database
        self._server_id = str(uuid4())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        keys = [value.decode("latin-1") for name, value in scope.get("headers", ()) if name == HEADER]
        if scope["type"] != "http" or scope["method"] != "POST" or not keys:
            await self._app(scope, receive, send)
            return
        try:
            response = await self._answer(scope, receive, send, keys)
        except TowerError as error:
            response = error_response(error)
        if response is not None:
            await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, keys: list[str]) -> Response | None:
        """Return the answer that is not sent yet, or None."""
        key = keys[0].strip()
        if len(keys) != 1 or not key or len(key) > MOST_KEY_CHARACTERS or not key.isprintable():
            return problem_response(
                422, f"Idempotency-Key must be one text of 1 to {MOST_KEY_CHARACTERS} printable characters"
            )
        body = await _read_body(receive)
        if body is None:
            return problem_response(413, f"a request with an Idempotency-Key has at most {MOST_BODY_BYTES:,} bytes")
        caller = caller_of(scope).name
        request_sha256 = _digest(scope, body)
        known = await asyncio.to_thread(begin_request, self._database, caller, key, request_sha256, self._server_id)
        if known is not None:
            return self._answer_again(known, request_sha256)
        answer = _KeptAnswer(send)
        try:
            await self._app(scope, receive_again(body, receive), answer.send)
        finally:
            stored = answer.stored()
            if stored is None:
                await asyncio.to_thread(forget_request, self._database, caller, key)
            else:
                await asyncio.to_thread(finish_request, self._database, caller, key, stored)
        return None

    def _answer_again(self, known: KnownRequest, request_sha256: str) -> Response:
        if known.request_sha256 != request_sha256:
            return problem_response(
                422, "this Idempotency-Key was sent with another request before. Use a key of its own for each"
            )
        if known.answer is not None:
            headers = {**known.answer.headers, "Idempotency-Replayed": "true"}
            return Response(known.answer.body, known.answer.status, headers)
        if known.server_id == self._server_id:
            return problem_response(
                409, "the same request is being carried out. Send it again in a moment", headers={"Retry-After": "1"}
            )
        return problem_response(
            409,
            "the web server ended while it carried this request out, and whether it took effect is not known. Look "
            "what is there now, then send it with another Idempotency-Key if it is still needed",
        )


class _KeptAnswer:
    """Passes an answer on, and keeps it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._status = 500
        self._headers: Mapping[str, str] = {}
        self._body = bytearray()
        self._is_whole = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            pairs = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in message["headers"])
            self._headers = {name: value for name, value in pairs if name in _KEPT_HEADERS}
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            self._is_whole = not message.get("more_body")
        await self._send(message)

    def stored(self) -> StoredAnswer | None:
        """Return the answer if the request took effect or is wrong for good; else it may be sent again."""
        if not self._is_whole or self._status >= 500:
            return None
        return StoredAnswer(self._status, self._headers, bytes(self._body))


async def _read_body(receive: Receive) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MOST_BODY_BYTES:
            return None
        if message["type"] != "http.request" or not message.get("more_body"):
            return bytes(body)


def _digest(scope: Scope, body: bytes) -> str:
    if_match = [value.decode("latin-1") for name, value in scope["headers"] if name == b"if-match"]
    parts: list[Any] = [scope["path"], scope["query_string"].decode("latin-1"), if_match, sha256(body).hexdigest()]
    return sha256(json.dumps(parts).encode()).hexdigest()
