"""Fitting of music to a length: cut with a fade, or repeated where its end sounds most like an earlier moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError

Samples = NDArray[np.float32]

MAX_FADE_S = 1.5
MIN_LOOP_S = 2.0
"""Music that is shorter than this is a sound, and would be heard to repeat."""

CROSSFADE_S = 0.6
SILENCE_DB = -60.0
"""Sound below this, relative to the loudest moment, is silence before or after the music."""

_HOP_S = 0.01
_MAX_START_S, _MAX_START_SHARE = 6.0, 0.3
_MAX_END_S, _MAX_END_SHARE = 10.0, 0.35
_QUIET_WEIGHT = 0.05
_DROPPED_WEIGHT_DB = 3.0
_ALIGN_S = 0.012


@dataclass(frozen=True)
class FittedMusic:
    """Music of a given length.

    Attributes:
        samples: (samples, channels) float32.
        description: What was done, in words.
        joint_samples: Where repetitions begin to fade in.
        fade_samples: Length of the fade at the end, 0 where the music ends by itself.
    """

    samples: Samples
    description: str
    joint_samples: tuple[int, ...] = ()
    fade_samples: int = 0


def fit_music(samples: Samples, target_samples: int, rate_hz: int) -> FittedMusic:
    """Return music of exactly `target_samples`.

    Silence at both ends is left out. Longer music is cut and faded. Shorter music is repeated: from where the shape of
    its loudness in the end comes closest to that near its beginning, so beats stay beats, over a crossfade of constant
    power.

    Args:
        samples: (samples, channels) float32.
        target_samples: Wanted length, at least 1.
        rate_hz: Its sample rate.

    Raises:
        MediaError: It is silent, or too short to be repeated.
    """
    music = _without_silence(samples, rate_hz)
    length_s, target_s = len(music) / rate_hz, target_samples / rate_hz
    if len(music) >= target_samples:
        fade_samples = min(round(MAX_FADE_S * rate_hz), target_samples // 4) if len(music) > target_samples else 0
        cut = _faded(music[:target_samples], fade_samples)
        words = f"cut from {length_s:.1f} s to {target_s:.1f} s, faded over {fade_samples / rate_hz:.1f} s"
        return FittedMusic(cut, words if fade_samples else "as long as the cue", (), fade_samples)
    if length_s < MIN_LOOP_S:
        raise MediaError(
            f"the music file holds {length_s:.2f} s of sound, too short to be repeated for a cue of {target_s:.2f} s; "
            f"expected at least {MIN_LOOP_S:g} s. Name a longer file"
        )
    crossfade = min(round(CROSSFADE_S * rate_hz), len(music) // 4)
    start, end = _find_loop(music, crossfade, rate_hz)
    looped, joints = _repeat(music, start, end, crossfade, target_samples)
    fade_samples = min(round(MAX_FADE_S * rate_hz), target_samples // 4)
    words = (
        f"{length_s:.1f} s repeated to {target_s:.1f} s: from {end / rate_hz:.2f} s back to {start / rate_hz:.2f} s, "
        f"{len(joints)} times, faded over {fade_samples / rate_hz:.1f} s"
    )
    return FittedMusic(_faded(looped, fade_samples), words, tuple(joints), fade_samples)


def _without_silence(samples: Samples, rate_hz: int) -> Samples:
    levels_db = _levels_db(samples, rate_hz)
    audible = np.flatnonzero(levels_db > max(float(levels_db.max(initial=-200.0)) + SILENCE_DB, -90.0))
    if not len(audible):
        raise MediaError("the music file is silent. Name another, or export it again")
    hop = round(_HOP_S * rate_hz)
    return samples[audible[0] * hop : min(len(samples), (audible[-1] + 1) * hop)]


def _levels_db(samples: Samples, rate_hz: int) -> NDArray[np.float64]:
    """Return the level of each hop, dBFS, at least -100."""
    hop = round(_HOP_S * rate_hz)
    power = np.square(samples.mean(axis=1, dtype=np.float64))
    padded = np.pad(power, (0, -len(power) % hop))
    return np.asarray(10 * np.log10(padded.reshape(-1, hop).mean(axis=1) + 1e-10), np.float64)


def _find_loop(music: Samples, crossfade: int, rate_hz: int) -> tuple[int, int]:
    """Return where the loop begins and ends, samples: what follows its end resembles what follows its beginning."""
    hop = round(_HOP_S * rate_hz)
    levels = np.maximum(_levels_db(music, rate_hz), -60.0)
    width = max(1, crossfade // hop)
    last = (len(music) - crossfade) // hop - 1
    max_start = max(1, min(round(_MAX_START_S / _HOP_S), round(len(levels) * _MAX_START_SHARE)))
    min_end = max(max_start, last - min(round(_MAX_END_S / _HOP_S), round(len(levels) * _MAX_END_SHARE)))
    windows = np.lib.stride_tricks.sliding_window_view(levels, width)
    starts, ends = windows[:max_start], windows[min_end : last + 1]
    squares = np.square(starts).sum(1)[:, None] + np.square(ends).sum(1)[None, :] - 2 * starts @ ends.T
    unlikeness_db = np.sqrt(np.maximum(squares, 0) / width)
    loudness_db = ends.mean(axis=1) - float(levels.min())
    dropped = np.arange(max_start)[:, None] + (last - min_end - np.arange(len(ends)))[None, :]
    costs = unlikeness_db + _QUIET_WEIGHT * loudness_db[None, :] + _DROPPED_WEIGHT_DB * dropped / len(levels)
    start_hop, end_hop = np.unravel_index(int(costs.argmin()), costs.shape)
    start, end = int(start_hop) * hop, (min_end + int(end_hop)) * hop
    return start, end + _align(music, start, end, crossfade, rate_hz)


def _align(music: Samples, start: int, end: int, crossfade: int, rate_hz: int) -> int:
    """Return by how many samples to move the end so that its wave is in step with that at the start."""
    reach = round(_ALIGN_S * rate_hz)
    low, high = max(0, end - reach), min(len(music), end + crossfade + reach)
    mono = music.mean(axis=1, dtype=np.float64)
    correlation = np.correlate(mono[low:high], mono[start : start + crossfade], "valid")
    return int(low + int(correlation.argmax()) - end) if len(correlation) else 0


def _repeat(music: Samples, start: int, end: int, crossfade: int, target_samples: int) -> tuple[Samples, list[int]]:
    """Return the music with its loop repeated to at least the target, cut to it, and where repetitions begin."""
    leaving, coming = music[end : end + crossfade], music[start : start + crossfade]
    leaving_gains, coming_gains = _constant_power(leaving, coming)
    joint = leaving * leaving_gains[:, None] + coming * coming_gains[:, None]
    parts, joints, position = [music[:end]], [], end
    while position < target_samples:
        joints.append(position)
        parts += [joint, music[start + crossfade : end]]
        position += end - start
    return np.concatenate(parts)[:target_samples], joints


def _constant_power(leaving: Samples, coming: Samples) -> tuple[Samples, Samples]:
    """Return the gains of what leaves and of what comes: their sum has constant power however alike the two are."""
    phase = np.linspace(0, np.pi / 2, len(leaving))
    a, b = leaving.mean(axis=1, dtype=np.float64), coming.mean(axis=1, dtype=np.float64)
    energy = float(np.sqrt(np.square(a).sum() * np.square(b).sum()))
    likeness = float(np.clip((a * b).sum() / energy, -0.5, 1.0)) if energy > 0 else 0.0
    norm = np.sqrt(1 + likeness * np.sin(2 * phase))
    return (np.cos(phase) / norm).astype(np.float32), (np.sin(phase) / norm).astype(np.float32)


def _faded(samples: Samples, fade_samples: int) -> Samples:
    if not fade_samples:
        return samples.copy()
    faded = samples.copy()
    faded[-fade_samples:] *= np.cos(np.linspace(0, np.pi / 2, fade_samples, dtype=np.float32))[:, None] ** 2
    return faded
