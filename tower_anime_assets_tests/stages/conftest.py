"""A small episode, made stage by stage in this process, without Dagster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.episode import STAGES, EpisodeWork
from tower_anime_assets.stages.opening import saved_work
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
    def work(self) -> EpisodeWork:
        return saved_work(self.studio, self.key)

    @property
    def script(self) -> Path:
        return self.show / "episodes" / "e01.fountain"


@pytest.fixture(scope="module")
def made_episode(database: Database, tmp_path_factory: pytest.TempPathFactory) -> MadeEpisode:
    folder = tmp_path_factory.mktemp("studio")
    show = write_small_show(folder / "projects")
    settings = Settings(projects=folder / "projects", home=folder / "home")
    made = MadeEpisode(Studio(settings, database), EpisodeKey.parse(KEY), show)
    ingest.read_characters(made.studio)
    ingest.read_episode(made.studio, made.key)
    for stage in STAGES:
        report = made.work.make(stage)
        assert report.rejected == (), f"{stage}: {[outcome.failed for outcome in report.rejected]}"
        if stage == "plan":
            ingest.save_plan(made.work)
    return made
