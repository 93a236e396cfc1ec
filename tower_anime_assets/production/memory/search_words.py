"""Search words of facts as PostgreSQL's tsvector and tsquery: without case and accents, CJK text in character pairs.

They are built here because the database's parser does not split Chinese and Japanese, nor, without ICU, fold the case
of anything but ASCII.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from tower_anime_assets.production.memory.question_words import STOP_WORDS

MAX_QUERY_WORDS = 24
_MAX_WORD_CHARS = 60
_MAX_POSITION = 16_383  # of a tsvector
_MIN_PREFIX_CHARS = 4  # shorter prefixes match too much

_WORD = re.compile(r"[^\W_]+")
_ACCENTS = re.compile("[\u0300-\u036f]")  # of Latin, Greek and Cyrillic; the voicing marks of kana stay
_UNSPACED_SCRIPT = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
"""Han, kana and Hangul; Hangul has spaces, but its words carry endings."""


def fold_text(text: str) -> str:
    """Return a text in the form in which words are compared: without differences of case, accents and width."""
    folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFKC", folded)


def split_words(text: str) -> list[str]:
    """Return the words of a text in order.

    A run of Han, kana or Hangul becomes overlapping pairs of characters and its last character, so that each character
    begins exactly one word.
    """
    return [word for word, _is_pair in _iter_words(text)]


def _iter_words(text: str) -> Iterator[tuple[str, bool]]:
    for match in _WORD.finditer(fold_text(text)):
        position = 0
        word = match[0]
        for run in _UNSPACED_SCRIPT.finditer(word):
            if run.start() > position:
                yield word[position : run.start()][:_MAX_WORD_CHARS], False
            for index in range(len(run[0])):
                yield run[0][index : index + 2], True
            position = run.end()
        if position < len(word):
            yield word[position:][:_MAX_WORD_CHARS], False


def tsvector_of(subject: str, predicate: str, object_: str) -> str:
    """Return a fact's words as a tsvector, with weight A for the subject, B for the predicate, C for the object."""
    parts: list[str] = []
    for weight, text in (("A", subject), ("B", predicate.replace("_", " ")), ("C", object_)):
        for word in split_words(text):
            if len(parts) < _MAX_POSITION:
                parts.append(f"'{word}':{len(parts) + 1}{weight}")
    return " ".join(parts)


def tsquery_of(text: str, *, matches_all: bool) -> str:
    """Return a tsquery for all or any of a text's words, "" if it has none.

    Words of four letters and more also match as prefixes ("cyber" finds "cybernetic"), but a whole word counts more.
    Such a word also finds its singular: "characters" finds "character".
    """
    is_pair_by_word: Mapping[str, bool] = dict(_iter_query_words(text))
    keywords = [word for word in is_pair_by_word if word not in STOP_WORDS] or list(is_pair_by_word)
    return (" & " if matches_all else " | ").join(
        _tsquery_term(word, is_pair_by_word[word]) for word in keywords[:MAX_QUERY_WORDS]
    )


def _iter_query_words(text: str) -> Iterator[tuple[str, bool]]:
    previous_pair = ""
    for word, is_pair in _iter_words(text):
        # The last character of a run is part of its last pair.
        if not (is_pair and len(word) == 1 and len(previous_pair) == 2 and previous_pair.endswith(word)):
            yield word, is_pair
        previous_pair = word if is_pair else ""


def _tsquery_term(word: str, is_pair: bool) -> str:
    if is_pair:
        return f"'{word}':*" if len(word) == 1 else f"'{word}'"
    if len(word) < _MIN_PREFIX_CHARS:
        return f"'{word}'"
    singular = f" | '{word[:-1]}'" if word.endswith("s") and len(word) > _MIN_PREFIX_CHARS else ""
    return f"('{word}' | '{word}':*{singular})"
