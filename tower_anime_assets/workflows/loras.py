"""Insertion of LoRA loaders into a graph, right after the loader of the model that they change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.base_models import LoraFit, lora_fit
from tower_anime_assets.production.story.model import Lora
from tower_anime_assets.workflows.graphs import is_relative_inside
from tower_anime_assets.workflows.workflow import LoraSlot, Workflow, is_link


@dataclass(frozen=True)
class LoraUse:
    """A LoRA to insert."""

    file: str
    strength_model: float
    strength_clip: float


TAKES_NO_LORAS: Final = "the workflow takes no LoRAs"


def workflow_lora_fit(workflow: Workflow, lora: Lora) -> LoraFit:
    """Return whether a LoRA is used in a workflow: its base model fits, and the graph has a place for it."""
    fit = lora_fit(lora.base_model, lora.stage, workflow.base_model, workflow.medium)
    return LoraFit(False, TAKES_NO_LORAS) if fit.is_used and not workflow.lora_after else fit


def insert_loras(
    workflow: Workflow, graph: dict[str, Any], loras: Sequence[LoraUse]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the graph with a chain of loaders after each slot, and the loaders' values by place.

    The values are not part of the graph, so the same number of LoRAs always gives the same graph.

    Raises:
        PlanError: The workflow takes no LoRAs, or a file name is unsafe.
    """
    if not loras:
        return graph, {}
    _check_loras(workflow, loras)
    changes: dict[str, Any] = {}
    for slot in workflow.lora_after:
        graph = _insert_chain(graph, slot, loras, changes)
    return graph, changes


def _check_loras(workflow: Workflow, loras: Sequence[LoraUse]) -> None:
    if not workflow.lora_after:
        raise PlanError(
            f"workflow {workflow.name} takes no LoRAs, but {', '.join(item.file for item in loras)} is requested; "
            "choose another workflow, or name the node that loads the model under `loras` in its workflow.yaml"
        )
    unsafe_files = [item.file for item in loras if not is_relative_inside(item.file)]
    if unsafe_files:
        raise PlanError(
            f"LoRA {', '.join(unsafe_files)} is not a name below ComfyUI/models/loras; expected one without `..`"
        )


def _insert_chain(
    graph: dict[str, Any], slot: LoraSlot, loras: Sequence[LoraUse], changes: dict[str, Any]
) -> dict[str, Any]:
    """Return the graph with a loader for each LoRA after a slot; nodes linked to the slot follow the last loader."""
    model, clip = slot.model, slot.clip
    loaders: dict[str, Any] = {}
    for number, lora in enumerate(loras, 1):
        node_id = _unused_id(f"{slot.model[0]}_lora{number}", graph)
        inputs: dict[str, Any] = {"model": list(model), "lora_name": "", "strength_model": 1.0}
        changes[f"{node_id}.inputs.lora_name"] = lora.file
        changes[f"{node_id}.inputs.strength_model"] = lora.strength_model
        if clip is not None:
            inputs |= {"clip": list(clip), "strength_clip": 1.0}
            changes[f"{node_id}.inputs.strength_clip"] = lora.strength_clip
            clip = (node_id, 1)
        class_type = "LoraLoader" if slot.clip else "LoraLoaderModelOnly"
        loaders[node_id] = {"class_type": class_type, "inputs": inputs}
        model = (node_id, 0)
    new_sources = {slot.model: model} | ({slot.clip: clip} if slot.clip and clip else {})
    rewired = {
        node_id: {**node, "inputs": _rewire_inputs(node["inputs"], new_sources)} for node_id, node in graph.items()
    }
    return rewired | loaders


def _rewire_inputs(inputs: dict[str, Any], new_sources: dict[tuple[str, int], tuple[str, int]]) -> dict[str, Any]:
    return {
        name: list(new_sources.get((value[0], value[1]), (value[0], value[1]))) if is_link(value) else value
        for name, value in inputs.items()
    }


def _unused_id(node_id: str, graph: dict[str, Any]) -> str:
    while node_id in graph:
        node_id += "_"
    return node_id
