"""A character in the words of a prompt: the description word for word, then looks that it leaves open.

Nothing here contradicts the description: what it speaks of is not said again, a description that the word tables cannot
read is only added to by what the character file states under `appearance`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from tower_anime_assets.production.planning.colour_words import colour_word, skin_word
from tower_anime_assets.production.planning.lexicon import word_set
from tower_anime_assets.production.planning.shots import Emotion, Pose
from tower_anime_assets.production.story.appearance import StatedAppearance, derive_appearance
from tower_anime_assets.production.story.described_looks import DescribedLooks, read_description
from tower_anime_assets.production.story.kind_words import NATURAL_COLOURS
from tower_anime_assets.production.story.model import Appearance, Character

ADULT_YEARS = 18
_BABY_YEARS = 2
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", '"', "”", "’")
_BEING_EMOTIONS: Mapping[Emotion, str] = {
    Emotion.NEUTRAL: "calm",
    Emotion.HAPPY: "happy",
    Emotion.SAD: "sad",
    Emotion.ANGRY: "angry",
    Emotion.AFRAID: "frightened",
    Emotion.SURPRISED: "surprised",
    Emotion.DETERMINED: "determined",
    Emotion.TENSE: "tense",
    Emotion.TENDER: "gentle",
    Emotion.SMUG: "smug",
}
"""Emotions of who is not human: no smile and no wide eyes, since it may have neither mouth nor two eyes."""
_LEG_POSES = frozenset({Pose.STAND, Pose.RUN, Pose.CROUCH, Pose.SIT})
"""Poses that say what legs do."""
_BODY_POSES = word_set("stand run crouch sit eat drink fall sleep fight dance")
"""Values of poses that need no hands."""


@lru_cache(maxsize=512)
def character_words(character: Character) -> str:
    """Return a character's looks for a prompt, without the name: the description as written, then open looks."""
    return continue_text(" ".join(character.description.split()), ", ".join(open_looks(character)))


def continue_text(text: str, words: str) -> str:
    """Return a text and further words: after a comma, or after the end of its last sentence."""
    if not text or not words:
        return text or words
    return f"{text} {words}" if text.endswith(_SENTENCE_ENDS) else f"{text}, {words}"


def is_minor(character: Character) -> bool:
    """Return whether a character is under 18."""
    return character.appearance.age_years < ADULT_YEARS


def is_human_shaped(character: Character) -> bool:
    """Return whether a character has a human body and face, whatever it is."""
    described = read_description(character.description).described
    return character.appearance.kind == "human" or described.is_person_shaped


def emotion_words(character: Character, emotion: Emotion, words: str) -> str:
    """Return how an emotion shows; `words` if the character has a human face, "" for things and vehicles."""
    if is_human_shaped(character):
        return words
    return "" if character.appearance.kind in ("vehicle", "thing") else _BEING_EMOTIONS[emotion]


def pose_words(character: Character, pose: Pose, words: str) -> str:
    """Return what a body does: `words` where the body can do that, "" where it has no hands or legs for it."""
    appearance = character.appearance
    if appearance.mobility == "wheelchair":
        return "sitting in the wheelchair" if pose in _LEG_POSES else words
    if appearance.kind in ("vehicle", "thing") and not is_human_shaped(character):
        return ""
    if appearance.mobility == "floating" and pose in _LEG_POSES:
        return "floating"
    return words if is_human_shaped(character) or pose.value in _BODY_POSES else ""


def open_looks(character: Character) -> list[str]:
    """Return the looks that a character's description leaves open, as they are stated or have been chosen."""
    looks = _Looks(character)
    if not looks.reading.is_english:
        parts = [looks.stated_kind(), looks.stated_person(), *looks.stated_looks()]
    elif character.appearance.kind == "human":
        parts = [looks.person(), looks.hair(), looks.eyes(), looks.skin(), looks.outfit()]
    else:
        parts = [looks.body(), *looks.stated_looks()]
    return [part for part in (*parts, *looks.stated_features()) if part]


def prompted_colours(character: Character) -> Iterator[tuple[str, str, str]]:
    """Yield (part, colour, the writer's words for it or "") of each colour that a prompt may name.

    They are those that the description names, those that the file states, and of a human those that are open.
    """
    return _Looks(character).colours()


@lru_cache(maxsize=256)
def _chosen_looks(name: str, description: str, stated: StatedAppearance) -> Appearance:
    return derive_appearance(name, description, stated)


class _Looks:
    """A character's looks beside what the description says of them."""

    def __init__(self, character: Character) -> None:
        self.look = look = character.appearance
        self.reading: DescribedLooks = read_description(character.description)
        self._spoken_of = self.reading.spoken_of
        self._is_human = look.kind == "human"
        self._is_person_shaped = is_human_shaped(character)
        # What differs from what would have been chosen is stated in the file.
        self._default = _chosen_looks(character.name, character.description, StatedAppearance())
        given = StatedAppearance(presents=look.presents, age_years=look.age_years, kind=look.kind, species=look.species)
        self._dressed = _chosen_looks(character.name, character.description, given)
        given = replace(given, outfit_style=look.outfit_style)
        self._chosen = _chosen_looks(character.name, character.description, given)

    def _is_stated(self, *fields: str) -> bool:
        """Return whether the file states one of these fields: it differs from what is chosen, all else being equal."""
        return any(getattr(self.look, field) != getattr(self._choice_of(field), field) for field in fields)

    def _choice_of(self, field: str) -> Appearance:
        if field in ("age_years", "presents", "kind", "species"):
            return self._default
        return self._dressed if field == "outfit_style" else self._chosen

    def _may_fill(self, aspect: str, *fields: str) -> bool:
        """Return whether an aspect is open and may be filled: not by chance where an origin says more."""
        if aspect in self._spoken_of:
            return False
        return "origin" not in self._spoken_of or self._is_stated(*fields)

    def _gender_word(self) -> str:
        minor = self.look.age_years < ADULT_YEARS
        if self.look.presents == "feminine":
            return "girl" if minor else "woman"
        if self.look.presents == "masculine":
            return "boy" if minor else "man"
        return "child" if minor else "person"

    def person(self) -> str:
        """Return age and gender as far as they are open, such as "34 year old woman"."""
        needs_age = "age" not in self._spoken_of or (
            self._is_stated("age_years") and not self.reading.states_age_number
        )
        has_noun = bool({"gender", "person"} & self._spoken_of)
        is_neutral = self.look.presents == "neutral"
        needs_gender = "gender" not in self._spoken_of and not (is_neutral and has_noun)
        if needs_age:
            years = self.look.age_years
            return f"{years} year old {self._gender_word()}" if needs_gender else f"{years} years old"
        return self._gender_word() if needs_gender and not is_neutral else ""

    def hair(self) -> str:
        """Return the hair as far as it is open."""
        style = self.look.hair_style.replace("_", " ")
        colour = colour_word(self.look.hair_colour)
        if self._may_fill("hair", "hair_colour", "hair_style"):
            if self.look.age_years <= _BABY_YEARS and not self._is_stated("hair_colour", "hair_style"):
                return ""
            return "bald head" if style == "bald" else f"{style} {colour} hair"
        has_colour = self._is_stated("hair_colour") and not self.reading.hair_colour and style != "bald"
        has_style = self._is_stated("hair_style") and not self.reading.hair_style and style != "bald"
        return " ".join(filter(None, (style * has_style, colour * has_colour, "hair" * (has_style or has_colour))))

    def eyes(self) -> str:
        """Return the colour of the eyes if it is open."""
        is_open = self._may_fill("eyes", "eye_colour")
        is_added = self._is_stated("eye_colour") and not self.reading.eye_colour
        return f"{colour_word(self.look.eye_colour)} eyes" if is_open or is_added else ""

    def skin(self) -> str:
        """Return the colour of the skin if it is open."""
        is_open = self._may_fill("skin", "skin_colour")
        is_added = self._is_stated("skin_colour") and not self.reading.skin_colour
        return skin_word(self.look.skin_colour) if is_open or is_added else ""

    def outfit(self) -> str:
        """Return the clothes as far as they are open."""
        colour = colour_word(self.look.outfit_colour)
        if "outfit" not in self._spoken_of:
            return f"{colour} {self.look.outfit_style.replace('_', ' ')}"
        is_added = self._is_stated("outfit_colour") and not self.reading.outfit_colour
        return f"{colour} outfit" if is_added else ""

    def body(self) -> str:
        """Return the colour of a body that is not human, and what it is where only the file says so."""
        being = self.look.species or self.look.kind
        if self._is_stated("kind", "species"):
            return being
        is_open = not self.reading.body_colour and not self.reading.described.is_person_shaped
        has_many_colours = self.look.kind != "spirit" and being not in NATURAL_COLOURS
        is_filled = is_open and has_many_colours and not self._is_stated("skin_colour")
        return f"{colour_word(self.look.skin_colour)} {being}" if is_filled else ""

    def stated_kind(self) -> str:
        """Return what the file says a character is."""
        return (self.look.species or self.look.kind) * (not self._is_human and self._is_stated("kind", "species"))

    def stated_person(self) -> str:
        """Return age and gender as far as the file states them, for descriptions that cannot be read."""
        if not self._is_human or not self._is_stated("age_years", "presents"):
            return ""
        age = f"{self.look.age_years} year old " if self._is_stated("age_years") else ""
        return f"{age}{self._gender_word()}"

    def stated_looks(self) -> Iterator[str]:
        """Yield only the looks that the file states."""
        look = self.look
        is_human = self._is_human
        if (self._is_stated("hair_colour") and is_human) or self._is_stated("hair_style"):
            yield "bald head" if look.hair_style == "bald" else self._stated_hair()
        if self._is_stated("eye_colour"):
            yield f"{colour_word(look.eye_colour)} eyes"
        if self._is_stated("skin_colour"):
            yield skin_word(look.skin_colour) if is_human else f"{colour_word(look.skin_colour)} body"
        if self._is_stated("outfit_style") or (is_human and self._is_stated("outfit_colour")):
            style = look.outfit_style.replace("_", " ") if self._is_stated("outfit_style") else "outfit"
            yield f"{colour_word(look.outfit_colour)} {style}" if self._is_stated("outfit_colour") else style

    def _stated_hair(self) -> str:
        style = self.look.hair_style.replace("_", " ") if self._is_stated("hair_style") else ""
        colour = colour_word(self.look.hair_colour) if self._is_stated("hair_colour") else ""
        return " ".join(filter(None, (style, colour, "hair")))

    def stated_features(self) -> Iterator[str]:
        """Yield the features that only the file states."""
        for feature in self.look.features:
            if feature not in self._default.features:
                yield feature

    def colours(self) -> Iterator[tuple[str, str, str]]:
        """Yield (part, colour, the writer's words for it or "")."""
        look, reading = self.look, self.reading
        outfit = look.outfit_style.replace("_", " ") if "outfit" not in self._spoken_of else "outfit"
        may_choose = reading.is_english and self._is_human
        parts = (
            ("hair", "hair", "hair_colour", reading.hair_colour),
            ("eyes", "eyes", "eye_colour", reading.eye_colour),
            ("skin", "skin", "skin_colour", "" if self._is_human else reading.body_colour),
            (outfit, "outfit", "outfit_colour", reading.outfit_colour),
            ("accents", "accents", "accent_colour", reading.accent_colour),
        )
        for part, aspect, field, described in parts:
            if aspect == "hair" and look.hair_style == "bald":
                continue
            if aspect == "outfit" and not self._is_human and not self._is_person_shaped:
                continue  # it has the colour of the body
            is_open = may_choose and self._may_fill(aspect, field) and not self._is_baby(aspect)
            if described or is_open or (self._is_stated(field) and (self._is_human or aspect != "hair")):
                name = "body" if aspect == "skin" and not self._is_human else part
                yield name, getattr(look, field), reading.colour_name(described) if described else ""

    def _is_baby(self, aspect: str) -> bool:
        return aspect == "hair" and self.look.age_years <= _BABY_YEARS
