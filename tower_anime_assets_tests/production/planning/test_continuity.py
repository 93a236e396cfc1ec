"""What an earlier shot did to somebody is still told in later ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tower_anime_assets.production.planning.continuity import CastMember, Continuity, cast_members, continuity_of
from tower_anime_assets.production.planning.shots import Emotion, Facing, Framing, Pose, ScenePlan, Setting, Subject
from tower_anime_assets.production.story.model import Character, Voice
from tower_anime_assets_tests.production.planning.small_plans import LOOK, STREET, make_plan, make_shot

AKIRA = Character("akira", "Akira Yamamoto", "a racer", replace(LOOK, presents="masculine"), Voice())
LUNA = Character("luna", "Luna Chen", "a scientist", replace(LOOK, presents="feminine"), Voice())
CAST = (AKIRA, LUNA)
MEMBERS = cast_members(CAST)
LAB = Setting("LABORATORY", True, "night", "rain", "tense")


def told(*descriptions: str, about: str = "akira") -> dict[str, tuple[str, ...]]:
    state = Continuity()
    for description in descriptions:
        state = state.after_shot(description, (about,), MEMBERS)
    return state.phrases_by_character()


@pytest.mark.parametrize(
    ("descriptions", "expected"),
    [
        (["Blood runs down his arm."], {"akira": ("bleeding",)}),
        (["Luna is wounded."], {"luna": ("wounded",)}),
        (["Akira grips the gun."], {"akira": ("holding the gun",)}),
        (["Akira grips the gun.", "The gun drops to the floor."], {}),
        (["Luna puts on a black mask."], {"luna": ("wearing a black mask",)}),
        (["Luna puts on a mask. Akira waits."], {"luna": ("wearing a mask",)}),
        (["Luna puts on a mask. She takes off the mask."], {}),
        (["Akira takes off the mask."], {}),
        (["Akira takes off his jacket."], {"akira": ("without the jacket",)}),
        (["Akira puts on a helmet.", "Akira takes off the helmet."], {}),
        (["Akira waits by the door."], {}),
        (["Akira bleeds.", "The wound has healed."], {}),
        (["Akira draws the sword. Luna bleeds."], {"akira": ("holding the sword",), "luna": ("bleeding",)}),
    ],
)  # fmt: skip
def test_what_a_sentence_does_is_kept_for_the_character_it_is_about(
    descriptions: list[str], expected: dict[str, tuple[str, ...]]
) -> None:
    assert told(*descriptions) == expected


def test_what_a_shots_own_text_says_is_not_repeated() -> None:
    state = Continuity().after_shot("Akira grips the gun, bleeding.", ("akira",), MEMBERS)
    assert state.phrases_by_character() == {"akira": ("bleeding", "holding the gun")}
    assert state.phrases_by_character(shot_text="He raises the gun.") == {"akira": ("bleeding",)}


def plan(*descriptions: str, setting: Setting = STREET) -> ScenePlan:
    subjects = (Subject("akira", Emotion.TENSE, Pose.STAND, Facing.RIGHT, 0.2),)
    return make_plan(
        *(
            make_shot(framing=Framing.MEDIUM, subjects=subjects, setting=setting, description=text)
            for text in descriptions
        )
    )


def test_conditions_carry_over_to_later_scenes_and_rain_to_the_next_one_only() -> None:
    first, second = plan("Akira is wounded."), plan("Akira waits.", setting=LAB)
    assert continuity_of([first], CAST).phrases_by_character() == {"akira": ("wounded", "wet from the rain")}
    assert continuity_of([first, second], CAST).phrases_by_character() == {"akira": ("wounded",)}
    assert continuity_of([], CAST).phrases_by_character() == {}
    dry = replace(STREET, weather="clear")
    assert continuity_of([plan("Akira waits.", setting=dry)], CAST) == Continuity()


def counted_shots(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by a description with every shot that is read from now on."""
    read: list[str] = []
    after_shot = Continuity.after_shot

    def reads(self: Continuity, description: str, subjects: Sequence[str], cast: tuple[CastMember, ...]) -> Continuity:
        read.append(description)
        return after_shot(self, description, subjects, cast)

    monkeypatch.setattr(Continuity, "after_shot", reads)
    return read


def test_each_scene_is_read_once_for_a_cast_however_many_scenes_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    plans = [plan(f"Akira bleeds, {number}.", "Luna grips the gun.") for number in range(40)]
    read = counted_shots(monkeypatch)
    for count in range(len(plans) + 1):
        for cast in (CAST, (AKIRA,)):
            continuity_of(plans[:count], cast)
            continuity_of(tuple(plans[:count]), cast)
    assert len(read) == 2 * 2 * len(plans)  # two casts, two shots a scene


def test_a_new_cast_reads_only_the_shots_in_which_something_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    plans = [plan("Luna looks at the sea.", "Akira bleeds." if number == 7 else "Akira waits.") for number in range(40)]
    read = counted_shots(monkeypatch)
    for cast in (CAST, (AKIRA,), (LUNA,), (LUNA, AKIRA)):
        continuity_of(plans, cast)
    assert read == ["Akira bleeds."] * 4


def test_what_was_read_of_one_episode_is_not_used_for_another() -> None:
    wounded, waiting = plan("Akira is wounded.", setting=LAB), plan("Akira waits.", setting=LAB)
    told_after = [
        continuity_of(earlier, CAST).phrases_by_character().get("akira", ())
        for earlier in ([wounded, waiting], [waiting], [waiting, wounded], [wounded], [waiting, waiting])
    ]
    assert told_after == [("wounded",), (), ("wounded",), ("wounded",), ()]
    coated = replace(AKIRA, appearance=replace(LOOK, outfit_style="coat"))
    undressed = plan("Akira takes off his coat.", setting=LAB)
    assert continuity_of([undressed], (AKIRA,)).phrases_by_character() == {}
    assert continuity_of([undressed], (coated,)).phrases_by_character() == {"akira": ("without the coat",)}
