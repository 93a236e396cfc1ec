"""Quiet beds of what a place sounds like: rain, wind, city, room tone. Made from seeded noise, no recordings."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import scipy  # its parts are loaded when first used: at start-up they would cost a second
from numpy.typing import NDArray

from tower_anime_assets.media.dynamics import gain_of
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.production.planning.shots import Setting
from tower_anime_assets.quality.sound import loudness_lufs

Samples = NDArray[np.float32]

LOOP_S = 8
"""Length of a bed; it runs on seamlessly, and noise that repeats after eight seconds is not noticed at this level."""

_JOIN_S = 1
_NATURE = ("forest", "field", "beach", "mountain", "desert", "lake", "river", "garden", "park", "shore", "cliff")


@dataclass(frozen=True)
class Bed:
    """An endless stereo sound: `loop` (samples, 2) over and over."""

    loop: Samples

    @staticmethod
    @functools.lru_cache(maxsize=4)  # scenes are mixed in order: the last few are all that is asked for again
    def of(setting: Setting, seed: int) -> Bed:
        """Return the bed of a place; the same place and seed give the same samples."""
        rng = np.random.default_rng(seed)
        loop = np.zeros((LOOP_S * SAMPLE_RATE_HZ, 2), np.float32)
        for kind, lufs in sounds_of(setting):
            made = _MAKERS[kind](rng)
            loop += made * np.float32(gain_of(lufs - loudness_lufs(made, SAMPLE_RATE_HZ)))
        return Bed(loop)

    def read(self, start: int, count: int) -> Samples:
        """Return samples [start, start + count), (samples, 2)."""
        return cast(Samples, np.take(self.loop, np.arange(start, start + count), axis=0, mode="wrap"))


def sounds_of(setting: Setting) -> list[tuple[str, float]]:
    """Return what is heard at a place, each with its loudness in LUFS against voices at -20."""
    inside = setting.interior
    found: list[tuple[str, float]] = []
    if setting.weather in ("rain", "storm"):
        found.append(("rain_outside_a_window" if inside else "rain", -46.0 if inside else -37.0))
    if setting.weather in ("storm", "snow", "fog") or (not inside and _is_nature(setting.place)):
        found.append(("wind", -52.0 if inside else -42.0))
    if inside:
        found.append(("room", -50.0))
    elif not _is_nature(setting.place):
        found.append(("city", -46.0 if setting.time_of_day == "night" else -43.0))
    return found


def _is_nature(place: str) -> bool:
    return any(word in place.lower() for word in _NATURE)


def _noise(rng: np.random.Generator, kind: str, edges_hz: float | Sequence[float]) -> Samples:
    """Return filtered stereo noise that is a little longer than a loop."""
    count = (LOOP_S + _JOIN_S) * SAMPLE_RATE_HZ
    sections = scipy.signal.butter(1, edges_hz, kind, fs=SAMPLE_RATE_HZ, output="sos")
    return np.asarray(scipy.signal.sosfilt(sections, rng.standard_normal((count, 2), np.float32), axis=0), np.float32)


def _looped(samples: Samples) -> Samples:
    """Return a loop whose end runs into its beginning: the surplus is faded into the start at even power."""
    join = _JOIN_S * SAMPLE_RATE_HZ
    loop = samples[: LOOP_S * SAMPLE_RATE_HZ].copy()
    angle = np.linspace(0, np.pi / 2, join, dtype=np.float32)[:, None]
    loop[:join] = loop[:join] * np.sin(angle) + samples[LOOP_S * SAMPLE_RATE_HZ :] * np.cos(angle)
    return loop


def _swell(rng: np.random.Generator, depth: float) -> Samples:
    """Return a slow gain that ends as it began, (samples, 1), between 1 - depth and 1."""
    at = np.arange((LOOP_S + _JOIN_S) * SAMPLE_RATE_HZ, dtype=np.float32) / np.float32(LOOP_S * SAMPLE_RATE_HZ)
    wave = sum(np.sin(2 * np.pi * (turns * at + rng.random())) / turns for turns in (1, 2, 3))
    return np.asarray(1 - depth / 2 + depth / 2 * wave / 1.84, np.float32)[:, None]


def _rain(rng: np.random.Generator) -> Samples:
    hiss = _noise(rng, "bandpass", (900.0, 9000.0))
    drops = (rng.random(hiss.shape) < 60 / SAMPLE_RATE_HZ).astype(np.float32)
    patter = np.asarray(
        scipy.signal.sosfilt(
            scipy.signal.butter(2, (1500.0, 5000.0), "bandpass", fs=SAMPLE_RATE_HZ, output="sos"), drops, axis=0
        ),
        np.float32,
    )
    return _looped(hiss * _swell(rng, 0.25) + np.float32(4.0) * patter)


def _rain_outside_a_window(rng: np.random.Generator) -> Samples:
    return _looped(_noise(rng, "bandpass", (250.0, 1400.0)) * _swell(rng, 0.25))


def _wind(rng: np.random.Generator) -> Samples:
    low = _noise(rng, "bandpass", (120.0, 420.0)) * _swell(rng, 0.8)
    whistle = _noise(rng, "bandpass", (600.0, 900.0)) * _swell(rng, 0.95)
    return _looped(low + np.float32(0.3) * whistle)


def _city(rng: np.random.Generator) -> Samples:
    rumble = _noise(rng, "bandpass", (60.0, 260.0)) * _swell(rng, 0.4)
    return _looped(rumble + np.float32(0.12) * _noise(rng, "bandpass", (500.0, 2000.0)) * _swell(rng, 0.6))


def _room(rng: np.random.Generator) -> Samples:
    air = _noise(rng, "bandpass", (90.0, 700.0))
    at_s = np.arange(len(air), dtype=np.float32) / np.float32(SAMPLE_RATE_HZ)
    hum = np.sin(2 * np.pi * 100 * at_s) + np.float32(0.4) * np.sin(2 * np.pi * 200 * at_s)
    return _looped(air + np.float32(0.02) * hum[:, None].astype(np.float32))


_MAKERS = {
    "rain": _rain,
    "rain_outside_a_window": _rain_outside_a_window,
    "wind": _wind,
    "city": _city,
    "room": _room,
}
