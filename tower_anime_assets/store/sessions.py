"""Creative sessions: stretches of work on a show, each with its decisions and consultations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from tower_anime_assets.errors import UnknownKeyError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.store.database import Database, Row, json_rows, jsonb

_RUN_SESSION_NAMESPACE = UUID("0d9d5c52-2f0b-4d0f-8a55-3f1a5c0f9c11")
"""Sessions of the same run and project get the same id."""


@dataclass(frozen=True, kw_only=True)
class CreativeSession:
    """A creative session; `ended_at` is None until it ends."""

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


@dataclass(frozen=True, kw_only=True)
class SessionSummary:
    """A creative session in figures.

    Attributes:
        run_ids: The Dagster runs that decided something in it.
        episode_ids: The episodes that it was about.
        failed: Decisions that came to nothing because of an error.
        cancelled: Decisions that were called off, or that nobody has finished.
        takes: How many were made, candidates of one decision counted as one.
        accepted: Takes that the gates or a person accepted.
        rejected: Subjects whose newest take is not accepted.
        masters: Accepted masters.
        mean_score: Of its takes, 0..1; None without any.
    """

    id: str
    project_id: str
    title: str
    started_by: str
    started_at: datetime
    ended_at: datetime | None
    run_ids: tuple[str, ...]
    episode_ids: tuple[str, ...]
    decisions: int
    failed: int
    cancelled: int
    takes: int
    accepted: int
    rejected: int
    masters: int
    mean_score: float | None
    consultations: int

    def outcome(self, *, is_alive: bool) -> str:
        """Return how it went, in a word.

        Args:
            is_alive: Whether a process of one of its runs is alive.

        Returns:
            "delivered" with an accepted master; "open" if nobody has ended it and no run decided in it, as that of
            a studio's own tools; else "running", "interrupted" (it was stopped or killed), "failed"
            (something could not be made, or was rejected) or "finished" (no master was due, all else is well).
        """
        if self.ended_at is None and self.decisions and not self.run_ids:
            return "open"
        if self.ended_at is None:
            return "running" if is_alive else "interrupted"
        if self.masters:
            return "delivered"
        if self.cancelled:
            return "interrupted"
        return "failed" if self.failed or self.rejected else "finished"


def begin_session(
    database: Database,
    project_id: str,
    title: str,
    started_by: str,
    *,
    run_id: str = "",
    name: str = "",
    notes: Mapping[str, Any] | None = None,
) -> CreativeSession:
    """Begin a creative session, or return the one that the run has already begun.

    Args:
        database: The record.
        project_id: The show.
        title: Such as "produce nexus-e01".
        started_by: Name of the person.
        run_id: The processes of a run share one session per project; "" and no name always begin a new one.
        name: A name that callers share one session per project by; "" for none.
        notes: JSON-ready.
    """
    session_id = _named_id(name, project_id) if name else str(uuid4())
    if run_id:
        session_id = str(uuid5(_RUN_SESSION_NAMESPACE, f"{run_id}:{project_id}"))
    parameters = {
        "id": session_id,
        "project_id": project_id,
        "title": title,
        "started_by": started_by,
        "notes": jsonb(notes or {}),
    }
    return CreativeSession(**database.insert_or_find("sessions.begin_session", "sessions.find_by_id", parameters))


def end_session(database: Database, session_id: str) -> None:
    """End a creative session unless it has already ended.

    Raises:
        UnknownKeyError: The id is invalid.
    """
    parameters = {"id": _parse_session_id(session_id)}
    database.run_in_transaction(lambda transaction: transaction.execute("sessions.end_session", parameters))


def list_newest(database: Database, project_id: str = "", limit: int = 20) -> tuple[CreativeSession, ...]:
    """Return the newest creative sessions of a project, or of all projects if it is "", newest first."""
    rows = database.fetch_all("sessions.list_newest", {"project_id": project_id, "limit": limit})
    return tuple(CreativeSession(**row) for row in rows)


def list_by_episode(database: Database, key: EpisodeKey) -> tuple[CreativeSession, ...]:
    """Return the creative sessions in which something was decided for an episode, oldest first."""
    rows = database.fetch_all("sessions.list_by_episode", {"project_id": key.project, "episode_id": key.episode})
    return tuple(CreativeSession(**row) for row in rows)


def list_summaries(
    database: Database, project_id: str = "", limit: int = 50, after: str = ""
) -> tuple[SessionSummary, ...]:
    """Return the newest creative sessions of a project, or of all projects if it is "", in figures, newest first.

    Args:
        database: The record.
        project_id: The show.
        limit: How many at most.
        after: The id of the session that they are older than; "" for none.
    """
    scope = {"project_id": project_id, "limit": limit, "after": _parse_session_id(after) if after else None}
    rows = database.fetch_all("sessions.list_summaries", scope)
    return tuple(
        SessionSummary(**{**row, **{name: tuple(row[name]) for name in ("run_ids", "episode_ids")}}) for row in rows
    )


def load_session(database: Database, session_id: str) -> CreativeSession:
    """Return a creative session.

    Raises:
        UnknownKeyError: The session does not exist.
    """
    row = database.fetch_one("sessions.find_by_id", {"id": _parse_session_id(session_id)})
    if row is None:
        raise UnknownKeyError(f"there is no creative session {session_id}. {_newest_hint(database)}")
    return CreativeSession(**row)


def find_named(database: Database, name: str) -> tuple[CreativeSession, ...]:
    """Return the sessions that callers share by a name, at most one of each project, newest first."""
    rows = database.fetch_all("sessions.list_projects")
    ids = [_named_id(name, row["project_id"]) for row in rows]
    found = [row for one in ids if (row := database.fetch_one("sessions.find_by_id", {"id": one})) is not None]
    return tuple(sorted((CreativeSession(**row) for row in found), key=lambda one: one.started_at, reverse=True))


def load_trail(database: Database, session_id: str) -> SessionTrail:
    """Return a creative session with its decisions and consultations.

    Raises:
        UnknownKeyError: The session does not exist.
    """
    session = load_session(database, session_id)
    parameters = {"id": session.id}
    return SessionTrail(
        session,
        json_rows(database.fetch_all("sessions.list_decisions", parameters)),
        json_rows(database.fetch_all("sessions.list_consultations", parameters)),
    )


def _parse_session_id(session_id: str) -> str:
    try:
        return str(UUID(session_id))
    except ValueError:
        problem = f"{session_id!r} is not a session id; expected a UUID such as {UUID(int=0)}"
        raise UnknownKeyError(problem) from None


def _named_id(name: str, project_id: str) -> str:
    return str(uuid5(_RUN_SESSION_NAMESPACE, f"name:{name}:{project_id}"))


def _newest_hint(database: Database) -> str:
    names = ", ".join(f"{session.id} ({session.title})" for session in list_newest(database, limit=5))
    return f"The newest are {names}" if names else "There are none yet: a run that asks a director begins one"
