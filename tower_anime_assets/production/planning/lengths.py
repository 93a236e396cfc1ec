"""Fitting a scene to its target length: silent shots stretch, shrink, come and go; lines keep their windows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tower_anime_assets.production.planning.drafts import Draft, Priority
from tower_anime_assets.production.planning.shots import Framing, Purpose
from tower_anime_assets.production.planning.timing import FRAME_STEP

_TARGET_TOLERANCE_SHARE = 0.03
"""A scene this close to its target is left alone, so that a small change of one line moves no other shot."""

_GENTLE_FLOOR_SHARE = 0.8
"""Shots shrink to this share of their length before any is given up."""


class _FrameRange(NamedTuple):
    min_frames: int
    max_frames: int


def fit_to_target(drafts: Sequence[Draft], target_frames: int, make_cutaway: Callable[[int], Draft]) -> list[Draft]:
    """Return the shots of a scene, changed in length and number to meet its target.

    Args:
        drafts: Everything that coverage offers; lengths are changed in place.
        target_frames: The scene's target; 0 for its natural length.
        make_cutaway: Makes the n-th shot that fills time; called only when nothing else is left to stretch.

    Returns:
        Shots in order. Where the lines alone are longer than the target, the shortest scene that holds them.
    """
    natural = [draft for draft in drafts if draft.priority <= Priority.REACTION]
    if target_frames <= 0:
        return natural
    target_range = _FrameRange(
        math.ceil(target_frames * (1 - _TARGET_TOLERANCE_SHARE)),
        math.floor(target_frames * (1 + _TARGET_TOLERANCE_SHARE)),
    )
    if _total_frames(natural) > target_range.max_frames:
        return _tighten(natural, target_range)
    if _total_frames(natural) < target_range.min_frames:
        return _loosen(list(drafts), target_range, make_cutaway)
    return natural


def _total_frames(drafts: Sequence[Draft]) -> int:
    return sum(draft.frames for draft in drafts)


def _tighten(drafts: list[Draft], target_range: _FrameRange) -> list[Draft]:
    """Shrink a little, then give up reactions, then details, then shrink to what still reads as a shot."""
    _shrink(drafts, target_range, _GENTLE_FLOOR_SHARE)
    for priority in (Priority.REACTION, Priority.DETAIL):
        _drop(drafts, priority, target_range)
    _shrink(drafts, target_range, 0.0)
    _stretch(drafts, target_range)
    return drafts


def _shrink(drafts: Sequence[Draft], target_range: _FrameRange, floor_share: float) -> None:
    floor_frames = {id(draft): max(draft.min_frames, math.ceil(draft.frames * floor_share)) for draft in drafts}
    excess_frames = _total_frames(drafts) - target_range.max_frames
    while excess_frames > 0:
        shrinkable = [draft for draft in drafts if draft.frames - FRAME_STEP >= floor_frames[id(draft)]]
        if not shrinkable:
            return
        longest = max(shrinkable, key=lambda draft: draft.frames)
        longest.frames -= FRAME_STEP
        excess_frames -= FRAME_STEP


def _drop(drafts: list[Draft], priority: Priority, target_range: _FrameRange) -> None:
    """Drop shots of a priority, the last first, while the scene is too long; a silent neighbour takes their text."""
    for index in range(len(drafts) - 1, 0, -1):
        if _total_frames(drafts) <= target_range.max_frames:
            return
        if drafts[index].priority != priority:
            continue
        dropped = drafts.pop(index)
        before, after = drafts[index - 1], drafts[index] if index < len(drafts) else None
        if before.text and before.is_silent:
            before.text = f"{before.text} {dropped.text}".strip()
            _absorb_dropped(before, dropped)
        elif after is not None and after.text and after.is_silent:
            after.text = f"{dropped.text} {after.text}".strip()


def _absorb_dropped(draft: Draft, dropped: Draft) -> None:
    """Widen a shot of people to include those of a dropped one."""
    newcomers = tuple(name for name in dropped.focus if name not in draft.focus)
    are_actions = draft.purpose is dropped.purpose is Purpose.ACTION
    if newcomers and draft.focus and are_actions and not draft.is_framing_requested:
        draft.focus += newcomers
        draft.performances = {**draft.performances, **{name: dropped.performances[name] for name in newcomers}}
        draft.framing = Framing.WIDE


def _loosen(drafts: list[Draft], target_range: _FrameRange, make_cutaway: Callable[[int], Draft]) -> list[Draft]:
    """Stretch a little, add spare shots, stretch silent shots, then all shots, and at last add cutaways."""
    selected = [draft for draft in drafts if draft.priority <= Priority.REACTION]
    _stretch(selected, target_range, share=0.5)
    for spare in (draft for draft in drafts if draft.priority == Priority.SPARE):
        if _total_frames(selected) + spare.frames <= target_range.max_frames:
            selected_ids = {id(draft) for draft in selected} | {id(spare)}
            selected = [draft for draft in drafts if id(draft) in selected_ids]
    _stretch(selected, target_range)
    _stretch(selected, target_range, only_silent=False)
    if _total_frames(selected) < target_range.min_frames:
        selected = _add_cutaways(selected, target_range, make_cutaway)
        _stretch(selected, target_range)
    return selected


def _stretch(
    drafts: Sequence[Draft], target_range: _FrameRange, *, share: float = 1.0, only_silent: bool = True
) -> None:
    """Lengthen shots, the shortest first, each by at most a share of its reserve, until the scene is long enough."""
    adjustable = [draft for draft in drafts if draft.is_silent or not only_silent]
    missing_frames = target_range.min_frames - _total_frames(drafts)
    ceiling_frames = {id(draft): draft.frames + (draft.max_frames - draft.frames) * share for draft in adjustable}
    while missing_frames > 0:
        stretchable = [draft for draft in adjustable if draft.frames + FRAME_STEP <= ceiling_frames[id(draft)]]
        if not stretchable:
            return
        shortest = min(stretchable, key=lambda draft: draft.frames)
        shortest.frames += FRAME_STEP
        missing_frames -= FRAME_STEP


def _add_cutaways(drafts: list[Draft], target_range: _FrameRange, make_cutaway: Callable[[int], Draft]) -> list[Draft]:
    """Return the shots with cutaways spread evenly between them, never within a line, never after the last."""
    missing_frames = target_range.min_frames - _total_frames(drafts)
    fillers: list[Draft] = []
    while missing_frames > 0:
        filler = make_cutaway(len(fillers))
        if missing_frames < filler.min_frames - FRAME_STEP and fillers:
            break
        fillers.append(filler)
        missing_frames -= filler.frames
    gaps = [index for index, draft in enumerate(drafts[:-1]) if not draft.runs_on] or [len(drafts) - 1]
    fillers_by_index: dict[int, list[Draft]] = {}
    for number, filler in enumerate(fillers):
        fillers_by_index.setdefault(gaps[number * len(gaps) // len(fillers)], []).append(filler)
    return [shot for index, draft in enumerate(drafts) for shot in (draft, *fillers_by_index.get(index, ()))]
