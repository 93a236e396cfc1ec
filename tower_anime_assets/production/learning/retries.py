"""Retry rules: which parameters an attempt changes after the gates rejected the one before it.

Every retry also has a new seed, whatever the rules say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tower_anime_assets.production.learning.tunable import Tunable
from tower_anime_assets.production.verdicts import Verdict


@dataclass(frozen=True)
class RetryRule:
    """One parameter to change when a gate's measure failed.

    Attributes:
        measure: The failed measure.
        parameter: What is changed; nothing happens where a workflow does not allow it.
        range_share: How far each retry moves it, as a share of the parameter's range; at least one step.
        reason: Why this helps.
        alternates: Whether every other retry moves it the other way, because the measure does not tell the direction.
    """

    measure: str
    parameter: str
    range_share: float
    reason: str
    alternates: bool = False


MOTION: Final = "motion"
"""How much motion the prompt asks for, 0 (almost still) to 3 (as much as possible)."""
COLOUR_REPEATS: Final = "colour_repeats"
"""How often the prompt names the colours of hair, skin and clothes."""

OWN_RANGES: Final[Mapping[str, Tunable]] = {MOTION: Tunable(0.0, 3.0, 1.0), COLOUR_REPEATS: Tunable(1.0, 3.0, 1.0)}
"""Ranges of the parameters that are words in the prompt, and so can be changed in every workflow."""

RETRY_RULES: Final = (
    RetryRule("frozen_run_frames", MOTION, 0.34, "too still: the prompt asks for more motion"),
    RetryRule("frozen_run_frames", "strength", -0.15, "too still: a weaker hold on the first frame lets it move"),
    RetryRule("motion_off_range_px", MOTION, 0.34, "too still or too wild: livelier, then calmer", alternates=True),
    RetryRule("sheet_colour_share", "lora_strength", 0.2, "wrong colours: the character's LoRA gets more weight"),
    RetryRule("sheet_colour_share", COLOUR_REPEATS, 0.5, "wrong colours: the prompt repeats the character's colours"),
    RetryRule("sharpness_var", "steps", 0.2, "soft: more steps resolve more detail"),
    RetryRule("edge_acuity", "steps", 0.2, "soft: more steps resolve more detail"),
    RetryRule("luma_std", "cfg", 0.15, "flat: a stronger prompt gives more contrast"),
    RetryRule("neighbour_distance_bits", "denoise", 0.2, "like the shot before: less of the init image is kept"),
    RetryRule("flashes_per_s", "cfg", -0.2, "flashing: strong guidance overshoots from frame to frame"),
    RetryRule("black_run_frames", "cfg", -0.1, "black: strong guidance can push a dark picture out of range"),
    RetryRule("start_ssim", "strength", 0.25, "left its keyframe: a stronger hold on the first frame"),
    RetryRule("start_ssim", MOTION, -0.34, "left its keyframe: a calmer beginning stays closer to it"),
)
"""Parameters are named as in a workflow's `tunable`, or in `OWN_RANGES`."""


def adjust_parameters(
    values: Mapping[str, float], failed_verdicts: Iterable[Verdict], attempt_number: int, ranges: Mapping[str, Tunable]
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the values of an attempt, changed for the failed verdicts, and the reason for each change.

    A value that no rule changes stays as it is, even outside its range: the project chose it.

    Args:
        values: What a first attempt would use, by parameter.
        failed_verdicts: Failed verdicts of the best take so far.
        attempt_number: 1 for the first attempt; each retry moves values farther.
        ranges: What a workflow allows to be changed; `OWN_RANGES` are added.
    """
    allowed = {**OWN_RANGES, **ranges}
    missed_measures = {verdict.measure for verdict in failed_verdicts}
    moves: dict[str, float] = {}
    reasons: dict[str, list[str]] = {}
    for rule in RETRY_RULES:
        if rule.measure not in missed_measures or rule.parameter not in values or rule.parameter not in allowed:
            continue
        moves[rule.parameter] = moves.get(rule.parameter, 0.0) + _parameter_move(
            rule, attempt_number, allowed[rule.parameter]
        )
        reasons.setdefault(rule.parameter, []).append(rule.reason)
    changed = dict(values)
    change_reasons: list[str] = []
    for parameter, move in moves.items():
        new_value = _clamp_to_range(values[parameter] + move, allowed[parameter])
        if new_value != values[parameter]:
            changed[parameter] = new_value
            change_reasons += [
                f"{parameter} {values[parameter]:g} -> {new_value:g}: {reason}" for reason in reasons[parameter]
            ]
    return changed, tuple(change_reasons)


def _parameter_move(rule: RetryRule, attempt_number: int, allowed: Tunable) -> float:
    retry_number = max(1, attempt_number - 1)
    if rule.alternates:
        direction, step_count = (1.0 if retry_number % 2 else -1.0), (retry_number + 1) // 2
    else:
        direction, step_count = 1.0, retry_number
    step_size = max(abs(rule.range_share) * (allowed.high - allowed.low), allowed.step)
    return direction * step_count * (step_size if rule.range_share > 0 else -step_size)


def _clamp_to_range(value: float, allowed: Tunable) -> float:
    """Return the nearest value of a range; rounded, so that JSON holds 0.35 and not 0.35000000000000003."""
    steps = round((value - allowed.low) / allowed.step) if allowed.step > 0 else 0
    stepped = allowed.low + steps * allowed.step if allowed.step > 0 else value
    return round(min(max(stepped, allowed.low), allowed.high), 6)
