"""How far runs are, for processes that watch them; no part of the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tower_anime_assets.store.database import Database, jsonb


@dataclass(frozen=True)
class SavedProgress:
    """How far a run was when it last said so.

    Attributes:
        progress: As the run wrote it.
    """

    run_id: str
    progress: Mapping[str, Any]
    updated_at: datetime


def save_progress(database: Database, run_id: str, progress: Mapping[str, Any]) -> None:
    """Save how far a run is, in place of what it said before."""
    parameters = {"run_id": run_id, "progress": jsonb(progress)}
    database.run_in_transaction(lambda transaction: transaction.execute("run_progress.save_progress", parameters))


def load_progress(database: Database, run_ids: Iterable[str]) -> dict[str, SavedProgress]:
    """Return how far runs are by id; those that have not said anything are absent."""
    rows = database.fetch_all("run_progress.list_progress", {"run_ids": list(run_ids)})
    return {row["run_id"]: SavedProgress(**row) for row in rows}
