"""Word tables: what English words mean to the planner, and the readers that find them in a text in any form.

Other languages are not in the tables; a text in one of them is planned by its scene's mood, cast and punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TypeVar

Meaning = TypeVar("Meaning")

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def word_set(words: str) -> frozenset[str]:
    """Return the words of a row."""
    return frozenset(words.split())


def word_table(*rows: tuple[Meaning, str]) -> dict[str, Meaning]:
    """Return meanings by word, from rows of a meaning and its words; a later row overrides an earlier one."""
    return {word: meaning for meaning, words in rows for word in words.split()}


def name_table(words: str) -> dict[str, str]:
    """Return a table in which every word of a row means itself."""
    return {word: word for word in words.split()}


GENDER_BY_PRONOUN: Mapping[str, str] = word_table(
    ("masculine", "he his him"), ("feminine", "she her hers"), ("neutral", "they their")
)


@lru_cache(maxsize=8192)
def word_stems(word: str) -> tuple[str, ...]:
    """Return a word in lower case and what it may be a form of: `gripped` gives gripped, gripp, grippe, grip."""
    lower_word = word.lower()
    stems = [lower_word]
    for ending in ("ing", "ed", "es", "s"):
        if lower_word.endswith(ending) and len(lower_word) - len(ending) >= 3:
            root = lower_word[: -len(ending)]
            stems.append(root)
            if ending in ("ing", "ed"):
                stems.append(root + "e")
                if root[-1] == root[-2]:
                    stems.append(root[:-1])
    return tuple(stems)


def stems_of(words: Iterable[str]) -> set[str]:
    """Return all stems of some words."""
    return {stem for word in words for stem in word_stems(word)}


def stems_in(text: str) -> set[str]:
    """Return the stems of all words in a text."""
    return stems_of(WORD.findall(text))


def meanings_in(table: Mapping[str, Meaning], text: str) -> Iterator[Meaning]:
    """Yield what a table says of the words in a text, in order."""
    for word in WORD.findall(text):
        for stem in word_stems(word):
            if stem in table:
                yield table[stem]


def first_meaning(table: Mapping[str, Meaning], text: str) -> Meaning | None:
    """Return what a table says of the first word in a text that it knows, None when it knows none."""
    return next(meanings_in(table, text), None)
