"""Backups of a studio: one moment of its database, and the media and settings that belong to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.backup_folder import FORMAT as BACKUP_FORMAT
from tower_anime_assets.media.backup_folder import BackupFile, BackupFolder
from tower_anime_assets.media.files import MediaStore, sha256_of
from tower_anime_assets.media.stores import open_media
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.delivery import DELIVERY_FOLDER
from tower_anime_assets.stages.line_windows import LENGTHS_FILE
from tower_anime_assets.store import audit, media_stores, migrations, table_copies
from tower_anime_assets.store.database import Database
from tower_anime_assets.workflows.model_hashes import HASHES_FILE
from tower_anime_assets.workflows.model_maps import STUDIO_FILE

MEDIA_FOLDER = "media"

SETTINGS_FILES = (STUDIO_FILE, HASHES_FILE, LENGTHS_FILE)
SETTINGS_FOLDERS = ("workflows", "reports")
"""What a backup has of TOWER_HOME besides media and masters. The env file and tokens are secrets, and not in it."""

Report = Callable[[str], None]


@dataclass(frozen=True)
class BackupReport:
    """What a backup holds.

    Attributes:
        rows: Rows of the database.
        files: Files of media, masters and settings.
        copied: How many files were not in the folder before.
        removed: How many files of the backup before are no longer part of it.
        lost: Media that the record needs and that the studio no longer has, in words.
        left_out: Files in `episodes/` that are not on record at the moment of the backup.
    """

    rows: int
    files: int
    copied: int
    removed: int
    lost: tuple[str, ...]
    left_out: tuple[str, ...]


def write_backup(settings: Settings, database: Database, root: Path, report: Report) -> BackupReport:
    """Write a backup, or bring one up to date; runs may go on meanwhile.

    Args:
        settings: Name the home.
        database: The record.
        root: Folder of the backup: new, empty, or with an earlier backup of this studio.
        report: Receives lines for a person.

    Raises:
        PlanError: The folder holds something else.
        MediaError: A file cannot be read or written.
        ServiceUnavailableError: The database does not answer.
    """
    folder = BackupFolder(root)
    media = open_media(settings)
    with folder.hold_lock():
        former = folder.read_manifest()
        if former is not None:
            _refuse_foreign(database, former, root)
        with table_copies.open_snapshot(database) as snapshot, media.workspace() as scratch:
            created_at = datetime.now(UTC)
            mark = table_copies.read_mark(snapshot)
            applied = snapshot.fetch_all("migrations.list_applied")
            wanted = table_copies.list_media(snapshot)
            recorded_store = media_stores.find_store(database)
            copies = [
                table_copies.write_rows(snapshot, table, scratch / f"{number}.gz")
                for number, table in enumerate(table_copies.list_tables(snapshot))
            ]
            tables = [{**asdict(copy), "file": asdict(folder.store_file(copy.file)[0])} for copy in copies]
        rows = sum(copy.rows for copy in copies)
        report(f"database: {rows} rows of {len(copies)} tables")
        media_files, copied, lost = _store_media(folder, media, wanted)
        report(f"media: {len(media_files)} files, {copied} of them new")
        home_files, home_copied, left_out = _store_home(folder, settings, {file.sha256 for file in media_files})
        folder.write_manifest(
            {
                "format": BACKUP_FORMAT,
                "version": version("tower-anime-assets"),
                "created_at": created_at.isoformat(),
                "chain": asdict(mark),
                "migrations": [{"version": row["version"], "up_sha256": row["up_sha256"]} for row in applied],
                "tables": tables,
                "media": [asdict(file) for file in media_files],
                "home": [asdict(file) for file in home_files],
                "lost": lost,
                "media_store": recorded_store.store_id if recorded_store is not None else "",
            }
        )
        every = {file.sha256 for file in (*media_files, *home_files)} | {table["file"]["sha256"] for table in tables}
        removed = folder.remove_others(every)
    return BackupReport(
        rows, len(media_files) + len(home_files), copied + home_copied, removed, tuple(lost), tuple(left_out)
    )


def _refuse_foreign(database: Database, former: Mapping[str, Any], root: Path) -> None:
    """Refuse to replace a backup that holds links of the audit chain that this record does not have."""
    head = former["chain"]["head_sha256"]
    if head and not audit.chain_contains(database, head):
        raise PlanError(
            f"{root} holds a backup of {former['created_at'][:16]} whose record this one does not continue (link "
            f"{former['chain']['seq']}, {head[:12]}): it is another studio's, or rows were lost here since. Name "
            "another folder"
        )


def _store_media(
    folder: BackupFolder, media: MediaStore, wanted: tuple[tuple[str, str], ...]
) -> tuple[list[BackupFile], int, list[str]]:
    """Copy media, and return the files, how many were copied, and which are missing or changed, in words."""
    files, copied, lost = [], 0, []
    for path, sha256 in wanted:
        if folder.is_intact(sha256):
            files.append(BackupFile(path, sha256, folder.path_of(sha256).stat().st_size))
            continue
        if not media.is_intact(path, sha256):
            lost.append(f"media file {path} is missing or changed in this studio: it is not in the backup")
            continue
        file, is_new = folder.store_file(media.path_of(path), sha256)
        files.append(BackupFile(path, sha256, file.size_bytes))
        copied += is_new
    return files, copied, lost


def _store_home(
    folder: BackupFolder, settings: Settings, on_record: set[str]
) -> tuple[list[BackupFile], int, list[str]]:
    """Copy settings, and the masters that are on record; return files, how many were copied, what was left out."""
    files, copied, left_out = [], 0, []
    home = settings.home
    candidates = [home / name for name in SETTINGS_FILES]
    for name in (DELIVERY_FOLDER, *SETTINGS_FOLDERS):
        candidates += sorted((home / name).rglob("*"))
    for path in candidates:
        if not path.is_file() or path.name.startswith("."):
            continue
        relative = path.relative_to(home).as_posix()
        sha256 = sha256_of(path)
        if relative.startswith(f"{DELIVERY_FOLDER}/") and sha256 not in on_record:
            left_out.append(relative)  # a master of later than the snapshot would accuse the restored record
            continue
        file, is_new = folder.store_file(path, sha256)
        files.append(BackupFile(relative, sha256, file.size_bytes))
        copied += is_new
    return files, copied, left_out


def known_migrations(manifest: Mapping[str, Any], root: Path) -> tuple[migrations.Migration, ...]:
    """Return the migrations that the database of a backup had.

    Raises:
        PlanError: This version does not know one of them.
    """
    available = {migration.version: migration for migration in migrations.read_migrations()}
    for row in manifest["migrations"]:
        migration = available.get(row["version"])
        if migration is None or migration.up_sha256 != row["up_sha256"]:
            raise PlanError(
                f"the backup in {root} was written by version {manifest['version']}, whose database has migration "
                f"{row['version']}, which this version does not know: use version {manifest['version']} or newer"
            )
    return tuple(available[row["version"]] for row in manifest["migrations"])


def verify_backup(folder: BackupFolder) -> dict[str, Any]:
    """Read every file of a backup and return its manifest.

    Raises:
        PlanError: There is no whole backup, it is damaged, or of a newer version.
    """
    manifest = folder.read_manifest()
    if manifest is None:
        why = "manifest.json is missing" if folder.root.is_dir() else "there is no such folder"
        raise PlanError(f"{folder.root} holds no whole backup: {why}")
    entries = [
        *manifest["media"],
        *manifest["home"],
        *({**table["file"], "path": f"rows of {table['name']}"} for table in manifest["tables"]),
    ]
    damaged = []
    for entry in entries:
        path = folder.path_of(entry["sha256"])
        if not path.is_file():
            damaged.append(f"{entry['path']} is missing")
        elif path.stat().st_size != entry["size_bytes"]:
            damaged.append(f"{entry['path']} is {path.stat().st_size} bytes; expected {entry['size_bytes']}")
        elif sha256_of(path) != entry["sha256"]:
            damaged.append(f"{entry['path']} has other bytes than were backed up")
    if damaged:
        more = f", and {len(damaged) - 5} more" if len(damaged) > 5 else ""
        raise PlanError(
            f"the backup in {folder.root} is damaged: {'; '.join(damaged[:5])}{more}. Nothing was restored; use "
            "another backup, or back up into this folder again, which mends it"
        )
    return manifest
