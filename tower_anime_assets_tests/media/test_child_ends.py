"""Children that somebody stops in the middle of their work."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import psutil
import pytest

from tower_anime_assets.errors import Cause, MediaError, StoppedError
from tower_anime_assets.media import ffmpeg, svg
from tower_anime_assets.media.child_ends import STOP_SIGNALS
from tower_anime_assets.media.synthesizer_child import run_synthesizer
from tower_anime_assets_tests.media.own_children import living_children

pytestmark = pytest.mark.chaos

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'
RAW = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "64x64", "-r", "25", "-i", "pipe:0")

HEEDED = [number for number in sorted(STOP_SIGNALS) if signal.getsignal(number) is not signal.SIG_IGN]
"""Children ignore what this process ignores: SIGHUP, below `nohup`."""


def child_named(word: str) -> psutil.Process:
    (child,) = living_children(word)
    return child


def write_frames_to_one_that_dies(path: Path, number: int) -> None:
    frame = np.zeros((64, 64, 3), np.uint8)
    with ffmpeg.open_input_pipe([*RAW, str(path)], subject="encode a clip") as pipe:
        pipe.write(frame)
        child_named("pipe:0").send_signal(number)
        for _ in range(2000):
            pipe.write(frame)


@pytest.mark.parametrize("number", HEEDED)
def test_an_ffmpeg_that_is_stopped_has_not_failed(tmp_path: Path, number: int) -> None:
    with pytest.raises(StoppedError, match=r"ffmpeg was stopped from outside.*encode a clip") as caught:
        write_frames_to_one_that_dies(tmp_path / "a.mp4", number)
    assert caught.value.cause is Cause.INTERRUPTED


def test_an_ffmpeg_that_is_killed_has_failed(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="killed by signal 9"):
        write_frames_to_one_that_dies(tmp_path / "a.mp4", signal.SIGKILL)


@pytest.mark.parametrize("number", HEEDED)
def test_a_renderer_that_is_stopped_has_not_failed_and_is_replaced(number: int) -> None:
    svg.stop_renderers()
    svg.render_svg(SVG)
    child = child_named("svg_child")
    child.send_signal(number)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it is dead, and its owner has not looked yet
    with pytest.raises(StoppedError, match="SVG renderer was stopped from outside"):
        svg.render_svg(SVG)
    assert svg.render_svg(SVG).startswith(b"\x89PNG")


def test_a_synthesizer_that_is_stopped_has_not_failed(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n")
    with pytest.raises(StoppedError, match=r"voice was stopped from outside \(SIGTERM\).*'Hm'"):
        run_synthesizer("voice", script, {}, "Hm", 10.0)
