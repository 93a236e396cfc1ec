"""Shared by all readers of a writer's files: bytes to text, the nearest word, and what is to be said of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from tower_anime_assets.errors import Fault, StoryError, StoryWarning

MAX_YAML_BYTES = 256 * 1024
MAX_SCRIPT_BYTES = 8 * 1024 * 1024

_MIN_NEAR_CHARS = 2  # shorter words are like too many others
_MAX_COMPARED = 1000
"""Options that a word is compared with; of more, those that begin alike come first."""

_MAX_COMPARED_CHARS = 80

_CONTROL_CHAR = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")  # all but tabs and line ends
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
_ODD_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f\u3000", " "))


@dataclass(frozen=True)
class SourceFile:
    """A file's text, and its name in faults: the path relative to the projects folder."""

    file: str
    text: str


@dataclass
class Diagnostics:
    """What is to be said of one file, in the order found: faults, and warnings and notes.

    A fault is something that nothing sensible can be made of; it stops the episode. A warning is something that is
    used, but not as it was written; a note is a choice that the writer left open. Neither stops anything.
    """

    file: str
    faults: list[Fault] = field(default_factory=list)
    warnings: list[StoryWarning] = field(default_factory=list)

    def add(self, line: int, problem: str, expected: str, remedy: str) -> None:
        """Add a fault of this file."""
        self.faults.append(Fault(self.file, line, problem, expected, remedy))

    def warn(self, line: int, problem: str, instead: str, remedy: str = "") -> None:
        """Add a warning: what was written, and what was done instead."""
        self.warnings.append(StoryWarning(self.file, line, problem, instead, remedy))

    def note(self, line: int, problem: str, instead: str, remedy: str = "") -> None:
        """Add a note: what was left open, and what was chosen."""
        self.warnings.append(StoryWarning(self.file, line, problem, instead, remedy, is_note=True))


def decode_text(data: bytes, file: str, max_bytes: int) -> str:
    """Return the text that a file's bytes hold.

    Raises:
        StoryError: It is too large, not UTF-8, or holds control characters, as binary files do.
    """
    remedy = "Save the file again as UTF-8; binary files cannot be read."
    if len(data) > max_bytes:
        problem = f"the file is larger than {max_bytes:,} bytes"
        remedy = "Split it, or check that it is the right file."
        raise StoryError([Fault(file, 0, problem, f"at most {max_bytes:,} bytes of text", remedy)])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = f"byte {error.start} (0x{data[error.start]:02x}) is not UTF-8 text"
        line = data.count(b"\n", 0, error.start) + 1
        raise StoryError([Fault(file, line, problem, "text saved as UTF-8", remedy)]) from error
    if control := _CONTROL_CHAR.search(text):
        problem = f"there is a control character (U+{ord(control[0]):04X}), as in binary files"
        remedy = "Delete the character, or check that it is the right file."
        raise StoryError([Fault(file, text.count("\n", 0, control.start()) + 1, problem, "plain text", remedy)])
    return text


def object_without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object, as an `object_pairs_hook`.

    Raises:
        ValueError: A key is written twice.
    """
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            raise ValueError(f"the key {shorten(key)!r} is written twice in one object")
        values[key] = value
    return values


def nearest_word(word: str, options: Iterable[str], cutoff: float = 0.5) -> str:
    """Return the option most similar to `word`, or "" if none is similar."""
    by_folded = {item.casefold(): item for item in options}
    folded = word.casefold()[:_MAX_COMPARED_CHARS]
    matches = difflib.get_close_matches(folded, _comparable(folded, by_folded), n=1, cutoff=cutoff)
    return by_folded[matches[0]] if matches else ""


def _comparable(word: str, options: Collection[str]) -> Collection[str]:
    """Return the options that are worth a comparison, which takes the longest of all that is done with a fault."""
    if len(options) <= _MAX_COMPARED:
        return options
    if word in options:
        return [word]
    first, start = word[:1], word[:3]
    return sorted(
        options,
        key=lambda option: (not option.startswith(start), not option.startswith(first), abs(len(option) - len(word))),
    )[:_MAX_COMPARED]


def nearest_words(text: str, options: Iterable[str], limit: int, cutoff: float = 0.6) -> tuple[str, ...]:
    """Return the options that a text, one of its words, or a word of theirs is most similar to, the nearest first."""
    names = sorted(set(options))
    names_by_word: dict[str, list[str]] = {}
    for name in names:
        for word in {name.casefold(), *name.casefold().split()}:
            names_by_word.setdefault(word, []).append(name)
    near: dict[str, None] = {}
    for word in sorted(
        {word[:_MAX_COMPARED_CHARS] for word in (text.casefold(), *text.casefold().split()[:24])}, key=len, reverse=True
    ):
        if len(word) > _MIN_NEAR_CHARS:
            for match in difflib.get_close_matches(word, _comparable(word, names_by_word), n=limit, cutoff=cutoff):
                near |= dict.fromkeys(names_by_word[match])
    return tuple(near)[:limit]


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Return a remedy that names the nearest option, then the first 20 options."""
    names = sorted(set(options))
    near = nearest_word(word, names)
    name_list = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    if near:
        return f"Did you mean {near}? Known: {name_list}."
    return f"Known: {name_list}." if names else "None exist yet."


def strip_invisible(text: str) -> str:
    """Return a text without zero-width characters, soft hyphens and marks of direction; odd spaces become spaces."""
    return text if text.isascii() else _INVISIBLE.sub("", text).translate(_ODD_SPACES)


def shorten(text: str, limit: int = 60) -> str:
    """Return `text` on one line, cut to `limit` characters, for quoting in messages."""
    line = " ".join(text[: limit * 4].split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
