"""What lies in the hands of a figure: the thing that its action names, and the tools of an action. In figure units."""

from __future__ import annotations

import math

from tower_anime_assets.animatic.painter.body import Arm, Skeleton
from tower_anime_assets.animatic.painter.colour import mix, scale_rgb, tone
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.things import draw_stand_in, draw_thing, thing_size
from tower_anime_assets.animatic.painter.vector import Pen, band, box, corner, ellipse, polygon, polyline, smooth
from tower_anime_assets.production.planning.shots import Pose
from tower_anime_assets.production.planning.things import Thing, colour_of, find

_UNITS_PER_M = 664 / 1.7
_SMALLEST, _LARGEST = 54.0, 240.0
_TOOLS = {Pose.DRINK: "cup", Pose.THROW: "ball"}
"""What is in the hand where the action names nothing."""
_CENTRED_POSES = frozenset({Pose.GIVE, Pose.OPEN})
"""Poses that hold a thing between both hands."""
_HANDLED_LOW = frozenset({"lantern", "bag", "bucket", "basket", "handbag", "briefcase"})
"""Things that hang from the hand."""
_RAISED = frozenset({"umbrella", "flag", "torch", "broom", "staff"})
"""Things that are held by their lower end."""
_BLADES = frozenset({"sword", "dagger", "katana"})
_SHAPES = ("ball", "snowball", "stone", "rock", "phone", "gun", "bottle", "glass", "photo", "chip")


def draw_held(
    pen: Pen, look: Look, body: Skeleton, pose: Pose, holds: str, is_mirrored: bool, shows_legs: bool
) -> None:
    """Draw what is in the hands, over the arms, in an action; what is only carried is drawn by `carried`.

    Args:
        pen: In the upper body's units.
        look: Whose hands they are.
        body: Its joints.
        pose: The action; it decides which hand holds, and brings its own tools.
        holds: The thing in the writer's words, "" for nothing.
        is_mirrored: Whether the whole figure is drawn flipped, so that letters must be flipped back.
        shows_legs: Whether the picture reaches down to a table or a stove.
    """
    if pose in (Pose.WRITE, Pose.COOK):
        draw = _draw_writing if pose is Pose.WRITE else _draw_cooking
        x, y = _hand_of(body.near)
        with pen.transform(f"rotate({-body.lean_deg:.2f} {x:.1f} {y:.1f})"):  # furniture does not lean with a body
            draw(pen, body, shows_legs)
    elif pose is Pose.DRIVE:
        _draw_steering_wheel(pen, body)
    elif pose is Pose.EAT:
        _draw_meal(pen, look, body, holds, is_mirrored)
    elif pose is Pose.SLEEP:
        _draw_breath(pen, is_mirrored)
    elif holds or pose in _TOOLS:
        words = holds or _TOOLS[pose]
        _draw_in_hand(pen, look, body, pose, words, is_mirrored)


def _hand_of(arm: Arm, reach: float = 18.0) -> tuple[float, float]:
    (ex, ey), (wx, wy) = arm.elbow, arm.wrist
    length = math.hypot(wx - ex, wy - ey) or 1.0
    return wx + (wx - ex) / length * reach, wy + (wy - ey) / length * reach


def _draw_in_hand(pen: Pen, look: Look, body: Skeleton, pose: Pose, words: str, is_mirrored: bool) -> None:
    near, far = _hand_of(body.near), _hand_of(body.far)
    arm = body.far if pose in (Pose.FIGHT, Pose.REACH, Pose.POINT, Pose.DANCE) else body.near
    x, y = _hand_of(arm)
    if pose in _CENTRED_POSES:
        x, y = max(near[0], far[0]) + 6, (near[1] + far[1]) / 2
    thing = find(words)
    size = min(_LARGEST, max(_SMALLEST, (thing.size_m if thing else 0.26) * _UNITS_PER_M))
    if pose is Pose.DRINK:
        x, y, size = x - 2, y - 4, max(64.0, min(size, 76.0))
    _draw_piece(pen, words, thing, size, x, y, pose, is_mirrored)
    if pose not in _CENTRED_POSES and pose is not Pose.THROW:
        _draw_fingers(pen, look, arm)


def _draw_piece(
    pen: Pen, words: str, thing: Thing | None, size: float, x: float, y: float, pose: Pose, is_mirrored: bool
) -> None:
    name = thing.name if thing else words.split()[-1]
    shape = thing.drawing if thing and thing.drawing else name
    flip = -1 if is_mirrored else 1
    colour = colour_of(words, thing, "#d8483c" if shape == "ball" else "#c8ccd6")
    if shape in _SHAPES and not (thing and thing.glyph):
        with pen.transform(f"translate({x:.1f} {y:.1f})"):
            _draw_shape(pen, shape, colour)
        return
    if thing is not None and thing.glyph:
        across, high = thing_size(thing, size)
        if name in _BLADES:  # the font's blades point down
            drawn = draw_thing(thing, colour, size, line=pen.line, shift=pen.shift, prefix="held", is_mirrored=True)
            pen.add(f'<g transform="translate({x:.1f} {y:.1f}) rotate(180) translate(0 {high * 0.86:.1f})">{drawn}</g>')
            return
        low = (
            high
            if name in _HANDLED_LOW
            else high * 0.1
            if name in _RAISED
            else high * 0.42
            if high < across * 1.6
            else high * 0.16
        )
        drawn = draw_thing(thing, colour, size, line=pen.line, shift=pen.shift, prefix="held")
        pen.add(f'<g transform="translate({x:.1f} {y + low:.1f})">{drawn}</g>')
        return
    drawn = draw_stand_in(words, 92.0, 66.0, line=pen.line, shift=pen.shift, prefix="held")
    pen.add(f'<g transform="translate({x:.1f} {y + 33:.1f}) scale({flip} 1)">{drawn}</g>')


def _draw_fingers(pen: Pen, look: Look, arm: Arm) -> None:
    """Draw fingers over a thing, so that it is held and not only touched."""
    (ex, ey), (wx, wy) = arm.elbow, arm.wrist
    angle = math.degrees(math.atan2(wy - ey, wx - ex))
    with pen.transform(f"translate({wx:.1f} {wy:.1f}) rotate({angle:.1f})"):
        for index in range(4):
            at = -9.0 + index * 5.6
            finger = band([(8, at), (18, at + 0.6), (27, at)], [5.2, 6.0, 4.4])
            pen.shape(finger, look.skin.base, look.skin.line, pen.line * 0.8)


def _draw_shape(pen: Pen, shape: str, colour: str) -> None:
    local = tone(colour)
    if shape in ("ball", "snowball", "stone", "rock"):
        radius = 24.0
        pale = {"snowball": "#f4f8ff", "stone": "#8f9298", "rock": "#8f9298"}.get(shape, colour)
        pen.cel(ellipse(0, 0, radius, radius * (0.8 if shape in ("stone", "rock") else 1.0)), tone(pale))
        if shape == "ball":
            pen.stroke(f"M{-radius:.0f},-2q{radius:.0f},-14 {2 * radius:.0f},0", local.line, pen.line * 1.2)
    elif shape == "phone":
        pen.shape(smooth([corner(-15, -28), corner(15, -28), corner(15, 28), corner(-15, 28)]), "#20222c", "#14151c")
        pen.fill(box(-11, -23, 22, 42), "#9fe0ff")
    elif shape == "gun":
        pen.shape(polygon([(-12, -14), (62, -14), (62, 2), (10, 4), (4, 34), (-16, 30)]), "#3a3e48", "#1c1e26")
    elif shape in ("bottle", "glass"):
        tall = 84.0 if shape == "bottle" else 46.0
        neck = (
            [corner(-8, -tall), corner(8, -tall), (8, -tall + 26), (16, -tall + 40)]
            if shape == "bottle"
            else [corner(-18, -tall + 8), corner(18, -tall + 8)]
        )
        outline = [*neck, corner(15, 16), corner(-15, 16)]
        if shape == "bottle":
            outline += [(-16, -tall + 40), (-8, -tall + 26)]
        pen.cel(smooth(outline), tone("#5f9a78" if shape == "bottle" else "#cfe4f0"))
        pen.fill(box(-11, -14, 22, 22), "#f4ead2" if shape == "bottle" else "#d89a4a")
    elif shape == "photo":
        pen.shape(box(-26, -34, 52, 58), "#f6f4ee", "#3a3a44")
        pen.fill(box(-20, -28, 40, 36), "#7f9cb8")
    else:
        pen.shape(box(-14, -10, 28, 20), "#3f8f7a", "#14302a")
        pen.fill(box(-8, -5, 16, 10), "#d8b048")


def _draw_meal(pen: Pen, look: Look, body: Skeleton, holds: str, is_mirrored: bool) -> None:
    """Draw food in the far hand and chopsticks or a spoon at the mouth; a piece of food itself at the mouth."""
    thing = find(holds) if holds else None
    x, y = _hand_of(body.near)
    small = (
        thing is not None
        and thing.glyph
        and thing.name not in ("noodles", "rice bowl", "stew", "bowl", "soup", "salad")
    )
    if small and thing is not None:
        _draw_piece(pen, holds, thing, 54.0, x + 4, y + 6, Pose.EAT, is_mirrored)
        _draw_fingers(pen, look, body.near)
        return
    bowl_x, bowl_y = _hand_of(body.far, 12)
    if (thing is not None and thing.glyph) or holds:
        _draw_piece(pen, holds, thing, 84.0, bowl_x, bowl_y - 8, Pose.EAT, is_mirrored)
    else:
        bowl = [
            corner(bowl_x - 38, bowl_y - 22),
            corner(bowl_x + 38, bowl_y - 22),
            (bowl_x + 26, bowl_y + 12),
            (bowl_x - 26, bowl_y + 12),
        ]
        pen.fill(ellipse(bowl_x, bowl_y - 24, 30, 13), "#f8f6ee")
        pen.cel(smooth(bowl), tone("#c84a3f"))
    tip_x, tip_y = x - 26, y - 34
    for apart in (-3.0, 4.0):
        stick = polyline([(x + 34, y + 26 + apart), (tip_x, tip_y + apart * 0.4)])
        pen.stroke(stick, "#3a2418", 6.4)
        pen.stroke(stick, "#b5763c", 4.0)
    _draw_fingers(pen, look, body.near)


def _draw_writing(pen: Pen, body: Skeleton, shows_legs: bool) -> None:
    """Draw a desk with a sheet, and the pen in the near hand."""
    x, y = _hand_of(body.near)
    top = max(body.near.wrist[1], body.far.wrist[1]) + 24
    left, right = (x - 130, x + 96) if body.view == "turned" else (-150.0, 150.0)
    wood = tone("#8f6844")
    pen.fill(polygon([(x - 60, top - 6), (x + 62, top - 6), (x + 76, top + 8), (x - 74, top + 8)]), "#fbf8ee")
    pen.stroke(polygon([(x - 60, top - 6), (x + 62, top - 6), (x + 76, top + 8), (x - 74, top + 8)]), "#5a564c")
    for row in range(3):
        pen.stroke(f"M{x - 48 + row * -4:.0f},{top - 2 + row * 3:.0f}h{76 + row * 8}", "#5a6a94", 1.2)
    pen.cel(polygon([(left, top + 8), (right, top + 8), (right + 12, top + 26), (left - 12, top + 26)]), wood)
    if shows_legs:
        for leg in (left + 6, right - 18):
            pen.cel(box(leg, top + 26, 14, 330), tone(scale_rgb(wood.base, 0.8)))
    pen.stroke(polyline([(x + 2, y - 34), (x + 16, top - 2)]), "#1f2740", 6.0)
    pen.stroke(polyline([(x + 2, y - 34), (x + 10, y - 2)]), "#4f78c8", 3.6)


def _draw_cooking(pen: Pen, body: Skeleton, shows_legs: bool) -> None:
    """Draw a steaming pot, the ladle in the near hand, and the stove below."""
    x, y = _hand_of(body.near)
    top, middle = y + 26, x + (22 if body.view == "turned" else 0)
    if body.view != "turned":
        middle = 0.0
    if shows_legs:
        pen.cel(box(middle - 104, top + 84, 208, 300), tone("#5a606c"))
        pen.fill(box(middle - 72, top + 150, 144, 96), "#22242c")
        pen.fill(box(middle - 62, top + 160, 124, 76), "#ff9a4a")
        pen.cel(box(middle - 112, top + 74, 224, 16), tone("#3a3e48"))
    for index in range(3):
        at = middle - 34 + index * 34
        steam = smooth([(at, top - 12), (at + 12, top - 34), (at - 8, top - 56), (at + 8, top - 84)], closed=False)
        pen.stroke(steam, "#ffffff", 7.0, 0.5)
    pen.stroke(polyline([(x - 4, y - 30), (x + 16, top + 14)]), "#4a4e58", 9.0)
    pen.stroke(polyline([(x - 4, y - 30), (x + 16, top + 14)]), "#c4cad4", 5.4)
    pot = [
        corner(middle - 76, top),
        corner(middle + 76, top),
        (middle + 70, top + 72),
        corner(middle + 58, top + 78),
        corner(middle - 58, top + 78),
        (middle - 70, top + 72),
    ]
    pen.cel(smooth(pot), tone("#c4573f"), reach=1.6)
    pen.shape(ellipse(middle, top, 76, 13), mix("#c4573f", "#ffffff", 0.35), "#4a1f18")
    pen.fill(ellipse(middle, top + 1, 66, 9), "#e8b070")
    for side in (-1, 1):
        pen.stroke(f"M{middle + side * 76:.0f},{top + 18:.0f}q{side * 20},8 0,22", "#4a1f18", 6.0)


def _draw_steering_wheel(pen: Pen, body: Skeleton) -> None:
    """Draw a steering wheel in both hands, with its column and the edge of the dashboard."""
    near, far = _hand_of(body.near, 12), _hand_of(body.far, 12)
    x, y = (near[0] + far[0]) / 2 + 6, (near[1] + far[1]) / 2 + 6
    across, down = (34.0, 84.0) if body.view == "turned" else (84.0, 78.0)
    tilt = 16 if body.view == "turned" else 0
    if body.view == "turned":
        dash = [
            corner(x + 34, y - 40),
            (x + 120, y - 66),
            corner(x + 196, y - 60),
            corner(x + 204, 508),
            corner(x + 76, 508),
        ]
        pen.cel(smooth(dash), tone("#3a3e4c"), reach=2)
        pen.fill(ellipse(x + 84, y - 30, 20, 10), "#9fe0ff")
        pen.stroke(polyline([(x + 4, y + 8), (x + 96, y + 62)]), "#23252f", 16.0)
    with pen.transform(f"translate({x:.1f} {y:.1f}) rotate({tilt})"):
        pen.stroke(ellipse(0, 0, across, down), "#14151c", 15.0)
        pen.stroke(ellipse(0, 0, across, down), "#4a4e5a", 9.0)
        for angle in (90, 210, 330):
            dx, dy = math.cos(math.radians(angle)), math.sin(math.radians(angle))
            pen.stroke(polyline([(0, 0), (dx * across * 0.9, dy * down * 0.9)]), "#2c2f3a", 9.0)
        pen.shape(ellipse(0, 0, across * 0.34, down * 0.26), "#2c2f3a", "#14151c")


def _draw_breath(pen: Pen, is_mirrored: bool) -> None:
    """Draw the letters of sleep, rising from the head."""
    flip = -1 if is_mirrored else 1
    for x, y, size in ((66, 20, 20.0), (96, -20, 28.0), (134, -72, 38.0)):
        with pen.transform(f"translate({x} {y}) scale({flip} 1)"):
            zed = polyline([(-size / 2, -size / 2), (size / 2, -size / 2), (-size / 2, size / 2), (size / 2, size / 2)])
            pen.stroke(zed, "#2a3050", size * 0.34)
            pen.stroke(zed, "#ffffff", size * 0.2)
