"""Restoring a studio from a backup, into an empty home and an empty database: whole, or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.media.backup_folder import BackupFolder, copy_verified
from tower_anime_assets.media.bucket_store import AT_ONCE
from tower_anime_assets.media.files import MediaStore, StoredFile
from tower_anime_assets.media.prefetch import prefetch
from tower_anime_assets.media.stores import open_media
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.backups import (
    MEDIA_FOLDER,
    SETTINGS_FILES,
    SETTINGS_FOLDERS,
    Report,
    known_migrations,
    verify_backup,
)
from tower_anime_assets.stages.delivery import DELIVERY_FOLDER
from tower_anime_assets.stages.opening import check_address
from tower_anime_assets.store import access_tokens, migrations, server, table_copies
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.migrations import Migration
from tower_anime_assets.store.table_copies import TableRows

PARTS_FOLDER = ".restoring"
"""Where files wait under TOWER_HOME until the database is filled; it stays there if the restore is interrupted."""

RESTORED_NAMES = (MEDIA_FOLDER, DELIVERY_FOLDER, *SETTINGS_FOLDERS, *SETTINGS_FILES)
"""What a restore puts into TOWER_HOME."""


@dataclass(frozen=True)
class RestoreReport:
    """What was restored.

    Attributes:
        version: Version that wrote the backup.
        created_at: When, in ISO format.
        rows: Rows of the database.
        files: Files of media, masters and settings.
        lost: Media that the studio did not have when it was backed up, in words.
        left_out: What the database here cannot hold, in words.
        tokens: Names of those whose tokens are valid, as they were when it was backed up.
    """

    version: str
    created_at: str
    rows: int
    files: int
    lost: tuple[str, ...]
    left_out: tuple[str, ...]
    tokens: tuple[str, ...]


def restore_backup(
    settings: Settings, root: Path, create_dagster_tables: Callable[[Database], None], report: Report
) -> RestoreReport:
    """Restore a backup and bring its database up to date.

    Args:
        settings: Name the home, which must be empty, and the database, which must be too.
        root: Folder of the backup.
        create_dagster_tables: Creates Dagster's tables in a database.
        report: Receives lines for a person.

    Raises:
        PlanError: The backup is damaged, incomplete or of a newer version, or home or database are not empty.
        MediaError: A file cannot be read or written.
        ServiceUnavailableError: The database does not answer.
    """
    check_address(settings)
    folder = BackupFolder(root)
    manifest = verify_backup(folder)
    applied = known_migrations(manifest, root)
    _check_paths(manifest)
    report(f"the backup of {manifest['created_at'][:16]} is sound")
    media, mark = open_media(settings), manifest.get("media_store", "")
    _refuse_other_media(media, mark)
    is_interrupted = (settings.home / PARTS_FOLDER).is_dir()
    if not is_interrupted:
        _refuse_filled_home(settings.home)
    with _open_database(settings) as database:
        _prepare_schema(database, applied)
        if is_interrupted:
            _remove_leftovers(settings.home)
        if any(table["part"] == table_copies.DAGSTER for table in manifest["tables"]):
            create_dagster_tables(database)
        files = _copy_files(folder, manifest, settings)
        report(f"{files} files are copied and verified")
        copies = [
            TableRows(
                table["part"], table["name"], tuple(table["columns"]), table["rows"],
                folder.path_of(table["file"]["sha256"]),
            )
            for table in manifest["tables"]
        ]  # fmt: skip
        try:
            left_out = table_copies.load_rows(database, copies, lambda: _place_files(settings.home))
        except BaseException:
            _remove_leftovers(settings.home)
            raise
        shutil.rmtree(settings.home / PARTS_FOLDER)
        if mark:
            media.write_mark(mark)
        migrations.apply_migrations(database)
        tokens = tuple(token.name for token in access_tokens.list_tokens(database) if token.state == "valid")
    return RestoreReport(
        manifest["version"], manifest["created_at"], sum(copy.rows for copy in copies), files,
        tuple(manifest["lost"]), left_out, tokens,
    )  # fmt: skip


@contextmanager
def _open_database(settings: Settings) -> Iterator[Database]:
    """Give the database as it is; a server that was started for this is stopped again."""
    info = server.ensure_server(settings)
    database = Database(info.url)
    try:
        yield database
    finally:
        database.close()
        if info.started_here:
            server.stop_server(settings, only_if_unused=True)


def _prepare_schema(database: Database, applied: tuple[Migration, ...]) -> None:
    """Give an empty database the schema of the backup, also if it has a newer one.

    Raises:
        PlanError: The database is not empty.
    """
    versions = [migration.version for migration in applied]
    migrations.apply_migrations(database)
    with database.session() as session:
        table_copies.refuse_filled(session)
    newer = [migration for migration in migrations.read_migrations() if migration.version not in versions]
    if newer:
        migrations.roll_back(database, len(newer))


def _refuse_filled_home(home: Path) -> None:
    filled = [name for name in RESTORED_NAMES if (home / name).is_file() or any((home / name).glob("*"))]
    if filled:
        raise PlanError(
            f"{home} is not empty: it has {', '.join(filled)}. Set TOWER_HOME to a new folder, then restore again"
        )


def _remove_leftovers(home: Path) -> None:
    """Remove what a restore put into a home that was empty before."""
    for name in (*RESTORED_NAMES, PARTS_FOLDER):
        path = home / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _check_paths(manifest: Mapping[str, Any]) -> None:
    """Refuse a manifest that would write anywhere but where backups come from."""
    for section, allowed in (("media", None), ("home", {DELIVERY_FOLDER, *SETTINGS_FOLDERS, *SETTINGS_FILES})):
        for entry in manifest[section]:
            parts = PurePosixPath(entry["path"]).parts
            if not parts or ".." in parts or parts[0] == "/" or (allowed is not None and parts[0] not in allowed):
                raise PlanError(
                    f"the backup names the file {entry['path']!r}, which belongs to no studio: do not use it"
                )


def _refuse_other_media(media: MediaStore, mark: str) -> None:
    """Refuse to restore into a bucket or shared folder that belongs to another record."""
    if (found := media.read_mark()) and found != mark:
        raise PlanError(
            f"{media.address} has the media of another record (mark {found[:8]}): set TOWER_MEDIA_URL to an empty "
            "store, or unset it, then restore again"
        )


def _copy_files(folder: BackupFolder, manifest: Mapping[str, Any], settings: Settings) -> int:
    """Copy every file into a folder beside where it belongs, or its bucket, and return their number."""
    home, parts = settings.home, settings.home / PARTS_FOLDER
    entries = [(Path(entry["path"]), entry) for entry in manifest["home"]]
    if settings.media_url:
        _store_files(folder, manifest["media"], open_media(settings))
    else:
        entries += [(Path(MEDIA_FOLDER, entry["path"]), entry) for entry in manifest["media"]]
    try:
        parts.mkdir(mode=0o700, parents=True, exist_ok=True)
        for relative, entry in entries:
            copy_verified(folder.path_of(entry["sha256"]), parts / relative, entry["sha256"])
    except OSError as error:
        shutil.rmtree(parts, ignore_errors=True)
        raise PlanError(
            f"cannot write {home}: {error.strerror}. Make it writable, or set TOWER_HOME elsewhere"
        ) from error
    except MediaError:
        shutil.rmtree(parts, ignore_errors=True)
        raise
    return len(manifest["media"]) + len(manifest["home"])


def _store_files(folder: BackupFolder, entries: Sequence[Mapping[str, Any]], media: MediaStore) -> None:
    """Copy media of a verified backup into a store, several at once; what it has already stays as it is."""

    def store(entry: Mapping[str, Any]) -> None:
        if media.is_usable(entry["path"], entry["sha256"], entry["size_bytes"]):
            return
        stored = StoredFile(entry["sha256"], entry["path"], entry["size_bytes"])
        media.take_in(folder.path_of(entry["sha256"]), stored)

    for _stored in prefetch(store, entries, AT_ONCE, 2 * AT_ONCE):
        pass


def _place_files(home: Path) -> None:
    """Move the copied files to where they belong; what is there is an empty folder at most."""
    for path in sorted((home / PARTS_FOLDER).iterdir()):
        target = home / path.name
        if target.is_dir():
            target.rmdir()
        path.rename(target)
