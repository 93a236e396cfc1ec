"""The joints of a body in every pose and build, in figure units: the head is 100 high, y = 0 is its crown.

A figure seen three-quarter looks to the right; its near side (its right arm) is on the left of the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from tower_anime_assets.animatic.painter.look import OLD_YEARS, Look
from tower_anime_assets.animatic.painter.poses import (
    SEATED_POSES,
    arms_in_action,
    hands_in_action,
    lean_in_action,
    legs_in_action,
)
from tower_anime_assets.production.planning.shots import Pose

Joint = tuple[float, float]


def point_between(start: Joint, end: Joint, share: float) -> Joint:
    """Return the point at a share, 0..1, of the way from one joint to another."""
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


@dataclass(frozen=True)
class Arm:
    """One arm: its joints, and its hand: "relaxed", "fist", "open", "point" or "hidden"."""

    shoulder: Joint
    elbow: Joint
    wrist: Joint
    hand: str = "relaxed"
    in_front: bool = True

    def upper_arm_point(self, share: float) -> Joint:
        """Return the point at a share, 0..1, of the way from shoulder to elbow."""
        return point_between(self.shoulder, self.elbow, share)

    def forearm_point(self, share: float) -> Joint:
        """Return the point at a share, 0..1, of the way from elbow to wrist."""
        return point_between(self.elbow, self.wrist, share)

    @property
    def forearm_normal(self) -> Joint:
        """The unit vector across the forearm."""
        dx, dy = self.wrist[0] - self.elbow[0], self.wrist[1] - self.elbow[1]
        length = math.hypot(dx, dy) or 1.0
        return -dy / length, dx / length


@dataclass(frozen=True)
class Leg:
    """One leg: its joints, and which way the foot points, degrees (0 is to the right)."""

    hip: Joint
    knee: Joint
    ankle: Joint
    foot_deg: float = 0.0


@dataclass(frozen=True)
class Skeleton:
    """A posed body.

    Attributes:
        view: "front", "turned" or "back".
        half_shoulder: Half the width at the shoulders; likewise waist and hip.
        near: The arm at the left of the picture.
        far: The arm at the right.
        legs: Far leg first.
        drop: How far the upper body sinks below its standing height (sitting, crouching).
        lean_deg: Rotation of the upper body about the hips, clockwise.
        ground_y: Height of the ground under the figure.
        needs_seat: Whether the figure sits on something.
        scale: Size of everything below the neck relative to an adult's with the same head; joints are an adult's.
        stoop: How far age has bent the neck, 0 to 1.
    """

    view: str
    half_shoulder: float
    half_waist: float
    half_hip: float
    neck_width: float
    near: Arm
    far: Arm
    legs: tuple[Leg, Leg]
    drop: float = 0.0
    lean_deg: float = 0.0
    ground_y: float = 664.0
    needs_seat: bool = False
    scale: float = 1.0
    stoop: float = 0.0

    @property
    def sole_y(self) -> float:
        """Height of the ground under the figure as drawn, below a head 100 high."""
        return NECK_Y + (self.ground_y - NECK_Y) * self.scale

    @property
    def sunk(self) -> float:
        """How far the head is below its standing height."""
        return self.drop * self.scale

    @property
    def upper_transform(self) -> str:
        """The SVG transform of the upper body, within the scaled body."""
        return f"translate(0 {self.drop:.1f}) rotate({self.lean_deg:.1f} 0 {HIP_Y:.0f})"

    @property
    def head_transform(self) -> str:
        """The SVG transform of everything above the neck, which is never scaled."""
        hip = NECK_Y + (HIP_Y - NECK_Y) * self.scale
        forward, low = self.head_shift
        return f"translate({forward:.1f} {self.sunk + low:.1f}) rotate({self.lean_deg:.1f} 0 {hip:.1f})"

    @property
    def head_shift(self) -> Joint:
        """How far age or a bent back carries the head forwards and down."""
        return (13.0 * self.stoop if self.view == "turned" else 0.0), 9.0 * self.stoop

    def centre(self, y: float) -> float:
        """Return x of the middle of the front at a height; the chest of a turned body faces right."""
        if self.view != "turned":
            return 0.0
        return 11.0 - 7.0 * max(0.0, min(1.0, (y - 130) / 190))

    def left(self, half: float) -> float:
        """Return x of the left outline for a half width."""
        return -half * (0.9 if self.view == "turned" else 1.0)

    def right(self, half: float) -> float:
        """Return x of the right outline for a half width."""
        return half * (0.8 if self.view == "turned" else 1.0)

    def edge(self, side: int, half: float) -> float:
        """Return x of the left (-1) or right (1) outline for a half width."""
        return self.left(half) if side < 0 else self.right(half)

    def posed_point(self, x: float, y: float) -> Joint:
        """Return where a point of the upright head lies after leaning and sinking."""
        angle, hip = math.radians(self.lean_deg), NECK_Y + (HIP_Y - NECK_Y) * self.scale
        (forward, low), dx, dy = self.head_shift, x, y - hip
        cos, sin = math.cos(angle), math.sin(angle)
        return dx * cos - dy * sin + forward, hip + dx * sin + dy * cos + self.sunk + low


HIP_Y = 318.0
"""Height of the hip joints of a standing figure, about which the upper body leans."""

ADULT_HEIGHT = 664.0
"""Height of the ground under a standing adult, which is 1.7 m below the crown."""

NECK_Y = 96.0
"""Height of the neck, about which the body of a child is smaller than its head."""

_BODY_SHARES = ((0, 0.44, 0.72), (3, 0.52, 0.78), (6, 0.62, 0.86), (9, 0.72, 0.9), (12, 0.83, 0.95), (15, 0.93, 1.0))
"""By age: size of the body below the neck relative to an adult's, for heads of one size, and length of its legs."""


def _body_share(age_years: int) -> tuple[float, float]:
    """Return the size of a body relative to an adult's with the same head, and the length of its legs."""
    for young, old in zip(_BODY_SHARES, (*_BODY_SHARES[1:], (18, 1.0, 1.0)), strict=True):
        if age_years < old[0]:
            share = (age_years - young[0]) / (old[0] - young[0])
            return young[1] + (old[1] - young[1]) * share, young[2] + (old[2] - young[2]) * share
    return 1.0, 1.0


CARRYING_POSES = frozenset({Pose.STAND, Pose.SIT, Pose.CROUCH, Pose.ARMS_CROSSED, Pose.HAND_ON_HIP, Pose.HOLD})
"""Poses in which a thing is only carried, in the far hand, before the body."""

_BASE_WIDTHS = {
    "feminine": (57.0, 36.0, 47.0, 23.0),
    "neutral": (62.0, 40.0, 46.0, 26.0),
    "masculine": (71.0, 46.0, 47.0, 31.0),
}
_BUILD_GAINS: dict[str, tuple[float, float, float, float]] = {
    "slim": (0.94, 0.92, 0.94, 0.95),
    "broad": (1.2, 1.26, 1.16, 1.22),
    "small": (0.88, 0.92, 0.92, 0.92),
}
_BUILD_GAINS |= {
    "fat": (1.2, 2.3, 1.86, 1.36),
    "plump": (1.08, 1.6, 1.4, 1.15),
    "heavy": (1.2, 2.0, 1.6, 1.36),
    "tall": (0.96, 0.93, 0.94, 0.94),
}


def _widths(look: Look) -> tuple[float, float, float, float]:
    """Return half shoulder, half waist, half hip and neck width."""
    base = _BASE_WIDTHS.get(look.presents, _BASE_WIDTHS["masculine"])
    gains = _BUILD_GAINS.get(look.build, (1.0, 1.0, 1.0, 1.0))
    child = 0.94 if look.is_child else 1.0
    shoulder, waist, hip, neck = (width * gain * child for width, gain in zip(base, gains, strict=True))
    return shoulder, waist, hip, neck


def skeleton_of(look: Look, pose: Pose, view: str, is_seated: bool = False, holds: bool = False) -> Skeleton:
    """Return the joints of a look in a pose.

    Args:
        look: Whose body.
        pose: What it does.
        view: Seen from "front", "turned" (three-quarter right) or "back".
        is_seated: Whether it sits, whatever the pose is.
        holds: Whether a hand that has nothing else to do holds something.
    """
    shoulder, waist, hip, neck = _widths(look)
    turned = view == "turned"
    left, right = (-shoulder * 0.8, shoulder * 0.7) if turned else (-shoulder * 0.87, shoulder * 0.87)
    sits = look.uses_wheelchair or pose in SEATED_POSES or is_seated
    legs_pose = Pose.SIT if sits and not look.is_trailing else Pose.STAND if look.is_trailing else pose
    if look.uses_wheelchair and pose in (Pose.STAND, Pose.RUN, Pose.CROUCH):
        pose = Pose.SIT
    near, far = _arms(pose, left, right, turned, view == "back")
    if holds and pose in CARRYING_POSES and view != "back":
        near, far = _arms(Pose.STAND, left, right, turned, False)[0], _carrying_arm(right, turned)
    if waist > shoulder:  # arms hang outside a belly
        near, far = _spread(near, shoulder - waist), _spread(far, (waist - shoulder) * (0.8 if turned else 1.0))
    legs, drop, lean, seat = _legs(legs_pose, hip, turned)
    lean += lean_in_action(pose, turned)
    sole = 636.0 if legs_pose is Pose.RUN else ADULT_HEIGHT
    scale, leg_share = _body_share(look.age_years)
    if leg_share < 1.0:
        # a child's legs are short: the ground rises, the upper body keeps its joints
        legs = _shorten(legs[0], leg_share), _shorten(legs[1], leg_share)
        sole = HIP_Y + (sole - HIP_Y) * leg_share
        drop *= leg_share
    stoop = 0.0
    if look.is_old and pose is not Pose.RUN:
        stoop = min(1.0, 0.55 + (look.age_years - OLD_YEARS) / 40)
        lean += 5.0 * stoop if turned else 0.0
    seat = seat and not look.is_trailing
    return Skeleton(view, shoulder, waist, hip, neck, near, far, legs, drop, lean, sole, seat, scale, stoop)


def _carrying_arm(right: float, turned: bool) -> Arm:
    """Return the far arm with its hand before the body."""
    wrist = (right + 66, 232) if turned else (right - 6, 236)
    return Arm((right, 151.0), (right + (24 if turned else 30), 238), wrist, "fist", in_front=True)


def _spread(arm: Arm, shift: float) -> Arm:
    (x, y), (wrist_x, wrist_y) = arm.elbow, arm.wrist
    return replace(arm, elbow=(x + shift, y), wrist=(wrist_x + shift * 0.9, wrist_y))


def _shorten(leg: Leg, share: float) -> Leg:
    def shortened_joint(joint: Joint) -> Joint:
        return joint[0] * (0.55 + 0.45 * share), HIP_Y + (joint[1] - HIP_Y) * share

    return Leg(shortened_joint(leg.hip), shortened_joint(leg.knee), shortened_joint(leg.ankle), leg.foot_deg)


def _arms(pose: Pose, left: float, right: float, turned: bool, behind: bool) -> tuple[Arm, Arm]:
    if not behind and (joints := arms_in_action(pose, left, right, turned)) is not None:
        hands = hands_in_action(pose, turned)
        (near_joints, far_joints), (near_hand, far_hand) = joints, hands
        near = Arm(*near_joints, hand=near_hand.hand, in_front=near_hand.is_in_front or not turned)
        far = Arm(*far_joints, hand=far_hand.hand, in_front=far_hand.is_in_front or not turned)
        return near, far
    top = 151.0
    rest_near = Arm((left, top), (left - 14, 236), (left - 6, 318))
    rest_far = Arm((right, top), (right + 13, 236), (right + (16 if turned else 6), 316), in_front=not turned)
    if pose is Pose.ARMS_CROSSED and not behind:
        return (
            Arm((left, top), (left - 14, 226), (right - 18, 206), "fist"),
            Arm((right, top), (right + 12, 224), (left + 30, 222), "hidden"),
        )
    if pose is Pose.HAND_ON_HIP:
        return Arm((left, top), (left - 46, 226), (left + 12, 288), "fist"), rest_far
    if pose is Pose.POINT:
        return rest_near, Arm((right, top), (right + 62, 168), (right + 128, 150), "point", in_front=not turned)
    if pose is Pose.REACH:
        return (
            Arm((left, top), (left - 24, 226), (left + 6, 300), "fist"),
            Arm((right, top), (right + 52, 190), (right + 112, 164), "open", in_front=not turned),
        )
    if pose is Pose.RUN:
        return (
            Arm((left, top), (left - 46, 214), (left - 16, 284), "fist"),
            Arm((right, top), (right + 34, 222), (right + 92, 178), "fist", in_front=False),
        )
    if pose is Pose.CROUCH:
        return (
            Arm((left, top), (left - 16, 236), (left + 40, 292), "relaxed"),
            Arm((right, top), (right + 34, 230), (right + 46, 304), "relaxed", in_front=True),
        )
    if pose is Pose.SIT:
        return (
            Arm((left, top), (left - 14, 236), (left + 44, 296), "relaxed"),
            Arm((right, top), (right + 14, 236), (right + 34, 298), "relaxed", in_front=not turned),
        )
    if pose is Pose.TYPE:
        return (
            Arm((left, top), (left - 14, 234), (left + (70 if turned else 34), 268), "open"),
            Arm((right, top), (right + 18, 232), (right + (58 if turned else -30), 262), "open", in_front=not turned),
        )
    return rest_near, rest_far


def _legs(pose: Pose, hip: float, turned: bool) -> tuple[tuple[Leg, Leg], float, float, bool]:
    """Return (far leg, near leg), drop, lean and whether a seat is needed."""
    left, right = -hip * 0.46, hip * (0.34 if turned else 0.46)
    if (action := legs_in_action(pose, left, right, turned, HIP_Y)) is not None:
        return (Leg(*action.far), Leg(*action.near)), action.drop, action.lean_deg, False
    if pose is Pose.RUN:
        far = Leg((right, HIP_Y), (right + 68, 420), (right + 58, 566), 16)
        near = Leg((left, HIP_Y), (left - 4, 470), (left - 116, 566), 70)
        return (far, near), 0.0, 13.0 if turned else 0.0, False
    if pose is Pose.CROUCH:
        far = Leg((right, 470), (right + 76, 486), (right + 40, 636), 4)
        near = Leg((left, 470), (left + 30 if turned else left - 66, 548), (left - 46 if turned else left - 28, 640), 8)
        return (far, near), 152.0, 12.0 if turned else 0.0, False
    if pose is Pose.SIT:
        far = Leg((right, 470), (right + (96 if turned else 22), 486), (right + (92 if turned else 20), 632), 2)
        near = Leg((left, 474), (left + (104 if turned else -22), 494), (left + (96 if turned else -18), 638), 2)
        return (far, near), 152.0, 0.0, True
    spread = 9.0 if turned else 6.0
    far = Leg((right, HIP_Y), (right + spread, 470), (right + spread + 8, 628), 14 if turned else 60)
    near = Leg((left, HIP_Y), (left - spread, 472), (left - spread - 4, 634), 10 if turned else 120)
    return (far, near), 0.0, 0.0, False
