"""Measures of a still: size, tone, focus, the colours of its characters, likeness to its neighbour.

scikit-image measures; only the perceptual hash is ours. Bars and reasons are in `thresholds`.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn
from skimage.color import rgb2gray, rgb2lab
from skimage.filters import laplace

from tower_anime_assets.production.story import Appearance, Character

Picture = NDArray[np.uint8]
"""(height, width, 3) uint8, sRGB."""

HASH_BITS = 64
COLOUR_SHARE = 0.0015
"""Share of the picture's pixels at which a sheet colour counts as fully found: an accent on a figure in a wide shot."""

COLUMNS = 24
TOGETHER_COLUMNS = 10
"""A character's colours must lie together, within 10 of 24 columns: what a close-up fills and a figure never leaves."""

LIGHTS = ((1.0, 1.0, 1.0), (0.62, 0.74, 1.0), (1.0, 0.76, 0.62), (0.86, 0.66, 1.0))
"""Tints in linear light under which a character may be seen: white, moon, dusk, neon."""

EXPOSURES = (1.0, 0.7, 0.45)
"""How bright that light may be; all of a character's colours must be found under one light of one brightness."""

LIGHTNESS_TOLERANCE, COLOUR_TOLERANCE, COLOUR_TOLERANCE_SHARE = 9.0, 7.0, 0.18
"""CIELAB distance to a sheet colour, along lightness and across it; across grows with the colour's own chroma."""

_HASH_SIDE, _HASH_SAMPLES = 8, 32
_LEVELS = 32  # per channel of the colour table: 8 grey levels apart, well inside every tolerance below


def still_measures(
    picture: Picture,
    planned_size: tuple[int, int],
    cast: Sequence[Character] = (),
    neighbour: Picture | None = None,
) -> dict[str, float]:
    """Return everything that the gates of stills ask for, and what a person may want to see beside it.

    Args:
        picture: The still.
        planned_size: Width and height asked for, px.
        cast: Characters whose colours it must show: those seen from the front or side, not over the shoulder.
        neighbour: The still of the shot before, or None.

    Returns:
        `size_error_px` (difference in width plus difference in height), `luma_mean` and `luma_std` (grey levels),
        `sharpness_var` (grey levels squared), `chroma_mean` (CIELAB), `sheet_colour_share` (the worst character's;
        1 without a cast), `neighbour_distance_bits` (64 without a neighbour), and for every character
        `sheet_colour_share_<id>`.

    Raises:
        ValueError: A picture is no `(height, width, 3) uint8`, or a sheet colour is no `#rrggbb`.
    """
    _require_picture(picture)
    grey = rgb2gray(picture) * 255.0
    table = _ColourTable(picture)
    shares = {f"sheet_colour_share_{member.id}": table.share_of(member.appearance) for member in cast}
    distance = HASH_BITS
    if neighbour is not None:
        distance = hash_distance_bits(perceptual_hash(picture), perceptual_hash(neighbour))
    height, width = picture.shape[:2]
    return {
        "size_error_px": float(abs(width - planned_size[0]) + abs(height - planned_size[1])),
        "luma_mean": float(grey.mean()),
        "luma_std": float(grey.std()),
        "sharpness_var": sharpness_var(grey),
        "chroma_mean": table.chroma_mean(),
        "sheet_colour_share": min(shares.values(), default=1.0),
        "neighbour_distance_bits": float(distance),
        **shares,
    }


def sharpness_var(grey: NDArray[np.float64]) -> float:
    """Return the variance of the Laplacian of `(height, width)` grey levels 0..255: edges in focus make it large."""
    edges: NDArray[np.float64] = laplace(grey, ksize=3)  # type: ignore[no-untyped-call] # skimage has no types here
    return float(edges.var())


def perceptual_hash(picture: Picture) -> int:
    """Return 64 bits that stay alike where a picture is scaled, encoded or slightly retouched.

    The luma is averaged to 32x32, transformed by a DCT-II, and each of the 8x8 lowest coefficients says whether it
    lies above their median; the first coefficient is the highest bit.

    Raises:
        ValueError: The picture is no `(height, width, 3) uint8`.
    """
    _require_picture(picture)
    # the mean of the channels' means is the mean of their luma, so scaling first gives the same and is faster
    small = cv2.resize(picture.astype(np.float32), (_HASH_SAMPLES, _HASH_SAMPLES), interpolation=cv2.INTER_AREA)
    waves = dctn(rgb2gray(small), type=2, norm="ortho")[:_HASH_SIDE, :_HASH_SIDE]
    return int.from_bytes(np.packbits(waves > np.median(waves)).tobytes(), "big")


def hash_distance_bits(one: int, other: int) -> int:
    """Return in how many of their 64 bits two perceptual hashes differ."""
    return (one ^ other).bit_count()


def sheet_colours(appearance: Appearance) -> dict[str, str]:
    """Return the colours by which a character is recognised, `#rrggbb` by part."""
    return {
        "hair": appearance.hair_colour,
        "skin": appearance.skin_colour,
        "outfit": appearance.outfit_colour,
        "accent": appearance.accent_colour,
    }


class _ColourTable:
    """How often each colour occurs in each of 24 columns of a picture, 32 levels per channel."""

    def __init__(self, picture: Picture) -> None:
        levels = (picture >> 3).astype(np.int32)
        codes = (levels[..., 0] << 10) | (levels[..., 1] << 5) | levels[..., 2]
        column = np.arange(picture.shape[1], dtype=np.int32) * COLUMNS // picture.shape[1]
        counts = np.bincount((codes + (column << 15)).ravel(), minlength=COLUMNS * _LEVELS**3)
        counts = counts.reshape(COLUMNS, _LEVELS**3)
        used = np.flatnonzero(counts.any(axis=0))
        self._counts = counts[:, used]
        self._pixels = picture.shape[0] * picture.shape[1]
        centres = np.stack([used >> 10, used >> 5 & 31, used & 31], axis=-1) * 8 + 4
        self._lab = _lab(centres / 255.0)

    def chroma_mean(self) -> float:
        """Return the mean chroma of the picture, CIELAB units."""
        chroma = np.hypot(self._lab[:, 1], self._lab[:, 2])
        return float(self._counts.sum(axis=0) @ chroma / self._pixels)

    def share_of(self, appearance: Appearance) -> float:
        """Return the share of a character's colours found together, 0..1, in the light that shows most of them.

        A colour that covers less than `COLOUR_SHARE` of the picture counts in part.
        """
        wanted = np.array([_from_hex(colour) for colour in sheet_colours(appearance).values()])
        return max(self._together(_lab(_lit(wanted, light, exposure))) for light in LIGHTS for exposure in EXPOSURES)

    def _together(self, targets: NDArray[np.float64]) -> float:
        hits = np.stack([self._counts @ _is_near(self._lab, target) for target in targets])
        sums = np.concatenate([np.zeros((len(targets), 1)), hits.cumsum(axis=1)], axis=1)
        within = sums[:, TOGETHER_COLUMNS:] - sums[:, :-TOGETHER_COLUMNS]
        degrees = np.minimum(within / (COLOUR_SHARE * self._pixels), 1.0)
        return float(degrees.mean(axis=0).max())


def _is_near(lab: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.bool_]:
    across = np.hypot(lab[:, 1] - target[1], lab[:, 2] - target[2])
    allowed = COLOUR_TOLERANCE + COLOUR_TOLERANCE_SHARE * np.hypot(target[1], target[2])
    found: NDArray[np.bool_] = (np.abs(lab[:, 0] - target[0]) <= LIGHTNESS_TOLERANCE) & (across <= allowed)
    return found


def _lit(colours: NDArray[np.float64], light: tuple[float, ...], exposure: float) -> NDArray[np.float64]:
    """Return sRGB colours 0..1 as they look in a coloured light, the sRGB curve taken as a power of 2.2."""
    return np.asarray((colours**2.2 * np.array(light) * exposure) ** (1 / 2.2))


def _lab(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rgb2lab(colours[np.newaxis])[0])


def _from_hex(colour: str) -> tuple[float, ...]:
    digits = colour.removeprefix("#")
    if len(digits) != 6:
        raise ValueError(f"{colour!r} is no colour; expected #rrggbb")
    return tuple(byte / 255.0 for byte in bytes.fromhex(digits))


def _require_picture(picture: Picture) -> None:
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or 0 in picture.shape:
        raise ValueError(f"a still is (height, width, 3) uint8, found {picture.shape} {picture.dtype}")
