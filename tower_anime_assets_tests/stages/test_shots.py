"""Whose colours a picture is measured by: all who are seen, unless they are specks beside somebody else."""

from __future__ import annotations

import pytest

from tower_anime_assets.production.planning.shots import (
    Emotion,
    Facing,
    Framing,
    Move,
    Pose,
    Purpose,
    Setting,
    Shot,
    Subject,
    Transition,
)
from tower_anime_assets.production.story.model import Appearance, Character, Project, Voice
from tower_anime_assets.stages.shots import measurable_cast

HEIGHTS = {"man": 1.0, "child": 0.65, "cat": 0.3, "mouse": 0.06, "dragon": 5.0, "bus": 1.8}


def _character(name: str) -> Character:
    looks = Appearance("#101010", "short", "#f0c8a4", "#2f62c9", "#2f7a6a", "jacket", "#f0a030", height=HEIGHTS[name])
    return Character(name, name, "", looks, Voice())


@pytest.mark.parametrize(
    ("present", "measured"),
    [
        (("man", "child"), ("man", "child")),
        (("man", "cat"), ("man", "cat")),
        (("man", "mouse"), ("man",)),
        (("mouse",), ("mouse",)),
        (("dragon", "child"), ("dragon",)),
        (("bus", "man"), ("bus",)),
        ((), ()),
    ],
)
def test_who_is_a_speck_beside_somebody_else_is_not_measured(
    present: tuple[str, ...], measured: tuple[str, ...]
) -> None:
    project = Project("show", "Show", tuple(map(_character, HEIGHTS)))
    subjects = tuple(Subject(name, Emotion.NEUTRAL, Pose.STAND, Facing.RIGHT, 0.0) for name in present)
    setting = Setting("hall", True, "day", "clear", "neutral")
    shot = Shot(
        "show-e01-sc01-sh0010", "sc01", Purpose.ACTION, Framing.WIDE, Move.STATIC, subjects, setting, 49, Transition(),
        (), 0.2, (), (), "", "", "", "", "",
    )  # fmt: skip
    assert tuple(character.id for character in measurable_cast(project, shot)) == measured
