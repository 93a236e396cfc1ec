"""Rain, snow, fog and distant lightning."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.animatic.animator.drawing import GOLDEN_RATIO, ClipScene, Overlay, Swarm, dimmed, wrapped
from tower_anime_assets.media.layers import Bgra
from tower_anime_assets.production.planning.shots import Framing


class Rain:
    """Streaks in three depths, leaning with the wind, and splashes where the ground is."""

    is_behind = False

    _DEPTHS = ((90, 15.0, 17.0, 1, 0.55), (70, 22.0, 30.0, 1, 0.8), (26, 31.0, 52.0, 2, 1.0))
    """Drops, speed (px per frame), length (px), thickness (px), brightness; for 512 lines, far to near."""

    def __init__(self, scene: ClipScene, overlay: Overlay) -> None:
        rng = scene.rng("rain")
        self.scene, self.overlay = scene, overlay
        storm = scene.brief.setting.weather == "storm"
        self.lean = rng.choice([-1.0, 1.0]) * (0.42 if storm else 0.16)
        amount = scene.gain * (1.35 if storm else 1.0) * scene.brief.width_px / (768 * scene.unit)
        self.colour = (112, 104, 96) if scene.is_dark else (92, 88, 84)
        self.swarms = [Swarm(scene, rng, max(int(depth[0] * amount), 1), 60 * scene.unit) for depth in self._DEPTHS]
        self.splashes = rng.uniform(0.0, 1.0, (40, 3))

    def draw(self, frame: Bgra, frame_index: int) -> None:
        unit, onset = self.scene.unit, self.scene.onset(frame_index)
        for swarm, (_, speed, length, thickness, share) in zip(self.swarms, self._DEPTHS, strict=True):
            heads = swarm.positions(frame_index, (self.lean * speed * unit, speed * unit), share)
            tails = heads - np.array((self.lean, 1.0)) * length * unit
            self.overlay.draw_lines(tails, heads, dimmed(self.colour, share * onset), max(1, round(thickness * unit)))
        if self.scene.brief.framing is Framing.WIDE:  # in other framings the lower edge shows no ground
            self._draw_splashes(frame_index, onset)
        self.overlay.add_to(frame)

    def _draw_splashes(self, frame_index: int, onset: float) -> None:
        """Draw drops that burst on the ground: each for four frames, then another elsewhere."""
        unit, brief = self.scene.unit, self.scene.brief
        age, lap = wrapped(frame_index + self.splashes[:, 2] * 12, 12.0)
        alive = age < 4
        x, _ = wrapped(self.splashes[:, 0] + lap * GOLDEN_RATIO, 1.0)
        y, _ = wrapped(self.splashes[:, 1] + lap * GOLDEN_RATIO * GOLDEN_RATIO, 1.0)
        places = np.stack((x * brief.width_px, (0.82 + 0.18 * y) * brief.height_px), axis=1)[alive]
        spread = (1.5 + 1.5 * age[alive])[:, None] * unit
        for side in (-1.0, 1.0):
            out = places + spread * np.array((side, -0.7))
            self.overlay.draw_lines(places + spread * np.array((side * 0.5, -0.1)), out, dimmed(self.colour, onset), 1)


class Snow:
    """Flakes in three sizes that sway as they fall."""

    is_behind = False

    _DEPTHS = ((110, 0.9, 1, 0.6), (60, 1.5, 3, 0.8), (18, 2.4, 5, 1.0))

    def __init__(self, scene: ClipScene, overlay: Overlay) -> None:
        rng = scene.rng("snow")
        self.scene, self.overlay = scene, overlay
        self.wind = rng.uniform(-0.5, 0.5)
        amount = scene.gain * scene.brief.width_px / (768 * scene.unit)
        self.swarms = [Swarm(scene, rng, max(int(depth[0] * amount), 1), 14 * scene.unit) for depth in self._DEPTHS]

    def draw(self, frame: Bgra, frame_index: int) -> None:
        unit, onset = self.scene.unit, self.scene.onset(frame_index)
        for swarm, (_, speed, size, share) in zip(self.swarms, self._DEPTHS, strict=True):
            places = swarm.positions(
                frame_index, (self.wind * speed * unit, speed * unit), share, sway_px=7 * share * unit, sway_s=2.6
            )
            self.overlay.draw_dots(places, dimmed((215, 210, 205), share * onset), max(1, round(size * unit)))
        self.overlay.add_to(frame)


class Fog:
    """Banks of haze that drift across, thicker towards the ground."""

    is_behind = True

    _DOWNSCALE = 8

    def __init__(self, scene: ClipScene) -> None:
        rng = scene.rng("fog")
        brief = scene.brief
        self.scene = scene
        self.size = (brief.width_px // self._DOWNSCALE, brief.height_px // self._DOWNSCALE)
        banks = _cloud_texture(rng, self.size[1], 2 * self.size[0])
        self.banks = np.hstack((banks, banks[:, : self.size[0] + 2]))
        self.ramp = np.linspace(0.45, 1.0, self.size[1])[:, None].astype(np.float32)
        self.speed = rng.choice([-1.0, 1.0]) * 0.9 * scene.unit * scene.speed_scale / self._DOWNSCALE
        self.colour = np.array((92, 84, 78, 0) if brief.setting.time_of_day == "night" else (208, 204, 200, 0), float)
        shape = (brief.height_px, brief.width_px)
        self._alpha, self._inverse = np.zeros(shape, np.uint8), np.zeros((*shape, 4), np.uint8)
        self._haze = np.zeros_like(self._inverse)

    def draw(self, frame: Bgra, frame_index: int) -> None:
        wide, tall = self.size
        offset = (frame_index * self.speed) % (2 * wide)
        part = cv2.getRectSubPix(self.banks, (wide, tall), (offset + (wide - 1) / 2, (tall - 1) / 2))
        thick = part * self.ramp * (70.0 * self.scene.gain * self.scene.onset(frame_index, 0.15))
        cv2.resize(np.clip(thick, 0, 160).astype(np.uint8), frame.shape[1::-1], dst=self._alpha)
        cv2.merge((self._alpha, self._alpha, self._alpha, self._alpha), dst=self._haze)
        cv2.bitwise_not(self._haze, dst=self._inverse)
        cv2.multiply(frame, self._inverse, dst=frame, scale=1 / 255)
        cv2.multiply(self._haze, self.colour, dst=self._haze, scale=1 / 255)
        cv2.add(frame, self._haze, dst=frame)


def _cloud_texture(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """Return a cloud texture, (height, width) 0..1, that tiles sideways: noise with less of higher frequencies."""
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    rate = np.hypot(rows * height, columns * height)
    rate[0, 0] = 1.0
    waves = np.exp(2j * np.pi * rng.uniform(size=rate.shape)) * rate**-1.7
    waves[0, 0] = 0.0
    field = np.fft.irfft2(waves, s=(height, width))
    return np.asarray((field - field.min()) / np.ptp(field), np.float32)


class Lightning:
    """Distant lightning: the picture brightens a little and fades again, seconds apart."""

    is_behind = True

    _LEVELS = (0.55, 1.0, 0.75, 0.5, 0.3, 0.15)
    _GAP_S = (2.6, 4.5)
    _TINT = np.array((1.0, 0.95, 0.88, 0.0))

    def __init__(self, scene: ClipScene) -> None:
        rng = scene.rng("lightning")
        brief = scene.brief
        self.level = np.zeros(brief.frames)
        at_s = rng.uniform(0.9, 2.0)
        while (start_frame := round(at_s * brief.fps)) < brief.frames:
            end = min(start_frame + len(self._LEVELS), brief.frames)
            self.level[start_frame:end] = np.array(self._LEVELS[: end - start_frame]) * 40.0 * min(scene.gain, 1.2)
            at_s += rng.uniform(*self._GAP_S)

    def draw(self, frame: Bgra, frame_index: int) -> None:
        if self.level[frame_index] >= 1.0:
            cv2.add(frame, self.level[frame_index] * self._TINT, dst=frame)
