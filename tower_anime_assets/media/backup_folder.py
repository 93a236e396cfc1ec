"""A backup on disk: files named by their digest, and a manifest that is written last and says what they are.

    manifest.json     what the backup holds; a folder without it holds none
    files/ab/ab12...  every file of it, once, by SHA-256

A backup that was interrupted leaves the manifest of the one before, and all files of that one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.media.file_locks import try_lock_handle
from tower_anime_assets.media.files import open_atomically, sha256_of, write_atomically

FORMAT = 1
"""Version of the folder's layout and of the manifest."""

MANIFEST_FILE = "manifest.json"
_FILES_FOLDER, _LOCK_FILE = "files", ".lock"
_DIGEST_KEY = "manifest_sha256"
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class BackupFile:
    """A file of a backup.

    Attributes:
        path: Where it belongs, relative to where it was.
        sha256: Its digest, and its name in the backup.
        size_bytes: Its size.
    """

    path: str
    sha256: str
    size_bytes: int


class BackupFolder:
    """The folder of a backup."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path_of(self, sha256: str) -> Path:
        """Return where the backup keeps the file with this digest."""
        return self.root / _FILES_FOLDER / sha256[:2] / sha256

    @contextmanager
    def hold_lock(self) -> Iterator[None]:
        """Create the folder if necessary, and keep every other backup from writing to it.

        Raises:
            PlanError: It holds something else, another backup is writing to it, or it cannot be written.
        """
        if self.root.is_dir() and not (self.root / MANIFEST_FILE).exists():
            others = sorted(path.name for path in self.root.iterdir() if path.name not in (_FILES_FOLDER, _LOCK_FILE))
            if others:
                raise PlanError(
                    f"{self.root} is no backup, and holds {', '.join(others[:3])}: name a new or empty folder"
                )
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.root / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise PlanError(f"cannot write to {self.root}: {error.strerror}. Name a folder that is writable") from error
        try:
            if not try_lock_handle(handle):
                raise PlanError(f"another backup is being written to {self.root}: wait for it")
            yield
        finally:
            os.close(handle)

    def store_file(self, source: Path, sha256: str = "") -> tuple[BackupFile, bool]:
        """Copy a file into the backup unless it is there, and return it and whether it was copied.

        Args:
            source: The file; its name becomes the path.
            sha256: What its digest must be; "" for whatever it is.

        Raises:
            MediaError: It cannot be read or written, or its bytes have another digest.
        """
        if sha256 and self.is_intact(sha256):
            return BackupFile(source.name, sha256, self.path_of(sha256).stat().st_size), False
        expected = sha256 or sha256_of(source)
        if self.is_intact(expected):
            return BackupFile(source.name, expected, self.path_of(expected).stat().st_size), False
        copy_verified(source, self.path_of(expected), expected)
        return BackupFile(source.name, expected, self.path_of(expected).stat().st_size), True

    def is_intact(self, sha256: str) -> bool:
        """Return whether the backup has the file with this digest, undamaged. Reads it."""
        path = self.path_of(sha256)
        return path.is_file() and sha256_of(path) == sha256

    def write_manifest(self, content: Mapping[str, Any]) -> None:
        """Make the backup whole: from now on it holds what the manifest says."""
        whole = {**content, _DIGEST_KEY: _digest(content)}
        write_atomically(self.root / MANIFEST_FILE, json.dumps(whole, indent=1, ensure_ascii=False).encode())

    def read_manifest(self) -> dict[str, Any] | None:
        """Return the manifest, None if the folder holds no whole backup.

        Raises:
            PlanError: It is damaged, or of a newer version.
        """
        path = self.root / MANIFEST_FILE
        try:
            content = json.loads(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise PlanError(f"cannot read {path}: {error.strerror}") from error
        except ValueError as error:
            raise PlanError(f"{path} is damaged: {error}. Use another backup") from error
        stored = content.pop(_DIGEST_KEY, "") if isinstance(content, dict) else ""
        if not isinstance(content, dict) or stored != _digest(content):
            raise PlanError(f"{path} is damaged: its own digest does not fit. Use another backup")
        if content["format"] != FORMAT:
            raise PlanError(
                f"{path} was written by version {content['version']} in format {content['format']}; this version reads "
                f"format {FORMAT}. Use version {content['version']} or newer"
            )
        return content

    def remove_others(self, kept: Iterable[str]) -> int:
        """Remove the files whose digest is not among these, and return their number."""
        names = set(kept)
        others = [path for path in (self.root / _FILES_FOLDER).glob("??/*") if path.name not in names]
        for path in others:
            path.unlink()
        return len(others)


def copy_verified(source: Path, target: Path, sha256: str) -> None:
    """Copy a file that must have this digest; nothing is left of it if it has another.

    Raises:
        MediaError: It cannot be read or written, or its bytes have another digest.
    """
    digest = hashlib.sha256()
    with open_atomically(target) as file:
        try:
            with source.open("rb") as content:
                while block := content.read(_BLOCK_BYTES):
                    digest.update(block)
                    file.write(block)
        except FileNotFoundError as error:
            raise MediaError(f"{source} is missing") from error
        if digest.hexdigest() != sha256:
            raise MediaError(f"{source} is damaged: its digest is {digest.hexdigest()[:12]}; expected {sha256[:12]}")


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
