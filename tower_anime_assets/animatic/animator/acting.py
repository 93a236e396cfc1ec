"""What figures do by themselves: breathe, sway, blink, and move their mouths while they speak. Seeded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import ClipBrief, MouthSpan

CLOSED, HALF, OPEN = 0, 1, 2
"""Positions of a mouth."""

_BREATH_PERIOD_S = 3.4
_SWAY_PERIOD_S = 5.2
_STRIDE_PERIOD_S = 0.36
_STRIDE_MIN_ACTIVITY = 0.65
"""Activity above which a figure runs or fights, and bounces."""
_BLINK_GAP_S = (2.0, 5.0)
_FIRST_BLINK_S = 0.6
_BLINK_LENGTH_S = 0.14
_MOUTH_STEP_S = 1 / 12
"""Shortest time between two mouths: cel animation is drawn on twos."""

_SYLLABLES = ((HALF, OPEN, HALF), (HALF, OPEN), (OPEN, HALF, CLOSED), (HALF, OPEN, OPEN, HALF), (HALF, CLOSED))
"""The mouth during a syllable, step by step: about five syllables a second, as in speech."""


@dataclass(frozen=True)
class Acting:
    """One figure over the frames of a clip.

    Attributes:
        mouth: (frames,) CLOSED, HALF or OPEN.
        eyes_closed: (frames,) whether the lids are down.
        rise_px: (frames,) how far the top of the figure is lifted by its breath.
        sway_px: (frames,) how far its top leans to the right.
    """

    mouth: NDArray[np.int8]
    eyes_closed: NDArray[np.bool_]
    rise_px: NDArray[np.float64]
    sway_px: NDArray[np.float64]


def acting_of(brief: ClipBrief, character: str, seed: int, gain: float = 1.0) -> Acting:
    """Return what a figure does over the clip.

    Args:
        brief: Of the clip.
        character: Id of the figure; only its own speaking spans move its mouth.
        seed: Decides, with the character's id, when it blinks and how its mouth moves.
        gain: Multiplies breath and sway.
    """
    body_rng, lids_rng, lips_rng = (
        np.random.default_rng(seed_from(seed, character, part)) for part in ("body", "lids", "lips")
    )
    seconds = np.arange(brief.frames) / brief.fps
    unit = brief.height_px / 512 * gain
    spans = _speaking_spans(brief.speaking, character, brief.frames)
    breath_period_s = body_rng.uniform(0.9, 1.1) * _BREATH_PERIOD_S / (1.0 + 1.2 * brief.activity)
    rise = (1.6 + 1.4 * brief.activity) * np.sin(2 * np.pi * seconds / breath_period_s)
    sway = (1.1 + 1.2 * brief.activity) * np.sin(2 * np.pi * seconds / (body_rng.uniform(0.85, 1.15) * _SWAY_PERIOD_S))
    stride = 8.0 * max(brief.activity - _STRIDE_MIN_ACTIVITY, 0.0) * np.abs(np.sin(np.pi * seconds / _STRIDE_PERIOD_S))
    mouth = _mouth_positions(brief, spans, lips_rng)
    return Acting(
        mouth=mouth,
        eyes_closed=_blink_frames(brief, lids_rng),
        rise_px=unit * (rise + stride + _nod_lift(brief, mouth)),
        sway_px=unit * body_rng.choice([-1.0, 1.0]) * sway,
    )


def _speaking_spans(spans: Iterable[MouthSpan], character: str, frames: int) -> list[tuple[int, int]]:
    own = ((max(span.start_frame, 0), min(span.end_frame, frames)) for span in spans if span.character == character)
    return [(start, end) for start, end in own if end > start]


def _mouth_positions(brief: ClipBrief, spans: list[tuple[int, int]], rng: np.random.Generator) -> NDArray[np.int8]:
    mouth = np.zeros(brief.frames, np.int8)
    step_frames = max(1, round(brief.fps * _MOUTH_STEP_S))
    for start, end in spans:
        frame_index = start
        while frame_index < end - step_frames:  # the last step stays closed: a line ends with a closed mouth
            for position in _SYLLABLES[rng.integers(len(_SYLLABLES))]:
                mouth[frame_index : min(frame_index + step_frames, end - step_frames)] = position
                frame_index += step_frames
    return mouth


def _nod_lift(brief: ClipBrief, mouth: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return the lift of a speaking head, px at 512 lines: how open its mouth is, smoothed over a third of a second."""
    width = max(3, round(brief.fps / 3))
    window = np.hanning(width + 2)[1:-1]
    return np.convolve((mouth > CLOSED).astype(np.float64), window / window.sum(), mode="same")[: len(mouth)] * 1.2


def _blink_frames(brief: ClipBrief, rng: np.random.Generator) -> NDArray[np.bool_]:
    closed = np.zeros(brief.frames, np.bool_)
    lid_frames = max(2, round(brief.fps * _BLINK_LENGTH_S))
    at_s = _FIRST_BLINK_S + rng.uniform(0.0, _BLINK_GAP_S[0])
    while (start_frame := round(at_s * brief.fps)) < brief.frames - lid_frames:
        closed[start_frame : start_frame + lid_frames] = True
        at_s += rng.uniform(*_BLINK_GAP_S)
    return closed
