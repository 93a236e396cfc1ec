"""The record of what a director or a vision model is asked: a row per question, completed by its answer."""

from __future__ import annotations

from tower_anime_assets.production.attempt import ConsultationNote
from tower_anime_assets.store import consultations
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import Decision


class ConsultationLog:
    """The consultations of one decision, one after the other.

    Args:
        database: The record.
        decision: The decision.
        occasion: Tells later consultations of a decision from those it was made with, which have "".
    """

    def __init__(self, database: Database, decision: Decision, occasion: str = "") -> None:
        self._database = database
        self._decision = decision
        self._key = f"{decision.id}:{occasion}:" if occasion else f"{decision.id}:"
        self._number = -1
        self._is_unanswered = False

    @property
    def newest_key(self) -> str:
        """The idempotency key of the newest question."""
        return f"{self._key}{self._number}"

    def record(self, consultation: ConsultationNote) -> None:
        """Record a question, whose response is still "", or what came of the last one.

        Raises:
            ServiceUnavailableError: The database stays away.
        """
        is_question = not consultation.response
        if is_question or not self._is_unanswered:
            self._number += 1
        self._is_unanswered = is_question
        consultations.record_consultation(
            self._database,
            consultations.NewConsultation(
                decision_id=self._decision.id,
                query=consultation.query,
                response=consultation.response,
                model_used=consultation.model,
                confidence_score=consultation.confidence,
                duration_s=None if is_question else consultation.duration_s,
                used=None if is_question else consultation.used,
                overruled=None if is_question else consultation.overruled,
                session_id=self._decision.session_id,
                idempotency_key=self.newest_key,
            ),
        )
