"""ffmpeg's own loudness meter, which ours is held against."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import imageio_ffmpeg


def ebur128(sound: Path) -> tuple[float, float]:
    """Return a file's integrated loudness, LUFS, and its true peak, dBFS."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-i", sound, "-af", "ebur128=peak=true", "-f", "null", "-"]
    log = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    loudness = re.findall(r"I:\s+(-?[\d.]+) LUFS", log)[-1]
    peak = re.findall(r"Peak:\s+(-?[\d.]+) dBFS", log)[-1]
    return float(loudness), float(peak)
