"""What a director or an eye is asked for a decision: on record when it is asked, completed when it is answered."""

from __future__ import annotations

from tower_anime_assets.production.attempt import ConsultationNote
from tower_anime_assets.store import consultations
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import Decision


class Consultations:
    """The consultations of a decision, held one after the other.

    Args:
        database: The record.
        decision: What they are held for.
        occasion: What tells them from others of the same decision, "" for those that it was made with.
    """

    def __init__(self, database: Database, decision: Decision, occasion: str = "") -> None:
        self._database = database
        self._decision = decision
        self._key = f"{decision.id}:{occasion}:" if occasion else f"{decision.id}:"
        self._number = -1
        self._waits = False

    def put(self, said: ConsultationNote) -> None:
        """Put a question on record (its response is ""), or what came of the one asked last.

        Raises:
            ServiceUnavailableError: The database stays away.
        """
        is_question = not said.response
        if is_question or not self._waits:
            self._number += 1
        self._waits = is_question
        consultations.record_consultation(
            self._database,
            consultations.NewConsultation(
                decision_id=self._decision.id,
                query=said.query,
                response=said.response,
                model_used=said.model,
                confidence_score=said.confidence,
                duration_s=None if is_question else said.duration_s,
                used=None if is_question else said.used,
                overruled=None if is_question else said.overruled,
                session_id=self._decision.session_id,
                idempotency_key=f"{self._key}{self._number}",
            ),
        )
