"""Which takes stand for an episode now: those its current plan finds, not merely the newest ones."""

from __future__ import annotations

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.stages.registry import EPISODE_STAGES
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.stage import EpisodeRun

CurrentOutcomes = dict[tuple[str, str], Outcome]
"""Outcomes by stage name and subject: shot key, line id, scene id or episode key."""


def find_current_outcomes(run: EpisodeRun) -> CurrentOutcomes:
    """Return what an episode would be compiled from now, accepted or not; stages that cannot be told are left out."""
    outcomes: CurrentOutcomes = {}
    for stage in EPISODE_STAGES:
        if stage is SHOT_PLANS:
            continue
        try:
            found = run.find(stage, partial=True)
        except NotAcceptedError:  # what the stage builds on does not exist yet, so nothing of it can stand
            continue
        outcomes |= {(stage.name, order.subject): outcome for order, outcome in found if outcome is not None}
    return outcomes
