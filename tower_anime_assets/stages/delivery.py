"""Delivery: finished episodes copied out of the media store under readable names such as `episodes/nexus-e01.mp4`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tower_anime_assets.media.files import copy_atomically
from tower_anime_assets.production.story.sizes import DRAFT, STANDARD
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import farm, farm_runs
from tower_anime_assets.store.takes import Take

DELIVERY_FOLDER = "episodes"
"""Under TOWER_HOME."""

MAIN = "main"
"""The role of a take's own file."""


def delivery_paths(
    settings: Settings, key: str, master: Take, *, is_best: bool = False, quality: str = STANDARD
) -> dict[str, Path]:
    """Return where a master and its companions are delivered to, by role; the master last.

    Args:
        settings: Name the folder.
        key: Key of the episode.
        master: The take.
        is_best: Whether it is one of the best takes rather than of accepted ones: it is called `nexus-e01.best.mp4`.
        quality: The level of its pictures; a draft is called `nexus-e01.draft.mp4`.
    """
    folder = settings.home / DELIVERY_FOLDER
    name = f"{key}.draft" if quality == DRAFT else key
    name = f"{name}.best" if is_best else name
    roles = sorted(master.files, key=lambda role: (role == MAIN, role))
    return {role: folder / f"{name}{Path(master.files[role].path).suffix}" for role in roles}


def deliver(
    studio: Studio, key: str, master: Take, *, is_best: bool = False, quality: str = STANDARD
) -> dict[str, Path]:
    """Copy a master and its companions to `TOWER_HOME/episodes` and return their paths by role.

    A file that is there already is left alone; any other is replaced as a whole, the master last, so that whoever sees
    a new master finds its subtitles beside it. A master of the best takes never replaces an accepted one, nor
    a draft any other.

    A worker asks the controller to do it, and returns the paths there: finished episodes are in one place.

    Raises:
        MediaError: The folder cannot be written.
    """
    if studio.settings.worker:
        return _ask_controller(studio, key, master, is_best=is_best, quality=quality)
    delivered = delivery_paths(studio.settings, key, master, is_best=is_best, quality=quality)
    for role, path in delivered.items():
        copy_atomically(studio.media.path_of(master.files[role].path), path)
    return delivered


def _ask_controller(studio: Studio, key: str, master: Take, *, is_best: bool, quality: str) -> dict[str, Path]:
    farm_runs.ask_delivery(studio.database, key, master.id, is_best=is_best, quality=quality)
    controller = farm.find_controller(studio.database)
    home = Path(controller.home) if controller is not None else studio.settings.home
    return delivery_paths(replace(studio.settings, home=home), key, master, is_best=is_best, quality=quality)
