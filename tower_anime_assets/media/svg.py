"""SVG rendering by a few child processes, which run in parallel and are kept until this process ends."""

from __future__ import annotations

import atexit
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.child_ends import refuse_if_stopped_by_signal

_CHILD_SCRIPT = Path(__file__).with_name("svg_child.py")
_HEADER_BYTES = 9
_STOP_TIMEOUT_S = 5.0


class _RendererProcess:
    """One child process; used by one thread at a time."""

    def __init__(self) -> None:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(_CHILD_SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        except OSError as error:
            raise MediaError(f"cannot start {sys.executable} to render SVG: {error.strerror}") from error
        self.owner_pid = os.getpid()

    def render(self, svg: str) -> bytes:
        """Return a drawing as PNG."""
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        assert pipe_in is not None  # noqa: S101 - a pipe was asked for
        assert pipe_out is not None  # noqa: S101 - a pipe was asked for
        data = svg.encode()
        try:
            pipe_in.write(struct.pack(">Q", len(data)) + data)
            pipe_in.flush()
            header = pipe_out.read(_HEADER_BYTES)
            payload = pipe_out.read(struct.unpack(">Q", header[1:])[0]) if len(header) == _HEADER_BYTES else b""
        except OSError as error:
            refuse_if_stopped_by_signal(self._process.wait(), "the SVG renderer", "draw")
            raise MediaError(f"the SVG renderer has died: {error.strerror}. Run again") from error
        if len(header) < _HEADER_BYTES:
            refuse_if_stopped_by_signal(self._process.wait(), "the SVG renderer", "draw")
            raise MediaError(f"the SVG renderer ended with code {self._process.wait()}. Run again")
        if header[:1] == b"0":
            raise MediaError(f"resvg cannot render this drawing: {payload.decode()}")
        return payload

    def stop(self) -> None:
        """End the child by closing its input; kill it if it does not end."""
        try:
            self._process.communicate(timeout=_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


_idle_renderers: list[_RendererProcess] = []
_idle_lock = threading.Lock()


def render_svg(svg: str) -> bytes:
    """Return an SVG rendered as an RGBA PNG at its own size; text elements, which need fonts, are not rendered.

    May be called from several threads, each with a child process of its own, which are kept for later calls.

    Raises:
        MediaError: It is not valid SVG, or the child process failed.
        StoppedError: Somebody stopped the child process.

    Source:
        resvg: `render`.
    """
    with _idle_lock:
        renderer = _idle_renderers.pop() if _idle_renderers and _idle_renderers[-1].owner_pid == os.getpid() else None
    renderer = renderer or _RendererProcess()
    try:
        png = renderer.render(svg)
    except BaseException:
        renderer.stop()
        raise
    with _idle_lock:
        _idle_renderers.append(renderer)
    return png


def stop_renderers() -> None:
    """End the idle children; the next call starts new ones."""
    with _idle_lock:
        renderers = [renderer for renderer in _idle_renderers if renderer.owner_pid == os.getpid()]
        _idle_renderers.clear()
    for renderer in renderers:
        renderer.stop()


atexit.register(stop_renderers)
