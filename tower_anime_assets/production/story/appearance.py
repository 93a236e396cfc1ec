"""What the words of a description say about looks and voice, and what to choose where they say nothing.

A choice without words is drawn from a digest of the name: it stays the same for ever, and differs between two extras.
Reading the files that hold the descriptions belongs in `project_file`.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.story.model import Appearance, Voice

HAIR_STYLES = ("short", "long", "ponytail", "bob", "spiky", "bun", "braids", "bald", "slicked")
OUTFIT_STYLES = ("jacket", "coat", "suit", "lab_coat", "hoodie", "dress", "uniform", "armour", "shirt", "robe")
BUILDS = ("slim", "average", "broad", "small")
PRESENTATIONS = ("feminine", "masculine", "neutral")
VOICE_VARIANTS: Mapping[str, tuple[str, ...]] = {
    "feminine": ("f1", "f2", "f3", "f4", "f5"),
    "masculine": ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"),
    "neutral": ("m3", "f2", "m7", "f4"),
}
"""espeak-ng's voice variants that suit each way to present."""

COLOURS: Mapping[str, str] = {
    "amber": "#ffb000",
    "aqua": "#2ad4d4",
    "ash": "#b2b0aa",
    "auburn": "#7a3323",
    "azure": "#2f7fd6",
    "beige": "#d8c7a3",
    "black": "#17181d",
    "blond": "#f0d27a",
    "blonde": "#f0d27a",
    "blue": "#2f62c9",
    "bronze": "#a9713a",
    "brown": "#6b4226",
    "burgundy": "#6d1a2f",
    "caramel": "#b9773e",
    "charcoal": "#34373d",
    "chestnut": "#74402a",
    "copper": "#b5633a",
    "coral": "#ff7a5c",
    "cream": "#f3ead3",
    "crimson": "#b3122f",
    "cyan": "#19d3e6",
    "ebony": "#3b2620",
    "emerald": "#1f9e6b",
    "fuchsia": "#e0289a",
    "ginger": "#c8602a",
    "gold": "#e3b23c",
    "golden": "#e8bd4d",
    "gray": "#80848c",
    "green": "#3b8f4a",
    "grey": "#80848c",
    "hazel": "#8a6a36",
    "indigo": "#3c3a9e",
    "ivory": "#f5f0e1",
    "jade": "#3aa384",
    "khaki": "#a49a6c",
    "lavender": "#b7a3e3",
    "lilac": "#c3a2d8",
    "lime": "#a6e22e",
    "magenta": "#d92bb4",
    "maroon": "#641e2b",
    "mauve": "#a67d9d",
    "mint": "#98e0c0",
    "navy": "#1d2a52",
    "ochre": "#c38a2b",
    "olive": "#6f7136",
    "orange": "#f0812a",
    "pearl": "#ece8e1",
    "pink": "#f08cb4",
    "platinum": "#e6e3da",
    "plum": "#6f3561",
    "purple": "#7a3fb0",
    "raven": "#15161f",
    "red": "#cf2e35",
    "rose": "#e2728f",
    "ruby": "#a8173c",
    "rust": "#a4502a",
    "salmon": "#f39a84",
    "sand": "#d6bd8d",
    "sapphire": "#2450b0",
    "scarlet": "#d8232e",
    "silver": "#cfd6e0",
    "sky": "#7fc1ee",
    "slate": "#566270",
    "steel": "#8795a5",
    "tan": "#c8a274",
    "teal": "#1f8a8a",
    "turquoise": "#34c6bd",
    "ultramarine": "#2b3fa8",
    "vermilion": "#e2492b",
    "violet": "#8a4fd0",
    "white": "#f4f5f7",
    "wine": "#651c34",
    "yellow": "#f2d33b",
}
"""Colour words of everyday English, as sRGB; chosen by eye to sit well in flat colour areas."""

_SKIN_WORDS: Mapping[str, str] = {
    "porcelain": "#fbe6dc",
    "pale": "#f8ddcf",
    "fair": "#f6d5c0",
    "light": "#f2cdb2",
    "tan": "#d7a27c",
    "tanned": "#d7a27c",
    "sunburnt": "#dc9478",
    "olive": "#cfa079",
    "golden": "#d9a878",
    "bronze": "#b57b52",
    "brown": "#9a6544",
    "dark": "#6f4630",
    "black": "#553526",
    "ebony": "#47302a",
}
_DEFAULT_SKIN_COLOURS = ("#f6d5c0", "#f2cdb2", "#e8bd9c", "#d7a27c", "#b57b52", "#9a6544", "#6f4630", "#f8ddcf")
_DEFAULT_HAIR_COLOURS = (
    "#2a1d1a",
    "#17181d",
    "#6b4226",
    "#f0d27a",
    "#b5633a",
    "#7a3323",
    "#566270",
    "#2b3a67",
    "#8a4f7d",
    "#3f7f7a",
)
_DEFAULT_EYE_COLOURS = ("#6b4226", "#2f62c9", "#3b8f4a", "#8a6a36", "#80848c", "#7a3fb0", "#c37b1f", "#1f8a8a")
_DEFAULT_OUTFIT_COLOURS = (
    "#2f62c9",
    "#b3122f",
    "#3b8f4a",
    "#e3b23c",
    "#7a3fb0",
    "#1f8a8a",
    "#d9672a",
    "#3c3f4a",
    "#c05a86",
    "#556b2f",
)
_DEFAULT_ACCENT_COLOURS = ("#ffb000", "#19d3e6", "#f05a8c", "#a6e22e", "#f4f5f7", "#8f6bff")
_OUTFIT_COLOUR_BY_STYLE: Mapping[str, str] = {"lab_coat": "#eef1f5", "suit": "#262a36", "armour": "#8795a5"}
_DEFAULT_HAIR_STYLES: Mapping[str, tuple[str, ...]] = {
    "feminine": ("long", "ponytail", "bob", "short", "braids", "bun"),
    "masculine": ("short", "spiky", "slicked", "long"),
    "neutral": ("short", "bob", "spiky", "ponytail", "long"),
}
_DEFAULT_OUTFIT_STYLES = ("jacket", "hoodie", "shirt", "coat", "uniform")

_HAIR_STYLE_WORDS: Mapping[str, str] = {
    "ponytail": "ponytail",
    "pigtails": "ponytail",
    "twintails": "ponytail",
    "bob": "bob",
    "bobbed": "bob",
    "spiky": "spiky",
    "spiked": "spiky",
    "mohawk": "spiky",
    "messy": "spiky",
    "tousled": "spiky",
    "bun": "bun",
    "topknot": "bun",
    "braid": "braids",
    "braids": "braids",
    "braided": "braids",
    "plaits": "braids",
    "dreadlocks": "braids",
    "bald": "bald",
    "hairless": "bald",
    "slicked": "slicked",
    "pomaded": "slicked",
}
_HAIR_LENGTH_WORDS: Mapping[str, str] = {
    "long": "long",
    "flowing": "long",
    "length": "long",  # waist-length, shoulder-length
    "short": "short",
    "cropped": "short",
    "buzzed": "short",
    "shaved": "bald",
    "shaven": "bald",
    "combed": "slicked",
    "slick": "slicked",
    "wild": "spiky",
}
_HAIR_NOUNS = frozenset({"hair", "haired", "locks", "mane"})
_HAIR_COLOUR_NOUNS: Mapping[str, str] = {
    "blonde": "#f0d27a",
    "blond": "#f0d27a",
    "brunette": "#6b4226",
    "redhead": "#b5482a",
}
_ACCENT_NOUNS = frozenset(
    ("trim", "stripes", "piping", "accents", "lining", "tattoos", "arms", "monocle", "tie", "scarf")
)
_EYE_NOUNS = frozenset({"eyes", "eyed", "eye"})
_SKIN_NOUNS = frozenset({"skin", "skinned", "complexion"})

_OUTFIT_WORDS: Mapping[str, str] = {
    "jacket": "jacket",
    "bomber": "jacket",
    "parka": "jacket",
    "windbreaker": "jacket",
    "vest": "jacket",
    "coat": "coat",
    "overcoat": "coat",
    "trenchcoat": "coat",
    "greatcoat": "coat",
    "suit": "suit",
    "suits": "suit",
    "tuxedo": "suit",
    "blazer": "suit",
    "labcoat": "lab_coat",
    "scrubs": "lab_coat",
    "hoodie": "hoodie",
    "sweatshirt": "hoodie",
    "dress": "dress",
    "gown": "dress",
    "skirt": "dress",
    "sundress": "dress",
    "uniform": "uniform",
    "overalls": "uniform",
    "jumpsuit": "uniform",
    "armour": "armour",
    "armor": "armour",
    "exosuit": "armour",
    "exoskeleton": "armour",
    "shirt": "shirt",
    "tshirt": "shirt",
    "sweater": "shirt",
    "blouse": "shirt",
    "pullover": "shirt",
    "top": "shirt",
    "robe": "robe",
    "robes": "robe",
    "kimono": "robe",
    "yukata": "robe",
    "cloak": "robe",
}
_OUTFIT_BY_OCCUPATION: Mapping[str, str] = {
    "scientist": "lab_coat",
    "researcher": "lab_coat",
    "doctor": "lab_coat",
    "chemist": "lab_coat",
    "ceo": "suit",
    "executive": "suit",
    "lawyer": "suit",
    "banker": "suit",
    "politician": "suit",
    "businessman": "suit",
    "businesswoman": "suit",
    "racer": "jacket",
    "pilot": "jacket",
    "mechanic": "uniform",
    "biker": "jacket",
    "soldier": "armour",
    "knight": "armour",
    "mercenary": "armour",
    "guard": "uniform",
    "policeman": "uniform",
    "policewoman": "uniform",
    "officer": "uniform",
    "student": "uniform",
    "nurse": "uniform",
    "hacker": "hoodie",
    "detective": "coat",
    "spy": "coat",
    "monk": "robe",
    "priest": "robe",
    "priestess": "robe",
    "wizard": "robe",
    "witch": "robe",
    "princess": "dress",
    "singer": "dress",
}
_BUILD_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("slim", "thin", "lean", "lanky", "slender", "wiry", "skinny", "gaunt"), "slim"),
    **dict.fromkeys(("broad", "muscular", "burly", "stocky", "heavyset", "massive", "hulking", "brawny"), "broad"),
    **dict.fromkeys(("small", "petite", "tiny", "diminutive"), "small"),
}


def _words_in(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FEMININE = _words_in(
    "she her hers herself woman girl female lady mother sister daughter aunt queen princess actress "
    "grandmother wife schoolgirl feminine heroine businesswoman policewoman priestess waitress witch"
)
_MASCULINE = _words_in(
    "he him his himself man boy male gentleman father brother son uncle king prince grandfather husband "
    "schoolboy masculine businessman policeman priest waiter wizard"
)
_FEATURES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("cybernetic arms", ("cybernetic arms", "prosthetic arms", "robotic arms", "mechanical arms", "chrome arms")),
    ("cybernetic arm", ("cybernetic arm", "prosthetic arm", "robotic arm", "mechanical arm", "chrome arm")),
    ("cybernetic eye", ("cybernetic eye", "prosthetic eye", "robotic eye", "mechanical eye")),
    ("AR monocle", ("ar monocle", "augmented reality monocle", "holographic monocle", "smart monocle")),
    ("monocle", ("monocle",)),
    ("holographic tattoos", ("holographic tattoos", "holographic tattoo", "glowing tattoos", "hologram tattoos")),
    ("tattoos", ("tattoos", "tattoo", "tattooed")),
    ("sunglasses", ("sunglasses", "shades")),
    ("glasses", ("glasses", "spectacles")),
    ("goggles", ("goggles",)),
    ("visor", ("visor",)),
    ("eye patch", ("eye patch", "eyepatch")),
    ("scar", ("scar", "scars", "scarred")),
    ("freckles", ("freckles", "freckled")),
    ("headphones", ("headphones", "headset", "earphones")),
    ("cat ears", ("cat ears",)),
    ("fox ears", ("fox ears",)),
    ("rabbit ears", ("rabbit ears", "bunny ears")),
    ("horns", ("horns", "horned")),
    ("halo", ("halo",)),
    ("wings", ("wings", "winged")),
    ("tail", ("tail",)),
    ("cape", ("cape",)),
    ("scarf", ("scarf",)),
    ("tie", ("tie", "necktie")),
    ("hat", ("hat", "fedora", "cap", "beret")),
    ("helmet", ("helmet",)),
    ("hood", ("hood", "hooded")),
    ("mask", ("mask", "masked")),
    ("gloves", ("gloves", "gloved")),
    ("earrings", ("earrings", "earring")),
    ("necklace", ("necklace", "pendant", "dog tags")),
    ("beard", ("beard", "bearded", "goatee")),
    ("stubble", ("stubble", "unshaven")),
    ("moustache", ("moustache", "mustache")),
    ("ribbon", ("ribbon", "ribbons", "hairpin")),
    ("crown", ("crown", "tiara")),
    ("backpack", ("backpack", "rucksack")),
    ("sword", ("sword", "katana")),
)
_MORE_SPECIFIC_FEATURES: Mapping[str, tuple[str, ...]] = {
    "monocle": ("AR monocle",),
    "tattoos": ("holographic tattoos",),
    "cybernetic arm": ("cybernetic arms",),
}
_NEGATIONS = frozenset({"no", "not", "without", "never", "lost", "hates", "lacks", "removed"})
_AGE_WORDS: Mapping[str, int] = {
    "child": 9,
    "kid": 10,
    "boy": 12,
    "girl": 13,
    "schoolboy": 15,
    "schoolgirl": 15,
    "teen": 16,
    "teenage": 16,
    "teenager": 16,
    "student": 18,
    "young": 21,
    "grown": 30,
    "veteran": 50,
    "middle": 48,  # middle-aged
    "old": 68,
    "elderly": 74,
    "ancient": 80,
    "grandmother": 70,
    "grandfather": 72,
}
_TENS: Mapping[str, int] = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_DECADES: Mapping[str, int] = {
    "teens": 15,
    "twenties": 24,
    "thirties": 34,
    "forties": 44,
    "fifties": 54,
    "sixties": 64,
    "seventies": 74,
    "eighties": 84,
}
_SMALL_NUMBERS = (
    *("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_WORD = re.compile(r"[^\W_]+|[,;:.!?()]")
_PUNCTUATION = frozenset(",;:.!?()")
_LINK_WORDS = frozenset({"is", "are", "dyed", "coloured", "colored", "of", "the", "colour", "color", "in", "a", "as"})
_COLOUR_MODIFIERS = frozenset({"neon", "electric", "bright", "vivid", "dark", "deep", "light", "pale", "pastel", "jet"})
_MAX_DISTANCE_WORDS = 5


@dataclass(frozen=True)
class StatedAppearance:
    """What a character file states outright; "" or None where it is left to the words."""

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
    """What a character file states outright about the voice."""

    variant: str = ""
    pitch: int | None = None
    rate_wpm: int | None = None
    language: str = ""
    service_voice: str = ""


def parse_colour(text: str) -> str:
    """Return `#rrggbb` for a hex colour or for colour words such as "dark green" or "neon blue", or "" for neither."""
    plain = text.strip().lower()
    if re.fullmatch(r"#[0-9a-f]{6}", plain):
        return plain
    if re.fullmatch(r"#[0-9a-f]{3}", plain):
        return "#" + "".join(char * 2 for char in plain[1:])
    words = re.sub(r"[\s_-]+", " ", plain).split()
    if not words or words[-1] not in COLOURS or not all(word in _COLOUR_MODIFIERS for word in words[:-1]):
        return ""
    return _modify_colour(COLOURS[words[-1]], words[:-1])


def derive_appearance(name: str, description: str, stated: StatedAppearance | None = None) -> Appearance:
    """Return how a character looks: as given, else as the description says, else by a digest of the name."""
    stated = stated or StatedAppearance()
    words = _tokenize(description)
    presents = stated.presents or _presentation(words)
    age_years = (
        stated.age_years if stated.age_years is not None else _age_years(words) or 19 + seed_from(name, "age") % 16
    )
    features = stated.features if stated.features is not None else _find_features(words)
    outfit_style = stated.outfit_style or _outfit_style(words) or _choose(_DEFAULT_OUTFIT_STYLES, name, "outfit style")
    outfit_colour = (
        stated.outfit_colour
        or _outfit_colour(words)
        or _OUTFIT_COLOUR_BY_STYLE.get(outfit_style)
        or _choose(_DEFAULT_OUTFIT_COLOURS, name, "outfit")
    )
    return Appearance(
        hair_colour=stated.hair_colour or _hair_colour(words) or _default_hair_colour(name, age_years),
        hair_style=stated.hair_style
        or _hair_style(words)
        or _choose(_DEFAULT_HAIR_STYLES[presents], name, "hair style"),
        skin_colour=stated.skin_colour or _skin_colour(words) or _choose(_DEFAULT_SKIN_COLOURS, name, "skin"),
        eye_colour=stated.eye_colour or _colour_near(words, _EYE_NOUNS) or _choose(_DEFAULT_EYE_COLOURS, name, "eyes"),
        outfit_colour=outfit_colour,
        outfit_style=outfit_style,
        accent_colour=stated.accent_colour or _accent_colour(name, words, outfit_colour),
        build=stated.build or _first_match(words, _BUILD_WORDS) or ("small" if age_years < 13 else "average"),
        presents=presents,
        age_years=age_years,
        features=features,
    )


def derive_voice(
    name: str, appearance: Appearance, stated: StatedVoice | None = None, other_voices: Sequence[Voice] = ()
) -> Voice:
    """Return how a character sounds: as given, else fitting the look, and apart from the voices already `taken`."""
    stated = stated or StatedVoice()
    candidate = _candidate_voice(0, name, appearance, stated)
    for number in range(1, 12):
        if not any(_sounds_alike(candidate, other) for other in other_voices):
            break
        candidate = _candidate_voice(number, name, appearance, stated)
    return candidate


def _candidate_voice(number: int, name: str, appearance: Appearance, stated: StatedVoice) -> Voice:
    low, high = {"feminine": (54, 74), "masculine": (26, 46), "neutral": (42, 58)}[appearance.presents]
    pitch_shift = 14 if appearance.age_years < 13 else -6 if appearance.age_years >= 55 else 0
    pitch = low + pitch_shift + seed_from(name, "pitch", number) % (high - low + 1)
    rate_shift_wpm = -12 if appearance.age_years >= 50 else 0
    variants = VOICE_VARIANTS[appearance.presents]
    return Voice(
        variant=stated.variant or variants[seed_from(name, "variant", number) % len(variants)],
        pitch=stated.pitch if stated.pitch is not None else max(5, min(95, pitch)),
        rate_wpm=stated.rate_wpm
        if stated.rate_wpm is not None
        else 154 + rate_shift_wpm + seed_from(name, "rate", number) % 25,
        language=stated.language or "en",
        service_voice=stated.service_voice,
    )


def _sounds_alike(first: Voice, second: Voice) -> bool:
    return first.variant == second.variant and abs(first.pitch - second.pitch) < 6


def _tokenize(text: str) -> list[str]:
    """Return lower-case words and punctuation; hyphens part words, so `silver-haired` is two."""
    return _WORD.findall(text.lower().replace("t-shirt", "tshirt").replace("lab coat", "labcoat").replace("’", "'"))


def _first_match(words: list[str], table: Mapping[str, str]) -> str:
    return next((table[word] for word in words if word in table), "")


def _choose(options: Sequence[str], name: str, trait: str) -> str:
    return options[seed_from(name, trait) % len(options)]


def _default_hair_colour(name: str, age_years: int) -> str:
    return "#b9bcc4" if age_years >= 60 else _choose(_DEFAULT_HAIR_COLOURS, name, "hair")


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
    """Return the colour whose last word stands at `index`, with the modifiers before it, or ""."""
    if words[index] not in COLOURS:
        return ""
    start = index
    while start > 0 and words[start - 1] in _COLOUR_MODIFIERS:
        start -= 1
    return _modify_colour(COLOURS[words[index]], words[start:index])


def _is_appearance_noun(word: str) -> bool:
    return word in _HAIR_NOUNS or word in _EYE_NOUNS or word in _SKIN_NOUNS or word in _OUTFIT_WORDS


def _colour_near(words: list[str], nouns: frozenset[str] | Mapping[str, str]) -> str:
    """Return the colour said of the first of these nouns that has one: before it, or after "is", "dyed" and such."""
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
            if words[index] not in _LINK_WORDS and words[index] not in _COLOUR_MODIFIERS:
                break
    return ""


def _hair_colour(words: list[str]) -> str:
    stated_colour = _colour_near(
        words, _HAIR_NOUNS | {word for word in _HAIR_STYLE_WORDS if word not in ("bald", "hairless")}
    )
    if stated_colour:
        return stated_colour
    if noun_colour := _first_match(words, _HAIR_COLOUR_NOUNS):
        return noun_colour
    if any(word in _HAIR_NOUNS and "dark" in words[max(0, at - 3) : at] for at, word in enumerate(words)):
        return "#221c22"
    return ""


def _hair_style(words: list[str]) -> str:
    if style := _first_match(words, _HAIR_STYLE_WORDS):
        return style
    for at, word in enumerate(words):
        if word not in _HAIR_NOUNS and word not in _HAIR_COLOUR_NOUNS:
            continue
        for index in range(at - 1, max(-1, at - 1 - _MAX_DISTANCE_WORDS), -1):
            if words[index] in _PUNCTUATION or _is_appearance_noun(words[index]):
                break
            if words[index] in _HAIR_LENGTH_WORDS:
                return _HAIR_LENGTH_WORDS[words[index]]
        for index in range(at + 1, min(len(words), at + 4)):
            if words[index] in _PUNCTUATION:
                break
            if words[index] in _HAIR_LENGTH_WORDS:
                return _HAIR_LENGTH_WORDS[words[index]]
    return ""


def _skin_colour(words: list[str]) -> str:
    for at, word in enumerate(words):
        if word in _SKIN_NOUNS:
            for nearby_word in reversed(words[max(0, at - 3) : at]):
                if nearby_word in _SKIN_WORDS:
                    return _SKIN_WORDS[nearby_word]
    return next((_SKIN_WORDS[word] for word in words if word in ("tanned", "sunburnt")), "")


def _outfit_style(words: list[str]) -> str:
    for at, word in enumerate(words):
        if word in _OUTFIT_WORDS and not _is_negated(words, at):
            return _OUTFIT_WORDS[word]
    return _first_match(words, _OUTFIT_BY_OCCUPATION)


def _outfit_colour(words: list[str]) -> str:
    if stated_colour := _colour_near(words, _OUTFIT_WORDS):
        return stated_colour
    for at, word in enumerate(words):
        if word in _OUTFIT_WORDS and "dark" in words[max(0, at - 3) : at]:
            return "#23262f"
    return ""


def _accent_colour(name: str, words: list[str], outfit_colour: str) -> str:
    """Return a second colour: of trim, stripes or glowing features, else one that stands off the outfit."""
    stated_colour = _colour_near(words, _ACCENT_NOUNS)
    if stated_colour and stated_colour != outfit_colour:
        return stated_colour
    options = [item for item in _DEFAULT_ACCENT_COLOURS if _hue_distance(item, outfit_colour) > 0.12]
    return _choose(options, name, "accent")


def _hue_distance(first_hex: str, second_hex: str) -> float:
    """Return how far apart two hues lie, 0..0.5 of the circle; greys and whites are far from every hue."""
    hues = []
    for item in (first_hex, second_hex):
        hue, saturation, _ = colorsys.rgb_to_hsv(*(int(item[at : at + 2], 16) / 255 for at in (1, 3, 5)))
        if saturation < 0.2:
            return 0.5 if first_hex != second_hex else 0.0
        hues.append(hue)
    gap = abs(hues[0] - hues[1])
    return min(gap, 1 - gap)


def _is_negated(words: list[str], index: int) -> bool:
    return any(word in _NEGATIONS for word in words[max(0, index - 3) : index])


def _find_features(words: list[str]) -> tuple[str, ...]:
    first_index: dict[str, int] = {}
    for feature, phrases in _FEATURES:
        for phrase in phrases:
            parts = phrase.split()
            for at in range(len(words) - len(parts) + 1):
                if words[at : at + len(parts)] == parts and not _is_negated(words, at):
                    first_index.setdefault(feature, at)
    features = [
        name
        for name in first_index
        if not any(specific in first_index for specific in _MORE_SPECIFIC_FEATURES.get(name, ()))
    ]
    return tuple(sorted(features, key=lambda name: first_index[name]))


def _presentation(words: list[str]) -> str:
    feminine = sum(word in _FEMININE for word in words)
    masculine = sum(word in _MASCULINE for word in words)
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
        if word in _DECADES:
            return _DECADES[word] + {"early": -2, "late": 4}.get(previous_words[0] if previous_words else "", 0)
    for word in words:
        if word in _AGE_WORDS:
            return _AGE_WORDS[word]
    return None


def _number_before(words: list[str], index: int) -> int:
    """Return the number that ends right before `at`, in digits or English words; 0 when there is none."""
    last_word = words[index - 1]
    if last_word.isascii() and last_word.isdigit():
        return int(last_word[:3])
    if last_word in _SMALL_NUMBERS:
        tens = _TENS.get(words[index - 2], 0) if index >= 2 else 0
        return tens + _SMALL_NUMBERS.index(last_word)
    return _TENS.get(last_word, 0)
