"""The kinds of exteriors there are, and how one is built."""

from __future__ import annotations

from collections.abc import Callable

from tower_anime_assets.animatic.painter import city, countryside, fronts, monuments, nature, waters
from tower_anime_assets.animatic.painter.exterior import Exterior
from tower_anime_assets.animatic.painter.light import Light
from tower_anime_assets.animatic.painter.set_builder import Camera, SetBuilder


def neutral_ground(builder: Exterior) -> None:
    """Add a plain with a few soft blocks: nobody knows what the place looks like."""
    builder.add_ground("#a4a8ae")
    for index in range(-8, 9):
        builder.add_panel((index * 2.0, index * 2.0 + 0.03), 0.01, (-8, 30), "#979ba2")
    for index in range(-2, 12):
        builder.add_panel((-40, 40), 0.01, (index * 2.5, index * 2.5 + 0.05), "#979ba2")
    for x, high, z in ((-6.0, 2.2, 9.0), (5.0, 1.3, 7.0), (7.5, 3.4, 13.0), (-10.0, 4.4, 16.0)):
        builder.add_block((x - 1.2, x + 1.2), (0, high), (z, z + 2.4), "#b4b8be")


_EXTERIORS: dict[str, Callable[[Exterior], None]] = {
    "street": city.street,
    "alley": city.alley,
    "rooftop": city.rooftop,
    "highway": city.highway,
    "park": nature.park,
    "forest": nature.forest,
    "beach": nature.beach,
    "shrine": nature.shrine,
    "desert": nature.desert,
    "mountain": nature.mountain,
    "village": countryside.village,
    "market": countryside.market,
    "farm": countryside.farm,
    "field": countryside.field,
    "camp": countryside.camp,
    "graveyard": countryside.graveyard,
    "church front": countryside.church_front,
    "cabin front": countryside.cabin_front,
    "tavern front": countryside.tavern_front,
    "railway": countryside.railway,
    "river": waters.river,
    "lake": waters.lake,
    "harbour": waters.harbour,
    "bridge": waters.bridge,
    "ship deck": waters.ship_deck,
    "underwater": waters.underwater,
    "temple": monuments.temple,
    "castle": monuments.castle,
    "ruins": monuments.ruins,
    "cave": monuments.cave,
    "sky": monuments.sky,
    "planet": monuments.planet,
    "space": monuments.space,
    "house": fronts.house,
    "shop front": fronts.shop_front,
    "hospital front": fronts.hospital_front,
    "building": fronts.building,
    "neutral ground": neutral_ground,
}


EXTERIORS = frozenset(_EXTERIORS)
"""Kinds of exteriors that are drawn; "neutral ground" is for a place that no table knows."""


def build_outdoors(camera: Camera, light: Light, size_px: tuple[int, int], kind: str, seed: int) -> SetBuilder:
    """Return the set of an exterior of this kind; the seed decides its details."""
    builder = Exterior(camera, light, size_px, seed)
    _EXTERIORS[kind](builder)
    return builder
