"""A character's appearance as the tones and flags that the drawing code uses. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from tower_anime_assets.animatic.painter.colour import Tone, luma, mix, skin_tone, tone
from tower_anime_assets.production.planning.figure_words import (
    HUMAN_ROBOTS,
    has_human_figure,
    is_ghost,
)
from tower_anime_assets.production.story.kind_words import WINGED_SPIRITS
from tower_anime_assets.production.story.model import Appearance

MARK_KEYWORDS: dict[str, tuple[str, ...]] = {
    "cyber-arms": ("cybernetic arm", "cyber arm", "robot arm", "robotic arm", "mechanical arm", "prosthetic arm"),
    "cyber-eye": ("cybernetic eye", "cyber eye", "implant", "circuit"),
    "monocle": ("monocle",),
    "tattoos": ("tattoo", "markings", "body paint"),
    "glasses": ("glasses", "spectacles"),
    "goggles": ("goggles",),
    "visor": ("visor", "hud"),
    "eyepatch": ("eyepatch", "eye patch", "eye-patch"),
    "scar": ("scar",),
    "headphones": ("headphone", "headset", "earphones"),
    "cat-ears": ("cat ear", "animal ear", "fox ear", "nekomimi"),
    "horns": ("horn",),
    "halo": ("halo",),
    "wings": ("wing",),
    "cape": ("cape", "cloak"),
    "tie": ("tie", "necktie"),
    "scarf": ("scarf", "muffler"),
    "hat": ("hat", "cap", "helmet", "beret"),
    "earrings": ("earring",),
    "freckles": ("freckle",),
    "beard": ("beard", "goatee"),
    "moustache": ("moustache", "mustache"),
    "stubble": ("stubble", "unshaven"),
    "mask": ("mask", "respirator"),
    "gloves": ("glove",),
    "ribbon": ("ribbon", "hair bow", "hairclip", "hairpin"),
    "necklace": ("necklace", "pendant", "dog tag"),
}
"""By mark, the words of features that it is drawn for; other words appear only in prompts."""

CREATURE_MARK_KEYWORDS: dict[str, tuple[str, ...]] = {
    "antenna": ("antenna", "antennae", "aerial"),
    "one-eye": ("one eye", "one-eyed", "single eye", "one big", "one large", "one round", "one blue", "one red"),
    "round-body": ("round", "spherical", "ball-shaped", "egg-shaped"),
    "wheels": ("wheel", "tread", "caterpillar"),
    "collar": ("collar", "bell", "ribbon", "bow"),
    "stripes": ("stripe", "striped", "tabby"),
    "spots": ("spot", "spotted", "patch", "patches", "calico", "dappled"),
}
"""By mark, the words for what only animals, birds and robots have, in their features or descriptions."""

_LONG_BEARD = re.compile(r"\b(long|flowing|full|big|great)(\s+\S+){0,2}\s+beard")
_WHOLE_WORDS = {"tie", "cap", "hat", "cape", "hud", "wing", "horn", "scar", "mask", "halo"}
_WHOLE_CREATURE_WORDS = {"round", "wheel", "tread", "bell", "bow", "spot", "patch", "ribbon", "collar"}

OLD_YEARS = 65
MIN_HEIGHT, MAX_HEIGHT = 0.03, 12.0
"""What is smaller or larger is drawn at this height: a mouse is seen, and a giant still has somebody beside it."""

_CHILD_HEIGHTS = ((0, 0.3), (2, 0.5), (6, 0.66), (9, 0.78), (12, 0.88), (15, 0.95), (18, 1.0))
"""Height relative to a grown human, by age in years."""


def height_by_age(age_years: int) -> float:
    """Return how tall somebody of an age is, relative to a grown human."""
    for (young, low), (old, high) in pairwise(_CHILD_HEIGHTS):
        if age_years < old:
            return low + (high - low) * (age_years - young) / (old - young)
    return 1.0


@dataclass(frozen=True)
class Look:
    """A character, ready to be drawn."""

    hair: Tone
    skin: Tone
    eye: str
    outfit: Tone
    accent: Tone
    trousers: Tone
    shoes: Tone
    inner: Tone
    hair_style: str
    outfit_style: str
    build: str
    presents: str
    age_years: int
    marks: frozenset[str]
    kind: str = "human"
    species: str = ""
    height: float = 1.0
    mobility: str = ""
    name: str = ""
    has_human_body: bool = True

    @property
    def is_child(self) -> bool:
        """Whether the face has a child's proportions."""
        return self.age_years < 13

    @property
    def is_old(self) -> bool:
        """Whether age shows in the posture."""
        return self.age_years >= OLD_YEARS

    @property
    def is_ghost(self) -> bool:
        """Whether the figure is a ghost, and no other spirit, such as a fairy."""
        return is_ghost(self.kind, self.species)

    @property
    def uses_wheelchair(self) -> bool:
        """Whether the figure sits in a wheelchair, whatever it does."""
        return self.mobility == "wheelchair"

    @property
    def is_trailing(self) -> bool:
        """Whether the body ends in a trail of mist instead of legs."""
        return self.is_ghost and self.has_human_body

    @property
    def has_hair(self) -> bool:
        """Whether the head is not bald."""
        return self.hair_style != "bald"

    @property
    def wears_skirt(self) -> bool:
        """Whether the uniform is a sailor uniform."""
        return self.outfit_style == "uniform" and self.presents == "feminine"

    @property
    def softness(self) -> float:
        """How round eyes and jaw are: 1 for a girl, near 0 for a grown man."""
        soft = {"feminine": 1.0, "neutral": 0.6}.get(self.presents, 0.12)
        soft += 0.5 if self.age_years < 16 else 0.0
        return max(0.0, min(1.0, soft - max(0, self.age_years - 35) / 70))


def marks_of(features: tuple[str, ...]) -> frozenset[str]:
    """Return the marks (keys of `MARK_KEYWORDS`) that a character's features ask for."""
    marks = _marks_in(features, MARK_KEYWORDS, _WHOLE_WORDS)
    if any("cyber" in feature.lower() and "arm" in feature.lower() for feature in features):
        marks.add("cyber-arms")
    return frozenset(marks)


def creature_marks_of(words: tuple[str, ...]) -> frozenset[str]:
    """Return the marks (keys of `CREATURE_MARK_KEYWORDS`) that features and a description ask for."""
    return frozenset(_marks_in(words, CREATURE_MARK_KEYWORDS, _WHOLE_CREATURE_WORDS))


def _marks_in(texts: tuple[str, ...], table: dict[str, tuple[str, ...]], whole_words: set[str]) -> set[str]:
    marks = set()
    for phrase in texts:
        text = phrase.lower()
        words = {word.strip(".,;").removesuffix("s") for word in text.replace("-", " ").split()}
        for mark, names in table.items():
            if any(name in words if name in whole_words else name in text for name in names):
                marks.add(mark)
    return marks


def look_of(appearance: Appearance, description: str = "", name: str = "") -> Look:
    """Return the look of an appearance, with matching colours for what it leaves open: trousers, shoes, shirt.

    Args:
        appearance: What is drawn.
        description: The writer's words, for marks that have no place in an appearance, such as a long beard.
        name: What a stand-in is labelled with.
    """
    outfit = appearance.outfit_colour
    dark = luma(outfit) < 90
    if appearance.outfit_style in ("suit", "armour", "robe"):
        trousers = mix(outfit, "#101018", 0.15)
    else:
        trousers = mix("#23263a" if not dark else "#4a4d60", outfit, 0.12)
    # what shows between the lapels in close framings, where a coat would hide the accent colour
    shirts = {
        "suit": "#e8e8ee",
        "coat": appearance.accent_colour,
        "lab_coat": mix(appearance.accent_colour, "#2a2c44", 0.45),
    }
    inner = shirts.get(appearance.outfit_style, mix("#2a2c3a" if luma(outfit) > 120 else "#d9dbe6", outfit, 0.08))
    marks, species = marks_of(appearance.features), appearance.species.strip().lower()
    if appearance.kind != "human":
        marks |= creature_marks_of((*appearance.features, description))
        if species in HUMAN_ROBOTS:
            marks |= {"cyber-arms", "cyber-eye"}
        if species in WINGED_SPIRITS:
            marks |= {"wings", "halo"} if species == "angel" else {"wings"}
        if species in ("demon", "oni", "devil"):
            marks |= {"horns"}
    elif any(_LONG_BEARD.search(words.lower()) for words in (*appearance.features, description)):
        marks |= {"beard", "long-beard"}
    hair_style = appearance.hair_style
    is_human_shaped = appearance.presents != "neutral" or species in WINGED_SPIRITS
    if appearance.kind in ("spirit", "monster") and is_human_shaped and hair_style == "bald":
        # "bald" means here that nothing was said of hair
        hair_style = "short" if appearance.presents == "masculine" else "long"
    height = appearance.height
    if appearance.kind == "human" and height == 1.0:
        height = height_by_age(appearance.age_years)
    return Look(
        hair=tone(appearance.hair_colour),
        skin=skin_tone(appearance.skin_colour),
        eye=appearance.eye_colour,
        outfit=tone(outfit),
        accent=tone(appearance.accent_colour),
        trousers=tone(trousers),
        shoes=tone(mix("#20202a", appearance.accent_colour, 0.12)),
        inner=tone(inner),
        hair_style=hair_style,
        outfit_style=appearance.outfit_style,
        build=appearance.build,
        presents=appearance.presents,
        age_years=appearance.age_years,
        marks=marks,
        kind=appearance.kind,
        species=species,
        height=min(MAX_HEIGHT, max(MIN_HEIGHT, height)),
        mobility=appearance.mobility,
        name=name,
        has_human_body=has_human_figure(appearance),
    )
