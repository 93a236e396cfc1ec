"""Consultations: what an external director was asked for a decision, what it answered, and how much of it was used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tower_anime_assets.store.database import Database


@dataclass(frozen=True, kw_only=True)
class NewConsultation:
    """A consultation to be recorded.

    Attributes:
        response: The raw answer, valid or not; the reason if there was none; "" until the answer arrives.
        confidence_score: 0..1, None if the model gives none.
        used: Description of what was used.
        overruled: What was not used, each with the reason.
        session_id: The creative session, if there is one.
    """

    decision_id: str
    query: str
    response: str
    model_used: str
    idempotency_key: str
    confidence_score: float | None = None
    duration_s: float | None = None
    used: str | None = None
    overruled: Sequence[str] | None = None
    session_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Consultation(NewConsultation):
    """A consultation on record."""

    id: str
    timestamp: datetime


def record_consultation(database: Database, new: NewConsultation) -> Consultation:
    """Record a consultation, or add the answer to the question that was recorded with its key.

    A question is answered once: later answers return the first.

    Raises:
        PlanError: The key already stands for another decision.
    """
    parameters = vars(new) | {"overruled": None if new.overruled is None else list(new.overruled)}
    row = database.insert_or_find("consultations.record_consultation", "consultations.find_by_key", parameters)
    return Consultation(**{**row, "overruled": None if row["overruled"] is None else tuple(row["overruled"])})


def count_of_occasion(database: Database, decision_id: str, key_start: str) -> int:
    """Return how many questions of a decision have idempotency keys that begin with this text."""
    row = database.fetch_one("consultations.count_of_occasion", {"decision_id": decision_id, "key_start": key_start})
    assert row is not None  # noqa: S101 - a count is always a row
    return int(row["questions"])


@dataclass(frozen=True)
class DraftState:
    """What is on record of a question of a draft.

    Attributes:
        attempts: Decisions about it so far.
        response: The answer that was used, "" if there is none.
    """

    attempts: int
    response: str


def find_draft_state(database: Database, project_id: str, brief_digest: str) -> DraftState:
    """Return how often a question of a draft was asked, and the newest answer that was used."""
    scope = {"project_id": project_id, "brief_digest": brief_digest}
    row = database.fetch_one("consultations.find_draft_state", scope)
    assert row is not None  # noqa: S101 - an aggregate always has a row
    return DraftState(row["attempts"], row["response"] or "")
