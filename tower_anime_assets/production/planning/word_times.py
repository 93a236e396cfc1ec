"""When each word of a line sounds: a service's own times fitted to the written words, or an estimate from the sound.

Pure: samples and texts in, times out. What is done with the times belongs to subtitles, gates and animators.
"""

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
Numbers = NDArray[np.float64]

QUICKEST_SYLLABLE_S = 0.06
"""A sound that leaves less time than this for each syllable cannot hold the whole line. Speech that can still be
followed takes twice as long; the rest is room for syllables counted wrong."""

_HOP_S = 0.01
_FLOOR = 10 ** (-45 / 20)
_BELOW_PEAK = 10 ** (-30 / 20)
_CLOSURE_S = 0.12
"""Shorter holes are the closures of consonants such as t and k, not pauses."""

_SHORTEST_S = 0.03
_NEAR_S = 0.08
_PAUSES = frozenset(".!?…,;:—–。、！？；：،؛؟।")
_MISPLACED_PAUSE = 2.0
_MISSED_PAUSE = 0.7
_VOWELS = re.compile(r"[aeiouyаеёиоуыэюяαεηιουω]+")


@dataclass(frozen=True)
class TimedWord:
    """A word and when it sounds, seconds from the sound's start."""

    text: str
    start_s: float
    end_s: float


def estimated_words(samples: Samples, rate_hz: int, text: str) -> tuple[TimedWord, ...]:
    """Return when each written word of a line sounds, as far as the sound's energy tells; () for silence.

    Stretches of sound between pauses are given words so that their lengths agree with the words' and pauses fall on
    punctuation; within a stretch the words share its time by their length, divided where the sound is weakest. A
    sound too short for the whole line gets no more words than could be spoken in it.

    Args:
        samples: (samples,) or (samples, channels), full scale 1.0.
        rate_hz: Sample rate.
        text: The line as written; a word is what stands between white space and holds a letter or a digit.
    """
    words, pauses = _words_and_pauses(text)
    levels = _levels(samples, rate_hz)
    stretches = _stretches(levels)
    heard_s = sum(end - start for start, end in stretches) * _HOP_S
    count = int(
        np.searchsorted(np.cumsum([_syllables(word) for word in words]), heard_s / QUICKEST_SYLLABLE_S, "right")
    )
    if not count:
        return ()
    words, pauses = words[:count], pauses[:count]
    weights = np.array([_weight(word) for word in words])
    stretches = _at_most(stretches, count)
    firsts = [*_shared_out(stretches, weights, np.array(pauses, float)), count]
    made: list[TimedWord] = []
    for (start, end), (first, past) in zip(stretches, pairwise(firsts), strict=True):
        edges = _divided(levels, start, end, weights[first:past])
        made += [
            TimedWord(word, round(begin * _HOP_S, 3), round(until * _HOP_S, 3))
            for word, (begin, until) in zip(words[first:past], pairwise(edges), strict=True)
        ]
    return tuple(made)


def matched_words(given: Sequence[TimedWord], text: str) -> tuple[TimedWord, ...]:
    """Return the written words of a line with the times that a service gave to what it says it spoke.

    Where it writes a stretch otherwise, such as "twenty two" for "22", the written words share that stretch by their
    length. A written word that it did not speak is left out, and what it spoke beside the text is passed over.

    Args:
        given: In order of time.
        text: The line as written.
    """
    words, _pauses = _words_and_pauses(text)
    spoken = [word for word in given if _bare(word.text)]
    made: list[TimedWord] = []
    match = difflib.SequenceMatcher(
        None, [_bare(word.text) for word in spoken], [_bare(word) for word in words], autojunk=False
    )
    for kind, first, past, to, until in match.get_opcodes():
        if kind == "equal":
            pairs = zip(words[to:until], spoken[first:past], strict=True)
            made += [TimedWord(word, said.start_s, said.end_s) for word, said in pairs]
        elif kind == "replace":
            made += _sharing(words[to:until], spoken[first].start_s, spoken[past - 1].end_s)
    return tuple(made)


def _words_and_pauses(text: str) -> tuple[list[str], list[bool]]:
    """Return the written words, and whether each is followed by a mark at which a reader pauses."""
    words: list[str] = []
    pauses: list[bool] = []
    for token in text.split():
        if _bare(token):
            words.append(token)
            pauses.append(bool(_PAUSES.intersection(token[-2:])))
        elif words and _PAUSES.intersection(token):
            pauses[-1] = True
    return words, pauses


def _bare(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())


def _syllables(word: str) -> int:
    """Return about how many syllables a word has, at least 1."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    letters = sum(character.isalpha() for character in plain)
    vowels = len(_VOWELS.findall(plain))
    digits = sum(character.isdigit() for character in plain)
    whole = sum(_is_syllable(character) for character in word)
    if not vowels and not whole and letters > 3 and not plain.isascii():
        vowels = letters // 2  # scripts that write consonants only, or vowels as marks
    return max(1, vowels + digits + whole)


def _is_syllable(character: str) -> bool:
    """Return whether a letter is about a syllable by itself, as in Chinese, Japanese and Korean."""
    return character.isalpha() and unicodedata.east_asian_width(character) == "W"


def _weight(word: str) -> float:
    """Return how long a word takes to say, in syllables of two or three sounds."""
    return 0.55 * _syllables(word) + 0.17 * len(_bare(word))


def _levels(samples: Samples, rate_hz: int) -> Numbers:
    """Return the RMS of each hop of 10 ms over all channels."""
    columns = samples[:, None] if samples.ndim == 1 else samples
    size = max(1, round(rate_hz * _HOP_S))
    whole = len(columns) // size * size
    if not whole:
        return np.zeros(0)
    energy = np.square(columns[:whole], dtype=np.float64).reshape(-1, size * columns.shape[1]).mean(axis=1)
    return np.asarray(np.sqrt(energy), np.float64)


def _stretches(levels: Numbers) -> list[tuple[int, int]]:
    """Return where something sounds, as [start, end) in hops; holes as short as a consonant's closure are filled."""
    sounding = levels > max(_FLOOR, float(levels.max(initial=0.0)) * _BELOW_PEAK)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], sounding, [False]]).astype(np.int8)))
    made: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if made and (start - made[-1][1]) * _HOP_S < _CLOSURE_S:
            made[-1] = (made[-1][0], end)
        else:
            made.append((start, end))
    return [item for item in made if (item[1] - item[0]) * _HOP_S >= _SHORTEST_S]


def _at_most(stretches: list[tuple[int, int]], count: int) -> list[tuple[int, int]]:
    """Return the stretches, those beside the shortest holes joined until there are no more than `count`."""
    made = list(stretches)
    while len(made) > count:
        at = min(range(1, len(made)), key=lambda index: made[index][0] - made[index - 1][1])
        made[at - 1 : at + 1] = [(made[at - 1][0], made[at][1])]
    return made


def _shared_out(stretches: Sequence[tuple[int, int]], weights: Numbers, pauses: Numbers) -> list[int]:
    """Return the first word of each stretch: the division with the least misfit over all."""
    count = len(weights)
    until = np.concatenate([[0.0], np.cumsum(weights)])
    passed = np.concatenate([[0.0], np.cumsum(pauses)])
    lengths = np.array([end - start for start, end in stretches], float)
    expected = (until[None, :] - until[:, None]) * lengths.sum() / until[-1]  # words [i, j) by row i and column j
    scale = np.maximum(expected, lengths.sum() / until[-1])
    inside = np.maximum(passed[np.maximum(np.arange(count + 1) - 1, 0)][None, :] - passed[:, None], 0.0)
    is_none = np.tril(np.ones((count + 1, count + 1), bool))
    best = np.full(count + 1, np.inf)
    best[0] = 0.0
    came_from: list[NDArray[np.intp]] = []
    for number, length in enumerate(lengths):
        cost = np.square(length - expected) / (0.25 * scale * scale) + _MISSED_PAUSE * inside
        if number < len(lengths) - 1:
            cost[:, 1:] += _MISPLACED_PAUSE * (1 - pauses)[None, :]
        cost[is_none] = np.inf
        total = best[:, None] + cost
        came_from.append(total.argmin(axis=0))
        best = total.min(axis=0)
    firsts = [count]
    for chosen in reversed(came_from):
        firsts.append(int(chosen[firsts[-1]]))
    return firsts[:0:-1]


def _divided(levels: Numbers, start: int, end: int, weights: Numbers) -> list[int]:
    """Return the borders of words in a stretch, in hops: by weight, then moved to the weakest sound nearby."""
    shares = np.cumsum(weights) / weights.sum()
    ideal = [start, *(start + shares[:-1] * (end - start)).round().astype(int).tolist(), end]
    smooth = np.convolve(levels, np.full(3, 1 / 3), "same")
    borders = [start]
    for before, at, after in zip(ideal, ideal[1:], ideal[2:], strict=False):
        reach = min(_NEAR_S / _HOP_S, 0.4 * (at - before), 0.4 * (after - at))
        low, high = max(borders[-1] + 1, at - int(reach)), at + int(reach) + 1
        nearby = smooth[low:high]
        borders.append(low + int(nearby.argmin()) if nearby.size else max(borders[-1] + 1, at))
    return [*borders, max(end, borders[-1] + 1)]


def _sharing(words: Sequence[str], start_s: float, end_s: float) -> list[TimedWord]:
    shares = np.cumsum([0.0, *(_weight(word) for word in words)])
    times = (start_s + (end_s - start_s) * shares / shares[-1]).round(4).tolist()
    return [TimedWord(word, *span) for word, span in zip(words, pairwise(times), strict=True)]
