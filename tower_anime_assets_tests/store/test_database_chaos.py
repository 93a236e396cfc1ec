"""A database that is killed, restarted, halted or short of something, while somebody writes to it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest
import sqlalchemy
from sqlalchemy.pool import QueuePool

from tower_anime_assets.errors import ServiceUnavailableError
from tower_anime_assets.store import audit, dagster_connections, decisions, server, silence
from tower_anime_assets.store import database as database_module
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision
from tower_anime_assets.store.failure_causes import explain_failure
from tower_anime_assets_tests.conftest import DatabaseServer

pytestmark = pytest.mark.chaos

New = Callable[..., NewDecision]


def postmaster_of(running: DatabaseServer) -> psutil.Process:
    return psutil.Process(int((running.settings.home / "pg" / "postmaster.pid").read_text().split()[0]))


@contextmanager
def halted(running: DatabaseServer) -> Iterator[None]:
    """The server and all its processes stopped, but not dead."""
    postmaster = postmaster_of(running)
    processes = [postmaster, *postmaster.children()]
    try:
        for process in processes:
            with suppress(psutil.NoSuchProcess):  # a worker that has just ended
                process.suspend()
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.resume()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is said of a silent database, which is given up soon."""
    monkeypatch.setattr(silence, "SAID_AFTER_S", 0.3)
    monkeypatch.setattr(silence, "ANSWER_LIMIT_S", 1.0)
    monkeypatch.setattr(silence, "_last_said_s", float("-inf"))
    monkeypatch.setitem(database_module._CONNECTION_OPTIONS, "connect_timeout", 2)
    words: list[str] = []
    with silence.tell_silence_to(words.append):
        yield words


def write_until(database: Database, new_decision: New, ended: threading.Event, written: list[str]) -> None:
    while not ended.is_set():
        written.append(decisions.record_decision(database, new_decision(project_id="chaos")).id)


@contextmanager
def writers(database: Database, new_decision: New) -> Iterator[list[str]]:
    """Two threads that write decisions until the block ends; what failed in them is raised there."""
    ended, written, failed = threading.Event(), list[str](), list[BaseException]()

    def write() -> None:
        try:
            write_until(database, new_decision, ended, written)
        except BaseException as error:  # noqa: BLE001 - raised below
            failed.append(error)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield written
    finally:
        ended.set()
        for thread in threads:
            thread.join(60)
    if failed:
        raise failed[0]


def wait_for_more(written: list[str]) -> None:
    count, deadline = len(written), time.monotonic() + 20
    while len(written) < count + 4:
        assert time.monotonic() < deadline, "the writers stand still"
        time.sleep(0.01)


def assert_all_kept(database: Database, written: list[str]) -> None:
    assert len(set(written)) == len(written)
    with psycopg.connect(database.url) as other:
        rows = other.execute("SELECT id::text FROM generation_decisions WHERE project_id = 'chaos'").fetchall()
    assert sorted(row[0] for row in rows) == sorted(written), "nothing lost, nothing twice"
    assert audit.find_chain_problems(database) == ()


def test_backends_killed_while_others_write_cost_nothing(database_server: DatabaseServer, new_decision: New) -> None:
    database = Database(database_server.make_database())
    with writers(database, new_decision) as written:
        for _ in range(3):
            wait_for_more(written)
            with psycopg.connect(database.url) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        wait_for_more(written)
    assert_all_kept(database, written)
    database.close()


def test_a_restart_in_the_middle_of_writing_is_outwaited(database_server: DatabaseServer, new_decision: New) -> None:
    database = Database(database_server.make_database())
    with writers(database, new_decision) as written:
        wait_for_more(written)
        postmaster = postmaster_of(database_server)
        postmaster.send_signal(signal.SIGQUIT)  # an immediate shutdown, with recovery afterwards
        postmaster.wait(20)
        server.ensure_server(database_server.settings)
        wait_for_more(written)
    assert_all_kept(database, written)
    database.close()


def test_a_halted_server_is_said_aloud_then_given_up_and_used_again_when_it_goes_on(
    database_server: DatabaseServer, told: list[str]
) -> None:
    hurried = Database(database_server.url, reconnect_timeout_s=0.5)
    audit.read_chain_head(hurried)
    began_s = time.monotonic()
    with halted(database_server), pytest.raises(ServiceUnavailableError, match="does not answer") as caught:
        audit.read_chain_head(hurried)
    assert time.monotonic() - began_s < 6
    assert "tower db start" in str(caught.value)
    assert told
    assert told[0].startswith("the database has not answered for")
    audit.read_chain_head(hurried)
    hurried.close()


def test_a_server_halted_for_a_moment_is_outwaited(
    database_server: DatabaseServer, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "ANSWER_LIMIT_S", 20.0)
    database = Database(database_server.url)
    head = audit.read_chain_head(database)
    with halted(database_server):
        answer: list[object] = []
        asking = threading.Thread(target=lambda: answer.append(audit.read_chain_head(database)))
        asking.start()
        deadline = time.monotonic() + 20
        while not told:
            assert time.monotonic() < deadline, "nothing is said of the silence"
            time.sleep(0.01)
    asking.join(20)
    assert answer == [head]
    assert len(told) == 1
    database.close()


def test_a_halted_embedded_server_is_told_how_to_go_on(
    database_server: DatabaseServer, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "PID_FILE_WAIT_S", 0.1)
    pid = postmaster_of(database_server).pid
    with halted(database_server), pytest.raises(ServiceUnavailableError, match=f"kill -CONT {pid}"):
        server.ensure_server(database_server.settings)
    assert server.ensure_server(database_server.settings).url == database_server.url


@pytest.fixture
def dagster_engine(database_server: DatabaseServer) -> Iterator[sqlalchemy.Engine]:
    """A kept connection like those of Dagster's storage."""
    dagster_connections.guard_connections()
    url = server.dagster_url(database_server.url)
    made = sqlalchemy.create_engine(url, poolclass=QueuePool, pool_size=1, isolation_level="AUTOCOMMIT")
    yield made
    made.dispose()


def pid_of(engine: sqlalchemy.Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sqlalchemy.text("SELECT pg_backend_pid()")).scalar_one())


def test_dagster_connects_anew_after_its_backend_was_killed(
    database_server: DatabaseServer, dagster_engine: sqlalchemy.Engine
) -> None:
    killed = pid_of(dagster_engine)
    assert pid_of(dagster_engine) == killed, "kept"
    with psycopg.connect(database_server.url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [killed])
    assert pid_of(dagster_engine) != killed


def test_dagster_gives_a_halted_server_up_in_words(
    database_server: DatabaseServer, dagster_engine: sqlalchemy.Engine, told: list[str]
) -> None:
    with dagster_engine.connect() as connection:
        connection.execute(sqlalchemy.text("SELECT 1"))
        with halted(database_server), pytest.raises(sqlalchemy.exc.DBAPIError) as caught:
            connection.execute(sqlalchemy.text("SELECT 2"))
    assert told
    known = explain_failure(caught.value)
    assert isinstance(known, ServiceUnavailableError)
    assert "no answer for 1 s" in str(known)
    assert "SELECT" not in str(known)


def test_a_database_that_may_only_be_read_is_named(database_server: DatabaseServer, new_decision: New) -> None:
    url = database_server.make_database()
    with psycopg.connect(database_server.url_of("postgres"), autocommit=True) as other:
        name = url.partition("@/")[2].partition("?")[0]
        other.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    database = Database(url)
    with pytest.raises(ServiceUnavailableError, match="can only be read"):
        decisions.record_decision(database, new_decision())
    database.close()


def test_no_connection_left_is_named(database_server: DatabaseServer) -> None:
    url = database_server.make_database()
    name = url.partition("@/")[2].partition("?")[0]
    with psycopg.connect(database_server.url_of("postgres"), autocommit=True) as other:
        other.execute("CREATE ROLE narrow LOGIN CONNECTION LIMIT 0")
        narrow = Database(url.replace("postgres@", "narrow@"), reconnect_timeout_s=0.3)
        try:
            with pytest.raises(ServiceUnavailableError, match="has no connection left"):
                narrow.fetch_one("server.read_version")
        finally:
            narrow.close()
            other.execute("DROP ROLE narrow")
    assert name


def test_a_home_that_was_removed_is_named(tmp_path: Path) -> None:
    gone = Database(f"postgresql://postgres@/tower?host={tmp_path / 'home' / 'pg'}", reconnect_timeout_s=0.1)
    with pytest.raises(ServiceUnavailableError, match=r"home/pg was removed or unmounted.*TOWER_HOME"):
        gone.fetch_one("server.read_version")
    gone.close()
