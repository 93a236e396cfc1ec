"""Creative sessions: one stretch of work on a show, with every decision and consultation that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from tower_anime_assets.errors import PlanError
from tower_anime_assets.store.database import Database, Row, Transaction, clean, jsonb

_OF_RUNS = UUID("0d9d5c52-2f0b-4d0f-8a55-3f1a5c0f9c11")
"""Namespace of the ids of sessions that belong to a run."""


@dataclass(frozen=True, kw_only=True)
class Session:
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

    session: Session
    decisions: tuple[Row, ...]
    consultations: tuple[Row, ...]


def begin(
    database: Database,
    project_id: str,
    title: str,
    started_by: str,
    *,
    run_id: str = "",
    notes: Mapping[str, Any] | None = None,
) -> Session:
    """Begin a creative session, or return the one that a run has begun already.

    Args:
        database: The record.
        project_id: The show that is worked on.
        title: What a person calls it, such as "produce nexus-e01".
        started_by: Who works.
        run_id: The run it belongs to: the processes of one run share one session per project. "" for a new one.
        notes: JSON-ready; whatever else is to be remembered of it.

    Raises:
        ServiceUnavailable: The database stays away.
    """
    own = str(uuid5(_OF_RUNS, f"{run_id}:{project_id}") if run_id else uuid4())
    given = {"id": own, "project_id": project_id, "title": title, "started_by": started_by, "notes": jsonb(notes or {})}

    def work(transaction: Transaction) -> Row | None:
        return transaction.row("sessions.begin", given) or transaction.row("sessions.find_by_id", given)

    row = database.run(work)
    assert row is not None  # noqa: S101 - begun now or before, and never deleted
    return Session(**row)


def finish(database: Database, session_id: str) -> None:
    """End a creative session; ending it again changes nothing.

    Raises:
        PlanError: The id is none.
        ServiceUnavailable: The database stays away.
    """
    given = {"id": _checked(session_id)}
    database.run(lambda transaction: transaction.row("sessions.finish", given))


def newest(database: Database, project_id: str = "", limit: int = 20) -> tuple[Session, ...]:
    """Return the newest creative sessions of a project, or of all of them, newest first."""
    rows = database.rows("sessions.list_newest", {"project_id": project_id, "limit": limit})
    return tuple(Session(**row) for row in rows)


def trail(database: Database, session_id: str) -> SessionTrail:
    """Return everything that belongs to a creative session.

    Raises:
        PlanError: There is no such session.
        ServiceUnavailable: The database stays away.
    """
    given = {"id": _checked(session_id)}
    row = database.row("sessions.find_by_id", given)
    if row is None:
        raise PlanError(f"there is no creative session {session_id}. {_known(database)}")
    return SessionTrail(
        Session(**row),
        tuple(_json_row(found) for found in database.rows("sessions.list_decisions", given)),
        tuple(_json_row(found) for found in database.rows("sessions.list_consultations", given)),
    )


def _checked(session_id: str) -> str:
    try:
        return str(UUID(session_id))
    except ValueError:
        raise PlanError(f"{session_id!r} is no creative session; expected an id such as {UUID(int=0)}") from None


def _known(database: Database) -> str:
    found = ", ".join(f"{session.id} ({session.title})" for session in newest(database, limit=5))
    return f"The newest are {found}" if found else "None has begun yet: sessions begin with runs that ask a director"


def _json_row(row: Row) -> Row:
    return {name: value.isoformat() if isinstance(value, datetime) else clean(value) for name, value in row.items()}
