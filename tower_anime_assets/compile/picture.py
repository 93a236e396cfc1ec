"""From a cut to one picture stream: which strips of which clips, and where the film is planned to be dark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.concat import Joined, Strip, join
from tower_anime_assets.production.planning.cut import Cut

_KINDS = ("cut", "smash-cut", "dissolve", "fade")


def strips_of(cut: Cut, clips: Mapping[str, Path]) -> tuple[Strip, ...]:
    """Return the strips of a cut, each with the fades that its neighbours ask of it.

    Args:
        cut: The cut.
        clips: Path of every clip by the SHA-256 of its file.

    Raises:
        PlanError: The cut names a clip that was not given or a transition that there is not, or a cut has a length.
    """
    made = []
    for place, item in enumerate(cut.items):
        if item.clip_sha256 not in clips:
            raise PlanError(f"{item.shot}: the clip {item.clip_sha256[:12]} of the cut was not given")
        kind, frames = item.transition.kind, item.transition.frames
        if kind not in _KINDS or frames < 0 or (frames and kind in ("cut", "smash-cut")):
            raise PlanError(f"{item.shot} begins with {kind!r} over {frames} frames; expected one of {_KINDS}")
        last = place + 1 == len(cut.items)
        made.append(
            Strip(
                path=clips[item.clip_sha256],
                in_frame=item.in_frame,
                out_frame=item.out_frame,
                overlap_frames=item.transition.overlap_frames if place else 0,
                fade_in_frames=frames if kind == "fade" else 0,
                fade_out_frames=cut.fade_out_frames if last else _fade_frames(cut, place + 1),
            )
        )
    return tuple(made)


def join_cut(
    cut: Cut, clips: Mapping[str, Path], path: Path, progress: Callable[[float], None] = lambda _part: None
) -> Joined:
    """Write the picture of a cut as an MP4 without sound, exact to the frame.

    Raises:
        PlanError: The cut cannot be carried out with these clips.
        MediaError: A clip is damaged or not in the house encoding, or the file cannot be written.
    """
    return join(strips_of(cut, clips), path, cut.fps, progress)


def planned_dark(cut: Cut) -> tuple[tuple[int, int], ...]:
    """Return the stretches [start, end) of the film, frames, in which it goes to black or comes from it."""
    ranges = []
    at = 0
    for place, item in enumerate(cut.items):
        at -= item.transition.overlap_frames if place else 0
        came = item.transition.frames if item.transition.kind == "fade" else 0
        last = place + 1 == len(cut.items)
        goes = cut.fade_out_frames if last else _fade_frames(cut, place + 1)
        ranges += [(at, at + came)] if came else []
        ranges += [(at + item.frames - goes, at + item.frames)] if goes else []
        at += item.frames
    return tuple(ranges)


def _fade_frames(cut: Cut, place: int) -> int:
    transition = cut.items[place].transition
    return transition.frames if transition.kind == "fade" else 0
