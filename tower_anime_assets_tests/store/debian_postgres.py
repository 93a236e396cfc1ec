"""Debian's PostgreSQL as a server on loopback: unlike the embedded one it has postgres_fdw and passwords."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUPERUSER_PASSWORD = "of-the-test"


def find_programs() -> Path | None:
    """Return the folder of the newest server's programs, None if Debian's package is not installed."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    return max(folders, key=lambda folder: int(folder.parent.name), default=None)


@contextmanager
def running_server(programs: Path, home: Path) -> Iterator[int]:
    """Give the port of a new server on loopback; everybody needs a password, as postgres_fdw demands.

    Args:
        programs: See `find_programs`.
        home: An empty folder for the server alone; as root, its owner becomes `postgres`.
    """
    data, password_file = home / "data", home / "password"
    data.mkdir()
    password_file.write_text(SUPERUSER_PASSWORD)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    identity: dict[str, object] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = pwd.getpwnam("postgres")
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        for path in (home, data, password_file):
            shutil.chown(path, user.pw_uid, user.pw_gid)

    def run(program: str, *arguments: object) -> None:
        command = [str(programs / program), *map(str, arguments)]
        with (home / f"{program}.log").open("a+") as log:  # not a pipe: the server would keep it open
            done = subprocess.run(command, stdout=log, stderr=log, cwd="/", timeout=120, check=False, **identity)  # type: ignore[call-overload]
            log.seek(0)
            assert done.returncode == 0, log.read()

    run("initdb", "-D", data, "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={password_file}", "-E", "UTF8",
        "--locale=C.UTF-8", "--no-sync")  # fmt: skip
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c fsync=off -c jit=off"
    run("pg_ctl", "start", "-w", "-D", data, "-l", data / "log", "-o", options)
    try:
        yield port
    finally:
        run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)
