"""The rules of plans: a good plan keeps them all, and each planted fault is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tower_anime_assets.production.planning.rules import is_face_visible, plan_faults, plan_measures, scene_faults
from tower_anime_assets.production.planning.shots import (
    Emotion,
    EpisodePlan,
    Facing,
    Framing,
    Move,
    PlacedLine,
    Pose,
    Purpose,
    ScenePlan,
    Setting,
    Shot,
    SpeechSpan,
    Subject,
    Transition,
)
from tower_anime_assets.production.story.model import (
    Appearance,
    Character,
    Episode,
    Project,
    Scene,
    Speech,
    Voice,
)

LOOK = Appearance("#111111", "short", "#eeccaa", "#333333", "#2244cc", "jacket", "#ff8800")
PROJECT = Project(
    "nexus", "Nexus", tuple(Character(n, n.title(), "x", LOOK, Voice()) for n in ("akira", "luna", "mei"))
)
SETTING = Setting("street", False, "night", "rain", "tense")
AKIRA = Subject("akira", Emotion.TENSE, Pose.STAND, Facing.RIGHT, -0.3)
LUNA = Subject("luna", Emotion.TENSE, Pose.STAND, Facing.LEFT, 0.3)


def line(number: int, who: str) -> Speech:
    return Speech(f"sc01-l{number:03d}", who, "Hello.", "", "", dual=False, lyric=False, line=number)


def shot(number: int, framing: Framing, *subjects: Subject, speech: tuple[SpeechSpan, ...] = ()) -> Shot:
    return Shot(
        f"nexus-e01-sc01-sh{number * 10:04d}", "sc01", Purpose.DIALOGUE, framing, Move.STATIC, subjects, SETTING, 49,
        Transition(), speech, 0.2, (), (), "", "", "", "", "",
    )  # fmt: skip


SCENE = Scene(
    "sc01", 1, "EXT. STREET", False, "street", "night", "rain", "tense", "", 0, 147, ("akira", "luna"), "", "cut",
    (line(1, "akira"), line(2, "luna")), "", 1,
)  # fmt: skip
EPISODE = Episode("nexus", "e01", "Pilot", (SCENE,), "cut", "0" * 64)
GOOD = ScenePlan(
    "sc01",
    (
        shot(1, Framing.WIDE),
        shot(2, Framing.MEDIUM, AKIRA, speech=(SpeechSpan("sc01-l001", "akira", 4, 30, True),)),
        shot(3, Framing.MEDIUM, LUNA, speech=(SpeechSpan("sc01-l002", "luna", 4, 30, True),)),
    ),
    (PlacedLine("sc01-l001", "akira", 53, 36), PlacedLine("sc01-l002", "luna", 102, 36)),
    "",
    (),
    "",
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
FAULTS: list[tuple[Change, str]] = [
    (shot_with(0, frames=48), "has 48 frames; expected 8n + 1"),
    (shot_with(0, frames=129), "has 129 frames"),
    (shot_with(0, frames=1), "has 1 frames"),
    (shot_with(1, transition=Transition("dissolve", 12)), "begins with a dissolve inside its scene"),
    (shot_with(0, transition=Transition("wipe", 0)), "begins with 'wipe'"),
    (shot_with(0, transition=Transition("cut", 3)), "begins with a cut of 3 frames"),
    (shot_with(0, transition=Transition("fade", 0)), "begins with a fade of 0 frames"),
    (shot_with(0, transition=Transition("fade", 25)), "enters over 25 of its 49 frames"),
    (shot_with(0, activity=1.5), "has activity 1.5"),
    (shot_with(1, subjects=(replace(AKIRA, character="mei"),)), "shows 'mei', who is not in sc01"),
    (shot_with(1, subjects=(AKIRA, AKIRA)), "shows somebody twice"),
    (shot_with(1, subjects=(replace(AKIRA, x=-1.2),)), "places akira at -1.2"),
    (shot_with(2, subjects=(AKIRA,)), "repeats the framing, subjects and move"),
    (shot_with(1, speech=()), "sc01-l001 has a window, but no shot says who is heard in it"),
    (shot_with(1, speech=span(start=6)), "first heard in nexus-e01-sc01-sh0020, not at its window's first frame"),
    (shot_with(1, speech=span(end=60)), "speech over its frames 4 to 60 of 49"),
    (shot_with(1, speech=span(end=45)), "speech of sc01-l001 outside its window"),
    (shot_with(1, speech=span(who="luna")), "gives sc01-l001 to luna; it is akira's"),
    (shot_with(1, speech=span("sc01-l009")), "speech of sc01-l009, which is placed nowhere"),
    (shot_with(1, subjects=(replace(AKIRA, facing=Facing.AWAY),)), "whose face is not in the picture"),
    (shot_with(1, framing=Framing.INSERT), "whose face is not in the picture"),
    (lines_with(FIRST), "sc01-l002 is placed 0 times"),
    (lines_with(FIRST, FIRST, SECOND), "sc01-l001 is placed 2 times"),
    (lines_with(FIRST, SECOND, replace(SECOND, line_id="sc01-l003")), "sc01-l003 is placed, but is no line of sc01"),
    (lines_with(replace(FIRST, character="luna"), SECOND), "is given to luna; it is akira's"),
    (lines_with(FIRST, replace(SECOND, window_frames=60)), "has the frames 102 to 162; expected some within 0 to 147"),
    (lines_with(replace(FIRST, start_frame=110), SECOND), "begins at frame 102, before the line written ahead of it"),
    (lines_with(replace(FIRST, window_frames=60), SECOND), "within the window of sc01-l001 that ends at 113"),
    (lambda plan: replace(plan, shots=plan.shots[1:]), "lasts 98 frames; its target is 147, 33% away"),
    (lambda plan: replace(plan, shots=()), "has no shots"),
]


def test_a_good_plan_has_no_faults_and_measures_that_pass() -> None:
    assert scene_faults(PROJECT, SCENE, GOOD) == ()
    assert plan_faults(PROJECT, EPISODE, EpisodePlan("nexus-e01", 24, (GOOD,))) == ()
    assert set(plan_measures(PROJECT, SCENE, GOOD).values()) == {0.0}


@pytest.mark.parametrize(("change", "fault"), FAULTS, ids=[fault for _change, fault in FAULTS])
def test_each_planted_fault_is_named(change: Change, fault: str) -> None:
    found = scene_faults(PROJECT, SCENE, change(GOOD))
    assert any(fault in sentence for sentence in found), found


@pytest.mark.parametrize(
    ("change", "measure", "value"),
    [
        (shot_with(0, frames=48), "illegal_shots", 1.0),
        (shot_with(1, subjects=(replace(AKIRA, character="mei"),)), "illegal_shots", 1.0),
        (lines_with(FIRST), "lines_unplaced", 1.0),
        (lines_with(), "lines_unplaced", 2.0),
        (shot_with(1, subjects=(replace(AKIRA, character="nobody"),)), "unknown_speakers", 1.0),
        (lambda plan: replace(plan, shots=plan.shots[1:]), "length_error_share", 49 / 147),
        (shot_with(2, subjects=(AKIRA,)), "alike_neighbours", 1.0),
    ],
)
def test_gates_get_numbers(change: Change, measure: str, value: float) -> None:
    assert plan_measures(PROJECT, SCENE, change(GOOD))[measure] == pytest.approx(value)


def test_a_scene_without_a_target_has_no_length_error() -> None:
    assert plan_measures(PROJECT, replace(SCENE, target_frames=0), GOOD)["length_error_share"] == 0.0


def test_dual_lines_may_share_a_window() -> None:
    dual = replace(SCENE, beats=(line(1, "akira"), replace(line(2, "luna"), dual=True)), target_frames=0)
    together = shot(1, Framing.TWO_SHOT, AKIRA, LUNA, speech=span() + span("sc01-l002", "luna"))
    lines = (PlacedLine("sc01-l001", "akira", 4, 36), PlacedLine("sc01-l002", "luna", 4, 36))
    assert scene_faults(PROJECT, dual, replace(GOOD, shots=(together,), lines=lines)) == ()


def test_a_line_from_off_screen_moves_no_mouth() -> None:
    radio = replace(SCENE, beats=(replace(line(1, "akira"), extension="over radio"), line(2, "luna")))
    assert any("shows the mouth of akira" in fault for fault in scene_faults(PROJECT, radio, GOOD))


@pytest.mark.parametrize(
    ("plan", "fault"),
    [
        (EpisodePlan("nexus-e02", 24, (GOOD,)), "the plan is of nexus-e02; expected nexus-e01"),
        (EpisodePlan("nexus-e01", 12, (GOOD,)), "counts 12 frames per second; the delivery has 24"),
        (EpisodePlan("nexus-e01", 24, ()), "has the scenes none; expected sc01"),
        (EpisodePlan("nexus-e01", 24, (GOOD,), fade_out_frames=50), "the fade-out has 50 frames"),
        (EpisodePlan("nexus-e01", 24, (shot_with(1, key="nexus-e01-sc01-sh0010")(GOOD),)), "2 shots are called"),
        (EpisodePlan("nexus-e01", 24, (shot_with(1, key="nexus-e01-sc02-sh0020")(GOOD),)), "is called nexus-e01-sc02"),
    ],
)
def test_an_episode_plan_is_held_against_its_episode(plan: EpisodePlan, fault: str) -> None:
    assert any(fault in sentence for sentence in plan_faults(PROJECT, EPISODE, plan))


def test_a_dissolve_between_scenes_may_take_half_of_the_shot_before_it_at_most() -> None:
    second = replace(SCENE, id="sc02", number=2, beats=(), cast=(), target_frames=0)
    opening = replace(
        shot(1, Framing.CLOSE_UP, LUNA), key="nexus-e01-sc02-sh0010", scene="sc02", frames=121, subjects=()
    )
    episode = replace(EPISODE, scenes=(SCENE, second))

    def faults(frames: int) -> tuple[str, ...]:
        entering = replace(opening, transition=Transition("dissolve", frames))
        plan = EpisodePlan("nexus-e01", 24, (GOOD, ScenePlan("sc02", (entering,), (), "", (), "")))
        return plan_faults(PROJECT, episode, plan)

    assert faults(24) == ()
    assert "more than half of nexus-e01-sc01-sh0030" in faults(25)[0]


def test_a_face_is_visible_when_it_looks_out_of_a_framing_that_holds_it() -> None:
    assert is_face_visible(GOOD.shots[1], "akira")
    assert not is_face_visible(GOOD.shots[1], "luna")
    assert not is_face_visible(replace(GOOD.shots[1], subjects=(replace(AKIRA, is_foreground=True),)), "akira")
