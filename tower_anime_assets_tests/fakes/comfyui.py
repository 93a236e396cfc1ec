"""A ComfyUI server on a real socket: it renders in milliseconds, counts what it is asked, fails when it is told to.

It reproduces what was recorded on 0.3.64. In a test:

    with FakeComfyUI() as server:
        client = ComfyUIClient(server.url)

By itself, for runs that are killed: `python -m tower_anime_assets_tests.fakes.comfyui --port 8188`; then
`GET /fake/state` tells what was submitted and run, and `POST /fake/faults` switches faults on by their names.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path, PurePosixPath
from threading import Event, Thread
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from tower_anime_assets_tests.fakes.abrupt_server import AbruptServer
from tower_anime_assets_tests.fakes.comfyui_jobs import Graph, Jobs
from tower_anime_assets_tests.fakes.comfyui_models import rendered
from tower_anime_assets_tests.fakes.flaky_calls import FlakyCalls
from tower_anime_assets_tests.fakes.graph_checks import checked
from tower_anime_assets_tests.fakes.node_facts import RECORDED_VERSION, NodeClass, node_classes

Renderer = Callable[[Graph], bytes | tuple[bytes, str]]
"""Returns a graph's file, and its suffix where it is not `.png`."""

_MODEL_FILES: Final = Path(__file__).parent / "data" / "model_files.json"
_MAX_UPLOAD_BYTES: Final = 104_857_600
_VRAM_TOTAL_BYTES: Final = 12_884_901_888
_VRAM_OF_A_JOB_BYTES: Final = 7_000_000_000
_TYPES: Final = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
}
_UNKNOWN_TIMES: Final = {"modified": 1_700_000_000.5, "created": 1_700_000_000.5}
_PREVIEW: Final = struct.pack(">II", 1, 1) + b"\xff\xd8\xff\xe0 a preview \xff\xd9"


@dataclass
class Faults:
    """What goes wrong with answers; change it at any time.

    Attributes:
        prompt: How `POST /prompt` answers: `500`, `timeout`, `truncated`, `html`, `other_id`; "" for well.
        prompt_is_taken: Whether the job is queued all the same.
        prompt_times: How many more submissions it concerns.
        view: How `GET /view` answers: `slow`, `truncated`, `busy`, `html`, `endless`, `redirect`, `empty`, `missing`;
            "" for well.
        view_times: How many more downloads a truncated or busy answer concerns.
        every: How every route answers: `html`, `redirect`, `500`, `slow`, `hang`; "" for well.
        slow_s: How long a slow answer takes.
        elsewhere: Where redirects lead.
        renames_uploads: Whether every upload is kept under another name.
        socket: What happens on `/ws`: `refused`, `silent`, `dropped` (closed after each message), `redirect`.
        previews: Whether binary previews are sent.
        answers: JSON to answer by path, whatever it should be.
    """

    prompt: str = ""
    prompt_is_taken: bool = True
    prompt_times: int = 1_000_000
    view: str = ""
    view_times: int = 1_000
    every: str = ""
    slow_s: float = 0.5
    elsewhere: str = ""
    renames_uploads: bool = False
    socket: str = ""
    previews: bool = True
    answers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One request that came; header names are lowercase."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


class FakeComfyUI:
    """One server; running between `start` and `kill`, or as a context.

    Args:
        renderer: What a graph becomes; stills and clips by default.
        version: The version whose nodes it has.
        files: Names of model files by folder; all that published graphs name by default.
        token: A bearer token that it demands, "" for none.
        port: Its port, 0 for a free one; it stays the same over `kill` and `start`.
        models_root: Its `models/`: files that are really there are told with their size and time.
        extra_classes: Node classes of node packs.
        colours: `#rrggbb` that drawn figures wear where the prompt names none: those of a show's cast, so that its
            keyframes pass for theirs.

    Attributes:
        metadata: What the header of a model file says, by folder and name.
        faults: What goes wrong with answers.
        flaky: What goes wrong with calls on their way; None for nothing.
        jobs: The queue; `jobs.faults` is what goes wrong with jobs.
        requests: Everything that was asked, in order.
        submissions: How often each id was taken into the queue.
        prompts: The bodies of `POST /prompt`, byte for byte as they came.
        global_interrupts: How often `/interrupt` came without an id.
        frees: How often `/free` came.
    """

    def __init__(
        self,
        renderer: Renderer | None = None,
        *,
        version: str = RECORDED_VERSION,
        files: Mapping[str, Sequence[str]] | None = None,
        token: str = "",
        port: int = 0,
        colours: Sequence[str] = (),
        models_root: Path = Path("/opt/ComfyUI/models"),
        extra_classes: Sequence[NodeClass] = (),
    ) -> None:
        known: Mapping[str, Sequence[str]] = json.loads(_MODEL_FILES.read_text("utf-8")) if files is None else files
        self.files: dict[str, list[str]] = {folder: list(names) for folder, names in known.items()}
        self.version = version
        self.faults = Faults()
        self.flaky: FlakyCalls | None = None
        self.requests: list[Asked] = []
        self.submissions: Counter[str] = Counter()
        self.prompts: list[bytes] = []
        self.global_interrupts = 0
        self.frees = 0
        self.classes = {**node_classes(version), **{found.name: found for found in extra_classes}}
        self.metadata: dict[tuple[str, str], dict[str, str]] = {}
        self.models_root = models_root
        self.jobs = Jobs(self.classes, self._rendered, self._tell)
        self._renderer = renderer
        self._colours = tuple(colours)
        self._token = token
        self._port = port
        self._app = _application(self)
        self._sockets: dict[str, asyncio.Queue[str | bytes | None]] = {}
        self._server: AbruptServer | None = None
        self._thread: Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> FakeComfyUI:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def runs(self) -> Counter[str]:
        """How often each id ran to an end."""
        return self.jobs.runs

    def add_file(self, folder: str, name: str) -> None:
        """Put a model file into a folder, listed at once."""
        if name not in self.files.setdefault(folder, []):
            self.files[folder].append(name)

    def start(self) -> None:
        """Begin to answer, with an empty queue and history; files are kept."""
        # Named as TCP, or no small answer would be sent before the last one is acknowledged: 40 ms each.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        self.jobs.start()
        config = uvicorn.Config(
            self,
            loop="asyncio",
            http="h11",
            ws="websockets-sansio",
            lifespan="off",
            log_config=None,
            log_level="critical",  # at a lower one it quotes the headers of handshakes, and with them tokens
            access_log=False,
        )
        self._server = AbruptServer(config)
        self._thread = Thread(target=self._serve, args=(self._server, listening), daemon=True)
        self._thread.start()
        if not self._server.ready.wait(10):
            raise TimeoutError("the fake ComfyUI did not start")

    def kill(self) -> None:
        """Stop answering at once, as a killed process does: jobs, queue and history are lost, connections cut."""
        if self._server is None or self._thread is None:
            return
        self.jobs.stop()
        self._server.end()
        self._thread.join()
        self._server = self._thread = None
        self._sockets = {}

    def restart(self) -> None:
        """Be killed and started again."""
        self.kill()
        self.start()

    def asked(self, method: str, path: str) -> list[Asked]:
        """Return the requests of a method to a path."""
        return [request for request in self.requests if (request.method, request.path) == (method, path)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it go wrong on its way."""
        if self.flaky is not None and not scope["path"].startswith("/fake/"):
            return await self.flaky(self._answer, scope, receive, send)
        return await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note a request and hand it on, unless a fault or a guard answers it."""
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        method = scope.get("method", "WEBSOCKET")
        self.requests.append(Asked(method, scope["path"], scope["query_string"].decode(), headers))
        if scope["path"].startswith("/fake/"):
            return await self._app(scope, receive, send)
        refusal = await self._refusal(scope, headers)
        if refusal is None:
            return await self._app(scope, receive, send)
        if scope["type"] == "websocket":
            return await _deny(refusal, send)
        return await refusal(scope, receive, send)

    async def _refusal(self, scope: Scope, headers: Mapping[str, str]) -> Response | None:
        every, path = self.faults.every, scope["path"].removeprefix("/api")
        if _is_foreign(headers):
            return Response(status_code=403)
        if self._token and headers.get("authorization") != f"Bearer {self._token}":
            return Response(status_code=401)
        if scope["type"] == "websocket":
            return Response(status_code=404) if self.faults.socket == "refused" else self._led_away("socket")
        if every == "hang":
            await asyncio.sleep(3600)
        if every == "slow":
            await asyncio.sleep(self.faults.slow_s)
        if every == "html":
            return HTMLResponse("<html><body>Welcome to the router</body></html>")
        if every == "500":
            return PlainTextResponse("500 Internal Server Error\n\nServer got itself in trouble", 500)
        if path in self.faults.answers:
            return JSONResponse(self.faults.answers[path])
        return self._led_away("every")

    def _led_away(self, which: str) -> Response | None:
        is_led = getattr(self.faults, which) == "redirect"
        return RedirectResponse(f"{self.faults.elsewhere}/elsewhere", 302) if is_led else None

    def _serve(self, server: AbruptServer, listening: socket.socket) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            await server.serve(sockets=[listening])

        asyncio.run(serve())
        listening.close()

    def _rendered(self, graph: Graph) -> tuple[bytes, str]:
        if self._renderer is None:
            return rendered(graph, lambda name: self.jobs.file("input", name), self._colours)
        made = self._renderer(graph)
        return made if isinstance(made, tuple) else (made, ".png")

    def _tell(self, client_id: str, kind: str, data: Any) -> None:
        """Send a message to a client's socket; called in the thread of the jobs."""
        is_wanted = self.faults.socket != "silent" and (kind != "preview" or self.faults.previews)
        if not is_wanted or self._loop is None:
            return
        message = _PREVIEW if kind == "preview" else json.dumps({"type": kind, "data": data})
        try:
            self._loop.call_soon_threadsafe(self._hand_out, client_id, message)
        except RuntimeError:  # the loop was closed under a job that was just killed
            return

    def _hand_out(self, client_id: str, message: str | bytes) -> None:
        if client_id in self._sockets:
            self._sockets[client_id].put_nowait(message)

    # What follows answers one route each.

    async def system_stats(self, _request: Request) -> Response:
        used = _VRAM_OF_A_JOB_BYTES if self.jobs.running is not None else 0
        system = {"os": "posix", "comfyui_version": self.version, "python_version": "3.11.7", "argv": ["main.py"]}
        memory = {"vram_total": _VRAM_TOTAL_BYTES, "vram_free": _VRAM_TOTAL_BYTES - used}
        device = {"name": "cuda:0 NVIDIA GeForce RTX 3060", "type": "cuda", "index": 0, **memory}
        return JSONResponse({"system": system, "devices": [device]})

    async def object_info(self, request: Request) -> Response:
        name = request.path_params["name"]
        found = self.classes.get(name)
        return JSONResponse({name: found.told(self.files)} if found is not None else {})

    async def object_infos(self, _request: Request) -> Response:
        return JSONResponse({name: found.told(self.files) for name, found in self.classes.items()})

    async def model_folders(self, _request: Request) -> Response:
        return JSONResponse([*self.files, "custom_nodes"])

    async def models(self, request: Request) -> Response:
        folder = request.path_params["folder"]
        return JSONResponse(sorted(self.files[folder])) if folder in self.files else Response(status_code=404)

    async def model_metadata(self, request: Request) -> Response:
        """Tell what a file's author wrote into its header; 404 for nothing, and for files of other formats."""
        found = self.metadata.get((request.path_params["folder"], request.query_params.get("filename", "")))
        return JSONResponse(found) if found else Response(status_code=404)

    async def stored_folders(self, _request: Request) -> Response:
        return JSONResponse([{"name": name, "folders": [str(self.models_root / name)]} for name in self.files])

    async def stored_models(self, request: Request) -> Response:
        """Tell size and time of the files of a folder; those that are not on disk are told all the same."""
        folder = request.path_params["folder"]
        if folder not in self.files:
            return Response(status_code=404)
        entries = []
        for name in self.files[folder]:
            path = self.models_root / folder / name
            status = path.stat() if path.is_file() else None
            times = {"modified": status.st_mtime, "created": status.st_ctime} if status else _UNKNOWN_TIMES
            entries.append({"name": name, "pathIndex": 0, **times, "size": status.st_size if status else 1000})
        return JSONResponse(entries)

    async def queue(self, _request: Request) -> Response:
        return JSONResponse(self.jobs.queue())

    async def change_queue(self, request: Request) -> Response:
        asked = await request.json()
        for prompt_id in asked.get("delete", []):
            self.jobs.delete(prompt_id)
        if asked.get("clear"):
            for item in list(self.jobs.pending):
                self.jobs.delete(item.prompt_id)
        return Response()

    async def history(self, _request: Request) -> Response:
        return JSONResponse(self.jobs.history)

    async def history_of(self, request: Request) -> Response:
        prompt_id = request.path_params["prompt_id"]
        found = self.jobs.history.get(prompt_id)
        return JSONResponse({prompt_id: found} if found is not None else {})

    async def interrupt(self, request: Request) -> Response:
        body = await request.body()
        prompt_id = json.loads(body).get("prompt_id") if body else None
        self.global_interrupts += prompt_id is None
        self.jobs.interrupt(prompt_id)
        return Response()

    async def free(self, _request: Request) -> Response:
        self.frees += 1
        self.jobs.forget_cache()
        return Response()

    async def prompt_info(self, _request: Request) -> Response:
        return JSONResponse({"exec_info": {"queue_remaining": self.jobs.remaining()}})

    async def prompt(self, request: Request) -> Response:
        self.prompts.append(await request.body())
        fault = self.faults.prompt if self.faults.prompt_times > 0 else ""
        self.faults.prompt_times -= bool(fault)
        if fault and not self.faults.prompt_is_taken:
            return await _broken(fault, JSONResponse({}))
        try:
            asked = await request.json()
            answer = self._taken(asked, fault)
        except ValueError:
            return PlainTextResponse("500 Internal Server Error\n\nServer got itself in trouble", 500)
        return await _broken(fault, answer) if fault else answer

    def _taken(self, asked: Mapping[str, Any], fault: str) -> Response:
        """Queue a job if its graph is good, and return the answer."""
        if "prompt" not in asked:
            words = "No prompt provided"
            error = {"type": "no_prompt", "message": words, "details": words, "extra_info": {}}
            return JSONResponse({"error": error, "node_errors": {}}, 400)
        check = checked(asked["prompt"], self.classes, self.files, lambda name: self.jobs.has_file("input", name))
        if check.error is not None:
            return JSONResponse({"error": check.error, "node_errors": check.node_errors}, 400)
        prompt_id = str(uuid4()) if fault == "other_id" else asked.get("prompt_id") or str(uuid4())
        client = {"client_id": asked["client_id"]} if "client_id" in asked else {}
        self.submissions[prompt_id] += 1
        number = self.jobs.put(prompt_id, asked["prompt"], {**asked.get("extra_data", {}), **client}, check.outputs)
        return JSONResponse({"prompt_id": prompt_id, "number": number, "node_errors": check.node_errors})

    async def upload(self, request: Request) -> Response:
        if int(request.headers.get("content-length", 0)) > _MAX_UPLOAD_BYTES:
            return PlainTextResponse(f"Maximum request body size {_MAX_UPLOAD_BYTES} exceeded.", 413)
        async with request.form() as form:
            image = form.get("image")
            folder, kind = str(form.get("subfolder", "")), str(form.get("type", "input"))
            if image is None or isinstance(image, str) or ".." in folder:
                return Response(status_code=400)
            name, body = str(image.filename), await image.read()
        if kind not in ("input", "output", "temp") or "/" in name:
            return PlainTextResponse("500 Internal Server Error\n\nServer got itself in trouble", 500)
        if self.faults.renames_uploads or form.get("overwrite") not in ("true", "1"):
            name = self._free_name(kind, folder, name, body)
        self.jobs.files[kind, folder.strip("/"), name] = body
        return JSONResponse({"name": name, "subfolder": folder, "type": kind})

    def _free_name(self, kind: str, folder: str, name: str, body: bytes) -> str:
        path, number, chosen = PurePosixPath(name), int(self.faults.renames_uploads), name
        while True:
            if number:
                chosen = f"{path.stem} ({number}){path.suffix}"
            if self.jobs.files.get((kind, folder.strip("/"), chosen), body) == body:
                return chosen
            number += 1

    async def view(self, request: Request) -> Response:
        name, folder = request.query_params.get("filename", ""), request.query_params.get("subfolder", "")
        kind = request.query_params.get("type", "output")
        if not name:
            return Response(status_code=404)
        if ".." in name or name.startswith("/") or kind not in ("input", "output", "temp"):
            return Response(status_code=400)
        if ".." in folder:
            return Response(status_code=403)
        body = self.jobs.files.get((kind, folder, name))
        if body is None or self.faults.view == "missing":
            return Response(status_code=404)
        media_type = _TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")
        if self.faults.view in ("truncated", "busy") and self.faults.view_times <= 0:
            self.faults.view = ""
        if self.faults.view:
            return await self._broken_view(body, media_type)
        return _part(request, body, media_type, {"Content-Disposition": f'filename="{name}"'})

    async def _broken_view(self, body: bytes, media_type: str) -> Response:
        fault = self.faults.view
        if fault == "html":
            return HTMLResponse("<html><body>Please log in</body></html>")
        if fault == "redirect":
            return RedirectResponse(f"{self.faults.elsewhere}/elsewhere", 302)
        if fault == "endless":
            return StreamingResponse(_endless(), media_type=media_type)
        if fault == "empty":
            return Response(b"", media_type=media_type)
        self.faults.view_times -= 1
        if fault == "busy":
            return Response("503 Service Unavailable", 503)
        if fault == "truncated":
            return _Truncated(body, media_type=media_type)
        await asyncio.sleep(self.faults.slow_s)
        return Response(body, media_type=media_type)

    async def talk(self, websocket: WebSocket) -> None:
        """Send a client the messages about its jobs; a second socket of one id takes over from the first."""
        client_id = websocket.query_params.get("clientId") or uuid4().hex
        await websocket.accept()
        messages: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._sockets[client_id] = messages
        status = {"status": {"exec_info": {"queue_remaining": self.jobs.remaining()}}, "sid": client_id}
        messages.put_nowait(json.dumps({"type": "status", "data": status}))
        running = self.jobs.running
        if running is not None and running.extra.get("client_id") == client_id and running.node:
            messages.put_nowait(json.dumps({"type": "executing", "data": {"node": running.node}}))
        listening = asyncio.create_task(_listen(websocket, messages))
        try:
            while (message := await messages.get()) is not None:
                await (websocket.send_bytes(message) if isinstance(message, bytes) else websocket.send_text(message))
                if self.faults.socket == "dropped":
                    await websocket.close()
                    return
        except (WebSocketDisconnect, RuntimeError):  # it went away while something was sent
            return
        finally:
            listening.cancel()
            # As on the server: closing the older of two sockets silences the newer.
            self._sockets.pop(client_id, None)

    async def state(self, _request: Request) -> Response:
        """Tell, to whoever started this server, what has happened."""
        running = self.jobs.running
        return JSONResponse(
            {
                "submissions": self.submissions,
                "runs": self.runs,
                "running": running.prompt_id if running is not None else "",
                "pending": [item.prompt_id for item in self.jobs.pending],
                "requests": [[request.method, request.path] for request in self.requests],
                "global_interrupts": self.global_interrupts,
                "frees": self.frees,
                "faults": {**asdict(self.faults), **asdict(self.jobs.faults)},
            }
        )

    async def change_faults(self, request: Request) -> Response:
        """Switch faults, `duration_s` or `steps` as they are named in a JSON object."""
        for name, value in (await request.json()).items():
            holder = next(
                (place for place in (self.faults, self.jobs.faults) if name in {each.name for each in fields(place)}),
                self.jobs,
            )
            if not hasattr(holder, name):
                return PlainTextResponse(f"there is no fault {name}", 400)
            setattr(holder, name, value)
        return Response()


class _Truncated(Response):
    """Half of the body that its length promises."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_half(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": message["body"][: len(message["body"]) // 2], "more_body": True}
            await send(message)

        await super().__call__(scope, receive, send_half)


async def _broken(fault: str, answer: Response) -> Response:
    """Return an answer as a fault leaves it."""
    if fault == "500":
        return PlainTextResponse("500 Internal Server Error\n\nServer got itself in trouble", 500)
    if fault == "html":
        return HTMLResponse("<html><body>Welcome to the router</body></html>")
    if fault == "timeout":
        await asyncio.sleep(3600)
    if fault == "truncated":
        return _Truncated(bytes(answer.body), media_type="application/json")
    return answer


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield b"\0" * 65_536
        await asyncio.sleep(0)


async def _listen(websocket: WebSocket, messages: asyncio.Queue[str | bytes | None]) -> None:
    """Read until the client goes, and then end the sending."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
    messages.put_nowait(None)


async def _deny(refusal: Response, send: Send) -> None:
    """Answer a socket's handshake with an ordinary response."""
    headers = refusal.raw_headers
    await send({"type": "websocket.http.response.start", "status": refusal.status_code, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": bytes(refusal.body)})


def _part(request: Request, body: bytes, media_type: str, headers: Mapping[str, str]) -> Response:
    """Return a body, or the part of it that was asked for."""
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    if asked is None:
        return Response(body, media_type=media_type, headers=dict(headers))
    first, last = int(asked[1]), min(int(asked[2] or len(body) - 1), len(body) - 1)
    span = {"Content-Range": f"bytes {first}-{last}/{len(body)}"}
    return Response(body[first : last + 1], 206, media_type=media_type, headers={**headers, **span})


def _is_foreign(headers: Mapping[str, str]) -> bool:
    """Return whether a browser page of elsewhere asks, by the server's rule: a loopback host and another origin."""
    origin, host = headers.get("origin", ""), urlsplit(f"//{headers.get('host', '')}")
    if not origin or origin == "null" or host.hostname not in ("127.0.0.1", "localhost", "::1"):
        return False
    asking = urlsplit(origin)
    return asking.hostname != host.hostname or (asking.port is not None and asking.port != host.port)


def _application(fake: FakeComfyUI) -> Starlette:
    routes: list[BaseRoute] = [
        Route("/system_stats", fake.system_stats),
        Route("/object_info", fake.object_infos),
        Route("/object_info/{name}", fake.object_info),
        Route("/models", fake.model_folders),
        Route("/models/{folder}", fake.models),
        Route("/view_metadata/{folder}", fake.model_metadata),
        Route("/experiment/models", fake.stored_folders),
        Route("/experiment/models/{folder}", fake.stored_models),
        Route("/queue", fake.queue),
        Route("/queue", fake.change_queue, methods=["POST"]),
        Route("/history", fake.history),
        Route("/history/{prompt_id}", fake.history_of),
        Route("/interrupt", fake.interrupt, methods=["POST"]),
        Route("/free", fake.free, methods=["POST"]),
        Route("/prompt", fake.prompt_info),
        Route("/prompt", fake.prompt, methods=["POST"]),
        Route("/upload/image", fake.upload, methods=["POST"]),
        Route("/view", fake.view),
        WebSocketRoute("/ws", fake.talk),
    ]
    own = [Route("/fake/state", fake.state), Route("/fake/faults", fake.change_faults, methods=["POST"])]
    return Starlette(routes=[*routes, *own, Mount("/api", routes=routes)])


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description="A fake ComfyUI server on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 for a free one")
    parser.add_argument("--duration", type=float, default=0.5, help="seconds that a job's longest node works")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--version", default=RECORDED_VERSION, help="the ComfyUI version whose nodes it has")
    parser.add_argument("--token", default="", help="a bearer token that it demands")
    parser.add_argument("--colours", default="", help="#rrggbb,#rrggbb,... that drawn figures wear")
    asked = parser.parse_args(arguments)
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    colours = [colour for colour in asked.colours.split(",") if colour]
    fake = FakeComfyUI(version=asked.version, token=asked.token, port=asked.port, colours=colours)
    fake.jobs.duration_s, fake.jobs.steps = asked.duration, asked.steps
    with fake:
        print(fake.url, flush=True)  # noqa: T201 - whoever starts it reads the address here
        ended.wait()


if __name__ == "__main__":
    main()
