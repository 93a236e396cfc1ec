"""How many takes are made at once."""

from __future__ import annotations

import os

import pytest

from tower_anime_assets.media.lanes import lanes_for, usable_cores


@pytest.mark.parametrize(("cores", "lanes"), [(1, 2), (2, 2), (3, 3), (4, 4), (64, 4)])
def test_every_core_has_a_lane_within_reason(cores: int, lanes: int) -> None:
    assert lanes_for(cores) == lanes


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux holds a process to some cores")
def test_a_process_that_is_held_to_one_core_counts_one() -> None:
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, cores)
    assert usable_cores() == len(cores)
