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
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
from tower_anime_assets.media.packets import Strip, join
clips, out, dissolve, frames, fps = json.loads(sys.argv[1])
begin = time.perf_counter()
join([Strip(Path(clip), 0, frames, dissolve if at else 0) for at, clip in enumerate(clips)], Path(out), fps)
"""

_XFADE = """
import json, resource, sys, time
from pathlib import Path
from tower_anime_assets.media import ffmpeg
from tower_anime_assets.media.house import X264_OPTIONS
clips, out, dissolve, frames, fps = json.loads(sys.argv[1])
inputs = [part for clip in clips for part in ("-i", ffmpeg.local_name(Path(clip)))]
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
peaks = [resource.getrusage(whose).ru_maxrss / 1024 for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps([seconds, *peaks]))
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


def _run(program: str, clips: Sequence[Path], out: Path) -> tuple[float, float]:
    """Return seconds and peak MB (of the process and of its largest ffmpeg together) of one join."""
    job = json.dumps([[str(clip) for clip in clips], str(out), DISSOLVE_FRAMES, CLIP_FRAMES, FPS])
    done = subprocess.run([sys.executable, "-c", program + _REPORT, job], check=True, capture_output=True, text=True)
    seconds, own_mb, child_mb = json.loads(done.stdout)
    return seconds, own_mb + child_mb


def measure(counts: Sequence[int] = COUNTS, runs: int = 3) -> list[dict[str, float]]:
    """Return a row per count: clips, frames, is_exact (1 or 0), ours_s, xfade_s, speed_up, ours_mb, xfade_mb.

    Times and memory are medians over the runs; both ways take turns, so that a busy machine slows both.
    """
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = _clips(folder, max(counts))
        for count in counts:
            expected = count * CLIP_FRAMES - (count - 1) * DISSOLVE_FRAMES
            ours, xfade = [], []
            for _ in range(runs):
                ours.append(_run(_OURS, clips[:count], folder / "ours.mp4"))
                xfade.append(_run(_XFADE, clips[:count], folder / "xfade.mp4"))
            (ours_s, ours_mb), (xfade_s, xfade_mb) = (
                (statistics.median(column) for column in zip(*found, strict=True)) for found in (ours, xfade)
            )
            rows.append(
                {
                    "clips": count,
                    "frames": expected,
                    "is_exact": float(_is_exact(folder / "ours.mp4", clips[0], count)),
                    "ours_s": ours_s,
                    "xfade_s": xfade_s,
                    "speed_up": xfade_s / ours_s,
                    "ours_mb": ours_mb,
                    "xfade_mb": xfade_mb,
                }
            )
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
    """Print the table and fail when a promise is not kept."""
    rows = measure()
    print("clips  frames  exact   ours s  xfade s  faster   ours MB  xfade MB")
    for row in rows:
        exact = "yes" if row["is_exact"] else "NO"
        print(
            f"{row['clips']:5.0f}  {row['frames']:6.0f}  {exact:>5}  {row['ours_s']:7.2f}  {row['xfade_s']:7.2f}  "
            f"{row['speed_up']:5.1f}x  {row['ours_mb']:8.0f}  {row['xfade_mb']:8.0f}"
        )
    growth = rows[-1]["ours_mb"] / rows[0]["ours_mb"]
    print(f"memory of {rows[-1]['clips']:.0f} clips: {growth:.2f} times that of {rows[0]['clips']:.0f}")
    assert all(row["is_exact"] for row in rows), "not frame-exact"
    assert min(row["speed_up"] for row in rows) >= LEAST_SPEED_UP, "not four times faster than xfade"
    assert growth <= MOST_MEMORY_GROWTH, "memory grows with the number of clips"


if __name__ == "__main__":
    main()
