from __future__ import annotations

import json
import multiprocessing
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tower_anime_assets.errors import PlanError, ServiceRejectedError, ServiceUnavailableError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.store import audit, decisions
from tower_anime_assets.store import database as database_module
from tower_anime_assets.store.database import Database, clean_json, describe_server, redact_password
from tower_anime_assets.store.decisions import NewDecision
from tower_anime_assets_tests.conftest import DatabaseServer

New = Callable[..., NewDecision]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec=None)), inner, max_size=4),
    max_leaves=12,
)


def as_floats(value: object) -> object:
    """JSON data with every number a float: jsonb may give 5e16 back as a whole number of the same digits."""
    return json.loads(json.dumps(value, allow_nan=False), parse_int=float)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON)
def test_whatever_is_cleaned_can_be_stored(database: Database, new_decision: New, value: object) -> None:
    decision = decisions.record_decision(database, new_decision(parameters={"value": value}))
    assert as_floats(decision.parameters) == as_floats({"value": clean_json(value)})


def test_cleaning_keeps_what_can_be_kept() -> None:
    whole = {"a": [1, 2.5, "雪", None, True]}
    assert clean_json(whole) == whole
    assert float(clean_json(float("-inf"))) == float("-inf")
    assert clean_json(("\x00", "\ud83d")) == ["\ufffd", "\ufffd"]


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://ann:secret@db.lan:5433/tower", "db.lan:5433, database tower"),
        ("postgresql://ann:secret@/tower?host=/srv/a%20b", "/srv/a b, database tower"),
        ("postgresql:///tower?password=secret", "the local socket, database tower"),
    ],
)
def test_a_message_names_the_place_without_the_password(url: str, place: str) -> None:
    assert describe_server(url) == place
    assert "secret" not in redact_password(f"cannot reach {url} (secret)", url)


def test_a_server_that_is_not_there_is_unavailable_and_its_password_unsaid() -> None:
    away = Database("postgresql://ann:s3cret-word@127.0.0.1:9/tower", reconnect_timeout_s=0.3)
    with pytest.raises(ServiceUnavailableError, match=r"127\.0\.0\.1:9, database tower does not answer") as caught:
        audit.read_chain_head(away)
    away.close()
    assert "s3cret-word" not in str(caught.value)
    assert caught.value.transient


def test_an_empty_database_is_told_to_be_migrated(empty_database: Database) -> None:
    with pytest.raises(ServiceRejectedError, match="tower db migrate"):
        audit.read_chain_head(empty_database)


def test_an_id_that_is_none_is_a_plan_error(database: Database) -> None:
    with pytest.raises(PlanError, match="uuid"):
        decisions.find_by_id(database, "not-an-id")


def test_a_statement_that_hangs_is_given_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "STATEMENT_TIMEOUT_S", 1)
    hurried = Database(database.url)
    with psycopg.connect(hurried.url) as other:
        other.execute("LOCK TABLE audit_chain IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        with pytest.raises(ServiceUnavailableError, match="statement timeout"):
            audit.read_chain_head(hurried)
        assert time.monotonic() - began < 5
    assert audit.read_chain_head(hurried) == audit.read_chain_head(database)
    hurried.close()


def test_a_closed_database_opens_again(database: Database) -> None:
    audit.read_chain_head(database)
    database.close()
    database.close()
    assert audit.find_chain_problems(database) == ()


def test_threads_that_come_first_at_once_share_one_pool(spare_url: str) -> None:
    before = threading.active_count()
    for _ in range(10):
        made = Database(spare_url)
        gate = threading.Barrier(8)

        def ask(made: Database = made, gate: threading.Barrier = gate) -> None:
            gate.wait(10)
            made.fetch_one("server.read_version")

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        made.close()
    assert threading.active_count() == before


def _decide_in_child(made: Database, new: NewDecision, answer: multiprocessing.SimpleQueue[str]) -> None:
    answer.put(decisions.record_decision(made, new).id)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_a_forked_process_uses_connections_of_its_own(database: Database, new_decision: New) -> None:
    mine = decisions.record_decision(database, new_decision())
    fork = multiprocessing.get_context("fork")
    answer: multiprocessing.SimpleQueue[str] = fork.SimpleQueue()
    child = fork.Process(target=_decide_in_child, args=(database, new_decision(), answer))
    child.start()
    child.join(20)
    assert child.exitcode == 0
    theirs = decisions.find_by_id(database, answer.get())
    assert theirs is not None
    assert decisions.find_by_id(database, mine.id) == mine


# Locks ---------------------------------------------------------------------------------------------------------------


def nothing() -> None:
    return None


def test_a_lock_keeps_others_out_until_it_is_given_back(database: Database) -> None:
    other = Database(database.url)
    waits: list[str] = []
    with database.lock("e01:clip", wait_s=1, on_wait=nothing):
        with (
            pytest.raises(ServiceUnavailableError, match="e01:clip is still being worked on by another process"),
            other.lock("e01:clip", wait_s=0.3, on_wait=lambda: waits.append("waiting")),
        ):
            pass
        with other.lock("e01:voice", wait_s=0, on_wait=lambda: waits.append("not this one")):
            pass
    with other.lock("e01:clip", wait_s=0, on_wait=lambda: waits.append("nor this one")):
        pass
    other.close()
    assert waits == ["waiting"]


def test_a_lock_is_given_when_the_holder_is_done(database: Database) -> None:
    order: list[str] = []
    held, wanted = threading.Event(), threading.Event()

    def hold() -> None:
        with database.lock("e02:clip", wait_s=5, on_wait=nothing):
            held.set()
            assert wanted.wait(10)
            order.append("first")

    def wait() -> None:
        order.append("waits")
        wanted.set()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    with database.lock("e02:clip", wait_s=10, on_wait=wait):
        order.append("second")
    holder.join()
    assert order == ["waits", "first", "second"]


def test_a_lock_is_given_back_after_an_error(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.lock("e03:clip", wait_s=0, on_wait=nothing):
        raise ZeroDivisionError
    with database.lock("e03:clip", wait_s=0, on_wait=nothing):
        pass


# Processes that die --------------------------------------------------------------------------------------------------

CHILD = """
import sys, time
from tower_anime_assets.store.database import Database
from tower_anime_assets.store import decisions
database = Database(sys.argv[1])
"""

LOCKS = (
    CHILD
    + """
with database.lock("killed", wait_s=0, on_wait=lambda: None):
    print("ready", flush=True)
    time.sleep(60)
"""
)

WRITES = (
    CHILD
    + """
def work(transaction):
    transaction.fetch_one("decisions.mark_running", {"id": sys.argv[2]})
    print("ready", flush=True)
    time.sleep(60)
database.run_in_transaction(work)
"""
)


def started(code: str, *arguments: str) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def killed(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.wait(10)
    assert child.stdout is not None
    child.stdout.close()


def test_a_killed_process_gives_its_lock_back(database: Database) -> None:
    child = started(LOCKS, database.url)
    with database.lock("killed", wait_s=20, on_wait=lambda: killed(child)):
        assert child.returncode == -signal.SIGKILL, "the lock was held until then"


def test_a_process_killed_in_a_transaction_leaves_nothing_and_blocks_nobody(
    database: Database, new_decision: New
) -> None:
    decision = decisions.record_decision(database, new_decision())
    child = started(WRITES, database.url, decision.id)
    killed(child)
    assert decisions.mark_running(database, decision.id).status == "running"
    assert decisions.record_decision(database, new_decision()).status == "pending"
    assert audit.find_chain_problems(database) == ()


# Connections that are lost -------------------------------------------------------------------------------------------


class Gateway:
    """A socket before PostgreSQL's that can lose one answer: the server's word on the next COMMIT."""

    def __init__(self, folder: Path, upstream: Path) -> None:
        self.folder = folder
        self.upstream = upstream
        self.losses = 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / ".s.PGSQL.5432"))
        self.listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self.upstream / ".s.PGSQL.5432"))
        losing = False
        with client, server:
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    data = ready.recv(65536)
                    if not data or (ready is server and losing):
                        return  # committed, and the client will never hear of it
                    if ready is client and b"COMMIT" in data and self.losses:
                        self.losses -= 1
                        losing = True
                    (server if ready is client else client).sendall(data)

    def close(self) -> None:
        self.listener.close()


@pytest.fixture
def gateway(database_server: DatabaseServer) -> Iterator[Gateway]:
    folder = database_server.settings.home / "gate"
    folder.mkdir()
    made = Gateway(folder, database_server.settings.home / "pg")
    yield made
    made.close()
    (folder / ".s.PGSQL.5432").unlink()
    folder.rmdir()


def test_a_commit_whose_answer_is_lost_happens_once(database: Database, gateway: Gateway, new_decision: New) -> None:
    name = database.url.partition("@/")[2].partition("?")[0]
    through = Database(f"postgresql://postgres@/{name}?host={gateway.folder}")
    audit.read_chain_head(through)
    gateway.losses = 2
    new = new_decision(project_id="ambiguous")
    decision = decisions.record_decision(through, new)
    assert gateway.losses == 0
    assert decisions.mark_running(through, decision.id).status == "running"
    through.close()
    assert [row["id"] for row in audit.load_trail(database, EpisodeKey("ambiguous", "e01")).decisions] == [decision.id]


def test_a_connection_that_the_server_ended_is_replaced(database: Database, new_decision: New) -> None:
    audit.read_chain_head(database)
    with psycopg.connect(database.url) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert decisions.record_decision(database, new_decision()).status == "pending"


def test_connections_end_with_the_pool(database_server: DatabaseServer, spare_url: str) -> None:
    made = Database(spare_url)
    made.fetch_one("server.read_version")
    made.close()
    name = spare_url.partition("@/")[2].partition("?")[0]
    with psycopg.connect(database_server.url_of("postgres"), autocommit=True) as other:
        deadline = time.monotonic() + 5
        while other.execute("SELECT 1 FROM pg_stat_activity WHERE datname = %s", [name]).fetchone():
            assert time.monotonic() < deadline, f"process {os.getpid()} still holds a connection"
            time.sleep(0.05)
