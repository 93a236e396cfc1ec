"""Recogniser of lines that are scene headings, in the forms and languages that people write them.

What a heading says of place and time belongs in `headings`. Only the first characters of a line are matched against
patterns, so no line can make it slow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from tower_anime_assets.production.story.heading_words import (
    EXTERIOR_WORDS,
    INTERIOR_WORDS,
    LONG_EXTERIOR_WORDS,
    LONG_INTERIOR_WORDS,
    MISSPELT_PREFIXES,
    SCENE_WORDS,
    SHORT_EXTERIOR_WORDS,
    SHORT_INTERIOR_WORDS,
    fold_word,
)
from tower_anime_assets.production.story.times_of_day import read_timing

_FULL_WIDTH = str.maketrans("（）［］【】：．，／－−‐―‒　", "()[][]:.,/---—— ")
_HEAD_CHARS = 60
_WORD = r"[^\W\d_]+(?:['’][^\W\d_]+)?"
_PREFIX = re.compile(
    rf"(?P<first>{_WORD})(?P<others>(?:\.?\s?[/&+-]\s?{_WORD}){{0,2}})(?P<mark>\s?[.:。、・,;]|(?=[\s\[(]|[-–—]|$))"
)
_FIRST_WORD = re.compile(rf"(?P<first>{_WORD})(?P<mark>\.?)")
_INITIALS = frozenset({("I", "E"), ("E", "I"), ("I", "A"), ("A", "I")})
_NUMBER = r"[A-Z]{0,2}\d{1,4}(?:[-.]\d{1,3})?[A-Z]{0,2}"
_LEADING_NUMBER = re.compile(rf"[(\[#]?(?P<number>{_NUMBER})[.):\]、]?(?:\s[-–—]|\s?[-–—](?=\s))?\s+", re.IGNORECASE)
_SCENE_WORD = re.compile(
    rf"(?:S#\s?(?P<short>\d{{1,4}}[A-Z]?)|(?P<word>{_WORD})\.?\s?#?(?P<number>{_NUMBER})?)(?P<mark>\s?[.:、)-–—]|\s|$)",
    re.IGNORECASE,
)
_CHINESE_SCENE = re.compile(r"第\s?[\d一二三四五六七八九十百零〇]{1,6}\s?[场場幕集シ](?:シーン)?[\s.:、，,]*")
_CIRCLE_MARKS = "○◯〇◎●■□◆"
_NOT_HEADINGS = frozenset(
    (
        *("SUPER", "SUPERIMPOSE", "TITLE", "TITLES", "CARD", "CHYRON", "CAPTION", "TEXT", "INSERT", "SUBTITLE"),
        *("SUBTITLES", "SIGN", "CREDITS", "TO", "FADE", "CUT", "DISSOLVE"),
    )
)
"""First words of capitals on a line of its own that are about something in the picture, not a new scene."""

_BARE_DIVIDER = re.compile(r"\s+[-–—]{1,2}\s+|--|—|\s?[(\[（【]|,\s")
_MAX_HEADING_CHARS = 200
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u2060\ufeff\u00ad"))
_TRANSITION_BEFORE = re.compile(
    r"(?:FADE IN|FADE OUT|FADE TO BLACK|CUT TO|SMASH CUT TO|MATCH CUT TO|JUMP CUT TO|DISSOLVE TO)\s?[:.]\s+"
)


class HeadingDoubt(StrEnum):
    """Why a line that was taken for a scene heading may be none, as the end of a sentence."""

    NO_PREFIX = "it has no INT. or EXT."
    MISSPELT = "it begins with neither INT. nor EXT."
    NO_EMPTY_LINE = "there is no empty line above it"
    NUMBER_SIGN = "a # stands before it"
    GREATER_SIGN = "a > stands before it"
    SEQUENCE = "it names a montage, flashback or dream"


@dataclass(frozen=True)
class HeadingLine:
    """A line that is a scene heading.

    Attributes:
        text: As written, without its scene numbers.
        number: Its scene number, or "".
        doubt: Why it may not be one, None for a plain heading.
    """

    text: str
    number: str = ""
    doubt: HeadingDoubt | None = None


@dataclass(frozen=True)
class HeadingPrefix:
    """What a heading begins with.

    Attributes:
        interior: True inside, False outside; inside and outside count as inside.
        length: Characters up to the rest of the heading.
        is_foreign: Whether its word is not one of English scripts.
        is_misspelt: Whether it is a slip of the finger.
        is_marked: Whether a dot or colon follows its word.
    """

    interior: bool
    length: int
    is_foreign: bool = False
    is_misspelt: bool = False
    is_marked: bool = True


@lru_cache(maxsize=1024)  # every line of a script is asked several times
def find_prefix(text: str) -> HeadingPrefix | None:
    """Return what tells inside from outside at the start of a line, None if nothing does."""
    match = _PREFIX.match(text[:_HEAD_CHARS].translate(_FULL_WIDTH))
    if match is None:
        return None
    words = [fold_word(word) for word in re.findall(_WORD, match.group()[: match.start("mark")])]
    is_marked = bool(match["mark"].strip())
    if len(words) > 1 and not all(word in INTERIOR_WORDS or word in EXTERIOR_WORDS for word in words):
        if tuple(words) in _INITIALS:
            return HeadingPrefix(True, match.end(), is_marked=is_marked)
        if words[0] not in INTERIOR_WORDS and words[0] not in EXTERIOR_WORDS:
            return None
        # `INT - HALL`: the dash belongs to what follows.
        match = _FIRST_WORD.match(text[:_HEAD_CHARS].translate(_FULL_WIDTH))
        if match is None or not text[match.end() :][:1].isspace():
            return None
        words, is_marked = words[:1], bool(match["mark"])
    if not all(word in INTERIOR_WORDS or word in EXTERIOR_WORDS for word in words):
        meant = MISSPELT_PREFIXES.get(words[0], "")
        is_misspelling = bool(meant) and is_marked and len(words) == 1 and match["first"].isupper()
        return HeadingPrefix(meant == "INT", match.end(), is_misspelt=True) if is_misspelling else None
    if not _may_begin_heading(words, match.group(), text, match.end(), is_marked=is_marked):
        return None
    is_foreign = not all(word in ("INT", "EXT", "EST", "INTERIOR", "EXTERIOR") for word in words)
    return HeadingPrefix(any(word in INTERIOR_WORDS for word in words), match.end(), is_foreign, is_marked=is_marked)


def _may_begin_heading(words: list[str], head: str, text: str, end: int, *, is_marked: bool) -> bool:
    """Return whether a line that begins with words for inside or outside is a heading and not a sentence."""
    rest = text[end:]
    if all(word in SHORT_INTERIOR_WORDS or word in SHORT_EXTERIOR_WORDS for word in words):
        return True
    has_no_lower = not any(char.islower() for char in head)
    if all(word in LONG_INTERIOR_WORDS or word in LONG_EXTERIOR_WORDS for word in words):
        if not is_marked:
            has_case = any(char.isupper() for char in head)
            is_divided = rest[:1].isspace() or rest[:1] in ("-", "–", "—", "[", "(", "")
            return is_divided and (not has_case or not any(char.islower() for char in text[:_MAX_HEADING_CHARS]))
        return has_no_lower or not rest.rstrip().endswith((".", "!", "?", "…")) or " - " in rest
    return (is_marked or len(words) > 1 or words == ["EST"]) and has_no_lower


def find_heading(text: str, *, is_alone: bool) -> HeadingLine | None:
    """Return the heading on a line that begins a paragraph, None if it is something else.

    Args:
        text: The line without spaces around it, with its emphasis marks, but without a mark that forces its kind.
        is_alone: Whether the paragraph has no other line.
    """
    plain, number = _split_fountain_number(_without_wrapping(without_invisible(text).strip()))
    if len(plain) > _MAX_HEADING_CHARS:
        prefix = find_prefix(plain)
        return HeadingLine(plain, number) if prefix is not None else None
    plain = plain.strip()
    if not plain:
        return None
    if heading := _with_prefix(plain, number):
        return heading
    head = plain.translate(_FULL_WIDTH)
    if match := _LEADING_NUMBER.match(head):
        rest, written_number = plain[match.end() :], match["number"]
        without_second_number = _without_number_behind(rest, written_number)
        if heading := _with_prefix(without_second_number, number or written_number):
            return heading
        if is_alone and without_second_number != rest and _is_capitals(rest):
            return HeadingLine(without_second_number, number or written_number, HeadingDoubt.NO_PREFIX)
        if is_alone and _is_bare_heading(without_second_number):
            return HeadingLine(without_second_number, number or written_number, HeadingDoubt.NO_PREFIX)
    return _with_scene_word(plain, head, number) or _without_prefix(plain, number, is_alone=is_alone)


def _with_prefix(plain: str, number: str) -> HeadingLine | None:
    prefix = find_prefix(plain)
    if prefix is None:
        return None
    return HeadingLine(plain, number, HeadingDoubt.MISSPELT if prefix.is_misspelt else None)


def _with_scene_word(plain: str, head: str, number: str) -> HeadingLine | None:
    """Return a heading that begins with a word, number or mark for its scene: `SCENE 4 - INT. HALL`, `○病院（夜）`."""
    if plain[0] in _CIRCLE_MARKS and plain[1:].strip(_CIRCLE_MARKS + " 　"):
        return HeadingLine(plain.lstrip(_CIRCLE_MARKS + " 　"), number)
    if match := _CHINESE_SCENE.match(head):
        rest = plain[match.end() :].strip()
        return HeadingLine(rest or plain, number) if rest else None
    match = _SCENE_WORD.match(head)
    if match is None:
        return None
    scene_number = match["short"] or match["number"] or ""
    if not match["short"] and fold_word(match["word"]) not in SCENE_WORDS:
        return None
    if not scene_number:
        return _with_prefix(plain[match.end() :].strip(" .:-–—　"), number) if match["mark"].strip() else None
    if match["word"] and match["word"].isascii() and not _is_capitals(plain) and not match["mark"].strip():
        return None
    rest = plain[match.end() :].strip(" .:-–—　")
    if heading := _with_prefix(rest, number or scene_number):
        return heading
    doubt = None if match["short"] else HeadingDoubt.NO_PREFIX
    return HeadingLine(rest, number or scene_number, doubt) if rest else None


def _without_prefix(plain: str, number: str, *, is_alone: bool) -> HeadingLine | None:
    if is_alone and _is_bare_heading(plain):
        return HeadingLine(plain, number, HeadingDoubt.NO_PREFIX)
    return None


def _is_bare_heading(plain: str) -> bool:
    """Return whether a line without small letters is a place and, divided from it, a time: `THE DOCKS - NIGHT`."""
    if any(char.islower() for char in plain):
        return False
    *places, time = _BARE_DIVIDER.split(plain.rstrip(" .)]）】"))
    first_word = re.match(_WORD, plain)
    if not places or not any(char.isalpha() for char in places[0]) or (first_word and first_word[0] in _NOT_HEADINGS):
        return False
    timing = read_timing(time)
    is_certain = timing.time_of_day or (timing.is_same_time and _is_capitals(plain))
    return timing.is_about_time and bool(is_certain)


def _is_capitals(text: str) -> bool:
    return any(char.isupper() for char in text) and not any(char.islower() for char in text)


def without_invisible(text: str) -> str:
    """Return a text without characters that nobody sees, such as zero-width spaces."""
    return text if text.isascii() else text.translate(_INVISIBLE)


def split_transition(text: str) -> tuple[str, str]:
    """Return a transition and the heading behind it on one line, as in `FADE IN: INT. HALL`; ("", text) otherwise."""
    match = _TRANSITION_BEFORE.match(text[:_HEAD_CHARS])
    prefix = find_prefix(text[match.end() :]) if match else None
    if match is None or prefix is None or not prefix.is_marked:
        return "", text
    return match.group().strip(), text[match.end() :]


def _without_wrapping(text: str) -> str:
    """Return a line without emphasis marks or brackets around all of it; those within it stay."""
    if text[:1] in ("*", "_"):
        text = text.strip("*_").strip()
    is_bracketed = text[:1] in ("(", "[") and text[-1:] == {"(": ")", "[": "]"}[text[0]]
    return text[1:-1].strip() if is_bracketed and find_prefix(text[1:]) is not None else text


def _split_fountain_number(text: str) -> tuple[str, str]:
    """Return a heading and the number between `#` marks at its end, or ""."""
    if text.endswith("#") and (start := text.rfind("#", 0, -1)) >= 0:
        inner = text[start + 1 : -1]
        if inner and all(char.isalnum() or char in "-." for char in inner):
            return text[:start].rstrip(" \t*_"), inner
    return text, ""


def _without_number_behind(text: str, number: str) -> str:
    """Return a heading without the same scene number at its other end."""
    shorter = text.rstrip(" .").removesuffix(number)
    return shorter.rstrip() if shorter != text.rstrip(" .") and shorter[-1:].isspace() else text
