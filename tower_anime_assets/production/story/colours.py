"""Colours in words, and sums with them. `planning.colour_words` has the way back."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence

from tower_anime_assets.production.story.appearance_words import COLOUR_MODIFIERS, COLOURS


def parse_colour(text: str) -> str:
    """Return `#rrggbb` for a hex colour or for words such as "dark green" or "neon blue", "" for any other text."""
    plain = text.strip().lower()
    if re.fullmatch(r"#[0-9a-f]{6}", plain):
        return plain
    if re.fullmatch(r"#[0-9a-f]{3}", plain):
        return "#" + "".join(char * 2 for char in plain[1:])
    words = re.sub(r"[\s_-]+", " ", plain).split()
    if not words or words[-1] not in COLOURS or not all(word in COLOUR_MODIFIERS for word in words[:-1]):
        return ""
    return modify_colour(COLOURS[words[-1]], words[:-1])


def modify_colour(colour_hex: str, modifiers: Sequence[str]) -> str:
    """Return a colour as words such as "dark" or "neon" change it."""
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


def hue_distance(first_hex: str, second_hex: str) -> float:
    """Return the distance of two hues, 0..0.5 of the circle; greys and whites are far from every hue."""
    hues = []
    for item in (first_hex, second_hex):
        hue, saturation, _ = colorsys.rgb_to_hsv(*(int(item[at : at + 2], 16) / 255 for at in (1, 3, 5)))
        if saturation < 0.2:
            return 0.5 if first_hex != second_hex else 0.0
        hues.append(hue)
    gap = abs(hues[0] - hues[1])
    return min(gap, 1 - gap)
