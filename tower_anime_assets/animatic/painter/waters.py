"""Places by, on and under water: river, lake, harbour, bridge, the deck of a ship, the bottom of the sea. In metres."""

from __future__ import annotations

import math
from itertools import pairwise

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.exterior import Exterior
from tower_anime_assets.animatic.painter.nature import add_pine, add_rock, add_tree, add_tufts
from tower_anime_assets.animatic.painter.set_builder import Span, trapezoid

_GRASS = ("#5f9450", "#8fbc6c", "#6aa058")


def _water(builder: Exterior) -> str:
    return mix("#2f86b0", builder.light.sky[1], 0.4)


def _add_water(builder: Exterior, x: Span, z: Span, level_m: float, ripples: int) -> None:
    """Add a sheet of water in strips, so that haze can take the far ones, with ripples on it."""
    with builder.without_snow():
        _add_sheet(builder, x, z, level_m, ripples)


def _add_sheet(builder: Exterior, x: Span, z: Span, level_m: float, ripples: int) -> None:
    colour = _water(builder)
    marks = [z[0], *[at for at in (4.0, 12.0, 30.0, 70.0) if z[0] < at < z[1]], z[1]]
    for near, far in pairwise(marks):
        builder.add_panel(x, level_m, (near, far), colour)
    for index in range(ripples):
        rng = builder.rng("ripple", index)
        at = z[0] + (z[1] - z[0]) * rng.random() ** 2
        left = rng.uniform(max(x[0], -30), min(x[1], 30))
        long = rng.uniform(0.6, 3.0) * (1 + at / 20)
        right = min(left + long, x[1])
        tint = mix(colour, "#ffffff", 0.55 if index % 2 else 0.3)
        wave = [
            (left, at),
            (right, at + 0.02),
            (right - (right - left) * 0.2, at + 0.14),
            (left + (right - left) * 0.3, at + 0.12),
        ]
        builder.add_flat([(px, level_m + 0.01, pz) for px, pz in wave], tint, 0.7)


def _add_reeds(builder: Exterior, x: float, z: float, index: int) -> None:
    rng = builder.rng("reed", index)
    builder.begin_object()
    for number in range(7):
        at, high, lean = rng.uniform(-0.4, 0.4), rng.uniform(0.7, 1.5), rng.uniform(-0.2, 0.2)
        builder.add_billboard(
            x, z, [(at, 0), (at + 0.05, 0), (at + lean + 0.02, high)], "#6f9a4c" if number % 2 else "#88ac58"
        )
        if number % 3 == 0:
            builder.add_billboard(
                x,
                z,
                [
                    (at + lean - 0.04, high - 0.3),
                    (at + lean + 0.04, high - 0.3),
                    (at + lean + 0.03, high),
                    (at + lean - 0.03, high),
                ],
                "#7a5236",
            )


def river(builder: Exterior) -> None:
    """Add a river that runs away on the left between grassy banks, with stones and willows."""
    builder.add_ground("#7fae60")
    left: list[tuple[float, float]] = [(-8.5, -6), (-8.0, 6), (-7.2, 14), (-3.0, 26), (-4.0, 60)]
    right: list[tuple[float, float]] = [(-1.5, -6), (-1.4, 4), (-2.6, 12), (0.6, 26), (3.0, 60)]
    outline = [*left, *reversed(right)]
    bank = [(x - 0.5, z) for x, z in left] + [(x + 0.45, z) for x, z in reversed(right)]
    builder.add_flat([(x, 0.01, z) for x, z in bank], "#b09a70")
    with builder.without_snow():
        _add_flow(builder, outline)
    for index, (x, z, size) in enumerate(
        ((-3.2, 2.2, 0.45), (-5.4, 4.6, 0.6), (-2.4, 7.0, 0.4), (-1.1, 3.2, 0.3), (-6.5, 8.0, 0.5))
    ):
        add_rock(builder, x, z, size, "#8f8d8a" if index % 2 else "#a09c96")
    for index in range(9):
        _add_reeds(builder, -1.2 + 0.2 * (index % 3), 1.4 + index * 1.1, index)
    add_tufts(builder, 60, _GRASS, 0.0)
    for index in range(16):
        rng = builder.rng("tree", index)
        x = rng.uniform(4.5, 16) if index % 2 else rng.uniform(-20, -10.5)
        add_tree(builder, rng, x, rng.uniform(5, 32), rng.choice(("#6fa85a", "#5f9a58", "#84b866")))


def _add_flow(builder: Exterior, outline: list[tuple[float, float]]) -> None:
    """Add the water of the river, with streaks that run with it."""
    water = _water(builder)
    builder.add_flat([(x, 0.02, z) for x, z in outline], water)
    for index in range(46):
        rng = builder.rng("flow", index)
        z = rng.uniform(-1, 22)
        share = rng.uniform(0.08, 0.82)
        low = -8.2 + z * 0.08 if z < 14 else -7 + (z - 14) * 0.33
        high = -1.6 - max(0, z - 4) * 0.12 if z < 12 else -2.6 + (z - 12) * 0.22
        x = low + (high - low) * share
        builder.add_flat(
            [(x, 0.03, z), (x + 0.08, 0.03, z), (x + 0.3, 0.03, z + 1.2), (x + 0.24, 0.03, z + 1.2)],
            mix(water, "#ffffff", 0.5),
            0.8,
        )


def lake(builder: Exterior) -> None:
    """Add a still lake with a jetty, a rowing boat and reeds, and woods on the far shore."""
    builder.add_ground("#7aa65e")
    _add_water(builder, (-90, 90), (5.0, 70.0), 0.02, 50)
    for index in range(34):
        rng = builder.rng("pine", index)
        add_pine(builder, rng.uniform(-46, 46), rng.uniform(70, 82), rng.uniform(6, 11))
    for index in range(10):
        rng = builder.rng("near", index)
        add_tree(builder, rng, rng.uniform(7, 15) * (1 if index % 2 else -1), rng.uniform(2, 5), "#5f9a58")
    for index in range(14):
        rng = builder.rng("bank", index)
        x = rng.uniform(2.6, 12) * (1 if index % 2 else -1)
        _add_reeds(builder, x, rng.uniform(4.4, 5.6), index)
    for index in range(14):
        z = 2.0 + index * 0.75
        builder.add_block((-2.6, -1.0), (0.3, 0.38), (z, z + 0.7), "#9a7450" if index % 2 else "#8a6646")
    for z in (4.6, 8.4, 12.2):
        for x in (-2.7, -0.95):
            builder.add_block((x, x + 0.12), (0, 0.8), (z, z + 0.12), "#6a4c34")
    _add_boat(builder, 2.6, 9.0, "#a8623c")
    add_tufts(builder, 40, _GRASS, 0.0, 5)


def _add_boat(builder: Exterior, x: float, z: float, colour: str) -> None:
    builder.begin_object()
    hull = [(-1.5, 0.5), (1.5, 0.5), (1.1, 0.0), (-1.1, 0.0)]
    builder.add_billboard(x, z, hull, colour)
    builder.add_billboard(x, z, [(-1.55, 0.44), (1.55, 0.44), (1.5, 0.54), (-1.5, 0.54)], mix(colour, "#ffffff", 0.4))
    builder.add_billboard(x, z, [(-0.4, 0.5), (0.5, 0.5), (0.5, 0.6), (-0.4, 0.6)], scale_rgb(colour, 0.7))
    builder.add_billboard(x, z, [(0.4, 0.5), (1.9, 0.16), (1.92, 0.22), (0.44, 0.58)], "#c8a878")


def harbour(builder: Exterior) -> None:
    """Add a quay with bollards and crates, boats with masts, a crane, and a lighthouse."""
    builder.add_ground("#9a9894")
    _add_water(builder, (-160, 160), (5.0, 160.0), 0.02, 60)
    builder.add_panel((-60, 60), 0.03, (4.2, 5.0), "#77746f")
    for index in range(-6, 7):
        builder.add_panel((index * 1.6, index * 1.6 + 0.04), 0.02, (-6, 4.2), "#827f7a")
    for x in (-4.6, -1.6, 1.8, 4.8):
        builder.begin_object()
        builder.add_billboard(x, 4.4, trapezoid(0.18, 0.14, 0, 0.42), "#3a3e48")
        builder.add_billboard(x, 4.4, trapezoid(0.24, 0.24, 0.4, 0.52), "#4a4e58")
    for index, (x, z, size) in enumerate(((-3.9, 2.2, 0.8), (-4.7, 2.9, 1.0), (-3.9, 2.3, 0.0), (3.9, 2.6, 0.9))):
        if size:
            builder.add_block(
                (x - size / 2, x + size / 2), (0, size), (z, z + size), "#a87c4c" if index % 2 else "#8a6a44"
            )
            builder.add_panel((x - size / 2, x + size / 2), (size * 0.45, size * 0.58), z - 0.01, "#6a4c30")
    for x, z, colour in (
        (-4.2, 9.0, "#d8e4ea"),
        (3.4, 8.0, "#3f7fa8"),
        (0.2, 14.0, "#c8503c"),
        (-9.0, 16.0, "#e8dcc0"),
        (8.0, 15.0, "#4f8a6a"),
    ):
        _add_fishing_boat(builder, x, z, colour)
    builder.begin_object()
    for low, high, half, colour in (
        (0.0, 3.0, 1.3, "#f2eee6"),
        (3.0, 6.0, 1.15, "#d8483c"),
        (6.0, 9.0, 1.0, "#f2eee6"),
        (9.0, 11.5, 0.88, "#d8483c"),
    ):
        builder.add_billboard(12.5, 42, trapezoid(half, half * 0.9, low, high), colour)
        builder.add_billboard(
            12.5, 42, [(half * 0.2, low), (half, low), (half * 0.9, high), (half * 0.2, high)], scale_rgb(colour, 0.8)
        )
    builder.add_billboard(
        12.5, 42, trapezoid(0.7, 0.7, 11.5, 12.8), "#fff0b8", glow=1.0 if builder.light.is_dark else 0.2
    )
    builder.add_billboard(12.5, 42, trapezoid(1.0, 0.1, 12.8, 13.8), "#4a4e58")
    for x in (-17.0, -13.0):
        builder.begin_object()
        builder.add_billboard(x, 30, trapezoid(0.35, 0.3, 0, 12), "#e0a03c")
    builder.begin_object()
    builder.add_billboard(-15, 30, [(-9, 11.4), (5, 11.4), (5, 12.2), (-9, 12.2)], "#e0a03c")
    builder.add_billboard(-15, 30, trapezoid(0.06, 0.06, 5.6, 11.4), "#3a3e48")
    builder.add_billboard(-15, 30, trapezoid(1.2, 1.2, 4.0, 5.6), "#4f6f94")


def _add_fishing_boat(builder: Exterior, x: float, z: float, colour: str) -> None:
    builder.begin_object()
    hull = [(-2.2, 1.0), (2.4, 1.25), (1.8, 0.0), (-1.8, 0.0)]
    builder.add_billboard(x, z, hull, colour)
    builder.add_billboard(x, z, [(-2.0, 0.5), (2.06, 0.6), (1.8, 0.0), (-1.8, 0.0)], scale_rgb(colour, 0.7))
    builder.add_billboard(x, z, [(-2.3, 0.92), (2.5, 1.17), (2.42, 1.32), (-2.22, 1.06)], "#f4f0e6")
    builder.add_billboard(x, z, [(-1.3, 1.05), (0.1, 1.05), (0.1, 2.2), (-1.2, 2.2)], "#f4f0e6")
    glass = "#ffe0a0" if builder.light.is_dark else "#5f86a4"
    builder.add_billboard(
        x, z, [(-1.05, 1.5), (-0.1, 1.5), (-0.1, 2.0), (-1.0, 2.0)], glass, glow=0.7 if builder.light.is_dark else 0
    )
    builder.add_billboard(x, z, trapezoid(0.06, 0.04, 1.1, 4.8), "#6a5040")
    for tip in (-2.1, 2.3):
        builder.add_billboard(x, z, [(tip, 1.1), (tip + 0.03, 1.1), (0.02, 4.8), (-0.01, 4.8)], "#4a4450")


def bridge(builder: Exterior) -> None:
    """Add a wooden bridge with red railings over a river, seen along its length."""
    _add_water(builder, (-160, 160), (-20.0, 160.0), -1.8, 70)
    for near, far in ((22.0, 40.0), (40.0, 90.0)):
        builder.add_panel((-160, 160), -0.2, (near, far), "#78a860")
    builder.add_panel((-160, 160), (-1.8, -0.2), 22.0, "#9a8460")
    builder.add_panel((-1.9, 1.9), -0.15, (22.0, 60.0), "#cbb68c")
    for index in range(70):
        z = -6.0 + index * 0.45
        builder.add_panel((-1.9, 1.9), 0.0, (z, z + 0.42), "#a87c50" if index % 2 else "#b58a5c")
    for side in (-1, 1):
        x, red = side * 1.95, "#c83c30"
        builder.add_panel(x, (-0.4, 0.0), (-6, 25), "#6a4a34")
        z = -1.5
        while z < 25:
            builder.add_block((x - 0.09, x + 0.09), (-1.8, 1.05), (z, z + 0.18), red)
            builder.add_block((x - 0.13, x + 0.13), (1.05, 1.2), (z - 0.04, z + 0.22), "#3a3034")
            builder.begin_object()
            for v in (0.4, 0.85):
                builder.add_panel(x, (v, v + 0.11), (z, z + 2.0), scale_rgb(red, 0.9))
            z += 2.0
    for index in range(24):
        rng = builder.rng("tree", index)
        x = rng.uniform(3.4, 26) * (1 if index % 2 else -1)
        add_tree(builder, rng, x, rng.uniform(25, 42), rng.choice(("#5f9a58", "#74ac5e", "#e89a6a")))


def ship_deck(builder: Exterior) -> None:
    """Add the deck of a sailing ship with mast, sails, wheel and railing, and the sea around it."""
    _add_water(builder, (-200, 200), (-30.0, 200.0), -2.6, 70)
    edge = [(-4.4, -8), (4.4, -8), (4.3, 8), (3.0, 14), (0, 19), (-3.0, 14), (-4.3, 8)]
    builder.add_flat([(x, 0, z) for x, z in edge], "#b08a5c")
    for index in range(-7, 8):
        x = index * 0.6
        far = 17.5 - abs(x) * 1.9
        builder.add_flat(
            [(x, 0.01, -8), (x + 0.05, 0.01, -8), (x * 0.86 + 0.04, 0.01, far), (x * 0.86, 0.01, far)], "#8a6642"
        )
    for (x0, z0), (x1, z1) in pairwise([(4.4, -6), (4.3, 8), (3.0, 14), (0, 19), (-3.0, 14), (-4.3, 8), (-4.4, -6)]):
        steps = max(2, round(math.hypot(x1 - x0, z1 - z0) / 1.0))
        for step in range(steps):
            ax, az = x0 + (x1 - x0) * step / steps, z0 + (z1 - z0) * step / steps
            bx, bz = x0 + (x1 - x0) * (step + 1) / steps, z0 + (z1 - z0) * (step + 1) / steps
            builder.begin_object()
            builder.add_flat([(ax, 0, az), (bx, 0, bz), (bx, 0.3, bz), (ax, 0.3, az)], "#7a5236")
            builder.add_flat([(ax, 0.92, az), (bx, 0.92, bz), (bx, 1.06, bz), (ax, 1.06, az)], "#8f6242")
            builder.add_billboard(ax, az, trapezoid(0.06, 0.05, 0.3, 0.95), "#6a4630")
    _add_mast(builder, 0.4, 8.6, 12.0)
    _add_mast(builder, 0.2, 14.4, 9.0)
    builder.add_block((-2.6, -1.2), (0, 0.35), (4.2, 5.6), "#8a6240")
    for index in range(4):
        builder.add_panel((-2.55 + index * 0.36, -2.51 + index * 0.36), 0.36, (4.25, 5.55), "#5a3e28")
    _add_wheel(builder, 2.4, 4.6)
    for x, z in ((-3.6, 3.0), (-3.5, 3.9)):
        builder.begin_object()
        builder.add_billboard(
            x, z, [(-0.3, 0), (0.3, 0), (0.37, 0.45), (0.3, 0.9), (-0.3, 0.9), (-0.37, 0.45)], "#8f6040"
        )
        for v in (0.15, 0.66):
            builder.add_billboard(x, z - 0.01, trapezoid(0.34, 0.34, v, v + 0.08), "#4a4246")


def _add_wheel(builder: Exterior, x: float, z: float) -> None:
    builder.begin_object()
    builder.add_billboard(x, z, trapezoid(0.14, 0.1, 0, 1.0), "#6a4630")
    for spoke in range(8):
        angle = spoke * math.pi / 4 + 0.2
        dx, dy = math.cos(angle), math.sin(angle)
        spoke_points = [(-dy * 0.03, 1.1 + dx * 0.03), (dx * 0.72 - dy * 0.03, 1.1 + dy * 0.72 + dx * 0.03)]
        spoke_points += [(dx * 0.72 + dy * 0.03, 1.1 + dy * 0.72 - dx * 0.03), (dy * 0.03, 1.1 - dx * 0.03)]
        builder.add_billboard(x, z - 0.02, spoke_points, "#8f6242")
    for step in range(24):
        a, b = step * math.tau / 24, (step + 1) * math.tau / 24
        ring = [(math.cos(t) * r, 1.1 + math.sin(t) * r) for t, r in ((a, 0.5), (b, 0.5), (b, 0.6), (a, 0.6))]
        builder.add_billboard(x, z - 0.03, ring, "#a8743f")
    builder.add_disc(x, z - 0.04, (0, 1.1), (0.11, 0.11), "#d8b048")


def _add_mast(builder: Exterior, x: float, z: float, high: float) -> None:
    builder.begin_object()
    builder.add_billboard(x, z, trapezoid(0.2, 0.14, 0, high), "#7a5236")
    for foot in (-4.2, 4.0):
        builder.add_billboard(
            x, z, [(foot, 0.9), (foot + 0.04, 0.9), (0.03, high * 0.9), (-0.01, high * 0.9)], "#4a4040"
        )
        builder.add_billboard(
            x, z, [(foot * 0.8, 0.9), (foot * 0.8 + 0.04, 0.9), (0.03, high * 0.9), (-0.01, high * 0.9)], "#4a4040"
        )
    for low, top, half in ((high * 0.3, high * 0.62, 3.3), (high * 0.66, high * 0.92, 2.4)):
        sail = [
            (-half, top),
            (half, top),
            (half * 0.86, (low + top) / 2),
            (half * 0.96, low),
            (-half * 0.96, low),
            (-half * 0.86, (low + top) / 2),
        ]
        builder.add_billboard(x, z - 0.1, sail, "#f4ecd8")
        builder.add_billboard(
            x,
            z - 0.11,
            [(half * 0.3, top), (half, top), (half * 0.86, (low + top) / 2), (half * 0.96, low), (half * 0.3, low)],
            "#dccfb4",
        )
        for share in (0.33, 0.66):
            v = low + (top - low) * share
            builder.add_billboard(x, z - 0.12, trapezoid(half * 0.88, half * 0.88, v, v + 0.04), "#cbbd9f")
        builder.add_billboard(x, z - 0.13, trapezoid(half * 1.08, half * 1.08, top - 0.05, top + 0.12), "#7a5236")
    builder.add_billboard(x, z, [(0.06, high), (1.5, high - 0.25), (0.06, high - 0.6)], "#d8404c")


def underwater(builder: Exterior) -> None:
    """Add the bottom of the sea: sand, rocks, corals, seaweed and fish."""
    builder.add_ground("#cdbf94")
    for index in range(50):
        rng = builder.rng("sand", index)
        x, z, long = rng.uniform(-14, 14), rng.uniform(-1, 22), rng.uniform(0.6, 2.4)
        builder.add_flat(
            [(x, 0.01, z), (x + long, 0.01, z + 0.1), (x + long * 0.7, 0.01, z + 0.3)],
            "#b3a67c" if index % 2 else "#e0d4ac",
        )
    for index in range(16):
        rng = builder.rng("rock", index)
        x, z = rng.uniform(2.4, 12) * (1 if index % 2 else -1), rng.uniform(2.0, 20)
        add_rock(builder, x, z, rng.uniform(0.5, 2.2), "#6f7a8a")
        _add_coral(builder, x + rng.uniform(-1, 1), z - 0.4, index)
    for index in range(26):
        rng = builder.rng("weed", index)
        _add_seaweed(builder, rng.uniform(1.8, 10) * (1 if index % 2 else -1), rng.uniform(1.4, 16), index)
    for index in range(18):
        rng = builder.rng("fish", index)
        x, y, z = rng.uniform(-7, 7), rng.uniform(1.6, 5.0), rng.uniform(3, 16)
        _add_fish(builder, (x, y, z), rng.uniform(0.16, 0.42), index)
    for index in range(40):
        rng = builder.rng("bubble", index)
        builder.begin_object()
        size = rng.uniform(0.02, 0.07)
        builder.add_disc(
            rng.uniform(-5, 5), rng.uniform(1, 12), (0, rng.uniform(0.4, 4.5)), (size, size), "#e4faff", 0.6
        )


def _add_coral(builder: Exterior, x: float, z: float, index: int) -> None:
    rng = builder.rng("coral", index)
    colour = ("#ff7a8a", "#ffb05a", "#d88aff", "#ff9ad0", "#ffe07a")[index % 5]
    builder.begin_object()
    for _number in range(7):
        lean, high = rng.uniform(-0.7, 0.7), rng.uniform(0.5, 1.3)
        builder.add_billboard(
            x, z, [(lean * 0.3 - 0.09, 0), (lean * 0.3 + 0.09, 0), (lean + 0.07, high), (lean - 0.07, high)], colour
        )
        builder.add_disc(x, z, (lean, high), (0.12, 0.12), mix(colour, "#ffffff", 0.25))


def _add_seaweed(builder: Exterior, x: float, z: float, index: int) -> None:
    rng = builder.rng("blade", index)
    builder.begin_object()
    for number in range(3):
        at, high, phase = (number - 1) * 0.22, rng.uniform(1.2, 3.4), rng.uniform(0, 6)
        left, right = [], []
        for step in range(9):
            v = high * step / 8
            sway = at + 0.16 * math.sin(phase + v * 2.4)
            half = 0.11 * (1 - step / 9)
            left.append((sway - half, v))
            right.append((sway + half, v))
        builder.add_billboard(x, z, [*left, *reversed(right)], "#3f8f5a" if number % 2 else "#58a868")


def _add_fish(builder: Exterior, spot: tuple[float, float, float], size: float, index: int) -> None:
    x, y, z = spot
    colour = ("#ffa83c", "#ffe05a", "#7fd0ff", "#ff7a7a", "#f4f4ff")[index % 5]
    way = 1 if index % 3 else -1
    body = [(math.cos(t * math.pi / 6) * size * way, y + math.sin(t * math.pi / 6) * size * 0.5) for t in range(12)]
    builder.begin_object()
    builder.add_billboard(
        x,
        z,
        [(-size * 0.8 * way, y), (-size * 1.5 * way, y + size * 0.5), (-size * 1.5 * way, y - size * 0.5)],
        scale_rgb(colour, 0.85),
    )
    builder.add_billboard(x, z, body, colour)
    stripe = [
        (0, y + size * 0.48),
        (size * 0.24 * way, y + size * 0.45),
        (size * 0.24 * way, y - size * 0.45),
        (0, y - size * 0.48),
    ]
    builder.add_billboard(x, z, stripe, mix(colour, "#ffffff", 0.55))
    builder.add_disc(x, z, (size * 0.62 * way, y + size * 0.1), (size * 0.1, size * 0.1), "#1c1a2a")
