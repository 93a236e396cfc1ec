"""Dagster's executor in the run's own process, which begins no further step once the run is to end.

Dagster's stops at the step that an interrupt reaches. Ours turn an interrupt into a failure, so that Dagster does not
try them again, and Dagster would go on with all that does not need them; and one that waits for its pool is reached by
no interrupt at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster._core.execution.api import ExecuteRunWithPlanIterable
from dagster._core.execution.context_creation_job import PlanExecutionContextManager
from dagster._core.execution.plan.execute_plan import inner_plan_execution_iterator
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.executor.in_process import InProcessExecutor

_ENDING = frozenset((dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.FAILURE))

_stopping: set[str] = set()
"""Runs of this process that end although their status does not say so: another machine goes on with them."""


def stop_after_step(run_id: str) -> None:
    """Have a run of this process begin no further step."""
    _stopping.add(run_id)


class StoppableConcurrency(InstanceConcurrencyContext):
    """What Dagster asks between two steps, and again and again while one waits for its pool."""

    def __init__(self, instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
        super().__init__(instance, run)
        self._look = instance.get_run_by_id
        self._id = run.run_id

    def pending_claim_steps(self) -> list[str]:
        """Return the steps that wait for a pool.

        Raises:
            DagsterExecutionInterruptedError: The run is to end; Dagster reports it as canceled if somebody asked.
        """
        run = self._look(self._id)
        if self._id in _stopping or (run is not None and run.status in _ENDING):
            raise dg.DagsterExecutionInterruptedError("the run is to end")
        return super().pending_claim_steps()


class StoppableExecutor(InProcessExecutor):
    """Looks before each step whether the run is to end."""

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:
        """Yield the events of a run's steps."""
        yield from iter(
            ExecuteRunWithPlanIterable(
                execution_plan=execution_plan,
                iterator=_execute_steps,
                execution_context_manager=PlanExecutionContextManager(
                    job=plan_context.job,
                    retry_mode=plan_context.retry_mode,
                    execution_plan=execution_plan,
                    run_config=plan_context.run_config,
                    dagster_run=plan_context.dagster_run,
                    instance=plan_context.instance,
                    raise_on_error=plan_context.raise_on_error,
                    output_capture=plan_context.output_capture,
                    step_dependency_config=self.step_dependency_config,
                ),
            )
        )


def _execute_steps(job_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:
    with StoppableConcurrency(job_context.instance, job_context.dagster_run) as concurrency:
        yield from inner_plan_execution_iterator(job_context, execution_plan, concurrency)


@dg.executor(name="in_process", config_schema=dg.in_process_executor.config_schema.as_field())
def stoppable_executor(init_context: dg.InitExecutorContext) -> StoppableExecutor:
    """Return the executor; it is configured as Dagster's own."""
    made: Any = dg.in_process_executor.executor_creation_fn(init_context)  # type: ignore[misc]
    return StoppableExecutor(
        retries=made.retries, marker_to_close=made.marker_to_close, step_dependency_config=made.step_dependency_config
    )
