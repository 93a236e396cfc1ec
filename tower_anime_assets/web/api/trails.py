"""How an episode, a shot and an attempt were made, the graphs that servers were sent, and the scores of an episode."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from tower_anime_assets.reports.quality_series import EpisodeScores, load_scores
from tower_anime_assets.reports.trail_pages import AttemptPage, TrailPage, load_attempt_page, load_trail_page
from tower_anime_assets.store import workflows
from tower_anime_assets.web.api.context import StudioDep
from tower_anime_assets.web.api.scopes import parse_key
from tower_anime_assets.web.api.story_keys import EpisodeKeyDep

router = APIRouter(tags=["audit trail"])


@router.get("/trails/{key}")
def read_trail(studio: StudioDep, key: str) -> TrailPage:
    """Return how an episode or a shot was made: in words, as `tower audit` tells it, and attempt by attempt."""
    return load_trail_page(studio, parse_key(key))


@router.get("/attempts/{attempt}")
def read_attempt(
    studio: StudioDep,
    attempt: Annotated[str, Path(max_length=80, description="The id of a decision, or of a take that came of it.")],
) -> AttemptPage:
    """Return one attempt with everything on record about how it was made."""
    return load_attempt_page(studio, attempt)


@router.get(
    "/graphs/{graph}",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
def read_graph(
    studio: StudioDep, graph: Annotated[UUID, Path(description="The id of a job, as an attempt's `jobs` have it.")]
) -> Response:
    """Return the graph of a job, byte for byte as its server was sent it."""
    text = workflows.rebuild_graph(studio.database, str(graph))
    headers = {"Content-Disposition": f'attachment; filename="graph-{graph}.json"'}
    return Response(text, media_type="application/json", headers=headers)


@router.get("/scores/{key}", tags=["quality"])
def read_scores(studio: StudioDep, key: EpisodeKeyDep) -> EpisodeScores:
    """Return what the gates measured on the takes of an episode, and what they cost."""
    return load_scores(studio, key)
