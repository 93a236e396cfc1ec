"""The inputs of a node class as the editor builds them from `object_info`: sockets, widgets, and their order.

Source: measured on the editor (frontends 1.27.10 and 1.58.1): required inputs come before optional ones, in the order
of `input_order`; sockets come before the inputs that stand for widgets; a seed is followed by one value of control.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tower_anime_assets.workflows.editor_format.editor_workflow import EditorNode, EditorSlot, slot_type

DYNAMIC_COMBO: Final = "COMFY_DYNAMICCOMBO_V3"
DYNAMIC_GROUP: Final = "COMFY_DYNAMICGROUP_V3"
AUTOGROW: Final = "COMFY_AUTOGROW_V3"
MATCH_TYPE: Final = "COMFY_MATCHTYPE_V3"
CURVE: Final = "CURVE"
IMAGE_COMPARE: Final = "IMAGECOMPARE"
"""What a node that shows two pictures gets of the browser; no value in the file."""

_SOCKET_KINDS: Final = frozenset({AUTOGROW, MATCH_TYPE})
_WIDGET_TYPES: Final = frozenset(
    {
        "INT",
        "FLOAT",
        "STRING",
        "BOOLEAN",
        "COMBO",
        "COLOR",
        "COLORS",
        "MARKDOWN",
        "TEXTAREA",
        "CHART",
        "GALLERIA",
        CURVE,
    }
    | {"RANGE", "BOUNDING_BOX", "PAINTER", "LOAD_3D", "LOAD_3D_ANIMATION", "PREVIEW_3D", "CAMERA_ANGLE_VIEW", "WEBCAM"}
    | {"AUDIO_RECORD", "COMFY_BRANCH_INPUT_NAMES", DYNAMIC_COMBO, DYNAMIC_GROUP}
)
_EXTRA_VALUES: Final = {"BOUNDING_BOX": 4, "AUDIO_RECORD": 1}
"""Values in a file that follow the value of a widget of a type: its parts once more, or a button's."""

_NOT_SENT: Final = frozenset({"PREVIEW_3D", "CAMERA_ANGLE_VIEW", DYNAMIC_GROUP})
_NEW_KIND: Final = re.compile(r"COMFY_\w+_V\d+")
_SEED_NAMES: Final = frozenset({"seed", "noise_seed"})
_MAX_GROUPS: Final = 200


@dataclass(frozen=True)
class DeclaredInput:
    """An input of a node class.

    Attributes:
        name: Its name; inputs of a dynamic choice are called `choice.child`.
        type: As in `object_info`, `COMBO` for a list of choices.
        options: Its choices; () if there are none.
        config: The rest of what `object_info` says of it.
        is_required: Whether the server rejects a node without it.
    """

    name: str
    type: str
    options: tuple[Any, ...]
    config: Mapping[str, Any]
    is_required: bool

    @property
    def is_forced_socket(self) -> bool:
        """Whether it has no widget although its type would have one."""
        return bool(self.config.get("forceInput"))

    @property
    def is_sent(self) -> bool:
        """Whether the editor sends its widget's value under its name."""
        return self.type not in _NOT_SENT

    @property
    def is_of_unknown_kind(self) -> bool:
        """Whether it is of a kind that came after those known here, such as sockets that grow."""
        known = (AUTOGROW, MATCH_TYPE, DYNAMIC_COMBO, DYNAMIC_GROUP)
        return self.type not in known and _NEW_KIND.fullmatch(self.type) is not None

    @property
    def extra_count(self) -> int:
        """How many values follow its own in a file: what happens to it after each job, or parts of it."""
        return self.control_count + _EXTRA_VALUES.get(self.type, 0)

    @property
    def control_count(self) -> int:
        """How many values of control follow its own in a file: what happens to it after each job."""
        is_controlled = bool(self.config.get("control_after_generate", self.type == "INT" and self.name in _SEED_NAMES))
        if not is_controlled:
            return 0
        return {"INT": 1, "FLOAT": 1, "COMBO": 2}.get(self.type, 0)

    @property
    def default(self) -> Any:
        """The value of a new node's widget."""
        if "default" in self.config:
            return self.config["default"]
        if self.options:
            return self.options[0]
        first_rows = self.config.get("min", 0)
        return {"INT": 0, "FLOAT": 0, "STRING": "", "BOOLEAN": False, DYNAMIC_GROUP: first_rows}.get(self.type)


def declared_inputs(node_info: Mapping[str, Any]) -> tuple[DeclaredInput, ...]:
    """Return the inputs of a node class in the editor's order; hidden ones are left out."""
    return tuple(_inputs_of(node_info.get("input"), node_info.get("input_order"), ""))


def _inputs_of(inputs: object, order: object, prefix: str) -> Iterator[DeclaredInput]:
    for part in ("required", "optional"):
        declared = inputs.get(part) if isinstance(inputs, Mapping) else None
        if not isinstance(declared, Mapping):
            continue
        names = order.get(part) if isinstance(order, Mapping) else None
        listed = [name for name in names if name in declared] if isinstance(names, list) else []
        for name in dict.fromkeys([*listed, *declared]):
            yield _declared_input(prefix + name, declared[name], is_required=part == "required")


def _declared_input(name: str, raw: object, *, is_required: bool) -> DeclaredInput:
    parts = raw if isinstance(raw, list | tuple) and raw else ["*"]
    config = parts[1] if len(parts) > 1 and isinstance(parts[1], Mapping) else {}
    options = parts[0] if isinstance(parts[0], list | tuple) else config.get("options")
    kind = config.get("widgetType") or slot_type(list(parts[0]) if isinstance(parts[0], tuple) else parts[0])
    return DeclaredInput(
        name, str(kind), tuple(options) if isinstance(options, list | tuple) else (), config, is_required
    )


def inputs_brought_by(item: DeclaredInput, value: Any, slots: Sequence[EditorSlot]) -> tuple[DeclaredInput, ...]:
    """Return the inputs that an input brings with it: of a chosen option, of rows of a group, of sockets that grow.

    Args:
        item: The input.
        value: Its value: the option, or the number of rows.
        slots: The node's inputs in the file.
    """
    template = item.config.get("template")
    if item.type == DYNAMIC_COMBO:
        options = (option for option in item.options if isinstance(option, Mapping))
        chosen = next((option for option in options if option.get("key") == value), {})
        return tuple(_inputs_of(chosen.get("inputs"), None, f"{item.name}."))
    if not isinstance(template, Mapping):
        return ()
    if item.type == DYNAMIC_GROUP:
        rows = min(value, _MAX_GROUPS) if isinstance(value, int) and not isinstance(value, bool) else 0
        return tuple(part for row in range(rows) for part in _inputs_of(template, None, f"{item.name}.{row}."))
    if item.type == AUTOGROW:
        return tuple(_grown_inputs(item, template, slots))
    return ()


def _grown_inputs(
    item: DeclaredInput, template: Mapping[str, Any], slots: Sequence[EditorSlot]
) -> Iterator[DeclaredInput]:
    """Yield the inputs that have grown in a node, as the file has them; those of a new node if it has none."""
    parts = tuple(_inputs_of(template.get("input"), None, ""))
    prefix, names = template.get("prefix"), template.get("names")
    suffixes = [slot.name[len(item.name) + 1 :] for slot in slots if slot.name.startswith(f"{item.name}.")]
    if not suffixes and isinstance(names, list):
        suffixes = [str(name) for name in names[: _count_of(template) + 1]]
    elif not suffixes:
        starts = [str(prefix or "")] if len(parts) == 1 else [part.name for part in parts]
        suffixes = [f"{start}{number}" for number in range(_count_of(template) + 1) for start in starts]
    for suffix in suffixes:
        part = parts[0] if len(parts) == 1 else next((p for p in parts if suffix.startswith(p.name)), None)
        if part is not None:
            yield replace(part, name=f"{item.name}.{suffix}", is_required=False)


def _count_of(template: Mapping[str, Any]) -> int:
    least = template.get("min", 1)
    return min(least, _MAX_GROUPS) if isinstance(least, int) else 1


def first_option(item: DeclaredInput) -> Any:
    """Return the first option of a dynamic choice; None if it has none."""
    return next((option.get("key") for option in item.options if isinstance(option, Mapping)), None)


def is_widget(declared: DeclaredInput, saved_widgets: frozenset[str]) -> bool:
    """Return whether an input has a widget: by its type, or because the file says so of a type of a node pack."""
    if declared.is_forced_socket or declared.type in _SOCKET_KINDS:
        return False
    return declared.type in _WIDGET_TYPES or declared.name in saved_widgets


def node_slots(node: EditorNode, node_info: Mapping[str, Any]) -> tuple[EditorSlot, ...]:
    """Return the inputs that a node has in the editor: those declared, in its order, with their links; then others."""
    saved_by_name = {slot.name: slot for slot in node.inputs}
    saved_widgets = frozenset(slot.widget for slot in node.inputs if slot.widget)
    sockets: list[EditorSlot] = []
    widgets: list[EditorSlot] = []
    for item in declared_inputs(node_info):
        has_widget = is_widget(item, saved_widgets)
        saved = saved_by_name.pop(item.name, None)
        kind = (saved.type if saved is not None else "*") if item.type in _SOCKET_KINDS else item.type
        if item.type == AUTOGROW and saved is None:
            continue
        slot = EditorSlot(item.name, kind, saved.links if saved else (), item.name if has_widget else "")
        (widgets if has_widget else sockets).append(slot)
    return (*sockets, *widgets, *saved_by_name.values())
