from __future__ import annotations

from pathlib import Path

import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.show_files import check_names, list_episodes, load_episode
from tower_anime_assets.media.starter_show import create_show
from tower_anime_assets.production.story.ids import EpisodeKey

TITLES = ["My Show", 'Say "No": # a * title', "月の物語 🌙", "قصة", "'", "null", "- x", "{a: b}", "a\\b", "/* [[ */"]


@pytest.mark.parametrize("title", TITLES)
def test_a_starter_show_loads_without_faults_under_any_title(tmp_path: Path, title: str) -> None:
    files = create_show(tmp_path / "my_show", title)
    assert all(file.is_file() for file in files)
    assert check_names(tmp_path) == ()
    assert list_episodes(tmp_path) == (EpisodeKey("my_show", "e01"),)
    project, episode = load_episode(tmp_path, EpisodeKey("my_show", "e01"))
    assert project.title == title
    assert len(project.characters) == 2
    assert len(episode.scenes) == 2
    assert sum(scene.target_frames for scene in episode.scenes) == 30 * 24
    for scene in episode.scenes:
        assert sum(len(line.text.split()) / 2.4 + 0.6 for line in scene.speeches) + 3 < scene.target_frames / 24


def test_the_looks_of_a_starter_show_come_from_its_words(tmp_path: Path) -> None:
    create_show(tmp_path / "s", "S")
    project, _ = load_episode(tmp_path, EpisodeKey("s", "e01"))
    mio, ren = project.characters
    assert (mio.appearance.hair_style, mio.appearance.outfit_style, mio.appearance.features) == (
        "short",
        "hoodie",
        ("freckles",),
    )
    assert (ren.appearance.hair_style, ren.appearance.outfit_style, ren.appearance.age_years) == ("long", "coat", 30)
    assert mio.voice.pitch - ren.voice.pitch >= 12


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    assert len(create_show(tmp_path / "s", "S")) == 4


def test_a_folder_that_holds_anything_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s/.keep").write_text("mine")
    with pytest.raises(PlanError, match="not empty"):
        create_show(tmp_path / "s", "S")
    assert [path.name for path in (tmp_path / "s").iterdir()] == [".keep"]


def test_a_file_in_the_way_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("mine")
    with pytest.raises(PlanError, match="is a file"):
        create_show(tmp_path / "s", "S")
    assert (tmp_path / "s").read_text() == "mine"


@pytest.mark.parametrize("name", ["My Show", "a-b", "日本", "x" * 41, "_a"])
def test_a_folder_name_that_cannot_be_an_id_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PlanError, match="project's id"):
        create_show(tmp_path / name, "S")
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("title", ["", "  ", "x" * 201, "a\x00b"])
def test_a_title_that_cannot_be_used_is_refused(tmp_path: Path, title: str) -> None:
    with pytest.raises(PlanError, match="title"):
        create_show(tmp_path / "s", title)
    assert not (tmp_path / "s").exists()
