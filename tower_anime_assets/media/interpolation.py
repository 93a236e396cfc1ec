"""Frames between frames: a clip shown at another rate, by the motion that is found in it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError
from tower_anime_assets.quality.image import Picture

Flow = NDArray[np.float32]
"""(height, width, 2) float32: where each pixel goes, px."""

MAX_TORN_LEVELS = 24.0
"""Mean difference, grey levels, of the two pictures of a frame that are warped from before and after: above it no
motion leads from one to the other. Moving pictures have 1 to 15, cuts 36 and more."""


def resampled_places(made_frames: int, frames: int) -> list[Fraction]:
    """Return for each frame of the result its place among the frames there are: first on first, last on last.

    Raises:
        MediaError: One of the lengths cannot be.
    """
    if made_frames < 1 or frames < 1 or (made_frames == 1 and frames > 1):
        raise MediaError(f"{made_frames} frames cannot be shown as {frames}; expected two or more")
    if frames == 1:
        return [Fraction(0)]
    return [Fraction(number * (made_frames - 1), frames - 1) for number in range(frames)]


def interpolate_frames(source: Iterator[Picture], made_frames: int, frames: int) -> Iterator[Picture]:
    """Yield a clip's frames as another number of frames over the same time; two of the source are kept at once.

    A frame that falls on one of the source is that one, unchanged. Any other is warped from the one before and the one
    after along the flow between them, and mixed by its distance from both. Where no motion leads from one to the other
    (a cut), it is the nearer of them: nothing is ever dissolved.

    Args:
        source: The clip's frames, (height, width, 3) uint8.
        made_frames: How many there are.
        frames: How many to yield.

    Raises:
        MediaError: The source has fewer frames, or one of the lengths cannot be.
    """
    pair = _FramePair(source)
    for place in resampled_places(made_frames, frames):
        pair.advance_to(ceil(place))
        yield pair.frame_at(place)


class _FramePair:
    """Two neighbouring frames of a clip that is read once, and the flow between them."""

    def __init__(self, source: Iterator[Picture]) -> None:
        self._source = source
        self._last = -1
        self._before: Picture = np.empty((0, 0, 3), np.uint8)
        self._after: Picture = self._before
        self._flows: tuple[Flow, Flow] | None = None
        self._search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)

    def advance_to(self, number: int) -> None:
        """Read on until a frame is the later one of the pair."""
        while self._last < number:
            frame = next(self._source, None)
            if frame is None:
                raise MediaError(f"the clip has {self._last + 1} frames; expected more than {number}. Make it again")
            self._before, self._after, self._flows = self._after, frame, None
            self._last += 1

    def frame_at(self, place: Fraction) -> Picture:
        """Return the frame at a place in the clip, between the two."""
        share = float(1 - (self._last - place))
        if share == 1.0:
            return self._after
        if self._flows is None:
            grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (self._before, self._after)]
            forth, back = (
                np.asarray(self._search.calc(*two, None), np.float32)  # type: ignore[call-overload]  # None is taken
                for two in (grey, grey[::-1])
            )
            self._flows = forth, back
        return self._mixed(*self._flows, share)

    def _mixed(self, forth: Flow, back: Flow, share: float) -> Picture:
        """Return the frame between the two at a share of the way.

        Source:
            Jiang et al., Super SloMo (CVPR 2018), eq. 4: the flow from a frame between to both others, by those two.
        """
        rest = 1.0 - share
        first = _warp(self._before, share * share * back - rest * share * forth)
        second = _warp(self._after, rest * rest * forth - share * rest * back)
        if cv2.norm(first, second, cv2.NORM_L1) / first.size > MAX_TORN_LEVELS:
            return self._before if share < 0.5 else self._after
        return np.asarray(cv2.addWeighted(first, rest, second, share, 0), np.uint8)


def _warp(frame: Picture, flow: Flow) -> Picture:
    height, width = frame.shape[:2]
    flow[..., 0] += np.arange(width, dtype=np.float32)
    flow[..., 1] += np.arange(height, dtype=np.float32)[:, np.newaxis]
    return np.asarray(cv2.remap(frame, flow, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8)  # type: ignore[call-overload]  # None is taken
