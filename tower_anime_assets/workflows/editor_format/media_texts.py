"""Texts that pictures carry beside their pixels: chunks of PNG, EXIF of WebP and JPEG, metadata of SVG and GLB.

Reads bytes only; nothing is decoded, and no text may be larger than `max_bytes`.

Source: files written by ComfyUI 0.3.64. PNG has a chunk each for `prompt` and `workflow`, animated PNG `comf` chunks,
WebP EXIF texts `prompt:{...}` in tag 0x0110 and `workflow:{...}` in tag 0x010f.
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

PNG: Final = "PNG"
WEBP: Final = "WebP"
JPEG: Final = "JPEG"
GLB: Final = "GLB"
SVG: Final = "SVG"
CONTAINER: Final = "film or sound"

_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_MAX_CHUNKS: Final = 100_000
_MAX_EXIF_FIELDS: Final = 200
_USER_COMMENT: Final = 0x9286
_EXIF_POINTER: Final = 0x8769
_SVG_METADATA: Final = re.compile(r"<metadata>\s*<!\[CDATA\[(.*?)\]\]>\s*</metadata>", re.DOTALL)


class DamagedMediaError(Exception):
    """A media file breaks off, or a text in it is too large; the message says which."""


def media_kind(head: bytes) -> str:
    """Return what kind of media file begins with these 16 bytes; "" if it is no media file."""
    if head.startswith(_PNG_SIGNATURE):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"glTF"):
        return GLB
    is_mp3 = head.startswith((b"ID3", b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2"))
    if head[4:8] == b"ftyp" or head.startswith((b"\x1a\x45\xdf\xa3", b"fLaC", b"OggS")) or is_mp3:
        return CONTAINER
    return ""


def read_picture_texts(file: Path, kind: str, max_bytes: int) -> dict[str, str]:
    """Return the texts in a picture of a kind by lower-case name, the first of each name.

    Raises:
        DamagedMediaError: It breaks off, or a text is too large.
        OSError: It cannot be read.
    """
    readers = {PNG: _png_texts, WEBP: _webp_texts, JPEG: _jpeg_texts, GLB: _glb_texts}
    texts: dict[str, str] = {}
    with file.open("rb") as stream:
        try:
            for name, text in readers[kind](stream, max_bytes):
                texts.setdefault(name.lower(), text)
        except (struct.error, zlib.error, ValueError, RecursionError) as error:
            raise DamagedMediaError(f"the {kind} file is damaged: {error}") from error
    return texts


def svg_texts(text: str) -> dict[str, str]:
    """Return the texts in an SVG's metadata, by name."""
    match = _SVG_METADATA.search(text)
    try:
        return dict(_texts_of_object(json.loads(match[1]))) if match else {}
    except (ValueError, RecursionError):
        return {}


def _texts_of_object(raw: object) -> Iterator[tuple[str, str]]:
    for name, value in raw.items() if isinstance(raw, Mapping) else ():
        yield name, value if isinstance(value, str) else json.dumps(value)


def _read_exactly(stream: BinaryIO, size: int, max_bytes: int) -> bytes:
    if size > max_bytes:
        raise DamagedMediaError(f"a text in the file has {size:,} bytes; at most {max_bytes:,} are read")
    data = stream.read(size)
    if len(data) != size:
        raise DamagedMediaError("the file breaks off")
    return data


def _png_texts(stream: BinaryIO, max_bytes: int) -> Iterator[tuple[str, str]]:
    stream.seek(len(_PNG_SIGNATURE))
    for _ in range(_MAX_CHUNKS):
        header = stream.read(8)
        if len(header) < 8:
            raise DamagedMediaError("the PNG file breaks off")
        size, kind = struct.unpack(">I4s", header)
        if kind == b"IEND":
            return
        if kind not in (b"tEXt", b"zTXt", b"iTXt", b"comf", b"eXIf"):
            stream.seek(size + 4, 1)
            continue
        data = _read_exactly(stream, size, max_bytes)
        stream.seek(4, 1)
        if kind == b"eXIf":
            yield from _exif_texts(data)
            continue
        name, _, rest = data.partition(b"\0")
        yield name.decode("latin-1"), _chunk_text(kind, rest, max_bytes)


def _chunk_text(kind: bytes, data: bytes, max_bytes: int) -> str:
    if kind == b"zTXt":
        return _inflate(data[1:], max_bytes).decode("latin-1")
    if kind == b"iTXt":
        is_compressed = data[:1] == b"\1"
        _language, _, rest = data[2:].partition(b"\0")
        _translated, _, text = rest.partition(b"\0")
        return (_inflate(text, max_bytes) if is_compressed else text).decode("utf-8", "replace")
    try:
        return data.decode("utf-8")  # not the standard's Latin-1, but what some programs write
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _inflate(data: bytes, max_bytes: int) -> bytes:
    inflater = zlib.decompressobj()
    text = inflater.decompress(data, max_bytes)
    if inflater.unconsumed_tail:
        raise DamagedMediaError(f"a text in the file has more than {max_bytes:,} bytes")
    return text


def _webp_texts(stream: BinaryIO, max_bytes: int) -> Iterator[tuple[str, str]]:
    stream.seek(12)
    for _ in range(_MAX_CHUNKS):
        header = stream.read(8)
        if len(header) < 8:
            return
        kind, size = struct.unpack("<4sI", header)
        if kind == b"EXIF":
            yield from _exif_texts(_read_exactly(stream, size, max_bytes))
            stream.seek(size % 2, 1)
        else:
            stream.seek(size + size % 2, 1)


def _jpeg_texts(stream: BinaryIO, max_bytes: int) -> Iterator[tuple[str, str]]:
    stream.seek(2)
    for _ in range(_MAX_CHUNKS):
        header = stream.read(4)
        if len(header) < 4 or header[0] != 0xFF or header[1] == 0xDA:
            return
        size = struct.unpack(">H", header[2:])[0] - 2
        data = _read_exactly(stream, max(size, 0), max_bytes)
        if header[1] == 0xE1 and data.startswith(b"Exif\0\0"):
            yield from _exif_texts(data)


def _glb_texts(stream: BinaryIO, max_bytes: int) -> Iterator[tuple[str, str]]:
    stream.seek(12)
    size, kind = struct.unpack("<I4s", _read_exactly(stream, 8, max_bytes))
    if kind == b"JSON":
        raw: Any = json.loads(_read_exactly(stream, size, max_bytes))
        asset = raw.get("asset") if isinstance(raw, dict) else None
        yield from _texts_of_object(asset.get("extras") if isinstance(asset, dict) else None)


def _exif_texts(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield the texts of an EXIF block: `name:text` by that name, the user's comment as `usercomment`."""
    data = data.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return
    offsets = [struct.unpack_from(order + "I", data, 4)[0]]
    for offset in offsets:
        count = min(struct.unpack_from(order + "H", data, offset)[0], _MAX_EXIF_FIELDS)
        for index in range(count):
            tag, kind, length, value = struct.unpack_from(order + "HHII", data, offset + 2 + 12 * index)
            if tag == _EXIF_POINTER and len(offsets) == 1:
                offsets.append(value)
            if kind not in (2, 7) or length <= 4:
                continue
            text = data[value : value + length]
            if tag == _USER_COMMENT:
                yield "usercomment", _comment_text(text)
                continue
            name, separator, rest = text.rstrip(b"\0").decode("utf-8", "replace").partition(":")
            if separator and name.isidentifier():
                yield name, rest


def _comment_text(data: bytes) -> str:
    """Return a user's comment, whose first eight bytes name its encoding."""
    encoding = "utf-16-be" if data.startswith(b"UNICODE") else "utf-8"
    return data[8:].decode(encoding, "replace").strip("\0")
