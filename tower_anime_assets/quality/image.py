"""Measures of a still: size, tone, sharpness, its characters' colours, similarity to its neighbour.

scikit-image measures; only the perceptual hash is ours. Bars and reasons are in `thresholds`.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import scipy  # submodules load on first use; loading them at start-up would take a second
import skimage  # submodules load on first use; loading them at start-up would take a second
from numpy.typing import NDArray

from tower_anime_assets.production.story.model import Appearance, Character

Picture = NDArray[np.uint8]
"""(height, width, 3) uint8, sRGB."""

HASH_BITS = 64
FULL_COLOUR_SHARES = {"hair": 0.01, "skin": 0.006, "outfit": 0.012, "accent": 0.002}
"""Share of a window at which a sheet colour counts as fully found; drawn figures have two to six times as much."""

PART_WEIGHTS = {"hair": 0.30, "skin": 0.20, "outfit": 0.35, "accent": 0.15}
"""Weights of the colours: skin is similar in many characters, and a face that fills the frame may crop the accent."""

CHROMA_WEIGHT, FULL_WEIGHT_CHROMA = 5.0, 50.0
"""A strong colour counts up to six times as much as a grey one: any street is grey, few things are neon pink."""

CROPPED_CHROMA_WEIGHT = 2.0
"""For the accent in a close-up: a face that fills the frame crops lapels and cuffs, which must not decide about the
wearer of a grey coat. In 240 drawn pictures of ten outfits, most of them close, the right one measured 0.71 or more."""

GRID = (16, 24)
WINDOWS = ((8, 4), (12, 7), (16, 12))
"""Rows and columns of the grid within which a character's colours must lie together: wide, half-length, close."""

LIGHTS = ((1.0, 1.0, 1.0), (0.62, 0.74, 1.0), (1.0, 0.76, 0.62), (0.86, 0.66, 1.0))
"""Tints of the light on a character, linear: white, moon, dusk, neon."""

EXPOSURES = (1.0, 0.7, 0.45)
"""Brightnesses of that light; all of a character's colours must be found under one tint at one brightness."""

LIGHTNESS_TOLERANCE, COLOUR_TOLERANCE, COLOUR_TOLERANCE_SHARE = 6.0, 5.0, 0.12
"""Largest CIELAB distance to a sheet colour in lightness, and in chroma, which grows with the colour's own chroma."""

_HASH_SIDE, _HASH_SAMPLES = 8, 32
_SAMPLE_STEP_PX = 2  # every second pixel of every second row gives the same shares in a quarter of the time


def still_measures(
    picture: Picture,
    planned_size: tuple[int, int],
    cast: Sequence[Character] = (),
    neighbour: Picture | None = None,
    *,
    is_close: bool = False,
) -> dict[str, float]:
    """Return the measures that the gates of stills use, and others for people to see.

    Args:
        picture: The still.
        planned_size: Requested width and height, px.
        cast: Characters whose colours it must show: those seen from the front or side, not over the shoulder.
        neighbour: The still of the shot before, or None.
        is_close: Whether faces fill the frame, so that accents on the clothes may be cropped.

    Returns:
        `size_error_px` (difference in width plus difference in height), `luma_mean` and `luma_std` (grey levels),
        `sharpness_var` (grey levels squared), `edge_acuity` (see there), `chroma_mean` (CIELAB), `sheet_colour_share`
        (the worst character's; 1 without a cast), `neighbour_distance_bits` (64 without a neighbour), and for every
        character `sheet_colour_share_<id>`.

    Raises:
        ValueError: A picture is not `(height, width, 3) uint8`, or a sheet colour is not `#rrggbb`.
    """
    _require_picture(picture)
    grey = skimage.color.rgb2gray(picture) * 255.0
    colours = _ColourTable(picture)
    shares = {
        f"sheet_colour_share_{member.id}": colours.best_colour_share(member.appearance, is_close) for member in cast
    }
    distance = HASH_BITS
    if neighbour is not None:
        distance = hash_distance_bits(perceptual_hash(picture), perceptual_hash(neighbour))
    height, width = picture.shape[:2]
    return {
        "size_error_px": float(abs(width - planned_size[0]) + abs(height - planned_size[1])),
        "luma_mean": float(grey.mean()),
        "luma_std": float(grey.std()),
        "sharpness_var": sharpness_var(grey),
        "edge_acuity": edge_acuity(grey),
        "chroma_mean": colours.chroma_mean(),
        "sheet_colour_share": min(shares.values(), default=1.0),
        "neighbour_distance_bits": float(distance),
        **shares,
    }


def sharpness_var(grey: NDArray[np.float64]) -> float:
    """Return the variance of the Laplacian of `(height, width)` grey levels 0..255, which is large for sharp edges."""
    edges: NDArray[np.float64] = skimage.filters.laplace(grey, ksize=3)  # type: ignore[no-untyped-call] # skimage has no types here
    return float(edges.var())


ACUITY_BLUR_PX = 1.2
"""Standard deviation of the blur that acuity compares with: what a missed focus or a rescaled picture looks like."""


def edge_acuity(grey: NDArray[np.float64]) -> float:
    """Return how many times the sharpness of a picture is that of the same picture after a slight blur.

    Sharp edges lose most of it, soft ones have none to lose, whatever the contrast. A flat picture has 1.
    """
    blurred_var = sharpness_var(np.asarray(cv2.GaussianBlur(grey, (0, 0), ACUITY_BLUR_PX), np.float64))
    return sharpness_var(grey) / blurred_var if blurred_var > 0.0 else 1.0


def perceptual_hash(picture: Picture) -> int:
    """Return a 64-bit hash that changes little when a picture is scaled, encoded or retouched.

    The luma is averaged to 32x32 and transformed by a DCT-II; each bit tells whether one of the 8x8 lowest coefficients
    is above their median. The first coefficient is the highest bit.

    Raises:
        ValueError: The picture is not `(height, width, 3) uint8`.
    """
    _require_picture(picture)
    # luma is linear in the channels, so scaling first gives the same and is faster
    small = cv2.resize(picture.astype(np.float32), (_HASH_SAMPLES, _HASH_SAMPLES), interpolation=cv2.INTER_AREA)
    waves = scipy.fft.dctn(skimage.color.rgb2gray(small), type=2, norm="ortho")[:_HASH_SIDE, :_HASH_SIDE]
    return int.from_bytes(np.packbits(waves > np.median(waves)).tobytes(), "big")


def hash_distance_bits(first_hash: int, second_hash: int) -> int:
    """Return the number of bits in which two perceptual hashes differ."""
    return (first_hash ^ second_hash).bit_count()


def sheet_colours(appearance: Appearance) -> dict[str, str]:
    """Return the colours by which a character is recognised, `#rrggbb` by part; without hair for bald characters.

    Who is not shaped like a human has no skin: the body's colour counts, and a robot's or vehicle's second one.
    """
    if appearance.kind != "human" and appearance.hair_style == "bald":
        accent = {"accent": appearance.accent_colour} if appearance.kind in ("robot", "vehicle") else {}
        return {"outfit": appearance.outfit_colour, **accent}
    hair = {} if appearance.hair_style == "bald" else {"hair": appearance.hair_colour}
    return {
        **hair,
        "skin": appearance.skin_colour,
        "outfit": appearance.outfit_colour,
        "accent": appearance.accent_colour,
    }


class _ColourTable:
    """The share of every cell of a grid that each colour of a picture covers, at 32 levels per channel."""

    def __init__(self, picture: Picture) -> None:
        sample = picture[::_SAMPLE_STEP_PX, ::_SAMPLE_STEP_PX] >> 3
        rows, columns = sample.shape[:2]
        red, green, blue = (sample[..., channel].astype(np.int32) for channel in range(3))
        codes = (red << 10) | (green << 5) | blue
        used = np.flatnonzero(np.bincount(codes.ravel()))
        column_of_code = np.zeros(1 << 15, np.int32)
        column_of_code[used] = np.arange(len(used))
        cell = (np.arange(rows) * GRID[0] // rows)[:, np.newaxis] * GRID[1] + np.arange(columns) * GRID[1] // columns
        share = np.full(rows * columns, GRID[0] * GRID[1] / (rows * columns))
        # one row per cell, one column per colour; entries at the same position are summed
        self._cells = scipy.sparse.csr_matrix(
            (share, (cell.ravel(), column_of_code[codes].ravel())), shape=(GRID[0] * GRID[1], len(used))
        )
        self._lab = _lab((np.stack([used >> 10, used >> 5 & 31, used & 31], axis=-1) * 8 + 4) / 255.0)

    def chroma_mean(self) -> float:
        """Return the mean chroma of the picture, CIELAB units."""
        return float((self._cells @ np.hypot(self._lab[:, 1], self._lab[:, 2])).mean())

    def best_colour_share(self, appearance: Appearance, is_close: bool) -> float:
        """Return the share of a character's colours found together, 0..1, in the light that gives the highest.

        A colour that covers less of a window than `FULL_COLOUR_SHARES` counts in part.
        """
        sheet = sheet_colours(appearance)
        sheet_rgb = np.array([_rgb_from_hex(colour) for colour in sheet.values()])
        full_shares = np.array([FULL_COLOUR_SHARES[part] for part in sheet])[:, np.newaxis, np.newaxis]
        weights = _part_weights(tuple(sheet), _lab(sheet_rgb), is_close)
        targets = [
            lab for light in LIGHTS for exposure in EXPOSURES for lab in _lab(_under_light(sheet_rgb, light, exposure))
        ]
        coverage = self._cells @ np.stack([_is_near(self._lab, target) for target in targets], axis=1).astype(float)
        coverage = coverage.T.reshape(len(LIGHTS) * len(EXPOSURES), len(sheet), *GRID)
        degrees = (np.minimum(_window_means(coverage, *size) / full_shares, 1.0) for size in WINDOWS)
        return max(float(np.tensordot(weights, degree, (0, 1)).max()) for degree in degrees)


def _part_weights(parts: tuple[str, ...], lab: NDArray[np.float64], is_close: bool) -> NDArray[np.float64]:
    chroma = np.minimum(np.hypot(lab[:, 1], lab[:, 2]), FULL_WEIGHT_CHROMA) / FULL_WEIGHT_CHROMA
    growth = [CROPPED_CHROMA_WEIGHT if is_close and part == "accent" else CHROMA_WEIGHT for part in parts]
    weights = np.array([PART_WEIGHTS[part] for part in parts]) * (1.0 + np.array(growth) * chroma)
    return np.asarray(weights / weights.sum())


def _window_means(cells: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float64]:
    """Return the mean of every window of `rows` x `columns` cells, over the last two axes."""
    sums = np.zeros((*cells.shape[:-2], cells.shape[-2] + 1, cells.shape[-1] + 1))
    sums[..., 1:, 1:] = cells.cumsum(axis=-2).cumsum(axis=-1)
    within = sums[..., rows:, columns:] - sums[..., :-rows, columns:] - sums[..., rows:, :-columns]
    return np.asarray((within + sums[..., :-rows, :-columns]) / (rows * columns))


def _is_near(lab: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.bool_]:
    chroma_distance = np.hypot(lab[:, 1] - target[1], lab[:, 2] - target[2])
    tolerance = COLOUR_TOLERANCE + COLOUR_TOLERANCE_SHARE * np.hypot(target[1], target[2])
    is_near: NDArray[np.bool_] = (np.abs(lab[:, 0] - target[0]) <= LIGHTNESS_TOLERANCE) & (chroma_distance <= tolerance)
    return is_near


def _under_light(colours: NDArray[np.float64], light: tuple[float, ...], exposure: float) -> NDArray[np.float64]:
    """Return sRGB colours 0..1 under a coloured light, with the sRGB curve approximated by a power of 2.2."""
    return np.asarray((colours**2.2 * np.array(light) * exposure) ** (1 / 2.2))


def _lab(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(skimage.color.rgb2lab(colours[np.newaxis])[0])


def _rgb_from_hex(colour: str) -> tuple[float, ...]:
    digits = colour.removeprefix("#")
    if len(digits) != 6:
        raise ValueError(f"{colour!r} is not a colour; expected #rrggbb")
    return tuple(byte / 255.0 for byte in bytes.fromhex(digits))


def _require_picture(picture: Picture) -> None:
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or 0 in picture.shape:
        raise ValueError(f"the still is {picture.shape} {picture.dtype}; expected (height, width, 3) uint8")
