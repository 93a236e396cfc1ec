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

from tower_anime_assets.defs.tags import USER_TAG
from tower_anime_assets.environment import ENV_FILE_VARIABLE
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.settings import OVERNIGHT_VARIABLE, Settings, resource_root
from tower_anime_assets.store import server
from tower_anime_assets.store.dagster_connections import guard_connections
from tower_anime_assets.store.database import Database

STATEMENT_TIMEOUT_MS = 60_000
"""How long one of Dagster's own queries may take in a process of the `tower` command."""

OPEN_WAIT_S = 60.0
"""How long to wait while another process opens Dagster's storage; its tables are created in under a second."""

LOCATION = "tower_anime_assets"
"""The code location's name in workspace.yaml and pyproject.toml."""

REPOSITORY = "__repository__"
"""Dagster's name of a code location's only repository."""

LONG_LIVED_ENVIRONMENT = {"MALLOC_ARENA_MAX": "2"}
"""What processes that live for days are started with: by default glibc keeps freed memory once per thread."""


def dagster_home(settings: Settings) -> Path:
    """Return Dagster's home folder."""
    return settings.home / "dagster"


def dagster_environment(settings: Settings, database_url: str) -> dict[str, str]:
    """Return the variables that Dagster's commands need, and write `dagster.yaml` into Dagster's home folder.

    Args:
        database_url: `postgresql://...` of the running server.
    """
    home = dagster_home(settings)
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
        "TOWER_BIND": settings.bind,
        **({"TOWER_PUBLIC_URL": settings.public_url} if settings.public_url else {}),
        **({OVERNIGHT_VARIABLE: settings.overnight_time} if settings.overnight_time else {}),
        **({ENV_FILE_VARIABLE: str(settings.env_file)} if settings.env_file else {}),
    }


def get_instance(database: Database) -> dg.DagsterInstance:
    """Return the instance that the environment describes; processes that open it at once take turns.

    Opening it creates Dagster's tables where there are none, and of two processes that create them one may fail:
    Dagster repeats the attempt only for some of the errors that PostgreSQL reports then.

    Raises:
        ServiceUnavailableError: Another process kept it for too long, or the database does not answer.
    """
    with database.lock("Dagster's storage", wait_s=OPEN_WAIT_S, on_wait=lambda: None):
        return dg.DagsterInstance.get()


@contextmanager
def open_instance(settings: Settings, database: Database) -> Iterator[dg.DagsterInstance]:
    """Give Dagster's instance in this process, for commands that run Dagster in it.

    Its storage keeps its connections, as in Dagster's web server, instead of opening one for each event.
    """
    guard_connections()
    os.environ.update(dagster_environment(settings, database.url))
    os.environ["TOWER_DAGSTER_DATABASE_URL"] = server.dagster_url(database.url, server.client_name())
    with get_instance(database) as instance:
        instance.optimize_for_webserver(STATEMENT_TIMEOUT_MS, pool_recycle=3600, max_overflow=20)
        yield instance


def workspace_file() -> Path:
    """Return the workspace.yaml that names our code location."""
    return resource_root() / "workspace.yaml"


def run_tags(user: str) -> dict[str, str]:
    """Return the tags of a run in this process: its user, and those by which the web UI lists a job's runs."""
    return {USER_TAG: user, "dagster/code_location": LOCATION, ".dagster/repository": f"{REPOSITORY}@{LOCATION}"}


def assign_code_location(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Assign a run in this process to our code location, so that the web UI can execute it again."""
    (location,) = location_origins_from_yaml_paths([str(workspace_file())])
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, REPOSITORY), run.job_name)
    instance.run_storage.replace_job_origin(run, origin)
