"""Furniture: each function adds one kind of thing to an interior, placed by the size of its room. Lengths in metres."""

from __future__ import annotations

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.interior import Interior
from tower_anime_assets.animatic.painter.set_builder import trapezoid

_CIRCLE = (
    (1.0, 0.0), (0.87, 0.5), (0.5, 0.87), (0.0, 1.0), (-0.5, 0.87), (-0.87, 0.5),
    (-1.0, 0.0), (-0.87, -0.5), (-0.5, -0.87), (0.0, -1.0), (0.5, -0.87), (0.87, -0.5),
)  # fmt: skip


def screens(builder: Interior) -> None:
    """Add two screens with lines of data to each wall but the one in front."""
    for side in (0, 1, 3):
        half = builder.half_length(side)
        for index in range(2):
            u = -half * 0.62 + index * half * 0.86
            wide = 1.25 + builder.rng.random() * 0.5
            builder.add_on_wall(side, (u - 0.06, u + wide + 0.06), (1.2, 2.22), "#1a2030")
            builder.add_on_wall(side, (u, u + wide), (1.26, 2.16), "#0e3550", glow=0.5)
            for row in range(6):
                v = 1.36 + row * 0.12
                length = wide * (0.2 + 0.55 * builder.rng.random())
                colour = (builder.room.trim, "#ffffff", builder.light.neon[1])[row % 3]
                builder.add_on_wall(side, (u + 0.1, u + 0.1 + length), (v, v + 0.04), colour, 0.9, own_light=True)


def bench(builder: Interior) -> None:
    """Add a laboratory bench along three walls, with vessels on it."""
    w, d = builder.half_size
    for x0, x1, z0, z1 in (
        (-w + 0.2, w - 0.2, d - 0.9, d - 0.2),
        (-w + 0.2, -w + 0.9, -0.6, d - 1.0),
        (w - 0.9, w - 0.2, -0.6, d - 1.0),
    ):
        builder.add_block((x0, x1), (0, 0.86), (z0, z1), "#77879c")
        builder.add_block((x0 - 0.03, x1 + 0.03), (0.86, 0.92), (z0 - 0.03, z1 + 0.03), "#d6e0ea")
    for index in range(7):
        x = -w + 0.7 + index * (2 * w - 1.4) / 6
        high = 0.14 + builder.rng.random() * 0.2
        colour = builder.rng.choice(("#46d8c8", "#ffb84d", "#e85d8a", "#c8d4e4"))
        builder.add_block((x, x + 0.13), (0.92, 0.92 + high), (d - 0.62, d - 0.5), colour)


def tanks(builder: Interior) -> None:
    """Add two glowing tanks with rising bubbles."""
    w, d = builder.half_size
    for x in (-w * 0.68, w * 0.66):
        z = d * 0.42
        builder.begin_object()
        builder.add_billboard(x, z, trapezoid(0.5, 0.5, 0, 0.3), "#4a566a")
        builder.add_billboard(x, z, trapezoid(0.42, 0.42, 0.3, 2.2), builder.room.trim, 0.55, glow=0.6)
        gleam = [(-0.34, 0.3), (-0.22, 0.3), (-0.22, 2.2), (-0.34, 2.2)]
        builder.add_billboard(x, z, gleam, "#ffffff", 0.35, glow=0.01)
        for _ in range(7):
            at, up, size = (builder.rng.uniform(*limits) for limits in ((-0.3, 0.3), (0.5, 2.0), (0.02, 0.05)))
            bubble = [(at - size, up), (at, up - size), (at + size, up), (at, up + size)]
            builder.add_billboard(x, z, bubble, "#ffffff", 0.7, glow=0.01)
        builder.add_billboard(x, z, trapezoid(0.5, 0.46, 2.2, 2.5), "#5b6880")


def rack(builder: Interior, places: tuple[tuple[float, float], ...] = ((0.2, 0.94),)) -> None:
    """Add racks of machines with blinking lights, at (x, z) as shares of the half width and depth."""
    w, d = builder.half_size
    for share_x, share_z in places:
        x, z = w * share_x, d * share_z - 0.5
        builder.add_block((x, x + 0.7), (0, 2.1), (z - 0.3, z + 0.3), "#2c3448")
        for row in range(9):
            v = 0.25 + row * 0.2
            builder.add_panel((x + 0.06, x + 0.64), (v, v + 0.13), z - 0.31, "#161b28")
            for at in (x + 0.12, x + 0.22, x + 0.32):
                if builder.rng.random() < 0.7:
                    colour = builder.rng.choice((builder.room.trim, "#58ff9a", "#ffb030"))
                    builder.add_panel((at, at + 0.05), (v + 0.04, v + 0.09), z - 0.32, colour, glow=0.6)


def racks(builder: Interior) -> None:
    """Add two aisles of racks, and three more racks at the end."""
    d = builder.room.half_depth_m
    for x0, x1, face in ((-2.9, -1.9, -1.89), (1.9, 2.9, 1.89)):
        z = -d + 0.4
        while z < d - 0.6:
            builder.add_block((x0, x1), (0, 2.4), (z, z + 1.0), "#27304a")
            for level in range(10):
                v = 0.22 + level * 0.21
                builder.add_panel(face, (v, v + 0.14), (z + 0.08, z + 0.92), "#121726")
                for at in (z + 0.14, z + 0.26, z + 0.38, z + 0.66, z + 0.78):
                    if builder.rng.random() < 0.6:
                        colour = builder.rng.choice((builder.room.trim, "#58ff9a", "#ff5a6a", "#ffffff"))
                        builder.add_panel(face, (v + 0.04, v + 0.1), (at, at + 0.06), colour, glow=0.7)
            z += 1.12
    rack(builder, ((-0.3, 0.98), (0.0, 0.98), (0.22, 0.98)))


def table(builder: Interior) -> None:
    """Add a long table with four chairs behind it."""
    d, wood = builder.room.half_depth_m, "#5d4038"
    builder.add_block((-2.2, 2.2), (0.7, 0.78), (1.3, min(2.5, d - 1.2)), wood)
    for x in (-1.8, 1.6):
        builder.add_block((x, x + 0.2), (0, 0.7), (1.7, 1.9), scale_rgb(wood, 0.7))
    for index in range(4):
        x, z = -1.9 + index * 1.1, min(2.9, d - 0.9)
        builder.add_block((x, x + 0.5), (0.42, 0.5), (z, z + 0.45), "#30303e")
        builder.add_block((x, x + 0.5), (0.5, 1.2), (z + 0.4, z + 0.48), "#393947")


def plants(builder: Interior) -> None:
    """Add a potted plant in each corner behind."""
    w, d = builder.half_size
    for x, z in ((-w + 0.6, d - 0.6), (w - 0.6, d - 0.7)):
        builder.begin_object()
        builder.add_billboard(x, z, trapezoid(0.2, 0.27, 0, 0.42), "#b8705a")
        for index in range(9):
            lean = (index - 4) / 4
            high = 1.25 - abs(lean) * 0.35 + builder.rng.uniform(-0.1, 0.15)
            leaf = [
                (-0.03, 0.42),
                (lean * 0.34 - 0.09, 0.42 + high * 0.55),
                (lean * 0.62, high + 0.3),
                (lean * 0.34 + 0.09, 0.42 + high * 0.5),
                (0.03, 0.42),
            ]
            builder.add_billboard(x, z, leaf, builder.rng.choice(("#3f8a5a", "#57a86a", "#2f6e4c")))


def art(builder: Interior) -> None:
    """Add an abstract painting to each side wall."""
    neon = builder.light.neon
    for side in (1, 3):
        half = builder.half_length(side)
        u = builder.rng.uniform(-half * 0.4, half * 0.2)
        builder.add_on_wall(side, (u - 0.07, u + 1.37), (1.1, 2.2), "#2c2730")
        builder.add_on_wall(side, (u, u + 1.3), (1.17, 2.13), mix(neon[0], "#ffffff", 0.55))
        builder.add_on_wall(side, (u + 0.15, u + 0.8), (1.3, 1.75), neon[1])
        builder.add_on_wall(side, (u + 0.6, u + 1.15), (1.5, 2.0), mix(neon[0], "#30203a", 0.5))


def doors(builder: Interior) -> None:
    """Add doors along both side walls, and a bright one at the end."""
    wall, neon = builder.room.wall, builder.light.neon
    for side in (1, 3):
        half = builder.half_length(side)
        u = -half + 2.0
        while u < half - 1.5:
            builder.add_on_wall(side, (u - 0.12, u + 1.12), (0, 2.25), scale_rgb(wall, 0.55))
            builder.add_on_wall(side, (u, u + 1.0), (0, 2.15), mix(wall, "#39465e", 0.5))
            builder.add_on_wall(side, (u + 0.2, u + 0.8), (1.35, 1.75), "#bfe6ff", glow=0.3)
            builder.add_on_wall(side, (u + 1.2, u + 1.3), (1.1, 1.35), neon[int(u) % len(neon)], glow=0.8)
            u += 3.4
    builder.add_on_wall(0, (-0.8, 0.8), (0, 2.3), scale_rgb(wall, 0.6))
    builder.add_on_wall(0, (-0.7, 0.7), (0, 2.2), "#c9e8ff", glow=0.6)
    builder.add_on_wall(0, (-0.02, 0.02), (0, 2.2), "#40506a")


def pipes(builder: Interior) -> None:
    """Add pipes under the ceiling."""
    w, d = builder.half_size
    y = builder.room.height_m - 0.3
    for x, colour in ((-w + 0.15, "#5f6b82"), (-w + 0.4, "#77839a"), (w - 0.2, "#5f6b82")):
        builder.add_panel((x, x + 0.14), y, (-d, d), colour)


def shelves(builder: Interior) -> None:
    """Add a shelf of books to each wall but the one in front."""
    spines = ("#b5524a", "#d9a85a", "#5a7fa0", "#6f9a6a", "#d8d0c0", "#7a5a8a")
    wide = 1.3
    for side in (0, 1, 3):
        u = builder.half_length(side) * (0.42 if side else -0.86)
        builder.add_on_wall(side, (u, u + wide), (0, 2.0), "#4c3a34")
        for row in range(4):
            v = 0.12 + row * 0.48
            builder.add_on_wall(side, (u + 0.05, u + wide - 0.05), (v, v + 0.42), "#2e2422")
            at = u + 0.08
            while at < u + wide - 0.16:
                thick, high = builder.rng.uniform(0.05, 0.14), builder.rng.uniform(0.2, 0.38)
                builder.add_on_wall(side, (at, at + thick), (v, v + high), builder.rng.choice(spines))
                at += thick + 0.015


def motorbike(builder: Interior) -> None:
    """Add a parked motorbike, seen from its side."""
    x, z = -builder.room.half_width_m * 0.42, builder.room.half_depth_m * 0.5
    builder.begin_object()
    for at in (-0.75, 0.75):
        for radius, colour in ((0.34, "#17171f"), (0.2, "#7d8496"), (0.12, "#2a2c38")):
            wheel = [(at + radius * dx, 0.34 + radius * dy) for dx, dy in _CIRCLE]
            builder.add_billboard(x, z, wheel, colour)
    engine = [(-0.6, 0.35), (0.3, 0.3), (0.55, 0.62), (0.1, 0.8), (-0.5, 0.62)]
    builder.add_billboard(x, z, engine, "#30333f")
    body = [(-1.05, 0.82), (-0.3, 0.7), (0.2, 0.74), (0.62, 0.98), (0.5, 0.6), (-0.1, 0.5), (-0.6, 0.6)]
    builder.add_billboard(x, z, body, builder.light.neon[0])
    fork = [(0.5, 0.62), (0.78, 0.34), (0.84, 0.38), (0.62, 1.05), (0.5, 1.12)]
    builder.add_billboard(x, z, fork, "#9aa2b4")
    builder.add_billboard(x, z, [(0.45, 1.05), (0.75, 1.0), (0.82, 0.86), (0.7, 0.78)], "#d8f4ff", glow=0.7)
    seat = [(-0.9, 0.86), (-0.3, 0.76), (0.05, 0.8), (-0.1, 0.9), (-0.6, 0.94)]
    builder.add_billboard(x, z, seat, "#1c1c26")


def tools(builder: Interior) -> None:
    """Add a board of tools to two walls."""
    for side in (0, 3):
        u = -builder.half_length(side) * 0.2
        builder.add_on_wall(side, (u, u + 2.0), (1.1, 2.1), "#8a6a48")
        for index in range(9):
            at = u + 0.15 + index * 0.2
            length = builder.rng.uniform(0.3, 0.62)
            colour = builder.rng.choice(("#c4c8d2", "#e0503c", "#f0b040", "#50586a"))
            builder.add_on_wall(side, (at, at + 0.05), (1.3, 1.3 + length), colour)


def barrels(builder: Interior) -> None:
    """Add two barrels in each corner behind."""
    w, d = builder.half_size
    for index, colour in enumerate(("#c8503c", "#3f7fa8", "#d8a03c", "#5a6a5a")):
        x = (w - 0.6 - (index % 2) * 0.7) * (1 if index < 2 else -1)
        z = d - 0.7 - (index % 2) * 0.3
        builder.begin_object()
        builder.add_billboard(x, z, trapezoid(0.3, 0.3, 0, 0.9), colour)
        builder.add_billboard(x, z, [(0.08, 0), (0.3, 0), (0.3, 0.9), (0.08, 0.9)], scale_rgb(colour, 0.7))
        for v in (0.28, 0.6):
            builder.add_billboard(x, z, trapezoid(0.31, 0.31, v, v + 0.04), scale_rgb(colour, 0.55))


def bed(builder: Interior) -> None:
    """Add a bed in the right corner behind."""
    w, d = builder.half_size
    builder.add_block((w - 2.3, w - 0.2), (0, 0.3), (d - 1.8, d - 0.4), "#6a4a3a")
    builder.add_block((w - 2.3, w - 0.25), (0.3, 0.55), (d - 1.75, d - 0.45), "#e8e4ea")
    blanket = mix(builder.room.trim, "#ffffff", 0.2)
    builder.add_block((w - 2.3, w - 1.0), (0.55, 0.6), (d - 1.78, d - 0.45), blanket)
    builder.add_block((w - 0.8, w - 0.35), (0.55, 0.72), (d - 1.5, d - 0.7), "#ffffff")


def desk(builder: Interior) -> None:
    """Add a desk with a computer in the left corner behind."""
    w, d = builder.half_size
    builder.add_block((-w + 0.2, -w + 1.9), (0.68, 0.74), (d - 1.0, d - 0.25), "#8a6a50")
    builder.add_block((-w + 0.25, -w + 0.7), (0, 0.68), (d - 0.95, d - 0.3), "#7a5a44")
    builder.add_block((-w + 0.8, -w + 1.5), (0.86, 1.32), (d - 0.5, d - 0.45), "#20222e")
    builder.add_panel((-w + 0.84, -w + 1.46), (0.9, 1.28), d - 0.51, "#7fd4ff", glow=0.7)


def posters(builder: Interior) -> None:
    """Add two posters to each wall but the one in front."""
    neon = builder.light.neon
    for side in (0, 1, 3):
        half = builder.half_length(side)
        for index in range(2):
            u = half * (-0.12 + index * 0.3) + builder.rng.uniform(-0.1, 0.1)
            colour = neon[(index + side) % len(neon)]
            builder.add_on_wall(side, (u, u + 0.55), (1.3, 2.1), mix(colour, "#ffffff", 0.3))
            builder.add_on_wall(side, (u + 0.08, u + 0.47), (1.5, 2.0), mix(colour, "#201830", 0.55))


def counter(builder: Interior) -> None:
    """Add a bar with a lit edge."""
    w, d = builder.half_size
    builder.add_block((-w + 0.3, w - 1.2), (0, 1.05), (d - 1.7, d - 1.1), "#5a3630")
    builder.add_block((-w + 0.2, w - 1.1), (1.05, 1.12), (d - 1.8, d - 1.05), "#a8683c")
    builder.add_panel((-w + 0.3, w - 1.2), (0.9, 0.94), d - 1.81, builder.room.trim, glow=0.8)


def bottles(builder: Interior) -> None:
    """Add three lit shelves of bottles to the wall behind."""
    half = builder.half_length(0)
    for row in range(3):
        v = 1.25 + row * 0.5
        builder.add_on_wall(0, (-half * 0.8, half * 0.7), (v - 0.05, v), "#8a5a34")
        builder.add_on_wall(0, (-half * 0.8, half * 0.7), (v, v + 0.42), "#ffb86a", 0.28, glow=0.25)
        u = -half * 0.78
        while u < half * 0.66:
            high = builder.rng.uniform(0.24, 0.36)
            colour = builder.rng.choice(("#4fa88a", "#c8783c", "#d8c89a", "#7a4a9a", "#b83c4a"))
            builder.add_on_wall(0, (u, u + 0.1), (v, v + high * 0.68), colour, own_light=True)
            builder.add_on_wall(0, (u + 0.03, u + 0.07), (v + high * 0.68, v + high), "#e8e0d0", 0.8)
            u += 0.17


def stools(builder: Interior) -> None:
    """Add four stools at the bar."""
    w, d = builder.half_size
    for index in range(4):
        x = -w * 0.7 + index * w * 0.4
        builder.begin_object()
        builder.add_billboard(x, d - 2.2, trapezoid(0.03, 0.03, 0, 0.72), "#9a9aa8")
        builder.add_billboard(x, d - 2.2, trapezoid(0.2, 0.2, 0.7, 0.82), "#b8384a")


def signs(builder: Interior) -> None:
    """Add two neon signs to each side wall."""
    neon = builder.light.neon
    for side in (1, 3):
        u = -builder.half_length(side) * 0.1
        for index in range(2):
            colour, v = neon[(index + side) % len(neon)], 1.5 + index * 0.55
            builder.add_on_wall(side, (u, u + 1.2), (v, v + 0.08), colour, glow=1.0)
            builder.add_on_wall(side, (u, u + 0.08), (v, v + 0.4), colour, glow=1.0)
            builder.add_on_wall(side, (u + 0.3, u + 0.9), (v + 0.18, v + 0.26), colour, glow=1.0)


def consoles(builder: Interior) -> None:
    """Add two control desks with lit keys."""
    w, d = builder.half_size
    for x0, x1 in ((-w + 0.3, -0.9), (0.9, w - 0.3)):
        builder.add_block((x0, x1), (0, 0.8), (d - 1.5, d - 0.7), "#4c586e")
        for index in range(6):
            at = x0 + 0.15 + index * (x1 - x0 - 0.3) / 6
            colour = builder.rng.choice((builder.room.trim, "#ffb84d", "#5fff9f"))
            builder.add_panel((at, at + 0.22), (0.5, 0.68), d - 1.51, colour, glow=0.7)


def crates(builder: Interior) -> None:
    """Add crates along both side walls."""
    w, d = builder.half_size
    for index in range(9):
        size = builder.rng.uniform(0.8, 1.3)
        x = (-w + 0.6 + builder.rng.uniform(0, 1.8)) * (1 if index % 2 else -1)
        z = builder.rng.uniform(0.8, d - 1.5)
        colour = builder.rng.choice(("#9a7448", "#7f8a5a", "#6a7688", "#a8603c"))
        builder.add_block((x, x + size), (0, size), (z, z + size), colour)
        builder.add_panel((x, x + size), (size * 0.42, size * 0.56), z - 0.01, scale_rgb(colour, 0.65))


def monitor(builder: Interior) -> None:
    """Add a heart monitor on its stand."""
    d = builder.room.half_depth_m
    z = d - 0.81
    builder.add_block((0.8, 1.5), (1.1, 1.6), (d - 0.8, d - 0.7), "#2c3440")
    builder.add_panel((0.85, 1.45), (1.15, 1.55), z, "#0c3a34", glow=0.4)
    beats = ((0.85, 1.34), (1.05, 1.34), (1.1, 1.5), (1.16, 1.22), (1.2, 1.34), (1.45, 1.34))
    builder.add_flat([(x, y, z) for x, y in (*beats, (1.45, 1.36), (0.85, 1.36))], "#58ff9a", glow=0.8)
    builder.add_block((1.1, 1.16), (0, 1.1), (d - 0.78, d - 0.72), "#a8b4bc")


def curtain(builder: Interior) -> None:
    """Add a folding curtain on the left."""
    z, high = builder.room.half_depth_m * 0.55, builder.room.height_m - 0.4
    for index in range(7):
        fold = [(0, 0.3), (0.24, 0.3), (0.24, high), (0, high)]
        builder.begin_object()
        x = -builder.room.half_width_m + 0.4 + index * 0.24
        builder.add_billboard(x, z, fold, "#a9d4d0" if index % 2 else "#c4e6e2")


def board(builder: Interior) -> None:
    """Add a blackboard with writing to the walls behind and on the right."""
    half = builder.half_length(0)
    for side in (0, 1):
        builder.add_on_wall(side, (-half * 0.5 - 0.08, half * 0.5 + 0.08), (0.92, 2.28), "#8a6238")
        builder.add_on_wall(side, (-half * 0.5, half * 0.5), (1.0, 2.2), "#2f5a48")
        for row in range(4):
            u, v = -half * 0.44, 1.95 - row * 0.22
            line = (u, u + builder.rng.uniform(0.8, 2.4))
            builder.add_on_wall(side, line, (v, 1.98 - row * 0.22), "#e8f4ec", 0.8)


def desks(builder: Interior) -> None:
    """Add two rows of school desks."""
    for row in range(2):
        for column in range(4):
            x, z = -3.3 + column * 1.9, builder.room.half_depth_m - 1.4 - row * 1.5
            builder.add_block((x, x + 0.75), (0.66, 0.72), (z, z + 0.5), "#c89a5a")
            for leg in (x + 0.03, x + 0.68):
                builder.add_block((leg, leg + 0.04), (0, 0.66), (z + 0.22, z + 0.26), "#8a929a")


def seats(builder: Interior) -> None:
    """Add a train's benches along both side walls."""
    w, d = builder.half_size
    for bench_x, back_x in (((-w, -(w - 0.5)), (-w, -(w - 0.1))), ((w - 0.5, w), (w - 0.1, w))):
        z = -d + 0.5
        while z < d - 2:
            builder.add_block(bench_x, (0.3, 0.48), (z, z + 1.9), "#3f8a5f")
            builder.add_block(back_x, (0.48, 0.95), (z, z + 1.9), "#4a9a6a")
            z += 2.5


def straps(builder: Interior) -> None:
    """Add two rails with hanging straps."""
    w, d = builder.half_size
    for x in (-(w - 0.55), w - 0.55):
        builder.add_panel((x, x + 0.03), 2.1, (-d, d), "#d8dce0")
        z = 0.4
        while z < d:
            builder.begin_object()
            builder.add_billboard(x, z, trapezoid(0.015, 0.015, 1.85, 2.1), "#e8e8ea")
            builder.add_billboard(x, z, trapezoid(0.08, 0.06, 1.68, 1.86), "#f4f4f2")
            z += 0.7


def pillars(builder: Interior) -> None:
    """Add two rows of pillars with lit bands."""
    for z in (-4.0, 1.6, 5.0, 8.5, 12.0):
        for x in (-3.4, 3.1):
            builder.add_block((x, x + 0.5), (0, builder.room.height_m), (z, z + 0.5), "#9aa4ae")
            builder.add_panel((x, x + 0.5), (1.9, 2.2), z - 0.01, builder.room.trim, glow=0.4)


def beams(builder: Interior) -> None:
    """Add steel columns along the walls, roller doors between them, and girders under the roof."""
    w, h = builder.room.half_width_m, builder.room.height_m
    for side in (0, 1, 3):
        half = builder.half_length(side)
        for index in range(4):
            u = -half + 0.6 + index * (2 * half - 1.2) / 3
            builder.add_on_wall(side, (u - 0.16, u + 0.16), (0, h), "#4a5058")
            builder.add_on_wall(side, (u - 0.05, u + 0.05), (0, h), "#7c848c")
        builder.add_on_wall(side, (-1.7, 1.7), (0, 3.3), "#3c4248")
        for row in range(11):
            slat = (row * 0.29 + 0.03, row * 0.29 + 0.24)
            builder.add_on_wall(side, (-1.6, 1.6), slat, "#8a6a4c" if row % 2 else "#7d5f44")
        builder.add_on_wall(side, (1.9, 2.3), (1.0, 1.5), builder.room.trim, glow=0.4)
    for z in range(-8, 9, 3):
        builder.add_panel((-w, w), (h - 0.5, h - 0.2), z, "#565c64")


def benches(builder: Interior) -> None:
    """Add two rows of platform benches."""
    for z in (2.6, 6.4):
        builder.add_block((3.9, 5.4), (0.4, 0.48), (z, z + 0.5), "#3f7fa8")
        builder.add_block((-5.4, -3.9), (0.4, 0.48), (z, z + 0.5), "#3f7fa8")
