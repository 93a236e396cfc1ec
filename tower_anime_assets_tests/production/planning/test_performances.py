"""Performances: what people hold and do from beat to beat, what decides their faces, and nothing romantic under age."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tower_anime_assets.production.planning.acting import Feeling, line_feeling
from tower_anime_assets.production.planning.action_beats import ActionReader
from tower_anime_assets.production.planning.performances import Performances
from tower_anime_assets.production.planning.shots import Emotion, Pose
from tower_anime_assets.production.story.model import Action, Beat, Character, Scene, Speech, Voice
from tower_anime_assets_tests.production.planning.small_plans import LOOK

NAMES = ("Akira", "Luna")


def cast(*ages: int) -> list[Character]:
    return [
        Character(name.lower(), name, "", replace(LOOK, age_years=age, presents=presents), Voice())
        for name, age, presents in zip(NAMES, ages or (25, 25), ("masculine", "feminine"), strict=True)
    ]


def scene(*beats: Beat, mood: str = "neutral") -> Scene:
    return Scene(
        "sc01", 1, "INT. LAB - DAY", True, "LAB", "day", "clear", mood, "", 0, 0, ("akira", "luna"), "", "cut",
        beats, "", 1,
    )  # fmt: skip


def say(name: str, text: str, parenthetical: str = "") -> Speech:
    return Speech("sc01-l001", name, text, parenthetical, "", dual=False, lyric=False, line=1)


class Stage:
    """A scene that is played beat by beat."""

    def __init__(self, *ages: int, mood: str = "neutral") -> None:
        members = cast(*ages)
        self.scene = scene(mood=mood)
        self.reader = ActionReader(self.scene, members)
        self.performances = Performances(self.scene, members, ["akira", "luna"])

    def act(self, text: str) -> Stage:
        for beat in self.reader.read_paragraph(text):
            self.performances.follow_action(beat)
        return self

    def say(self, speech: Speech) -> Stage:
        before = self.performances.emotion_before_line(speech.character)
        feeling = line_feeling(speech, self.scene.mood, before)
        self.performances.follow_speeches([speech], {speech.id: feeling}, 0)
        return self

    def hands(self) -> tuple[str, str]:
        now = self.performances.current()
        return now["akira"].holds, now["luna"].holds

    def poses(self) -> tuple[Pose, Pose]:
        now = self.performances.current()
        return now["akira"].pose, now["luna"].pose

    def faces(self) -> tuple[Emotion, Emotion]:
        now = self.performances.current()
        return now["akira"].emotion, now["luna"].emotion


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Akira holds a red lantern.", "red lantern"),
        ("Akira opens the book.", "book"),
        ("Akira drinks tea.", "tea"),
        ("Akira eats an apple.", "apple"),
        ("Akira takes the key from the desk.", "key"),
        ("Akira lifts the astrolabe.", "astrolabe"),
        ("Akira opens the door.", ""),
        ("Akira dances.", ""),
        ("Akira looks at the lantern.", ""),
    ],
)
def test_hands_hold_what_the_action_says(text: str, held: str) -> None:
    assert Stage().act(text).hands() == (held, "")


def test_what_is_held_stays_in_the_hand_until_it_is_put_down() -> None:
    stage = Stage().act("Akira holds a lantern.").say(say("akira", "It is late."))
    assert stage.hands() == ("lantern", "")
    assert stage.poses()[0] is Pose.HOLD
    assert stage.act("Akira puts it on the table.").hands() == ("", "")
    assert stage.poses()[0] is not Pose.HOLD


def test_what_is_given_is_in_the_receivers_hand_afterwards() -> None:
    stage = Stage().act("Akira gives Luna the letter.")
    assert stage.hands()[0] == "letter"
    assert stage.poses()[0] is Pose.GIVE
    stage.say(say("luna", "Thank you."))
    assert stage.hands() == ("", "letter")
    assert stage.poses()[1] is Pose.HOLD


def test_what_is_thrown_is_gone() -> None:
    stage = Stage().act("Luna throws the book.")
    assert (stage.hands()[1], stage.poses()[1]) == ("book", Pose.THROW)
    assert stage.say(say("akira", "Missed.")).hands() == ("", "")


def test_who_sits_and_eats_goes_on_sitting() -> None:
    stage = Stage().act("Luna sits at the table. She eats an apple.")
    performance = stage.performances.current()["luna"]
    assert performance.pose is Pose.EAT
    assert performance.is_seated
    assert stage.say(say("akira", "Good?")).performances.current()["luna"].is_seated
    assert not stage.act("Luna stands.").performances.current()["luna"].is_seated


def test_a_sleeper_sleeps_until_they_speak() -> None:
    stage = Stage().act("Akira sleeps.").say(say("luna", "Look at him."))
    assert stage.poses()[0] is Pose.SLEEP
    assert stage.say(say("akira", "I heard that.")).poses()[0] is not Pose.SLEEP


def test_both_take_part_in_an_embrace() -> None:
    assert Stage().act("Akira embraces Luna.").poses() == (Pose.EMBRACE, Pose.EMBRACE)


# The order of evidence ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parenthetical", "text", "action", "mood", "emotion"),
    [
        ("whispering, scared", "I love you!", Emotion.ANGRY, "romantic", Emotion.AFRAID),
        ("softly, angry", "The train is here.", None, "tender", Emotion.ANGRY),
        ("not angry", "The train is here.", None, "romantic", Emotion.TENDER),
        ("in a low voice, happily", "The train is here.", None, "tense", Emotion.HAPPY),
        ("scared", "The train is here.", None, "comic", Emotion.AFRAID),
        ("", "I hate this place.", Emotion.HAPPY, "romantic", Emotion.ANGRY),
        ("", "I am so sorry.", Emotion.HAPPY, "comic", Emotion.SAD),
        ("", "The train is here.", Emotion.AFRAID, "romantic", Emotion.AFRAID),
        ("", "The train is here!", Emotion.AFRAID, "romantic", Emotion.AFRAID),
        ("", "The train is here.", None, "romantic", Emotion.TENDER),
        ("beat", "The train is here.", None, "sad", Emotion.SAD),
    ],
)
def test_a_parenthetical_beats_words_words_beat_the_action_and_that_the_mood(
    parenthetical: str, text: str, action: Emotion | None, mood: str, emotion: Emotion
) -> None:
    assert line_feeling(say("akira", text, parenthetical), mood, action).emotion is emotion


def test_the_action_before_a_line_colours_that_line_only() -> None:
    stage = Stage(mood="hopeful").act("Luna trembles.").say(say("luna", "The train is here."))
    assert stage.faces()[1] is Emotion.AFRAID
    assert stage.say(say("luna", "We should go.")).faces()[1] is Emotion.HAPPY


# Nobody under age is drawn in love ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ages", [(25, 9), (12, 11), (17, 40)])
def test_no_face_is_tender_where_somebody_is_under_age(ages: tuple[int, int]) -> None:
    stage = Stage(*ages, mood="romantic")
    played = [
        stage.faces(),
        stage.act("Akira kisses Luna.").faces(),
        stage.say(say("luna", "I love you.", "tenderly")).faces(),
    ]
    for at, age in enumerate(ages):
        assert age >= 18 or all(faces[at] is not Emotion.TENDER for faces in played)


def test_a_kiss_is_not_shown_where_somebody_is_under_age() -> None:
    assert Pose.EMBRACE not in Stage(25, 12, mood="romantic").act("Akira kisses Luna.").poses()
    assert Stage(25, 25).act("Akira kisses Luna.").poses() == (Pose.EMBRACE, Pose.EMBRACE)


def test_a_child_may_be_hugged_and_is_glad() -> None:
    stage = Stage(40, 6, mood="sad").act("Akira hugs Luna.")
    assert stage.poses() == (Pose.EMBRACE, Pose.EMBRACE)
    assert stage.faces() == (Emotion.HAPPY, Emotion.HAPPY)


def test_listeners_under_age_are_glad_instead_of_tender() -> None:
    stage = Stage(25, 8)
    line = say("akira", "Goodbye.")
    stage.performances.follow_speeches([line], {line.id: Feeling(Emotion.SAD, 0.9)}, 0)
    assert stage.faces()[1] is Emotion.HAPPY


def test_actions_are_read_from_action_paragraphs() -> None:
    beats = ActionReader(scene(Action("", 1)), cast()).read_paragraph("Akira gives her the cup of tea.")
    assert beats[0].holds == "cup of tea"
