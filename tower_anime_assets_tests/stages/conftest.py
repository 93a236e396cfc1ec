"""A small episode, made stage by stage in this process, without Dagster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.registry import EPISODE_STAGES
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.stage import EpisodeRun
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.small_show import KEY, write_small_show


@dataclass
class MadeEpisode:
    """A studio in which the small show's episode has been made whole."""

    studio: Studio
    key: EpisodeKey
    show: Path

    @property
    def work(self) -> EpisodeRun:
        return saved_episode(Run(self.studio), self.key)

    @property
    def script(self) -> Path:
        return self.show / "episodes" / "e01.fountain"


@pytest.fixture(scope="module")
def made_episode(database: Database, tmp_path_factory: pytest.TempPathFactory) -> MadeEpisode:
    folder = tmp_path_factory.mktemp("studio")
    show = write_small_show(folder / "projects")
    settings = Settings(projects=folder / "projects", home=folder / "home")
    made = MadeEpisode(Studio(settings, database), EpisodeKey.parse(KEY), show)
    ingest.read_characters(Run(made.studio), made.key.project)
    ingest.read_episode(made.studio, made.key)
    for stage in EPISODE_STAGES:
        report = made.work.make(stage)
        assert report.rejected == (), f"{stage.name}: {[outcome.failed for outcome in report.rejected]}"
        if stage is SHOT_PLANS:
            ingest.save_plan(made.work)
    return made
