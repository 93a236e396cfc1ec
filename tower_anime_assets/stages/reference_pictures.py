"""Reference pictures of the cast that people bring: checked, stored in the show's folder, on record.

That a character's file names one is an edit of that file like any other: see `show_edits`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tower_anime_assets.errors import PlanError, UnknownKeyError
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.media.show_edits import list_editable, read_show_text
from tower_anime_assets.media.show_files import CHARACTERS_FOLDER, picture_problem
from tower_anime_assets.media.show_pictures import (
    has_show_picture,
    reference_file,
    save_show_picture,
    suffix_of_content,
)
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import show_edits
from tower_anime_assets.store.show_edits import NewShowEdit


@dataclass(frozen=True)
class BroughtReference:
    """A picture that lies in the show's folder.

    Attributes:
        file: Path from the show's folder, for the list `references` of a character's file.
        is_new: Whether it was not there before.
    """

    project: str
    file: str
    sha256: str
    who: str
    is_new: bool

    def __str__(self) -> str:
        there = f"is stored as {self.project}/{self.file} by {self.who}" if self.is_new else "is there already"
        return f"The picture {there}. It is used once the character's file names it: {self.file}"


def bring_reference(
    studio: Studio, project: str, character: str, path: Path, who: str, why: str = ""
) -> BroughtReference:
    """Store a picture in a show's folder, under a name of its own, and record who brought it.

    Args:
        studio: The studio.
        project: The show.
        character: The id of the member of the cast that it is of.
        path: A file without an ending, in a folder of the caller's own; given its ending, and decoded by a child
            process with limits.
        who: Who brings it.
        why: The reason, "" for none.

    Raises:
        UnknownKeyError: There is no such show or character.
        PlanError: It does not say who, or the file is no usable picture.
        MediaError: The file cannot be written.
    """
    projects = studio.settings.projects
    if not read_show_text(projects, project, f"{CHARACTERS_FOLDER}/{character}.yaml").exists:
        files = [Path(file).stem for file in list_editable(projects, project) if file.startswith(CHARACTERS_FOLDER)]
        raise UnknownKeyError(f"{project} has no character {character!r}. {did_you_mean(character, files)}")
    suffix = suffix_of_content(path)
    path = path.rename(path.with_suffix(suffix)) if suffix else path
    if problem := picture_problem(path.parent, path.name) if suffix else "is of another kind":
        raise PlanError(f"the picture {problem}. Export it as PNG, JPEG or WebP, then bring it again")
    sha256 = sha256_of(path)
    file = reference_file(character, sha256, suffix)
    size_bytes = path.stat().st_size
    new = NewShowEdit(
        project_id=project,
        episode_id="",
        file=file,
        before_sha256="",
        after_sha256=sha256,
        lines_added=0,
        lines_removed=0,
        diff=f"\\ A picture of {size_bytes:,} bytes\n",
        faults=0,
        who=who,
        why=why,
    )
    is_known = has_show_picture(projects, project, file, sha256)
    if not is_known:
        show_edits.record_edit(studio.database, new, partial(save_show_picture, projects, project, file, path))
    return BroughtReference(project, file, sha256, who.strip(), is_new=not is_known)
