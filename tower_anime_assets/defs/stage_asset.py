"""Assets of stages, each built from its `Stage`: the asset's body and its gates."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from tower_anime_assets.defs.automation import WHEN_READY
from tower_anime_assets.defs.failures import SERVICE_RETRY, as_failure
from tower_anime_assets.defs.gates import approval_check, approval_check_name, check_results, gate_specs
from tower_anime_assets.defs.metadata import stage_metadata
from tower_anime_assets.defs.partitions import episodes
from tower_anime_assets.defs.run_log import RunLog
from tower_anime_assets.defs.tags import BEST_TAG, NIGHT_TAG, QUALITY_TAG, WHY_TAG, user_of
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.night import Night
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.stage import NOTHING_AGAIN, EpisodeRun, Selection, Stage
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import Studio

StageEvents = Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]
"""What a stage's asset yields: its materialization, then what each gate says."""

Make = Callable[[dg.AssetExecutionContext, Run, Selection], tuple[StageReport, Mapping[str, Any]]]
"""Makes a stage's takes for the run's partition, and returns its report with further metadata."""


class ShotSelection(dg.Config):
    """The shots to make again.

    `shots` are keys or their ends (`sc02-sh0030`); an empty list means all. Without `force`, only missing takes
    are made.
    """

    shots: list[str] = []  # noqa: RUF012 - pydantic copies it
    force: bool = False


def run_of(context: dg.AssetExecutionContext, studio: Studio) -> Run:
    """Return the run of a step, with its events written to the step's log."""
    tags = context.run.tags
    night = Night.from_tag(tags[NIGHT_TAG]) if NIGHT_TAG in tags else None
    return Run(
        studio,
        context.run.run_id,
        user_of(tags),
        RunLog(context, studio, studio.recorder(context.run.run_id)),
        uses_best=BEST_TAG in tags,
        night=night,
        quality=tags.get(QUALITY_TAG, ""),
        why=tags.get(WHY_TAG, ""),
    )


def episode_of(context: dg.AssetExecutionContext, run: Run) -> EpisodeRun:
    """Return the episode of the step's partition, as its story was last read."""
    return saved_episode(run, EpisodeKey.parse(context.partition_key))


def stage_asset(
    stage: Stage[Any],
    *,
    deps: Sequence[Any],
    group: str,
    kinds: set[str],
    owner: str,
    description: str,
    pool: str | None = None,
    make: Make | None = None,
) -> dg.AssetsDefinition:
    """Return a stage's asset, with its gates as checks that the same step evaluates.

    Args:
        stage: The stage.
        deps: Upstream assets.
        group: The asset's group in the lineage graph.
        kinds: The asset's kinds, shown as icons.
        owner: The responsible team, `team:...`.
        description: What exists afterwards, for the web UI.
        pool: The concurrency pool of its steps; None for no limit.
        make: Replaces the stage's own `make` where more is to be done.
    """
    specs = gate_specs(stage)
    approvals = [spec for spec in specs if stage.approval and spec.name == approval_check_name(stage)]
    gates = [spec for spec in specs if spec not in approvals]

    def materialize(context: dg.AssetExecutionContext, studio: Studio, selection: Selection) -> StageEvents:
        with as_failure():
            run = run_of(context, studio)
            try:
                report, more = (make or _make_stage)(context, run, selection)
            finally:
                studio.recorder(run.id).save()
            metadata = {**more, **stage_metadata(report, studio)}
            if run.uses_best:
                metadata["uses_best_takes"] = True
            checks = check_results(report, gates, studio, stops=not run.uses_best)
            checks += [approval_check(spec.key, episode_of(context, run), stage) for spec in approvals]
        yield dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(report.digest))
        yield from checks  # inside the result, Dagster 1.13 would look up the materialization of each check twice

    def _make_stage(
        context: dg.AssetExecutionContext, run: Run, selection: Selection
    ) -> tuple[StageReport, Mapping[str, Any]]:
        return episode_of(context, run).make(stage, selection), {}

    define_asset = dg.asset(
        name=stage.asset,
        partitions_def=episodes,
        automation_condition=WHEN_READY,
        deps=deps,
        group_name=group,
        kinds=kinds,
        owners=[owner],
        description=description,
        code_version=stage.version,
        retry_policy=SERVICE_RETRY,
        pool=pool,
        tags={"stage": stage.name},
        check_specs=specs,
    )

    def make_selected(
        context: dg.AssetExecutionContext, config: ShotSelection, studio: dg.ResourceParam[Studio]
    ) -> StageEvents:
        yield from materialize(context, studio, Selection(tuple(config.shots), config.force))

    def make_missing(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> StageEvents:
        yield from materialize(context, studio, NOTHING_AGAIN)

    return define_asset(make_selected if stage.is_by_shot else make_missing)
