"""A finished episode lies in TOWER_HOME/episodes, whoever or whatever had it made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tower_anime_assets.media.frames import probe
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.delivery import delivery_paths
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.registry import EPISODE_STAGES
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.waivers import waive
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.small_show import KEY, PROJECT, write_small_show
from tower_anime_assets_tests.stages.conftest import MadeEpisode

COMPANIONS = [f"{KEY}{suffix}" for suffix in (".jpg", ".mp4", ".png", ".srt", ".vtt")]


@pytest.fixture
def folder(made_episode: MadeEpisode) -> Path:
    return made_episode.studio.settings.home / "episodes"


def test_making_the_stage_delivers_the_master_with_its_companions(made_episode: MadeEpisode, folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == COMPANIONS
    (master,) = made_episode.work.accepted(MASTERS)
    for role, path in delivery_paths(made_episode.studio.settings, KEY, master).items():
        assert path.stat().st_size == master.files[role].size_bytes


def test_the_report_names_what_was_delivered_and_what_is_there_is_left_alone(
    made_episode: MadeEpisode, folder: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    report = made_episode.work.make(MASTERS)
    assert sorted(report.figures["delivered"]) == [str(folder / name) for name in COMPANIONS]
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_master_that_is_gone_or_another_is_replaced_though_nothing_is_made(
    made_episode: MadeEpisode, folder: Path
) -> None:
    whole = (folder / f"{KEY}.mp4").read_bytes()
    (folder / f"{KEY}.mp4").write_bytes(b"another one")
    (folder / f"{KEY}.srt").unlink()
    assert made_episode.work.make(MASTERS).made == 0
    assert (folder / f"{KEY}.mp4").read_bytes() == whole
    assert (folder / f"{KEY}.srt").is_file()


def test_a_rejected_master_is_delivered_only_once_somebody_passes_it(made_episode: MadeEpisode, folder: Path) -> None:
    project_file = made_episode.show / "project.yaml"
    before = project_file.read_text()
    project_file.write_text(before + "thresholds: {drift_frames: {low: 0.99}}\n")
    try:
        ingest.read_episode(made_episode.studio, made_episode.key)
        (folder / f"{KEY}.mp4").unlink()
        report = made_episode.work.make(MASTERS)
        assert len(report.rejected) == 1
        assert "delivered" not in report.figures
        assert not (folder / f"{KEY}.mp4").exists()
        answer = str(waive(made_episode.studio, KEY, "sound_and_picture_are_equally_long", "ada", "near enough"))
        assert answer.endswith(f"it is accepted now and delivered: {folder / f'{KEY}.mp4'}")
        assert (folder / f"{KEY}.mp4").is_file()
    finally:
        project_file.write_text(before)
        ingest.read_episode(made_episode.studio, made_episode.key)


PORTRAIT = PROJECT.replace("width: 384, height: 256", "width: 202, height: 360")
"""Made at 256x448, in a shape that is a little narrower."""


def test_a_portrait_episode_is_measured_and_delivered_at_its_own_size(
    database_server: DatabaseServer, tmp_path: Path
) -> None:
    write_small_show(tmp_path / "projects", project=PORTRAIT)
    database = Database(database_server.make_database())
    studio = Studio(Settings(projects=tmp_path / "projects", home=tmp_path / "home"), database)
    key = EpisodeKey.parse(KEY)
    ingest.read_characters(Run(studio), key.project)
    ingest.read_episode(studio, key)
    for stage in EPISODE_STAGES:
        report = saved_episode(Run(studio), key).make(stage)
        assert report.rejected == (), f"{stage.name}: {[outcome.failed for outcome in report.rejected]}"
    database.close()
    found = probe(tmp_path / "home" / "episodes" / f"{KEY}.mp4")
    assert (found.width_px, found.height_px) == (202, 360)
