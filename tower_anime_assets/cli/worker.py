"""`tower worker`: takes whole runs from the controller's queues and makes them on this machine."""

from __future__ import annotations

import argparse
import os
import re
import signal
import time
import warnings
from collections.abc import Sequence
from threading import Event as Flag
from threading import Thread
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tower_anime_assets.cli.output import print_error, print_note
from tower_anime_assets.errors import EXIT_DONE, EXIT_INPUT, PlanError, ServiceUnavailableError, TowerError
from tower_anime_assets.settings import WORKER_VARIABLE, Settings

if TYPE_CHECKING:
    from tower_anime_assets.defs.farm.run_making import Worker

HELP = "make runs of a farm on this machine; Ctrl-C leaves the run under way to another worker"

SEE_S = 2.0
"""How often a worker says on record that it is there, and looks whether it may go on."""

CONTROLLER_WAIT_S = 60.0
"""How long a worker that was started before its controller waits for it."""

MAX_SLOTS = 64
_QUEUE = re.compile(r"[a-z][a-z0-9-]{0,39}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower worker`."""
    parser.add_argument(
        "--queues",
        default="gpu,cpu",
        metavar="NAMES",
        help="what to take runs from: gpu (runs that make keyframes or clips), cpu (all others); default both",
    )
    parser.add_argument(
        "--concurrency", type=int, default=1, metavar="N", help="how many runs to make at once (default 1)"
    )


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Take runs until a signal comes, or until this machine may not make any more.

    Raises:
        PlanError: The address of database or broker is missing, or code, settings or media store are not the
            controller's.
        ServiceUnavailableError: The database does not answer, or no controller has been started.
    """
    queues = _read_queues(arguments.queues)
    if not 1 <= arguments.concurrency <= MAX_SLOTS:
        raise PlanError(f"--concurrency is {arguments.concurrency}; expected a number from 1 to {MAX_SLOTS}")
    _require_addresses(settings)
    worker = _open_worker(settings)
    try:
        return _serve(worker, queues, arguments.concurrency)
    finally:
        worker.database.close()


def _read_queues(text: str) -> tuple[str, ...]:
    queues = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    wrong = [queue for queue in queues if not _QUEUE.fullmatch(queue)]
    if wrong or not queues:
        raise PlanError(f"--queues is {text!r}; expected names such as gpu,cpu, of small letters, digits and hyphens")
    return queues


def _require_addresses(settings: Settings) -> None:
    """Refuse to work on a database of this machine's own: what is made would be on nobody's record.

    Raises:
        PlanError: A variable is missing.
    """
    if not settings.database_url:
        raise PlanError(
            "TOWER_DATABASE_URL is not set, so this worker would not know the record that it works for. Set it to the "
            "controller's PostgreSQL server"
        )
    if not settings.broker_url:
        raise PlanError("TOWER_BROKER_URL is not set: set it to the Redis that the controller hands runs out through")


def _open_worker(settings: Settings) -> Worker:
    """Return a worker that may make runs.

    Raises:
        PlanError: Code, settings or media store are not the controller's.
        ServiceUnavailableError: The database does not answer, or no controller has been started in time.
    """
    from tower_anime_assets.defs.farm.celery_app import build_app
    from tower_anime_assets.defs.farm.run_making import Worker
    from tower_anime_assets.defs.instance import dagster_environment, enter_environment
    from tower_anime_assets.settings import CELERY, from_environment, read_environment
    from tower_anime_assets.stages.farm import code_version, machine_name
    from tower_anime_assets.store import server
    from tower_anime_assets.store.database import Database

    code_version()  # of what is loaded now, whatever is installed later
    database = Database(server.ensure_server(settings).url)
    name = f"{re.sub(r'[^a-z0-9-]', '-', machine_name().lower())[:40]}-{uuid4().hex[:6]}"
    worker = Worker(name, settings, read_environment(), database, build_app(settings.broker_url), print_note)
    _wait_for_controller(worker)
    enter_environment({"TOWER_FARM": CELERY, WORKER_VARIABLE: name})
    enter_environment(dagster_environment(from_environment(), database.url))
    return worker


def _wait_for_controller(worker: Worker) -> None:
    deadline = time.monotonic() + CONTROLLER_WAIT_S
    has_told = False
    while True:
        try:
            worker.require_fit()
            return
        except ServiceUnavailableError as error:
            if time.monotonic() > deadline:
                raise
            if not has_told:
                print_note(f"{error}; waiting for it up to {CONTROLLER_WAIT_S:.0f} s")
                has_told = True
            time.sleep(1)


def _serve(worker: Worker, queues: Sequence[str], slots: int) -> int:
    """Run Celery in this process until it is to end, and return the exit code."""
    from celery.exceptions import SecurityWarning
    from celery.signals import worker_process_init, worker_ready, worker_shutting_down

    from tower_anime_assets.stages.farm import code_version, machine_name
    from tower_anime_assets.stages.locks import hold_alive
    from tower_anime_assets.store import farm

    warnings.simplefilter("ignore", SecurityWarning)  # as root: messages hold a run's id, and no code
    _register_task(worker)
    stopping = Flag()

    def tell_ready(**_more: Any) -> None:
        queue_names = ", ".join(queues)
        print_note(
            f"Worker {worker.id} takes runs from {queue_names}, {slots} at once. Ctrl-C leaves its run to others."
        )

    def note_stop(**_more: Any) -> None:
        stopping.set()

    worker_ready.connect(tell_ready, weak=False)
    worker_shutting_down.connect(note_stop, weak=False)
    worker_process_init.connect(_begin_child, weak=False)
    with hold_alive(worker.database, farm.worker_lock(worker.id)):
        farm.save_worker(
            worker.database,
            worker.id,
            host=machine_name(),
            pid=worker.pid,
            queues=queues,
            slots=slots,
            version=code_version(),
        )
        ended = Flag()
        watcher = Thread(target=_watch, args=(worker, stopping, ended), name="worker watcher", daemon=True)
        watcher.start()
        try:
            celery = worker.app.Worker(
                hostname=f"tower@{worker.id}",
                queues=list(queues),
                concurrency=slots,
                pool="prefork",
                loglevel="WARNING",
                quiet=True,
                without_gossip=True,
                without_mingle=True,
                without_heartbeat=True,
                optimization="fair",
            )
            celery.start()
        finally:
            ended.set()
            watcher.join()
            _note_stop(worker)
        why = _why_stopped(worker)
    if why:
        print_error(f"tower worker: {why}")
        return EXIT_INPUT
    return EXIT_DONE


def _register_task(worker: Worker) -> None:
    from tower_anime_assets.defs.farm.celery_app import MAKE_RUN
    from tower_anime_assets.defs.farm.run_making import make_run

    def make_run_of_message(run_id: str) -> None:
        make_run(worker, run_id)

    worker.app.task(name=MAKE_RUN, ignore_result=True)(make_run_of_message)


def _begin_child(**_more: Any) -> None:
    """Prepare a process that makes runs: out of the reach of a terminal's Ctrl-C, with Dagster loaded."""
    from tower_anime_assets.defs.farm.worker_log import print_warnings_only
    from tower_anime_assets.media.private_files import restrict_new_files

    os.setpgid(0, 0)
    restrict_new_files()
    print_warnings_only()
    from tower_anime_assets import definitions

    assert definitions.defs is not None  # noqa: S101 - loaded before the first run needs it


def _watch(worker: Worker, stopping: Flag, ended: Flag) -> None:
    """Say on record that this worker is there, and end it when it may not go on or is asked to stop there."""
    from tower_anime_assets.store import farm

    has_stopped = False
    while not ended.wait(SEE_S):
        try:
            if stopping.is_set() and not has_stopped:
                farm.stop_worker(worker.database, worker.id, "")
                has_stopped = True
            row = farm.see_worker(worker.database, worker.id)
            if not has_stopped:
                worker.follow_controller()
        except ServiceUnavailableError:
            continue
        except TowerError as error:
            farm.stop_worker(worker.database, worker.id, str(error))
            continue
        if row is not None and row.stopping_at is not None and not stopping.is_set():
            has_stopped = True
            os.kill(worker.pid, signal.SIGTERM)


def _note_stop(worker: Worker) -> None:
    from tower_anime_assets.store import farm

    try:
        farm.stop_worker(worker.database, worker.id, "")
    except TowerError as error:
        print_note(f"warning: that this worker has ended is not on record: {error}")


def _why_stopped(worker: Worker) -> str:
    from tower_anime_assets.store import farm

    try:
        row = farm.find_worker(worker.database, worker.id)
    except TowerError:
        return ""
    return row.why if row is not None else ""
