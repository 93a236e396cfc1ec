"""Pooled connections to PostgreSQL with time limits and retries, and locks between processes.

`Database.run_in_transaction` repeats a transaction after a lost connection, even if only the reply to the commit was
lost. So every write must be idempotent: it has an idempotency key, or sets a state.
"""

from __future__ import annotations

import logging
import math
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import errors as pg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg.types.string import TextLoader
from psycopg_pool import ConnectionPool, PoolTimeout

from tower_anime_assets import safe_text
from tower_anime_assets.errors import PlanError, ServiceRejectedError, ServiceUnavailableError, TowerError
from tower_anime_assets.store.failure_causes import explain_failure
from tower_anime_assets.store.queries import query_text
from tower_anime_assets.store.silence import SAID_AFTER_S, Silence

T = TypeVar("T")
Row = dict[str, Any]


class Connection(psycopg.Connection[Row]):
    """A connection that gives up a server which does not answer, see `silence`.

    Attributes:
        failures: Why the last try to connect failed, by URL: the error of a pool that waited in vain does not say.
    """

    failures: ClassVar[dict[str, psycopg.Error]] = {}

    @classmethod
    def connect(cls, conninfo: str = "", **options: Any) -> Self:
        """Open a connection, and remember why it failed.

        Raises:
            psycopg.Error: The server does not answer or refuses the connection.
        """
        cls.failures.pop(conninfo, None)
        try:
            return super().connect(conninfo, **options)
        except psycopg.Error as error:
            cls.failures[conninfo] = error
            raise

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        """Wait for an answer, as psycopg does for each query and commit.

        Raises:
            psycopg.OperationalError: None came for `silence.ANSWER_LIMIT_S`; the connection is closed.
        """
        return super().wait(self._limit(gen), *arguments, **options)

    def _limit(self, steps: Any) -> Any:
        silence, ready = Silence(), None
        while True:
            try:
                wanted = steps.send(ready)
            except StopIteration as end:
                return end.value
            ready = yield wanted
            if not ready and silence.is_too_long():
                self.close()
                raise psycopg.OperationalError(silence.describe())


CONNECT_TIMEOUT_S = 5
STATEMENT_TIMEOUT_S = 60
RECONNECT_TIMEOUT_S = 15.0
"""A restart with crash recovery of a database of our size takes a few seconds."""
POOL_SIZE = 10
LOCK_POLL_S = 0.25

_RETRY_PAUSE_S = 0.2
_CONNECTION_OPTIONS: dict[str, Any] = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "keepalives_idle": 15,
    "tcp_user_timeout": 20_000,
    "application_name": "tower",
}
_SERVER_DOWN_ERRORS = (pg.AdminShutdown, pg.CrashShutdown, pg.CannotConnectNow, pg.TooManyConnections)
_CONFLICT_ERRORS = (pg.SerializationFailure, pg.DeadlockDetected)
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # each failed try: we say it once, in words of our own
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean_json(value: Any) -> Any:
    """Return JSON-ready data without the values that PostgreSQL cannot store as jsonb.

    NaN and the infinities become the strings "NaN", "Infinity" and "-Infinity", which `float()` reads back; NUL
    characters and lone surrogates become U+FFFD.
    """
    if isinstance(value, str):
        # ASCII text has no surrogates, and this check is fifty times faster than the search.
        return value.replace("\0", "\ufffd") if value.isascii() else _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {clean_json(str(key)): clean_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(item) for item in value]
    return value


def jsonb(value: Any) -> Jsonb:
    """Return cleaned JSON-ready data as the parameter of a jsonb column."""
    return Jsonb(clean_json(value))


def json_rows(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return database rows as JSON-ready data: times in ISO format, infinities as strings.

    Texts and jsonb come out of the database as clean as `jsonb` and `text` columns take them.
    """
    return tuple({name: _json_cell(value) for name, value in row.items()} for row in rows)


def _json_cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return clean_json(value) if isinstance(value, float) else value


def describe_server(url: str) -> str:
    """Return the server and database of a URL for messages, without user and password."""
    parts = urlsplit(url)
    socket = re.search(r"(?:^|&)host=([^&]+)", parts.query)
    host = unquote(socket[1]) if socket else parts.hostname or "the local socket"
    port = f":{parts.port}" if parts.port else ""
    return f"{host}{port}, database {parts.path.lstrip('/') or 'of the user'}"


def redact_password(text: str, url: str) -> str:
    """Return `text` with the password of `url` masked, in case a driver quotes it."""
    return safe_text.hide_secrets(text, safe_text.secrets_in_url(url))


def error_text(error: Exception, url: str) -> str:
    """Return the first line of a driver's message without the password."""
    return redact_password(str(error).strip() or type(error).__name__, url).splitlines()[0]


def connect(url: str) -> Connection:
    """Open a connection outside the pool, in autocommit mode, with the same options as a pooled one.

    Raises:
        psycopg.OperationalError: The server does not answer or refuses the connection.
    """
    connection = Connection.connect(url, autocommit=True, row_factory=dict_row, **_CONNECTION_OPTIONS)
    _configure_connection(connection)
    return connection


def _configure_connection(connection: Connection) -> None:
    connection.adapters.register_loader("uuid", TextLoader)
    connection.execute(query_text("session.set_session_options"), {"statement_timeout": f"{STATEMENT_TIMEOUT_S}s"})


class Transaction:
    """Named queries (`noun.name`) in one transaction, or on one autocommit connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def fetch_all(self, query_name: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """Run a query and return its rows."""
        return self._run_query(query_name, parameters).fetchall()

    def fetch_one(self, query_name: str, parameters: Mapping[str, Any] | None = None) -> Row | None:
        """Run a query and return its first row, or None."""
        return self._run_query(query_name, parameters).fetchone()

    def execute(self, query_name: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Run a statement and return the number of affected rows."""
        return self._run_query(query_name, parameters).rowcount

    def insert_or_find(self, insert_query: str, find_query: str, parameters: Mapping[str, Any]) -> Row:
        """Insert a row unless its key is on record already, and return the row on record.

        Raises:
            PlanError: The row on record belongs to another decision.
        """
        self.execute(insert_query, parameters)
        row = self.fetch_one(find_query, parameters)
        assert row is not None  # noqa: S101 - inserted now or earlier, and the record deletes nothing
        if row.get("decision_id") != parameters.get("decision_id"):
            raise PlanError(
                f"idempotency key {parameters['idempotency_key']!r} already stands for decision {row['decision_id']}; "
                f"expected {parameters['decision_id']}"
            )
        return row

    def fetch_named(self, query_name: str, parameters: Mapping[str, Any] | None = None, **names: str) -> list[Row]:
        """Run a query with the names of tables and columns put in for its `{...}`, and return its rows."""
        return self._connection.execute(_with_names(query_name, names), parameters).fetchall()

    def execute_named(self, query_name: str, **names: str) -> None:
        """Run a statement with the names of tables and columns put in for its `{...}`."""
        self._connection.execute(_with_names(query_name, names))

    def copy_out(self, query_name: str, columns: Sequence[str], **names: str) -> Iterator[bytes]:
        """Yield what a `COPY ... TO STDOUT` sends, in blocks."""
        with self._connection.cursor().copy(_with_names(query_name, names, columns)) as copy:
            yield from map(bytes, copy)

    def copy_in(self, query_name: str, columns: Sequence[str], blocks: Iterable[bytes], **names: str) -> None:
        """Send blocks to a `COPY ... FROM STDIN`."""
        with self._connection.cursor().copy(_with_names(query_name, names, columns)) as copy:
            for block in blocks:
                copy.write(block)

    def listen(self, channel: str) -> None:
        """Have the session be told what is sent to a channel."""
        self.execute_named("session.listen", channel=channel)

    def wait_for_notifications(self, timeout_s: float) -> list[str]:
        """Wait until something is sent to the session's channels; return what, nothing if nothing was in time.

        Args:
            timeout_s: Below `silence.SAID_AFTER_S`: nobody is told that a database is silent which has nothing to say.
        """
        return [note.payload for note in self._connection.notifies(timeout=timeout_s, stop_after=1)]

    def run_script(self, text: bytes) -> None:
        """Run the statements of a migration."""
        self._connection.execute(text)

    def _run_query(self, query_name: str, parameters: Mapping[str, Any] | None) -> psycopg.Cursor[Row]:
        return self._connection.execute(query_text(query_name), _storable_parameters(parameters or {}))


def _with_names(query_name: str, names: Mapping[str, str], columns: Sequence[str] = ()) -> sql.Composed:
    quoted: dict[str, sql.Composable] = {name: sql.Identifier(text) for name, text in names.items()}
    if columns:
        quoted["columns"] = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL(query_text(query_name).decode()).format(**quoted)


def _storable_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    # Only strings and lists of strings: jsonb parameters are already cleaned, and float8 arrays may hold infinities.
    return {name: _storable_value(value) for name, value in parameters.items()}


def _storable_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_storable_value(item) for item in value]
    return clean_json(value) if isinstance(value, str) else value


class Database:
    """One PostgreSQL database. Threads share its pool; each process has its own connections.

    Nothing is opened before the first query.

    Attributes:
        url: `postgresql://...`.
        reconnect_timeout_s: How long to wait for a server that does not accept connections.
    """

    def __init__(self, url: str, *, reconnect_timeout_s: float = RECONNECT_TIMEOUT_S) -> None:
        self.url = url
        self.reconnect_timeout_s = reconnect_timeout_s
        self._pools: dict[int, ConnectionPool[Connection]] = {}

    def close(self) -> None:
        """Close the connections of this process; a later query opens new ones."""
        pool = self._pools.pop(os.getpid(), None)
        if pool is not None:
            pool.close()

    def fetch_all(self, query_name: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """Run the query `noun.name` and return its rows."""
        return self._run_with_retries(lambda connection: Transaction(connection).fetch_all(query_name, parameters))

    def fetch_one(self, query_name: str, parameters: Mapping[str, Any] | None = None) -> Row | None:
        """Run the query `noun.name` and return its first row, or None."""
        return self._run_with_retries(lambda connection: Transaction(connection).fetch_one(query_name, parameters))

    def run_in_transaction(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a transaction and commit it; after a lost connection, start over.

        Args:
            work: Must be idempotent, since a commit may succeed although its reply is lost.

        Raises:
            PlanError: A guard or constraint of the record refuses a row.
            ServiceUnavailableError: The database does not answer in time.
            ServiceRejectedError: The schema is not ours or not current.
        """

        def run_once(connection: Connection) -> T:
            with connection.transaction():
                return work(Transaction(connection))

        return self._run_with_retries(run_once)

    def insert_or_find(self, insert_query: str, find_query: str, parameters: Mapping[str, Any]) -> Row:
        """Insert a row unless its key is on record already, in a transaction, and return the row on record.

        Raises:
            PlanError: The row on record belongs to another decision.
        """
        return self.run_in_transaction(lambda work: work.insert_or_find(insert_query, find_query, parameters))

    @contextmanager
    def session(self) -> Iterator[Transaction]:
        """Open a separate connection in autocommit mode, without retries, and close it at the end."""
        connection = self._connect_with_retries()
        try:
            yield Transaction(connection)
        except psycopg.OperationalError as error:
            raise self._unavailable_error(error) from error
        finally:
            connection.close()

    @contextmanager
    def transaction(self, session: Transaction) -> Iterator[Transaction]:
        """Open a transaction on a session; commit it at the end, or roll it back on an error."""
        with session._connection.transaction():
            yield session

    @contextmanager
    def trial(self, session: Transaction) -> Iterator[None]:
        """Take back at the end whatever the block changes within the transaction of a session."""
        with session._connection.transaction(force_rollback=True):
            yield

    @contextmanager
    def lock(self, name: str, *, wait_s: float, on_wait: Callable[[], None]) -> Iterator[None]:
        """Hold the lock with this name, so that no other process on this database can hold it.

        The lock belongs to a separate connection: it is released as soon as the process dies, but also when the server
        restarts. In that case another process may start while this one is still working, and mark its open decisions
        as lost. A take of a lost decision is refused, so neither process can damage the other's work.

        Args:
            name: Such as `nexus-e01:clip`.
            wait_s: How long to wait for the lock.
            on_wait: Called once if the lock is not free immediately.

        Raises:
            ServiceUnavailableError: The lock was not released in time, or the database does not answer.
        """
        deadline = time.monotonic() + wait_s
        connection = self._connect_with_retries()
        try:
            notified = False
            while not self._try_lock(connection, name):
                if not notified:
                    notified = True
                    on_wait()
                if time.monotonic() >= deadline:
                    raise ServiceUnavailableError(
                        f"{name} is still being worked on by another process after {wait_s:.0f} s: wait until it "
                        "finishes or stop it, then run again"
                    )
                time.sleep(min(LOCK_POLL_S, max(0.01, deadline - time.monotonic())))
            yield
        finally:
            connection.close()

    def held_locks(self, names: Iterable[str]) -> frozenset[str]:
        """Return which of these locks some process holds; unlike taking them, to look disturbs nobody."""
        rows = self.fetch_all("session.list_held_locks", {"names": list(names)})
        return frozenset(row["name"] for row in rows)

    def _try_lock(self, connection: Connection, name: str) -> bool:
        try:
            row = Transaction(connection).fetch_one("session.try_lock", {"name": name})
        except psycopg.OperationalError as error:
            raise self._unavailable_error(error) from error
        return row is not None and bool(row["held"])

    def _pool(self) -> ConnectionPool[Connection]:
        # By process id: connections inherited by a fork belong to the parent and must not be used or closed here.
        pool = self._pools.get(os.getpid())
        if pool is None:
            pool = ConnectionPool(
                self.url,
                connection_class=Connection,
                kwargs={"autocommit": True, "row_factory": dict_row, **_CONNECTION_OPTIONS},
                min_size=0,
                max_size=POOL_SIZE,
                open=False,
                configure=_configure_connection,
                check=ConnectionPool.check_connection,
                timeout=self.reconnect_timeout_s,
                reconnect_timeout=self.reconnect_timeout_s,
                name="tower",
            )
            pool = self._pools.setdefault(os.getpid(), pool)  # the pool of another thread if it was faster
        if pool.closed:
            pool.open()
        return pool

    def _run_with_retries(self, work: Callable[[Connection], T]) -> T:
        wait = Silence(self.reconnect_timeout_s)
        while True:
            try:
                with self._pool().connection(timeout=self._slice_s(wait)) as connection:
                    return work(connection)
            except PoolTimeout as error:
                if wait.is_too_long():
                    raise self._unavailable_error(self._find_connection_error(error)) from error
            except pg.QueryCanceled as error:
                raise self._unavailable_error(error) from error
            except psycopg.OperationalError as error:
                if not isinstance(error, _CONFLICT_ERRORS) and not _is_connection_lost(error):
                    raise self._unavailable_error(error) from error
                if wait.is_too_long():
                    raise self._unavailable_error(error) from error
            except psycopg.InterfaceError as error:  # used after it was lost
                if wait.is_too_long():
                    raise self._unavailable_error(error) from error
            except (psycopg.IntegrityError, psycopg.DataError) as error:
                raise PlanError(f"the record refuses this row: {error_text(error, self.url)}") from error
            except (pg.InsufficientPrivilege, pg.UndefinedTable, pg.UndefinedFunction, pg.UndefinedColumn) as error:
                raise ServiceRejectedError(
                    f"the database at {describe_server(self.url)} refused a query: {error_text(error, self.url)}. Its "
                    "schema is not ours or not current: run `tower db migrate`, and make the user of "
                    "TOWER_DATABASE_URL the owner of the tables"
                ) from error
            except psycopg.Error as error:
                if (known := self._explain(error)) is None:
                    raise
                raise known from error
            time.sleep(_RETRY_PAUSE_S)

    def _slice_s(self, wait: Silence) -> float:
        """Return how long to wait for the pool before the user is told that the server is silent, or the wait ends."""
        left_s = self.reconnect_timeout_s - wait.waited_s()
        return max(0.05, min(left_s, SAID_AFTER_S))

    def _find_connection_error(self, timeout: PoolTimeout) -> Exception:
        """Return why the pool could not connect, which its own error does not say."""
        return Connection.failures.get(self.url, timeout)

    def _connect_with_retries(self) -> Connection:
        wait = Silence(self.reconnect_timeout_s)
        while True:
            try:
                return connect(self.url)
            except psycopg.OperationalError as error:
                if wait.is_too_long():
                    raise self._unavailable_error(error) from error
            time.sleep(_RETRY_PAUSE_S)

    def _unavailable_error(self, error: Exception) -> TowerError:
        return self._explain(error) or ServiceUnavailableError(
            f"the database at {describe_server(self.url)} does not answer: {error_text(error, self.url)}. "
            "Start it (`tower db start`), or set TOWER_DATABASE_URL to a running one"
        )

    def _explain(self, error: Exception) -> TowerError | None:
        socket = re.search(r"(?:^|&)host=([^&]+)", urlsplit(self.url).query)
        folder = Path(unquote(socket[1])) if socket else None
        known = explain_failure(error, home=folder, server=describe_server(self.url))
        return None if known is None else type(known)(redact_password(str(known), self.url))


def _is_connection_lost(error: psycopg.OperationalError) -> bool:
    """Return whether the connection is gone or the server is restarting."""
    return isinstance(error, _SERVER_DOWN_ERRORS) or error.sqlstate is None or error.sqlstate.startswith("08")
