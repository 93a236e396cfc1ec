"""The studio's own part of the record: its workflows, and what is true of it whatever the show.

Copied where a studio is opened for work, and only if something has changed since: a start-up that finds the same files
and settings reads them, asks one question, and writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tower_anime_assets.errors import Fault, StoryError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.memory.facts import FILE_SOURCE_PREFIX
from tower_anime_assets.production.memory.set_up import STUDIO, WorkflowSummary, facts_of_studio
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.registry import STAGES
from tower_anime_assets.stages.workflow_library import list_workflows, register_workflows
from tower_anime_assets.store import facts, mirrors
from tower_anime_assets.store.database import Database, Transaction
from tower_anime_assets.workflows.model_hashes import HASHES_FILE
from tower_anime_assets.workflows.model_maps import map_file
from tower_anime_assets.workflows.registry import GRAPH_FILE, MANIFEST_FILE, SHIPPED_FOLDER
from tower_anime_assets.workflows.workflow import Workflow

MIRROR_VERSION = "1"
"""The next number when the same files are to be copied otherwise."""

LIBRARY = "library"
"""The name of this mirror on record."""


def mirror_library(settings: Settings, database: Database) -> tuple[Fault, ...]:
    """Copy the workflows and the facts about the studio to the record, unless they are there.

    Returns:
        The faults of workflow files, for which nothing is copied; what needs those workflows fails by itself.

    Raises:
        ServiceUnavailableError: The database does not answer.
    """
    state = _library_state(settings)
    if mirrors.find_digest(database, LIBRARY) == state:
        return ()
    try:
        workflows = list_workflows(settings)
    except StoryError as error:
        return tuple(error.faults)
    database.run_in_transaction(partial(_write_library, settings=settings, workflows=workflows, state=state))
    return ()


def _write_library(transaction: Transaction, settings: Settings, workflows: list[Workflow], state: str) -> None:
    register_workflows(transaction, workflows)
    gates = {stage.name: tuple(bar.gate for bar in stage.thresholds) for stage in STAGES}
    statements = facts_of_studio(
        sorted(settings.services), bool(settings.database_url), gates, [_summary_of(one) for one in workflows]
    )
    facts.replace_in_transaction(transaction, STUDIO, statements, [FILE_SOURCE_PREFIX])
    mirrors.write_digest(transaction, LIBRARY, state)


def _summary_of(workflow: Workflow) -> WorkflowSummary:
    return WorkflowSummary(
        workflow.name,
        workflow.title,
        workflow.medium,
        workflow.status,
        " ".join(workflow.notes.split()),
        workflow.aliases,
        tuple(model.file for model in workflow.models),
    )


def _library_state(settings: Settings) -> str:
    """Return a digest of everything that the copy is made of."""
    read = hashlib.sha256()
    for path in _library_files(settings):
        read.update(f"{'/'.join(path.parts[-3:])}\0".encode())
        read.update(path.read_bytes() if path.is_file() else b"")
    return digest([MIRROR_VERSION, sorted(settings.services), bool(settings.database_url), read.hexdigest()])


def _library_files(settings: Settings) -> Iterator[Path]:
    """Yield the files that workflows are read from, and the folders that hold them."""
    projects = show_files.list_projects(settings.projects) if settings.projects.is_dir() else ()
    yield from (map_file(settings), settings.home / HASHES_FILE)
    folders = [SHIPPED_FOLDER, settings.home / "workflows"]
    for project_id in projects:
        yield map_file(settings, project_id)
        folders.append(settings.projects / project_id / "workflows")
    for folder in folders:
        for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
            yield entry
            yield from (entry / name for name in (MANIFEST_FILE, GRAPH_FILE))
