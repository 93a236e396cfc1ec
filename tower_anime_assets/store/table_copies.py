"""Tables as compressed text, in and out of any PostgreSQL: what a backup has of the database.

Rows go by COPY over an ordinary connection, as the owner of the tables: no superuser and no program of the server's
version is needed. The schema is not copied: migrations make it, and Dagster makes its own.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import psycopg

from tower_anime_assets.errors import PlanError, ServiceRejectedError
from tower_anime_assets.store import audit
from tower_anime_assets.store.audit import ChainMark
from tower_anime_assets.store.database import Database, Transaction, error_text

RECORD, DAGSTER = "record", "dagster"
"""The two parts of the database: our tables, and those of Dagster's runs and events."""

_VERSION_TABLE = "alembic_version"
"""Where Dagster keeps the version of its schema."""


@dataclass(frozen=True)
class StoredTable:
    """A table of a database.

    Attributes:
        part: `RECORD` or `DAGSTER`.
        columns: Those that hold something of their own, in order.
        parents: Tables that its rows refer to.
    """

    part: str
    schema: str
    name: str
    columns: tuple[str, ...]
    parents: tuple[str, ...]


@dataclass(frozen=True)
class TableRows:
    """The rows of a table in a file: gzip of COPY's text format.

    Attributes:
        part: `RECORD` or `DAGSTER`.
        columns: The columns of each line, in order.
    """

    part: str
    name: str
    columns: tuple[str, ...]
    rows: int
    file: Path


@contextmanager
def open_snapshot(database: Database) -> Iterator[Transaction]:
    """Open a transaction that sees the database as it is now, whatever is written meanwhile."""
    with database.session() as session, database.transaction(session) as snapshot:
        snapshot.execute("backups.begin_snapshot")
        snapshot.fetch_one("backups.prepare_copying")
        yield snapshot


def read_mark(snapshot: Transaction) -> ChainMark:
    """Return where the audit chain stands in a snapshot."""
    return audit.mark_of(snapshot.fetch_one("audit.find_mark"))


def list_media(snapshot: Transaction) -> tuple[tuple[str, str], ...]:
    """Return path and SHA-256 of every media file that the record needs."""
    return tuple((row["path"], row["sha256"]) for row in snapshot.fetch_all("backups.list_media"))


def list_tables(transaction: Transaction) -> tuple[StoredTable, ...]:
    """Return the tables of both parts, each after those that its rows refer to."""
    tables = {
        (row["part"], row["table_name"]): StoredTable(
            row["part"], row["schema_name"], row["table_name"], tuple(row["columns"]), tuple(row["parents"])
        )
        for row in transaction.fetch_all("backups.list_tables")
    }
    needs = {key: [(key[0], parent) for parent in table.parents] for key, table in tables.items()}
    return tuple(tables[key] for key in TopologicalSorter(needs).static_order() if key in tables)


def write_rows(snapshot: Transaction, table: StoredTable, file: Path) -> TableRows:
    """Write the rows of a table to a file."""
    (count,) = snapshot.fetch_named("backups.count_rows", schema=table.schema, table=table.name)
    with file.open("wb") as raw, gzip.GzipFile("", "wb", 3, raw, mtime=0) as packed:
        for block in snapshot.copy_out("backups.copy_out", table.columns, schema=table.schema, table=table.name):
            packed.write(block)
    return TableRows(table.part, table.name, table.columns, count["row_count"], file)


def find_filled_tables(transaction: Transaction) -> tuple[str, ...]:
    """Return the tables that already have rows of somebody's: takes, runs, facts and others."""
    formed = {"workflow_profiles_daily", "workflow_profiles_state"}  # their one row says that nothing was summed yet
    filled = []
    for table in list_tables(transaction):
        if table.name in formed or (table.part == DAGSTER and table.name != "runs"):
            continue
        (count,) = transaction.fetch_named("backups.count_rows", schema=table.schema, table=table.name)
        if count["row_count"]:
            filled.append(table.name)
    return tuple(filled)


def load_rows(database: Database, copies: Sequence[TableRows], before_commit: Callable[[], None]) -> tuple[str, ...]:
    """Fill an empty database with the rows of a backup, all or none, and return what was left out, in words.

    Args:
        database: Has the schema of the backup.
        copies: The rows.
        before_commit: Called when all rows are in; if it raises, none is.

    Raises:
        PlanError: The database is not empty, or does not take the rows.
        ServiceRejectedError: The database's user does not own the tables.
    """
    left_out: list[str] = []
    by_table = {(copy.part, copy.name): copy for copy in copies}
    try:
        with database.session() as session, database.transaction(session) as transaction:
            transaction.fetch_one("backups.prepare_copying")
            refuse_filled(transaction)
            targets = list_tables(transaction)
            known = {(table.part, table.name) for table in targets}
            left_out += [
                f"table {name}, which this schema does not have"
                for part, name in by_table
                if (part, name) not in known and part == RECORD
            ]
            if not _has_same_dagster(transaction, targets, by_table):
                left_out.append("Dagster's runs and events, which are of another version of Dagster")
                targets = tuple(table for table in targets if table.part != DAGSTER)
            chosen = [table for table in targets if (table.part, table.name) in by_table]
            for table in chosen:
                transaction.execute_named("backups.disable_triggers", schema=table.schema, table=table.name)
            for table in reversed(chosen):
                transaction.execute_named("backups.delete_rows", schema=table.schema, table=table.name)
            for table in chosen:
                left_out += _load_table(transaction, table, by_table[table.part, table.name])
            transaction.execute("migrations.check_constraints")
            for table in chosen:
                transaction.execute_named("backups.enable_triggers", schema=table.schema, table=table.name)
            transaction.execute("backups.advance_sequences")
            before_commit()
    except psycopg.errors.InsufficientPrivilege as error:
        raise ServiceRejectedError(
            f"the database refused to be filled: {error_text(error, database.url)}. Make the user of "
            "TOWER_DATABASE_URL the owner of its tables"
        ) from error
    except (psycopg.IntegrityError, psycopg.DataError, psycopg.ProgrammingError) as error:
        raise PlanError(
            f"the database does not take the rows of the backup, and nothing was restored: "
            f"{error_text(error, database.url)}"
        ) from error
    return tuple(left_out)


def refuse_filled(transaction: Transaction) -> None:
    """Refuse a database that has rows.

    Raises:
        PlanError: It has.
    """
    if filled := find_filled_tables(transaction):
        raise PlanError(
            f"the database is not empty: it has rows of {', '.join(filled[:5])}. Set TOWER_HOME to a new folder, or "
            "TOWER_DATABASE_URL to an empty database, then restore again"
        )


def _load_table(transaction: Transaction, table: StoredTable, copy: TableRows) -> list[str]:
    """Fill a table, without the columns that it does not have here; return these in words."""
    kept = [index for index, column in enumerate(copy.columns) if column in table.columns]
    missing = [column for column in copy.columns if column not in table.columns]
    lines: Iterator[bytes]
    try:
        with gzip.open(copy.file, "rb") as packed:
            lines = iter(packed)
            if missing:
                lines = (b"\t".join(_pick(line, kept)) + b"\n" for line in packed)
            columns = tuple(copy.columns[index] for index in kept)
            transaction.copy_in("backups.copy_in", columns, lines, schema=table.schema, table=table.name)
    except (OSError, EOFError, zlib.error) as error:
        raise PlanError(
            f"the rows of {copy.name} in the backup cannot be read: {error}. Nothing was restored"
        ) from error
    (count,) = transaction.fetch_named("backups.count_rows", schema=table.schema, table=table.name)
    if count["row_count"] != copy.rows:
        raise PlanError(
            f"{count['row_count']} rows of {copy.name} came out of the backup; expected {copy.rows}. "
            "Nothing was restored"
        )
    return [f"{copy.name}.{column}, which this database does not have" for column in missing]


def _pick(line: bytes, kept: Sequence[int]) -> list[bytes]:
    values = line.rstrip(b"\n").split(b"\t")  # a tab in a value is written as \t
    return [values[index] for index in kept]


def _has_same_dagster(
    transaction: Transaction, targets: Sequence[StoredTable], copies: dict[tuple[str, str], TableRows]
) -> bool:
    """Return whether Dagster's tables here are those of the backup, or the backup has none."""
    here = {table.name: table for table in targets if table.part == DAGSTER}
    backed_up = {name: copy for (part, name), copy in copies.items() if part == DAGSTER}
    if not backed_up:
        return True
    if any(name not in here or set(copy.columns) - set(here[name].columns) for name, copy in backed_up.items()):
        return False
    version = here.get(_VERSION_TABLE)
    if version is None or _VERSION_TABLE not in backed_up:
        return False
    text = b"".join(
        transaction.copy_out("backups.copy_out", version.columns, schema=version.schema, table=version.name)
    )
    with gzip.open(backed_up[_VERSION_TABLE].file, "rb") as packed:
        return packed.read() == text
