"""Everything that Dagster is told of: the explicit list."""

import warnings
from collections.abc import Mapping
from typing import Any

import dagster as dg

with warnings.catch_warnings():
    # Previews that we chose knowingly, and Dagster's own use of what pydantic deprecates.
    for category in (dg.PreviewWarning, dg.BetaWarning, DeprecationWarning):
        warnings.simplefilter("ignore", category)
    from tower_anime_assets.defs import automation, jobs, mirror, open_decisions, service_checks, zombie_runs
    from tower_anime_assets.defs.assets import facts, masters, reports, shots, sound, story, workflows
    from tower_anime_assets.defs.resources import StudioResource


def build_definitions(resources: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Return the definitions, with the given resources in place of those that the environment describes."""
    return dg.Definitions(
        assets=[
            mirror.screenplays,
            story.characters,
            story.episodes,
            story.scenes,
            facts.facts,
            shots.shot_plans,
            shots.keyframes,
            shots.ltx_clips,
            sound.music_tracks,
            sound.voice_tracks,
            sound.audio_tracks,
            masters.compiled_episodes,
            reports.quality_report,
            reports.learning_report,
            workflows.workflow_profiles,
            mirror.shot,
        ],
        asset_checks=[
            story.character_gates,
            shots.shot_plan_gates,
            shots.keyframe_gates,
            shots.clip_gates,
            sound.music_gates,
            sound.voice_gates,
            sound.mix_gates,
            masters.master_gates,
            *service_checks.configured_checks(),
        ],
        jobs=[jobs.produce_episode, jobs.rerender_shots, open_decisions.settle_open_decisions],
        sensors=[
            jobs.new_scripts,
            zombie_runs.abandoned_runs,
            automation.automation,
            open_decisions.reconcile_decisions,
        ],
        schedules=[jobs.overnight, workflows.overnight_profiles],
        executor=dg.in_process_executor,
        resources={"studio": StudioResource(), **(resources or {})},
    )


with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    defs = build_definitions()
