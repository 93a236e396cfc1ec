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
from tower_anime_assets.media.frames import Probe, Rgb, probe, rgb_frames
from tower_anime_assets.media.pictures import Picture

_RATE_TOLERANCE = 0.01


def check_clip(path: Path, frames: int, fps: int, width_px: int, height_px: int) -> Probe:
    """Return what a fetched clip holds if it holds what was asked for; more frames than asked are no fault.

    Raises:
        MediaError: Another size, another rate or fewer frames; asked and found are both named.
    """
    found = probe(path)
    faults = []
    if (found.width_px, found.height_px) != (width_px, height_px):
        faults.append(f"{found.width_px}x{found.height_px} px instead of {width_px}x{height_px} px")
    if found.frames < frames:
        faults.append(f"{found.frames} frames instead of {frames}")
    if abs(float(found.fps) - fps) > _RATE_TOLERANCE:
        faults.append(f"{float(found.fps):g} frames per second instead of {fps}")
    if faults:
        raise MediaError(
            f"the server made a clip of {'; '.join(faults)}. Is the request legal for the model? "
            "See `tower workflows inspect`"
        )
    return found


def rehouse(
    clips: Sequence[Path],
    target: Path,
    frames: int,
    fps: int,
    width_px: int,
    height_px: int,
    touch: Callable[[Bgr, int], Bgr] = lambda frame, _at: frame,
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
        for at, frame in enumerate(islice(_joined(clips), frames)):
            bgr = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), np.uint8)
            clip.write(touch(covering(bgr, width_px, height_px), at))
        if clip.frames < frames:
            raise MediaError(f"the server made {clip.frames} frames of {frames} that were asked for")


def last_frame(path: Path) -> Picture:
    """Return the last frame of a clip, `(height, width, 3) uint8`, sRGB.

    Raises:
        MediaError: The clip is damaged or empty.
    """
    found: Rgb | None = None
    for frame in rgb_frames(path, is_exact=True):
        found = frame
    if found is None:
        raise MediaError(f"{path} holds no frame")
    return found


def framed(picture: Picture, width_px: int, height_px: int) -> Picture:
    """Return a picture in the middle of a larger frame, scaled by as little as possible, its edges mirrored outwards.

    A frame of this size, brought back by `rehouse`, shows the picture and nothing of what was added around it.
    """
    height, width = picture.shape[:2]
    if (width, height) == (width_px, height_px):
        return picture
    share = min(Fraction(width_px, width), Fraction(height_px, height))
    inner_w, inner_h = round(width * share), round(height * share)
    way = cv2.INTER_AREA if share < 1 else cv2.INTER_LANCZOS4
    inner = picture if share == 1 else cv2.resize(picture, (inner_w, inner_h), interpolation=way)
    left, top = (width_px - inner_w) // 2, (height_px - inner_h) // 2
    rest = (top, height_px - inner_h - top, left, width_px - inner_w - left)
    return np.asarray(cv2.copyMakeBorder(inner, *rest, cv2.BORDER_REFLECT_101), np.uint8)


def covering(picture: Picture, width_px: int, height_px: int) -> Picture:
    """Return a picture scaled to cover a size and cropped around its middle: what undoes `framed`."""
    height, width = picture.shape[:2]
    if (width, height) == (width_px, height_px):
        return picture
    share = max(Fraction(width_px, width), Fraction(height_px, height))
    outer = (max(width_px, round(width * share)), max(height_px, round(height * share)))
    if outer != (width, height):
        way = cv2.INTER_AREA if share < 1 else cv2.INTER_LANCZOS4
        picture = np.asarray(cv2.resize(picture, outer, interpolation=way), np.uint8)
    left, top = (outer[0] - width_px) // 2, (outer[1] - height_px) // 2
    return np.ascontiguousarray(picture[top : top + height_px, left : left + width_px])


def _joined(clips: Sequence[Path]) -> Iterator[Rgb]:
    for number, path in enumerate(clips):
        for at, frame in enumerate(rgb_frames(path, is_exact=True)):
            if at or not number:
                yield frame
