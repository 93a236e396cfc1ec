"""What of an episode is used otherwise than its writer wrote it: the one list that every command and page shows.

Warnings of reading are found by `production.story`, those of planning by `production.planning`; here they are joined.
"""

from __future__ import annotations

from tower_anime_assets.errors import StoryWarning
from tower_anime_assets.production.planning.line_warnings import line_warnings
from tower_anime_assets.production.planning.minors import minor_warnings
from tower_anime_assets.production.planning.stand_ins import stand_ins
from tower_anime_assets.production.story.model import Episode, Project


def story_warnings(project: Project, episode: Episode) -> tuple[StoryWarning, ...]:
    """Return the warnings and notes of an episode and its show, by file and line."""
    planned = (*line_warnings(episode), *minor_warnings(project, episode), *stand_ins(project, episode))
    return tuple(sorted({*project.warnings, *episode.warnings, *planned}))


def without_notes(warnings: tuple[StoryWarning, ...]) -> tuple[StoryWarning, ...]:
    """Return the warnings proper."""
    return tuple(warning for warning in warnings if not warning.is_note)
