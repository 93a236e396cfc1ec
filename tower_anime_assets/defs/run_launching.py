"""Runs on Dagster's instance and code location of the web process: launched as its web UI launches them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import dagster as dg
from dagster._core.definitions.selector import JobSubsetSelector
from dagster._core.errors import (
    DagsterCodeLocationLoadError,
    DagsterCodeLocationNotFoundError,
    DagsterUserCodeUnreachableError,
)
from dagster._core.storage.dagster_run import RunRecord
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster_graphql.implementation.execution.run_lifecycle import create_valid_pipeline_run
from dagster_graphql.implementation.utils import ExecutionMetadata, ExecutionParams

from tower_anime_assets.defs.instance import LOCATION, REPOSITORY
from tower_anime_assets.defs.run_problems import problems_of
from tower_anime_assets.defs.tags import (
    BEST_TAG,
    CANCELED_BY_TAG,
    COMMAND_TAG,
    PARTITION_TAG,
    QUALITY_TAG,
    RERENDER_JOB,
    USER_TAG,
    WHY_TAG,
    user_of,
)
from tower_anime_assets.defs.zombie_runs import end_runs
from tower_anime_assets.errors import (
    ConflictError,
    PlanError,
    ServiceUnavailableError,
    TowerError,
    UnknownKeyError,
    list_some,
)
from tower_anime_assets.media import show_files
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.character_sheets import SHEETS
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.locks import is_run_alive
from tower_anime_assets.stages.run_launching import (
    MAX_LISTED_RUNS,
    RunKind,
    RunPage,
    RunRequest,
    RunScope,
    RunStatus,
    RunView,
    scope_of,
)
from tower_anime_assets.stages.run_progress import NO_PROGRESS, RunProgress
from tower_anime_assets.stages.run_watching import RunWatches
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.failure_causes import explain_failure
from tower_anime_assets.store.run_progress import SavedProgress, load_progress

JOB_OF_KIND: Final = {RunKind.EPISODE: "produce_episode", RunKind.SHOTS: RERENDER_JOB}

READ_FIRST: Final = (SHEETS.asset, "episodes", "scenes")
"""Assets that a run of some stages of an episode begins with: what they make is made of the files as they are now."""

LAUNCH_WAIT_S: Final = 10.0
"""How long a request waits for another that asks for the same episode; launching takes some tenths of a second."""

BEGIN_S: Final = 30.0
"""How long after its start a run may not hold its lock yet."""

QUIET_S: Final = 10.0
"""After how long without a word of its progress a run is looked at whether its process is alive."""

_STATUS_OF: Final = {
    dg.DagsterRunStatus.QUEUED: RunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED: RunStatus.QUEUED,
    dg.DagsterRunStatus.MANAGED: RunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING: RunStatus.STARTING,
    dg.DagsterRunStatus.STARTED: RunStatus.RUNNING,
    dg.DagsterRunStatus.CANCELING: RunStatus.CANCELING,
    dg.DagsterRunStatus.SUCCESS: RunStatus.SUCCEEDED,
    dg.DagsterRunStatus.FAILURE: RunStatus.FAILED,
    dg.DagsterRunStatus.CANCELED: RunStatus.CANCELED,
}
_ACTIVE: Final = [status for status, seen in _STATUS_OF.items() if not seen.is_over]

_MAKES_NO_TAKES: Final = frozenset(("tell_director", "finish_interrupted_work"))
"""Jobs that no request has to wait for."""


class DagsterRuns:
    """Launches, shows and ends Dagster's runs; see `RunLauncher`. Any thread may call its methods, except `watch`."""

    def __init__(self, studio: Studio, workspace: WorkspaceProcessContext) -> None:
        self._studio = studio
        self._workspace = workspace
        self._watches = RunWatches(self.read_run)

    @property
    def _instance(self) -> dg.DagsterInstance:
        return self._workspace.instance

    def launch(self, request: RunRequest) -> str:
        """As `RunLauncher.launch`; whether services answer is found out by the run."""
        scope = scope_of(request)
        with self._explained():
            self._require_known(scope)
            with self._hold_launches(scope.episode):
                self._refuse_conflict(request, scope)
                return self._submit(request, scope)

    def list_runs(self, limit: int = 20, after: str = "", *, active_only: bool = False, episode: str = "") -> RunPage:
        """As `RunLauncher.list_runs`."""
        if not 1 <= limit <= MAX_LISTED_RUNS:
            raise PlanError(f"a list of runs has 1 to {MAX_LISTED_RUNS}; found {limit}")
        chosen = dg.RunsFilter(
            statuses=_ACTIVE if active_only else None, tags={PARTITION_TAG: episode} if episode else None
        )
        with self._explained():
            if after and self._instance.get_run_by_id(after) is None:
                raise PlanError(f"no run has the id {after}, so there is nothing after it; begin the list again")
            records = self._instance.get_run_records(chosen, limit=limit + 1, cursor=after or None)
            views = self._views(records[:limit])
        return RunPage(views, views[-1].id if len(records) > limit else "")

    def read_run(self, run_id: str) -> RunView:
        """As `RunLauncher.read_run`."""
        with self._explained():
            return self._view(run_id)

    def cancel(self, run_id: str, who: str) -> RunView:
        """As `RunLauncher.cancel`; what a run makes just now at a server is called off, and its decision cancelled."""
        if not who.strip():
            raise PlanError("a run is cancelled by whom? Give a name")
        with self._explained():
            view = self._view(run_id)
            if view.status.is_over:
                return view
            if view.is_of_command and view.status is not RunStatus.LOST:
                raise PlanError(
                    f"run {run_id} is one of `tower produce` and can be ended in its terminal alone: press Ctrl-C there"
                )
            self._instance.add_run_tags(run_id, {CANCELED_BY_TAG: who.strip()})
            if view.status is RunStatus.LOST:
                self._end_lost(run_id)
            else:
                self._instance.run_coordinator.cancel_run(run_id)
            return self._view(run_id)

    def watch(self, run_id: str) -> AsyncGenerator[RunView]:
        """As `RunLauncher.watch`."""
        return self._watches.watch(run_id)

    # Launching --------------------------------------------------------------------------------------------------------

    def _require_known(self, scope: RunScope) -> None:
        """Refuse episodes that no file is of, drafts, and shots that no plan has."""
        known = show_files.list_episodes(self._studio.settings.projects)
        if scope.episode not in known:
            there = ", ".join(list_some(known, 20)) or "none"
            raise UnknownKeyError(f"there is no episode {scope.episode}; there are {there}")
        if show_files.is_unaccepted(self._studio.settings.projects, scope.episode):
            raise PlanError(f"{scope.episode} is a draft. Accept it first: tower accept {scope.episode}")
        unknown = [shot for shot in scope.shots if not self._instance.has_dynamic_partition("shots", shot)]
        if unknown:
            raise UnknownKeyError(
                f"{scope.episode} has no shot {unknown[0]} as it was last planned. Look at its plan, or make it anew"
            )
        self._instance.add_dynamic_partitions("episodes", [str(scope.episode)])

    @contextmanager
    def _hold_launches(self, episode: EpisodeKey) -> Iterator[None]:
        """Let no other request for this episode, in any process, look for conflicts until this one's run is there."""
        with self._studio.database.lock(f"launch:{episode}", wait_s=LAUNCH_WAIT_S, on_wait=lambda: None):
            yield

    def _refuse_conflict(self, request: RunRequest, scope: RunScope) -> None:
        """Raise if a run makes the same already; one whose process is gone is ended instead.

        Raises:
            ConflictError: A run makes it.
        """
        chosen = dg.RunsFilter(statuses=_ACTIVE, tags={PARTITION_TAG: str(scope.episode)})
        for view in self._views(self._instance.get_run_records(chosen)):
            if view.job in _MAKES_NO_TAKES:
                continue
            if view.status is RunStatus.LOST:
                self._end_lost(view.id)
            elif request.kind is RunKind.EPISODE or _makes_one_of(view, scope):
                ends = "press Ctrl-C in its terminal" if view.is_of_command else "cancel it"
                raise ConflictError(
                    f"{view.who} has made {view.episode} since {view.created_at:%H:%M} UTC: run {view.id} is "
                    f"{view.status}. Wait until it is over, or {ends}, then ask again",
                    view.id,
                )

    def _submit(self, request: RunRequest, scope: RunScope) -> str:
        """Queue a run as the launchpad of the web UI does, and return its id."""
        context = self._workspace.create_request_context()
        reads = READ_FIRST if request.kind is RunKind.EPISODE and scope.assets else ()
        selector = JobSubsetSelector(
            location_name=LOCATION,
            repository_name=REPOSITORY,
            job_name=JOB_OF_KIND[request.kind],
            op_selection=None,
            asset_selection=[dg.AssetKey(name) for name in dict.fromkeys((*reads, *scope.assets))] or None,
        )
        job = context.get_code_location(LOCATION).get_job(selector)
        tags = {
            USER_TAG: request.who.strip(),
            PARTITION_TAG: str(scope.episode),
            **({WHY_TAG: request.why.strip()} if request.why.strip() else {}),
            **({QUALITY_TAG: request.quality} if request.quality else {}),
            **({BEST_TAG: "true"} if request.uses_best else {}),
        }
        parameters = ExecutionParams(
            selector=selector,
            run_config=_run_config(request, scope),
            mode=None,
            execution_metadata=ExecutionMetadata(run_id=None, tags=tags),
            step_keys=None,
        )
        run = create_valid_pipeline_run(context, job, parameters)
        self._instance.submit_run(run.run_id, context)
        return run.run_id

    def _end_lost(self, run_id: str) -> None:
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return
        if CANCELED_BY_TAG in run.tags:
            self._instance.report_run_canceled(run, "The run's process was gone already. Finished work is kept.")
            self._instance.event_log_storage.free_concurrency_slots_for_run(run_id)
        else:
            end_runs(self._instance, [run])

    # Reading ----------------------------------------------------------------------------------------------------------

    def _view(self, run_id: str) -> RunView:
        record = self._instance.get_run_record_by_id(run_id)
        if record is None:
            raise UnknownKeyError(f"there is no run {run_id}")
        (view,) = self._views([record])
        return view

    def _views(self, records: Sequence[RunRecord]) -> tuple[RunView, ...]:
        saved = load_progress(self._studio.database, [record.dagster_run.run_id for record in records])
        queue: list[str] = []
        if any(record.dagster_run.status is dg.DagsterRunStatus.QUEUED for record in records):
            waiting = self._instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED]))
            queue = [record.dagster_run.run_id for record in reversed(waiting)]
        return tuple(self._view_of(record, saved.get(record.dagster_run.run_id), queue) for record in records)

    def _view_of(self, record: RunRecord, saved: SavedProgress | None, queue: Sequence[str]) -> RunView:
        run = record.dagster_run
        status = _STATUS_OF[run.status]
        if status in (RunStatus.RUNNING, RunStatus.CANCELING) and self._is_lost(record, saved):
            status = RunStatus.LOST
        failed = status in (RunStatus.FAILED, RunStatus.CANCELED)
        progress = RunProgress.from_json(saved.progress) if saved is not None else NO_PROGRESS
        return RunView(
            id=run.run_id,
            job=run.job_name,
            status=status,
            episode=run.tags.get(PARTITION_TAG, ""),
            shots=_shots_of(run),
            who=user_of(run.tags),
            why=run.tags.get(WHY_TAG, ""),
            quality=run.tags.get(QUALITY_TAG, ""),
            created_at=_aware(record.create_timestamp),
            started_at=_moment(record.start_time),
            ended_at=_moment(record.end_time),
            ahead=queue.index(run.run_id) if run.run_id in queue else 0,
            progress=progress,
            updated_at=saved.updated_at if saved is not None else None,
            problems=problems_of(self._instance, run.run_id, self._studio.settings.home) if failed else (),
            canceled_by=run.tags.get(CANCELED_BY_TAG, ""),
            is_of_command=COMMAND_TAG in run.tags,
        )

    def _is_lost(self, record: RunRecord, saved: SavedProgress | None) -> bool:
        """Return whether the process of a run is gone; not asked of one that has just begun or said something."""
        now = datetime.now(UTC)
        started = _moment(record.start_time)
        has_just_begun = started is None or now - started < timedelta(seconds=BEGIN_S)
        has_just_spoken = saved is not None and now - saved.updated_at < timedelta(seconds=QUIET_S)
        if has_just_begun or has_just_spoken:
            return False
        return not is_run_alive(self._studio.database, record.dagster_run.run_id)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn failures of Dagster, its code location and its storage into errors of ours, with what to do.

        Raises:
            ServiceUnavailableError: The code location cannot be loaded or does not answer, or the database does not.
        """
        try:
            yield
        except TowerError:
            raise
        except (
            DagsterCodeLocationLoadError,
            DagsterCodeLocationNotFoundError,
            DagsterUserCodeUnreachableError,
        ) as error:
            first = str(error).strip().splitlines()[0]
            raise ServiceUnavailableError(
                f"Dagster's code location cannot be used: {first}. Reload it in its web UI, or start `tower up` again"
            ) from error
        except Exception as error:
            if (known := explain_failure(error, home=self._studio.settings.home)) is None:
                raise
            raise known from error


def _run_config(request: RunRequest, scope: RunScope) -> Mapping[str, Any]:
    force = request.force or request.kind is RunKind.SHOTS
    config = {"config": {"shots": list(scope.shots), "force": force}}
    by_shot = [asset for asset in (KEYFRAMES.asset, CLIPS.asset) if not scope.assets or asset in scope.assets]
    return {"ops": dict.fromkeys(by_shot, config)}


def _shots_of(run: dg.DagsterRun) -> tuple[str, ...]:
    """Return the shots that a run makes again, as its configuration names them."""
    ops: Any = run.run_config.get("ops", {})
    shots = [shot for op in ops.values() for shot in op.get("config", {}).get("shots", ())]
    return tuple(dict.fromkeys(shots))


def _makes_one_of(view: RunView, scope: RunScope) -> bool:
    """Return whether a run of shots makes one of these; one that names none makes all."""
    if view.job != JOB_OF_KIND[RunKind.SHOTS]:
        return False
    return not view.shots or any(
        shot == name or shot.endswith(f"-{name}") for shot in scope.shots for name in view.shots
    )


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moment(timestamp: float | None) -> datetime | None:
    return datetime.fromtimestamp(timestamp, UTC) if timestamp else None
