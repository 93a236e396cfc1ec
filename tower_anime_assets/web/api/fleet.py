"""The fleet of ComfyUI servers: what they work on, who waits, and pausing, draining and resuming them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from tower_anime_assets.stages import fleet
from tower_anime_assets.stages.fleet import FleetServer
from tower_anime_assets.store.fleet import MAX_JOBS, FleetRequest, fleet_figures
from tower_anime_assets.web.api.context import DIRECTS, CallerDep, StudioDep
from tower_anime_assets.web.api.decision_models import DecisionRequest, Words

router = APIRouter(tags=["fleet"], prefix="/fleet")

Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Medium = Literal["image", "video"]


class FleetJobItem(BaseModel):
    """A job that a server works on, or that waits for one."""

    run: str = Field(description="The run that it is of; empty outside one.")
    episode: str
    medium: Medium
    priority: int = Field(description="0 at its server already, 1 somebody waits for it, 2 usual, 3 overnight.")
    asked_at: datetime
    leased_at: datetime | None = Field(description="Since when it has its server; null while it waits.")
    host: str = Field(description="The machine that asked for it.")


class FleetServerItem(BaseModel):
    """A server."""

    server: str
    state: Literal["active", "paused", "draining"]
    is_empty: bool = Field(description="Whether it has no job of ours.")
    max_jobs: int = Field(description="How many jobs it has at once.")
    media: list[Medium] = Field(description="What it may make.")
    who: str = Field(description="Who last changed that; empty if nobody did.")
    why: str
    changed_at: datetime | None
    processes: int = Field(description="How many processes use it now.")
    jobs: list[FleetJobItem]


class WaitingItem(BaseModel):
    """Jobs of an episode that wait."""

    episode: str
    priority: int
    jobs: int


class FleetFiguresItem(BaseModel):
    """The fleet in figures; waits, ended jobs and utilisation are of the last hour."""

    held: int
    waiting: int
    jobs: int
    wait_p50_s: float
    wait_p99_s: float
    utilisation: float


class FleetAnswer(BaseModel):
    """The fleet."""

    servers: list[FleetServerItem]
    waiting: list[WaitingItem]
    figures: FleetFiguresItem


class FleetChangeRequest(DecisionRequest):
    """A server, and why something is decided about it."""

    server: Address
    why: Words = Field(default="", description="It stays on record, and runs that wait say it.")


class FleetLimitRequest(FleetChangeRequest):
    """What a server may do; null leaves it as it is."""

    jobs: int | None = Field(default=None, ge=1, le=MAX_JOBS)
    media: list[Medium] | None = None


@router.get("")
def read_fleet(studio: StudioDep) -> FleetAnswer:
    """Return every server with what it works on, how many jobs wait, and figures."""
    state, figures = fleet.read_fleet(studio), fleet_figures(studio.database)
    return FleetAnswer(
        servers=list(map(_server_item, state.servers)),
        waiting=[
            WaitingItem(episode=episode, priority=priority, jobs=count)
            for (priority, episode), count in state.waiting_by_episode.items()
        ],
        figures=FleetFiguresItem(**{**vars(figures), "waiting": sum(figures.waiting.values())}),
    )


@router.post("/pause", dependencies=[DIRECTS])
def pause_server(body: FleetChangeRequest, studio: StudioDep, caller: CallerDep) -> FleetServerItem:
    """Give a server no new job until it is resumed; what it works on goes on."""
    return _server_item(fleet.pause_server(studio, body.server, caller.name, body.why))


@router.post("/drain", dependencies=[DIRECTS])
def drain_server(body: FleetChangeRequest, studio: StudioDep, caller: CallerDep) -> FleetServerItem:
    """Have a server finish what it works on, so that it can be taken away."""
    return _server_item(fleet.drain_server(studio, body.server, caller.name, body.why))


@router.post("/resume", dependencies=[DIRECTS])
def resume_server(body: FleetChangeRequest, studio: StudioDep, caller: CallerDep) -> FleetServerItem:
    """Give a server jobs again; whoever waits has it at once."""
    return _server_item(fleet.resume_server(studio, body.server, caller.name, body.why))


@router.post("/limit", dependencies=[DIRECTS])
def limit_server(body: FleetLimitRequest, studio: StudioDep, caller: CallerDep) -> FleetServerItem:
    """Set how many jobs a server has at once, and what it may make."""
    return _server_item(
        fleet.limit_server(studio, body.server, caller.name, body.why, jobs=body.jobs, media=body.media)
    )


def _server_item(server: FleetServer) -> FleetServerItem:
    return FleetServerItem(
        **{**vars(server.rule), "media": list(server.rule.media)},
        is_empty=not server.jobs,
        processes=server.processes,
        jobs=list(map(_job_item, server.jobs)),
    )


def _job_item(job: FleetRequest) -> FleetJobItem:
    return FleetJobItem(**{**vars(job), "run": job.run_id})
