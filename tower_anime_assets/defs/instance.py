"""Dagster's home folder, the environment of its processes, and how our runs are listed under our code location.

The only module that imports private parts of Dagster, each of which `test_instance` watches: no public API assigns a
run that was executed in this process to a code location.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.remote_origin import RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.workspace.load import location_origins_from_yaml_paths

from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.settings import Settings, resource_root
from tower_anime_assets.store import server

STATEMENT_TIMEOUT_MS = 60_000
"""How long one of Dagster's own queries may take in a process of the `tower` command."""

LOCATION = "tower_anime_assets"
"""The code location's name in workspace.yaml and pyproject.toml."""

REPOSITORY = "__repository__"
"""Dagster's name of a code location's only repository."""


def dagster_environment(settings: Settings, database_url: str) -> dict[str, str]:
    """Return the variables that Dagster's commands need, and write `dagster.yaml` into Dagster's home folder.

    Args:
        database_url: `postgresql://...` of the running server.
    """
    home = settings.home / "dagster"
    text = (resource_root() / "dagster.yaml").read_bytes()
    target = home / "dagster.yaml"
    if not target.exists() or target.read_bytes() != text:
        write_atomically(target, text)
    return {
        "DAGSTER_HOME": str(home),
        "TOWER_DAGSTER_DATABASE_URL": server.dagster_url(database_url),
        "TOWER_PROJECTS": str(settings.projects),
        "TOWER_HOME": str(settings.home),
        "TOWER_WEB_PORT": str(settings.web_port),
        "TOWER_MEDIA_PORT": str(settings.media_port),
        **({"TOWER_PUBLIC_URL": settings.public_url} if settings.public_url else {}),
    }


@contextmanager
def open_instance(settings: Settings, database_url: str) -> Iterator[dg.DagsterInstance]:
    """Give Dagster's instance in this process, for commands that run Dagster in it.

    Its storage keeps its connections, as in Dagster's web server, instead of opening one for each event.
    """
    os.environ.update(dagster_environment(settings, database_url))
    os.environ["TOWER_DAGSTER_DATABASE_URL"] = server.dagster_url(database_url, server.client_name())
    with dg.DagsterInstance.get() as instance:
        instance.optimize_for_webserver(STATEMENT_TIMEOUT_MS, pool_recycle=3600, max_overflow=20)
        yield instance


def workspace_file() -> Path:
    """Return the workspace.yaml that names our code location."""
    return resource_root() / "workspace.yaml"


def run_tags(user: str) -> dict[str, str]:
    """Return the tags of a run in this process: its user, and those by which the web UI lists a job's runs."""
    return {"user": user, "dagster/code_location": LOCATION, ".dagster/repository": f"{REPOSITORY}@{LOCATION}"}


def assign_code_location(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Assign a run in this process to our code location, so that the web UI can execute it again."""
    (location,) = location_origins_from_yaml_paths([str(workspace_file())])
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, REPOSITORY), run.job_name)
    instance.run_storage.replace_job_origin(run, origin)
