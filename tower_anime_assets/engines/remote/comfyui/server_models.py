"""The model files that one server has for a workflow: the choice for every place and LoRA, or what mends a missing one.

The rules are in `workflows.model_choice`; here the server is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from tower_anime_assets.clients.comfyui import ComfyUIClient, SystemStats
from tower_anime_assets.workflows.model_choice import (
    AskedModel,
    ModelChoice,
    Shelf,
    asked_lora,
    choose_file,
    choose_lora,
    graph_file,
)
from tower_anime_assets.workflows.model_hashes import FileHashes
from tower_anime_assets.workflows.workflow import ModelFile, Workflow


@dataclass(frozen=True)
class ModelRequest:
    """What a job wants of a server.

    Attributes:
        workflow: The workflow, with the map in force.
        models: File by place, as `asked_models` names them, or a lower precision of the workflow's own; places that
            are left out have the workflow's file.
        loras: Files of the LoRAs that are inserted, as the characters and the style name them.
    """

    workflow: Workflow
    models: Mapping[str, str] = field(default_factory=dict)
    loras: Sequence[str] = ()


def choose_models(
    client: ComfyUIClient, request: ModelRequest, stats: SystemStats | None = None
) -> tuple[ModelChoice, ...]:
    """Return the choice for every model file that a job wants, in the order of the graph, LoRAs last.

    Args:
        client: The server.
        request: What the job wants.
        stats: The server's state, if already known; otherwise it is asked where the card decides between precisions.

    Raises:
        ServiceUnavailableError: The server does not answer.
        ServiceRejectedError: Its answer is not a ComfyUI server's.
    """
    workflow = request.workflow
    if stats is None and any(item.variants for item in workflow.models):
        stats = client.system_stats()
    card_bytes = stats.vram_total_bytes if stats is not None and not stats.is_cpu else 0
    shelf = Shelf(client.input_options, card_bytes, partial(known_digests, client, workflow.file_hashes))
    places = (choose_file(workflow, item, _asked_at(workflow, item, request.models), shelf) for item in workflow.models)
    loader = lora_loader_class(workflow) if workflow.lora_after else ""
    loras = (choose_lora(asked_lora(workflow, file), loader, shelf) for file in dict.fromkeys(request.loras) if loader)
    return (*places, *loras)


def lora_loader_class(workflow: Workflow) -> str:
    """Return the class of the nodes that load a workflow's LoRAs."""
    return "LoraLoader" if workflow.lora_after[0].clip else "LoraLoaderModelOnly"


def _asked_at(workflow: Workflow, item: ModelFile, models: Mapping[str, str]) -> AskedModel:
    """Return what is asked for at a place, with the entry of the map that it comes from."""
    file = models.get(item.place, item.file)
    if file == item.file:
        return AskedModel(item.place, graph_file(workflow, item), file, item.mapped)
    entry = next((one for one in workflow.model_map.entries if one.file == file and not one.workflow_place), None)
    return AskedModel(item.place, entry.wanted if entry else file, file, entry)


def known_digests(client: ComfyUIClient, hashes: FileHashes, folder: str) -> dict[str, str]:
    """Return the SHA-256 of a server's files in a folder by name, as far as they were measured and have not changed."""
    measured = hashes.get(client.url, {}).get(folder, {})
    if not measured:
        return {}
    return {
        stored.file: known.sha256
        for stored in client.stored_models(folder)
        if (known := measured.get(stored.file)) is not None and known.is_of(stored.size_bytes, stored.modified_s)
    }
