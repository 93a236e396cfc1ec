"""Decisions about a shot: of its take in use, or of another of its takes."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from tower_anime_assets.production.planning.asked_changes import MAX_SEED
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.settings import Scope
from tower_anime_assets.stages import choices, feedback, rulings, waivers
from tower_anime_assets.stages.run_launching import RunKind, RunLauncher, RunRequest
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.take_requests import AskedTake, ask_for_take, withdraw_request
from tower_anime_assets.web.api.context import DIRECTS, CallerDep, Needs, StudioDep, runs_of
from tower_anime_assets.web.api.decision_models import (
    DecisionAnswer,
    DecisionRequest,
    Quality,
    ShotStage,
    TakeDecisionRequest,
    TakeName,
    TakeRejectionRequest,
    TakeWaiverRequest,
    Words,
    send_decision,
)
from tower_anime_assets.web.api.problems import Problem
from tower_anime_assets.web.api.runs import RunAnswer, launch_after_decision
from tower_anime_assets.web.api.story_keys import ShotKeyDep
from tower_anime_assets.web.api.versions import SeenDep, etag_of

router = APIRouter(tags=["shot decisions"], prefix="/shots/{key}", dependencies=[DIRECTS])


class ShotRejectionRequest(TakeRejectionRequest):
    """Why a take of a shot is rejected."""

    take: TakeName | None = Field(default=None, description="None: the take in use.")
    stage: ShotStage = ""
    quality: Quality = ""


class ShotReadmissionRequest(TakeDecisionRequest):
    """Whose rejection is taken back, and why."""

    take: TakeName | None = Field(default=None, description="None: what was rejected last.")


class ShotLockRequest(TakeDecisionRequest):
    """What is locked, and why."""

    take: TakeName | None = Field(default=None, description="None: the take in use.")
    stage: ShotStage = ""
    quality: Quality = ""


class ShotReleaseRequest(TakeDecisionRequest):
    """What is let go of, and why."""

    stage: ShotStage = Field(default="", description="Where both takes of the shot are locked: which.")


class ShotChoiceRequest(TakeDecisionRequest):
    """Which take is used, and why."""

    take: TakeName
    quality: Quality = ""


class ShotWaiverRequest(TakeWaiverRequest):
    """Which take passes which gate, and why."""

    take: TakeName | None = Field(default=None, description="None: the take in use that the gate judges.")
    quality: Quality = ""


class ShotApprovalRequest(DecisionRequest):
    """A shot is good as it is."""

    why: Words = ""
    quality: Quality = ""


class ShotFeedbackRequest(DecisionRequest):
    """An opinion of a shot's take in use."""

    opinion: Literal["good", "bad"]
    kind: str = Field(description="One of GET /api/reasons.", max_length=40)
    note: Words = ""
    stage: ShotStage = ""


class AnotherTakeRequest(DecisionRequest):
    """What shall be otherwise in another take."""

    change: Words = Field(default="", description="What shall change, in your words; may be empty with a seed.")
    seed: int | None = Field(
        default=None, ge=0, le=MAX_SEED, description="What the first attempt is made with; null for any other."
    )
    reason: str = Field(default="overall", description="One of GET /api/reasons that says what is bad.", max_length=40)
    stage: ShotStage = Field(
        default="", description="Empty: what the words are about. A keyframe is made with its clip."
    )
    quality: Quality = ""
    start: bool = Field(default=False, description="Start its run too; needs the scope `spend`.")


class RequestWithdrawal(TakeDecisionRequest):
    """Why what was asked of another take holds no longer."""

    stage: ShotStage = Field(default="", description="Where both were asked for: which.")


class ShotRunOffer(BaseModel):
    """A run that makes another take: the body of POST /api/runs."""

    kind: Literal["shots"] = "shots"
    keys: list[str]
    stages: list[str] = Field(description="Empty: keyframe and clip.")
    quality: Quality = ""
    why: str


class AnotherTakeAnswer(DecisionAnswer):
    """A request on record, and the run that carries it out."""

    followed: list[str] = Field(description="What was understood of the words, and is done or so already.")
    run: ShotRunOffer
    started: RunAnswer | None = Field(default=None, description="The run, if it was started.")
    problem: Problem | None = Field(default=None, description="Why it was not, although the wish is on record.")


@router.post("/reject")
def reject_shot(
    key: ShotKeyDep, body: ShotRejectionRequest, studio: StudioDep, caller: CallerDep, seen: SeenDep, response: Response
) -> DecisionAnswer:
    """Reject a shot's take in use, or another of its takes: nothing uses it any more."""
    rejection = rulings.reject_take(
        studio,
        _name_of(studio, key, body.take),
        body.reason,
        caller.name,
        note=body.note,
        frame=body.frame,
        region=body.picture_region,
        stage=body.stage,
        quality=body.quality,
        seen=seen,
    )
    return send_decision(response, rejection)


@router.post("/readmit")
def readmit_shot_take(
    key: ShotKeyDep,
    body: ShotReadmissionRequest,
    studio: StudioDep,
    caller: CallerDep,
    seen: SeenDep,
    response: Response,
) -> DecisionAnswer:
    """Take the rejection of a shot's take back."""
    name = _name_of(studio, key, body.take)
    return send_decision(response, rulings.readmit_take(studio, name, caller.name, body.why, seen=seen))


@router.post("/lock")
def lock_shot(
    key: ShotKeyDep, body: ShotLockRequest, studio: StudioDep, caller: CallerDep, seen: SeenDep, response: Response
) -> DecisionAnswer:
    """Have a shot's take in use, or another of its takes, used whatever changes."""
    name = _name_of(studio, key, body.take)
    decided = rulings.lock_take(studio, name, caller.name, body.why, stage=body.stage, quality=body.quality, seen=seen)
    return send_decision(response, decided)


@router.post("/release")
def release_shot(
    key: ShotKeyDep, body: ShotReleaseRequest, studio: StudioDep, caller: CallerDep, seen: SeenDep, response: Response
) -> DecisionAnswer:
    """Let go of a shot's locked take."""
    decided = rulings.release_take(studio, str(key), caller.name, body.why, stage=body.stage, seen=seen)
    return send_decision(response, decided)


@router.post("/choose")
def choose_shot_take(
    key: ShotKeyDep, body: ShotChoiceRequest, studio: StudioDep, caller: CallerDep, seen: SeenDep, response: Response
) -> DecisionAnswer:
    """Choose which take of a shot is used."""
    _name_of(studio, key, body.take)
    return send_decision(
        response, choices.choose_take(studio, key, body.take, caller.name, body.why, body.quality, seen)
    )


@router.post("/approve")
def approve_shot(
    key: ShotKeyDep, body: ShotApprovalRequest, studio: StudioDep, caller: CallerDep, seen: SeenDep, response: Response
) -> DecisionAnswer:
    """Approve a shot as it is: its take in use is chosen, and learning is told that it is good."""
    return send_decision(response, choices.approve_shot(studio, key, caller.name, body.why, body.quality, seen))


@router.post("/waive")
def waive_shot_gate(
    key: ShotKeyDep, body: ShotWaiverRequest, studio: StudioDep, caller: CallerDep, seen: SeenDep, response: Response
) -> DecisionAnswer:
    """Have a shot's take pass a gate that rejects it."""
    name = _name_of(studio, key, body.take)
    return send_decision(
        response, waivers.waive(studio, name, body.gate, caller.name, body.why, body.quality, seen=seen)
    )


@router.post("/feedback")
def give_shot_feedback(
    key: ShotKeyDep, body: ShotFeedbackRequest, studio: StudioDep, caller: CallerDep
) -> DecisionAnswer:
    """Say that a shot's take in use is good or bad, and why; learning and the show's director are told."""
    recorded = feedback.give_feedback(
        studio, str(key), body.opinion, body.kind, body.note, caller.name, stage=body.stage
    )
    return DecisionAnswer(
        says=str(recorded), take=recorded.feedback.take_id, learned=list(recorded.learned), warning=recorded.untold
    )


@router.post("/another")
def ask_for_another_take(
    key: ShotKeyDep,
    body: AnotherTakeRequest,
    studio: StudioDep,
    caller: CallerDep,
    seen: SeenDep,
    request: Request,
    response: Response,
) -> AnotherTakeAnswer:
    """Put on record what shall be otherwise in another take of a shot, and start the run that makes it if `start`.

    Without, the run that is answered can be started by POST /api/runs. The words are part of the shot's prompt from now
    on, and `warning` tells what of them an animatic cannot follow.
    """
    runs = _runs_for_start(request) if body.start else None
    asked = ask_for_take(
        studio,
        key,
        body.change,
        caller.name,
        reason=body.reason,
        stage=body.stage,
        seed=body.seed,
        quality=body.quality,
        seen=seen,
    )
    why = body.change or f"another take, with the seed {body.seed}"
    answer = AnotherTakeAnswer(
        **_answer_of(response, asked).model_dump(),
        followed=list(asked.followed),
        run=ShotRunOffer(keys=[str(key)], stages=list(asked.run_stages), quality=body.quality, why=why),
    )
    if runs is not None:
        wanted = RunRequest(RunKind.SHOTS, (str(key),), caller.name, why, asked.run_stages, body.quality)
        outcome = launch_after_decision(studio, runs, wanted)
        if isinstance(outcome, Problem):
            answer.problem = outcome
        else:
            answer.started = outcome
    return answer


@router.post("/another/withdraw")
def withdraw_another_take(
    key: ShotKeyDep, body: RequestWithdrawal, studio: StudioDep, caller: CallerDep, seen: SeenDep, response: Response
) -> DecisionAnswer:
    """Take back what was asked of another take: what is made next is as it is planned; what exists stays."""
    withdrawn = withdraw_request(studio, key, caller.name, body.why, stage=body.stage, seen=seen)
    return _answer_of(response, withdrawn)


def _answer_of(response: Response, asked: AskedTake) -> DecisionAnswer:
    response.headers["ETag"] = etag_of(asked.version)
    return DecisionAnswer(
        says=str(asked),
        version=asked.version,
        take=asked.take_id,
        learned=list(asked.learned),
        warning=" ".join(asked.warnings),
    )


def _runs_for_start(request: Request) -> RunLauncher:
    """Return who starts runs, asked before anything is recorded.

    Raises:
        ScopeMissingError: The caller may not start any.
        ServiceUnavailableError: Nobody starts runs here.
    """
    Needs(Scope.SPEND)(request)
    return runs_of(request)


def _name_of(studio: Studio, key: ShotKey, take: str | None) -> str:
    """Return the name by which the functions of `stages` know what is decided about.

    Raises:
        UnknownKeyError: The take is of something else.
    """
    return rulings.find_shot_take(studio, key, take).id if take is not None else str(key)
