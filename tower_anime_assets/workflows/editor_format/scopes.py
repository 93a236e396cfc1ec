"""A workflow with its subgraphs opened: one scope for the workflow, and one for each use of a subgraph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from tower_anime_assets.production.story.source import Diagnostics, shorten
from tower_anime_assets.workflows.editor_format.editor_workflow import (
    MAX_EDITOR_NODES,
    REMEDY,
    SUBGRAPH_INPUTS,
    SUBGRAPH_OUTPUTS,
    EditorGraph,
    EditorLink,
    EditorNode,
    EditorWorkflow,
)

_MAX_DEPTH: Final = 32
_MAX_SUBGRAPH_INPUTS: Final = 20_000
"""Of all uses of subgraphs together."""


@dataclass(eq=False)
class GraphScope:
    """A graph in one place of a workflow.

    Attributes:
        graph: The workflow's graph, or a subgraph's definition.
        path: Ids of the instances that lead here; () for the workflow itself.
        parent: The scope that holds the instance; None for the workflow itself.
        instance: The node that this is the inside of.
        children: The insides of its own instances, by their ids.
    """

    graph: EditorGraph
    path: tuple[str, ...] = ()
    parent: GraphScope | None = None
    instance: EditorNode | None = None
    children: dict[str, GraphScope] = field(default_factory=dict)

    def node_id(self, node: EditorNode) -> str:
        """Return the id of one of its nodes in the API format."""
        return ":".join((*self.path, node.id))


def open_scopes(workflow: EditorWorkflow, faults: Diagnostics) -> tuple[GraphScope, ...]:
    """Return the scopes of everything that is neither muted nor bypassed, outer ones first; () after adding faults."""
    scopes = [GraphScope(workflow.root)]
    node_count, input_count = len(workflow.root.nodes), 0
    for scope in scopes:
        for node in scope.graph.nodes.values():
            definition = workflow.subgraphs.get(node.class_type)
            if definition is None or not node.is_active:
                continue
            node_count += len(definition.nodes)
            input_count += len(definition.inputs)
            if is_inside_itself(scope, definition) or len(scope.path) >= _MAX_DEPTH:
                problem = f"the subgraph {shorten(definition.name)!r} contains itself, or is nested too deep"
                faults.add(0, problem, f"subgraphs at most {_MAX_DEPTH} deep", REMEDY)
                return ()
            if node_count > MAX_EDITOR_NODES or input_count > _MAX_SUBGRAPH_INPUTS:
                problem = "with its subgraphs opened the workflow is too large"
                expected = f"at most {MAX_EDITOR_NODES:,} nodes and {_MAX_SUBGRAPH_INPUTS:,} inputs of subgraphs"
                faults.add(0, problem, expected, "Split it.")
                return ()
            child = GraphScope(definition, (*scope.path, node.id), scope, node)
            scope.children[node.id] = child
            scopes.append(child)
    return tuple(scopes)


def is_inside_itself(scope: GraphScope, definition: EditorGraph) -> bool:
    """Return whether a scope is, at any depth, inside a definition."""
    current: GraphScope | None = scope
    while current is not None:
        if current.graph is definition:
            return True
        current = current.parent
    return False


def inner_links(graph: EditorGraph, number: int) -> Iterator[tuple[str, EditorLink]]:
    """Yield (id, link) of the links inside a subgraph that begin at one of its inputs."""
    if number < len(graph.inputs):
        for link_id in graph.inputs[number].links:
            link = graph.links.get(link_id)
            if link is not None and link.origin == SUBGRAPH_INPUTS:
                yield link_id, link


def output_link(graph: EditorGraph, number: int) -> EditorLink | None:
    """Return the link inside a subgraph that ends at one of its outputs; None if nothing leads there."""
    links: Mapping[str, EditorLink] = graph.links
    if not 0 <= number < len(graph.outputs):
        return None
    for link_id in graph.outputs[number].links:
        link = links.get(link_id)
        if link is not None and link.target == SUBGRAPH_OUTPUTS:
            return link
    return None
