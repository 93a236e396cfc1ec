"""The progress of one ComfyUI job, from its socket. It is only displayed; the history decides what became of the job.

A socket that cannot be opened, or is lost, is not an error: it is opened again after a pause, and no progress is shown
until then.

Source: recorded socket messages of ComfyUI 0.3.64. Job events go only to the client id that submitted the job; missed
events are not sent again; binary frames are previews.
"""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

_CONNECT_TIMEOUT_S = 3.0
_RECONNECT_PAUSE_S = 5.0
_MAX_MESSAGE_BYTES = 16_000_000

_SAMPLER_WEIGHT = 20.0
"""How much longer than any other node a sampler is assumed to take."""

_MAX_STEPS = 1e9

_LOGGER = logging.getLogger(__name__)
# The library's debug log contains the handshake's headers, and so the token.
_LOGGER.setLevel(logging.WARNING)


class JobProgress:
    """The progress of a job, computed from messages.

    Attributes:
        share: 0..1, never decreasing.
        words: What the server is working on, for people.
        standing: The same as a clause that a duration can follow, such as "KSampler has been at step 3 of 20".
        is_over: Whether a message said that the job ended, so that the history should be read now.
    """

    def __init__(self, prompt_id: str) -> None:
        self.share = 0.0
        self.words = "waiting"
        self.standing = "its job has been running, without news of its progress,"
        self.is_over = False
        self._prompt_id = prompt_id
        self._weights: dict[str, float] = {}
        self._classes: dict[str, str] = {}
        self._node_shares: dict[str, float] = {}

    def set_graph(self, graph: Mapping[str, Any]) -> None:
        """Set the job's nodes, which give shares their weights and words their names."""
        for node, entry in graph.items():
            class_type = entry.get("class_type") if isinstance(entry, dict) else None
            self._classes[node] = class_type if isinstance(class_type, str) else ""
            is_sampler = "Sampler" in self._classes[node] and self._classes[node] != "KSamplerSelect"
            self._weights[node] = _SAMPLER_WEIGHT if is_sampler else 1.0

    def apply_message(self, message: Any) -> bool:
        """Apply a message; return whether it shows progress."""
        kind, data = (message.get("type"), message.get("data")) if isinstance(message, dict) else (None, None)
        if not isinstance(data, dict):
            return False
        if kind == "executing" and "prompt_id" not in data and data.get("node") is not None:
            # What a server says first to a socket that comes late; it says so only to the client of the running job.
            return self._start_node(data["node"])
        if data.get("prompt_id") != self._prompt_id:
            return False
        if kind in ("execution_success", "execution_error", "execution_interrupted"):
            self.is_over = True
            return True
        if kind == "execution_cached":
            return self._apply_cached(data.get("nodes"))
        if kind == "progress_state":
            return self._apply_states(data.get("nodes"))
        if kind == "progress":
            return self._apply_step(data.get("node"), data.get("value"), data.get("max"))
        if kind == "executing":
            return self._start_node(data.get("node"))
        return kind == "executed" and self._advance_node(data.get("node"), 1.0)

    def _apply_cached(self, nodes: Any) -> bool:
        advanced = [self._advance_node(node, 1.0) for node in nodes] if isinstance(nodes, list) else []
        return any(advanced)

    def _apply_states(self, nodes: Any) -> bool:
        states = nodes.items() if isinstance(nodes, dict) else ()
        advanced = [self._apply_state(node, state) for node, state in states if isinstance(state, dict)]
        return any(advanced)

    def _apply_state(self, node: Any, state: Mapping[str, Any]) -> bool:
        if state.get("state") == "finished":
            return self._advance_node(node, 1.0)
        return self._apply_step(node, state.get("value"), state.get("max"))

    def _apply_step(self, node: Any, value: Any, total: Any) -> bool:
        if not _is_number(value) or not _is_number(total) or total <= 0 or not isinstance(node, str):
            return False
        label = self._node_label(node)
        self.words = f"{label} {value:g} of {total:g}"
        # A node that counts no steps is 0 or 1 of 1.
        at_step = f"at step {value:g} of {total:g}" if value and total > 1 else "running"
        self.standing = f"{label} has been {at_step}"
        return self._advance_node(node, min(1.0, value / total))

    def _start_node(self, node: Any) -> bool:
        if not isinstance(node, str):
            self.is_over = node is None
            return self.is_over
        self.words = self._node_label(node)
        self.standing = f"{self.words} has been running"
        return self._advance_node(node, 0.0)

    def _advance_node(self, node: Any, node_share: float) -> bool:
        """Record how far a node is; return whether that is progress."""
        if not isinstance(node, str) or self._node_shares.get(node, -1.0) >= node_share:
            return False
        self._node_shares[node] = node_share
        total_weight = sum(self._weights.values())
        if total_weight:
            done_weight = sum(self._weights.get(name, 0.0) * share for name, share in self._node_shares.items())
            self.share = max(self.share, min(1.0, done_weight / total_weight))
        return True

    def _node_label(self, node: str) -> str:
        return self._classes.get(node) or f"node {node}"


class ProgressSocket:
    """The socket of one client id; without an id there is none, and waiting only pauses.

    Args:
        url: The server's address, `http://...` or `https://...`.
        client_id: The id that the job was submitted with, used by no other socket: a second one of the same id would
            silence the first.
        headers: Sent with the handshake.
    """

    def __init__(self, url: str, client_id: str, headers: Mapping[str, str]) -> None:
        self._url = f"ws{url.removeprefix('http')}/ws?clientId={quote(client_id, safe='')}" if client_id else ""
        self._headers = dict(headers)
        self._resources = ExitStack()
        self._connection: ClientConnection | None = None
        self._next_attempt_s = 0.0

    def __enter__(self) -> ProgressSocket:
        self._connect()
        return self

    def __exit__(self, *_: object) -> None:
        self._disconnect()

    def receive_into(self, progress: JobProgress, timeout_s: float) -> bool:
        """Receive messages for a while, or until the job is over; return whether one showed progress."""
        has_progressed = False
        deadline_s = time.monotonic() + timeout_s
        while not progress.is_over and (left_s := deadline_s - time.monotonic()) > 0:
            has_progressed |= progress.apply_message(self._receive_message(left_s))
        return has_progressed

    def _receive_message(self, timeout_s: float) -> Any:
        """Return the next message; None if there is none in time, or if it is a preview."""
        from websockets.exceptions import WebSocketException

        self._connect()
        if self._connection is None:
            time.sleep(timeout_s)
            return None
        try:
            text = self._connection.recv(timeout=timeout_s)
        except TimeoutError:
            return None
        except (WebSocketException, OSError):  # lost: opened again later
            self._disconnect()
            return None
        try:
            return json.loads(text) if isinstance(text, str) else None
        except (ValueError, RecursionError):  # progress is only displayed
            return None

    def _connect(self) -> None:
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        if not self._url or self._connection is not None or time.monotonic() < self._next_attempt_s:
            return
        self._next_attempt_s = time.monotonic() + _RECONNECT_PAUSE_S
        parts = urlsplit(self._url)
        default_port = 443 if parts.scheme == "wss" else 80
        try:
            # On a socket of our own, the library cannot follow a redirect to another host.
            raw_socket = socket.create_connection(
                (parts.hostname or "", parts.port or default_port), _CONNECT_TIMEOUT_S
            )
            self._resources.callback(raw_socket.close)
            self._connection = self._resources.enter_context(
                connect(
                    self._url,
                    sock=raw_socket,
                    additional_headers=self._headers,
                    proxy=None,
                    open_timeout=_CONNECT_TIMEOUT_S,
                    close_timeout=0.2,
                    max_size=_MAX_MESSAGE_BYTES,
                    logger=_LOGGER,
                )
            )
        except (WebSocketException, OSError, ValueError):  # without a socket no progress is shown
            self._disconnect()

    def _disconnect(self) -> None:
        self._connection = None
        self._resources.close()
        self._resources = ExitStack()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MAX_STEPS
