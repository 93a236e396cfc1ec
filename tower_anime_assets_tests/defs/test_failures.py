"""Errors of ours as Dagster failures."""

from __future__ import annotations

import dagster as dg
import pytest

from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.errors import (
    EXIT_BUG,
    Fault,
    MediaError,
    NotAcceptedError,
    PlanError,
    ServiceRejectedError,
    ServiceUnavailableError,
    StoryError,
    recorded_name,
)

FAULT = Fault("small/episodes/e01.fountain", 3, "LUNAA is not a character", "a character", "Did you mean LUNA?")

CASES = [
    (StoryError([FAULT]), 2, False),
    (PlanError("no shot"), 2, False),
    (NotAcceptedError("rejected"), 1, False),
    (MediaError("unreadable"), 3, False),
    (ServiceRejectedError("said no"), 3, False),
    (ServiceUnavailableError("away"), 3, True),
    (ZeroDivisionError("division by zero"), 4, False),
]


@pytest.mark.parametrize(("error", "code", "retried"), CASES, ids=lambda value: type(value).__name__)
def test_only_a_service_that_is_away_is_tried_again(error: Exception, code: int, retried: bool) -> None:
    with pytest.raises(dg.Failure) as caught, as_failure():
        raise error
    assert caught.value.allow_retries is retried
    assert caught.value.metadata["exit_code"].value == code
    assert getattr(error, "exit_code", EXIT_BUG) == code
    shown = caught.value.metadata["error"]
    assert getattr(shown, "value", shown) == recorded_name(error)
    assert str(error) in str(caught.value.description)
    assert caught.value.__cause__ is error


def test_every_fault_of_a_story_is_shown() -> None:
    with pytest.raises(dg.Failure) as caught, as_failure():
        raise StoryError([FAULT, Fault("small/project.yaml", 0, "fps is 0", "1 to 60", "Set it.")])
    shown = str(caught.value.metadata["faults"].value)
    assert "e01.fountain:3" in shown
    assert "small/project.yaml" in shown


def test_a_failure_is_passed_on_as_it_is() -> None:
    failure = dg.Failure("mine", allow_retries=True)
    with pytest.raises(dg.Failure) as caught, as_failure():
        raise failure
    assert caught.value is failure


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt(), dg.DagsterExecutionInterruptedError()], ids=repr)
def test_an_interrupt_ends_the_step_for_good(interrupt: BaseException) -> None:
    with pytest.raises(dg.Failure, match="stopped") as caught, as_failure():
        raise interrupt
    assert caught.value.allow_retries is False
    assert caught.value.__cause__ is interrupt
