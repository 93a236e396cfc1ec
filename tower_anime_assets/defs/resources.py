"""The studio as a Dagster resource: opened for a run, closed after it."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from tower_anime_assets import settings
from tower_anime_assets.stages.opening import open_studio
from tower_anime_assets.stages.studio import Studio


class StudioResource(dg.ConfigurableResource[Studio]):
    """Gives assets the plain `Studio`; everything it needs comes from the environment, see `tower env`."""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Studio]:
        """Open the studio for the length of a run."""
        with open_studio(settings.from_environment()) as studio:
            yield studio
