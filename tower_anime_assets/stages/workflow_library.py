"""The studio's workflows: read from their folders, described, copied to the database, checked against servers.

The folders are authoritative; the database holds what they contained at the last sync.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.errors import Fault, ServiceUnavailableError, StoryError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.digest import plain_data
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.routing import examine_servers
from tower_anime_assets.store import workflow_templates
from tower_anime_assets.store.database import Database, Transaction
from tower_anime_assets.store.workflow_templates import RegisteredWorkflow, SyncResult
from tower_anime_assets.workflows.registry import load_registry_for
from tower_anime_assets.workflows.workflow import Workflow


def sync_library(settings: Settings, database: Database) -> SyncResult:
    """Copy the workflows of the studio and of all its projects to `video_workflow_templates`.

    Raises:
        StoryError: Some cannot be used; the error lists every fault.
        ServiceUnavailableError: The database does not answer.
    """
    return workflow_templates.sync_registry(database, list(map(_registration_of, list_workflows(settings))))


def register_workflows(transaction: Transaction, workflows: Iterable[Workflow]) -> SyncResult:
    """Copy the whole registry of workflows to `video_workflow_templates` as a part of a transaction."""
    return workflow_templates.write_registry(transaction, list(map(_registration_of, workflows)))


def list_workflows(settings: Settings) -> list[Workflow]:
    """Return each workflow of the studio and of all its projects once.

    Raises:
        StoryError: Some cannot be used; the error lists every fault.
    """
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
        "gaps": list(workflow.gaps),
        "remarks": list(workflow.remarks),
        "probe": plain_data(workflow.probe),
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


def read_node_info(settings: Settings, server: str, node_classes: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """Return what a server reports about node classes, by class; those that it does not have are left out.

    Raises:
        ServiceUnavailableError: The server does not answer.
        ServiceRejectedError: The server does not answer like ComfyUI.
    """
    with closing(ComfyUIClient(server, settings.token_of("comfyui"))) as client:
        answers = {name: client.node_info(name) for name in sorted(set(node_classes))}
    return {name: node for name, node in answers.items() if node is not None}


@dataclass(frozen=True)
class WorkflowCheck:
    """What a server lacks for a workflow, or would reject in it; no problems if it can run it as it is.

    Attributes:
        taken: A sentence for each model file that is taken instead of the one that is wanted.
    """

    workflow: Workflow
    server: str
    problems: tuple[str, ...]
    taken: tuple[str, ...] = ()


def check_workflows(settings: Settings, server: str, workflows: Sequence[Workflow]) -> tuple[WorkflowCheck, ...]:
    """Check workflows at a server, as routing and every run do.

    Raises:
        ServiceUnavailableError: The server does not answer, or not like ComfyUI.
    """
    services = {**settings.services, "comfyui": server}
    (health,) = examine_servers(replace(settings, services=services), workflows)
    if not health.is_up:
        raise ServiceUnavailableError(health.detail)
    return tuple(
        WorkflowCheck(workflow, server, health.missing.get(workflow.name, ()), health.taken.get(workflow.name, ()))
        for workflow in workflows
        if workflow.graph
    )
