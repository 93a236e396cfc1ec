"""Verdicts: what was measured on a take, the bar it had to meet, and whether it did; and the score of a take."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

SCORE_AT_BAR: Final = 0.5
"""The score of a take whose measures are all just at their bars: a rejected take stays below it."""
SCORE_VERSION: Final = 2
"""The scale of today's scores. The first scale, which has no number on record, gave 1 to every accepted take."""


@dataclass(frozen=True)
class Threshold:
    """The bar for one measure.

    Attributes:
        gate: The gate that the measure belongs to, a true sentence such as `keyframes_are_sharp`.
        measure: Name with unit, such as `sharpness_var`.
        low: Smallest value that passes, or None.
        high: Largest value that passes, or None.
        unit: Name of the unit.
        reason: Why the bar is where it is.
        remedy: What to do about a take that misses it.
        is_optional: Whether a take without the measure is not judged by it.
        replaced_by: A measure that judges better: a take that has it is not judged by this bar, "" for none.
        embedded_remedy: What to do where one of our own engines made the take, which has no steps and no LoRAs; ""
            where the remedy is the same.
        good: The value from which more no longer matters, on the passing side of the bar; between two bars, the value
            that is best. None for a measure that counts faults, which says nothing of how good a take is.
    """

    gate: str
    measure: str
    low: float | None
    high: float | None
    unit: str
    reason: str
    remedy: str
    is_optional: bool = False
    replaced_by: str = ""
    embedded_remedy: str = ""
    good: float | None = None


@dataclass(frozen=True)
class Verdict:
    """One measured value against one bar.

    Attributes:
        good: As in `Threshold`. It says nothing of whether the take passed, so it is not on record with the verdict,
            and verdicts that differ in it alone are equal.
    """

    gate: str
    measure: str
    value: float
    low: float | None
    high: float | None
    unit: str
    passed: bool
    remedy: str
    good: float | None = field(default=None, compare=False)

    @property
    def grade(self) -> float | None:
        """How good a passing value is: 0.5 at the bar, 1 at `good` and beyond, linear between; None for fault counters.

        Between two bars it falls on either side of `good`. A value that misses its bar has 0.5, as one at the bar.
        """
        if self.good is None:
            return None
        bound = self.low if self.value < self.good else self.high
        if bound is None or bound == self.good:
            return 1.0 if self.passed else SCORE_AT_BAR
        share = (self.value - bound) / (self.good - bound)
        return SCORE_AT_BAR + (1.0 - SCORE_AT_BAR) * max(0.0, min(1.0, share))

    @property
    def mark(self) -> float:
        """How far a bar is met, 0..1: 1 where it is, otherwise 1 less the relative miss."""
        bound = max(abs(self.low or 0.0), abs(self.high or 0.0), 1.0)
        return 1.0 if self.passed else max(0.0, 1.0 + self.margin / bound)

    @property
    def margin(self) -> float:
        """Distance to the nearer bound, in the measure's unit; negative if the bar is missed."""
        distances = [self.value - self.low] if self.low is not None else []
        distances += [self.high - self.value] if self.high is not None else []
        return min(distances, default=0.0)

    def __str__(self) -> str:
        bounds = [f">= {self.low:g}"] if self.low is not None else []
        bounds += [f"<= {self.high:g}"] if self.high is not None else []
        return f"{self.measure} is {self.value:.4g} {self.unit}, must be {' and '.join(bounds)}"


def judge(measures: Mapping[str, float], thresholds: Iterable[Threshold]) -> tuple[Verdict, ...]:
    """Return a verdict for every threshold, except optional ones without a measure and those that another replaces.

    Raises:
        KeyError: A required measure is missing: that is neither a pass nor a failure.
    """
    verdicts = []
    for bar in thresholds:
        if (bar.is_optional and bar.measure not in measures) or (bar.replaced_by and bar.replaced_by in measures):
            continue
        value = float(measures[bar.measure])
        passed = (bar.low is None or value >= bar.low) and (bar.high is None or value <= bar.high)
        verdicts.append(
            Verdict(bar.gate, bar.measure, value, bar.low, bar.high, bar.unit, passed, bar.remedy, bar.good)
        )
    return tuple(verdicts)


def score(verdicts: Iterable[Verdict]) -> float:
    """Return how good a take is, 0..1: from 0.5 if every bar is met, below if one is missed, waived or not.

    A take that meets its bars has the geometric mean of its grades, so that one poor value is not made up for by many
    good ones; 1 where nothing is graded. Any other has half the mean of its marks.
    """
    judged = tuple(verdicts)
    if all(verdict.passed for verdict in judged):
        grades = [verdict.grade for verdict in judged if verdict.grade is not None]
        return max(SCORE_AT_BAR, math.exp(sum(map(math.log, grades)) / len(grades))) if grades else 1.0
    mean_mark = sum(verdict.mark for verdict in judged) / len(judged)
    return min(SCORE_AT_BAR * mean_mark, math.nextafter(SCORE_AT_BAR, 0.0))


def graded_score(quality_score: float | None, score_version: int | None) -> float | None:
    """Return a recorded score on today's scale, 0..1; None without one, or if it is of an earlier scale."""
    return quality_score if score_version == SCORE_VERSION else None
