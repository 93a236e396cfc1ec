"""The queue of runs on a farm: into which queue of workers a run goes, and how many are handed out at once."""

from __future__ import annotations

from dagster import DagsterRun
from dagster._core.run_coordinator.base import SubmitRunContext
from dagster._core.run_coordinator.queued_run_coordinator import RunQueueConfig
from dagster_celery.tags import DAGSTER_CELERY_QUEUE_TAG

from tower_anime_assets.defs.farm.launching import queue_of
from tower_anime_assets.defs.farm.record import open_record
from tower_anime_assets.defs.run_attribution import AttributedRunCoordinator
from tower_anime_assets.settings import CELERY
from tower_anime_assets.stages.farm import known_queues, run_places


class FarmRunCoordinator(AttributedRunCoordinator):
    """Dagster's queue with as many places as workers have, which tags each run with its queue of workers."""

    def submit_run(self, context: SubmitRunContext) -> DagsterRun:
        """Queue a run."""
        run = context.dagster_run
        if DAGSTER_CELERY_QUEUE_TAG not in run.tags:
            self._instance.add_run_tags(run.run_id, {DAGSTER_CELERY_QUEUE_TAG: queue_of(run)})
        return super().submit_run(context)

    def get_run_queue_config(self) -> RunQueueConfig:
        """Return how many runs there may be at once, by the workers that are there; the daemon asks at each look."""
        settings, database = open_record()
        config = super().get_run_queue_config()._replace(max_concurrent_runs=run_places(settings, database))
        if settings.farm != CELERY:
            return config
        limits = [
            {"key": DAGSTER_CELERY_QUEUE_TAG, "value": queue, "limit": run_places(settings, database, queue)}
            for queue in known_queues(database)
        ]
        return config._replace(tag_concurrency_limits=limits)
