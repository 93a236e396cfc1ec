"""The studio as a Dagster resource: opened for a run, closed after it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import dagster as dg

from tower_anime_assets import settings
from tower_anime_assets.defs.run_forecast import forecast_run
from tower_anime_assets.defs.tags import SHOWS_TAG
from tower_anime_assets.errors import PlanError, list_some
from tower_anime_assets.media.private_files import protect_home, restrict_new_files
from tower_anime_assets.stages.library_mirror import mirror_library
from tower_anime_assets.stages.locks import hold_run
from tower_anime_assets.stages.opening import open_studio
from tower_anime_assets.stages.shared_shows import place_shows
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import farm_runs


class StudioResource(dg.ConfigurableResource[Studio]):
    """Provides the plain `Studio`, configured by the environment; see `tower env`."""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Studio]:
        """Open the studio, mirror its workflows, and hold the run's lock; sensors and schedules have no run."""
        restrict_new_files()  # for runs of Dagster's own commands; those of `tower` begin so
        loaded_settings = settings.from_environment()
        protect_home(loaded_settings.home)
        with open_studio(loaded_settings) as studio, ExitStack() as held:
            if context.run is not None:
                held.enter_context(hold_run(studio.database, context.run.run_id))
                if studio.settings.worker:
                    _prepare_on_worker(studio, context.run)
                else:
                    for line in list_some(mirror_library(studio.settings, studio.database)):
                        dg.get_dagster_logger().warning(line)
                studio.recorder(context.run.run_id).add_planned(forecast_run(studio, context.run))
            yield studio


def _prepare_on_worker(studio: Studio, run: dg.DagsterRun) -> None:
    """Note on record that this worker has the run, and read the shows as they were when it was launched.

    Raises:
        PlanError: The run was taken back or is another worker's, or its shows cannot be placed here.
    """
    settings, database = studio.settings, studio.database
    if not farm_runs.claim_run(database, run.run_id, settings.worker):
        raise PlanError(f"run {run.run_id} is not this worker's ({settings.worker}): it was taken back, or has another")
    if SHOWS_TAG in run.tags:
        studio.settings = place_shows(settings, database, run.tags[SHOWS_TAG])
