"""A clip from outside made into one of ours: its frames taken as they are, trimmed, joined, encoded once.

Unlike `packets.normalise`, which keeps a clip's seconds, this keeps its frames: frame 7 stays frame 7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.clip_writer import Bgr, ClipWriter
from tower_anime_assets.media.frames import Rgb, probe, rgb_frames
from tower_anime_assets.media.pictures import Picture
from tower_anime_assets.quality.video_facts import VideoFacts

_RATE_TOLERANCE = 0.01


def check_clip(path: Path, frames: int, fps: int, width_px: int, height_px: int) -> VideoFacts:
    """Return what a fetched clip holds if it holds what was asked for; more frames than asked are no fault.

    Raises:
        MediaError: Another size, another rate or fewer frames; asked and found are both named.
    """
    clip = probe(path)
    faults = []
    if (clip.width_px, clip.height_px) != (width_px, height_px):
        faults.append(f"{clip.width_px}x{clip.height_px} px instead of {width_px}x{height_px} px")
    if clip.frames < frames:
        faults.append(f"{clip.frames} frames instead of {frames}")
    if abs(float(clip.fps) - fps) > _RATE_TOLERANCE:
        faults.append(f"{float(clip.fps):g} frames per second instead of {fps}")
    if faults:
        raise MediaError(
            f"the server made a clip of {'; '.join(faults)}. Is the request legal for the model? "
            "See `tower workflows inspect`"
        )
    return clip


def conform_clips(
    clips: Sequence[Path],
    target: Path,
    frames: int,
    fps: int,
    width_px: int,
    height_px: int,
    edit_frame: Callable[[Bgr, int], Bgr] = lambda frame, _at: frame,
) -> None:
    """Write clips, one after the other, as one clip in the house encoding.

    Each clip after the first begins with the last frame of the one before it, which is shown once. Frames are scaled
    to cover the size and cropped around their middle, so that `framed` and this undo each other.

    Args:
        clips: Video files of one size, in order.
        target: The mp4 to write.
        frames: Frames wanted; what comes after them is cut off.
        touch: Given each finished frame, (height, width, 3) uint8 BGR, and its number; what it returns is written.

    Raises:
        MediaError: A clip is damaged, all of them together are too short, or the target cannot be written.
    """
    with ClipWriter(target, width_px, height_px, fps) as clip:
        for index, frame in enumerate(islice(_concatenated_frames(clips), frames)):
            bgr = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), np.uint8)
            clip.write(edit_frame(crop_to_size(bgr, width_px, height_px), index))
        if clip.frames < frames:
            raise MediaError(f"the server made {clip.frames} frames of {frames} that were asked for")


def read_last_frame(path: Path) -> Picture:
    """Return the last frame of a clip, `(height, width, 3) uint8`, sRGB.

    Raises:
        MediaError: The clip is damaged or empty.
    """
    last: Rgb | None = None
    for frame in rgb_frames(path, is_exact=True):
        last = frame
    if last is None:
        raise MediaError(f"{path} holds no frame")
    return last


def pad_to_size(picture: Picture, width_px: int, height_px: int) -> Picture:
    """Return a picture in the middle of a larger frame, scaled by as little as possible, its edges mirrored outwards.

    A frame of this size, brought back by `rehouse`, shows the picture and nothing of what was added around it.
    """
    height, width = picture.shape[:2]
    if (width, height) == (width_px, height_px):
        return picture
    scale = min(Fraction(width_px, width), Fraction(height_px, height))
    inner_width_px, inner_height_px = round(width * scale), round(height * scale)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LANCZOS4
    inner = (
        picture if scale == 1 else cv2.resize(picture, (inner_width_px, inner_height_px), interpolation=interpolation)
    )
    left, top = (width_px - inner_width_px) // 2, (height_px - inner_height_px) // 2
    borders = (top, height_px - inner_height_px - top, left, width_px - inner_width_px - left)
    return np.asarray(cv2.copyMakeBorder(inner, *borders, cv2.BORDER_REFLECT_101), np.uint8)


def crop_to_size(picture: Picture, width_px: int, height_px: int) -> Picture:
    """Return a picture scaled to cover a size and cropped around its middle: what undoes `framed`."""
    height, width = picture.shape[:2]
    if (width, height) == (width_px, height_px):
        return picture
    scale = max(Fraction(width_px, width), Fraction(height_px, height))
    outer_size_px = (max(width_px, round(width * scale)), max(height_px, round(height * scale)))
    if outer_size_px != (width, height):
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LANCZOS4
        picture = np.asarray(cv2.resize(picture, outer_size_px, interpolation=interpolation), np.uint8)
    left, top = (outer_size_px[0] - width_px) // 2, (outer_size_px[1] - height_px) // 2
    return np.ascontiguousarray(picture[top : top + height_px, left : left + width_px])


def _concatenated_frames(clips: Sequence[Path]) -> Iterator[Rgb]:
    for clip_index, path in enumerate(clips):
        for index, frame in enumerate(rgb_frames(path, is_exact=True)):
            if index or not clip_index:
                yield frame
