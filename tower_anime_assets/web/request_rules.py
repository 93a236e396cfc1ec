"""What every request must fulfil before anybody asks who sent it: host, origin, method and content type.

Pure functions of an ASGI scope; what of these a browser sends, the page that it shows cannot choose.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from tower_anime_assets.settings import Scope

API_PREFIX = "/api"
DAGSTER_PREFIX = "/dagster"
GRAPHQL_PATH = f"{DAGSTER_PREFIX}/graphql"
SIGN_IN_PATH = "/sign-in"
SIGN_OUT_PATH = "/sign-out"
HEALTH_PATH = "/health"

OPEN_PATHS = frozenset({SIGN_IN_PATH, HEALTH_PATH})
"""Paths that answer whoever asks."""

READING_METHODS = ("GET", "HEAD")

FORM = "application/x-www-form-urlencoded"
FILE_TYPES = frozenset(
    {
        *("application/octet-stream", "image/png", "image/jpeg", "image/webp", "video/mp4", "video/quicktime"),
        *("video/webm", "video/x-matroska", "audio/wav", "audio/flac", "audio/mpeg"),
    }
)
"""What the API takes besides JSON: types that no page of another site can send without asking first."""

_FORM_PATHS = frozenset({SIGN_IN_PATH, SIGN_OUT_PATH})
_REPORT_PATH = re.compile(
    re.escape(DAGSTER_PREFIX) + r"/report_asset_(materialization|check|observation)/.*", re.DOTALL
)

ASGIScope = Mapping[str, Any]


class Refusal(Exception):  # noqa: N818 - an answer to a request, not an error of ours
    """The guard does not pass a request on.

    Attributes:
        status: The HTTP status that is answered.
        message: What is wrong with the request and what to do; nothing of the request is repeated.
        headers: Further headers of the answer.
    """

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


def header_values(scope: ASGIScope, name: bytes) -> list[str]:
    """Return every value of a header, whose name is in lower case."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def is_below_dagster(scope: ASGIScope) -> bool:
    """Return whether a request is for Dagster's web UI."""
    return bool(f"{scope['path']}/".startswith(f"{DAGSTER_PREFIX}/"))


def is_below_api(scope: ASGIScope) -> bool:
    """Return whether a request is for the API."""
    return bool(f"{scope['path']}/".startswith(f"{API_PREFIX}/"))


def check_host(scope: ASGIScope, allowed_hosts: Collection[str]) -> None:
    """Refuse a request that was sent to another name than ours: DNS rebinding.

    Raises:
        Refusal: 421.
    """
    hosts = header_values(scope, b"host")
    if len(hosts) != 1 or hosts[0].lower() not in allowed_hosts:
        raise Refusal(
            421,
            "Tower does not answer under this name. Open it under the address that `tower up` prints; if it is to be "
            "reached under another one, set TOWER_PUBLIC_URL to that.",
        )


def check_origin(scope: ASGIScope, allowed_origins: Collection[str]) -> None:
    """Refuse what another site's page sends.

    Raises:
        Refusal: 403.
    """
    if any(origin not in allowed_origins for origin in header_values(scope, b"origin")):
        raise Refusal(403, "This request comes from a page of another site, which may not use Tower.")


def check_fetch_site(scope: ASGIScope) -> None:
    """Refuse what a browser says comes from elsewhere, except a person who follows a link or reloads a page.

    Raises:
        Refusal: 403.
    """
    if set(header_values(scope, b"sec-fetch-site")) <= {"same-origin", "none"}:
        return
    is_navigation = (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and header_values(scope, b"sec-fetch-mode") == ["navigate"]
        and header_values(scope, b"sec-fetch-dest") == ["document"]
    )
    if not is_navigation:
        raise Refusal(403, "This request comes from a page of another site, which may not use Tower.")


def check_origin_is_named(scope: ASGIScope) -> None:
    """Refuse a change or a WebSocket without Origin; asked of callers whose browser sends a cookie by itself.

    Raises:
        Refusal: 403.
    """
    may_change = scope["type"] == "websocket" or scope["method"] not in READING_METHODS
    if may_change and not header_values(scope, b"origin"):
        raise Refusal(403, "A request with a cookie needs an Origin header; programs send a bearer token instead.")


def check_method(scope: ASGIScope) -> None:
    """Refuse changes by GET, and bodies that a page of any site may send without being asked (forms, plain text).

    Raises:
        Refusal: 405 or 415.
    """
    if scope["type"] == "websocket":
        return
    method, path = scope["method"], scope["path"]
    if not is_below_dagster(scope):
        if method not in READING_METHODS:
            others = {FORM} if path in _FORM_PATHS else FILE_TYPES if is_below_api(scope) else frozenset[str]()
            _check_content_type(scope, others, allows_nothing=True)
    elif method in READING_METHODS:
        # Dagster carries out what a query string says, also mutations.
        if re.sub("/+", "/", path).rstrip("/") == GRAPHQL_PATH and scope["query_string"]:
            raise Refusal(405, "GraphQL is sent by POST, as application/json.", {"Allow": "POST"})
    elif method == "POST" and path == GRAPHQL_PATH:
        _check_content_type(scope)
    elif method == "POST" and _REPORT_PATH.fullmatch(path):
        _check_content_type(scope, allows_nothing=True)
    else:
        raise Refusal(405, "Dagster has nothing at this address that this method could change.", {"Allow": "GET, HEAD"})


def _check_content_type(
    scope: ASGIScope, others: Collection[str] = frozenset(), *, allows_nothing: bool = False
) -> None:
    values = header_values(scope, b"content-type")
    if not values and allows_nothing and not _has_body(scope):
        return
    # In lower case only: Dagster does not know "Application/JSON", and would carry out the query string instead.
    allowed = {"application/json", *others}
    if len(values) != 1 or values[0].partition(";")[0].strip() not in allowed:
        raise Refusal(415, f"The body must be {' or '.join(sorted(allowed))}, and its Content-Type must say so.")


def _has_body(scope: ASGIScope) -> bool:
    lengths = header_values(scope, b"content-length")
    return bool(header_values(scope, b"transfer-encoding")) or any(length.strip() != "0" for length in lengths)


def needed_scope(scope: ASGIScope) -> Scope:
    """Return what a caller must be allowed at least; what GraphQL documents need on top depends on their text."""
    if scope["type"] == "websocket" or scope["method"] in READING_METHODS:
        return Scope.READ
    if is_below_api(scope):
        return Scope.READ  # each of its routes says what it needs, and it refuses to start if one does not
    return Scope.READ if scope["path"] in (GRAPHQL_PATH, SIGN_OUT_PATH) else Scope.SPEND
