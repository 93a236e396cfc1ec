"""The memory of facts, and the creative sessions in which decisions were made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.memory.facts import Fact
from tower_anime_assets.reports.sessions import sessions_of
from tower_anime_assets.stages import memory
from tower_anime_assets.store import facts
from tower_anime_assets.store.sessions import SessionSummary
from tower_anime_assets.web.api.context import StudioDep
from tower_anime_assets.web.api.cursors import cursor_of, read_cursor
from tower_anime_assets.web.api.paging import MOST_ITEMS, AfterQuery, LimitQuery, Page

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


class FactList(Page[FactItem]):
    """A page of facts, and why there are none."""

    project: str
    note: str = ""


class SessionItem(BaseModel):
    """A creative session, and how it went."""

    summary: SessionSummary
    outcome: str = Field(description="running, interrupted, failed, finished or delivered.")


@router.get("/facts", tags=["facts"])
def search_facts(
    studio: StudioDep,
    q: Annotated[str, Query(max_length=300, description="A question or words; empty for all current facts.")] = "",
    project: Annotated[str, Query(max_length=40, description="Whose memory; needed if there are several.")] = "",
    limit: LimitQuery = 50,
    after: AfterQuery = "",
) -> FactList:
    """Return the facts that answer a question, best first, as `tower facts search` does; without one, oldest first.

    Of a question the 500 best are found.
    """
    chosen = memory.chosen_project(studio.settings, project)
    if not q.strip():
        known = facts.list_page(studio.database, chosen, read_cursor(after, is_newest_first=False), limit + 1)
        last = known[limit - 1] if len(known) > limit else None
        more = cursor_of(last.timestamp, last.id) if last is not None and last.timestamp is not None else None
        return FactList(project=chosen, items=_items(known[:limit]), next=more)
    with memory.embedding(studio.settings, studio.database) as embedder:
        found = memory.search(studio.database, chosen, q, MOST_ITEMS, embedder)
    note = "" if found else memory.explain_no_match(studio.database, chosen, q)
    rest = found[_place_after(found, after) :]
    more = rest[limit - 1].id if len(rest) > limit else None
    return FactList(project=chosen, items=_items(rest[:limit]), next=more, note=note)


@router.get("/sessions", tags=["sessions"])
def list_sessions(
    studio: StudioDep,
    project: Annotated[str, Query(max_length=40, description="Only of this show; empty for all.")] = "",
    limit: LimitQuery = 50,
    after: AfterQuery = "",
) -> Page[SessionItem]:
    """Return creative sessions, newest first: what was decided in each, and how it went."""
    listed = sessions_of(studio, project, limit + 1, after)
    items = [SessionItem(summary=one.summary, outcome=one.outcome) for one in listed[:limit]]
    return Page(items=items, next=items[-1].summary.id if len(listed) > limit else None)


def _place_after(found: Sequence[Fact], after: str) -> int:
    """Return where in a list the page begins that comes after a fact.

    Raises:
        PlanError: The fact is not in it.
    """
    ids = [fact.id for fact in found]
    if after and after not in ids:
        raise PlanError(f"`after` is {after!r}; expected the `next` of the page before, and the same question")
    return ids.index(after) + 1 if after else 0


def _items(found: Sequence[Fact]) -> list[FactItem]:
    return [FactItem.model_validate(fact, from_attributes=True) for fact in found]
