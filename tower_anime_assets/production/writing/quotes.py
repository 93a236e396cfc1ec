"""Quoted speech of a novel, and which of it a draft keeps: punctuation, case and line breaks do not count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

MIN_LETTERS = 2
_MAX_QUOTE_CHARS = 2000
_PAIRS = (
    re.compile(r"“([^“”]+)”"),
    re.compile(r"„([^„“”]+)[“”]"),
    re.compile(r"»([^«»]+)«"),
    re.compile(r"«([^«»]+)»"),
    re.compile(r"「([^「」]+)」"),
    re.compile(r"『([^『』]+)』"),
    re.compile(r'"([^"]+)"'),
)
_SINGLE = re.compile(r"(?<!\w)‘([^‘]+?)’(?!\w)")
_DASHED = re.compile(r"^[ \t]*[—–―][ \t]?([^—–―\n]+)", re.MULTILINE)
_FIRST_CLAUSE = re.compile(r"[^,.!?…;:]+")


@dataclass(frozen=True)
class Quote:
    """Something that is said in quotation marks, or after a dash that begins a paragraph; `line` is the file's."""

    text: str
    line: int


def find_quotes(text: str, first_line: int = 1) -> tuple[Quote, ...]:
    """Return the quoted speech of a text, in order.

    Marks of one kind are looked for, the kind that most speech stands in; dashes only where there are no marks.

    Args:
        text: Part of a novel.
        first_line: The line of the file that it begins on.
    """
    paragraphs = list(re.finditer(r"(?:[^\n]*\S[^\n]*\n?)+", text))
    by_kind = [_find_kind(pattern, paragraphs, text, first_line) for pattern in (*_PAIRS, _SINGLE)]
    quotes = max(by_kind, key=lambda found: sum(len(quote.text) for quote in found))
    return tuple(quotes or _find_kind(_DASHED, paragraphs, text, first_line, first_clause=True))


def find_missing(quotes: Sequence[Quote], spoken: Sequence[str]) -> tuple[Quote, ...]:
    """Return the quotes that are not in what is spoken; a quote may go on over several lines of a script."""
    haystack = "".join(map(_letters, spoken))
    return tuple(quote for quote in quotes if _letters(quote.text) not in haystack)


def _find_kind(
    pattern: re.Pattern[str],
    paragraphs: Sequence[re.Match[str]],
    text: str,
    first_line: int,
    *,
    first_clause: bool = False,
) -> list[Quote]:
    quotes = []
    for paragraph in paragraphs:
        for match in pattern.finditer(paragraph[0]):
            said = " ".join(match[1].split())
            if first_clause and (clause := _FIRST_CLAUSE.search(said)):
                said = clause[0].strip()
            if len(_letters(said)) >= MIN_LETTERS and len(said) <= _MAX_QUOTE_CHARS:
                quotes.append(Quote(said, first_line + text.count("\n", 0, paragraph.start() + match.start(1))))
    return quotes


def _letters(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())
