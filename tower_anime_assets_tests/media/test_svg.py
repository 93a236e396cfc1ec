"""SVG drawn by child processes."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from PIL import Image

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media import svg
from tower_anime_assets_tests.media.own_children import is_living, living_children

SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="8"><rect width="4" height="8" fill="{1}"/></svg>'


def pixels(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png), formats=["PNG"]).convert("RGBA")


def test_a_drawing_has_its_own_size_and_colours() -> None:
    picture = pixels(svg.render_svg(SQUARE.format(12, "#ff0000")))
    assert picture.size == (12, 8)
    assert picture.getpixel((1, 1)) == (255, 0, 0, 255)
    assert picture.getpixel((8, 1)) == (0, 0, 0, 0)


def test_threads_draw_side_by_side_and_each_gets_its_own_picture() -> None:
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda width: pixels(svg.render_svg(SQUARE.format(width, "blue"))).size[0], range(8, 40)))
    assert drawn == list(range(8, 40))


def test_a_bad_drawing_is_named_and_the_next_one_is_drawn() -> None:
    with pytest.raises(MediaError, match="cannot render"):
        svg.render_svg("<svg")
    assert pixels(svg.render_svg(SQUARE.format(9, "red"))).size == (9, 8)


def test_a_killed_child_is_an_error_once_and_then_replaced() -> None:
    svg.stop_renderers()
    svg.render_svg(SQUARE.format(9, "red"))
    (child,) = living_children("svg_child")
    child.send_signal(signal.SIGKILL)
    child.wait(5)
    with pytest.raises(MediaError, match="SVG renderer"):
        svg.render_svg(SQUARE.format(9, "red"))
    assert pixels(svg.render_svg(SQUARE.format(9, "red"))).size == (9, 8)


def test_children_do_not_outlive_a_parent_that_is_killed() -> None:
    code = (
        "import os, psutil, time\nfrom tower_anime_assets.media import svg\n"
        f"svg.render_svg({SQUARE.format(9, 'red')!r})\n"
        "print(psutil.Process().children()[0].pid, flush=True)\ntime.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while (is_running := is_living(child)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running
