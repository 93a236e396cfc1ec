"""The map of model files: what a server has, by the name that a workflow wants; written by people, in YAML.

A studio's map is in `TOWER_HOME/studio.yaml`, a project's in `project.yaml`, both under `models:`. Whether a workflow
wants a file, or a server has it, is not known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_PLACE_KEY: Final = re.compile(r"(?P<workflow>[a-z][a-z0-9_-]{0,59})/(?P<place>[A-Za-z0-9_:-]{1,64}\.inputs\.[^./\\]+)")


@dataclass(frozen=True)
class MappedFile:
    """One entry of a map.

    Attributes:
        wanted: The file that a workflow or a LoRA names, or `WORKFLOW/NODE.inputs.NAME` for one place of one workflow.
        file: The file that a server has instead, as its loaders list it.
        source: The file of the entry, as its writer knows it.
        line: Its 1-based line there.
    """

    wanted: str
    file: str
    source: str = ""
    line: int = 0

    @property
    def workflow_place(self) -> tuple[str, str] | None:
        """The workflow and the place, None for an entry by file name."""
        match = _PLACE_KEY.fullmatch(self.wanted)
        return (match["workflow"], match["place"]) if match else None

    def __str__(self) -> str:
        return f"{self.source}:{self.line}" if self.line else self.source


@dataclass(frozen=True)
class ModelMap:
    """The maps in force for a project, its own before the studio's.

    Attributes:
        project: The project's entries.
        studio: The studio's entries.
    """

    project: tuple[MappedFile, ...] = ()
    studio: tuple[MappedFile, ...] = ()

    @property
    def entries(self) -> tuple[MappedFile, ...]:
        """All entries, the project's first."""
        return (*self.project, *self.studio)

    def for_place(self, names: tuple[str, ...], place: str, wanted: str) -> MappedFile | None:
        """Return the entry for one place of a workflow, by the workflow's name and place or by the file it wants.

        Args:
            names: The workflow's name and aliases.
            place: Where its graph names the file.
            wanted: The file.
        """
        for entries in (self.project, self.studio):
            by_place = next((one for one in entries if one.workflow_place in {(name, place) for name in names}), None)
            if entry := by_place or _entry_for(entries, wanted):
                return entry
        return None

    def for_file(self, wanted: str) -> MappedFile | None:
        """Return the entry for a file, such as a LoRA or the checkpoint of a style."""
        return _entry_for(self.project, wanted) or _entry_for(self.studio, wanted)


NO_MODEL_MAP: Final = ModelMap()


def _entry_for(entries: tuple[MappedFile, ...], wanted: str) -> MappedFile | None:
    """Return the entry whose key is a file's name, else the one whose key is its name without the folder."""
    by_name = {fold_file_name(entry.wanted): entry for entry in reversed(entries) if entry.workflow_place is None}
    return by_name.get(fold_file_name(wanted)) or by_name.get(base_name(wanted))


def fold_file_name(name: str) -> str:
    """Return a file's name for comparison: without case, with `/` between its folders."""
    return name.replace("\\", "/").casefold()


def base_name(name: str) -> str:
    """Return a file's name for comparison without its folder."""
    return fold_file_name(name).rpartition("/")[2]
