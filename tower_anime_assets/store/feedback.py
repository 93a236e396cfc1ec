"""Feedback: what people say of takes, tied to the decision that made them, for good."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from tower_anime_assets.errors import PlanError
from tower_anime_assets.store.database import Database, Row, Transaction


@dataclass(frozen=True, kw_only=True)
class NewFeedback:
    """An opinion to be put on record.

    Attributes:
        opinion: "good" or "bad".
        reason: Its kind, see `production.opinions`.
        note: What else there is to say, "" for nothing.
        idempotency_key: Two opinions with one key are one opinion.
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
    """An opinion on record."""

    id: str
    timestamp: datetime


def record_feedback(database: Database, new: NewFeedback) -> Feedback:
    """Put an opinion on record; again with the same key returns the first.

    Raises:
        PlanError: The key already stands for another decision's opinion, or there is no such decision or take.
        ServiceUnavailableError: The database stays away.
    """
    parameters = asdict(new)

    def work(transaction: Transaction) -> Row | None:
        return transaction.fetch_one("feedback.record", parameters) or transaction.fetch_one(
            "feedback.find_by_key", parameters
        )

    row = database.run_in_transaction(work)
    assert row is not None  # noqa: S101 - written now or before, and never deleted
    if row["decision_id"] != new.decision_id:
        raise PlanError(f"idempotency key {new.idempotency_key!r} already stands for decision {row['decision_id']}")
    return Feedback(**row)


def find_by_decisions(database: Database, decision_ids: Iterable[str]) -> tuple[Feedback, ...]:
    """Return every opinion of what these decisions made, oldest first."""
    rows = database.fetch_all("feedback.find_by_decisions", {"decision_ids": list(decision_ids)})
    return tuple(Feedback(**row) for row in rows)
