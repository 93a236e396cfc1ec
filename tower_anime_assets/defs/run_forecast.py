"""What a run is going to make, as predicted when it begins, for the time left that it tells."""

from dataclasses import replace
from typing import Any

import dagster as dg

from tower_anime_assets.defs.tags import PARTITION_TAG, QUALITY_TAG
from tower_anime_assets.errors import TowerError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.dry_run import PlannedTake, plan_episode
from tower_anime_assets.stages.registry import STAGES, stage_named
from tower_anime_assets.stages.stage import NOTHING_AGAIN, Selection
from tower_anime_assets.stages.studio import Studio


def forecast_run(studio: Studio, run: dg.DagsterRun) -> list[PlannedTake]:
    """Return the takes that a run will make; [] for a run of no episode, or of one that cannot be planned."""
    assets = {stage.asset for stage in STAGES} & set(run.step_keys_to_execute or ())
    if PARTITION_TAG not in run.tags or not assets:
        return []
    try:
        key = EpisodeKey.parse(run.tags[PARTITION_TAG])
        takes = plan_episode(studio, key, run.tags.get(QUALITY_TAG, "")).takes
        chosen = [take for take in takes if stage_named(take.stage).asset in assets]
        again = {
            asset: _selection(run, asset).subjects_to_remake([take.shot for take in chosen if _is_by_shot(take, asset)])
            for asset in assets
        }
    except TowerError:  # the step that cannot do its work says it
        return []
    return [
        replace(take, predicted_s=take.predicted_s or take.again_s)
        if take.shot in again[stage_named(take.stage).asset]
        else take
        for take in chosen
    ]


def _is_by_shot(take: PlannedTake, asset: str) -> bool:
    stage = stage_named(take.stage)
    return stage.is_by_shot and stage.asset == asset


def _selection(run: dg.DagsterRun, asset: str) -> Selection:
    """Return which shots of an asset the run makes again."""
    ops: Any = run.run_config.get("ops", {})
    config = ops.get(asset, {}).get("config", {})
    return Selection(tuple(config.get("shots", ())), bool(config["force"])) if config.get("force") else NOTHING_AGAIN
