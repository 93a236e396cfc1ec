"""Which set is drawn for a place, and what lies around it."""

from __future__ import annotations

from tower_anime_assets.production.planning.place_kinds import place_kind
from tower_anime_assets.production.planning.shots import Setting

NEUTRAL_ROOM, NEUTRAL_GROUND = "neutral room", "neutral ground"


def set_kind(setting: Setting) -> str:
    """Return the set for a setting: its kind of place, or a neutral set when its words name none that we know."""
    kind = place_kind(setting.place, setting.interior)
    return kind or (NEUTRAL_ROOM if setting.interior else NEUTRAL_GROUND)


def is_neutral(kind: str) -> bool:
    """Return whether a set stands for a place that is not known, so that it carries the place's name."""
    return kind in (NEUTRAL_ROOM, NEUTRAL_GROUND)


_HORIZONS: dict[str, tuple[str, ...]] = {
    "hills": (
        "park", "forest", "shrine", "village", "farm", "field", "camp", "river", "lake", "graveyard", "bridge", "house",
        "cabin front", "church front", "tavern front", "railway", "neutral ground", "market", "cabin", "dojo",
    ),
    "desert": ("desert",),
    "mountains": ("mountain", "castle", "temple", "ruins"),
    "sea": ("beach", "harbour", "ship deck"),
    "nothing": ("space", "spaceship", "cave", "underwater", "sky", "planet"),
}  # fmt: skip

HORIZON_BY_KIND = {kind: horizon for horizon, kinds in _HORIZONS.items() for kind in kinds}
"""What is seen on the horizon of a set; a skyline where nothing is said."""

LEAFY_KINDS = frozenset({
    "park", "forest", "beach", "shrine", "desert", "mountain", "temple", "village", "farm", "field", "camp", "river",
    "lake", "graveyard", "bridge", "house", "cabin front", "church front", "tavern front", "castle", "ruins",
    "underwater",
})  # fmt: skip
"""Sets where a plant may stand near the camera; a chair or a crate in all others but the open ones."""

OPEN_KINDS = frozenset({"sky", "space", "planet", "ship deck", "cave", "neutral ground", "neutral room", "railway"})
"""Sets with nothing near the camera."""

SPACE_KINDS = frozenset({"space", "spaceship", "planet"})
"""Sets under stars instead of weather."""
