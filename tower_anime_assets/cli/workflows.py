"""`tower workflows`: the ComfyUI workflows that can make keyframes and clips."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tower_anime_assets.cli.digests import check_hashes
from tower_anime_assets.cli.output import add_json_option, print_error, print_json, print_note
from tower_anime_assets.errors import EXIT_DONE, MAX_REPORTED, PlanError, TowerError, list_some
from tower_anime_assets.settings import Settings

if TYPE_CHECKING:
    from tower_anime_assets.stages.workflow_import import AddedWorkflow
    from tower_anime_assets.workflows.bindable_inputs import BindableInput
    from tower_anime_assets.workflows.workflow import Workflow

HELP = "the workflows that make keyframes and clips: list, inspect, check, add, bind, probe"

_NAMES_HELP = (
    "inspect: a workflow or a file; check: workflows; add: files; bind: a workflow, then ROLE=NODE.INPUT...; "
    "probe: a workflow"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower workflows`."""
    parser.add_argument("action", choices=tuple(_ACTIONS))
    parser.add_argument("names", nargs="*", help=_NAMES_HELP)
    parser.add_argument("--project", default="", help="also the workflows of this project")
    parser.add_argument("--server", default="", help="use this ComfyUI server instead of those in COMFYUI_URL")
    parser.add_argument("--name", default="", help="add: the workflow's name, instead of the file's")
    parser.add_argument(
        "--bind",
        action="append",
        default=[],
        metavar="ROLE=NODE.INPUT",
        help="add: bind a role; may be repeated, and take several places: prompt=12.text,13.text",
    )
    parser.add_argument("--replace", action="store_true", help="add: take the place of a workflow of the same name")
    parser.add_argument("--hashes", action="store_true", help="check: compare model files with published SHA-256")
    parser.add_argument("--models-folder", default="", help="--hashes: the server's ComfyUI/models as seen from here")
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
        for gap in workflow.gaps:
            print(f"{'':<{width}}  {gap}")
        capabilities = ", ".join(sorted(workflow.capabilities)) or "nothing yet"
        print(f"{'':<{width}}  {capabilities}; {workflow.title}")
    for path in registry.replaced_files:
        print(f"replaced by a workflow of the same name: {path.parent}")
    return 0


def _inspect(arguments: argparse.Namespace, settings: Settings) -> int:
    from tower_anime_assets.stages.workflow_import import inspect_workflow
    from tower_anime_assets.stages.workflow_library import describe_workflow
    from tower_anime_assets.workflows.inference import unused_nodes

    name = _single_name(arguments, "a workflow's name, or a file exported from ComfyUI")
    shown = inspect_workflow(settings, name, arguments.project, arguments.server)
    workflow = shown.workflow
    description = describe_workflow(workflow)
    if arguments.json:
        print_json({**description, "inputs": _inputs_as_json(shown.inputs), "read": list(shown.notes)})
        return 0
    for key in ("name", "title", "version", "engine", "medium", "capabilities", "status", "base_model", "min_comfyui"):
        print(_format_line(key, description[key], is_guessed=key in workflow.inferred_keys))
    for gap in workflow.gaps:
        print(_format_line("needs", gap, is_guessed=False))
    for role, places in workflow.bindings.items():
        print(_format_line(f"bindings.{role}", places, is_guessed=f"bindings.{role}" in workflow.inferred_keys))
    for key in ("output_nodes", "models", "lora_after", "sizes", "lengths", "priors", "probe", "defaults", "tunable"):
        inferred_key = {"output_nodes": "output", "lora_after": "loras"}.get(key, key)
        print(_format_line(key, description[key], is_guessed=inferred_key in workflow.inferred_keys))
    for key in ("licence", "notes"):
        print(_format_line(key, description[key], is_guessed=False))
    if unused := unused_nodes(workflow.graph, workflow.output_nodes):
        print(_format_line("unused nodes", unused, is_guessed=False))
    for remark in (*workflow.remarks, *shown.notes):
        print(_format_line("note", remark, is_guessed=False))
    print("* inferred from the graph; override it in workflow.yaml" if workflow.inferred_keys else workflow.file)
    if _has_unbound(workflow):
        _print_inputs(shown.inputs)
    return 0


def _check(arguments: argparse.Namespace, settings: Settings) -> int:
    from tower_anime_assets.stages.workflow_library import check_workflows
    from tower_anime_assets.workflows.registry import load_registry_for

    registry = load_registry_for(settings, arguments.project)
    named = [registry.workflow(name) for name in arguments.names]
    chosen = named or [workflow for workflow in registry.all() if workflow.is_routable and workflow.graph]
    servers = (arguments.server.rstrip("/"),) if arguments.server else settings.comfyui_servers
    if arguments.hashes:
        return check_hashes(settings, servers, chosen, arguments.models_folder, as_json=arguments.json)
    checks = [item for server in servers for item in check_workflows(settings, server, chosen)]
    waiting = [workflow for workflow in (named or registry.all()) if workflow.gaps]
    if arguments.json:
        rows = [
            {
                "workflow": item.workflow.name,
                "server": item.server,
                "faults": list_some(item.problems, MAX_REPORTED),
                "fault_count": len(item.problems),
                "taken": list(item.taken),
            }
            for item in checks
        ]
        needs = {workflow.name: list(workflow.gaps) for workflow in waiting}
        print_json({"workflows": len(registry.all()), "checked": rows, "needs_a_hand": needs})
    else:
        print_note(f"{len(registry.all())} workflows read, all valid")
        if not servers:
            print_note("no server to check them at: set COMFYUI_URL, or name one with --server")
        for item in checks:
            print(f"{item.workflow.name} at {item.server}: {'runs' if not item.problems else 'does not run'}")
            for line in (*item.taken, *list_some(item.problems)):
                print(f"  {line}")
        for workflow in waiting:
            _print_gaps(workflow)
    return 2 if named and (waiting or any(item.problems for item in checks)) else 0


def _add(arguments: argparse.Namespace, settings: Settings) -> int:
    from tower_anime_assets.stages.workflow_import import add_workflow

    files = [Path(name) for name in arguments.names]
    if not files:
        raise PlanError("tower workflows add takes files: what ComfyUI exported or saved")
    if len(files) > 1 and (arguments.name or arguments.bind):
        raise PlanError("--name and --bind are for one file; add the others without them")
    code, added, errors = EXIT_DONE, [], []
    for file in files:
        try:
            one = add_workflow(
                settings,
                file,
                name=arguments.name,
                bindings=arguments.bind,
                replaces=arguments.replace,
                server=arguments.server,
            )
        except TowerError as error:  # one file that cannot be used does not keep the others out
            if len(files) == 1:
                raise
            code = max(code, error.exit_code)
            errors.append(f"{file}: {error}")
            print_error(errors[-1])
        else:
            added.append(one)
            if not arguments.json:
                _print_added(one)
    if arguments.json:
        described = [_added_as_json(one) for one in added]
        print_json(described[0] if len(files) == 1 else {"added": described, "errors": errors, "code": code})
    return code


def _bind(arguments: argparse.Namespace, settings: Settings) -> int:
    from tower_anime_assets.stages.workflow_import import bind_workflow

    if not arguments.names:
        raise PlanError("tower workflows bind takes a workflow's name, and ROLE=NODE.INPUT for what to bind")
    name, *words = arguments.names
    words += arguments.bind
    bound = bind_workflow(settings, name, words, project=arguments.project, server=arguments.server)
    if arguments.json:
        print_json(_added_as_json(bound))
    else:
        _print_added(bound)
    return 0


def _probe(arguments: argparse.Namespace, settings: Settings) -> int:
    from dataclasses import asdict

    from tower_anime_assets.stages.workflow_probe import probe_workflow

    name = _single_name(arguments, "a workflow's name")
    print_note(f"{name} is rendered once with the values of its graph; that takes as long as in ComfyUI")
    report = probe_workflow(
        settings, name, project=arguments.project, server=arguments.server, report_progress=_ProbeProgress()
    )
    if arguments.json:
        print_json(
            {
                "probe": asdict(report.probe),
                "conclusions": list(report.conclusions),
                "kept": report.is_kept,
                "decision": report.decision_id,
                "status": report.workflow.status,
                "gaps": list(report.workflow.gaps),
            }
        )
        return 0
    probe = report.probe
    length = f", {probe.frames} frames, {probe.fps:g} per second" if report.workflow.medium == "video" else ""
    memory = f", {probe.vram_bytes / 1e9:.1f} GB" if probe.vram_bytes else ""
    print(f"{probe.width_px}x{probe.height_px} px{length}, made in {probe.seconds:.1f} s{memory} by {probe.server}")
    for conclusion in report.conclusions:
        print(conclusion)
    kept = report.workflow.file if report.is_kept else "not kept: its files belong to this program"
    print_note(f"{kept}; on record as decision {report.decision_id}")
    _print_gaps(report.workflow)
    return 0


class _ProbeProgress:
    """Prints what a job does, whenever that changes."""

    def __init__(self) -> None:
        self._printed = ""

    def __call__(self, share: float, words: str) -> None:
        """Print where a job is."""
        if words and words != self._printed:
            self._printed = words
            print_note(f"  {share:.0%} {words}")


_ACTIONS: Mapping[str, Callable[[argparse.Namespace, Settings], int]] = {
    "list": _list,
    "inspect": _inspect,
    "check": _check,
    "add": _add,
    "bind": _bind,
    "probe": _probe,
}


def _single_name(arguments: argparse.Namespace, expected: str) -> str:
    if len(arguments.names) != 1:
        raise PlanError(f"tower workflows {arguments.action} takes one argument: {expected}")
    return str(arguments.names[0])


def _print_added(added: AddedWorkflow) -> None:
    """Print where a workflow is, what it can do, and what it still needs."""
    workflow = added.workflow
    for note in (*added.notes, *workflow.remarks):
        print_note(f"note: {note}")
    if workflow.gaps:
        _print_gaps(workflow)
        if _has_unbound(workflow):
            _print_inputs(added.inputs)
    else:
        capabilities = ", ".join(sorted(workflow.capabilities))
        print_note(f"{workflow.name} is ready to use for {capabilities}; see `tower workflows inspect {workflow.name}`")
    print(workflow.file)


def _print_gaps(workflow: Workflow) -> None:
    """Print why a workflow is not used, and what to do about it."""
    if not workflow.gaps:
        return
    print(f"{workflow.name} needs a hand before it is used:")
    for gap in workflow.gaps:
        print(f"  {gap}")
    for remedy in _remedies(workflow):
        print_note(remedy)


def _has_unbound(workflow: Workflow) -> bool:
    return any("bound" in gap for gap in workflow.gaps)


def _remedies(workflow: Workflow) -> Iterator[str]:
    if _has_unbound(workflow):
        role = next(
            role for role in ("prompt", "image", "frames", "fps", "seed", "width") if role not in workflow.bindings
        )
        yield f"bind it: `tower workflows bind {workflow.name} {role}=NODE.INPUT`"
    if any("measured" in gap for gap in workflow.gaps):
        yield f"measure it: `tower workflows probe {workflow.name}`"


def _print_inputs(inputs: Sequence[BindableInput]) -> None:
    """Print everything in a graph that a role could be bound to."""
    print("what can be bound (NODE.INPUT, kind, present value, node):")
    for item in inputs:
        print(f"  {item}")


def _added_as_json(added: AddedWorkflow) -> dict[str, Any]:
    from tower_anime_assets.stages.workflow_library import describe_workflow

    return {
        **describe_workflow(added.workflow),
        "file": str(added.workflow.file),
        "inputs": _inputs_as_json(added.inputs),
        "read": list(added.notes),
    }


def _inputs_as_json(inputs: Sequence[BindableInput]) -> list[dict[str, Any]]:
    from dataclasses import asdict

    return [asdict(item) for item in inputs]


def _format_line(key: str, value: Any, *, is_guessed: bool) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{key:<24}{'*' if is_guessed else ' '} {text}"
