"""The schema in order: `sql/migrations/NNNN_name.up.sql` with a rollback each, applied exactly once.

One transaction per file, under a lock that concurrent starts wait for. What was applied is remembered with the
digests of both files: an edited file, a missing one, or a new one before an applied one stops everything.
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
    """One step of the schema and the way back."""

    version: str
    up: bytes
    down: bytes

    @property
    def up_sha256(self) -> str:
        return hashlib.sha256(self.up).hexdigest()

    @property
    def down_sha256(self) -> str:
        return hashlib.sha256(self.down).hexdigest()


@dataclass(frozen=True)
class MigrationState:
    """Whether a migration has been applied."""

    version: str
    applied: bool


def read_migrations(folder: Path | None = None) -> tuple[Migration, ...]:
    """Return the migrations of a folder in order, by default ours.

    Raises:
        PlanError: A file has no partner, a name that does not fit, or a number that is used twice.
    """
    folder = folder or resource_root() / "sql" / "migrations"
    files_by_version: dict[str, dict[str, bytes]] = {}
    for path in sorted(folder.glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None:
            raise PlanError(f"{path} is no migration; expected a name such as 0002_words.up.sql")
        files_by_version.setdefault(match["version"], {})[match["way"]] = path.read_bytes()
    for version, files in files_by_version.items():
        if set(files) != {"up", "down"}:
            raise PlanError(f"migration {version} lacks its {'down' if 'up' in files else 'up'} file in {folder}")
    numbers = [version[:4] for version in files_by_version]
    if len(set(numbers)) != len(numbers):
        raise PlanError(f"two migrations in {folder} have the same number: {', '.join(files_by_version)}")
    return tuple(Migration(version, files["up"], files["down"]) for version, files in sorted(files_by_version.items()))


def apply_migrations(database: Database, migrations: tuple[Migration, ...] | None = None) -> tuple[str, ...]:
    """Apply what is missing and return the versions applied now; concurrent callers wait for each other.

    Raises:
        PlanError: Applied files were edited or are missing, or a new one stands before them.
        ServiceUnavailableError: The database does not answer.
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
    """Undo the newest `steps` applied migrations and return their versions, newest first.

    Raises:
        PlanError: Files and database disagree, or `steps` is no positive number.
        ServiceUnavailableError: The database does not answer.
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
                transaction.execute("migrations.note_rolled_back", {"version": row["version"]})
            rolled_back.append(row["version"])
    return tuple(rolled_back)


def list_states(database: Database, migrations: tuple[Migration, ...] | None = None) -> tuple[MigrationState, ...]:
    """Return each migration and whether it has been applied.

    Raises:
        PlanError: Files and database disagree.
        ServiceUnavailableError: The database does not answer.
    """
    available = read_migrations() if migrations is None else migrations
    pending_versions = {migration.version for migration in _pending_migrations(available, _list_applied(database))}
    return tuple(
        MigrationState(migration.version, migration.version not in pending_versions) for migration in available
    )


def _list_applied(database: Database) -> list[Row]:
    ledger = database.fetch_one("migrations.find_ledger")
    return database.fetch_all("migrations.list_applied") if ledger is not None and ledger["present"] else []


def _pending_migrations(available: tuple[Migration, ...], applied: list[Row]) -> list[Migration]:
    """Return what is still to be applied, once files and database agree about what was."""
    by_version = {migration.version: migration for migration in available}
    for row in applied:
        migration = by_version.get(row["version"])
        if migration is None:
            raise PlanError(
                f"the database has migration {row['version']}, which this program does not know: use the newer program "
                "that applied it"
            )
        if (migration.up_sha256, migration.down_sha256) != (row["up_sha256"], row["down_sha256"]):
            raise PlanError(
                f"migration {row['version']} was edited after it had been applied: restore its files, and put the "
                "change into a new migration"
            )
    applied_versions = {row["version"] for row in applied}
    pending = [migration for migration in available if migration.version not in applied_versions]
    newest_applied = max(applied_versions, default="")
    if pending and pending[0].version < newest_applied:
        raise PlanError(
            f"migration {pending[0].version} is new but stands before {newest_applied}, which is already applied: give it a "
            "higher number"
        )
    return pending


def _apply_migration(transaction: Transaction, migration: Migration) -> None:
    transaction.run_script(migration.up)
    transaction.execute(
        "migrations.note_applied",
        {"version": migration.version, "up_sha256": migration.up_sha256, "down_sha256": migration.down_sha256},
    )
