"""The current takes of an episode: those that its current plan finds, which need not be the newest."""

from __future__ import annotations

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.stages.registry import EPISODE_STAGES
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.stage import EpisodeRun

CurrentOutcomes = dict[tuple[str, str], Outcome]
"""Outcomes by stage name and subject: shot key, line id, scene id or episode key."""


def find_current_outcomes(run: EpisodeRun) -> CurrentOutcomes:
    """Return the takes an episode would be compiled from now, accepted or not; stages without orders are left out."""
    outcomes: CurrentOutcomes = {}
    for stage in EPISODE_STAGES:
        if stage is SHOT_PLANS:
            continue
        try:
            takes = run.find(stage, partial=True)
        except NotAcceptedError:  # what the stage builds on does not exist yet
            continue
        outcomes |= {(stage.name, order.subject): outcome for order, outcome in takes if outcome is not None}
    return outcomes
