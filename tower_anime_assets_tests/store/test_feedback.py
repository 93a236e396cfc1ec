from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.learning.feedback import REASONS
from tower_anime_assets.store import audit, feedback
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.feedback import NewFeedback
from tower_anime_assets.store.takes import Take


@pytest.fixture
def bad(kept_take: Callable[..., Take]) -> NewFeedback:
    take = kept_take()
    return NewFeedback(
        decision_id=take.decision_id, take_id=take.id, opinion="bad", reason="anatomy", note="six fingers", who="ann",
        idempotency_key=f"key of {take.id}",
    )  # fmt: skip


def test_feedback_belongs_to_a_decision(database: Database, bad: NewFeedback) -> None:
    kept = feedback.record_feedback(database, bad)
    assert (kept.opinion, kept.reason, kept.note, kept.who) == ("bad", "anatomy", "six fingers", "ann")
    assert feedback.find_by_decisions(database, [bad.decision_id]) == (kept,)


def test_feedback_with_the_same_key_counts_once(
    database: Database, bad: NewFeedback, kept_take: Callable[..., Take]
) -> None:
    first = feedback.record_feedback(database, bad)
    assert feedback.record_feedback(database, replace(bad, note="seven fingers")) == first
    other = kept_take(brief_digest="e" * 64)
    with pytest.raises(PlanError, match="already stands for decision"):
        feedback.record_feedback(database, replace(bad, decision_id=other.decision_id, take_id=other.id))


def test_a_changed_mind_is_added_not_overwritten(database: Database, bad: NewFeedback) -> None:
    for number, opinion in enumerate(("bad", "good", "bad")):
        feedback.record_feedback(
            database, replace(bad, opinion=opinion, reason="style", idempotency_key=f"{bad.take_id} {number}")
        )
    assert [item.opinion for item in feedback.find_by_decisions(database, [bad.decision_id])] == ["bad", "good", "bad"]


@pytest.mark.parametrize("change", [{"opinion": "awful"}, {"who": " "}, {"reason": "No; DROP"}])
def test_the_record_refuses_invalid_feedback(database: Database, bad: NewFeedback, change: dict[str, str]) -> None:
    with pytest.raises(PlanError, match="the record refuses this row"):
        feedback.record_feedback(database, replace(bad, **change))


def test_every_reason_can_be_recorded(database: Database, bad: NewFeedback) -> None:
    for kind, reason in REASONS.items():
        said = replace(bad, reason=kind, opinion=reason.opinion or "good", idempotency_key=f"{bad.take_id} {kind}")
        assert feedback.record_feedback(database, said).reason == kind


@pytest.mark.parametrize(
    "change", ["UPDATE feedback SET opinion = 'good'", "DELETE FROM feedback", "TRUNCATE feedback CASCADE"]
)
def test_feedback_never_changes(database: Database, bad: NewFeedback, change: str) -> None:
    feedback.record_feedback(database, bad)
    with psycopg.connect(database.url) as connection, pytest.raises(psycopg.errors.RestrictViolation, match="refused"):
        connection.execute(change.encode())


def test_feedback_changed_behind_the_guards_is_found(database: Database, bad: NewFeedback) -> None:
    kept = feedback.record_feedback(database, bad)
    assert audit.find_chain_problems(database) == ()
    with psycopg.connect(database.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE feedback SET note = 'fine' WHERE id = %s", (kept.id,))
    (problem,) = audit.find_chain_problems(database)
    assert f"feedback {kept.id} was changed" in problem
    with psycopg.connect(database.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE feedback SET note = %s WHERE id = %s", (kept.note, kept.id))
