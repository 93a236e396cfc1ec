"""Which takes stand for an episode now: those its current plan finds, not merely the newest ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from tower_anime_assets.engines.generate import Order, Outcome
from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.stages import clips, masters, mixes, sounds, stills
from tower_anime_assets.stages.episode import EpisodeWork

CurrentOutcomes = dict[tuple[str, str], Outcome]
"""Outcomes by stage and subject: shot key, line id, scene id or episode key."""


def find_current_outcomes(work: EpisodeWork) -> CurrentOutcomes:
    """Return what an episode would be compiled from now, accepted or not; stages that cannot be said are left out."""
    outcomes: CurrentOutcomes = {}
    for stage in (stills.KEYFRAME, clips.STAGE, sounds.VOICE, sounds.CUE, mixes.STAGE, masters.STAGE):
        for order, outcome in _outcomes_if_ready(partial(work.look_at, stage)):
            if outcome is not None:
                outcomes[stage, order.subject] = outcome
    return outcomes


def _outcomes_if_ready(
    list_outcomes: Callable[[], Iterable[tuple[Order[Any], Outcome | None]]],
) -> Iterable[tuple[Order[Any], Outcome | None]]:
    try:
        return list_outcomes()
    except NotAcceptedError:
        # What the stage builds on is not there yet, so that nothing of it can stand.
        return ()
