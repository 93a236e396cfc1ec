"""Where media lie: content-addressed, written to a temporary name, synced, renamed; nothing half-made is ever seen.

What a process was writing when it died is recognised by its lock, which the kernel has freed, and cleared away by the
next process that writes to the same folder.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from tower_anime_assets.errors import MediaError

_BLOCK_BYTES = 1 << 20
_PART_PREFIX = ".part-"
_WORK_FOLDER = ".work"
_LOCK_FILE = "lock"


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


def _write_error(error: OSError, path: Path) -> MediaError:
    if error.errno == errno.ENOSPC:
        return MediaError(f"the disk that holds {path.parent} is full: free some space, then run again")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return MediaError(
            f"cannot write {path}: {error.strerror}. Make the folder writable, or set TOWER_HOME elsewhere"
        )
    return MediaError(f"cannot write {path}: {error.strerror}")


def _fsync(path: Path) -> None:
    """Have a file's bytes, or a folder's names, on disk when this returns."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class MediaStore:
    """Content-addressed files under one folder.

    The same bytes are kept once. A name holds the digest of what it must contain, so a damaged file is recognised.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path_of(self, relative_path: str) -> Path:
        """Return where the file with this relative path lies.

        Raises:
            MediaError: The path leads out of the store.
        """
        # By its words: asking the disk for every folder on the way takes longer than anything else about a file.
        if relative_path.startswith("/") or ".." in relative_path.split("/"):
            raise MediaError(f"{relative_path!r} is not inside the media store")
        return self.root / relative_path

    def store_file(self, source: Path) -> StoredFile:
        """Move a finished file into the store and return its address; the file is complete or absent, never partial.

        Raises:
            MediaError: It cannot be read or written; a full disk and a read-only folder are named as such.
        """
        sha256 = sha256_of(source)
        size_bytes = source.stat().st_size
        relative_path = f"{sha256[:2]}/{sha256}{source.suffix.lower()}"
        target = self.root / relative_path
        try:
            if self.is_intact(relative_path, sha256):
                source.unlink()
            else:
                _move_atomically(source, target)
                _fsync(target.parent)
        except OSError as error:
            raise _write_error(error, target) from error
        return StoredFile(sha256, relative_path, size_bytes)

    def is_intact(self, relative_path: str, sha256: str) -> bool:
        """Return whether the file is there and holds the bytes that its digest names."""
        path = self.path_of(relative_path)
        return path.is_file() and sha256_of(path) == sha256

    def has_file(self, relative_path: str, size_bytes: int) -> bool:
        """Return whether the file is there at its full length; its bytes are not read."""
        try:
            status = self.path_of(relative_path).stat()
        except OSError:
            return False
        return S_ISREG(status.st_mode) and status.st_size == size_bytes

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """Give an empty scratch folder beside the store, removed at the end whatever happens.

        It is locked while its process lives, so that `clear_abandoned` can tell it from those of dead processes.

        Raises:
            MediaError: The folder cannot be made.
        """
        try:
            with self._hold_work_lock(fcntl.LOCK_SH):
                folder = Path(tempfile.mkdtemp(dir=self.root / _WORK_FOLDER))
                scratch = folder / "room"
                scratch.mkdir()
                lock = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
                fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:
            raise _write_error(error, self.root / _WORK_FOLDER) from error
        try:
            yield scratch
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)

    def remove_stale_workspaces(self) -> int:
        """Remove the scratch folders of processes that died, and return how many there were.

        Raises:
            MediaError: The folder cannot be written.
        """
        if not (self.root / _WORK_FOLDER).is_dir():
            return 0
        removed = 0
        try:
            with self._hold_work_lock(fcntl.LOCK_EX):
                for folder in (path for path in (self.root / _WORK_FOLDER).iterdir() if path.is_dir()):
                    removed += _remove_if_stale(folder)
        except OSError as error:
            raise _write_error(error, self.root / _WORK_FOLDER) from error
        return removed

    @contextmanager
    def _hold_work_lock(self, operation: int) -> Iterator[None]:
        """Hold the lock that keeps a scratch folder from being judged before it is locked itself."""
        (self.root / _WORK_FOLDER).mkdir(parents=True, exist_ok=True)
        guard = os.open(self.root / _WORK_FOLDER / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(guard, operation)
            yield
        finally:
            os.close(guard)


def _remove_if_stale(folder: Path) -> bool:
    try:
        lock = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:  # its owner has just removed it
        return False
    try:
        if not _try_lock(lock):
            return False
        shutil.rmtree(folder, ignore_errors=True)
        return True
    finally:
        os.close(lock)


@contextmanager
def _atomic_file(target: Path) -> Iterator[BinaryIO]:
    """Give a file beside `target` that becomes the target at the end of the block, or nothing if the block raises.

    It stays locked until it has its name, so that nobody takes it for the rest of a dead process.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale_parts(target.parent)
    while True:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=_PART_PREFIX)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:  # else somebody cleared it away before it was locked
            break
        os.close(handle)
    temp_path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            temp_path.chmod(0o644)
            temp_path.replace(target)
    finally:
        temp_path.unlink(missing_ok=True)


def _remove_stale_parts(folder: Path) -> None:
    for temp_path in folder.glob(f"{_PART_PREFIX}*"):
        try:
            handle = os.open(temp_path, os.O_RDWR)
        except FileNotFoundError:  # its owner has just renamed it
            continue
        try:
            if _try_lock(handle):
                temp_path.unlink(missing_ok=True)
        finally:
            os.close(handle)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a small file so that readers see the old one or the new one, never a part.

    Raises:
        MediaError: It cannot be written.
    """
    try:
        with _atomic_file(path) as file:
            file.write(content)
    except OSError as error:
        raise _write_error(error, path) from error


def copy_atomically(source: Path, target: Path) -> None:
    """Copy a file so that readers of the target see the old one or the new one, never a part; equal files are left.

    Raises:
        MediaError: It cannot be read or written.
    """
    if target.is_file() and target.stat().st_size == source.stat().st_size and sha256_of(target) == sha256_of(source):
        return
    try:
        with _atomic_file(target) as file, source.open("rb") as content:
            shutil.copyfileobj(content, file, _BLOCK_BYTES)
    except OSError as error:
        raise _write_error(error, target) from error


def _move_atomically(source: Path, target: Path) -> None:
    """Move a file so that readers of the target see the old one or the new one, never a part.

    Raises:
        OSError: It cannot be read or written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _fsync(source)
    source.chmod(0o644)
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy_atomically(source, target)
        source.unlink()
