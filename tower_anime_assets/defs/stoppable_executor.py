"""Dagster's executor in the run's own process, which begins no further step once the run is to end.

Dagster's stops at the step that an interrupt reaches. Ours turn an interrupt into a failure, so that Dagster does not
try them again, and Dagster would go on with all that does not need them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster._core.executor.in_process import InProcessExecutor

_ENDING = frozenset((dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.FAILURE))

_stopping: set[str] = set()
"""Runs of this process that end although their status does not say so: another machine goes on with them."""


def stop_after_step(run_id: str) -> None:
    """Have a run of this process begin no further step."""
    _stopping.add(run_id)


class StoppableExecutor(InProcessExecutor):
    """Looks after each step whether the run is to end."""

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:
        """Yield the events of a run's steps.

        Raises:
            DagsterExecutionInterruptedError: The run is to end; Dagster reports it as canceled if somebody asked.
        """
        for event in super().execute(plan_context, execution_plan):
            yield event
            if event.is_step_failure or event.is_step_success:
                self._refuse_if_ending(plan_context)

    def _refuse_if_ending(self, plan_context: Any) -> None:
        run = plan_context.instance.get_run_by_id(plan_context.run_id)
        if plan_context.run_id in _stopping or (run is not None and run.status in _ENDING):
            raise dg.DagsterExecutionInterruptedError("the run is to end")


@dg.executor(name="in_process", config_schema=dg.in_process_executor.config_schema.as_field())
def stoppable_executor(init_context: dg.InitExecutorContext) -> StoppableExecutor:
    """Return the executor; it is configured as Dagster's own."""
    made: Any = dg.in_process_executor.executor_creation_fn(init_context)  # type: ignore[misc]
    return StoppableExecutor(
        retries=made.retries, marker_to_close=made.marker_to_close, step_dependency_config=made.step_dependency_config
    )
