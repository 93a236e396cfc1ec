"""Joining clips of the house encoding into one picture stream, and bringing outside clips into that encoding.

Whole groups of pictures are copied as they are; only transitions, fades and the groups that a cut opens are decoded
and encoded again. What stands beside the picture in a file (sound, subtitles, chapters) belongs in `mux`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.media import ffmpeg
from tower_anime_assets.media.frames import Probe, probe
from tower_anime_assets.media.mezzanine import KEYFRAME_EVERY_FRAMES, TICKS_PER_FRAME, X264_OPTIONS
from tower_anime_assets.media.prefetch import prefetch

Yuv = NDArray[np.uint8]
"""(height * 3 / 2, width) uint8: the Y plane, then Cb and Cr at half size, packed as ffmpeg packs yuv420p."""

REORDER_FRAMES = 2
"""How far house pictures are stored ahead of being shown: two B-frames in a row, of which one may be referred to."""

_ENCODERS = 2
_PREFETCHED_SEGMENTS = 8  # segments looked ahead, of which every other is a run: enough to keep two encoders busy
_BLACK_LUMA, _NEUTRAL_CHROMA = 16, 128
_BT709_FILTER = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"


@dataclass(frozen=True)
class Strip:
    """Frames [in_frame, out_frame) of one clip, and how they meet the strip before.

    Attributes:
        path: A clip in the house encoding.
        overlap_frames: First frames that are blended with as many last frames of the strip before (a dissolve).
        fade_in_frames: First frames that come up from black.
        fade_out_frames: Last frames that go down to black.
    """

    path: Path
    in_frame: int
    out_frame: int
    overlap_frames: int = 0
    fade_in_frames: int = 0
    fade_out_frames: int = 0

    @property
    def frames(self) -> int:
        """Frames that the strip takes from its clip."""
        return self.out_frame - self.in_frame

    def fade_level(self, frame: int) -> float:
        """Return the share of light, 0 (black) to 1, that the fades leave of a frame of the clip.

        The first frame of a fade in and the last of a fade out are black.
        """
        fade_in = (frame - self.in_frame) / self.fade_in_frames if self.fade_in_frames else 1.0
        fade_out = (self.out_frame - 1 - frame) / self.fade_out_frames if self.fade_out_frames else 1.0
        return min(1.0, fade_in) * min(1.0, fade_out)


@dataclass(frozen=True)
class ConcatResult:
    """What a join did: `frames` in the file, of which `encoded_frames` were encoded again."""

    frames: int
    encoded_frames: int


def concat_strips(
    strips: Sequence[Strip], path: Path, fps: int, progress: Callable[[float], None] = lambda _part: None
) -> ConcatResult:
    """Write strips as one MP4 that holds a picture stream and nothing else, exact to the frame.

    Memory does not grow with the number of strips. The bodies of clips are copied undecoded: their bytes are vouched
    for by whoever knows their digests, while their number, order and headers are checked here.

    Args:
        strips: In order; clips may repeat.
        path: The file to write; replaced if it is there, removed if the join fails.
        fps: Rate of every clip and of the result.
        progress: Called with the share done, 0..1.

    Raises:
        PlanError: The strips cannot be laid out: none at all, frames that a clip does not have, transitions longer
            than their strips.
        MediaError: A clip is not in the house encoding or is damaged, or the file cannot be written.
    """
    clips = _probe_clips(strips, fps)
    total_frames = _check_strips(strips, clips)
    segments = _plan_segments(strips, clips)
    try:
        with _scratch_folder(path) as folder, _StreamWriter(path, strips[0].path, fps) as writer:
            for segment in _prefetch_encoded(segments, folder, fps):
                writer.copy_segment(segment)
                progress(writer.frames / total_frames)
        _check_output(path, total_frames, fps)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return ConcatResult(total_frames, sum(len(segment) for segment in segments if isinstance(segment, _EncodeSegment)))


# Layout: which frames are copied, and of what the others are made ----------------------------------------------------


@dataclass(frozen=True)
class _CopySegment:
    """Whole groups of pictures of a file: frames [first, end)."""

    path: Path
    first_frame: int
    end_frame: int

    def __len__(self) -> int:
        return self.end_frame - self.first_frame


@dataclass(frozen=True)
class _ClipSpan:
    """Frames [first, end) of a strip's clip, faded where the strip fades."""

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
        steps = len(self) + 1  # every frame of the dissolve shows something of both
        for step, (outgoing, incoming) in enumerate(
            zip(self.before.iter_pictures(), self.after.iter_pictures(), strict=True), 1
        ):
            yield _blend(incoming, outgoing, step / steps)


@dataclass(frozen=True)
class _EncodeSegment:
    """Neighbouring frames that are encoded again, as one run that starts with an IDR picture.

    Attributes:
        next_idr: `idr_pic_id` of the picture after the run, or None at the end of the film.
    """

    parts: tuple[_ClipSpan | _Dissolve, ...]
    next_idr: int | None = None

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def iter_pictures(self) -> Iterator[Yuv]:
        for part in self.parts:
            yield from part.iter_pictures()


def _probe_clips(strips: Sequence[Strip], fps: int) -> dict[Path, Probe]:
    if not strips:
        raise PlanError("there is nothing to join: the cut holds no shot")
    probes: dict[Path, Probe] = {}
    first_header = _stream_header(strips[0].path)
    for strip in strips:
        if strip.path in probes:
            continue
        probed = probes[strip.path] = probe(strip.path)
        first_probed = probes[strips[0].path]
        faults = mezzanine_faults(probed, fps)
        if (probed.width_px, probed.height_px) != (first_probed.width_px, first_probed.height_px):
            faults.append(
                f"{probed.width_px}x{probed.height_px} px beside {first_probed.width_px}x{first_probed.height_px}"
            )
        if not faults and _stream_header(strip.path) != first_header:
            faults.append(f"another stream header (SPS and PPS) than {strips[0].path.name}")
        if faults:
            raise MediaError(f"{strip.path} is not in the house encoding: {'; '.join(faults)}. Normalise it first")
    return probes


def mezzanine_faults(clip: Probe, fps: int) -> list[str]:
    """Return in words every way in which a clip departs from the house encoding at this rate."""
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
        (clip.open_gops == 0, f"{clip.open_gops} open groups of pictures, expected closed ones"),
    ]
    return [words for holds, words in checks if not holds]


def _check_strips(strips: Sequence[Strip], clips: dict[Path, Probe]) -> int:
    for index, strip in enumerate(strips):
        available_frames = clips[strip.path].frames
        subject = f"strip {index + 1} ({strip.path.name})"
        if not 0 <= strip.in_frame < strip.out_frame <= available_frames:
            raise PlanError(
                f"{subject} asks for frames {strip.in_frame} to {strip.out_frame - 1}; its clip has 0 to {available_frames - 1}"
            )
        outgoing_overlap_frames = strips[index + 1].overlap_frames if index + 1 < len(strips) else 0
        needed_frames = max(strip.overlap_frames + outgoing_overlap_frames, strip.fade_in_frames, strip.fade_out_frames)
        lengths = (strip.overlap_frames, strip.fade_in_frames, strip.fade_out_frames)
        if min(lengths) < 0 or needed_frames > strip.frames:
            raise PlanError(
                f"{subject} is {strip.frames} frames long; its transitions need {needed_frames}. Shorten them"
            )
    if strips[0].overlap_frames:
        raise PlanError("the first strip dissolves from nothing: let it fade in, or start with a cut")
    return sum(strip.frames - strip.overlap_frames for strip in strips)


def _plan_segments(strips: Sequence[Strip], clips: dict[Path, Probe]) -> list[_CopySegment | _EncodeSegment]:
    """Return the film as stretches to copy and runs to encode, in order."""
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
    """Return the whole groups of pictures inside [first, end) that no fade touches; possibly none.

    A last group of a single picture is left out: two IDR pictures in a row must carry different `idr_pic_id`, and
    those of two clips often do not. Encoded again, it gets one that fits.

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
    """Return the id that x264 gave the IDR picture at this place of a clip: 0, 1, 0, 1, ..."""
    return key_frame // KEYFRAME_EVERY_FRAMES % 2


# Pictures: decoding and blending -------------------------------------------------------------------------------------


@contextmanager
def _open_clip(path: Path) -> Iterator[InputContainer]:
    try:
        with av.open(
            f"file:{path}", mode="r", format="mov", container_options={"protocol_whitelist": "file"}
        ) as container:
            yield container
    except av.FFmpegError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror}. Make it again") from error


def _stream_header(path: Path) -> bytes:
    """Return the stream header of a clip: its SPS and PPS in an `avcC` record."""
    with _open_clip(path) as container:
        return bytes(container.streams.video[0].codec_context.extradata or b"")


def _frame_ticks(container: InputContainer) -> int:
    video = container.streams.video[0]
    return round(1 / (video.average_rate * video.time_base))  # type: ignore[operator]  # both are set in an mp4


def _decode_pictures(path: Path, first_frame: int, end_frame: int) -> Iterator[Yuv]:
    """Yield frames [first, end) of a clip, decoding from the key frame before them."""
    with _open_clip(path) as container:
        video = container.streams.video[0]
        ticks = _frame_ticks(container)
        video.codec_context.options = {"err_detect": "explode"}
        video.codec_context.thread_count = 1
        container.seek(
            first_frame // KEYFRAME_EVERY_FRAMES * KEYFRAME_EVERY_FRAMES * ticks, stream=video, backward=True
        )
        next_frame = first_frame
        for frame in container.decode(video):
            if frame.is_corrupt:  # the decoder mended what it could not read, and calls that a success
                break
            if frame.pts == next_frame * ticks:
                yield np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8)
                next_frame += 1
            if next_frame == end_frame:
                return
    raise MediaError(f"{path} is damaged: frame {next_frame} does not decode. Make it again")


def _fade(picture: Yuv, level: float) -> Yuv:
    """Return the picture with this share of its light left."""
    if level >= 1.0:
        return picture
    black = np.full_like(picture, _NEUTRAL_CHROMA)
    black[: picture.shape[0] * 2 // 3] = _BLACK_LUMA
    return _blend(picture, black, level)


def _blend(picture: Yuv, other: Yuv, share: float) -> Yuv:
    """Return `share` of one picture and the rest of the other; linear in the stored values."""
    return np.asarray(cv2.addWeighted(picture, share, other, 1.0 - share, 0.0), np.uint8)


# Runs: encoding ------------------------------------------------------------------------------------------------------


@contextmanager
def _scratch_folder(beside: Path) -> Iterator[Path]:
    """Give a folder for encoded runs beside a file; it is gone afterwards."""
    try:
        folder = Path(tempfile.mkdtemp(dir=beside.parent, prefix=".runs-"))
    except OSError as error:
        raise MediaError(f"cannot write {beside}: {error.strerror}. Make the folder, or make it writable") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prefetch_encoded(
    segments: Sequence[_CopySegment | _EncodeSegment], folder: Path, fps: int
) -> Iterator[_CopySegment]:
    """Yield every segment in order, runs encoded; a few are encoded ahead of their turn, and removed after it."""

    def prepare(numbered: tuple[int, _CopySegment | _EncodeSegment]) -> _CopySegment:
        number, segment = numbered
        return (
            _encode_segment(segment, folder / f"{number}.mp4", fps) if isinstance(segment, _EncodeSegment) else segment
        )

    for segment, prepared in zip(
        segments, prefetch(prepare, enumerate(segments), _ENCODERS, _PREFETCHED_SEGMENTS), strict=True
    ):
        yield prepared
        if prepared is not segment:
            prepared.path.unlink()


def _encode_segment(segment: _EncodeSegment, path: Path, fps: int) -> _CopySegment:
    """Encode a run into a file of its own and return the part of it that belongs into the film.

    This takes a process, 20 ms, but the one that also encodes the clips: so both have the same stream header, and the
    same pictures give the same bytes. The x264 inside PyAV 18.1 gave others from time to time on a CPU with AVX-512.
    """
    pictures = segment.iter_pictures()
    first = next(pictures)
    count = len(segment)
    if count == 1:
        # The same picture again, for x264 gives its IDR pictures the ids 0 and 1 in turn; one of them fits.
        pictures, key_frame_expression, copied = (
            iter((first,)),
            "1",
            _CopySegment(path, int(segment.next_idr == 0), int(segment.next_idr == 0) + 1),
        )
    else:
        # None at the very end: the picture after the run is an IDR picture too, and may carry the same id.
        key_frame_expression = f"not(mod(n,{KEYFRAME_EVERY_FRAMES}))*lt(n,{count - 1})"
        copied = _CopySegment(path, 0, count)
    height_px, width_px = first.shape[0] * 2 // 3, first.shape[1]
    with ffmpeg.open_input_pipe(
        _encoder_arguments(path, width_px, height_px, fps, key_frame_expression), subject="encode a transition"
    ) as feed:
        feed.write(first)
        for picture in pictures:
            feed.write(picture)
    return copied


def _encoder_arguments(path: Path, width_px: int, height_px: int, fps: int, key_frame_expression: str) -> list[str]:
    options = {**X264_OPTIONS, "g": "250", "forced-idr": "1", "force_key_frames": f"expr:{key_frame_expression}"}
    return [
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", f"{width_px}x{height_px}", "-framerate", str(fps)),
        *("-i", "pipe:0", "-vf", _BT709_FILTER, "-fps_mode", "passthrough", "-c:v", "libx264"),
        *(argument for name, value in options.items() for argument in (f"-{name}", value)),
        *("-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact"),
        *("-video_track_timescale", str(fps * TICKS_PER_FRAME), "-f", "mp4", ffmpeg.file_url(path)),
    ]


# The file ------------------------------------------------------------------------------------------------------------


@contextmanager
def _translated_write_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except av.FFmpegError as error:
        raise MediaError(
            f"cannot write {path}: {error.strerror}. Free some space, or make the folder writable"
        ) from error


class _StreamWriter:
    """An MP4 being written; every picture gets the next place in time, whatever clip it comes from."""

    def __init__(self, path: Path, template_clip: Path, fps: int) -> None:
        self.frames = 0
        self._tick = Fraction(1, fps * TICKS_PER_FRAME)
        self._stored = 0
        options = {"video_track_timescale": str(self._tick.denominator), "fflags": "+bitexact"}
        self._path = path
        with _translated_write_errors(path):
            self._container = av.open(f"file:{path}", mode="w", format="mp4", options=options)
        with _open_clip(template_clip) as clip:
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
        """Append whole groups of pictures, bytes untouched."""
        copied_frames = 0
        with _open_clip(segment.path) as container:
            video = container.streams.video[0]
            if bytes(video.codec_context.extradata or b"") != self._header:
                raise MediaError(
                    f"{segment.path.name} cannot be joined: its stream header (SPS and PPS) is not that of the first "
                    "clip. The clips come from another x264: normalise them or make them again with this installation"
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
                    raise MediaError(f"{segment.path}: frame {frame} is stored out of its group. Make it again")
                self._mux_packet(packet, self.frames + frame - segment.first_frame)
                copied_frames += 1
        if copied_frames != len(segment):
            raise MediaError(f"{segment.path} gave {copied_frames} pictures of {len(segment)}: damaged, make it again")
        self.frames += copied_frames

    def _mux_packet(self, packet: Packet[Any], display_frame: int) -> None:
        if display_frame < self._stored - REORDER_FRAMES:
            raise MediaError(
                f"picture {display_frame} is stored more than {REORDER_FRAMES} pictures late: not the house order"
            )
        packet.stream = self._stream
        packet.time_base = self._tick
        packet.pts = display_frame * TICKS_PER_FRAME
        packet.dts = (self._stored - REORDER_FRAMES) * TICKS_PER_FRAME
        packet.duration = TICKS_PER_FRAME
        with _translated_write_errors(self._path):
            self._container.mux(packet)
        self._stored += 1


def _check_output(path: Path, frames: int, fps: int) -> None:
    output = probe(path)
    if (output.frames, output.fps, output.is_steady, output.start_s) != (frames, Fraction(fps), True, 0.0):
        raise MediaError(
            f"{path} should hold {frames} frames at a steady {fps} from 0 s; it holds {output.frames} "
            f"at {float(output.fps):g} from {output.start_s:g} s: report this"
        )


# Clips from outside --------------------------------------------------------------------------------------------------


def normalise(path: Path, out: Path, fps: int, width: int, height: int) -> int:
    """Encode any video file again in the house encoding and return its frames; sound is left behind.

    Its length in seconds is kept: at another rate frames are dropped or repeated. The picture is scaled to cover the
    size and cropped around its centre; colours are converted to limited-range BT.709.

    Raises:
        MediaError: The file is damaged, or came out with another number of frames than its length asks for; nothing
            is left at `out` then.
    """
    source = probe(path)
    expected = max(1, round(source.frames * fps / source.fps)) if source.fps else 0
    filters = [
        f"fps={fps}:start_time=0:round=near",
        f"scale={width}:{height}:force_original_aspect_ratio=increase:flags=lanczos:"
        "out_color_matrix=bt709:out_range=tv",
        f"crop={width}:{height}",
        "setsar=0",  # square by default, and not spelled out in the stream header: neither do our own clips
        "format=yuv420p",
        _BT709_FILTER,
    ]
    encoder = [part for name, value in X264_OPTIONS.items() for part in (f"-{name}", value)]
    arguments = [
        *("-i", ffmpeg.file_url(path), "-map", "0:v:0", "-an", "-sn", "-dn", "-vf", ",".join(filters)),
        *("-frames:v", str(expected), "-c:v", "libx264", *encoder, "-threads", "1"),
        *("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"),
        *("-video_track_timescale", str(fps * TICKS_PER_FRAME), "-movflags", "+faststart"),
        *("-f", "mp4", ffmpeg.file_url(out)),
    ]
    try:
        ffmpeg.run(arguments, subject=f"normalise {path.name}")
        found = probe(out)
        faults = mezzanine_faults(found, fps)
        if found.frames != expected:
            faults.append(f"{found.frames} frames, expected {expected}")
        if faults:
            raise MediaError(f"{path} came out of normalising with {'; '.join(faults)}. Is the file damaged?")
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    return found.frames
