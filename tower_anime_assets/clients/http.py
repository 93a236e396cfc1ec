"""HTTP as every client uses it: a bearer token that is never shown, limits on size and time, no redirects, our errors.

What a service answers is not trusted: it may be HTML, cut short, endless, or lead elsewhere.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tower_anime_assets.errors import MediaError, PlanError, ServiceRejectedError, ServiceUnavailableError

MAX_JSON_BYTES = 32_000_000
"""An answer that holds a base64 sound of a few minutes is about 20 MB; anything longer is no answer."""

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 60.0
"""How long a service may be silent within one answer; what takes longer is a job to be polled."""

MIN_BYTES_PER_S = 20_000
"""An answer that comes more slowly than this for longer than one may be silent is taken as one that never ends."""

ERROR_TIMEOUT_S = 10.0
"""How long the words of an answer that refuses are waited for."""

_MAX_ERROR_BYTES = 64_000
"""How much of an answer that refuses is read."""

_TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
_EXCERPT_CHARACTERS = 500


class HttpService:
    """One service at one address.

    Attributes:
        name: What messages call it, such as "ComfyUI".
        variable: The environment variable that gave its address.
        url: Its address without a trailing slash.
        authorization: The headers that carry the token, for what does not go through here; never to be shown.

    Raises:
        PlanError: The token cannot be sent as a header.
    """

    def __init__(
        self, name: str, variable: str, url: str, token: str = "", *, answer_timeout_s: float = ANSWER_TIMEOUT_S
    ) -> None:
        self.name = name
        self.variable = variable
        self.url = url.rstrip("/")
        self._token = token
        self._answer_timeout_s = answer_timeout_s
        if not all("!" <= character <= "~" for character in token):
            raise PlanError("TOWER_AUTH_TOKEN holds a space, a line end or a letter that is not ASCII; set it again")
        self.authorization = {"Authorization": f"Bearer {token}"} if token else {}
        # Nothing packed: a small answer must not unpack to a big one.
        headers = {**self.authorization, "Accept-Encoding": "identity"}
        timeout = httpx.Timeout(answer_timeout_s, connect=CONNECT_TIMEOUT_S)
        # trust_env: a proxy or .netrc of this machine must neither see the token nor replace it.
        self._client = httpx.Client(headers=headers, timeout=timeout, follow_redirects=False, trust_env=False)

    def close(self) -> None:
        """Close the connections; a later call fails."""
        self._client.close()

    def get_json(self, path: str, parameters: Mapping[str, str] | None = None) -> Any:
        """Return the JSON that a GET answers.

        Raises:
            ServiceUnavailableError: It does not answer, or says that it cannot now.
            ServiceRejectedError: It refuses, redirects, or answers something else than JSON.
        """
        with self.stream("GET", path, params=dict(parameters or {})) as response:
            return self.read_json(response)

    def post_json(self, path: str, body: Any) -> Any:
        """Return the JSON that a POST of JSON answers; None for an empty body.

        Raises:
            ServiceUnavailableError: It does not answer, or says that it cannot now.
            ServiceRejectedError: It refuses, redirects, or answers something else than JSON.
        """
        with self.stream("POST", path, json=body) as response:
            return self.read_json(response)

    @contextmanager
    def stream(
        self, method: str, path: str, *, accepted_statuses: tuple[int, ...] = (200,), **request: Any
    ) -> Iterator[httpx.Response]:
        """Give the answer to a request, its body unread; read it with `json_of`, `bytes_of` or `save`.

        Args:
            accepted: Status codes that are answers; every other one is an error.
            request: Passed to httpx: `json`, `content`, `params`, `files`, `data`, `headers`, `timeout`.

        Raises:
            ServiceUnavailableError: It does not answer, or says that it cannot now.
            ServiceRejectedError: It refuses or redirects.
        """
        try:
            with self._client.stream(method, f"{self.url}{path}", **request) as response:
                if response.status_code not in accepted_statuses:
                    self._raise_for_status(response, path)
                yield response
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise ServiceRejectedError(
                f"{self.variable} is no address that can be used; expected http://HOST:PORT"
            ) from error
        except httpx.HTTPError as error:
            message = f"{self._subject(path)}: {self.redact(_describe_error(error))}. {self._remedy()}"
            raise ServiceUnavailableError(message) from self._safe_cause(error)

    def read_json(self, response: httpx.Response) -> Any:
        """Return an answer's JSON, None when it is empty.

        Raises:
            ServiceRejectedError: It is not JSON, or longer than `MAX_JSON_BYTES`.
        """
        text = self.read_bytes(response, MAX_JSON_BYTES)
        if not text:
            return None
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            content_type = response.headers.get("content-type", "no content type")
            raise ServiceRejectedError(
                f"{_response_subject(response, self.name)}: answered {content_type} that is not JSON: {self._excerpt(text)}. Is this "
                f"{self.name}? Check {self.variable}"
            ) from error

    def read_bytes(self, response: httpx.Response, limit_bytes: int) -> bytes:
        """Return an answer's body.

        Raises:
            ServiceRejectedError: It is longer than `limit_bytes`.
            ServiceUnavailableError: It was cut short.
        """
        return b"".join(self._iter_chunks(response, limit_bytes))

    def save_body(self, response: httpx.Response, target: Path, limit_bytes: int) -> int:
        """Write an answer's body to a file of ours and return its length, bytes.

        Raises:
            ServiceRejectedError: It is longer than `limit_bytes`.
            ServiceUnavailableError: It was cut short, or comes too slowly.
            MediaError: The file cannot be written.
        """
        try:
            with target.open("wb") as file:
                return sum(file.write(chunk) for chunk in self._iter_chunks(response, limit_bytes))
        except OSError as error:
            raise MediaError(
                f"{target}: cannot be written: {error.strerror or error}. Make room, or mend its folder"
            ) from error

    def redact(self, text: str) -> str:
        """Return text without the token, in case a service or a library quotes it."""
        return text.replace(self._token, "***") if self._token else text

    def _safe_cause(self, error: httpx.HTTPError) -> httpx.HTTPError | None:
        """Return the error behind ours; None when a traceback would show the token that it quotes."""
        return error if self.redact(str(error)) == str(error) else None

    def _iter_chunks(self, response: httpx.Response, limit_bytes: int) -> Iterator[bytes]:
        received_bytes, started_s = 0, time.monotonic()
        try:
            for chunk in response.iter_bytes():
                received_bytes += len(chunk)
                if received_bytes > limit_bytes:
                    raise ServiceRejectedError(
                        f"{_response_subject(response, self.name)}: answered more than {limit_bytes:,} bytes"
                    )
                elapsed_s = time.monotonic() - started_s
                if elapsed_s > self._answer_timeout_s + received_bytes / MIN_BYTES_PER_S:
                    raise ServiceUnavailableError(
                        f"{_response_subject(response, self.name)}: only {received_bytes:,} bytes came in {elapsed_s:.0f} s. {self._remedy()}"
                    )
                yield chunk
        except httpx.HTTPError as error:
            elapsed_s = time.monotonic() - started_s
            raise ServiceUnavailableError(
                f"{_response_subject(response, self.name)}: the answer ended after {received_bytes:,} bytes and {elapsed_s:.1f} s: "
                f"{self.redact(_describe_error(error))}. {self._remedy()}"
            ) from self._safe_cause(error)

    def _raise_for_status(self, response: httpx.Response, path: str) -> None:
        status = response.status_code
        if status in (401, 403):
            raise ServiceRejectedError(f"{self._subject(path)}: {status}, not allowed. Check TOWER_AUTH_TOKEN")
        if 300 <= status < 400:
            raise ServiceRejectedError(
                f"{self._subject(path)}: {status}, wants to lead elsewhere, which is not followed. Set {self.variable} to "
                "the address itself"
            )
        excerpt = self._excerpt(_read_error_body(response))
        if status in _TRANSIENT_STATUSES:
            raise ServiceUnavailableError(f"{self._subject(path)}: {status}: {excerpt}. {self._remedy()}")
        raise ServiceRejectedError(f"{self._subject(path)}: {status}: {excerpt}")

    def _excerpt(self, body: bytes) -> str:
        # Cleaned before it is cut, so that no part of a token is left at the end.
        text = self.redact(body.decode("utf-8", "replace"))
        return re.sub(r"\s+", " ", text).strip()[:_EXCERPT_CHARACTERS] or "no words"

    def _subject(self, path: str) -> str:
        return f"{self.name} at {self.url}{path}"

    def _remedy(self) -> str:
        return f"Start it, correct {self.variable}, or unset {self.variable} to use the embedded engine"


def _describe_error(error: httpx.HTTPError) -> str:
    message = str(error)
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _response_subject(response: httpx.Response, name: str) -> str:
    return f"{name} at {response.url.copy_with(query=None, fragment=None)}"


def _read_error_body(response: httpx.Response) -> bytes:
    """Return the beginning of an answer that refuses, as far as it comes: its status has said enough."""
    body, deadline_s = b"", time.monotonic() + ERROR_TIMEOUT_S
    try:
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > _MAX_ERROR_BYTES or time.monotonic() > deadline_s:
                break
    except httpx.HTTPError:  # cut short; what came is shown
        pass
    return body
