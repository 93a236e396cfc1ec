"""Interrupted work: a sensor finds decisions left open by stopped runs, and a job settles them."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.stages.open_decisions import list_abandoned, settle_abandoned
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.studio import Studio

SETTLE_AFTER = timedelta(minutes=2)
"""Age from which an open decision counts as interrupted; a younger one may still be taken up by its run."""


@dg.op(description="Resumes what stopped runs left open, or marks it as lost, and logs each result.")
def settle_decisions(context: dg.OpExecutionContext, studio: dg.ResourceParam[Studio]) -> None:
    """Settle every open decision that belongs to no active run."""
    with as_failure():
        for item in settle_abandoned(Run(studio, context.run_id, "finish_interrupted_work")):
            context.log.info(f"{item.key} {item.stage}: {item.outcome}")


@dg.job(description="Finishes what stopped runs left open: resumes their jobs on servers, and marks the rest as lost.")
def finish_interrupted_work() -> None:
    """Settle open decisions."""
    settle_decisions()


@dg.sensor(
    name="find_interrupted_work",
    job_name="finish_interrupted_work",
    description="Starts `finish_interrupted_work` when a stopped run left work open.",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def find_interrupted_work(
    context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio]
) -> dg.RunRequest | dg.SkipReason:
    """Request a run when open decisions belong to no active run."""
    places = [place for place in list_abandoned(studio) if datetime.now(UTC) - place.newest > SETTLE_AFTER]
    if not places:
        return dg.SkipReason("every open decision belongs to an active run")
    context.log.info(", ".join(f"{place.key} {place.decision_type}" for place in places))
    return dg.RunRequest(run_key=f"{context.last_tick_completion_time or 0}:{places[0].newest.isoformat()}")
