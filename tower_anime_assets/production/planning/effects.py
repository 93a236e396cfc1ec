"""Effects: what moves by itself in a shot, such as rain or sparks, by its text, its place and the weather."""

from __future__ import annotations

from collections.abc import Mapping

from tower_anime_assets.production.planning.lexicon import stems_in, word_set
from tower_anime_assets.production.planning.place_kinds import place_kind
from tower_anime_assets.production.planning.shots import Framing
from tower_anime_assets.production.story.model import Scene

WEATHER_EFFECTS: Mapping[str, str] = {"rain": "rain", "storm": "rain", "snow": "snow", "fog": "fog"}
"""The effect of a scene's weather, outdoors."""

REDRAWN_EFFECTS = frozenset({"speed-lines"})
"""Effects that are drawn anew in every frame, so that no motion leads from one frame to the next."""

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
    "screen-glow": frozenset({"lab", "server", "office", "spaceship"}),
    "dust": frozenset({
        "garage", "warehouse", "cellar", "library", "temple hall", "station", "ruins", "barn", "prison", "church",
        "desert",
    }),
    "petals": frozenset({"park", "shrine", "temple"}),
    "embers": frozenset({"tavern", "cabin", "camp"}),
}  # fmt: skip
"""What moves by itself in a kind of place."""
_NEON_KINDS = frozenset({"street", "alley", "highway", "bar"})
_ROAD_KINDS = frozenset({"street", "highway"})
_ABANDONED_WORDS = word_set("abandoned attic ruin ruins derelict")
SHELTERED_KINDS = frozenset({"cave", "underwater", "space", "planet"})
"""Kinds of place that no weather reaches, even under an exterior heading."""


def effects_in(scene: Scene, text: str, framing: Framing, activity: float, *, travels: bool) -> tuple[str, ...]:
    """Return a shot's effects: what its text says, the weather outdoors, what the place has; at most three."""
    text_stems, kind = stems_in(text), place_kind(scene.place, scene.interior)
    is_dark = scene.time_of_day in ("night", "dusk")
    effects = []
    if not scene.interior and scene.weather in WEATHER_EFFECTS and kind not in SHELTERED_KINDS:
        effects.append(WEATHER_EFFECTS[scene.weather])
    if travels and activity >= _FAST_ACTIVITY and framing is not Framing.INSERT:
        effects.append("speed-lines")
    effects += [
        effect for effect, words in _TEXT_EFFECTS.items() if words & text_stems and _suits_weather(effect, scene)
    ]
    if not scene.interior and is_dark and framing is Framing.WIDE and kind in _ROAD_KINDS:
        effects.append("traffic")
    if is_dark and kind in _NEON_KINDS:
        effects.append("neon-flicker")
    effects += [effect for effect, kinds in _PLACE_EFFECTS.items() if kind in kinds and _suits_place(effect, scene)]
    if scene.interior and _ABANDONED_WORDS & stems_in(scene.place):
        effects.append("dust")
    return tuple(dict.fromkeys(effects))[:_MAX_EFFECTS]


def _suits_place(effect: str, scene: Scene) -> bool:
    return scene.interior or effect not in ("dust", "screen-glow")


def _suits_weather(effect: str, scene: Scene) -> bool:
    """Return whether the weather allows an effect: rain that a text only mentions does not fall indoors."""
    return effect not in ("rain", "snow", "fog") or WEATHER_EFFECTS.get(scene.weather) == effect
