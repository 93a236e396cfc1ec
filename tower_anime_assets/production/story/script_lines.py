"""Lines of action that are about the film and not in its picture: text on the screen, montages, flashbacks, intercuts.

They are never drawn or prompted as if they stood in the room; what each becomes is told, with the way to keep it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from tower_anime_assets.production.story import script_line_words as words
from tower_anime_assets.production.story.cast_names import CastNames
from tower_anime_assets.production.story.cue_lines import is_speech_part
from tower_anime_assets.production.story.fountain import Element, ElementKind, plain_text
from tower_anime_assets.production.story.heading_lines import HeadingDoubt, find_prefix
from tower_anime_assets.production.story.heading_words import fold_word
from tower_anime_assets.production.story.headings import read_heading
from tower_anime_assets.production.story.source import Diagnostics, shorten
from tower_anime_assets.production.story.times_of_day import read_timing
from tower_anime_assets.production.story.transitions import is_closing_line, is_lone_transition, is_structure_line

_MAX_LINE_CHARS = 200
_MAX_KEY_WORDS = 5
_MAX_LEAD_CHARS = 60
_QUOTED = re.compile(r"[\"“„«「『](?P<text>[^\"“”„«»「」『』]{1,300})[\"”“»」』]\.?")
_QUOTE = re.compile(r"[\"“„«「『]")
_MARK = re.compile(r"\s*(?:[:：]|[-–—]{1,2}(?=\s)|—)\s*")
_WORD = re.compile(r"(?![-–—.]+(?:\s|$))[^\s:：\"“„«「『()\[\]–—]+")
_ITEM = re.compile(r"(?:[-–—•·]\s+|\(?(?:[A-Z]|[a-z]|\d{1,2})[).:]\s+|\*\s+(?=\w))(?P<text>\S.*)", re.DOTALL)
_ELSE_ACTION = "Begin the line with ! if it is action."


class _LineKind(Enum):
    SCREEN_TEXT = "text on the screen"
    SEQUENCE = "a sequence"
    SEQUENCE_END = "the end of a sequence"
    INTERCUT = "an intercut"
    SPLIT_SCREEN = "a split screen"
    SOUND = "a sound"
    TIME = "a time"


@dataclass(frozen=True)
class _ScriptLine:
    """A line about the film.

    Attributes:
        written: All of it.
        name: The words that say what it is.
        rest: What stands behind them: the text, or the place.
    """

    kind: _LineKind
    written: str
    name: str
    rest: str


_TABLES = (
    (_LineKind.SCREEN_TEXT, words.SCREEN_TEXT),
    (_LineKind.SEQUENCE, words.SEQUENCES),
    (_LineKind.INTERCUT, words.INTERCUTS),
    (_LineKind.SPLIT_SCREEN, words.SPLIT_SCREENS),
    (_LineKind.SOUND, words.SOUNDS),
)

_FIRST_WORDS = frozenset(
    phrase.split()[0]
    for phrase in (*(one for _, table in _TABLES for one in table), *words.OPENING_WORDS, *words.CLOSING_WORDS)
)


def read_script_lines(elements: Sequence[Element], cast: CastNames, faults: Diagnostics) -> list[Element]:
    """Return the elements of a script with its lines about the film as what they are; each is told as a note.

    Text on the screen becomes a card, a montage or flashback with a place a scene of its own that ends where the script
    goes back, a list of shots one paragraph each. What cannot be made, such as an intercut, is a warning.
    """
    return list(_Reader(_without_false_cues(elements, cast), faults, cast).read())


def _without_false_cues(elements: Sequence[Element], cast: CastNames) -> list[Element]:
    """Return the elements with lines about the film as action where words stand directly below them, as below a cue."""
    kept: list[Element] = []
    index = 0
    while index < len(elements):
        element = elements[index]
        index += 1
        if element.kind is not ElementKind.CHARACTER or element.forced or cast.find_id(element.text):
            kept.append(element)
            continue
        if _find_line(element.text, cast) is None:
            kept.append(element)
            continue
        kept.append(Element(ElementKind.ACTION, element.text, element.line))
        while index < len(elements) and is_speech_part(elements[index]):
            part = elements[index]
            index += 1
            is_note = part.kind is ElementKind.NOTE
            kept.append(part if is_note else Element(ElementKind.ACTION, part.text, part.line))
    return kept


def _find_line(text: str, cast: CastNames) -> _ScriptLine | None:
    """Return what a line of action says of the film, None where it is about the picture."""
    if not _may_be_about_film(text):
        return None
    plain = " ".join(plain_text(text).split())
    if len(plain) > _MAX_LINE_CHARS or not plain:
        return None
    if plain[0] in "([" and plain[-1] in ")]" and not any(char in plain[1:-1] for char in "()[]"):
        plain = plain[1:-1].strip()
    if (line := _with_key(plain)) is not None:
        return line
    folded = _folded(plain)
    if folded in words.RETURNS or _closed_sequence(folded):
        return _ScriptLine(_LineKind.SEQUENCE_END, plain, plain, "") if _is_shouted(plain) else None
    timing = read_timing(plain.rstrip(".:"))
    is_time = timing.is_about_time and (timing.time_of_day or timing.is_same_time) and _is_shouted(plain)
    is_other = (
        is_lone_transition(plain)
        or is_closing_line(plain)
        or is_structure_line(plain)
        or cast.find_id(plain.rstrip(".:"))
    )
    return _ScriptLine(_LineKind.TIME, plain, plain, "") if is_time and not is_other else None


def _may_be_about_film(text: str) -> bool:
    """Return whether a line has no small letters, or begins with a word for text on the screen; few lines do."""
    head = text[: _MAX_LINE_CHARS + 1]
    if not any(char.islower() for char in head):
        return True
    first = _WORD.search(head)
    return first is not None and fold_word(first.group().strip("*_")) in _FIRST_WORDS


def _with_key(plain: str) -> _ScriptLine | None:
    """Return the line about the film that begins with a word for one: `SUPER: Berlin`, `MONTAGE - THE CITY WAKES`."""
    ends = [
        match.end() for _, match in zip(range(_MAX_KEY_WORDS), _WORD.finditer(plain[:_MAX_LINE_CHARS]), strict=False)
    ]
    for end in reversed(ends):
        name, behind = plain[:end], plain[end:]
        key = _folded(name)
        kind = next((kind for kind, table in _TABLES if key in table), None)
        if kind is None and (sequence := _opened_sequence(key)):
            kind, key = _LineKind.SEQUENCE, sequence
        if kind is None:
            continue
        mark = _MARK.match(behind)
        rest = behind[mark.end() :] if mark else behind.strip()
        has_colon = mark is not None and mark.group().strip() in (":", "：")
        if kind is _LineKind.SCREEN_TEXT:
            return _screen_text(plain, name, rest, is_marked=mark is not None, has_colon=has_colon)
        if kind is _LineKind.SOUND:
            return _ScriptLine(kind, plain, name, rest) if has_colon and rest and _is_shouted(name) else None
        if not _is_shouted(name) or (rest and mark is None and not _continues(kind, rest)):
            return None
        if kind is _LineKind.SEQUENCE and not has_colon and not _is_shouted(rest):
            return None  # `DREAM - she sees it again.`
        return _ScriptLine(kind, plain, name, rest.strip(" :：-–—"))
    return None


def _screen_text(written: str, name: str, rest: str, *, is_marked: bool, has_colon: bool) -> _ScriptLine | None:
    quoted = _QUOTED.fullmatch(rest.strip())
    is_named = _is_shouted(name) or (has_colon and quoted is not None)
    if not is_named or not (is_marked or quoted or not rest.strip(" .:")):
        return None
    if quoted is None and (rest[:1].islower() or _QUOTE.match(rest)):  # `ON SCREEN: a map.`, `SUPER: "Berlin,`
        return None
    return _ScriptLine(_LineKind.SCREEN_TEXT, written, name, quoted["text"].strip() if quoted else rest.strip())


def _continues(kind: _LineKind, rest: str) -> bool:
    """Return whether words may follow a name without a mark: `INTERCUT WITH THE STREET`, `MONTAGE (VARIOUS)`."""
    if any(char.islower() for char in rest):
        return False
    first = fold_word(rest.split()[0].strip("([")) if rest.split() else ""
    starts = ("OF", "TO", "IN", "SEQUENCE") if kind is _LineKind.SEQUENCE else ("WITH", "BETWEEN", "PHONE", "AND", "TO")
    return rest[0] in "([" or first in starts or kind is not _LineKind.SEQUENCE


def _opened_sequence(key: str) -> str:
    """Return the name of a sequence without the words around it: `BEGIN DREAM SEQUENCE` is a dream."""
    plain = key.removesuffix(" SEQUENCE").removesuffix(" BEGINS")
    opening = next((word for word in words.OPENING_WORDS if plain.startswith(f"{word} ")), "")
    plain = plain.removeprefix(opening).strip()
    return plain if plain in words.SEQUENCES else ""


def _closed_sequence(folded: str) -> bool:
    """Return whether a line closes a sequence or an intercut: `END OF MONTAGE`, `回想終わり`."""
    known = words.SEQUENCES | words.INTERCUTS | words.SPLIT_SCREENS
    plain = folded.removesuffix(" SEQUENCE")
    if plain.removesuffix(" ENDS") in known and plain.endswith(" ENDS"):
        return True
    for ending in words.CLOSING_ENDINGS:
        if plain.endswith(ending) and plain.removesuffix(ending).strip() in known:
            return True
    return any(
        plain.startswith(f"{word} ") and plain.removeprefix(word).strip() in known for word in words.CLOSING_WORDS
    )


def _folded(text: str) -> str:
    return " ".join(fold_word(word) for word in text.strip(" .:：-–—()").split())


def _is_shouted(text: str) -> bool:
    """Return whether a text has no small letters, as in writing without case."""
    return not any(char.islower() for char in text)


class _Reader:
    """Goes through a script once."""

    def __init__(self, elements: Sequence[Element], faults: Diagnostics, cast: CastNames) -> None:
        self._elements = elements
        self._faults = faults
        self._cast = cast
        self._heading: Element | None = None
        self._left: Element | None = None  # the heading of the scene that a sequence left
        self._in_list = False

    def read(self) -> Iterator[Element]:
        for index, element in enumerate(self._elements):
            if element.kind is ElementKind.HEADING:
                yield self._read_heading(element)
            elif element.kind is ElementKind.ACTION and not element.forced:
                yield from self._read_action(element, self._next_content(index))
            else:
                yield element

    def _read_heading(self, element: Element) -> Element:
        """Return a heading without the name of a sequence before it: `FLASHBACK - EXT. GARDEN - DAY`."""
        line = _with_key(" ".join(plain_text(element.text).split())) if len(element.text) < _MAX_LINE_CHARS else None
        before, self._left, self._in_list = self._heading, None, False
        if line is not None and line.kind is _LineKind.SEQUENCE and (place := line.rest.strip("() ")):
            self._left = before
            element = replace(element, text=place, doubt=None if find_prefix(place) else element.doubt)
        self._heading = element
        return element

    def _next_content(self, index: int) -> Element | None:
        """Return the element that follows one, beyond notes and synopses."""
        skipped = (ElementKind.NOTE, ElementKind.SYNOPSIS, ElementKind.SECTION, ElementKind.PAGE_BREAK)
        return next((one for one in self._elements[index + 1 :] if one.kind not in skipped), None)

    def _read_action(self, element: Element, following: Element | None) -> Iterator[Element]:
        first, _, below = element.text.partition("\n")
        if (line := _find_line(first, self._cast)) is not None and below:
            rest = replace(element, text=below, line=element.line + 1)
            yield from self._read_line(element.line, line, rest)
            yield from self._read_action(rest, following)
        elif (line := _find_line(element.text, self._cast)) is not None:
            yield from self._read_line(element.line, line, following)
        else:
            yield from self._split_paragraph(element)

    def _read_line(self, at: int, line: _ScriptLine, following: Element | None) -> Iterator[Element]:
        quoted = repr(shorten(line.written))
        goes_on = following is not None and following.kind not in (ElementKind.HEADING, ElementKind.TRANSITION)
        if line.kind is _LineKind.SCREEN_TEXT:
            yield from self._show_text(at, line, quoted)
        elif line.kind is _LineKind.SEQUENCE:
            yield from self._begin_sequence(at, line, quoted, goes_on=goes_on)
        elif line.kind is _LineKind.SEQUENCE_END:
            yield from self._end_sequence(at, quoted, goes_on=goes_on)
        elif line.kind is _LineKind.TIME:
            yield from self._pass_time(at, line, quoted, goes_on=goes_on)
        elif line.kind is _LineKind.SOUND:
            instead = "taken as action; the mix has the voices, the music and the sounds of place and weather"
            self._faults.note(at, f"{quoted} is a sound, and none is made of it", instead, _ELSE_ACTION)
            yield Element(ElementKind.ACTION, line.rest, at, forced=True)
        elif line.kind is _LineKind.SPLIT_SCREEN and line.rest:
            remedy = f"Write a scene heading where the picture changes its place. {_ELSE_ACTION}"
            self._faults.warn(at, f"{quoted} asks for a split screen, which is not made", "taken as action", remedy)
            yield Element(ElementKind.ACTION, line.rest, at, forced=True)
        else:
            what = "an intercut" if line.kind is _LineKind.INTERCUT else "a split screen"
            remedy = f"Write a scene heading where the picture changes its place. {_ELSE_ACTION}"
            instead = "the line is not shown, and the scene stays where it is"
            self._faults.warn(at, f"{quoted} asks for {what}, which is not made", instead, remedy)

    def _show_text(self, at: int, line: _ScriptLine, quoted: str) -> Iterator[Element]:
        if line.rest:
            self._faults.note(at, f"{quoted} is text on the screen", "it is shown as a card", _ELSE_ACTION)
            yield Element(ElementKind.CENTRED, line.rest, at)
        else:
            remedy = 'Write the text behind it, such as TITLE: "The next day". ' + _ELSE_ACTION
            self._faults.warn(at, f"{quoted} names no text for the screen", "nothing is shown of it", remedy)

    def _begin_sequence(self, at: int, line: _ScriptLine, quoted: str, *, goes_on: bool) -> Iterator[Element]:
        place = line.rest.strip("() ")
        for start in ("OF ", "TO ", "IN "):
            place = place.removeprefix(start)
        place = place.removeprefix("SEQUENCE").strip(" :-–—")
        self._in_list = True
        if place and read_timing(place).is_about_time:  # `FLASHBACK - THREE YEARS EARLIER`
            place = ""
        if place:
            self._left = self._left or self._heading
            is_plain = find_prefix(place) is not None
            yield Element(ElementKind.HEADING, place, at, doubt=None if is_plain else HeadingDoubt.SEQUENCE)
        elif goes_on:
            remedy = f"Write a scene heading below it if the place is another. {_ELSE_ACTION}"
            instead = "the line is not shown, and what follows stays in the scene's place"
            self._faults.warn(at, f"{quoted} names no place", instead, remedy)
        else:
            self._faults.note(at, f"{quoted} is about the script itself", "it is not shown", _ELSE_ACTION)

    def _end_sequence(self, at: int, quoted: str, *, goes_on: bool) -> Iterator[Element]:
        left, self._left, self._in_list = self._left, None, False
        if left is None or not goes_on:
            self._faults.note(at, f"{quoted} is about the script itself", "it is not shown", _ELSE_ACTION)
            return
        instead = f"a scene begins at {shorten(left.text)!r} again"
        self._faults.note(at, f"{quoted} goes back to the scene before", instead, _ELSE_ACTION)
        self._heading = replace(left, line=at, number="", doubt=None)
        yield self._heading

    def _pass_time(self, at: int, line: _ScriptLine, quoted: str, *, goes_on: bool) -> Iterator[Element]:
        """Yield the heading of a new scene at the same place, where a line such as `LATER` stands alone."""
        if self._heading is None:
            yield Element(ElementKind.ACTION, line.written, at, forced=True)
            return
        if not goes_on:
            self._faults.note(at, f"{quoted} is about the script itself", "it is not shown", _ELSE_ACTION)
            return
        heading = read_heading(plain_text(self._heading.text))
        side = "" if heading.interior is None else "INT. " if heading.interior else "EXT. "
        text = f"{side}{heading.place or 'THE SAME PLACE'} - {line.written.strip(' .:')}"
        self._faults.note(at, f"{quoted} says that time passes", f"a scene begins: {shorten(text)}", _ELSE_ACTION)
        self._heading = Element(ElementKind.HEADING, text, at)
        yield self._heading

    def _split_paragraph(self, element: Element) -> Iterator[Element]:
        """Yield a paragraph, the items of a list one by one, and text on the screen in its middle as a card."""
        lines = element.text.split("\n")
        items = [item for line in lines if (item := _ITEM.fullmatch(line.strip())) is not None]
        if len(items) == len(lines) and (self._in_list or len(lines) > 1):
            for number, item in enumerate(items):
                yield replace(element, text=item["text"], line=element.line + number)
        else:
            yield from self._split_at_text(element)

    def _split_at_text(self, element: Element) -> Iterator[Element]:
        """Yield a paragraph as action and cards, where a sentence of it is text on the screen."""
        text, start = element.text, 0
        for match in _QUOTED.finditer(text):
            window = max(start, match.start() - _MAX_LEAD_CHARS)
            sentence = max(text.rfind(mark, window, match.start()) for mark in ".!?…\n") + 1 or window
            lead = text[sentence : match.start()].strip()
            line = _with_key(f"{lead} {match.group()}") if lead and _is_shouted(lead) else None
            if line is None or line.kind is not _LineKind.SCREEN_TEXT:
                continue
            yield from _part(element, start, sentence)
            yield from self._show_text(_line_at(element, match.start()), line, repr(shorten(line.written)))
            start = match.end()
        if start:
            yield from _part(element, start, len(text))
        else:
            yield element


def _part(element: Element, start: int, end: int) -> Iterator[Element]:
    """Yield a part of a paragraph as action, unless it is empty."""
    if text := element.text[start:end].strip():
        yield replace(element, text=text, line=_line_at(element, start))


def _line_at(element: Element, position: int) -> int:
    return element.line + element.text.count("\n", 0, position)
