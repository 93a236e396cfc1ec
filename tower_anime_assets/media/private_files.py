"""Who may read what is written: below TOWER_HOME its owner alone; beside a writer's files, whoever reads those."""

from __future__ import annotations

import os
import stat
from pathlib import Path

PRIVATE_UMASK = 0o077

_READABLE = (stat.S_IRGRP | stat.S_IXGRP, stat.S_IROTH | stat.S_IXOTH)


def restrict_new_files() -> None:
    """Have all that this process and its children write be their owner's alone; called where a process begins."""
    os.umask(PRIVATE_UMASK)


def protect_home(home: Path) -> None:
    """Close an existing TOWER_HOME, and the folders in it, to other users; what is deeper is closed by them.

    PostgreSQL does not run as root: where root is the owner, others may pass through the home, and read nothing of it.
    The database's folder is left alone: PostgreSQL keeps it closed. So is a home that belongs to somebody else, or in
    which everybody may write, as in /tmp.
    """
    try:
        status = home.stat()
    except OSError:  # not there yet: it is made closed; or not readable, which whoever opens it says
        return
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & stat.S_ISVTX:
        return
    _restrict(home, 0o701 if os.geteuid() == 0 else 0o700)
    with os.scandir(home) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_uid == os.geteuid():
                _restrict(Path(entry.path), 0o700)


def _restrict(folder: Path, allowed: int) -> None:
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & ~allowed:
        folder.chmod(mode & allowed)


def make_shared_folder(folder: Path) -> None:
    """Create a folder for a writer's files, as readable as the one that it is made in.

    Raises:
        OSError: It cannot be created.
    """
    if folder.is_dir():
        return
    make_shared_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700 | _read_bits(folder.parent))


def shared_file_mode(path: Path) -> int:
    """Return the mode of a writer's file: whoever may read its folder may read it."""
    return 0o600 | _read_bits(path.parent) & 0o044


def _read_bits(folder: Path) -> int:
    mode = folder.stat().st_mode
    return sum(bits for bits in _READABLE if mode & bits == bits)
