"""Furniture of shops, taverns, cellars, prisons, barns, and of cars, planes and ships. Lengths in metres."""

from __future__ import annotations

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.household import chair, hand_lantern
from tower_anime_assets.animatic.painter.interior import Interior
from tower_anime_assets.animatic.painter.set_builder import trapezoid

_GOODS = ("#e0503c", "#f0b840", "#5fae6a", "#4f8fd0", "#d87fb0", "#f4ecd8", "#8a6ac0")
_WOOD = "#8f6844"


def goods(builder: Interior) -> None:
    """Add shelves of bright packages along three walls, with price tags."""
    h = builder.room.height_m
    for side in (0, 1, 3):
        half = builder.half_length(side)
        builder.add_on_wall(side, (-half + 0.1, half - 0.1), (0, 2.1), "#c8b496")
        for row in range(4):
            v = 0.2 + row * 0.47
            builder.add_on_wall(side, (-half + 0.15, half - 0.15), (v, v + 0.4), "#8a745c")
            builder.add_on_wall(side, (-half + 0.1, half - 0.1), (v - 0.07, v), "#e9dcc2")
            u = -half + 0.2
            while u < half - 0.4:
                colour, wide = builder.rng.choice(_GOODS), builder.rng.uniform(0.13, 0.24)
                for _ in range(builder.rng.randint(2, 3)):
                    if u > half - 0.4:
                        break
                    tall = 0.2 + wide * 0.6
                    builder.add_on_wall(side, (u, u + wide), (v, v + tall), colour)
                    builder.add_on_wall(side, (u + 0.03, u + wide - 0.03), (v + tall * 0.4, v + tall * 0.68), "#fffaf0")
                    u += wide + 0.015
                builder.add_on_wall(side, (u - 0.2, u - 0.08), (v - 0.06, v - 0.01), "#fff38a")
                u += 0.04
        builder.add_on_wall(side, (-half * 0.6, half * 0.6), (2.25, h - 0.15), builder.room.trim)
        for index in range(5):
            at = -half * 0.5 + index * half * 0.2
            builder.add_on_wall(side, (at, at + half * 0.12), (2.38, h - 0.28), "#fff6e0", glow=0.3)


def till(builder: Interior) -> None:
    """Add a counter with a cash register, and a basket of fruit before it."""
    w, d = builder.half_size
    x0, x1, z = -w + 0.6, -0.9, d * 0.36
    builder.add_block((x0, x1), (0, 0.95), (z, z + 0.7), builder.room.trim)
    for index in range(int((x1 - x0) / 0.3)):
        if index % 2:
            builder.add_panel((x0 + index * 0.3, x0 + index * 0.3 + 0.3), (0.05, 0.9), z - 0.01, "#fbf4e6")
    builder.add_block((x0 - 0.05, x1 + 0.05), (0.95, 1.01), (z - 0.05, z + 0.75), "#d8bc94")
    builder.add_block((x1 - 0.9, x1 - 0.4), (1.01, 1.2), (z + 0.2, z + 0.55), "#5a6270")
    builder.add_block((x1 - 0.8, x1 - 0.5), (1.2, 1.42), (z + 0.4, z + 0.5), "#3c4450")
    builder.add_panel((x1 - 0.77, x1 - 0.53), (1.25, 1.38), z + 0.39, "#9fe8b0", glow=0.5)
    for x, colour in ((1.8, "#e0503c"), (2.6, "#f0a030"), (3.3, "#7fb84a")):
        if x > w - 0.5:
            continue
        builder.add_block((x - 0.34, x + 0.34), (0, 0.6), (z + 0.2, z + 0.9), "#b98a58")
        builder.begin_object()
        for index in range(9):
            at = (-0.25 + (index % 4) * 0.17 + (0.08 if index > 3 else 0), 0.66 + (index // 4) * 0.1)
            builder.add_disc(x, z + 0.3, at, (0.1, 0.1), mix(colour, "#ffffff", 0.15 * (index % 3)))


def dining_tables(builder: Interior) -> None:
    """Add laid tables with white cloths, candles and chairs."""
    w, d = builder.half_size
    for x, z in ((-w * 0.6, d * 0.2), (w * 0.62, d * 0.3), (-w * 0.25, d * 0.68), (w * 0.3, d * 0.75)):
        chair(builder, x - 0.85, z + 0.1, "#6a4030")
        chair(builder, x + 0.85, z + 0.1, "#6a4030")
        builder.begin_object()
        builder.add_billboard(x, z, trapezoid(0.05, 0.05, 0, 0.5), "#4a3428")
        builder.add_billboard(x, z, trapezoid(0.58, 0.56, 0.42, 0.76), "#f8f4ea")
        builder.add_billboard(x, z, trapezoid(0.6, 0.6, 0.72, 0.77), "#ffffff")
        for at in (-0.4, -0.1, 0.2):
            builder.add_billboard(
                x, z, [(at, 0.42), (at + 0.05, 0.42), (at + 0.04, 0.72), (at + 0.01, 0.72)], "#dcd4c4"
            )
        for at in (-0.3, 0.3):
            builder.add_disc(x, z, (at, 0.79), (0.15, 0.035), "#cfe0ec")
        builder.add_billboard(x, z, trapezoid(0.03, 0.03, 0.77, 0.96), "#fff4dc")
        builder.add_disc(x, z, (0, 1.01), (0.025, 0.06), "#ffd070", glow=1.0)


def menu_board(builder: Interior) -> None:
    """Add a blackboard with the dishes of the day, and a service hatch."""
    half = builder.half_length(0)
    builder.add_on_wall(0, (half * 0.34, half * 0.8), (1.1, 2.3), "#8a6238")
    builder.add_on_wall(0, (half * 0.34 + 0.07, half * 0.8 - 0.07), (1.17, 2.23), "#2c3634")
    for row in range(5):
        u, v = half * 0.34 + 0.18, 2.02 - row * 0.18
        builder.add_on_wall(0, (u, u + 0.5 + 0.2 * (row % 3)), (v, v + 0.05), "#f0ece0")
        builder.add_on_wall(0, (half * 0.8 - 0.42, half * 0.8 - 0.2), (v, v + 0.05), "#f0c860")


def ale_bar(builder: Interior) -> None:
    """Add a wooden bar with barrels on their sides behind it and tankards on top."""
    w, d = builder.half_size
    builder.add_block((0.2, w - 0.3), (0, 1.08), (d - 1.6, d - 1.1), "#6f4a2e")
    for index in range(int((w - 0.5) / 0.4)):
        x = 0.25 + index * 0.4
        builder.add_panel((x, x + 0.02), (0, 1.0), d - 1.61, "#4c3220")
    builder.add_block((0.1, w - 0.2), (1.08, 1.16), (d - 1.7, d - 1.0), "#9a6a40")
    for row in range(2):
        for index in range(3 - row):
            builder.begin_object()
            x, y = 0.95 + index * 1.0 + row * 0.5, 0.95 + row * 0.84 + 0.35
            for radius, colour in ((0.44, "#4a3424"), (0.4, "#a8744a"), (0.3, "#8f6040")):
                builder.add_disc(x, d - 0.35, (0, y), (radius, radius), colour)
            builder.add_billboard(x, d - 0.4, trapezoid(0.05, 0.04, y - 0.3, y - 0.16), "#d8b048")
    for x in (0.6, 1.3, 2.4):
        tankard(builder, x, d - 1.5, 1.16)


def tankard(builder: Interior, x: float, z: float, low: float) -> None:
    """Add a mug with foam on it."""
    builder.begin_object()
    builder.add_billboard(x, z, trapezoid(0.08, 0.075, low, low + 0.18), "#c89a54")
    builder.add_billboard(
        x, z, [(0.08, low + 0.04), (0.14, low + 0.06), (0.14, low + 0.14), (0.08, low + 0.16)], "#a87a40"
    )
    builder.add_disc(x, z, (0, low + 0.19), (0.09, 0.05), "#fff8e8")


def round_tables(builder: Interior) -> None:
    """Add heavy round tables with stools and mugs."""
    w, d = builder.half_size
    for x, z in ((-w * 0.62, d * 0.15), (-w * 0.3, d * 0.6), (w * 0.72, d * 0.1)):
        for at in (-0.85, 0.8):
            builder.begin_object()
            builder.add_billboard(x + at, z + 0.2, [(-0.16, 0), (-0.1, 0), (-0.06, 0.44), (-0.12, 0.44)], "#5a3c26")
            builder.add_billboard(x + at, z + 0.2, [(0.1, 0), (0.16, 0), (0.12, 0.44), (0.06, 0.44)], "#5a3c26")
            builder.add_billboard(x + at, z + 0.2, trapezoid(0.2, 0.2, 0.42, 0.5), "#8f6240")
        builder.begin_object()
        builder.add_billboard(x, z, trapezoid(0.28, 0.1, 0, 0.12), "#4c3220")
        builder.add_billboard(x, z, trapezoid(0.1, 0.1, 0.1, 0.7), "#5f4028")
        builder.add_billboard(x, z, trapezoid(0.62, 0.64, 0.7, 0.78), "#9a6a42")
        tankard(builder, x - 0.2, z - 0.02, 0.78)
        tankard(builder, x + 0.25, z - 0.02, 0.78)


def chandelier(builder: Interior) -> None:
    """Add a wheel with candles that hangs from the ceiling."""
    h, z = builder.room.height_m, builder.room.half_depth_m * 0.35
    builder.begin_object()
    builder.add_billboard(-0.6, z, trapezoid(0.015, 0.015, h - 0.5, h), "#2a2024")
    builder.add_billboard(-0.6, z, trapezoid(0.8, 0.8, h - 0.58, h - 0.5), "#4c3424")
    for index in range(5):
        at = -0.72 + index * 0.36
        builder.add_billboard(-0.6 + at, z, trapezoid(0.03, 0.03, h - 0.5, h - 0.36), "#fff0d4")
        builder.add_disc(-0.6 + at, z, (0, h - 0.3), (0.03, 0.07), "#ffd070", glow=1.0)


def casks(builder: Interior) -> None:
    """Add casks and jars along the walls of a cellar, a flight of stairs, and a bulb."""
    w, d, h = *builder.half_size, builder.room.height_m
    for step in range(8):
        x = w - 2.4 + step * 0.28
        builder.add_block((x, w), (step * 0.28, step * 0.28 + 0.28), (d - 1.2, d), "#8a8078")
    for x in (-w + 0.6, -w + 1.5, -w + 2.4):
        builder.begin_object()
        for radius, colour in ((0.44, "#3c2c20"), (0.4, "#8f6444"), (0.31, "#75503a")):
            builder.add_disc(x, d - 0.6, (0, 0.5), (radius, radius), colour)
        builder.add_billboard(x, d - 0.65, trapezoid(0.04, 0.03, 0.2, 0.32), "#c8a850")
    builder.add_on_wall(0, (-w + 0.3, -0.4), (1.5, 1.56), "#6a4a34")
    u = -w + 0.4
    while u < -0.6:
        colour = builder.rng.choice(("#8fae6a", "#c8703c", "#d8c89a", "#8a3c4a"))
        builder.add_on_wall(0, (u, u + 0.15), (1.56, 1.84), colour)
        builder.add_on_wall(0, (u + 0.02, u + 0.13), (1.84, 1.9), "#d8d0c0")
        u += 0.21
    builder.begin_object()
    builder.add_billboard(-0.3, 1.2, trapezoid(0.008, 0.008, h - 0.45, h), "#1c1a1e")
    builder.add_disc(-0.3, 1.2, (0, h - 0.52), (0.07, 0.09), "#ffe8a8", glow=1.0)


def cobwebs(builder: Interior) -> None:
    """Add cobwebs in the upper corners, and sacks."""
    w, d, h = *builder.half_size, builder.room.height_m
    builder.begin_object()
    for side in (-1, 1):
        for reach in (0.35, 0.6, 0.85):
            web = [(side * w, h - reach), (side * (w - reach * 0.45), h - reach * 0.5), (side * (w - reach), h)]
            web += [
                (side * (w - reach + 0.02), h),
                (side * (w - reach * 0.43), h - reach * 0.46),
                (side * w, h - reach + 0.02),
            ]
            builder.add_flat([(x, y, d - 0.02) for x, y in web], "#d8d8e0", 0.5)
    for x in (0.2, 0.75):
        builder.begin_object()
        builder.add_billboard(
            x, d - 0.7, [(-0.3, 0), (0.3, 0), (0.32, 0.42), (0.1, 0.62), (-0.1, 0.62), (-0.32, 0.4)], "#b09a70"
        )
        builder.add_billboard(x, d - 0.7, trapezoid(0.12, 0.18, 0.6, 0.72), "#97835c")


def cell_bars(builder: Interior) -> None:
    """Add the bars of a cell with their door, a bunk, and a barred window high in the wall."""
    w, d, h = *builder.half_size, builder.room.height_m
    sky = builder.light.sky[2] if builder.light.day_phase != "night" else builder.light.sky[1]
    builder.add_on_wall(0, (-0.5, 0.5), (1.75, 2.45), "#3c3c40")
    builder.add_on_wall(0, (-0.42, 0.42), (1.82, 2.38), sky, glow=0.5)
    for u in (-0.28, -0.09, 0.1, 0.29):
        builder.add_on_wall(0, (u - 0.025, u + 0.025), (1.8, 2.4), "#2c2c30")
    builder.add_block((-w + 0.1, -w + 2.0), (0.42, 0.5), (d - 0.95, d - 0.1), "#5a5e66")
    builder.add_block((-w + 0.12, -w + 1.98), (0.5, 0.6), (d - 0.93, d - 0.12), "#8a8f7a")
    builder.add_block((-w + 0.15, -w + 0.6), (0.6, 0.7), (d - 0.85, d - 0.2), "#c8c8bc")
    for x in (-w + 0.15, -w + 1.9):
        builder.add_block((x, x + 0.06), (0, 0.42), (d - 0.9, d - 0.84), "#44484e")
    for index in range(5):
        u = w * 0.45 + index * 0.08
        builder.add_on_wall(0, (u, u + 0.02), (1.2, 1.5), "#d8d4cc")
    x, z = -w, 1.35
    while x < w:
        builder.begin_object()
        if not 0.75 < x < 1.95:
            builder.add_billboard(x, z, trapezoid(0.025, 0.025, 0, h), "#2e3138")
            builder.add_billboard(x, z, [(-0.02, 0), (-0.008, 0), (-0.008, h), (-0.02, h)], "#7a808a")
        x += 0.2
    for v in (0.35, 1.25, 2.2):
        builder.begin_object()
        builder.add_panel((-w, 0.75), (v, v + 0.06), z, "#2e3138")
        builder.add_panel((1.95, w), (v, v + 0.06), z, "#2e3138")


def hay_and_stalls(builder: Interior) -> None:
    """Add bales of hay, stalls with gates, a fork and a ladder to the loft."""
    w, d, _h = *builder.half_size, builder.room.height_m
    builder.add_block((-w, w), (2.7, 2.9), (d - 1.7, d), "#6a4a30")
    builder.begin_object()
    for index in range(11):
        x = -w + 0.4 + index * (2 * w - 0.8) / 10
        builder.add_disc(x, d - 1.5, (0, 2.9), (0.5, 0.34 + 0.16 * (index % 3)), "#dcb85a" if index % 2 else "#c8a248")
    for x, z, y in ((-3.4, 2.6, 0.0), (-2.3, 2.7, 0.0), (-2.9, 2.75, 0.6), (2.6, 3.0, 0.0)):
        builder.add_block((x - 0.55, x + 0.55), (y, y + 0.6), (z, z + 0.7), "#d8b458")
        for v in (0.15, 0.42):
            builder.add_panel((x - 0.55, x + 0.55), (y + v, y + v + 0.03), z - 0.01, "#9a7a3a")
        for index in range(8):
            at = x - 0.5 + index * 0.13
            builder.add_panel((at, at + 0.03), (y + 0.05, y + 0.5), z - 0.01, "#c09c48", 0.7)
    for x0 in (-0.9, 1.1):
        for v in (0.25, 0.65, 1.05):
            builder.begin_object()
            builder.add_panel((x0, x0 + 1.9), (v, v + 0.16), d - 1.75, "#8a5f3c")
        builder.begin_object()
        builder.add_panel((x0 - 0.1, x0 + 0.05), (0, 2.7), d - 1.8, "#5f4028")
    builder.begin_object()
    builder.add_billboard(w - 1.1, 1.6, [(0.0, 0), (0.05, 0), (0.25, 1.5), (0.2, 1.5)], "#a87a48")
    for at in (0.12, 0.22, 0.32):
        builder.add_billboard(
            w - 1.1, 1.6, [(at, 1.5), (at + 0.025, 1.5), (at + 0.06, 1.85), (at + 0.035, 1.85)], "#8a929c"
        )
    hand_lantern(builder, 0.1, d - 1.85, 1.3)


def cabin_of_a_ship(builder: Interior) -> None:
    """Add portholes with the sea in them, a bunk, a chart table and a swinging lantern."""
    w, d, h = *builder.half_size, builder.room.height_m
    sea, sky = mix("#2f86b0", builder.light.sky[1], 0.4), builder.light.sky[2]
    for side in (0, 1, 3):
        half = builder.half_length(side)
        for u in (-half * 0.62, 0.0, half * 0.62) if side == 0 else (-half * 0.4, half * 0.4):
            _porthole(builder, side, u, sea, sky)
    builder.add_block((w - 2.1, w - 0.1), (0, 0.6), (d - 1.0, d - 0.05), "#7a5234")
    builder.add_block((w - 2.05, w - 0.15), (0.6, 0.72), (d - 0.98, d - 0.08), "#3f6a94")
    builder.add_block((w - 0.7, w - 0.2), (0.72, 0.84), (d - 0.9, d - 0.2), "#f4efe4")
    x0, x1, z = -w + 0.5, -w + 2.2, d * 0.4
    builder.add_block((x0, x1), (0.7, 0.77), (z, z + 0.9), "#7a5234")
    for x in (x0 + 0.1, x1 - 0.2):
        builder.add_block((x, x + 0.1), (0, 0.7), (z + 0.2, z + 0.3), "#5a3a24")
    builder.add_panel((x0 + 0.2, x1 - 0.3), 0.78, (z + 0.1, z + 0.75), "#ecdcb0")
    builder.add_panel((x0 + 0.4, x0 + 0.9), 0.785, (z + 0.3, z + 0.5), "#c8ae74")
    builder.begin_object()
    builder.add_disc(x1 - 0.25, z + 0.2, (0, 0.98), (0.18, 0.18), "#4f8fb8")
    builder.add_billboard(x1 - 0.25, z + 0.2, trapezoid(0.1, 0.03, 0.77, 0.84), "#c8a048")
    hand_lantern(builder, -0.4, d * 0.5, h - 0.75)
    builder.begin_object()
    builder.add_billboard(-0.4, d * 0.5, trapezoid(0.01, 0.01, h - 0.46, h), "#2a2024")
    builder.begin_object()
    for radius, colour in ((0.42, "#f4f0e6"), (0.26, "#6a4a30")):
        builder.add_disc(w * 0.3, d - 0.08, (0, 1.1 + h * 0.28), (radius * 0.7, radius * 0.7), colour)


def _porthole(builder: Interior, side: int, u: float, sea: str, sky: str) -> None:
    """Add a round window: stacked strips, since walls are drawn as rectangles."""
    for scale, top, low in ((1.0, "#b08a48", "#b08a48"), (0.78, sky, sea)):
        for step in range(-6, 7):
            v = step * 0.06 * scale
            half = 0.4 * scale * (1 - (step / 6.6) ** 2) ** 0.5
            colour = top if step >= 0 else low
            glow = 0.3 if scale < 1 and builder.light.day_phase != "night" else 0.0
            centre = 1.62
            builder.add_on_wall(side, (u - half, u + half), (centre + v - 0.032, centre + v + 0.032), colour, glow=glow)


def car_seats(builder: Interior) -> None:
    """Add the seats of a car, its dashboard, mirror and steering wheel."""
    w, d = builder.half_size
    for x in (-w * 0.5, w * 0.5):
        builder.add_block((x - 0.34, x + 0.34), (0.3, 0.55), (0.5, 1.1), "#8a443c")
        builder.add_block((x - 0.34, x + 0.34), (0.5, 1.15), (1.05, 1.25), "#a8564a")
        builder.add_block((x - 0.17, x + 0.17), (1.2, 1.42), (1.1, 1.22), "#a8564a")
        builder.add_panel((x - 0.26, x + 0.26), (0.6, 0.64), 1.04, scale_rgb("#a8564a", 0.7))
    builder.add_block((-w + 0.1, w - 0.1), (0.3, 0.9), (d - 0.5, d - 0.1), "#8a443c")
    for side in (1, 3):
        half = builder.half_length(side)
        builder.add_on_wall(side, (-half, half), (0.72, 0.8), "#2c2a32")
        builder.add_on_wall(side, (0.1, 0.4), (0.62, 0.67), "#b8bcc4")
    builder.begin_object()
    builder.add_panel((-0.16, 0.16), (1.62, 1.7), 0.3, "#22222a")
    builder.add_panel((-0.14, 0.14), (1.635, 1.69), 0.29, "#b8d4e4", own_light=True)


def plane_seats(builder: Interior) -> None:
    """Add rows of seats on either side of the aisle, lockers above and oval windows."""
    w, d = builder.half_size
    for side in (1, 3):
        half = builder.half_length(side)
        u = -half + 0.4
        while u < half - 0.4:
            builder.add_on_wall(side, (u - 0.06, u + 0.36), (1.02, 1.56), "#b8c0c8")
            sky = builder.light.sky[1]
            for left, right, low, high in ((0.0, 0.3, 1.12, 1.46), (0.04, 0.26, 1.08, 1.5)):
                builder.add_on_wall(side, (u + left, u + right), (low, high), sky, glow=0.35)
            u += 0.95
    for x0, x1 in ((-w, -w + 0.55), (w - 0.55, w)):
        builder.add_block((x0, x1), (1.85, 2.2), (-d, d), "#dfe3e8")
    z = -1.2
    while z < d - 0.8:
        for x in (-w + 0.36, -w + 0.92, w - 0.92, w - 0.36):
            builder.add_block((x - 0.24, x + 0.24), (0.38, 0.5), (z, z + 0.45), "#34507c")
            builder.add_block((x - 0.24, x + 0.24), (0.45, 1.18), (z + 0.42, z + 0.54), "#3f6096")
            builder.add_panel((x - 0.2, x + 0.2), (0.98, 1.14), z + 0.41, "#f0f2f4")
        z += 1.0


def lift_doors(builder: Interior) -> None:
    """Add the two doors of a lift, its buttons, handrail and the display of the floor."""
    _d, h = builder.room.half_depth_m, builder.room.height_m
    builder.add_on_wall(0, (-0.75, 0.75), (0, 2.15), "#5a626c")
    for low, high in ((-0.68, -0.01), (0.01, 0.68)):
        builder.add_on_wall(0, (low, high), (0, 2.1), "#b4bec8")
        builder.add_on_wall(0, (low + 0.1, low + 0.2), (0, 2.1), "#d4dce4")
    builder.add_on_wall(0, (-0.3, 0.3), (2.22, 2.46), "#1a1c22")
    builder.add_on_wall(0, (-0.08, -0.02), (2.27, 2.41), "#ff7a3c", glow=1.0)
    builder.add_on_wall(0, (0.04, 0.16), (2.27, 2.41), "#ff7a3c", glow=0.6)
    builder.add_on_wall(0, (0.86, 1.16), (0.95, 1.75), "#8a94a0")
    for row in range(5):
        for column in range(2):
            u, v = 0.91 + column * 0.13, 1.02 + row * 0.14
            is_lit = (row, column) == (3, 1)
            builder.add_on_wall(
                0, (u, u + 0.08), (v, v + 0.08), "#ffc060" if is_lit else "#f4f6f8", glow=0.9 if is_lit else 0.0
            )
    for side in (1, 3):
        half = builder.half_length(side)
        builder.add_on_wall(side, (-half, half), (0.9, 0.96), "#d8dee4")
        builder.add_on_wall(side, (-half * 0.8, half * 0.8), (1.2, h - 0.4), "#c8d4dc", 0.5)


def soft_blocks(builder: Interior) -> None:
    """Add a few plain blocks: they give a place depth that nobody has described."""
    w, d = builder.half_size
    colour = builder.room.trim
    for x, high, wide in ((-w + 0.8, 0.9, 1.5), (w - 2.2, 0.6, 1.2), (w - 1.2, 1.7, 0.9)):
        builder.add_block((x, x + wide), (0, high), (d - 1.3, d - 0.4), mix(colour, "#ffffff", 0.1 * (high < 1)))
