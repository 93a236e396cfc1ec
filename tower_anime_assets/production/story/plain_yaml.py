"""YAML as plain data: one document without tags, aliases, repeated keys or deep nesting; every fault on its line.

Show files and workflow manifests are both read through it. What their keys mean is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from tower_anime_assets.production.story.source import Diagnostics, shorten

MAX_DEPTH = 8
_QUICK_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser where it is installed: ten times as quick. What is malformed is described by the other one."""

_TAG_PREFIX = "tag:yaml.org,2002:"
STR_TAG, BOOL_TAG, MAP_TAG = (f"{_TAG_PREFIX}{kind}" for kind in ("str", "bool", "map"))
_NULL_TAG, _INT_TAG, _FLOAT_TAG = (f"{_TAG_PREFIX}{kind}" for kind in ("null", "int", "float"))


def compose_yaml(text: str, faults: Diagnostics) -> yaml.Node | None:
    """Return a document's root node, or None after adding what is wrong with it."""
    fault_count = len(faults.faults)
    try:
        root = _compose(text, faults)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        detail = "; ".join(part for part in (error.problem, error.context) if part)
        faults.add(
            mark.line + 1 if mark else 0,
            f"the YAML is malformed: {detail}",
            "YAML: `key: value` lines, indented with spaces",
            "Look for a missing quote, colon or bracket, a tab, or a #colour without quotes on or above this line.",
        )
        return None
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # a forbidden character, which has no mark
        remedy = "Delete the character, or save the file again as UTF-8 text."
        faults.add(0, f"the YAML cannot be read: {shorten(str(error), 120)}", "plain UTF-8 text", remedy)
        return None
    if root is None and not faults.faults[fault_count:]:
        faults.add(0, "the file is empty", "keys and values", "Write at least the required keys.")
    return root


def _compose(text: str, faults: Diagnostics) -> yaml.Node | None:
    """Return a text's root node, None if it is empty or after adding why it is not plain data."""
    fault_count = len(faults.faults)
    try:
        root: yaml.Node | None = None
        if _is_plain(text, faults, _QUICK_LOADER):
            root = yaml.compose(text, Loader=_QUICK_LOADER)
    except yaml.YAMLError:  # read again, so that a fault says the same wherever libyaml is missing
        del faults.faults[fault_count:]
        return yaml.compose(text, Loader=yaml.SafeLoader) if _is_plain(text, faults, yaml.SafeLoader) else None
    return root


def _is_plain(text: str, faults: Diagnostics, loader: Any) -> bool:
    """Return whether a text holds nothing but plain data.

    Its events are checked before any tree is built, so that nothing hostile is ever expanded.
    """
    fault_count = len(faults.faults)
    depth = documents = 0
    for event in yaml.parse(text, Loader=loader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents == 2:
                faults.add(line, "a second document begins", "one document", "Delete the `---` line and what follows.")
        elif isinstance(event, yaml.AliasEvent):
            problem = f"there is an alias, *{shorten(str(event.anchor))}"
            faults.add(line, problem, "plain values", "Write the value out again.")
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            remedy = "Delete the tag; only plain text and numbers are read."
            faults.add(line, f"there is a tag, {shorten(str(event.tag))}", "plain values", remedy)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                faults.add(line, f"values are nested over {MAX_DEPTH} deep", "a few levels", "Unfold them.")
                break
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return len(faults.faults) == fault_count


def unique_pairs(node: yaml.MappingNode, faults: Diagnostics) -> Iterator[tuple[str, int, yaml.Node]]:
    """Yield (key, the key's line, value); a repeated key is a fault, and only its first value counts."""
    line_by_key: dict[str, int] = {}
    for key_node, value in node.value:
        line = line_of(key_node)
        if not isinstance(key_node, yaml.ScalarNode):
            faults.add(line, f"a key is {describe_node(key_node)}", "a word as key", "Write `key: value`.")
            continue
        key = str(key_node.value)
        if key in line_by_key:
            problem = f"the key {shorten(key)!r} is written twice, first on line {line_by_key[key]}"
            faults.add(line, problem, "each key once", "Keep one of them.")
            continue
        line_by_key[key] = line
        yield key, line, value


def lines_by_path(node: yaml.Node, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], int]:
    """Return the line of every value below a mapping, by the path of its keys."""
    lines: dict[tuple[str, ...], int] = {}
    for key_node, value in node.value if isinstance(node, yaml.MappingNode) else ():
        key_path = (*path, str(key_node.value))
        lines |= {key_path: line_of(key_node), **lines_by_path(value, key_path)}
    return lines


def line_of(node: yaml.Node) -> int:
    """Return the 1-based line on which a node begins."""
    return int(node.start_mark.line) + 1


def is_null(node: yaml.Node) -> bool:
    """Return whether a value was left empty."""
    return isinstance(node, yaml.ScalarNode) and node.tag == _NULL_TAG


def describe_node(node: yaml.Node) -> str:
    """Return what a node is, for a fault: "a list", or the text as it was written."""
    if isinstance(node, yaml.MappingNode):
        return "a group of keys"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return "empty" if is_null(node) else repr(shorten(str(node.value)))


def parse_number(node: yaml.Node | None) -> int | float | None:
    """Return the number that a node holds, or None."""
    if not isinstance(node, yaml.ScalarNode) or len(node.value) > 40:
        return None
    constructor = yaml.constructor.SafeConstructor()
    try:
        if node.tag == _INT_TAG:
            return int(constructor.construct_yaml_int(node))
        if node.tag == _FLOAT_TAG:
            return float(constructor.construct_yaml_float(node))
    except ValueError:  # such as 0x, which YAML resolves to an integer without digits
        return None
    return None
