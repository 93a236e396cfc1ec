"""Lessons: what a director says that it learned from a take, and which of it the next plans are told."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

MAX_RECOMMENDATIONS: Final = 4
MAX_LEARNED: Final = 3
MAX_CONFIDENCES: Final = 6
MAX_SENTENCE_CHARACTERS: Final = 200
"""A director may write pages; a plan's briefing has room for a sentence."""


@dataclass(frozen=True)
class Lesson:
    """What a director learned from a take.

    Attributes:
        learned: Learned elements, in its words.
        recommendations: What it recommends for the next takes.
        confidences: How sure it now is, 0..1, by the names that it gives; () for none.
    """

    learned: tuple[str, ...] = ()
    recommendations: tuple[str, ...] = ()
    confidences: Mapping[str, float] = field(default_factory=dict)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it learned, then what it recommends, each once."""
        return tuple(dict.fromkeys((*self.learned, *self.recommendations)))


def lesson_sentences(lessons: Sequence[Lesson]) -> tuple[str, ...]:
    """Return what the next plan is told of lessons, newest first: at most eight short sentences, none twice.

    Recommendations come first, then learned elements, then the newest confidence of each name.
    """
    recommended = _shortened(text for lesson in lessons for text in lesson.recommendations)
    learned = _shortened(text for lesson in lessons for text in lesson.learned)
    sentences = [f"recommended: {text}" for text in list(dict.fromkeys(recommended))[:MAX_RECOMMENDATIONS]]
    sentences += [f"learned: {text}" for text in list(dict.fromkeys(learned))[:MAX_LEARNED]]
    confidences: dict[str, float] = {}
    for lesson in lessons:
        for name, value in lesson.confidences.items():
            confidences.setdefault(" ".join(name.split()), value)
    if confidences:
        newest = list(confidences.items())[:MAX_CONFIDENCES]
        sentences += _shortened(["confidence: " + ", ".join(f"{name} {value:.2f}" for name, value in newest)])
    return tuple(sentences)


def _shortened(texts: Iterable[str]) -> Iterator[str]:
    """Yield texts that say something, each on one line and no longer than a sentence."""
    for text in texts:
        sentence = textwrap.shorten(text, MAX_SENTENCE_CHARACTERS, placeholder=" ...")
        if sentence:
            yield sentence
