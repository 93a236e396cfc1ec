"""A whole figure: body, clothes, head and hair, with its mouths and eyelids."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from tower_anime_assets.animatic.painter import accessories, faces, hair, limbs, outfits
from tower_anime_assets.animatic.painter.body import Skeleton, skeleton_of
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.vector import Pen
from tower_anime_assets.production.planning.shots import Emotion, Facing, Pose

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Stance:
    """How a figure is drawn.

    Attributes:
        shows_legs: Whether anything below the hips can be seen.
        line_width: Width of lines, figure units.
        light_x: Where light comes from: -1 from the left of the picture, 1 from the right.
        sway: How far hair leans, head units.
    """

    look: Look
    emotion: Emotion
    pose: Pose
    facing: Facing
    shows_legs: bool = True
    line_width: float = 1.6
    light_x: float = -1.0
    sway: float = 0.0

    @property
    def view(self) -> str:
        """Which side of the body is seen: "front", "turned" or "back"."""
        return {Facing.CAMERA: "front", Facing.AWAY: "back"}.get(self.facing, "turned")

    @property
    def is_mirrored(self) -> bool:
        """Whether the drawing is flipped, since figures are drawn looking right."""
        return self.facing is Facing.LEFT

    @property
    def has_face(self) -> bool:
        """Whether the face is seen."""
        return self.facing is not Facing.AWAY

    @property
    def body(self) -> Skeleton:
        """The posed joints."""
        return skeleton_of(self.look, self.pose, self.view)


def neutral_stance(look: Look, facing: Facing, emotion: Emotion = Emotion.NEUTRAL, line_width: float = 1.8) -> Stance:
    """Return the stance of a figure on a reference sheet: upright and at rest."""
    return Stance(look, emotion, Pose.STAND, facing, line_width=line_width)


def _head_tilt_deg(stance: Stance) -> float:
    return faces.EXPRESSIONS[stance.emotion].tilt_deg if stance.has_face else 0.0


def draw_figure(stance: Stance, mouth: str = "", eyes: str = "", head_only: bool = False, prefix: str = "p") -> str:
    """Return a figure as SVG elements in figure units, already mirrored when it looks left.

    Args:
        stance: Who is drawn and how.
        mouth: "half" or "open" for a speaking mouth.
        eyes: "closed" for a blink.
        head_only: Leave out everything below the head, for patches of the face.
        prefix: Starts the names of clips and gradients.
    """
    look, body = stance.look, stance.body
    light = stance.light_x * (-1 if stance.is_mirrored else 1)
    pen = Pen(stance.line_width, (5.5 * light, -2.5), prefix)
    turned = stance.view == "turned"
    upper = f"translate(0 {body.drop:.1f}) rotate({body.lean_deg:.1f} 0 318)"
    head = f"translate(0 50) rotate({_head_tilt_deg(stance):.1f} 0 44)"
    with pen.transform("scale(-1 1)" if stance.is_mirrored else "scale(1 1)"):
        if not head_only:
            _draw_behind(pen, stance, body, upper, head)
            if stance.shows_legs:
                if body.needs_seat:
                    limbs.draw_seat(pen, "#3d4152")
                limbs.draw_legs(pen, look, body)
        with pen.transform(upper):
            if not head_only:
                limbs.draw_neck(pen, look, body)
                outfits.draw_torso(pen, look, body)
                for arm in (body.far, body.near):
                    if arm.in_front and stance.view != "back":
                        limbs.draw_arm(pen, look, arm)
                if stance.pose is Pose.TYPE and stance.view != "back":
                    accessories.draw_keyboard(pen, look, body)
                if stance.view == "back":
                    for arm in (body.far, body.near):
                        limbs.draw_arm(pen, look, replace(arm, hand="relaxed"))
                    if "cape" in look.marks:
                        accessories.draw_cape(pen, look, body, behind=False)
            with pen.transform(head):
                if stance.view == "back":
                    hair.draw_head_from_behind(pen, look, stance.sway)
                else:
                    _draw_head(pen, stance, mouth, eyes, turned)
                accessories.draw_head_gear(pen, look, turned, stance.view == "back")
    return pen.svg


def _draw_behind(pen: Pen, stance: Stance, body: Skeleton, upper: str, head: str) -> None:
    look = stance.look
    with pen.transform(upper):
        if stance.view != "back":
            if "wings" in look.marks:
                accessories.draw_wings(pen)
            if "cape" in look.marks:
                accessories.draw_cape(pen, look, body, behind=True)
            with pen.transform(head):
                hair.draw_back_hair(pen, look, stance.view == "turned", stance.sway)
            for arm in (body.far, body.near):
                if not arm.in_front:
                    limbs.draw_arm(pen, look, arm)
        elif "wings" in look.marks:
            accessories.draw_wings(pen)


def _draw_head(pen: Pen, stance: Stance, mouth: str, eyes: str, turned: bool) -> None:
    look = stance.look
    face = faces.face_layout_of(look, turned)
    expression = faces.EXPRESSIONS[stance.emotion]
    faces.draw_face(pen, look, face, expression, mouth, eyes, hair.fringe_path(look, turned, stance.sway))
    faces.draw_marks(pen, look, face)
    hair.draw_front_hair(pen, look, turned, stance.sway)


def _head_to_figure_box(stance: Stance, box: Box) -> Box:
    """Return where a box of the head lies in figure units, after tilt, lean and mirroring."""
    body = stance.body
    angle = math.radians(_head_tilt_deg(stance))
    points = []
    for x, y in ((box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])):
        dx, dy = x, y - 44
        px, py = body.posed_point(
            dx * math.cos(angle) - dy * math.sin(angle), 44 + dx * math.sin(angle) + dy * math.cos(angle) + 50
        )
        points.append((-px if stance.is_mirrored else px, py))
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return min(xs), min(ys), max(xs), max(ys)


def face_boxes(stance: Stance) -> tuple[Box, Box]:
    """Return what a speaking mouth and what a blink may change, each (left, top, right, bottom) in figure units."""
    face = faces.face_layout_of(stance.look, stance.view == "turned")
    return _head_to_figure_box(stance, face.mouth_box), _head_to_figure_box(stance, face.eyes_box)


def head_box(stance: Stance) -> Box:
    """Return (left, top, right, bottom) of the head with its hair, figure units."""
    return _head_to_figure_box(stance, (-55.0, -70.0, 55.0, 54.0))
