"""Choices: decisions by people which of several takes is used, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.store.database import Database, Transaction
from tower_anime_assets.store.rulings import lock_place, make_id, require_version


def record_choice(
    database: Database,
    take_id: str,
    place: StoryPosition,
    who: str,
    why: str,
    seen: str | None = None,
    *,
    feedback: Mapping[str, Any] | None = None,
) -> str:
    """Record that a person chose a take, and return the choice's id; from now on it is preferred to those that exist.

    Args:
        database: The record.
        take_id: The take.
        place: Where in the story it belongs.
        who: Who decides.
        why: The reason.
        seen: The version of the place that the person looked at; None where that does not matter.
        feedback: The parameters of feedback that is recorded with it, or neither; None for none.

    Raises:
        PlanError: `who` or `why` is empty.
        ConflictError: Somebody has decided about the place since the person looked.
    """
    if not who.strip() or not why.strip():
        raise PlanError(f"a choice needs who decides and why; expected both, found {who!r} and {why!r}")
    parameters = {"id": make_id(database), "take_id": take_id, "who": who, "why": why}

    def work(transaction: Transaction) -> None:
        lock_place(transaction, place)
        if transaction.fetch_one("choices.find_by_id", {"id": parameters["id"]}) is None:
            require_version(transaction, place, seen)
            if feedback is not None:
                transaction.insert_or_find("feedback.record_feedback", "feedback.find_by_key", feedback)
            transaction.execute("choices.record_choice", parameters)

    database.run_in_transaction(work)
    return parameters["id"]
