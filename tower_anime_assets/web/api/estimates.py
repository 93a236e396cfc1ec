"""Estimates: what a button would start, in takes, seconds and money, and what the caps leave for it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from tower_anime_assets.errors import PlanError, UnknownKeyError
from tower_anime_assets.production.spending import CapUse
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.stages.current_episode import require_episode
from tower_anime_assets.stages.estimates import CostEstimate, StageEstimate, estimate_episode, estimate_shots
from tower_anime_assets.stages.registry import stage_named
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.web.api.context import StudioDep
from tower_anime_assets.web.api.decision_models import Quality
from tower_anime_assets.web.api.runs import MOST_SHOTS, KeyText, StageName
from tower_anime_assets.web.api.scopes import parse_key

router = APIRouter(tags=["estimates"], prefix="/estimates")

_UNKNOWN = "null if nobody can say"


class EstimateStageAnswer(BaseModel):
    """What would be made of one stage with one engine."""

    stage: str
    title: str
    engine: str = Field(description="Who would make it; empty where that is not known yet.")
    takes: int
    jobs: int = Field(description="Jobs at services; 0 for what is made on this machine.")
    seconds: float | None = Field(description=f"One take after another; {_UNKNOWN}.")
    gpu_s: float | None = Field(description=f"Seconds of a service's card; {_UNKNOWN}.")
    money: float | None = Field(description=f"{_UNKNOWN.capitalize()}, or nothing has a price.")
    basis: str = Field(description="What the figures rest on, such as `median of 12 jobs`.")
    at_most: int = Field(description="By how many attempts to multiply where gates reject all but the last.")


class EstimateCapAnswer(BaseModel):
    """How much is used of a cap, and what would be left of it."""

    what: str = Field(description="Such as `the day's cap`.")
    key: str = Field(description="The key that sets it, such as `caps.day.money`.")
    place: str = Field(description="File and line where it is written.")
    unit: str = Field(description="The currency, or `GPU s`.")
    limit: float
    spent: float
    under_way: float = Field(description="What is expected of work that has not ended.")
    expected: float | None = Field(description=f"What this takes; {_UNKNOWN}.")
    left: float = Field(description="What is neither spent nor under way.")
    left_after: float | None = Field(description=f"What would be left after this; 0 where it does not fit; {_UNKNOWN}.")
    refusal: str = Field(description="Why it may not be begun and what to do; empty if it may.")
    says: str = Field(description="The same in a sentence.")


class EstimateAnswer(BaseModel):
    """What would be begun, if every first take is accepted."""

    episode: str
    shots: list[str] = Field(description="The shots that it is for; empty for the whole episode.")
    takes: int
    jobs: int = Field(description="Jobs at services.")
    seconds: float | None = Field(description=f"One take after another; {_UNKNOWN}.")
    gpu_s: float | None = Field(description=f"Seconds of services' cards; {_UNKNOWN}.")
    money: float | None = Field(description=f"{_UNKNOWN.capitalize()}, or nothing has a price.")
    currency: str = Field(description="Empty where no prices are set.")
    most_gpu_s: float | None = Field(description="`gpu_s` if gates reject as many takes as they may.")
    most_money: float | None = Field(description="`money`, likewise.")
    stages: list[EstimateStageAnswer]
    caps: list[EstimateCapAnswer] = Field(description="The caps that it counts for; empty where none is set.")
    unknown: list[str] = Field(description="Why figures are missing, a sentence each.")
    notes: list[str] = Field(description="What is not counted, and why, likewise.")
    refusals: list[str] = Field(description="Why not all of it may be begun, likewise.")
    can_begin: bool = Field(description="The caps have room for a first job, so that a run makes something.")
    fits: bool = Field(description="The caps have room for all of it.")


def estimate_address(key: EpisodeKey | ShotKey, quality: str = "") -> str:
    """Return where the estimate of an episode or a shot is."""
    return f"/api/estimates/{key}" + (f"?quality={quality}" if quality else "")


@router.get("/{key}")
def read_estimate(
    studio: StudioDep,
    key: Annotated[str, Path(description="An episode's or a shot's key.")],
    shots: Annotated[
        list[KeyText], Query(max_length=MOST_SHOTS, description="Of an episode: only these of its shots.")
    ] = [],  # noqa: B006 - FastAPI copies it
    stages: Annotated[list[StageName], Query(max_length=20, description="Only these stages; none for all.")] = [],  # noqa: B006
    quality: Quality = "",
    again: Annotated[
        bool | None,
        Query(description="What is accepted is made again too. As POST /api/runs does: shots yes, episodes no."),
    ] = None,
) -> EstimateAnswer:
    """Return what a run of an episode, or of shots, would begin now, and what that leaves of each cap."""
    known = _known_key(studio, key)
    if isinstance(known, EpisodeKey) and not shots:
        return _answer_of(estimate_episode(studio, known, quality, stages=stages, is_again=bool(again)))
    chosen, episode = (shots, known) if isinstance(known, EpisodeKey) else ([key], known.episode_key)
    if shots and isinstance(known, ShotKey):
        raise PlanError("`shots` are of an episode; ask for the episode's estimate")
    names = list(dict.fromkeys(chosen))
    is_again = again is not False
    return _answer_of(estimate_shots(studio, episode, names, stages=stages, is_again=is_again, quality=quality))


def _known_key(studio: Studio, text: str) -> EpisodeKey | ShotKey:
    """Return the key of an episode in files or on record, or of a shot of one.

    Raises:
        UnknownKeyError: There is no such episode.
    """
    try:
        key = parse_key(text)
    except PlanError as error:
        raise UnknownKeyError(str(error)) from error
    require_episode(studio, key.episode_key if isinstance(key, ShotKey) else key)
    return key


def _answer_of(estimate: CostEstimate) -> EstimateAnswer:
    return EstimateAnswer(
        episode=str(estimate.key),
        shots=list(estimate.shots),
        takes=estimate.takes,
        jobs=estimate.jobs,
        seconds=estimate.seconds,
        gpu_s=estimate.gpu_s,
        money=estimate.money,
        currency=estimate.currency,
        most_gpu_s=estimate.most_gpu_s,
        most_money=estimate.most_money,
        stages=list(map(_stage_answer, estimate.stages)),
        caps=list(map(_cap_answer, estimate.caps)),
        unknown=list(estimate.unknown),
        notes=list(estimate.notes),
        refusals=list(estimate.refusals),
        can_begin=estimate.can_begin,
        fits=estimate.fits,
    )


def _stage_answer(stage: StageEstimate) -> EstimateStageAnswer:
    return EstimateStageAnswer(
        stage=stage.stage,
        title=stage_named(stage.stage).title,
        engine=stage.engine,
        takes=stage.takes,
        jobs=stage.jobs,
        seconds=stage.seconds,
        gpu_s=stage.gpu_s,
        money=stage.money,
        basis=stage.basis,
        at_most=stage.at_most,
    )


def _cap_answer(use: CapUse) -> EstimateCapAnswer:
    return EstimateCapAnswer(
        what=use.what,
        key=use.cap.key,
        place=use.cap.place,
        unit=use.unit,
        limit=use.cap.limit,
        spent=use.spent,
        under_way=use.under_way,
        expected=use.expected,
        left=use.left,
        left_after=None if use.expected is None else max(0.0, use.left - use.expected),
        refusal=use.refusal,
        says=str(use),
    )
