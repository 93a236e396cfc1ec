"""What words say about faces and bodies: emotions, poses and activity, by tables of words.

Text without any of these words is acted as the scene's mood suggests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tower_anime_assets.production.planning.action_verbs import find_pose
from tower_anime_assets.production.planning.lexicon import (
    WORD,
    first_meaning,
    meanings_in,
    word_set,
    word_stems,
    word_table,
)
from tower_anime_assets.production.planning.shots import Emotion, Pose
from tower_anime_assets.production.story.model import Speech


@dataclass(frozen=True)
class Feeling:
    """An emotion and how strongly it shows, 0 (hardly) to 1 (all over the face)."""

    emotion: Emotion
    strength: float


ADULT_YEARS = 18
"""Below this age nothing is romantic."""

_GENTLE_MOODS = word_set("calm romantic sad hopeful comic tender")
"""Moods in which a lowered voice is tender; in all others it is tense."""
_EMOTION_BY_MOOD = word_table(
    (Emotion.TENSE, "tense ominous dark mysterious"),
    (Emotion.DETERMINED, "action chase triumphant"),
    (Emotion.SAD, "sad"),
    (Emotion.TENDER, "romantic tender"),
    (Emotion.HAPPY, "hopeful comic"),
)
_EXCLAMATION_EMOTIONS = word_table(
    (Emotion.DETERMINED, "action chase"),
    (Emotion.ANGRY, "tense"),
    (Emotion.AFRAID, "ominous dark"),
    (Emotion.SAD, "sad"),
    (Emotion.HAPPY, "romantic hopeful triumphant comic"),
)
"""By mood, what an exclamation mark means where no word says more."""
_PARENTHETICAL_EMOTIONS = word_table(
    (
        Emotion.HAPPY,
        "happy happily cheerful cheerfully laugh laughter delighted joyful bright beam excited grin giggle",
    ),
    (Emotion.SAD, "sad sadly cry weep sob tearful broken grieving mournful resigned defeated hollow tired choked"),
    (Emotion.ANGRY, "angry angrily furious shout yell scream snap snarl growl bark bitter cold coldly harsh hiss spit"),
    (Emotion.AFRAID, "afraid scared frightened terrified panic panicked tremble shaking stammer breathless pleading"),
    (Emotion.SURPRISED, "surprised shocked stunned startled gasp disbelief amazed astonished blinking"),
    (Emotion.DETERMINED, "determined firm firmly resolute steady teeth fierce fiercely urgent urgently commanding"),
    (Emotion.TENSE, "tense nervous nervously anxious strained wary hesitant hesitate careful carefully suspicious"),
    (Emotion.TENDER, "tender tenderly gentle gently kind kindly warm warmly loving soothing"),
    (Emotion.SMUG, "smug smugly amused smirk mocking sarcastic dry wry sly unhurried purr condescending teasing"),
    (Emotion.NEUTRAL, "flat flatly neutral calm calmly deadpan matter-of-fact even"),
)
_LOWERED_VOICE_WORDS = word_set("whisper softly soft quiet quietly hushed murmur mutter breath under low")
_SMILE_WORDS = word_set("smile smiling")
_LOUD_WORDS = word_set("shout yell scream roar bellow terrified furious sob panic")

_DIALOGUE_EMOTIONS = word_table(
    (Emotion.HAPPY, "wonderful hooray beautiful glad congratulations yay"),
    (Emotion.SAD, "sorry goodbye died funeral lonely alone forgive lost grief mourn"),
    (Emotion.ANGRY, "liar traitor hate damn fool idiot bastard coward shut betray killed"),
    (Emotion.AFRAID, "help afraid scared monster trapped hide"),
    (Emotion.SURPRISED, "impossible unbelievable"),
    (Emotion.DETERMINED, "promise swear fight ready together finish"),
    (Emotion.TENDER, "love darling dear beloved"),
)
_ACTION_EMOTIONS = word_table(
    (Emotion.HAPPY, "smile laugh grin beam cheer giggle dance celebrate hug"),
    (Emotion.SAD, "cry weep sob tear kneel mourn slump grief"),
    (Emotion.ANGRY, "glare snarl punch slam fist shout strike kick rage smash"),
    (Emotion.AFRAID, "scream flinch tremble cower recoil shiver panic flee shrink"),
    (Emotion.SURPRISED, "gasp stare startle jump freeze blink widen gape stagger"),
    (Emotion.DETERMINED, "charge lean grip wrench race ride sprint leap chase clench drive rise stand tighten"),
    (Emotion.TENSE, "wait watch hide sneak crouch listen hesitate hold lock shadow"),
    (Emotion.TENDER, "embrace kiss caress stroke blush cradle"),
    (Emotion.SMUG, "smirk sip pour lounge chuckle sneer"),
)
_EMOTION_SYNONYMS = word_table(
    (Emotion.HAPPY, "happiness joy hopeful hope relieved relief playful content pleased proud triumphant enthusiastic"),
    (Emotion.SAD, "sadness melancholy melancholic sorrow sorrowful despair grieving heartbroken lonely regretful"),
    (Emotion.ANGRY, "anger rage enraged frustrated frustration hostile irritated contempt disgusted disgust"),
    (Emotion.AFRAID, "fear fearful terror horror horrified alarmed desperate vulnerable"),
    (Emotion.SURPRISED, "surprise shock astonishment confused confusion puzzled curious wonder awe bewildered"),
    (
        Emotion.DETERMINED,
        "determination confident confidence focused focus serious stern resolve brave defiant intense",
    ),
    (Emotion.TENSE, "tension worried worry concerned concern anxiety uneasy apprehensive alert cautious stressed"),
    (Emotion.TENDER, "tenderness love affection affectionate compassionate sympathetic empathetic caring"),
    (Emotion.SMUG, "arrogant menacing cunning superior sinister calculating satisfied haughty villainous"),
    (Emotion.NEUTRAL, "composed serene thoughtful pensive stoic impassive relaxed none"),
)
_ACTIVITY_BY_WORD = word_table(
    (0.9, "chase race explode explosion crash fight sprint hurtle plunge storm roar skid"),
    (0.75, "run leap rush dash tear weave swerve charge scream burst flee wrench jump dive"),
    (0.55, "swing grab throw pull push spin fall drop break strike slam hammer snap sweep shake"),
    (0.35, "walk turn step reach rise climb open roll drift flicker touch tighten slide lean"),
    (0.1, "sit wait sleep rest still freeze stop stare silence listen calm"),
)
_ACTIVITY_BY_MOOD = word_table(
    (0.5, "chase"), (0.45, "action"), (0.3, "triumphant comic"), (0.25, "tense"), (0.2, "ominous"),
    (0.15, "romantic"), (0.1, "calm sad"),
)  # fmt: skip
_LISTENER_EMOTIONS: Mapping[Emotion, Emotion] = {
    Emotion.HAPPY: Emotion.HAPPY,
    Emotion.SAD: Emotion.TENDER,
    Emotion.ANGRY: Emotion.TENSE,
    Emotion.AFRAID: Emotion.AFRAID,
    Emotion.SURPRISED: Emotion.SURPRISED,
    Emotion.DETERMINED: Emotion.DETERMINED,
    Emotion.TENSE: Emotion.TENSE,
    Emotion.TENDER: Emotion.TENDER,
    Emotion.SMUG: Emotion.ANGRY,
}
_ALL_CAPS_WORD = re.compile(r"\b[A-Z]{4,}\b")
_CLOSING_MARKS = "\"'”’)] "


def parse_emotion(words: str) -> Emotion | None:
    """Return the emotion that free words such as "quiet despair" name, None when they name none of ours."""
    lower_text = words.strip().lower()
    if lower_text in [item.value for item in Emotion]:
        return Emotion(lower_text)
    for table in (_EMOTION_SYNONYMS, _PARENTHETICAL_EMOTIONS, _ACTION_EMOTIONS):
        if emotion := first_meaning(table, lower_text):
            return emotion
    return None


def emotion_for_mood(mood: str) -> Emotion:
    """Return what faces show in a scene of this mood when nothing else says more."""
    return _EMOTION_BY_MOOD.get(mood, Emotion.NEUTRAL)


def line_feeling(speech: Speech, mood: str, action: Emotion | None = None) -> Feeling:
    """Return how a line is felt.

    The nearest evidence counts: its parenthetical, then its words, then its punctuation with the action just before it
    or the scene's mood, then that action alone, then the mood alone.

    Args:
        speech: The line.
        mood: Of the scene.
        action: What the speaker's face showed in the action just before, None when it said nothing of it.
    """
    parenthetical_feeling = _parenthetical_feeling(speech.parenthetical, mood)
    if parenthetical_feeling is not None:
        return parenthetical_feeling
    line_text = speech.text.rstrip(_CLOSING_MARKS)
    word_emotion = first_meaning(_DIALOGUE_EMOTIONS, line_text)
    if line_text.endswith(("?!", "!?")):
        return Feeling(Emotion.SURPRISED, 0.8)
    if "!" in line_text or "！" in line_text:
        strength = 0.9 if "!!" in line_text or _ALL_CAPS_WORD.search(line_text) else 0.7
        exclamation = action or _EXCLAMATION_EMOTIONS.get(mood, Emotion.SURPRISED)
        return Feeling(word_emotion or exclamation, strength)
    if word_emotion is not None or action is not None:
        return Feeling(word_emotion or action or Emotion.NEUTRAL, 0.5)
    return Feeling(emotion_for_mood(mood), 0.35 if line_text.endswith(("?", "？")) else 0.25)


def line_emotion(speech: Speech, mood: str) -> Emotion:
    """Return the emotion in which a line is spoken; see `line_feeling`."""
    return line_feeling(speech, mood).emotion


def _parenthetical_feeling(parenthetical: str, mood: str) -> Feeling | None:
    """Return the feeling that a parenthetical names; a lowered voice tells less than a word for a feeling beside it."""
    words = WORD.findall(parenthetical)
    lowered: Feeling | None = None
    for index, word in enumerate(words):
        stems = word_stems(word)
        if index and words[index - 1].lower() in ("not", "no", "never", "without"):
            continue
        if _LOWERED_VOICE_WORDS.intersection(stems):
            lowered = lowered or Feeling(Emotion.TENDER if mood in _GENTLE_MOODS else Emotion.TENSE, 0.6)
        elif _SMILE_WORDS.intersection(stems):
            return Feeling(Emotion.SMUG if mood in ("tense", "ominous", "calm", "dark") else Emotion.HAPPY, 0.7)
        elif emotion := first_meaning(_PARENTHETICAL_EMOTIONS, word):
            return Feeling(emotion, 1.0 if _LOUD_WORDS.intersection(stems) else 0.8)
    return lowered


def explicit_emotion(text: str) -> Emotion | None:
    """Return the emotion that the words of an action show in a face, None when they show none."""
    return first_meaning(_ACTION_EMOTIONS, text)


def suited_to_age(emotion: Emotion, age_years: int) -> Emotion:
    """Return what a face of this age shows: nobody under age is drawn in love."""
    return Emotion.HAPPY if emotion is Emotion.TENDER and age_years < ADULT_YEARS else emotion


def action_feeling(text: str, mood: str) -> Feeling:
    """Return what a face shows during an action: by its first telling word, or the scene's mood."""
    emotion = explicit_emotion(text)
    return Feeling(emotion, 0.6) if emotion else Feeling(emotion_for_mood(mood), 0.25)


def listener_emotion(feeling: Feeling, mood: str) -> Emotion:
    """Return what a listener's face shows: an answer to a strong feeling, else the scene's mood."""
    if feeling.strength < 0.5:
        return emotion_for_mood(mood)
    return _LISTENER_EMOTIONS.get(feeling.emotion, emotion_for_mood(mood))


def pose_in(text: str) -> Pose | None:
    """Return what a body does in an action, None when no word says so; see `action_verbs.find_pose`."""
    word = find_pose(text)
    return word.pose if word else None


def pose_word_position(text: str) -> int:
    """Return the character position of the word that `pose_in` finds, the text's length when there is none."""
    word = find_pose(text)
    return word.start if word else len(text)


def activity_in(text: str, mood: str) -> float:
    """Return how much moves during an action, 0 (still) to 1 (a chase), in steps of 0.05."""
    mood_activity = _ACTIVITY_BY_MOOD.get(mood, 0.2)
    most = max(meanings_in(_ACTIVITY_BY_WORD, text), default=None)
    level = mood_activity if most is None else 0.75 * most + 0.35 * mood_activity
    return round(min(level, 1.0) * 20) / 20


def speaking_activity(feeling: Feeling, mood: str) -> float:
    """Return how much moves while a line is spoken, 0 to 1, in steps of 0.05."""
    return round((0.5 * _ACTIVITY_BY_MOOD.get(mood, 0.2) + 0.3 * feeling.strength) * 20) / 20
