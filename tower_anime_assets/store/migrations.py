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
from tower_anime_assets.settings import checkout
from tower_anime_assets.store.database import Database, Row, Transaction

LOCK = "tower.migrations"
_FILE = re.compile(r"(?P<version>\d{4}_[a-z0-9_]+)\.(?P<way>up|down)\.sql")


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
    folder = folder or checkout() / "sql" / "migrations"
    found: dict[str, dict[str, bytes]] = {}
    for path in sorted(folder.glob("*.sql")):
        match = _FILE.fullmatch(path.name)
        if match is None:
            raise PlanError(f"{path} is no migration; expected a name such as 0002_words.up.sql")
        found.setdefault(match["version"], {})[match["way"]] = path.read_bytes()
    for version, ways in found.items():
        if set(ways) != {"up", "down"}:
            raise PlanError(f"migration {version} lacks its {'down' if 'up' in ways else 'up'} file in {folder}")
    numbers = [version[:4] for version in found]
    if len(set(numbers)) != len(numbers):
        raise PlanError(f"two migrations in {folder} have the same number: {', '.join(found)}")
    return tuple(Migration(version, ways["up"], ways["down"]) for version, ways in sorted(found.items()))


def migrate(database: Database, migrations: tuple[Migration, ...] | None = None) -> tuple[str, ...]:
    """Apply what is missing and return the versions applied now; concurrent callers wait for each other.

    Raises:
        PlanError: Applied files were edited or are missing, or a new one stands before them.
        ServiceUnavailable: The database does not answer.
    """
    known = read_migrations() if migrations is None else migrations
    if not _missing(known, _applied(database)):
        return ()
    with database.session() as session:
        session.row("session.wait_for_lock", {"name": LOCK})
        session.execute("migrations.create_ledger")
        missing = _missing(known, session.rows("migrations.list_applied"))
        for migration in missing:
            with database.transaction(session) as transaction:
                _apply(transaction, migration)
    return tuple(migration.version for migration in missing)


def rollback(database: Database, steps: int = 1, migrations: tuple[Migration, ...] | None = None) -> tuple[str, ...]:
    """Undo the newest `steps` applied migrations and return their versions, newest first.

    Raises:
        PlanError: Files and database disagree, or `steps` is no positive number.
        ServiceUnavailable: The database does not answer.
    """
    if steps < 1:
        raise PlanError(f"cannot roll back {steps} migrations; expected 1 or more")
    known = read_migrations() if migrations is None else migrations
    undone: list[str] = []
    with database.session() as session:
        session.row("session.wait_for_lock", {"name": LOCK})
        session.execute("migrations.create_ledger")
        applied = session.rows("migrations.list_applied")
        _missing(known, applied)
        by_version = {migration.version: migration for migration in known}
        for row in list(reversed(applied))[:steps]:
            with database.transaction(session) as transaction:
                transaction.script(by_version[row["version"]].down)
                transaction.execute("migrations.note_rolled_back", {"version": row["version"]})
            undone.append(row["version"])
    return tuple(undone)


def status(database: Database, migrations: tuple[Migration, ...] | None = None) -> tuple[MigrationState, ...]:
    """Return each migration and whether it has been applied.

    Raises:
        PlanError: Files and database disagree.
        ServiceUnavailable: The database does not answer.
    """
    known = read_migrations() if migrations is None else migrations
    missing = {migration.version for migration in _missing(known, _applied(database))}
    return tuple(MigrationState(item.version, item.version not in missing) for item in known)


def _applied(database: Database) -> list[Row]:
    ledger = database.row("migrations.find_ledger")
    return database.rows("migrations.list_applied") if ledger is not None and ledger["present"] else []


def _missing(known: tuple[Migration, ...], applied: list[Row]) -> list[Migration]:
    """Return what is still to be applied, once files and database agree about what was."""
    by_version = {migration.version: migration for migration in known}
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
    done = {row["version"] for row in applied}
    missing = [migration for migration in known if migration.version not in done]
    last = max(done, default="")
    if missing and missing[0].version < last:
        raise PlanError(
            f"migration {missing[0].version} is new but stands before {last}, which is already applied: give it a "
            "higher number"
        )
    return missing


def _apply(transaction: Transaction, migration: Migration) -> None:
    transaction.script(migration.up)
    transaction.execute(
        "migrations.note_applied",
        {"version": migration.version, "up_sha256": migration.up_sha256, "down_sha256": migration.down_sha256},
    )
