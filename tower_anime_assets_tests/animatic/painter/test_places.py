"""Sets: every kind of place that planning knows has one, each in its own look, in every light and weather."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from tower_anime_assets.animatic.painter.composition import draw_keyframe
from tower_anime_assets.animatic.painter.outdoors import EXTERIORS
from tower_anime_assets.animatic.painter.places import NEUTRAL_GROUND, NEUTRAL_ROOM, set_kind
from tower_anime_assets.animatic.painter.rooms import ROOMS
from tower_anime_assets.media.layer_file import flatten
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.planning.place_kinds import EXTERIOR_KINDS, INTERIOR_KINDS, place_kind
from tower_anime_assets.production.planning.shots import Framing, Move, Setting
from tower_anime_assets.production.story.model import Style

_PLACES = {
    kind: (words, interior)
    for words, interior, kind in (
        ("KITCHEN", True, "kitchen"), ("BATHROOM", True, "bathroom"), ("BEDROOM", True, "bedroom"),
        ("TATAMI ROOM", True, "tatami room"), ("CABIN", True, "cabin"), ("TEMPLE", True, "temple hall"),
        ("CASTLE", True, "throne room"), ("CHURCH", True, "church"), ("THEATRE", True, "theatre"),
        ("DOJO", True, "dojo"), ("GYM", True, "gym"), ("BATHHOUSE", True, "bath house"),
        ("MUSEUM", True, "museum"), ("LIBRARY", True, "library"),
        ("SHOP", True, "shop"), ("RESTAURANT", True, "restaurant"), ("TAVERN", True, "tavern"),
        ("CELLAR", True, "cellar"), ("PRISON", True, "prison"), ("BARN", True, "barn"), ("SHIP", True, "ship cabin"),
        ("CAR", True, "car"), ("PLANE", True, "plane"), ("LIFT", True, "elevator"), ("ZORBLAX", True, NEUTRAL_ROOM),
        ("BAR", True, "bar"), ("OFFICE", True, "office"), ("HOSPITAL", True, "hospital"), ("TRAIN", True, "train"),
        ("SPACESHIP", True, "spaceship"), ("VILLAGE", False, "village"), ("MARKET", False, "market"),
        ("FARM", False, "farm"), ("FIELD", False, "field"), ("CAMP", False, "camp"), ("GRAVEYARD", False, "graveyard"),
        ("CHURCH", False, "church front"), ("CABIN", False, "cabin front"), ("TAVERN", False, "tavern front"),
        ("RAILWAY", False, "railway"), ("RIVER", False, "river"), ("LAKE", False, "lake"),
        ("HARBOUR", False, "harbour"), ("BRIDGE", False, "bridge"), ("SHIP", False, "ship deck"),
        ("UNDERWATER", False, "underwater"), ("TEMPLE", False, "temple"), ("CASTLE", False, "castle"),
        ("RUINS", False, "ruins"), ("CAVE", False, "cave"), ("SKY", False, "sky"), ("MARS", False, "planet"),
        ("SPACE", False, "space"), ("HOUSE", False, "house"), ("SHOP", False, "shop front"),
        ("HOSPITAL", False, "hospital front"), ("SKYSCRAPER", False, "building"), ("ZORBLAX", False, NEUTRAL_GROUND),
        ("STREET", False, "street"), ("FOREST", False, "forest"), ("BEACH", False, "beach"),
    )
}  # fmt: skip
_LIGHTS = [("day", "clear"), ("night", "clear"), ("dusk", "rain"), ("dawn", "snow"), ("day", "fog"), ("night", "storm")]
_SMALL = (96, 64)


def keyframe(
    kind: str, time_of_day: str = "day", weather: str = "clear", size: tuple[int, int] = _SMALL
) -> KeyframeBrief:
    words, interior = _PLACES[kind]
    setting = Setting(words, interior, time_of_day, weather, "neutral")
    return KeyframeBrief(
        Framing.WIDE, Move.STATIC, (), (), setting, (), (), "", "", Style(), *size, seed=7, occurrence=0
    )


@cache
def picture(kind: str, time_of_day: str = "day", weather: str = "clear") -> NDArray[np.int16]:
    return flatten(draw_keyframe(keyframe(kind, time_of_day, weather))).astype(np.int16)


def test_every_kind_of_place_has_a_set_and_every_set_a_kind() -> None:
    drawn = frozenset(ROOMS) | EXTERIORS
    assert drawn >= INTERIOR_KINDS | EXTERIOR_KINDS
    assert drawn - INTERIOR_KINDS - EXTERIOR_KINDS == {NEUTRAL_ROOM, NEUTRAL_GROUND}
    assert not frozenset(ROOMS) & EXTERIORS


@pytest.mark.parametrize("kind", list(_PLACES))
def test_a_set_is_drawn_for_its_word(kind: str) -> None:
    words, interior = _PLACES[kind]
    assert set_kind(Setting(words, interior, "day", "clear", "")) == kind
    assert (place_kind(words, interior) is None) == kind.startswith("neutral")


def test_no_two_places_look_alike() -> None:
    for one, other in combinations(_PLACES, 2):
        assert np.abs(picture(one) - picture(other)).mean() > 8, (one, other)


@pytest.mark.parametrize(("at", "kind"), list(enumerate(_PLACES)))
def test_a_set_is_no_flat_tone_in_any_light(at: int, kind: str) -> None:
    light = _LIGHTS[at % len(_LIGHTS)]
    for drawn in (picture(kind), picture(kind, *light)):
        assert drawn.mean(axis=2).std() > 8
        assert drawn.mean() > 18
    has_sun = kind not in ("space", "planet")
    assert not has_sun or light == _LIGHTS[0] or np.abs(picture(kind) - picture(kind, *light)).mean() > 1


@pytest.mark.parametrize("kind", ["kitchen", "village", "underwater", NEUTRAL_GROUND])
def test_a_set_is_the_same_every_time(kind: str) -> None:
    one, other = (draw_keyframe(keyframe(kind)) for _ in range(2))
    assert all(np.array_equal(a.image, b.image) for a, b in zip(one.layers, other.layers, strict=True))


@pytest.mark.parametrize("interior", [True, False])
def test_an_unknown_place_carries_its_own_name(interior: bool) -> None:
    def drawn(words: str) -> NDArray[np.int16]:
        wanted = keyframe(NEUTRAL_ROOM, size=(384, 256))
        setting = Setting(words, interior, "day", "clear", "neutral")
        wide = KeyframeBrief(**{**wanted.__dict__, "setting": setting})
        return flatten(draw_keyframe(wide)).astype(np.int16)[8:40, 10:200]

    names = [drawn(words) for words in ("ZORBLAX", "QUUX", "ヅヅヅ", "🦑")]
    plates = [int((np.abs(name - np.array([238, 240, 246])).sum(axis=2) < 150).sum()) for name in names]
    assert plates[0] > 40
    assert plates[2] > 20
    assert len({name.tobytes() for name in names}) == 4


@pytest.mark.parametrize("kind", ["cave", "underwater", "space", "planet"])
def test_no_weather_reaches_a_sheltered_place(kind: str) -> None:
    assert np.array_equal(picture(kind, "day", "storm"), picture(kind, "day", "snow"))


@pytest.mark.parametrize("kind", ["village", "castle", "harbour", "field", "temple"])
def test_weather_shows_on_sets_in_the_open(kind: str) -> None:
    pictures = [picture(kind, "day", weather) for weather in ("clear", "fog", "snow", "rain")]
    assert all(np.abs(one - other).mean() > 4 for one, other in combinations(pictures, 2))
