"""A show's files given as texts, and their project; for tests of what the texts say."""

from __future__ import annotations

from tower_anime_assets.errors import StoryError
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.production.story.show_file import ProjectDraft, draft_project
from tower_anime_assets.production.story.source import SourceFile


def draft(project: str, **cast: str) -> ProjectDraft:
    """Return the draft of a project `x`, given `project.yaml` and each character file."""
    files = {key: SourceFile(f"x/characters/{key}.yaml", text) for key, text in cast.items()}
    return draft_project("x", SourceFile("x/project.yaml", project), files)


def read_project(project: str, **cast: str) -> Project:
    """Return a project `x`; StoryError with every fault of its files."""
    read = draft(project, **cast)
    if read.faults:
        raise StoryError(read.faults)
    return read.project
