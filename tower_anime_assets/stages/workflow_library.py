"""The studio's workflows: read from their folders, copied to the database, checked against servers, added from exports.

The folders are authoritative; the database holds what they contained at the last sync.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.errors import Fault, PlanError, StoryError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.digest import plain_data
from tower_anime_assets.settings import Settings
from tower_anime_assets.store import workflow_templates
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.workflow_templates import RegisteredWorkflow, SyncResult
from tower_anime_assets.workflows.manifest import MANIFEST_FORMAT
from tower_anime_assets.workflows.registry import (
    GRAPH_FILE,
    MANIFEST_FILE,
    load_registry_for,
    read_export,
    read_workflow,
)
from tower_anime_assets.workflows.validation import validate_graph
from tower_anime_assets.workflows.workflow import Workflow


def sync_library(settings: Settings, database: Database) -> SyncResult:
    """Copy the workflows of the studio and of all its projects to `video_workflow_templates`.

    Raises:
        StoryError: Some cannot be used; the error lists every fault.
        ServiceUnavailableError: The database does not answer.
    """
    return workflow_templates.sync_registry(
        database, [_registration_of(workflow) for workflow in _list_workflows(settings)]
    )


def _list_workflows(settings: Settings) -> list[Workflow]:
    """Return each workflow once, even if several projects share it."""
    workflows: dict[Path, Workflow] = {}
    faults: set[Fault] = set()
    projects = show_files.list_projects(settings.projects) if settings.projects.is_dir() else ()
    for project_id in ("", *projects):
        try:
            registry = load_registry_for(settings, project_id)
        except StoryError as error:
            faults.update(error.faults)
        else:
            workflows |= {workflow.file: workflow for workflow in registry.all()}
    if faults:
        raise StoryError(sorted(faults))
    return list(workflows.values())


def _registration_of(workflow: Workflow) -> RegisteredWorkflow:
    template = workflow.graph or {"engine": workflow.engine, "workflow": workflow.name}
    return RegisteredWorkflow(
        name=workflow.name,
        version=workflow.version,
        engine=workflow.engine,
        medium=workflow.medium,
        status=workflow.status,
        capabilities=sorted(workflow.capabilities),
        template=template,
        manifest=describe_workflow(workflow),
    )


def describe_workflow(workflow: Workflow) -> dict[str, Any]:
    """Return everything known about a workflow except its graph, JSON-ready."""
    return {
        "name": workflow.name,
        "aliases": list(workflow.aliases),
        "version": workflow.version,
        "title": workflow.title,
        "engine": workflow.engine,
        "medium": workflow.medium,
        "capabilities": sorted(workflow.capabilities),
        "status": workflow.status,
        "validated": workflow.is_validated,
        "base_model": workflow.base_model,
        "min_comfyui": workflow.min_comfyui,
        "node_classes": sorted(workflow.node_classes),
        "bindings": {role: list(places) for role, places in workflow.bindings.items()},
        "output_nodes": list(workflow.output_nodes),
        "models": plain_data(workflow.models),
        "lora_after": plain_data(workflow.lora_after),
        "sizes": plain_data(workflow.sizes),
        "lengths": plain_data(workflow.lengths),
        "priors": plain_data(workflow.priors),
        "defaults": dict(workflow.defaults),
        "tunable": plain_data(workflow.tunable),
        "licence": workflow.licence,
        "notes": workflow.notes,
        "sha256": workflow.sha256,
        "inferred": sorted(workflow.inferred_keys),
    }


@dataclass(frozen=True)
class WorkflowCheck:
    """What a server would reject in a workflow; no faults if it can run it as it is."""

    workflow: Workflow
    server: str
    faults: tuple[Fault, ...]


def check_workflows(settings: Settings, server: str, workflows: Sequence[Workflow]) -> tuple[WorkflowCheck, ...]:
    """Check workflows against the nodes and model files of a server.

    Raises:
        ServiceUnavailableError: The server does not answer.
        ServiceRejectedError: The server does not answer like ComfyUI.
    """
    client = ComfyUIClient(server, settings.auth_token)
    try:
        answers = {
            name: client.node_info(name)
            for name in sorted({name for workflow in workflows for name in workflow.node_classes})
        }
    finally:
        client.close()
    nodes = {name: node for name, node in answers.items() if node is not None}
    return tuple(
        WorkflowCheck(workflow, server, validate_graph(workflow, nodes, checks_files=True))
        for workflow in workflows
        if workflow.graph
    )


def add_export(settings: Settings, file: Path) -> Workflow:
    """Add an exported graph to the studio's workflows, with a `workflow.yaml` inferred from it for the user to correct.

    Raises:
        StoryError: The export cannot be used; the error lists every fault.
        PlanError: The studio already has a workflow of that name.
    """
    workflow = read_export(file)
    target = settings.home / "workflows" / workflow.name
    if target.exists():
        raise PlanError(
            f"a workflow named {workflow.name} already exists in {target}; rename the file, or edit that workflow"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".adding-", dir=target.parent) as scratch:
        folder = Path(scratch) / workflow.name
        folder.mkdir()
        (folder / GRAPH_FILE).write_text(json.dumps(workflow.graph, indent=1) + "\n", encoding="utf-8")
        (folder / MANIFEST_FILE).write_text(_manifest_of(workflow), encoding="utf-8")
        read_workflow(folder)
        folder.rename(target)
    return read_workflow(target)


def _manifest_of(workflow: Workflow) -> str:
    """Return a `workflow.yaml` of what was inferred, for the user to correct."""
    manifest: dict[str, Any] = {
        "format": MANIFEST_FORMAT,
        "title": workflow.title,
        "medium": workflow.medium,
        "capabilities": sorted(workflow.capabilities),
        "status": workflow.status,
        "base_model": workflow.base_model,
        "output": list(workflow.output_nodes),
        "bindings": {role: list(places) for role, places in workflow.bindings.items()},
        "loras": [
            {"model": _dotted(slot.model), **({"clip": _dotted(slot.clip)} if slot.clip else {})}
            for slot in workflow.lora_after
        ],
        "sizes": plain_data(workflow.sizes),
        **({"lengths": plain_data(workflow.lengths)} if workflow.lengths else {}),
    }
    head = "# Inferred from graph.json: correct what is wrong. docs/workflows.md explains every key.\n"
    return head + yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=110)


def _dotted(output: tuple[str, int]) -> str:
    return f"{output[0]}.{output[1]}"
