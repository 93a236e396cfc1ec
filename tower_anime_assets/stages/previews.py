"""Pictures inside Dagster's metadata, kept as text once they are encoded: an unchanged run shows the same ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.files import LinkError, refuse_links, write_atomically
from tower_anime_assets.production.digest import digest
from tower_anime_assets.settings import Settings

VERSION = "1"
"""Raised when the same takes would be shown otherwise."""

MAX_FILES = 2_000
"""Above this, the older half goes: at 40 kB for a contact sheet and 1 kB for a picture, some 20 MB."""


def keep_preview(settings: Settings, inputs: object, encode: Callable[[], str]) -> str:
    """Return the data URI that was kept for these inputs, or encode and keep it.

    The folder `TOWER_HOME/previews` holds nothing else and can be deleted at any time.

    Args:
        settings: Where the folder is.
        inputs: Everything that the picture depends on, as plain values.
        encode: Returns the data URI.
    """
    path = settings.home / "previews" / digest(VERSION, inputs)
    try:
        kept = refuse_links(path.parent, path).read_text("ascii")
    except (LinkError, OSError, UnicodeDecodeError):  # not there yet, damaged, or not ours
        kept = ""
    if kept.startswith("data:"):
        return kept
    uri = encode()
    try:
        write_atomically(path, uri.encode("ascii"))
        _drop_older_half(path.parent)
    except (MediaError, OSError):  # a full disk: the picture is shown all the same, and encoded again next time
        return uri
    return uri


def _drop_older_half(folder: Path) -> None:
    files = list(folder.iterdir())
    if len(files) > MAX_FILES:
        by_age = sorted(files, key=lambda file: file.stat().st_mtime)
        for file in by_age[: len(by_age) // 2]:
            file.unlink(missing_ok=True)
