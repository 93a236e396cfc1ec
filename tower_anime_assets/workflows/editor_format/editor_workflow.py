"""ComfyUI's editor format as data: nodes, links and subgraph definitions, read from untrusted JSON.

Source: files saved by the editor, versions 0.4 (links are arrays) and 1 (links are objects). Inside a subgraph, the ids
-10 and -20 stand for its own inputs and outputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tower_anime_assets.production.story.source import Diagnostics, shorten

MUTED: Final = 2
BYPASSED: Final = 4

SUBGRAPH_INPUTS: Final = "-10"
SUBGRAPH_OUTPUTS: Final = "-20"

MAX_EDITOR_NODES: Final = 5000
"""Nodes of a file, those of all its subgraphs included; large published workflows have a few hundred."""

_MAX_SLOTS: Final = 1000
_MAX_SUBGRAPHS: Final = 500

REMEDY: Final = "Open it in ComfyUI and save it again, or choose Workflow > Export (API) there."


@dataclass(frozen=True)
class EditorSlot:
    """An input or output of a node or subgraph.

    Attributes:
        type: As the file says it; `*` for any, `A,B` for several.
        links: Ids of its links; an input has at most one.
        widget: Name of the widget that an input stands for; "" for a mere socket.
    """

    name: str
    type: str
    links: tuple[str, ...] = ()
    widget: str = ""

    @property
    def link(self) -> str:
        """The id of its first link, or ""."""
        return self.links[0] if self.links else ""


@dataclass(frozen=True)
class EditorNode:
    """A node as the editor saved it.

    Attributes:
        title: What the editor shows above it; "" if it was not changed.
        mode: `MUTED`, `BYPASSED`, or another number for a node that runs.
        values: Values of its widgets, by place or by name.
    """

    id: str
    class_type: str
    title: str
    mode: int
    inputs: tuple[EditorSlot, ...]
    outputs: tuple[EditorSlot, ...]
    values: list[Any] | dict[str, Any]
    properties: Mapping[str, Any]

    @property
    def is_active(self) -> bool:
        """Whether it is neither muted nor bypassed."""
        return self.mode not in (MUTED, BYPASSED)

    @property
    def label(self) -> str:
        """How messages name it: its id, its title if it has one, and its class."""
        title = f" ({shorten(self.title, 40)!r})" if self.title and self.title != self.class_type else ""
        return f"node {self.id}{title} of class {shorten(self.class_type)}"


@dataclass(frozen=True)
class EditorLink:
    """A link, from an output to an input."""

    origin: str
    origin_slot: int
    target: str
    target_slot: int


@dataclass(frozen=True)
class EditorGraph:
    """The nodes and links of a workflow, or of one subgraph definition, which also has inputs and outputs.

    Attributes:
        id: What instances name as their class; "" for the workflow itself.
    """

    id: str
    name: str
    nodes: Mapping[str, EditorNode]
    links: Mapping[str, EditorLink]
    inputs: tuple[EditorSlot, ...] = ()
    outputs: tuple[EditorSlot, ...] = ()


@dataclass(frozen=True)
class EditorWorkflow:
    """A workflow as the editor saved it.

    Attributes:
        subgraphs: Definitions by id; a node whose class is such an id is an instance of it.
    """

    root: EditorGraph
    subgraphs: Mapping[str, EditorGraph] = field(default_factory=dict)


def is_editor_workflow(raw: object) -> bool:
    """Return whether a JSON value looks like something that the editor saved."""
    return isinstance(raw, Mapping) and isinstance(raw.get("nodes"), list)


def parse_editor_workflow(raw: Mapping[str, Any], faults: Diagnostics) -> EditorWorkflow | None:
    """Return the workflow in an object that the editor saved, or None after adding everything that is wrong with it."""
    fault_count = len(faults.faults)
    definitions = list(_subgraph_objects(raw))
    node_count = sum(len(graph["nodes"]) for graph in (raw, *definitions))
    if node_count > MAX_EDITOR_NODES or len(definitions) > _MAX_SUBGRAPHS:
        problem = f"the workflow has {node_count:,} nodes in {len(definitions):,} subgraphs"
        faults.add(0, problem, f"at most {MAX_EDITOR_NODES:,} in {_MAX_SUBGRAPHS}", "Split it.")
        return None
    root = _parse_graph(raw, "the workflow", faults, is_root=True)
    subgraphs = {}
    for definition in definitions:
        graph = _parse_graph(definition, f"the subgraph {shorten(str(definition.get('name', '')))!r}", faults)
        subgraphs[graph.id] = graph
    return EditorWorkflow(root, subgraphs) if len(faults.faults) == fault_count else None


def _subgraph_objects(raw: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the subgraph definitions of a workflow, those inside others included; each must have nodes."""
    queue: list[Mapping[str, Any]] = [raw]
    for graph in queue:
        definitions = graph.get("definitions")
        subgraphs = definitions.get("subgraphs") if isinstance(definitions, Mapping) else None
        for item in subgraphs if isinstance(subgraphs, list) else []:
            if is_editor_workflow(item) and "id" in item:
                queue.append(item)
                yield item


def _parse_graph(raw: Mapping[str, Any], place: str, faults: Diagnostics, *, is_root: bool = False) -> EditorGraph:
    nodes: dict[str, EditorNode] = {}
    for item in raw["nodes"]:
        node = _parse_node(item)
        if node is None:
            problem = f"{place} has a node that cannot be read: {shorten(repr(item), 80)}"
            faults.add(0, problem, "an object with id, type, inputs and outputs", REMEDY)
        elif node.id in nodes:
            faults.add(0, f"{place} has two nodes with the id {shorten(node.id)}", "an id of its own for each", REMEDY)
        else:
            nodes[node.id] = node
    raw_links = raw.get("links")
    links: dict[str, EditorLink] = {}
    for item in raw_links if isinstance(raw_links, list) else []:
        if (parsed := _parse_link(item)) is not None:  # the editor skips broken links as well
            links[parsed[0]] = parsed[1]
    name = raw.get("name")
    inputs, outputs = _parse_slots(raw.get("inputs"), "linkIds"), _parse_slots(raw.get("outputs"), "linkIds")
    graph_id = "" if is_root else _id_text(raw.get("id"))
    return EditorGraph(graph_id, name if isinstance(name, str) else "", nodes, links, inputs, outputs)


def _parse_node(raw: object) -> EditorNode | None:
    if not isinstance(raw, Mapping) or not isinstance(raw.get("type"), str) or not raw["type"]:
        return None
    node_id = _id_text(raw.get("id"))
    for key in ("inputs", "outputs"):
        if isinstance(raw.get(key), list) and len(raw[key]) > _MAX_SLOTS:
            return None
    if not node_id:
        return None
    mode, values, properties, title = (raw.get(key) for key in ("mode", "widgets_values", "properties", "title"))
    return EditorNode(
        node_id,
        raw["type"],
        title if isinstance(title, str) else "",
        mode if isinstance(mode, int) else 0,
        _parse_slots(raw.get("inputs"), "link"),
        _parse_slots(raw.get("outputs"), "links"),
        values if isinstance(values, list | dict) else [],
        properties if isinstance(properties, Mapping) else {},
    )


def _parse_slots(raw: object, links_key: str) -> tuple[EditorSlot, ...]:
    return tuple(_parse_slot(item, links_key) for item in (raw if isinstance(raw, list) else []))


def _parse_slot(raw: object, links_key: str) -> EditorSlot:
    if not isinstance(raw, Mapping):
        return EditorSlot("", "*")  # keeps its place, since outputs are linked by number
    links = raw.get(links_key)
    link_ids = links if isinstance(links, list) else [links]
    widget = raw.get("widget")
    widget_name = widget.get("name") if isinstance(widget, Mapping) else ""
    return EditorSlot(
        str(raw.get("name", "")),
        slot_type(raw.get("type")),
        tuple(link_id for link_id in map(_id_text, link_ids) if link_id),
        widget_name if isinstance(widget_name, str) else "",
    )


def slot_type(raw: object) -> str:
    """Return the type of an input or output as text: `*` for any, `COMBO` for a list of choices."""
    if isinstance(raw, list):
        return "COMBO"
    return raw if isinstance(raw, str) and raw else "*"


def _parse_link(raw: object) -> tuple[str, EditorLink] | None:
    """Return (id, link) of a link in either form, or None."""
    if isinstance(raw, list):
        fields = raw[:5]
    elif isinstance(raw, Mapping):
        fields = [raw.get(key) for key in ("id", "origin_id", "origin_slot", "target_id", "target_slot")]
    else:
        return None
    if len(fields) < 5:
        return None
    link_id, origin, target = (_id_text(fields[index]) for index in (0, 1, 3))
    slots = [
        int(fields[index])
        for index in (2, 4)
        if isinstance(fields[index], int | float) and fields[index] == fields[index]
    ]
    if not (link_id and origin and target and len(slots) == 2):
        return None
    return link_id, EditorLink(origin, slots[0], target, slots[1])


def _id_text(raw: object) -> str:
    """Return an id as text; "" if it is none."""
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        return ""
    return str(raw)
