"""The registry of workflows: folders on disk to `Workflow` objects, the shipped ones and a studio's own.

A folder holds `graph.json` (ComfyUI's API format) and optionally `workflow.yaml`, for what the graph does not tell. A
project's folder overrides a studio's of the same name, and a studio's overrides a shipped one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from tower_anime_assets.errors import Fault, PlanError, StoryError
from tower_anime_assets.production.story.source import Diagnostics, decode_text, did_you_mean, shorten
from tower_anime_assets.settings import Settings
from tower_anime_assets.workflows.bindable_inputs import OUTPUT
from tower_anime_assets.workflows.capabilities import known_roles, missing_roles
from tower_anime_assets.workflows.filling import fill_workflow, is_legal_length, is_legal_size
from tower_anime_assets.workflows.graphs import MAX_GRAPH_BYTES, ObjectInfo, read_graph, read_titles
from tower_anime_assets.workflows.inference import InferredWorkflow, infer_workflow
from tower_anime_assets.workflows.manifest import MAX_MANIFEST_BYTES, Manifest, read_manifest
from tower_anime_assets.workflows.model_hashes import read_hashes
from tower_anime_assets.workflows.model_maps import load_model_map, with_model_map
from tower_anime_assets.workflows.workflow import (
    CAPABILITIES,
    DEPRECATED,
    EMBEDDED,
    NEEDS_A_HAND,
    Priors,
    Sizes,
    Workflow,
    is_link,
    value_at,
)

GRAPH_FILE: Final = "graph.json"
MANIFEST_FILE: Final = "workflow.yaml"
SHIPPED_FOLDER: Final = Path(__file__).parent / "shipped"

_WORKFLOW_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_EMPTY_INFERENCE: Final = InferredWorkflow("image", frozenset(), {}, (), (), (), Sizes(1, 1, 2**30), None)
_UNKNOWN_PRIORS: Final = {
    "image": Priors(60.0, 0, 0.5, "estimate: nothing is known of this workflow yet"),
    "video": Priors(10.0, 0, 0.5, "estimate: nothing is known of this workflow yet"),
}


@dataclass(frozen=True)
class Registry:
    """Workflows by name.

    Attributes:
        replaced_files: File of each workflow that another of the same name overrides.
    """

    workflows: Mapping[str, Workflow]
    replaced_files: tuple[Path, ...] = field(default=())

    def all(self) -> tuple[Workflow, ...]:
        """Return every workflow, by name."""
        return tuple(self.workflows[name] for name in sorted(self.workflows))

    def workflow(self, name: str) -> Workflow:
        """Return the workflow with a name or alias.

        Raises:
            PlanError: There is no such workflow.
        """
        if name in self.workflows:
            return self.workflows[name]
        for workflow in self.all():
            if name in workflow.aliases:
                return workflow
        names = {*self.workflows, *(alias for workflow in self.all() for alias in workflow.aliases)}
        raise PlanError(f"there is no workflow {name!r}. {did_you_mean(name, names)}")


def load_registry(folders: Sequence[Path] = ()) -> Registry:
    """Return the shipped workflows and those in `folders`, of which later ones override earlier ones.

    Args:
        folders: Usually `TOWER_HOME/workflows` and the project's `workflows/`; each may be missing.

    Raises:
        StoryError: A workflow cannot be used; all faults of all workflows are named.
    """
    workflows = dict(_load_shipped())
    replaced_files: list[Path] = []
    faults: list[Fault] = []
    for folder in folders:
        for workflow in _read_workflows(folder, faults):
            overridden = workflows.get(workflow.name)
            replaced_files += [overridden.file] if overridden is not None else []
            workflows[workflow.name] = workflow
    faults += _alias_clashes(workflows)
    if faults:
        raise StoryError(faults)
    return Registry(workflows, tuple(replaced_files))


def load_registry_for(settings: Settings, project_id: str = "") -> Registry:
    """Return the workflows of a project, or of the studio if `project_id` is "", with its map of model files applied.

    Raises:
        StoryError: A workflow cannot be used; all faults of all workflows are named.
    """
    studio_folder = settings.home / "workflows"
    project_folders = [settings.projects / project_id / "workflows"] if project_id else []
    registry = load_registry([studio_folder, *project_folders])
    model_map = load_model_map(settings, project_id)
    hashes = read_hashes(settings.home)
    workflows = {
        name: replace(with_model_map(workflow, model_map), file_hashes=hashes)
        if hashes or model_map.entries
        else workflow
        for name, workflow in registry.workflows.items()
    }
    return replace(registry, workflows=workflows)


def read_workflow(folder: Path) -> Workflow:
    """Return the workflow in a folder.

    Raises:
        StoryError: It cannot be used; every fault is named.
    """
    faults: list[Fault] = []
    workflow = _read_folder(folder, faults)
    if workflow is None or faults:
        raise StoryError(faults)
    return workflow


@dataclass(frozen=True)
class ExportedGraph:
    """A graph that a person brings, before it is a workflow.

    Attributes:
        file: Where it was read from.
        graph: In API format.
        titles: What the editor shows above each node, by node id.
        notes: What a person should know of how it was read, a sentence each.
        is_converted: Whether it is not the file's own API graph, so that the file is worth keeping.
    """

    file: Path
    graph: Mapping[str, Any]
    titles: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    is_converted: bool = False


def name_for(file: Path, name: str = "") -> str:
    """Return the name of the workflow that a file is added as: the one given, else one made of the file's.

    Raises:
        PlanError: It cannot be a name; the message says which could.
    """
    folded = unicodedata.normalize("NFKD", file.stem).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9_-]+", "_", folded).strip("_-")[:60]
    chosen = name or made
    if _WORKFLOW_NAME.fullmatch(chosen):
        return chosen
    possible = made if _WORKFLOW_NAME.fullmatch(made) else f"w_{made}"[:60].rstrip("_-") if made else "my_workflow"
    what = f"the name {shorten(name)!r}" if name else f"{shorten(file.name)!r}"
    raise PlanError(
        f"{what} cannot name a workflow: expected a letter first, then a-z, 0-9, _ and -, 60 at most. "
        f"Add it with --name, such as `--name {possible}`"
    )


def read_export_graph(file: Path) -> ExportedGraph:
    """Return the graph in a file of ComfyUI's API format.

    Raises:
        StoryError: It cannot be used; every fault is named.
    """
    faults: list[Fault] = []
    graph_faults = Diagnostics(_display_path(file))
    text = _read_text(file, MAX_GRAPH_BYTES, faults)
    graph = read_graph(text, graph_faults) if text is not None else {}
    if faults or graph_faults.faults or text is None:
        raise StoryError([*faults, *graph_faults.faults])
    return ExportedGraph(file, graph, read_titles(text))


def infer_export(
    export: ExportedGraph,
    name: str,
    object_info: ObjectInfo | None = None,
    bindings: Mapping[str, tuple[str, ...]] | None = None,
) -> Workflow:
    """Return the workflow that a graph would be.

    Args:
        export: The graph.
        name: Its name.
        object_info: A server's node classes, for what the names of inputs do not tell.
        bindings: Places by role, as a person gives them; `output` is a role here too.

    Raises:
        StoryError: It cannot be used; every fault is named.
    """
    stated: dict[str, Any] = {"bindings": {role: at for role, at in (bindings or {}).items() if role != OUTPUT}}
    stated |= {"output_nodes": bindings[OUTPUT]} if bindings and OUTPUT in bindings else {}
    manifest = Manifest(stated)
    faults = Diagnostics(_display_path(export.file))
    workflow = _build_workflow(name, export.file, manifest, export.graph, export.titles, object_info)
    _check_workflow(workflow, manifest, faults)
    if faults.faults:
        raise StoryError(faults.faults)
    return workflow


@cache
def _load_shipped() -> Mapping[str, Workflow]:
    faults: list[Fault] = []
    workflows = {workflow.name: workflow for workflow in _read_workflows(SHIPPED_FOLDER, faults)}
    if faults:
        raise StoryError(faults)
    return workflows


def _read_workflows(folder: Path, faults: list[Fault]) -> Iterator[Workflow]:
    if not folder.is_dir():
        return
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        faults.append(_unreadable_fault(folder, error.strerror))
        return
    for entry in entries:
        if entry.name.startswith((".", "_")):
            continue
        if not entry.is_dir():
            remedy = "Move it into a folder of its own as graph.json, or run `tower workflows add FILE`."
            if entry.suffix in (".json", ".yaml", ".yml"):
                problem, expected = "the file is beside the workflows", "a folder for each workflow"
                faults.append(_fault(entry, problem, expected, remedy))
            continue
        workflow = _read_folder(entry, faults)
        if workflow is not None:
            yield workflow


def _alias_clashes(workflows: Mapping[str, Workflow]) -> Iterator[Fault]:
    owners: dict[str, Workflow] = {}
    for workflow in workflows.values():
        for alias in workflow.aliases:
            owner = workflows.get(alias) or owners.setdefault(alias, workflow)
            if owner is not workflow:
                problem = f"the alias {alias} is also a name or an alias of {owner.name}"
                yield _fault(workflow.file, problem, "a unique name", "Drop it from one of them.")


def _read_folder(folder: Path, faults: list[Fault]) -> Workflow | None:
    """Return the workflow in a folder, or None after adding what is wrong with it."""
    fault_count = len(faults)
    graph_file, manifest_file = folder / GRAPH_FILE, folder / MANIFEST_FILE
    graph_faults, manifest_faults = Diagnostics(_display_path(graph_file)), Diagnostics(_display_path(manifest_file))
    manifest = Manifest()
    graph: dict[str, Any] = {}
    titles: dict[str, str] = {}
    if manifest_file.exists():
        text = _read_text(manifest_file, MAX_MANIFEST_BYTES, faults)
        manifest = (read_manifest(text, manifest_faults) if text is not None else None) or manifest
    if graph_file.exists():
        text = _read_text(graph_file, MAX_GRAPH_BYTES, faults)
        graph = read_graph(text, graph_faults) if text is not None else {}
        titles = read_titles(text) if text is not None and graph else {}
    elif not _may_lack_graph(manifest) and not manifest_faults.faults:
        graph_faults.add(0, "the file is missing", "an export in the API format", "Put it beside workflow.yaml.")
    faults += [*graph_faults.faults, *manifest_faults.faults]
    if len(faults) > fault_count:
        return None
    name = folder.name
    if not _WORKFLOW_NAME.fullmatch(name):
        remedy = "Rename the folder: it is the workflow's name."
        faults.append(_fault(folder, f"{shorten(name)!r} cannot be a name", "a-z, 0-9, _ and -", remedy))
        return None
    file = manifest_file if manifest_file.exists() else graph_file
    workflow = _build_workflow(name, file, manifest, graph, titles)
    workflow_faults = Diagnostics(_display_path(workflow.file))
    _check_workflow(workflow, manifest, workflow_faults)
    faults += workflow_faults.faults
    return None if workflow_faults.faults else workflow


def _may_lack_graph(manifest: Manifest) -> bool:
    """Return whether a manifest needs no graph: the workflow is deprecated, or ComfyUI does not run it."""
    return manifest.fields.get("engine") == EMBEDDED or manifest.fields.get("status") == DEPRECATED


def _read_text(path: Path, max_bytes: int, faults: list[Fault]) -> str | None:
    try:
        if path.exists() and not path.is_file():  # reading a pipe or a device might block
            faults.append(_unreadable_fault(path, "it is not a regular file"))
            return None
        with path.open("rb") as stream:
            return decode_text(stream.read(max_bytes + 1), _display_path(path), max_bytes)
    except StoryError as error:
        faults += error.faults
    except OSError as error:
        faults.append(_unreadable_fault(path, error.strerror))
    return None


def _unreadable_fault(path: Path, reason: str | None) -> Fault:
    return _fault(path, f"it cannot be read: {reason}", "a readable file", "Check what it is, and its permissions.")


def _fault(path: Path, problem: str, expected: str, remedy: str) -> Fault:
    return Fault(_display_path(path), 0, problem, expected, remedy)


def _build_workflow(
    name: str,
    file: Path,
    manifest: Manifest,
    graph: Mapping[str, Any],
    titles: Mapping[str, str],
    object_info: ObjectInfo | None = None,
) -> Workflow:
    """Return the workflow of a manifest and a graph; the manifest takes precedence over what is inferred."""
    stated = manifest.fields
    inference = infer_workflow(graph, object_info, titles, stated) if graph else _EMPTY_INFERENCE
    fields = {**vars(inference), **stated}
    is_overclaimed = _unbound_claims(manifest, inference.bindings, encodes_text=inference.encodes_text)
    if manifest.is_generated and is_overclaimed:
        fields["capabilities"] = inference.capabilities
    elif "capabilities" in stated:
        fields["gaps"] = ()
    if fields["gaps"] and fields.get("status") != DEPRECATED:
        fields["status"] = NEEDS_A_HAND
    bindings = fields["bindings"] = {**inference.bindings, **stated.get("bindings", {})}
    fields["bindings"] = {role: bindings[role] for role in sorted(bindings) if bindings[role]}
    details_by_place = manifest.fields.get("models", {})
    fields["models"] = tuple(replace(model, **details_by_place.get(model.place, {})) for model in inference.models)
    inferable_keys = ["medium", "capabilities", "output", "sizes", "loras", "priors"]
    inferable_keys += ["lengths"] if fields["medium"] == "video" else []
    inferable_paths = [(key,) for key in inferable_keys] + [("bindings", role) for role in fields["bindings"]]
    return Workflow(
        **{"title": name.replace("_", " "), "priors": _UNKNOWN_PRIORS[fields["medium"]], **fields},
        name=name,
        graph=graph,
        file=file,
        inferred_keys=frozenset(".".join(path) for path in inferable_paths if graph and path not in manifest.lines),
    )


def _unbound_claims(
    manifest: Manifest, bindings: Mapping[str, tuple[str, ...]], *, encodes_text: bool
) -> dict[str, tuple[str, ...]]:
    """Return the roles that are bound to nothing, by each capability that a manifest claims and that needs them."""
    known = known_roles(manifest.fields.get("sizes"), manifest.fields.get("lengths"))
    claims = {
        capability: missing_roles(capability, bindings.keys(), encodes_text=encodes_text, known=known)
        for capability in sorted(manifest.fields.get("capabilities", ()))
    }
    return {capability: roles for capability, roles in claims.items() if roles}


def _check_workflow(workflow: Workflow, manifest: Manifest, faults: Diagnostics) -> None:
    """Add a fault for everything on which manifest and graph disagree."""
    for role, places in manifest.fields.get("bindings", {}).items():
        for place in places:
            _check_place(workflow, place, manifest.line_of("bindings", role), faults)
    model_places = {model.place for model in workflow.models}
    for place in manifest.fields.get("models", {}).keys() - model_places:
        problem, remedy = f"the graph does not load a model at {place}", did_you_mean(place, model_places)
        faults.add(manifest.line_of("models", place), problem, "a loader's input", remedy)
    slots = [end for slot in workflow.lora_after for end in (slot.model, slot.clip) if end]
    for key, nodes in (("output", set(workflow.output_nodes)), ("loras", {node for node, _output in slots})):
        for node in nodes - workflow.graph.keys():
            remedy = did_you_mean(node, workflow.graph)
            faults.add(manifest.line_of(key), f"there is no node {node}", "a node of the graph", remedy)
    for key, names in (("defaults", workflow.defaults), ("tunable", workflow.tunable)):
        for role in names:
            if role not in workflow.bindings and not (key == "tunable" and role == "lora_strength"):
                remedy = did_you_mean(role, workflow.bindings)
                faults.add(manifest.line_of(key, role), f"{key}.{role} is bound to nothing", "a bound role", remedy)
    for role, part in workflow.tunable.items():
        if part.low >= part.high:
            problem = f"{part.low} to {part.high} is empty"
            faults.add(manifest.line_of("tunable", role), problem, "low below high", "Swap them.")
    _check_capabilities(workflow, manifest, faults)
    if workflow.medium == "video" and workflow.lengths is None and workflow.status != DEPRECATED:
        line = manifest.line_of("lengths")
        faults.add(line, "lengths are missing", "`lengths: {...}` for clips", "See docs/workflows.md.")
    if workflow.graph:
        _check_graph(workflow, manifest, faults)


def _check_capabilities(workflow: Workflow, manifest: Manifest, faults: Diagnostics) -> None:
    """Add a fault if a workflow can do nothing, or if a person claims more than is bound."""
    line = manifest.line_of("capabilities")
    if not workflow.capabilities and not workflow.gaps:
        faults.add(line, "capabilities are missing", ", ".join(CAPABILITIES), "Name at least one.")
    if not workflow.graph or manifest.is_generated:
        return
    claims = _unbound_claims(manifest, workflow.bindings, encodes_text=workflow.encodes_text)
    for capability, roles in claims.items():
        missing = " and ".join(roles)
        remedy = (
            f"Bind it: `tower workflows bind {workflow.name} {roles[0]}=NODE.INPUT`; `tower workflows inspect "
            f"{workflow.file.parent}` shows what there is to bind. Or drop the capability."
        )
        problem = f"{capability} is claimed, and no {missing} is bound"
        faults.add(line, problem, f"`bindings` of {missing}", remedy)


def _check_place(workflow: Workflow, place: str, line: int, faults: Diagnostics) -> None:
    try:
        value = value_at(workflow.graph, place)
    except KeyError:
        node = place.split(".")[0]
        places = [f"{node}.inputs.{name}" for name in workflow.graph.get(node, {"inputs": ()})["inputs"]]
        remedy = did_you_mean(place, places or [f"{node_id}.inputs…" for node_id in workflow.graph])
        faults.add(line, f"the graph has no {place}", "NODE.inputs.NAME of one of its inputs", remedy)
        return
    if is_link(value):
        remedy = f"Bind an input of node {value[0]} instead."
        faults.add(line, f"{place} is linked to node {value[0]}", "an input with a value", remedy)


def _check_graph(workflow: Workflow, manifest: Manifest, faults: Diagnostics) -> None:
    """Add a fault if a graph saves nothing, or if its own values are not legal."""
    if not workflow.output_nodes:
        faults.add(
            manifest.line_of("output"), "no node saves a file", "SaveImage or SaveVideo", "Name it under `output`."
        )
    if faults.faults:
        return
    try:
        _template, changes = fill_workflow(workflow, {})
    except PlanError as error:
        faults.add(manifest.line_of("defaults"), str(error), "valid defaults", "Correct `defaults`.")
        return
    graph_values = {
        role: changes.get(places[0], value_at(workflow.graph, places[0]))
        for role, places in workflow.bindings.items()
        if role in ("width", "height", "frames")
    }
    for role, value in graph_values.items():
        if not isinstance(value, int) or isinstance(value, bool):
            problem = f"{workflow.bindings[role][0]} is {shorten(repr(value))}"
            faults.add(
                manifest.line_of("bindings", role), problem, "a whole number", "Correct the graph, or the binding."
            )
    if faults.faults:
        return
    sizes, lengths = workflow.sizes, workflow.lengths
    # What was inferred of limits is no reason to refuse a graph that its author has run: each job sets these values.
    if {"width", "height"} <= graph_values.keys() and "sizes" in manifest.fields:
        width_px, height_px = (int(graph_values[side] * (sizes.scale or 1)) for side in ("width", "height"))
        if not is_legal_size(sizes, width_px, height_px):
            problem = f"the graph's {width_px}x{height_px} px is not a legal size"
            faults.add(manifest.line_of("sizes"), problem, f"multiples of {sizes.multiple_px}", "Correct one of them.")
    if lengths is None or "lengths" not in manifest.fields or "frames" not in graph_values:
        return
    if not is_legal_length(lengths, graph_values["frames"]):
        problem = f"the graph's {graph_values['frames']} frames are not a legal length"
        faults.add(manifest.line_of("lengths"), problem, f"{lengths.step} n + {lengths.offset}", "Correct one of them.")


def _display_path(path: Path) -> str:
    """Return the last three parts of a path, which show whose file it is, as printable text."""
    return "/".join(path.parts[-3:]).encode("utf-8", "replace").decode()
