"""Reading video files: what they hold, and their pictures one after another; nothing is judged or written here.

Every file is treated as a stranger's: only plain containers are opened, nothing it refers to is followed, its sizes
are bounded, and a file that ends before its own frame count is an error instead of a short clip.
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
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError

Luma = NDArray[np.uint8]
"""(height, width) uint8: the Y plane as stored, so 16 (black) to 235 (white) in a limited-range file. Read-only."""

Rgb = NDArray[np.uint8]
"""(height, width, 3) uint8, sRGB."""

MAX_SIDE_PX = 8192
MAX_PIXELS = 64_000_000
"""Far above any delivery (an 8K frame holds 33 million), far below what would exhaust the memory."""

MAX_PACKETS = 2_000_000
"""Over 20 hours at 24 frames per second; a file that claims more is refused."""

_CONTAINERS = "mov,matroska,webm,avi,wav,gif,mpegts"
_READ_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _CONTAINERS}
_PLANAR_8_BIT = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"})
_FULL_RANGE = 2  # AVCOL_RANGE_JPEG
_ROUNDED_CONVERSION = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


@dataclass(frozen=True)
class SoundStream:
    """The first sound stream of a file.

    Attributes:
        duration_s: Its length on the timeline, encoder priming taken off.
    """

    codec: str
    rate_hz: int
    channels: int
    start_s: float
    duration_s: float


@dataclass(frozen=True)
class SubtitleTrack:
    """One subtitle stream; `language` is its ISO 639 code or ""."""

    codec: str
    language: str
    cues: int


@dataclass(frozen=True)
class ChapterMark:
    """One chapter on the timeline, seconds."""

    title: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Probe:
    """What a video file holds, counted by its packets.

    Attributes:
        container: FFmpeg's name of the format, such as "mov,mp4,m4a,3gp,3g2,mj2".
        profile: Such as "High", or "" for codecs that have none.
        fps: Mean rate of the picture stream, frames per second.
        sample_aspect: Width to height of one pixel; 1 when the file says nothing.
        frames: Pictures in the file.
        key_frames: Places of the key frames in display order, from 0.
        open_gops: Key frames that a later-stored picture is shown before: a cut there would not decode.
        has_b_frames: Whether pictures are stored in another order than they are shown.
        is_steady: Whether all pictures are equally far apart in time.
        is_full_range: Whether luma runs from 0 to 255 instead of 16 to 235.
        start_s: When the first picture is shown.
        duration_s: `frames / fps`.
        is_fast_start: An MP4 whose index stands before its pictures; False for other containers.
    """

    container: str
    codec: str
    profile: str
    pix_fmt: str
    width_px: int
    height_px: int
    sample_aspect: Fraction
    fps: Fraction
    frames: int
    key_frames: tuple[int, ...]
    open_gops: int
    has_b_frames: bool
    is_steady: bool
    is_full_range: bool
    start_s: float
    duration_s: float
    is_fast_start: bool
    sound: SoundStream | None = None
    subtitles: tuple[SubtitleTrack, ...] = ()
    chapters: tuple[ChapterMark, ...] = ()


def probe(path: Path) -> Probe:
    """Return what a video file holds, reading every packet but decoding none (about 3 ms for a clip).

    Raises:
        MediaError: It cannot be opened, holds no picture stream, is larger than the limits of this module, or is
            damaged or cut short.
    """
    with _open_container(path) as container:
        video = _video_stream(path, container)
        packets = _packets_by_stream(path, container.demux())
        display_order = _display_order(path, video, packets[video.index])
        time_base = video.time_base or Fraction(1, 1)
        fps = video.average_rate or Fraction(0)
        context = video.codec_context
        return Probe(
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
            has_b_frames=display_order.is_reordered,
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
                    cues=sum(packet.size_bytes > _EMPTY_CUE_BYTES for packet in packets[stream.index]),
                )
                for stream in container.streams.subtitles
            ),
            chapters=tuple(_chapters(container)),
        )


@dataclass
class FrameCapture:
    """Frames wanted as RGB on the way through a file; `pictures` holds, by number, what `frame_at` would return."""

    frame_numbers: frozenset[int]
    pictures: dict[int, Rgb] = field(default_factory=dict)


def luma_frames(path: Path, threads: int = 1, capture: FrameCapture | None = None) -> Iterator[Luma]:
    """Yield the Y plane of every frame, in display order, without copying it.

    The values are those stored in the file: a limited-range file (the house encoding) has black at 16 and white at
    235. Each array is a read-only view that keeps its frame alive; rows may be further apart than they are wide.

    Args:
        path: A video file.
        threads: Decoder threads: 1 where several files are read at once, 0 for one per core.
        kept: Takes the frames that are wanted as RGB too.

    Raises:
        MediaError: While iterating: the file is damaged or cut short, is not 8-bit planar, or changes its size.
    """
    for index, frame in enumerate(_decode_frames(path, threads)):
        if frame.format.name not in _PLANAR_8_BIT:
            raise MediaError(
                f"{path} is {frame.format.name}; expected 8-bit planar such as yuv420p. Normalise the clip first"
            )
        if capture is not None and index in capture.frame_numbers:
            capture.pictures[index] = _as_rgb(frame)
        yield _luma_plane(frame)


def rgb_frames(path: Path, every: int = 1, threads: int = 1, *, is_exact: bool = False) -> Iterator[Rgb]:
    """Yield frame 0 and every `every`-th after it as RGB, by the file's own colour matrix and range.

    Args:
        path: A video file.
        every: 1 for all of them.
        threads: Decoder threads, as in `luma_frames`.
        is_exact: Round instead of cutting off, which darkens by one level on average: for what is encoded again.

    Raises:
        MediaError: While iterating: the file is damaged or cut short, or changes its size.
        ValueError: `every` is below 1.
    """
    if every < 1:
        raise ValueError(f"every is {every}; expected 1 or more")
    reformatter = VideoReformatter()  # one for all frames: setting one up takes longer than converting a frame
    for index, frame in enumerate(_decode_frames(path, threads)):
        if index % every == 0:
            yield _as_rgb(
                reformatter.reformat(frame, format="rgb24", interpolation=_ROUNDED_CONVERSION) if is_exact else frame
            )


def frame_at(path: Path, index: int) -> Rgb:
    """Return one frame as RGB, `(height, width, 3) uint8`, decoding only from the key frame before it.

    Raises:
        MediaError: The file is damaged or cut short, or has no such frame.
    """
    with _open_container(path) as container:
        video = _video_stream(path, container)
        display_order = _display_order(path, video, _packets_by_stream(path, container.demux(video))[video.index])
        if not 0 <= index < len(display_order.times):
            raise MediaError(f"{path} has frames 0 to {len(display_order.times) - 1}; there is no frame {index}")
        container.seek(int(display_order.times[_seek_key_frame(display_order, index)]), stream=video, backward=True)
        if not display_order.open_gops:
            video.codec_context.options = _STRICT_DECODING
        for frame in container.decode(video):
            if frame.pts == display_order.times[index] and not frame.is_corrupt:
                return _as_rgb(frame)
    raise MediaError(f"{path}: frame {index} does not decode, the file is damaged: make it again")


_STRICT_DECODING = {"err_detect": "explode"}
_EMPTY_CUE_BYTES = 2  # mov_text stores the gaps between cues as packets with a length field and no text


class _PacketInfo(NamedTuple):
    """What is kept of a packet: a long master's packets themselves would fill the memory."""

    pts: int
    duration: int
    size_bytes: int
    is_key: bool
    is_incomplete: bool


_Packets = defaultdict[int, list[_PacketInfo]]
"""By stream, in stored order."""


@dataclass(frozen=True)
class _DisplayOrder:
    """Presentation times in display order, in the stream's time base, and what the packets say about them."""

    times: NDArray[np.int64]
    key_frames: tuple[int, ...]
    open_gops: int
    is_reordered: bool


def _seek_key_frame(display_order: _DisplayOrder, index: int) -> int:
    """Return the key frame from which a frame decodes: the one before it, or one more back where groups are open."""
    key_frames = [0, *(key for key in display_order.key_frames if key <= index)]
    return key_frames[-2] if display_order.open_gops and len(key_frames) > 1 else key_frames[-1]


@contextmanager
def _translated_av_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except av.FFmpegError as error:
        raise MediaError(f"{path} cannot be read as video: {error.strerror}. Make it again") from error


@contextmanager
def _open_container(path: Path) -> Iterator[InputContainer]:
    if not path.is_file():
        raise MediaError(f"{path} is not there, or is no file")
    with (
        _translated_av_errors(path),
        av.open(f"file:{path}", mode="r", container_options=_READ_OPTIONS, metadata_errors="replace") as container,
    ):
        yield container


def _video_stream(path: Path, container: InputContainer) -> VideoStream:
    if not container.streams.video:
        raise MediaError(f"{path} holds no picture stream")
    video = container.streams.video[0]
    if video.codec_context is None:  # PyAV types it as always there; a codec that FFmpeg does not know has none
        raise MediaError(f"{path} holds pictures of an unknown kind, or is damaged: make it again")
    width, height = video.codec_context.width, video.codec_context.height
    if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX and width * height <= MAX_PIXELS):
        raise MediaError(f"{path} says it is {width}x{height}; expected at most {MAX_SIDE_PX} px a side")
    if video.frames > MAX_PACKETS:
        raise MediaError(f"{path} says it has {video.frames} frames; expected at most {MAX_PACKETS}")
    return video


def _packets_by_stream(path: Path, packets: Iterator[Packet[Any]]) -> _Packets:
    by_stream: _Packets = defaultdict(list)
    for count, packet in enumerate(packets):
        if count > MAX_PACKETS:
            raise MediaError(f"{path} holds more than {MAX_PACKETS} packets: refused")
        if packet.pts is None or packet.is_discard:  # the mark that ends a stream, or outside the edit list
            continue
        by_stream[packet.stream_index].append(
            _PacketInfo(packet.pts, packet.duration or 0, packet.size, packet.is_keyframe, packet.is_corrupt)
        )
    return by_stream


def _display_order(path: Path, video: VideoStream, packets: list[_PacketInfo]) -> _DisplayOrder:
    incomplete = sum(packet.is_incomplete for packet in packets)
    if incomplete or not packets or (video.frames and len(packets) != video.frames):
        raise MediaError(
            f"{path} is damaged or cut short: its index says {video.frames} frames, "
            f"{len(packets)} can be read, {incomplete} of them incomplete. Make it again"
        )
    times = np.array([packet.pts for packet in packets], dtype=np.int64)
    sorted_times = np.sort(times)
    keys = [at for at, packet in enumerate(packets) if packet.is_key]
    earliest_later_time = np.minimum.accumulate(times[::-1])[::-1]
    return _DisplayOrder(
        times=sorted_times,
        key_frames=tuple(sorted(int(np.searchsorted(sorted_times, times[at])) for at in keys)),
        open_gops=sum(int(earliest_later_time[at] < times[at]) for at in keys),
        is_reordered=bool((np.diff(times) < 0).any()),
    )


def _decode_frames(path: Path, threads: int) -> Iterator[VideoFrame]:
    """Yield every frame; raise where the file holds fewer than it says, or frames of another size."""
    with _open_container(path) as container:
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
                    raise MediaError(f"{path} changes from {size} to {(frame.width, frame.height)} px")
                if frame.is_corrupt:  # the decoder painted over damage; what it shows was never in the file
                    raise MediaError(f"{path} is damaged at frame {decoded_frames}. Make it again")
                decoded_frames += 1
                yield frame
        expected_frames = video.frames or stored_frames
        if decoded_frames != expected_frames or not decoded_frames:
            raise MediaError(
                f"{path} is damaged or cut short: expected {expected_frames} frames, {decoded_frames} decode. Make it again"
            )


def _luma_plane(frame: VideoFrame) -> Luma:
    plane = frame.planes[0]
    rows: Luma = np.asarray(memoryview(plane).toreadonly()).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width]


def _as_rgb(frame: VideoFrame) -> Rgb:
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
    """Return whether the `moov` box of an MP4 stands before its `mdat` box.

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
