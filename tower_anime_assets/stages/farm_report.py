"""Who works where on a farm, and what of it is not right, for `tower doctor`."""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.settings import CELERY, Settings
from tower_anime_assets.stages.farm import (
    CONTROLLER_LOCK,
    QUEUES,
    code_version,
    describe_controller,
    known_queues,
)
from tower_anime_assets.store import farm, farm_runs
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.farm import FarmController, FarmWorker


@dataclass(frozen=True)
class FarmFinding:
    """One thing that was looked at.

    Attributes:
        remedy: What to do; "" where all is well.
    """

    subject: str
    message: str
    remedy: str = ""


def examine_farm(settings: Settings, database: Database) -> list[FarmFinding]:
    """Return what there is to say of controller, workers and queues; nothing where there is no farm."""
    controller = farm.find_controller(database)
    is_farm = settings.farm or (controller is not None and controller.farm)
    if not is_farm:
        return []
    found = [_examine_controller(controller, bool(database.held_locks([CONTROLLER_LOCK])))]
    if (settings.farm or (controller.farm if controller is not None else "")) != CELERY:
        return found
    wanted = controller.version if controller is not None else code_version()
    found += [_examine_worker(worker, wanted) for worker in farm.list_workers(database)]
    found += _examine_queues(database)
    return found


def _examine_controller(controller: FarmController | None, is_alive: bool) -> FarmFinding:
    if controller is None:
        return FarmFinding("controller", "none was ever started on this database", "Start it: tower up")
    message = f"{describe_controller(controller)}, version {controller.version}, {controller.farm or 'no farm'}"
    if not is_alive:
        return FarmFinding("controller", f"not running; the last was {message}", "Start it: tower up")
    if controller.version != code_version():
        remedy = f"Install the same wheel: here is version {code_version()}."
        return FarmFinding("controller", f"{message}: other code than here", remedy)
    return FarmFinding("controller", message)


def _examine_worker(worker: FarmWorker, wanted: str) -> FarmFinding:
    subject = f"worker {worker.id}"
    message = (
        f"on {worker.host} (process {worker.pid}), takes {worker.slots} at once from {', '.join(worker.queues)}, "
        f"version {worker.version}"
    )
    if worker.version != wanted:
        return FarmFinding(
            subject, f"{message}: the controller has {wanted}", "Install the same wheel, start it again."
        )
    return FarmFinding(subject, f"{message}; it ends" if worker.stopping_at is not None else message)


def _examine_queues(database: Database) -> list[FarmFinding]:
    waiting = [run.queue for run in farm_runs.list_overdue(database, 0.0)]
    workers = [worker for worker in farm.list_workers(database) if worker.stopping_at is None]
    found = []
    for queue in dict.fromkeys((*known_queues(database), *waiting)):
        places = sum(worker.slots for worker in workers if queue in worker.queues)
        count = waiting.count(queue)
        waits = f"{count} run{'s' * (count != 1)} wait{'s' * (count == 1)}"
        if places:
            found.append(FarmFinding(f"queue {queue}", f"places for {places} runs at once; {waits}"))
        elif count or queue in QUEUES:
            remedy = f"Start a worker for it: tower worker --queues {queue}"
            found.append(FarmFinding(f"queue {queue}", f"no worker takes runs from it; {waits}", remedy))
    return found
