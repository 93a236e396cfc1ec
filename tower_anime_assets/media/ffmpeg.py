"""The ffmpeg process: its path, its fenced-in inputs, its end and its errors. What to run belongs to the callers.

It is given files of our own alone: `external` decodes those of others. It may read only local files and pipes, has a
limit of memory, stops at the first damaged packet instead of skipping it, and is killed when we are stopped; it has no
limit of processor time, since a film may be long. It often ends with code 0 although it left something out: whatever
it warned of is an error here, except for the few warnings that are known to be harmless.
"""

from __future__ import annotations

import contextlib
import functools
import re
import resource
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from signal import SIGTERM, SIGXFSZ
from typing import IO, Any

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.child_ends import FFMPEG_STOPPED_CODE, refuse_if_stopped_by_signal
from tower_anime_assets.media.lanes import usable_cores

MEMORY_BYTES = (8 << 30) + (usable_cores() << 28)
"""What it may use: of an 8K film, several times; each thread takes some of it for its stack and its heap."""

_LOG_LINES = 4000
_ERROR_LINES = 6
_KILL_GRACE_S = 5.0

_INPUT_OPTIONS = ("-protocol_whitelist", "file,pipe,fd", "-err_detect", "explode")
"""Put before every input: a file that names a URL or a playlist is not followed, and damage is an error rather than
frames left out, for which ffmpeg would return 0."""

_GLOBAL_OPTIONS = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+warning", "-y", "-xerror")

_WARNING_LINE = re.compile(r"(?:\[[^\]]*\] )*\[(?:warning|error|fatal|panic)\] ")
"""How a line begins that is more than information; other lines continue the one before."""

_HARMLESS_WARNINGS = ("Guessed Channel Layout: ",)
"""A WAV of one or two channels, whose header need not name them, is mono or stereo."""

_DISK_FULL_MESSAGE = "No space left on device"
_PERMISSION_MESSAGES = ("Read-only file system", "Permission denied", "Operation not permitted")
_TOO_LARGE_MESSAGE = "File too large"


@functools.cache
def executable_path() -> str:
    """Return the path of the ffmpeg build that imageio-ffmpeg carries.

    Raises:
        MediaError: The installation carries none for this platform.
    """
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise MediaError(
            f"imageio-ffmpeg carries no ffmpeg for this platform ({error}): install its wheel or set IMAGEIO_FFMPEG_EXE"
        ) from error


def file_url(path: Path) -> str:
    """Return a file's name as ffmpeg should be given it: whatever it contains, it is neither an option nor a URL."""
    return f"file:{path.absolute()}"


def command_line(arguments: Sequence[str]) -> list[str]:
    """Return the whole command line for arguments: every input fenced in, outputs overwritten, errors fatal."""
    guarded: list[str] = []
    for argument in arguments:
        guarded += [*_INPUT_OPTIONS, argument] if argument == "-i" else [argument]
    return [executable_path(), *_GLOBAL_OPTIONS, *guarded]


def run(arguments: Sequence[str], *, subject: str) -> None:
    """Run ffmpeg to its end.

    Args:
        arguments: What follows the program's name.
        subject: What is being done, for the error message: "join 24 clips".

    Raises:
        MediaError: It failed or warned; a full disk and a folder that cannot be written are named as such.
    """
    with open_input_pipe(arguments, subject=subject):
        pass


class InputPipe:
    """The writing end of an ffmpeg that reads `pipe:0`."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe

    def write(self, data: bytes | bytearray | NDArray[Any]) -> None:
        """Write all of a contiguous buffer; blocks while ffmpeg is busy, without holding the GIL.

        Raises:
            BrokenPipeError: ffmpeg ended; `open_input_pipe` turns this into the reason that ffmpeg gave.
        """
        remaining = (data.data if isinstance(data, np.ndarray) else memoryview(data)).cast("B")
        while remaining.nbytes:
            remaining = remaining[self._pipe.write(remaining) :]


@contextlib.contextmanager
def open_input_pipe(arguments: Sequence[str], *, subject: str) -> Iterator[InputPipe]:
    """Run ffmpeg on what is written to the pipe; leaving the block closes the pipe and waits for the end.

    An exception in the block, KeyboardInterrupt included, kills the child before it propagates.

    Args:
        arguments: What follows the program's name; they read `pipe:0` and write files.
        subject: What is being done, for the error message.

    Raises:
        MediaError: ffmpeg could not be started, failed, or warned of something; a full disk and a read-only folder
            are named as such.
        StoppedError: Somebody stopped it.
    """
    command = command_line(arguments)
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, bufsize=0
        )
    except OSError as error:
        raise MediaError(f"cannot start {command[0]}: {error.strerror}. Install imageio-ffmpeg again") from error
    _limit_memory(process.pid)
    stdin, stderr = process.stdin, process.stderr
    assert stdin is not None  # noqa: S101 - a pipe was asked for
    assert stderr is not None  # noqa: S101 - a pipe was asked for
    lines: deque[bytes] = deque(maxlen=_LOG_LINES)
    # Read by a thread, so that ffmpeg never waits for us to read while we wait for it to take frames.
    reader = threading.Thread(target=lines.extend, args=(stderr,), name="ffmpeg-log", daemon=True)
    reader.start()
    early_end: BrokenPipeError | None = None
    try:
        try:
            yield InputPipe(stdin)
        except BrokenPipeError as error:
            early_end = error
        stdin.close()
        code = process.wait()
    finally:
        process.kill()
        process.wait()
        reader.join(_KILL_GRACE_S)
        stdin.close()
        stderr.close()
    log = b"".join(lines).decode("utf-8", "replace")
    if code or early_end:
        _refuse_if_stopped(subject, code, log)
        raise _error_from_log(subject, code, log) from early_end
    if warnings := harmful_warnings(log):
        warning_text = "\n".join(warnings[:_ERROR_LINES])
        raise MediaError(f"cannot {subject}: ffmpeg ended without an error, but warned: {warning_text}")


def _limit_memory(pid: int) -> None:
    """Limit a process that may have ended already; only Linux limits another process."""
    if sys.platform == "linux":
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))


def harmful_warnings(log: str) -> list[str]:
    """Return what ffmpeg warned of in a log at level `level+warning`, without what is known to be harmless."""
    warnings = [line.strip() for line in log.splitlines() if _WARNING_LINE.match(line)]
    return [line for line in warnings if not any(harmless in line for harmless in _HARMLESS_WARNINGS)]


def _refuse_if_stopped(subject: str, code: int, log: str) -> None:
    """Raise a StoppedError if somebody stopped ffmpeg: it catches the signal, and ends without a word of an error."""
    has_reason = any(reason in log for reason in (_DISK_FULL_MESSAGE, _TOO_LARGE_MESSAGE, *_PERMISSION_MESSAGES))
    if code == FFMPEG_STOPPED_CODE and not has_reason:
        code = -SIGTERM
    refuse_if_stopped_by_signal(code, "ffmpeg", subject)


def _error_from_log(subject: str, code: int, log: str) -> MediaError:
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    if _DISK_FULL_MESSAGE in log:
        return MediaError(f"cannot {subject}: the disk is full. Free some space, then run again")
    if _TOO_LARGE_MESSAGE in log or code == -SIGXFSZ:
        return MediaError(f"cannot {subject}: the file would be larger than this system allows (see `ulimit -f`)")
    for reason in _PERMISSION_MESSAGES:
        if reason in log:
            return MediaError(
                f"cannot {subject}: {reason.lower()}. Make the folder writable, or set TOWER_HOME elsewhere"
            )
    exit_description = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    log_tail = "\n".join(lines[-_ERROR_LINES:]) or "it gave no reason"
    return MediaError(f"cannot {subject}: ffmpeg {exit_description}: {log_tail}")
