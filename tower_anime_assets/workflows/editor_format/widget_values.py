"""The values of a node's widgets, out of the list or object in which the editor saved them.

Source: measured on the editor, frontends 1.27.10 and 1.58.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tower_anime_assets.workflows.editor_format.editor_workflow import EditorNode, EditorSlot
from tower_anime_assets.workflows.editor_format.node_inputs import (
    DYNAMIC_COMBO,
    DYNAMIC_GROUP,
    IMAGE_COMPARE,
    DeclaredInput,
    declared_inputs,
    first_option,
    inputs_brought_by,
    is_widget,
)

_BUTTON_VALUES: Final = (None, "", "image", "refresh", "upload")
_MAX_DYNAMIC_DEPTH: Final = 8


@dataclass(frozen=True)
class NodeWidgets:
    """The values of a node's widgets.

    Attributes:
        values: Value by name, in order.
        declared: What `object_info` says of each, by name.
        unread: Values in the file that belong to none of them, except what buttons leave there.
        unknown_kinds: Inputs of kinds that are not known here, so that nobody can say which values are whose.
    """

    values: Mapping[str, Any]
    declared: Mapping[str, DeclaredInput]
    unread: tuple[Any, ...] = ()
    unknown_kinds: tuple[DeclaredInput, ...] = ()


def read_widgets(node: EditorNode, node_info: Mapping[str, Any]) -> NodeWidgets:
    """Return the values of a node's widgets: by place, also of those that are linked, or by name."""
    saved_widgets = frozenset(slot.widget for slot in node.inputs if slot.widget)
    inputs = declared_inputs(node_info)
    saved = (
        _without_forced_sockets(node.values, inputs, saved_widgets) if isinstance(node.values, list) else node.values
    )
    declared: dict[str, DeclaredInput] = {}
    values: dict[str, Any] = {}
    unknown_kinds: list[DeclaredInput] = []
    position = 0
    pending = [(item, 0) for item in reversed(inputs)]
    while pending:
        item, depth = pending.pop()
        value = None
        unknown_kinds += [item] if item.is_of_unknown_kind else []
        if item.type == IMAGE_COMPARE:
            declared[item.name], values[item.name] = item, ["", ""]
        elif is_widget(item, saved_widgets):
            if isinstance(saved, list):
                value = saved[position] if position < len(saved) else item.default
            else:
                value = saved.get(item.name, item.default)
            position += 1 + item.extra_count
            value = _without_null(item, value)
            declared[item.name] = item
            values[item.name] = value
        if depth < _MAX_DYNAMIC_DEPTH:
            children = inputs_brought_by(item, value, node.inputs)
            pending += [(child, depth + 1) for child in reversed(children)]
    if isinstance(saved, list):
        rest = saved[position:]
    else:  # an object is the state of a preview, or the like
        rest = [value for name, value in saved.items() if name not in declared and not isinstance(value, Mapping)]
    unread = tuple(value for value in rest if value not in _BUTTON_VALUES)
    return NodeWidgets(values, declared, unread, tuple(unknown_kinds))


def all_inputs(
    node_info: Mapping[str, Any], values: Mapping[str, Any], slots: Sequence[EditorSlot] = ()
) -> tuple[DeclaredInput, ...]:
    """Return the inputs of a node class, with those that its values bring."""
    inputs: list[DeclaredInput] = []
    pending = [(item, 0) for item in reversed(declared_inputs(node_info))]
    while pending:
        item, depth = pending.pop()
        inputs.append(item)
        if depth < _MAX_DYNAMIC_DEPTH:
            children = inputs_brought_by(item, values.get(item.name), slots)
            pending += [(child, depth + 1) for child in reversed(children)]
    return tuple(inputs)


def _without_null(item: DeclaredInput, value: Any) -> Any:
    """Return a widget's value as the editor holds it where the file has null, or an object for a choice."""
    if item.type == DYNAMIC_COMBO and (value is None or isinstance(value, Mapping)):
        return first_option(item)
    if value is None and item.type == "COMBO":
        return item.default
    if value is None and item.type == "STRING" and item.config.get("multiline"):
        return ""  # a text area has no other emptiness
    return value


def _without_forced_sockets(
    values: list[Any], inputs: tuple[DeclaredInput, ...], saved_widgets: frozenset[str]
) -> list[Any]:
    """Return the values of a file without those of inputs that had a widget once and are sockets now.

    Such a file has as many values as widgets and forced sockets together.
    """
    is_socket: list[bool] = []
    for item in inputs:
        if item.type == DYNAMIC_GROUP:
            return values
        if is_widget(item, saved_widgets) or item.is_forced_socket:
            control_count = 1 if item.config.get("control_after_generate") else 0  # a mere name does not count here
            is_socket += [item.is_forced_socket, *[False] * control_count]
    if True not in is_socket or len(is_socket) != len(values):
        return values
    return [value for value, was_socket in zip(values, is_socket, strict=True) if not was_socket]
