"""Places in the city: street, alley, rooftop and highway. Lengths in metres."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.exterior import Exterior
from tower_anime_assets.animatic.painter.set_builder import Span, trapezoid

_WALL_COLOURS = ("#8a8fa3", "#a39a92", "#77808f", "#b0a8a0", "#6f7488", "#94868a")


@dataclass(frozen=True)
class _Facade:
    """One face of a building, from its corner at (x, z) along the street, or across it."""

    builder: Exterior
    x: float
    z: float
    length_m: float
    height_m: float
    wall: str
    is_across: bool = False

    def add(self, u: Span, v: Span, colour: str, own_light: bool = False, glow: float = 0.0) -> None:
        """Add a rectangle by its extents along the face and up."""
        if self.is_across:
            self.builder.add_panel((self.x + u[0], self.x + u[1]), v, self.z, colour, 1.0, own_light, glow)
        else:
            self.builder.add_panel(self.x, v, (self.z + u[0], self.z + u[1]), colour, 1.0, own_light, glow)


def _add_windows(facade: _Facade, rng: random.Random) -> None:
    light = facade.builder.light
    step_u, step_v = rng.choice(((1.5, 1.7), (2.0, 1.9), (1.2, 2.2)))
    glass = scale_rgb(mix(facade.wall, "#2b3a5a", 0.6), 0.8) if light.is_dark else mix("#5f7f9c", light.sky[2], 0.35)
    warm = rng.choice(("#ffd98a", "#ffe9b8", "#bfe6ff"))
    v = 3.6
    while v < min(facade.height_m - 1.0, 26.0):
        facade.add((0, facade.length_m), (v - 0.28, v - 0.18), scale_rgb(facade.wall, 0.82))
        u = 0.5
        while u < facade.length_m - 1.0:
            is_lit = rng.random() < light.lit
            pane = (u, u + step_u * 0.6), (v, v + step_v * 0.55)
            facade.add(*pane, warm if is_lit else glass, glow=0.45 if is_lit else 0.0)
            u += step_u
        v += step_v


def _add_building(builder: Exterior, side: int, index: int, edge: float, low: float) -> None:
    rng = builder.rng("building", side, index)
    long = 7.0
    z = index * long
    high = rng.uniform(low, low * 2.4)
    wall = rng.choice(_WALL_COLOURS)
    builder.add_block((edge, edge + 9) if side > 0 else (-edge - 9, -edge), (0, high), (z, z + long * 0.98), wall)
    facade = _Facade(builder, side * edge - side * 0.02, z, long, high, wall)
    _add_windows(facade, rng)
    _add_shop(facade, rng)
    if rng.random() < 0.75:
        _add_sign(builder, rng, side, edge, z + rng.uniform(1.0, 4.5), high)


def _add_shop(facade: _Facade, rng: random.Random) -> None:
    light, long = facade.builder.light, facade.length_m
    colour = rng.choice(light.neon)
    is_open = light.is_dark
    if is_open:
        inside, awning = mix(rng.choice(("#ffdf9e", "#ffe9c8", "#c8f0ff")), colour, 0.25), colour
    else:
        inside, awning = mix("#4a5a6e", light.sky[2], 0.3), mix(colour, "#ffffff", 0.25)
    facade.add((0.5, long - 0.6), (0.3, 2.4), inside, glow=0.4 if is_open else 0)
    for at in (0.5, 2.3, 4.2, long - 0.7):
        facade.add((at, at + 0.12), (0, 2.5), "#2c2a36")
    for at in (1.1, 3.0, 4.9):
        facade.add((at, at + 0.7), (0.5, 1.2), scale_rgb(inside, 0.72), own_light=is_open)
    facade.add((0.2, long - 0.3), (2.5, 3.1), scale_rgb(awning, 0.55) if is_open else awning)
    facade.add((0.8, long - 2.0), (2.62, 2.95), mix(awning, "#ffffff", 0.4), glow=0.8 if is_open else 0)


def _add_sign(builder: Exterior, rng: random.Random, side: int, edge: float, z: float, high: float) -> None:
    """Add a vertical sign that sticks out into the street."""
    colour, dark = rng.choice(builder.light.neon), builder.light.is_dark
    left, right = sorted((side * (edge - 0.1), side * (edge - 1.2)))
    low = rng.uniform(3.2, 4.6)
    top = min(high - 0.5, low + rng.uniform(2.4, 4.6))
    builder.begin_object()
    builder.add_panel((left, right), (low, top), z, "#22202e" if dark else colour)
    face = mix(colour, "#1a1430", 0.35) if dark else mix(colour, "#ffffff", 0.15)
    builder.add_panel((left + 0.1, right - 0.1), (low + 0.1, top - 0.1), z - 0.01, face, glow=0.7 if dark else 0)
    v = low + 0.35
    while v < top - 0.6:
        for dx, dy, wide, tall in ((0.3, 0.0, 0.5, 0.09), (0.5, 0.12, 0.1, 0.3), (0.3, 0.3, 0.5, 0.08)):
            if rng.random() < 0.8:
                stroke = (left + dx, left + dx + wide), (v + dy, v + dy + tall)
                builder.add_panel(*stroke, z - 0.02, "#ffffff" if dark else "#fdf6e8", glow=0.6 if dark else 0)
        v += 0.72


def _add_wire(builder: Exterior, z: float, edge: float, high: float) -> None:
    """Add a wire that sags across the street."""
    builder.begin_object()
    spans = 8
    for index in range(spans):
        a, b = -1 + 2 * index / spans, -1 + 2 * (index + 1) / spans
        low_a, low_b = high - 0.8 * (1 - a * a), high - 0.8 * (1 - b * b)
        piece = ((a * edge, low_a), (b * edge, low_b), (b * edge, low_b + 0.035), (a * edge, low_a + 0.035))
        builder.add_flat([(x, y, z) for x, y in piece], "#1c1c28")


def street(builder: Exterior, edge: float = 6.5, low: float = 9.0, has_lane: bool = True) -> None:
    """Add a street between two rows of shops, each building at least `low` high, `edge` from the middle."""
    builder.add_ground("#5a6070")
    walk = edge - 2.4 if has_lane else edge
    for side in (-1, 1):
        kerb = side * walk
        for near, far in ((-24.0, 4.0), (4.0, 20.0), (20.0, 90.0)):
            builder.add_panel((kerb, side * (edge + 12)), 0.02, (near, far), "#8b8d98")
        builder.add_flat([(kerb, 0.0, -24), (kerb, 0.15, -24), (kerb, 0.15, 90), (kerb, 0.0, 90)], "#b5b5bb")
    if has_lane:
        for index in range(-3, 12):
            builder.add_panel((-0.09, 0.09), 0.01, (index * 5.0, index * 5.0 + 2.4), "#d9d6c8")
        for index in range(7):
            x = -3.6 + index * 1.1
            builder.add_panel((x, x + 0.6), 0.01, (7.0, 10.0), "#d9d9d6")
    for index in range(9, -4, -1):
        for side in (-1, 1):
            _add_building(builder, side, index, edge, low)
    for index in range(-1, 5):
        for side in (-1, 1):
            builder.add_lamp(side * (walk + 0.4), index * 9.0 + (2.0 if side > 0 else 6.0), side)
    for index in range(4):
        _add_wire(builder, 5.0 + index * 9, edge, 6.2 + (index % 2))


def alley(builder: Exterior) -> None:
    """Add a narrow street with crates and air conditioners."""
    street(builder, edge=2.6, low=10.0, has_lane=False)
    for index in range(8):
        rng = builder.rng("clutter", index)
        side = 1 if index % 2 else -1
        x, z = side * 2.0, 1.6 + index * 2.1
        size = rng.uniform(0.4, 0.8)
        colour = rng.choice(("#4f6a5a", "#6a5a4a", "#4a5a78", "#8a5040"))
        builder.add_block((x - size / 2, x + size / 2), (0, size * 1.2), (z, z + size), colour)
        x, y = side * 2.5, index % 3
        builder.add_block((x - 0.25, x + 0.25), (3.0 + y, 3.7 + y), (z + 0.4, z + 1.2), "#8a8f98")


def rooftop(builder: Exterior) -> None:
    """Add a roof with its parapet and railing, vents, a stair house and a water tank."""
    edge = 9.0
    builder.add_panel((-edge, edge), 0, (-12, 8), "#7d8290")
    for index in range(-8, 10):
        builder.add_panel((index * 1.2, index * 1.2 + 0.03), 0.01, (-12, 8), "#666b7a")
    for index in range(-4, 6):
        builder.add_panel((-edge, edge), 0.01, (index * 1.6, index * 1.6 + 0.04), "#666b7a")
    builder.add_block((-edge, edge), (0, 0.5), (7.6, 8.0), "#8f94a2")
    builder.add_block((-edge, -edge + 0.4), (0, 0.5), (-12, 8.0), "#8f94a2")
    builder.add_block((edge - 0.4, edge), (0, 0.5), (-12, 8.0), "#8f94a2")
    for index in range(-12, 13):
        builder.begin_object()
        builder.add_billboard(index * 0.75, 7.8, trapezoid(0.025, 0.025, 0.5, 1.55), "#4a4f5e")
    for v in (1.0, 1.5):
        builder.begin_object()
        builder.add_panel((-edge, edge), (v, v + 0.05), 7.8, "#4a4f5e")
    _add_roof_fixtures(builder)
    if builder.light.is_dark:
        colour = builder.light.neon[0]
        builder.add_panel((1.0, 4.0), (1.7, 2.9), 7.9, mix(colour, "#1a1430", 0.5), glow=0.6)
        builder.add_panel((1.3, 3.2), (2.0, 2.2), 7.89, "#ffffff", glow=0.8)
        builder.add_panel((1.3, 3.6), (2.4, 2.6), 7.89, colour, glow=1.0)


def _add_roof_fixtures(builder: Exterior) -> None:
    rng = builder.rng("roof")
    for x, z in ((-6.4, 3.6), (4.4, 4.4), (-3.2, 6.0)):
        size = rng.uniform(1.0, 1.5)
        builder.add_block((x, x + size * 1.3), (0, size), (z, z + size), "#a9aeb8")
        builder.add_panel((x + 0.15, x + size), (0.2, size - 0.2), z - 0.01, "#5a606e")
    builder.add_block((5.6, 8.2), (0, 2.6), (1.0, 3.6), "#8a8894")
    builder.add_panel((6.4, 7.3), (0, 2.0), 0.99, "#4c5464")
    x, z = -7.0, 6.2
    builder.begin_object()
    builder.add_billboard(x, z, [(-0.9, 1.6), (0.9, 1.6), (0.9, 3.4), (0, 4.0), (-0.9, 3.4)], "#9a7a62")
    builder.add_billboard(x, z, [(0.3, 1.6), (0.9, 1.6), (0.9, 3.4), (0.3, 3.8)], "#77604e")
    for at in (-0.7, 0.6):
        builder.add_billboard(x, z, [(at, 0), (at + 0.1, 0), (at + 0.1, 1.6), (at, 1.6)], "#4a4450")


def highway(builder: Exterior) -> None:
    """Add an elevated road with guard rails, gantries, cars and the towers beside it."""
    dark = builder.light.is_dark
    builder.add_panel((-8, 8), 0, (-24, 140), "#555b6a")
    for x in (-7.4, 7.2):
        builder.add_panel((x, x + 0.16), 0.01, (-24, 140), "#e8e4d4")
    for x in (-2.6, 2.5):
        for index in range(-3, 16):
            builder.add_panel((x, x + 0.14), 0.01, (index * 6.0, index * 6.0 + 3), "#e8e4d4")
    for side in (-1, 1):
        for near, far in ((-20, 4), (4, 20), (20, 60), (60, 140)):
            builder.begin_object()
            builder.add_panel(side * 8, (0, 0.95), (near, far), "#8a909e")
            stripe = builder.light.neon[1 if side > 0 else 0]
            builder.add_panel(side * 7.98, (0.6, 0.68), (near, far), stripe, glow=0.7 if dark else 0)
        for index in range(-1, 8):
            builder.add_lamp(side * 8.3, index * 12.0 + 6, side)
    for z in (26.0, 62.0):
        builder.begin_object()
        for x in (-8.4, 8.2):
            builder.add_billboard(x, z, trapezoid(0.15, 0.15, 0, 7), "#5a6070")
        builder.add_panel((-8.4, 8.4), (6.2, 6.7), z, "#5a6070")
        builder.add_panel((-4.5, -0.5), (5.0, 7.0), z - 0.1, "#2f7a5a")
        builder.add_panel((-4.1, -1.6), (5.9, 6.3), z - 0.12, "#e8f4ec")
    for index in range(9):
        _add_tower(builder, index)
    for index in range(6):
        _add_car(builder, index)
    if dark:
        _add_light_trails(builder)


def _add_tower(builder: Exterior, index: int) -> None:
    """Add a tower beside the road, deep below its level."""
    rng = builder.rng("tower", index)
    side = 1 if index % 2 else -1
    near, z = 16 + rng.uniform(0, 9), 6 + (index // 2) * 17 + rng.uniform(0, 6)
    wide, high, wall = rng.uniform(10, 15), rng.uniform(10, 34), rng.choice(_WALL_COLOURS)
    x0, x1 = (near, near + wide) if side > 0 else (-near - wide, -near)
    builder.add_block((x0, x1), (-8, high), (z, z + 12), wall)
    _add_windows(_Facade(builder, side * (near - 0.05), z, 12, high, wall), rng)
    _add_windows(_Facade(builder, x0, z - 0.05, wide, high, wall, is_across=True), rng)
    if rng.random() < 0.6:
        colour, y, dark = rng.choice(builder.light.neon), high * 0.6, builder.light.is_dark
        colour = colour if dark else mix(colour, "#ffffff", 0.3)
        builder.add_panel((x0 + 2, x1 - 2), (y, y + 2.4), z - 0.1, colour, glow=0.8 if dark else 0)


def _add_light_trails(builder: Exterior) -> None:
    """Add the streaks that fast lamps leave above the lanes: white ones coming, red ones going."""
    neon = builder.light.neon
    for index in range(10):
        rng = builder.rng("trail", index)
        is_oncoming = index % 2 == 0
        x = rng.uniform(3.2, 7.0) * (-1 if is_oncoming else 1)
        near = rng.uniform(8, 30)
        colour = rng.choice(("#fff2d0", neon[1]) if is_oncoming else ("#ff3048", neon[0]))
        y, far = rng.uniform(0.45, 0.75), near + rng.uniform(30, 70)
        builder.begin_object()
        builder.add_panel((x, x + 0.07), y, (near, far), colour, 0.85, glow=0.9)


def _add_car(builder: Exterior, index: int) -> None:
    """Add a car some way down the road: oncoming ones on the left show headlights, the others tail lights."""
    rng = builder.rng("car", index)
    is_oncoming = index % 2 == 0
    x, z = (-5.4 if is_oncoming else 4.6) + rng.uniform(-0.5, 0.5), 14 + index * 9.0 + rng.uniform(0, 4)
    paint = rng.choice(("#39415a", "#8a2f3c", "#c8ccd6", "#2f5f7a"))
    builder.add_block((x - 0.9, x + 0.9), (0.25, 0.85), (z, z + 4.0), paint)
    builder.add_block((x - 0.75, x + 0.75), (0.85, 1.4), (z + 1.0, z + 3.2), mix(paint, "#10141e", 0.6))
    lamp, glow = ("#fff6da", 1.0) if is_oncoming else ("#ff3048", 0.9)
    is_lit = builder.light.is_dark or builder.light.is_wet
    for at in (x - 0.82, x + 0.42):
        builder.add_panel((at, at + 0.4), (0.5, 0.72), z - 0.02, lamp, glow=glow if is_lit else 0)
