"""What a worker prints of its runs: warnings and errors. Every event is on record, and in Dagster's web UI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dagster as dg
from dagster._core.execution import context_creation_job


def print_warnings_only() -> None:
    """Have Dagster print warnings and errors of the runs of this process, instead of every event.

    It offers a level for the terminal and the record together only, and in the configuration of each run.
    """

    def loggers(_instance: dg.DagsterInstance | None) -> Sequence[tuple[dg.LoggerDefinition, Any]]:
        return [(dg.colored_console_logger, {"name": "dagster", "log_level": "WARNING"})]

    vars(context_creation_job)["default_system_loggers"] = loggers
