"""The workflows of a studio: read from their folders, and mirrored in the database for whoever asks it.

The folders are the truth; the database shows what they said when it was last looked.
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
    Workflow,
    load_registry_for,
    read_export,
    read_workflow,
)
from tower_anime_assets.workflows.validation import validate_graph


def sync_library(settings: Settings, database: Database) -> SyncResult:
    """Mirror the workflows of the studio and of all its projects in `video_workflow_templates`.

    Raises:
        StoryError: Some cannot be used; every fault of every one is named.
        ServiceUnavailableError: The database stays away.
    """
    return workflow_templates.sync_registry(database, [_registered(workflow) for workflow in _list_workflows(settings)])


def _list_workflows(settings: Settings) -> list[Workflow]:
    """Return each workflow once, though several projects have it."""
    found: dict[Path, Workflow] = {}
    faults: set[Fault] = set()
    projects = show_files.list_projects(settings.projects) if settings.projects.is_dir() else ()
    for project_id in ("", *projects):
        try:
            registry = load_registry_for(settings, project_id)
        except StoryError as error:
            faults.update(error.faults)
        else:
            found |= {workflow.file: workflow for workflow in registry.all()}
    if faults:
        raise StoryError(sorted(faults))
    return list(found.values())


def _registered(workflow: Workflow) -> RegisteredWorkflow:
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
    """Return everything that is known of a workflow but its graph, JSON-ready."""
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
    """What a server would refuse of a workflow; () when it takes it as it is."""

    workflow: Workflow
    server: str
    faults: tuple[Fault, ...]


def check_workflows(settings: Settings, server: str, workflows: Sequence[Workflow]) -> tuple[WorkflowCheck, ...]:
    """Hold workflows against what a server says of its nodes and model files.

    Raises:
        ServiceUnavailableError: The server does not answer.
        ServiceRejectedError: It answers what a ComfyUI server does not.
    """
    client = ComfyUIClient(server, settings.auth_token)
    try:
        said = {
            name: client.node_info(name)
            for name in sorted({name for workflow in workflows for name in workflow.node_classes})
        }
    finally:
        client.close()
    facts = {name: fact for name, fact in said.items() if fact is not None}
    return tuple(
        WorkflowCheck(workflow, server, validate_graph(workflow, facts, checks_files=True))
        for workflow in workflows
        if workflow.graph
    )


def add_export(settings: Settings, file: Path) -> Workflow:
    """Take an export into the studio's own workflows, with a `workflow.yaml` of what was found out of it, to correct.

    Raises:
        StoryError: The export cannot be used; every fault is named.
        PlanError: The studio has a workflow of that name already.
    """
    found = read_export(file)
    target = settings.home / "workflows" / found.name
    if target.exists():
        raise PlanError(f"there is a workflow {found.name} already, in {target}; rename the file, or change that one")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".adding-", dir=target.parent) as scratch:
        folder = Path(scratch) / found.name
        folder.mkdir()
        (folder / GRAPH_FILE).write_text(json.dumps(found.graph, indent=1) + "\n", encoding="utf-8")
        (folder / MANIFEST_FILE).write_text(_manifest_of(found), encoding="utf-8")
        read_workflow(folder)
        folder.rename(target)
    return read_workflow(target)


def _manifest_of(workflow: Workflow) -> str:
    """Return a `workflow.yaml` that says what was found out, so that it can be corrected."""
    said: dict[str, Any] = {
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
    head = "# Found out from graph.json; correct what is wrong. Every key is explained in docs/workflows.md.\n"
    return head + yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=110)


def _dotted(output: tuple[str, int]) -> str:
    return f"{output[0]}.{output[1]}"
