"""A character's appearance as the tones and flags that the drawing code uses. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.animatic.painter.colour import Tone, luma, mix, skin_tone, tone
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

_WHOLE_WORDS = {"tie", "cap", "hat", "cape", "hud", "wing", "horn", "scar", "mask", "halo"}


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

    @property
    def is_child(self) -> bool:
        """Whether the body has a child's proportions."""
        return self.age_years < 13

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
    marks = set()
    for feature in features:
        text = feature.lower()
        words = {word.strip(".,;").removesuffix("s") for word in text.replace("-", " ").split()}
        for mark, names in MARK_KEYWORDS.items():
            if any(name in words if name in _WHOLE_WORDS else name in text for name in names):
                marks.add(mark)
        if "cyber" in text and "arm" in text:
            marks.add("cyber-arms")
    return frozenset(marks)


def look_of(appearance: Appearance) -> Look:
    """Return the look of an appearance, with matching colours for what it leaves open: trousers, shoes, shirt."""
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
    return Look(
        hair=tone(appearance.hair_colour),
        skin=skin_tone(appearance.skin_colour),
        eye=appearance.eye_colour,
        outfit=tone(outfit),
        accent=tone(appearance.accent_colour),
        trousers=tone(trousers),
        shoes=tone(mix("#20202a", appearance.accent_colour, 0.12)),
        inner=tone(inner),
        hair_style=appearance.hair_style,
        outfit_style=appearance.outfit_style,
        build=appearance.build,
        presents=appearance.presents,
        age_years=appearance.age_years,
        marks=marks_of(appearance.features),
    )
