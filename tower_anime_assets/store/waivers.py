"""Waivers: decisions by people to pass takes that a gate rejects, with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tower_anime_assets.errors import PlanError
from tower_anime_assets.store.database import Database


@dataclass(frozen=True)
class Waiver:
    """A person's decision that a take passes a gate, and why."""

    id: str
    take_id: str
    gate: str
    who: str
    why: str
    timestamp: datetime


def record_waiver(database: Database, take_id: str, gate: str, who: str, why: str) -> Waiver:
    """Record a waiver, or return the same person's earlier one with the same reason.

    Raises:
        PlanError: `who` or `why` is empty, or the take does not exist.
    """
    if not who.strip() or not why.strip():
        raise PlanError(f"a waiver of {gate} needs who decides and why; expected both, found {who!r} and {why!r}")
    parameters = {"take_id": take_id, "gate": gate, "who": who, "why": why}
    return Waiver(**database.insert_or_find("waivers.record_waiver", "waivers.find_waiver", parameters))


def find_by_takes(database: Database, take_ids: Iterable[str]) -> tuple[Waiver, ...]:
    """Return every waiver on these takes, oldest first."""
    rows = database.fetch_all("waivers.find_by_takes", {"take_ids": list(take_ids)})
    return tuple(Waiver(**row) for row in rows)
