"""Zombie runs: active according to Dagster, although their process was killed or the machine stopped.

Dagster would show them as running for ever, and they would keep their places in the queue and in pools. Every run holds
a database lock while its process lives (`stages.locks.hold_run`); a run whose lock is free is a zombie. Run as a
module, this prepares Dagster's storage before web UI and daemon start, and ends the zombies of an earlier crash.
"""

import json

import dagster as dg

from tower_anime_assets.defs.farm.gpu_pool import release_pool
from tower_anime_assets.defs.farm.lost_runs import allow_again
from tower_anime_assets.defs.instance import get_instance
from tower_anime_assets.defs.tags import COMMAND_TAG
from tower_anime_assets.settings import from_environment
from tower_anime_assets.stages.locks import living_runs
from tower_anime_assets.stages.opening import open_studio
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import farm_runs
from tower_anime_assets.store.database import Database

KILLED = "The run's process was killed, or the machine stopped. Finished work is kept; run it again to go on."

UNDER_WAY = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def find_zombie_runs(instance: dg.DagsterInstance, database: Database, *, is_farm: bool = False) -> list[dg.DagsterRun]:
    """Return the active runs whose lock is free, including a run that has just begun and not yet taken its lock.

    Args:
        instance: Dagster's instance.
        database: Where the locks are.
        is_farm: Whether runs that wait for another machine will be taken by one; else nobody will.
    """
    runs = [
        *instance.get_runs(dg.RunsFilter(statuses=UNDER_WAY)),
        *instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.NOT_STARTED], tags={COMMAND_TAG: "produce"})),
    ]
    names = [run.run_id for run in runs]
    living = living_runs(database, names)
    waiting = {name for name, run in farm_runs.list_runs(database, names).items() if run.is_waiting and is_farm}
    return [run for run in runs if run.run_id not in living | waiting]


def end_runs(
    instance: dg.DagsterInstance, runs: list[dg.DagsterRun], why: str = KILLED, *, again: bool = False
) -> None:
    """Mark runs as failed, those that were to be canceled as canceled, and free the places they hold.

    Args:
        instance: Dagster's instance.
        runs: Which.
        why: Why, for people.
        again: Whether Dagster makes those that fail again, on another machine.
    """
    for run in runs:
        if run.status is dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, why)
        else:
            if again:
                allow_again(instance, run)
            instance.report_run_failed(run, why)
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


@dg.sensor(
    name="end_dead_runs",
    description="Marks runs whose process was killed as failed, so that they do not block others for ever.",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def end_dead_runs(context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio]) -> dg.SensorResult:
    """End runs that were zombies at this tick and the one before; a run that had just begun then has its lock now."""
    suspects = set(json.loads(context.cursor or "[]"))
    is_farm = bool(studio.settings.farm)
    zombies = find_zombie_runs(context.instance, studio.database, is_farm=is_farm)
    dead = [run for run in zombies if run.run_id in suspects]
    end_runs(context.instance, dead, again=is_farm)
    names = ", ".join(run.run_id for run in dead)
    return dg.SensorResult(
        cursor=json.dumps([run.run_id for run in zombies if run not in dead]),
        skip_reason=f"ended {names}" if dead else "every active run has its process",
    )


if __name__ == "__main__":
    with open_studio(from_environment()) as opened, get_instance(opened.database) as dagster_instance:
        # On a farm, a database that has just restarted has lost the locks of runs that live: the sensors look twice.
        if not opened.settings.farm:
            end_runs(dagster_instance, find_zombie_runs(dagster_instance, opened.database))
            release_pool(dagster_instance, opened.database)
