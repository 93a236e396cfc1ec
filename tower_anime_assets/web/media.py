"""The files of the media store over HTTP: with byte ranges, in sizes, and under readable names when downloaded."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from tower_anime_assets.errors import MediaError, MediaStoreError
from tower_anime_assets.media import previews
from tower_anime_assets.media.bucket_store import BucketStore
from tower_anime_assets.media.files import STORED_PATH
from tower_anime_assets.reports.take_summaries import download_name
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import takes

MEDIA_TYPES: Final = takes.MEDIA_TYPES | {".srt": "text/plain"}
"""Media types by suffix; browsers show SubRip files only as plain text."""

PREVIEWS_FOLDER: Final = "media-previews"
"""Below TOWER_HOME; it can be deleted at any time."""

CACHE_CONTROL: Final = "private, max-age=31536000, immutable"
"""A file is named by its digest, so what is at an address never changes."""

_HELD_S: Final = 600.0
"""How long a file of a bucket stays on this machine at least, once it was asked for: while a browser reads it."""


def media_routes(studio: Studio) -> list[Route]:
    """Return the route of the media store."""
    return [Route("/media/{path:path}", lambda request: serve_media(studio, request))]


def serve_media(studio: Studio, request: Request) -> Response:
    """Return a file of the media store.

    `?width=320`, `640` or `1280` gives a preview of a picture or a clip; `?download=TAKE_ID` has the browser save the
    file, under the name that its take has in the story. Where `TOWER_MEDIA_PRESIGN_S` asks for it, the browser is sent
    to the bucket for the rest, with an address that only whoever may ask here is given.

    Raises:
        HTTPException: There is no such file, size or take, or the bucket does not answer.
    """
    relative_path = request.path_params["path"]
    media_type = MEDIA_TYPES.get(PurePosixPath(relative_path).suffix)
    if media_type is None:
        raise HTTPException(404, "no such file")
    headers = {"Cache-Control": CACHE_CONTROL}
    width, take_id = request.query_params.get("width"), request.query_params.get("download")
    if not width and not take_id and (address := _signed_address(studio, relative_path)):
        # Kept for less long than the address is valid, so that what a browser kept still leads somewhere.
        seconds = (studio.settings.media_presign_s or 0) // 2
        return RedirectResponse(address, 307, {"Cache-Control": f"private, max-age={seconds}"})
    path = _open(studio, relative_path)
    if width:
        if width not in map(str, previews.WIDTHS_PX) or not previews.has_preview(path):
            raise HTTPException(404, f"no preview of that width: there are {previews.WIDTHS_PX} of pictures and clips")
        folder = studio.settings.home / PREVIEWS_FOLDER
        return FileResponse(previews.preview_path(folder, path, int(width)), media_type="image/jpeg", headers=headers)
    name = _name_of(studio, take_id, relative_path) if take_id else None
    return FileResponse(path, media_type=media_type, headers=headers, filename=name)


def media_origin(studio: Studio) -> str:
    """Return the origin at which browsers get media from the bucket, "" where they get them from here."""
    media, seconds = studio.media, studio.settings.media_presign_s
    if not seconds or not isinstance(media, BucketStore):
        return ""
    parts = urlsplit(media.bucket.sign("any", seconds))
    return f"{parts.scheme}://{parts.netloc}"


def _signed_address(studio: Studio, relative_path: str) -> str:
    """Return where the bucket itself gives a file to whoever has the address, "" where it is not to be asked."""
    media, seconds = studio.media, studio.settings.media_presign_s
    if not seconds or not isinstance(media, BucketStore) or not STORED_PATH.fullmatch(relative_path):
        return ""
    return media.bucket.sign(relative_path, seconds)


def _open(studio: Studio, relative_path: str) -> Path:
    """Return a file's path; of a bucket, once it is here.

    Raises:
        HTTPException: There is no such file, or the bucket does not give it.
    """
    try:
        path = studio.media.path_of(relative_path, _HELD_S)
    except MediaStoreError as error:
        raise HTTPException(503, str(error)) from error
    except MediaError as error:
        raise HTTPException(404, "no such file") from error
    if not path.is_file():
        raise HTTPException(404, "no such file")
    return path


def _name_of(studio: Studio, take_id: str, relative_path: str) -> str:
    """Return what a file is saved as; a name in the address would be the one who links to it's, not ours."""
    found = takes.find_by_prefix(studio.database, take_id) if takes.TAKE_ID.fullmatch(take_id) else ()
    for take in found[:1]:
        for role, file in take.files.items():
            if file.path == relative_path:
                return download_name(take, role)
    raise HTTPException(404, "no such take with this file")
