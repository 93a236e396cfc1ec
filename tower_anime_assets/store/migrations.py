"""Schema migrations: `sql/migrations/NNNN_name.up.sql`, each with a rollback, applied in order and once.

Each file is one transaction, under a lock that concurrent starts wait for. The database stores the digests of the
applied files: one that was edited, is missing, or is new but numbered before an applied one is an error.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tower_anime_assets.errors import PlanError
from tower_anime_assets.settings import resource_root
from tower_anime_assets.store.database import Database, Row, Transaction, error_text

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


def roll_back(
    database: Database,
    steps: int = 1,
    migrations: tuple[Migration, ...] | None = None,
    *,
    drops_rows: bool = False,
) -> tuple[str, ...]:
    """Roll back the newest `steps` applied migrations, all or none, and return their versions, newest first.

    Args:
        database: The record.
        steps: How many.
        migrations: The known ones; by default those of `sql/migrations`.
        drops_rows: Whether rows, and what dropped columns say, may be lost.

    Raises:
        PlanError: Files and database disagree, `steps` is not positive, something would be lost, or rows on record do
            not fit the older schema.
    """
    if steps < 1:
        raise PlanError(f"cannot roll back {steps} migrations; expected 1 or more")
    available = read_migrations() if migrations is None else migrations
    with database.session() as session:
        session.fetch_one("session.wait_for_lock", {"name": LOCK_NAME})
        session.execute("migrations.create_ledger")
        applied = session.fetch_all("migrations.list_applied")
        _pending_migrations(available, applied)
        by_version = {migration.version: migration for migration in available}
        undone = tuple(by_version[row["version"]] for row in list(reversed(applied))[:steps])
        versions = tuple(migration.version for migration in undone)
        try:
            with database.transaction(session) as transaction:
                transaction.execute("migrations.lock_tables")
                if not drops_rows and (losses := _find_losses(database, transaction, undone)):
                    raise PlanError(
                        f"rolling back {', '.join(versions)} would drop {', '.join(losses)} of the record; nothing was "
                        "changed. Make a backup (`tower backup FOLDER`), then add --drop-rows if they may be lost"
                    )
                _undo(transaction, undone)
        except psycopg.IntegrityError as error:
            raise PlanError(
                f"{', '.join(versions)} cannot be rolled back, and nothing was changed: rows on record do not fit the "
                f"older schema ({error_text(error, database.url)})"
            ) from error
    return versions


def _undo(transaction: Transaction, undone: tuple[Migration, ...]) -> None:
    for migration in undone:
        transaction.run_script(migration.down)
        transaction.execute("migrations.check_constraints")
        transaction.execute("migrations.delete_applied", {"version": migration.version})


def _find_losses(database: Database, transaction: Transaction, undone: tuple[Migration, ...]) -> list[str]:
    """Return what rolling back would drop, such as "14 rows of lessons": it is tried, counted, and taken back."""
    rows_before, columns_before = _count_rows(transaction), _list_columns(transaction)
    with database.trial(transaction):
        _undo(transaction, undone)
        rows_after, columns_after = _count_rows(transaction), _list_columns(transaction)
    losses = [
        f"{_rows(count - rows_after.get(table, 0))} of {table}"
        for table, count in rows_before.items()
        if count > rows_after.get(table, 0)
    ]
    for table, column in sorted(columns_before - columns_after):
        if table in rows_after:
            (row,) = transaction.fetch_named("migrations.count_values", table=table, column=column)
            if count := row["row_count"]:
                losses.append(f"what {_rows(count)} of {table} {'says' if count == 1 else 'say'} under {column}")
    return losses


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _count_rows(transaction: Transaction) -> dict[str, int]:
    tables = [row["table_name"] for row in transaction.fetch_all("migrations.list_tables")]
    return {
        table: row["row_count"]
        for table in tables
        for row in transaction.fetch_named("migrations.count_rows", table=table)
    }


def _list_columns(transaction: Transaction) -> set[tuple[str, str]]:
    return {(row["table_name"], row["column_name"]) for row in transaction.fetch_all("migrations.list_columns")}


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
