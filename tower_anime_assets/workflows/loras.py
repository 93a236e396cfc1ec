"""LoRA loaders put into a graph, right after what loads the model that they change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tower_anime_assets.errors import PlanError
from tower_anime_assets.workflows.graphs import is_inside
from tower_anime_assets.workflows.workflow import LoraSlot, Workflow, is_link


@dataclass(frozen=True)
class LoraUse:
    """A LoRA as a graph takes it; with `base_model` it is refused where it does not fit, without it nobody can tell."""

    file: str
    strength_model: float
    strength_clip: float
    base_model: str = ""


def base_fits(workflow: Workflow, base_model: str) -> bool:
    """Return whether a LoRA of a base model fits a workflow; what is not known is not held against it.

    Names are compared without case and punctuation: `LTX-2B` is `ltx_2b`.
    """
    return not base_model or not workflow.base_model or _plain(base_model) == _plain(workflow.base_model)


def with_loras(
    workflow: Workflow, graph: dict[str, Any], loras: Sequence[LoraUse]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the graph with a chain of loaders after each slot, and what they are set to, by place.

    The loaders hold nothing themselves, so that the same number of LoRAs always gives the same graph.

    Raises:
        PlanError: The workflow takes no LoRA, one was trained for another base model, or a file's name leads astray.
    """
    if not loras:
        return graph, {}
    _refuse_unfit(workflow, loras)
    changes: dict[str, Any] = {}
    for slot in workflow.lora_after:
        graph = _with_chain(graph, slot, loras, changes)
    return graph, changes


def _refuse_unfit(workflow: Workflow, loras: Sequence[LoraUse]) -> None:
    if not workflow.lora_after:
        raise PlanError(
            f"workflow {workflow.name} takes no LoRA, but {', '.join(item.file for item in loras)} is asked for; "
            "choose another workflow, or say under `loras` in its workflow.yaml which node loads the model"
        )
    strangers = [f"{item.file} is for {item.base_model}" for item in loras if not base_fits(workflow, item.base_model)]
    if strangers:
        raise PlanError(
            f"{workflow.name} runs {workflow.base_model}, but {'; '.join(strangers)}. Use a LoRA trained for "
            f"{workflow.base_model}, or choose another workflow"
        )
    astray = [item.file for item in loras if not is_inside(item.file)]
    if astray:
        raise PlanError(f"LoRA {', '.join(astray)} is no name below ComfyUI/models/loras; expected one without `..`")


def _with_chain(
    graph: dict[str, Any], slot: LoraSlot, loras: Sequence[LoraUse], changes: dict[str, Any]
) -> dict[str, Any]:
    """Return the graph with one loader for each LoRA after a slot, and everybody who used it behind the last."""
    model, clip = slot.model, slot.clip
    added: dict[str, Any] = {}
    for number, lora in enumerate(loras, 1):
        node_id = _free_id(f"{slot.model[0]}_lora{number}", graph)
        inputs: dict[str, Any] = {"model": list(model), "lora_name": "", "strength_model": 1.0}
        changes[f"{node_id}.inputs.lora_name"] = lora.file
        changes[f"{node_id}.inputs.strength_model"] = lora.strength_model
        if clip is not None:
            inputs |= {"clip": list(clip), "strength_clip": 1.0}
            changes[f"{node_id}.inputs.strength_clip"] = lora.strength_clip
            clip = (node_id, 1)
        class_type = "LoraLoader" if slot.clip else "LoraLoaderModelOnly"
        added[node_id] = {"class_type": class_type, "inputs": inputs}
        model = (node_id, 0)
    moved = {slot.model: model} | ({slot.clip: clip} if slot.clip and clip else {})
    behind = {node_id: {**node, "inputs": _relinked(node["inputs"], moved)} for node_id, node in graph.items()}
    return behind | added


def _relinked(inputs: dict[str, Any], moved: dict[tuple[str, int], tuple[str, int]]) -> dict[str, Any]:
    return {
        name: list(moved.get((value[0], value[1]), (value[0], value[1]))) if is_link(value) else value
        for name, value in inputs.items()
    }


def _free_id(wanted: str, graph: dict[str, Any]) -> str:
    while wanted in graph:
        wanted += "_"
    return wanted


def _plain(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
