"""Clothes on a posed body: torso, sleeves, legs, hands, and the marks a body carries. In figure units, see `body`."""

from __future__ import annotations

import math

from tower_anime_assets.animatic.painter.body import Arm, Leg, Skeleton
from tower_anime_assets.animatic.painter.colour import INK, Tone, mix, tone
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.vector import Pen, Point, band, box, corner, ellipse, polygon, smooth

METAL = tone("#8f99ad")
"""Cybernetic limbs."""

_LONG_HEMS = {"coat": 468.0, "lab_coat": 452.0, "robe": 560.0, "dress": 430.0}
_LONG_SLEEVES = {"jacket", "coat", "suit", "lab_coat", "hoodie", "uniform", "robe", "armour"}


def glow_line(pen: Pen, path: str, colour: str, width: float) -> None:
    """Draw a line that seems to shine: wide and faint, then narrow and bright."""
    pen.stroke(path, colour, width * 3.2, 0.22)
    pen.stroke(path, colour, width, 1.0)
    pen.stroke(path, mix(colour, "#ffffff", 0.6), width * 0.4, 0.9)


def torso_path(body: Skeleton, hem: float, ease: float = 0.0, flare: float = 0.0) -> str:
    """Return the outline of the clothed torso from the neck to a hem.

    Args:
        body: Whose torso.
        hem: Height of the lower edge.
        ease: How much looser than the body, each side.
        flare: How much wider the hem is than the hips, each side.
    """
    s, w, h = body.half_shoulder, body.half_waist + ease, body.half_hip + ease
    half: list[tuple[float, float]] = [
        (body.neck_width * 0.62, 111),
        (s * 0.52, 121),
        (s * 0.93, 133),
        (s + 1.5, 150),
        (s * 0.86, 186),
        (w, 246),
        (h, 300),
    ]
    if hem > 305:
        half.append((h + flare, hem))
    else:
        half[-1] = (h * 0.99, hem)
    left: list[Point] = [(body.left(x), y) for x, y in half]
    right: list[Point] = [(body.right(x), y) for x, y in half]
    low = [corner(*left[-1][:2]), (body.centre(hem), hem + 7 + flare * 0.12), corner(*right[-1][:2])]
    return smooth([*left[:-1], *low, *reversed(right[:-1])])


def draw_legs(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw both legs with shoes."""
    for leg in body.legs:
        bare = look.outfit_style == "dress" or _wears_skirt(look)
        cloth = look.skin if bare else look.trousers
        wide = 0.9 if look.presents == "feminine" else 1.06
        if look.build == "broad":
            wide *= 1.16
        loose = 1.0 if bare else 1.12
        widths = [56 * wide, 39 * wide * loose, 39 * wide * loose, 25 * wide * loose]
        (kx, ky), (ax, ay) = leg.knee, leg.ankle
        calf = (kx + (ax - kx) * 0.36 - 3, ky + (ay - ky) * 0.36)
        if bare:
            pen.limb([leg.hip, leg.knee, calf, leg.ankle], widths, cloth)
            socks = look.inner if _wears_skirt(look) else look.trousers
            share = 0.35
            top = tuple(k + (a - k) * share for k, a in zip(leg.knee, leg.ankle, strict=True))
            pen.limb([top, leg.ankle], [widths[1] * 0.96, widths[3] * 1.06], socks)
        else:
            pen.limb([leg.hip, leg.knee, calf, leg.ankle], widths, cloth)
            pen.taper([(kx - 15, ky - 5), (kx - 3, ky + 3), (kx + 9, ky)], pen.line * 1.1, cloth.line, 0.6)
            if look.outfit_style == "armour":
                pen.cel(ellipse(kx, ky, 22, 27), look.outfit)
                pen.cel(band([(kx, ky + 30), leg.ankle], [40, 36]), look.outfit)
        _shoe(pen, look, leg)


def _wears_skirt(look: Look) -> bool:
    return look.outfit_style == "uniform" and look.presents == "feminine"


def _shoe(pen: Pen, look: Look, leg: Leg) -> None:
    x, y = leg.ankle
    flip = -1 if 90 < leg.foot_deg <= 150 else 1
    turn = {True: 180 - leg.foot_deg, False: leg.foot_deg}[flip < 0]
    front = turn > 45 and turn < 70
    with pen.transform(f"translate({x:.1f} {y:.1f}) scale({flip} 1) rotate({0 if front else turn - 8:.0f})"):
        if front:
            path = smooth(
                [(-14, -16), (13, -16), (17, 6), (19, 22), corner(14, 29), corner(-13, 29), (-16, 18), (-15, 4)]
            )
        else:
            path = smooth(
                [(-15, -18), (12, -18), (18, 0), (40, 12), (47, 23), corner(44, 29), corner(-15, 29), (-18, 8)]
            )
        pen.cel(path, look.shoes, reach=0.6)
        pen.fill(box(-15, 24, 31 if front else 60, 5), look.accent.shade)


def draw_seat(pen: Pen, colour: str) -> None:
    """Draw what a sitting figure sits on."""
    cloth = tone(colour)
    pen.cel(smooth([corner(-78, 500), corner(66, 500), corner(62, 664), corner(-74, 664)]), cloth, reach=2)
    pen.cel(
        smooth([corner(-86, 490), corner(76, 490), corner(76, 514), corner(-86, 514)]),
        tone(mix(colour, "#ffffff", 0.15)),
    )


def draw_arm(pen: Pen, look: Look, arm: Arm, body: Skeleton) -> None:
    """Draw an arm with its sleeve, its hand and whatever makes it special."""
    wide = {"broad": 1.2, "slim": 0.92, "small": 0.88}.get(look.build, 1.0) * (
        0.86 if look.presents == "feminine" else 1.0
    )
    metal = "cyber-arms" in look.marks
    bare = METAL if metal else look.skin
    joints = [arm.shoulder, arm.elbow, arm.wrist]
    if arm.hand != "hidden":
        _hand(pen, look, arm, METAL if metal else (look.outfit if "gloves" in look.marks else look.skin), wide)
    pen.limb(joints, [29 * wide, 26 * wide, 19 * wide], bare)
    if metal:
        _plates(pen, look, arm, wide)
    elif "tattoos" in look.marks:
        _arm_tattoo(pen, look, arm)
    _sleeve(pen, look, arm, wide, short=metal or "tattoos" in look.marks)


def _hand(pen: Pen, look: Look, arm: Arm, cloth: Tone, wide: float) -> None:
    (ex, ey), (wx, wy) = arm.elbow, arm.wrist
    angle = math.degrees(math.atan2(wy - ey, wx - ex))
    size = 0.98 * (0.9 if look.presents == "feminine" else 1.0) * max(0.95, wide)
    # the thumb is on the body's side: above an arm that reaches forward, inside one that hangs
    mirror = -1 if wx < 0 and arm.hand == "relaxed" else 1
    with pen.transform(f"translate({wx:.1f} {wy:.1f}) rotate({angle:.1f}) scale({size:.2f} {size * mirror:.2f})"):
        if arm.hand == "fist":
            pen.cel(smooth([(-4, -10), (12, -13), (25, -11), (29, 0), (24, 11), (8, 12), (-4, 9)]), cloth, reach=0.5)
            for y in (-5.0, 1.0, 6.0):
                pen.taper([(17, y), (23, y + 0.6), (27.5, y)], pen.line * 0.9, cloth.line)
            pen.taper([(4, 8), (13, 4), (19, 6)], pen.line * 1.1, cloth.line)
            return
        if arm.hand == "point":
            pen.shape(band([(12, -7), (30, -8), (52, -8)], [10, 9, 6]), cloth.base, cloth.line)
            pen.cel(smooth([(-4, -10), (12, -12), (26, -8), (28, 3), (22, 12), (6, 12), (-4, 9)]), cloth, reach=0.5)
            pen.fill(band([(8, -7), (24, -8)], [8, 8]), cloth.base)
            for y in (0.0, 5.0):
                pen.taper([(15, y), (21, y + 0.6), (26, y)], pen.line * 0.9, cloth.line)
            return
        spread = 5.0 if arm.hand == "open" else 1.6
        for index, (reach, y) in enumerate(((43, -6.5), (47, -2.0), (45, 2.5), (39, 6.8))):
            lean = (index - 1.5) * spread
            pen.shape(
                band([(16, y), (30, y + lean * 0.5), (reach, y + lean)], [7.6, 7.0, 4.4]),
                cloth.base,
                cloth.line,
                pen.line * 0.85,
            )
        pen.shape(
            band([(6, -7), (17, -15 - spread), (25, -17 - spread)], [9, 7.5, 5]), cloth.base, cloth.line, pen.line * 0.9
        )
        pen.cel(
            smooth([(-4, -9), (10, -11), (21, -10), (24, 0), (21, 9.5), (8, 10.5), (-4, 9)]),
            cloth,
            pen.line * 0.6,
            reach=0.5,
        )
        pen.fill(box(15, -7.5, 11, 15), cloth.base)


def _plates(pen: Pen, look: Look, arm: Arm, wide: float) -> None:
    """Draw the plates and glowing seams of a cybernetic forearm."""
    (ex, ey), (wx, wy) = arm.elbow, arm.wrist
    dx, dy = wx - ex, wy - ey

    def at(share: float) -> Point:
        return ex + dx * share, ey + dy * share

    pen.cel(band([at(0.12), at(0.5), at(0.72)], [29 * wide, 31 * wide, 24 * wide]), METAL, reach=0.5)
    pen.cel(band([at(0.76), at(0.98)], [23 * wide, 22 * wide]), tone("#5b6478"), reach=0.4)
    pen.shape(ellipse(ex, ey, 13 * wide, 13 * wide), "#5b6478", METAL.line)
    glow = look.accent.base
    pen.fill(ellipse(ex, ey, 6 * wide, 6 * wide), glow)
    pen.fill(ellipse(ex - 1, ey - 1, 2.6 * wide, 2.6 * wide), "#ffffff", 0.9)
    start, bend, end = at(0.2), at(0.5), at(0.94)
    glow_line(pen, f"M{start[0]:.1f},{start[1]:.1f}L{bend[0]:.1f},{bend[1]:.1f}L{end[0]:.1f},{end[1]:.1f}", glow, 2.4)
    length = math.hypot(dx, dy) or 1.0
    nx, ny = -dy / length * 12 * wide, dx / length * 12 * wide
    for share in (0.36, 0.74):
        x, y, *_ = at(share)
        glow_line(pen, f"M{x - nx:.1f},{y - ny:.1f}L{x + nx:.1f},{y + ny:.1f}", glow, 1.5)


def _arm_tattoo(pen: Pen, look: Look, arm: Arm) -> None:
    (ex, ey), (wx, wy) = arm.elbow, arm.wrist
    dx, dy = wx - ex, wy - ey
    length = math.hypot(dx, dy) or 1.0
    nx, ny = -dy / length * 5, dx / length * 5
    points = [
        (ex + dx * s + nx * k, ey + dy * s + ny * k)
        for s, k in ((0.1, 1), (0.34, -1), (0.5, 1), (0.72, -1), (0.98, 0.6))
    ]
    path = "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
    glow_line(pen, path, look.accent.base, 2.0)
    for x, y in points[1:4]:
        pen.fill(ellipse(x, y, 2.6, 2.6), mix(look.accent.base, "#ffffff", 0.6))


def _sleeve(pen: Pen, look: Look, arm: Arm, wide: float, short: bool) -> None:
    style = look.outfit_style
    cloth = look.outfit
    shoulder, elbow, wrist = arm.shoulder, arm.elbow, arm.wrist

    def down(share: float) -> Point:
        return elbow[0] + (wrist[0] - elbow[0]) * share, elbow[1] + (wrist[1] - elbow[1]) * share

    def up(share: float) -> Point:
        return shoulder[0] + (elbow[0] - shoulder[0]) * share, shoulder[1] + (elbow[1] - shoulder[1]) * share

    start = (shoulder[0], shoulder[1] - 1)
    if style == "dress":
        pen.cel(ellipse(shoulder[0], shoulder[1] + 12, 21 * wide, 25 * wide), cloth, reach=0.6)
        return
    if style == "shirt":
        pen.limb([start, up(0.5), up(0.86)], [32 * wide, 37 * wide, 40 * wide], cloth)
        return
    if style == "robe":
        pen.limb([start, elbow, down(0.9)], [34 * wide, 50 * wide, 70 * wide], cloth)
        pen.limb([down(0.82), down(0.94)], [66 * wide, 70 * wide], look.accent)
        return
    if style == "armour":
        pen.limb([start, elbow, down(0.2)], [36 * wide, 31 * wide, 28 * wide], look.trousers)
        pen.cel(band([down(0.15), down(0.55), down(0.95)], [35 * wide, 36 * wide, 27 * wide]), cloth)
        glow_line(
            pen, f"M{down(0.3)[0]:.1f},{down(0.3)[1]:.1f}L{down(0.8)[0]:.1f},{down(0.8)[1]:.1f}", look.accent.base, 2.0
        )
        pen.cel(ellipse(shoulder[0], shoulder[1], 33 * wide, 29 * wide), cloth)
        pen.stroke(ellipse(shoulder[0], shoulder[1] + 3, 24 * wide, 19 * wide), look.accent.base, pen.line * 1.6)
        return
    if short:
        pen.limb([start, up(0.5), elbow, down(0.1)], [33 * wide, 39 * wide, 36 * wide, 37 * wide], cloth)
        pen.limb([up(0.93), down(0.13)], [38 * wide, 40 * wide], cloth if style == "lab_coat" else look.accent)
    else:
        end = (
            [32 * wide, 38 * wide, 34 * wide, 30 * wide]
            if style != "hoodie"
            else [35 * wide, 41 * wide, 39 * wide, 34 * wide]
        )
        pen.limb([start, up(0.5), elbow, down(0.97)], end, cloth)
        cuff = look.accent if style in ("jacket", "uniform") else look.inner if style == "suit" else cloth
        pen.limb([down(0.88), down(0.99)], [end[3] * 1.02, end[3] * 0.98], cuff)
    ex, ey = elbow
    out = 1 if ex > shoulder[0] else -1
    pen.taper(
        [(ex - out * 14, ey - 10), (ex - out * 2, ey - 3), (ex + out * 9, ey - 7)], pen.line * 1.2, cloth.line, 0.7
    )
    pen.taper([(ex - out * 12, ey + 3), (ex - out * 1, ey + 4), (ex + out * 8, ey)], pen.line * 1.0, cloth.line, 0.6)
    if style == "jacket":
        pen.fill(band([(shoulder[0], shoulder[1] + 8), up(0.5), up(0.92)], [5, 5, 5]), look.accent.base)


def draw_keyboard(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw the floating keys under hands that type."""
    left, right, y = body.near.wrist[0] - 14, body.far.wrist[0] + 46, max(body.near.wrist[1], body.far.wrist[1]) + 16
    if body.view == "front":
        left, right = -84.0, 84.0
    glow = mix(look.accent.base, "#ffffff", 0.2)
    sheet = polygon([(left + 10, y - 12), (right - 6, y - 12), (right + 10, y + 22), (left - 8, y + 22)])
    pen.fill(sheet, glow, 0.34)
    glow_line(pen, sheet, glow, 1.6)
    for row in range(3):
        count = 8
        for index in range(count):
            x = left + 10 + (right - left - 22) * index / count - row * 4
            pen.fill(box(x, y - 8 + row * 10, (right - left) / count * 0.66, 6), "#ffffff", 0.75)


def draw_cape(pen: Pen, look: Look, body: Skeleton, behind: bool) -> None:
    """Draw a cape: hanging behind the body, or over the back of one seen from behind."""
    s = body.half_shoulder
    if behind:
        path = smooth(
            [
                corner(-s * 0.7, 128),
                (-s - 14, 200),
                (-s - 40, 400),
                corner(-s - 58, 560),
                (0, 580),
                corner(s + 48, 556),
                (s + 34, 400),
                (s + 8, 200),
                corner(s * 0.6, 128),
            ]
        )
    else:
        path = smooth(
            [
                corner(-s * 0.6, 120),
                (-s - 8, 160),
                (-s - 24, 380),
                corner(-s - 40, 560),
                (0, 580),
                corner(s + 40, 560),
                (s + 24, 380),
                (s + 8, 160),
                corner(s * 0.6, 120),
                (0, 132),
            ]
        )
    pen.cel(path, look.accent, reach=3)
    for x in (-0.5, 0.1, 0.6):
        pen.taper([(x * s, 180), (x * s * 1.5, 380), (x * s * 1.9, 556)], pen.line * 1.6, look.accent.line, 0.6)


def draw_neck(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw the neck with the chin's shadow, and the skin inside an open collar."""
    x = -2.0 if body.view == "turned" else 0.0
    half = body.neck_width / 2
    c = body.centre(130)
    path = smooth(
        [
            (x - half, 84),
            (x - half, 112),
            corner(x - half - 16, 126),
            (c, 152),
            corner(x + half + 16, 126),
            (x + half, 112),
            (x + half, 84),
        ]
    )
    pen.fill(path, look.skin.base)
    with pen.clip_to(path):
        drop = 112.0 if body.view != "back" else 104.0
        pen.fill(
            smooth(
                [
                    corner(x - 40, 70),
                    corner(x + 40, 70),
                    corner(x + 40, drop - 4),
                    (x + 6, drop + 4),
                    corner(x - 40, drop - 8),
                ]
            ),
            look.skin.shade,
        )
    pen.stroke(path, look.skin.line)
    if body.view != "back":
        pen.taper([(c - 3, 128), (c - 12, 131), (c - 26, 129)], pen.line * 0.9, look.skin.line, 0.7)
        pen.taper([(c + 3, 128), (c + 12, 131), (c + 24, 129)], pen.line * 0.9, look.skin.line, 0.7)
    if "tattoos" in look.marks and body.view != "back":
        glow_line(pen, f"M{x - half + 3:.1f},104l5,8l-2,7l8,9", look.accent.base, 1.7)
        glow_line(pen, f"M{x + half - 4:.1f},110l-5,7l4,8", look.accent.base, 1.4)


def draw_torso(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw the clothed trunk with collar, closure, folds and accents."""
    painter = {
        "jacket": _jacket,
        "coat": _coat,
        "suit": _suit,
        "lab_coat": _lab_coat,
        "hoodie": _hoodie,
        "dress": _dress,
        "uniform": _uniform,
        "armour": _armour,
        "shirt": _shirt,
        "robe": _robe,
    }.get(look.outfit_style, _jacket)
    painter(pen, look, body)
    if "tie" in look.marks and look.outfit_style in ("shirt", "uniform", "coat", "jacket") and body.view != "back":
        _tie(pen, look, body, 128, 240)
    if "necklace" in look.marks and body.view != "back":
        c, x0, half = body.centre(140), -2.0 if body.view == "turned" else 0.0, body.neck_width / 2
        pen.stroke(f"M{x0 - half - 4:.1f},116Q{c:.1f},178 {x0 + half + 4:.1f},116", look.accent.light, pen.line * 1.5)
        pen.shape(ellipse(c, 150, 6, 7.5), look.accent.base, look.accent.line)
    if "scarf" in look.marks:
        _scarf(pen, look, body)


def _opening(body: Skeleton, top: float, middle: float, low: float, hem: float) -> str:
    """Return the stretch of shirt that an open front shows: half widths at collar, chest and hem."""
    c1, c2, c3 = body.centre(118), body.centre(200), body.centre(hem)
    return smooth(
        [
            corner(c1 - top, 112),
            (c2 - middle, 200),
            corner(c3 - low, hem),
            corner(c3 + low, hem),
            (c2 + middle, 200),
            corner(c1 + top, 112),
        ]
    )


def _trunk(pen: Pen, body: Skeleton, cloth: Tone, hem: float, ease: float, flare: float = 0.0) -> str:
    path = torso_path(body, hem, ease, flare)
    pen.cel(path, cloth, reach=1.6)
    left, right = body.left(body.half_waist + ease), body.right(body.half_waist + ease)
    for x, out in ((left, 1), (right, -1)):
        pen.taper([(x + out * 2, 238), (x + out * 12, 246), (x + out * 22, 243)], pen.line * 1.2, cloth.line, 0.65)
        pen.taper([(x + out * 1, 254), (x + out * 9, 262), (x + out * 17, 262)], pen.line * 1.1, cloth.line, 0.55)
    s = body.half_shoulder
    pen.taper(
        [(body.left(s * 0.86), 184), (body.left(s * 0.7), 172), (body.left(s * 0.6), 156)],
        pen.line * 1.2,
        cloth.line,
        0.7,
    )
    pen.taper(
        [(body.right(s * 0.86), 184), (body.right(s * 0.7), 172), (body.right(s * 0.62), 156)],
        pen.line * 1.2,
        cloth.line,
        0.7,
    )
    return path


def _hips(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw the seat of the trousers, which a short garment leaves open; it runs into the legs without a seam."""
    h = body.half_hip
    left: list[Point] = [(body.left(h * 0.94), 280), (body.left(h * 1.04), 312), (body.left(h * 1.0), 350)]
    right: list[Point] = [(body.right(h * 0.94), 280), (body.right(h * 1.04), 312), (body.right(h * 0.96), 350)]
    c = body.centre(330)
    pen.fill(smooth([*left, (c - 4, 362), (c + 4, 362), *reversed(right)]), look.trousers.base)
    for edge in (left, right):
        pen.stroke(smooth(edge, closed=False), look.trousers.line)
    pen.taper([(c, 300), (c + 2, 332), (c, 364)], pen.line * 1.2, look.trousers.line, 0.8)
    for side, x in ((1, left[1][0]), (-1, right[1][0])):
        pen.taper([(x + side * 4, 348), (x + side * 20, 342), (x + side * 34, 332)], pen.line, look.trousers.line, 0.5)


def _collar(pen: Pen, cloth: Tone, body: Skeleton, height: float = 100.0, spread: float = 30.0) -> None:
    """Draw two stand-up flaps around the neck."""
    c = body.centre(118)
    n = body.neck_width * 0.62
    x0 = -3.0 if body.view == "turned" else 0.0
    for side, x in ((-1, x0 - n), (1, x0 + n)):
        flap = [
            corner(x - side * 1, height),
            (x + side * 9, height + 4),
            (x + side * spread * 0.55, 122),
            corner(c + side * spread, 150),
            (c + side * 12, 140),
            corner(c + side * 4, 146 if body.view != "back" else 130),
            (x - side * 2, 118),
        ]
        pen.cel(smooth(flap), cloth, reach=0.6)


def _jacket(pen: Pen, look: Look, body: Skeleton) -> None:
    _hips(pen, look, body)
    hem = 300.0
    path = _trunk(pen, body, look.outfit, hem, 6)
    glow = look.accent.base
    if body.view == "back":
        with pen.clip_to(path):
            pen.fill(box(-120, hem - 15, 240, 30), look.accent.base)
            pen.fill(polygon([(-26, 170), (26, 170), (0, 215)]), look.accent.base)
            pen.fill(polygon([(-13, 176), (13, 176), (0, 198)]), look.outfit.shade)
        pen.cel(smooth([corner(-30, 122), (0, 108), corner(30, 122), (0, 136)]), look.outfit, reach=0.4)
        pen.stroke(path, look.outfit.line)
        return
    with pen.clip_to(path):
        inner = _opening(body, 17, 15, 19, hem + 12)
        pen.cel(inner, look.inner, reach=1.2)
        c = body.centre(170)
        pen.fill(box(body.centre(hem) - 140, hem - 13, 140 - 20, 30), look.accent.base)
        pen.fill(box(body.centre(hem) + 20, hem - 13, 140, 30), look.accent.base)
        s = body.half_shoulder
        for side, x in ((-1, body.left(s * 0.62)), (1, body.right(s * 0.62))):
            pen.stroke(f"M{x:.1f},196l{side * -24:.1f},12l0,14", look.outfit.line, pen.line * 1.1)
        pen.fill(
            band([(c - 15, 150), (body.centre(210) - 16, 210), (body.centre(hem) - 20, hem + 10)], [4, 4, 4]), glow
        )
        pen.fill(
            band([(c + 15, 150), (body.centre(210) + 16, 210), (body.centre(hem) + 20, hem + 10)], [4, 4, 4]), glow
        )
    pen.stroke(path, look.outfit.line)
    _collar(pen, look.outfit, body, 98, 33)


def _open_coat(pen: Pen, look: Look, body: Skeleton, hem: float, flare: float) -> str:
    _hips(pen, look, body)
    path = torso_path(body, hem, 8, flare)
    _trunk(pen, body, look.outfit, hem, 8, flare)
    if body.view == "back":
        pen.taper([(0, 300), (1, 380), (0, hem + 4)], pen.line * 1.6, look.outfit.line)
        pen.fill(
            band(
                [(body.left(body.half_waist + 6), 256), (0, 262), (body.right(body.half_waist + 6), 256)], [11, 11, 11]
            ),
            look.outfit.shade,
        )
        pen.cel(smooth([corner(-32, 124), (0, 109), corner(32, 124), (0, 140)]), look.outfit, reach=0.4)
        return path
    c1, c2, c3 = body.centre(120), body.centre(230), body.centre(hem)
    # below the waist the open front shows trousers, above it the shirt
    with pen.clip_to(path):
        pen.cel(
            smooth([corner(c2 - 17, 236), corner(c3 - 31, hem + 20), corner(c3 + 27, hem + 20), corner(c2 + 17, 236)]),
            look.trousers,
            reach=1.4,
        )
        pen.cel(
            smooth(
                [
                    corner(c1 - 17, 108),
                    (c2 - 19, 200),
                    corner(c2 - 18, 300),
                    corner(c2 + 18, 300),
                    (c2 + 18, 200),
                    corner(c1 + 17, 108),
                ]
            ),
            look.inner,
            reach=1.2,
        )
    for side in (-1, 1):
        pen.stroke(
            smooth(
                [
                    (c1 + side * 16, 130),
                    (c2 + side * 18, 220),
                    (c2 + side * 19, 290),
                    (c3 + side * (29 + flare * 0.2), hem + 4),
                ],
                closed=False,
            ),
            look.outfit.line,
        )
        x = (body.left if side < 0 else body.right)(body.half_hip + 8)
        pen.taper([(x * 0.62, 300), (x * 0.8, 380), (x * 0.86, hem)], pen.line * 1.3, look.outfit.line, 0.55)
    return path


def _lapels(pen: Pen, cloth: Tone, body: Skeleton, low: float, wide: float) -> None:
    c1, c2 = body.centre(120), body.centre(low)
    n = body.neck_width * 0.62
    x0 = -3.0 if body.view == "turned" else 0.0
    for side in (-1, 1):
        neck = x0 + side * n
        flap = [
            corner(neck - side * 2, 104),
            corner(neck + side * 9, 112),
            corner(c1 + side * (wide + 3), 142),
            corner(c1 + side * (wide - 7), 149),
            corner(c1 + side * (wide + 1), 158),
            (c2 + side * wide * 0.62, (150 + low) / 2 + 10),
            corner(c2 + side * 3, low),
            (c1 + side * 9, 150),
        ]
        pen.cel(smooth(flap), cloth, reach=0.7)


def _coat(pen: Pen, look: Look, body: Skeleton) -> None:
    _open_coat(pen, look, body, _LONG_HEMS["coat"], 20)
    if body.view == "back":
        return
    _lapels(pen, look.outfit, body, 226, 35)
    c = body.centre(258)
    for side in (-1, 1):
        x = (body.left if side < 0 else body.right)(body.half_waist + 7)
        pen.shape(
            polygon([(x, 250), (c + side * 17, 254), (c + side * 17, 267), (x, 263)]),
            look.accent.shade,
            look.accent.line,
        )
    pen.shape(box(c - 28, 250, 13, 19), look.accent.light, look.accent.line)


def _lab_coat(pen: Pen, look: Look, body: Skeleton) -> None:
    _open_coat(pen, look, body, _LONG_HEMS["lab_coat"], 16)
    if body.view == "back":
        return
    _lapels(pen, look.outfit, body, 214, 32)
    x = body.left(body.half_shoulder * 0.5)
    pen.stroke(f"M{x - 13:.1f},196h25v22h-25z", look.outfit.line, pen.line)
    pen.fill(box(x - 9, 188, 4, 16), look.accent.base)
    pen.fill(box(x - 2, 190, 4, 14), look.accent.shade)
    pen.shape(
        box(body.right(body.half_shoulder * 0.46) - 8, 192, 17, 22), look.accent.light, look.accent.line, pen.line * 0.8
    )


def _suit(pen: Pen, look: Look, body: Skeleton) -> None:
    _hips(pen, look, body)
    hem = 336.0
    path = _trunk(pen, body, look.outfit, hem, 6, 4)
    if body.view == "back":
        pen.taper([(0, 280), (1, 310), (0, hem + 4)], pen.line * 1.4, look.outfit.line)
        pen.cel(smooth([corner(-30, 122), (0, 108), corner(30, 122), (0, 134)]), look.outfit, reach=0.4)
        return
    c1, c2 = body.centre(120), body.centre(240)
    with pen.clip_to(path):
        pen.cel(
            smooth([corner(c1 - 19, 104), corner(c1 + 19, 104), (c2 + 17, 190), corner(c2 + 1, 252), (c2 - 15, 190)]),
            look.inner,
            reach=1.0,
        )
        pen.taper([(c2 + 1, 250), (c2 + 4, 290), (c2 + 17, hem + 6)], pen.line * 1.5, look.outfit.line)
    _tie(pen, look, body, 126, 236)
    _lapels(pen, look.outfit, body, 250, 37)
    for y in (262, 284):
        pen.shape(ellipse(c2 + 7, y, 3.2, 3.2), look.accent.base, look.accent.line, pen.line * 0.7)
    x = body.left(body.half_shoulder * 0.56)
    pen.shape(
        polygon([(x - 10, 190), (x + 12, 186), (x + 12, 179), (x + 4, 184), (x, 176), (x - 6, 184)]),
        look.accent.base,
        look.accent.line,
        pen.line * 0.8,
    )
    for side in (-1, 1):
        x = (body.left if side < 0 else body.right)(body.half_waist * 0.82)
        pen.taper([(x - 14, 288), (x, 291), (x + 14, 288)], pen.line * 1.2, look.outfit.line)


def _tie(pen: Pen, look: Look, body: Skeleton, top: float, low: float) -> None:
    c1, c2 = body.centre(top), body.centre(low)
    pen.cel(
        smooth(
            [
                corner(c1 - 5, top + 8),
                corner(c2 - 10, low - 14),
                corner(c2, low),
                corner(c2 + 10, low - 14),
                corner(c1 + 5, top + 8),
            ]
        ),
        look.accent,
        reach=0.6,
    )
    pen.cel(
        polygon([(c1 - 8, top - 5), (c1 + 8, top - 5), (c1 + 5, top + 10), (c1 - 5, top + 10)]), look.accent, reach=0.3
    )
    for side in (-1, 1):
        pen.shape(
            polygon([(c1 + side * 2, top - 6), (c1 + side * 21, top - 18), (c1 + side * 17, top + 12)]),
            look.inner.base,
            look.inner.line,
            pen.line * 0.8,
        )


def _hoodie(pen: Pen, look: Look, body: Skeleton) -> None:
    _hips(pen, look, body)
    path = _trunk(pen, body, look.outfit, 312, 11, 0)
    c1, c2 = body.centre(130), body.centre(270)
    with pen.clip_to(path):
        pen.fill(box(-140, 300, 280, 30), look.outfit.shade)
        if body.view != "back":
            pen.cel(
                smooth([corner(c2 - 34, 298), corner(c2 - 24, 250), corner(c2 + 24, 250), corner(c2 + 34, 298)]),
                look.outfit,
                reach=0.6,
            )
            pen.fill(band([(-140, 206), (c1, 210), (140, 206)], [18, 18, 18]), look.accent.base)
    pen.stroke(path, look.outfit.line)
    if body.view == "back":
        pen.cel(smooth([(-42, 118), (0, 100), (42, 118), (34, 160), (0, 190), (-34, 160)]), look.outfit)
        return
    for side in (-1, 1):
        pen.cel(
            smooth(
                [
                    corner(c1 + side * 3, 152),
                    (c1 + side * 22, 140),
                    (c1 + side * 40, 124),
                    (c1 + side * 30, 106),
                    corner(c1 + side * 15, 98),
                    (c1 + side * 17, 122),
                ]
            ),
            look.outfit,
            reach=0.6,
        )
        pen.stroke(f"M{c1 + side * 9:.1f},148q{side * 2},18 {side * 1},38", look.accent.light, pen.line * 2.2)


def _dress(pen: Pen, look: Look, body: Skeleton) -> None:
    c = body.centre(258)
    h = body.half_hip
    skirt = smooth(
        [
            corner(body.left(body.half_waist), 250),
            (body.left(h + 14), 310),
            (body.left(h + 42), 380),
            corner(body.left(h + 58), 428),
            (-20, 440),
            (20, 440),
            corner(body.right(h + 58), 428),
            (body.right(h + 42), 380),
            (body.right(h + 14), 310),
            corner(body.right(body.half_waist), 250),
        ]
    )
    pen.cel(skirt, look.outfit, reach=3)
    for share in (-0.7, -0.25, 0.2, 0.65):
        pen.taper(
            [(c + share * 40, 266), (c + share * 78, 350), (c + share * 112, 432)],
            pen.line * 1.5,
            look.outfit.line,
            0.65,
        )
    with pen.clip_to(skirt):
        pen.fill(band([(-130, 414), (0, 427), (130, 414)], [9, 9, 9]), look.accent.base)
    _trunk(pen, body, look.outfit, 258, 1)
    pen.shape(
        band([(body.left(body.half_waist + 2), 250), (c, 256), (body.right(body.half_waist + 2), 250)], [18, 18, 18]),
        look.accent.base,
        look.accent.line,
    )
    if body.view == "back":
        for side in (-1, 1):
            pen.cel(
                smooth([corner(0, 254), (side * 30, 238), (side * 34, 262), corner(0, 260)]), look.accent, reach=0.4
            )
        return
    c1, n = body.centre(130), body.neck_width * 0.5
    x0 = -2.0 if body.view == "turned" else 0.0
    pen.fill(
        smooth([corner(x0 - n, 116), (c1 - 21, 132), (c1, 158), (c1 + 21, 132), corner(x0 + n, 116)]), look.skin.base
    )
    pen.stroke(
        smooth([(x0 - n - 3, 117), (c1 - 20, 134), (c1, 158), (c1 + 20, 134), (x0 + n + 3, 117)], closed=False),
        look.outfit.line,
    )
    for side in (-1, 1):
        pen.cel(
            smooth([corner(c1, 163), (c1 + side * 17, 152), (c1 + side * 19, 172), corner(c1, 166)]),
            look.accent,
            reach=0.4,
        )


def _uniform(pen: Pen, look: Look, body: Skeleton) -> None:
    if _wears_skirt(look):
        c, h = body.centre(300), body.half_hip
        skirt = smooth(
            [
                corner(body.left(h * 0.86), 276),
                (body.left(h + 12), 320),
                corner(body.left(h + 30), 396),
                (c, 406),
                corner(body.right(h + 30), 396),
                (body.right(h + 12), 320),
                corner(body.right(h * 0.86), 276),
            ]
        )
        pen.cel(skirt, look.trousers, reach=2)
        for share in (-0.85, -0.5, -0.15, 0.2, 0.55, 0.9):
            pen.taper(
                [(c + share * 40, 290), (c + share * 58, 340), (c + share * 72, 402)],
                pen.line * 1.3,
                look.trousers.line,
                0.8,
            )
    else:
        _hips(pen, look, body)
    path = _trunk(pen, body, look.outfit, 292 if _wears_skirt(look) else 318, 4)
    c1, c2 = body.centre(126), body.centre(250)
    if body.view == "back":
        pen.cel(
            smooth([corner(-38, 116), (0, 108), corner(38, 116), corner(36, 172), corner(-36, 172)]),
            look.accent,
            reach=0.6,
        )
        pen.stroke("M-30,164H30", look.inner.base, pen.line * 1.6)
        return
    if _wears_skirt(look):
        for side in (-1, 1):
            pen.cel(
                smooth(
                    [
                        corner(c1 + side * 17, 106),
                        (c1 + side * 38, 128),
                        corner(c1 + side * 36, 158),
                        corner(c1 + side * 2, 186),
                        (c1 + side * 10, 140),
                    ]
                ),
                look.accent,
                reach=0.6,
            )
            pen.stroke(f"M{c1 + side * 31:.1f},132l{side * -1},20l{side * -24},24", look.inner.base, pen.line * 1.3)
        for side in (-1, 1):
            pen.cel(
                smooth([corner(c1, 188), (c1 + side * 22, 178), (c1 + side * 24, 204), corner(c1, 196)]),
                look.accent,
                reach=0.4,
            )
        return
    with pen.clip_to(path):
        pen.fill(box(-140, 252, 280, 15), look.trousers.base)
        pen.stroke(f"M{c1:.1f},130L{c2:.1f},252L{body.centre(318):.1f},324", look.outfit.line, pen.line * 1.3)
    pen.shape(box(c2 - 9, 250, 18, 19), look.accent.base, look.accent.line)
    for index in range(4):
        y = 158 + index * 26
        pen.shape(ellipse(body.centre(y) + 9, y, 4, 4), look.accent.base, look.accent.line, pen.line * 0.7)
    s = body.half_shoulder
    for side in (-1, 1):
        x = (body.left if side < 0 else body.right)(s * 0.8)
        pen.cel(
            polygon([(x - 17, 130), (x + 17, 130 + side * 2), (x + 19, 140), (x - 19, 140)]), look.accent, reach=0.3
        )
    n = body.neck_width * 0.66
    x0 = -3.0 if body.view == "turned" else 0.0
    pen.cel(
        smooth(
            [
                corner(x0 - n - 2, 104),
                (c1, 117),
                corner(x0 + n + 2, 104),
                corner(x0 + n + 8, 121),
                (c1, 136),
                corner(x0 - n - 8, 121),
            ]
        ),
        look.outfit,
        reach=0.4,
    )
    pen.stroke(f"M{x0 - n - 5:.1f},113Q{c1:.1f},132 {x0 + n + 5:.1f},113", look.accent.base, pen.line * 1.8)


def _armour(pen: Pen, look: Look, body: Skeleton) -> None:
    _hips(pen, look, body)
    _trunk(pen, body, look.trousers, 306, 3)
    c, s = body.centre(190), body.half_shoulder
    plate = smooth(
        [
            corner(body.left(s * 0.34), 124),
            (body.left(s * 0.88), 146),
            (body.left(s * 0.8), 200),
            corner(body.left(body.half_waist * 0.9), 240),
            (c, 252),
            corner(body.right(body.half_waist * 0.9), 240),
            (body.right(s * 0.8), 200),
            (body.right(s * 0.88), 146),
            corner(body.right(s * 0.34), 124),
            (c, 140),
        ]
    )
    pen.cel(plate, look.outfit, reach=1.8)
    for y in (266, 286):
        pen.cel(
            band(
                [(body.left(body.half_waist * 0.94), y), (c, y + 8), (body.right(body.half_waist * 0.94), y)],
                [17, 17, 17],
            ),
            look.outfit,
            reach=0.4,
        )
    for side in (-1, 1):
        x = (body.left if side < 0 else body.right)(body.half_hip * 0.7)
        pen.cel(
            smooth([corner(x - 26, 300), corner(x + 26, 300), (x + 28, 350), corner(x + side * 8, 392), (x - 28, 350)]),
            look.outfit,
        )
    if body.view == "back":
        glow_line(pen, "M0,150L0,235", look.accent.base, 3)
        return
    glow_line(
        pen,
        f"M{c:.1f},150L{c:.1f},172L{c - 14:.1f},196L{c:.1f},220L{c + 14:.1f},196L{c:.1f},172",
        look.accent.base,
        2.6,
    )
    glow_line(pen, f"M{body.left(s * 0.7):.1f},166l16,14l0,22", look.accent.base, 1.8)
    glow_line(pen, f"M{body.right(s * 0.7):.1f},166l-14,14l0,22", look.accent.base, 1.8)
    _collar(pen, look.outfit, body, 104, 24)


def _shirt(pen: Pen, look: Look, body: Skeleton) -> None:
    _hips(pen, look, body)
    path = _trunk(pen, body, look.outfit, 296, 3)
    c = body.centre(290)
    with pen.clip_to(path):
        pen.fill(box(-140, 284, 280, 30), look.trousers.shade)
        pen.fill(box(c - 8, 286, 17, 12), look.accent.base)
    if body.view == "back":
        pen.cel(smooth([corner(-28, 120), (0, 106), corner(28, 120), (0, 132)]), look.outfit, reach=0.4)
        return
    c1, c2 = body.centre(130), body.centre(230)
    pen.fill(polygon([(c1 - 12, 114), (c1 + 12, 114), (c1, 142)]), look.skin.shade)
    pen.stroke(f"M{c1:.1f},142L{c2:.1f},230L{c:.1f},284", look.outfit.line, pen.line)
    for y in (165, 195, 225, 255):
        pen.fill(ellipse(body.centre(y) + 4, y, 2.4, 2.4), look.accent.shade)
    _collar(pen, look.outfit, body, 106, 26)


def _robe(pen: Pen, look: Look, body: Skeleton) -> None:
    hem = _LONG_HEMS["robe"]
    path = torso_path(body, hem, 6, 18)
    pen.cel(path, look.outfit, reach=2.2)
    c1, c2, c3 = body.centre(130), body.centre(256), body.centre(hem)
    if body.view != "back":
        with pen.clip_to(path):
            pen.stroke(f"M{c2 + 8:.1f},270L{c3 + 20:.1f},{hem + 10:.1f}", look.outfit.line, pen.line * 1.6)
            pen.fill(polygon([(c1 - 20, 104), (c1 + 20, 104), (c1 + 1, 158)]), look.skin.base)
            for near, wide, cloth in (
                (1, 15, look.inner),
                (1, 9, look.accent),
                (-1, 15, look.inner),
                (-1, 9, look.accent),
            ):
                pen.shape(
                    band([(c1 + near * 25, 106), (c1 + near * 10, 150), (c2 - near * 24, 236)], [wide, wide, wide]),
                    cloth.base,
                    cloth.line,
                    pen.line * 0.8,
                )
    sash = 42.0
    pen.cel(
        band(
            [(body.left(body.half_waist + 9), 252), (c2, 258), (body.right(body.half_waist + 9), 252)],
            [sash, sash, sash],
        ),
        look.accent,
        reach=0.8,
    )
    pen.stroke(
        f"M{body.left(body.half_waist + 8):.1f},252Q{c2:.1f},260 {body.right(body.half_waist + 8):.1f},252",
        look.inner.base,
        pen.line * 2.2,
    )
    if body.view == "back":
        pen.cel(smooth([corner(-30, 236), corner(30, 236), corner(34, 292), corner(-34, 292)]), look.accent, reach=0.8)
    for share in (-0.6, 0.5):
        pen.taper(
            [(c2 + share * 40, 300), (c2 + share * 60, 420), (c3 + share * 76, hem)],
            pen.line * 1.4,
            look.outfit.line,
            0.6,
        )


def _scarf(pen: Pen, look: Look, body: Skeleton) -> None:
    c = body.centre(120)
    x0 = -3.0 if body.view == "turned" else 0.0
    pen.cel(
        smooth(
            [
                corner(c - 38, 150),
                (c - 34, 168),
                (c - 40, 230),
                corner(c - 44, 268),
                corner(c - 14, 270),
                (c - 14, 220),
                corner(c - 12, 160),
            ]
        ),
        look.accent,
    )
    pen.cel(
        smooth(
            [
                (x0 - 30, 104),
                (x0, 116),
                (x0 + 30, 104),
                (x0 + 38, 122),
                (c + 28, 142),
                (c, 150),
                (c - 30, 144),
                (x0 - 39, 124),
            ]
        ),
        look.accent,
        reach=0.7,
    )
    pen.taper([(x0 - 28, 120), (c, 134), (x0 + 28, 118)], pen.line * 1.3, look.accent.line, 0.7)


def draw_head_gear(pen: Pen, look: Look, turned: bool, behind: bool) -> None:
    """Draw what is worn on the head, in head units: headphones, ears, horns, halo, hat, ribbon."""
    marks, accent = look.marks, look.accent
    shift = -4.0 if turned else 0.0
    if "cat-ears" in marks:
        for side in (-1, 1):
            x = shift + side * (30 if not turned or side < 0 else 24)
            pen.cel(
                smooth(
                    [
                        corner(x - 15, -46),
                        (x - 6 + side * 6, -68),
                        corner(x + side * 10, -88),
                        (x + 8 + side * 4, -66),
                        corner(x + 15, -44),
                    ]
                ),
                look.hair,
                reach=0.6,
            )
            if not behind:
                pen.fill(smooth([corner(x - 6, -52), corner(x + side * 7, -78), corner(x + 8, -50)]), "#f2a3b3")
    if "horns" in marks:
        for side in (-1, 1):
            x = shift + side * 27
            pen.cel(
                band([(x, -48), (x + side * 12, -66), (x + side * 8, -88)], [15, 11, 0]), tone("#d9cdb8"), reach=0.5
            )
    if "headphones" in marks:
        pen.stroke(
            smooth(
                [(shift - 46, -2), (shift - 44, -46), (shift, -69), (shift + 42, -46), (shift + 44, -2)], closed=False
            ),
            accent.line,
            8,
        )
        pen.stroke(
            smooth(
                [(shift - 46, -2), (shift - 44, -46), (shift, -69), (shift + 42, -46), (shift + 44, -2)], closed=False
            ),
            accent.base,
            5,
        )
        for x in (-45, 43):
            if turned and x > 0:
                continue
            pen.cel(ellipse(x + shift, 6, 10, 16), accent, reach=0.6)
            pen.fill(ellipse(x + shift, 6, 4.5, 8), "#ffffff", 0.7)
    if "hat" in marks:
        pen.cel(
            smooth(
                [
                    corner(-46 + shift, -26),
                    (-42 + shift, -58),
                    (shift, -76),
                    (40 + shift, -58),
                    corner(44 + shift, -26),
                    (shift, -36),
                ]
            ),
            accent,
            reach=0.9,
        )
        if not behind:
            x = 12.0 if turned else 0.0
            pen.cel(
                smooth([corner(x - 38, -30), (x, -42), corner(x + 40, -30), (x + 26, -22), (x - 18, -22)]),
                tone(accent.shade),
                reach=0.4,
            )
    if "ribbon" in marks:
        x, y = shift - 32, -50.0
        for side in (-1, 1):
            pen.cel(
                smooth([corner(x, y), (x + side * 16, y - 14), (x + side * 20, y + 8), corner(x, y)]), accent, reach=0.4
            )
        pen.shape(ellipse(x, y, 4, 4.5), accent.light, accent.line)
    if "goggles" in marks and behind:
        pen.fill(band([(-42, -10), (0, -2), (42, -10)], [8, 8, 8]), INK)
    if "halo" in marks:
        path = ellipse(shift, -82, 30, 8)
        glow_line(pen, path, "#ffe88a", 3)


def draw_wings(pen: Pen, body: Skeleton) -> None:
    """Draw wings behind the body."""
    feathers = tone("#f2f2fa")
    for side in (-1, 1):
        x = side * 20.0
        pen.cel(
            smooth(
                [
                    corner(x, 160),
                    (x + side * 70, 70),
                    corner(x + side * 170, 40),
                    (x + side * 150, 120),
                    corner(x + side * 176, 170),
                    (x + side * 130, 190),
                    corner(x + side * 140, 250),
                    (x + side * 90, 236),
                    corner(x + side * 80, 300),
                    (x + side * 40, 240),
                ]
            ),
            feathers,
            reach=1.5,
        )
