"""Shots of a director find the beats that they show, also when there are more or fewer of them."""

from __future__ import annotations

from tower_anime_assets.engines.remote.director.answers import ShotAnswer
from tower_anime_assets.engines.remote.director.direction import align_shots
from tower_anime_assets.production.planning.drafts import Draft
from tower_anime_assets.production.planning.shots import Framing, Purpose

NAMES = {"akira": "akira", "luna": "luna"}


def beat(text: str, *focus: str, frames: int = 49) -> Draft:
    return Draft(Purpose.ACTION, Framing.MEDIUM, focus, frames, 33, 121, "", text=text)


def shot(number: int, description: str, *who: str, seconds: float = 2.0) -> ShotAnswer:
    return ShotAnswer.model_validate(
        {
            "shot_number": number,
            "description": description,
            "camera_angle": "wide",
            "character_emotions": dict.fromkeys(who, "calm"),
            "suggested_poses": [],
            "duration": seconds,
        }
    )


BEATS = [
    beat("Rain hammers the empty expressway."),
    beat("Akira leans into the curve.", "akira"),
    beat("Luna freezes.", "luna"),
    beat("Sparks scream along the steel."),
]


def numbers(shots: list[ShotAnswer]) -> list[int]:
    return [found.shot_number for _beat, found, _share in align_shots(BEATS, shots, NAMES)]


def test_as_many_shots_as_beats_are_meant_one_for_one() -> None:
    shots = [shot(1, "sparks"), shot(2, "Luna", "Luna"), shot(3, "rain"), shot(4, "Akira", "Akira")]
    assert numbers(shots) == [1, 2, 3, 4]


def test_fewer_shots_go_over_several_beats_in_order_and_share_their_time() -> None:
    shots = [shot(1, "Akira leans into a curve in the rain", "Akira"), shot(2, "Luna freezes", "Luna")]
    found = align_shots(BEATS, shots, NAMES)
    assert [one.shot_number for _beat, one, _share in found] == [1, 1, 2, 2]
    assert [share for _beat, _shot, share in found] == [2, 2, 2, 2]


def test_of_more_shots_those_are_taken_that_show_the_beats() -> None:
    shots = [
        shot(1, "The empty expressway in the rain"),
        shot(2, "A passing truck"),
        shot(3, "Akira leans into the curve", "Akira"),
        shot(4, "Luna freezes", "Luna"),
        shot(5, "A clock"),
        shot(6, "Sparks along the steel"),
    ]
    assert numbers(shots) == [1, 3, 4, 6]


def test_nobody_goes_back_in_time() -> None:
    shots = [shot(1, "Luna freezes", "Luna"), shot(2, "Rain on the expressway"), shot(3, "Akira", "Akira")]
    found = numbers(shots)
    assert found == sorted(found)
