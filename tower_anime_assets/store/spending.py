"""What was spent at services and what is under way, and how fast engines were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tower_anime_assets.production.spending import DAY, EPISODE, SpendingCap, SpentSum
from tower_anime_assets.store.database import Database, Row, Transaction


class RowReader(Protocol):
    """The database, or a transaction in it."""

    def fetch_all(self, query_name: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """Run a query and return its rows."""
        ...


@dataclass(frozen=True)
class MeasuredPace:
    """How fast an engine was: seconds for each frame, pixel and candidate, and the number of jobs that says so."""

    seconds: float
    jobs: int


def wait_for_turn(transaction: Transaction) -> None:
    """Let no other transaction look whether it may spend until this one ends."""
    transaction.fetch_one("spending.wait_for_turn")


def sum_spending(reader: RowReader, cap: SpendingCap, project: str, episode: str) -> Sequence[SpentSum]:
    """Return what was spent of a cap and what is under way, by currency.

    Args:
        reader: The record.
        cap: The cap.
        project: The show that is looked at, for a cap of each episode.
        episode: The episode that is looked at, likewise.
    """
    is_episode = cap.scope == EPISODE
    parameters = {
        "since": cap.since or None,
        "is_today": cap.scope == DAY,
        "project_id": project if is_episode else cap.project,
        "episode_id": episode if is_episode else "",
        "created_by": cap.created_by,
    }
    return tuple(SpentSum(**row) for row in reader.fetch_all("spending.sum_spending", parameters))


def find_pace(database: Database, stage: str, engine: str, quality: str) -> MeasuredPace | None:
    """Return how fast an engine's latest 200 jobs of a stage were at a level of quality, None before the first."""
    row = database.fetch_one("spending.find_pace", {"stage": stage, "engine": engine, "quality": quality})
    return MeasuredPace(**row) if row and row["seconds"] is not None else None
