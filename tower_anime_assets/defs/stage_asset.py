"""Assets of stages: the body and the gates that all of them share, from the stage's own facts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg

from tower_anime_assets.defs.automation import WHEN_READY
from tower_anime_assets.defs.failures import SERVICE_RETRY, as_failure
from tower_anime_assets.defs.gates import stage_gates
from tower_anime_assets.defs.metadata import stage_metadata
from tower_anime_assets.defs.partitions import episodes
from tower_anime_assets.defs.run_log import RunLog
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.contact_sheets import contact_sheet
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.stage import NOTHING_AGAIN, EpisodeRun, Selection, Stage
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import Studio

Make = Callable[[dg.AssetExecutionContext, Run, Selection], tuple[StageReport, Mapping[str, Any]]]
"""Makes a stage's takes for the run's partition, and returns its report with more metadata to show."""


class ShotSelection(dg.Config):
    """Which shots to make again.

    `shots` are keys or their ends (`sc02-sh0030`); none means all. Without `force` only what is missing is made.
    """

    shots: list[str] = []  # noqa: RUF012 - pydantic copies it
    force: bool = False


def run_of(context: dg.AssetExecutionContext, studio: Studio) -> Run:
    """Return the run that a step belongs to, with its events in the step's log."""
    tags = context.run.tags
    user = tags.get("user") or tags.get("dagster/schedule_name") or "dagster"
    return Run(studio, context.run.run_id, user, RunLog(context, studio))


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
) -> tuple[dg.AssetsDefinition, dg.AssetChecksDefinition]:
    """Return the asset in which a stage's takes are made, and its gates as blocking checks.

    Args:
        stage: The stage.
        deps: The assets that it builds on.
        group: The asset's group in the lineage.
        kinds: The asset's kinds.
        owner: Who answers for it, `team:...`.
        description: What then exists, for the web UI.
        pool: The concurrency pool of its steps, None for none.
        make: How it is made, where that is more than the stage's own `make`.
    """

    def materialize(
        context: dg.AssetExecutionContext, studio: Studio, selection: Selection
    ) -> dg.MaterializeResult[None]:
        with as_failure():
            report, more = (make or _make_stage)(context, run_of(context, studio), selection)
            metadata = {**more, **stage_metadata(report, studio, contact_sheet(studio, report))}
        return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(report.digest))

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
    )

    def make_selected(
        context: dg.AssetExecutionContext, config: ShotSelection, studio: dg.ResourceParam[Studio]
    ) -> dg.MaterializeResult[None]:
        return materialize(context, studio, Selection(tuple(config.shots), config.force))

    def make_missing(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
        return materialize(context, studio, NOTHING_AGAIN)

    asset = define_asset(make_selected if stage.is_by_shot else make_missing)
    return asset, stage_gates(asset, stage)
