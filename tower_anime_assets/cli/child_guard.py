"""The guard of one child of `tower up`: ends the child and all that it started, also when `tower up` was killed.

Run as a module with the child's command as its arguments. Standard input is a pipe whose other end `tower up` holds and
never writes to, but for one word: the kernel closes it when `tower up` dies, however it dies. That works on Linux and
macOS alike, and reaches what the child's own children started, which a parent-death signal would not.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

STOP_WAIT_S = 5.0
"""How long a child may take to end after SIGINT; what is left of it is killed then."""

STOP_WORD = b"stop"
"""What `tower up` writes before it closes the pipe of its own will; then it stops the database itself."""

_POLL_S = 0.1


def main(command: Sequence[str]) -> int:
    """Run a command until it ends or must end, end everything that it started, and return its exit code."""
    stop = threading.Event()

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, request_stop)
    # A process group of its own, so that everything in it can be signalled without ending this guard.
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
    pipe = _Pipe(stop)
    while child.poll() is None and not stop.wait(_POLL_S):
        pass
    if child.poll() is None:
        _signal_group(child, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=STOP_WAIT_S)
    # Even if the child has ended: runs and code servers that it started may be left.
    _signal_group(child, signal.SIGKILL)
    code = child.wait()
    if pipe.is_parent_dead:
        _stop_unused_database()
    return code if code >= 0 else 128 - code


class _Pipe:
    """What comes through standard input, read in a thread."""

    def __init__(self, stop: threading.Event) -> None:
        self.is_parent_dead = False
        self._stop = stop
        threading.Thread(target=self._read_to_end, daemon=True).start()

    def _read_to_end(self) -> None:
        words = b""
        while part := os.read(sys.stdin.fileno(), 64):
            words += part
        self.is_parent_dead = words != STOP_WORD
        self._stop.set()


def _signal_group(child: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS refuses groups in which only zombies are left
        os.killpg(child.pid, number)


def _stop_unused_database() -> None:
    """Stop the embedded database unless a client is left, as `tower up` would have done."""
    from tower_anime_assets.settings import from_environment
    from tower_anime_assets.store import server

    server.stop_server(from_environment(), only_if_unused=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
