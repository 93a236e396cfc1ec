"""One run on a worker: claimed, made as Dagster makes it, watched, and ended when somebody else decides so."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Thread
from typing import Final

import dagster as dg
from celery import Celery
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import pack_value
from dagster_celery.tasks import create_execute_job_task

from tower_anime_assets.defs.farm.lost_runs import allow_again
from tower_anime_assets.defs.instance import enter_environment, get_instance
from tower_anime_assets.defs.stoppable_executor import stop_after_step
from tower_anime_assets.environment import Environment
from tower_anime_assets.errors import PlanError, ServiceUnavailableError, TowerError
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.farm import require_same_code, require_same_settings, taken_over
from tower_anime_assets.stages.locks import hold_run
from tower_anime_assets.stages.media_identity import require_same_media
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import farm, farm_runs
from tower_anime_assets.store.database import Database

LOOK_S: Final = 1.0
"""How often a run is looked at whether it is to end."""

_OVER = frozenset((dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.FAILURE))


@dataclass(frozen=True)
class Worker:
    """What every process of a `tower worker` knows.

    Attributes:
        settings: As it was started with.
        found: The environment that it was started with.
        pid: Of its main process.
        say: Prints a line.
    """

    id: str
    settings: Settings
    found: Environment
    database: Database
    app: Celery
    say: Callable[[str], None]
    pid: int = field(default_factory=os.getpid)

    def require_fit(self) -> None:
        """Refuse to make anything unless code, settings and media store are the controller's, and take its settings.

        Raises:
            PlanError: They are not; the message says which, and what to do.
            ServiceUnavailableError: No controller has been started yet, or the database does not answer.
        """
        self.follow_controller()
        require_same_media(Studio(self.settings, self.database))

    def follow_controller(self) -> None:
        """Take the controller's settings, if it has the same code and this worker's own variables do not differ.

        Raises:
            PlanError: It has not, or they do.
            ServiceUnavailableError: No controller has been started yet, or the database does not answer.
        """
        controller = farm.find_controller(self.database)
        if controller is None:
            raise ServiceUnavailableError(
                "nobody controls the runs of this database yet: start `tower up` with TOWER_FARM=celery first"
            )
        require_same_code(controller)
        require_same_settings(controller, self.found)
        enter_environment(taken_over(controller))


def make_run(worker: Worker, run_id: str) -> None:
    """Make a run, unless another worker has it, it was taken back, or this worker may not make any more."""
    try:
        worker.require_fit()
    except PlanError as error:
        # The message is used up; the controller sends the run again, to a worker that is left.
        farm.stop_worker(worker.database, worker.id, str(error))
        return
    except TowerError as error:
        worker.say(f"run {run_id[:8]} is left for later: {error}")
        return
    with ExitStack() as held:
        try:
            held.enter_context(hold_run(worker.database, run_id))
        except ServiceUnavailableError as error:
            worker.say(f"run {run_id[:8]} is left alone: {error}")
            return
        if not farm_runs.claim_run(worker.database, run_id, worker.id):
            return
        instance = held.enter_context(get_instance(worker.database))
        run = instance.get_run_by_id(run_id)
        if run is None or run.status is not dg.DagsterRunStatus.STARTING:
            return
        what = f"run {run_id[:8]} ({run.job_name} {run.tags.get('dagster/partition', '')})".replace(" )", ")")
        worker.say(f"takes {what}")
        instance.report_engine_event(f"Taken by worker {worker.id}.", run)
        with _watched(worker, instance, run), _own_signals():
            _execute(worker.app, run)
        ended = instance.get_run_by_id(run_id)
        worker.say(f"{what} ended: {ended.status.value if ended is not None else 'it was deleted'}")


def _execute(app: Celery, run: dg.DagsterRun) -> None:
    """Execute a run as dagster-celery does, in this process."""
    if run.job_code_origin is None:
        raise PlanError(f"run {run.run_id} has no code; launch it again")
    arguments = ExecuteRunArgs(
        job_origin=run.job_code_origin, run_id=run.run_id, instance_ref=None, set_exit_code_on_failure=True
    )
    create_execute_job_task(app)(execute_job_args_packed=pack_value(arguments))


@contextmanager
def _own_signals() -> Iterator[None]:
    """Put the handlers back that Celery's process had: Dagster leaves SIGTERM as it found SIGINT, ignored."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _watched(worker: Worker, instance: dg.DagsterInstance, run: dg.DagsterRun) -> Iterator[None]:
    """Have a run interrupted once it is to end: terminated, ended by somebody else, or left to another worker."""
    done = Flag()

    def watch() -> None:
        seen_over = 0
        while not done.wait(LOOK_S):
            with suppress(Exception):  # the database is away: what the run itself does then decides
                is_left = _is_stopping(worker)
                now = instance.get_run_by_id(run.run_id)
                seen_over = seen_over + 1 if now is None or now.status in _OVER else 0
                if is_left and now is not None and not now.is_finished:
                    allow_again(instance, now)
                    instance.report_engine_event(f"Worker {worker.id} stops; another one goes on.", now)
                # Twice: the first time it may be the run itself that has just ended.
                is_to_end = seen_over > 1 or (now is not None and now.status is dg.DagsterRunStatus.CANCELING)
                if not done.is_set() and (is_left or is_to_end):
                    stop_after_step(run.run_id)
                    os.kill(os.getpid(), signal.SIGINT)
                    return

    watcher = Thread(target=watch, name="run watcher", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _is_stopping(worker: Worker) -> bool:
    if os.getppid() != worker.pid:
        return True
    row = farm.find_worker(worker.database, worker.id)
    return row is not None and row.stopping_at is not None
