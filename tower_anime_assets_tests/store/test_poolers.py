"""Poolers between us and PostgreSQL: those that break sessions are refused in words."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.store import server
from tower_anime_assets_tests.conftest import DatabaseServer, short_home

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed (apt-get install pgbouncer)"),
]


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def pooler(running: DatabaseServer, mode: str, size: int) -> Iterator[str]:
    """Give the URL of a pgbouncer before the server."""
    assert PROGRAM is not None
    folder = short_home()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    config = folder / "pgbouncer.ini"
    config.write_text(
        f"[databases]\ntower = host={running.settings.home / 'pg'} user=postgres\n[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\n"
        f"default_pool_size = {size}\nlogfile = {folder / 'log'}\nignore_startup_parameters = extra_float_digits\n"
    )
    identity: dict[str, int] = {}
    if os.geteuid() == 0:  # it refuses to run as root, and only the server's owner may enter the server's folder
        owner = pwd.getpwnam(server.SYSTEM_USER)
        identity = {"user": owner.pw_uid, "group": owner.pw_gid}
        for path in (folder, config):
            shutil.chown(path, owner.pw_uid, owner.pw_gid)
    process = subprocess.Popen([PROGRAM, "-q", str(config)], cwd="/", **identity)  # type: ignore[call-overload]
    try:
        deadline = time.monotonic() + 10
        while not is_listening(port):
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        yield f"postgresql://postgres@127.0.0.1:{port}/tower"
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


@pytest.mark.parametrize(("mode", "size"), [("transaction", 1), ("transaction", 5), ("statement", 5)])
def test_a_pooler_that_breaks_sessions_is_refused_in_words(
    database_server: DatabaseServer, mode: str, size: int
) -> None:
    with pooler(database_server, mode, size) as url, pytest.raises(PlanError, match="connection pooler") as caught:
        server.ensure_server(replace(database_server.settings, database_url=url))
    assert re.search(r"127\.0\.0\.1:\d+.*address and port of PostgreSQL itself", str(caught.value))


def test_a_pooler_with_sessions_of_our_own_keeps_their_locks(database_server: DatabaseServer) -> None:
    with pooler(database_server, "session", 5) as url:
        assert server.ensure_server(replace(database_server.settings, database_url=url)).url == url


def test_the_server_itself_is_no_pooler(database_server: DatabaseServer) -> None:
    settings = replace(database_server.settings, database_url=database_server.url)
    began_s = time.monotonic()
    assert not server.ensure_server(settings).embedded
    assert time.monotonic() - began_s < 5
