"""What is carried: held still in a hand, a claw, a mouth or a beak; what is used in an action is in `held`.

In figure units.
"""

from __future__ import annotations

from tower_anime_assets.animatic.painter.body import ADULT_HEIGHT
from tower_anime_assets.animatic.painter.colour import Tone
from tower_anime_assets.animatic.painter.stance import Hand
from tower_anime_assets.animatic.painter.things import draw_thing, find, thing_size
from tower_anime_assets.animatic.painter.vector import Pen, band
from tower_anime_assets.production.planning.things import Thing

_UNITS_PER_METRE = ADULT_HEIGHT / 1.7
_LEAST, _MOST = 54.0, 230.0
"""A ring is drawn larger than it is, or nobody would see it, and a ladder smaller."""

_HANGING = frozenset(
    {
        "lantern",
        "handbag",
        "bag",
        "basket",
        "bucket",
        "bell",
        "shopping bag",
        "briefcase",
        "suitcase",
        "fish",
        "satchel",
    }
)
"""Things that are carried by their upper end."""

_BY_THE_FOOT = frozenset(
    {
        *(
            "umbrella",
            "flower",
            "bouquet",
            "candle",
            "rose",
            "tulip",
            "sunflower",
            "mirror",
            "spoon",
            "flag",
            "balloon",
        ),
        *("broom", "ice cream", "lollipop", "microphone", "flashlight", "axe", "hammer", "torch", "feather", "trophy"),
        *("brush", "pen"),
    }
)
_BY_THE_HILT = frozenset({"sword", "dagger"})


def draw_carried(pen: Pen, words: str, hand: Hand, size: float, skin: Tone | None, is_mirrored: bool) -> None:
    """Draw a thing where it is held, with the fingers over it; what cannot be drawn is a card with its name.

    Args:
        pen: In figure units, looking right.
        words: What is held, as the writer calls it.
        hand: Where it is held.
        size: Of the holder, relative to a grown human.
        skin: Of the fingers; None for paws, beaks and claws.
        is_mirrored: Whether the drawing will be mirrored, so that letters must be mirrored once more.
    """
    thing = find(words)
    (x, y), long = hand.place, _length(thing, size)
    wide, tall = thing_size(thing, long) if thing is not None and thing.glyph else (long, long * 0.8)
    name = thing.name if thing is not None and thing.glyph else ""
    flip, turn = (-1 if is_mirrored and not name else 1), 0
    foot = y + tall * 0.36
    if hand.is_mouth or name in _HANGING:
        foot = y + tall * 0.94
    elif name in _BY_THE_HILT:  # the font draws blades downwards
        foot, x, turn = y + tall * 0.16, x + wide * 0.34, 180
    elif not name or name in _BY_THE_FOOT:
        foot, x = y + 12.0 * hand.size, x + (wide * 0.2 if name else 0.0)
    else:
        x += wide * 0.12
    with pen.transform(f"translate({x:.1f} {foot:.1f}) scale({flip} 1) rotate({turn} 0 {-tall / 2:.1f})"):
        pen.add(draw_thing(words, size=long, line=pen.line, shift=_small(pen.shift), prefix=f"{pen.prefix}h"))
    if skin is not None:
        reach = 11.0 * hand.size
        for index in range(3):
            at = hand.place[1] - reach * 0.9 + index * reach * 0.8
            finger = [(hand.place[0] - reach * 1.5, at - 1), (hand.place[0] + reach * 0.2, at)]
            pen.shape(band(finger, [reach * 0.8, reach * 0.74], rounded=True), skin.base, skin.line, pen.line * 0.9)


def _length(thing: Thing | None, size: float) -> float:
    metres = thing.size_m if thing is not None else 0.28
    least, most = _LEAST * min(1.0, size + 0.25), _MOST * min(1.2, size + 0.1)
    return min(most, max(least, metres * _UNITS_PER_METRE))


def _small(shift: tuple[float, float]) -> tuple[float, float]:
    return shift[0] * 0.4, shift[1] * 0.4
