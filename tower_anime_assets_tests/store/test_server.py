from __future__ import annotations

import logging
import multiprocessing
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest

from tower_anime_assets.errors import PlanError, ServiceRejectedError, ServiceUnavailableError
from tower_anime_assets.settings import Settings
from tower_anime_assets.store import audit, migrations, server
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.server import ServerInfo
from tower_anime_assets_tests.conftest import DatabaseServer, short_home, trade_safety_for_speed


def settings_of(home: Path, url: str = "") -> Settings:
    return Settings(projects=home / "projects", home=home, database_url=url)


@pytest.fixture(scope="module")
def own() -> Iterator[Settings]:
    """A home for a server that these tests start, kill and stop."""
    home = short_home()
    made = settings_of(home / "a 'b' \"c\" $(touch pwned) `id`;&")
    (made.home / "pg.new").mkdir(parents=True)
    (made.home / "pg.new" / "PG_VERSION").write_text("18\n")  # what an interrupted first start leaves
    yield made
    server.stop_server(made, only_if_unused=False)
    shutil.rmtree(home)


def pid_of(settings: Settings) -> int:
    return int((settings.home / "pg" / "postmaster.pid").read_text().splitlines()[0])


def kill(settings: Settings) -> None:
    """End the server without warning, and wait until its process is gone."""
    pid = pid_of(settings)
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and "postgres" in Path(f"/proc/{pid}/cmdline").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _ensure(home: Path) -> tuple[ServerInfo, list[str]]:
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    logging.getLogger(server.__name__).addHandler(Listener())
    return server.ensure_server(settings_of(home)), said


def test_many_that_start_at_once_start_one_server(own: Settings) -> None:
    with multiprocessing.get_context("spawn").Pool(3, maxtasksperchild=1) as workers:
        found = workers.map(_ensure, [own.home] * 4, chunksize=1)
    assert sorted(info.started_here for info, _ in found) == [False, False, False, True]
    assert len({info.url for info, _ in found}) == 1
    assert not (own.home / "pg.new").exists()
    assert not list(own.home.parent.rglob("pwned")), "shell characters in a path are data"
    said = [message for _, messages in found for message in messages]
    if os.geteuid() == 0:
        (notice,) = said
        assert f"the user pgserver owns {own.home}/pg and may now pass through {own.home.parent}" in notice
        assert stat.S_IMODE(own.home.parent.stat().st_mode) == 0o701
    else:
        assert said == []
    trade_safety_for_speed(found[0][0].url)
    database = Database(found[0][0].url)
    assert migrations.apply_migrations(database) == tuple(item.version for item in migrations.read_migrations())
    database.close()


def test_a_running_server_is_found_not_started(own: Settings) -> None:
    server.ensure_server(own)
    assert server.ensure_server(own) == ServerInfo(server.ensure_server(own).url, started_here=False, embedded=True)


def test_only_its_owner_can_reach_it(own: Settings) -> None:
    url = server.ensure_server(own).url
    assert stat.S_IMODE((own.home / "pg").stat().st_mode) == 0o700
    assert stat.S_IMODE((own.home / "pg" / ".s.PGSQL.5432").stat().st_mode) == 0o700
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_setting('listen_addresses'), inet_server_addr()").fetchone()
    assert row == ("", None)


def test_the_status_says_how_it_stands(own: Settings) -> None:
    server.ensure_server(own)
    status = server.read_server_status(own)
    assert (status.running, status.embedded, status.version.split(".")[0]) == (True, True, "18")
    assert str(status).startswith("running (embedded, ")


def test_an_unused_server_stops_and_a_used_one_does_not(own: Settings) -> None:
    url = server.ensure_server(own).url
    with psycopg.connect(url):
        assert not server.stop_server(own, only_if_unused=True)
    assert server.stop_server(own, only_if_unused=True)
    assert not server.stop_server(own, only_if_unused=False)
    assert str(server.read_server_status(own)).startswith("not running (embedded, ")
    assert server.ensure_server(own).started_here


def test_a_server_that_cannot_start_says_why(own: Settings) -> None:
    server.ensure_server(own)
    server.stop_server(own, only_if_unused=False)
    settings_file = own.home / "pg" / "postgresql.conf"
    good = settings_file.read_text()
    settings_file.write_text(good + "shared_buffers = 'a lot'\n")
    try:
        with pytest.raises(ServiceUnavailableError, match=r"does not answer\. The end of .*shared_buffers.*a lot"):
            server.ensure_server(own)
    finally:
        settings_file.write_text(good)
    assert server.ensure_server(own).started_here


def test_the_process_that_started_it_does_not_take_it_along(own: Settings) -> None:
    server.stop_server(own, only_if_unused=False)
    code = (
        "import sys; from pathlib import Path; from tower_anime_assets.settings import Settings; "
        "from tower_anime_assets.store import server; "
        "print(server.ensure_server(Settings(Path(sys.argv[1]), Path(sys.argv[1]))).started_here)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(own.home)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "True\n"
    assert not server.ensure_server(own).started_here


def test_a_killed_server_recovers_what_was_committed(own: Settings) -> None:
    url = server.ensure_server(own).url
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (id integer)")
        connection.execute("INSERT INTO kept VALUES (1)")
    kill(own)
    assert server.ensure_server(own).started_here
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM kept").fetchone() == (True,)


def test_work_goes_on_when_the_server_comes_back(own: Settings) -> None:
    database = Database(server.ensure_server(own).url)
    audit.read_chain_head(database)
    kill(own)
    helper = threading.Timer(0.5, lambda: server.ensure_server(own))
    helper.start()
    assert audit.find_chain_problems(database) == ()
    helper.join()
    database.close()


def test_a_server_that_stays_away_is_unavailable(own: Settings) -> None:
    database = Database(server.ensure_server(own).url, reconnect_timeout_s=0.5)
    audit.read_chain_head(database)
    server.stop_server(own, only_if_unused=False)
    with pytest.raises(ServiceUnavailableError, match=r"does not answer.*tower db start"):
        audit.read_chain_head(database)
    database.close()


def test_a_live_process_that_got_the_old_process_id_is_not_trusted(own: Settings) -> None:
    server.ensure_server(own)
    pid_file = own.home / "pg" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    kill(own)
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert server.ensure_server(own).started_here
    assert pid_of(own) != os.getpid()


def test_a_zombie_with_the_old_process_id_is_not_trusted(own: Settings) -> None:
    server.ensure_server(own)
    pid_file = own.home / "pg" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    kill(own)
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    while f"{zombie.pid} (" in (said := Path(f"/proc/{zombie.pid}/stat").read_text()) and ") Z " not in said:
        time.sleep(0.02)
    pid_file.write_text("\n".join([str(zombie.pid), *lines[1:]]) + "\n")
    assert server.ensure_server(own).started_here
    zombie.wait()


@pytest.mark.parametrize("content", ["", "not a number\n"])
def test_a_damaged_pid_file_is_set_aside(own: Settings, content: str) -> None:
    server.ensure_server(own)
    kill(own)
    (own.home / "pg" / "postmaster.pid").write_text(content)
    assert server.ensure_server(own).started_here


def test_somebody_elses_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "letter.txt").write_text("dear diary")
    home = short_home()
    try:
        shutil.copytree(tmp_path / "pg", home / "pg")
        with pytest.raises(PlanError, match="has files but no database in it"):
            server.ensure_server(settings_of(home))
        assert (home / "pg" / "letter.txt").read_text() == "dear diary"
    finally:
        shutil.rmtree(home)


def test_a_long_path_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 20)
    with pytest.raises(PlanError, match="Set TOWER_HOME to a shorter path"):
        server.ensure_server(settings_of(home))
    assert not home.exists()


# A server that was given ---------------------------------------------------------------------------------------------


def test_a_given_server_is_used_and_never_stopped(database_server: DatabaseServer, tmp_path: Path) -> None:
    given = settings_of(tmp_path, database_server.make_database("template0"))
    assert server.ensure_server(given) == ServerInfo(given.database_url, started_here=False, embedded=False)
    assert not server.stop_server(given, only_if_unused=False)
    assert "from TOWER_DATABASE_URL" in str(server.read_server_status(given))
    database = Database(given.database_url)
    assert migrations.apply_migrations(database) != ()
    database.close()
    assert not (tmp_path / "pg").exists()


def test_the_older_scheme_is_understood(database_server: DatabaseServer, tmp_path: Path) -> None:
    url = database_server.make_database("template0")
    assert server.ensure_server(settings_of(tmp_path, url.replace("postgresql://", "postgres://"))).url == url


@pytest.mark.parametrize("url", ["mysql://ann@db/tower", "postgresql+psycopg2://ann@db/tower", "tower.db"])
def test_another_kind_of_database_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(PlanError, match="expected postgresql://"):
        server.ensure_server(settings_of(tmp_path, url))


def test_a_given_server_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    given = settings_of(tmp_path, "postgresql://ann:s3cret-word@127.0.0.1:9/tower")
    with pytest.raises(
        ServiceUnavailableError, match=r"127\.0\.0\.1:9, database tower \(TOWER_DATABASE_URL\)"
    ) as caught:
        server.ensure_server(given)
    assert "s3cret-word" not in str(caught.value) + str(server.read_server_status(given))


def test_a_server_that_is_too_old_is_refused(
    database_server: DatabaseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MIN_SERVER_VERSION", 990_000)
    with pytest.raises(PlanError, match=r"is PostgreSQL 18.*expected 99 or newer"):
        server.ensure_server(settings_of(tmp_path, database_server.url))


def test_a_user_without_rights_is_told_what_to_ask_for(database_server: DatabaseServer, tmp_path: Path) -> None:
    url = database_server.make_database("template0")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE ROLE guest LOGIN")
    given = settings_of(tmp_path, url.replace("postgres@", "guest@"))
    with pytest.raises(ServiceRejectedError, match="CREATE SCHEMA dagster"):
        server.ensure_server(given)


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("useradd") is None, reason="only root creates users")
def test_first_starts_at_once_find_one_system_user() -> None:
    name = f"tower{uuid4().hex[:8]}"
    program = (
        "import sys; from tower_anime_assets.store import server\n"
        "server.SYSTEM_USER = sys.argv[1]; print(server._find_system_user().pw_uid)"
    )
    starts = [
        subprocess.Popen([sys.executable, "-c", program, name], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    try:
        answers = {start.communicate(timeout=60)[0].strip() for start in starts}
        assert answers == {str(pwd.getpwnam(name).pw_uid)}
    finally:
        subprocess.run([str(shutil.which("userdel")), name], check=True, capture_output=True)


# Dagster's URL -------------------------------------------------------------------------------------------------------


def test_dagster_gets_its_driver_and_its_schema() -> None:
    assert server.dagster_url("postgresql://ann:pw@db:5433/tower") == (
        "postgresql+psycopg2://ann:pw@db:5433/tower?options=-csearch_path%3Ddagster"
    )


def test_what_the_url_asks_for_besides_stays() -> None:
    url = "postgresql://ann@/tower?host=" + quote("/srv/a b") + "&options=-c%20jit%3Doff&sslmode=require"
    assert server.dagster_url(url) == (
        "postgresql+psycopg2://ann@/tower?host=%2Fsrv%2Fa%20b&options=-c%20jit%3Doff%20-csearch_path%3Ddagster"
        "&sslmode=require"
    )
