"""The inputs of a graph that a role could be bound to, as people are shown them, and the bindings that they give."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.source import did_you_mean, shorten
from tower_anime_assets.workflows.node_inputs import MODEL_SUFFIXES, NodeInputs, is_choice
from tower_anime_assets.workflows.workflow import INPUT_ROLES, Workflow, is_link

OUTPUT: Final = "output"
"""The word for the node that saves the result, beside the roles of inputs."""

_PLACE: Final = re.compile(r"(?P<node>[A-Za-z0-9_:-]{1,64})\.(?:inputs\.)?(?P<name>[^\x00-\x1f]{1,120})")
_SHOWN_CHARACTERS: Final = 60


@dataclass(frozen=True)
class BindableInput:
    """An input with a value of its own.

    Attributes:
        place: `NODE.INPUT`, as `--bind` takes it.
        kind: `text`, `number`, `file`, `seed` or `choice`.
        value: What the graph has there.
        title: What the editor shows above the node.
        class_type: The node's class.
        role: The role that it is bound to; "" for none.
    """

    place: str
    kind: str
    value: str | int | float
    title: str
    class_type: str
    role: str

    def __str__(self) -> str:
        value = shorten(repr(self.value), _SHOWN_CHARACTERS)
        node = f"{self.title} ({self.class_type})" if self.title and self.title != self.class_type else self.class_type
        bound = f"  = {self.role}" if self.role else ""
        return f"{self.place:<24} {self.kind:<6} {value}  {node}{bound}"


def list_bindable_inputs(workflow: Workflow, inputs: NodeInputs) -> tuple[BindableInput, ...]:
    """Return every input of a workflow's graph that holds a string or a number, in the graph's order."""
    role_by_place = {place: role for role, places in workflow.bindings.items() for place in places}
    return tuple(
        BindableInput(
            f"{node_id}.{name}",
            _kind_of(inputs, node_id, name, value),
            value,
            inputs.titles.get(node_id, ""),
            inputs.class_of(node_id),
            role_by_place.get(f"{node_id}.inputs.{name}", ""),
        )
        for node_id, node in workflow.graph.items()
        for name, value in node["inputs"].items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    )


def _kind_of(inputs: NodeInputs, node_id: str, name: str, value: str | int | float) -> str:
    config = inputs.config(node_id, name)
    if isinstance(value, int | float):
        is_seed = name in ("seed", "noise_seed") or bool(config.get("control_after_generate"))
        return "seed" if is_seed else "number"
    is_upload = any(config.get(key) for key in ("image_upload", "video_upload", "audio_upload"))
    if is_upload or value.lower().endswith(
        (*MODEL_SUFFIXES, ".png", ".jpg", ".jpeg", ".webp", ".mp4", ".webm", ".wav")
    ):
        return "file"
    return "choice" if is_choice(inputs.declaration(node_id, name)) else "text"


def parse_bindings(words: Sequence[str], graph: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return places by role of words such as `prompt=12.text` or `prompt=12.text,13.text`; `negative=` unbinds.

    The role may be `output`: then nodes are named, not inputs.

    Raises:
        PlanError: A word is not of that form, or names a role, node or input that does not exist.
    """
    places_by_role: dict[str, dict[str, None]] = {}
    for word in words:
        role, equals, texts = word.partition("=")
        roles = (*INPUT_ROLES, OUTPUT)
        if not equals:
            raise PlanError(f"{word!r} is not a binding; expected ROLE=NODE.INPUT, such as prompt=12.text")
        if role not in roles:
            raise PlanError(f"there is no role {role!r}. {did_you_mean(role, roles)}")
        places = places_by_role.setdefault(role, {})
        for text in filter(None, texts.split(",")):
            places[_node_of(text, graph) if role == OUTPUT else _place_of(text, graph)] = None
    return {role: tuple(places) for role, places in places_by_role.items()}


def _node_of(text: str, graph: Mapping[str, Any]) -> str:
    if text not in graph:
        raise PlanError(f"the graph has no node {text!r}. {did_you_mean(text, graph)}")
    return text


def _place_of(text: str, graph: Mapping[str, Any]) -> str:
    match = _PLACE.fullmatch(text.strip())
    if match is None:
        raise PlanError(f"{text!r} is not an input; expected NODE.INPUT, such as 12.text")
    node, name = _node_of(match["node"], graph), match["name"]
    inputs = graph[node]["inputs"]
    if name not in inputs:
        raise PlanError(
            f"node {node} ({graph[node]['class_type']}) has no input {name!r}. {did_you_mean(name, inputs)}"
        )
    if is_link(inputs[name]):
        source = inputs[name][0]
        raise PlanError(
            f"{node}.{name} takes its value from node {source} ({graph[source]['class_type']}); bind an input of that "
            "node instead"
        )
    return f"{node}.inputs.{name}"
