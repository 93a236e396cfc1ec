"""Buildings seen from the street: house, shop, hospital, and any larger building. Lengths in metres."""

from __future__ import annotations

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.exterior import Exterior
from tower_anime_assets.animatic.painter.houses import add_door, add_gable_roof, add_window
from tower_anime_assets.animatic.painter.nature import add_tree
from tower_anime_assets.animatic.painter.set_builder import Span, trapezoid


def _add_pavement(builder: Exterior, front_m: float) -> None:
    """Add a street along the view's width and the pavement before a front that stands at `front_m`."""
    builder.add_ground("#7f9a68")
    builder.add_panel((-60, 60), 0.01, (-20, 1.8), "#666b78")
    for index in range(-6, 7):
        builder.add_panel((index * 3.0, index * 3.0 + 1.5), 0.02, (-1.6, -1.45), "#e4e0d0")
    builder.add_panel((-60, 60), 0.02, (1.8, front_m), "#b4b2b4")
    builder.add_panel((-60, 60), 0.03, (1.8, 2.0), "#d4d2d0")
    for index in range(-12, 13):
        builder.add_panel((index * 1.2, index * 1.2 + 0.03), 0.03, (2.0, front_m), "#9c9a9e")


def _add_bush(builder: Exterior, x: float, z: float, index: int, size: float = 0.55) -> None:
    rng = builder.rng("bush", index)
    builder.begin_object()
    for number in range(6):
        spot = (rng.uniform(-size, size), size * 0.5 + rng.uniform(-0.1, 0.3) * size)
        builder.add_disc(x, z, spot, (size * 0.6, size * 0.5), "#4f8a52" if number % 2 else "#639c5c")


def house(builder: Exterior) -> None:
    """Add a family house behind its garden wall, with a gate, a letter box and a pole with wires."""
    _add_pavement(builder, 3.2)
    for index in range(14):
        rng = builder.rng("tree", index)
        add_tree(builder, rng, rng.uniform(7.5, 18) * (1 if index % 2 else -1), rng.uniform(7, 20), "#66a25c")
    x, z, wall = -1.4, 11.5, "#f2ead9"
    span = (x - 4.0, x + 4.0)
    builder.add_block(span, (0, 4.8), (z, z + 6), wall)
    builder.add_panel(span, (2.45, 2.6), z - 0.02, "#c8b89c")
    builder.add_panel(span, (0, 0.4), z - 0.02, "#a39a90")
    for at in (-3.2, -0.7, 1.8):
        add_window(builder, x + at, 3.1, z, 1.4, 1.1)
    add_window(builder, x - 3.3, 0.9, z, 2.0, 1.4)
    add_window(builder, x + 2.0, 1.1, z, 1.3, 1.1)
    add_door(builder, x + 0.1, z, 1.1, 2.1, "#8a4f38")
    add_gable_roof(builder, span, 4.8, 7.2, (z, z + 6), "#4f6a94", wall)
    builder.add_flat(
        [(x - 0.4, 2.4, z - 1.0), (x + 1.7, 2.4, z - 1.0), (x + 1.7, 2.7, z), (x - 0.4, 2.7, z)], "#4f6a94"
    )
    for left, right in ((-9.0, x - 0.3), (x + 1.7, 9.0)):
        builder.add_block((left, right), (0, 0.95), (3.3, 3.55), "#cbbfae")
        builder.add_panel((left, right), (0.85, 0.95), 3.28, "#e4dacb")
        at = left + 0.5
        while at < right - 0.4:
            _add_bush(builder, at, 4.2, round(at * 10), 0.9)
            at += 1.0
    builder.add_panel((x - 0.3, x + 1.7), 0.03, (3.2, z), "#c8c0b4")
    builder.add_block((x + 2.0, x + 2.4), (0.95, 1.3), (3.3, 3.5), "#c8483c")
    builder.begin_object()
    builder.add_billboard(4.9, 2.9, trapezoid(0.12, 0.1, 0, 7.4), "#8a847e")
    for v in (6.2, 6.9):
        builder.add_billboard(4.9, 2.9, trapezoid(0.8, 0.8, v, v + 0.12), "#6a645f")
    for v in (6.3, 7.0):
        builder.begin_object()
        builder.add_panel((-40, 40), (v, v + 0.03), 2.95, "#2c2c34")


def shop_front(builder: Exterior) -> None:
    """Add a small shop with a striped awning, a lit window full of goods, a sign and boxes of flowers."""
    _add_pavement(builder, 6.0)
    for x, wall, high in ((-9.6, "#a8604a", 8.6), (8.2, "#8f9aa8", 9.4)):
        builder.add_block((x - 4.2, x + 4.2), (0, high), (6.1, 13), wall)
        _add_window_grid(builder, (x - 4.0, x + 4.0), (3.4, high - 0.6), 6.1)
    x, z, wall = -0.8, 6.0, "#e6d6bc"
    span = (x - 4.4, x + 4.4)
    builder.add_block(span, (0, 6.6), (z, z + 7), wall)
    for at in (-3.2, -0.6, 2.0):
        add_window(builder, x + at, 4.4, z, 1.2, 1.3)
    lit = builder.light.is_dark
    trim, accent = "#3f6a5a", "#d8503c"
    builder.add_panel((x - 4.2, x + 4.2), (0, 3.9), z - 0.02, trim)
    builder.add_panel((x - 3.9, x + 3.9), (3.2, 3.8), z - 0.04, "#f4ead2", glow=0.35 if lit else 0)
    for index in range(8):
        at = x - 2.6 + index * 0.64
        builder.add_panel((at, at + 0.42), (3.36, 3.64), z - 0.05, trim)
    inside = "#ffe6ae" if lit else mix("#8fa8b8", builder.light.sky[2], 0.3)
    for left, right in ((x - 3.8, x - 0.8), (x + 0.9, x + 3.8)):
        builder.add_panel((left, right), (0.6, 2.5), z - 0.04, inside, glow=0.5 if lit else 0)
        for row in range(2):
            builder.add_panel((left, right), (0.62 + row * 0.85, 0.7 + row * 0.85), z - 0.05, "#a87c4c")
            at = left + 0.15
            number = 0
            while at < right - 0.35:
                rng = builder.rng("goods", round(left * 10), row, number)
                colour = rng.choice(("#e0503c", "#f0b840", "#5fae6a", "#4f8fd0", "#d87fb0", "#fffaf0"))
                builder.add_panel(
                    (at, at + 0.3),
                    (0.7 + row * 0.85, 0.7 + row * 0.85 + rng.uniform(0.25, 0.5)),
                    z - 0.06,
                    colour,
                    own_light=lit,
                )
                at += 0.4
                number += 1
    builder.add_panel((x - 0.6, x + 0.7), (0, 2.45), z - 0.04, "#5a3d2a")
    builder.add_panel((x - 0.42, x + 0.52), (0.7, 2.2), z - 0.05, inside, glow=0.5 if lit else 0)
    for number in range(16):
        left, wide = x - 4.2 + number * 0.525, 0.525
        colour = accent if number % 2 else "#f8f2e6"
        builder.add_flat(
            [(left, 2.5, z - 1.3), (left + wide, 2.5, z - 1.3), (left + wide, 3.15, z - 0.05), (left, 3.15, z - 0.05)],
            colour,
        )
        builder.add_panel((left, left + wide), (2.26, 2.5), z - 1.3, scale_rgb(colour, 0.85))
    for at in (-3.6, -2.7, 2.6, 3.4):
        builder.add_block((x + at - 0.35, x + at + 0.35), (0, 0.42), (z - 1.2, z - 0.7), "#9a6f48")
        builder.begin_object()
        for number in range(8):
            colour = ("#ff8fa8", "#ffd45e", "#f4f4ff", "#c89aff")[(number + round(at)) % 4]
            builder.add_disc(
                x + at, z - 1.22, (-0.28 + (number % 4) * 0.19, 0.5 + (number // 4) * 0.16), (0.11, 0.1), colour
            )


def _add_window_grid(builder: Exterior, x: Span, y: Span, z: float) -> None:
    light = builder.light
    glass = mix("#5f7f9c", light.sky[2], 0.35) if not light.is_dark else "#2c3550"
    v, row = y[0], 0
    while v < y[1] - 1.3:
        at, column = x[0], 0
        while at < x[1] - 1.0:
            is_lit = builder.rng("pane", round(x[0] * 10), row, column).random() < max(
                light.lit, 0.4 if light.is_dark else 0
            )
            builder.add_panel(
                (at, at + 1.2), (v, v + 1.3), z - 0.02, "#ffe2a0" if is_lit else glass, glow=0.4 if is_lit else 0
            )
            at, column = at + 1.65, column + 1
        v, row = v + 2.1, row + 1


def building(builder: Exterior) -> None:
    """Add a large building with rows of windows, a glazed entrance with steps, and trees before it."""
    _add_block_of_floors(builder, "#d4cfc8", "#6a7484")


def hospital_front(builder: Exterior) -> None:
    """Add a white building with a cross, a canopy over its entrance and an ambulance."""
    _add_block_of_floors(builder, "#eef2f2", "#58a8a0")
    z = 10.0
    builder.add_block((-1.9, 0.3), (3.05, 5.1), (z - 2.3, z - 2.1), "#ffffff")
    builder.add_panel((-1.05, -0.55), (3.3, 4.85), z - 2.32, "#e0404a", glow=0.6)
    builder.add_panel((-1.6, 0.0), (3.83, 4.33), z - 2.33, "#e0404a", glow=0.6)
    x, z = 4.6, 4.6
    builder.add_block((x - 1.9, x + 1.9), (0.35, 2.3), (z, z + 1.8), "#f8f8f6")
    builder.add_panel((x - 1.9, x + 1.9), (1.05, 1.3), z - 0.01, "#e0404a")
    builder.add_panel((x - 1.75, x - 0.9), (1.4, 2.05), z - 0.02, "#5f86a4")
    builder.add_panel((x + 0.42, x + 0.6), (1.42, 2.1), z - 0.02, "#e0404a")
    builder.add_panel((x + 0.2, x + 0.82), (1.66, 1.86), z - 0.02, "#e0404a")
    builder.add_panel((x - 0.5, x + 0.1), (2.3, 2.5), z + 0.2, "#ff5a5a", glow=0.9)
    for at in (-1.2, 1.2):
        builder.add_disc(x + at, z - 0.05, (0, 0.38), (0.38, 0.38), "#22222a")
        builder.add_disc(x + at, z - 0.06, (0, 0.38), (0.19, 0.19), "#b8bcc4")


def _add_block_of_floors(builder: Exterior, wall: str, trim: str) -> None:
    _add_pavement(builder, 8.0)
    lit = builder.light.is_dark
    x, z = -0.8, 10.0
    for left, right, high, back in ((x - 16, x - 9, 9.0, 14.0), (x + 9.4, x + 18, 11.0, 15.0)):
        builder.add_block((left, right), (0, high), (back, back + 8), scale_rgb(wall, 0.86))
        _add_window_grid(builder, (left + 0.5, right - 0.3), (1.2, high), back)
    span = (x - 8.0, x + 8.0)
    builder.add_block(span, (0, 10.6), (z, z + 9), wall)
    for floor in range(4):
        builder.add_panel(span, (0.02 + floor * 2.65, 0.2 + floor * 2.65), z - 0.01, mix(wall, "#000000", 0.14))
    _add_window_grid(builder, (x - 7.6, x + 7.8), (3.3, 10.8), z)
    _add_window_grid(builder, (x - 7.6, x - 2.6), (0.9, 2.9), z)
    _add_window_grid(builder, (x + 2.8, x + 7.8), (0.9, 2.9), z)
    builder.add_panel(span, (10.3, 10.7), z - 0.02, trim)
    inside = "#ffe8b8" if lit else mix("#7f9cb4", builder.light.sky[2], 0.35)
    builder.add_panel((x - 2.1, x + 2.1), (0, 2.6), z - 0.03, "#3c444e")
    for index in range(4):
        at = x - 1.98 + index
        builder.add_panel((at, at + 0.92), (0.1, 2.45), z - 0.04, inside, glow=0.5 if lit else 0)
    builder.add_block((x - 2.8, x + 2.8), (2.7, 3.05), (z - 2.0, z), trim)
    for at in (x - 2.6, x + 2.45):
        builder.add_block((at, at + 0.16), (0, 2.7), (z - 1.9, z - 1.74), "#8a929c")
    for step in range(3):
        builder.add_block((x - 2.9, x + 2.9), (0, 0.14 * (3 - step)), (z - 2.4 + 0.0 * step, z - 1.6), "#bdb8b2")
    for index, at in enumerate((-6.6, -4.2, 4.4, 7.0)):
        rng = builder.rng("tree", index)
        add_tree(builder, rng, x + at, 7.6 + 0.3 * (index % 2), "#66a25c")
        _add_bush(builder, x + at + 1.1, 8.2, index)
