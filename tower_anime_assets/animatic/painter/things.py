"""Drawings of things, animals and the like: outlines of Noto Emoji, filled and inked in the show's style.

The font's glyphs are line drawings: what their outer contours enclose is filled, and their lines are drawn over it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import cv2
import manimgx_fonts
import numpy as np
from fontTools.pens.boundsPen import ControlBoundsPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

from tower_anime_assets.animatic.painter.colour import mix, tone
from tower_anime_assets.animatic.painter.lettering import letter
from tower_anime_assets.animatic.painter.pixels import Plane
from tower_anime_assets.animatic.painter.vector import Pen, polygon, render
from tower_anime_assets.production.planning.things import Thing, colour_of, find

__all__ = ["FLOATING", "Glyph", "draw_label", "draw_stand_in", "draw_thing", "find", "glyph_of", "thing_size"]

_FONT_FILE = Path(manimgx_fonts.__file__).with_name("NotoEmoji[wght].ttf")
_WEIGHT = 300
_LINE_UNITS = 41.0
"""Width of the font's lines at that weight, in its units."""
_RASTER_PX = 640
_GAP_PX = 13
"""Gaps in a glyph's lines up to this width are closed before it is filled, px of its raster."""

_HOLES: Mapping[str, tuple[tuple[float, float], ...]] = {
    "📿": ((0.0, 0.6),),
    "💍": ((0.0, 0.35),),
    "🎧": ((0.0, 0.45),),
    "🛟": ((0.0, 0.5),),
    "🍩": ((0.0, 0.46),),
    "✂": ((-0.34, 0.83), (0.34, 0.83)),
    "🏹": ((0.1, 0.25), (-0.2, 0.55)),
    "🪜": ((0.0, 0.22), (0.0, 0.43), (0.0, 0.64), (0.0, 0.85), (0.0, 0.06)),
    "🧺": ((0.0, 0.8), (0.0, 0.7)),
    "🥨": ((-0.2, 0.55), (0.2, 0.55), (0.0, 0.3)),
    "👜": ((0.0, 0.8),),
    "🪝": ((0.0, 0.84),),
    "📯": ((0.0, 0.6),),
}
"""By glyph, points of its box in areas that its lines enclose, but that are holes; y upwards from the foot."""

FLOATING = frozenset("🪐☄🚀🛸🛰✈🛩🚁🎈🪁🪂🕊🦋🐝🪰🦟🐳🐬🦈🐟🐠🐙🪼🦇")
"""Glyphs of what flies or swims: it has no foot on the ground."""

_SOLID_GLYPHS = frozenset("🥄🍴🥢🪮🌰🪄🐜🪭🍱♟🎩🍳")
"""Glyphs whose areas are black in the font: they get the shade of their colour instead of a line's."""

_STAND_IN_FILL = "#9aa0ac"


@dataclass(frozen=True)
class Glyph:
    """A glyph in a box whose longer side is 1, its foot at (0, 0): x from -width/2 to width/2, y from -height to 0.

    Attributes:
        lines: The font's line drawing, as an SVG path.
        silhouette: What the lines enclose, with themselves.
        width: Of the box.
        height: Of the box.
        line: Width of the lines.
    """

    lines: str
    silhouette: str
    width: float
    height: float
    line: float


_BOTTLE = (
    "M-0.1,-1H0.1V-0.7C0.1,-0.62 0.21,-0.58 0.21,-0.46V-0.04Q0.21,0 0.17,0H-0.17Q-0.21,0 -0.21,-0.04V-0.46"
    "C-0.21,-0.58 -0.1,-0.62 -0.1,-0.7Z"
)
_BOTTLE_LINES = "M-0.1,-0.9H0.1V-0.88H-0.1ZM-0.21,-0.42H0.21V-0.4H-0.21ZM-0.21,-0.14H0.21V-0.12H-0.21Z"
_OWN_GLYPHS = {"bottle": Glyph(_BOTTLE_LINES, _BOTTLE, 0.42, 1.0, 0.02)}
"""Drawn as the font draws, for what it has not."""


@cache
def _font() -> tuple[Any, dict[int, str]]:
    font = TTFont(_FONT_FILE, lazy=True)
    return font.getGlyphSet(location={"wght": _WEIGHT}), font.getBestCmap()


@lru_cache(maxsize=1024)
def glyph_of(character: str) -> Glyph:
    """Return the outlines of a character of Noto Emoji.

    Raises:
        MediaError: The glyph could not be rendered.
    """
    if character in _OWN_GLYPHS:
        return _OWN_GLYPHS[character]
    glyphs, names = _font()
    glyph = glyphs[names[ord(character)]]
    bounds = ControlBoundsPen(glyphs)
    glyph.draw(bounds)
    left, low, right, high = bounds.bounds
    scale = 1 / max(right - left, high - low)
    pen = SVGPathPen(glyphs, ntos=lambda value: f"{value:.5f}")
    glyph.draw(TransformPen(pen, (scale, 0, 0, -scale, -(left + right) / 2 * scale, low * scale)))
    lines, width, height = pen.getCommands(), (right - left) * scale, (high - low) * scale
    return Glyph(lines, _silhouette(lines, height, character), width, height, _LINE_UNITS * scale)


def _silhouette(lines: str, height: float, character: str) -> str:
    """Return the outline of all that a line drawing encloses, small gaps in its lines closed, as an SVG path."""
    margin = 0.06
    view = (-0.5 - margin, -(height + 1) / 2 - margin, 1 + 2 * margin, 1 + 2 * margin)
    drawn = render(f'<path d="{lines}"/>', _RASTER_PX, _RASTER_PX, view)[..., 3]
    ink = np.asarray((drawn > 127) * 255, np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_GAP_PX, _GAP_PX))
    closed = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, kernel), np.uint8)
    enclosed = cv2.bitwise_not(cv2.bitwise_or(closed, _outside(closed)))
    _count, labels = cv2.connectedComponents(enclosed, connectivity=4)
    unit = view[2] / _RASTER_PX
    seeds = [(round((x - view[0]) / unit), round((-y - view[1]) / unit)) for x, y in _HOLES.get(character, ())]
    holes = [int(labels[y, x]) for x, y in seeds if labels[y, x]]
    kept = np.asarray((enclosed > 0) & ~np.isin(labels, holes)) * np.uint8(255)
    # what closing the gaps took from the areas is given back, up to the lines
    grown = cv2.bitwise_and(cv2.dilate(kept, kernel), cv2.bitwise_not(_outside(closed)))
    small = cv2.bitwise_not(cv2.bitwise_or(ink, _outside(ink)))
    if holes:
        small = cv2.bitwise_and(small, grown)
    mask = cv2.GaussianBlur(cv2.bitwise_or(cv2.bitwise_or(ink, grown), small), (0, 0), 1.6)
    contours, _ = cv2.findContours(np.asarray((mask > 127) * 255, np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    parts = []
    for contour in contours:
        points = cv2.approxPolyDP(contour, 0.7, closed=True)[:, 0, :]
        if len(points) > 3:
            corners = (f"{view[0] + (x + 0.5) * unit:.4f},{view[1] + (y + 0.5) * unit:.4f}" for x, y in points)
            parts.append(f"M{'L'.join(corners)}Z")
    return "".join(parts)


def _outside(ink: Plane) -> Plane:
    """Return what can be reached from the corner without crossing ink, 0 or 255."""
    flooded = ink.copy()
    cv2.floodFill(flooded, None, (0, 0), 128)
    return np.asarray((flooded == 128) * 255, np.uint8)


def thing_size(thing: Thing, size: float) -> tuple[float, float]:
    """Return the width and height of a drawn thing whose longer side is `size`."""
    glyph = glyph_of(thing.glyph)
    return glyph.width * size, glyph.height * size


def draw_thing(
    name: str | Thing,
    colour: str = "",
    size: float = 100.0,
    *,
    line: float = 1.6,
    shift: tuple[float, float] = (-5.0, -3.0),
    prefix: str = "t",
    is_mirrored: bool = False,
) -> str:
    """Return a thing as SVG elements, standing on (0, 0), or a labelled stand-in where it has no glyph.

    Args:
        name: What a text calls it, such as "red lantern", or the thing.
        colour: `#rrggbb`; "" for the colour that the name says, else the thing's usual one.
        size: Length of its longer side.
        line: Width of lines, in the same unit.
        shift: How far light displaces the lit part; see `Pen`.
        prefix: Starts the ids of clips and masks; drawings that are joined need different ones.
        is_mirrored: Whether it looks the other way.
    """
    words = name if isinstance(name, str) else name.name
    thing = find(name) if isinstance(name, str) else name
    if thing is None or not thing.glyph:
        return draw_stand_in(words, size, size * 0.8, line=line, shift=shift, prefix=prefix)
    glyph = glyph_of(thing.glyph)
    # the pen's lengths are those of the drawing that the transform enlarges
    pen = Pen(line / size, (shift[0] / size, shift[1] / size), prefix)
    local = tone(colour or colour_of(words, thing))
    ink = mix(local.shade, local.line, 0.25) if thing.glyph in _SOLID_GLYPHS else local.line
    flip = -1 if is_mirrored else 1
    with pen.transform(f"scale({size * flip:.4f} {size:.4f})"):
        pen.cel(glyph.silhouette, local, line / size * 0.01)
        # the font's lines are heavier than the show's: details lose from both sides, the outline from within
        thinned = min(glyph.line * 0.7, max(0.0, glyph.line - line / size))
        mask = f"{prefix}m"
        pen.add(
            f'<mask id="{mask}" maskUnits="userSpaceOnUse" x="-1" y="-1.5" width="2" height="2">'
            f'<path d="{glyph.lines}" fill="#ffffff" stroke="#000000" stroke-width="{thinned:.5f}"/>'
            f'<path d="{glyph.silhouette}" fill="none" stroke="#ffffff" stroke-width="{thinned * 1.05:.5f}"/></mask>'
            f'<path d="{glyph.lines}" fill="{ink}" mask="url(#{mask})"/>'
            f'<path d="{glyph.silhouette}" fill="none" stroke="{local.line}" stroke-width="{line / size:.5f}"/>'
        )
    return pen.svg


def draw_stand_in(
    name: str,
    width: float,
    height: float,
    *,
    line: float = 1.6,
    shift: tuple[float, float] = (-5.0, -3.0),
    prefix: str = "t",
) -> str:
    """Return a neutral block with a name on it, standing on (0, 0): what stands for a thing that cannot be drawn."""
    pen = Pen(line, shift, prefix)
    half, r = width / 2, min(width, height) * 0.12
    corners = [
        (-half, -height + r), (-half + r, -height), (half - r, -height), (half, -height + r),
        (half, -r), (half - r, 0.0), (-half + r, 0.0), (-half, -r),
    ]  # fmt: skip
    pen.cel(polygon(corners), tone(_STAND_IN_FILL), line * 1.5)
    pen.add(draw_label(name, 0.0, -height / 2, width * 0.86, height * 0.22))
    return pen.svg


def draw_label(
    text: str, x: float, y: float, max_width: float, cap_height: float, ink: str = "#1c1f28", paper: str = "#f4f2ea"
) -> str:
    """Return a name on a plate of paper, centred on (x, y), in capitals that fit the width.

    Args:
        text: The name; in two rows where that lets it be larger.
        x: Centre of the plate.
        y: Its centre.
        max_width: The widest that it may be.
        cap_height: Height of its capitals, reduced as far as the width asks.
        ink: Colour of the letters.
        paper: Colour of the plate.
    """
    rows = _rows_for(text.upper(), max_width * 0.9, cap_height)
    widest = max(letter(row, 100.0).width for row in rows) or 1.0
    height = min(cap_height, max_width * 0.9 / widest * 100.0)
    step = height * 1.55
    plate_width, plate_height = widest * height / 100.0 + height * 1.3, step * len(rows) + height * 0.65
    parts = [
        f'<rect x="{x - plate_width / 2:.2f}" y="{y - plate_height / 2:.2f}" width="{plate_width:.2f}" '
        f'height="{plate_height:.2f}" rx="{height * 0.3:.2f}" fill="{paper}"/>'
    ]
    for number, row in enumerate(rows):
        lettering = letter(row, round(height, 3))
        left = x - lettering.width / 2
        baseline = y + (number - (len(rows) - 1) / 2) * step + height / 2
        if lettering.path:
            parts.append(f'<path d="{lettering.path}" fill="{ink}" transform="translate({left:.2f} {baseline:.2f})"/>')
    return "".join(parts)


def _rows_for(text: str, width: float, cap_height: float) -> list[str]:
    words = text.split()
    if len(words) < 2 or letter(text, 100.0).width * cap_height / 100.0 <= width:
        return [text]
    splits = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    return list(min(splits, key=lambda rows: max(letter(row, 100.0).width for row in rows)))
