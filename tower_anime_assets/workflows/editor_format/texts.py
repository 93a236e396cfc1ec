"""What the editor does to texts when it queues: comments and choices in prompts, placeholders in file names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

Choose = Callable[[Sequence[str]], str]
"""Picks one of the options of a dynamic prompt."""

_MAX_CHOICE_DEPTH: Final = 20
_MAX_PROMPT_CHARS: Final = 200_000
_COMMENT_START: Final = re.compile(r"/\*|//")
_LINE_END: Final = re.compile("[\n\r\u2028\u2029]")
_ESCAPED: Final = re.compile(r"\\([{}|])")
_PLACEHOLDER: Final = re.compile(r"%([^%]+)%")
_DATE_PART: Final = re.compile(r"dd?|MM?|hh?|mm?|ss?|yyy?y?")
_UNSAFE_IN_FILE_NAMES: Final = re.compile(r'[/?<>\\:*|"\x00-\x1f\x7f]')


def resolve_dynamic_prompt(text: str, choose: Choose, depth: int = 0) -> str:
    r"""Return a prompt without comments, with one option of each `{a|b}` chosen and `\{`, `\|`, `\}` unescaped.

    Comments are cut first, with the rest of the line after `//`, also that of a URL. A brace that is not closed ends
    with the text. A chosen option is resolved like a prompt of its own.

    Raises:
        ValueError: The prompt is too long, or its choices are nested too deep.
    """
    if len(text) > _MAX_PROMPT_CHARS:
        raise ValueError(f"the text has more than {_MAX_PROMPT_CHARS:,} characters")
    if depth > _MAX_CHOICE_DEPTH:
        raise ValueError(f"choices are nested more than {_MAX_CHOICE_DEPTH} deep")
    text = _without_comments(text)
    parts: list[str] = []
    index = 0
    while index < len(text):
        char = text[index]
        index += 1
        if char == "\\":
            parts.append(text[index - 1 : index + 1])
            index += 1
        elif char == "{":
            options, index = _split_options(text, index)
            parts.append(resolve_dynamic_prompt(choose(options), choose, depth + 1))
        else:
            parts.append(char)
    return _ESCAPED.sub(r"\1", "".join(parts))


def _without_comments(text: str) -> str:
    """Return a text without comments; a block comment that is not closed is text."""
    end = text.rfind("*/") + 2 if "*/" in text else 0  # no block comment closes later, so none is looked for
    parts: list[str] = []
    position = 0
    while match := _COMMENT_START.search(text, position):
        parts.append(text[position : match.start()])
        if match[0] == "//":
            line_end = _LINE_END.search(text, match.end())
            position = line_end.start() if line_end else len(text)
        elif match.end() <= end - 2:
            position = text.index("*/", match.end()) + 2
        else:
            parts.append(match[0][0])
            position = match.start() + 1
    return "".join((*parts, text[position:]))


def _split_options(text: str, start: int) -> tuple[list[str], int]:
    """Return the options of the choice that begins at `start`, behind its brace, and where the text goes on."""
    options: list[str] = []
    first, index, depth = start, start, 0
    while index < len(text):
        char = text[index]
        if char == "\\":
            index += 1
        elif char == "{":
            depth += 1
        elif char == "}":
            if depth == 0:
                return [*options, text[first:index]], index + 1
            depth -= 1
        elif char == "|" and depth == 0:
            options.append(text[first:index])
            first = index + 1
        index += 1
    return [*options, text[first:]], len(text)


def replace_placeholders(text: str, now: datetime, widget_text: Callable[[str, str], str | None]) -> str:
    """Return a file name prefix with its placeholders replaced, `%date:yyyy-MM-dd%` and `%Node.widget%`.

    Args:
        text: The prefix.
        now: The local time that dates are taken from.
        widget_text: Returns the value of a node's widget as text, or None if there is no such node or widget.
    """

    def replace(match: re.Match[str]) -> str:
        parts = match[1].split(".")
        if len(parts) != 2:
            return format_date(parts[0][5:], now) if parts[0].startswith("date:") else match[0]
        value = widget_text(parts[0], parts[1])
        return match[0] if value is None else _UNSAFE_IN_FILE_NAMES.sub("_", value)

    return _PLACEHOLDER.sub(replace, text)


def format_date(pattern: str, now: datetime) -> str:
    """Return a time in a pattern such as `yyyy-MM-dd_hh-mm-ss`; everything else in the pattern stays."""
    numbers = {"d": now.day, "M": now.month, "h": now.hour, "m": now.minute, "s": now.second}

    def replace(match: re.Match[str]) -> str:
        part = match[0]
        if part[0] == "y":
            return {"yy": f"{now.year:04}"[2:], "yyyy": str(now.year)}.get(part, part)
        return str(numbers[part[0]]).rjust(len(part), "0")

    return _DATE_PART.sub(replace, pattern)
