"""The progress of one ComfyUI job as its socket tells it. Nothing is decided by it: the history is the truth.

A socket that cannot be opened, or is lost, is no error: it is opened again after a pause, and until then there is
no progress to be seen.

Source: recorded socket messages of ComfyUI 0.3.64. Job events go only to the client id that submitted the job; what
was missed is not sent again; binary frames are previews.
"""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote, urlsplit

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

_OPEN_S = 3.0
_REOPEN_S = 5.0
_MAX_MESSAGE_BYTES = 16_000_000

_SAMPLER_WEIGHT = 20.0
"""How much longer than any other node a sampler is taken to work, in the share that is shown."""

_MOST_STEPS = 1e9

_LOGGER = logging.getLogger(__name__)
# The library's debug log quotes the handshake's headers, and with them the token.
_LOGGER.setLevel(logging.WARNING)


class JobProgress:
    """How far a job is, from the messages about it.

    Attributes:
        share: 0..1, never falling.
        words: What the server works at, for a person.
        is_over: Whether the socket said that the job ended, so that the history is worth reading now.
    """

    def __init__(self, prompt_id: str) -> None:
        self.share = 0.0
        self.words = "waiting"
        self.is_over = False
        self._prompt_id = prompt_id
        self._weights: dict[str, float] = {}
        self._classes: dict[str, str] = {}
        self._done: dict[str, float] = {}

    def learn(self, graph: Mapping[str, Any]) -> None:
        """Take note of the job's nodes, so that shares and words can be told."""
        for node, entry in graph.items():
            found = entry.get("class_type") if isinstance(entry, dict) else None
            self._classes[node] = found if isinstance(found, str) else ""
            is_sampler = "Sampler" in self._classes[node] and self._classes[node] != "KSamplerSelect"
            self._weights[node] = _SAMPLER_WEIGHT if is_sampler else 1.0

    def take(self, message: Any) -> bool:
        """Take a message in; return whether it shows that the job moved."""
        kind, data = (message.get("type"), message.get("data")) if isinstance(message, dict) else (None, None)
        if not isinstance(data, dict) or data.get("prompt_id") != self._prompt_id:
            return False
        if kind in ("execution_success", "execution_error", "execution_interrupted"):
            self.is_over = True
            return True
        if kind == "execution_cached":
            return self._take_cached(data.get("nodes"))
        if kind == "progress_state":
            return self._take_states(data.get("nodes"))
        if kind == "progress":
            return self._take_step(data.get("node"), data.get("value"), data.get("max"))
        if kind == "executing":
            return self._begin(data.get("node"))
        return kind == "executed" and self._reach(data.get("node"), 1.0)

    def _take_cached(self, nodes: Any) -> bool:
        news = [self._reach(node, 1.0) for node in nodes] if isinstance(nodes, list) else []
        return any(news)

    def _take_states(self, nodes: Any) -> bool:
        told = nodes.items() if isinstance(nodes, dict) else ()
        news = [self._take_state(node, state) for node, state in told if isinstance(state, dict)]
        return any(news)

    def _take_state(self, node: Any, state: Mapping[str, Any]) -> bool:
        if state.get("state") == "finished":
            return self._reach(node, 1.0)
        return self._take_step(node, state.get("value"), state.get("max"))

    def _take_step(self, node: Any, value: Any, most: Any) -> bool:
        if not _is_number(value) or not _is_number(most) or most <= 0 or not isinstance(node, str):
            return False
        self.words = f"{self._name(node)} {value:g} of {most:g}"
        return self._reach(node, min(1.0, value / most))

    def _begin(self, node: Any) -> bool:
        if not isinstance(node, str):
            self.is_over = node is None
            return self.is_over
        self.words = self._name(node)
        return self._reach(node, 0.0)

    def _reach(self, node: Any, part: float) -> bool:
        """Note that a node is done to a part; return whether that is news."""
        if not isinstance(node, str) or self._done.get(node, -1.0) >= part:
            return False
        self._done[node] = part
        whole = sum(self._weights.values())
        if whole:
            done = sum(self._weights.get(name, 0.0) * share for name, share in self._done.items())
            self.share = max(self.share, min(1.0, done / whole))
        return True

    def _name(self, node: str) -> str:
        return self._classes.get(node) or f"node {node}"


class ProgressSocket:
    """The socket of one client id; without an id there is none, and every wait is only a pause.

    Args:
        url: The server's address, `http://...` or `https://...`.
        client_id: The id under which the job was submitted; used by nobody else, for a second socket of the same id
            silences the first.
        headers: Sent with the handshake.
    """

    def __init__(self, url: str, client_id: str, headers: Mapping[str, str]) -> None:
        self._url = f"ws{url.removeprefix('http')}/ws?clientId={quote(client_id, safe='')}" if client_id else ""
        self._headers = dict(headers)
        self._held = ExitStack()
        self._connection: ClientConnection | None = None
        self._next_try = 0.0

    def __enter__(self) -> ProgressSocket:
        self._open()
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()

    def feed(self, progress: JobProgress, for_s: float) -> bool:
        """Take messages in for a while, less when the job is over; return whether one showed that the job moved."""
        has_moved = False
        until = time.monotonic() + for_s
        while not progress.is_over and (left_s := until - time.monotonic()) > 0:
            has_moved |= progress.take(self._message(left_s))
        return has_moved

    def _message(self, within_s: float) -> Any:
        """Return the next message, None when there is none in time, or it is a preview."""
        self._open()
        if self._connection is None:
            time.sleep(within_s)
            return None
        try:
            text = self._connection.recv(timeout=within_s)
        except TimeoutError:
            return None
        except (WebSocketException, OSError):  # lost: opened again later, and no error, for the history is the truth
            self._drop()
            return None
        try:
            return json.loads(text) if isinstance(text, str) else None
        except (ValueError, RecursionError):  # nothing is decided by it
            return None

    def _open(self) -> None:
        if not self._url or self._connection is not None or time.monotonic() < self._next_try:
            return
        self._next_try = time.monotonic() + _REOPEN_S
        parts = urlsplit(self._url)
        default = 443 if parts.scheme == "wss" else 80
        try:
            # A socket of our own cannot be led elsewhere: the library follows redirects, and would take no proxy.
            plain = socket.create_connection((parts.hostname or "", parts.port or default), _OPEN_S)
            self._held.callback(plain.close)
            self._connection = self._held.enter_context(
                connect(
                    self._url,
                    sock=plain,
                    additional_headers=self._headers,
                    proxy=None,
                    open_timeout=_OPEN_S,
                    close_timeout=0.2,
                    max_size=_MAX_MESSAGE_BYTES,
                    logger=_LOGGER,
                )
            )
        except (WebSocketException, OSError, ValueError):  # no socket, no progress, no error
            self._drop()

    def _drop(self) -> None:
        self._connection = None
        self._held.close()
        self._held = ExitStack()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MOST_STEPS
