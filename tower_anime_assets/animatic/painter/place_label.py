"""The name on a neutral set, as previsualisation writes it on a set that nobody has built yet."""

from __future__ import annotations

import cv2
import numpy as np

from tower_anime_assets.media.layers import Rgba
from tower_anime_assets.media.title_card import printable_text

_SIZE_SHARE = 0.036
"""Height of the letters, as a share of the frame's shorter side."""

_LONGEST_SHARE = 0.6
_FONT_WEIGHT = 600
_PLATE = (24, 26, 34)


def label_place(image: Rgba, place: str, frame: tuple[int, int, int, int]) -> None:
    """Write a place's name on a small plate in the upper left corner of the frame, in place.

    Args:
        image: The set, (height, width, 4).
        place: As the writer wrote it; letters that the font lacks are left out.
        frame: Left, top, width and height of the frame on the canvas, px.
    """
    text = printable_text(place)
    if not text:
        return
    left, top, width, height = frame
    font, size = cv2.FontFace("uni"), max(8, round(min(width, height) * _SIZE_SHARE))
    text_width = _width_px(text, font, size)
    if text_width > width * _LONGEST_SHARE:
        text = _shortened(text, font, size, width * _LONGEST_SHARE)
        text_width = _width_px(text, font, size)
    x, y, pad = left + round(width * 0.05), top + round(height * 0.07), round(size * 0.5)
    plate = np.s_[max(0, y - pad) : y + size + pad, max(0, x - pad) : x + text_width + pad]
    colour = np.ascontiguousarray(image[plate][..., :3])
    colour[:] = (colour * 0.25 + np.array(_PLATE) * 0.75).astype(np.uint8)
    cv2.putText(colour, text, (pad, pad + round(size * 0.88)), (238, 240, 246), font, size, _FONT_WEIGHT)
    image[plate][..., :3] = colour
    image[plate][..., 3] = 255


def _width_px(text: str, font: cv2.FontFace, size: int) -> int:
    return int(cv2.getTextSize((0, 0), text, (0, 0), font, size, _FONT_WEIGHT)[2])


def _shortened(text: str, font: cv2.FontFace, size: int, widest_px: float) -> str:
    while len(text) > 1 and _width_px(f"{text}…", font, size) > widest_px:
        text = text[:-1]
    return f"{text.rstrip()}…"
