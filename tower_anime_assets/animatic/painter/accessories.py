"""What a figure wears or uses besides its clothes: tie, scarf, cape, wings, things on the head. In figure units."""

from __future__ import annotations

from collections.abc import Callable

from tower_anime_assets.animatic.painter.body import Skeleton
from tower_anime_assets.animatic.painter.colour import INK, mix, tone
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.vector import Pen, band, box, corner, ellipse, polygon, smooth


def draw_keyboard(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw the floating keys under hands that type."""
    left, right, y = body.near.wrist[0] - 14, body.far.wrist[0] + 46, max(body.near.wrist[1], body.far.wrist[1]) + 16
    if body.view == "front":
        left, right = -84.0, 84.0
    glow = mix(look.accent.base, "#ffffff", 0.2)
    sheet = polygon([(left + 10, y - 12), (right - 6, y - 12), (right + 10, y + 22), (left - 8, y + 22)])
    pen.fill(sheet, glow, 0.34)
    pen.glow_line(sheet, glow, 1.6)
    keys = 8
    for row in range(3):
        for index in range(keys):
            x = left + 10 + (right - left - 22) * index / keys - row * 4
            pen.fill(box(x, y - 8 + row * 10, (right - left) / keys * 0.66, 6), "#ffffff", 0.75)


def draw_cape(pen: Pen, look: Look, body: Skeleton, behind: bool) -> None:
    """Draw a cape: hanging behind the body, or over the back of one seen from behind."""
    s = body.half_shoulder
    if behind:
        left = [corner(-s * 0.7, 128), (-s - 14, 200), (-s - 40, 400), corner(-s - 58, 560)]
        right = [corner(s + 48, 556), (s + 34, 400), (s + 8, 200), corner(s * 0.6, 128)]
        path = smooth([*left, (0, 580), *right])
    else:
        left = [corner(-s * 0.6, 120), (-s - 8, 160), (-s - 24, 380), corner(-s - 40, 560)]
        right = [corner(s + 40, 560), (s + 24, 380), (s + 8, 160), corner(s * 0.6, 120)]
        path = smooth([*left, (0, 580), *right, (0, 132)])
    pen.cel(path, look.accent, reach=3)
    for x in (-0.5, 0.1, 0.6):
        pen.taper([(x * s, 180), (x * s * 1.5, 380), (x * s * 1.9, 556)], pen.line * 1.6, look.accent.line, 0.6)


def draw_wings(pen: Pen) -> None:
    """Draw wings behind the body."""
    for side in (-1, 1):
        feathers = [
            corner(20, 160), (90, 70), corner(190, 40), (170, 120), corner(196, 170),
            (150, 190), corner(160, 250), (110, 236), corner(100, 300), (60, 240),
        ]  # fmt: skip
        pen.cel(smooth([(x * side, *rest) for x, *rest in feathers]), tone("#f2f2fa"), reach=1.5)


def draw_tie(pen: Pen, look: Look, body: Skeleton, top: float, low: float) -> None:
    """Draw a tie from its knot to its tip, and the points of the collar over it."""
    c1, c2 = body.centre(top), body.centre(low)
    tips = [corner(c2 - 10, low - 14), corner(c2, low), corner(c2 + 10, low - 14)]
    pen.cel(smooth([corner(c1 - 5, top + 8), *tips, corner(c1 + 5, top + 8)]), look.accent, reach=0.6)
    knot = polygon([(c1 - 8, top - 5), (c1 + 8, top - 5), (c1 + 5, top + 10), (c1 - 5, top + 10)])
    pen.cel(knot, look.accent, reach=0.3)
    for side in (-1, 1):
        point = polygon([(c1 + side * 2, top - 6), (c1 + side * 21, top - 18), (c1 + side * 17, top + 12)])
        pen.shape(point, look.inner.base, look.inner.line, pen.line * 0.8)


def draw_necklace(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw a chain with a pendant."""
    c, x, half = body.centre(140), -2.0 if body.view == "turned" else 0.0, body.neck_width / 2
    pen.stroke(f"M{x - half - 4:.1f},116Q{c:.1f},178 {x + half + 4:.1f},116", look.accent.light, pen.line * 1.5)
    pen.shape(ellipse(c, 150, 6, 7.5), look.accent.base, look.accent.line)


def draw_scarf(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw a scarf: its hanging end, then the loop around the neck."""
    c = body.centre(120)
    x = -3.0 if body.view == "turned" else 0.0
    end = [
        corner(c - 38, 150), (c - 34, 168), (c - 40, 230), corner(c - 44, 268),
        corner(c - 14, 270), (c - 14, 220), corner(c - 12, 160),
    ]  # fmt: skip
    pen.cel(smooth(end), look.accent)
    upper = [(x - 30, 104), (x, 116), (x + 30, 104), (x + 38, 122)]
    lower = [(c + 28, 142), (c, 150), (c - 30, 144), (x - 39, 124)]
    pen.cel(smooth([*upper, *lower]), look.accent, reach=0.7)
    pen.taper([(x - 28, 120), (c, 134), (x + 28, 118)], pen.line * 1.3, look.accent.line, 0.7)


def draw_head_gear(pen: Pen, look: Look, turned: bool, behind: bool) -> None:
    """Draw what is worn on the head, in head units, on one that is seen `turned` or from `behind`."""
    for mark, draw in _HEAD_GEAR.items():
        if mark in look.marks:
            draw(pen, look, turned, behind)


def _shift(turned: bool) -> float:
    """Return x of the middle of the skull."""
    return -4.0 if turned else 0.0


def _draw_cat_ears(pen: Pen, look: Look, turned: bool, behind: bool) -> None:
    for side in (-1, 1):
        x = _shift(turned) + side * (30 if not turned or side < 0 else 24)
        tip = [(x - 6 + side * 6, -68), corner(x + side * 10, -88), (x + 8 + side * 4, -66)]
        pen.cel(smooth([corner(x - 15, -46), *tip, corner(x + 15, -44)]), look.hair, reach=0.6)
        if not behind:
            pen.fill(smooth([corner(x - 6, -52), corner(x + side * 7, -78), corner(x + 8, -50)]), "#f2a3b3")


def _draw_horns(pen: Pen, look: Look, turned: bool, behind: bool) -> None:
    for side in (-1, 1):
        x = _shift(turned) + side * 27
        horn = band([(x, -48), (x + side * 12, -66), (x + side * 8, -88)], [15, 11, 0])
        pen.cel(horn, tone("#d9cdb8"), reach=0.5)


def _draw_headphones(pen: Pen, look: Look, turned: bool, behind: bool) -> None:
    x = _shift(turned)
    bow = smooth([(x - 46, -2), (x - 44, -46), (x, -69), (x + 42, -46), (x + 44, -2)], closed=False)
    pen.stroke(bow, look.accent.line, 8)
    pen.stroke(bow, look.accent.base, 5)
    for ear in (-45,) if turned else (-45, 43):
        pen.cel(ellipse(ear + x, 6, 10, 16), look.accent, reach=0.6)
        pen.fill(ellipse(ear + x, 6, 4.5, 8), "#ffffff", 0.7)


def _draw_hat(pen: Pen, look: Look, turned: bool, behind: bool) -> None:
    x = _shift(turned)
    crown = [corner(-46 + x, -26), (-42 + x, -58), (x, -76), (40 + x, -58), corner(44 + x, -26), (x, -36)]
    pen.cel(smooth(crown), look.accent, reach=0.9)
    if not behind:
        x = 12.0 if turned else 0.0
        peak = [corner(x - 38, -30), (x, -42), corner(x + 40, -30), (x + 26, -22), (x - 18, -22)]
        pen.cel(smooth(peak), tone(look.accent.shade), reach=0.4)


def _draw_ribbon(pen: Pen, look: Look, turned: bool, behind: bool) -> None:
    x, y = _shift(turned) - 32, -50.0
    for side in (-1, 1):
        loop = [corner(x, y), (x + side * 16, y - 14), (x + side * 20, y + 8), corner(x, y)]
        pen.cel(smooth(loop), look.accent, reach=0.4)
    pen.shape(ellipse(x, y, 4, 4.5), look.accent.light, look.accent.line)


def _draw_goggle_strap(pen: Pen, look: Look, turned: bool, behind: bool) -> None:
    if behind:  # from any other side the goggles are part of the face
        pen.fill(band([(-42, -10), (0, -2), (42, -10)], [8, 8, 8]), INK)


def _draw_halo(pen: Pen, look: Look, turned: bool, behind: bool) -> None:
    pen.glow_line(ellipse(_shift(turned), -82, 30, 8), "#ffe88a", 3)


_HEAD_GEAR: dict[str, Callable[[Pen, Look, bool, bool], None]] = {
    "cat-ears": _draw_cat_ears,
    "horns": _draw_horns,
    "headphones": _draw_headphones,
    "hat": _draw_hat,
    "ribbon": _draw_ribbon,
    "goggles": _draw_goggle_strap,
    "halo": _draw_halo,
}
"""By mark, in drawing order."""
