from __future__ import annotations

import itertools
import os
import re
import time
from pathlib import Path

import pytest
from PIL import Image

from tower_anime_assets.errors import Fault, StoryError
from tower_anime_assets.media.show_files import (
    MAX_PICTURE_BYTES,
    cast_fingerprint,
    check_names,
    list_episodes,
    list_projects,
    load_episode,
    load_project,
    script_fingerprint,
)
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Action, Card, Speech

KEY = EpisodeKey("x", "e01")
SCRIPT = "INT. LAB - NIGHT\n\nAKIRA\nYes.\n"
BUNDLED = Path(__file__).resolve().parents[2] / "projects"


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    """A projects folder with one small, good project."""
    write(tmp_path, "x/project.yaml", "title: X\n")
    write(tmp_path, "x/characters/akira.yaml", "name: Akira\ndescription: a racer\n")
    write(tmp_path, "x/episodes/e01.fountain", SCRIPT)
    return tmp_path


def write(projects: Path, name: str, content: str | bytes) -> Path:
    path = projects / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def faults(projects: Path, key: EpisodeKey = KEY) -> list[Fault]:
    with pytest.raises(StoryError) as caught:
        load_episode(projects, key)
    return list(caught.value.faults)


def only(projects: Path, key: EpisodeKey = KEY) -> Fault:
    (fault,) = faults(projects, key)
    assert fault.expected
    assert fault.remedy
    return fault


def with_references(projects: Path, *references: str) -> None:
    listed = "".join(f"  - {reference}\n" for reference in references)
    write(projects, "x/characters/akira.yaml", f"name: Akira\ndescription: a racer\nreferences:\n{listed}")


def test_a_good_episode_is_loaded_with_its_project(projects: Path) -> None:
    project, episode = load_episode(projects, KEY)
    assert (project.id, project.title, [one.id for one in project.characters]) == ("x", "X", ["akira"])
    assert (episode.key, episode.scenes[0].speeches[0].text) == ("x-e01", "Yes.")
    assert load_project(projects, "x") == project


def test_projects_and_episodes_are_listed_valid_or_not(projects: Path) -> None:
    write(projects, "x/episodes/e02.fountain", b"\x00")
    write(projects, "broken/project.yaml", "[")
    write(projects, "bare/episodes/e01.fountain", "")
    write(projects, "notes/readme.txt", "no project")
    write(projects, ".hidden/project.yaml", "title: H")
    assert list_projects(projects) == ("bare", "broken", "x")
    assert [str(key) for key in list_episodes(projects)] == ["bare-e01", "x-e01", "x-e02"]


def test_a_missing_projects_folder_holds_nothing(tmp_path: Path) -> None:
    assert list_projects(tmp_path / "none") == ()
    assert list_episodes(tmp_path / "none") == ()


def test_names_that_cannot_be_keys_are_reported_and_not_dropped(projects: Path) -> None:
    write(projects, "x/episodes/Episode 1.fountain", SCRIPT)
    write(projects, "x/episodes/日本.fountain", SCRIPT)
    write(projects, "x/characters/Big Boss.yaml", "name: B\ndescription: b\n")
    write(projects, "x/characters/luna.yml", "name: L\ndescription: l\n")
    write(projects, "My Show/project.yaml", "title: M\n")
    assert [fault.file for fault in check_names(projects)] == [
        "My Show",
        "x/characters/Big Boss.yaml",
        "x/characters/luna.yml",
        "x/episodes/Episode 1.fountain",
        "x/episodes/日本.fountain",
    ]
    assert [str(key) for key in list_episodes(projects)] == ["x-e01"]
    assert [fault.file for fault in faults(projects)] == ["x/characters/Big Boss.yaml", "x/characters/luna.yml"]


def test_no_such_project_names_those_there_are(projects: Path) -> None:
    fault = only(projects, EpisodeKey("y", "e01"))
    assert "no project 'y'" in fault.problem
    assert "Known: x." in fault.remedy


@pytest.mark.parametrize("project_id", ["../x", ".", "x/../x", "", "/", "X"])
def test_an_id_never_leads_to_another_folder(projects: Path, project_id: str) -> None:
    with pytest.raises(StoryError, match="no project"):
        load_project(projects, project_id)


def test_no_such_episode_names_the_nearest(projects: Path) -> None:
    fault = only(projects, EpisodeKey("x", "e10"))
    assert fault.file == "x/episodes/e10.fountain"
    assert "Did you mean x-e01?" in fault.remedy


def test_a_project_without_its_file_is_a_fault(projects: Path) -> None:
    (projects / "x/project.yaml").unlink()
    assert only(projects).problem == "the project has no project.yaml"


def test_faults_of_project_characters_and_script_come_together(projects: Path) -> None:
    write(projects, "x/project.yaml", "titel: X\n")
    write(projects, "x/characters/luna.yaml", b"\x00\x01")
    write(projects, "x/characters/viktor.yaml", "name: [\n")
    write(projects, "x/episodes/e01.fountain", "INT. LAB - DAY\n\nBORIS\nYes.\n\nVIKTOR\nNo.\n\nLUNA\nNo.\n")
    assert [(fault.file, fault.line) for fault in faults(projects)] == [
        ("x/characters/luna.yaml", 1),
        ("x/characters/viktor.yaml", 2),
        ("x/episodes/e01.fountain", 3),
        ("x/project.yaml", 1),
        ("x/project.yaml", 1),
    ]


def test_faults_of_the_project_come_with_a_script_that_is_missing_or_binary(projects: Path) -> None:
    write(projects, "x/project.yaml", "title:\n")
    assert len(faults(projects, EpisodeKey("x", "e09"))) == 2
    write(projects, "x/episodes/e01.fountain", b"\xff\xfe\x00")
    assert len(faults(projects)) == 2


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        (b"", 0, "empty"),
        (b"\x89PNG\r\n\x1a\n\x00", 1, "not UTF-8"),
        (b"INT. LAB - DAY\n\n\x00", 3, "U+0000"),
        (b"# No scenes here.", 0, "no scenes"),
    ],
)
def test_a_script_that_cannot_be_used_is_a_fault_with_its_line(
    projects: Path, content: bytes, line: int, problem: str
) -> None:
    write(projects, "x/episodes/e01.fountain", content)
    fault = only(projects)
    assert (fault.file, fault.line) == ("x/episodes/e01.fountain", line)
    assert problem in fault.problem


def test_a_script_of_ten_megabytes_is_refused_at_once(projects: Path) -> None:
    write(projects, "x/episodes/e01.fountain", SCRIPT + "word " * 2_100_000)
    started = time.process_time()
    assert "larger than" in only(projects).problem
    assert time.process_time() - started < 1.0


def test_a_yaml_file_over_its_limit_is_refused(projects: Path) -> None:
    write(projects, "x/characters/akira.yaml", "name: Akira\ndescription: " + "x" * 300_000)
    assert "larger than 262,144 bytes" in only(projects).problem


def test_names_and_lines_of_all_scripts_are_kept(projects: Path) -> None:
    write(projects, "x/characters/taro.yaml", "name: 山田 太郎\naliases: [🎌]\ndescription: 若い男\n")
    write(projects, "x/characters/amal.yaml", "name: أمل\ndescription: باحثة\n")
    write(projects, "x/episodes/e01.fountain", "INT. 東京 - 夜\n\n@太郎\nはい！🎌\n\n@أمل\nمرحبا\n\n@🎌\nOK\n")
    _, episode = load_episode(projects, KEY)
    assert [(line.character, line.text) for line in episode.scenes[0].speeches] == [
        ("taro", "はい！🎌"),
        ("amal", "مرحبا"),
        ("taro", "OK"),
    ]


def test_a_reference_picture_inside_the_project_is_accepted(projects: Path) -> None:
    (projects / "x/references").mkdir()
    for name in ("a.png", "b.jpg", "c.webp"):
        Image.new("RGB", (64, 64)).save(projects / "x/references" / name)
    with_references(projects, *(f"references/{name}" for name in ("a.png", "b.jpg", "c.webp")))
    project, _ = load_episode(projects, KEY)
    assert len(project.characters[0].references) == 3


def make_references(projects: Path) -> None:
    references = projects / "x/references"
    references.mkdir()
    Image.new("1", (8000, 6000)).save(references / "huge.png")
    Image.new("RGB", (32, 32)).save(references / "tiny.png")
    Image.new("RGB", (64, 64)).save(references / "picture.gif")
    Image.new("RGB", (64, 64)).save(references / "gif-inside.png", format="GIF")
    whole = references / "whole.png"
    Image.effect_noise((128, 128), 50).save(whole)
    (references / "cut.png").write_bytes(whole.read_bytes()[:4000])
    (references / "text.png").write_text("no picture")
    with (references / "heavy.png").open("wb") as file:
        file.truncate(MAX_PICTURE_BYTES + 1)
    (references / "folder.png").mkdir()
    Image.new("RGB", (64, 64)).save(projects / "outside.png")
    (references / "link.png").symlink_to(projects / "outside.png")
    (references / "loop.png").symlink_to(references / "loop.png")


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("references/none.png", "is missing"),
        ("../outside.png", "lies outside"),
        ("/etc/hostname", "lies outside"),
        ("references/link.png", "lies outside"),
        ("references/loop.png", "lies outside|is missing"),
        ("references/huge.png", "is huge"),
        ("references/tiny.png", "is only 32 x 32"),
        ("references/heavy.png", "is 32 MiB"),
        ("references/picture.gif", "ends in .gif"),
        ("references/gif-inside.png", "is corrupt or in another format"),
        ("references/cut.png", "is corrupt"),
        ("references/text.png", "is corrupt or in another format"),
        ("references/folder.png", "is not a file"),
    ],
)
def test_a_reference_picture_that_cannot_be_used_is_a_fault(projects: Path, reference: str, problem: str) -> None:
    make_references(projects)
    with_references(projects, reference)
    fault = only(projects)
    assert (fault.file, fault.line) == ("x/characters/akira.yaml", 4)
    assert re.search(problem, fault.problem)


def test_all_bad_references_are_reported_together(projects: Path) -> None:
    make_references(projects)
    with_references(projects, "references/none.png", "references/whole.png", "references/cut.png")
    assert [fault.line for fault in faults(projects)] == [4, 6]


def test_a_picture_bomb_is_refused_without_unpacking_it(projects: Path) -> None:
    (projects / "x/references").mkdir()
    Image.new("1", (14_000, 14_000)).save(projects / "x/references/bomb.png")
    with_references(projects, "references/bomb.png")
    started = time.process_time()
    assert "far too large" in only(projects).problem
    assert time.process_time() - started < 0.5


def test_a_picture_that_changed_is_looked_at_again(projects: Path) -> None:
    path = projects / "x/references/a.png"
    path.parent.mkdir()
    Image.new("RGB", (64, 64)).save(path)
    with_references(projects, "references/a.png")
    load_episode(projects, KEY)
    path.write_bytes(b"damaged")
    assert "is corrupt" in only(projects).problem


def test_links_that_lead_out_of_the_project_are_refused(projects: Path) -> None:
    outside = write(projects, "secret.yaml", "name: S\ndescription: s\n")
    (projects / "x/characters/spy.yaml").symlink_to(outside)
    fault = only(projects)
    assert fault.file == "x/characters/spy.yaml"
    assert "leads out" in fault.problem


def test_a_pipe_in_place_of_a_script_is_refused_and_not_waited_on(projects: Path) -> None:
    (projects / "x/episodes/e01.fountain").unlink()
    os.mkfifo(projects / "x/episodes/e01.fountain")
    assert "not a regular file" in only(projects).problem
    assert len(script_fingerprint(projects, KEY)) == 64


@pytest.mark.parametrize("name", ["project.yaml", "characters/akira.yaml", "references/a.png", "characters/b.yaml"])
def test_the_cast_fingerprint_changes_with_every_file_but_the_screenplays(projects: Path, name: str) -> None:
    before, script = cast_fingerprint(projects, "x"), script_fingerprint(projects, KEY)
    path = write(projects, f"x/{name}", "changed")
    changed = cast_fingerprint(projects, "x")
    assert changed != before
    path.unlink()
    assert cast_fingerprint(projects, "x") != changed
    assert script_fingerprint(projects, KEY) == script


def test_a_script_fingerprint_changes_with_its_own_screenplay_only(projects: Path) -> None:
    before, cast = script_fingerprint(projects, KEY), cast_fingerprint(projects, "x")
    write(projects, "x/episodes/e02.fountain", SCRIPT)
    os.utime(projects / "x/project.yaml", (1, 1))
    assert script_fingerprint(projects, KEY) == before
    write(projects, "x/episodes/e01.fountain", "changed")
    assert script_fingerprint(projects, KEY) != before
    assert cast_fingerprint(projects, "x") == cast


# The bundled show ----------------------------------------------------------------------------------------------------


def test_the_bundled_show_has_no_faults() -> None:
    assert check_names(BUNDLED) == ()
    assert [str(key) for key in list_episodes(BUNDLED)] == ["nexus-e01", "nexus-e02"]


@pytest.mark.parametrize("episode_id", ["e01", "e02"])
def test_a_bundled_episode_is_varied_and_as_long_as_promised(episode_id: str) -> None:
    project, episode = load_episode(BUNDLED, EpisodeKey("nexus", episode_id))
    scenes = episode.scenes
    assert len(scenes) >= 4
    length_s = sum(scene.target_frames for scene in scenes) / project.delivery.fps
    assert 90 <= length_s <= 150
    assert episode.target_frames == sum(scene.target_frames for scene in scenes)
    assert all({Action, Speech} <= {type(beat) for beat in scene.beats} for scene in scenes)
    assert len({scene.mood for scene in scenes}) >= 4
    assert len({scene.time_of_day for scene in scenes}) >= 3
    assert len({scene.place for scene in scenes}) == len(scenes)
    assert {"fade", "dissolve", "smash-cut", "cut"} <= {scene.transition for scene in scenes}
    assert any(isinstance(beat, Card) for scene in scenes for beat in scene.beats)
    assert any(speech.is_off_screen for scene in scenes for speech in scene.speeches)
    assert {one for scene in scenes for one in scene.cast} == {"akira", "luna", "viktor"}


@pytest.mark.parametrize("episode_id", ["e01", "e02"])
def test_every_bundled_scene_is_long_enough_for_what_is_said_in_it(episode_id: str) -> None:
    project, episode = load_episode(BUNDLED, EpisodeKey("nexus", episode_id))
    for scene in episode.scenes:
        spoken_s = sum(len(speech.text.split()) / 2.4 + 0.6 for speech in scene.speeches)
        assert spoken_s + 3 < scene.target_frames / project.delivery.fps


def test_the_bundled_cast_looks_and_sounds_different() -> None:
    cast = load_project(BUNDLED, "nexus").characters
    for attribute in ("hair_colour", "hair_style", "outfit_colour", "outfit_style", "eye_colour", "features"):
        assert len({getattr(one.appearance, attribute) for one in cast}) == 3
    assert len({one.voice.variant for one in cast}) == 3
    pitches = sorted(one.voice.pitch for one in cast)
    assert all(high - low >= 12 for low, high in itertools.pairwise(pitches))
