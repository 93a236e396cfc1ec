"""One episode as a Dagster run in this process, from a dry run to the delivered master."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tower_anime_assets.cli.progress import ProgressDisplay
from tower_anime_assets.cli.runs import run_stoppable
from tower_anime_assets.cli.startup import GENERATION_MODULES, RUN_MODULES, preload
from tower_anime_assets.errors import (
    EXIT_BUG,
    EXIT_DONE,
    EXIT_GATE,
    StoryError,
    StoryWarning,
    TowerError,
    list_some,
)
from tower_anime_assets.media import show_files
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import memory
from tower_anime_assets.stages.approvals import waiting_approvals
from tower_anime_assets.stages.character_sheets import SHEETS
from tower_anime_assets.stages.delivery import delivery_paths
from tower_anime_assets.stages.dry_run import PlannedTake, plan_episode
from tower_anime_assets.stages.events import Waiting
from tower_anime_assets.stages.fact_offers import offer_facts
from tower_anime_assets.stages.library_mirror import mirror_library
from tower_anime_assets.stages.locks import hold_run
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.opening import open_studio, saved_episode
from tower_anime_assets.stages.registry import EPISODE_STAGES
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import episode_plan
from tower_anime_assets.stages.stage import ProjectRun
from tower_anime_assets.stages.story_warnings import without_notes
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import story
from tower_anime_assets.store.failure_causes import explain_failure
from tower_anime_assets.store.silence import tell_silence_to

if TYPE_CHECKING:
    import dagster as dg


_QUIET: Mapping[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Run configuration that keeps Dagster's own log off the terminal; it is in the database."""


@dataclass
class ProduceResult:
    """How a run ended.

    Attributes:
        gates: `{"name", "passed", "failed"}` of each gate, with the keys of the takes that failed it.
        errors: Why it failed, for a person.
        warnings: What the preflight warned of.
        notes: What was made otherwise than it was asked for, for a person.
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
    warnings: tuple[StoryWarning, ...] = ()
    notes: list[str] = field(default_factory=list)

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
            "notes": self.notes,
        }


def produce_episode(
    settings: Settings,
    key: EpisodeKey,
    display: ProgressDisplay,
    *,
    shots: Sequence[str] = (),
    force: bool = False,
    uses_best: bool = False,
    quality: str = "",
    strict: bool = False,
) -> ProduceResult:
    """Make what an episode lacks, and deliver its master.

    Args:
        settings: Where everything is.
        key: The episode.
        display: Shows the progress.
        shots: With `force`, the shots to make again; all of them if empty.
        force: Make keyframes and clips again, even accepted ones.
        uses_best: Use the best takes where none is accepted.
        quality: The level that pictures are made at, "" for the project's own.
        strict: Take warnings of the preflight for faults.

    Raises:
        StoryError: With `strict`, the preflight warns of something.
        TowerError: The run could not begin, something is missing for keyframes or clips, or the database was lost.
        KeyboardInterrupt: The run was stopped; every decision has been settled.
    """
    start_s = time.monotonic()
    preload(RUN_MODULES)
    with tell_silence_to(lambda words: display(Waiting("", words))), open_studio(settings) as studio:
        for line in list_some(mirror_library(settings, studio.database)):
            display(Waiting("", f"warning: {line}"))
        forecast = plan_episode(studio, key, quality)
        warnings = without_notes(forecast.preflight.warnings)
        if strict and warnings:
            raise StoryError([warning.as_fault() for warning in warnings])
        for warning in warnings:
            display(Waiting("", f"warning: {warning}"))
        if forecast.preflight.error is not None:
            raise forecast.preflight.error
        for note in forecast.notes:
            display(Waiting("", f"note: {note}"))
        planned_takes = forecast.takes
        display.add_planned(planned_takes)
        is_ready = all(item.is_ready for item in planned_takes)
        if not is_ready:
            preload(GENERATION_MODULES)
        is_whole = is_ready and not (force or uses_best or forecast.waiting)
        unchanged = _find_unchanged(studio, key, planned_takes) if is_whole else None
        emitting_studio = replace(studio, emit=display)
        if unchanged is not None:
            _refresh_memory(emitting_studio, key)
        try:
            result = run_stoppable(
                lambda: _execute_run(
                    emitting_studio, key, display, planned_takes, shots, force, uses_best, quality, unchanged
                ),
                studio.stopped,
                display,
                lambda: studio.open_jobs,
                display.print_last,
            )
        except TowerError:
            raise
        except Exception as error:
            if (known := explain_failure(error, home=settings.home)) is None:
                raise
            raise known from error
        if result.exit_code == 0:
            _name_delivered(Run(studio, result.run_id, uses_best=uses_best, quality=quality), key, result)
    result.duration_s = time.monotonic() - start_s
    result.warnings = warnings
    return result


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


def _refresh_memory(studio: Studio, key: EpisodeKey) -> None:
    """Fill the memory where nothing else is to be done: the assets that fill it do not run then."""
    project, episode = show_files.load_episode(studio.settings.projects, key)
    memory.refresh(studio, project, episode)
    offer_facts(studio, project.id)


def _execute_run(
    studio: Studio,
    key: EpisodeKey,
    display: ProgressDisplay,
    planned_takes: Sequence[PlannedTake],
    shots: Sequence[str],
    force: bool,
    uses_best: bool,
    quality: str,
    unchanged: _Unchanged | None,
) -> ProduceResult:
    """Run the job; where nothing has changed, the master's asset alone, which finds everything and makes nothing."""
    from tower_anime_assets.definitions import build_definitions
    from tower_anime_assets.defs.assets.production import compiled_episodes
    from tower_anime_assets.defs.freshness import find_stale_followers, is_materialized_in_order
    from tower_anime_assets.defs.instance import assign_code_location, open_instance, run_tags
    from tower_anime_assets.defs.tags import BEST_TAG, COMMAND_TAG, QUALITY_TAG
    from tower_anime_assets.defs.zombie_runs import end_runs, find_zombie_runs

    config = {"config": {"shots": list(shots), "force": force}}
    run_id = str(uuid4())
    with open_instance(studio.settings, studio.database) as instance, hold_run(studio.database, run_id):
        studio.recorder(run_id).add_planned(planned_takes)
        end_runs(instance, [run for run in find_zombie_runs(instance, studio.database) if COMMAND_TAG in run.tags])
        instance.add_dynamic_partitions("episodes", [str(key)])
        defs = build_definitions({"studio": studio})
        is_short = unchanged is not None and is_materialized_in_order(instance, defs, str(key))
        followers = find_stale_followers(instance, defs, str(key)) if is_short else []
        tags = {**run_tags(studio.settings.user), COMMAND_TAG: "produce"}
        result = defs.resolve_job_def("produce_episode").execute_in_process(
            instance=instance,
            asset_selection=[compiled_episodes.key, *followers] if is_short else None,
            run_id=run_id,
            partition_key=str(key),
            raise_on_error=False,
            tags={
                **tags,
                **({BEST_TAG: "true"} if uses_best else {}),
                **({QUALITY_TAG: quality} if quality else {}),
            },
            run_config={"ops": {} if is_short else {"keyframes": config, "ltx_clips": config}, **_QUIET},
        )
        assign_code_location(instance, result.dagster_run)
        exit_code, errors = _exit_status(result, studio.settings.home)
        if exit_code == EXIT_GATE and not studio.stopped.is_set():
            errors += _tell_of_exhausted(studio, key, instance, defs, tags)
            errors += _approvals_missing(studio, key, quality, "\n".join(errors))
    passed_before = dict.fromkeys(unchanged.gates, ()) if unchanged is not None and is_short else {}
    failed_by_gate = {**passed_before, **display.failed_by_gate}
    gates = [{"name": name, "passed": not failed, "failed": list(failed)} for name, failed in failed_by_gate.items()]
    return ProduceResult(
        str(key),
        exit_code,
        result.run_id,
        made_takes=display.made_takes,
        reused_takes=display.reused_takes + (unchanged.takes if unchanged is not None and is_short else 0),
        gates=gates,
        errors=errors,
        notes=list(display.notes),
    )


def _approvals_missing(studio: Studio, key: EpisodeKey, quality: str, told: str) -> list[str]:
    """Return what waits for whose approval, a sentence each, without what was told already."""
    if story.load_episode(studio.database, key) is None:
        return []
    waiting = waiting_approvals(saved_episode(Run(studio, quality=quality), key))
    return [words for words in map(str, waiting) if words not in told]


def _tell_of_exhausted(
    studio: Studio, key: EpisodeKey, instance: dg.DagsterInstance, defs: dg.Definitions, tags: Mapping[str, str]
) -> list[str]:
    """Tell a director service of the shots of a run that ended without a master; return what went wrong."""
    from tower_anime_assets.defs.instance import assign_code_location

    project = story.load_project(studio.database, key.project)
    is_read = project is not None and story.load_episode(studio.database, key) is not None
    if project is None or not is_read or studio.engines(project).director.is_local:
        return []
    run_id = str(uuid4())
    with hold_run(studio.database, run_id):
        result = defs.resolve_job_def("tell_director").execute_in_process(
            instance=instance,
            run_id=run_id,
            partition_key=str(key),
            raise_on_error=False,
            tags=dict(tags),
            run_config=dict(_QUIET),
        )
        assign_code_location(instance, result.dagster_run)
    return _exit_status(result, studio.settings.home)[1]


def _exit_status(result: dg.ExecuteInProcessResult, home: Path) -> tuple[int, list[str]]:
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
        elif (known := explain_failure(data.error, home=home)) is not None:
            code = max(code, known.exit_code)
            errors.append(f"{event.step_key}: {known}")
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
    delivered = delivery_paths(
        run.studio.settings, str(key), take, is_best=is_best, quality=episode.project.delivery.quality
    )
    plan = episode_plan(episode)
    result.master, result.subtitles = delivered["main"], delivered["srt"]
    result.frames, result.fps = plan.frames, plan.fps
