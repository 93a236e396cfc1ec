"""Sound files: any of them read into float32, ours written as 16-bit WAV, long ones in pieces. Nothing is judged here.

Full scale is 1.0. What cannot be read whole is an error: a damaged file is never a shorter one.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import av
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ

Samples = NDArray[np.float32]

MAX_FILE_BYTES = 2 << 30
MAX_DURATION_S = 4 * 3600.0
MAX_READ_BYTES = 1 << 30
"""Limits of what is read into memory: more than any cue or mix of ours, less than what would take a machine down."""

FOREIGN_RATES_HZ = (8_000, 192_000)
"""Sample rates that are taken from outside."""

_STEP = 32768.0
_PIECE = 1 << 18
_HEAD_BYTES = 4096
_WAVE_OF_UNKNOWN_LENGTH = 0x7FFF0000
"""Programs that write a WAV into a pipe put a length at or above this, or 0, into its header."""

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (8, b"WAVE", "wav"),
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (0, b"ID3", "mp3"),
    (4, b"ftyp", "mov"),
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (8, b"AIFF", "aiff"),
    (8, b"AIFC", "aiff"),
)
"""Offset, bytes that stand there, and FFmpeg's demuxer for them. Playlists, which name other files, are not here."""


def _trouble(path: Path, error: Exception) -> MediaError:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return MediaError(f"cannot read {path} as sound: {reason}. Make it again, or give an undamaged sound file")


@contextlib.contextmanager
def _opened(path: Path, kind: str | None = None) -> Iterator[Any]:
    """Give an open container; `kind` names its demuxer, None has FFmpeg find one."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise MediaError(f"{path} has {size} bytes; a sound file may have at most {MAX_FILE_BYTES}")
        with av.open(f"file:{path.absolute()}", format=kind, options={"protocol_whitelist": "file"}) as container:
            if not container.streams.audio:
                raise MediaError(f"{path} holds no sound; expected a file with an audio stream")
            yield container
    except (av.error.FFmpegError, OSError, ValueError, EOFError) as error:
        raise _trouble(path, error) from error


def _stated_s(container: Any) -> float:
    stream = container.streams.audio[0]
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    return float(container.duration or 0) / 1e6


def duration_s(path: Path) -> float:
    """Return how long a sound file says it plays, seconds; nothing is decoded.

    Raises:
        MediaError: It cannot be read, holds no sound, or does not say.
    """
    with _opened(path) as container:
        stated = _stated_s(container)
    if stated <= 0:
        raise MediaError(f"{path} does not say how long it plays; expected a finished file. Make it again")
    return stated


def read_sound(path: Path, sample_rate_hz: int = SAMPLE_RATE_HZ, channels: int | None = None) -> Samples:
    """Return a whole sound file, resampled once, as (samples, channels) float32.

    Args:
        path: A sound file of any kind that FFmpeg reads.
        sample_rate_hz: Rate wanted; the file's own is converted.
        channels: 1 or 2 to convert; None keeps one channel as one and makes anything else stereo.

    Raises:
        MediaError: It cannot be read whole, holds no sound, or is over the limits of size and length.
    """
    with _opened(path) as container:
        stream = container.streams.audio[0]
        wanted = channels or (1 if stream.codec_context.channels == 1 else 2)
        stated = _stated_s(container)
        _check_length(path, stated, sample_rate_hz, wanted)
        pieces = list(_decoded(path, container, sample_rate_hz, wanted))
    made = np.concatenate(pieces) if pieces else np.zeros((0, wanted), np.float32)
    if len(made) / sample_rate_hz < stated - 0.1 or not len(made):
        raise MediaError(
            f"{path} says {stated:.2f} s and holds {len(made) / sample_rate_hz:.2f} s: it is cut short. Make it again"
        )
    return made


def _check_length(path: Path, length_s: float, rate_hz: int, channels: int) -> None:
    if length_s > MAX_DURATION_S or length_s * rate_hz * channels * 4 > MAX_READ_BYTES:
        raise MediaError(f"{path} plays {length_s:.0f} s, too long to read at once; give a shorter file")


def _decoded(path: Path, container: Any, rate_hz: int, channels: int) -> Iterator[Samples]:
    resampler = av.AudioResampler(format="flt", layout="mono" if channels == 1 else "stereo", rate=rate_hz)
    done = 0
    for packet in container.demux(audio=0):
        if packet.is_corrupt:
            raise MediaError(f"{path} is damaged after {done / rate_hz:.2f} s. Make it again")
        for frame in packet.decode():
            for made in resampler.resample(frame):
                done += made.samples
                _check_length(path, done / rate_hz, rate_hz, channels)
                yield cast(Samples, made.to_ndarray().reshape(-1, channels))
    for made in resampler.resample(None):
        yield cast(Samples, made.to_ndarray().reshape(-1, channels))


@dataclass(frozen=True)
class ForeignSound:
    """A sound from outside, as it came.

    Attributes:
        samples: (samples, channels) float32 with one or two channels, at its own rate; full scale 1.0.
        kind: FFmpeg's name for its container, such as `wav`.
    """

    samples: Samples
    sample_rate_hz: int
    kind: str


def read_foreign_sound(path: Path, limit_s: float) -> ForeignSound:
    """Return a sound that somebody else made, at its own rate; its bytes tell what it is, never its name.

    A WAV that was written into a pipe, whose header knows no length, plays to the file's end.

    Args:
        path: A file of ours that may hold anything; the header of such a WAV is put right in it.
        limit_s: A longer sound is refused.

    Raises:
        MediaError: It is none of the kinds that are taken, or cannot be read whole.
    """
    kind = _kind_of(path)
    if kind == "wav":
        _close_wave(path)
    with _opened(path, kind) as container:
        stream = container.streams.audio[0]
        rate_hz, stated = int(stream.codec_context.sample_rate or 0), _stated_s(container)
        channels = 1 if stream.codec_context.channels == 1 else 2
        low, high = FOREIGN_RATES_HZ
        if not low <= rate_hz <= high or stated > limit_s:
            raise MediaError(
                f"a sound of {stated:.1f} s at {rate_hz} Hz; expected at most {limit_s:.1f} s at {low} to {high} Hz"
            )
        pieces, got = [], 0
        for piece in _decoded(path, container, rate_hz, channels):
            pieces.append(piece)
            got += len(piece)
            if got > limit_s * rate_hz:
                raise MediaError(f"a sound of more than {limit_s:.1f} s; expected at most that")
    if not got or got / rate_hz < stated - 0.1:
        raise MediaError(f"a sound that says {stated:.2f} s and holds {got / rate_hz:.2f} s: it is cut short")
    samples = np.concatenate(pieces)
    if not np.isfinite(samples).all():
        raise MediaError("a sound with values that are no numbers")
    return ForeignSound(samples, rate_hz, kind)


def _kind_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise _trouble(path, error) from error
    for offset, sign, kind in _SIGNATURES:
        if head[offset : offset + len(sign)] == sign:
            return kind
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:  # the sync word of MPEG audio
        return "aac" if head[1] & 0x06 == 0 else "mp3"
    raise MediaError(
        f"{len(head)} bytes or more that begin {head[:4].hex(' ') or 'nowhere'}; expected WAV, FLAC, Ogg, MP3, "
        "MP4, AAC, WebM or AIFF"
    )


def _close_wave(path: Path) -> None:
    """Put the true length into the header of a WAV that was written into a pipe."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        at = 12
        while at + 8 <= min(size, _HEAD_BYTES):
            file.seek(at)
            name, length = file.read(4), int.from_bytes(file.read(4), "little")
            if name == b"data":
                rest = size - at - 8
                if length >= _WAVE_OF_UNKNOWN_LENGTH > rest or (length == 0 and rest):
                    file.seek(at + 4)
                    file.write(rest.to_bytes(4, "little"))
                    file.seek(4)
                    file.write((size - 8).to_bytes(4, "little"))
                return
            at += 8 + length + length % 2


def quantised(samples: Samples, dither: np.random.Generator) -> NDArray[np.int16]:
    """Return samples as 16-bit steps, rounded after triangular dither of two steps; beyond full scale they clip.

    Digital silence stays silent: what is exactly zero gets no dither.
    """
    noise = dither.random(samples.shape, np.float32)
    noise -= dither.random(samples.shape, np.float32)
    noise *= samples != 0
    return cast(NDArray[np.int16], np.clip(np.rint(samples * _STEP + noise), -32768, 32767).astype("<i2"))


class WaveWriter:
    """Takes a 16-bit WAV piece by piece; the same samples give the same bytes, however they are cut into pieces."""

    def __init__(self, file: BinaryIO, sample_rate_hz: int, channels: int) -> None:
        self._wave = wave.open(file, "wb")  # noqa: SIM115 - closed by `close`, which `writing` always calls
        self._wave.setnchannels(channels)
        self._wave.setsampwidth(2)
        self._wave.setframerate(sample_rate_hz)
        self._channels = channels
        self._noise = np.random.default_rng(0)
        self._waiting = np.zeros((0, channels), np.float32)

    def write(self, samples: Samples) -> None:
        """Append (samples, channels) float32; finite, full scale 1.0."""
        self._waiting = np.concatenate([self._waiting, samples.reshape(-1, self._channels)])
        while len(self._waiting) >= _PIECE:
            self._put(self._waiting[:_PIECE])
            self._waiting = self._waiting[_PIECE:]

    def _put(self, piece: Samples) -> None:
        if not np.isfinite(piece).all():
            raise MediaError("the sound holds a value that is no number; it was not written")
        self._wave.writeframesraw(quantised(piece, self._noise).tobytes())

    def close(self) -> None:
        """Write what is waiting and the header."""
        self._put(self._waiting)
        self._waiting = self._waiting[:0]
        self._wave.close()

    def abandon(self) -> None:
        """Let go of the file, which is about to be removed; a full disk must not hide why."""
        with contextlib.suppress(OSError):
            self._wave.close()


@contextlib.contextmanager
def writing(path: Path, sample_rate_hz: int = SAMPLE_RATE_HZ, channels: int = 2) -> Iterator[WaveWriter]:
    """Write a WAV piece by piece; the file appears whole when the block ends, and not at all when it fails.

    Raises:
        MediaError: It cannot be written, or a sample is no number.
    """
    part: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        part = Path(name)
        with os.fdopen(handle, "wb") as file:
            writer = WaveWriter(file, sample_rate_hz, channels)
            try:
                yield writer
                writer.close()
            except BaseException:
                writer.abandon()
                raise
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(path)
    except OSError as error:
        raise MediaError(f"cannot write {path}: {error.strerror}. Free space or make the folder writable") from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def write_wav(path: Path, samples: Samples, sample_rate_hz: int = SAMPLE_RATE_HZ) -> None:
    """Write samples, (samples, channels) or (samples,), as a 16-bit WAV with deterministic dither.

    Raises:
        MediaError: It cannot be written, or a sample is no number.
    """
    columns = samples[:, None] if samples.ndim == 1 else samples
    with writing(path, sample_rate_hz, columns.shape[1]) as file:
        file.write(columns)


@dataclass(frozen=True)
class HouseSound:
    """A sound file in the house encoding, of which any stretch can be read without the rest.

    Attributes:
        samples: Its length.
        channels: 1 or 2.
    """

    path: Path
    samples: int
    channels: int

    def read(self, start: int, count: int) -> Samples:
        """Return samples [start, start + count) as (samples, channels); fewer where the file ends.

        Raises:
            MediaError: The file is gone, or shorter than its header says.
        """
        start, end = max(0, start), min(self.samples, start + count)
        if end <= start:
            return np.zeros((0, self.channels), np.float32)
        try:
            with wave.open(str(self.path), "rb") as file:
                file.setpos(start)
                data = file.readframes(end - start)
        except (OSError, wave.Error, EOFError) as error:
            raise _trouble(self.path, error) from error
        if len(data) != (end - start) * self.channels * 2:
            raise MediaError(f"{self.path} ends before its header says. Make it again")
        found = np.frombuffer(data, "<i2").reshape(-1, self.channels)
        return found.astype(np.float32) / np.float32(_STEP)


def open_house_sound(path: Path) -> HouseSound:
    """Return a file in the house encoding, its header read.

    Raises:
        MediaError: It is no 16-bit PCM WAV at 48 kHz with one or two channels.
    """
    try:
        with wave.open(str(path), "rb") as file:
            found = (file.getsampwidth() * 8, file.getframerate(), file.getnchannels(), file.getnframes())
    except (OSError, wave.Error, EOFError) as error:
        raise _trouble(path, error) from error
    bits, rate_hz, channels, samples = found
    if bits != 16 or rate_hz != SAMPLE_RATE_HZ or channels not in (1, 2):
        raise MediaError(
            f"{path} is {bits} bit, {rate_hz} Hz, {channels} channels; expected 16 bit, {SAMPLE_RATE_HZ} Hz, 1 or 2. "
            "Write it in the house encoding first"
        )
    return HouseSound(path, samples, channels)
