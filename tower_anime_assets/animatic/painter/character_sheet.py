"""Reference sheets: a character from three sides, three expressions, the colours and the name."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tower_anime_assets.animatic.painter.body import ADULT_HEIGHT
from tower_anime_assets.animatic.painter.colour import luma, mix
from tower_anime_assets.animatic.painter.figure import draw_figure, geometry_of
from tower_anime_assets.animatic.painter.light import neon_of
from tower_anime_assets.animatic.painter.look import Look, look_of
from tower_anime_assets.animatic.painter.stance import Box, Stance, neutral_stance
from tower_anime_assets.animatic.painter.vector import Pen, box, ellipse, polygon, render, rounded_box
from tower_anime_assets.media.layer_file import alpha_bounds
from tower_anime_assets.production.planning.briefs import SheetBrief
from tower_anime_assets.production.planning.shots import Emotion, Facing
from tower_anime_assets.production.story.model import Appearance

SHEET_SIZE = (1200, 800)
"""Width and height of a reference sheet, px."""

_FACES = ((Facing.CAMERA, Emotion.HAPPY), (Facing.RIGHT, Emotion.DETERMINED), (Facing.LEFT, Emotion.SAD))
_VIEWS = (Facing.CAMERA, Facing.RIGHT, Facing.AWAY)
_VIEWS_PX, _HUMAN_SCALE = 590, 0.94
_MISSING_GLYPH = "\U0010fffd"  # a private-use character: fonts draw their glyph for a missing character


def draw_sheet(brief: SheetBrief, line_width: float = 1.8) -> NDArray[np.uint8]:
    """Return a character's reference sheet, (800, 1200, 3) uint8 sRGB.

    Args:
        brief: The character and the project's style.
        line_width: Width of the figures' lines, figure units.
    """
    appearance = brief.character.appearance
    look = look_of(appearance, brief.character.description, brief.character.name or brief.character.id)
    width, height = SHEET_SIZE
    pen = Pen(prefix="t")
    neon = neon_of(brief.style.palette)
    pen.gradient(box(0, 0, width, height), "#f4f5fb", "#dde1ee")
    pen.fill(polygon([(0, 690), (width, 600), (width, 648), (0, 738)]), appearance.accent_colour, 0.35)
    pen.fill(polygon([(0, 738), (width, 648), (width, 666), (0, 756)]), appearance.outfit_colour, 0.5)
    pen.fill(box(0, 0, width, 74), mix("#171a2b", neon[0], 0.08))
    pen.fill(box(0, 74, width, 5), appearance.accent_colour)
    scale, middles = _view_columns(look)
    for index, facing in enumerate(_VIEWS):
        _draw_view(pen, look, facing, middles[index], f"v{index}", scale, line_width)
    for index, (facing, emotion) in enumerate(_FACES):
        left, top = 700 + index * 164, 112
        frame = box(left, top, 152, 212)
        with pen.clip_to(frame):
            pen.fill(frame, mix(appearance.accent_colour, "#f7f8ff", 0.72))
            _draw_face(pen, neutral_stance(look, facing, emotion, line_width * 0.8), (left, top), f"f{index}")
        pen.stroke(frame, "#22243a", 2.5)
    for index, (_, colour) in enumerate(_swatches(appearance)):
        pen.shape(box(700 + index * 96, 372, 84, 84), colour, "#22243a", 2)
    if look.kind != "human" or abs(look.height - 1) > 0.03:
        _draw_size(pen, look)
    picture = Image.fromarray(cv2.cvtColor(render(pen.svg, width, height), cv2.COLOR_RGBA2RGB))
    _draw_labels(picture, brief, look)
    return np.asarray(picture, np.uint8).copy()


def _view_columns(look: Look) -> tuple[float, tuple[float, ...]]:
    """Return px per figure unit at which the views of a figure fit, and the middle of each; a grown human has 0.94."""
    middles = (130.0, 345.0, 560.0)
    if look.kind == "human" and look.height == 1.0:
        return _HUMAN_SCALE, middles
    if look.has_human_body:
        return min(1.5, 600 / (look.height * ADULT_HEIGHT)), middles
    boxes = [_drawn_bounds(neutral_stance(look, facing)) for facing in _VIEWS]
    widths = [box[2] - box[0] for box in boxes]
    scale = min(_VIEWS_PX / sum(widths), 640 / max(box[3] - box[1] for box in boxes))
    gap = (_VIEWS_PX + 60 - sum(widths) * scale) / 3
    edges = [20 + gap / 2 + sum(widths[:index]) * scale + index * gap for index in range(3)]
    return scale, tuple(edge + wide * scale / 2 for edge, wide in zip(edges, widths, strict=True))


def _drawn_bounds(stance: Stance) -> Box:
    """Return the box of what is really drawn of a figure, figure units."""
    left, top, right, low = geometry_of(stance).bounds
    step = max(right - left, low - top) / 160
    image = render(
        draw_figure(stance),
        round((right - left) / step),
        round((low - top) / step),
        (left, top, right - left, low - top),
    )
    x0, y0, x1, y1 = alpha_bounds(np.where(image > 40, image, 0))
    return left + x0 * step, top + y0 * step, left + x1 * step, top + y1 * step


def _draw_view(pen: Pen, look: Look, facing: Facing, x: float, prefix: str, scale: float, line_width: float) -> None:
    """Draw the whole figure from one side."""
    stance = neutral_stance(look, facing, line_width=line_width)
    geometry = geometry_of(stance)
    if scale != _HUMAN_SCALE:
        line = (0.8 + 0.62 * scale * geometry.face_height / 100) / scale
        stance = replace(stance, line_width=line * line_width / 1.8)
    feet = geometry.feet
    shadow, middle = 84.0, x
    if not look.has_human_body:
        left, _, right, _ = _drawn_bounds(stance)
        x -= (left + right) / 2 * scale
        shadow = max(30.0, min(90.0, (feet[1] - feet[0]) * scale * 0.62))
        middle = x + (feet[0] + feet[1]) / 2 * scale
    round_shadow = f"M{middle - shadow:.1f},764a{shadow:.1f},13 0 1 0 {2 * shadow:.1f},0"
    pen.fill(f"{round_shadow}a{shadow:.1f},13 0 1 0 {-2 * shadow:.1f},0Z", "#1a1836", 0.22)
    with pen.transform(f"translate({x:.1f} {768 - geometry.ground_y * scale:.1f}) scale({scale:.4f})"):
        pen.add(draw_figure(stance, prefix=prefix))


def _draw_face(pen: Pen, stance: Stance, corner: tuple[float, float], prefix: str) -> None:
    """Draw a face into a box of 152 by 212 px."""
    (left, top), geometry = corner, geometry_of(stance)
    face = geometry.head
    middle, scale = (face[0] + face[2]) / 2, 1.3
    y = top + 62 - geometry.crown_y * scale
    if not (stance.look.kind == "human" and stance.look.height == 1.0):
        scale = 130 / geometry.face_height
        if not stance.look.has_human_body:
            scale = min(scale, 138 / (face[2] - face[0]), 196 / (face[3] - face[1]))
            y = top + 106 - (face[1] + face[3]) / 2 * scale
        else:
            y = top + 62 - geometry.crown_y * scale
        stance = replace(stance, line_width=1.9 / scale)
    with pen.transform(f"translate({left + 76 - middle * scale:.1f} {y:.1f}) scale({scale:.4f})"):
        pen.add(draw_figure(stance, prefix=prefix))


def _draw_size(pen: Pen, look: Look) -> None:
    """Draw the figure beside the outline of a grown human, at one scale."""
    stance = neutral_stance(look, Facing.RIGHT)
    left, _, right, _ = _drawn_bounds(stance)
    geometry = geometry_of(stance)
    scale = min(124 / max(ADULT_HEIGHT, geometry.height), 170 / (right - left))
    x, ground = 960.0, 762.0
    with pen.transform(f"translate({x} {ground - ADULT_HEIGHT * scale:.1f}) scale({scale:.4f})"):
        pen.fill(ellipse(0, 46, 40, 48), "#8a90a6", 0.55)
        pen.fill(rounded_box(0, 230, 68, 126, 40), "#8a90a6", 0.55)
        for side in (-1, 1):
            pen.fill(rounded_box(side * 32, 500, 26, 164, 20), "#8a90a6", 0.55)
    x += 96 * scale + 8 - left * scale
    with pen.transform(f"translate({x:.1f} {ground - geometry.ground_y * scale:.1f}) scale({scale:.4f})"):
        pen.add(draw_figure(replace(stance, line_width=0.9 / scale), prefix="z"))


def _swatches(appearance: Appearance) -> tuple[tuple[str, str], ...]:
    if appearance.kind != "human" and appearance.hair_style == "bald":
        mane = (("mane", appearance.hair_colour),) if appearance.hair_colour != appearance.outfit_colour else ()
        return (
            ("body", appearance.outfit_colour),
            *mane,
            ("eyes", appearance.eye_colour),
            ("accent", appearance.accent_colour),
        )
    return (
        ("hair", appearance.hair_colour),
        ("skin", appearance.skin_colour),
        ("eyes", appearance.eye_colour),
        ("outfit", appearance.outfit_colour),
        ("accent", appearance.accent_colour),
    )


def _draw_labels(picture: Image.Image, brief: SheetBrief, look: Look) -> None:
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
    for index, text in enumerate(_words_about(appearance)):
        draw.text((700, 506 + index * 27), text[:52], font=ImageFont.load_default(size=20), fill="#22243a")
    _draw_undrawn(draw, appearance, look)


def _words_about(appearance: Appearance) -> list[str]:
    features = [f"· {feature}" for feature in appearance.features[:5] if has_glyphs(feature)]
    height = f"{appearance.height * 1.7:.2g} m tall"
    if appearance.kind != "human" and appearance.hair_style == "bald":
        species = appearance.species if has_glyphs(appearance.species) else ""
        return [
            ", ".join(dict.fromkeys(word for word in (species, appearance.kind, appearance.mobility) if word)),
            height,
            *features,
        ]
    lines = [
        f"{appearance.hair_style} hair, {appearance.outfit_style.replace('_', ' ')}",
        f"{appearance.build}, {appearance.presents}, {appearance.age_years} years",
    ]
    if appearance.kind != "human":
        lines.append(appearance.species or appearance.kind)
    if appearance.mobility:
        lines.append(appearance.mobility)
    return [*lines, *features]


def _draw_undrawn(draw: ImageDraw.ImageDraw, appearance: Appearance, look: Look) -> None:
    """Write what of the description is not drawn, small, below everything else."""
    undrawn = [phrase for phrase in appearance.undrawn if phrase.lower() not in look.marks]
    phrases = [phrase for phrase in undrawn if has_glyphs(phrase)]
    if not phrases:
        return
    hidden = len(undrawn) - len(phrases)
    text = f"not drawn: {', '.join(phrases)}" + (f" and {hidden} more" if hidden else "")
    font = ImageFont.load_default(size=15)
    rows, row = [], ""
    for word in text.split():
        joined = f"{row} {word}".strip()
        if row and font.getlength(joined) > 300:
            rows.append(row)
            joined = word
        row = joined
    rows = [*rows, row][:4]
    for index, line in enumerate(rows):
        draw.text((700, 772 - (len(rows) - index) * 20), line, font=font, fill="#8a3f2c")


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
