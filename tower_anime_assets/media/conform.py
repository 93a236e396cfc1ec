"""Conforming a server's clips to the mezzanine format: frames are kept one for one, trimmed, joined, encoded once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import count, islice
from pathlib import Path

import cv2
import numpy as np

from tower_anime_assets.errors import OutputMismatchError, UndecodableError
from tower_anime_assets.media.clip_writer import Bgr, ClipWriter
from tower_anime_assets.media.external import external_frames, probe_external_video
from tower_anime_assets.media.fitting import cover, scaled
from tower_anime_assets.media.loops import mirrored
from tower_anime_assets.quality.image import Picture
from tower_anime_assets.quality.video_facts import VideoFacts

_RATE_TOLERANCE = 0.01


def probe_clip(path: Path) -> VideoFacts:
    """Return a downloaded clip's streams.

    Raises:
        OutputMismatchError: It cannot be decoded.
    """
    with _naming_the_server():
        return probe_external_video(path)


def check_clip(path: Path, frames: int, fps: int, width_px: int, height_px: int) -> VideoFacts:
    """Return a downloaded clip's streams; more frames than requested are allowed.

    Raises:
        OutputMismatchError: The clip has another size, another rate or fewer frames, or cannot be decoded.
    """
    clip = probe_clip(path)
    faults = []
    if (clip.width_px, clip.height_px) != (width_px, height_px):
        faults.append(f"{clip.width_px}x{clip.height_px} px instead of {width_px}x{height_px} px")
    if clip.frames < frames:
        faults.append(f"{clip.frames} frames instead of {frames}")
    if abs(float(clip.fps) - fps) > _RATE_TOLERANCE:
        faults.append(f"{float(clip.fps):g} frames per second instead of {fps}")
    if faults:
        raise OutputMismatchError(
            f"the server's clip has {'; '.join(faults)}. See `tower workflows inspect` for what its model can make"
        )
    return clip


def conform_clips(
    clips: Sequence[Path],
    target: Path,
    frames: int,
    fps: int,
    width_px: int,
    height_px: int,
    edit_frame: Callable[[Bgr, int], Bgr] | None = None,
    *,
    loops: bool = False,
) -> None:
    """Write clips, one after another, as one clip in the mezzanine format.

    Each clip after the first starts with the last frame of the one before, which is written once.

    Args:
        clips: Video files of one size, in order.
        target: The mp4 to write.
        frames: Length of the result; further frames are left out.
        fps: Frames per second of the result.
        width_px: Width of the result, even.
        height_px: Height of the result, even.
        edit_frame: Called with each frame, (height, width, 3) uint8 BGR, and its number; returns the frame to write,
            of the result's size. None to crop them by `crop_to_size`, which undoes `pad_to_size`.
        loops: Run the clips to the middle of the result, and back.

    Raises:
        OutputMismatchError: A clip cannot be decoded, or the clips have too few frames.
        MediaError: The target cannot be written.
    """
    pictures = concatenated_frames(clips)
    source = mirrored(pictures, frames) if loops else pictures
    conform_frames(source, target, frames, fps, width_px, height_px, edit_frame)


def conform_frames(
    source: Iterable[Picture],
    target: Path,
    frames: int,
    fps: int,
    width_px: int,
    height_px: int,
    edit_frame: Callable[[Bgr, int], Bgr] | None = None,
) -> None:
    """Write frames, (height, width, 3) uint8 RGB, as a clip in the mezzanine format; arguments as of `conform_clips`.

    Raises:
        MediaError: There are too few frames, they cannot be read, or the target cannot be written.
    """
    with ClipWriter(target, width_px, height_px, fps) as clip:
        for index, frame in enumerate(islice(source, frames)):
            bgr = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), np.uint8)
            clip.write(crop_to_size(bgr, width_px, height_px) if edit_frame is None else edit_frame(bgr, index))
        if clip.frames < frames:
            raise OutputMismatchError(f"the server's clips have {clip.frames} frames in all; expected {frames}")


def read_last_frame(path: Path) -> Picture:
    """Return the last frame of a clip, `(height, width, 3) uint8`, sRGB.

    Raises:
        OutputMismatchError: The clip is damaged or empty.
    """
    last: Picture | None = None
    for frame in concatenated_frames([path]):
        last = frame
    if last is None:
        raise OutputMismatchError(f"{path} has no frames; expected at least one")
    return last


def pad_to_size(picture: Picture, width_px: int, height_px: int) -> Picture:
    """Return a picture centred in a larger frame, scaled as little as possible, its edges mirrored outwards.

    `crop_to_size` takes the added edges off again.
    """
    height, width = picture.shape[:2]
    if (width, height) == (width_px, height_px):
        return picture
    scale = min(Fraction(width_px, width), Fraction(height_px, height))
    inner_width_px, inner_height_px = round(width * scale), round(height * scale)
    inner = scaled(picture, inner_width_px, inner_height_px)
    left, top = (width_px - inner_width_px) // 2, (height_px - inner_height_px) // 2
    borders = (top, height_px - inner_height_px - top, left, width_px - inner_width_px - left)
    return np.asarray(cv2.copyMakeBorder(inner, *borders, cv2.BORDER_REFLECT_101), np.uint8)


def crop_to_size(picture: Picture, width_px: int, height_px: int) -> Picture:
    """Return a picture scaled to cover a size and cropped around its centre; undoes `pad_to_size`."""
    return cover(picture, width_px, height_px)


def concatenated_frames(clips: Sequence[Path], *, shares_ends: bool = True) -> Iterator[Picture]:
    """Yield the frames of clips, one after another, as RGB.

    Args:
        clips: Video files of one size, in order.
        shares_ends: Whether each clip after the first starts with the last frame of the one before, yielded once.

    Raises:
        OutputMismatchError: While iterating: a clip cannot be decoded.
    """
    for clip_index, path in enumerate(clips):
        frames = external_frames(path)
        for index in count():
            with _naming_the_server():
                frame = next(frames, None)
            if frame is None:
                break
            if index or not clip_index or not shares_ends:
                yield frame


@contextmanager
def _naming_the_server() -> Iterator[None]:
    """Lay a file that cannot be decoded at the door of whoever made it."""
    try:
        yield
    except UndecodableError as error:
        raise OutputMismatchError(f"the server's clip could not be decoded: {error}") from error
