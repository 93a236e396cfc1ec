"""The note that steers one shot, written into a screenplay as text: every other line stays as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tower_anime_assets.errors import PlanError

_KEY: Final = "shot"
_NOTE: Final = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_REST_OF_LINE: Final = re.compile(r"[ \t]*(?:\r\n|\r|\n|$)")
_BLANK_LINE: Final = re.compile(r"[ \t]*(?:\r\n|\r|\n)")
_ENDS_IN_BLANK_LINE: Final = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)$")
_MARKS: Final = ("[[", "]]", "/*", "*/")


@dataclass(frozen=True)
class FoundNote:
    """A shot note in a script.

    Attributes:
        start: Where its `[[` stands in the text.
        end: One past its `]]`.
        words: What it asks for, such as "close-up, push in".
    """

    start: int
    end: int
    words: str


def find_shot_note(text: str, line: int) -> FoundNote | None:
    """Return the shot note that begins on a line, None if there is none.

    Raises:
        PlanError: Several do.
    """
    start, end = _span_of(text, line)
    notes = []
    for match in _NOTE.finditer(text, start):
        if match.start() >= end:
            break
        key, colon, words = match[1].replace("：", ":", 1).partition(":")
        if colon and key.strip().lower() == _KEY:
            notes.append(FoundNote(match.start(), match.end(), " ".join(words.split())))
    if len(notes) > 1:
        raise PlanError(f"line {line} of the script has {len(notes)} shot notes: edit its text by hand")
    return notes[0] if notes else None


def change_shot_note(text: str, line: int, words: str) -> str:
    """Return a script with other words in the shot note on a line, or without the note if there are none.

    Raises:
        PlanError: There is no such note, or the words cannot stand in one.
    """
    note = find_shot_note(text, line)
    if note is None:
        raise PlanError(f"line {line} of the script has no [[shot: ...]] note: edit its text by hand")
    words = _checked(words)
    if words:
        return f"{text[: note.start]}[[{_KEY}: {words}]]{text[note.end :]}"
    start, end = note.start, note.end
    before, after = text[:start], text[end:]
    line_end = _REST_OF_LINE.match(after)
    head = before.rstrip(" \t")
    if line_end is None:
        return f"{before}{after.lstrip(' ')}"
    if head.strip("\ufeff") and head[-1] not in "\r\n":
        return f"{before.rstrip(' ')}{after}"
    after = after[line_end.end() :]
    blank = _BLANK_LINE.match(after)
    is_below_blank = not head.strip("\ufeff") or _ENDS_IN_BLANK_LINE.search(head) is not None
    return f"{head}{after[blank.end() :] if blank is not None and is_below_blank else after}"


def add_shot_note(text: str, line: int, words: str) -> str:
    """Return a script with a shot note above a line, and an empty line between them.

    Raises:
        PlanError: The words cannot stand in a note.
    """
    words = _checked(words)
    if not words:
        return text
    start, _end = _span_of(text, line)
    if text.startswith("\ufeff", start):
        start += 1
    first_end = _LINE_END.search(text)
    newline = first_end[0] if first_end is not None else "\n"
    return f"{text[:start]}[[{_KEY}: {words}]]{newline}{newline}{text[start:]}"


def split_with_shot_note(text: str, sentence: str, words: str) -> tuple[str, int]:
    """Return a script in which a sentence within a paragraph has a paragraph and a shot note of its own.

    Returns:
        The script, and the line of the note.

    Raises:
        PlanError: The sentence does not stand once in the script within a line, or the words cannot stand in a note.
    """
    start = text.find(sentence) if sentence else -1
    if start < 1 or text.find(sentence, start + 1) >= 0 or text[start - 1] != " ":
        raise PlanError("its words do not stand once in the script, so they cannot be found there")
    head = text[:start].rstrip(" ")
    first_end = _LINE_END.search(text)
    newline = first_end[0] if first_end is not None else "\n"
    line = len(_LINE_END.findall(head)) + 3
    return f"{head}{newline * 2}[[{_KEY}: {_checked(words)}]]{newline * 2}{text[start:]}", line


def _span_of(text: str, line: int) -> tuple[int, int]:
    """Return where a line begins and ends, its line end left out."""
    start = 0
    for number, match in enumerate(_LINE_END.finditer(text), 1):
        if number == line:
            return start, match.start()
        start = match.end()
    return start, len(text)


def _checked(words: str) -> str:
    words = " ".join(words.split())
    for mark in _MARKS:
        if mark in words:
            raise PlanError(f"a shot note cannot hold {mark}: write what the shot shows in words, with commas between")
    return words
