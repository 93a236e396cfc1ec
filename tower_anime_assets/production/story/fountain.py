"""Parser of Fountain text into elements: headings, action, cues, dialogue, notes and the rest, each with its line.

Only the public syntax. What an element *means* for an episode belongs in `screenplay`. Everything here is a single pass
over the text or a line, so no script can make it slow.

Source: fountain.io/syntax, version 1.1. Where it leaves a choice open, a comment names the choice.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from tower_anime_assets.production.story.heading_lines import (
    HeadingDoubt,
    HeadingLine,
    find_heading,
    find_prefix,
    split_transition,
)
from tower_anime_assets.production.story.source import strip_invisible
from tower_anime_assets.production.story.title_page import BLANK_CHARS, SourceLine, TitleEntry, split_title_page

TAB_REPLACEMENT = "    "
_MAX_NOTE_LINES = 40
"""How far below an opening mark of a note, over empty lines, its closing mark is looked for."""

_LONGEST_HEADING_CHARS = 200
_FORCED_CHARS = 40
_LONGEST_NAME_CHARS = 80
_SMALL_IN_NAMES = re.compile(
    r"(?<=[Mm])c(?=[A-Z])|(?<=M)ac(?=[A-Z]{2})|\b(?:D[ei]|L[ae])(?=[A-Z]{2})|(?<=[A-Z])['’]s\b|"
    r"(?<=\s)(?:and|da|de|del|der|di|du|la|le|van|von|the|of|und|et|y|no\.)(?=\s)"
)
_REVISION_MARK = re.compile(r"(?<=\S)\s{2,}\*{1,3}\s*$")
"""Stars in the right margin beside what was changed, as production drafts have them."""

_HALF_WIDTH = str.maketrans("（）：＠＾　", "():@^ ")  # as typed on East Asian keyboards


class ElementKind(StrEnum):
    """Kinds of elements."""

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
        text: As written, with line breaks and emphasis marks (see `plain_text`), but without the marks of its kind,
            such as the parentheses of a parenthetical.
        line: 1-based line on which it begins.
        number: Scene number of a heading, such as `1A`, or "".
        extension: What follows a character's name in parentheses, such as "V.O.", or "".
        dual: Whether the cue has a `^`: spoken at the same time as the speech before.
        depth: Number of `#` of a section, otherwise 0.
        in_dialogue: Whether a lyric belongs to the speech above it.
        forced: Whether a mark says what it is, `!` of action (on any of its lines) or `@` of a cue, so that nothing may
            take it for something else.
        doubt: Why a heading may be none, or was written otherwise than the syntax has it; None for a plain one.
    """

    kind: ElementKind
    text: str
    line: int
    number: str = ""
    extension: str = ""
    dual: bool = False
    depth: int = 0
    in_dialogue: bool = False
    forced: bool = False
    doubt: HeadingDoubt | None = None


@dataclass(frozen=True)
class UnclosedMark:
    """A `[[` or `/*` that is not closed as the syntax has it.

    Attributes:
        leads_line: Whether it begins its line.
        note_end: Last line of the text that was read as a note in spite of it; 0 where it was read as plain text.
        is_closed_later: Whether `]]` stands below an empty line.
    """

    mark: str
    line: int
    leads_line: bool = False
    note_end: int = 0
    is_closed_later: bool = False


@dataclass(frozen=True)
class Screenplay:
    """A script's title page and its elements, in order."""

    title_page: tuple[TitleEntry, ...]
    elements: tuple[Element, ...]
    unclosed: tuple[UnclosedMark, ...] = ()

    def title_values(self) -> Mapping[str, str]:
        """Return value by lower-case key of the title page; of equal keys the first counts."""
        values: dict[str, str] = {}
        for entry in self.title_page:
            values.setdefault(entry.key.lower(), entry.value)
        return values


@dataclass(frozen=True)
class _RemovedText:
    """A note or boneyard that was cut out of the lines."""

    text: str
    line: int
    leads_line: bool  # whether it began its line


def parse_fountain(text: str) -> Screenplay:
    """Return the elements of a Fountain script; any text is a script.

    Args:
        text: The script, with any kind of line ends, with or without a byte order mark.
    """
    lines = _split_lines(text)
    lines, _, unclosed_boneyard = _remove_marked(lines, "/*", "*/")
    title_page, lines = split_title_page(lines)
    lines, notes, unclosed_notes = _remove_notes(lines)
    elements = _ElementBuilder(lines).build()
    return Screenplay(title_page, _merge_notes(elements, notes), (*unclosed_boneyard, *unclosed_notes))


def plain_text(text: str) -> str:
    r"""Return `text` without emphasis marks; `\*` and `\_` become plain `*` and `_`, unpaired marks stay.

    Marks pair up within one line. An underscore counts only at the edge of a word, so `file_name` keeps its own.
    """
    return "\n".join(_strip_emphasis(line) for line in text.split("\n"))


def _split_lines(text: str) -> list[SourceLine]:
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\t", TAB_REPLACEMENT)
    return [SourceLine(number, _without_revision_mark(line)) for number, line in enumerate(plain.split("\n"), 1)]


def _without_revision_mark(line: str) -> str:
    return _REVISION_MARK.sub("", line) if line.rstrip(BLANK_CHARS).endswith("*") else line


def _remove_marked(
    lines: list[SourceLine], opening: str, closing: str
) -> tuple[list[SourceLine], list[_RemovedText], list[UnclosedMark]]:
    """Return the lines without the text between the marks, the removed texts, and the marks that are never closed.

    A line that lies wholly inside is dropped instead of left blank, so it does not end a paragraph.
    """
    last = max(
        ((index, column) for index, line in enumerate(lines) if (column := line.text.rfind(closing)) >= 0), default=None
    )
    if last is None and not any(opening in line.text for line in lines):
        return lines, [], []
    remaining_lines: list[SourceLine] = []
    removed: list[_RemovedText] = []
    unclosed: list[UnclosedMark] = []
    open_parts: list[str] | None = None
    open_position = (0, False)
    for index, line in enumerate(lines):
        outside: list[str] = []
        column = 0
        is_touched = open_parts is not None
        leads_line = True
        while True:
            if open_parts is not None:
                end = line.text.find(closing, column)
                open_parts.append(line.text[column:] if end < 0 else line.text[column:end])
                if end < 0:
                    break
                removed.append(
                    _RemovedText("\n".join(part.strip(BLANK_CHARS) for part in open_parts).strip(), *open_position)
                )
                open_parts, column = None, end + len(closing)
                continue
            start = line.text.find(opening, column)
            if start < 0 or last is None or (index, start + len(opening)) > last:
                if start >= 0:
                    is_first = leads_line and not line.text[column:start].strip(BLANK_CHARS)
                    unclosed.append(UnclosedMark(opening, line.number, leads_line=is_first))
                    is_touched = True
                rest = line.text[column:]
                outside.append(rest.replace(f"{opening} ", "").replace(opening, "") if start >= 0 else rest)
                break
            outside.append(line.text[column:start])
            leads_line = leads_line and not outside[-1].strip(BLANK_CHARS)
            open_parts, open_position, is_touched = [], (line.number, leads_line), True
            column = start + len(opening)
        remaining_text = _join_around_removed(outside)
        if not is_touched:
            remaining_lines.append(line)
        elif remaining_text.strip(BLANK_CHARS):
            remaining_lines.append(SourceLine(line.number, remaining_text))
    return remaining_lines, removed, unclosed


def _join_around_removed(parts: list[str]) -> str:
    """Return the text around a cut, with one space instead of the two around it."""
    if len(parts) < 2:
        return "".join(parts)
    joined = parts[:1]
    for part in parts[1:]:
        joined.append(part.lstrip(BLANK_CHARS) if joined[-1].endswith(" ") or not joined[-1] else part)
    return "".join(joined).rstrip(BLANK_CHARS)


def _remove_notes(lines: list[SourceLine]) -> tuple[list[SourceLine], list[_RemovedText], list[UnclosedMark]]:
    """Return the lines without notes, the notes, and the marks that are never closed.

    A note may span lines up to an empty one; a line of two spaces does not count as empty.
    """
    remaining_lines: list[SourceLine] = []
    notes: list[_RemovedText] = []
    unclosed: list[UnclosedMark] = []
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and (not lines[end].is_blank or len(lines[end].text) >= 2):
            end += 1
        block, block_notes, block_unclosed = _remove_marked(lines[start:end], "[[", "]]")
        if block_unclosed:
            end, block, block_notes, block_unclosed = _close_notes(lines, start, end, block_unclosed)
        remaining_lines += [*block, *lines[end : end + 1]]
        notes += block_notes
        unclosed += block_unclosed
        start = end + 1
    return remaining_lines, notes, unclosed


def _close_notes(
    lines: list[SourceLine], start: int, end: int, unclosed: list[UnclosedMark]
) -> tuple[int, list[SourceLine], list[_RemovedText], list[UnclosedMark]]:
    """Return what `_remove_marked` does of a block whose last note does not end in it, with the block's end.

    The note runs on over empty lines where `]]` follows before another note or a heading; else to the end of the block
    if it begins its line. In the middle of a line it is plain text.
    """
    first = unclosed[0]
    for later in range(end, min(end + _MAX_NOTE_LINES, len(lines))):
        text = lines[later].text
        closing, opening = text.find("]]"), text.find("[[")
        if closing >= 0 and (opening < 0 or closing < opening):
            while later < len(lines) and not lines[later].is_blank:
                later += 1
            block, notes, still_unclosed = _remove_marked(lines[start:later], "[[", "]]")
            closed = replace(first, note_end=lines[later - 1].number, is_closed_later=True)
            return later, block, notes, [closed, *still_unclosed]
        if opening >= 0 or find_prefix(lines[later].stripped) is not None:
            break
    if not first.leads_line:
        block, notes, _ = _remove_marked(lines[start:end], "[[", "]]")
        return end, block, notes, unclosed
    last = SourceLine(lines[end - 1].number, lines[end - 1].text + "]]")
    block, notes, _ = _remove_marked([*lines[start : end - 1], last], "[[", "]]")
    return end, block, notes, [replace(first, note_end=last.number)]


_TEXT_KINDS = frozenset(
    {ElementKind.ACTION, ElementKind.DIALOGUE, ElementKind.PARENTHETICAL, ElementKind.LYRIC, ElementKind.CHARACTER}
)


class _ElementBuilder:
    """Groups lines into elements."""

    def __init__(self, lines: list[SourceLine]) -> None:
        self._lines = lines
        self._index = 0
        self._elements: list[Element] = []
        self._action_lines: list[SourceLine] = []

    def build(self) -> list[Element]:
        starts_block = True  # after an empty line or a one-line element
        while self._index < len(self._lines):
            line = self._lines[self._index]
            if line.is_blank:
                self._end_action()
                self._index += 1
                starts_block = True
                continue
            starts_block = self._read_line(line, starts_block)
        self._end_action()
        return self._elements

    def _read_line(self, line: SourceLine, starts_block: bool) -> bool:
        """Read one element or one line of action; return whether the next line starts a block."""
        if starts_block and not _is_forced_action(line):
            transition, heading = split_transition(line.stripped)
            if transition:
                self._end_action()
                self._elements.append(Element(ElementKind.TRANSITION, transition, line.number))
                line = SourceLine(line.number, heading)
        element = None if _is_forced_action(line) else self._parse_one_line(line, starts_block)
        if element is not None:
            self._end_action()
            self._elements.append(element)
            self._index += 1
            return element.kind in (
                ElementKind.HEADING,
                ElementKind.SECTION,
                ElementKind.SYNOPSIS,
                ElementKind.PAGE_BREAK,
            )
        has_no_speech = self._next_is_blank() or self._next_ends_speech()
        if starts_block and (cue := _parse_cue(line, has_no_speech)) is not None:
            self._end_action()
            self._elements.append(cue)
            self._index += 1
            self._read_speech()
            return True
        self._action_lines.append(line)
        self._index += 1
        return False

    def _parse_one_line(self, line: SourceLine, starts_block: bool) -> Element | None:
        """Return the element of a line that is one by itself, None for action, cues and what belongs to them."""
        if (element := _parse_standalone(line)) is not None:
            return element
        if starts_block:
            element = _parse_heading(line, is_alone=self._next_is_blank())
        elif _is_unmistakable_heading(line):
            element = _parse_heading(line, is_alone=False)
        if element is not None:
            is_plain = not element.doubt and not element.forced
            if is_plain and self._follows_text():
                element = replace(element, doubt=HeadingDoubt.NO_EMPTY_LINE)
            return element
        text = line.text.lstrip(BLANK_CHARS)
        has_text_below = not self._next_is_blank() and not self._next_ends_speech()
        if starts_block and not has_text_below and not text.startswith("@") and _is_transition(text):
            return Element(ElementKind.TRANSITION, line.stripped, line.number)
        return None

    def _follows_text(self) -> bool:
        """Return whether the line stands directly below action or a speech."""
        if self._index == 0 or self._lines[self._index - 1].is_blank:
            return False
        return bool(self._action_lines) or (bool(self._elements) and self._elements[-1].kind in _TEXT_KINDS)

    def _next_ends_speech(self) -> bool:
        """Return whether the next line cannot be spoken: a forced action, or a heading without an empty line above."""
        if self._index + 1 >= len(self._lines):
            return False
        following = self._lines[self._index + 1]
        return _is_forced_action(following) or _is_unmistakable_heading(following)

    def _next_is_blank(self) -> bool:
        following = self._index + 1
        return following >= len(self._lines) or self._lines[following].is_blank

    def _end_action(self) -> None:
        if not self._action_lines:
            return
        texts = []
        is_forced = False
        for line in self._action_lines:
            body = line.text.rstrip(BLANK_CHARS)
            if body.lstrip(BLANK_CHARS).startswith("!"):
                body = body.lstrip(BLANK_CHARS)[1:]
                is_forced = True
            texts.append(body)
        number = self._action_lines[0].number
        self._elements.append(Element(ElementKind.ACTION, "\n".join(texts), number, forced=is_forced))
        self._action_lines = []

    def _read_speech(self) -> None:
        """Read what follows a cue, up to the first empty line."""
        dialogue_lines: list[SourceLine] = []
        while self._index < len(self._lines):
            line = self._lines[self._index]
            if (line.is_blank and len(line.text) < 2) or _is_forced_action(line) or _is_unmistakable_heading(line):
                break
            parenthetical_end = self._parenthetical_end()
            if line.stripped.startswith("~"):
                self._end_dialogue(dialogue_lines)
                self._elements.append(
                    Element(ElementKind.LYRIC, line.stripped[1:].strip(), line.number, in_dialogue=True)
                )
            elif parenthetical_end:
                self._end_dialogue(dialogue_lines)
                parenthetical = " ".join(part.stripped for part in self._lines[self._index : parenthetical_end])
                self._elements.append(Element(ElementKind.PARENTHETICAL, parenthetical[1:-1].strip(), line.number))
                self._index = parenthetical_end
                continue
            else:
                dialogue_lines.append(line)
            self._index += 1
        self._end_dialogue(dialogue_lines)

    def _parenthetical_end(self) -> int:
        """Return the index after the parenthetical that begins here, or 0."""
        first = self._lines[self._index].stripped
        if not first.startswith("("):
            return 0
        if first.endswith(")"):
            return self._index + 1
        if ")" in first:
            return 0
        for index in range(self._index + 1, min(self._index + 4, len(self._lines))):
            text = self._lines[index].stripped
            if not text or "(" in text:
                return 0
            if ")" in text:
                return index + 1 if text.endswith(")") else 0
        return 0

    def _end_dialogue(self, dialogue_lines: list[SourceLine]) -> None:
        while dialogue_lines and dialogue_lines[-1].is_blank:
            dialogue_lines.pop()
        while dialogue_lines and dialogue_lines[0].is_blank:
            dialogue_lines.pop(0)
        if dialogue_lines:
            text = "\n".join(line.stripped for line in dialogue_lines)
            self._elements.append(Element(ElementKind.DIALOGUE, text, dialogue_lines[0].number))
        dialogue_lines.clear()


def _parse_standalone(line: SourceLine) -> Element | None:
    """Return the element of a line whose first characters decide its kind anywhere in the script, or None."""
    text = line.stripped
    if text.startswith("!"):
        return None
    if text.startswith("#"):
        title = text.lstrip("#")
        if (heading := _parse_misplaced_heading(line, title, HeadingDoubt.NUMBER_SIGN)) is not None:
            return heading
        return Element(ElementKind.SECTION, title.strip(), line.number, depth=len(text) - len(title))
    if text.startswith("="):
        if len(text) >= 3 and not text.strip("="):
            return Element(ElementKind.PAGE_BREAK, "", line.number)
        return Element(ElementKind.SYNOPSIS, text[1:].strip(), line.number)
    if text.startswith("~"):
        return Element(ElementKind.LYRIC, text[1:].strip(), line.number)
    if text.startswith(">"):
        if text.endswith("<") and len(text) > 1:
            return Element(ElementKind.CENTRED, text[1:-1].strip(), line.number)
        heading = _parse_misplaced_heading(line, text[1:], HeadingDoubt.GREATER_SIGN)
        return heading or Element(ElementKind.TRANSITION, text[1:].strip(), line.number)
    return None


def _parse_misplaced_heading(line: SourceLine, text: str, doubt: HeadingDoubt) -> Element | None:
    """Return the heading behind a mark of something else, None unless it begins with a word for inside or outside."""
    heading = find_heading(text.strip(), is_alone=False)
    prefix = find_prefix(heading.text) if heading is not None else None
    if heading is None or prefix is None or not prefix.is_marked:
        return None
    return Element(ElementKind.HEADING, heading.text, line.number, number=heading.number, doubt=heading.doubt or doubt)


def _parse_heading(line: SourceLine, *, is_alone: bool) -> Element | None:
    """Return the scene heading on a line, or None.

    The syntax also requires an empty line after it; scripts often omit it, and nothing else can be meant.
    """
    text = line.stripped
    if len(text) > 1 and text[0] == "." and text[1].isalnum():
        heading = find_heading(text[1:], is_alone=True) or HeadingLine(text[1:])
        return Element(ElementKind.HEADING, heading.text, line.number, number=heading.number, forced=True)
    if text.startswith(("@", "!")) or (heading_line := find_heading(text, is_alone=is_alone)) is None:
        return None
    return Element(
        ElementKind.HEADING, heading_line.text, line.number, number=heading_line.number, doubt=heading_line.doubt
    )


def _is_unmistakable_heading(line: SourceLine) -> bool:
    """Return whether a line within a paragraph is a heading all the same: capitals behind `INT.` or `EXT.`."""
    text = line.stripped
    prefix = find_prefix(text.lstrip("*_")) if text[:1].isalpha() or text[:1] in ("*", "_") else None
    if prefix is None or not prefix.is_marked or prefix.is_misspelt:
        return False
    rest = text[prefix.length : _LONGEST_HEADING_CHARS]
    return len(text) <= _LONGEST_HEADING_CHARS and bool(rest.strip("*_ ")) and not any(char.islower() for char in text)


def _is_forced_action(line: SourceLine) -> bool:
    """Return whether a `!` makes a line action; `!?` and `!!!` are what somebody says."""
    text = line.stripped
    return text.startswith("!") and any(char.isalnum() for char in text[1:_FORCED_CHARS])


def _is_upper(text: str) -> bool:
    """Return whether `text` has upper-case and no lower-case letters; never in writing systems without case."""
    return any(char.isupper() for char in text) and not any(char.islower() for char in text)


def _is_name_in_capitals(name: str) -> bool:
    """Return whether a name is in capitals, but for what is small in them: `McCABE`, `ADA's VOICE`, `GROß`."""
    if len(name) > _LONGEST_NAME_CHARS:
        return _is_upper(name)
    return _is_upper(_SMALL_IN_NAMES.sub("", name).replace("ß", "SS"))


def _is_transition(text: str) -> bool:
    """Return whether a line is a transition; a space after the colon makes it action."""
    return text.endswith("TO:") and _is_upper(text)


def parse_cue(text: str, line: int) -> Element | None:
    """Return the character cue on a line that has words below it, or None."""
    return _parse_cue(SourceLine(line, text), next_is_blank=False)


def _parse_cue(line: SourceLine, next_is_blank: bool) -> Element | None:
    """Return the character cue on a line, or None; a forced cue needs no speech below it."""
    text = strip_invisible(line.stripped).translate(_HALF_WIDTH).strip()
    is_forced = text.startswith("@") and len(text) > 1
    if text.startswith("!") or (next_is_blank and not is_forced):
        return None
    body = text[1:] if is_forced else text
    is_dual = body.endswith("^")
    body = body.rstrip("^").rstrip()
    name, extensions = _split_extensions(body)
    if name.endswith("^"):
        name, is_dual = name.rstrip("^ "), True
    if extensions is None:  # words after the parentheses: shouted action, or part of a forced name
        if not is_forced:
            return None
        name, extensions = body, []
    if not name or not (is_forced or _is_name_in_capitals(name)):
        return None
    extension = " ".join(filter(None, extensions))
    return Element(ElementKind.CHARACTER, name, line.number, extension=extension, dual=is_dual, forced=is_forced)


def _split_extensions(body: str) -> tuple[str, list[str] | None]:
    """Return a cue's name and the text in each of its parentheses, None if other words follow them.

    The last one may lack its closing bracket.
    """
    index = body.find("(")
    if index < 0:
        return body.strip(), []
    name, extensions = body[:index].strip(), []
    while index < len(body):
        if body[index] != "(":
            return name, None
        closing = body.find(")", index)
        closing = len(body) if closing < 0 else closing
        extensions.append(body[index + 1 : closing].strip())
        index = closing + 1
        while index < len(body) and body[index].isspace():
            index += 1
    return name, extensions


def _merge_notes(elements: list[Element], notes: list[_RemovedText]) -> tuple[Element, ...]:
    """Return elements and notes in reading order; a note within an element follows it."""
    keyed: list[tuple[tuple[int, int], int, Element]] = [
        ((element.line, 1), index, element) for index, element in enumerate(elements)
    ]
    keyed += [
        (
            (note.line, 0 if note.leads_line else 2),
            len(elements) + index,
            Element(ElementKind.NOTE, note.text, note.line),
        )
        for index, note in enumerate(notes)
    ]
    return tuple(element for _, _, element in sorted(keyed, key=lambda item: item[:2]))


def _strip_emphasis(line: str) -> str:
    if "*" not in line and "_" not in line and "\\" not in line:
        return line
    runs = _emphasis_runs(line)
    removed = bytearray(len(line))
    open_marks: dict[str, tuple[int, int]] = {}  # span by kind of mark
    for start, end in runs:
        kind = line[start:end]
        if _can_close(line, start, end) and _close_emphasis(kind, start, end, open_marks, removed):
            continue
        if _can_open(line, start, end) and kind in ("_", "*", "**", "***"):
            open_marks[kind] = (start, end)
    chars = []
    for index, char in enumerate(line):
        is_escape = char == "\\" and line[index + 1 : index + 2] in ("*", "_") and not _is_escaped(line, index)
        if not removed[index] and not is_escape:
            chars.append(char)
    return "".join(chars)


def _is_escaped(line: str, index: int) -> bool:
    """Return whether a backslash precedes the character at `index`."""
    return index > 0 and line[index - 1] == "\\"


def _emphasis_runs(line: str) -> list[tuple[int, int]]:
    """Return [start, end) of every run of unescaped `*` and every unescaped `_`."""
    runs = []
    start = 0
    while start < len(line):
        char = line[start]
        if char not in "*_" or _is_escaped(line, start):
            start += 1
            continue
        end = start + 1
        while char == "*" and end < len(line) and line[end] == "*":
            end += 1
        runs.append((start, end))
        start = end
    return runs


def _close_emphasis(
    kind: str, start: int, end: int, open_marks: dict[str, tuple[int, int]], removed: bytearray
) -> bool:
    """Pair a closing run with the run that it closes; return whether there is one."""
    if kind in open_marks:
        pairs = [(open_marks.pop(kind), (start, end))]
    elif kind == "***" and "*" in open_marks and "**" in open_marks:
        pairs = [(open_marks.pop("*"), (start, end)), (open_marks.pop("**"), (start, end))]
    elif kind in ("*", "**") and "***" in open_marks:
        first, last = open_marks.pop("***")
        split = last - len(kind)
        open_marks["*" * (3 - len(kind))] = (first, split)
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
