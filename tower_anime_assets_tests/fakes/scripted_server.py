"""What fakes of language models share: a server on a real socket with a thread of its own, and a script of its acts."""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that has gone; there may be no terminal to say it to any more."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class ScriptedServer:
    """Listens on loopback while it is entered.

    Attributes:
        url: Where it listens.
        script: What it does with the next requests that it acts on, one each; "" is honest.
        otherwise: What it does when the script has ended.
        lock: Held by whoever changes what several requests share.
    """

    def __init__(self, handler: type[Handler], port: int) -> None:
        self.script: list[str] = []
        self.otherwise = ""
        self.lock = threading.Lock()
        owned = type(handler.__name__, (handler,), {"owner": self})
        self._server = _Server(("127.0.0.1", port), owned)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def next_act(self) -> str:
        """Return what is done with the request at hand."""
        with self.lock:
            return self.script.pop(0) if self.script else self.otherwise

    def serve(self, words: str) -> None:
        """Serve until Ctrl-C, after saying how to reach it."""
        with self:
            sys.stdout.write(f"{words}\n")
            sys.stdout.flush()
            try:
                threading.Event().wait()
            except KeyboardInterrupt:
                return


class Handler(BaseHTTPRequestHandler):
    """Answers for a `ScriptedServer`; whoever derives from it says what its `owner` is."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""

    def body(self) -> bytes:
        """Return what was sent."""
        return self.rfile.read(int(self.headers.get("content-length", "0")))

    def send(self, status: int, text: str, kind: str = "application/json") -> None:
        """Send a whole answer."""
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
