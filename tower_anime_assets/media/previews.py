"""Previews of stills and clips: smaller pictures, made once and kept by the digest of what they show."""

from __future__ import annotations

import os
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media import frames, pictures
from tower_anime_assets.media.files import refuse_links
from tower_anime_assets.quality.image import Picture

WIDTHS_PX: Final = (320, 640, 1280)
"""The widths that previews are made in."""

PICTURE_SUFFIXES: Final = frozenset({".png", ".jpg", ".webp"})
CLIP_SUFFIXES: Final = frozenset({".mp4"})

MAX_FILES_PER_FOLDER: Final = 200
"""Previews in one of the 256 folders: above this the older half goes; all in all some 5 GB at most."""

DECODING = BoundedSemaphore(2)
"""How many previews are made at once: a master's frame and a large picture take a processor and 200 MB each."""


def has_preview(path: Path) -> bool:
    """Return whether a file can have a preview."""
    return path.suffix in PICTURE_SUFFIXES | CLIP_SUFFIXES


def preview_path(folder: Path, source: Path, width_px: int) -> Path:
    """Return the preview of a file of the media store, made now if it is not there yet.

    A smaller picture is kept at its size. Of a clip it is the frame in its middle: the first one may be black.

    Args:
        folder: Where previews are kept; it holds nothing else and can be deleted at any time.
        source: The file, named by its digest.
        width_px: One of `WIDTHS_PX`.

    Raises:
        MediaError: The file cannot be decoded, or the preview cannot be written.
    """
    if width_px not in WIDTHS_PX or not has_preview(source):
        raise MediaError(
            f"{source.name} has no preview {width_px} px wide; there are {WIDTHS_PX} of pictures and clips"
        )
    target = folder / source.stem[:2] / f"{source.stem}-{width_px}.jpg"
    refuse_links(folder, target)
    if not target.is_file():
        with DECODING:
            if not target.is_file():  # somebody else has just made it
                pictures.write_jpeg(target, pictures.thumbnail(_picture_of(source), width_px))
        _drop_older_half(target.parent)
    return target


def _picture_of(source: Path) -> Picture:
    if source.suffix in PICTURE_SUFFIXES:
        return pictures.read_picture(source)
    return frames.frame_at(source, frames.probe(source).frames // 2)


def _drop_older_half(folder: Path) -> None:
    entries = [entry for entry in os.scandir(folder) if entry.name.endswith(".jpg")]
    if len(entries) > MAX_FILES_PER_FOLDER:
        by_age = sorted(entries, key=lambda entry: entry.stat().st_mtime)
        for entry in by_age[: len(by_age) // 2]:
            Path(entry.path).unlink(missing_ok=True)
