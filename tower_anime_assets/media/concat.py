"""Concatenation of mezzanine clips into one picture stream, exact to the frame.

Whole groups of pictures (GOPs) are copied undecoded; only transitions, fades and the groups that a cut splits are
encoded again. Sound, subtitles and chapters belong in `mux`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.media.clip_writer import open_encoder
from tower_anime_assets.media.frames import open_container, probe
from tower_anime_assets.media.mezzanine import KEYFRAME_EVERY_FRAMES, TICKS_PER_FRAME
from tower_anime_assets.media.prefetch import prefetch
from tower_anime_assets.quality.video_facts import VideoFacts

Yuv = NDArray[np.uint8]
"""(height * 3 / 2, width) uint8: the Y plane, then Cb and Cr at half size, packed as ffmpeg packs yuv420p."""

REORDER_FRAMES = 2
"""Most pictures that are stored before a picture that is shown first: two B-frames, one of which may be a reference."""

_ENCODERS = 2
_PREFETCHED_SEGMENTS = 8  # every other segment is copied, so this keeps both encoders busy
_BLACK_LUMA, _NEUTRAL_CHROMA = 16, 128


@dataclass(frozen=True)
class Strip:
    """Frames [in_frame, out_frame) of one clip, and the transition from the strip before.

    Attributes:
        path: A clip in the mezzanine format.
        overlap_frames: First frames, dissolved with as many last frames of the strip before.
        fade_in_frames: First frames that fade in from black.
        fade_out_frames: Last frames that fade out to black.
    """

    path: Path
    in_frame: int
    out_frame: int
    overlap_frames: int = 0
    fade_in_frames: int = 0
    fade_out_frames: int = 0

    @property
    def frames(self) -> int:
        """Length of the strip."""
        return self.out_frame - self.in_frame

    def fade_level(self, frame: int) -> float:
        """Return the brightness, 0 (black) to 1, that the fades give a frame of the clip.

        The first frame of a fade in and the last frame of a fade out are black.
        """
        fade_in = (frame - self.in_frame) / self.fade_in_frames if self.fade_in_frames else 1.0
        fade_out = (self.out_frame - 1 - frame) / self.fade_out_frames if self.fade_out_frames else 1.0
        return min(1.0, fade_in) * min(1.0, fade_out)


@dataclass(frozen=True)
class ConcatResult:
    """Length of the joined film, and how many of its frames were encoded again rather than copied."""

    frames: int
    encoded_frames: int


def concat_strips(
    strips: Sequence[Strip], path: Path, fps: int, progress: Callable[[float], None] = lambda _part: None
) -> ConcatResult:
    """Write strips as one MP4 with a picture stream and nothing else.

    Memory does not grow with the number of strips. Damage inside a copied group is not found here, since it is not
    decoded; the number, order and headers of its pictures are checked.

    Args:
        strips: In order; clips may repeat.
        path: The file to write; replaced if it exists, removed if the join fails.
        fps: Rate of every clip and of the result.
        progress: Called with the share done, 0..1.

    Raises:
        PlanError: There are no strips, a clip lacks the requested frames, or a transition is longer than its strip.
        MediaError: A clip is not in the mezzanine format or is damaged, or the file cannot be written.
    """
    clips = _probe_clips(strips, fps)
    total_frames = _check_strips(strips, clips)
    segments = _plan_segments(strips, clips)
    try:
        with _scratch_folder(path) as folder, _StreamWriter(path, strips[0].path, fps) as writer:
            for segment in _prefetch_encoded(segments, Path(folder), fps):
                writer.copy_segment(segment)
                progress(writer.frames / total_frames)
        _check_output(path, total_frames, fps)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return ConcatResult(total_frames, sum(len(segment) for segment in segments if isinstance(segment, _EncodeSegment)))


# Layout: which frames are copied, and what the others are encoded from -----------------------------------------------


@dataclass(frozen=True)
class _CopySegment:
    """Whole groups of pictures of a file: frames [first_frame, end_frame)."""

    path: Path
    first_frame: int
    end_frame: int

    def __len__(self) -> int:
        return self.end_frame - self.first_frame


@dataclass(frozen=True)
class _ClipSpan:
    """Frames [first_frame, end_frame) of a strip's clip, with the strip's fades."""

    strip: Strip
    first_frame: int
    end_frame: int

    def __len__(self) -> int:
        return self.end_frame - self.first_frame

    def iter_pictures(self) -> Iterator[Yuv]:
        for frame, picture in enumerate(
            _decode_pictures(self.strip.path, self.first_frame, self.end_frame), self.first_frame
        ):
            yield _fade(picture, self.strip.fade_level(frame))


@dataclass(frozen=True)
class _Dissolve:
    """The last frames of one strip blended into the first of the next."""

    before: _ClipSpan
    after: _ClipSpan

    def __len__(self) -> int:
        return len(self.after)

    def iter_pictures(self) -> Iterator[Yuv]:
        steps = len(self) + 1  # so that every frame of the dissolve mixes both
        for step, (outgoing, incoming) in enumerate(
            zip(self.before.iter_pictures(), self.after.iter_pictures(), strict=True), 1
        ):
            yield _blend(incoming, outgoing, step / steps)


@dataclass(frozen=True)
class _EncodeSegment:
    """Consecutive frames that are encoded again, starting with an IDR picture.

    Attributes:
        next_idr: `idr_pic_id` of the picture that follows, or None at the end of the film.
    """

    parts: tuple[_ClipSpan | _Dissolve, ...]
    next_idr: int | None = None

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def iter_pictures(self) -> Iterator[Yuv]:
        for part in self.parts:
            yield from part.iter_pictures()


def _probe_clips(strips: Sequence[Strip], fps: int) -> dict[Path, VideoFacts]:
    if not strips:
        raise PlanError("the cut has no shots. Plan the episode before it is compiled")
    clips = {path: probe(path) for path in dict.fromkeys(strip.path for strip in strips)}
    first = strips[0].path
    first_header = _stream_header(first)
    size_px = (clips[first].width_px, clips[first].height_px)
    for path, clip in clips.items():
        faults = mezzanine_faults(clip, fps)
        if (clip.width_px, clip.height_px) != size_px:
            faults.append(f"{clip.width_px}x{clip.height_px} px, expected {size_px[0]}x{size_px[1]}")
        if not faults and _stream_header(path) != first_header:
            faults.append(f"a stream header (SPS and PPS) that differs from that of {first.name}")
        if faults:
            raise MediaError(f"{path} is not in the mezzanine format: {'; '.join(faults)}. Make it again")
    return clips


def mezzanine_faults(clip: VideoFacts, fps: int) -> list[str]:
    """Return a sentence for every way in which a clip departs from the mezzanine format at this rate."""
    expected_keys = tuple(range(0, clip.frames, KEYFRAME_EVERY_FRAMES))
    checks = [
        (clip.container.startswith("mov"), f"container {clip.container}, expected mp4"),
        (clip.codec == "h264", f"codec {clip.codec}, expected h264"),
        (clip.pix_fmt == "yuv420p", f"pixels {clip.pix_fmt}, expected yuv420p"),
        (not clip.is_full_range, "full-range luma, expected limited"),
        (clip.fps == fps and clip.is_steady, f"{float(clip.fps):g} frames per second, expected a steady {fps}"),
        (clip.start_s == 0, f"first picture at {clip.start_s:g} s, expected 0"),
        (clip.sample_aspect == 1, f"pixel aspect {clip.sample_aspect}, expected 1"),
        (clip.key_frames == expected_keys, f"key frames not exactly every {KEYFRAME_EVERY_FRAMES} frames from 0"),
        (clip.open_gops == 0, f"{clip.open_gops} open groups of pictures, expected none"),
    ]
    return [fault for is_met, fault in checks if not is_met]


def _check_strips(strips: Sequence[Strip], clips: dict[Path, VideoFacts]) -> int:
    """Return the film's length in frames; raise if the strips do not fit their clips."""
    for index, strip in enumerate(strips):
        available_frames = clips[strip.path].frames
        subject = f"strip {index + 1} ({strip.path.name})"
        if not 0 <= strip.in_frame < strip.out_frame <= available_frames:
            raise PlanError(
                f"{subject} is frames {strip.in_frame} to {strip.out_frame - 1} of a clip that has 0 to "
                f"{available_frames - 1}"
            )
        outgoing_overlap_frames = strips[index + 1].overlap_frames if index + 1 < len(strips) else 0
        needed_frames = max(strip.overlap_frames + outgoing_overlap_frames, strip.fade_in_frames, strip.fade_out_frames)
        lengths = (strip.overlap_frames, strip.fade_in_frames, strip.fade_out_frames)
        if min(lengths) < 0 or needed_frames > strip.frames:
            raise PlanError(
                f"{subject} is {strip.frames} frames long; its transitions need {needed_frames}. Shorten them"
            )
    if strips[0].overlap_frames:
        raise PlanError("the first strip starts with a dissolve. Start with a fade or a cut")
    return sum(strip.frames - strip.overlap_frames for strip in strips)


def _plan_segments(strips: Sequence[Strip], clips: dict[Path, VideoFacts]) -> list[_CopySegment | _EncodeSegment]:
    """Return the film as segments to copy and segments to encode, in order."""
    segments: list[_CopySegment | _EncodeSegment] = []
    pending: list[_ClipSpan | _Dissolve] = []
    for index, strip in enumerate(strips):
        outgoing_overlap_frames = strips[index + 1].overlap_frames if index + 1 < len(strips) else 0
        if strip.overlap_frames:
            before = strips[index - 1]
            pending.append(
                _Dissolve(
                    _ClipSpan(before, before.out_frame - strip.overlap_frames, before.out_frame),
                    _ClipSpan(strip, strip.in_frame, strip.in_frame + strip.overlap_frames),
                )
            )
        first_frame, end_frame = strip.in_frame + strip.overlap_frames, strip.out_frame - outgoing_overlap_frames
        body = _copy_segment_within(strip, first_frame, end_frame, clips[strip.path].frames)
        if len(body):
            if body.first_frame > first_frame:
                pending.append(_ClipSpan(strip, first_frame, body.first_frame))
            if pending:
                segments.append(_EncodeSegment(tuple(pending), _idr_pic_id(body.first_frame)))
                pending = []
            segments.append(body)
            first_frame = body.end_frame
        if end_frame > first_frame:
            pending.append(_ClipSpan(strip, first_frame, end_frame))
    if pending:
        segments.append(_EncodeSegment(tuple(pending)))
    return segments


def _copy_segment_within(strip: Strip, first_frame: int, end_frame: int, clip_frames: int) -> _CopySegment:
    """Return the whole groups of pictures inside [first_frame, end_frame) without a fade; possibly empty.

    A last group of a single picture is left out and encoded again: two IDR pictures in a row must have different
    `idr_pic_id`, and those of two clips often do not.

    Source:
        ITU-T H.264, 7.4.3, semantics of idr_pic_id.
    """
    group_frames = KEYFRAME_EVERY_FRAMES
    first_frame = max(first_frame, strip.in_frame + strip.fade_in_frames)
    end_frame = min(end_frame, strip.out_frame - strip.fade_out_frames)
    first_key_frame = -(-first_frame // group_frames) * group_frames
    ends_with_clip = end_frame == clip_frames and end_frame % group_frames != 1
    end_key_frame = end_frame if ends_with_clip else end_frame // group_frames * group_frames
    return _CopySegment(strip.path, first_key_frame, max(first_key_frame, end_key_frame))


def _idr_pic_id(key_frame: int) -> int:
    """Return the `idr_pic_id` that x264 gives a clip's key frames in turn: 0, 1, 0, 1, ..."""
    return key_frame // KEYFRAME_EVERY_FRAMES % 2


# Pictures: decoding and blending -------------------------------------------------------------------------------------


def _stream_header(path: Path) -> bytes:
    """Return a clip's SPS and PPS, as an `avcC` record."""
    with open_container(path) as container:
        return bytes(container.streams.video[0].codec_context.extradata or b"")


def _frame_ticks(container: InputContainer) -> int:
    video = container.streams.video[0]
    return round(1 / (video.average_rate * video.time_base))  # type: ignore[operator]  # both are set in an mp4


def _decode_pictures(path: Path, first_frame: int, end_frame: int) -> Iterator[Yuv]:
    """Yield frames [first_frame, end_frame) of a clip, decoding from the key frame before them."""
    with open_container(path) as container:
        video = container.streams.video[0]
        ticks = _frame_ticks(container)
        video.codec_context.options = {"err_detect": "explode"}
        video.codec_context.thread_count = 1
        container.seek(
            first_frame // KEYFRAME_EVERY_FRAMES * KEYFRAME_EVERY_FRAMES * ticks, stream=video, backward=True
        )
        next_frame = first_frame
        for frame in container.decode(video):
            if frame.is_corrupt:  # the decoder concealed damage instead of raising
                break
            if frame.pts == next_frame * ticks:
                yield np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8)
                next_frame += 1
            if next_frame == end_frame:
                return
    raise MediaError(f"{path} is damaged: frame {next_frame} does not decode. Make it again")


def _fade(picture: Yuv, level: float) -> Yuv:
    """Return the picture at this brightness, 0 (black) to 1."""
    if level >= 1.0:
        return picture
    black = np.full_like(picture, _NEUTRAL_CHROMA)
    black[: picture.shape[0] * 2 // 3] = _BLACK_LUMA
    return _blend(picture, black, level)


def _blend(picture: Yuv, other: Yuv, share: float) -> Yuv:
    """Return `share` of `picture` and `1 - share` of `other`, linear in the stored values."""
    return np.asarray(cv2.addWeighted(picture, share, other, 1.0 - share, 0.0), np.uint8)


# Encoding ------------------------------------------------------------------------------------------------------------


def _scratch_folder(path: Path) -> TemporaryDirectory[str]:
    """Return a folder for encoded segments, beside the file that they become part of."""
    try:
        return TemporaryDirectory(dir=path.parent, prefix=".runs-", ignore_cleanup_errors=True)
    except OSError as error:
        raise MediaError(f"cannot write {path}: {error.strerror}. Make the folder, or make it writable") from error


def _prefetch_encoded(
    segments: Sequence[_CopySegment | _EncodeSegment], folder: Path, fps: int
) -> Iterator[_CopySegment]:
    """Yield every segment in order, ready to be copied; a few are encoded ahead, and their files removed after use."""

    def prepare(index: int) -> _CopySegment:
        segment = segments[index]
        if isinstance(segment, _CopySegment):
            return segment
        return _encode_segment(segment, folder / f"{index}.mp4", fps)

    ready = prefetch(prepare, range(len(segments)), _ENCODERS, _PREFETCHED_SEGMENTS)
    for segment, prepared in zip(segments, ready, strict=True):
        yield prepared
        if prepared is not segment:
            prepared.path.unlink()


def _encode_segment(segment: _EncodeSegment, path: Path, fps: int) -> _CopySegment:
    """Encode a segment into a file of its own and return the frames of it that belong in the film.

    ffmpeg takes 20 ms to start, but it is the encoder of the clips, so both have the same stream header and the same
    pictures give the same bytes. The x264 of PyAV 18.1 sometimes gave different bytes on a CPU with AVX-512.
    """
    pictures = segment.iter_pictures()
    first = next(pictures)
    count = len(segment)
    if count == 1:
        # Encoded twice: x264 gives the two IDR pictures the ids 0 and 1, one of which differs from the next picture's.
        pictures, key_frame_expression = iter((first,)), "1"
        start_frame = int(segment.next_idr == 0)
        copied = _CopySegment(path, start_frame, start_frame + 1)
    else:
        # No key frame at the very end: the next picture is an IDR picture and may have the same id.
        key_frame_expression = f"not(mod(n,{KEYFRAME_EVERY_FRAMES}))*lt(n,{count - 1})"
        copied = _CopySegment(path, 0, count)
    with open_encoder(
        path,
        first.shape[1],
        first.shape[0] * 2 // 3,
        fps,
        subject="encode a transition",
        made_px=None,
        **{"g": "250", "forced-idr": "1", "force_key_frames": f"expr:{key_frame_expression}"},
    ) as input_pipe:
        input_pipe.write(first)
        for picture in pictures:
            input_pipe.write(picture)
    return copied


# Writing -------------------------------------------------------------------------------------------------------------


@contextmanager
def _translated_write_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except av.FFmpegError as error:
        raise MediaError(
            f"cannot write {path}: {error.strerror}. Free some space, or make the folder writable"
        ) from error


class _StreamWriter:
    """An MP4 being written, picture after picture, each with the next timestamp."""

    def __init__(self, path: Path, template_clip: Path, fps: int) -> None:
        self.frames = 0
        self._tick = Fraction(1, fps * TICKS_PER_FRAME)
        self._muxed_packets = 0
        options = {"video_track_timescale": str(self._tick.denominator), "fflags": "+bitexact"}
        self._path = path
        with _translated_write_errors(path):
            self._container = av.open(f"file:{path}", mode="w", format="mp4", options=options)
        with open_container(template_clip) as clip:
            template = clip.streams.video[0]
            self._header = bytes(template.codec_context.extradata or b"")
            self._stream = self._container.add_stream_from_template(template)
        self._stream.time_base = self._tick

    def __enter__(self) -> _StreamWriter:
        return self

    def __exit__(self, *exception: object) -> None:
        with _translated_write_errors(self._path):
            self._container.close()

    def copy_segment(self, segment: _CopySegment) -> None:
        """Append whole groups of pictures, undecoded."""
        copied_frames = 0
        with open_container(segment.path) as container:
            video = container.streams.video[0]
            if bytes(video.codec_context.extradata or b"") != self._header:
                raise MediaError(
                    f"{segment.path.name} cannot be joined: its stream header (SPS and PPS) differs from the first "
                    "clip's, so another x264 encoded it. Make the clips again with this installation"
                )
            ticks = _frame_ticks(container)
            container.seek(segment.first_frame * ticks, stream=video, backward=True)
            for packet in container.demux(video):
                if packet.pts is None:
                    continue
                frame = packet.pts // ticks
                if frame >= segment.end_frame and packet.is_keyframe:
                    break
                if not segment.first_frame <= frame < segment.end_frame:
                    raise MediaError(f"{segment.path}: frame {frame} is stored outside its group. Make it again")
                self._mux_packet(packet, self.frames + frame - segment.first_frame)
                copied_frames += 1
        if copied_frames != len(segment):
            raise MediaError(f"{segment.path} is damaged: {copied_frames} of {len(segment)} frames. Make it again")
        self.frames += copied_frames

    def _mux_packet(self, packet: Packet[Any], display_frame: int) -> None:
        if display_frame < self._muxed_packets - REORDER_FRAMES:
            raise MediaError(
                f"{self._path}: frame {display_frame} is stored more than {REORDER_FRAMES} frames late. "
                "Make the clips again with this installation"
            )
        packet.stream = self._stream
        packet.time_base = self._tick
        packet.pts = display_frame * TICKS_PER_FRAME
        packet.dts = (self._muxed_packets - REORDER_FRAMES) * TICKS_PER_FRAME
        packet.duration = TICKS_PER_FRAME
        with _translated_write_errors(self._path):
            self._container.mux(packet)
        self._muxed_packets += 1


def _check_output(path: Path, frames: int, fps: int) -> None:
    output = probe(path)
    if (output.frames, output.fps, output.is_steady, output.start_s) != (frames, Fraction(fps), True, 0.0):
        raise MediaError(
            f"{path} has {output.frames} frames at {float(output.fps):g} per second from {output.start_s:g} s; "
            f"expected {frames} at a steady {fps} from 0 s. Report this as a bug"
        )
