"""Approvals of an episode's plan, keyframes, mix or master: the next, dearer stage may begin."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from tower_anime_assets.stages import approvals
from tower_anime_assets.web.api.context import DIRECTS, CallerDep, StudioDep
from tower_anime_assets.web.api.decision_models import (
    DecisionAnswer,
    DecisionRequest,
    Quality,
    TakeDecisionRequest,
    Words,
    send_decision,
)
from tower_anime_assets.web.api.estimates import estimate_address
from tower_anime_assets.web.api.story_keys import EpisodeKeyDep
from tower_anime_assets.web.api.versions import SeenDep

router = APIRouter(tags=["approvals"], prefix="/episodes/{key}/approvals/{what}", dependencies=[DIRECTS])


class EpisodeApprovalRequest(DecisionRequest):
    """What is approved, and why."""

    why: Words = ""
    seen: str | None = Field(
        default=None,
        description="The digest of what you looked at; If-Match binds what people decided too.",
        max_length=200,
    )
    quality: Quality = ""


class EpisodeRunOffer(BaseModel):
    """A run that goes on with an episode: the body of POST /api/runs. Nothing starts it by itself."""

    kind: Literal["episode"] = "episode"
    keys: list[str]
    quality: Quality = ""


class EpisodeApprovalAnswer(DecisionAnswer):
    """An approval on record, and what can be started next."""

    run: EpisodeRunOffer | None = Field(default=None, description="None after the master, which is delivered at once.")
    estimate: str = Field(default="", description="Where it is told what that run would begin; empty without one.")


@router.post("")
def approve_episode(
    key: EpisodeKeyDep,
    what: str,
    body: EpisodeApprovalRequest,
    studio: StudioDep,
    caller: CallerDep,
    seen: SeenDep,
    response: Response,
) -> EpisodeApprovalAnswer:
    """Approve what there is of an episode: plan, keyframes, mix or master. It ends by itself when that changes."""
    seen = seen if seen is not None else body.seen
    decided = approvals.approve(studio, key, what, caller.name, body.why, quality=body.quality, seen=seen)
    answer = EpisodeApprovalAnswer(**send_decision(response, decided).model_dump())
    if approvals.goes_on_after(what):
        answer.run = EpisodeRunOffer(keys=[str(key)], quality=body.quality)
        answer.estimate = estimate_address(key, body.quality)
    return answer


@router.post("/withdraw")
def withdraw_approval(
    key: EpisodeKeyDep,
    what: str,
    body: TakeDecisionRequest,
    studio: StudioDep,
    caller: CallerDep,
    seen: SeenDep,
    response: Response,
) -> DecisionAnswer:
    """Take every approval of it back; what exists stays."""
    return send_decision(response, approvals.withdraw(studio, key, what, caller.name, body.why, seen=seen))
