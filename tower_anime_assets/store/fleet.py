"""The fleet of ComfyUI servers as all processes share it: what each may do, who waits, and who has which.

The rules of servers are part of the record. Requests and leases last as long as the process that made them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

from tower_anime_assets.errors import PlanError
from tower_anime_assets.store.database import Database, Transaction

ACTIVE: Final = "active"
PAUSED: Final = "paused"
DRAINING: Final = "draining"

IMAGE: Final = "image"
VIDEO: Final = "video"
MEDIA: Final = (IMAGE, VIDEO)

MAX_JOBS: Final = 64
MAX_LISTED: Final = 1000
"""Leases and requests that are listed; all are counted."""

MAX_AHEAD: Final = 1000
"""How many jobs are counted at most that come before another."""

FIGURES_WINDOW_S: Final = 3600.0


@dataclass(frozen=True)
class ServerRule:
    """What a server may do.

    Attributes:
        state: `ACTIVE`; `PAUSED` or `DRAINING`, when it is given no new job.
        max_jobs: How many jobs it has at once.
        media: What it may make.
        who: Who last changed that; "" if nobody has.
    """

    server: str
    state: str = ACTIVE
    max_jobs: int = 1
    media: tuple[str, ...] = MEDIA
    who: str = ""
    why: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True)
class KnownServer:
    """A server with its rule.

    Attributes:
        used_at: When its last lease ended; None if none did since the database was started.
        processes: How many processes use it now.
    """

    rule: ServerRule
    used_at: datetime | None
    processes: int


@dataclass(frozen=True)
class FleetRequest:
    """A job that has a server or waits for one.

    Attributes:
        priority: 0 is at its server already, 1 a person waits, 2 a usual run, 3 work that may take all night.
        server: The server that it has, "" while it waits.
        only_server: The only one that will do, "" for any.
        host: The machine that asks, with `pid`, the process there.
    """

    id: str
    run_id: str
    episode: str
    priority: int
    medium: str
    server: str
    only_server: str
    asked_at: datetime
    leased_at: datetime | None
    host: str
    pid: int


@dataclass(frozen=True)
class NewRequest:
    """A job for which a server is asked.

    Attributes:
        priority: As in `FleetRequest`.
        excluded: Servers that will not do.
        waited_s: For how long it has waited already.
    """

    id: str
    run_id: str
    episode: str
    priority: int
    medium: str
    only_server: str
    excluded: tuple[str, ...]
    waited_s: float


@dataclass(frozen=True)
class Waits:
    """What keeps a process waiting.

    Attributes:
        taken: Servers that other processes have.
        ahead: How many jobs of others come before its next one, as it stands; at most `MAX_AHEAD`.
        rules: Rules of servers that may not make everything now, by server.
    """

    taken: frozenset[str]
    ahead: int
    rules: dict[str, ServerRule]


@dataclass(frozen=True)
class FleetFigures:
    """The fleet in figures, over the last hour where they are of a time.

    Attributes:
        servers: Servers that somebody uses now.
        places: How many jobs those of them may have at once that are active.
        states: How many servers are in each state.
        held: How many leases there are.
        waiting: How many jobs wait, by priority.
        jobs: How many leases ended.
        wait_p50_s: Median of how long their servers were waited for.
        wait_p99_s: 99th percentile of the same.
        utilisation: 0..1, the part of the time in which the places were leased; 0 without servers.
    """

    servers: int
    places: int
    states: dict[str, int]
    held: int
    waiting: dict[int, int]
    jobs: int
    wait_p50_s: float
    wait_p99_s: float
    utilisation: float


# Processes ------------------------------------------------------------------------------------------------------------


class HolderSession:
    """A session by which a process has servers: its lock proves that it lives, and it is told of new leases."""

    def __init__(self, session: Transaction, holder: str) -> None:
        self.holder = holder
        self._session = session

    def wait_for_leases(self, timeout_s: float) -> list[tuple[str, str]]:
        """Wait for leases; return request and server of each, ("", "") for a call to look around."""
        notes = self._session.wait_for_notifications(timeout_s)
        return [(request, server) for request, _, server in (note.partition(" ") for note in notes)]

    def beat(self) -> bool:
        """Say that the process lives; return whether the fleet knows it."""
        row = self._session.fetch_one("fleet.beat", {"holder": self.holder})
        return bool(row and row["is_registered"])

    def list_leases(self) -> list[tuple[str, str]]:
        """Return request and server of each lease of the process."""
        rows = self._session.fetch_all("fleet.list_leases_of", {"holder": self.holder})
        return [(row["id"], row["server"]) for row in rows]

    def find_waits(self) -> Waits:
        """Return what keeps the process waiting."""
        row = self._session.fetch_one("fleet.find_waits", {"holder": self.holder, "most": MAX_AHEAD})
        assert row is not None  # noqa: S101 - it is of no table
        rules = map(_rule, self._session.fetch_all("fleet.list_rules"))
        return Waits(frozenset(row["taken"]), int(row["ahead"]), {rule.server: rule for rule in rules})

    def restore(self, request: NewRequest, server: str) -> str:
        """Have a request or lease be there that the database may have lost; return the server that it has."""
        if server:
            self._session.fetch_one("fleet.restore_lease", {**_parameters(self.holder, request), "server": server})
            return server
        row = self._session.fetch_one("fleet.ask", _parameters(self.holder, request))
        return str(row["server"] or "") if row else ""

    def forget(self) -> None:
        """End the process's part in the fleet, if it has no lease."""
        self._session.execute("fleet.forget_holder", {"holder": self.holder})


@contextmanager
def open_holder(database: Database, servers: Sequence[str], replaced: str = "") -> Iterator[HolderSession]:
    """Register this process as one that uses servers, for as long as it lives or the block lasts.

    Args:
        database: The database.
        servers: Addresses of the servers.
        replaced: The id that the process had before; its requests and leases are kept.

    Raises:
        ServiceUnavailableError: The database does not answer.
    """
    holder = str(uuid4())
    with database.session() as session:
        session.fetch_one("session.try_lock", {"name": f"fleet:{holder}"})  # nobody else knows the id
        session.listen(_channel(holder))
        session.fetch_one(
            "fleet.register_holder",
            {
                "holder": holder,
                "replaced": replaced or None,
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "servers": list(servers),
            },
        )
        yield HolderSession(session, holder)


def wake_holder(database: Database, holder: str) -> None:
    """Have the listener of a process look around."""
    database.fetch_one("fleet.wake", {"channel": _channel(holder)})


def _channel(holder: str) -> str:
    return f"fleet_{holder.replace('-', '')}"


# Requests and leases --------------------------------------------------------------------------------------------------


def ask(database: Database, holder: str, request: NewRequest) -> str | None:
    """Ask for a server; return it, "" if the job has to wait, None if the process is not registered."""
    row = database.fetch_one("fleet.ask", _parameters(holder, request))
    assert row is not None  # noqa: S101 - it is of no table
    return row["server"]  # type: ignore[no-any-return]


def exclude(database: Database, request_id: str, excluded: Sequence[str]) -> str | None:
    """Change which servers will not do; return the server that the job has now, "" for none, None if it is gone."""
    row = database.fetch_one("fleet.exclude", {"id": request_id, "excluded": list(excluded)})
    assert row is not None  # noqa: S101 - it is of no table
    return row["server"]  # type: ignore[no-any-return]


def release(database: Database, request_id: str, *, was_used: bool = True) -> None:
    """End a request or lease, and give its server to the next; one that is gone is no error.

    Args:
        database: The database.
        request_id: Its id.
        was_used: Whether something was made under the lease, so that it counts for its episode and in figures.
    """
    database.fetch_one("fleet.release", {"id": request_id, "was_used": was_used})


def _parameters(holder: str, request: NewRequest) -> dict[str, object]:
    return {**vars(request), "excluded": list(request.excluded), "holder": holder}


# Rules of servers -----------------------------------------------------------------------------------------------------


def list_servers(database: Database) -> tuple[KnownServer, ...]:
    """Return every server that is known, by address."""
    rows = database.fetch_all("fleet.list_servers")
    return tuple(KnownServer(_rule(row), row["used_at"], row["processes"]) for row in rows)


def list_requests(database: Database) -> tuple[FleetRequest, ...]:
    """Return leases, then requests that wait, at most `MAX_LISTED`, without those of processes that are gone."""
    database.fetch_one("fleet.sweep")
    return tuple(FleetRequest(**row) for row in database.fetch_all("fleet.list_requests", {"limit": MAX_LISTED}))


def change_server(
    database: Database,
    server: str,
    who: str,
    why: str,
    *,
    state: str | None = None,
    max_jobs: int | None = None,
    media: Sequence[str] | None = None,
) -> ServerRule:
    """Change what a server may do, on record; what is None stays. Return the rule, unchanged if it was so before.

    Raises:
        PlanError: Somebody must be named, or the rule is none.
    """
    if not who.strip():
        raise PlanError(f"who changes what {server} may do? Give a name")
    change_id = str(uuid4())

    def work(transaction: Transaction) -> None:
        transaction.fetch_one("fleet.open")
        transaction.execute("fleet.add_server", {"server": server})
        row = transaction.fetch_one("fleet.find_server", {"server": server})
        assert row is not None  # noqa: S101 - added now or earlier
        wanted = {
            "server": server,
            "state": state or row["state"],
            "max_jobs": max_jobs or row["max_jobs"],
            "media": [medium for medium in MEDIA if medium in (media or row["media"])],
        }
        if wanted == {**row, "media": [medium for medium in MEDIA if medium in row["media"]]}:
            return
        transaction.execute("fleet.change_server", wanted)
        transaction.execute("fleet.record_change", {**wanted, "id": change_id, "who": who.strip(), "why": why.strip()})
        transaction.fetch_one("fleet.fill_server", {"server": server})

    database.run_in_transaction(work)
    return next(known.rule for known in list_servers(database) if known.rule.server == server)


def _rule(row: dict[str, object]) -> ServerRule:
    media = row["media"]
    assert isinstance(media, list)  # noqa: S101 - text[]
    return ServerRule(
        server=str(row["server"]),
        state=str(row["state"]),
        max_jobs=int(str(row["max_jobs"])),
        media=tuple(medium for medium in MEDIA if medium in media),
        who=str(row["who"] or ""),
        why=str(row["why"] or ""),
        changed_at=row["changed_at"],  # type: ignore[arg-type]
    )


# Figures --------------------------------------------------------------------------------------------------------------


def fleet_figures(database: Database) -> FleetFigures:
    """Return the fleet in figures, as they are now and over the last hour."""
    requests = list_requests(database)
    used = [known for known in list_servers(database) if known.processes]
    states = {state: sum(known.rule.state == state for known in used) for state in (ACTIVE, PAUSED, DRAINING)}
    places = sum(known.rule.max_jobs for known in used if known.rule.state == ACTIVE)
    waiting = {row["priority"]: row["jobs"] for row in database.fetch_all("fleet.count_waiting")}
    row = database.fetch_one("fleet.sum_leases", {"window_s": FIGURES_WINDOW_S})
    assert row is not None  # noqa: S101 - it is a sum
    return FleetFigures(
        servers=len(used),
        places=places,
        states=states,
        held=sum(bool(request.server) for request in requests),
        waiting=waiting,
        jobs=row["jobs"],
        wait_p50_s=row["wait_p50_s"],
        wait_p99_s=row["wait_p99_s"],
        utilisation=min(1.0, row["busy_s"] / (places * FIGURES_WINDOW_S)) if places else 0.0,
    )
