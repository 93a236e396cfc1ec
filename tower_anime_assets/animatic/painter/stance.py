"""How somebody stands in a picture, and where the parts of what is drawn lie. In figure units, see `body`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tower_anime_assets.animatic.painter.body import ADULT_HEIGHT, Skeleton, skeleton_of
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.vector import Pen
from tower_anime_assets.production.planning.shots import Emotion, Facing, Pose

LOW_POSES = frozenset({Pose.SIT, Pose.CROUCH, Pose.DRIVE, Pose.SLEEP, Pose.PRAY, Pose.FALL})
REACHING_POSES = frozenset(
    {Pose.POINT, Pose.REACH, Pose.TYPE, Pose.HOLD, Pose.GIVE, Pose.OPEN, Pose.EAT, Pose.DRINK, Pose.WRITE}
    | {Pose.EMBRACE, Pose.FIGHT, Pose.THROW, Pose.COOK, Pose.DRIVE}
)

Box = tuple[float, float, float, float]
"""(left, top, right, bottom)."""


@dataclass(frozen=True)
class Stance:
    """How a figure is drawn.

    Attributes:
        shows_legs: Whether anything below the hips can be seen.
        line_width: Width of lines, figure units.
        light_x: Where light comes from: -1 from the left of the picture, 1 from the right.
        sway: How far hair leans, head units.
        gaze_y: How far the eyes look down (1) or up (-1), at somebody of another height.
        holds: What the hand holds, in the writer's words; "" for nothing.
        is_seated: Whether the pose is taken sitting.
    """

    look: Look
    emotion: Emotion
    pose: Pose
    facing: Facing
    shows_legs: bool = True
    line_width: float = 1.6
    light_x: float = -1.0
    sway: float = 0.0
    gaze_y: float = 0.0
    holds: str = ""
    is_seated: bool = False

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
    def is_low(self) -> bool:
        """Whether a body without human joints is lowered: it sits, crouches, sleeps and the like."""
        return self.is_seated or self.pose in LOW_POSES

    @property
    def reaches(self) -> bool:
        """Whether a body without human joints stretches out an arm."""
        return bool(self.holds.strip()) or self.pose in REACHING_POSES

    @property
    def body(self) -> Skeleton:
        """The posed joints of a human body."""
        return skeleton_of(self.look, self.pose, self.view, self.is_seated, bool(self.holds))


def neutral_stance(look: Look, facing: Facing, emotion: Emotion = Emotion.NEUTRAL, line_width: float = 1.8) -> Stance:
    """Return the stance of a figure on a reference sheet: upright and at rest."""
    return Stance(look, emotion, Pose.STAND, facing, line_width=line_width)


@dataclass(frozen=True)
class Hand:
    """Where a figure holds things: in a hand, a mouth, a beak or a claw.

    Attributes:
        place: Figure units.
        size: Of the hand relative to a grown human's.
        is_mouth: Whether it is a mouth or a beak, from which things hang.
    """

    place: tuple[float, float]
    size: float = 1.0
    is_mouth: bool = False


@dataclass(frozen=True)
class Geometry:
    """Where the parts of a drawn figure lie, looking right.

    Attributes:
        head: With hair or ears.
        bounds: Everything drawn.
        ground_y: Height of the ground under it.
        feet: Left and right edge of what touches the ground; equal where nothing does.
        height: From the ground to the crown, standing.
        crown_y: Height of the crown in this pose.
        face_height: Height of the face, by which close framings are measured.
        mouth: What speaking may change; None without a face.
        eyes: What a blink may change; None without eyes that close.
        hand: Where a thing is carried; None for humans in action, and for whom has nothing to carry with.
    """

    head: Box
    bounds: Box
    ground_y: float
    feet: tuple[float, float]
    height: float
    crown_y: float
    face_height: float
    mouth: Box | None = None
    eyes: Box | None = None
    hand: Hand | None = None


RAISED = 330.0
"""How far above the ground a bird on its perch is, and whoever is small and floats: beside the chest of a human."""


def raised_by(look: Look) -> float:
    """Return how far above the ground somebody floats to be seen beside others, figure units."""
    return RAISED if look.mobility == "floating" and look.height < 0.5 else 0.0


def mirrored_box(box: Box) -> Box:
    """Return a box seen in a mirror at x = 0."""
    return -box[2], box[1], -box[0], box[3]


class Rig(Protocol):
    """Draws one kind of figure, looking right."""

    @property
    def geometry(self) -> Geometry:
        """Where its parts lie."""
        ...

    def draw(self, pen: Pen, mouth: str, eyes: str, head_only: bool) -> None:
        """Draw it; the arguments are those of `figure.draw_figure`."""
        ...


def geometry_in_own_units(
    look: Look,
    height: float,
    head: Box,
    bounds: Box,
    feet: tuple[float, float],
    face_height: float,
    mouth: Box | None = None,
    eyes: Box | None = None,
    raised: float = 0.0,
    hand: tuple[float, float] | None = None,
    is_mouth: bool = False,
) -> tuple[Geometry, float]:
    """Return the geometry of a figure drawn in units of its own, with the ground at y = 0, and the units' size.

    Args:
        look: Its height is the figure's.
        height: Of the standing figure, own units.
        head: Own units, as all that follow.
        bounds: Everything drawn.
        feet: What touches the ground.
        face_height: See `Geometry`.
        mouth: See `Geometry`.
        eyes: See `Geometry`.
        raised: How far above the ground the figure is, figure units: a bird on its perch.
        hand: Where it holds things.
        is_mouth: Whether it holds them in its mouth.
    """
    scale = look.height * ADULT_HEIGHT / height
    ground = look.height * ADULT_HEIGHT + raised

    def placed(box: Box) -> Box:
        left, top, right, bottom = box
        return left * scale, ground - raised + top * scale, right * scale, ground - raised + bottom * scale

    geometry = Geometry(
        head=placed(head),
        bounds=placed(bounds) if not raised else (*placed(bounds)[:3], ground),
        ground_y=ground,
        feet=(feet[0] * scale, feet[1] * scale),
        height=ground,
        crown_y=placed(head)[1],
        face_height=face_height * scale,
        mouth=placed(mouth) if mouth else None,
        eyes=placed(eyes) if eyes else None,
        hand=Hand((hand[0] * scale, ground - raised + hand[1] * scale), look.height, is_mouth) if hand else None,
    )
    return geometry, scale
