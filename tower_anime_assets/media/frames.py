"""Video files as read: their streams, and their frames one after another. Nothing is judged or written here.

No file is trusted: only plain containers are opened, references to other files are not followed, sizes are bounded,
and a file with fewer frames than its index says is an error rather than a short clip.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError
from tower_anime_assets.quality.image import Picture
from tower_anime_assets.quality.video import Luma
from tower_anime_assets.quality.video_facts import ChapterMark, SoundStream, SubtitleTrack, VideoFacts

MAX_SIDE_PX = 8192
MAX_PIXELS = 64_000_000
"""Far above any delivery (an 8K frame has 33 million), far below what would exhaust the memory."""

EMPTY_CUE_BYTES = 2
"""Size of the packets in which mov_text stores the gaps between cues: a length field without text."""

MAX_PACKETS = 2_000_000
"""Over 20 hours at 24 frames per second."""

_CONTAINERS = "mov,matroska,webm,avi,wav,gif,mpegts"
_READ_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _CONTAINERS}
_PLANAR_8_BIT = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"})
_STRICT_DECODING = {"err_detect": "explode"}
_FULL_RANGE = 2  # AVCOL_RANGE_JPEG
_ROUNDED_CONVERSION = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


def probe(path: Path) -> VideoFacts:
    """Return the streams of a video file; every packet is read and none decoded (about 3 ms for a clip).

    Raises:
        MediaError: The file cannot be opened, has no picture stream, exceeds the limits of this module, or is damaged
            or cut short.
    """
    with open_container(path) as container:
        video = _video_stream(path, container)
        packets = _packets_by_stream(path, container.demux())
        display_order = _display_order(path, video, packets[video.index])
        time_base = video.time_base or Fraction(1, 1)
        fps = video.average_rate or Fraction(0)
        context = video.codec_context
        return VideoFacts(
            container=container.format.name,
            codec=context.name,
            profile=context.profile or "",
            pix_fmt=context.pix_fmt or "",
            width_px=context.width,
            height_px=context.height,
            sample_aspect=context.sample_aspect_ratio or Fraction(1),
            fps=fps,
            frames=len(display_order.times),
            key_frames=display_order.key_frames,
            open_gops=display_order.open_gops,
            is_steady=len(set(np.diff(display_order.times).tolist())) <= 1,
            is_full_range=context.color_range == _FULL_RANGE or (context.pix_fmt or "").startswith("yuvj"),
            start_s=float(display_order.times[0] * time_base),
            duration_s=float(len(display_order.times) / fps) if fps else 0.0,
            is_fast_start=container.format.name.startswith("mov") and _is_index_first(path),
            sound=_sound_stream(container, packets),
            subtitles=tuple(
                SubtitleTrack(
                    codec=stream.codec_context.name,
                    language=stream.metadata.get("language", ""),
                    cues=sum(packet.size_bytes > EMPTY_CUE_BYTES for packet in packets[stream.index]),
                )
                for stream in container.streams.subtitles
            ),
            chapters=tuple(_chapters(container)),
        )


def has_moving_picture(path: Path) -> bool:
    """Return whether a media file has a picture stream other than a cover.

    Raises:
        MediaError: The file cannot be opened, or is no container that `probe` reads.
    """
    with open_container(path) as container:
        return any(not stream.disposition & Disposition.attached_pic for stream in container.streams.video)


def is_limited_planar(facts: VideoFacts) -> bool:
    """Return whether `luma_frames` reads a file, with luma from 16 to 235."""
    return facts.pix_fmt in _PLANAR_8_BIT and not facts.is_full_range


@dataclass
class FrameCapture:
    """Frames to be kept as RGB by `luma_frames`, which fills `pictures` by frame number."""

    frame_numbers: frozenset[int]
    pictures: dict[int, Picture] = field(default_factory=dict)


def luma_frames(path: Path, threads: int = 1, capture: FrameCapture | None = None) -> Iterator[Luma]:
    """Yield the Y plane of every frame, in display order, without copying it.

    Each array is a read-only view that keeps its frame alive; its rows may be padded in memory.

    Args:
        path: A video file.
        threads: Decoder threads: 1 where several files are read at once, 0 for one per core.
        capture: Receives the frames that it asks for.

    Raises:
        MediaError: While iterating: the file is damaged or cut short, is not 8-bit planar, or changes its size.
    """
    for index, frame in enumerate(_decode_frames(path, threads)):
        if frame.format.name not in _PLANAR_8_BIT:
            raise MediaError(
                f"{path} has pixels of format {frame.format.name}; expected 8-bit planar such as yuv420p. "
                "Make the clip again"
            )
        if capture is not None and index in capture.frame_numbers:
            capture.pictures[index] = _as_rgb(frame)
        yield _luma_plane(frame)


def rgb_frames(path: Path, every: int = 1, threads: int = 1, *, is_exact: bool = False) -> Iterator[Picture]:
    """Yield frame 0 and every `every`-th after it as RGB, by the file's own colour matrix and range.

    Args:
        path: A video file.
        every: 1 for all of them.
        threads: Decoder threads, as in `luma_frames`.
        is_exact: Round rather than truncate, which darkens by one level on average: for frames to be encoded again.

    Raises:
        MediaError: While iterating: the file is damaged or cut short, or changes its size.
        ValueError: `every` is below 1.
    """
    if every < 1:
        raise ValueError(f"every is {every}; expected 1 or more")
    reformatter = VideoReformatter()  # shared: creating one takes longer than converting a frame
    for index, frame in enumerate(_decode_frames(path, threads)):
        if index % every == 0:
            yield _as_rgb(
                reformatter.reformat(frame, format="rgb24", interpolation=_ROUNDED_CONVERSION) if is_exact else frame
            )


def frame_at(path: Path, index: int) -> Picture:
    """Return one frame as RGB, `(height, width, 3) uint8`, decoding only from the key frame before it.

    Raises:
        MediaError: The file is damaged or cut short, or has no such frame.
    """
    with open_container(path) as container:
        video = _video_stream(path, container)
        display_order = _display_order(path, video, _packets_by_stream(path, container.demux(video))[video.index])
        if not 0 <= index < len(display_order.times):
            raise MediaError(f"{path} has frames 0 to {len(display_order.times) - 1}; expected a frame {index}")
        container.seek(int(display_order.times[_seek_key_frame(display_order, index)]), stream=video, backward=True)
        if not display_order.open_gops:
            video.codec_context.options = _STRICT_DECODING
        for frame in container.decode(video):
            if frame.pts == display_order.times[index] and not frame.is_corrupt:
                return _as_rgb(frame)
    raise MediaError(f"{path} is damaged: frame {index} does not decode. Make it again")


class _PacketInfo(NamedTuple):
    """The fields of a packet that are kept: a long master's packets would fill the memory."""

    pts: int
    duration: int
    size_bytes: int
    is_key: bool
    is_incomplete: bool


_Packets = defaultdict[int, list[_PacketInfo]]
"""By stream, in stored order."""


@dataclass(frozen=True)
class _DisplayOrder:
    """Presentation times in display order, in the stream's time base; `key_frames` are indices into them."""

    times: NDArray[np.int64]
    key_frames: tuple[int, ...]
    open_gops: int


def _seek_key_frame(display_order: _DisplayOrder, index: int) -> int:
    """Return the key frame to decode from: the one before the frame, or the one before that where groups are open."""
    key_frames = [0, *(key for key in display_order.key_frames if key <= index)]
    return key_frames[-2] if display_order.open_gops and len(key_frames) > 1 else key_frames[-1]


@contextmanager
def open_container(path: Path, **options: str) -> Iterator[InputContainer]:
    """Open a media file for reading.

    Args:
        path: The file.
        options: Options of the demuxer, besides those that fence it in.

    Raises:
        MediaError: The file cannot be opened; also for any error of PyAV inside the block.
    """
    if not path.is_file():
        raise MediaError(f"{path} is not a file; expected a media file")
    try:
        with av.open(
            f"file:{path}", container_options={**options, **_READ_OPTIONS}, metadata_errors="replace"
        ) as container:
            yield container
    except av.FFmpegError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror}. Make it again") from error


def _video_stream(path: Path, container: InputContainer) -> VideoStream:
    if not container.streams.video:
        raise MediaError(f"{path} has no picture stream. Make it again")
    video = container.streams.video[0]
    if video.codec_context is None:  # PyAV types it as never None, but it is for a codec that FFmpeg does not know
        raise MediaError(f"{path} has an unknown video codec, or is damaged. Make it again")
    width, height = video.codec_context.width, video.codec_context.height
    if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX and width * height <= MAX_PIXELS):
        raise MediaError(f"{path} is {width}x{height} px; expected at most {MAX_SIDE_PX} px a side")
    if video.frames > MAX_PACKETS:
        raise MediaError(f"{path} has {video.frames} frames; expected at most {MAX_PACKETS}")
    return video


def _packets_by_stream(path: Path, packets: Iterator[Packet[Any]]) -> _Packets:
    by_stream: _Packets = defaultdict(list)
    for count, packet in enumerate(packets):
        if count > MAX_PACKETS:
            raise MediaError(f"{path} has more than {MAX_PACKETS} packets; expected at most that")
        if packet.pts is None or packet.is_discard:  # the end of a stream, or outside the edit list
            continue
        by_stream[packet.stream_index].append(
            _PacketInfo(packet.pts, packet.duration or 0, packet.size, packet.is_keyframe, packet.is_corrupt)
        )
    return by_stream


def _display_order(path: Path, video: VideoStream, packets: list[_PacketInfo]) -> _DisplayOrder:
    incomplete = sum(packet.is_incomplete for packet in packets)
    if incomplete or not packets or (video.frames and len(packets) != video.frames):
        raise MediaError(
            f"{path} is damaged or cut short: its index lists {video.frames} frames, "
            f"{len(packets)} were found, {incomplete} of them incomplete. Make it again"
        )
    times = np.array([packet.pts for packet in packets], dtype=np.int64)
    sorted_times = np.sort(times)
    keys = [at for at, packet in enumerate(packets) if packet.is_key]
    earliest_later_time = np.minimum.accumulate(times[::-1])[::-1]
    return _DisplayOrder(
        times=sorted_times,
        key_frames=tuple(sorted(int(np.searchsorted(sorted_times, times[at])) for at in keys)),
        open_gops=sum(int(earliest_later_time[at] < times[at]) for at in keys),
    )


def _decode_frames(path: Path, threads: int) -> Iterator[VideoFrame]:
    """Yield every frame; raise if there are fewer than the index lists, or if their size changes."""
    with open_container(path) as container:
        video = _video_stream(path, container)
        video.codec_context.options = _STRICT_DECODING
        video.codec_context.thread_count = threads
        if threads != 1:
            video.thread_type = "AUTO"
        size = (video.codec_context.width, video.codec_context.height)
        decoded_frames = stored_frames = 0
        for packet in container.demux(video):
            stored_frames += packet.pts is not None and not packet.is_discard
            for frame in packet.decode():
                if (frame.width, frame.height) != size:
                    raise MediaError(f"{path} changes its size from {size} to {(frame.width, frame.height)} px")
                if frame.is_corrupt:  # the decoder concealed damage instead of raising
                    raise MediaError(f"{path} is damaged at frame {decoded_frames}. Make it again")
                decoded_frames += 1
                yield frame
        expected_frames = video.frames or stored_frames
        if decoded_frames != expected_frames or not decoded_frames:
            raise MediaError(
                f"{path} is damaged or cut short: {decoded_frames} frames decode, expected {expected_frames}. "
                "Make it again"
            )


def _luma_plane(frame: VideoFrame) -> Luma:
    plane = frame.planes[0]
    rows: Luma = np.asarray(memoryview(plane).toreadonly()).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width]


def _as_rgb(frame: VideoFrame) -> Picture:
    return np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)


def _sound_stream(container: InputContainer, packets: _Packets) -> SoundStream | None:
    if not container.streams.audio:
        return None
    stream = container.streams.audio[0]
    time_base = stream.time_base or Fraction(1, 1)
    stream_packets = packets[stream.index]
    start = min((packet.pts for packet in stream_packets), default=0)
    end = max((packet.pts + packet.duration for packet in stream_packets), default=0)
    ticks = stream.duration if stream.duration is not None else end - start
    return SoundStream(
        codec=stream.codec_context.name,
        rate_hz=stream.codec_context.sample_rate,
        channels=stream.codec_context.layout.nb_channels,
        start_s=float(start * time_base),
        duration_s=float(ticks * time_base),
    )


def _chapters(container: InputContainer) -> Iterator[ChapterMark]:
    for chapter in container.chapters():
        time_base = chapter["time_base"] or Fraction(1, 1)
        yield ChapterMark(
            title=chapter["metadata"].get("title", ""),
            start_s=float(chapter["start"] * time_base),
            end_s=float(chapter["end"] * time_base),
        )


def _is_index_first(path: Path) -> bool:
    """Return whether the `moov` box of an MP4 precedes its `mdat` box.

    Source:
        ISO/IEC 14496-12, 4.2: a box starts with a 32-bit length and a four-letter type; length 1 means that a
        64-bit length follows, length 0 that the box runs to the end of the file.
    """
    with path.open("rb") as file:
        offset, end = 0, path.stat().st_size
        while offset + 8 <= end:
            file.seek(offset)
            header = file.read(16)
            if header[4:8] in (b"moov", b"mdat"):
                return header[4:8] == b"moov"
            length = int.from_bytes(header[:4], "big")
            length = int.from_bytes(header[8:16], "big") if length == 1 else length
            if length < 8:
                return False
            offset += length
    return False
