from __future__ import annotations

import pytest

from tower_anime_assets.errors import Fault, PlanError
from tower_anime_assets.production.learning.strategies import STRATEGIES
from tower_anime_assets.production.planning.assembly import assemble_episode
from tower_anime_assets.production.story.model import Episode, Project, Routing, ShotNote
from tower_anime_assets.production.story.screenplay import draft_episode
from tower_anime_assets.production.story.show_file import read_routing
from tower_anime_assets.production.story.source import SourceFile
from tower_anime_assets.settings import ROUTING_STRATEGIES as KNOWN
from tower_anime_assets.settings import from_environment
from tower_anime_assets_tests.production.story.texts import draft


def project_of(routing: str) -> tuple[Project, list[Fault]]:
    read = draft(f"title: X\n{routing}", akira="name: Akira\ndescription: a racer\n")
    return read.project, sorted(read.faults)


def test_every_rule_is_read() -> None:
    project, faults = project_of(
        """routing:
  version: 1
  strategy: best quality
  on_failure: next
  blocked: [wan22_14b_t2v, ltx_2b_t2v, ltx_2b_t2v]
  pins: {e01: ltx_2b_i2v, e01-sc02: wan22_14b_i2v, e01-sc02-sh0030: wan22_5b_i2v, close-up: ltx_2b_i2v}
  explore: false
  half_life_days: 14
  weights: {quality: 2, acceptance: 1.5, speed: 0.5, memory: 0.25}
  patience_s: {clip: 600, keyframe: 90}
"""
    )
    assert faults == []
    assert project.routing == Routing(
        "best_quality",
        "next",
        ("wan22_14b_t2v", "ltx_2b_t2v"),
        {
            "e01": "ltx_2b_i2v",
            "e01-sc02": "wan22_14b_i2v",
            "e01-sc02-sh0030": "wan22_5b_i2v",
            "close-up": "ltx_2b_i2v",
        },
        False,
        14.0,
        2.0,
        1.5,
        0.5,
        0.25,
        600.0,
        90.0,
    )


def test_without_rules_the_defaults_hold_and_there_are_no_fallbacks() -> None:
    project, faults = project_of("")
    assert (faults, project.routing) == ([], Routing())
    assert (project.routing.strategy, project.routing.on_failure) == ("balanced", "stop")


def test_every_fault_of_the_rules_is_found_at_once() -> None:
    _, faults = project_of(
        """routing:
  strategy: fastst
  on_failure: ignore
  blocked: wan22_14b_t2v
  pins: {sc02: ltx, closeup: ltx, e01: ""}
  half_life_days: 0
  weights: {speed: fast, colour: 1}
  stategy: balanced
"""
    )
    said = [str(fault) for fault in faults]
    expected = [
        (3, "Did you mean fastest?"),
        (4, "one of stop, next"),
        (5, "a list"),
        (6, "Such as e01, e01-sc02"),
        (6, "Did you mean close-up?"),
        (6, "routing.pins.e01 is ''"),
        (7, "a number from 1 to 3650 days"),
        (8, "routing.weights.speed is 'fast'"),
        (8, "unknown key 'colour' in routing.weights"),
        (9, "Did you mean strategy?"),
    ]
    assert len(faults) == len(expected)
    for line, words in expected:
        assert any(words in text for text in said if text.startswith(f"x/project.yaml:{line}:")), words


# Versions -------------------------------------------------------------------------------------------------------------


def test_version_0_was_a_bare_strategy() -> None:
    project, faults = project_of("routing: least_memory\n")
    assert (faults, project.routing) == ([], Routing(strategy="least_memory"))
    _, (fault,) = project_of("routing: least_memry\n")
    assert (fault.line, fault.remedy) == (2, "Did you mean least_memory?")


def test_rules_that_are_a_list_are_a_fault() -> None:
    _, (fault,) = project_of("routing: [balanced]\n")
    assert (fault.line, fault.problem) == (2, "routing is a list")


@pytest.mark.parametrize("version", ["2", "-1", "new", "1.5"])
def test_an_unknown_version_is_a_fault(version: str) -> None:
    _, (fault,) = project_of(f"routing: {{version: {version}}}\n")
    assert "a version from 0 to 1" in fault.expected


# A file of their own --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("routing.yaml", "strategy: fastest\nblocked: [a, b]\n"),
        ("routing.json", '{\n\t"strategy": "fastest",\n\t"blocked": ["a", "b"]\n}\n'),
        ("routing.json", '{"version":1,"strategy":"fastest","blocked":["a","b"]}'),
    ],
)
def test_rules_may_stand_in_a_file_of_their_own(name: str, text: str) -> None:
    project, faults = project_of(f"routing: {{file: {name}}}\n")
    assert (faults, project.routing.file) == ([], name)
    rules, found = read_routing(SourceFile(f"x/{name}", text))
    assert (found, rules) == ((), Routing("fastest", blocked=("a", "b"), file=name))


def test_faults_of_a_rules_file_name_it() -> None:
    _, (fault,) = read_routing(SourceFile("x/routing.json", '{\n"strategy": "fastst"\n}'))
    assert str(fault).startswith("x/routing.json:2: strategy is 'fastst'")
    _, (again,) = read_routing(SourceFile("x/routing.yaml", "file: more.yaml\n"))
    assert "names another file" in again.problem


@pytest.mark.parametrize("file", ["../secret.yaml", "/etc/passwd", "a/b.json", "rules.txt", ".hidden.yaml"])
def test_a_file_elsewhere_is_refused(file: str) -> None:
    project, (fault,) = project_of(f"routing: {{file: '{file}'}}\n")
    assert "beside project.yaml" in fault.expected
    assert project.routing.file == ""


def test_a_file_beside_rules_is_a_fault() -> None:
    _, (fault,) = project_of("routing: {file: routing.yaml, strategy: fastest}\n")
    assert "Move strategy into routing.yaml" in fault.remedy


# Notes in the script --------------------------------------------------------------------------------------------------

HEAD = "INT. LAB - DAY\n\n"


def scene_of(body: str) -> tuple[Episode, list[Fault]]:
    project, _ = project_of("")
    episode, faults = draft_episode(project, "e01", HEAD + body, "x/episodes/e01.fountain", "0" * 64)
    return episode, list(faults)


def pins_in(body: str) -> tuple[tuple[str, ...], list[tuple[str, tuple[str, ...]]]]:
    """Return the pins of the scene, and (framing, pins) of each shot note."""
    episode, faults = scene_of(body)
    assert faults == []
    (scene,) = episode.scenes
    return scene.engines, [(beat.framing, beat.engines) for beat in scene.beats if isinstance(beat, ShotNote)]


def test_an_engine_note_at_a_scenes_head_is_about_all_its_shots() -> None:
    assert pins_in("[[engine: wan22_14b_i2v]]\n\nAkira waits.\n") == (("wan22_14b_i2v",), [])
    assert pins_in("[[mood: tense]] [[engine: sdxl_anime_t2i, Wan22_14B_i2v]]\n\nAkira waits.\n")[0] == (
        "sdxl_anime_t2i",
        "wan22_14b_i2v",
    )


def test_an_engine_note_below_a_beat_is_about_the_next_shot() -> None:
    assert pins_in("Akira waits.\n\n[[engine: ltx_2b_i2v]]\n\nAkira runs.\n") == ((), [("", ("ltx_2b_i2v",))])


@pytest.mark.parametrize(
    "notes", ["[[shot: close-up]]\n\n[[engine: ltx_2b_i2v]]", "[[engine: ltx_2b_i2v]]\n\n[[shot: close-up]]"]
)
def test_an_engine_note_joins_the_shot_note_beside_it(notes: str) -> None:
    assert pins_in(f"Akira waits.\n\n{notes}\n\nAkira runs.\n") == ((), [("close-up", ("ltx_2b_i2v",))])


@pytest.mark.parametrize("value", ["", "a b", "../x", "a, b, c, d, e", "Ωmega"])
def test_an_engine_note_that_names_no_workflow_is_a_fault(value: str) -> None:
    _, faults = scene_of(f"[[engine: {value}]]\n\nAkira waits.\n")
    assert ["Such as [[engine: wan22_14b_i2v]]" in fault.remedy for fault in faults] == [True]


def test_a_pin_reaches_the_shots_of_the_plan() -> None:
    from tower_anime_assets.animatic.director import EmbeddedDirector

    project, _ = project_of("")
    episode, faults = scene_of(
        "[[engine: wan22_14b_i2v]]\n\nAkira waits at the door.\n\n[[shot: close-up]]\n\n[[engine: ltx_2b_i2v]]\n\n"
        "AKIRA\nIt is late.\n"
    )
    assert faults == []
    plan = EmbeddedDirector().plan_scene(project, episode.scenes[0], ())
    shots = assemble_episode(project, episode, [plan]).shots
    pinned = [shot.engines for shot in shots]
    assert pinned.count(("ltx_2b_i2v", "wan22_14b_i2v")) == 1
    assert set(pinned) == {("ltx_2b_i2v", "wan22_14b_i2v"), ("wan22_14b_i2v",)}
    (own,) = [shot for shot in shots if len(shot.engines) == 2]
    assert own.framing == "close-up"


# The operator ---------------------------------------------------------------------------------------------------------


def test_operators_override_from_the_environment() -> None:
    found = from_environment({"TOWER_ROUTING_STRATEGY": "fastest", "TOWER_ROUTING_BLOCKED": " a, b ,"})
    assert (found.routing_strategy, found.routing_blocked) == ("fastest", ("a", "b"))
    assert from_environment({}).routing_blocked == ()
    with pytest.raises(PlanError, match="TOWER_ROUTING_STRATEGY is 'quick'"):
        from_environment({"TOWER_ROUTING_STRATEGY": "quick"})


def test_every_known_strategy_is_implemented() -> None:
    assert tuple(STRATEGIES) == KNOWN
