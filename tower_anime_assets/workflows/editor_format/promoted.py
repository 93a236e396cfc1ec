"""Widgets that a subgraph shows on its outside: which widget inside each stands for, and the value it has per instance.

Source: measured on the editor, frontend 1.58.1. An instance's values are positional over those of its inputs that end
in a widget inside; where the file lists `proxyWidgets`, its values are positional over that list, and widgets that no
input leads to get an input of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tower_anime_assets.workflows.editor_format.editor_workflow import (
    SUBGRAPH_INPUTS,
    EditorGraph,
    EditorLink,
    EditorNode,
    EditorSlot,
    EditorWorkflow,
)
from tower_anime_assets.workflows.editor_format.links import PRIMITIVE
from tower_anime_assets.workflows.editor_format.node_shapes import NodeShapes
from tower_anime_assets.workflows.editor_format.scopes import inner_links
from tower_anime_assets.workflows.validation import ObjectInfo

UNSET: Final = object()
"""Stands for a widget that has no value, where None would be one."""

_OWN_INPUT: Final = "-1"


@dataclass(frozen=True)
class WidgetPlace:
    """A widget of a node; for an instance of a subgraph, one of its inputs by name."""

    node: EditorNode
    name: str


class PromotedWidgets:
    """The widgets that instances of subgraphs show, and their values.

    Args:
        workflow: The workflow.
        shapes: The inputs and widgets of its nodes.
        proxies: What instances list under `proxyWidgets`; it wins over the order of their values.
    """

    def __init__(
        self,
        workflow: EditorWorkflow,
        shapes: NodeShapes,
        proxies: ProxyWidgets | None = None,
    ) -> None:
        self._subgraphs = workflow.subgraphs
        self._shapes = shapes
        self._proxies = proxies
        self._targets: dict[tuple[str, int], WidgetPlace | None] = {}
        self._given: dict[tuple[str, str], Mapping[int, Any]] = {}

    def value(self, graph_id: str, instance: EditorNode, number: int) -> Any:
        """Return the value of an unlinked input of an instance that is in a graph; UNSET if it has none."""
        while True:
            definition = self._subgraphs[instance.class_type]
            place = self.target(definition, number)
            if place is None:
                return UNSET
            given = self._given_values(graph_id, instance, definition).get(number, UNSET)
            if given is not UNSET:
                return given
            inner = self._subgraphs.get(place.node.class_type)
            if inner is None:
                return self._shapes.widgets(place.node).values.get(place.name, UNSET)
            graph_id, instance, number = definition.id, place.node, _input_number(inner, place.name)

    def target(self, definition: EditorGraph, number: int) -> WidgetPlace | None:
        """Return the first widget inside a subgraph that one of its inputs ends in; None if it ends in none."""
        key = (definition.id, number)
        if key not in self._targets:
            self._targets[key] = None  # what contains itself ends nowhere
            self._targets[key] = self._find_target(definition, number)
        return self._targets[key]

    def _find_target(self, definition: EditorGraph, number: int) -> WidgetPlace | None:
        for link_id, link in inner_links(definition, number):
            node = definition.nodes.get(link.target)
            slot = self._shapes.input_with_link(node, link_id) if node is not None else None
            if node is None or slot is None:
                continue
            inner = self._subgraphs.get(node.class_type)
            if inner is not None:
                if self.target(inner, _input_number(inner, slot.name)) is not None:
                    return WidgetPlace(node, slot.name)
            elif slot.name in self._shapes.widgets(node).declared:
                return WidgetPlace(node, slot.name)
        return None

    def has_widget(self, node: EditorNode, name: str) -> bool:
        """Return whether a node has a widget of a name, or an instance an input of that name that ends in one."""
        inner = self._subgraphs.get(node.class_type)
        if inner is None:
            return name in self._shapes.widgets(node).declared
        number = _input_number(inner, name)
        return number >= 0 and self.target(inner, number) is not None

    def _given_values(self, graph_id: str, instance: EditorNode, definition: EditorGraph) -> Mapping[int, Any]:
        """Return the values that an instance gives its inputs, by number."""
        key = (graph_id, instance.id)
        if key not in self._given:
            saved = instance.values
            if isinstance(saved, Mapping):
                numbers = {slot.name: number for number, slot in enumerate(definition.inputs)}
                own = {numbers[name]: value for name, value in saved.items() if name in numbers}
            else:
                count = len(definition.inputs)
                count = self._proxies.input_counts.get(definition.id, count) if self._proxies is not None else count
                promoted = (number for number in range(count) if self.target(definition, number) is not None)
                own = dict(zip(promoted, saved, strict=False))
            proxied = self._proxies.values.get(key, {}) if self._proxies is not None else {}
            self._given[key] = {**own, **proxied}
        return self._given[key]


def _input_number(graph: EditorGraph, name: str) -> int:
    """Return the number of a subgraph's input; -1 if it has none of that name."""
    return next((number for number, slot in enumerate(graph.inputs) if slot.name == name), -1)


class ProxyWidgets:
    """The widgets that instances list under `proxyWidgets`, each given an input of the subgraph to lead to it.

    Attributes:
        workflow: The workflow with those inputs.
        values: What instances give these inputs, by graph and node, then by number of input.
        input_counts: How many inputs each subgraph had before.
    """

    def __init__(self, workflow: EditorWorkflow, object_info: ObjectInfo) -> None:
        self.workflow = workflow
        self.values: dict[tuple[str, str], dict[int, Any]] = {}
        self.input_counts = {name: len(graph.inputs) for name, graph in workflow.subgraphs.items()}
        self._object_info = object_info
        self._promoted = PromotedWidgets(workflow, NodeShapes(workflow, object_info))
        added: dict[str, _AddedInputs] = {}
        for graph_id, instance, definition in _instances(workflow):
            proxies = instance.properties.get("proxyWidgets")
            if not isinstance(proxies, list):
                continue
            inputs = added.setdefault(definition.id, _AddedInputs(definition))
            for index, entry in enumerate(proxies):
                if not isinstance(entry, list) or len(entry) < 2:
                    continue
                number = self._input_of(definition, inputs, str(entry[0]), str(entry[1]))
                if number is not None and isinstance(instance.values, list) and index < len(instance.values):
                    self.values.setdefault((graph_id, instance.id), {})[number] = instance.values[index]
        if any(inputs.slots for inputs in added.values()):
            changed = {name: inputs.graph() for name, inputs in added.items()}
            self.workflow = replace(workflow, subgraphs={**workflow.subgraphs, **changed})

    def _input_of(self, definition: EditorGraph, added: _AddedInputs, node_id: str, name: str) -> int | None:
        """Return the number of the input that leads to a widget, added if there is none; None if there is no widget."""
        if node_id == _OWN_INPUT:
            number = _input_number(definition, name)
            return number if number >= 0 else None
        if (node_id, name) in added.numbers:
            return added.numbers[node_id, name]
        for number in range(len(definition.inputs)):
            place = self._promoted.target(definition, number)
            if place is not None and (place.node.id, place.name) == (node_id, name):
                return number
        node = definition.nodes.get(node_id)
        if node is None:
            return None
        if node.class_type == PRIMITIVE:
            links = [definition.links.get(link_id) for slot in node.outputs for link_id in slot.links]
            numbered = zip((link_id for slot in node.outputs for link_id in slot.links), links, strict=True)
            shapes = NodeShapes(self.workflow, self._object_info)
            places = []
            for link_id, link in numbered:
                target = definition.nodes.get(link.target) if link is not None else None
                slot = shapes.input_with_link(target, link_id) if target is not None else None
                if target is not None and slot is not None:
                    places.append(WidgetPlace(target, slot.name))
            return added.add(node_id, name, places) if places else None
        return added.add(node_id, name, [WidgetPlace(node, name)]) if self._promoted.has_widget(node, name) else None


class _AddedInputs:
    """Inputs that a subgraph gets, and the links from them to widgets."""

    def __init__(self, definition: EditorGraph) -> None:
        self._definition = definition
        self.slots: list[EditorSlot] = []
        self.numbers: dict[tuple[str, str], int] = {}
        self._links: dict[str, EditorLink] = {}
        self._slots_by_node: dict[str, dict[str, EditorSlot]] = {}

    def add(self, node_id: str, name: str, places: list[WidgetPlace]) -> int:
        """Add an input that leads to widgets, and return its number."""
        number = len(self._definition.inputs) + len(self.slots)
        link_ids = []
        for place in places:
            link_id = f"proxy {len(self._links)}"
            link_ids.append(link_id)
            self._links[link_id] = EditorLink(SUBGRAPH_INPUTS, number, place.node.id, 0)
            saved = next((slot for slot in place.node.inputs if slot.name == place.name), None)
            kind = saved.type if saved is not None else "*"
            slot = EditorSlot(place.name, kind, (link_id,), place.name)
            self._slots_by_node.setdefault(place.node.id, {})[place.name] = slot
        self.slots.append(EditorSlot(f"proxy {node_id} {name}", "*", tuple(link_ids)))
        self.numbers[node_id, name] = number
        return number

    def graph(self) -> EditorGraph:
        """Return the subgraph with these inputs and links."""
        nodes = dict(self._definition.nodes)
        for node_id, slots in self._slots_by_node.items():
            node = nodes[node_id]
            kept = tuple(slot for slot in node.inputs if slot.name not in slots)
            nodes[node_id] = replace(node, inputs=(*kept, *slots.values()))
        return replace(
            self._definition,
            nodes=nodes,
            links={**self._definition.links, **self._links},
            inputs=(*self._definition.inputs, *self.slots),
        )


def _instances(workflow: EditorWorkflow) -> Iterator[tuple[str, EditorNode, EditorGraph]]:
    """Yield (graph's id, instance, definition) of all instances."""
    for graph in (workflow.root, *workflow.subgraphs.values()):
        for node in graph.nodes.values():
            if node.class_type in workflow.subgraphs:
                yield graph.id, node, workflow.subgraphs[node.class_type]
