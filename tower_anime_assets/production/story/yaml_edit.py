"""Changes of single values in a YAML file as text: comments, order, quotes and untouched lines stay byte for byte.

The text is spliced where the parser says that a value stands; the result is read again and compared with what it should
say. Saving belongs in `media.show_edits`, what keys mean in `show_keys`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import yaml

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.plain_yaml import is_null
from tower_anime_assets.production.story.yaml_layout import (
    Splice,
    block_entry,
    block_item,
    end_of_content,
    flow_value,
    indent_step,
    inline_value,
    line_end,
    line_start,
    newline_of,
    past_properties,
    value_text,
)

Step = str | int
"""A key of a mapping, or a place in a list from 0."""


class YamlAction(StrEnum):
    """What is done to the value at a path."""

    SET = "set"
    REMOVE = "remove"
    APPEND = "append"


@dataclass(frozen=True)
class YamlChange:
    """One change of a YAML file.

    Attributes:
        path: Keys and places in lists, such as ("appearance", "hair") or ("loras", 0, "strength").
        action: `append` adds a value at the end of the list at the path, which is begun if there is none.
        value: Plain data: text, a number, a truth value, None, or lists and mappings of them.
    """

    path: tuple[Step, ...]
    action: YamlAction = YamlAction.SET
    value: Any = None

    def __str__(self) -> str:
        return f"{self.action} {'.'.join(map(str, self.path))}"


def edit_yaml(text: str, changes: Sequence[YamlChange]) -> str:
    """Return a YAML file's text after changes, made one after another.

    A mapping or list that is set over another one changes only the entries that differ.

    Raises:
        PlanError: The text is no YAML mapping, a path leads nowhere, or the layout does not allow the change: then it
            is to be made by hand.
    """
    for change in changes:
        text = _edit_once(text, change)
    return text


def path_of(words: str) -> tuple[Step, ...]:
    """Return the path that words with dots name: `loras.0.strength` is ("loras", 0, "strength").

    Raises:
        PlanError: A part is empty.
    """
    parts = words.split(".")
    if not all(part.strip() for part in parts):
        raise PlanError(f"{words!r} is not a path; expected keys with dots between them, such as appearance.hair")
    return tuple(int(part) if part.isdecimal() else part for part in parts)


# One change -----------------------------------------------------------------------------------------------------------


def _edit_once(text: str, change: YamlChange) -> str:
    if not change.path:
        raise PlanError("a change of a YAML file needs a path such as appearance.hair")
    before = _load(text)
    expected = _changed(before, change)
    if expected == before:
        return text
    for parts in _simple_changes(before, change):
        text = _Editor(text).apply(parts)
    try:
        after = _load(text)
    except PlanError as error:
        raise _by_hand(change) from error
    if after != expected:
        raise _by_hand(change)
    return text


def _by_hand(change: YamlChange) -> PlanError:
    return PlanError(f"the layout of the file does not allow to {change}: change its text by hand")


def _load(text: str) -> dict[Any, Any]:
    try:
        loaded = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PlanError(f"the file is not YAML: {str(error).splitlines()[0]}. Correct it first") from error
    if not isinstance(loaded, dict | None):
        raise PlanError("the file is no mapping of keys. Correct it first")
    data: dict[Any, Any] = _copy(loaded or {})
    return data


def _copy(value: Any) -> Any:
    """Return a copy in which nothing is shared, not even what an alias repeats."""
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list | tuple) else value


def _changed(data: dict[Any, Any], change: YamlChange) -> dict[Any, Any]:
    """Return what the file should say after a change.

    Raises:
        PlanError: The path leads nowhere.
    """
    root: dict[Any, Any] = _copy(data)
    parent: Any = root
    for number, step in enumerate(change.path[:-1]):
        following = change.path[number + 1]
        if isinstance(parent, dict) and parent.get(step) is None:
            if change.action is YamlAction.REMOVE:
                return root
            if isinstance(following, int):
                raise _no_such(change.path[: number + 2])
            parent[step] = {}
        parent = _child(parent, step, change.path[: number + 1])
    last = change.path[-1]
    if isinstance(parent, dict):
        if change.action is YamlAction.REMOVE:
            parent.pop(last, None)
        elif change.action is YamlAction.APPEND:
            held = parent.get(last)
            if not isinstance(held, list | None):
                raise PlanError(f"{_words(change.path)} is no list, so nothing can be added at its end")
            parent[last] = [*(held or []), _copy(change.value)]
        else:
            parent[last] = _copy(change.value)
        return root
    _child(parent, last, change.path)
    if change.action is YamlAction.REMOVE:
        del parent[last]
    elif change.action is YamlAction.APPEND:
        if not isinstance(parent[last], list):
            raise PlanError(f"{_words(change.path)} is no list, so nothing can be added at its end")
        parent[last].append(_copy(change.value))
    else:
        parent[last] = _copy(change.value)
    return root


def _child(parent: Any, step: Step, path: tuple[Step, ...]) -> Any:
    if isinstance(parent, dict) and step in parent:
        return parent[step]
    if isinstance(parent, list) and isinstance(step, int) and 0 <= step < len(parent):
        return parent[step]
    raise _no_such(path)


def _no_such(path: tuple[Step, ...]) -> PlanError:
    return PlanError(f"{_words(path)} is not in the file: there is no such key or place in a list")


def _words(path: Sequence[Step]) -> str:
    return ".".join(map(str, path))


def _at(data: Any, path: Sequence[Step]) -> Any:
    for step in path:
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def _simple_changes(data: dict[Any, Any], change: YamlChange) -> list[YamlChange]:
    """Return a change as changes of the entries that differ."""
    held = _at(data, change.path)
    value = change.value
    if change.action is not YamlAction.SET or not held or not value:
        return [change]
    if isinstance(held, dict) and isinstance(value, Mapping):
        kept = [YamlChange((*change.path, key), YamlAction.SET, item) for key, item in value.items()]
        gone = [YamlChange((*change.path, key), YamlAction.REMOVE) for key in held if key not in value]
        changed = [one for one in kept if one.path[-1] not in held or held[one.path[-1]] != one.value]
        return [part for one in changed for part in _simple_changes(data, one)] + gone
    if isinstance(held, list) and isinstance(value, list | tuple):
        return _list_changes(data, change.path, held, list(value))
    return [change]


def _list_changes(data: dict[Any, Any], path: tuple[Step, ...], held: list[Any], value: list[Any]) -> list[YamlChange]:
    """Return what makes one list of another: items set in place, then those at the end removed or added."""
    if len(value) < len(held):  # what is left out may stand anywhere: the others keep their lines
        rest = list(held)
        removed = []
        for place in range(len(held) - 1, -1, -1):
            if len(rest) > len(value) and rest[place] not in value:
                removed.append(YamlChange((*path, place), YamlAction.REMOVE))
                del rest[place]
        removed += [YamlChange((*path, place), YamlAction.REMOVE) for place in range(len(rest) - 1, len(value) - 1, -1)]
        del rest[len(value) :]
        set_after = [
            YamlChange((*path, place), YamlAction.SET, item) for place, item in enumerate(value) if rest[place] != item
        ]
        return removed + set_after
    changes = []
    for place, item in enumerate(value[: len(held)]):
        if held[place] != item:
            changes += _simple_changes(data, YamlChange((*path, place), YamlAction.SET, item))
    return changes + [YamlChange(path, YamlAction.APPEND, item) for item in value[len(held) :]]


# Splicing -------------------------------------------------------------------------------------------------------------

_EMPTY: Final = re.compile(r"[\s\ufeff]*")


class _Editor:
    """Makes one change in one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._newline = newline_of(text)
        self._root = yaml.compose(text, Loader=yaml.SafeLoader)
        self._step = indent_step(self._root)

    def apply(self, change: YamlChange) -> str:
        """Return the text after a change.

        Raises:
            PlanError: The layout does not allow it.
        """
        splice = self._splice(change)
        if splice is None:
            return self._text
        new = splice.text.replace("\r\n", "\n").replace("\n", self._newline)
        return f"{self._text[: splice.start]}{new}{self._text[splice.end :]}"

    def _splice(self, change: YamlChange) -> Splice | None:
        if self._root is None or is_null(self._root):
            return self._begin(change)
        node: yaml.Node = self._root
        for number, step in enumerate(change.path):
            found = _find(node, step)
            rest = change.path[number + 1 :]
            if found is None:
                if change.action is YamlAction.REMOVE:
                    return None
                return self._add_entry(node, step, _nested(rest, change), change)
            key, value = found
            if not rest:
                return self._change_value(node, step, key, value, change)
            if is_null(value):
                if change.action is YamlAction.REMOVE:
                    return None
                return self._replace(node, key, value, _nested(rest, change))
            node = value
        raise _by_hand(change)

    def _begin(self, change: YamlChange) -> Splice | None:
        """Add the first entry of a file that has none, below its comments."""
        if change.action is YamlAction.REMOVE:
            return None
        data = {change.path[0]: _nested(change.path[1:], change)}
        ends_line = _EMPTY.fullmatch(self._text) or self._text.endswith("\n")
        head = "" if ends_line else "\n"
        return Splice(len(self._text), len(self._text), f"{head}{block_entry(data, 0, self._step)}\n")

    def _change_value(
        self, parent: yaml.Node, step: Step, key: yaml.Node | None, value: yaml.Node, change: YamlChange
    ) -> Splice | None:
        if change.action is YamlAction.REMOVE:
            return self._remove(parent, step, key, value, change)
        if change.action is YamlAction.SET:
            return self._replace(parent, key, value, change.value)
        if is_null(value) or (isinstance(value, yaml.SequenceNode) and not value.value):
            return self._replace(parent, key, value, [change.value])
        if not isinstance(value, yaml.SequenceNode):
            raise _by_hand(change)
        if value.flow_style:
            return self._add_to_flow(value, flow_value(change.value))
        return self._add_below(value, block_item(change.value, self._dash_column(value.value[0]), self._step))

    def _add_entry(self, node: yaml.Node, step: Step, value: Any, change: YamlChange) -> Splice:
        if not isinstance(node, yaml.MappingNode) or isinstance(step, int):
            raise _by_hand(change)
        if node.flow_style:
            return self._add_to_flow(node, flow_value({step: value})[1:-1])
        return self._add_below(node, block_entry({step: value}, node.value[0][0].start_mark.column, self._step))

    def _add_to_flow(self, node: yaml.Node, addition: str) -> Splice:
        """Add text before the closing bracket, behind what stands there."""
        closing = node.end_mark.index - 1
        if not node.value:
            return Splice(closing, closing, addition)
        last = node.value[-1]
        end = (last[1] if isinstance(last, tuple) else last).end_mark.index
        return Splice(end, end, f", {addition}")

    def _add_below(self, node: yaml.Node, addition: str) -> Splice:
        end = line_end(self._text, end_of_content(self._text, node))
        return Splice(end, end, f"\n{addition}")

    def _dash_column(self, item: yaml.Node) -> int:
        dash = self._dash_of(item)
        return dash - line_start(self._text, dash)

    def _dash_of(self, item: yaml.Node) -> int:
        return self._text.rindex("-", 0, max(item.start_mark.index, 1))

    def _replace(self, parent: yaml.Node, key: yaml.Node | None, value: yaml.Node, data: Any) -> Splice:
        """Put a value in the place of another; an anchor before it stays."""
        text = self._text
        start = past_properties(text, value)
        in_flow = bool(getattr(parent, "flow_style", False))
        column = parent.start_mark.column if key is None else key.start_mark.column
        if key is not None and is_null(value) and start == value.end_mark.index:
            start = end = text.index(":", key.end_mark.index) + 1
        else:
            end = end_of_content(text, value)
        if in_flow:
            return _spaced(text, start, end, flow_value(data))
        if key is None and isinstance(data, Mapping) and data:
            return _spaced(text, start, end, block_entry(data, column + 2, self._step).lstrip(" "))
        is_block = isinstance(value, yaml.CollectionNode) and not value.flow_style
        if is_block and key is not None:
            return self._replace_block(key, value, inline_value(data, column, self._step), end)
        if (as_block := value_text(text, value, data, column, self._step)) is not None:
            return Splice(start, end, as_block)
        return _spaced(text, start, end, inline_value(data, column, self._step))

    def _replace_block(self, key: yaml.Node, value: yaml.Node, new: str, end: int) -> Splice:
        """Put a value behind the colon of a key whose entries stand below it; what is said behind the colon stays."""
        text = self._text
        colon = text.index(":", key.end_mark.index) + 1
        stop = line_end(text, colon)
        first, *below = new.split("\n")
        rest = "".join(f"\n{line}" for line in below)
        gap = "" if first.startswith("\n") or not first else " "
        if value.start_mark.index < stop:
            return Splice(colon, line_end(text, end), f"{gap}{first}{rest}")
        return Splice(colon, line_end(text, end), f"{gap}{first}{text[colon:stop]}{rest}")

    def _remove(
        self, parent: yaml.Node, step: Step, key: yaml.Node | None, value: yaml.Node, change: YamlChange
    ) -> Splice:
        text = self._text
        begin = (key or value).start_mark.index
        if getattr(parent, "flow_style", False):
            return self._remove_from_flow(parent, begin, value.end_mark.index)
        if key is None:
            begin = self._dash_of(value)
        last = max(end_of_content(text, value), begin)
        if len(parent.value) == 1:
            if parent is self._root:
                return Splice(line_start(text, begin), _next_line(text, last), "")
            return self._empty(parent, change)
        head = text[line_start(text, begin) : begin]
        if not head.strip(" \ufeff"):
            return Splice(line_start(text, begin) + len(head) - len(head.lstrip("\ufeff")), _next_line(text, last), "")
        following = _entry_after(parent, step)
        if following is None:
            raise _by_hand(change)
        if key is None:
            return Splice(begin, self._dash_of(following), "")
        return Splice(begin, following.start_mark.index, "")

    def _empty(self, node: yaml.Node, change: YamlChange) -> Splice:
        """Leave an empty mapping or list where the last entry is removed."""
        owner = _owner_of(self._root, node)
        if owner is None:
            raise _by_hand(change)
        empty = "{}" if isinstance(node, yaml.MappingNode) else "[]"
        return self._replace_block(owner, node, empty, end_of_content(self._text, node))

    def _remove_from_flow(self, parent: yaml.Node, begin: int, end: int) -> Splice:
        comma = re.compile(r"\s*,[ \t]*").match(self._text, end)
        if comma is not None:
            return Splice(begin, comma.end(), "")
        before = self._text.rfind(",", parent.start_mark.index, begin)
        return Splice(before if before > 0 else begin, end, "")


def _spaced(text: str, start: int, end: int, new: str) -> Splice:
    """Return a splice with a space behind a colon or a dash that has none."""
    needs_space = start > 0 and text[start - 1] in ":-" and not new.startswith("\n")
    return Splice(start, end, f" {new}" if needs_space else new)


def _next_line(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end + 1


def _nested(rest: Sequence[Step], change: YamlChange) -> Any:
    """Return the value of a change below keys that do not exist yet."""
    value = [change.value] if change.action is YamlAction.APPEND else change.value
    for step in reversed(rest):
        if isinstance(step, int):
            raise _no_such(change.path)
        value = {step: value}
    return value


def _find(node: yaml.Node, step: Step) -> tuple[yaml.Node | None, yaml.Node] | None:
    """Return the (key, value) at a step, the key None in a list; None if there is none."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None


def _entry_after(parent: yaml.Node, step: Step) -> yaml.Node | None:
    """Return where the entry behind one begins: its key, or the item."""
    if isinstance(parent, yaml.SequenceNode):
        place = int(step) + 1
        return parent.value[place] if place < len(parent.value) else None
    keys = [key for key, _value in parent.value]
    place = next(number for number, key in enumerate(keys) if key.value == str(step)) + 1
    return keys[place] if place < len(keys) else None


def _owner_of(root: yaml.Node | None, wanted: yaml.Node) -> yaml.Node | None:
    """Return the key whose value a node is."""
    for entry in root.value if isinstance(root, yaml.CollectionNode) else ():
        key, value = entry if isinstance(entry, tuple) else (None, entry)
        if value is wanted:
            return key if isinstance(key, yaml.Node) else None
        if (found := _owner_of(value, wanted)) is not None:
            return found
    return None
