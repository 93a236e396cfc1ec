"""Work on pixels: gradients, blur, bloom, edge light, tint, grading. Pictures are (height, width, 4) uint8 RGBA."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.animatic.painter.colour import rgb
from tower_anime_assets.media.layers import Rgba

Plane = NDArray[np.uint8]


def gradient(width: int, height: int, stops: tuple[tuple[float, str], ...]) -> NDArray[np.uint8]:
    """Return a vertical gradient, (height, width, 3); stops are (share of the height, colour) in order."""
    at = np.linspace(0, 1, height)
    shares = [stop for stop, _ in stops]
    column = np.empty((height, 1, 3), np.uint8)
    for channel in range(3):
        column[:, 0, channel] = np.interp(at, shares, [rgb(colour)[channel] for _, colour in stops]).round()
    return np.repeat(column, width, axis=1)


def softened(image: Rgba, sigma: float) -> Rgba:
    """Return a blurred picture; its colours are weighted by alpha, so that edges stay clean."""
    blurred = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGBA2mRGBA), (0, 0), sigma)
    return np.asarray(cv2.cvtColor(blurred, cv2.COLOR_mRGBA2RGBA), np.uint8)


def enlarged(image: Rgba, width: int, height: int) -> Rgba:
    """Return a picture scaled up smoothly, its colours weighted by alpha."""
    if image[..., 3].min() == 255:
        return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
    weighted = cv2.cvtColor(image, cv2.COLOR_RGBA2mRGBA)
    grown = cv2.resize(weighted, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(grown, cv2.COLOR_mRGBA2RGBA), np.uint8)


def blend_rows(image: Rgba, other: NDArray[np.uint8], shares: NDArray[np.float32]) -> None:
    """Mix `other`, (height, width, 3), into a picture's colours in place, by a share for each row; alpha stays."""
    weight = cv2.repeat(shares.astype(np.float32)[:, None], 1, image.shape[1])
    mixed = cv2.blendLinear(other, cv2.cvtColor(image, cv2.COLOR_RGBA2RGB), weight, 1 - weight)
    cv2.mixChannels([mixed], [image], [0, 0, 1, 1, 2, 2])


def bloom(small: Rgba, width: int, height: int, sigma: float, strength: float) -> Rgba:
    """Return the light around bright pieces, as a layer to be screened over a picture.

    Args:
        small: The bright pieces, at any size.
        width: Width of the layer, px.
        height: Its height.
        sigma: Reach of the light, px of `small`.
        strength: Gain; 1 keeps the brightness of large pieces.
    """
    alpha = small[..., 3:].astype(np.float32) / 255
    light = small[..., :3] * alpha
    near = cv2.GaussianBlur(light, (0, 0), sigma)
    far = cv2.GaussianBlur(light, (0, 0), sigma * 3)
    mixed = np.minimum(255, (near * 0.75 + far * 0.9) * strength)
    peak = mixed.max(axis=2)
    out = np.empty((*peak.shape, 4), np.float32)
    out[..., :3] = mixed * (255 / np.maximum(peak, 1))[..., None]
    out[..., 3] = peak
    grown = cv2.resize(out.astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(grown, np.uint8)


def shifted(plane: Plane, dx: int, dy: int) -> Plane:
    """Return a plane displaced by whole pixels, with zeros moved in at the edges."""
    out = np.zeros_like(plane)
    height, width = plane.shape
    out[max(0, dy) : height + min(0, dy), max(0, dx) : width + min(0, dx)] = plane[
        max(0, -dy) : height + min(0, -dy), max(0, -dx) : width + min(0, -dx)
    ]
    return out


def rim_mask(alpha: Plane, side: float, line_px: float, width_px: float) -> Plane:
    """Return where light from one side grazes a figure: a band inside its outline, (height, width) 0..255.

    Args:
        alpha: The figure's alpha.
        side: -1 when the light comes from the left, 1 from the right.
        line_px: Width of the outline that stays dark.
        width_px: Width of the band.
    """
    towards = -1 if side > 0 else 1
    inner = shifted(alpha, towards * round(line_px), round(line_px * 0.5))
    deeper = shifted(alpha, towards * max(1, round(line_px + width_px)), round((line_px + width_px) * 0.5))
    mask = cv2.subtract(cv2.min(alpha, inner), deeper)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.7), np.uint8)


def tinted(image: Rgba, tint: str, edge: Plane, rim: str, strength: float) -> Rgba:
    """Return a figure in the light of a place: multiplied by `tint`, its edge mixed with `rim`."""
    out = np.asarray(cv2.transform(image, np.diag([*rgb(tint), 255]).astype(np.float32) / 255), np.uint8)
    rim_pixels = np.nonzero(edge)  # few: most of the figure gets nothing but its tint
    lit = out[rim_pixels].astype(np.float32)
    share = edge[rim_pixels].astype(np.float32)[:, None] * (strength / 255)
    lit[:, :3] += (np.maximum(lit[:, :3], np.array(rgb(rim), np.float32)) - lit[:, :3]) * share
    out[rim_pixels] = lit
    return out


def graded(image: Rgba, contrast: float, saturation: float) -> Rgba:
    """Return a picture with its contrast about middle grey and its saturation multiplied; alpha stays."""
    if contrast == 1.0 and saturation == 1.0:
        return image
    colour = image[..., :3].astype(np.float32)
    grey = colour @ np.array([0.299, 0.587, 0.114], np.float32)
    colour = grey[..., None] + (colour - grey[..., None]) * saturation
    out = image.copy()
    out[..., :3] = np.clip((colour - 118) * contrast + 118, 0, 255)
    return out
