"""A short day of two runs and their pages: the long one is `python -m benchmarks.soak`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.soak.day_run import TAKES_OF_EPISODE
from tower_anime_assets_tests.soak.long_day import MEMORY, spend_day

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

EPISODES = 30
"""Of which the run that lives on makes half: a minute on two cores, with five kills of the other one."""


def test_a_day_of_faults_and_kills_makes_everything_once_and_leaves_nothing(database: Database, tmp_path: Path) -> None:
    day = spend_day(database, tmp_path / "day", EPISODES)
    assert day.problems == ()
    assert day.takes == EPISODES * TAKES_OF_EPISODE
    assert day.kills == 5
    assert day.spoiled > 0
    assert day.leftovers == ()
    assert len(day.unused_jobs) <= day.kills + 1, "a kill or a spoiled answer costs a job at most"
    # Memory still fills its caches in so few episodes; the long day judges it.
    assert [words for words in day.grown if not words.startswith(MEMORY)] == []
