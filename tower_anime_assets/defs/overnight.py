"""The night: a schedule that asks for every unfinished episode, and the report of the morning after."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import dagster as dg

from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.defs.jobs import produce_episode
from tower_anime_assets.defs.metadata import Metadata, rounded
from tower_anime_assets.defs.tags import NIGHT_TAG, PARTITION_TAG
from tower_anime_assets.media import show_files
from tower_anime_assets.settings import read_overnight
from tower_anime_assets.stages.dry_run import needs_work
from tower_anime_assets.stages.night import NIGHT_USER, Night
from tower_anime_assets.stages.studio import Studio

NIGHT_RUNS_TAG = "tower/night_runs"
"""How many runs a night asked for: all are there before its report is made."""

DEFAULT_TIME = "01:00"
_MAX_SHEETS = 8
"""Contact sheets in the metadata of a report; its file has all."""


def build_schedule() -> dg.ScheduleDefinition:
    """Return the schedule of nights: at the time of TOWER_OVERNIGHT and switched on, else at 1:00 and off."""
    time, zone = read_overnight()
    hour, minute = (time or DEFAULT_TIME).split(":")

    @dg.schedule(
        name=NIGHT_USER,
        job=produce_episode,
        cron_schedule=f"{int(minute)} {int(hour)} * * *",
        execution_timezone=zone,
        default_status=dg.DefaultScheduleStatus.RUNNING if time else dg.DefaultScheduleStatus.STOPPED,
        description="Makes every episode that is missing or out of date, every night at "
        f"{time or DEFAULT_TIME} {zone}, within TOWER_OVERNIGHT_GPU_S. On if TOWER_OVERNIGHT sets the time "
        "(`tower up --overnight HH:MM`); off until "
        "switched on otherwise.",
    )
    def overnight(
        context: dg.ScheduleEvaluationContext, studio: dg.ResourceParam[Studio]
    ) -> list[dg.RunRequest] | dg.SkipReason:
        night = Night(context.scheduled_execution_time.astimezone(ZoneInfo(zone)))
        keys = list(_unfinished_episodes(context, studio))
        if not keys:
            return dg.SkipReason("every episode is finished")
        tags = {NIGHT_TAG: night.tag, NIGHT_RUNS_TAG: str(len(keys))}
        return [dg.RunRequest(partition_key=key, run_key=f"{key}-{night.date}", tags=tags) for key in keys]

    return overnight


def _unfinished_episodes(context: dg.ScheduleEvaluationContext, studio: Studio) -> Iterator[str]:
    """Yield the episodes whose master is missing or older than its files, of all projects."""
    known = set(context.instance.get_dynamic_partitions("episodes"))
    for key in show_files.list_episodes(studio.settings.projects):
        if str(key) not in known:
            continue
        try:
            with as_failure():
                wanted = needs_work(studio, key)
        except dg.Failure as failure:
            context.log.warning(f"{key} is skipped tonight: {failure.description}")
            continue
        if wanted:
            yield str(key)


def night_runs(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Return the runs of the newest night; [] before the first."""
    newest = instance.get_runs(dg.RunsFilter(tags={"dagster/schedule_name": NIGHT_USER}), limit=1)
    tag = newest[0].tags.get(NIGHT_TAG) if newest else None
    return list(instance.get_runs(dg.RunsFilter(tags={NIGHT_TAG: tag}))) if tag else []


@dg.asset(
    group_name="reports",
    kinds={"postgres"},
    owners=["team:direction"],
    code_version="1",
)
def morning_report(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """The last night: what was made, what was rejected and why, GPU seconds, and what waits for a person.

    Also written to TOWER_HOME/reports, and sent to the addresses in TOWER_NOTIFY.
    """
    from tower_anime_assets.reports.morning import notify, report_night, save_report

    runs = night_runs(context.instance)
    if not runs:
        raise dg.Failure("no night has been yet: switch on the schedule `overnight`", allow_retries=False)
    night = Night.from_tag(runs[0].tags[NIGHT_TAG])
    with as_failure():
        report = report_night(studio, night, _run_problems(context.instance, runs))
        path = save_report(studio.settings, report)
        unsent = notify(studio.settings, report, path)
    for problem in unsent:
        context.log.warning(problem)
    sheets = {
        f"{episode.key}_{stage}": dg.MetadataValue.md(f"![{episode.key} {stage}]({uri})")
        for episode in report.episodes
        for stage, uri in episode.sheets.items()
    }
    metadata: Metadata = {
        "summary": report.summary,
        "made": sum(item.made for item in report.work),
        "rejected": sum(item.rejected for item in report.work),
        "waiting_for_a_person": len(report.waiting),
        "left_to_make": sum(episode.left for episode in report.episodes),
        "gpu_seconds": rounded(report.gpu_s),
        "report": dg.MetadataValue.md(report.to_markdown({})),
        "file": dg.MetadataValue.path(str(path)),
        "sent_to": len(studio.settings.notify) - len(unsent),
        **({"not_sent": "; ".join(unsent)} if unsent else {}),
        **dict(list(sheets.items())[:_MAX_SHEETS]),
    }
    return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(report.digest))


def _run_problems(instance: dg.DagsterInstance, runs: list[dg.DagsterRun]) -> dict[str, list[str]]:
    """Return why steps of the night's runs failed, by episode; gates that failed are told with their takes."""
    problems: dict[str, list[str]] = {}
    for run in runs:
        records = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
        for record in records:
            event = record.event_log_entry.get_dagster_event()
            failure = event.step_failure_data.user_failure_data
            error = event.step_failure_data.error
            words = (failure.description if failure else "") or (error.message if error else "")
            problems.setdefault(run.tags.get(PARTITION_TAG, ""), []).append(f"{event.step_key}: {words.strip()}")
    return problems


@dg.sensor(
    name="morning_after",
    target=[morning_report],
    description="Makes `morning_report` once all runs of a night have ended.",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def morning_after(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Ask for the report of the newest night, once."""
    runs = night_runs(context.instance)
    if not runs:
        return dg.SkipReason("no night has been yet")
    night = runs[0].tags[NIGHT_TAG]
    if night == context.cursor:
        return dg.SkipReason(f"the night of {night} has its report")
    unfinished = [run for run in runs if not run.is_finished]
    if unfinished or len(runs) < int(runs[0].tags.get(NIGHT_RUNS_TAG, "0")):
        return dg.SkipReason(f"{len(unfinished)} runs of the night of {night} are under way")
    context.update_cursor(night)
    return dg.RunRequest(run_key=f"morning-{night}")
