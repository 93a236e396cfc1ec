"""Joining 24, 60 and 120 clips with dissolves, compared with one ffmpeg xfade chain over the same clips.

Every join runs in its own process, which is measured together with its ffmpeg. The clips are one moving pattern in the
mezzanine format, written once and used under several names.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.table import Row
from tower_anime_assets.media.clip_writer import ClipWriter
from tower_anime_assets.media.frames import luma_frames

COUNTS = (24, 60, 120)
CLIP_FRAMES, DISSOLVE_FRAMES, FPS = 121, 12, 24
WIDTH, HEIGHT = 768, 512
MIN_SPEED_UP = 4.0
MAX_MEMORY_GROWTH = 1.2

_OURS = """
import json, resource, sys, time
from pathlib import Path
from tower_anime_assets.media.concat import Strip, concat_strips
clips, out, dissolve, frames, fps = json.loads(sys.argv[1])
start = time.perf_counter()
strips = [Strip(Path(clip), 0, frames, dissolve if index else 0) for index, clip in enumerate(clips)]
concat_strips(strips, Path(out), fps)
"""

_XFADE = """
import json, resource, sys, time
from pathlib import Path
from tower_anime_assets.media import ffmpeg
from tower_anime_assets.media.mezzanine import X264_OPTIONS
clips, out, dissolve, frames, fps = json.loads(sys.argv[1])
inputs = [part for clip in clips for part in ("-i", ffmpeg.file_url(Path(clip)))]
chain, joined = [], "[0:v]"
for index in range(1, len(clips)):
    offset = index * (frames - dissolve) / fps
    chain.append(f"{joined}[{index}:v]xfade=transition=fade:duration={dissolve / fps}:offset={offset:.6f}[x{index}]")
    joined = f"[x{index}]"
encoder = [part for name, value in X264_OPTIONS.items() for part in (f"-{name}", value)]
start = time.perf_counter()
ffmpeg.run(
    [*inputs, "-filter_complex", ";".join(chain), "-map", joined, "-c:v", "libx264", *encoder, "-f", "mp4", out],
    subject="run the xfade chain",
)
"""

_REPORT = """
wall_s = time.perf_counter() - start
usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
cpu_s = sum(usage.ru_utime + usage.ru_stime for usage in usages)
print(json.dumps([wall_s, cpu_s, sum(usage.ru_maxrss for usage in usages) / 1024]))
"""


def _pattern(frame: int) -> NDArray[np.uint8]:
    """Return a frame of moving edges, gradients and grain."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    stripes = np.sign(np.sin((y - 2 * frame) / 29) * np.sin((x - frame) / 53))
    waves = 90 + 50 * np.sin((x + 3 * frame) / 37) + 40 * stripes
    grain = np.random.default_rng(frame).integers(-2, 3, (HEIGHT, WIDTH))
    grey = np.clip(waves + grain, 0, 255).astype(np.uint8)
    return np.stack([grey, 255 - grey, np.roll(grey, 40, axis=1)], axis=2)


def _clips(folder: Path, count: int) -> list[Path]:
    first = folder / "clip-000.mp4"
    with ClipWriter(first, WIDTH, HEIGHT, FPS) as writer:
        for frame in range(CLIP_FRAMES):
            writer.write(_pattern(frame))
    paths = [folder / f"clip-{index:03d}.mp4" for index in range(count)]
    for path in paths[1:]:
        path.hardlink_to(first)
    return paths


@dataclass(frozen=True)
class Cost:
    """The costs of a join; the memory is that of the process plus that of its largest ffmpeg."""

    wall_s: float
    cpu_s: float
    peak_mb: float


@dataclass(frozen=True)
class Comparison:
    """The median costs of both ways of joining; `is_exact` means that every frame of ours is right."""

    clips: int
    ours: Cost
    xfade: Cost
    is_exact: bool

    @property
    def speed_up(self) -> float:
        """Wall time of the xfade chain divided by ours."""
        return self.xfade.wall_s / self.ours.wall_s


def _run(program: str, clips: Sequence[Path], out: Path) -> Cost:
    job = json.dumps([[str(clip) for clip in clips], str(out), DISSOLVE_FRAMES, CLIP_FRAMES, FPS])
    process = subprocess.run([sys.executable, "-c", program + _REPORT, job], check=True, capture_output=True, text=True)
    return Cost(*json.loads(process.stdout))


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(*(statistics.median(column) for column in zip(*map(astuple, costs), strict=True)))


def compare(counts: Sequence[int] = COUNTS, runs: int = 3) -> list[Comparison]:
    """Return a comparison per number of clips; both ways alternate, so that a busy machine slows both."""
    comparisons = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = _clips(folder, max(counts))
        for count in counts:
            ours, xfade = [], []
            for _ in range(runs):
                ours.append(_run(_OURS, clips[:count], folder / "ours.mp4"))
                xfade.append(_run(_XFADE, clips[:count], folder / "xfade.mp4"))
            is_exact = _is_exact(folder / "ours.mp4", clips[0], count)
            comparisons.append(Comparison(count, _median(ours), _median(xfade), is_exact))
    return comparisons


def measure(counts: Sequence[int] = COUNTS, runs: int = 3) -> list[Row]:
    """Return what was measured, each with its promise."""
    comparisons = compare(counts, runs)
    rows = [
        Row(
            f"{item.clips} clips joined, against an xfade chain",
            item.speed_up,
            "times faster",
            f">= {MIN_SPEED_UP:g} times",
            item.speed_up >= MIN_SPEED_UP,
        )
        for item in comparisons
    ]
    first, last = comparisons[0], comparisons[-1]
    growth = last.ours.peak_mb / first.ours.peak_mb
    label = f"memory of joining {last.clips} clips, against {first.clips}"
    rows.append(Row(label, growth, "times", f"<= {MAX_MEMORY_GROWTH:g} times", growth <= MAX_MEMORY_GROWTH))
    wrong = sum(not item.is_exact for item in comparisons)
    rows.append(Row("joined films with a wrong frame", wrong, f"of {len(comparisons)}", "none", not wrong))
    return rows


def _is_exact(film: Path, clip: Path, count: int) -> bool:
    """Return whether the film has all frames, each close to the frame of the clip or to the blend of two."""
    source = [luma[::8, ::8].astype(np.float32) for luma in luma_frames(clip)]
    step = CLIP_FRAMES - DISSOLVE_FRAMES
    frames = 0
    for frame, luma in enumerate(luma_frames(film)):
        index = min(frame // step, count - 1)
        clip_frame = frame - index * step
        expected = source[clip_frame]
        if index and clip_frame < DISSOLVE_FRAMES:
            share = (clip_frame + 1) / (DISSOLVE_FRAMES + 1)
            expected = expected * share + source[clip_frame + step] * (1 - share)
        if float(np.abs(luma[::8, ::8] - expected).mean()) > 2.5:
            return False
        frames += 1
    return frames == count * step + DISSOLVE_FRAMES


def main() -> None:
    """Print the comparison as a table."""
    print("clips  exact   ours s  xfade s  faster   ours CPU s  xfade CPU s   ours MB  xfade MB")
    for item in compare():
        ours, xfade = item.ours, item.xfade
        print(
            f"{item.clips:5d}  {'yes' if item.is_exact else 'NO':>5}  {ours.wall_s:7.2f}  {xfade.wall_s:7.2f}  "
            f"{item.speed_up:5.1f}x  {ours.cpu_s:10.2f}  {xfade.cpu_s:11.2f}  "
            f"{ours.peak_mb:8.0f}  {xfade.peak_mb:8.0f}"
        )


if __name__ == "__main__":
    main()
