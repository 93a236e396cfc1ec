"""What of the maps of model files has no effect: an entry for a file that nothing wants is a warning with its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tower_anime_assets.errors import StoryError, StoryWarning
from tower_anime_assets.production.story.model import Lora, Project
from tower_anime_assets.production.story.model_map import ModelMap
from tower_anime_assets.settings import Settings
from tower_anime_assets.workflows.model_maps import load_model_map, unused_entries
from tower_anime_assets.workflows.registry import load_registry_for


def project_map_warnings(settings: Settings, project: Project) -> tuple[StoryWarning, ...]:
    """Return a warning for each entry of a project's map that nothing of the project wants."""
    try:
        workflows = load_registry_for(settings, project.id).all()
    except StoryError:  # what is wrong with the workflows is said where they are used
        return ()
    return tuple(unused_entries(ModelMap(project=project.models), workflows, wanted_files(project)))


def studio_map_warnings(settings: Settings, projects: Iterable[Project]) -> tuple[StoryWarning, ...]:
    """Return a warning for each entry of the studio's map that no project wants.

    Raises:
        StoryError: The map or a workflow cannot be used; every fault is named.
    """
    studio = ModelMap(studio=load_model_map(settings).studio)
    if not studio.entries:
        return ()
    shows = tuple(projects)
    registries = [load_registry_for(settings, key) for key in ("", *(show.id for show in shows))]
    workflows = [workflow for registry in registries for workflow in registry.all()]
    return tuple(unused_entries(studio, workflows, [file for show in shows for file in wanted_files(show)]))


def wanted_files(project: Project) -> tuple[str, ...]:
    """Return the LoRAs of a project's cast and style, and the checkpoint of its style."""
    loras = (lora.file for owner in (*project.characters, project.style) for lora in _loras_of(owner))
    return tuple(dict.fromkeys(filter(None, (*loras, project.style.checkpoint))))


def _loras_of(owner: object) -> Iterator[Lora]:
    """Yield the LoRAs of a character or a style, under whichever key of its file they are."""
    for held in (getattr(owner, "lora", None), *getattr(owner, "loras", ())):
        if isinstance(held, Lora):
            yield held
