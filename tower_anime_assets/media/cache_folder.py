"""A bounded folder of copies: what was used longest ago goes first, and nothing goes that a process still uses.

Every process writes what it holds to a file of its own, which it keeps locked: the file of a dead one counts no more.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Final
from uuid import uuid4

from tower_anime_assets.media.file_locks import lock_handle, try_lock_handle

_HOLDS_FOLDER, _LOCK_FILE = ".holds", "lock"

_LOOKS_PER_LIMIT: Final = 20
"""The folder is looked through each time a process has added this part of the limit: by so much it may be exceeded."""

_KEPT_SHARE: Final = 0.9
"""What is left of the limit once room was made, so that the next file need not look again."""


class CacheFolder:
    """Copies of files under one folder, in folders of two letters, shared by every process of a machine.

    Attributes:
        root: The folder.
    """

    def __init__(self, root: Path, limit_bytes: int) -> None:
        self.root = root
        self._limit_bytes = limit_bytes
        self._added_bytes = limit_bytes  # what earlier processes left is looked at with the first file
        self._guard = RLock()
        self._handle = -1
        self._holds: dict[str, float] = {}
        self._lines = 0

    def hold(self, relative_path: str, seconds: float) -> bool:
        """Keep a copy from being removed for a while, and return whether there is one; there may be one later.

        Raises:
            OSError: The folder cannot be written.
        """
        with self._locked():
            self._write_hold(relative_path, seconds)
            path = self.root / relative_path
            try:
                status = path.stat()
            except FileNotFoundError:
                return False
            os.utime(path, (time.time(), status.st_mtime))
            return True

    def note_added(self, size_bytes: int) -> int:
        """Count a new copy, make room if it is time to, and return how many bytes were removed.

        Raises:
            OSError: The folder cannot be read or written.
        """
        with self._guard:
            self._added_bytes += size_bytes
            if self._added_bytes < self._limit_bytes / _LOOKS_PER_LIMIT:
                return 0
            self._added_bytes = 0
        return self.make_room()

    def make_room(self) -> int:
        """Remove copies until the folder is below its limit, and return how many bytes were removed.

        Raises:
            OSError: The folder cannot be read or written.
        """
        with self._locked():
            copies = list(self._list_copies())
            total_bytes = before_bytes = sum(size for _used_at, size, _path in copies)
            if total_bytes <= self._limit_bytes:
                return 0
            held = self._held()
            for _used_at, size_bytes, path in sorted(copies):
                if total_bytes <= self._limit_bytes * _KEPT_SHARE:
                    break
                if path.relative_to(self.root).as_posix() not in held:
                    path.unlink(missing_ok=True)
                    total_bytes -= size_bytes
        return before_bytes - total_bytes

    def release(self) -> None:
        """Hold nothing any more."""
        with self._guard:
            if self._handle >= 0:
                os.ftruncate(self._handle, 0)
                os.close(self._handle)
            self._handle, self._lines = -1, 0
            self._holds.clear()

    def _list_copies(self) -> Iterator[tuple[float, int, Path]]:
        """Yield when each copy was used last, its size and its path."""
        for folder in self.root.glob("[0-9a-f][0-9a-f]"):
            with os.scandir(folder) as entries:
                for entry in entries:
                    if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                        yield status.st_atime, status.st_size, Path(entry.path)

    def _write_hold(self, relative_path: str, seconds: float) -> None:
        until = time.time() + seconds
        if self._holds.get(relative_path, 0.0) >= until - seconds / 2:  # it need not be written at each look
            return
        if self._handle < 0:
            self._open_holds()
        self._holds[relative_path] = max(until, self._holds.get(relative_path, 0.0))
        if self._lines > 2 * len(self._holds) + 1_000:
            now = time.time()
            self._holds = {path: end for path, end in self._holds.items() if end > now}
            os.ftruncate(self._handle, 0)
            lines = "".join(f"{end:.0f} {path}\n" for path, end in self._holds.items())
            self._lines = len(self._holds)
        else:
            lines = f"{self._holds[relative_path]:.0f} {relative_path}\n"
            self._lines += 1
        os.write(self._handle, lines.encode())

    def _open_holds(self) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._handle = os.open(self.root / _HOLDS_FOLDER / f"{os.getpid()}-{uuid4().hex[:8]}", flags, 0o600)
        lock_handle(self._handle)

    def _held(self) -> set[str]:
        """Return what living processes hold, and remove what dead ones left."""
        now, held = time.time(), set()
        for path in (self.root / _HOLDS_FOLDER).iterdir():
            if path.name == _LOCK_FILE:
                continue
            handle = os.open(path, os.O_RDWR)
            try:
                if try_lock_handle(handle):
                    path.unlink(missing_ok=True)
                    continue
            finally:
                os.close(handle)
            for line in path.read_text().splitlines():
                until, _, relative_path = line.partition(" ")
                if float(until) > now:
                    held.add(relative_path)
        return held

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Have every other thread and process that holds or removes copies wait until the block ends."""
        with self._guard:
            folder = self.root / _HOLDS_FOLDER
            folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                lock_handle(handle)
                yield
            finally:
                os.close(handle)
