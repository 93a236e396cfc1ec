"""Heads of four-legged animals, and the colours of their coats. In head units, see `faces`; turned heads look right."""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.animatic.painter.beasts import Beast
from tower_anime_assets.animatic.painter.colour import Tone, luma, mix, scale_rgb, tone
from tower_anime_assets.animatic.painter.creature_faces import (
    draw_creature_eyes,
    draw_creature_marks,
    draw_muzzle_mouth,
    eye_pair,
)
from tower_anime_assets.animatic.painter.faces import Expression, FaceLayout
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.vector import Pen, Point, band, corner, ellipse, polygon, smooth

_TURN = 14.0
"""How far the face of a turned head lies to the right of the skull's middle."""

_PINK = "#e8929c"
_EAR_HEIGHTS = {"pointed": 40.0, "large": 52.0, "floppy": 6.0, "round": 22.0, "tall": 96.0, "leaf": 40.0, "side": 16.0}


@dataclass(frozen=True)
class AnimalCoat:
    """The colours of an animal, and the marks on it."""

    fur: Tone
    light: Tone
    dark: Tone
    mane: Tone
    accent: Tone
    marks: frozenset[str]


def coat_of(look: Look, beast: Beast) -> AnimalCoat:
    """Return an animal's coat: the outfit's colour is the fur's, the hair's colour the mane's."""
    fur = look.outfit
    dark = mix(scale_rgb(fur.base, 0.42), "#1c1620", 0.35) if luma(fur.base) > 70 else mix(fur.base, "#6a6474", 0.4)
    mane = look.hair.base if look.hair.base != fur.base else dark
    return AnimalCoat(
        fur=fur,
        light=tone(mix(fur.base, "#fff8ee", 0.74 if luma(fur.base) > 60 else 0.5)),
        dark=tone(dark),
        mane=tone(mane),
        accent=look.accent,
        marks=beast.marks | look.marks,
    )


def ear_height(beast: Beast) -> float:
    """Return how far ears and antlers rise above the skull, head units."""
    if "unicorn" in beast.marks:
        return 62.0
    return max(_EAR_HEIGHTS[beast.ears], 84.0 if "antlers" in beast.marks else 34.0 if "horns" in beast.marks else 0.0)


def face_layout(beast: Beast, turned: bool) -> FaceLayout:
    """Return where eyes, nose and mouth lie."""
    wide, tall = beast.skull
    turn = _TURN if turned else 0.0
    outline = tuple(_skull_points(beast, turned))
    if beast.muzzle == "long":
        eyes = eye_pair(turned, wide * 0.64, -tall * 0.12, 8.5, 11.0, turn * 0.5)
        tip = (turn + 26, tall * 0.92) if turned else (0.0, tall * 1.12)
        return FaceLayout(turned, outline, eyes, (tip[0], tip[1] - 4), (tip[0] - 2, tip[1] + 13), 10.0)
    size = 12.5 if beast.muzzle != "bear" else 10.5
    eyes = eye_pair(turned, wide * 0.43, tall * 0.08, size, size * 1.14, turn * 0.8)
    nose = {
        "short": (turn * 1.15, tall * 0.4),
        "dog": (turn * 2.1, tall * 0.36) if turned else (0.0, tall * 0.4),
        "pointed": (turn * 2.6, tall * 0.46) if turned else (0.0, tall * 0.52),
        "bear": (turn * 1.4, tall * 0.34),
        "snout": (turn * 1.3, tall * 0.4),
    }[beast.muzzle]
    drop = {"short": 9.0, "dog": 13.0, "pointed": 9.0, "bear": 12.0, "snout": 19.0}[beast.muzzle]
    return FaceLayout(turned, outline, eyes, nose, (nose[0] - (2 if turned else 0), nose[1] + drop), 10.5)


def _skull_points(beast: Beast, turned: bool) -> list[Point]:
    w, h = beast.skull
    cheek: list[Point] = [(w * 0.98, h * 0.24), (w * 0.66, h * 0.8)]
    if "tufts" in beast.marks:
        cheek = [
            (w * 0.98, h * 0.1), corner(w * 1.15, h * 0.46), (w * 0.88, h * 0.54), corner(w * 0.96, h * 0.82),
            (w * 0.5, h * 0.86),
        ]  # fmt: skip
    if beast.muzzle == "long":
        cheek = [(w * 0.92, h * 0.3), (w * 0.62, h * 0.86)]
    right: list[Point] = [(w * 0.54, -h * 0.86), (w * 0.92, -h * 0.38), *cheek]
    left = [(-x, *rest) for x, *rest in reversed(right)]
    return [(0.0, -h), *right, (0.0, h), *left]


def draw_head(
    pen: Pen,
    beast: Beast,
    coat: AnimalCoat,
    turned: bool,
    expression: Expression,
    ear_drop_deg: float,
    mouth: str,
    eyes: str,
    eye_colour: str,
    gaze_y: float,
) -> None:
    """Draw a head with its face.

    Args:
        pen: In head units.
        beast: Whose head.
        coat: Its colours.
        turned: Whether it is seen three-quarter, looking right.
        expression: How the face is set.
        ear_drop_deg: How far the ears hang outwards.
        mouth: "half" or "open" for a speaking mouth.
        eyes: "closed" for a blink.
        eye_colour: Of the irises.
        gaze_y: How far the eyes look down.
    """
    face = face_layout(beast, turned)
    if "mane" in beast.marks and beast.muzzle == "bear":
        _draw_lion_mane(pen, beast, coat)
    if coat.marks & {"antlers", "horns"}:
        _draw_horns(pen, beast)
    if beast.ears != "floppy":
        _draw_ears(pen, beast, coat, turned, ear_drop_deg, is_behind=False)
    outline = smooth(face.outline)
    if beast.muzzle == "long":
        _draw_long_head(pen, beast, coat, face, outline)
    else:
        pen.cel(outline, coat.fur, reach=1.1)
        with pen.clip_to(outline):
            _draw_face_marks(pen, beast, coat, face)
        _draw_muzzle(pen, beast, coat, face)
    if beast.ears == "floppy":
        _draw_ears(pen, beast, coat, turned, ear_drop_deg, is_behind=False)
    draw_creature_eyes(pen, face, expression, eye_colour, coat.dark.line, eyes, gaze_y)
    line = coat.dark.line if luma(coat.fur.base) > 50 else mix(coat.fur.base, "#8a8494", 0.5)
    draw_muzzle_mouth(pen, face, expression, mouth, line)
    _draw_nose(pen, beast, face)
    if "whiskers" in beast.marks:
        _draw_whiskers(pen, beast, coat, face)
    if "mane" in beast.marks and beast.muzzle == "long":
        x = 2.0 if turned else 0.0
        h = beast.skull[1]
        lock = [
            corner(x - 16, -h - 6),
            corner(x + 14, -h - 4),
            (x + 12, -h * 0.5),
            corner(x + 4, -h * 0.1),
            (x - 8, -h * 0.5),
        ]
        pen.cel(smooth(lock), coat.mane, reach=0.5)
    if "unicorn" in beast.marks:
        _draw_single_horn(pen, beast, 6.0 if turned else 0.0)
    draw_creature_marks(pen, face, expression)


def draw_head_from_behind(pen: Pen, beast: Beast, coat: AnimalCoat, ear_drop_deg: float) -> None:
    """Draw a head seen from behind."""
    if "mane" in beast.marks and beast.muzzle == "bear":
        _draw_lion_mane(pen, beast, coat)
    if coat.marks & {"antlers", "horns"}:
        _draw_horns(pen, beast)
    pen.cel(smooth(_skull_points(beast, False)), coat.fur, reach=1.1)
    _draw_ears(pen, beast, coat, False, ear_drop_deg, is_behind=True)
    if "mane" in beast.marks and beast.muzzle == "long":
        h = beast.skull[1]
        crest = [corner(-10, -h - 4), corner(10, -h - 4), (12, h * 0.6), corner(2, h * 1.9), (-12, h * 0.6)]
        pen.cel(smooth(crest), coat.mane, reach=0.6)


def _draw_ears(pen: Pen, beast: Beast, coat: AnimalCoat, turned: bool, drop_deg: float, is_behind: bool) -> None:
    w, h = beast.skull
    for side in (-1, 1):
        x = side * w * (0.6 if not turned or side < 0 else 0.52) - (3 if turned else 0)
        root = (x, -h * 0.72)
        angle = side * drop_deg * (0.5 if beast.ears == "floppy" else 1.0)
        with pen.transform(f"rotate({angle:.1f} {root[0]:.1f} {root[1]:.1f})"):
            _draw_ear(pen, beast, coat, root, side, is_behind)


def _draw_ear(pen: Pen, beast: Beast, coat: AnimalCoat, root: tuple[float, float], side: int, is_behind: bool) -> None:
    (x, y), s = root, side
    inner = mix(coat.light.base, _PINK, 0.55)
    w, h = beast.skull
    if beast.ears in ("pointed", "large"):
        tall = 50.0 if beast.ears == "pointed" else 64.0
        ear = [
            corner(x - s * 22, y + 2),
            (x - s * 8, y - tall * 0.6),
            corner(x + s * 13, y - tall),
            (x + s * 25, y - tall * 0.3),
            corner(x + s * 23, y + 26),
        ]
        pen.cel(smooth(ear), coat.fur, reach=0.6)
        if "tail-tip" in beast.marks or is_behind:
            tip = [
                corner(x + s * 1, y - tall * 0.76),
                corner(x + s * 13, y - tall),
                corner(x + s * 19, y - tall * 0.66),
            ]
            pen.fill(smooth(tip), coat.dark.base if "tail-tip" in beast.marks else coat.fur.shade)
        if not is_behind:
            hollow = [
                corner(x - s * 11, y + 2),
                (x - s * 1, y - tall * 0.5),
                corner(x + s * 11, y - tall * 0.8),
                (x + s * 16, y - tall * 0.2),
                corner(x + s * 13, y + 14),
            ]
            pen.fill(smooth(hollow), inner)
    elif beast.ears == "round":
        size = 19.0 if beast.muzzle != "pointed" or "mask" in beast.marks else 27.0
        x, y = s * w * 0.74, -h * 0.72
        tone_of_ear = coat.dark if "mask" in beast.marks and beast.muzzle == "bear" else coat.fur
        pen.cel(ellipse(x, y, size, size), tone_of_ear, reach=0.6)
        if not is_behind:
            pen.fill(
                ellipse(x - s * 1, y + 2, size * 0.6, size * 0.62),
                inner if tone_of_ear is coat.fur else coat.dark.shade,
            )
    elif beast.ears == "tall":
        spine = [(x * 0.62, y - 2), (x * 0.72 + s * 3, y - 48), (x * 0.78 + s * 6, y - 100)]
        pen.cel(band(spine, [24, 31, 8], rounded=False), coat.fur, reach=0.6)
        if not is_behind:
            hollow = [(x * 0.64, y - 14), (x * 0.73 + s * 3, y - 50), (x * 0.78 + s * 5, y - 88)]
            pen.fill(band(hollow, [10, 17, 3]), inner)
    elif beast.ears == "floppy":
        x = s * w * 0.74
        ear = [
            corner(x - s * 12, y - 8),
            (x + s * 12, y - 6),
            (x + s * 24, y + 26),
            (x + s * 20, y + 58),
            (x + s * 7, y + 62),
            (x - s * 1, y + 30),
        ]
        ear_tone = coat.fur if "spots" not in coat.marks else coat.dark
        pen.cel(
            smooth(ear),
            Tone(ear_tone.shade, mix(ear_tone.shade, ear_tone.line, 0.35), ear_tone.base, ear_tone.line),
            reach=0.6,
        )
    elif beast.ears == "leaf":
        spine = [(x * 0.8, y + 4), (x * 0.92 + s * 2, y - 26), (x * 0.9 + s * 4, y - 52)]
        pen.cel(band(spine, [15, 22, 0]), coat.fur, reach=0.5)
        if not is_behind:
            hollow = [(x * 0.82, y - 6), (x * 0.92 + s * 2, y - 26), (x * 0.9 + s * 3, y - 42)]
            pen.fill(band(hollow, [5, 11, 0]), inner)
    else:
        x, y = s * w * 0.82, -h * 0.42
        spine = [(x - s * 4, y), (x + s * 22, y - 8), (x + s * 44, y + 6)]
        pen.cel(band(spine, [13, 24, 0]), coat.fur, reach=0.4)
        if not is_behind:
            hollow = [(x + s * 6, y), (x + s * 22, y - 5), (x + s * 36, y + 2)]
            pen.fill(band(hollow, [4, 12, 0]), inner)


def _draw_horns(pen: Pen, beast: Beast) -> None:
    w, h = beast.skull
    bone = tone("#d9cdb4")
    for s in (-1, 1):
        if "antlers" in beast.marks:
            wood = tone("#8a6a4a")
            stem = [(s * w * 0.4, -h * 0.8), (s * w * 0.9, -h - 28), (s * w * 1.5, -h - 54), (s * w * 1.3, -h - 84)]
            paths = [band(stem, [10, 9, 7, 2])]
            paths.append(band([(s * w * 0.8, -h - 22), (s * w * 0.7, -h - 48)], [7, 2]))
            paths.append(band([(s * w * 1.3, -h - 46), (s * w * 1.9, -h - 70)], [7, 2]))
            pen.union(paths, wood, reach=0.3)
        else:
            horn = [(s * w * 0.45, -h * 0.8), (s * w * 0.95, -h * 1.1), (s * w * 0.98, -h * 1.6)]
            pen.cel(band(horn, [15, 12, 0]), bone, reach=0.4)


def _draw_single_horn(pen: Pen, beast: Beast, x: float) -> None:
    h = beast.skull[1]
    horn = [(x, -h * 0.84), (x + 5, -h - 18), (x + 12, -h - 54)]
    pen.cel(band(horn, [15, 10, 0]), tone("#f4e3b0"), reach=0.3)
    for share in (0.25, 0.5, 0.75):
        y = -h * 0.9 - 50 * share
        pen.stroke(f"M{x - 4 + 9 * share:.1f},{y + 3:.1f}l{9 - 6 * share:.1f},-4", "#a88c4a", pen.line * 0.8)


def _draw_lion_mane(pen: Pen, beast: Beast, coat: AnimalCoat) -> None:
    w, h = beast.skull
    points: list[Point] = []
    for ring, (dx, dy) in enumerate(
        ((0, -1.42), (0.5, -1.2), (0.92, -1.2), (1.14, -0.74), (1.5, -0.5), (1.36, 0.0), (1.6, 0.4), (1.24, 0.66),
         (1.28, 1.16), (0.78, 1.16), (0.5, 1.6), (0.2, 1.36))
    ):  # fmt: skip
        x, y = dx * w, dy * h
        points.append(corner(x, y) if ring % 2 == 0 else (x, y))
    left: list[Point] = [(-x, *rest) for x, *rest in reversed(points[1:])]
    pen.cel(smooth([*points, corner(0, h * 1.5), *left]), coat.mane, reach=1.2)


def _draw_long_head(pen: Pen, beast: Beast, coat: AnimalCoat, face: FaceLayout, outline: str) -> None:
    """Draw the head of a hoofed animal: the skull runs into a long muzzle without a seam."""
    w, h = beast.skull
    nx, ny = face.nose
    start = (6.0 if face.turned else 0.0, h * 0.05)
    muzzle = band(
        [start, ((start[0] + nx) / 2 + 1, (start[1] + ny) / 2), (nx - 1, ny + 4)], [w * 1.36, w * 1.14, w * 0.92]
    )
    tip = ellipse(nx - 2, ny + 7, w * 0.5, 17)
    pen.union([outline, muzzle, tip], coat.fur, reach=1.1)
    with pen.clip_to(outline, muzzle, tip):
        if coat.marks & {"light-face", "fleece"}:
            pen.fill(ellipse(nx - 2, ny + 12, w * 0.8, 24), coat.light.base)
        if "spots" in coat.marks or ("horns" in beast.marks and "light-face" in beast.marks):
            blaze = [(start[0] - 6, -h), (start[0] + 8, -h), (nx * 0.6 + 6, ny), (nx * 0.6 - 8, ny)]
            pen.fill(polygon(blaze), coat.light.base)
        if "stripes" in coat.marks:
            for y in (-0.7, -0.4, 0.2, 0.5):
                pen.taper(
                    [(start[0] - w, y * h - 4), (start[0] - w * 0.4, y * h), (start[0], y * h - 3)], 6, coat.dark.base
                )
    if "fleece" in beast.marks:
        curls = [ellipse(x * w, -h * 0.9 + abs(x) * 8, 14, 13) for x in (-0.6, 0.0, 0.6)]
        pen.union(curls, coat.fur, reach=0.5)


def _draw_face_marks(pen: Pen, beast: Beast, coat: AnimalCoat, face: FaceLayout) -> None:
    w, h = beast.skull
    nx = face.nose[0]
    if "light-face" in beast.marks:
        low = [
            (nx - w * 0.12, h * 0.16), (nx + w * 0.12, h * 0.16), (nx + w * 0.5, h * 0.34), (w * 1.2, h * 0.5),
            (w * 0.8, h * 1.2), (-w * 0.8, h * 1.2), (-w * 1.2, h * 0.52), (nx - w * 0.55, h * 0.34),
        ]  # fmt: skip
        if "tufts" in beast.marks and beast.muzzle == "pointed":
            pen.fill(smooth(low), coat.light.base)
        else:
            pen.fill(ellipse(nx - 1, h * 0.74, w * 0.52, h * 0.44), coat.light.base)
    if "mask" in beast.marks:
        for eye in face.eyes:
            patch = ellipse(eye.x + eye.outer * 3, eye.y + 3, eye.half_width + 9, eye.half_height + 8)
            pen.fill(patch, coat.dark.base)
    if "stripes" in coat.marks:
        x = nx * 0.5
        for dx, tall in ((-13, 15), (0, 21), (13, 15)):
            pen.taper(
                [(x + dx * 0.9, -h * 1.02), (x + dx, -h * 0.8), (x + dx * 0.8, -h + tall * 1.5)], 6.5, coat.dark.base
            )
        for s in (-1, 1):
            for y in (0.2, 0.48):
                pen.taper(
                    [(s * w * 1.04, y * h), (s * w * 0.84, y * h + 3), (s * w * 0.66, y * h + 2)], 5.5, coat.dark.base
                )
    if "spots" in coat.marks:
        eye = face.eyes[1]
        pen.fill(ellipse(eye.x + 2, eye.y - 4, eye.half_width + 9, eye.half_height + 10), coat.dark.base)


def _draw_muzzle(pen: Pen, beast: Beast, coat: AnimalCoat, face: FaceLayout) -> None:
    """Draw the muzzle that stands out from the face."""
    h = beast.skull[1]
    (nx, ny), light = face.nose, coat.light if "light-face" in beast.marks else coat.fur
    if beast.muzzle == "dog":
        if face.turned:
            start = (face.eyes[1].x - 10, h * 0.3)
            path = band([start, (nx - 6, ny + 10)], [42, 34])
            pen.union([path, ellipse(nx - 7, ny + 10, 17, 17)], light, reach=0.6)
        else:
            pen.cel(ellipse(nx, ny + 9, 23, 19), light, reach=0.6)
    elif beast.muzzle == "pointed" and face.turned:
        start = (face.eyes[1].x - 14, h * 0.3)
        path = band([start, (nx - 5, ny + 5)], [40, 21])
        pen.union([path, ellipse(nx - 5, ny + 5, 10.5, 10.5)], light, pen.line * 0.9, reach=0.5)
        with pen.clip_to(ellipse(start[0] - 2, start[1], 17, 21)):
            pen.fill(ellipse(start[0] - 4, start[1], 13, 19), light.base)
    elif beast.muzzle == "bear":
        pen.cel(ellipse(nx, ny + 9, 22, 18), light, reach=0.6)
    elif beast.muzzle == "snout":
        pen.cel(ellipse(nx, ny + 3, 20, 15), tone(mix(coat.fur.base, _PINK, 0.45)), reach=0.5)


def _draw_nose(pen: Pen, beast: Beast, face: FaceLayout) -> None:
    x, y = face.nose
    if beast.muzzle == "snout":
        for side in (-1, 1):
            pen.fill(ellipse(x + side * 6.5, y + 3, 3.2, 5), "#5a2c36")
        return
    if beast.muzzle == "long":
        for side in (-1, 1):
            pen.fill(ellipse(x + side * 9 - 1, y + 1, 3.0, 4.4), "#2c2026")
        return
    wide, tall = {"short": (5.5, 4.2), "dog": (9.0, 7.0), "pointed": (6.5, 5.4), "bear": (9.5, 6.8)}[beast.muzzle]
    colour = "#d8707e" if beast.muzzle == "short" else "#2c2026"
    nose = [
        (x - wide, y - tall * 0.5),
        (x, y - tall * 0.8),
        (x + wide, y - tall * 0.5),
        (x + wide * 0.4, y + tall * 0.7),
        (x - wide * 0.4, y + tall * 0.7),
    ]
    pen.shape(smooth(nose), colour, "#2c1a20", pen.line * 0.8)
    pen.fill(ellipse(x - wide * 0.3, y - tall * 0.4, wide * 0.3, tall * 0.2), "#ffffff", 0.75)


def _draw_whiskers(pen: Pen, beast: Beast, coat: AnimalCoat, face: FaceLayout) -> None:
    (x, y), w = face.nose, beast.skull[0]
    colour = mix(coat.fur.line, "#ffffff", 0.1) if luma(coat.fur.base) > 60 else "#d8d4e0"
    for side in (-1, 1):
        reach = w * (0.86 if not face.turned or side < 0 else 0.6)
        for rise in (-4.0, 2.5, 9.0):
            start = (x + side * 15, y + 6 + rise * 0.3)
            pen.taper(
                [start, (x + side * reach, y + 4 + rise), (x + side * (reach + 16), y + 5 + rise * 1.7)],
                pen.line * 0.9,
                colour,
                0.85,
            )
