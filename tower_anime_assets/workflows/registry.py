"""The registry of workflows: folders on disk to `Workflow`s, those that come with the program and a studio's own.

A folder holds `graph.json` (ComfyUI's API format) and, where more is to be said than the graph says of itself,
`workflow.yaml`. A folder named like an earlier one takes its place: a project's own before the studio's, those before
the shipped ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from tower_anime_assets.errors import Fault, PlanError, StoryError
from tower_anime_assets.production.learning.tunable import Tunable
from tower_anime_assets.production.story.source import Faults, shortened, suggestion, text_of
from tower_anime_assets.settings import Settings
from tower_anime_assets.workflows.filling import is_legal_size, legal_frames, prepared
from tower_anime_assets.workflows.graphs import MAX_GRAPH_BYTES, read_graph
from tower_anime_assets.workflows.inference import Inferred, inferred
from tower_anime_assets.workflows.loras import LoraUse, base_fits
from tower_anime_assets.workflows.manifest import MAX_MANIFEST_BYTES, Lines, Manifest, ModelPart, read_manifest
from tower_anime_assets.workflows.workflow import (
    CAPABILITIES,
    COMFYUI,
    DEPRECATED,
    EMBEDDED,
    EXPERIMENTAL,
    PROVEN,
    Lengths,
    LoraSlot,
    ModelFile,
    Priors,
    Sizes,
    Workflow,
    is_link,
    value_at,
)

__all__ = [
    "CAPABILITIES",
    "COMFYUI",
    "DEPRECATED",
    "EMBEDDED",
    "EXPERIMENTAL",
    "GRAPH",
    "MANIFEST",
    "PROVEN",
    "SHIPPED",
    "Lengths",
    "LoraSlot",
    "LoraUse",
    "ModelFile",
    "Priors",
    "Registry",
    "Sizes",
    "Workflow",
    "base_fits",
    "load_registry",
    "prepared",
    "read_export",
    "read_workflow",
]

GRAPH: Final = "graph.json"
MANIFEST: Final = "workflow.yaml"
SHIPPED: Final = Path(__file__).parent / "shipped"

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_NOTHING_KNOWN: Final = Inferred("image", frozenset(), {}, (), (), (), Sizes(1, 1, 2**30), None)
_UNKNOWN_PRIORS: Final = {
    "image": Priors(60.0, 0, 0.5, "estimate: nothing is known of this workflow yet"),
    "video": Priors(10.0, 0, 0.5, "estimate: nothing is known of this workflow yet"),
}

_Known = TypeVar("_Known")


@dataclass(frozen=True)
class Registry:
    """Every workflow that there is, by name.

    Attributes:
        replaced: File of each workflow whose place another of the same name has taken.
    """

    workflows: Mapping[str, Workflow]
    replaced: tuple[Path, ...] = field(default=())

    def all(self) -> tuple[Workflow, ...]:
        """Return every workflow, by name."""
        return tuple(self.workflows[name] for name in sorted(self.workflows))

    def named(self, name: str) -> Workflow:
        """Return the workflow with a name, or with that alias.

        Raises:
            PlanError: There is none.
        """
        if name in self.workflows:
            return self.workflows[name]
        for workflow in self.all():
            if name in workflow.aliases:
                return workflow
        known = {*self.workflows, *(alias for workflow in self.all() for alias in workflow.aliases)}
        raise PlanError(f"there is no workflow {name!r}. {suggestion(name, known)}")

    def serving(self, capability: str) -> tuple[Workflow, ...]:
        """Return the workflows with a capability, deprecated ones last.

        Raises:
            PlanError: There is no such capability.
        """
        if capability not in CAPABILITIES:
            raise PlanError(f"there is no capability {capability!r}. {suggestion(capability, CAPABILITIES)}")
        found = [workflow for workflow in self.all() if capability in workflow.capabilities]
        return tuple(sorted(found, key=lambda workflow: (workflow.status == DEPRECATED, workflow.name)))


def load_registry(folders: Sequence[Path] = ()) -> Registry:
    """Return the shipped workflows and those in `folders`, of which later ones take the place of earlier ones.

    Args:
        folders: Usually `TOWER_HOME/workflows` and the project's `workflows/`; one that is not there holds nothing.

    Raises:
        StoryError: Some cannot be used; every fault of every one is named.
    """
    found = dict(_shipped())
    replaced: list[Path] = []
    faults: list[Fault] = []
    for folder in folders:
        for workflow in _workflows_in(folder, faults):
            earlier = found.get(workflow.name)
            replaced += [earlier.file] if earlier is not None else []
            found[workflow.name] = workflow
    faults += _clashes(found)
    if faults:
        raise StoryError(faults)
    return Registry(found, tuple(replaced))


def registry_of(settings: Settings, project_id: str = "") -> Registry:
    """Return every workflow that a project may be made with; without a project those of the studio.

    Raises:
        StoryError: Some cannot be used; every fault of every one is named.
    """
    own = settings.home / "workflows"
    return load_registry((own, settings.projects / project_id / "workflows") if project_id else (own,))


def read_workflow(folder: Path) -> Workflow:
    """Return the workflow in a folder.

    Raises:
        StoryError: It cannot be used; every fault is named.
    """
    faults: list[Fault] = []
    workflow = _read(folder, faults)
    if workflow is None or faults:
        raise StoryError(faults)
    return workflow


def read_export(file: Path) -> Workflow:
    """Return what an export in ComfyUI's API format says of itself; it is named for the file.

    Raises:
        StoryError: It cannot be used, such as one that the editor saved for itself; every fault is named.
    """
    faults: list[Fault] = []
    about = Faults(_shown(file))
    text = _text(file, MAX_GRAPH_BYTES, faults)
    graph = read_graph(text, about) if text is not None else {}
    name = re.sub(r"[^a-z0-9_-]+", "_", file.stem.lower()).strip("_-")
    if graph and not _NAME.fullmatch(name):
        about.add(0, f"{shortened(file.stem)!r} cannot be a name", "a file named with a-z, 0-9, _ and -", "Rename it.")
    workflow = _made(name, file, Manifest(format=1), graph)
    if graph:
        _check(workflow, Manifest(format=1), Lines(), about)
    if faults or about.found:
        raise StoryError([*faults, *about.found])
    return workflow


@cache
def _shipped() -> Mapping[str, Workflow]:
    faults: list[Fault] = []
    found = {workflow.name: workflow for workflow in _workflows_in(SHIPPED, faults)}
    if faults:
        raise StoryError(faults)
    return found


def _workflows_in(folder: Path, faults: list[Fault]) -> Iterator[Workflow]:
    if not folder.is_dir():
        return
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        faults.append(_unreadable(folder, error.strerror))
        return
    for inner in inside:
        if inner.name.startswith((".", "_")):
            continue
        if not inner.is_dir():
            remedy = "Put it into a folder of its own as graph.json, or let `tower workflows add FILE` do it."
            if inner.suffix in (".json", ".yaml", ".yml"):
                faults.append(Fault(_shown(inner), 0, "it lies beside the workflows", "a folder each", remedy))
            continue
        workflow = _read(inner, faults)
        if workflow is not None:
            yield workflow


def _clashes(found: Mapping[str, Workflow]) -> Iterator[Fault]:
    owners: dict[str, Workflow] = {}
    for workflow in found.values():
        for alias in workflow.aliases:
            other = found.get(alias) or owners.setdefault(alias, workflow)
            if other is not workflow:
                problem = f"the alias {alias} is also a name or an alias of {other.name}"
                yield Fault(_shown(workflow.file), 0, problem, "a name of its own", "Drop it from one of them.")


def _read(folder: Path, gathered: list[Fault]) -> Workflow | None:
    """Return the workflow in a folder, or None after gathering what is wrong with it."""
    start = len(gathered)
    graph_file, manifest_file = folder / GRAPH, folder / MANIFEST
    about_graph, about_manifest = Faults(_shown(graph_file)), Faults(_shown(manifest_file))
    manifest, lines = Manifest(format=1), Lines()
    graph: dict[str, Any] = {}
    if manifest_file.exists():
        text = _text(manifest_file, MAX_MANIFEST_BYTES, gathered)
        read, lines = read_manifest(text, about_manifest) if text is not None else (None, lines)
        manifest = read or manifest
    if graph_file.exists():
        text = _text(graph_file, MAX_GRAPH_BYTES, gathered)
        graph = read_graph(text, about_graph) if text is not None else {}
    elif not _may_lack_graph(manifest) and not about_manifest.found:
        about_graph.add(0, "the file is missing", "an export in the API format", "Put it beside workflow.yaml.")
    gathered += [*about_graph.found, *about_manifest.found]
    if len(gathered) > start:
        return None
    name = folder.name
    if not _NAME.fullmatch(name):
        remedy = "Rename the folder: it is the workflow's name."
        gathered.append(Fault(_shown(folder), 0, f"{shortened(name)!r} cannot be a name", "a-z, 0-9, _ and -", remedy))
        return None
    workflow = _made(name, manifest_file if manifest_file.exists() else graph_file, manifest, graph)
    checked = Faults(_shown(workflow.file))
    _check(workflow, manifest, lines, checked)
    gathered += checked.found
    return None if checked.found else workflow


def _may_lack_graph(manifest: Manifest) -> bool:
    """Return whether a manifest describes something that is not run, or not by ComfyUI."""
    return manifest.engine == EMBEDDED or manifest.status == DEPRECATED


def _text(path: Path, limit: int, faults: list[Fault]) -> str | None:
    try:
        if path.exists() and not path.is_file():  # reading a pipe or a device might never end
            faults.append(_unreadable(path, "it is no plain file"))
            return None
        with path.open("rb") as stream:
            return text_of(stream.read(limit + 1), _shown(path), limit)
    except StoryError as error:
        faults += error.faults
    except OSError as error:
        faults.append(_unreadable(path, error.strerror))
    return None


def _unreadable(path: Path, why: str | None) -> Fault:
    return Fault(_shown(path), 0, f"it cannot be read: {why}", "what may be read", "Check what it is, and its rights.")


def _made(name: str, file: Path, manifest: Manifest, graph: Mapping[str, Any]) -> Workflow:
    """Return the workflow that a manifest and a graph describe: what is said counts before what is found out."""
    found = inferred(graph) if graph else _NOTHING_KNOWN
    said = manifest.model_fields_set
    own = {role: tuple(places) for role, places in manifest.bindings.items()}
    bindings = {role: places for role, places in {**found.bindings, **own}.items() if places}
    medium = _either(manifest.medium, found.medium)
    named = ("medium", "capabilities", "output", "sizes", "loras", "priors", *(["lengths"] * (medium == "video")))
    return Workflow(
        name=name,
        version=manifest.version,
        title=_either(manifest.title, name.replace("_", " ")),
        capabilities=frozenset(_either(manifest.capabilities, found.capabilities)),
        status=manifest.status,
        is_validated=manifest.validated,
        medium=medium,
        graph=graph,
        bindings=dict(sorted(bindings.items())),
        output_nodes=tuple(_either(manifest.output, found.output_nodes)),
        models=tuple(_described(item, manifest.models.get(item.place)) for item in found.models),
        base_model=manifest.base_model,
        lora_after=_slots(manifest, found),
        min_comfyui=_either(manifest.min_comfyui, ""),
        sizes=Sizes(**manifest.sizes.model_dump()) if manifest.sizes else found.sizes,
        lengths=Lengths(**manifest.lengths.model_dump()) if manifest.lengths else found.lengths,
        priors=_priors(manifest, medium),
        defaults=dict(manifest.defaults),
        tunable={role: Tunable(part.low, part.high, part.step) for role, part in manifest.tunable.items()},
        licence=manifest.licence,
        notes=" ".join(manifest.notes.split()),
        file=file,
        aliases=tuple(manifest.aliases),
        engine=manifest.engine,
        inferred=frozenset({*(set(named) - said), *(f"bindings.{role}" for role in bindings.keys() - own.keys())})
        if graph
        else frozenset(),
    )


def _either(said: _Known | None, found: _Known) -> _Known:
    return found if said is None else said


def _described(item: ModelFile, part: ModelPart | None) -> ModelFile:
    if part is None:
        return item
    return ModelFile(part.folder or item.folder, item.file, item.place, int(part.size_gb * 1e9), part.source)


def _slots(manifest: Manifest, found: Inferred) -> tuple[LoraSlot, ...]:
    if manifest.loras is None:
        return found.lora_after
    return tuple(LoraSlot(_output(part.model), _output(part.clip) if part.clip else None) for part in manifest.loras)


def _output(written: str) -> tuple[str, int]:
    node, _, number = written.rpartition(".")
    return node, int(number)


def _priors(manifest: Manifest, medium: str) -> Priors:
    part = manifest.priors
    if part is None:
        return _UNKNOWN_PRIORS[medium]
    return Priors(part.seconds_per_megapixel_frame, int(part.vram_gb * 1e9), part.quality, part.source)


def _check(workflow: Workflow, manifest: Manifest, lines: Lines, faults: Faults) -> None:
    """Note everything that manifest and graph do not agree on."""
    for role, places in manifest.bindings.items():
        for place in places:
            _check_place(workflow, place, lines.of("bindings", role), faults)
    for place in manifest.models.keys() - {item.place for item in workflow.models}:
        known = [item.place for item in workflow.models]
        line = lines.of("models", place)
        faults.add(line, f"the graph loads no model at {place}", "a loader's input", suggestion(place, known))
    for node in set(workflow.output_nodes) - workflow.graph.keys():
        faults.add(lines.of("output"), f"there is no node {node}", "a node", suggestion(node, workflow.graph))
    for slot in workflow.lora_after:
        for node in {slot.model[0], *([slot.clip[0]] if slot.clip else [])} - workflow.graph.keys():
            faults.add(lines.of("loras"), f"there is no node {node}", "a node", suggestion(node, workflow.graph))
    for key, names in (("defaults", manifest.defaults), ("tunable", manifest.tunable)):
        for role in names:
            if role not in workflow.bindings and not (key == "tunable" and role == "lora_strength"):
                remedy = suggestion(role, workflow.bindings)
                faults.add(lines.of(key, role), f"{key}.{role} is bound to nothing", "a bound role", remedy)
    for role, part in manifest.tunable.items():
        if part.low >= part.high:
            faults.add(lines.of("tunable", role), f"{part.low} to {part.high} is no range", "low below high", "Swap.")
    if not workflow.capabilities:
        faults.add(lines.of("capabilities"), "there are no capabilities", ", ".join(CAPABILITIES), "Name one.")
    if workflow.medium == "video" and workflow.lengths is None and workflow.status != DEPRECATED:
        faults.add(lines.of("lengths"), "a clip's lengths are not said", "`lengths: {...}`", "See docs/workflows.md.")
    if workflow.graph:
        _check_graph(workflow, lines, faults)


def _check_place(workflow: Workflow, place: str, line: int, faults: Faults) -> None:
    try:
        value = value_at(workflow.graph, place)
    except KeyError:
        node = place.split(".")[0]
        known = [f"{node}.inputs.{name}" for name in workflow.graph.get(node, {"inputs": ()})["inputs"]]
        remedy = suggestion(place, known or [f"{one}.inputs…" for one in workflow.graph])
        faults.add(line, f"the graph has no {place}", "NODE.inputs.NAME of one that it has", remedy)
        return
    if is_link(value):
        remedy = f"Bind an input of node {value[0]} instead."
        faults.add(line, f"{place} is taken from node {value[0]}", "an input that holds a value", remedy)


def _check_graph(workflow: Workflow, lines: Lines, faults: Faults) -> None:
    """Note what makes a graph useless: nothing is saved, or its own values are not legal by its own rules."""
    if not workflow.output_nodes:
        faults.add(lines.of("output"), "no node saves anything", "SaveImage or SaveVideo", "Name it under `output`.")
    if faults.found:
        return
    try:
        _template, changes = prepared(workflow, {})
    except PlanError as error:
        faults.add(lines.of("defaults"), str(error), "defaults that can be made", "Correct `defaults`.")
        return
    standing = {
        role: changes.get(places[0], value_at(workflow.graph, places[0]))
        for role, places in workflow.bindings.items()
        if role in ("width", "height", "frames")
    }
    for role, value in standing.items():
        if not isinstance(value, int) or isinstance(value, bool):
            problem = f"{workflow.bindings[role][0]} is {shortened(repr(value))}"
            faults.add(lines.of("bindings", role), problem, "a whole number", "Correct the graph, or the binding.")
    if faults.found:
        return
    sizes, lengths = workflow.sizes, workflow.lengths
    if {"width", "height"} <= standing.keys() and not is_legal_size(sizes, standing["width"], standing["height"]):
        problem = f"the graph's {standing['width']}x{standing['height']} px is no legal size"
        faults.add(lines.of("sizes"), problem, f"multiples of {sizes.multiple_px}", "Correct one of them.")
    if "frames" in standing and lengths is not None and not legal_frames(lengths, standing["frames"]):
        problem = f"the graph's {standing['frames']} frames are no legal length"
        faults.add(lines.of("lengths"), problem, f"{lengths.step} n + {lengths.offset}", "Correct one of them.")


def _shown(path: Path) -> str:
    """Return a path as its owner knows it: with the folders that tell whose it is, in letters that can be printed."""
    return "/".join(path.parts[-3:]).encode("utf-8", "replace").decode()
