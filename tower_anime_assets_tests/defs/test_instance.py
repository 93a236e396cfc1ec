"""What we use of Dagster's private parts, each of which a new release may change."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from tower_anime_assets.definitions import defs
from tower_anime_assets.defs.instance import LOCATION, REPOSITORY, assign_code_location, open_instance, run_tags
from tower_anime_assets.settings import Settings, from_environment
from tower_anime_assets.store.database import Database


@dg.job
def nothing() -> None:
    """Do nothing."""


def test_a_run_in_this_process_is_listed_and_can_be_executed_again_under_our_location(tmp_path: Path) -> None:
    assert defs.get_repository_def().name == REPOSITORY
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        tags = run_tags("mira")
        done = nothing.execute_in_process(instance=instance, tags=tags)
        assign_code_location(instance, done.dagster_run)
        run = instance.get_run_by_id(done.run_id)
        assert run is not None
        assert tags.items() <= run.tags.items()
        assert [key for key in run.tags if "repository" in key] == [".dagster/repository"], "as Dagster itself tags it"
        assert [one.run_id for one in instance.get_runs(dg.RunsFilter(tags=tags))] == [done.run_id]
        origin = run.remote_job_origin
        assert origin is not None
        assert origin.job_name == "nothing"
        assert origin.repository_origin.get_label() == f"{REPOSITORY}@{LOCATION}"
        assert origin.location_name == LOCATION


def test_dagster_reads_its_settings_from_the_home_folder_and_captures_no_output(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DAGSTER_HOME", "TOWER_DAGSTER_DATABASE_URL", "TOWER_PROJECTS", "TOWER_HOME", "TOWER_WEB_PORT"):
        monkeypatch.setenv(name, "set by open_instance, and unset again after this test")
    monkeypatch.setenv("TOWER_MEDIA_PORT", "")
    monkeypatch.setenv("TOWER_PUBLIC_URL", "")
    settings = Settings(tmp_path / "projects", tmp_path / "home", public_url="https://studio.example/media-pages")
    with open_instance(settings, database.url) as instance:
        assert from_environment() == settings
        assert Path(instance.storage_directory()).is_relative_to(settings.home / "dagster")
        assert type(instance.compute_log_manager).__name__ == "NoOpComputeLogManager"
        assert type(instance.run_storage).__name__ == "PostgresRunStorage"
        assert instance.run_monitoring_enabled
        assert not instance.telemetry_enabled
        assert instance.add_dynamic_partitions("episodes", ["a-e01"]) is None
        assert instance.get_dynamic_partitions("episodes") == ["a-e01"]
