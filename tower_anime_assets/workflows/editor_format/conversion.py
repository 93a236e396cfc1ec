"""Conversion of a workflow from ComfyUI's editor format to the API format, as the editor itself does when it queues.

What the editor cannot do without a node pack's own JavaScript is refused by name; nothing is guessed.

Source: measured on the editor, frontends 1.27.10 and 1.58.1; where they differ, the newer one is followed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from tower_anime_assets.production.story.source import Diagnostics, shorten
from tower_anime_assets.workflows.editor_format.editor_workflow import EditorNode, EditorSlot, EditorWorkflow
from tower_anime_assets.workflows.editor_format.links import (
    BROWSER_ONLY,
    GETTERS,
    PRIMITIVE,
    REROUTES,
    SETTERS,
    HostInput,
    LinkResolver,
    LostLinkError,
)
from tower_anime_assets.workflows.editor_format.node_inputs import CURVE, DeclaredInput
from tower_anime_assets.workflows.editor_format.node_shapes import NodeShapes
from tower_anime_assets.workflows.editor_format.promoted import UNSET, PromotedWidgets, ProxyWidgets
from tower_anime_assets.workflows.editor_format.scopes import GraphScope, open_scopes
from tower_anime_assets.workflows.editor_format.texts import Choose, replace_placeholders, resolve_dynamic_prompt
from tower_anime_assets.workflows.editor_format.unknown_nodes import add_unknown_class_faults
from tower_anime_assets.workflows.validation import ObjectInfo

_SAVE_CLASSES: Final = frozenset(
    {"SaveImage", "SaveImageAdvanced", "SaveSVGNode", "SaveVideo", "SaveAnimatedWEBP", "SaveAnimatedPNG", "SaveWEBM"}
    | {"SaveAudio", "SaveAudioMP3", "SaveAudioOpus", "SaveAudioAdvanced", "SaveGLB", "Save3DAdvanced"}
    | {"SaveGaussianSplat", "SavePointCloud", "CLIPSave", "VAESave", "ModelSave", "LoraSave", "SaveLatent"}
)
"""Classes whose `filename_prefix` has its placeholders replaced by the editor."""

_MAX_PREFIX_CHARS: Final = 1000
"""No system takes longer file names; what is longer stays as it is."""

_SAMPLERS: Final = frozenset({"KSampler", "KSamplerAdvanced"})
_TEXT_REPLACEMENT: Final = "Run widget replace on values"
_VIRTUAL: Final = BROWSER_ONLY | REROUTES | SETTERS | GETTERS


@dataclass(frozen=True)
class ConvertedGraph:
    """A workflow in the API format.

    Attributes:
        graph: Nodes by id; those inside subgraphs are called `instance:node`.
        titles: What the editor shows above each node, by id.
        notes: What was chosen or filled in, a sentence each.
    """

    graph: Mapping[str, Any]
    titles: Mapping[str, str]
    notes: tuple[str, ...]


def convert(
    workflow: EditorWorkflow,
    object_info: ObjectInfo,
    faults: Diagnostics,
    *,
    seed: int = 0,
    now: datetime | None = None,
    choose: Choose | None = None,
) -> ConvertedGraph | None:
    """Return a workflow in the API format, or None after adding everything that prevents it.

    Args:
        workflow: As the editor saved it.
        object_info: The server's node classes.
        faults: What is wrong with the file.
        seed: Decides what is chosen of dynamic prompts.
        now: The local time for dates in file names; the present by default.
        choose: Chooses of dynamic prompts instead of `seed`.
    """
    fault_count = len(faults.faults)
    proxies = ProxyWidgets(workflow, object_info)
    workflow = proxies.workflow
    scopes = open_scopes(workflow, faults)
    add_unknown_class_faults(workflow, scopes, object_info, _VIRTUAL, faults)
    if len(faults.faults) > fault_count:
        return None
    chooser = choose or random.Random(seed).choice  # noqa: S311 - which words a prompt gets is no secret
    local_now = now or datetime.now().astimezone()
    conversion = _Conversion(workflow, scopes, proxies, object_info, faults, local_now, chooser)
    graph = conversion.convert()
    if len(faults.faults) > fault_count:
        return None
    return ConvertedGraph(graph, conversion.titles, tuple(conversion.notes))


class _Conversion:
    def __init__(
        self,
        workflow: EditorWorkflow,
        scopes: tuple[GraphScope, ...],
        proxies: ProxyWidgets,
        object_info: ObjectInfo,
        faults: Diagnostics,
        now: datetime,
        choose: Choose,
    ) -> None:
        self.scopes = scopes
        self.faults = faults
        self.now = now
        self.choose = choose
        self.shapes = NodeShapes(workflow, object_info)
        self.links = LinkResolver(self.shapes)
        self.promoted = PromotedWidgets(workflow, self.shapes, proxies)
        self.titles: dict[str, str] = {}
        self.notes: list[str] = []
        self.graphs = [workflow.root, *workflow.subgraphs.values()]

    def convert(self) -> dict[str, Any]:
        """Return the graph; faults are added to those of the file."""
        graph: dict[str, Any] = {}
        for scope in self.scopes:
            primitives = dict(self._primitive_values(scope))
            for node in scope.graph.nodes.values():
                if not node.is_active or node.class_type in _VIRTUAL or node.id in scope.children:
                    continue
                node_id = scope.node_id(node)
                try:
                    inputs = self._inputs_of(scope, node, primitives)
                except LostLinkError as error:
                    problem = f"what leads to {node.label} cannot be followed: {error}"
                    self.faults.add(0, problem, "links that end at a node", "Link it anew in ComfyUI, and save again.")
                    return {}
                graph[node_id] = {"class_type": node.class_type, "inputs": inputs}
                node_info = self.shapes.node_info(node) or {}
                self.titles[node_id] = node.title or str(node_info.get("display_name") or node.class_type)
        for node in graph.values():
            node["inputs"] = {name: value for name, value in node["inputs"].items() if not _dangles(value, graph)}
        return graph

    def _inputs_of(
        self, scope: GraphScope, node: EditorNode, primitives: Mapping[tuple[str, str], Any]
    ) -> dict[str, Any]:
        inputs: dict[str, Any] = {}
        widgets = self.shapes.widgets(node)
        for item in widgets.unknown_kinds:
            problem = f"{node.label} has an input of the kind {item.type}, which is not known here: {item.name}"
            self.faults.add(0, problem, "a kind that is known", "Choose Workflow > Export (API) in ComfyUI.")
        for name, declared in widgets.declared.items():
            if not declared.is_sent:
                continue
            value = primitives.get((node.id, name), widgets.values[name])
            if declared.type == CURVE and value is not None:
                inputs[name] = {"__type__": CURVE, "__value__": value}
                continue
            inputs[name] = _without_link_look(self._queued_value(scope, node, declared, value))
        self._note_unread_values(scope, node)
        for slot in self.shapes.inputs(node):
            if not slot.link:
                continue
            end = self.links.resolve(scope, slot)
            if isinstance(end, HostInput):
                value = self.promoted.value(end.graph_id, end.instance, end.number)
                if value is not UNSET:
                    inputs[slot.name] = _without_link_look(value)
            elif end is not None:
                inputs[slot.name] = [end.node_id, end.number]
        return inputs

    def _primitive_values(self, scope: GraphScope) -> Iterator[tuple[tuple[str, str], Any]]:
        """Yield ((node id, widget), value) of everything that a PrimitiveNode writes to."""
        for node in scope.graph.nodes.values():
            values = node.values
            if node.class_type != PRIMITIVE or not node.outputs or not isinstance(values, list) or not values:
                continue
            targets = list(self._primitive_targets(scope, node))
            if not targets or not targets[0][1].widget:
                continue  # its first link decides what kind of widget it is: none for a mere socket
            value = values[0]
            if isinstance(value, str) and value and node.properties.get(_TEXT_REPLACEMENT):
                value = replace_placeholders(value, self.now, self._widget_text)
            declared = [self.shapes.widgets(target).declared.get(slot.name) for target, slot in targets]
            value = _clamp(value, [item.config for item in declared if item is not None])
            for target, slot in targets:
                if slot.widget:
                    yield (target.id, slot.name), value

    def _primitive_targets(self, scope: GraphScope, node: EditorNode) -> Iterator[tuple[EditorNode, EditorSlot]]:
        """Yield the nodes and inputs that a PrimitiveNode is linked to."""
        for link_id in node.outputs[0].links:
            link = scope.graph.links.get(link_id)
            target = scope.graph.nodes.get(link.target) if link is not None else None
            slot = self.shapes.input_with_link(target, link_id) if target is not None else None
            if target is not None and slot is not None:
                yield target, slot

    def _queued_value(self, scope: GraphScope, node: EditorNode, declared: DeclaredInput, value: Any) -> Any:
        """Return a widget's value as the editor sends it."""
        if not isinstance(value, str):
            return value
        place = f"{declared.name} of node {scope.node_id(node)}"
        if declared.type == "STRING" and declared.config.get("dynamicPrompts"):
            try:
                text = resolve_dynamic_prompt(value, self.choose)
            except ValueError as error:
                self.faults.add(0, f"{place}: {error}", "a shorter text with fewer braces", "Shorten it in ComfyUI.")
                return value
            if text != value:
                self.notes.append(f"{place} has choices, comments or escapes; it became {shorten(text, 120)!r}.")
            return text
        is_prefix = declared.name == "filename_prefix" and len(value) <= _MAX_PREFIX_CHARS
        if is_prefix and node.class_type in _SAVE_CLASSES:
            return replace_placeholders(value, self.now, self._widget_text)
        if declared.name == "sampler_name" and node.class_type in _SAMPLERS:
            return value.removeprefix("sample_")
        return value

    def _widget_text(self, node_name: str, widget: str) -> str | None:
        """Return the value of a widget as text, of the node with a name for search and replace, or else a title."""
        node = self._nodes_by_name.get(node_name)
        value = self.shapes.widgets(node).values.get(widget, UNSET) if node is not None else UNSET
        return None if value is UNSET else _javascript_text(value)

    @cached_property
    def _nodes_by_name(self) -> Mapping[str, EditorNode]:
        """The first node of each name for search and replace, and of each title that is no such name."""
        nodes = [node for graph in self.graphs for node in graph.nodes.values()]
        by_title = {self._title(node): node for node in reversed(nodes)}
        by_name = {str(node.properties.get("Node name for S&R")): node for node in reversed(nodes)}
        return {**by_title, **by_name}

    def _title(self, node: EditorNode) -> str:
        return node.title or str((self.shapes.node_info(node) or {}).get("display_name") or node.class_type)

    def _note_unread_values(self, scope: GraphScope, node: EditorNode) -> None:
        """Note values in the file that no input of the node takes, other than those of buttons."""
        unread = self.shapes.widgets(node).unread
        if any(isinstance(value, Mapping) and value for value in unread):
            problem = f"{node.label} has values that only its node pack's own code in the browser can read"
            self.faults.add(0, problem, "values of declared inputs", "Choose Workflow > Export (API) in ComfyUI.")
        elif unread:
            texts = ", ".join(shorten(repr(value), 40) for value in unread[:5])
            self.notes.append(f"Left out of node {scope.node_id(node)}, as no input takes them: {texts}.")


def _clamp(value: Any, configs: Iterable[Mapping[str, Any]]) -> Any:
    """Return a number within the ranges of all inputs that it is written to; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    for config in configs:
        low, high = config.get("min"), config.get("max")
        value = max(value, low) if isinstance(low, int | float) else value
        value = min(value, high) if isinstance(high, int | float) else value
    return value


def _dangles(value: object, graph: Mapping[str, Any]) -> bool:
    return isinstance(value, list) and len(value) == 2 and value[0] not in graph


def _without_link_look(value: Any) -> Any:
    """Return a widget's value in the form that cannot be taken for a link."""
    return {"__value__": value} if isinstance(value, list) else value


def _javascript_text(value: Any) -> str:
    """Return a value as text, as the browser writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
