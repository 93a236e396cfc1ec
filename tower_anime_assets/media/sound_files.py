"""Sound files: any kind read into float32, ours written as 16-bit WAV, long ones in chunks. Nothing is judged here.

Full scale is 1.0. A file that cannot be read to its end is an error, never a shorter sound.
"""

from __future__ import annotations

import contextlib
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import av
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError, UndecodableError
from tower_anime_assets.media.files import open_atomically
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.quality.sound import Samples

MAX_FILE_BYTES = 2 << 30
MAX_DURATION_S = 4 * 3600.0
MAX_READ_BYTES = 1 << 30
"""Limits of what is read into memory: above any cue or mix of ours, below what would exhaust a machine."""

EXTERNAL_RATES_HZ = (8_000, 192_000)
"""Lowest and highest sample rate of sounds from services."""

_FULL_SCALE = 32768.0
_CHUNK_SAMPLES = 1 << 18
_HEADER_BYTES = 4096
_UNKNOWN_LENGTH_BYTES = 0x7FFF0000
"""Programs that write a WAV to a pipe put a length of at least this, or 0, in its header."""

_READ_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": "wav,w64,flac,ogg,mp3,aac,aiff,caf,au,mov,matroska,webm,avi,asf,mpegts",
}
"""Plain containers, read from the file itself: no playlist, which names other files or servers."""

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
"""Offset, bytes at that offset, and FFmpeg's demuxer for them; playlists, which name other files, are left out."""


def _read_error(path: Path, error: Exception) -> MediaError:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return MediaError(f"cannot read {path} as sound: {reason}. Make it again")


@contextlib.contextmanager
def _open_container(path: Path, container_format: str | None = None) -> Iterator[Any]:
    """Open a sound file; `container_format` is FFmpeg's demuxer, or None to detect it."""
    try:
        size_bytes = path.stat().st_size
        if size_bytes > MAX_FILE_BYTES:
            raise MediaError(f"{path} has {size_bytes} bytes; expected at most {MAX_FILE_BYTES}")
        with av.open(f"file:{path.absolute()}", format=container_format, options=_READ_OPTIONS) as container:
            if not container.streams.audio:
                raise MediaError(f"{path} has no audio stream; expected a sound file")
            yield container
    except (av.error.FFmpegError, OSError, ValueError, EOFError) as error:
        raise _read_error(path, error) from error


def _stated_duration_s(container: Any) -> float:
    stream = container.streams.audio[0]
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    return float(container.duration or 0) / 1e6


def read_sound(
    path: Path,
    sample_rate_hz: int = SAMPLE_RATE_HZ,
    channels: int | None = None,
    max_duration_s: float = MAX_DURATION_S,
) -> Samples:
    """Return a whole sound file, resampled if necessary, as (samples, channels) float32.

    Args:
        path: A sound file of any kind that FFmpeg reads.
        sample_rate_hz: Rate of the result.
        channels: 1 or 2; None keeps mono and makes anything else stereo.
        max_duration_s: A longer file is refused.

    Raises:
        MediaError: It cannot be read to its end, has no audio stream, or is too large or too long.
    """
    with _open_container(path) as container:
        return _decode(path, container, sample_rate_hz, channels or _mono_or_stereo(container), max_duration_s)


def _mono_or_stereo(container: Any) -> int:
    return 1 if container.streams.audio[0].codec_context.channels == 1 else 2


def _decode(path: Path, container: Any, rate_hz: int, channels: int, limit_s: float) -> Samples:
    return np.concatenate(list(_chunks(path, container, rate_hz, channels, limit_s)))


def _chunks(path: Path, container: Any, rate_hz: int, channels: int, limit_s: float) -> Iterator[Samples]:
    """Yield a sound piece by piece; raise at its end if it is shorter than stated, or empty."""
    limit_s = min(limit_s, MAX_READ_BYTES / (rate_hz * channels * 4))
    stated_s = _stated_duration_s(container)
    _check_duration(path, stated_s, limit_s)
    resampler = av.AudioResampler(format="flt", layout="mono" if channels == 1 else "stereo", rate=rate_hz)
    decoded_samples = 0
    for packet in container.demux(audio=0):
        if packet.is_corrupt:
            raise MediaError(f"{path} is damaged after {decoded_samples / rate_hz:.2f} s. Make it again")
        for frame in packet.decode():
            for part in resampler.resample(frame):
                chunk = _as_columns(part, channels)
                decoded_samples += len(chunk)
                _check_duration(path, decoded_samples / rate_hz, limit_s)
                yield chunk
    for part in resampler.resample(None):
        chunk = _as_columns(part, channels)
        decoded_samples += len(chunk)
        yield chunk
    if decoded_samples / rate_hz < stated_s - 0.1 or not decoded_samples:
        raise MediaError(
            f"{path} is cut short: {decoded_samples / rate_hz:.2f} s of {stated_s:.2f} s were found. Make it again"
        )


def _as_columns(frame: av.AudioFrame, channels: int) -> Samples:
    return np.asarray(frame.to_ndarray(), np.float32).reshape(-1, channels)


def _check_duration(path: Path, duration_s: float, limit_s: float) -> None:
    if duration_s > limit_s:
        raise MediaError(f"{path} is {duration_s:.1f} s long; expected at most {limit_s:.1f} s")


def find_external_layout(path: Path, container_format: str) -> tuple[int, int]:
    """Return the sample rate of a sound that another program made, and the channels it is read with, 1 or 2.

    Raises:
        MediaError: It cannot be opened, or its rate is out of range.
    """
    with _open_container(path, container_format) as container:
        rate_hz = int(container.streams.audio[0].codec_context.sample_rate or 0)
        channels = _mono_or_stereo(container)
    low_hz, high_hz = EXTERNAL_RATES_HZ
    if not low_hz <= rate_hz <= high_hz:
        raise MediaError(f"{path} has a sample rate of {rate_hz} Hz; expected {low_hz} to {high_hz} Hz")
    return rate_hz, channels


def decoded_chunks(path: Path, container_format: str, rate_hz: int, channels: int, limit_s: float) -> Iterator[Samples]:
    """Yield a sound piece by piece, (samples, channels) float32.

    Args:
        path: The file.
        container_format: FFmpeg's demuxer; see `detect_container`.
        rate_hz: Rate of the result.
        channels: 1 or 2.
        limit_s: A longer sound is refused.

    Raises:
        MediaError: While iterating: it cannot be read to its end, or is too long.
    """
    with _open_container(path, container_format) as container:
        yield from _chunks(path, container, rate_hz, channels, limit_s)


def find_length_s(path: Path) -> float:
    """Return the length that a sound file states, s; its kind is told by its bytes.

    Raises:
        MediaError: Its kind is not supported, its header cannot be read, or it is empty.
    """
    with _open_container(path, detect_container(path)) as container:
        length_s = _stated_duration_s(container)
    if length_s <= 0:
        raise MediaError(f"{path} states no length; expected a sound")
    return length_s


def detect_container(path: Path) -> str:
    """Return FFmpeg's demuxer for a sound file, told by its first bytes.

    Raises:
        UndecodableError: It is of no kind that is supported.
        MediaError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except OSError as error:
        raise _read_error(path, error) from error
    for offset, signature, container_format in _SIGNATURES:
        if header[offset : offset + len(signature)] == signature:
            return container_format
    if len(header) > 1 and header[0] == 0xFF and header[1] & 0xE0 == 0xE0:  # the sync word of MPEG audio
        return "aac" if header[1] & 0x06 == 0 else "mp3"
    raise UndecodableError(
        f"{path} starts with {header[:4].hex(' ') or 'no bytes'}, which is not a known sound format; expected WAV, "
        "FLAC, Ogg, MP3, MP4, AAC, WebM or AIFF"
    )


def repair_wav_header(path: Path) -> None:
    """Put the true length in the header of a WAV that was written to a pipe."""
    size_bytes = path.stat().st_size
    with path.open("r+b") as file:
        offset = 12
        while offset + 8 <= min(size_bytes, _HEADER_BYTES):
            file.seek(offset)
            chunk_id, chunk_bytes = file.read(4), int.from_bytes(file.read(4), "little")
            if chunk_id == b"data":
                data_bytes = size_bytes - offset - 8
                if chunk_bytes >= _UNKNOWN_LENGTH_BYTES > data_bytes or (chunk_bytes == 0 and data_bytes):
                    file.seek(offset + 4)
                    file.write(data_bytes.to_bytes(4, "little"))
                    file.seek(4)
                    file.write((size_bytes - 8).to_bytes(4, "little"))
                return
            offset += 8 + chunk_bytes + chunk_bytes % 2


def quantise_16_bit(samples: Samples, dither: np.random.Generator) -> NDArray[np.int16]:
    """Return samples as 16-bit integers, with triangular dither of two steps; values beyond full scale clip.

    Digital silence stays silent: samples that are exactly zero get no dither.
    """
    noise = dither.random(samples.shape, np.float32)
    noise -= dither.random(samples.shape, np.float32)
    noise *= samples != 0
    return cast(NDArray[np.int16], np.clip(np.rint(samples * _FULL_SCALE + noise), -32768, 32767).astype("<i2"))


class WaveWriter:
    """A 16-bit WAV being written in chunks; the same samples give the same bytes, however they are chunked."""

    def __init__(self, file: BinaryIO, sample_rate_hz: int, channels: int) -> None:
        self._wave = wave.open(file, "wb")  # noqa: SIM115 - closed by `close` or `discard`
        self._wave.setnchannels(channels)
        self._wave.setsampwidth(2)
        self._wave.setframerate(sample_rate_hz)
        self._channels = channels
        self._noise = np.random.default_rng(0)
        self._pending = np.zeros((0, channels), np.float32)

    def write(self, samples: Samples) -> None:
        """Append (samples, channels) float32; finite, full scale 1.0."""
        self._pending = np.concatenate([self._pending, samples.reshape(-1, self._channels)])
        while len(self._pending) >= _CHUNK_SAMPLES:
            self._write_chunk(self._pending[:_CHUNK_SAMPLES])
            self._pending = self._pending[_CHUNK_SAMPLES:]

    def _write_chunk(self, chunk: Samples) -> None:
        if not np.isfinite(chunk).all():
            raise MediaError("the sound has samples that are not finite; it was not written")
        self._wave.writeframesraw(quantise_16_bit(chunk, self._noise).tobytes())

    def close(self) -> None:
        """Write the last samples and the header."""
        self._write_chunk(self._pending)
        self._pending = self._pending[:0]
        self._wave.close()

    def discard(self) -> None:
        """Close a file that is about to be removed; a full disk must not hide the error that led here."""
        with contextlib.suppress(OSError):
            self._wave.close()


@contextlib.contextmanager
def open_wav_writer(path: Path, sample_rate_hz: int = SAMPLE_RATE_HZ, channels: int = 2) -> Iterator[WaveWriter]:
    """Write a WAV in chunks; the file appears complete when the block ends, or not at all.

    Raises:
        MediaError: It cannot be written, or a sample is not finite.
    """
    with open_atomically(path) as file:
        writer = WaveWriter(file, sample_rate_hz, channels)
        try:
            yield writer
            writer.close()
        except BaseException:
            writer.discard()
            raise


def write_wav(path: Path, samples: Samples, sample_rate_hz: int = SAMPLE_RATE_HZ) -> None:
    """Write samples, (samples, channels) or (samples,), as a 16-bit WAV with deterministic dither.

    Raises:
        MediaError: It cannot be written, or a sample is not finite.
    """
    columns = samples[:, None] if samples.ndim == 1 else samples
    with open_wav_writer(path, sample_rate_hz, columns.shape[1]) as file:
        file.write(columns)


@dataclass(frozen=True)
class MezzanineSound:
    """A sound file in the mezzanine format, any range of which can be read without the rest."""

    path: Path
    length_samples: int
    channels: int

    def read(self, start_sample: int, count_samples: int) -> Samples:
        """Return a range of samples, (samples, channels); fewer where the file ends.

        Raises:
            MediaError: The file is missing, or shorter than its header says.
        """
        start_sample, end_sample = max(0, start_sample), min(self.length_samples, start_sample + count_samples)
        if end_sample <= start_sample:
            return np.zeros((0, self.channels), np.float32)
        try:
            with wave.open(str(self.path), "rb") as file:
                file.setpos(start_sample)
                data = file.readframes(end_sample - start_sample)
        except (OSError, wave.Error, EOFError) as error:
            raise _read_error(self.path, error) from error
        if len(data) != (end_sample - start_sample) * self.channels * 2:
            raise MediaError(f"{self.path} is shorter than its header says. Make it again")
        steps = np.frombuffer(data, "<i2").reshape(-1, self.channels)
        return steps.astype(np.float32) / np.float32(_FULL_SCALE)


def open_mezzanine_sound(path: Path) -> MezzanineSound:
    """Open a sound file in the mezzanine format; only its header is read.

    Raises:
        MediaError: It is not a 16-bit PCM WAV at 48 kHz with one or two channels.
    """
    try:
        with wave.open(str(path), "rb") as file:
            header = (file.getsampwidth() * 8, file.getframerate(), file.getnchannels(), file.getnframes())
    except (OSError, wave.Error, EOFError) as error:
        raise _read_error(path, error) from error
    bits, rate_hz, channels, length_samples = header
    if bits != 16 or rate_hz != SAMPLE_RATE_HZ or channels not in (1, 2):
        raise MediaError(
            f"{path} is {bits} bit, {rate_hz} Hz, {channels} channels; expected 16 bit, {SAMPLE_RATE_HZ} Hz, 1 or 2. "
            "Make it again"
        )
    return MezzanineSound(path, length_samples, channels)
