"""Prompts for generating engines, put together in a fixed order from a shot's values; dialogue is never part of them.

Each part names its source, so that a person can see why a picture was asked for in these words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.languages.detection import ENGLISH, language_of
from tower_anime_assets.production.languages.glosses import has_gloss
from tower_anime_assets.production.planning.character_words import (
    character_words,
    continue_text,
    emotion_words,
    is_human_shaped,
    is_minor,
    pose_words,
)
from tower_anime_assets.production.planning.minors import NEGATIVE_WORDS, is_romance
from tower_anime_assets.production.planning.prompt_sources import SourcedText, added_phrases
from tower_anime_assets.production.planning.readings import english_of
from tower_anime_assets.production.planning.shots import (
    Emotion,
    Facing,
    Framing,
    Pose,
    PromptPart,
    Setting,
    Shot,
    Subject,
)
from tower_anime_assets.production.story.model import Character, Project

_FRAMING_WORDS: Mapping[Framing, str] = {
    Framing.WIDE: "wide shot",
    Framing.MEDIUM: "medium shot, waist up",
    Framing.TWO_SHOT: "two-shot, waist up",
    Framing.CLOSE_UP: "close-up of the face",
    Framing.OVER_SHOULDER: "over-the-shoulder shot",
    Framing.INSERT: "insert, close detail",
}
_POSE_WORDS: Mapping[Pose, str] = {
    Pose.STAND: "standing",
    Pose.ARMS_CROSSED: "arms crossed",
    Pose.HAND_ON_HIP: "hand on hip",
    Pose.POINT: "pointing",
    Pose.REACH: "reaching out",
    Pose.RUN: "running",
    Pose.CROUCH: "crouching",
    Pose.SIT: "sitting",
    Pose.TYPE: "typing",
    Pose.HOLD: "holding something in one hand",
    Pose.GIVE: "handing something over",
    Pose.OPEN: "opening something",
    Pose.EAT: "eating",
    Pose.DRINK: "drinking",
    Pose.WRITE: "writing",
    Pose.FALL: "falling",
    Pose.SLEEP: "sleeping, eyes closed",
    Pose.EMBRACE: "hugging",
    Pose.FIGHT: "in a fighting stance",
    Pose.THROW: "throwing",
    Pose.COOK: "cooking",
    Pose.DRIVE: "hands on a steering wheel",
    Pose.DANCE: "dancing",
    Pose.PRAY: "praying, hands together",
}
_FACING_WORDS: Mapping[Facing, str] = {
    Facing.LEFT: "looking left",
    Facing.RIGHT: "looking right",
    Facing.CAMERA: "looking at the viewer",
    Facing.AWAY: "seen from behind",
}
_EMOTION_WORDS: Mapping[Emotion, str] = {
    Emotion.NEUTRAL: "calm expression",
    Emotion.HAPPY: "happy smile",
    Emotion.SAD: "sad expression",
    Emotion.ANGRY: "angry glare",
    Emotion.AFRAID: "frightened expression",
    Emotion.SURPRISED: "surprised, wide eyes",
    Emotion.DETERMINED: "determined expression",
    Emotion.TENSE: "tense expression",
    Emotion.TENDER: "tender expression",
    Emotion.SMUG: "smug smirk",
}
_LIGHT_WORDS: Mapping[str, str] = {
    "dawn": "at dawn, pale first light",
    "day": "by day",
    "dusk": "at dusk, low warm light",
    "night": "at night",
}
_ROMANTIC_MOODS = frozenset(("romantic", "tender"))
"""Moods that are only warm where somebody under 18 is in the shot."""
_NO_CONTINUITY: Mapping[str, Sequence[str]] = {}

_CROWD_WORDS = re.compile(
    r"\b(?:crowds?|people|army|soldiers?|men|women|children|guards?|passengers?)\b", re.IGNORECASE
)
"""Words of a description by which a shot shows people who are not in the cast."""

_POSELESS_FRAMINGS = frozenset({Framing.INSERT, Framing.CLOSE_UP})
"""Framings that show too little of a body for its pose to matter."""

ROLES = (
    "framing", "variation", "character", "continuity", "action", "wish", "background", "object", "place",
    "enhanced", "cinematic", "style", "keyword", "hint", "trigger",
)  # fmt: skip
"""The kinds of parts that a prompt is made of, in their order."""

NEGATIVE = "negative"
"""The role of what must not be in the picture."""

_VARIATIONS = ("from a slightly lower angle", "from a slightly higher angle", "from further to the side")
"""Added where a shot shows the same people at the same size as the one before it."""


def prompt_parts(
    project: Project,
    shot: Shot,
    wishes: Iterable[str] = (),
    *,
    continuity: Mapping[str, Sequence[str]] = _NO_CONTINUITY,
    previous_shot: Shot | None = None,
) -> tuple[PromptPart, ...]:
    """Return the parts of a shot's prompts, each with its source, in the order of `ROLES`.

    Args:
        project: Its characters and style are read.
        shot: The shot; its own `prompt` and `prompt_parts` are not read.
        wishes: Words of a shot note that named neither a framing nor a move.
        continuity: What still shows of earlier shots, by character: costume, injuries, props.
        previous_shot: The shot before it in its scene, None for the first.
    """
    cast = {character.id: character for character in project.characters}
    visible = [(subject, cast[subject.character]) for subject in shot.subjects]
    style, setting = project.style, shot.setting
    parts = [PromptPart("framing", _FRAMING_WORDS[shot.framing], "plan")]
    if previous_shot is not None and _repeats_composition(previous_shot, shot):
        variation = _VARIATIONS[seed_from(shot.framing, shot.description) % len(_VARIATIONS)]
        parts.append(PromptPart("variation", variation, f"plan: {previous_shot.key.rpartition('-')[2]} shows the same"))
    for subject, character in visible:
        words = _subject_words(shot.framing, subject, character)
        parts.append(PromptPart("character", words, f"characters/{character.id}.yaml, plan"))
    parts += _continuity_parts(shot, visible, continuity)
    has_minor = any(is_minor(character) for _subject, character in visible)
    if not (has_minor and is_romance(shot.description)):
        parts.append(PromptPart("action", shot.description.strip().rstrip("."), "script"))
    parts += [PromptPart("wish", wish, "script: shot note") for wish in wishes]
    for item in shot.objects:
        words = f"detail of {item}" if shot.framing is Framing.INSERT else item
        parts.append(PromptPart("object", words, "script"))
    parts += [
        PromptPart("place", words, f"script: {source}")
        for source, words in _setting_words(setting, has_minor=has_minor).items()
    ]
    parts.append(PromptPart("style", style.art_direction, "project.yaml: style.art_direction"))
    parts.append(PromptPart("style", style.positive, "project.yaml: style.positive"))
    for _subject, character in visible:
        if character.lora is not None:
            parts.append(PromptPart("trigger", character.lora.trigger, f"characters/{character.id}.yaml: lora"))
    parts += [PromptPart("trigger", lora.trigger, "project.yaml: style.loras") for lora in style.loras]
    parts.append(PromptPart(NEGATIVE, style.negative, "project.yaml: style.negative"))
    parts += [PromptPart(NEGATIVE, NEGATIVE_WORDS, "plan: somebody is under age")] if has_minor else []
    parts.append(PromptPart(NEGATIVE, _unwanted_people(shot, visible), "plan: who is in the shot"))
    return _order_parts(parts)


def _order_parts(parts: Iterable[PromptPart]) -> tuple[PromptPart, ...]:
    """Return parts in the order of their roles, negative ones last, without empty ones and repetitions."""
    order_by_role = {role: number for number, role in enumerate((*ROLES, NEGATIVE))}
    unique_parts: dict[tuple[bool, str], PromptPart] = {}
    for part in sorted(parts, key=lambda part: order_by_role[part.role]):
        if part.text.strip():
            unique_parts.setdefault((part.role == NEGATIVE, part.text.strip().lower()), part)
    return tuple(unique_parts.values())


def with_prompt_parts(shot: Shot, parts: Iterable[PromptPart]) -> Shot:
    """Return the shot with prompts made of these parts."""
    ordered = _order_parts(parts)
    positive = ", ".join(part.text for part in ordered if part.role != NEGATIVE)
    negative = ", ".join(part.text for part in ordered if part.role == NEGATIVE)
    return replace(shot, prompt=positive, negative=negative, prompt_parts=ordered)


def _unwanted_people(shot: Shot, visible: Sequence[tuple[Subject, Character]]) -> str:
    has_people = any(is_human_shaped(character) for _subject, character in visible)
    if not has_people and not _may_show_people(shot.description):
        return "people"
    return "multiple people" if len({subject.character for subject in shot.subjects}) == 1 else ""


def _may_show_people(description: str) -> bool:
    """Return whether a description names people, or is in a language in which nobody can tell."""
    language = language_of(description)
    return bool(_CROWD_WORDS.search(english_of(description))) or not (language == ENGLISH or has_gloss(language))


def _continuity_parts(
    shot: Shot, visible: Sequence[tuple[Subject, Character]], continuity: Mapping[str, Sequence[str]]
) -> Iterator[PromptPart]:
    """Yield what still shows of earlier shots, for those whose body is in the picture."""
    if shot.framing is Framing.INSERT:
        return
    for subject, character in visible:
        phrases = [word for word in continuity.get(character.id, ()) if not subject.is_foreground]
        if phrases:
            yield PromptPart("continuity", f"{character.name} {', '.join(phrases)}", "earlier shots")


def _repeats_composition(previous_shot: Shot, shot: Shot) -> bool:
    one, other = ({subject.character for subject in item.subjects} for item in (previous_shot, shot))
    return (previous_shot.framing, one, previous_shot.objects) == (shot.framing, other, shot.objects)


def lighting_words(setting: Setting) -> str:
    """Return how a scene is lit."""
    place = "artificial light inside" if setting.interior and setting.time_of_day == "night" else ""
    weather = "" if setting.interior or setting.weather == "clear" else f"{setting.weather} in the air"
    return ", ".join(filter(None, (_light_words(setting), place, weather, setting.mood)))


_PROSE_ROLES = frozenset(("character", "continuity", "action", "object", "place"))
"""Roles of parts that are prose of the writer's, in which brackets are brackets."""
_SYNTAX = re.compile(r"[()\\]|embedding:", re.IGNORECASE)


def literal_passages(shot: Shot) -> tuple[str, ...]:
    """Return the passages of a shot's prompt in which an engine must not take brackets for weights, the longest first.

    The show's style, wishes and triggers are not among them: there a weight such as `(ink:1.2)` is meant as one.
    """
    texts = {part.text for part in shot.prompt_parts if part.role in _PROSE_ROLES and _SYNTAX.search(part.text)}
    return tuple(sorted(texts, key=lambda text: (-len(text), text)))


def extend_prompt(prompt: str, *additions: str) -> str:
    """Return a prompt as it stands, and each comma-separated phrase of the additions that it does not hold yet."""
    phrases = added_phrases(prompt, (SourcedText(addition, "") for addition in additions))
    return ", ".join(filter(None, (prompt.strip(), *(phrase.text for phrase in phrases))))


def merge_prompts(*prompts: str) -> str:
    """Return several prompts as one, each comma-separated part once, in order."""
    parts = (part.strip() for prompt in prompts for part in re.split(r",\s*", prompt))
    return ", ".join(dict.fromkeys(filter(None, parts)))


def _subject_words(framing: Framing, subject: Subject, character: Character) -> str:
    if subject.is_foreground:
        part = "shoulder" if is_human_shaped(character) else "shape"
        return f"out-of-focus {part} in the foreground: {character_words(character)}"
    words = [
        emotion_words(character, subject.emotion, _EMOTION_WORDS[subject.emotion]),
        _FACING_WORDS[subject.facing],
    ]
    if framing not in _POSELESS_FRAMINGS:
        words.append(pose_words(character, subject.pose, _pose_words(subject)))
    return continue_text(f"{character.name}, {character_words(character)}", ", ".join(filter(None, words)))


def _pose_words(subject: Subject) -> str:
    words = _POSE_WORDS[subject.pose]
    if subject.holds:
        with_object = {Pose.HOLD: "holding", Pose.GIVE: "handing over", Pose.OPEN: "opening", Pose.THROW: "throwing"}
        verb = with_object.get(subject.pose)
        words = f"{verb} the {subject.holds}" if verb else f"{words}, {subject.holds} in hand"
    return f"{words}, seated" if subject.is_seated else words


def _setting_words(setting: Setting, *, has_minor: bool) -> dict[str, str]:
    """Return what a scene's setting looks like, in words, by what of the scene says so."""
    inside = "interior" if setting.interior else "exterior"
    weather = "" if setting.weather == "clear" else setting.weather
    mood = "" if setting.mood == "neutral" else f"{setting.mood} mood"
    if has_minor and setting.mood in _ROMANTIC_MOODS:
        mood = "warm mood"
    return {
        "scene heading": f"{inside} of {setting.place.lower()}",
        "time of day": _light_words(setting),
        "weather": weather,
        "mood": mood,
    }


def _light_words(setting: Setting) -> str:
    return _LIGHT_WORDS.get(setting.time_of_day, setting.time_of_day)


@dataclass(frozen=True)
class RefinedPrompt:
    """A refined prompt, and what was added to it.

    Attributes:
        additions: What the prompt did not say before, besides keywords, terms and hints.
    """

    prompt: str
    negative: str
    style_keywords: tuple[str, ...] = ()
    cinematic_terms: tuple[str, ...] = ()
    consistency_hints: tuple[str, ...] = ()
    additions: tuple[str, ...] = ()
