"""An HTTP transport with one deadline for all of an answer's head, and one for sending that follows its progress.

httpx limits each single read and write. A service that sends a header line a second, or an interim answer (1xx) every
half second, would hold its caller for ever.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

MIN_UPLOAD_BYTES_PER_S = 4_000
"""A service that takes a request more slowly than this for longer than it may be silent is given up."""

_SLICE_BYTES = 16_384


class _Exchange(threading.local):
    """What a thread's request has used of its limits, until the head of its answer is read.

    Attributes:
        limit_s: How long the service may be silent, None while no head is awaited.
        started_s: When the first byte was sent, seconds of the monotonic clock; None before.
        sent_bytes: Bytes sent.
        head_deadline_s: When the head must have been read; None while the request is being sent.
    """

    limit_s: float | None = None
    started_s: float | None = None
    sent_bytes: int = 0
    head_deadline_s: float | None = None

    def begin(self, limit_s: float | None) -> None:
        self.limit_s, self.started_s, self.sent_bytes, self.head_deadline_s = limit_s, None, 0, None


class DeadlineTransport(httpx.HTTPTransport):
    """httpx's transport whose `read` timeout also limits the whole head of an answer, interim answers included.

    The time counts from the end of sending. Sending is limited by its progress, so that a large upload has its time.
    """

    def __init__(self) -> None:
        super().__init__(trust_env=False)
        self._exchange = _Exchange()
        # httpx has no public way to set it; `test_transport` watches that it is used.
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=100,
            max_keepalive_connections=20,
            network_backend=_Backend(self._exchange),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return its answer with an unread body.

        Raises:
            httpx.TimeoutException: The head did not arrive in time, or the service takes the request too slowly.
            httpx.HTTPError: As for any transport.
        """
        timeouts: dict[str, float | None] = request.extensions.get("timeout", {})
        self._exchange.begin(timeouts.get("read"))
        try:
            return super().handle_request(request)
        finally:
            self._exchange.begin(None)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, exchange: _Exchange) -> None:
        self._inner = httpcore.SyncBackend()
        self._exchange = exchange

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(host, port, timeout, local_address, socket_options), self._exchange)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, exchange: _Exchange) -> None:
        self._inner = inner
        self._exchange = exchange

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        exchange = self._exchange
        if exchange.limit_s is None:
            return self._inner.read(max_bytes, timeout)
        now_s = time.monotonic()
        if exchange.head_deadline_s is None:
            exchange.head_deadline_s = now_s + exchange.limit_s
        left_s = exchange.head_deadline_s - now_s
        try:
            if left_s <= 0:
                raise httpcore.ReadTimeout
            return self._inner.read(max_bytes, left_s if timeout is None else min(timeout, left_s))
        except httpcore.ReadTimeout as error:
            raise httpcore.ReadTimeout(f"its answer did not begin within {exchange.limit_s:g} s") from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        exchange = self._exchange
        exchange.head_deadline_s = None
        for start in range(0, len(buffer), _SLICE_BYTES):
            if exchange.limit_s is not None:
                now_s = time.monotonic()
                exchange.started_s = now_s if exchange.started_s is None else exchange.started_s
                elapsed_s = now_s - exchange.started_s
                if elapsed_s > exchange.limit_s + exchange.sent_bytes / MIN_UPLOAD_BYTES_PER_S:
                    raise httpcore.WriteTimeout(f"it took only {exchange.sent_bytes:,} bytes in {elapsed_s:.0f} s")
            part = buffer[start : start + _SLICE_BYTES]
            self._inner.write(part, timeout)
            exchange.sent_bytes += len(part)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._exchange)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
