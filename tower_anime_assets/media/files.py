"""The content-addressed media store, scratch folders, and files that are written whole or not at all.

A file is written to a temporary name, synced and renamed. What a process was writing when it died is recognised by its
lock, which the kernel released, and removed by the next process that writes to the same folder.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.file_locks import lock_handle, try_lock_handle
from tower_anime_assets.media.private_files import make_shared_folder, shared_file_mode

HOLD_S = 86_400.0
"""How long a copy of a file elsewhere stays on this machine for a process that did not ask for it again, at most."""

_BLOCK_BYTES = 1 << 20
_PART_PREFIX = ".part-"
_WORK_FOLDER = ".work"
_LOCK_FILE = "lock"

STORED_PATH = re.compile(r"(?P<folder>[0-9a-f]{2})/(?P<sha256>(?P=folder)[0-9a-f]{62})(\.[a-z0-9]{1,8})?")
"""How a stored file is called, relative to its store."""

MARK_FILE = "tower-store.json"
"""What a store is known by: a random mark, written once."""


@dataclass(frozen=True)
class StoredFile:
    """A file in the media store.

    Attributes:
        path: Relative to the store, such as `ab/ab12….png`.
        modified_at: When it was written last, where that was asked for.
    """

    sha256: str
    path: str
    size_bytes: int
    modified_at: datetime | None = field(default=None, compare=False)


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


class LinkError(MediaError):
    """A link stands where a file or folder of ours should: what is behind it is not ours."""

    recorded_as = "MediaError"


def refuse_links(root: Path, path: Path) -> Path:
    """Return a path below a folder of ours, if neither it nor a folder on the way is a link; the root may be one.

    Raises:
        LinkError: One is.
    """
    part = path
    while part not in (root, part.parent):
        if part.is_symlink():
            raise LinkError(f"{part} is a link, which is not followed: remove it, and run again")
        part = part.parent
    return path


def write_error(error: OSError, path: Path, variable: str = "TOWER_HOME") -> MediaError:
    """Return what to tell of a file that cannot be written, with what can be done about it."""
    if error.errno == errno.ENOSPC:
        return MediaError(f"the disk that holds {path.parent} is full: free some space, then run again")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return MediaError(
            f"cannot write {path}: {error.strerror}. Make the folder writable, or set {variable} elsewhere"
        )
    return MediaError(f"cannot write {path}: {error.strerror}")


def _fsync(path: Path) -> None:
    """Flush a file's bytes, or a folder's entries, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class MediaStore:
    """Content-addressed files under one folder, here the studio's own or one that several machines mount.

    Equal files are stored once. A file is named by its digest, so damage can be detected.

    Attributes:
        root: The folder.
        is_remote: Whether the files are elsewhere, and the folder holds some of them only.
    """

    is_remote = False

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def address(self) -> str:
        """What the store is called."""
        return str(self.root)

    def path_of(self, relative_path: str, hold_s: float = HOLD_S) -> Path:
        """Return the absolute path of a stored file, which can be read there; whether it exists is not looked at.

        Args:
            relative_path: The file.
            hold_s: How long it stays there at least, where it is a copy.

        Raises:
            MediaError: The path is not inside the store, or a link in it may lead out of it.
        """
        return self.place_of(relative_path)

    def open_paths(self, paths: Iterable[Path]) -> None:
        """Have stored files at hand at these paths, which `place_of` gave, until the process or its run ends."""

    def look_up(self, relative_paths: Iterable[str]) -> None:
        """Ask for many files at once whether they exist, where each question takes time."""

    def release(self) -> None:
        """Let go of the files that were opened; called where a run ends."""

    def place_of(self, relative_path: str) -> Path:
        """Return where a stored file is once it was opened, for an order that may never be carried out.

        Raises:
            MediaError: The path is not inside the store, or a link in it may lead out of it.
        """
        # Checked as text: resolving every folder on the way would take longer than all else that is done with a file.
        if relative_path.startswith("/") or ".." in relative_path.split("/"):
            raise MediaError(f"{relative_path!r} is not inside the media store; expected a path relative to it")
        return refuse_links(self.root, self.root / relative_path)

    def store_file(self, source: Path) -> StoredFile:
        """Move a finished file into the store.

        Raises:
            MediaError: It cannot be read or written; a full disk and a read-only folder are named as such.
        """
        sha256 = sha256_of(source)
        size_bytes = source.stat().st_size
        relative_path = f"{sha256[:2]}/{sha256}{source.suffix.lower()}"
        target = self.root / relative_path
        try:
            if self.is_intact(relative_path, sha256):
                target.touch()  # it is needed anew: what collects garbage leaves it alone
                source.unlink()
            else:
                refuse_links(self.root, target.parent)
                _move_atomically(source, target)
                _fsync(target.parent)
        except OSError as error:
            raise write_error(error, target) from error
        return StoredFile(sha256, relative_path, size_bytes)

    def store_copy(self, source: Path) -> StoredFile:
        """Copy a finished file into the store.

        Raises:
            MediaError: It cannot be read or written; a full disk and a read-only folder are named as such.
        """
        sha256 = sha256_of(source)
        relative_path = f"{sha256[:2]}/{sha256}{source.suffix.lower()}"
        target = self.root / relative_path
        if self.is_intact(relative_path, sha256):
            target.touch()
        else:
            refuse_links(self.root, target.parent)
            copy_atomically(source, target)
        return StoredFile(sha256, relative_path, source.stat().st_size)

    def take_in(self, source: Path, stored: StoredFile) -> None:
        """Copy a file whose digest was compared, under the name that it has in another store.

        Raises:
            MediaError: It cannot be read or written.
        """
        target = self.place_of(stored.path)
        copy_atomically(source, target)
        target.touch()

    def find_file(self, relative_path: str) -> StoredFile | None:
        """Return a stored file with when it was written last, None if there is none."""
        stored, path = STORED_PATH.fullmatch(relative_path), self.root / relative_path
        if stored is None or not path.is_file() or path.is_symlink():
            return None
        status = path.stat()
        modified_at = datetime.fromtimestamp(status.st_mtime, UTC)
        return StoredFile(stored["sha256"], relative_path, status.st_size, modified_at)

    def is_intact(self, relative_path: str, sha256: str) -> bool:
        """Return whether the file exists and its bytes have this digest; a link is no file of the store."""
        try:
            path = self.place_of(relative_path)
        except LinkError:
            return False
        return path.is_file() and sha256_of(path) == sha256

    def is_usable(self, relative_path: str, sha256: str, size_bytes: int) -> bool:
        """Return whether a run may build on a file: its bytes are read where they are, else its length is asked for."""
        return self.is_intact(relative_path, sha256)

    def has_file(self, relative_path: str, size_bytes: int) -> bool:
        """Return whether the file exists and has this size; its bytes are not read, and a link is no file."""
        try:
            status = self.place_of(relative_path).stat()
        except (OSError, LinkError):
            return False
        return S_ISREG(status.st_mode) and status.st_size == size_bytes

    def try_out(self) -> None:
        """Write something, read it and remove it again.

        Raises:
            MediaError: That cannot be done.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.root):
                return
        except OSError as error:
            raise MediaError(f"cannot write {self.root}: {error.strerror}") from error

    def list_files(self) -> Iterator[StoredFile]:
        """Yield every file whose name is that of a stored one, sorted by path."""
        for folder in sorted(path for path in self.root.glob("[0-9a-f][0-9a-f]") if path.is_dir()):
            for path in sorted(folder.iterdir()):
                if (found := MediaStore.find_file(self, path.relative_to(self.root).as_posix())) is not None:
                    yield found

    def remove_files(self, relative_paths: Sequence[str]) -> None:
        """Remove files.

        Raises:
            MediaError: One cannot be removed.
        """
        for relative_path in relative_paths:
            path = self.place_of(relative_path)
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise write_error(error, path) from error

    def read_mark(self) -> str:
        """Return the mark by which the store is known, "" if it has none.

        Raises:
            MediaError: It cannot be read.
        """
        try:
            return parse_mark((self.root / MARK_FILE).read_bytes(), self.address)
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise MediaError(f"cannot read {self.root / MARK_FILE}: {error.strerror}") from error

    def write_mark(self, mark: str) -> str:
        """Give the store a mark unless it has one, and return the one that it has then.

        Raises:
            MediaError: It cannot be written.
        """
        target = self.root / MARK_FILE
        new = target.with_name(f"{MARK_FILE}.{mark}")
        write_atomically(new, encode_mark(mark))
        try:
            os.link(new, target)  # unlike a rename, this replaces nothing
        except FileExistsError:
            pass
        except OSError as error:
            raise write_error(error, target) from error
        finally:
            new.unlink(missing_ok=True)
        return self.read_mark()

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """Create an empty scratch folder in the store's file system, removed when the block ends.

        It is locked while its process lives, so that `remove_stale_workspaces` can tell it from those of dead ones.

        Raises:
            MediaError: The folder cannot be created.
        """
        try:
            with self._hold_work_lock():
                folder = Path(tempfile.mkdtemp(dir=self.root / _WORK_FOLDER))
                scratch = folder / "room"
                scratch.mkdir()
                lock = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
                lock_handle(lock)
        except OSError as error:
            raise write_error(error, self.root / _WORK_FOLDER) from error
        try:
            yield scratch
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)

    def remove_stale_workspaces(self) -> int:
        """Remove the scratch folders of dead processes and return their number.

        Raises:
            MediaError: The folder cannot be written.
        """
        if not (self.root / _WORK_FOLDER).is_dir():
            return 0
        removed = 0
        try:
            with self._hold_work_lock():
                for folder in (path for path in (self.root / _WORK_FOLDER).iterdir() if path.is_dir()):
                    removed += _remove_if_stale(folder)
        except OSError as error:
            raise write_error(error, self.root / _WORK_FOLDER) from error
        return removed

    @contextmanager
    def _hold_work_lock(self) -> Iterator[None]:
        """Hold the lock that keeps a new scratch folder from being removed before it is locked itself."""
        refuse_links(self.root, self.root / _WORK_FOLDER)
        (self.root / _WORK_FOLDER).mkdir(parents=True, exist_ok=True)
        guard = os.open(self.root / _WORK_FOLDER / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            lock_handle(guard)
            yield
        finally:
            os.close(guard)


def encode_mark(mark: str) -> bytes:
    """Return the content of the file with a store's mark."""
    return json.dumps({"store": mark}).encode()


def parse_mark(content: bytes, address: str) -> str:
    """Return the mark in the content of its file.

    Raises:
        MediaError: It is something else.
    """
    try:
        mark = json.loads(content)["store"]
    except (ValueError, KeyError, TypeError):
        mark = None
    if not isinstance(mark, str) or not mark:
        raise MediaError(f"{address}: {MARK_FILE} is not the mark of a media store. Correct TOWER_MEDIA_URL")
    return mark


def _remove_if_stale(folder: Path) -> bool:
    try:
        lock = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:  # its owner removed it meanwhile
        return False
    try:
        if not try_lock_handle(lock):
            return False
        shutil.rmtree(folder, ignore_errors=True)
        return True
    finally:
        os.close(lock)


@contextmanager
def open_atomically(target: Path, *, is_shared: bool = False, mode: int | None = None) -> Iterator[BinaryIO]:
    """Open a file that becomes `target` when the block ends, and is removed if the block raises.

    Readers of the target see the old file or the new one, never a part. The file is locked until it is renamed, so
    that another process does not remove it as the leftover of a dead one.

    Args:
        target: Where it goes; a link there is replaced, not followed.
        is_shared: Whether it is a writer's, and as readable as its folder; else it is its owner's alone.
        mode: Its permissions, where they are neither.

    Raises:
        MediaError: It cannot be written; a full disk and a read-only folder are named as such.
    """
    try:
        if is_shared:
            make_shared_folder(target.parent)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale_parts(target.parent)
        handle, temp_path = _create_locked_part(target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
                own_mode = shared_file_mode(target) if is_shared else 0o600
                temp_path.chmod(own_mode if mode is None else mode)
                temp_path.replace(target)
        finally:
            temp_path.unlink(missing_ok=True)
    except OSError as error:
        raise write_error(error, target, "TOWER_PROJECTS" if is_shared else "TOWER_HOME") from error


def _create_locked_part(folder: Path) -> tuple[int, Path]:
    while True:
        handle, name = tempfile.mkstemp(dir=folder, prefix=_PART_PREFIX)
        lock_handle(handle)
        if os.fstat(handle).st_nlink:  # else another process removed it before it was locked
            return handle, Path(name)
        os.close(handle)


def _remove_stale_parts(folder: Path) -> None:
    for temp_path in folder.glob(f"{_PART_PREFIX}*"):
        try:
            handle = os.open(temp_path, os.O_RDWR)
        except (FileNotFoundError, IsADirectoryError):  # renamed by its owner meanwhile, or not one of these files
            continue
        try:
            if try_lock_handle(handle):
                temp_path.unlink(missing_ok=True)
        finally:
            os.close(handle)


def write_atomically(path: Path, content: bytes, *, is_shared: bool = False, mode: int | None = None) -> None:
    """Write a small file; see `open_atomically`."""
    with open_atomically(path, is_shared=is_shared, mode=mode) as file:
        file.write(content)


def copy_atomically(source: Path, target: Path) -> None:
    """Copy a file unless the target already equals it; a link there is replaced; see `open_atomically`.

    Raises:
        MediaError: It cannot be read or written.
    """
    if (
        target.is_file()
        and not target.is_symlink()
        and target.stat().st_size == source.stat().st_size
        and sha256_of(target) == sha256_of(source)
    ):
        return
    with open_atomically(target) as file, source.open("rb") as content:
        shutil.copyfileobj(content, file, _BLOCK_BYTES)


def _move_atomically(source: Path, target: Path) -> None:
    """Move a file; from another disk by `copy_atomically`.

    Raises:
        OSError: It cannot be read or written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _fsync(source)
    source.chmod(0o600)
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy_atomically(source, target)
        source.unlink()
