"""Control pictures of a keyframe: pose, depth, lines and regions, from the layout that the keyframe is drawn with.

They let another engine keep the animatic's framing. All have the size of the frame; the same brief gives the same
pixels, until `picture_source` counts its version up. Nothing here changes what is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.animatic.painter.composition import (
    METRES_PER_UNIT,
    DrawingOptions,
    draw_keyframe,
    layout_of,
    set_of,
)
from tower_anime_assets.animatic.painter.joints import KEYPOINTS, keypoints_of
from tower_anime_assets.animatic.painter.set_builder import SetSurface, Vertex
from tower_anime_assets.animatic.painter.staging import PlacedSubject
from tower_anime_assets.media.layer_file import flatten
from tower_anime_assets.media.layers import Layer, LayeredPicture
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.planning.shots import Framing

Grey = NDArray[np.uint8]
"""(height, width) uint8."""

Rgb = NDArray[np.uint8]
"""(height, width, 3) uint8, sRGB."""

LIMBS: Final = (
    *(("neck", "right_shoulder"), ("neck", "left_shoulder"), ("right_shoulder", "right_elbow")),
    *(("right_elbow", "right_wrist"), ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist")),
    *(("neck", "right_hip"), ("right_hip", "right_knee"), ("right_knee", "right_ankle"), ("neck", "left_hip")),
    *(("left_hip", "left_knee"), ("left_knee", "left_ankle"), ("neck", "nose"), ("nose", "right_eye")),
    *(("right_eye", "right_ear"), ("nose", "left_eye"), ("left_eye", "left_ear")),
)
"""The limbs of the customary picture of a COCO skeleton, in the order of their colours."""

COLOURS: Final = tuple(
    tuple(round(255 * min(1.0, max(0.0, abs((index / 3 + shift) % 6 - 3) - 1))) for shift in (0, 4, 2))
    for index in range(18)
)
"""Colours of limbs and keypoints: 18 steps of hue from red to rose, as OpenPose paints them."""

_LIMB_SHADE = 0.6
"""Brightness of limbs relative to the keypoints."""

_STICK_PX = 4.0
"""Half width of a limb, and radius of a keypoint, at 512 lines."""

_DEPTH_SHRINK = 2
"""Depth is measured on every second pixel of either axis: control networks read it in blocks of eight."""

_HORIZON_M = 80.0
"""Distance of what stands at the horizon."""

_OTHERWISE_MEASURED = frozenset({"sky", "room", "place", "foreground"})
"""Layers that depth does not take from their outline: the sky is infinitely far, a place is measured piece by piece,
and the dark corner in the foreground is a matter of light, not of the place."""

_ROUNDNESS_M = 0.16
"""How far a body bulges towards the camera from its outline to its middle."""

_NEAREST_SHARE = 0.55
"""Nothing is shown nearer than this share of the subjects' distance: a floor at the camera would leave no contrast."""

_REGION_MARGIN = 0.04
"""How far a region reaches beyond the figure, as a share of the frame's width."""


class ControlPictures:
    """The control pictures of one brief; each is drawn when it is asked for.

    Args:
        brief: Of the keyframe.
        drawing: What the keyframe would be drawn with; None for the first attempt's.

    Raises:
        MediaError: The size cannot be drawn, or a subject is not in the cast.
    """

    def __init__(self, brief: KeyframeBrief, drawing: DrawingOptions | None = None) -> None:
        self._brief = brief
        self._drawing = drawing or DrawingOptions(seed=brief.seed)
        self._layout = layout_of(brief, self._drawing)
        self._figures = () if brief.framing is Framing.INSERT else self._layout.staging.placed

    @property
    def has_pose(self) -> bool:
        """Whether a human body is in the frame, with a limb to show."""
        return any(self._limbs_of(figure) for figure in self._figures)

    def pose(self) -> Rgb:
        """Return the skeletons of all humans on black, (height, width, 3) uint8; animals and robots have none."""
        frame = self._layout.frame
        picture = np.zeros((frame.height, frame.width, 3), np.uint8)
        radius_px = max(2.0, _STICK_PX * frame.unit / 512)
        for figure in self._figures:  # from back to front
            points = self._keypoints_of(figure)
            for limb in self._limbs_of(figure):
                _draw_limb(picture, points[limb[0]], points[limb[1]], radius_px, COLOURS[LIMBS.index(limb)])
            for name, (x, y) in points.items():
                colour = COLOURS[KEYPOINTS.index(name)]
                cv2.circle(picture, (round(x), round(y)), round(radius_px), colour, cv2.FILLED, cv2.LINE_AA)
        return picture

    def depth(self) -> Grey:
        """Return the inverse distance of everything, (height, width) uint8: near is bright, the sky is black."""
        frame = self._layout.frame
        nearness = self._set_nearness()
        for layer in self._keyframe.layers:
            if not layer.glow:
                self._add_layer(nearness, layer)
        margin, step = frame.margin // _DEPTH_SHRINK, _DEPTH_SHRINK
        height, width = math.ceil(frame.height / step), math.ceil(frame.width / step)
        seen = nearness[margin : margin + height, margin : margin + width]
        brightest = min(float(seen.max()), 1 / (self._layout.camera.distance_m * _NEAREST_SHARE))
        grey = np.clip(seen / max(brightest, 1e-6), 0, 1) * 255
        enlarged = cv2.resize(grey.astype(np.float32), (frame.width, frame.height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(enlarged.round(), np.uint8)

    def lines(self) -> Grey:
        """Return the edges of the drawn keyframe, (height, width) uint8: white on black, as Canny's detector finds."""
        picture = flatten(self._keyframe)
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        return np.asarray(cv2.Canny(grey, 60, 160), np.uint8)

    def silhouette(self, character: str) -> Grey:
        """Return where a character is drawn and not hidden by another, (height, width) uint8: 255, else 0."""
        frame = self._layout.frame
        mask = np.zeros(self._canvas_shape, np.uint8)
        for layer in self._keyframe.layers:
            if layer.glow or not layer.character:
                continue
            alpha = layer.image[..., 3]
            mask = np.where(alpha > 127, 255 if layer.character == character else 0, mask).astype(np.uint8)
        return np.ascontiguousarray(
            mask[frame.margin : frame.margin + frame.height, frame.margin : frame.margin + frame.width]
        )

    def regions(self) -> dict[str, Grey]:
        """Return a rectangular mask for each character in the picture, by character, from left to right.

        Each holds its figure from head to foot. Where two would overlap, they meet half way between the two heads.
        """
        frame = self._layout.frame
        boxes: dict[str, list[float]] = {}
        for figure in sorted(self._figures, key=self._head_x):
            mask = self.silhouette(figure.subject.character)
            xs, ys = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
            if xs.size:
                pad = round(frame.width * _REGION_MARGIN)
                left, right = max(0, int(xs[0]) - pad), min(frame.width, int(xs[-1]) + 1 + pad)
                top, bottom = max(0, int(ys[0]) - pad), min(frame.height, int(ys[-1]) + 1 + pad)
                boxes[figure.subject.character] = [left, top, right, bottom, self._head_x(figure)]
        for one, other in pairwise(boxes.values()):
            if one[2] > other[0]:
                one[2] = other[0] = round((one[4] + other[4]) / 2)
        masks = {}
        for character, box in boxes.items():
            x0, y0, x1, y1 = (int(side) for side in box[:4])
            masks[character] = np.zeros((frame.height, frame.width), np.uint8)
            masks[character][y0:y1, x0:x1] = 255
        return masks

    @cached_property
    def _keyframe(self) -> LayeredPicture:
        return draw_keyframe(self._brief, self._drawing)

    @property
    def _canvas_shape(self) -> tuple[int, int]:
        width, height = self._layout.frame.size
        return height, width

    def _head_x(self, figure: PlacedSubject) -> float:
        left, _, right, _ = figure.on_canvas(figure.geometry.head)
        return (left + right) / 2 - self._layout.frame.margin

    def _keypoints_of(self, figure: PlacedSubject) -> dict[str, tuple[float, float]]:
        """Return the keypoints of a figure that are in the frame, px of the frame."""
        frame = self._layout.frame
        points = {}
        for name, (x, y) in keypoints_of(figure.stance).items():
            at = figure.x + x * figure.scale - frame.margin, figure.y + y * figure.scale - frame.margin
            if 0 <= at[0] < frame.width and 0 <= at[1] < frame.height:
                points[name] = at
        return points

    def _limbs_of(self, figure: PlacedSubject) -> list[tuple[str, str]]:
        points = self._keypoints_of(figure)
        return [limb for limb in LIMBS if limb[0] in points and limb[1] in points]

    def _set_nearness(self) -> NDArray[np.float32]:
        """Return the inverse distance of the set on the canvas, 1/m, on every second pixel."""
        height, width = self._canvas_shape
        nearness = np.zeros((height // _DEPTH_SHRINK, width // _DEPTH_SHRINK), np.float32)
        camera = self._layout.camera
        for surface in set_of(self._brief, self._layout).surfaces():
            _fill_surface(nearness, surface, camera.focal_px, camera.centre_px, camera.horizon_px)
        return nearness

    def _add_layer(self, nearness: NDArray[np.float32], layer: Layer) -> None:
        """Add a figure, props or something in the foreground; the place itself is there already."""
        figure = next((one for one in self._figures if one.subject.character == layer.character), None)
        subjects_m = self._layout.camera.distance_m
        if figure is not None:
            distance_m = subjects_m * self._layout.staging.scale / figure.scale
            px_per_m = figure.scale / METRES_PER_UNIT
        elif layer.name in _OTHERWISE_MEASURED:
            return
        else:
            distance_m, px_per_m = _HORIZON_M if layer.name == "far" else subjects_m, 0.0
        alpha = cv2.resize(layer.image[..., 3], nearness.shape[::-1], interpolation=cv2.INTER_AREA)
        shape = np.asarray(alpha > 127, np.uint8)
        if layer.name == "far":  # behind the set
            shape[nearness > 0] = 0
        distances_m = np.full(nearness.shape, distance_m, np.float32)
        if px_per_m:
            inside_m = cv2.distanceTransform(shape, cv2.DIST_L2, 3) * _DEPTH_SHRINK / px_per_m
            inside_m = np.minimum(inside_m, _ROUNDNESS_M)
            distances_m -= np.sqrt(inside_m * (2 * _ROUNDNESS_M - inside_m))
        nearer = shape.astype(bool)
        nearness[nearer] = 1 / np.maximum(distances_m[nearer], 0.1)


def _draw_limb(
    picture: Rgb, start: tuple[float, float], end: tuple[float, float], half_px: float, colour: Sequence[int]
) -> None:
    """Draw a limb as an ellipse from joint to joint."""
    length, angle = math.dist(start, end), math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
    middle = round((start[0] + end[0]) / 2), round((start[1] + end[1]) / 2)
    outline = cv2.ellipse2Poly(middle, (max(1, round(length / 2)), max(1, round(half_px))), round(angle), 0, 360, 5)
    shade = [int(channel * _LIMB_SHADE) for channel in colour]
    cv2.fillConvexPoly(picture, np.array(outline, np.int32), shade, cv2.LINE_AA)


def _fill_surface(
    nearness: NDArray[np.float32], surface: SetSurface, focal_px: float, centre_px: float, horizon_px: float
) -> None:
    """Paint a flat piece's inverse distance over what lies behind it; it is linear across the picture.

    With the plane n . p = d through p = (x, y, z) and the picture's u = x / z, v = -y / z: 1 / z = n . (u, -v, 1) / d.
    """
    plane = _plane_of(surface.corners)
    if plane is None:
        return
    normal, offset = plane
    rows, columns = nearness.shape
    points = np.array(surface.outline) / _DEPTH_SHRINK
    left, top = np.clip(np.floor(points.min(axis=0)), 0, (columns, rows)).astype(int)
    right, bottom = np.clip(np.ceil(points.max(axis=0)) + 1, 0, (columns, rows)).astype(int)
    if right <= left or bottom <= top:
        return
    inside = np.zeros((bottom - top, right - left), np.uint8)
    outlines = [surface.outline, *surface.openings]
    shifted = [((np.array(one) / _DEPTH_SHRINK - (left, top)) * 16).round().astype(np.int32) for one in outlines]
    cv2.fillPoly(inside, shifted, (1,), shift=4)  # even-odd: openings are left out
    u = (np.arange(left, right, dtype=np.float32) * _DEPTH_SHRINK - centre_px) / focal_px
    v = (np.arange(top, bottom, dtype=np.float32) * _DEPTH_SHRINK - horizon_px) / focal_px
    inverse = (normal[0] * u[None, :] - normal[1] * v[:, None] + normal[2]) / offset
    part = nearness[top:bottom, left:right]
    is_in = (inside > 0) & (inverse > 0)
    part[is_in] = inverse[is_in]


def _plane_of(corners: Sequence[Vertex]) -> tuple[NDArray[np.float64], float] | None:
    """Return the unit normal and the offset of a plane, or None for a piece without area or seen from its edge."""
    points = np.array(corners)
    centred = points - points.mean(axis=0)
    _, spread, axes = np.linalg.svd(centred, full_matrices=False)
    if len(spread) < 2 or spread[1] < 1e-9:
        return None
    normal = axes[2]
    offset = float(normal @ points.mean(axis=0))
    return (normal, offset) if abs(offset) > 1e-6 else None
