"""Decisions about takes by their ids: of shots, and also of lines, scenes and episodes."""

from __future__ import annotations

from fastapi import APIRouter, Response

from tower_anime_assets.stages import rulings, waivers
from tower_anime_assets.web.api.context import DIRECTS, CallerDep, StudioDep
from tower_anime_assets.web.api.decision_models import (
    DecisionAnswer,
    TakeDecisionRequest,
    TakeRejectionRequest,
    TakeWaiverRequest,
    send_decision,
)
from tower_anime_assets.web.api.story_keys import TakeIdDep
from tower_anime_assets.web.api.versions import SeenDep

router = APIRouter(tags=["take decisions"], prefix="/takes/{take}", dependencies=[DIRECTS])


@router.post("/reject")
def reject_take(
    take: TakeIdDep, body: TakeRejectionRequest, studio: StudioDep, caller: CallerDep, seen: SeenDep, response: Response
) -> DecisionAnswer:
    """Reject a take: nothing uses it any more, nor another of the show that shows the same."""
    region = body.picture_region
    rejection = rulings.reject_take(
        studio, take, body.reason, caller.name, note=body.note, frame=body.frame, region=region, seen=seen
    )
    return send_decision(response, rejection)


@router.post("/readmit")
def readmit_take(
    take: TakeIdDep, body: TakeDecisionRequest, studio: StudioDep, caller: CallerDep, seen: SeenDep, response: Response
) -> DecisionAnswer:
    """Take a take's rejection back."""
    return send_decision(response, rulings.readmit_take(studio, take, caller.name, body.why, seen=seen))


@router.post("/lock")
def lock_take(
    take: TakeIdDep, body: TakeDecisionRequest, studio: StudioDep, caller: CallerDep, seen: SeenDep, response: Response
) -> DecisionAnswer:
    """Have a keyframe or clip used whatever changes."""
    return send_decision(response, rulings.lock_take(studio, take, caller.name, body.why, seen=seen))


@router.post("/release")
def release_take(
    take: TakeIdDep, body: TakeDecisionRequest, studio: StudioDep, caller: CallerDep, seen: SeenDep, response: Response
) -> DecisionAnswer:
    """Let go of a locked take."""
    return send_decision(response, rulings.release_take(studio, take, caller.name, body.why, seen=seen))


@router.post("/waive")
def waive_take_gate(
    take: TakeIdDep, body: TakeWaiverRequest, studio: StudioDep, caller: CallerDep, seen: SeenDep, response: Response
) -> DecisionAnswer:
    """Have a take pass a gate that rejects it."""
    return send_decision(response, waivers.waive(studio, take, body.gate, caller.name, body.why, seen=seen))
