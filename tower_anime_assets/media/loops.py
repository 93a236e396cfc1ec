"""Loops: motion to the middle of a clip and back, so that its last frame is its first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def mirrored_index(index: int, frames: int) -> int:
    """Return which moment of a motion a frame of a loop shows: those after the middle repeat those before it."""
    return min(index, frames - 1 - index)


def forward_frames(frames: int) -> int:
    """Return how many frames of motion a loop of so many frames needs."""
    return (frames + 1) // 2


def mirrored(pictures: Iterable[T], frames: int) -> Iterator[T]:
    """Yield a loop of so many frames: the pictures to its middle, then the same backwards.

    The pictures of the first half are kept in memory. Where there are too few of them, nothing follows them.
    """
    forward: list[T] = []
    for picture in islice(pictures, forward_frames(frames)):
        forward.append(picture)
        yield picture
    if len(forward) == forward_frames(frames):
        yield from reversed(forward[: frames - len(forward)])
