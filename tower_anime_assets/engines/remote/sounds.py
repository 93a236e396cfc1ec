"""Decoding of what sound services return: checked, resampled once, brought to one level."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy  # submodules load on first use; loading them at start-up would take a second
from numpy.typing import NDArray

from tower_anime_assets.clients.sounds import SoundResponse
from tower_anime_assets.errors import ServiceRejectedError, UndecodableError
from tower_anime_assets.media.dynamics import STEM_LUFS, STEM_PEAK_DBTP, limit_true_peak, linear_gain
from tower_anime_assets.media.external import read_external_sound
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.quality.sound import CLIP_LEVEL, loudness_lufs

Samples = NDArray[np.float32]

MAX_GAIN_DB = 12.0
"""The largest amplification: noise must not become sound that passes a gate."""


@dataclass(frozen=True)
class DecodedSound:
    """A service's sound at the mezzanine's sample rate.

    Attributes:
        samples: (samples, channels) float32, full scale 1.0; may exceed it.
        clipped_samples: How many samples arrived clipped.
        container: FFmpeg's name for the container it arrived in.
        source_rate_hz: The sample rate it arrived at.
    """

    samples: Samples
    clipped_samples: int
    container: str
    source_rate_hz: int


def decode_answer(service: str, path: Path, channels: int, max_length_s: float) -> DecodedSound:
    """Return a service's answer as a sound at the mezzanine's sample rate.

    Raises:
        ServiceRejectedError: It could not be decoded, or is longer than `max_length_s`.
    """
    try:
        return decode_sound(path, channels, max_length_s)
    except UndecodableError as error:  # not what this machine failed at
        reason = str(error).replace(str(path), "it")
        raise ServiceRejectedError(
            f"{service} returned audio that could not be used: {reason}. Try the same request by hand, and see its log"
        ) from error


def decode_sound(path: Path, channels: int, max_length_s: float) -> DecodedSound:
    """Return a sound that another program made, at the mezzanine's sample rate.

    Args:
        path: A file of ours, of unknown content; see `read_external_sound`.
        channels: 1 or 2.
        max_length_s: A longer one is refused.

    Raises:
        MediaError: It could not be decoded, or is longer than `max_length_s`.
    """
    decoded = read_external_sound(path, max_length_s)
    clipped_mask = _clipped_mask(decoded.samples)
    samples = _resample(_with_channels(decoded.samples, channels), decoded.sample_rate_hz)
    if clipped_mask.any():  # mixing and resampling must not hide clipping from the gate
        source_index = np.minimum(
            np.arange(len(samples)) * decoded.sample_rate_hz // SAMPLE_RATE_HZ, len(clipped_mask) - 1
        )
        samples = np.where(clipped_mask[source_index][:, None], np.copysign(np.float32(1), samples), samples)
    return DecodedSound(samples, int(clipped_mask.sum()), decoded.container_format, decoded.sample_rate_hz)


def _clipped_mask(samples: Samples) -> NDArray[np.bool_]:
    """Return where any channel stays at full scale for three samples or more, (samples,) bool."""
    at_full_scale = np.abs(samples) >= CLIP_LEVEL
    return np.asarray(scipy.ndimage.binary_opening(at_full_scale, np.ones((3, 1), bool)).any(axis=1), np.bool_)


def _with_channels(samples: Samples, channels: int) -> Samples:
    if samples.shape[1] > channels:
        return np.asarray(samples.mean(axis=1, keepdims=True, dtype=np.float32))
    return np.repeat(samples, channels // samples.shape[1], axis=1)


def _resample(samples: Samples, rate_hz: int) -> Samples:
    if rate_hz == SAMPLE_RATE_HZ:
        return samples
    divisor = math.gcd(rate_hz, SAMPLE_RATE_HZ)
    resampled = scipy.signal.resample_poly(samples, SAMPLE_RATE_HZ // divisor, rate_hz // divisor, axis=0)
    return np.asarray(resampled, np.float32)


def normalize_loudness(sound: DecodedSound, offset_db: float = 0.0) -> tuple[Samples, float]:
    """Return the samples at `STEM_LUFS` with their true peak limited, and the gain used in dB.

    Clipped sound is returned as it is, so that the gate sees it.

    Args:
        sound: At least one sample.
        offset_db: Added to loudness and peak; at most 0.
    """
    if sound.clipped_samples:
        return sound.samples, 0.0
    gain_db = min(STEM_LUFS - loudness_lufs(sound.samples, SAMPLE_RATE_HZ), MAX_GAIN_DB) + offset_db
    return limit_true_peak(sound.samples * np.float32(linear_gain(gain_db)), STEM_PEAK_DBTP + offset_db), gain_db


def clipping_offset_db(complaints: Iterable[Verdict], number: int) -> float:
    """Return how much softer attempt `number` is made after a complaint about clipping, in dB; else 0."""
    return -3.0 * (number - 1) if any(verdict.measure == "clipped_samples" for verdict in complaints) else 0.0


def describe_answer(answer: SoundResponse, sound: DecodedSound, gain_db: float) -> dict[str, Any]:
    """Return what a take's `details` say about the service's answer."""
    return {
        "answer": {"shape": answer.transport, "kind": sound.container, "sample_rate_hz": sound.source_rate_hz},
        "gain_db": round(gain_db, 2),
        "clipped_on_arrival": sound.clipped_samples,
    }
