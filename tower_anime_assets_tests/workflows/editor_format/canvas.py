"""Small workflows in the editor's format, made in a few lines: nodes, links, subgraphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class Canvas:
    """A workflow, or the inside of a subgraph, to put nodes on and link them."""

    def __init__(self, *, links_are_objects: bool = False) -> None:
        self.nodes: dict[Any, dict[str, Any]] = {}
        self.links: list[list[Any]] = []
        self.definitions: list[dict[str, Any]] = []
        self.inputs: list[dict[str, Any]] = []
        self.outputs: list[dict[str, Any]] = []
        self.links_are_objects = links_are_objects

    def add(
        self,
        node_id: Any,
        kind: str,
        values: Sequence[Any] | Mapping[str, Any] | None = None,
        *,
        gives: str = "",
        takes: str = "",
        mode: int = 0,
        title: str = "",
        properties: Mapping[str, Any] | None = None,
    ) -> Canvas:
        """Add a node; `gives` lists the types of its outputs, `takes` its unlinked inputs as `name:TYPE`."""
        node: dict[str, Any] = {"id": node_id, "type": kind, "pos": [0, 0], "size": [200, 100], "flags": {}, "order": 0}
        node |= {"mode": mode, "properties": dict(properties or {"Node name for S&R": kind})}
        node["inputs"] = [
            {"name": name, "type": slot_type, "link": None}
            for name, _, slot_type in (item.partition(":") for item in takes.split())
        ]
        node["outputs"] = [{"name": name, "type": name, "links": []} for name in gives.split()]
        if values is not None:
            node["widgets_values"] = dict(values) if isinstance(values, Mapping) else list(values)
        if title:
            node["title"] = title
        self.nodes[node_id] = node
        return self

    def link(self, source: Any, number: int, target: Any, name: str, kind: str, *, widget: bool = False) -> int:
        """Link an output to an input by name, made if the node does not have it; `widget` for inputs with a widget."""
        link_id = len(self.links) + 1
        slots = self.nodes[target]["inputs"]
        slot = next((item for item in slots if item["name"] == name), None)
        if slot is None:
            slot = {"name": name, "type": kind, "link": None}
            slots.append(slot)
        if widget:
            slot["widget"] = {"name": name}
        slot["link"] = link_id
        self.nodes[source]["outputs"][number]["links"].append(link_id)
        self.links.append([link_id, source, number, target, slots.index(slot), kind])
        return link_id

    def takes_in(self, name: str, kind: str, *targets: tuple[Any, str], widget: bool = False) -> None:
        """Add an input to a subgraph, which leads to inputs of its nodes."""
        number = len(self.inputs)
        link_ids = []
        for target, slot_name in targets:
            link_id = len(self.links) + 1
            slots = self.nodes[target]["inputs"]
            slot = next((item for item in slots if item["name"] == slot_name), None)
            if slot is None:
                slot = {"name": slot_name, "type": kind, "link": None}
                slots.append(slot)
            slot["link"] = link_id
            if widget:
                slot["widget"] = {"name": slot_name}
            self.links.append([link_id, -10, number, target, slots.index(slot), kind])
            link_ids.append(link_id)
        slot_id = f"00000000-0000-4000-8000-{len(self.inputs):012}"
        self.inputs.append({"id": slot_id, "name": name, "type": kind, "linkIds": link_ids, "pos": [0, 0]})

    def gives_out(self, name: str, kind: str, source: Any, number: int) -> None:
        """Add an output to a subgraph, which comes from an output of one of its nodes, or from one of its inputs."""
        link_id = len(self.links) + 1
        if source == -10:
            self.inputs[number]["linkIds"].append(link_id)
        else:
            self.nodes[source]["outputs"][number]["links"].append(link_id)
        self.links.append([link_id, source, number, -20, len(self.outputs), kind])
        slot_id = f"00000000-0000-4000-9000-{len(self.outputs):012}"
        self.outputs.append({"id": slot_id, "name": name, "type": kind, "linkIds": [link_id], "pos": [0, 0]})

    def define(self, subgraph_id: str, name: str, inside: Canvas) -> None:
        """Add the definition of a subgraph."""
        self.definitions.append(
            {
                "id": subgraph_id,
                "version": 1,
                "name": name,
                "state": {"lastNodeId": 99, "lastLinkId": 99, "lastGroupId": 0, "lastRerouteId": 0},
                "revision": 0,
                "config": {},
                "inputNode": {"id": -10, "bounding": [0, 0, 100, 100]},
                "outputNode": {"id": -20, "bounding": [900, 0, 100, 100]},
                "inputs": inside.inputs,
                "outputs": inside.outputs,
                "widgets": [],
                "nodes": list(inside.nodes.values()),
                "groups": [],
                "links": [_link_object(link) for link in inside.links],
                "extra": {},
            }
        )

    def use(
        self,
        node_id: Any,
        subgraph_id: str,
        values: Sequence[Any] | None = None,
        *,
        mode: int = 0,
        proxies: Sequence[Sequence[str]] | None = None,
    ) -> Canvas:
        """Add an instance of a subgraph that is defined."""
        definition = next(item for item in self.definitions if item["id"] == subgraph_id)
        properties = {"proxyWidgets": [list(item) for item in proxies]} if proxies is not None else {}
        self.add(node_id, subgraph_id, values, mode=mode, title=definition["name"], properties=properties)
        node = self.nodes[node_id]
        node["inputs"] = [{"name": item["name"], "type": item["type"], "link": None} for item in definition["inputs"]]
        node["outputs"] = [{"name": item["name"], "type": item["type"], "links": []} for item in definition["outputs"]]
        return self

    def saved(self) -> dict[str, Any]:
        """Return the workflow as the editor saves it."""
        links = [_link_object(link) for link in self.links] if self.links_are_objects else self.links
        return {
            "id": "00000000-0000-4000-a000-000000000000",
            "revision": 0,
            "last_node_id": 99,
            "last_link_id": 99,
            "nodes": list(self.nodes.values()),
            "links": links,
            "groups": [],
            "definitions": {"subgraphs": self.definitions},
            "config": {},
            "extra": {},
            "version": 1 if self.links_are_objects else 0.4,
        }


def _link_object(link: Sequence[Any]) -> dict[str, Any]:
    keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
    return dict(zip(keys, link, strict=True))
