"""The pool `gpu`, whose size follows the farm, unless a person has set it in Dagster's web UI."""

from __future__ import annotations

import dagster as dg

from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.farm import gpu_places
from tower_anime_assets.store import mirrors
from tower_anime_assets.store.database import Database

GPU_POOL = "gpu"

_OURS = "pool gpu"
"""Under which name the size is on record that was set here last; "" while it is Dagster's default."""


def fit_pool(instance: dg.DagsterInstance, settings: Settings, database: Database) -> str:
    """Make the pool as large as the farm, and return what was done; "" for nothing."""
    places, now = gpu_places(settings, database), _limit(instance)
    if now == places or (now is not None and str(now) != mirrors.find_digest(database, _OURS)):
        return ""
    instance.event_log_storage.set_concurrency_slots(GPU_POOL, places)
    _note(database, str(places))
    return f"pool {GPU_POOL}: {places}"


def release_pool(instance: dg.DagsterInstance, database: Database) -> None:
    """Give the pool Dagster's default size again where a farm had set it: there is no farm any more."""
    ours = mirrors.find_digest(database, _OURS)
    if not ours:
        return
    if str(_limit(instance)) == ours:
        instance.event_log_storage.delete_concurrency_limit(GPU_POOL)
    _note(database, "")


def _limit(instance: dg.DagsterInstance) -> int | None:
    """Return the size that the pool was given, None where it has Dagster's default."""
    sizes = {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits() if not pool.from_default}
    return sizes.get(GPU_POOL)


def _note(database: Database, size: str) -> None:
    database.run_in_transaction(lambda transaction: mirrors.write_digest(transaction, _OURS, size))
