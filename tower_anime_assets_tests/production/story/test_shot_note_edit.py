"""A shot's note is written where it stands or belongs; every other line of the script stays."""

from __future__ import annotations

import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.shot_note_edit import (
    add_shot_note,
    change_shot_note,
    find_shot_note,
    split_with_shot_note,
)

SCRIPT = "INT. LAB - DAY\n\n[[shot: close-up,\npush in]]\n\nLuna looks up.\n\nLUNA\n見て。\n"


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_note_is_found_changed_and_taken_out_again(ends: str, mark: str) -> None:
    text = mark + SCRIPT.replace("\n", ends)
    found = find_shot_note(text, 3)
    assert found is not None
    assert found.words == "close-up, push in"
    assert find_shot_note(text, 6) is None
    changed = change_shot_note(text, 3, "wide,  雨が降る")
    assert changed == text.replace(f"[[shot: close-up,{ends}push in]]", "[[shot: wide, 雨が降る]]")
    assert change_shot_note(text, 3, "") == text.replace(f"[[shot: close-up,{ends}push in]]{ends}{ends}", "")


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("line", [1, 6, 8])
def test_a_note_that_is_added_and_removed_leaves_the_script_as_it_was(line: int, ends: str) -> None:
    text = "\ufeff" + SCRIPT.replace("\n", ends)
    added = add_shot_note(text, line, "insert")
    assert added.splitlines()[line - 1].lstrip("\ufeff") == "[[shot: insert]]"
    assert added.splitlines()[line] == ""
    assert len(added.splitlines()) == len(text.splitlines()) + 2
    assert change_shot_note(added, line, "") == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[mood: sad]] [[shot: wide]] [[weather: rain]]\n", "[[mood: sad]] [[weather: rain]]\n"),
        ("Luna waits. [[shot: wide]]\n\nMore.\n", "Luna waits.\n\nMore.\n"),
        ("[[shot: wide]] Luna waits.\n", "Luna waits.\n"),
        ("  [[ SHOT： wide ]]\nLuna waits.\n", "Luna waits.\n"),
        ("[[shot: wide]]", ""),
    ],
)
def test_a_note_among_other_words_leaves_them(text: str, expected: str) -> None:
    assert change_shot_note(text, 1, "") == expected


def test_what_would_break_the_script_is_refused() -> None:
    for words in ("close]] FADE OUT", "[[x", "a /* b"):
        with pytest.raises(PlanError, match="cannot hold"):
            add_shot_note(SCRIPT, 6, words)
    with pytest.raises(PlanError, match="2 shot notes"):
        find_shot_note("[[shot: wide]] [[shot: insert]]\n", 1)
    with pytest.raises(PlanError, match="has no"):
        change_shot_note(SCRIPT, 6, "wide")
    assert add_shot_note(SCRIPT, 6, "  ") == SCRIPT


def test_a_sentence_gets_a_paragraph_and_a_note_of_its_own() -> None:
    text = "INT. LAB - DAY\r\n\r\nLuna waits. The lamp flickers. She runs.\r\n"
    after, line = split_with_shot_note(text, "The lamp flickers.", "insert")
    assert after.split("\r\n")[2:7] == ["Luna waits.", "", "[[shot: insert]]", "", "The lamp flickers. She runs."]
    assert after.split("\r\n")[line - 1] == "[[shot: insert]]"
    for sentence in ("INT. LAB", "Luna waits.", "a", "never", ""):
        with pytest.raises(PlanError, match="do not stand once"):
            split_with_shot_note(text, sentence, "insert")
