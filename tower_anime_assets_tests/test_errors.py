"""Errors, and the names under which the record keeps them."""

from __future__ import annotations

import pytest

from tower_anime_assets import errors
from tower_anime_assets.clients import comfyui
from tower_anime_assets.errors import TowerError, recorded_name

RECORDED_NAMES = {
    errors.StoryError: "StoryError",
    errors.PlanError: "PlanError",
    errors.MediaError: "MediaError",
    errors.NotAcceptedError: "NotAccepted",
    errors.StoppedError: "Stopped",
    errors.ServiceError: "ServiceError",
    errors.ServiceUnavailableError: "ServiceUnavailable",
    errors.RenderLostError: "RenderLost",
    errors.ServiceRejectedError: "ServiceRejected",
    comfyui.RenderFailedError: "RenderFailed",
    comfyui._RefusedError: "_Refused",
}
"""What is in databases already. A new error is added with its class's name; none of these ever changes."""


@pytest.mark.parametrize(("cls", "name"), RECORDED_NAMES.items(), ids=RECORDED_NAMES.values())
def test_an_error_keeps_the_name_that_is_in_the_record(cls: type[TowerError], name: str) -> None:
    assert recorded_name(cls.__new__(cls)) == name


def test_every_error_of_the_package_has_its_recorded_name_in_the_table() -> None:
    def subclasses(cls: type[TowerError]) -> set[type[TowerError]]:
        return {cls}.union(*map(subclasses, cls.__subclasses__()))

    own = {cls for cls in subclasses(TowerError) if cls.__module__.startswith("tower_anime_assets.")}
    assert own - {TowerError} == set(RECORDED_NAMES)


def test_errors_of_others_are_recorded_under_their_own_names() -> None:
    assert recorded_name(ZeroDivisionError()) == "ZeroDivisionError"
