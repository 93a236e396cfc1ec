"""What a chain of exceptions is told as."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

import psycopg
import psycopg2  # type: ignore[import-untyped]
import pytest
import sqlalchemy
from dagster._utils.error import serializable_error_info_from_exc_info
from dagster_postgres.utils import DagsterPostgresException
from psycopg import errors as pg

from tower_anime_assets.errors import EXIT_SERVICE
from tower_anime_assets.store.failure_causes import explain_failure

HOME = Path("/srv/tower")
QUERY = "INSERT INTO event_logs (run_id) VALUES (%(run_id)s)"
CLOSED = "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n"


def wrapped(error: Exception) -> Exception:
    """An error as SQLAlchemy wraps it, in Dagster's own, while something else went wrong."""
    try:
        try:
            try:
                raise error
            except Exception as driver_error:
                raise sqlalchemy.exc.DBAPIError.instance(QUERY, {}, error, psycopg2.Error) from driver_error
        except Exception as sqlalchemy_error:
            raise DagsterPostgresException("too many retries for DB connection") from sqlalchemy_error
    except DagsterPostgresException as dagster_error:
        try:
            raise KeyError("while cleaning up") from dagster_error
        except KeyError as outer:
            return outer


FAILURES = [
    (psycopg2.OperationalError(CLOSED), "does not answer: server closed the connection unexpectedly"),
    (psycopg2.InterfaceError("connection already closed"), "does not answer"),
    (psycopg2.DatabaseError("error with status PGRES_TUPLES_OK and no message from the libpq"), "does not answer"),
    (
        psycopg2.OperationalError('could not extend file "base/5/1": No space left on device'),
        "has no room on its disk.*free some space",
    ),
    (psycopg2.OperationalError("FATAL:  sorry, too many clients already"), "no connection left.*max_connections"),
    (pg.DiskFull("could not extend file"), "has no room on its disk"),
    (pg.OutOfMemory("out of memory"), "database has no memory left"),
    (pg.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"), "can only be read"),
    (pg.AdminShutdown("terminating connection due to administrator command"), "does not answer"),
    (pg.InsufficientPrivilege("permission denied for database tower"), "refused: permission denied.*grant"),
    (pg.IoError("could not read block 7"), "a disk failed to read or write"),
    (MemoryError(), "this machine has no memory left"),
    (OSError(errno.EMFILE, "Too many open files", "/srv/tower/media/a.png"), "ulimit -n"),
    (OSError(errno.ENOSPC, "No space left on device", "/srv/tower/a.png"), r"disk is full: /srv/tower/a\.png"),
    (OSError(errno.ENOMEM, "Cannot allocate memory"), "this machine has no memory left"),
    (OSError(errno.EROFS, "Read-only file system", "/srv/tower/x"), "cannot use /srv/tower/x: read-only file system"),
    (FileNotFoundError(errno.ENOENT, "No such file", "/srv/tower/media/x"), "/srv/tower was removed or unmounted"),
    (RuntimeError("can't start new thread"), "starts no further thread"),
]  # fmt: skip


@pytest.mark.chaos
@pytest.mark.parametrize(("error", "words"), FAILURES)
def test_the_root_of_a_chain_is_told_in_one_sentence_without_sql(error: Exception, words: str) -> None:
    for chain in (error, wrapped(error)):
        with pytest.raises(Exception, match=words) as caught:
            raise explain_failure(chain, home=HOME) or chain
        assert caught.value.exit_code == EXIT_SERVICE  # type: ignore[attr-defined]
        for foreign in ("INSERT INTO", "Error:", "bug", "sqlalche.me", "\n"):
            assert foreign not in str(caught.value)


@pytest.mark.parametrize("error", [failure for failure, _words in FAILURES if isinstance(failure, psycopg2.Error)])
def test_what_dagster_made_text_of_is_told_likewise(error: Exception) -> None:
    try:
        raise wrapped(error)
    except KeyError:
        serialized = serializable_error_info_from_exc_info(sys.exc_info())
    known = explain_failure(serialized)
    assert str(known) == str(explain_failure(error))


@pytest.mark.parametrize(
    "error",
    [
        KeyError("brief"),
        FileNotFoundError(errno.ENOENT, "No such file", "/srv/elsewhere/x"),
        pg.UndefinedColumn('column "x" does not exist'),
        psycopg.ProgrammingError("the query has 1 placeholder but 2 parameters were passed"),
    ],
)
def test_a_bug_stays_a_bug(error: Exception) -> None:
    assert explain_failure(error, home=HOME) is None


def test_no_password_is_told() -> None:
    error = psycopg2.OperationalError("could not connect to postgresql://ann:s3cret@db/tower")
    assert "s3cret" not in str(explain_failure(error))
