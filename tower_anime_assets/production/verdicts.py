"""Verdicts: what was measured on a take, the bar it had to meet, and whether it did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Threshold:
    """The bar for one measure.

    Attributes:
        gate: The gate that the measure belongs to, a true sentence such as `keyframes_are_sharp`.
        measure: Name with unit, such as `sharpness_var`.
        low: Smallest value that passes, or None.
        high: Largest value that passes, or None.
        unit: Unit in words.
        reason: Why the bar stands where it does.
        remedy: What to do about a take that misses it.
        is_optional: Whether it holds only for takes on which the measure was taken.
    """

    gate: str
    measure: str
    low: float | None
    high: float | None
    unit: str
    reason: str
    remedy: str
    is_optional: bool = False


@dataclass(frozen=True)
class Verdict:
    """One measured value against one bar. `margin` is how far inside (positive) or outside (negative) it lies."""

    gate: str
    measure: str
    value: float
    low: float | None
    high: float | None
    unit: str
    passed: bool
    remedy: str

    @property
    def margin(self) -> float:
        """Distance to the nearer bound, in the measure's unit; negative when the bar is missed."""
        distances = [self.value - self.low] if self.low is not None else []
        distances += [self.high - self.value] if self.high is not None else []
        return min(distances, default=0.0)

    def __str__(self) -> str:
        bounds = " and ".join(
            part
            for part in (
                f">= {self.low:g}" if self.low is not None else "",
                f"<= {self.high:g}" if self.high is not None else "",
            )
            if part
        )
        return f"{self.measure} is {self.value:.4g} {self.unit}, must be {bounds}"


def judge(measures: Mapping[str, float], thresholds: Iterable[Threshold]) -> tuple[Verdict, ...]:
    """Return a verdict for every threshold, but for optional ones whose measure was not taken.

    Raises:
        KeyError: A measure that a threshold asks for was not taken: that is neither a pass nor a failure.
    """
    verdicts = []
    for threshold in thresholds:
        if threshold.is_optional and threshold.measure not in measures:
            continue
        value = float(measures[threshold.measure])
        passed = (threshold.low is None or value >= threshold.low) and (
            threshold.high is None or value <= threshold.high
        )
        verdicts.append(
            Verdict(
                threshold.gate,
                threshold.measure,
                value,
                threshold.low,
                threshold.high,
                threshold.unit,
                passed,
                threshold.remedy,
            )
        )
    return tuple(verdicts)


def score(verdicts: Iterable[Verdict]) -> float:
    """Return how well the bars are met, 0..1: each counts 1 when met, less the share of the bar it misses by."""
    marks = []
    for verdict in verdicts:
        bound = max(abs(verdict.low or 0.0), abs(verdict.high or 0.0), 1.0)
        marks.append(1.0 if verdict.passed else max(0.0, 1.0 + verdict.margin / bound))
    return sum(marks) / len(marks) if marks else 1.0
