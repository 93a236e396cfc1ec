"""Fountain text as elements: headings, action, cues, dialogue, notes and the rest, each with its line.

Only the public syntax. What a heading, a note or a transition *means* for an episode belongs in `screenplay`.

Source: fountain.io/syntax, version 1.1. Where it leaves a choice open, the choice is named at the code that makes it.
Everything here is one pass over the text or over a line, so that no script can make it slow.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

TAB_SPACES = "    "
_HEADING_PREFIXES = ("INT./EXT", "EXT./INT", "INT/EXT", "EXT/INT", "I./E", "E./I", "I/E", "E/I", "INT", "EXT", "EST")
_MAX_TITLE_KEY_CHARS = 40
CUSTOMARY_KEYS = frozenset(
    (
        *("title", "credit", "author", "authors", "source", "notes", "draft date", "date", "contact", "copyright"),
        *("revision", "series", "episode", "season", "language", "duration", "written by", "format", "font"),
    )
)
"""Title page keys in common use; a title page may hold any others beside one of these."""

_BLANK_CHARS = " \t\f\v"


class Kind(StrEnum):
    """What an element is."""

    HEADING = "heading"
    ACTION = "action"
    CHARACTER = "character"
    PARENTHETICAL = "parenthetical"
    DIALOGUE = "dialogue"
    LYRIC = "lyric"
    TRANSITION = "transition"
    CENTRED = "centred"
    NOTE = "note"
    SECTION = "section"
    SYNOPSIS = "synopsis"
    PAGE_BREAK = "page break"


@dataclass(frozen=True)
class Element:
    """One element of a script.

    Attributes:
        text: As written, without the marks that make it this kind; emphasis marks stay (see `plain_text`). Line
            breaks inside a paragraph stay. A parenthetical is without its parentheses, a note without its brackets.
        line: 1-based line on which it begins.
        number: Scene number of a heading, such as `1A`, or "".
        extension: What stands in parentheses behind a character's name, such as "V.O.", or "".
        dual: The cue carries a `^`: spoken at the same time as the speech before.
        depth: Number of `#` of a section, 0 for all else.
        in_dialogue: A lyric that belongs to the speech above it.
    """

    kind: Kind
    text: str
    line: int
    number: str = ""
    extension: str = ""
    dual: bool = False
    depth: int = 0
    in_dialogue: bool = False


@dataclass(frozen=True)
class TitleEntry:
    """One `Key: value` of the title page; lines of a multi-line value are joined by line breaks."""

    key: str
    value: str
    line: int


@dataclass(frozen=True)
class Unclosed:
    """A `[[` or `/*` that nothing closes; it stays in the text as written."""

    mark: str
    line: int


@dataclass(frozen=True)
class Screenplay:
    """A script as its title page and its elements, in order."""

    title_page: tuple[TitleEntry, ...]
    elements: tuple[Element, ...]
    unclosed: tuple[Unclosed, ...] = ()

    def title_values(self) -> Mapping[str, str]:
        """Return the title page as value by lower-case key; the first of two equal keys counts."""
        values: dict[str, str] = {}
        for entry in self.title_page:
            values.setdefault(entry.key.lower(), entry.value)
        return values


@dataclass
class _Line:
    """A line of the script after notes and boneyard are taken out."""

    number: int
    text: str

    @property
    def stripped(self) -> str:
        return self.text.strip(_BLANK_CHARS)

    @property
    def is_blank(self) -> bool:
        return not self.stripped


@dataclass(frozen=True)
class _Cut:
    """A note or a piece of boneyard, and where it stood."""

    text: str
    line: int
    leading: bool  # nothing stood before it on its line


def parse(text: str) -> Screenplay:
    """Return the elements of a Fountain script; any text is a script, so nothing is raised.

    Args:
        text: The script. Line ends may be of any kind, a byte order mark may lead.
    """
    lines = _lines(text)
    lines, _, open_boneyard = _without(lines, "/*", "*/")
    title_page, lines = _title_page(lines)
    lines, notes, open_notes = _without_notes(lines)
    elements = _Builder(lines).elements()
    return Screenplay(title_page, _merged(elements, notes), (*open_boneyard, *open_notes))


def plain_text(text: str) -> str:
    r"""Return `text` without emphasis marks; `\*` and `\_` become plain `*` and `_`, lone marks stay.

    Marks pair up within one line. An underscore counts only at the edge of a word, so `file_name` stays whole.
    """
    return "\n".join(_plain_line(line) for line in text.split("\n"))


def _lines(text: str) -> list[_Line]:
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\t", TAB_SPACES)
    return [_Line(number, line) for number, line in enumerate(plain.split("\n"), 1)]


def _without(lines: list[_Line], opening: str, closing: str) -> tuple[list[_Line], list[_Cut], list[Unclosed]]:
    """Return the lines without what lies between the marks, what was taken out, and what nothing closes.

    A line that lay inside wholly is gone, not blank, so it parts nothing.
    """
    last = max(((index, at) for index, line in enumerate(lines) if (at := line.text.rfind(closing)) >= 0), default=None)
    if last is None and not any(opening in line.text for line in lines):
        return lines, [], []
    kept: list[_Line] = []
    cuts: list[_Cut] = []
    unclosed: list[Unclosed] = []
    inner: list[str] | None = None
    opened = (0, False)
    for index, line in enumerate(lines):
        outside: list[str] = []
        at = 0
        touched = inner is not None
        leading = True
        while True:
            if inner is not None:
                end = line.text.find(closing, at)
                inner.append(line.text[at:] if end < 0 else line.text[at:end])
                if end < 0:
                    break
                cuts.append(_Cut("\n".join(part.strip(_BLANK_CHARS) for part in inner).strip(), *opened))
                inner, at = None, end + len(closing)
                continue
            start = line.text.find(opening, at)
            if start < 0 or last is None or (index, start + len(opening)) > last:
                if start >= 0:
                    unclosed.append(Unclosed(opening, line.number))
                outside.append(line.text[at:])
                break
            outside.append(line.text[at:start])
            leading = leading and not outside[-1].strip(_BLANK_CHARS)
            inner, opened, touched = [], (line.number, leading), True
            at = start + len(opening)
        remaining = _joined(outside)
        if not touched:
            kept.append(line)
        elif remaining.strip(_BLANK_CHARS):
            kept.append(_Line(line.number, remaining))
    return kept, cuts, unclosed


def _joined(parts: list[str]) -> str:
    """Return the text around a cut as one, with a single space where the cut stood between two."""
    if len(parts) < 2:
        return "".join(parts)
    out = parts[:1]
    for part in parts[1:]:
        out.append(part.lstrip(_BLANK_CHARS) if out[-1].endswith(" ") or not out[-1] else part)
    return "".join(out).rstrip(_BLANK_CHARS)


def _title_page(lines: list[_Line]) -> tuple[tuple[TitleEntry, ...], list[_Line]]:
    """Return the title page and the lines after it.

    The first block is a title page when every line of it is `Key: value` or an indented continuation, and one of the
    keys is a customary one with a value: a script that opens with `FADE IN:` or `He reads:` must lose nothing.
    """
    first = next((index for index, line in enumerate(lines) if not line.is_blank), len(lines))
    end = next((index for index in range(first, len(lines)) if lines[index].is_blank), len(lines))
    entries: list[tuple[str, list[str], int]] = []
    for line in lines[first:end]:
        key, colon, value = line.text.partition(":")
        if line.text.startswith("   ") and entries:
            entries[-1][1].append(line.stripped)
        elif colon and _is_title_key(key):
            entries.append((" ".join(key.split()), [value.strip()] if value.strip() else [], line.number))
        else:
            return (), lines
    if not any(values and key.lower() in CUSTOMARY_KEYS for key, values, _ in entries):
        return (), lines
    return tuple(TitleEntry(key, "\n".join(values), number) for key, values, number in entries), lines[end:]


def _is_title_key(key: str) -> bool:
    if not key or len(key) > _MAX_TITLE_KEY_CHARS or not key[0].isalpha():
        return False
    return all(char.isalnum() or char in " _-" for char in key)


def _without_notes(lines: list[_Line]) -> tuple[list[_Line], list[_Cut], list[Unclosed]]:
    """Return the lines without `[[ ]]`, the notes, and what nothing closes.

    A note may span lines, but an empty line ends the search for its end; a line of two spaces does not.
    """
    kept: list[_Line] = []
    notes: list[_Cut] = []
    unclosed: list[Unclosed] = []
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and (not lines[end].is_blank or len(lines[end].text) >= 2):
            end += 1
        block, found, open_marks = _without(lines[start:end], "[[", "]]")
        kept += [*block, *lines[end : end + 1]]
        notes += found
        unclosed += open_marks
        start = end + 1
    return kept, notes, unclosed


class _Builder:
    """Turns lines into elements."""

    def __init__(self, lines: list[_Line]) -> None:
        self._lines = lines
        self._at = 0
        self._made: list[Element] = []
        self._action: list[_Line] = []

    def elements(self) -> list[Element]:
        parted = True  # an empty line, or something that stands alone, lies before
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.is_blank:
                self._end_action()
                self._at += 1
                parted = True
                continue
            parted = self._take(line, parted)
        self._end_action()
        return self._made

    def _take(self, line: _Line, parted: bool) -> bool:
        """Take one element or one line of action; return whether the next line begins afresh."""
        alone = _standalone(line) or (_heading(line) if parted else None)
        if alone is None and parted and self._next_is_blank() and _is_transition(line.text.lstrip(_BLANK_CHARS)):
            alone = Element(Kind.TRANSITION, line.stripped, line.number)
        if alone is not None:
            self._end_action()
            self._made.append(alone)
            self._at += 1
            return alone.kind in (Kind.HEADING, Kind.SECTION, Kind.SYNOPSIS, Kind.PAGE_BREAK)
        if parted and (cue := _cue(line, self._next_is_blank())) is not None:
            self._end_action()
            self._made.append(cue)
            self._at += 1
            self._take_speech()
            return True
        self._action.append(line)
        self._at += 1
        return False

    def _next_is_blank(self) -> bool:
        following = self._at + 1
        return following >= len(self._lines) or self._lines[following].is_blank

    def _end_action(self) -> None:
        if not self._action:
            return
        texts = []
        for line in self._action:
            body = line.text.rstrip(_BLANK_CHARS)
            if body.lstrip(_BLANK_CHARS).startswith("!"):
                body = body.lstrip(_BLANK_CHARS)[1:]
            texts.append(body)
        self._made.append(Element(Kind.ACTION, "\n".join(texts), self._action[0].number))
        self._action = []

    def _take_speech(self) -> None:
        """Take what follows a cue, up to the first empty line."""
        spoken: list[_Line] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.is_blank and len(line.text) < 2:
                break
            closing = self._parenthetical_end()
            if line.stripped.startswith("~"):
                self._end_spoken(spoken)
                self._made.append(Element(Kind.LYRIC, line.stripped[1:].strip(), line.number, in_dialogue=True))
            elif closing:
                self._end_spoken(spoken)
                inner = " ".join(part.stripped for part in self._lines[self._at : closing])
                self._made.append(Element(Kind.PARENTHETICAL, inner[1:-1].strip(), line.number))
                self._at = closing
                continue
            else:
                spoken.append(line)
            self._at += 1
        self._end_spoken(spoken)

    def _parenthetical_end(self) -> int:
        """Return the index after the parenthetical that begins here, or 0 when none does."""
        first = self._lines[self._at].stripped
        if not first.startswith("("):
            return 0
        if first.endswith(")"):
            return self._at + 1
        if ")" in first:
            return 0
        for index in range(self._at + 1, min(self._at + 4, len(self._lines))):
            text = self._lines[index].stripped
            if not text or "(" in text:
                return 0
            if ")" in text:
                return index + 1 if text.endswith(")") else 0
        return 0

    def _end_spoken(self, spoken: list[_Line]) -> None:
        while spoken and spoken[-1].is_blank:
            spoken.pop()
        while spoken and spoken[0].is_blank:
            spoken.pop(0)
        if spoken:
            text = "\n".join(line.stripped for line in spoken)
            self._made.append(Element(Kind.DIALOGUE, text, spoken[0].number))
        spoken.clear()


def _standalone(line: _Line) -> Element | None:
    """Return the element of a line that its first characters decide, wherever it stands."""
    text = line.stripped
    if text.startswith("!"):
        return None
    if text.startswith("#"):
        title = text.lstrip("#")
        return Element(Kind.SECTION, title.strip(), line.number, depth=len(text) - len(title))
    if text.startswith("="):
        if len(text) >= 3 and not text.strip("="):
            return Element(Kind.PAGE_BREAK, "", line.number)
        return Element(Kind.SYNOPSIS, text[1:].strip(), line.number)
    if text.startswith("~"):
        return Element(Kind.LYRIC, text[1:].strip(), line.number)
    if text.startswith(">"):
        if text.endswith("<") and len(text) > 1:
            return Element(Kind.CENTRED, text[1:-1].strip(), line.number)
        return Element(Kind.TRANSITION, text[1:].strip(), line.number)
    return None


def _heading(line: _Line) -> Element | None:
    """Return the scene heading on a line, or None.

    The syntax asks for an empty line after it, too; scripts leave it out often, and nothing else can be meant.
    """
    text = line.stripped
    if len(text) > 1 and text[0] == "." and text[1].isalnum():
        text = text[1:]
    elif not is_natural_heading(text):
        return None
    number = ""
    if text.endswith("#") and (start := text.rfind("#", 0, -1)) >= 0:
        inner = text[start + 1 : -1]
        if inner and all(char.isalnum() or char in "-." for char in inner):
            text, number = text[:start].rstrip(), inner
    return Element(Kind.HEADING, text, line.number, number=number)


def is_natural_heading(text: str) -> bool:
    """Return whether a line begins as scene headings do: INT, EXT, EST, INT/EXT, I/E, then a dot or a space."""
    upper = text[:9].upper()
    return any(upper.startswith(prefix) and upper[len(prefix) :][:1] in (".", " ") for prefix in _HEADING_PREFIXES)


def _is_upper(text: str) -> bool:
    """Return whether `text` has capitals and no small letters; scripts without case never count."""
    return any(char.isupper() for char in text) and not any(char.islower() for char in text)


def _is_transition(text: str) -> bool:
    """Return whether a line, its trailing spaces kept, is a transition: a space behind the colon makes it action."""
    return text.endswith("TO:") and _is_upper(text)


def _cue(line: _Line, next_is_blank: bool) -> Element | None:
    """Return the character cue on a line, or None. A forced cue stands even when nothing follows it."""
    text = line.stripped
    forced = text.startswith("@") and len(text) > 1
    if text.startswith("!") or (next_is_blank and not forced):
        return None
    body = text[1:] if forced else text
    dual = body.endswith("^")
    body = body.rstrip("^").rstrip()
    name, extensions = _name_and_extensions(body)
    if extensions is None:  # words behind the parentheses: a shouted sentence, or all of it a name
        if not forced:
            return None
        name, extensions = body, []
    if not name or not (forced or _is_upper(name)):
        return None
    return Element(Kind.CHARACTER, name, line.number, extension=" ".join(filter(None, extensions)), dual=dual)


def _name_and_extensions(body: str) -> tuple[str, list[str] | None]:
    """Return a cue's name and what stands in each of its parentheses; None when other words follow those."""
    name, bracket, rest = body.partition("(")
    extensions = []
    while bracket:
        inner, closing, rest = rest.partition(")")
        rest = rest.lstrip()
        if not closing or (rest and not rest.startswith("(")):
            return name.strip(), None
        extensions.append(inner.strip())
        bracket, rest = rest[:1], rest[1:]
    return name.strip(), extensions


def _merged(elements: list[Element], notes: list[_Cut]) -> tuple[Element, ...]:
    """Return elements and notes in reading order; a note inside an element comes after it."""
    keyed: list[tuple[tuple[int, int], int, Element]] = [
        ((element.line, 1), index, element) for index, element in enumerate(elements)
    ]
    keyed += [
        ((note.line, 0 if note.leading else 2), len(elements) + index, Element(Kind.NOTE, note.text, note.line))
        for index, note in enumerate(notes)
    ]
    return tuple(element for _, _, element in sorted(keyed, key=lambda item: item[:2]))


def _plain_line(line: str) -> str:
    if "*" not in line and "_" not in line and "\\" not in line:
        return line
    runs = _emphasis_runs(line)
    removed = bytearray(len(line))
    opened: dict[str, tuple[int, int]] = {}  # kind of mark -> where it opened
    for start, end in runs:
        kind = line[start:end]
        if _can_close(line, start, end) and _close(kind, start, end, opened, removed):
            continue
        if _can_open(line, start, end) and kind in ("_", "*", "**", "***"):
            opened[kind] = (start, end)
    out = []
    for index, char in enumerate(line):
        escapes = char == "\\" and line[index + 1 : index + 2] in ("*", "_") and not _is_escaped(line, index)
        if not removed[index] and not escapes:
            out.append(char)
    return "".join(out)


def _is_escaped(line: str, index: int) -> bool:
    """Return whether the character at `index` has a backslash of its own before it."""
    return index > 0 and line[index - 1] == "\\"


def _emphasis_runs(line: str) -> list[tuple[int, int]]:
    """Return [start, end) of every run of unescaped `*` and every unescaped `_`."""
    runs = []
    at = 0
    while at < len(line):
        char = line[at]
        if char not in "*_" or _is_escaped(line, at):
            at += 1
            continue
        end = at + 1
        while char == "*" and end < len(line) and line[end] == "*":
            end += 1
        runs.append((at, end))
        at = end
    return runs


def _close(kind: str, start: int, end: int, opened: dict[str, tuple[int, int]], removed: bytearray) -> bool:
    """Pair a closing run with what it closes; return whether it closed anything."""
    if kind in opened:
        pairs = [(opened.pop(kind), (start, end))]
    elif kind == "***" and "*" in opened and "**" in opened:
        pairs = [(opened.pop("*"), (start, end)), (opened.pop("**"), (start, end))]
    elif kind in ("*", "**") and "***" in opened:
        first, last = opened.pop("***")
        split = last - len(kind)
        opened["*" * (3 - len(kind))] = (first, split)
        pairs = [((split, last), (start, end))]
    else:
        return False
    for span in (span for pair in pairs for span in pair):
        removed[span[0] : span[1]] = b"\x01" * (span[1] - span[0])
    return True


def _can_open(line: str, start: int, end: int) -> bool:
    if end >= len(line) or line[end] in string.whitespace:
        return False
    return line[start] == "*" or start == 0 or not line[start - 1].isalnum()


def _can_close(line: str, start: int, end: int) -> bool:
    if start == 0 or line[start - 1] in string.whitespace:
        return False
    return line[start] == "*" or end >= len(line) or not line[end].isalnum()
