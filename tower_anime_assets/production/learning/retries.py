"""What an attempt changes when the gates rejected the one before it: a table, so that it can be read and argued with.

Every further attempt also has another seed; that is no rule but the premise of trying again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tower_anime_assets.production.learning.tunable import Tunable
from tower_anime_assets.production.verdicts import Verdict


@dataclass(frozen=True)
class Retry:
    """One thing to change when a measure was missed.

    Attributes:
        measure: The measure that was complained of.
        parameter: What is moved; nothing happens where a workflow does not let it be moved.
        by: How far each further attempt moves it, as a share of the parameter's range; at least one step of it.
        reason: Why this helps.
        turns: Whether every other attempt moves it the other way, because the complaint does not say which way.
    """

    measure: str
    parameter: str
    by: float
    reason: str
    turns: bool = False


MOTION: Final = "motion"
"""How lively the prompt asks the picture to be, 0 (almost still) to 3 (as much as can be had)."""
COLOUR_REPEATS: Final = "colour_repeats"
"""How often the prompt names the colours of hair, skin and clothes."""

OWN_RANGES: Final[Mapping[str, Tunable]] = {MOTION: Tunable(0.0, 3.0, 1.0), COLOUR_REPEATS: Tunable(1.0, 3.0, 1.0)}
"""Ranges of the parameters that are words in the prompt, and so can be moved in every workflow."""

RULES: Final = (
    Retry("frozen_run_frames", MOTION, 0.34, "too still: the prompt asks for more motion"),
    Retry("frozen_run_frames", "strength", -0.15, "too still: a weaker hold on the first frame lets the picture move"),
    Retry(
        "motion_off_range_px",
        MOTION,
        0.34,
        "off the planned motion, which does not say whether too still or too wild: first livelier, then calmer",
        turns=True,
    ),
    Retry("sheet_colour_share", "lora_strength", 0.2, "wrong colours: the character's LoRA is given more weight"),
    Retry("sheet_colour_share", COLOUR_REPEATS, 0.5, "wrong colours: the prompt names the character's colours again"),
    Retry("sharpness_var", "steps", 0.2, "soft: more steps resolve more detail"),
    Retry("luma_std", "cfg", 0.15, "flat: a stronger prompt gives more contrast"),
    Retry("neighbour_distance_bits", "denoise", 0.2, "too like the shot before: less is kept of the given picture"),
    Retry("flashes_per_s", "cfg", -0.2, "flashing: strong guidance overshoots from frame to frame"),
    Retry("black_run_frames", "cfg", -0.1, "black: strong guidance can push a dark picture out of range"),
    Retry("start_ssim", "strength", 0.25, "left its keyframe: a stronger hold on the first frame"),
    Retry("start_ssim", MOTION, -0.34, "left its keyframe: a calmer beginning stays closer to it"),
)
"""Parameters are named as in a workflow's `tunable`, or in `OWN_RANGES`."""


def adjusted(
    values: Mapping[str, float], complaints: Iterable[Verdict], number: int, ranges: Mapping[str, Tunable]
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the values of an attempt, changed to meet what was complained of, and the reason for each change.

    A value that was not moved stays as it was, even outside its range: the project chose it.

    Args:
        values: What a first attempt would use, by parameter.
        complaints: Failed verdicts of the best take so far.
        number: 1 for the first attempt; each further one moves farther.
        ranges: What a workflow lets be moved; `OWN_RANGES` are added.
    """
    allowed = {**OWN_RANGES, **ranges}
    missed = {verdict.measure for verdict in complaints}
    moves: dict[str, float] = {}
    reasons: dict[str, list[str]] = {}
    for rule in RULES:
        if rule.measure not in missed or rule.parameter not in values or rule.parameter not in allowed:
            continue
        moves[rule.parameter] = moves.get(rule.parameter, 0.0) + _move(rule, number, allowed[rule.parameter])
        reasons.setdefault(rule.parameter, []).append(rule.reason)
    changed = dict(values)
    said: list[str] = []
    for parameter, move in moves.items():
        moved = _legal(values[parameter] + move, allowed[parameter])
        if moved != values[parameter]:
            changed[parameter] = moved
            said += [f"{parameter} {values[parameter]:g} -> {moved:g}: {reason}" for reason in reasons[parameter]]
    return changed, tuple(said)


def _move(rule: Retry, number: int, allowed: Tunable) -> float:
    again = max(1, number - 1)
    if rule.turns:
        way, farther = (1.0 if again % 2 else -1.0), (again + 1) // 2
    else:
        way, farther = 1.0, again
    one = max(abs(rule.by) * (allowed.high - allowed.low), allowed.step)
    return way * farther * (one if rule.by > 0 else -one)


def _legal(value: float, allowed: Tunable) -> float:
    """Return the nearest value of a range; rounded, so that it is written in JSON as it is meant."""
    steps = round((value - allowed.low) / allowed.step) if allowed.step > 0 else 0
    stepped = allowed.low + steps * allowed.step if allowed.step > 0 else value
    return round(min(max(stepped, allowed.low), allowed.high), 6)
