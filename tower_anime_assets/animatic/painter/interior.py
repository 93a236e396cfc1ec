"""The set of a room: floor, ceiling, walls, windows and lamps. Every wall is drawn, so the camera may look any way."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.light import Light
from tower_anime_assets.animatic.painter.set_builder import Camera, SetBuilder, Span, Vertex, trapezoid

_Pane = tuple[float, float, float, float]
"""A window in a wall: left, right, bottom, top, metres."""


@dataclass(frozen=True)
class Room:
    """What a kind of room is made of; colours are local ones.

    Attributes:
        half_width_m: From the middle to the side walls.
        half_depth_m: From the middle to the wall behind.
        height_m: Of the ceiling.
        wall: Colour of the walls; likewise floor, ceiling and trim.
        windows: "panorama", "panes", "slits" or "none".
        lamps: "strips", "tubes", "pendants" or "none".
        lamp: Colour of the lamps.
        pattern: Of the walls: "panels", "bricks", "boards", "stones", "tiles" or "plain".
        furniture: Each adds one kind of thing to the room.
    """

    half_width_m: float
    half_depth_m: float
    height_m: float
    wall: str
    floor: str
    ceiling: str
    trim: str
    windows: str
    lamps: str
    lamp: str
    pattern: str
    furniture: tuple[Callable[[Interior], None], ...]


class Interior(SetBuilder):
    """The set of one room, built by `add_shell` and then by its furniture.

    Args:
        camera: Looks into the room.
        light: Of the shot.
        size_px: Width and height of the canvas.
        room: What it is made of.
        seed: Decides the details.
    """

    def __init__(self, camera: Camera, light: Light, size_px: tuple[int, int], room: Room, seed: int) -> None:
        super().__init__(camera, light, size_px)
        self.is_snowy = False
        self.room = room
        self.rng = random.Random(seed)  # noqa: S311 - decides where furniture stands, not secrets

    @property
    def half_size(self) -> tuple[float, float]:
        """Half the width and half the depth of the room, metres."""
        return self.room.half_width_m, self.room.half_depth_m

    def half_length(self, side: int) -> float:
        """Return half the length of a wall, metres."""
        return self.half_size[side % 2]

    def add_on_wall(
        self,
        side: int,
        u: Span,
        v: Span,
        colour: str,
        opacity: float = 1.0,
        own_light: bool = False,
        glow: float = 0.0,
    ) -> None:
        """Add a rectangle on a wall, unless the camera stands behind that wall; see `add_flat`.

        Args:
            side: The wall: 0 behind, 1 right, 2 in front, 3 left.
            u: From and to along the wall, metres from its middle.
            v: From and to above the floor, metres.
            colour: Local colour.
            opacity: 0..1.
            own_light: Whether it shines by itself.
            glow: How strongly it lights its surroundings, 0..1.
        """
        if self._is_wall_visible(side):
            self.add_flat(self._wall_rectangle(side, u, v), colour, opacity, own_light, glow)

    def add_shell(self) -> None:
        """Add floor, ceiling, walls with their windows, and lamps."""
        room, (w, d) = self.room, self.half_size
        back = min(-d, self.eye_position()[1] - 1.0)  # a camera behind the room sees it go on to where it stands
        self.add_panel((-w, w), 0, (back, d), room.floor)
        self._add_floor_lines()
        self.add_panel((-w, w), room.height_m, (back, d), room.ceiling)
        for side, x in ((1, w), (3, -w)):
            if back < -d and self._is_wall_visible(side):
                self.add_panel(x, (0, room.height_m), (back, -d), scale_rgb(room.wall, 0.8))
        for side, shade in enumerate((1.0, 0.86, 0.9, 0.94)):
            if self._is_wall_visible(side):
                self._add_wall(side, scale_rgb(room.wall, shade))
        self._add_lamps()

    def _wall_rectangle(self, side: int, u: Span, v: Span) -> list[Vertex]:
        w, d = self.half_size
        corners = ((u[0], v[0]), (u[1], v[0]), (u[1], v[1]), (u[0], v[1]))
        return [((at, up, d), (w, up, -at), (-at, up, -d), (-w, up, at))[side] for at, up in corners]

    def _is_wall_visible(self, side: int) -> bool:
        """Return whether the camera stands on the inner side of a wall."""
        x, z = self.eye_position()
        w, d = self.half_size
        return (z < d, x < w, z > -d, x > -w)[side]

    def _add_floor_lines(self) -> None:
        (w, d), floor = self.half_size, self.room.floor
        dark, bright = scale_rgb(floor, 0.82), mix(floor, "#ffffff", 0.1)
        step = 0.5 if self.room.pattern in ("plain", "boards", "tiles") else 1.2
        for index in range(int(2 * w / step) + 1):
            x = -w + index * step
            self.add_panel((x, x + 0.02), 0, (-d, d), dark)
        for index in range(int(2 * d / (step * 2)) + 1):
            z = -d + index * step * 2
            self.add_panel((-w, w), 0, (z, z + 0.025), dark)
            if index % 2:
                self.add_panel((-w, w), 0, (z, z + step), bright, 0.25)

    def _add_wall(self, side: int, colour: str) -> None:
        half, h = self.half_length(side), self.room.height_m
        panes = self._window_panes(side)
        holes = [self._wall_rectangle(side, (left, right), (low, high)) for left, right, low, high in panes]
        self.add_flat_with_openings(self._wall_rectangle(side, (-half, half), (0, h)), holes, colour)
        if self.room.pattern == "panels":
            self._add_panelling(side, colour, panes)
        if self.room.pattern == "bricks":
            self._add_bricks(side, colour, panes)
        if self.room.pattern in ("boards", "stones", "tiles"):
            self._add_courses(side, colour, panes)
        self.add_on_wall(side, (-half, half), (0, 0.14), scale_rgb(colour, 0.6))
        self.add_on_wall(side, (-half, half), (h - 0.1, h), scale_rgb(colour, 0.7))
        for pane in panes:
            self._add_window_frame(side, scale_rgb(mix(colour, "#20242e", 0.55), 0.8), pane)

    def _add_panelling(self, side: int, colour: str, panes: list[_Pane]) -> None:
        half, h, step = self.half_length(side), self.room.height_m, 1.5
        for index in range(int(2 * half / step) + 1):
            u = -half + index * step
            if not any(left - 0.05 < u < right + 0.05 for left, right, *_ in panes):
                self.add_on_wall(side, (u, u + 0.035), (0, h), scale_rgb(colour, 0.72))
                self.add_on_wall(side, (u + 0.035, u + 0.06), (0, h), mix(colour, "#ffffff", 0.22))
        self.add_on_wall(side, (-half, half), (0.94, 0.98), self.room.trim, glow=0.35)

    def _add_bricks(self, side: int, colour: str, panes: list[_Pane]) -> None:
        """Add the bricks that differ from the wall's colour; the others are the wall."""
        half = self.half_length(side)
        for row in range(int(self.room.height_m / 0.34)):
            v = row * 0.34
            for index in range(int(half / 0.6)):
                if self.rng.random() >= 0.3:
                    continue
                u = -half + index * 1.2 + (0.6 if row % 2 else 0)
                if any(left - 0.6 < u < right + 0.1 and low - 0.4 < v < high for left, right, low, high in panes):
                    continue
                brick = mix(colour, "#000000" if self.rng.random() < 0.6 else "#ffffff", 0.13)
                self.add_on_wall(side, (u, u + 0.56), (v, v + 0.3), brick)

    def _add_courses(self, side: int, colour: str, panes: list[_Pane]) -> None:
        """Add rows of boards, stones or tiles: their joints, and some pieces that are lighter or darker."""
        half, h = self.half_length(side), self.room.height_m
        tall, wide, joint = {"boards": (0.3, 2.4, 0.025), "stones": (0.55, 1.0, 0.03), "tiles": (0.5, 0.5, 0.02)}[
            self.room.pattern
        ]
        dark = mix(colour, "#000000", 0.22) if self.room.pattern != "tiles" else mix(colour, "#ffffff", 0.4)

        def is_clear(u: Span, v: Span) -> bool:
            return not any(
                u[0] < right and u[1] > left and v[0] < high and v[1] > low for left, right, low, high in panes
            )

        for row in range(int(h / tall) + 1):
            v = row * tall
            if is_clear((-half, half), (v, v + joint)):
                self.add_on_wall(side, (-half, half), (v, v + joint), dark)
            u = -half + (wide / 2 if row % 2 and self.room.pattern != "tiles" else 0)
            while u < half - 0.1:
                piece = (u + joint, min(u + wide, half)), (v + joint, min(v + tall, h))
                if self.rng.random() < 0.34 and self.room.pattern != "tiles" and is_clear(*piece):
                    shade = "#000000" if self.rng.random() < 0.6 else "#ffffff"
                    self.add_on_wall(side, *piece, mix(colour, shade, 0.08))
                if is_clear((u, u + joint), (v, v + tall)):
                    self.add_on_wall(side, (u, u + joint), (v, min(v + tall, h)), dark)
                u += wide

    def _add_window_frame(self, side: int, frame: str, pane: _Pane) -> None:
        left, right, low, high = pane
        for u in (left, right - 0.06):
            self.add_on_wall(side, (u, u + 0.06), (low, high), frame)
        for v in (low, high - 0.06):
            self.add_on_wall(side, (left, right), (v, v + 0.06), frame)
        if self.room.windows == "panes":
            middle, curtain = (left + right) / 2, (low - 0.35, high + 0.15)
            self.add_on_wall(side, (middle - 0.03, middle + 0.03), (low, high), frame)
            self.add_on_wall(side, (left - 0.28, left + 0.12), curtain, mix(self.room.trim, "#ffffff", 0.45))
            self.add_on_wall(side, (right - 0.12, right + 0.28), curtain, mix(self.room.trim, "#ffffff", 0.38))
        reflection = (left + 0.1, left + (right - left) * 0.34)
        self.add_on_wall(side, reflection, (low, high), "#ffffff", 0.08, own_light=True)

    def _window_panes(self, side: int) -> list[_Pane]:
        windows, half, h = self.room.windows, self.half_length(side), self.room.height_m
        if windows == "none" or side == 2 or (windows == "panorama" and side == 1):
            return []
        pitch_m = {"panorama": 1.2, "panes": 1.7, "slits": 1.6}[windows]
        count = max(2 if windows == "panorama" else 1, int(half / pitch_m))
        step = 2 * half / count
        gap = {"panorama": 0.08, "panes": step * 0.26, "slits": step * 0.14}[windows]
        low, high = {"panorama": (0.45, h - 0.3), "panes": (0.95, h - 0.45), "slits": (h - 1.0, h - 0.4)}[windows]
        return [(-half + i * step + gap, -half + (i + 1) * step - gap, low, high) for i in range(count)]

    def _add_lamps(self) -> None:
        (w, d), h = self.half_size, self.room.height_m
        if self.room.lamps == "none":
            return
        if self.room.lamps == "pendants":
            for x in (-w * 0.5, 0.1, w * 0.5):
                self.begin_object()
                self.add_billboard(x, d * 0.45, trapezoid(0.01, 0.01, h - 0.8, h), "#2a2430")
                shade = scale_rgb(self.room.trim, 0.7)
                self.add_billboard(x, d * 0.45, trapezoid(0.2, 0.11, h - 0.98, h - 0.78), shade)
                self.add_billboard(x, d * 0.45, trapezoid(0.16, 0.18, h - 1.02, h - 0.97), self.room.lamp, glow=1.0)
            return
        half, length = (0.09, 1.6) if self.room.lamps == "tubes" else (0.2, 2.2)
        for x in (0.0,) if w < 3 else (-w * 0.45, w * 0.45):
            z = -d + 0.6
            while z < d - 0.4:
                self.add_panel((x - half, x + half), h - 0.02, (z, z + length), self.room.lamp, glow=0.8)
                z += length + 0.9
