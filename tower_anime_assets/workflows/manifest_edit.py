"""Changes in the text of a `workflow.yaml` that leave everything else, comments included, as its author wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

_WIDTH = 100_000
"""Values are written on one line."""


def set_value(text: str, path: Sequence[str], value: Any) -> str:
    """Return the text with a value set below a path of keys; keys that are missing are added at the end of theirs.

    Args:
        text: A YAML mapping, or nothing but comments.
        path: Keys, the outermost first.
        value: Plain data.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader) if text.strip() else None
    if root is None:
        prefix = text if not text or text.endswith("\n") else f"{text}\n"
        return f"{prefix}{_block(path, value, 0)}\n"
    return _set_in(text, root, tuple(path), value)


def _set_in(text: str, node: yaml.Node, path: tuple[str, ...], value: Any) -> str:
    assert isinstance(node, yaml.MappingNode)  # noqa: S101 - what was read as a manifest is one
    for key_node, value_node in node.value:
        if key_node.value != path[0]:
            continue
        if len(path) > 1 and isinstance(value_node, yaml.MappingNode) and value_node.value:
            return _set_in(text, value_node, path[1:], value)
        return _replace(text, key_node, value_node, _nested(path[1:], value))
    return _add(text, node, path, value)


def _replace(text: str, key_node: yaml.Node, value_node: yaml.Node, value: Any) -> str:
    """Replace the value after a key; comments inside it are kept below it."""
    start, end = key_node.end_mark.index, _end_of(value_node)
    old = text[start:end]
    comments = [line.strip() for line in old.split("\n")[1:] if line.lstrip().startswith("#")]
    indent = " " * key_node.start_mark.column
    kept = "".join(f"\n{indent}{comment}" for comment in comments)
    return f"{text[:start]}: {_flow(value)}{kept}{text[end:]}"


def _add(text: str, node: yaml.MappingNode, path: tuple[str, ...], value: Any) -> str:
    if node.flow_style:
        end = node.end_mark.index - 1
        separator = ", " if node.value else ""
        return f"{text[:end].rstrip()}{separator}{_flow_key(path[0])}: {_flow(_nested(path[1:], value))}{text[end:]}"
    last_end = _end_of(node.value[-1][1])
    line_end = text.find("\n", last_end)
    line_end = len(text) if line_end < 0 else line_end
    indent = node.value[0][0].start_mark.column
    return f"{text[:line_end]}\n{_block(path, value, indent)}{text[line_end:] or chr(10)}"


def _end_of(node: yaml.Node) -> int:
    """Return where a value ends, without the comments and empty lines that follow a block."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _end_of(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _end_of(node.value[-1])
    text = node.start_mark.buffer
    end = int(node.end_mark.index)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">") and isinstance(text, str):
        return len(text[:end].rstrip("\n\0 "))
    return end


def _nested(path: Sequence[str], value: Any) -> Any:
    for key in reversed(path):
        value = {key: value}
    return value


def _block(path: Sequence[str], value: Any, indent: int) -> str:
    return f"{' ' * indent}{_flow_key(path[0])}: {_flow(_nested(path[1:], value))}"


def _flow_key(key: str) -> str:
    return _flow(key)


def _flow(value: Any) -> str:
    """Return plain data as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(held)}" for key, held in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    text: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=_WIDTH)
    return text.removesuffix("\n").removesuffix("\n...").strip()
