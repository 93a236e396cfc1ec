"""Colours as `#rrggbb`, and the tones of cel shading: base, shade, highlight and line. Pure."""

from __future__ import annotations

from dataclasses import dataclass

Rgb = tuple[int, int, int]

INK = "#1a1426"
"""Colour of lines that no local colour tints."""

_SHADE_TINT = "#33265e"


def rgb(colour: str) -> Rgb:
    """Return (red, green, blue), 0..255, of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def to_hex(red: float, green: float, blue: float) -> str:
    """Return `#rrggbb` of three channels, clipped to 0..255."""
    return "#" + "".join(f"{min(255, max(0, round(channel))):02x}" for channel in (red, green, blue))


def mix(one: str, other: str, share: float) -> str:
    """Return the colour `share` (0..1) of the way from `one` to `other`."""
    return to_hex(*(a + (b - a) * share for a, b in zip(rgb(one), rgb(other), strict=True)))


def scale_rgb(colour: str, factor: float) -> str:
    """Return the colour with every channel multiplied."""
    return to_hex(*(channel * factor for channel in rgb(colour)))


def luma(colour: str) -> float:
    """Return the brightness of a colour, 0..255 (BT.601 weights)."""
    red, green, blue = rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


@dataclass(frozen=True)
class Tone:
    """A local colour as cel animation paints it: two flat tones, a highlight and a line."""

    base: str
    shade: str
    light: str
    line: str


def tone(base: str) -> Tone:
    """Return the tones of a local colour: the shade leans to violet, the line is nearly ink but keeps the hue."""
    brightness = luma(base)
    shade = mix(scale_rgb(base, 0.76 if brightness > 60 else 0.6), _SHADE_TINT, 0.16)
    light = mix(base, "#ffffff", 0.55 if brightness > 90 else 0.28)
    line = mix(scale_rgb(base, 0.3), INK, 0.55)
    return Tone(base, shade, light, line)


def skin_tone(base: str) -> Tone:
    """Return the tones of skin, whose shade leans to red."""
    shade = mix(scale_rgb(base, 0.86), "#b4485a", 0.2)
    return Tone(base, shade, mix(base, "#ffffff", 0.5), mix(scale_rgb(base, 0.34), "#3a1420", 0.45))


METAL = tone("#8f99ad")
"""Cybernetic limbs."""
