"""Characters in the words of prompts: the description word for word, and nothing that contradicts it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.planning.blocking import Blocking
from tower_anime_assets.production.planning.character_words import (
    character_words,
    emotion_words,
    open_looks,
    pose_words,
    prompted_colours,
)
from tower_anime_assets.production.planning.drafts import Draft, Performance
from tower_anime_assets.production.planning.shots import Emotion, Framing, Pose, Purpose
from tower_anime_assets.production.story.appearance import StatedAppearance, derive_appearance
from tower_anime_assets.production.story.model import Character, Voice


def character(description: str, **stated: object) -> Character:
    look = derive_appearance("Pip", description, StatedAppearance(**stated))  # type: ignore[arg-type]
    return Character("pip", "Pip", description, look, Voice())


@given(st.text(max_size=300))
def test_any_description_is_in_the_words_as_written(description: str) -> None:
    assert " ".join(description.split()) in character_words(character(description))


HUMAN_WORDS = ("hair", "skin", "year old", "years old", "jacket", "hoodie", "uniform", "shirt", "coat", "person", "man")


@pytest.mark.parametrize(
    "description",
    [
        "A small round robot, knee-high, white metal body with one big blue eye",
        "A fat orange cat with a blue collar",
        "The ghost of a samurai",
        "A talking car, bright red",
        "A huge green dragon",
        "A teapot with a crack",
        "An owl",
    ],
)
def test_who_is_not_human_gets_no_human_words(description: str) -> None:
    words = character_words(character(description)).removeprefix(description)
    assert not any(word in words for word in HUMAN_WORDS)


@pytest.mark.parametrize(
    ("description", "unsaid"),
    [
        ("A monk of 78 with a long white beard, bald, brown eyes, dark skin, in an orange robe", ("",)),
        ("A woman of 45", ("year", "man", "person")),
        ("navy uniform with a red ribbon", ("uniform", "lime", "jacket")),
        ("A bald man", ("hair", "bald")),
        ("A knight in a helmet", ("hair", "shirt", "jacket")),
        ("A Nigerian doctor of forty", ("hair", "eyes", "skin", "year")),
        ("A blind old man", ("eyes", "year", "person")),
        ("A baby", ("hair", "year")),
        ("Ein alter Mönch mit langem weißem Bart", ("hair", "year", "skin", "eyes", "person")),
        ("猫", ("hair", "year", "person")),
    ],
)
def test_what_the_description_says_is_not_said_otherwise(description: str, unsaid: tuple[str, ...]) -> None:
    added = open_looks(character(description))
    if unsaid == ("",):
        assert added == []
    assert not any(word in part for part in added for word in unsaid if word)


def test_open_looks_are_filled_in() -> None:
    words = open_looks(character("a passer-by"))
    assert len(words) == 5
    assert words[0].endswith("years old") or "year old" in words[0]


def test_what_the_file_states_is_said_where_the_description_does_not() -> None:
    assert "54 years old" in open_looks(character("An old woman", age_years=54))
    assert "red hair" in open_looks(character("A woman with long hair", hair_colour="#cf2e35"))
    assert open_looks(character("Ein Mönch", age_years=78, presents="masculine", features=("scar",))) == [
        "78 year old man",
        "scar",
    ]
    assert open_looks(character("mein Freund", kind="robot", eye_colour="#2f62c9")) == ["robot", "blue eyes"]
    assert "monocle" in open_looks(character("A man", features=("monocle",)))


def test_words_follow_the_end_of_a_sentence_without_a_comma() -> None:
    assert character_words(character("A woman of 45. She is a nurse.")).startswith("A woman of 45. She is a nurse. ")


def test_faces_and_poses_are_those_that_a_body_has() -> None:
    robot, girl, rolling, ghost, car = map(
        character, ("a robot", "a girl", "a girl in a wheelchair", "a ghost", "a talking car")
    )
    assert emotion_words(robot, Emotion.SURPRISED, "surprised, wide eyes") == "surprised"
    assert emotion_words(girl, Emotion.SURPRISED, "surprised, wide eyes") == "surprised, wide eyes"
    assert emotion_words(car, Emotion.SAD, "sad expression") == ""
    assert pose_words(rolling, Pose.STAND, "standing") == "sitting in the wheelchair"
    assert pose_words(ghost, Pose.RUN, "running") == "floating"
    assert pose_words(robot, Pose.ARMS_CROSSED, "arms crossed") == ""
    assert pose_words(girl, Pose.ARMS_CROSSED, "arms crossed") == "arms crossed"


def test_colours_go_by_the_writers_names() -> None:
    colours = {part: name for part, _, name in prompted_colours(character("A fat orange cat with a neon blue collar"))}
    assert colours == {"body": "orange", "accents": "neon blue"}
    assert [(part, name) for part, _, name in prompted_colours(character("Un gato naranja"))] == [("body", "orange")]
    assert list(prompted_colours(character("Pomarańczowy kot z ogonem"))) == []  # no words of that language are known
    parts = [part for part, _, _ in prompted_colours(character("navy uniform with a red ribbon"))]
    assert parts == ["hair", "eyes", "skin", "outfit", "accents"]


def test_nobody_under_18_plays_romance() -> None:
    draft = Draft(
        Purpose.ACTION, Framing.TWO_SHOT, ("ada", "ben"), 49, 25, 121, "",
        performances=dict.fromkeys(("ada", "ben"), Performance(Emotion.TENDER, Pose.STAND)),
    )  # fmt: skip
    emotions = [
        [subject.emotion for subject in Blocking(("ada", "ben"), (), minors).subjects(draft)]
        for minors in ((), ("ben",))
    ]
    assert emotions == [[Emotion.TENDER, Emotion.TENDER], [Emotion.TENDER, Emotion.HAPPY]]
