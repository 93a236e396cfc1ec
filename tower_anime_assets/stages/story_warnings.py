"""What of an episode is used otherwise than its writer wrote it: the one list that every command and page shows.

Warnings of reading are found by `production.story`, those of planning by `production.planning`; here they are joined.
"""

from __future__ import annotations

from tower_anime_assets.errors import StoryWarning
from tower_anime_assets.production.planning.stand_ins import stand_ins
from tower_anime_assets.production.story.model import Episode, Project


def story_warnings(project: Project, episode: Episode) -> tuple[StoryWarning, ...]:
    """Return the warnings and notes of an episode and its show, by file and line."""
    return tuple(sorted({*project.warnings, *episode.warnings, *stand_ins(project, episode)}))


def without_notes(warnings: tuple[StoryWarning, ...]) -> tuple[StoryWarning, ...]:
    """Return the warnings proper."""
    return tuple(warning for warning in warnings if not warning.is_note)
