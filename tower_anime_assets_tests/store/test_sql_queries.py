from __future__ import annotations

import ast
import re
from pathlib import Path

import psycopg
import pytest

import tower_anime_assets
from tower_anime_assets.settings import resource_root
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.queries import load_queries, query_text

NOUNS = sorted(path.stem for path in (resource_root() / "sql" / "queries").glob("*.sql"))
EVERY = [f"{noun}.{name}" for noun in NOUNS for name in load_queries(noun)]
# statements that EXPLAIN does not take, run by the tests of server, migrations and backups
UTILITY = ("CREATE ", "DO ", "SET ", "COPY ", "ALTER ", "LISTEN ")


def body_of(address: str) -> str:
    return re.sub(r"--[^\n]*\n?", "", query_text(address).decode()).strip()


@pytest.mark.parametrize("address", [address for address in EVERY if not body_of(address).startswith(UTILITY)])
def test_every_query_fits_the_migrated_schema(database: Database, address: str) -> None:
    names: dict[str, str] = {}
    named = body_of(address).replace("{schema}", "public").replace("{table}", "takes").replace("{column}", "id")
    text = re.sub(r"%\((\w+)\)s", lambda match: names.setdefault(match[1], f"${len(names) + 1}"), named)
    with psycopg.connect(database.url) as connection:
        if address.startswith("migrations."):
            connection.execute(query_text("migrations.create_ledger"))
        plan = connection.execute(b"EXPLAIN (GENERIC_PLAN) " + text.encode()).fetchall()
        connection.rollback()
    assert plan


@pytest.mark.parametrize("address", EVERY)
def test_every_query_says_in_a_sentence_what_comes_back(address: str) -> None:
    first = query_text(address).decode().splitlines()[0]
    assert re.fullmatch(r"-- [A-Z].*[.]", first), first


def test_only_short_utility_statements_are_not_explained() -> None:
    assert [address for address in EVERY if body_of(address).startswith(UTILITY)] == [
        "backups.begin_snapshot",
        "backups.copy_out",
        "backups.copy_in",
        "backups.disable_triggers",
        "backups.enable_triggers",
        "backups.advance_sequences",
        "migrations.create_ledger",
        "migrations.lock_tables",
        "migrations.check_constraints",
        "server.create_database",
        "server.create_dagster_schema",
        "session.listen",
    ]


def test_every_query_is_called_and_every_call_names_a_query() -> None:
    package = Path(tower_anime_assets.__file__).parent
    called: set[str] = set()
    for path in (package / "store").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                match = re.fullmatch(r"([a-z_]+)\.([a-z_]+)", node.value)
                if match and match[1] in NOUNS:
                    called.add(node.value)
    assert called == set(EVERY)


def test_no_python_file_holds_sql() -> None:
    package = Path(tower_anime_assets.__file__).parent
    keyword = re.compile(r"\b(SELECT .* FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE)\b", re.DOTALL)
    guilty = [
        f"{path.name}:{node.lineno}"
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and keyword.search(node.value)
    ]
    assert guilty == []


def test_an_unknown_query_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        query_text("takes.make_coffee")


def test_queries_lie_beside_the_migrations() -> None:
    assert (resource_root() / "sql" / "migrations").is_dir()
    assert len(EVERY) > 40
