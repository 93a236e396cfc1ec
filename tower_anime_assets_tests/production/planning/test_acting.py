"""What words say about faces and bodies."""

import pytest

from tower_anime_assets.production.planning.acting import (
    Feeling,
    action_feeling,
    activity_in,
    emotion_for_mood,
    line_emotion,
    line_feeling,
    listener_emotion,
    pose_in,
    pose_word_position,
    speaking_activity,
)
from tower_anime_assets.production.planning.shots import Emotion, Pose
from tower_anime_assets.production.story.model import Speech


def speech(text: str, parenthetical: str = "") -> Speech:
    return Speech("sc01-l001", "akira", text, parenthetical, "", dual=False, lyric=False, line=1)


@pytest.mark.parametrize(
    ("parenthetical", "mood", "emotion"),
    [
        ("whispering", "tense", Emotion.TENSE),
        ("whispering", "romantic", Emotion.TENDER),
        ("shouting", "calm", Emotion.ANGRY),
        ("afraid", "triumphant", Emotion.AFRAID),
        ("amused", "ominous", Emotion.SMUG),
        ("smiling", "hopeful", Emotion.HAPPY),
        ("smiling", "ominous", Emotion.SMUG),
        ("through his teeth", "sad", Emotion.DETERMINED),
        ("to Luna; gently", "tense", Emotion.TENDER),
        ("beat", "sad", Emotion.SAD),
    ],
)
def test_a_parenthetical_decides_how_a_line_is_felt(parenthetical: str, mood: str, emotion: Emotion) -> None:
    assert line_emotion(speech("The train is here.", parenthetical), mood) is emotion


@pytest.mark.parametrize(
    ("text", "mood", "emotion"),
    [
        ("Get down!", "tense", Emotion.ANGRY),
        ("Get down!", "action", Emotion.DETERMINED),
        ("You did what?!", "calm", Emotion.SURPRISED),
        ("I hate this place.", "calm", Emotion.ANGRY),
        ("I am so sorry.", "tense", Emotion.SAD),
        ("The train is here.", "romantic", Emotion.TENDER),
        ("The train is here.", "neutral", Emotion.NEUTRAL),
        ("もう終わりだ！", "sad", Emotion.SAD),
    ],
)
def test_without_a_parenthetical_punctuation_then_words_then_the_mood_decide(
    text: str, mood: str, emotion: Emotion
) -> None:
    assert line_emotion(speech(text), mood) is emotion


def test_a_shout_is_stronger_than_a_cry_and_a_cry_than_a_statement() -> None:
    strengths = [line_feeling(speech(text), "tense").strength for text in ("RUN! NOW!!", "Run!", "We run.")]
    assert strengths == sorted(strengths, reverse=True)
    assert len(set(strengths)) == 3


@pytest.mark.parametrize(
    ("text", "pose"),
    [
        ("Akira and Luna run for the motorbike.", Pose.RUN),
        ("Akira sits at the workbench.", Pose.SIT),
        ("Luna kneels beside him.", Pose.CROUCH),
        ("Her fingers fly over the keyboard.", Pose.TYPE),
        ("Viktor points at the screen.", Pose.POINT),
        ("She reaches for the switch.", Pose.REACH),
        ("Akira stands.", Pose.STAND),
        ("Morning sun on a black table.", None),
    ],
)
def test_poses_come_from_the_first_word_that_says_one(text: str, pose: Pose | None) -> None:
    assert pose_in(text) is pose


def test_the_pose_word_is_found_at_its_position() -> None:
    assert pose_word_position("Luna kneels beside him.") == 5
    assert pose_word_position("Fog.") == 4


def test_a_chase_is_livelier_than_a_walk_and_a_walk_than_waiting() -> None:
    levels = [activity_in(text, "tense") for text in ("They race away.", "She walks on.", "He waits.")]
    assert levels == sorted(levels, reverse=True)
    assert len(set(levels)) == 3
    assert all(0.0 <= level <= 1.0 for level in levels)


def test_the_same_words_are_livelier_in_an_action_scene() -> None:
    assert activity_in("Morning sun on a table.", "action") > activity_in("Morning sun on a table.", "calm")


def test_strong_feelings_move_more() -> None:
    weak, strong = Feeling(Emotion.ANGRY, 0.2), Feeling(Emotion.ANGRY, 1.0)
    assert speaking_activity(strong, "tense") > speaking_activity(weak, "tense")


def test_listeners_answer_strong_feelings_and_keep_the_mood_otherwise() -> None:
    assert listener_emotion(Feeling(Emotion.SMUG, 0.8), "calm") is Emotion.ANGRY
    assert listener_emotion(Feeling(Emotion.SMUG, 0.3), "sad") is emotion_for_mood("sad") is Emotion.SAD


def test_actions_show_in_faces() -> None:
    assert action_feeling("Luna freezes.", "calm").emotion is Emotion.SURPRISED
    assert action_feeling("Viktor sips his tea.", "tense").emotion is Emotion.SMUG
    assert action_feeling("Fog.", "sad").emotion is Emotion.SAD
