"""Lights that change: screens and signs that pulse, passing cars."""

from __future__ import annotations

import cv2
import numpy as np

from tower_anime_assets.animatic.animator.drawing import Bloom, ClipScene, Colour, dimmed, wrapped
from tower_anime_assets.media.layers import Bgra


class PulsingLight:
    """A soft light from one side that swells and fades, as of a screen or a sign."""

    is_behind = False

    def __init__(self, scene: ClipScene, name: str, colour: Colour, rate_hz: float) -> None:
        rng = scene.rng(name)
        brief = scene.brief
        tall, wide = brief.height_px // 8, brief.width_px // 8
        x, y = np.meshgrid(np.linspace(-1, 1, wide), np.linspace(-1, 1, tall))
        source = (rng.choice([-1.0, 1.0]) * 0.9, rng.uniform(-0.2, 0.9))
        falloff = np.exp(-((x - source[0]) ** 2 / 0.9 + (y - source[1]) ** 2 / 1.4))
        light = falloff[..., None] * np.array((*colour, 0)) * min(scene.gain, 1.6)
        full = np.asarray(cv2.resize(light.astype(np.float32), (brief.width_px, brief.height_px)))
        self.pixels = np.clip(full + 0.5, 0, 255).astype(np.uint8)
        seconds = np.arange(brief.frames) / brief.fps
        swell = 0.5 - 0.5 * np.cos(2 * np.pi * rate_hz * seconds)
        ripple = 0.12 * np.sin(2 * np.pi * rate_hz * 2.6 * seconds + rng.uniform(0, 6.28))
        self.share = np.clip(swell + ripple * np.minimum(seconds, 1.0), 0.0, 1.0)

    def draw(self, frame: Bgra, frame_index: int) -> None:
        cv2.scaleAdd(self.pixels, float(self.share[frame_index]), frame, dst=frame)


class Traffic:
    """Head and tail lights that pass along the lower edge, out of focus."""

    is_behind = True

    def __init__(self, scene: ClipScene) -> None:
        rng = scene.rng("traffic")
        brief = scene.brief
        self.scene = scene
        self.bloom = Bloom(brief.height_px, brief.width_px)
        count = 7
        self.start = rng.uniform(0.0, 1.0, count)
        self.heading = np.where(np.arange(count) % 2 == 0, 1.0, -1.0)
        self.speed = rng.uniform(0.006, 0.012, count) * scene.speed_scale
        self.row = np.where(self.heading > 0, 0.93, 0.87) + rng.uniform(-0.012, 0.012, count)

    def draw(self, frame: Bgra, frame_index: int) -> None:
        sheet = self.bloom.small
        tall, wide = sheet.pixels.shape[:2]
        place, _ = wrapped(self.start + self.heading * self.speed * frame_index, 1.0)
        x, y = (place * 1.4 - 0.2) * wide, self.row * tall
        onset = self.scene.onset(frame_index) * self.scene.gain
        for heading, colour in ((1.0, (60, 60, 235)), (-1.0, (190, 230, 255))):
            mask = self.heading == heading
            lamps = np.stack((x, y), axis=1)[mask]
            trail = lamps - np.array((heading * wide * 0.05, 0.0))
            sheet.draw_lines(trail, lamps, dimmed(colour, 0.3 * onset), 3)
            sheet.draw_dots(lamps, dimmed(colour, onset), 6)
        self.bloom.add_to(frame, 2.4)
