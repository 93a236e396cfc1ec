"""The maps of model files on disk: a studio's and a project's; and their place in a registry's workflows.

The format is in `production.story.model_map_key`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tower_anime_assets.errors import Fault, StoryError, StoryWarning
from tower_anime_assets.production.story.model_map import MappedFile, ModelMap
from tower_anime_assets.production.story.model_map_key import STUDIO, read_models_section
from tower_anime_assets.production.story.plain_yaml import compose_yaml
from tower_anime_assets.production.story.source import MAX_YAML_BYTES, Diagnostics, decode_text
from tower_anime_assets.production.story.yaml_section import YamlSection
from tower_anime_assets.settings import Settings
from tower_anime_assets.workflows.workflow import Workflow, value_at

STUDIO_FILE: Final = "studio.yaml"
PROJECT_FILE: Final = "project.yaml"


def map_file(settings: Settings, project_id: str = "") -> Path:
    """Return the file that holds a project's map, or the studio's if `project_id` is ""."""
    return settings.projects / project_id / PROJECT_FILE if project_id else settings.home / STUDIO_FILE


def load_model_map(settings: Settings, project_id: str = "") -> ModelMap:
    """Return the maps in force for a project, or for the studio alone if `project_id` is "".

    Raises:
        StoryError: A map cannot be used; every fault is named with its line.
    """
    faults: list[Fault] = []
    studio: tuple[MappedFile, ...] = read_studio_file(settings, faults).get("models", ())
    project = _read_project(map_file(settings, project_id), project_id, faults) if project_id else ()
    if faults:
        raise StoryError(faults)
    return ModelMap(project, studio)


def read_studio_file(settings: Settings, faults: list[Fault]) -> dict[str, Any]:
    """Return value by key of the studio's file, and add what is wrong with any of them to the faults."""
    text = read_text_of(settings.home / STUDIO_FILE, STUDIO_FILE, faults)
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        return {}
    diagnostics = Diagnostics(STUDIO_FILE)
    root = compose_yaml(text, diagnostics)
    values = YamlSection(root, "", STUDIO, diagnostics).values() if root is not None else {}
    faults += diagnostics.faults
    return values


def _read_project(path: Path, project_id: str, faults: list[Fault]) -> tuple[MappedFile, ...]:
    """Return the map of a project; what else is wrong with its file is said by those who read the whole of it."""
    text = read_text_of(path, f"{project_id}/{PROJECT_FILE}", faults)
    if "models" not in text:
        return ()
    diagnostics = Diagnostics(f"{project_id}/{PROJECT_FILE}")
    root = compose_yaml(text, Diagnostics(""))
    entries = read_models_section(root, diagnostics) if root is not None else ()
    faults += diagnostics.faults
    return entries


def read_text_of(path: Path, display: str, faults: list[Fault]) -> str:
    """Return the text of a settings file, "" if there is none or it cannot be read, which is a fault then."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return decode_text(file.read(MAX_YAML_BYTES + 1), display, MAX_YAML_BYTES)
    except StoryError as error:
        faults += error.faults
    except OSError as error:
        faults.append(
            Fault(display, 0, f"it cannot be read: {error.strerror}", "a readable file", "Check its permissions.")
        )
    return ""


def with_model_map(workflow: Workflow, model_map: ModelMap) -> Workflow:
    """Return a workflow with the files of a map in place of its graph's."""
    if not model_map.entries:
        return workflow
    names = (workflow.name, *workflow.aliases)
    models = []
    for item in workflow.models:
        entry = model_map.for_place(names, item.place, item.file)
        models.append(item if entry is None else replace(item, file=entry.file, mapped=entry))
    return replace(workflow, models=tuple(models), model_map=model_map)


def unused_entries(
    model_map: ModelMap, workflows: Iterable[Workflow], other_files: Iterable[str]
) -> Iterator[StoryWarning]:
    """Yield a warning for every entry of a map that names a file or a place that nothing wants.

    Args:
        model_map: The maps in force.
        workflows: The workflows that there are.
        other_files: What else is wanted: LoRAs of the cast and the style, the style's checkpoint.
    """
    known = tuple(workflows)
    files = {str(value_at(workflow.graph, item.place)) for workflow in known for item in workflow.models}
    files |= set(other_files)
    files |= {variant.file for workflow in known for item in workflow.models for variant in item.variants}
    for entry in model_map.entries:
        only_it = ModelMap((entry,))
        if entry.workflow_place is None:
            is_used = any(only_it.for_file(file) for file in files)
        else:
            name, place = entry.workflow_place
            is_used = any(
                name in (workflow.name, *workflow.aliases) and place in {item.place for item in workflow.models}
                for workflow in known
            )
        if not is_used:
            wanted = (
                "no workflow loads a model there" if entry.workflow_place else "no workflow and no LoRA wants that file"
            )
            yield StoryWarning(
                entry.source,
                entry.line,
                f"models: {entry.wanted} is mapped to {entry.file}",
                f"{wanted}, so the entry has no effect",
                "`tower models` lists what is wanted.",
            )
