"""What both sound services' answers go through: decoded, checked, resampled once, levelled. Never a stand-in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy  # its parts are loaded when first used: at start-up they would cost a second
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError, ServiceRejectedError
from tower_anime_assets.media.dynamics import limit_true_peak, linear_gain
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.media.sound_files import read_external_sound
from tower_anime_assets.quality.sound import CLIP_LEVEL, loudness_lufs

Samples = NDArray[np.float32]

STEM_LUFS = -20.0
"""The level at which the mix expects lines and cues."""

PEAK_DBTP = -3.0
MAX_GAIN_DB = 12.0
"""What is softer than this allows is left soft: noise is not to be made into sound that passes a gate."""


@dataclass(frozen=True)
class DecodedSound:
    """A service's sound at the house rate.

    Attributes:
        samples: (samples, channels) float32, full scale 1.0; may stand above it.
        clipped: Samples that came flat at full scale, which no change of level mends.
        kind: What it was: FFmpeg's name for its container.
        rate_hz: The rate at which it came.
    """

    samples: Samples
    clipped_samples: int
    container: str
    source_rate_hz: int


def decode_answer(service: str, path: Path, channels: int, max_length_s: float) -> DecodedSound:
    """Return what a service answered as a sound at the house rate with so many channels.

    Raises:
        ServiceRejectedError: It cannot be read as a sound, or plays longer than `limit_s`.
    """
    try:
        decoded = read_external_sound(path, max_length_s)
    except MediaError as error:
        reason = str(error).replace(str(path), "it")
        raise ServiceRejectedError(
            f"{service} answered what is no usable sound: {reason}. Try the same request by hand, and see its log"
        ) from error
    clipped_mask = _clipped_mask(decoded.samples)
    samples = _resample(_with_channels(decoded.samples, channels), decoded.sample_rate_hz)
    if clipped_mask.any():  # what came flat stays flat: mixing and resampling must not hide it from the gate
        source_index = np.minimum(
            np.arange(len(samples)) * decoded.sample_rate_hz // SAMPLE_RATE_HZ, len(clipped_mask) - 1
        )
        samples = np.where(clipped_mask[source_index][:, None], np.copysign(np.float32(1), samples), samples)
    return DecodedSound(samples, int(clipped_mask.sum()), decoded.container_format, decoded.sample_rate_hz)


def _clipped_mask(samples: Samples) -> NDArray[np.bool_]:
    """Return where any channel stands at full scale for three samples or more, (samples,)."""
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
    """Return the samples at the house level, true peak held, and the gain used, dB.

    What came clipped is left at full scale, so that the gate sees what softening would only hide.

    Args:
        sound: With at least one sample.
        softer_db: Added to the level and to the peak, dB, at most 0.
    """
    if sound.clipped_samples:
        return sound.samples, 0.0
    gain_db = min(STEM_LUFS - loudness_lufs(sound.samples, SAMPLE_RATE_HZ), MAX_GAIN_DB) + offset_db
    return limit_true_peak(sound.samples * np.float32(linear_gain(gain_db)), PEAK_DBTP + offset_db), gain_db
