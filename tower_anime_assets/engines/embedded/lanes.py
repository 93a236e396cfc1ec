"""How many takes the embedded engines make at once: as many as this process has cores, within reason."""

from __future__ import annotations

import os

MOST_LANES = 8
"""The record has ten connections; an episode with eight lanes was seen to take 1.1 GB, with two 0.6 GB."""


def lanes_for(cores: int) -> int:
    """Return how many lanes so many cores are given: two even of one core, for a lane also waits for files."""
    return min(max(cores, 2), MOST_LANES)


def usable_cores() -> int:
    """Return the cores that this process may run on, fewer than the machine has where it is held to some."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


LANES = lanes_for(usable_cores())
