"""What an attempt gives up when a graphics card was too small for it, step by step, by one rule.

Fewer pictures at once first, which nobody sees; then smaller pictures, which are scaled up to the size that was asked
for; then models of a lower precision, beginning with whole pictures again. Length, prompt and seed stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any, Final

BATCH: Final = "batch"
"""The parameter that says how many candidates one job makes; it counts as 1 where there is none."""

SCALES: Final = (Fraction(4, 5), Fraction(16, 25), Fraction(1, 2))
"""Sides of smaller pictures, as shares of those asked for; each step has a third fewer pixels. Below a half too little
is left to scale up."""


@dataclass(frozen=True)
class SizeGrid:
    """The sizes that a workflow makes: sides are multiples of `multiple_px`, the shorter at least `min_px`."""

    multiple_px: int
    min_px: int


@dataclass(frozen=True)
class Precision:
    """Models of a lower precision: what a person calls it, and the file for each place in the graph."""

    name: str
    models: Mapping[str, str]


@dataclass(frozen=True)
class Reduction:
    """One step down.

    Attributes:
        changes: What is different in the attempt's parameters; every step holds those of the steps before that stay.
        words: The same for a person, such as "at 608x352 px instead of 768x448".
    """

    changes: Mapping[str, Any]
    words: str


def memory_reductions(
    parameters: Mapping[str, Any], grid: SizeGrid, precisions: Sequence[Precision] = ()
) -> tuple[Reduction, ...]:
    """Return what is tried one after the other when an attempt ran out of memory; () when nothing is left.

    Args:
        parameters: The attempt's, with `width_px` and `height_px`.
        grid: The sizes that its workflow makes.
        precisions: Its models in lower precisions, the highest of them first.
    """
    steps: list[Reduction] = []
    given, words = {}, ""
    candidates = int(parameters.get(BATCH, 1))
    while candidates > 1:
        candidates //= 2
        given, words = {BATCH: candidates}, f"{candidates} of {parameters[BATCH]} candidates"
        steps.append(Reduction(dict(given), words))
    size_px = (int(parameters["width_px"]), int(parameters["height_px"]))
    sizes = _smaller_sizes(size_px, grid)
    steps += [_with_size(given, words, smaller, size_px) for smaller in sizes]
    for precision in precisions:
        models = {**parameters.get("models", {}), **precision.models}
        lower = {**given, "models": models}
        lower_words = ", ".join(filter(None, (words, f"with models in {precision.name}")))
        steps.append(Reduction(lower, lower_words))
        steps += [_with_size(lower, lower_words, smaller, size_px) for smaller in sizes]
    return tuple(steps)


def memory_load(parameters: Mapping[str, Any]) -> int:
    """Return how much a card must hold at once for an attempt, in pixels: of all frames of its longest part."""
    frames = max((int(part["frames"]) for part in parameters.get("parts", ())), default=1)
    return int(parameters.get(BATCH, 1)) * int(parameters["width_px"]) * int(parameters["height_px"]) * frames


def _smaller_sizes(size_px: tuple[int, int], grid: SizeGrid) -> list[tuple[int, int]]:
    """Return the legal sizes below one, largest first, of the same shape as nearly as the grid allows."""
    sizes: list[tuple[int, int]] = []
    for scale in SCALES:
        smaller = (_legal_side(size_px[0] * scale, grid), _legal_side(size_px[1] * scale, grid))
        last = sizes[-1] if sizes else size_px
        if min(smaller) >= grid.min_px and smaller[0] * smaller[1] < last[0] * last[1]:
            sizes.append(smaller)
    return sizes


def _legal_side(side_px: Fraction, grid: SizeGrid) -> int:
    return max(1, ceil(side_px / grid.multiple_px)) * grid.multiple_px


def _with_size(given: Mapping[str, Any], words: str, smaller: tuple[int, int], size_px: tuple[int, int]) -> Reduction:
    sized = f"at {smaller[0]}x{smaller[1]} px instead of {size_px[0]}x{size_px[1]} and scaled up"
    changes = {**given, "width_px": smaller[0], "height_px": smaller[1]}
    return Reduction(changes, ", ".join(filter(None, (words, sized))))
