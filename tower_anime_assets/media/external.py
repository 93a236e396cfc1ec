"""Files that other programs made, decoded by child processes with limits: this process sees pixels and samples only.

A picture, clip or sound from a service may be made to exhaust a machine, or to break a decoder. So each is decoded by
`decoder_child`, which has no environment, writes no file, and is killed when it takes too much memory or time. What it
sends is checked for size before it is read. A child whose decoder crashed, or ran out of memory, is not used again.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, SIGXCPU
from typing import IO, Any, Final

import numpy as np
from pydantic import TypeAdapter, ValidationError

from tower_anime_assets.errors import MediaError, UndecodableError
from tower_anime_assets.media import decoder_child
from tower_anime_assets.media.frames import MAX_PIXELS as MAX_FRAME_PIXELS
from tower_anime_assets.media.pictures import MAX_PIXELS
from tower_anime_assets.media.sound_files import detect_container, repair_wav_header
from tower_anime_assets.quality.image import Picture
from tower_anime_assets.quality.sound import Samples
from tower_anime_assets.quality.video_facts import VideoFacts

MEMORY_BYTES: Final = 1 << 30
"""What a child may use beyond its own start: an opaque picture of 64 megapixels or a frame of 8K, several times."""

STALL_S: Final = 60.0
"""How long the next piece of an answer may take; a child that waits for us does not count."""

_PICTURE_CPU_S, _PROBE_CPU_S, _SOUND_CPU_S, _VIDEO_CPU_S = 20.0, 20.0, 60.0, 300.0
_MAX_IDLE_CHILDREN = 2
_MAX_FILES_PER_CHILD = 200
_END_TIMEOUT_S = 5.0
_RECORD_HEAD_BYTES = 9
_PACKAGE_FOLDER = Path(__file__).parents[2]
_BOOTSTRAP = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from tower_anime_assets.media.decoder_child import main; main(int(sys.argv[2]))"
)
_VIDEO_FACTS = TypeAdapter(VideoFacts)


@dataclass(frozen=True)
class ExternalSound:
    """A decoded sound that another program made.

    Attributes:
        samples: (samples, channels) float32 with one or two channels; full scale 1.0.
        sample_rate_hz: The file's own rate.
        container_format: FFmpeg's name of its container, such as `wav`.
    """

    samples: Samples
    sample_rate_hz: int
    container_format: str


@dataclass(frozen=True)
class DecodingLimits:
    """What decoding one file may take.

    Attributes:
        cpu_s: Processor time, seconds.
        stall_s: Longest wait for the next piece, seconds.
        memory_bytes: Memory beyond the child's own start; a child is kept for files of the same limit.
    """

    cpu_s: float
    stall_s: float = STALL_S
    memory_bytes: int = MEMORY_BYTES


PICTURE_LIMITS: Final = DecodingLimits(_PICTURE_CPU_S)
PROBE_LIMITS: Final = DecodingLimits(_PROBE_CPU_S)
SOUND_LIMITS: Final = DecodingLimits(_SOUND_CPU_S)
VIDEO_LIMITS: Final = DecodingLimits(_VIDEO_CPU_S)


def read_external_picture(
    path: Path,
    require_size: Callable[[int, int], None] = lambda width_px, height_px: None,
    limits: DecodingLimits = PICTURE_LIMITS,
    *,
    may_move: bool = False,
) -> Picture:
    """Return a picture as `pictures.read_picture` does, decoded in a child process.

    Args:
        path: A file of unknown content.
        require_size: Called with width and height before any pixel is read; raises where they are not as expected.
        limits: What decoding may take.
        may_move: Whether the first frame stands for a picture that is animated; refused otherwise.

    Raises:
        UndecodableError: It is not one picture of 8 bits a channel, is damaged, has too many pixels, or takes too much
            to decode.
        MediaError: No child process could be started.
    """
    with _open_answer("picture", path, limits, {"may_move": may_move}) as answer:
        width_px, height_px = answer.read_size(MAX_PIXELS)
        require_size(width_px, height_px)
        picture = np.empty((height_px, width_px, 3), np.uint8)
        answer.read_data(picture.data.cast("B"))
        answer.require_end()
    return picture


def read_brought_picture(path: Path) -> Picture:
    """Return a picture that a person brought, such as a reference, decoded in a child process; see above.

    Raises:
        UndecodableError: It cannot be decoded within the limits.
        MediaError: It does not exist, or no child process could be started.
    """
    return read_external_picture(path, may_move=True)


def check_brought_picture(path: Path, require_size: Callable[[int, int], None]) -> None:
    """Decode a picture that a person brought, in a child process that keeps the pixels.

    Args:
        path: A file of unknown content.
        require_size: Called with width and height before it is decoded; raises where they are not as expected.

    Raises:
        UndecodableError: It cannot be decoded within the limits.
        MediaError: It does not exist, or no child process could be started.
    """
    with _open_answer("picture check", path, PICTURE_LIMITS) as answer:
        require_size(*answer.read_size(MAX_PIXELS))
        answer.require_end()


def read_container_tags(path: Path) -> dict[str, str]:
    """Return the texts that a film or sound file carries, as `container_tags.read_tags` does, read in a child process.

    Raises:
        UndecodableError: It cannot be opened, is not a film or sound file, or takes too much to read.
        MediaError: It does not exist, or no child process could be started.
    """
    with _open_answer("tags", path, PROBE_LIMITS) as answer:
        data = bytearray(answer.read_length(decoder_child.MAX_TAGS_BYTES))
        answer.read_data(memoryview(data))
        answer.require_end()
    return {str(name): str(text) for name, text in json.loads(data).items()}


def probe_external_video(path: Path, limits: DecodingLimits = PROBE_LIMITS) -> VideoFacts:
    """Return the streams of a video file as `frames.probe` does, read in a child process.

    Raises:
        UndecodableError: It is not a video, is damaged, or takes too much to read.
        MediaError: No child process could be started.
    """
    with _open_answer("video facts", path, limits) as answer:
        facts = answer.read_header_as(_VIDEO_FACTS)
        answer.require_end()
    return facts


def external_frames(path: Path, limits: DecodingLimits = VIDEO_LIMITS) -> Iterator[Picture]:
    """Yield the frames of a video file as RGB, rounded exactly, decoded in a child process one after another.

    Raises:
        UndecodableError: While iterating: the file is damaged or cut short, or takes too much to decode.
        MediaError: No child process could be started.
    """
    with _open_answer("video", path, limits) as answer:
        width_px, height_px = answer.read_size(MAX_FRAME_PIXELS)
        while True:
            frame = np.empty((height_px, width_px, 3), np.uint8)
            if not answer.read_data_or_end(frame.data.cast("B")):
                return
            yield frame


def read_external_sound(path: Path, limit_s: float, limits: DecodingLimits = SOUND_LIMITS) -> ExternalSound:
    """Return a sound that another program made, at its own rate; its kind is told by its bytes, not by its name.

    A WAV that was written to a pipe, so that its header has no length, is read to the end of the file.

    Args:
        path: A file of ours, of unknown content; the header of such a WAV is repaired in it.
        limit_s: A longer sound is refused.
        limits: What decoding may take.

    Raises:
        UndecodableError: Its kind is not supported, it cannot be read to its end, or takes too much to decode.
        MediaError: It does not exist, or no child process could be started.
    """
    container_format = detect_container(path)
    if container_format == "wav":
        repair_wav_header(path)
    options = {"container_format": container_format, "limit_s": limit_s}
    with _open_answer("sound", path, limits, options) as answer:
        header = answer.read_header()
        rate_hz, channels, length_samples = (
            int(header[name]) for name in ("sample_rate_hz", "channels", "length_samples")
        )
        if channels not in (1, 2) or not 0 < length_samples <= limit_s * rate_hz + 1:
            raise UndecodableError(f"{path} was decoded as {channels} channels of {length_samples} samples")
        samples = np.empty((length_samples, channels), np.float32)
        answer.read_data(samples.data.cast("B"))
        answer.require_end()
    return ExternalSound(samples, rate_hz, container_format)


class _DecoderProcess:
    """One child process; used by one thread at a time."""

    def __init__(self, memory_bytes: int) -> None:
        command = [sys.executable, "-I", "-c", _BOOTSTRAP, str(_PACKAGE_FOLDER), str(memory_bytes)]
        try:
            # No environment: whatever a file makes of a decoder, it finds no token and no password in it.
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env={"OPENBLAS_NUM_THREADS": "1"}
            )
        except OSError as error:
            raise MediaError(f"cannot start {sys.executable} to decode a file: {error.strerror}") from error
        self.owner_pid = os.getpid()
        self.memory_bytes = memory_bytes
        self.files = 0

    @property
    def is_usable(self) -> bool:
        """Whether the next file may be given to it."""
        return self.owner_pid == os.getpid() and self.files < _MAX_FILES_PER_CHILD and self.process.poll() is None

    def kill(self) -> None:
        """End the child at once."""
        if self.owner_pid != os.getpid():
            return
        self.process.kill()
        self.process.communicate()


class _Answer:
    """What a child sends about one file, read record by record."""

    def __init__(self, child: _DecoderProcess, path: Path, limits: DecodingLimits) -> None:
        assert child.process.stdout is not None  # noqa: S101 - a pipe was asked for
        self._child = child
        self._path = path
        self._limits = limits
        self._pipe: IO[bytes] = child.process.stdout
        self._poll = select.poll()
        self._poll.register(self._pipe, select.POLLIN | select.POLLHUP)
        self.is_complete = False  # whether the child waits for the next request

    def read_header(self) -> Mapping[str, Any]:
        header: Mapping[str, Any] = json.loads(self._read_header_bytes())
        return header

    def read_header_as(self, adapter: TypeAdapter[VideoFacts]) -> VideoFacts:
        try:
            return adapter.validate_json(self._read_header_bytes())
        except ValidationError as error:
            raise UndecodableError(f"{self._path} has streams that make no sense: {error}") from error

    def read_size(self, max_pixels: int) -> tuple[int, int]:
        header = self.read_header()
        width_px, height_px = int(header["width_px"]), int(header["height_px"])
        if width_px < 1 or height_px < 1 or width_px * height_px > max_pixels:
            raise UndecodableError(f"{self._path} was decoded as {width_px}x{height_px} px")
        return width_px, height_px

    def read_length(self, most_bytes: int) -> int:
        size_bytes = int(self.read_header()["size_bytes"])
        if not 0 < size_bytes <= most_bytes:
            raise self._protocol_error()
        return size_bytes

    def read_data(self, target: memoryview) -> None:
        """Fill a buffer from one or more records."""
        while target:
            tag, size_bytes = self._read_head()
            if tag != decoder_child.DATA or not 0 < size_bytes <= len(target):
                raise self._protocol_error()
            self._read_into(target[:size_bytes])
            target = target[size_bytes:]

    def read_data_or_end(self, target: memoryview) -> bool:
        """Fill a buffer from one record, or return False at the end."""
        tag, size_bytes = self._read_head()
        if tag == decoder_child.END:
            self.is_complete = True
            return False
        if tag != decoder_child.DATA or size_bytes != len(target):
            raise self._protocol_error()
        self._read_into(target)
        return True

    def require_end(self) -> None:
        if self._read_head()[0] != decoder_child.END:
            raise self._protocol_error()
        self.is_complete = True

    def _read_header_bytes(self) -> bytes:
        tag, size_bytes = self._read_head()
        if tag != decoder_child.HEADER or size_bytes > decoder_child.MAX_HEADER_BYTES:
            raise self._protocol_error()
        return self._read_bytes(size_bytes)

    def _read_head(self) -> tuple[bytes, int]:
        """Return tag and length of the next record; raise what the child refused the file for."""
        head = self._read_bytes(_RECORD_HEAD_BYTES)
        tag, size_bytes = head[:1], int(struct.unpack(">Q", head[1:])[0])
        if tag == decoder_child.NO_MEMORY:
            raise UndecodableError(f"{self._path} cannot be decoded within {self._limits.memory_bytes >> 20:,} MB")
        if tag in (decoder_child.REFUSAL, decoder_child.CRASH) and size_bytes <= decoder_child.MAX_HEADER_BYTES:
            reason = self._read_bytes(size_bytes).decode("utf-8", "replace")
            if tag == decoder_child.CRASH:
                raise UndecodableError(f"{self._path} cannot be decoded: its decoder failed: {reason}")
            self.is_complete = True
            raise UndecodableError(reason)
        return tag, size_bytes

    def _read_bytes(self, size_bytes: int) -> bytes:
        data = bytearray(size_bytes)
        self._read_into(memoryview(data))
        return bytes(data)

    def _read_into(self, target: memoryview) -> None:
        while target:
            if not self._poll.poll(self._limits.stall_s * 1000):
                raise UndecodableError(f"{self._path} cannot be decoded: nothing came for {self._limits.stall_s:g} s")
            count = self._pipe.readinto(target)  # type: ignore[attr-defined]  # a raw FileIO, because of bufsize=0
            if not count:
                raise self._end_error()
            target = target[count:]

    def _end_error(self) -> MediaError:
        try:
            code = self._child.process.wait(_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return UndecodableError(f"{self._path} cannot be decoded: its decoder stopped answering")
        if code == -SIGXCPU:
            return UndecodableError(f"{self._path} cannot be decoded within {self._limits.cpu_s:g} s of processor time")
        if code == -SIGKILL:  # not by us: by a person, or by a system that is out of memory
            return MediaError(f"the decoder of {self._path} was killed. Free some memory, then run again")
        how = f"crashed with signal {-code}" if code < 0 else f"ended with code {code}"
        return UndecodableError(f"{self._path} cannot be decoded: its decoder {how}")

    def _protocol_error(self) -> MediaError:
        return UndecodableError(f"{self._path} cannot be decoded: its decoder sent something else than was asked for")


_idle_children: list[_DecoderProcess] = []
_idle_lock = threading.Lock()


@contextmanager
def _open_answer(
    kind: str, path: Path, limits: DecodingLimits, options: Mapping[str, Any] | None = None
) -> Iterator[_Answer]:
    """Have a child decode a file; the child is kept for the next one only if it answered or refused to the end."""
    if not path.is_file():
        raise MediaError(f"{path} is not a file; expected a picture, video or sound")
    child = _take_child(limits.memory_bytes)
    answer = _Answer(child, path, limits)
    request = {"kind": kind, "path": str(path.absolute()), "cpu_s": limits.cpu_s, **(options or {})}
    try:
        assert child.process.stdin is not None  # noqa: S101 - a pipe was asked for
        with suppress(BrokenPipeError):  # a child that died says why when its answer is read
            child.process.stdin.write(json.dumps(request).encode() + b"\n")
        yield answer
    finally:
        if answer.is_complete:
            _keep_child(child)
        else:
            child.kill()


def _take_child(memory_bytes: int) -> _DecoderProcess:
    with _idle_lock:
        for child in list(_idle_children):
            if child.memory_bytes == memory_bytes and child.is_usable:
                _idle_children.remove(child)
                return child
    return _DecoderProcess(memory_bytes)


def _keep_child(child: _DecoderProcess) -> None:
    child.files += 1
    with _idle_lock:
        children = [*_idle_children, child]
        usable = [one for one in children if one.is_usable][-_MAX_IDLE_CHILDREN:]
        _idle_children[:] = usable
    for one in children:
        if one not in usable:
            one.kill()


def stop_decoders() -> None:
    """End the idle children; the next file starts a new one."""
    with _idle_lock:
        children = list(_idle_children)
        _idle_children.clear()
    for child in children:
        child.kill()


atexit.register(stop_decoders)
