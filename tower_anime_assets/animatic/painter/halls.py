"""Furniture of halls where people gather: temple, throne room, church, theatre, dojo, gym, bath, museum, library."""

from __future__ import annotations

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.interior import Interior
from tower_anime_assets.animatic.painter.set_builder import trapezoid

_GOLD = "#d8a83c"


def columns(builder: Interior, colour: str, x: float, spots: tuple[float, ...] = (-1.0, 1.8, 4.4, 7.0)) -> None:
    """Add a row of round columns on either side, `x` from the middle."""
    h, d = builder.room.height_m, builder.room.half_depth_m
    for z in spots:
        for side in (-1, 1):
            if z > d - 0.4:
                continue
            builder.begin_object()
            builder.add_billboard(side * x, z, trapezoid(0.24, 0.24, 0.16, h), colour)
            builder.add_billboard(
                side * x, z, [(0.06, 0.16), (0.24, 0.16), (0.24, h), (0.06, h)], scale_rgb(colour, 0.74)
            )
            builder.add_billboard(side * x, z, trapezoid(0.34, 0.3, 0, 0.18), mix(colour, "#3a3436", 0.6))
            builder.add_billboard(side * x, z, trapezoid(0.28, 0.36, h - 0.3, h), mix(colour, "#3a3436", 0.45))


def temple_columns(builder: Interior) -> None:
    """Add red columns."""
    columns(builder, "#a8382c", 2.9)


def buddha(builder: Interior) -> None:
    """Add a seated golden statue with a halo on its altar, with candles, incense and offerings."""
    d = builder.room.half_depth_m
    z = d - 0.9
    builder.add_on_wall(0, (-2.1, 2.1), (0.4, 3.4), "#5a1f22")
    for u in (-2.1, 1.98):
        builder.add_on_wall(0, (u, u + 0.12), (0.4, 3.4), _GOLD)
    builder.add_block((-1.7, 1.7), (0, 0.8), (d - 1.5, d - 0.3), "#6a2f26")
    builder.add_panel((-1.7, 1.7), (0.68, 0.76), d - 1.51, _GOLD)
    builder.begin_object()
    builder.add_disc(0, z, (0, 2.1), (0.62, 0.62), "#f4d890", glow=0.25)
    builder.add_disc(0, z, (0, 2.1), (0.52, 0.52), "#c8912c")
    builder.add_billboard(0, z, trapezoid(0.85, 0.62, 0.8, 1.0), "#b8792c")
    builder.add_billboard(
        0, z, [(-0.78, 1.0), (0.78, 1.0), (0.62, 1.22), (0.3, 1.3), (-0.3, 1.3), (-0.62, 1.22)], _GOLD
    )
    builder.add_billboard(
        0,
        z,
        [(-0.42, 1.2), (0.42, 1.2), (0.46, 1.6), (0.2, 1.84), (-0.2, 1.84), (-0.46, 1.6)],
        mix(_GOLD, "#fff0b0", 0.2),
    )
    builder.add_billboard(
        0, z, [(0.08, 1.2), (0.42, 1.2), (0.46, 1.6), (0.2, 1.84), (0.05, 1.84)], scale_rgb(_GOLD, 0.82)
    )
    builder.add_disc(0, z, (0, 2.04), (0.21, 0.26), mix(_GOLD, "#fff0b0", 0.3))
    builder.add_disc(0, z, (0, 2.28), (0.1, 0.1), scale_rgb(_GOLD, 0.7))
    builder.add_disc(0, z, (0, 2.2), (0.2, 0.11), scale_rgb(_GOLD, 0.7))
    for at in (-0.08, 0.04):
        builder.add_billboard(0, z, [(at, 2.03), (at + 0.07, 2.04), (at + 0.07, 2.06), (at, 2.05)], "#5a3a18")
    builder.add_disc(0, z, (0, 1.22), (0.2, 0.08), mix(_GOLD, "#fff0b0", 0.4))
    for x in (-1.35, -1.05, 1.05, 1.35):
        builder.begin_object()
        builder.add_billboard(x, d - 1.45, trapezoid(0.03, 0.03, 0.8, 1.05), "#f4ecdc")
        builder.add_disc(x, d - 1.45, (0, 1.12), (0.035, 0.08), "#ffd070", glow=1.0)
    builder.begin_object()
    builder.add_billboard(0, d - 1.9, trapezoid(0.2, 0.32, 0, 0.55), "#8a6a34")
    builder.add_billboard(0, d - 1.9, trapezoid(0.34, 0.34, 0.5, 0.56), _GOLD)
    for at in (-0.08, 0.0, 0.09):
        builder.add_billboard(at, d - 1.9, trapezoid(0.008, 0.008, 0.56, 0.85), "#a8583c")
        for step in range(5):
            spot = (0.04 * (step % 2), 0.92 + step * 0.14)
            builder.add_disc(at, d - 1.9, spot, (0.03 + step * 0.01, 0.07), "#ffffff", 0.22 - step * 0.03)


def hanging_lanterns(builder: Interior) -> None:
    """Add lit paper lanterns under the ceiling."""
    w, d, h = *builder.half_size, builder.room.height_m
    for x in (-w * 0.42, w * 0.42):
        for z in (1.2, d - 1.4):
            builder.begin_object()
            builder.add_billboard(x, z, trapezoid(0.01, 0.01, h - 0.7, h), "#2a2024")
            builder.add_disc(x, z, (0, h - 1.0), (0.24, 0.32), "#ff9a5a", glow=0.7)
            for v in (-0.34, 0.28):
                builder.add_billboard(x, z, trapezoid(0.13, 0.13, h - 1.0 + v, h - 0.94 + v), "#2a2024")


def throne(builder: Interior) -> None:
    """Add a throne under a canopy on three steps, at the end of a red carpet."""
    d = builder.room.half_depth_m
    for near, far in ((-4.0, 1.0), (1.0, d - 1.9)):
        builder.add_panel((-0.95, 0.95), 0.012, (near, far), "#a82838")
        for x in (-0.95, 0.87):
            builder.add_panel((x, x + 0.08), 0.014, (near, far), _GOLD)
    for step in range(3):
        half, low = 2.2 - step * 0.4, step * 0.18
        builder.add_block((-half, half), (low, low + 0.18), (d - 1.9 + step * 0.4, d - 0.1), "#9a948e")
    builder.begin_object()
    z = d - 0.75
    builder.add_billboard(
        0, z, [(-0.6, 0.54), (0.6, 0.54), (0.6, 2.3), (0.36, 2.66), (0, 2.85), (-0.36, 2.66), (-0.6, 2.3)], _GOLD
    )
    builder.add_billboard(
        0,
        z,
        [(-0.48, 0.6), (0.48, 0.6), (0.48, 2.24), (0.28, 2.52), (0, 2.66), (-0.28, 2.52), (-0.48, 2.24)],
        "#8a1f30",
    )
    builder.add_billboard(0, z - 0.1, trapezoid(0.58, 0.58, 0.54, 1.0), "#b8862c")
    builder.add_billboard(0, z - 0.1, trapezoid(0.5, 0.5, 0.98, 1.1), "#b02a3c")
    for x in (-0.62, 0.5):
        builder.add_billboard(
            0, z - 0.1, [(x, 0.54), (x + 0.12, 0.54), (x + 0.12, 1.42), (x, 1.42)], mix(_GOLD, "#ffffff", 0.2)
        )
    builder.add_disc(0, z - 0.1, (0, 2.85), (0.12, 0.12), "#e8505c")


def banners(builder: Interior) -> None:
    """Add long banners with a device to the walls, and torches between them."""
    h = builder.room.height_m
    for side in (0, 1, 3):
        half = builder.half_length(side)
        for index, share in enumerate((-0.72, 0.72) if side == 0 else (-0.5, 0.1, 0.7)):
            u = half * share
            colour = ("#2c4a8a", "#8a2434")[(index + side) % 2]
            builder.add_on_wall(side, (u - 0.42, u + 0.42), (1.3, h - 0.35), colour)
            builder.add_on_wall(side, (u - 0.42, u - 0.34), (1.3, h - 0.35), _GOLD)
            builder.add_on_wall(side, (u + 0.34, u + 0.42), (1.3, h - 0.35), _GOLD)
            builder.add_on_wall(side, (u - 0.07, u + 0.07), (1.9, 2.7), _GOLD)
            builder.add_on_wall(side, (u - 0.24, u + 0.24), (2.3, 2.44), _GOLD)
            torch = u + 0.95
            if abs(torch) < half - 0.2:
                builder.add_on_wall(side, (torch - 0.04, torch + 0.04), (1.6, 2.05), "#3a2c24")
                builder.add_on_wall(side, (torch - 0.1, torch + 0.1), (2.05, 2.3), "#ff8a3a", glow=1.0)
                builder.add_on_wall(side, (torch - 0.05, torch + 0.05), (2.08, 2.42), "#ffe08a", glow=1.0)


def stone_columns(builder: Interior) -> None:
    """Add columns of light stone."""
    columns(builder, "#b0aaa4", 3.1)


def stained_glass(builder: Interior) -> None:
    """Add tall pointed windows of coloured glass, which shine by day."""
    is_bright = builder.light.day_phase != "night"
    colours = ("#e0503c", "#3f8fd8", "#f0b840", "#58b070", "#9a5fd0")
    for side in (0, 1, 3):
        half = builder.half_length(side)
        spots = (-half * 0.55, half * 0.55) if side == 0 else tuple(-half * 0.7 + i * half * 0.42 for i in range(4))
        for u in spots:
            builder.add_on_wall(side, (u - 0.5, u + 0.5), (1.5, 3.6), "#4a4650")
            builder.add_on_wall(side, (u - 0.3, u + 0.3), (3.6, 3.95), "#4a4650")
            for row in range(6):
                for column in range(2):
                    left, low = u - 0.42 + column * 0.43, 1.58 + row * 0.34
                    colour = colours[(row * 2 + column + row // 2) % 5]
                    colour = colour if is_bright else scale_rgb(mix(colour, "#20244a", 0.45), 0.7)
                    builder.add_on_wall(
                        side, (left, left + 0.4), (low, low + 0.31), colour, glow=0.45 if is_bright else 0.05
                    )
            builder.add_on_wall(side, (u - 0.2, u + 0.2), (3.62, 3.88), colours[2], glow=0.4 if is_bright else 0.05)


def altar(builder: Interior) -> None:
    """Add an altar with a cross and candles, and the carpet to it."""
    d = builder.room.half_depth_m
    builder.add_panel((-0.8, 0.8), 0.012, (-4.0, d - 1.4), "#8a2c3a")
    builder.add_block((-2.2, 2.2), (0, 0.22), (d - 1.5, d), "#8f8a88")
    builder.add_block((-1.0, 1.0), (0.22, 1.15), (d - 1.0, d - 0.4), "#efe8dc")
    builder.add_panel((-1.0, 1.0), (0.95, 1.15), d - 1.01, "#f8f4ec")
    builder.add_panel((-0.2, 0.2), (0.4, 0.9), d - 1.02, _GOLD)
    builder.begin_object()
    builder.add_billboard(0, d - 0.3, trapezoid(0.08, 0.08, 1.15, 3.0), "#5a3a28")
    builder.add_billboard(0, d - 0.3, trapezoid(0.5, 0.5, 2.3, 2.46), "#5a3a28")
    for x in (-0.8, -0.6, 0.6, 0.8):
        builder.begin_object()
        builder.add_billboard(x, d - 0.8, trapezoid(0.03, 0.03, 1.15, 1.42), "#f8f0dc")
        builder.add_disc(x, d - 0.8, (0, 1.48), (0.03, 0.07), "#ffd070", glow=1.0)


def pews(builder: Interior) -> None:
    """Add rows of benches on either side of the aisle."""
    w, d = builder.half_size
    for row in range(5):
        z = -1.2 + row * 1.15
        if z > d - 2.2:
            break
        for x0, x1 in ((-w + 0.5, -1.1), (1.1, w - 0.5)):
            builder.add_block((x0, x1), (0.4, 0.47), (z, z + 0.42), "#7a5236")
            builder.add_block((x0, x1), (0, 0.95), (z - 0.09, z), "#6a452c")


def stage_with_curtains(builder: Interior) -> None:
    """Add a stage with red curtains and a lit floor, under a row of lamps."""
    w, d, h = *builder.half_size, builder.room.height_m
    builder.add_on_wall(0, (-w, w), (0.9, h), "#2a2436")
    builder.add_on_wall(0, (-w * 0.4, w * 0.4), (0.9, h - 0.6), "#5a74b8", glow=0.2)
    builder.add_block((-w, w), (0, 0.9), (d - 2.4, d), "#7a4c30")
    builder.add_panel((-w, w), (0.8, 0.9), d - 2.41, "#4a2c20")
    builder.begin_object()
    red = "#b02434"
    for index in range(26):
        x = -w + index * 2 * w / 26
        if abs(x + w / 26) < w * 0.36:
            continue
        colour = red if index % 2 else scale_rgb(red, 0.72)
        builder.add_panel((x, x + 2 * w / 26), (0.9, h), d - 2.2, colour)
    for index in range(13):
        x = -w + index * 2 * w / 13
        drop = 0.75 if index % 2 else 0.6
        builder.add_panel((x, x + 2 * w / 13), (h - drop, h), d - 2.3, red if index % 2 else scale_rgb(red, 0.8))
    builder.add_panel((-w, w), (h - 0.12, h), d - 2.32, _GOLD)
    builder.add_panel((-1.6, 1.6), 0.91, (d - 2.1, d - 0.6), "#ffe9b8", 0.8, glow=0.5)
    for x in (-2.4, -0.8, 0.8, 2.4):
        builder.add_panel((x - 0.08, x + 0.08), (0.9, 1.0), d - 2.42, "#fff0c8", glow=0.9)


def seat_rows(builder: Interior) -> None:
    """Add rows of red seats."""
    w, d = builder.half_size
    for row in range(3):
        z = d - 3.6 - row * 1.05
        count = int(2 * w / 0.72)
        for index in range(count):
            x = -w + 0.3 + index * 0.72
            if abs(x + 0.3) < 0.75:
                continue
            builder.begin_object()
            builder.add_billboard(x + 0.3, z, trapezoid(0.28, 0.26, 0.36, 0.95), "#a02838")
            builder.add_billboard(x + 0.3, z, trapezoid(0.3, 0.28, 0.3, 0.5), "#7a1c2a")
            builder.add_billboard(x + 0.3, z, trapezoid(0.05, 0.05, 0, 0.32), "#2a2428")


def weapon_rack(builder: Interior) -> None:
    """Add a rack of wooden swords, a scroll with bold strokes, and a big drum."""
    d = builder.room.half_depth_m
    builder.add_on_wall(0, (-3.2, -1.5), (0.9, 1.0), "#4c3826")
    builder.add_on_wall(0, (-3.2, -1.5), (1.6, 1.7), "#4c3826")
    for index in range(6):
        u = -3.05 + index * 0.26
        builder.add_on_wall(0, (u, u + 0.06), (0.75, 1.95), "#c89a5e")
        builder.add_on_wall(0, (u - 0.03, u + 0.09), (1.2, 1.26), "#5a4430")
    builder.add_on_wall(0, (-0.55, 0.55), (1.0, 2.75), "#e9dfc6")
    builder.add_on_wall(0, (-0.6, 0.6), (2.7, 2.8), "#3c2a20")
    builder.add_on_wall(0, (-0.6, 0.6), (0.95, 1.05), "#3c2a20")
    for low, half, tall in (
        (2.35, 0.32, 0.09),
        (2.1, 0.06, 0.34),
        (1.95, 0.38, 0.1),
        (1.5, 0.07, 0.4),
        (1.35, 0.3, 0.1),
    ):
        builder.add_on_wall(0, (-half, half), (low, low + tall), "#1c1a20")
    builder.begin_object()
    z = d - 0.7
    builder.add_disc(2.5, z, (0, 1.0), (0.62, 0.62), "#7a3a2a")
    builder.add_disc(2.5, z - 0.02, (0, 1.0), (0.5, 0.5), "#efe4c8")
    builder.add_disc(2.5, z - 0.04, (0, 1.0), (0.1, 0.1), "#2a2024")
    for lean in (-0.5, 0.42):
        builder.add_billboard(2.5, z, [(lean, 0), (lean + 0.1, 0), (lean + 0.1, 0.7), (lean, 0.7)], "#4c2f22")


def court(builder: Interior) -> None:
    """Add a basketball hoop, the lines of a court, wall bars, a vaulting box and balls."""
    w, d = builder.half_size
    for z in (1.2, d - 1.0):
        builder.add_panel((-w, w), 0.012, (z, z + 0.07), "#f4f0e6")
    for x in (-1.8, 1.8):
        builder.add_panel((x - 0.035, x + 0.035), 0.012, (1.2, d), "#d8503c")
    builder.add_panel((-1.8, 1.8), 0.011, (1.3, d), "#c8703c", 0.45)
    builder.add_on_wall(0, (-0.95, 0.95), (2.6, 3.8), "#f4f6f8")
    builder.add_on_wall(0, (-0.3, 0.3), (2.72, 3.2), "#d8403c")
    builder.add_on_wall(0, (-0.24, 0.24), (2.78, 3.14), "#f4f6f8")
    builder.begin_object()
    builder.add_billboard(0, d - 0.35, trapezoid(0.26, 0.28, 2.66, 2.72), "#f0703c")
    for index in range(5):
        at = -0.22 + index * 0.11
        builder.add_billboard(
            0, d - 0.35, [(at * 0.6, 2.25), (at * 0.6 + 0.015, 2.25), (at + 0.015, 2.66), (at, 2.66)], "#ffffff", 0.8
        )
    for u0 in (-w + 0.3, w - 2.1):
        for u in (u0, u0 + 1.8):
            builder.add_on_wall(0, (u - 0.05, u + 0.05), (0, 2.6), "#8a5f3c")
        for row in range(11):
            builder.add_on_wall(0, (u0, u0 + 1.8), (0.2 + row * 0.22, 0.26 + row * 0.22), "#b98a58")
    builder.begin_object()
    for row in range(4):
        half = 0.72 - row * 0.08
        builder.add_billboard(-2.7, 2.4, trapezoid(half, half - 0.06, row * 0.24, row * 0.24 + 0.22), "#c08a54")
    builder.add_billboard(-2.7, 2.4, trapezoid(0.46, 0.42, 0.96, 1.12), "#e8e0d0")
    for x, z, colour in ((2.2, 2.0, "#e0783c"), (2.7, 2.6, "#e0783c"), (2.4, 3.2, "#3f7fc0")):
        builder.begin_object()
        builder.add_disc(x, z, (0, 0.13), (0.13, 0.13), colour)
        builder.add_disc(x, z, (0.03, 0.1), (0.09, 0.07), scale_rgb(colour, 0.8))


def pool_of_hot_water(builder: Interior) -> None:
    """Add a wide steaming pool under a painted mountain, with stools, buckets and taps."""
    w, d = builder.half_size
    builder.add_on_wall(0, (-w, w), (1.35, builder.room.height_m - 0.3), "#8fcbe8")
    builder.add_on_wall(0, (-w, w), (1.35, 1.75), "#4f9ac0")
    builder.begin_object()
    z = d - 0.03
    peak = [(-2.9, 1.7), (2.9, 1.7), (1.1, 2.75), (0.35, 3.2), (-0.35, 3.2), (-1.1, 2.75)]
    builder.add_flat([(x, y, z) for x, y in peak], "#4f6fa8")
    cap = [(-1.1, 2.75), (-0.6, 2.62), (-0.2, 2.8), (0.2, 2.6), (0.65, 2.78), (1.1, 2.75), (0.35, 3.2), (-0.35, 3.2)]
    builder.add_flat([(x, y, z - 0.01) for x, y in cap], "#f6fbff")
    for x, y, half in ((-3.2, 2.7, 0.5), (2.6, 2.95, 0.6), (3.4, 2.4, 0.45)):
        builder.add_flat(
            [
                (x - half, y, z - 0.01),
                (x + half, y, z - 0.01),
                (x + half * 0.6, y + 0.16, z - 0.01),
                (x - half * 0.5, y + 0.14, z - 0.01),
            ],
            "#ffffff",
        )
    builder.add_block((-w + 0.4, w - 0.4), (0, 0.5), (1.9, d), "#8fa8b0")
    builder.add_panel((-w + 0.65, w - 0.65), 0.51, (2.15, d - 0.1), "#4fb8c8")
    for _index in range(16):
        x, at = builder.rng.uniform(-w + 0.9, w - 1.6), builder.rng.uniform(2.3, d - 0.3)
        builder.add_panel((x, x + builder.rng.uniform(0.3, 0.9)), 0.515, (at, at + 0.05), "#d4f4f6", 0.7)
    for x in (-2.8, -2.0, 2.2, 2.9):
        builder.begin_object()
        builder.add_billboard(x, 1.0, trapezoid(0.18, 0.16, 0, 0.26), "#d8b078")
        builder.add_billboard(x + 0.42, 1.1, trapezoid(0.14, 0.18, 0, 0.2), "#f0d060" if x < 0 else "#e8b48a")
    for _index in range(15):
        builder.begin_object()
        x, at, up = builder.rng.uniform(-w, w), builder.rng.uniform(2.0, d - 0.2), builder.rng.uniform(0.6, 1.7)
        builder.add_disc(
            x, at, (0, up), (builder.rng.uniform(0.4, 0.9), builder.rng.uniform(0.15, 0.3)), "#ffffff", 0.2
        )


def exhibits(builder: Interior) -> None:
    """Add framed pictures, two statues on plinths, and ropes before them."""
    neon, d = builder.light.neon, builder.room.half_depth_m
    scenes = (("#7fb0d8", "#5f8f5a"), ("#e8b080", "#8a4a5a"), ("#c8c0e0", "#4a5a8a"))
    for side in (0, 1, 3):
        half = builder.half_length(side)
        for index in range(3):
            u, wide = -half * 0.8 + index * half * 0.6, 1.3 if index % 2 else 1.0
            above, below = scenes[(index + side) % 3]
            builder.add_on_wall(side, (u - 0.09, u + wide + 0.09), (1.05, 2.29), _GOLD)
            builder.add_on_wall(side, (u, u + wide), (1.14, 2.2), above)
            builder.add_on_wall(side, (u, u + wide), (1.14, 1.6), below)
            builder.add_on_wall(side, (u + wide * 0.55, u + wide * 0.85), (1.4, 1.95), mix(neon[index], below, 0.5))
            builder.add_on_wall(side, (u + wide * 0.3, u + wide * 0.7), (2.42, 2.48), "#fff0c8", glow=0.7)
    for x in (-2.3, 2.1):
        z = d * 0.5
        builder.add_block((x - 0.35, x + 0.35), (0, 0.95), (z, z + 0.7), "#d8d4ce")
        builder.begin_object()
        builder.add_billboard(
            x, z + 0.3, [(-0.22, 0.95), (0.22, 0.95), (0.26, 1.25), (0.1, 1.4), (-0.1, 1.4), (-0.26, 1.25)], "#f2eee8"
        )
        builder.add_disc(x, z + 0.3, (0, 1.54), (0.14, 0.18), "#f2eee8")
        builder.add_billboard(x, z + 0.3, [(0.04, 0.95), (0.22, 0.95), (0.26, 1.25), (0.06, 1.38)], "#cfc8c0")
    posts = (-3.4, -1.2, 1.0, 3.2)
    for index, x in enumerate(posts):
        builder.begin_object()
        builder.add_billboard(x, 1.6, trapezoid(0.04, 0.03, 0, 0.95), _GOLD)
        if index < len(posts) - 1:
            builder.add_billboard(
                x, 1.6, [(0, 0.9), (1.1, 0.62), (2.2, 0.9), (2.2, 0.84), (1.1, 0.55), (0, 0.84)], "#8a1f30"
            )


def bookcases(builder: Interior) -> None:
    """Add bookcases up to the ceiling along the walls, and a ladder."""
    spines = ("#a8483c", "#c89a4a", "#4a6f94", "#5f8a5a", "#c8bca8", "#6f4f7f", "#8a5a3c")
    h = builder.room.height_m
    for side in (0, 1, 3):
        half = builder.half_length(side)
        u = -half + 0.15
        while u < half - 1.0:
            wide = min(1.35, half - 0.15 - u)
            builder.add_on_wall(side, (u, u + wide), (0, h - 0.2), "#5a3d28")
            v = 0.14
            while v < h - 0.7:
                builder.add_on_wall(side, (u + 0.06, u + wide - 0.06), (v, v + 0.42), "#2c1e18")
                at = u + 0.08
                while at < u + wide - 0.2:
                    thick = builder.rng.uniform(0.07, 0.16)
                    if builder.rng.random() < 0.9:
                        tall = builder.rng.uniform(0.26, 0.39)
                        builder.add_on_wall(side, (at, at + thick - 0.012), (v, v + tall), builder.rng.choice(spines))
                    at += thick
                v += 0.48
            u += 1.42
    d = builder.room.half_depth_m
    builder.begin_object()
    for lean in (0.0, 0.42):
        builder.add_billboard(
            1.7, d - 0.5, [(lean, 0), (lean + 0.06, 0), (lean + 0.16, h - 0.5), (lean + 0.1, h - 0.5)], "#b98a54"
        )
    for step in range(7):
        v = 0.3 + step * 0.36
        builder.add_billboard(
            1.7,
            d - 0.5,
            [(v * 0.04, v), (0.46 + v * 0.04, v), (0.46 + v * 0.04, v + 0.05), (v * 0.04, v + 0.05)],
            "#b98a54",
        )


def reading_tables(builder: Interior) -> None:
    """Add long tables with green lamps and open books."""
    d = builder.room.half_depth_m
    for x0, x1 in ((-3.6, -1.3), (1.6, 3.6)):
        z = d * 0.32
        builder.add_block((x0, x1), (0.7, 0.77), (z, z + 0.9), "#7a5234")
        for x in (x0 + 0.1, x1 - 0.2):
            builder.add_block((x, x + 0.1), (0, 0.7), (z + 0.3, z + 0.4), "#5a3a24")
        middle = (x0 + x1) / 2
        builder.begin_object()
        builder.add_billboard(middle, z + 0.4, trapezoid(0.12, 0.02, 0.77, 0.84), _GOLD)
        builder.add_billboard(middle, z + 0.4, trapezoid(0.015, 0.015, 0.8, 1.12), _GOLD)
        builder.add_billboard(middle, z + 0.4, trapezoid(0.24, 0.14, 1.08, 1.24), "#3f9a6a", glow=0.35)
        builder.add_billboard(middle, z + 0.4, trapezoid(0.2, 0.22, 1.05, 1.08), "#fff0b8", glow=0.9)
        builder.add_billboard(
            middle - 0.6,
            z + 0.2,
            [(-0.25, 0.78), (0, 0.81), (0.25, 0.78), (0.25, 0.82), (0, 0.86), (-0.25, 0.82)],
            "#f4eedc",
        )
