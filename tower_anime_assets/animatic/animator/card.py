"""Title cards: text over the picture, faded in and out.

The font is the Unicode font that OpenCV carries: Latin, Greek, Cyrillic, Hebrew, Arabic and CJK, shaped and in their
own direction. It has no emoji; those are left out of the card (the script and the subtitles keep them).
"""

from __future__ import annotations

import unicodedata

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.production.planning.briefs import ClipBrief

Bgra = NDArray[np.uint8]

_LEAD_IN_S, _FADE_S, _LEAD_OUT_S = 0.35, 0.6, 0.25
_FONT_SIZE_PX = 36
"""Height of the letters on a 512-line picture, before long texts make it smaller."""

_FONT_WEIGHT = 500
_MAX_WIDTH_SHARE = 0.8
_MAX_ROWS = 3
_SHADE_STRENGTH = 0.55
_LOWER_THIRD = 0.76


class TitleCardOverlay:
    """One title card, drawn once and laid over each frame with its own strength.

    Args:
        brief: Its card, size and length are used.
        is_low: Put it in the lower third, where it covers no face, instead of the middle.
    """

    def __init__(self, brief: ClipBrief, is_low: bool) -> None:
        self.text = printable_text(brief.card)
        self.strength = _opacity_curve(brief.frames, brief.fps)
        ink = _text_mask(self.text, brief.width_px, brief.height_px, _LOWER_THIRD if is_low else 0.5)
        shade = cv2.GaussianBlur(cv2.dilate(ink, np.ones((9, 9), np.uint8)), (0, 0), 14 * brief.height_px / 512)
        rows = np.flatnonzero(shade.any(axis=1))
        self._rows = slice(int(rows[0]), int(rows[-1]) + 1) if rows.size else slice(0, 0)
        self._ink = cv2.merge([ink[self._rows]] * 4) if rows.size else np.zeros((0, brief.width_px, 4), np.uint8)
        self._shade = (
            cv2.convertScaleAbs(cv2.merge([shade[self._rows]] * 4), alpha=_SHADE_STRENGTH)
            if rows.size
            else np.zeros((0, brief.width_px, 4), np.uint8)
        )

    def draw(self, frame: Bgra, frame_index: int) -> None:
        """Lay the card over frame `at`."""
        strength = float(self.strength[frame_index])
        if strength <= 0.0 or not self._ink.size:
            return
        under = frame[self._rows]
        dark = cv2.multiply(under, self._shade, scale=strength / 255)
        cv2.subtract(under, dark, dst=under)
        missing = cv2.bitwise_not(under)
        cv2.add(under, cv2.multiply(missing, self._ink, scale=strength / 255), dst=under)


def printable_text(text: str) -> str:
    """Return the text without what the font cannot show: emoji, their joiners, controls; spaces put in order."""
    chars = (
        " " if char.isspace() else char
        for char in text
        if char.isspace()
        or (unicodedata.category(char) not in ("So", "Cs", "Co", "Cn", "Cf", "Cc", "Sk") and not _is_selector(char))
    )
    return " ".join("".join(chars).split())


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f"


def _opacity_curve(frames: int, fps: int) -> NDArray[np.float64]:
    """Return (frames,) 0..1: in after the start, out before the end; a short clip shortens both."""
    seconds, length_s = np.arange(frames) / fps, frames / fps
    squeeze = min(1.0, length_s / (2 * (_LEAD_IN_S + _FADE_S + _LEAD_OUT_S)))
    rise = (seconds - _LEAD_IN_S * squeeze) / (_FADE_S * squeeze)
    fall = (length_s - _LEAD_OUT_S * squeeze - seconds) / (_FADE_S * squeeze)
    level = np.clip(np.minimum(rise, fall), 0.0, 1.0)
    return np.asarray(level * level * (3.0 - 2.0 * level))


def _text_mask(text: str, width_px: int, height_px: int, centre_share: float) -> NDArray[np.uint8]:
    """Return (height, width) uint8, the letters white on black, in as many rows as they need, centred at a height."""
    canvas = np.zeros((height_px, width_px, 3), np.uint8)
    font = cv2.FontFace("uni")
    for size in range(round(_FONT_SIZE_PX * height_px / 512), 7, -1):
        rows = _balanced_rows(text, font, size, width_px * _MAX_WIDTH_SHARE)
        if len(rows) <= _MAX_ROWS:
            break
    leading = round(size * 1.5)
    baseline = round(height_px * centre_share) + size // 3 - leading * (len(rows) - 1) // 2
    for at, row in enumerate(rows):
        left = (width_px - _text_width_px(row, font, size)) // 2
        cv2.putText(canvas, row, (int(left), baseline + at * leading), (255, 255, 255), font, size, _FONT_WEIGHT)
    return np.ascontiguousarray(canvas[..., 0])


def _balanced_rows(text: str, font: cv2.FontFace, size: int, widest_px: float) -> list[str]:
    """Return as few rows as the width allows, broken so that none is much shorter than the others."""
    rows = _wrapped_rows(text, font, size, widest_px)
    for share in range(95, 35, -5):
        tighter = _wrapped_rows(text, font, size, widest_px * share / 100)
        if len(tighter) > len(rows) or len(rows) == 1:
            break
        rows = tighter
    return rows


def _wrapped_rows(text: str, font: cv2.FontFace, size: int, widest_px: float) -> list[str]:
    """Return the text broken at spaces, or within words too wide for a row."""
    rows, row = [], ""
    for word in text.split(" "):
        joined = f"{row} {word}".strip()
        if row and _text_width_px(joined, font, size) > widest_px:
            rows.append(row)
            joined = word
        row = joined
        while len(row) > 1 and _text_width_px(row, font, size) > widest_px:
            break_at = next(
                at for at in range(len(row) - 1, 0, -1) if at == 1 or _text_width_px(row[:at], font, size) <= widest_px
            )
            rows.append(row[:break_at])
            row = row[break_at:]
    return [*rows, row]


def _text_width_px(text: str, font: cv2.FontFace, size: int) -> int:
    box = cv2.getTextSize((0, 0), text, (0, 0), font, size, _FONT_WEIGHT)
    return int(box[2])
