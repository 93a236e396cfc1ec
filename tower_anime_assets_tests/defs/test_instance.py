"""What we use of Dagster's private parts, each of which a new release may change."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from tower_anime_assets.definitions import defs
from tower_anime_assets.defs.instance import (
    LOCATION,
    REPOSITORY,
    assign_code_location,
    dagster_environment,
    open_instance,
    run_tags,
)
from tower_anime_assets.settings import Settings, from_environment
from tower_anime_assets.store.dagster_connections import guard_connections
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
    monkeypatch.setenv("TOWER_PUBLIC_URL", "")
    settings = Settings(tmp_path / "projects", tmp_path / "home", public_url="https://studio.example")
    with open_instance(settings, database) as instance:
        assert from_environment() == settings
        assert Path(instance.storage_directory()).is_relative_to(settings.home / "dagster")
        assert type(instance.compute_log_manager).__name__ == "NoOpComputeLogManager"
        assert type(instance.run_storage).__name__ == "PostgresRunStorage"
        assert instance.run_monitoring_enabled
        assert not instance.telemetry_enabled
        assert instance.add_dynamic_partitions("episodes", ["a-e01"]) is None
        assert instance.get_dynamic_partitions("episodes") == ["a-e01"]


OPEN = """
import sys
from tower_anime_assets.defs.instance import get_instance
from tower_anime_assets.store.database import Database
database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
with get_instance(database) as instance:
    assert instance.get_runs_count() == 0
"""


def test_processes_that_open_a_new_home_at_once_all_find_its_tables(database: Database, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "projects", tmp_path / "home")
    environment = {**os.environ, **dagster_environment(settings, database.url)}
    command = [sys.executable, "-c", OPEN, database.url]
    processes = [
        subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    ended = [process.communicate("go\n", timeout=90) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, ended
    assert not [err for _out, err in ended if "Retrying" in err]


def test_guarded_connections_leave_other_databases_alone(tmp_path: Path) -> None:
    guard_connections()
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        assert nothing.execute_in_process(instance=instance).success
        assert instance.get_runs_count() == 1
