"""What the controller does for a run before another machine makes it: its queue, and the shows' files as they are."""

from __future__ import annotations

import dagster as dg

from tower_anime_assets.defs.farm.record import open_record
from tower_anime_assets.defs.tags import SHOWS_TAG
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.farm import CPU_QUEUE, GPU_QUEUE
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.library_mirror import mirror_library
from tower_anime_assets.stages.shared_shows import save_shows
from tower_anime_assets.store import farm_runs

CONTROLLER_QUEUE = "controller"
"""The queue of runs that write to the controller's TOWER_HOME: they are made there."""

_GPU_JOBS = frozenset(("produce_episode", "produce_best_takes", "produce_draft", "produce_final", "rerender_shots"))
_GPU_ASSETS = frozenset((KEYFRAMES.asset, CLIPS.asset))
_CONTROLLERS_ASSETS = frozenset(("morning_report",))


def queue_of(run: dg.DagsterRun) -> str:
    """Return the queue that a run belongs into: `gpu` if it makes keyframes or clips, else `cpu` or `controller`."""
    if run.asset_selection is not None:
        names = {key.to_user_string() for key in run.asset_selection}
        if names and names <= _CONTROLLERS_ASSETS:
            return CONTROLLER_QUEUE
        return GPU_QUEUE if names & _GPU_ASSETS else CPU_QUEUE
    return GPU_QUEUE if run.job_name in _GPU_JOBS else CPU_QUEUE


def prepare_launch(instance: dg.DagsterInstance, run: dg.DagsterRun, queue: str) -> None:
    """Note on record that a run waits for another machine, with the shows' files as they are now.

    Raises:
        PlanError: A file of a show is too large to go to another machine.
        MediaError: A file of a show cannot be read.
        ServiceUnavailableError: The database does not answer.
    """
    settings, database = open_record()
    mirror_library(settings, database)
    instance.add_run_tags(run.run_id, {SHOWS_TAG: save_shows(settings, database)})
    farm_runs.save_run(database, run.run_id, queue)
