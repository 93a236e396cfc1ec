"""The asset `facts`: from the files of a show to its memory, as Dagster sees it."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest

from tower_anime_assets.defs.assets.story import facts
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import facts as stored
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.small_show import write_small_show


@pytest.fixture
def studio(database: Database, tmp_path: Path) -> Studio:
    write_small_show(tmp_path / "projects")
    return Studio(Settings(projects=tmp_path / "projects", home=tmp_path / "home"), database)


def materialized(studio: Studio, *, raise_on_error: bool = True) -> dg.ExecuteInProcessResult:
    return dg.materialize([facts], resources={"studio": studio}, raise_on_error=raise_on_error)


def test_the_files_are_remembered_and_the_metadata_counts_them(studio: Studio) -> None:
    (event,) = materialized(studio).asset_materializations_for_node("facts")
    on_record = stored.list_all(studio.database, "small")
    assert event.metadata["facts"].value == event.metadata["stored"].value == len(on_record) > 50
    (row,) = event.metadata["projects"].value.records  # type: ignore[union-attr]
    assert (row.data["project"], row.data["statements"], row.data["known"]) == ("small", len(on_record), 0)
    (again,) = materialized(studio).asset_materializations_for_node("facts")
    assert again.metadata["stored"].value == 0
    assert again.metadata["digest"] == event.metadata["digest"]


def test_a_show_with_faults_keeps_its_facts_and_stops_no_other_show(studio: Studio) -> None:
    materialized(studio)
    before = stored.list_all(studio.database, "small")
    folder = studio.settings.projects
    shutil.copytree(folder / "small", folder / "other")
    script = folder / "small" / "episodes" / "e01.fountain"
    script.write_text("EXT. STREET - NIGHT\n\nNOBODY\nHello.\n\nSTRANGER\nHello.\n")
    (event,) = materialized(studio).asset_materializations_for_node("facts")
    shown = str(event.metadata["faults"].value)
    assert "NOBODY" in shown
    assert "STRANGER" in shown
    assert stored.list_all(studio.database, "small") == before
    assert stored.list_all(studio.database, "other")
