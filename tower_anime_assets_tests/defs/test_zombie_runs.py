"""Runs whose lock is free are ended at the second look; runs that hold theirs are left alone."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from tower_anime_assets.defs.zombie_runs import end_dead_runs, end_runs, find_zombie_runs
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import locks
from tower_anime_assets.stages.locks import hold_run, is_run_alive
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database


@dg.job
def nothing() -> None:
    """Do nothing."""


@pytest.mark.parametrize("state", [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
def test_only_a_run_whose_lock_is_free_is_ended(database: Database, state: dg.DagsterRunStatus) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        alive, dead = (instance.create_run_for_job(nothing, status=state).run_id for _ in range(2))
        with hold_run(database, alive):
            end_runs(instance, find_zombie_runs(instance, database))
            after = {run_id: instance.get_run_by_id(run_id) for run_id in (alive, dead)}
            assert {run_id: run.status for run_id, run in after.items() if run} == {
                alive: state,
                dead: dg.DagsterRunStatus.FAILURE,
            }
            assert find_zombie_runs(instance, database) == []


def test_the_sensor_ends_a_run_at_its_second_look(database: Database, tmp_path: Path) -> None:
    studio = Studio(Settings(projects=tmp_path / "projects", home=tmp_path / "home"), database)
    with dg.DagsterInstance.ephemeral() as instance:
        run_id = instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTED).run_id

        def look(cursor: str | None) -> dg.SensorResult:
            with dg.build_sensor_context(instance=instance, cursor=cursor, resources={"studio": studio}) as context:
                result: Any = end_dead_runs(context)
            assert isinstance(result, dg.SensorResult)
            return result

        first = look(None)
        run = instance.get_run_by_id(run_id)
        assert run is not None
        assert run.status is dg.DagsterRunStatus.STARTED, "it may have only just begun"
        second = look(first.cursor)
        assert run_id in str(second.skip_reason)
        ended = instance.get_run_by_id(run_id)
        assert ended is not None
        assert ended.status is dg.DagsterRunStatus.FAILURE


def test_a_run_takes_its_lock_again_when_the_database_lost_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "RENEW_S", 0.05)
    with hold_run(database, "a run"):
        assert is_run_alive(database, "a run")
        database.run_in_transaction(
            lambda transaction: transaction.run_script(
                b"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            )
        )
        until = time.monotonic() + 10
        while not is_run_alive(database, "a run"):
            assert time.monotonic() < until
            threading.Event().wait(0.02)
    while is_run_alive(database, "a run"):  # the server ends a session some moments after its client
        assert time.monotonic() < until
        threading.Event().wait(0.02)


def test_a_run_begins_while_others_look_whether_it_lives(database: Database) -> None:
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(0.005):
            is_run_alive(database, "a new run")

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for _ in range(10):
            with hold_run(database, "a new run"):
                assert is_run_alive(database, "a new run")
    finally:
        is_over.set()
        looking.join()
