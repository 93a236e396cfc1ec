"""Verdicts: what was measured on a take, the bar it had to meet, and whether it did; and the score of a take."""

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
        unit: Name of the unit.
        reason: Why the bar is where it is.
        remedy: What to do about a take that misses it.
        is_optional: Whether a take without the measure is not judged by it.
        replaced_by: A measure that judges better: a take that has it is not judged by this bar, "" for none.
        embedded_remedy: What to do where one of our own engines made the take, which has no steps and no LoRAs; ""
            where the remedy is the same.
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


@dataclass(frozen=True)
class Verdict:
    """One measured value against one bar."""

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
        verdicts.append(Verdict(bar.gate, bar.measure, value, bar.low, bar.high, bar.unit, passed, bar.remedy))
    return tuple(verdicts)


def score(verdicts: Iterable[Verdict]) -> float:
    """Return the mean mark of the verdicts, 0..1: 1 for a bar that is met, otherwise 1 less the relative miss."""
    marks = []
    for verdict in verdicts:
        bound = max(abs(verdict.low or 0.0), abs(verdict.high or 0.0), 1.0)
        marks.append(1.0 if verdict.passed else max(0.0, 1.0 + verdict.margin / bound))
    return sum(marks) / len(marks) if marks else 1.0
