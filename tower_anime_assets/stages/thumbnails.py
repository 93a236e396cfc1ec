"""Small pictures of takes: as files beside them, and as data URIs for the web UI."""

from __future__ import annotations

import base64
from bisect import bisect_left
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.store.takes import Take

if TYPE_CHECKING:
    from tower_anime_assets.quality.image import Picture

WIDTH_PX = 320
"""Width of the thumbnail kept beside a take."""

_URI_PREFIX = "data:image/webp;base64,"
_QUALITIES = (60, 40, 25, 12)
"""WebP qualities, best first; below the last one a narrower picture shows more."""


def write_thumbnail(path: Path, picture: Picture) -> dict[str, Path]:
    """Write a take's small picture beside its file and return it by role."""
    from tower_anime_assets.media import pictures

    small = path.with_name("thumb.jpg")
    pictures.write_jpeg(small, pictures.thumbnail(picture, WIDTH_PX))
    return {"thumb": small}


def thumbnail_of(media: MediaStore, take: Take) -> Picture:
    """Return the stored thumbnail of a take that has one.

    Raises:
        MediaError: The file is missing or damaged.
    """
    from tower_anime_assets.media import pictures

    return pictures.read_picture(media.path_of(take.files["thumb"].path))


def data_uri(picture: Picture, width_px: int, max_chars: int) -> str:
    """Return a picture as a WebP data URI no longer than `max_chars`, at most `width_px` wide.

    Quality is lowered first, then the width, until it fits.

    Raises:
        ValueError: Not even a picture 1 px wide fits.
    """
    from tower_anime_assets.media import pictures

    max_bytes = (max_chars - len(_URI_PREFIX)) // 4 * 3
    while width_px >= 1:
        encode = cache(partial(pictures.encode_webp, pictures.thumbnail(picture, width_px)))
        # Lower qualities are smaller, so two or three of the four are encoded: a sheet takes 0.1 s each.
        index = bisect_left(_QUALITIES, True, key=lambda quality: len(encode(quality)) <= max_bytes)
        if index < len(_QUALITIES):
            return _URI_PREFIX + base64.b64encode(encode(_QUALITIES[index])).decode("ascii")
        width_px = width_px * 3 // 4
    raise ValueError(f"no picture fits into a data URI of {max_chars} characters")
