"""Why the database or this machine failed, read from a whole chain of exceptions: one sentence, and what to do.

A chain is what drivers, SQLAlchemy and Dagster wrapped around each other, also where Dagster has made text of it. No
driver is imported here: their errors are known by SQLSTATE, by `errno`, and by the package that they come from.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import Any

from tower_anime_assets.errors import MediaError, ServiceRejectedError, ServiceUnavailableError, TowerError

MAX_LINKS = 100
"""Longer chains only come from recursion."""

_TEXT_CHARACTERS = 300


class _Kind(IntEnum):
    """What failed; where a chain names several, the first of these is the root of the others."""

    DISK_FULL = 1
    OUT_OF_MEMORY = 2
    TOO_MANY_CONNECTIONS = 3
    TOO_MANY_FILES = 4
    TOO_MANY_THREADS = 5
    FOLDER_GONE = 6
    READ_ONLY = 7
    BROKEN_DISK = 8
    SLOW_QUERY = 9
    NO_RIGHT = 10
    LOST = 11


_SHORTAGES = (_Kind.OUT_OF_MEMORY, _Kind.TOO_MANY_FILES, _Kind.TOO_MANY_THREADS)

_BY_SQLSTATE = {
    "25006": _Kind.READ_ONLY,
    "42501": _Kind.NO_RIGHT,
    "53100": _Kind.DISK_FULL,
    "53200": _Kind.OUT_OF_MEMORY,
    "53300": _Kind.TOO_MANY_CONNECTIONS,
    "57014": _Kind.SLOW_QUERY,
    "58030": _Kind.BROKEN_DISK,
    "58P01": _Kind.FOLDER_GONE,
}
_BY_ERRNO = {
    errno.ENOSPC: _Kind.DISK_FULL,
    errno.EDQUOT: _Kind.DISK_FULL,
    errno.ENOMEM: _Kind.OUT_OF_MEMORY,
    errno.EMFILE: _Kind.TOO_MANY_FILES,
    errno.ENFILE: _Kind.TOO_MANY_FILES,
    errno.EROFS: _Kind.READ_ONLY,
    errno.EACCES: _Kind.READ_ONLY,
    errno.EPERM: _Kind.READ_ONLY,
    errno.EIO: _Kind.BROKEN_DISK,
}
_BY_TEXT = {
    "No space left on device": _Kind.DISK_FULL,
    "Disk quota exceeded": _Kind.DISK_FULL,
    "Cannot allocate memory": _Kind.OUT_OF_MEMORY,
    "Too many open files": _Kind.TOO_MANY_FILES,
    "too many connections for": _Kind.TOO_MANY_CONNECTIONS,
    "no more connections allowed": _Kind.TOO_MANY_CONNECTIONS,
    "too many clients already": _Kind.TOO_MANY_CONNECTIONS,
    "remaining connection slots are reserved": _Kind.TOO_MANY_CONNECTIONS,
    "read-only transaction": _Kind.READ_ONLY,
    "Read-only file system": _Kind.READ_ONLY,
    "statement timeout": _Kind.SLOW_QUERY,
}
"""In what a driver quotes of the server or of the system; it often gives no SQLSTATE with it."""

_DRIVERS = ("psycopg", "psycopg2", "psycopg_pool", "sqlalchemy", "dagster_postgres")
_LOST_NAMES = frozenset((
    "OperationalError", "InterfaceError", "PoolTimeout", "PoolClosed", "DagsterPostgresException", "AdminShutdown",
    "CrashShutdown", "CannotConnectNow", "ConnectionTimeout", "ConnectionFailure", "IdleInTransactionSessionTimeout",
))  # fmt: skip
_LOST_TEXTS = (
    "server closed the connection",
    "connection already closed",
    "connection has been closed",
    "closed the connection unexpectedly",
    "could not receive data from server",
    "no message from the libpq",
    "QueuePool limit",
)
"""Lost connections that psycopg2 and SQLAlchemy report with a class that means anything."""

_URL_PASSWORD = re.compile(r"(://[^:/@\s]*):[^@\s]*@")


def explain_failure(error: object, *, home: Path | None = None, server: str = "") -> TowerError | None:
    """Return what to tell the user if the database or this machine failed; None if nothing in the chain says so.

    Args:
        error: An exception, or Dagster's text of one (`SerializableErrorInfo`).
        home: TOWER_HOME: a file missing below it is not a bug, but the folder's removal.
        server: The database's place, for messages.
    """
    found: list[tuple[_Kind, int, object]] = []
    for depth, link in enumerate(_links(error)):
        if isinstance(link, ServiceUnavailableError):
            return link
        kind = _kind_of(link, home)
        if kind is not None:
            found.append((kind, -depth, link))
    if not found:
        return None
    kind, _depth, link = min(found, key=lambda item: item[:2])
    return _describe(kind, link, home, server)


def name_shortage(error: TowerError) -> str:
    """Return what this machine is short of beneath an error that only says what could not be done; else ""."""
    found = [(kind, link) for link in _links(error.__cause__) if (kind := _kind_of(link, None)) in _SHORTAGES]
    return str(_describe(*found[0], None, "")) if found and not isinstance(error, ServiceUnavailableError) else ""


def _links(error: object) -> Iterator[object]:
    """Yield an error and everything that it came from, each once."""
    waiting, seen = [error], set[int]()
    while waiting and len(seen) < MAX_LINKS:
        link = waiting.pop(0)
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        if isinstance(link, BaseExceptionGroup):
            waiting.extend(link.exceptions)
        names = ("__cause__", "__context__", "orig") if isinstance(link, BaseException) else ("cause", "context")
        waiting.extend(getattr(link, name, None) for name in names)


def _kind_of(link: object, home: Path | None) -> _Kind | None:
    if isinstance(link, MemoryError):
        return _Kind.OUT_OF_MEMORY
    if isinstance(link, RuntimeError) and "can't start new thread" in str(link):
        return _Kind.TOO_MANY_THREADS
    if isinstance(link, OSError):
        if link.errno == errno.ENOENT:
            return _Kind.FOLDER_GONE if _is_below(link.filename, home) else None
        return _BY_ERRNO.get(link.errno or 0)
    return _kind_of_database_error(link, home) if _is_from_database(link) else None


def _is_below(filename: object, home: Path | None) -> bool:
    if home is None or not isinstance(filename, str | bytes | Path):
        return False
    path = Path(filename.decode("utf-8", "replace") if isinstance(filename, bytes) else filename)
    return path.absolute().is_relative_to(home.absolute())


def _is_from_database(link: object) -> bool:
    if isinstance(link, BaseException):
        return type(link).__module__.partition(".")[0] in _DRIVERS
    return _name_of(link) in _LOST_NAMES or "psycopg" in _text_of(link)


def _kind_of_database_error(link: object, home: Path | None) -> _Kind | None:
    sqlstate = str(getattr(link, "sqlstate", None) or getattr(link, "pgcode", None) or "")
    if kind := _BY_SQLSTATE.get(sqlstate):
        return kind
    if sqlstate.startswith(("08", "57P")):
        return _Kind.LOST
    text = _text_of(link)
    for words, kind in _BY_TEXT.items():
        if words in text:
            return kind
    if "No such file or directory" in text and home is not None and not home.exists():
        return _Kind.FOLDER_GONE  # the server's socket is below it
    if sqlstate:
        return None
    if getattr(link, "orig", None) is not None:  # SQLAlchemy's wrapper: the driver's own error is the next link
        return _Kind.LOST if getattr(link, "connection_invalidated", False) else None
    is_lost = _name_of(link) in _LOST_NAMES or any(words in text for words in _LOST_TEXTS)
    return _Kind.LOST if is_lost else None


def _name_of(link: object) -> str:
    name = type(link).__name__ if isinstance(link, BaseException) else str(getattr(link, "cls_name", "") or "")
    return name.rpartition(".")[2]


def _text_of(link: object) -> str:
    return str(link) if isinstance(link, BaseException) else str(getattr(link, "message", ""))


def first_line(link: object) -> str:
    """Return the first line of a driver's message: those below it quote SQL. No password of a URL is in it."""
    lines = [line.strip() for line in _text_of(link).splitlines() if line.strip()]
    line = re.sub(r"^(?:[\w.]+(?:Error|Exception): )?(?:\([\w.]+\) )?", "", lines[0]) if lines else ""
    return _URL_PASSWORD.sub(r"\1:***@", line)[:_TEXT_CHARACTERS] or _name_of(link)


def _describe(kind: _Kind, link: Any, home: Path | None, server: str) -> TowerError:
    database = f"the database at {server}" if server else "the database"
    is_database = not isinstance(link, OSError | MemoryError | RuntimeError)
    path = getattr(link, "filename", None)
    where = f"{path}" if path else f"a file of {home}" if home else "a file"
    reason = first_line(link).rstrip(".")
    match kind, is_database:
        case _Kind.DISK_FULL, True:
            return ServiceUnavailableError(
                f"{database} has no room on its disk: {reason}. Nothing is lost; free some space there, then run again"
            )
        case _Kind.DISK_FULL, False:
            return MediaError(f"the disk is full: {where} could not be written. Free some space, then run again")
        case _Kind.OUT_OF_MEMORY, _:
            owner = database if is_database else "this machine"
            return ServiceUnavailableError(
                f"{owner} has no memory left. Close other programs or wait until they end, then run again"
            )
        case _Kind.TOO_MANY_CONNECTIONS, _:
            return ServiceUnavailableError(
                f"{database} has no connection left: {reason}. End other clients or raise its max_connections, then "
                "run again"
            )
        case _Kind.TOO_MANY_FILES, _:
            owner = database if is_database else "this process"
            return ServiceUnavailableError(
                f"{owner} may not open another file: the limit of open files is reached. Raise it (`ulimit -n 4096`), "
                "then run again"
            )
        case _Kind.TOO_MANY_THREADS, _:
            return ServiceUnavailableError(
                "this machine starts no further thread: its memory or its limit of processes is used up (`ulimit -u`). "
                "End other programs or raise the limit, then run again"
            )
        case _Kind.FOLDER_GONE, _:
            gone = f"{home}" if home else "the database's folder"
            detail = f"{path} is missing" if path else reason
            return ServiceUnavailableError(
                f"{gone} was removed or unmounted while it was in use: {detail}. Bring it back or set TOWER_HOME to "
                "another folder, then run again"
            )
        case _Kind.READ_ONLY, True:
            return ServiceUnavailableError(
                f"{database} can only be read: {reason}. Set TOWER_DATABASE_URL to the primary server, or make this "
                "one writable (default_transaction_read_only)"
            )
        case _Kind.READ_ONLY, False:
            words = str(getattr(link, "strerror", "") or "not permitted").lower()
            return MediaError(f"cannot use {where}: {words}. Make it writable, or set TOWER_HOME to another folder")
        case _Kind.BROKEN_DISK, _:
            owner = f"{database}: {reason}" if is_database else f"{where}"
            return ServiceUnavailableError(
                f"a disk failed to read or write {owner}. Check the disk and its cables (`dmesg`), then run again"
            )
        case _Kind.SLOW_QUERY, _:
            return ServiceUnavailableError(
                f"{database} does not answer in time: {reason}. Wait until other work on it is done, then run again"
            )
        case _Kind.NO_RIGHT, _:
            return ServiceRejectedError(
                f"{database} refused: {reason}. Ask its owner to grant that to the user of TOWER_DATABASE_URL, then "
                "run again"
            )
        case _:
            return ServiceUnavailableError(
                f"{database} does not answer: {reason}. Finished takes are kept. Start it if it does not run "
                "(`tower db start`), or set TOWER_DATABASE_URL to a running one, then run again"
            )
