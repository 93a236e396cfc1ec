"""A show's files are saved as people left them, by the first of two who edit them, and nothing else is ever written."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.errors import ConflictError, MediaError, PlanError, StoryError
from tower_anime_assets.media.show_edits import (
    ShowText,
    diff_of,
    in_form_of,
    list_editable,
    read_show_text,
    save_show_text,
)
from tower_anime_assets.media.show_files import draft_episode_files, load_episode
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets_tests.small_show import SCRIPT, write_small_show

AKIRA = "characters/akira.yaml"
E01 = "episodes/e01.fountain"


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    write_small_show(tmp_path / "projects")
    return tmp_path / "projects"


def save(projects: Path, file: str, text: str, seen: str | None = None) -> str:
    known = read_show_text(projects, "small", file).sha256 if seen is None else seen
    return save_show_text(projects, "small", file, text, known).sha256


def test_the_files_that_may_be_edited_are_listed(projects: Path) -> None:
    (projects / "small/episodes/e02.draft.fountain").write_text("A draft.\n")
    (projects / "small/notes.txt").write_text("mine")
    (projects / "small/characters/outside.yaml").symlink_to("/etc/hostname")
    assert list_editable(projects, "small") == (
        "project.yaml",
        AKIRA,
        "characters/luna.yaml",
        E01,
        "episodes/e02.draft.fountain",
    )


@pytest.mark.parametrize(
    "file",
    [
        "../other/project.yaml",
        "characters/../project.yaml",
        "/etc/passwd",
        "characters/../../x.yaml",
        "characters/a/b.yaml",
        "characters/.yaml",
        "characters/Big Boss.yaml",
        "episodes/e01.txt",
        "music/music.yaml",
        "project.yaml/",
        "characters\\akira.yaml",
        "episodes/e01.fountain\0",
        "",
    ],
)
def test_no_other_file_is_read_or_written(projects: Path, file: str) -> None:
    with pytest.raises(PlanError, match="no file of a show that can be edited"):
        read_show_text(projects, "small", file)
    with pytest.raises(PlanError, match="no file of a show that can be edited"):
        save_show_text(projects, "small", file, "x", "")


@pytest.mark.parametrize("project", ["..", "other", "", "small/../small", "/"])
def test_a_name_never_leads_to_another_folder(projects: Path, project: str) -> None:
    with pytest.raises(PlanError, match="there is no project"):
        save_show_text(projects, project, "project.yaml", "title: X\n", "")


def test_links_that_lead_out_of_the_show_are_refused_and_those_within_are_kept(projects: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("name: X\n")
    (projects / "small/characters/zoe.yaml").symlink_to(outside)
    with pytest.raises(PlanError, match="leads out of the project"):
        save(projects, "characters/zoe.yaml", "name: Y\n", seen="")
    assert outside.read_text() == "name: X\n"
    shared = projects / "small/shared.yaml"
    shared.write_text("name: S\ndescription: a sailor\n")
    link = projects / "small/characters/sam.yaml"
    link.symlink_to("../shared.yaml")
    save(projects, "characters/sam.yaml", "name: Sam\ndescription: a sailor\n")
    assert link.is_symlink()
    assert shared.read_text().startswith("name: Sam")


def test_a_folder_or_a_pipe_in_a_files_place_is_refused(projects: Path) -> None:
    (projects / "small/characters/dir.yaml").mkdir()
    os.mkfifo(projects / "small/characters/pipe.yaml")
    for name in ("dir", "pipe"):
        with pytest.raises(PlanError, match="not a regular file"):
            read_show_text(projects, "small", f"characters/{name}.yaml")


def test_of_two_editors_the_second_is_told_and_nothing_of_the_first_is_lost(projects: Path) -> None:
    seen = read_show_text(projects, "small", E01).sha256
    first = save(projects, E01, SCRIPT.replace("They found us.", "They are here."), seen)
    with pytest.raises(ConflictError, match=r"small/episodes/e01\.fountain was changed since you looked") as caught:
        save(projects, E01, SCRIPT.replace("They found us.", "Run."), seen)
    assert caught.value.version == first
    assert "They are here." in read_show_text(projects, "small", E01).text


def test_of_many_editors_at_once_one_saves(projects: Path) -> None:
    seen = read_show_text(projects, "small", E01).sha256
    outcomes: list[str] = []

    def edit(number: int) -> None:
        try:
            save(projects, E01, SCRIPT.replace("found", f"found {number} of"), seen)
            outcomes.append(f"{number} of")
        except ConflictError:
            outcomes.append("")

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = filter(None, outcomes)
    assert winner in read_show_text(projects, "small", E01).text
    assert not list((projects / "small/episodes").glob(".part-*"))


def test_the_same_text_saved_twice_is_no_conflict(projects: Path) -> None:
    seen = read_show_text(projects, "small", E01).sha256
    assert save(projects, E01, "A.\n", seen) == save(projects, E01, "A.\n", seen)


def test_files_that_came_or_went_meanwhile_are_conflicts(projects: Path) -> None:
    with pytest.raises(ConflictError, match="was made since"):
        save(projects, AKIRA, "name: A\n", seen="")
    seen = read_show_text(projects, "small", AKIRA).sha256
    (projects / "small" / AKIRA).unlink()
    with pytest.raises(ConflictError, match="was removed since"):
        save(projects, AKIRA, "name: A\n", seen)


def test_a_new_character_is_a_new_file(projects: Path) -> None:
    empty = read_show_text(projects, "small", "characters/mei.yaml")
    assert (empty.text, empty.exists, empty.sha256) == ("", False, "")
    text = "name: Mei\ndescription: a pilot\n"
    assert diff_of(empty, text).startswith("--- /dev/null\n+++ characters/mei.yaml\n")
    save(projects, "characters/mei.yaml", text)
    project, _episode = load_episode(projects, EpisodeKey("small", "e01"))
    assert "Mei" in [one.name for one in project.characters]


def test_a_files_permissions_stay(projects: Path) -> None:
    path = projects / "small" / AKIRA
    path.chmod(0o664)
    save(projects, AKIRA, "name: Akira\ndescription: a racer\n")
    assert path.stat().st_mode & 0o777 == 0o664


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(projects: Path) -> None:
    (projects / "small/characters").chmod(0o500)
    try:
        with pytest.raises(MediaError, match="Make the folder writable"):
            save(projects, AKIRA, "name: A\n")
    finally:
        (projects / "small/characters").chmod(0o700)


@pytest.mark.parametrize(
    ("text", "error", "problem"),
    [
        ("name: \x00\n", StoryError, "control character"),
        ("name: \ud800\n", PlanError, "half of a character"),
        ("#" * (256 * 1024 + 1), StoryError, "larger than"),
    ],
)
def test_what_no_reader_would_take_is_never_saved(
    projects: Path, text: str, error: type[Exception], problem: str
) -> None:
    before = (projects / "small" / AKIRA).read_bytes()
    with pytest.raises(error, match=problem):
        save(projects, AKIRA, text)
    assert (projects / "small" / AKIRA).read_bytes() == before


def test_a_browsers_text_gets_the_files_line_ends_and_byte_order_mark(projects: Path) -> None:
    path = projects / "small" / E01
    path.write_bytes(("\ufeff" + SCRIPT.replace("\n", "\r\n")).encode())
    held = read_show_text(projects, "small", E01)
    browser = held.text.removeprefix("\ufeff").replace("\r\n", "\n")
    assert in_form_of(held.text, browser) == held.text
    new = in_form_of(held.text, browser.replace("They found us.", "彼らが来た。"))
    assert [line for line in diff_of(held, new).splitlines()[2:] if line[0] in "+-"] == [
        "-They found us.",
        "+彼らが来た。",
    ]
    save(projects, E01, new)
    assert (
        path.read_bytes()
        == ("\ufeff" + SCRIPT.replace("They found us.", "彼らが来た。").replace("\n", "\r\n")).encode()
    )
    mixed = "a\r\nb\nc\n"
    assert in_form_of(mixed, "a\nb\n") == "a\nb\n"


def test_a_diff_tells_of_a_missing_last_line_end(projects: Path) -> None:
    held = read_show_text(projects, "small", AKIRA)
    assert diff_of(held, held.text) == ""
    assert diff_of(held, held.text.rstrip("\n")).endswith("\\ No newline at end of file\n")


def test_line_ends_alone_are_told_in_words(projects: Path) -> None:
    held = read_show_text(projects, "small", AKIRA)
    assert diff_of(held, held.text.replace("\n", "\r\n")) == "\\ Only line ends or the byte order mark differ\n"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from("abc-+"), max_size=30), st.lists(st.sampled_from("abc-+"), max_size=30))
def test_a_diff_applied_to_the_old_text_gives_the_new_one(old: list[str], new: list[str]) -> None:
    before, after = ("".join(f"{line}\n" for line in lines) for lines in (old, new))
    diff = diff_of(ShowText("x", AKIRA, before, "digest"), after)
    if before == after:
        assert diff == ""
        return
    applied, place = [], 0
    for line in diff.split("\n")[2:-1]:
        if line.startswith("@@"):
            start, _comma, count = line.split()[1].removeprefix("-").partition(",")
            first = int(start) - (0 if count == "0" else 1)
            applied += old[place:first]
            place = first
        elif line[0] in " -":
            assert old[place] == line[1:]
            place += 1
        if line[0] in " +":
            applied.append(line[1:])
    assert applied + old[place:] == new


def test_a_long_script_of_lines_that_repeat_is_compared_at_once(projects: Path) -> None:
    text = "".join(f"Line {number % 150}.\n" for number in range(60_000))
    held = ShowText("small", E01, text, "digest")
    begun_s = time.process_time()
    assert diff_of(held, text.replace("Line 7.", "Line seven.")).count("+Line seven.") == 400
    assert diff_of(held, text.replace("Line 149.\n", "Line 0.\n", 1)).count("\n") < 14
    assert time.process_time() - begun_s < 2


def test_texts_are_read_instead_of_files_without_a_file_being_written(projects: Path) -> None:
    key = EpisodeKey("small", "e01")
    before = {path: path.read_bytes() for path in (projects / "small").rglob("*") if path.is_file()}
    edits = {
        E01: "INT. LAB - DAY\n\nMEI\nHello.\n",
        "characters/mei.yaml": "name: Mei\ndescription: a pilot\n",
        "project.yaml": "title: Other\n",
    }
    draft = draft_episode_files(projects, key, edits=edits)
    assert draft.faults == ()
    assert draft.episode is not None
    assert (draft.project.title, draft.episode.scenes[0].cast) == ("Other", ("mei",))
    assert {path: path.read_bytes() for path in (projects / "small").rglob("*") if path.is_file()} == before
    new = draft_episode_files(projects, EpisodeKey("small", "e09"), edits={"episodes/e09.fountain": SCRIPT})
    assert new.episode is not None
    assert new.faults == ()
