"""Settling what runs that ended left open: jobs at servers are taken up, everything else is declared lost.

A run does this for the stages it makes. This does it for stages that nobody makes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tower_anime_assets.engines.generate import Order
from tower_anime_assets.errors import NotAcceptedError, ServiceUnavailableError, StoryError, TowerError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages import stills
from tower_anime_assets.stages.opening import saved_work
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import decisions


@dataclass(frozen=True)
class SettledStage:
    """What became of the open decisions of a stage of an episode, in words."""

    place: str
    stage: str
    says: str


def list_abandoned(studio: Studio) -> list[decisions.OpenStage]:
    """Return where decisions are open although no run works there."""
    found = []
    for place in decisions.list_open_stages(studio.database):
        try:
            with studio.database.lock(f"{place.key}:{place.decision_type}", wait_s=0.0, on_wait=lambda: None):
                found.append(place)
        except ServiceUnavailableError:  # a run holds it, and settles them itself
            continue
    return found


def settle_open(studio: Studio) -> list[SettledStage]:
    """Settle every open decision that no run works on, and return what became of them.

    A job at a server is waited for and its take kept, if the episode still wants it; else it is taken back. One whose
    server does not answer stays open for the next time.
    """
    settled = []
    for place in list_abandoned(studio):
        try:
            left = studio.finish_open(place.decision_type, place.key, _orders(studio, place))
            says = f"{left} still open: their server does not answer" if left else "all settled"
        except TowerError as error:
            says = str(error)
        settled.append(SettledStage(place.key, place.decision_type, says))
    return settled


def _orders(studio: Studio, place: decisions.OpenStage) -> Sequence[Order[Any]]:
    """Return what the stage wants as the story stands in the database; nothing when that cannot be said."""
    if not place.episode_id or place.decision_type == "plan":
        return ()
    try:
        orders = saved_work(studio, EpisodeKey(place.project_id, place.episode_id)).orders(place.decision_type)
        if place.decision_type == stills.KEYFRAME:  # the neighbour counts when the stage itself judges the take
            return [order.with_context(lambda facts: stills.beside(facts, None)) for order in orders]
        return orders
    except (NotAcceptedError, StoryError):  # its plan or its keyframes are gone, so nobody wants what was built on them
        return ()
