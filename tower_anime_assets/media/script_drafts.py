"""Drafts of scripts on disk: `episodes/e01.draft.fountain`, which is no episode until a person accepts it.

No script and no draft is ever overwritten: a further draft gets the next free name.
"""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path

from tower_anime_assets.errors import ConflictError, MediaError, PlanError, TakenKeyError, UnknownKeyError
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.media.show_edits import hold_show
from tower_anime_assets.media.show_files import DRAFT_SUFFIX, EPISODES_FOLDER, SCRIPT_SUFFIX
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.source import did_you_mean

_EPISODE_NUMBER = re.compile(r"e(\d+)")
_MARK_SEARCH_BYTES = 4096


def draft_mark(key: str) -> str:
    """Return the words of a title page by which the draft of a text is found again, accepted or not.

    Args:
        key: Digest of what was drafted, hex digits.
    """
    return f"key {key[:16]}"


def find_marked(folder: Path, key: str) -> Path | None:
    """Return a show's script or draft with the mark of `key`, None if there is none."""
    mark = draft_mark(key).encode()
    for path in _scripts(folder):
        with path.open("rb") as file:
            if mark in file.read(_MARK_SEARCH_BYTES):
                return path
    return None


def free_episode_id(folder: Path, number: int) -> str:
    """Return the id for episode `number`, such as e07, or the next one that no script and no draft has."""
    taken = {path.name.removesuffix(DRAFT_SUFFIX).removesuffix(SCRIPT_SUFFIX) for path in _scripts(folder)}
    wanted = f"e{number:02d}"
    if wanted not in taken:
        return wanted
    highest = max((int(match[1]) for name in taken if (match := _EPISODE_NUMBER.fullmatch(name))), default=0)
    return f"e{highest + 1:02d}"


def write_draft(folder: Path, episode_id: str, text: str) -> Path:
    """Write a draft into a show and return its file.

    Raises:
        PlanError: There is a script or draft of this name.
        MediaError: It cannot be written.
    """
    path = folder / EPISODES_FOLDER / f"{episode_id}{DRAFT_SUFFIX}"
    for taken in (path, path.with_name(f"{episode_id}{SCRIPT_SUFFIX}")):
        if taken.exists():
            raise PlanError(f"{taken} exists, and scripts are never overwritten: draft under another name")
    write_atomically(path, text.encode(), is_shared=True)
    return path


def accept_draft(projects: Path, key: EpisodeKey, seen: str | None = None) -> tuple[Path, bytes]:
    """Make a draft the script of its episode; return the script and its bytes.

    Args:
        projects: The folder of the shows.
        key: The episode.
        seen: SHA-256 of the draft that the person looked at; None where that does not matter.

    Raises:
        TakenKeyError: The episode has a script.
        UnknownKeyError: There is no such show or draft.
        ConflictError: The draft has changed since the person looked.
        MediaError: The script cannot be written.
    """
    with hold_show(projects, key.project):
        return _accept_draft(projects / key.project, key, seen)


def _accept_draft(folder: Path, key: EpisodeKey, seen: str | None) -> tuple[Path, bytes]:
    draft = folder / EPISODES_FOLDER / f"{key.episode}{DRAFT_SUFFIX}"
    script = draft.with_name(f"{key.episode}{SCRIPT_SUFFIX}")
    if script.exists():
        also = f" Its draft stays {draft.name}: rename it to accept it as another episode" if draft.exists() else ""
        raise TakenKeyError(f"{key} has a script already, {script}, and scripts are never overwritten.{also}")
    if not draft.is_file():
        names = [
            f"{key.project}-{path.name.removesuffix(DRAFT_SUFFIX)}"
            for path in _scripts(folder)
            if path.name.endswith(DRAFT_SUFFIX)
        ]
        raise UnknownKeyError(f"there is no draft of {key}: expected {draft}. {did_you_mean(str(key), names)}")
    try:
        content = draft.read_bytes()
        if seen is not None and (found := sha256(content).hexdigest()) != seen:
            raise ConflictError(
                f"{draft.name} was changed since you looked at it. Look at it again, then accept", found
            )
        os.link(draft, script)  # refuses where a script has come into being meanwhile
        draft.unlink()
    except OSError as error:
        raise MediaError(
            f"{draft} cannot become {script.name}: {error.strerror}. Rename it by hand, which accepts it too"
        ) from error
    return script, content


def _scripts(folder: Path) -> list[Path]:
    episodes = folder / EPISODES_FOLDER
    if not episodes.is_dir():
        return []
    return sorted(path for path in episodes.iterdir() if path.name.endswith(SCRIPT_SUFFIX) and path.is_file())
