"""Fitting a scene to its target: silent shots stretch and shrink, extra ones come and go; lines keep their windows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tower_anime_assets.production.planning.drafts import DETAIL, REACTION, SPARE, Draft
from tower_anime_assets.production.planning.shots import Framing, Purpose
from tower_anime_assets.production.planning.timing import FRAME_STEP

_NEAR = 0.03
"""Within this share of its target a scene is left alone, so that a small change of one line moves no other shot."""

_GENTLY = 0.8


class _Band(NamedTuple):
    low: int
    high: int


def fitted(drafts: Sequence[Draft], target_frames: int, cutaway: Callable[[int], Draft]) -> list[Draft]:
    """Return the shots of a scene, changed in length and number to last as long as the scene should.

    Args:
        drafts: Everything that coverage offers; lengths are changed in place.
        target_frames: Wanted length, frames; 0 for the natural one.
        cutaway: Makes the n-th shot that fills time; asked only when nothing else is left to stretch.

    Returns:
        Shots in order. Where the lines alone last longer than the target, the shortest scene that holds them.
    """
    natural = [draft for draft in drafts if draft.rank <= REACTION]
    if target_frames <= 0:
        return natural
    band = _Band(math.ceil(target_frames * (1 - _NEAR)), math.floor(target_frames * (1 + _NEAR)))
    if _length(natural) > band.high:
        return _tightened(natural, band)
    if _length(natural) < band.low:
        return _loosened(list(drafts), band, cutaway)
    return natural


def _length(drafts: Sequence[Draft]) -> int:
    return sum(draft.frames for draft in drafts)


def _tightened(drafts: list[Draft], band: _Band) -> list[Draft]:
    """Shrink a little, then give up reactions, then details, then shrink to what still reads as a shot."""
    _shrink(drafts, band, _GENTLY)
    for rank in (REACTION, DETAIL):
        _drop(drafts, rank, band)
    _shrink(drafts, band, 0.0)
    _stretch(drafts, _silent(drafts), band)
    return drafts


def _shrink(drafts: Sequence[Draft], band: _Band, floor_share: float) -> None:
    floors = {id(draft): max(draft.shortest, math.ceil(draft.frames * floor_share)) for draft in drafts}
    over = _length(drafts) - band.high
    while over > 0:
        able = [draft for draft in drafts if draft.frames - FRAME_STEP >= floors[id(draft)]]
        if not able:
            return
        longest = max(able, key=lambda draft: draft.frames)
        longest.frames -= FRAME_STEP
        over -= FRAME_STEP


def _drop(drafts: list[Draft], rank: int, band: _Band) -> None:
    """Drop shots of a rank, the last first, while the scene is too long; a neighbour tells what they showed."""
    for index in range(len(drafts) - 1, 0, -1):
        if _length(drafts) <= band.high:
            return
        if drafts[index].rank != rank:
            continue
        dropped = drafts.pop(index)
        before, after = drafts[index - 1], drafts[index] if index < len(drafts) else None
        if before.text and before.is_silent:
            before.text = f"{before.text} {dropped.text}".strip()
            _take_in(before, dropped)
        elif after is not None and after.text and after.is_silent:
            after.text = f"{dropped.text} {after.text}".strip()


def _take_in(draft: Draft, dropped: Draft) -> None:
    """Widen a shot of people so that it also shows those of a dropped one."""
    newcomers = tuple(name for name in dropped.focus if name not in draft.focus)
    if newcomers and draft.purpose is dropped.purpose is Purpose.ACTION and draft.focus and not draft.is_asked:
        draft.focus += newcomers
        draft.acts = {**draft.acts, **{name: dropped.acts[name] for name in newcomers}}
        draft.framing = Framing.WIDE


def _loosened(drafts: list[Draft], band: _Band, cutaway: Callable[[int], Draft]) -> list[Draft]:
    """Stretch a little, add spare reactions, stretch more, let lines ring out, and at last add cutaways."""
    shown = [draft for draft in drafts if draft.rank <= REACTION]
    _stretch(shown, _silent(shown), band, share=0.5)
    for spare in (draft for draft in drafts if draft.rank == SPARE):
        if _length(shown) + spare.frames <= band.high:
            kept = {id(draft) for draft in shown} | {id(spare)}
            shown = [draft for draft in drafts if id(draft) in kept]
    _stretch(shown, _silent(shown), band)
    _stretch(shown, shown, band)
    if _length(shown) < band.low:
        shown = _filled(shown, band, cutaway)
        _stretch(shown, _silent(shown), band)
    return shown


def _silent(drafts: Sequence[Draft]) -> list[Draft]:
    return [draft for draft in drafts if draft.is_silent]


def _stretch(drafts: Sequence[Draft], among: Sequence[Draft], band: _Band, *, share: float = 1.0) -> None:
    """Lengthen some shots in turn, the shortest first, until the scene is long enough."""
    short = band.low - _length(drafts)
    roofs = {id(draft): draft.frames + (draft.longest - draft.frames) * share for draft in among}
    while short > 0:
        able = [draft for draft in among if draft.frames + FRAME_STEP <= roofs[id(draft)]]
        if not able:
            return
        shortest = min(able, key=lambda draft: draft.frames)
        shortest.frames += FRAME_STEP
        short -= FRAME_STEP


def _filled(drafts: list[Draft], band: _Band, cutaway: Callable[[int], Draft]) -> list[Draft]:
    """Return the shots with cutaways spread evenly between them, never within a line, never after the last."""
    missing = band.low - _length(drafts)
    fillers: list[Draft] = []
    while missing > 0:
        filler = cutaway(len(fillers))
        if missing < filler.shortest - FRAME_STEP and fillers:
            break
        fillers.append(filler)
        missing -= filler.frames
    gaps = [index for index, draft in enumerate(drafts[:-1]) if not draft.runs_on] or [len(drafts) - 1]
    after: dict[int, list[Draft]] = {}
    for number, filler in enumerate(fillers):
        after.setdefault(gaps[number * len(gaps) // len(fillers)], []).append(filler)
    return [shot for index, draft in enumerate(drafts) for shot in (draft, *after.get(index, ()))]
