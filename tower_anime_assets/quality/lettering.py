"""Letters in a picture, found without knowing any alphabet.

They are rows of small shapes that are as high as each other, stand on one line, are drawn with one pen, and differ.
What joins its letters (handwriting, Arabic, Devanagari) or bends its lines is not found, nor is a single sign.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.quality.image import Picture

Mask = NDArray[np.uint8]

SEARCHED_HEIGHT_PX = 512
"""Larger pictures are searched at this height: the rules were found on letters as high as they are then."""

LEAST_LETTERS = 5
"""Fewer shapes in a row are as often the fittings of a door as they are a word."""

_AROUND_PX = 31
_LEAST_CONTRAST_LEVELS = 28
_LEAST_HEIGHT_PX, _LARGEST_HEIGHT_SHARE = 6, 0.1
_LARGEST_ASPECT, _LEAST_ASPECT = 2.2, 1 / 12
_LEAST_FILL, _LARGEST_FILL = 0.12, 0.85
_HEIGHT_RATIO, _GAP_HEIGHTS, _STEP_HEIGHTS = 1.75, 1.3, 0.14
_STROKE_RATIO, _TONE_STEP_LEVELS = 2.0, 40
_SHAPE_SIDE = 8
_LEAST_VARIETY = 0.22
"""Mean difference of the shapes of a row, each scaled to 8x8; rows of windows and fence posts are below 0.15."""


@dataclass(frozen=True)
class LetterRow:
    """A row of shapes that look like letters: its box, px of the whole picture, and how many they are."""

    left: int
    top: int
    width: int
    height: int
    letters: int


@dataclass(frozen=True)
class _Shape:
    left: int
    top: int
    width: int
    height: int
    tone: float
    stroke_px: float
    pattern: Mask

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def foot(self) -> int:
        return self.top + self.height


def letters_share(picture: Picture) -> float:
    """Return the share of a picture that rows of letters cover, 0..1."""
    height, width = picture.shape[:2]
    return float(sum(row.width * row.height for row in letter_rows(picture)) / (height * width))


def letter_rows(picture: Picture) -> tuple[LetterRow, ...]:
    """Return the rows of letters in a picture, the largest first."""
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    factor = min(1.0, SEARCHED_HEIGHT_PX / grey.shape[0])
    if factor < 1.0:
        grey = np.asarray(cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
    rows = []
    for is_bright in (True, False):
        shapes = _letter_like_shapes(grey if is_bright else 255 - grey)
        for run in _runs(shapes):
            left, top = min(one.left for one in run), min(one.top for one in run)
            right, foot = max(one.right for one in run), max(one.foot for one in run)
            x, y, wide, high = (round(side / factor) for side in (left, top, right - left, foot - top))
            rows.append(LetterRow(x, y, wide, high, len(run)))
    return tuple(sorted(rows, key=lambda row: -row.width * row.height))


def _letter_like_shapes(grey: Mask) -> list[_Shape]:
    """Return connected shapes brighter than what is around them that could be letters of a row."""
    local = cv2.blur(grey, (_AROUND_PX, _AROUND_PX))
    mask = (grey.astype(np.int16) - local > _LEAST_CONTRAST_LEVELS // 2).astype(np.uint8)
    _, components, rows, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    labels, stats = np.asarray(components, np.int32), np.asarray(rows, np.int32)
    width, height, area = stats.T[2:]
    fill = area / (width * height)
    fits = (height >= _LEAST_HEIGHT_PX) & (height <= _LARGEST_HEIGHT_SHARE * grey.shape[0])
    fits &= (width <= _LARGEST_ASPECT * height) & (width >= _LEAST_ASPECT * height)
    fits &= (fill > _LEAST_FILL) & ((fill < _LARGEST_FILL) | (width * _LARGEST_ASPECT < height))
    fits[0] = False  # the background
    (candidates,) = np.nonzero(fits)
    candidates = candidates[_have_neighbours(stats[candidates])]
    if not len(candidates):
        return []
    depth = np.asarray(cv2.distanceTransform(mask, cv2.DIST_L2, 3), np.float32)
    boxes = (tuple(int(side) for side in stats[index][:4]) for index in candidates)
    shapes = (_shape(grey, labels, depth, int(index), box) for index, box in zip(candidates, boxes, strict=True))
    return [shape for shape in shapes if shape is not None]


def _have_neighbours(stats: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which of some boxes have two others of about their height beside them on their line."""
    left, top, width, height = (stats[:, column].astype(np.float32) for column in range(4))
    foot, right = top + height, left + width
    low = np.minimum.outer(height, height)
    beside = np.maximum.outer(height, height) <= _HEIGHT_RATIO * low
    aligned = np.minimum(np.abs(np.subtract.outer(foot, foot)), np.abs(np.subtract.outer(top, top)))
    beside &= aligned <= _STEP_HEIGHTS * low + 1
    gap = np.maximum(np.subtract.outer(left, right), np.subtract.outer(left, right).T)
    beside &= gap <= 2 * _GAP_HEIGHTS * low + 2
    return np.asarray(np.count_nonzero(beside, axis=1) >= LEAST_LETTERS - 1)


def _shape(
    grey: Mask, labels: NDArray[np.int32], depth: NDArray[np.float32], index: int, box: tuple[int, ...]
) -> _Shape | None:
    left, top, width, height = box
    window = np.s_[top : top + height, left : left + width]
    pixels = labels[window] == index
    inside = depth[window][pixels]
    stroke = 2.0 * float(np.percentile(inside, 90))
    if stroke > 0.5 * height + 1.0:
        return None
    core = grey[window][pixels & (depth[window] >= np.percentile(inside, 50))]
    around = grey[max(0, top - 2) : top + height + 2, max(0, left - 2) : left + width + 2]
    contrast = float(np.median(core)) - float(np.percentile(around, 15))
    if contrast < _LEAST_CONTRAST_LEVELS or float(core.std()) > 0.35 * contrast:
        return None
    pattern = cv2.resize(pixels.astype(np.uint8) * 255, (_SHAPE_SIDE, _SHAPE_SIDE), interpolation=cv2.INTER_AREA)
    return _Shape(left, top, width, height, float(np.median(core)), stroke, np.asarray(pattern, np.uint8))


def _runs(shapes: list[_Shape]) -> list[list[_Shape]]:
    """Return the rows of at least `LEAST_LETTERS` shapes that stand beside each other and differ."""
    remaining = sorted(shapes, key=lambda one: one.left)
    runs = []
    used: set[int] = set()
    for start, first in enumerate(remaining):
        if start in used:
            continue
        run, members = [first], [start]
        for index in range(start + 1, len(remaining)):
            after = remaining[index]
            if after.left - run[-1].right > _GAP_HEIGHTS * run[-1].height + 2:
                if after.left > max(one.right for one in run[-3:]) + 3 * run[-1].height:
                    break
                continue
            if index not in used and _continues(run[-1], after):
                run.append(after)
                members.append(index)
        if len(run) >= LEAST_LETTERS and _variety(run) >= _LEAST_VARIETY:
            runs.append(run)
            used.update(members)
    return runs


def _continues(last: _Shape, after: _Shape) -> bool:
    """Return whether a shape stands beside the one before it as a letter beside a letter."""
    high, low = max(last.height, after.height), min(last.height, after.height)
    if high > _HEIGHT_RATIO * low or after.left < last.left + 0.5 * last.width:
        return False
    if min(abs(last.foot - after.foot), abs(last.top - after.top)) > _STEP_HEIGHTS * low + 1:
        return False
    thick, thin = max(last.stroke_px, after.stroke_px), min(last.stroke_px, after.stroke_px)
    return thick <= _STROKE_RATIO * thin and abs(last.tone - after.tone) <= _TONE_STEP_LEVELS


def _variety(run: list[_Shape]) -> float:
    """Return how much the shapes of a row differ on average, 0 (windows, fence posts) to 1."""
    patterns = np.stack([one.pattern for one in run]).astype(np.float32) / 255.0
    pairs = np.abs(patterns[:, np.newaxis] - patterns[np.newaxis]).mean(axis=(2, 3))
    return float(pairs.sum() / (len(run) * (len(run) - 1)))
