"""The media store in a folder: storing and finding files again, against doing the same with bare system calls.

`python -m benchmarks.media` prints the table. Both are measured in pairs, in CPU time and in memory where there is
such a folder: what is compared is the work, not the disk.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.table import Row, print_rows
from tower_anime_assets.media.stores import open_media
from tower_anime_assets.settings import Settings

FILES, FILE_BYTES = 100, 400_000
PAIRS = 9

BOUND = 1.5


def measure() -> list[Row]:
    """Return the figures; a few seconds."""
    contents = [os.urandom(FILE_BYTES) for _ in range(FILES)]
    ratios = []
    for _ in range(PAIRS):
        bare_s, store_s = _cpu_s(_use_bare, contents), _cpu_s(_use_store, contents)
        ratios.append(store_s / bare_s)
    ratio = statistics.median(ratios)
    label = "Storing and finding files in the media folder / bare system calls, CPU time"
    return [Row(label, ratio, "x", f"at most {BOUND} x", ratio <= BOUND)]


def _cpu_s(use: Callable[[Path, list[bytes]], None], contents: list[bytes]) -> float:
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of its own in it
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    try:
        started = time.process_time()
        use(folder, contents)
        return time.process_time() - started
    finally:
        shutil.rmtree(folder)


def _use_store(folder: Path, contents: list[bytes]) -> None:
    settings = Settings(projects=folder, home=folder)
    stored = []
    for content in contents:
        with open_media(settings).workspace() as scratch:
            (scratch / "a.png").write_bytes(content)
            stored.append(open_media(settings).store_file(scratch / "a.png"))
    for file in stored:
        assert open_media(settings).is_usable(file.path, file.sha256, file.size_bytes)
        assert open_media(settings).path_of(file.path).stat().st_size == FILE_BYTES


def _use_bare(folder: Path, contents: list[bytes]) -> None:
    paths = []
    for content in contents:
        scratch = Path(tempfile.mkdtemp(dir=folder))
        source = scratch / "a.png"
        source.write_bytes(content)
        with source.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        target = folder / sha256[:2] / f"{sha256}.png"
        target.parent.mkdir(exist_ok=True)
        source.replace(target)
        _sync_folder(target.parent)
        shutil.rmtree(scratch)
        paths.append(target)
    for path in paths:
        with path.open("rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == path.stem
        assert path.stat().st_size == FILE_BYTES


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


if __name__ == "__main__":
    print_rows(measure())
