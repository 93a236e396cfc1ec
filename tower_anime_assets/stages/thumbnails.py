"""Small pictures of takes, kept beside them for lists and the web UI."""

from __future__ import annotations

from pathlib import Path

from tower_anime_assets.media import pictures

WIDTH_PX = 320
"""Width of the pictures that the web UI shows inline."""


def write_thumbnail(path: Path, picture: pictures.Picture) -> dict[str, Path]:
    """Write a take's small picture beside its file and return it by role."""
    small = path.with_name("thumb.jpg")
    pictures.write_jpeg(small, pictures.thumbnail(picture, WIDTH_PX))
    return {"thumb": small}
