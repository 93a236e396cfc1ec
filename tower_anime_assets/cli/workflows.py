"""`tower workflows`: the ComfyUI workflows that can make keyframes and clips."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tower_anime_assets.cli.output import add_json_option, print_json, print_note
from tower_anime_assets.errors import PlanError
from tower_anime_assets.settings import Settings

HELP = "the workflows that make keyframes and clips: list, inspect, check, add"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower workflows`."""
    parser.add_argument("action", choices=tuple(_ACTIONS))
    parser.add_argument("names", nargs="*", help="inspect: a workflow or a file; check: workflows; add: a file")
    parser.add_argument("--project", default="", help="also the workflows of this project")
    parser.add_argument("--server", default="", help="check: this ComfyUI server instead of those in COMFYUI_URL")
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do the action."""
    return _ACTIONS[arguments.action](arguments, settings)


def _list(arguments: argparse.Namespace, settings: Settings) -> int:
    from tower_anime_assets.stages.workflow_library import describe_workflow
    from tower_anime_assets.workflows.registry import load_registry_for

    registry = load_registry_for(settings, arguments.project)
    workflows = registry.all()
    if arguments.json:
        print_json({"workflows": [describe_workflow(workflow) for workflow in workflows]})
        return 0
    width = max(len(workflow.name) for workflow in workflows)
    for workflow in workflows:
        validation_note = "" if workflow.is_validated else ", unvalidated"
        print(f"{workflow.name:<{width}}  {workflow.medium:<5}  {workflow.status}{validation_note}")
        print(f"{'':<{width}}  {', '.join(sorted(workflow.capabilities))}; {workflow.title}")
    for path in registry.replaced_files:
        print(f"replaced by a workflow of the same name: {path.parent}")
    return 0


def _inspect(arguments: argparse.Namespace, settings: Settings) -> int:
    from tower_anime_assets.stages.workflow_library import describe_workflow
    from tower_anime_assets.workflows.inference import unused_nodes
    from tower_anime_assets.workflows.registry import load_registry_for, read_export

    name = _single_name(arguments, "a workflow's name, or a file exported from ComfyUI")
    is_file = name.endswith(".json") or "/" in name
    workflow = read_export(Path(name)) if is_file else load_registry_for(settings, arguments.project).workflow(name)
    description = describe_workflow(workflow)
    if arguments.json:
        print_json(description)
        return 0
    for key in ("name", "title", "version", "engine", "medium", "capabilities", "status", "base_model", "min_comfyui"):
        print(_format_line(key, description[key], is_guessed=key in workflow.inferred_keys))
    for role, places in workflow.bindings.items():
        print(_format_line(f"bindings.{role}", places, is_guessed=f"bindings.{role}" in workflow.inferred_keys))
    for key in ("output_nodes", "models", "lora_after", "sizes", "lengths", "priors", "defaults", "tunable"):
        inferred_key = {"output_nodes": "output", "lora_after": "loras"}.get(key, key)
        print(_format_line(key, description[key], is_guessed=inferred_key in workflow.inferred_keys))
    for key in ("licence", "notes"):
        print(_format_line(key, description[key], is_guessed=False))
    if unused := unused_nodes(workflow.graph, workflow.output_nodes):
        print(_format_line("unused nodes", unused, is_guessed=False))
    print("* inferred from the graph; override it in workflow.yaml" if workflow.inferred_keys else workflow.file)
    return 0


def _check(arguments: argparse.Namespace, settings: Settings) -> int:
    from tower_anime_assets.stages.workflow_library import check_workflows
    from tower_anime_assets.workflows.registry import load_registry_for

    registry = load_registry_for(settings, arguments.project)
    named = [registry.workflow(name) for name in arguments.names]
    chosen = named or [workflow for workflow in registry.all() if workflow.is_routable and workflow.graph]
    servers = (arguments.server.rstrip("/"),) if arguments.server else settings.comfyui_servers
    checks = [item for server in servers for item in check_workflows(settings, server, chosen)]
    if arguments.json:
        rows = [
            {"workflow": item.workflow.name, "server": item.server, "faults": [str(fault) for fault in item.faults]}
            for item in checks
        ]
        print_json({"workflows": len(registry.all()), "checked": rows})
    else:
        print_note(f"{len(registry.all())} workflows read, all valid")
        if not servers:
            print_note("no server to check them at: set COMFYUI_URL, or name one with --server")
        for item in checks:
            print(f"{item.workflow.name} at {item.server}: {'runs' if not item.faults else 'does not run'}")
            for fault in item.faults:
                print(f"  {fault.problem}. Expected {fault.expected}. {fault.remedy}")
    return 2 if named and any(item.faults for item in checks) else 0


def _add(arguments: argparse.Namespace, settings: Settings) -> int:
    from tower_anime_assets.stages.workflow_library import add_export, describe_workflow

    workflow = add_export(settings, Path(_single_name(arguments, "a file exported from ComfyUI")))
    if arguments.json:
        print_json(describe_workflow(workflow))
    else:
        print_note(f"{workflow.name} is ready to use; see `tower workflows inspect {workflow.name}`")
        print(workflow.file)
    return 0


_ACTIONS: Mapping[str, Callable[[argparse.Namespace, Settings], int]] = {
    "list": _list,
    "inspect": _inspect,
    "check": _check,
    "add": _add,
}


def _single_name(arguments: argparse.Namespace, expected: str) -> str:
    if len(arguments.names) != 1:
        raise PlanError(f"tower workflows {arguments.action} takes one argument: {expected}")
    return str(arguments.names[0])


def _format_line(key: str, value: Any, *, is_guessed: bool) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{key:<24}{'*' if is_guessed else ' '} {text}"
