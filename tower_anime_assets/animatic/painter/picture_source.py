"""What the embedded painter hands to other engines: control pictures, regions and character sheets, by brief."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from tower_anime_assets.animatic.painter.engine import EmbeddedSheetPainter
from tower_anime_assets.production.planning.briefs import KeyframeBrief, SheetBrief

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tower_anime_assets.animatic.painter.control_pictures import ControlPictures


class PaintedPictures:
    """Draws pictures from briefs; the same brief gives the same pixels."""

    control_version = "1"
    sheet_version = EmbeddedSheetPainter.version

    def pose(self, brief: KeyframeBrief) -> NDArray[np.uint8] | None:
        """Return the skeletons of the humans in a keyframe, (height, width, 3) uint8; None if there are none."""
        pictures = _control_pictures(brief)
        return pictures.pose() if pictures.has_pose else None

    def depth(self, brief: KeyframeBrief) -> NDArray[np.uint8]:
        """Return a keyframe's depth map, (height, width) uint8: near is bright."""
        return _control_pictures(brief).depth()

    def lines(self, brief: KeyframeBrief) -> NDArray[np.uint8]:
        """Return a keyframe's edges, (height, width) uint8: white on black."""
        return _control_pictures(brief).lines()

    def regions(self, brief: KeyframeBrief) -> Mapping[str, NDArray[np.uint8]]:
        """Return a mask, (height, width) uint8, for each character in a keyframe, from left to right."""
        return _control_pictures(brief).regions()

    def sheet(self, brief: SheetBrief) -> NDArray[np.uint8]:
        """Return a character's reference sheet, (height, width, 3) uint8 sRGB."""
        from tower_anime_assets.animatic.painter.character_sheet import draw_sheet

        return draw_sheet(brief)


@lru_cache(maxsize=2)  # each holds a layered keyframe
def _control_pictures(brief: KeyframeBrief) -> ControlPictures:
    from tower_anime_assets.animatic.painter.control_pictures import ControlPictures

    return ControlPictures(brief)
