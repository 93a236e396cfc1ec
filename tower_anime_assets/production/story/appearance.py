"""What a description says about looks and voice, and what is chosen where it says nothing.

Such a choice is drawn from a digest of the name: it never changes, and differs between two extras. The words themselves
are in `appearance_words`; the files that hold the descriptions are read in `show_file`.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.story import appearance_words as tables
from tower_anime_assets.production.story.model import Appearance, Voice

_WORD = re.compile(r"[^\W_]+|[,;:.!?()]")
_PUNCTUATION = frozenset(",;:.!?()")
_MAX_DISTANCE_WORDS = 5

_FIRST_TEEN_AGE, _FIRST_GROWN_AGE = 13, 16
"""When a boy's voice begins to break, and when voices are an adult's."""


@dataclass(frozen=True)
class StatedAppearance:
    """What a character file states explicitly; "" or None for what it leaves to the description."""

    hair_colour: str = ""
    hair_style: str = ""
    skin_colour: str = ""
    eye_colour: str = ""
    outfit_colour: str = ""
    outfit_style: str = ""
    accent_colour: str = ""
    build: str = ""
    presents: str = ""
    age_years: int | None = None
    features: tuple[str, ...] | None = None


@dataclass(frozen=True)
class StatedVoice:
    """What a character file states explicitly about the voice; "" or None for the rest."""

    variant: str = ""
    pitch: int | None = None
    rate_wpm: int | None = None
    language: str = ""
    service_voice: str = ""


def parse_colour(text: str) -> str:
    """Return `#rrggbb` for a hex colour or for words such as "dark green" or "neon blue", "" for any other text."""
    plain = text.strip().lower()
    if re.fullmatch(r"#[0-9a-f]{6}", plain):
        return plain
    if re.fullmatch(r"#[0-9a-f]{3}", plain):
        return "#" + "".join(char * 2 for char in plain[1:])
    words = re.sub(r"[\s_-]+", " ", plain).split()
    if not words or words[-1] not in tables.COLOURS or not all(word in tables.COLOUR_MODIFIERS for word in words[:-1]):
        return ""
    return _modify_colour(tables.COLOURS[words[-1]], words[:-1])


def derive_appearance(name: str, description: str, stated: StatedAppearance | None = None) -> Appearance:
    """Return how a character looks: as stated, else as described, else by a digest of the name."""
    stated = stated or StatedAppearance()
    words = _tokenize(description)
    presents = stated.presents or _presentation(words)
    age_years = (
        stated.age_years if stated.age_years is not None else _age_years(words) or 19 + seed_from(name, "age") % 16
    )
    features = stated.features if stated.features is not None else _find_features(words)
    outfit_style = (
        stated.outfit_style or _outfit_style(words) or _choose(tables.DEFAULT_OUTFIT_STYLES, name, "outfit style")
    )
    outfit_colour = (
        stated.outfit_colour
        or _outfit_colour(words)
        or tables.OUTFIT_COLOUR_BY_STYLE.get(outfit_style)
        or _choose(tables.DEFAULT_OUTFIT_COLOURS, name, "outfit")
    )
    return Appearance(
        hair_colour=stated.hair_colour or _hair_colour(words) or _default_hair_colour(name, age_years),
        hair_style=stated.hair_style
        or _hair_style(words)
        or _choose(tables.DEFAULT_HAIR_STYLES[presents], name, "hair style"),
        skin_colour=stated.skin_colour or _skin_colour(words) or _choose(tables.DEFAULT_SKIN_COLOURS, name, "skin"),
        eye_colour=stated.eye_colour
        or _colour_near(words, tables.EYE_NOUNS)
        or _choose(tables.DEFAULT_EYE_COLOURS, name, "eyes"),
        outfit_colour=outfit_colour,
        outfit_style=outfit_style,
        accent_colour=stated.accent_colour or _accent_colour(name, words, outfit_colour),
        build=stated.build or _first_match(words, tables.BUILD_WORDS) or ("small" if age_years < 13 else "average"),
        presents=presents,
        age_years=age_years,
        features=features,
    )


def derive_voice(
    name: str, appearance: Appearance, stated: StatedVoice | None = None, other_voices: Sequence[Voice] = ()
) -> Voice:
    """Return how a character sounds: as stated, else to fit the look and differ from `other_voices`."""
    stated = stated or StatedVoice()
    candidate = _candidate_voice(0, name, appearance, stated)
    for number in range(1, 12):
        if not any(_sounds_alike(candidate, other) for other in other_voices):
            break
        candidate = _candidate_voice(number, name, appearance, stated)
    return candidate


def _candidate_voice(number: int, name: str, appearance: Appearance, stated: StatedVoice) -> Voice:
    age_years = appearance.age_years
    low, high = {"feminine": (54, 74), "masculine": (26, 46), "neutral": (42, 58)}[appearance.presents]
    variants = tables.VOICE_VARIANTS[appearance.presents]
    if age_years < _FIRST_GROWN_AGE:
        low, high = (46, 58) if age_years >= _FIRST_TEEN_AGE and appearance.presents == "masculine" else (56, 70)
        variants = tables.CHILD_VOICE_VARIANTS[appearance.presents]
    pitch_shift = -6 if age_years >= 55 else 0
    pitch = low + pitch_shift + seed_from(name, "pitch", number) % (high - low + 1)
    rate_shift_wpm = -12 if age_years >= 50 else 0
    return Voice(
        vocal_tract=_vocal_tract(age_years),
        variant=stated.variant or variants[seed_from(name, "variant", number) % len(variants)],
        pitch=stated.pitch if stated.pitch is not None else max(5, min(95, pitch)),
        rate_wpm=stated.rate_wpm
        if stated.rate_wpm is not None
        else 154 + rate_shift_wpm + seed_from(name, "rate", number) % 25,
        language=stated.language or "en",
        service_voice=stated.service_voice,
    )


def _vocal_tract(age_years: int) -> float:
    """Return the length of a vocal tract as a share of an adult's.

    Chosen by measure: with the variants and pitches of children, fundamentals fall from 250 to 300 Hz at four
    years to 225 to 265 Hz at twelve, and formants stand as much above a woman's.
    """
    if age_years >= _FIRST_GROWN_AGE:
        return 1.0
    return round(min(max(0.735 + 0.0135 * (age_years - 3), 0.72), 0.94), 3)


def _sounds_alike(first: Voice, second: Voice) -> bool:
    return first.variant == second.variant and abs(first.pitch - second.pitch) < 6


def _tokenize(text: str) -> list[str]:
    """Return lower-case words and punctuation; `silver-haired` is two words."""
    return _WORD.findall(text.lower().replace("t-shirt", "tshirt").replace("lab coat", "labcoat").replace("’", "'"))


def _first_match(words: list[str], table: Mapping[str, str]) -> str:
    return next((table[word] for word in words if word in table), "")


def _choose(options: Sequence[str], name: str, trait: str) -> str:
    return options[seed_from(name, trait) % len(options)]


def _default_hair_colour(name: str, age_years: int) -> str:
    return "#b9bcc4" if age_years >= 60 else _choose(tables.DEFAULT_HAIR_COLOURS, name, "hair")


def _modify_colour(colour_hex: str, modifiers: Sequence[str]) -> str:
    red, green, blue = (int(colour_hex[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    for word in modifiers:
        if word in ("neon", "electric"):
            saturation, value = max(saturation, 0.78), 1.0
        elif word in ("bright", "vivid"):
            saturation, value = min(1.0, saturation * 1.1), min(1.0, value * 1.2)
        elif word == "dark":
            value *= 0.5
        elif word in ("deep", "jet"):
            value *= 0.72
        else:  # light, pale, pastel
            saturation, value = saturation * 0.5, value + (1 - value) * 0.6
    rgb = colorsys.hsv_to_rgb(hue, saturation, value)
    return "#" + "".join(f"{round(part * 255):02x}" for part in rgb)


def _colour_at(words: list[str], index: int) -> str:
    """Return the colour word at `index` with the modifiers before it as `#rrggbb`, or ""."""
    if words[index] not in tables.COLOURS:
        return ""
    start = index
    while start > 0 and words[start - 1] in tables.COLOUR_MODIFIERS:
        start -= 1
    return _modify_colour(tables.COLOURS[words[index]], words[start:index])


def _is_appearance_noun(word: str) -> bool:
    return (
        word in tables.HAIR_NOUNS
        or word in tables.EYE_NOUNS
        or word in tables.SKIN_NOUNS
        or word in tables.OUTFIT_WORDS
    )


def _colour_near(words: list[str], nouns: frozenset[str] | Mapping[str, str]) -> str:
    """Return the colour of the first of these nouns that has one: before it, or after "is", "dyed" and the like."""
    for noun_index, word in enumerate(words):
        if word not in nouns:
            continue
        for index in range(noun_index - 1, max(-1, noun_index - 1 - _MAX_DISTANCE_WORDS), -1):
            if words[index] in _PUNCTUATION or _is_appearance_noun(words[index]):
                break
            if colour_hex := _colour_at(words, index):
                return colour_hex
        for index in range(noun_index + 1, min(len(words), noun_index + 1 + _MAX_DISTANCE_WORDS)):
            if colour_hex := _colour_at(words, index):
                return colour_hex
            if words[index] not in tables.LINK_WORDS and words[index] not in tables.COLOUR_MODIFIERS:
                break
    return ""


def _hair_colour(words: list[str]) -> str:
    stated_colour = _colour_near(
        words, tables.HAIR_NOUNS | {word for word in tables.HAIR_STYLE_WORDS if word not in ("bald", "hairless")}
    )
    if stated_colour:
        return stated_colour
    if noun_colour := _first_match(words, tables.HAIR_COLOUR_NOUNS):
        return noun_colour
    if any(word in tables.HAIR_NOUNS and "dark" in words[max(0, at - 3) : at] for at, word in enumerate(words)):
        return "#221c22"
    return ""


def _hair_style(words: list[str]) -> str:
    if style := _first_match(words, tables.HAIR_STYLE_WORDS):
        return style
    for at, word in enumerate(words):
        if word not in tables.HAIR_NOUNS and word not in tables.HAIR_COLOUR_NOUNS:
            continue
        for index in range(at - 1, max(-1, at - 1 - _MAX_DISTANCE_WORDS), -1):
            if words[index] in _PUNCTUATION or _is_appearance_noun(words[index]):
                break
            if words[index] in tables.HAIR_LENGTH_WORDS:
                return tables.HAIR_LENGTH_WORDS[words[index]]
        for index in range(at + 1, min(len(words), at + 4)):
            if words[index] in _PUNCTUATION:
                break
            if words[index] in tables.HAIR_LENGTH_WORDS:
                return tables.HAIR_LENGTH_WORDS[words[index]]
    return ""


def _skin_colour(words: list[str]) -> str:
    for at, word in enumerate(words):
        if word in tables.SKIN_NOUNS:
            for nearby_word in reversed(words[max(0, at - 3) : at]):
                if nearby_word in tables.SKIN_WORDS:
                    return tables.SKIN_WORDS[nearby_word]
    return next((tables.SKIN_WORDS[word] for word in words if word in ("tanned", "sunburnt")), "")


def _outfit_style(words: list[str]) -> str:
    for at, word in enumerate(words):
        if word in tables.OUTFIT_WORDS and not _is_negated(words, at):
            return tables.OUTFIT_WORDS[word]
    return _first_match(words, tables.OUTFIT_BY_OCCUPATION)


def _outfit_colour(words: list[str]) -> str:
    if stated_colour := _colour_near(words, tables.OUTFIT_WORDS):
        return stated_colour
    for at, word in enumerate(words):
        if word in tables.OUTFIT_WORDS and "dark" in words[max(0, at - 3) : at]:
            return "#23262f"
    return ""


def _accent_colour(name: str, words: list[str], outfit_colour: str) -> str:
    """Return a second colour: of trim, stripes or glowing features, else one that contrasts with the outfit."""
    stated_colour = _colour_near(words, tables.ACCENT_NOUNS)
    if stated_colour and stated_colour != outfit_colour:
        return stated_colour
    options = [item for item in tables.DEFAULT_ACCENT_COLOURS if _hue_distance(item, outfit_colour) > 0.12]
    return _choose(options, name, "accent")


def _hue_distance(first_hex: str, second_hex: str) -> float:
    """Return the distance of two hues, 0..0.5 of the circle; greys and whites are far from every hue."""
    hues = []
    for item in (first_hex, second_hex):
        hue, saturation, _ = colorsys.rgb_to_hsv(*(int(item[at : at + 2], 16) / 255 for at in (1, 3, 5)))
        if saturation < 0.2:
            return 0.5 if first_hex != second_hex else 0.0
        hues.append(hue)
    gap = abs(hues[0] - hues[1])
    return min(gap, 1 - gap)


def _is_negated(words: list[str], index: int) -> bool:
    return any(word in tables.NEGATIONS for word in words[max(0, index - 3) : index])


def _find_features(words: list[str]) -> tuple[str, ...]:
    first_index: dict[str, int] = {}
    for feature, phrases in tables.FEATURES:
        for phrase in phrases:
            parts = phrase.split()
            for at in range(len(words) - len(parts) + 1):
                if words[at : at + len(parts)] == parts and not _is_negated(words, at):
                    first_index.setdefault(feature, at)
    features = [
        name
        for name in first_index
        if not any(specific in first_index for specific in tables.MORE_SPECIFIC_FEATURES.get(name, ()))
    ]
    return tuple(sorted(features, key=lambda name: first_index[name]))


def _presentation(words: list[str]) -> str:
    found = [tables.PRESENTATION_WORDS[word] for word in words if word in tables.PRESENTATION_WORDS]
    feminine, masculine = found.count("feminine"), found.count("masculine")
    if feminine == masculine:
        return "neutral"
    return "feminine" if feminine > masculine else "masculine"


def _age_years(words: list[str]) -> int | None:
    for at, word in enumerate(words):
        previous_words, next_words = words[at - 1 : at] if at else [], words[at + 1 : at + 2]
        if word in ("year", "years") and previous_words and (number := _number_before(words, at)):
            return min(120, number)
        if word in ("aged", "age") and next_words and next_words[0].isascii() and next_words[0].isdigit():
            return min(120, int(next_words[0][:3]))
        if word in tables.DECADES:
            return tables.DECADES[word] + {"early": -2, "late": 4}.get(previous_words[0] if previous_words else "", 0)
    for word in words:
        if word in tables.AGE_WORDS:
            return tables.AGE_WORDS[word]
    return None


def _number_before(words: list[str], index: int) -> int:
    """Return the number before `index`, in digits or English words; 0 if there is none."""
    last_word = words[index - 1]
    if last_word.isascii() and last_word.isdigit():
        return int(last_word[:3])
    if last_word in tables.SMALL_NUMBERS:
        tens = tables.TENS.get(words[index - 2], 0) if index >= 2 else 0
        return tens + tables.SMALL_NUMBERS.index(last_word)
    return tables.TENS.get(last_word, 0)
