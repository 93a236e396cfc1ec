from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.codec import from_plain, to_plain
from tower_anime_assets.production.planning.briefs import (
    ClipBrief,
    KeyframeBrief,
    MasterBrief,
    MixBrief,
    MusicBrief,
    PlanBrief,
    SheetBrief,
    VoiceBrief,
)
from tower_anime_assets.production.planning.cut import Cut
from tower_anime_assets.production.planning.shots import EpisodePlan, Shot, Transition
from tower_anime_assets.production.story.model import Action, Card, Character, Episode, Lora, Project, Scene
from tower_anime_assets.production.verdicts import Threshold, Verdict

st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))

EVERY = [
    Project,
    Character,
    Episode,
    Scene,
    EpisodePlan,
    Shot,
    Cut,
    Verdict,
    Threshold,
    SheetBrief,
    KeyframeBrief,
    ClipBrief,
    VoiceBrief,
    MusicBrief,
    PlanBrief,
    MixBrief,
    MasterBrief,
]


@pytest.mark.parametrize("wanted", EVERY, ids=lambda cls: cls.__name__)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_every_value_comes_back_equal_through_json(wanted: type, data: Any) -> None:
    value = data.draw(st.from_type(wanted))
    assert from_plain(wanted, json.loads(json.dumps(to_plain(value), allow_nan=False))) == value


def test_beats_of_one_shape_stay_apart() -> None:
    usual: dict[str, Any] = {"id": "sc01", "number": 1, "heading": "INT. LAB", "interior": True, "place": "LAB"}
    usual |= {"time_of_day": "day", "weather": "clear", "mood": "", "music": "", "tempo_bpm": 0, "target_frames": 0}
    usual |= {"cast": (), "synopsis": "", "transition": "cut", "writer_number": "", "line": 1}
    scene = Scene(**usual, beats=(Action("Same words.", 3), Card("Same words.", 3)))
    back = from_plain(Scene, to_plain(scene))
    assert back == scene
    assert [type(beat) for beat in back.beats] == [Action, Card]


def test_whole_numbers_come_back_as_the_floats_they_were() -> None:
    verdict = Verdict("g", "m", 1.0, 0.0, None, "u", True, "")
    back = from_plain(Verdict, {**to_plain(verdict), "value": 1, "low": 0})
    assert back == verdict
    assert isinstance(back.value, float)
    assert isinstance(back.low, float)


def test_a_field_that_is_younger_than_the_data_takes_its_default() -> None:
    assert from_plain(Transition, {"kind": "fade"}) == Transition("fade", 0)
    assert from_plain(Lora, {"file": "x.safetensors"}) == Lora("x.safetensors")


@pytest.mark.parametrize(
    ("wanted", "data", "where"),
    [
        (Transition, {"kind": "cut", "frames": 1.5}, "Transition.frames is 1.5; expected int"),
        (Transition, {"kind": "cut", "frames": True}, "Transition.frames is True; expected int"),
        (Transition, {"kind": "cut", "colour": "red"}, "Transition.colour is 'red'"),
        (Transition, ["cut", 0], "Transition is"),
        (Cut, {"fps": 24}, "Cut.items is None"),
        (Cut, {"fps": 24, "items": {}}, "Cut.items is {}"),
        (Cut, {"fps": 24, "items": [{"shot": 1}]}, r"Cut.items\[0\].shot is 1; expected str"),
        (Cut, {"fps": 24, "items": [{"shot": "s"}, 3]}, r"Cut.items\[0\]"),
        (Project, {"id": "p", "title": ["T"]}, r"Project.title is \['T'\]; expected str"),
        (Verdict, {"gate": "g", "measure": "m", "value": "high"}, "Verdict.value is 'high'; expected float"),
    ],
)
def test_data_of_another_shape_is_refused_by_name(wanted: type, data: object, where: str) -> None:
    with pytest.raises(PlanError, match=where):
        from_plain(wanted, data)


def test_a_value_that_breaks_its_own_types_is_refused() -> None:
    with pytest.raises(PlanError, match=r"Transition\.frames is 1\.5"):
        to_plain(Transition("cut", 1.5))  # type: ignore[arg-type]


def test_an_unknown_framing_is_refused() -> None:
    with pytest.raises(PlanError, match=r"Shot\.framing is 'upside-down'; expected Framing"):
        from_plain(Shot, {"key": "k", "scene": "s", "purpose": "action", "framing": "upside-down"})
