"""Which media store belongs to the record: the mark of the folder or bucket that its files are in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tower_anime_assets.store.database import Database, Row, Transaction


@dataclass(frozen=True)
class RecordedStore:
    """The media store of the record.

    Attributes:
        store_id: The mark that lies in it.
        address: What it was called by whoever named it.
        why: "" where it was the first.
    """

    store_id: str
    address: str
    who: str
    why: str
    timestamp: datetime


def find_store(database: Database) -> RecordedStore | None:
    """Return the media store of the record, None before one was named."""
    return _store(database.fetch_one("media_stores.find_newest"))


def record_first_store(database: Database, store_id: str, address: str, who: str) -> RecordedStore:
    """Name the media store of a record that has none yet, and return the one that it has then."""

    def work(transaction: Transaction) -> RecordedStore:
        transaction.fetch_one("media_stores.lock_stores")
        found = _store(transaction.fetch_one("media_stores.find_newest"))
        return found or _record(transaction, store_id, address, who, "")

    return database.run_in_transaction(work)


def adopt_store(database: Database, store_id: str, address: str, who: str, why: str) -> RecordedStore:
    """Name another media store as that of the record."""

    def work(transaction: Transaction) -> RecordedStore:
        transaction.fetch_one("media_stores.lock_stores")
        return _record(transaction, store_id, address, who, why)

    return database.run_in_transaction(work)


def list_needed_digests(database: Database) -> frozenset[str]:
    """Return the SHA-256 of every file that the record needs or names."""
    return frozenset(row["sha256"] for row in database.fetch_all("media_stores.list_needed"))


def _record(transaction: Transaction, store_id: str, address: str, who: str, why: str) -> RecordedStore:
    parameters = {"store_id": store_id, "address": address, "who": who, "why": why}
    transaction.execute("media_stores.record_store", parameters)
    found = _store(transaction.fetch_one("media_stores.find_newest"))
    assert found is not None  # noqa: S101 - it was just named
    return found


def _store(row: Row | None) -> RecordedStore | None:
    return RecordedStore(**row) if row is not None else None
