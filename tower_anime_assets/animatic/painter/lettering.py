"""Lettering: short texts as vector outlines, for labels. The SVG renderer knows no fonts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import manimgx_fonts
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

FONTS = Path(manimgx_fonts.__file__).parent
_TEXT_FONT = "NotoSans[wght].ttf"
_WEIGHT = 600
_CAP_HEIGHT = 0.714
"""Height of a capital letter of Noto Sans, in em."""


@dataclass(frozen=True)
class Lettering:
    """A text as an SVG path, its baseline's left end at (0, 0).

    Attributes:
        path: The outlines; "" when no font has its letters.
        width: In the unit of the height asked for.
    """

    path: str
    width: float


@lru_cache(maxsize=256)
def letter(text: str, cap_height: float) -> Lettering:
    """Return a text whose capitals are this high; letters that no font has are left out."""
    scale = cap_height / _CAP_HEIGHT
    x = 0.0
    parts: list[str] = []
    for char in text:
        if (face := _face_for(ord(char))) is None:
            continue
        em = scale / face.units_per_em
        name = face.glyph_names[ord(char)]
        pen = SVGPathPen(None, ntos=lambda value: f"{value:.2f}".rstrip("0").rstrip("."))
        face.glyphs[name].draw(TransformPen(pen, (em, 0, 0, -em, x, 0)))
        parts.append(pen.getCommands())
        x += face.glyphs[name].width * em
    return Lettering("".join(parts), x)


@dataclass(frozen=True)
class _Face:
    glyphs: Any
    glyph_names: dict[int, str]
    units_per_em: int


@cache
def _face(file: str) -> _Face:
    font = TTFont(FONTS / file, lazy=True)
    return _Face(font.getGlyphSet(location={"wght": _WEIGHT}), font.getBestCmap(), font["head"].unitsPerEm)


def _face_for(code: int) -> _Face | None:
    return next((face for face in map(_face, _files_for(code)) if code in face.glyph_names), None)


def _files_for(code: int) -> Iterator[str]:
    yield _TEXT_FONT
    if code > 0x2FF:
        yield from sorted(path.name for path in FONTS.glob("NotoSans*.ttf") if path.name != _TEXT_FONT)
