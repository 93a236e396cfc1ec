from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.media.dynamics import LIMITER_REACH_SAMPLES, level_stem, limit_true_peak
from tower_anime_assets.quality.sound import loudness_lufs, true_peak_dbtp


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000), channels=st.integers(1, 2), gain=st.floats(0.05, 8.0))
def test_no_true_peak_passes_the_limiter(seed: int, channels: int, gain: float) -> None:
    rng = np.random.default_rng(seed)
    samples = (rng.standard_normal((6000, channels)) * rng.random((6000, 1)) ** 3 * gain).astype(np.float32)
    assert true_peak_dbtp(limit_true_peak(samples, -2.0), 48_000) <= -2.0 + 0.1


def test_what_is_below_the_ceiling_is_not_touched() -> None:
    samples = np.full(1000, 0.5, np.float32)
    assert limit_true_peak(samples, -2.0) is samples


def test_the_limiter_only_works_within_its_reach_and_makes_no_step() -> None:
    at = np.arange(48_000) / 48_000
    samples = (0.5 * np.sin(2 * np.pi * 220 * at)).astype(np.float32)
    samples[24_000:24_050] *= 4
    made = limit_true_peak(samples, -3.0)
    far = np.abs(np.arange(48_000) - 24_025) > 2 * LIMITER_REACH_SAMPLES + 200
    assert np.array_equal(made[far], samples[far])
    quiet = np.abs(samples) > 0.2
    gain = made[quiet] / samples[quiet]
    assert float(np.abs(np.diff(gain)).max()) < 0.05
    assert true_peak_dbtp(made, 48_000) == pytest.approx(-3.0, abs=0.1)


@pytest.mark.parametrize(("gain_db", "peak_dbtp"), [(0.0, -3.0), (-3.0, -6.0), (1.5, -3.0)])
def test_a_stem_stands_at_the_level_of_the_mix_and_a_softer_one_peaks_lower(gain_db: float, peak_dbtp: float) -> None:
    at = np.arange(96_000) / 48_000
    quiet = (0.01 * np.sin(2 * np.pi * 440 * at)).astype(np.float32)
    assert loudness_lufs(level_stem(quiet, gain_db), 48_000) == pytest.approx(-20 + gain_db, abs=0.1)
    spiky = np.zeros(96_000, np.float32)
    spiky[::4800] = 0.5
    assert true_peak_dbtp(level_stem(spiky, gain_db), 48_000) <= peak_dbtp + 0.1
