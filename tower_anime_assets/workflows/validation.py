"""Validation of a graph against the inputs and outputs of a server's nodes.

Source: `GET /object_info` of ComfyUI; choices come in two forms there, `[["a", "b"], {...}]` and
`["COMBO", {"options": ["a", "b"]}]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tower_anime_assets.errors import Fault
from tower_anime_assets.production.story.source import did_you_mean, shorten
from tower_anime_assets.workflows.graphs import ObjectInfo as ObjectInfo
from tower_anime_assets.workflows.model_inputs import model_files
from tower_anime_assets.workflows.workflow import Workflow, is_link

_UPLOAD_INPUTS: Final = frozenset({("LoadImage", "image"), ("LoadImageMask", "image"), ("LoadVideo", "file")})
"""Inputs that choose an uploaded file: every job replaces the graph's value."""

CLASS_OF_SERVER: Final = "a class that the server has"
"""What is expected of every node."""

_LITERAL_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "INT": (int,),
    "FLOAT": (int, float),
    "STRING": (str,),
    "BOOLEAN": (bool,),
}


_CONVERSIONS: Final[Mapping[str, Callable[[Any], Any]]] = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}
"""What a server makes of a value before it checks it, by declared type."""


def validate_graph(
    workflow: Workflow, object_info: ObjectInfo, *, checks_files: bool = False, only_rejected: bool = False
) -> tuple[Fault, ...]:
    """Return a fault for everything in a workflow's graph that does not agree with these nodes.

    Args:
        workflow: The workflow.
        object_info: The server's node classes; a class that is missing is unknown to the server.
        checks_files: Whether the server must also have the model files.
        only_rejected: Whether what a server puts up with is left out: inputs that a node does not have, and numbers
            that are written as text.

    Source:
        ComfyUI execution.py, `validate_inputs`: values are converted by `int`, `float`, `str` and `bool`.
    """
    check = _GraphCheck(workflow, object_info, checks_files=checks_files, only_rejected=only_rejected)
    return tuple(sorted(check.faults()))


class _GraphCheck:
    def __init__(self, workflow: Workflow, object_info: ObjectInfo, *, checks_files: bool, only_rejected: bool) -> None:
        self.only_rejected = only_rejected
        self.graph = workflow.graph
        self.object_info = object_info
        self.file = f"{workflow.file.parent.name}/graph.json"
        self.unchecked_inputs = set(_UPLOAD_INPUTS)
        if not checks_files:
            self.unchecked_inputs |= {
                (workflow.graph[item.place.split(".")[0]]["class_type"], item.place.split(".", 2)[2])
                for item in model_files(workflow.graph)
            }
        self.output_nodes = workflow.output_nodes

    def faults(self) -> Iterator[Fault]:
        for node_id, node in self.graph.items():
            name = node["class_type"]
            if name not in self.object_info:
                remedy = "Update ComfyUI, or install the node pack with this class."
                yield self._fault(f"node {node_id} is of class {name}", CLASS_OF_SERVER, remedy)
            else:
                yield from self._node_faults(node_id, node)
        for node_id in self.output_nodes:
            node_info = self.object_info.get(self.graph[node_id]["class_type"])
            if node_info is not None and not node_info.get("output_node"):
                yield self._fault(
                    f"node {node_id} is listed as an output", "a node that saves", "Correct `output` in workflow.yaml."
                )

    def _node_faults(self, node_id: str, node: Mapping[str, Any]) -> Iterator[Fault]:
        inputs_info = self.object_info[node["class_type"]].get("input") or {}
        required: Mapping[str, Any] = inputs_info.get("required") or {}
        declared_inputs = {**(inputs_info.get("optional") or {}), **required}
        for name in required.keys() - node["inputs"].keys():
            remedy = "Required inputs must be sent even if they have a default."
            yield self._fault(f"{node_id}.inputs.{name} is missing", f"an input of {node['class_type']}", remedy)
        for name, value in node["inputs"].items():
            if name not in declared_inputs:
                if self.only_rejected:
                    continue
                yield self._fault(
                    f"{node_id}.inputs.{name} is unknown",
                    f"an input of {node['class_type']}",
                    did_you_mean(name, declared_inputs),
                )
            elif is_link(value):
                yield from self._link_faults(f"{node_id}.inputs.{name}", declared_inputs[name], value)
            else:
                is_unchecked = (node["class_type"], name) in self.unchecked_inputs
                yield from self._value_faults(
                    f"{node_id}.inputs.{name}", declared_inputs[name], value, is_unchecked=is_unchecked
                )

    def _link_faults(self, place: str, declared: Any, link: list[Any]) -> Iterator[Fault]:
        source, output = link
        node_info = self.object_info.get(self.graph[source]["class_type"])
        if node_info is None:
            return  # that node has a fault of its own
        output_types = list(node_info.get("output") or ())
        if output >= len(output_types):
            problem = f"{place} is linked to output {output} of {source}"
            yield self._fault(problem, f"one of its {len(output_types)} outputs", "Correct the link.")
        elif not _types_match(output_types[output], _declared_type(declared)):
            problem = f"{place} gets {shorten(str(output_types[output]))} from {source}"
            yield self._fault(problem, shorten(str(_declared_type(declared))), "Link it to an output of that type.")

    def _value_faults(self, place: str, declared: Any, value: Any, *, is_unchecked: bool) -> Iterator[Fault]:
        options = choice_options(declared)
        quoted_value = shorten(repr(value))
        if options is not None:
            if not is_unchecked and str(value) not in options:
                yield self._fault(f"{place} is {quoted_value}", "one of its choices", did_you_mean(str(value), options))
            return
        type_name = _declared_type(declared)
        types = _LITERAL_TYPES.get(str(type_name))
        if types is None:
            if isinstance(type_name, str) and type_name.isupper() and type_name != "*":
                yield self._fault(
                    f"{place} is {quoted_value}",
                    f"a link to an output of type {type_name}",
                    "Link it to a node's output.",
                )
            return
        if self.only_rejected:
            try:
                value = _CONVERSIONS[str(type_name)](value)
            except (TypeError, ValueError):
                yield self._fault(f"{place} is {quoted_value}", f"a value of type {type_name}", "Correct it.")
                return
        elif not isinstance(value, types) or (isinstance(value, bool) and type_name != "BOOLEAN"):
            yield self._fault(f"{place} is {quoted_value}", f"a value of type {type_name}", "Correct it.")
            return
        config = declared[1] if len(declared) > 1 and isinstance(declared[1], Mapping) else {}
        low, high = config.get("min"), config.get("max")
        if not isinstance(value, str) and ((low is not None and value < low) or (high is not None and value > high)):
            yield self._fault(f"{place} is {quoted_value}", f"a number from {low} to {high}", "Correct it.")

    def _fault(self, problem: str, expected: str, remedy: str) -> Fault:
        return Fault(self.file, 0, problem, expected, remedy)


def choice_options(declared: Any) -> tuple[str, ...] | None:
    """Return the options of an input, in either form; None if it is not a choice."""
    if not isinstance(declared, list | tuple) or not declared:
        return None
    if isinstance(declared[0], list | tuple):
        return tuple(map(str, declared[0]))
    if declared[0] == "COMBO" and len(declared) > 1 and isinstance(declared[1], Mapping):
        return tuple(map(str, declared[1].get("options") or ()))
    return None


def _declared_type(declared: Any) -> Any:
    return declared[0] if isinstance(declared, list | tuple) and declared else "*"


def _types_match(output_type: Any, input_type: Any) -> bool:
    """Return whether an output fits an input; either may have several types, or any type."""
    if not isinstance(output_type, str) or not isinstance(input_type, str):
        return True  # the server compares linked choices at run time
    alternatives = set(output_type.split(",")), set(input_type.split(","))
    return bool(alternatives[0] & alternatives[1]) or any(
        kind == "*" or kind.startswith("COMFY_") for part in alternatives for kind in part
    )
