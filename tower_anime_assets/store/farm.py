"""Who runs what on several machines: the controller, and the workers that are alive. Their runs are in `farm_runs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tower_anime_assets.store.database import Database, Row, Transaction, jsonb


@dataclass(frozen=True)
class FarmController:
    """Who controls the runs of a database: one `tower up`.

    Attributes:
        home: Its TOWER_HOME.
        farm: How runs reach other machines; "" where all are made on its own.
        settings: Variables that workers take over, by name; no secrets.
    """

    host: str
    pid: int
    home: str
    version: str
    farm: str
    settings: Mapping[str, str]
    started_at: datetime


@dataclass(frozen=True)
class FarmWorker:
    """A `tower worker`.

    Attributes:
        queues: What it takes runs from.
        slots: How many runs it makes at once.
        seen_at: When it last said that it was there.
        stopping_at: Since when it takes no more runs, None while it does.
        why: Why it stops; "" where somebody asked it to.
    """

    id: str
    host: str
    pid: int
    queues: tuple[str, ...]
    slots: int
    version: str
    started_at: datetime
    seen_at: datetime
    stopping_at: datetime | None = None
    why: str = ""


def save_controller(
    database: Database, *, host: str, pid: int, home: str, version: str, farm: str, settings: Mapping[str, str]
) -> None:
    """Note who controls the runs of this database from now on."""
    row = {"host": host, "pid": pid, "home": home, "version": version, "farm": farm, "settings": jsonb(settings)}
    database.run_in_transaction(lambda transaction: transaction.execute("farm.save_controller", row))


def find_controller(database: Database) -> FarmController | None:
    """Return who controls the runs of this database, or last did; None before the first `tower up`."""
    row = database.fetch_one("farm.find_controller")
    return FarmController(**row) if row else None


def save_worker(
    database: Database, worker_id: str, *, host: str, pid: int, queues: Sequence[str], slots: int, version: str
) -> None:
    """Note a worker that begins, and forget those that have long gone."""
    row = {"id": worker_id, "host": host, "pid": pid, "queues": list(queues), "slots": slots, "version": version}

    def work(transaction: Transaction) -> None:
        transaction.execute("farm.delete_workers")
        transaction.execute("farm.save_worker", row)

    database.run_in_transaction(work)


def see_worker(database: Database, worker_id: str) -> FarmWorker | None:
    """Note that a worker is there and return it; None if nobody knows it any more."""
    rows = database.run_in_transaction(lambda transaction: transaction.fetch_all("farm.see_worker", {"id": worker_id}))
    return _worker_from_row(rows[0]) if rows else None


def find_worker(database: Database, worker_id: str) -> FarmWorker | None:
    """Return a worker, alive or not; None if there never was one with this id."""
    row = database.fetch_one("farm.find_worker", {"id": worker_id})
    return _worker_from_row(row) if row else None


def stop_worker(database: Database, worker_id: str, why: str) -> None:
    """Have a worker take no more runs and end; it hands over the one that it makes.

    Args:
        database: The record.
        worker_id: Which worker.
        why: Why it cannot go on; "" where somebody asked it to stop.
    """
    row = {"id": worker_id, "why": why}
    database.run_in_transaction(lambda transaction: transaction.execute("farm.stop_worker", row))


def list_workers(database: Database) -> tuple[FarmWorker, ...]:
    """Return the workers whose process is alive, by their locks, oldest first."""
    return tuple(map(_worker_from_row, database.fetch_all("farm.list_workers")))


def worker_lock(worker_id: str) -> str:
    """Return the name of the lock that a worker holds while its process lives; `farm.list_workers` knows it too."""
    return f"worker:{worker_id}"


def _worker_from_row(row: Row) -> FarmWorker:
    return FarmWorker(**{**row, "queues": tuple(row["queues"])})
