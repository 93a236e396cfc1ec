"""A farm: what its controller tells workers, and what a worker must have in common with it before it makes anything."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from tower_anime_assets.environment import VARIABLE_BY_NAME, Environment
from tower_anime_assets.errors import PlanError, ServiceUnavailableError
from tower_anime_assets.settings import (
    CELERY,
    COMMON_TOKEN_VARIABLE,
    SERVICE_URL_VARIABLES,
    TOKEN_VARIABLES,
    Settings,
    is_loopback,
    resource_root,
    split_urls,
)
from tower_anime_assets.stages.locks import hold_alive
from tower_anime_assets.stages.media_identity import require_same_media
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import farm
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.farm import FarmController

GPU_QUEUE, CPU_QUEUE = "gpu", "cpu"
QUEUES = (GPU_QUEUE, CPU_QUEUE)
"""Queues of runs: those that make keyframes or clips, and all others."""

CONTROLLER_LOCK = "controller"
"""The lock of whoever launches the runs of a database."""

SHARED_VARIABLES = (
    *SERVICE_URL_VARIABLES.values(),
    "OLLAMA_MODEL",
    "OLLAMA_VISION_MODEL",
    "OLLAMA_EMBED_MODEL",
    "TOWER_AUDIO_ROOT",
    "TOWER_STALL_S",
    "TOWER_AWAY_S",
    "TOWER_ROUTING_STRATEGY",
    "TOWER_ROUTING_BLOCKED",
    "TOWER_OVERNIGHT_GPU_S",
    "TOWER_ONE_MACHINE",
    "TOWER_LOST_S",
)
"""What workers take over from the controller. None of them may hold a secret: addresses with passwords are refused."""

PUBLIC_URL_VARIABLE = "TOWER_PUBLIC_URL"

_TOKENS_SET = "tokens"
"""Under which name the controller tells which tokens it has; their values stay where they are."""

_CODE_SUFFIXES = (".py", ".sql", ".json", ".yaml")


@cache
def code_version() -> str:
    """Return the version of the code that this process has loaded, such as `0.3.0 1f3a5c79be02`.

    The digest is of the package's files as they were when this was first called, so a process that goes on with old
    code while new code is installed still tells the old one.
    """
    package = Path(__file__).resolve().parents[1]
    files = {path.relative_to(package).as_posix(): path for path in package.rglob("*") if path.suffix in _CODE_SUFFIXES}
    # In a wheel these lie in the package, in a checkout beside it.
    resources = [*(resource_root() / "sql").rglob("*.sql"), resource_root() / "dagster.yaml"]
    files |= {path.relative_to(resource_root()).as_posix(): path for path in resources}
    read = hashlib.sha256()
    for name in sorted(name for name in files if not name.startswith("web/panel_dist/") and name != "workspace.yaml"):
        read.update(f"{name}\0".encode())
        read.update(files[name].read_bytes())
    return f"{version('tower-anime-assets')} {read.hexdigest()[:12]}"


def machine_name() -> str:
    """Return the name of this machine, as people know it."""
    return socket.gethostname() or "this machine"


def refuse_unusable_farm(settings: Settings) -> None:
    """Refuse settings of a farm with which its runs would not find each other, or would mean different servers.

    Raises:
        PlanError: Something is missing, or an address means another machine on every machine.
    """
    if not settings.farm:
        return
    if not settings.database_url:
        raise PlanError(
            f"TOWER_FARM is {settings.farm}, so runs on other machines need this database: set TOWER_DATABASE_URL to a "
            "PostgreSQL server that all of them reach. The embedded one listens on this machine only"
        )
    if settings.farm == CELERY and not settings.broker_url:
        raise PlanError(
            "TOWER_FARM is celery, so runs reach workers through Redis: set TOWER_BROKER_URL, such as "
            "redis://:PASSWORD@HOST:6379/0"
        )
    refuse_local_services(settings)


def refuse_local_services(settings: Settings) -> None:
    """Refuse addresses of services that mean another machine on every machine.

    Raises:
        PlanError: An address is of loopback, and nobody has said that all workers are on this machine.
    """
    if settings.is_one_machine:
        return
    for name, variable in SERVICE_URL_VARIABLES.items():
        for url in split_urls(settings.services.get(name, "")):
            host = urlsplit(url).hostname or ""
            if host == "localhost" or host.endswith(".localhost") or is_loopback(host):
                raise PlanError(
                    f"{variable} names {url}, which is another server on every machine. Set it to an address that "
                    "means the same on all of them, or TOWER_ONE_MACHINE=1 if all workers are on this one"
                )


def shared_settings(settings: Settings, found: Environment) -> dict[str, str]:
    """Return what a controller tells its workers: variables by name, and which tokens they need."""
    shared = {name: value for name in SHARED_VARIABLES if (value := found.values.get(name, "").strip())}
    tokens = (COMMON_TOKEN_VARIABLE, *TOKEN_VARIABLES.values())
    return {
        **shared,
        PUBLIC_URL_VARIABLE: settings.web_url,
        _TOKENS_SET: ",".join(name for name in tokens if found.values.get(name, "").strip()),
    }


@contextmanager
def hold_control(settings: Settings, database: Database, found: Environment) -> Iterator[None]:
    """Be the one controller of the runs of a database, whatever TOWER_HOME and machine; tell workers what they need.

    Raises:
        PlanError: Another `tower up` is, or the media of a farm are not the record's.
        ServiceUnavailableError: The database does not answer.
    """
    with ExitStack() as held:
        try:
            held.enter_context(hold_alive(database, CONTROLLER_LOCK))
        except ServiceUnavailableError:
            if not database.held_locks([CONTROLLER_LOCK]):
                raise
            who = describe_controller(farm.find_controller(database))
            raise PlanError(
                f"{who} already launches the runs of this database; two would launch each run twice. End it, or use "
                "another database. On further machines, `tower worker` takes runs from it"
            ) from None
        if settings.farm:
            require_same_media(Studio(settings, database))  # before a worker's store could become the record's
        publish_controller(settings, database, found)
        yield


def publish_controller(settings: Settings, database: Database, found: Environment) -> None:
    """Note on record that this process controls the runs of this database, and what its workers must know."""
    farm.save_controller(
        database,
        host=machine_name(),
        pid=os.getpid(),
        version=code_version(),
        home=str(settings.home),
        farm=settings.farm,
        settings=shared_settings(settings, found),
    )


def describe_controller(controller: FarmController | None) -> str:
    """Return who controls the runs, for a sentence."""
    if controller is None:
        return "another process"
    since = controller.started_at.strftime("%d %B, %H:%M UTC")
    return f"`tower up` on {controller.host} (process {controller.pid}, since {since})"


def require_same_code(controller: FarmController) -> None:
    """Refuse to work for a controller with other code.

    Raises:
        PlanError: Its version is another one.
    """
    if controller.version != code_version():
        raise PlanError(
            f"this worker has version {code_version()} of Tower, but {describe_controller(controller)} has "
            f"{controller.version}: install the same wheel on both, then start this worker again"
        )


def require_same_settings(controller: FarmController, found: Environment) -> None:
    """Refuse a worker's own variables where they differ from the controller's.

    Raises:
        PlanError: The controller hands no runs to workers, a variable says something else than its, or a token is
            missing.
    """
    if controller.farm != CELERY:
        raise PlanError(
            f"{describe_controller(controller)} hands no runs to workers: set TOWER_FARM=celery there, and start it "
            "again"
        )
    differing = [
        f"{name} is {VARIABLE_BY_NAME[name].show(own)} here, but {controller.settings.get(name) or 'not set'} there"
        for name, own in _own_settings(found)
        if own != controller.settings.get(name, "")
    ]
    if differing:
        raise PlanError(
            f"this worker's settings differ from those of {describe_controller(controller)}: "
            f"{'; '.join(differing)}. Unset them here, and the controller's are used"
        )
    needed = filter(None, controller.settings.get(_TOKENS_SET, "").split(","))
    if missing := [name for name in needed if not found.values.get(name, "").strip()]:
        raise PlanError(
            f"{describe_controller(controller)} uses {', '.join(missing)}, which is not set here. Secrets are not "
            "passed on through the database: set it on this machine too, such as in the file that TOWER_ENV_FILE names"
        )


def taken_over(controller: FarmController) -> Mapping[str, str]:
    """Return the variables that a worker's runs have, by name: the controller's, and nothing where it has nothing."""
    names = (*SHARED_VARIABLES, PUBLIC_URL_VARIABLE)
    return {name: controller.settings.get(name, "") for name in names}


def _own_settings(found: Environment) -> Iterator[tuple[str, str]]:
    for name in SHARED_VARIABLES:
        if own := found.values.get(name, "").strip():
            yield name, own


def gpu_places(settings: Settings, database: Database) -> int:
    """Return how many keyframe and clip steps a farm makes at once: one a ComfyUI server, else one a worker's slot."""
    if servers := len(settings.comfyui_servers):
        return servers
    return max(1, run_places(settings, database))


def run_places(settings: Settings, database: Database, queue: str = "") -> int:
    """Return how many runs a farm makes at once, of one queue or of all; 0 while no worker is there."""
    if settings.farm != CELERY:
        return settings.run_slots
    workers = [one for one in farm.list_workers(database) if one.stopping_at is None]
    return sum(one.slots for one in workers if not queue or queue in one.queues)


def known_queues(database: Database) -> tuple[str, ...]:
    """Return the queues that runs go into by themselves, and those that workers take runs from besides."""
    served = {queue for worker in farm.list_workers(database) for queue in worker.queues}
    return (*QUEUES, *sorted(served - {*QUEUES}))
