"""One action on many shots: each is carried out or refused by itself, and the answer says which."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.learning.feedback import BAD, reason_for
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.stages import choices, rulings, waivers
from tower_anime_assets.stages.rulings import Rejection, TakeDecision
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.web.api.context import DIRECTS, CallerDep, StudioDep
from tower_anime_assets.web.api.decision_models import (
    DecisionAnswer,
    DecisionRequest,
    Quality,
    ShotStage,
    Words,
    answer_of,
)
from tower_anime_assets.web.api.problems import Problem, failure_response
from tower_anime_assets.web.api.story_keys import parse_known_shot

MOST_SHOTS: Final = 500

router = APIRouter(tags=["batches"])

KeyText = Annotated[str, StringConstraints(max_length=200)]


class ShotBatchAction(StrEnum):
    """What is done with each shot."""

    APPROVE = "approve"
    REJECT = "reject"
    READMIT = "readmit"
    LOCK = "lock"
    RELEASE = "release"
    WAIVE = "waive"


class ShotBatchRequest(DecisionRequest):
    """One action on many shots."""

    action: ShotBatchAction
    shots: list[KeyText] = Field(min_length=1, max_length=MOST_SHOTS, description="Keys; the same twice counts once.")
    reason: str = Field(default="", description="To reject: one of GET /api/reasons.", max_length=40)
    note: Words = Field(default="", description="To reject: what else there is to say.")
    why: Words = Field(
        default="", description="To approve: may be empty. To readmit, lock, release or waive: the reason."
    )
    gate: str = Field(default="", description="To waive: the gate.", max_length=100)
    stage: ShotStage = ""
    quality: Quality = ""
    seen: dict[KeyText, str] = Field(default={}, description="Versions of the shots that you looked at, by key.")

    def require_whole(self) -> None:
        """Refuse a request that lacks what its action needs, before anything is recorded.

        Raises:
            PlanError: Something is missing.
        """
        if self.action is ShotBatchAction.REJECT:
            reason_for(BAD, self.reason)
        elif self.action is not ShotBatchAction.APPROVE and not self.why:
            raise PlanError(f"to {self.action} takes needs a reason. Say `why`")
        if self.action is ShotBatchAction.WAIVE and not self.gate:
            raise PlanError("to waive needs a gate. Say which as `gate`")


class ShotBatchItem(BaseModel):
    """What came of one shot: a decision, or a problem."""

    shot: str
    decision: DecisionAnswer | None = None
    problem: Problem | None = None


class ShotBatchAnswer(BaseModel):
    """What came of each shot, in the order asked for."""

    done: int
    refused: int
    items: list[ShotBatchItem]


Action = Callable[[Studio, ShotKey, str, ShotBatchRequest, str | None], TakeDecision | Rejection]

_ACTIONS: Final[dict[ShotBatchAction, Action]] = {
    ShotBatchAction.APPROVE: lambda studio, key, who, body, seen: choices.approve_shot(
        studio, key, who, body.why, body.quality, seen
    ),
    ShotBatchAction.REJECT: lambda studio, key, who, body, seen: rulings.reject_take(
        studio, str(key), body.reason, who, note=body.note, stage=body.stage, quality=body.quality, seen=seen
    ),
    ShotBatchAction.READMIT: lambda studio, key, who, body, seen: rulings.readmit_take(
        studio, str(key), who, body.why, seen=seen
    ),
    ShotBatchAction.LOCK: lambda studio, key, who, body, seen: rulings.lock_take(
        studio, str(key), who, body.why, stage=body.stage, quality=body.quality, seen=seen
    ),
    ShotBatchAction.RELEASE: lambda studio, key, who, body, seen: rulings.release_take(
        studio, str(key), who, body.why, stage=body.stage, seen=seen
    ),
    ShotBatchAction.WAIVE: lambda studio, key, who, body, seen: waivers.waive(
        studio, str(key), body.gate, who, body.why, body.quality, seen=seen
    ),
}


@router.post("/batch", dependencies=[DIRECTS])
def decide_on_shots(body: ShotBatchRequest, studio: StudioDep, caller: CallerDep) -> ShotBatchAnswer:
    """Carry out one action on many shots; of each the answer says what was decided, or why not."""
    body.require_whole()
    items = [_carry_out(body, key, studio, caller.name) for key in dict.fromkeys(body.shots)]
    done = sum(item.decision is not None for item in items)
    return ShotBatchAnswer(done=done, refused=len(items) - done, items=items)


def _carry_out(body: ShotBatchRequest, key: str, studio: Studio, who: str) -> ShotBatchItem:
    try:
        decided = _ACTIONS[body.action](studio, parse_known_shot(studio, key), who, body, body.seen.get(key))
    except Exception as error:  # noqa: BLE001 - what was decided about the others must be answered all the same
        response = failure_response(studio, error, f"{body.action} of {key} in a batch")
        return ShotBatchItem(shot=key, problem=Problem.model_validate_json(bytes(response.body)))
    return ShotBatchItem(shot=key, decision=answer_of(decided))
