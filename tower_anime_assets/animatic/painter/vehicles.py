"""Vehicles that speak: eyes behind the windscreen, a mouth below it. Own units: about 200 high, the ground is y = 0."""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.animatic.painter.colour import Tone, mix, tone
from tower_anime_assets.animatic.painter.creature_faces import draw_creature_eyes, draw_creature_marks, draw_plain_mouth
from tower_anime_assets.animatic.painter.faces import EXPRESSIONS, EyeShape, FaceLayout
from tower_anime_assets.animatic.painter.stance import Box, Geometry, Stance, geometry_in_own_units
from tower_anime_assets.animatic.painter.vector import Pen, box, corner, ellipse, polygon, rounded_box, smooth
from tower_anime_assets.production.planning.figure_words import vehicle_name

_GLASS, _CHROME, _TYRE = "#cfe6f2", tone("#b9c2cf"), "#22242e"


@dataclass(frozen=True)
class Vehicle:
    """Measures of a vehicle, own units.

    Attributes:
        length: Of the side that is seen in three-quarter view.
        front: Half width of the front.
        tall: Height over the ground.
        sill: Height of the lower edge of the windows.
        wheels: Where wheels are along the side, 0 (rear) to 1 (front).
        has_bonnet: Whether the cabin is set back, as a car's.
    """

    length: float
    front: float
    tall: float
    sill: float
    wheels: tuple[float, ...]
    has_bonnet: bool = False


VEHICLES = {
    "bus": Vehicle(330, 84, 206, 112, (0.16, 0.84)),
    "car": Vehicle(210, 84, 138, 84, (0.16, 0.82), has_bonnet=True),
    "van": Vehicle(220, 84, 186, 106, (0.16, 0.82)),
    "tram": Vehicle(390, 80, 226, 112, (0.12, 0.3, 0.7, 0.88)),
}


def vehicle_rig(stance: Stance) -> VehicleRig | None:
    """Return the rig of a vehicle; None for one that has none."""
    name = vehicle_name(stance.look.species)
    return VehicleRig(stance, VEHICLES[name]) if name else None


@dataclass(frozen=True)
class VehicleRig:
    """Draws one vehicle."""

    stance: Stance
    vehicle: Vehicle

    @property
    def _turned(self) -> bool:
        return self.stance.view == "turned"

    @property
    def _front(self) -> tuple[float, float]:
        """Middle of the front, and half its width as seen."""
        v = self.vehicle
        return (v.length * 0.5, v.front * 0.72) if self._turned else (0.0, v.front)

    def _face(self) -> FaceLayout:
        v, (x, half) = self.vehicle, self._front
        glass = (v.tall + v.sill) / 2
        size = (v.tall - v.sill) * (0.3 if not v.has_bonnet else 0.36)
        narrow = 0.86 if self._turned else 1.0
        eyes = (
            EyeShape(x - half * 0.42, -glass, size * narrow, size * 1.1, -1),
            EyeShape(x + half * 0.42, -glass, size * narrow * narrow, size * 1.1, 1),
        )
        return FaceLayout(self._turned, (), eyes, (x, -v.sill), (x, -(v.sill * 0.46)), half * 0.34)

    @property
    def _own(self) -> tuple[Geometry, float]:
        v, face, (x, half) = self.vehicle, self._face(), self._front
        head: Box = (x - half - 4, -v.tall - 6, x + half + 4, -18)
        left = -v.length * 0.5 - half if self._turned else -half
        bounds = (left - 30, -v.tall - 36, x + half + 30, 30.0)
        (ex, ey, ew, eh), right = (
            (face.eyes[0].x, face.eyes[0].y, face.eyes[0].half_width, face.eyes[0].half_height),
            face.eyes[1],
        )
        eyes_box: Box = (ex - ew - 6, ey - eh - 12, right.x + right.half_width + 6, ey + eh + 6)
        mx, my = face.mouth
        mouth_box: Box = (mx - face.mouth_width - 8, my - 10, mx + face.mouth_width + 8, my + 18)
        has_face = self.stance.has_face
        return geometry_in_own_units(
            self.stance.look, v.tall, head, bounds, (left, x + half), v.tall * 0.6,
            mouth_box if has_face else None, eyes_box if has_face else None,
        )  # fmt: skip

    @property
    def geometry(self) -> Geometry:
        """Where its parts lie."""
        return self._own[0]

    def draw(self, pen: Pen, mouth: str, eyes: str, head_only: bool) -> None:
        """Draw the vehicle, or only its front."""
        geometry, scale = self._own
        with pen.transform(f"translate(0 {geometry.ground_y:.2f})"), pen.scaled(scale):
            if not head_only:
                if self._turned:
                    self._draw_side(pen)
                else:
                    for side in (-1, 1):
                        x = side * (self.vehicle.front - 22)
                        pen.shape(rounded_box(x, -20, 17, 20, 8), _TYRE, "#101118")
            self._draw_front(pen, mouth, eyes)

    def _draw_side(self, pen: Pen) -> None:
        v, look = self.vehicle, self.stance.look
        x, half = self._front
        rear = -v.length * 0.5 - half
        paint = Tone(
            mix(look.outfit.base, look.outfit.shade, 0.55), look.outfit.shade, look.outfit.base, look.outfit.line
        )
        if v.has_bonnet:
            body = [
                corner(rear + 6, -24), (rear, -70), corner(rear + 16, -v.sill - 2), corner(x, -v.sill - 2),
                corner(x, -24),
            ]  # fmt: skip
            cabin = [
                corner(rear + 30, -v.sill), (rear + 60, -v.tall + 4), (rear + 90, -v.tall), (x - half * 0.5, -v.tall),
                corner(x, -v.sill),
            ]  # fmt: skip
            pen.cel(smooth(cabin), paint, reach=1.2)
            pen.cel(smooth(body), paint, reach=1.2)
            panes: tuple[tuple[float, float], ...] = (
                (rear + 72, rear + 72 + (x - rear) * 0.24),
                (rear + 82 + (x - rear) * 0.24, x - half * 0.5),
            )
        else:
            body = [
                corner(rear + 4, -22),
                (rear, -v.tall * 0.5),
                (rear + 10, -v.tall + 4),
                (rear + 30, -v.tall),
                corner(x, -v.tall),
                corner(x, -22),
            ]
            pen.cel(smooth(body), paint, reach=1.6)
            count = 5 if v.length > 300 else 2
            span = (x - half - rear - 24) / count
            panes = tuple((rear + 20 + index * span, rear + 12 + (index + 1) * span) for index in range(count))
        for left, right in panes:
            top, low = -v.tall + 16, -v.sill
            pane = rounded_box((left + right) / 2, (top + low) / 2, (right - left) / 2, (low - top) / 2, 8)
            pen.shape(pane, _GLASS, look.outfit.line)
            with pen.clip_to(pane):
                pen.fill(
                    polygon([(left + 8, top), (left + 22, top), (left + 2, low), (left - 12, low)]), "#ffffff", 0.55
                )
        pen.fill(box(rear + 4, -v.sill + 14, x - rear - 6, 15), look.accent.base)
        pen.stroke(
            f"M{rear + 4:.1f},{-v.sill + 14:.1f}H{x:.1f}M{rear + 4:.1f},{-v.sill + 29:.1f}H{x:.1f}",
            look.outfit.line,
            pen.line * 0.8,
        )
        for share in v.wheels:
            _draw_wheel(pen, rear + (x - rear) * share, 29.0)

    def _draw_front(self, pen: Pen, mouth: str, eyes: str) -> None:
        v, look = self.vehicle, self.stance.look
        x, half = self._front
        if v.has_bonnet:
            roof = smooth(
                [
                    corner(x - half * 0.86, -v.sill),
                    (x - half * 0.66, -v.tall + 6),
                    (x, -v.tall),
                    (x + half * 0.66, -v.tall + 6),
                    corner(x + half * 0.86, -v.sill),
                ]
            )
            pen.cel(roof, look.outfit, reach=1.2)
            pen.cel(rounded_box(x, -(v.sill + 20) / 2, half, (v.sill - 20) / 2 + 2, 22), look.outfit, reach=1.4)
        else:
            pen.cel(rounded_box(x, -(v.tall + 20) / 2, half, (v.tall - 20) / 2, 20), look.outfit, reach=1.6)
        screen_half = half * (0.84 if not v.has_bonnet else 0.66)
        screen = rounded_box(x, -(v.tall + v.sill) / 2, screen_half, (v.tall - v.sill) / 2 - 9, 14)
        pen.shape(screen, "#eef6fa" if self.stance.has_face else "#9fb6c6", look.outfit.line, pen.line * 1.2)
        for side in (-1, 1):
            lamp = (x + side * half * 0.7, -(v.sill * 0.55))
            pen.fill(ellipse(*lamp, 17, 17), "#ffe9a0" if self.stance.has_face else "#ff6a5a", 0.3)
            pen.shape(ellipse(*lamp, 11.5, 11.5), "#fff3c4" if self.stance.has_face else "#e8433a", look.outfit.line)
            pen.fill(ellipse(lamp[0] - 3, lamp[1] - 3, 3.4, 3.4), "#ffffff")
        pen.fill(box(x - half + 3, -v.sill + 9, 2 * half - 6, 8), look.accent.base)
        pen.cel(rounded_box(x, -26, half + 3, 8, 7), _CHROME, reach=0.4)
        if not self.stance.has_face:
            return
        face, expression = self._face(), EXPRESSIONS[self.stance.emotion]
        draw_creature_eyes(pen, face, expression, look.eye, look.outfit.line, eyes, self.stance.gaze_y)
        draw_plain_mouth(pen, face, expression, mouth, mix(look.outfit.line, "#180c14", 0.5))
        draw_creature_marks(pen, face, expression)


def _draw_wheel(pen: Pen, x: float, size: float) -> None:
    pen.shape(ellipse(x, -size, size, size), _TYRE, "#101118")
    pen.cel(ellipse(x, -size, size * 0.56, size * 0.56), _CHROME, reach=0.5)
    pen.shape(ellipse(x, -size, size * 0.18, size * 0.18), "#5b6372", _CHROME.line)
