"""Measures of four-legged animals, by species. Lengths are in units in which a head is about 100 high."""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.production.planning.figure_words import beast_name

__all__ = ["BEASTS", "Beast", "Joint", "beast_name"]

Joint = tuple[float, float]


@dataclass(frozen=True)
class Beast:
    """The proportions of a species and what marks it.

    Attributes:
        skull: Half width and half height of the head without ears and muzzle.
        muzzle: "short", "dog", "pointed", "bear", "long" or "snout".
        ears: "pointed", "large", "floppy", "round", "tall", "leaf" or "side".
        tail: "long", "bushy", "stub", "wag", "hair", "tuft" or "curl".
        leg: Length of the legs below the trunk.
        depth: Of the trunk, from back to belly.
        length: From shoulder to hip.
        neck: From the shoulder to the middle of the head when standing; up is negative.
        has_hooves: Whether it stands on hooves, and so never sits.
        marks: Of whiskers, mane, ruff, antlers, horns, light-face, tail-tip, socks, stripes, spots, mask, tufts,
            fleece, dark-legs, unicorn.
    """

    skull: tuple[float, float]
    muzzle: str
    ears: str
    tail: str
    leg: float
    depth: float
    length: float
    neck: Joint
    has_hooves: bool = False
    marks: frozenset[str] = frozenset()


def _marks(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CAT = Beast((54, 45), "short", "pointed", "long", 60, 66, 112, (40, -66), marks=_marks("whiskers tufts light-face"))
_DOG = Beast((47, 46), "dog", "floppy", "wag", 84, 76, 132, (48, -70), marks=_marks("light-face"))
_FOX = Beast(
    (52, 41), "pointed", "large", "bushy", 72, 58, 122, (44, -64),
    marks=_marks("tufts light-face tail-tip socks ruff"),
)  # fmt: skip
_WOLF = Beast((52, 45), "pointed", "pointed", "bushy", 104, 86, 150, (58, -76), marks=_marks("tufts light-face ruff"))
_RABBIT = Beast((46, 43), "short", "tall", "stub", 34, 74, 62, (34, -58), marks=_marks("whiskers light-face"))
_BEAR = Beast((60, 52), "bear", "round", "stub", 82, 150, 176, (82, -58), marks=_marks("light-face"))
_HORSE = Beast((38, 44), "long", "leaf", "hair", 196, 116, 196, (98, -150), True, _marks("mane"))
_DEER = Beast((36, 40), "long", "side", "stub", 170, 84, 150, (66, -130), True, _marks("light-face"))
_COW = Beast((44, 44), "long", "side", "tuft", 118, 140, 210, (104, -52), True, _marks("horns light-face"))
_SHEEP = Beast((34, 38), "long", "side", "stub", 74, 118, 128, (74, -54), True, _marks("fleece"))
_GOAT = Beast((36, 40), "long", "side", "stub", 104, 92, 126, (62, -84), True, _marks("horns"))
_PIG = Beast((50, 46), "snout", "pointed", "curl", 48, 108, 130, (72, -28), True)
_MOUSE = Beast((44, 40), "pointed", "round", "long", 18, 58, 66, (38, -34), marks=_marks("whiskers light-face"))
_LION = Beast((54, 50), "bear", "round", "tuft", 98, 96, 160, (62, -70), marks=_marks("mane light-face whiskers"))
_RACCOON = Beast((56, 44), "pointed", "round", "bushy", 48, 74, 100, (44, -54), marks=_marks("mask tufts light-face"))

BEASTS: dict[str, Beast] = {
    "cat": _CAT,
    "dog": _DOG,
    "fox": _FOX,
    "wolf": _WOLF,
    "rabbit": _RABBIT,
    "bear": _BEAR,
    "horse": _HORSE,
    "unicorn": Beast((38, 44), "long", "leaf", "hair", 190, 110, 188, (94, -146), True, _marks("mane unicorn")),
    "donkey": Beast((38, 44), "long", "tall", "tuft", 138, 108, 170, (82, -112), True, _marks("light-face mane")),
    "zebra": Beast((38, 44), "long", "leaf", "tuft", 168, 112, 184, (88, -132), True, _marks("mane stripes")),
    "deer": _DEER,
    "stag": Beast((36, 40), "long", "side", "stub", 176, 92, 160, (72, -138), True, _marks("light-face antlers ruff")),
    "cow": _COW,
    "bull": Beast((48, 46), "long", "side", "tuft", 112, 160, 214, (110, -44), True, _marks("horns")),
    "sheep": _SHEEP,
    "goat": _GOAT,
    "pig": _PIG,
    "boar": Beast((50, 46), "snout", "leaf", "tuft", 58, 118, 136, (80, -20), True, _marks("mane")),
    "mouse": _MOUSE,
    "squirrel": Beast((44, 40), "short", "pointed", "bushy", 26, 54, 60, (34, -50), marks=_marks("light-face")),
    "hamster": Beast((50, 44), "short", "round", "stub", 14, 74, 52, (26, -36), marks=_marks("whiskers light-face")),
    "lion": _LION,
    "lioness": Beast((52, 46), "bear", "round", "tuft", 98, 90, 160, (62, -70), marks=_marks("light-face whiskers")),
    "tiger": Beast((56, 48), "bear", "round", "long", 92, 96, 166, (66, -60), marks=_marks("light-face stripes")),
    "leopard": Beast((52, 44), "bear", "round", "long", 86, 82, 158, (60, -58), marks=_marks("light-face spots")),
    "panda": Beast((62, 52), "bear", "round", "stub", 66, 140, 140, (70, -56), marks=_marks("mask dark-legs")),
    "raccoon": _RACCOON,
    "otter": Beast((48, 40), "bear", "round", "long", 34, 62, 118, (46, -48), marks=_marks("whiskers light-face")),
}  # fmt: skip
"""By the English word for the animal."""
