"""Reference pictures of a show's cast: shown, and brought by people."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, HTTPException, Path, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from tower_anime_assets.errors import UnknownKeyError
from tower_anime_assets.media.show_files import MAX_PICTURE_BYTES
from tower_anime_assets.media.show_pictures import find_show_picture, picture_media_type, show_picture_preview
from tower_anime_assets.production.story.source import shorten
from tower_anime_assets.reports.project_pages import read_references, require_project
from tower_anime_assets.stages.reference_pictures import bring_reference
from tower_anime_assets.web.api.context import DIRECTS, CallerDep, StudioDep
from tower_anime_assets.web.api.decision_models import Words
from tower_anime_assets.web.api.uploads import refuse_large_body, save_body
from tower_anime_assets.web.media import PREVIEWS_FOLDER

TAKEN_TYPES: Final = ("application/octet-stream", "image/jpeg", "image/png", "image/webp")

_CACHE_CONTROL: Final = "private, no-cache"
"""A show's files change under their names."""

_SMALLER: Final = "Export the picture smaller"
_PICTURES: Final = {name: {"schema": {"type": "string", "format": "binary"}} for name in TAKEN_TYPES[1:]}

router = APIRouter(tags=["show files"])


class ReferenceAnswer(BaseModel):
    """A picture that lies in the show's folder now."""

    says: str
    file: str = Field(description="Path from the show's folder: what the character's file names it by.")
    sha256: str
    is_new: bool = Field(description="Whether it was not there before.")


@router.get(
    "/projects/{project}/references/{picture:path}",
    response_class=FileResponse,
    responses={200: {"content": _PICTURES}},
)
def read_reference(
    studio: StudioDep,
    project: str,
    picture: Annotated[str, Path(description="A reference as a character's file names it.", max_length=300)],
    width: Annotated[
        Literal["", "320", "640", "1280"], Query(description="A smaller JPEG, px; empty for the file itself.")
    ] = "",
) -> FileResponse:
    """Return a reference picture that a character's file names; no other file of the show."""
    require_project(studio, project)
    if picture not in read_references(studio, project):
        raise UnknownKeyError(f"no character of {project} has the reference {shorten(picture)!r}")
    source = find_show_picture(studio.settings.projects, project, picture)
    headers = {"Cache-Control": _CACHE_CONTROL}
    if width:
        preview = show_picture_preview(studio.settings.home / PREVIEWS_FOLDER, source, int(width))
        return FileResponse(preview, media_type="image/jpeg", headers=headers)
    return FileResponse(source, media_type=picture_media_type(picture), headers=headers)


@router.post(
    "/projects/{project}/cast/{character}/references",
    dependencies=[DIRECTS],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {name: {"schema": {"type": "string", "format": "binary"}} for name in TAKEN_TYPES},
        }
    },
)
async def bring_character_reference(
    request: Request,
    studio: StudioDep,
    caller: CallerDep,
    project: str,
    character: str,
    why: Annotated[Words, Query(description="The reason, which stays on record.")] = "",
) -> ReferenceAnswer:
    """Store a picture in the show's folder; an edit of the character's file then has it used. The body is the file."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if content_type not in TAKEN_TYPES:
        raise HTTPException(415, f"a reference is a picture: {', '.join(TAKEN_TYPES)}")
    refuse_large_body(request, MAX_PICTURE_BYTES, _SMALLER)
    with studio.media.workspace() as folder:
        path = folder / "picture"
        await save_body(request, path, MAX_PICTURE_BYTES, _SMALLER)
        brought = await run_in_threadpool(bring_reference, studio, project, character, path, caller.name, why)
    return ReferenceAnswer(says=str(brought), file=brought.file, sha256=brought.sha256, is_new=brought.is_new)
