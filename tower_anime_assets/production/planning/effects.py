"""Effects: what moves by itself in a shot, such as rain or sparks, by its text, its place and the weather."""

from __future__ import annotations

from collections.abc import Mapping

from tower_anime_assets.production.planning.lexicon import stems_in, word_set
from tower_anime_assets.production.planning.shots import Framing
from tower_anime_assets.production.story.model import Scene

WEATHER_EFFECTS: Mapping[str, str] = {"rain": "rain", "storm": "rain", "snow": "snow", "fog": "fog"}
"""The effect of a scene's weather, outdoors."""

_MAX_EFFECTS = 3
_FAST_ACTIVITY = 0.7
_TEXT_EFFECTS: Mapping[str, frozenset[str]] = {
    "sparks": word_set("spark sparks weld grind short-circuit"),
    "embers": word_set("fire flame flames ember embers burn burning ash smoke bonfire"),
    "petals": word_set("petal petals blossom blossoms sakura cherry"),
    "snow": word_set("snow snowflake snowflakes blizzard"),
    "rain": word_set("rain downpour"),
    "fog": word_set("fog mist steam haze"),
    "neon-flicker": word_set("neon"),
    "screen-glow": word_set("screen monitor hologram terminal display"),
    "dust": word_set("dust dusty sunbeam"),
    "traffic": word_set("traffic cars headlights"),
}
_PLACE_EFFECTS: Mapping[str, frozenset[str]] = {
    "screen-glow": word_set("laboratory lab server control terminal bridge-deck office boardroom command studio"),
    "dust": word_set("garage warehouse abandoned attic ruin ruins desert basement library temple station"),
    "petals": word_set("park garden shrine schoolyard"),
    "embers": word_set("forge battlefield volcano campfire"),
}
_CITY_WORDS = word_set("street alley city expressway highway market club bar downtown crossing avenue motel")
_ROAD_WORDS = word_set("street expressway highway road bridge avenue crossing city skyline")


def effects_in(scene: Scene, text: str, framing: Framing, activity: float, *, travels: bool) -> tuple[str, ...]:
    """Return a shot's effects: what its text says, the weather outdoors, what the place has; at most three."""
    text_stems, place_stems = stems_in(text), stems_in(scene.place)
    is_dark = scene.time_of_day in ("night", "dusk")
    effects = []
    if not scene.interior and scene.weather in WEATHER_EFFECTS:
        effects.append(WEATHER_EFFECTS[scene.weather])
    if travels and activity >= _FAST_ACTIVITY and framing is not Framing.INSERT:
        effects.append("speed-lines")
    effects += [
        effect for effect, words in _TEXT_EFFECTS.items() if words & text_stems and _suits_weather(effect, scene)
    ]
    if not scene.interior and is_dark and framing is Framing.WIDE and _ROAD_WORDS & place_stems:
        effects.append("traffic")
    if is_dark and _CITY_WORDS & place_stems:
        effects.append("neon-flicker")
    effects += [
        effect for effect, words in _PLACE_EFFECTS.items() if words & place_stems and _suits_place(effect, scene)
    ]
    return tuple(dict.fromkeys(effects))[:_MAX_EFFECTS]


def _suits_place(effect: str, scene: Scene) -> bool:
    return scene.interior or effect not in ("dust", "screen-glow")


def _suits_weather(effect: str, scene: Scene) -> bool:
    """Return whether the weather allows an effect: rain that a text only mentions does not fall indoors."""
    return effect not in ("rain", "snow", "fog") or WEATHER_EFFECTS.get(scene.weather) == effect
