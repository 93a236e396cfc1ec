"""Creative sessions: one stretch of work on a show, with every decision and consultation that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from tower_anime_assets.errors import PlanError
from tower_anime_assets.store.database import Database, Row, Transaction, clean_json, jsonb

_RUN_SESSION_NAMESPACE = UUID("0d9d5c52-2f0b-4d0f-8a55-3f1a5c0f9c11")
"""Namespace of the ids of sessions that belong to a run."""


@dataclass(frozen=True, kw_only=True)
class CreativeSession:
    """A creative session; `ended_at` is None while it goes on."""

    id: str
    project_id: str
    title: str
    started_by: str
    started_at: datetime
    ended_at: datetime | None
    notes: Mapping[str, Any]


@dataclass(frozen=True)
class SessionTrail:
    """A creative session with its decisions and consultations, as JSON-ready rows, oldest first."""

    session: CreativeSession
    decisions: tuple[Row, ...]
    consultations: tuple[Row, ...]


def begin_session(
    database: Database,
    project_id: str,
    title: str,
    started_by: str,
    *,
    run_id: str = "",
    notes: Mapping[str, Any] | None = None,
) -> CreativeSession:
    """Begin a creative session, or return the one that a run has begun already.

    Args:
        database: The record.
        project_id: The show that is worked on.
        title: What a person calls it, such as "produce nexus-e01".
        started_by: Who works.
        run_id: The run it belongs to: the processes of one run share one session per project. "" for a new one.
        notes: JSON-ready; whatever else is to be remembered of it.

    Raises:
        ServiceUnavailableError: The database stays away.
    """
    session_id = str(uuid5(_RUN_SESSION_NAMESPACE, f"{run_id}:{project_id}") if run_id else uuid4())
    parameters = {
        "id": session_id,
        "project_id": project_id,
        "title": title,
        "started_by": started_by,
        "notes": jsonb(notes or {}),
    }

    def work(transaction: Transaction) -> Row | None:
        return transaction.fetch_one("sessions.begin", parameters) or transaction.fetch_one(
            "sessions.find_by_id", parameters
        )

    row = database.run_in_transaction(work)
    assert row is not None  # noqa: S101 - begun now or before, and never deleted
    return CreativeSession(**row)


def end_session(database: Database, session_id: str) -> None:
    """End a creative session; ending it again changes nothing.

    Raises:
        PlanError: The id is none.
        ServiceUnavailableError: The database stays away.
    """
    parameters = {"id": _parse_session_id(session_id)}
    database.run_in_transaction(lambda transaction: transaction.fetch_one("sessions.finish", parameters))


def list_newest(database: Database, project_id: str = "", limit: int = 20) -> tuple[CreativeSession, ...]:
    """Return the newest creative sessions of a project, or of all of them, newest first."""
    rows = database.fetch_all("sessions.list_newest", {"project_id": project_id, "limit": limit})
    return tuple(CreativeSession(**row) for row in rows)


def load_trail(database: Database, session_id: str) -> SessionTrail:
    """Return everything that belongs to a creative session.

    Raises:
        PlanError: There is no such session.
        ServiceUnavailableError: The database stays away.
    """
    parameters = {"id": _parse_session_id(session_id)}
    row = database.fetch_one("sessions.find_by_id", parameters)
    if row is None:
        raise PlanError(f"there is no creative session {session_id}. {_newest_hint(database)}")
    return SessionTrail(
        CreativeSession(**row),
        tuple(_json_row(decision) for decision in database.fetch_all("sessions.list_decisions", parameters)),
        tuple(
            _json_row(consultation) for consultation in database.fetch_all("sessions.list_consultations", parameters)
        ),
    )


def _parse_session_id(session_id: str) -> str:
    try:
        return str(UUID(session_id))
    except ValueError:
        raise PlanError(f"{session_id!r} is no creative session; expected an id such as {UUID(int=0)}") from None


def _newest_hint(database: Database) -> str:
    names = ", ".join(f"{session.id} ({session.title})" for session in list_newest(database, limit=5))
    return f"The newest are {names}" if names else "None has begun yet: sessions begin with runs that ask a director"


def _json_row(row: Row) -> Row:
    return {
        name: value.isoformat() if isinstance(value, datetime) else clean_json(value) for name, value in row.items()
    }
