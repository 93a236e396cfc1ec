"""Measures of sound: loudness, true peak, clipping, silence, words.

Samples are float32 arrays (samples, channels) or (samples,), full scale 1.0.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import scipy  # submodules load on first use; loading them at start-up would take a second
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Samples = NDArray[np.float32]

SILENT_LUFS = -70.0
"""The absolute gate of ITU-R BS.1770, and the loudness reported for silence."""

CLIP_LEVEL = 32766 / 32768
"""Full scale of 16-bit sound, minus one step for dither."""

_HOP_S = 0.1
_HOPS_PER_BLOCK = 4
_SILENCE_RMS = 10 ** (-60 / 20)
_SPEECH_RMS = 10 ** (-45 / 20)
_WINDOW_S = 0.01
_OVERSAMPLING = 4
_FILTER_REACH_SAMPLES = 16
_PEAK_BLOCK_SAMPLES = 128
_PEAK_BATCH_BLOCKS = 2048
_PEAK_CHUNK_SAMPLES = 1 << 19


def as_columns(samples: Samples) -> Samples:
    """Return the samples as (samples, channels), without copying."""
    return samples[:, None] if samples.ndim == 1 else samples


@functools.lru_cache(maxsize=8)
def _k_weighting(rate_hz: int) -> NDArray[np.float64]:
    """Return BS.1770's pre-filter and RLB filter for any rate, as second-order sections.

    Source:
        ITU-R BS.1770-4 gives coefficients at 48 kHz only; these analogue parameters reproduce them to 1e-6.
    """
    shelf_hz, gain_db, shelf_q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    k = np.tan(np.pi * shelf_hz / rate_hz)
    high = 10 ** (gain_db / 20)
    band = high**0.4996667741545416
    norm = 1 + k / shelf_q + k * k
    shelf = [
        (high + band * k / shelf_q + k * k) / norm,
        2 * (k * k - high) / norm,
        (high - band * k / shelf_q + k * k) / norm,
        1.0,
        2 * (k * k - 1) / norm,
        (1 - k / shelf_q + k * k) / norm,
    ]
    low_hz, low_q = 38.13547087602444, 0.5003270373238773
    k = np.tan(np.pi * low_hz / rate_hz)
    norm = 1 + k / low_q + k * k
    low_cut = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / norm, (1 - k / low_q + k * k) / norm]
    return np.array([shelf, low_cut])


class LoudnessMeter:
    """Integrated loudness of sound that comes in chunks, so that an episode need not be in memory.

    Source:
        ITU-R BS.1770-4: K-weighting, blocks of 400 ms every 100 ms, gates at -70 LUFS and 10 LU below the mean.
    """

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._sections = _k_weighting(rate_hz)
        self._state = np.zeros((2, 2, channels))
        self._hop_samples = round(rate_hz * _HOP_S)
        self._unmeasured = np.zeros((0, channels), np.float32)
        self._energies: list[NDArray[np.float64]] = []

    def feed(self, samples: Samples) -> None:
        """Add the next chunk, (samples, channels) or (samples,)."""
        chunk = np.concatenate([self._unmeasured, as_columns(samples)])
        whole_hop_samples = len(chunk) // self._hop_samples * self._hop_samples
        self._unmeasured = chunk[whole_hop_samples:]
        if whole_hop_samples:
            weighted, self._state = scipy.signal.sosfilt(
                self._sections, chunk[:whole_hop_samples], axis=0, zi=self._state
            )
            self._energies.append(
                np.square(weighted).reshape(-1, self._hop_samples, chunk.shape[1]).mean(axis=1).sum(axis=1)
            )

    def loudness_lufs(self) -> float:
        """Return the integrated loudness so far, LUFS; -70 for silence.

        Sound shorter than one block is measured as one block of its own length.
        """
        hops = np.concatenate(self._energies) if self._energies else np.zeros(0)
        if len(hops) < _HOPS_PER_BLOCK:
            blocks = self._short_block_energy(hops)
        else:
            blocks = np.convolve(hops, np.full(_HOPS_PER_BLOCK, 1 / _HOPS_PER_BLOCK), "valid")
        audible = blocks[_lufs(blocks) > SILENT_LUFS]
        if not audible.size:
            return SILENT_LUFS
        gated = audible[_lufs(audible) > _lufs(audible.mean()) - 10]
        return float(_lufs(gated.mean()))

    def _short_block_energy(self, hops: NDArray[np.float64]) -> NDArray[np.float64]:
        length_samples = len(hops) * self._hop_samples + len(self._unmeasured)
        if not length_samples:
            return np.zeros(0)
        tail = (
            scipy.signal.sosfilt(self._sections, self._unmeasured, axis=0, zi=self._state)[0]
            if len(self._unmeasured)
            else np.zeros(0)
        )
        return np.array([(hops.sum() * self._hop_samples + float(np.square(tail).sum())) / length_samples])


def _lufs(energy: Any) -> Any:
    return -0.691 + 10 * np.log10(np.maximum(energy, 1e-20))


def loudness_lufs(samples: Samples, rate_hz: int) -> float:
    """Return the integrated loudness by ITU-R BS.1770, LUFS; -70 for silence or no samples."""
    columns = as_columns(samples)
    meter = LoudnessMeter(rate_hz, columns.shape[1])
    for start in range(0, len(columns), rate_hz * 10):
        meter.feed(columns[start : start + rate_hz * 10])
    return meter.loudness_lufs()


@functools.lru_cache(maxsize=1)
def _interpolation_filter() -> tuple[Samples, float]:
    """Return the four-times interpolation filter, and the largest ratio of an interpolated value to its neighbours."""
    taps = (
        scipy.signal.firwin(2 * _OVERSAMPLING * _FILTER_REACH_SAMPLES + 1, 1 / _OVERSAMPLING, window=("kaiser", 7.0))
        * _OVERSAMPLING
    )
    overshoot = max(float(np.abs(taps[phase::_OVERSAMPLING]).sum()) for phase in range(_OVERSAMPLING))
    return np.asarray(taps, np.float32), overshoot


def peak_envelope(samples: Samples, level: float) -> Samples:
    """Return the magnitude at each sample, loudest channel, including the peaks between samples that reach `level`.

    Values of at least `level` are those of the four-times oversampled sound. Where no interpolated value can reach it,
    because the filter's overshoot is bounded, the sample's own magnitude is kept: the true peak of music is computed
    several times faster, with the same result.

    Args:
        samples: (samples, channels) or (samples,), followed and preceded by silence.
        level: Linear, above 0.
    """
    columns = as_columns(samples)
    taps, overshoot = _interpolation_filter()
    blocks = -(-len(columns) // _PEAK_BLOCK_SAMPLES)
    envelope = np.zeros(blocks * _PEAK_BLOCK_SAMPLES, np.float32)
    rows = envelope.reshape(blocks, _PEAK_BLOCK_SAMPLES)
    for channel in range(columns.shape[1]):
        padded = np.zeros(len(envelope) + 2 * _FILTER_REACH_SAMPLES, np.float32)
        padded[_FILTER_REACH_SAMPLES : _FILTER_REACH_SAMPLES + len(columns)] = columns[:, channel]
        around = sliding_window_view(padded, _PEAK_BLOCK_SAMPLES + 2 * _FILTER_REACH_SAMPLES)[::_PEAK_BLOCK_SAMPLES]
        magnitudes = np.abs(padded[_FILTER_REACH_SAMPLES : _FILTER_REACH_SAMPLES + len(envelope)]).reshape(
            blocks, _PEAK_BLOCK_SAMPLES
        )
        np.maximum(rows, magnitudes, out=rows)
        block_peaks = scipy.ndimage.maximum_filter1d(
            magnitudes.max(axis=1), 3, mode="constant"
        )  # the filter reaches into the neighbouring blocks
        candidates = np.flatnonzero(block_peaks * overshoot >= level)
        for start in range(0, len(candidates), _PEAK_BATCH_BLOCKS):
            batch = candidates[start : start + _PEAK_BATCH_BLOCKS]
            oversampled = scipy.signal.upfirdn(taps, around[batch], up=_OVERSAMPLING, axis=1)
            first = 2 * _OVERSAMPLING * _FILTER_REACH_SAMPLES  # the filter's delay, and the samples before the block
            between = np.abs(oversampled[:, first : first + _OVERSAMPLING * _PEAK_BLOCK_SAMPLES])
            rows[batch] = np.maximum(rows[batch], between.reshape(len(batch), _PEAK_BLOCK_SAMPLES, -1).max(axis=2))
    return envelope[: len(columns)]


def true_peak(samples: Samples) -> float:
    """Return the largest magnitude of the four-times oversampled sound, linear; 0 for no samples."""
    peak = 0.0
    columns = as_columns(samples)
    for start in range(0, len(columns), _PEAK_CHUNK_SAMPLES):
        around = columns[max(0, start - _FILTER_REACH_SAMPLES) : start + _PEAK_CHUNK_SAMPLES + _FILTER_REACH_SAMPLES]
        peak = max(peak, float(np.abs(around).max()))
        if peak > 0:
            peak = max(peak, float(peak_envelope(around, peak).max()))
    return peak


def true_peak_dbtp(samples: Samples, rate_hz: int) -> float:
    """Return the true peak by four-times oversampling, dBTP; -120 for silence.

    Args:
        samples: (samples, channels) or (samples,).
        rate_hz: Sample rate; from 192 kHz on the samples are not oversampled.

    Source:
        ITU-R BS.1770-4, annex 2.
    """
    peak = float(np.abs(samples).max(initial=0.0)) if rate_hz >= 192_000 else true_peak(samples)
    return 20 * float(np.log10(max(peak, 1e-6)))


def clipped_samples(samples: Samples) -> int:
    """Return the number of samples at full scale in runs of three or more, over all channels."""
    columns = as_columns(samples)
    count = 0
    for channel in range(columns.shape[1]):
        is_full_scale = np.abs(columns[:, channel]) >= CLIP_LEVEL
        edges = np.flatnonzero(np.diff(np.concatenate([[False], is_full_scale, [False]]).astype(np.int8)))
        runs = edges[1::2] - edges[::2]
        count += int(runs[runs >= 3].sum())
    return count


def _window_levels(samples: Samples, rate_hz: int) -> NDArray[np.float64]:
    """Return the RMS of each 10 ms window, loudest channel; the last window may be shorter."""
    columns = as_columns(samples)
    if not len(columns):
        return np.zeros(0)
    window_samples = max(1, round(rate_hz * _WINDOW_S))
    starts = np.arange(0, len(columns), window_samples)
    lengths = np.diff(np.append(starts, len(columns)))
    levels = np.zeros(len(starts))
    for channel in range(columns.shape[1]):
        energy = np.add.reduceat(np.square(columns[:, channel], dtype=np.float32), starts)
        np.maximum(levels, energy / lengths, out=levels)
    return np.sqrt(levels)


def longest_silence_s(samples: Samples, rate_hz: int) -> float:
    """Return the longest run below -60 dBFS RMS, seconds, to a hundredth."""
    quiet = _window_levels(samples, rate_hz) < _SILENCE_RMS
    edges = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(np.int8)))
    return float((edges[1::2] - edges[::2]).max(initial=0)) * _WINDOW_S


def speech_share(samples: Samples, rate_hz: int) -> float:
    """Return the share of 10 ms windows above -45 dBFS RMS, 0..1; 0 for no samples."""
    levels = _window_levels(samples, rate_hz)
    return float((levels > _SPEECH_RMS).mean()) if levels.size else 0.0


def written_tokens(text: str) -> tuple[str, ...]:
    """Return the words that must be audible: runs of non-space characters with a letter or digit."""
    return tuple(token for token in text.split() if re.search(r"[^\W_]", token))


def words_missing(samples: Samples, rate_hz: int, words: Sequence[Mapping[str, Any]], text: str) -> int:
    """Return the number of written words without a time of their own, or without sound at that time.

    Args:
        samples: The take.
        rate_hz: Its sample rate.
        words: In order, each with `text`, `start_s` and `end_s`.
        text: The line as written.
    """
    levels = _window_levels(samples, rate_hz)
    missing = 0
    next_index = 0
    for token in written_tokens(text):
        word_index = next((index for index in range(next_index, len(words)) if words[index]["text"] == token), None)
        if word_index is None:
            missing += 1
            continue
        next_index = word_index + 1
        first_window = int(float(words[word_index]["start_s"]) / _WINDOW_S)
        end_window = max(first_window + 1, round(float(words[word_index]["end_s"]) / _WINDOW_S))
        missing += int(levels[first_window:end_window].max(initial=0.0) <= _SPEECH_RMS)
    return missing


def music_measures(samples: Samples, rate_hz: int, planned_s: float) -> dict[str, float]:
    """Return the measures that the gates of cues use."""
    return {
        "length_error_s": abs(len(samples) / rate_hz - planned_s),
        "loudness_lufs": loudness_lufs(samples, rate_hz),
        "clipped_samples": float(clipped_samples(samples)),
        "longest_silence_s": longest_silence_s(samples, rate_hz),
    }


def voice_measures(
    samples: Samples, rate_hz: int, words: Sequence[Mapping[str, Any]], text: str, window_s: float
) -> dict[str, float]:
    """Return the measures that the gates of lines use.

    Args:
        samples: The take.
        rate_hz: Its sample rate.
        words: In order, each with `text`, `start_s` and `end_s`, seconds from the take's start.
        text: The line as written.
        window_s: The line's planned window.
    """
    return {
        "words_missing": float(words_missing(samples, rate_hz, words, text)),
        "speech_share": speech_share(samples, rate_hz),
        "overrun_s": max(0.0, len(samples) / rate_hz - window_s),
        "clipped_samples": float(clipped_samples(samples)),
    }


def mix_measures(
    samples: Samples, rate_hz: int, planned_s: float, loudness_target_lufs: float, peak_limit_dbtp: float
) -> dict[str, float]:
    """Return the measures that the gates of mixes use."""
    with ThreadPoolExecutor(1) as executor:  # the two slow measures run in parallel
        peak_dbtp = executor.submit(true_peak_dbtp, samples, rate_hz)
        measured_lufs = loudness_lufs(samples, rate_hz)
    return {
        "length_error_s": abs(len(samples) / rate_hz - planned_s),
        "loudness_error_lu": abs(measured_lufs - loudness_target_lufs),
        "true_peak_over_db": max(0.0, peak_dbtp.result() - peak_limit_dbtp),
        "longest_silence_s": longest_silence_s(samples, rate_hz),
    }
