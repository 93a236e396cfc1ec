"""Report assets: an episode's quality, what every project's attempts teach, and how each workflow performs."""

import dagster as dg

from tower_anime_assets.defs.assets.production import compiled_episodes
from tower_anime_assets.defs.automation import WHEN_READY
from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.defs.metadata import Metadata, report_metadata
from tower_anime_assets.defs.partitions import episodes as by_episode
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.workflow_library import sync_library

REPORT_VERSION = "1"

EVERY_MORNING = dg.AutomationCondition.cron_tick_passed("0 5 * * *") & ~dg.AutomationCondition.in_progress()
"""Once a day after the night's work, since the report on all projects need not wait for any single episode."""


@dg.asset(
    partitions_def=by_episode,
    automation_condition=WHEN_READY,
    deps=[compiled_episodes],
    group_name="reports",
    kinds={"postgres", "pandas"},
    owners=["team:direction"],
    code_version=REPORT_VERSION,
)
def quality_report(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """For an episode's director: the share of accepted takes, scores over time, why takes failed, and the costs.

    Charts are served beside the web UI, below `/media`.
    """
    from tower_anime_assets.reports.reports import quality_report  # pandas and scipy, for this asset only

    with as_failure():
        report = quality_report(studio, EpisodeKey.parse(context.partition_key))
    return dg.MaterializeResult(metadata=report_metadata(report), data_version=dg.DataVersion(report.digest))


@dg.asset(
    automation_condition=EVERY_MORNING,
    deps=[compiled_episodes],
    group_name="reports",
    kinds={"postgres", "pandas"},
    owners=["team:direction"],
    code_version=REPORT_VERSION,
)
def learning_report(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """For those who tune prompts and thresholds: what worked in each project, why takes failed, what to change.

    The patterns are saved, and engines use them for their next attempts.
    """
    from tower_anime_assets.reports.reports import update_all_patterns  # pandas and scipy, for this asset only

    with as_failure():
        reports = update_all_patterns(studio)
    context.log.info("learned from %s", ", ".join(report.subject for report in reports) or "nothing: no takes yet")
    metadata: Metadata = {"projects": len(reports)}
    for report in reports:
        metadata |= report_metadata(report, report.subject)
    return dg.MaterializeResult(
        metadata=metadata, data_version=dg.DataVersion(digest([report.digest for report in reports]))
    )


@dg.asset(
    deps=[compiled_episodes],
    group_name="reports",
    kinds={"postgres", "pandas"},
    owners=["team:direction"],
    code_version=REPORT_VERSION,
)
def workflow_profiles(
    _context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]
) -> dg.MaterializeResult[None]:
    """For operators who choose workflows: how often each succeeds, why it fails, and what an accepted take costs.

    Costs stand beside what was expected before the run.
    """
    from tower_anime_assets.reports.workflows import workflow_report  # pandas and scipy, for this asset only

    with as_failure():
        sync_library(studio.settings, studio.database)
        report = workflow_report(studio)
    return dg.MaterializeResult(metadata=report_metadata(report), data_version=dg.DataVersion(report.digest))


overnight_profiles = dg.ScheduleDefinition(
    name="overnight_profiles",
    target=dg.AssetSelection.assets(workflow_profiles),
    cron_schedule="0 6 * * *",
    description="Updates the workflow report every morning at 6:00. Off until switched on, like `overnight`.",
)
