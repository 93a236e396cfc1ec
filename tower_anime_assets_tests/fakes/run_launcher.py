"""Runs without Dagster: launched, listed, followed and ended in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tower_anime_assets.errors import ConflictError, PlanError, TowerError, UnknownKeyError
from tower_anime_assets.stages.run_launching import (
    RunKind,
    RunPage,
    RunProblem,
    RunRequest,
    RunStatus,
    RunView,
    scope_of,
)
from tower_anime_assets.stages.run_progress import RunProgress, StageProgress

BEGAN = datetime(2026, 1, 2, 9, 30, tzinfo=UTC)
JOBS = {RunKind.EPISODE: "produce_episode", RunKind.SHOTS: "rerender_shots"}


def run_id(number: int) -> str:
    """Return the id of the first, second, ... run."""
    return f"00000000-0000-4000-8000-{number:012}"


@dataclass
class FakeRuns:
    """A `RunLauncher` whose runs stand still until a test moves them.

    Attributes:
        runs: By id, oldest first.
        requests: What was launched, by the run's id.
        coming: What whoever follows a run sees after its first state; an error is raised.
        watched: How many follow a run now.
    """

    runs: dict[str, RunView] = field(default_factory=dict)
    requests: dict[str, RunRequest] = field(default_factory=dict)
    coming: list[RunView | TowerError] = field(default_factory=list)
    watched: int = 0

    def launch(self, request: RunRequest) -> str:
        scope = scope_of(request)
        for view in self.runs.values():
            if not view.status.is_over and view.episode == str(scope.episode):
                raise ConflictError(f"{view.who} has made {view.episode}. Wait until it is over", view.id)
        new = run_id(len(self.runs) + 1)
        self.runs[new] = RunView(
            new, JOBS[request.kind], RunStatus.QUEUED, str(scope.episode), scope.shots, request.who, request.why,
            request.quality, BEGAN + timedelta(minutes=len(self.runs)), None, None,
        )  # fmt: skip
        self.requests[new] = request
        return new

    def list_runs(self, limit: int = 20, after: str = "", *, active_only: bool = False, episode: str = "") -> RunPage:
        if after and after not in self.runs:
            raise PlanError(f"no run has the id {after}")
        chosen = [
            view
            for view in reversed(self.runs.values())
            if episode in ("", view.episode) and not (active_only and view.status.is_over)
        ]
        rest = [view for view in chosen if not after or view.created_at < self.runs[after].created_at]
        return RunPage(tuple(rest[:limit]), rest[limit - 1].id if len(rest) > limit else "")

    def read_run(self, run_id: str) -> RunView:
        if run_id not in self.runs:
            raise UnknownKeyError(f"there is no run {run_id}")
        return self.runs[run_id]

    def cancel(self, run_id: str, who: str) -> RunView:
        view = self.read_run(run_id)
        if view.is_of_command:
            raise PlanError(f"run {run_id} is one of `tower produce`. Press Ctrl-C there")
        if not view.status.is_over:
            self.runs[run_id] = view = replace(view, status=RunStatus.CANCELING, canceled_by=who)
        return view

    async def watch(self, run_id: str) -> AsyncGenerator[RunView]:
        self.watched += 1
        try:
            yield self.read_run(run_id)
            for coming in self.coming:
                if isinstance(coming, TowerError):
                    raise coming
                self.runs[run_id] = coming
                yield coming
            while not self.runs[run_id].status.is_over:
                await asyncio.sleep(0.01)
        finally:
            self.watched -= 1

    def add(self, status: RunStatus, episode: str = "small-e01") -> RunView:
        """Add a run that has come as far as this."""
        new = self.launch(RunRequest(RunKind.EPISODE, (episode,), "Mira", "the first cut"))
        self.runs[new] = self.advanced(new, status)
        return self.runs[new]

    def advanced(self, run_id: str, status: RunStatus) -> RunView:
        """Return a run as it will be."""
        if status is RunStatus.QUEUED:
            return self.runs[run_id]
        stage = StageProgress("keyframe", "Keyframes", 28, 12, 13, 1, 0, "sc02 sh0030, second attempt")
        return replace(
            self.runs[run_id],
            status=status,
            started_at=BEGAN + timedelta(seconds=2),
            ended_at=BEGAN + timedelta(minutes=9) if status.is_over else None,
            updated_at=BEGAN + timedelta(seconds=30),
            progress=RunProgress((stage,), 0.0 if status.is_over else 310.04, ("Keyframes: 28",)),
            problems=(RunProblem("keyframes", "the card was full. Free it", 3),) if status is RunStatus.FAILED else (),
        )
