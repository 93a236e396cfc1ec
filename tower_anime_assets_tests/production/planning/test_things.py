from __future__ import annotations

from pathlib import Path

import emoji
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.production.planning.scene_things import objects_in
from tower_anime_assets.production.planning.things import all_things, colour_of, count_of, find, things_in

DRAWN_WORDS = Path(__file__).parent / "data" / "drawn_words.txt"
"""Every word that reaches a drawing, and which: read by a person, beside pictures of all of them."""


def test_hundreds_of_words_reach_the_drawing_that_they_name() -> None:
    listed = dict(line.split(": ", 1) for line in DRAWN_WORDS.read_text().splitlines())
    drawn = {}
    for name, thing in all_things().items():
        entry = emoji.EMOJI_DATA.get(thing.glyph) or emoji.EMOJI_DATA.get(f"{thing.glyph}\ufe0f")
        if thing.is_drawn:
            by_glyph = entry["en"].strip(":").replace("_", " ") if entry else ""
            drawn[name] = f"by hand, {thing.drawing}" if thing.drawing else by_glyph
    assert drawn == listed
    assert len(listed) > 1000


@pytest.mark.parametrize(
    ("text", "objects"),
    [
        ("The paper lantern lies on the desk.", ["paper lantern"]),
        ("A planet fills the window.", ["planet", "window"]),
        ("A dented, red lantern swings.", ["red lantern"]),
        ("Three crows on the wire.", ["three crows", "wire"]),
        ("Mio holds a tea cup and a bowl of noodles.", ["tea cup", "bowl of noodles"]),
        ("The LANTERN falls.", ["lantern"]),
        ("The old automaton stops.", ["automaton"]),
        ("Loaves of bread and six mice.", ["loaf of bread", "six mice"]),
        ("The orange cat sleeps. An orange falls.", ["orange cat", "orange"]),
        ("A hot dog, a cable car.", ["hot dog", "cable car"]),
        ("He pockets the pocket watch.", ["pocket watch"]),
        ("Pip's lantern. The cat's eyes glow.", ["lantern", "cat"]),
        ("Steel fingers tighten on the throttle.", ["hand", "motorbike"]),
        ("The temple bell rings. Tea steams.", ["temple bell", "tea"]),
        ("Her glasses slip.", ["her glasses"]),
        ("She winds the old gramophone.", ["old gramophone"]),
        ("The astrolabe lies on the desk.", ["astrolabe"]),
        ("He holds a pressure gauge to the light.", ["pressure gauge"]),
    ],
)
def test_things_are_listed_by_their_writers_words(text: str, objects: list[str]) -> None:
    assert objects_in(text) == objects


@pytest.mark.parametrize(
    "text",
    [
        "The lantern festival begins.",
        "Ben opens the cat food.",
        "She watches. They fire. He bears the weight, ducks and leaves.",
        "She moves like a cat, as a ghost would.",
        "There is no cat. Without a lantern he is lost.",
        "The smell of coffee. The sound of a bell. A story of a dragon.",
        "Rose enters with Bill. He looks at Rose.",
        "A bolt of lightning. The ghost of a smile. Beads of sweat.",
        "A gummy bear. A sea horse. The clock tower.",
        "Morning light behind the glass.",
        "He takes a deep breath. She takes a seat. Ada holds her breath.",
        "The crowd roars. A long silence. The sun sets.",
        "He can see the planetarium, the carpet seller and the catalogue.",
        "A bathhouse. A cartoon. A keynote. An opening.",
        "Akira wrenches it around, its headlight a white blade."[:29],
    ],
)
def test_other_words_are_no_things(text: str) -> None:
    assert objects_in(text) == []


@pytest.mark.parametrize(
    ("words", "name", "colour", "count"),
    [
        ("three red lanterns", "lantern", "#cf2e35", 3),
        ("crows", "crow", "#1f2029", 3),
        ("tea cup", "cup", "#f2efe8", 1),
        ("dark-red umbrella", "umbrella", "#cf2e35", 1),
        ("orange", "orange", "#f0912f", 1),
        ("a dozen white roses", "rose", "#f4f5f7", 12),
    ],
)
def test_a_phrase_names_thing_colour_and_number(words: str, name: str, colour: str, count: int) -> None:
    thing = find(words)
    assert thing is not None
    assert (thing.name, colour_of(words, thing), count_of(words)) == (name, colour, count)


@pytest.mark.parametrize("words", ["gummy bear", "orrery", "", "planetarium", "lantern festival"])
def test_what_is_not_known_is_not_found(words: str) -> None:
    assert find(words) is None


@given(st.text())
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_read(text: str) -> None:
    for mention in things_in(text):
        assert 0 <= mention.start < len(text)
        assert find(mention.words) is not None


def test_a_phrase_that_is_listed_names_the_same_thing_again() -> None:
    for name, thing in all_things().items():
        for mention in things_in(f"There is the {name}."):
            assert find(mention.words) in (mention.thing, thing), name
