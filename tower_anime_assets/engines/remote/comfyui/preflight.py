"""Checks that a server has all a workflow needs, before it gets a job; everything missing is named in one message.

Free video memory is reported to people but stops no job: a running job may end, and ComfyUI unloads other models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
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
"""The folder of ComfyUI/models whose file a style's `checkpoint` replaces."""

T5_ENCODER: Final = "a T5-XXL encoder such as t5xxl_fp16.safetensors"

KEYFRAME_CAPABILITIES: Final = ("text_to_image", "anime_generation")
CLIP_CAPABILITIES: Final = ("image_to_video",)
"""Capabilities of which a workflow needs one to make keyframes from text, or clips from keyframes."""


@dataclass(frozen=True)
class ServerProblem:
    """One reason why a server cannot run a workflow."""

    subject: str
    expected: str
    actual: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.subject}: expected {self.expected}, found {self.actual}. {self.remedy}"


@dataclass(frozen=True)
class PreflightCheck:
    """One check of a server, as `tower doctor` shows it."""

    subject: str
    ok: bool
    message: str
    remedy: str = ""


class Preflight:
    """The checks that passed in this process; failed ones are repeated each time."""

    def __init__(self) -> None:
        self._passed: set[tuple[Any, ...]] = set()
        self._lock = Lock()

    def require_runnable(
        self, client: ComfyUIClient, workflow: Workflow, loras: Sequence[LoraUse], models: Mapping[str, str]
    ) -> None:
        """Raise unless a server has all that a workflow needs.

        Raises:
            ServiceRejectedError: Something is missing; the message names everything.
            ServiceUnavailableError: The server does not answer.
        """
        lora_files = sorted({item.file for item in loras})
        cache_key = (client.url, workflow.name, workflow.sha256, tuple(sorted(models.items())), *lora_files)
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
        loras: LoRAs that will be used.
        models: Model files that replace the workflow's own, by place.
        stats: The server's current stats, if already known.

    Raises:
        ServiceUnavailableError: The server does not answer.
        ServiceRejectedError: Its answer is not a ComfyUI server's.
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
    """Yield combinations of model files, by place, that a server accepts and then fails on, or renders as noise."""
    if "ltx" not in workflow.base_model.casefold():
        return
    for place, file in files.items():
        node = place.split(".")[0]
        kind = workflow.graph[node]["class_type"]
        if kind == "UNETLoader" and "ltx" in file.casefold():
            subject = f"{file} through UNETLoader (node {node})"
            remedy = "An LTX Video file includes its VAE: load it from ComfyUI/models/checkpoints/."
            yield ServerProblem(subject, "CheckpointLoaderSimple", "UNETLoader", remedy)
        if "gemma" in file.casefold() and "2b" in workflow.base_model.casefold():
            actual, remedy = (
                "a Gemma encoder, which belongs to LTX-2",
                "Bind the T5 encoder with CLIPLoader, type ltxv.",
            )
            yield ServerProblem(f"text encoder {file} (node {node})", T5_ENCODER, actual, remedy)
    if not any("t5" in file.casefold() for file in files.values()):
        remedy = "LTX Video checkpoints do not include one: add CLIPLoader, type ltxv, and put the file into "
        remedy += "ComfyUI/models/text_encoders/."
        yield ServerProblem("text encoder", T5_ENCODER, "none in the workflow", remedy)


def resolve_models(workflow: Workflow, checkpoint: str) -> dict[str, str]:
    """Return the model file by place: the workflow's own, but for the checkpoint that a style names."""
    return {
        item.place: checkpoint if checkpoint and item.folder == CHECKPOINT_FOLDER else item.file
        for item in workflow.models
    }


def unavailable_reason(server: str, token: str) -> str:
    """Return why a server does not answer, "" if it answers anything."""
    with closing(ComfyUIClient(server, token)) as client:
        try:
            client.system_stats()
        except ServiceUnavailableError as error:
            return str(error)
        except ServiceError:
            return ""
    return ""


def check_servers(settings: Settings, project: Project, workflows: Sequence[Workflow] = ()) -> list[PreflightCheck]:
    """Return the checks of every server for a project; [] if it renders nothing there.

    Args:
        workflows: Each of these must run on every server. Without any, keyframes and clips need one complete workflow
            each, of all there are.
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
    candidates = workflows or [
        item for item in load_registry_for(settings, project.id).all() if item.is_routable and item.graph
    ]
    checks: list[PreflightCheck] = []
    for server in settings.comfyui_servers:
        with closing(ComfyUIClient(server, settings.auth_token, caches_node_info=True)) as client:
            try:
                checks += _check_server(client, project, capabilities_by_kind, candidates, is_strict=bool(workflows))
            except ServiceError as error:
                remedy = "Start it, or correct COMFYUI_URL."
                checks.append(PreflightCheck(f"ComfyUI {server}", False, str(error), remedy))
    return checks


def _check_server(
    client: ComfyUIClient,
    project: Project,
    capabilities_by_kind: Mapping[str, Sequence[str]],
    candidates: Sequence[Workflow],
    *,
    is_strict: bool,
) -> Iterator[PreflightCheck]:
    stats = client.system_stats()
    memory = f"{_format_gb(stats.vram_free_bytes)} of {_format_gb(stats.vram_total_bytes)} free"
    yield PreflightCheck(f"ComfyUI {client.url}", True, f"{stats.version}, {stats.device}, {memory}")
    loras = [one.lora for one in project.characters if one.lora is not None] + list(project.style.loras)
    for kind, capabilities in capabilities_by_kind.items():
        takes_picture = kind == "clips"
        problems_by_workflow = {
            item.name: find_problems(
                client,
                item,
                [one for one in loras if not takes_picture and is_base_compatible(item, one.base_model)],
                {} if takes_picture else resolve_models(item, project.style.checkpoint),
                stats,
            )
            for item in candidates
            if not item.capabilities.isdisjoint(capabilities) and ("image" in item.bindings) == takes_picture
        }
        runnable = [name for name, problems in problems_by_workflow.items() if not problems]
        broken = sorted(set(problems_by_workflow) - set(runnable), key=lambda name: len(problems_by_workflow[name]))
        reported = broken if is_strict else ([] if runnable else broken[:1])
        subject = f"{project.id}: {kind} at {client.url}"
        if not problems_by_workflow:
            message = f"no workflow has {' or '.join(capabilities)}"
            yield PreflightCheck(subject, False, message, "See `tower workflows list`.")
        elif reported:
            message = "\n".join(f"{name}: {problem}" for name in reported for problem in problems_by_workflow[name])
            yield PreflightCheck(subject, False, message, "Put the files where they belong, then refresh ComfyUI.")
        else:
            yield PreflightCheck(subject, True, f"complete: {', '.join(runnable)}")


def _version_problems(stats: SystemStats, workflow: Workflow) -> Iterator[ServerProblem]:
    if not workflow.min_comfyui or not _version_numbers(stats.version):
        return  # a build without a version may be new enough; its nodes are checked too
    if _version_numbers(stats.version) < _version_numbers(workflow.min_comfyui):
        expected, remedy = f"{workflow.min_comfyui} or newer", "Update ComfyUI, or choose another workflow."
        yield ServerProblem("ComfyUI's version", expected, stats.version, remedy)


def _node_problems(
    client: ComfyUIClient, workflow: Workflow, loras: Sequence[LoraUse | Lora]
) -> Iterator[ServerProblem]:
    lora_loaders = {_lora_loader_class(workflow)} if loras and workflow.lora_after else set()
    for name in sorted(workflow.node_classes | lora_loaders):
        if client.node_info(name) is None:
            remedy = "Update ComfyUI, or install the node pack that provides it."
            yield ServerProblem(f"node {name}", "a server that knows it", "none", remedy)


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
        actual = f"{workflow.name}, which takes none"
        remedy = "Choose another workflow, or name the node that loads the model under `loras` in its workflow.yaml."
        yield ServerProblem(f"LoRA {files}", "a workflow that takes LoRAs", actual, remedy)
        return
    options = client.input_options(_lora_loader_class(workflow), "lora_name") if loras else None
    for lora in loras:
        if options is not None and lora.file not in options:
            yield _missing_file(lora.file, "loras", "your own training or its author's page", options)
        if not is_base_compatible(workflow, lora.base_model):
            expected, actual = f"one for {workflow.base_model}", f"one for {lora.base_model}"
            remedy = "Use a LoRA of the workflow's base model, or choose another workflow."
            yield ServerProblem(f"LoRA {lora.file}", expected, actual, remedy)


def _gpu_problems(stats: SystemStats, workflow: Workflow) -> Iterator[ServerProblem]:
    if not stats.is_cpu and stats.vram_total_bytes < workflow.priors.vram_bytes:
        expected = f"{_format_gb(workflow.priors.vram_bytes)} of memory"
        actual = f"{_format_gb(stats.vram_total_bytes)} on {stats.device}"
        remedy = "Choose a smaller workflow, or correct `priors` in its workflow.yaml if it does fit."
        yield ServerProblem("graphics card", expected, actual, remedy)


def _free_vram_problems(stats: SystemStats, workflow: Workflow) -> Iterator[ServerProblem]:
    if not stats.is_cpu and stats.vram_free_bytes < workflow.priors.vram_bytes <= stats.vram_total_bytes:
        expected = f"{_format_gb(workflow.priors.vram_bytes)} free"
        actual = f"{_format_gb(stats.vram_free_bytes)} of {_format_gb(stats.vram_total_bytes)} on {stats.device}"
        remedy = "Wait for the running job, or end other programs on the card (Ollama unloads with keep_alive 0)."
        yield ServerProblem("video memory", expected, actual, remedy)


def _format_gb(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB"


def _missing_file(file: str, folder: str, source: str, options: Iterable[str]) -> ServerProblem:
    similar = [name for name in options if _file_name(name) == _file_name(file)]
    actual = f"only {', '.join(similar)}" if similar else "no such file"
    remedy = f"Put it into ComfyUI/models/{folder}/ (from {source}), then refresh ComfyUI."
    return ServerProblem(f"file {file}", f"ComfyUI/models/{folder}/{file}", actual, remedy)


def _model_source(item: ModelFile, file: str) -> str:
    if file != item.file or not item.source:
        return "the source of the project's style"
    return f"{item.source}, {_format_gb(item.size_bytes)}" if item.size_bytes else item.source


def _file_name(name: str) -> str:
    return re.split(r"[\\/]", name)[-1].casefold()


def _lora_loader_class(workflow: Workflow) -> str:
    return "LoraLoader" if workflow.lora_after[0].clip else "LoraLoaderModelOnly"


def _version_numbers(version: str) -> tuple[int, ...]:
    version_match = re.match(r"v?(\d+(?:\.\d+)*)", version.strip())
    return tuple(int(part) for part in version_match[1].split(".")) if version_match else ()
