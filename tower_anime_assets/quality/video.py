"""Measures of a clip, in one pass over its luma: tone, sharpness, change, motion, flashes, similarity to its keyframe.

Luma is limited-range as stored, 16 (black) to 235 (white). Tests compare every measure with scikit-image's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError
from tower_anime_assets.production.planning.briefs import ClipBrief
from tower_anime_assets.production.planning.effects import REDRAWN_EFFECTS
from tower_anime_assets.quality.steadiness import FlowMeter, flicker_levels, flow_consistency
from tower_anime_assets.quality.video_facts import VideoFacts

Luma = NDArray[np.uint8]
"""(height, width) uint8, limited range."""

Series = NDArray[np.float64]
"""(n,) float64."""

Blocks = NDArray[np.float32]
"""(..., rows, columns) float32: mean luma of every 16x16 px."""

MIN_SIDE_PX = 64

MEASURED_PIXELS = 1_000_000
"""Larger frames are measured averaged by a whole factor, which leaves them about as large as those of 768x512 to
1024x576 px: the bars were found on such, and what is smaller than that on a large picture does not decide."""

SSIM_WINDOW = 7
_WINDOW = (SSIM_WINDOW, SSIM_WINDOW)
_WINDOW_PIXELS = np.float32(SSIM_WINDOW**2)
_C1 = np.float32((0.01 * 255) ** 2) * _WINDOW_PIXELS**2
_C2 = np.float32((0.03 * 255) ** 2) * _WINDOW_PIXELS * (_WINDOW_PIXELS - 1)

BLACK_LUMA = 32
BLACK_SHARE = 0.98
"""A frame is black when 98 % of it is below 7 % grey; of the darkest drawn night a fifth of the frame is above."""

BLOCK_PX = 16
FROZEN_LEVELS = 1.25
"""A run is frozen while no block of 16x16 px differs from the run's first frame by more than this, grey levels.

Encoding a repeated still changes a block by up to 1.06; a figure that breathes by one pixel changes one by 6 within
half a second, by 1.6 at night. Consecutive frames cannot be compared instead: every key frame of a frozen clip
flickers, and slow motion changes less than that from one frame to the next.
"""

FLASH_STEP = 0.10
FLASH_DARK = 0.80
FLASH_AREA = 0.25
_FLASH_FRAMES = 3  # a change of the whole screen within an eighth of a second is one change

_BLACK_LEVEL, _WHITE_LEVEL = 16, 235


@dataclass(frozen=True)
class EncodingSpec:
    """How a clip must be stored; the profile is compared without case."""

    codec: str
    pix_fmt: str
    profile: str
    keyframe_every_frames: int


@dataclass(frozen=True)
class ClipMeasures:
    """A clip's measures, per frame or per frame and the one before, and their summary for the gates.

    Attributes:
        luma: Mean luma of each frame.
        sharpness: Variance of the Laplacian of each frame, grey levels squared.
        ssim: SSIM of each frame but the first with the one before it, at half size.
        change: Mean absolute difference of the same pairs at half size, grey levels.
        motion_px: Mean optical flow between the same pairs, px of the full size per frame.
        consistency: Share of each pair that its flow explains, 0..1; see `steadiness`.
        summary: The measures by their names in `thresholds.CLIPS`, and some means.
    """

    luma: Series
    sharpness: Series
    ssim: Series
    change: Series
    motion_px: Series
    consistency: Series
    summary: Mapping[str, float]


def clip_measures(
    facts: VideoFacts, brief: ClipBrief, mezzanine: EncodingSpec, measured: ClipMeasures
) -> dict[str, float]:
    """Return the measures that the gates of clips use: the file compared with its brief, and what was measured.

    Where the brief asks for what is drawn anew in every frame, such as speed lines, flow explains nothing and is left
    out.
    """
    width_px, height_px = brief.stored_px
    unfit = {"flow_consistency"} if REDRAWN_EFFECTS.intersection(brief.effects) else set()
    return {
        "frames_error": float(abs(facts.frames - brief.frames)),
        "size_error_px": float(abs(facts.width_px - width_px) + abs(facts.height_px - height_px)),
        "fps_error": abs(float(facts.fps) - brief.fps),
        "encoding_faults": float(len(encoding_faults(facts, mezzanine))),
        **{name: value for name, value in measured.summary.items() if name not in unfit},
    }


def loop_gap_steps(frames: Iterable[Luma]) -> float:
    """Return how far the last frame of a loop is from its first, in the largest step between neighbouring frames.

    Args:
        frames: Every frame in order, (height, width) uint8; a step counts as at least half a grey level.
    """
    first = previous = None
    largest_step = 0.5
    for frame in frames:
        luma = frame.copy()
        if first is None or previous is None:
            first = luma
        else:
            largest_step = max(largest_step, float(cv2.absdiff(previous, luma).mean()))
        previous = luma
    if first is None or previous is None:
        return 0.0
    return float(cv2.absdiff(first, previous).mean()) / largest_step


def encoding_faults(facts: VideoFacts, mezzanine: EncodingSpec) -> tuple[str, ...]:
    """Return a sentence for every way in which a clip departs from the encoding that the compiler joins."""
    faults = [
        f"{name} is {actual or 'unknown'}, must be {expected}"
        for name, actual, expected in (
            ("codec", facts.codec, mezzanine.codec),
            ("pixel format", facts.pix_fmt, mezzanine.pix_fmt),
            ("profile", facts.profile.lower(), mezzanine.profile.lower()),
        )
        if actual != expected
    ]
    group_starts = [*facts.key_frames, facts.frames]
    longest_group_frames = max((after - at for at, after in pairwise(group_starts)), default=facts.frames)
    if longest_group_frames > mezzanine.keyframe_every_frames:
        faults.append(
            f"key frames are up to {longest_group_frames} frames apart, must be at most "
            f"{mezzanine.keyframe_every_frames}"
        )
    if facts.key_frames[:1] != (0,):
        faults.append("the first frame is not a key frame")
    if facts.open_gops:
        faults.append(f"{facts.open_gops} groups of pictures are open, must be closed")
    if not facts.is_steady:
        faults.append("frames are not equally long")
    if facts.is_full_range:
        faults.append("luma has full range, must be limited")
    return tuple(faults)


def limited_range_luma(picture: NDArray[np.uint8]) -> Luma:
    """Return an sRGB picture's luma as a clip stores it, `(height, width) uint8`, limited range.

    Source:
        Recommendation ITU-R BT.709-6, items 3.2 and 3.4.
    """
    weights = np.array([[0.2126, 0.7152, 0.0722, 0.0]]) * ((_WHITE_LEVEL - _BLACK_LEVEL) / 255)
    weights[0, 3] = _BLACK_LEVEL
    return np.asarray(cv2.transform(picture, weights), dtype=np.uint8)


def measure_clip(
    frames: Iterable[Luma], fps: float, keyframe_luma: Luma, expected_motion: tuple[float, float]
) -> ClipMeasures:
    """Return a clip's measures in one pass; no frame is kept.

    Args:
        frames: The clip's luma, frame by frame, all of one size.
        fps: Frames per second.
        keyframe_luma: `limited_range_luma` of the still that the clip must start from, of any size.
        expected_motion: Lowest and highest mean optical flow, px per frame.

    Raises:
        MediaError: There is no frame, a side is below `MIN_SIDE_PX`, or the frames differ in size.
    """
    gauge: _ClipGauge | None = None
    for frame in frames:
        if gauge is None:
            gauge = _ClipGauge((frame.shape[0], frame.shape[1]), keyframe_luma)
        gauge.add_frame(frame)
    if gauge is None:
        raise MediaError("the clip has no frames; expected at least one. Make it again")
    return gauge.result(fps, expected_motion)


def ssim(first: Luma, second: Luma) -> float:
    """Return the mean structural similarity of two pictures of equal size: 7x7 uniform windows, sample covariance."""
    shape = (first.shape[0], first.shape[1])
    pair = _SsimWindows(shape), _SsimWindows(shape)
    for windows, luma in zip(pair, (first, second), strict=True):
        windows.load(luma)
    return _SsimMeter(shape).mean_ssim(*pair)


def sharpness_var(luma: Luma, edges: NDArray[np.int16] | None = None) -> float:
    """Return the variance of the Laplacian of a frame, grey levels squared; `edges` is an optional buffer."""
    laplacian = cv2.Laplacian(luma, cv2.CV_16S, dst=edges, ksize=1, borderType=cv2.BORDER_REFLECT)
    return float(cv2.norm(laplacian, cv2.NORM_L2SQR) / luma.size - cv2.mean(laplacian)[0] ** 2)


def reduction_factor(shape: tuple[int, ...]) -> int:
    """Return by how much frames of this (height, width) are reduced before they are measured; 1 for not at all."""
    factor = 1
    while shape[0] * shape[1] / factor**2 > MEASURED_PIXELS:
        factor += 1
    return factor


def block_means(reduced: Luma, full_shape: tuple[int, ...]) -> Blocks:
    """Return the mean luma of every 16x16 px of the full frame, computed from a reduced copy."""
    height, width = full_shape[0] // BLOCK_PX, full_shape[1] // BLOCK_PX
    means = cv2.resize(reduced.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(means, dtype=np.float32)


def longest_freeze_frames(blocks: Blocks) -> int:
    """Return the length of the longest frozen run, see `FROZEN_LEVELS`.

    Args:
        blocks: `(frames, rows, columns) float32`, `block_means` of every frame.
    """
    longest = run_start = 0
    for index in range(1, len(blocks)):
        if float(np.abs(blocks[index] - blocks[run_start]).max()) > FROZEN_LEVELS:
            run_start = index
        longest = max(longest, index - run_start)
    return longest


def longest_true_run(marks: NDArray[np.bool_]) -> int:
    """Return the length of the longest run of true values."""
    padded = np.concatenate([[0], marks.astype(np.int8), [0]])
    edges = np.diff(padded)
    lengths = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
    return int(lengths.max(initial=0))


def flashes_per_second(blocks: Blocks, fps: float) -> int:
    """Return the number of general flashes in the worst second.

    A flash is a pair of opposing changes of relative luminance by at least a tenth of its maximum, with the darker
    state below 0.8, in a quarter of the picture within three frames. Flashes of saturated red, which have a limit of
    their own there, cannot be recognised from luma.

    Args:
        blocks: `(frames, rows, columns) float32`, `block_means` of every frame.
        fps: Frames per second.

    Source:
        WCAG 2.2, 2.3.1 and "general flash and red flash thresholds"; relative luminance from luma by the sRGB curve.
    """
    brighter, darker = _flash_shares(_relative_luminance(blocks.reshape(len(blocks), -1)))
    turns = _turning_frames(brighter >= FLASH_AREA, darker >= FLASH_AREA)
    frames_per_second = max(1, round(fps))
    return max((sum(at <= turn < at + frames_per_second for turn in turns) // 2 for at in turns), default=0)


def _relative_luminance(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    share = np.clip((luma - _BLACK_LEVEL) / (_WHITE_LEVEL - _BLACK_LEVEL), 0.0, 1.0)
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _flash_shares(luminance: NDArray[np.float32]) -> tuple[Series, Series]:
    """Return for each frame the share of blocks that became brighter, and darker, by a flash's step just before it.

    The step is measured from the lowest or highest value since a block's last change, so that a change over several
    frames counts, and a second one in the same direction does not.
    """
    frames, places = luminance.shape
    brighter, darker = np.zeros(frames), np.zeros(frames)
    rose_at, fell_at = np.full(places, -_FLASH_FRAMES), np.full(places, -_FLASH_FRAMES)
    lowest, highest = luminance[0].copy(), luminance[0].copy()
    for index in range(1, frames):
        current = luminance[index]
        np.minimum(lowest, current, out=lowest)
        np.maximum(highest, current, out=highest)
        rose = (current - lowest >= FLASH_STEP) & (lowest < FLASH_DARK)
        fell = (highest - current >= FLASH_STEP) & (current < FLASH_DARK)
        rose_at[rose], fell_at[fell] = index, index
        brighter[index] = np.count_nonzero(rose_at > index - _FLASH_FRAMES) / places
        darker[index] = np.count_nonzero(fell_at > index - _FLASH_FRAMES) / places
        changed = rose | fell
        lowest[changed] = highest[changed] = current[changed]
    return brighter, darker


def _turning_frames(rises: NDArray[np.bool_], falls: NDArray[np.bool_]) -> list[int]:
    """Return the frames at which the picture changes from getting darker to getting brighter, or back."""
    turns: list[int] = []
    last_direction = 0
    for index, (rise, fall) in enumerate(zip(rises, falls, strict=True)):
        direction = 1 if rise and last_direction != 1 else -1 if fall and last_direction != -1 else 0
        if direction:
            turns.append(index)
            last_direction = direction
    return turns


class _SsimWindows:
    """A picture's sums over its SSIM windows, computed once for the comparisons with both neighbours.

    All sums are below 2**24 and therefore exact in float32.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.luma = np.empty(shape, np.uint8)
        self.sums = np.empty(shape, np.float32)
        self.energy = np.empty(shape, np.float32)
        self.variance = np.empty(shape, np.float32)

    def load(self, luma: Luma) -> None:
        """Compute the sums of a picture, scaled to this size by averaging."""
        height, width = self.luma.shape
        cv2.resize(luma, (width, height), dst=self.luma, interpolation=cv2.INTER_AREA)
        cv2.boxFilter(self.luma, cv2.CV_32F, _WINDOW, dst=self.sums, normalize=False)
        cv2.sqrBoxFilter(self.luma, cv2.CV_32F, _WINDOW, dst=self.variance, normalize=False)
        np.multiply(self.sums, self.sums, out=self.energy)
        self.variance *= _WINDOW_PIXELS
        self.variance -= self.energy


class _SsimMeter:
    """SSIM of two pictures.

    Its buffers are reused: allocating them for every frame would double the time, since the allocator returns pages of
    this size to the system while a decoder runs.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self._products = np.empty(shape, np.uint16)
        self._top, self._covariance, self._bottom, self._variance = (np.empty(shape, np.float32) for _ in range(4))

    def mean_ssim(self, first: _SsimWindows, second: _SsimWindows) -> float:
        # means are sums / count, (co)variances are those here / (count * (count - 1)): the constants are scaled instead
        top, covariance, bottom, variance = self._top, self._covariance, self._bottom, self._variance
        cv2.multiply(first.luma, second.luma, dst=self._products, dtype=cv2.CV_16U)
        cv2.boxFilter(self._products, cv2.CV_32F, _WINDOW, dst=covariance, normalize=False)
        np.multiply(first.sums, second.sums, out=top)
        covariance *= _WINDOW_PIXELS
        covariance -= top
        np.add(first.energy, second.energy, out=bottom)
        np.add(first.variance, second.variance, out=variance)
        for values, factor, constant in ((top, 2, _C1), (bottom, 1, _C1), (covariance, 2, _C2), (variance, 1, _C2)):
            values *= np.float32(factor)
            values += constant
        top *= covariance
        bottom *= variance
        cv2.divide(top, bottom, dst=top)
        inner = slice(SSIM_WINDOW // 2, -(SSIM_WINDOW // 2))
        return float(cv2.mean(top[inner, inner])[0])


class _ClipGauge:
    """The measures of a clip, taken frame by frame; only numbers, blocks and reduced copies of two frames are kept."""

    def __init__(self, shape: tuple[int, int], keyframe_luma: Luma) -> None:
        if min(shape) < MIN_SIDE_PX:
            raise MediaError(f"the clip is {shape[1]}x{shape[0]} px; expected sides of at least {MIN_SIDE_PX} px")
        self._full_shape = shape
        self._factor = reduction_factor(shape)
        shape = (shape[0] // self._factor, shape[1] // self._factor)
        half, quarter = (shape[0] // 2, shape[1] // 2), (shape[0] // 4, shape[1] // 4)
        self._shape = shape
        self._luma: list[float] = []
        self._sharpness: list[float] = []
        self._dark: list[float] = []
        self._ssim: list[float] = []
        self._change: list[float] = []
        self._motion: list[float] = []
        self._consistency: list[float] = []
        self._blocks: list[Blocks] = []
        self._similarity = _SsimMeter(half)
        self._last, self._now = _SsimWindows(half), _SsimWindows(half)
        self._last.load(keyframe_luma)
        self._last_quarter, self._quarter = np.empty(quarter, np.uint8), np.empty(quarter, np.uint8)
        self._edges = np.empty(shape, np.int16)
        self._flow = FlowMeter(quarter)

    def add_frame(self, frame: Luma) -> None:
        if frame.shape != self._full_shape:
            raise MediaError(f"frame {len(self._luma)} is {frame.shape[::-1]} px; expected {self._full_shape[::-1]}")
        if self._factor > 1:
            frame = np.asarray(cv2.resize(frame, self._shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)
        self._now.load(frame)
        height, width = self._quarter.shape
        cv2.resize(self._now.luma, (width, height), dst=self._quarter, interpolation=cv2.INTER_AREA)
        self._luma.append(cv2.mean(frame)[0])
        self._sharpness.append(sharpness_var(frame, self._edges))
        self._dark.append(np.count_nonzero(self._quarter < BLACK_LUMA) / self._quarter.size)
        self._blocks.append(block_means(self._quarter, self._shape))
        self._ssim.append(self._similarity.mean_ssim(self._last, self._now))
        if len(self._luma) > 1:
            self._change.append(cv2.norm(self._last.luma, self._now.luma, cv2.NORM_L1) / self._now.luma.size)
            flow_px, consistent_share = self._flow.measure(self._last_quarter, self._quarter)
            self._motion.append(flow_px * self._full_shape[1] / width)
            self._consistency.append(consistent_share)
        self._last, self._now = self._now, self._last
        self._last_quarter, self._quarter = self._quarter, self._last_quarter

    def result(self, fps: float, expected_motion: tuple[float, float]) -> ClipMeasures:
        start_ssim, *similarity = self._ssim
        motion, dark, blocks = np.array(self._motion), np.array(self._dark), np.stack(self._blocks)
        mean_motion = float(motion.mean()) if len(motion) else 0.0
        low, high = expected_motion
        return ClipMeasures(
            luma=np.array(self._luma),
            sharpness=np.array(self._sharpness),
            ssim=np.array(similarity),
            change=np.array(self._change),
            motion_px=motion,
            consistency=np.array(self._consistency),
            summary={
                "frozen_run_frames": float(longest_freeze_frames(blocks)),
                "black_run_frames": float(longest_true_run(dark >= BLACK_SHARE)),
                "flashes_per_s": float(flashes_per_second(blocks, fps)),
                "motion_px": mean_motion,
                "motion_off_range_px": max(low - mean_motion, mean_motion - high, 0.0),
                "start_ssim": start_ssim,
                "flow_consistency": flow_consistency(np.array(self._consistency)),
                "flicker_levels": flicker_levels(blocks, fps),
                "temporal_ssim": float(np.mean(similarity)) if similarity else 1.0,
                "luma_mean": float(np.mean(self._luma)),
                "sharpness_var": float(np.mean(self._sharpness)),
                "sharpness_var_least": float(np.min(self._sharpness)),
            },
        )
