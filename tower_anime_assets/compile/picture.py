"""From a cut to one picture stream: which strips of which clips, and where the film is planned to be dark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.concat import ConcatResult, Strip, concat_strips
from tower_anime_assets.production.planning.cut import Cut

_TRANSITION_KINDS = ("cut", "smash-cut", "dissolve", "fade")


def build_strips(cut: Cut, clips: Mapping[str, Path]) -> tuple[Strip, ...]:
    """Return the strips of a cut, each with the fades that its neighbours ask of it.

    Args:
        cut: The cut.
        clips: Path of every clip by the SHA-256 of its file.

    Raises:
        PlanError: The cut names a clip that was not given or a transition that there is not, or a cut has a length.
    """
    strips = []
    for index, item in enumerate(cut.items):
        if item.clip_sha256 not in clips:
            raise PlanError(f"{item.shot}: the clip {item.clip_sha256[:12]} of the cut was not given")
        kind, frames = item.transition.kind, item.transition.frames
        if kind not in _TRANSITION_KINDS or frames < 0 or (frames and kind in ("cut", "smash-cut")):
            raise PlanError(
                f"{item.shot} begins with {kind!r} over {frames} frames; expected one of {_TRANSITION_KINDS}"
            )
        is_last = index + 1 == len(cut.items)
        strips.append(
            Strip(
                path=clips[item.clip_sha256],
                in_frame=item.in_frame,
                out_frame=item.out_frame,
                overlap_frames=item.transition.overlap_frames if index else 0,
                fade_in_frames=frames if kind == "fade" else 0,
                fade_out_frames=cut.fade_out_frames if is_last else _fade_frames(cut, index + 1),
            )
        )
    return tuple(strips)


def join_cut(
    cut: Cut, clips: Mapping[str, Path], path: Path, progress: Callable[[float], None] = lambda _part: None
) -> ConcatResult:
    """Write the picture of a cut as an MP4 without sound, exact to the frame.

    Raises:
        PlanError: The cut cannot be carried out with these clips.
        MediaError: A clip is damaged or not in the house encoding, or the file cannot be written.
    """
    return concat_strips(build_strips(cut, clips), path, cut.fps, progress)


def planned_black_ranges(cut: Cut) -> tuple[tuple[int, int], ...]:
    """Return the stretches [start, end) of the film, frames, in which it goes to black or comes from it."""
    ranges = []
    start_frame = 0
    for index, item in enumerate(cut.items):
        start_frame -= item.transition.overlap_frames if index else 0
        fade_in_frames = item.transition.frames if item.transition.kind == "fade" else 0
        is_last = index + 1 == len(cut.items)
        fade_out_frames = cut.fade_out_frames if is_last else _fade_frames(cut, index + 1)
        ranges += [(start_frame, start_frame + fade_in_frames)] if fade_in_frames else []
        ranges += [(start_frame + item.frames - fade_out_frames, start_frame + item.frames)] if fade_out_frames else []
        start_frame += item.frames
    return tuple(ranges)


def _fade_frames(cut: Cut, index: int) -> int:
    transition = cut.items[index].transition
    return transition.frames if transition.kind == "fade" else 0
