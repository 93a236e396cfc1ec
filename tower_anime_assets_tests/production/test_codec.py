from __future__ import annotations

import json
import subprocess
import sys
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
from tower_anime_assets.production.story.model import Action, Card, Character, Episode, Learning, Lora, Project, Scene
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

SCENE: dict[str, Any] = dict.fromkeys(("mood", "music", "synopsis", "writer_number"), "") | {
    "id": "sc01",
    "number": 1,
    "heading": "INT. LAB",
    "interior": True,
    "place": "LAB",
    "time_of_day": "day",
    "weather": "clear",
    "tempo_bpm": 0,
    "target_frames": 0,
    "cast": (),
    "transition": "cut",
    "line": 1,
}


@pytest.mark.parametrize("wanted", EVERY, ids=lambda cls: cls.__name__)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_every_value_comes_back_equal_through_json(wanted: type, data: Any) -> None:
    value = data.draw(st.from_type(wanted))
    assert from_plain(wanted, json.loads(json.dumps(to_plain(value), allow_nan=False))) == value


def test_beats_of_one_shape_stay_apart() -> None:
    scene = Scene(**SCENE, beats=(Action("Same words.", 3), Card("Same words.", 3)))
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
        (Transition, {"kind": "cut", "frames": 1.5}, "Transition.frames is 1.5; expected a valid integer"),
        (Transition, {"kind": "cut", "frames": True}, "Transition.frames is True; expected a valid integer"),
        (Transition, {"kind": "cut", "colour": "red"}, "Transition.colour is 'red'; there is no such field"),
        (Transition, ["cut", 0], "Transition is"),
        (Cut, {"fps": 24}, "Cut.items is missing"),
        (Cut, {"fps": 24, "items": {}}, "Cut.items is {}"),
        (Cut, {"fps": 24, "items": [{"shot": 1}]}, r"Cut.items\[0\].shot is 1; expected a valid string"),
        (Cut, {"fps": 24, "items": [{"shot": "s"}, 3]}, r"Cut.items\[0\]"),
        (Project, {"id": "p", "title": ["T"]}, r"Project.title is \['T'\]; expected a valid string"),
        (
            Scene,
            SCENE | {"beats": [{"is": "Cue"}]},
            r"Scene.beats\[0\] is {'is': 'Cue'}; expected one of Action, Speech, ShotNote",
        ),
        (
            Scene,
            SCENE | {"beats": [{"text": "Hi.", "line": 1}]},
            r"Scene.beats\[0\] is {'text': 'Hi.'.*named under 'is'",
        ),
        (Lora, {"file": "x", "strength_model": float("nan")}, "Lora.strength_model is nan; expected a finite number"),
        (Verdict, {"gate": "g", "measure": "m", "value": "high"}, "Verdict.value is 'high'; expected a valid number"),
    ],
)
def test_data_of_another_shape_is_refused_by_name(wanted: type, data: object, where: str) -> None:
    with pytest.raises(PlanError, match=f"{where}.*Another version of this program saved it"):
        from_plain(wanted, data)


def test_a_value_that_breaks_its_own_types_is_refused() -> None:
    with pytest.raises(PlanError, match=r"Transition\.frames is 1\.5"):
        to_plain(Transition("cut", 1.5))  # type: ignore[arg-type]


def test_an_unknown_framing_is_refused() -> None:
    with pytest.raises(PlanError, match=r"Shot\.framing is 'upside-down'; expected 'wide', 'medium'"):
        from_plain(Shot, {"key": "k", "scene": "s", "purpose": "action", "framing": "upside-down"})


def test_a_whole_number_in_a_float_field_is_stored_as_a_float() -> None:
    assert json.dumps(to_plain(Learning(pins={"steps": 8}))["pins"]) == '{"steps": 8.0}'


def test_the_command_line_starts_without_pydantic() -> None:
    program = "import sys, tower_anime_assets.cli; sys.exit('pydantic_core' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
