"""Gates: every bar, with its unit, its reason and what to do."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from tower_anime_assets.reports.project_pages import require_project
from tower_anime_assets.stages.registry import STAGES
from tower_anime_assets.store import story
from tower_anime_assets.web.api.context import StudioDep
from tower_anime_assets.web.api.paging import AfterQuery, LimitQuery, Page, page_of

router = APIRouter(tags=["gates"])


class GateBar(BaseModel):
    """The bar of one measure of a gate."""

    key: str = Field(description="What tells it apart in this list.")
    gate: str = Field(description="A true sentence, such as `keyframes_are_sharp`.")
    stage: str
    measure: str
    unit: str
    low: float | None
    high: float | None
    good: float | None = Field(description="From where more no longer matters; null for what counts faults.")
    is_optional: bool
    is_overridden: bool = Field(description="Whether the show has a bar of its own.")
    reason: str
    remedy: str


@router.get("/gates")
def list_gates(
    studio: StudioDep,
    project: Annotated[str, Query(max_length=40, description="With the bars of this show.")] = "",
    limit: LimitQuery = 500,
    after: AfterQuery = "",
) -> Page[GateBar]:
    """Return every bar, as it is for all shows or for one."""
    show = None
    if project:
        require_project(studio, project)
        show = story.load_project(studio.database, project)
    bars = []
    for stage in STAGES:
        if stage.finishes is not None:
            continue
        own = stage.thresholds_for(show) if show is not None else stage.thresholds
        for bar, usual in zip(own, stage.thresholds, strict=True):
            bars.append(
                GateBar(
                    key=f"{stage.name} {bar.gate} {bar.measure}",
                    gate=bar.gate,
                    stage=stage.name,
                    measure=bar.measure,
                    unit=bar.unit,
                    low=bar.low,
                    high=bar.high,
                    good=bar.good,
                    is_optional=bar.is_optional,
                    is_overridden=bar != usual,
                    reason=bar.reason,
                    remedy=bar.remedy,
                )
            )
    return page_of(bars, lambda bar: bar.key, lambda bar: bar, limit, after)
