"""What an input gets: its links followed through reroutes, bypassed nodes, Get and Set nodes, and subgraphs.

Source: measured on the editor, frontend 1.58.1. A bypassed node hands an output on from the input in the same place if
its type fits, else from the first input of exactly the wanted type, else from the first that fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tower_anime_assets.production.story.source import shorten
from tower_anime_assets.workflows.editor_format.editor_workflow import (
    BYPASSED,
    MUTED,
    SUBGRAPH_INPUTS,
    EditorNode,
    EditorSlot,
)
from tower_anime_assets.workflows.editor_format.node_shapes import NodeShapes
from tower_anime_assets.workflows.editor_format.scopes import GraphScope, output_link

REROUTES: Final = frozenset({"Reroute", "Reroute (rgthree)"})
SETTERS: Final = frozenset({"SetNode", "easy setNode"})
GETTERS: Final = frozenset({"GetNode", "easy getNode"})
PRIMITIVE: Final = "PrimitiveNode"
BROWSER_ONLY: Final = frozenset(
    {"Note", "MarkdownNote", PRIMITIVE, "Label (rgthree)", "Bookmark (rgthree)", "Node Collector (rgthree)"}
    | {"Fast Groups Muter (rgthree)", "Fast Groups Bypasser (rgthree)", "Fast Muter (rgthree)"}
    | {"Fast Bypasser (rgthree)", "Mute / Bypass Relay (rgthree)", "Mute / Bypass Repeater (rgthree)"}
)
"""Classes that exist in the browser alone and give nothing through a link."""

_MAX_STEPS: Final = 200_000


class LostLinkError(Exception):
    """A link cannot be followed to its end; the message says where and why."""


@dataclass(frozen=True)
class NodeOutput:
    """An output of a node that the server runs."""

    node_id: str
    number: int


@dataclass(frozen=True)
class HostInput:
    """An unlinked input of a subgraph's instance in a graph: the value comes from the instance's widget."""

    graph_id: str
    instance: EditorNode
    number: int


LinkEnd = NodeOutput | HostInput | None
_Place = tuple[GraphScope, EditorNode, int, str]
"""An output: scope, node, number, and the type that is wanted of it."""


class LinkResolver:
    """Follows links to their ends; remembers what it has found, so that long chains are followed once.

    Args:
        shapes: The inputs and outputs of nodes.
    """

    def __init__(self, shapes: NodeShapes) -> None:
        self._shapes = shapes
        self._ends: dict[tuple[int, str, int, str], LinkEnd] = {}
        self._steps = 0
        self._setters: dict[int, dict[str, EditorNode]] = {}

    def resolve(self, scope: GraphScope, slot: EditorSlot) -> LinkEnd:
        """Return what the input of a node in a scope gets through its link; None if nothing.

        Raises:
            LostLinkError: The links lead in a circle, are too many, or a Get node has no Set node.
        """
        visited: list[tuple[int, str, int, str]] = []
        seen: set[tuple[int, str, int, str]] = set()
        end: LinkEnd = None
        place = self._through_input(scope, slot, slot.type)
        while isinstance(place, tuple):
            key = (id(place[0]), place[1].id, place[2], place[3])
            if key in self._ends:
                place = self._ends[key]
                break
            self._steps += 1
            if key in seen or self._steps > _MAX_STEPS:
                raise LostLinkError(f"the links go in a circle, through {place[1].label}")
            seen.add(key)
            visited.append(key)
            place = self._through_output(*place)
        end = place if not isinstance(place, tuple) else None
        for key in visited:
            self._ends[key] = end
        return end

    def _through_input(self, scope: GraphScope, slot: EditorSlot, kind: str) -> _Place | LinkEnd:
        """Return the output at the other end of an input's link, going out of subgraphs."""
        while True:
            link = scope.graph.links.get(slot.link) if slot.link else None
            if link is None:
                return None
            if link.origin != SUBGRAPH_INPUTS or scope.parent is None or scope.instance is None:
                origin = scope.graph.nodes.get(link.origin)
                return (scope, origin, link.origin_slot, kind) if origin is not None else None
            host_slots = self._shapes.inputs(scope.instance)
            if not 0 <= link.origin_slot < len(host_slots):
                return None
            host_slot = host_slots[link.origin_slot]
            if not host_slot.link:
                return HostInput(scope.parent.graph.id, scope.instance, link.origin_slot)
            scope, slot, kind = scope.parent, host_slot, host_slot.type

    def _through_output(self, scope: GraphScope, node: EditorNode, number: int, kind: str) -> _Place | LinkEnd:
        """Return one step from an output: the output that it stands for, or the end."""
        if node.mode == MUTED:
            return None
        if node.mode == BYPASSED:
            slots = self._shapes.inputs(node)
            self._steps += len(slots)
            index = bypass_index(slots, self._shapes.outputs(node), number, kind)
            return self._through_input(scope, slots[index], slots[index].type) if index is not None else None
        if node.id in scope.children:
            return self._into_subgraph(scope.children[node.id], number, kind)
        if node.class_type in REROUTES:
            slots = self._shapes.inputs(node)
            return self._through_input(scope, slots[0], kind) if slots else None
        if node.class_type in SETTERS:
            return self._through_input(scope, node.inputs[0], kind) if node.inputs else None
        if node.class_type in GETTERS:
            setter = self._setter_of(scope, node)
            return self._through_input(scope, setter.inputs[0], kind) if setter.inputs else None
        if node.class_type in BROWSER_ONLY:
            return None
        return NodeOutput(scope.node_id(node), number)

    def _into_subgraph(self, inside: GraphScope, number: int, kind: str) -> _Place | LinkEnd:
        link = output_link(inside.graph, number)
        if link is None:
            return None
        if link.origin == SUBGRAPH_INPUTS:  # an input that leads straight to an output
            if inside.parent is None or inside.instance is None:
                return None
            host_slots = self._shapes.inputs(inside.instance)
            is_known = 0 <= link.origin_slot < len(host_slots)
            return self._through_input(inside.parent, host_slots[link.origin_slot], kind) if is_known else None
        node = inside.graph.nodes.get(link.origin)
        return (inside, node, link.origin_slot, kind) if node is not None else None

    def _setter_of(self, scope: GraphScope, getter: EditorNode) -> EditorNode:
        """Return the Set node with the name that a Get node has."""
        if id(scope) not in self._setters:
            nodes = scope.graph.nodes.values()
            self._setters[id(scope)] = {channel_name(node): node for node in nodes if node.class_type in SETTERS}
        name = channel_name(getter)
        if name not in self._setters[id(scope)]:
            raise LostLinkError(f"{getter.label}: there is no Set node named {shorten(name)!r} beside it")
        return self._setters[id(scope)][name]


def channel_name(node: EditorNode) -> str:
    """Return the name by which a Get node finds its Set node; "" if it has none."""
    value = next(iter(node.values), None) if isinstance(node.values, list) else None
    return value if isinstance(value, str) else ""


def bypass_index(slots: tuple[EditorSlot, ...], outputs: tuple[EditorSlot, ...], number: int, kind: str) -> int | None:
    """Return which input a bypassed node hands on for one of its outputs to an input of a type; None if none fits."""
    if not slots:
        return None
    if kind == "*":
        return number if 0 <= number < len(slots) else 0
    output_type = outputs[number].type if 0 <= number < len(outputs) else "*"

    def fits(index: int) -> bool:
        return types_fit(slots[index].type, output_type) and types_fit(slots[index].type, kind)

    if 0 <= number < len(slots) and fits(number):
        return number
    exact = (index for index, slot in enumerate(slots) if slot.type == kind)
    return next(exact, next((index for index in range(len(slots)) if fits(index)), None))


def types_fit(one: str, other: str) -> bool:
    """Return whether two types can be linked: `*` fits all, and `A,B` fits what A or B fits; case does not matter."""
    if "*" in (one, other) or one == other:
        return True
    parts = {part.strip() for part in one.lower().split(",")}
    return bool(parts & {part.strip() for part in other.lower().split(",")})
