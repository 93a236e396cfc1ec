"""Chapters of a novel: by their headings, else by size; and the parts of a chapter that a model can read at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SIZED_CHAPTER_CHARS = 12_000
"""Length of a chapter where the text has no headings: about ten pages."""

MIN_OPENING_CHARS = 400
"""A text before the first heading that is shorter is a title page, not a chapter."""

_MAX_HEADING_CHARS = 80
_CHAPTER_WORDS = (
    *("chapter", "kapitel", "chapitre", "capítulo", "capitulo", "capitolo", "hoofdstuk", "rozdział", "kapitola"),
    *("глава", "розділ", "fejezet", "luku", "bölüm", "κεφάλαιο", "capítol", "capitolul"),
)
_SINGLE_WORDS = ("prologue", "epilogue", "prolog", "epilog", "prólogo", "epílogo", "пролог", "эпилог", "序章", "終章")
_WORDED = re.compile(
    rf"(?:(?:{'|'.join(_CHAPTER_WORDS)})(?:[\s.:#–—-]+\S.*)?|(?:the\s+)?\S+\s+(?:chapter|kapitel|chapitre|глава)"
    rf"(?:[.:–—-].*)?|(?:{'|'.join(_SINGLE_WORDS)})(?:[\s.:–—-].*)?)",
    re.IGNORECASE,
)
_EAST_ASIAN = re.compile(
    r"第\s*[0-9０-９一二三四五六七八九十百千〇零]+\s*[章話话回節节部장화](?:[\s　:：].*)?|제\s*\d+\s*[장화].*"
)
_MARKDOWN = re.compile(r"(#{1,4})\s+\S.*")
_ROMAN = re.compile(r"(?=[IVXL])(X{0,3}|XL|L)(IX|IV|V?I{0,3})\.?")
_NUMBER = re.compile(r"[0-9０-９]{1,3}\.?|[一二三四五六七八九十]{1,3}")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’»]?\s+|(?<=[。！？])[」』”]?")


@dataclass(frozen=True)
class NovelChapter:
    """One chapter of a novel.

    Attributes:
        number: 1 for the first.
        title: Its heading without marks, "" where it has none.
        text: Its text without the heading.
        first_line: Line of the file on which its text begins, from 1.
    """

    number: int
    title: str
    text: str
    first_line: int


@dataclass(frozen=True)
class Novel:
    """A text in chapters.

    Attributes:
        divided_by: How the chapters were found, in words.
        front_matter: What stands before the first heading and is too short to be a chapter.
    """

    chapters: tuple[NovelChapter, ...]
    divided_by: str
    front_matter: str = ""


def split_chapters(text: str) -> Novel:
    """Return a text in its chapters: by one kind of heading, which stands on a line of its own; else by size."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for kind, find in _HEADING_KINDS:
        if heading_lines := find(lines):
            return _split_at(lines, heading_lines, kind)
    return Novel(_split_by_size(lines), "size, at ends of paragraphs: no headings of chapters were found")


def split_parts(text: str, max_tokens: int) -> tuple[str, ...]:
    """Return a text in parts of at most `max_tokens`, at ends of paragraphs, where these are too long of sentences."""
    pieces: list[str] = []
    for paragraph in _paragraphs(text):
        if estimate_tokens(paragraph) <= max_tokens:
            pieces.append(paragraph)
        else:
            pieces += _split_paragraph(paragraph, max_tokens)
    parts: list[str] = []
    for piece in pieces:
        if parts and estimate_tokens(parts[-1]) + estimate_tokens(piece) <= max_tokens:
            parts[-1] += f"\n\n{piece}"
        else:
            parts.append(piece)
    return tuple(parts)


def estimate_tokens(text: str) -> int:
    """Return roughly how many tokens a text has for a language model; rather too many than too few."""
    east_asian = sum(char >= "\u2e80" for char in text)
    others = sum(not char.isascii() for char in text) - east_asian
    return round(east_asian * 1.2 + others * 0.7 + (len(text) - east_asian - others) * 0.3) + 1


def _find_lines(matches: Callable[[str], bool], min_count: int) -> Callable[[Sequence[str]], list[int]]:
    def find(lines: Sequence[str]) -> list[int]:
        found = [
            index
            for index, line in enumerate(lines)
            if len(line.strip()) <= _MAX_HEADING_CHARS
            and matches(line.strip().strip("*_= "))
            and (index == 0 or not lines[index - 1].strip())
        ]
        return found if len(found) >= min_count else []

    return find


def _is_worded(line: str) -> bool:
    return bool(_WORDED.fullmatch(line)) and not line.endswith((",", ";"))


def _find_markdown(lines: Sequence[str]) -> list[int]:
    """Return the headings of the highest level that there are several of, else all."""
    levels: dict[int, list[int]] = {}
    for index, line in enumerate(lines):
        if match := _MARKDOWN.fullmatch(line.strip()):
            levels.setdefault(len(match[1]), []).append(index)
    several = [levels[level] for level in sorted(levels) if len(levels[level]) > 1]
    return several[0] if several else levels[max(levels)] if levels else []


_HEADING_KINDS: tuple[tuple[str, Callable[[Sequence[str]], list[int]]], ...] = (
    ("Markdown headings", _find_markdown),
    ("headings such as Chapter 1", _find_lines(_is_worded, 1)),
    ("headings such as 第一章", _find_lines(lambda line: bool(_EAST_ASIAN.fullmatch(line)), 1)),
    ("Roman numerals", _find_lines(lambda line: bool(_ROMAN.fullmatch(line)), 2)),
    ("numbers", _find_lines(lambda line: bool(_NUMBER.fullmatch(line)), 2)),
)


def _split_at(lines: Sequence[str], heading_lines: Sequence[int], kind: str) -> Novel:
    opening = "\n".join(lines[: heading_lines[0]]).strip()
    starts = [(-1, "")] if len(opening) >= MIN_OPENING_CHARS else []
    starts += [(index, lines[index].strip().strip("#*_= ").strip()) for index in heading_lines]
    ends = [start for start, _title in starts[1:]] + [len(lines)]
    chapters: list[NovelChapter] = []
    empty_titles: list[str] = []
    for (start, title), end in zip(starts, ends, strict=True):
        first = next((index for index in range(start + 1, end) if lines[index].strip()), None)
        if first is None:  # a heading directly above another: part one, chapter one
            empty_titles.append(title)
            continue
        title = ": ".join((*empty_titles, title))
        empty_titles.clear()
        chapters.append(NovelChapter(len(chapters) + 1, title, "\n".join(lines[first:end]).rstrip(), first + 1))
    return Novel(tuple(chapters), kind, opening if starts[0][0] >= 0 else "")


def _split_by_size(lines: Sequence[str]) -> tuple[NovelChapter, ...]:
    chapters: list[NovelChapter] = []
    start: int | None = None
    size_chars = 0
    for index, line in enumerate([*lines, ""]):
        if start is None and line.strip():
            start, size_chars = index, 0
        size_chars += len(line) + 1
        is_last = index >= len(lines)
        if start is not None and (is_last or (not line.strip() and size_chars >= SIZED_CHAPTER_CHARS)):
            text = "\n".join(lines[start:index]).rstrip()
            chapters.append(NovelChapter(len(chapters) + 1, "", text, start + 1))
            start = None
    return tuple(chapters)


def _paragraphs(text: str) -> list[str]:
    return [paragraph.strip("\n") for paragraph in re.split(r"\n\s*\n", text) if paragraph.strip()]


def _split_paragraph(paragraph: str, max_tokens: int) -> list[str]:
    """Return a paragraph in pieces that end with sentences, or where a sentence is too long, anywhere."""
    max_chars = max(20, max_tokens // 2)
    pieces = [""]
    start = 0
    ends = [match.end() for match in _SENTENCE_END.finditer(paragraph)] + [len(paragraph)]
    for end in ends:
        sentence = paragraph[start:end]
        start = end
        if estimate_tokens(pieces[-1] + sentence) <= max_tokens:
            pieces[-1] += sentence
        elif estimate_tokens(sentence) <= max_tokens:
            pieces.append(sentence)
        else:
            pieces += [sentence[at : at + max_chars] for at in range(0, len(sentence), max_chars)]
    return [piece for piece in pieces if piece.strip()]
