"""Sets in metres and the camera that looks at them: blocks, panels and billboards become polygons on the canvas.

The world's origin is on the ground under the subjects; x runs to the right, y up, z away from the camera.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.light import Light, apply_ambient
from tower_anime_assets.animatic.painter.vector import Pen, polygon

Vertex = tuple[float, float, float]
"""Metres: (x, y, z) of the world, or (right, up, away) from the eye."""

Point = tuple[float, float]
"""Px of the canvas."""

Span = tuple[float, float]
"""From and to on one axis, metres."""

_NEAR_M = 0.25
"""What comes nearer to the camera is cut off."""


@dataclass(frozen=True)
class Camera:
    """A pinhole camera on the canvas.

    Attributes:
        focal_px: Size of one metre at a distance of one metre.
        centre_px: x on the canvas of what is straight ahead.
        horizon_px: y on the canvas of the eye's height.
        eye_m: Height of the eye.
        distance_m: From the eye to the world's origin.
        yaw_deg: How far the world is turned about its origin.
        shift_m: How far the camera is moved to the right.
    """

    focal_px: float
    centre_px: float
    horizon_px: float
    eye_m: float
    distance_m: float
    yaw_deg: float = 0.0
    shift_m: float = 0.0

    def to_camera_space(self, vertex: Vertex) -> Vertex:
        """Return a vertex as (right, up, away) from the eye."""
        x, y, z = vertex
        angle = math.radians(self.yaw_deg)
        return (
            x * math.cos(angle) + z * math.sin(angle) - self.shift_m,
            y - self.eye_m,
            -x * math.sin(angle) + z * math.cos(angle) + self.distance_m,
        )

    def project_outline(self, vertices: Sequence[Vertex]) -> list[tuple[float, float]]:
        """Return a flat piece on the canvas, cut off at the near plane; empty when it lies behind the camera."""
        return self.clip_and_project([self.to_camera_space(vertex) for vertex in vertices])

    def clip_and_project(self, camera_vertices: Sequence[Vertex]) -> list[Point]:
        """Return the same of vertices that are (right, up, away) from the eye already."""
        clipped: list[Vertex] = []
        for index, current in enumerate(camera_vertices):
            following = camera_vertices[(index + 1) % len(camera_vertices)]
            if current[2] >= _NEAR_M:
                clipped.append(current)
            if (current[2] >= _NEAR_M) != (following[2] >= _NEAR_M):
                share = (_NEAR_M - current[2]) / (following[2] - current[2])
                clipped.append(
                    (
                        current[0] + (following[0] - current[0]) * share,
                        current[1] + (following[1] - current[1]) * share,
                        _NEAR_M,
                    )
                )
        return [
            (self.centre_px + x * self.focal_px / z, self.horizon_px - y * self.focal_px / z) for x, y, z in clipped
        ]


@dataclass
class _Piece:
    distance_m: float
    path: str
    colour: str
    opacity: float
    corners: tuple[Vertex, ...] = ()  # as (right, up, away) from the eye; () for what only glows
    openings: tuple[tuple[Point, ...], ...] = ()


@dataclass(frozen=True)
class SetSurface:
    """A flat piece of a set as the camera sees it.

    Attributes:
        outline: Its corners on the canvas, px.
        openings: Outlines of the holes in it.
        corners: The corners as (right, up, away) from the eye, metres; some may lie behind the camera.
    """

    outline: tuple[Point, ...]
    openings: tuple[tuple[Point, ...], ...]
    corners: tuple[Vertex, ...]


def trapezoid(half_below: float, half_above: float, low: float, high: float) -> list[tuple[float, float]]:
    """Return the outline of a billboard that is symmetrical about its foot: half widths and heights, metres."""
    return [(-half_below, low), (half_below, low), (half_above, high), (-half_above, high)]


class SetBuilder:
    """Collects the pieces of a set: the shell, free-standing objects sorted by distance, and what glows.

    Args:
        camera: Looks at the set.
        light: Falls on it.
        size_px: Width and height of the canvas.
    """

    def __init__(self, camera: Camera, light: Light, size_px: tuple[int, int]) -> None:
        self.camera = camera
        self.light = light
        self.is_snowy = light.weather == "snow"
        self._size_px = size_px
        self._shell: list[_Piece] = []
        self._objects: list[list[_Piece]] = []
        self._lights: list[_Piece] = []
        self._current: list[_Piece] = self._shell

    def add_flat(
        self,
        vertices: Sequence[Vertex],
        colour: str,
        opacity: float = 1.0,
        own_light: bool = False,
        glow: float = 0.0,
    ) -> None:
        """Add a flat piece; what is added before the first `begin_object` is the shell, painted in that order.

        Args:
            vertices: Its corners, metres.
            colour: Local colour.
            opacity: 0..1.
            own_light: Whether it shines by itself, so that ambient light does not change it.
            glow: How strongly it lights its surroundings, 0..1; what glows shines by itself.
        """
        own_light = own_light or glow > 0
        corners = tuple(self.camera.to_camera_space(vertex) for vertex in vertices)
        outline = self.camera.clip_and_project(corners)
        if len(outline) < 3 or not self._is_visible(outline):
            return
        centre = tuple(sum(vertex[axis] for vertex in vertices) / len(vertices) for axis in range(3))
        camera_centre = self.camera.to_camera_space((centre[0], centre[1], centre[2]))
        distance_m = math.hypot(camera_centre[0], camera_centre[2])
        if self.is_snowy and not own_light and len({vertex[1] for vertex in vertices}) == 1:
            colour = mix(colour, "#eef3fb", 0.8)  # snow lies on level pieces: ground, ledges, roofs
        hazed_colour = colour if own_light else apply_ambient(colour, self.light)
        share = 1 - math.exp(-max(0.0, distance_m - 3) / self.light.haze_m)
        hazed_colour = mix(hazed_colour, self.light.haze, share * (0.55 if own_light else 0.95))
        piece = _Piece(distance_m, polygon(outline), hazed_colour, opacity, corners)
        self._current.append(piece)
        if glow:
            self._lights.append(_Piece(distance_m, piece.path, mix(colour, self.light.haze, share * 0.4), glow))

    def add_flat_with_openings(
        self, vertices: Sequence[Vertex], holes: Sequence[Sequence[Vertex]], colour: str
    ) -> None:
        """Add a flat piece to the shell, with openings that show what lies behind the set."""
        count_before = len(self._shell)
        self.add_flat(vertices, colour)
        if len(self._shell) == count_before:
            return
        openings = [self.camera.project_outline(hole) for hole in holes]
        visible = [tuple(opening) for opening in openings if len(opening) >= 3]
        self._shell[-1].path += "".join(map(polygon, visible))
        self._shell[-1].openings = tuple(visible)

    def add_panel(
        self,
        x: float | Span,
        y: float | Span,
        z: float | Span,
        colour: str,
        opacity: float = 1.0,
        own_light: bool = False,
        glow: float = 0.0,
    ) -> None:
        """Add a rectangle at right angles to the one axis that is given as a single number; see `add_flat`."""
        vertices: list[Vertex]
        if isinstance(x, tuple) and isinstance(y, tuple) and not isinstance(z, tuple):
            vertices = [(x[0], y[0], z), (x[1], y[0], z), (x[1], y[1], z), (x[0], y[1], z)]
        elif isinstance(x, tuple) and isinstance(z, tuple) and not isinstance(y, tuple):
            vertices = [(x[0], y, z[0]), (x[1], y, z[0]), (x[1], y, z[1]), (x[0], y, z[1])]
        elif isinstance(y, tuple) and isinstance(z, tuple) and not isinstance(x, tuple):
            vertices = [(x, y[0], z[0]), (x, y[0], z[1]), (x, y[1], z[1]), (x, y[1], z[0])]
        else:
            raise TypeError(f"a panel from {x} by {y} by {z}: expected two spans and one number")
        self.add_flat(vertices, colour, opacity, own_light, glow)

    def add_billboard(
        self,
        x: float,
        z: float,
        points: Sequence[tuple[float, float]],
        colour: str,
        opacity: float = 1.0,
        glow: float = 0.0,
    ) -> None:
        """Add a flat piece at (x, z) that faces the camera; its points are (right, up) in metres."""
        angle = math.radians(self.camera.yaw_deg)
        right, away = math.cos(angle), math.sin(angle)
        vertices = [(x + dx * right, up, z + dx * away) for dx, up in points]
        self.add_flat(vertices, colour, opacity, glow=glow)

    def add_disc(
        self,
        x: float,
        z: float,
        centre: tuple[float, float],
        radius: tuple[float, float],
        colour: str,
        opacity: float = 1.0,
        glow: float = 0.0,
    ) -> None:
        """Add an ellipse at (x, z) that faces the camera, by its centre (right, up) and half axes, metres."""
        points = [
            (
                centre[0] + radius[0] * math.cos(step * math.pi / 10),
                centre[1] + radius[1] * math.sin(step * math.pi / 10),
            )
            for step in range(20)
        ]
        self.add_billboard(x, z, points, colour, opacity, glow)

    def _is_visible(self, outline: list[tuple[float, float]]) -> bool:
        xs, ys = [p[0] for p in outline], [p[1] for p in outline]
        return max(xs) > 0 and min(xs) < self._size_px[0] and max(ys) > 0 and min(ys) < self._size_px[1]

    @contextmanager
    def without_snow(self) -> Iterator[None]:
        """Add level pieces on which no snow lies: water."""
        is_snowy, self.is_snowy = self.is_snowy, False
        yield
        self.is_snowy = is_snowy

    def begin_object(self) -> None:
        """Begin a free-standing object: it hides what is farther away, and holds the pieces added from now on."""
        self._current = []
        self._objects.append(self._current)

    def add_block(self, x: Span, y: Span, z: Span, colour: str) -> None:
        """Add an upright box as an object: the sides that face the camera, and its top or underside."""
        self.begin_object()
        left, right = (0.98, 0.62) if self.light.side < 0 else (0.62, 0.98)
        eye_x, eye_z = self.eye_position()
        if eye_z < z[0]:
            self.add_panel(x, y, z[0], scale_rgb(colour, 0.86))
        if eye_z > z[1]:
            self.add_panel(x, y, z[1], scale_rgb(colour, 0.86))
        if eye_x < x[0]:
            self.add_panel(x[0], y, z, scale_rgb(colour, left))
        if eye_x > x[1]:
            self.add_panel(x[1], y, z, scale_rgb(colour, right))
        if self.camera.eye_m > y[1]:
            self.add_panel(x, y[1], z, mix(colour, "#ffffff", 0.14))
        elif self.camera.eye_m < y[0]:
            self.add_panel(x, y[0], z, scale_rgb(colour, 0.5))

    def eye_position(self) -> tuple[float, float]:
        """Return where the camera stands in the world, (x, z)."""
        angle = math.radians(self.camera.yaw_deg)
        x, z = self.camera.shift_m, -self.camera.distance_m
        return x * math.cos(angle) - z * math.sin(angle), x * math.sin(angle) + z * math.cos(angle)

    def set_svg(self, prefix: str) -> str:
        """Return shell and objects as SVG elements."""
        pen = Pen(prefix=prefix)
        for piece in self._pieces():
            _paint(pen, piece)
        return pen.svg

    def surfaces(self, least_opacity: float = 0.5) -> Iterator[SetSurface]:
        """Yield the pieces of shell and objects that are not see-through, in the order in which they are painted."""
        for piece in self._pieces():
            if piece.opacity >= least_opacity and piece.corners:
                outline = tuple(self.camera.clip_and_project(piece.corners))
                yield SetSurface(outline, piece.openings, piece.corners)

    def _pieces(self) -> Iterator[_Piece]:
        yield from self._shell
        objects = [pieces for pieces in self._objects if pieces]
        for pieces in sorted(objects, key=lambda pieces: -min(piece.distance_m for piece in pieces)):
            yield from pieces

    def lights_svg(self, prefix: str) -> str:
        """Return what glows as SVG elements, to be blurred into a bloom; "" when nothing does."""
        pen = Pen(prefix=prefix)
        for piece in self._lights:
            pen.fill(piece.path, piece.colour, piece.opacity)
        return pen.svg


def _paint(pen: Pen, piece: _Piece) -> None:
    opacity_attribute = f' fill-opacity="{piece.opacity:.2f}"' if piece.opacity < 1 else ""
    pen.add(f'<path d="{piece.path}" fill="{piece.colour}" fill-rule="evenodd"{opacity_attribute}/>')
