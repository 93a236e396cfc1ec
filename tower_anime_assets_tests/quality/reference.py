"""The measures of `quality.video` and `quality.image` written plainly with scikit-image, to hold the fast ones against.

Sharpness, luma, SSIM, reduction and perceptual hash have the same definition as the fast ones and agree within 1e-3
(sharpness relative to its value). Optical flow has not: here it is iterative Lucas-Kanade, there dense inverse search,
and the two agree only on how far a picture moved.
"""

# mypy: disallow-untyped-calls=False
# scikit-image ships annotations for some of its functions and none for these

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2gray
from skimage.filters import laplace
from skimage.metrics import structural_similarity
from skimage.registration import optical_flow_ilk
from skimage.transform import downscale_local_mean, resize_local_mean

Grey = NDArray[Any]
"""(height, width) grey levels of any number type."""


@dataclass(frozen=True)
class FrameMeasures:
    """What one pass takes of a frame and the one before it; units as in `video.ClipMeasures`."""

    luma: float
    sharpness: float
    ssim: float
    change: float
    motion_px: float


def measure_frame(before: Grey, frame: Grey) -> FrameMeasures:
    """Return the measures of a frame, and of its change from the one before, `(height, width) uint8` each."""
    half_before, half = half_size(before), half_size(frame)
    quarter_before, quarter = half_size(half_before), half_size(half)
    return FrameMeasures(
        luma=float(frame.mean()),
        sharpness=sharpness_var(frame),
        ssim=ssim(half_before, half),
        change=float(np.abs(half - half_before).mean()),
        motion_px=motion_px(quarter_before, quarter) * frame.shape[1] / quarter.shape[1],
    )


def half_size(grey: Grey) -> NDArray[np.float64]:
    """Return grey levels at half width and height, each the mean of the four it covers, in whole levels, halves up."""
    means: NDArray[np.float64] = downscale_local_mean(grey.astype(np.float64), (2, 2))
    return np.floor(means + 0.5)


def sharpness_var(grey: Grey) -> float:
    """Return the variance of the Laplacian."""
    edges: NDArray[np.float64] = laplace(grey.astype(np.float64), ksize=3)
    return float(edges.var())


def ssim(first: Grey, second: Grey) -> float:
    """Return the mean structural similarity over 7x7 uniform windows, for grey levels 0..255."""
    return float(structural_similarity(first, second, win_size=7, data_range=255.0))


def motion_px(before: Grey, after: Grey) -> float:
    """Return the mean length of the optical flow, px of the pictures given."""
    rows, columns = optical_flow_ilk(before, after)
    return float(np.hypot(rows, columns).mean())


def perceptual_hash(picture: NDArray[np.uint8]) -> int:
    """Return the perceptual hash of `(height, width, 3) uint8`, sRGB, by the DCT-II as it is written down.

    Source:
        The DCT-II of length n is `sqrt(2 / n) * cos(pi * (2 j + 1) * i / (2 n))`, its first row divided by sqrt(2).
    """
    small = resize_local_mean(rgb2gray(picture), (32, 32))
    rows, columns = np.mgrid[0:8, 0:32]
    waves = np.sqrt(2 / 32) * np.cos(np.pi * (2 * columns + 1) * rows / 64)
    waves[0] /= np.sqrt(2)
    lowest = waves @ small @ waves.T
    above = (lowest > np.median(lowest)).ravel()
    return sum(1 << (63 - place) for place, is_above in enumerate(above) if is_above)
