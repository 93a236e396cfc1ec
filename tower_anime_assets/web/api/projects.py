"""Shows: what their files say, their cast, and how they do."""

from __future__ import annotations

import time
from typing import Final

from fastapi import APIRouter

from tower_anime_assets.reports.project_pages import (
    ProjectPage,
    ProjectSummary,
    list_project_ids,
    load_project_page,
    require_project,
    summarise_project,
)
from tower_anime_assets.reports.quality_series import QualityPage, load_quality_page
from tower_anime_assets.web.api.context import StudioDep
from tower_anime_assets.web.api.paging import AfterQuery, LimitQuery, Page, page_of

_FIGURES_MAX_AGE_S: Final = 60.0

router = APIRouter(tags=["projects"])


@router.get("/projects")
def list_projects(studio: StudioDep, limit: LimitQuery = 50, after: AfterQuery = "") -> Page[ProjectSummary]:
    """Return the shows, in files or on record."""
    return page_of(list_project_ids(studio), str, lambda one: summarise_project(studio, one), limit, after)


@router.get("/projects/{project}")
def read_project(studio: StudioDep, project: str) -> ProjectPage:
    """Return a show with its cast and what of its files is used otherwise than written."""
    return load_project_page(studio, project)


@router.get("/quality/{project}", tags=["quality"])
def read_quality(studio: StudioDep, project: str) -> QualityPage:
    """Return how a show's takes did: series over time, tables, costs, and what was learned."""
    require_project(studio, project)

    def compute() -> tuple[QualityPage, float]:
        return load_quality_page(studio, project), time.monotonic() + _FIGURES_MAX_AGE_S

    return studio.answers.get(f"quality {project}", studio.chain_head, compute)
