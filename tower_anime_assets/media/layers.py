"""Layered pictures: what a painter draws and an animator moves, kept in one PNG.

The canvas is larger than the frame by `margin_px` on every side, so that a camera can move without running out of
picture. All layers cover the whole canvas; patches are small pictures put over a layer for single frames.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Rgba = NDArray[np.uint8]
"""(height, width, 4) uint8, sRGB, straight alpha."""

Bgra = NDArray[np.uint8]
"""(height, width, 4) uint8, sRGB, blue first as OpenCV draws, premultiplied by alpha where alpha counts."""


@dataclass(frozen=True)
class Patch:
    """A small picture that replaces a part of its layer for some frames.

    Attributes:
        name: `mouth-half`, `mouth-open` or `eyes-closed`; the layer as drawn has the mouth closed and eyes open.
        x_px: Left edge on the canvas.
        y_px: Top edge on the canvas.
        image: (height, width, 4) uint8, sRGB, straight alpha; drawn over the layer.
    """

    name: str
    x_px: int
    y_px: int
    image: Rgba


@dataclass(frozen=True)
class Layer:
    """One sheet of the picture.

    Attributes:
        name: Such as "sky", "city-far", "room", "akira", "foreground".
        depth: Parallax factor: 0 stands still at infinity, 1 is the plane of the subjects, above 1 is nearer.
        image: (height, width, 4) uint8, sRGB, straight alpha, canvas-sized.
        character: Id of the character drawn on it, or "".
        patches: Mouths and eyelids of that character.
        glow: Added as light (screen blend) instead of painted over, and may flicker.
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
        margin_px: Picture beyond the frame on every side.
    """

    width_px: int
    height_px: int
    margin_px: int
    layers: tuple[Layer, ...] = field(default_factory=tuple)
