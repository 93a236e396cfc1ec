"""Waivers: a person's decision to pass a take that a gate rejects, with the reason, for good."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tower_anime_assets.errors import PlanError
from tower_anime_assets.store.database import Database, Row, Transaction


@dataclass(frozen=True)
class Waiver:
    """Who let which take pass which gate, and why."""

    id: str
    take_id: str
    gate: str
    who: str
    why: str
    timestamp: datetime


def record_waiver(database: Database, take_id: str, gate: str, who: str, why: str) -> Waiver:
    """Put a waiver on record; saying the same again changes nothing.

    Raises:
        PlanError: Who or why is empty.
        ServiceUnavailableError: The database stays away.
    """
    if not who.strip() or not why.strip():
        raise PlanError(f"a waiver of {gate} needs who decides and why; expected both, found {who!r} and {why!r}")
    parameters = {"take_id": take_id, "gate": gate, "who": who, "why": why}

    def work(transaction: Transaction) -> Row | None:
        return transaction.fetch_one("waivers.waive", parameters) or transaction.fetch_one(
            "waivers.find_same", parameters
        )

    row = database.run_in_transaction(work)
    assert row is not None  # noqa: S101 - written now or before, and never deleted
    return Waiver(**row)


def find_by_takes(database: Database, take_ids: Iterable[str]) -> tuple[Waiver, ...]:
    """Return every waiver on these takes, oldest first."""
    rows = database.fetch_all("waivers.find_by_takes", {"take_ids": list(take_ids)})
    return tuple(Waiver(**row) for row in rows)
