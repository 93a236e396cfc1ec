"""What a run's tags and job say of how soon its jobs are made."""

from __future__ import annotations

import pytest

from tower_anime_assets.defs.tags import NIGHT_TAG, RERENDER_JOB, priority_of
from tower_anime_assets.production.attempt import JobPriority


@pytest.mark.parametrize(
    ("job", "tags", "priority"),
    [
        ("produce_episode", {}, JobPriority.USUAL),
        ("produce_episode", {NIGHT_TAG: "2026-01-02T03:04:05+00:00"}, JobPriority.OVERNIGHT),
        ("__ASSET_JOB", {"dagster/backfill": "abcdef"}, JobPriority.OVERNIGHT),
        (RERENDER_JOB, {}, JobPriority.PERSON),
        (RERENDER_JOB, {"dagster/backfill": "abcdef"}, JobPriority.PERSON),
    ],
)
def test_shots_that_are_made_again_go_first_and_nights_and_backfills_last(
    job: str, tags: dict[str, str], priority: JobPriority
) -> None:
    assert priority_of(job, tags) is priority
