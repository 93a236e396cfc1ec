"""What a worker prints of its runs: warnings and errors. Every event is on record, and in Dagster's web UI."""

from __future__ import annotations

import logging

import dagster as dg
from dagster._loggers import colored_console_logger


@dg.logger(
    config_schema={
        "log_level": dg.Field(str, is_required=False, default_value="WARNING"),
        "name": dg.Field(str, is_required=False, default_value="dagster"),
    },
    description="Warnings and errors on the terminal.",
)
def worker_console(context: dg.InitLoggerContext) -> logging.Logger:
    """Return Dagster's logger of the terminal, with warnings and errors only."""
    made = colored_console_logger.logger_fn(context)
    made.setLevel(max(made.level, logging.WARNING))
    return made
