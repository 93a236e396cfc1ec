"""Levels of sound: gain in decibels and a true-peak limiter. Measuring belongs to `quality.sound`."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from tower_anime_assets.quality.sound import as_columns, loud_runs, oversampled_peaks

Samples = NDArray[np.float32]

LIMITER_REACH = 960
"""Samples before and after a peak over which the limiter eases in and out: 20 ms at 48 kHz, below which bass growls."""


def gain_of(decibels: float) -> float:
    """Return the factor that a gain in dB multiplies by."""
    return float(10 ** (decibels / 20))


def limiter_gain(samples: Samples, ceiling: float) -> Samples | None:
    """Return the gain, (samples,), that keeps every channel's true peak at `ceiling`; None where none is needed.

    The gain is the smallest that any peak within reach asks for, averaged over no more than that reach, so that it
    changes slowly and still stands low enough at the peak itself.
    """
    columns = as_columns(samples)
    needed = np.ones(len(columns), np.float32)
    margin = 32
    for start, end in loud_runs(columns, ceiling):
        before = min(margin, start)
        peaks = oversampled_peaks(columns[start - before : end + margin])[before : before + end - start]
        # what stands between this sample and the next is tamed at both
        peaks = np.maximum(peaks, np.concatenate([peaks[:1], peaks[:-1]]))
        needed[start:end] = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    if not (needed < 1.0).any():
        return None
    held = minimum_filter1d(needed, 2 * LIMITER_REACH + 1, mode="nearest")
    eased = uniform_filter1d(uniform_filter1d(held, LIMITER_REACH + 1, mode="nearest"), LIMITER_REACH + 1)
    return cast(Samples, np.minimum(eased, 1.0).astype(np.float32))


def limited(samples: Samples, ceiling_dbtp: float) -> Samples:
    """Return the samples with their true peak held at `ceiling_dbtp`; untouched when it is below already."""
    gain = limiter_gain(samples, gain_of(ceiling_dbtp))
    if gain is None:
        return samples
    return samples * (gain if samples.ndim == 1 else gain[:, None])
