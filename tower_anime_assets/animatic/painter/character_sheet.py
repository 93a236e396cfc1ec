"""Reference sheets: a character from three sides, three expressions, the colours and the name."""

from __future__ import annotations

import unicodedata

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tower_anime_assets.animatic.painter.colour import luma, mix
from tower_anime_assets.animatic.painter.figure import draw_figure, head_box, neutral_stance
from tower_anime_assets.animatic.painter.light import neon_of
from tower_anime_assets.animatic.painter.look import look_of
from tower_anime_assets.animatic.painter.vector import Pen, box, polygon, render
from tower_anime_assets.production.planning.briefs import SheetBrief
from tower_anime_assets.production.planning.shots import Emotion, Facing
from tower_anime_assets.production.story.model import Appearance

SHEET_SIZE = (1200, 800)
"""Width and height of a reference sheet, px."""

_FACES = ((Facing.CAMERA, Emotion.HAPPY), (Facing.RIGHT, Emotion.DETERMINED), (Facing.LEFT, Emotion.SAD))
_VIEWS = (Facing.CAMERA, Facing.RIGHT, Facing.AWAY)
_MISSING_GLYPH = "\U0010fffd"  # a private-use character: fonts draw their glyph for a missing character


def draw_sheet(brief: SheetBrief, line_width: float = 1.8) -> NDArray[np.uint8]:
    """Return a character's reference sheet, (800, 1200, 3) uint8 sRGB.

    Args:
        brief: The character and the project's style.
        line_width: Width of the figures' lines, figure units.
    """
    appearance = brief.character.appearance
    look = look_of(appearance)
    width, height = SHEET_SIZE
    pen = Pen(prefix="t")
    neon = neon_of(brief.style.palette)
    pen.gradient(box(0, 0, width, height), "#f4f5fb", "#dde1ee")
    pen.fill(polygon([(0, 690), (width, 600), (width, 648), (0, 738)]), appearance.accent_colour, 0.35)
    pen.fill(polygon([(0, 738), (width, 648), (width, 666), (0, 756)]), appearance.outfit_colour, 0.5)
    pen.fill(box(0, 0, width, 74), mix("#171a2b", neon[0], 0.08))
    pen.fill(box(0, 74, width, 5), appearance.accent_colour)
    scale = 0.94
    for index, facing in enumerate(_VIEWS):
        stance = neutral_stance(look, facing, line_width=line_width)
        x, y = 130 + index * 215, 768 - stance.body.ground_y * scale
        pen.fill(f"M{x - 84},{764}a84,13 0 1 0 168,0a84,13 0 1 0 -168,0Z", "#1a1836", 0.22)
        with pen.transform(f"translate({x} {y:.1f}) scale({scale})"):
            pen.add(draw_figure(stance, prefix=f"v{index}"))
    for index, (facing, emotion) in enumerate(_FACES):
        stance = neutral_stance(look, facing, emotion, line_width * 0.8)
        left, top = 700 + index * 164, 112
        frame = box(left, top, 152, 212)
        with pen.clip_to(frame):
            pen.fill(frame, mix(appearance.accent_colour, "#f7f8ff", 0.72))
            face = head_box(stance)
            middle = (face[0] + face[2]) / 2
            with pen.transform(f"translate({left + 76 - middle * 1.3:.1f} {top + 62}) scale(1.3)"):
                pen.add(draw_figure(stance, prefix=f"f{index}"))
        pen.stroke(frame, "#22243a", 2.5)
    for index, (_, colour) in enumerate(_swatches(appearance)):
        pen.shape(box(700 + index * 96, 372, 84, 84), colour, "#22243a", 2)
    picture = Image.fromarray(cv2.cvtColor(render(pen.svg, width, height), cv2.COLOR_RGBA2RGB))
    _draw_labels(picture, brief)
    return np.asarray(picture, np.uint8).copy()


def _swatches(appearance: Appearance) -> tuple[tuple[str, str], ...]:
    return (
        ("hair", appearance.hair_colour),
        ("skin", appearance.skin_colour),
        ("eyes", appearance.eye_colour),
        ("outfit", appearance.outfit_colour),
        ("accent", appearance.accent_colour),
    )


def _draw_labels(picture: Image.Image, brief: SheetBrief) -> None:
    draw = ImageDraw.Draw(picture)
    character, appearance = brief.character, brief.character.appearance
    name = display_name(character.name, character.id)
    draw.text((34, 18), name, font=_fit_font(name, 720), fill="#ffffff")
    small_font = ImageFont.load_default(size=17)
    draw.text((1166, 28), character.id, font=small_font, fill="#b9c0dc", anchor="ra")
    for index, (_, emotion) in enumerate(_FACES):
        draw.text((776 + index * 164, 334), emotion.value, font=small_font, fill="#30334a", anchor="ma")
    for index, (part, colour) in enumerate(_swatches(appearance)):
        x = 700 + index * 96
        draw.text((x + 42, 462), part, font=small_font, fill="#30334a", anchor="ma")
        draw.text(
            (x + 42, 404),
            colour,
            font=ImageFont.load_default(size=15),
            fill="#ffffff" if luma(colour) < 120 else "#15172a",
            anchor="ma",
        )
    lines = [
        f"{appearance.hair_style} hair, {appearance.outfit_style.replace('_', ' ')}",
        f"{appearance.build}, {appearance.presents}, {appearance.age_years} years",
        *[f"· {feature}" for feature in appearance.features[:6] if has_glyphs(feature)],
    ]
    for index, text in enumerate(lines):
        draw.text((700, 506 + index * 27), text[:52], font=ImageFont.load_default(size=20), fill="#22243a")


def _fit_font(name: str, max_width_px: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the largest font in which a name fits."""
    size = 34
    font = ImageFont.load_default(size=size)
    while size > 14 and font.getlength(name) > max_width_px:
        size -= 2
        font = ImageFont.load_default(size=size)
    return font


def has_glyphs(text: str) -> bool:
    """Return whether the sheet's font has a glyph for every character of a text."""
    font = ImageFont.load_default(size=20)
    missing = bytes(font.getmask(_MISSING_GLYPH))
    for char in text:
        if char.isspace():
            continue
        if unicodedata.category(char)[0] in "CM" or unicodedata.bidirectional(char) in ("R", "AL"):
            return False
        if bytes(font.getmask(char)) == missing:
            return False
    return True


def display_name(name: str, slug: str) -> str:
    """Return the name if the sheet's font can show it, else the id, which is always ASCII."""
    return name if name.strip() and has_glyphs(name) else slug
