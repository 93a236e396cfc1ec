"""Likeness of a character beyond colours: local features of their sheet found in a picture.

It cannot tell who is small, seen from behind or drawn in another style than the sheet: then there is as little in
common with the right sheet as with a wrong one, which is why no gate has a bar for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.quality.image import Picture

MOST_FEATURES = 1000
FEATURE_CONTRAST = 0.02
"""Half of what OpenCV takes: cel shading is flat."""

MATCH_RATIO = 0.8
"""A feature's best match must be this much nearer than its second.

Source:
    Lowe, Distinctive Image Features from Scale-Invariant Keypoints (2004), section 7.1.
"""

HALF_SIMILAR_MATCHES = 40
"""Matches at which the similarity is a half. Of 23 drawn keyframes the right sheet had 30 to 100 (median 52), sheets of
absent characters 18 to 44 (median 28)."""

SEARCHED_HEIGHT_PX = 512
_LEAST_FEATURES = 8


@dataclass(frozen=True)
class LocalFeatures:
    """Descriptors of the corners and blobs of a picture, `(n, 128) float32`."""

    descriptors: NDArray[np.float32]


def local_features(picture: Picture, boxes: tuple[tuple[int, int, int, int], ...] = ()) -> LocalFeatures:
    """Return the features of a picture, searched at a height of at most 512 px.

    Args:
        picture: A still or a sheet.
        boxes: Left, top, width and height of the parts to search, px; () for all of it.
    """
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    mask = None
    if boxes:
        mask = np.zeros_like(grey)
        for left, top, width, height in boxes:
            mask[top : top + height, left : left + width] = 255
    factor = min(1.0, SEARCHED_HEIGHT_PX / grey.shape[0]) if not boxes else 1.0
    if factor < 1.0:
        grey = np.asarray(cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
    search = cv2.SIFT.create(nfeatures=MOST_FEATURES, contrastThreshold=FEATURE_CONTRAST)
    _, descriptors = search.detectAndCompute(grey, mask)
    return LocalFeatures(np.zeros((0, 128), np.float32) if descriptors is None else np.asarray(descriptors, np.float32))


def identity_similarity(sheet: LocalFeatures, still: LocalFeatures) -> float | None:
    """Return how much of a sheet is found in a still, 0..1, 0.5 at `HALF_SIMILAR_MATCHES`; None if there is too little.

    Matches are the best of both sides for each other, and clearly better than the next.
    """
    if min(len(sheet.descriptors), len(still.descriptors)) < _LEAST_FEATURES:
        return None
    matcher = cv2.BFMatcher(cv2.NORM_L2)
    returning = {one.queryIdx: one.trainIdx for (one,) in matcher.knnMatch(still.descriptors, sheet.descriptors, k=1)}
    matches = sum(
        best.distance < MATCH_RATIO * second.distance and returning[best.trainIdx] == best.queryIdx
        for best, second in matcher.knnMatch(sheet.descriptors, still.descriptors, k=2)
    )
    return matches / (matches + HALF_SIMILAR_MATCHES)
