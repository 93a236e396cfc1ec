"""Echo Brain's database and ours read each other by the SQL of docs/databases.md, on Debian's PostgreSQL."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from tower_anime_assets.media import show_files
from tower_anime_assets.production.memory.json_lines import read_json_lines
from tower_anime_assets.store import migrations, story
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.conftest import DatabaseServer, short_home
from tower_anime_assets_tests.small_show import write_small_show
from tower_anime_assets_tests.store.debian_postgres import SUPERUSER_PASSWORD, find_programs, running_server

PAGE = Path(__file__).parents[2] / "docs" / "databases.md"
PROGRAMS = find_programs()
needs_debian = pytest.mark.skipif(
    PROGRAMS is None, reason="Debian's PostgreSQL is not installed (apt-get install postgresql), and ours has no fdw"
)

LORAS = """\
lora: {file: mei_working_v1.safetensors, base_model: sdxl, trigger: mei girl}
"""
MORE_LORAS = """\
loras:
  - {file: luna/first.safetensors, base_model: sdxl}
  - {file: second.safetensors, base_model: sdxl, trigger: second}
"""


@dataclass(frozen=True)
class LinkedDatabases:
    """Our database and Echo Brain's, on one server, each with the links of the page."""

    port: int

    def url_of(self, database: str, user: str = "postgres", password: str = SUPERUSER_PASSWORD) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def ask(self, database: str, query: str, *who: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, asked by a user with a password, or by the superuser."""
        with psycopg.connect(self.url_of(database, *who), autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []


def blocks_of_the_page(port: int) -> Iterator[tuple[str, str]]:
    """Yield each SQL block of the page as the name of its database and its text, with this server's address."""
    for database, text in re.findall(r"```sql\n-- (\w+)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        yield database, re.sub(r"host '[^']+', port '5432'", f"host '127.0.0.1', port '{port}'", text)


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinkedDatabases]:
    assert PROGRAMS is not None
    home, projects = short_home(), tmp_path_factory.mktemp("projects")
    try:
        with running_server(PROGRAMS, home) as port:
            made = LinkedDatabases(port)
            for role in ("tower", "echo_brain"):
                made.ask("postgres", f"CREATE ROLE {role} LOGIN PASSWORD '{role}-pw'")
                made.ask("postgres", f"CREATE DATABASE {role} OWNER {role}")
            database = Database(made.url_of("tower", "tower", "tower-pw"))
            migrations.apply_migrations(database)
            show = write_small_show(projects)
            (show / "project.yaml").write_text((show / "project.yaml").read_text() + "logline: Two run.\n")
            for name, more in (("akira", LORAS), ("luna", MORE_LORAS)):
                with (show / "characters" / f"{name}.yaml").open("a") as file:
                    file.write(more)
            story.save_project(database, show_files.load_project(projects, "small"))
            database.close()
            made.ask(
                "echo_brain",
                "CREATE TABLE facts (id serial, subject text, predicate text, object text, confidence float);"
                "INSERT INTO facts (subject, predicate, object, confidence) VALUES ('Luna', 'fears', 'heights', 0.9);",
            )
            for name, block in blocks_of_the_page(port):
                made.ask(name, block)
            yield made
    finally:
        shutil.rmtree(home)


@needs_debian
@pytest.mark.slow
def test_echo_brain_reads_our_shows_as_its_published_server_asks(linked: LinkedDatabases) -> None:
    def ask(query: str) -> list[tuple[Any, ...]]:
        return linked.ask("echo_brain", query, "echo_brain", "echo_brain-pw")

    assert ask("SELECT count(*) FROM anime.projects") == [(1,)], "its health check"
    assert ask("SELECT p.id, p.name, p.description FROM anime.projects p LIMIT 1") == [
        ("small", "Small Show", "Two run.")
    ]
    columns = "SELECT id, name, description, lora_trigger, lora_path FROM anime.characters"
    assert ask(f"{columns} WHERE lower(name) = lower('AKIRA')") == [
        (
            "small/akira",
            "Akira",
            "A young racer with spiky black hair and a neon blue jacket. He never stops.",
            "mei girl",
            "mei_working_v1.safetensors",
        )
    ]
    assert ask(f"{columns} WHERE description ILIKE '%silver%'") == [
        (
            "small/luna",
            "Luna",
            "A researcher with long silver hair and a white lab coat. She knows too much.",
            None,
            "luna/first.safetensors",
        )
    ]


@needs_debian
@pytest.mark.slow
def test_the_role_that_reads_our_shows_may_read_nothing_else_and_change_nothing(linked: LinkedDatabases) -> None:
    tables = [f"{schema}.{name}" for schema, name in linked.ask(
        "tower", "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = 'public' "
        "UNION ALL SELECT schemaname, viewname FROM pg_views WHERE schemaname = 'public'"
    )]  # fmt: skip
    assert len(tables) > 15
    reader = ("echo_brain_reader", "a-password")
    for table in tables:
        with pytest.raises(pg.InsufficientPrivilege):
            linked.ask("tower", f"TABLE {table}", *reader)
    for change in ("DELETE FROM anime.projects", "UPDATE anime.projects SET name = 'x'", "CREATE TABLE anime.x ()"):
        with pytest.raises(pg.InsufficientPrivilege):
            linked.ask("tower", change, *reader)
    with pytest.raises(pg.InsufficientPrivilege):
        linked.ask("echo_brain", "DELETE FROM anime.projects", "echo_brain", "echo_brain-pw")


@needs_debian
@pytest.mark.slow
def test_we_read_echo_brains_facts_as_the_lines_that_an_import_takes(linked: LinkedDatabases) -> None:
    (query,) = re.findall(r'-c "(SELECT json_build_object.*?)"', PAGE.read_text(), re.DOTALL)
    rows = linked.ask("tower", query, "tower", "tower-pw")
    (fact,) = read_json_lines("\n".join(json.dumps(row[0]) for row in rows), "facts", "test")
    assert (fact.subject, fact.predicate, fact.object, fact.confidence, fact.source) == (
        "Luna", "fears", "heights", 0.9, "echo_brain",
    )  # fmt: skip


def test_what_is_gone_from_the_files_is_not_in_the_views(database: Database, tmp_path: Path) -> None:
    show = write_small_show(tmp_path)
    story.save_project(database, show_files.load_project(tmp_path, "small"))
    (show / "characters" / "luna.yaml").unlink()
    story.save_project(database, show_files.load_project(tmp_path, "small"))
    with psycopg.connect(database.url) as connection:
        assert connection.execute("SELECT * FROM anime.projects").fetchall() == [("small", "Small Show", "")]
        rows = connection.execute("SELECT id, lora_trigger, lora_path FROM anime.characters").fetchall()
        assert rows == [("small/akira", None, None)]


def test_a_role_that_may_not_create_schemas_gets_the_views_once_the_schema_is_made_for_it(
    database_server: DatabaseServer,
) -> None:
    url = database_server.make_database("template0")
    with psycopg.connect(url) as owner:
        owner.execute("CREATE ROLE lodger LOGIN")
        owner.execute("CREATE SCHEMA dagster AUTHORIZATION lodger")
        owner.execute("GRANT CREATE, USAGE ON SCHEMA public TO lodger")
    database = Database(url.replace("postgres@", "lodger@"))
    migrations.apply_migrations(database)
    database.close()
    with psycopg.connect(url) as owner:
        assert owner.execute("SELECT to_regnamespace('anime')").fetchone() == (None,)
        owner.execute("CREATE SCHEMA anime AUTHORIZATION lodger")
    with psycopg.connect(url.replace("postgres@", "lodger@")) as lodger:
        assert lodger.execute("SELECT create_anime_views()").fetchone() == (True,)
        assert lodger.execute("SELECT count(*) FROM anime.characters").fetchone() == (0,)
