"""What all exteriors share: details that stay the same from every angle, open ground, street lamps."""

from __future__ import annotations

import random
from itertools import pairwise

from tower_anime_assets.animatic.painter.light import Light
from tower_anime_assets.animatic.painter.set_builder import Camera, SetBuilder, trapezoid

_GROUND_HALF_WIDTH_M = 160.0


def detail_rng(seed: int, *keys: object) -> random.Random:
    """Return the random numbers of one building, tree or cloud, so that it looks the same from every angle."""
    return random.Random(f"{seed}/{keys}")  # noqa: S311 - decides what a street looks like, not secrets


class Exterior(SetBuilder):
    """The set of a place outdoors.

    Args:
        camera: Looks at the place.
        light: Of the shot.
        size_px: Width and height of the canvas.
        seed: Decides the details.
    """

    def __init__(self, camera: Camera, light: Light, size_px: tuple[int, int], seed: int) -> None:
        super().__init__(camera, light, size_px)
        self._seed = seed

    def rng(self, *keys: object) -> random.Random:
        """Return the random numbers of one detail of this place."""
        return detail_rng(self._seed, *keys)

    def add_ground(self, colour: str) -> None:
        """Add a plain, in strips so that haze can take the far ones."""
        for near, far in pairwise((-30.0, 4.0, 12.0, 30.0, 70.0, _GROUND_HALF_WIDTH_M)):
            self.add_panel((-_GROUND_HALF_WIDTH_M, _GROUND_HALF_WIDTH_M), 0.0, (near, far), colour)

    def add_lamp(self, x: float, z: float, side: int) -> None:
        """Add a street lamp whose arm reaches away from its side of the street: -1 left, 1 right."""
        lit = self.light.is_dark
        self.begin_object()
        self.add_billboard(x, z, trapezoid(0.06, 0.04, 0, 4.6), "#3a3d4a")
        self.add_billboard(x, z, [(0, 4.55), (-side * 1.0, 4.75), (-side * 1.0, 4.82), (0, 4.66)], "#3a3d4a")
        bulb = [(-side * 1.1, 4.66), (-side * 0.55, 4.66), (-side * 0.6, 4.76), (-side * 1.05, 4.78)]
        self.add_billboard(x, z, bulb, "#fff2c8" if lit else "#d0d4dc", glow=1.0 if lit else 0.0)
