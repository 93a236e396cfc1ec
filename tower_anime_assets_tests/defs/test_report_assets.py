"""The report assets, materialized on an ephemeral instance."""

from __future__ import annotations

import re
from pathlib import Path

import dagster as dg
import pytest

from tower_anime_assets.definitions import defs
from tower_anime_assets.defs.assets.reports import learning_report, quality_report
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import attempts, story
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.stages.filled_record import fill


@pytest.fixture(scope="module")
def studio(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder: Path = tmp_path_factory.mktemp("report_assets")
    story.save_project(database, Project("filled", "Filled", ()))
    fill(database, "filled", shots=25)
    return Studio(Settings(folder / "projects", folder / "home"), database)


def test_the_learning_report_shows_figures_and_pictures_and_keeps_patterns(studio: Studio) -> None:
    done = dg.materialize([learning_report], resources={"studio": studio})
    assert done.success
    (made,) = done.asset_materializations_for_node("learning_report")
    text = made.metadata["filled_report"].value
    assert isinstance(text, str)
    assert "### Recommendations" in text
    assert "](/media/" in text
    pictures = [value.value for name, value in made.metadata.items() if "_chart_" in name]
    assert len(pictures) >= 3
    for picture in pictures:
        found = re.fullmatch(r"!\[[^]]+\]\(/media/(.+\.png)\)", str(picture))
        assert found is not None, "one picture alone is shown in place, a page of Markdown would be a link"
        assert studio.media.path_of(found[1]).stat().st_size > 1000
    tables = [value for name, value in made.metadata.items() if name.endswith("_table")]
    assert tables
    assert all(isinstance(table, dg.TableMetadataValue) and table.records for table in tables)
    assert made.metadata["filled_attempts"].value == len(attempts.list_newest(studio.database, ["filled"]))
    assert made.metadata["filled_patterns"].value == len(attempts.list_patterns(studio.database, "filled"))


def test_the_quality_report_is_of_its_episode(studio: Studio) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("episodes", ["filled-e01", "filled-e02"])
        done = dg.materialize(
            [quality_report], resources={"studio": studio}, instance=instance, partition_key="filled-e01"
        )
        (made,) = done.asset_materializations_for_node("quality_report")
        rows = attempts.list_newest(studio.database, ["filled"])
        shown = {name: value.value for name, value in made.metadata.items()}
        assert shown["attempts"] == len(rows)
        assert shown["accepted_share"] == round(sum(row.is_success for row in rows) / len(rows), 4)
        failed = dg.materialize(
            [quality_report], resources={"studio": studio}, instance=instance, partition_key="filled-e02",
            raise_on_error=False,
        )  # fmt: skip
        assert not failed.success


def test_both_are_among_the_definitions_described_and_owned() -> None:
    specs = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
    for name in ("quality_report", "learning_report"):
        assert specs[name].description
        assert specs[name].owners
        assert specs[name].group_name == "reports"
