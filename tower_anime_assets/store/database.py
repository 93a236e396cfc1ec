"""Connections to PostgreSQL: pooled, bounded in time, retried where retrying is safe; and locks between processes.

Every write that goes through `Database.run` is retried after a lost connection, also when the commit's answer was what
got lost. So every write must be one that may happen twice: each carries an idempotency key or settles on a state.
"""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import errors as pg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg.types.string import TextLoader
from psycopg_pool import ConnectionPool, PoolTimeout

from tower_anime_assets.errors import PlanError, ServiceRejectedError, ServiceUnavailableError
from tower_anime_assets.store.queries import query_text

T = TypeVar("T")
Row = dict[str, Any]
Connection = psycopg.Connection[Row]

CONNECT_TIMEOUT_S = 5
STATEMENT_TIMEOUT_S = 60
PATIENCE_S = 15.0
"""How long a lost server is waited for: a restart with crash recovery of our sizes takes a few seconds."""
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
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean_json(value: Any) -> Any:
    """Return JSON-ready data as PostgreSQL can hold it, losing as little as possible.

    NaN and the infinities become the strings "NaN", "Infinity" and "-Infinity", which `float()` reads back; NUL
    characters and lone surrogates become U+FFFD.
    """
    if isinstance(value, str):
        # One in ASCII can have no surrogates, and a search is fifty times slower than this.
        return value.replace("\0", "\ufffd") if value.isascii() else _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {clean_json(str(key)): clean_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(item) for item in value]
    return value


def jsonb(value: Any) -> Jsonb:
    """Return JSON-ready data as a parameter for a jsonb column, cleaned."""
    return Jsonb(clean_json(value))


def describe_server(url: str) -> str:
    """Return which server a URL means, without user and password, for messages."""
    parts = urlsplit(url)
    socket = re.search(r"(?:^|&)host=([^&]+)", parts.query)
    host = unquote(socket[1]) if socket else parts.hostname or "the local socket"
    port = f":{parts.port}" if parts.port else ""
    return f"{host}{port}, database {parts.path.lstrip('/') or 'of the user'}"


def redact_password(text: str, url: str) -> str:
    """Return `text` with the password of `url` blanked, in case a driver quotes it."""
    query_password = re.search(r"(?:^|&)password=([^&]+)", urlsplit(url).query)
    for secret in (urlsplit(url).password, query_password[1] if query_password else None):
        if secret:
            text = text.replace(unquote(secret), "***").replace(secret, "***")
    return text


def connect(url: str) -> Connection:
    """Open one connection outside any pool, in autocommit mode, set up like all of ours.

    Raises:
        psycopg.OperationalError: The server does not answer or refuses.
    """
    connection = psycopg.Connection.connect(url, autocommit=True, row_factory=dict_row, **_CONNECTION_OPTIONS)
    _configure_connection(connection)
    return connection


def _configure_connection(connection: Connection) -> None:
    connection.adapters.register_loader("uuid", TextLoader)
    connection.execute(query_text("session.set_up"), {"statement_timeout": f"{STATEMENT_TIMEOUT_S}s"})


class Transaction:
    """Named queries inside one transaction, or on one autocommit connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def fetch_all(self, query_name: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """Run a query and return its rows."""
        return self._run_query(query_name, parameters).fetchall()

    def fetch_one(self, query_name: str, parameters: Mapping[str, Any] | None = None) -> Row | None:
        """Run a query and return its first row, None when it has none."""
        return self._run_query(query_name, parameters).fetchone()

    def execute(self, query_name: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Run a statement and return how many rows it touched."""
        return self._run_query(query_name, parameters).rowcount

    def run_script(self, text: bytes) -> None:
        """Run a migration's statements."""
        self._connection.execute(text)

    def _run_query(self, query_name: str, parameters: Mapping[str, Any] | None) -> psycopg.Cursor[Row]:
        return self._connection.execute(query_text(query_name), _storable_parameters(parameters or {}))


def _storable_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    # Texts and arrays of them; jsonb values come cleaned, and arrays keep their infinities, which float8 can hold.
    return {name: _storable_value(value) for name, value in parameters.items()}


def _storable_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_storable_value(item) for item in value]
    return clean_json(value) if isinstance(value, str) else value


class Database:
    """One PostgreSQL database, for use from any thread and, each with its own connections, any process.

    Nothing is opened before the first query. Answers that do not come in time, and servers that stay away for longer
    than `patience_s`, are `ServiceUnavailableError`.

    Attributes:
        url: `postgresql://...`.
        patience_s: How long a server that went away is waited for.
    """

    def __init__(self, url: str, *, patience_s: float = PATIENCE_S) -> None:
        self.url = url
        self.patience_s = patience_s
        self._pools: dict[int, ConnectionPool[Connection]] = {}

    def close(self) -> None:
        """Close this process's connections; a later query opens new ones."""
        pool = self._pools.pop(os.getpid(), None)
        if pool is not None:
            pool.close()

    def fetch_all(self, query_name: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """Run one query, `noun.name`, and return its rows.

        Raises:
            ServiceUnavailableError: The database stays away or does not answer in time.
        """
        return self._run_with_retries(lambda connection: Transaction(connection).fetch_all(query_name, parameters))

    def fetch_one(self, query_name: str, parameters: Mapping[str, Any] | None = None) -> Row | None:
        """Run one query, `noun.name`, and return its first row, None when it has none.

        Raises:
            ServiceUnavailableError: The database stays away or does not answer in time.
        """
        return self._run_with_retries(lambda connection: Transaction(connection).fetch_one(query_name, parameters))

    def run_in_transaction(self, work: Callable[[Transaction], T]) -> T:
        """Do `work` in one transaction, committed on return; again from its start when the connection is lost.

        Args:
            work: Must be safe to happen twice, since a commit may succeed without our hearing of it.

        Raises:
            PlanError: A guard or constraint of the record refuses it.
            ServiceUnavailableError: The database stays away or does not answer in time.
        """

        def run_once(connection: Connection) -> T:
            with connection.transaction():
                return work(Transaction(connection))

        return self._run_with_retries(run_once)

    @contextmanager
    def session(self) -> Iterator[Transaction]:
        """Give a connection of its own in autocommit mode, closed at the end; nothing on it is retried.

        Raises:
            ServiceUnavailableError: The database does not answer.
        """
        connection = self._connect_with_retries()
        try:
            yield Transaction(connection)
        except psycopg.OperationalError as error:
            raise self._unavailable_error(error) from error
        finally:
            connection.close()

    @contextmanager
    def transaction(self, session: Transaction) -> Iterator[Transaction]:
        """Give a transaction on a session, committed at the end, rolled back on an error."""
        with session._connection.transaction():
            yield session

    @contextmanager
    def lock(self, name: str, *, wait_s: float, on_wait: Callable[[], None]) -> Iterator[None]:
        """Hold the lock of this name; no other process of this database can hold it meanwhile.

        It lives on a connection of its own: a process that dies gives it up at once, and a server that restarts
        frees it. Then another process may enter while this one still works, and may declare its open decisions lost;
        keeping a take of a lost decision is refused, so neither can spoil the other's work.

        Args:
            name: Such as `nexus-e01:clip`.
            wait_s: How long to wait for it.
            on_wait: Called once when it is not free at once.

        Raises:
            ServiceUnavailableError: It was not free in time, or the database does not answer.
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
                        f"{name} is being worked on by another process, still after {wait_s:.0f} s: "
                        "let it finish or end it, then run again"
                    )
                time.sleep(min(LOCK_POLL_S, max(0.01, deadline - time.monotonic())))
            yield
        finally:
            connection.close()

    def _try_lock(self, connection: Connection, name: str) -> bool:
        try:
            row = Transaction(connection).fetch_one("session.try_lock", {"name": name})
        except psycopg.OperationalError as error:
            raise self._unavailable_error(error) from error
        return row is not None and bool(row["held"])

    def _pool(self) -> ConnectionPool[Connection]:
        # By process id: connections inherited through fork belong to the parent and must be neither used nor closed.
        pool = self._pools.get(os.getpid())
        if pool is None:
            pool = ConnectionPool(
                self.url,
                connection_class=psycopg.Connection[Row],
                kwargs={"autocommit": True, "row_factory": dict_row, **_CONNECTION_OPTIONS},
                min_size=0,
                max_size=POOL_SIZE,
                open=False,
                configure=_configure_connection,
                check=ConnectionPool.check_connection,
                timeout=self.patience_s,
                reconnect_timeout=self.patience_s,
                name="tower",
            )
            pool = self._pools.setdefault(os.getpid(), pool)  # another thread's, if that was quicker
        if pool.closed:
            pool.open()
        return pool

    def _run_with_retries(self, work: Callable[[Connection], T]) -> T:
        deadline = time.monotonic() + self.patience_s
        while True:
            try:
                with self._pool().connection() as connection:
                    return work(connection)
            except PoolTimeout as error:
                raise self._unavailable_error(self._find_connection_error(error)) from error
            except pg.QueryCanceled as error:
                raise self._unavailable_error(error) from error
            except psycopg.OperationalError as error:
                if not isinstance(error, _CONFLICT_ERRORS) and not _is_connection_lost(error):
                    raise self._unavailable_error(error) from error
                if time.monotonic() >= deadline:
                    raise self._unavailable_error(error) from error
            except (psycopg.IntegrityError, psycopg.DataError) as error:
                raise PlanError(f"the record refuses it: {self._error_text(error)}") from error
            except (pg.InsufficientPrivilege, pg.UndefinedTable, pg.UndefinedFunction, pg.UndefinedColumn) as error:
                raise ServiceRejectedError(
                    f"the database at {describe_server(self.url)} refused: {self._error_text(error)}. Its schema is not ours or not "
                    "current: run `tower db migrate`, and let the user of TOWER_DATABASE_URL own the tables"
                ) from error
            time.sleep(_RETRY_PAUSE_S)

    def _find_connection_error(self, timeout: PoolTimeout) -> Exception:
        """Return why the pool could not connect; it only says that it could not."""
        try:
            connect(self.url).close()
        except psycopg.OperationalError as error:
            return error
        return timeout

    def _connect_with_retries(self) -> Connection:
        deadline = time.monotonic() + self.patience_s
        while True:
            try:
                return connect(self.url)
            except psycopg.OperationalError as error:
                if time.monotonic() >= deadline:
                    raise self._unavailable_error(error) from error
            time.sleep(_RETRY_PAUSE_S)

    def _error_text(self, error: Exception) -> str:
        return redact_password(str(error).strip() or type(error).__name__, self.url).splitlines()[0]

    def _unavailable_error(self, error: Exception) -> ServiceUnavailableError:
        return ServiceUnavailableError(
            f"the database at {describe_server(self.url)} does not answer: {self._error_text(error)}. "
            "Start it (`tower db start`), or set TOWER_DATABASE_URL to one that runs"
        )


def _is_connection_lost(error: psycopg.OperationalError) -> bool:
    """Whether the connection is gone or the server is about to come back."""
    return isinstance(error, _SERVER_DOWN_ERRORS) or error.sqlstate is None or error.sqlstate.startswith("08")
