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

SLOWEST_BYTES_PER_S = 20_000
"""An answer that comes more slowly than this for longer than one may be silent is taken as one that never ends."""

ERROR_TIMEOUT_S = 10.0
"""How long the words of an answer that refuses are waited for."""

_MAX_ERROR_BYTES = 64_000
"""How much of an answer that refuses is read."""

_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_SHOWN_CHARACTERS = 500


class Service:
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
        with self.stream("GET", path, params=dict(parameters or {})) as answer:
            return self.json_of(answer)

    def post_json(self, path: str, body: Any) -> Any:
        """Return the JSON that a POST of JSON answers; None for an empty body.

        Raises:
            ServiceUnavailableError: It does not answer, or says that it cannot now.
            ServiceRejectedError: It refuses, redirects, or answers something else than JSON.
        """
        with self.stream("POST", path, json=body) as answer:
            return self.json_of(answer)

    @contextmanager
    def stream(
        self, method: str, path: str, *, accepted: tuple[int, ...] = (200,), **request: Any
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
            with self._client.stream(method, f"{self.url}{path}", **request) as answer:
                if answer.status_code not in accepted:
                    self._refuse(answer, path)
                yield answer
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise ServiceRejectedError(
                f"{self.variable} is no address that can be used; expected http://HOST:PORT"
            ) from error
        except httpx.HTTPError as error:
            words = f"{self._at(path)}: {self.clean(_why(error))}. {self._remedy()}"
            raise ServiceUnavailableError(words) from self._cause(error)

    def json_of(self, answer: httpx.Response) -> Any:
        """Return an answer's JSON, None when it is empty.

        Raises:
            ServiceRejectedError: It is not JSON, or longer than `MAX_JSON_BYTES`.
        """
        text = self.bytes_of(answer, MAX_JSON_BYTES)
        if not text:
            return None
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            kind = answer.headers.get("content-type", "no content type")
            raise ServiceRejectedError(
                f"{_address(answer, self.name)}: answered {kind} that is not JSON: {self._shown(text)}. Is this "
                f"{self.name}? Check {self.variable}"
            ) from error

    def bytes_of(self, answer: httpx.Response, limit_bytes: int) -> bytes:
        """Return an answer's body.

        Raises:
            ServiceRejectedError: It is longer than `limit_bytes`.
            ServiceUnavailableError: It was cut short.
        """
        return b"".join(self._pieces(answer, limit_bytes))

    def save(self, answer: httpx.Response, to: Path, limit_bytes: int) -> int:
        """Write an answer's body to a file of ours and return its length, bytes.

        Raises:
            ServiceRejectedError: It is longer than `limit_bytes`.
            ServiceUnavailableError: It was cut short, or comes too slowly.
            MediaError: The file cannot be written.
        """
        try:
            with to.open("wb") as file:
                return sum(file.write(piece) for piece in self._pieces(answer, limit_bytes))
        except OSError as error:
            raise MediaError(
                f"{to}: cannot be written: {error.strerror or error}. Make room, or mend its folder"
            ) from error

    def clean(self, text: str) -> str:
        """Return text without the token, in case a service or a library quotes it."""
        return text.replace(self._token, "***") if self._token else text

    def _cause(self, error: httpx.HTTPError) -> httpx.HTTPError | None:
        """Return the error behind ours; None when a traceback would show the token that it quotes."""
        return error if self.clean(str(error)) == str(error) else None

    def _pieces(self, answer: httpx.Response, limit_bytes: int) -> Iterator[bytes]:
        got, began = 0, time.monotonic()
        try:
            for piece in answer.iter_bytes():
                got += len(piece)
                if got > limit_bytes:
                    raise ServiceRejectedError(
                        f"{_address(answer, self.name)}: answered more than {limit_bytes:,} bytes"
                    )
                spent_s = time.monotonic() - began
                if spent_s > self._answer_timeout_s + got / SLOWEST_BYTES_PER_S:
                    raise ServiceUnavailableError(
                        f"{_address(answer, self.name)}: only {got:,} bytes came in {spent_s:.0f} s. {self._remedy()}"
                    )
                yield piece
        except httpx.HTTPError as error:
            spent_s = time.monotonic() - began
            raise ServiceUnavailableError(
                f"{_address(answer, self.name)}: the answer ended after {got:,} bytes and {spent_s:.1f} s: "
                f"{self.clean(_why(error))}. {self._remedy()}"
            ) from self._cause(error)

    def _refuse(self, answer: httpx.Response, path: str) -> None:
        status = answer.status_code
        if status in (401, 403):
            raise ServiceRejectedError(f"{self._at(path)}: {status}, not allowed. Check TOWER_AUTH_TOKEN")
        if 300 <= status < 400:
            raise ServiceRejectedError(
                f"{self._at(path)}: {status}, wants to lead elsewhere, which is not followed. Set {self.variable} to "
                "the address itself"
            )
        said = self._shown(_beginning(answer))
        if status in _TRANSIENT:
            raise ServiceUnavailableError(f"{self._at(path)}: {status}: {said}. {self._remedy()}")
        raise ServiceRejectedError(f"{self._at(path)}: {status}: {said}")

    def _shown(self, body: bytes) -> str:
        # Cleaned before it is cut, so that no part of a token is left at the end.
        text = self.clean(body.decode("utf-8", "replace"))
        return re.sub(r"\s+", " ", text).strip()[:_SHOWN_CHARACTERS] or "no words"

    def _at(self, path: str) -> str:
        return f"{self.name} at {self.url}{path}"

    def _remedy(self) -> str:
        return f"Start it, correct {self.variable}, or unset {self.variable} to use the embedded engine"


def _why(error: httpx.HTTPError) -> str:
    words = str(error)
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _address(answer: httpx.Response, name: str) -> str:
    return f"{name} at {answer.url.copy_with(query=None, fragment=None)}"


def _beginning(answer: httpx.Response) -> bytes:
    """Return the beginning of an answer that refuses, as far as it comes: its status has said enough."""
    body, until = b"", time.monotonic() + ERROR_TIMEOUT_S
    try:
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > _MAX_ERROR_BYTES or time.monotonic() > until:
                break
    except httpx.HTTPError:  # cut short; what came is shown
        pass
    return body
