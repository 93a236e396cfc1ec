"""Feedback that people give on takes, tied to the decisions that made them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tower_anime_assets.store.database import Database


@dataclass(frozen=True, kw_only=True)
class NewFeedback:
    """Feedback to be recorded.

    Attributes:
        opinion: "good" or "bad".
        reason: One of `production.learning.feedback.REASONS`.
        note: Free text, may be "".
        idempotency_key: Feedback with the same key counts once.
    """

    decision_id: str
    take_id: str
    opinion: str
    reason: str
    who: str
    idempotency_key: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Feedback(NewFeedback):
    """Feedback on record."""

    id: str
    timestamp: datetime


def record_feedback(database: Database, new: NewFeedback) -> Feedback:
    """Record feedback, or return what was recorded with the same key.

    Raises:
        PlanError: The key already stands for another decision, or the decision or take does not exist.
    """
    return Feedback(**database.insert_or_find("feedback.record_feedback", "feedback.find_by_key", vars(new)))


def find_by_decisions(database: Database, decision_ids: Iterable[str]) -> tuple[Feedback, ...]:
    """Return all feedback on the takes of these decisions, oldest first."""
    rows = database.fetch_all("feedback.find_by_decisions", {"decision_ids": list(decision_ids)})
    return tuple(Feedback(**row) for row in rows)
