"""Sound files: any of them read into float32, ours written as 16-bit WAV, long ones in pieces. Nothing is judged here.

Full scale is 1.0. What cannot be read whole is an error: a damaged file is never a shorter one.
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

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.files import open_atomically
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ

Samples = NDArray[np.float32]

MAX_FILE_BYTES = 2 << 30
MAX_DURATION_S = 4 * 3600.0
MAX_READ_BYTES = 1 << 30
"""Limits of what is read into memory: more than any cue or mix of ours, less than what would take a machine down."""

EXTERNAL_RATES_HZ = (8_000, 192_000)
"""Sample rates that are taken from outside."""

_FULL_SCALE = 32768.0
_CHUNK_SAMPLES = 1 << 18
_HEADER_BYTES = 4096
_UNKNOWN_LENGTH_BYTES = 0x7FFF0000
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


def _read_error(path: Path, error: Exception) -> MediaError:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return MediaError(f"cannot read {path} as sound: {reason}. Make it again, or give an undamaged sound file")


@contextlib.contextmanager
def _open_container(path: Path, container_format: str | None = None) -> Iterator[Any]:
    """Give an open container; `kind` names its demuxer, None has FFmpeg find one."""
    try:
        size_bytes = path.stat().st_size
        if size_bytes > MAX_FILE_BYTES:
            raise MediaError(f"{path} has {size_bytes} bytes; a sound file may have at most {MAX_FILE_BYTES}")
        with av.open(
            f"file:{path.absolute()}", format=container_format, options={"protocol_whitelist": "file"}
        ) as container:
            if not container.streams.audio:
                raise MediaError(f"{path} holds no sound; expected a file with an audio stream")
            yield container
    except (av.error.FFmpegError, OSError, ValueError, EOFError) as error:
        raise _read_error(path, error) from error


def _stated_duration_s(container: Any) -> float:
    stream = container.streams.audio[0]
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    return float(container.duration or 0) / 1e6


def duration_s(path: Path) -> float:
    """Return how long a sound file says it plays, seconds; nothing is decoded.

    Raises:
        MediaError: It cannot be read, holds no sound, or does not say.
    """
    with _open_container(path) as container:
        stated_s = _stated_duration_s(container)
    if stated_s <= 0:
        raise MediaError(f"{path} does not say how long it plays; expected a finished file. Make it again")
    return stated_s


def read_sound(path: Path, sample_rate_hz: int = SAMPLE_RATE_HZ, channels: int | None = None) -> Samples:
    """Return a whole sound file, resampled once, as (samples, channels) float32.

    Args:
        path: A sound file of any kind that FFmpeg reads.
        sample_rate_hz: Rate wanted; the file's own is converted.
        channels: 1 or 2 to convert; None keeps one channel as one and makes anything else stereo.

    Raises:
        MediaError: It cannot be read whole, holds no sound, or is over the limits of size and length.
    """
    with _open_container(path) as container:
        stream = container.streams.audio[0]
        out_channels = channels or (1 if stream.codec_context.channels == 1 else 2)
        stated_s = _stated_duration_s(container)
        _check_length(path, stated_s, sample_rate_hz, out_channels)
        chunks = list(_decode_chunks(path, container, sample_rate_hz, out_channels))
    samples = np.concatenate(chunks) if chunks else np.zeros((0, out_channels), np.float32)
    if len(samples) / sample_rate_hz < stated_s - 0.1 or not len(samples):
        raise MediaError(
            f"{path} says {stated_s:.2f} s and holds {len(samples) / sample_rate_hz:.2f} s: it is cut short. Make it again"
        )
    return samples


def _check_length(path: Path, length_s: float, rate_hz: int, channels: int) -> None:
    if length_s > MAX_DURATION_S or length_s * rate_hz * channels * 4 > MAX_READ_BYTES:
        raise MediaError(f"{path} plays {length_s:.0f} s, too long to read at once; give a shorter file")


def _decode_chunks(path: Path, container: Any, rate_hz: int, channels: int) -> Iterator[Samples]:
    resampler = av.AudioResampler(format="flt", layout="mono" if channels == 1 else "stereo", rate=rate_hz)
    decoded_samples = 0
    for packet in container.demux(audio=0):
        if packet.is_corrupt:
            raise MediaError(f"{path} is damaged after {decoded_samples / rate_hz:.2f} s. Make it again")
        for frame in packet.decode():
            for resampled in resampler.resample(frame):
                decoded_samples += resampled.samples
                _check_length(path, decoded_samples / rate_hz, rate_hz, channels)
                yield cast(Samples, resampled.to_ndarray().reshape(-1, channels))
    for resampled in resampler.resample(None):
        yield cast(Samples, resampled.to_ndarray().reshape(-1, channels))


@dataclass(frozen=True)
class ExternalSound:
    """A sound from outside, as it came.

    Attributes:
        samples: (samples, channels) float32 with one or two channels, at its own rate; full scale 1.0.
        kind: FFmpeg's name for its container, such as `wav`.
    """

    samples: Samples
    sample_rate_hz: int
    container_format: str


def read_external_sound(path: Path, limit_s: float) -> ExternalSound:
    """Return a sound that somebody else made, at its own rate; its bytes tell what it is, never its name.

    A WAV that was written into a pipe, whose header knows no length, plays to the file's end.

    Args:
        path: A file of ours that may hold anything; the header of such a WAV is put right in it.
        limit_s: A longer sound is refused.

    Raises:
        MediaError: It is none of the kinds that are taken, or cannot be read whole.
    """
    container_format = _detect_container(path)
    if container_format == "wav":
        _repair_wav_header(path)
    with _open_container(path, container_format) as container:
        stream = container.streams.audio[0]
        rate_hz, stated_s = int(stream.codec_context.sample_rate or 0), _stated_duration_s(container)
        channels = 1 if stream.codec_context.channels == 1 else 2
        low, high = EXTERNAL_RATES_HZ
        if not low <= rate_hz <= high or stated_s > limit_s:
            raise MediaError(
                f"a sound of {stated_s:.1f} s at {rate_hz} Hz; expected at most {limit_s:.1f} s at {low} to {high} Hz"
            )
        chunks, decoded_samples = [], 0
        for chunk in _decode_chunks(path, container, rate_hz, channels):
            chunks.append(chunk)
            decoded_samples += len(chunk)
            if decoded_samples > limit_s * rate_hz:
                raise MediaError(f"a sound of more than {limit_s:.1f} s; expected at most that")
    if not decoded_samples or decoded_samples / rate_hz < stated_s - 0.1:
        raise MediaError(
            f"a sound that says {stated_s:.2f} s and holds {decoded_samples / rate_hz:.2f} s: it is cut short"
        )
    samples = np.concatenate(chunks)
    if not np.isfinite(samples).all():
        raise MediaError("a sound with values that are no numbers")
    return ExternalSound(samples, rate_hz, container_format)


def _detect_container(path: Path) -> str:
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
    raise MediaError(
        f"{len(header)} bytes or more that begin {header[:4].hex(' ') or 'nowhere'}; expected WAV, FLAC, Ogg, MP3, "
        "MP4, AAC, WebM or AIFF"
    )


def _repair_wav_header(path: Path) -> None:
    """Put the true length into the header of a WAV that was written into a pipe."""
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
    """Return samples as 16-bit steps, rounded after triangular dither of two steps; beyond full scale they clip.

    Digital silence stays silent: what is exactly zero gets no dither.
    """
    noise = dither.random(samples.shape, np.float32)
    noise -= dither.random(samples.shape, np.float32)
    noise *= samples != 0
    return cast(NDArray[np.int16], np.clip(np.rint(samples * _FULL_SCALE + noise), -32768, 32767).astype("<i2"))


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
        while len(self._waiting) >= _CHUNK_SAMPLES:
            self._write_chunk(self._waiting[:_CHUNK_SAMPLES])
            self._waiting = self._waiting[_CHUNK_SAMPLES:]

    def _write_chunk(self, chunk: Samples) -> None:
        if not np.isfinite(chunk).all():
            raise MediaError("the sound holds a value that is no number; it was not written")
        self._wave.writeframesraw(quantise_16_bit(chunk, self._noise).tobytes())

    def close(self) -> None:
        """Write what is waiting and the header."""
        self._write_chunk(self._waiting)
        self._waiting = self._waiting[:0]
        self._wave.close()

    def discard(self) -> None:
        """Let go of the file, which is about to be removed; a full disk must not hide why."""
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
        MediaError: It cannot be written, or a sample is no number.
    """
    columns = samples[:, None] if samples.ndim == 1 else samples
    with open_wav_writer(path, sample_rate_hz, columns.shape[1]) as file:
        file.write(columns)


@dataclass(frozen=True)
class MezzanineSound:
    """A sound file in the house encoding, of which any stretch can be read without the rest.

    Attributes:
        samples: Its length.
        channels: 1 or 2.
    """

    path: Path
    length_samples: int
    channels: int

    def read(self, start_sample: int, count_samples: int) -> Samples:
        """Return samples [start, start + count) as (samples, channels); fewer where the file ends.

        Raises:
            MediaError: The file is gone, or shorter than its header says.
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
            raise MediaError(f"{self.path} ends before its header says. Make it again")
        steps = np.frombuffer(data, "<i2").reshape(-1, self.channels)
        return steps.astype(np.float32) / np.float32(_FULL_SCALE)


def open_mezzanine_sound(path: Path) -> MezzanineSound:
    """Return a file in the house encoding, its header read.

    Raises:
        MediaError: It is no 16-bit PCM WAV at 48 kHz with one or two channels.
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
            "Write it in the house encoding first"
        )
    return MezzanineSound(path, length_samples, channels)
