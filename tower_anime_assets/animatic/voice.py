"""The embedded voice: a line spoken by espeak-ng, acted by rate, pitch and level, and made pleasant to hear."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, cast

import numpy as np
import scipy  # its parts are loaded when first used: at start-up they would cost a second
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.dynamics import gain_of, limited
from tower_anime_assets.media.lanes import LANES
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.media.sound_files import write_wav
from tower_anime_assets.media.speech import Spoken, speak
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import seed_of
from tower_anime_assets.production.planning.briefs import VoiceBrief
from tower_anime_assets.production.story.model import Voice
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.quality.sound import loudness_lufs

Samples = NDArray[np.float32]

VARIANTS = ("f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8")
"""Variants of espeak-ng that are easy to understand; a character without one gets one of these by its id."""

LINE_LUFS = -20.0
PEAK_DBTP = -3.0
MAX_RATE_SCALE = 1.25
"""How much faster than wanted a line may be spoken to fit; faster is hard to follow."""

LEAD_S, TAIL_S = 0.05, 0.07
_AUDIBLE = gain_of(-45.0)
_FIT_TRIES = 4
_ROOM_TAIL_S = 0.08


@dataclass(frozen=True)
class Delivery:
    """How a line is acted, on top of the character's voice.

    Attributes:
        pitch: Added to the voice's pitch, 0..99 scale.
        liveliness: Range of the melody, 0..99.
        rate: Factor on the speaking rate.
        gain_db: Added to the line's loudness.
        breath: Share of the voice replaced by breath, 0..1.
        distant: Heard through a radio, phone or intercom.
    """

    pitch: int = 0
    liveliness: int = 50
    rate: float = 1.0
    gain_db: float = 0.0
    breath: float = 0.0
    distant: bool = False


EMOTIONS: Mapping[str, Delivery] = {
    "neutral": Delivery(),
    "happy": Delivery(pitch=5, liveliness=70, rate=1.05, gain_db=0.5),
    "sad": Delivery(pitch=-5, liveliness=30, rate=0.88, gain_db=-1.5, breath=0.06),
    "angry": Delivery(pitch=3, liveliness=72, rate=1.08, gain_db=1.5),
    "afraid": Delivery(pitch=8, liveliness=64, rate=1.1, gain_db=-0.5, breath=0.1),
    "surprised": Delivery(pitch=8, liveliness=80, rate=1.04, gain_db=0.5),
    "determined": Delivery(pitch=-2, liveliness=46, rate=0.97, gain_db=0.8),
    "tense": Delivery(pitch=1, liveliness=40, rate=1.03),
    "tender": Delivery(pitch=-1, liveliness=48, rate=0.92, gain_db=-1.5, breath=0.08),
    "smug": Delivery(pitch=-2, liveliness=66, rate=0.93),
}

MANNERS: tuple[tuple[tuple[str, ...], Delivery], ...] = (
    (("whisper", "under her breath", "under his breath", "mutter"), Delivery(-3, -14, 0.93, -3.5, 0.6)),
    (("shout", "yell", "scream", "roar"), Delivery(9, 26, 1.06, 2.0)),
    (("low", "quiet", "soft", "hushed"), Delivery(-4, -10, 0.95, -1.5, 0.1)),
    (("breathless", "panting", "gasp"), Delivery(4, 8, 1.08, 0.0, 0.25)),
    (("slow", "careful", "weary", "tired"), Delivery(-2, -8, 0.88, -0.5)),
    (("quick", "fast", "hurried", "urgent"), Delivery(2, 6, 1.1, 0.5)),
    (("amused", "laugh", "smil", "grin", "teasing"), Delivery(3, 14, 1.0, 0.0)),
    (("cold", "flat", "deadpan"), Delivery(-3, -24, 0.96, 0.0)),
    (("cry", "sob", "tear", "broken"), Delivery(2, 4, 0.9, -1.0, 0.2)),
    (("radio", "phone", "intercom", "comms", "speaker", "transmission"), Delivery(0, 0, 1.0, 0.0, 0.0, True)),
)
"""Words of a parenthetical or extension, and what they add to the emotion."""


def delivery_of(emotion: str, parenthetical: str, lyric: bool = False) -> Delivery:
    """Return how a line is acted: the emotion, then everything that its parenthetical asks for.

    Emotions that are not in the table are spoken neutrally.
    """
    acted = EMOTIONS.get(emotion, EMOTIONS["neutral"])
    words = parenthetical.lower()
    for signs, added in MANNERS:
        if any(sign in words for sign in signs):
            acted = Delivery(
                acted.pitch + added.pitch,
                acted.liveliness + (added.liveliness if added.liveliness != 50 else 0),
                acted.rate * added.rate,
                acted.gain_db + added.gain_db,
                max(acted.breath, added.breath),
                acted.distant or added.distant,
            )
    if lyric:
        acted = replace(acted, liveliness=acted.liveliness + 30, rate=acted.rate * 0.85)
    return replace(acted, liveliness=min(max(acted.liveliness, 0), 99))


def variant_of(character: str, voice: Voice) -> str:
    """Return the voice variant of a character: the one it was given, else always the same one by its id."""
    return voice.variant or VARIANTS[seed_of("voice", character) % len(VARIANTS)]


@dataclass(frozen=True)
class _Line:
    """A finished line: samples (samples,) at the house rate, and its words' times in seconds."""

    samples: Samples
    words: list[dict[str, Any]]

    @property
    def length_s(self) -> float:
        """Length, seconds."""
        return len(self.samples) / SAMPLE_RATE_HZ


class EmbeddedVoice:
    """Speaks lines with espeak-ng; needs no service."""

    name = "embedded-voice"
    version = "2"
    lanes = LANES

    def plan_attempt(self, brief: VoiceBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return seed, rate and gain: faster after an overrun, softer after clipping."""
        rate_scale, gain_db = 1.0, 0.0
        for verdict in complaints:
            if verdict.measure == "overrun_s":
                spoken_s = brief.window_s + verdict.value
                rate_scale = min(MAX_RATE_SCALE, 1.02 * spoken_s / max(brief.window_s, 0.1))
            if verdict.measure == "clipped_samples":
                gain_db = -3.0 * (number - 1)
        return {
            "seed": seed_of("voice", brief.character, brief.text, number),
            "variant": variant_of(brief.character, brief.voice),
            "rate_scale": round(rate_scale, 4),
            "gain_db": gain_db,
        }

    def make(self, brief: VoiceBrief, attempt: Attempt) -> EngineOutput:
        """Speak the line into a mono WAV; faster, up to a quarter, when it would not fit its window.

        `details` holds the words with their times, the speech's length and rate, and the words that no voice here
        can say. A line that cannot be fitted stays too long: that is for the gate to say.

        Raises:
            MediaError: It could not be spoken or written, or there is nothing in it to speak.
        """
        started = time.thread_time()
        delivery = delivery_of(brief.emotion, brief.parenthetical, brief.lyric)
        wanted_wpm = brief.voice.rate_wpm * delivery.rate
        scale = float(attempt.parameters["rate_scale"])
        gain_db = delivery.gain_db + float(attempt.parameters["gain_db"])
        for _ in range(_FIT_TRIES):
            spoken = self._spoken(brief, attempt, delivery, round(wanted_wpm * scale))
            expected_s = _expected_s(spoken)
            if expected_s <= brief.window_s or scale >= MAX_RATE_SCALE:
                break
            scale = min(MAX_RATE_SCALE, scale * 1.03 * expected_s / max(brief.window_s, 0.1))
        line = _finished(spoken, delivery, gain_db)
        path = attempt.folder / "line.wav"
        write_wav(path, line.samples)
        details = {
            "words": line.words,
            "speech_s": round(line.length_s, 4),
            "rate_wpm": round(wanted_wpm * scale),
            "variant": attempt.parameters["variant"],
            "skipped": list(spoken.skipped),
        }
        return EngineOutput({"main": path}, details, cpu_s=time.thread_time() - started)

    def _spoken(self, brief: VoiceBrief, attempt: Attempt, delivery: Delivery, rate_wpm: int) -> Spoken:
        pitch = brief.voice.pitch + delivery.pitch
        variant = str(attempt.parameters["variant"])
        spoken = speak(brief.text, variant, pitch, rate_wpm, brief.voice.language, delivery.liveliness)
        if float(np.abs(spoken.samples).max(initial=0.0)) < 1e-3:
            raise MediaError(
                f"nothing in {brief.text[:60]!r} can be spoken; expected letters, digits or an emoji with a name. "
                "Change the line, or write it as action"
            )
        return spoken


def _expected_s(spoken: Spoken) -> float:
    """Return how long a line will be once finished, at most: its sound, the room's tail and the silence around it."""
    start, end = _audible_span(spoken.samples)
    return (end - start) / spoken.sample_rate_hz + LEAD_S + TAIL_S + _ROOM_TAIL_S


def _finished(spoken: Spoken, delivery: Delivery, gain_db: float) -> _Line:
    """Return the line warmed, levelled and trimmed, with its word times moved along."""
    # one name for all steps: a line of minutes must not be in memory several times over
    shaped: Samples = np.asarray(
        scipy.signal.resample_poly(spoken.samples, SAMPLE_RATE_HZ, spoken.sample_rate_hz), np.float32
    )
    shaped = _warmed(shaped)
    shaped = _breathed(shaped, delivery.breath)
    shaped = _compressed(shaped)
    shaped = _through_a_radio(shaped) if delivery.distant else _in_a_room(shaped)
    level_db = LINE_LUFS + gain_db - loudness_lufs(shaped, SAMPLE_RATE_HZ)
    shaped *= np.float32(gain_of(level_db))
    shaped = limited(shaped, PEAK_DBTP + min(gain_db, 0.0))
    start, end = _audible_span(shaped)
    samples = _cut(shaped, start - round(LEAD_S * SAMPLE_RATE_HZ), end + round(TAIL_S * SAMPLE_RATE_HZ))
    moved_s = start / SAMPLE_RATE_HZ - LEAD_S
    words = [
        {
            "text": word.text,
            "start_s": round(max(0.0, word.start_s - moved_s), 4),
            "end_s": round(min(len(samples) / SAMPLE_RATE_HZ, word.end_s - moved_s), 4),
        }
        for word in spoken.words
    ]
    return _Line(samples, words)


def _audible_span(samples: Samples) -> tuple[int, int]:
    """Return where the sound first and last stands above -45 dBFS, as [start, end)."""
    loud = np.flatnonzero(np.abs(samples) > _AUDIBLE)
    return (int(loud[0]), int(loud[-1]) + 1) if loud.size else (0, len(samples))


def _cut(samples: Samples, start: int, end: int) -> Samples:
    """Return samples [start, end) with silence beyond the ends, eased in over 5 ms and out over 30 ms."""
    padded = np.pad(samples[max(0, start) : end], (max(0, -start), max(0, end - len(samples))))
    ease_in, ease_out = round(0.005 * SAMPLE_RATE_HZ), round(0.03 * SAMPLE_RATE_HZ)
    padded[:ease_in] *= np.linspace(0, 1, ease_in, dtype=np.float32)
    padded[-ease_out:] *= np.linspace(1, 0, ease_out, dtype=np.float32)
    return padded


def _band(kind: str, *edges_hz: float, order: int = 1) -> NDArray[np.float64]:
    edges = edges_hz[0] if len(edges_hz) == 1 else edges_hz
    return cast(NDArray[np.float64], scipy.signal.butter(order, edges, kind, fs=SAMPLE_RATE_HZ, output="sos"))


def _filtered(sections: NDArray[np.float64], samples: Samples) -> Samples:
    return np.asarray(scipy.signal.sosfilt(sections, samples), np.float32)


def _warmed(samples: Samples) -> Samples:
    """Return espeak's thin, buzzing sound with more chest, less nose and a softer top."""
    clean = _filtered(_band("highpass", 70.0, order=2), samples)
    made = clean.copy()
    for share, band in (
        (0.35, _band("bandpass", 120.0, 320.0)),  # chest
        (-0.3, _band("bandpass", 2300.0, 3900.0)),  # nose
        (-0.35, _band("highpass", 6000.0)),
    ):
        made += np.float32(share) * _filtered(band, clean)
    return made


def _breathed(samples: Samples, share: float) -> Samples:
    """Return the voice with a share of it replaced by noise of the same loudness over time."""
    if share <= 0:
        return samples
    window = round(0.012 * SAMPLE_RATE_HZ)
    envelope: Samples = np.sqrt(np.maximum(scipy.ndimage.uniform_filter1d(np.square(samples), window), 0.0))
    noise = np.random.default_rng(11).standard_normal(len(samples), np.float32)
    breath = _filtered(_band("bandpass", 900.0, 7000.0), noise)
    breath /= np.float32(max(float(breath.std()), 1e-6))
    made: Samples = samples * np.float32(1 - share) + breath * envelope * np.float32(0.7 * share)
    return made


def _compressed(samples: Samples) -> Samples:
    """Return the voice with its loud syllables held back, 2.5 to 1 above 10 dB under its own level."""
    energy: Samples = scipy.ndimage.uniform_filter1d(np.square(samples), round(0.03 * SAMPLE_RATE_HZ))
    level = np.sqrt(np.maximum(energy, 1e-12))
    threshold = max(float(np.sqrt(np.mean(np.square(samples)))) * gain_of(-4.0), 1e-6)
    gain = np.minimum(1.0, (level / threshold) ** (1 / 2.5 - 1))
    eased = np.asarray(scipy.ndimage.uniform_filter1d(gain, round(0.06 * SAMPLE_RATE_HZ)), np.float32)
    return samples * eased


@cache
def _room() -> Samples:
    """Return a small furnished room: three walls, then 0.15 s of dying noise; the direct sound comes first."""
    length = round(0.15 * SAMPLE_RATE_HZ)
    at_s = np.arange(length) / SAMPLE_RATE_HZ
    tail = np.random.default_rng(5).standard_normal(length) * np.exp(-at_s / 0.03) * (at_s > 0.004)
    tail = scipy.signal.sosfilt(_band("bandpass", 250.0, 4500.0), tail)
    room = tail * gain_of(-15.0) / max(float(np.sqrt(np.square(tail).sum())), 1e-9)
    for delay_s, decibels in ((0.0073, -17.0), (0.0117, -19.0), (0.0191, -22.0)):
        room[round(delay_s * SAMPLE_RATE_HZ)] += gain_of(decibels)
    room[0] = 1.0
    return np.asarray(room, np.float32)


def _in_a_room(samples: Samples) -> Samples:
    return np.asarray(scipy.signal.oaconvolve(samples, _room()), np.float32)


def _through_a_radio(samples: Samples) -> Samples:
    """Return the voice as a small loudspeaker gives it: 400 to 3200 Hz, a little overdriven."""
    narrow = _filtered(_band("bandpass", 400.0, 3200.0, order=3), samples)
    drive = np.float32(2.2 / max(float(np.abs(narrow).max(initial=0.0)), 1e-6))
    return np.asarray(np.tanh(narrow * drive), np.float32)
