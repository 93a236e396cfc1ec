"""The shows' files as runs on other machines were given them, by digest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tower_anime_assets.errors import PlanError
from tower_anime_assets.store.database import Database, Transaction, jsonb


def save_snapshot(database: Database, digest: str, files: Mapping[str, str], read: Callable[[str], bytes]) -> None:
    """Save a snapshot with the contents that are not saved yet.

    Args:
        database: The record.
        digest: Digest of `files`.
        files: SHA-256 by path.
        read: Returns the content with a SHA-256; asked only for those that are missing.
    """
    if database.fetch_one("show_snapshots.find_snapshot", {"digest": digest}):
        return
    rows = database.fetch_all("show_snapshots.list_missing_contents", {"sha256s": sorted(set(files.values()))})
    for row in rows:
        content = {"sha256": row["sha256"], "content": read(row["sha256"])}
        database.run_in_transaction(partial(_save_content, content=content))

    def work(transaction: Transaction) -> None:
        transaction.execute("show_snapshots.save_snapshot", {"digest": digest, "files": jsonb(files)})

    database.run_in_transaction(work)


def _save_content(transaction: Transaction, content: Mapping[str, Any]) -> None:
    transaction.execute("show_snapshots.save_content", content)


def load_snapshot(database: Database, digest: str) -> Mapping[str, str]:
    """Return SHA-256 by path of a snapshot.

    Raises:
        PlanError: It is not on record.
    """
    row = database.fetch_one("show_snapshots.find_snapshot", {"digest": digest})
    if row is None:
        raise PlanError(f"the shows' files {digest[:12]} are not on record; launch the run again")
    files: Mapping[str, str] = row["files"]
    return files


def load_content(database: Database, sha256: str) -> bytes:
    """Return the content of a file.

    Raises:
        PlanError: It is not on record.
    """
    row = database.fetch_one("show_snapshots.find_content", {"sha256": sha256})
    if row is None:
        raise PlanError(f"a file of the shows, {sha256[:12]}, is not on record; launch the run again")
    return bytes(row["content"])
