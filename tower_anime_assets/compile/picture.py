"""The picture of a cut: the strips that are joined, and where it is planned to be black."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.concat import ConcatResult, Strip, concat_strips
from tower_anime_assets.production.planning.cut import Cut

_TRANSITION_KINDS = ("cut", "smash-cut", "dissolve", "fade")


def build_strips(cut: Cut, clips: Mapping[str, Path]) -> tuple[Strip, ...]:
    """Return the strips of a cut with their fades.

    Args:
        cut: The cut.
        clips: Path of every clip by the SHA-256 of its file.

    Raises:
        PlanError: A clip is missing, a transition is unknown, or a plain cut has a length.
    """
    strips = []
    for index, (item, (fade_in_frames, fade_out_frames)) in enumerate(zip(cut.items, _fade_frames(cut), strict=True)):
        if item.clip_sha256 not in clips:
            raise PlanError(f"{item.shot}: the clip {item.clip_sha256[:12]} of the cut is missing")
        kind, frames = item.transition.kind, item.transition.frames
        if kind not in _TRANSITION_KINDS or frames < 0 or (frames and kind in ("cut", "smash-cut")):
            raise PlanError(
                f"{item.shot} begins with {kind!r} over {frames} frames; expected one of {_TRANSITION_KINDS}"
            )
        strips.append(
            Strip(
                path=clips[item.clip_sha256],
                in_frame=item.in_frame,
                out_frame=item.out_frame,
                overlap_frames=item.transition.overlap_frames if index else 0,
                fade_in_frames=fade_in_frames,
                fade_out_frames=fade_out_frames,
            )
        )
    return tuple(strips)


def join_cut(
    cut: Cut, clips: Mapping[str, Path], path: Path, progress: Callable[[float], None] = lambda _part: None
) -> ConcatResult:
    """Write the picture of a cut as an MP4 without sound, exact to the frame.

    Raises:
        PlanError: A clip is missing, or a transition is invalid.
        MediaError: A clip is damaged or not in the mezzanine format, or the file cannot be written.
    """
    return concat_strips(build_strips(cut, clips), path, cut.fps, progress)


def planned_black_ranges(cut: Cut) -> tuple[tuple[int, int], ...]:
    """Return the ranges [start, end) of frames in which the picture fades to or from black."""
    ranges = []
    start_frame = 0
    for index, (item, (fade_in_frames, fade_out_frames)) in enumerate(zip(cut.items, _fade_frames(cut), strict=True)):
        start_frame -= item.transition.overlap_frames if index else 0
        ranges += [(start_frame, start_frame + fade_in_frames)] if fade_in_frames else []
        ranges += [(start_frame + item.frames - fade_out_frames, start_frame + item.frames)] if fade_out_frames else []
        start_frame += item.frames
    return tuple(ranges)


def _fade_frames(cut: Cut) -> list[tuple[int, int]]:
    """Return over how many frames each item fades in from black and out to black."""
    fade_ins = [item.transition.frames if item.transition.kind == "fade" else 0 for item in cut.items]
    return list(zip(fade_ins, [*fade_ins[1:], cut.fade_out_frames], strict=False))
