"""The files of the media store over HTTP: with byte ranges, in sizes, and under readable names when downloaded."""

from __future__ import annotations

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media import previews
from tower_anime_assets.reports.take_summaries import download_name
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import takes

MEDIA_TYPES: Final = takes.MEDIA_TYPES | {".srt": "text/plain"}
"""Media types by suffix; browsers show SubRip files only as plain text."""

PREVIEWS_FOLDER: Final = "media-previews"
"""Below TOWER_HOME; it can be deleted at any time."""

CACHE_CONTROL: Final = "private, max-age=31536000, immutable"
"""A file is named by its digest, so what is at an address never changes."""


def media_routes(studio: Studio) -> list[Route]:
    """Return the route of the media store."""
    return [Route("/media/{path:path}", lambda request: serve_media(studio, request))]


def serve_media(studio: Studio, request: Request) -> Response:
    """Return a file of the media store.

    `?width=320`, `640` or `1280` gives a preview of a picture or a clip; `?download=TAKE_ID` has the browser save the
    file, under the name that its take has in the story.

    Raises:
        HTTPException: There is no such file, size or take.
    """
    relative_path = request.path_params["path"]
    try:
        path = studio.media.path_of(relative_path)
    except MediaError as error:
        raise HTTPException(404, "no such file") from error
    media_type = MEDIA_TYPES.get(path.suffix)
    if media_type is None or not path.is_file():
        raise HTTPException(404, "no such file")
    headers = {"Cache-Control": CACHE_CONTROL}
    if width := request.query_params.get("width"):
        if width not in map(str, previews.WIDTHS_PX) or not previews.has_preview(path):
            raise HTTPException(404, f"no preview of that width: there are {previews.WIDTHS_PX} of pictures and clips")
        folder = studio.settings.home / PREVIEWS_FOLDER
        return FileResponse(previews.preview_path(folder, path, int(width)), media_type="image/jpeg", headers=headers)
    name = None
    if take_id := request.query_params.get("download"):
        name = _name_of(studio, take_id, relative_path)
    return FileResponse(path, media_type=media_type, headers=headers, filename=name)


def _name_of(studio: Studio, take_id: str, relative_path: str) -> str:
    """Return what a file is saved as; a name in the address would be the one who links to it's, not ours."""
    found = takes.find_by_prefix(studio.database, take_id) if takes.TAKE_ID.fullmatch(take_id) else ()
    for take in found[:1]:
        for role, file in take.files.items():
            if file.path == relative_path:
                return download_name(take, role)
    raise HTTPException(404, "no such take with this file")
