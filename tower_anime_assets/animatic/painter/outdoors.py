"""The kinds of exteriors there are, and how one is built."""

from __future__ import annotations

from collections.abc import Callable

from tower_anime_assets.animatic.painter import city, nature
from tower_anime_assets.animatic.painter.exterior import Exterior
from tower_anime_assets.animatic.painter.light import Light
from tower_anime_assets.animatic.painter.set_builder import Camera, SetBuilder

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
}


def build_outdoors(camera: Camera, light: Light, size_px: tuple[int, int], kind: str, seed: int) -> SetBuilder:
    """Return the set of an exterior of this kind; the seed decides its details."""
    builder = Exterior(camera, light, size_px, seed)
    _EXTERIORS[kind](builder)
    return builder
