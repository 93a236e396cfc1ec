"""ComfyUI graphs: reading untrusted text with every fault at once, and walking along links."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn

from tower_anime_assets.production.story.source import Diagnostics, object_without_repeats, shorten
from tower_anime_assets.workflows.workflow import is_link

ObjectInfo = Mapping[str, Mapping[str, Any]]
"""What a server reports about each node class, by class: `GET /object_info`."""

MAX_GRAPH_BYTES: Final = 2 * 1024 * 1024
"""The largest published graphs have a few hundred kilobytes."""

_MAX_NODES: Final = 1000
_MAX_DEPTH: Final = 12
_NODE_ID: Final = re.compile(r"[A-Za-z0-9_:-]{1,64}")
_INPUT_NAME: Final = re.compile(r"[^\x00-\x1f]{1,120}")
_FILE_INPUT: Final = re.compile(r"(.*_)?(name\d?|prefix|image|file|audio|video|path|directory|folder|filename)")

_NODE_LINE: Final = re.compile(r'(?:[{,]\s*)?"([^"\\]{1,64})"\s*:\s*\{')

HOW_TO_EXPORT: Final = (
    "In ComfyUI choose Workflow > Export (API), older versions: Save (API Format) with dev mode on, and use that file."
)


def read_graph(text: str, faults: Diagnostics) -> dict[str, Any]:
    """Return the graph in a text in ComfyUI's API format, or {} after adding everything that is wrong with it."""
    fault_count = len(faults.faults)
    raw = _parse_json(text, faults)
    if len(faults.faults) > fault_count:
        return {}
    if not isinstance(raw, dict) or not raw:
        faults.add(0, f"the graph is {_describe_value(raw)}", "an object of nodes by id", HOW_TO_EXPORT)
        return {}
    if isinstance(raw.get("nodes"), list) or ("links" in raw and "version" in raw):
        faults.add(0, "this is a workflow saved by ComfyUI's editor", "an export in the API format", HOW_TO_EXPORT)
        return {}
    if set(raw) == {"prompt"} and isinstance(raw["prompt"], dict):
        raw = raw["prompt"]  # some tools save the body of POST /prompt
    if not any(isinstance(node, dict) and {"class_type", "inputs"} & node.keys() for node in raw.values()):
        faults.add(
            0,
            "this is not a ComfyUI graph: nothing in it is a node",
            "nodes by id, each with class_type and inputs",
            HOW_TO_EXPORT,
        )
        return {}
    if len(raw) > _MAX_NODES:
        faults.add(0, f"the graph has {len(raw):,} nodes", f"at most {_MAX_NODES:,}", "Split it.")
        return {}
    lines = _NodeLines(text)
    for node_id, node in raw.items():
        _check_node(node_id, node, raw, lines.line_of(node_id), faults)
    if len(faults.faults) == fault_count:
        _check_cycles(raw, lines, faults)
    if len(faults.faults) > fault_count:
        return {}
    return {node_id: {"class_type": node["class_type"], "inputs": node["inputs"]} for node_id, node in raw.items()}


def read_titles(text: str) -> dict[str, str]:
    """Return what the editor shows above each node, by node id, of a graph that `read_graph` accepts."""
    if '"_meta"' not in text:
        return {}
    raw = json.loads(text)
    nodes = raw["prompt"] if set(raw) == {"prompt"} else raw
    titles = {
        node_id: node["_meta"].get("title")
        for node_id, node in nodes.items()
        if isinstance(node, dict) and isinstance(node.get("_meta"), dict)
    }
    return {node_id: " ".join(title.split())[:120] for node_id, title in titles.items() if isinstance(title, str)}


def input_links(node: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Yield (input's name, source node's id, output) of every linked input."""
    for name, value in node["inputs"].items():
        if is_link(value):
            yield name, value[0], value[1]


def upstream_nodes(graph: Mapping[str, Any], *node_ids: str) -> Iterator[str]:
    """Yield the ids of nodes and of all nodes that they depend on, nearest first, each once."""
    queue = list(dict.fromkeys(node_ids))
    visited = set(queue)
    for current in queue:
        yield current
        for _name, source, _output in input_links(graph[current]):
            if source not in visited:
                visited.add(source)
                queue.append(source)


def is_relative_inside(path: str) -> bool:
    """Return whether a relative path stays inside its folder, on any operating system."""
    parts = re.split(r"[\\/]", path)
    return ".." not in parts and not path.startswith(("/", "\\", "~")) and not re.match(r"[A-Za-z]:", path)


class _NodeLines:
    """The line on which each node begins, as far as the layout of the text shows it."""

    def __init__(self, text: str) -> None:
        self._line_by_node: dict[str, int] = {}
        for number, line in enumerate(text.split("\n"), 1):
            if match := _NODE_LINE.match(line.lstrip()):
                self._line_by_node.setdefault(match[1], number)

    def line_of(self, node_id: str) -> int:
        return self._line_by_node.get(node_id, 0)


def _parse_json(text: str, faults: Diagnostics) -> Any:
    def reject_constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is not a JSON number")

    try:
        return json.loads(text, object_pairs_hook=object_without_repeats, parse_constant=reject_constant)
    except json.JSONDecodeError as error:
        faults.add(error.lineno, f"the JSON is malformed: {error.msg}", "JSON", HOW_TO_EXPORT)
    except (ValueError, RecursionError) as error:
        problem = "it is nested too deep" if isinstance(error, RecursionError) else shorten(str(error), 120)
        faults.add(0, f"the JSON cannot be read: {problem}", "a ComfyUI graph", HOW_TO_EXPORT)
    return None


def _check_node(node_id: str, node: Any, graph: Mapping[str, Any], line: int, faults: Diagnostics) -> None:
    node_label = shorten(node_id)
    if not _NODE_ID.fullmatch(node_id):
        faults.add(line, f"a node's id is {node_label!r}", "letters, digits, _, : and -", "Rename the node.")
    if not isinstance(node, dict) or not isinstance(node.get("class_type"), str) or not node["class_type"]:
        faults.add(
            line, f"node {node_label} is {_describe_value(node)}", "an object with class_type and inputs", HOW_TO_EXPORT
        )
        return
    if not isinstance(node.get("inputs"), dict):
        faults.add(line, f"node {node_label} has no inputs", '`"inputs": {...}`', HOW_TO_EXPORT)
        return
    for name, value in node["inputs"].items():
        _check_input(f"{node_label}.inputs.{shorten(name)}", name, value, graph, line, faults)


def _check_input(place: str, name: str, value: Any, graph: Mapping[str, Any], line: int, faults: Diagnostics) -> None:
    if not _INPUT_NAME.fullmatch(name) or not all(name.split(".")):  # `choice.child` is a name of the newer nodes
        faults.add(line, f"{place} has an unusable name", "a printable name", "Rename the input.")
    if is_link(value):
        source, output = value
        if not isinstance(source, str):
            problem = f"{place} is linked to node {shorten(repr(source))}"
            faults.add(line, problem, "a node's id as text", f'Write `["{shorten(str(source))}", {output}]`.')
        elif source not in graph:
            faults.add(line, f"{place} is linked to node {shorten(source)!r}", "a node of this graph", HOW_TO_EXPORT)
        elif output < 0:
            faults.add(line, f"{place} is linked to output {output}", "0 or more", "Correct the link.")
    elif not _is_plain_value(value):
        faults.add(
            line, f"{place} holds {_describe_value(value)}", f"a value nested at most {_MAX_DEPTH} deep", "Unfold it."
        )
    elif isinstance(value, str) and _FILE_INPUT.fullmatch(name) and not is_relative_inside(value):
        problem = f"{place} is {shorten(value)!r}, which leads out of the server's folders"
        faults.add(line, problem, "a name inside them, without `..`", "Use a file below ComfyUI's own folders.")


def _is_plain_value(value: Any) -> bool:
    """Return whether a value is finite and nested at most `_MAX_DEPTH` deep; without recursion."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        if any(isinstance(item, float) and not math.isfinite(item) for item in level):
            return False
        level = [
            inner
            for item in level
            if isinstance(item, list | dict)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return True
    return False


def _check_cycles(graph: Mapping[str, Any], lines: _NodeLines, faults: Diagnostics) -> None:
    """Add a fault for nodes that depend on each other: those left after removing independent ones repeatedly."""
    pending_sources = {node_id: {source for _, source, _ in input_links(node)} for node_id, node in graph.items()}
    users: dict[str, list[str]] = {}
    for node_id, sources in pending_sources.items():
        for source in sources:
            users.setdefault(source, []).append(node_id)
    ready = [node_id for node_id, sources in pending_sources.items() if not sources]
    for node_id in ready:
        del pending_sources[node_id]
        for user in users.get(node_id, ()):
            pending_sources[user].discard(node_id)
            if not pending_sources[user]:
                ready.append(user)
    if pending_sources:
        names = ", ".join(sorted(pending_sources)[:8])
        remedy = "Cut one of the links between them."
        line = min(map(lines.line_of, pending_sources))
        faults.add(line, f"nodes depend on each other in a circle: {names}", "a graph without circles", remedy)


def _describe_value(value: Any) -> str:
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    if isinstance(value, list):
        return "a list"
    return shorten(repr(value), 40)
