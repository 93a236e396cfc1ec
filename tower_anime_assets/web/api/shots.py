"""Shots and takes: everything that their pages show."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from tower_anime_assets.production.planning.prompt_sources import SourcedText
from tower_anime_assets.production.planning.shots import PromptPart
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.reports.shot_page import ShotPage, TakePage, load_shot_page, load_take_page
from tower_anime_assets.web.api.context import StudioDep
from tower_anime_assets.web.api.decision_models import Quality
from tower_anime_assets.web.api.versions import etag_of

router = APIRouter()


class SentPrompt(BaseModel):
    """The prompt of an attempt as it was sent, with where its words come from."""

    take_id: str
    stage: str
    attempt: int
    engine: str
    is_sent: bool = Field(description="Whether the engine was sent it; one that draws from the plan's values is not.")
    prompt: tuple[SourcedText, ...]
    negative: tuple[SourcedText, ...]


class ShotPrompts(BaseModel):
    """The prompts of a shot: as planned now, and as they were sent."""

    shot: str
    prompt: str
    negative: str
    parts: tuple[PromptPart, ...]
    sent: list[SentPrompt]


@router.get("/shots/{key}", tags=["shots"])
def read_shot(studio: StudioDep, key: str, response: Response, quality: Quality = "") -> ShotPage:
    """Return everything of a shot; its `ETag` is the version of what people decided about it."""
    page = load_shot_page(studio, ShotKey.parse(key), quality)
    response.headers["ETag"] = etag_of(page.version)
    return page


@router.get("/takes/{take_id}", tags=["takes"])
def read_take(studio: StudioDep, take_id: str) -> TakePage:
    """Return a take with its gates, its prompt, what people decided about it, and its files."""
    return load_take_page(studio, take_id)


@router.get("/prompts/{shot}", tags=["prompts"])
def read_prompts(studio: StudioDep, shot: str) -> ShotPrompts:
    """Return the prompts of a shot with where their words come from, those that were sent newest first."""
    page = load_shot_page(studio, ShotKey.parse(shot))
    sent = [
        SentPrompt(
            take_id=take.summary.id,
            stage=take.summary.stage,
            attempt=take.summary.attempt,
            engine=take.summary.engine,
            is_sent=take.is_prompt_sent,
            prompt=take.prompt,
            negative=take.negative,
        )
        for group in page.stages
        for take in group.takes
    ]
    return ShotPrompts(
        shot=page.key,
        prompt=page.plan.prompt,
        negative=page.plan.negative,
        parts=page.plan.prompt_parts,
        sent=sorted(sent, key=lambda one: one.take_id, reverse=True),
    )
