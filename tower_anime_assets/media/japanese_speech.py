"""Japanese spoken by Open JTalk, in a process of its own: the parent's side.

The package has one voice, a bright young woman's. Other characters are made of it by moving its fundamental in the
synthesizer, and its formants by playing the sound at another speed, which the synthesizer makes up for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.lanes import LANES
from tower_anime_assets.media.synthesizer_child import run_synthesizer

MIN_LINES_PER_PROCESS = 100
"""Fewer lines are measured sooner than a second dictionary is loaded."""

_CHILD_SCRIPT = Path(__file__).with_name("open_jtalk_child.py")
_VOICE_F0_HZ = 356.0
"""Median fundamental of the package's voice "mei_normal", measured over four sentences."""

_MIDDLE_F0_HZ = {"f": 188.0, "m": 97.0}
_F0_PER_PITCH = {"f": 0.0098, "m": 0.0085}
"""espeak-ng's median fundamental at pitch 50, and its growth per step, by kind of variant: measured over all variants
from pitch 10 to 90. A character keeps its fundamental when it changes from one language to the other."""

_FORMANT_RATIO = {"f": 0.90, "m": 0.77}
"""Formants of a woman and a man as shares of the voice's, whose third lies at 3.5 kHz, theirs at 3.1 and 2.6 kHz."""

_FORMANT_STEP = 0.015
_HALF_TONES = (-20.0, 8.0)
_SPEEDS = (0.4, 3.0)
_NORMAL_RATE_WPM = 165
_RATE_STEP_HZ = 150
_REPEATED = re.compile(r"(.{1,3}?)\1{5,}")
_MAX_REPEATS = 5
"""A scream of twenty vowels is heard as one of five; more make the synthesizer's filter run away."""


@dataclass(frozen=True)
class JapaneseLine:
    """One text for Open JTalk.

    Attributes:
        text: Words separated by single spaces.
        speed: 1.0 is the voice's own.
        half_tone: Added to its fundamental before the sound is played faster or slower.
        sample_rate_hz: The rate at which its samples are played: above 48,000 the speaker is smaller.
    """

    text: str
    speed: float
    half_tone: float
    sample_rate_hz: int


@dataclass(frozen=True)
class JapaneseSound:
    """A spoken text; times are in samples at its line's rate.

    Attributes:
        samples: (samples,) float32, full scale 1.0.
        start: Where its first sound begins.
        end: Where its last sound ends.
        words: Word number, start and end, of the words that were heard.
        has_exact_words: Whether the words' times are those of their sounds; they share the text's time otherwise.
    """

    samples: NDArray[np.float32]
    start: int
    end: int
    words: tuple[tuple[int, int, int], ...]
    has_exact_words: bool


def tuned_rate_hz(rate_hz: int, ratio: float) -> int:
    """Return a sample rate times a ratio, rounded so that it can be resampled cheaply."""
    return round(rate_hz * ratio / _RATE_STEP_HZ) * _RATE_STEP_HZ if ratio != 1.0 else rate_hz


def prepare_line(text: str, variant: str, pitch: int, rate_wpm: int, vocal_tract: float) -> JapaneseLine:
    """Return a text as a character says it.

    Args:
        text: The words.
        variant: espeak-ng's variant of the character, such as f2: its letter and number choose the timbre.
        pitch: 0..99, as espeak-ng counts it.
        rate_wpm: Words per minute, likewise.
        vocal_tract: Length of the vocal tract as a share of an adult's.
    """
    kind = "f" if variant.startswith("f") else "m"
    number = int(variant[1:]) if variant[1:].isdecimal() else 3
    ratio = (_FORMANT_RATIO[kind] + _FORMANT_STEP * (number % 5 - 2)) / vocal_tract
    rate_hz = tuned_rate_hz(48_000, ratio)
    ratio = rate_hz / 48_000
    f0_hz = _MIDDLE_F0_HZ[kind] * math.exp(_F0_PER_PITCH[kind] * (pitch - 50)) / vocal_tract
    half_tone = 12 * math.log2(f0_hz / (_VOICE_F0_HZ * ratio))
    speed = rate_wpm / _NORMAL_RATE_WPM / ratio
    return JapaneseLine(
        text=_REPEATED.sub(lambda match: match[1] * _MAX_REPEATS, text),
        speed=round(min(max(speed, _SPEEDS[0]), _SPEEDS[1]), 4),
        half_tone=round(min(max(half_tone, _HALF_TONES[0]), _HALF_TONES[1]), 3),
        sample_rate_hz=rate_hz,
    )


def speak_japanese(line: JapaneseLine, timeout_s: float) -> JapaneseSound:
    """Return a text spoken by Open JTalk.

    Raises:
        MediaError: Open JTalk failed, hung, or takes no text as long.
    """
    (report,), data = _run_child({"measure": False, "lines": [_request(line)]}, line.text[:60], timeout_s)
    if "error" in report:
        raise MediaError(f"cannot speak {line.text[:60]!r}: Open JTalk says: {report['error']}. Split the line")
    words = tuple((word["index"], word["start"], word["end"]) for word in report["words"])
    exact = report["times"] == "labels"
    return JapaneseSound(np.frombuffer(data, "<f4"), report["start"], report["end"], words, exact)


def measure_japanese(lines: Sequence[JapaneseLine], timeout_s: float) -> list[float | None]:
    """Return how long texts can be heard, seconds, None where Open JTalk cannot speak one; without synthesizing them.

    Raises:
        MediaError: Open JTalk failed or hung.
    """
    if not lines:
        return []
    share = max(MIN_LINES_PER_PROCESS, -(-len(lines) // LANES))
    batches = [lines[at : at + share] for at in range(0, len(lines), share)]

    def measure(batch: Sequence[JapaneseLine]) -> list[float | None]:
        request = {"measure": True, "lines": [_request(line) for line in batch]}
        reports, _data = _run_child(request, batch[0].text[:60], timeout_s)
        return [
            None if "error" in report else (report["end"] - report["start"]) / line.sample_rate_hz
            for line, report in zip(batch, reports, strict=True)
        ]

    with ThreadPoolExecutor(LANES) as pool:
        return [length for lengths in pool.map(measure, batches) for length in lengths]


def _request(line: JapaneseLine) -> dict[str, Any]:
    return {"text": line.text, "speed": line.speed, "half_tone": line.half_tone}


def _run_child(request: dict[str, Any], excerpt: str, timeout_s: float) -> tuple[list[dict[str, Any]], bytes]:
    header, data = run_synthesizer("Open JTalk", _CHILD_SCRIPT, request, excerpt, timeout_s)
    return header["lines"], data
