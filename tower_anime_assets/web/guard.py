"""The guard before everything that the web process serves: who may talk to it, from where, and by what means.

Pure ASGI, so that HTTP and WebSockets pass the same rules; the rules themselves are in `request_rules`.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from typing import Any, Protocol
from urllib.parse import quote

from tower_anime_assets.errors import TowerError
from tower_anime_assets.settings import Scope
from tower_anime_assets.web import request_rules
from tower_anime_assets.web.access import CALLER_KEY, AccessDenied, Caller
from tower_anime_assets.web.graphql_documents import has_mutation
from tower_anime_assets.web.pages import STYLE_DIGEST
from tower_anime_assets.web.request_bodies import Message, Receive, receive_again
from tower_anime_assets.web.request_rules import Refusal, header_values

Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

MAX_GRAPHQL_BYTES = 1_000_000
"""The longest body that is read before it is known to change nothing."""

_PAGE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{STYLE_DIGEST}'; img-src 'self' data:%s; media-src 'self'%s; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of our own pages, which have no scripts; their media may be in a bucket."""

DAGSTER_POLICY = "frame-ancestors 'self'"
"""Added to the policy that each page of Dagster's has; it shows notebooks in a frame."""

POLICY_VIOLATION = 1008
"""How a WebSocket is closed that asks for what it may not."""

_SPEND_MESSAGE = "This changes or starts something, which needs the scope `spend`."


class AccessCheck(Protocol):
    """What the guard asks who a caller is."""

    async def identify(self, scope: Mapping[str, Any]) -> Caller:
        """Return who sends a request; seldom waits for the database.

        Args:
            scope: The ASGI scope of an HTTP request or a WebSocket.

        Raises:
            AccessDenied: It says of nobody who may ask, or asks too often.
        """


class Guard:
    """Passes on to an application only what its own pages, or a caller who is known, may have sent.

    The `Caller` is in `scope["state"][CALLER_KEY]` of what is passed on; of the paths that are open to everybody it
    is missing.
    """

    def __init__(
        self,
        app: ASGIApp,
        allowed_hosts: Collection[str],
        allowed_origins: Collection[str],
        access: AccessCheck,
        media_origin: str = "",
    ) -> None:
        self._app = app
        self._allowed_hosts = allowed_hosts
        self._allowed_origins = allowed_origins
        self._access = access
        media = f" {media_origin}" if media_origin else ""
        self._page_policy = _PAGE_POLICY % (media, media)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, one WebSocket, or the server's start and end."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        guarded_send = _with_headers(send, "" if request_rules.is_below_dagster(scope) else self._page_policy)
        try:
            receive = await self._admit(scope, receive, guarded_send)
        except Refusal as refusal:
            await _refuse(refusal, scope, receive, guarded_send)
            return
        if scope["type"] == "websocket":
            receive, guarded_send = self._while_known(scope, receive, guarded_send)
        await self._app(scope, receive, guarded_send)

    async def _admit(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> Receive:
        """Return what the application reads from; the order of the checks is that of what costs and tells least."""
        request_rules.check_host(scope, self._allowed_hosts)
        request_rules.check_origin(scope, self._allowed_origins)
        request_rules.check_fetch_site(scope)
        request_rules.check_method(scope)
        if scope["type"] == "http" and scope["path"] in request_rules.OPEN_PATHS:
            return receive
        caller = await self._identify(scope)
        scope.setdefault("state", {})[CALLER_KEY] = caller
        if caller.has_cookie:
            request_rules.check_origin_is_named(scope)
        needed = request_rules.needed_scope(scope)
        if not caller.scope.includes(needed):
            raise Refusal(403, f"This needs the scope `{needed}`.")
        if caller.scope.includes(Scope.SPEND):
            return receive
        if scope["type"] == "websocket":
            return _without_mutations(receive, send)
        if scope["path"] == request_rules.GRAPHQL_PATH and scope["method"] == "POST":
            return await _require_no_mutation(receive)
        return receive

    def _while_known(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> tuple[Receive, Send]:
        """Return what a WebSocket's application reads from and sends to; both end once the caller is not known."""
        has_ended = False

        async def is_known() -> bool:
            nonlocal has_ended
            if not has_ended:
                try:
                    await self._access.identify(scope)
                except (AccessDenied, TowerError):
                    has_ended = True
                    await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "You were signed out."})
            return not has_ended

        async def receive_known() -> Message:
            message = await receive()
            return message if message["type"] != "websocket.receive" or await is_known() else _LEFT

        async def send_known(message: Message) -> None:
            if message["type"] == "websocket.accept" or await is_known():
                await send(message)

        return receive_known, send_known

    async def _identify(self, scope: MutableMapping[str, Any]) -> Caller:
        try:
            return await self._access.identify(scope)
        except AccessDenied as denied:
            if denied.status == 401 and _wants_page(scope):
                raise Refusal(303, "Sign in first.", {"Location": _sign_in_address(scope)}) from denied
            headers = {} if denied.retry_after_s is None else {"Retry-After": str(math.ceil(denied.retry_after_s))}
            if denied.status == 401:
                headers["WWW-Authenticate"] = "Bearer"
            raise Refusal(denied.status, denied.message, headers) from denied
        except TowerError as error:
            raise Refusal(503, f"Nobody can be admitted now: {error}", {"Retry-After": "5"}) from error


_LEFT: Message = {"type": "websocket.disconnect", "code": POLICY_VIOLATION}


def _wants_page(scope: Mapping[str, Any]) -> bool:
    """Return whether a person waits for a page, rather than a program or a page for data."""
    if scope["type"] != "http" or scope["method"] not in request_rules.READING_METHODS:
        return False
    modes = header_values(scope, b"sec-fetch-mode")
    return modes == ["navigate"] if modes else "text/html" in ",".join(header_values(scope, b"accept"))


def _sign_in_address(scope: Mapping[str, Any]) -> str:
    """Return the address of the sign-in page, which leads back to the page that was asked for."""
    path, query = quote(scope["path"]), scope["query_string"].decode("latin-1")
    # "//other.example" and "/\other.example" would lead to another site.
    is_local = path.startswith("/") and not path.startswith(("//", "/%5C"))
    target = f"{path}?{query}" if query else path
    return f"{request_rules.SIGN_IN_PATH}?next={quote(target if is_local else '/', safe='/')}"


async def _require_no_mutation(receive: Receive) -> Receive:
    """Read a body whole, and return what the application reads it from again.

    Raises:
        Refusal: It holds a mutation, cannot be read, or is too long.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refusal(400, "The body ended too early.")
        body += message.get("body", b"")
        if len(body) > MAX_GRAPHQL_BYTES:
            raise Refusal(413, f"The body is longer than {MAX_GRAPHQL_BYTES:,} bytes.")
        if not message.get("more_body"):
            break
    if await asyncio.to_thread(has_mutation, bytes(body)):
        raise Refusal(403, _SPEND_MESSAGE)
    return receive_again(bytes(body), receive)


def _without_mutations(receive: Receive, send: Send) -> Receive:
    """Return what a WebSocket's application reads from: it ends before the first mutation."""

    async def receive_checked() -> Message:
        message = await receive()
        if message["type"] != "websocket.receive":
            return message
        try:
            is_refused = message.get("text") is None or await asyncio.to_thread(has_mutation, message["text"])
        except Refusal:
            is_refused = True
        if not is_refused:
            return message
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": _SPEND_MESSAGE})
        return _LEFT

    return receive_checked


def _with_headers(send: Send, page_policy: str) -> Send:
    """Return a `send` that adds to each answer what browsers must not do with it; "" for Dagster's pages."""
    is_dagster = not page_policy

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            fixed = {
                b"x-content-type-options": b"nosniff",
                b"referrer-policy": b"same-origin",
                b"x-frame-options": b"SAMEORIGIN" if is_dagster else b"DENY",
            }
            headers = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in fixed]
            policies = [value for name, value in headers if name.lower() == b"content-security-policy"]
            if is_dagster or not policies:
                headers.append((b"content-security-policy", (page_policy or DAGSTER_POLICY).encode()))
            message = {**message, "headers": [*headers, *fixed.items()]}
        await send(message)

    return send_with_headers


async def _refuse(refusal: Refusal, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()  # the request to connect; closed before it is accepted, the browser is answered 403
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": refusal.message})
        return
    is_api = request_rules.is_below_api(scope)
    is_data = is_api or "application/json" in ",".join(header_values(scope, b"accept"))
    answer = {"title": "Not let in", "status": refusal.status, "detail": refusal.message, "remedy": "", "exit_code": 2}
    text = json.dumps(answer if is_api else {"detail": refusal.message}) if is_data else refusal.message
    body = f"{text}\n".encode()
    data_type = "application/problem+json" if is_api else "application/json"
    headers = {
        "Content-Type": data_type if is_data else "text/plain; charset=utf-8",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        **refusal.headers,
    }
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": encoded})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
