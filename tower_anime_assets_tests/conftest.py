"""A real PostgreSQL for every test that wants one: the embedded server, once per session, a database per module."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import psycopg
import pytest
from psycopg import sql
from psycopg.rows import namedtuple_row

from tower_anime_assets.settings import Settings
from tower_anime_assets.store import migrations, server
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.fakes.object_store import ObjectStoreServer, run_object_store

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell lets its background jobs ignore Ctrl-C, and so would every command that a test starts and interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


# An example may take a second on a busy machine; what must be fast is timed by tests of its own.
hypothesis.settings.register_profile("tower", deadline=None)
hypothesis.settings.load_profile("tower")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with files of slow tests, so that many short ones are left to share between workers at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


TEMPLATE = "migrated"  # takes no connections: PostgreSQL copies no database that somebody is connected to


@dataclass(frozen=True)
class DatabaseServer:
    """A running embedded server whose database `tower` is migrated and empty."""

    settings: Settings
    url: str

    def url_of(self, database: str) -> str:
        return self.url.replace("/tower?", f"/{database}?")

    def make_database(self, template: str = TEMPLATE) -> str:
        """Return the URL of a fresh database: migrated, empty with `template0`, or a copy of one without clients."""
        name = f"test_{uuid4().hex[:12]}"
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            connection.execute(command)
        return self.url_of(name)


def trade_safety_for_speed(url: str) -> None:
    """Leave the disk to the kernel: only a machine that loses power would notice, and then the test is over anyway."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")


def close_template(url: str) -> None:
    """Copy the migrated database to the one that serves as the template of others."""
    with psycopg.connect(url.replace("/tower?", "/postgres?"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE tower")
        connection.execute(f"ALTER DATABASE {TEMPLATE} WITH ALLOW_CONNECTIONS false")


def short_home() -> Path:
    """Return a new folder for a server: in memory where there is room; pytest's own has too long a path."""
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of our own in it
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2 * 10**9
    return Path(tempfile.mkdtemp(prefix="tower-", dir=memory if roomy else "/tmp"))  # noqa: S108 - likewise


def list_registered(database: Database) -> list[Any]:
    """Return the rows of the workflow registry by name."""
    with psycopg.connect(database.url, row_factory=namedtuple_row) as connection:
        return connection.execute(
            "SELECT * FROM video_workflow_templates WHERE workflows IS NOT NULL AND removed_at IS NULL ORDER BY name"
        ).fetchall()


@pytest.fixture(scope="session")
def database_server() -> Iterator[DatabaseServer]:
    home = short_home()
    settings = Settings(projects=home / "projects", home=home)
    try:
        url = server.ensure_server(settings).url
        trade_safety_for_speed(url)
        database = Database(url)
        migrations.apply_migrations(database)
        database.close()
        close_template(url)
        yield DatabaseServer(settings, url)
    finally:
        server.stop_server(settings, only_if_unused=False)
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStoreServer]:
    """A real S3 server that is only started for tests with a bucket."""
    with run_object_store() as running:
        yield running


@pytest.fixture(scope="module")
def database(database_server: DatabaseServer) -> Iterator[Database]:
    """A migrated database that nobody else in the session writes to."""
    made = Database(database_server.make_database())
    yield made
    made.close()
