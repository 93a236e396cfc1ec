"""When each word of a line is heard: a service's times matched to the written words, or an estimate from the sound."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
FloatArray = NDArray[np.float64]

MIN_SYLLABLE_S = 0.06
"""A sound with less time than this for each syllable cannot hold the whole line. Intelligible speech takes twice as
long; the rest is room for miscounted syllables."""

_HOP_S = 0.01
_SILENCE_RMS = 10 ** (-45 / 20)
_PEAK_RATIO = 10 ** (-30 / 20)
_MAX_CLOSURE_S = 0.12
"""Shorter gaps are closures of consonants such as t and k, not pauses."""

_MIN_STRETCH_S = 0.03
_BORDER_SEARCH_S = 0.08
_PAUSE_MARKS = frozenset(".!?…,;:—–。、！？；：،؛؟।")
_MISPLACED_PAUSE_COST = 2.0
_MISSED_PAUSE_COST = 0.7
_VOWELS = re.compile(r"[aeiouyаеёиоуыэюяαεηιουω]+")


@dataclass(frozen=True)
class TimedWord:
    """A word and when it is heard, seconds from the start of the sound."""

    text: str
    start_s: float
    end_s: float


def estimate_word_times(samples: Samples, rate_hz: int, text: str) -> tuple[TimedWord, ...]:
    """Return when each written word of a line is heard, estimated from the sound's energy; () for silence.

    Words are assigned to the stretches of sound between pauses so that lengths agree and pauses fall on punctuation.
    Within a stretch words share the time by their length, divided where the sound is weakest. A sound too short for the
    line gets no more words than can be spoken in it.

    Args:
        samples: (samples,) or (samples, channels), full scale 1.0.
        rate_hz: Sample rate.
        text: The line as written. Words are separated by white space and hold a letter or a digit.
    """
    words, pauses = _words_and_pauses(text)
    levels = _rms_levels(samples, rate_hz)
    stretches = _sounding_stretches(levels)
    sounding_s = sum(end - start for start, end in stretches) * _HOP_S
    word_count = int(
        np.searchsorted(np.cumsum([_count_syllables(word) for word in words]), sounding_s / MIN_SYLLABLE_S, "right")
    )
    if not word_count:
        return ()
    words, pauses = words[:word_count], pauses[:word_count]
    weights = np.array([_spoken_length(word) for word in words])
    stretches = _merge_to_count(stretches, word_count)
    first_words = [*_assign_words(stretches, weights, np.array(pauses, float)), word_count]
    timed_words: list[TimedWord] = []
    for (start, end), (first_word, end_word) in zip(stretches, pairwise(first_words), strict=True):
        borders = _word_borders(levels, start, end, weights[first_word:end_word])
        timed_words += [
            TimedWord(word, round(begin * _HOP_S, 3), round(until * _HOP_S, 3))
            for word, (begin, until) in zip(words[first_word:end_word], pairwise(borders), strict=True)
        ]
    return tuple(timed_words)


def match_word_times(service_words: Sequence[TimedWord], text: str) -> tuple[TimedWord, ...]:
    """Return the written words of a line with the times that a service gives for its spoken words.

    Where the service spells differently, such as "twenty two" for "22", the written words share the time by their
    length. Written words that were not spoken are left out, spoken words that are not in the text are ignored.

    Args:
        service_words: In order of time.
        text: The line as written.
    """
    words, _pauses = _words_and_pauses(text)
    spoken_words = [word for word in service_words if _letters_and_digits(word.text)]
    timed_words: list[TimedWord] = []
    matcher = difflib.SequenceMatcher(
        None,
        [_letters_and_digits(word.text) for word in spoken_words],
        [_letters_and_digits(word) for word in words],
        autojunk=False,
    )
    for kind, spoken_start, spoken_end, word_start, word_end in matcher.get_opcodes():
        if kind == "equal":
            pairs = zip(words[word_start:word_end], spoken_words[spoken_start:spoken_end], strict=True)
            timed_words += [TimedWord(word, spoken_word.start_s, spoken_word.end_s) for word, spoken_word in pairs]
        elif kind == "replace":
            timed_words += _share_time(
                words[word_start:word_end], spoken_words[spoken_start].start_s, spoken_words[spoken_end - 1].end_s
            )
    return tuple(timed_words)


def _words_and_pauses(text: str) -> tuple[list[str], list[bool]]:
    """Return the written words, and whether a reader pauses after each."""
    words: list[str] = []
    pauses: list[bool] = []
    for token in text.split():
        if _letters_and_digits(token):
            words.append(token)
            pauses.append(bool(_PAUSE_MARKS.intersection(token[-2:])))
        elif words and _PAUSE_MARKS.intersection(token):
            pauses[-1] = True
    return words, pauses


def _letters_and_digits(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())


def _count_syllables(word: str) -> int:
    """Return roughly how many syllables a word has, at least 1."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    letters = sum(character.isalpha() for character in decomposed)
    vowels = len(_VOWELS.findall(decomposed))
    digits = sum(character.isdigit() for character in decomposed)
    syllabic_letters = sum(_is_syllabic_letter(character) for character in word)
    if not vowels and not syllabic_letters and letters > 3 and not decomposed.isascii():
        vowels = letters // 2  # scripts that write consonants only, or vowels as marks
    return max(1, vowels + digits + syllabic_letters)


def _is_syllabic_letter(character: str) -> bool:
    """Return whether a letter is about a syllable by itself, as in Chinese, Japanese and Korean."""
    return character.isalpha() and unicodedata.east_asian_width(character) == "W"


def _spoken_length(word: str) -> float:
    """Return how long a word takes to say, in average syllables."""
    return 0.55 * _count_syllables(word) + 0.17 * len(_letters_and_digits(word))


def _rms_levels(samples: Samples, rate_hz: int) -> FloatArray:
    """Return the RMS of each hop of 10 ms over all channels."""
    columns = samples[:, None] if samples.ndim == 1 else samples
    hop_samples = max(1, round(rate_hz * _HOP_S))
    used_samples = len(columns) // hop_samples * hop_samples
    if not used_samples:
        return np.zeros(0)
    hops = np.square(columns[:used_samples], dtype=np.float64).reshape(-1, hop_samples * columns.shape[1])
    return np.asarray(np.sqrt(hops.mean(axis=1)), np.float64)


def _sounding_stretches(levels: FloatArray) -> list[tuple[int, int]]:
    """Return where there is sound, as [start, end) in hops; gaps as short as a consonant's closure are filled."""
    sounding = levels > max(_SILENCE_RMS, float(levels.max(initial=0.0)) * _PEAK_RATIO)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], sounding, [False]]).astype(np.int8)))
    stretches: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if stretches and (start - stretches[-1][1]) * _HOP_S < _MAX_CLOSURE_S:
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((start, end))
    return [item for item in stretches if (item[1] - item[0]) * _HOP_S >= _MIN_STRETCH_S]


def _merge_to_count(stretches: list[tuple[int, int]], count: int) -> list[tuple[int, int]]:
    """Return the stretches, joined across the shortest gaps until there are at most `count`."""
    merged = list(stretches)
    while len(merged) > count:
        narrowest = min(range(1, len(merged)), key=lambda index: merged[index][0] - merged[index - 1][1])
        merged[narrowest - 1 : narrowest + 1] = [(merged[narrowest - 1][0], merged[narrowest][1])]
    return merged


def _assign_words(stretches: Sequence[tuple[int, int]], weights: FloatArray, pauses: FloatArray) -> list[int]:
    """Return the first word of each stretch: the division with the least total misfit."""
    count = len(weights)
    cumulative_weights = np.concatenate([[0.0], np.cumsum(weights)])
    cumulative_pauses = np.concatenate([[0.0], np.cumsum(pauses)])
    lengths = np.array([end - start for start, end in stretches], float)
    expected = (
        (cumulative_weights[None, :] - cumulative_weights[:, None]) * lengths.sum() / cumulative_weights[-1]
    )  # words [i, j) by row i and column j
    scale = np.maximum(expected, lengths.sum() / cumulative_weights[-1])
    inner_pauses = np.maximum(
        cumulative_pauses[np.maximum(np.arange(count + 1) - 1, 0)][None, :] - cumulative_pauses[:, None], 0.0
    )
    is_empty_span = np.tril(np.ones((count + 1, count + 1), bool))
    least_cost = np.full(count + 1, np.inf)
    least_cost[0] = 0.0
    origins: list[NDArray[np.intp]] = []
    for number, length in enumerate(lengths):
        cost = np.square(length - expected) / (0.25 * scale * scale) + _MISSED_PAUSE_COST * inner_pauses
        if number < len(lengths) - 1:
            cost[:, 1:] += _MISPLACED_PAUSE_COST * (1 - pauses)[None, :]
        cost[is_empty_span] = np.inf
        total = least_cost[:, None] + cost
        origins.append(total.argmin(axis=0))
        least_cost = total.min(axis=0)
    first_words = [count]
    for origin in reversed(origins):
        first_words.append(int(origin[first_words[-1]]))
    return first_words[:0:-1]


def _word_borders(levels: FloatArray, start: int, end: int, weights: FloatArray) -> list[int]:
    """Return the borders of words in a stretch, in hops: by weight, then moved to the weakest point nearby."""
    shares = np.cumsum(weights) / weights.sum()
    ideal_borders = [start, *(start + shares[:-1] * (end - start)).round().astype(int).tolist(), end]
    smooth = np.convolve(levels, np.full(3, 1 / 3), "same")
    borders = [start]
    for before, at, after in zip(ideal_borders, ideal_borders[1:], ideal_borders[2:], strict=False):
        reach = min(_BORDER_SEARCH_S / _HOP_S, 0.4 * (at - before), 0.4 * (after - at))
        low, high = max(borders[-1] + 1, at - int(reach)), at + int(reach) + 1
        nearby = smooth[low:high]
        borders.append(low + int(nearby.argmin()) if nearby.size else max(borders[-1] + 1, at))
    return [*borders, max(end, borders[-1] + 1)]


def _share_time(words: Sequence[str], start_s: float, end_s: float) -> list[TimedWord]:
    shares = np.cumsum([0.0, *(_spoken_length(word) for word in words)])
    times_s = (start_s + (end_s - start_s) * shares / shares[-1]).round(4).tolist()
    return [TimedWord(word, *span) for word, span in zip(words, pairwise(times_s), strict=True)]
