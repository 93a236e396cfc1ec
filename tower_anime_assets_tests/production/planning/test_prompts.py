"""Prompts from the values of a shot."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.planning.character_words import character_words
from tower_anime_assets.production.planning.prompts import (
    NEGATIVE,
    ROLES,
    extend_prompt,
    lighting_words,
    literal_passages,
    merge_prompts,
    prompt_parts,
    with_prompt_parts,
)
from tower_anime_assets.production.planning.shots import Emotion, Facing, Framing, Pose, Setting, Shot, Subject
from tower_anime_assets.production.story.appearance import derive_appearance
from tower_anime_assets.production.story.model import Appearance, Character, Lora, Project, Style, Voice
from tower_anime_assets_tests.production.planning.small_plans import make_shot

LOOK = Appearance(
    "#111111", "spiky", "#eeccaa", "#333333", "#2244cc", "lab_coat", "#ff8800",
    presents="masculine", age_years=22, features=("cybernetic arms",),
)  # fmt: skip
AKIRA = Character("akira", "Akira", "a racer", LOOK, Voice(), lora=Lora("akira.safetensors", trigger="akr1"))
LUNA = Character("luna", "Luna", "a scientist", replace(LOOK, presents="feminine", features=()), Voice())
PROJECT = Project("nexus", "Nexus", (AKIRA, LUNA), style=Style(positive="neon", loras=(Lora("s", trigger="styl"),)))
NIGHT = Setting("GARAGE", True, "night", "clear", "tense")


def subject(name: str, *, is_foreground: bool = False) -> Subject:
    facing = Facing.AWAY if is_foreground else Facing.RIGHT
    return Subject(name, Emotion.SAD, Pose.SIT, facing, -0.3, is_foreground)


def shot(framing: Framing, *subjects: Subject, setting: Setting = NIGHT) -> Shot:
    return make_shot(
        framing=framing,
        subjects=subjects,
        setting=setting,
        objects=("terminal",),
        prompt="an old prompt",
        description="He sits alone.",
    )


def positive(shot: Shot, wishes: tuple[str, ...] = ()) -> str:
    return with_prompt_parts(shot, prompt_parts(PROJECT, shot, wishes)).prompt


def negative(shot: Shot) -> str:
    return with_prompt_parts(shot, prompt_parts(PROJECT, shot)).negative


def test_a_prompt_says_what_is_in_hand() -> None:
    giving = replace(subject("akira"), pose=Pose.GIVE, holds="red lantern")
    eating = replace(subject("luna"), pose=Pose.EAT, holds="noodles", is_seated=True)
    assert "handing over the red lantern" in positive(shot(Framing.TWO_SHOT, giving, eating))
    assert "eating, noodles in hand, seated" in positive(shot(Framing.TWO_SHOT, giving, eating))


def test_a_prompt_goes_from_framing_over_people_and_place_to_style_and_triggers() -> None:
    prompt = positive(shot(Framing.MEDIUM, subject("akira")), ("wet glass",))
    order = [
        "medium shot", "Akira", "22 year old man", "spiky black hair", "neon blue lab coat", "cybernetic arms",
        "sad expression", "looking right", "sitting", "He sits alone", "wet glass", "terminal", "interior of garage",
        "at night", "tense mood", "clean cel-shaded anime", ", neon, ", "akr1", "styl",
    ]  # fmt: skip
    places = [prompt.index(part) for part in order]
    assert places == sorted(places)
    assert "an old prompt" not in prompt


@pytest.mark.parametrize("framing", [Framing.CLOSE_UP, Framing.INSERT])
def test_framings_that_show_little_of_a_body_name_no_pose(framing: Framing) -> None:
    assert "sitting" not in positive(shot(framing, subject("akira")))


def test_a_shoulder_in_the_foreground_has_no_expression() -> None:
    prompt = positive(shot(Framing.OVER_SHOULDER, subject("luna"), subject("akira", is_foreground=True)))
    assert "out-of-focus shoulder in the foreground: a racer, 22 year old man" in prompt
    assert prompt.count("sad expression") == 1


def test_clear_weather_and_a_neutral_mood_are_not_mentioned() -> None:
    plain = Setting("STREET", False, "day", "clear", "neutral")
    prompt = positive(shot(Framing.WIDE, setting=plain))
    assert "clear" not in prompt
    assert "neutral" not in prompt
    assert "rain" in positive(shot(Framing.WIDE, setting=replace(plain, weather="rain")))


def test_an_empty_place_is_kept_empty_unless_the_script_has_a_crowd_and_a_lone_figure_alone() -> None:
    assert negative(shot(Framing.WIDE)).endswith(", people")
    assert negative(shot(Framing.MEDIUM, subject("akira"))).endswith(", multiple people")
    crowd = replace(shot(Framing.WIDE), description="The crowd roars far below.")
    assert negative(crowd) == PROJECT.style.negative
    both = shot(Framing.TWO_SHOT, subject("akira"), subject("luna"))
    assert negative(both) == PROJECT.style.negative


def test_children_are_described_as_children() -> None:
    child = replace(LUNA, appearance=replace(LUNA.appearance, age_years=9))
    assert character_words(child).startswith("a scientist, 9 year old girl")


def test_lighting_follows_time_place_and_weather() -> None:
    assert lighting_words(NIGHT) == "at night, artificial light inside, tense"
    assert (
        lighting_words(Setting("STREET", False, "dusk", "fog", "sad")) == "at dusk, low warm light, fog in the air, sad"
    )


def test_merged_prompts_hold_each_part_once_in_order() -> None:
    assert merge_prompts("wide, neon", "", "neon,rain ", "wide") == "wide, neon, rain"


@given(st.text(max_size=200))
def test_any_description_is_in_the_prompt_as_written(description: str) -> None:
    akira = replace(AKIRA, description=description)
    made = shot(Framing.MEDIUM, subject("akira"))
    planned = with_prompt_parts(made, prompt_parts(replace(PROJECT, characters=(akira,)), made))
    assert " ".join(description.split()) in planned.prompt


def test_a_prompt_is_extended_and_not_changed() -> None:
    assert extend_prompt("a cat,  a cat, a red cat", "neon, a cat", "neon") == "a cat,  a cat, a red cat, neon"
    assert extend_prompt("", "neon", "") == "neon"


def test_brackets_of_prose_are_told_from_weights_of_the_style() -> None:
    project = replace(
        PROJECT,
        characters=(replace(AKIRA, description="a racer (the best)"), LUNA),
        style=replace(PROJECT.style, positive="(ink:1.2)"),
    )
    made = shot(Framing.MEDIUM, subject("akira"), subject("luna"))
    planned = with_prompt_parts(made, prompt_parts(project, made))
    (passage,) = literal_passages(planned)
    assert "a racer (the best)" in passage
    assert passage in planned.prompt
    assert literal_passages(with_prompt_parts(made, prompt_parts(PROJECT, made))) == ()


def test_a_lone_animal_is_shown_without_people() -> None:
    cat = replace(LUNA, description="a cat", appearance=derive_appearance("Luna", "a cat"))
    made = shot(Framing.MEDIUM, subject("luna"))
    negatives = [part.text for part in prompt_parts(replace(PROJECT, characters=(cat,)), made) if part.role == NEGATIVE]
    assert negatives[-1] == "people"


def test_no_romance_is_named_where_a_child_is_seen() -> None:
    child = replace(LUNA, appearance=replace(LUNA.appearance, age_years=9))
    romantic = shot(Framing.MEDIUM, subject("luna"), setting=replace(NIGHT, mood="romantic"))
    texts = [part.text for part in prompt_parts(replace(PROJECT, characters=(child,)), romantic)]
    assert not any("romantic" in text for text in texts)
    assert "romantic mood" in [part.text for part in prompt_parts(PROJECT, romantic)]


def test_every_part_of_a_prompt_names_its_source_in_a_fixed_order() -> None:
    made = shot(Framing.MEDIUM, subject("akira"))
    carried = {"akira": ("bleeding", "holding the key"), "luna": ("wet from the rain",)}
    parts = prompt_parts(PROJECT, made, ("wet glass",), continuity=carried)
    ranks = [(*ROLES, NEGATIVE).index(part.role) for part in parts]
    assert ranks == sorted(ranks)
    assert all(part.source for part in parts)
    found = {part.text: part.source for part in parts}
    assert found["Akira bleeding, holding the key"] == "earlier shots"
    assert found["wet glass"] == "script: shot note"
    assert found["akr1"] == "characters/akira.yaml: lora"
    assert found["styl"] == "project.yaml: style.loras"
    assert not any("wet from the rain" in part.text for part in parts)  # Luna is not in the shot
    rebuilt = with_prompt_parts(made, (*parts[-2:], *parts[:-2]))
    assert rebuilt == with_prompt_parts(made, parts)
    assert rebuilt.prompt_parts == parts
    assert rebuilt.negative == f"{PROJECT.style.negative}, multiple people"


def test_a_shot_of_the_same_people_at_the_same_size_is_seen_from_elsewhere() -> None:
    first = shot(Framing.MEDIUM, subject("akira"))
    roles = [part.role for part in prompt_parts(PROJECT, first, previous_shot=first)]
    assert "variation" in roles
    for other in (shot(Framing.WIDE, subject("akira")), shot(Framing.MEDIUM, subject("luna"))):
        assert "variation" not in [part.role for part in prompt_parts(PROJECT, first, previous_shot=other)]


def test_characters_are_described_with_their_colours() -> None:
    assert character_words(LUNA) == (
        "a scientist, 22 year old woman, spiky black hair, dark grey eyes, fair skin, neon blue lab coat"
    )
