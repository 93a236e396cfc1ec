"""A description as words, with their places in the text; and its lead: what stands before the first "with" or "who"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tower_anime_assets.production.story import appearance_words as tables
from tower_anime_assets.production.story import kind_words, looks_words

_TOKEN = re.compile(r"\d+[.,]\d+|[^\W_]+(?:['’][^\W\d_]+)*|[^\s\w'’\"“”*-]|\n\s*\n")
_SENTENCE_ENDS = frozenset(".!?\n。！？")
_MERGED = {
    ("t", "shirt"): "tshirt",
    ("lab", "coat"): "labcoat",
    ("trench", "coat"): "trenchcoat",
    ("top", "hat"): "tophat",
    ("bow", "tie"): "bowtie",
}
_COPULAS = frozenset(("is", "was", "are", "am"))
_ADJECTIVE_ENDINGS = ("ed", "ing", "ish", "less", "ful", "ous")
_MAX_NAME_WORDS = 4


class Token(NamedTuple):
    """A word in lower case, or a punctuation mark.

    Attributes:
        start: Where it begins in the text, characters.
        is_capital: Whether it is written with a capital.
        joins_next: Whether a hyphen joins it to the next word.
    """

    word: str
    start: int
    end: int
    is_capital: bool
    joins_next: bool

    @property
    def is_mark(self) -> bool:
        """Whether it is punctuation."""
        return not self.word[0].isalnum()


def tokenize(text: str) -> list[Token]:
    """Return the words and punctuation marks of a text; `silver-haired` is two words, the first joins the second."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        word, start, end = match[0].lower().replace("’", "'"), match.start(), match.end()
        if tokens and (merged := _MERGED.get((tokens[-1].word, word))):
            word, start = merged, tokens.pop().start
        joins_next = text[end : end + 1] == "-" and text[end + 1 : end + 2].isalnum()
        tokens.append(Token(word, start, end, match[0][0].isupper(), joins_next))
    return tokens


def split_sentences(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of each sentence, token indices."""
    start = 0
    for at, token in enumerate(tokens):
        if token.word[0] in _SENTENCE_ENDS:
            if at > start:
                yield start, at
            start = at + 1
    if start < len(tokens):
        yield start, len(tokens)


def split_phrases(tokens: Sequence[Token], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of what stands between punctuation marks."""
    first = start
    for at in range(start, end + 1):
        if at == end or tokens[at].is_mark:
            if at > first:
                yield first, at
            first = at + 1


def after_copula(tokens: Sequence[Token], start: int, end: int) -> int:
    """Return where "Pip is a robot" goes on after "is", or `start`."""
    for at in range(start, min(end, start + _MAX_NAME_WORDS + 1)):
        word = tokens[at].word
        if word in _COPULAS or (word.endswith("'s") and word[:-2] in looks_words.SUBJECTS):
            return at + 1
        if word in looks_words.PREPOSITIONS or tokens[at].is_mark:
            break
    return start


def after_owner(tokens: Sequence[Token], start: int, end: int) -> int:
    """Return where "the old man's dog" goes on after its owner, or `start`."""
    for at in range(start, end):
        if at > start and ends_phrase(tokens, at):
            break
        if tokens[at].word.endswith("'s") and at + 1 < end:
            return at + 1
    return start


def lead_end(tokens: Sequence[Token], start: int, end: int) -> int:
    """Return where the lead ends: before the first word that begins a further phrase, such as "with" or "who"."""
    for at in range(start, end):
        word = tokens[at].word
        if word in ("and", "but", "or"):
            continue
        if at > start and ends_phrase(tokens, at):
            return at
    return end


def ends_phrase(tokens: Sequence[Token], at: int) -> bool:
    """Return whether a word begins a further phrase; the second half of "bird-like" does not."""
    word = tokens[at].word
    is_boundary = word in looks_words.PREPOSITIONS or word in looks_words.CLAUSE_WORDS
    return is_boundary and not (at and tokens[at - 1].joins_next)


def is_number(word: str) -> bool:
    """Return whether a word is a number, in digits or English."""
    return word[0].isdigit() or word in tables.TENS or word in tables.SMALL_NUMBERS


def is_adjective(token: Token) -> bool:
    """Return whether a word says how something is, not what."""
    word = token.word
    if token.joins_next:
        return True
    if word in kind_words.PEOPLE or word in kind_words.SPECIES or word in kind_words.HUMAN_SPECIES:
        return False
    return (
        word in tables.COLOURS
        or word in tables.COLOUR_MODIFIERS
        or word in kind_words.SIZE_FACTORS
        or word in kind_words.HUMAN_SIZE_FACTORS
        or word in looks_words.LOOKS_ADJECTIVES
        or word in looks_words.TEMPER
        or word in looks_words.FUNCTION_WORDS
        or word in looks_words.ORIGINS
        or word in tables.BUILD_WORDS
        or word in ("old", "young", "elderly", "teenage", "year", "years", "round", "tame", "wild", "high", "yo")
        or is_number(word)
        or word.endswith(_ADJECTIVE_ENDINGS)
    )


def is_negated(tokens: Sequence[Token], index: int) -> bool:
    """Return whether a "no" or "without" shortly before a word denies it."""
    for at in range(index - 1, max(-1, index - 5), -1):
        word = tokens[at].word
        if word in tables.NEGATIONS or word.endswith("n't"):
            return True
        if tokens[at].is_mark or word in ("but", "with", "only", "and", "has", "wears", "wearing"):
            return False
    return False
