"""Errors, and the names under which the record keeps them."""

from __future__ import annotations

import pytest

from tower_anime_assets import errors
from tower_anime_assets.clients import comfyui, echo_brain_facts, ollama
from tower_anime_assets.errors import Cause, TowerError, cause_of, recorded_name
from tower_anime_assets.media import files, show_files

RECORDED_NAMES = {
    errors.StoryError: "StoryError",
    errors.PlanError: "PlanError",
    errors.UnknownKeyError: "PlanError",
    errors.TakenKeyError: "PlanError",
    errors.MediaError: "MediaError",
    files.LinkError: "MediaError",
    show_files._UnusableSizeError: "_UnusableSizeError",
    errors.NotAcceptedError: "NotAccepted",
    errors.StoppedError: "Stopped",
    errors.JobLeftError: "JobLeftError",
    errors.ServiceError: "ServiceError",
    errors.ServiceUnavailableError: "ServiceUnavailable",
    errors.RenderLostError: "RenderLost",
    errors.ServiceRejectedError: "ServiceRejected",
    errors.OutputMismatchError: "MediaError",
    errors.UndecodableError: "MediaError",
    errors.MediaStoreError: "MediaError",
    errors.MediaStoreUnavailableError: "MediaError",
    errors.NotNowError: "NotNowError",
    errors.RenderGivenUpError: "RenderGivenUpError",
    comfyui.RenderFailedError: "RenderFailed",
    comfyui._RefusedError: "_Refused",
    ollama.AnswerCutShortError: "AnswerCutShortError",
    errors.BudgetSpentError: "BudgetSpentError",
    errors.ApprovalPendingError: "ApprovalPendingError",
    errors.ConflictError: "ConflictError",
    echo_brain_facts.FactRefusedError: "FactRefusedError",
    echo_brain_facts.FactsNotSupportedError: "FactsNotSupportedError",
}
"""What is in databases already. A new error is added with its class's name; none of these ever changes."""


@pytest.mark.parametrize(("cls", "name"), RECORDED_NAMES.items(), ids=[cls.__name__ for cls in RECORDED_NAMES])
def test_an_error_keeps_the_name_that_is_in_the_record(cls: type[TowerError], name: str) -> None:
    assert recorded_name(cls.__new__(cls)) == name


def test_every_error_of_the_package_has_its_recorded_name_in_the_table() -> None:
    def subclasses(cls: type[TowerError]) -> set[type[TowerError]]:
        return {cls}.union(*map(subclasses, cls.__subclasses__()))

    own = {cls for cls in subclasses(TowerError) if cls.__module__.startswith("tower_anime_assets.")}
    assert own - {TowerError} == set(RECORDED_NAMES)


@pytest.mark.parametrize(
    ("error", "cause", "counts"),
    [
        (errors.StoppedError("Ctrl-C"), Cause.INTERRUPTED, False),
        (KeyboardInterrupt(), Cause.INTERRUPTED, False),
        (errors.ServiceUnavailableError("gpu1 is off"), Cause.SERVER_LOST, False),
        (errors.RenderLostError("it was restarted"), Cause.SERVER_LOST, False),
        (errors.RenderGivenUpError("lost four times"), Cause.SERVER_LOST, False),
        (comfyui._RefusedError("value_not_in_list"), Cause.BROKEN_GRAPH, True),
        (errors.OutputMismatchError("64x64 px instead of 80x64 px"), Cause.BROKEN_GRAPH, True),
        (errors.MediaError("the disk is full"), Cause.OTHER, False),
        (errors.ServiceRejectedError("an answer that is none"), Cause.OTHER, False),
        (ZeroDivisionError(), Cause.OTHER, False),
    ],
)
def test_blame_is_exact(error: BaseException, cause: Cause, counts: bool) -> None:
    assert cause_of(error) is cause
    assert cause.counts_against_workflow is counts


def test_errors_of_others_are_recorded_under_their_own_names() -> None:
    assert recorded_name(ZeroDivisionError()) == "ZeroDivisionError"
