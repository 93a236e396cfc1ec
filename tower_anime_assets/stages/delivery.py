"""Delivery: finished episodes copied out of the media store under readable names such as `episodes/nexus-e01.mp4`."""

from __future__ import annotations

from pathlib import Path

from tower_anime_assets.media.files import copy_atomically
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.takes import Take


def deliver(studio: Studio, key: EpisodeKey, master: Take, *, is_best: bool = False) -> dict[str, Path]:
    """Copy a master and its companions to `TOWER_HOME/episodes` and return their paths by role.

    A master of the best takes is called `nexus-e01.best.mp4`, and never replaces an accepted one.

    Raises:
        MediaError: The folder cannot be written.
    """
    folder = studio.settings.home / "episodes"
    delivered = {}
    for role, file in master.files.items():
        source = studio.media.path_of(file.path)
        delivered[role] = folder / f"{key}{'.best' if is_best else ''}{source.suffix}"
        copy_atomically(source, delivered[role])
    return delivered
