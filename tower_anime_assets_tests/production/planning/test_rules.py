"""The rules of plans: a good plan keeps them all, and each planted fault is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tower_anime_assets.production.planning.rules import is_face_visible, plan_measures
from tower_anime_assets.production.planning.shots import (
    Emotion,
    Facing,
    Framing,
    PlacedLine,
    Pose,
    Purpose,
    ScenePlan,
    Shot,
    SpeechSpan,
    Subject,
    Transition,
)
from tower_anime_assets.production.story.model import Character, Project, Scene, Speech, Voice
from tower_anime_assets_tests.production.planning.plan_rules import broken_rules
from tower_anime_assets_tests.production.planning.small_plans import LOOK, make_plan, make_shot

PROJECT = Project(
    "nexus", "Nexus", tuple(Character(n, n.title(), "x", LOOK, Voice()) for n in ("akira", "luna", "mei"))
)
AKIRA = Subject("akira", Emotion.TENSE, Pose.STAND, Facing.RIGHT, -0.3)
LUNA = Subject("luna", Emotion.TENSE, Pose.STAND, Facing.LEFT, 0.3)


def line(number: int, who: str) -> Speech:
    return Speech(f"sc01-l{number:03d}", who, "Hello.", "", "", dual=False, lyric=False, line=number)


def shot(number: int, framing: Framing, *subjects: Subject, speech: tuple[SpeechSpan, ...] = ()) -> Shot:
    return make_shot(
        key=f"nexus-e01-sc01-sh{number * 10:04d}",
        purpose=Purpose.DIALOGUE,
        framing=framing,
        subjects=subjects,
        speech=speech,
    )


SCENE = Scene(
    "sc01", 1, "EXT. STREET", False, "street", "night", "rain", "tense", "", 0, 147, ("akira", "luna"), "", "cut",
    (line(1, "akira"), line(2, "luna")), "", 1,
)  # fmt: skip
GOOD = make_plan(
    shot(1, Framing.WIDE),
    shot(2, Framing.MEDIUM, AKIRA, speech=(SpeechSpan("sc01-l001", "akira", 4, 30, True),)),
    shot(3, Framing.MEDIUM, LUNA, speech=(SpeechSpan("sc01-l002", "luna", 4, 30, True),)),
    lines=(PlacedLine("sc01-l001", "akira", 53, 36), PlacedLine("sc01-l002", "luna", 102, 36)),
)

Change = Callable[[ScenePlan], ScenePlan]


def shot_with(index: int, **changed: object) -> Change:
    def change(plan: ScenePlan) -> ScenePlan:
        shots = list(plan.shots)
        shots[index] = replace(shots[index], **changed)  # type: ignore[arg-type]  # keyword names are Shot's own
        return replace(plan, shots=tuple(shots))

    return change


def lines_with(*lines: PlacedLine) -> Change:
    return lambda plan: replace(plan, lines=lines)


def span(line_id: str = "sc01-l001", who: str = "akira", start: int = 4, end: int = 30) -> tuple[SpeechSpan, ...]:
    return (SpeechSpan(line_id, who, start, end, on_screen=True),)


FIRST, SECOND = GOOD.lines
MEASURED: list[tuple[Change, str, float]] = [
    (shot_with(0, frames=48), "illegal_shots", 1),
    (shot_with(0, frames=129), "illegal_shots", 1),
    (shot_with(0, frames=1), "illegal_shots", 1),
    (shot_with(0, transition=Transition("wipe", 0)), "illegal_shots", 1),
    (shot_with(0, transition=Transition("cut", 3)), "illegal_shots", 1),
    (shot_with(0, transition=Transition("fade", 0)), "illegal_shots", 1),
    (shot_with(0, transition=Transition("fade", 25)), "illegal_shots", 1),
    (shot_with(0, activity=1.5), "illegal_shots", 1),
    (shot_with(1, subjects=(replace(AKIRA, character="mei"),)), "illegal_shots", 1),
    (shot_with(1, subjects=(AKIRA, AKIRA)), "illegal_shots", 1),
    (shot_with(1, subjects=(replace(AKIRA, x=-1.2),)), "illegal_shots", 1),
    (shot_with(1, subjects=(replace(AKIRA, character="nobody"),)), "unknown_speakers", 1),
    (shot_with(2, subjects=(AKIRA,)), "alike_neighbours", 1),
    (lines_with(), "lines_unplaced", 2),
    (lines_with(FIRST), "lines_unplaced", 1),
    (lines_with(FIRST, FIRST, SECOND), "lines_unplaced", 1),
    (lines_with(FIRST, SECOND, replace(SECOND, line_id="sc01-l003")), "lines_unplaced", 1),
    (lines_with(replace(FIRST, character="luna"), SECOND), "lines_unplaced", 1),
    (lines_with(FIRST, replace(SECOND, window_frames=60)), "lines_unplaced", 1),
    (lines_with(replace(FIRST, start_frame=110), SECOND), "lines_unplaced", 1),
    (lambda plan: replace(plan, shots=plan.shots[1:]), "length_error_share", 49 / 147),
]


def test_a_good_plan_keeps_every_rule() -> None:
    assert set(plan_measures(PROJECT, SCENE, GOOD).values()) == {0.0}
    assert broken_rules(PROJECT, SCENE, GOOD) == []


@pytest.mark.parametrize(("change", "measure", "value"), MEASURED)
def test_each_planted_fault_is_measured(change: Change, measure: str, value: float) -> None:
    assert plan_measures(PROJECT, SCENE, change(GOOD))[measure] == pytest.approx(value)


def test_a_scene_without_a_target_has_no_length_error() -> None:
    assert plan_measures(PROJECT, replace(SCENE, target_frames=0), GOOD)["length_error_share"] == 0.0


def test_a_transition_may_take_half_of_the_shot_before_it_at_most() -> None:
    def illegal(frames: int) -> float:
        entering = shot_with(1, frames=121, transition=Transition("dissolve", frames))(GOOD)
        return plan_measures(PROJECT, SCENE, entering)["illegal_shots"]

    assert (illegal(24), illegal(25)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (shot_with(1, transition=Transition("dissolve", 12)), "nexus-e01-sc01-sh0020 dissolves"),
        (shot_with(1, speech=()), "sc01-l001 is never heard"),
        (shot_with(1, speech=span(start=6)), "first heard in nexus-e01-sc01-sh0020, not at its window's first frame"),
        (shot_with(1, speech=span(end=60)), "has speech outside itself"),
        (shot_with(1, speech=span(end=45)), "speech of sc01-l001 outside its window"),
        (shot_with(1, speech=span(who="luna")), "has speech that is not luna's"),
        (shot_with(1, speech=span("sc01-l009")), "has speech that is not akira's"),
        (shot_with(1, subjects=(replace(AKIRA, facing=Facing.AWAY),)), "shows a mouth without a face"),
        (shot_with(1, framing=Framing.INSERT), "shows a mouth without a face"),
        (lines_with(replace(FIRST, window_frames=60), SECOND), "sc01-l002 begins in the window of a line before"),
        (lambda plan: replace(plan, shots=()), "no shots"),
    ],
)
def test_the_rules_for_other_tests_see_what_no_gate_measures(change: Change, broken: str) -> None:
    assert broken in " / ".join(broken_rules(PROJECT, SCENE, change(GOOD)))


def test_dual_lines_may_share_a_window() -> None:
    dual = replace(SCENE, beats=(line(1, "akira"), replace(line(2, "luna"), dual=True)), target_frames=0)
    together = shot(1, Framing.TWO_SHOT, AKIRA, LUNA, speech=span() + span("sc01-l002", "luna"))
    lines = (PlacedLine("sc01-l001", "akira", 4, 36), PlacedLine("sc01-l002", "luna", 4, 36))
    assert broken_rules(PROJECT, dual, replace(GOOD, shots=(together,), lines=lines)) == []


def test_a_face_is_visible_when_it_looks_out_of_a_framing_that_holds_it() -> None:
    assert is_face_visible(GOOD.shots[1], "akira")
    assert not is_face_visible(GOOD.shots[1], "luna")
    assert not is_face_visible(replace(GOOD.shots[1], subjects=(replace(AKIRA, is_foreground=True),)), "akira")
