"""Quiet ambience beds for places (rain, wind, city, room tone), synthesized from seeded noise."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import cast

import numpy as np
import scipy  # its submodules are loaded on first use, since importing them takes a second

from tower_anime_assets.media.dynamics import linear_gain
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.production.planning.shots import Setting
from tower_anime_assets.quality.sound import Samples, loudness_lufs

LOOP_S = 8
"""Length of a loop; at this level nobody notices that noise repeats after eight seconds."""

_CROSSFADE_S = 1
_NATURE_WORDS = ("forest", "field", "beach", "mountain", "desert", "lake", "river", "garden", "park", "shore", "cliff")


@dataclass(frozen=True)
class AmbienceBed:
    """A stereo sound that repeats `loop`, (samples, 2), forever."""

    loop: Samples

    @staticmethod
    @functools.lru_cache(maxsize=4)  # scenes are mixed in order, so only the last few are needed again
    def for_setting(setting: Setting, seed: int) -> AmbienceBed:
        """Return the bed of a place; the same setting and seed give the same samples."""
        rng = np.random.default_rng(seed)
        loop = np.zeros((LOOP_S * SAMPLE_RATE_HZ, 2), np.float32)
        for name, lufs in ambience_layers(setting):
            layer = _SYNTHESIZERS[name](rng)
            loop += layer * np.float32(linear_gain(lufs - loudness_lufs(layer, SAMPLE_RATE_HZ)))
        return AmbienceBed(loop)

    def read(self, start: int, count: int) -> Samples:
        """Return samples [start, start + count), (samples, 2)."""
        return cast(Samples, np.take(self.loop, np.arange(start, start + count), axis=0, mode="wrap"))


def ambience_layers(setting: Setting) -> list[tuple[str, float]]:
    """Return the sounds of a place, each with its loudness in LUFS (voices have -20)."""
    is_interior = setting.interior
    layers: list[tuple[str, float]] = []
    if setting.weather in ("rain", "storm"):
        layers.append(("rain_outside_a_window" if is_interior else "rain", -46.0 if is_interior else -37.0))
    if setting.weather in ("storm", "snow", "fog") or (not is_interior and _is_nature(setting.place)):
        layers.append(("wind", -52.0 if is_interior else -42.0))
    if is_interior:
        layers.append(("room", -50.0))
    elif not _is_nature(setting.place):
        layers.append(("city", -46.0 if setting.time_of_day == "night" else -43.0))
    return layers


def _is_nature(place: str) -> bool:
    return any(word in place.lower() for word in _NATURE_WORDS)


def _filtered_noise(rng: np.random.Generator, edges_hz: tuple[float, float]) -> Samples:
    """Return filtered stereo noise of the length of a loop and its crossfade."""
    count = (LOOP_S + _CROSSFADE_S) * SAMPLE_RATE_HZ
    sections = scipy.signal.butter(1, edges_hz, "bandpass", fs=SAMPLE_RATE_HZ, output="sos")
    return np.asarray(scipy.signal.sosfilt(sections, rng.standard_normal((count, 2), np.float32), axis=0), np.float32)


def _seamless_loop(samples: Samples) -> Samples:
    """Return a seamless loop: what is longer than a loop is crossfaded into its start at equal power."""
    crossfade_samples = _CROSSFADE_S * SAMPLE_RATE_HZ
    loop = samples[: LOOP_S * SAMPLE_RATE_HZ].copy()
    angle = np.linspace(0, np.pi / 2, crossfade_samples, dtype=np.float32)[:, None]
    surplus = samples[LOOP_S * SAMPLE_RATE_HZ :]
    loop[:crossfade_samples] = loop[:crossfade_samples] * np.sin(angle) + surplus * np.cos(angle)
    return loop


def _swell(rng: np.random.Generator, depth: float) -> Samples:
    """Return a slowly changing gain with the period of a loop, (samples, 1), between 1 - depth and 1."""
    count = (LOOP_S + _CROSSFADE_S) * SAMPLE_RATE_HZ
    position = np.arange(count, dtype=np.float32) / np.float32(LOOP_S * SAMPLE_RATE_HZ)
    wave = sum(np.sin(2 * np.pi * (turns * position + rng.random())) / turns for turns in (1, 2, 3))
    return np.asarray(1 - depth / 2 + depth / 2 * wave / 1.84, np.float32)[:, None]


def _rain(rng: np.random.Generator) -> Samples:
    hiss = _filtered_noise(rng, (900.0, 9000.0))
    drops = (rng.random(hiss.shape) < 60 / SAMPLE_RATE_HZ).astype(np.float32)
    sections = scipy.signal.butter(2, (1500.0, 5000.0), "bandpass", fs=SAMPLE_RATE_HZ, output="sos")
    patter = np.asarray(scipy.signal.sosfilt(sections, drops, axis=0), np.float32)
    return _seamless_loop(hiss * _swell(rng, 0.25) + np.float32(4.0) * patter)


def _rain_outside_a_window(rng: np.random.Generator) -> Samples:
    return _seamless_loop(_filtered_noise(rng, (250.0, 1400.0)) * _swell(rng, 0.25))


def _wind(rng: np.random.Generator) -> Samples:
    low = _filtered_noise(rng, (120.0, 420.0)) * _swell(rng, 0.8)
    whistle = _filtered_noise(rng, (600.0, 900.0)) * _swell(rng, 0.95)
    return _seamless_loop(low + np.float32(0.3) * whistle)


def _city(rng: np.random.Generator) -> Samples:
    rumble = _filtered_noise(rng, (60.0, 260.0)) * _swell(rng, 0.4)
    return _seamless_loop(rumble + np.float32(0.12) * _filtered_noise(rng, (500.0, 2000.0)) * _swell(rng, 0.6))


def _room(rng: np.random.Generator) -> Samples:
    air = _filtered_noise(rng, (90.0, 700.0))
    time_s = np.arange(len(air), dtype=np.float32) / np.float32(SAMPLE_RATE_HZ)
    hum = np.sin(2 * np.pi * 100 * time_s) + np.float32(0.4) * np.sin(2 * np.pi * 200 * time_s)
    return _seamless_loop(air + np.float32(0.02) * hum[:, None].astype(np.float32))


_SYNTHESIZERS = {
    "rain": _rain,
    "rain_outside_a_window": _rain_outside_a_window,
    "wind": _wind,
    "city": _city,
    "room": _room,
}
