"""What a server must have before it is given a job: everything that is missing, found at once and said in one message.

Looks only. What is free of a card's memory is said to people but stops no job: it may be a job that ends, or models
that ComfyUI unloads when ours are needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from tower_anime_assets.clients.comfyui import ComfyUIClient, SystemStats
from tower_anime_assets.errors import ServiceError, ServiceRejectedError, ServiceUnavailableError
from tower_anime_assets.production.story.model import Lora, Project
from tower_anime_assets.settings import Settings
from tower_anime_assets.workflows.loras import LoraUse, is_base_compatible
from tower_anime_assets.workflows.registry import load_registry_for
from tower_anime_assets.workflows.workflow import ModelFile, Workflow

CHECKPOINTS: Final = "checkpoints"
"""The folder of ComfyUI/models whose file a style's `checkpoint` takes the place of."""

KEYFRAME_CAPABILITIES: Final = ("text_to_image", "anime_generation")
CLIP_CAPABILITIES: Final = ("image_to_video",)
"""What a workflow must be able to do to make keyframes out of words, or clips that grow from them."""


@dataclass(frozen=True)
class Problem:
    """One thing that keeps a server from making a workflow's takes."""

    what: str
    expected: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, found {self.found}. {self.remedy}"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, as `tower doctor` shows it."""

    what: str
    ok: bool
    says: str
    remedy: str = ""


class Preflight:
    """What was found right at which server in this process; what was wrong is looked at again each time."""

    def __init__(self) -> None:
        self._passed: set[tuple[Any, ...]] = set()
        self._lock = Lock()

    def demand(
        self, client: ComfyUIClient, workflow: Workflow, loras: Sequence[LoraUse], models: Mapping[str, str]
    ) -> None:
        """Raise unless a server has all that a workflow needs.

        Raises:
            ServiceRejectedError: Something is missing; everything that is, in one message.
            ServiceUnavailableError: The server does not answer.
        """
        asked = (
            client.url,
            workflow.name,
            workflow.sha256,
            tuple(sorted(models.items())),
            *sorted({item.file for item in loras}),
        )
        with self._lock:
            if asked in self._passed:
                return
        problems = tuple(_lacks(client, client.system(), workflow, loras, models))
        if problems:
            listed = "\n".join(f"  {problem}" for problem in problems)
            raise ServiceRejectedError(f"ComfyUI at {client.url} cannot run {workflow.name}:\n{listed}")
        with self._lock:
            self._passed.add(asked)


def examine(
    client: ComfyUIClient,
    workflow: Workflow,
    loras: Sequence[LoraUse | Lora] = (),
    models: Mapping[str, str] | None = None,
    stats: SystemStats | None = None,
) -> tuple[Problem, ...]:
    """Return everything that keeps a server from running a workflow; () when nothing does.

    Args:
        loras: LoRAs that will be used; those of a project also say their base model, which is compared.
        models: File by place, where others than the workflow's own are used.
        stats: What the server just told of itself; it is asked without.

    Raises:
        ServiceUnavailableError: The server does not answer.
        ServiceRejectedError: It answers what a ComfyUI server does not.
    """
    stats = stats or client.system()
    return (*_lacks(client, stats, workflow, loras, models or {}), *_free_memory(stats, workflow))


def _lacks(
    client: ComfyUIClient,
    stats: SystemStats,
    workflow: Workflow,
    loras: Sequence[LoraUse | Lora],
    models: Mapping[str, str],
) -> Iterator[Problem]:
    files = {item.place: models.get(item.place, item.file) for item in workflow.models}
    yield from _version(stats, workflow)
    yield from _nodes(client, workflow, loras)
    yield from _models(client, workflow, files)
    yield from _loras(client, workflow, loras)
    yield from known_failures(workflow, files)
    yield from _card(stats, workflow)


def known_failures(workflow: Workflow, files: Mapping[str, str]) -> Iterator[Problem]:
    """Yield what is known to fail only after minutes, or to render noise, though a server takes the graph.

    Args:
        files: Model file by place.
    """
    if "ltx" not in workflow.base_model.casefold():
        return
    for place, file in files.items():
        node = place.split(".")[0]
        kind = workflow.graph[node]["class_type"]
        if kind == "UNETLoader" and "ltx" in file.casefold():
            yield Problem(
                f"{file} through UNETLoader (node {node})",
                "CheckpointLoaderSimple",
                "UNETLoader",
                "LTX Video is one file with its VAE: load it from ComfyUI/models/checkpoints/.",
            )
        if "gemma" in file.casefold() and "2b" in workflow.base_model.casefold():
            yield Problem(
                f"text encoder {file} (node {node})",
                "a T5-XXL encoder such as t5xxl_fp16.safetensors",
                "a Gemma encoder, which belongs to LTX-2",
                "Bind the T5 encoder with CLIPLoader, type ltxv.",
            )
    if not any("t5" in file.casefold() for file in files.values()):
        yield Problem(
            "text encoder",
            "a T5-XXL encoder such as t5xxl_fp16.safetensors",
            "none in the workflow",
            "LTX Video checkpoints hold no text encoder: add CLIPLoader, type ltxv, and the file to "
            "ComfyUI/models/text_encoders/.",
        )


def chosen_models(workflow: Workflow, checkpoint: str) -> dict[str, str]:
    """Return the file at each loader of a workflow of stills: its own, but for the checkpoint that a style names."""
    return {
        item.place: checkpoint if checkpoint and item.folder == CHECKPOINTS else item.file for item in workflow.models
    }


def absence(server: str, token: str) -> str:
    """Return why a server does not answer, "" when it does, whatever it answers."""
    client = ComfyUIClient(server, token)
    try:
        client.system()
    except ServiceUnavailableError as error:
        return str(error)
    except ServiceError:
        return ""
    finally:
        client.close()
    return ""


def findings(settings: Settings, project: Project, workflows: Sequence[Workflow] = ()) -> list[Finding]:
    """Return what `tower doctor` says of every server, for what a project wants of them; [] when it wants nothing.

    Args:
        workflows: Those that the project is made with: each must run on every server. Without, each kind of work must
            find one complete workflow among all there are.
    """
    wanted = {
        kind: capabilities
        for kind, capabilities, choice in (
            ("keyframes", KEYFRAME_CAPABILITIES, project.engines.keyframes),
            ("clips", CLIP_CAPABILITIES, project.engines.clips),
        )
        if choice in ("auto", "comfyui")
    }
    if not wanted or not settings.comfyui_servers:
        return []
    loras = [one.lora for one in project.characters if one.lora is not None] + list(project.style.loras)
    known = workflows or [
        item for item in load_registry_for(settings, project.id).all() if item.is_routable and item.graph
    ]
    said: list[Finding] = []
    for server in settings.comfyui_servers:
        client = ComfyUIClient(server, settings.auth_token, remembers_nodes=True)
        try:
            said += _findings_at(client, project, wanted, known, loras, is_strict=bool(workflows))
        except ServiceError as error:
            said.append(Finding(f"ComfyUI {server}", False, str(error), "Start it, or correct COMFYUI_URL."))
        finally:
            client.close()
    return said


def _findings_at(
    client: ComfyUIClient,
    project: Project,
    wanted: Mapping[str, Sequence[str]],
    known: Sequence[Workflow],
    loras: Sequence[Lora],
    *,
    is_strict: bool,
) -> Iterator[Finding]:
    stats = client.system()
    memory = f"{_gb(stats.vram_free_bytes)} of {_gb(stats.vram_total_bytes)} free"
    yield Finding(f"ComfyUI {client.url}", True, f"{stats.version}, {stats.device}, {memory}")
    for kind, capabilities in wanted.items():
        takes_picture = kind == "clips"
        fit = [
            item
            for item in known
            if not item.capabilities.isdisjoint(capabilities) and ("image" in item.bindings) == takes_picture
        ]
        used = loras if kind == "keyframes" else ()
        faults = {
            item.name: examine(
                client,
                item,
                [one for one in used if is_base_compatible(item, one.base_model)],
                {} if takes_picture else chosen_models(item, project.style.checkpoint),
                stats,
            )
            for item in fit
        }
        whole = [name for name, problems in faults.items() if not problems]
        broken = sorted((name for name, problems in faults.items() if problems), key=lambda name: len(faults[name]))
        what = f"{project.id}: {kind} at {client.url}"
        blamed = broken if is_strict else ([] if whole else broken[:1])
        if not fit:
            yield Finding(what, False, f"no workflow has {' or '.join(capabilities)}", "See `tower workflows list`.")
        elif blamed:
            says = "\n".join(f"{name}: {problem}" for name in blamed for problem in faults[name])
            yield Finding(what, False, says, "Put the files where they belong, then refresh ComfyUI.")
        else:
            yield Finding(what, True, f"complete: {', '.join(whole)}")


def _version(stats: SystemStats, workflow: Workflow) -> Iterator[Problem]:
    if not workflow.min_comfyui or not _numbers(stats.version):
        return  # a build without a version says nothing against itself; its nodes are looked at all the same
    if _numbers(stats.version) < _numbers(workflow.min_comfyui):
        yield Problem(
            "ComfyUI's version",
            f"{workflow.min_comfyui} or newer",
            stats.version,
            "Update ComfyUI, or choose another workflow.",
        )


def _nodes(client: ComfyUIClient, workflow: Workflow, loras: Sequence[LoraUse | Lora]) -> Iterator[Problem]:
    for name in sorted(workflow.node_classes | ({_lora_class(workflow)} if loras and workflow.lora_after else set())):
        if client.node_info(name) is None:
            yield Problem(
                f"node {name}",
                "a server that knows it",
                "none",
                "Update ComfyUI, or install the node pack that brings it.",
            )


def _models(client: ComfyUIClient, workflow: Workflow, files: Mapping[str, str]) -> Iterator[Problem]:
    for item in workflow.models:
        node, _inputs, name = item.place.split(".", 2)
        there = client.options(workflow.graph[node]["class_type"], name)
        file = files[item.place]
        if there is not None and file not in there:
            yield _missing(file, item.folder, _source(item, file), there)


def _loras(client: ComfyUIClient, workflow: Workflow, loras: Sequence[LoraUse | Lora]) -> Iterator[Problem]:
    if loras and not workflow.lora_after:
        files = ", ".join(lora.file for lora in loras)
        remedy = "Choose another workflow, or say under `loras` in its workflow.yaml which node loads the model."
        yield Problem(f"LoRA {files}", "a workflow that takes LoRAs", f"{workflow.name}, which takes none", remedy)
        return
    there = client.options(_lora_class(workflow), "lora_name") if loras else None
    for lora in loras:
        if there is not None and lora.file not in there:
            yield _missing(lora.file, "loras", "your own training or its author's page", there)
        if not is_base_compatible(workflow, lora.base_model):
            yield Problem(
                f"LoRA {lora.file}",
                f"one for {workflow.base_model}",
                f"one for {lora.base_model}",
                "Use a LoRA of the workflow's base model, or choose another workflow.",
            )


def _card(stats: SystemStats, workflow: Workflow) -> Iterator[Problem]:
    if not stats.is_cpu and stats.vram_total_bytes < workflow.priors.vram_bytes:
        yield Problem(
            "graphics card",
            f"{_gb(workflow.priors.vram_bytes)} of memory",
            f"{_gb(stats.vram_total_bytes)} on {stats.device}",
            "Choose a smaller workflow, or mend `priors` in its workflow.yaml if it does fit.",
        )


def _free_memory(stats: SystemStats, workflow: Workflow) -> Iterator[Problem]:
    if not stats.is_cpu and stats.vram_free_bytes < workflow.priors.vram_bytes <= stats.vram_total_bytes:
        yield Problem(
            "video memory",
            f"{_gb(workflow.priors.vram_bytes)} free",
            f"{_gb(stats.vram_free_bytes)} of {_gb(stats.vram_total_bytes)} on {stats.device}",
            "Wait for the job that runs, or end what else uses the card (an Ollama model goes with keep_alive 0).",
        )


def _gb(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB"


def _missing(file: str, folder: str, source: str, there: Iterable[str]) -> Problem:
    alike = [name for name in there if _stem(name) == _stem(file)]
    found = f"only {', '.join(alike)}" if alike else "no such file"
    remedy = f"Put it into ComfyUI/models/{folder}/ (from {source}), then refresh ComfyUI."
    return Problem(f"file {file}", f"ComfyUI/models/{folder}/{file}", found, remedy)


def _source(item: ModelFile, file: str) -> str:
    if file != item.file or not item.source:
        return "where the project's style has it from"
    return f"{item.source}, {_gb(item.size_bytes)}" if item.size_bytes else item.source


def _stem(name: str) -> str:
    return re.split(r"[\\/]", name)[-1].casefold()


def _lora_class(workflow: Workflow) -> str:
    return "LoraLoader" if workflow.lora_after[0].clip else "LoraLoaderModelOnly"


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"v?(\d+(?:\.\d+)*)", version.strip())
    return tuple(int(part) for part in found[1].split(".")) if found else ()
