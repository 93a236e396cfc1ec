"""Dagster's instance on a farm: loaded as Dagster loads it, with both launchers, and places by who is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster_k8s import launcher as k8s_launcher

from tower_anime_assets.defs.farm import record
from tower_anime_assets.defs.farm.launching import CONTROLLER_QUEUE, queue_of
from tower_anime_assets.defs.instance import dagster_environment, get_instance
from tower_anime_assets.defs.instance_profiles import NEVER_S, instance_file
from tower_anime_assets.settings import CELERY, KUBERNETES, Settings, from_environment, resource_root
from tower_anime_assets.stages.farm import code_version
from tower_anime_assets.stages.locks import hold_alive
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.farm import save_worker, stop_worker, worker_lock
from tower_anime_assets_tests.farm.farm_processes import until

REDIS = "redis://127.0.0.1:9/0"


@dg.job
def nothing() -> None:
    """Do nothing."""


@pytest.fixture
def entered(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The environment of a controller's processes, but for which farm it is."""
    monkeypatch.setenv("TOWER_DATABASE_URL", database.url)
    monkeypatch.setenv("TOWER_BROKER_URL", REDIS)
    monkeypatch.setenv("TOWER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TOWER_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("TOWER_RUN_IMAGE", "studio/tower:1")
    record.open_record.cache_clear()
    yield monkeypatch
    record.open_record.cache_clear()


def open_farm(entered: pytest.MonkeyPatch, farm: str, database: Database, **variables: str) -> dg.DagsterInstance:
    for name, value in {"TOWER_FARM": farm, **variables}.items():
        entered.setenv(name, value)
    for name, value in dagster_environment(from_environment(), database.url).items():
        entered.setenv(name, value)
    return get_instance(database)


def test_without_a_farm_the_instance_is_the_checkouts_to_the_byte(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "projects", tmp_path / "home", broker_url=REDIS)
    assert instance_file(settings) == (resource_root() / "dagster.yaml").read_bytes()


@pytest.mark.parametrize("farm", [CELERY, KUBERNETES])
def test_no_password_and_no_constant_of_places_is_in_a_farms_instance(tmp_path: Path, farm: str) -> None:
    settings = Settings(
        tmp_path / "p", tmp_path / "h", "postgresql://u:pw-1@h/d", farm=farm, broker_url="redis://:pw-2@h"
    )
    text = instance_file(settings).decode()
    assert "pw-" not in text
    loaded = yaml.safe_load(text)
    assert "runs" not in loaded["concurrency"]
    assert loaded["retention"] == yaml.safe_load((resource_root() / "dagster.yaml").read_text())["retention"]


def test_dagster_loads_the_celery_farm_and_its_places_follow_the_workers(
    entered: pytest.MonkeyPatch, database: Database
) -> None:
    with open_farm(entered, CELERY, database, TOWER_LOST_S="8") as instance:
        assert type(instance.run_launcher).__name__ == "TowerCeleryRunLauncher"
        assert not instance.run_launcher.supports_resume_run
        assert instance.run_monitoring_start_timeout_seconds == NEVER_S, "to wait for a worker is no failure"
        assert instance.run_monitoring_poll_interval_seconds == 4
        assert (instance.run_retries_enabled, instance.run_retries_max_retries) == (True, 0)

        def places() -> tuple[int, dict[str, int]]:
            config = instance.get_concurrency_config().run_queue_config
            assert config is not None
            return config.max_concurrent_runs, {
                one["value"]: one["limit"] for one in config.tag_concurrency_limits or ()
            }

        assert places() == (0, {"gpu": 0, "cpu": 0})
        with hold_alive(database, worker_lock("a")), hold_alive(database, worker_lock("b")):
            for name, queues, slots in (("a", ["gpu", "cpu"], 1), ("b", ["cpu", "night"], 3)):
                save_worker(database, name, host="h", pid=1, queues=queues, slots=slots, version=code_version())
            assert places() == (4, {"gpu": 1, "cpu": 4, "night": 3})
            stop_worker(database, "a", "")
            assert places() == (3, {"gpu": 0, "cpu": 3, "night": 3})
        until(lambda: places() == (0, {"gpu": 0, "cpu": 0}), "the end of the workers' sessions", 20)


def test_dagster_loads_the_kubernetes_farm(entered: pytest.MonkeyPatch, database: Database) -> None:
    entered.setattr(k8s_launcher, "load_kubernetes_config", lambda **_options: None)
    with open_farm(entered, KUBERNETES, database, TOWER_RUN_SLOTS="9") as instance:
        launcher: Any = instance.run_launcher
        assert type(launcher).__name__ == "TowerK8sRunLauncher"
        assert launcher.job_image == "studio/tower:1"
        assert launcher.env_vars == ["TOWER_WORKER=kubernetes"]
        assert launcher.supports_check_run_worker_health
        config = instance.get_concurrency_config().run_queue_config
        assert config is not None
        assert config.max_concurrent_runs == 9


def test_a_run_that_has_ended_stays_as_it_ended(entered: pytest.MonkeyPatch, database: Database) -> None:
    with open_farm(entered, CELERY, database) as instance:
        run = instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTED)
        instance.report_run_failed(run, "its worker was lost")
        for kind, words in ((dg.DagsterEventType.RUN_SUCCESS, "made"), (dg.DagsterEventType.RUN_CANCELED, "ended")):
            late = dg.DagsterEvent(event_type_value=kind.value, job_name=run.job_name, message=words)
            instance.report_dagster_event(late, run_id=run.run_id)
        now = instance.get_run_by_id(run.run_id)
        assert now is not None
        assert now.status is dg.DagsterRunStatus.FAILURE
        kinds = [entry.get_dagster_event().event_type for entry in instance.all_logs(run.run_id)]
        assert dg.DagsterEventType.RUN_FAILURE in kinds
        assert not {dg.DagsterEventType.RUN_SUCCESS, dg.DagsterEventType.RUN_CANCELED} & {*kinds}


@pytest.mark.parametrize(
    ("job", "assets", "queue"),
    [
        ("produce_episode", None, "gpu"),
        ("produce_draft", None, "gpu"),
        ("tell_director", None, "cpu"),
        ("finish_interrupted_work", None, "cpu"),
        ("__ASSET_JOB", ["keyframes", "ltx_clips"], "gpu"),
        ("__ASSET_JOB", ["voice_tracks", "audio_tracks"], "cpu"),
        ("__ASSET_JOB", ["morning_report"], CONTROLLER_QUEUE),
        ("produce_episode", ["compiled_episodes"], "cpu"),
    ],
)
def test_runs_go_into_the_queue_of_what_they_make(job: str, assets: list[str] | None, queue: str) -> None:
    chosen = frozenset(map(dg.AssetKey, assets)) if assets is not None else None
    assert queue_of(dg.DagsterRun(job_name=job, run_id="1", asset_selection=chosen)) == queue
