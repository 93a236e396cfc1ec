"""Words for colours, as image models read them: from `#rrggbb` to a word. `story.appearance` has the way back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import hypot

_HEX_BY_NAME: Mapping[str, str] = {
    "black": "#17181d",
    "dark grey": "#3a3d44",
    "grey": "#80848c",
    "silver": "#c9cfda",
    "white": "#f4f5f7",
    "cream": "#f3ead3",
    "beige": "#d8c7a3",
    "blond": "#f0d27a",
    "golden": "#e3b23c",
    "amber": "#e09a2b",
    "orange": "#f0812a",
    "copper": "#b5633a",
    "brown": "#6b4226",
    "dark brown": "#3b2620",
    "auburn": "#7a3323",
    "red": "#cf2e35",
    "crimson": "#b3122f",
    "burgundy": "#5d1a2a",
    "pink": "#f08cb4",
    "hot pink": "#ff2e88",
    "magenta": "#d92bb4",
    "purple": "#7a3fb0",
    "lavender": "#b7a3e3",
    "indigo": "#3c3a9e",
    "navy blue": "#1d2a52",
    "blue": "#2f62c9",
    "neon blue": "#1f6bff",
    "sky blue": "#7fb6ea",
    "grey-blue": "#7d8fa6",
    "cyan": "#19d3e6",
    "teal": "#1f8a8a",
    "mint": "#98e0c0",
    "green": "#3b8f4a",
    "emerald": "#1f9e6b",
    "neon green": "#a6e22e",
    "olive": "#6f7136",
    "yellow": "#f2dc3a",
}
_SKIN_WORDS = ((78.0, "fair skin"), (66.0, "light skin"), (52.0, "tan skin"), (38.0, "brown skin"), (0.0, "dark skin"))
"""Lightness (CIE L*) from which skin is called so."""


@lru_cache(maxsize=1024)
def colour_word(colour: str) -> str:
    """Return the name of a colour `#rrggbb`, such as "silver" for `#d5dbea`: the nearest one in CIE Lab."""
    lightness, a, b = _lab(colour)

    def distance(name: str) -> float:
        own_lightness, own_a, own_b = _lab(_HEX_BY_NAME[name])
        # Lightness counts less than hue: a shadowed red is still red.
        return hypot(0.7 * (own_lightness - lightness), hypot(own_a - a, own_b - b))

    return min(_HEX_BY_NAME, key=distance)


def skin_word(colour: str) -> str:
    """Return what skin of a colour `#rrggbb` is called, by its lightness."""
    lightness = _lab(colour)[0]
    return next(word for min_lightness, word in _SKIN_WORDS if lightness >= min_lightness)


@lru_cache(maxsize=1024)
def _lab(colour: str) -> tuple[float, float, float]:
    """Return CIE L*a*b* (D65) of an sRGB colour.

    Source:
        IEC 61966-2-1 for the transfer curve and primaries, CIE 15 for the cube-root scale.
    """
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (_lab_scale(value) for value in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _lab_scale(value: float) -> float:
    return float(value ** (1 / 3)) if value > 0.008856 else 7.787 * value + 16 / 116
