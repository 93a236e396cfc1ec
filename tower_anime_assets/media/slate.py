"""Slates: clips written again with a mark in their corner, for episodes that hold takes that are not accepted."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.clip_writer import ClipWriter
from tower_anime_assets.media.frames import rgb_frames

_TEXT_SHARE = 1 / 28
"""Height of the letters, as a share of the picture's shorter side."""

_MARGIN_SHARE = 0.02
_BOX_BGR, _INK_BGR = (24, 24, 160), (255, 255, 255)


def write_slated_clip(source: Path, target: Path, text: str, fps: int) -> None:
    """Write a clip again with a text in a box in its upper left corner.

    Args:
        source: The clip.
        target: The mp4 to write, in the mezzanine format.
        text: One line; what is too long for the picture is cut off.
        fps: Frames per second of both.

    Raises:
        MediaError: The clip is damaged or empty, or the target cannot be written.
    """
    frames = rgb_frames(source, is_exact=True)
    first = next(frames, None)
    if first is None:
        raise MediaError(f"{source} has no frames; make the clip again")
    height_px, width_px = first.shape[:2]
    mark = draw_slate(text, width_px, height_px)
    with ClipWriter(target, width_px, height_px, fps) as clip:
        for picture in (first, *frames):
            frame = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
            top = left = round(min(width_px, height_px) * _MARGIN_SHARE)
            frame[top : top + mark.shape[0], left : left + mark.shape[1]] = mark
            clip.write(np.asarray(frame, np.uint8))


def draw_slate(text: str, width_px: int, height_px: int) -> NDArray[np.uint8]:
    """Return the mark for a picture of this size, (height, width, 3) uint8 BGR."""
    side_px = min(width_px, height_px)
    size_px = max(8, round(side_px * _TEXT_SHARE))
    pad_px = size_px // 2
    font = cv2.FontFace("uni")
    box = cv2.getTextSize((0, 0), text, (0, 0), font, size_px, 500)
    room_px = width_px - 2 * round(side_px * _MARGIN_SHARE)
    mark = np.full((size_px + 2 * pad_px, min(int(box[2]) + 2 * pad_px, room_px), 3), _BOX_BGR, np.uint8)
    cv2.putText(mark, text, (pad_px, pad_px + round(size_px * 0.85)), _INK_BGR, font, size_px, 500)
    return mark
