"""Drafted scenes as Fountain: whatever words a model writes are read again as those words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.story.fountain import ElementKind, parse_fountain, plain_text
from tower_anime_assets.production.writing.drafts import DraftBeat, DraftScene, find_text_faults, render_fountain
from tower_anime_assets.production.writing.memory import MAX_PLACES, MAX_SUMMARY_CHARS, StoryMemory


def scene(*beats: DraftBeat, place: str = "TOWER") -> DraftScene:
    return DraftScene("INT", place, "NIGHT", "calm", beats)


@pytest.mark.parametrize(
    "text",
    ["THE DOOR OPENS", "CUT TO:", "# a sign", "= a line", "> a mark <", "INT. A BOX", "Mara: I go.", "a *star* _b_"],
)
def test_action_stays_action_whatever_it_looks_like(text: str) -> None:
    script = render_fountain({"Title": "X"}, [scene(DraftBeat(text))])
    elements = [one for one in parse_fountain(script).elements if one.kind is not ElementKind.NOTE]
    assert [one.kind for one in elements] == [ElementKind.HEADING, ElementKind.ACTION]
    assert plain_text(elements[1].text) == text


@given(st.text(alphabet="aB .,:!?*_()~@#>=\\—海", min_size=1, max_size=40))
def test_a_line_that_is_not_refused_is_read_word_for_word(text: str) -> None:
    spoken = scene(DraftBeat(text, "Mara"))
    if find_text_faults([spoken]):
        return
    lines = [one for one in parse_fountain(render_fountain({}, [spoken])).elements if one.kind is ElementKind.DIALOGUE]
    assert [plain_text(one.text) for one in lines] == [" ".join(text.split())]


@pytest.mark.parametrize("name", ["Mara", "李明", "McCabe", "Groß", "R2-D2", "الحارس"])
def test_names_of_every_kind_are_cues(name: str) -> None:
    elements = parse_fountain(render_fountain({}, [scene(DraftBeat("Hello there.", name))])).elements
    assert [one.kind for one in elements][-2:] == [ElementKind.CHARACTER, ElementKind.DIALOGUE]


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (scene(DraftBeat("He waits. [[mood: x]]")), "has the mark"),
        (scene(DraftBeat("~la la", "Mara")), "cannot be written below a name"),
        (scene(DraftBeat("...")), "neither action nor lines"),
        (scene(DraftBeat("He waits."), place="-"), "has no place"),
    ],
)
def test_what_cannot_be_written_is_named(draft: DraftScene, words: str) -> None:
    assert words in "; ".join(find_text_faults([draft]))


def test_memory_is_bounded_and_keeps_what_is_latest() -> None:
    memory = StoryMemory()
    for number in range(100):
        memory = memory.after([scene(DraftBeat("x", "Mara"), place=f"ROOM {number}")], "word " * 1000)
    assert len(memory.summary) <= MAX_SUMMARY_CHARS
    assert len(memory.places) == MAX_PLACES
    assert memory.places[-1] == "ROOM 99"
    assert memory.speakers == ("Mara",)
