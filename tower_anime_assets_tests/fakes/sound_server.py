"""What the fakes of sound services share: a real server in a thread, every shape of answer, every fault."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import socket
import sys
import time
import wave
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Self
from uuid import uuid4

import numpy as np
import uvicorn
from numpy.typing import NDArray
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from tower_anime_assets_tests.fakes.abrupt_server import AbruptServer
from tower_anime_assets_tests.fakes.flaky_calls import FlakyCalls

Json = dict[str, Any]

FAULTS = (
    "slow", "late", "truncated", "cut_wav", "html", "redirect", "enormous", "wrong_type", "silence", "not_audio",
    "empty", "not_json", "not_object", "no_sound", "not_base64", "leads_out", "link_out", "missing_file", "fifo",
    "clipped", "tells_the_token", "error_500", "error_422", "bad_words", "piped_wav",
)  # fmt: skip


def wav_bytes(samples: NDArray[np.float32], rate_hz: int) -> bytes:
    """Return samples, (samples,) or (samples, channels), as a 16-bit WAV."""
    columns = samples.reshape(len(samples), -1)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(columns.shape[1])
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes(np.clip(np.rint(columns * 32767), -32768, 32767).astype("<i2").tobytes())
    return file.getvalue()


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    method: str
    path: str
    authorization: str
    body: Json


class SoundServer:
    """A sound service on loopback.

    Attributes:
        shape: How sounds are answered: `bytes`, `base64` or `path`.
        fault: One of `FAULTS`, or "" to be true to the contract.
        root: Where it writes files for `path`.
        token: When set, what a request must carry.
        kind: Content type of sounds.
        elsewhere: Where a redirect leads.
        requests: Everything that was asked.
        flaky: What goes wrong with calls on their way; None for nothing.
        path_name: Under which name a file is answered.
    """

    def __init__(self, routes: Sequence[BaseRoute], port: int = 0, root: Path | None = None, token: str = "") -> None:
        self.root, self.token = root, token
        self.be_honest()
        self._port = port
        self.flaky: FlakyCalls | None = None
        self._app = Starlette(routes=list(routes))
        self._server: AbruptServer | None = None
        self._thread: Thread | None = None

    def be_honest(self) -> None:
        """Forget every request and every fault."""
        self.shape, self.fault, self.late_s = "bytes", "", 0.0
        self.kind, self.elsewhere, self.path_name = "audio/wav", "http://127.0.0.1:9", "audio_path"
        self.requests: list[Asked] = []

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Listen, on the same port as before if there was one; nothing happens if it does already."""
        if self._server is not None:
            return
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        config = uvicorn.Config(
            self._answer, interface="asgi3", loop="asyncio", http="h11", ws="none", lifespan="off", log_config=None,
            access_log=False,
        )  # fmt: skip
        self._server = AbruptServer(config)
        self._thread = Thread(target=_serve, args=(self._server, listening), daemon=True)
        self._thread.start()
        if not self._server.ready.wait(10):
            raise TimeoutError("the fake service did not start")

    def kill(self) -> None:
        """Stop answering at once."""
        if self._server is None or self._thread is None:
            return
        self._server.end()
        self._thread.join()
        self._server = self._thread = None

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.flaky is not None:
            return await self.flaky(self._app, scope, receive, send)
        return await self._app(scope, receive, send)

    async def refusal(self, request: Request) -> Response | None:
        """Take note of a request; return the answer if it is refused or the fault is one of transport."""
        text = await request.body()
        body = json.loads(text) if text else {}
        authorization = request.headers.get("authorization", "")
        self.requests.append(Asked(request.method, request.url.path, authorization, body))
        if self.token and authorization != f"Bearer {self.token}":
            return JSONResponse({"detail": "who are you?"}, 401)
        if self.late_s:
            await asyncio.sleep(self.late_s)
        return self._transport_fault(authorization)

    def _transport_fault(self, authorization: str) -> Response | None:
        answers: dict[str, Callable[[], Response]] = {
            "html": lambda: HTMLResponse("<html><body>Welcome to the router</body></html>"),
            "redirect": lambda: RedirectResponse(f"{self.elsewhere}/other", 302),
            "error_500": lambda: JSONResponse({"detail": "out of memory"}, 500),
            "error_422": lambda: JSONResponse({"detail": "text is too long"}, 422),
            "tells_the_token": lambda: JSONResponse({"detail": f"bad header {authorization}"}, 400),
            "not_json": lambda: Response(b"{broken", media_type="application/json"),
            "not_object": lambda: JSONResponse(["a", "list"]),
            "no_sound": lambda: JSONResponse({"error": f"no such voice, said {authorization}"}),
            "empty": lambda: Response(b"", media_type=self.kind),
            "not_audio": lambda: Response(f"Sorry, {authorization} is too early.".encode(), media_type=self.kind),
            "enormous": lambda: StreamingResponse(_endless(), media_type=self.kind),
            "not_base64": lambda: JSONResponse({"audio_base64": "!!not base64!!", "format": "wav"}),
            "missing_file": lambda: JSONResponse({self.path_name: "nowhere.wav"}),
        }
        made = answers.get(self.fault)
        return made() if made else None

    def sound(self, wav: bytes, more: Json | None = None) -> Response:
        """Return the answer that holds a sound, in the shape and with the fault that are set."""
        wav = self._damaged(wav)
        if self.fault == "wrong_type":
            return Response(wav, media_type="text/plain")
        if self.fault == "truncated":
            head = {"content-length": str(len(wav))}
            return StreamingResponse(_pieces(wav[: len(wav) // 2], 65536, 0.0), headers=head, media_type=self.kind)
        if self.fault == "slow":
            return StreamingResponse(_pieces(wav, 10, 0.02), media_type=self.kind)
        if self.shape == "bytes":
            return Response(wav, media_type=self.kind)
        return JSONResponse({**self.sound_in_json(wav), **(more or {})})

    def sound_in_json(self, wav: bytes) -> Json:
        """Return the part of a JSON answer that holds or names a sound."""
        if self.shape == "base64":
            return {"audio_base64": base64.b64encode(wav).decode(), "format": "wav"}
        assert self.root is not None, "paths need a shared folder"
        return {self.path_name: str(self._file(self.root, wav))}

    def _file(self, root: Path, wav: bytes) -> Path:
        outside = root.parent / "outside.wav"
        path = root / f"sound-{uuid4().hex}.wav"
        if self.fault in ("leads_out", "link_out"):
            outside.write_bytes(wav)
        if self.fault == "leads_out":
            return root / ".." / outside.name
        if self.fault == "link_out":
            path.symlink_to(outside)
        elif self.fault == "fifo":
            os.mkfifo(path)
        else:
            path.write_bytes(wav)
        return path

    def _damaged(self, wav: bytes) -> bytes:
        if self.fault == "cut_wav":
            return wav[: len(wav) * 2 // 3]
        if self.fault == "piped_wav":
            return wav[:4] + b"\xff\xff\xff\xff" + wav[8:40] + b"\xff\xff\xff\xff" + wav[44:]
        if self.fault in ("silence", "clipped"):
            rate_hz, channels = int.from_bytes(wav[24:28], "little"), int.from_bytes(wav[22:24], "little")
            samples = np.frombuffer(wav[44:], "<i2").reshape(-1, channels).astype(np.float32) / 32768
            changed = samples * np.float32(0 if self.fault == "silence" else 20)
            return wav_bytes(changed.astype(np.float32), rate_hz)
        return wav


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield bytes(1 << 20)
        await asyncio.sleep(0)  # so that a client that has gone is noticed


async def _pieces(data: bytes, size: int, pause_s: float) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]
        if pause_s:
            await asyncio.sleep(pause_s)


def _serve(server: AbruptServer, listening: socket.socket) -> None:
    asyncio.run(server.serve(sockets=[listening]))
    listening.close()


def wait_forever(said: str) -> None:
    """Print an address and wait for Ctrl-C."""
    sys.stdout.write(f"{said}\n")
    sys.stdout.flush()
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return
