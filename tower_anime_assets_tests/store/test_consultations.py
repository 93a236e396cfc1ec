from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.store import audit, consultations, decisions
from tower_anime_assets.store.consultations import NewConsultation
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision


@pytest.fixture
def new_consultation(database: Database, new_decision: Callable[..., NewDecision]) -> Callable[..., NewConsultation]:
    """Returns a consultation of a new decision; keyword arguments change it."""

    def make(**changes: Any) -> NewConsultation:
        decision = decisions.record_decision(database, new_decision())
        usual: dict[str, Any] = {
            "decision_id": decision.id,
            "query": "Which lens?",
            "response": "A long one.",
            "model_used": "llama",
            "idempotency_key": f"question of {decision.id}",
        }
        return NewConsultation(**{**usual, **changes})

    return make


New = Callable[..., NewConsultation]


def test_a_consultation_is_recorded_once(database: Database, new_consultation: New) -> None:
    new = new_consultation(confidence_score=0.75, duration_s=1.25, used="3 framings", overruled=("shot 1: asked for",))
    consultation = consultations.record_consultation(database, new)
    assert (consultation.query, consultation.response, consultation.model_used) == (
        "Which lens?",
        "A long one.",
        "llama",
    )
    assert (consultation.confidence_score, consultation.duration_s) == (0.75, 1.25)
    assert (consultation.used, consultation.overruled) == ("3 framings", ("shot 1: asked for",))
    assert consultations.record_consultation(database, new) == consultation
    assert audit.find_chain_problems(database) == ()


def test_a_consultation_needs_a_decision_and_a_confidence_from_0_to_1(
    database: Database, new_consultation: New
) -> None:
    with pytest.raises(PlanError, match="foreign key"):
        consultations.record_consultation(
            database, new_consultation(decision_id="00000000-0000-0000-0000-000000000000")
        )
    with pytest.raises(PlanError, match="confidence_score"):
        consultations.record_consultation(database, new_consultation(confidence_score=1.5))


def test_a_key_cannot_serve_two_decisions(database: Database, new_consultation: New) -> None:
    question = new_consultation(response="")
    consultations.record_consultation(database, question)
    with pytest.raises(PlanError, match="already stands for decision"):
        consultations.record_consultation(database, new_consultation(idempotency_key=question.idempotency_key))
    assert consultations.record_consultation(database, question).response == "", "still waits for its own answer"


def test_a_question_is_recorded_before_its_answer_and_answered_once(database: Database, new_consultation: New) -> None:
    new = new_consultation(response="")
    question = consultations.record_consultation(database, new)
    assert (question.response, question.duration_s) == ("", None)
    answered = consultations.record_consultation(database, replace(new, response="Luna", duration_s=1.5, used="who"))
    assert (answered.id, answered.response, answered.used) == (question.id, "Luna", "who")
    assert consultations.record_consultation(database, replace(new, response="Akira")).response == "Luna"
    assert consultations.record_consultation(database, new).response == "Luna"
    assert audit.find_chain_problems(database) == ()


@pytest.mark.parametrize(
    ("response", "change", "why"),
    [
        ("Luna", "UPDATE ai_consultations SET response = 'Akira' WHERE id = %s", "answered once"),
        ("", "UPDATE ai_consultations SET query = 'where?', response = 'there' WHERE id = %s", "never changes"),
        ("Luna", "DELETE FROM ai_consultations WHERE id = %s", "refused"),
    ],
)
def test_what_was_asked_and_answered_never_changes(
    database: Database, new_consultation: New, response: str, change: str, why: str
) -> None:
    consultation = consultations.record_consultation(database, new_consultation(response=response))
    with psycopg.connect(database.url) as connection, pytest.raises(psycopg.errors.RestrictViolation, match=why):
        connection.execute(change.encode(), [consultation.id])
