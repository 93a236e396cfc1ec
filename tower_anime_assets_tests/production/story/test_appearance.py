from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.story import appearance_words as tables
from tower_anime_assets.production.story.appearance import (
    StatedAppearance,
    StatedVoice,
    derive_appearance,
    derive_voice,
)
from tower_anime_assets.production.story.appearance_words import COLOURS
from tower_anime_assets.production.story.colours import parse_colour
from tower_anime_assets.production.story.model import Voice

HEX = re.compile(r"#[0-9a-f]{6}")


def test_every_colour_word_is_a_hex_colour() -> None:
    assert all(HEX.fullmatch(value) for value in COLOURS.values())


@pytest.mark.parametrize(
    ("text", "found"),
    [("#ABCDEF", "#abcdef"), ("#fa0", "#ffaa00"), (" Teal ", COLOURS["teal"]), ("nonsense", ""), ("", ""), ("#12", "")],
)
def test_a_colour_is_a_hex_code_or_a_word(text: str, found: str) -> None:
    assert parse_colour(text) == found


def luma(text: str) -> int:
    return sum(int(text[at : at + 2], 16) for at in (1, 3, 5))


def test_modifiers_change_a_colour_as_they_say() -> None:
    assert luma(parse_colour("dark green")) < luma(parse_colour("green")) < luma(parse_colour("pale green"))
    assert max(int(parse_colour("neon blue")[at : at + 2], 16) for at in (1, 3, 5)) == 255


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("a man with spiky black hair", {"hair_colour": COLOURS["black"], "hair_style": "spiky"}),
        ("silver-haired, violet-eyed", {"hair_colour": COLOURS["silver"], "eye_colour": COLOURS["violet"]}),
        ("long silver hair and a red coat", {"hair_colour": COLOURS["silver"], "outfit_colour": COLOURS["red"]}),
        ("her hair is dyed pink; short", {"hair_colour": COLOURS["pink"]}),
        ("a blonde in a yellow dress", {"hair_colour": COLOURS["blonde"], "outfit_style": "dress"}),
        ("wears a long green coat, short hair", {"hair_style": "short", "outfit_style": "coat"}),
        ("white ponytail", {"hair_style": "ponytail", "hair_colour": COLOURS["white"]}),
        ("slicked-back hair, expensive dark suits", {"hair_style": "slicked", "outfit_style": "suit"}),
        ("a researcher in a lab coat", {"outfit_style": "lab_coat"}),
        ("a soldier", {"outfit_style": "armour"}),
        ("no jacket, only a grey hoodie", {"outfit_style": "hoodie", "outfit_colour": COLOURS["grey"]}),
        ("dark skin, tall", {"skin_colour": "#6f4630"}),
        ("burly", {"build": "broad"}),
        ("a petite woman", {"build": "small", "presents": "feminine"}),
        ("He hates his boss, she knows, he and his dog", {"presents": "masculine"}),
        ("They run a bar", {"presents": "neutral"}),
        ("a 22-year-old racer", {"age_years": 22}),
        ("thirty-five years old", {"age_years": 35}),
        ("a ten year old girl", {"age_years": 10}),
        ("aged 61", {"age_years": 61}),
        ("in her late forties", {"age_years": 48}),
        ("an old monk", {"age_years": 68}),
    ],
)
def test_the_words_of_a_description_decide(description: str, expected: dict[str, object]) -> None:
    look = derive_appearance("Somebody", description)
    assert {key: getattr(look, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("description", "features"),
    [
        ("cybernetic arms and an AR monocle", ("cybernetic arms", "AR monocle")),
        ("holographic tattoos, a scar", ("holographic tattoos", "scar")),
        ("glasses, headphones and cat ears", ("glasses", "headphones", "cat ears")),
        ("no glasses, without a beard", ()),
        ("a crimson tie", ("tie",)),
        ("", ()),
    ],
)
def test_features_are_found_in_the_words_and_not_where_they_are_denied(
    description: str, features: tuple[str, ...]
) -> None:
    assert derive_appearance("Somebody", description).features == features


def test_what_the_file_states_outweighs_the_words() -> None:
    given_look = StatedAppearance(hair_colour="#010203", age_years=50, features=())
    look = derive_appearance("A", "blonde 20-year-old with glasses", given_look)
    assert (look.hair_colour, look.age_years, look.features) == ("#010203", 50, ())


def test_extras_without_words_look_different_from_each_other() -> None:
    looks = {derive_appearance(f"Extra {number}", "a passer-by") for number in range(40)}
    assert len(looks) == 40
    assert len({(look.hair_colour, look.hair_style, look.outfit_colour) for look in looks}) >= 30


@given(st.text(max_size=60), st.text(max_size=300))
def test_any_words_give_a_whole_and_stable_look(name: str, description: str) -> None:
    look = derive_appearance(name, description)
    assert look == derive_appearance(name, description)
    colours = (look.hair_colour, look.skin_colour, look.eye_colour, look.outfit_colour, look.accent_colour)
    assert all(HEX.fullmatch(item) for item in colours)
    assert look.hair_style in tables.HAIR_STYLES
    assert look.outfit_style in tables.OUTFIT_STYLES
    assert look.build in tables.BUILDS
    assert look.presents in tables.PRESENTATIONS
    assert 1 <= look.age_years <= 120


def test_voices_fit_the_look() -> None:
    woman = derive_appearance("A", "a woman of 30 years")
    old_man = derive_appearance("B", "an old man, 70 years old")
    girl = derive_appearance("C", "a ten year old girl")
    assert derive_voice("A", woman).variant in tables.VOICE_VARIANTS["feminine"]
    assert derive_voice("B", old_man).variant in tables.VOICE_VARIANTS["masculine"]
    assert derive_voice("B", old_man).pitch < derive_voice("A", woman).pitch < derive_voice("C", girl).pitch + 14


def test_voices_of_a_cast_are_told_apart() -> None:
    taken: list[Voice] = []
    for number in range(12):
        name = f"Man {number}"
        taken.append(derive_voice(name, derive_appearance(name, "a man"), other_voices=taken))
    pairs = [(a, b) for at, a in enumerate(taken) for b in taken[at + 1 :]]
    assert not any(a.variant == b.variant and abs(a.pitch - b.pitch) < 6 for a, b in pairs)


def test_a_given_voice_is_kept() -> None:
    given_voice = StatedVoice(variant="f4", pitch=77, rate_wpm=200, language="ja", service_voice="mei")
    assert derive_voice("A", derive_appearance("A", ""), given_voice) == Voice("f4", 77, 200, "ja", "mei")
