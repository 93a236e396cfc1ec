"""Workflows that people bring: added to the studio from a file, and bound where inference does not find the roles."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.errors import PlanError, ServiceError, StoryError
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.production.digest import plain_data
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.graph_files import load_graph_file
from tower_anime_assets.stages.workflow_library import read_node_info
from tower_anime_assets.workflows.bindable_inputs import (
    OUTPUT,
    BindableInput,
    list_bindable_inputs,
    parse_bindings,
)
from tower_anime_assets.workflows.filling import is_legal_length, is_legal_size
from tower_anime_assets.workflows.graphs import ObjectInfo
from tower_anime_assets.workflows.manifest import MANIFEST_FORMAT
from tower_anime_assets.workflows.manifest_edit import set_value
from tower_anime_assets.workflows.node_inputs import NodeInputs
from tower_anime_assets.workflows.registry import (
    GRAPH_FILE,
    MANIFEST_FILE,
    SHIPPED_FOLDER,
    ExportedGraph,
    infer_export,
    load_registry,
    load_registry_for,
    name_for,
    read_export_graph,
    read_workflow,
)
from tower_anime_assets.workflows.workflow import Sizes, Workflow, value_at

REPLACED_FOLDER = ".replaced"
"""Where `--replace` keeps what it replaces, below the studio's workflows; not read as a workflow."""

_HEAD = (
    "# What `tower workflows add` found in graph.json: correct what is wrong. docs/workflows.md explains every key.\n"
    "# What is not here is inferred from the graph each time.\n"
)


@dataclass(frozen=True)
class AddedWorkflow:
    """A workflow that was added or bound.

    Attributes:
        workflow: As it is read from its folder.
        inputs: Everything in its graph that a role could be bound to.
        notes: What a person should know, a sentence each: what was converted, replaced, or is missing on the server.
    """

    workflow: Workflow
    inputs: tuple[BindableInput, ...]
    notes: tuple[str, ...] = ()


def add_workflow(
    settings: Settings,
    file: Path,
    *,
    name: str = "",
    bindings: Sequence[str] = (),
    replaces: bool = False,
    server: str = "",
) -> AddedWorkflow:
    """Add a person's workflow file to the studio's workflows, with a `workflow.yaml` of what was inferred from it.

    Args:
        settings: The studio.
        file: What ComfyUI exported or saved.
        name: The workflow's name; "" for the file's.
        bindings: Words such as `prompt=12.text`, which take precedence over what is inferred.
        replaces: Whether a workflow of the same name may be replaced; one of the studio's own is kept aside.
        server: A ComfyUI server that is asked what its nodes take; "" for the first configured one.

    Raises:
        StoryError: The file cannot be used; the error lists every fault.
        PlanError: It cannot have that name, the name is taken, or a binding names what is not there.
        ServiceError: The server is needed to convert the file, and does not answer.
    """
    export = read_graph_file(settings, file, server)
    chosen = name_for(file, name)
    target = settings.home / "workflows" / chosen
    notes = [*export.notes, *_take_name(settings, chosen, target, replaces=replaces)]
    if not name and chosen != file.stem:
        notes.append(f"{file.name} is added as {chosen}")
    object_info, server_notes = find_node_info(settings, export.graph, server)
    places_by_role = parse_bindings(bindings, export.graph)
    workflow = infer_export(export, chosen, object_info, places_by_role)
    unbound = [role for role, places in places_by_role.items() if not places]
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".adding-", dir=target.parent) as scratch:
        folder = Path(scratch) / chosen
        folder.mkdir()
        (folder / GRAPH_FILE).write_text(_graph_text(export), encoding="utf-8")
        (folder / MANIFEST_FILE).write_text(_manifest_text(workflow, unbound), encoding="utf-8")
        if export.is_converted:
            shutil.copyfile(file, folder / f"original{file.suffix.lower()}")
        read_workflow(folder)
        notes += _keep_aside(target)
        folder.rename(target)
    return describe_added(read_workflow(target), export, object_info, (*notes, *server_notes))


def describe_added(
    workflow: Workflow, export: ExportedGraph, object_info: ObjectInfo, notes: Sequence[str] = ()
) -> AddedWorkflow:
    """Return a workflow with everything in its graph that a role could be bound to."""
    inputs = list_bindable_inputs(workflow, NodeInputs(workflow.graph, object_info, export.titles))
    return AddedWorkflow(workflow, inputs, tuple(notes))


def inspect_workflow(settings: Settings, name: str, project: str = "", server: str = "") -> AddedWorkflow:
    """Return a workflow by its name, or that of a file that was not added yet, with what there is to bind.

    Args:
        settings: The studio.
        name: A workflow's name, the path of its folder, or that of a file.
        project: A project whose own workflows count too.
        server: As in `add_workflow`.

    Raises:
        StoryError: The file cannot be used; the error lists every fault.
        PlanError: There is no such workflow.
    """
    path = Path(name)
    if path.is_file() or path.suffix.lower() in _FILE_SUFFIXES:
        export = read_graph_file(settings, path, server)
        object_info, notes = find_node_info(settings, export.graph, server)
        try:
            chosen = name_for(path)
        except PlanError as error:
            chosen, notes = "workflow", [str(error), *notes]
        workflow = infer_export(export, chosen, object_info)
        return describe_added(workflow, export, object_info, (*export.notes, *notes))
    if "/" in name:
        graph_file = path / GRAPH_FILE
        export = read_export_graph(graph_file)
        return describe_added(infer_export(export, "workflow"), export, {})
    workflow = load_registry_for(settings, project).workflow(name)
    graph_file = workflow.file.parent / GRAPH_FILE
    export = read_export_graph(graph_file) if workflow.graph else ExportedGraph(graph_file, {})
    return describe_added(workflow, export, {})


_FILE_SUFFIXES = frozenset({".json", ".png", ".webp", ".mp4", ".webm", ".mkv", ".mov"})


def read_graph_file(settings: Settings, file: Path, server: str = "") -> ExportedGraph:
    """Return the graph in a person's workflow file: an API export, the editor's own, or a picture or film with either.

    Raises:
        StoryError: It cannot be used; every fault is named.
        ServiceError: The server is needed to convert it, and does not answer.
    """
    servers = (server.rstrip("/"),) if server else settings.comfyui_servers[:1]

    def ask_server() -> ObjectInfo:
        with closing(ComfyUIClient(servers[0], settings.token_of("comfyui"))) as client:
            return client.all_node_info()

    loaded = load_graph_file(file, ask_server if servers else None)
    is_export = file.suffix.lower() == ".json" and not loaded.is_converted
    notes = loaded.notes if is_export else (f"read from {file.name}: {loaded.origin}", *loaded.notes)
    return ExportedGraph(file, loaded.graph, loaded.titles, notes, is_converted=not is_export)


def find_node_info(settings: Settings, graph: Mapping[str, Any], server: str = "") -> tuple[ObjectInfo, list[str]]:
    """Return what a server says of a graph's node classes, and what a person should know of that.

    Nothing is needed of it: without a server the graph alone must do.
    """
    servers = (server.rstrip("/"),) if server else settings.comfyui_servers[:1]
    if not servers:
        return {}, []
    classes = {node["class_type"] for node in graph.values()}
    try:
        object_info = read_node_info(settings, servers[0], classes)
    except ServiceError as error:
        return {}, [f"{servers[0]} was not asked what its nodes take: {error}"]
    missing = sorted(classes - object_info.keys())
    notes = [f"{servers[0]} does not have the node{'s' if len(missing) > 1 else ''} {', '.join(missing)}"]
    return object_info, notes if missing else []


def bind_workflow(
    settings: Settings, name: str, bindings: Sequence[str], *, project: str = "", server: str = ""
) -> AddedWorkflow:
    """Bind roles of a workflow in its `workflow.yaml`; all else in the file, comments included, stays.

    Raises:
        StoryError: The workflow cannot be used with them; the file stays as it was.
        PlanError: There is no such workflow of the studio's or the project's own, or a binding names what is not there.
    """
    folder = own_folder(settings, name, project)
    export = read_export_graph(folder / GRAPH_FILE)
    places_by_role = parse_bindings(bindings, export.graph)
    if not places_by_role:
        raise PlanError(f"name what to bind, such as `tower workflows bind {name} prompt=12.text`")
    edits: dict[tuple[str, ...], Any] = {
        (OUTPUT,) if role == OUTPUT else ("bindings", role): list(places) for role, places in places_by_role.items()
    }
    workflow = edit_manifest(folder, edits)
    object_info, notes = find_node_info(settings, export.graph, server)
    return describe_added(workflow, export, object_info, notes)


def own_folder(settings: Settings, name: str, project: str = "") -> Path:
    """Return the folder of one of the studio's or a project's own workflows.

    Raises:
        PlanError: There is none of that name.
    """
    folders = [settings.home / "workflows" / name]
    folders += [settings.projects / project / "workflows" / name] if project else []
    for folder in reversed(folders):
        if Path(name).name == name and (folder / GRAPH_FILE).is_file():
            return folder
    if (SHIPPED_FOLDER / name / GRAPH_FILE).is_file():
        raise PlanError(
            f"{name} is a shipped workflow, whose files belong to this program; add it as your own first: "
            f"`tower workflows add {SHIPPED_FOLDER / name / GRAPH_FILE} --name my_{name}`"
        )
    load_registry_for(settings, project).workflow(name)
    raise PlanError(f"{name} is not a workflow of your own that has a graph; expected one in {folders[0].parent}")


def edit_manifest(folder: Path, edits: Mapping[tuple[str, ...], Any]) -> Workflow:
    """Set values in a workflow's `workflow.yaml`, and return the workflow that then results.

    Raises:
        StoryError: The workflow could not be used then; the file stays as it was.
    """
    file = folder / MANIFEST_FILE
    text = file.read_text("utf-8") if file.is_file() else f"format: {MANIFEST_FORMAT}\n"
    for path, value in edits.items():
        text = set_value(text, path, value)
    with tempfile.TemporaryDirectory(prefix=".editing-", dir=folder.parent) as scratch:
        copy = Path(scratch) / folder.name
        copy.mkdir()
        shutil.copyfile(folder / GRAPH_FILE, copy / GRAPH_FILE)
        (copy / MANIFEST_FILE).write_text(text, encoding="utf-8")
        try:
            read_workflow(copy)
        except StoryError as error:
            raise StoryError(
                [replace(fault, file=f"{folder.name}/{MANIFEST_FILE}") for fault in error.faults]
            ) from None
    write_atomically(file, text.encode())
    return read_workflow(folder)


def _take_name(settings: Settings, name: str, target: Path, *, replaces: bool) -> list[str]:
    """Return what a person should know of what a name stood for before.

    Raises:
        PlanError: It is taken, and may not be replaced.
    """
    shipped = load_registry()
    for workflow in load_registry_for(settings).all():
        if name in workflow.aliases:
            raise PlanError(f"{name} is another name of the workflow {workflow.name}; choose one with --name")
    if target.exists():
        if replaces:
            return []
        raise PlanError(
            f"a workflow named {name} already exists in {target}; choose another name with --name, or replace it with "
            "--replace (the old one is kept beside it)"
        )
    if name in shipped.workflows:
        title = shipped.workflows[name].title
        if not replaces:
            raise PlanError(
                f"{name} is a shipped workflow ({title}), which yours would replace in every show; choose another "
                f"name, such as `--name my_{name}`, or replace it with --replace"
            )
        return [f"it replaces the shipped workflow {name} ({title}) in every show of this studio"]
    return []


def _keep_aside(target: Path) -> list[str]:
    """Move the folder of a workflow that is replaced out of the way; return what to say of it."""
    if not target.exists():
        return []
    kept = target.parent / REPLACED_FOLDER / f"{target.name}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    kept.parent.mkdir(exist_ok=True)
    target.rename(kept)
    return [f"the workflow {target.name} that was there before is kept in {kept}"]


def _graph_text(export: ExportedGraph) -> str:
    """Return the graph in API format as a file, with the titles that its author gave to nodes."""
    nodes = {
        node_id: {**node, **({"_meta": {"title": export.titles[node_id]}} if node_id in export.titles else {})}
        for node_id, node in export.graph.items()
    }
    return json.dumps(nodes, indent=1, ensure_ascii=False) + "\n"


def _manifest_text(workflow: Workflow, unbound: Sequence[str]) -> str:
    """Return a `workflow.yaml` of what was inferred, for the user to correct; nothing is claimed that is not so.

    Args:
        workflow: What was inferred.
        unbound: Roles that a person wants to be bound to nothing.
    """
    manifest: dict[str, Any] = {"format": MANIFEST_FORMAT, "title": workflow.title, "medium": workflow.medium}
    if not workflow.gaps:
        manifest |= {"capabilities": sorted(workflow.capabilities), "status": workflow.status}
    manifest |= {
        "base_model": workflow.base_model,
        "output": list(workflow.output_nodes),
        "bindings": {role: list(places) for role, places in workflow.bindings.items()} | {role: [] for role in unbound},
        "loras": [
            {"model": _dotted(slot.model), **({"clip": _dotted(slot.clip)} if slot.clip else {})}
            for slot in workflow.lora_after
        ],
    }
    own = {
        role: value_at(workflow.graph, workflow.bindings[role][0])
        for role in ("width", "height", "frames")
        if role in workflow.bindings
    }
    sizes, lengths = workflow.sizes, workflow.lengths
    sides_px = [own.get(side, 0) * (sizes.scale or 1) for side in ("width", "height")]
    if sizes.scale is not None and (0 in sides_px or is_legal_size(sizes, *map(int, sides_px))):
        manifest["sizes"] = sizes_entry(sizes)
    has_roles = {"frames", "fps"} <= workflow.bindings.keys()
    if lengths is not None and has_roles and is_legal_length(lengths, own["frames"]):
        manifest["lengths"] = plain_data(lengths)
    return _HEAD + yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=110)


def sizes_entry(sizes: Sizes) -> dict[str, Any]:
    """Return sizes as `workflow.yaml` has them."""
    entry: dict[str, Any] = {
        "multiple_px": sizes.multiple_px,
        "min_px": sizes.min_px,
        "max_pixels": sizes.max_pixels,
    }
    if sizes.scale not in (None, 1.0):
        entry["scale"] = sizes.scale
    if sizes.fixed_px is not None:
        entry["fixed"] = f"{sizes.fixed_px[0]}x{sizes.fixed_px[1]}"
    return entry


def _dotted(output: tuple[str, int]) -> str:
    return f"{output[0]}.{output[1]}"
