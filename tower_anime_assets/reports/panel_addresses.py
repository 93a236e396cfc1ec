"""Addresses of the Director panel's pages, for links to them from elsewhere.

The panel's own router has the same: `panel/src/routes.ts`.
"""

from __future__ import annotations

from typing import Final

from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.mixes import MIXES
from tower_anime_assets.stages.music import MUSIC
from tower_anime_assets.stages.voices import VOICES

HOME: Final = "/"

_FILM_STAGES: Final = frozenset(stage.name for stage in (VOICES, MUSIC, MIXES, MASTERS))


def stage_page(stage: str, project: str, episode: str) -> str:
    """Return where the takes of a stage are seen or heard; `episode` is the id, "" for what belongs to a show."""
    if not episode:
        return cast_page(project)
    key = str(EpisodeKey(project, episode))
    return film_page(key) if stage in _FILM_STAGES else storyboard_page(key)


def cast_page(project: str) -> str:
    """Return where the characters of a show are, with their sheets."""
    return f"/cast/{project}"


def storyboard_page(episode: str) -> str:
    """Return where the shots of an episode are."""
    return f"/storyboard/{episode}"


def film_page(episode: str) -> str:
    """Return where the master and the sounds of an episode are."""
    return f"/film/{episode}"


def shot_page(shot: str) -> str:
    """Return where the takes of a shot are."""
    return f"/shot/{shot}"


def trail_page(key: str) -> str:
    """Return where is told how an episode or a shot was made."""
    return f"/trail/{key}"


def scores_page(episode: str) -> str:
    """Return where the scores of an episode are."""
    return f"/quality?episode={episode}"


def attempt_page(decision_id: str) -> str:
    """Return where everything about an attempt is."""
    return f"/attempt/{decision_id}"


def graph_file(job_id: str) -> str:
    """Return where the graph of a job can be downloaded; an address of the API."""
    return f"/api/graphs/{job_id}"
