"""Dagster's launcher of runs as Kubernetes jobs, which gives each the shows' files as they are when it is launched.

It needs the extra `kubernetes` of this package. Whether a run lives, and how it is ended, is told by its job.
"""

from __future__ import annotations

from typing import Any

from dagster import DagsterRun
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, LaunchRunContext, WorkerStatus
from dagster_k8s import K8sRunLauncher

from tower_anime_assets.defs.farm.launching import CONTROLLER_QUEUE, prepare_launch, queue_of
from tower_anime_assets.defs.farm.lost_runs import allow_again
from tower_anime_assets.settings import KUBERNETES


class TowerK8sRunLauncher(K8sRunLauncher):
    """Makes each run in a pod of its own, except those that belong on the controller's machine."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._here: Any = DefaultRunLauncher()

    def register_instance(self, instance: Any) -> None:
        """Make the instance known to both ways of launching."""
        super().register_instance(instance)
        self._here.register_instance(instance)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Note a run on record and start its job; one that ends without a word is made again in another."""
        run = context.dagster_run
        if queue_of(run) == CONTROLLER_QUEUE:
            self._here.launch_run(context)
            return
        prepare_launch(self._instance, run, KUBERNETES)
        allow_again(self._instance, run)
        super().launch_run(context)

    def terminate(self, run_id: str) -> bool:
        """End a run."""
        run = self._instance.get_run_by_id(run_id)
        is_here = run is not None and queue_of(run) == CONTROLLER_QUEUE
        launcher: Any = self._here if is_here else super()
        return bool(launcher.terminate(run_id))

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Return whether a run's process lives; of one on the controller's machine, a sensor finds that out."""
        if queue_of(run) == CONTROLLER_QUEUE:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        health: CheckRunHealthResult = super().check_run_worker_health(run)
        return health
