"""Tables of the keys that a YAML mapping may hold, and the section that reads a mapping by its table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial, wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import yaml

from tower_anime_assets.production.story.plain_yaml import (
    BOOL_TAG,
    describe_node,
    is_null,
    line_of,
    parse_number,
    unique_pairs,
)
from tower_anime_assets.production.story.source import Diagnostics, nearest_word, shorten

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")

_UNKNOWN_KEY_REMEDY = "Delete it, or check the spelling."
_MAX_GUESSED_KEYS = 200
"""For how many unknown keys of one mapping the nearest known key is looked for; guessing takes most of the time."""


@dataclass(frozen=True)
class Key:
    """What may stand under a key.

    Attributes:
        read: Returns the value, given the section and the key; None to keep the field's default.
        field: The field that it fills, None for the one that is called like the key.
        reads_absent: Whether it is also read where the key is absent or empty.
    """

    read: Callable[[YamlSection[Any], str], Any]
    field: str | None = None
    reads_absent: bool = False

    def fills(self, field: str) -> Key:
        """Return the same for another field than the one that is called like the key."""
        return replace(self, field=field)

    def required(self) -> Key:
        """Return the same for a key that must be written."""

        def read(section: YamlSection[Any], key: str) -> Any:
            if section.node(key) is not None:
                return self.read(section, key)
            return section.add_fault(key, "is missing", "a value", f"Write `{key}:` with its value.")

        return replace(self, read=read, reads_absent=True)


class Table(Generic[T]):
    """The keys of a mapping, and the class whose fields they fill; it also holds the defaults."""

    def __init__(self, cls: type[T], **keys: Key) -> None:
        self.cls = cls
        self.keys = keys


class YamlSection(Generic[T]):
    """A mapping with the keys of a table; reads its values and gathers what is wrong with them.

    Attributes:
        name: Its path, such as `delivery`; "" for the whole file.
        line: The line to blame for what is missing.
        lines: Line by key that is written.
        nodes: Value by key that is written.
    """

    def __init__(self, node: yaml.Node | None, name: str, table: Table[T], faults: Diagnostics) -> None:
        self.table, self.name, self.faults = table, name, faults
        self.line = line_of(node) if node is not None else 0
        self.lines: dict[str, int] = {}
        self.nodes: dict[str, yaml.Node] = {}
        if node is None or is_null(node):
            return
        known_keys = ", ".join(table.keys)
        if not isinstance(node, yaml.MappingNode):
            problem = f"{name or 'the file'} is {describe_node(node)}"
            faults.add(self.line, problem, f"keys and values ({known_keys})", "Write one `key: value` on each line.")
            return
        unknown_count = 0
        for key, line, value in unique_pairs(node, faults):
            if key in table.keys:
                self.lines[key], self.nodes[key] = line, value
                continue
            unknown_count += 1
            problem = f"unknown key {shorten(key)!r}" + (f" in {name}" if name else "")
            remedy = _UNKNOWN_KEY_REMEDY
            if unknown_count <= _MAX_GUESSED_KEYS:
                remedy = _unknown_key_remedy(key, table.keys)
            faults.add(line, problem, f"one of {known_keys}", remedy)

    def read(self) -> T:
        """Return what the keys fill."""
        return self.table.cls(**self.values())

    def values(self) -> dict[str, Any]:
        """Return value by field for every key that is written and can be used."""
        values: dict[str, Any] = {}
        for name, key in self.table.keys.items():
            value = key.read(self, name) if key.reads_absent or self.node(name) is not None else None
            if value is not None:
                values[key.field or name] = value
        return values

    def default(self, key: str) -> Any:
        """Return the default of the field that a key fills, None where it has none."""
        return getattr(self.table.cls, self.table.keys[key].field or key, None)

    def node(self, key: str) -> yaml.Node | None:
        """Return the value of a key, or None where it is absent or empty."""
        node = self.nodes.get(key)
        return None if node is None or is_null(node) else node

    def path_of(self, key: str) -> str:
        """Return a key with the sections around it, such as `delivery.fps`."""
        return f"{self.name}.{key}" if self.name else key

    def add_fault(self, key: str, problem: str, expected: str, remedy: str) -> None:
        """Add a fault of a key, on its line."""
        self.faults.add(self.lines.get(key, self.line), f"{self.path_of(key)} {problem}", expected, remedy)

    def add_value_fault(self, key: str, expected: str, remedy: str) -> None:
        """Add the fault of a key whose value is not what was expected."""
        node = self.node(key)
        self.add_fault(key, f"is {describe_node(node)}" if node is not None else "is empty", expected, remedy)

    def subsection(self, key: str, table: Table[S]) -> YamlSection[S]:
        """Return the mapping below a key."""
        return YamlSection(self.node(key), self.path_of(key), table, self.faults)

    def pairs(self, key: str, expected: str, remedy: str) -> Iterator[tuple[str, int, yaml.Node]]:
        """Yield (key, line, value) of a mapping whose keys the writer chooses."""
        node = self.node(key)
        if isinstance(node, yaml.MappingNode):
            yield from unique_pairs(node, self.faults)
        else:
            self.add_value_fault(key, expected, remedy)

    def list_nodes(self, key: str, limit: int) -> list[yaml.Node]:
        """Return the nodes of a list."""
        node = self.node(key)
        if not isinstance(node, yaml.SequenceNode):
            self.add_value_fault(key, "a list", "Write each on its own line after `- `, or [one, two].")
            return []
        if len(node.value) > limit:
            self.add_fault(key, f"has {len(node.value)} entries", f"at most {limit}", "Drop some.")
            return []
        return list(node.value)

    def texts(self, key: str, limit: int = 24) -> list[tuple[str, int]]:
        """Return the texts of a list, each with its line."""
        entries = []
        for node in self.list_nodes(key, limit):
            value = self._text_of(key, node, 200)
            if value == "":
                self.add_fault(key, "has an empty entry", "text", "Delete the entry, or write it in quotes.")
            elif value is not None:
                entries.append((value, line_of(node)))
        return entries

    def text(self, key: str, limit: int = 1000) -> str:
        """Return a text, "" for none; numbers count as the text they were written as."""
        node = self.node(key)
        return (self._text_of(key, node, limit) or "") if node is not None else ""

    def _text_of(self, key: str, node: yaml.Node, limit: int) -> str | None:
        if not isinstance(node, yaml.ScalarNode) or node.tag == BOOL_TAG or is_null(node):
            remedy = "Write words; put them in quotes if YAML takes them otherwise."
            self.add_fault(key, f"is {describe_node(node)}", "text", remedy)
            return None
        value = str(node.value).strip()
        if len(value) > limit:
            self.add_fault(key, f"has {len(value):,} characters", f"at most {limit:,}", "Shorten it.")
            return None
        return value


def _unknown_key_remedy(key: str, keys: Iterable[str]) -> str:
    if "url" in key.lower() or "token" in key.lower():
        return "Addresses and tokens of services are set in the environment (such as COMFYUI_URL), never in a file."
    near = nearest_word(key, keys)
    return f"Did you mean {near}?" if near else _UNKNOWN_KEY_REMEDY


# What may stand under a key ------------------------------------------------------------------------------------------


def key_kind(
    read: Callable[Concatenate[YamlSection[Any], str, P], Any], *, reads_absent: bool = False
) -> Callable[P, Key]:
    """Return a function that makes keys with this reader: `number(0, 1)` is read by `number(section, key, 0, 1)`."""

    @wraps(read)
    def make_key(*args: P.args, **kwargs: P.kwargs) -> Key:
        return Key(lambda section, key: read(section, key, *args, **kwargs), reads_absent=reads_absent)

    return make_key


@key_kind
def text(
    section: YamlSection[Any], key: str, limit: int = 1000, pattern: str = "", expected: str = "", remedy: str = ""
) -> str:
    """A text, of a given form if there is a pattern."""
    value = section.text(key, limit)
    if pattern and value and not re.fullmatch(pattern, value):
        section.add_value_fault(key, expected, remedy or "Correct it.")
    return value


@partial(key_kind, reads_absent=True)
def required_text(section: YamlSection[Any], key: str, limit: int, example: str) -> str:
    """A text that must be there and say something."""
    node = section.node(key)
    if node is None or (isinstance(node, yaml.ScalarNode) and not str(node.value).strip()):
        problem = "is empty" if key in section.lines else "is missing"
        section.add_fault(key, problem, "text", f"Write `{key}: {example}`.")
        return ""
    return section.text(key, limit)


@key_kind
def number(
    section: YamlSection[Any], key: str, low: float, high: float, unit: str = "", example: float | None = None
) -> float | None:
    """A number in [low, high]; the example is the default unless given."""
    value = parse_number(section.node(key))
    if value is not None and low <= value <= high:  # NaN is in no range
        return float(value)
    remedy = f"Such as {section.default(key) if example is None else example:g}."
    section.add_value_fault(key, f"a number from {low:g} to {high:g} {unit}".rstrip(), remedy)
    return None


@key_kind
def integer(
    section: YamlSection[Any],
    key: str,
    low: int,
    high: int,
    unit: str = "",
    *,
    multiple: int = 1,
    remainder: int = 0,
    example: int | None = None,
) -> int | None:
    """A whole number in [low, high] that leaves `remainder` when divided by `multiple`."""
    value = parse_number(section.node(key))
    if isinstance(value, int) and low <= value <= high and value % multiple == remainder:
        return value
    remedy = f"Such as {section.default(key) if example is None else example}."
    if value is not None and low <= value <= high:
        below = max(low, int((value - remainder) // multiple) * multiple + remainder)
        nearest = [below, below + multiple] if below + multiple <= high else [below]
        remedy = f"The nearest are {' and '.join(map(str, nearest))}."
    shape = f", a multiple of {multiple}" if multiple > 1 else ""
    shape += f" plus {remainder}" if remainder else ""
    section.add_value_fault(key, f"a whole number from {low} to {high} {unit}".rstrip() + shape, remedy)
    return None


@key_kind
def choice(section: YamlSection[Any], key: str, options: Sequence[str], remedy: str = "") -> str | None:
    """One of the options, in any case and with spaces or hyphens for `_`; `off` also where YAML reads it as false."""
    node = section.node(key)
    if "off" in options and isinstance(node, yaml.ScalarNode) and node.tag == BOOL_TAG:
        if not _is_on(node):
            return "off"
        section.add_value_fault(key, f"one of {', '.join(options)}", remedy or f"Such as {options[0]}.")
        return None
    value = section.text(key)
    folded = re.sub(r"[\s-]+", "_", value.lower())
    if not value or folded in options:
        return folded or None
    near = nearest_word(value, options)
    hint = f"Did you mean {near}?" if near else remedy or f"Such as {options[0]}."
    section.add_value_fault(key, f"one of {', '.join(options)}", hint)
    return None


def _is_on(node: yaml.ScalarNode) -> bool:
    return str(node.value).lower() in ("true", "yes", "on")


@key_kind
def flag(section: YamlSection[Any], key: str) -> bool | None:
    """A switch."""
    node = section.node(key)
    if isinstance(node, yaml.ScalarNode) and node.tag == BOOL_TAG:
        return _is_on(node)
    section.add_value_fault(key, "true or false", f"Such as {str(section.default(key)).lower()}.")
    return None


@key_kind
def texts(section: YamlSection[Any], key: str, limit: int = 24) -> tuple[str, ...]:
    """A list of texts."""
    return tuple(item for item, _ in section.texts(key, limit))


@key_kind
def group(section: YamlSection[Any], key: str, table: Table[Any]) -> Any:
    """A mapping of its own."""
    return section.subsection(key, table).read()
