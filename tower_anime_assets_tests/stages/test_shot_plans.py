"""Scenes are planned one by one, and judged together against the length that the title page asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, episode_plan
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.small_show import KEY, SCRIPT, write_small_show


@pytest.mark.parametrize(("asked_s", "is_kept"), [(20, True), (60, False)])
def test_an_episode_that_does_not_fit_its_slot_is_stopped_at_its_plan(
    database: Database, tmp_path: Path, asked_s: int, is_kept: bool
) -> None:
    write_small_show(tmp_path / "projects", SCRIPT.replace("Title: Small\n", f"Title: Small\nDuration: {asked_s}\n"))
    studio = Studio(Settings(projects=tmp_path / "projects", home=tmp_path / "home"), database)
    key = EpisodeKey.parse(KEY)
    ingest.read_characters(Run(studio), key.project)
    ingest.read_episode(studio, key)
    report = saved_episode(Run(studio), key).make(SHOT_PLANS)
    failed = [verdict.gate for outcome in report.outcomes for verdict in outcome.failed]
    if is_kept:
        assert failed == []
        return
    assert failed == ["episodes_keep_their_length"]
    with pytest.raises(
        NotAcceptedError, match=r"episode_length_error_share is 0\.\d+ .* Change the title page's Duration"
    ):
        episode_plan(saved_episode(Run(studio), key))
