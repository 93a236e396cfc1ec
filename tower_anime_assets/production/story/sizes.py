"""Sizes of pictures: which deliveries are possible, and the working size that a delivery is made at.

Models make pictures of a few hundred thousand pixels, with sides in multiples of 32; a delivery may have any even size.
Clips are made at the working size and scaled to the delivery's.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

MIN_SIDE_PX, MAX_SIDE_PX = 128, 4096
MAX_DELIVERY_PIXELS = 9_437_184
"""The largest picture that H.264 level 5.2 allows, 36,864 blocks of 16x16 px: 4096x2304, a little over 4K."""

MAX_SIDE_RATIO = 4
"""Longest side to shortest: wider than any cinema format."""

WORKING_MULTIPLE_PX = 32
MIN_WORKING_SIDE_PX, MAX_WORKING_SIDE_PX = 256, 2048
DIRECT_PIXELS = 921_600
"""The most that LTX Video makes on a card of 12 GB: a delivery of legal sides up to this is made as it is."""

WORKING_PIXELS = 600_000
"""The most of a derived working size: 1024x576, 768x768, 576x1024, for which that card needs a few minutes a clip."""

MIN_CHOICE_PIXELS = 4 * MIN_WORKING_SIDE_PX**2
"""A small delivery may be made at up to this, so that there is a choice of shapes."""

DRAFT, STANDARD, FINAL = QUALITY_LEVELS = ("draft", "standard", "final")
"""Levels of quality: how much is spent on the pictures of an episode; see `story.quality`."""

DRAFT_SHARE = 0.45
"""Pixels of a draft's working size, at most, of the standard one's: two thirds of each side."""

MAX_CROPPED_SHARE = 0.04
"""The most that a draft may lose to be made smaller; otherwise it is made at the standard size."""

_CROP_WEIGHT = 10
"""How many per cent of the working pixels one per cent of cropped picture outweighs."""


def is_deliverable(width_px: int, height_px: int) -> bool:
    """Return whether a picture of this size can be delivered, its sides each being legal."""
    is_too_long = max(width_px, height_px) > MAX_SIDE_RATIO * min(width_px, height_px)
    return width_px * height_px <= MAX_DELIVERY_PIXELS and not is_too_long


@cache
def derive_working_size(width_px: int, height_px: int, quality: str = STANDARD) -> tuple[int, int]:
    """Return the size at which a delivery is made: the delivery's where a model can make that, else one of its shape.

    Where no size has exactly its shape, the one that loses least is taken: at most 4 % of the picture is cropped. A
    draft is made smaller, where there is a smaller size of its shape; a final may be as large as a model makes.
    """
    if quality == DRAFT:
        return _derive_draft_size((width_px, height_px))
    step = WORKING_MULTIPLE_PX
    is_legal = width_px % step == height_px % step == 0 and min(width_px, height_px) >= MIN_WORKING_SIDE_PX
    if is_legal and width_px * height_px <= DIRECT_PIXELS:
        return width_px, height_px
    most = DIRECT_PIXELS if quality == FINAL else WORKING_PIXELS
    limit = min(most, max(MIN_CHOICE_PIXELS, _round_up(width_px) * _round_up(height_px)))
    return max(_sizes_up_to(limit), key=lambda size: _worth(size, (width_px, height_px)))


def _derive_draft_size(delivered_px: tuple[int, int]) -> tuple[int, int]:
    standard_px = derive_working_size(*delivered_px)
    smaller = _sizes_up_to(int(DRAFT_SHARE * standard_px[0] * standard_px[1]))
    fitting = [size for size in smaller if cropped_share(size, delivered_px) <= MAX_CROPPED_SHARE]
    return max(fitting, key=lambda size: _worth(size, delivered_px), default=standard_px)


def _sizes_up_to(pixels: int) -> list[tuple[int, int]]:
    sides = range(MIN_WORKING_SIDE_PX, MAX_WORKING_SIDE_PX + 1, WORKING_MULTIPLE_PX)
    return [(width, height) for width in sides for height in sides if width * height <= pixels]


def cropped_share(made_px: tuple[int, int], delivered_px: tuple[int, int]) -> float:
    """Return the share of a picture that is lost when it is scaled to cover another size and cropped to it."""
    scale = max(Fraction(delivered_px[0], made_px[0]), Fraction(delivered_px[1], made_px[1]))
    return float(1 - Fraction(delivered_px[0] * delivered_px[1]) / (scale**2 * made_px[0] * made_px[1]))


def _worth(made_px: tuple[int, int], delivered_px: tuple[int, int]) -> tuple[float, int]:
    return made_px[0] * made_px[1] * (1 - _CROP_WEIGHT * cropped_share(made_px, delivered_px)), made_px[0]


def _round_up(side_px: int) -> int:
    return -(-side_px // WORKING_MULTIPLE_PX) * WORKING_MULTIPLE_PX
