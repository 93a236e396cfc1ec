"""The overnight list: what the next night would make, as everything is now."""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.errors import TowerError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.dry_run import episode_from_files, forecast_episode
from tower_anime_assets.stages.estimates import CostEstimate, estimate_forecast
from tower_anime_assets.stages.studio import Studio


@dataclass(frozen=True)
class NightEpisode:
    """What a night would make of an episode.

    Attributes:
        estimate: None where nobody can say.
        waits_for: The approvals without which it goes on no further.
        problem: Why it would be skipped; "" if it would not.
    """

    key: str
    title: str
    estimate: CostEstimate | None
    waits_for: tuple[str, ...]
    problem: str


def list_night(studio: Studio) -> tuple[NightEpisode, ...]:
    """Return what the next night would make of every episode, finished ones among them."""
    return tuple(_night_episode(studio, key) for key in show_files.list_episodes(studio.settings.projects))


def _night_episode(studio: Studio, key: EpisodeKey) -> NightEpisode:
    try:
        run = episode_from_files(studio, key)
        forecast = forecast_episode(run)
        waiting = tuple(state.what for state in forecast.waiting)
        return NightEpisode(str(key), run.episode.title, estimate_forecast(run, forecast), waiting, "")
    except TowerError as error:  # a night skips it too, and says so
        return NightEpisode(str(key), str(key), None, (), str(error))
