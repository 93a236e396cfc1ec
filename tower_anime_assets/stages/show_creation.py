"""New shows, episodes and character files of screenplays that people bring: never over anything, and on record.

An episode needs nothing else to be run: whoever launches a run registers its partition, and Dagster's sensor
`new_scripts` does so within 15 s.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tower_anime_assets.errors import Fault, PlanError, StoryError, StoryWarning, TakenKeyError
from tower_anime_assets.media import show_files
from tower_anime_assets.media.cast_files import find_missing_cast
from tower_anime_assets.media.script_drafts import free_episode_id
from tower_anime_assets.media.script_show import (
    EPISODE,
    decode_foreign_text,
    title_of_script,
    write_show_of_text,
)
from tower_anime_assets.media.show_edits import ShowText, diff_of, encode_text, read_script_text, read_show_text
from tower_anime_assets.media.show_folders import open_new_projects, publish_show, taken_error
from tower_anime_assets.media.starter_show import check_new_show
from tower_anime_assets.production.story.cast_names import slug_of
from tower_anime_assets.production.story.casting import CastFile
from tower_anime_assets.production.story.ids import EpisodeKey, is_slug
from tower_anime_assets.stages.ingest import threshold_faults
from tower_anime_assets.stages.show_edits import save_edit
from tower_anime_assets.stages.story_warnings import story_warnings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import show_edits, story
from tower_anime_assets.store.show_edits import NewShowEdit

_LOST_LETTER = "\ufffd"


@dataclass(frozen=True)
class AddedFiles:
    """Files that were written for an episode.

    Attributes:
        key: The episode.
        files: The files, from the show's folder.
        cast: The character files among them, with what the script says of each character.
        encoding: What the screenplay was converted from; "" where its bytes were taken as they are.
        faults: What is wrong with the episode's files now: it cannot be run until that is corrected.
        warnings: What of them is used otherwise than written.
    """

    key: EpisodeKey
    files: tuple[str, ...]
    cast: tuple[CastFile, ...]
    encoding: str
    faults: tuple[Fault, ...]
    warnings: tuple[StoryWarning, ...]

    def __str__(self) -> str:
        count = len(self.faults)
        left = f"; {count} fault{'s' if count != 1 else ''} to correct before it can be run" if count else ""
        return f"{self.key}: {', '.join(self.files) or 'nothing'} written{left}"


@dataclass(frozen=True)
class StagedShow:
    """A show of a screenplay that is written, and not yet where shows are.

    Attributes:
        projects: The folder that it is in, alone.
        key: Its episode.
        files: Its files, from its folder.
        cast: The character files among them.
        encoding: As of `AddedFiles`.
    """

    projects: Path
    key: EpisodeKey
    files: tuple[str, ...]
    cast: tuple[CastFile, ...]
    encoding: str


def bytes_of_text(text: str, file_name: str) -> bytes:
    """Return the bytes of a screenplay that somebody else's program has read.

    Raises:
        StoryError: Letters were lost when it was read, or it cannot be saved.
        PlanError: It holds half characters.
    """
    if _LOST_LETTER in text:
        line = text.count("\n", 0, text.index(_LOST_LETTER)) + 1
        remedy = "Save the file as UTF-8 and bring it again, or send its bytes as base64."
        problem = "letters were lost when the file was read (U+FFFD): it is not UTF-8"
        raise StoryError([Fault(file_name, line, problem, "a text in UTF-8", remedy)])
    return encode_text(file_name, text)


def create_show(
    studio: Studio, content: bytes, file_name: str, who: str, why: str = "", *, project: str = "", title: str = ""
) -> AddedFiles:
    """Make a show of a screenplay, as `tower init --from` does; its folder appears whole or not at all.

    Args:
        studio: The studio.
        content: The screenplay's bytes, in any encoding that can be told.
        file_name: What its file is called; the last resort for a title.
        who: Who makes it.
        why: The reason, "" for none.
        project: The show's id, "" to make one of the title.
        title: Title of the show, "" for the screenplay's own.

    Raises:
        TakenKeyError: There is a show with this id, in files or on record.
        PlanError: The id or the title cannot be used, or it does not say who.
        StoryError: The screenplay is not text.
        MediaError: The show cannot be written.
    """
    with stage_show(studio, content, file_name, project=project, title=title) as staged:
        key, folder = staged.key, staged.projects / staged.key.project
        edits = [_edit(staged.projects, key.project, name, who, why) for name in staged.files]
        publish = partial(publish_show, folder, studio.settings.projects / key.project)
        show_edits.record_edits(studio.database, edits, publish)
    return _added(studio, key, staged.files, staged.cast, staged.encoding)


@contextmanager
def stage_show(
    studio: Studio, content: bytes, file_name: str, *, project: str = "", title: str = ""
) -> Iterator[StagedShow]:
    """Write a show of a screenplay where nobody sees it, and remove what is left of it when the block ends.

    Arguments and errors are those of `create_show`.
    """
    script = _decode(content, file_name)
    file = Path(file_name)
    title = title or title_of_script(script[0], file)
    project = project or slug_of(title)
    if not project:
        raise PlanError(f"no id can be made of the title {title[:40]!r}. Send one as `id`: a-z, 0-9 and single _")
    projects = studio.settings.projects
    if not is_slug(project):
        raise PlanError(
            f"{project[:60]!r} cannot be a show's id: expected a-z, 0-9 and single _ between them, at most 40 "
            "characters. Choose another one; the title may hold any letters"
        )
    _require_free(studio, project)
    with open_new_projects(projects) as folder:
        check_new_show(folder / project, title)
        written = write_show_of_text(folder / project, script, file, title)
        paths = (*written.files, *(path for path, _file in written.cast))
        files = tuple(path.relative_to(folder / project).as_posix() for path in paths)
        cast = tuple(one for _path, one in written.cast)
        yield StagedShow(folder, EpisodeKey(project, EPISODE), files, cast, written.encoding)


def add_episode(
    studio: Studio, project: str, content: bytes, file_name: str, who: str, why: str = "", *, episode: str = ""
) -> AddedFiles:
    """Add a screenplay to a show, with whatever faults it has.

    Args:
        studio: The studio.
        project: The show.
        content: As in `create_show`.
        file_name: What its file is called.
        who: Who adds it.
        why: The reason, "" for none.
        episode: The episode's id, "" for the file's name, or where that is no id for the next number, such as e02.

    Raises:
        TakenKeyError: There is a screenplay, or a draft, of this episode.
        UnknownKeyError: There is no such show.
        PlanError: The id cannot be used, or it does not say who.
        StoryError: The screenplay is not text.
        MediaError: It cannot be written.
    """
    text, _content, encoding = _decode(content, file_name)
    projects = studio.settings.projects
    read_show_text(projects, project, show_files.PROJECT_FILE)
    stem = Path(file_name).name.partition(".")[0]
    episode = episode or (stem if is_slug(stem) else free_episode_id(projects / project, 1))
    if not is_slug(episode):
        raise PlanError(f"{episode[:60]!r} cannot be an episode's id: expected a-z, 0-9 and single _, such as e02")
    key = EpisodeKey(project, episode)
    for suffix, remedy in (
        (show_files.SCRIPT_SUFFIX, "Choose another id, or edit that screenplay"),
        (show_files.DRAFT_SUFFIX, "Choose another id, or accept the draft and edit it"),
    ):
        file = f"{show_files.EPISODES_FOLDER}/{episode}{suffix}"
        path = projects / project / file
        if path.exists() or path.is_symlink():
            raise TakenKeyError(f"there is {project}/{file} already. Nothing was written. {remedy}")
    file = f"{show_files.EPISODES_FOLDER}/{episode}{show_files.SCRIPT_SUFFIX}"
    save_edit(studio, project, file, text, who, why, seen="", even_with_faults=True)
    return _added(studio, key, (file,), (), encoding)


def add_missing_cast(studio: Studio, key: EpisodeKey, who: str, why: str = "") -> AddedFiles:
    """Write a character file for every speaker of an episode who has none, as `tower cast` does.

    Raises:
        ConflictError: Somebody wrote one of them meanwhile.
        UnknownKeyError: There is no such show or episode.
        PlanError: It does not say who.
        StoryError: The screenplay is not text.
        MediaError: A file cannot be written.
    """
    projects = studio.settings.projects
    read_script_text(projects, key)
    files = []
    cast = []
    for path, file in find_missing_cast(projects, key):
        name = f"{show_files.CHARACTERS_FOLDER}/{path.name}"
        save_edit(studio, key.project, name, file.text, who, why, seen="", even_with_faults=True)
        files.append(name)
        cast.append(file)
    return _added(studio, key, tuple(files), tuple(cast), "")


def _decode(content: bytes, file_name: str) -> tuple[str, bytes, str]:
    name = Path(file_name).name or "script"
    text, content, encoding = decode_foreign_text(content, Path(name))
    if not text.strip("\ufeff \t\r\n"):
        remedy = "Bring the file that the screenplay is in."
        raise StoryError([Fault(name, 0, "the file is empty", "a screenplay, .fountain or .txt", remedy)])
    return text, content, encoding


def _require_free(studio: Studio, project: str) -> None:
    """Refuse an id that a show has, in files or on record, whose takes would be mixed with those of another."""
    folder = studio.settings.projects / project
    is_empty = folder.is_dir() and not any(folder.iterdir())
    if folder.is_symlink() or (folder.exists() and not is_empty):
        raise taken_error(project)
    if any(key.partition("-")[0] == project for key, _title in story.list_titles(studio.database)):
        raise TakenKeyError(
            f"there was a show {project} whose takes are on record. Nothing was written; choose another id, or bring "
            "its files back"
        )


def _edit(projects: Path, project: str, file: str, who: str, why: str) -> NewShowEdit:
    held = read_show_text(projects, project, file)
    diff = diff_of(ShowText(project, file, "", ""), held.text)
    return NewShowEdit(
        project_id=project,
        episode_id=held.episode.episode if held.episode is not None else "",
        file=file,
        before_sha256="",
        after_sha256=held.sha256,
        lines_added=sum(line.startswith("+") for line in diff.split("\n")[2:]),
        lines_removed=0,
        diff=diff,
        faults=0,
        who=who,
        why=why,
    )


def _added(
    studio: Studio, key: EpisodeKey, files: tuple[str, ...], cast: tuple[CastFile, ...], encoding: str
) -> AddedFiles:
    draft = show_files.draft_episode_files(studio.settings.projects, key, reads_unaccepted=True)
    faults = (*draft.faults, *threshold_faults(draft.project))
    warnings = draft.project.warnings
    if draft.episode is not None:
        warnings = story_warnings(draft.project, draft.episode, studio.settings)
    return AddedFiles(key, files, cast, encoding, faults, warnings)
