"""Texts of a show's files for editors: read with their digest, compared, saved where nobody has changed them meanwhile.

What the texts mean belongs in `production.story`; who edited what is recorded by `stages.show_edits`.
"""

from __future__ import annotations

import difflib
import fcntl
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tower_anime_assets.errors import ConflictError, MediaError, PlanError, UnknownKeyError
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.media.music_files import is_inside
from tower_anime_assets.media.show_files import (
    CHARACTERS_FOLDER,
    DRAFT_SUFFIX,
    EPISODES_FOLDER,
    PROJECT_FILE,
    SCRIPT_SUFFIX,
    is_unaccepted,
    list_episodes,
    list_projects,
)
from tower_anime_assets.production.story.ids import EpisodeKey, is_slug
from tower_anime_assets.production.story.source import (
    MAX_SCRIPT_BYTES,
    MAX_YAML_BYTES,
    decode_text,
    did_you_mean,
    shorten,
)

_BOM: Final = "\ufeff"
_LONE_NEWLINE: Final = re.compile(r"(?<!\r)\n")
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+$")
_CONTEXT_LINES: Final = 3
_MAX_COMPARED_LINES: Final = 1_000
_Opcode = tuple[str, int, int, int, int]
_EXPECTED: Final = "project.yaml, characters/NAME.yaml or episodes/NAME.fountain, with names of a-z, 0-9 and single _"


@dataclass(frozen=True)
class ShowText:
    """A file of a show as an editor shows it.

    Attributes:
        file: Its path from the show's folder, such as "characters/akira.yaml".
        text: As it is on disk, with its line ends and its byte order mark; "" where there is no file yet.
        sha256: Digest of its bytes, to be given back as `seen`; "" where there is no file yet.
    """

    project: str
    file: str
    text: str
    sha256: str

    @property
    def exists(self) -> bool:
        """Whether there is such a file."""
        return bool(self.sha256)

    @property
    def display_path(self) -> str:
        """Its path as faults name it, from the folder of the shows."""
        return f"{self.project}/{self.file}"

    @property
    def is_script(self) -> bool:
        """Whether it is a screenplay, or a draft of one."""
        return self.file.endswith(SCRIPT_SUFFIX)

    @property
    def episode(self) -> EpisodeKey | None:
        """The episode whose screenplay it is, None for the files of the whole show."""
        if not self.is_script:
            return None
        stem = self.file.rpartition("/")[2].removesuffix(DRAFT_SUFFIX).removesuffix(SCRIPT_SUFFIX)
        return EpisodeKey(self.project, stem)


def list_editable(projects: Path, project: str) -> tuple[str, ...]:
    """Return the files of a show that may be edited, by their paths from its folder, the show's own first.

    Raises:
        UnknownKeyError: There is no such show.
    """
    folder = _folder_of(projects, project)
    found = [PROJECT_FILE] if (folder / PROJECT_FILE).is_file() else []
    for name, suffix in ((CHARACTERS_FOLDER, ".yaml"), (EPISODES_FOLDER, SCRIPT_SUFFIX)):
        below = sorted((folder / name).iterdir()) if (folder / name).is_dir() else []
        files = [f"{name}/{path.name}" for path in below if path.name.endswith(suffix) and path.is_file()]
        found += [file for file in files if _is_editable(file) and is_inside(folder, folder / file)]
    return tuple(found)


def read_show_text(projects: Path, project: str, file: str) -> ShowText:
    """Return a file of a show; one that does not exist yet is empty.

    Raises:
        PlanError: There is no such show, or it is none of a show's files that may be edited.
        StoryError: It is no text, or too large.
        MediaError: It cannot be read.
    """
    path = _path_of(projects, project, file)
    data = _read(path, _limit_of(file))
    if data is None:
        return ShowText(project, file, "", "")
    text = decode_text(data, f"{project}/{file}", _limit_of(file))
    return ShowText(project, file, text, hashlib.sha256(data).hexdigest())


def read_script_text(projects: Path, key: EpisodeKey) -> ShowText:
    """Return the screenplay of an episode, or the draft where that is all there is.

    Raises:
        UnknownKeyError: There is no such show or episode.
        StoryError: It is no text, or too large.
        MediaError: It cannot be read.
    """
    suffix = DRAFT_SUFFIX if is_unaccepted(projects, key) else SCRIPT_SUFFIX
    held = read_show_text(projects, key.project, f"{EPISODES_FOLDER}/{key.episode}{suffix}")
    if not held.exists:
        known = [str(other) for other in list_episodes(projects) if other.project == key.project]
        raise UnknownKeyError(f"there is no screenplay of {key}. {did_you_mean(str(key), known)}")
    return held


def in_form_of(before: str, text: str) -> str:
    r"""Return a text with the line ends and the byte order mark of the file that it replaces.

    Browsers give texts back with "\n" and without a mark; else every line would count as changed.
    """
    if not before:
        return text
    if before.startswith(_BOM) and not text.startswith(_BOM):
        text = f"{_BOM}{text}"
    has_windows_ends_alone = "\r\n" in before and not _LONE_NEWLINE.search(before)
    return _LONE_NEWLINE.sub("\r\n", text) if has_windows_ends_alone and "\r" not in text else text


def diff_of(before: ShowText, text: str) -> str:
    """Return the unified diff between a file and a text that would replace it, "" if they are equal.

    A missing line end at the end is told as `diff` tells it; line ends themselves are not shown.
    """
    if before.text == text:
        return ""
    old, new = _lines_of(before.text), _lines_of(text)
    told = [f"--- {before.file if before.exists else '/dev/null'}\n", f"+++ {before.file}\n"]
    for hunk in _hunks(old, new):
        (_tag, a_start, _a, b_start, _b), (_last, _i, a_end, _j, b_end) = hunk[0], hunk[-1]
        told.append(f"@@ -{_range(a_start, a_end)} +{_range(b_start, b_end)} @@\n")
        for tag, first, last, new_first, new_last in hunk:
            told += [_diff_line(" " if tag == "equal" else "-", line) for line in old[first:last]]
            told += [_diff_line("+", line) for line in new[new_first:new_last] if tag != "equal"]
    return "".join(told) if len(told) > 2 else "\\ Only line ends or the byte order mark differ\n"


def _lines_of(text: str) -> list[str]:
    plain = text.removeprefix(_BOM).replace("\r\n", "\n").replace("\r", "\n")
    return _LINE.findall(plain)


def _diff_line(mark: str, line: str) -> str:
    return f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"


def _range(start: int, end: int) -> str:
    """Return a stretch of lines as unified diffs name it."""
    count = end - start
    if count == 1:
        return f"{start + 1}"
    return f"{start + 1 if count else start},{count}"


def _hunks(old: list[str], new: list[str]) -> list[list[_Opcode]]:
    """Return what differs, with three lines around it.

    Only what lies between the first and the last difference is compared; if that is long, it is told as replaced whole:
    a comparison takes the square of its length.
    """
    shorter = min(len(old), len(new))
    head = next((place for place in range(shorter) if old[place] != new[place]), shorter)
    tail = next((place for place in range(shorter - head) if old[-1 - place] != new[-1 - place]), shorter - head)
    old_end, new_end = len(old) - tail, len(new) - tail
    if head == old_end and head == new_end:
        return []
    opcodes: list[_Opcode] = [("replace", head, old_end, head, new_end)]
    if max(old_end, new_end) - head <= _MAX_COMPARED_LINES:
        matcher = difflib.SequenceMatcher(None, old[head:old_end], new[head:new_end], autojunk=False)
        opcodes = [(tag, a + head, b + head, c + head, d + head) for tag, a, b, c, d in matcher.get_opcodes()]
    above, below = min(head, _CONTEXT_LINES), min(tail, _CONTEXT_LINES)
    opcodes = [("equal", head - above, head, head - above, head), *opcodes]
    opcodes.append(("equal", old_end, old_end + below, new_end, new_end + below))
    hunks: list[list[_Opcode]] = [[]]
    for opcode in opcodes:
        tag, first, last, new_first, new_last = opcode
        if tag == "equal" and last - first > 2 * _CONTEXT_LINES:
            hunks[-1].append((tag, first, first + _CONTEXT_LINES, new_first, new_first + _CONTEXT_LINES))
            hunks.append([(tag, last - _CONTEXT_LINES, last, new_last - _CONTEXT_LINES, new_last)])
        else:
            hunks[-1].append(opcode)
    return hunks


def encode_text(file: str, text: str) -> bytes:
    """Return the bytes that a text is saved as.

    Raises:
        PlanError: It holds characters that no UTF-8 file can hold.
        StoryError: It is too large, or holds control characters: no reader would take it.
    """
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        problem = f"the text holds U+{ord(text[error.start]):04X}, half of a character, at place {error.start}"
        raise PlanError(f"{problem}: write the character anew") from error
    decode_text(data, file, _limit_of(file))
    return data


def save_show_text(projects: Path, project: str, file: str, text: str, seen: str) -> ShowText:
    """Write a file of a show, whole or not at all; its permissions stay. Return it as it is now.

    Args:
        projects: The folder of the shows.
        project: The show.
        file: As in `ShowText`.
        text: What it shall hold, exactly.
        seen: `ShowText.sha256` of what the person looked at; "" if there was no file.

    Raises:
        ConflictError: The file has been changed, made or removed since the person looked.
        PlanError: There is no such show, it is none of its files that may be edited, or the text cannot be saved.
        StoryError: The text is too large, or holds control characters.
        MediaError: It cannot be written.
    """
    path = _path_of(projects, project, file)
    data = encode_text(file, text)
    digest = hashlib.sha256(data).hexdigest()
    with hold_show(projects, project):
        held = _read(path, _limit_of(file))
        found = hashlib.sha256(held).hexdigest() if held is not None else ""
        if found == digest:  # also where an answer to an earlier call was lost
            return ShowText(project, file, text, digest)
        if found != seen:
            what = "changed" if found and seen else "removed" if seen else "made"
            raise ConflictError(
                f"{project}/{file} was {what} since you looked at it. Look at it again, then edit it", found
            )
        mode = stat.S_IMODE(path.stat().st_mode) if held is not None else None
        write_atomically(path, data, is_shared=True, mode=mode)
    return ShowText(project, file, text, digest)


def _folder_of(projects: Path, project: str) -> Path:
    folder = projects / project
    if not is_slug(project) or not folder.is_dir():
        remedy = did_you_mean(project, list_projects(projects))
        raise UnknownKeyError(f"there is no project {shorten(project)!r}. {remedy}")
    return folder


def _is_editable(file: str) -> bool:
    if file == PROJECT_FILE:
        return True
    folder, slash, name = file.partition("/")
    if not slash:
        return False
    if folder == CHARACTERS_FOLDER:
        return name.endswith(".yaml") and is_slug(name.removesuffix(".yaml"))
    stem = name.removesuffix(DRAFT_SUFFIX).removesuffix(SCRIPT_SUFFIX)
    return folder == EPISODES_FOLDER and name.endswith(SCRIPT_SUFFIX) and is_slug(stem)


def _path_of(projects: Path, project: str, file: str) -> Path:
    """Return where a file of a show that may be edited is, links followed.

    Raises:
        PlanError: It is none.
    """
    folder = _folder_of(projects, project)
    if not _is_editable(file):
        raise PlanError(f"{shorten(file)!r} is no file of a show that can be edited; expected {_EXPECTED}")
    path = folder / file
    if not is_inside(folder, path):
        raise PlanError(f"{project}/{file} is a link that leads out of the project: copy the file into the project")
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise PlanError(f"{project}/{file} is not a regular file")
    return path


def _limit_of(file: str) -> int:
    return MAX_SCRIPT_BYTES if file.endswith(SCRIPT_SUFFIX) else MAX_YAML_BYTES


def _read(path: Path, max_bytes: int) -> bytes | None:
    """Return a file's bytes, one more than there may be of a larger one; None if there is none."""
    try:
        with path.open("rb") as file:
            return file.read(max_bytes + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MediaError(f"cannot read {path}: {error.strerror}") from error


@contextmanager
def hold_show(projects: Path, project: str) -> Iterator[None]:
    """Have everybody else who saves to a show wait until the block ends.

    Raises:
        UnknownKeyError: There is no such show.
    """
    handle = os.open(_folder_of(projects, project), os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
