"""Places in the open: park, forest, beach, shrine, desert and mountain. Lengths in metres."""

from __future__ import annotations

import math
import random
from itertools import pairwise

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.exterior import Exterior
from tower_anime_assets.animatic.painter.set_builder import trapezoid

_PATH_STRETCHES = ((-20, 4), (4, 14), (14, 40))
"""Near and far ends, so that haze can take the far ones."""


def add_tree(builder: Exterior, rng: random.Random, x: float, z: float, leaf: str) -> None:
    """Add a leafy tree."""
    high = rng.uniform(4.0, 7.5)
    builder.begin_object()
    builder.add_billboard(x, z, [(-0.2, 0), (0.2, 0), (0.13, high * 0.6), (-0.1, high * 0.6)], "#5d4438")
    builder.add_billboard(x, z, [(0.05, 0), (0.2, 0), (0.13, high * 0.6), (0.06, high * 0.6)], "#47332c")
    for shade, dx, dy, size in ((0.68, 0.25, -0.2, 1.0), (0.86, 0.0, 0.0, 0.95), (1.0, -0.2, 0.25, 0.78)):
        colour = scale_rgb(leaf, shade) if shade < 1 else mix(leaf, "#ffffe0", 0.1)
        for index in range(5):
            angle = index * 1.257 + rng.uniform(-0.3, 0.3)
            centre_x = dx + math.cos(angle) * high * 0.2
            centre_y = high * 0.74 + dy + math.sin(angle) * high * 0.17
            radius = high * 0.19 * size
            blob = []
            for step in range(12):
                ripple = 0.12 * (step % 2)
                blob.append(
                    (
                        centre_x + radius * math.cos(step * 0.524) * (1 + ripple),
                        centre_y + radius * math.sin(step * 0.524) * (0.85 + ripple),
                    )
                )
            builder.add_billboard(x, z, blob, colour)


def add_pine(builder: Exterior, x: float, z: float, high: float) -> None:
    """Add a pine, with snow on it when it snows."""
    builder.begin_object()
    builder.add_billboard(x, z, trapezoid(0.12, 0.1, 0, high * 0.3), "#4f3c34")
    for step in range(4):
        low, wide = high * (0.15 + step * 0.2), high * 0.24 * (1 - step * 0.2)
        tip = (0, low + high * 0.36)
        builder.add_billboard(x, z, [(-wide, low), (wide, low), tip], "#3f6e58" if step % 2 else "#4c7d62")
        if builder.is_snowy:
            cap = [(-wide * 0.5, low + high * 0.18), (wide * 0.1, low + high * 0.14), tip]
            builder.add_billboard(x, z, cap, "#f4f8ff")


def add_rock(builder: Exterior, x: float, z: float, size: float, colour: str = "#8a8c96") -> None:
    """Add a boulder with a dark side."""
    right = [(size * 0.15, size * 0.62), (size * 0.62, size * 0.5), (size, 0), (size * 0.1, 0)]
    builder.begin_object()
    outline = [(-size, 0), (size, 0), (size * 0.62, size * 0.5), (size * 0.15, size * 0.68), (-size * 0.6, size * 0.5)]
    builder.add_billboard(x, z, outline, colour)
    builder.add_billboard(x, z, right, scale_rgb(colour, 0.78))


def add_tufts(
    builder: Exterior, count: int, colours: tuple[str, ...], clear_m: float = 0.0, far_m: float = 26.0
) -> None:
    """Scatter tufts of grass, more of them near, none nearer than `clear_m` to the middle line."""
    for index in range(count):
        rng = builder.rng("tuft", index)
        x, z = rng.uniform(-14, 14), -1.5 + (far_m + 1.5) * rng.random() ** 1.6
        if abs(x) < clear_m:
            continue
        builder.begin_object()
        for _blade in range(6):
            at, high, lean = rng.uniform(-0.14, 0.14), rng.uniform(0.1, 0.3), rng.uniform(-0.12, 0.12)
            blade = [(at - 0.025, 0), (at + 0.025, 0), (at + lean, high)]
            builder.add_billboard(x, z, blade, colours[index % len(colours)])


def add_flowers(builder: Exterior, count: int, clear_m: float, far_m: float = 26.0) -> None:
    """Scatter flowers of several colours, none nearer than `clear_m` to the middle line."""
    for index in range(count):
        rng = builder.rng("flower", index)
        x, z = rng.uniform(-14, 14), -1.5 + (far_m + 1.5) * rng.random() ** 1.5
        if abs(x) < clear_m:
            continue
        colour = ("#f4e06a", "#f8f8f4", "#f08aa8", "#b8a0f0", "#ff9a6a")[index % 5]
        builder.begin_object()
        for _blossom in range(3):
            at, high = rng.uniform(-0.22, 0.22), rng.uniform(0.14, 0.4)
            builder.add_billboard(
                x, z, [(at - 0.01, 0), (at + 0.01, 0), (at + 0.01, high), (at - 0.01, high)], "#5f8a4c"
            )
            builder.add_disc(x, z, (at, high), (0.07, 0.055), colour)
            builder.add_disc(x, z, (at, high), (0.025, 0.02), "#e8b040")


def add_path(builder: Exterior, half_m: float, colour: str, far_m: float = 60.0) -> None:
    """Add a straight path away from the camera."""
    for near, far in ((-20.0, 4.0), (4.0, 14.0), (14.0, far_m)):
        builder.add_panel((-half_m, half_m), 0.01, (near, far), colour)


def _add_grove(builder: Exterior, dense: bool) -> None:
    """Add a path between trees."""
    builder.add_ground("#6f9a5c" if not dense else "#5a7a4c")
    for near, far in _PATH_STRETCHES:
        builder.add_flat([(-1.8, 0.01, near), (1.8, 0.01, near), (1.5, 0.01, far), (-1.5, 0.01, far)], "#c9b48e")
    for index in range(60):
        rng = builder.rng("tuft", index)
        x, z = rng.uniform(-14, 14), rng.uniform(-1, 24)
        if abs(x) > 2:
            tuft = [(x, 0.01, z), (x + rng.uniform(0.6, 2), 0.01, z), (x + 1, 0.01, z + 0.5), (x, 0.01, z + 0.3)]
            builder.add_flat(tuft, "#5d8a4c" if index % 2 else "#86b06a")
    count = 46 if dense else 26
    for index in range(count):
        rng = builder.rng("tree", index)
        x = (1 if index % 2 else -1) * rng.uniform(3.4, 9 if dense else 14) * (1 + index / count)
        z = rng.uniform(1.5, 34)
        leaf = rng.choice(("#5f9a58", "#74ac5e", "#4c8a58") if index % 5 or dense else ("#f0b4c4",))
        add_tree(builder, rng, x, z, leaf)


def park(builder: Exterior) -> None:
    """Add a path between trees, with benches and lamps."""
    _add_grove(builder, dense=False)
    for z in (4.0, 12.0):
        builder.add_block((2.4, 4.0), (0.42, 0.5), (z, z + 0.5), "#8a5f40")
        builder.add_block((2.4, 4.0), (0.5, 0.95), (z + 0.45, z + 0.52), "#8a5f40")
    for index in range(3):
        builder.add_lamp(-2.4, index * 9.0 + 4, -1)


def forest(builder: Exterior) -> None:
    """Add a path between many trees."""
    _add_grove(builder, dense=True)


def beach(builder: Exterior) -> None:
    """Add sand, a sea with waves, and palms."""
    water = mix("#2f86b0", builder.light.sky[1], 0.4)
    builder.add_ground("#e0c99a")
    with builder.without_snow():
        for near, far in pairwise((14.0, 26.0, 60.0, 160.0)):
            builder.add_panel((-200, 200), 0.01, (near, far), water)
    for index in range(40):
        rng = builder.rng("wave", index)
        x, z = rng.uniform(-40, 40), 14 + index * index * 0.08
        long = rng.uniform(3, 14)
        wave = [(x, 0.02, z), (x + long, 0.02, z), (x + long * 0.8, 0.02, z + 0.3), (x + 1, 0.02, z + 0.25)]
        builder.add_flat(wave, "#f4fbff" if index < 12 else mix(water, "#ffffff", 0.45), 0.8)
    foam = [(-200, 0.02, 13.2), (200, 0.02, 13.6), (200, 0.02, 14.2), (-200, 0.02, 14.0)]
    builder.add_flat(foam, "#ffffff", 0.85)
    for index in range(30):
        rng = builder.rng("sand", index)
        x, z = rng.uniform(-12, 12), rng.uniform(-1, 12)
        ripple = [(x, 0.01, z), (x + rng.uniform(0.3, 1.4), 0.01, z), (x + 0.8, 0.01, z + 0.12)]
        builder.add_flat(ripple, "#c8ae7c" if index % 2 else "#eedcb4")
    for index in range(5):
        rng = builder.rng("palm", index)
        x, z = rng.uniform(5, 12) * (1 if index % 2 else -1), rng.uniform(3, 12)
        builder.begin_object()
        builder.add_billboard(x, z, [(-0.16, 0), (0.16, 0), (0.6, 4.6), (0.42, 4.6)], "#8a6a4a")
        for number in range(7):
            across, up = math.cos(number * 0.9), math.sin(number * 0.9)
            leaf = [(0.5, 4.6), (0.5 + across, 5.0 + up * 0.7), (0.5 + across * 2, 4.5 + up * 0.9)]
            leaf.append((0.5 + across, 4.75 + up * 0.6))
            builder.add_billboard(x, z, leaf, "#4c8a58" if number % 2 else "#5fa064")


def shrine(builder: Exterior) -> None:
    """Add a paved path through a forest, two gates, lanterns, and the hall at the end."""
    forest(builder)
    for stretch in _PATH_STRETCHES:
        builder.add_panel((-2.4, 2.4), 0.02, stretch, "#a9a6a4")
    red = "#c83c30"
    for z in (9.0, 16.0):
        builder.begin_object()
        for x in (-2.5, 2.5):
            builder.add_billboard(x, z, trapezoid(0.2, 0.17, 0, 4.4), red)
        builder.add_panel((-3.0, 3.0), (3.6, 3.85), z, red)
        for half_below, half_above, low, high, colour in (
            (3.5, 3.9, 4.35, 4.85, scale_rgb(red, 0.8)),
            (3.9, 4.0, 4.8, 5.0, "#2a2226"),
        ):
            builder.add_flat([(x, y, z) for x, y in trapezoid(half_below, half_above, low, high)], colour)
    is_lit = builder.light.is_dark
    for side in (-1, 1):
        for z in (3.0, 7.0, 12.0):
            x = side * 2.9
            builder.add_block((x - 0.2, x + 0.2), (0, 1.0), (z, z + 0.4), "#8f8d8c")
            builder.add_block((x - 0.28, x + 0.28), (1.0, 1.4), (z - 0.08, z + 0.48), "#9f9d9a")
            flame = "#ffd080" if is_lit else "#5a5654"
            builder.add_panel((x - 0.16, x + 0.16), (1.06, 1.34), z - 0.1, flame, glow=1.0 if is_lit else 0)
            builder.add_block((x - 0.36, x + 0.36), (1.4, 1.55), (z - 0.16, z + 0.56), "#7f7d7a")
    builder.add_block((-5, 5), (0, 1.0), (24, 30), "#8a7a6a")
    builder.add_block((-4, 4), (1.0, 4.0), (25, 30), "#a8583c")
    builder.begin_object()
    builder.add_flat([(-6.4, 3.8, 23.5), (6.4, 3.8, 23.5), (3.4, 7.2, 26), (-3.4, 7.2, 26)], "#4a4c5c")


def desert(builder: Exterior) -> None:
    """Add ripples of sand, and rocks."""
    builder.add_ground("#d8b078")
    for index in range(60):
        rng = builder.rng("dune", index)
        x, z = rng.uniform(-30, 30), rng.uniform(-1, 50)
        long = rng.uniform(1, 6)
        ripple = [(x, 0.01, z), (x + long, 0.01, z + 0.1), (x + long * 0.7, 0.01, z + 0.5)]
        builder.add_flat(ripple, "#c0945e" if index % 2 else "#ecd0a0")
    for index in range(9):
        rng = builder.rng("rock", index)
        x, z, size = rng.uniform(4, 22) * (1 if index % 2 else -1), rng.uniform(4, 40), rng.uniform(0.5, 2.4)
        top = [(size * 0.7, size * 0.7), (0, size)]
        builder.begin_object()
        builder.add_billboard(x, z, [(-size, 0), (size, 0), *top, (-size * 0.8, size * 0.6)], "#a8744c")
        builder.add_billboard(x, z, [(size * 0.1, 0), (size, 0), *top], "#85583c")


def mountain(builder: Exterior) -> None:
    """Add pines and boulders on a slope, with snow on them when it snows."""
    builder.add_ground("#dfe7f2" if builder.is_snowy else "#7f9a72")
    for index in range(26):
        rng = builder.rng("pine", index)
        x, z = rng.uniform(3.5, 24) * (1 if index % 2 else -1), rng.uniform(2, 40)
        add_pine(builder, x, z, rng.uniform(3, 7))
    for index in range(8):
        rng = builder.rng("rock", index)
        x, z, size = rng.uniform(3, 12) * (1 if index % 2 else -1), rng.uniform(1, 16), rng.uniform(0.3, 1.0)
        boulder = [(-size, 0), (size, 0), (size * 0.6, size * 0.8), (-size * 0.5, size * 0.7)]
        builder.begin_object()
        builder.add_billboard(x, z, boulder, "#8a8c96")
