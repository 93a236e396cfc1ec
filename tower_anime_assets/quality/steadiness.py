"""How steadily a clip moves: whether optical flow explains what changes between frames, and whether light flickers.

What moves smoothly is steady however fast it is; what boils, wobbles or jumps is not. A slow dissolve from one shape
into another is not told from a change of light, since every step of it is small.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
Flow = NDArray[np.float32]
"""(height, width, 2) float32, px per frame."""

UNEXPLAINED_LEVELS = 8
"""A pixel whose luma is further than this from where flow leads, and from where it was, is not explained by motion."""

_DISAGREEMENT_PX2, _DISAGREEMENT_SHARE = 0.25, 0.04
"""Largest squared distance, px at the measured size, between a pixel and where flow there and back leads: an absolute
part, and one that grows with the motion. Narrower than Sundaram, Brox and Keutzer (ECCV 2010, section 3) allow."""

_MEDIAN_STEP_PX = 8
WORST_SHARE = 0.25
FLICKER_PERCENTILE = 65.0
"""Within the worst second. Two bolts of lightning change a third of its frames, flicker more."""


class FlowMeter:
    """Optical flow between consecutive frames of one size, and how well it explains them.

    Buffers are reused; a frame is two searches, there and back.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        height, width = shape
        self._search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._there, self._back = np.empty((*shape, 2), np.float32), np.empty((*shape, 2), np.float32)
        self._grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)
        self._first, self._largest = (0.0, 0.0), (width - 1.0, height - 1.0)

    def measure(self, last: Luma, now: Luma) -> tuple[float, float]:
        """Return the mean length of the flow between two frames, px, and the share of it that is consistent, 0..1."""
        there, back = self._there, self._back
        there.fill(0)  # the search starts without motion
        back.fill(0)
        self._search.calc(last, now, there)
        self._search.calc(now, last, back)
        return float(cv2.mean(cv2.magnitude(there[..., 0], there[..., 1]))[0]), self._consistent_share(last, now)

    def _consistent_share(self, last: Luma, now: Luma) -> float:
        """Return the share of pixels that stay in the frame whose flow leads to their like, and back to themselves."""
        places = self._grid + self._there
        moved = np.asarray(_sampled(now, places), np.uint8)
        returning = np.asarray(_sampled(self._back, places), np.float32)
        difference = cv2.min(_difference(moved, last), _difference(now, last))
        gap_px2 = _squared_length(cv2.add(self._there, returning))
        tolerated_px2 = _DISAGREEMENT_PX2 + _DISAGREEMENT_SHARE * _squared_length(self._there)
        inside = cv2.inRange(places, self._first, self._largest)
        good = cv2.bitwise_and(cv2.inRange(difference, (0.0,), (float(UNEXPLAINED_LEVELS),)), inside)
        good = cv2.bitwise_and(good, cv2.compare(gap_px2, tolerated_px2, cv2.CMP_LE))
        return cv2.countNonZero(good) / max(1, cv2.countNonZero(inside))


def flow_consistency(shares: NDArray[np.float64]) -> float:
    """Return the mean of the worst quarter of a clip's consistent shares, 0..1; 1 for a single frame."""
    if not len(shares):
        return 1.0
    worst = np.sort(shares)[: max(1, round(len(shares) * WORST_SHARE))]
    return float(worst.mean())


def flicker_levels(blocks: NDArray[np.float32], fps: float) -> float:
    """Return how far the light of a whole picture swings around its trend in the worst second, grey levels.

    The median block counts, so that signs, flames and rain do not, and the change of the change, so that fades do not.
    Light that alternates by plus and minus one level from frame to frame has 1.

    Args:
        blocks: `(frames, rows, columns) float32`, `video.block_means` of every frame.
        fps: Frames per second.
    """
    if len(blocks) < 3:
        return 0.0
    steps = np.median(np.diff(blocks.reshape(len(blocks), -1), axis=0), axis=1)
    swings = np.abs(np.diff(steps)) / 4
    second = max(1, round(fps))
    starts = range(max(1, len(swings) - second + 1))
    return max(float(np.percentile(swings[at : at + second], FLICKER_PERCENTILE)) for at in starts)


def _sampled(values: Luma | Flow, places: Flow) -> NDArray[Any]:
    """Return values at these places; beyond the edge, those of the edge."""
    return np.asarray(cv2.remap(values, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))  # type: ignore[call-overload]  # None is taken


def _difference(first: Luma, second: Luma) -> NDArray[np.int16]:
    """Return how far luma differs, beyond what changes in the whole picture at once."""
    difference = np.asarray(cv2.subtract(first, second, dtype=cv2.CV_16S), np.int16)
    difference -= np.int16(round(float(np.median(difference[::_MEDIAN_STEP_PX, ::_MEDIAN_STEP_PX]))))
    return np.abs(difference)


def _squared_length(flow: NDArray[Any]) -> NDArray[np.float32]:
    across, down = cv2.split(flow)
    return np.asarray(cv2.accumulateProduct(down, down, cv2.multiply(across, across)), np.float32)
