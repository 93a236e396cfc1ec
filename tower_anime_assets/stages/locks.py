"""Locks over all processes of a database: of stages and servers, waited for in slices; of runs, as proof of life."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from threading import Event as Flag
from threading import Thread

from tower_anime_assets.errors import ServiceUnavailableError, StoppedError
from tower_anime_assets.stages.events import Emit, Waiting
from tower_anime_assets.store.database import Database

MAX_WAIT_S = 6 * 3600.0
"""How long one run waits for another that makes the same stage of the same episode: a night's rendering."""

SLICE_S = 2.0
"""How often a waiting run looks whether somebody has stopped it."""

HANDOVER_S = 2.0
"""How long the server may take to free a lock whose holder has just let go of it: it ends the session afterwards."""

RENEW_S = 10.0
"""How often a run makes sure that it still holds its lock."""


def refuse_if_stopped(stopped: Flag, what: str) -> None:
    """Raise if somebody has stopped the run.

    Raises:
        StoppedError: It was stopped, so `what` is not made.
    """
    if stopped.is_set():
        raise StoppedError(f"stopped before {what} was made; run again to go on from here")


@contextmanager
def hold_lock(
    database: Database, name: str, waiting: Waiting, *, what: str, stopped: Flag, emit: Emit
) -> Iterator[None]:
    """Hold a lock of the database, however long another process needs that has it.

    Args:
        database: Where the lock is.
        name: The lock's name.
        waiting: Sent once if the lock has to be waited for.
        what: What would be made, for the message of a run that was stopped.
        stopped: Set when somebody stops the run.
        emit: Receives `waiting`.

    Raises:
        StoppedError: Somebody stopped the run while it waited.
        ServiceUnavailableError: The database does not answer, or the lock stays taken for `MAX_WAIT_S`.
    """
    deadline = time.monotonic() + MAX_WAIT_S
    waited = False

    def note_wait() -> None:
        nonlocal waited
        if not waited:
            emit(waiting)
        waited = True

    with ExitStack() as held:
        while True:
            refuse_if_stopped(stopped, what)
            try:
                held.enter_context(database.lock(name, wait_s=SLICE_S, on_wait=note_wait))
                break
            except ServiceUnavailableError:
                if not waited or time.monotonic() >= deadline:
                    raise
        yield


@contextmanager
def hold_run(database: Database, run_id: str) -> Iterator[None]:
    """Hold the lock that proves that the process of a run is alive; the database frees it when the process dies.

    A database that restarts frees the lock too, so it is taken again every `RENEW_S` seconds if it was lost.

    Where this process holds it already, as a worker does around all that Dagster does for a run, nothing is done.

    Raises:
        ServiceUnavailableError: Another process holds it, or the database does not answer.
    """
    own = (os.getpid(), run_id)
    if own in _own_runs:
        yield
        return
    _own_runs.add(own)
    try:
        with hold_alive(database, _run_lock(run_id)):
            yield
    finally:
        _own_runs.discard(own)


@contextmanager
def hold_alive(database: Database, name: str) -> Iterator[None]:
    """Hold a lock that proves that this process is alive, and take it again if a restarted database has lost it.

    Raises:
        ServiceUnavailableError: Another process holds it, or the database does not answer.
    """
    ended = Flag()

    def take(wait_s: float = 0.0) -> AbstractContextManager[None]:
        return database.lock(name, wait_s=wait_s, on_wait=lambda: None)

    def renew(held: ExitStack) -> None:
        while not ended.wait(RENEW_S):
            with suppress(ServiceUnavailableError):  # still held by us, or the database is away: look again later
                held.enter_context(take())

    with ExitStack() as held:
        held.enter_context(take(HANDOVER_S))
        keeper = Thread(target=renew, args=(held,), name=f"lock {name.partition(':')[0]}", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            ended.set()
            keeper.join()


def is_run_alive(database: Database, run_id: str) -> bool:
    """Return whether some process holds the lock of a run."""
    return bool(living_runs(database, [run_id]))


def living_runs(database: Database, run_ids: Iterable[str]) -> frozenset[str]:
    """Return which of these runs have a process, by their locks."""
    by_lock = {_run_lock(run_id): run_id for run_id in run_ids}
    return frozenset(by_lock[name] for name in database.held_locks(by_lock))


def _run_lock(run_id: str) -> str:
    return f"run:{run_id}"


_own_runs: set[tuple[int, str]] = set()
"""The runs whose lock a process holds, by process id: a forked child inherits none."""
