"""Legs, arms, hands and neck of a posed body, with sleeves, trousers and shoes. In figure units, see `body`."""

from __future__ import annotations

import math

from tower_anime_assets.animatic.painter.body import Arm, Leg, Skeleton, point_between
from tower_anime_assets.animatic.painter.colour import METAL, Tone, mix, tone
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.vector import Pen, Point, band, box, corner, ellipse, polyline, smooth


def draw_legs(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw both legs with shoes."""
    bare = look.outfit_style == "dress" or look.wears_skirt
    cloth = look.skin if bare else look.trousers
    wide = 0.9 if look.presents == "feminine" else 1.06
    wide *= {"broad": 1.16, "plump": 1.2, "heavy": 1.34, "fat": 1.42}.get(look.build, 1.0)
    if look.outfit_style == "robe" and body.drop:  # a robe is gathered over the knees of who sits
        cloth, wide = look.outfit, wide * 1.3
    loose = 1.0 if bare else 1.12
    widths = [56 * wide, 39 * wide * loose, 39 * wide * loose, 25 * wide * loose]
    for leg in body.legs:
        kx, ky = leg.knee
        calf_x, calf_y = point_between(leg.knee, leg.ankle, 0.36)
        pen.limb([leg.hip, leg.knee, (calf_x - 3, calf_y), leg.ankle], widths, cloth)
        if bare:
            sock = [point_between(leg.knee, leg.ankle, 0.35), leg.ankle]
            pen.limb(sock, [widths[1] * 0.96, widths[3] * 1.06], look.inner if look.wears_skirt else look.trousers)
        else:
            pen.taper([(kx - 15, ky - 5), (kx - 3, ky + 3), (kx + 9, ky)], pen.line * 1.1, cloth.line, 0.6)
            if look.outfit_style == "armour":
                pen.cel(ellipse(kx, ky, 22, 27), look.outfit)
                pen.cel(band([(kx, ky + 30), leg.ankle], [40, 36]), look.outfit)
        _draw_shoe(pen, look, leg)


def _draw_shoe(pen: Pen, look: Look, leg: Leg) -> None:
    x, y = leg.ankle
    is_flipped = 90 < leg.foot_deg <= 150
    turn = 180 - leg.foot_deg if is_flipped else leg.foot_deg
    front = 45 < turn < 70
    if front:
        outline = [(-14, -16), (13, -16), (17, 6), (19, 22), corner(14, 29), corner(-13, 29), (-16, 18), (-15, 4)]
    else:
        outline = [(-15, -18), (12, -18), (18, 0), (40, 12), (47, 23), corner(44, 29), corner(-15, 29), (-18, 8)]
    flip, angle = -1 if is_flipped else 1, 0 if front else turn - 8
    with pen.transform(f"translate({x:.1f} {y:.1f}) scale({flip} 1) rotate({angle:.0f})"):
        pen.cel(smooth(outline), look.shoes, reach=0.6)
        pen.fill(box(-15, 24, 31 if front else 60, 5), look.accent.shade)


def draw_seat(pen: Pen, colour: str) -> None:
    """Draw what a sitting figure sits on."""
    base = [corner(-78, 500), corner(66, 500), corner(62, 664), corner(-74, 664)]
    pen.cel(smooth(base), tone(colour), reach=2)
    cushion = [corner(-86, 490), corner(76, 490), corner(76, 514), corner(-86, 514)]
    pen.cel(smooth(cushion), tone(mix(colour, "#ffffff", 0.15)))


def draw_neck(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw the neck with the chin's shadow, and the skin inside an open collar."""
    x = -2.0 if body.view == "turned" else 0.0
    half = body.neck_width / 2
    c = body.centre(130)
    left = [(x - half, 84), (x - half, 112), corner(x - half - 16, 126)]
    right = [corner(x + half + 16, 126), (x + half, 112), (x + half, 84)]
    path = smooth([*left, (c, 152), *right])
    pen.fill(path, look.skin.base)
    with pen.clip_to(path):
        y = 112.0 if body.view != "back" else 104.0
        jaw = [corner(x + 40, y - 4), (x + 6, y + 4), corner(x - 40, y - 8)]
        pen.fill(smooth([corner(x - 40, 70), corner(x + 40, 70), *jaw]), look.skin.shade)
    pen.stroke(path, look.skin.line)
    if body.view == "back":
        return
    pen.taper([(c - 3, 128), (c - 12, 131), (c - 26, 129)], pen.line * 0.9, look.skin.line, 0.7)
    pen.taper([(c + 3, 128), (c + 12, 131), (c + 24, 129)], pen.line * 0.9, look.skin.line, 0.7)
    if "tattoos" in look.marks:
        pen.glow_line(f"M{x - half + 3:.1f},104l5,8l-2,7l8,9", look.accent.base, 1.7)
        pen.glow_line(f"M{x + half - 4:.1f},110l-5,7l4,8", look.accent.base, 1.4)


def draw_arm(pen: Pen, look: Look, arm: Arm) -> None:
    """Draw an arm with its hand and sleeve, and the plates or tattoos on it."""
    wide = {"broad": 1.2, "slim": 0.92, "small": 0.88, "plump": 1.12, "heavy": 1.26, "fat": 1.32}.get(
        look.build, 1.0
    ) * (0.86 if look.presents == "feminine" else 1.0)
    metal = "cyber-arms" in look.marks
    bare = METAL if metal else look.skin
    if arm.hand != "hidden":
        _draw_hand(pen, look, arm, look.outfit if "gloves" in look.marks and not metal else bare, wide)
    pen.limb([arm.shoulder, arm.elbow, arm.wrist], [29 * wide, 26 * wide, 19 * wide], bare)
    if metal:
        _draw_plates(pen, look, arm, wide)
    elif "tattoos" in look.marks:
        _draw_arm_tattoo(pen, look, arm)
    _draw_sleeve(pen, look, arm, wide, is_short=metal or "tattoos" in look.marks)


def _draw_hand(pen: Pen, look: Look, arm: Arm, skin: Tone, wide: float) -> None:
    (ex, ey), (wx, wy) = arm.elbow, arm.wrist
    angle = math.degrees(math.atan2(wy - ey, wx - ex))
    size = 0.98 * (0.9 if look.presents == "feminine" else 1.0) * max(0.95, wide)
    # the thumb is on the body's side: above an arm that reaches forward, inside one that hangs
    mirror = -1 if wx < 0 and arm.hand == "relaxed" else 1
    with pen.transform(f"translate({wx:.1f} {wy:.1f}) rotate({angle:.1f}) scale({size:.2f} {size * mirror:.2f})"):
        if arm.hand == "fist":
            _draw_fist(pen, skin)
        elif arm.hand == "point":
            _draw_pointing_hand(pen, skin)
        else:
            _draw_open_hand(pen, skin, 5.0 if arm.hand == "open" else 1.6)


def _draw_fist(pen: Pen, skin: Tone) -> None:
    pen.cel(smooth([(-4, -10), (12, -13), (25, -11), (29, 0), (24, 11), (8, 12), (-4, 9)]), skin, reach=0.5)
    for y in (-5.0, 1.0, 6.0):
        pen.taper([(17, y), (23, y + 0.6), (27.5, y)], pen.line * 0.9, skin.line)
    pen.taper([(4, 8), (13, 4), (19, 6)], pen.line * 1.1, skin.line)


def _draw_pointing_hand(pen: Pen, skin: Tone) -> None:
    pen.shape(band([(12, -7), (30, -8), (52, -8)], [10, 9, 6]), skin.base, skin.line)
    pen.cel(smooth([(-4, -10), (12, -12), (26, -8), (28, 3), (22, 12), (6, 12), (-4, 9)]), skin, reach=0.5)
    pen.fill(band([(8, -7), (24, -8)], [8, 8]), skin.base)
    for y in (0.0, 5.0):
        pen.taper([(15, y), (21, y + 0.6), (26, y)], pen.line * 0.9, skin.line)


def _draw_open_hand(pen: Pen, skin: Tone, spread: float) -> None:
    for index, (reach, y) in enumerate(((43, -6.5), (47, -2.0), (45, 2.5), (39, 6.8))):
        lean = (index - 1.5) * spread
        finger = band([(16, y), (30, y + lean * 0.5), (reach, y + lean)], [7.6, 7.0, 4.4])
        pen.shape(finger, skin.base, skin.line, pen.line * 0.85)
    thumb = band([(6, -7), (17, -15 - spread), (25, -17 - spread)], [9, 7.5, 5])
    pen.shape(thumb, skin.base, skin.line, pen.line * 0.9)
    palm = smooth([(-4, -9), (10, -11), (21, -10), (24, 0), (21, 9.5), (8, 10.5), (-4, 9)])
    pen.cel(palm, skin, pen.line * 0.6, reach=0.5)
    pen.fill(box(15, -7.5, 11, 15), skin.base)


def _draw_plates(pen: Pen, look: Look, arm: Arm, wide: float) -> None:
    """Draw the plates and glowing seams of a cybernetic forearm."""
    ex, ey = arm.elbow
    at = arm.forearm_point
    pen.cel(band([at(0.12), at(0.5), at(0.72)], [29 * wide, 31 * wide, 24 * wide]), METAL, reach=0.5)
    pen.cel(band([at(0.76), at(0.98)], [23 * wide, 22 * wide]), tone("#5b6478"), reach=0.4)
    pen.shape(ellipse(ex, ey, 13 * wide, 13 * wide), "#5b6478", METAL.line)
    glow = look.accent.base
    pen.fill(ellipse(ex, ey, 6 * wide, 6 * wide), glow)
    pen.fill(ellipse(ex - 1, ey - 1, 2.6 * wide, 2.6 * wide), "#ffffff", 0.9)
    pen.glow_line(polyline([at(0.2), at(0.5), at(0.94)]), glow, 2.4)
    nx, ny = arm.forearm_normal
    for share in (0.36, 0.74):
        (x, y), dx, dy = at(share), nx * 12 * wide, ny * 12 * wide
        pen.glow_line(polyline([(x - dx, y - dy), (x + dx, y + dy)]), glow, 1.5)


def _draw_arm_tattoo(pen: Pen, look: Look, arm: Arm) -> None:
    nx, ny = arm.forearm_normal
    points: list[Point] = []
    for share, across in ((0.1, 1), (0.34, -1), (0.5, 1), (0.72, -1), (0.98, 0.6)):
        x, y = arm.forearm_point(share)
        points.append((x + nx * 5 * across, y + ny * 5 * across))
    pen.glow_line(polyline(points), look.accent.base, 2.0)
    for x, y in points[1:4]:
        pen.fill(ellipse(x, y, 2.6, 2.6), mix(look.accent.base, "#ffffff", 0.6))


def _draw_sleeve(pen: Pen, look: Look, arm: Arm, wide: float, is_short: bool) -> None:
    style, cloth, accent = look.outfit_style, look.outfit, look.accent
    up, down = arm.upper_arm_point, arm.forearm_point
    x, y = arm.shoulder
    start = (x, y - 1)

    def limb(points: list[Point], widths: tuple[float, ...], cloth: Tone) -> None:
        pen.limb(points, [width * wide for width in widths], cloth)

    if style == "dress":
        pen.cel(ellipse(x, y + 12, 21 * wide, 25 * wide), cloth, reach=0.6)
    elif style == "shirt":
        limb([start, up(0.5), up(0.86)], (32, 37, 40), cloth)
    elif style == "robe":
        limb([start, arm.elbow, down(0.9)], (34, 50, 70), cloth)
        limb([down(0.82), down(0.94)], (66, 70), accent)
    elif style == "armour":
        limb([start, arm.elbow, down(0.2)], (36, 31, 28), look.trousers)
        pen.cel(band([down(0.15), down(0.55), down(0.95)], [35 * wide, 36 * wide, 27 * wide]), cloth)
        pen.glow_line(polyline([down(0.3), down(0.8)]), accent.base, 2.0)
        pen.cel(ellipse(x, y, 33 * wide, 29 * wide), cloth)
        pen.stroke(ellipse(x, y + 3, 24 * wide, 19 * wide), accent.base, pen.line * 1.6)
    elif is_short:
        limb([start, up(0.5), arm.elbow, down(0.1)], (33, 39, 36, 37), cloth)
        limb([up(0.93), down(0.13)], (38, 40), cloth if style == "lab_coat" else accent)
    else:
        widths = (35, 41, 39, 34) if style == "hoodie" else (32, 38, 34, 30)
        limb([start, up(0.5), arm.elbow, down(0.97)], widths, cloth)
        cuff = {"jacket": accent, "uniform": accent, "suit": look.inner}.get(style, cloth)
        end = widths[3] * wide
        pen.limb([down(0.88), down(0.99)], [end * 1.02, end * 0.98], cuff)
    if style not in ("dress", "shirt", "robe", "armour"):
        _draw_elbow_folds(pen, cloth, arm)
    if style == "jacket":
        pen.fill(band([(x, y + 8), up(0.5), up(0.92)], [5, 5, 5]), accent.base)


def _draw_elbow_folds(pen: Pen, cloth: Tone, arm: Arm) -> None:
    x, y = arm.elbow
    out = 1 if x > arm.shoulder[0] else -1
    pen.taper([(x - out * 14, y - 10), (x - out * 2, y - 3), (x + out * 9, y - 7)], pen.line * 1.2, cloth.line, 0.7)
    pen.taper([(x - out * 12, y + 3), (x - out * 1, y + 4), (x + out * 8, y)], pen.line, cloth.line, 0.6)
