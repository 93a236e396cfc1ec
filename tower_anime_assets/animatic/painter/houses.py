"""Houses with roofs, the parts of villages and of fronts: blocks, gables, windows, towers. Lengths in metres."""

from __future__ import annotations

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.exterior import Exterior
from tower_anime_assets.animatic.painter.set_builder import Span


def _snowed(builder: Exterior, roof: str) -> str:
    """Return the colour of a roof, white when it snows."""
    return mix(roof, "#f2f6fc", 0.82) if builder.is_snowy else roof


def add_gable_roof(builder: Exterior, x: Span, eaves_m: float, ridge_m: float, z: Span, colour: str, wall: str) -> None:
    """Add a roof whose ridge runs from left to right, to the object that was begun, with the triangle of its wall."""
    colour = _snowed(builder, colour)
    over = 0.4
    x0, x1, z0, z1 = x[0] - over, x[1] + over, z[0] - over, z[1] + over
    low, middle = eaves_m - 0.15, (z0 + z1) / 2
    end = x[0] if builder.eye_position()[0] < x[0] else x[1]
    builder.add_flat([(end, eaves_m, z[0]), (end, eaves_m, z[1]), (end, ridge_m, middle)], scale_rgb(wall, 0.8))
    builder.add_flat([(x0, low, z0), (x1, low, z0), (x1, ridge_m, middle), (x0, ridge_m, middle)], colour)
    rows = 4
    for row in range(1, rows):
        up, back = low + (ridge_m - low) * row / rows, z0 + (middle - z0) * row / rows
        band = [(x0, up, back), (x1, up, back), (x1, up + 0.05, back + 0.05), (x0, up + 0.05, back + 0.05)]
        builder.add_flat(band, scale_rgb(colour, 0.85))
    builder.add_flat([(x0, low - 0.12, z0), (x1, low - 0.12, z0), (x1, low, z0), (x0, low, z0)], scale_rgb(colour, 0.6))


def add_front_gable(
    builder: Exterior, x: Span, eaves_m: float, ridge_m: float, z: Span, colour: str, wall: str
) -> None:
    """Add a roof whose gable faces the camera, to the object that was begun."""
    colour = _snowed(builder, colour)
    over = 0.45
    middle, z0, z1 = (x[0] + x[1]) / 2, z[0] - over, z[1]
    slope = (ridge_m - eaves_m) / (middle - x[0])
    low = eaves_m - over * slope
    for edge, shade in ((x[0] - over, 1.0), (x[1] + over, 0.82)):
        builder.add_flat(
            [(edge, low, z0), (middle, ridge_m, z0), (middle, ridge_m, z1), (edge, low, z1)], scale_rgb(colour, shade)
        )
    builder.add_flat([(x[0], eaves_m, z[0]), (x[1], eaves_m, z[0]), (middle, ridge_m, z[0])], wall)
    thick = 0.28
    for edge, shade in ((x[0] - over, 0.95), (x[1] + over, 0.72)):
        board = [(edge, low, z0), (middle, ridge_m, z0), (middle, ridge_m - thick, z0), (edge, low - thick, z0)]
        builder.add_flat(board, scale_rgb(colour, shade))


def add_window(
    builder: Exterior, x: float, y: float, z: float, wide: float, high: float, frame: str = "#f4efe6"
) -> None:
    """Add a window with its frame and bars to a wall that faces the camera; it is lit when it is dark."""
    light = builder.light
    is_lit = light.is_dark
    glass = "#ffdf98" if is_lit else mix("#6f95b4", light.sky[2], 0.35)
    builder.add_panel((x - 0.08, x + wide + 0.08), (y - 0.08, y + high + 0.08), z - 0.02, frame)
    builder.add_panel((x, x + wide), (y, y + high), z - 0.03, glass, glow=0.6 if is_lit else 0.0)
    builder.add_panel((x + wide / 2 - 0.03, x + wide / 2 + 0.03), (y, y + high), z - 0.04, frame)
    builder.add_panel((x, x + wide), (y + high * 0.55, y + high * 0.55 + 0.05), z - 0.04, frame)


def add_door(
    builder: Exterior, x: float, z: float, wide: float = 0.95, high: float = 2.05, colour: str = "#7a4a30"
) -> None:
    """Add a door to a wall that faces the camera."""
    builder.add_panel((x - 0.1, x + wide + 0.1), (0, high + 0.1), z - 0.02, mix(colour, "#000000", 0.35))
    builder.add_panel((x, x + wide), (0, high), z - 0.03, colour)
    builder.add_panel(
        (x + wide * 0.15, x + wide * 0.85), (high * 0.55, high * 0.9), z - 0.04, mix(colour, "#ffffff", 0.12)
    )
    builder.add_panel((x + wide * 0.8, x + wide * 0.88), (high * 0.45, high * 0.5), z - 0.05, "#e8d08a")


def add_timbers(builder: Exterior, x: Span, high: float, z: float, colour: str = "#5a3d2a") -> None:
    """Add the beams of a timber frame to a wall that faces the camera."""
    wide = x[1] - x[0]
    for at in (x[0], x[0] + wide / 3, x[0] + wide * 2 / 3, x[1] - 0.16):
        builder.add_panel((at, at + 0.16), (0, high), z - 0.012, colour)
    for v in (0.0, high * 0.5, high - 0.16):
        builder.add_panel((x[0], x[1]), (v, v + 0.14), z - 0.013, colour)
    for left in (x[0], x[0] + wide * 2 / 3):
        low, top = high * 0.5, high
        builder.add_flat(
            [(left, low, z - 0.014), (left + 0.14, low, z - 0.014), (left + wide / 3, top, z - 0.014),
             (left + wide / 3 - 0.14, top, z - 0.014)], colour,
        )  # fmt: skip


def add_cottage(builder: Exterior, x: float, z: float, index: int, wide: float = 4.6) -> None:
    """Add a village house: plaster and beams under a steep roof, with door, windows and chimney."""
    rng = builder.rng("cottage", index)
    high, deep = rng.uniform(2.5, 3.1), rng.uniform(3.6, 4.6)
    wall = rng.choice(("#efe2c8", "#e6d3b4", "#f2e9d8", "#dcc8a4"))
    roof = rng.choice(("#a8503c", "#8a4a3a", "#6f5a4a", "#b8683f"))
    span, depth = (x - wide / 2, x + wide / 2), (z, z + deep)
    builder.add_block(span, (0, high), depth, wall)
    add_timbers(builder, span, high, z)
    add_door(builder, x + wide * 0.12, z, colour=rng.choice(("#7a4a30", "#4f6a5a", "#5a4a6a")))
    add_window(builder, x - wide * 0.36, 1.0, z, 0.9, 0.95)
    if rng.random() < 0.5:
        add_front_gable(builder, span, high, high + 2.3, depth, roof, wall)
        add_window(builder, x - 0.4, high + 0.5, z, 0.8, 0.8)
    else:
        add_gable_roof(builder, span, high, high + 2.1, depth, roof, wall)
    builder.add_block(
        (x + wide * 0.2, x + wide * 0.2 + 0.6), (high, high + 2.4), (z + deep * 0.55, z + deep * 0.75), "#8a7a72"
    )


def add_fence(builder: Exterior, x: Span, z: float, colour: str = "#9a7a54", high: float = 1.0) -> None:
    """Add a fence of posts and two rails across the view."""
    builder.begin_object()
    for v in (0.4, 0.75):
        builder.add_panel(x, (high * v, high * v + 0.1), z, colour)
    at = x[0]
    while at <= x[1]:
        builder.add_panel((at, at + 0.12), (0, high), z - 0.02, scale_rgb(colour, 0.85))
        at += 1.1


def add_side_fence(builder: Exterior, x: float, z: Span, colour: str = "#9a7a54", high: float = 1.0) -> None:
    """Add a fence along the line of sight, a stretch at a time, so that each hides what is behind it."""
    at = z[0]
    while at < z[1]:
        builder.begin_object()
        for v in (0.4, 0.75):
            builder.add_panel(x, (high * v, high * v + 0.1), (at, min(at + 1.6, z[1])), colour)
        builder.add_block((x - 0.07, x + 0.07), (0, high), (at, at + 0.14), scale_rgb(colour, 0.85))
        at += 1.6


def add_tower(builder: Exterior, x: float, z: float, half_m: float, high: float, stone: str, roof: str = "") -> None:
    """Add a round tower with battlements, or with a pointed roof when a colour for it is given."""
    dark = scale_rgb(stone, 0.78)
    builder.begin_object()
    builder.add_billboard(x, z, [(-half_m, 0), (half_m, 0), (half_m, high), (-half_m, high)], stone)
    builder.add_billboard(x, z, [(half_m * 0.25, 0), (half_m, 0), (half_m, high), (half_m * 0.25, high)], dark)
    for row in range(int(high / 1.2)):
        at = -half_m * 0.8 + (row % 3) * half_m * 0.5
        tint = mix(stone, "#ffffff" if row % 2 else "#000000", 0.1)
        v = row * 1.2 + 0.3
        builder.add_billboard(
            x, z, [(at, v), (at + half_m * 0.5, v), (at + half_m * 0.5, v + 0.5), (at, v + 0.5)], tint
        )
    top = half_m * 1.15
    builder.add_billboard(x, z, [(-top, high), (top, high), (top, high + 0.7), (-top, high + 0.7)], stone)
    count = 5
    for index in range(count):
        at = -top + index * 2 * top / (count - 0.5)
        builder.add_billboard(
            x,
            z,
            [(at, high + 0.7), (at + top * 0.22, high + 0.7), (at + top * 0.22, high + 1.3), (at, high + 1.3)],
            stone,
        )
    slit = "#ffd080" if builder.light.is_dark else "#3a3640"
    for v in (0.45, 0.75):
        y = high * v
        builder.add_billboard(
            x,
            z,
            [(-0.16, y), (0.16, y), (0.16, y + 0.9), (0, y + 1.15), (-0.16, y + 0.9)],
            slit,
            glow=0.7 if builder.light.is_dark else 0.0,
        )
    if roof:
        roof = _snowed(builder, roof)
        tip = high + half_m * 2.6
        builder.add_billboard(x, z, [(-top * 1.1, high + 0.6), (top * 1.1, high + 0.6), (0, tip)], roof)
        builder.add_billboard(x, z, [(top * 0.3, high + 0.6), (top * 1.1, high + 0.6), (0, tip)], scale_rgb(roof, 0.76))
        builder.add_billboard(x, z, [(0, tip), (0.05, tip), (0.05, tip + 1.5), (0, tip + 1.5)], "#4a4040")
        builder.add_billboard(x, z, [(0.05, tip + 1.5), (1.1, tip + 1.2), (0.05, tip + 0.9)], "#d8404c")


def add_curved_roof(builder: Exterior, x: Span, low: float, high: float, z: float, colour: str) -> None:
    """Add an East Asian roof seen from the front, with its edges turned up, to the object that was begun."""
    colour = _snowed(builder, colour)
    middle, half = (x[0] + x[1]) / 2, (x[1] - x[0]) / 2
    ridge = half * 0.5
    outline = [
        (-half, low + (high - low) * 0.22),
        (-half * 0.8, low),
        (half * 0.8, low),
        (half, low + (high - low) * 0.22),
    ]
    outline += [
        (half * 0.72, low + (high - low) * 0.42),
        (ridge * 1.05, high),
        (-ridge * 1.05, high),
        (-half * 0.72, low + (high - low) * 0.42),
    ]
    builder.add_flat([(middle + dx, y, z) for dx, y in outline], colour)
    for index in range(15):
        share = -1 + index / 7
        foot, top = middle + half * 0.8 * share, middle + ridge * share
        line = [(foot, low + 0.04), (foot + 0.07, low + 0.04), (top + 0.05, high), (top, high)]
        builder.add_flat([(dx, y, z - 0.01) for dx, y in line], scale_rgb(colour, 0.82))
    edge = [
        (-half, low + (high - low) * 0.22),
        (-half * 0.8, low),
        (half * 0.8, low),
        (half, low + (high - low) * 0.22),
    ]
    edge += [(half * 0.8, low - 0.18), (-half * 0.8, low - 0.18)]
    builder.add_flat([(middle + dx, y, z - 0.02) for dx, y in edge], scale_rgb(colour, 0.6))
    builder.add_flat(
        [(middle - ridge * 1.1, high - 0.1, z - 0.02), (middle + ridge * 1.1, high - 0.1, z - 0.02),
         (middle + ridge * 1.1, high + 0.25, z - 0.02), (middle - ridge * 1.1, high + 0.25, z - 0.02)],
        scale_rgb(colour, 0.7),
    )  # fmt: skip
