"""Large old and strange places: temple, castle, ruins, cave, and what lies beyond the earth. Lengths in metres."""

from __future__ import annotations

import math

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.exterior import Exterior
from tower_anime_assets.animatic.painter.houses import add_curved_roof, add_tower
from tower_anime_assets.animatic.painter.nature import add_path, add_rock, add_tree, add_tufts
from tower_anime_assets.animatic.painter.set_builder import trapezoid


def temple(builder: Exterior) -> None:
    """Add a temple hall under a sweeping roof, a pagoda, stone lanterns and a burner of incense."""
    builder.add_ground("#8aa868")
    add_path(builder, 3.0, "#c4bcae", 20.0)
    for index in range(26):
        z = -2.0 + index * 0.9
        builder.add_panel((-3.0, 3.0), 0.015, (z, z + 0.04), "#a39b8e")
        builder.add_panel((-1.0 + (index % 2), -0.96 + (index % 2)), 0.015, (z, z + 0.9), "#a39b8e")
    for index in range(22):
        rng = builder.rng("tree", index)
        leaf = rng.choice(("#d8683c", "#5f9a58", "#e0903c", "#4c8a58"))
        add_tree(builder, rng, rng.uniform(6, 18) * (1 if index % 2 else -1), rng.uniform(7, 34), leaf)
    _add_pagoda(builder, 8.6, 24.0)
    _add_hall(builder, -0.8, 15.0)
    lit = builder.light.is_dark
    for side in (-1, 1):
        for z in (3.0, 7.5):
            x, stone = side * 3.6, "#9a9894"
            builder.add_block((x - 0.3, x + 0.3), (0, 0.3), (z, z + 0.6), stone)
            builder.add_block((x - 0.13, x + 0.13), (0.3, 1.2), (z + 0.15, z + 0.42), stone)
            builder.add_block((x - 0.28, x + 0.28), (1.2, 1.62), (z, z + 0.56), mix(stone, "#ffffff", 0.1))
            builder.add_panel(
                (x - 0.15, x + 0.15), (1.28, 1.54), z - 0.01, "#ffd080" if lit else "#4a4648", glow=1.0 if lit else 0
            )
            builder.add_flat([(x - 0.5, 1.6, z - 0.1), (x + 0.5, 1.6, z - 0.1), (x, 2.05, z + 0.28)], "#7f7d7a")
    builder.begin_object()
    builder.add_billboard(0.9, 9.0, trapezoid(0.5, 0.7, 0.3, 0.95), "#5a6a5f")
    builder.add_billboard(0.9, 9.0, trapezoid(0.8, 0.8, 0.9, 1.02), "#6f8074")
    for at in (-0.45, 0.35):
        builder.add_billboard(0.9, 9.0, [(at, 0), (at + 0.12, 0), (at + 0.12, 0.4), (at, 0.4)], "#4a584f")
    for step in range(6):
        spot = (0.16 * math.sin(step), 1.2 + step * 0.34)
        builder.add_disc(0.9, 9.0, spot, (0.16 + step * 0.06, 0.2), "#f0f0f4", 0.4 - step * 0.055)


def _add_hall(builder: Exterior, x: float, z: float) -> None:
    red, lit = "#a83a2c", builder.light.is_dark
    for step in range(4):
        builder.add_block(
            (x - 4.8 + step * 0.2, x + 4.8 - step * 0.2),
            (step * 0.2, step * 0.2 + 0.2),
            (z - 1.6 + step * 0.4, z),
            "#a8a49c",
        )
    builder.add_block((x - 5.2, x + 5.2), (0.0, 0.8), (z, z + 7), "#8f8a84")
    builder.add_block((x - 4.6, x + 4.6), (0.8, 3.8), (z + 0.4, z + 6.6), "#e9dcc2")
    for index in range(6):
        at = x - 4.6 + index * 1.8
        builder.add_panel((at, at + 0.26), (0.8, 3.8), z + 0.37, red)
    for v in (0.8, 2.9, 3.6):
        builder.add_panel((x - 4.6, x + 4.7), (v, v + 0.18), z + 0.36, red)
    for index in range(5):
        at = x - 4.3 + index * 1.8
        inside = "#ffcf80" if lit else "#5a4038"
        builder.add_panel((at, at + 1.46), (1.0, 2.85), z + 0.35, inside, glow=0.5 if lit else 0)
        for bar in range(1, 4):
            builder.add_panel((at + bar * 0.36, at + bar * 0.36 + 0.05), (1.0, 2.85), z + 0.34, scale_rgb(red, 0.7))
    builder.add_panel((x - 0.9, x + 1.0), (2.95, 3.55), z + 0.2, "#3a4a5a")
    for at in (-0.6, -0.1, 0.4):
        builder.add_panel((x + at, x + at + 0.26), (3.1, 3.4), z + 0.19, "#e8c860")
    add_curved_roof(builder, (x - 6.6, x + 6.6), 3.9, 7.4, z - 0.9, "#4f5a68")


def _add_pagoda(builder: Exterior, x: float, z: float) -> None:
    builder.begin_object()
    for level in range(5):
        low, half = 1.0 + level * 2.7, 2.3 - level * 0.24
        builder.add_panel((x - half, x + half), (low, low + 1.9), z, "#b0483a")
        builder.add_panel((x - half, x + half), (low, low + 0.2), z - 0.01, "#7a2c24")
        for at in (-0.7, 0.0, 0.7):
            builder.add_panel(
                (x + at * half - 0.2, x + at * half + 0.2),
                (low + 0.4, low + 1.4),
                z - 0.02,
                "#f0d8a0" if builder.light.is_dark else "#e9dcc2",
                glow=0.4 if builder.light.is_dark else 0,
            )
        add_curved_roof(builder, (x - half * 1.75, x + half * 1.75), low + 1.9, low + 2.9, z - 0.4, "#4f5a68")
    builder.add_panel((x - 0.1, x + 0.1), (14.2, 17.4), z - 0.3, "#d8b048")
    for v in (15.0, 15.7, 16.4):
        builder.add_panel((x - 0.35, x + 0.35), (v, v + 0.16), z - 0.31, "#d8b048")


def castle(builder: Exterior) -> None:
    """Add a castle: battlements, round towers with pointed roofs, a keep, a gate with its portcullis."""
    builder.add_ground("#7fa45e")
    add_path(builder, 2.3, "#c8b490", 32.0)
    add_tufts(builder, 60, ("#5f9450", "#8fbc6c"), 2.6)
    for index in range(16):
        rng = builder.rng("tree", index)
        add_tree(builder, rng, rng.uniform(8, 24) * (1 if index % 2 else -1), rng.uniform(9, 27), "#5f9a58")
    stone, z = "#c0b9b2", 32.0
    for x, depth, half, high, roof in (
        (-4.6, 52, 2.2, 13.0, "#4a5f94"), (4.8, 54, 2.6, 14.5, "#4a5f94"), (0.4, 56, 2.0, 16.5, "#a84850"),
    ):  # fmt: skip
        add_tower(builder, x, depth, half, high, mix(stone, "#ffffff", 0.1), roof)
    builder.add_block((-7.5, 7.5), (0, 10.5), (50, 58), mix(stone, "#ffffff", 0.12))
    for index in range(5):
        lit = builder.light.is_dark
        at = -5.0 + index * 2.4
        builder.add_panel((at, at + 0.7), (7.4, 9.2), 49.98, "#ffd080" if lit else "#4a4650", glow=0.7 if lit else 0)
    builder.add_block((-18, 18), (0, 6.4), (z, z + 2), stone)
    for index in range(60):
        rng = builder.rng("stone", index)
        at, v = rng.uniform(-18, 17), rng.uniform(0.2, 5.8)
        builder.add_panel(
            (at, at + rng.uniform(0.5, 1.0)),
            (v, v + 0.4),
            z - 0.01,
            mix(stone, "#000000" if index % 2 else "#ffffff", 0.12),
        )
    for index in range(25):
        at = -18 + index * 1.5
        builder.add_panel((at, at + 0.9), (6.4, 7.3), z, stone)
    for x in (-14.0, -4.2, 4.2, 14.0):
        add_tower(builder, x, z - 0.6, 1.7, 7.4, stone, "#4a5f94")
    builder.begin_object()
    gate = [(-1.7, 0.0), (1.7, 0.0), (1.7, 3.2), (1.2, 4.1), (0, 4.6), (-1.2, 4.1), (-1.7, 3.2)]
    builder.add_flat([(x * 1.2, y * 1.08, z - 0.9) for x, y in gate], scale_rgb(stone, 0.7))
    builder.add_flat([(x, y, z - 0.92) for x, y in gate], "#2c2628")
    for index in range(7):
        at = -1.5 + index * 0.48
        builder.add_panel((at, at + 0.1), (1.9, 4.1 - abs(at) * 0.4), z - 0.94, "#6a6468")
    for v in (2.4, 3.1):
        builder.add_panel((-1.6, 1.6), (v, v + 0.1), z - 0.95, "#6a6468")


def ruins(builder: Exterior) -> None:
    """Add broken columns, an arch that still stands, walls with gaps, ivy, and fallen stones."""
    builder.add_ground("#84a068")
    for index in range(26):
        rng = builder.rng("slab", index)
        x, z = rng.uniform(-5, 5), rng.uniform(-1, 18)
        slab = [(x, z), (x + rng.uniform(0.6, 1.3), z + 0.1), (x + 1.0, z + 0.8), (x + 0.1, z + 0.7)]
        builder.add_flat([(px, 0.012, pz) for px, pz in slab], "#b8b0a4" if index % 2 else "#a39c90")
    add_tufts(builder, 110, ("#5f8a4c", "#8fb268", "#6f9a58"), 0.4)
    stone = "#b3aa9c"
    for index in range(10):
        rng = builder.rng("column", index)
        x, z, high = (
            (3.3 + rng.uniform(-0.3, 0.3)) * (1 if index % 2 else -1),
            2.4 + (index // 2) * 3.6,
            rng.uniform(1.0, 4.8),
        )
        _add_broken_column(builder, x, z, high, index)
    builder.begin_object()
    z = 17.0
    wall = [(-9, 0), (-9, 4.2), (-7.6, 4.8), (-6.8, 3.4), (-5.6, 3.9), (-4.9, 5.4), (-3.2, 5.8), (-2.6, 4.9)]
    wall += [(-2.2, 6.4), (2.2, 6.6), (2.6, 5.0), (3.6, 3.2), (4.8, 3.7), (5.4, 1.8), (7.0, 2.2), (8.6, 0.8), (9.4, 0)]
    arch = [(1.5, 0), (1.5, 3.2), (1.0, 4.3), (0, 4.8), (-1.0, 4.3), (-1.5, 3.2), (-1.5, 0)]
    builder.add_flat([(x, y, z) for x, y in [*wall, *arch]], stone)
    rim = [(x * 1.22, y * 1.07) for x, y in arch]
    builder.add_flat([(x, y, z - 0.02) for x, y in [*rim, *reversed(arch)]], scale_rgb(stone, 0.82))
    for index in range(44):
        rng = builder.rng("brick", index)
        x, v = rng.uniform(-8.6, 6.0), rng.uniform(0.2, 3.4)
        if abs(x + 0.4) > 2.4 and (x < 3.6 or v < 1.6):
            builder.add_panel(
                (x, x + 0.8), (v, v + 0.35), z - 0.02, mix(stone, "#000000" if index % 2 else "#ffffff", 0.12)
            )
    for index in range(30):
        rng = builder.rng("ivy", index)
        x, v = rng.choice((-8.2, -5.2, 2.9, -2.7)) + rng.uniform(-0.5, 0.5), rng.uniform(0.3, 4.4)
        builder.add_disc(x, z - 0.04, (0, v), (0.28, 0.24), "#4f8a48" if index % 2 else "#659c54")
    for index in range(14):
        rng = builder.rng("rubble", index)
        add_rock(
            builder, rng.uniform(1.8, 8) * (1 if index % 2 else -1), rng.uniform(1.4, 14), rng.uniform(0.25, 0.7), stone
        )
    for index in range(8):
        rng = builder.rng("tree", index)
        add_tree(builder, rng, rng.uniform(9, 20) * (1 if index % 2 else -1), rng.uniform(12, 30), "#5f9a58")


def _add_broken_column(builder: Exterior, x: float, z: float, high: float, index: int) -> None:
    stone = "#c4bbac"
    builder.begin_object()
    builder.add_billboard(x, z, trapezoid(0.62, 0.58, 0, 0.3), scale_rgb(stone, 0.85))
    top = [(0.4, high), (0.16, high + 0.26), (-0.08, high + 0.06), (-0.26, high + 0.3), (-0.4, high - 0.1)]
    builder.add_billboard(x, z, [(-0.42, 0.3), (0.42, 0.3), *top], stone)
    builder.add_billboard(x, z, [(0.14, 0.3), (0.42, 0.3), (0.4, high), (0.16, high + 0.2)], scale_rgb(stone, 0.78))
    for at in (-0.24, -0.06):
        builder.add_billboard(
            x, z, [(at, 0.3), (at + 0.04, 0.3), (at + 0.04, high), (at, high)], scale_rgb(stone, 0.84)
        )
    for number in range(4):
        rng = builder.rng("moss", index, number)
        builder.add_disc(x, z - 0.02, (rng.uniform(-0.4, 0.3), rng.uniform(0.1, high)), (0.16, 0.13), "#5f9450")


def cave(builder: Exterior) -> None:
    """Add a cave: walls of rock that narrow, stones hanging and standing, a pool, and daylight far off."""
    builder.add_ground("#958c92")
    rock = "#b3a8b4"
    glow = mix(builder.light.sky[2], "#ffffff", 0.35)
    mouth = [(-1.9, 0), (2.1, 0), (2.4, 1.9), (1.5, 3.4), (0.2, 3.9), (-1.3, 3.3), (-2.2, 1.7)]
    builder.add_flat([(x * 12, y * 5 - 2, 26.5) for x, y in mouth], scale_rgb(rock, 0.6))
    builder.add_flat([(x, y, 26) for x, y in mouth], glow, own_light=True, glow=0.7)
    for index in range(7):
        z = 24.0 - index * 3.6
        _add_rock_frame(builder, z, 3.2 + 0.25 * index, mix(rock, "#3a3446", (0.0, 0.3, 0.14, 0.4)[index % 4]), index)
    builder.add_flat(
        [(x, 0.02, z) for x, z in ((-3.4, 4.0), (-1.4, 3.6), (-1.0, 5.4), (-2.2, 7.2), (-3.8, 6.2))], "#4f7f9c"
    )
    builder.add_flat([(x, 0.03, z) for x, z in ((-3.0, 4.6), (-1.8, 4.4), (-1.9, 4.8), (-2.9, 5.0))], "#8fc0d4", 0.7)
    for index in range(18):
        rng = builder.rng("spike", index)
        x, z, high = rng.uniform(1.8, 4.4) * (1 if index % 2 else -1), rng.uniform(2, 20), rng.uniform(0.4, 1.5)
        builder.begin_object()
        builder.add_billboard(x, z, [(-high * 0.28, 0), (high * 0.28, 0), (0.04, high)], rock)
        builder.add_billboard(x, z, [(0.02, 0), (high * 0.28, 0), (0.04, high)], scale_rgb(rock, 0.72))
    for index, (x, z) in enumerate(((-2.9, 2.6), (3.3, 3.6), (-3.6, 8.5), (3.0, 11.0))):
        colour = ("#7fe0ff", "#c89aff")[index % 2]
        builder.begin_object()
        for lean, high in ((-0.25, 0.5), (0.0, 0.85), (0.22, 0.6)):
            crystal = [
                (lean - 0.1, 0),
                (lean + 0.1, 0),
                (lean * 1.7 + 0.08, high * 0.8),
                (lean * 1.7, high),
                (lean * 1.7 - 0.08, high * 0.75),
            ]
            builder.add_billboard(x, z, crystal, colour, glow=0.55)


def _add_rock_frame(builder: Exterior, z: float, half: float, colour: str, index: int) -> None:
    """Add one ring of the cave's wall: both sides and the roof with hanging stones, open in the middle."""
    rng = builder.rng("ring", index)
    high = 3.9 + 0.12 * index
    inner = []
    for step in range(15):
        angle = math.pi * step / 14
        wobble = rng.uniform(0.88, 1.12)
        inner.append((-half * math.cos(angle) * wobble, high * math.sin(angle) ** 0.7 * wobble))
        if 3 < step < 11 and rng.random() < 0.6:
            x, y = inner[-1]
            inner += [(x + 0.12, y - rng.uniform(0.5, 1.3)), (x + 0.3, y)]
    builder.begin_object()
    outer = [(half * 9, -0.2), (half * 9, high * 5), (-half * 9, high * 5), (-half * 9, -0.2)]
    builder.add_flat([(x, max(y, -0.2), z) for x, y in [*inner, *outer]], colour)
    for x, y in inner[2:-2:3]:
        away = math.hypot(x, y) or 1.0
        out = 0.5
        shade = [
            (x * (1 + out / away), y * (1 + out / away)),
            (x * (1 + 1.6 / away) + 0.3, y * (1 + 1.3 / away)),
            (x * (1 + 1.2 / away) - 0.4, y * (1 + 1.8 / away)),
        ]
        builder.add_flat([(px, py, z - 0.01) for px, py in shade], mix(colour, "#ffffff", 0.16))


def sky(builder: Exterior) -> None:
    """Add heaps of cloud near and far below the eye, and birds."""
    white = {"night": "#6f7ab8", "dusk": "#ffd8b8", "dawn": "#ffeee4"}.get(builder.light.day_phase, "#ffffff")
    if builder.light.weather in ("rain", "storm", "overcast"):
        white = mix(white, builder.light.haze, 0.5)
    for index in range(30):
        rng = builder.rng("cloud", index)
        z = 60 - index * 1.9
        x, low = rng.uniform(-1.1, 1.1) * (z + 8), rng.uniform(-6.5, -2.6) - (0 if z > 20 else 1.2)
        _add_cloud(builder, (x, low, z), rng.uniform(2.4, 4.2) * (0.7 + z / 40), white, index)
    for index in range(7):
        rng = builder.rng("bird", index)
        x, y, z, size = rng.uniform(-8, 8), rng.uniform(2.4, 6), rng.uniform(9, 20), rng.uniform(0.25, 0.5)
        builder.begin_object()
        wings = [
            (-size, y + size * 0.35),
            (-size * 0.4, y + size * 0.12),
            (0, y),
            (size * 0.4, y + size * 0.12),
            (size, y + size * 0.35),
        ]
        builder.add_billboard(
            x,
            z,
            [*wings, (size * 0.36, y - size * 0.02), (0, y - size * 0.14), (-size * 0.36, y - size * 0.02)],
            "#4a5068",
        )


def _add_cloud(builder: Exterior, spot: tuple[float, float, float], size: float, white: str, index: int) -> None:
    x, low, z = spot
    rng = builder.rng("puff", index)
    light = builder.light
    shade = mix(white, light.sky[0], 0.32)
    builder.begin_object()
    puffs = [
        (at * size, rng.uniform(0.25, 0.5) * size * (1.15 - abs(at)), at) for at in (-0.9, -0.55, -0.2, 0.15, 0.5, 0.85)
    ]
    for at, radius, _share in puffs:
        builder.add_disc(x, z, (at, low), (radius * 1.2, radius), shade, glow=0.0)
    builder.add_disc(x, z, (0, low - size * 0.1), (size * 1.5, size * 0.3), shade)
    for at, radius, _share in puffs:
        builder.add_disc(
            x, z, (at + radius * 0.12 * light.side, low + radius * 0.2), (radius * 1.05, radius * 0.78), white
        )


def planet(builder: Exterior) -> None:
    """Add the ground of another world: craters and rocks under stars, a dome with lights, and a lander."""
    ground = "#a8705a" if builder.rng("world").random() < 0.5 else "#a9a8ad"
    builder.add_ground(ground)
    for index in range(20):
        rng = builder.rng("crater", index)
        x, z, size = rng.uniform(-16, 16), rng.uniform(0, 30), rng.uniform(0.5, 2.2)
        for scale, colour in ((1.0, mix(ground, "#ffffff", 0.18)), (0.82, scale_rgb(ground, 0.68))):
            ring = [
                (x + size * scale * math.cos(t * 0.524), 0.01, z + size * scale * 0.7 * math.sin(t * 0.524))
                for t in range(12)
            ]
            builder.add_flat(ring, colour)
    for index in range(14):
        rng = builder.rng("rock", index)
        add_rock(
            builder,
            rng.uniform(2.6, 14) * (1 if index % 2 else -1),
            rng.uniform(2, 24),
            rng.uniform(0.3, 1.2),
            scale_rgb(ground, 0.8),
        )
    builder.begin_object()
    for index in range(9):
        rng = builder.rng("range", index)
        x, high = -60 + index * 15, rng.uniform(4, 11)
        builder.add_flat(
            [(x - 12, 0, 80), (x + 12, 0, 80), (x + 3, high, 80), (x - 2, high * 0.8, 80)], scale_rgb(ground, 0.7)
        )
    builder.begin_object()
    x, z = -5.4, 14.0
    dome = [(3.4 * math.cos(t * math.pi / 12), 3.0 * math.sin(t * math.pi / 12)) for t in range(13)]
    builder.add_billboard(x, z, dome, "#cfd8e4")
    builder.add_billboard(x, z, [(px * 0.9 + 0.2, py * 0.9) for px, py in dome], "#b4c4d8")
    builder.add_billboard(x, z, trapezoid(3.5, 3.5, 0, 0.4), "#7a8494")
    for at in (-2.0, -0.9, 0.2, 1.3):
        builder.add_billboard(x, z, [(at, 0.8), (at + 0.6, 0.8), (at + 0.6, 1.3), (at, 1.3)], "#ffe0a0", glow=0.9)
    builder.begin_object()
    x, z = 5.6, 12.0
    for at in (-1.3, 1.2):
        builder.add_billboard(x, z, [(at, 0), (at + 0.14, 0), (at * 0.5 + 0.1, 1.3), (at * 0.5, 1.3)], "#8a929c")
    builder.add_billboard(x, z, [(-0.9, 1.0), (0.9, 1.0), (0.8, 2.4), (0.4, 3.2), (-0.4, 3.2), (-0.8, 2.4)], "#e8ecf0")
    builder.add_billboard(x, z, [(0.2, 1.0), (0.9, 1.0), (0.8, 2.4), (0.4, 3.2), (0.2, 3.2)], "#bcc4ce")
    builder.add_disc(x, z, (-0.1, 2.3), (0.28, 0.28), "#4f8fc0")
    builder.add_billboard(x, z, trapezoid(0.9, 0.9, 1.2, 1.4), "#d8603c")


def space(builder: Exterior) -> None:
    """Add tumbling rocks near and far, and a ringed world."""
    builder.begin_object()
    x, z, y = -9.0, 26.0, 5.2
    builder.add_disc(x, z, (0, y), (2.6, 2.6), "#c89a6a")
    for v, colour in ((0.9, "#e0b88a"), (0.1, "#a87a54"), (-0.9, "#d8a878")):
        half = math.sqrt(2.6**2 - v * v) * 0.97
        builder.add_billboard(x, z, trapezoid(half, half, y + v - 0.2, y + v + 0.25), colour)
    ring = [(math.cos(t * math.pi / 20) * 5.0, y + math.sin(t * math.pi / 20) * 0.9) for t in range(20, 41)]
    inner = [(math.cos(t * math.pi / 20) * 3.6, y + math.sin(t * math.pi / 20) * 0.55) for t in range(40, 19, -1)]
    builder.add_billboard(x, z, [*ring, *inner], "#e8d8b8", 0.9)
    for index in range(26):
        rng = builder.rng("asteroid", index)
        x, y, z, size = rng.uniform(-9, 9), rng.uniform(-3.5, 5.5), rng.uniform(4, 22), rng.uniform(0.15, 0.9)
        outline = [
            (size * math.cos(t * 0.7) * rng.uniform(0.8, 1.15), y + size * math.sin(t * 0.7) * rng.uniform(0.65, 1.0))
            for t in range(9)
        ]
        builder.begin_object()
        builder.add_billboard(x, z, outline, "#8a8290")
        builder.add_billboard(
            x, z, [(px * 0.62 + size * 0.2, y + (py - y) * 0.62 - size * 0.12) for px, py in outline], "#645e70"
        )
        builder.add_disc(x, z, (-size * 0.3, y + size * 0.25), (size * 0.16, size * 0.12), "#746c7c")
