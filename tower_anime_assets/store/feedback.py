"""Feedback that people give on takes, tied to the decisions that made them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


@dataclass(frozen=True, kw_only=True)
class PlacedFeedback(Feedback):
    """Feedback, with what the take is of."""

    stage: str
    project_id: str
    episode_id: str
    scene_id: str
    shot_id: str
    line_id: str


def list_page(
    database: Database, scope: Mapping[str, str], before: tuple[datetime, str], limit: int
) -> tuple[PlacedFeedback, ...]:
    """Return the next feedback of a part of the record, newest first.

    Args:
        database: The record.
        scope: `project_id`, `episode_id`, `scene_id` and `shot_id`; "" for all.
        before: Time and id of the feedback before it.
        limit: How much at most.
    """
    parameters = {**scope, "before": before[0], "before_id": before[1], "limit": limit}
    return tuple(PlacedFeedback(**row) for row in database.fetch_all("feedback.list_page", parameters))
