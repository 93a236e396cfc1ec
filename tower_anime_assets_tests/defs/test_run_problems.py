"""Why a run failed is told by the sentences of its steps and gates, each with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.defs.run_problems import problems_of
from tower_anime_assets.defs.zombie_runs import end_runs
from tower_anime_assets.errors import EXIT_BUG, EXIT_GATE, EXIT_INPUT, EXIT_SERVICE, PlanError
from tower_anime_assets.stages.run_launching import RunProblem


@dg.op
def refuse() -> None:
    """Refuse."""
    with as_failure():
        raise PlanError("the checkpoint is unknown. Run `tower models`")


@dg.op
def stumble() -> None:
    """Stumble."""
    raise ValueError("what was that?")


@dg.asset(check_specs=[dg.AssetCheckSpec("is_sharp", asset="picture", blocking=True)])
def picture() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """A picture that its gate rejects."""
    yield dg.MaterializeResult()
    yield dg.AssetCheckResult(passed=False, description="sh0010: 0.1, must be 0.2")


@dg.job
def failing() -> None:
    """Fail in two ways."""
    refuse()
    stumble()


def test_each_step_says_why_and_how_a_command_would_end(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = failing.execute_in_process(instance=instance, raise_on_error=False)
        assert sorted(problems_of(instance, run.run_id, tmp_path), key=lambda problem: problem.step) == [
            RunProblem("refuse", "the checkpoint is unknown. Run `tower models`", EXIT_INPUT),
            RunProblem("stumble", "ValueError: what was that?", EXIT_BUG),
        ]


def test_a_gate_that_holds_a_run_up_names_what_it_rejects(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize([picture], instance=instance, raise_on_error=False)
        assert problems_of(instance, run.run_id, tmp_path) == (
            RunProblem("picture", "gate is_sharp failed: sh0010: 0.1, must be 0.2", EXIT_GATE),
        )


def test_a_run_whose_process_is_gone_says_what_to_do(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        killed, unexpected = (
            instance.create_run_for_job(failing, status=dg.DagsterRunStatus.STARTED) for _ in range(2)
        )
        end_runs(instance, [killed])
        instance.report_run_failed(unexpected, "The process exited.")
        (first,) = problems_of(instance, killed.run_id, tmp_path)
        (second,) = problems_of(instance, unexpected.run_id, tmp_path)
    assert first.exit_code == second.exit_code == EXIT_SERVICE
    assert first.message.count("run it again") == second.message.count("run it again") == 1
    assert second.message.startswith("The process exited. Finished work is kept")
