"""Sound levels: gain in decibels, and a true-peak limiter. Measuring belongs to `quality.sound`."""

from __future__ import annotations

import numpy as np
import scipy  # submodules load on first use; loading them at start-up would take a second

from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.quality.sound import Samples, loudness_lufs, peak_envelope

STEM_LUFS = -20.0
"""The loudness at which the mix expects lines and cues."""

STEM_PEAK_DBTP = -3.0
"""The true peak that they keep below."""

LIMITER_REACH_SAMPLES = 960
"""Attack and release of the limiter: 20 ms at 48 kHz; shorter ones distort bass."""


def linear_gain(decibels: float) -> float:
    """Return a gain in dB as a factor."""
    return float(10 ** (decibels / 20))


def limiter_gain(envelope: Samples, ceiling: float) -> Samples | None:
    """Return the gain, (samples,), that limits a sound's true peak to `ceiling`; None if it needs no limiting.

    The lowest gain that any peak within reach needs is averaged over at most that reach, so that it changes slowly and
    is still low enough at the peak itself.

    Args:
        envelope: The sound's `peak_envelope` at this ceiling or a lower one.
        ceiling: Linear.
    """
    if float(envelope.max(initial=0.0)) <= ceiling:
        return None
    needed_gain = np.minimum(np.float32(1.0), np.float32(ceiling) / np.maximum(envelope, np.float32(1e-9)))
    held_gain = scipy.ndimage.minimum_filter1d(needed_gain, 2 * LIMITER_REACH_SAMPLES + 1, mode="nearest")
    smoothed_gain = scipy.ndimage.uniform_filter1d(
        scipy.ndimage.uniform_filter1d(held_gain, LIMITER_REACH_SAMPLES + 1, mode="nearest"), LIMITER_REACH_SAMPLES + 1
    )
    return np.asarray(np.minimum(smoothed_gain, 1.0), np.float32)


def limit_true_peak(samples: Samples, ceiling_dbtp: float) -> Samples:
    """Return the samples with their true peak limited to `ceiling_dbtp`; unchanged if it is lower already."""
    ceiling = linear_gain(ceiling_dbtp)
    gain = limiter_gain(peak_envelope(samples, ceiling), ceiling)
    if gain is None:
        return samples
    return samples * (gain if samples.ndim == 1 else gain[:, None])


def level_stem(samples: Samples, gain_db: float = 0.0) -> Samples:
    """Return a line or cue at the level that the mix expects; the samples given are scaled in place.

    Args:
        samples: (samples, channels) or (samples,), at the mezzanine's sample rate.
        gain_db: Added to `STEM_LUFS`, and to the peak if it is negative.
    """
    samples *= np.float32(linear_gain(STEM_LUFS + gain_db - loudness_lufs(samples, SAMPLE_RATE_HZ)))
    return limit_true_peak(samples, STEM_PEAK_DBTP + min(gain_db, 0.0))
