"""The memory of facts, and the creative sessions in which decisions were made."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from tower_anime_assets.production.memory.facts import Fact
from tower_anime_assets.reports.sessions import sessions_of
from tower_anime_assets.stages import memory
from tower_anime_assets.store import facts
from tower_anime_assets.store.sessions import SessionSummary
from tower_anime_assets.web.api.context import StudioDep
from tower_anime_assets.web.api.paging import MOST_ITEMS, LimitQuery

router = APIRouter()


class FactItem(BaseModel):
    """A fact: somebody or something, what of it, and what that is."""

    id: str
    project: str
    subject: str
    predicate: str
    object: str
    source: str
    confidence: float = Field(description="0 to 1.")
    timestamp: datetime
    ended_at: datetime | None
    superseded_by: str | None


class FactList(BaseModel):
    """Facts, and why there are none."""

    project: str
    items: list[FactItem]
    note: str = ""


class SessionItem(BaseModel):
    """A creative session, and how it went."""

    summary: SessionSummary
    outcome: str = Field(description="running, interrupted, failed, finished or delivered.")


class SessionList(BaseModel):
    """Creative sessions, the newest first."""

    items: list[SessionItem]


@router.get("/facts", tags=["facts"])
def search_facts(
    studio: StudioDep,
    q: Annotated[str, Query(max_length=300, description="A question or words; empty for all current facts.")] = "",
    project: Annotated[str, Query(max_length=40, description="Whose memory; needed if there are several.")] = "",
    limit: LimitQuery = 50,
) -> FactList:
    """Return the facts that answer a question best, as `tower facts search` does; without one, those known longest."""
    chosen = memory.chosen_project(studio.settings, project)
    if not q.strip():
        return FactList(project=chosen, items=_items(facts.list_all(studio.database, chosen)[: min(limit, MOST_ITEMS)]))
    with memory.embedding(studio.settings, studio.database) as embedder:
        found = memory.search(studio.database, chosen, q, limit, embedder)
    note = "" if found else memory.explain_no_match(studio.database, chosen, q)
    return FactList(project=chosen, items=_items(found), note=note)


@router.get("/sessions", tags=["sessions"])
def list_sessions(
    studio: StudioDep,
    project: Annotated[str, Query(max_length=40, description="Only of this show; empty for all.")] = "",
    limit: LimitQuery = 50,
) -> SessionList:
    """Return the newest creative sessions: what was decided in each, and how it went."""
    listed = sessions_of(studio, project, limit)
    return SessionList(items=[SessionItem(summary=one.summary, outcome=one.outcome) for one in listed])


def _items(found: tuple[Fact, ...] | list[Fact]) -> list[FactItem]:
    return [FactItem.model_validate(fact, from_attributes=True) for fact in found]
