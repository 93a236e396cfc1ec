"""Places in the country: village, market, farm, field, camp, graveyard, cabin, tavern, church, railway. In metres."""

from __future__ import annotations

import math

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.exterior import Exterior
from tower_anime_assets.animatic.painter.houses import (
    add_cottage,
    add_door,
    add_fence,
    add_front_gable,
    add_gable_roof,
    add_side_fence,
    add_timbers,
    add_window,
)
from tower_anime_assets.animatic.painter.nature import add_flowers, add_path, add_pine, add_tree, add_tufts
from tower_anime_assets.animatic.painter.set_builder import trapezoid

_GRASS = "#7aa860"
_BLADES = ("#5f9450", "#8fbc6c", "#6aa058")
_GOODS = ("#e0503c", "#f0b040", "#7fb84a", "#d88ab0", "#f4ecd8", "#8a6ac0")


def _add_trees(builder: Exterior, count: int, near_m: float, far_m: float, start_m: float = 4.0) -> None:
    """Add leafy trees on both sides, from `near_m` to `far_m` off the middle line."""
    for index in range(count):
        rng = builder.rng("tree", index)
        x = rng.uniform(near_m, far_m) * (1 if index % 2 else -1)
        add_tree(builder, rng, x, rng.uniform(start_m, 34), rng.choice(("#5f9a58", "#74ac5e", "#4c8a58")))


def village(builder: Exterior) -> None:
    """Add cottages along a path, with a well, fences and gardens."""
    builder.add_ground(_GRASS)
    add_path(builder, 2.2, "#cdb68c")
    add_tufts(builder, 50, _BLADES, 2.4)
    _add_trees(builder, 14, 11, 24, 8)
    spots = ((-5.6, 4.5), (6.0, 6.5), (-6.4, 11.5), (5.8, 14.0), (-5.2, 19.0), (6.6, 22.0), (-2.0, 30.0), (3.4, 33.0))
    for index, (x, z) in enumerate(spots):
        add_cottage(builder, x, z, index)
    for side in (-1, 1):
        add_side_fence(builder, side * 2.7, (2.0, 4.0) if side < 0 else (1.0, 6.0))
    x, z = 2.9, 3.4
    builder.begin_object()
    builder.add_billboard(x, z, trapezoid(0.7, 0.7, 0, 0.8), "#9a948e")
    for row in range(3):
        for column in range(4):
            at, v = -0.66 + column * 0.34 + (row % 2) * 0.1, 0.05 + row * 0.26
            builder.add_billboard(x, z, [(at, v), (at + 0.26, v), (at + 0.26, v + 0.2), (at, v + 0.2)], "#aaa49c")
    for at in (-0.62, 0.52):
        builder.add_billboard(x, z, [(at, 0.8), (at + 0.1, 0.8), (at + 0.1, 2.0), (at, 2.0)], "#6a4a30")
    builder.add_billboard(x, z, [(-1.0, 1.95), (1.0, 1.95), (0, 2.6)], "#a8503c")
    builder.add_billboard(x, z, trapezoid(0.02, 0.02, 1.2, 1.95), "#d8c8a0")
    builder.add_billboard(x, z, trapezoid(0.14, 0.17, 0.95, 1.22), "#8a6240")


def market(builder: Exterior) -> None:
    """Add rows of stalls with striped awnings and heaps of goods on a paved square."""
    builder.add_ground("#b3a792")
    for index in range(70):
        rng = builder.rng("cobble", index)
        x, z = rng.uniform(-9, 9), rng.uniform(-1, 26)
        builder.add_panel((x, x + rng.uniform(0.3, 0.7)), 0.01, (z, z + 0.25), "#a09480" if index % 2 else "#c2b6a0")
    for index, (x, z) in enumerate(((-8.5, 15), (8.5, 18), (-3.0, 30), (3.6, 31), (-9.0, 24), (9.2, 27))):
        add_cottage(builder, x, z, index)
    for index in range(8):
        side, z = (-1 if index % 2 else 1), 1.6 + (index // 2) * 4.4
        _add_stall(builder, side * 3.9, z, index)
    is_lit = builder.light.is_dark
    for row in range(3):
        z = 3.4 + row * 5
        for index in range(9):
            share = index / 4 - 1
            up = 4.3 - 0.7 * (1 - share * share)
            builder.begin_object()
            colour = _GOODS[(index + row) % 5]
            builder.add_disc(share * 4.6, z, (0, up), (0.17, 0.2), colour, glow=0.9 if is_lit else 0.0)
            if index < 8:
                nxt = (index + 1) / 4 - 1
                up_next = 4.3 - 0.7 * (1 - nxt * nxt)
                wire = [(0, up + 0.2), (4.6 * (nxt - share), up_next + 0.2), (4.6 * (nxt - share), up_next + 0.23)]
                builder.add_billboard(share * 4.6, z, [*wire, (0, up + 0.23)], "#3a3036")


def _add_stall(builder: Exterior, x: float, z: float, index: int) -> None:
    rng = builder.rng("stall", index)
    stripe = rng.choice(("#d8483c", "#3f7fb8", "#3f9a6a", "#e0983c"))
    builder.add_block((x - 1.4, x + 1.4), (0, 0.85), (z, z + 1.0), "#9a6f48")
    for plank in range(9):
        at = x - 1.4 + plank * 0.31
        builder.add_panel((at, at + 0.02), (0, 0.85), z - 0.01, "#75502f")
    builder.add_panel((x - 1.45, x + 1.45), (0.8, 0.9), z - 0.02, "#b98a5a")
    for box in range(4):
        colour, at = _GOODS[(index + box) % 6], x - 1.25 + box * 0.66
        for number in range(7):
            spot = (at - x + (number % 4) * 0.14 + (0.07 if number > 3 else 0), 0.97 + (number // 4) * 0.11)
            builder.add_disc(x, z + 0.1, spot, (0.09, 0.09), mix(colour, "#ffffff", 0.14 * (number % 3)))
    for at in (-1.4, 1.32):
        builder.add_panel((x + at, x + at + 0.08), (0, 2.5), z - 0.03, "#6a4a30")
    for number in range(8):
        left, wide = x - 1.6 + number * 0.4, 0.4
        colour = stripe if number % 2 else "#f8f2e6"
        builder.add_flat(
            [(left, 2.25, z - 0.5), (left + wide, 2.25, z - 0.5), (left + wide, 2.9, z + 1.0), (left, 2.9, z + 1.0)],
            colour,
        )
        builder.add_panel((left, left + wide), (2.0, 2.25), z - 0.5, scale_rgb(colour, 0.88))
        builder.add_panel((left + 0.06, left + wide - 0.06), (1.92, 2.0), z - 0.5, scale_rgb(colour, 0.88))
    if builder.light.is_dark:
        builder.add_disc(x, z - 0.2, (0, 1.85), (0.14, 0.16), "#ffe0a0", glow=1.0)


def farm(builder: Exterior) -> None:
    """Add a red barn with a silo, a fenced paddock, a ploughed field and bales of straw."""
    builder.add_ground("#8fb05c")
    add_path(builder, 1.7, "#c8ac7c", 16.0)
    for index in range(12):
        x = 4.4 + index * 1.1
        builder.add_flat([(x, 0.01, 2), (x + 0.5, 0.01, 2), (x * 2.4 + 0.8, 0.01, 60), (x * 2.4, 0.01, 60)], "#a8844c")
    add_tufts(builder, 40, ("#7a9a4c", "#a8c46c", "#6f9050"), 2.0)
    _add_trees(builder, 10, 13, 26, 14)
    x, z, red = -5.2, 13.0, "#b03c34"
    builder.add_block((x - 3.2, x + 3.2), (0, 3.6), (z, z + 7), red)
    for index in range(13):
        at = x - 3.2 + index * 0.5
        builder.add_panel((at, at + 0.05), (0, 3.6), z - 0.01, scale_rgb(red, 0.78))
    builder.add_panel((x - 1.3, x + 1.3), (0, 2.9), z - 0.02, "#f2ece0")
    builder.add_panel((x - 1.18, x + 1.18), (0, 2.78), z - 0.03, scale_rgb(red, 0.85))
    builder.add_panel((x - 0.06, x + 0.06), (0, 2.78), z - 0.04, "#f2ece0")
    for left, right in ((x - 1.18, x - 0.06), (x + 0.06, x + 1.18)):
        for low, high in ((0.05, 2.7), (2.7, 0.05)):
            builder.add_flat(
                [
                    (left, low, z - 0.05),
                    (left + 0.12, low, z - 0.05),
                    (right, high, z - 0.05),
                    (right - 0.12, high, z - 0.05),
                ],
                "#f2ece0",
            )
    add_front_gable(builder, (x - 3.2, x + 3.2), 3.6, 6.4, (z, z + 7), "#5f5a5e", red)
    add_window(builder, x - 0.5, 4.2, z, 1.0, 0.9)
    builder.begin_object()
    builder.add_billboard(-9.6, 12, [(-1.2, 0), (1.2, 0), (1.2, 6.4), (0.6, 7.4), (-0.6, 7.4), (-1.2, 6.4)], "#b8bec6")
    builder.add_billboard(-9.6, 12, [(0.3, 0), (1.2, 0), (1.2, 6.4), (0.6, 7.4), (0.3, 7.4)], "#949ca6")
    add_fence(builder, (2.6, 14.0), 5.6)
    add_side_fence(builder, 2.6, (1.0, 5.6))
    for index, (at, back) in enumerate(((-2.2, 3.6), (-3.3, 4.4), (5.2, 9.0), (9.0, 14.0), (7.0, 20.0))):
        size = 0.7 - 0.1 * (index % 2)
        builder.begin_object()
        builder.add_disc(at, back, (0, size), (size * 1.15, size), "#d8b458")
        for ring in (0.75, 0.5, 0.25):
            builder.add_disc(
                at, back, (0, size), (size * 1.15 * ring, size * ring), "#c09c48" if ring != 0.5 else "#e0c070"
            )


def field(builder: Exterior) -> None:
    """Add a meadow in flower with a path, a lone tree and a fence."""
    builder.add_ground("#8fbf62")
    for index in range(9):
        z, colour = 6 + index * 5, "#a8cc6c" if index % 2 else "#84b65a"
        builder.add_panel((-90, 90), 0.008, (z, z + 2.5), colour)
    points = [
        (-1.4, -20),
        (1.2, -20),
        (1.0, 3),
        (2.6, 9),
        (1.2, 18),
        (3.4, 40),
        (2.4, 40),
        (0.2, 18),
        (1.0, 9),
        (-1.2, 3),
    ]
    builder.add_flat([(x, 0.012, z) for x, z in points], "#d8c090")
    add_tufts(builder, 90, ("#7fb04e", "#6aa048", "#9cc866"), 1.4, 30)
    add_flowers(builder, 130, 1.5, 24)
    add_tree(builder, builder.rng("lone"), -6.0, 11.0, "#5f9a50")
    _add_trees(builder, 6, 18, 34, 24)
    add_fence(builder, (3.2, 26.0), 13.0)


def camp(builder: Exterior) -> None:
    """Add two tents and a fire with logs to sit on, in a clearing among pines."""
    builder.add_ground("#6f8f58")
    add_tufts(builder, 50, _BLADES, 1.0)
    for index in range(24):
        rng = builder.rng("pine", index)
        add_pine(builder, rng.uniform(4.5, 20) * (1 if index % 2 else -1), rng.uniform(9, 32), rng.uniform(4, 8))
    for x, z, colour in ((-3.6, 5.2, "#e0883c"), (3.6, 6.6, "#4f8fb0")):
        builder.begin_object()
        builder.add_billboard(x, z, [(-2.0, 0), (2.0, 0), (0.0, 2.4)], scale_rgb(colour, 0.75))
        builder.add_billboard(x, z, [(-2.0, 0), (0.35, 0), (0.0, 2.4)], colour)
        inside = "#ffd890" if builder.light.is_dark else "#3a3230"
        builder.add_billboard(
            x, z, [(-1.2, 0), (-0.1, 0), (-0.1, 1.9)], inside, glow=0.5 if builder.light.is_dark else 0.0
        )
        builder.add_billboard(x, z, [(-1.2, 0), (-0.9, 0), (-0.1, 1.9)], mix(colour, "#ffffff", 0.3))
        for at in (-2.6, 2.6):
            builder.add_billboard(x, z, [(at, 0), (at + 0.03, 0), (0.02, 2.4), (0, 2.4)], "#e8e0d0")
    builder.add_block((-1.9, -0.9), (0, 0.34), (1.9, 2.3), "#7a5638")
    builder.add_block((1.1, 2.1), (0, 0.34), (2.9, 3.3), "#7a5638")
    _add_fire(builder, -0.2, 3.2)


def _add_fire(builder: Exterior, x: float, z: float) -> None:
    builder.begin_object()
    for index in range(9):
        angle = index * math.tau / 9
        builder.add_disc(x + 0.62 * math.cos(angle), z, (0, 0.09 + 0.05 * math.sin(angle)), (0.15, 0.1), "#8a8684")
    for lean in (-0.4, -0.1, 0.2):
        log = [(lean, 0.1), (lean + 0.4, 0.1), (lean + 0.34, 0.26), (lean + 0.06, 0.24)]
        builder.add_billboard(x, z, log, "#5a3c28")
    for half, high, colour in ((0.42, 1.15, "#ff6a2a"), (0.28, 0.85, "#ffab3d"), (0.14, 0.55, "#fff0b0")):
        tongue = [(-half, 0.18), (-half * 0.8, high * 0.5), (-half * 0.4, high * 0.4), (-half * 0.15, high * 0.85)]
        tongue += [(half * 0.1, high * 0.6), (half * 0.3, high), (half * 0.6, high * 0.5), (half, 0.18)]
        builder.add_billboard(x, z, tongue, colour, glow=0.9)
    for index in range(6):
        rng = builder.rng("spark", index)
        builder.add_disc(x, z, (rng.uniform(-0.5, 0.5), rng.uniform(1.2, 2.2)), (0.025, 0.03), "#ffc860", glow=0.9)


def graveyard(builder: Exterior) -> None:
    """Add rows of gravestones and crosses, a bare tree, an iron fence and a chapel behind."""
    builder.add_ground("#6f8a62")
    add_path(builder, 1.1, "#a89c88", 22.0)
    add_tufts(builder, 60, ("#5a7a50", "#7f9a68"), 1.4)
    _add_chapel(builder, 1.6, 22.0)
    for index in range(8):
        rng = builder.rng("pine", index)
        add_pine(builder, rng.uniform(9, 20) * (1 if index % 2 else -1), rng.uniform(14, 30), rng.uniform(5, 8))
    for index in range(26):
        rng = builder.rng("grave", index)
        x = (2.0 + (index % 4) * 1.7 + rng.uniform(-0.2, 0.2)) * (1 if index % 2 else -1)
        _add_gravestone(builder, x, 1.6 + (index // 4) * 2.3 + rng.uniform(-0.3, 0.3), index)
    builder.begin_object()
    bark = "#4a4044"
    builder.add_billboard(-5.6, 7, [(-0.35, 0), (0.3, 0), (0.16, 3.2), (-0.16, 3.2)], bark)
    for fork in (
        ((0.0, 2.2), (-1.9, 4.6)),
        ((0.05, 2.8), (1.7, 5.0)),
        ((0.0, 3.0), (-0.4, 5.6)),
        ((-1.0, 3.6), (-2.4, 3.9)),
        ((0.9, 4.0), (2.1, 3.9)),
    ):
        (ax, ay), (bx, by) = fork
        builder.add_billboard(-5.6, 7, [(ax - 0.13, ay), (ax + 0.13, ay), (bx + 0.02, by), (bx - 0.02, by)], bark)
    at = -14.0
    while at < 14:
        builder.begin_object()
        if abs(at) > 1.3:
            builder.add_panel((at, at + 0.05), (0, 1.5), 18.0, "#2e3038")
            builder.add_panel((at - 0.03, at + 0.08), (1.5, 1.66), 18.0, "#2e3038")
            builder.add_panel((at, at + 0.45), (1.25, 1.31), 18.0, "#2e3038")
        at += 0.45


def _add_gravestone(builder: Exterior, x: float, z: float, index: int) -> None:
    stone = builder.rng("stone", index).choice(("#9a9a9e", "#8a8c92", "#a8a49e"))
    dark = scale_rgb(stone, 0.76)
    builder.begin_object()
    if index % 3 == 0:
        builder.add_billboard(x, z, trapezoid(0.36, 0.3, 0, 0.22), dark)
        builder.add_billboard(x, z, trapezoid(0.09, 0.09, 0.2, 1.3), stone)
        builder.add_billboard(x, z, trapezoid(0.34, 0.34, 0.85, 1.02), stone)
        return
    arch = [(-0.36, 0.75), (-0.3, 0.95), (-0.14, 1.06), (0.14, 1.06), (0.3, 0.95), (0.36, 0.75)]
    builder.add_billboard(x, z, [(0.44, 0), (-0.3, 0), *[(a + 0.08, b) for a, b in arch], (0.44, 0)], dark)
    builder.add_billboard(x, z, [(0.36, 0), (-0.36, 0), *arch, (0.36, 0)], stone)
    for v in (0.72, 0.56, 0.42):
        builder.add_billboard(x, z, trapezoid(0.2, 0.2, v, v + 0.04), dark)


def _add_chapel(builder: Exterior, x: float, z: float) -> None:
    wall, roof = "#d8d2c8", "#5a5f74"
    builder.add_block((x - 3.4, x + 3.4), (0, 4.6), (z, z + 9), wall)
    add_front_gable(builder, (x - 3.4, x + 3.4), 4.6, 7.8, (z, z + 9), roof, wall)
    for at in (-2.6, 1.7):
        add_window(builder, x + at, 1.4, z, 0.9, 1.9)
    builder.add_block((x - 1.3, x + 1.3), (0, 7.4), (z - 1.2, z + 1.2), mix(wall, "#ffffff", 0.2))
    z -= 1.2
    add_door(builder, x - 0.75, z, 1.5, 2.6)
    is_lit = builder.light.is_dark
    builder.add_disc(x, z - 0.02, (0, 4.6), (0.7, 0.7), "#6a5f5a")
    glass = "#ffd890" if is_lit else "#7fa8d0"
    builder.add_disc(x, z - 0.03, (0, 4.6), (0.58, 0.58), glass, glow=0.6 if is_lit else 0.0)
    builder.add_panel((x - 0.04, x + 0.04), (4.05, 5.15), z - 0.04, "#6a5f5a")
    builder.add_panel((x - 0.55, x + 0.55), (4.56, 4.64), z - 0.04, "#6a5f5a")
    builder.add_panel((x - 0.4, x + 0.4), (5.9, 6.9), z - 0.03, "#4a4650")
    builder.add_flat([(x - 1.6, 7.3, z), (x + 1.6, 7.3, z), (x, 9.8, z + 1.2)], roof)
    builder.add_flat([(x + 0.2, 7.3, z), (x + 1.6, 7.3, z), (x, 9.8, z + 1.2)], scale_rgb(roof, 0.8))
    builder.add_panel((x - 0.07, x + 0.07), (9.7, 11.1), z + 1.2, "#e8d8a0")
    builder.add_panel((x - 0.45, x + 0.45), (10.4, 10.55), z + 1.2, "#e8d8a0")


def church_front(builder: Exterior) -> None:
    """Add a church with its steeple at the end of a path."""
    builder.add_ground(_GRASS)
    add_path(builder, 1.5, "#cbbd9f", 23.0)
    add_tufts(builder, 50, _BLADES, 1.8)
    _add_trees(builder, 16, 6.5, 18, 5)
    _add_chapel(builder, -0.9, 24.0)
    for side in (-1, 1):
        add_fence(builder, (2.2, 12.0) if side > 0 else (-12.0, -2.2), 14.0, "#f0ece2")


def cabin_front(builder: Exterior) -> None:
    """Add a cabin of logs among pines, with smoke from its chimney and a pile of wood."""
    builder.add_ground("#6f9058")
    add_path(builder, 0.9, "#b89c70", 7.0)
    add_tufts(builder, 60, _BLADES, 1.2)
    for index in range(22):
        rng = builder.rng("pine", index)
        add_pine(builder, rng.uniform(6, 20) * (1 if index % 2 else -1), rng.uniform(7, 30), rng.uniform(4.5, 8))
    x, z, log = -1.6, 7.0, "#a0744a"
    builder.add_block((x - 3.2, x + 3.2), (0, 2.7), (z, z + 5), log)
    for row in range(9):
        builder.add_panel((x - 3.2, x + 3.2), (row * 0.3, row * 0.3 + 0.06), z - 0.01, scale_rgb(log, 0.7))
        for at in (-3.3, 3.1):
            builder.add_disc(x + at + 0.1, z - 0.02, (0, row * 0.3 + 0.18), (0.15, 0.14), mix(log, "#ffffff", 0.25))
    add_door(builder, x + 0.4, z, colour="#5f4028")
    add_window(builder, x - 2.2, 1.0, z, 1.3, 1.0, "#5f4028")
    add_gable_roof(builder, (x - 3.2, x + 3.2), 2.7, 5.2, (z, z + 5), "#6a4f40", log)
    builder.add_block((x + 1.6, x + 2.4), (2.9, 5.4), (z + 2.2, z + 3.0), "#8f8a86")
    builder.begin_object()
    for index in range(6):
        spot = (0.25 * index * (0.6 if index % 2 else 1.0), 5.8 + index * 0.55)
        builder.add_disc(
            x + 2.0, z + 2.2, spot, (0.3 + index * 0.12, 0.26 + index * 0.06), "#e8ecf0", 0.5 - index * 0.07
        )
    builder.begin_object()
    for row in range(4):
        for column in range(6 - row):
            spot = (column * 0.26 + row * 0.13, 0.13 + row * 0.22)
            builder.add_disc(x + 3.5, z - 0.6, spot, (0.13, 0.12), "#c89c68")
            builder.add_disc(x + 3.5, z - 0.61, spot, (0.07, 0.06), "#e4c494")


def tavern_front(builder: Exterior) -> None:
    """Add a timber-framed inn with a hanging sign, lit windows, barrels and a bench."""
    village(builder)
    x, z, wall = -1.0, 9.0, "#ecdcbc"
    span = (x - 4.2, x + 4.2)
    builder.add_block(span, (0, 5.4), (z, z + 6), wall)
    add_timbers(builder, span, 2.8, z)
    builder.add_panel(span, (2.7, 3.0), z - 0.02, "#5a3d2a")
    for at in (-4.2, -2.1, 0.0, 2.1, 4.04):
        builder.add_panel((x + at, x + at + 0.16), (3.0, 5.4), z - 0.012, "#5a3d2a")
    for at in (-3.5, -1.4, 0.7, 2.8):
        add_window(builder, x + at, 3.6, z, 0.8, 1.0)
    for at in (-3.4, 1.7):
        add_window(builder, x + at, 0.95, z, 1.5, 1.2)
    add_door(builder, x - 0.65, z, 1.3, 2.2)
    add_gable_roof(builder, span, 5.4, 8.2, (z, z + 6), "#8a4a38", wall)
    builder.begin_object()
    builder.add_panel((x + 1.0, x + 2.3), (3.0, 3.08), z - 0.9, "#3a3034")
    builder.add_panel((x + 1.2, x + 2.2), (1.95, 2.9), z - 0.92, "#7a4a2c")
    builder.add_panel((x + 1.45, x + 1.85), (2.15, 2.6), z - 0.94, "#f0b840")
    builder.add_panel((x + 1.85, x + 1.98), (2.24, 2.5), z - 0.94, "#f0b840")
    builder.add_panel((x + 1.4, x + 1.9), (2.6, 2.74), z - 0.95, "#fff8e8")
    for at in (x - 1.1, x + 0.75):
        lit = builder.light.is_dark
        builder.add_block((at, at + 0.24), (2.1, 2.5), (z - 0.4, z - 0.2), "#3a3034")
        builder.add_panel(
            (at + 0.04, at + 0.2), (2.15, 2.45), z - 0.42, "#ffd88a" if lit else "#d8c8a0", glow=1.0 if lit else 0
        )
    for at in (-3.6, -2.9):
        builder.begin_object()
        builder.add_billboard(
            x + at, z - 0.8, [(-0.3, 0), (0.3, 0), (0.37, 0.45), (0.3, 0.9), (-0.3, 0.9), (-0.37, 0.45)], "#8f6040"
        )
        for v in (0.15, 0.66):
            builder.add_billboard(x + at, z - 0.81, trapezoid(0.34, 0.34, v, v + 0.08), "#4a4246")


def railway(builder: Exterior) -> None:
    """Add two tracks on ballast with masts, wires, a signal, and a train some way off."""
    builder.add_ground("#86a862")
    add_tufts(builder, 50, _BLADES, 4.6)
    builder.add_panel((-4.2, 4.2), 0.01, (-20, 30), "#8f8a86")
    builder.add_panel((-4.2, 4.2), 0.01, (30, 120), "#8f8a86")
    for index in range(90):
        rng = builder.rng("ballast", index)
        x, z = rng.uniform(-4, 4), rng.uniform(-1, 20)
        builder.add_panel((x, x + 0.2), 0.015, (z, z + 0.12), "#a39e98" if index % 2 else "#78746f")
    for track in (-2.2, 1.9):
        z = -3.0
        while z < 50:
            builder.add_panel((track - 1.1, track + 1.1), 0.03, (z, z + 0.24), "#6a5442")
            z += 0.65 if z < 14 else 1.3
        for rail in (track - 0.72, track + 0.66):
            builder.add_flat(
                [(rail, 0.1, -8), (rail + 0.08, 0.1, -8), (rail + 0.08, 0.1, 110), (rail, 0.1, 110)], "#c4cad2"
            )
            builder.add_flat([(rail, 0.0, -8), (rail, 0.1, -8), (rail, 0.1, 110), (rail, 0.0, 110)], "#6f6a68")
    for index in range(5):
        z = 4.0 + index * 10
        for side in (-1, 1):
            builder.add_block((side * 4.6 - 0.09, side * 4.6 + 0.09), (0, 5.6), (z, z + 0.18), "#7a828c")
        builder.begin_object()
        builder.add_panel((-4.6, 4.6), (5.2, 5.34), z, "#7a828c")
    for x in (-2.2, 1.9):
        builder.begin_object()
        builder.add_panel(x, (4.95, 4.99), (-4, 44), "#2c2c34")
    builder.add_block((5.1, 5.22), (0, 3.0), (6.4, 6.52), "#4a4e56")
    builder.add_panel((4.95, 5.37), (2.5, 3.4), 6.38, "#22242a")
    builder.add_disc(5.16, 6.37, (0, 3.15), (0.12, 0.12), "#ff4a3c", glow=0.9)
    builder.add_disc(5.16, 6.37, (0, 2.75), (0.12, 0.12), "#2a4a38")
    builder.add_block((-3.6, -0.8), (0.5, 3.6), (38, 60), "#d8dee4")
    builder.add_panel((-3.6, -0.8), (0.5, 1.2), 37.98, "#3f8f6a")
    builder.add_panel((-3.3, -1.1), (2.0, 3.1), 37.97, "#2c3a4c")
    for at in (-3.3, -1.5):
        builder.add_panel((at, at + 0.4), (0.8, 1.05), 37.96, "#fff6d8", glow=0.9)
    _add_trees(builder, 10, 9, 24, 8)
