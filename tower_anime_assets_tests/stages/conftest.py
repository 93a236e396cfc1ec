"""A small episode, made stage by stage in this process, without Dagster."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tower_anime_assets.cli import main
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
from tower_anime_assets_tests.conftest import DatabaseServer
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


@dataclass
class CommandLine:
    """The `tower` command in this process, on a made episode's studio."""

    capfd: pytest.CaptureFixture[str]

    def tower(self, *words: str) -> tuple[int, str, str]:
        """Run a command; return its exit code and what it printed to stdout and stderr."""
        code = main(words)
        printed = self.capfd.readouterr()
        return code, printed.out, printed.err


@pytest.fixture
def command_line(
    made_episode: MadeEpisode, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> CommandLine:
    settings = made_episode.studio.settings
    monkeypatch.setenv("TOWER_HOME", str(settings.home))
    monkeypatch.setenv("TOWER_PROJECTS", str(settings.projects))
    monkeypatch.setenv("TOWER_DATABASE_URL", made_episode.studio.database.url)
    monkeypatch.setenv("TOWER_USER", "Mei Tanaka")
    return CommandLine(capfd)


@dataclass(frozen=True)
class SavedStudio:
    """A studio that is never changed.

    Attributes:
        folder: Its show and its home.
        database: The name of its database, which has no clients.
    """

    folder: Path
    database: str


def _open_made_episode(folder: Path, database: Database) -> MadeEpisode:
    settings = Settings(projects=folder / "projects", home=folder / "home")
    return MadeEpisode(Studio(settings, database), EpisodeKey.parse(KEY), folder / "projects" / "small")


@pytest.fixture(scope="session")
def saved_studio(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> SavedStudio:
    """The studio that the made episodes are copies of."""
    folder = tmp_path_factory.mktemp("saved")
    write_small_show(folder / "projects")
    url = database_server.make_database()
    made = _open_made_episode(folder, Database(url))
    ingest.read_characters(Run(made.studio), made.key.project)
    ingest.read_episode(made.studio, made.key)
    for stage in EPISODE_STAGES:
        report = made.work.make(stage)
        assert report.rejected == (), f"{stage.name}: {[outcome.failed for outcome in report.rejected]}"
        if stage is SHOT_PLANS:
            ingest.save_plan(made.work)
    made.studio.close()
    return SavedStudio(folder, urlsplit(url).path.removeprefix("/"))


@pytest.fixture(scope="module")
def made_episode(
    saved_studio: SavedStudio, database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MadeEpisode]:
    """A made episode that nobody else in the session writes to."""
    folder = tmp_path_factory.mktemp("studio")
    shutil.copytree(saved_studio.folder, folder, dirs_exist_ok=True)
    made = _open_made_episode(folder, Database(database_server.make_database(saved_studio.database)))
    yield made
    made.studio.close()
