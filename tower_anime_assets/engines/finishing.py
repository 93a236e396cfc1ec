"""The embedded engines between clip and master: frames interpolated to the delivery's rate, frames scaled to its size.

Everything that is done to frames here is done to those that a server returns too: `FrameFinisher`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from tower_anime_assets.media.lanes import LANES
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import ClipBrief, FinishingBrief, InterpolationBrief, UpscaleBrief
from tower_anime_assets.production.verdicts import Verdict

if TYPE_CHECKING:
    from tower_anime_assets.media.clip_writer import Bgr
    from tower_anime_assets.quality.image import Picture

CLIP: Final = "clip"
"""Role of the clip among the inputs of an attempt."""

_PROGRESS_EVERY_FRAMES = 12


class FrameFinisher:
    """Makes frames those of the delivery: fitted to its size where the brief says so, with the shot's title card.

    Attributes:
        enlarging: OpenCV's filter for enlarging, by number, since OpenCV is loaded late.
    """

    enlarging = 4  # cv2.INTER_LANCZOS4

    def __init__(self, brief: FinishingBrief | ClipBrief) -> None:
        from tower_anime_assets.media.title_card import TitleCardOverlay

        self._fit = brief.fit
        self._card = TitleCardOverlay(brief, is_low=True, channels=3) if brief.card.strip() else None

    def edit(self, frame: Bgr, frame_index: int) -> Bgr:
        """Return a frame of the finished clip, of its size."""
        from tower_anime_assets.media.fitting import fit_frame

        if self._fit is not None:
            frame = fit_frame(frame, self._fit, self.enlarging)
        if self._card is not None:
            frame = frame.copy()
            self._card.draw(frame, frame_index)
        return frame


class _ReportingFinisher(FrameFinisher):
    """A finisher that says how far it is."""

    def __init__(self, brief: FinishingBrief, attempt: Attempt, verb: str) -> None:
        super().__init__(brief)
        self._frames, self._attempt, self._verb = brief.frames, attempt, verb

    def edit(self, frame: Bgr, frame_index: int) -> Bgr:
        if frame_index % _PROGRESS_EVERY_FRAMES == 0:
            self._attempt.report_progress(frame_index / self._frames, self._verb)
        return super().edit(frame, frame_index)


def _finish(
    brief: FinishingBrief,
    attempt: Attempt,
    change: Callable[[Iterator[Picture]], Iterator[Picture]],
    verb: str,
    filter_name: str,
) -> EngineOutput:
    """Write the frames of the input `clip`, changed, as the finished clip."""
    from tower_anime_assets.media.conform import conform_frames
    from tower_anime_assets.media.frames import rgb_frames

    cpu_start_s = time.thread_time()
    target = attempt.folder / "clip.mp4"
    frames = change(rgb_frames(attempt.inputs[CLIP], is_exact=True))
    finisher = _ReportingFinisher(brief, attempt, verb)
    conform_frames(frames, target, brief.frames, brief.fps, *brief.stored_px, finisher.edit)
    return EngineOutput({"main": target}, {"filter": filter_name}, cpu_s=time.thread_time() - cpu_start_s)


class EmbeddedInterpolator:
    """Interpolates by optical flow, see `media.interpolation`; the same brief gives the same frames."""

    name = "embedded-interpolator"
    version = "1"
    lanes = LANES

    def plan_attempt(self, brief: InterpolationBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return the attempt's parameters; there is nothing to vary."""
        return {"seed": 0}

    def expected_s(self, brief: InterpolationBrief) -> float:
        """Return about how long a brief takes on one core: 0.1 s per megapixel and frame, and its encoding."""
        return 0.13 * brief.width_px * brief.height_px * brief.frames / 1e6

    def make(self, brief: InterpolationBrief, attempt: Attempt) -> EngineOutput:
        """Make the clip of the input `clip`.

        Raises:
            MediaError: The clip is damaged or of another length, or the result cannot be written.
        """
        from tower_anime_assets.media.interpolation import interpolate_frames

        def interpolate(source: Iterator[Picture]) -> Iterator[Picture]:
            return interpolate_frames(source, brief.made_frames, brief.frames)

        return _finish(brief, attempt, interpolate, "interpolating", "optical flow")


class EmbeddedScaler:
    """Scales by Lanczos' filter; the same brief gives the same frames."""

    name = "embedded-scaler"
    version = "1"
    lanes = LANES

    def plan_attempt(self, brief: UpscaleBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return the attempt's parameters; there is nothing to vary."""
        return {"seed": 0}

    def expected_s(self, brief: UpscaleBrief) -> float:
        """Return about how long a brief takes on one core: 0.04 s per megapixel of the result, and frame."""
        return 0.04 * brief.fit.width_px * brief.fit.height_px * brief.frames / 1e6

    def make(self, brief: UpscaleBrief, attempt: Attempt) -> EngineOutput:
        """Make the clip of the input `clip`.

        Raises:
            MediaError: The clip is damaged or too short, or the result cannot be written.
        """
        return _finish(brief, attempt, lambda source: source, "scaling", "lanczos")
