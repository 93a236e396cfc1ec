from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import psycopg
import pytest

from tower_anime_assets.production.memory.set_up import STUDIO
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.library_mirror import mirror_library
from tower_anime_assets.store import facts
from tower_anime_assets.store.database import Database
from tower_anime_assets.workflows.registry import load_registry
from tower_anime_assets_tests.conftest import DatabaseServer, list_registered


@pytest.fixture
def database(database_server: DatabaseServer) -> Database:
    """A database of the test's own, since there is one library per database."""
    return Database(database_server.make_database())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(projects=tmp_path / "projects", home=tmp_path / "home")


def said(database: Database, subject: str, predicate: str) -> list[str]:
    return [fact.object for fact in facts.find_facts(database, [STUDIO], subject, predicate)]


def row_versions(database: Database) -> set[tuple[str, str]]:
    """Return every row of the copy with the transaction that wrote it."""
    with psycopg.connect(database.url) as connection:
        return set(
            connection.execute(
                "SELECT id::text, xmin::text FROM facts UNION SELECT sha256, xmin::text FROM video_workflow_templates "
                "UNION SELECT name, xmin::text FROM mirrors"
            ).fetchall()
        )


def test_a_new_database_gets_every_workflow_and_the_facts_about_the_studio(
    settings: Settings, database: Database
) -> None:
    assert mirror_library(settings, database) == ()
    names = {name for row in list_registered(database) for name in row.workflows}
    assert names == set(load_registry().workflows)
    assert "never routed to" in said(database, "animatediff", "described_as")[0]
    assert said(database, "ComfyUI", "usual_port") == ["8188"]
    assert "Not configured here" in said(database, "Echo Brain", "described_as")[0]


def test_the_same_files_and_settings_are_not_copied_again(settings: Settings, database: Database) -> None:
    mirror_library(settings, database)
    before = row_versions(database)
    mirror_library(settings, database)
    assert row_versions(database) == before
    assert len(before) > 100


def test_changed_settings_and_new_workflows_are_copied(settings: Settings, database: Database) -> None:
    mirror_library(settings, database)
    services = MappingProxyType({"echo_brain": "http://10.9.8.7:8309"})
    mirror_library(replace(settings, services=services), database)
    assert "Configured here" in said(database, "Echo Brain", "described_as")[0]
    assert "10.9.8.7" not in repr(facts.list_all(database, STUDIO))
    own = settings.home / "workflows" / "mine"
    own.mkdir(parents=True)
    (own / "graph.json").write_text(json.dumps(load_registry().workflow("sdxl_anime_t2i").graph))
    mirror_library(settings, database)
    assert said(database, "mine", "described_as")
    (own / "graph.json").unlink()
    own.rmdir()
    mirror_library(settings, database)
    assert said(database, "mine", "described_as") == []


def test_a_faulty_workflow_is_told_and_copied_as_soon_as_it_is_right(settings: Settings, database: Database) -> None:
    own = settings.home / "workflows" / "broken"
    own.mkdir(parents=True)
    (own / "graph.json").write_text("{")
    (fault,) = mirror_library(settings, database)
    assert "broken/graph.json" in fault.file
    assert list_registered(database) == []
    (own / "graph.json").write_text(json.dumps(load_registry().workflow("sdxl_anime_t2i").graph))
    assert mirror_library(settings, database) == ()
    assert said(database, "broken", "is_a") == ["image workflow"]
