"""Small files made to exhaust a machine or to break a decoder."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import av
import numpy as np
from PIL import Image

from tower_anime_assets.media.clip_writer import ClipWriter

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width_px: int, height_px: int, *extra: bytes, bits: int = 1, colour: int = 0, pixels: bytes = b"") -> bytes:
    """Return a PNG of zeros; `pixels` is its compressed data, where not all rows are wanted."""
    header = struct.pack(">IIBBBBB", width_px, height_px, bits, colour, 0, 0, 0)
    row_bytes = 1 + -(-width_px * bits * {0: 1, 4: 2}[colour] // 8)
    body = pixels or zlib.compress(bytes(row_bytes * height_px))
    return b"".join(
        [PNG_SIGNATURE, png_chunk(b"IHDR", header), *extra, png_chunk(b"IDAT", body), png_chunk(b"IEND", b"")]
    )


def encoded_picture(kind: str) -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    Image.fromarray(noise).save(buffer, kind)
    return buffer.getvalue()


def animated_webp(frames: int) -> bytes:
    """Return a WebP whose second frame is repeated."""
    buffer = io.BytesIO()
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    first.save(buffer, "WEBP", save_all=True, append_images=[second], lossless=True)
    data = buffer.getvalue()
    at = data.rindex(b"ANMF")
    body = data[12:at] + data[at:] * (frames - 1)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def largest_webp() -> bytes:
    """Return a lossless WebP whose header states 16,384 px a side, with next to no data."""
    bits = (16_383 | 16_383 << 14).to_bytes(4, "little")
    body = b"VP8L" + struct.pack("<I", 64) + b"\x2f" + bits + bytes(59)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def write_clip(path: Path, frames: int = 13) -> bytes:
    with ClipWriter(path, 64, 48, 24) as clip:
        for index in range(frames):
            clip.write(np.full((48, 64, 3), 10 * index, np.uint8))
    return path.read_bytes()


def patched(data: bytes, box: bytes, offset: int, value: bytes) -> bytes:
    """Return an MP4 with bytes replaced at an offset after a box's name."""
    at = data.index(box) + 4 + offset
    return data[:at] + value + data[at + len(value) :]


def with_tracks(data: bytes, count: int) -> bytes:
    """Return an MP4 whose first track is listed many times; its index stands before or after its data."""
    moov, trak = data.index(b"moov") - 4, data.index(b"trak") - 4
    moov_bytes, trak_bytes = (int.from_bytes(data[at : at + 4], "big") for at in (moov, trak))
    copies = data[trak : trak + trak_bytes] * count
    grown = (
        struct.pack(">I", moov_bytes + len(copies)) + data[moov + 4 : trak] + copies + data[trak : moov + moov_bytes]
    )
    return data[:moov] + grown + data[moov + moov_bytes :]


def wav_header(rate_hz: int, channels: int, data_bytes: int, bits: int = 16) -> bytes:
    block = channels * bits // 8
    layout = struct.pack("<HHIIHH", 1, channels, rate_hz, rate_hz * block & 0xFFFFFFFF, block, bits)
    return (
        b"RIFF"
        + struct.pack("<I", 0xFFFFFFFF)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + layout
        + b"data"
        + struct.pack("<I", data_bytes)
    )


def write_silence(path: Path, kind: str, codec: str, rate_hz: int, length_s: int) -> bytes:
    """Write hours of zeros in a few hundred kilobytes."""
    with av.open(str(path), "w", format=kind) as out:
        stream = out.add_stream(codec, rate=rate_hz, layout="mono")
        assert isinstance(stream, av.AudioStream)
        size = stream.codec_context.frame_size or 4096
        zeros = np.zeros((1, size), np.int16 if codec == "flac" else np.float32)
        for start in range(0, rate_hz * length_s, size):
            frame = av.AudioFrame.from_ndarray(zeros, format="s16" if codec == "flac" else "flt", layout="mono")
            frame.sample_rate, frame.pts = rate_hz, start
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path.read_bytes()
