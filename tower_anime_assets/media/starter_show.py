"""Writer of the starter show in `starter/`, which runs as it is. Shows of a script are made in `script_show`."""

from __future__ import annotations

import json
from pathlib import Path

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.production.story.ids import is_slug

MAX_TITLE_CHARS = 200

_TEMPLATE = Path(__file__).parent / "starter"  # its project.yaml has TITLE in place of the title
_FILES = ("project.yaml", "characters/mio.yaml", "characters/ren.yaml", "episodes/e01.fountain")


def create_show(folder: Path, title: str) -> tuple[Path, ...]:
    """Write a small show into a new or empty folder and return its files.

    It has two characters and one episode, `e01`, with two scenes and about 30 s.

    Args:
        folder: Folder of the show. Its name is the project's id, its parent the projects folder.
        title: Title of the show; one line, in any writing system.

    Raises:
        PlanError: The folder is not empty, is a file, or its name is not a valid id; the title is empty or too long.
        MediaError: A file cannot be written.
    """
    folder, clean_title = check_new_show(folder, title)
    for name in _FILES:
        text = (_TEMPLATE / name).read_text("utf-8")
        if name == "project.yaml":
            text = text.replace("TITLE", json.dumps(clean_title, ensure_ascii=False))
        write_atomically(folder / name, text.encode(), is_shared=True)
    return tuple(folder / name for name in _FILES)


def check_new_show(folder: Path, title: str) -> tuple[Path, str]:
    """Return a new show's folder as an absolute path, and its title on one line.

    Raises:
        PlanError: As `create_show`.
    """
    folder = folder.absolute()
    if not is_slug(folder.name):
        raise PlanError(
            f"{folder.name!r} cannot be a project's id: expected a-z, 0-9 and single _ between them, at most 40 "
            "characters. Choose another folder name; the title may hold any letters"
        )
    clean_title = " ".join(title.split())
    if not clean_title or len(clean_title) > MAX_TITLE_CHARS or not clean_title.isprintable():
        raise PlanError(
            f"the title {title[:40]!r} cannot be used: expected 1 to {MAX_TITLE_CHARS} printable characters"
        )
    if folder.exists() and not folder.is_dir():
        raise PlanError(f"{folder} is a file: expected a new or empty folder. Choose another name")
    if folder.is_dir() and any(folder.iterdir()):
        raise PlanError(f"{folder} is not empty: expected a new or empty folder. Choose another, or empty it")
    return folder, clean_title
