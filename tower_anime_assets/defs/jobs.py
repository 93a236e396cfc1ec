"""Jobs, the sensor that finds new scripts, and the overnight schedule."""

from collections.abc import Iterator

import dagster as dg

from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.defs.mirror import SCREENPLAYS
from tower_anime_assets.defs.partitions import episodes
from tower_anime_assets.media import show_files
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.dry_run import needs_work
from tower_anime_assets.stages.studio import Studio

PRODUCING = (
    "characters",
    "episodes",
    "scenes",
    "shot_plans",
    "keyframes",
    "ltx_clips",
    "music_tracks",
    "voice_tracks",
    "audio_tracks",
    "compiled_episodes",
)

produce_episode = dg.define_asset_job(
    "produce_episode",
    selection=dg.AssetSelection.assets(*PRODUCING),
    description="One episode from its screenplay to its master. What is there and unchanged is found, not made.",
)

rerender_shots = dg.define_asset_job(
    "rerender_shots",
    selection=dg.AssetSelection.assets("keyframes", "ltx_clips"),
    description="Keyframes and clips of named shots again: set `shots` and `force` in the launchpad.",
    config={
        "ops": {
            "keyframes": {"config": {"shots": [], "force": False}},
            "ltx_clips": {"config": {"shots": [], "force": False}},
        }
    },
)


@dg.sensor(
    name="new_scripts",
    description="Registers an episode for every screenplay, and tells Dagster when a show's files have changed.",
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def new_scripts(context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio]) -> dg.SensorResult:
    """Register partitions for new screenplays, and observe new and changed ones with their fingerprint."""
    import json

    folder = studio.settings.projects
    for fault in show_files.check_names(folder):
        context.log.warning(str(fault))
    seen: dict[str, str] = json.loads(context.cursor or "{}")
    now = {str(key): show_files.fingerprint(folder, key) for key in show_files.list_episodes(folder)}
    known = set(context.instance.get_dynamic_partitions("episodes"))
    fresh = sorted(now.keys() - known)
    changed = sorted(key for key, print_ in now.items() if seen.get(key) != print_)
    return dg.SensorResult(
        dynamic_partitions_requests=[episodes.build_add_request(fresh)] if fresh else [],
        asset_events=[
            dg.AssetMaterialization(
                SCREENPLAYS, partition=key, metadata={"fingerprint": now[key]}, tags={"dagster/data_version": now[key]}
            )
            for key in changed
        ],
        cursor=json.dumps(now, sort_keys=True),
        skip_reason=None if changed else dg.SkipReason("no screenplay is new or changed"),
    )


@dg.schedule(
    name="overnight",
    job=produce_episode,
    cron_schedule="0 1 * * *",
    description="Every night: makes every episode of every project that is missing or stale. Off until switched on.",
)
def overnight(context: dg.ScheduleEvaluationContext, studio: dg.ResourceParam[Studio]) -> Iterator[dg.RunRequest]:
    """Request a run for each episode that is not finished as its files stand now."""
    known = set(context.instance.get_dynamic_partitions("episodes"))
    for key in show_files.list_episodes(studio.settings.projects):
        if str(key) not in known:
            continue
        try:
            with as_failure():
                wanted = needs_work(studio, EpisodeKey.parse(str(key)))
        except dg.Failure as failure:
            context.log.warning(f"{key} is left out tonight: {failure.description}")
            continue
        if wanted:
            yield dg.RunRequest(partition_key=str(key), run_key=f"{key}-{context.scheduled_execution_time:%Y-%m-%d}")
