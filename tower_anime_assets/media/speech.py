"""Speech synthesis by espeak-ng and Open JTalk, in processes of their own, with the time of every written word.

How a character sounds, and how the sound is processed, belongs to the voice engine.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import scipy  # its parts are loaded when first used: at start-up they would cost a second
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.japanese_speech import (
    JapaneseLine,
    measure_japanese,
    prepare_line,
    speak_japanese,
    tuned_rate_hz,
)
from tower_anime_assets.media.lanes import usable_cores
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.media.synthesizer_child import run_synthesizer
from tower_anime_assets.production.planning.readers import Passage, is_word, split_passages
from tower_anime_assets.production.planning.word_times import TimedWord

MAX_CHARACTERS = 20_000
TIMEOUT_S = 60.0
MEASURE_TIMEOUT_S = 600.0
MIN_LINES_PER_PROCESS = 32
"""Fewer lines are spoken sooner than a process is started for them."""

MEASURERS = min(usable_cores(), 16)
"""Processes that measure lines at once. They take 20 MB each: far less than what makes takes, which has fewer lanes."""

PHRASE_PAUSE_S, WORD_PAUSE_S = 0.25, 0.06
"""Silence where one synthesizer takes over from another, after a comma or full stop and within a phrase."""

RATES_WPM = (80, 450)
"""The slowest and fastest rate that espeak-ng accepts."""

_PHRASE_ENDS = frozenset(".,;:!?。、！？…")
_JOINT_LEVEL = 10 ** (-50 / 20)
_JOINED_RMS = 0.1
_RATE_EXPONENT = 1 / 1.15
"""espeak-ng's lengths fall by the 1.15th power of the rate; see `timing`."""

_CHILD_SCRIPT = Path(__file__).with_name("espeak_child.py")


@dataclass(frozen=True)
class SynthesizedSpeech:
    """A spoken text.

    Attributes:
        samples: (samples,) float32, mono, full scale 1.0.
        words: The written words that were spoken, in order.
        skipped: The written words that no voice can speak, in order.
        has_exact_words: Whether the words' times are measured; they share the line's time otherwise.
    """

    samples: NDArray[np.float32]
    sample_rate_hz: int
    words: tuple[TimedWord, ...]
    skipped: tuple[str, ...]
    has_exact_words: bool = True


@functools.cache
def _espeak_folder() -> Path:
    spec = importlib.util.find_spec("espeakng_loader")
    if spec is None or spec.origin is None:
        raise MediaError("espeak-ng is not installed; expected the package espeakng-loader. Install the project again")
    return Path(spec.origin).parent


def _library_path(folder: Path) -> Path:
    for name in ("libespeak-ng.so", "libespeak-ng.dylib", "espeak-ng.dll"):
        if (folder / name).exists():
            return folder / name
    raise MediaError(f"{folder} has no espeak-ng library for this platform. Install espeakng-loader again")


@dataclass(frozen=True)
class SpeechRequest:
    """A text and the voice that speaks it.

    Attributes:
        text: At most 20,000 characters; runs of dots become a pause.
        variant: Variant such as "f2" or "m7"; "" for the language's default voice.
        pitch: 0..99.
        rate_wpm: Words per minute, clamped to 80..450.
        language: BCP 47 tag; a region that espeak-ng does not know is dropped.
        pitch_range: 0 (monotonous)..99 (lively).
        vocal_tract: Length of the vocal tract as a share of an adult's: a shorter one raises fundamental and formants
            alike.
    """

    text: str
    variant: str
    pitch: int
    rate_wpm: int
    language: str = "en"
    pitch_range: int = 50
    vocal_tract: float = 1.0


def synthesize_speech(
    text: str,
    voice_name: str,
    pitch: int,
    rate_wpm: int,
    language: str = "en",
    pitch_range: int = 50,
    timeout_s: float = TIMEOUT_S,
    *,
    vocal_tract: float = 1.0,
) -> SynthesizedSpeech:
    """Return a text spoken, with the time of every written word; the arguments are those of `SpeechRequest`.

    A word is a run of non-space characters with a letter or digit. Words in a script that the language's voice does not
    read are read by a voice of that script, in the same variant, Japanese by Open JTalk.

    Raises:
        MediaError: The language or variant is unknown, the text is too long, or a synthesizer failed or hung.
    """
    request = SpeechRequest(text, voice_name, pitch, rate_wpm, language, pitch_range, vocal_tract)
    if len(text) > MAX_CHARACTERS:
        raise MediaError(f"the line has {len(text)} characters; expected at most {MAX_CHARACTERS}. Split it")
    tokens = text.split()
    pieces = [_speak_passages(request, group, timeout_s) for group in _by_reader(split_passages(tokens, language))]
    piece = pieces[0] if len(pieces) == 1 else _join_pieces(pieces)
    rate_hz = piece.sample_rate_hz
    times: dict[int, tuple[float, float]] = {}
    for index, start, end in piece.words:  # a token of several scripts has several parts
        start_s, end_s = times.get(index, (start / rate_hz, 0.0))
        times[index] = (start_s, max(end_s, end / rate_hz))
    words = tuple(TimedWord(tokens[index], *times[index]) for index in sorted(times))
    skipped = tuple(token for index, token in enumerate(tokens) if is_word(token) and index not in times)
    return SynthesizedSpeech(piece.samples, rate_hz, words, skipped, piece.has_exact_words)


def measure_speech(requests: Sequence[SpeechRequest], timeout_s: float = MEASURE_TIMEOUT_S) -> list[float | None]:
    """Return how long each text can be heard, seconds, without the silence around it; None where it cannot be spoken.

    Lengths are those of `synthesize_speech`, for a small part of its time: every line of an episode is asked at once.

    Raises:
        MediaError: A synthesizer failed or hung.
    """
    groups = [
        (number, group)
        for number, request in enumerate(requests)
        if len(request.text) <= MAX_CHARACTERS
        for group in _by_reader(split_passages(request.text.split(), request.language))
    ]
    japanese = [(number, _japanese_line(requests[number], group)) for number, group in groups if group[0].is_japanese]
    other = [(number, _espeak_line(requests[number], group)) for number, group in groups if not group[0].is_japanese]
    lengths_s = [0.0 if len(request.text) <= MAX_CHARACTERS else None for request in requests]
    japanese_lengths_s = measure_japanese([line for _number, line in japanese], timeout_s)
    for (number, _japanese), length_s in zip(japanese, japanese_lengths_s, strict=True):
        _add_length(lengths_s, number, length_s)
    for (number, _line), length_s in zip(
        other, _measure_espeak([line for _number, line in other], timeout_s), strict=True
    ):
        _add_length(lengths_s, number, None if length_s is None else length_s * requests[number].vocal_tract)
    for (number, group), (following, _group) in pairwise(groups):
        if number == following:
            _add_length(lengths_s, number, _pause_s(group))
    return lengths_s


def _add_length(lengths_s: list[float | None], number: int, length_s: float | None) -> None:
    so_far_s = lengths_s[number]
    lengths_s[number] = None if so_far_s is None or length_s is None else so_far_s + length_s


@dataclass(frozen=True)
class _PassageSound:
    """A part of a line, spoken by one reader: its samples, and its words as token number, start and end in samples.

    Attributes:
        pause_s: Silence after it, before the next piece.
    """

    samples: NDArray[np.float32]
    sample_rate_hz: int
    words: tuple[tuple[int, int, int], ...]
    has_exact_words: bool = True
    pause_s: float = 0.0


def _by_reader(passages: Sequence[Passage]) -> list[list[Passage]]:
    """Return passages in groups that one synthesizer reads at a time; one empty group for no passages."""
    groups = [list(group) for _is_japanese, group in groupby(passages, key=lambda passage: passage.is_japanese)]
    return groups or [[Passage("en", ())]]


def _pause_s(passages: Sequence[Passage]) -> float:
    """Return the silence after passages where another synthesizer takes over."""
    return PHRASE_PAUSE_S if passages[-1].text[-1:] in _PHRASE_ENDS else WORD_PAUSE_S


def _speak_passages(request: SpeechRequest, passages: Sequence[Passage], timeout_s: float) -> _PassageSound:
    pause_s = _pause_s(passages)
    if passages[0].is_japanese:
        line = _japanese_line(request, passages)
        sound = speak_japanese(line, timeout_s)
        indexes = [word.index for passage in passages for word in passage.words]
        words = tuple((indexes[number], start, end) for number, start, end in sound.words if indexes[number] >= 0)
        return _PassageSound(sound.samples, line.sample_rate_hz, words, sound.has_exact_words, pause_s)
    folder = _espeak_folder()
    espeak_request = {"library": str(_library_path(folder)), "data": str(folder), **_espeak_line(request, passages)}
    header, data = _run_espeak(espeak_request, request.text, timeout_s)
    samples = np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
    rate_hz = tuned_rate_hz(int(header["sample_rate_hz"]), 1 / request.vocal_tract)
    words = tuple((word["index"], word["start"], word["end"]) for word in header["words"])
    return _PassageSound(samples, rate_hz, words, pause_s=pause_s)


def _japanese_line(request: SpeechRequest, passages: Sequence[Passage]) -> JapaneseLine:
    text = " ".join(passage.text for passage in passages)
    return prepare_line(text, request.variant, request.pitch, request.rate_wpm, request.vocal_tract)


def _espeak_line(request: SpeechRequest, passages: Sequence[Passage]) -> dict[str, Any]:
    """Return what espeak-ng is told; a smaller speaker is spoken slower and played faster."""
    rate_wpm = request.rate_wpm
    if request.vocal_tract != 1.0:
        rate_wpm = round(rate_wpm * request.vocal_tract**_RATE_EXPONENT)
    return {
        "variant": request.variant,
        "rate_wpm": min(max(rate_wpm, RATES_WPM[0]), RATES_WPM[1]),
        "pitch": min(max(request.pitch, 0), 99),
        "pitch_range": min(max(request.pitch_range, 0), 99),
        "runs": [
            {
                "language": passage.language if passage.words else request.language,
                "words": [{"index": word.index, "text": word.text} for word in passage.words],
            }
            for passage in passages
        ],
    }


def _join_pieces(pieces: Sequence[_PassageSound]) -> _PassageSound:
    """Return pieces of several readers as one, equally loud, with a pause where a phrase ends."""
    joined: list[NDArray[np.float32]] = []
    words: list[tuple[int, int, int]] = []
    offset = 0
    for number, piece in enumerate(pieces):
        sound = scipy.signal.resample_poly(piece.samples, SAMPLE_RATE_HZ, piece.sample_rate_hz).astype(np.float32)
        loud = np.flatnonzero(np.abs(sound) > _JOINT_LEVEL)
        start, end = (int(loud[0]), int(loud[-1]) + 1) if loud.size else (0, 0)
        sound = sound[start:end]
        level = float(np.sqrt(np.mean(np.square(sound)))) if end > start else 1.0
        joined.append(sound * np.float32(_JOINED_RMS / level))
        scale = SAMPLE_RATE_HZ / piece.sample_rate_hz
        for index, first, last in piece.words:
            first_sample = min(max(round(first * scale) - start, 0), end - start)
            last_sample = min(max(round(last * scale) - start, 0), end - start)
            words.append((index, offset + first_sample, offset + last_sample))
        offset += end - start
        if number < len(pieces) - 1:
            pause = round(piece.pause_s * SAMPLE_RATE_HZ)
            joined.append(np.zeros(pause, np.float32))
            offset += pause
    is_exact = all(piece.has_exact_words for piece in pieces)
    return _PassageSound(np.concatenate(joined), SAMPLE_RATE_HZ, tuple(words), is_exact)


def _measure_espeak(lines: Sequence[dict[str, Any]], timeout_s: float) -> list[float | None]:
    """Return how long espeak-ng's lines can be heard, seconds; in as many processes as there are cores."""
    if not lines:
        return []
    folder = _espeak_folder()
    share = max(MIN_LINES_PER_PROCESS, -(-len(lines) // MEASURERS))
    batches = [lines[at : at + share] for at in range(0, len(lines), share)]

    def measure(batch: Sequence[dict[str, Any]]) -> list[float | None]:
        request = {"library": str(_library_path(folder)), "data": str(folder), "lines": batch}
        header, _data = _run_espeak(request, f"{len(batch)} lines", timeout_s)
        rate_hz = header["sample_rate_hz"]
        return [None if length is None else length / rate_hz for length in header["lengths"]]

    with ThreadPoolExecutor(MEASURERS) as pool:
        return [length for lengths in pool.map(measure, batches) for length in lengths]


def _run_espeak(request: dict[str, Any], text: str, timeout_s: float) -> tuple[dict[str, Any], bytes]:
    excerpt = text if len(text) <= 60 else text[:57] + "..."
    header, data = run_synthesizer("espeak-ng", _CHILD_SCRIPT, request, excerpt, timeout_s, "-S")
    if "error" in header:
        raise MediaError(f"cannot speak {excerpt!r}: {header['error']}. Change the character's `voice`")
    return header, data
