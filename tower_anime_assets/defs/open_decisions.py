"""Decisions that nobody finished: a sensor finds them, a run settles them, since a job may have to be waited for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dagster as dg

from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.stages.open_decisions import list_abandoned, settle_open
from tower_anime_assets.stages.studio import Studio

SETTLE_AFTER = timedelta(minutes=2)
"""How old an open decision must be before a run is asked for: somebody may be about to go on with it."""


@dg.op(description="Takes up or declares lost what runs that ended left open; says of each what became of it.")
def settle(context: dg.OpExecutionContext, studio: dg.ResourceParam[Studio]) -> None:
    """Settle every open decision that no run works on."""
    with as_failure():
        for item in settle_open(replace(studio, run_id=context.run_id, created_by="reconcile_decisions")):
            context.log.info(f"{item.place} {item.stage}: {item.says}")


@dg.job(description="Settles the decisions that nobody finished: jobs at servers are taken up, the rest is lost.")
def settle_open_decisions() -> None:
    """Settle open decisions."""
    settle()


@dg.sensor(
    name="reconcile_decisions",
    job_name="settle_open_decisions",
    description="Asks for a run that settles decisions which nobody finished.",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def reconcile_decisions(
    context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio]
) -> dg.RunRequest | dg.SkipReason:
    """Request a run when decisions are open although no run works on them."""
    places = [place for place in list_abandoned(studio) if datetime.now(UTC) - place.newest > SETTLE_AFTER]
    if not places:
        return dg.SkipReason("every open decision has a run that works on it")
    context.log.info(", ".join(f"{place.key} {place.decision_type}" for place in places))
    return dg.RunRequest(run_key=f"{context.last_tick_completion_time or 0}:{places[0].newest.isoformat()}")
