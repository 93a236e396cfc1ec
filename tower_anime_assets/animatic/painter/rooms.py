"""Interiors: a box of a room in metres, dressed by what its name says. Every wall is drawn, so any angle works."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.set_builder import SetBuilder, Vertex


@dataclass(frozen=True)
class Room:
    """What a kind of room is made of; metres and local colours.

    Attributes:
        half_width: From the middle to the side walls.
        half_depth: From the middle to the wall behind.
        height: Of the ceiling.
        wall: Colour of the walls; likewise floor, ceiling and trim.
        windows: "panorama", "panes", "slits" or "none".
        lamps: "strips", "tubes", "pendants" or "none".
        lamp: Colour of the lamps.
        pattern: "panels", "bricks", "planks" or "plain" walls.
        furniture: Names of what stands in it.
    """

    half_width_m: float
    half_depth_m: float
    height_m: float
    wall: str
    floor: str
    ceiling: str
    trim: str
    windows: str = "none"
    lamps: str = "strips"
    lamp: str = "#e8f4ff"
    pattern: str = "panels"
    furniture: tuple[str, ...] = ()


ROOMS: dict[str, Room] = {
    "lab": Room(
        5.2,
        4.6,
        3.3,
        "#8fa3b8",
        "#5d6f86",
        "#6d7f96",
        "#37e0d0",
        "slits",
        "strips",
        "#bff4ff",
        "panels",
        ("screens", "bench", "tanks", "rack"),
    ),
    "office": Room(
        6.5,
        5.0,
        3.4,
        "#8a7f84",
        "#4a4450",
        "#6a6270",
        "#c9a227",
        "panorama",
        "strips",
        "#fff0d0",
        "panels",
        ("table", "plants", "art"),
    ),
    "corridor": Room(
        1.9,
        14.0,
        2.9,
        "#7f8aa3",
        "#4d566e",
        "#626d88",
        "#3fd0ff",
        "none",
        "strips",
        "#d8f0ff",
        "panels",
        ("doors", "pipes"),
    ),
    "garage": Room(
        5.5,
        5.0,
        4.0,
        "#7c6a60",
        "#55504f",
        "#4a4446",
        "#ff9a3d",
        "slits",
        "tubes",
        "#ffe9c4",
        "bricks",
        ("shelves", "motorbike", "tools", "barrels"),
    ),
    "apartment": Room(
        4.2,
        3.8,
        2.7,
        "#b9a394",
        "#8a6446",
        "#cdbfb2",
        "#e0785a",
        "panes",
        "pendants",
        "#ffdca8",
        "plain",
        ("bed", "shelves", "desk", "posters", "plants"),
    ),
    "bar": Room(
        4.8,
        4.4,
        3.0,
        "#6b4050",
        "#3d2a30",
        "#38242c",
        "#ff4f9a",
        "slits",
        "pendants",
        "#ffc27a",
        "bricks",
        ("counter", "bottles", "stools", "signs"),
    ),
    "server": Room(
        4.2, 8.0, 3.2, "#3d4a66", "#2e3850", "#2a3348", "#36c8ff", "none", "strips", "#9fe0ff", "panels", ("racks",)
    ),
    "ship": Room(
        4.6,
        5.2,
        2.9,
        "#6f7c92",
        "#444d60",
        "#4e586c",
        "#5fe0ff",
        "panorama",
        "strips",
        "#bfe8ff",
        "panels",
        ("consoles", "screens"),
    ),
    "warehouse": Room(
        8.0,
        9.0,
        6.0,
        "#6e7478",
        "#585a5c",
        "#4d5256",
        "#f0b030",
        "slits",
        "tubes",
        "#fff1cf",
        "panels",
        ("crates", "barrels", "beams"),
    ),
    "hospital": Room(
        4.6,
        4.2,
        2.8,
        "#b9cfd0",
        "#9fb6ba",
        "#d3e0e0",
        "#58b8b0",
        "panes",
        "strips",
        "#f2ffff",
        "plain",
        ("bed", "monitor", "curtain"),
    ),
    "school": Room(
        5.0,
        4.8,
        3.1,
        "#cdbf9f",
        "#a9804f",
        "#e0d8c4",
        "#4f7f5f",
        "panes",
        "tubes",
        "#fffbe8",
        "plain",
        ("board", "desks"),
    ),
    "train": Room(
        1.6,
        9.0,
        2.4,
        "#aab4bd",
        "#5e666f",
        "#c9d0d6",
        "#3fae6a",
        "panes",
        "strips",
        "#f4fbff",
        "plain",
        ("seats", "straps"),
    ),
    "station": Room(
        6.0,
        14.0,
        4.2,
        "#8d97a2",
        "#767d86",
        "#6c747e",
        "#ffb020",
        "slits",
        "tubes",
        "#f0f8ff",
        "panels",
        ("pillars", "benches", "signs"),
    ),
    "room": Room(
        4.6,
        4.4,
        2.9,
        "#9a93a6",
        "#6d5f66",
        "#b3adbb",
        "#e08a5a",
        "panes",
        "pendants",
        "#ffe4bc",
        "plain",
        ("shelves", "table", "art", "plants"),
    ),
}
"""Rooms by kind."""


class _RoomBuilder:
    """Draws one room: its shell, then its furniture."""

    def __init__(self, set_builder: SetBuilder, room: Room, seed: int) -> None:
        self.set_builder = set_builder
        self.room = room
        self.rng = random.Random(seed)  # noqa: S311 - decides where furniture stands, not secrets
        self.neon = set_builder.light.neon

    def wall_point(self, side: int, u: float, v: float, inset: float = 0.0) -> Vertex:
        """Return a vertex on a wall: 0 behind, 1 right, 2 in front, 3 left; u in metres from its middle."""
        w, d = self.room.half_width_m - inset, self.room.half_depth_m - inset
        return {0: (u, v, d), 1: (w, v, -u), 2: (-u, v, -d), 3: (-w, v, u)}[side]

    def half_length(self, side: int) -> float:
        """Return half the length of a wall."""
        return self.room.half_width_m if side % 2 == 0 else self.room.half_depth_m

    def add_on_wall(
        self,
        side: int,
        u: tuple[float, float],
        v: tuple[float, float],
        colour: str,
        opacity: float = 1.0,
        glow: float = 0.0,
        own_light: bool = False,
    ) -> None:
        if not self.is_wall_visible(side):
            return
        corners = [
            self.wall_point(side, u[0], v[0]),
            self.wall_point(side, u[1], v[0]),
            self.wall_point(side, u[1], v[1]),
            self.wall_point(side, u[0], v[1]),
        ]
        self.set_builder.add_flat(corners, colour, opacity, own_light or glow > 0, glow)

    def is_wall_visible(self, side: int) -> bool:
        """Return whether the camera stands on the inner side of a wall."""
        x, z = self.set_builder.eye_position()
        w, d = self.room.half_width_m, self.room.half_depth_m
        return (z < d, x < w, z > -d, x > -w)[side]

    def add_shell(self) -> None:
        room, set_builder = self.room, self.set_builder
        w, d, h = room.half_width_m, room.half_depth_m, room.height_m
        set_builder.add_flat([(-w, 0, -d), (w, 0, -d), (w, 0, d), (-w, 0, d)], room.floor)
        self._add_floor_lines()
        set_builder.add_flat([(-w, h, -d), (w, h, -d), (w, h, d), (-w, h, d)], room.ceiling)
        for side in range(4):
            shade = (1.0, 0.86, 0.9, 0.94)[side]
            if self.is_wall_visible(side):
                self._add_wall(side, scale_rgb(room.wall, shade))
        self._add_lamps()

    def _add_floor_lines(self) -> None:
        room, set_builder = self.room, self.set_builder
        w, d = room.half_width_m, room.half_depth_m
        dark, bright = scale_rgb(room.floor, 0.82), mix(room.floor, "#ffffff", 0.1)
        step = 0.5 if room.pattern == "plain" else 1.2
        count = int(2 * w / step)
        for index in range(count + 1):
            x = -w + index * step
            set_builder.add_flat([(x, 0, -d), (x + 0.02, 0, -d), (x + 0.02, 0, d), (x, 0, d)], dark)
        for index in range(int(2 * d / (step * 2)) + 1):
            z = -d + index * step * 2
            set_builder.add_flat([(-w, 0, z), (w, 0, z), (w, 0, z + 0.025), (-w, 0, z + 0.025)], dark)
            if index % 2:
                set_builder.add_flat([(-w, 0, z), (w, 0, z), (w, 0, z + step), (-w, 0, z + step)], bright, 0.25)

    def _add_wall(self, side: int, colour: str) -> None:
        room = self.room
        half, h = self.half_length(side), room.height_m
        full = [
            self.wall_point(side, -half, 0),
            self.wall_point(side, half, 0),
            self.wall_point(side, half, h),
            self.wall_point(side, -half, h),
        ]
        panes = self._window_panes(side)
        holes = [
            [
                self.wall_point(side, a, c),
                self.wall_point(side, b, c),
                self.wall_point(side, b, e),
                self.wall_point(side, a, e),
            ]
            for a, b, c, e in panes
        ]
        self.set_builder.add_flat_with_openings(full, holes, colour)
        if room.pattern == "panels":
            step = 1.5
            for index in range(int(2 * half / step) + 1):
                u = -half + index * step
                if not any(a - 0.05 < u < b + 0.05 for a, b, *_ in panes):
                    self.add_on_wall(side, (u, u + 0.035), (0, h), scale_rgb(colour, 0.72))
                    self.add_on_wall(side, (u + 0.035, u + 0.06), (0, h), mix(colour, "#ffffff", 0.22))
            self.add_on_wall(side, (-half, half), (0.94, 0.98), room.trim, own_light=True, glow=0.35)
        if room.pattern == "bricks":
            for row in range(int(h / 0.34)):
                v = row * 0.34
                for index in range(int(half / 0.6)):
                    if self.rng.random() < 0.3:
                        u = -half + index * 1.2 + (0.6 if row % 2 else 0)
                        if not any(a - 0.6 < u < b + 0.1 and c - 0.4 < v < e for a, b, c, e in panes):
                            self.add_on_wall(
                                side,
                                (u, u + 0.56),
                                (v, v + 0.3),
                                mix(colour, "#000000" if self.rng.random() < 0.6 else "#ffffff", 0.13),
                            )
        self.add_on_wall(side, (-half, half), (0, 0.14), scale_rgb(colour, 0.6))
        self.add_on_wall(side, (-half, half), (h - 0.1, h), scale_rgb(colour, 0.7))
        frame = scale_rgb(mix(colour, "#20242e", 0.55), 0.8)
        for a, b, c, e in panes:
            for u in (a, b - 0.06):
                self.add_on_wall(side, (u, u + 0.06), (c, e), frame)
            for v in (c, e - 0.06):
                self.add_on_wall(side, (a, b), (v, v + 0.06), frame)
            if room.windows == "panes":
                self.add_on_wall(side, ((a + b) / 2 - 0.03, (a + b) / 2 + 0.03), (c, e), frame)
                self.add_on_wall(side, (a - 0.28, a + 0.12), (c - 0.35, e + 0.15), mix(room.trim, "#ffffff", 0.45))
                self.add_on_wall(side, (b - 0.12, b + 0.28), (c - 0.35, e + 0.15), mix(room.trim, "#ffffff", 0.38))
            self.add_on_wall(side, (a + 0.1, a + (b - a) * 0.34), (c, e), "#ffffff", 0.08, own_light=True)

    def _window_panes(self, side: int) -> list[tuple[float, float, float, float]]:
        """Return (left, right, bottom, top) of the windows of a wall."""
        room, half = self.room, self.half_length(side)
        if room.windows == "panorama" and side in (0, 3):
            count = max(2, int(2 * half / 2.4))
            step = 2 * half / count
            return [
                (-half + i * step + 0.08, -half + (i + 1) * step - 0.08, 0.45, room.height_m - 0.3)
                for i in range(count)
            ]
        if room.windows == "panes" and side in (0, 1, 3):
            count = max(1, int(half / 1.7))
            step = 2 * half / count
            return [
                (-half + i * step + step * 0.26, -half + (i + 1) * step - step * 0.26, 0.95, room.height_m - 0.45)
                for i in range(count)
            ]
        if room.windows == "slits" and side in (0, 1, 3):
            count = max(1, int(half / 1.6))
            step = 2 * half / count
            return [
                (
                    -half + i * step + step * 0.14,
                    -half + (i + 1) * step - step * 0.14,
                    room.height_m - 1.0,
                    room.height_m - 0.4,
                )
                for i in range(count)
            ]
        return []

    def _add_lamps(self) -> None:
        room, set_builder = self.room, self.set_builder
        w, d, h = room.half_width_m, room.half_depth_m, room.height_m
        if room.lamps in ("strips", "tubes"):
            rows = (0.0,) if w < 3 else (-w * 0.45, w * 0.45)
            length = 1.6 if room.lamps == "tubes" else 2.2
            for x in rows:
                z = -d + 0.6
                while z < d - 0.4:
                    wide = 0.09 if room.lamps == "tubes" else 0.2
                    set_builder.add_flat(
                        [
                            (x - wide, h - 0.02, z),
                            (x + wide, h - 0.02, z),
                            (x + wide, h - 0.02, z + length),
                            (x - wide, h - 0.02, z + length),
                        ],
                        room.lamp,
                        own_light=True,
                        glow=0.8,
                    )
                    z += length + 0.9
            return
        for x in (-w * 0.5, 0.1, w * 0.5):
            z = d * 0.45
            set_builder.begin_object()
            set_builder.add_billboard(x, z, [(-0.01, h - 0.8), (0.01, h - 0.8), (0.01, h), (-0.01, h)], "#2a2430")
            set_builder.add_billboard(
                x,
                z,
                [(-0.2, h - 0.98), (0.2, h - 0.98), (0.11, h - 0.78), (-0.11, h - 0.78)],
                scale_rgb(room.trim, 0.7),
            )
            set_builder.add_billboard(
                x, z, [(-0.16, h - 1.02), (0.16, h - 1.02), (0.18, h - 0.97), (-0.18, h - 0.97)], room.lamp, glow=1.0
            )

    def furnish(self) -> None:
        for name in self.room.furniture:
            FURNITURE[name](self)


def _screens(builder: _RoomBuilder) -> None:
    for side in (0, 1, 3):
        half = builder.half_length(side)
        for index in range(2):
            u = -half * 0.62 + index * half * 0.86
            wide = 1.25 + builder.rng.random() * 0.5
            builder.add_on_wall(side, (u - 0.06, u + wide + 0.06), (1.2, 2.22), "#1a2030")
            builder.add_on_wall(side, (u, u + wide), (1.26, 2.16), "#0e3550", own_light=True, glow=0.5)
            for row in range(6):
                v = 1.36 + row * 0.12
                length = wide * (0.2 + 0.55 * builder.rng.random())
                colour = (builder.room.trim, "#ffffff", builder.neon[1])[row % 3]
                builder.add_on_wall(side, (u + 0.1, u + 0.1 + length), (v, v + 0.04), colour, 0.9, own_light=True)


def _bench(builder: _RoomBuilder) -> None:
    w, d = builder.room.half_width_m, builder.room.half_depth_m
    for x0, x1, z0, z1 in (
        (-w + 0.2, w - 0.2, d - 0.9, d - 0.2),
        (-w + 0.2, -w + 0.9, -0.6, d - 1.0),
        (w - 0.9, w - 0.2, -0.6, d - 1.0),
    ):
        builder.set_builder.add_block((x0, x1), (0, 0.86), (z0, z1), "#77879c")
        builder.set_builder.add_block((x0 - 0.03, x1 + 0.03), (0.86, 0.92), (z0 - 0.03, z1 + 0.03), "#d6e0ea")
    for index in range(7):
        x = -w + 0.7 + index * (2 * w - 1.4) / 6
        high = 0.14 + builder.rng.random() * 0.2
        builder.set_builder.add_block(
            (x, x + 0.13),
            (0.92, 0.92 + high),
            (d - 0.62, d - 0.5),
            builder.rng.choice(("#46d8c8", "#ffb84d", "#e85d8a", "#c8d4e4")),
        )


def _tanks(builder: _RoomBuilder) -> None:
    w, d = builder.room.half_width_m, builder.room.half_depth_m
    for x in (-w * 0.68, w * 0.66):
        z = d * 0.42
        builder.set_builder.begin_object()
        builder.set_builder.add_billboard(x, z, [(-0.5, 0), (0.5, 0), (0.5, 0.3), (-0.5, 0.3)], "#4a566a")
        builder.set_builder.add_billboard(
            x, z, [(-0.42, 0.3), (0.42, 0.3), (0.42, 2.2), (-0.42, 2.2)], builder.room.trim, 0.55, glow=0.6
        )
        builder.set_builder.add_billboard(
            x, z, [(-0.34, 0.3), (-0.22, 0.3), (-0.22, 2.2), (-0.34, 2.2)], "#ffffff", 0.35, glow=0.01
        )
        for _ in range(7):
            at, up, size = (
                builder.rng.uniform(-0.3, 0.3),
                builder.rng.uniform(0.5, 2.0),
                builder.rng.uniform(0.02, 0.05),
            )
            builder.set_builder.add_billboard(
                x, z, [(at - size, up), (at, up - size), (at + size, up), (at, up + size)], "#ffffff", 0.7, glow=0.01
            )
        builder.set_builder.add_billboard(x, z, [(-0.5, 2.2), (0.5, 2.2), (0.46, 2.5), (-0.46, 2.5)], "#5b6880")


def _rack(builder: _RoomBuilder, places: tuple[tuple[float, float], ...] = ((0.2, 0.94),)) -> None:
    w, d = builder.room.half_width_m, builder.room.half_depth_m
    for share_x, share_z in places:
        x, z = w * share_x, d * share_z - 0.5
        builder.set_builder.add_block((x, x + 0.7), (0, 2.1), (z - 0.3, z + 0.3), "#2c3448")
        for row in range(9):
            v = 0.25 + row * 0.2
            builder.set_builder.add_flat(
                [
                    (x + 0.06, v, z - 0.31),
                    (x + 0.64, v, z - 0.31),
                    (x + 0.64, v + 0.13, z - 0.31),
                    (x + 0.06, v + 0.13, z - 0.31),
                ],
                "#161b28",
            )
            for at in (0.12, 0.22, 0.32):
                if builder.rng.random() < 0.7:
                    builder.set_builder.add_flat(
                        [
                            (x + at, v + 0.04, z - 0.32),
                            (x + at + 0.05, v + 0.04, z - 0.32),
                            (x + at + 0.05, v + 0.09, z - 0.32),
                            (x + at, v + 0.09, z - 0.32),
                        ],
                        builder.rng.choice((builder.room.trim, "#58ff9a", "#ffb030")),
                        own_light=True,
                        glow=0.6,
                    )


def _racks(builder: _RoomBuilder) -> None:
    set_builder, d = builder.set_builder, builder.room.half_depth_m
    for row in (-1, 1):
        z = -d + 0.4
        while z < d - 0.6:
            x0, x1 = (-2.9, -1.9) if row < 0 else (1.9, 2.9)
            set_builder.add_block((x0, x1), (0, 2.4), (z, z + 1.0), "#27304a")
            face = x1 + 0.01 if row < 0 else x0 - 0.01
            for level in range(10):
                v = 0.22 + level * 0.21
                set_builder.add_flat(
                    [(face, v, z + 0.08), (face, v, z + 0.92), (face, v + 0.14, z + 0.92), (face, v + 0.14, z + 0.08)],
                    "#121726",
                )
                for at in (0.14, 0.26, 0.38, 0.66, 0.78):
                    if builder.rng.random() < 0.6:
                        set_builder.add_flat(
                            [
                                (face, v + 0.04, z + at),
                                (face, v + 0.04, z + at + 0.06),
                                (face, v + 0.1, z + at + 0.06),
                                (face, v + 0.1, z + at),
                            ],
                            builder.rng.choice((builder.room.trim, "#58ff9a", "#ff5a6a", "#ffffff")),
                            own_light=True,
                            glow=0.7,
                        )
            z += 1.12
    _rack(builder, ((-0.3, 0.98), (0.0, 0.98), (0.22, 0.98)))


def _table(builder: _RoomBuilder) -> None:
    d = builder.room.half_depth_m
    wood = "#5d4038"
    builder.set_builder.add_block((-2.2, 2.2), (0.7, 0.78), (1.3, min(2.5, d - 1.2)), wood)
    for x in (-1.8, 1.6):
        builder.set_builder.add_block((x, x + 0.2), (0, 0.7), (1.7, 1.9), scale_rgb(wood, 0.7))
    for index in range(4):
        x = -1.9 + index * 1.1
        z = min(2.9, d - 0.9)
        builder.set_builder.add_block((x, x + 0.5), (0.42, 0.5), (z, z + 0.45), "#30303e")
        builder.set_builder.add_block((x, x + 0.5), (0.5, 1.2), (z + 0.4, z + 0.48), "#393947")


def _plants(builder: _RoomBuilder) -> None:
    w, d = builder.room.half_width_m, builder.room.half_depth_m
    for x, z in ((-w + 0.6, d - 0.6), (w - 0.6, d - 0.7)):
        builder.set_builder.begin_object()
        builder.set_builder.add_billboard(x, z, [(-0.2, 0), (0.2, 0), (0.27, 0.42), (-0.27, 0.42)], "#b8705a")
        for index in range(9):
            lean = (index - 4) / 4
            high = 1.25 - abs(lean) * 0.35 + builder.rng.uniform(-0.1, 0.15)
            builder.set_builder.add_billboard(
                x,
                z,
                [
                    (-0.03, 0.42),
                    (lean * 0.34 - 0.09, 0.42 + high * 0.55),
                    (lean * 0.62, high + 0.3),
                    (lean * 0.34 + 0.09, 0.42 + high * 0.5),
                    (0.03, 0.42),
                ],
                builder.rng.choice(("#3f8a5a", "#57a86a", "#2f6e4c")),
            )


def _art(builder: _RoomBuilder) -> None:
    for side in (1, 3):
        half = builder.half_length(side)
        u = builder.rng.uniform(-half * 0.4, half * 0.2)
        builder.add_on_wall(side, (u - 0.07, u + 1.37), (1.1, 2.2), "#2c2730")
        builder.add_on_wall(side, (u, u + 1.3), (1.17, 2.13), mix(builder.neon[0], "#ffffff", 0.55))
        builder.add_on_wall(side, (u + 0.15, u + 0.8), (1.3, 1.75), builder.neon[1])
        builder.add_on_wall(side, (u + 0.6, u + 1.15), (1.5, 2.0), mix(builder.neon[0], "#30203a", 0.5))


def _doors(builder: _RoomBuilder) -> None:
    for side in (1, 3):
        half = builder.half_length(side)
        u = -half + 2.0
        while u < half - 1.5:
            builder.add_on_wall(side, (u - 0.12, u + 1.12), (0, 2.25), scale_rgb(builder.room.wall, 0.55))
            builder.add_on_wall(side, (u, u + 1.0), (0, 2.15), mix(builder.room.wall, "#39465e", 0.5))
            builder.add_on_wall(side, (u + 0.2, u + 0.8), (1.35, 1.75), "#bfe6ff", own_light=True, glow=0.3)
            builder.add_on_wall(
                side,
                (u + 1.2, u + 1.3),
                (1.1, 1.35),
                builder.neon[int(u) % len(builder.neon)],
                own_light=True,
                glow=0.8,
            )
            u += 3.4
    builder.add_on_wall(0, (-0.8, 0.8), (0, 2.3), scale_rgb(builder.room.wall, 0.6))
    builder.add_on_wall(0, (-0.7, 0.7), (0, 2.2), "#c9e8ff", own_light=True, glow=0.6)
    builder.add_on_wall(0, (-0.02, 0.02), (0, 2.2), "#40506a")


def _pipes(builder: _RoomBuilder) -> None:
    w, d, h = builder.room.half_width_m, builder.room.half_depth_m, builder.room.height_m
    for x, colour in ((-w + 0.15, "#5f6b82"), (-w + 0.4, "#77839a"), (w - 0.2, "#5f6b82")):
        builder.set_builder.add_flat(
            [(x, h - 0.3, -d), (x + 0.14, h - 0.3, -d), (x + 0.14, h - 0.3, d), (x, h - 0.3, d)], colour
        )


def _shelves(builder: _RoomBuilder) -> None:
    for side in (0, 1, 3):
        half = builder.half_length(side)
        u = half * (0.42 if side else -0.86)
        wide = 1.3
        builder.add_on_wall(side, (u, u + wide), (0, 2.0), "#4c3a34")
        for row in range(4):
            v = 0.12 + row * 0.48
            builder.add_on_wall(side, (u + 0.05, u + wide - 0.05), (v, v + 0.42), "#2e2422")
            at = u + 0.08
            while at < u + wide - 0.16:
                thick = builder.rng.uniform(0.05, 0.14)
                high = builder.rng.uniform(0.2, 0.38)
                builder.add_on_wall(
                    side,
                    (at, at + thick),
                    (v, v + high),
                    builder.rng.choice(("#b5524a", "#d9a85a", "#5a7fa0", "#6f9a6a", "#d8d0c0", "#7a5a8a")),
                )
                at += thick + 0.015


def _motorbike(builder: _RoomBuilder) -> None:
    d = builder.room.half_depth_m
    x, z = -builder.room.half_width_m * 0.42, d * 0.5
    builder.set_builder.begin_object()
    draw = builder.set_builder.add_billboard
    body = builder.neon[0]
    for at in (-0.75, 0.75):
        ring = [(at + 0.34 * dx, 0.34 + 0.34 * dy) for dx, dy in _CIRCLE]
        draw(x, z, ring, "#17171f")
        draw(x, z, [(at + 0.2 * dx, 0.34 + 0.2 * dy) for dx, dy in _CIRCLE], "#7d8496")
        draw(x, z, [(at + 0.12 * dx, 0.34 + 0.12 * dy) for dx, dy in _CIRCLE], "#2a2c38")
    draw(x, z, [(-0.6, 0.35), (0.3, 0.3), (0.55, 0.62), (0.1, 0.8), (-0.5, 0.62)], "#30333f")
    draw(x, z, [(-1.05, 0.82), (-0.3, 0.7), (0.2, 0.74), (0.62, 0.98), (0.5, 0.6), (-0.1, 0.5), (-0.6, 0.6)], body)
    draw(x, z, [(0.5, 0.62), (0.78, 0.34), (0.84, 0.38), (0.62, 1.05), (0.5, 1.12)], "#9aa2b4")
    draw(x, z, [(0.45, 1.05), (0.75, 1.0), (0.82, 0.86), (0.7, 0.78)], "#d8f4ff", glow=0.7)
    draw(x, z, [(-0.9, 0.86), (-0.3, 0.76), (0.05, 0.8), (-0.1, 0.9), (-0.6, 0.94)], "#1c1c26")


_CIRCLE = [
    (1.0, 0.0),
    (0.87, 0.5),
    (0.5, 0.87),
    (0.0, 1.0),
    (-0.5, 0.87),
    (-0.87, 0.5),
    (-1.0, 0.0),
    (-0.87, -0.5),
    (-0.5, -0.87),
    (0.0, -1.0),
    (0.5, -0.87),
    (0.87, -0.5),
]


def _tools(builder: _RoomBuilder) -> None:
    for side in (0, 3):
        half = builder.half_length(side)
        u = -half * 0.2
        builder.add_on_wall(side, (u, u + 2.0), (1.1, 2.1), "#8a6a48")
        for index in range(9):
            at = u + 0.15 + index * 0.2
            builder.add_on_wall(
                side,
                (at, at + 0.05),
                (1.3, 1.3 + builder.rng.uniform(0.3, 0.62)),
                builder.rng.choice(("#c4c8d2", "#e0503c", "#f0b040", "#50586a")),
            )


def _barrels(builder: _RoomBuilder) -> None:
    w, d = builder.room.half_width_m, builder.room.half_depth_m
    for index in range(4):
        x = (w - 0.6 - (index % 2) * 0.7) * (1 if index < 2 else -1)
        z = d - 0.7 - (index % 2) * 0.3
        colour = ("#c8503c", "#3f7fa8", "#d8a03c", "#5a6a5a")[index]
        builder.set_builder.begin_object()
        builder.set_builder.add_billboard(x, z, [(-0.3, 0), (0.3, 0), (0.3, 0.9), (-0.3, 0.9)], colour)
        builder.set_builder.add_billboard(x, z, [(0.08, 0), (0.3, 0), (0.3, 0.9), (0.08, 0.9)], scale_rgb(colour, 0.7))
        for v in (0.28, 0.6):
            builder.set_builder.add_billboard(
                x, z, [(-0.31, v), (0.31, v), (0.31, v + 0.04), (-0.31, v + 0.04)], scale_rgb(colour, 0.55)
            )


def _bed(builder: _RoomBuilder) -> None:
    w, d = builder.room.half_width_m, builder.room.half_depth_m
    builder.set_builder.add_block((w - 2.3, w - 0.2), (0, 0.3), (d - 1.8, d - 0.4), "#6a4a3a")
    builder.set_builder.add_block((w - 2.3, w - 0.25), (0.3, 0.55), (d - 1.75, d - 0.45), "#e8e4ea")
    builder.set_builder.add_block(
        (w - 2.3, w - 1.0), (0.55, 0.6), (d - 1.78, d - 0.45), mix(builder.room.trim, "#ffffff", 0.2)
    )
    builder.set_builder.add_block((w - 0.8, w - 0.35), (0.55, 0.72), (d - 1.5, d - 0.7), "#ffffff")


def _desk(builder: _RoomBuilder) -> None:
    w, d = builder.room.half_width_m, builder.room.half_depth_m
    builder.set_builder.add_block((-w + 0.2, -w + 1.9), (0.68, 0.74), (d - 1.0, d - 0.25), "#8a6a50")
    builder.set_builder.add_block((-w + 0.25, -w + 0.7), (0, 0.68), (d - 0.95, d - 0.3), "#7a5a44")
    builder.set_builder.add_block((-w + 0.8, -w + 1.5), (0.86, 1.32), (d - 0.5, d - 0.45), "#20222e")
    z = d - 0.51
    builder.set_builder.add_flat(
        [(-w + 0.84, 0.9, z), (-w + 1.46, 0.9, z), (-w + 1.46, 1.28, z), (-w + 0.84, 1.28, z)],
        "#7fd4ff",
        own_light=True,
        glow=0.7,
    )


def _posters(builder: _RoomBuilder) -> None:
    for side in (0, 1, 3):
        half = builder.half_length(side)
        for index in range(2):
            u = half * (-0.12 + index * 0.3) + builder.rng.uniform(-0.1, 0.1)
            colour = builder.neon[(index + side) % len(builder.neon)]
            builder.add_on_wall(side, (u, u + 0.55), (1.3, 2.1), mix(colour, "#ffffff", 0.3))
            builder.add_on_wall(side, (u + 0.08, u + 0.47), (1.5, 2.0), mix(colour, "#201830", 0.55))


def _counter(builder: _RoomBuilder) -> None:
    w, d = builder.room.half_width_m, builder.room.half_depth_m
    builder.set_builder.add_block((-w + 0.3, w - 1.2), (0, 1.05), (d - 1.7, d - 1.1), "#5a3630")
    builder.set_builder.add_block((-w + 0.2, w - 1.1), (1.05, 1.12), (d - 1.8, d - 1.05), "#a8683c")
    z = d - 1.81
    builder.set_builder.add_flat(
        [(-w + 0.3, 0.9, z), (w - 1.2, 0.9, z), (w - 1.2, 0.94, z), (-w + 0.3, 0.94, z)],
        builder.room.trim,
        own_light=True,
        glow=0.8,
    )


def _bottles(builder: _RoomBuilder) -> None:
    half = builder.half_length(0)
    for row in range(3):
        v = 1.25 + row * 0.5
        builder.add_on_wall(0, (-half * 0.8, half * 0.7), (v - 0.05, v), "#8a5a34")
        builder.add_on_wall(0, (-half * 0.8, half * 0.7), (v, v + 0.42), "#ffb86a", 0.28, own_light=True, glow=0.25)
        u = -half * 0.78
        while u < half * 0.66:
            high = builder.rng.uniform(0.24, 0.36)
            builder.add_on_wall(
                0,
                (u, u + 0.1),
                (v, v + high * 0.68),
                builder.rng.choice(("#4fa88a", "#c8783c", "#d8c89a", "#7a4a9a", "#b83c4a")),
                own_light=True,
            )
            builder.add_on_wall(0, (u + 0.03, u + 0.07), (v + high * 0.68, v + high), "#e8e0d0", 0.8)
            u += 0.17


def _stools(builder: _RoomBuilder) -> None:
    w, d = builder.room.half_width_m, builder.room.half_depth_m
    for index in range(4):
        x = -w * 0.7 + index * w * 0.4
        builder.set_builder.begin_object()
        builder.set_builder.add_billboard(x, d - 2.2, [(-0.03, 0), (0.03, 0), (0.03, 0.72), (-0.03, 0.72)], "#9a9aa8")
        builder.set_builder.add_billboard(x, d - 2.2, [(-0.2, 0.7), (0.2, 0.7), (0.2, 0.82), (-0.2, 0.82)], "#b8384a")


def _signs(builder: _RoomBuilder) -> None:
    for side in (1, 3):
        half = builder.half_length(side)
        u = -half * 0.1
        for index in range(2):
            colour = builder.neon[(index + side) % len(builder.neon)]
            v = 1.5 + index * 0.55
            builder.add_on_wall(side, (u, u + 1.2), (v, v + 0.08), colour, own_light=True, glow=1.0)
            builder.add_on_wall(side, (u, u + 0.08), (v, v + 0.4), colour, own_light=True, glow=1.0)
            builder.add_on_wall(side, (u + 0.3, u + 0.9), (v + 0.18, v + 0.26), colour, own_light=True, glow=1.0)


def _consoles(builder: _RoomBuilder) -> None:
    w, d = builder.room.half_width_m, builder.room.half_depth_m
    for x0, x1 in ((-w + 0.3, -0.9), (0.9, w - 0.3)):
        builder.set_builder.add_block((x0, x1), (0, 0.8), (d - 1.5, d - 0.7), "#4c586e")
        z = d - 1.51
        for index in range(6):
            at = x0 + 0.15 + index * (x1 - x0 - 0.3) / 6
            builder.set_builder.add_flat(
                [(at, 0.5, z), (at + 0.22, 0.5, z), (at + 0.22, 0.68, z), (at, 0.68, z)],
                builder.rng.choice((builder.room.trim, "#ffb84d", "#5fff9f")),
                own_light=True,
                glow=0.7,
            )


def _crates(builder: _RoomBuilder) -> None:
    w, d = builder.room.half_width_m, builder.room.half_depth_m
    for index in range(9):
        size = builder.rng.uniform(0.8, 1.3)
        x = (-w + 0.6 + builder.rng.uniform(0, 1.8)) * (1 if index % 2 else -1)
        z = builder.rng.uniform(0.8, d - 1.5)
        colour = builder.rng.choice(("#9a7448", "#7f8a5a", "#6a7688", "#a8603c"))
        builder.set_builder.add_block((x, x + size), (0, size), (z, z + size), colour)
        builder.set_builder.add_flat(
            [
                (x, size * 0.42, z - 0.01),
                (x + size, size * 0.42, z - 0.01),
                (x + size, size * 0.56, z - 0.01),
                (x, size * 0.56, z - 0.01),
            ],
            scale_rgb(colour, 0.65),
        )


def _monitor(builder: _RoomBuilder) -> None:
    d = builder.room.half_depth_m
    builder.set_builder.add_block((0.8, 1.5), (1.1, 1.6), (d - 0.8, d - 0.7), "#2c3440")
    z = d - 0.81
    builder.set_builder.add_flat(
        [(0.85, 1.15, z), (1.45, 1.15, z), (1.45, 1.55, z), (0.85, 1.55, z)], "#0c3a34", own_light=True, glow=0.4
    )
    builder.set_builder.add_flat(
        [
            (0.85, 1.34, z),
            (1.05, 1.34, z),
            (1.1, 1.5, z),
            (1.16, 1.22, z),
            (1.2, 1.34, z),
            (1.45, 1.34, z),
            (1.45, 1.36, z),
            (0.85, 1.36, z),
        ],
        "#58ff9a",
        own_light=True,
        glow=0.8,
    )
    builder.set_builder.add_block((1.1, 1.16), (0, 1.1), (d - 0.78, d - 0.72), "#a8b4bc")


def _curtain(builder: _RoomBuilder) -> None:
    w, d, h = builder.room.half_width_m, builder.room.half_depth_m, builder.room.height_m
    for index in range(7):
        x = -w + 0.4 + index * 0.24
        builder.set_builder.begin_object()
        builder.set_builder.add_billboard(
            x, d * 0.55, [(0, 0.3), (0.24, 0.3), (0.24, h - 0.4), (0, h - 0.4)], "#a9d4d0" if index % 2 else "#c4e6e2"
        )


def _board(builder: _RoomBuilder) -> None:
    half = builder.half_length(0)
    for side in (0, 1):
        builder.add_on_wall(side, (-half * 0.5 - 0.08, half * 0.5 + 0.08), (0.92, 2.28), "#8a6238")
        builder.add_on_wall(side, (-half * 0.5, half * 0.5), (1.0, 2.2), "#2f5a48")
        for row in range(4):
            u = -half * 0.44
            builder.add_on_wall(
                side, (u, u + builder.rng.uniform(0.8, 2.4)), (1.95 - row * 0.22, 1.98 - row * 0.22), "#e8f4ec", 0.8
            )


def _desks(builder: _RoomBuilder) -> None:
    d = builder.room.half_depth_m
    for row in range(2):
        for column in range(4):
            x, z = -3.3 + column * 1.9, d - 1.4 - row * 1.5
            builder.set_builder.add_block((x, x + 0.75), (0.66, 0.72), (z, z + 0.5), "#c89a5a")
            for leg in (x + 0.03, x + 0.68):
                builder.set_builder.add_block((leg, leg + 0.04), (0, 0.66), (z + 0.22, z + 0.26), "#8a929a")


def _seats(builder: _RoomBuilder) -> None:
    w, d = builder.room.half_width_m, builder.room.half_depth_m
    for side in (-1, 1):
        z = -d + 0.5
        while z < d - 2:
            x0, x1 = sorted((side * (w - 0.5), side * w))
            builder.set_builder.add_block((x0, x1), (0.3, 0.48), (z, z + 1.9), "#3f8a5f")
            x0, x1 = sorted((side * (w - 0.1), side * w))
            builder.set_builder.add_block((x0, x1), (0.48, 0.95), (z, z + 1.9), "#4a9a6a")
            z += 2.5


def _straps(builder: _RoomBuilder) -> None:
    w, d = builder.room.half_width_m, builder.room.half_depth_m
    for side in (-1, 1):
        x = side * (w - 0.55)
        builder.set_builder.add_flat([(x, 2.1, -d), (x + 0.03, 2.1, -d), (x + 0.03, 2.1, d), (x, 2.1, d)], "#d8dce0")
        z = 0.4
        while z < d:
            builder.set_builder.begin_object()
            builder.set_builder.add_billboard(
                x, z, [(-0.015, 1.85), (0.015, 1.85), (0.015, 2.1), (-0.015, 2.1)], "#e8e8ea"
            )
            builder.set_builder.add_billboard(
                x, z, [(-0.08, 1.68), (0.08, 1.68), (0.06, 1.86), (-0.06, 1.86)], "#f4f4f2"
            )
            z += 0.7


def _pillars(builder: _RoomBuilder) -> None:
    h = builder.room.height_m
    for z in (-4.0, 1.6, 5.0, 8.5, 12.0):
        for x in (-3.4, 3.1):
            builder.set_builder.add_block((x, x + 0.5), (0, h), (z, z + 0.5), "#9aa4ae")
            builder.set_builder.add_flat(
                [(x, 1.9, z - 0.01), (x + 0.5, 1.9, z - 0.01), (x + 0.5, 2.2, z - 0.01), (x, 2.2, z - 0.01)],
                builder.room.trim,
                own_light=True,
                glow=0.4,
            )


def _beams(builder: _RoomBuilder) -> None:
    """Add steel columns along the walls, roller doors between them, and girders under the roof."""
    w, d, h = builder.room.half_width_m, builder.room.half_depth_m, builder.room.height_m
    for side in (0, 1, 3):
        half = builder.half_length(side)
        for index in range(4):
            u = -half + 0.6 + index * (2 * half - 1.2) / 3
            builder.add_on_wall(side, (u - 0.16, u + 0.16), (0, h), "#4a5058")
            builder.add_on_wall(side, (u - 0.05, u + 0.05), (0, h), "#7c848c")
        builder.add_on_wall(side, (-1.7, 1.7), (0, 3.3), "#3c4248")
        for row in range(11):
            builder.add_on_wall(
                side, (-1.6, 1.6), (row * 0.29 + 0.03, row * 0.29 + 0.24), "#8a6a4c" if row % 2 else "#7d5f44"
            )
        builder.add_on_wall(side, (1.9, 2.3), (1.0, 1.5), builder.room.trim, own_light=True, glow=0.4)
    for z in range(-8, 9, 3):
        builder.set_builder.add_flat([(-w, h - 0.5, z), (w, h - 0.5, z), (w, h - 0.2, z), (-w, h - 0.2, z)], "#565c64")
    del d


def _benches(builder: _RoomBuilder) -> None:
    for z in (2.6, 6.4):
        builder.set_builder.add_block((3.9, 5.4), (0.4, 0.48), (z, z + 0.5), "#3f7fa8")
        builder.set_builder.add_block((-5.4, -3.9), (0.4, 0.48), (z, z + 0.5), "#3f7fa8")


FURNITURE: dict[str, Callable[[_RoomBuilder], None]] = {
    "screens": _screens,
    "bench": _bench,
    "tanks": _tanks,
    "rack": _rack,
    "racks": _racks,
    "table": _table,
    "plants": _plants,
    "art": _art,
    "doors": _doors,
    "pipes": _pipes,
    "shelves": _shelves,
    "motorbike": _motorbike,
    "tools": _tools,
    "barrels": _barrels,
    "bed": _bed,
    "desk": _desk,
    "posters": _posters,
    "counter": _counter,
    "bottles": _bottles,
    "stools": _stools,
    "signs": _signs,
    "consoles": _consoles,
    "crates": _crates,
    "monitor": _monitor,
    "curtain": _curtain,
    "board": _board,
    "desks": _desks,
    "seats": _seats,
    "straps": _straps,
    "pillars": _pillars,
    "benches": _benches,
    "beams": _beams,
}
"""What can stand in a room, by name."""


def build_room(set_builder: SetBuilder, kind: str, seed: int) -> None:
    """Put a room of a kind (key of `ROOMS`) on the stage; the seed decides its details."""
    builder = _RoomBuilder(set_builder, ROOMS[kind], seed)
    builder.add_shell()
    builder.furnish()


def has_windows(kind: str) -> bool:
    """Return whether the room has windows, through which sky and distance are seen."""
    return ROOMS[kind].windows != "none"
