"""Writer of the character files that a show lacks. What they say belongs in `production.story.casting`."""

from __future__ import annotations

from pathlib import Path

from tower_anime_assets.errors import StoryError
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.media.show_files import CHARACTERS_FOLDER, draft_episode_files
from tower_anime_assets.production.story.casting import CastFile, cast_missing
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.screenplay import find_unlisted_speakers


def write_missing_cast(projects: Path, key: EpisodeKey) -> list[tuple[Path, CastFile]]:
    """Write a character file for every speaker of an episode who has none, and return the files.

    No file that exists is changed.

    Raises:
        StoryError: There is no such project or script, or the script is not text.
        MediaError: A file cannot be written.
    """
    files = find_missing_cast(projects, key)
    for path, file in files:
        write_atomically(path, file.text.encode(), is_shared=True)
    return files


def find_missing_cast(projects: Path, key: EpisodeKey) -> list[tuple[Path, CastFile]]:
    """Return the character files that an episode's speakers lack; nothing is written.

    Raises:
        StoryError: There is no such project or script, or the script is not text.
    """
    draft = draft_episode_files(projects, key, reads_unaccepted=True)
    if draft.episode is None:
        raise StoryError(draft.faults)
    episode, unlisted = find_unlisted_speakers(draft.project, key.episode, draft.text)
    folder = projects / key.project / CHARACTERS_FOLDER
    taken_ids = {character.id for character in draft.project.characters}
    if folder.is_dir():
        taken_ids |= {path.stem for path in folder.iterdir()}
    return [(folder / f"{file.id}.yaml", file) for file in cast_missing(episode, unlisted, taken_ids)]
