"""A whole figure: a human body with clothes, head and hair, or the rig of whatever else a character is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from tower_anime_assets.animatic.painter import accessories, faces, hair, limbs, outfits, seats
from tower_anime_assets.animatic.painter.animals import animal_rig
from tower_anime_assets.animatic.painter.birds import bird_rig
from tower_anime_assets.animatic.painter.body import ADULT_HEIGHT, CARRYING_POSES, HIP_Y, NECK_Y, Skeleton, skeleton_of
from tower_anime_assets.animatic.painter.carried import draw_carried
from tower_anime_assets.animatic.painter.colour import METAL, Tone
from tower_anime_assets.animatic.painter.ghosts import GhostRig, draw_trail
from tower_anime_assets.animatic.painter.glyph_figures import glyph_rig
from tower_anime_assets.animatic.painter.held import draw_held
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.poses import CLOSED_EYES, head_bow_deg
from tower_anime_assets.animatic.painter.robots import RobotRig
from tower_anime_assets.animatic.painter.stance import (
    Box,
    Geometry,
    Hand,
    Rig,
    Stance,
    mirrored_box,
    neutral_stance,
    raised_by,
)
from tower_anime_assets.animatic.painter.stand_in import StandInRig
from tower_anime_assets.animatic.painter.vector import Pen
from tower_anime_assets.animatic.painter.vehicles import vehicle_rig
from tower_anime_assets.production.planning.shots import Pose

__all__ = ["Box", "Stance", "draw_figure", "face_boxes", "geometry_of", "head_box", "neutral_stance"]

_REACHING = frozenset({Pose.POINT, Pose.REACH, Pose.RUN, Pose.TYPE})
_FACING_POSES = frozenset(Pose) - {Pose.STAND, Pose.ARMS_CROSSED, Pose.HAND_ON_HIP, Pose.CROUCH, Pose.SIT}
"""Poses that reach out far."""


def rig_of(stance: Stance) -> Rig:
    """Return what draws a figure; `StandInRig` where nothing of ours can."""
    look = stance.look
    rig: Rig | None = None
    if look.has_human_body:
        rig = HumanRig(stance)
    elif look.kind == "vehicle":
        rig = vehicle_rig(stance)
    elif look.kind == "bird":
        rig = bird_rig(stance)
    else:  # a ghost cat and a robot dog have the shape of the animal
        rig = animal_rig(stance)
        if rig is None and look.kind == "robot":
            rig = RobotRig(stance)
        if rig is None and look.is_ghost:
            rig = GhostRig(stance)
    return rig or glyph_rig(stance) or StandInRig(stance)


def draw_figure(stance: Stance, mouth: str = "", eyes: str = "", head_only: bool = False, prefix: str = "p") -> str:
    """Return a figure as SVG elements in figure units, already mirrored when it looks left.

    Args:
        stance: Who is drawn and how.
        mouth: "half" or "open" for a speaking mouth.
        eyes: "closed" for a blink.
        head_only: Leave out everything below the head, for patches of the face.
        prefix: Starts the names of clips and gradients.
    """
    light = stance.light_x * (-1 if stance.is_mirrored else 1)
    pen = Pen(stance.line_width, (5.5 * light, -2.5), prefix)
    with pen.transform("scale(-1 1)" if stance.is_mirrored else "scale(1 1)"):
        rig = rig_of(stance)
        if stance.pose in CLOSED_EYES and not mouth:
            eyes = "closed"
        rig.draw(pen, mouth, eyes, head_only)
        hand = rig.geometry.hand if stance.holds.strip() and stance.has_face else None
        if hand is not None and (hand.is_mouth or not head_only):
            skin = _glove_or_skin(stance.look) if stance.look.has_human_body else None
            draw_carried(pen, stance.holds, hand, stance.look.height, skin, stance.is_mirrored)
    return pen.svg


def _glove_or_skin(look: Look) -> Tone:
    if "cyber-arms" in look.marks:
        return METAL
    return look.outfit if "gloves" in look.marks else look.skin


def is_stand_in(stance: Stance) -> bool:
    """Return whether a figure is only a silhouette, which needs its name beside it."""
    return isinstance(rig_of(stance), StandInRig)


def geometry_of(stance: Stance) -> Geometry:
    """Return where the parts of a figure lie in figure units, mirrored when it looks left."""
    geometry = rig_of(stance).geometry
    if not stance.is_mirrored:
        return geometry
    return replace(
        geometry,
        head=mirrored_box(geometry.head),
        bounds=mirrored_box(geometry.bounds),
        feet=(-geometry.feet[1], -geometry.feet[0]),
        mouth=mirrored_box(geometry.mouth) if geometry.mouth else None,
        eyes=mirrored_box(geometry.eyes) if geometry.eyes else None,
    )


def face_boxes(stance: Stance) -> tuple[Box | None, Box | None]:
    """Return what a speaking mouth and what a blink may change, each (left, top, right, bottom) in figure units."""
    geometry = geometry_of(stance)
    return geometry.mouth, geometry.eyes


def head_box(stance: Stance) -> Box:
    """Return (left, top, right, bottom) of the head with its hair, figure units."""
    return geometry_of(stance).head


def head_tilt_deg(stance: Stance) -> float:
    """Return how far a head is turned about its chin by the face it makes and by its pose, degrees clockwise."""
    return faces.EXPRESSIONS[stance.emotion].tilt_deg + head_bow_deg(stance.pose) if stance.has_face else 0.0


@dataclass(frozen=True)
class HumanRig:
    """Draws people of every age and build, and the ghosts of people."""

    stance: Stance

    @property
    def _size(self) -> float:
        """Size of what is drawn in units of an adult: its height is the look's."""
        look = self.stance.look
        return look.height * ADULT_HEIGHT / skeleton_of(look, Pose.STAND, self.stance.view).sole_y

    @property
    def geometry(self) -> Geometry:
        """Where its parts lie."""
        stance, size, body = self.stance, self._size, self.stance.body
        look = stance.look
        face = faces.face_layout_of(look, stance.view == "turned")
        wide = 260.0 if stance.pose in _REACHING or look.marks & {"wings", "cape"} else 170.0
        if stance.holds or stance.pose in _FACING_POSES - _REACHING:
            wide = 340.0
        if look.uses_wheelchair or look.build in ("fat", "heavy", "plump"):
            wide = 240.0
        low = 700.0 if body.scale == 1.0 else body.sole_y + 40
        ankles = [leg.ankle[0] * body.scale for leg in body.legs]

        def sized(box: Box) -> Box:
            left, top, right, bottom = box
            return left * size, top * size, right * size, bottom * size

        return Geometry(
            head=sized(self._posed_box((-55.0, -70.0, 55.0, 54.0))),
            bounds=sized((-wide, -130.0, wide, low)),
            ground_y=body.sole_y * size + raised_by(look),
            feet=(min(ankles) * size, max(ankles) * size)
            if look.mobility != "floating" and not look.is_trailing
            else (0.0, 0.0),
            height=look.height * ADULT_HEIGHT + raised_by(look),
            crown_y=body.sunk * size,
            face_height=100.0 * size,
            mouth=sized(self._posed_box(face.mouth_box)),
            eyes=sized(self._posed_box(face.eyes_box)),
            hand=self._hand(body, size) if self._carries else None,
        )

    @property
    def _carries(self) -> bool:
        """Whether a thing is only carried, and not used in an action."""
        return bool(self.stance.holds.strip()) and self.stance.pose in CARRYING_POSES

    def _hand(self, body: Skeleton, size: float) -> Hand:
        """Return where the far hand closes on something."""
        (elbow_x, elbow_y), (x, y) = body.far.elbow, body.far.wrist
        length = math.hypot(x - elbow_x, y - elbow_y) or 1.0
        x, y = x + (x - elbow_x) / length * 17, y + (y - elbow_y) / length * 17
        angle, dx, dy = math.radians(body.lean_deg), x, y - HIP_Y
        x = dx * math.cos(angle) - dy * math.sin(angle)
        y = HIP_Y + dx * math.sin(angle) + dy * math.cos(angle) + body.drop
        y = NECK_Y + (y - NECK_Y) * body.scale
        return Hand((x * body.scale * size, y * size), body.scale * size)

    def _posed_box(self, box: Box) -> Box:
        """Return where a box of the head lies after tilt and lean."""
        body = self.stance.body
        angle = math.radians(head_tilt_deg(self.stance))
        points = []
        for x, y in ((box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])):
            dx, dy = x, y - 44
            points.append(
                body.posed_point(
                    dx * math.cos(angle) - dy * math.sin(angle), 44 + dx * math.sin(angle) + dy * math.cos(angle) + 50
                )
            )
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        return min(xs), min(ys), max(xs), max(ys)

    def draw(self, pen: Pen, mouth: str, eyes: str, head_only: bool) -> None:
        """Draw the figure in its pose, or only its head."""
        stance, body = self.stance, self.stance.body
        look = stance.look
        head = f"translate(0 50) rotate({head_tilt_deg(stance):.1f} 0 44)"
        with pen.scaled(self._size):
            if not head_only:
                self._draw_behind(pen, body, head)
                with pen.scaled(body.scale, NECK_Y):
                    self._draw_below_neck(pen, body)
            with pen.transform(body.head_transform), pen.transform(head):
                turned = stance.view == "turned"
                if stance.view == "back":
                    hair.draw_head_from_behind(pen, look, stance.sway)
                else:
                    self._draw_head(pen, mouth, eyes, turned)
                accessories.draw_head_gear(pen, look, turned, stance.view == "back")

    def _draw_below_neck(self, pen: Pen, body: Skeleton) -> None:
        stance, look = self.stance, self.stance.look
        if look.is_trailing:
            draw_trail(pen, look, body)
        elif stance.shows_legs or look.uses_wheelchair:
            if look.uses_wheelchair:
                seats.draw_wheelchair_behind(pen, look, body)
            elif body.needs_seat:
                limbs.draw_seat(pen, "#3d4152")
            limbs.draw_legs(pen, look, body)
        with pen.transform(body.upper_transform):
            limbs.draw_neck(pen, look, body)
            outfits.draw_torso(pen, look, body)
            if stance.view == "back":
                for arm in (body.far, body.near):
                    limbs.draw_arm(pen, look, replace(arm, hand="relaxed"))
                if "cape" in look.marks:
                    accessories.draw_cape(pen, look, body, behind=False)
            else:
                for arm in (body.far, body.near):
                    if arm.in_front:
                        limbs.draw_arm(pen, look, arm)
                if stance.pose is Pose.TYPE:
                    accessories.draw_keyboard(pen, look, body)
                if not self._carries:
                    draw_held(pen, look, body, stance.pose, stance.holds, stance.is_mirrored, stance.shows_legs)
        if look.uses_wheelchair:
            seats.draw_wheelchair_front(pen, look, body)

    def _draw_behind(self, pen: Pen, body: Skeleton, head: str) -> None:
        stance, look = self.stance, self.stance.look

        def on_body() -> str:
            shift = NECK_Y * (1 - body.scale)
            return f"translate(0 {shift:.3f}) scale({body.scale:.5f}) {body.upper_transform}"

        if stance.view == "back":
            if "wings" in look.marks:
                with pen.transform(on_body()):
                    accessories.draw_wings(pen)
            return
        with pen.transform(on_body()):
            if "wings" in look.marks:
                accessories.draw_wings(pen)
            if "cape" in look.marks:
                accessories.draw_cape(pen, look, body, behind=True)
        with pen.transform(body.head_transform), pen.transform(head):
            hair.draw_back_hair(pen, look, stance.view == "turned", stance.sway)
        with pen.scaled(body.scale, NECK_Y), pen.transform(body.upper_transform):
            for arm in (body.far, body.near):
                if not arm.in_front:
                    limbs.draw_arm(pen, look, arm)

    def _draw_head(self, pen: Pen, mouth: str, eyes: str, turned: bool) -> None:
        stance, look = self.stance, self.stance.look
        face = faces.face_layout_of(look, turned)
        expression = faces.EXPRESSIONS[stance.emotion]
        if stance.gaze_y:
            x, y = expression.gaze
            expression = replace(expression, gaze=(x, y + 2.2 * stance.gaze_y))
        faces.draw_face(pen, look, face, expression, mouth, eyes, hair.fringe_path(look, turned, stance.sway))
        faces.draw_marks(pen, look, face)
        hair.draw_front_hair(pen, look, turned, stance.sway)
        faces.draw_long_beard(pen, look, face, bool(mouth))
