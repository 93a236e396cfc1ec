"""Keys in addresses: a route's parameter is a known shot, episode or take, or the answer is 404.

Episodes are those in files or on record, as everywhere: of one that was just dropped into the folder, what needs its
screenplay says that it has not been read yet.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path

from tower_anime_assets.errors import PlanError, UnknownKeyError
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.stages.current_episode import list_episode_keys, require_episode
from tower_anime_assets.store import story, takes
from tower_anime_assets.store.takes import TAKE_ID
from tower_anime_assets.web.api.context import StudioDep


def _known_episode(
    studio: StudioDep, key: Annotated[str, Path(description="An episode's key, such as `nexus-e01`.")]
) -> EpisodeKey:
    try:
        episode = EpisodeKey.parse(key)
    except PlanError as error:
        raise UnknownKeyError(str(error)) from error
    require_episode(studio, episode)
    return episode


def parse_known_shot(
    studio: StudioDep, key: Annotated[str, Path(description="A shot's key, such as `nexus-e01-sc02-sh0030`.")]
) -> ShotKey:
    """Return the key of a shot that is planned, or has takes on record.

    Raises:
        UnknownKeyError: There is none.
    """
    try:
        shot = ShotKey.parse(key)
    except PlanError as error:
        raise UnknownKeyError(str(error)) from error
    plan = story.load_plan(studio.database, shot.episode_key)
    keys = [one.key for one in plan.shots] if plan is not None else []
    if key in keys or takes.list_by_shot(studio.database, shot):
        return shot
    if plan is None and shot.episode_key in list_episode_keys(studio):
        episode = shot.episode_key
        raise UnknownKeyError(
            f"there is no shot {key}: {episode} is not planned yet. `tower produce {episode}` plans it"
        )
    raise UnknownKeyError(f"there is no shot {key}. {did_you_mean(key, keys)}")


def _take_id(
    take: Annotated[str, Path(description="A take's id, or at least the first 13 characters of it.")],
) -> str:
    if not TAKE_ID.fullmatch(take):
        raise UnknownKeyError(f"{take!r} is not a take's id. GET /api/shots/KEY lists the takes of a shot")
    return take


EpisodeKeyDep = Annotated[EpisodeKey, Depends(_known_episode)]
"""A route's parameter: the episode `{key}`."""

ShotKeyDep = Annotated[ShotKey, Depends(parse_known_shot)]
"""A route's parameter: the shot `{key}`."""

TakeIdDep = Annotated[str, Depends(_take_id)]
"""A route's parameter: the take `{take}`, which need not be on record."""
