"""The two tables of chapters of an MP4: the chapter list, and the QuickTime text track. Muxing writes both.

Players read the one or the other. libavformat merges them when it reads a file, so a table that is wrong or cut short
is not seen through it; each is read by itself here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.frames import open_container
from tower_anime_assets.quality.video_facts import ChapterMark, ChapterTables

TITLE_LIMIT_BYTES = 255
"""A chapter list has one byte for the length of a title in UTF-8."""

_LIST_TICKS_PER_S = 10_000_000
_LIST_HEADER_BYTES = 9
_FOLDERS = (b"moov", b"udta")


def read_chapter_tables(path: Path) -> ChapterTables:
    """Return both tables of chapters of an MP4; () for one that it does not have.

    Raises:
        MediaError: The file cannot be read, or a table is damaged.
    """
    return ChapterTables(_read_list(path), _read_track(path))


def shorten_title(title: str) -> str:
    """Return a title that a chapter list can hold, cut between characters and marked with an ellipsis if it must be."""
    if len(title.encode()) <= TITLE_LIMIT_BYTES:
        return title
    kept = title.encode()[: TITLE_LIMIT_BYTES - len("…".encode())].decode(errors="ignore")
    return f"{kept.rstrip()}…"


def _read_list(path: Path) -> tuple[ChapterMark, ...]:
    """Return the chapters of the `chpl` box; each ends where the next begins, the last with itself.

    Source:
        FFmpeg libavformat/movenc.c, mov_write_chpl_tag: version and flags (4 bytes), reserved (4), count (1); then for
        each chapter its start in 100 ns (8), the length of its title (1) and the title in UTF-8.
    """
    try:
        with path.open("rb") as file:
            data = _find_box(file, path.stat().st_size, b"chpl")
    except OSError as error:
        raise MediaError(f"cannot read {path}: {error.strerror}") from error
    if data is None:
        return ()
    entries: list[tuple[float, str]] = []
    offset = _LIST_HEADER_BYTES
    for _ in range(data[_LIST_HEADER_BYTES - 1] if len(data) >= _LIST_HEADER_BYTES else 0):
        title_offset = offset + 9
        end = title_offset + (data[offset + 8] if offset + 8 < len(data) else len(data))
        if end > len(data):
            raise MediaError(f"{path} is damaged: its chapter list is cut short. Make it again")
        title = data[title_offset:end].decode("utf-8", "replace")
        entries.append((int.from_bytes(data[offset : offset + 8], "big") / _LIST_TICKS_PER_S, title))
        offset = end
    ends = [*(start for start, _ in entries[1:]), *(start for start, _ in entries[-1:])]
    return tuple(ChapterMark(title, start, end) for (start, title), end in zip(entries, ends, strict=True))


def _find_box(file: BinaryIO, end: int, kind: bytes) -> bytes | None:
    """Return the contents of the first box of this kind in the movie's user data, None if there is none."""
    for name, start, box_end in _boxes(file, file.tell(), end):
        file.seek(start)
        if name == kind:
            return file.read(box_end - start)
        if name in _FOLDERS and (found := _find_box(file, box_end, kind)) is not None:
            return found
    return None


def _boxes(file: BinaryIO, offset: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start of the contents and end of every box between two offsets.

    Source:
        ISO/IEC 14496-12, 4.2.
    """
    while offset + 8 <= end:
        file.seek(offset)
        header = file.read(16)
        length, header_bytes = int.from_bytes(header[:4], "big"), 8
        if length == 1:
            length, header_bytes = int.from_bytes(header[8:16], "big"), 16
        box_end = end if length == 0 else offset + length
        if not offset + header_bytes <= box_end <= end:
            return
        yield header[4:8], offset + header_bytes, box_end
        offset = box_end


def _read_track(path: Path) -> tuple[ChapterMark, ...]:
    """Return the samples of the text track that the picture track names as its chapters.

    Source:
        QuickTime File Format, "Chapter lists"; a sample is a length in 16 bits, then that many bytes of UTF-8.
    """
    with open_container(path) as container:  # a track that serves as chapters is a data stream, the others are not
        chapter_tracks = [stream.index for stream in container.streams if stream.type == "data"]
    if not chapter_tracks:
        return ()
    with open_container(path, ignore_chapters="1") as container:
        track = container.streams[chapter_tracks[0]]
        if track.type != "subtitle" or track.time_base is None:
            return ()
        marks = []
        for packet in container.demux(track):
            if packet.pts is None or not packet.size:
                continue
            data, end = bytes(packet), packet.pts + (packet.duration or 0)
            title = data[2 : 2 + int.from_bytes(data[:2], "big")].decode("utf-8", "replace")
            marks.append(ChapterMark(title, float(packet.pts * track.time_base), float(end * track.time_base)))
        return tuple(marks)
