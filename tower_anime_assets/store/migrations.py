"""Schema migrations: `sql/migrations/NNNN_name.up.sql`, each with a rollback, applied in order and once.

Each file is one transaction, under a lock that concurrent starts wait for. The database stores the digests of the
applied files: one that was edited, is missing, or is new but numbered before an applied one is an error.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from tower_anime_assets.errors import PlanError
from tower_anime_assets.settings import resource_root
from tower_anime_assets.store.database import Database, Row, Transaction

LOCK_NAME = "tower.migrations"
_FILE_NAME = re.compile(r"(?P<version>\d{4}_[a-z0-9_]+)\.(?P<way>up|down)\.sql")


@dataclass(frozen=True)
class Migration:
    """A change of the schema and its rollback."""

    version: str
    up: bytes
    down: bytes

    @property
    def up_sha256(self) -> str:
        return hashlib.sha256(self.up).hexdigest()

    @property
    def down_sha256(self) -> str:
        return hashlib.sha256(self.down).hexdigest()


def read_migrations(folder: Path | None = None) -> tuple[Migration, ...]:
    """Return the migrations of a folder, by default `sql/migrations`, in order.

    Raises:
        PlanError: A file has no counterpart, an invalid name, or a number that is used twice.
    """
    folder = folder or resource_root() / "sql" / "migrations"
    files_by_version: dict[str, dict[str, bytes]] = {}
    for path in sorted(folder.glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None:
            raise PlanError(f"{path} is not a migration; expected a name such as 0002_words.up.sql")
        files_by_version.setdefault(match["version"], {})[match["way"]] = path.read_bytes()
    for version, files in files_by_version.items():
        if set(files) != {"up", "down"}:
            raise PlanError(f"migration {version} lacks its {'down' if 'up' in files else 'up'} file in {folder}")
    numbers = [version[:4] for version in files_by_version]
    if len(set(numbers)) != len(numbers):
        raise PlanError(f"two migrations in {folder} have the same number: {', '.join(files_by_version)}")
    return tuple(Migration(version, files["up"], files["down"]) for version, files in sorted(files_by_version.items()))


def apply_migrations(database: Database, migrations: tuple[Migration, ...] | None = None) -> tuple[str, ...]:
    """Apply the pending migrations and return their versions; concurrent callers wait for each other.

    Raises:
        PlanError: An applied file was edited or is missing, or a new one is numbered before it.
    """
    available = read_migrations() if migrations is None else migrations
    if not _pending_migrations(available, _list_applied(database)):
        return ()
    with database.session() as session:
        session.fetch_one("session.wait_for_lock", {"name": LOCK_NAME})
        session.execute("migrations.create_ledger")
        pending = _pending_migrations(available, session.fetch_all("migrations.list_applied"))
        for migration in pending:
            with database.transaction(session) as transaction:
                _apply_migration(transaction, migration)
    return tuple(migration.version for migration in pending)


def roll_back(database: Database, steps: int = 1, migrations: tuple[Migration, ...] | None = None) -> tuple[str, ...]:
    """Roll back the newest `steps` applied migrations and return their versions, newest first.

    Raises:
        PlanError: Files and database disagree, or `steps` is not positive.
    """
    if steps < 1:
        raise PlanError(f"cannot roll back {steps} migrations; expected 1 or more")
    available = read_migrations() if migrations is None else migrations
    rolled_back: list[str] = []
    with database.session() as session:
        session.fetch_one("session.wait_for_lock", {"name": LOCK_NAME})
        session.execute("migrations.create_ledger")
        applied = session.fetch_all("migrations.list_applied")
        _pending_migrations(available, applied)
        by_version = {migration.version: migration for migration in available}
        for row in list(reversed(applied))[:steps]:
            with database.transaction(session) as transaction:
                transaction.run_script(by_version[row["version"]].down)
                transaction.execute("migrations.delete_applied", {"version": row["version"]})
            rolled_back.append(row["version"])
    return tuple(rolled_back)


def _list_applied(database: Database) -> list[Row]:
    ledger = database.fetch_one("migrations.find_ledger")
    return database.fetch_all("migrations.list_applied") if ledger is not None and ledger["present"] else []


def _pending_migrations(available: tuple[Migration, ...], applied: list[Row]) -> list[Migration]:
    """Return the migrations still to be applied; a PlanError if files and database disagree about the others."""
    by_version = {migration.version: migration for migration in available}
    for row in applied:
        migration = by_version.get(row["version"])
        if migration is None:
            raise PlanError(
                f"the database has migration {row['version']}, which this version does not know: use the newer version "
                "that applied it"
            )
        if (migration.up_sha256, migration.down_sha256) != (row["up_sha256"], row["down_sha256"]):
            raise PlanError(
                f"migration {row['version']} was edited after it had been applied: restore its files and put the "
                "change into a new migration"
            )
    applied_versions = {row["version"] for row in applied}
    pending = [migration for migration in available if migration.version not in applied_versions]
    newest_applied = max(applied_versions, default="")
    if pending and pending[0].version < newest_applied:
        raise PlanError(
            f"migration {pending[0].version} is new but numbered before {newest_applied}, which is already applied: "
            "give it a higher number"
        )
    return pending


def _apply_migration(transaction: Transaction, migration: Migration) -> None:
    transaction.run_script(migration.up)
    transaction.execute(
        "migrations.record_applied",
        {"version": migration.version, "up_sha256": migration.up_sha256, "down_sha256": migration.down_sha256},
    )
