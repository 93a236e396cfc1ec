"""The encoder of the mezzanine format, and a clip written with it frame by frame. What the frames show is not ours."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import ffmpeg
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.ffmpeg import InputPipe, file_url, open_input_pipe
from tower_anime_assets.media.fitting import cover_size
from tower_anime_assets.media.frames import probe
from tower_anime_assets.media.mezzanine import TICKS_PER_FRAME, encoding_options

Bgr = NDArray[np.uint8]
"""(height, width, 3) uint8, sRGB, in OpenCV's channel order."""

_BT709_TAGS = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "range": "tv"}

_SCALING = "lanczos+accurate_rnd+bitexact"
"""The same pixels on every machine."""

_LIMITED_LUMA_SCALE = 219 / 255
_LIMITED_CHROMA_SCALE = 224 / 255


def _bt709_from_bgr() -> NDArray[np.float32]:
    """Return the 3x4 matrix from full-range BGR to limited-range Y, Cb, Cr.

    Source:
        Recommendation ITU-R BT.709-6, item 3.2 (luma coefficients) and item 3.4 (quantisation).
    """
    red, blue = 0.2126, 0.0722
    green = 1 - red - blue
    luma = np.array([blue, green, red])
    cb = (np.array([1.0, 0.0, 0.0]) - luma) / (2 * (1 - blue))
    cr = (np.array([0.0, 0.0, 1.0]) - luma) / (2 * (1 - red))
    rows = (
        [*(luma * _LIMITED_LUMA_SCALE), 16],
        [*(cb * _LIMITED_CHROMA_SCALE), 128],
        [*(cr * _LIMITED_CHROMA_SCALE), 128],
    )
    return np.array(rows, np.float32)


_BT709_FROM_BGR = _bt709_from_bgr()


def open_encoder(
    path: Path,
    width_px: int,
    height_px: int,
    fps: int,
    *,
    subject: str,
    made_px: tuple[int, int] | None = None,
    **options: str,
) -> AbstractContextManager[InputPipe]:
    """Run an encoder of the mezzanine format on raw frames, yuv420p as ffmpeg packs it, limited range.

    x264 runs in one thread, so that the same frames give the same file on every machine.

    Args:
        path: The mp4 to write; replaced if it is there.
        width_px: Width of every frame, even.
        height_px: Height of every frame, even.
        fps: Frames per second.
        subject: What is being done, for the error message.
        made_px: Width and height of the raw frames, where they are scaled to cover the others and cropped to them.
        options: ffmpeg output options that replace or join those of the format.

    Raises:
        MediaError: On leaving the block: ffmpeg failed.
    """
    output_options = {
        "c:v": "libx264",
        **encoding_options(width_px, height_px, fps),
        "threads": 1,
        "fps_mode": "passthrough",
        "map_metadata": -1,
        "fflags": "+bitexact",
        "flags:v": "+bitexact",
        "format": "mp4",
        "video_track_timescale": fps * TICKS_PER_FRAME,
        "movflags": "+faststart",
        **options,
    }
    size_px = (width_px, height_px)
    raw_px = made_px or size_px
    raw_frames = ffmpeg.input("pipe:0", format="rawvideo", pix_fmt="yuv420p", video_size=raw_px, framerate=fps)
    frames = raw_frames.filter("setparams", **_BT709_TAGS)
    if raw_px != size_px:
        outer_px = cover_size(raw_px, size_px)
        frames = frames.filter("scale", *outer_px, flags=_SCALING).filter("crop", *size_px, exact=1)
    arguments = frames.output(file_url(path), **output_options).get_args()
    return open_input_pipe(arguments, subject=subject)


class ClipWriter:
    """A clip being written; use it in a `with` block and pass it every frame with `write`.

    Leaving the block normally closes the file and counts its frames; on an exception or a failure the file is removed.
    Frames become limited-range BT.709 here rather than in ffmpeg: 121 frames of 768x512 took 0.50 s of CPU with their
    encoding instead of 0.58 s.

    Args:
        path: The mp4 to write; replaced if it is there.
        width_px: Width of every frame, even.
        height_px: Height of every frame, even.
        fps: Frames per second.
        made_px: Width and height of the frames that are passed, where the encoder is to scale them: they then cover
            the clip's size and are cropped to it.

    Raises:
        MediaError: The size or rate cannot be encoded; on leaving the block, the file could not be written.
    """

    def __init__(
        self, path: Path, width_px: int, height_px: int, fps: int, made_px: tuple[int, int] | None = None
    ) -> None:
        for width, height in filter(None, ((width_px, height_px), made_px)):
            if width < 2 or height < 2 or width % 2 or height % 2:
                raise MediaError(f"cannot write {path}: {width}x{height} px; 4:2:0 video needs positive even sides")
        if fps < 1:
            raise MediaError(f"cannot write {path}: {fps} frames per second; expected 1 or more")
        self.path = path
        self.width_px = width_px
        self.height_px = height_px
        self.fps = fps
        self.frames = 0
        self._stack = ExitStack()
        self._made_px = made_px or (width_px, height_px)
        self._half_px = (self._made_px[0] // 2, self._made_px[1] // 2)
        width_px, height_px = self._made_px
        half = (height_px // 2, width_px // 2)
        quarter = half[0] * half[1]
        self._ycc = np.empty((height_px, width_px, 3), np.uint8)
        self._cb = np.empty((height_px, width_px), np.uint8)
        self._cr = np.empty((height_px, width_px), np.uint8)
        self._i420 = np.empty(6 * quarter, np.uint8)  # Y, then Cb and Cr at half size, as ffmpeg reads yuv420p
        self._y = self._i420[: 4 * quarter].reshape(height_px, width_px)
        self._half_cb = self._i420[4 * quarter : 5 * quarter].reshape(half)
        self._half_cr = self._i420[5 * quarter :].reshape(half)

    def __enter__(self) -> Self:
        encoder = open_encoder(
            self.path, self.width_px, self.height_px, self.fps, subject=f"write {self.path}", made_px=self._made_px
        )
        self._input_pipe = self._stack.enter_context(encoder)
        return self

    def write(self, frame: Bgr) -> None:
        """Append one frame, (height, width, 3) uint8 BGR.

        Raises:
            MediaError: The frame has another size or type.
        """
        if frame.shape != self._ycc.shape or frame.dtype != np.uint8:
            raise MediaError(
                f"cannot write {self.path}: frame {self.frames} is {frame.shape} {frame.dtype}; "
                f"expected {self._ycc.shape} uint8"
            )
        cv2.transform(frame, _BT709_FROM_BGR, dst=self._ycc)
        cv2.split(self._ycc, (self._y, self._cb, self._cr))
        cv2.resize(self._cb, self._half_px, dst=self._half_cb, interpolation=cv2.INTER_AREA)
        cv2.resize(self._cr, self._half_px, dst=self._half_cr, interpolation=cv2.INTER_AREA)
        self._input_pipe.write(self._i420)
        self.frames += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._stack.__exit__(kind, error, trace)
            if error is None:
                self._check_output()
        except BaseException:
            self.path.unlink(missing_ok=True)
            raise
        if error is not None:
            self.path.unlink(missing_ok=True)

    def _check_output(self) -> None:
        if self.frames == 0:
            raise MediaError(f"cannot write {self.path}: it has no frames; expected at least one")
        output = probe(self.path)
        expected = (self.frames, self.width_px, self.height_px, Fraction(self.fps))
        actual = (output.frames, output.width_px, output.height_px, output.fps)
        if actual != expected:
            raise MediaError(
                f"{self.path} has (frames, width, height, rate) {actual}; expected {expected}. Make it again"
            )
