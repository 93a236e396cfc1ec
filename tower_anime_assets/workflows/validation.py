"""A graph held against what nodes take and give; facts in, faults out.

Source: `GET /object_info` of ComfyUI; choices come in two forms there, `[["a", "b"], {...}]` and
`["COMBO", {"options": ["a", "b"]}]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tower_anime_assets.errors import Fault
from tower_anime_assets.production.story.source import shortened, suggestion
from tower_anime_assets.workflows.inference import models_of
from tower_anime_assets.workflows.workflow import Workflow, is_link

Facts = Mapping[str, Mapping[str, Any]]
"""What a server says of each node class, by class."""

_UPLOADS: Final = frozenset({("LoadImage", "image"), ("LoadImageMask", "image"), ("LoadVideo", "file")})
"""Inputs that choose among what was uploaded: what a graph holds there is replaced by every job."""

_LITERAL_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "INT": (int,),
    "FLOAT": (int, float),
    "STRING": (str,),
    "BOOLEAN": (bool,),
}


def faults_of(workflow: Workflow, facts: Facts, *, with_files: bool = False) -> tuple[Fault, ...]:
    """Return everything that a server with these nodes would refuse in a workflow's graph; () when it takes it.

    Args:
        facts: Of every node class that the graph has; a class that is missing is unknown to the server.
        with_files: Whether model files are looked for among the server's, too.
    """
    check = _Check(workflow, facts, with_files=with_files)
    return tuple(sorted(check.faults()))


class _Check:
    def __init__(self, workflow: Workflow, facts: Facts, *, with_files: bool) -> None:
        self.graph = workflow.graph
        self.facts = facts
        self.file = f"{workflow.file.parent.name}/graph.json"
        self.free = set(_UPLOADS)
        if not with_files:
            self.free |= {
                (workflow.graph[item.place.split(".")[0]]["class_type"], item.place.split(".", 2)[2])
                for item in models_of(workflow.graph)
            }
        self.outputs = workflow.output_nodes

    def faults(self) -> Iterator[Fault]:
        for node_id, node in self.graph.items():
            name = node["class_type"]
            if name not in self.facts:
                remedy = "Update ComfyUI, or install the node pack that brings it."
                yield self._fault(f"node {node_id} is of class {name}", "a class that the server knows", remedy)
            else:
                yield from self._node_faults(node_id, node)
        for node_id in self.outputs:
            fact = self.facts.get(self.graph[node_id]["class_type"])
            if fact is not None and not fact.get("output_node"):
                yield self._fault(
                    f"node {node_id} is said to be an output", "a node that saves", "Correct `output` in workflow.yaml."
                )

    def _node_faults(self, node_id: str, node: Mapping[str, Any]) -> Iterator[Fault]:
        declared = self.facts[node["class_type"]].get("input") or {}
        required: Mapping[str, Any] = declared.get("required") or {}
        known = {**(declared.get("optional") or {}), **required}
        for name in required.keys() - node["inputs"].keys():
            remedy = "Required inputs are sent even where they have a default."
            yield self._fault(f"{node_id}.inputs.{name} is missing", f"an input of {node['class_type']}", remedy)
        for name, value in node["inputs"].items():
            if name not in known:
                yield self._fault(
                    f"{node_id}.inputs.{name} is unknown", f"an input of {node['class_type']}", suggestion(name, known)
                )
            elif is_link(value):
                yield from self._link_faults(f"{node_id}.inputs.{name}", known[name], value)
            else:
                is_free = (node["class_type"], name) in self.free
                yield from self._value_faults(f"{node_id}.inputs.{name}", known[name], value, is_free=is_free)

    def _link_faults(self, place: str, declared: Any, link: list[Any]) -> Iterator[Fault]:
        source, output = link
        fact = self.facts.get(self.graph[source]["class_type"])
        if fact is None:
            return  # said of that node already
        given = list(fact.get("output") or ())
        if output >= len(given):
            problem = f"{place} is taken from output {output} of {source}"
            yield self._fault(problem, f"one of its {len(given)} outputs", "Correct the link.")
        elif not _fits(given[output], _type_of(declared)):
            problem = f"{place} is given {shortened(str(given[output]))} by {source}"
            yield self._fault(problem, shortened(str(_type_of(declared))), "Link it to an output of that type.")

    def _value_faults(self, place: str, declared: Any, value: Any, *, is_free: bool) -> Iterator[Fault]:
        options = options_of(declared)
        shown = shortened(repr(value))
        if options is not None:
            if not is_free and value not in options:
                yield self._fault(f"{place} is {shown}", "one of its choices", suggestion(str(value), options))
            return
        kind = _type_of(declared)
        types = _LITERAL_TYPES.get(str(kind))
        if types is None:
            if isinstance(kind, str) and kind.isupper() and kind != "*":
                yield self._fault(f"{place} is {shown}", f"a link that gives {kind}", "Link it to a node's output.")
            return
        if not isinstance(value, types) or (isinstance(value, bool) and kind != "BOOLEAN"):
            yield self._fault(f"{place} is {shown}", f"a value of type {kind}", "Correct it.")
            return
        config = declared[1] if len(declared) > 1 and isinstance(declared[1], Mapping) else {}
        low, high = config.get("min"), config.get("max")
        if not isinstance(value, str) and ((low is not None and value < low) or (high is not None and value > high)):
            yield self._fault(f"{place} is {shown}", f"a number from {low} to {high}", "Correct it.")

    def _fault(self, problem: str, expected: str, remedy: str) -> Fault:
        return Fault(self.file, 0, problem, expected, remedy)


def options_of(declared: Any) -> tuple[str, ...] | None:
    """Return what an input chooses among, in either form; None when it is no choice."""
    if not isinstance(declared, list | tuple) or not declared:
        return None
    if isinstance(declared[0], list | tuple):
        return tuple(map(str, declared[0]))
    if declared[0] == "COMBO" and len(declared) > 1 and isinstance(declared[1], Mapping):
        return tuple(map(str, declared[1].get("options") or ()))
    return None


def _type_of(declared: Any) -> Any:
    return declared[0] if isinstance(declared, list | tuple) and declared else "*"


def _fits(given: Any, wanted: Any) -> bool:
    """Return whether an output fits an input; both may be one of several types, or anything."""
    if not isinstance(given, str) or not isinstance(wanted, str):
        return True  # choices linked to choices: the server compares them at run time
    kinds = set(given.split(",")), set(wanted.split(","))
    return bool(kinds[0] & kinds[1]) or any(kind == "*" or kind.startswith("COMFY_") for part in kinds for kind in part)
