"""Any text is a script: it is read or refused in words, the same way twice, and no spoken word is lost."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tower_anime_assets.errors import Fault, PlanError, StoryWarning
from tower_anime_assets.production.planning.shots import ScenePlan
from tower_anime_assets.production.planning.storyboard import Storyboard
from tower_anime_assets.production.story.model import Action, Project
from tower_anime_assets.production.story.screenplay import draft_episode, find_unlisted_speakers
from tower_anime_assets.stages.story_warnings import story_warnings
from tower_anime_assets_tests.fuzz.fuzzing import fuzzed, junk, marks, small_project

pytestmark = pytest.mark.chaos

_LINES = st.sampled_from(
    [
        "INT. LABORATORY - DAY",
        "EXT. STREET - NIGHT #3A#",
        "INT./EXT. CAR - CONTINUOUS",
        ".NOWHERE",
        "SCENE 2",
        "AKIRA",
        "LUNA (V.O.) ^",
        "AKIRA & LUNA",
        "@McAkira",
        "BOB (CONT'D)",
        "ALL",
        "(quietly)",
        "They found us.",
        "~La la la",
        "CUT TO:",
        "> FADE OUT.",
        "> THE END <",
        "# Act",
        "= A synopsis",
        "===",
        "[[mood: tense]]",
        "[[shot: close, 3s]]",
        "[[music: file:a.wav]]",
        "[[duration: 9 s]]",
        "[[engine: x]]",
        "[[",
        "]]",
        "/*",
        "*/",
        "Title: Small",
        "Author:",
        "    A. Writer",
        "Draft date: 1/1/2026",
        "---",
        "Akira, a tall man with red hair, runs.",
        "BOB: Hello.",
        "",
        "  ",
        "Luna kneels and gives him the knife.",
        "NORA. Hide it.",
        "「ルナ」",
        "ルナ「こんにちは」",
        "!AKIRA",
        "\\*no\\*",
    ]
)
_PIECES = st.lists(_LINES | marks | junk, min_size=1, max_size=4).map(" ".join)
_SCRIPTS = st.lists(_LINES | _LINES | _PIECES, max_size=30).flatmap(
    lambda lines: st.sampled_from(["\n", "\n\n", "\r\n", "\r"]).map(lambda end: end.join(lines))
)
_WORDS = st.lists(st.text("abcdefghiklmnorstuvw", min_size=1, max_size=9), min_size=1, max_size=12)
_SPEECHES = st.lists(st.tuples(st.sampled_from(["AKIRA", "LUNA"]), _WORDS), min_size=1, max_size=8)


@cache
def _project() -> Project:
    return small_project()


@given(_SCRIPTS)
@example("INT. A - DAY\n\nAKIRA (V.O." + " " * 300)
@example("[[\n\n" * 60)
@fuzzed
def test_any_text_is_read_as_a_script_or_refused_in_words_the_same_way_twice(text: str) -> None:
    episode, faults = draft_episode(_project(), "e01", text, "small/episodes/e01.fountain", "0" * 64)
    assert (episode, faults) == draft_episode(_project(), "e01", text, "small/episodes/e01.fountain", "0" * 64)
    assert find_unlisted_speakers(_project(), "e01", text)[0].scenes == episode.scenes
    line_count = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    for message in (*faults, *episode.warnings):
        assert isinstance(message, Fault | StoryWarning)
        assert message.file == "small/episodes/e01.fountain"
        assert 0 <= message.line <= line_count
    story_warnings(_project(), episode)
    if faults or not episode.scenes:
        return
    plans: tuple[ScenePlan, ...] = ()
    for scene in episode.scenes:
        try:
            plans = (*plans, Storyboard(_project(), scene, plans).plan())
        except PlanError:
            return


@given(_SPEECHES, _WORDS)
@fuzzed
def test_every_word_that_somebody_speaks_is_in_the_lines_of_a_valid_script(
    speeches: list[tuple[str, list[str]]], action: list[str]
) -> None:
    told = "".join(f"{name}\n{' '.join(words)}\n\n" for name, words in speeches)
    text = f"INT. LABORATORY - DAY\n\n! {' '.join(action)}\n\n{told}"
    episode, faults = draft_episode(_project(), "e01", text, "e01.fountain", "0" * 64)
    assert not faults
    assert [speech.text.split() for scene in episode.scenes for speech in scene.speeches] == [
        words for _name, words in speeches
    ]
    first = episode.scenes[0].beats[0]
    assert isinstance(first, Action)
    assert first.text.split() == action
