"""Digests of servers' model files, kept in `TOWER_HOME/model_hashes.json`: a model of 20 GB is read only once.

A digest counts only while the server lists the file with the size and the time that it had when it was read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HASHES_FILE: Final = "model_hashes.json"

_FORMAT: Final = 1
_TIME_TOLERANCE_S: Final = 2.0
"""Network folders and some file systems round times to whole or even seconds."""


@dataclass(frozen=True)
class FileHash:
    """The digest of a file, and what the file looked like when it was read."""

    size_bytes: int
    modified_s: float
    sha256: str

    def is_of(self, size_bytes: int, modified_s: float) -> bool:
        """Return whether a file still looks as it did."""
        return self.size_bytes == size_bytes and abs(self.modified_s - modified_s) <= _TIME_TOLERANCE_S


FileHashes = Mapping[str, Mapping[str, Mapping[str, FileHash]]]
"""By server, folder below `models/`, and file as its loaders list it."""


def read_hashes(home: Path) -> dict[str, dict[str, dict[str, FileHash]]]:
    """Return the digests that were measured; {} where none were, or they cannot be read: measure them again."""
    try:
        stored: Any = json.loads((home / HASHES_FILE).read_text("utf-8"))
        return {
            server: {
                folder: {
                    file: FileHash(int(entry["size_bytes"]), float(entry["modified_s"]), str(entry["sha256"]))
                    for file, entry in files.items()
                }
                for folder, files in folders.items()
            }
            for server, folders in stored["servers"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def hashes_as_json(hashes: FileHashes) -> str:
    """Return digests as `read_hashes` reads them."""
    servers = {
        server: {folder: {file: vars(entry) for file, entry in files.items()} for folder, files in folders.items()}
        for server, folders in hashes.items()
    }
    return json.dumps({"format": _FORMAT, "servers": servers}, indent=1, sort_keys=True) + "\n"
