"""A run that is to end begins no further step, also where none of them needs the one that stopped."""

import time
from pathlib import Path
from threading import Thread

import dagster as dg
import pytest

from tower_anime_assets.definitions import defs
from tower_anime_assets.defs.stoppable_executor import StoppableExecutor, stop_after_step, stoppable_executor


@dg.op(config_schema={"ends": str})
def first(context: dg.OpExecutionContext) -> None:
    """End the run in the way that is configured, as somebody else does."""
    if context.op_config["ends"] == "canceling":
        context.instance.report_run_canceling(context.run)
    elif context.op_config["ends"] == "left":
        stop_after_step(context.run_id)


@dg.op
def second() -> None:
    """Need nothing of the first."""


@dg.job(executor_def=stoppable_executor)
def two_steps() -> None:
    """Do both."""
    first()
    second()


@pytest.mark.parametrize(
    ("ends", "status", "steps"),
    [
        ("no", dg.DagsterRunStatus.SUCCESS, ["first", "second"]),
        ("canceling", dg.DagsterRunStatus.CANCELED, ["first"]),
        ("left", dg.DagsterRunStatus.FAILURE, ["first"]),
    ],
)
def test_no_step_begins_after_a_run_is_to_end(
    tmp_path: Path, ends: str, status: dg.DagsterRunStatus, steps: list[str]
) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        config = {"ops": {"first": {"config": {"ends": ends}}}}
        with dg.execute_job(dg.reconstructable(two_steps), instance, run_config=config) as result:
            begun = [
                event.step_key for event in result.all_events if event.event_type is dg.DagsterEventType.STEP_START
            ]
            run = instance.get_run_by_id(result.run_id)
        assert run is not None
        assert run.status is status
        assert begun == steps


@dg.op(pool="gpu")
def needs_a_card() -> None:
    """Wait for a place in the pool."""


@dg.job(executor_def=stoppable_executor)
def one_card() -> None:
    """Do it."""
    needs_a_card()


def test_a_run_that_waits_for_a_place_in_its_pool_can_be_ended(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        instance.event_log_storage.set_concurrency_slots("gpu", 1)
        instance.event_log_storage.claim_concurrency_slot("gpu", "another run", "a step")

        def cancel_soon() -> None:
            for _ in range(600):
                if waiting := instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
                    instance.report_run_canceling(waiting[0])
                    return
                time.sleep(0.1)

        canceling = Thread(target=cancel_soon)
        canceling.start()
        with dg.execute_job(dg.reconstructable(one_card), instance) as result:
            run = instance.get_run_by_id(result.run_id)
        canceling.join()
        assert run is not None
        assert run.status is dg.DagsterRunStatus.CANCELED
        assert not [event for event in result.all_events if event.event_type is dg.DagsterEventType.STEP_START]


def test_our_jobs_have_this_executor() -> None:
    job = defs.resolve_job_def("produce_episode")
    assert job.executor_def is stoppable_executor
    assert issubclass(StoppableExecutor, dg.Executor)
