"""How ComfyUI checks a graph before it queues it: the same faults, types and words as were recorded on 0.3.64."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tower_anime_assets_tests.fakes.node_facts import NodeClass, NodeInput


@dataclass(frozen=True)
class Checked:
    """What came of a graph.

    Attributes:
        outputs: Ids of the output nodes that will run; a bad branch is left out.
        error: Why nothing runs at all; None when something does.
        node_errors: What is wrong, by node.
    """

    outputs: tuple[str, ...] = ()
    error: Mapping[str, Any] | None = None
    node_errors: Mapping[str, Any] = field(default_factory=dict)


def checked(
    graph: Any,
    classes: Mapping[str, NodeClass],
    files: Mapping[str, Sequence[str]],
    has_input: Callable[[str], bool],
) -> Checked:
    """Return what a server with these node classes and files would say to a graph.

    Args:
        graph: Anything that was posted as one.
        classes: Node classes by name.
        files: Model files by folder.
        has_input: Whether an uploaded file of this name is there.
    """
    nodes: Mapping[str, Any] = graph if isinstance(graph, dict) else {}
    for node, entry in nodes.items():
        if not isinstance(entry, dict) or "class_type" not in entry:
            return _refused(
                "invalid_prompt",
                "Cannot execute because a node is missing the class_type property.",
                f"Node ID '#{node}'",
            )
        if entry["class_type"] not in classes:
            message = f"Cannot execute because node {entry['class_type']} does not exist."
            return _refused("invalid_prompt", message, f"Node ID '#{node}'")
    wanted = [node for node, entry in nodes.items() if classes[entry["class_type"]].is_output]
    if not wanted:
        return _refused("prompt_no_outputs", "Prompt has no outputs")
    check = _Check(nodes, classes, files, has_input)
    good = tuple(node for node in wanted if check.is_good_output(node))
    if good:
        return Checked(good, None, check.told())
    details = "\n".join(
        f"{fault['message']}: {fault['details']}" for node in wanted for fault in check.faults.get(node, ())
    )
    error = _error("prompt_outputs_failed_validation", "Prompt outputs failed validation", details)
    return Checked((), error, check.told())


class _InnerError(Exception):
    """What Python raised on the server while it looked at a node; caught where the node is used."""

    def __init__(self, kind: str, words: str) -> None:
        super().__init__(words)
        self.kind = kind
        self.words = words


@dataclass
class _Check:
    nodes: Mapping[str, Any]
    classes: Mapping[str, NodeClass]
    files: Mapping[str, Sequence[str]]
    has_input: Callable[[str], bool]
    faults: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    outputs: dict[str, list[str]] = field(default_factory=dict)
    _good: dict[str, bool] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def is_good_output(self, node: str) -> bool:
        before = {name: len(found) for name, found in self.faults.items()}
        self._open = []
        try:
            is_good = self._is_good(node)
        except _InnerError as fault:
            self._note(node, _exception("Exception when validating node", fault, {}, "exception_during_validation"))
            is_good = False
        for name, found in self.faults.items():
            if len(found) > before.get(name, 0):
                self.outputs.setdefault(name, []).append(node)
        return is_good

    def told(self) -> dict[str, Any]:
        return {
            node: {
                "errors": errors,
                "dependent_outputs": self.outputs.get(node, []),
                "class_type": self.nodes[node]["class_type"],
            }
            for node, errors in self.faults.items()
        }

    def _is_good(self, node: str) -> bool:
        if node in self._good:
            return self._good[node]
        if node in self._open:  # a cycle: refused without a word
            return False
        self._open.append(node)
        given = self.nodes[node].get("inputs", {})
        known = self.classes[self.nodes[node]["class_type"]].inputs
        verdicts = [self._is_good_input(node, given, wanted) for wanted in known.values()]  # every fault is named
        self._good[node] = all(verdicts)
        return self._good[node]

    def _is_good_input(self, node: str, given: Mapping[str, Any], wanted: NodeInput) -> bool:
        if wanted.name not in given:
            if wanted.is_required:
                about = {"input_name": wanted.name}
                self._note(node, _fault("required_input_missing", "Required input is missing", wanted.name, about))
            return not wanted.is_required
        value = given[wanted.name]
        if isinstance(value, list):
            return self._is_good_link(node, wanted, value)
        found = self._value_fault(wanted, value)
        if found is not None:
            self._note(node, found)
        return found is None

    def _is_good_link(self, node: str, wanted: NodeInput, value: list[Any]) -> bool:
        about = {"input_name": wanted.name, "input_config": wanted.told(self.files)}
        if len(value) != 2:
            words = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
            self._note(node, _fault("bad_linked_input", words, wanted.name, {**about, "received_value": value}))
            return False
        source, slot = value
        if source not in self.nodes:
            raise _InnerError("KeyError", repr(source))
        gives = self.classes[self.nodes[source]["class_type"]].outputs
        if not isinstance(slot, int) or slot >= len(gives):
            raise _InnerError("IndexError", "tuple index out of range")
        if "*" not in (gives[slot], wanted.type) and gives[slot] not in _accepted(wanted):
            details = f"{wanted.name}, received_type({gives[slot]}) mismatch input_type({wanted.type})"
            about |= {"received_type": gives[slot], "linked_node": value}
            self._note(
                node, _fault("return_type_mismatch", "Return type mismatch between linked nodes", details, about)
            )
            return False
        try:
            return self._is_good(source)
        except _InnerError as fault:
            self._good[source] = False
            words = "Exception when validating inner node"
            kind = "exception_during_inner_validation"
            self._note(source, _exception(words, fault, {**about, "linked_node": value}, kind))
            return False

    def _value_fault(self, wanted: NodeInput, value: Any) -> dict[str, Any] | None:
        about = {"input_name": wanted.name, "input_config": wanted.told(self.files), "received_value": value}
        if wanted.type in ("INT", "FLOAT"):
            return _number_fault(wanted, value, about)
        if wanted.type == "FILE" and wanted.folder == "input":
            if self.has_input(str(value)):
                return None
            details = f"{wanted.name} - Invalid {wanted.name} file: {value}"
            about = {"input_name": wanted.name}
            return _fault("custom_validation_failed", "Custom validation failed for node", details, about)
        choices = wanted.choices(self.files)
        if choices is not None and value not in choices:
            details = f"{wanted.name}: {value!r} not in {list(choices)}"
            return _fault("value_not_in_list", "Value not in list", details, about)
        return None

    def _note(self, node: str, fault: dict[str, Any]) -> None:
        self.faults.setdefault(node, []).append(fault)


def _accepted(wanted: NodeInput) -> tuple[str, ...]:
    return ("COMBO",) if wanted.type in ("CHOICE", "FILE") else tuple(wanted.type.split(","))


def _number_fault(wanted: NodeInput, value: Any, about: dict[str, Any]) -> dict[str, Any] | None:
    try:
        number = int(value) if wanted.type == "INT" else float(value)
    except (TypeError, ValueError) as error:
        return _fault(
            "invalid_input_type",
            f"Failed to convert an input value to a {wanted.type} value",
            f"{wanted.name}, {value}, {error}",
            {**about, "exception_message": str(error)},
        )
    if wanted.low is not None and number < wanted.low:
        words = f"Value {number} smaller than min of {wanted.low}"
        return _fault("value_smaller_than_min", words, wanted.name, about)
    if wanted.high is not None and number > wanted.high:
        words = f"Value {number} bigger than max of {wanted.high}"
        return _fault("value_bigger_than_max", words, wanted.name, about)
    return None


def _fault(kind: str, message: str, details: str, about: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": kind, "message": message, "details": details, "extra_info": dict(about)}


def _exception(message: str, fault: _InnerError, about: Mapping[str, Any], kind: str) -> dict[str, Any]:
    extra = {**about, "exception_message": fault.words, "exception_type": fault.kind, "traceback": []}
    return _fault(kind, message, fault.words, extra)


def _error(kind: str, message: str, details: str = "") -> dict[str, Any]:
    return {"type": kind, "message": message, "details": details, "extra_info": {}}


def _refused(kind: str, message: str, details: str = "") -> Checked:
    return Checked((), _error(kind, message, details))
