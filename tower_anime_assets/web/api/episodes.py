"""Episodes: how far each has come, its scenes and lines, its storyboard, and its cut list."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Header, Query
from pydantic import TypeAdapter
from starlette.responses import Response

from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.reports.episode_pages import (
    EpisodeApprovals,
    EpisodePage,
    EpisodeSummary,
    load_approvals,
    load_episode_page,
    summarise_episodes,
)
from tower_anime_assets.reports.storyboard import EpisodeStoryboard, storyboard_of
from tower_anime_assets.reports.timeline import Timeline, timeline_of
from tower_anime_assets.stages.current_episode import list_episode_keys, read_current_episode
from tower_anime_assets.web.api.context import StudioDep
from tower_anime_assets.web.api.decision_models import Quality
from tower_anime_assets.web.api.paging import AfterQuery, LimitQuery, Page, page_of

_PAGE: Final = TypeAdapter(EpisodePage)
_STORYBOARD: Final = TypeAdapter(EpisodeStoryboard)
_TIMELINE: Final = TypeAdapter(Timeline)
# They are kept as they are sent: to write 500 shots as JSON takes longer than all else.

router = APIRouter()


@router.get("/episodes", tags=["episodes"])
def list_episodes(
    studio: StudioDep,
    project: Annotated[str, Query(max_length=40, description="Only of this show; empty for all.")] = "",
    limit: LimitQuery = 50,
    after: AfterQuery = "",
) -> Page[EpisodeSummary]:
    """Return the episodes, in files or on record, with how far each has come and what it waits for."""
    keys = [key for key in list_episode_keys(studio) if project in ("", key.project)]
    page = page_of(keys, str, lambda key: key, limit, after)
    return Page(items=summarise_episodes(studio, page.items), next=page.next)


@router.get("/episodes/{key}", tags=["episodes"], response_model=EpisodePage)
def read_episode(studio: StudioDep, key: str) -> Response:
    """Return everything that an episode has besides its shots."""
    page = load_episode_page(studio, EpisodeKey.parse(key))
    body = studio.answers.get(f"page {key}", (page,), lambda: (_PAGE.dump_json(page), float("inf")))
    return Response(body, media_type="application/json")


@router.get("/episodes/{key}/storyboard", tags=["episodes"], response_model=EpisodeStoryboard)
def read_storyboard(
    studio: StudioDep,
    key: str,
    quality: Quality = "",
    if_none_match: Annotated[str | None, Header(description="The ETag of the storyboard that you have.")] = None,
) -> Response:
    """Return an episode's shots by scene, with their takes; 304 if it is the one that you have."""
    current = read_current_episode(studio, EpisodeKey.parse(key), quality)
    headers = {
        "ETag": f'"{digest(current.stamp, current.quality, current.problem)[:32]}"',
        "Cache-Control": "private, no-cache",
    }
    if if_none_match is not None and headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)

    def compute() -> tuple[bytes, float]:
        return _STORYBOARD.dump_json(storyboard_of(studio, current)), float("inf")

    body = current.derived.get("storyboard", "", compute)
    return Response(body, media_type="application/json", headers=headers)


@router.get("/approvals/{episode}", tags=["approvals"])
def read_approvals(studio: StudioDep, episode: str, quality: Quality = "") -> EpisodeApprovals:
    """Return the approvals of an episode, and how what there is differs from what was approved."""
    return load_approvals(studio, EpisodeKey.parse(episode), quality)


@router.get("/timelines/{episode}", tags=["timelines"], response_model=Timeline)
def read_timeline(studio: StudioDep, episode: str) -> Response:
    """Return the cut list of an episode: shots with their frames, and sounds in time."""
    current = read_current_episode(studio, EpisodeKey.parse(episode))

    def compute() -> tuple[bytes, float]:
        return _TIMELINE.dump_json(timeline_of(current)), float("inf")

    return Response(current.derived.get("timeline", "", compute), media_type="application/json")
