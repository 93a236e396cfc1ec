"""Jobs, and the sensor that finds new scripts."""

import json

import dagster as dg

from tower_anime_assets.defs.assets.lessons import lessons
from tower_anime_assets.defs.assets.production import compiled_episodes, keyframes, ltx_clips
from tower_anime_assets.defs.assets.reports import learning_report, quality_report, workflow_profiles
from tower_anime_assets.defs.assets.story import CHARACTER_FILES, SCREENPLAYS
from tower_anime_assets.defs.partitions import drop_shots, episodes
from tower_anime_assets.defs.tags import (
    BEST_TAG,
    COMMAND_TAG,
    PARTITION_TAG,
    QUALITY_TAG,
    RERENDER_JOB,
    WILL_RETRY_TAG,
)
from tower_anime_assets.errors import list_some
from tower_anime_assets.media import show_files
from tower_anime_assets.production.story.sizes import DRAFT, FINAL
from tower_anime_assets.stages.studio import Studio

FOLLOWERS = (lessons, quality_report)
"""What follows each master: told and reported of its episode."""

EPISODE = dg.AssetSelection.assets(compiled_episodes).upstream().materializable()

EPISODE_AND_REPORTS = (
    EPISODE | dg.AssetSelection.assets(*FOLLOWERS, learning_report, workflow_profiles).without_checks()
)
"""Without the checks that ask every service whether it is ready: a report is no reason to."""

produce_episode = dg.define_asset_job(
    "produce_episode",
    selection=EPISODE_AND_REPORTS,
    description="Makes one episode, from its screenplay to its master, tells the director how its shots came out, and "
    "reports. What has not changed is reused.",
)

produce_best_takes = dg.define_asset_job(
    "produce_best_takes",
    selection=EPISODE_AND_REPORTS,
    description="Makes one episode of the best takes there are, also of those that gates rejected. They are marked in "
    "the picture, and the master is not accepted.",
    tags={BEST_TAG: "true"},
)

produce_draft = dg.define_asset_job(
    "produce_draft",
    selection=dg.AssetSelection.assets(compiled_episodes).upstream().materializable(),
    description="Makes one episode as a draft: smaller pictures, fewer steps, one candidate. Its takes are never taken "
    "for others; the master is TOWER_HOME/episodes/KEY.draft.mp4.",
    tags={QUALITY_TAG: DRAFT},
)

produce_final = dg.define_asset_job(
    "produce_final",
    selection=dg.AssetSelection.assets(compiled_episodes).upstream().materializable(),
    description="Makes one episode at the highest quality: larger pictures, more steps, four candidates.",
    tags={QUALITY_TAG: FINAL},
)

rerender_shots = dg.define_asset_job(
    RERENDER_JOB,
    selection=dg.AssetSelection.assets(keyframes, ltx_clips),
    description="Makes keyframes and clips of chosen shots again: set `shots` and `force` in the launchpad.",
    config={"ops": {asset.op.name: {"config": {"shots": [], "force": False}} for asset in (keyframes, ltx_clips)}},
)


tell_director = dg.define_asset_job(
    "tell_director",
    selection=dg.AssetSelection.assets(lessons),
    description="Tells an episode's director how its shots came out, also where no master could be made of them.",
)


@dg.run_failure_sensor(
    name="tell_after_failure",
    monitored_jobs=[produce_episode],
    request_job=tell_director,
    description="Starts `tell_director` after a run that could not make its master, so that the director also learns "
    "from shots of which every attempt was rejected.",
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def tell_after_failure(context: dg.RunFailureSensorContext) -> dg.RunRequest | dg.SkipReason:
    """Request a run for the failed run's episode; `tower produce` tells the director itself."""
    episode = context.dagster_run.tags.get(PARTITION_TAG)
    if episode is None or COMMAND_TAG in context.dagster_run.tags:
        return dg.SkipReason("it was no run of one episode, or a command's, which tells the director itself")
    if context.dagster_run.tags.get(WILL_RETRY_TAG) == "true":
        return dg.SkipReason("the run is made again on another machine")
    return dg.RunRequest(run_key=f"lessons-{context.dagster_run.run_id}", partition_key=episode)


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
    for line in list_some(show_files.check_names(folder)):
        context.log.warning(line)
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
