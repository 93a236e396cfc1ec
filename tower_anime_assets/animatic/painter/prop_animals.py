"""Animals and robots of an action as props: the rigs of figures, in the colour that the action names."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from tower_anime_assets.animatic.painter.beasts import beast_name
from tower_anime_assets.animatic.painter.figure import draw_figure, geometry_of
from tower_anime_assets.animatic.painter.look import Look, look_of
from tower_anime_assets.animatic.painter.stance import Box, Stance
from tower_anime_assets.animatic.painter.vector import render
from tower_anime_assets.production.planning.shots import Emotion, Facing, Pose
from tower_anime_assets.production.planning.things import Thing
from tower_anime_assets.production.story.model import Appearance

_ROBOT = "robot"
_RASTER_PX = 160
_EYE, _COLLAR = "#3a2a20", "#8a4a3a"


def has_rig(thing: Thing) -> bool:
    """Return whether a figure's rig shows a thing better than its glyph does: four-legged animals and robots."""
    return thing.is_living and (thing.name == _ROBOT or bool(beast_name(thing.name)))


def animal_shape(thing: Thing) -> tuple[float, float]:
    """Return width and height of an animal whose longer side is 1."""
    left, top, right, low = _bounds(thing.name)
    longer = max(right - left, low - top)
    return (right - left) / longer, (low - top) / longer


def draw_animal(
    thing: Thing, colour: str, size: float, *, line: float, light_x: float, prefix: str, is_mirrored: bool
) -> str:
    """Return an animal or a robot as SVG elements, standing on (0, 0), its longer side `size`."""
    left, top, right, low = _bounds(thing.name)
    scale = size / max(right - left, low - top)
    facing = Facing.LEFT if is_mirrored else Facing.RIGHT
    stance = Stance(_look(thing.name, colour), Emotion.NEUTRAL, Pose.STAND, facing, True, line / scale, light_x)
    middle = (left + right) / 2 * (-1 if is_mirrored else 1)
    drawn = draw_figure(stance, prefix=prefix)
    return f'<g transform="scale({scale:.5f}) translate({-middle:.1f} {-geometry_of(stance).ground_y:.1f})">{drawn}</g>'


@lru_cache(maxsize=128)
def _bounds(name: str) -> Box:
    """Return (left, top, right, ground) of what is drawn of an animal that looks right, figure units."""
    stance = Stance(_look(name, "#808080"), Emotion.NEUTRAL, Pose.STAND, Facing.RIGHT)
    geometry = geometry_of(stance)
    left, top, right, low = geometry.bounds
    unit_x, unit_y = (right - left) / _RASTER_PX, (low - top) / _RASTER_PX
    drawn = render(draw_figure(stance), _RASTER_PX, _RASTER_PX, (left, top, right - left, low - top))
    rows, columns = np.nonzero(drawn[..., 3] > 127)
    return (
        left + float(columns.min()) * unit_x,
        top + float(rows.min()) * unit_y,
        left + float(columns.max() + 1) * unit_x,
        geometry.ground_y,
    )


def _look(name: str, colour: str) -> Look:
    kind = "robot" if name == _ROBOT else "animal"
    appearance = Appearance(
        colour, "bald", colour, _EYE, colour, "shirt", _COLLAR, presents="neutral", kind=kind, species=name
    )
    return look_of(appearance)
