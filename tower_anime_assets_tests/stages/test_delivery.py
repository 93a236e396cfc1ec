"""A finished episode lies in TOWER_HOME/episodes, whoever or whatever had it made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.delivery import delivery_paths
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.waivers import waive
from tower_anime_assets_tests.small_show import KEY
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
        answer = waive(made_episode.studio, KEY, "sound_and_picture_are_equally_long", "ada", "near enough")
        assert answer.endswith(f"it is accepted now and delivered: {folder / f'{KEY}.mp4'}")
        assert (folder / f"{KEY}.mp4").is_file()
    finally:
        project_file.write_text(before)
        ingest.read_episode(made_episode.studio, made_episode.key)
