"""Music files of a show on disk: finding what a list or a note names, and what is wrong with it."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import replace
from pathlib import Path, PurePosixPath

from tower_anime_assets.errors import MediaError
from tower_anime_assets.production.story.model import MusicFile
from tower_anime_assets.production.story.music_list import MUSIC_FOLDER
from tower_anime_assets.production.story.source import did_you_mean, shorten

SOUND_SUFFIXES = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".aac", ".aif", ".aiff")
EXPECTED = "a WAV, FLAC, Ogg, MP3, M4A, AAC or AIFF file inside the project's folder"


def list_music(folder: Path) -> list[Path]:
    """Return the sound files below a show's music folder, by path."""
    music = folder / MUSIC_FOLDER
    if not music.is_dir():
        return []
    return sorted(path for path in music.rglob("*") if path.suffix.lower() in SOUND_SUFFIXES and path.is_file())


def find_music(folder: Path, named: MusicFile, listed: tuple[MusicFile, ...] = ()) -> tuple[MusicFile, str, str]:
    """Return a file as it is on disk, what is wrong with it ("" for nothing), and what to do about that.

    Args:
        folder: The show's folder.
        named: What a list or a note names: a path from the show's folder, or from its music folder.
        listed: The files of `music/music.yaml`, whose titles and credits a note's file gets.
    """
    written = PurePosixPath(named.file)
    if written.is_absolute() or ":" in named.file or ".." in written.parts:
        return named, "lies outside the project", "Copy it into the show's folder music/, and name it without a path."
    places = [named.file, f"{MUSIC_FOLDER}/{named.file}"]
    file = next((place for place in places if (folder / place).exists()), "")
    if not file:
        names = [path.relative_to(folder / MUSIC_FOLDER).as_posix() for path in list_music(folder)]
        return named, "is missing", did_you_mean(named.file.removeprefix(f"{MUSIC_FOLDER}/"), names)
    path = folder / file
    if not is_inside(folder, path):
        return named, "is a link that leads out of the project", "Copy the file into the project."
    if not path.is_file() or path.suffix.lower() not in SOUND_SUFFIXES:
        return named, f"ends in {path.suffix or 'nothing'}" if path.is_file() else "is not a file", "Export it as WAV."
    status = path.stat()
    digest, length_s, problem = _examine(path, status.st_size, status.st_mtime_ns)
    if problem:
        return named, f"cannot be read: {problem}", "Export it again, as WAV or FLAC."
    facts = next((one for one in listed if one.file == file), replace(named, title=named.title or path.stem))
    return replace(facts, file=file, sha256=digest, length_s=length_s, line=named.line), "", ""


def music_digest(path: Path) -> str:
    """Return the SHA-256 of a sound file, 64 hex digits; read again only when the file has changed.

    Raises:
        OSError: It cannot be read.
    """
    status = path.stat()
    return _digest(path, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=512)
def _digest(path: Path, size_bytes: int, changed_ns: int) -> str:
    del size_bytes, changed_ns  # only part of the cache key
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@functools.lru_cache(maxsize=512)
def _examine(path: Path, size_bytes: int, changed_ns: int) -> tuple[str, float, str]:
    """Return digest and length of a file, s, and what is wrong with it; cached until the file changes."""
    from tower_anime_assets.media.sound_files import find_length_s

    try:
        return _digest(path, size_bytes, changed_ns), round(find_length_s(path), 3), ""
    except OSError as error:
        return "", 0.0, error.strerror or str(error)
    except MediaError as error:
        return "", 0.0, shorten(str(error).replace(str(path), "it"), 160)


def is_inside(folder: Path, file: Path) -> bool:
    """Return whether a file is in a folder, also after links are followed."""
    try:
        return file.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # circular links; a RuntimeError before Python 3.13
        return False


def problem_of(named: MusicFile, problem: str) -> str:
    """Return the sentence of a fault about a music file."""
    return f"the music file {shorten(named.file)!r} {problem}"
