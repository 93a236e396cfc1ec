"""What is on record: every decision of an episode or a shot, and what people said and waived, in pages."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from tower_anime_assets.production.learning.feedback import reason_text
from tower_anime_assets.production.story.ids import ShotKey, StoryPosition
from tower_anime_assets.reports.attempt_trail import AttemptTrail, attempts_of
from tower_anime_assets.stages.current_episode import require_episode
from tower_anime_assets.store import audit, feedback, waivers
from tower_anime_assets.web.api.context import StudioDep
from tower_anime_assets.web.api.cursors import cursor_of, read_cursor
from tower_anime_assets.web.api.paging import AfterQuery, LimitQuery, Page
from tower_anime_assets.web.api.scopes import KeyQuery, parse_key, scope_of

router = APIRouter()


class FeedbackItem(BaseModel):
    """What a person said of a take."""

    id: str
    take_id: str
    place: str
    stage: str
    opinion: str
    reason: str
    reason_words: str
    note: str
    who: str
    at: datetime


class WaiverItem(BaseModel):
    """A gate that a person waived for a take."""

    id: str
    take_id: str
    place: str
    stage: str
    gate: str
    who: str
    why: str
    at: datetime


@router.get("/audit/{key}", tags=["audit trail"])
def read_audit_trail(studio: StudioDep, key: str, limit: LimitQuery = 50, after: AfterQuery = "") -> Page[AttemptTrail]:
    """Return the decisions of an episode or a shot, oldest first, each with all that became of it."""
    parsed = parse_key(key)
    episode = parsed.episode_key if isinstance(parsed, ShotKey) else parsed
    require_episode(studio, episode)
    trail = audit.load_trail_page(studio.database, parsed, read_cursor(after, is_newest_first=False), limit + 1)
    attempts = attempts_of(studio.database, trail, episode)
    shown = attempts[:limit]
    more = cursor_of(shown[-1].decided_at, shown[-1].id) if len(attempts) > limit else None
    return Page(items=list(shown), next=more)


@router.get("/feedback", tags=["feedback"])
def list_feedback(
    studio: StudioDep, key: KeyQuery = "", limit: LimitQuery = 50, after: AfterQuery = ""
) -> Page[FeedbackItem]:
    """Return what people said of takes, newest first."""
    rows = feedback.list_page(studio.database, scope_of(key), read_cursor(after, is_newest_first=True), limit + 1)
    items = [
        FeedbackItem(
            id=str(row.id),
            take_id=str(row.take_id),
            place=str(StoryPosition(row.project_id, row.episode_id, row.scene_id, row.shot_id, row.line_id)),
            stage=row.stage,
            opinion=row.opinion,
            reason=row.reason,
            reason_words=reason_text(row.reason),
            note=row.note,
            who=row.who,
            at=row.timestamp,
        )
        for row in rows[:limit]
    ]
    return Page(items=items, next=cursor_of(items[-1].at, items[-1].id) if len(rows) > limit else None)


@router.get("/waivers", tags=["waivers"])
def list_waivers(
    studio: StudioDep, key: KeyQuery = "", limit: LimitQuery = 50, after: AfterQuery = ""
) -> Page[WaiverItem]:
    """Return the gates that people waived, newest first."""
    rows = waivers.list_page(studio.database, scope_of(key), read_cursor(after, is_newest_first=True), limit + 1)
    items = [
        WaiverItem(
            id=str(row.id),
            take_id=str(row.take_id),
            place=str(StoryPosition(row.project_id, row.episode_id, row.scene_id, row.shot_id, row.line_id)),
            stage=row.stage,
            gate=row.gate,
            who=row.who,
            why=row.why,
            at=row.timestamp,
        )
        for row in rows[:limit]
    ]
    return Page(items=items, next=cursor_of(items[-1].at, items[-1].id) if len(rows) > limit else None)
