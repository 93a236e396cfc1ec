"""What is measured of a keyframe depends on who made it and on what it shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tower_anime_assets.animatic.painter.engine import EmbeddedPainter
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.media.pictures import write_png
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
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.quality.thresholds import KEYFRAMES
from tower_anime_assets.stages.likeness import ExtraMeasures, extra_measures
from tower_anime_assets.workflows.registry import load_registry
from tower_anime_assets_tests.quality import drawn

PROJECT = Project("show", "Show", (drawn.AKIRA,))
PAINTER = EmbeddedPainter()
SHOT = Shot(
    "show-e01-sc01-sh0010", "sc01", Purpose.ACTION, Framing.MEDIUM, Move.STATIC,
    (Subject("akira", Emotion.NEUTRAL, Pose.STAND, Facing.CAMERA, 0.0),),
    Setting("beach", False, "day", "clear", "neutral"), 49, Transition(),
    (), 0.2, (), (), "", "a boy on a beach", "", "", "",
)  # fmt: skip


@pytest.fixture(scope="module")
def service() -> ComfyUIKeyframes:
    fleet = Fleet(["http://127.0.0.1:9"])
    fleet.close()
    return ComfyUIKeyframes(load_registry().workflow("sdxl_anime_t2i"), fleet)


def extra(shot: Shot, engine: object, project: Project = PROJECT, projects: Path = Path()) -> ExtraMeasures:
    return extra_measures(project, shot, engine, projects, dict)


def test_letters_in_our_own_drawings_are_not_judged() -> None:
    assert not extra(SHOT, PAINTER).has_letters  # it labels stand-ins and places itself
    assert next(bar for bar in KEYFRAMES if bar.measure == "letters_share").is_optional


def test_letters_are_looked_for_in_a_services_picture(service: ComfyUIKeyframes) -> None:
    assert extra(SHOT, service).measure(drawn.still()) == {"letters_share": 0.0}


@pytest.mark.parametrize("shot", [replace(SHOT, prompt="a neon sign"), replace(SHOT, objects=("letter",))])
def test_letters_that_the_script_asks_for_belong(shot: Shot, service: ComfyUIKeyframes) -> None:
    assert extra(shot, service).measure(drawn.still()) == {}


@pytest.mark.parametrize("framing", [Framing.WIDE, Framing.INSERT])
def test_likeness_is_not_measured_where_figures_are_small(framing: Framing) -> None:
    assert extra(SHOT, PAINTER).cast == (drawn.AKIRA,)
    assert extra(replace(SHOT, framing=framing), PAINTER).cast == ()


def test_likeness_is_not_measured_from_behind() -> None:
    away = tuple(replace(subject, facing=Facing.AWAY) for subject in SHOT.subjects)
    assert extra(replace(SHOT, subjects=away), PAINTER).cast == ()


def test_a_services_picture_is_compared_with_what_a_person_brought(service: ComfyUIKeyframes, tmp_path: Path) -> None:
    assert "identity_similarity" not in extra(SHOT, service).measure(drawn.still())
    (tmp_path / PROJECT.id).mkdir()
    write_png(tmp_path / PROJECT.id / "face.png", drawn.still())
    brought = replace(PROJECT, characters=(replace(drawn.AKIRA, references=("face.png",)),))
    measured = extra(SHOT, service, brought, tmp_path).measure(drawn.still())
    assert measured["identity_similarity"] == measured["identity_similarity_akira"] > 0.5
