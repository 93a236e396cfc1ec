from __future__ import annotations

from dataclasses import replace

import pytest

from tower_anime_assets.errors import StoryWarning
from tower_anime_assets.production.planning.assembly import assemble_episode
from tower_anime_assets.production.planning.shots import Framing, ScenePlan
from tower_anime_assets.production.planning.stand_ins import is_drawn, stand_in_names, stand_ins
from tower_anime_assets.production.planning.storyboard import Storyboard
from tower_anime_assets.production.story.model import Episode, Project
from tower_anime_assets.production.story.screenplay import draft_episode
from tower_anime_assets.production.story.show_file import draft_project
from tower_anime_assets.production.story.source import SourceFile

SCRIPT = """INT. KITCHEN - NIGHT

The paper lantern lies on the desk.

Mio holds the astrolabe to the light. A brass orrery ticks in the corner.

EXT. PARK - DAY

A black dog runs past. Mio waits. A koala crosses the path.

Mio waits. The brass orrery ticks.

[[shot: insert]]
The velocipede waits in the rain.
"""


@pytest.fixture(scope="module")
def show() -> tuple[Project, Episode]:
    project_file = SourceFile("lamp/project.yaml", "title: Lamp\n")
    mio = SourceFile("lamp/characters/mio.yaml", "name: Mio\ndescription: A girl of ten with short black hair\n")
    project = draft_project("lamp", project_file, {"mio": mio}).project
    episode, faults = draft_episode(project, "e01", SCRIPT, "lamp/episodes/e01.fountain", "")
    assert faults == ()
    return project, episode


def plans_of(project: Project, episode: Episode) -> tuple[ScenePlan, ...]:
    plans: tuple[ScenePlan, ...] = ()
    for scene in episode.scenes:
        plans += (Storyboard(project, scene, plans).plan(),)
    return plans


def told(warnings: tuple[StoryWarning, ...]) -> list[tuple[int, str, bool]]:
    return [(one.line, one.problem.split('"')[1], one.is_note) for one in warnings]


def test_what_is_shown_as_a_stand_in_is_a_warning_with_its_line(show: tuple[Project, Episode]) -> None:
    found = stand_ins(*show)
    assert sorted(told(found)) == [
        (5, "astrolabe", True),
        (5, "brass orrery", False),
        (9, "koala", False),
        (14, "velocipede", False),
    ]
    assert {one.file for one in found} == {"lamp/episodes/e01.fountain"}
    assert {one.instead for one in found if not one.is_note} == {
        "drawn as a labelled stand-in",
        "drawn as a labelled stand-in where all of it shows",
    }


def test_every_insert_of_a_thing_without_a_drawing_was_told_of(show: tuple[Project, Episode]) -> None:
    warned = {words for _line, words, is_note in told(stand_ins(*show)) if not is_note}
    shots = [shot for plan in plans_of(*show) for shot in plan.shots if shot.framing is Framing.INSERT]
    assert {shot.objects[0] for shot in shots} == {"paper lantern", "brass orrery", "velocipede"}
    assert {shot.objects[0] for shot in shots if not is_drawn(shot.objects[0])} <= warned


def test_the_plan_names_its_stand_ins_for_metadata(show: tuple[Project, Episode]) -> None:
    project, episode = show
    plan = assemble_episode(project, episode, plans_of(project, episode))
    assert stand_in_names(project, episode, plan) == ("brass orrery", "koala", "velocipede")


def test_an_unknown_place_is_told_with_the_line_of_its_heading(show: tuple[Project, Episode]) -> None:
    project, _episode = show
    script = "INT. KITCHEN - DAY\n\nMio waits.\n\nINT. GLIMMERWERK - DAY\n\nMio waits.\n"
    episode, _faults = draft_episode(project, "e02", script, "lamp/episodes/e02.fountain", "")
    (warning,) = stand_ins(project, episode)
    assert (warning.line, warning.problem) == (5, 'the animatic has no set for "GLIMMERWERK"')
    assert not warning.is_note


def test_a_show_whose_keyframes_a_service_makes_has_no_stand_ins(show: tuple[Project, Episode]) -> None:
    project, episode = show
    served = replace(project, engines=replace(project.engines, keyframes="comfyui"))
    assert stand_ins(served, episode) == ()
