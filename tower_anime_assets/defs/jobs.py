"""Jobs, the sensor that finds new scripts, and the overnight schedule."""

import json
from collections.abc import Iterator

import dagster as dg

from tower_anime_assets.defs.assets.production import compiled_episodes, keyframes, ltx_clips
from tower_anime_assets.defs.assets.story import CHARACTER_FILES, SCREENPLAYS
from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.defs.partitions import drop_shots, episodes
from tower_anime_assets.defs.stage_asset import BEST_TAG
from tower_anime_assets.media import show_files
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.dry_run import needs_work
from tower_anime_assets.stages.studio import Studio

produce_episode = dg.define_asset_job(
    "produce_episode",
    selection=dg.AssetSelection.assets(compiled_episodes).upstream().materializable(),
    description="Makes one episode, from its screenplay to its master. What has not changed is reused.",
)

produce_best_takes = dg.define_asset_job(
    "produce_best_takes",
    selection=dg.AssetSelection.assets(compiled_episodes).upstream().materializable(),
    description="Makes one episode of the best takes there are, also of those that gates rejected. They are marked in "
    "the picture, and the master is not accepted.",
    tags={BEST_TAG: "true"},
)

rerender_shots = dg.define_asset_job(
    "rerender_shots",
    selection=dg.AssetSelection.assets(keyframes, ltx_clips),
    description="Makes keyframes and clips of chosen shots again: set `shots` and `force` in the launchpad.",
    config={"ops": {asset.op.name: {"config": {"shots": [], "force": False}} for asset in (keyframes, ltx_clips)}},
)


@dg.sensor(
    name="new_scripts",
    description="Adds an episode for every new screenplay, removes episodes whose screenplay is gone, and reports "
    "which files of a show have changed.",
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def new_scripts(context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio]) -> dg.SensorResult:
    """Bring the episode partitions in line with the screenplays, and report the files that are new or changed.

    Raises:
        StoryError: A folder cannot be listed; then nothing is registered or dropped.
    """
    folder = studio.settings.projects
    known = set(context.instance.get_dynamic_partitions("episodes"))
    if known and not show_files.list_projects(folder):
        # A disk that is not mounted looks like this; the partitions would take every shot's history out of sight.
        message = f"{folder} holds no show, so {len(known)} known episodes are kept; check that the folder is mounted"
        context.log.warning(message)
        return dg.SensorResult(skip_reason=message, cursor=context.cursor)
    for fault in show_files.check_names(folder):
        context.log.warning(str(fault))
    seen: dict[str, str] = json.loads(context.cursor or "{}")
    fingerprints = {}
    for key in show_files.list_episodes(folder):
        fingerprints[f"{SCREENPLAYS.to_user_string()}/{key}"] = show_files.script_fingerprint(folder, key)
        fingerprints[f"{CHARACTER_FILES.to_user_string()}/{key}"] = show_files.cast_fingerprint(folder, key.project)
    episodes_now = {name.partition("/")[2] for name in fingerprints}
    added, gone = sorted(episodes_now - known), sorted(known - episodes_now)
    for episode in gone:
        drop_shots(context.instance, episode)
    changed = [name for name, fingerprint in fingerprints.items() if seen.get(name) != fingerprint]
    return dg.SensorResult(
        dynamic_partitions_requests=[
            *([episodes.build_add_request(added)] if added else []),
            *([episodes.build_delete_request(gone)] if gone else []),
        ],
        asset_events=[
            dg.AssetMaterialization(
                name.partition("/")[0],
                partition=name.partition("/")[2],
                metadata={"fingerprint": fingerprints[name]},
                tags={"dagster/data_version": fingerprints[name]},
            )
            for name in changed
        ],
        cursor=json.dumps(fingerprints, sort_keys=True),
        skip_reason=None if changed or gone else dg.SkipReason("no file of a show is new, changed or gone"),
    )


@dg.schedule(
    name="overnight",
    job=produce_episode,
    cron_schedule="0 1 * * *",
    description="Makes every episode that is missing or out of date, every night at 1:00. Off until switched on.",
)
def overnight(context: dg.ScheduleEvaluationContext, studio: dg.ResourceParam[Studio]) -> Iterator[dg.RunRequest]:
    """Request a run for each episode whose master is missing or older than its files."""
    known = set(context.instance.get_dynamic_partitions("episodes"))
    for key in show_files.list_episodes(studio.settings.projects):
        if str(key) not in known:
            continue
        try:
            with as_failure():
                wanted = needs_work(studio, EpisodeKey.parse(str(key)))
        except dg.Failure as failure:
            context.log.warning(f"{key} is skipped tonight: {failure.description}")
            continue
        if wanted:
            yield dg.RunRequest(partition_key=str(key), run_key=f"{key}-{context.scheduled_execution_time:%Y-%m-%d}")
