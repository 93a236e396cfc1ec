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
from tower_anime_assets.media.prefetch import ahead

Yuv = NDArray[np.uint8]
"""(height * 3 / 2, width) uint8: the Y plane, then Cb and Cr at half size, packed as ffmpeg packs yuv420p."""

REORDER_FRAMES = 2
"""How far house pictures are stored ahead of being shown: two B-frames in a row, of which one may be referred to."""

_ENCODERS = 2
_AHEAD = 8  # segments looked ahead, of which every other is a run: enough to keep two encoders busy
_BLACK_LUMA, _NO_CHROMA = 16, 128
_TAGS = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"


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

    def light(self, frame: int) -> float:
        """Return the share of light, 0 (black) to 1, that the fades leave of a frame of the clip.

        The first frame of a fade in and the last of a fade out are black.
        """
        come = (frame - self.in_frame) / self.fade_in_frames if self.fade_in_frames else 1.0
        left = (self.out_frame - 1 - frame) / self.fade_out_frames if self.fade_out_frames else 1.0
        return min(1.0, come) * min(1.0, left)


@dataclass(frozen=True)
class Joined:
    """What a join did: `frames` in the file, of which `encoded_frames` were encoded again."""

    frames: int
    encoded_frames: int


def join(
    strips: Sequence[Strip], path: Path, fps: int, progress: Callable[[float], None] = lambda _part: None
) -> Joined:
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
    clips = _probed(strips, fps)
    total = _checked_length(strips, clips)
    segments = _segments(strips, clips)
    try:
        with _scratch(path) as folder, _Writer(path, strips[0].path, fps) as writer:
            for segment in _encoded_ahead(segments, folder, fps):
                writer.copy(segment)
                progress(writer.frames / total)
        _check_result(path, total, fps)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Joined(total, sum(len(segment) for segment in segments if isinstance(segment, _Composed)))


# Layout: which frames are copied, and of what the others are made ----------------------------------------------------


@dataclass(frozen=True)
class _Copied:
    """Whole groups of pictures of a file: frames [first, end)."""

    path: Path
    first: int
    end: int

    def __len__(self) -> int:
        return self.end - self.first


@dataclass(frozen=True)
class _Stretch:
    """Frames [first, end) of a strip's clip, faded where the strip fades."""

    strip: Strip
    first: int
    end: int

    def __len__(self) -> int:
        return self.end - self.first

    def pictures(self) -> Iterator[Yuv]:
        for frame, picture in enumerate(_decoded(self.strip.path, self.first, self.end), self.first):
            yield _dimmed(picture, self.strip.light(frame))


@dataclass(frozen=True)
class _Dissolve:
    """The last frames of one strip blended into the first of the next."""

    before: _Stretch
    after: _Stretch

    def __len__(self) -> int:
        return len(self.after)

    def pictures(self) -> Iterator[Yuv]:
        steps = len(self) + 1  # every frame of the dissolve shows something of both
        for step, (old, new) in enumerate(zip(self.before.pictures(), self.after.pictures(), strict=True), 1):
            yield _blended(new, old, step / steps)


@dataclass(frozen=True)
class _Composed:
    """Neighbouring frames that are encoded again, as one run that starts with an IDR picture.

    Attributes:
        next_idr: `idr_pic_id` of the picture after the run, or None at the end of the film.
    """

    parts: tuple[_Stretch | _Dissolve, ...]
    next_idr: int | None = None

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def pictures(self) -> Iterator[Yuv]:
        for part in self.parts:
            yield from part.pictures()


def _probed(strips: Sequence[Strip], fps: int) -> dict[Path, Probe]:
    if not strips:
        raise PlanError("there is nothing to join: the cut holds no shot")
    found: dict[Path, Probe] = {}
    first_header = _header(strips[0].path)
    for strip in strips:
        if strip.path in found:
            continue
        clip = found[strip.path] = probe(strip.path)
        first = found[strips[0].path]
        faults = house_faults(clip, fps)
        if (clip.width_px, clip.height_px) != (first.width_px, first.height_px):
            faults.append(f"{clip.width_px}x{clip.height_px} px beside {first.width_px}x{first.height_px}")
        if not faults and _header(strip.path) != first_header:
            faults.append(f"another stream header (SPS and PPS) than {strips[0].path.name}")
        if faults:
            raise MediaError(f"{strip.path} is not in the house encoding: {'; '.join(faults)}. Normalise it first")
    return found


def house_faults(clip: Probe, fps: int) -> list[str]:
    """Return in words every way in which a clip departs from the house encoding at this rate."""
    expected_keys = tuple(range(0, clip.frames, KEYFRAME_EVERY_FRAMES))
    facts = [
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
    return [words for holds, words in facts if not holds]


def _checked_length(strips: Sequence[Strip], clips: dict[Path, Probe]) -> int:
    for place, strip in enumerate(strips):
        available = clips[strip.path].frames
        where = f"strip {place + 1} ({strip.path.name})"
        if not 0 <= strip.in_frame < strip.out_frame <= available:
            raise PlanError(
                f"{where} asks for frames {strip.in_frame} to {strip.out_frame - 1}; its clip has 0 to {available - 1}"
            )
        leaving = strips[place + 1].overlap_frames if place + 1 < len(strips) else 0
        shortest = max(strip.overlap_frames + leaving, strip.fade_in_frames, strip.fade_out_frames)
        lengths = (strip.overlap_frames, strip.fade_in_frames, strip.fade_out_frames)
        if min(lengths) < 0 or shortest > strip.frames:
            raise PlanError(f"{where} is {strip.frames} frames long; its transitions need {shortest}. Shorten them")
    if strips[0].overlap_frames:
        raise PlanError("the first strip dissolves from nothing: let it fade in, or start with a cut")
    return sum(strip.frames - strip.overlap_frames for strip in strips)


def _segments(strips: Sequence[Strip], clips: dict[Path, Probe]) -> list[_Copied | _Composed]:
    """Return the film as stretches to copy and runs to encode, in order."""
    segments: list[_Copied | _Composed] = []
    pending: list[_Stretch | _Dissolve] = []
    for place, strip in enumerate(strips):
        leaving = strips[place + 1].overlap_frames if place + 1 < len(strips) else 0
        if strip.overlap_frames:
            before = strips[place - 1]
            pending.append(
                _Dissolve(
                    _Stretch(before, before.out_frame - strip.overlap_frames, before.out_frame),
                    _Stretch(strip, strip.in_frame, strip.in_frame + strip.overlap_frames),
                )
            )
        first, end = strip.in_frame + strip.overlap_frames, strip.out_frame - leaving
        body = _copyable(strip, first, end, clips[strip.path].frames)
        if len(body):
            if body.first > first:
                pending.append(_Stretch(strip, first, body.first))
            if pending:
                segments.append(_Composed(tuple(pending), _idr_pic_id(body.first)))
                pending = []
            segments.append(body)
            first = body.end
        if end > first:
            pending.append(_Stretch(strip, first, end))
    if pending:
        segments.append(_Composed(tuple(pending)))
    return segments


def _copyable(strip: Strip, first: int, end: int, clip_frames: int) -> _Copied:
    """Return the whole groups of pictures inside [first, end) that no fade touches; possibly none.

    A last group of a single picture is left out: two IDR pictures in a row must carry different `idr_pic_id`, and
    those of two clips often do not. Encoded again, it gets one that fits.

    Source:
        ITU-T H.264, 7.4.3, semantics of idr_pic_id.
    """
    step = KEYFRAME_EVERY_FRAMES
    first = max(first, strip.in_frame + strip.fade_in_frames)
    end = min(end, strip.out_frame - strip.fade_out_frames)
    from_key = -(-first // step) * step
    ends_with_clip = end == clip_frames and end % step != 1
    to_key = end if ends_with_clip else end // step * step
    return _Copied(strip.path, from_key, max(from_key, to_key))


def _idr_pic_id(key_frame: int) -> int:
    """Return the id that x264 gave the IDR picture at this place of a clip: 0, 1, 0, 1, ..."""
    return key_frame // KEYFRAME_EVERY_FRAMES % 2


# Pictures: decoding and blending -------------------------------------------------------------------------------------


@contextmanager
def _reading(path: Path) -> Iterator[InputContainer]:
    try:
        with av.open(
            f"file:{path}", mode="r", format="mov", container_options={"protocol_whitelist": "file"}
        ) as container:
            yield container
    except av.FFmpegError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror}. Make it again") from error


def _header(path: Path) -> bytes:
    """Return the stream header of a clip: its SPS and PPS in an `avcC` record."""
    with _reading(path) as container:
        return bytes(container.streams.video[0].codec_context.extradata or b"")


def _frame_ticks(container: InputContainer) -> int:
    video = container.streams.video[0]
    return round(1 / (video.average_rate * video.time_base))  # type: ignore[operator]  # both are set in an mp4


def _decoded(path: Path, first: int, end: int) -> Iterator[Yuv]:
    """Yield frames [first, end) of a clip, decoding from the key frame before them."""
    with _reading(path) as container:
        video = container.streams.video[0]
        ticks = _frame_ticks(container)
        video.codec_context.options = {"err_detect": "explode"}
        video.codec_context.thread_count = 1
        container.seek(first // KEYFRAME_EVERY_FRAMES * KEYFRAME_EVERY_FRAMES * ticks, stream=video, backward=True)
        wanted = first
        for frame in container.decode(video):
            if frame.is_corrupt:  # the decoder mended what it could not read, and calls that a success
                break
            if frame.pts == wanted * ticks:
                yield np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8)
                wanted += 1
            if wanted == end:
                return
    raise MediaError(f"{path} is damaged: frame {wanted} does not decode. Make it again")


def _dimmed(picture: Yuv, light: float) -> Yuv:
    """Return the picture with this share of its light left."""
    if light >= 1.0:
        return picture
    black = np.full_like(picture, _NO_CHROMA)
    black[: picture.shape[0] * 2 // 3] = _BLACK_LUMA
    return _blended(picture, black, light)


def _blended(picture: Yuv, other: Yuv, share: float) -> Yuv:
    """Return `share` of one picture and the rest of the other; linear in the stored values."""
    return np.asarray(cv2.addWeighted(picture, share, other, 1.0 - share, 0.0), np.uint8)


# Runs: encoding ------------------------------------------------------------------------------------------------------


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    """Give a folder for encoded runs beside a file; it is gone afterwards."""
    try:
        folder = Path(tempfile.mkdtemp(dir=beside.parent, prefix=".runs-"))
    except OSError as error:
        raise MediaError(f"cannot write {beside}: {error.strerror}. Make the folder, or make it writable") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _encoded_ahead(segments: Sequence[_Copied | _Composed], folder: Path, fps: int) -> Iterator[_Copied]:
    """Yield every segment in order, runs encoded; a few are encoded ahead of their turn, and removed after it."""

    def made(numbered: tuple[int, _Copied | _Composed]) -> _Copied:
        number, segment = numbered
        return _encode(segment, folder / f"{number}.mp4", fps) if isinstance(segment, _Composed) else segment

    for segment, ready in zip(segments, ahead(made, enumerate(segments), _ENCODERS, _AHEAD), strict=True):
        yield ready
        if ready is not segment:
            ready.path.unlink()


def _encode(run: _Composed, path: Path, fps: int) -> _Copied:
    """Encode a run into a file of its own and return the part of it that belongs into the film.

    This takes a process, 20 ms, but the one that also encodes the clips: so both have the same stream header, and the
    same pictures give the same bytes. The x264 inside PyAV 18.1 gave others from time to time on a CPU with AVX-512.
    """
    pictures = run.pictures()
    first = next(pictures)
    count = len(run)
    if count == 1:
        # The same picture again, for x264 gives its IDR pictures the ids 0 and 1 in turn; one of them fits.
        pictures, keys, taken = iter((first,)), "1", _Copied(path, int(run.next_idr == 0), int(run.next_idr == 0) + 1)
    else:
        # None at the very end: the picture after the run is an IDR picture too, and may carry the same id.
        keys = f"not(mod(n,{KEYFRAME_EVERY_FRAMES}))*lt(n,{count - 1})"
        taken = _Copied(path, 0, count)
    height, width = first.shape[0] * 2 // 3, first.shape[1]
    with ffmpeg.feeding(_run_arguments(path, width, height, fps, keys), subject="encode a transition") as feed:
        feed.write(first)
        for picture in pictures:
            feed.write(picture)
    return taken


def _run_arguments(path: Path, width: int, height: int, fps: int, keys: str) -> list[str]:
    options = {**X264_OPTIONS, "g": "250", "forced-idr": "1", "force_key_frames": f"expr:{keys}"}
    return [
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", f"{width}x{height}", "-framerate", str(fps)),
        *("-i", "pipe:0", "-vf", _TAGS, "-fps_mode", "passthrough", "-c:v", "libx264"),
        *(part for name, value in options.items() for part in (f"-{name}", value)),
        *("-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact"),
        *("-video_track_timescale", str(fps * TICKS_PER_FRAME), "-f", "mp4", ffmpeg.local_name(path)),
    ]


# The file ------------------------------------------------------------------------------------------------------------


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except av.FFmpegError as error:
        raise MediaError(
            f"cannot write {path}: {error.strerror}. Free some space, or make the folder writable"
        ) from error


class _Writer:
    """An MP4 being written; every picture gets the next place in time, whatever clip it comes from."""

    def __init__(self, path: Path, like: Path, fps: int) -> None:
        self.frames = 0
        self._tick = Fraction(1, fps * TICKS_PER_FRAME)
        self._stored = 0
        options = {"video_track_timescale": str(self._tick.denominator), "fflags": "+bitexact"}
        self._path = path
        with _writing(path):
            self._container = av.open(f"file:{path}", mode="w", format="mp4", options=options)
        with _reading(like) as clip:
            template = clip.streams.video[0]
            self._header = bytes(template.codec_context.extradata or b"")
            self._stream = self._container.add_stream_from_template(template)
        self._stream.time_base = self._tick

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *exception: object) -> None:
        with _writing(self._path):
            self._container.close()

    def copy(self, segment: _Copied) -> None:
        """Append whole groups of pictures, bytes untouched."""
        taken = 0
        with _reading(segment.path) as container:
            video = container.streams.video[0]
            if bytes(video.codec_context.extradata or b"") != self._header:
                raise MediaError(
                    f"{segment.path.name} cannot be joined: its stream header (SPS and PPS) is not that of the first "
                    "clip. The clips come from another x264: normalise them or make them again with this installation"
                )
            ticks = _frame_ticks(container)
            container.seek(segment.first * ticks, stream=video, backward=True)
            for packet in container.demux(video):
                if packet.pts is None:
                    continue
                place = packet.pts // ticks
                if place >= segment.end and packet.is_keyframe:
                    break
                if not segment.first <= place < segment.end:
                    raise MediaError(f"{segment.path}: frame {place} is stored out of its group. Make it again")
                self._put(packet, self.frames + place - segment.first)
                taken += 1
        if taken != len(segment):
            raise MediaError(f"{segment.path} gave {taken} pictures of {len(segment)}: damaged, make it again")
        self.frames += taken

    def _put(self, packet: Packet[Any], shown_at: int) -> None:
        if shown_at < self._stored - REORDER_FRAMES:
            raise MediaError(
                f"picture {shown_at} is stored more than {REORDER_FRAMES} pictures late: not the house order"
            )
        packet.stream = self._stream
        packet.time_base = self._tick
        packet.pts = shown_at * TICKS_PER_FRAME
        packet.dts = (self._stored - REORDER_FRAMES) * TICKS_PER_FRAME
        packet.duration = TICKS_PER_FRAME
        with _writing(self._path):
            self._container.mux(packet)
        self._stored += 1


def _check_result(path: Path, frames: int, fps: int) -> None:
    found = probe(path)
    if (found.frames, found.fps, found.is_steady, found.start_s) != (frames, Fraction(fps), True, 0.0):
        raise MediaError(
            f"{path} should hold {frames} frames at a steady {fps} from 0 s; it holds {found.frames} "
            f"at {float(found.fps):g} from {found.start_s:g} s: report this"
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
        _TAGS,
    ]
    encoder = [part for name, value in X264_OPTIONS.items() for part in (f"-{name}", value)]
    arguments = [
        *("-i", ffmpeg.local_name(path), "-map", "0:v:0", "-an", "-sn", "-dn", "-vf", ",".join(filters)),
        *("-frames:v", str(expected), "-c:v", "libx264", *encoder, "-threads", "1"),
        *("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"),
        *("-video_track_timescale", str(fps * TICKS_PER_FRAME), "-movflags", "+faststart"),
        *("-f", "mp4", ffmpeg.local_name(out)),
    ]
    try:
        ffmpeg.run(arguments, subject=f"normalise {path.name}")
        found = probe(out)
        faults = house_faults(found, fps)
        if found.frames != expected:
            faults.append(f"{found.frames} frames, expected {expected}")
        if faults:
            raise MediaError(f"{path} came out of normalising with {'; '.join(faults)}. Is the file damaged?")
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    return found.frames
