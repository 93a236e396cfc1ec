"""Characters of species without a rig, drawn from Noto Emoji: whole animals and things that `things` knows for certain.

Own units: the drawing is 200 high, the ground is y = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.animatic.painter.body import ADULT_HEIGHT
from tower_anime_assets.animatic.painter.colour import mix
from tower_anime_assets.animatic.painter.stance import Geometry, Stance, geometry_in_own_units, raised_by
from tower_anime_assets.animatic.painter.things import draw_thing, find, thing_size
from tower_anime_assets.animatic.painter.vector import Pen, smooth
from tower_anime_assets.production.planning.things import Thing

_TALL = 200.0
_WIDEST = 3.0
"""A drawing wider than this, in heights, is made smaller."""


def glyph_rig(stance: Stance) -> GlyphRig | None:
    """Return the drawing of a species as a rig; None where none shows the whole of it."""
    species = stance.look.species
    thing = find(species) if species.strip() else None
    if thing is None or not thing.glyph or thing.kind == "head":
        return None
    return GlyphRig(stance, thing)


@dataclass(frozen=True)
class GlyphRig:
    """Draws a glyph as a figure; when it speaks, waves of sound leave it."""

    stance: Stance
    thing: Thing

    @property
    def _size(self) -> float:
        """Length of the longer side, own units."""
        wide, tall = thing_size(self.thing, 1.0)
        return min(_TALL / tall, _WIDEST * _TALL / wide)

    @property
    def _own(self) -> tuple[Geometry, float]:
        wide, tall = thing_size(self.thing, self._size)
        half = wide / 2
        side = half * 0.9
        mouth = (side, -tall - 14.0, side + 66.0, -tall * 0.4)
        return geometry_in_own_units(
            self.stance.look,
            _TALL,
            (-half, -tall, half, -tall * 0.3),
            (-half - 24, -tall - 40, side + 90, 30.0),
            (-half * 0.8, half * 0.8),
            tall * 0.56,
            mouth if self.stance.has_face else None,
            raised=raised_by(self.stance.look),
        )

    @property
    def geometry(self) -> Geometry:
        """Where its parts lie."""
        return self._own[0]

    def draw(self, pen: Pen, mouth: str, eyes: str, head_only: bool) -> None:
        """Draw the figure, or only the sound that leaves it."""
        _, scale = self._own
        look = self.stance.look
        with pen.transform(f"translate(0 {self.stance.look.height * ADULT_HEIGHT:.2f})"), pen.scaled(scale):
            if not head_only:
                # the font's animals look to the left
                shift = (pen.shift[0] * 0.5, pen.shift[1] * 0.5)
                drawn = draw_thing(
                    self.thing, look.outfit.base, self._size, line=pen.line, shift=shift,
                    prefix=f"{pen.prefix}t", is_mirrored=self.stance.view == "turned",
                )  # fmt: skip
                pen.add(drawn)
            _draw_sound(pen, thing_size(self.thing, self._size), look.accent.base, mouth)


def _draw_sound(pen: Pen, size: tuple[float, float], colour: str, mouth: str) -> None:
    count = {"half": 1, "open": 3}.get(mouth, 0)
    x, y = size[0] * 0.45, -size[1] * 0.78
    for number in range(count):
        reach = 20.0 + 15.0 * number
        arc = [(x + reach * 0.6, y - reach * 0.66), (x + reach, y), (x + reach * 0.6, y + reach * 0.66)]
        path = smooth(arc, closed=False)
        pen.stroke(path, "#ffffff", 8.0)
        pen.stroke(path, mix(colour, "#20182c", 0.25), 5.0)
