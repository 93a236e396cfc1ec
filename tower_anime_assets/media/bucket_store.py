"""The media store in a bucket: a bounded folder of copies on this machine, with the layout of the store, before it.

What is stored is in the bucket before anybody is told of it, and what is read was compared with its digest when it
came here. Equal files of several machines have equal names, so whoever writes second changes nothing.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar
from uuid import uuid4

from tower_anime_assets.errors import MediaError, MediaStoreError
from tower_anime_assets.media.cache_folder import CacheFolder
from tower_anime_assets.media.files import (
    HOLD_S,
    MARK_FILE,
    STORED_PATH,
    MediaStore,
    StoredFile,
    copy_atomically,
    encode_mark,
    open_atomically,
    parse_mark,
    sha256_of,
    write_error,
)
from tower_anime_assets.media.object_store import ObjectBucket, ObjectFacts

T = TypeVar("T")

AT_ONCE: Final = 8
"""How many objects are read or written at once."""

_ASKED_AT_ONCE: Final = 32
"""How many objects are asked after at once; nothing of them is read."""

_STORED_HOLD_S: Final = 600.0
"""How long what was just stored stays here at least: its gates are likely to look at it."""

_KNOWN_S: Final = 600.0
"""How long an object that was seen in the bucket is taken to be there."""

WRITTEN_ANEW_AFTER: Final = timedelta(days=1)
"""An object older than this that is stored again is written again: what collects garbage goes by its time."""


class BucketStore(MediaStore):
    """Content-addressed files in a bucket, with copies of those in use under one folder."""

    is_remote = True

    def __init__(self, root: Path, bucket: ObjectBucket, limit_bytes: int) -> None:
        """Make ready; nothing is asked yet.

        Args:
            root: The folder for copies, which can be deleted while nothing runs.
            bucket: Where the files are.
            limit_bytes: How large the folder may grow, besides what is in use.
        """
        super().__init__(root)
        self.bucket = bucket
        self._copies = CacheFolder(root, limit_bytes)
        self._known: dict[str, tuple[int, float]] = {}

    @property
    def address(self) -> str:
        """What the store is called."""
        return self.bucket.url

    def path_of(self, relative_path: str, hold_s: float = HOLD_S) -> Path:
        """Return the path of a file's copy, fetched and compared now if it is not here.

        Args:
            relative_path: The file.
            hold_s: How long the copy stays here at least, unless `release` is called or the process ends.

        Raises:
            MediaError: There is no such file, it is damaged, or it cannot be written here.
            MediaStoreError: The bucket refuses, or does not answer.
        """
        place = self.place_of(relative_path)
        try:
            if not self._copies.hold(relative_path, hold_s):
                self._fetch(relative_path, place)
        except OSError as error:
            raise write_error(error, place) from error
        return place

    def open_paths(self, paths: Iterable[Path]) -> None:
        """Fetch files that are not here, several at once.

        Raises:
            MediaError: As of `path_of`.
        """
        names = [path.relative_to(self.root).as_posix() for path in paths if path.is_relative_to(self.root)]
        self._each(self.path_of, [name for name in dict.fromkeys(names) if STORED_PATH.fullmatch(name)], AT_ONCE)

    def look_up(self, relative_paths: Iterable[str]) -> None:
        """Ask the bucket for many files at once.

        Raises:
            MediaStoreError: The bucket refuses, or does not answer.
        """
        unknown = [path for path in dict.fromkeys(relative_paths) if self._known_size(path) is None]
        self._each(self._find, unknown, _ASKED_AT_ONCE)

    def release(self) -> None:
        """Let go of the copies that were held; what was known of the bucket is asked anew."""
        self._copies.release()
        self._known.clear()

    def store_file(self, source: Path) -> StoredFile:
        """Move a finished file into the store: into the bucket, then among the copies.

        Raises:
            MediaError: It cannot be read or written here.
            MediaStoreError: The bucket refuses, or does not answer; nothing was stored.
        """
        stored = self.store_copy(source)
        try:
            source.unlink()
        except OSError as error:
            raise write_error(error, source) from error
        return stored

    def store_copy(self, source: Path) -> StoredFile:
        """Copy a finished file into the store; see `store_file`."""
        sha256 = sha256_of(source)
        size_bytes = source.stat().st_size
        relative_path = f"{sha256[:2]}/{sha256}{source.suffix.lower()}"
        place = self.place_of(relative_path)
        self._upload(relative_path, source, size_bytes)
        try:
            is_here = self._copies.hold(relative_path, _STORED_HOLD_S)
            copy_atomically(source, place)
            if not is_here:
                self._copies.note_added(size_bytes)
        except OSError as error:
            raise write_error(error, place) from error
        return StoredFile(sha256, relative_path, size_bytes)

    def take_in(self, source: Path, stored: StoredFile) -> None:
        """Copy a file whose digest was compared into the bucket; no copy is kept here.

        Raises:
            MediaError: It cannot be read.
            MediaStoreError: The bucket refuses, or does not answer.
        """
        self.place_of(stored.path)
        self._upload(stored.path, source, stored.size_bytes)

    def find_file(self, relative_path: str) -> StoredFile | None:
        """Return a stored file with when it was written last, None if there is none.

        Raises:
            MediaStoreError: The bucket refuses, or does not answer.
        """
        stored, found = STORED_PATH.fullmatch(relative_path), self._find(relative_path)
        if stored is None or found is None:
            return None
        return StoredFile(stored["sha256"], relative_path, found.size_bytes, found.modified_at)

    def is_intact(self, relative_path: str, sha256: str) -> bool:
        """Return whether the bucket has the file with these bytes; all of them are read.

        Raises:
            MediaStoreError: The bucket refuses, or does not answer.
        """
        self.place_of(relative_path)
        return self.bucket.download(relative_path, _digest) == sha256

    def is_usable(self, relative_path: str, sha256: str, size_bytes: int) -> bool:
        """Return whether the bucket has the file in this length, and the copy here, if any, has these bytes.

        Bytes of the bucket are compared when they are fetched. A copy that is damaged is removed.

        Raises:
            MediaStoreError: The bucket refuses, or does not answer.
        """
        place = self.place_of(relative_path)
        if super().has_file(relative_path, size_bytes):
            if sha256_of(place) != sha256:
                place.unlink(missing_ok=True)
        else:
            place.unlink(missing_ok=True)
        return self.has_file(relative_path, size_bytes)

    def has_file(self, relative_path: str, size_bytes: int) -> bool:
        """Return whether the bucket has the file in this length.

        Raises:
            MediaStoreError: The bucket refuses, or does not answer.
        """
        self.place_of(relative_path)
        known = self._known_size(relative_path)
        if known is None and (found := self._find(relative_path)) is not None:
            known = found.size_bytes
        return known == size_bytes

    def try_out(self) -> None:
        """Write an object, read it and remove it again; and see that copies can be kept here.

        Raises:
            MediaError: Copies cannot be kept here.
            MediaStoreError: The bucket refuses, or does not answer.
        """
        super().try_out()
        key, content = f"tried/{uuid4().hex}", uuid4().bytes
        self.bucket.create(key, content)
        if self.bucket.read(key) != content:
            raise MediaStoreError(f"{self.address} gives other bytes than it was given: do not use it")
        self.bucket.delete([key])

    def list_files(self) -> Iterator[StoredFile]:
        """Yield every object whose name is that of a stored file, sorted by path.

        Raises:
            MediaStoreError: The bucket refuses, or does not answer.
        """
        for found in self.bucket.list_objects():
            if stored := STORED_PATH.fullmatch(found.key):
                self._remember(found)
                yield StoredFile(stored["sha256"], found.key, found.size_bytes, found.modified_at)

    def remove_files(self, relative_paths: Sequence[str]) -> None:
        """Remove objects, and their copies here.

        Raises:
            MediaStoreError: The bucket refuses, or does not answer.
        """
        for relative_path in relative_paths:
            self.place_of(relative_path).unlink(missing_ok=True)
            self._known.pop(relative_path, None)
        self.bucket.delete(relative_paths)

    def read_mark(self) -> str:
        """Return the mark by which the store is known, "" if it has none.

        Raises:
            MediaStoreError: The bucket refuses, is not there, or does not answer.
        """
        content = self.bucket.read(MARK_FILE)
        return parse_mark(content, self.address) if content is not None else ""

    def write_mark(self, mark: str) -> str:
        """Give the store a mark unless it has one, and return the one that it has then.

        Raises:
            MediaStoreError: The bucket refuses, or does not answer.
        """
        self.bucket.create(MARK_FILE, encode_mark(mark))
        return self.read_mark()

    def _upload(self, relative_path: str, source: Path, size_bytes: int) -> None:
        """Have a file in the bucket: whoever comes second changes nothing, unless what is there is old or no whole."""
        found = self._find(relative_path)
        is_there = found is not None and found.size_bytes == size_bytes
        if found is None or not is_there or datetime.now(UTC) - found.modified_at > WRITTEN_ANEW_AFTER:
            self.bucket.upload(relative_path, source, replaces=found is not None)
        self._known[relative_path] = (size_bytes, time.monotonic())

    def _fetch(self, relative_path: str, place: Path) -> None:
        stored = STORED_PATH.fullmatch(relative_path)
        if stored is None:
            raise MediaError(f"{relative_path!r} is no file of {self.address}")
        former = ""
        while True:
            fetched = self.bucket.download(relative_path, lambda blocks: _write(place, blocks, stored["sha256"]))
            if fetched is None:
                self._known.pop(relative_path, None)
                raise MediaError(f"{self.address} has no {relative_path}: run again to have it made again")
            if fetched.sha256 == stored["sha256"]:
                self._copies.note_added(fetched.size_bytes)
                return
            if former:
                raise self._damaged(relative_path, is_same=fetched.sha256 == former)
            former = fetched.sha256

    def _damaged(self, relative_path: str, *, is_same: bool) -> MediaError:
        """Return what to tell of wrong bytes; those that are wrong in the same way twice are so in the bucket."""
        words = f"{relative_path} of {self.address} came here with other bytes than it is named for"
        if not is_same:
            return MediaError(f"{words}, others each time: the connection changes them. Mend it, then run again")
        aside = self.bucket.set_aside(relative_path)
        self._known.pop(relative_path, None)
        return MediaError(
            f"{words}: it is damaged, and was set aside as {aside}. Run again to have it made again, or restore it "
            "from a backup"
        )

    def _find(self, relative_path: str) -> ObjectFacts | None:
        found = self.bucket.find(relative_path)
        if found is not None:
            self._remember(found)
        return found

    def _remember(self, found: ObjectFacts) -> None:
        self._known[found.key] = (found.size_bytes, time.monotonic())

    def _known_size(self, relative_path: str) -> int | None:
        size_bytes, seen_at = self._known.get(relative_path, (0, 0.0))
        return size_bytes if seen_at and time.monotonic() - seen_at < _KNOWN_S else None

    def _each(self, work: Callable[[str], T], names: Sequence[str], at_once: int) -> None:
        """Do something for each name, several at once; the first error is raised once none is under way."""
        if names:
            with ThreadPoolExecutor(min(at_once, len(names))) as executor:
                list(executor.map(work, names))


def _digest(blocks: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


@dataclass(frozen=True)
class _Fetched:
    size_bytes: int
    sha256: str


class _DamagedError(Exception):
    """Bytes have another digest than they should; only raised to have a file removed that is being written."""


def _write(place: Path, blocks: Iterator[bytes], sha256: str) -> _Fetched:
    """Write blocks to a file, and return what came; where it has another digest, there is no file."""
    digest, size_bytes = hashlib.sha256(), 0
    try:
        with open_atomically(place) as file:
            for block in blocks:
                digest.update(block)
                size_bytes += len(block)
                file.write(block)
            if digest.hexdigest() != sha256:
                raise _DamagedError
    except _DamagedError:
        pass
    return _Fetched(size_bytes, digest.hexdigest())
