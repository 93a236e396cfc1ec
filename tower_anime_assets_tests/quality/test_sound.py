from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfilt

from tower_anime_assets.media.sound_files import read_sound, write_wav
from tower_anime_assets.production.verdicts import judge
from tower_anime_assets.quality import sound
from tower_anime_assets.quality.thresholds import MIX, MUSIC, VOICES
from tower_anime_assets_tests.quality.ebur128 import ebur128

RATE = 48_000
Samples = NDArray[np.float32]


def tone(hz: float, seconds: float, peak: float = 0.5, channels: int = 1, rate: int = RATE) -> Samples:
    at = np.arange(round(seconds * rate)) / rate
    return np.repeat((peak * np.sin(2 * np.pi * hz * at))[:, None], channels, axis=1).astype(np.float32)


def programme(seed: int, seconds: float, channels: int) -> Samples:
    """Noise that swells and pauses, as loudness gates need it."""
    count = round(seconds * RATE)
    noise = np.random.default_rng(seed).standard_normal((count, channels))
    made = sosfilt(butter(2, (90, 7000), "bandpass", fs=RATE, output="sos"), noise, axis=0)
    at = np.arange(count) / RATE
    made *= (np.sin(at * 1.3) ** 2 * (np.sin(at * 0.4) > -0.5))[:, None]
    return np.asarray(made / np.abs(made).max() * 0.7, np.float32)


def failed(measures: dict[str, float], bars: object) -> set[str]:
    return {verdict.measure for verdict in judge(measures, bars) if not verdict.passed}  # type: ignore[arg-type]


def test_a_full_scale_kilohertz_in_one_channel_measures_minus_three_lufs() -> None:
    stereo = tone(997, 20, peak=1.0, channels=2)
    stereo[:, 1] = 0
    assert sound.loudness_lufs(stereo, RATE) == pytest.approx(-3.01, abs=0.02)


@pytest.mark.parametrize(("seed", "channels"), [(1, 1), (2, 2), (3, 2)])
def test_loudness_and_true_peak_equal_ffmpegs_meter(tmp_path: Path, seed: int, channels: int) -> None:
    path = tmp_path / "programme.wav"
    write_wav(path, programme(seed, 12.34, channels))
    theirs, their_peak = ebur128(path)
    samples = read_sound(path)
    assert sound.loudness_lufs(samples, RATE) == pytest.approx(theirs, abs=0.1)
    assert sound.true_peak_dbtp(samples, RATE) == pytest.approx(their_peak, abs=0.1)


def test_loudness_does_not_depend_on_how_the_sound_is_cut_into_pieces() -> None:
    samples = programme(4, 7.7, 2)
    meter = sound.LoudnessMeter(RATE, 2)
    for start in range(0, len(samples), 12_347):
        meter.feed(samples[start : start + 12_347])
    assert meter.loudness_lufs() == pytest.approx(sound.loudness_lufs(samples, RATE), abs=1e-6)


def test_long_pauses_do_not_lower_the_loudness() -> None:
    spoken = programme(5, 6, 1)
    paused = np.concatenate([spoken, np.zeros((20 * RATE, 1), np.float32)])
    assert sound.loudness_lufs(paused, RATE) == pytest.approx(sound.loudness_lufs(spoken, RATE), abs=0.3)


@pytest.mark.parametrize("count", [0, 1, 100, 4799, 4801, 19_199])
def test_sound_shorter_than_a_block_has_a_loudness_too(count: int) -> None:
    measured = sound.loudness_lufs(tone(440, 1)[:count], RATE)
    assert measured == sound.SILENT_LUFS if count == 0 else sound.SILENT_LUFS <= measured < 0


def test_a_peak_between_samples_is_found() -> None:
    at = np.arange(RATE) / RATE
    quarter = np.sin(2 * np.pi * RATE / 4 * at + np.pi / 4).astype(np.float32)  # samples reach only 0.707
    assert float(np.abs(quarter).max()) < 0.71
    assert sound.true_peak_dbtp(quarter, RATE) == pytest.approx(0.0, abs=0.15)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 3000), channels=st.integers(1, 2))
def test_looking_only_where_it_counts_misses_no_peak(seed: int, count: int, channels: int) -> None:
    rng = np.random.default_rng(seed)
    samples = (rng.standard_normal((count, channels)) * rng.random((count, 1)) ** 4).astype(np.float32)
    whole = max(
        float(np.abs(resample_poly(samples[:, c], 4, 1, window=("kaiser", 7.0))).max()) for c in range(channels)
    )
    found = sound.true_peak(samples)
    everywhere = float(sound.peak_envelope(samples, 1e-12).max())
    assert found == pytest.approx(everywhere, rel=1e-6)
    assert found >= float(np.abs(samples).max())
    assert found == pytest.approx(max(whole, float(np.abs(samples).max())), rel=0.12)  # another filter, about as long


def test_three_samples_at_full_scale_are_clipping_and_two_are_not() -> None:
    samples = tone(440, 0.1)
    samples[100:102] = 1.0
    assert sound.clipped_samples(samples) == 0
    samples[200:203] = -1.0
    assert sound.clipped_samples(samples) == 3


@settings(deadline=None, max_examples=30)
@given(start=st.integers(0, 200), length=st.integers(0, 200))
def test_the_longest_silence_is_measured_to_a_hundredth(start: int, length: int) -> None:
    samples = np.concatenate([tone(440, 0.01 * (start + 2)), np.zeros((480 * length, 1), np.float32), tone(440, 0.02)])
    assert sound.longest_silence_s(samples, RATE) == pytest.approx(length * 0.01, abs=0.011)


def test_words_that_are_missing_or_silent_are_counted() -> None:
    samples = np.concatenate([tone(300, 0.5), np.zeros((RATE // 2, 1), np.float32), tone(300, 0.5)])
    said = [
        {"text": "one,", "start_s": 0.0, "end_s": 0.5},
        {"text": "two", "start_s": 0.55, "end_s": 0.9},
        {"text": "four", "start_s": 1.0, "end_s": 1.5},
    ]
    assert sound.words_missing(samples, RATE, said, "one, two — three 😀 four") == 2
    assert sound.words_missing(samples, RATE, [said[0], said[2]], "one, … four") == 0


def test_a_good_cue_passes_and_planted_faults_do_not() -> None:
    good = programme(6, 5, 2) * np.float32(0.5)
    assert failed(sound.music_measures(good, RATE, 5.0), MUSIC) == set()
    assert failed(sound.music_measures(good, RATE, 5.2), MUSIC) == {"length_error_s"}
    silent = np.zeros_like(good)
    assert failed(sound.music_measures(silent, RATE, 5.0), MUSIC) == {"loudness_lufs", "longest_silence_s"}
    clipped = np.clip(good * 30, -1, 1)
    assert "clipped_samples" in failed(sound.music_measures(clipped, RATE, 5.0), MUSIC)


def test_a_good_line_passes_and_planted_faults_do_not() -> None:
    good = tone(200, 1.0)
    words = [{"text": "Hello", "start_s": 0.0, "end_s": 0.9}]
    assert failed(sound.voice_measures(good, RATE, words, "Hello", 1.0), VOICES) == set()
    assert failed(sound.voice_measures(good, RATE, words, "Hello", 0.8), VOICES) == {"overrun_s"}
    assert failed(sound.voice_measures(good, RATE, [], "Hello", 1.0), VOICES) == {"words_missing"}
    silent = np.zeros_like(good)
    assert failed(sound.voice_measures(silent, RATE, words, "Hello", 1.0), VOICES) == {"words_missing", "speech_share"}
    clipped = np.clip(good * 9, -1, 1)
    assert failed(sound.voice_measures(clipped, RATE, words, "Hello", 1.0), VOICES) == {"clipped_samples"}


def test_a_good_mix_passes_and_planted_faults_do_not() -> None:
    good = programme(7, 8, 2)
    good *= np.float32(10 ** ((-20 - sound.loudness_lufs(good, RATE)) / 20))
    assert failed(sound.mix_measures(good, RATE, 8.0, -20.0, -1.0), MIX) == set()
    assert failed(sound.mix_measures(good, RATE, 8.03, -20.0, -1.0), MIX) == {"length_error_s"}
    assert failed(sound.mix_measures(good, RATE, 8.0, -16.0, -1.0), MIX) == {"loudness_error_lu"}
    assert failed(sound.mix_measures(good, RATE, 8.0, -20.0, -30.0), MIX) == {"true_peak_over_db"}
    silent = np.zeros_like(good)
    assert failed(sound.mix_measures(silent, RATE, 8.0, -20.0, -1.0), MIX) == {"loudness_error_lu", "longest_silence_s"}
