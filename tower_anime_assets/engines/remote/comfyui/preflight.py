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

CHECKPOINT_FOLDER: Final = "checkpoints"
"""The folder of ComfyUI/models whose file a style's `checkpoint` takes the place of."""

KEYFRAME_CAPABILITIES: Final = ("text_to_image", "anime_generation")
CLIP_CAPABILITIES: Final = ("image_to_video",)
"""What a workflow must be able to do to make keyframes out of words, or clips that grow from them."""


@dataclass(frozen=True)
class ServerProblem:
    """One thing that keeps a server from making a workflow's takes."""

    subject: str
    expected: str
    actual: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.subject}: expected {self.expected}, found {self.actual}. {self.remedy}"


@dataclass(frozen=True)
class PreflightIssue:
    """One thing that was looked at, as `tower doctor` shows it."""

    subject: str
    ok: bool
    message: str
    remedy: str = ""


class Preflight:
    """What was found right at which server in this process; what was wrong is looked at again each time."""

    def __init__(self) -> None:
        self._passed: set[tuple[Any, ...]] = set()
        self._lock = Lock()

    def require_runnable(
        self, client: ComfyUIClient, workflow: Workflow, loras: Sequence[LoraUse], models: Mapping[str, str]
    ) -> None:
        """Raise unless a server has all that a workflow needs.

        Raises:
            ServiceRejectedError: Something is missing; everything that is, in one message.
            ServiceUnavailableError: The server does not answer.
        """
        cache_key = (
            client.url,
            workflow.name,
            workflow.sha256,
            tuple(sorted(models.items())),
            *sorted({item.file for item in loras}),
        )
        with self._lock:
            if cache_key in self._passed:
                return
        problems = tuple(_missing_requirements(client, client.system_stats(), workflow, loras, models))
        if problems:
            problem_list = "\n".join(f"  {problem}" for problem in problems)
            raise ServiceRejectedError(f"ComfyUI at {client.url} cannot run {workflow.name}:\n{problem_list}")
        with self._lock:
            self._passed.add(cache_key)


def find_problems(
    client: ComfyUIClient,
    workflow: Workflow,
    loras: Sequence[LoraUse | Lora] = (),
    models: Mapping[str, str] | None = None,
    stats: SystemStats | None = None,
) -> tuple[ServerProblem, ...]:
    """Return everything that keeps a server from running a workflow; () when nothing does.

    Args:
        loras: LoRAs that will be used; those of a project also say their base model, which is compared.
        models: File by place, where others than the workflow's own are used.
        stats: What the server just told of itself; it is asked without.

    Raises:
        ServiceUnavailableError: The server does not answer.
        ServiceRejectedError: It answers what a ComfyUI server does not.
    """
    stats = stats or client.system_stats()
    return (*_missing_requirements(client, stats, workflow, loras, models or {}), *_free_vram_problems(stats, workflow))


def _missing_requirements(
    client: ComfyUIClient,
    stats: SystemStats,
    workflow: Workflow,
    loras: Sequence[LoraUse | Lora],
    models: Mapping[str, str],
) -> Iterator[ServerProblem]:
    files = {item.place: models.get(item.place, item.file) for item in workflow.models}
    yield from _version_problems(stats, workflow)
    yield from _node_problems(client, workflow, loras)
    yield from _model_problems(client, workflow, files)
    yield from _lora_problems(client, workflow, loras)
    yield from known_incompatibilities(workflow, files)
    yield from _gpu_problems(stats, workflow)


def known_incompatibilities(workflow: Workflow, files: Mapping[str, str]) -> Iterator[ServerProblem]:
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
            yield ServerProblem(
                f"{file} through UNETLoader (node {node})",
                "CheckpointLoaderSimple",
                "UNETLoader",
                "LTX Video is one file with its VAE: load it from ComfyUI/models/checkpoints/.",
            )
        if "gemma" in file.casefold() and "2b" in workflow.base_model.casefold():
            yield ServerProblem(
                f"text encoder {file} (node {node})",
                "a T5-XXL encoder such as t5xxl_fp16.safetensors",
                "a Gemma encoder, which belongs to LTX-2",
                "Bind the T5 encoder with CLIPLoader, type ltxv.",
            )
    if not any("t5" in file.casefold() for file in files.values()):
        yield ServerProblem(
            "text encoder",
            "a T5-XXL encoder such as t5xxl_fp16.safetensors",
            "none in the workflow",
            "LTX Video checkpoints hold no text encoder: add CLIPLoader, type ltxv, and the file to "
            "ComfyUI/models/text_encoders/.",
        )


def resolve_models(workflow: Workflow, checkpoint: str) -> dict[str, str]:
    """Return the file at each loader of a workflow of stills: its own, but for the checkpoint that a style names."""
    return {
        item.place: checkpoint if checkpoint and item.folder == CHECKPOINT_FOLDER else item.file
        for item in workflow.models
    }


def unavailable_reason(server: str, token: str) -> str:
    """Return why a server does not answer, "" when it does, whatever it answers."""
    client = ComfyUIClient(server, token)
    try:
        client.system_stats()
    except ServiceUnavailableError as error:
        return str(error)
    except ServiceError:
        return ""
    finally:
        client.close()
    return ""


def check_servers(settings: Settings, project: Project, workflows: Sequence[Workflow] = ()) -> list[PreflightIssue]:
    """Return what `tower doctor` says of every server, for what a project wants of them; [] when it wants nothing.

    Args:
        workflows: Those that the project is made with: each must run on every server. Without, each kind of work must
            find one complete workflow among all there are.
    """
    capabilities_by_kind = {
        kind: capabilities
        for kind, capabilities, choice in (
            ("keyframes", KEYFRAME_CAPABILITIES, project.engines.keyframes),
            ("clips", CLIP_CAPABILITIES, project.engines.clips),
        )
        if choice in ("auto", "comfyui")
    }
    if not capabilities_by_kind or not settings.comfyui_servers:
        return []
    loras = [one.lora for one in project.characters if one.lora is not None] + list(project.style.loras)
    candidates = workflows or [
        item for item in load_registry_for(settings, project.id).all() if item.is_routable and item.graph
    ]
    issues: list[PreflightIssue] = []
    for server in settings.comfyui_servers:
        client = ComfyUIClient(server, settings.auth_token, caches_node_info=True)
        try:
            issues += _check_server(client, project, capabilities_by_kind, candidates, loras, is_strict=bool(workflows))
        except ServiceError as error:
            issues.append(PreflightIssue(f"ComfyUI {server}", False, str(error), "Start it, or correct COMFYUI_URL."))
        finally:
            client.close()
    return issues


def _check_server(
    client: ComfyUIClient,
    project: Project,
    capabilities_by_kind: Mapping[str, Sequence[str]],
    candidates: Sequence[Workflow],
    loras: Sequence[Lora],
    *,
    is_strict: bool,
) -> Iterator[PreflightIssue]:
    stats = client.system_stats()
    memory = f"{_format_gb(stats.vram_free_bytes)} of {_format_gb(stats.vram_total_bytes)} free"
    yield PreflightIssue(f"ComfyUI {client.url}", True, f"{stats.version}, {stats.device}, {memory}")
    for kind, capabilities in capabilities_by_kind.items():
        takes_picture = kind == "clips"
        matches = [
            item
            for item in candidates
            if not item.capabilities.isdisjoint(capabilities) and ("image" in item.bindings) == takes_picture
        ]
        kind_loras = loras if kind == "keyframes" else ()
        problems_by_workflow = {
            item.name: find_problems(
                client,
                item,
                [one for one in kind_loras if is_base_compatible(item, one.base_model)],
                {} if takes_picture else resolve_models(item, project.style.checkpoint),
                stats,
            )
            for item in matches
        }
        runnable = [name for name, problems in problems_by_workflow.items() if not problems]
        broken = sorted(
            (name for name, problems in problems_by_workflow.items() if problems),
            key=lambda name: len(problems_by_workflow[name]),
        )
        subject = f"{project.id}: {kind} at {client.url}"
        reported = broken if is_strict else ([] if runnable else broken[:1])
        if not matches:
            yield PreflightIssue(
                subject, False, f"no workflow has {' or '.join(capabilities)}", "See `tower workflows list`."
            )
        elif reported:
            message = "\n".join(f"{name}: {problem}" for name in reported for problem in problems_by_workflow[name])
            yield PreflightIssue(subject, False, message, "Put the files where they belong, then refresh ComfyUI.")
        else:
            yield PreflightIssue(subject, True, f"complete: {', '.join(runnable)}")


def _version_problems(stats: SystemStats, workflow: Workflow) -> Iterator[ServerProblem]:
    if not workflow.min_comfyui or not _version_numbers(stats.version):
        return  # a build without a version says nothing against itself; its nodes are looked at all the same
    if _version_numbers(stats.version) < _version_numbers(workflow.min_comfyui):
        yield ServerProblem(
            "ComfyUI's version",
            f"{workflow.min_comfyui} or newer",
            stats.version,
            "Update ComfyUI, or choose another workflow.",
        )


def _node_problems(
    client: ComfyUIClient, workflow: Workflow, loras: Sequence[LoraUse | Lora]
) -> Iterator[ServerProblem]:
    for name in sorted(
        workflow.node_classes | ({_lora_loader_class(workflow)} if loras and workflow.lora_after else set())
    ):
        if client.node_info(name) is None:
            yield ServerProblem(
                f"node {name}",
                "a server that knows it",
                "none",
                "Update ComfyUI, or install the node pack that brings it.",
            )


def _model_problems(client: ComfyUIClient, workflow: Workflow, files: Mapping[str, str]) -> Iterator[ServerProblem]:
    for item in workflow.models:
        node, _inputs, name = item.place.split(".", 2)
        options = client.input_options(workflow.graph[node]["class_type"], name)
        file = files[item.place]
        if options is not None and file not in options:
            yield _missing_file(file, item.folder, _model_source(item, file), options)


def _lora_problems(
    client: ComfyUIClient, workflow: Workflow, loras: Sequence[LoraUse | Lora]
) -> Iterator[ServerProblem]:
    if loras and not workflow.lora_after:
        files = ", ".join(lora.file for lora in loras)
        remedy = "Choose another workflow, or say under `loras` in its workflow.yaml which node loads the model."
        yield ServerProblem(
            f"LoRA {files}", "a workflow that takes LoRAs", f"{workflow.name}, which takes none", remedy
        )
        return
    options = client.input_options(_lora_loader_class(workflow), "lora_name") if loras else None
    for lora in loras:
        if options is not None and lora.file not in options:
            yield _missing_file(lora.file, "loras", "your own training or its author's page", options)
        if not is_base_compatible(workflow, lora.base_model):
            yield ServerProblem(
                f"LoRA {lora.file}",
                f"one for {workflow.base_model}",
                f"one for {lora.base_model}",
                "Use a LoRA of the workflow's base model, or choose another workflow.",
            )


def _gpu_problems(stats: SystemStats, workflow: Workflow) -> Iterator[ServerProblem]:
    if not stats.is_cpu and stats.vram_total_bytes < workflow.priors.vram_bytes:
        yield ServerProblem(
            "graphics card",
            f"{_format_gb(workflow.priors.vram_bytes)} of memory",
            f"{_format_gb(stats.vram_total_bytes)} on {stats.device}",
            "Choose a smaller workflow, or mend `priors` in its workflow.yaml if it does fit.",
        )


def _free_vram_problems(stats: SystemStats, workflow: Workflow) -> Iterator[ServerProblem]:
    if not stats.is_cpu and stats.vram_free_bytes < workflow.priors.vram_bytes <= stats.vram_total_bytes:
        yield ServerProblem(
            "video memory",
            f"{_format_gb(workflow.priors.vram_bytes)} free",
            f"{_format_gb(stats.vram_free_bytes)} of {_format_gb(stats.vram_total_bytes)} on {stats.device}",
            "Wait for the job that runs, or end what else uses the card (an Ollama model goes with keep_alive 0).",
        )


def _format_gb(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB"


def _missing_file(file: str, folder: str, source: str, options: Iterable[str]) -> ServerProblem:
    similar = [name for name in options if _file_name(name) == _file_name(file)]
    actual = f"only {', '.join(similar)}" if similar else "no such file"
    remedy = f"Put it into ComfyUI/models/{folder}/ (from {source}), then refresh ComfyUI."
    return ServerProblem(f"file {file}", f"ComfyUI/models/{folder}/{file}", actual, remedy)


def _model_source(item: ModelFile, file: str) -> str:
    if file != item.file or not item.source:
        return "where the project's style has it from"
    return f"{item.source}, {_format_gb(item.size_bytes)}" if item.size_bytes else item.source


def _file_name(name: str) -> str:
    return re.split(r"[\\/]", name)[-1].casefold()


def _lora_loader_class(workflow: Workflow) -> str:
    return "LoraLoader" if workflow.lora_after[0].clip else "LoraLoaderModelOnly"


def _version_numbers(version: str) -> tuple[int, ...]:
    version_match = re.match(r"v?(\d+(?:\.\d+)*)", version.strip())
    return tuple(int(part) for part in version_match[1].split(".")) if version_match else ()
