"""The quality pass over a clip: against bare decoding of it, and against the same measures by scikit-image.

`python -m benchmarks.quality` prints its table. One decoder thread on both sides; scikit-image is timed on a sample
of frame pairs, without decoding, and scaled to the clip.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.table import Row, print_rows
from tower_anime_assets.media.clip_writer import ClipWriter
from tower_anime_assets.media.frames import frame_at, luma_frames
from tower_anime_assets.production.story.model import Appearance, Character, Voice
from tower_anime_assets.quality import image, video
from tower_anime_assets_tests.quality import reference

FRAMES, WIDTH, HEIGHT, FPS = 121, 768, 512, 24
REPEATS = 9
SAMPLED_PAIRS = 6


def measure() -> list[Row]:
    """Return the figures; about ten seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        write_clip(path)
        still = frame_at(path, 0)
        keyframe = video.limited_range_luma(still)

        def bare() -> None:
            assert sum(1 for _ in luma_frames(path)) == FRAMES

        def whole() -> None:
            video.measure_clip(luma_frames(path), FPS, keyframe, (0.0, 10.0))

        decoding, passing = medians(bare, whole)
        measured = video.measure_clip(luma_frames(path), FPS, keyframe, (0.0, 10.0))
        frames = [frame.copy() for frame in luma_frames(path)]
        slow_s, difference = against_reference(frames, measured)
    (still_s,) = medians(lambda: image.still_measures(still, (WIDTH, HEIGHT), (_SOMEBODY,), still))
    return [
        _row("Quality pass over a 121-frame clip / bare decoding", passing / decoding, "x", "at most 4 x", 4.0),
        _row(
            "scikit-image on the same frames / quality pass", slow_s / passing, "x", "at least 25 x", 25.0, least=True
        ),
        _row("Largest difference from scikit-image", difference, "", "at most 0.001", 1e-3),
        _row("Quality of one still", still_s * 1000, "ms", "at most 40 ms", 40.0),
    ]


def write_clip(path: Path) -> None:
    """Write a clip as the embedded engines draw them: flat shapes with lines, a slow pan, rain, grainless."""
    chance = np.random.default_rng(7)
    wide = _street(chance)
    with ClipWriter(path, WIDTH, HEIGHT, FPS) as out:
        for at in range(FRAMES):
            shift = np.array([[1, 0, -0.6 * at], [0, 1, 0]], np.float32)
            frame = cv2.warpAffine(wide, shift, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
            for x, y in chance.integers((0, 0), (WIDTH, HEIGHT), (120, 2)):
                cv2.line(frame, (int(x), int(y)), (int(x) - 3, int(y) + 22), (190, 180, 170), 1, cv2.LINE_AA)
            out.write(np.asarray(frame, dtype=np.uint8))


def medians(*ways: Callable[[], object]) -> tuple[float, ...]:
    """Return the median seconds of each way, run in turn so that a slow moment of the machine meets all of them."""
    taken: list[list[float]] = [[] for _ in ways]
    for _ in range(REPEATS):
        for times, way in zip(taken, ways, strict=True):
            before = time.perf_counter()
            way()
            times.append(time.perf_counter() - before)
    return tuple(statistics.median(times) for times in taken)


def against_reference(frames: list[NDArray[np.uint8]], measured: video.ClipMeasures) -> tuple[float, float]:
    """Return seconds that scikit-image needs for a clip, and the largest difference where the definition is the same.

    Luma and change are compared in shares of white, sharpness in shares of its own value.
    """
    places = np.linspace(1, len(frames) - 1, SAMPLED_PAIRS).astype(int)
    differences = []
    taken = 0.0
    for at in places:
        before = time.perf_counter()
        slow = reference.measure_frame(frames[at - 1], frames[at])
        taken += time.perf_counter() - before
        differences += [
            abs(slow.luma - measured.luma[at]) / 255,
            abs(slow.change - measured.change[at - 1]) / 255,
            abs(slow.sharpness - measured.sharpness[at]) / slow.sharpness,
            abs(slow.ssim - measured.ssim[at - 1]),
        ]
    return taken / len(places) * len(frames), max(differences)


_SOMEBODY = Character(
    "somebody",
    "Somebody",
    "",
    Appearance("#20242e", "short", "#e8b898", "#3060a0", "#2060d0", "coat", "#40e0ff"),
    Voice(),
)


def _street(chance: np.random.Generator) -> NDArray[np.uint8]:
    wide = np.empty((HEIGHT, WIDTH + 100, 3), np.uint8)
    wide[:] = np.linspace((90, 50, 40), (150, 110, 160), HEIGHT).astype(np.uint8)[:, np.newaxis]
    for _ in range(60):
        left, width, height = (int(value) for value in chance.integers((0, 20, 60), (WIDTH + 100, 90, 330)))
        corners = (left, HEIGHT - height), (left + width, HEIGHT)
        colour = tuple(int(value) for value in chance.integers(15, 150, 3))
        cv2.rectangle(wide, *corners, colour, -1)
        cv2.rectangle(wide, *corners, (20, 15, 15), 2, cv2.LINE_AA)
    cv2.circle(wide, (400, 200), 60, (190, 210, 245), -1, cv2.LINE_AA)
    cv2.rectangle(wide, (336, 262), (464, HEIGHT), (200, 120, 40), -1)
    return wide


def _row(label: str, value: float, unit: str, promise: str, bound: float, least: bool = False) -> Row:
    return Row(label, value, unit, promise, value >= bound if least else value <= bound)


if __name__ == "__main__":
    print_rows(measure())
