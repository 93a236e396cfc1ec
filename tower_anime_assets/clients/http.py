"""HTTP as every client uses it: a bearer token that is never shown, limits on size and time, no redirects, our errors.

No answer is trusted: it may be HTML, cut short, endless, or a redirect.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tower_anime_assets import safe_text
from tower_anime_assets.errors import MediaError, PlanError, ServiceRejectedError, ServiceUnavailableError
from tower_anime_assets.settings import COMMON_TOKEN_VARIABLE, BearerToken

if TYPE_CHECKING:
    import httpx  # 0.1 s, so it is loaded where a service is talked to

MAX_JSON_BYTES = 32_000_000
"""Longest JSON answer; one with a base64 sound of a few minutes is about 20 MB."""

MAX_JSON_VALUES = 2_000_000
"""Most values in a JSON answer, which bounds the memory that it takes; the list of a server's nodes has 200,000."""

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 60.0
"""How long a service may be silent within one answer; longer work is a job that is polled."""

MIN_BYTES_PER_S = 20_000
"""An answer that is slower than this for longer than a service may be silent is given up."""

ERROR_TIMEOUT_S = 10.0
"""How long the body of an error answer is read."""

_MAX_ERROR_BYTES = 64_000
_EXCERPT_CHARACTERS = 500
_UNPACKED = "Tell the service, or the proxy before it, not to compress answers to requests that accept `identity` only"
_JSON_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})


def timeout_of(answer_s: float) -> tuple[float, float, float, float]:
    """Return how long to wait for a connection, and at most `answer_s` for what comes after, seconds, as httpx does."""
    return (CONNECT_TIMEOUT_S, answer_s, answer_s, answer_s)


class HttpService:
    """One service at one address.

    Attributes:
        name: Name for messages, such as "ComfyUI".
        variable: The environment variable of its address.
        url: Its address without a trailing slash.
        authorization: Headers with the token, for connections that are opened elsewhere; never to be shown.

    Raises:
        PlanError: The token cannot be sent as a header.
    """

    def __init__(
        self, name: str, variable: str, url: str, token: str = "", *, answer_timeout_s: float = ANSWER_TIMEOUT_S
    ) -> None:
        import httpx

        from tower_anime_assets.clients.transport import DeadlineTransport

        self.name = name
        self.variable = variable
        self.url = url.rstrip("/")
        self._token = token
        self._token_variable = token.variable if isinstance(token, BearerToken) else COMMON_TOKEN_VARIABLE
        self._answer_timeout_s = answer_timeout_s
        if not all("!" <= character <= "~" for character in token):
            message = f"{self._token_variable} contains a space, a line break or a non-ASCII character. Set it again"
            raise PlanError(message)
        self.authorization = {"Authorization": f"Bearer {token}"} if token else {}
        # A small answer must not unpack to a large one: packed answers are not asked for, and refused.
        headers = {**self.authorization, "Accept-Encoding": "identity"}
        timeout = timeout_of(answer_timeout_s)
        # trust_env: a proxy or .netrc of this machine must neither see the token nor replace it.
        self._client = httpx.Client(
            headers=headers, timeout=timeout, follow_redirects=False, trust_env=False, transport=DeadlineTransport()
        )

    def close(self) -> None:
        """Close the connections; later calls fail."""
        self._client.close()

    def get_json(self, path: str) -> Any:
        """Return the JSON that a GET answers; errors as in `stream` and `read_json`."""
        with self.stream("GET", path) as response:
            return self.read_json(response)

    def post_json(self, path: str, body: Any) -> Any:
        """Return the JSON that a POST of JSON answers; errors as in `stream` and `read_json`."""
        with self.stream("POST", path, json=body) as response:
            return self.read_json(response)

    @contextmanager
    def stream(
        self, method: str, path: str, *, accepted_statuses: tuple[int, ...] = (200,), **request: Any
    ) -> Iterator[httpx.Response]:
        """Send a request and give its answer unread; read it with `read_json`, `read_bytes` or `save_body`.

        Args:
            method: HTTP method.
            path: Path below the service's address.
            accepted_statuses: Every other status is an error.
            request: Passed to httpx: `json`, `content`, `params`, `files`, `data`, `headers`, `timeout`.

        Raises:
            ServiceUnavailableError: The service does not answer, or is overloaded.
            ServiceRejectedError: It refuses or redirects, its answer is packed, or its address is not a URL.
        """
        import httpx

        try:
            with self._client.stream(method, f"{self.url}{path}", **request) as response:
                if response.status_code not in accepted_statuses:
                    self._raise_for_status(response)
                if packing := _packing(response):
                    raise self.contract_error(
                        response, f"a body packed as {self.excerpt(packing)!r}", "a plain body", _UNPACKED
                    )
                yield response
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise ServiceRejectedError(f"{self.variable} is not a valid URL; expected http://HOST:PORT") from error
        except httpx.HTTPError as error:
            message = f"{self.name} at {self.url}{path}: {self.redact(_describe_error(error))}. {self._remedy()}"
            raise ServiceUnavailableError(message) from self._safe_cause(error)

    def read_json(self, response: httpx.Response) -> Any:
        """Return an answer's JSON; None for an empty body.

        Raises:
            ServiceRejectedError: It is not JSON, longer than `MAX_JSON_BYTES`, or has over `MAX_JSON_VALUES` values.
            ServiceUnavailableError: It was cut short, or arrives too slowly.
        """
        text = self.read_bytes(response, MAX_JSON_BYTES)
        if not text:
            return None
        if _has_more_values(text, MAX_JSON_VALUES):
            found, expected = f"JSON with more than {MAX_JSON_VALUES:,} values", "an answer to one question"
            raise self.contract_error(response, found, expected)
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            content_type = response.headers.get("content-type", "a body")
            excerpt = self.excerpt(text.decode("utf-8", "replace"))
            raise self.contract_error(response, f"{content_type} that is not JSON: {excerpt}", "JSON") from error

    def read_bytes(self, response: httpx.Response, limit_bytes: int) -> bytes:
        """Return an answer's body.

        Raises:
            ServiceRejectedError: It is longer than `limit_bytes`.
            ServiceUnavailableError: It was cut short, or arrives too slowly.
        """
        return b"".join(self._iter_chunks(response, limit_bytes))

    def save_body(self, response: httpx.Response, target: Path, limit_bytes: int) -> int:
        """Write an answer's body to a file and return its length, bytes; errors as in `read_bytes`.

        Raises:
            MediaError: The file cannot be written.
        """
        try:
            with target.open("wb") as file:
                return sum(file.write(chunk) for chunk in self._iter_chunks(response, limit_bytes))
        except OSError as error:
            raise write_error(target, error) from error

    def redact(self, text: str) -> str:
        """Return text without the token, in case a service or a library quotes it."""
        return safe_text.hide_secrets(text, safe_text.spellings(self._token))

    def excerpt(self, value: object) -> str:
        """Return the start of a value in an answer, for a message: on one line and without the token."""
        # Redacted before it is cut, so that no part of a token is left at the end.
        text = re.sub(r"\s+", " ", self.redact(str(value))).strip()
        return text if len(text) <= _EXCERPT_CHARACTERS else f"{text[:_EXCERPT_CHARACTERS]}..."

    def contract_error(
        self, where: httpx.Response | str, found: str, expected: str, remedy: str = ""
    ) -> ServiceRejectedError:
        """Return the error for an answer that breaks the service's contract.

        Args:
            where: The answer, or the path that it came from; "" for the service as a whole.
            found: What was answered, already redacted.
            expected: What the contract allows.
            remedy: What to do about it, instead of checking that this is the service at all.
        """
        subject = f"{self.name} at {self.url}{where}" if isinstance(where, str) else self._subject(where)
        remedy = remedy or f"Is this {self.name}? Check {self.variable} and the service's log"
        return ServiceRejectedError(f"{subject} answered {found}; expected {expected}. {remedy}")

    def _safe_cause(self, error: httpx.HTTPError) -> httpx.HTTPError | None:
        """Return the cause of our error; None if a traceback would show the token in it."""
        return error if self.redact(str(error)) == str(error) else None

    def _iter_chunks(self, response: httpx.Response, limit_bytes: int) -> Iterator[bytes]:
        import httpx

        subject = self._subject(response)
        received_bytes, started_s = 0, time.monotonic()
        try:
            for chunk in response.iter_raw():
                received_bytes += len(chunk)
                if received_bytes > limit_bytes:
                    raise ServiceRejectedError(f"{subject}: answered more than {limit_bytes:,} bytes")
                elapsed_s = time.monotonic() - started_s
                if elapsed_s > self._answer_timeout_s + received_bytes / MIN_BYTES_PER_S:
                    message = f"{subject}: only {received_bytes:,} bytes arrived in {elapsed_s:.0f} s"
                    raise ServiceUnavailableError(f"{message}. {self._remedy()}")
                yield chunk
        except httpx.HTTPError as error:
            elapsed_s = time.monotonic() - started_s
            raise ServiceUnavailableError(
                f"{subject}: the answer ended after {received_bytes:,} bytes and {elapsed_s:.1f} s: "
                f"{self.redact(_describe_error(error))}. {self._remedy()}"
            ) from self._safe_cause(error)

    def _raise_for_status(self, response: httpx.Response) -> None:
        subject, status = self._subject(response), response.status_code
        if status in (401, 403):
            raise ServiceRejectedError(f"{subject}: {status}, not allowed. Check {self._token_variable}")
        if 300 <= status < 400:
            raise ServiceRejectedError(
                f"{subject}: {status}, a redirect, which is not followed. Set {self.variable} to the final address"
            )
        excerpt = self.excerpt(_read_error_body(response).decode("utf-8", "replace")) or "no message"
        if status in _TRANSIENT_STATUSES:
            raise ServiceUnavailableError(f"{subject}: {status}: {excerpt}. {self._remedy()}")
        raise ServiceRejectedError(f"{subject}: {status}: {excerpt}")

    def _subject(self, response: httpx.Response) -> str:
        return f"{self.name} at {response.url.copy_with(query=None, fragment=None)}"

    def _remedy(self) -> str:
        return f"Start it, correct {self.variable}, or unset {self.variable} to use the embedded engine"


class ServiceClient:
    """The base of the clients; each speaks the protocol of one service.

    Every method that asks the service raises `ServiceUnavailableError` if it does not answer or is overloaded, and
    `ServiceRejectedError` if it refuses or breaks its contract. Only other errors are listed with the methods.

    Attributes:
        url: The service's address without a trailing slash.
    """

    def __init__(self, service: HttpService) -> None:
        self._service = service
        self.url = service.url

    def close(self) -> None:
        """Close the connections; later calls fail."""
        self._service.close()


def write_error(path: Path, error: OSError) -> MediaError:
    """Return the error for a file that cannot be written."""
    return MediaError(f"cannot write {path}: {error.strerror or error}. Free some space or make the folder writable")


def _describe_error(error: httpx.HTTPError) -> str:
    message = str(error)
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _read_error_body(response: httpx.Response) -> bytes:
    """Return the start of an error answer's body; the rest, or an error in reading it, does not matter."""
    import httpx

    if packing := _packing(response):
        return f"a message packed as {packing}".encode()
    body, deadline_s = b"", time.monotonic() + ERROR_TIMEOUT_S
    try:
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > _MAX_ERROR_BYTES or time.monotonic() > deadline_s:
                break
    except httpx.HTTPError:
        pass
    return body


def _packing(response: httpx.Response) -> str:
    """Return how an answer's body is packed, "" when it is not."""
    packing = response.headers.get("content-encoding", "").strip().lower()
    return "" if packing in ("", "identity") else packing[:_EXCERPT_CHARACTERS]


def _has_more_values(text: bytes, limit: int) -> bool:
    """Return whether a JSON text has more values than `limit`, at the cost of a look through it."""
    if _count_values(text) <= limit:
        return False
    return _count_values(_JSON_STRING.sub(b"", text)) > limit


def _count_values(text: bytes) -> int:
    """Return an upper bound of the values in a JSON text: each but the first follows a comma or an opening bracket."""
    return 1 + sum(text.count(mark) for mark in (b",", b"[", b"{"))
