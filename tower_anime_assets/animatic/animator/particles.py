"""Small things in the air: dust, embers, sparks, petals."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tower_anime_assets.animatic.animator.drawing import (
    SUBPIXEL_BITS,
    Bloom,
    ClipScene,
    Colour,
    Floats,
    Overlay,
    Swarm,
    dimmed,
)
from tower_anime_assets.media.layers import Bgra


@dataclass(frozen=True)
class MoteKind:
    """A kind of mote.

    Attributes:
        count: How many there are.
        colour: At full brightness.
        rise_px: How fast they rise, px per frame at 512 lines and 24 frames per second.
        sway_px: How far they swing, px at 512 lines.
        halo: Light around them, as a share of their own.
    """

    count: int
    colour: Colour
    rise_px: float
    sway_px: float
    halo: float


DUST = MoteKind(46, (78, 90, 94), rise_px=0.22, sway_px=1.6, halo=0.3)
EMBERS = MoteKind(54, (40, 120, 255), rise_px=1.5, sway_px=3.0, halo=0.9)


class Motes:
    """Slow points of light: dust in a beam, or embers that rise and glow."""

    is_behind = False

    def __init__(self, scene: ClipScene, overlay: Overlay, name: str, kind: MoteKind) -> None:
        rng = scene.rng(name)
        self.scene, self.overlay, self.kind = scene, overlay, kind
        self.rise, self.sway = -kind.rise_px * scene.unit, kind.sway_px * scene.unit
        self.wind = rng.uniform(-0.35, 0.35) * scene.unit
        self.bloom = Bloom(scene.brief.height_px, scene.brief.width_px)
        count = max(int(kind.count * scene.gain), 6)
        self.sizes = ((1, count // 2), (2, count // 3), (3, count // 6 + 1))
        self.swarms = [Swarm(scene, rng, number, 12 * scene.unit) for _, number in self.sizes]

    def draw(self, frame: Bgra, frame_index: int) -> None:
        onset, seconds = self.scene.onset(frame_index), frame_index / self.scene.brief.fps
        for swarm, (size, _) in zip(self.swarms, self.sizes, strict=True):
            places = swarm.positions(frame_index, (self.wind, self.rise), 0.6 + 0.3 * size, self.sway * size, 4.0)
            bright = 0.5 + 0.5 * np.sin(swarm.phase + 2 * np.pi * seconds / 2.7)
            for low, high, share in ((0.0, 0.4, 0.35), (0.4, 0.75, 0.65), (0.75, 1.1, 1.0)):
                shining = places[(bright >= low) & (bright < high)]
                colour = dimmed(self.kind.colour, share * onset)
                self.overlay.draw_dots(shining, colour, max(1, round(size * self.scene.unit)))
                self.bloom.small.draw_dots(shining / Bloom.DOWNSCALE, dimmed(colour, self.kind.halo), size)
        self.overlay.add_to(frame)
        self.bloom.add_to(frame, 1.4)


class Sparks:
    """Bursts of glowing drops that fly, fall and die."""

    is_behind = True

    _LIFE_S = 0.7
    _PER_BURST = 26

    def __init__(self, scene: ClipScene, overlay: Overlay) -> None:
        rng = scene.rng("sparks")
        self.scene, self.overlay = scene, overlay
        brief = scene.brief
        self.bloom = Bloom(brief.height_px, brief.width_px)
        gap = brief.fps * 0.85 / max(scene.gain, 0.3)
        starts = np.arange(-0.3 * gap, brief.frames, gap) + rng.uniform(-0.2, 0.2) * gap
        sources = rng.uniform((0.12, 0.25), (0.88, 0.6), (2, 2)) * (brief.width_px, brief.height_px)
        self.bursts = [
            (start, sources[rng.integers(2)], self._velocities(rng) * scene.unit * scene.speed_scale)
            for start in starts
        ]

    def _velocities(self, rng: np.random.Generator) -> Floats:
        angle = rng.uniform(0.0, 2 * np.pi, self._PER_BURST)
        speed = rng.uniform(1.5, 8.5, self._PER_BURST)
        return np.stack((speed * np.cos(angle), speed * np.sin(angle) - 2.0), axis=1)

    def draw(self, frame: Bgra, frame_index: int) -> None:
        fps, onset = self.scene.brief.fps, self.scene.onset(frame_index)
        fall = 0.42 * self.scene.unit * self.scene.speed_scale**2
        for start, source, velocity in self.bursts:
            age = frame_index - start
            remaining = 1.0 - age / (fps * self._LIFE_S)
            if age < 0 or remaining <= 0:
                continue
            heads = source + velocity * age + np.array((0.0, 0.5 * fall * age * age))
            tails = heads - (velocity + np.array((0.0, fall * age))) * 0.9
            halo, core = (
                dimmed((30, 100, 230), remaining * onset),
                dimmed((150, 225, 255), min(1.0, 1.6 * remaining) * onset),
            )
            self.bloom.small.draw_lines(tails / Bloom.DOWNSCALE, heads / Bloom.DOWNSCALE, halo, 2)
            self.overlay.draw_lines(tails, heads, core, max(1, round(1.6 * self.scene.unit)))
        self.overlay.add_to(frame)
        self.bloom.add_to(frame, 1.3)


class Petals:
    """Petals on the wind, turning as they fall."""

    is_behind = False

    _COLOURS: tuple[Colour, ...] = ((214, 190, 250), (190, 160, 240), (230, 215, 253))

    def __init__(self, scene: ClipScene) -> None:
        rng = scene.rng("petals")
        self.scene = scene
        count = max(int(12 * scene.gain), 3)
        self.swarms = [Swarm(scene, rng, count, 16 * scene.unit) for _ in self._COLOURS]
        self.wind = rng.choice([-1.0, 1.0]) * rng.uniform(0.8, 1.5) * scene.unit
        self.size = [rng.uniform(3.0, 6.5, count) * scene.unit for _ in self._COLOURS]

    def draw(self, frame: Bgra, frame_index: int) -> None:
        seconds = frame_index / self.scene.brief.fps
        for swarm, colour, size in zip(self.swarms, self._COLOURS, self.size, strict=True):
            places = swarm.positions(frame_index, (self.wind, 1.3 * self.scene.unit), 1.1, 12 * self.scene.unit, 2.3)
            turn = swarm.phase + seconds * 2.2 * swarm.speeds
            narrow = 0.35 + 0.6 * np.abs(np.sin(seconds * 1.7 + swarm.phase))
            around = np.linspace(0.0, 2 * np.pi, 10, endpoint=False)
            x, y = size[:, None] * np.cos(around), (size * narrow)[:, None] * np.sin(around) * 0.6
            cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
            corners = places[:, None, :] + np.stack((x * cos - y * sin, x * sin + y * cos), axis=2)
            points = (corners * (1 << SUBPIXEL_BITS)).astype(np.int32)
            cv2.fillPoly(frame, list(points), (*colour, 255), cv2.LINE_AA, SUBPIXEL_BITS)
