"""Dagster's storage in which a run that has ended stays as it ended.

A worker that was taken for dead, because its machine was cut off, may come back to a run that was made again elsewhere
meanwhile. What it then says of the run's end would replace what is on record, and start what follows a run once more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dagster import DagsterEvent, DagsterEventType, EventLogEntry, RunsFilter
from dagster._core.storage.runs.base import RunStorage
from dagster._serdes import ConfigurableClassData
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.run_storage import PostgresRunStorage
from dagster_postgres.storage import DagsterPostgresStorage

_log = logging.getLogger(__name__)

_CHANGES_STATUS = frozenset(
    (
        DagsterEventType.RUN_STARTING,
        DagsterEventType.RUN_START,
        DagsterEventType.RUN_SUCCESS,
        DagsterEventType.RUN_FAILURE,
        DagsterEventType.RUN_CANCELING,
        DagsterEventType.RUN_CANCELED,
    )
)


class FinalVerdictRunStorage(PostgresRunStorage):
    """Runs whose end is final."""

    def handle_run_event(self, run_id: str, event: DagsterEvent, update_timestamp: datetime | None = None) -> None:
        """Change a run's status, unless it has ended."""
        if not comes_too_late(self, run_id, event):
            super().handle_run_event(run_id, event, update_timestamp)


class FinalVerdictEventLogStorage(PostgresEventLogStorage):
    """Events without a second end of a run."""

    runs: RunStorage

    def store_event(self, event: EventLogEntry) -> None:
        """Store an event, unless it would end a run again."""
        said = event.dagster_event
        if said is not None and comes_too_late(self.runs, event.run_id, said):
            _log.warning("Run %s has ended already; not on record: %s", event.run_id, said.event_type_value)
            return
        super().store_event(event)


class FinalVerdictStorage(DagsterPostgresStorage):
    """Both of them, as `dagster.yaml` names them."""

    def __init__(self, postgres_url: str, inst_data: ConfigurableClassData | None = None, **options: Any) -> None:
        super().__init__(postgres_url, inst_data=inst_data, **options)
        self._run_storage = FinalVerdictRunStorage(postgres_url, self.should_autocreate_tables)
        events = FinalVerdictEventLogStorage(postgres_url, self.should_autocreate_tables)
        events.runs = self._run_storage
        self._event_log_storage = events

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> FinalVerdictStorage:
        """Return the storage that a configuration describes."""
        return cls(config_value["postgres_url"], inst_data)


def comes_too_late(runs: RunStorage, run_id: str, event: DagsterEvent) -> bool:
    """Return whether an event would change the status of a run that has ended."""
    if event.event_type not in _CHANGES_STATUS:
        return False
    return any(run.is_finished for run in runs.get_runs(RunsFilter(run_ids=[run_id]), limit=1))
