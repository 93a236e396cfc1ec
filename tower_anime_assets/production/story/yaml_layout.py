"""How values are written in YAML: where they end in a text, and the text of new ones in the style of what was there."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

_ENDLESS: Final = 1 << 30
_PROPERTIES: Final = re.compile(r"(?:[&!][^\s,\[\]{}]*[ \t]+)+")
_MIN_WRAP: Final = 60
_MAX_WRAP: Final = 120


@dataclass(frozen=True)
class Splice:
    """A stretch of a text, [start, end), and what takes its place."""

    start: int
    end: int
    text: str


def newline_of(text: str) -> str:
    r"""Return a text's line end: "\r\n" where its first line ends so, else "\n"."""
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"


def line_start(text: str, index: int) -> int:
    """Return where the line of an index begins."""
    return text.rfind("\n", 0, index) + 1


def line_end(text: str, index: int) -> int:
    """Return where the line of an index ends, before its line end."""
    end = text.find("\n", index)
    end = len(text) if end < 0 else end
    return end - 1 if end > index and text[end - 1] == "\r" else end


def past_properties(text: str, node: yaml.Node) -> int:
    """Return where a value begins, behind its anchor."""
    start = int(node.start_mark.index)
    match = _PROPERTIES.match(text, start)
    return min(match.end(), int(node.end_mark.index)) if match else start


def end_of_content(text: str, node: yaml.Node) -> int:
    """Return where a value ends: before the empty lines and comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return end_of_content(text, last[1] if isinstance(last, tuple) else last)
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return start + len(text[start:end].rstrip())
    return end


def indent_step(root: yaml.Node | None) -> int:
    """Return the spaces by which a file's mappings are indented; 2 where it has none."""
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if isinstance(value, yaml.MappingNode) and not value.flow_style and value.value:
            step = value.value[0][0].start_mark.column - key.start_mark.column
            return int(step) if step > 0 else 2
    return 2


# New values -----------------------------------------------------------------------------------------------------------


def flow_value(value: Any) -> str:
    """Return a value on one line, as it may stand within brackets."""
    dumped = yaml.safe_dump(
        [_plain(value)], default_flow_style=True, allow_unicode=True, width=_ENDLESS, sort_keys=False
    )
    return str(dumped).strip()[1:-1]


def inline_value(value: Any, column: int, step: int) -> str:
    """Return a value as it stands behind the colon of a key.

    Args:
        value: Plain data.
        column: The key's column; entries of a mapping go below it.
        step: The spaces of an indentation.
    """
    if isinstance(value, Mapping) and value:
        return f"\n{block_entry(value, column + step, step)}"
    if isinstance(value, list | tuple) and any(isinstance(item, Mapping | list | tuple) for item in value):
        return "\n" + "\n".join(block_item(item, column + step, step) for item in value)
    return _dumped(value)


def block_entry(entries: Mapping[Any, Any], column: int, step: int) -> str:
    """Return the lines of a mapping's entries, without a line end behind the last."""
    lines = []
    for key, value in entries.items():
        text = inline_value(value, column, step)
        lines.append(f"{' ' * column}{_dumped(key)}:{'' if text.startswith(chr(10)) else ' '}{text}".rstrip())
    return "\n".join(lines)


def block_item(value: Any, column: int, step: int) -> str:
    """Return the lines of an item of a list whose dashes stand in a column."""
    if isinstance(value, Mapping) and value:
        entries = block_entry(value, column + 2, step)
        return f"{' ' * column}- {entries.lstrip(' ')}"
    return f"{' ' * column}- {flow_value(value)}"


def value_text(text: str, node: yaml.Node, value: Any, column: int, step: int) -> str | None:
    """Return a new text in the style of the old one: in its quotes, or in lines below `|` or `>`; None for others."""
    if not isinstance(node, yaml.ScalarNode) or not isinstance(value, str):
        return None
    if node.style in ("'", '"') and "\n" not in value:
        quoted = yaml.safe_dump(value, default_style=node.style, allow_unicode=True, width=_ENDLESS)
        return str(quoted).strip()
    if node.style in ("|", ">"):
        return _block_scalar(text, node, value, column + step)
    return None


def _block_scalar(text: str, node: yaml.ScalarNode, value: str, indent: int) -> str | None:
    """Return the lines of a text below `|` or `>`, None where they would not be read as the text."""
    start = past_properties(text, node)
    old = text[start : end_of_content(text, node)].replace("\r\n", "\n").split("\n")
    comment = old[0][1:].lstrip("0123456789+-")
    held = [line for line in old[1:] if line.strip()]
    indent = len(held[0]) - len(held[0].lstrip(" ")) if held else indent
    body = value.removesuffix("\n")
    chomp = "" if value.endswith("\n") else "-"
    if not body.strip() or body != body.strip() or any(line != line.strip() for line in body.split("\n")):
        return None
    lines = body.split("\n")
    if node.style == ">":
        width = min(max([_MIN_WRAP, *map(len, held)]), _MAX_WRAP) - indent
        wrapped = [
            textwrap.wrap(line, max(width, 20), break_long_words=False, break_on_hyphens=False) for line in lines
        ]
        lines = [line for paragraph in wrapped for line in ([*paragraph, ""] if paragraph else [""])][:-1]
    below = "\n".join(f"{' ' * indent}{line}" if line else "" for line in lines)
    written = f"{node.style}{chomp}{comment}\n{below}"
    return written if _reads_as(f"x: {node.style}{chomp}\n{below}\n", value) else None


def _reads_as(text: str, value: str) -> bool:
    try:
        return bool(yaml.safe_load(text)["x"] == value)
    except yaml.YAMLError:
        return False


def _dumped(value: Any) -> str:
    """Return a value on one line."""
    dumped = yaml.safe_dump(_plain(value), default_flow_style=True, allow_unicode=True, width=_ENDLESS, sort_keys=False)
    return str(dumped).removesuffix("\n").removesuffix("\n...").strip("\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
