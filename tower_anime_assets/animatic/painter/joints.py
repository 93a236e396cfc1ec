"""The joints of a drawn human in the picture: the 18 keypoints of OpenPose's COCO model. In figure units, see `body`.

Source: CMU OpenPose, "OpenPose Output Format": names and order of the keypoints of the COCO model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from tower_anime_assets.animatic.painter.body import ADULT_HEIGHT, HIP_Y, NECK_Y, Joint, Skeleton, skeleton_of
from tower_anime_assets.animatic.painter.faces import face_layout_of
from tower_anime_assets.animatic.painter.figure import head_tilt_deg
from tower_anime_assets.animatic.painter.stance import Stance
from tower_anime_assets.production.planning.shots import Pose

KEYPOINTS: Final = (
    *("nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist"),
    *("right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle"),
    *("right_eye", "left_eye", "right_ear", "left_ear"),
)
"""Names of the keypoints, in the order of the COCO model; right and left are the figure's own."""

_EAR_X, _EAR_Y = 36.0, 8.0
"""Where the ears are on a head seen from the front, head units."""


def keypoints_of(stance: Stance) -> Mapping[str, Joint]:
    """Return where the visible keypoints of a human lie in the picture, by name; {} for a body without human joints.

    Eyes and nose are missing from behind, and so is the far ear of a turned head.
    """
    look = stance.look
    if not look.has_human_body:
        return {}
    body = stance.body
    size = look.height * ADULT_HEIGHT / skeleton_of(look, Pose.STAND, stance.view).sole_y
    points = {**_body_points(stance, body), **_head_points(stance, body)}
    sides = -1.0 if stance.is_mirrored else 1.0
    return {
        _swapped(name) if stance.is_mirrored else name: (x * size * sides, y * size) for name, (x, y) in points.items()
    }


def _body_points(stance: Stance, body: Skeleton) -> dict[str, Joint]:
    """Return the keypoints below the head, looking right, before the figure is scaled to its height."""
    near, far = ("left", "right") if stance.view == "back" else ("right", "left")
    points: dict[str, Joint] = {}
    for side, arm in ((near, body.near), (far, body.far)):
        for name, joint in (("shoulder", arm.shoulder), ("elbow", arm.elbow), ("wrist", arm.wrist)):
            points[f"{side}_{name}"] = _below_neck(_leaning(joint, body), body)
    (right_x, right_y), (left_x, left_y) = points["right_shoulder"], points["left_shoulder"]
    points["neck"] = (right_x + left_x) / 2, (right_y + left_y) / 2
    if stance.look.is_trailing:  # the ghost of a human has no legs
        return points
    for side, leg in ((far, body.legs[0]), (near, body.legs[1])):
        for name, joint in (("hip", leg.hip), ("knee", leg.knee), ("ankle", leg.ankle)):
            points[f"{side}_{name}"] = _below_neck(joint, body)
    return points


def _leaning(joint: Joint, body: Skeleton) -> Joint:
    """Return where a joint of the upper body lies after leaning and sinking."""
    angle, x, y = math.radians(body.lean_deg), joint[0], joint[1] - HIP_Y
    return x * math.cos(angle) - y * math.sin(angle), HIP_Y + x * math.sin(angle) + y * math.cos(angle) + body.drop


def _below_neck(joint: Joint, body: Skeleton) -> Joint:
    return joint[0] * body.scale, NECK_Y + (joint[1] - NECK_Y) * body.scale


def _head_points(stance: Stance, body: Skeleton) -> dict[str, Joint]:
    is_turned = stance.view == "turned"
    if stance.view == "back":
        return {
            "left_ear": _on_head((-_EAR_X, _EAR_Y), stance, body),
            "right_ear": _on_head((_EAR_X, _EAR_Y), stance, body),
        }
    face = face_layout_of(stance.look, is_turned)
    near_eye, far_eye = face.eyes
    points = {
        "nose": face.nose,
        "right_eye": (near_eye.x, near_eye.y),
        "left_eye": (far_eye.x, far_eye.y),
        "right_ear": (-24.0 if is_turned else -_EAR_X, _EAR_Y),
    }
    if not is_turned:
        points["left_ear"] = (_EAR_X, _EAR_Y)
    return {name: _on_head(point, stance, body) for name, point in points.items()}


def _on_head(point: Joint, stance: Stance, body: Skeleton) -> Joint:
    """Return where a point of the upright head, measured from its middle, lies after tilt and lean."""
    angle, (x, y) = math.radians(head_tilt_deg(stance)), (point[0], point[1] - 44)
    return body.posed_point(x * math.cos(angle) - y * math.sin(angle), 94 + x * math.sin(angle) + y * math.cos(angle))


def _swapped(name: str) -> str:
    """Return the keypoint's name in a mirror."""
    side, _, part = name.partition("_")
    return {"right": f"left_{part}", "left": f"right_{part}"}.get(side, name)
