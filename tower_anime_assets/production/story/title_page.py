"""Splitter of a script's title page from the script: the keys of the syntax, other languages, YAML front matter.

A title page is recognised by its first key. Nothing of it reaches a scene, so what cannot belong to a script's first
scene is taken for it too: a title above "by" and a name, addresses below the keys.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tower_anime_assets.production.story.heading_lines import find_prefix, without_invisible
from tower_anime_assets.production.story.title_keys import PLAIN_TITLE_KEYS, TITLE_KEYS, english_key, fold_key
from tower_anime_assets.production.story.transitions import is_lone_transition

BLANK_CHARS = " \t\f\v"
_MAX_KEY_CHARS = 40
_MAX_FRONT_MATTER_LINES = 300
_MAX_PLAIN_TITLE_LINES = 4
_MAX_TITLE_LINE_CHARS = 80
_CONTINUATION_INDENT = "   "
_QUOTES = ("'", '"')
_BY = re.compile(
    r"(?:an? )?(?:(?:original )?(?:screen|tele)?play |script |story |written |created |adapted |and |directed )*"
    r"(?:by|von|par|por|di|автор|作|作者|脚本)\b:?(?P<name> .{1,60})?",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"[^\s@]{1,64}@[^\s@]{1,64}\.[a-z]{2,}|https?://|www\.|[©®]|\bcopyright\b|\ball rights reserved\b|\bdraft\b"
    r"|\(?\+?\d[\d ()./-]{6,20}\d|\brevis(?:ed|ion)\b|\bWGA\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class SourceLine:
    """A line of the script."""

    number: int
    text: str

    @cached_property
    def stripped(self) -> str:
        """The line without blanks around it."""
        return self.text.strip(BLANK_CHARS)

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing but blanks."""
        return not self.stripped

    @property
    def indent(self) -> int:
        """Number of blanks before the first character."""
        return len(self.text) - len(self.text.lstrip(BLANK_CHARS))


@dataclass(frozen=True)
class TitleEntry:
    """One `Key: value` of the title page; a value may have several lines.

    Attributes:
        key: As written, or the English key that it stands for.
        is_guessed: Whether no key was written, and the text was taken for this.
    """

    key: str
    value: str
    line: int
    is_guessed: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether nothing but a title page begins with the key."""
        return self.key.lower() in PLAIN_TITLE_KEYS


@dataclass
class _EntryDraft:
    """An entry that is being read."""

    key: str
    line: int
    values: list[str] = field(default_factory=list)
    is_guessed: bool = False

    def build(self) -> TitleEntry:
        return TitleEntry(self.key, "\n".join(self.values), self.line, self.is_guessed)


def split_title_page(lines: list[SourceLine]) -> tuple[tuple[TitleEntry, ...], list[SourceLine]]:
    """Return the title page and the lines after it."""
    first = _next_text(lines, 0)
    drafts, end = _read_front_matter(lines, first)
    if not drafts:
        drafts, end = _read_keyed_blocks(lines, first)
    if not drafts:
        drafts, end = _read_plain_title(lines, first)
    if not drafts:
        return (), lines
    end = _read_contact_blocks(lines, end, drafts)
    return tuple(draft.build() for draft in drafts), lines[end:]


def _next_text(lines: Sequence[SourceLine], start: int) -> int:
    return next((index for index in range(start, len(lines)) if not lines[index].is_blank), len(lines))


def _block_end(lines: Sequence[SourceLine], start: int) -> int:
    return next((index for index in range(start, len(lines)) if lines[index].is_blank), len(lines))


def _begins_script(line: SourceLine) -> bool:
    """Return whether a line can only be part of the script itself: a heading or a fade."""
    text = without_invisible(line.stripped).strip()
    prefix = find_prefix(text.lstrip("*_"))
    return (prefix is not None and prefix.is_marked) or is_lone_transition(text)


# Keys ----------------------------------------------------------------------------------------------------------------


def _split_key(line: SourceLine) -> tuple[str, str]:
    """Return the key and the value of a line, ("", "") if it has no key; emphasis marks around a key go."""
    text = without_invisible(line.stripped).strip()
    is_emphatic = text[:1] in ("*", "_")
    key, colon, value = text[: _MAX_KEY_CHARS + 20].partition(":")
    wide_key, wide_colon, _ = text[: _MAX_KEY_CHARS + 20].partition("：")
    if wide_colon and (not colon or len(wide_key) < len(key)):
        key, colon = wide_key, wide_colon
    value = text[len(key) + 1 :]
    if is_emphatic:
        key, value = key.strip("*_ "), value.lstrip("*_")
    key = key.rstrip()
    is_address = value.startswith("//")
    return (key, value.strip()) if colon and not is_address and _may_be_key(key) else ("", "")


def _may_be_key(key: str) -> bool:
    if not key or len(key) > _MAX_KEY_CHARS or not (key[0].isalpha() or key == "©"):
        return False
    return all(char.isalnum() or char in " _-'’©" or not char.isascii() for char in key)


def _is_known_key(key: str) -> bool:
    return bool(key) and fold_key(key) in TITLE_KEYS


def _read_keyed_blocks(lines: Sequence[SourceLine], first: int) -> tuple[list[_EntryDraft], int]:
    """Return the entries of the blocks at the top that begin with a known key, and where they end."""
    drafts: list[_EntryDraft] = []
    end = index = first
    while index < len(lines):
        key, _ = _split_key(lines[index])
        if not _is_known_key(key) and (drafts or not _is_strict_block(lines, index)):
            break
        end = _read_block(lines, index, drafts)
        if end < len(lines) and not lines[end].is_blank:
            break
        index = _next_text(lines, end)
    return drafts, end


def _is_strict_block(lines: Sequence[SourceLine], start: int) -> bool:
    """Return whether each line of a block has a key or continues a value, and one of the keys is known."""
    has_known_key = False
    for index, line in enumerate(lines[start : _block_end(lines, start)]):
        key, value = _split_key(line)
        if index and line.text.startswith(_CONTINUATION_INDENT):
            continue
        if not key:
            return False
        has_known_key = has_known_key or (bool(value) and _is_known_key(key))
    return has_known_key


def _read_block(lines: Sequence[SourceLine], start: int, drafts: list[_EntryDraft]) -> int:
    """Add the entries of a block; return the index behind it, or of the line where the script begins without one."""
    indent = lines[start].indent
    end = _block_end(lines, start)
    for index in range(start, end):
        line = lines[index]
        key, value = _split_key(line)
        if index > start and line.indent <= indent and _begins_script(line) and not _is_known_key(key):
            return index
        lacks_value = bool(drafts) and not drafts[-1].values
        is_entry = bool(key) and line.indent <= indent and (_is_known_key(key) or not lacks_value)
        if index == start or is_entry:
            drafts.append(_EntryDraft(english_key(key), line.number, [value] if value else []))
        else:
            drafts[-1].values.append(line.stripped)
    return end


def _read_front_matter(lines: Sequence[SourceLine], first: int) -> tuple[list[_EntryDraft], int]:
    """Return the entries between two lines of `---` at the top, and where they end."""
    if first >= len(lines) or lines[first].stripped != "---":
        return [], first
    limit = min(len(lines), first + _MAX_FRONT_MATTER_LINES)
    end = next((index for index in range(first + 1, limit) if lines[index].stripped in ("---", "...")), 0)
    if not end or any(_begins_script(line) for line in lines[first + 1 : end] if not line.indent):
        drafts, end = _read_keyed_blocks(lines, _next_text(lines, first + 1))  # opened, and never closed
        return drafts, end if drafts else first
    drafts = []
    for line in lines[first + 1 : end]:
        key, value = _split_key(line)
        if line.is_blank or line.stripped.startswith("#"):
            continue
        if key and not line.indent and not line.stripped.startswith("- "):
            value = "" if value in ("|", ">", "|-", ">-") else _unquote(value)
            drafts.append(_EntryDraft(english_key(key), line.number, [value] if value else []))
        elif drafts:
            drafts[-1].values.append(_unquote(line.stripped.removeprefix("- ").strip()))
    return drafts, end + 1 if drafts else first


def _unquote(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] in _QUOTES and value[-1] == value[0] else value


# Without keys --------------------------------------------------------------------------------------------------------


def _read_plain_title(lines: Sequence[SourceLine], first: int) -> tuple[list[_EntryDraft], int]:
    """Return the title and author of a page that has a title, "by" and a name instead of keys, and where it ends."""
    title: list[SourceLine] = []
    index = first
    while index < len(lines) and len(title) <= _MAX_PLAIN_TITLE_LINES:
        line = lines[index]
        text = line.stripped.strip("*_")
        match = _BY.fullmatch(text) if len(text) <= _MAX_TITLE_LINE_CHARS and title else None
        if match is not None:
            author = index if match["name"] else _next_text(lines, index + 1)
            if author >= len(lines) or not _is_title_line(lines[author]):
                break
            name = (match["name"] or lines[author].stripped).strip()
            if name[:1].islower():
                break
            values = [one.stripped for one in title]
            return [
                _EntryDraft("Title", title[0].number, [" ".join(values)], is_guessed=True),
                _EntryDraft("Author", lines[author].number, [name], is_guessed=True),
            ], author + 1
        if not line.is_blank:
            if not _is_title_line(line):
                break
            title.append(line)
        index += 1
    return [], first


def _is_title_line(line: SourceLine) -> bool:
    """Return whether a line may stand on a title page: short, no sentence, no mark of the syntax."""
    text = line.stripped
    is_text = not _is_marked(line) and text[:1] not in ("[", "(", "/") and text[-1:] not in ".?:,"
    return is_text and len(text) <= _MAX_TITLE_LINE_CHARS and not _begins_script(line)


def _is_marked(line: SourceLine) -> bool:
    """Return whether a mark of the syntax says what a line is."""
    return line.stripped[:1] in ("!", "@", ">", "#", "=", "~", ".")


def _read_contact_blocks(lines: Sequence[SourceLine], start: int, drafts: list[_EntryDraft]) -> int:
    """Add the blocks below a title page that can only belong to it, such as addresses; return where they end."""
    if start < len(lines) and not lines[start].is_blank and _begins_script(lines[start]):
        return start
    end = start
    while (index := _next_text(lines, end)) < len(lines):
        block_end = _block_end(lines, index)
        block = lines[index:block_end]
        is_short = len(block) <= 8 and all(len(line.stripped) <= _MAX_TITLE_LINE_CHARS for line in block)
        if not is_short or not any(_CONTACT.search(line.stripped) for line in block):
            break
        if any(_begins_script(line) or _is_marked(line) or _is_sentence(line.stripped) for line in block):
            break
        values = [line.stripped for line in block]
        drafts.append(_EntryDraft("Contact", block[0].number, values, is_guessed=True))
        end = block_end
    return end


def _is_sentence(text: str) -> bool:
    """Return whether a line reads as prose: several words with a full stop behind them."""
    return text.endswith((".", "!", "?")) and len(text.split()) > 4 and not _CONTACT.search(text)
