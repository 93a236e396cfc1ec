"""Looking after a media store: moving it, comparing it with the record, and removing what nothing needs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tower_anime_assets.errors import MediaError, MediaStoreError, PlanError
from tower_anime_assets.media.bucket_store import AT_ONCE, WRITTEN_ANEW_AFTER
from tower_anime_assets.media.files import MediaStore, StoredFile, sha256_of
from tower_anime_assets.media.prefetch import prefetch
from tower_anime_assets.stages.media_identity import require_same_media
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import media_stores

NOTED_EVERY_S = 5.0
"""How often somebody is told how far it is."""

MIN_GRACE = 2 * WRITTEN_ANEW_AFTER
"""What was written less long ago is left alone: its row may not be written yet."""

_HELD_S = 120.0
_REMOVED_AT_ONCE = 500

Report = Callable[[str], None]


@dataclass(frozen=True)
class CopyReport:
    """What was copied from one store to another.

    Attributes:
        files: Files of the store that was copied from.
        copied: How many were not in the other yet.
        copied_bytes: Their size.
        damaged: Files that were not copied, since their bytes are not those that they are named for.
        mark: The mark that both stores have now.
    """

    files: int
    copied: int
    copied_bytes: int
    damaged: tuple[str, ...]
    mark: str


@dataclass(frozen=True)
class VerifyReport:
    """How a store compares with the record.

    Attributes:
        files: How many files the record needs.
        lost: Those that are missing or have other bytes.
    """

    files: int
    lost: tuple[str, ...]


@dataclass(frozen=True)
class GarbageReport:
    """Files of a store that nothing on record needs.

    Attributes:
        files: How many files the store has.
        garbage: Those that nothing needs and that are older than the grace time.
        garbage_bytes: Their size.
        removed: How many were removed.
        young: How many more nothing needs yet, which are too young to tell.
    """

    files: int
    garbage: tuple[str, ...]
    garbage_bytes: int
    removed: int
    young: int


@dataclass
class _UpkeepProgress:
    """Tells now and then how far something is."""

    report: Report
    total: int
    doing: str
    done: int = 0
    done_bytes: int = 0
    noted_at: float = field(default_factory=time.monotonic)

    def add(self, size_bytes: int) -> None:
        self.done += 1
        self.done_bytes += size_bytes
        if time.monotonic() - self.noted_at > NOTED_EVERY_S:
            self.noted_at = time.monotonic()
            self.report(f"{self.doing}: {self.done:,} of {self.total:,} files, {self.done_bytes / 1e9:.2f} GB")


def copy_store(source: MediaStore, target: MediaStore, report: Report) -> CopyReport:
    """Copy every stored file that the other store lacks, then its mark; what was copied stays if it is interrupted.

    Args:
        source: The store, which stays as it is, but for a mark if it had none.
        target: Another one, empty or with a part of the same files.
        report: Receives lines for a person.

    Raises:
        PlanError: The other store belongs to another record, or is the same.
        MediaError: A folder cannot be read or written.
        MediaStoreError: A bucket refuses, or does not answer.
    """
    if source.address == target.address:
        raise PlanError(f"{source.address} cannot be copied to itself: name another store")
    mark, there = source.read_mark(), target.read_mark()
    if there and there != mark:
        raise PlanError(f"{target.address} has the media of another record (mark {there[:8]}): name an empty store")
    files = list(source.list_files())
    if not files and not mark:
        raise PlanError(f"{source.address} has no media: name the folder or bucket that they are in")
    sizes = {file.path: file.size_bytes for file in target.list_files()}
    missing = [file for file in files if sizes.get(file.path) != file.size_bytes]
    report(f"{len(files):,} files in {source.address}, {len(missing):,} of them to be copied to {target.address}")
    progress, damaged = _UpkeepProgress(report, len(missing), "copied"), []

    def copy(file: StoredFile) -> str:
        try:
            path = source.path_of(file.path, _HELD_S)
        except MediaStoreError:
            raise
        except MediaError as error:
            return f"{file.path}: {error}"
        if not source.is_remote and sha256_of(path) != file.sha256:
            return f"{file.path} has other bytes than it is named for"
        target.take_in(path, file)
        return ""

    for file, problem in zip(missing, prefetch(copy, missing, AT_ONCE, 2 * AT_ONCE), strict=True):
        if problem:
            damaged.append(problem)
        else:
            progress.add(file.size_bytes)
    mark = mark or source.write_mark(str(uuid4()))
    target.write_mark(mark)
    return CopyReport(len(files), progress.done, progress.done_bytes, tuple(damaged), mark)


def verify_store(studio: Studio, report: Report, *, is_quick: bool = False) -> VerifyReport:
    """Compare the store with the record: every file that it needs is there, and its bytes are those it is named for.

    Args:
        studio: The record and the store.
        report: Receives lines for a person.
        is_quick: Whether bytes are not read: only what is missing is found.

    Raises:
        PlanError: The store is not the record's.
        MediaStoreError: The bucket refuses, or does not answer.
        ServiceUnavailableError: The database does not answer.
    """
    require_same_media(studio)
    media, needed = studio.media, media_stores.list_needed_files(studio.database)
    progress = _UpkeepProgress(report, len(needed), "read")
    if is_quick:
        there = {file.path for file in media.list_files()}
        return VerifyReport(len(needed), tuple(f"{path} is missing" for path, _sha256 in needed if path not in there))
    lost = []

    def is_intact(file: tuple[str, str]) -> bool:
        return media.is_intact(*file)

    for (path, _sha256), is_sound in zip(needed, prefetch(is_intact, needed, AT_ONCE, 2 * AT_ONCE), strict=True):
        progress.add(0)
        if not is_sound:
            lost.append(f"{path} is missing, or has other bytes than it is named for")
    return VerifyReport(len(needed), tuple(lost))


def collect_garbage(studio: Studio, report: Report, grace: timedelta, *, removes: bool) -> GarbageReport:
    """Find the files that nothing on record needs, and remove them if asked to.

    A file that is stored again counts as young again, so that what a run is about to record is not removed; what the
    record needs is looked up anew before each removal.

    Args:
        studio: The record and the store.
        report: Receives lines for a person.
        grace: How old a file must be.
        removes: Whether files are removed.

    Raises:
        PlanError: The store is not the record's, or the grace time is too short.
        MediaStoreError: The bucket refuses, or does not answer.
        ServiceUnavailableError: The database does not answer.
    """
    if grace < MIN_GRACE:
        raise PlanError(
            f"the grace time is {grace.days} days; expected {MIN_GRACE.days} or more, as runs may be under way"
        )
    require_same_media(studio)
    media, count, young, garbage = studio.media, 0, 0, []
    needed, oldest = media_stores.list_needed_digests(studio.database), datetime.now(UTC) - grace
    for file in media.list_files():
        count += 1
        if file.sha256 not in needed:
            if _is_older(file, oldest):
                garbage.append(file)
            else:
                young += 1
    removed = 0
    progress = _UpkeepProgress(report, len(garbage), "removed")
    for start in range(0, len(garbage) if removes else 0, _REMOVED_AT_ONCE):
        removable = _still_garbage(studio, garbage[start : start + _REMOVED_AT_ONCE], oldest)
        media.remove_files([file.path for file in removable])
        for file in removable:
            progress.add(file.size_bytes)
        removed += len(removable)
    paths, size_bytes = tuple(file.path for file in garbage), sum(file.size_bytes for file in garbage)
    return GarbageReport(count, paths, size_bytes, removed, young)


def _still_garbage(studio: Studio, files: Sequence[StoredFile], oldest: datetime) -> list[StoredFile]:
    found = [studio.media.find_file(file.path) for file in files]
    needed = media_stores.list_needed_digests(studio.database)
    return [file for file in found if file is not None and _is_older(file, oldest) and file.sha256 not in needed]


def _is_older(file: StoredFile, oldest: datetime) -> bool:
    return file.modified_at is not None and file.modified_at < oldest
