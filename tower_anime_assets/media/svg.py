"""Rendering SVG: a few child processes that are kept for as long as this process lives and draw side by side."""

from __future__ import annotations

import atexit
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path

from tower_anime_assets.errors import MediaError

_CHILD = Path(__file__).with_name("svg_child.py")
_HEAD_BYTES = 9
_END_WAIT_S = 5.0


class _Renderer:
    """One child; used by one thread at a time."""

    def __init__(self) -> None:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(_CHILD)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        except OSError as error:
            raise MediaError(f"cannot start {sys.executable} to draw: {error.strerror}") from error
        self.owner = os.getpid()

    def rendered(self, svg: str) -> bytes:
        """Return what the child answers."""
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        assert pipe_in is not None  # noqa: S101 - asked for above
        assert pipe_out is not None  # noqa: S101 - asked for above
        data = svg.encode()
        try:
            pipe_in.write(struct.pack(">Q", len(data)) + data)
            pipe_in.flush()
            head = pipe_out.read(_HEAD_BYTES)
            answer = pipe_out.read(struct.unpack(">Q", head[1:])[0]) if len(head) == _HEAD_BYTES else b""
        except OSError as error:
            raise MediaError(f"the process that draws is gone: {error.strerror}. Run again") from error
        if len(head) < _HEAD_BYTES:
            raise MediaError(f"the process that draws ended with code {self._process.wait()}. Run again")
        if head[:1] == b"0":
            raise MediaError(f"resvg cannot draw this: {answer.decode()}")
        return answer

    def end(self) -> None:
        """Close the child's input, which ends it; one that does not end is killed."""
        try:
            self._process.communicate(timeout=_END_WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


_idle: list[_Renderer] = []
_lock = threading.Lock()


def rendered(svg: str) -> bytes:
    """Return an SVG drawn as PNG, RGBA, at the size that it states; text in it needs fonts and is not drawn.

    May be called from several threads; as many children as are in use at once stay for later calls.

    Raises:
        MediaError: It is not valid SVG, or the drawing process failed.

    Source:
        resvg: `render`.
    """
    with _lock:
        renderer = _idle.pop() if _idle and _idle[-1].owner == os.getpid() else None
    renderer = renderer or _Renderer()
    done = False
    try:
        picture = renderer.rendered(svg)
        done = True
    finally:
        if done:
            with _lock:
                _idle.append(renderer)
        else:
            renderer.end()
    return picture


def end_renderers() -> None:
    """End the children that are waiting for work; the next call starts new ones."""
    with _lock:
        ending = [renderer for renderer in _idle if renderer.owner == os.getpid()]
        _idle.clear()
    for renderer in ending:
        renderer.end()


atexit.register(end_renderers)
