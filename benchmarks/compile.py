"""Joining 24, 60 and 120 clips with dissolves, against one ffmpeg xfade chain over the same clips.

Every join runs in a process of its own, so that its peak memory (with that of its ffmpeg) is its own. The clips are
one moving pattern in the house encoding, written once and used under several names.
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
LEAST_SPEED_UP = 4.0
MOST_MEMORY_GROWTH = 1.2

_OURS = """
import json, resource, sys, time
from pathlib import Path
from tower_anime_assets.media.concat import Strip, concat_strips
clips, out, dissolve, frames, fps = json.loads(sys.argv[1])
begin = time.perf_counter()
concat_strips([Strip(Path(clip), 0, frames, dissolve if at else 0) for at, clip in enumerate(clips)], Path(out), fps)
"""

_XFADE = """
import json, resource, sys, time
from pathlib import Path
from tower_anime_assets.media import ffmpeg
from tower_anime_assets.media.mezzanine import X264_OPTIONS
clips, out, dissolve, frames, fps = json.loads(sys.argv[1])
inputs = [part for clip in clips for part in ("-i", ffmpeg.file_url(Path(clip)))]
chain, shown = [], "[0:v]"
for at in range(1, len(clips)):
    offset = at * (frames - dissolve) / fps
    chain.append(f"{shown}[{at}:v]xfade=transition=fade:duration={dissolve / fps}:offset={offset:.6f}[x{at}]")
    shown = f"[x{at}]"
encoder = [part for name, value in X264_OPTIONS.items() for part in (f"-{name}", value)]
begin = time.perf_counter()
ffmpeg.run(
    [*inputs, "-filter_complex", ";".join(chain), "-map", shown, "-c:v", "libx264", *encoder, "-f", "mp4", out],
    subject="run the xfade chain",
)
"""

_REPORT = """
seconds = time.perf_counter() - begin
used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
cpu_s = sum(usage.ru_utime + usage.ru_stime for usage in used)
print(json.dumps([seconds, cpu_s, sum(usage.ru_maxrss for usage in used) / 1024]))
"""


def _pattern(at: int) -> NDArray[np.uint8]:
    """Return a frame with edges, a gradient and a little grain, all in motion."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = 90 + 50 * np.sin((x + 3 * at) / 37) + 40 * np.sign(np.sin((y - 2 * at) / 29) * np.sin((x - at) / 53))
    grain = np.random.default_rng(at).integers(-2, 3, (HEIGHT, WIDTH))
    grey = np.clip(waves + grain, 0, 255).astype(np.uint8)
    return np.stack([grey, 255 - grey, np.roll(grey, 40, axis=1)], axis=2)


def _clips(folder: Path, count: int) -> list[Path]:
    first = folder / "clip-000.mp4"
    with ClipWriter(first, WIDTH, HEIGHT, FPS) as writer:
        for at in range(CLIP_FRAMES):
            writer.write(_pattern(at))
    paths = [folder / f"clip-{at:03d}.mp4" for at in range(count)]
    for path in paths[1:]:
        path.hardlink_to(first)
    return paths


@dataclass(frozen=True)
class Cost:
    """What one way of joining took; the memory is that of the process and of its largest ffmpeg together."""

    wall_s: float
    cpu_s: float
    peak_mb: float


@dataclass(frozen=True)
class Comparison:
    """Both ways of joining as many clips, medians of the runs; `is_exact` says that ours has every right frame."""

    clips: int
    ours: Cost
    xfade: Cost
    is_exact: bool

    @property
    def speed_up(self) -> float:
        """How many times faster ours is by the clock."""
        return self.xfade.wall_s / self.ours.wall_s


def _run(program: str, clips: Sequence[Path], out: Path) -> Cost:
    job = json.dumps([[str(clip) for clip in clips], str(out), DISSOLVE_FRAMES, CLIP_FRAMES, FPS])
    done = subprocess.run([sys.executable, "-c", program + _REPORT, job], check=True, capture_output=True, text=True)
    return Cost(*json.loads(done.stdout))


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(*(statistics.median(column) for column in zip(*map(astuple, costs), strict=True)))


def compare(counts: Sequence[int] = COUNTS, runs: int = 3) -> list[Comparison]:
    """Return a comparison per number of clips; both ways take turns, so that a busy machine slows both."""
    made = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = _clips(folder, max(counts))
        for count in counts:
            ours, xfade = [], []
            for _ in range(runs):
                ours.append(_run(_OURS, clips[:count], folder / "ours.mp4"))
                xfade.append(_run(_XFADE, clips[:count], folder / "xfade.mp4"))
            is_exact = _is_exact(folder / "ours.mp4", clips[0], count)
            made.append(Comparison(count, _median(ours), _median(xfade), is_exact))
    return made


def measure(counts: Sequence[int] = COUNTS, runs: int = 3) -> list[Row]:
    """Return the promises about compiling with what was measured of them."""
    found = compare(counts, runs)
    rows = [
        Row(
            f"{one.clips} clips joined, against an xfade chain",
            one.speed_up,
            "times faster",
            f">= {LEAST_SPEED_UP:g} times",
            one.speed_up >= LEAST_SPEED_UP,
        )
        for one in found
    ]
    growth = found[-1].ours.peak_mb / found[0].ours.peak_mb
    label = f"memory of joining {found[-1].clips} clips, against {found[0].clips}"
    rows.append(Row(label, growth, "times", f"<= {MOST_MEMORY_GROWTH:g} times", growth <= MOST_MEMORY_GROWTH))
    wrong = sum(not one.is_exact for one in found)
    rows.append(Row("joined films with a wrong frame", wrong, f"of {len(found)}", "none", not wrong))
    return rows


def _is_exact(film: Path, clip: Path, count: int) -> bool:
    """Return whether the film has every frame, each the right one: equal to the clip's, or close to its blend."""
    source = [luma[::8, ::8].astype(np.float32) for luma in luma_frames(clip)]
    step = CLIP_FRAMES - DISSOLVE_FRAMES
    at = -1
    for at, luma in enumerate(luma_frames(film)):
        place = min(at // step, count - 1)
        shown = source[at - place * step]
        if place and at - place * step < DISSOLVE_FRAMES:
            share = (at - place * step + 1) / (DISSOLVE_FRAMES + 1)
            shown = shown * share + source[at - (place - 1) * step] * (1 - share)
        if float(np.abs(luma[::8, ::8] - shown).mean()) > 2.5:
            return False
    return at + 1 == count * step + DISSOLVE_FRAMES


def main() -> None:
    """Print what was measured."""
    print("clips  exact   ours s  xfade s  faster   ours CPU s  xfade CPU s   ours MB  xfade MB")
    for one in compare():
        print(
            f"{one.clips:5d}  {'yes' if one.is_exact else 'NO':>5}  {one.ours.wall_s:7.2f}  {one.xfade.wall_s:7.2f}  "
            f"{one.speed_up:5.1f}x  {one.ours.cpu_s:10.2f}  {one.xfade.cpu_s:11.2f}  "
            f"{one.ours.peak_mb:8.0f}  {one.xfade.peak_mb:8.0f}"
        )


if __name__ == "__main__":
    main()
