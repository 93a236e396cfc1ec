"""Speed lines, as comics draw them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tower_anime_assets.animatic.animator.drawing import ClipScene, Floats, Overlay, dimmed
from tower_anime_assets.media.layers import Bgra
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.shots import Move


class SpeedLines:
    """Streaks past a camera that moves sideways, else rays towards the middle; redrawn twelve times a second."""

    is_behind = False

    def __init__(self, scene: ClipScene, overlay: Overlay) -> None:
        self.scene, self.overlay = scene, overlay
        self.seed = seed_from(scene.seed, "speed-lines")
        moves_across = (Move.PAN_LEFT, Move.PAN_RIGHT, Move.TRACK_LEFT, Move.TRACK_RIGHT)
        self.corners: Callable[[np.random.Generator], Floats] = (
            self._streaks if scene.brief.move in moves_across else self._rays
        )

    def draw(self, frame: Bgra, frame_index: int) -> None:
        rng = np.random.default_rng((self.seed, frame_index // max(1, round(self.scene.brief.fps / 12))))
        shade = 105 * min(self.scene.gain, 1.5) * self.scene.onset(frame_index, 0.12)
        self.overlay.fill_areas(self.corners(rng), dimmed((1, 1, 1), shade))
        (self.overlay.subtract_from if self.scene.is_bright else self.overlay.add_to)(frame)

    def _rays(self, rng: np.random.Generator) -> Floats:
        brief = self.scene.brief
        count = 46
        angle = (np.arange(count) + rng.uniform(-0.4, 0.4, count)) * 2 * np.pi / count
        width = rng.uniform(0.002, 0.013, count)
        inner = rng.uniform(0.72, 0.98, count)
        half = np.array((brief.width_px, brief.height_px)) / 2

        def around(turned: Floats, radius: Floats) -> Floats:
            return np.asarray(half + half * np.stack((np.cos(turned), np.sin(turned)), axis=1) * radius[:, None])

        outer = np.full(count, 1.6)
        return np.stack((around(angle, inner), around(angle - width, outer), around(angle + width, outer)), axis=1)

    def _streaks(self, rng: np.random.Generator) -> Floats:
        brief, count = self.scene.brief, 30
        edge = np.where(rng.uniform(size=count) < 0.5, rng.uniform(0.0, 0.3, count), rng.uniform(0.7, 1.0, count))
        y, x = edge * brief.height_px, rng.uniform(-0.3, 1.0, count) * brief.width_px
        length = rng.uniform(0.15, 0.5, count) * brief.width_px
        thick = rng.uniform(0.8, 2.6, count) * self.scene.unit
        return np.stack(
            [
                np.stack(corner, axis=1)
                for corner in (
                    (x, y),
                    (x + length / 2, y - thick / 2),
                    (x + length, y),
                    (x + length / 2, y + thick / 2),
                )
            ],
            axis=1,
        )
