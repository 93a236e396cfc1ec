"""Dagster's connections to PostgreSQL, made to outwait what passes: a killed backend, a restart, a server that hangs.

Dagster keeps its connections with SQLAlchemy and psycopg2, neither of which has a time limit of its own for an answer.
"""

from __future__ import annotations

import logging
import select
from typing import Any

from tower_anime_assets.store.silence import Silence

POLL_MS = 500

_RETRY_WORDS = "Retrying failed database connection"


def guard_connections() -> None:
    """Bound every wait of psycopg2 in this process, and never hand out a kept connection that the server has closed."""
    from psycopg2 import extensions  # type: ignore[import-untyped]
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    extensions.set_wait_callback(_wait_for_answer)
    if not event.contains(Pool, "checkout", _refuse_closed):
        event.listen(Pool, "checkout", _refuse_closed)
    logging.getLogger().addFilter(_is_worth_saying)


def _wait_for_answer(connection: Any) -> None:
    """Wait until libpq is done; `psycopg2` calls it for each connection, query and commit."""
    from psycopg2 import OperationalError, extensions

    silence, masks = Silence(), {extensions.POLL_READ: select.POLLIN, extensions.POLL_WRITE: select.POLLOUT}
    while (state := connection.poll()) != extensions.POLL_OK:
        ready = select.poll()
        ready.register(connection.fileno(), masks[state])
        while not ready.poll(POLL_MS):
            if silence.is_too_long():
                raise OperationalError(silence.describe())  # psycopg2 closes the connection


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """Have the pool connect anew if the server has said something on an idle connection: only its end is said so."""
    from psycopg2 import extensions
    from sqlalchemy.exc import DisconnectionError

    if not isinstance(connection, extensions.connection):
        return  # another database's, such as SQLite's of a temporary instance
    ready = select.poll()
    ready.register(connection.fileno(), select.POLLIN)
    if ready.poll(0):
        raise DisconnectionError("the server closed the connection")


def _is_worth_saying(record: logging.LogRecord) -> bool:
    """Return whether a log line is more than Dagster's on each try to connect, which quotes SQLAlchemy's error."""
    return not str(record.msg).startswith(_RETRY_WORDS)
