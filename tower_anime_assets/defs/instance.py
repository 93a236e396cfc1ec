"""Dagster's own home: where it lies, and what its processes need in their environment."""

import os
from pathlib import Path

from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.settings import Settings, checkout
from tower_anime_assets.store import server


def dagster_environment(settings: Settings, database_url: str) -> dict[str, str]:
    """Return the variables that Dagster's commands need, and write `dagster.yaml` to where they look for it.

    Args:
        database_url: `postgresql://...` of the running server.
    """
    home = settings.home / "dagster"
    text = (checkout() / "dagster.yaml").read_bytes()
    target = home / "dagster.yaml"
    if not target.exists() or target.read_bytes() != text:
        write_atomically(target, text)
    return {
        "DAGSTER_HOME": str(home),
        "TOWER_DAGSTER_DATABASE_URL": server.dagster_url(database_url),
        "TOWER_DAGSTER_HOME": str(home),
        "TOWER_DAGSTER_LOGS": str(home / "logs"),
        "TOWER_PROJECTS": str(settings.projects),
        "TOWER_HOME": str(settings.home),
    }


def enter_environment(settings: Settings, database_url: str) -> None:
    """Put Dagster's variables into this process, for commands that run Dagster in it."""
    os.environ.update(dagster_environment(settings, database_url))


def workspace_file() -> Path:
    """Return the workspace.yaml that names our code location."""
    return checkout() / "workspace.yaml"
