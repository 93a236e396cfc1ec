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
    (-42, 4),
    (-46, -16),
    (-42, -40),
    (-25, -58),
    (0, -64),
    (25, -58),
    (42, -40),
    (46, -16),
    (42, 4),
)
_CROWN_TURNED: tuple[Point, ...] = (
    (-45, 8),
    (-51, -14),
    (-48, -38),
    (-31, -58),
    (-2, -65),
    (24, -58),
    (39, -40),
    (42.5, -18),
    (38, 0),
)


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
    ((39, 22), (33, -14), (26, 2), (20, -19), (11, 3), (3, -20), (-7, 0), (-14, -19), (-24, 3), (-31, -14), (-39, 22)),
    (
        (36, 14),
        (31, -16),
        (25, 0),
        (19, -20),
        (10, 4),
        (1, -20),
        (-8, 1),
        (-15, -18),
        (-23, 4),
        (-29, -12),
        (-33, 28),
        (-39, 0),
        (-44, 24),
    ),
)
_STRAIGHT = Fringe(
    (
        (41, 30),
        (35, -8),
        (29, -3),
        (26, -9),
        (17, -2),
        (13, -9),
        (3, -2),
        (-2, -9),
        (-11, -2),
        (-16, -9),
        (-26, -3),
        (-35, -8),
        (-41, 30),
    ),
    (
        (37, 22),
        (33, -10),
        (28, -3),
        (23, -10),
        (15, -2),
        (10, -10),
        (1, -2),
        (-4, -10),
        (-14, -2),
        (-20, -9),
        (-27, -1),
        (-31, -8),
        (-35, 34),
        (-40, 6),
        (-46, 30),
    ),
)
_PARTED = Fringe(
    (
        (42, 34),
        (34, -4),
        (30, 6),
        (25, -14),
        (5, -40),
        (-2, -30),
        (-17, -8),
        (-24, -2),
        (-30, -10),
        (-34, 4),
        (-42, 34),
    ),
    (
        (38, 26),
        (33, -8),
        (29, 2),
        (26, -16),
        (13, -41),
        (4, -30),
        (-9, -10),
        (-17, -3),
        (-24, -10),
        (-29, 6),
        (-34, 38),
        (-39, 8),
        (-46, 34),
    ),
)
_SPIKES = Fringe(
    (
        (41, 12),
        (34, -16),
        (31, -2),
        (22, -22),
        (17, 1),
        (7, -20),
        (-3, 5),
        (-11, -21),
        (-21, 0),
        (-28, -18),
        (-34, 2),
        (-34, -12),
        (-42, 14),
    ),
    (
        (38, 8),
        (32, -18),
        (29, -3),
        (21, -22),
        (15, 3),
        (5, -21),
        (-5, 4),
        (-13, -20),
        (-22, 3),
        (-29, -14),
        (-34, 18),
        (-39, -2),
        (-47, 18),
    ),
)
_BACK = Fringe(
    (
        (39, 14),
        (35, -10),
        (31, -27),
        (20, -37),
        (8, -38),
        (0, -32),
        (-9, -38),
        (-20, -37),
        (-31, -27),
        (-35, -10),
        (-39, 14),
    ),
    (
        (35, 2),
        (33, -20),
        (27, -34),
        (19, -39),
        (11, -33),
        (2, -40),
        (-13, -37),
        (-23, -26),
        (-28, -8),
        (-30, 16),
        (-36, 10),
        (-45, 20),
    ),
)

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

_LENGTHS = {
    "long": 190.0,
    "bob": 44.0,
    "short": 26.0,
    "spiky": 26.0,
    "ponytail": 22.0,
    "bun": 18.0,
    "braids": 24.0,
    "slicked": 22.0,
}


def has_hair(look: Look) -> bool:
    """Return whether there is hair at all."""
    return look.hair_style != "bald"


def fringe_path(look: Look, turned: bool, sway: float = 0.0) -> str:
    """Return the hair that lies over the skull and forehead, as one closed path; "" for a bald head.

    Args:
        look: Whose hair.
        turned: Whether the head is seen three-quarter.
        sway: How far the tips lean, head units.
    """
    if not has_hair(look):
        return ""
    fringe = _FRINGES.get(look.hair_style, _SWEPT)
    tips = fringe.turned if turned else fringe.front
    crown = _CROWN_TURNED if turned else _CROWN_FRONT
    if look.hair_style == "spiky":
        outer = _spiked(crown, sway)
    elif look.hair_style == "slicked":
        outer = smooth([(x * 0.98, y * 1.02) for x, y, *_ in crown], closed=False)
    else:
        outer = smooth(crown, closed=False)
    parts = [outer]
    at: tuple[float, float] = (crown[-1][0], crown[-1][1])
    for index, (x, y) in enumerate(tips):
        is_tip = index % 2 == 0
        lean = sway if is_tip else sway * 0.2
        to = (x + lean, y)
        # a lock bulges outwards on its way to the tip and is hollow on the way back
        bend = 3.0 if is_tip else -1.5
        middle = ((at[0] + to[0]) / 2 + bend, (at[1] + to[1]) / 2 + (2.5 if is_tip else 1.5))
        if look.hair_style == "slicked":
            middle = ((at[0] + to[0]) / 2, (at[1] + to[1]) / 2 - 1.5)
        parts.append(f"Q{middle[0]:.1f},{middle[1]:.1f} {to[0]:.1f},{to[1]:.1f}")
        at = to
    start = crown[0]
    parts.append(f"Q{(at[0] + start[0]) / 2 - 2:.1f},{(at[1] + start[1]) / 2:.1f} {start[0]:.1f},{start[1]:.1f}Z")
    return "".join(parts)


def _spiked(crown: tuple[Point, ...], sway: float) -> str:
    """Return a crown whose outline breaks into blades that sweep back and up."""
    parts = [f"M{crown[0][0]:.1f},{crown[0][1]:.1f}"]
    lengths = (11, 17, 15, 20, 16, 19, 13, 10)
    for index in range(len(crown) - 1):
        a, b = crown[index], crown[index + 1]
        middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
        away = math.hypot(middle[0], middle[1] + 8) or 1.0
        reach = lengths[index % len(lengths)]
        tip = (
            middle[0] + middle[0] / away * reach - 5 + sway * 0.5,
            middle[1] + (middle[1] + 8) / away * reach - 4,
        )
        inner = (b[0] * 0.93, b[1] * 0.93)
        parts.append(f"Q{a[0] * 1.06:.1f},{a[1] * 1.08:.1f} {tip[0]:.1f},{tip[1]:.1f}")
        parts.append(
            f"Q{(tip[0] + inner[0]) / 2 + 2:.1f},{(tip[1] + inner[1]) / 2 + 4:.1f} {inner[0]:.1f},{inner[1]:.1f}"
        )
    parts.append(f"L{crown[-1][0]:.1f},{crown[-1][1]:.1f}")
    return "".join(parts)


def shine_colour(hair: Tone) -> str:
    """Return the colour of the light on hair; dark hair shines blue."""
    if luma(hair.base) < 80:
        return mix(hair.base, "#7f93e6", 0.42)
    return mix(hair.base, "#ffffff", 0.6)


def draw_back_hair(pen: Pen, look: Look, turned: bool, sway: float = 0.0) -> None:
    """Draw what hangs behind neck and body."""
    style = look.hair_style
    if not has_hair(look):
        return
    length = _LENGTHS.get(style, 26.0)
    shift = -4.0 if turned else 0.0
    if style == "long":
        left, right = -50.0 + shift, 46.0 + shift * 1.5
        mass = [
            (left + 2, -20),
            (left - 6, 30),
            (left - 9, 90),
            (left - 6 + sway, 150),
            corner(left - 13 + sway, length - 6),
            (left + 10 + sway, length - 22),
            corner(left + 16 + sway, length + 6),
            (shift - 16 + sway, length - 14),
            corner(shift - 8 + sway, length + 12),
            (shift + 12 + sway, length - 16),
            corner(right - 16 + sway, length + 4),
            (right - 8 + sway, length - 24),
            corner(right + 12 + sway, length - 10),
            (right + 6 + sway, 150),
            (right + 8, 90),
            (right + 5, 30),
            (right - 1, -20),
            (0, -58),
        ]
        pen.cel(smooth(mass), Tone(look.hair.shade, mix(look.hair.shade, look.hair.line, 0.35), "", look.hair.line))
        for x, low in ((left + 8, 130), (left + 20, 165), (right - 8, 140)):
            pen.taper([(x, 10), (x - 2, 70), (x + sway, low)], pen.line * 1.3, look.hair.line, 0.5)
        return
    if style == "ponytail":
        _ponytail(pen, look, turned, sway)
    if style == "bun":
        x = -30.0 if turned else 0.0
        y = -56.0 if turned else -66.0
        pen.cel(ellipse(x, y, 22, 19), look.hair, reach=0.7)
        pen.taper([(x - 14, y + 4), (x, y - 8), (x + 13, y + 2)], pen.line * 1.4, look.hair.line, 0.6)
        pen.taper([(x - 9, y + 9), (x + 2, y + 1), (x + 14, y + 8)], pen.line * 1.2, look.hair.line, 0.5)
        pen.fill(ellipse(x - 6, y - 9, 8, 3), shine_colour(look.hair), 0.7)
    dark = Tone(look.hair.shade, mix(look.hair.shade, look.hair.line, 0.3), "", look.hair.line)
    nape = [
        (-44 + shift, -20),
        (-47 + shift * 1.2, 8),
        corner(-42 + shift * 1.3, length + 2),
        (-32 + shift, length - 8),
        corner(-25 + shift, length + 12),
        (-14, length - 4),
        (14, length - 4),
        corner(23 + shift, length + 10),
        (31 + shift, length - 8),
        corner(39 + shift, length),
        (44 + shift * 1.5, 8),
        (42 + shift, -20),
        (0, -50),
    ]
    if style == "bob":
        nape = [
            (-46 + shift, -24),
            (-53 + shift, 10),
            (-54 + shift, 36),
            (-44 + shift, 52),
            corner(-26 + shift, 50),
            (0, 44),
            corner(25 + shift * 1.5, 49),
            (42 + shift * 2, 50),
            (50 + shift * 2, 34),
            (49 + shift * 2, 8),
            (43 + shift, -24),
            (0, -50),
        ]
    pen.cel(smooth(nape), dark, reach=0.6)


def _ponytail(pen: Pen, look: Look, turned: bool, sway: float) -> None:
    x, y = (-36.0, -44.0) if turned else (24.0, -56.0)
    out = -1.0 if turned else 1.0
    tail = [
        (x, y),
        (x + out * 22, y - 10),
        (x + out * 40 + sway, y + 22),
        (x + out * 42 + sway * 1.5, y + 75),
        corner(x + out * 30 + sway * 2, y + 150),
        (x + out * 26 + sway, y + 118),
        corner(x + out * 12 + sway * 1.5, y + 136),
        (x + out * 18 + sway, y + 84),
        (x + out * 12, y + 36),
        (x - out * 2, y + 14),
    ]
    pen.cel(smooth(tail), look.hair)
    pen.taper(
        [(x + out * 10, y + 2), (x + out * 28, y + 34), (x + out * 30 + sway, y + 105)],
        pen.line * 1.4,
        look.hair.line,
        0.6,
    )
    pen.taper(
        [(x + out * 20, y + 0), (x + out * 33, y + 26), (x + out * 36, y + 56)], 4.0, shine_colour(look.hair), 0.7
    )
    pen.shape(ellipse(x + out * 2, y + 4, 7, 8), look.accent.base, look.accent.line)


def draw_front_hair(pen: Pen, look: Look, turned: bool, sway: float = 0.0) -> None:
    """Draw what covers the skull and falls over the face, with its shine and strands."""
    if not has_hair(look):
        pen.fill(ellipse(-8 if turned else -10, -38, 11, 5), look.skin.light, 0.8)
        return
    path = fringe_path(look, turned, sway)
    hair = look.hair
    pen.fill(path, hair.base)
    with pen.clip_to(path):
        _hair_shades(pen, look, turned)
    pen.stroke(path, hair.line, pen.line * 1.1)
    fringe = _FRINGES.get(look.hair_style, _SWEPT)
    tips = fringe.turned if turned else fringe.front
    # a strand line runs up from every valley: it is what makes locks out of a cap
    top = (2.0 if turned else 0.0, -62.0)
    for x, y in tips[1::2]:
        if look.hair_style == "slicked":
            continue
        pen.taper(
            [(x, y), (x + (top[0] - x) * 0.16, y - 9), (x + (top[0] - x) * 0.42, y - 20)],
            pen.line * 1.2,
            hair.line,
            0.75,
        )
    if look.hair_style == "slicked":
        for x in (-26, -14, -2, 11, 24):
            pen.taper(
                [(x, -37 + abs(x) * 0.28), (x * 0.98 - 3, -48 + abs(x) * 0.2), (x * 0.8 - 6, -58 + abs(x) * 0.16)],
                pen.line * 1.2,
                hair.line,
                0.7,
            )
    if look.hair_style in ("long", "braids"):
        _side_locks(pen, look, turned, sway)


def _hair_shades(pen: Pen, look: Look, turned: bool) -> None:
    hair = look.hair
    away = 1 if pen.shift[0] < 0 else -1
    # the side away from the light
    pen.fill(
        smooth(
            [
                corner(away * 20, -70),
                (away * 31, -46),
                (away * 35, -20),
                corner(away * 32, 40),
                corner(away * 70, 40),
                corner(away * 70, -70),
            ]
        ),
        hair.shade,
    )
    fringe = _FRINGES.get(look.hair_style, _SWEPT)
    tips = fringe.turned if turned else fringe.front
    if look.hair_style != "slicked":
        for index in range(1, len(tips) - 1, 2):
            x, y = tips[index]
            tip_x, tip_y = tips[index + 1]
            pen.fill(
                smooth(
                    [
                        corner(x, y - 13),
                        (x - 1.5, y),
                        corner(tip_x, tip_y + 1),
                        ((x + tip_x) / 2 - 0.5, (y + tip_y) / 2 - 4),
                    ]
                ),
                hair.shade,
            )
    _shine(pen, look, turned)


def _shine(pen: Pen, look: Look, turned: bool) -> None:
    """Draw the broken ring of light around the crown."""
    shine = shine_colour(look.hair)
    middle = -4.0 if turned else 0.0
    steps = 9
    lower: list[Point] = []
    upper: list[Point] = []
    for index in range(steps + 1):
        x = -31 + 62 * index / steps
        y = (-50 if look.hair_style == "slicked" else -37) + (x / 31) ** 2 * 9
        jag = 4.4 if index % 2 else 0.8
        lower.append(corner(x + middle, y + jag))
        upper.append(corner(x + middle + 1.5, y - 3.2 - (2.6 if index % 2 == 0 else 0)))
    pen.fill(smooth([*upper, *reversed(lower)]), shine, 0.85 if luma(look.hair.base) > 60 else 0.75)


def _side_locks(pen: Pen, look: Look, turned: bool, sway: float) -> None:
    """Draw the locks that fall in front of the shoulders."""
    if look.hair_style == "braids":
        for side, x in ((-1, -41.0), (1, 37.0 if turned else 41.0)):
            y = 26.0
            for step in range(6):
                wide = 10.5 - step * 0.7
                pen.cel(
                    ellipse(x + side * (2 + step * 0.6) + (1.6 if step % 2 else -1.6), y, wide, 9.5),
                    look.hair,
                    pen.line,
                    0.4,
                )
                y += 14.5
            pen.shape(ellipse(x + side * 5, y - 3, 7, 4.5), look.accent.base, look.accent.line)
            end = x + side * 5
            pen.cel(
                smooth(
                    [
                        corner(end - 5, y),
                        (end - 8, y + 12),
                        corner(end + sway, y + 24),
                        (end + 8, y + 12),
                        corner(end + 5, y),
                    ]
                ),
                look.hair,
                reach=0.3,
            )
        return
    for side in (-1, 1):
        x = -40.0 if side < 0 else (34.0 if turned else 40.0)
        lock = [
            corner(x + side * 4, -14),
            (x + side * 8, 20),
            (x + side * 9, 60),
            (x + side * 5 + sway, 92),
            corner(x - side * 2 + sway, 120),
            (x - side * 3 + sway, 84),
            corner(x - side * 7 + sway, 100),
            (x - side * 4, 56),
            (x - side * 2.5, 22),
            corner(x - side * 3, 4),
        ]
        pen.cel(smooth(lock), look.hair, reach=0.6)
        pen.taper([(x + side * 3, 8), (x + side * 3.5, 50), (x + sway, 88)], pen.line * 1.1, look.hair.line, 0.6)


def draw_head_from_behind(pen: Pen, look: Look, sway: float = 0.0) -> None:
    """Draw the whole head as seen from behind."""
    for side in (-1, 1):
        x = 37.0 * side
        pen.cel(smooth([(x, -4), (x + 6 * side, -3), (x + 7 * side, 6), (x, 17)]), look.skin, reach=0.4)
    if not has_hair(look):
        pen.cel(
            smooth([(-38, -10), (-34, 22), (-22, 42), (22, 42), (34, 22), (38, -10), (28, -42), (0, -52), (-28, -42)]),
            look.skin,
        )
        return
    style, hair = look.hair_style, look.hair
    length = {"long": 190.0, "bob": 50.0, "slicked": 30.0}.get(style, 44.0)
    crown = list(_CROWN_FRONT)
    low: list[Point] = [
        (44, 20),
        corner(38, length - 6),
        (30, length - 14),
        corner(24, length + 8),
        (12, length - 10),
        corner(3, length + 10),
        (-9, length - 12),
        corner(-20, length + 8),
        (-30, length - 14),
        corner(-39, length - 6),
        (-44, 20),
    ]
    if style == "long":
        ends = [(x * 1.06 + sway, y, *rest) for x, y, *rest in low[1:-1]]
        low = [(43, 26), (40, 64), (44, 118), *ends, (-44, 118), (-40, 64), (-43, 26)]
    if style == "spiky":
        path = (
            _spiked(_CROWN_FRONT, sway)
            + smooth([_CROWN_FRONT[-1], *low, _CROWN_FRONT[0]], closed=False).replace("M", "L", 1)
            + "Z"
        )
    else:
        path = smooth([*crown, *low])
    pen.cel(path, hair)
    with pen.clip_to(path):
        _shine(pen, look, turned=False)
    for x in (-30, -17, -5, 8, 20, 31):
        pen.taper([(x * 0.55, -40), (x, -8), (x * 1.06, min(length - 8, 110))], pen.line * 1.3, hair.line, 0.6)
    if style == "ponytail":
        pen.shape(ellipse(0, -34, 9, 7), look.accent.base, look.accent.line)
        pen.cel(
            smooth(
                [
                    (-6, -32),
                    (-20, 10),
                    (-18, 70),
                    corner(-4 + sway, 128),
                    (2, 96),
                    corner(14 + sway, 112),
                    (20, 60),
                    (18, 8),
                    (6, -32),
                ]
            ),
            hair,
        )
    if style == "bun":
        pen.cel(ellipse(0, -50, 24, 20), hair, reach=0.7)
        pen.taper([(-14, -46), (0, -58), (14, -48)], pen.line * 1.4, hair.line, 0.6)
    if style == "braids":
        _side_locks(pen, look, False, sway)
