"""What mends a missing model file: an entry in the map, a link on the server's machine, or a download.

Suggestions are files of the right kind, by what a header says or by the loader's own list; never a similar name.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.engines.remote.comfyui.model_disk import ModelDisk
from tower_anime_assets.engines.remote.comfyui.server_models import lora_loader_class
from tower_anime_assets.production.story.model_map import base_name
from tower_anime_assets.workflows.model_choice import LORA_FOLDER, ModelChoice, precisions_of
from tower_anime_assets.workflows.model_kinds import metadata_kind, tensor_kind, wanted_kind
from tower_anime_assets.workflows.workflow import ModelFile, ModelVariant, Workflow

_MAX_NAMED: Final = 5
_MAX_HEADERS: Final = 60
"""How many headers are looked at for one missing file."""


def with_mends(
    client: ComfyUIClient,
    workflow: Workflow,
    choices: Sequence[ModelChoice],
    *,
    suggests: bool = False,
    disk: ModelDisk | None = None,
) -> tuple[ModelChoice, ...]:
    """Return choices with what mends each missing file, the shortest first; asks the server only if one is missing.

    Args:
        client: The server.
        workflow: The workflow.
        choices: Its files at that server.
        suggests: Whether files of the right kind are looked for, which takes a request for each that its loader lists;
            otherwise those that the loader lists are named where no download is known.
        disk: What was found of the server's files on this machine, to be used for several workflows.

    Raises:
        ServiceUnavailableError: The server does not answer.
        ServiceRejectedError: Its answer is not a ComfyUI server's.
    """
    own_disk = disk or ModelDisk(client)
    return tuple(
        _with_mends(client, workflow, choice, own_disk, suggests=suggests) if choice.is_missing else choice
        for choice in choices
    )


def _with_mends(
    client: ComfyUIClient, workflow: Workflow, choice: ModelChoice, disk: ModelDisk, *, suggests: bool
) -> ModelChoice:
    of_kind, possible = _suggest_files(client, workflow, choice, disk) if suggests else ((), ())
    if not suggests and not _offers(workflow, choice):
        possible = _listed_files(client, workflow, choice)
    choice = replace(choice, suggestions=of_kind)
    return replace(choice, mends=tuple(_mends(client, workflow, choice, possible, disk)))


def _suggest_files(
    client: ComfyUIClient, workflow: Workflow, choice: ModelChoice, disk: ModelDisk
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the files that a missing file's loader lists: those whose header says its kind, those that say none."""
    item = _model_at(workflow, choice)
    files = _listed_files(client, workflow, choice)
    wanted = wanted_kind(workflow, item) if item is not None else ""
    if not wanted:
        return (), files
    kinds = {}
    for file in files[:_MAX_HEADERS]:
        header = disk.header_of(choice.folder, file)
        kinds[file] = metadata_kind(header.metadata) or tensor_kind(header.shapes)
    of_kind = tuple(file for file, kind in kinds.items() if kind == wanted)
    return of_kind, tuple(file for file in files if not kinds.get(file))


def _model_at(workflow: Workflow, choice: ModelChoice) -> ModelFile | None:
    """Return the model that a choice is for, None for a LoRA."""
    return next((one for one in workflow.models if one.place == choice.place), None)


def _listed_files(client: ComfyUIClient, workflow: Workflow, choice: ModelChoice) -> tuple[str, ...]:
    """Return the files that a missing file's loader lists."""
    item = _model_at(workflow, choice)
    if item is not None:
        node, _inputs, name = item.place.split(".", 2)
        listed = client.input_options(str(workflow.graph[node]["class_type"]), name) or ()
    else:
        listed = client.input_options(lora_loader_class(workflow), "lora_name") or ()
    return tuple(file for file in listed if "." in base_name(file))  # a few loaders list methods beside files


def _offers(workflow: Workflow, choice: ModelChoice) -> list[ModelVariant]:
    """Return the precisions of a missing file whose address is known."""
    item = _model_at(workflow, choice)
    return [offer for offer in precisions_of(item) if offer.url] if item is not None else []


def _mends(
    client: ComfyUIClient, workflow: Workflow, choice: ModelChoice, possible: Sequence[str], disk: ModelDisk
) -> Iterator[str]:
    """Yield what mends a missing file; files of which only the loader is known to take them come last."""
    candidates = choice.same_name or choice.suggestions
    if len(candidates) == 1:
        yield f"Map it: {map_command(choice.wanted, candidates[0])}"
    elif candidates:
        yield f"Map it to one of {_listing(candidates)}: {map_command(choice.wanted, 'FILE')}"
    for folder, file in _elsewhere(client, choice):
        yield link_remedy(folder, file, choice.folder, disk)
    yield from _sources(workflow, choice, disk)
    if possible and not candidates:
        files = (
            f"{_listing(possible)}, which the loader lists, serves"
            if len(possible) == 1
            else (f"one of {_listing(possible)}, which the loader lists, serves")
        )
        yield f"If {files}: {map_command(choice.wanted, possible[0] if len(possible) == 1 else 'FILE')}"


def _listing(files: Sequence[str]) -> str:
    return ", ".join(files[:_MAX_NAMED]) + (", …" if len(files) > _MAX_NAMED else "")


def _sources(workflow: Workflow, choice: ModelChoice, disk: ModelDisk) -> Iterator[str]:
    """Yield how to get a missing file: by a download where its address is known, else from where."""
    item = _model_at(workflow, choice)
    if item is None or item.mapped is not None or choice.asked != item.file:
        yield f"Put it into ComfyUI/models/{choice.folder}/ (from {_usual_source(choice)}), then refresh ComfyUI."
        return
    offers = _offers(workflow, choice)
    own = [offer for offer in offers if base_name(offer.file) == base_name(item.file)]
    others = sorted((offer for offer in offers if offer not in own), key=lambda offer: offer.size_bytes)
    downloads = [
        download_remedy(offer, disk.root_of(offer.folder or item.folder), workflow.licence)
        for offer in (*own, *others[:1])
    ]
    yield from downloads
    if not downloads:
        size = f", {item.size_bytes / 1e9:.1f} GB" if item.size_bytes else ""
        source = item.source or _usual_source(choice)
        yield f"Put it into ComfyUI/models/{choice.folder}/ (from {source}{size}), then refresh ComfyUI."


def _usual_source(choice: ModelChoice) -> str:
    if choice.folder == LORA_FOLDER:
        return "your own training or its author's page"
    return "the source of the project's style" if choice.wanted == choice.asked else "where the map's file comes from"


def map_command(wanted: str, file: str) -> str:
    """Return the command that maps a file."""
    return f"tower models map {shlex.quote(wanted)} {file if file == 'FILE' else shlex.quote(file)}"


def link_remedy(folder: str, file: str, wanted_folder: str, disk: ModelDisk) -> str:
    """Return how to make a file of one folder of models known to the loaders of another, on the server's machine."""
    stored = disk.stored(folder).get(file)
    name = file.replace("\\", "/")
    source = f"{stored.root if stored and stored.root else disk.root_of(folder)}/{name}"
    target = f"{disk.root_of(wanted_folder)}/"
    from_here = "" if source.startswith("/") else '"$PWD"/'
    return (
        f"It is in models/{folder}/, which this loader does not read. Link it on the server's machine: "
        f"mkdir -p {shlex.quote(target)} && ln -s {from_here}{shlex.quote(source)} {shlex.quote(target)}"
    )


def download_remedy(offer: ModelVariant, root: str, licence: str) -> str:
    """Return how to download a file by a tool that resumes, with its size and licence."""
    size = f"{offer.size_bytes / 1e9:.1f} GB" if offer.size_bytes else "size unknown"
    place = f"{root}/{offer.file}"
    command = f"curl -fL -C - --create-dirs -o {shlex.quote(place)} {shlex.quote(offer.url)}"
    terms = offer.licence or licence or "licence unknown"
    needs = f"; needs the node {offer.loader.class_type}" if offer.loader else ""
    return f"Download it ({size}; {terms.rstrip('.')}{needs}): {command}"


def _elsewhere(client: ComfyUIClient, choice: ModelChoice) -> Iterator[tuple[str, str]]:
    """Yield (folder, file) of the server's other folders of models that hold a file of the name."""
    for folder in client.model_folders():
        if folder not in (choice.folder, "custom_nodes", "configs"):
            for file in client.model_files(folder):
                if base_name(file) == base_name(choice.asked):
                    yield folder, file
