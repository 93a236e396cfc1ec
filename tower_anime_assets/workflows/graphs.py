"""ComfyUI graphs as text: read without trusting them, with every fault at once; and walked along their links."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn

from tower_anime_assets.production.story.source import Faults, shortened
from tower_anime_assets.workflows.workflow import is_link

MAX_GRAPH_BYTES: Final = 2 * 1024 * 1024
"""The largest published graphs have some hundred kilobytes."""

_MAX_NODES: Final = 1000
_MAX_DEPTH: Final = 12
_NODE_ID: Final = re.compile(r"[A-Za-z0-9_:-]{1,64}")
_INPUT_NAME: Final = re.compile(r"[^\x00-\x1f]{1,120}")
_FILE_INPUT: Final = re.compile(r"(.*_)?(name\d?|prefix|image|file|audio|video|path|directory|folder|filename)")

HOW_TO_EXPORT: Final = (
    "In ComfyUI choose Workflow > Export (API), older versions: Save (API Format) with dev mode on, and use that file."
)


def read_graph(text: str, faults: Faults) -> dict[str, Any]:
    """Return the graph that a text holds in ComfyUI's API format; {} after noting everything wrong with it."""
    before = len(faults.found)
    raw = _parsed(text, faults)
    if len(faults.found) > before:
        return {}
    if not isinstance(raw, dict) or not raw:
        faults.add(0, f"the graph is {_what(raw)}", "an object of nodes by id", HOW_TO_EXPORT)
        return {}
    if isinstance(raw.get("nodes"), list) or ("links" in raw and "version" in raw):
        faults.add(0, "this is a workflow as ComfyUI's editor saves it", "an export in the API format", HOW_TO_EXPORT)
        return {}
    if set(raw) == {"prompt"} and isinstance(raw["prompt"], dict):
        raw = raw["prompt"]  # the body of POST /prompt, as some tools save it
    if len(raw) > _MAX_NODES:
        faults.add(0, f"the graph has {len(raw):,} nodes", f"at most {_MAX_NODES:,}", "Split it.")
        return {}
    lines = _Lines(text)
    for node_id, node in raw.items():
        _check_node(node_id, node, raw, lines.of(node_id), faults)
    if len(faults.found) == before:
        _refuse_cycles(raw, lines, faults)
    if len(faults.found) > before:
        return {}
    return {node_id: {"class_type": node["class_type"], "inputs": node["inputs"]} for node_id, node in raw.items()}


def links_of(node: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Yield (input's name, node's id, output) of every input that is taken from another node."""
    for name, value in node["inputs"].items():
        if is_link(value):
            yield name, value[0], value[1]


def upstream(graph: Mapping[str, Any], node_id: str) -> Iterator[str]:
    """Yield a node's id and those of all nodes that it depends on, nearest first, each once."""
    queue = [node_id]
    seen = set(queue)
    for current in queue:
        yield current
        for _name, source, _output in links_of(graph[current]):
            if source not in seen:
                seen.add(source)
                queue.append(source)


def is_inside(path: str) -> bool:
    """Return whether a file's name stays inside the folder that it is relative to."""
    parts = re.split(r"[\\/]", path)
    return ".." not in parts and not path.startswith(("/", "\\", "~")) and not re.match(r"[A-Za-z]:", path)


class _Lines:
    """Where each node begins in a text, as far as that can be seen."""

    def __init__(self, text: str) -> None:
        self._found: dict[str, int] = {}
        for number, line in enumerate(text.split("\n"), 1):
            if match := re.match(r'\s*[{,]?\s*"([^"\\]{1,64})"\s*:\s*\{', line):
                self._found.setdefault(match[1], number)

    def of(self, node_id: str) -> int:
        return self._found.get(node_id, 0)


class _TwiceError(ValueError):
    """A key stands twice in one object."""


def _parsed(text: str, faults: Faults) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            raise _TwiceError(next(name for name in names if names.count(name) > 1))
        return found

    def refuse(name: str) -> NoReturn:
        raise ValueError(f"{name} is no number that JSON knows")

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=refuse)
    except json.JSONDecodeError as error:
        faults.add(error.lineno, f"the JSON is malformed: {error.msg}", "JSON", HOW_TO_EXPORT)
    except _TwiceError as error:
        faults.add(0, f"{shortened(str(error))!r} stands twice in one object", "each key once", "Delete one of them.")
    except (ValueError, RecursionError) as error:
        problem = "it is nested endlessly" if isinstance(error, RecursionError) else shortened(str(error), 120)
        faults.add(0, f"the JSON cannot be read: {problem}", "a ComfyUI graph", HOW_TO_EXPORT)
    return None


def _check_node(node_id: str, node: Any, graph: Mapping[str, Any], line: int, faults: Faults) -> None:
    shown = shortened(node_id)
    if not _NODE_ID.fullmatch(node_id):
        faults.add(line, f"a node's id is {shown!r}", "letters, digits, _, : and -", "Name the node otherwise.")
    if not isinstance(node, dict) or not isinstance(node.get("class_type"), str) or not node["class_type"]:
        faults.add(line, f"node {shown} is {_what(node)}", "an object with class_type and inputs", HOW_TO_EXPORT)
        return
    if not isinstance(node.get("inputs"), dict):
        faults.add(line, f"node {shown} has no inputs", '`"inputs": {...}`', HOW_TO_EXPORT)
        return
    for name, value in node["inputs"].items():
        _check_input(f"{shown}.inputs.{shortened(name)}", name, value, graph, line, faults)


def _check_input(place: str, name: str, value: Any, graph: Mapping[str, Any], line: int, faults: Faults) -> None:
    if not _INPUT_NAME.fullmatch(name) or "." in name:
        faults.add(line, f"{place} has an unusable name", "a name without dots", "Rename the input.")
    if is_link(value):
        source, output = value
        if not isinstance(source, str):
            problem = f"{place} is taken from node {shortened(repr(source))}"
            faults.add(line, problem, "a node's id as text", f'Write `["{shortened(str(source))}", {output}]`.')
        elif source not in graph:
            faults.add(line, f"{place} is taken from node {shortened(source)!r}", "a node of this graph", HOW_TO_EXPORT)
        elif output < 0:
            faults.add(line, f"{place} is taken from output {output}", "0 or more", "Correct the link.")
    elif not _is_plain(value):
        faults.add(line, f"{place} holds {_what(value)}", f"a value nested at most {_MAX_DEPTH} deep", "Unfold it.")
    elif isinstance(value, str) and _FILE_INPUT.fullmatch(name) and not is_inside(value):
        problem = f"{place} is {shortened(value)!r}, which leads out of the server's folders"
        faults.add(line, problem, "a name inside them, without `..`", "Use a file below ComfyUI's own folders.")


def _is_plain(value: Any) -> bool:
    """Return whether a value is finite and not nested endlessly; walked without recursion."""
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


def _refuse_cycles(graph: Mapping[str, Any], lines: _Lines, faults: Faults) -> None:
    """Take away nodes that depend on nothing left, until none is; what remains runs in circles."""
    waiting = {node_id: {source for _, source, _ in links_of(node)} for node_id, node in graph.items()}
    while ready := [node_id for node_id, sources in waiting.items() if not sources & waiting.keys()]:
        for node_id in ready:
            del waiting[node_id]
    if waiting:
        names = ", ".join(sorted(waiting)[:8])
        remedy = "Cut one of the links between them."
        line = min(map(lines.of, waiting))
        faults.add(line, f"nodes depend on each other in a circle: {names}", "a graph without circles", remedy)


def _what(value: Any) -> str:
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    if isinstance(value, list):
        return "a list"
    return shortened(repr(value), 40)
