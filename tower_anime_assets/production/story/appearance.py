"""How a character looks and sounds: as stated, as described, and what is chosen where neither says anything.

Such a choice is drawn from a digest of the name: it never changes, and differs between two extras. What a description
says is read by `described_looks`; the files that hold the descriptions are read in `show_file`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.story import appearance_words as tables
from tower_anime_assets.production.story.colours import hue_distance, modify_colour
from tower_anime_assets.production.story.described_kind import human_height
from tower_anime_assets.production.story.described_looks import DescribedLooks, read_description
from tower_anime_assets.production.story.kind_words import NATURAL_COLOURS, SPECIES, YOUNG_ANIMALS
from tower_anime_assets.production.story.model import Appearance, Voice
from tower_anime_assets.production.story.undrawn import undrawn_phrases

_ADULT_YEARS = 30
"""Age of whoever is not human and has none."""
_YOUNG_ANIMAL_YEARS = 8
"""Age of a kitten, in the years of a human."""

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
    kind: str = ""
    species: str = ""
    height: float | None = None
    mobility: str = ""


@dataclass(frozen=True)
class StatedVoice:
    """What a character file states explicitly about the voice; "" or None for the rest."""

    variant: str = ""
    pitch: int | None = None
    rate_wpm: int | None = None
    language: str = ""
    service_voice: str = ""


def derive_appearance(name: str, description: str, stated: StatedAppearance | None = None) -> Appearance:
    """Return how a character looks: as stated, else as described, else by a digest of the name."""
    stated = stated or StatedAppearance()
    looks = read_description(description)
    kind = stated.kind or (SPECIES[stated.species].kind if stated.species in SPECIES else looks.described.kind)
    species = stated.species or (looks.described.species if kind == looks.described.kind else "")
    known = SPECIES.get(species)
    age_years = _age_years(name, kind, looks, stated)
    height = looks.height if looks.height is not None and kind == looks.described.kind else None
    if height is None:
        height = human_height(age_years) if kind == "human" else known.height if known is not None else 1.0
    colours = _human_colours if kind == "human" or looks.described.is_person_shaped else _body_colours
    return Appearance(
        **colours(name, age_years, looks, stated, kind),
        build=stated.build or looks.build or ("small" if age_years < 13 and kind == "human" else "average"),
        presents=stated.presents or looks.presents or "neutral",
        age_years=age_years,
        features=stated.features if stated.features is not None else looks.features,
        kind=kind,
        species=species,
        height=stated.height if stated.height is not None else height,
        mobility=stated.mobility or looks.mobility or (known.mobility if known is not None else ""),
        undrawn=tuple(words for words in undrawn_phrases(description, looks) if words not in _parts_of(name, looks)),
    )


def _parts_of(name: str, looks: DescribedLooks) -> frozenset[str]:
    """Return the words of a name, which a description in another language may hold like any other word."""
    return frozenset() if looks.gloss is None else frozenset((name, *name.split()))


def _age_years(name: str, kind: str, looks: DescribedLooks, stated: StatedAppearance) -> int:
    if stated.age_years is not None:
        return stated.age_years
    if kind in ("animal", "bird"):  # its years are not a human's
        return _YOUNG_ANIMAL_YEARS if looks.described.species in YOUNG_ANIMALS else _ADULT_YEARS
    return looks.age_years or (19 + seed_from(name, "age") % 16 if kind == "human" else _ADULT_YEARS)


def _human_colours(
    name: str, age_years: int, looks: DescribedLooks, stated: StatedAppearance, kind: str
) -> dict[str, str]:
    """Return colours and styles of a human, and of who is shaped like one; spirits are pale by default."""
    presents = stated.presents or looks.presents or "neutral"
    outfit_style = (
        stated.outfit_style or looks.outfit_style or _choose(tables.DEFAULT_OUTFIT_STYLES, name, "outfit style")
    )
    outfit_colour = (
        stated.outfit_colour
        or looks.outfit_colour
        or looks.body_colour
        or tables.OUTFIT_COLOUR_BY_STYLE.get(outfit_style)
        or _choose(tables.DEFAULT_OUTFIT_COLOURS, name, "outfit")
    )
    skin_colours = tables.DEFAULT_SKIN_COLOURS if kind == "human" else tables.BODY_COLOURS[kind]
    is_shaven = kind == "robot" or any(token.word in tables.SHAVEN_OCCUPATIONS for token in looks.tokens)
    hair_styles = ("bald",) if is_shaven else tables.DEFAULT_HAIR_STYLES[presents]
    return {
        "hair_colour": stated.hair_colour or looks.hair_colour or _default_hair_colour(name, age_years),
        "hair_style": stated.hair_style or looks.hair_style or _choose(hair_styles, name, "hair style"),
        "skin_colour": stated.skin_colour
        or looks.skin_colour
        or looks.body_colour
        or _choose(skin_colours, name, "skin"),
        "eye_colour": stated.eye_colour or looks.eye_colour or _choose(tables.DEFAULT_EYE_COLOURS, name, "eyes"),
        "outfit_colour": outfit_colour,
        "outfit_style": outfit_style,
        "accent_colour": stated.accent_colour or looks.accent_colour or _contrasting_colour(name, outfit_colour),
    }


def _body_colours(
    name: str, _age_years: int, looks: DescribedLooks, stated: StatedAppearance, kind: str
) -> dict[str, str]:
    """Return colours of who is not shaped like a human: skin and outfit have the one colour of the body.

    The colour of clothes is an accent. Where nothing is said of a second colour, it is a shade of the body's or the
    eyes' colour: the gates look for all of them, and a prompt names none.
    """
    species = stated.species or looks.described.species.rpartition(" ")[2]
    natural_body, natural_accent = NATURAL_COLOURS.get(species, ("", ""))
    body_colour = (
        stated.skin_colour
        or looks.body_colour
        or stated.outfit_colour
        or stated.hair_colour
        or looks.hair_colour
        or natural_body
        or _choose(tables.BODY_COLOURS[kind], name, "body")
    )
    return {
        "hair_colour": stated.hair_colour or looks.hair_colour or body_colour,  # of a mane
        "hair_style": stated.hair_style or "bald",
        "skin_colour": body_colour,
        "eye_colour": stated.eye_colour or looks.eye_colour or _choose(tables.DEFAULT_EYE_COLOURS, name, "eyes"),
        "outfit_colour": body_colour,
        "outfit_style": stated.outfit_style or looks.outfit_style or tables.DEFAULT_OUTFIT_STYLES[0],
        "accent_colour": stated.accent_colour
        or looks.accent_colour
        or looks.outfit_colour
        or (natural_accent if body_colour == natural_body else looks.eye_colour or _shade_of(body_colour)),
    }


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
        vocal_tract=_vocal_tract(appearance),
        variant=stated.variant or variants[seed_from(name, "variant", number) % len(variants)],
        pitch=stated.pitch if stated.pitch is not None else max(5, min(95, pitch)),
        rate_wpm=stated.rate_wpm
        if stated.rate_wpm is not None
        else 154 + rate_shift_wpm + seed_from(name, "rate", number) % 25,
        language=stated.language or "en",
        service_voice=stated.service_voice,
    )


def _vocal_tract(appearance: Appearance) -> float:
    """Return the length of a vocal tract as a share of a grown human's: by age, and by size for who is not human.

    Chosen by measure: with the variants and pitches of children, fundamentals fall from 250 to 300 Hz at four
    years to 225 to 265 Hz at twelve, and formants stand as much above a woman's.
    """
    if appearance.kind != "human":
        return round(min(max(0.55 + 0.45 * appearance.height, 0.72), 1.22), 3)
    if appearance.age_years >= _FIRST_GROWN_AGE:
        return 1.0
    return round(min(max(0.735 + 0.0135 * (appearance.age_years - 3), 0.72), 0.94), 3)


def _sounds_alike(first: Voice, second: Voice) -> bool:
    return first.variant == second.variant and abs(first.pitch - second.pitch) < 6


def _choose(options: Sequence[str], name: str, trait: str) -> str:
    return options[seed_from(name, trait) % len(options)]


def _default_hair_colour(name: str, age_years: int) -> str:
    return "#b9bcc4" if age_years >= 60 else _choose(tables.DEFAULT_HAIR_COLOURS, name, "hair")


def _shade_of(colour: str) -> str:
    """Return a darker tone of a light colour, a lighter one of a dark colour."""
    is_light = sum(int(colour[at : at + 2], 16) for at in (1, 3, 5)) > 300
    return modify_colour(colour, ("deep",) if is_light else ("light",))


def _contrasting_colour(name: str, main_colour: str) -> str:
    """Return a second colour that is told from the first."""
    options = [item for item in tables.DEFAULT_ACCENT_COLOURS if hue_distance(item, main_colour) > 0.12]
    return _choose(options, name, "accent")
