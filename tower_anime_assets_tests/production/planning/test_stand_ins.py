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


def notes_of(action: str) -> list[tuple[int, str]]:
    project_file = SourceFile("lamp/project.yaml", "title: Lamp\n")
    mio = SourceFile("lamp/characters/mio.yaml", "name: Mio\ndescription: A girl with a teal periscope\n")
    project = draft_project("lamp", project_file, {"mio": mio}).project
    episode, _ = draft_episode(project, "e01", f"INT. KITCHEN - NIGHT\n\n{action}", "lamp/episodes/e01.fountain", "")
    notes = [one for one in stand_ins(project, episode) if "left out of the pictures" in one.instead]
    return [(one.line, one.problem) for one in notes]


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        ("A one-eared cat naps on the barometer.", 'the animatic does not show "barometer"'),
        ("Mio hammers a rivet next to the hygrometer.", 'the animatic does not show "rivet", "hygrometer"'),
        ("The gyroscopes tilt. Mio sees a weather vane.", 'the animatic does not show "gyroscopes", "weather vane"'),
        ("A baker and the postman wait.", 'the animatic draws nobody for "baker", "postman"'),
    ],
)
def test_nouns_that_no_table_knows_and_people_who_are_not_of_the_cast_are_noted(action: str, problem: str) -> None:
    assert notes_of(action) == [(3, problem)]


@pytest.mark.parametrize(
    "action",
    [
        "Mio waits a moment. The silence grows, a feeling of loss in the air.",
        "The door opens into the corridor. Mio climbs the stairs to the attic.",
        "Mio rubs her eyes, buttons her coat, lifts the periscope.",
        "A candle burns beside Mio. The girl smiles like a sphinx.",
        "Die Uhr tickt neben dem Barometer.",
    ],
)
def test_what_is_shown_part_of_the_place_or_no_thing_is_not_noted(action: str) -> None:
    assert notes_of(action) == []


def test_a_long_list_of_unshown_things_is_cut_with_its_number() -> None:
    words = [f"{letter}arometer" for letter in "abcdefghijklm"]
    ((_, problem),) = notes_of(" ".join(f"Mio sees the {word}." for word in words))
    assert problem.count('"') == 24
    assert problem.endswith(" and 1 more")
