"""Shows on disk: listing, reading and fingerprinting them.

What the texts mean belongs in `production.story`; new shows are written by `starter_show`.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tower_anime_assets.errors import Fault, MediaError, StoryError, UndecodableError
from tower_anime_assets.media.music_files import (
    EXPECTED,
    SOUND_SUFFIXES,
    find_music,
    is_inside,
    list_music,
    music_digest,
    problem_of,
)
from tower_anime_assets.production.story.ids import EpisodeKey, is_slug
from tower_anime_assets.production.story.model import Episode, MusicFile, Project
from tower_anime_assets.production.story.music_list import MUSIC_FOLDER, read_music_list
from tower_anime_assets.production.story.screenplay import draft_episode
from tower_anime_assets.production.story.show_file import ProjectDraft, draft_project, read_routing
from tower_anime_assets.production.story.source import (
    MAX_SCRIPT_BYTES,
    MAX_YAML_BYTES,
    SourceFile,
    decode_text,
    did_you_mean,
    shorten,
)

PROJECT_FILE = "project.yaml"
CHARACTERS_FOLDER = "characters"
EPISODES_FOLDER = "episodes"
SCRIPT_SUFFIX = ".fountain"
DRAFT_SUFFIX = ".draft.fountain"
"""Ending of a script that a model drafted and nobody has accepted: it is no episode."""

MUSIC_LIST = f"{MUSIC_FOLDER}/music.yaml"
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
MAX_PICTURE_BYTES = 32 * 1024 * 1024
MAX_PICTURE_PX = 40_000_000
MIN_PICTURE_SIDE_PX = 64


def list_projects(projects: Path) -> tuple[str, ...]:
    """Return the ids of all projects in a folder, valid or not; folders without project files are skipped."""
    return tuple(folder.name for folder in _project_folders(projects) if is_slug(folder.name))


def list_episodes(projects: Path) -> tuple[EpisodeKey, ...]:
    """Return the keys of all scripts of all projects, valid or not, except those that `check_names` reports."""
    return tuple(
        EpisodeKey(project, script.name.removesuffix(SCRIPT_SUFFIX))
        for project in list_projects(projects)
        for script in _scripts(projects / project)
        if is_slug(script.name.removesuffix(SCRIPT_SUFFIX))
    )


def check_names(projects: Path) -> tuple[Fault, ...]:
    """Return a fault for every project, character or script whose name cannot be used."""
    faults = []
    for folder in _project_folders(projects):
        if not is_slug(folder.name):
            faults.append(_name_fault(folder.name, folder.name, "the folder"))
            continue
        for script in _scripts(folder):
            stem = script.name.removesuffix(SCRIPT_SUFFIX)
            if not is_slug(stem):
                faults.append(_name_fault(_display_path(projects, script), stem, "the script"))
        faults += _character_name_faults(projects, folder)
    return tuple(sorted(faults))


def load_project(projects: Path, project_id: str) -> Project:
    """Return a project with its cast.

    Raises:
        StoryError: There is no such project, or its files are wrong; every fault is named.
    """
    reader, draft = _load_draft(projects, project_id)
    if reader.faults:
        raise StoryError(reader.faults)
    return draft.project


@dataclass(frozen=True)
class EpisodeDraft:
    """An episode as far as its files can be read, and everything that is wrong with them.

    Attributes:
        episode: None if there is no script, or it is not text.
        text: The script; "" likewise.
    """

    project: Project
    episode: Episode | None
    faults: tuple[Fault, ...]
    text: str = ""


def draft_episode_files(
    projects: Path, key: EpisodeKey, *, reads_unaccepted: bool = False, edits: Mapping[str, str] | None = None
) -> EpisodeDraft:
    """Return an episode and its project as far as their files can be read.

    Args:
        projects: The folder of the shows.
        key: The episode.
        reads_unaccepted: Whether to read a model's draft where there is no script, to look at it; else it is a fault.
        edits: Texts that are read instead of files of the show, or as if there were such files, by their paths from
            the show's folder.

    Raises:
        StoryError: There is no such project.
    """
    reader, draft = _load_draft(projects, key.project, edits)
    is_edited = f"{EPISODES_FOLDER}/{key.episode}{SCRIPT_SUFFIX}" in (edits or {})
    has_draft_only = is_unaccepted(projects, key) and not is_edited
    suffix = DRAFT_SUFFIX if has_draft_only else SCRIPT_SUFFIX
    script = projects / key.project / EPISODES_FOLDER / f"{key.episode}{suffix}"
    episode, source = None, None
    if has_draft_only and not reads_unaccepted:
        reader.faults.append(_unaccepted_fault(key, _display_path(projects, script)))
    elif not reader.has(script):
        reader.faults.append(_missing_episode_fault(projects, key, _display_path(projects, script)))
    elif (source := reader.read_text(script, MAX_SCRIPT_BYTES)) is not None:
        digest = hashlib.sha256(source.text.encode()).hexdigest()
        episode, script_faults = draft_episode(draft.project, key.episode, source.text, source.file, digest)
        reader.faults.extend(script_faults)
        scenes = [
            replace(scene, music_file=reader.find_music(script, scene.music_file, draft.project.music))
            if scene.music_file
            else scene
            for scene in episode.scenes
        ]
        episode = replace(episode, scenes=tuple(scenes))
    text = source.text if source is not None else ""
    return EpisodeDraft(draft.project, episode, tuple(sorted(reader.faults)), text)


def is_unaccepted(projects: Path, key: EpisodeKey) -> bool:
    """Return whether all there is of an episode is a draft that nobody has accepted."""
    episodes = projects / key.project / EPISODES_FOLDER
    has_script = _exists(episodes / f"{key.episode}{SCRIPT_SUFFIX}")
    return not has_script and _exists(episodes / f"{key.episode}{DRAFT_SUFFIX}")


def load_episode(
    projects: Path, key: EpisodeKey, *, reads_unaccepted: bool = False, edits: Mapping[str, str] | None = None
) -> tuple[Project, Episode]:
    """Return an episode and its project; the arguments are those of `draft_episode_files`.

    Raises:
        StoryError: There is no such project or episode, or the project, a character file or the script is wrong; all
            faults are named.
    """
    draft = draft_episode_files(projects, key, reads_unaccepted=reads_unaccepted, edits=edits)
    if draft.episode is None or draft.faults:
        raise StoryError(draft.faults)
    return draft.project, draft.episode


def script_fingerprint(projects: Path, key: EpisodeKey) -> str:
    """Return the SHA-256 over a screenplay's name and bytes, 64 hex digits; see `cast_fingerprint`."""
    folder = projects / key.project
    return _fingerprint(folder, [folder / EPISODES_FOLDER / f"{key.episode}{SCRIPT_SUFFIX}"])


def episode_fingerprint(projects: Path, key: EpisodeKey) -> str:
    """Return the same over a screenplay and the draft that nobody has accepted yet."""
    folder = projects / key.project
    names = (f"{key.episode}{suffix}" for suffix in (SCRIPT_SUFFIX, DRAFT_SUFFIX))
    return _fingerprint(folder, [folder / EPISODES_FOLDER / name for name in names])


def cast_fingerprint(projects: Path, project_id: str) -> str:
    """Return the SHA-256 over the names and bytes of a show's files other than screenplays, 64 hex digits.

    These are `project.yaml`, the files beside it, the character files and the show's pictures. Nothing is parsed, so it
    is cheap and works for shows with faults; missing files are allowed.
    """
    folder = projects / project_id
    return _fingerprint(folder, [folder / PROJECT_FILE, *_defining_files(folder)])


def _fingerprint(folder: Path, files: Iterable[Path]) -> str:
    hasher = hashlib.sha256()
    for file in files:
        hasher.update(f"{file.relative_to(folder).as_posix()}\0{_file_digest(folder, file)}\n".encode())
    return hasher.hexdigest()


# Finding files -------------------------------------------------------------------------------------------------------


def _list_folder(folder: Path) -> list[Path]:
    """Return the entries of a folder by name without hidden ones, [] if there is no such folder.

    Raises:
        StoryError: The folder cannot be listed.
    """
    if not folder.is_dir():
        return []
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        problem = f"the folder cannot be listed: {error.strerror}"
        raise StoryError([Fault(str(folder), 0, problem, "a readable folder", "Change its permissions.")]) from error


def _project_folders(projects: Path) -> list[Path]:
    return [
        folder
        for folder in _list_folder(projects)
        if folder.is_dir()
        and (
            (folder / PROJECT_FILE).exists()
            or (folder / EPISODES_FOLDER).is_dir()
            or (folder / CHARACTERS_FOLDER).is_dir()
        )
    ]


def _scripts(folder: Path) -> list[Path]:
    return [
        path
        for path in _list_folder(folder / EPISODES_FOLDER)
        if path.name.endswith(SCRIPT_SUFFIX) and not path.name.endswith(DRAFT_SUFFIX)
    ]


def _defining_files(folder: Path) -> list[Path]:
    """Return a project's character files, files beside project.yaml, music and pictures, each by path."""
    files = [path for path in _list_folder(folder / CHARACTERS_FOLDER) if path.suffix == ".yaml"]
    files += [path for path in _list_folder(folder) if path.suffix in (".yaml", ".json") and path.name != PROJECT_FILE]
    music_list = folder / MUSIC_LIST
    files += [*([music_list] if music_list.exists() else []), *list_music(folder)]
    pictures = (path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
    return files + sorted(path for path in pictures if not path.is_dir())


def _file_digest(folder: Path, file: Path) -> str:
    if not file.exists():
        return "absent"
    if not is_inside(folder, file) or not file.is_file():
        return "refused"
    try:
        if file.suffix.lower() in SOUND_SUFFIXES:
            return music_digest(file)
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:  # reported when the episode is read; here it is one more state
        return f"unreadable: {error.errno}"


def _display_path(projects: Path, path: Path) -> str:
    return path.relative_to(projects).as_posix()


# Faults of names -----------------------------------------------------------------------------------------------------


def _name_fault(display_path: str, name: str, subject: str) -> Fault:
    expected = "a name of a-z, 0-9 and single _ between them, at most 40 characters"
    remedy = "Rename it; the title may hold any letters."
    return Fault(display_path, 0, f"{subject} is called {shorten(name)!r}", expected, remedy)


def _character_name_faults(projects: Path, folder: Path) -> list[Fault]:
    faults = []
    for path in _list_folder(folder / CHARACTERS_FOLDER):
        display_path = _display_path(projects, path)
        if path.suffix == ".yml":
            remedy = f"Rename it to {path.stem}.yaml."
            faults.append(Fault(display_path, 0, "a character file ends in .yml", "the ending .yaml", remedy))
        elif path.suffix == ".yaml" and not is_slug(path.stem):
            faults.append(_name_fault(display_path, path.stem, "the character file"))
    return faults


def _missing_project_fault(projects: Path, project_id: str) -> Fault:
    project_ids = list_projects(projects)
    remedy = f"There is no project in {projects}; `tower init DIR` makes one."
    remedy = did_you_mean(project_id, project_ids) if project_ids else remedy
    return Fault(shorten(project_id), 0, f"there is no project {shorten(project_id)!r}", "an existing project", remedy)


def _unaccepted_fault(key: EpisodeKey, display_path: str) -> Fault:
    problem, expected = f"{key} is a draft that nobody has accepted", "a script"
    return Fault(display_path, 0, problem, expected, f"Read it with `tower script {key}`, then: tower accept {key}")


def _missing_episode_fault(projects: Path, key: EpisodeKey, display_path: str) -> Fault:
    episode_keys = [str(other) for other in list_episodes(projects) if other.project == key.project]
    remedy = did_you_mean(str(key), episode_keys)
    return Fault(display_path, 0, f"there is no episode {key}", "an existing script", remedy)


# Reading files -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _ShowReader:
    """Reads the files of one show and gathers what is wrong with them.

    Attributes:
        edits: Texts that are read instead of files, by path.
    """

    projects: Path
    folder: Path
    faults: list[Fault]
    edits: Mapping[Path, str] = field(default_factory=dict)

    def has(self, path: Path) -> bool:
        """Return whether there is a text, a file or a link, even a broken one."""
        return path in self.edits or _exists(path)

    def cast_files(self) -> list[Path]:
        """Return the character files, by name."""
        folder = self.folder / CHARACTERS_FOLDER
        files = {*_list_folder(folder), *(path for path in self.edits if path.parent == folder)}
        return sorted(path for path in files if path.suffix == ".yaml" and is_slug(path.stem))

    def add_fault(self, path: Path, line: int, problem: str, expected: str, remedy: str) -> None:
        self.faults.append(Fault(_display_path(self.projects, path), line, problem, expected, remedy))

    def read_text(self, path: Path, max_bytes: int) -> SourceFile | None:
        """Return the text of a file, or None after adding why it cannot be read."""
        display_path = _display_path(self.projects, path)
        if path in self.edits:
            return self._read_edit(path, display_path, max_bytes)
        if not is_inside(self.folder, path):
            problem, remedy = "the file is a link that leads out of the project", "Copy the file into the project."
            self.add_fault(path, 0, problem, "a file inside the project's folder", remedy)
            return None
        if not path.is_file():  # a folder, or a pipe, which would block
            self.add_fault(path, 0, "this is not a regular file", "a text file", "Replace it with a text file.")
            return None
        try:
            with path.open("rb") as file:
                return SourceFile(display_path, decode_text(file.read(max_bytes + 1), display_path, max_bytes))
        except OSError as error:
            problem = f"the file cannot be read: {error.strerror}"
            self.add_fault(path, 0, problem, "a readable file", "Change its permissions.")
        except StoryError as error:
            self.faults.extend(error.faults)
        return None

    def _read_edit(self, path: Path, display_path: str, max_bytes: int) -> SourceFile | None:
        try:
            return SourceFile(display_path, decode_text(self.edits[path].encode(), display_path, max_bytes))
        except StoryError as error:
            self.faults.extend(error.faults)
            return None

    def read_draft(self) -> ProjectDraft:
        """Return the project as far as it can be read."""
        self.faults.extend(_character_name_faults(self.projects, self.folder))
        project_file = self.folder / PROJECT_FILE
        source = None
        if self.has(project_file):
            source = self.read_text(project_file, MAX_YAML_BYTES)
        else:
            remedy = "Write one; its only required key is `title: ...`."
            self.add_fault(project_file, 0, "the project has no project.yaml", "the file", remedy)
        cast = {path.stem: self.read_text(path, MAX_YAML_BYTES) for path in self.cast_files()}
        draft = _parse_draft(self.folder.name, source, tuple(cast.items()))
        self.faults.extend(draft.faults)
        self._check_references(draft)
        return self._with_music_list(self._with_routing_file(draft))

    def _with_music_list(self, draft: ProjectDraft) -> ProjectDraft:
        """Return the draft with the files of `music/music.yaml`."""
        path = self.folder / MUSIC_LIST
        if not _exists(path):
            if draft.project.engines.music == "library":
                problem, remedy = f"engines.music is library, but there is no {MUSIC_LIST}", "Write it, or say `auto`."
                self.add_fault(self.folder / PROJECT_FILE, 0, problem, "a list of music files", remedy)
            return draft
        source = self.read_text(path, MAX_YAML_BYTES)
        if source is None:
            return draft
        listed, diagnostics = read_music_list(source)
        self.faults.extend(diagnostics.faults)
        music = tuple(self.find_music(path, one, ()) for one in listed)
        return replace(draft, project=replace(draft.project, music=music))

    def find_music(self, path: Path, named: MusicFile, listed: tuple[MusicFile, ...]) -> MusicFile:
        """Return a music file as it is on disk, or as it was named after adding what is wrong with it."""
        music_file, problem, remedy = find_music(self.folder, named, listed)
        if problem:
            self.add_fault(path, named.line, problem_of(named, problem), EXPECTED, remedy)
        return music_file

    def _with_routing_file(self, draft: ProjectDraft) -> ProjectDraft:
        """Return the draft with the rules of the file that `routing.file` names."""
        if not draft.project.routing.file:
            return draft
        path = self.folder / draft.project.routing.file
        if not _exists(path):
            problem, remedy = f"routing.file is {path.name!r}, which does not exist", "Write it, or drop `file`."
            self.add_fault(self.folder / PROJECT_FILE, 0, problem, "a file beside project.yaml", remedy)
            return draft
        source = self.read_text(path, MAX_YAML_BYTES)
        if source is None:
            return draft
        rules, rule_faults = read_routing(source)
        self.faults.extend(rule_faults)
        return replace(draft, project=replace(draft.project, routing=rules))

    def _check_references(self, draft: ProjectDraft) -> None:
        expected = (
            "a PNG, JPEG or WebP picture inside the project's folder, "
            f"at most {MAX_PICTURE_PX // 1_000_000} megapixels and {MAX_PICTURE_BYTES >> 20} MiB"
        )
        remedy = "Give its path from the project's folder, such as references/akira.png, or delete the entry."
        for (character, reference), line in draft.reference_lines.items():
            if problem := picture_problem(self.folder, reference):
                file = self.folder / CHARACTERS_FOLDER / f"{character}.yaml"
                self.add_fault(file, line, f"the reference picture {shorten(reference)!r} {problem}", expected, remedy)


def _load_draft(
    projects: Path, project_id: str, edits: Mapping[str, str] | None = None
) -> tuple[_ShowReader, ProjectDraft]:
    """Return a project as far as it can be read, and the reader that holds its faults.

    Raises:
        StoryError: There is no such project.
    """
    folder = projects / project_id
    if not is_slug(project_id) or not folder.is_dir():
        raise StoryError([_missing_project_fault(projects, project_id)])
    reader = _ShowReader(projects, folder, [], {folder / file: text for file, text in (edits or {}).items()})
    return reader, reader.read_draft()


@functools.lru_cache(maxsize=8)
def _parse_draft(
    project_id: str, source: SourceFile | None, cast: tuple[tuple[str, SourceFile | None], ...]
) -> ProjectDraft:
    """Return the draft of these texts; cached, since the episodes of a season share it."""
    return draft_project(project_id, source, dict(cast))


def _exists(path: Path) -> bool:
    """Return whether there is a file or a link, even a broken one."""
    return path.exists() or path.is_symlink()


# Reference pictures --------------------------------------------------------------------------------------------------


def picture_problem(folder: Path, reference: str) -> str:
    """Return what is wrong with a reference picture, "" for nothing; its content is decoded in a child process.

    Args:
        folder: The show's folder.
        reference: Its path from there.
    """
    path = folder / reference
    if Path(reference).is_absolute() or not is_inside(folder, path):
        return "lies outside the project"
    if not path.exists():
        return "is missing"
    if not path.is_file():
        return "is not a file"
    if path.suffix.lower() not in PICTURE_SUFFIXES:
        return f"ends in {path.suffix or 'nothing'}"
    status = path.stat()
    if status.st_size > MAX_PICTURE_BYTES:
        return f"is {status.st_size / (1 << 20):.0f} MiB large"
    return _content_problem(path, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=512)
def _content_problem(path: Path, size_bytes: int, changed_ns: int) -> str:
    """Return what is wrong with the content of a picture, or ""; cached until the file changes."""
    from tower_anime_assets.media.external import check_brought_picture

    del size_bytes, changed_ns  # only part of the cache key
    try:
        check_brought_picture(path, _require_usable_size)
    except _UnusableSizeError as error:
        return str(error)
    except UndecodableError as error:
        reason = str(error).removeprefix(f"{path.absolute()} ")
        if reason.startswith("has more than"):
            return "is far too large for a reference"
        return f"is corrupt or in another format ({shorten(reason, 70)})"
    return ""


class _UnusableSizeError(MediaError):
    """A picture is too large or too small for a reference."""


def _require_usable_size(width_px: int, height_px: int) -> None:
    if width_px * height_px > MAX_PICTURE_PX:
        raise _UnusableSizeError(f"is huge, {width_px} x {height_px} pixels")
    if min(width_px, height_px) < MIN_PICTURE_SIDE_PX:
        raise _UnusableSizeError(f"is only {width_px} x {height_px} pixels, under {MIN_PICTURE_SIDE_PX} a side")
