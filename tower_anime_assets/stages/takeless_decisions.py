"""Decisions that make no take: carried out, and ended on record however that ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from tower_anime_assets.errors import Cause, StoppedError, TowerError, recorded_name
from tower_anime_assets.settings import hide_secrets
from tower_anime_assets.store import decisions
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import DecisionResult

T = TypeVar("T")


def carry_out(database: Database, decision_id: str, ask: Callable[[], T]) -> T:
    """Return the answer after its decision has ended, however it ended."""
    start_s = time.monotonic()
    try:
        answer = ask()
    except (KeyboardInterrupt, StoppedError):
        decisions.mark_cancelled(database, decision_id, time.monotonic() - start_s)
        raise
    except TowerError as error:
        message = hide_secrets(f"{recorded_name(error)}: {error}")
        decisions.mark_failed(database, decision_id, message, time.monotonic() - start_s, error.cause)
        raise
    result = DecisionResult("succeeded", time.monotonic() - start_s)
    database.run_in_transaction(lambda transaction: decisions.end_decision(transaction, decision_id, result))
    return answer


def settle_abandoned(database: Database, project_id: str, decision_type: str, reason: str) -> None:
    """End what processes that are gone left open of a type; call it only while holding the lock of both."""
    for place in decisions.list_open_stages(database):
        if (place.project_id, place.decision_type) == (project_id, decision_type):
            for left in decisions.list_open(database, place.key, decision_type):
                decisions.mark_lost(database, left.id, reason, cause=Cause.INTERRUPTED)
