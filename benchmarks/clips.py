"""A clip by the embedded animator against the bare encoding of the very frames that it draws.

`python -m benchmarks.clips` prints its table. Both sides are held on one core, since two clips are made side by side.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.table import Row, print_rows
from tower_anime_assets.engines.embedded.animator import EmbeddedAnimator
from tower_anime_assets.engines.protocols import Attempt
from tower_anime_assets.media.clip_writer import ClipWriter
from tower_anime_assets.media.frames import rgb_frames
from tower_anime_assets.media.layer_file import flatten, write_layers
from tower_anime_assets.media.layers import Layer, LayeredPicture, Patch, Rgba
from tower_anime_assets.media.pictures import write_png
from tower_anime_assets.production.briefs import ClipBrief, MouthSpan
from tower_anime_assets.production.shots import Framing, Move, Setting

FRAMES, WIDTH, HEIGHT, FPS, MARGIN = 121, 768, 512, 24, 96
REPEATS = 5

BRIEF = ClipBrief(
    keyframe_sha256="0" * 64,
    frames=FRAMES,
    fps=FPS,
    width_px=WIDTH,
    height_px=HEIGHT,
    framing=Framing.MEDIUM,
    move=Move.TRACK_RIGHT,
    activity=0.4,
    setting=Setting("STREET", False, "night", "rain", "tense"),
    effects=("rain", "neon-flicker"),
    speaking=(MouthSpan("somebody", 20, 90),),
    card="",
    prompt="",
    negative="",
    seed=7,
)
"""Six layers under a travelling camera, rain, a flickering sign, somebody who speaks."""


def measure() -> list[Row]:
    """Return the figures; about fifteen seconds."""
    with tempfile.TemporaryDirectory() as name, one_core():
        folder = Path(name)
        picture = street()
        write_png(folder / "picture.png", flatten(picture))
        write_layers(picture, folder / "layers.png")
        drawn = [np.ascontiguousarray(frame[..., ::-1]) for frame in rgb_frames(make(folder, BRIEF))]

        def bare() -> None:
            with ClipWriter(folder / "bare.mp4", WIDTH, HEIGHT, FPS) as clip:
                for frame in drawn:
                    clip.write(frame)

        bare_s, clip_s = medians(bare, lambda: make(folder, BRIEF))
        (calm_s,) = medians(
            lambda: make(folder, replace(BRIEF, effects=(), setting=replace(BRIEF.setting, weather="")))
        )
        memory_mb = peak_mb(lambda: make(folder, BRIEF))
    return [
        _row("A 121-frame clip / bare encoding of its frames, one core", clip_s / bare_s, "x", "at most 3 x", 3.0),
        _row("The same in seconds", clip_s, "s", "at most 2 s", 2.0),
        _row("The same without weather", calm_s, "s", "at most 2 s", 2.0),
        _row("Memory of one running clip", memory_mb, "MB", "at most 120 MB", 120.0),
    ]


@contextmanager
def one_core() -> Iterator[None]:
    """Hold this process and its children on one core, where the system lets us."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def make(folder: Path, brief: ClipBrief) -> Path:
    """Return the clip that the engine makes of the files in a folder."""
    engine = EmbeddedAnimator()
    inputs = {role: folder / f"{role}.png" for role in ("picture", "layers")}
    planned = engine.plan_attempt(brief, 1, ())
    return engine.make(brief, Attempt(1, planned["seed"], planned, folder, inputs)).files["main"]


def medians(*ways: Callable[[], object]) -> tuple[float, ...]:
    """Return the median seconds of each way, run in turn so that a slow moment of the machine meets all of them."""
    taken: list[list[float]] = [[] for _ in ways]
    for _ in range(REPEATS):
        for times, way in zip(taken, ways, strict=True):
            before = time.perf_counter()
            way()
            times.append(time.perf_counter() - before)
    return tuple(statistics.median(times) for times in taken)


def peak_mb(work: Callable[[], object]) -> float:
    """Return the most memory that Python, NumPy and OpenCV's arrays held while `work` ran; ffmpeg's is not in it."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def street() -> LayeredPicture:
    """Return a night street of six layers, as detailed as a drawn one."""
    chance = np.random.default_rng(5)
    sky = _blank()
    sky[...] = (*(40, 34, 84), 255)
    sky[..., :3] = sky[..., :3] + np.linspace(0, 60, sky.shape[0]).astype(np.uint8)[:, np.newaxis, np.newaxis]
    sign = _blank()
    cv2.circle(sign, (MARGIN + 150, MARGIN + 170), 46, (255, 60, 200, 255), -1, cv2.LINE_AA)
    post = _blank()
    cv2.rectangle(post, (0, 0), (MARGIN + 50, post.shape[0]), (10, 8, 16, 255), -1)
    figure, patches = _figure(MARGIN + 430, MARGIN + 250)
    layers = (
        Layer("sky", 0.05, sky),
        Layer("far", 0.3, _houses(chance, 0.6)),
        Layer("near", 0.65, _houses(chance, 0.85)),
        Layer("sign", 0.65, np.asarray(cv2.GaussianBlur(sign, (0, 0), 14), np.uint8), glow=True),
        Layer("somebody", 1.0, figure, "somebody", patches),
        Layer("post", 1.4, post),
    )
    return LayeredPicture(WIDTH, HEIGHT, MARGIN, layers)


def _blank() -> Rgba:
    return np.zeros((HEIGHT + 2 * MARGIN, WIDTH + 2 * MARGIN, 4), np.uint8)


def _houses(chance: np.random.Generator, foot: float) -> Rgba:
    houses = _blank()
    base, x = int(foot * houses.shape[0]), 0
    while x < houses.shape[1]:
        wide, tall = int(chance.integers(40, 110)), int(chance.integers(80, 300))
        shade = int(chance.integers(24, 70))
        cv2.rectangle(houses, (x, base - tall), (x + wide, houses.shape[0]), (shade, shade, shade + 40, 255), -1)
        for row in range(base - tall + 10, base, 16):
            for column in range(x + 7, x + wide - 10, 14):
                if chance.random() < 0.4:
                    cv2.rectangle(houses, (column, row), (column + 6, row + 8), (250, 220, 140, 255), -1)
        x += wide
    return houses


def _figure(x: int, y: int) -> tuple[Rgba, tuple[Patch, ...]]:
    figure = _blank()
    skin = (240, 205, 180, 255)
    cv2.ellipse(figure, (x, y + 240), (150, 225), 0, 0, 360, (30, 60, 160, 255), -1, cv2.LINE_AA)
    cv2.ellipse(figure, (x, y - 30), (80, 100), 0, 0, 360, skin, -1, cv2.LINE_AA)
    mouth: NDArray[np.uint8] = np.full((40, 50, 4), skin, np.uint8)
    cv2.ellipse(mouth, (25, 20), (14, 11), 0, 0, 360, (130, 40, 50, 255), -1, cv2.LINE_AA)
    return figure, (Patch("mouth-open", x - 25, y + 10, mouth),)


def _row(label: str, value: float, unit: str, promise: str, bound: float) -> Row:
    return Row(label, value, unit, promise, value <= bound)


if __name__ == "__main__":
    print_rows(measure())
