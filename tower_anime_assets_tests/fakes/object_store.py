"""A real S3 server on loopback, SeaweedFS, and a proxy before it that misbehaves on demand."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from obstore.store import S3Store

ACCESS_KEY, SECRET_KEY = "canaryaccess7f3a", "canarysecret9b1c2d4e"


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@dataclass
class ObjectStoreServer:
    """A running SeaweedFS."""

    port: int
    folder: Path
    _bucket: str = ""

    def make_url(self) -> str:
        """Return the address of a new, empty store: a prefix of its own, as buckets take room."""
        self._bucket = self._bucket or self.make_bucket()
        return f"s3://{self._bucket}/{uuid4().hex[:8]}/show"

    def list_keys(self, url: str) -> dict[str, int]:
        """Return the size of every object of a store by its key below the store's prefix."""
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        found = (one for chunk in self.store(bucket).list(prefix) for one in chunk)
        return {one["path"].removeprefix(f"{prefix}/"): one["size"] for one in found}

    def put(self, url: str, key: str, content: bytes) -> None:
        """Write an object of a store."""
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        self.store(bucket).put(f"{prefix}/{key}", content)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self, endpoint: str = "") -> dict[str, str]:
        """Return the variables by which it is reached."""
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": endpoint or self.endpoint,
        }

    def make_bucket(self) -> str:
        """Return the name of a new, empty bucket."""
        name = f"studio-{uuid4().hex[:8]}"
        request = urllib.request.Request(self._signed(name, "PUT"), method="PUT")  # noqa: S310 - http
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - http
            return name

    def store(self, bucket: str) -> S3Store:
        """Return a client of a bucket that goes by no proxy."""
        return S3Store(
            bucket,
            endpoint=self.endpoint,
            access_key_id=ACCESS_KEY,
            secret_access_key=SECRET_KEY,
            region="us-east-1",
            client_options={"allow_http": True},
        )

    def _signed(self, bucket: str, method: Any) -> str:
        import obstore

        return obstore.sign(self.store(bucket), method, "", timedelta(minutes=5))


@contextmanager
def run_object_store() -> Iterator[ObjectStoreServer]:
    """Run a server until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="tower-weed-"))
    identity = {
        "name": "studio",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    ports = dict(zip(_PORT_OPTIONS, free_ports(len(_PORT_OPTIONS)), strict=True))
    command = [
        str(Path(sys.executable).parent / "weed"),
        "-logtostderr=true", "server", f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        "-master.telemetry=false", "-filer", "-s3", "-s3.port.iceberg=0", "-s3.port.lance=0",
        "-s3.autoCreateBucket=false", f"-s3.config={folder / 's3.json'}", "-volume.max=500",
        "-master.volumeSizeLimitMB=64", "-volume.preStopSeconds=0",
        *(f"-{name}={port}" for name, port in ports.items()),
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            server = ObjectStoreServer(ports["s3.port"], folder)
            _wait_until_ready(server, process)
            yield server
        finally:
            process.kill()
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)


_PORT_OPTIONS = (
    "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc", "s3.port",
    "s3.port.grpc",
)  # fmt: skip


def _wait_until_ready(server: ObjectStoreServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.endpoint}/healthz", timeout=2):  # noqa: S310 - http
                pass
            bucket = server.make_bucket()
            server.store(bucket).put("ready", b"1")
        except Exception:  # noqa: BLE001 - not up yet, however that shows
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"weed does not run: {(server.folder / 'log').read_text()[-2000:]}")


@dataclass
class StoreProxy:
    """A TCP proxy before an object store.

    Attributes:
        port: Where it listens.
        answer: Sent to whoever asks, instead of asking the server; b"" to pass everything on.
        answers_left: How many times `answer` is sent before everything is passed on again; None for always.
        only: Requests that begin with this are answered so; the others are passed on.
        cut_after_bytes: A connection is cut once a request has so many bytes, None for never.
        cut_reply_after_bytes: Likewise for the answer to a request.
        cuts_left: How many connections are cut; None for all.
        corrupts: Whether a byte in the middle of what the server sends is changed.
        bytes_per_s: How fast both ways are, None for as fast as they go.
        requests: The first line of each request.
    """

    target_port: int
    port: int = 0
    answer: bytes = b""
    answers_left: int | None = None
    only: bytes = b""
    cut_after_bytes: int | None = None
    cut_reply_after_bytes: int | None = None
    cuts_left: int | None = None
    corrupts: bool = False
    bytes_per_s: float | None = None
    requests: list[bytes] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[StoreProxy]:
        """Listen until the block ends."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            try:
                yield self
            finally:
                with contextlib.suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            server = stack.enter_context(socket.create_connection(("127.0.0.1", self.target_port)))
            sent = {"to": 0, "from": 0}
            back = threading.Thread(target=self._pipe_reply, args=(server, client, sent), daemon=True)
            back.start()
            while block := client.recv(65536):
                if block.startswith(_METHODS):
                    sent.update({"to": 0, "from": 0})
                    self.requests.append(block.partition(b"\r\n")[0])
                    if self.answer and block.startswith(self.only) and self._takes("answers_left"):
                        self._send_answer(client)
                        return
                if self._has_come_to_cut(sent, "to", len(block), self.cut_after_bytes):
                    client.shutdown(socket.SHUT_RDWR)
                    return
                self._take_time(len(block))
                server.sendall(block)

    def _pipe_reply(self, server: socket.socket, client: socket.socket, sent: dict[str, int]) -> None:
        with contextlib.suppress(OSError):
            while block := server.recv(65536):
                if self.corrupts and len(block) > 4096:
                    middle = random.randrange(1024, len(block))
                    block = block[:middle] + bytes([block[middle] ^ 1]) + block[middle + 1 :]
                if self._has_come_to_cut(sent, "from", len(block), self.cut_reply_after_bytes):
                    break
                self._take_time(len(block))
                client.sendall(block)
            client.shutdown(socket.SHUT_RDWR)

    def _has_come_to_cut(self, sent: dict[str, int], way: str, size: int, limit: int | None) -> bool:
        sent[way] += size
        return limit is not None and sent[way] > limit and self._takes("cuts_left")

    def _take_time(self, size: int) -> None:
        if self.bytes_per_s:
            time.sleep(size / self.bytes_per_s)

    def _send_answer(self, client: socket.socket) -> None:
        """Read a request's body, as a server does that refuses it then, and answer."""
        client.settimeout(0.2)
        with contextlib.suppress(TimeoutError):
            while client.recv(65536):
                pass
        client.sendall(self.answer)

    def _takes(self, counter: str) -> bool:
        left = getattr(self, counter)
        if left is None:
            return True
        setattr(self, counter, max(0, left - 1))
        return bool(left)


_METHODS = (b"GET ", b"PUT ", b"HEAD ", b"POST ", b"DELETE ")


def http_answer(status: str, body: str = "") -> bytes:
    """Return an HTTP answer that closes its connection."""
    head = (f"HTTP/1.1 {status}", "Content-Type: application/xml", f"Content-Length: {len(body)}", "Connection: close")
    return "\r\n".join((*head, "", body)).encode()
