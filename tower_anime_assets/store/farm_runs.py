"""Runs that were handed to other machines: which worker has them, and what it asks the controller to deliver."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tower_anime_assets.store.database import Database, Row

WITHDRAWN = ""
"""The worker of a run that was taken back before any worker took it."""


@dataclass(frozen=True)
class FarmRun:
    """A run that was put into a queue.

    Attributes:
        sent_at: When it was last sent to the broker.
        sends: How often it was sent.
        worker_id: Who took it; None while it waits, `WITHDRAWN` if it was taken back.
        lost_since: Since when its lock has been seen to be free, None if it has not.
    """

    run_id: str
    queue: str
    sent_at: datetime
    sends: int
    worker_id: str | None = None
    claimed_at: datetime | None = None
    lost_since: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether no worker has it yet."""
        return self.worker_id is None


@dataclass(frozen=True)
class DueDelivery:
    """A master that the controller is to deliver."""

    id: int
    episode: str
    take_id: str
    is_best: bool
    quality: str


def save_run(database: Database, run_id: str, queue: str) -> None:
    """Note that a run is put into a queue."""
    _execute(database, "farm_runs.save_run", run_id=run_id, queue=queue)


def claim_run(database: Database, run_id: str, worker_id: str) -> bool:
    """Give a waiting run to a worker; False if another has it, or it was taken back."""
    # Repeated after a lost answer, it finds the run to be this worker's already.
    rows = _fetch(database, "farm_runs.claim_run", run_id=run_id, worker_id=worker_id)
    return bool(rows) or list_runs(database, [run_id]).get(run_id, _NO_RUN).worker_id == worker_id


def withdraw_run(database: Database, run_id: str) -> bool:
    """Take a waiting run back, so that no worker takes it; False if one has it, or it was not handed to any."""
    rows = _fetch(database, "farm_runs.withdraw_run", run_id=run_id)
    return bool(rows) or list_runs(database, [run_id]).get(run_id, _NO_RUN).worker_id == WITHDRAWN


def list_runs(database: Database, run_ids: Iterable[str]) -> dict[str, FarmRun]:
    """Return runs by id, as far as they were handed to workers."""
    rows = database.fetch_all("farm_runs.list_runs", {"run_ids": list(run_ids)})
    return {row["run_id"]: FarmRun(**row) for row in rows}


def list_overdue(database: Database, after_s: float) -> tuple[FarmRun, ...]:
    """Return the waiting runs whose message may be lost.

    Args:
        database: The record.
        after_s: How long the first message may take; each further one may take twice as long, five times at most.
    """
    return tuple(FarmRun(**row) for row in database.fetch_all("farm_runs.list_overdue", {"after_s": after_s}))


def note_sent(database: Database, run_id: str) -> None:
    """Note that a run was sent to the broker again."""
    _execute(database, "farm_runs.note_sent", run_id=run_id)


def note_lost(database: Database, run_id: str) -> float:
    """Note that the lock of a run is free, and return for how many seconds that has been so; 0.0 at the first time."""
    rows = _fetch(database, "farm_runs.note_lost", run_id=run_id)
    return float(rows[0]["lost_s"]) if rows else 0.0


def note_found(database: Database, run_id: str) -> None:
    """Note that the lock of a run is held after all."""
    _execute(database, "farm_runs.note_found", run_id=run_id)


def ask_delivery(database: Database, episode: str, take_id: str, *, is_best: bool, quality: str) -> None:
    """Ask the controller to deliver a master."""
    _execute(database, "farm_runs.ask_delivery", episode=episode, take_id=take_id, is_best=is_best, quality=quality)


def list_due_deliveries(database: Database) -> tuple[DueDelivery, ...]:
    """Return what is to be delivered, in the order in which it was asked for."""
    return tuple(DueDelivery(**row) for row in database.fetch_all("farm_runs.list_due_deliveries"))


def note_delivered(database: Database, delivery: DueDelivery) -> None:
    """Note that a master was delivered."""
    _execute(database, "farm_runs.note_delivered", id=delivery.id)


_NO_RUN = FarmRun("", "", datetime.min, 0)  # noqa: DTZ901 - compared with nothing


def _execute(database: Database, query: str, **parameters: object) -> None:
    database.run_in_transaction(lambda transaction: transaction.execute(query, parameters))


def _fetch(database: Database, query: str, **parameters: object) -> list[Row]:
    return database.run_in_transaction(lambda transaction: transaction.fetch_all(query, parameters))
