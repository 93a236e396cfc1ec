"""Dagster's launcher of runs on Celery workers, which trusts the record and not the broker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster import DagsterRun, DagsterRunStatus, Field, StringSource
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, LaunchRunContext, WorkerStatus
from dagster._serdes import ConfigurableClassData
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_QUEUE_TAG

from tower_anime_assets.defs.farm.celery_app import build_app, send_run
from tower_anime_assets.defs.farm.launching import CONTROLLER_QUEUE, prepare_launch, queue_of
from tower_anime_assets.defs.farm.lost_runs import allow_again, why_lost
from tower_anime_assets.defs.farm.record import open_record
from tower_anime_assets.safe_text import visible
from tower_anime_assets.settings import hide_secrets
from tower_anime_assets.store import farm_runs


class TowerCeleryRunLauncher(CeleryRunLauncher):
    """Hands runs to `tower worker`, except those that belong on the controller's machine."""

    def __init__(self, broker: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(default_queue="cpu", broker=broker, inst_data=inst_data)
        self.celery = build_app(broker)
        self._here: Any = DefaultRunLauncher()

    @classmethod
    def config_type(cls) -> Any:
        """Return what `dagster.yaml` configures: the broker alone."""
        return {"broker": Field(StringSource, description="Address of Redis.")}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> TowerCeleryRunLauncher:
        """Return the launcher that a configuration describes."""
        return cls(config_value["broker"], inst_data)

    def register_instance(self, instance: Any) -> None:
        """Make the instance known to both ways of launching."""
        super().register_instance(instance)
        self._here.register_instance(instance)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Note a run on record and send it; one that cannot be sent now is sent again from the record."""
        run = context.dagster_run
        queue = run.tags.get(DAGSTER_CELERY_QUEUE_TAG) or queue_of(run)
        if queue == CONTROLLER_QUEUE:
            self._here.launch_run(context)
            return
        prepare_launch(self._instance, run, queue)
        try:
            send_run(self.celery, run.run_id, queue)
        except Exception as error:  # noqa: BLE001 - kombu's, redis' and the system's: the broker does not answer
            reason = visible(hide_secrets(f"{type(error).__name__}: {error}"))
            message = f"The broker does not answer ({reason}); the run waits on record, and is sent once it does."
            self._instance.report_engine_event(message, run, cls=type(self))
            return
        self._instance.report_engine_event(f"Waits for a worker of the queue {queue}.", run, cls=type(self))

    def terminate(self, run_id: str) -> bool:
        """Ask a run to end: its worker sees that on record. One that no worker has taken ends at once."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        if run.tags.get(DAGSTER_CELERY_QUEUE_TAG) == CONTROLLER_QUEUE:
            return bool(self._here.terminate(run_id))
        self._instance.report_run_canceling(run)
        _settings, database = open_record()
        if farm_runs.withdraw_run(database, run_id):
            self._instance.report_run_canceled(run, "No worker had taken the run yet.")
        return True

    @property
    def supports_resume_run(self) -> bool:
        """Whether a run goes on under its own id: no, it is made again under another."""
        return False

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Return whether a run's process lives, by its lock alone."""
        settings, database = open_record()
        if run.status is DagsterRunStatus.STARTED and (why := why_lost(database, run.run_id, settings.lost_s)):
            allow_again(self._instance, run)
            self._instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            return CheckRunHealthResult(WorkerStatus.FAILED, why)
        return CheckRunHealthResult(WorkerStatus.RUNNING)

    def get_run_worker_debug_info(self, run: DagsterRun, include_container_logs: bool | None = True) -> str | None:
        """Return which worker has a run."""
        _settings, database = open_record()
        found = farm_runs.list_runs(database, [run.run_id]).get(run.run_id)
        if found is None:
            return None
        return f"queue {found.queue}, worker {found.worker_id or 'none yet'}, sent {found.sends} times"
