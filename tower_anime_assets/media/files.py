"""Where media lie: content-addressed, written to a temporary name, synced, renamed; nothing half-made is ever seen."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tower_anime_assets.errors import MediaError

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class StoredFile:
    """A file in the media store.

    Attributes:
        path: Relative to the store, such as `ab/ab12….png`.
        size_bytes: Its length when it was stored.
    """

    sha256: str
    path: str
    size_bytes: int


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hex digits.

    Raises:
        MediaError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MediaError(f"cannot read {path}: {error.strerror}") from error


def _why(error: OSError, path: Path) -> MediaError:
    if error.errno == errno.ENOSPC:
        return MediaError(f"the disk that holds {path.parent} is full: free some space, then run again")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return MediaError(
            f"cannot write {path}: {error.strerror}. Make the folder writable, or set TOWER_HOME elsewhere"
        )
    return MediaError(f"cannot write {path}: {error.strerror}")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class MediaStore:
    """Content-addressed files under one folder.

    The same bytes are kept once. A name holds the digest of what it must contain, so a damaged file is recognised.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path_of(self, stored: str) -> Path:
        """Return where the file with this relative path lies.

        Raises:
            MediaError: The path leads out of the store.
        """
        path = (self.root / stored).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise MediaError(f"{stored!r} is not inside the media store")
        return path

    def keep(self, made: Path) -> StoredFile:
        """Move a finished file into the store and return its address; the file is complete or absent, never partial.

        Raises:
            MediaError: It cannot be read or written; a full disk and a read-only folder are named as such.
        """
        sha256 = sha256_of(made)
        size_bytes = made.stat().st_size
        relative = f"{sha256[:2]}/{sha256}{made.suffix.lower()}"
        target = self.root / relative
        try:
            if self.is_whole(relative, sha256):
                made.unlink()
            else:
                copy_atomically(made, target)
                _sync_folder(target.parent)
                made.unlink()
        except OSError as error:
            raise _why(error, target) from error
        return StoredFile(sha256, relative, size_bytes)

    def is_whole(self, stored: str, sha256: str) -> bool:
        """Return whether the file is there and holds the bytes that its digest names."""
        path = self.path_of(stored)
        return path.is_file() and sha256_of(path) == sha256

    def has(self, stored: str, size_bytes: int) -> bool:
        """Return whether the file is there at its full length; its bytes are not read."""
        path = self.path_of(stored)
        return path.is_file() and path.stat().st_size == size_bytes

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """Give a scratch folder beside the store, removed at the end whatever happens.

        Raises:
            MediaError: The folder cannot be made.
        """
        try:
            (self.root / ".work").mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(dir=self.root / ".work"))
        except OSError as error:
            raise _why(error, self.root / ".work") from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a small file so that readers see the old one or the new one, never a part.

    Raises:
        MediaError: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        raise _why(error, path) from error


def copy_atomically(source: Path, target: Path) -> None:
    """Copy a file so that readers of the target see the old one or the new one, never a part; equal files are left.

    Raises:
        MediaError: It cannot be read or written.
    """
    if target.is_file() and target.stat().st_size == source.stat().st_size and sha256_of(target) == sha256_of(source):
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as out, source.open("rb") as content:
                shutil.copyfileobj(content, out, _BLOCK_BYTES)
                out.flush()
                os.fsync(out.fileno())
            part.chmod(0o644)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise _why(error, target) from error
