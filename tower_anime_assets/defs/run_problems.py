"""Why a run failed, from its events: the sentences that its steps said, and the gates that held it up."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from tower_anime_assets.errors import EXIT_BUG, EXIT_GATE, EXIT_SERVICE
from tower_anime_assets.stages.run_launching import RunProblem
from tower_anime_assets.store.failure_causes import explain_failure

_TYPES = {
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.RUN_FAILURE,
    dg.DagsterEventType.ENGINE_EVENT,
}

_MAX_EVENTS = 500


def problems_of(instance: dg.DagsterInstance, run_id: str, home: Path) -> tuple[RunProblem, ...]:
    """Return why a run failed.

    Args:
        instance: Where its events are.
        run_id: The run.
        home: `TOWER_HOME`, by which failures of the machine are explained.
    """
    records = instance.get_records_for_run(run_id, of_type=_TYPES, limit=_MAX_EVENTS).records
    events = [event for record in records if (event := record.event_log_entry.dagster_event) is not None]
    problems = [problem for event in events for problem in _problems_of_event(event, home)]
    if problems:
        return tuple(dict.fromkeys(problems))
    ends = [event.message for event in events if event.event_type is dg.DagsterEventType.RUN_FAILURE]
    return tuple(
        RunProblem("", _with_remedy(message or "The run failed.", _errors_of(events)), EXIT_SERVICE)
        for message in ends[:1]
    )


def _errors_of(events: Sequence[dg.DagsterEvent]) -> list[str]:
    """Return what Dagster itself said went wrong, a line each."""
    errors = [event.engine_event_data.error for event in events if event.event_type is dg.DagsterEventType.ENGINE_EVENT]
    return [_root_message(error).splitlines()[0] for error in errors if error is not None]


def _root_message(error: SerializableErrorInfo) -> str:
    """Return what the innermost error says; Dagster's own around it say only where it was."""
    while error.cause is not None:
        error = error.cause
    return error.message.strip()


def _with_remedy(message: str, errors: Sequence[str]) -> str:
    why = f" ({'; '.join(dict.fromkeys(errors))})" if errors else ""
    return message if "run it again" in message else f"{message}{why} Finished work is kept; run it again to go on."


def _problems_of_event(event: dg.DagsterEvent, home: Path) -> Iterator[RunProblem]:
    step = event.step_key or ""
    if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        check = event.asset_check_evaluation_data
        if check.blocking and not check.passed:
            yield RunProblem(step, f"gate {check.check_name} failed: {check.description}", EXIT_GATE)
    elif event.is_step_failure:
        data = event.step_failure_data
        if (failure := data.user_failure_data) is not None:
            code = failure.metadata.get("exit_code")
            yield RunProblem(step, failure.description or "", int(str(code.value)) if code is not None else EXIT_BUG)
        elif data.error is not None and data.error.cls_name == "DagsterAssetCheckFailedError":
            return  # the gates say why themselves
        elif (known := explain_failure(data.error, home=home)) is not None:
            yield RunProblem(step, str(known), known.exit_code)
        else:
            yield RunProblem(step, _root_message(data.error) if data.error else "unknown error", EXIT_BUG)
