"""Open decisions that runs left behind: jobs at servers are resumed, everything else is marked as lost.

A run settles the open decisions of the stages it makes; this settles those of all other stages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tower_anime_assets.engines.orders import Order
from tower_anime_assets.errors import NotAcceptedError, ServiceUnavailableError, StoryError, TowerError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.character_sheets import SHEETS
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.registry import stage_named
from tower_anime_assets.stages.run import Compare, Details, Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.stage import Stage
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import decisions
from tower_anime_assets.store.decisions import TAKELESS


@dataclass(frozen=True)
class SettledStage:
    """What became of the open decisions of one stage of an episode."""

    key: str
    stage: str
    outcome: str


def list_abandoned(studio: Studio) -> list[decisions.OpenStage]:
    """Return the stages of episodes with open decisions that no run is working on."""
    abandoned = []
    for place in decisions.list_open_stages(studio.database):
        if place.decision_type in TAKELESS:
            continue
        try:
            with studio.database.lock(f"{place.key}:{place.decision_type}", wait_s=0.0, on_wait=lambda: None):
                abandoned.append(place)
        except ServiceUnavailableError:  # a run holds the lock, and settles them itself
            continue
    return abandoned


def settle_abandoned(run: Run) -> list[SettledStage]:
    """Settle every open decision that no run is working on, and return the outcome per stage.

    A job at a server is waited for and its take kept if the episode still wants it; otherwise it is cancelled. A
    decision whose server does not answer stays open for the next time.
    """
    settled = []
    for place in list_abandoned(run.studio):
        stage = stage_named(place.decision_type)
        try:
            still_open = run.settle_open_decisions(stage, place.key, _orders(run, stage, place))
            outcome = f"{still_open} still open: their server does not answer" if still_open else "all settled"
        except TowerError as error:
            outcome = str(error)
        settled.append(SettledStage(place.key, place.decision_type, outcome))
    return settled


def _orders(run: Run, stage: Stage[Any], place: decisions.OpenStage) -> Sequence[Order[Any]]:
    """Return the stage's orders for the story in the database; none if they cannot be formed."""
    if stage is SHEETS or stage is SHOT_PLANS:
        return ()
    try:
        takes = saved_episode(run, EpisodeKey(place.project_id, place.episode_id)).find(stage, partial=True)
    except (NotAcceptedError, StoryError):  # its plan or keyframes are gone, so takes built on them are not needed
        return ()
    orders = [order for order, _outcome in takes]
    if stage.compare is None:
        return orders
    # Neighbours are compared when the stage itself judges the take.
    return [order.with_context(partial(_without_previous, stage.compare)) for order in orders]


def _without_previous(compare: Compare, details: Details) -> Mapping[str, float]:
    return compare(details, None)
