"""Synthesis of a score: notes in, 48 kHz stereo samples out, with the sound font that comes with pretty_midi."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path

import numpy as np
import scipy  # its parts are loaded when first used: at start-up they would cost a second
import tinysoundfont

from tower_anime_assets.animatic.composer.moods import DEEP_BASS, Palette
from tower_anime_assets.animatic.composer.score import BASS, DRONE, DRUMS, LEAD, MIDDLE, PAD, Score
from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.dynamics import level_stem, linear_gain
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.quality.sound import Samples

_FADE_SHARE = 0.6
"""Share of the last chord over which it fades out."""

_CHANNELS = {PAD: 0, BASS: 1, MIDDLE: 2, LEAD: 3, DRONE: 4, DRUMS: 9}
_VOLUMES = {PAD: 84, BASS: 82, MIDDLE: 90, LEAD: 98, DRONE: 68, DRUMS: 94}
_PANS = {PAD: 64, BASS: 64, MIDDLE: 84, LEAD: 50, DRONE: 64, DRUMS: 64}
_CC_VOLUME, _CC_PAN = 7, 10
_SYNTH_GAIN_DB = -12.0
_DRUM_BANK = 128


@functools.cache
def sound_font() -> Path:
    """Return the path of the sound font; pretty_midi is located, not imported, because that is slow.

    Raises:
        MediaError: The sound font is not installed.
    """
    spec = importlib.util.find_spec("pretty_midi")
    path = Path(spec.origin).parent / "TimGM6mb.sf2" if spec is not None and spec.origin else None
    if path is None or not path.is_file():
        raise MediaError("the sound font TimGM6mb.sf2 of pretty_midi is not installed. Reinstall the project")
    return path


def _make_synth(palette: Palette) -> tinysoundfont.Synth:
    synth = tinysoundfont.Synth(gain=_SYNTH_GAIN_DB, samplerate=SAMPLE_RATE_HZ)
    font = synth.sfload(str(sound_font()))
    programs = {
        PAD: palette.pad, BASS: palette.bass, MIDDLE: palette.middle, LEAD: palette.lead, DRONE: DEEP_BASS,
    }  # fmt: skip
    for part, channel in _CHANNELS.items():
        if part == DRUMS:
            synth.program_select(channel, font, _DRUM_BANK, 0)
        else:
            synth.program_select(channel, font, 0, programs[part])
        synth.control_change(channel, _CC_VOLUME, _VOLUMES[part])
        synth.control_change(channel, _CC_PAN, _PANS[part])
    return synth


def render_score(score: Score, palette: Palette) -> Samples:
    """Return the cue as (samples, 2) float32 of exactly its form's length, at the level that the mix expects.

    Raises:
        MediaError: The sound font is missing.
    """
    total_samples = round(score.form.length_s * SAMPLE_RATE_HZ)
    dry = _render_dry(score, palette, total_samples)
    wet = dry + _reverb(dry)
    faded = wet * _fade_out_gain(score, total_samples)[:, None]
    return level_stem(faded)


def _render_dry(score: Score, palette: Palette, total_samples: int) -> Samples:
    synth = _make_synth(palette)
    events: list[tuple[int, int, int, int, int]] = []  # sample, off before on, channel, key, velocity
    for note in score.notes:
        start = round(note.start_s * SAMPLE_RATE_HZ)
        end = max(start + 1, round((note.start_s + note.length_s) * SAMPLE_RATE_HZ))
        events.append((start, 1, _CHANNELS[note.part], note.key, note.velocity))
        events.append((end, 0, _CHANNELS[note.part], note.key, 0))
    blocks: list[Samples] = []
    position = 0
    for sample, is_on, channel, key, velocity in sorted(events):
        if sample >= total_samples:
            break
        if sample > position:
            blocks.append(_generate_block(synth, sample - position))
            position = sample
        if is_on:
            synth.noteon(channel, key, velocity)
        else:
            synth.noteoff(channel, key)
    blocks.append(_generate_block(synth, total_samples - position))
    return np.concatenate(blocks)


def _generate_block(synth: tinysoundfont.Synth, count: int) -> Samples:
    block: Samples = np.frombuffer(bytes(synth.generate(count)), np.float32).reshape(-1, 2)
    return block


@functools.cache
def _hall_impulse_response() -> Samples:
    """Return the impulse response of a hall, (samples, 2): dark noise that decays by 60 dB in 1.6 s."""
    count = round(1.6 * SAMPLE_RATE_HZ)
    at_s = np.arange(count) / SAMPLE_RATE_HZ
    noise = np.random.default_rng(3).standard_normal((count, 2))
    noise *= (np.exp(-6.9 * at_s / 1.6) * np.clip((at_s - 0.018) / 0.02, 0, 1))[:, None]
    filtered = scipy.signal.sosfilt(
        scipy.signal.butter(1, (220.0, 3800.0), "bandpass", fs=SAMPLE_RATE_HZ, output="sos"), noise, axis=0
    )
    filtered *= linear_gain(-9.0) / np.sqrt(np.square(filtered).sum(axis=0))
    return np.asarray(filtered, np.float32)


def _reverb(dry: Samples) -> Samples:
    wet: Samples = np.asarray(scipy.signal.oaconvolve(dry, _hall_impulse_response(), axes=0)[: len(dry)], np.float32)
    return wet


def _fade_out_gain(score: Score, total_samples: int) -> Samples:
    """Return the gain that fades the last chord to silence at the end of the cue, and is 1 before it."""
    ring = total_samples - round(score.form.end_s * SAMPLE_RATE_HZ)
    length = max(1, round(ring * _FADE_SHARE))
    gain = np.ones(total_samples, np.float32)
    gain[total_samples - length :] = np.square(np.cos(np.linspace(0, np.pi / 2, length, dtype=np.float32)))
    return gain
