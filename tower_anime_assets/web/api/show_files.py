"""The files of a show: read, previewed with what a change would mean, and saved with a name on record."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, HTTPException, Path, Response
from pydantic import BaseModel, Field

from tower_anime_assets.errors import PlanError, UnknownKeyError
from tower_anime_assets.media.show_edits import ShowText, list_editable, read_show_text
from tower_anime_assets.media.show_files import CHARACTERS_FOLDER, DRAFT_SUFFIX, PROJECT_FILE
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.source import did_you_mean, shorten
from tower_anime_assets.production.story.yaml_edit import YamlAction, YamlChange
from tower_anime_assets.stages.show_edits import preview_edit, save_edit, telling_newer_edits, text_with_changes
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import show_edits
from tower_anime_assets.web.api.context import DIRECTS, CallerDep, ForecastsDep, StudioDep
from tower_anime_assets.web.api.edit_models import (
    EditAnswer,
    FilePreviewRequest,
    FileSaveRequest,
    LastEdit,
    NewText,
    SavedAnswer,
    send_preview,
    send_saved,
)
from tower_anime_assets.web.api.paging import AfterQuery, LimitQuery, Page, page_of
from tower_anime_assets.web.api.versions import SeenDep, etag_of

router = APIRouter(tags=["show files"])

FileKind = Literal["project", "character", "screenplay", "draft"]

FilePath = Annotated[
    str, Path(description="Path from the show's folder, such as `episodes/e01.fountain`.", max_length=200)
]

LOOK_FIRST: Final = "Say which text you looked at: send If-Match with the ETag of its GET, or of its preview"


class FileItem(BaseModel):
    """A file of a show that can be edited."""

    file: str = Field(description="Path from the show's folder.")
    kind: FileKind
    episode: str = Field(description="Of a screenplay or draft: the episode's key; else empty.")


class FileAnswer(FileItem):
    """A file of a show with its text."""

    project: str
    text: str
    sha256: str = Field(description="Digest of the file, also the ETag.")
    last_edit: LastEdit | None = Field(description="Null where the text was last changed by another program.")


@router.get("/projects/{project}/files")
def list_files(studio: StudioDep, project: str, limit: LimitQuery = 50, after: AfterQuery = "") -> Page[FileItem]:
    """Return the files of a show that can be edited: project.yaml, its cast, its screenplays and drafts."""
    files = list_editable(studio.settings.projects, project)
    return page_of(files, str, lambda file: _item(ShowText(project, file, "", "")), limit, after)


@router.get("/projects/{project}/files/{file:path}")
def read_file(studio: StudioDep, project: str, file: FilePath, response: Response) -> FileAnswer:
    """Return the text of a file of a show."""
    held = read_show_text(studio.settings.projects, project, file)
    if not held.exists:
        files = list_editable(studio.settings.projects, project)
        raise UnknownKeyError(f"{project} has no file {shorten(file)!r}. {did_you_mean(file, files)}")
    newest = show_edits.find_newest(studio.database, project, file)
    is_last = newest is not None and newest.after_sha256 == held.sha256
    response.headers["ETag"] = etag_of(held.sha256)
    return FileAnswer(
        **vars(_item(held)),
        project=project,
        text=held.text,
        sha256=held.sha256,
        last_edit=LastEdit(who=newest.who, why=newest.why, at=newest.timestamp) if newest and is_last else None,
    )


@router.post("/projects/{project}/files/{file:path}/preview", dependencies=[DIRECTS])
def preview_file(
    studio: StudioDep,
    project: str,
    file: FilePath,
    body: FilePreviewRequest,
    forecasts: ForecastsDep,
    response: Response,
) -> EditAnswer:
    """Return what a new text of a file would mean: faults, warnings, and what is made again; nothing is saved."""
    preview = preview_edit(
        studio,
        project,
        file,
        _text_of(studio, project, file, body),
        quality=body.quality,
        plan_for=None if body.plan_for is None else [EpisodeKey.parse(key) for key in body.plan_for],
        known=forecasts,
    )
    return send_preview(response, preview)


@router.put("/projects/{project}/files/{file:path}", dependencies=[DIRECTS])
def save_file(
    studio: StudioDep,
    project: str,
    file: FilePath,
    body: FileSaveRequest,
    caller: CallerDep,
    seen: SeenDep,
    response: Response,
) -> SavedAnswer:
    """Save a new text of a file. A whole text needs `If-Match`, `"none"` for a file that is new."""
    if seen is None and body.changes is None:
        raise HTTPException(428, LOOK_FIRST)
    held = read_show_text(studio.settings.projects, project, file)
    with telling_newer_edits(studio, project, file, seen):
        text = _text_of(studio, project, file, body)
    saved = save_edit(
        studio,
        project,
        file,
        text,
        caller.name,
        body.why,
        seen=held.sha256 if seen is None else seen,
        even_with_faults=body.even_with_faults,
    )
    return send_saved(response, saved)


def _text_of(studio: Studio, project: str, file: str, body: NewText) -> str:
    """Return the text that a request asks for.

    Raises:
        PlanError: It has both a text and changes, or neither; or the changes cannot be made.
    """
    if (body.text is None) is (body.changes is None):
        raise PlanError("send either `text`, the whole text, or `changes`, values of a YAML file")
    if body.text is not None:
        return body.text
    changes = [YamlChange(tuple(one.path), YamlAction(one.action), one.value) for one in body.changes or ()]
    return text_with_changes(studio.settings, project, file, changes)


def _item(held: ShowText) -> FileItem:
    kind: FileKind = "screenplay"
    if held.file == PROJECT_FILE:
        kind = "project"
    elif held.file.startswith(f"{CHARACTERS_FOLDER}/"):
        kind = "character"
    elif held.file.endswith(DRAFT_SUFFIX):
        kind = "draft"
    return FileItem(file=held.file, kind=kind, episode=str(held.episode) if held.episode is not None else "")
