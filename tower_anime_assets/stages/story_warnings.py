"""What of an episode is used otherwise than its writer wrote it: the one list that every command and page shows.

Warnings of reading are found by `production.story`, those of planning by `production.planning`; here they are joined.
"""

from __future__ import annotations

from dataclasses import replace

from tower_anime_assets.errors import StoryWarning
from tower_anime_assets.media.show_files import DRAFT_SUFFIX, EPISODES_FOLDER, SCRIPT_SUFFIX, is_unaccepted
from tower_anime_assets.production.planning.language_warnings import language_warnings
from tower_anime_assets.production.planning.line_warnings import line_warnings
from tower_anime_assets.production.planning.minors import minor_warnings
from tower_anime_assets.production.planning.music_choice import music_warnings
from tower_anime_assets.production.planning.stand_ins import stand_ins
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Episode, Project
from tower_anime_assets.production.story.quality import quality_notes
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.model_map_warnings import project_map_warnings


def story_warnings(project: Project, episode: Episode, settings: Settings | None = None) -> tuple[StoryWarning, ...]:
    """Return the warnings and notes of an episode and its show, by file and line.

    Args:
        project: The show.
        episode: The episode.
        settings: Where the workflows are, to which the show's map of model files is compared; None to leave it out.
    """
    planned = (
        *quality_notes(project),
        *line_warnings(episode),
        *language_warnings(project, episode),
        *minor_warnings(project, episode),
        *music_warnings(project, episode),
        *stand_ins(project, episode),
    )
    mapped = project_map_warnings(settings, project) if settings is not None and project.models else ()
    warnings = tuple(sorted({*project.warnings, *episode.warnings, *planned, *mapped}))
    if settings is None or not is_unaccepted(settings.projects, EpisodeKey(project.id, episode.id)):
        return warnings
    script, draft = (f"{project.id}/{EPISODES_FOLDER}/{episode.id}{suffix}" for suffix in (SCRIPT_SUFFIX, DRAFT_SUFFIX))
    return tuple(replace(one, file=draft) if one.file == script else one for one in warnings)


def without_notes(warnings: tuple[StoryWarning, ...]) -> tuple[StoryWarning, ...]:
    """Return the warnings proper."""
    return tuple(warning for warning in warnings if not warning.is_note)
