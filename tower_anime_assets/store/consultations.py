"""Consultations: what a language model was asked for a decision, and what it answered."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from tower_anime_assets.errors import PlanError
from tower_anime_assets.store.database import Database, Row, Transaction


@dataclass(frozen=True, kw_only=True)
class NewConsultation:
    """A consultation to be put on record; `confidence_score` is 0..1, None when the model gives none."""

    decision_id: str
    query: str
    response: str
    model_used: str
    idempotency_key: str
    confidence_score: float | None = None


@dataclass(frozen=True, kw_only=True)
class Consultation(NewConsultation):
    """A consultation on record."""

    id: str
    timestamp: datetime


def record(database: Database, new: NewConsultation) -> Consultation:
    """Put a consultation on record; again with the same key returns the first.

    Raises:
        PlanError: The key already stands for another decision's consultation.
        ServiceUnavailable: The database stays away.
    """
    given = asdict(new)

    def work(transaction: Transaction) -> Row | None:
        return transaction.row("consultations.record", given) or transaction.row("consultations.find_by_key", given)

    row = database.run(work)
    assert row is not None  # noqa: S101 - written now or before, and never deleted
    if row["decision_id"] != new.decision_id:
        raise PlanError(f"idempotency key {new.idempotency_key!r} already stands for decision {row['decision_id']}")
    return Consultation(**row)
