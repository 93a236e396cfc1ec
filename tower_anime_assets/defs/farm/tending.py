"""The sensor of a farm: places by the workers seen, lost runs and messages, masters that wait to be delivered."""

from __future__ import annotations

import dagster as dg

from tower_anime_assets.defs.farm.celery_app import build_app, send_run
from tower_anime_assets.defs.farm.gpu_pool import fit_pool
from tower_anime_assets.defs.farm.lost_runs import why_lost
from tower_anime_assets.defs.zombie_runs import UNDER_WAY, end_runs
from tower_anime_assets.errors import TowerError
from tower_anime_assets.settings import CELERY, hide_secrets
from tower_anime_assets.stages.delivery import deliver
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import farm_runs, takes


@dg.sensor(
    name="tend_farm",
    description="Keeps the pool `gpu` as large as the farm, ends runs whose worker was lost so that another goes on "
    "with them, sends runs again whose message was lost, and delivers masters that workers have made.",
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def tend_farm(context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio]) -> dg.SkipReason:
    """Do what there is to do."""
    done = list(filter(None, [fit_pool(context.instance, studio.settings, studio.database)]))
    if studio.settings.farm == CELERY:
        done += [*_end_lost(context.instance, studio), *_send_again(studio)]
    done += _deliver(context, studio)
    for line in done:
        context.log.info(line)
    return dg.SkipReason("; ".join(done) or "nothing to do")


def _end_lost(instance: dg.DagsterInstance, studio: Studio) -> list[str]:
    ended = []
    for run in instance.get_runs(dg.RunsFilter(statuses=UNDER_WAY)):
        if why := why_lost(studio.database, run.run_id, studio.settings.lost_s):
            end_runs(instance, [run], why, again=True)
            ended.append(f"ended {run.run_id}")
    return ended


def _send_again(studio: Studio) -> list[str]:
    """Send runs again that no worker has taken for long; what is sent twice is made once, since it is claimed."""
    overdue = farm_runs.list_overdue(studio.database, 2 * studio.settings.lost_s)
    if not overdue:
        return []
    app = build_app(studio.settings.broker_url)
    for run in overdue:
        try:
            send_run(app, run.run_id, run.queue)
        except Exception as error:  # noqa: BLE001 - kombu's, redis' and the system's: the broker does not answer
            return [hide_secrets(f"the broker does not answer: {error}")]
        farm_runs.note_sent(studio.database, run.run_id)
    return [f"sent again {', '.join(run.run_id for run in overdue)}"]


def _deliver(context: dg.SensorEvaluationContext, studio: Studio) -> list[str]:
    done = []
    for due in farm_runs.list_due_deliveries(studio.database):
        take = takes.find_by_id(studio.database, due.take_id)
        try:
            if take is not None:
                deliver(studio, due.episode, take, is_best=due.is_best, quality=due.quality)
        except TowerError as error:
            context.log.error(f"the master of {due.episode} cannot be delivered yet: {error}")
            continue
        farm_runs.note_delivered(studio.database, due)
        done.append(f"delivered {due.episode}")
    return done
