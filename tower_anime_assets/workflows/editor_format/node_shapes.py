"""Inputs, outputs and widgets of the nodes of one workflow, each worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tower_anime_assets.workflows.editor_format.editor_workflow import (
    EditorGraph,
    EditorNode,
    EditorSlot,
    EditorWorkflow,
    slot_type,
)
from tower_anime_assets.workflows.editor_format.node_inputs import node_slots
from tower_anime_assets.workflows.editor_format.widget_values import NodeWidgets, read_widgets
from tower_anime_assets.workflows.validation import ObjectInfo

_NO_WIDGETS = NodeWidgets({}, {})


class NodeShapes:
    """Inputs, outputs and widgets of the nodes of a workflow.

    Args:
        workflow: The workflow.
        object_info: The server's node classes; nodes of other classes have what the file says.
    """

    def __init__(self, workflow: EditorWorkflow, object_info: ObjectInfo) -> None:
        self._subgraphs = workflow.subgraphs
        self._object_info = object_info
        self._inputs: dict[int, tuple[EditorSlot, ...]] = {}
        self._outputs: dict[int, tuple[EditorSlot, ...]] = {}
        self._widgets: dict[int, NodeWidgets] = {}
        self._inputs_by_link: dict[int, dict[str, EditorSlot]] = {}

    def node_info(self, node: EditorNode) -> Mapping[str, Any] | None:
        """Return what the server says of a node's class; None if it has no such class."""
        return self._object_info.get(node.class_type)

    def definition(self, node: EditorNode) -> EditorGraph | None:
        """Return the subgraph that a node is an instance of; None if it is of none."""
        return self._subgraphs.get(node.class_type)

    def inputs(self, node: EditorNode) -> tuple[EditorSlot, ...]:
        """Return a node's inputs in the editor's order."""
        if id(node) not in self._inputs:
            definition, node_info = self.definition(node), self.node_info(node)
            if definition is not None:
                slots = _instance_slots(node, definition)
            else:
                slots = node_slots(node, node_info) if node_info is not None else node.inputs
            self._inputs[id(node)] = slots
        return self._inputs[id(node)]

    def outputs(self, node: EditorNode) -> tuple[EditorSlot, ...]:
        """Return a node's outputs; their names and links are those of the file."""
        if id(node) not in self._outputs:
            definition, node_info = self.definition(node), self.node_info(node)
            outputs = node.outputs
            if definition is not None:
                outputs = definition.outputs
            elif node_info is not None and isinstance(node_info.get("output"), list):
                declared = tuple(EditorSlot("", slot_type(kind)) for kind in node_info["output"])
                outputs = (*declared, *node.outputs[len(declared) :])
            self._outputs[id(node)] = outputs
        return self._outputs[id(node)]

    def widgets(self, node: EditorNode) -> NodeWidgets:
        """Return the values of a node's widgets; none for nodes of unknown classes and instances of subgraphs."""
        if id(node) not in self._widgets:
            node_info = self.node_info(node) if self.definition(node) is None else None
            self._widgets[id(node)] = read_widgets(node, node_info) if node_info is not None else _NO_WIDGETS
        return self._widgets[id(node)]

    def input_with_link(self, node: EditorNode, link_id: str) -> EditorSlot | None:
        """Return the input of a node that has a link; None if none has it."""
        if id(node) not in self._inputs_by_link:
            self._inputs_by_link[id(node)] = {link: slot for slot in self.inputs(node) for link in slot.links}
        return self._inputs_by_link[id(node)].get(link_id)


def _instance_slots(node: EditorNode, definition: EditorGraph) -> tuple[EditorSlot, ...]:
    """Return the inputs of an instance: those of its definition, with the links that the file has for them by name."""
    saved: dict[str, list[EditorSlot]] = {}
    for slot in node.inputs:
        saved.setdefault(slot.name, []).append(slot)
    slots = []
    for slot in definition.inputs:
        same_name = saved.get(slot.name)
        links = same_name.pop(0).links if same_name else ()
        slots.append(EditorSlot(slot.name, slot.type, links, slot.widget))
    return tuple(slots)
