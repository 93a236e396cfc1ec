"""Waivers: decisions by people to pass takes that a gate rejects, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.store.database import Database, Row, Transaction
from tower_anime_assets.store.rulings import lock_place, require_version


@dataclass(frozen=True)
class Waiver:
    """A person's decision that a take passes a gate, and why."""

    id: str
    take_id: str
    gate: str
    who: str
    why: str
    timestamp: datetime


def record_waiver(
    database: Database,
    take_id: str,
    gate: str,
    who: str,
    why: str,
    *,
    place: StoryPosition | None = None,
    seen: str | None = None,
) -> Waiver:
    """Record a waiver, or return the same person's earlier one with the same reason.

    Args:
        database: The record.
        take_id: The take.
        gate: The gate that it passes.
        who: Who decides.
        why: The reason.
        place: Where in the story the take belongs, for `seen`.
        seen: The version of the place that the person looked at; None where that does not matter.

    Raises:
        PlanError: `who` or `why` is empty, or the take does not exist.
        ConflictError: Somebody has decided about the place since the person looked.
    """
    if not who.strip() or not why.strip():
        raise PlanError(f"a waiver of {gate} needs who decides and why; expected both, found {who!r} and {why!r}")
    parameters = {"take_id": take_id, "gate": gate, "who": who, "why": why}

    def work(transaction: Transaction) -> Row:
        if place is not None:
            lock_place(transaction, place)
        known = transaction.fetch_one("waivers.find_waiver", parameters)
        if known is not None:
            return known
        if place is not None:
            require_version(transaction, place, seen)
        return transaction.insert_or_find("waivers.record_waiver", "waivers.find_waiver", parameters)

    return Waiver(**database.run_in_transaction(work))


def find_by_takes(database: Database, take_ids: Iterable[str]) -> tuple[Waiver, ...]:
    """Return every waiver on these takes, oldest first."""
    rows = database.fetch_all("waivers.find_by_takes", {"take_ids": list(take_ids)})
    return tuple(Waiver(**row) for row in rows)


@dataclass(frozen=True)
class PlacedWaiver(Waiver):
    """A waiver, with what the take is of."""

    stage: str
    project_id: str
    episode_id: str
    scene_id: str
    shot_id: str
    line_id: str


def list_page(
    database: Database, scope: Mapping[str, str], before: tuple[datetime, str], limit: int
) -> tuple[PlacedWaiver, ...]:
    """Return the next waivers of a part of the record, newest first.

    Args:
        database: The record.
        scope: `project_id`, `episode_id`, `scene_id` and `shot_id`; "" for all.
        before: Time and id of the waiver before them.
        limit: How many at most.
    """
    parameters = {**scope, "before": before[0], "before_id": before[1], "limit": limit}
    return tuple(PlacedWaiver(**row) for row in database.fetch_all("waivers.list_page", parameters))
