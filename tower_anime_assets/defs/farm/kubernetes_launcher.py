"""Dagster's launcher of runs as Kubernetes jobs, which gives each the shows' files as they are when it is launched.

It needs the extra `kubernetes` of this package. Whether a run lives, and how it is ended, is told by its job.
"""

from __future__ import annotations

from dagster._core.launcher import LaunchRunContext
from dagster_k8s import K8sRunLauncher

from tower_anime_assets.defs.farm.launching import prepare_launch
from tower_anime_assets.defs.farm.lost_runs import allow_again
from tower_anime_assets.settings import KUBERNETES


class TowerK8sRunLauncher(K8sRunLauncher):
    """Makes each run in a pod of its own."""

    def launch_run(self, context: LaunchRunContext) -> None:
        """Note a run on record and start its job; one that ends without a word is made again in another."""
        prepare_launch(self._instance, context.dagster_run, KUBERNETES)
        allow_again(self._instance, context.dagster_run)
        super().launch_run(context)
