"""`/api/anime/orchestrate` and `/api/anime/jobs`: whole episodes and their jobs, in the words of the original system.

A job is a run; `/api/runs` says more of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from tower_anime_assets.stages.run_launching import MAX_LISTED_RUNS, RunKind, RunRequest, RunStatus, RunView
from tower_anime_assets.web.api.context import SPENDS, CallerDep, RunsDep
from tower_anime_assets.web.api.decision_models import DecisionRequest, Quality, Words
from tower_anime_assets.web.api.paging import Page
from tower_anime_assets.web.api.runs import (
    AfterRunQuery,
    KeyText,
    StageName,
    answer_runs,
    launch_run,
    parse_run_id,
    run_address,
)

router = APIRouter(prefix="/anime", tags=["anime"])

JobStatus = Literal["queued", "running", "cancelling", "completed", "failed", "cancelled"]

_STATUS: Final[dict[RunStatus, JobStatus]] = {
    RunStatus.QUEUED: "queued",
    RunStatus.STARTING: "queued",
    RunStatus.RUNNING: "running",
    RunStatus.LOST: "failed",
    RunStatus.CANCELING: "cancelling",
    RunStatus.SUCCEEDED: "completed",
    RunStatus.FAILED: "failed",
    RunStatus.CANCELED: "cancelled",
}


class OrchestrateRequest(DecisionRequest):
    """An episode that is to be made, phase by phase."""

    episode: KeyText = Field(description="Its key, such as `nexus-e01`.")
    phases: list[StageName] = Field([], max_length=20, description="Names of GET /api/anime/phases; empty for all.")
    quality: Quality = ""
    force: bool = Field(default=False, description="Make keyframes and clips again, even accepted ones.")
    why: Words = ""


class JobPhase(BaseModel):
    """How far a phase of a job is."""

    name: str
    title: str
    done: int
    total: int = Field(description="Takes that are wanted, as far as is known.")
    rejected: int = Field(description="Takes whose last attempt a gate rejected.")


class AnimeJob(BaseModel):
    """A job."""

    job_id: str
    status: JobStatus
    episode: str
    phase: str = Field(description="The newest phase that has begun; empty before the first.")
    phases: list[JobPhase] = Field(description="Those that have begun.")
    progress: float | None = Field(description="The share of its time that is over, 0 to 1; null if nobody can say.")
    left_s: float | None = Field(description="Seconds that it will still need, likewise.")
    message: str = Field(description="Why it failed, or the newest of what it says.")
    created_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    run: str = Field(description="Where the run is of which this is the short form.")


@router.post("/orchestrate", status_code=202, dependencies=[SPENDS])
def orchestrate_episode(body: OrchestrateRequest, runs: RunsDep, caller: CallerDep, response: Response) -> AnimeJob:
    """Have an episode made, from the story to the master, and answer before it is done.

    What exists is not made again. Approvals that the show asks for are waited for: the job ends there, and another goes
    on. 409 with the Location of the other if a job makes the same already.
    """
    request = RunRequest(
        RunKind.EPISODE, (body.episode,), caller.name, body.why, tuple(body.phases), body.quality, force=body.force
    )
    view = launch_run(runs, request, address_of=_job_address)
    response.headers["Location"] = _job_address(view.id)
    return _job_of(view)


@router.get("/jobs")
def list_jobs(
    runs: RunsDep,
    active: Annotated[bool, Query(description="Only those that are not over.")] = False,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED_RUNS, description="Items of a page.")] = 20,
    after: AfterRunQuery = "",
) -> Page[AnimeJob]:
    """Return jobs, newest first."""
    return answer_runs(runs.list_runs(limit, after, active_only=active), _job_of)


JobId = Annotated[str, Path(description="A job's id.")]


@router.get("/jobs/{job_id}")
def read_job(job_id: JobId, runs: RunsDep) -> AnimeJob:
    """Return how far a job is."""
    return _job_of(runs.read_run(parse_run_id(job_id)))


@router.post("/jobs/{job_id}/cancel", dependencies=[SPENDS])
def cancel_job(job_id: JobId, runs: RunsDep, caller: CallerDep) -> AnimeJob:
    """Ask a job to end; what it has made is kept."""
    return _job_of(runs.cancel(parse_run_id(job_id), caller.name))


def _job_address(run_id: str) -> str:
    return f"/api/anime/jobs/{run_id}"


def _job_of(view: RunView) -> AnimeJob:
    status, left_s = _STATUS[view.status], _left_s(view)
    begun = [
        JobPhase.model_validate({**stage, "name": stage["stage"]}) for stage in view.as_json()["progress"]["stages"]
    ]
    return AnimeJob(
        job_id=view.id,
        status=status,
        episode=view.episode,
        phase=begun[-1].name if begun else "",
        phases=begun,
        progress=_progress(view, left_s),
        left_s=left_s,
        message=_message(view),
        created_by=view.who,
        created_at=view.created_at,
        started_at=view.started_at,
        ended_at=view.ended_at,
        run=run_address(view.id),
    )


def _left_s(view: RunView) -> float | None:
    """Return the time that a run still needs; 0 is told by runs that do not know it too."""
    if view.status.is_over:
        return 0.0
    return round(view.progress.left_s, 1) or None


def _progress(view: RunView, left_s: float | None) -> float | None:
    if view.status is RunStatus.SUCCEEDED:
        return 1.0
    if view.status.is_over or left_s is None or view.started_at is None:
        return None
    elapsed_s = max(0.0, ((view.updated_at or datetime.now(UTC)) - view.started_at).total_seconds())
    return round(elapsed_s / (elapsed_s + left_s), 3)


def _message(view: RunView) -> str:
    if view.problems:
        return view.problems[0].message
    if view.status is RunStatus.LOST:
        return "Its process is gone. Start it again: what was made is found"
    return view.progress.lines[-1] if view.progress.lines else ""
