"""Music of any length fitted to a cue's, judged by measuring: length, level at the joints, beats that go on."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tower_anime_assets.engines.music_fitting import MIN_LOOP_S, fit_music
from tower_anime_assets.errors import MediaError

RATE_HZ = 48_000


def stereo(mono: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.repeat(mono.astype(np.float32)[:, None], 2, axis=1)


@lru_cache(maxsize=32)
def pad(length_s: float) -> NDArray[np.float32]:
    """A steady chord with a little noise."""
    t = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(1).normal(0, 0.02, len(t))
    return stereo(0.1 * np.sin(2 * np.pi * 220 * t) + 0.1 * np.sin(2 * np.pi * 331 * t) + noise)


def drums(length_s: float, bpm: int) -> NDArray[np.float32]:
    """A click on every beat over a soft hum."""
    t = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    since_beat_s = t % (60 / bpm)
    noise = np.random.default_rng(1).normal(0, 1, len(t))
    return stereo(0.5 * noise * np.exp(-since_beat_s * 60) + 0.02 * np.sin(2 * np.pi * 110 * t))


def levels_db(samples: NDArray[np.float32], hop_s: float) -> NDArray[np.float64]:
    hop = round(hop_s * RATE_HZ)
    whole = samples[: len(samples) // hop * hop, 0].astype(np.float64).reshape(-1, hop)
    return np.asarray(10 * np.log10(np.square(whole).mean(axis=1) + 1e-12))


def beat_times_s(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    levels = levels_db(samples, 0.005)
    rises = np.flatnonzero((levels[1:] > -18) & (levels[:-1] <= -18)) * 0.005
    return np.asarray(rises[np.insert(np.diff(rises) > 0.2, 0, True)])


@settings(max_examples=8, deadline=None)
@given(st.floats(2.1, 9.0), st.floats(0.5, 15.0))
def test_the_result_is_exactly_as_long_as_asked(length_s: float, target_s: float) -> None:
    target = round(target_s * RATE_HZ)
    fitted = fit_music(pad(length_s), target, RATE_HZ)
    assert fitted.samples.shape == (target, 2)
    assert np.isfinite(fitted.samples).all()
    assert np.abs(fitted.samples).max() < 0.6


def test_longer_music_is_cut_and_fades_out() -> None:
    fitted = fit_music(pad(20), 8 * RATE_HZ, RATE_HZ)
    levels = levels_db(fitted.samples, 0.1)
    assert np.ptp(levels[:64]) < 1.0
    assert levels[-1] < levels[0] - 25
    assert fitted.description == "cut from 20.0 s to 8.0 s, faded over 1.5 s"


def test_music_of_the_right_length_is_left_alone() -> None:
    music = pad(8)
    fitted = fit_music(music, 8 * RATE_HZ, RATE_HZ)
    assert np.array_equal(fitted.samples, music)
    assert fitted.description == "as long as the cue"


def test_nobody_hears_where_steady_music_is_repeated() -> None:
    fitted = fit_music(pad(7), 30 * RATE_HZ, RATE_HZ)
    assert len(fitted.joint_samples) >= 4
    steady = levels_db(fitted.samples, 0.05)[:-40]
    assert np.ptp(steady) < 2.0  # neither a gap nor a bump at any joint
    assert np.abs(np.diff(fitted.samples[: 28 * RATE_HZ, 0])).max() < 0.2  # no click


@pytest.mark.parametrize("bpm", [90, 120, 140])
def test_beats_go_on_in_time_where_music_is_repeated(bpm: int) -> None:
    fitted = fit_music(drums(7.3, bpm), 24 * RATE_HZ, RATE_HZ)
    gaps_s = np.diff(beat_times_s(fitted.samples[: 22 * RATE_HZ]))
    assert fitted.joint_samples
    assert np.abs(gaps_s - 60 / bpm).max() < 0.03


def test_silence_at_both_ends_is_left_out_of_what_is_repeated() -> None:
    silence = np.zeros((RATE_HZ, 2), np.float32)
    fitted = fit_music(np.concatenate([silence, pad(4), silence]), 15 * RATE_HZ, RATE_HZ)
    assert levels_db(fitted.samples, 0.1)[:-16].min() > -30
    assert fitted.description.startswith("4.0 s repeated to 15.0 s")


def test_what_cannot_be_repeated_is_refused() -> None:
    with pytest.raises(MediaError, match="too short to be repeated"):
        fit_music(pad(MIN_LOOP_S - 0.5), 10 * RATE_HZ, RATE_HZ)
    with pytest.raises(MediaError, match="is silent"):
        fit_music(np.zeros((RATE_HZ, 2), np.float32), RATE_HZ, RATE_HZ)
