"""One episode as a Dagster run in this process, from a dry run to the delivered master."""

from __future__ import annotations

import getpass
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tower_anime_assets.cli.progress import ProgressDisplay
from tower_anime_assets.cli.runs import run_stoppable
from tower_anime_assets.cli.startup import GENERATION_MODULES, RUN_MODULES, preload
from tower_anime_assets.errors import EXIT_BUG, EXIT_DONE, EXIT_GATE, ServiceUnavailableError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.character_sheets import SHEETS
from tower_anime_assets.stages.delivery import delivery_paths
from tower_anime_assets.stages.dry_run import PlannedTake, plan_takes
from tower_anime_assets.stages.locks import hold_run
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.opening import open_studio, saved_episode
from tower_anime_assets.stages.registry import EPISODE_STAGES
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import episode_plan
from tower_anime_assets.stages.stage import ProjectRun
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import server, story

if TYPE_CHECKING:
    import dagster as dg


@dataclass
class ProduceResult:
    """How a run ended.

    Attributes:
        gates: `{"name", "passed", "failed"}` of each gate, with the keys of the takes that failed it.
        errors: Why it failed, for a person.
    """

    episode: str
    exit_code: int = 0
    run_id: str = ""
    master: Path | None = None
    subtitles: Path | None = None
    frames: int = 0
    fps: int = 0
    made_takes: int = 0
    reused_takes: int = 0
    duration_s: float = 0.0
    gates: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def as_json(self) -> Mapping[str, Any]:
        """Return the result as `--json` prints it."""
        return {
            "episode": self.episode,
            "master": str(self.master) if self.master else None,
            "subtitles": str(self.subtitles) if self.subtitles else None,
            "frames": self.frames,
            "fps": self.fps,
            "made": self.made_takes,
            "reused": self.reused_takes,
            "seconds": round(self.duration_s, 2),
            "gates": self.gates,
            "run_id": self.run_id,
            "errors": self.errors,
        }


def produce_episode(
    settings: Settings,
    key: EpisodeKey,
    display: ProgressDisplay,
    *,
    shots: Sequence[str] = (),
    force: bool = False,
    uses_best: bool = False,
) -> ProduceResult:
    """Make what an episode lacks, and deliver its master.

    Args:
        settings: Where everything is.
        key: The episode.
        display: Shows the progress.
        shots: With `force`, the shots to make again; all of them if empty.
        force: Make keyframes and clips again, even accepted ones.
        uses_best: Use the best takes where none is accepted.

    Raises:
        TowerError: The run could not begin, or the database was lost.
        KeyboardInterrupt: The run was stopped; every decision has been settled.
    """
    start_s = time.monotonic()
    preload(RUN_MODULES)
    with open_studio(settings) as studio:
        planned_takes = plan_takes(studio, key)
        display.add_planned(planned_takes)
        is_ready = all(item.is_ready for item in planned_takes)
        if not is_ready:
            preload(GENERATION_MODULES)
        unchanged = _find_unchanged(studio, key, planned_takes) if is_ready and not (force or uses_best) else None
        emitting_studio = replace(studio, emit=display)
        try:
            result = run_stoppable(
                lambda: _execute_run(emitting_studio, key, display, shots, force, uses_best, unchanged),
                studio.stopped,
                display,
            )
        except Exception as error:
            _raise_if_database_lost(settings, error)
            raise
        if result.exit_code == 0:
            _name_delivered(Run(studio, result.run_id, uses_best=uses_best), key, result)
        elif result.exit_code > 1:
            _raise_if_database_lost(settings, None)
    result.duration_s = time.monotonic() - start_s
    return result


def _raise_if_database_lost(settings: Settings, error: Exception | None) -> None:
    """Raise a ServiceUnavailableError if the database is away; Dagster's storage only fails with a long trace."""
    status = server.read_server_status(settings)
    if not status.running:
        raise ServiceUnavailableError(
            f"the database was lost during the run: {status}. Finished takes are kept; run again to continue"
        ) from error


@dataclass(frozen=True)
class _Unchanged:
    """What is known of an episode in whose files and takes nothing has changed.

    Attributes:
        takes: How many takes it has besides its master.
        gates: The gates that they have passed.
    """

    takes: int
    gates: tuple[str, ...]


def _find_unchanged(studio: Studio, key: EpisodeKey, planned_takes: Sequence[PlannedTake]) -> _Unchanged | None:
    """Return what is known of an episode whose takes are all there, None if its files or sheets have changed since."""
    project, episode = show_files.load_episode(studio.settings.projects, key)
    if (project, episode) != (
        story.load_project(studio.database, project.id),
        story.load_episode(studio.database, key),
    ):
        return None
    sheets = ProjectRun(Run(studio), project, studio.engines(project)).find(SHEETS)
    if not all(outcome is not None and outcome.accepted for _order, outcome in sheets):
        return None
    stages = [stage for stage in (SHEETS, *EPISODE_STAGES) if stage is not MASTERS]
    gates = dict.fromkeys(bar.gate for stage in stages for bar in stage.thresholds)
    takes = len(sheets) + sum(item.stage != MASTERS.name for item in planned_takes)
    return _Unchanged(takes, tuple(gates))


def _execute_run(
    studio: Studio,
    key: EpisodeKey,
    display: ProgressDisplay,
    shots: Sequence[str],
    force: bool,
    uses_best: bool,
    unchanged: _Unchanged | None,
) -> ProduceResult:
    """Run the job; where nothing has changed, its last asset alone, which finds everything and makes nothing."""
    from tower_anime_assets.definitions import build_definitions
    from tower_anime_assets.defs.assets.production import compiled_episodes
    from tower_anime_assets.defs.freshness import is_materialized_in_order
    from tower_anime_assets.defs.instance import assign_code_location, open_instance, run_tags
    from tower_anime_assets.defs.stage_asset import BEST_TAG
    from tower_anime_assets.defs.zombie_runs import COMMAND_TAG, end_runs, find_zombie_runs

    config = {"config": {"shots": list(shots), "force": force}}
    run_id = str(uuid4())
    with open_instance(studio.settings, studio.database.url) as instance, hold_run(studio.database, run_id):
        end_runs(instance, [run for run in find_zombie_runs(instance, studio.database) if COMMAND_TAG in run.tags])
        instance.add_dynamic_partitions("episodes", [str(key)])
        defs = build_definitions({"studio": studio})
        is_short = unchanged is not None and is_materialized_in_order(instance, defs, str(key))
        result = defs.resolve_job_def("produce_episode").execute_in_process(
            instance=instance,
            asset_selection=[compiled_episodes.key] if is_short else None,
            run_id=run_id,
            partition_key=str(key),
            raise_on_error=False,
            tags={
                **run_tags(getpass.getuser()),
                COMMAND_TAG: "produce",
                **({BEST_TAG: "true"} if uses_best else {}),
            },
            run_config={
                "ops": {} if is_short else {"keyframes": config, "ltx_clips": config},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )
        assign_code_location(instance, result.dagster_run)
    passed_before = dict.fromkeys(unchanged.gates, ()) if unchanged is not None and is_short else {}
    failed_by_gate = {**passed_before, **display.failed_by_gate}
    gates = [{"name": name, "passed": not failed, "failed": list(failed)} for name, failed in failed_by_gate.items()]
    exit_code, errors = _exit_status(result)
    return ProduceResult(
        str(key),
        exit_code,
        result.run_id,
        made_takes=display.made_takes,
        reused_takes=display.reused_takes + (unchanged.takes if unchanged is not None and is_short else 0),
        gates=gates,
        errors=errors,
    )


def _exit_status(result: dg.ExecuteInProcessResult) -> tuple[int, list[str]]:
    """Return the exit code of a run, the highest of all its failed steps, and its errors."""
    if result.success:
        return EXIT_DONE, []
    code, errors = EXIT_DONE, []
    for event in result.all_events:
        if not event.is_step_failure:
            continue
        data = event.step_failure_data
        failure = data.user_failure_data
        if failure is not None:
            reported_code = failure.metadata.get("exit_code")
            code = max(code, int(str(reported_code.value)) if reported_code is not None else EXIT_BUG)
            errors.append(f"{event.step_key}: {failure.description}")
        elif data.error is not None and data.error.cls_name == "DagsterAssetCheckFailedError":
            code = max(code, EXIT_GATE)
        else:
            code = EXIT_BUG
            errors.append(f"{event.step_key}: {data.error.message if data.error else 'unknown error'}")
    return code or EXIT_BUG, errors


def _name_delivered(run: Run, key: EpisodeKey, result: ProduceResult) -> None:
    """Put into the result where the run's last step delivered the master."""
    episode = saved_episode(run, key)
    (take,) = episode.accepted(MASTERS)
    is_best = bool(episode.rejected(MASTERS))
    if is_best:
        result.exit_code = EXIT_GATE
    delivered = delivery_paths(run.studio.settings, str(key), take, is_best=is_best)
    plan = episode_plan(episode)
    result.master, result.subtitles = delivered["main"], delivered["srt"]
    result.frames, result.fps = plan.frames, plan.fps
