"""What the record holds a copy of, and as of which state."""

from __future__ import annotations

from tower_anime_assets.store.database import Database, Transaction


def find_digest(database: Database, name: str) -> str:
    """Return the digest of the state that was last copied, "" if none ever was."""
    row = database.fetch_one("mirrors.find_digest", {"name": name})
    return row["digest"] if row else ""


def write_digest(transaction: Transaction, name: str, digest: str) -> None:
    """Note the digest of the state that was copied, as a part of the transaction that copies it."""
    transaction.execute("mirrors.save_digest", {"name": name, "digest": digest})
