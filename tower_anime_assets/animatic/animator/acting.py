"""What a figure does by itself: breathe, sway, blink and move its mouth while it speaks. Seeded, so always the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.production.digest import seed_of
from tower_anime_assets.production.planning.briefs import ClipBrief, MouthSpan

CLOSED, HALF, OPEN = 0, 1, 2
"""Positions of a mouth."""

_BREATH_S = 3.4
_SWAY_S = 5.2
_STRIDE_S = 0.36
_STRIDE_FROM = 0.65
"""Activity from which a figure does not stand but runs or fights, and bounces."""
_BLINK_S = (2.0, 5.0)
_FIRST_BLINK_S = 0.6
_LID_S = 0.14
_STEP_S = 1 / 12
"""A mouth changes at most this often: cel animation is drawn on twos."""

_SYLLABLES = ((HALF, OPEN, HALF), (HALF, OPEN), (OPEN, HALF, CLOSED), (HALF, OPEN, OPEN, HALF), (HALF, CLOSED))
"""What one syllable does, step by step: about five a second, as in speech."""


@dataclass(frozen=True)
class Acting:
    """One figure over the frames of a clip.

    Attributes:
        mouth: (frames,) CLOSED, HALF or OPEN.
        eyes_closed: (frames,) whether the lids are down.
        rise_px: (frames,) how far the top of the figure is lifted by its breath.
        sway_px: (frames,) how far the top leans to the right.
    """

    mouth: NDArray[np.int8]
    eyes_closed: NDArray[np.bool_]
    rise_px: NDArray[np.float64]
    sway_px: NDArray[np.float64]


def act(brief: ClipBrief, character: str, seed: int, gain: float = 1.0) -> Acting:
    """Return what a figure does over the clip.

    Args:
        brief: Its frames, rate, size, activity and speaking spans are used.
        character: Id of the figure; only its own spans move its mouth.
        seed: Together with the character decides when it blinks and how its mouth moves.
        gain: Multiplies breath and sway.
    """
    body, lids, lips = (np.random.default_rng(seed_of(seed, character, part)) for part in ("body", "lids", "lips"))
    seconds = np.arange(brief.frames) / brief.fps
    unit = brief.height_px / 512 * gain
    speaks = _spans_of(brief.speaking, character, brief.frames)
    breath = body.uniform(0.9, 1.1) * _BREATH_S / (1.0 + 1.2 * brief.activity)
    rise = (1.6 + 1.4 * brief.activity) * np.sin(2 * np.pi * seconds / breath)
    sway = (1.1 + 1.2 * brief.activity) * np.sin(2 * np.pi * seconds / (body.uniform(0.85, 1.15) * _SWAY_S))
    stride = 8.0 * max(brief.activity - _STRIDE_FROM, 0.0) * np.abs(np.sin(np.pi * seconds / _STRIDE_S))
    mouth = _mouth(brief, speaks, lips)
    return Acting(
        mouth=mouth,
        eyes_closed=_blinks(brief, lids),
        rise_px=unit * (rise + stride + _nods(brief, mouth)),
        sway_px=unit * body.choice([-1.0, 1.0]) * sway,
    )


def _spans_of(spans: Iterable[MouthSpan], character: str, frames: int) -> list[tuple[int, int]]:
    own = ((max(span.start_frame, 0), min(span.end_frame, frames)) for span in spans if span.character == character)
    return [(start, end) for start, end in own if end > start]


def _mouth(brief: ClipBrief, spans: list[tuple[int, int]], rng: np.random.Generator) -> NDArray[np.int8]:
    mouth = np.zeros(brief.frames, np.int8)
    step = max(1, round(brief.fps * _STEP_S))
    for start, end in spans:
        at = start
        while at < end - step:  # the last step stays closed: a line ends with a shut mouth
            for position in _SYLLABLES[rng.integers(len(_SYLLABLES))]:
                mouth[at : min(at + step, end - step)] = position
                at += step
    return mouth


def _nods(brief: ClipBrief, mouth: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return the small lift of a speaking head, px at 512 lines: its mouth's opening, smoothed over a third second."""
    width = max(3, round(brief.fps / 3))
    window = np.hanning(width + 2)[1:-1]
    return np.convolve((mouth > CLOSED).astype(np.float64), window / window.sum(), mode="same")[: len(mouth)] * 1.2


def _blinks(brief: ClipBrief, rng: np.random.Generator) -> NDArray[np.bool_]:
    closed = np.zeros(brief.frames, np.bool_)
    lid = max(2, round(brief.fps * _LID_S))
    at_s = _FIRST_BLINK_S + rng.uniform(0.0, _BLINK_S[0])
    while (at := round(at_s * brief.fps)) < brief.frames - lid:
        closed[at : at + lid] = True
        at_s += rng.uniform(*_BLINK_S)
    return closed
