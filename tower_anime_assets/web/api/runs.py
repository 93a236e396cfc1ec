"""Runs: work that takes minutes or hours, as people start it, look at it, follow it and end it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Response
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field, StringConstraints

from tower_anime_assets.errors import ConflictError, PlanError, TowerError, UnknownKeyError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.run_launching import (
    MAX_LISTED_RUNS,
    RunKind,
    RunLauncher,
    RunPage,
    RunRequest,
    RunStatus,
    RunView,
)
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.web.api.context import SPENDS, CallerDep, RunsDep
from tower_anime_assets.web.api.decision_models import DecisionRequest, Quality, Words
from tower_anime_assets.web.api.paging import Item, Page
from tower_anime_assets.web.api.problems import Problem, error_response, failure_response, problem_response

MOST_SHOTS: Final = 500

MAX_STREAM_S: Final = 300.0
"""How long one answer follows a run; who goes on following asks again, and the guard asks again who it is."""

RETRY_MS: Final = 2000
"""After how long a browser whose stream has ended asks again."""

_RUN_ID: Final = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"

router = APIRouter(tags=["runs"], prefix="/runs")

KeyText = Annotated[str, StringConstraints(max_length=200)]
StageName = Annotated[str, StringConstraints(max_length=40)]


class RunStageAnswer(BaseModel):
    """How far a stage of a run is."""

    stage: str
    title: str
    total: int = Field(description="Takes that are wanted, as far as is known.")
    done: int = Field(description="How many of them were found or made.")
    made: int = Field(description="Attempts made, accepted or not.")
    reused: int = Field(description="Takes that were there already.")
    rejected: int = Field(description="Takes whose last attempt a gate rejected.")
    doing: str = Field(description="What is made now, or waited for.")


class RunProgressAnswer(BaseModel):
    """How far a run is."""

    stages: list[RunStageAnswer] = Field(description="Those that have begun, in their order.")
    left_s: float = Field(description="Seconds that it will still need; 0 where nothing is left or known.")
    lines: list[str] = Field(description="The newest sentences, oldest first.")


class RunProblemAnswer(BaseModel):
    """Why a step of a run failed, and what to do about it."""

    step: str = Field(description="The step, called like its asset; empty for the run as a whole.")
    message: str
    exit_code: int = Field(description="As of the `tower` command: 1 a gate, 2 the input, 3 a service, 4 a bug.")


class RunAnswer(BaseModel):
    """A run."""

    id: str
    job: str = Field(description="Such as `produce_episode`.")
    status: RunStatus = Field(description="`lost`: its process is gone, and it has not been ended yet.")
    episode: str = Field(description="Empty where it has none.")
    shots: list[str] = Field(description="The shots that it makes again; empty for all, or for none.")
    who: str
    why: str
    quality: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    ahead: int = Field(description="How many runs wait before it; 0 for one that does not wait.")
    progress: RunProgressAnswer
    updated_at: datetime | None = Field(description="When its progress was last told.")
    problems: list[RunProblemAnswer] = Field(description="Why it failed.")
    canceled_by: str = Field(description="Who asked for it to end.")
    is_of_command: bool = Field(description="It lives in a terminal, and can be ended there alone.")


class RunStartRequest(DecisionRequest):
    """What is to be made."""

    kind: RunKind = Field(description="`episode`: what is missing of one. `shots`: some of its shots, made again.")
    keys: list[KeyText] = Field(
        min_length=1, max_length=MOST_SHOTS, description="The key of an episode, or those of shots of one episode."
    )
    stages: list[StageName] = Field([], max_length=20, description="Such as `keyframe`; empty for all of the kind.")
    quality: Quality = ""
    force: bool = Field(default=False, description="Of an episode: make keyframes and clips again, even accepted ones.")
    best: bool = Field(default=False, description="Use the best takes where none is accepted.")
    why: Words = ""


def answer_run(view: RunView) -> RunAnswer:
    """Return the answer that tells of a run."""
    return RunAnswer.model_validate(view.as_json())


def run_address(run_id: str) -> str:
    """Return where a run is."""
    return f"/api/runs/{run_id}"


def answer_runs(page: RunPage, build: Callable[[RunView], Item]) -> Page[Item]:
    """Return a page of runs as an answer, each made by `build`."""
    return Page(items=[build(view) for view in page.items], next=page.next or None)


def launch_run(runs: RunLauncher, request: RunRequest, address_of: Callable[[str], str] = run_address) -> RunView:
    """Start a run and return it.

    Args:
        runs: Who starts it.
        request: What it makes.
        address_of: Where a run with an id is, for a refusal that leads to another one.

    Raises:
        HTTPException: 409: a run makes the same already; its Location is that of that run.
        TowerError: It cannot be started.
    """
    if any("\0" in text for text in (*request.keys, *request.stages, request.why)):
        raise PlanError("a request for a run has no NUL characters")
    try:
        return runs.read_run(runs.launch(request))
    except ConflictError as conflict:
        raise HTTPException(409, str(conflict), {"Location": address_of(conflict.version)}) from conflict


def launch_after_decision(studio: Studio, runs: RunLauncher, request: RunRequest) -> RunAnswer | Problem:
    """Start a run, or return why it was not started: what was decided before stands, and must be answered."""
    try:
        return answer_run(launch_run(runs, request))
    except HTTPException as refused:
        response = problem_response(refused.status_code, str(refused.detail))
    except Exception as error:  # noqa: BLE001 - see above
        response = failure_response(studio, error, "a run after a decision")
    return Problem.model_validate_json(bytes(response.body))


def parse_run_id(run_id: Annotated[str, Path(description="A run's id.")]) -> str:
    """Return an id that a run may have.

    Raises:
        UnknownKeyError: No run has one like it.
    """
    if not re.fullmatch(_RUN_ID, run_id):
        raise UnknownKeyError(f"there is no run {run_id}. GET /api/runs lists them")
    return run_id


RunIdDep = Annotated[str, Depends(parse_run_id)]
"""A route's parameter: the run `{run_id}`, which need not exist."""


AfterRunQuery = Annotated[str, Query(pattern=f"^({_RUN_ID})?$", description="`next` of the page before.")]
"""A route's parameter: after which run the page begins."""


@router.post("", status_code=202, dependencies=[SPENDS])
def start_run(body: RunStartRequest, runs: RunsDep, caller: CallerDep, response: Response) -> RunAnswer:
    """Start a run, and answer before it is done; 409 with the Location of the other if one makes the same already."""
    view = launch_run(
        runs,
        RunRequest(
            body.kind,
            tuple(body.keys),
            caller.name,
            body.why,
            tuple(body.stages),
            body.quality,
            force=body.force,
            uses_best=body.best,
        ),
    )
    response.headers["Location"] = run_address(view.id)
    return answer_run(view)


@router.get("")
def list_runs(
    runs: RunsDep,
    active: Annotated[bool, Query(description="Only those that are not over.")] = False,
    episode: Annotated[str, Query(max_length=200, description="Only those of an episode; empty for all.")] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED_RUNS, description="Items of a page.")] = 20,
    after: AfterRunQuery = "",
) -> Page[RunAnswer]:
    """Return runs, newest first."""
    chosen = str(EpisodeKey.parse(episode)) if episode else ""
    return answer_runs(runs.list_runs(limit, after, active_only=active, episode=chosen), answer_run)


@router.get("/{run_id}")
def read_run(run_id: RunIdDep, runs: RunsDep) -> RunAnswer:
    """Return how far a run is."""
    return answer_run(runs.read_run(run_id))


@router.post("/{run_id}/cancel", dependencies=[SPENDS])
def cancel_run(run_id: RunIdDep, runs: RunsDep, caller: CallerDep) -> RunAnswer:
    """Ask a run to end; what it has made is kept. One that is over stays as it is."""
    return answer_run(runs.cancel(run_id, caller.name))


@dataclass(frozen=True)
class _Watch:
    """A run that is followed.

    Attributes:
        first: How it is now.
        rest: How it is whenever it has changed.
    """

    first: RunView
    rest: AsyncGenerator[RunView]


async def _watch(run_id: RunIdDep, runs: RunsDep) -> AsyncGenerator[_Watch]:
    """Begin to follow a run before anything is answered, so that an unknown one is 404; end when its reader leaves."""
    views = runs.watch(run_id)
    try:
        yield _Watch(await anext(views), views)
    finally:
        await views.aclose()


@router.get("/{run_id}/events", response_class=EventSourceResponse)
async def watch_run(watch: Annotated[_Watch, Depends(_watch)]) -> AsyncIterable[ServerSentEvent]:
    """Follow a run by server-sent events until it is over.

    `progress` has the run whenever it has changed, `end` once it is over. A stream that ends without `end` has lasted
    some minutes, or was told a `problem`: ask again, as browsers do by themselves.
    """
    ends_s = asyncio.get_running_loop().time() + MAX_STREAM_S
    yield _event_of(watch.first, retry_ms=RETRY_MS)
    try:
        async for view in watch.rest:
            yield _event_of(view)
            if asyncio.get_running_loop().time() >= ends_s:
                return
    except TowerError as error:
        yield ServerSentEvent(event="problem", raw_data=_text_of(error_response(error)))


def _event_of(view: RunView, retry_ms: int | None = None) -> ServerSentEvent:
    return ServerSentEvent(event="end" if view.status.is_over else "progress", data=answer_run(view), retry=retry_ms)


def _text_of(response: JSONResponse) -> str:
    return bytes(response.body).decode()
