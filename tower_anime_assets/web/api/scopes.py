"""What part of the record a list is of: all of it, a show, an episode or a shot."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey

KeyQuery = Annotated[
    str, Query(max_length=200, description="Only of this project, episode or shot; empty for everything.")
]


def parse_key(text: str) -> EpisodeKey | ShotKey:
    """Return the episode's or shot's key that a text spells.

    Raises:
        PlanError: It is neither.
    """
    return ShotKey.parse(text) if text.count("-") > 1 else EpisodeKey.parse(text)


def scope_of(text: str) -> dict[str, str]:
    """Return the columns that a key narrows a list to, "" for those that it leaves open.

    Raises:
        PlanError: It is no key.
    """
    parts = ("project_id", "episode_id", "scene_id", "shot_id")
    if "-" not in text:
        return dict.fromkeys(parts, "") | {"project_id": text}
    key = parse_key(text)
    found = (key.project, key.episode, *((key.scene, key.shot) if isinstance(key, ShotKey) else ("", "")))
    return dict(zip(parts, found, strict=True))
