"""Checks that a server has all a workflow needs, before it gets a job; everything missing is named in one message.

`stages.preflight_report` joins them for a show. Free video memory stops no job: a running job may end, and ComfyUI
unloads other models. Nor does a card that is smaller than what a model would fill: ComfyUI keeps the rest in memory.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final

from tower_anime_assets.clients.comfyui import ComfyUIClient, SystemStats
from tower_anime_assets.engines.remote.comfyui.model_mends import with_mends
from tower_anime_assets.engines.remote.comfyui.server_models import ModelRequest, choose_models, lora_loader_class
from tower_anime_assets.errors import ServiceError, ServiceRejectedError, ServiceUnavailableError
from tower_anime_assets.production.attempt import ReportWait, ignore_wait
from tower_anime_assets.production.base_models import architectures_of
from tower_anime_assets.production.story.model import Lora
from tower_anime_assets.store.workflows import fill_template
from tower_anime_assets.workflows.filling import fill_workflow
from tower_anime_assets.workflows.loras import LoraUse
from tower_anime_assets.workflows.model_choice import ModelChoice, asked_models
from tower_anime_assets.workflows.validation import CLASS_OF_SERVER, validate_graph
from tower_anime_assets.workflows.workflow import Workflow

T5_ENCODER: Final = "a T5-XXL encoder such as t5xxl_fp16.safetensors"


@dataclass(frozen=True)
class ServerProblem:
    """One reason why a server cannot run a workflow."""

    subject: str
    expected: str
    actual: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.subject}: expected {self.expected}, found {self.actual}. {self.remedy}"


class Preflight:
    """The checks that passed in this process; failed ones are repeated each time."""

    def __init__(self) -> None:
        self._passed: dict[tuple[Any, ...], tuple[ModelChoice, ...]] = {}
        self._lock = Lock()

    def require_runnable(
        self,
        client: ComfyUIClient,
        workflow: Workflow,
        loras: Sequence[LoraUse],
        models: Mapping[str, str],
    ) -> tuple[ModelChoice, ...]:
        """Return the model files that are taken on a server; raise unless it has all that a workflow needs.

        Args:
            client: The server.
            workflow: The workflow.
            loras: LoRAs that will be used.
            models: File by place, as `resolve_models` names them.

        Raises:
            ServiceRejectedError: Something is missing; the message names everything.
            ServiceUnavailableError: The server does not answer.
        """
        lora_files = sorted({item.file for item in loras})
        cache_key = (client.url, workflow.name, workflow.sha256, tuple(sorted(models.items())), *lora_files)
        with self._lock:
            if cache_key in self._passed:
                return self._passed[cache_key]
        stats = client.system_stats()
        request = ModelRequest(workflow, models, [item.file for item in loras])
        choices = choose_models(client, request, stats)
        problems = tuple(
            _missing_requirements(client, stats, workflow, loras, with_mends(client, workflow, choices, suggests=True))
        )
        if problems:
            problem_list = "\n".join(f"  {problem}" for problem in problems)
            raise ServiceRejectedError(f"ComfyUI at {client.url} cannot run {workflow.name}:\n{problem_list}")
        with self._lock:
            self._passed[cache_key] = choices
        return choices


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
    return inspect_workflow(client, workflow, loras, models, stats).problems


@dataclass(frozen=True)
class WorkflowInspection:
    """What one server has for a workflow.

    Attributes:
        problems: Everything that keeps it from running the workflow; () when nothing does.
        choices: The model files that it would take.
    """

    problems: tuple[ServerProblem, ...]
    choices: tuple[ModelChoice, ...]

    @property
    def taken(self) -> tuple[str, ...]:
        """A sentence for each model file that is taken instead of the one that is wanted."""
        return tuple(str(choice) for choice in self.choices if choice.is_other)


def inspect_workflow(
    client: ComfyUIClient,
    workflow: Workflow,
    loras: Sequence[LoraUse | Lora] = (),
    models: Mapping[str, str] | None = None,
    stats: SystemStats | None = None,
) -> WorkflowInspection:
    """Return what a server has for a workflow, and what keeps it from running it; arguments as in `find_problems`.

    Raises:
        ServiceUnavailableError: The server does not answer.
        ServiceRejectedError: Its answer is not a ComfyUI server's.
    """
    stats = stats or client.system_stats()
    choices = choose_models(client, ModelRequest(workflow, models or {}, [lora.file for lora in loras]), stats)
    choices = with_mends(client, workflow, choices)
    return WorkflowInspection(tuple(_missing_requirements(client, stats, workflow, loras, choices)), choices)


def _missing_requirements(
    client: ComfyUIClient,
    stats: SystemStats,
    workflow: Workflow,
    loras: Sequence[LoraUse | Lora],
    choices: Sequence[ModelChoice],
) -> Iterator[ServerProblem]:
    files = {choice.place: choice.file or choice.asked for choice in choices if choice.place}
    yield from _version_problems(stats, workflow)
    yield from _node_problems(client, workflow, loras, choices)
    yield from _graph_problems(client, workflow, choices)
    yield from _model_problems(choices)
    yield from _lora_problems(workflow, loras)
    yield from known_incompatibilities(workflow, files)
    yield from _gpu_problems(stats, workflow)


def known_incompatibilities(workflow: Workflow, files: Mapping[str, str]) -> Iterator[ServerProblem]:
    """Yield combinations of model files, by place, that a server accepts and then fails on, or renders as noise."""
    if not architectures_of(workflow.base_model) & {"ltx_2b", "ltx_13b"}:
        return
    for place, file in files.items():
        node = place.split(".")[0]
        kind = workflow.graph[node]["class_type"]
        if kind == "UNETLoader" and "ltx" in file.casefold():
            subject = f"{file} through UNETLoader (node {node})"
            remedy = "An LTX Video file includes its VAE: load it from ComfyUI/models/checkpoints/."
            yield ServerProblem(subject, "CheckpointLoaderSimple", "UNETLoader", remedy)
        if "gemma" in file.casefold() and "ltx_2b" in architectures_of(workflow.base_model):
            actual, remedy = (
                "a Gemma encoder, which belongs to LTX-2",
                "Bind the T5 encoder with CLIPLoader, type ltxv.",
            )
            yield ServerProblem(f"text encoder {file} (node {node})", T5_ENCODER, actual, remedy)
    if not any("t5" in file.casefold() for file in files.values()):
        remedy = "LTX Video checkpoints do not include one: add CLIPLoader, type ltxv, and put the file into "
        remedy += "ComfyUI/models/text_encoders/."
        yield ServerProblem("text encoder", T5_ENCODER, "none in the workflow", remedy)


def resolve_models(workflow: Workflow, checkpoint: str = "") -> dict[str, str]:
    """Return the model file by place that is asked of every server: the map's, the style's or the workflow's own."""
    return {asked.place: asked.file for asked in asked_models(workflow, checkpoint)}


def unavailable_reason(server: str, token: str, report: ReportWait = ignore_wait) -> str:
    """Return why a server does not answer, "" if it answers anything; `report` is told while it is waited for."""
    with closing(ComfyUIClient(server, token)) as client, client.attended_by(report):
        try:
            client.system_stats()
        except ServiceUnavailableError as error:
            return str(error)
        except ServiceError:
            return ""
    return ""


def _version_problems(stats: SystemStats, workflow: Workflow) -> Iterator[ServerProblem]:
    if not workflow.min_comfyui or not _version_numbers(stats.version):
        return  # a build without a version may be new enough; its nodes are checked too
    if _version_numbers(stats.version) < _version_numbers(workflow.min_comfyui):
        expected, remedy = f"{workflow.min_comfyui} or newer", "Update ComfyUI, or choose another workflow."
        yield ServerProblem("ComfyUI's version", expected, stats.version, remedy)


def _node_problems(
    client: ComfyUIClient, workflow: Workflow, loras: Sequence[LoraUse | Lora], choices: Sequence[ModelChoice]
) -> Iterator[ServerProblem]:
    lora_loaders = {lora_loader_class(workflow)} if loras and workflow.lora_after else set()
    for name in sorted(workflow.node_classes_with({choice.place: choice.loader for choice in choices}) | lora_loaders):
        if client.node_info(name) is None:
            remedy = "Update ComfyUI, or install the node pack that provides it."
            yield ServerProblem(f"node {name}", "a server that knows it", "none", remedy)


def _graph_problems(
    client: ComfyUIClient, workflow: Workflow, choices: Sequence[ModelChoice]
) -> Iterator[ServerProblem]:
    """Yield what the server would reject in the graph itself; unknown nodes and files are named elsewhere."""
    sent = workflow
    if loaders := {choice.place: choice.loader for choice in choices if choice.loader is not None}:
        files = {choice.place: choice.file for choice in choices if choice.place in loaders}
        sent = replace(
            workflow, graph=json.loads(fill_template(*fill_workflow(workflow, {}, models=files, loaders=loaders)))
        )
    answers = {name: client.node_info(name) for name in sent.node_classes}
    nodes = {name: node for name, node in answers.items() if node is not None}
    for fault in validate_graph(sent, nodes, only_rejected=True):
        if fault.expected == CLASS_OF_SERVER:
            continue
        yield ServerProblem(f"graph of {workflow.name}", fault.expected, fault.problem, fault.remedy)


def _model_problems(choices: Sequence[ModelChoice]) -> Iterator[ServerProblem]:
    for choice in choices:
        if choice.is_missing:
            same = f"only {', '.join(choice.same_name)}" if choice.same_name else "no such file"
            actual = f"{same} ({choice.why})" if choice.why else same
            expected = f"ComfyUI/models/{choice.folder}/{choice.asked}"
            yield ServerProblem(f"file {choice.asked}", expected, actual, " Or: ".join(choice.mends))


def _lora_problems(workflow: Workflow, loras: Sequence[LoraUse | Lora]) -> Iterator[ServerProblem]:
    if loras and not workflow.lora_after:
        files = ", ".join(lora.file for lora in loras)
        actual = f"{workflow.name}, which takes none"
        remedy = "Choose another workflow, or name the node that loads the model under `loras` in its workflow.yaml."
        yield ServerProblem(f"LoRA {files}", "a workflow that takes LoRAs", actual, remedy)


def missing_lora_files(client: ComfyUIClient, workflow: Workflow, files: Sequence[str]) -> dict[str, ServerProblem]:
    """Return what is to be done about each LoRA file that a server does not have for a workflow, by file."""
    choices = choose_models(client, ModelRequest(replace(workflow, models=()), loras=files))
    missing = [choice for choice in with_mends(client, workflow, choices) if choice.is_missing]
    return {choice.wanted: problem for choice, problem in zip(missing, _model_problems(missing), strict=True)}


def _gpu_problems(stats: SystemStats, workflow: Workflow) -> Iterator[ServerProblem]:
    if not stats.is_cpu and stats.vram_total_bytes < workflow.priors.min_vram_bytes:
        expected = f"at least {_format_gb(workflow.priors.min_vram_bytes)} of memory"
        actual = f"{_format_gb(stats.vram_total_bytes)} on {stats.device}"
        remedy = "Choose a smaller workflow, or correct `priors.min_vram_gb` in its workflow.yaml if it does run."
        yield ServerProblem("graphics card", expected, actual, remedy)


def _format_gb(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB"


def _version_numbers(version: str) -> tuple[int, ...]:
    version_match = re.match(r"v?(\d+(?:\.\d+)*)", version.strip())
    return tuple(int(part) for part in version_match[1].split(".")) if version_match else ()
