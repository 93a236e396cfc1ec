"""Measures of a clip, taken in one pass over its luma: tone, focus, change, motion, flashes, likeness to its still.

Frames come in as arrays, facts about the file as values: decoding is not done here. Luma is limited-range as stored
(16 black, 235 white). Everything is defined so that scikit-image can say the same slowly: see `reference`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError

Luma = NDArray[np.uint8]
"""(height, width) uint8, limited range."""

Series = NDArray[np.float64]
"""(n,) float64."""

SSIM_WINDOW = 7
SSIM_C1, SSIM_C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

BLACK_LUMA = 32
BLACK_SHARE = 0.98
"""A frame is black when 98 % of it lies below 7 % grey; the darkest drawn night keeps a fifth of the frame above."""

FROZEN_SSIM = 0.9995
FROZEN_CHANGE = 0.15
"""A frame is frozen when it is this alike to the one before and differs by less than this many grey levels."""

FLASH_STEP = 0.10
FLASH_DARK = 0.80
FLASH_AREA = 0.25
_FLASH_FRAMES = 3  # a change that the whole screen makes within an eighth of a second is one change

_BLACK, _WHITE = 16, 235


@dataclass(frozen=True)
class ClipFacts:
    """What a file says about a clip, counted by its packets.

    Attributes:
        key_frames: Places of the key frames in display order.
        open_gops: Key frames before which later-stored pictures are shown.
        is_steady: Whether all frames are equally long.
        is_full_range: Whether luma is stored from 0 to 255.
    """

    frames: int
    width_px: int
    height_px: int
    fps: float
    codec: str
    pix_fmt: str
    profile: str
    key_frames: tuple[int, ...]
    open_gops: int
    is_steady: bool
    is_full_range: bool


@dataclass(frozen=True)
class ClipPlan:
    """What a clip was asked to be; `motion_px` is the range of mean optical flow, px per frame."""

    frames: int
    width_px: int
    height_px: int
    fps: float
    motion_px: tuple[float, float]


@dataclass(frozen=True)
class Encoding:
    """How a clip must be stored; the profile's case does not matter."""

    codec: str
    pix_fmt: str
    profile: str
    keyframe_every_frames: int


@dataclass(frozen=True)
class ClipMeasures:
    """A clip's measures: a value per frame, or per frame and the one before it, and what the gates make of them.

    Attributes:
        luma: Mean luma of each frame.
        sharpness: Variance of the Laplacian of each frame, grey levels squared.
        dark_share: Share of each frame below `BLACK_LUMA`.
        ssim: SSIM of each frame but the first with the one before it, at half size.
        change: Mean absolute difference of the same pairs at half size, grey levels.
        motion_px: Mean optical flow between the same pairs, px of the full size per frame.
        summary: The measures by their names in `thresholds.CLIPS`, and their means.
    """

    luma: Series
    sharpness: Series
    dark_share: Series
    ssim: Series
    change: Series
    motion_px: Series
    summary: Mapping[str, float]


def clip_measures(facts: ClipFacts, plan: ClipPlan, house: Encoding, measured: ClipMeasures) -> dict[str, float]:
    """Return everything that the gates of clips ask for: what the file says against the plan, and what was measured."""
    return {
        "frames_error": float(abs(facts.frames - plan.frames)),
        "size_error_px": float(abs(facts.width_px - plan.width_px) + abs(facts.height_px - plan.height_px)),
        "fps_error": abs(facts.fps - plan.fps),
        "encoding_faults": float(len(encoding_faults(facts, house))),
        **measured.summary,
    }


def encoding_faults(facts: ClipFacts, house: Encoding) -> tuple[str, ...]:
    """Return in words how a clip departs from the encoding that the compiler joins."""
    faults = [
        f"{name} is {found or 'unknown'}, must be {wanted}"
        for name, found, wanted in (
            ("codec", facts.codec, house.codec),
            ("pixel format", facts.pix_fmt, house.pix_fmt),
            ("profile", facts.profile.lower(), house.profile.lower()),
        )
        if found != wanted
    ]
    starts = [*facts.key_frames, facts.frames]
    longest = max((after - at for at, after in pairwise(starts)), default=facts.frames)
    if longest > house.keyframe_every_frames:
        faults.append(f"key frames are up to {longest} frames apart, must be at most {house.keyframe_every_frames}")
    if facts.key_frames[:1] != (0,):
        faults.append("the first frame is no key frame")
    if facts.open_gops:
        faults.append(f"{facts.open_gops} groups of pictures are open, must be closed")
    if not facts.is_steady:
        faults.append("frames are not equally long")
    if facts.is_full_range:
        faults.append("luma has full range, must be limited")
    return tuple(faults)


def stored_luma(picture: NDArray[np.uint8]) -> Luma:
    """Return an sRGB picture's luma as a clip stores it, `(height, width) uint8`, limited range.

    Source:
        Recommendation ITU-R BT.709-6, items 3.2 and 3.4.
    """
    weights = np.array([[0.2126, 0.7152, 0.0722, 0.0]]) * ((_WHITE - _BLACK) / 255)
    weights[0, 3] = _BLACK
    return np.asarray(cv2.transform(picture, weights), dtype=np.uint8)


def measure_clip(
    frames: Iterable[Luma], fps: float, keyframe_luma: Luma, expected_motion: tuple[float, float]
) -> ClipMeasures:
    """Return a clip's measures in one pass; no frame is kept.

    Args:
        frames: The clip's luma, frame by frame, all of one size.
        fps: Frames per second, to count flashes in a second.
        keyframe_luma: `stored_luma` of the still that the clip must start from; scaled to the clip's size.
        expected_motion: Least and most mean optical flow, px per frame.

    Raises:
        MediaError: There is no frame, or the frames are below 64 px a side.
    """
    gauge = _Gauge()
    for frame in frames:
        gauge.take(frame)
    return gauge.result(fps, keyframe_luma, expected_motion)


def ssim(one: Luma, other: Luma) -> float:
    """Return the mean structural similarity of two pictures of one size: 7x7 uniform windows, sample covariance."""
    return _similarity(_Windows(one), _Windows(other))


def half_size(luma: Luma) -> Luma:
    """Return luma at half its width and height, each pixel the mean of those it covers."""
    height, width = luma.shape
    return np.asarray(cv2.resize(luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def sharpness_var(luma: Luma) -> float:
    """Return the variance of the Laplacian of a frame, grey levels squared."""
    edges = cv2.Laplacian(luma, cv2.CV_16S, ksize=1, borderType=cv2.BORDER_REFLECT)
    return float(cv2.norm(edges, cv2.NORM_L2SQR) / luma.size - cv2.mean(edges)[0] ** 2)


def longest_run(marks: NDArray[np.bool_]) -> int:
    """Return the length of the longest stretch of true marks."""
    padded = np.concatenate([[0], marks.astype(np.int8), [0]])
    edges = np.diff(padded)
    lengths = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
    return int(lengths.max(initial=0))


def flashes_per_second(small: NDArray[np.uint8], fps: float) -> int:
    """Return the number of general flashes in the worst second.

    A flash is a pair of opposing changes of relative luminance by a tenth of its maximum or more, of which the
    darker state is below 0.8, made by a quarter of the picture within three frames.

    Args:
        small: `(frames, height, width) uint8`, limited-range luma of a much reduced clip.
        fps: Frames per second.

    Source:
        WCAG 2.2, 2.3.1 and "general flash and red flash thresholds"; relative luminance from luma by the sRGB curve.
    """
    brighter, darker = _changes(_LUMINANCE[small].reshape(len(small), -1))
    reach = np.ones(_FLASH_FRAMES)
    rises = np.convolve(brighter, reach)[: len(small)] >= FLASH_AREA
    falls = np.convolve(darker, reach)[: len(small)] >= FLASH_AREA
    turns = _turns(rises, falls)
    second = max(1, round(fps))
    return max((sum(at <= turn < at + second for turn in turns) // 2 for at in turns), default=0)


def _luminance_table() -> NDArray[np.float32]:
    share = np.clip((np.arange(256) - _BLACK) / (_WHITE - _BLACK), 0.0, 1.0)
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LUMINANCE = _luminance_table()


def _changes(luminance: NDArray[np.float32]) -> tuple[Series, Series]:
    """Return the share of places that became brighter, and darker, by a flash's step at each frame.

    Each place remembers the highest and lowest value since its last change; the step is taken from there, so that a
    change spread over several frames counts, and a second one in the same direction does not.
    """
    frames, places = luminance.shape
    brighter, darker = np.zeros(frames), np.zeros(frames)
    lowest, highest = luminance[0].copy(), luminance[0].copy()
    for at in range(1, frames):
        now = luminance[at]
        np.minimum(lowest, now, out=lowest)
        np.maximum(highest, now, out=highest)
        rose = (now - lowest >= FLASH_STEP) & (lowest < FLASH_DARK)
        fell = (highest - now >= FLASH_STEP) & (now < FLASH_DARK)
        brighter[at], darker[at] = np.count_nonzero(rose) / places, np.count_nonzero(fell) / places
        changed = rose | fell
        lowest[changed] = highest[changed] = now[changed]
    return brighter, darker


def _turns(rises: NDArray[np.bool_], falls: NDArray[np.bool_]) -> list[int]:
    """Return the frames at which the picture turns from becoming darker to brighter or back."""
    turns: list[int] = []
    last = 0
    for at, (rise, fall) in enumerate(zip(rises, falls, strict=True)):
        way = 1 if rise and last != 1 else -1 if fall and last != -1 else 0
        if way:
            turns.append(at)
            last = way
    return turns


class _Windows:
    """A picture with the sums over its SSIM windows, so that a frame meets both its neighbours for one computation."""

    def __init__(self, luma: Luma) -> None:
        self.luma = luma
        self.sums = _window_sums(luma)
        self.squares = np.asarray(
            cv2.sqrBoxFilter(luma, cv2.CV_32F, (SSIM_WINDOW, SSIM_WINDOW), normalize=False), dtype=np.float32
        )


def _window_sums(luma: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.float32]:
    """Return sums over the windows; they stay below 2**24 and are therefore exact in float32."""
    return np.asarray(cv2.boxFilter(luma, cv2.CV_32F, (SSIM_WINDOW, SSIM_WINDOW), normalize=False), dtype=np.float32)


def _similarity(one: _Windows, other: _Windows) -> float:
    count = SSIM_WINDOW**2
    products = _window_sums(np.asarray(cv2.multiply(one.luma, other.luma, dtype=cv2.CV_16U), dtype=np.uint16))
    inner = slice(SSIM_WINDOW // 2, -(SSIM_WINDOW // 2))
    x, y = one.sums[inner, inner], other.sums[inner, inner]
    both = x * y
    either = x * x
    either += y * y
    # sample (co)variances times count * (count - 1), and means squared times count ** 2
    covariance = count * products[inner, inner] - both
    variance = count * (one.squares[inner, inner] + other.squares[inner, inner]) - either
    scale = np.float32(count * (count - 1))
    top = (2 * both + np.float32(SSIM_C1 * count**2)) * (2 * covariance + np.float32(SSIM_C2) * scale)
    bottom = (either + np.float32(SSIM_C1 * count**2)) * (variance + np.float32(SSIM_C2) * scale)
    return float(cv2.mean(cv2.divide(top, bottom))[0])


class _Gauge:
    """Takes one frame after another and keeps only numbers, the reduced last frame, and a tiny picture of each."""

    def __init__(self) -> None:
        self._luma: list[float] = []
        self._sharpness: list[float] = []
        self._dark: list[float] = []
        self._ssim: list[float] = []
        self._change: list[float] = []
        self._motion: list[float] = []
        self._tiny: list[NDArray[np.uint8]] = []
        self._first: _Windows | None = None
        self._last: _Windows | None = None
        self._last_quarter: Luma | None = None
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)

    def take(self, frame: Luma) -> None:
        if min(frame.shape) < 64:
            raise MediaError(f"a frame of {frame.shape[1]}x{frame.shape[0]} px cannot be measured; expected 64 or more")
        half = half_size(frame)
        quarter = half_size(half)
        windows = _Windows(half)
        self._luma.append(cv2.mean(frame)[0])
        self._sharpness.append(sharpness_var(frame))
        self._dark.append(np.count_nonzero(quarter < BLACK_LUMA) / quarter.size)
        self._tiny.append(half_size(half_size(quarter)))
        if self._last is None or self._last_quarter is None:
            self._first = windows
        else:
            self._ssim.append(_similarity(self._last, windows))
            self._change.append(cv2.norm(self._last.luma, half, cv2.NORM_L1) / half.size)
            self._motion.append(self._motion_between(self._last_quarter, quarter) * frame.shape[1] / quarter.shape[1])
        self._last, self._last_quarter = windows, quarter

    def _motion_between(self, before: Luma, after: Luma) -> float:
        still = np.zeros((*before.shape, 2), np.float32)  # where the search starts: nothing moves
        flow = self._flow.calc(before, after, still)
        return float(cv2.mean(cv2.magnitude(flow[..., 0], flow[..., 1]))[0])

    def result(self, fps: float, keyframe_luma: Luma, expected_motion: tuple[float, float]) -> ClipMeasures:
        if self._first is None:
            raise MediaError("a clip without a frame cannot be measured")
        height, width = self._first.luma.shape
        still = np.asarray(cv2.resize(keyframe_luma, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        similarity, change, motion = np.array(self._ssim), np.array(self._change), np.array(self._motion)
        dark = np.array(self._dark)
        mean_motion = float(motion.mean()) if len(motion) else 0.0
        low, high = expected_motion
        return ClipMeasures(
            luma=np.array(self._luma),
            sharpness=np.array(self._sharpness),
            dark_share=dark,
            ssim=similarity,
            change=change,
            motion_px=motion,
            summary={
                "frozen_run_frames": float(longest_run((similarity > FROZEN_SSIM) & (change < FROZEN_CHANGE))),
                "black_run_frames": float(longest_run(dark >= BLACK_SHARE)),
                "flashes_per_s": float(flashes_per_second(np.stack(self._tiny), fps)),
                "motion_px": mean_motion,
                "motion_off_range_px": max(low - mean_motion, mean_motion - high, 0.0),
                "start_ssim": _similarity(self._first, _Windows(still)),
                "luma_mean": float(np.mean(self._luma)),
                "sharpness_var": float(np.mean(self._sharpness)),
                "sharpness_var_least": float(np.min(self._sharpness)),
            },
        )
