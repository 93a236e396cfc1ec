"""Ghosts: a sheet with a face, and the trail of mist in which the ghosts of people end.

The sheet is drawn in units of its own: its head is about 100 high, the ground is y = 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tower_anime_assets.animatic.painter.body import ADULT_HEIGHT, Skeleton
from tower_anime_assets.animatic.painter.colour import luma, mix
from tower_anime_assets.animatic.painter.creature_faces import (
    draw_creature_eyes,
    draw_creature_marks,
    draw_plain_mouth,
    eye_pair,
)
from tower_anime_assets.animatic.painter.faces import EXPRESSIONS, FaceLayout
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.stance import Box, Geometry, Stance, geometry_in_own_units, raised_by
from tower_anime_assets.animatic.painter.vector import Pen, Point, corner, ellipse, smooth
from tower_anime_assets.production.planning.shots import Pose

_HOVER = 34.0
_TALL = 214.0
_HEAD_Y = -(_HOVER + 150.0)


def glow_colour(look: Look) -> str:
    """Return the colour in which a spirit shines."""
    return (
        mix(look.outfit.base, "#bfe6ff", 0.5) if luma(look.outfit.base) > 120 else mix(look.outfit.base, "#a8d8ff", 0.6)
    )


def draw_trail(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw the mist below the hips of somebody's ghost, figure units of an adult body."""
    half, glow = body.half_hip, glow_colour(look)
    sway = -1 if body.view == "turned" else 0.35
    left: list[Point] = [corner(-half * 1.05, 300), (-half * 1.25, 400), (-half * 0.85 + sway * 30, 500)]
    tip: list[Point] = [(-half * 0.2 + sway * 66, 580), corner(sway * 128, 632)]
    right: list[Point] = [
        (half * 0.3 + sway * 40, 560),
        (half * 0.95, 460),
        (half * 1.2, 380),
        corner(half * 1.05, 300),
    ]
    path = smooth([*left, *tip, *right])
    for width, opacity in ((46.0, 0.07), (26.0, 0.1), (12.0, 0.14)):
        pen.stroke(path, glow, width, opacity)
    pen.fade(path, mix(look.outfit.base, "#ffffff", 0.12), 1.0)
    pen.fade(path, look.outfit.base, 1.0)
    for shift in (-0.5, 0.1, 0.6):
        wisp = [(half * shift, 340), (half * shift * 0.9 + sway * 6, 430), (half * shift * 0.5 + sway * 50, 540)]
        pen.taper(wisp, 5, mix(glow, "#ffffff", 0.5), 0.4)


@dataclass(frozen=True)
class GhostRig:
    """Draws a ghost without a human body: a floating sheet with a face."""

    stance: Stance

    @property
    def _turned(self) -> bool:
        return self.stance.view == "turned"

    def _face(self) -> FaceLayout:
        turn = 13.0 if self._turned else 0.0
        eyes = eye_pair(self._turned, 19.0, -4.0, 11.0, 15.0, turn)
        return FaceLayout(self._turned, (), eyes, (turn, 8.0), (turn, 22.0), 11.0)

    @property
    def _lean(self) -> float:
        return 9.0 if self._turned and self.stance.pose is Pose.RUN else 0.0

    @property
    def _reaches(self) -> bool:
        return self.stance.reaches

    @property
    def _own(self) -> tuple[Geometry, float]:
        face = self._face()
        drop = 22.0 if self.stance.is_low else 0.0

        def at_head(box: Box) -> Box:
            return box[0], box[1] + _HEAD_Y + drop, box[2], box[3] + _HEAD_Y + drop

        has_face = self.stance.has_face
        return geometry_in_own_units(
            self.stance.look,
            _HOVER + _TALL,
            at_head((-60.0, -64.0, 60.0, 50.0)),
            (-140.0, -(_HOVER + _TALL + 40), 140.0, 20.0),
            (0.0, 0.0),
            96.0,
            at_head(face.mouth_box) if has_face else None,
            at_head(face.eyes_box) if has_face else None,
            raised=raised_by(self.stance.look),
            hand=(92.0 if self._reaches else 74.0, _HEAD_Y + drop + (22 if self._reaches else 48)),
        )

    @property
    def geometry(self) -> Geometry:
        """Where its parts lie."""
        return self._own[0]

    def draw(self, pen: Pen, mouth: str, eyes: str, head_only: bool) -> None:
        """Draw the ghost with its glow, or only its face."""
        _, scale = self._own
        drop = 22.0 if self.stance.is_low else 0.0
        to_head = f"translate(0 {_HEAD_Y + drop:.1f}) rotate({self._lean:.1f} 0 60)"
        with (
            pen.transform(f"translate(0 {self.stance.look.height * ADULT_HEIGHT:.2f})"),
            pen.scaled(scale),
            pen.transform(to_head),
        ):
            self._draw_sheet(pen, head_only)
            if self.stance.has_face:
                self._draw_face(pen, mouth, eyes)

    def _outline(self) -> str:
        sway = -1.0 if self._turned else 0.25
        hem = [
            (50 + sway * 8, 84), corner(40 + sway * 22, 118), (26 + sway * 18, 104), corner(8 + sway * 34, 134),
            (-8 + sway * 22, 108), corner(-22 + sway * 34, 126), (-32 + sway * 16, 98), corner(-54 + sway * 30, 108),
            (-52 + sway * 8, 76),
        ]  # fmt: skip
        return smooth([(0, -64), (34, -54), (52, -18), (54, 30), *hem, (-54, 30), (-52, -18), (-34, -54)])

    def _draw_sheet(self, pen: Pen, head_only: bool) -> None:
        look, path = self.stance.look, self._outline()
        if not head_only:
            for width, opacity in (
                (84.0, 0.035),
                (72.0, 0.04),
                (60.0, 0.045),
                (48.0, 0.05),
                (37.0, 0.06),
                (27.0, 0.07),
                (17.0, 0.09),
                (8.0, 0.2),
            ):
                pen.stroke(path, glow_colour(look), width, opacity)
            pen.fill(ellipse(0, 160 + 20, 40, 7), glow_colour(look), 0.25)
        is_reaching = self._reaches
        for side in (-1, 1):
            if is_reaching and side > 0:
                arm = [(40, 26), (74, 14), (92, 16), (86, 30), (62, 42)]
            else:
                arm = [(side * 40, 22), (side * 66, 30), (side * 78, 46), (side * 68, 54), (side * 46, 48)]
            if not head_only:
                pen.cel(smooth(arm), look.outfit, reach=0.5)
        pen.cel(path, look.outfit, reach=1.5)
        with pen.clip_to(path):
            pen.fill(ellipse(0, 128, 74, 22), glow_colour(look), 0.35)
        for x, low in ((-26, 84), (4, 96), (30, 82)):
            pen.taper([(x * 0.8, 40), (x, 62), (x * 1.1 - 3, low)], pen.line * 1.3, look.outfit.line, 0.35)

    def _draw_face(self, pen: Pen, mouth: str, eyes: str) -> None:
        look, face = self.stance.look, self._face()
        expression = EXPRESSIONS[self.stance.emotion]
        if expression.mouth == "line":
            expression = replace(expression, mouth="small-o")
        for eye in face.eyes:
            pen.fill(ellipse(eye.x + eye.outer * 6, eye.y + 21, 8, 4), "#f08a9c", 0.45)
        draw_creature_eyes(pen, face, expression, look.eye, look.outfit.line, eyes, self.stance.gaze_y)
        draw_plain_mouth(pen, face, expression, mouth, mix(look.outfit.line, "#20142c", 0.5))
        draw_creature_marks(pen, face, expression)
