"""Pictures in a show's folder, such as references of its cast: stored without replacing any, found, made smaller."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tower_anime_assets.errors import PlanError, UnknownKeyError
from tower_anime_assets.media import pictures
from tower_anime_assets.media.external import read_brought_picture
from tower_anime_assets.media.files import refuse_links, sha256_of, write_atomically
from tower_anime_assets.media.previews import DECODING, WIDTHS_PX
from tower_anime_assets.media.show_edits import folder_of, hold_folder
from tower_anime_assets.media.show_files import picture_problem

REFERENCES_FOLDER: Final = "references"
"""Below the show's folder: where pictures that are brought here are stored."""

_MEDIA_TYPES: Final = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}
_DIGITS: Final = 12


def picture_media_type(file: str) -> str:
    """Return the media type of a show's picture, by its name."""
    return _MEDIA_TYPES[Path(file).suffix.lower()]


def suffix_of_content(path: Path) -> str:
    """Return the ending of a picture's kind as its first bytes tell it, "" for none that a reference may have."""
    with path.open("rb") as file:
        head = file.read(12)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return ".png"
    if head.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    return ".webp" if head[:4] == b"RIFF" and head[8:] == b"WEBP" else ""


def reference_file(character: str, sha256: str, suffix: str) -> str:
    """Return where a reference picture is stored, from the show's folder: no two contents have one name."""
    return f"{REFERENCES_FOLDER}/{character}-{sha256[:_DIGITS]}{suffix}"


def has_show_picture(projects: Path, project: str, file: str, sha256: str) -> bool:
    """Return whether a show's folder has a picture with this content under a name; links are not followed.

    Raises:
        UnknownKeyError: There is no such show.
        PlanError: There is another file of that name.
        MediaError: A link is on the way.
    """
    folder = folder_of(projects, project)
    target = refuse_links(folder, folder / file)
    if not target.exists():
        return False
    if not target.is_file() or sha256_of(target) != sha256:
        raise PlanError(f"{project}/{file} is another file already: move it away, then bring the picture again")
    return True


def save_show_picture(projects: Path, project: str, file: str, source: Path) -> None:
    """Copy a picture into a show's folder, whole or not at all; one that is there already is never replaced.

    Raises:
        UnknownKeyError: There is no such show.
        PlanError: There is another file of that name.
        MediaError: It cannot be written.
    """
    folder = folder_of(projects, project)
    with hold_folder(folder):
        if not has_show_picture(projects, project, file, sha256_of(source)):
            write_atomically(folder / file, source.read_bytes(), is_shared=True)


def find_show_picture(projects: Path, project: str, file: str) -> Path:
    """Return a picture of a show.

    Args:
        projects: The folder of the shows.
        project: The show.
        file: As the show's files name it; never a text that a request brings.

    Raises:
        UnknownKeyError: There is no such show, or what the name leads to is no picture in its folder.
    """
    folder = folder_of(projects, project)
    if problem := picture_problem(folder, file):
        raise UnknownKeyError(f"the picture {project}/{file} {problem}")
    return (folder / file).resolve()


def show_picture_preview(folder: Path, source: Path, width_px: int) -> Path:
    """Return a preview of a picture that a person brought, made now if it is not there yet.

    Args:
        folder: Where previews are kept; it can be deleted at any time.
        source: The picture; decoded by a child process with limits.
        width_px: One of `WIDTHS_PX`.

    Raises:
        PlanError: There is no such width.
        MediaError: It cannot be decoded, or the preview cannot be written.
    """
    if width_px not in WIDTHS_PX:
        raise PlanError(f"there is no preview {width_px} px wide; there are {WIDTHS_PX}")
    digest = sha256_of(source)
    target = folder / digest[:2] / f"{digest}-{width_px}.jpg"
    refuse_links(folder, target)
    if not target.is_file():
        with DECODING:
            if not target.is_file():  # somebody else has just made it
                pictures.write_jpeg(target, pictures.thumbnail(read_brought_picture(source), width_px))
    return target
