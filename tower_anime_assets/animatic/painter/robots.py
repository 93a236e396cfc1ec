"""Robots: a round one that rolls or waddles, and a jointed one of any height. Own units, the ground is y = 0."""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.animatic.painter.colour import Tone, luma, mix, tone
from tower_anime_assets.animatic.painter.faces import EXPRESSIONS, Expression
from tower_anime_assets.animatic.painter.stance import Box, Geometry, Stance, geometry_in_own_units
from tower_anime_assets.animatic.painter.vector import (
    Pen,
    Point,
    band,
    box,
    corner,
    ellipse,
    polygon,
    polyline,
    rounded_box,
    smooth,
)
from tower_anime_assets.production.planning.shots import Emotion, Pose

_JOINT = tone("#6c7688")
_DARK = tone("#252a3a")
_GLASS = "#141826"
_LOW_HEIGHT = 0.6
"""A robot smaller than this, relative to a human, is round unless something else is said."""


@dataclass(frozen=True)
class _Build:
    """Measures of a robot: its head and where its joints are, own units."""

    head: tuple[float, float, float, float]  # middle x, middle y, half width, half height
    stand: float
    leg: float
    torso: tuple[float, float] = (0.0, 0.0)  # half width, height
    is_round: bool = False


@dataclass(frozen=True)
class RobotRig:
    """Draws one robot."""

    stance: Stance

    @property
    def _turned(self) -> bool:
        return self.stance.view == "turned"

    @property
    def _is_round(self) -> bool:
        look = self.stance.look
        return "round-body" in look.marks or look.height < _LOW_HEIGHT

    @property
    def _build(self) -> _Build:
        low = self.stance.is_low
        if self._is_round:
            y = -98.0 + (12.0 if low else 0.0)
            return _Build((0.0, y, 84.0, 80.0), 178.0, 20.0, is_round=True)
        tall = self.stance.look.height >= 0.85
        leg, torso, half = (152.0, 118.0, 54.0) if tall else (92.0, 104.0, 58.0)
        stand = leg + torso + 14 + 84
        leg *= 0.5 if low else 1.0
        head_y = -(leg + torso + 14 + 42)
        return _Build((5.0 if self._turned else 0.0, head_y, 52.0, 42.0), stand, leg, (half, torso))

    @property
    def _own(self) -> tuple[Geometry, float]:
        build = self._build
        x, y, wide, tall = build.head
        antenna = 46.0 if "antenna" in self.stance.look.marks else 6.0
        head = (x - wide, y - tall - antenna, x + wide, y + tall)
        reach = 190.0 if self._reaches else 130.0
        feet = (-56.0, 62.0) if build.is_round else (-46.0, 52.0)
        has_face = self.stance.has_face
        return geometry_in_own_units(
            self.stance.look,
            build.stand,
            head,
            (-reach, head[1] - 30, reach, 26.0),
            feet,
            2 * tall * (0.86 if build.is_round else 1.1),
            self._mouth_box if has_face else None,
            self._eyes_box if has_face else None,
            hand=self._claw_at,
        )

    @property
    def geometry(self) -> Geometry:
        """Where its parts lie."""
        return self._own[0]

    @property
    def _claw_at(self) -> tuple[float, float]:
        """Where the right claw of the picture holds things."""
        build = self._build
        x, y, wide, tall = build.head
        if build.is_round:
            return x + wide * 0.94 + 62, y + tall * 0.12 - 22
        return (build.torso[0] + 8) * (0.9 if self._turned else 1.0) + 92, -(build.leg + build.torso[1]) + 26

    @property
    def _reaches(self) -> bool:
        """Whether the right arm of the picture is stretched out."""
        return self.stance.reaches

    @property
    def _visor(self) -> tuple[float, float, float, float]:
        """Middle and half size of the dark face."""
        x, y, wide, tall = self._build.head
        turn = wide * 0.24 if self._turned else 0.0
        if self._build.is_round:
            return x + turn, y - 12, wide * (0.58 if self._turned else 0.64), tall * 0.5
        return x + turn * 0.75, y - 2, wide * (0.68 if self._turned else 0.78), tall * 0.66

    @property
    def _mouth_at(self) -> tuple[float, float, float]:
        """Middle of the mouth, and half its width."""
        x, y, wide, tall = self._visor
        if self._build.is_round:
            return x, y + tall + 17, wide * 0.4
        return x, y + tall * 0.62, wide * 0.5

    @property
    def _mouth_box(self) -> Box:
        x, y, half = self._mouth_at
        return x - half - 9, y - 12, x + half + 9, y + 12

    @property
    def _eyes_box(self) -> Box:
        x, y, wide, tall = self._visor
        low = 1.0 if self._build.is_round else 0.34
        return x - wide - 2, y - tall - 2, x + wide + 2, y + tall * low

    @property
    def _glow(self) -> str:
        """The colour of eyes and lights."""
        eye = self.stance.look.eye
        return mix(eye, "#ffffff", 0.25) if luma(eye) > 90 else mix(eye, "#58d8ff", 0.55)

    def draw(self, pen: Pen, mouth: str, eyes: str, head_only: bool) -> None:
        """Draw the robot, or only its head."""
        geometry, scale = self._own
        with pen.transform(f"translate(0 {geometry.ground_y:.2f})"), pen.scaled(scale):
            if self._build.is_round:
                self._draw_round(pen, mouth, eyes, head_only)
            else:
                self._draw_jointed(pen, mouth, eyes, head_only)

    def _draw_round(self, pen: Pen, mouth: str, eyes: str, head_only: bool) -> None:
        look, (x, y, wide, tall) = self.stance.look, self._build.head
        metal, accent = look.outfit, look.accent
        if not head_only:
            self._draw_round_feet(pen)
            self._draw_stub_arm(pen, 1, is_far=True)
            self._draw_antenna(pen, x, y - tall + 4)
        ball = ellipse(x, y, wide, tall)
        pen.cel(ball, metal, reach=2.4)
        with pen.clip_to(ball):
            seam = [(x - wide, y + tall * 0.46), (x, y + tall * 0.66), (x + wide, y + tall * 0.46)]
            pen.fill(band(seam, [15, 15, 15]), accent.base)
            pen.stroke(smooth([(px, py - 8) for px, py in seam], closed=False), metal.line, pen.line)
            pen.stroke(smooth([(px, py + 8) for px, py in seam], closed=False), metal.line, pen.line)
            cap = [(x - wide, y - tall * 0.66), (x, y - tall * 0.8), (x + wide, y - tall * 0.66)]
            pen.stroke(smooth(cap, closed=False), metal.line, pen.line, 0.7)
            for side in (-0.72, 0.72):
                pen.fill(ellipse(x + wide * side, y + tall * 0.34, 3.4, 3.4), metal.line, 0.8)
        pen.fill(ellipse(x - wide * 0.46, y - tall * 0.62, wide * 0.2, tall * 0.1), "#ffffff", 0.85)
        if self.stance.has_face:
            self._draw_face(pen, mouth, eyes)
        elif not head_only:
            vent = box(x - 26, y - 22, 52, 40)
            pen.shape(vent, metal.shade, metal.line)
            for row in range(3):
                pen.stroke(f"M{x - 18:.1f},{y - 12 + row * 11:.1f}h36", metal.line, pen.line * 1.4)
        if not head_only:
            self._draw_stub_arm(pen, -1, is_far=False)
            if self.stance.view != "turned":
                self._draw_stub_arm(pen, 1, is_far=False)

    def _draw_round_feet(self, pen: Pen) -> None:
        if "wheels" in self.stance.look.marks:
            for x in (-34, 34):
                pen.shape(ellipse(x, -24, 24, 24), _DARK.base, _DARK.line)
                pen.cel(ellipse(x, -24, 11, 11), _JOINT, reach=0.3)
            return
        stride = 14 if self.stance.pose is Pose.RUN else 0
        for side in (1, -1):
            x = side * 32 + (6 if self._turned else 0)
            lift = stride if side > 0 else 0
            pen.limb([(x, -40), (x + lift * 0.6, -20 - lift)], [24, 22], _JOINT)
            foot = [
                corner(x - 26 + lift, -lift), (x - 25 + lift, -18 - lift), (x + lift, -27 - lift),
                (x + 30 + lift, -16 - lift), corner(x + 34 + lift, -lift),
            ]  # fmt: skip
            pen.cel(smooth(foot), self.stance.look.outfit, reach=0.7)

    def _draw_stub_arm(self, pen: Pen, side: int, is_far: bool) -> None:
        x, y, wide, tall = self._build.head
        if is_far and not self._turned:
            return
        start = (x + side * wide * 0.94, y + tall * 0.12)
        reach = self._reaches and side > 0
        happy = self.stance.emotion in (Emotion.HAPPY, Emotion.SURPRISED)
        if reach:
            end = (start[0] + 46, start[1] - 20)
        elif happy and self.stance.pose is Pose.STAND:
            end = (start[0] + side * 22, start[1] - 34)
        else:
            end = (start[0] + side * 14, start[1] + 40)
        pen.cel(ellipse(*start, 15, 17), _JOINT, reach=0.4)
        pen.limb([start, end], [17, 15], self.stance.look.outfit)
        self._draw_claw(pen, start, end, 13.0)

    def _draw_claw(self, pen: Pen, start: tuple[float, float], end: tuple[float, float], size: float) -> None:
        """Draw a hand of two fingers and a thumb at the end of an arm."""
        dx, dy = end[0] - start[0], end[1] - start[1]
        length = max(1.0, (dx * dx + dy * dy) ** 0.5)
        ux, uy = dx / length, dy / length
        for across in (-1, 1):
            base = (end[0] - uy * across * size * 0.4, end[1] + ux * across * size * 0.4)
            bend = (
                base[0] + ux * size * 0.9 - uy * across * size * 0.7,
                base[1] + uy * size * 0.9 + ux * across * size * 0.7,
            )
            tip = (
                end[0] + ux * size * 1.9 - uy * across * size * 0.2,
                end[1] + uy * size * 1.9 + ux * across * size * 0.2,
            )
            pen.cel(band([base, bend, tip], [size * 0.7, size * 0.66, size * 0.3]), _JOINT, reach=0.2)
        pen.cel(ellipse(*end, size * 0.78, size * 0.78), self.stance.look.accent, reach=0.3)

    def _draw_antenna(self, pen: Pen, x: float, y: float) -> None:
        if "antenna" not in self.stance.look.marks:
            return
        tip = (x + 8, y - 40)
        pen.stroke(polyline([(x, y), (x + 2, y - 22), tip]), _JOINT.line, 7)
        pen.stroke(polyline([(x, y), (x + 2, y - 22), tip]), _JOINT.base, 7 - 2 * pen.line)
        for size, opacity in ((17.0, 0.16), (12.0, 0.3)):
            pen.fill(ellipse(*tip, size, size), self._glow, opacity)
        pen.shape(ellipse(*tip, 7.5, 7.5), self.stance.look.accent.base, self.stance.look.accent.line)
        pen.fill(ellipse(tip[0] - 2, tip[1] - 2, 2.4, 2.4), "#ffffff", 0.9)

    def _draw_jointed(self, pen: Pen, mouth: str, eyes: str, head_only: bool) -> None:
        look, build = self.stance.look, self._build
        x, y, wide, tall = build.head
        metal, accent = look.outfit, look.accent
        if not head_only:
            self._draw_legs(pen)
            if self._turned:
                self._draw_arm(pen, 1, is_far=True)
            self._draw_torso(pen)
            pen.cel(box(x - 15, y + tall - 4, 30, 22), _JOINT, reach=0.5)
            for side in (-1, 1):
                if side < 0 or not self._turned:
                    self._draw_arm(pen, side, is_far=False)
            self._draw_antenna(pen, x, y - tall + 3)
        for side in (-1, 1):
            if not self._turned or side < 0:
                ear = box(x + side * wide - 9, y - 14, 18, 30)
                pen.cel(ear, accent, reach=0.4)
        head = rounded_box(x, y, wide, tall, 18)
        pen.cel(head, metal, reach=1.7)
        pen.fill(ellipse(x - wide * 0.52, y - tall * 0.74, wide * 0.24, 4), "#ffffff", 0.85)
        if self.stance.has_face:
            self._draw_face(pen, mouth, eyes)
        elif not head_only:
            for row in range(3):
                pen.stroke(f"M{x - 20:.1f},{y - 8 + row * 10:.1f}h40", metal.line, pen.line * 1.3)

    def _draw_torso(self, pen: Pen) -> None:
        look, (half, tall), leg = self.stance.look, self._build.torso, self._build.leg
        metal, accent = look.outfit, look.accent
        top = -(leg + tall)
        shoulders = half * (1.0 if not self._turned else 0.94)
        path = smooth(
            [corner(-shoulders, top + 8), (-shoulders + 10, top), (shoulders - 10, top), corner(shoulders, top + 8),
             (shoulders * 0.94, top + tall * 0.5), corner(half * 0.7, -leg - 6), (half * 0.6, -leg + 6),
             (-half * 0.6, -leg + 6), corner(-half * 0.7, -leg - 6), (-shoulders * 0.94, top + tall * 0.5)]
        )  # fmt: skip
        pen.cel(path, metal, reach=1.8)
        x = 9.0 if self._turned else 0.0
        with pen.clip_to(path):
            pen.fill(
                band([(-half, top + tall * 0.72), (x, top + tall * 0.78), (half, top + tall * 0.72)], [13, 13, 13]),
                accent.base,
            )
            pen.stroke(f"M{-half},{top + tall * 0.84:.1f}h{2 * half}", metal.line, pen.line)
        if self.stance.view == "back":
            pack = rounded_box(0, top + tall * 0.38, half * 0.56, tall * 0.26, 8)
            pen.cel(pack, accent, reach=0.8)
            return
        plate = rounded_box(x, top + tall * 0.34, half * 0.5, tall * 0.2, 8)
        pen.shape(plate, metal.shade, metal.line)
        core = (x, top + tall * 0.34)
        for size, opacity in ((19.0, 0.2), (14.0, 0.35)):
            pen.fill(ellipse(*core, size, size), self._glow, opacity)
        pen.shape(ellipse(*core, 10, 10), self._glow, metal.line)
        pen.fill(ellipse(core[0] - 3, core[1] - 3, 3.4, 3.4), "#ffffff", 0.9)

    def _draw_legs(self, pen: Pen) -> None:
        look, leg = self.stance.look, self._build.leg
        pose = self.stance.pose
        for side in (1, -1):
            hip = (side * 24 + (4 if self._turned else 0), -leg + 4)
            if pose is Pose.RUN and self._turned:
                knee, foot = (
                    ((hip[0] + 30, -leg * 0.6), (hip[0] + 22, -18))
                    if side > 0
                    else ((hip[0] - 6, -leg * 0.5), (hip[0] - 46, -34))
                )
            elif self.stance.is_low:
                knee, foot = (
                    (hip[0] + (46 if self._turned else side * 34), -leg * 0.8),
                    (hip[0] + (40 if self._turned else side * 22), -16),
                )
            else:
                knee, foot = (hip[0] + side * 2, -leg * 0.52), (hip[0] + side * 3, -16)
            metal = (
                look.outfit
                if side < 0 or not self._turned
                else Tone(look.outfit.shade, look.outfit.shade, "", look.outfit.line)
            )
            pen.limb([hip, knee], [25, 22], _JOINT)
            pen.limb([knee, foot], [32, 38], metal)
            pen.cel(ellipse(*knee, 16, 16), look.accent if side < 0 or not self._turned else _JOINT, reach=0.4)
            x, y = foot
            ahead = 22 if self._turned else 12 * (side + 0.0)
            shoe = [
                corner(x - 24, y + 16),
                (x - 24, y - 4),
                (x + ahead * 0.3, y - 12),
                (x + 22 + max(0, ahead * 0.6), y),
                corner(x + 26 + max(0, ahead * 0.6), y + 16),
            ]
            pen.cel(smooth(shoe), metal, reach=0.6)

    def _draw_arm(self, pen: Pen, side: int, is_far: bool) -> None:
        look, build, pose = self.stance.look, self._build, self.stance.pose
        half, tall = build.torso
        top = -(build.leg + tall)
        x = side * (half + 8) * (0.9 if self._turned and side > 0 else 1.0)
        shoulder = (x, top + 22)
        if side > 0 and self._reaches:
            elbow, hand = (x + 34, top + 46), (x + 74, top + 30)
        elif pose is Pose.HAND_ON_HIP and side < 0:
            elbow, hand = (x - 34, top + 62), (x - 2, top + 98)
        elif pose is Pose.ARMS_CROSSED:
            elbow, hand = (x + side * 10, top + 74), (x - side * 34, top + 82)
        elif pose is Pose.RUN:
            elbow, hand = (x - side * 6, top + 70), (x + 36, top + 84)
        elif self.stance.emotion in (Emotion.HAPPY, Emotion.SURPRISED) and side < 0:
            elbow, hand = (x + side * 34, top + 50), (x + side * 44, top - 2)
        else:
            elbow, hand = (x + side * 12, top + 68), (x + side * 8, top + 118)
        metal = Tone(look.outfit.shade, look.outfit.shade, "", look.outfit.line) if is_far else look.outfit
        pen.limb([shoulder, elbow], [20, 18], _JOINT)
        pen.limb([elbow, hand], [26, 24], metal)
        pen.cel(ellipse(*elbow, 12, 12), _JOINT, reach=0.3)
        pen.cel(ellipse(*shoulder, 19, 20), metal, reach=0.5)
        self._draw_claw(pen, elbow, hand, 14.0)

    def _draw_face(self, pen: Pen, mouth: str, eyes: str) -> None:
        look = self.stance.look
        x, y, wide, tall = self._visor
        expression = EXPRESSIONS[self.stance.emotion]
        visor = rounded_box(x, y, wide, tall, min(wide, tall) * (0.95 if self._build.is_round else 0.5))
        pen.shape(visor, _GLASS, look.outfit.line, pen.line * 1.2)
        with pen.clip_to(visor):
            shine = [(x - wide, y - tall), (x - wide * 0.2, y - tall), (x - wide * 0.7, y + tall), (x - wide, y + tall)]
            pen.fill(polygon(shine), "#ffffff", 0.08)
            low = tall * 0.3 if not self._build.is_round else 0.0
            if "one-eye" in look.marks:
                size = min(wide, tall) * (0.8 if self._build.is_round else 0.6)
                self._draw_lens(pen, x, y - low, size, 0, expression, eyes)
            else:
                size = min(wide * 0.36, tall * 0.62)
                for side in (-1, 1):
                    self._draw_lens(pen, x + side * wide * 0.48, y - low, size, side, expression, eyes)
        self._draw_voice_lights(pen, expression, mouth)

    def _draw_lens(
        self, pen: Pen, x: float, y: float, size: float, side: int, expression: Expression, eyes: str
    ) -> None:
        glow, eye = self._glow, self.stance.look.eye
        x, y = x + expression.gaze[0] * size * 0.05, y + (expression.gaze[1] * 0.04 + 0.22 * self.stance.gaze_y) * size
        if eyes == "closed":
            curve = smooth([(x - size * 0.8, y), (x, y + size * 0.2), (x + size * 0.8, y)], closed=False)
            pen.glow_line(curve, glow, 4.0)
            return
        if expression.mouth in ("smile", "soft") and side:
            curve = smooth(
                [(x - size * 0.8, y + size * 0.36), (x, y - size * 0.5), (x + size * 0.8, y + size * 0.36)],
                closed=False,
            )
            pen.glow_line(curve, glow, size * 0.24)
            return
        pen.fill(ellipse(x, y, size * 1.25, size * 1.25), glow, 0.16)
        big = side == 0
        size *= 0.82 + 0.18 * min(1.2, expression.iris)
        pen.fill(ellipse(x, y, size, size), mix(eye, "#0a1030", 0.55))
        pen.gradient(ellipse(x, y, size * 0.86, size * 0.86), mix(eye, "#0a1030", 0.2), mix(glow, "#ffffff", 0.2))
        if big:
            pen.stroke(ellipse(x, y, size * 0.6, size * 0.6), mix(glow, "#ffffff", 0.35), 2.0, 0.8)
        pen.fill(ellipse(x, y, size * 0.34, size * 0.34), "#080c1c")
        pen.fill(ellipse(x - size * 0.3, y - size * 0.36, size * 0.26, size * 0.22), "#ffffff")
        pen.fill(ellipse(x + size * 0.34, y + size * 0.36, size * 0.12, size * 0.12), "#ffffff", 0.9)
        # shutters set the expression: a dark edge comes down, level or aslant
        shut = max(0.0, 1.0 - expression.lids) * 1.5 + abs(expression.slant) * 0.5
        if shut > 0.08:
            slant = expression.slant * size * 0.9 * (side or 1)
            edge = y - size + shut * size * 0.9
            lid: list[Point] = [
                (x - size * 1.4, y - size * 1.5),
                (x + size * 1.4, y - size * 1.5),
                (x + size * 1.4, edge - slant),
                (x - size * 1.4, edge + slant),
            ]
            pen.fill(polygon(lid), _GLASS)
            pen.stroke(polyline(lid[2:]), mix(glow, _GLASS, 0.5), pen.line * 1.2)

    def _draw_voice_lights(self, pen: Pen, expression: Expression, mouth: str) -> None:
        """Draw the mouth: a line of light at rest, bars that dance when it speaks."""
        x, y, half = self._mouth_at
        slot = rounded_box(x, y, half + 6, 9.0, 8)
        pen.shape(slot, _GLASS, self.stance.look.outfit.line, pen.line)
        heights = {"half": (2.0, 5.0, 3.0, 5.5, 2.0), "open": (4.0, 7.5, 6.0, 8.0, 4.0)}.get(mouth)
        if heights is None:
            lift = {"smile": -3.0, "soft": -2.0, "smirk": -2.0, "frown": 3.0, "waver": 2.0}.get(expression.mouth, 0.0)
            curve = smooth([(x - half, y + lift), (x, y - lift * 0.8), (x + half, y + lift)], closed=False)
            pen.stroke(curve, self._glow, 2.6, 0.85)
            return
        for index, tall in enumerate(heights):
            at = x + (index - 2) * half * 0.46
            pen.fill(box(at - half * 0.16, y - tall, half * 0.32, 2 * tall), mix(self._glow, "#ffffff", 0.35))
