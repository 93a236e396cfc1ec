"""Consultations: what a director that is not our own was asked for a decision, what it answered, what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from tower_anime_assets.errors import PlanError
from tower_anime_assets.store.database import Database, Row, Transaction


@dataclass(frozen=True, kw_only=True)
class NewConsultation:
    """A consultation to be put on record.

    Attributes:
        response: The raw answer, also one that broke the contract; why there was none, where none came; "" while it
            is waited for.
        confidence_score: 0..1, None when the model gives none.
        duration_s: How long the answer took, seconds.
        used: What of the answer was used, in words.
        overruled: What was not, each with why.
        session_id: The creative session that it belongs to, None for none.
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
    """Put a consultation on record, or complete the question of this key that waits for its answer.

    Again with the same key and answer returns what is there.

    Raises:
        PlanError: The key already stands for another decision's consultation.
        ServiceUnavailableError: The database stays away.
    """
    parameters = {**asdict(new), "overruled": None if new.overruled is None else list(new.overruled)}

    def work(transaction: Transaction) -> Row | None:
        return (
            transaction.fetch_one("consultations.record", parameters)
            or (transaction.fetch_one("consultations.answer", parameters) if new.response else None)
            or transaction.fetch_one("consultations.find_by_key", parameters)
        )

    row = database.run_in_transaction(work)
    assert row is not None  # noqa: S101 - written now or before, and never deleted
    if row["decision_id"] != new.decision_id:
        raise PlanError(f"idempotency key {new.idempotency_key!r} already stands for decision {row['decision_id']}")
    return _consultation_from_row(row)


def list_by_decision(database: Database, decision_id: str) -> tuple[Consultation, ...]:
    """Return the consultations held for a decision, oldest first."""
    rows = database.fetch_all("consultations.list_of_decision", {"decision_id": decision_id})
    return tuple(_consultation_from_row(row) for row in rows)


def _consultation_from_row(row: Row) -> Consultation:
    return Consultation(**{**row, "overruled": None if row["overruled"] is None else tuple(row["overruled"])})
