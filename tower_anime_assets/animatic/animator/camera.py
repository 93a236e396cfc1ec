"""Camera paths: they begin at rest, are smooth, and never show what lies beyond the canvas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.production.planning.briefs import ClipBrief
from tower_anime_assets.production.planning.motion import TRAVEL_PER_FRAME, ZOOM_PER_FRAME, camera_gain
from tower_anime_assets.production.planning.shots import Framing, Move

Series = NDArray[np.float64]
"""(frames,) float64: one value per frame."""

_RAMP_SHARE = 0.2
"""Share of a clip in which a move speeds up, and again in which it slows down."""

_SAFETY_MARGIN_PX = 3.0
"""Kept free at the canvas edge for interpolation and for the sway of figures."""

_DRIFT_RADIUS_SHARE = 0.0034
_DRIFT_SPEED_SHARE = 0.00027
"""Shares of the frame's width (per frame): a held shot circles too slowly to notice, yet no frame is frozen."""

_DIRECTIONS: dict[Move, tuple[float, float]] = {
    Move.PAN_LEFT: (-1.0, 0.0),
    Move.PAN_RIGHT: (1.0, 0.0),
    Move.TRACK_LEFT: (-1.0, 0.0),
    Move.TRACK_RIGHT: (1.0, 0.0),
    Move.TILT_UP: (0.0, -1.0),
    Move.TILT_DOWN: (0.0, 1.0),
}

_PARALLAX: dict[Move, float] = {
    Move.PAN_LEFT: 0.35,
    Move.PAN_RIGHT: 0.35,
    Move.TILT_UP: 0.35,
    Move.TILT_DOWN: 0.35,
}
"""A camera that turns shifts all planes nearly alike; one that travels shows their depth in full, 1."""

_WIDE_PARALLAX = 0.55
"""Factor on parallax where feet are in the frame: a figure must not glide over the ground."""


@dataclass(frozen=True)
class CameraPath:
    """A camera over time, each series (frames,); (0, 0) and zoom 1 shows the still.

    Attributes:
        x_px: How far the frame has moved right over the plane of the subjects.
        y_px: How far it has moved down.
        zoom: Scale of the plane of the subjects.
        parallax: How much depth counts: 0 moves all planes alike, 1 in proportion to their depth.
    """

    x_px: Series
    y_px: Series
    zoom: Series
    parallax: float

    def parallax_share(self, depth: float) -> float:
        """Return the share of the camera's motion that a plane at this depth shows, 1 at the subjects."""
        return 1.0 + self.parallax * (depth - 1.0)

    def max_separation_px(self, depth: float, other: float, width_px: int) -> float:
        """Return how far two planes drift apart at most over the clip."""
        gap = abs(self.parallax_share(depth) - self.parallax_share(other))
        reach = max(np.hypot(self.x_px, self.y_px).max(), np.abs(self.zoom - 1.0).max() * width_px / 2)
        return float(gap * reach)


@dataclass(frozen=True)
class Canvas:
    """The picture that a camera moves over.

    Attributes:
        width_px: Width of the frame.
        height_px: Height of the frame.
        margin_px: Picture beyond the frame on every side.
        depths: Depth of every plane.
        is_single_layer: Whether it is one still, with only its mirrored edges beyond the frame.
    """

    width_px: int
    height_px: int
    margin_px: int
    depths: tuple[float, ...]
    is_single_layer: bool = False


def camera_path(brief: ClipBrief, canvas: Canvas, seed: int, gain: float = 1.0) -> CameraPath:
    """Return the camera of a clip.

    Args:
        brief: Of the clip.
        canvas: The picture that the camera moves over.
        seed: Decides the shake of hand-held shots and which way a held shot drifts.
        gain: Multiplies all motion, 1 as planned.
    """
    rng = np.random.default_rng(seed)
    speed = camera_gain(brief.framing, brief.activity) * gain
    progress = _ease_in_out(brief.frames) * (brief.frames - 1)
    across, down = _DIRECTIONS.get(brief.move, (0.0, 0.0))
    travel = TRAVEL_PER_FRAME.get(brief.move, 0.0) * canvas.width_px * speed
    x, y = progress * travel * across, progress * travel * down
    zoom = 1.0 + progress * ZOOM_PER_FRAME.get(brief.move, 0.0) * speed
    drift_x, drift_y = (
        _handheld_shake(brief, canvas, rng, gain)
        if brief.move is Move.HANDHELD
        else _held_drift(brief, canvas, rng, gain)
    )
    if canvas.is_single_layer:
        # a single still shows nothing beside it: zoom in by as much as the frame moves
        zoom = np.maximum(zoom, 1.0 + 2.0 * np.maximum(np.abs(x) / canvas.width_px, np.abs(y) / canvas.height_px))
    parallax = _PARALLAX.get(brief.move, 1.0) * (_WIDE_PARALLAX if brief.framing is Framing.WIDE else 1.0)
    path = CameraPath(x + drift_x, y + drift_y, zoom, parallax)
    return _fit_to_canvas(path, canvas)


def _ease_in_out(frames: int) -> Series:
    """Return (frames,) 0..1: even speed with a smooth start and stop."""
    if frames < 2:
        return np.zeros(frames)
    at = (np.arange(frames - 1) + 0.5) / (frames - 1)
    edge = np.clip(np.minimum(at, 1.0 - at) / _RAMP_SHARE, 0.0, 1.0)
    steps = edge * edge * (3.0 - 2.0 * edge)
    return np.concatenate(([0.0], np.cumsum(steps) / steps.sum()))


def _held_drift(brief: ClipBrief, canvas: Canvas, rng: np.random.Generator, gain: float) -> tuple[Series, Series]:
    radius = _DRIFT_RADIUS_SHARE * canvas.width_px * max(gain, 0.5)
    start = rng.uniform(0.0, 2 * np.pi)
    angle = start + rng.choice([-1.0, 1.0]) * np.arange(brief.frames) * _DRIFT_SPEED_SHARE / _DRIFT_RADIUS_SHARE
    return radius * (np.cos(angle) - np.cos(start)), radius * (np.sin(angle) - np.sin(start))


def _handheld_shake(brief: ClipBrief, canvas: Canvas, rng: np.random.Generator, gain: float) -> tuple[Series, Series]:
    """Return the shake of a hand: a few slow waves that do not repeat, weak at first."""
    seconds = np.arange(brief.frames) / brief.fps
    amplitude_px = canvas.width_px * (0.004 + 0.006 * brief.activity) * gain
    fade_in = 1.0 - np.exp(-seconds / 0.35)
    axes = []
    for _axis in range(2):
        waves = np.zeros(brief.frames)
        for rate_hz, share in ((0.37, 0.55), (0.83, 0.35), (1.9, 0.14), (3.1, 0.05)):
            phase, detune = rng.uniform(0.0, 2 * np.pi), rng.uniform(0.85, 1.15)
            waves += share * np.sin(2 * np.pi * rate_hz * detune * seconds + phase)
        axes.append(amplitude_px * fade_in * (waves - waves[0]))
    return axes[0], axes[1]


def _fit_to_canvas(path: CameraPath, canvas: Canvas) -> CameraPath:
    """Return the path, scaled down as a whole if a plane would show its edge."""
    margin = max(canvas.margin_px - _SAFETY_MARGIN_PX, 0.0)
    scale = 1.0
    for share in {path.parallax_share(depth) for depth in canvas.depths}:
        for offset, side in ((path.x_px, canvas.width_px), (path.y_px, canvas.height_px)):
            # a plane covers the frame while share * |offset| <= zoom * (side / 2 + margin) - side / 2
            overshoot_px = float(np.max(share * (np.abs(offset) - (path.zoom - 1.0) * (side / 2 + margin))))
            if overshoot_px > margin:
                scale = min(scale, margin / overshoot_px)
    return CameraPath(path.x_px * scale, path.y_px * scale, 1.0 + (path.zoom - 1.0) * scale, path.parallax)
