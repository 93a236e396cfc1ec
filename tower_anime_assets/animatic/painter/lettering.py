"""Lettering: short texts as vector outlines, for labels. The SVG renderer knows no fonts, OpenCV has one of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from tower_anime_assets.media.title_card import printable_text

_FONT = "uni"
_WEIGHT = 600
_SIZE_PX = 96
_CAP_SHARE = 0.71
"""Height of a capital letter as a share of the font's size."""


@dataclass(frozen=True)
class Lettering:
    """A text as an SVG path, its baseline's left end at (0, 0).

    Attributes:
        path: The outlines; "" for a text without a printable letter.
        width: In the unit of the height asked for.
    """

    path: str
    width: float


@lru_cache(maxsize=256)
def letter(text: str, cap_height: float) -> Lettering:
    """Return a text whose capitals are this high.

    Source:
        OpenCV 5: its font "uni" holds Latin, Cyrillic, Greek, Chinese, Japanese and Korean letters, and is the same on
        every machine.
    """
    printable = printable_text(text)
    if not printable:
        return Lettering("", 0.0)
    font = cv2.FontFace(_FONT)
    left, top, wide, tall = cv2.getTextSize((0, 0), printable, (0, 0), font, _SIZE_PX, _WEIGHT)
    pad = 4
    mask = np.zeros((tall + 2 * pad, wide + 2 * pad, 3), np.uint8)
    cv2.putText(mask, printable, (pad - left, pad - top), (255, 255, 255), font, _SIZE_PX, _WEIGHT)
    plane = np.asarray((mask[..., 0] > 127) * 255, np.uint8)
    contours, _ = cv2.findContours(plane, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    scale = cap_height / (_SIZE_PX * _CAP_SHARE)
    parts = []
    for contour in contours:
        points = cv2.approxPolyDP(contour, 0.6, closed=True)[:, 0, :]
        if len(points) > 2:
            corners = (f"{(x - pad) * scale:.2f},{(y - pad + top) * scale:.2f}" for x, y in points)
            parts.append(f"M{'L'.join(corners)}Z")
    return Lettering("".join(parts), wide * scale)
