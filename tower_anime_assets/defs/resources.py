"""The studio as a Dagster resource: opened for a run, closed after it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import dagster as dg

from tower_anime_assets import settings
from tower_anime_assets.stages.locks import hold_run
from tower_anime_assets.stages.opening import open_studio
from tower_anime_assets.stages.studio import Studio


class StudioResource(dg.ConfigurableResource[Studio]):
    """Provides the plain `Studio`, configured by the environment; see `tower env`."""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Studio]:
        """Open the studio, and hold the run's lock; sensors and schedules have no run and so no lock."""
        with open_studio(settings.from_environment()) as studio, ExitStack() as held:
            if context.run is not None:
                held.enter_context(hold_run(studio.database, context.run.run_id))
            yield studio
