"""Arithmetic of plans: everything in whole frames."""

from dataclasses import replace

from tower_anime_assets.production.planning.shots import EpisodePlan, PlacedLine, ScenePlan, Shot, Transition
from tower_anime_assets_tests.production.planning.small_plans import make_plan, make_shot


def shot(key: str, frames: int, transition: Transition = Transition()) -> Shot:
    return make_shot(key=key, frames=frames, transition=transition)


def scene(number: int, *shots: Shot, lines: tuple[PlacedLine, ...] = ()) -> ScenePlan:
    return make_plan(*shots, scene=f"sc{number:02d}", lines=lines)


def test_cuts_follow_each_other_without_overlap() -> None:
    plan = EpisodePlan("n-e01", 24, (scene(1, shot("n-e01-sc01-sh0010", 49), shot("n-e01-sc01-sh0020", 33)),))
    assert plan.shot_starts() == {"n-e01-sc01-sh0010": 0, "n-e01-sc01-sh0020": 49}
    assert plan.frames == 82


def test_a_dissolve_overlaps_the_shot_before_it_and_a_fade_does_not() -> None:
    first = shot("n-e01-sc01-sh0010", 49)
    second = shot("n-e01-sc02-sh0010", 49, Transition("dissolve", 12))
    third = replace(shot("n-e01-sc03-sh0010", 49), transition=Transition("fade", 12))
    plan = EpisodePlan("n-e01", 24, (scene(1, first), scene(2, second), scene(3, third)))
    assert list(plan.shot_starts().values()) == [0, 37, 86]
    assert plan.frames == 135


def test_a_dissolve_on_the_very_first_shot_overlaps_nothing() -> None:
    plan = EpisodePlan("n-e01", 24, (scene(1, shot("n-e01-sc01-sh0010", 49, Transition("dissolve", 12))),))
    assert plan.frames == 49


def test_lines_move_with_their_scene() -> None:
    line = PlacedLine("sc02-l001", "akira", 10, 48)
    plan = EpisodePlan(
        "n-e01", 24, (scene(1, shot("n-e01-sc01-sh0010", 49)), scene(2, shot("n-e01-sc02-sh0010", 97), lines=(line,)))
    )
    assert plan.line_starts() == {"sc02-l001": (59, 48)}


def test_an_empty_plan_has_no_frames() -> None:
    assert EpisodePlan("n-e01", 24, ()).frames == 0
