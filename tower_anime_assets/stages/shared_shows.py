"""The shows' files on other machines: saved to the record when a run is launched, placed where the run is made.

A run reads what its controller had when it launched it, wherever it is made and whatever is edited meanwhile.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.media.files import sha256_of, write_atomically
from tower_anime_assets.production.digest import digest
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.farm import machine_name
from tower_anime_assets.store import farm, show_snapshots
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.farm import FarmController
from tower_anime_assets.workflows.model_hashes import HASHES_FILE
from tower_anime_assets.workflows.model_maps import STUDIO_FILE

MAX_FILE_BYTES = 256 * 1024 * 1024
"""The largest file of a show that goes through the database."""

SHOWS_FOLDER = "shows"
"""Under a worker's TOWER_HOME: the shows of its newest runs."""

KEPT_S = 7 * 86_400.0
"""How long a worker keeps shows that none of its runs has read."""

_PLACED_FILE = "studio-files.json"
"""Under a worker's SHOWS_FOLDER: which of the studio's own files in its TOWER_HOME came from the controller."""

_PROJECTS, _STUDIO = "projects", "studio"
_WORKFLOWS = "workflows"
_known_digests: dict[Path, tuple[int, int, str]] = {}
"""Digest by path of files that this process has read, with the size and the time of change that they had."""


def save_shows(settings: Settings, database: Database) -> str:
    """Save the shows' files, and the studio's own workflows and maps, as they are now, and return their digest.

    Raises:
        PlanError: A file is too large for the database.
        MediaError: A file cannot be read.
    """
    paths = dict(_files_of(settings))
    files = {name: _digest_of(path) for name, path in paths.items()}
    path_of = {sha256: paths[name] for name, sha256 in files.items()}
    name = digest(files)

    def read(sha256: str) -> bytes:
        content = path_of[sha256].read_bytes()
        if sha256_of(path_of[sha256]) != sha256:
            raise MediaError(f"{path_of[sha256]} is being written just now: launch the run again")
        return content

    show_snapshots.save_snapshot(database, name, files, read)
    return name


def place_shows(settings: Settings, database: Database, name: str) -> Settings:
    """Place the shows that a run was launched with on this machine, and return the settings that read them.

    Args:
        settings: Of a worker.
        database: The record.
        name: The digest that `save_shows` returned.

    Raises:
        PlanError: They are not on record, or this machine has workflows of its own that the controller does not.
    """
    files = show_snapshots.load_snapshot(database, name)
    target = settings.home / SHOWS_FOLDER / name[:32]
    if not target.is_dir():
        _write_shows(target, files, database)
        _remove_unread(target.parent)
    os.utime(target)
    if not _is_controllers(settings.home, farm.find_controller(database)):
        _place_studio_files(settings.home, files, database)
    return replace(settings, projects=target / _PROJECTS)


def _is_controllers(home: Path, controller: FarmController | None) -> bool:
    """Return whether a worker shares its TOWER_HOME with the controller: the files are the originals there."""
    return controller is not None and (controller.host, controller.home) == (machine_name(), str(home))


def _files_of(settings: Settings) -> Iterator[tuple[str, Path]]:
    yield from _files_below(settings.projects, _PROJECTS)
    yield from _files_below(settings.home / _WORKFLOWS, f"{_STUDIO}/{_WORKFLOWS}")
    for name in (STUDIO_FILE, HASHES_FILE):
        if (path := settings.home / name).is_file():
            yield f"{_STUDIO}/{name}", path


def _files_below(root: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for name in sorted(names):
            path = Path(folder) / name
            if not name.startswith(".") and path.is_file():
                yield f"{prefix}/{path.relative_to(root).as_posix()}", path


def _digest_of(path: Path) -> str:
    try:
        state = path.stat()
    except OSError as error:
        raise MediaError(f"cannot read {path}: {error.strerror}") from error
    if state.st_size > MAX_FILE_BYTES:
        raise PlanError(
            f"{path} has {state.st_size / 1e6:.0f} MB; a file of a show that runs on other machines read has at most "
            f"{MAX_FILE_BYTES / 1e6:.0f} MB. Move it out of the show's folder, or make it smaller"
        )
    size, changed_ns, known = _known_digests.get(path, (0, 0, ""))
    if not known or (size, changed_ns) != (state.st_size, state.st_mtime_ns):
        known = sha256_of(path)
        _known_digests[path] = (state.st_size, state.st_mtime_ns, known)
    return known


def _write_shows(target: Path, files: Mapping[str, str], database: Database) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=target.parent))
    try:
        (part / _PROJECTS).mkdir()
        for name, sha256 in files.items():
            if name.startswith(f"{_PROJECTS}/"):
                path = part / _inside(name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(show_snapshots.load_content(database, sha256))
        part.rename(target)
    except OSError as error:
        if not target.is_dir():  # else another run has placed the same ones meanwhile
            raise MediaError(f"cannot write {target}: {error.strerror}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _remove_unread(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and time.time() - path.stat().st_mtime > KEPT_S:
            shutil.rmtree(path, ignore_errors=True)


def _place_studio_files(home: Path, files: Mapping[str, str], database: Database) -> None:
    """Bring the studio's own files in TOWER_HOME in line with the controller's; refuse to replace anybody's own."""
    wanted = {name.removeprefix(f"{_STUDIO}/"): sha for name, sha in files.items() if name.startswith(f"{_STUDIO}/")}
    listing = home / SHOWS_FOLDER / _PLACED_FILE
    placed: dict[str, str] = json.loads(listing.read_text()) if listing.is_file() else {}
    present = {
        name.removeprefix(f"{_STUDIO}/"): path
        for name, path in _files_of(Settings(projects=home / "no shows", home=home))
    }
    own = [
        path
        for name, path in present.items()
        if (found := _digest_of(path)) != wanted.get(name, "") and found != placed.get(name, "") and name != HASHES_FILE
    ]
    if own:
        raise PlanError(
            f"{own[0]} is this worker's own, and not what the controller has. Move it to the controller's TOWER_HOME, "
            "or delete it; then start this worker again"
        )
    for name, path in present.items():
        if name not in wanted and name != HASHES_FILE:
            path.unlink(missing_ok=True)
    for name, sha256 in wanted.items():
        path = home / _inside(name)
        if name not in present or _digest_of(path) != sha256:
            write_atomically(path, show_snapshots.load_content(database, sha256))
    if placed != wanted:
        write_atomically(listing, json.dumps(wanted).encode())


def _inside(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise PlanError(f"the shows on record have a file {name!r}, which would lie outside of its folder")
    return path
