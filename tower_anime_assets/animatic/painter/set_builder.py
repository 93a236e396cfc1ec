"""A place in metres and the camera that looks at it: boxes and flat pieces become polygons on the canvas.

The world's origin is on the ground under the subjects; x runs to the right, y up, z away from the camera.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tower_anime_assets.animatic.painter.colour import mix, scale_rgb
from tower_anime_assets.animatic.painter.light import Light, apply_ambient
from tower_anime_assets.animatic.painter.vector import Pen, polygon

Vertex = tuple[float, float, float]
_NEAR_M = 0.25


@dataclass(frozen=True)
class Camera:
    """A pinhole camera on the canvas.

    Attributes:
        focal_px: Size in px of one metre at one metre.
        centre_px: x on the canvas of what is straight ahead.
        horizon_px: y on the canvas of the eye's height.
        eye_m: Height of the eye.
        distance_m: From the eye to the world's origin.
        yaw: Degrees that the world is turned about its origin.
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
        """Return a vertex in the camera's space: right, up from the eye, away."""
        x, y, z = vertex
        angle = math.radians(self.yaw_deg)
        return (
            x * math.cos(angle) + z * math.sin(angle) - self.shift_m,
            y - self.eye_m,
            -x * math.sin(angle) + z * math.cos(angle) + self.distance_m,
        )

    def at(self, vertex: Vertex) -> tuple[float, float]:
        """Return where a vertex in front of the camera falls on the canvas."""
        x, y, z = self.to_camera_space(vertex)
        scale = self.focal_px / max(_NEAR_M, z)
        return self.centre_px + x * scale, self.horizon_px - y * scale

    def project_outline(self, vertices: Sequence[Vertex]) -> list[tuple[float, float]]:
        """Return a flat piece on the canvas, cut where it passes the camera; empty when it is behind."""
        camera_vertices = [self.to_camera_space(vertex) for vertex in vertices]
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


class SetBuilder:
    """Collects the pieces of a place: the set in order of distance, lights apart."""

    def __init__(self, camera: Camera, light: Light, size: tuple[int, int], is_snowy: bool = False) -> None:
        self.camera = camera
        self.is_snowy = is_snowy
        self.light = light
        self.size = size
        self._shell: list[_Piece] = []
        self._things: list[list[_Piece]] = []
        self._lights: list[_Piece] = []
        self._group: list[_Piece] | None = None

    def add_flat(
        self,
        vertices: Sequence[Vertex],
        colour: str,
        opacity: float = 1.0,
        own_light: bool = False,
        glow: float = 0.0,
    ) -> None:
        """Add a flat piece; everything added before the first `thing` is the shell, painted in order of adding.

        Args:
            vertices: Its corners, metres.
            colour: Local colour.
            opacity: 0..1.
            own_light: Whether it shines by itself, so that no ambient light changes it.
            glow: How strongly it lights its surroundings, 0..1.
        """
        outline = self.camera.project_outline(vertices)
        if len(outline) < 3 or not self._is_visible(outline):
            return
        centre = tuple(sum(vertex[axis] for vertex in vertices) / len(vertices) for axis in range(3))
        camera_centre = self.camera.to_camera_space((centre[0], centre[1], centre[2]))
        distance_m = math.hypot(camera_centre[0], camera_centre[2])
        if self.is_snowy and not own_light and len({vertex[1] for vertex in vertices}) == 1:
            colour = mix(colour, "#eef3fb", 0.8)  # snow lies on whatever is level: ground, ledges, roofs
        hazed_colour = colour if own_light else apply_ambient(colour, self.light)
        share = 1 - math.exp(-max(0.0, distance_m - 3) / self.light.haze_m)
        hazed_colour = mix(hazed_colour, self.light.haze, share * (0.55 if own_light else 0.95))
        piece = _Piece(distance_m, polygon(outline), hazed_colour, opacity)
        (self._shell if self._group is None else self._group).append(piece)
        if glow:
            self._lights.append(_Piece(distance_m, piece.path, mix(colour, self.light.haze, share * 0.4), glow))

    def add_flat_with_openings(
        self, vertices: Sequence[Vertex], holes: Sequence[Sequence[Vertex]], colour: str
    ) -> None:
        """Add a flat piece with openings through which what lies behind the set is seen."""
        count_before = len(self._shell)
        self.add_flat(vertices, colour)
        if len(self._shell) == count_before:
            return
        openings = [self.camera.project_outline(hole) for hole in holes]
        self._shell[-1].path += "".join(polygon(opening) for opening in openings if len(opening) >= 3)

    def add_billboard(
        self,
        x: float,
        z: float,
        points: Sequence[tuple[float, float]],
        colour: str,
        opacity: float = 1.0,
        glow: float = 0.0,
    ) -> None:
        """Add a flat piece that faces the camera, standing at (x, z); its points are (right, up) in metres."""
        angle = math.radians(self.camera.yaw_deg)
        right, away = math.cos(angle), math.sin(angle)
        vertices = [(x + dx * right, up, z + dx * away) for dx, up in points]
        self.add_flat(vertices, colour, opacity, own_light=glow > 0, glow=glow)

    def _is_visible(self, outline: list[tuple[float, float]]) -> bool:
        xs, ys = [p[0] for p in outline], [p[1] for p in outline]
        return max(xs) > 0 and min(xs) < self.size[0] and max(ys) > 0 and min(ys) < self.size[1]

    def begin_object(self) -> None:
        """Begin something that stands free: it hides what is farther away."""
        self._group = []
        self._things.append(self._group)

    def add_block(self, x: tuple[float, float], y: tuple[float, float], z: tuple[float, float], colour: str) -> None:
        """Add an upright box as a thing of its own: top, and the sides that face the camera."""
        self.begin_object()
        (x0, x1), (y0, y1), (z0, z1) = x, y, z
        sides: list[tuple[list[Vertex], float, tuple[float, float]]] = [
            ([(x0, y0, z0), (x1, y0, z0), (x1, y1, z0), (x0, y1, z0)], 0.86, (0, -1)),
            ([(x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)], 0.86, (0, 1)),
            ([(x0, y0, z0), (x0, y0, z1), (x0, y1, z1), (x0, y1, z0)], 0.98 if self.light.side < 0 else 0.62, (-1, 0)),
            ([(x1, y0, z0), (x1, y0, z1), (x1, y1, z1), (x1, y1, z0)], 0.62 if self.light.side < 0 else 0.98, (1, 0)),
        ]
        eye = self.eye_position()
        for corners, shade, (nx, nz) in sides:
            if nx * (eye[0] - corners[0][0]) + nz * (eye[1] - corners[0][2]) > 0:
                self.add_flat(corners, scale_rgb(colour, shade))
        if self.camera.eye_m > y1:
            self.add_flat([(x0, y1, z0), (x1, y1, z0), (x1, y1, z1), (x0, y1, z1)], mix(colour, "#ffffff", 0.14))
        elif self.camera.eye_m < y0:
            self.add_flat([(x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)], scale_rgb(colour, 0.5))

    def eye_position(self) -> tuple[float, float]:
        """Return the camera's place in the world, (x, z)."""
        angle = math.radians(self.camera.yaw_deg)
        x, z = self.camera.shift_m, -self.camera.distance_m
        return x * math.cos(angle) - z * math.sin(angle), x * math.sin(angle) + z * math.cos(angle)

    def set_svg(self, prefix: str) -> str:
        """Return shell and things as SVG elements."""
        pen = Pen(prefix=prefix)
        for piece in self._shell:
            _paint(pen, piece)
        for thing in sorted(
            (thing for thing in self._things if thing), key=lambda pieces: -min(piece.distance_m for piece in pieces)
        ):
            for piece in thing:
                _paint(pen, piece)
        return pen.svg

    def lights_svg(self, prefix: str) -> str:
        """Return what shines as SVG elements, to be blurred into a bloom; "" when nothing does."""
        pen = Pen(prefix=prefix)
        for piece in self._lights:
            pen.fill(piece.path, piece.colour, piece.opacity)
        return pen.svg


def _paint(pen: Pen, piece: _Piece) -> None:
    opacity_attribute = f' fill-opacity="{piece.opacity:.2f}"' if piece.opacity < 1 else ""
    pen.add(f'<path d="{piece.path}" fill="{piece.colour}" fill-rule="evenodd"{opacity_attribute}/>')
