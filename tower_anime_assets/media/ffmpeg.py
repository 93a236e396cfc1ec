"""Running ffmpeg safely: found, fenced in, never left behind, its failures named. What to run belongs to the callers.

A build is started from a list of arguments or from an `ffmpeg-python` graph. It may read only local files and pipes,
stops at the first damaged packet instead of skipping it, and is killed when we are stopped.
"""

from __future__ import annotations

import contextlib
import functools
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGXFSZ
from typing import IO, Any

import ffmpeg
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError

_LOG_LINES = 4000
_ERROR_LINES = 6
_KILL_GRACE_S = 5.0

_INPUT_PROTOCOL_OPTIONS = ("-protocol_whitelist", "file,pipe,fd")
"""Put before every input: a media file that names a URL or a playlist is not followed."""

_STRICT_INPUT_OPTIONS = ("-err_detect", "explode")
"""Put before every input as well: ffmpeg otherwise returns 0 for a file of which it could read only a part."""

_DISK_FULL_MESSAGE = "No space left on device"
_PERMISSION_MESSAGES = ("Read-only file system", "Permission denied", "Operation not permitted")
_TOO_LARGE_MESSAGE = "File too large"


@dataclass(frozen=True)
class FfmpegResult:
    """What a run of ffmpeg left behind.

    Attributes:
        stdout: Bytes that it wrote to `pipe:1`, empty unless an output went there.
        log: Its messages, at most the last 4000 lines.
    """

    stdout: bytes
    log: str


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


def command_line(arguments_or_graph: Any, *, strict: bool = True, loglevel: str = "error") -> list[str]:
    """Return the whole command line for arguments or an `ffmpeg-python` graph; outputs are overwritten.

    Args:
        work: A sequence of arguments without the program's name, or a graph ending in `output` nodes.
        strict: Stop at the first error in the input.
        loglevel: `error`, or `info` for filters that report in the log, such as `ebur128`.
    """
    arguments = (
        list(arguments_or_graph)
        if isinstance(arguments_or_graph, Sequence)
        else [str(item) for item in ffmpeg.get_args(arguments_or_graph)]
    )
    guarded: list[str] = []
    for argument in arguments:
        if argument == "-i":
            guarded += [*_INPUT_PROTOCOL_OPTIONS, *(_STRICT_INPUT_OPTIONS if strict else ())]
        guarded.append(argument)
    global_options = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", loglevel, "-y"]
    return [executable_path(), *global_options, *(["-xerror"] if strict else []), *guarded]


def run(arguments_or_graph: Any, *, subject: str, strict: bool = True, loglevel: str = "error") -> FfmpegResult:
    """Run ffmpeg to its end.

    Args:
        work: A sequence of arguments without the program's name, or an `ffmpeg-python` graph.
        subject: What is being done, for the error message: "join 24 clips".
        strict: Stop at the first error in the input. Whoever turns this off must count frames.
        loglevel: `error`, or `info` for filters that report in the log.

    Raises:
        MediaError: It failed; a full disk and a folder that cannot be written are named as such.
    """
    with _running_process(
        command_line(arguments_or_graph, strict=strict, loglevel=loglevel),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.process.stdout is not None  # noqa: S101 - opened by _started, said for the type checker
        stdout = child.process.stdout.read()
        code = child.process.wait()
    if code:
        raise _error_from_log(subject, code, child.log())
    return FfmpegResult(stdout, child.log())


class InputPipe:
    """The writing end of an ffmpeg that reads `pipe:0`."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe

    def write(self, data: bytes | bytearray | NDArray[Any]) -> None:
        """Write all of a contiguous buffer; blocks while ffmpeg is busy, without holding the GIL.

        Raises:
            BrokenPipeError: ffmpeg ended; `feeding` turns this into the reason it gave.
        """
        remaining = (data.data if isinstance(data, np.ndarray) else memoryview(data)).cast("B")
        while remaining.nbytes:
            remaining = remaining[self._pipe.write(remaining) :]


@contextlib.contextmanager
def open_input_pipe(arguments_or_graph: Any, *, subject: str) -> Iterator[InputPipe]:
    """Run ffmpeg on what is written to it; leaving the block closes the pipe and waits for the end.

    Any exception in the block, KeyboardInterrupt too, kills the child before it goes on its way.

    Args:
        work: Arguments or graph that reads `pipe:0` or `pipe:` and writes files.
        subject: What is being done, for the error message.

    Raises:
        MediaError: ffmpeg failed, at once or at the end.
    """
    with _running_process(command_line(arguments_or_graph), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
        process = child.process
        assert process.stdin is not None  # noqa: S101 - asked for in the line above
        try:
            yield InputPipe(process.stdin)
            process.stdin.close()
        except BrokenPipeError as error:
            raise _error_from_log(subject, process.wait(), child.log()) from error
        code = process.wait()
    if code:
        raise _error_from_log(subject, code, child.log())


class _FfmpegProcess:
    """A running ffmpeg whose messages are drained by a thread, so that neither side can wait for the other."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._lines: deque[str] = deque(maxlen=_LOG_LINES)
        self._reader = threading.Thread(target=self._drain, name="ffmpeg-log", daemon=True)
        self._reader.start()

    def _drain(self) -> None:
        assert self.process.stderr is not None  # noqa: S101 - opened by _started
        for line in self.process.stderr:
            self._lines.append(line.decode("utf-8", "replace").rstrip())

    def log(self) -> str:
        """Return every message kept; call it once the process has ended."""
        self._reader.join(_KILL_GRACE_S)
        return "\n".join(self._lines)

    def kill(self) -> None:
        """Kill the process if it still runs, and let go of its pipes."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(_KILL_GRACE_S)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):  # bytes nobody will read any more
                    pipe.close()


@contextlib.contextmanager
def _running_process(arguments: list[str], stdin: int, stdout: int) -> Iterator[_FfmpegProcess]:
    try:
        process = subprocess.Popen(
            arguments, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, bufsize=0, close_fds=True
        )
    except OSError as error:
        raise MediaError(f"cannot start {arguments[0]}: {error.strerror}. Install imageio-ffmpeg again") from error
    child = _FfmpegProcess(process)
    try:
        yield child
    finally:
        child.kill()


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
