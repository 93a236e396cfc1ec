"""Which takes stand for an episode now: those its current plan finds, not merely the newest ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from tower_anime_assets.engines.generate import Order, Outcome
from tower_anime_assets.errors import NotAccepted
from tower_anime_assets.stages import clips, masters, mixes, sounds, stills
from tower_anime_assets.stages.episode import EpisodeWork

Standing = dict[tuple[str, str], Outcome]
"""Outcomes by stage and subject: shot key, line id, scene id or episode key."""


def takes_in_use(work: EpisodeWork) -> Standing:
    """Return what an episode would be compiled from now, accepted or not; stages that cannot be said are left out."""
    standing: Standing = {}
    for stage in (stills.KEYFRAME, clips.STAGE, sounds.VOICE, sounds.CUE, mixes.STAGE, masters.STAGE):
        for order, outcome in _found(partial(work.look_at, stage)):
            if outcome is not None:
                standing[stage, order.subject] = outcome
    return standing


def _found(
    look: Callable[[], Iterable[tuple[Order[Any], Outcome | None]]],
) -> Iterable[tuple[Order[Any], Outcome | None]]:
    try:
        return look()
    except NotAccepted:
        # What the stage builds on is not there yet, so that nothing of it can stand.
        return ()
