"""The joints of a body in every pose and build, in figure units: the head is 100 high, y = 0 is its crown.

A figure seen three-quarter looks to the right; its near side (its right arm) is on the left of the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tower_anime_assets.animatic.painter.look import Look
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
        """Return where a point of the upright upper body lies after leaning and sinking."""
        angle = math.radians(self.lean_deg)
        dx, dy = x, y - HIP_Y
        cos, sin = math.cos(angle), math.sin(angle)
        return dx * cos - dy * sin, HIP_Y + dx * sin + dy * cos + self.drop


HIP_Y = 318.0
"""Height of the hip joints of a standing figure, about which the upper body leans."""


_BASE_WIDTHS = {
    "feminine": (57.0, 36.0, 47.0, 23.0),
    "neutral": (62.0, 40.0, 46.0, 26.0),
    "masculine": (71.0, 46.0, 47.0, 31.0),
}
_BUILD_GAINS = {"slim": (0.94, 0.92, 0.94, 0.95), "broad": (1.2, 1.26, 1.16, 1.22), "small": (0.88, 0.92, 0.92, 0.92)}


def _widths(look: Look) -> tuple[float, float, float, float]:
    """Return half shoulder, half waist, half hip and neck width."""
    base = _BASE_WIDTHS.get(look.presents, _BASE_WIDTHS["masculine"])
    gains = _BUILD_GAINS.get(look.build, (1.0, 1.0, 1.0, 1.0))
    child = 0.8 if look.is_child else 1.0
    shoulder, waist, hip, neck = (width * gain * child for width, gain in zip(base, gains, strict=True))
    return shoulder, waist, hip, neck


def skeleton_of(look: Look, pose: Pose, view: str) -> Skeleton:
    """Return the joints of a look in a pose, seen from "front", "turned" (three-quarter right) or "back"."""
    shoulder, waist, hip, neck = _widths(look)
    turned = view == "turned"
    left, right = (-shoulder * 0.8, shoulder * 0.7) if turned else (-shoulder * 0.87, shoulder * 0.87)
    near, far = _arms(pose, left, right, turned, view == "back")
    legs, drop, lean, seat = _legs(pose, hip, turned)
    sole = 636.0 if pose is Pose.RUN else 664.0
    if look.is_child:
        # a child's legs are short: the ground rises, the upper body keeps its joints
        legs = tuple(_shorten(leg, 0.68) for leg in legs)  # type: ignore[assignment]
        sole = HIP_Y + (sole - HIP_Y) * 0.68
        drop *= 0.68
    return Skeleton(view, shoulder, waist, hip, neck, near, far, legs, drop, lean, sole, seat)


def _shorten(leg: Leg, share: float) -> Leg:
    def shortened_joint(joint: Joint) -> Joint:
        return joint[0] * 0.85, HIP_Y + (joint[1] - HIP_Y) * share

    return Leg(shortened_joint(leg.hip), shortened_joint(leg.knee), shortened_joint(leg.ankle), leg.foot_deg)


def _arms(pose: Pose, left: float, right: float, turned: bool, behind: bool) -> tuple[Arm, Arm]:
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
