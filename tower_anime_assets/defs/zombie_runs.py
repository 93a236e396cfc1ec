"""Runs whose process ended without a word: killed, or the machine stopped.

Dagster would show them as running for ever, and they would hold their places in the queue and in pools. Run as a
module, this prepares Dagster's storage before web UI and daemon start, and ends such runs. Runs of `tower produce`
are no concern of this module: they prove by a lock that they live.
"""

import json
import socket

import dagster as dg
from dagster._core.storage.tags import GRPC_INFO_TAG

_UNDER_WAY = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_ANSWER_WAIT_S = 2.0


def end_zombie_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs as failed whose process is no more, free their places, and return their ids."""
    ended = []
    for run in instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY)):
        if is_alive(run):
            continue
        message = "Its process was killed, or the machine stopped. What it had finished is kept."
        instance.report_run_failed(run, message)
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        ended.append(run.run_id)
    return ended


def is_alive(run: dg.DagsterRun) -> bool:
    """Return whether the code server that started a run still answers; True for runs that none started."""
    server = json.loads(run.tags.get(GRPC_INFO_TAG, "{}")).get("socket")
    # A code server outlives the runs that it started, so a run whose server is gone is gone too.
    return server is None or _answers(server)


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
    ended = end_zombie_runs(context.instance)
    return dg.SkipReason(f"ended {', '.join(ended)}" if ended else "every run under way has its process")


if __name__ == "__main__":
    with dg.DagsterInstance.get() as opened:
        end_zombie_runs(opened)
