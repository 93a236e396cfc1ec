"""Folders of shows that appear whole: written under a hidden name, then renamed."""

from __future__ import annotations

import errno
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

from tower_anime_assets.errors import MediaError, TakenKeyError
from tower_anime_assets.media.private_files import make_shared_folder

_PREFIX: Final = ".new-"
_STALE_S: Final = 3600.0


@contextmanager
def open_new_projects(projects: Path) -> Iterator[Path]:
    """Make a folder for shows beside those that there are, hidden, and remove what is left in it when the block ends.

    Raises:
        MediaError: It cannot be made.
    """
    folder = projects / f"{_PREFIX}{uuid4()}"
    try:
        make_shared_folder(folder)
        _remove_stale(projects)
    except OSError as error:
        raise _error(error, projects) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish_show(staged: Path, folder: Path) -> None:
    """Give a show that is written whole its place; called again after it has succeeded, it does nothing.

    Raises:
        TakenKeyError: Something is there already.
        MediaError: It cannot be renamed.
    """
    if not staged.exists() and folder.is_dir():
        return
    try:
        staged.rename(folder)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise taken_error(folder.name) from error
        raise _error(error, folder.parent) from error


def taken_error(project: str) -> TakenKeyError:
    """Return that a show's id is taken."""
    return TakenKeyError(f"there is a show {project} already. Nothing was written; choose another id")


def _remove_stale(projects: Path) -> None:
    """Remove what a process left that was killed."""
    for folder in projects.glob(f"{_PREFIX}*"):
        if time.time() - folder.stat().st_mtime > _STALE_S:
            shutil.rmtree(folder, ignore_errors=True)


def _error(error: OSError, projects: Path) -> MediaError:
    if error.errno == errno.ENOSPC:
        return MediaError(f"the disk that holds {projects} is full. Free some space, then try again")
    return MediaError(
        f"a show cannot be written to {projects}: {error.strerror}. Make the folder writable, or set TOWER_PROJECTS "
        "to another one"
    )
