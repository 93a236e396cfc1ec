"""Reports as assets: how an episode's takes did, and what every project's attempts teach."""

import dagster as dg

from tower_anime_assets.defs.assets.masters import compiled_episodes
from tower_anime_assets.defs.automation import WHEN_READY
from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.defs.metadata import Metadata, report_metadata
from tower_anime_assets.defs.partitions import episodes as by_episode
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.studio import Studio

REPORT_VERSION = "1"

EVERY_MORNING = dg.AutomationCondition.cron_tick_passed("0 5 * * *") & ~dg.AutomationCondition.in_progress()
"""After the night's work: what is learned from every project does not wait for each of its episodes."""


@dg.asset(
    partitions_def=by_episode,
    automation_condition=WHEN_READY,
    deps=[compiled_episodes],
    group_name="reports",
    kinds={"postgres", "pandas"},
    owners=["team:direction"],
    code_version=REPORT_VERSION,
    tags={"stage": "report"},
)
def quality_report(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """How an episode's takes did: acceptance, scores and attempts over time, why attempts were rejected, the costs."""
    from tower_anime_assets.reports.reports import quality_of  # pandas and scipy, for this asset only

    with as_failure():
        report = quality_of(studio, EpisodeKey.parse(context.partition_key))
    return dg.MaterializeResult(
        metadata=report_metadata(report, studio.settings.media_url), data_version=dg.DataVersion(report.digest)
    )


@dg.asset(
    automation_condition=EVERY_MORNING,
    deps=[compiled_episodes],
    group_name="reports",
    kinds={"postgres", "pandas"},
    owners=["team:direction"],
    code_version=REPORT_VERSION,
    tags={"stage": "report"},
)
def learning_report(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """What every project's attempts teach, kept as its patterns: rates, reasons, trends, and what to do next time."""
    from tower_anime_assets.reports.reports import learned_everywhere  # likewise

    with as_failure():
        reports = learned_everywhere(studio)
    context.log.info("learned from %s", ", ".join(report.subject for report in reports) or "nothing: no takes yet")
    metadata: Metadata = {"projects": len(reports)}
    for report in reports:
        metadata |= report_metadata(report, studio.settings.media_url, f"{report.subject} ")
    return dg.MaterializeResult(
        metadata=metadata, data_version=dg.DataVersion(digest([report.digest for report in reports]))
    )
