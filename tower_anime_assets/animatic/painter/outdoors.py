"""Exteriors: streets, roofs, roads and landscapes on the stage, and what stands on the horizon behind them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import pairwise

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.light import Light, apply_ambient
from tower_anime_assets.animatic.painter.set_builder import Camera, SetBuilder, Vertex
from tower_anime_assets.animatic.painter.vector import Pen, Point, box, ellipse, polygon, smooth

_WALL_COLOURS = ("#8a8fa3", "#a39a92", "#77808f", "#b0a8a0", "#6f7488", "#94868a")
_GROUND_HALF_WIDTH_M = 160.0


def _rng(seed: int, *keys: object) -> random.Random:
    """Return a generator of its own for one building or tree, so that each looks the same from every angle."""
    return random.Random(f"{seed}/{keys}")  # noqa: S311 - decides what a street looks like, not secrets


def _add_ground(builder: SetBuilder, colour: str, y: float = 0.0) -> None:
    """Add a plain of rings, so that haze can take the far ones."""
    edges = (-30.0, 4.0, 12.0, 30.0, 70.0, _GROUND_HALF_WIDTH_M)
    for low, high in pairwise(edges):
        builder.add_flat(
            [
                (-_GROUND_HALF_WIDTH_M, y, low),
                (_GROUND_HALF_WIDTH_M, y, low),
                (_GROUND_HALF_WIDTH_M, y, high),
                (-_GROUND_HALF_WIDTH_M, y, high),
            ],
            colour,
        )


def _windows(
    builder: SetBuilder, rng: random.Random, face: Callable[[float, float], Vertex], long: float, high: float, wall: str
) -> None:
    """Add rows of windows to a face that maps (metres along, metres up) to a vertex."""
    light = builder.light
    step_u, step_v = rng.choice(((1.5, 1.7), (2.0, 1.9), (1.2, 2.2)))
    glass = scale_rgb(mix(wall, "#2b3a5a", 0.6), 0.8) if light.is_dark else mix("#5f7f9c", light.sky[2], 0.35)
    warm = rng.choice(("#ffd98a", "#ffe9b8", "#bfe6ff"))
    v = 3.6
    while v < min(high - 1.0, 26.0):
        builder.add_flat(
            [face(0, v - 0.28), face(long, v - 0.28), face(long, v - 0.18), face(0, v - 0.18)], scale_rgb(wall, 0.82)
        )
        u = 0.5
        while u < long - 1.0:
            is_lit = rng.random() < light.lit
            corners = [
                face(u, v),
                face(u + step_u * 0.6, v),
                face(u + step_u * 0.6, v + step_v * 0.55),
                face(u, v + step_v * 0.55),
            ]
            builder.add_flat(corners, warm if is_lit else glass, own_light=is_lit, glow=0.45 if is_lit else 0.0)
            u += step_u
        v += step_v


def _street_building(builder: SetBuilder, seed: int, side: int, index: int, edge: float, low: float) -> None:
    rng = _rng(seed, "building", side, index)
    long = 7.0
    z0, z1 = index * long, index * long + long * 0.98
    high = rng.uniform(low, low * 2.4)
    wall = rng.choice(_WALL_COLOURS)
    x = (edge, edge + 9) if side > 0 else (-edge - 9, -edge)
    builder.add_block(x, (0, high), (z0, z1), wall)
    face_x = side * edge - side * 0.02

    def face(u: float, v: float) -> Vertex:
        return (face_x, v, z0 + u)

    _windows(builder, rng, face, long, high, wall)
    _shop(builder, rng, face, long)
    if rng.random() < 0.75:
        _sign(builder, rng, side, edge, z0 + rng.uniform(1.0, 4.5), high)


def _shop(builder: SetBuilder, rng: random.Random, face: Callable[[float, float], Vertex], long: float) -> None:
    light = builder.light
    colour = rng.choice(light.neon)
    is_open = light.is_dark
    inside = (
        mix(rng.choice(("#ffdf9e", "#ffe9c8", "#c8f0ff")), colour, 0.25)
        if is_open
        else mix("#4a5a6e", light.sky[2], 0.3)
    )
    builder.add_flat(
        [face(0.5, 0.3), face(long - 0.6, 0.3), face(long - 0.6, 2.4), face(0.5, 2.4)],
        inside,
        own_light=is_open,
        glow=0.4 if is_open else 0,
    )
    for at in (0.5, 2.3, 4.2, long - 0.7):
        builder.add_flat([face(at, 0), face(at + 0.12, 0), face(at + 0.12, 2.5), face(at, 2.5)], "#2c2a36")
    for at in (1.1, 3.0, 4.9):
        builder.add_flat(
            [face(at, 0.5), face(at + 0.7, 0.5), face(at + 0.7, 1.2), face(at, 1.2)],
            scale_rgb(inside, 0.72),
            own_light=is_open,
        )
    awning = colour if is_open else mix(colour, "#ffffff", 0.25)
    builder.add_flat(
        [face(0.2, 2.5), face(long - 0.3, 2.5), face(long - 0.3, 3.1), face(0.2, 3.1)],
        scale_rgb(awning, 0.55) if is_open else awning,
    )
    builder.add_flat(
        [face(0.8, 2.62), face(long - 2.0, 2.62), face(long - 2.0, 2.95), face(0.8, 2.95)],
        mix(awning, "#ffffff", 0.4),
        own_light=is_open,
        glow=0.8 if is_open else 0,
    )


def _sign(builder: SetBuilder, rng: random.Random, side: int, edge: float, z: float, high: float) -> None:
    """Add a vertical sign that sticks out into the street."""
    colour = rng.choice(builder.light.neon)
    dark = builder.light.is_dark
    inner, outer = side * (edge - 0.1), side * (edge - 1.2)
    low = rng.uniform(3.2, 4.6)
    top = min(high - 0.5, low + rng.uniform(2.4, 4.6))
    left, right = min(inner, outer), max(inner, outer)
    builder.begin_object()
    builder.add_flat([(left, low, z), (right, low, z), (right, top, z), (left, top, z)], "#22202e" if dark else colour)
    builder.add_flat(
        [
            (left + 0.1, low + 0.1, z - 0.01),
            (right - 0.1, low + 0.1, z - 0.01),
            (right - 0.1, top - 0.1, z - 0.01),
            (left + 0.1, top - 0.1, z - 0.01),
        ],
        mix(colour, "#1a1430", 0.35) if dark else mix(colour, "#ffffff", 0.15),
        own_light=dark,
        glow=0.7 if dark else 0,
    )
    v = low + 0.35
    while v < top - 0.6:
        for dx, dy, wide, tall in ((0.3, 0.0, 0.5, 0.09), (0.5, 0.12, 0.1, 0.3), (0.3, 0.3, 0.5, 0.08)):
            if rng.random() < 0.8:
                builder.add_flat(
                    [
                        (left + dx, v + dy, z - 0.02),
                        (left + dx + wide, v + dy, z - 0.02),
                        (left + dx + wide, v + dy + tall, z - 0.02),
                        (left + dx, v + dy + tall, z - 0.02),
                    ],
                    "#ffffff" if dark else "#fdf6e8",
                    own_light=dark,
                    glow=0.6 if dark else 0,
                )
        v += 0.72


def _street(builder: SetBuilder, seed: int, edge: float = 6.5, low: float = 9.0, has_lane: bool = True) -> None:
    _add_ground(builder, "#5a6070")
    walk = edge - 2.4 if has_lane else edge
    for side in (-1, 1):
        x0, x1 = side * walk, side * (edge + 12)
        for near, far in ((-24.0, 4.0), (4.0, 20.0), (20.0, 90.0)):
            builder.add_flat([(x0, 0.02, near), (x1, 0.02, near), (x1, 0.02, far), (x0, 0.02, far)], "#8b8d98")
        builder.add_flat([(x0, 0.0, -24), (x0, 0.15, -24), (x0, 0.15, 90), (x0, 0.0, 90)], "#b5b5bb")
    if has_lane:
        for index in range(-3, 12):
            z = index * 5.0
            builder.add_flat(
                [(-0.09, 0.01, z), (0.09, 0.01, z), (0.09, 0.01, z + 2.4), (-0.09, 0.01, z + 2.4)], "#d9d6c8"
            )
        for index in range(7):
            x = -3.6 + index * 1.1
            builder.add_flat([(x, 0.01, 7.0), (x + 0.6, 0.01, 7.0), (x + 0.6, 0.01, 10.0), (x, 0.01, 10.0)], "#d9d9d6")
    for index in range(9, -4, -1):
        for side in (-1, 1):
            _street_building(builder, seed, side, index, edge, low)
    for index in range(-1, 5):
        for side in (-1, 1):
            _lamp(builder, side * (walk + 0.4), index * 9.0 + (2.0 if side > 0 else 6.0), side)
    for index in range(4):
        z = 5.0 + index * 9
        _wire(builder, z, edge, 6.2 + (index % 2))


def _lamp(builder: SetBuilder, x: float, z: float, side: int) -> None:
    builder.begin_object()
    builder.add_billboard(x, z, [(-0.06, 0), (0.06, 0), (0.04, 4.6), (-0.04, 4.6)], "#3a3d4a")
    builder.add_billboard(x, z, [(0, 4.55), (-side * 1.0, 4.75), (-side * 1.0, 4.82), (0, 4.66)], "#3a3d4a")
    lit = builder.light.is_dark
    builder.add_billboard(
        x,
        z,
        [(-side * 1.1, 4.66), (-side * 0.55, 4.66), (-side * 0.6, 4.76), (-side * 1.05, 4.78)],
        "#fff2c8" if lit else "#d0d4dc",
        glow=1.0 if lit else 0.0,
    )


def _wire(builder: SetBuilder, z: float, edge: float, high: float) -> None:
    builder.begin_object()
    spans = 8
    for index in range(spans):
        a, b = -1 + 2 * index / spans, -1 + 2 * (index + 1) / spans
        sag_a, sag_b = 0.8 * (1 - a * a), 0.8 * (1 - b * b)
        builder.add_flat(
            [
                (a * edge, high - sag_a, z),
                (b * edge, high - sag_b, z),
                (b * edge, high - sag_b + 0.035, z),
                (a * edge, high - sag_a + 0.035, z),
            ],
            "#1c1c28",
        )


def _alley(builder: SetBuilder, seed: int) -> None:
    _street(builder, seed, edge=2.6, low=10.0, has_lane=False)
    for index in range(8):
        rng = _rng(seed, "clutter", index)
        side = 1 if index % 2 else -1
        z = 1.6 + index * 2.1
        x = side * 2.0
        size = rng.uniform(0.4, 0.8)
        builder.add_block(
            (x - size / 2, x + size / 2),
            (0, size * 1.2),
            (z, z + size),
            rng.choice(("#4f6a5a", "#6a5a4a", "#4a5a78", "#8a5040")),
        )
        builder.add_block(
            (side * 2.5 - 0.25, side * 2.5 + 0.25), (3.0 + index % 3, 3.7 + index % 3), (z + 0.4, z + 1.2), "#8a8f98"
        )


def _rooftop(builder: SetBuilder, seed: int) -> None:
    edge = 9.0
    builder.add_flat([(-edge, 0, -12), (edge, 0, -12), (edge, 0, 8), (-edge, 0, 8)], "#7d8290")
    for index in range(-8, 10):
        builder.add_flat(
            [
                (index * 1.2, 0.01, -12),
                (index * 1.2 + 0.03, 0.01, -12),
                (index * 1.2 + 0.03, 0.01, 8),
                (index * 1.2, 0.01, 8),
            ],
            "#666b7a",
        )
    for index in range(-4, 6):
        builder.add_flat(
            [
                (-edge, 0.01, index * 1.6),
                (edge, 0.01, index * 1.6),
                (edge, 0.01, index * 1.6 + 0.04),
                (-edge, 0.01, index * 1.6 + 0.04),
            ],
            "#666b7a",
        )
    builder.add_block((-edge, edge), (0, 0.5), (7.6, 8.0), "#8f94a2")
    builder.add_block((-edge, -edge + 0.4), (0, 0.5), (-12, 8.0), "#8f94a2")
    builder.add_block((edge - 0.4, edge), (0, 0.5), (-12, 8.0), "#8f94a2")
    for index in range(-12, 13):
        x = index * 0.75
        builder.begin_object()
        builder.add_billboard(x, 7.8, [(-0.025, 0.5), (0.025, 0.5), (0.025, 1.55), (-0.025, 1.55)], "#4a4f5e")
    for v in (1.0, 1.5):
        builder.begin_object()
        builder.add_flat([(-edge, v, 7.8), (edge, v, 7.8), (edge, v + 0.05, 7.8), (-edge, v + 0.05, 7.8)], "#4a4f5e")
    rng = _rng(seed, "roof")
    for x, z in ((-6.4, 3.6), (4.4, 4.4), (-3.2, 6.0)):
        size = rng.uniform(1.0, 1.5)
        builder.add_block((x, x + size * 1.3), (0, size), (z, z + size), "#a9aeb8")
        builder.add_flat(
            [
                (x + 0.15, 0.2, z - 0.01),
                (x + size, 0.2, z - 0.01),
                (x + size, size - 0.2, z - 0.01),
                (x + 0.15, size - 0.2, z - 0.01),
            ],
            "#5a606e",
        )
    builder.add_block((5.6, 8.2), (0, 2.6), (1.0, 3.6), "#8a8894")
    builder.add_flat([(6.4, 0, 0.99), (7.3, 0, 0.99), (7.3, 2.0, 0.99), (6.4, 2.0, 0.99)], "#4c5464")
    builder.begin_object()
    tank_x, tank_z = -7.0, 6.2
    builder.add_billboard(tank_x, tank_z, [(-0.9, 1.6), (0.9, 1.6), (0.9, 3.4), (0, 4.0), (-0.9, 3.4)], "#9a7a62")
    builder.add_billboard(tank_x, tank_z, [(0.3, 1.6), (0.9, 1.6), (0.9, 3.4), (0.3, 3.8)], "#77604e")
    for at in (-0.7, 0.6):
        builder.add_billboard(tank_x, tank_z, [(at, 0), (at + 0.1, 0), (at + 0.1, 1.6), (at, 1.6)], "#4a4450")
    colour = builder.light.neon[0]
    if builder.light.is_dark:
        builder.add_flat(
            [(1.0, 1.7, 7.9), (4.0, 1.7, 7.9), (4.0, 2.9, 7.9), (1.0, 2.9, 7.9)],
            mix(colour, "#1a1430", 0.5),
            own_light=True,
            glow=0.6,
        )
        builder.add_flat(
            [(1.3, 2.0, 7.89), (3.2, 2.0, 7.89), (3.2, 2.2, 7.89), (1.3, 2.2, 7.89)],
            "#ffffff",
            own_light=True,
            glow=0.8,
        )
        builder.add_flat(
            [(1.3, 2.4, 7.89), (3.6, 2.4, 7.89), (3.6, 2.6, 7.89), (1.3, 2.6, 7.89)], colour, own_light=True, glow=1.0
        )


def _highway(builder: SetBuilder, seed: int) -> None:
    builder.add_flat([(-8, 0, -24), (8, 0, -24), (8, 0, 140), (-8, 0, 140)], "#555b6a")
    for x in (-7.4, 7.2):
        builder.add_flat([(x, 0.01, -24), (x + 0.16, 0.01, -24), (x + 0.16, 0.01, 140), (x, 0.01, 140)], "#e8e4d4")
    for x in (-2.6, 2.5):
        for index in range(-3, 16):
            z = index * 6.0
            builder.add_flat([(x, 0.01, z), (x + 0.14, 0.01, z), (x + 0.14, 0.01, z + 3), (x, 0.01, z + 3)], "#e8e4d4")
    for side in (-1, 1):
        for near, far in ((-20, 4), (4, 20), (20, 60), (60, 140)):
            builder.begin_object()
            builder.add_flat(
                [(side * 8, 0, near), (side * 8, 0, far), (side * 8, 0.95, far), (side * 8, 0.95, near)], "#8a909e"
            )
            builder.add_flat(
                [
                    (side * 7.98, 0.6, near),
                    (side * 7.98, 0.6, far),
                    (side * 7.98, 0.68, far),
                    (side * 7.98, 0.68, near),
                ],
                builder.light.neon[1 if side > 0 else 0],
                own_light=builder.light.is_dark,
                glow=0.7 if builder.light.is_dark else 0,
            )
        for index in range(-1, 8):
            _lamp(builder, side * 8.3, index * 12.0 + 6, side)
    for z in (26.0, 62.0):
        builder.begin_object()
        for x in (-8.4, 8.2):
            builder.add_billboard(x, z, [(-0.15, 0), (0.15, 0), (0.15, 7), (-0.15, 7)], "#5a6070")
        builder.add_flat([(-8.4, 6.2, z), (8.4, 6.2, z), (8.4, 6.7, z), (-8.4, 6.7, z)], "#5a6070")
        builder.add_flat(
            [(-4.5, 5.0, z - 0.1), (-0.5, 5.0, z - 0.1), (-0.5, 7.0, z - 0.1), (-4.5, 7.0, z - 0.1)], "#2f7a5a"
        )
        builder.add_flat(
            [(-4.1, 5.9, z - 0.12), (-1.6, 5.9, z - 0.12), (-1.6, 6.3, z - 0.12), (-4.1, 6.3, z - 0.12)], "#e8f4ec"
        )
    for index in range(9):
        _tower(builder, seed, index)
    for index in range(6):
        _car(builder, seed, index)
    if builder.light.is_dark:
        _light_trails(builder, seed)


def _tower(builder: SetBuilder, seed: int, index: int) -> None:
    """Add a tower beside the road, deep below its level."""
    rng = _rng(seed, "tower", index)
    side = 1 if index % 2 else -1
    near, z = 16 + rng.uniform(0, 9), 6 + (index // 2) * 17 + rng.uniform(0, 6)
    wide, high, wall = rng.uniform(10, 15), rng.uniform(10, 34), rng.choice(_WALL_COLOURS)
    x0, x1 = (near, near + wide) if side > 0 else (-near - wide, -near)
    builder.add_block((x0, x1), (-8, high), (z, z + 12), wall)
    _windows(builder, rng, lambda u, v: (side * (near - 0.05), v, z + u), 12, high, wall)
    _windows(builder, rng, lambda u, v: (x0 + u, v, z - 0.05), wide, high, wall)
    if rng.random() < 0.6:
        colour, y = rng.choice(builder.light.neon), high * 0.6
        corners = [(x0 + 2, y, z - 0.1), (x1 - 2, y, z - 0.1), (x1 - 2, y + 2.4, z - 0.1), (x0 + 2, y + 2.4, z - 0.1)]
        dark = builder.light.is_dark
        builder.add_flat(
            corners, colour if dark else mix(colour, "#ffffff", 0.3), own_light=dark, glow=0.8 if dark else 0
        )


def _light_trails(builder: SetBuilder, seed: int) -> None:
    """Add the streaks that fast lamps leave above the lanes: white ones coming, red ones going."""
    for index in range(10):
        rng = _rng(seed, "trail", index)
        coming = index % 2 == 0
        x = (-rng.uniform(3.2, 7.0)) if coming else rng.uniform(3.2, 7.0)
        near = rng.uniform(8, 30)
        colour = (
            rng.choice(("#fff2d0", builder.light.neon[1])) if coming else rng.choice(("#ff3048", builder.light.neon[0]))
        )
        y, far = rng.uniform(0.45, 0.75), near + rng.uniform(30, 70)
        builder.begin_object()
        builder.add_flat([(x, y, near), (x + 0.07, y, near), (x + 0.07, y, far), (x, y, far)], colour, 0.85, True, 0.9)


def _car(builder: SetBuilder, seed: int, index: int) -> None:
    """Add a car some way down the road: oncoming ones on the left show headlights, the others tail lights."""
    rng = _rng(seed, "car", index)
    oncoming = index % 2 == 0
    x, z = (-5.4 if oncoming else 4.6) + rng.uniform(-0.5, 0.5), 14 + index * 9.0 + rng.uniform(0, 4)
    paint = rng.choice(("#39415a", "#8a2f3c", "#c8ccd6", "#2f5f7a"))
    builder.add_block((x - 0.9, x + 0.9), (0.25, 0.85), (z, z + 4.0), paint)
    builder.add_block((x - 0.75, x + 0.75), (0.85, 1.4), (z + 1.0, z + 3.2), mix(paint, "#10141e", 0.6))
    lamp, strength = ("#fff6da", 1.0) if oncoming else ("#ff3048", 0.9)
    lit = builder.light.is_dark or builder.light.is_wet
    for at in (-0.82, 0.42):
        corners = [
            (x + at, 0.5, z - 0.02),
            (x + at + 0.4, 0.5, z - 0.02),
            (x + at + 0.4, 0.72, z - 0.02),
            (x + at, 0.72, z - 0.02),
        ]
        builder.add_flat(corners, lamp, own_light=lit, glow=strength if lit else 0)


def _tree(builder: SetBuilder, rng: random.Random, x: float, z: float, leaf: str) -> None:
    high = rng.uniform(4.0, 7.5)
    builder.begin_object()
    builder.add_billboard(x, z, [(-0.2, 0), (0.2, 0), (0.13, high * 0.6), (-0.1, high * 0.6)], "#5d4438")
    builder.add_billboard(x, z, [(0.05, 0), (0.2, 0), (0.13, high * 0.6), (0.06, high * 0.6)], "#47332c")
    for tone_, dx, dy, size in ((0.68, 0.25, -0.2, 1.0), (0.86, 0.0, 0.0, 0.95), (1.0, -0.2, 0.25, 0.78)):
        for index in range(5):
            a = index * 1.257 + rng.uniform(-0.3, 0.3)
            cx = dx + math.cos(a) * high * 0.2
            cy = high * 0.74 + dy + math.sin(a) * high * 0.17
            radius = high * 0.19 * size
            blob = [
                (
                    cx + radius * math.cos(t * 0.524) * (1 + 0.12 * (t % 2)),
                    cy + radius * math.sin(t * 0.524) * (0.85 + 0.12 * (t % 2)),
                )
                for t in range(12)
            ]
            builder.add_billboard(x, z, blob, scale_rgb(leaf, tone_) if tone_ < 1 else mix(leaf, "#ffffe0", 0.1))


def _park(builder: SetBuilder, seed: int, dense: bool) -> None:
    _add_ground(builder, "#6f9a5c" if not dense else "#5a7a4c")
    for near, far in ((-20, 4), (4, 14), (14, 40)):
        builder.add_flat([(-1.8, 0.01, near), (1.8, 0.01, near), (1.5, 0.01, far), (-1.5, 0.01, far)], "#c9b48e")
    for index in range(60):
        rng = _rng(seed, "tuft", index)
        x, z = rng.uniform(-14, 14), rng.uniform(-1, 24)
        if abs(x) > 2:
            builder.add_flat(
                [(x, 0.01, z), (x + rng.uniform(0.6, 2), 0.01, z), (x + 1, 0.01, z + 0.5), (x, 0.01, z + 0.3)],
                "#5d8a4c" if index % 2 else "#86b06a",
            )
    count = 46 if dense else 26
    for index in range(count):
        rng = _rng(seed, "tree", index)
        side = 1 if index % 2 else -1
        x = side * rng.uniform(3.4, 9 if dense else 14) * (1 + index / count)
        z = rng.uniform(1.5, 34)
        leaf = rng.choice(("#5f9a58", "#74ac5e", "#4c8a58") if index % 5 or dense else ("#f0b4c4",))
        _tree(builder, rng, x, z, leaf)
    if not dense:
        for z in (4.0, 12.0):
            builder.add_block((2.4, 4.0), (0.42, 0.5), (z, z + 0.5), "#8a5f40")
            builder.add_block((2.4, 4.0), (0.5, 0.95), (z + 0.45, z + 0.52), "#8a5f40")
        for index in range(3):
            _lamp(builder, -2.4, index * 9.0 + 4, -1)


def _beach(builder: SetBuilder, seed: int) -> None:
    light = builder.light
    water = mix("#2f86b0", light.sky[1], 0.4)
    edges = (14.0, 26.0, 60.0, 160.0)
    _add_ground(builder, "#e0c99a")
    for low, high in pairwise(edges):
        builder.add_flat([(-200, 0.01, low), (200, 0.01, low), (200, 0.01, high), (-200, 0.01, high)], water)
    for index in range(40):
        rng = _rng(seed, "wave", index)
        z = 14 + index * index * 0.08
        x = rng.uniform(-40, 40)
        long = rng.uniform(3, 14)
        builder.add_flat(
            [(x, 0.02, z), (x + long, 0.02, z), (x + long * 0.8, 0.02, z + 0.3), (x + 1, 0.02, z + 0.25)],
            "#f4fbff" if index < 12 else mix(water, "#ffffff", 0.45),
            0.8,
        )
    builder.add_flat([(-200, 0.02, 13.2), (200, 0.02, 13.6), (200, 0.02, 14.2), (-200, 0.02, 14.0)], "#ffffff", 0.85)
    for index in range(30):
        rng = _rng(seed, "sand", index)
        x, z = rng.uniform(-12, 12), rng.uniform(-1, 12)
        builder.add_flat(
            [(x, 0.01, z), (x + rng.uniform(0.3, 1.4), 0.01, z), (x + 0.8, 0.01, z + 0.12)],
            "#c8ae7c" if index % 2 else "#eedcb4",
        )
    for index in range(5):
        rng = _rng(seed, "palm", index)
        x, z = (rng.uniform(5, 12)) * (1 if index % 2 else -1), rng.uniform(3, 12)
        builder.begin_object()
        builder.add_billboard(x, z, [(-0.16, 0), (0.16, 0), (0.6, 4.6), (0.42, 4.6)], "#8a6a4a")
        for leaf in range(7):
            a = leaf * 0.9
            builder.add_billboard(
                x,
                z,
                [
                    (0.5, 4.6),
                    (0.5 + math.cos(a) * 1.0, 5.0 + math.sin(a) * 0.7),
                    (0.5 + math.cos(a) * 2.0, 4.5 + math.sin(a) * 0.9),
                    (0.5 + math.cos(a) * 1.0, 4.75 + math.sin(a) * 0.6),
                ],
                "#4c8a58" if leaf % 2 else "#5fa064",
            )


def _shrine(builder: SetBuilder, seed: int) -> None:
    _park(builder, seed, dense=True)
    for near, far in ((-20, 4), (4, 14), (14, 40)):
        builder.add_flat([(-2.4, 0.02, near), (2.4, 0.02, near), (2.4, 0.02, far), (-2.4, 0.02, far)], "#a9a6a4")
    red = "#c83c30"
    for z in (9.0, 16.0):
        builder.begin_object()
        for x in (-2.5, 2.5):
            builder.add_billboard(x, z, [(-0.2, 0), (0.2, 0), (0.17, 4.4), (-0.17, 4.4)], red)
        builder.add_flat([(-3.0, 3.6, z), (3.0, 3.6, z), (3.0, 3.85, z), (-3.0, 3.85, z)], red)
        builder.add_flat([(-3.5, 4.35, z), (3.5, 4.35, z), (3.9, 4.85, z), (-3.9, 4.85, z)], scale_rgb(red, 0.8))
        builder.add_flat([(-3.9, 4.8, z), (3.9, 4.8, z), (4.0, 5.0, z), (-4.0, 5.0, z)], "#2a2226")
    for side in (-1, 1):
        for z in (3.0, 7.0, 12.0):
            x = side * 2.9
            builder.add_block((x - 0.2, x + 0.2), (0, 1.0), (z, z + 0.4), "#8f8d8c")
            builder.add_block((x - 0.28, x + 0.28), (1.0, 1.4), (z - 0.08, z + 0.48), "#9f9d9a")
            lit = builder.light.is_dark
            builder.add_flat(
                [
                    (x - 0.16, 1.06, z - 0.1),
                    (x + 0.16, 1.06, z - 0.1),
                    (x + 0.16, 1.34, z - 0.1),
                    (x - 0.16, 1.34, z - 0.1),
                ],
                "#ffd080" if lit else "#5a5654",
                own_light=lit,
                glow=1.0 if lit else 0,
            )
            builder.add_block((x - 0.36, x + 0.36), (1.4, 1.55), (z - 0.16, z + 0.56), "#7f7d7a")
    builder.add_block((-5, 5), (0, 1.0), (24, 30), "#8a7a6a")
    builder.add_block((-4, 4), (1.0, 4.0), (25, 30), "#a8583c")
    builder.begin_object()
    builder.add_flat([(-6.4, 3.8, 23.5), (6.4, 3.8, 23.5), (3.4, 7.2, 26), (-3.4, 7.2, 26)], "#4a4c5c")


def _desert(builder: SetBuilder, seed: int) -> None:
    _add_ground(builder, "#d8b078")
    for index in range(60):
        rng = _rng(seed, "dune", index)
        x, z = rng.uniform(-30, 30), rng.uniform(-1, 50)
        long = rng.uniform(1, 6)
        builder.add_flat(
            [(x, 0.01, z), (x + long, 0.01, z + 0.1), (x + long * 0.7, 0.01, z + 0.5)],
            "#c0945e" if index % 2 else "#ecd0a0",
        )
    for index in range(9):
        rng = _rng(seed, "rock", index)
        x, z, size = rng.uniform(4, 22) * (1 if index % 2 else -1), rng.uniform(4, 40), rng.uniform(0.5, 2.4)
        builder.begin_object()
        builder.add_billboard(
            x, z, [(-size, 0), (size, 0), (size * 0.7, size * 0.7), (0, size), (-size * 0.8, size * 0.6)], "#a8744c"
        )
        builder.add_billboard(x, z, [(size * 0.1, 0), (size, 0), (size * 0.7, size * 0.7), (0, size)], "#85583c")


def _mountain(builder: SetBuilder, seed: int) -> None:
    snow = builder.light.weather == "snow"
    _add_ground(builder, "#7f9a72" if not snow else "#dfe7f2")
    for index in range(26):
        rng = _rng(seed, "pine", index)
        x, z = rng.uniform(3.5, 24) * (1 if index % 2 else -1), rng.uniform(2, 40)
        high = rng.uniform(3, 7)
        builder.begin_object()
        builder.add_billboard(x, z, [(-0.12, 0), (0.12, 0), (0.1, high * 0.3), (-0.1, high * 0.3)], "#4f3c34")
        for step in range(4):
            low = high * (0.15 + step * 0.2)
            wide = high * 0.24 * (1 - step * 0.2)
            builder.add_billboard(
                x, z, [(-wide, low), (wide, low), (0, low + high * 0.36)], "#3f6e58" if step % 2 else "#4c7d62"
            )
            if snow:
                builder.add_billboard(
                    x,
                    z,
                    [(-wide * 0.5, low + high * 0.18), (wide * 0.1, low + high * 0.14), (0, low + high * 0.36)],
                    "#f4f8ff",
                )
    for index in range(8):
        rng = _rng(seed, "rock", index)
        x, z, size = rng.uniform(3, 12) * (1 if index % 2 else -1), rng.uniform(1, 16), rng.uniform(0.3, 1.0)
        builder.begin_object()
        builder.add_billboard(
            x, z, [(-size, 0), (size, 0), (size * 0.6, size * 0.8), (-size * 0.5, size * 0.7)], "#8a8c96"
        )


_BUILDERS: dict[str, Callable[[SetBuilder, int], None]] = {
    "street": _street,
    "alley": _alley,
    "rooftop": _rooftop,
    "highway": _highway,
    "park": lambda stage, seed: _park(stage, seed, dense=False),
    "forest": lambda stage, seed: _park(stage, seed, dense=True),
    "beach": _beach,
    "shrine": _shrine,
    "desert": _desert,
    "mountain": _mountain,
}

OUTDOORS = tuple(_BUILDERS)
"""Kinds of exteriors."""


def build_outdoors(builder: SetBuilder, kind: str, seed: int) -> None:
    """Put an exterior of a kind (one of `OUTDOORS`) on the stage; the seed decides its details."""
    _BUILDERS[kind](builder, seed)


def draw_sky(light: Light, size: tuple[int, int], horizon: float, seed: int, space: bool = False) -> str:
    """Return sun, moon, stars and clouds as SVG elements for a canvas of `size`; the gradient is the caller's."""
    width, height = size
    pen = Pen(prefix="k")
    rng = _rng(seed, "sky")
    clear = light.weather == "clear"
    if space or (light.day_phase == "night" and clear):
        for _ in range(110 if space else 70):
            radius = rng.uniform(0.4, 1.5)
            pen.fill(
                ellipse(rng.uniform(0, width), rng.uniform(0, horizon * (1.7 if space else 0.9)), radius, radius),
                "#ffffff",
                rng.uniform(0.4, 1.0),
            )
    if space:
        x, y, radius = width * 0.7, height * 0.36, height * 0.2
        pen.gradient(
            ellipse(x, y, radius, radius), mix(light.neon[0], "#ffffff", 0.3), mix(light.neon[1], "#0a0a20", 0.7)
        )
        return pen.svg
    x = width * (0.28 if light.side < 0 else 0.74) + rng.uniform(-40, 40)
    if clear and light.day_phase == "night":
        pen.fill(ellipse(x, height * 0.2, 62, 62), "#cfd8ff", 0.10)
        pen.fill(ellipse(x, height * 0.2, 44, 44), "#dfe6ff", 0.16)
        pen.fill(ellipse(x, height * 0.2, 30, 30), "#f4f6ff")
        pen.fill(ellipse(x + 9, height * 0.2 - 4, 5, 5), "#d5daf0")
        pen.fill(ellipse(x - 8, height * 0.2 + 9, 7, 6), "#d9def2")
    elif clear and light.day_phase in ("dusk", "dawn"):
        for radius, opacity in ((150, 0.12), (95, 0.18), (58, 0.3)):
            pen.fill(ellipse(x, horizon - 40, radius, radius), "#ffe2a0", opacity)
        pen.fill(ellipse(x, horizon - 40, 36, 36), "#fff6dc")
    _clouds(pen, light, rng, width, horizon)
    return pen.svg


def _clouds(pen: Pen, light: Light, rng: random.Random, width: int, horizon: float) -> None:
    heavy = light.weather in ("rain", "storm", "overcast", "snow")
    bright = {"night": "#4d5aa0", "dusk": "#ffd0a8", "dawn": "#fff0e6"}.get(light.day_phase, "#ffffff")
    if heavy:
        bright = mix(light.sky[1], "#ffffff", 0.16)
    dark = mix(bright, light.sky[0], 0.5)
    for _ in range(9 if heavy else 5):
        x, y = rng.uniform(-60, width + 60), rng.uniform(horizon * 0.12, horizon * 0.8)
        size = rng.uniform(0.5, 1.2) * (width / 7) * (0.5 + 0.6 * (1 - y / max(1.0, horizon)))
        puffs = [
            (x + size * at, y - size * 0.1 * math.cos(at * 1.5), size * rng.uniform(0.18, 0.3) * (1.1 - abs(at) * 0.7))
            for at in (-0.8, -0.5, -0.2, 0.1, 0.4, 0.75)
        ]
        opacity = 0.9 if heavy else 0.85 if light.day_phase != "night" else 0.6
        low = smooth([(x - size * 1.05, y), (x, y - size * 0.12), (x + size * 1.05, y), (x, y + size * 0.07)])
        pen.fill(low + "".join(ellipse(px, py, radius * 1.25, radius) for px, py, radius in puffs), dark, opacity)
        lit = [(px + size * 0.03 * light.side, py - radius * 0.22, radius * 0.82) for px, py, radius in puffs]
        pen.fill("".join(ellipse(px, py, radius * 1.2, radius * 0.8) for px, py, radius in lit), bright, opacity)


def draw_horizon(camera: Camera, light: Light, kind: str, size: tuple[int, int], seed: int) -> str:
    """Return what stands on the horizon, as SVG elements: skyline or hills, turning with the camera."""
    pen = Pen(prefix="h")
    if kind in ("park", "forest", "beach", "shrine", "desert", "mountain"):
        _hills(pen, camera, light, kind, size, seed)
    else:
        _skyline(pen, camera, light, size, seed)
    return pen.svg


def _angle_x(camera: Camera, degrees: float) -> float:
    return camera.centre_px + camera.focal_px * math.radians(degrees + camera.yaw_deg)


def _skyline(pen: Pen, camera: Camera, light: Light, size: tuple[int, int], seed: int) -> None:
    # seen from a height, the city goes on below the horizon
    low = float(size[1])
    pen.fill(box(0, camera.horizon_px, size[0], low), mix(apply_ambient("#6a7390", light), light.haze, 0.7))
    for row, (tall, share) in enumerate(((11.0, 0.82), (6.5, 0.55))):
        body = apply_ambient("#7d86a8", light)
        colour = mix(body, light.haze, share)
        degrees = -100.0
        index = 0
        while degrees < 100:
            rng = _rng(seed, "tower", row, index)
            wide = rng.uniform(1.8, 4.2)
            left, right = _angle_x(camera, degrees), _angle_x(camera, degrees + wide)
            high = math.radians(tall * rng.uniform(0.35, 1.5)) * camera.focal_px
            if right > 0 and left < size[0]:
                top = camera.horizon_px - high
                pen.fill(box(left, top, right - left, low - top), colour)
                pen.fill(
                    box(left + (right - left) * 0.62, top, (right - left) * 0.38, low - top), scale_rgb(colour, 0.9)
                )
                if rng.random() < 0.3:
                    pen.fill(box((left + right) / 2 - 1.5, top - high * 0.2, 3, high * 0.2), colour)
                _tower_windows(pen, rng, light, (left, top, right, min(low, camera.horizon_px + high * 0.6)), colour)
            degrees += wide + rng.uniform(-0.6, 0.7)
            index += 1


def _tower_windows(
    pen: Pen, rng: random.Random, light: Light, face: tuple[float, float, float, float], wall: str
) -> None:
    left, top, right, low = face
    step = max(7.0, (right - left) / 6)
    on = [mix(rng.choice(("#ffdf9a", "#ffe9bd", "#c4ecff", light.neon[0])), wall, 0.2), mix(wall, light.haze, 0.35)]
    paths = {0: "", 1: ""}
    y = top + step
    while y < low:
        x = left + step * 0.6
        while x < right - step * 0.7:
            lit = rng.random() < light.lit * 0.8
            paths[0 if lit else 1] += box(x, y, step * 0.4, step * 0.5)
            x += step
        y += step * 1.25
    for which, path in paths.items():
        if path:
            pen.fill(path, on[which])


def _hills(pen: Pen, camera: Camera, light: Light, kind: str, size: tuple[int, int], seed: int) -> None:
    low = camera.horizon_px + 26
    base = {"desert": "#c09a70", "mountain": "#7d8ca8", "beach": "#6f8fa8"}.get(kind, "#5f8068")
    rows = ((9.0, 0.7), (5.0, 0.45)) if kind == "mountain" else ((4.0, 0.72), (2.4, 0.5))
    if kind == "beach":
        rows = ((1.4, 0.7), (0.6, 0.6))
    for row, (tall, share) in enumerate(rows):
        colour = mix(apply_ambient(base, light), light.haze, share)
        points: list[Point] = []
        for index in range(-24, 25):
            rng = _rng(seed, "hill", row, index)
            x = _angle_x(camera, index * 4.5)
            y = camera.horizon_px - math.radians(tall * rng.uniform(0.3, 1.25)) * camera.focal_px
            points.append((x, y, 1.0) if kind == "mountain" else (x, y))
        path = [(points[0][0], low, 1.0), *points, (points[-1][0], low, 1.0)]
        pen.fill(polygon(path) if kind == "mountain" else smooth(path), colour)
        if kind == "mountain" and row == 0:
            for before, point, after in zip(points, points[1:], points[2:], strict=False):
                if point[1] < before[1] and point[1] < after[1] and -50 < point[0] < size[0] + 50:
                    high = (camera.horizon_px - point[1]) * 0.35
                    pen.fill(
                        polygon(
                            [
                                point,
                                (point[0] + high * 0.7, point[1] + high),
                                (point[0] + high * 0.2, point[1] + high * 0.7),
                                (point[0] - high * 0.2, point[1] + high),
                                (point[0] - high * 0.6, point[1] + high * 0.8),
                            ]
                        ),
                        mix("#f6f9ff", light.haze, 0.3),
                    )
