"""Hair: what hangs behind the body, what covers the skull, what falls over the face. In head units, see `faces`.

Every style is a silhouette with pointed locks, shaded in two tones, with a band of shine and a few strand lines.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tower_anime_assets.animatic.painter.colour import Tone, luma, mix
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.vector import Pen, Point, corner, ellipse, smooth

_CROWN_FRONT: tuple[Point, ...] = (
    (-42, 4), (-46, -16), (-42, -40), (-25, -58), (0, -64), (25, -58), (42, -40), (46, -16), (42, 4),
)  # fmt: skip
_CROWN_TURNED: tuple[Point, ...] = (
    (-45, 8), (-51, -14), (-48, -38), (-31, -58), (-2, -65), (24, -58), (39, -40), (42.5, -18), (38, 0),
)  # fmt: skip


@dataclass(frozen=True)
class Fringe:
    """The locks over the forehead, from the right end of the crown to the left: tips and valleys in turn.

    Attributes:
        front: Seen from the front.
        turned: Seen three-quarter, looking right.
    """

    front: tuple[tuple[float, float], ...]
    turned: tuple[tuple[float, float], ...]


_SWEPT = Fringe(
    (
        (39, 22), (33, -14), (26, 2), (20, -19), (11, 3), (3, -20), (-7, 0), (-14, -19), (-24, 3), (-31, -14),
        (-39, 22),
    ),
    (
        (36, 14), (31, -16), (25, 0), (19, -20), (10, 4), (1, -20), (-8, 1), (-15, -18), (-23, 4), (-29, -12),
        (-33, 28), (-39, 0), (-44, 24),
    ),
)  # fmt: skip
_STRAIGHT = Fringe(
    (
        (41, 30), (35, -8), (29, -3), (26, -9), (17, -2), (13, -9), (3, -2), (-2, -9), (-11, -2), (-16, -9),
        (-26, -3), (-35, -8), (-41, 30),
    ),
    (
        (37, 22), (33, -10), (28, -3), (23, -10), (15, -2), (10, -10), (1, -2), (-4, -10), (-14, -2), (-20, -9),
        (-27, -1), (-31, -8), (-35, 34), (-40, 6), (-46, 30),
    ),
)  # fmt: skip
_PARTED = Fringe(
    (
        (42, 34), (34, -4), (30, 6), (25, -14), (5, -40), (-2, -30), (-17, -8), (-24, -2), (-30, -10), (-34, 4),
        (-42, 34),
    ),
    (
        (38, 26), (33, -8), (29, 2), (26, -16), (13, -41), (4, -30), (-9, -10), (-17, -3), (-24, -10), (-29, 6),
        (-34, 38), (-39, 8), (-46, 34),
    ),
)  # fmt: skip
_SPIKES = Fringe(
    (
        (41, 12), (34, -16), (31, -2), (22, -22), (17, 1), (7, -20), (-3, 5), (-11, -21), (-21, 0), (-28, -18),
        (-34, 2), (-34, -12), (-42, 14),
    ),
    (
        (38, 8), (32, -18), (29, -3), (21, -22), (15, 3), (5, -21), (-5, 4), (-13, -20), (-22, 3), (-29, -14),
        (-34, 18), (-39, -2), (-47, 18),
    ),
)  # fmt: skip
_BACK = Fringe(
    (
        (39, 14), (35, -10), (31, -27), (20, -37), (8, -38), (0, -32), (-9, -38), (-20, -37), (-31, -27),
        (-35, -10), (-39, 14),
    ),
    (
        (35, 2), (33, -20), (27, -34), (19, -39), (11, -33), (2, -40), (-13, -37), (-23, -26), (-28, -8), (-30, 16),
        (-36, 10), (-45, 20),
    ),
)  # fmt: skip

_FRINGES = {
    "short": _SWEPT,
    "long": _PARTED,
    "ponytail": _SWEPT,
    "bob": _STRAIGHT,
    "spiky": _SPIKES,
    "bun": _PARTED,
    "braids": _STRAIGHT,
    "slicked": _BACK,
}

_NAPE_LENGTHS = {"ponytail": 22.0, "bun": 18.0, "braids": 24.0, "slicked": 22.0}
_LONG = 190.0
"""How far long hair hangs down, head units."""


def _fringe_tips(look: Look, turned: bool) -> tuple[tuple[float, float], ...]:
    fringe = _FRINGES.get(look.hair_style, _SWEPT)
    return fringe.turned if turned else fringe.front


def fringe_path(look: Look, turned: bool, sway: float = 0.0) -> str:
    """Return the hair over the skull and forehead as one closed path; "" for a bald head.

    Args:
        look: Whose hair.
        turned: Whether the head is seen three-quarter.
        sway: How far the tips lean, head units.
    """
    if not look.has_hair:
        return ""
    crown = _CROWN_TURNED if turned else _CROWN_FRONT
    is_slicked = look.hair_style == "slicked"
    if look.hair_style == "spiky":
        outer = _spiky_crown(crown, sway)
    elif is_slicked:
        outer = smooth([(x * 0.98, y * 1.02) for x, y, *_ in crown], closed=False)
    else:
        outer = smooth(crown, closed=False)
    parts = [outer]
    at_x, at_y = crown[-1][:2]
    for index, (x, y) in enumerate(_fringe_tips(look, turned)):
        is_tip = index % 2 == 0
        to_x = x + (sway if is_tip else sway * 0.2)
        # a lock bulges outwards on its way to the tip and is hollow on the way back
        bend_x, bend_y = (3.0, 2.5) if is_tip else (-1.5, 1.5)
        if is_slicked:
            bend_x, bend_y = 0.0, -1.5
        parts.append(f"Q{(at_x + to_x) / 2 + bend_x:.1f},{(at_y + y) / 2 + bend_y:.1f} {to_x:.1f},{y:.1f}")
        at_x, at_y = to_x, y
    x, y = crown[0][:2]
    return "".join(parts) + f"Q{(at_x + x) / 2 - 2:.1f},{(at_y + y) / 2:.1f} {x:.1f},{y:.1f}Z"


def _spiky_crown(crown: tuple[Point, ...], sway: float) -> str:
    """Return a crown whose outline breaks into blades that sweep back and up."""
    parts = [f"M{crown[0][0]:.1f},{crown[0][1]:.1f}"]
    for a, b, reach in zip(crown, crown[1:], (11, 17, 15, 20, 16, 19, 13, 10), strict=False):
        x, y = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
        away = math.hypot(x, y + 8) or 1.0
        tip_x, tip_y = x + x / away * reach - 5 + sway * 0.5, y + (y + 8) / away * reach - 4
        in_x, in_y = b[0] * 0.93, b[1] * 0.93
        parts.append(f"Q{a[0] * 1.06:.1f},{a[1] * 1.08:.1f} {tip_x:.1f},{tip_y:.1f}")
        parts.append(f"Q{(tip_x + in_x) / 2 + 2:.1f},{(tip_y + in_y) / 2 + 4:.1f} {in_x:.1f},{in_y:.1f}")
    parts.append(f"L{crown[-1][0]:.1f},{crown[-1][1]:.1f}")
    return "".join(parts)


def _shine_colour(hair: Tone) -> str:
    """Return the colour of the light on hair; dark hair shines blue."""
    if luma(hair.base) < 80:
        return mix(hair.base, "#7f93e6", 0.42)
    return mix(hair.base, "#ffffff", 0.6)


def _shaded(hair: Tone, share: float) -> Tone:
    """Return the tones of hair in the shadow of the head."""
    return Tone(hair.shade, mix(hair.shade, hair.line, share), "", hair.line)


def draw_back_hair(pen: Pen, look: Look, turned: bool, sway: float = 0.0) -> None:
    """Draw what hangs behind neck and body."""
    if not look.has_hair:
        return
    shift = -4.0 if turned else 0.0
    if look.hair_style == "long":
        _draw_long_back(pen, look, shift, sway)
        return
    if look.hair_style == "ponytail":
        _draw_ponytail(pen, look, turned, sway)
    if look.hair_style == "bun":
        _draw_bun(pen, look, turned)
    length = _NAPE_LENGTHS.get(look.hair_style, 26.0)
    if look.hair_style == "bob":
        nape = [
            (-46 + shift, -24), (-53 + shift, 10), (-54 + shift, 36), (-44 + shift, 52), corner(-26 + shift, 50),
            (0, 44), corner(25 + shift * 1.5, 49), (42 + shift * 2, 50), (50 + shift * 2, 34), (49 + shift * 2, 8),
            (43 + shift, -24), (0, -50),
        ]  # fmt: skip
    else:
        nape = [
            (-44 + shift, -20), (-47 + shift * 1.2, 8), corner(-42 + shift * 1.3, length + 2),
            (-32 + shift, length - 8), corner(-25 + shift, length + 12), (-14, length - 4), (14, length - 4),
            corner(23 + shift, length + 10), (31 + shift, length - 8), corner(39 + shift, length),
            (44 + shift * 1.5, 8), (42 + shift, -20), (0, -50),
        ]  # fmt: skip
    pen.cel(smooth(nape), _shaded(look.hair, 0.3), reach=0.6)


def _draw_long_back(pen: Pen, look: Look, shift: float, sway: float) -> None:
    left, right, low = -50.0 + shift, 46.0 + shift * 1.5, _LONG
    tips = [
        corner(left - 13 + sway, low - 6), (left + 10 + sway, low - 22), corner(left + 16 + sway, low + 6),
        (shift - 16 + sway, low - 14), corner(shift - 8 + sway, low + 12), (shift + 12 + sway, low - 16),
        corner(right - 16 + sway, low + 4), (right - 8 + sway, low - 24), corner(right + 12 + sway, low - 10),
    ]  # fmt: skip
    left_edge = [(left + 2, -20), (left - 6, 30), (left - 9, 90), (left - 6 + sway, 150)]
    right_edge = [(right + 6 + sway, 150), (right + 8, 90), (right + 5, 30), (right - 1, -20)]
    pen.cel(smooth([*left_edge, *tips, *right_edge, (0, -58)]), _shaded(look.hair, 0.35))
    for x, y in ((left + 8, 130), (left + 20, 165), (right - 8, 140)):
        pen.taper([(x, 10), (x - 2, 70), (x + sway, y)], pen.line * 1.3, look.hair.line, 0.5)


def _draw_bun(pen: Pen, look: Look, turned: bool) -> None:
    x, y = (-30.0, -56.0) if turned else (0.0, -66.0)
    pen.cel(ellipse(x, y, 22, 19), look.hair, reach=0.7)
    pen.taper([(x - 14, y + 4), (x, y - 8), (x + 13, y + 2)], pen.line * 1.4, look.hair.line, 0.6)
    pen.taper([(x - 9, y + 9), (x + 2, y + 1), (x + 14, y + 8)], pen.line * 1.2, look.hair.line, 0.5)
    pen.fill(ellipse(x - 6, y - 9, 8, 3), _shine_colour(look.hair), 0.7)


def _draw_ponytail(pen: Pen, look: Look, turned: bool, sway: float) -> None:
    x, y = (-36.0, -44.0) if turned else (24.0, -56.0)
    out = -1.0 if turned else 1.0
    tail = [
        (x, y), (x + out * 22, y - 10), (x + out * 40 + sway, y + 22), (x + out * 42 + sway * 1.5, y + 75),
        corner(x + out * 30 + sway * 2, y + 150), (x + out * 26 + sway, y + 118),
        corner(x + out * 12 + sway * 1.5, y + 136), (x + out * 18 + sway, y + 84), (x + out * 12, y + 36),
        (x - out * 2, y + 14),
    ]  # fmt: skip
    pen.cel(smooth(tail), look.hair)
    strand = [(x + out * 10, y + 2), (x + out * 28, y + 34), (x + out * 30 + sway, y + 105)]
    pen.taper(strand, pen.line * 1.4, look.hair.line, 0.6)
    shine = [(x + out * 20, y + 0), (x + out * 33, y + 26), (x + out * 36, y + 56)]
    pen.taper(shine, 4.0, _shine_colour(look.hair), 0.7)
    pen.shape(ellipse(x + out * 2, y + 4, 7, 8), look.accent.base, look.accent.line)


def draw_front_hair(pen: Pen, look: Look, turned: bool, sway: float = 0.0) -> None:
    """Draw what covers the skull and falls over the face, with its shine and strands."""
    if not look.has_hair:
        pen.fill(ellipse(-8 if turned else -10, -38, 11, 5), look.skin.light, 0.8)
        return
    path, hair = fringe_path(look, turned, sway), look.hair
    pen.fill(path, hair.base)
    with pen.clip_to(path):
        _draw_hair_shades(pen, look, turned)
    pen.stroke(path, hair.line, pen.line * 1.1)
    if look.hair_style == "slicked":
        for at in (-26, -14, -2, 11, 24):
            low, middle = (at, -37 + abs(at) * 0.28), (at * 0.98 - 3, -48 + abs(at) * 0.2)
            pen.taper([low, middle, (at * 0.8 - 6, -58 + abs(at) * 0.16)], pen.line * 1.2, hair.line, 0.7)
    else:
        # a strand line runs up from every valley: it is what makes locks out of a cap
        top = 2.0 if turned else 0.0
        for x, y in _fringe_tips(look, turned)[1::2]:
            strand = [(x, y), (x + (top - x) * 0.16, y - 9), (x + (top - x) * 0.42, y - 20)]
            pen.taper(strand, pen.line * 1.2, hair.line, 0.75)
    if look.hair_style == "long":
        _draw_side_locks(pen, look, turned, sway)
    if look.hair_style == "braids":
        _draw_braids(pen, look, turned, sway)


def _draw_hair_shades(pen: Pen, look: Look, turned: bool) -> None:
    away = 1 if pen.shift[0] < 0 else -1
    far_side = [corner(away * 20, -70), (away * 31, -46), (away * 35, -20)]
    far_side += [corner(away * 32, 40), corner(away * 70, 40), corner(away * 70, -70)]
    pen.fill(smooth(far_side), look.hair.shade)
    if look.hair_style != "slicked":
        tips = _fringe_tips(look, turned)
        for (x, y), (tip_x, tip_y) in zip(tips[1:-1:2], tips[2::2], strict=True):
            inner = ((x + tip_x) / 2 - 0.5, (y + tip_y) / 2 - 4)
            lock = smooth([corner(x, y - 13), (x - 1.5, y), corner(tip_x, tip_y + 1), inner])
            pen.fill(lock, look.hair.shade)
    _draw_shine(pen, look, turned)


def _draw_shine(pen: Pen, look: Look, turned: bool) -> None:
    """Draw the broken ring of light around the crown."""
    middle = -4.0 if turned else 0.0
    steps = 9
    lower: list[Point] = []
    upper: list[Point] = []
    for index in range(steps + 1):
        x = -31 + 62 * index / steps
        y = (-50 if look.hair_style == "slicked" else -37) + (x / 31) ** 2 * 9
        lower.append(corner(x + middle, y + (4.4 if index % 2 else 0.8)))
        upper.append(corner(x + middle + 1.5, y - 3.2 - (2.6 if index % 2 == 0 else 0)))
    opacity = 0.85 if luma(look.hair.base) > 60 else 0.75
    pen.fill(smooth([*upper, *reversed(lower)]), _shine_colour(look.hair), opacity)


def _draw_braids(pen: Pen, look: Look, turned: bool, sway: float) -> None:
    """Draw the braids that fall in front of the shoulders."""
    for side, x in ((-1, -41.0), (1, 37.0 if turned else 41.0)):
        y = 26.0
        for step in range(6):
            knot_x = x + side * (2 + step * 0.6) + (1.6 if step % 2 else -1.6)
            pen.cel(ellipse(knot_x, y, 10.5 - step * 0.7, 9.5), look.hair, pen.line, 0.4)
            y += 14.5
        end = x + side * 5
        pen.shape(ellipse(end, y - 3, 7, 4.5), look.accent.base, look.accent.line)
        tip = [(end - 8, y + 12), corner(end + sway, y + 24), (end + 8, y + 12)]
        tuft = [corner(end - 5, y), *tip, corner(end + 5, y)]
        pen.cel(smooth(tuft), look.hair, reach=0.3)


def _draw_side_locks(pen: Pen, look: Look, turned: bool, sway: float) -> None:
    """Draw the locks that fall in front of the shoulders."""
    for side, x in ((-1, -40.0), (1, 34.0 if turned else 40.0)):
        lock = [
            corner(x + side * 4, -14), (x + side * 8, 20), (x + side * 9, 60), (x + side * 5 + sway, 92),
            corner(x - side * 2 + sway, 120), (x - side * 3 + sway, 84), corner(x - side * 7 + sway, 100),
            (x - side * 4, 56), (x - side * 2.5, 22), corner(x - side * 3, 4),
        ]  # fmt: skip
        pen.cel(smooth(lock), look.hair, reach=0.6)
        pen.taper([(x + side * 3, 8), (x + side * 3.5, 50), (x + sway, 88)], pen.line * 1.1, look.hair.line, 0.6)


def draw_head_from_behind(pen: Pen, look: Look, sway: float = 0.0) -> None:
    """Draw the whole head as seen from behind."""
    for side in (-1, 1):
        x = 37.0 * side
        pen.cel(smooth([(x, -4), (x + 6 * side, -3), (x + 7 * side, 6), (x, 17)]), look.skin, reach=0.4)
    if not look.has_hair:
        skull = [(-38, -10), (-34, 22), (-22, 42), (22, 42), (34, 22), (38, -10), (28, -42), (0, -52), (-28, -42)]
        pen.cel(smooth(skull), look.skin)
        return
    style, hair = look.hair_style, look.hair
    length = {"long": _LONG, "bob": 50.0, "slicked": 30.0}.get(style, 44.0)
    low = _back_tips(length, sway if style == "long" else None)
    if style == "spiky":
        nape = smooth([_CROWN_FRONT[-1], *low, _CROWN_FRONT[0]], closed=False)
        path = _spiky_crown(_CROWN_FRONT, sway) + nape.replace("M", "L", 1) + "Z"
    else:
        path = smooth([*_CROWN_FRONT, *low])
    pen.cel(path, hair)
    with pen.clip_to(path):
        _draw_shine(pen, look, turned=False)
    for x in (-30, -17, -5, 8, 20, 31):
        pen.taper([(x * 0.55, -40), (x, -8), (x * 1.06, min(length - 8, 110))], pen.line * 1.3, hair.line, 0.6)
    if style == "ponytail":
        pen.shape(ellipse(0, -34, 9, 7), look.accent.base, look.accent.line)
        tail = [(-6, -32), (-20, 10), (-18, 70), corner(-4 + sway, 128), (2, 96), corner(14 + sway, 112)]
        pen.cel(smooth([*tail, (20, 60), (18, 8), (6, -32)]), hair)
    if style == "bun":
        pen.cel(ellipse(0, -50, 24, 20), hair, reach=0.7)
        pen.taper([(-14, -46), (0, -58), (14, -48)], pen.line * 1.4, hair.line, 0.6)
    if style == "braids":
        _draw_braids(pen, look, False, sway)


def _back_tips(length: float, long_sway: float | None) -> list[Point]:
    """Return the lower edge of hair seen from behind, from right to left; long hair is wider and sways."""
    tips: list[Point] = [
        corner(38, length - 6), (30, length - 14), corner(24, length + 8), (12, length - 10), corner(3, length + 10),
        (-9, length - 12), corner(-20, length + 8), (-30, length - 14), corner(-39, length - 6),
    ]  # fmt: skip
    if long_sway is None:
        return [(44, 20), *tips, (-44, 20)]
    swaying = [(x * 1.06 + long_sway, *rest) for x, *rest in tips]
    return [(43, 26), (40, 64), (44, 118), *swaying, (-44, 118), (-40, 64), (-43, 26)]
