"""`learning:` in project.yaml."""

from __future__ import annotations

import pytest

from tower_anime_assets.errors import StoryError
from tower_anime_assets.production.codec import from_plain, to_plain
from tower_anime_assets.production.story.model import Learning, Project
from tower_anime_assets_tests.production.story.texts import read_project


def read(text: str) -> Project:
    return read_project(f"title: X\n{text}")


def test_what_is_pinned_and_shared_is_read() -> None:
    project = read("learning: {suggest: false, pins: {steps: 8, cfg: 2.5}, share_with: [drift, drift]}\n")
    assert project.learning == Learning(False, {"steps": 8.0, "cfg": 2.5}, ("drift",))
    assert from_plain(Project, to_plain(project)) == project


def test_by_default_there_are_suggestions_and_no_sharing() -> None:
    assert read("").learning == Learning(True, {}, ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("learning: {suggest: maybe}", "learning.suggest is 'maybe'. Expected true or false"),
        ("learning: {pins: {steps: many}}", "learning.pins.steps is 'many'. Expected a number"),
        ("learning: {pins: [steps]}", "learning.pins is a list"),
        ("learning: {pins: {steps: .nan}}", "learning.pins.steps is '.nan'"),
        ("learning: {share_with: [No Such]}", "learning.share_with names 'No Such'"),
        ("learning: {sugest: true}", "unknown key 'sugest' in learning"),
    ],
)
def test_a_fault_has_its_line_and_what_was_expected(text: str, problem: str) -> None:
    with pytest.raises(StoryError) as caught:
        read(text + "\n")
    (fault,) = caught.value.faults
    assert fault.line == 2
    assert problem in str(fault)
