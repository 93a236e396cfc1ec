"""The one body that every producing asset shares: have the stage done, report it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import dagster as dg

from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.defs.metadata import stage_metadata
from tower_anime_assets.defs.mirror import RunListener
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.contact_sheets import contact_sheet
from tower_anime_assets.stages.episode import EpisodeWork
from tower_anime_assets.stages.opening import saved_work
from tower_anime_assets.stages.studio import Selection, Studio


class ShotSelection(dg.Config):
    """Which shots to make again.

    `shots` are keys or their ends (`sc02-sh0030`); none means all. Without `force` only what is missing is made.
    """

    shots: list[str] = []  # noqa: RUF012 - pydantic copies it
    force: bool = False

    def selection(self) -> Selection:
        """Return it as the stages want it."""
        return Selection(tuple(self.shots), self.force)


def work_of(context: dg.AssetExecutionContext, studio: Studio) -> EpisodeWork:
    """Return the work on the run's episode, on behalf of the run."""
    asked_by = context.run.tags.get("user") or context.run.tags.get("dagster/schedule_name") or "dagster"
    listening = replace(studio, listener=RunListener(context, studio), run_id=context.run.run_id, created_by=asked_by)
    return saved_work(listening, EpisodeKey.parse(context.partition_key))


def made(
    context: dg.AssetExecutionContext,
    studio: Studio,
    stage: str,
    config: ShotSelection | None = None,
    extra: Mapping[str, Any] | None = None,
) -> dg.MaterializeResult[None]:
    """Have a stage of the run's episode done, and return what is to be shown of it."""
    with as_failure():
        work = work_of(context, studio)
        report = work.make(stage, config.selection() if config is not None else Selection())
        metadata = stage_metadata(report, studio, contact_sheet(studio, report))
    return dg.MaterializeResult(metadata={**metadata, **(extra or {})}, data_version=dg.DataVersion(report.digest))
