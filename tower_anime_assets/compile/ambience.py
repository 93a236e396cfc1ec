"""Quiet beds of what a place sounds like: rain, wind, city, room tone. Made from seeded noise, no recordings."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import scipy  # its parts are loaded when first used: at start-up they would cost a second
from numpy.typing import NDArray

from tower_anime_assets.media.dynamics import linear_gain
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.production.planning.shots import Setting
from tower_anime_assets.quality.sound import loudness_lufs

Samples = NDArray[np.float32]

LOOP_S = 8
"""Length of a bed; it runs on seamlessly, and noise that repeats after eight seconds is not noticed at this level."""

_CROSSFADE_S = 1
_NATURE_WORDS = ("forest", "field", "beach", "mountain", "desert", "lake", "river", "garden", "park", "shore", "cliff")


@dataclass(frozen=True)
class AmbienceBed:
    """An endless stereo sound: `loop` (samples, 2) over and over."""

    loop: Samples

    @staticmethod
    @functools.lru_cache(maxsize=4)  # scenes are mixed in order: the last few are all that is asked for again
    def for_setting(setting: Setting, seed: int) -> AmbienceBed:
        """Return the bed of a place; the same place and seed give the same samples."""
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
    """Return what is heard at a place, each with its loudness in LUFS against voices at -20."""
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


def _filtered_noise(rng: np.random.Generator, filter_type: str, edges_hz: float | Sequence[float]) -> Samples:
    """Return filtered stereo noise that is a little longer than a loop."""
    count = (LOOP_S + _CROSSFADE_S) * SAMPLE_RATE_HZ
    sections = scipy.signal.butter(1, edges_hz, filter_type, fs=SAMPLE_RATE_HZ, output="sos")
    return np.asarray(scipy.signal.sosfilt(sections, rng.standard_normal((count, 2), np.float32), axis=0), np.float32)


def _seamless_loop(samples: Samples) -> Samples:
    """Return a loop whose end runs into its beginning: the surplus is faded into the start at even power."""
    crossfade_samples = _CROSSFADE_S * SAMPLE_RATE_HZ
    loop = samples[: LOOP_S * SAMPLE_RATE_HZ].copy()
    angle = np.linspace(0, np.pi / 2, crossfade_samples, dtype=np.float32)[:, None]
    loop[:crossfade_samples] = loop[:crossfade_samples] * np.sin(angle) + samples[LOOP_S * SAMPLE_RATE_HZ :] * np.cos(
        angle
    )
    return loop


def _swell(rng: np.random.Generator, depth: float) -> Samples:
    """Return a slow gain that ends as it began, (samples, 1), between 1 - depth and 1."""
    position = np.arange((LOOP_S + _CROSSFADE_S) * SAMPLE_RATE_HZ, dtype=np.float32) / np.float32(
        LOOP_S * SAMPLE_RATE_HZ
    )
    wave = sum(np.sin(2 * np.pi * (turns * position + rng.random())) / turns for turns in (1, 2, 3))
    return np.asarray(1 - depth / 2 + depth / 2 * wave / 1.84, np.float32)[:, None]


def _rain(rng: np.random.Generator) -> Samples:
    hiss = _filtered_noise(rng, "bandpass", (900.0, 9000.0))
    drops = (rng.random(hiss.shape) < 60 / SAMPLE_RATE_HZ).astype(np.float32)
    patter = np.asarray(
        scipy.signal.sosfilt(
            scipy.signal.butter(2, (1500.0, 5000.0), "bandpass", fs=SAMPLE_RATE_HZ, output="sos"), drops, axis=0
        ),
        np.float32,
    )
    return _seamless_loop(hiss * _swell(rng, 0.25) + np.float32(4.0) * patter)


def _rain_outside_a_window(rng: np.random.Generator) -> Samples:
    return _seamless_loop(_filtered_noise(rng, "bandpass", (250.0, 1400.0)) * _swell(rng, 0.25))


def _wind(rng: np.random.Generator) -> Samples:
    low = _filtered_noise(rng, "bandpass", (120.0, 420.0)) * _swell(rng, 0.8)
    whistle = _filtered_noise(rng, "bandpass", (600.0, 900.0)) * _swell(rng, 0.95)
    return _seamless_loop(low + np.float32(0.3) * whistle)


def _city(rng: np.random.Generator) -> Samples:
    rumble = _filtered_noise(rng, "bandpass", (60.0, 260.0)) * _swell(rng, 0.4)
    return _seamless_loop(
        rumble + np.float32(0.12) * _filtered_noise(rng, "bandpass", (500.0, 2000.0)) * _swell(rng, 0.6)
    )


def _room(rng: np.random.Generator) -> Samples:
    air = _filtered_noise(rng, "bandpass", (90.0, 700.0))
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
