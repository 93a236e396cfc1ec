"""The record, for parts of Dagster that it makes itself from `dagster.yaml`: they are given no resources."""

from __future__ import annotations

from functools import cache

from tower_anime_assets.settings import Settings, from_environment
from tower_anime_assets.store import server
from tower_anime_assets.store.database import Database


@cache
def open_record() -> tuple[Settings, Database]:
    """Return the settings and the database of this process; connected to when first asked.

    Raises:
        PlanError: The environment cannot be used.
        ServiceUnavailableError: The database does not answer.
    """
    settings = from_environment()
    return settings, Database(server.ensure_server(settings).url)
