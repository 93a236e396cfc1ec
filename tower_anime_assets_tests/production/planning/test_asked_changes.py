"""What people ask to be otherwise: what of their words changes a shot, and that all of them are in its prompt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tower_anime_assets.media.show_files import load_episode
from tower_anime_assets.production.planning.asked_changes import (
    AskedChange,
    ask_for_motion,
    ask_for_picture,
)
from tower_anime_assets.production.planning.prompts import prompt_parts, with_prompt_parts
from tower_anime_assets.production.planning.shots import (
    Emotion,
    Facing,
    Framing,
    Move,
    Pose,
    Purpose,
    Setting,
    Shot,
    Subject,
    Transition,
)
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Project
from tower_anime_assets_tests.small_show import KEY, write_small_show

AKIRA = Subject("akira", Emotion.TENSE, Pose.STAND, Facing.CAMERA, 0.2)
LUNA = Subject("luna", Emotion.SAD, Pose.STAND, Facing.LEFT, -0.4)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    projects = tmp_path_factory.mktemp("projects")
    write_small_show(projects)
    return load_episode(projects, EpisodeKey.parse(KEY))[0]


@pytest.fixture
def shot(project: Project) -> Shot:
    shot = Shot(
        key="small-e01-sc01-sh0010",
        scene="sc01",
        purpose=Purpose.ACTION,
        framing=Framing.MEDIUM,
        move=Move.STATIC,
        subjects=(AKIRA,),
        setting=Setting("Street", interior=False, time_of_day="day", weather="clear", mood="tense"),
        frames=25,
        transition=Transition(),
        speech=(),
        activity=0.4,
        objects=(),
        effects=(),
        card="",
        prompt="",
        negative="",
        description="Akira waits.",
        reasoning="",
    )
    return with_prompt_parts(shot, prompt_parts(project, shot, ["backlit"]))


def asked(words: str) -> AskedChange:
    return AskedChange("", "Mei", words)


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        ("closer", "framing", Framing.CLOSE_UP),
        ("come a bit closer please", "framing", Framing.CLOSE_UP),
        ("wider", "framing", Framing.WIDE),
        ("make it a close-up", "framing", Framing.CLOSE_UP),
        ("not closer", "framing", Framing.MEDIUM),
        ("a two-shot", "framing", Framing.MEDIUM),
        ("push in", "move", Move.PUSH_IN),
        ("the camera pan left", "move", Move.PAN_LEFT),
        ("slower", "activity", 0.15),
        ("a lot faster", "activity", 0.65),
        ("less motion", "activity", 0.15),
        ("no faster", "activity", 0.4),
    ],
)
def test_words_change_what_a_shot_is_made_of(
    project: Project, shot: Shot, words: str, name: str, value: object
) -> None:
    after = ask_for_picture(project, shot, asked(words), is_drawn=False)
    assert getattr(after.shot, name) == value
    assert bool(after.followed) is (getattr(shot, name) != value)
    assert words in after.shot.prompt


@pytest.mark.parametrize(
    ("words", "emotion", "facing"),
    [
        ("he smiles", Emotion.HAPPY, Facing.CAMERA),
        ("no smile", Emotion.NEUTRAL, Facing.CAMERA),
        ("Akira looks sad, from the left", Emotion.SAD, Facing.RIGHT),
        ("seen from the right", Emotion.TENSE, Facing.LEFT),
        ("from behind", Emotion.TENSE, Facing.AWAY),
    ],
)
def test_words_about_a_face_and_a_side(
    project: Project, shot: Shot, words: str, emotion: Emotion, facing: Facing
) -> None:
    (subject,) = ask_for_picture(project, shot, asked(words), is_drawn=False).shot.subjects
    assert (subject.emotion, subject.facing) == (emotion, facing)


def test_a_name_says_who_is_meant(project: Project, shot: Shot) -> None:
    both = replace(shot, framing=Framing.TWO_SHOT, subjects=(AKIRA, LUNA))
    after = ask_for_picture(project, both, asked("Luna smiles"), is_drawn=True).shot
    assert [subject.emotion for subject in after.subjects] == [Emotion.TENSE, Emotion.HAPPY]


def test_light_is_a_matter_of_the_time_of_day_only_where_it_is_drawn(project: Project, shot: Shot) -> None:
    drawn = ask_for_picture(project, shot, asked("darker"), is_drawn=True)
    assert (drawn.shot.setting.time_of_day, drawn.left) == ("dusk", ())
    prompted = ask_for_picture(project, shot, asked("darker"), is_drawn=False)
    assert (prompted.shot.setting, prompted.left) == (shot.setting, ("darker",))


def test_the_prompt_says_nothing_that_the_words_changed(project: Project, shot: Shot) -> None:
    after = ask_for_picture(project, shot, asked("closer, smile, (neon:1.2) rain"), is_drawn=False)
    prompt = after.shot.prompt
    assert "medium shot" not in prompt
    assert "tense expression" not in prompt
    assert {"close-up of the face", "happy smile", "backlit"} <= {
        part for whole in after.shot.prompt_parts for part in (whole.text, *whole.text.split(", "))
    }
    assert [part.text for part in after.shot.prompt_parts if part.source == "asked by Mei"] == [
        "closer, smile, (neon:1.2) rain"
    ]
    assert after.left == ("(neon:1.2) rain",)


def test_a_clip_alone_takes_motion_from_the_words(project: Project, shot: Shot) -> None:
    after = ask_for_motion(project, shot, asked("faster and closer"))
    assert (after.shot.framing, after.shot.activity, after.left) == (Framing.MEDIUM, 0.65, ("closer",))


def test_what_is_asked_has_one_key_whoever_asks_and_another_seed_than_the_plan() -> None:
    mei, ben = asked("closer"), AskedChange("other", "Ben", "closer")
    assert mei.key == ben.key
    assert len({mei.key, asked("wider").key, replace(mei, seed=1).key}) == 3
    assert mei.seed_after(5) == ben.seed_after(5) != 5
    assert replace(mei, seed=1).seed_after(5) == 1
