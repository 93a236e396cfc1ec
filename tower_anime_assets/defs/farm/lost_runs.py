"""Runs whose worker was lost: told by their lock, ended, and made again by another worker, a bounded number of times.

Dagster itself makes them again, as its retries of runs do: the new run is on record with the one that it follows. What
was finished is found by its digest.
"""

from __future__ import annotations

import dagster as dg

from tower_anime_assets.defs.tags import COMMAND_TAG
from tower_anime_assets.stages.locks import is_run_alive
from tower_anime_assets.store import farm, farm_runs
from tower_anime_assets.store.database import Database

TIMES_AGAIN = 3
"""How often a run is made again whose worker was lost: a run that kills its worker must end some time."""

_AGAIN_TAGS = {"dagster/max_retries": str(TIMES_AGAIN), "dagster/retry_strategy": "ALL_STEPS"}
"""Dagster's tags of a run that it makes again, with every step: each finds what is finished."""


def allow_again(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Have Dagster make a run again when it fails now; to be called before it does."""
    if COMMAND_TAG not in run.tags:
        instance.add_run_tags(run.run_id, _AGAIN_TAGS)


def why_lost(database: Database, run_id: str, lost_s: float) -> str:
    """Return why a run that a worker has taken counts as lost, "" if it does not.

    Args:
        database: The record.
        run_id: The run.
        lost_s: For how many seconds its lock must have been free: a database that restarts frees all of them for a
            moment.
    """
    run = farm_runs.list_runs(database, [run_id]).get(run_id)
    if run is None or run.is_waiting:
        return ""
    if is_run_alive(database, run_id):
        if run.lost_since is not None:
            farm_runs.note_found(database, run_id)
        return ""
    since_s = farm_runs.note_lost(database, run_id)
    if since_s < lost_s:
        return ""
    worker = farm.find_worker(database, run.worker_id or "")
    who = f"worker {worker.id} on {worker.host}" if worker is not None else f"worker {run.worker_id}"
    return (
        f"{who} is not heard of any more: the run's lock has been free for {since_s:.0f} s. Finished work is kept, and "
        "another worker goes on from there"
    )
