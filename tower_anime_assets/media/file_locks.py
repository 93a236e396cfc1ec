"""Locks of open files, which the kernel releases when their process dies; on Windows too."""

from __future__ import annotations

from filelock import lock_descriptor

_POLL_S = 0.002


def lock_handle(handle: int) -> None:
    """Wait until an open file is locked for this handle alone; closing the handle releases it.

    Raises:
        OSError: The file system has no such locks.
    """
    lock_descriptor(handle, poll_interval=_POLL_S)


def try_lock_handle(handle: int) -> bool:
    """Lock an open file for this handle alone, and return whether nobody else has it locked.

    Raises:
        OSError: The file system has no such locks.
    """
    return lock_descriptor(handle, blocking=False)
