"""Everything that Dagster is told of: the explicit list."""

import warnings
from collections.abc import Mapping
from typing import Any

import dagster as dg

with warnings.catch_warnings():
    # Previews that we chose knowingly, and Dagster's own use of what pydantic deprecates.
    for category in (dg.PreviewWarning, dg.BetaWarning, DeprecationWarning):
        warnings.simplefilter("ignore", category)
    from tower_anime_assets.defs import automation, jobs, open_decisions, overnight, service_checks, zombie_runs
    from tower_anime_assets.defs.assets import lessons, production, reports, story
    from tower_anime_assets.defs.resources import StudioResource
    from tower_anime_assets.defs.stoppable_executor import stoppable_executor

from tower_anime_assets.settings import read_farm


def build_definitions(resources: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Return the definitions, with the given resources in place of those that the environment describes."""
    return dg.Definitions(
        assets=[
            story.screenplays,
            story.character_files,
            story.characters,
            story.episodes,
            story.scenes,
            story.facts,
            production.shot_plans,
            production.keyframes,
            production.ltx_clips,
            production.music_tracks,
            production.voice_tracks,
            production.audio_tracks,
            production.compiled_episodes,
            production.shot,
            lessons.lessons,
            reports.quality_report,
            reports.learning_report,
            reports.workflow_profiles,
            overnight.morning_report,
        ],
        asset_checks=service_checks.service_checks(),
        jobs=[
            jobs.produce_episode,
            jobs.produce_best_takes,
            jobs.produce_draft,
            jobs.produce_final,
            jobs.rerender_shots,
            jobs.tell_director,
            open_decisions.finish_interrupted_work,
        ],
        sensors=[
            jobs.new_scripts,
            jobs.tell_after_failure,
            automation.keep_up_to_date,
            zombie_runs.end_dead_runs,
            open_decisions.find_interrupted_work,
            overnight.morning_after,
            *_farm_sensors(),
        ],
        schedules=[overnight.build_schedule(), reports.overnight_profiles],
        executor=stoppable_executor,
        resources={"studio": StudioResource(), **(resources or {})},
    )


def _farm_sensors() -> list[dg.SensorDefinition]:
    """Return what a farm has besides; without one, Celery is not even imported."""
    if not read_farm():
        return []
    from tower_anime_assets.defs.farm.tending import tend_farm

    return [tend_farm]


with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    defs = build_definitions()
