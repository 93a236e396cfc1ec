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
from pathlib import Path

import numpy as np

from benchmarks.table import Row, print_rows
from tower_anime_assets.animatic.animator import EmbeddedAnimator
from tower_anime_assets.animatic.painter.composition import draw_keyframe
from tower_anime_assets.media.clip_writer import ClipWriter
from tower_anime_assets.media.frames import rgb_frames
from tower_anime_assets.media.layer_file import flatten, write_layers
from tower_anime_assets.media.pictures import write_png
from tower_anime_assets.production.attempt import Attempt
from tower_anime_assets.production.planning.briefs import ClipBrief, KeyframeBrief, MouthSpan
from tower_anime_assets.production.planning.shots import Emotion, Facing, Framing, Move, Pose, Setting, Subject
from tower_anime_assets.production.story.model import Appearance, Character, Style, Voice

FRAMES, WIDTH, HEIGHT, FPS = 121, 768, 512, 24
REPEATS = 5

_SOMEBODY = Character(
    "somebody",
    "Somebody",
    "",
    Appearance("#20242e", "spiky", "#e8b898", "#3060a0", "#2060d0", "jacket", "#40e0ff"),
    Voice(),
)
_STREET = Setting("NEON STREET", False, "night", "rain", "tense")

KEYFRAME = KeyframeBrief(
    framing=Framing.MEDIUM,
    move=Move.TRACK_RIGHT,
    subjects=(Subject("somebody", Emotion.DETERMINED, Pose.STAND, Facing.RIGHT, 0.0),),
    cast=(_SOMEBODY,),
    setting=_STREET,
    objects=(),
    effects=("rain", "neon-flicker"),
    prompt="",
    negative="",
    style=Style(),
    width_px=WIDTH,
    height_px=HEIGHT,
    seed=7,
    occurrence=0,
)

BRIEF = ClipBrief(
    keyframe_sha256="0" * 64,
    frames=FRAMES,
    fps=FPS,
    width_px=WIDTH,
    height_px=HEIGHT,
    framing=KEYFRAME.framing,
    move=KEYFRAME.move,
    activity=0.4,
    setting=_STREET,
    effects=KEYFRAME.effects,
    speaking=(MouthSpan("somebody", 20, 90),),
    card="",
    prompt="",
    negative="",
    seed=7,
)
"""Five painted layers under a travelling camera, rain, flickering signs, somebody who speaks."""


def measure() -> list[Row]:
    """Return the figures; about fifteen seconds."""
    with tempfile.TemporaryDirectory() as name, one_core():
        folder = Path(name)
        picture = draw_keyframe(KEYFRAME)
        write_png(folder / "picture.png", flatten(picture))
        write_layers(picture, folder / "layers.png")
        drawn = [np.ascontiguousarray(frame[..., ::-1]) for frame in rgb_frames(make(folder, BRIEF))]

        def bare() -> None:
            with ClipWriter(folder / "bare.mp4", WIDTH, HEIGHT, FPS) as clip:
                for frame in drawn:
                    clip.write(frame)

        bare_s, clip_s = medians(bare, lambda: make(folder, BRIEF))
        cpu_s = cpu_seconds(lambda: make(folder, BRIEF))
        memory_mb = peak_mb(lambda: make(folder, BRIEF))
    return [
        _row("A 121-frame clip / bare encoding of its frames, one core", clip_s / bare_s, "x", "at most 3 x", 3.0),
        _row("Processor time of that clip, ffmpeg's included", cpu_s, "s", "at most 3 s", 3.0),
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


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the processor time that `work` took here and in the children that it waited for."""
    before = os.times()
    work()
    return sum(os.times()[:4]) - sum(before[:4])


def peak_mb(work: Callable[[], object]) -> float:
    """Return the most memory that Python, NumPy and OpenCV's arrays held while `work` ran; ffmpeg's is not in it."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def _row(label: str, value: float, unit: str, promise: str, bound: float) -> Row:
    return Row(label, value, unit, promise, value <= bound)


if __name__ == "__main__":
    print_rows(measure())
