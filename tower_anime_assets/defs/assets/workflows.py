"""What is known of the workflows, as an asset: figures that routing goes by, with pictures."""

import dagster as dg

from tower_anime_assets.defs.assets.masters import compiled_episodes
from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.defs.metadata import report_metadata
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.workflow_library import sync_library


@dg.asset(
    deps=[compiled_episodes],
    group_name="reports",
    kinds={"postgres", "pandas"},
    owners=["team:direction"],
    code_version="1",
    tags={"stage": "report"},
)
def workflow_profiles(
    _context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]
) -> dg.MaterializeResult[None]:
    """What became of each workflow's runs, why they failed, what accepted takes cost, and how it was foreseen."""
    from tower_anime_assets.reports.workflows import workflow_report  # pandas and scipy, for this asset only

    with as_failure():
        sync_library(studio.settings, studio.database)
        report = workflow_report(studio)
    return dg.MaterializeResult(
        metadata=report_metadata(report, studio.settings.media_url), data_version=dg.DataVersion(report.digest)
    )


overnight_profiles = dg.ScheduleDefinition(
    name="overnight_profiles",
    target=dg.AssetSelection.assets(workflow_profiles),
    cron_schedule="0 6 * * *",
    description="After the night's work: the figures of every workflow. Off until switched on, like `overnight`.",
)
