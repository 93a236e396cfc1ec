"""Runs and messages that get lost, as the controller notices: by locks and rows, with a real Redis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest
import redis

from tower_anime_assets.defs.farm.gpu_pool import GPU_POOL, release_pool
from tower_anime_assets.defs.farm.lost_runs import TIMES_AGAIN, why_lost
from tower_anime_assets.defs.farm.tending import tend_farm
from tower_anime_assets.defs.zombie_runs import find_zombie_runs
from tower_anime_assets.settings import CELERY, Settings
from tower_anime_assets.stages.locks import hold_run
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import farm_runs
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.farm.farm_processes import RedisServer, start_redis

LOST_S = 5.0


@dg.job
def nothing() -> None:
    """Do nothing."""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with start_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def studio(database: Database, tmp_path: Path, broker: RedisServer) -> Studio:
    return Studio(
        Settings(tmp_path / "projects", tmp_path / "home", farm=CELERY, broker_url=broker.url, lost_s=LOST_S), database
    )


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def age(database: Database, run_id: str, column: str, seconds: float) -> None:
    """Have something be so for longer than it has been."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL("UPDATE farm_runs SET {0} = {0} - %s * interval '1 second' WHERE run_id = %s").format(
                psycopg.sql.Identifier(column)
            ),
            (seconds, run_id),
        )


def tend(instance: dg.DagsterInstance, studio: Studio) -> str:
    with dg.build_sensor_context(instance=instance, resources={"studio": studio}) as context:
        done: Any = tend_farm(context)
    return str(done.skip_message)


def status_of(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_a_run_that_waits_for_a_worker_is_neither_lost_nor_a_zombie_however_long(
    instance: dg.DagsterInstance, studio: Studio
) -> None:
    run = instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTING)
    farm_runs.save_run(studio.database, run.run_id, "gpu")
    age(studio.database, run.run_id, "sent_at", 1e6)
    assert why_lost(studio.database, run.run_id, LOST_S) == ""
    assert find_zombie_runs(instance, studio.database, is_farm=True) == []
    assert [one.run_id for one in find_zombie_runs(instance, studio.database)] == [run.run_id], "nobody will take it"


@pytest.mark.parametrize("state", [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
def test_a_run_whose_lock_stays_free_ends_and_is_made_again(
    instance: dg.DagsterInstance, studio: Studio, state: dg.DagsterRunStatus
) -> None:
    run_id = instance.create_run_for_job(nothing, status=state).run_id
    farm_runs.save_run(studio.database, run_id, "gpu")
    assert farm_runs.claim_run(studio.database, run_id, "box-1")
    with hold_run(studio.database, run_id):
        tend(instance, studio)
        assert status_of(instance, run_id) is state
    tend(instance, studio)
    assert status_of(instance, run_id) is state, "a database that restarts frees every lock for a moment"
    age(studio.database, run_id, "lost_since", LOST_S)
    with hold_run(studio.database, run_id):
        tend(instance, studio)
        assert status_of(instance, run_id) is state, "it was taken again"
    tend(instance, studio)
    assert status_of(instance, run_id) is state, "and counts anew"
    age(studio.database, run_id, "lost_since", LOST_S)
    assert f"ended {run_id}" in tend(instance, studio)
    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert run.status is dg.DagsterRunStatus.FAILURE
    assert run.tags["dagster/max_retries"] == str(TIMES_AGAIN)
    assert run.tags["dagster/retry_strategy"] == "ALL_STEPS"
    said = [entry.message for entry in instance.all_logs(run_id) if "is not heard of any more" in entry.message]
    assert said
    assert "box-1" in said[0]


def test_a_run_that_was_to_be_canceled_is_canceled_when_its_worker_is_lost(
    instance: dg.DagsterInstance, studio: Studio
) -> None:
    run_id = instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.CANCELING).run_id
    farm_runs.save_run(studio.database, run_id, "gpu")
    farm_runs.claim_run(studio.database, run_id, "box-1")
    tend(instance, studio)
    age(studio.database, run_id, "lost_since", LOST_S)
    tend(instance, studio)
    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert run.status is dg.DagsterRunStatus.CANCELED
    assert "dagster/max_retries" not in run.tags


def test_a_run_is_claimed_once_and_not_after_it_was_taken_back(database: Database) -> None:
    for run_id in ("claimed", "withdrawn"):
        farm_runs.save_run(database, run_id, "cpu")
    assert farm_runs.claim_run(database, "claimed", "box-1")
    assert farm_runs.claim_run(database, "claimed", "box-1"), "its answer was lost, and it asks again"
    assert not farm_runs.claim_run(database, "claimed", "box-2")
    assert not farm_runs.withdraw_run(database, "claimed")
    assert farm_runs.withdraw_run(database, "withdrawn")
    assert not farm_runs.claim_run(database, "withdrawn", "box-1")
    assert not farm_runs.claim_run(database, "never sent", "box-1")


def test_a_run_whose_message_is_lost_is_sent_again_with_growing_pauses(
    instance: dg.DagsterInstance, studio: Studio, broker: RedisServer
) -> None:
    with redis.Redis(port=broker.port) as client:

        def messages() -> list[str]:
            found: Any = client.lrange("lost-and-found", 0, -1)
            return [json.loads(one)["headers"]["argsrepr"] for one in found]

        farm_runs.save_run(studio.database, "a-run", "lost-and-found")
        age(studio.database, "a-run", "sent_at", 2 * LOST_S - 3)
        tend(instance, studio)
        assert messages() == []
        age(studio.database, "a-run", "sent_at", 4)
        assert "sent again a-run" in tend(instance, studio)
        assert messages() == ["['a-run']"]
        age(studio.database, "a-run", "sent_at", 2 * LOST_S + 1)
        tend(instance, studio)
        assert len(messages()) == 1, "the second time it may take twice as long"
        broker.kill()
        age(studio.database, "a-run", "sent_at", 2 * LOST_S + 1)
        assert "the broker does not answer" in tend(instance, studio)
        broker.start()
        tend(instance, studio)
        assert messages() == ["['a-run']"]
        farm_runs.claim_run(studio.database, "a-run", "box-1")
        age(studio.database, "a-run", "sent_at", 1e6)
        tend(instance, studio)
        assert len(messages()) == 1


def test_the_pool_has_a_place_for_each_server_and_else_for_each_worker(
    instance: dg.DagsterInstance, studio: Studio
) -> None:
    urls = "http://gpu-1:8188,http://gpu-2:8188,http://gpu-3:8188"
    studio.settings = replace(studio.settings, services={"comfyui": urls})

    def size() -> int | None:
        return {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()}.get(GPU_POOL)

    assert f"pool {GPU_POOL}: 3" in tend(instance, studio)
    assert f"pool {GPU_POOL}" not in tend(instance, studio)
    studio.settings = replace(studio.settings, services={"comfyui": "http://gpu-1:8188,http://gpu-2:8188"})
    tend(instance, studio)
    assert size() == 2
    instance.event_log_storage.set_concurrency_slots(GPU_POOL, 7)
    tend(instance, studio)
    assert size() == 7, "somebody has set it in the web UI"
    instance.event_log_storage.set_concurrency_slots(GPU_POOL, 2)
    release_pool(instance, studio.database)
    assert size() is None, "without a farm it is as Dagster's settings say"
