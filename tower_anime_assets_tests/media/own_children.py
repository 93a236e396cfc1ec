"""The child processes of a test, by what their command says."""

from __future__ import annotations

import contextlib

import psutil


def is_living(process: psutil.Process) -> bool:
    """Return whether a process has not ended, even if nobody has asked yet how it ended."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def living_children(word: str) -> list[psutil.Process]:
    """Return this process's living children whose command contains a word.

    A child that has ended stays a zombie until its Popen is asked, and a zombie has no command.
    """
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if word in " ".join(child.cmdline()):
                found.append(child)
    return found
