"""How many takes the embedded engines make at once: as many as this process has cores, within reason."""

from __future__ import annotations

import os

MAX_LANES = 4
"""A clip's lane keeps up to two cores busy, drawing here and encoding in ffmpeg; a process with two lanes was seen to
take 0.57 GB, with four 0.73, with eight 1.06."""


def lanes_for(cores: int) -> int:
    """Return how many lanes so many cores are given: two even of one core, for a lane also waits for files."""
    return min(max(cores, 2), MAX_LANES)


def usable_cores() -> int:
    """Return the cores that this process may run on, fewer than the machine has where it is held to some."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


LANES = lanes_for(usable_cores())
