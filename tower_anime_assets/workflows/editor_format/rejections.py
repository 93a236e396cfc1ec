"""What a server would reject in a converted graph, input by input; `/prompt` has no dry run that would say it.

Model files are not looked for here: a converted workflow goes on to the same checks as any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tower_anime_assets.production.story.source import Diagnostics, did_you_mean, shorten
from tower_anime_assets.workflows.editor_format.conversion import ConvertedGraph
from tower_anime_assets.workflows.editor_format.editor_workflow import slot_type
from tower_anime_assets.workflows.editor_format.links import types_fit
from tower_anime_assets.workflows.editor_format.node_inputs import AUTOGROW, DYNAMIC_COMBO, DeclaredInput
from tower_anime_assets.workflows.editor_format.widget_values import all_inputs
from tower_anime_assets.workflows.graphs import upstream_nodes
from tower_anime_assets.workflows.validation import ObjectInfo
from tower_anime_assets.workflows.workflow import is_link

_PYTHON_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "INT": (int, float),
    "FLOAT": (int, float),
    "STRING": (str, int, float),
    "BOOLEAN": (bool, int),
}
"""What the server takes for each type, or turns into it."""


def add_rejections(converted: ConvertedGraph, object_info: ObjectInfo, faults: Diagnostics) -> tuple[str, ...]:
    """Add a fault for every input that a server with these node classes rejects; return what a person should know.

    A choice that is not among the server's, and reads like a file's name, is a note: files can be mapped or fetched.
    """
    notes: list[str] = []
    if not converted.graph:
        faults.add(0, "nothing in the workflow runs", "nodes that are neither muted nor bypassed", "Activate some.")
    outputs = [
        node_id for node_id, node in converted.graph.items() if object_info[node["class_type"]].get("output_node")
    ]
    used = set(upstream_nodes(converted.graph, *outputs))
    if converted.graph and not outputs:
        faults.add(0, "no active node of the workflow saves or shows anything", "SaveImage or SaveVideo", "Add one.")
    for node_id, node in converted.graph.items():
        if node_id not in used:
            continue  # the server does not look at what leads to no output
        label = _label(converted, node_id)
        declared = {item.name: item for item in all_inputs(object_info[node["class_type"]], node["inputs"])}
        for name, item in declared.items():
            if name not in node["inputs"]:
                if item.is_required and item.is_sent and not _grows(item, node["inputs"]):
                    remedy = "Link it in ComfyUI, and save again; a muted or bypassed node before it may be why."
                    faults.add(0, f"{label} gets nothing for {name}", f"a value of type {item.type}", remedy)
                continue
            value = node["inputs"][name]
            problem = (
                _link_problem(converted, object_info, item, value) if is_link(value) else _value_problem(item, value)
            )
            if problem is None:
                continue
            if not is_link(value) and item.type == "COMBO" and _reads_like_file(value):
                notes.append(f"{label} names {shorten(value, 100)!r} for {name}, which the server does not have.")
            else:
                faults.add(0, f"{label}: {name} {problem[0]}", problem[1], problem[2])
    return tuple(notes)


def _label(converted: ConvertedGraph, node_id: str) -> str:
    class_type, title = converted.graph[node_id]["class_type"], converted.titles.get(node_id, "")
    return (
        f"node {node_id} ({shorten(title, 40)}, {class_type})" if title != class_type else f"node {node_id} ({title})"
    )


def _grows(item: DeclaredInput, inputs: Mapping[str, Any]) -> bool:
    """Return whether a required input is given by inputs of dotted names, or needs none."""
    template = item.config.get("template")
    needs_none = isinstance(template, Mapping) and template.get("min", 1) == 0
    return item.type == AUTOGROW and (needs_none or any(name.startswith(f"{item.name}.") for name in inputs))


def _link_problem(
    converted: ConvertedGraph, object_info: ObjectInfo, item: DeclaredInput, link: Any
) -> tuple[str, str, str] | None:
    """Return (problem, expected, remedy) of a linked input; None if its type fits."""
    source, number = link
    outputs = object_info[converted.graph[source]["class_type"]].get("output") or ()
    if not 0 <= number < len(outputs):
        problem = f"is linked to output {number} of {_label(converted, source)}, which has {len(outputs)}"
        return problem, "one of its outputs", "Update the node pack, or link it again in ComfyUI."
    given = slot_type(outputs[number])
    if given.startswith("COMFY_") or item.type.startswith("COMFY_") or types_fit(given, item.type):
        return None
    problem = f"gets {shorten(given)} from {_label(converted, source)}"
    return problem, f"type {shorten(item.type)}", "Link it again in ComfyUI."


def _value_problem(item: DeclaredInput, value: Any) -> tuple[str, str, str] | None:
    """Return (problem, expected, remedy) of an input's own value; None if the server takes it."""
    if isinstance(value, Mapping):
        return None  # a list in its wrapping, or a value of a node pack's own
    quoted = f"is {shorten(repr(value))}"
    if item.type == DYNAMIC_COMBO:
        keys = [option.get("key") for option in item.options if isinstance(option, Mapping)]
        return None if value in keys else (quoted, "one of its choices", did_you_mean(str(value), map(str, keys)))
    if item.type == "COMBO":
        if not item.options or value in item.options:
            return None if item.options or value is not None else (quoted, "a choice", "Choose one in ComfyUI.")
        return quoted, "one of the server's choices", did_you_mean(str(value), map(str, item.options))
    types = _PYTHON_TYPES.get(item.type)
    if types is None:
        return None
    if not isinstance(value, types):
        return quoted, f"a value of type {item.type}", "Correct it in ComfyUI, and save again."
    low, high = item.config.get("min"), item.config.get("max")
    is_number = item.type in ("INT", "FLOAT") and not isinstance(value, str)
    if is_number and any(_is_beyond(value, low, high)):
        return quoted, f"a number from {low} to {high}", "Correct it in ComfyUI, and save again."
    return None


def _is_beyond(value: Any, low: Any, high: Any) -> Iterator[bool]:
    yield isinstance(low, int | float) and value < low
    yield isinstance(high, int | float) and value > high


def _reads_like_file(value: Any) -> bool:
    """Return whether a choice looks like the name of a file: with a folder, or an ending."""
    if not isinstance(value, str):
        return False
    stem, dot, ending = value.rpartition(".")
    return "/" in value or "\\" in value or bool(dot and stem and 1 <= len(ending) <= 12 and ending.isalnum())
