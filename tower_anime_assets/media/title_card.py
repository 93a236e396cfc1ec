"""Title cards: text over a clip, faded in and out.

The font is the Unicode font built into OpenCV: Latin, Greek, Cyrillic, Hebrew, Arabic and CJK, shaped and in their own
direction. It has no emoji, so a card leaves them out; the script and the subtitles keep them.
"""

from __future__ import annotations

import unicodedata

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.production.planning.briefs import ClipBrief, FinishingBrief

_LEAD_IN_S, _FADE_S, _LEAD_OUT_S = 0.35, 0.6, 0.25
_FONT_SIZE_PX = 36
"""Height of the letters on a 512-line picture, before long texts make it smaller."""

_FONT_WEIGHT = 500
_MAX_WIDTH_SHARE = 0.8
_MAX_ROWS = 3
_SHADE_STRENGTH = 0.55
_LOWER_THIRD = 0.76


class TitleCardOverlay:
    """A title card, drawn once and blended over each frame.

    Args:
        brief: Gives the text, the frame size and the length.
        is_low: Place the card in the lower third, where it covers no face, instead of the middle.
        channels: Of the frames that it is drawn over.

    Attributes:
        text: What the card says, without what the font cannot show.
        strength: (frames,) opacity at each frame, 0..1.
    """

    def __init__(self, brief: ClipBrief | FinishingBrief, is_low: bool, channels: int = 4) -> None:
        self.text = printable_text(brief.card)
        self.strength = _opacity_curve(brief.frames, brief.fps)
        width_px, height_px = brief.stored_px
        # Cards of clips that are made at the delivery's size are as earlier versions drew them.
        lines = float(height_px) if brief.fit is None else min(float(height_px), width_px * 0.9)
        spread_px = 9 if brief.fit is None else 2 * round(4 * max(1.0, lines / 512)) + 1
        centre_share = _LOWER_THIRD if is_low else 0.5
        letters = _text_mask(self.text, (width_px, height_px), round(_FONT_SIZE_PX * lines / 512), centre_share)
        halo = cv2.GaussianBlur(
            cv2.dilate(letters, np.ones((spread_px, spread_px), np.uint8)), (0, 0), 14 * lines / 512
        )
        shade = cv2.convertScaleAbs(halo, alpha=_SHADE_STRENGTH)
        rows = np.flatnonzero(shade.any(axis=1))
        self._rows = slice(int(rows[0]), int(rows[-1]) + 1) if rows.size else slice(0, 0)
        self._letters, self._shade = (
            np.repeat(mask[self._rows, :, None], channels, axis=2) for mask in (letters, shade)
        )

    def draw(self, frame: NDArray[np.uint8], frame_index: int) -> None:
        """Blend the card over a frame, (height, width, channels) uint8, in place."""
        strength = float(self.strength[frame_index])
        if strength <= 0.0 or not self._letters.size:
            return
        under = frame[self._rows]
        dark = cv2.multiply(under, self._shade, scale=strength / 255)
        cv2.subtract(under, dark, dst=under)
        missing = cv2.bitwise_not(under)
        cv2.add(under, cv2.multiply(missing, self._letters, scale=strength / 255), dst=under)


def printable_text(text: str) -> str:
    """Return the text without what the font cannot show (emoji, joiners, controls), with spaces collapsed."""
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
    """Return (frames,) 0..1: a fade in after the start and out before the end, both shorter in a short clip."""
    seconds, length_s = np.arange(frames) / fps, frames / fps
    squeeze = min(1.0, length_s / (2 * (_LEAD_IN_S + _FADE_S + _LEAD_OUT_S)))
    rise = (seconds - _LEAD_IN_S * squeeze) / (_FADE_S * squeeze)
    fall = (length_s - _LEAD_OUT_S * squeeze - seconds) / (_FADE_S * squeeze)
    level = np.clip(np.minimum(rise, fall), 0.0, 1.0)
    return np.asarray(level * level * (3.0 - 2.0 * level))


def _text_mask(text: str, size_px: tuple[int, int], letter_px: int, centre_share: float) -> NDArray[np.uint8]:
    """Return (height, width) uint8, white letters on black, wrapped and centred at a share of the height.

    Letters are smaller than `letter_px` where the text would fill too many rows.
    """
    width_px, height_px = size_px
    canvas = np.zeros((height_px, width_px, 3), np.uint8)
    font = cv2.FontFace("uni")
    for size in range(letter_px, 7, -1):
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
    """Return as few rows as the width allows, of about equal length."""
    rows = _wrapped_rows(text, font, size, widest_px)
    for share in range(95, 35, -5):
        tighter = _wrapped_rows(text, font, size, widest_px * share / 100)
        if len(tighter) > len(rows) or len(rows) == 1:
            break
        rows = tighter
    return rows


def _wrapped_rows(text: str, font: cv2.FontFace, size: int, widest_px: float) -> list[str]:
    """Return the text wrapped at spaces, or inside words that are wider than a row."""
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
