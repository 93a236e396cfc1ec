"""Zombie runs: active according to Dagster, although their process was killed or the machine stopped.

Dagster would show them as running for ever, and they would keep their places in the queue and in pools. Every run holds
a database lock while its process lives (`stages.locks.hold_run`); a run whose lock is free is a zombie. Run as a
module, this prepares Dagster's storage before web UI and daemon start, and ends the zombies of an earlier crash.
"""

import json

import dagster as dg

from tower_anime_assets.defs.instance import get_instance
from tower_anime_assets.defs.tags import COMMAND_TAG
from tower_anime_assets.settings import from_environment
from tower_anime_assets.stages.locks import is_run_alive
from tower_anime_assets.stages.opening import open_studio
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database

_UNDER_WAY = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def find_zombie_runs(instance: dg.DagsterInstance, database: Database) -> list[dg.DagsterRun]:
    """Return the active runs whose lock is free, including a run that has just begun and not yet taken its lock."""
    runs = [
        *instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY)),
        *instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.NOT_STARTED], tags={COMMAND_TAG: "produce"})),
    ]
    return [run for run in runs if not is_run_alive(database, run.run_id)]


def end_runs(instance: dg.DagsterInstance, runs: list[dg.DagsterRun]) -> None:
    """Mark runs as failed and free the places they hold."""
    for run in runs:
        message = "The run's process was killed, or the machine stopped. Finished work is kept; run it again to go on."
        instance.report_run_failed(run, message)
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
    zombies = find_zombie_runs(context.instance, studio.database)
    dead = [run for run in zombies if run.run_id in suspects]
    end_runs(context.instance, dead)
    names = ", ".join(run.run_id for run in dead)
    return dg.SensorResult(
        cursor=json.dumps([run.run_id for run in zombies if run not in dead]),
        skip_reason=f"ended {names}" if dead else "every active run has its process",
    )


if __name__ == "__main__":
    with open_studio(from_environment()) as opened, get_instance(opened.database) as dagster_instance:
        end_runs(dagster_instance, find_zombie_runs(dagster_instance, opened.database))
