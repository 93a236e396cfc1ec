"""The joints of bodies in action: giving, eating, falling, dancing and so on. In figure units, see `body`.

Postures (standing, sitting, running ...) are `body`'s part; what lies in the hands is `held`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.production.planning.shots import Pose

Joint = tuple[float, float]
ArmJoints = tuple[Joint, Joint, Joint]
"""Shoulder, elbow, wrist."""

CLOSED_EYES = frozenset({Pose.SLEEP, Pose.PRAY})
"""Poses with closed eyes."""

SEATED_POSES = frozenset({Pose.SIT, Pose.DRIVE, Pose.SLEEP})
"""Poses that are always taken sitting."""

_SHOULDER_Y = 151.0


@dataclass(frozen=True)
class ArmPose:
    """An arm by its elbow and wrist, measured from its shoulder in a turned body; x counts half in a front view.

    Attributes:
        hand: See `body.Arm`.
        is_in_front: Whether it is drawn over the body.
    """

    elbow: Joint
    wrist: Joint
    hand: str = "fist"
    is_in_front: bool = True


_REST_NEAR = ArmPose((-14, 85), (-6, 167), "relaxed")
_REST_FAR = ArmPose((13, 85), (16, 165), "relaxed", False)

_ARMS: dict[Pose, tuple[ArmPose, ArmPose]] = {
    Pose.HOLD: (ArmPose((8, 80), (86, 30)), _REST_FAR),
    Pose.GIVE: (ArmPose((64, 62), (142, 44), "open"), ArmPose((44, 62), (100, 50), "open", False)),
    Pose.OPEN: (ArmPose((34, 82), (100, 88), "open"), ArmPose((56, 44), (86, 24), "open", False)),
    Pose.EAT: (ArmPose((26, 78), (80, 2)), ArmPose((22, 82), (58, 66), "open", False)),
    Pose.DRINK: (ArmPose((62, 58), (112, -16)), _REST_FAR),
    Pose.WRITE: (ArmPose((6, 86), (96, 88)), ArmPose((36, 78), (64, 96), "open", False)),
    Pose.FALL: (ArmPose((-62, -34), (-116, -92), "open"), ArmPose((60, -44), (112, -104), "open", False)),
    Pose.SLEEP: (ArmPose((-8, 84), (54, 122), "relaxed"), ArmPose((20, 84), (6, 128), "hidden")),
    Pose.EMBRACE: (ArmPose((74, 38), (152, 22), "open"), ArmPose((52, 52), (122, 70), "open", False)),
    Pose.FIGHT: (ArmPose((22, 72), (84, 6)), ArmPose((66, 8), (142, -4), "fist", False)),
    Pose.THROW: (ArmPose((-66, -26), (-58, -112)), ArmPose((62, 22), (132, 6), "open", False)),
    Pose.COOK: (ArmPose((14, 88), (104, 96)), ArmPose((46, 76), (82, 112), "fist", False)),
    Pose.DRIVE: (ArmPose((26, 84), (118, 74)), ArmPose((40, 70), (84, 50), "fist", False)),
    Pose.DANCE: (ArmPose((-38, -50), (6, -128), "open"), ArmPose((72, 6), (148, -18), "open", False)),
    Pose.PRAY: (ArmPose((0, 90), (68, 38), "open"), ArmPose((16, 86), (-26, 30), "hidden")),
}  # fmt: skip

_FRONT_ARMS: dict[Pose, tuple[ArmPose, ArmPose]] = {
    Pose.PRAY: (ArmPose((-14, 88), (44, 46), "open"), ArmPose((14, 88), (-44, 46), "open")),
    Pose.EMBRACE: (ArmPose((-56, 40), (-96, 30), "open"), ArmPose((56, 40), (96, 30), "open")),
    Pose.DANCE: (ArmPose((-44, -44), (-8, -124), "open"), ArmPose((72, 20), (140, 0), "open")),
    Pose.FIGHT: (ArmPose((-22, 74), (18, 10)), ArmPose((26, 66), (-6, -6))),
    Pose.FALL: (ArmPose((-66, -30), (-128, -84), "open"), ArmPose((66, -30), (128, -84), "open")),
    Pose.THROW: (ArmPose((-66, -26), (-62, -112)), ArmPose((58, 40), (96, 70), "open")),
    Pose.DRIVE: (ArmPose((-16, 84), (16, 84)), ArmPose((16, 84), (-16, 84))),
    Pose.GIVE: (ArmPose((-12, 86), (34, 70), "open"), ArmPose((12, 86), (-34, 70), "open")),
}  # fmt: skip
"""Where a front view differs by more than its smaller reach."""

_FRONT_REACH = 0.5


def arms_in_action(pose: Pose, left: float, right: float, turned: bool) -> tuple[ArmJoints, ArmJoints] | None:
    """Return (shoulder, elbow, wrist) of the near and of the far arm, None for a pose that is only a posture."""
    if pose not in _ARMS:
        return None
    arms = _ARMS[pose] if turned else _FRONT_ARMS.get(pose, _ARMS[pose])
    reach = 1.0 if turned or pose in _FRONT_ARMS else _FRONT_REACH
    far_way = 1.0 if turned or pose in _FRONT_ARMS else -1.0
    return _joints(left, arms[0], reach), _joints(right, arms[1], reach * far_way)


def _joints(shoulder_x: float, arm: ArmPose, reach: float) -> ArmJoints:
    (elbow_x, elbow_y), (wrist_x, wrist_y) = arm.elbow, arm.wrist
    elbow = (shoulder_x + elbow_x * reach, _SHOULDER_Y + elbow_y)
    return (shoulder_x, _SHOULDER_Y), elbow, (shoulder_x + wrist_x * reach, _SHOULDER_Y + wrist_y)


def hands_in_action(pose: Pose, turned: bool) -> tuple[ArmPose, ArmPose]:
    """Return how the near and the far hand are held; the arms' joints are `arms_in_action`'s."""
    return _ARMS[pose] if turned else _FRONT_ARMS.get(pose, _ARMS[pose])


@dataclass(frozen=True)
class LegPose:
    """Both legs by (hip, knee, ankle, degrees of the foot), the far one first, and what they do to the body.

    Attributes:
        drop: How far the upper body sinks.
        lean_deg: Of the upper body, clockwise, in a turned view.
    """

    far: tuple[Joint, Joint, Joint, float]
    near: tuple[Joint, Joint, Joint, float]
    drop: float = 0.0
    lean_deg: float = 0.0


def legs_in_action(pose: Pose, left: float, right: float, turned: bool, hip_y: float) -> LegPose | None:
    """Return the legs of an action, None where they stand or sit as `body` says.

    Args:
        pose: The action.
        left: x of the near hip.
        right: x of the far hip.
        turned: Whether the body is seen three-quarter.
        hip_y: Height of the hips, standing.
    """
    wide = 1.0 if turned else 0.8
    if pose is Pose.FALL:
        return LegPose(
            ((right, 500), (right + 84 * wide, 474), (right + 168 * wide, 530), -20),
            ((left, 504), (left + 92 * wide, 540), (left + 176 * wide, 600), -8),
            182.0,
            -34.0 if turned else -16.0,
        )
    if pose in (Pose.FIGHT, Pose.THROW):
        lean = (7.0 if pose is Pose.FIGHT else -9.0) if turned else 0.0
        return LegPose(
            ((right, hip_y + 26), (right + 66 * wide, hip_y + 166), (right + 78 * wide, 630), 8),
            ((left, hip_y + 26), (left - 34 * wide, hip_y + 178), (left - 112 * wide, 634), 14 if turned else 130),
            26.0,
            lean,
        )
    if pose is Pose.DANCE:
        return LegPose(
            ((right, hip_y), (right + 78 * wide, 408), (right + 26 * wide, 520), 52),
            ((left, hip_y), (left - 4, 474), (left + 2, 634), 30),
            0.0,
            -5.0 if turned else 0.0,
        )
    if pose is Pose.PRAY:
        foot = 60.0 if turned else 110.0
        return LegPose(
            ((right, 470), (right + 44 * wide, 628), (right - (70 if turned else 10), 640), foot),
            ((left, 470), (left + (52 if turned else -20), 632), (left - (66 if turned else -4), 642), foot),
            152.0,
            5.0 if turned else 0.0,
        )
    return None


_LEANS_DEG = {Pose.GIVE: 5.0, Pose.EMBRACE: 6.0, Pose.SLEEP: 12.0, Pose.DRINK: -3.0}
_BOWS_DEG = {Pose.SLEEP: 15.0, Pose.PRAY: 11.0, Pose.WRITE: 8.0, Pose.COOK: 6.0, Pose.FALL: -8.0, Pose.DRINK: -6.0}


def lean_in_action(pose: Pose, turned: bool) -> float:
    """Return how far an action leans a body whose legs stand or sit, degrees clockwise."""
    return _LEANS_DEG.get(pose, 0.0) if turned else 0.0


def head_bow_deg(pose: Pose) -> float:
    """Return how far the head is bowed in a pose, degrees."""
    return _BOWS_DEG.get(pose, 0.0)
