"""Runs whose process ended without a word: killed, or the machine stopped.

Dagster would show them as running for ever, and they would hold their places in the queue and in pools. Run as a
module, this prepares Dagster's storage before web UI and daemon start, and ends such runs.
"""

import json
import os
import socket

import dagster as dg
import psutil
from dagster._core.storage.dagster_run import DagsterRunStatus, RunsFilter
from dagster._core.storage.tags import GRPC_INFO_TAG

PROCESS_TAG = "tower/process"
"""On runs inside a process of ours: its id and when it was started, since ids are used again."""

_UNDER_WAY = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
_ANSWER_WAIT_S = 2.0


def this_process() -> str:
    """Return the value of `PROCESS_TAG` for runs inside this process."""
    return f"{os.getpid()}@{psutil.Process().create_time():.2f}"


def end_abandoned_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs as failed whose process is no more, free their places, and return their ids."""
    ended = []
    for run in instance.get_runs(RunsFilter(statuses=_UNDER_WAY)):
        if is_alive(run):
            continue
        message = "Its process was killed, or the machine stopped. What it had finished is kept."
        instance.report_run_failed(run, message)
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        ended.append(run.run_id)
    return ended


def is_alive(run: dg.DagsterRun) -> bool:
    """Return whether a run's process still runs; True where that cannot be known."""
    process = run.tags.get(PROCESS_TAG)
    if process is not None:
        return _runs(process)
    server = json.loads(run.tags.get(GRPC_INFO_TAG, "{}")).get("socket")
    # A code server outlives the runs that it started, so a run whose server is gone is gone too.
    return server is None or _answers(server)


def _runs(process: str) -> bool:
    pid, _at, started = process.partition("@")
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" == started
    except psutil.NoSuchProcess:
        return False


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_ANSWER_WAIT_S)
        return probe.connect_ex(path) == 0


@dg.sensor(
    name="abandoned_runs",
    description="Marks runs as failed whose process was killed, so that they do not hold their place for ever.",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def abandoned_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """End abandoned runs; requests nothing."""
    ended = end_abandoned_runs(context.instance)
    return dg.SkipReason(f"ended {', '.join(ended)}" if ended else "every run under way has its process")


if __name__ == "__main__":
    with dg.DagsterInstance.get() as opened:
        end_abandoned_runs(opened)
