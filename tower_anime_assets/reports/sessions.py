"""Creative sessions as a list: when each was, what was decided in it, and how it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tower_anime_assets.errors import PlanError, UnknownKeyError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.locks import is_run_alive
from tower_anime_assets.stages.opening import has_record, open_studio
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import sessions, story
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.sessions import SessionSummary, SessionTrail

MAX_SESSIONS: Final = 50
"""Sessions that are listed, the newest: one is begun by every run that decides something."""


@dataclass(frozen=True)
class ListedSession:
    """A session, and how it went: see `SessionSummary.outcome`."""

    summary: SessionSummary
    outcome: str


def list_sessions(settings: Settings, project_id: str = "") -> tuple[ListedSession, ...]:
    """Return the newest creative sessions of a project, or of all projects if it is "", newest first.

    Raises:
        UnknownKeyError: There is no such project, neither in files nor on record.
    """
    known = set(show_files.list_projects(settings.projects))
    if not has_record(settings):
        _require_known(project_id, known)
        return ()
    with open_studio(settings) as studio:
        return sessions_of(studio, project_id)


def sessions_of(
    studio: Studio, project_id: str = "", limit: int = MAX_SESSIONS, after: str = ""
) -> tuple[ListedSession, ...]:
    """As `list_sessions`, for whoever has the studio open; `limit` and `after` as in `list_page`."""
    listed = list_page(studio.database, project_id, limit, after)
    if not listed and not after:
        known = set(show_files.list_projects(studio.settings.projects))
        known |= {key.partition("-")[0] for key, _title in story.list_titles(studio.database)}
        _require_known(project_id, known)
    return listed


def list_page(
    database: Database, project_id: str = "", limit: int = MAX_SESSIONS, after: str = ""
) -> tuple[ListedSession, ...]:
    """Return creative sessions of a project, or of all projects if it is "", newest first.

    Args:
        database: The record.
        project_id: The show.
        limit: How many at most.
        after: The id of the session that they are older than; "" for the newest.

    Raises:
        UnknownKeyError: There is no session with the id `after`.
    """
    if after:
        sessions.load_session(database, after)
    listed = sessions.list_summaries(database, project_id, limit, after)
    return tuple(ListedSession(one, one.outcome(is_alive=_is_alive(database, one))) for one in listed)


def load_history(database: Database, session: str) -> SessionTrail:
    """Return everything decided and asked in a session, given its id or the name that its callers share.

    Raises:
        UnknownKeyError: There is no such session.
        PlanError: Several shows have one of this name.
    """
    named = sessions.find_named(database, session)
    if len(named) > 1:
        ids = ", ".join(f"{one.id} ({one.project_id})" for one in named)
        raise PlanError(f"several shows have a session {session!r}: ask for one by its id, {ids}")
    return sessions.load_trail(database, named[0].id if named else session)


def _is_alive(database: Database, session: SessionSummary) -> bool:
    return session.ended_at is None and any(is_run_alive(database, run_id) for run_id in session.run_ids)


def _require_known(project_id: str, known: set[str]) -> None:
    if project_id and project_id not in known:
        raise UnknownKeyError(f"unknown project {project_id}. {did_you_mean(project_id, sorted(known))}")
