"""Lines as they sound: spoken by espeak-ng and Open JTalk, fitted to their windows, then equalized and levelled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import numpy as np
import scipy  # its parts are loaded when first used: at start-up they would cost a second
from numpy.typing import NDArray

from tower_anime_assets.animatic.speech_styles import MAX_RATE_SCALE, SpeechStyle, speech_style_of_brief
from tower_anime_assets.media.dynamics import level_stem, linear_gain
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.media.speech import SpeechRequest, SynthesizedSpeech, synthesize_speech
from tower_anime_assets.production.planning.briefs import VoiceBrief
from tower_anime_assets.production.planning.readers import is_pause, unreadable_words
from tower_anime_assets.production.planning.timing import PAUSE_S
from tower_anime_assets.quality.sound import Samples

LEAD_S, TAIL_S = 0.05, 0.07
_AUDIBLE_AMPLITUDE = linear_gain(-45.0)
_MAX_FIT_PASSES = 4
_ROOM_TAIL_S = 0.08
MARGINS_S = LEAD_S + TAIL_S + _ROOM_TAIL_S
_SILENT_AMPLITUDE = 1e-3
_BROADBAND_RATE_HZ = 32_000
_TREBLE_HZ = 10_500.0
"""Open JTalk's voice hisses above what espeak-ng's has at all; AAC then overshoots by 1.4 dB instead of 0.8."""


@dataclass(frozen=True)
class SpokenLine:
    """A finished line: (samples,) at the mezzanine's rate, and its words with their times in seconds."""

    samples: Samples
    words: list[dict[str, Any]]
    skipped: tuple[str, ...] = ()
    has_exact_words: bool = True

    @property
    def length_s(self) -> float:
        """Length, seconds."""
        return len(self.samples) / SAMPLE_RATE_HZ


def silent_line(brief: VoiceBrief) -> SpokenLine:
    """Return a pause that fills its window, or a line that no voice can read."""
    samples = round(min(PAUSE_S, brief.window_s) * SAMPLE_RATE_HZ)
    return SpokenLine(np.zeros(samples, np.float32), [], unreadable_words(brief.text))


def fit_line(brief: VoiceBrief, variant: str, rate_scale: float, gain_db: float) -> tuple[SpokenLine, float]:
    """Return a line that fits its window if it can be spoken quickly enough, and the factor on its rate."""
    style = speech_style_of_brief(brief)
    for number in range(_MAX_FIT_PASSES):
        is_last = rate_scale >= MAX_RATE_SCALE or number == _MAX_FIT_PASSES - 1
        spoken = _speak(speech_request(brief, variant, style, rate_scale))
        if float(np.abs(spoken.samples).max(initial=0.0)) < _SILENT_AMPLITUDE:
            return silent_line(brief), rate_scale
        expected_s = _expected_length_s(spoken)
        if expected_s <= brief.window_s or is_last:
            line = _process_speech(spoken, style, style.gain_db + gain_db)
            if line.length_s <= brief.window_s or is_last:
                return line, rate_scale
            expected_s = line.length_s
        rate_scale = min(MAX_RATE_SCALE, rate_scale * 1.03 * expected_s / max(brief.window_s, 0.1))
    raise AssertionError


def speech_request(brief: VoiceBrief, variant: str, style: SpeechStyle, rate_scale: float) -> SpeechRequest:
    """Return what the synthesizers are asked; nothing for a pause, whose marks espeak-ng would call by their names."""
    voice = brief.voice
    return SpeechRequest(
        text="" if is_pause(brief.text) else brief.text,
        variant=variant,
        pitch=voice.pitch + style.pitch,
        rate_wpm=round(voice.rate_wpm * style.rate * rate_scale),
        language=voice.language,
        pitch_range=style.liveliness,
        vocal_tract=voice.vocal_tract,
    )


def _speak(request: SpeechRequest) -> SynthesizedSpeech:
    return synthesize_speech(
        request.text,
        request.variant,
        request.pitch,
        request.rate_wpm,
        request.language,
        request.pitch_range,
        vocal_tract=request.vocal_tract,
    )


def _expected_length_s(spoken: SynthesizedSpeech) -> float:
    """Return the longest a finished line can be: its sound, the room's tail and the silence around it, seconds."""
    start, end = _audible_span(spoken.samples)
    return (end - start) / spoken.sample_rate_hz + LEAD_S + TAIL_S + _ROOM_TAIL_S


def _process_speech(spoken: SynthesizedSpeech, style: SpeechStyle, gain_db: float) -> SpokenLine:
    """Return the line equalized, levelled and trimmed, with its word times shifted to match."""
    # one name for all steps, so that a line of minutes is not in memory several times
    shaped: Samples = np.asarray(
        scipy.signal.resample_poly(spoken.samples, SAMPLE_RATE_HZ, spoken.sample_rate_hz), np.float32
    )
    if spoken.sample_rate_hz > _BROADBAND_RATE_HZ:
        shaped = _filtered(_design_filter("lowpass", _TREBLE_HZ, order=4), shaped)
    shaped = _equalize(shaped)
    shaped = _add_breath(shaped, style.breath)
    shaped = _compress(shaped)
    shaped = _apply_radio_filter(shaped) if style.over_radio else _add_room(shaped)
    shaped = level_stem(shaped, gain_db)
    start, end = _audible_span(shaped)
    samples = _trim(shaped, start - round(LEAD_S * SAMPLE_RATE_HZ), end + round(TAIL_S * SAMPLE_RATE_HZ))
    shift_s = start / SAMPLE_RATE_HZ - LEAD_S
    words = [
        {
            "text": word.text,
            "start_s": round(max(0.0, word.start_s - shift_s), 4),
            "end_s": round(min(len(samples) / SAMPLE_RATE_HZ, word.end_s - shift_s), 4),
        }
        for word in spoken.words
    ]
    return SpokenLine(samples, words, spoken.skipped, spoken.has_exact_words)


def _audible_span(samples: Samples) -> tuple[int, int]:
    """Return where the sound first and last exceeds -45 dBFS, as [start, end)."""
    loud = np.flatnonzero(np.abs(samples) > _AUDIBLE_AMPLITUDE)
    return (int(loud[0]), int(loud[-1]) + 1) if loud.size else (0, len(samples))


def _trim(samples: Samples, start: int, end: int) -> Samples:
    """Return samples [start, end), padded with silence, faded in over 5 ms and out over 30 ms."""
    padded = np.pad(samples[max(0, start) : end], (max(0, -start), max(0, end - len(samples))))
    ease_in, ease_out = round(0.005 * SAMPLE_RATE_HZ), round(0.03 * SAMPLE_RATE_HZ)
    padded[:ease_in] *= np.linspace(0, 1, ease_in, dtype=np.float32)
    padded[-ease_out:] *= np.linspace(1, 0, ease_out, dtype=np.float32)
    return padded


def _design_filter(kind: str, *edges_hz: float, order: int = 1) -> NDArray[np.float64]:
    edges = edges_hz[0] if len(edges_hz) == 1 else edges_hz
    return cast(NDArray[np.float64], scipy.signal.butter(order, edges, kind, fs=SAMPLE_RATE_HZ, output="sos"))


def _filtered(sections: NDArray[np.float64], samples: Samples) -> Samples:
    return np.asarray(scipy.signal.sosfilt(sections, samples), np.float32)


def _equalize(samples: Samples) -> Samples:
    """Return espeak's thin, buzzing voice with more chest, less nose and softer treble."""
    clean = _filtered(_design_filter("highpass", 70.0, order=2), samples)
    equalized = clean.copy()
    for share, band in (
        (0.35, _design_filter("bandpass", 120.0, 320.0)),  # chest
        (-0.3, _design_filter("bandpass", 2300.0, 3900.0)),  # nose
        (-0.35, _design_filter("highpass", 6000.0)),
    ):
        equalized += np.float32(share) * _filtered(band, clean)
    return equalized


def _add_breath(samples: Samples, share: float) -> Samples:
    """Return the voice with a share of it replaced by noise that follows its loudness."""
    if share <= 0:
        return samples
    window = round(0.012 * SAMPLE_RATE_HZ)
    envelope: Samples = np.sqrt(np.maximum(scipy.ndimage.uniform_filter1d(np.square(samples), window), 0.0))
    noise = np.random.default_rng(11).standard_normal(len(samples), np.float32)
    breath = _filtered(_design_filter("bandpass", 900.0, 7000.0), noise)
    breath /= np.float32(max(float(breath.std()), 1e-6))
    mixed: Samples = samples * np.float32(1 - share) + breath * envelope * np.float32(0.7 * share)
    return mixed


def _compress(samples: Samples) -> Samples:
    """Return the voice compressed 2.5 to 1 above a threshold 4 dB below its own level."""
    energy: Samples = scipy.ndimage.uniform_filter1d(np.square(samples), round(0.03 * SAMPLE_RATE_HZ))
    level = np.sqrt(np.maximum(energy, 1e-12))
    threshold = max(float(np.sqrt(np.mean(np.square(samples)))) * linear_gain(-4.0), 1e-6)
    gain = np.minimum(1.0, (level / threshold) ** (1 / 2.5 - 1))
    smoothed_gain = np.asarray(scipy.ndimage.uniform_filter1d(gain, round(0.06 * SAMPLE_RATE_HZ)), np.float32)
    return samples * smoothed_gain


@cache
def _room_impulse_response() -> Samples:
    """Return the impulse response of a small room: direct sound, three reflections, 0.15 s of decaying noise."""
    length = round(0.15 * SAMPLE_RATE_HZ)
    at_s = np.arange(length) / SAMPLE_RATE_HZ
    tail = np.random.default_rng(5).standard_normal(length) * np.exp(-at_s / 0.03) * (at_s > 0.004)
    tail = scipy.signal.sosfilt(_design_filter("bandpass", 250.0, 4500.0), tail)
    room = tail * linear_gain(-15.0) / max(float(np.sqrt(np.square(tail).sum())), 1e-9)
    for delay_s, decibels in ((0.0073, -17.0), (0.0117, -19.0), (0.0191, -22.0)):
        room[round(delay_s * SAMPLE_RATE_HZ)] += linear_gain(decibels)
    room[0] = 1.0
    return np.asarray(room, np.float32)


def _add_room(samples: Samples) -> Samples:
    return np.asarray(scipy.signal.oaconvolve(samples, _room_impulse_response()), np.float32)


def _apply_radio_filter(samples: Samples) -> Samples:
    """Return the voice as from a small loudspeaker: 400 to 3200 Hz, slightly overdriven."""
    narrow = _filtered(_design_filter("bandpass", 400.0, 3200.0, order=3), samples)
    drive = np.float32(2.2 / max(float(np.abs(narrow).max(initial=0.0)), 1e-6))
    return np.asarray(np.tanh(narrow * drive), np.float32)
