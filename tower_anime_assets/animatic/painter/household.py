"""Furniture of homes and of the rooms in them: kitchen, bathroom, bedroom, tatami room, cabin. Lengths in metres."""

from __future__ import annotations

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.interior import Interior
from tower_anime_assets.animatic.painter.set_builder import trapezoid

_WOOD, _WHITE, _STEEL = "#8a6242", "#f2efe8", "#aab2bc"


def kitchen_units(builder: Interior) -> None:
    """Add cupboards with a worktop along the wall behind, more of them above, a sink, and pots on a rail."""
    w, d = builder.half_size
    trim = builder.room.trim
    builder.add_block((-w + 0.1, w - 1.1), (0, 0.86), (d - 0.7, d), trim)
    for index in range(int((2 * w - 1.2) / 0.62)):
        x = -w + 0.14 + index * 0.62
        builder.add_panel((x, x + 0.56), (0.1, 0.78), d - 0.71, mix(trim, "#ffffff", 0.14))
        builder.add_panel((x + 0.2, x + 0.36), (0.68, 0.71), d - 0.72, _STEEL)
    builder.add_block((-w + 0.05, w - 1.08), (0.86, 0.92), (d - 0.74, d), "#d8c8ac")
    for low, high in ((-w + 0.15, -1.15), (1.05, w - 1.2)):
        builder.add_on_wall(0, (low, high), (1.55, 2.2), mix(trim, "#000000", 0.1))
        x = low
        while x < high - 0.3:
            builder.add_on_wall(0, (x + 0.04, min(x + 0.56, high - 0.04)), (1.6, 2.15), mix(trim, "#ffffff", 0.2))
            x += 0.6
    builder.add_on_wall(0, (-w + 0.15, w - 1.2), (1.42, 1.44), _STEEL)
    for index in range(7):
        u = -w + 0.5 + index * 0.34
        long = builder.rng.uniform(0.18, 0.34)
        builder.add_on_wall(0, (u, u + 0.03), (1.42 - long, 1.42), "#6d6a66")
        builder.add_on_wall(0, (u - 0.04, u + 0.07), (1.36 - long, 1.42 - long), "#7d7a76")
    builder.begin_object()
    builder.add_billboard(
        -1.5, d - 0.4, [(-0.02, 0.92), (0.02, 0.92), (0.02, 1.22), (0.2, 1.22), (0.2, 1.26), (-0.02, 1.26)], _STEEL
    )


def stove(builder: Interior) -> None:
    """Add a stove with a lit oven, a steaming pot and a pan, and the hood above."""
    d = builder.room.half_depth_m
    builder.add_block((-0.55, 0.55), (0, 0.9), (d - 0.8, d - 0.02), "#4b4f58")
    builder.add_panel((-0.42, 0.42), (0.2, 0.62), d - 0.81, "#1c1a1e")
    builder.add_panel((-0.36, 0.36), (0.26, 0.56), d - 0.82, "#ff9a3d", glow=0.5)
    for x in (-0.38, -0.18, 0.1, 0.3):
        builder.add_panel((x, x + 0.08), (0.72, 0.8), d - 0.81, "#d8d8dc")
    builder.begin_object()
    z = d - 0.5
    builder.add_billboard(-0.25, z, trapezoid(0.2, 0.2, 0.93, 1.2), "#c4573f")
    builder.add_billboard(-0.25, z, trapezoid(0.23, 0.23, 1.18, 1.22), "#e0745a")
    builder.add_disc(-0.25, z, (0, 1.26), (0.04, 0.03), "#3a2a28")
    for step in range(4):
        puff = (0.07 + step * 0.025, 0.08)
        builder.add_disc(-0.25 + (step % 2) * 0.08, z, (0, 1.4 + step * 0.16), puff, "#ffffff", 0.32 - step * 0.06)
    builder.add_billboard(
        0.28, z, [(-0.18, 0.93), (0.18, 0.93), (0.22, 1.02), (0.52, 1.06), (0.52, 1.09), (-0.22, 1.03)], "#2a2c32"
    )
    builder.add_on_wall(0, (-0.5, 0.5), (1.75, 1.85), _STEEL)
    builder.begin_object()
    builder.add_billboard(0, d - 0.3, trapezoid(0.62, 0.3, 1.75, 2.2), "#8f98a4")
    builder.add_billboard(0, d - 0.3, trapezoid(0.2, 0.2, 2.2, builder.room.height_m), "#7f8894")


def fridge(builder: Interior) -> None:
    """Add a tall fridge with notes on its door in the right corner behind."""
    w, d = builder.half_size
    builder.add_block((w - 1.0, w - 0.15), (0, 1.95), (d - 0.85, d - 0.05), "#dfe6ea")
    builder.add_panel((w - 1.0, w - 0.15), (1.25, 1.27), d - 0.86, "#9aa4ac")
    for v in ((0.7, 1.15), (1.35, 1.7)):
        builder.add_panel((w - 0.95, w - 0.9), v, d - 0.87, "#8a949c")
    for x, y, colour in ((0.55, 1.5, "#ffd45e"), (0.4, 1.62, "#ff8fa3"), (0.6, 0.95, "#8fd0ff")):
        builder.add_panel((w - x, w - x + 0.13), (y, y + 0.13), d - 0.87, colour)


def kitchen_table(builder: Interior) -> None:
    """Add a table with bread, fruit and plates on the left, and two chairs."""
    w, d = builder.half_size
    x0, x1, z0, z1 = -w + 0.5, -w + 2.3, d * 0.3, d * 0.3 + 0.9
    for leg in (x0 + 0.08, x1 - 0.16):
        builder.add_block((leg, leg + 0.08), (0, 0.7), (z0 + 0.1, z0 + 0.18), scale_rgb(_WOOD, 0.7))
    builder.add_block((x0, x1), (0.7, 0.76), (z0, z1), "#b98a5a")
    builder.begin_object()
    z = z0 + 0.3
    builder.add_billboard(x0 + 0.5, z, trapezoid(0.16, 0.28, 0.77, 0.9), "#5a8fb0")
    for at, colour in ((-0.12, "#e0503c"), (0.04, "#f0b040"), (0.16, "#7fb04a")):
        builder.add_disc(x0 + 0.5 + at, z, (0, 0.95), (0.09, 0.09), colour)
    builder.add_disc(x0 + 1.25, z, (0, 0.84), (0.26, 0.1), "#c98a45")
    builder.add_disc(x0 + 1.22, z, (0, 0.87), (0.2, 0.05), "#e0ac66")
    chair(builder, x1 + 0.25, z0 + 0.3)


def chair(builder: Interior, x: float, z: float, colour: str = "#7a5638") -> None:
    """Add a wooden chair."""
    builder.begin_object()
    for at in (-0.2, 0.16):
        builder.add_billboard(x, z, [(at, 0), (at + 0.05, 0), (at + 0.05, 0.95), (at, 0.95)], colour)
    builder.add_billboard(x, z, trapezoid(0.24, 0.22, 0.42, 0.48), mix(colour, "#ffffff", 0.18))
    for v in (0.62, 0.82):
        builder.add_billboard(x, z, trapezoid(0.2, 0.2, v, v + 0.08), mix(colour, "#ffffff", 0.08))


def bathroom_fittings(builder: Interior) -> None:
    """Add a bathtub with a shower, a washbasin with a mirror, a toilet and towels."""
    w, d = builder.half_size
    builder.add_block((-w + 0.1, -w + 2.0), (0, 0.55), (d - 0.9, d - 0.05), _WHITE)
    builder.add_panel((-w + 0.2, -w + 1.9), 0.56, (d - 0.8, d - 0.15), "#a8dcec")
    builder.add_on_wall(0, (-w + 0.3, -w + 0.36), (0.9, 2.1), _STEEL)
    builder.add_on_wall(0, (-w + 0.3, -w + 0.62), (2.06, 2.12), _STEEL)
    builder.begin_object()
    for index in range(6):
        x = -w + 1.3 + index * 0.13
        colour = builder.room.trim if index % 2 else mix(builder.room.trim, "#ffffff", 0.35)
        builder.add_billboard(x, d - 0.95, trapezoid(0.075, 0.07, 0.2, 2.15), colour)
    builder.add_on_wall(0, (0.0, 1.1), (1.15, 2.1), "#c8d2d6")
    builder.add_on_wall(0, (0.06, 1.04), (1.2, 2.05), "#d9f0f8", own_light=True)
    builder.add_on_wall(0, (0.2, 0.34), (1.2, 2.05), "#ffffff", 0.6, own_light=True)
    builder.add_on_wall(0, (0.1, 1.0), (2.12, 2.2), "#fff6dc", glow=0.8)
    builder.add_block((0.1, 1.0), (0.72, 0.88), (d - 0.5, d - 0.02), _WHITE)
    builder.begin_object()
    builder.add_billboard(0.55, d - 0.3, trapezoid(0.1, 0.08, 0, 0.72), "#dcdad4")
    builder.add_billboard(0.55, d - 0.45, [(-0.02, 0.88), (0.02, 0.88), (0.02, 1.06), (-0.02, 1.06)], _STEEL)
    x = w - 0.7
    builder.add_block((x - 0.25, x + 0.25), (0.4, 0.85), (d - 0.25, d - 0.03), _WHITE)
    builder.begin_object()
    builder.add_billboard(x, d - 0.45, trapezoid(0.15, 0.24, 0, 0.4), "#e4e2dc")
    builder.add_billboard(x, d - 0.45, trapezoid(0.27, 0.27, 0.4, 0.46), "#ffffff")
    builder.add_on_wall(0, (w - 1.5, w - 1.1), (0.9, 1.5), "#f0a0a8")
    builder.add_on_wall(0, (w - 1.55, w - 1.05), (1.48, 1.52), _STEEL)


def double_bed(builder: Interior) -> None:
    """Add a wide bed against the wall behind, with a nightstand, a lit lamp and a rug."""
    d = builder.room.half_depth_m
    builder.add_panel((-2.6, 1.0), 0.012, (d - 3.0, d - 0.7), mix(builder.room.trim, "#ffffff", 0.3))
    builder.add_panel((-2.4, 0.8), 0.014, (d - 2.85, d - 0.8), mix(builder.room.trim, "#ffffff", 0.5))
    builder.add_block((-2.0, 0.2), (0, 1.15), (d - 0.16, d - 0.02), _WOOD)
    builder.add_block((-1.95, 0.15), (0, 0.34), (d - 2.2, d - 0.16), scale_rgb(_WOOD, 0.8))
    builder.add_block((-1.97, 0.17), (0.34, 0.6), (d - 2.2, d - 0.18), builder.room.trim)
    builder.add_block((-1.95, 0.15), (0.6, 0.64), (d - 0.95, d - 0.2), "#f6f2ee")
    for x in (-1.8, -0.75):
        builder.add_block((x, x + 0.75), (0.62, 0.84), (d - 0.6, d - 0.3), "#ffffff")
    builder.add_block((0.4, 0.95), (0, 0.55), (d - 0.6, d - 0.1), _WOOD)
    lamp(builder, 0.68, d - 0.35, 0.55)


def lamp(builder: Interior, x: float, z: float, low: float) -> None:
    """Add a table lamp; it is on when it is dark outside."""
    lit = builder.light.is_dark
    builder.begin_object()
    builder.add_billboard(x, z, trapezoid(0.09, 0.03, low, low + 0.2), "#7a6a58")
    shade = "#ffe0a0" if lit else "#e8d8b8"
    builder.add_billboard(x, z, trapezoid(0.2, 0.12, low + 0.2, low + 0.48), shade, glow=1.0 if lit else 0.0)


def wardrobe(builder: Interior) -> None:
    """Add a wardrobe in the right corner behind."""
    w, d = builder.half_size
    builder.add_block((w - 1.6, w - 0.15), (0, 2.1), (d - 0.7, d - 0.02), "#a57a52")
    for x in (w - 1.55, w - 0.85):
        builder.add_panel((x, x + 0.64), (0.1, 2.0), d - 0.71, "#b98c60")
        builder.add_panel((x + 0.06, x + 0.58), (1.1, 1.9), d - 0.72, "#c49a6e")
    for x in (w - 0.95, w - 0.8):
        builder.add_panel((x, x + 0.04), (1.0, 1.16), d - 0.73, "#f0d890")


def tatami(builder: Interior) -> None:
    """Add straw mats with their dark borders to the floor."""
    w, d = builder.half_size
    for row in range(int(d)):
        for column in range(int(2 * w / 1.8) + 1):
            x, z = -w + column * 1.8 - (0.9 if row % 2 else 0), -1.0 + row * 0.95
            left, right = max(x, -w), min(x + 1.78, w)
            if right > left:
                colour = "#c8bd84" if (row + column) % 2 else "#bdb27a"
                builder.add_panel((left, right), 0.012, (z, z + 0.93), colour)
                builder.add_panel((left, right), 0.014, (z, z + 0.05), "#4c5a3c")


def paper_screens(builder: Interior) -> None:
    """Add sliding paper screens to the walls, lit by the sky behind them."""
    light = builder.light
    paper = mix("#fbf4e0", light.sky[1], 0.3) if light.day_phase != "night" else "#b9ab8e"
    for side in (0, 1, 3):
        half = builder.half_length(side)
        low, high = (-half * 0.45, half * 0.9) if side == 0 else (-half * 0.9, half * 0.9)
        count = max(2, round((high - low) / 0.95))
        wide = (high - low) / count
        builder.add_on_wall(side, (low - 0.1, high + 0.1), (0, 2.12), "#5a4230")
        for index in range(count):
            u = low + index * wide
            builder.add_on_wall(side, (u + 0.04, u + wide - 0.04), (0.35, 2.0), paper, glow=0.28)
            builder.add_on_wall(side, (u + 0.04, u + wide - 0.04), (0.06, 0.34), "#8a6a4a")
            for at in (0.33, 0.66):
                builder.add_on_wall(side, (u + wide * at, u + wide * at + 0.02), (0.35, 2.0), "#6a5038")
            for v in (0.75, 1.15, 1.55):
                builder.add_on_wall(side, (u + 0.04, u + wide - 0.04), (v, v + 0.02), "#6a5038")


def alcove(builder: Interior) -> None:
    """Add an alcove with a hanging scroll and a branch in a vase."""
    w, d = builder.half_size
    left, right = -w + 0.1, -w * 0.48
    middle = (left + right) / 2
    builder.add_on_wall(0, (left, right), (0, 2.3), "#8f8364")
    builder.add_on_wall(0, (left, right), (0, 0.22), "#4c3828")
    builder.add_on_wall(0, (right - 0.12, right), (0, builder.room.height_m), "#4c3828")
    builder.add_on_wall(0, (middle - 0.34, middle + 0.34), (0.75, 2.1), "#6a7a5a")
    builder.add_on_wall(0, (middle - 0.24, middle + 0.24), (0.9, 2.0), "#f4eedc")
    for v, half in ((1.75, 0.15), (1.5, 0.11), (1.25, 0.16)):
        builder.add_on_wall(0, (middle - half, middle + half), (v, v + 0.05), "#22202a")
        builder.add_on_wall(0, (middle - 0.03, middle + 0.03), (v - 0.12, v + 0.1), "#22202a")
    builder.begin_object()
    builder.add_billboard(middle + 0.45, d - 0.3, trapezoid(0.08, 0.11, 0.22, 0.5), "#3f6a7a")
    builder.add_billboard(middle + 0.45, d - 0.3, [(-0.01, 0.5), (0.02, 0.5), (0.3, 1.1), (0.27, 1.1)], "#5a4030")
    for at, up in ((0.1, 0.75), (0.2, 0.92), (0.3, 1.12), (0.16, 1.0)):
        builder.add_disc(middle + 0.45, d - 0.31, (at, up), (0.06, 0.06), "#f6a8c0")


def low_table(builder: Interior) -> None:
    """Add a low table with a teapot and cups, and flat cushions around it."""
    z, x = builder.room.half_depth_m * 0.35, -1.5
    for at in (-0.95, 0.75):
        builder.add_block((x + at, x + at + 0.55), (0.012, 0.09), (z + 0.1, z + 0.65), "#8a3f4a")
    builder.add_block((x - 0.6, x + 0.6), (0.28, 0.34), (z, z + 0.8), "#5f4028")
    builder.add_block((x - 0.5, x - 0.42), (0, 0.28), (z + 0.1, z + 0.18), "#4a3220")
    builder.add_block((x + 0.42, x + 0.5), (0, 0.28), (z + 0.1, z + 0.18), "#4a3220")
    builder.begin_object()
    builder.add_disc(x - 0.1, z + 0.2, (0, 0.44), (0.13, 0.1), "#3c4a44")
    builder.add_billboard(x - 0.1, z + 0.2, [(0.1, 0.44), (0.22, 0.5), (0.2, 0.53), (0.1, 0.48)], "#3c4a44")
    for at in (0.25, -0.42):
        builder.add_billboard(x + at, z + 0.2, trapezoid(0.04, 0.05, 0.34, 0.43), "#e8e0d0")


def ceiling_beams(builder: Interior) -> None:
    """Add heavy beams under the ceiling and posts in the corners."""
    w, d = builder.half_size
    h, wood = builder.room.height_m, scale_rgb(builder.room.floor, 0.6)
    z = -d + 0.6
    while z < d:
        builder.add_block((-w, w), (h - 0.24, h), (z, z + 0.2), wood)
        z += 1.6
    for x in (-w, w - 0.22):
        builder.add_block((x, x + 0.22), (0, h), (d - 0.22, d), wood)


def fireplace(builder: Interior) -> None:
    """Add a stone fireplace with a burning fire to the wall behind."""
    d, h = builder.room.half_depth_m, builder.room.height_m
    x0, x1 = -1.75, -0.25
    middle = (x0 + x1) / 2
    builder.add_block((x0, x1), (0, 1.3), (d - 0.5, d), "#8b8680")
    builder.add_block((x0 + 0.25, x1 - 0.25), (1.4, h), (d - 0.35, d), "#7f7a74")
    builder.add_block((x0 - 0.1, x1 + 0.1), (1.3, 1.42), (d - 0.6, d), "#6a4a34")
    for index in range(14):
        x, y = x0 + 0.05 + (index % 5) * 0.29, 0.05 + (index // 5) * 0.42
        tint = mix("#8b8680", "#000000" if index % 3 else "#ffffff", 0.14)
        builder.add_panel((x, x + 0.24), (y, y + 0.34), d - 0.605, tint)
    builder.begin_object()
    z = d - 0.62
    builder.add_panel((middle - 0.45, middle + 0.45), (0.0, 0.85), z, "#1d1416")
    flames(builder, middle, z - 0.01, 0.05, 0.6)
    builder.add_panel((-2.4, 0.4), 0.012, (d - 2.4, d - 0.9), "#8a3c34")
    builder.add_panel((-2.2, 0.2), 0.014, (d - 2.25, d - 1.05), "#b0584a")


def flames(builder: Interior, x: float, z: float, low: float, high: float) -> None:
    """Add a fire on logs, at (x, z), to the object that was begun."""
    for lean in (-0.22, 0.05):
        builder.add_billboard(
            x,
            z,
            [(lean - 0.12, low), (lean + 0.26, low), (lean + 0.26, low + 0.1), (lean - 0.12, low + 0.08)],
            "#4a3024",
        )
    for half, share, colour in ((0.3, 1.0, "#ff6a2a"), (0.2, 0.74, "#ffab3d"), (0.1, 0.45, "#fff0b0")):
        top = low + (high - low) * share
        points = [(-half, low + 0.06), (-half * 0.9, low + (top - low) * 0.45), (-half * 0.5, low + (top - low) * 0.35)]
        points += [(-half * 0.3, low + (top - low) * 0.8), (0.0, low + (top - low) * 0.55), (half * 0.25, top)]
        points += [(half * 0.6, low + (top - low) * 0.5), (half * 0.9, low + (top - low) * 0.6), (half, low + 0.06)]
        builder.add_billboard(x, z, points, colour, glow=0.9)


def cabin_things(builder: Interior) -> None:
    """Add a bunk, a table with a lantern, and a rack of firewood."""
    w, d = builder.half_size
    builder.add_block((w - 1.9, w - 0.1), (0, 0.45), (d - 1.1, d - 0.1), "#7a5538")
    builder.add_block((w - 1.85, w - 0.15), (0.45, 0.6), (d - 1.08, d - 0.12), "#a8443c")
    builder.add_block((w - 0.65, w - 0.2), (0.6, 0.74), (d - 0.95, d - 0.25), "#f0e8da")
    for stripe in range(4):
        at = w - 1.85 + stripe * 0.42
        builder.add_panel((at, at + 0.2), (0.47, 0.59), d - 1.09, "#d8c8a0" if stripe % 2 else "#6a2a2a")
    builder.add_block((-w + 0.3, -w + 1.5), (0.66, 0.72), (d * 0.25, d * 0.25 + 0.8), "#8f6844")
    for x in (-w + 0.36, -w + 1.36):
        builder.add_block((x, x + 0.08), (0, 0.66), (d * 0.25 + 0.1, d * 0.25 + 0.18), "#6a4a30")
    hand_lantern(builder, -w + 0.9, d * 0.25 + 0.3, 0.72)
    builder.begin_object()
    for row in range(4):
        for column in range(4 - row % 2):
            x = -w + 0.4 + column * 0.2 + (row % 2) * 0.1
            builder.add_disc(x, d - 0.3, (0, 0.1 + row * 0.18), (0.1, 0.09), "#b98a5a")
            builder.add_disc(x, d - 0.31, (0, 0.1 + row * 0.18), (0.06, 0.05), "#d8b080")


def hand_lantern(builder: Interior, x: float, z: float, low: float) -> None:
    """Add a lantern with a flame, standing on something."""
    builder.begin_object()
    builder.add_billboard(x, z, trapezoid(0.09, 0.09, low, low + 0.04), "#3a3430")
    builder.add_billboard(x, z, trapezoid(0.07, 0.07, low + 0.04, low + 0.22), "#ffd890", glow=0.9)
    builder.add_billboard(x, z, trapezoid(0.09, 0.03, low + 0.22, low + 0.3), "#3a3430")
