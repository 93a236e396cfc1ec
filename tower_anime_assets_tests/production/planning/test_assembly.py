"""Scene plans become an episode's plan."""

from dataclasses import replace

import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.planning.assembly import assemble_episode
from tower_anime_assets.production.planning.shots import Framing, Move, ScenePlan, Shot
from tower_anime_assets.production.story.model import Episode, Project, Scene
from tower_anime_assets_tests.production.planning.small_plans import make_plan, make_shot

PROJECT = Project("nexus", "Nexus", ())


def scene(number: int) -> Scene:
    return Scene(
        f"sc{number:02d}", number, "", False, "street", "night", "rain", "tense", "", 0, 0, (), "", "cut", (), "", 1
    )


def shot(framing: Framing, move: Move = Move.PUSH_IN) -> Shot:
    return make_shot(key="", scene="", framing=framing, move=move, prompt="p", description="d", reasoning="r")


def planned(number: int, *shots: Shot) -> ScenePlan:
    return make_plan(*shots, scene=f"sc{number:02d}")


def episode(*numbers: int, ends_with: str = "cut") -> Episode:
    return Episode("nexus", "e01", "Pilot", tuple(scene(number) for number in numbers), ends_with, "0" * 64)


def test_shots_are_named_by_tens_within_their_scene() -> None:
    plan = assemble_episode(
        PROJECT, episode(1, 2), (planned(1, shot(Framing.WIDE), shot(Framing.MEDIUM)), planned(2, shot(Framing.WIDE)))
    )
    assert [shot.key for shot in plan.shots] == [
        "nexus-e01-sc01-sh0010",
        "nexus-e01-sc01-sh0020",
        "nexus-e01-sc02-sh0010",
    ]
    assert [shot.scene for shot in plan.shots] == ["sc01", "sc01", "sc02"]


def test_shots_of_one_look_are_counted_over_the_whole_episode() -> None:
    wide, other_move = shot(Framing.WIDE), shot(Framing.WIDE, Move.STATIC)
    plan = assemble_episode(
        PROJECT, episode(1, 2), (planned(1, wide, shot(Framing.MEDIUM), other_move), planned(2, wide))
    )
    assert [shot.occurrence for shot in plan.shots] == [0, 0, 1, 2]


def test_assembly_changes_only_keys_and_occurrences() -> None:
    before = shot(Framing.WIDE)
    (after,) = assemble_episode(PROJECT, episode(1), (planned(1, before),)).shots
    assert replace(after, key="", scene="", occurrence=0) == before


def test_an_episode_that_ends_in_a_fade_fades_for_a_second_of_its_last_shot() -> None:
    assert (
        assemble_episode(PROJECT, episode(1, ends_with="fade"), (planned(1, shot(Framing.WIDE)),)).fade_out_frames == 24
    )
    assert assemble_episode(PROJECT, episode(1), (planned(1, shot(Framing.WIDE)),)).fade_out_frames == 0


def test_a_half_planned_episode_does_not_fade_yet() -> None:
    plan = assemble_episode(PROJECT, episode(1, 2, ends_with="fade"), (planned(1, shot(Framing.WIDE)),))
    assert plan.fade_out_frames == 0
    assert [part.scene for part in plan.scenes] == ["sc01"]


def test_plans_of_other_scenes_are_refused() -> None:
    with pytest.raises(PlanError, match="plans of sc02; expected those of sc01"):
        assemble_episode(PROJECT, episode(1, 2), (planned(2, shot(Framing.WIDE)),))
