"""Layered pictures as values: what the embedded painter draws and the embedded animator moves.

The canvas is larger than the frame by `margin_px` on every side, so that the camera can move. All layers cover the
whole canvas; patches are small pictures drawn over a layer in single frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rgba = NDArray[np.uint8]
"""(height, width, 4) uint8, sRGB, straight alpha."""

Bgra = NDArray[np.uint8]
"""(height, width, 4) uint8, sRGB, blue first as OpenCV draws, premultiplied by alpha where alpha counts."""


@dataclass(frozen=True)
class Patch:
    """A small picture drawn over a part of its layer in some frames.

    Attributes:
        name: `mouth-half`, `mouth-open` or `eyes-closed`; the layer itself has the mouth closed and the eyes open.
        x_px: Left edge on the canvas.
        y_px: Top edge on the canvas.
        image: (height, width, 4) uint8, sRGB, straight alpha.
    """

    name: str
    x_px: int
    y_px: int
    image: Rgba


@dataclass(frozen=True)
class Layer:
    """One layer of a picture.

    Attributes:
        name: Such as "sky", "city-far", "room", "akira", "foreground".
        depth: Parallax factor: 0 is infinitely far and stands still, 1 is the plane of the subjects, above 1 is nearer.
        image: (height, width, 4) uint8, sRGB, straight alpha, canvas-sized.
        character: Id of the character drawn on it, or "".
        patches: Mouths and eyelids of that character.
        glow: Whether it is blended as light (screen), and may flicker.
    """

    name: str
    depth: float
    image: Rgba
    character: str = ""
    patches: tuple[Patch, ...] = ()
    glow: bool = False


@dataclass(frozen=True)
class LayeredPicture:
    """Layers from back to front.

    Attributes:
        width_px: Width of the frame, centred on the canvas.
        height_px: Height of the frame.
        margin_px: Extent of the canvas beyond the frame on every side.
    """

    width_px: int
    height_px: int
    margin_px: int
    layers: tuple[Layer, ...] = ()
