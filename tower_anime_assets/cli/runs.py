"""What a run in this process needs around it: a way to stop it, proof of life, dead runs ended, connections closed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

from tower_anime_assets.errors import ServiceUnavailableError
from tower_anime_assets.stages.reporting import Listener
from tower_anime_assets.store.database import Database

if TYPE_CHECKING:
    import dagster as dg

T = TypeVar("T")

LOOK_UP_S = 0.5
"""How long a signal may go unnoticed that the kernel gives to one of the run's threads."""

TAGS = {"tower/command": "produce"}
"""Marks runs that live in a process of the `tower` command, which no daemon watches."""


def stoppable(work: Callable[[], T], stopped: Event, listener: Listener) -> T:
    """Do `work` in a thread of its own, so that Ctrl-C or SIGTERM asks it to stop and does not break it off.

    Dagster takes signals over where it runs in the main thread, and tries an interrupted step again. The thread, those
    that it starts and their child processes have SIGINT blocked, for a terminal sends it to all of them.

    Args:
        work: What is done; must look at `stopped`.
        stopped: Set at the first signal.
        listener: Told what happens then.

    Raises:
        KeyboardInterrupt: It was stopped; at the second signal the process ends at once.
    """
    with ThreadPoolExecutor(1, "run", partial(signal.pthread_sigmask, signal.SIG_BLOCK, {signal.SIGINT})) as pool:
        future = pool.submit(work)
        try:
            _await(future)
        except KeyboardInterrupt:
            stopped.set()
            listener.waits("", "stopping: what is being made is finished first; Ctrl-C again ends it at once")
            try:
                _await(future)
            except KeyboardInterrupt:
                os._exit(130)  # what is open on record is settled by the next run, as after a kill
            raise
        return future.result()


def _await(future: Future[Any]) -> None:
    """Wait until it is done, looking up now and then: a signal that another thread was given does not wake this one."""
    while not future.done():
        wait([future], timeout=LOOK_UP_S)


def being_alive(database: Database, run_id: str) -> AbstractContextManager[None]:
    """Hold the lock that says the process of this run lives; the database frees it when the process dies.

    Raises:
        ServiceUnavailableError: Another process holds it, or the database does not answer.
    """
    return database.lock(f"run:{run_id}", wait_s=0.0, on_wait=lambda: None)


def end_dead_runs(instance: dg.DagsterInstance, database: Database) -> list[str]:
    """Report those runs of ours as failed whose process was killed, free what they held, and return their ids."""
    import dagster as dg

    open_states = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    ended = []
    for run in instance.get_runs(dg.RunsFilter(statuses=open_states, tags=TAGS)):
        try:
            with being_alive(database, run.run_id):
                instance.report_run_failed(run, "The process that made it ended before it was done; run again.")
                instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
                ended.append(run.run_id)
        except ServiceUnavailableError:  # its process lives and holds the lock
            continue
    return ended


@contextmanager
def closing_connections() -> Iterator[None]:
    """Close at the end every connection that SQLAlchemy opened within: Dagster's pools keep theirs until we exit.

    An embedded server counts them as users, and would not be stopped.
    """
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    opened: list[Any] = []

    def note(connection: Any, _record: Any) -> None:
        opened.append(connection)

    event.listen(Pool, "connect", note)
    try:
        yield
    finally:
        event.remove(Pool, "connect", note)
        for connection in opened:
            connection.close()
