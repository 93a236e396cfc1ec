"""Prompts for generating engines, put together in a fixed order from a shot's values; they never hold dialogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tower_anime_assets.production.shots import Emotion, Facing, Framing, Pose, Setting, Shot, Subject
from tower_anime_assets.production.story import Character, Project

_FRAMINGS: Mapping[Framing, str] = {
    Framing.WIDE: "wide shot",
    Framing.MEDIUM: "medium shot, waist up",
    Framing.TWO_SHOT: "two-shot, waist up",
    Framing.CLOSE_UP: "close-up of the face",
    Framing.OVER_SHOULDER: "over-the-shoulder shot",
    Framing.INSERT: "insert, close detail",
}
_POSES: Mapping[Pose, str] = {
    Pose.STAND: "standing",
    Pose.ARMS_CROSSED: "arms crossed",
    Pose.HAND_ON_HIP: "hand on hip",
    Pose.POINT: "pointing",
    Pose.REACH: "reaching out",
    Pose.RUN: "running",
    Pose.CROUCH: "crouching",
    Pose.SIT: "sitting",
    Pose.TYPE: "typing",
}
_FACINGS: Mapping[Facing, str] = {
    Facing.LEFT: "looking left",
    Facing.RIGHT: "looking right",
    Facing.CAMERA: "looking at the viewer",
    Facing.AWAY: "seen from behind",
}
_EMOTIONS: Mapping[Emotion, str] = {
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
_LIGHT: Mapping[str, str] = {
    "dawn": "at dawn, pale first light",
    "day": "by day",
    "dusk": "at dusk, low warm light",
    "night": "at night",
}
_PEOPLE = re.compile(r"\b(?:crowds?|people|army|soldiers?|men|women|children|guards?|passengers?)\b", re.IGNORECASE)
"""Words of a description that people a shot in which nobody of the cast is seen."""

_BARE_FRAMINGS = frozenset({Framing.INSERT, Framing.CLOSE_UP})
"""Framings that show too little of a body for its pose to be told."""


def shot_prompt(project: Project, shot: Shot, wishes: Iterable[str] = ()) -> str:
    """Return the positive prompt of a shot.

    In this order: framing, subjects with features and emotion, what happens, the writer's wishes, objects, place,
    time, weather, mood, the style's art direction and positive words, LoRA triggers. Lines are no part of it.

    Args:
        project: Gives characters and style.
        shot: The shot; its own `prompt` is not read.
        wishes: Words of a shot note that named neither a framing nor a move.
    """
    cast = {character.id: character for character in project.characters}
    shown = [(subject, cast[subject.character]) for subject in shot.subjects]
    parts = [_FRAMINGS[shot.framing]]
    parts += [_subject_words(shot.framing, subject, character) for subject, character in shown]
    parts += [shot.description.strip().rstrip("."), *wishes]
    parts += [f"detail of {item}" if shot.framing is Framing.INSERT else item for item in shot.objects]
    parts += [*_setting_words(shot.setting), project.style.art_direction, project.style.positive]
    parts += _triggers(project, [character for _subject, character in shown])
    return ", ".join(dict.fromkeys(filter(None, parts)))


def negative_prompt(project: Project, shot: Shot) -> str:
    """Return the negative prompt: the style's, and whatever would people the shot otherwise than planned."""
    parts = [project.style.negative]
    if not shot.subjects and not _PEOPLE.search(shot.description):
        parts.append("people")
    elif len({subject.character for subject in shot.subjects}) == 1:
        parts.append("multiple people")
    return ", ".join(filter(None, parts))


def character_words(character: Character) -> str:
    """Return a character's looks as a prompt names them, without the name."""
    look = character.appearance
    return ", ".join(
        (_person(look.presents, look.age_years), f"{look.hair_style} hair", _outfit(character), *look.features)
    )


def lighting_words(setting: Setting) -> str:
    """Return how a scene is lit, in words."""
    place = "artificial light inside" if setting.interior and setting.time_of_day == "night" else ""
    weather = "" if setting.interior or setting.weather == "clear" else f"{setting.weather} in the air"
    return ", ".join(filter(None, (_LIGHT.get(setting.time_of_day, setting.time_of_day), place, weather, setting.mood)))


def merged_words(*prompts: str) -> str:
    """Return the comma-separated parts of several prompts as one, each part once, in order."""
    parts = (part.strip() for prompt in prompts for part in re.split(r",\s*", prompt))
    return ", ".join(dict.fromkeys(filter(None, parts)))


def _subject_words(framing: Framing, subject: Subject, character: Character) -> str:
    if subject.is_foreground:
        return f"out-of-focus shoulder of {character_words(character)} in the foreground"
    words = [character.name, character_words(character), _EMOTIONS[subject.emotion], _FACINGS[subject.facing]]
    if framing not in _BARE_FRAMINGS:
        words.append(_POSES[subject.pose])
    return ", ".join(words)


def _setting_words(setting: Setting) -> list[str]:
    inside = "interior" if setting.interior else "exterior"
    weather = "" if setting.weather == "clear" else setting.weather
    mood = "" if setting.mood == "neutral" else f"{setting.mood} mood"
    return [f"{inside} of {setting.place.lower()}", _LIGHT.get(setting.time_of_day, setting.time_of_day), weather, mood]


def _triggers(project: Project, shown: list[Character]) -> list[str]:
    own = [character.lora.trigger for character in shown if character.lora is not None]
    return [*own, *(lora.trigger for lora in project.style.loras)]


def _person(presents: str, age_years: int) -> str:
    grown = {"feminine": "woman", "masculine": "man"}.get(presents, "person")
    young = {"feminine": "girl", "masculine": "boy"}.get(presents, "child")
    return f"{age_years} year old {young if age_years < 18 else grown}"


def _outfit(character: Character) -> str:
    return character.appearance.outfit_style.replace("_", " ")
