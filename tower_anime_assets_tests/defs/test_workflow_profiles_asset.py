"""The asset `workflow_profiles`, as Dagster sees it."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from tower_anime_assets.defs.assets.reports import workflow_profiles
from tower_anime_assets.reports.workflows import workflow_report
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.small_show import write_small_show


@pytest.fixture
def studio(database: Database, tmp_path: Path) -> Studio:
    write_small_show(tmp_path / "projects")
    return Studio(Settings(projects=tmp_path / "projects", home=tmp_path / "home"), database)


def test_the_figures_of_the_workflows_are_materialized_with_the_digest_of_what_they_say(studio: Studio) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([workflow_profiles], resources={"studio": studio}, instance=instance)
        (event,) = done.asset_materializations_for_node("workflow_profiles")
        kept = instance.get_latest_materialization_event(dg.AssetKey("workflow_profiles"))
    assert kept is not None
    assert kept.asset_materialization == event
    assert event.metadata
    assert event.tags is not None
    assert event.tags["dagster/data_version"] == workflow_report(studio).digest
