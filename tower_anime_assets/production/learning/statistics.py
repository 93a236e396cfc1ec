"""Statistics of attempts: rates, reasons for rejection, trends, drift, correlations, and the patterns found in them.

Where many tests are made together, some would seem significant by chance: their p-values are adjusted by Benjamini and
Hochberg, and only patterns with an adjusted p below `ALPHA` are reported.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeVar

import numpy as np
from scipy import stats

from tower_anime_assets.production.learning.attempts import (
    AttemptRecord,
    SuccessRate,
    scores_of,
    success_rate,
    wilson_rate,
)

ALPHA: Final = 0.05
"""A pattern's adjusted p is below this."""
MIN_ROWS: Final = 8
"""With fewer attempts no trend, drift or correlation is tested: the tests could hardly find one."""
MIN_GROUP_ROWS: Final = 4
"""Attempts that each side of a comparison must have."""
MAX_EXACT_ROWS: Final = 200
"""With more attempts drift is tested by the asymptotic distribution, which is as good then, and fast."""
MIN_REJECTION_SHARE: Final = 0.1
"""Share of attempts that a reason must reject to be worth a recommendation."""


class _Tested:
    """The result of a test; its class says of which."""

    p_value: float

    @property
    def is_significant(self) -> bool:
        """Whether chance is an unlikely reason for it."""
        return self.p_value < ALPHA


@dataclass(frozen=True)
class ConditionRate:
    """How a group of attempts did that share an engine and one condition.

    Attributes:
        by: The kind of condition: framing, mood, character, or "" for the engine alone.
        value: Which one.
        scored: How many have a score on today's scale; the figures of scores are of those alone.
        mean_score: Their mean score, 0..1; None where none has one, as `quartiles`.
        quartiles: Lowest score, quartiles and best, 0..1.
        rejections: What they were rejected for, the most frequent first.
        trend: Of their scores, None with too few attempts; likewise `drift`.
    """

    stage: str
    engine: str
    by: str
    value: str
    rate: SuccessRate
    scored: int
    mean_score: float | None
    quartiles: tuple[float, float, float, float, float] | None
    rejections: tuple[RejectionReason, ...]
    trend: Trend | None
    drift: Drift | None


GROUPINGS: Final[Mapping[str, Callable[[AttemptRecord], tuple[str, ...]]]] = {
    "": lambda _row: ("",),
    "framing": lambda row: (row.framing,) if row.framing else (),
    "mood": lambda row: (row.mood,) if row.mood else (),
    "character": lambda row: row.characters,
}
"""By what attempts are grouped; an attempt with two characters counts for both."""


def condition_rates(rows: Iterable[AttemptRecord]) -> tuple[ConditionRate, ...]:
    """Return success and scores per engine, then per engine and framing, mood and character."""
    groups: dict[tuple[str, str, str, str], list[AttemptRecord]] = defaultdict(list)
    for row in rows:
        for by, values in GROUPINGS.items():
            for value in values(row):
                groups[row.stage, row.engine, by, value].append(row)
    order = list(GROUPINGS)
    rates = []
    for (stage, engine, by, value), members in groups.items():
        scores = scores_of(members)
        rates.append(
            ConditionRate(
                stage,
                engine,
                by,
                value,
                success_rate(members),
                len(scores),
                _mean(scores),
                _quartiles(scores),
                rejection_reasons(members),
                score_trend(members),
                score_drift(members),
            )
        )
    return tuple(sorted(rates, key=lambda item: (item.stage, item.engine, order.index(item.by), item.value)))


def _mean(scores: Sequence[float]) -> float | None:
    return float(np.mean(scores)) if scores else None


def _quartiles(scores: Sequence[float]) -> tuple[float, float, float, float, float] | None:
    if not scores:
        return None
    least, lower, middle, upper, best = (float(part) for part in np.quantile(scores, (0, 0.25, 0.5, 0.75, 1)))
    return least, lower, middle, upper, best


@dataclass(frozen=True)
class RejectionReason:
    """What attempts were rejected for: a gate, or a person's reason as `person:kind`."""

    reason: str
    count: int
    attempts: int

    @property
    def share(self) -> float:
        """Rejections for this reason per attempt."""
        return self.count / self.attempts if self.attempts else 0.0


def rejection_reasons(rows: Sequence[AttemptRecord]) -> tuple[RejectionReason, ...]:
    """Return what attempts were rejected for, the most frequent first; an attempt may count for several reasons."""
    counts: Counter[str] = Counter()
    for row in rows:
        person_kinds = {reason.removeprefix("bad:") for reason in row.reasons if reason.startswith("bad:")}
        counts.update({*row.failed, *(f"person:{kind}" for kind in person_kinds)})
    return tuple(
        RejectionReason(what, count, len(rows))
        for what, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


# Change over time --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trend(_Tested):
    """Whether scores rise or fall over time, by Kendall's rank correlation of score and order (Mann-Kendall test)."""

    tau: float
    p_value: float
    rows: int

    def __str__(self) -> str:
        if not self.is_significant:
            return f"no trend (tau {self.tau:+.2f}, p {self.p_value:.2g}, {self.rows} attempts)"
        direction = "rising" if self.tau > 0 else "falling"
        return f"scores are {direction} (tau {self.tau:+.2f}, p {self.p_value:.2g}, {self.rows} attempts)"


def score_trend(rows: Sequence[AttemptRecord]) -> Trend | None:
    """Return the trend of the scores, None with too few of them."""
    scores = scores_of(sorted(rows, key=_chronological_key))
    if len(scores) < MIN_ROWS:
        return None
    if min(scores) == max(scores):
        return Trend(0.0, 1.0, len(scores))
    result = stats.kendalltau(range(len(scores)), scores)
    return Trend(float(result.statistic), float(result.pvalue), len(scores))


@dataclass(frozen=True)
class Drift(_Tested):
    """Whether the newer half scores differently from the older, by the two-sample Kolmogorov-Smirnov test."""

    distance: float
    p_value: float
    earlier_mean: float
    later_mean: float
    rows: int

    def __str__(self) -> str:
        label = "drifted" if self.is_significant else "no drift"
        return (
            f"{label}: mean score {self.earlier_mean:.3f}, then {self.later_mean:.3f} "
            f"(distance {self.distance:.2f}, p {self.p_value:.2g}, {self.rows} attempts)"
        )


def score_drift(rows: Sequence[AttemptRecord]) -> Drift | None:
    """Return how far the newer half's scores are from the older half's, None with too few attempts."""
    scores = scores_of(sorted(rows, key=_chronological_key))
    if len(scores) < 2 * MIN_ROWS:
        return None
    half = len(scores) // 2
    earlier, later = scores[:half], scores[half:]
    result = stats.ks_2samp(earlier, later, method="exact" if len(scores) <= MAX_EXACT_ROWS else "asymp")
    return Drift(
        float(result.statistic), float(result.pvalue), float(np.mean(earlier)), float(np.mean(later)), len(scores)
    )


def _chronological_key(row: AttemptRecord) -> tuple[datetime, str]:
    return (row.timestamp, row.decision_id)


# What goes with success --------------------------------------------------------------------------------------------


TestResult = TypeVar("TestResult", "Correlation", "PromptElement")


def _adjusted(results: Sequence[TestResult]) -> list[TestResult]:
    p_values = adjust_p_values([result.p_value for result in results])
    return [replace(result, p_value=p_value) for result, p_value in zip(results, p_values, strict=True)]


def adjust_p_values(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return p-values of tests made together, adjusted by Benjamini and Hochberg, in the same order."""
    if not p_values:
        return ()
    return tuple(float(p) for p in stats.false_discovery_control(np.clip(p_values, 0.0, 1.0)))


@dataclass(frozen=True)
class Correlation(_Tested):
    """How a parameter correlates with the score, by Spearman's rank correlation; the p-value is adjusted."""

    parameter: str
    rho: float
    p_value: float
    rows: int


def correlations(rows: Sequence[AttemptRecord]) -> tuple[Correlation, ...]:
    """Return how each numeric parameter that was varied correlates with the score, the strongest first."""
    values: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        if row.score is None:
            continue
        for name, value in row.numeric_parameters.items():
            values[name].append((value, row.score))
    results = []
    for name, pairs in values.items():
        parameter_values, scores = zip(*pairs, strict=True)
        if len(pairs) >= MIN_ROWS and len(set(parameter_values)) > 1 and len(set(scores)) > 1:
            result = stats.spearmanr(parameter_values, scores)
            results.append(Correlation(name, float(result.statistic), float(result.pvalue), len(pairs)))
    return tuple(sorted(_adjusted(results), key=lambda item: (-abs(item.rho), item.parameter)))


@dataclass(frozen=True)
class PromptElement(_Tested):
    """A part of prompts, and how attempts with and without it did, by Fisher's exact test; the p-value is adjusted."""

    text: str
    present: SuccessRate
    absent: SuccessRate
    p_value: float

    @property
    def lift(self) -> float:
        """Success rate with it minus the rate without it, -1..1."""
        return self.present.share - self.absent.share


_WEIGHT = re.compile(r"[()\[\]{}]|:\s*[\d.]+")


def elements_of(prompt: str) -> frozenset[str]:
    """Return the comma-separated parts of a prompt in lower case, without emphasis marks and weights."""
    parts = (" ".join(_WEIGHT.sub(" ", part).lower().split()) for part in re.split(r"[,;\n]", prompt))
    return frozenset(part for part in parts if part)


def prompt_elements(rows: Sequence[AttemptRecord]) -> tuple[PromptElement, ...]:
    """Return the prompt elements that can be compared, those with the clearest effect first."""
    prompts = [(elements_of(row.prompt), row.is_success) for row in rows if row.prompt]
    counts = Counter(element for elements, _is_success in prompts for element in elements)
    success_counts = Counter(element for elements, is_success in prompts if is_success for element in elements)
    total, successes = len(prompts), sum(is_success for _elements, is_success in prompts)
    comparisons = []
    for text, count in sorted(counts.items()):
        if min(count, total - count) >= MIN_GROUP_ROWS:
            present = wilson_rate(success_counts[text], count)
            absent = wilson_rate(successes - success_counts[text], total - count)
            comparisons.append(PromptElement(text, present, absent, _fisher_p_value(present, absent)))
    return tuple(sorted(_adjusted(comparisons), key=lambda item: (item.p_value, -abs(item.lift), item.text)))


@dataclass(frozen=True)
class Change:
    """A change between the older and the newer half: of a parameter's mean, or of how often a source suggested."""

    name: str
    earlier: float
    later: float


def changes(rows: Sequence[AttemptRecord]) -> tuple[Change, ...]:
    """Return what differs between the older and the newer half of some attempts; () for a single one."""
    ordered = sorted(rows, key=_chronological_key)
    half_count = len(ordered) // 2
    if half_count == 0:
        return ()
    earlier, later = _mean_values(ordered[:half_count]), _mean_values(ordered[half_count:])
    return tuple(
        Change(name, earlier.get(name, 0.0), later.get(name, 0.0))
        for name in sorted({*earlier, *later})
        if not math.isclose(earlier.get(name, 0.0), later.get(name, 0.0), abs_tol=1e-9)
    )


def _mean_values(rows: Sequence[AttemptRecord]) -> dict[str, float]:
    values: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.numeric_parameters.items():
            values[name].append(value)
    means = {name: sum(given) / len(given) for name, given in values.items()}
    sources = Counter(source_kind(row.source) for row in rows)
    return {**means, **{f"share from {name}": count / len(rows) for name, count in sources.items()}}


def source_kind(source: str) -> str:
    """Return the kind of a source of suggestions, such as "preset" of "preset:3"; "nobody" for ""."""
    return source.partition(":")[0] or "nobody"


# Patterns ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pattern:
    """A significant pattern in an engine's attempts.

    Attributes:
        text: The pattern as a sentence without figures, so that it stays the same when they change.
        conditions: When it holds: framing, mood, character, parameter or element.
        evidence: The figures, JSON-ready.
        samples: How many attempts it rests on.
        mean_score: Their mean score, 0..1; None where none is on today's scale.
    """

    stage: str
    engine: str
    text: str
    conditions: Mapping[str, str]
    evidence: Mapping[str, Any] = field(default_factory=dict)
    samples: int = 0
    mean_score: float | None = None


def learn_patterns(rows: Sequence[AttemptRecord]) -> tuple[Pattern, ...]:
    """Return the significant patterns in the attempts of each engine."""
    groups: dict[tuple[str, str], list[AttemptRecord]] = defaultdict(list)
    for row in rows:
        groups[row.stage, row.engine].append(row)
    learned: list[Pattern] = []
    for (stage, engine), members in sorted(groups.items()):
        learned += _contrast_patterns(stage, engine, members)
        learned += _parameter_patterns(stage, engine, members)
        learned += _element_patterns(stage, engine, members)
    return tuple(learned)


@dataclass(frozen=True)
class _Contrast:
    """Attempts that share a condition, against all others."""

    by: str
    value: str
    inside_rows: Sequence[AttemptRecord]
    inside_rate: SuccessRate
    outside_rate: SuccessRate


def _contrast_patterns(stage: str, engine: str, rows: Sequence[AttemptRecord]) -> list[Pattern]:
    """Return the framings, moods and characters that do better or worse than all others."""
    contrasts = [contrast for by in GROUPINGS if by for contrast in _testable_contrasts(by, rows)]
    p_values = adjust_p_values([_fisher_p_value(item.inside_rate, item.outside_rate) for item in contrasts])
    learned = []
    for item, p_value in zip(contrasts, p_values, strict=True):
        if p_value < ALPHA:
            comparison = "less" if item.inside_rate.share < item.outside_rate.share else "more"
            text = f"{stage} takes with {item.by} {item.value} are accepted {comparison} often than the others"
            pattern = Pattern(stage, engine, text, {item.by: item.value})
            learned.append(_with_rates(pattern, item.inside_rows, item.inside_rate, item.outside_rate, p_value))
    return learned


def _testable_contrasts(by: str, rows: Sequence[AttemptRecord]) -> list[_Contrast]:
    """Return what can be compared, the least accepted first; where there are two values, one says it all."""
    values_of = GROUPINGS[by]
    contrasts: list[_Contrast] = []
    for value in {value for row in rows for value in values_of(row)}:
        inside = [row for row in rows if value in values_of(row)]
        outside = [row for row in rows if value not in values_of(row)]
        if min(len(inside), len(outside)) >= MIN_GROUP_ROWS:
            contrasts.append(_Contrast(by, value, inside, success_rate(inside), success_rate(outside)))
    contrasts.sort(key=lambda item: (item.inside_rate.share, item.value))
    is_mirrored = len(contrasts) == 2 and contrasts[0].inside_rate == contrasts[1].outside_rate
    return contrasts[:1] if is_mirrored else contrasts


def _fisher_p_value(inside: SuccessRate, outside: SuccessRate) -> float:
    """Return the p-value of a difference between two shares, by Fisher's exact test."""
    table = [[item.successes, item.tries - item.successes] for item in (inside, outside)]
    return float(stats.fisher_exact(table).pvalue)


def _parameter_patterns(stage: str, engine: str, rows: Sequence[AttemptRecord]) -> list[Pattern]:
    return [
        Pattern(
            stage,
            engine,
            f"a {'higher' if item.rho > 0 else 'lower'} {item.parameter} goes with better scores of {stage} takes",
            {"parameter": item.parameter},
            {"spearman_rho": round(item.rho, 4), "p_adjusted": _round_p_value(item.p_value), "rows": item.rows},
            item.rows,
            _mean(scores_of(rows)),
        )
        for item in correlations(rows)
        if item.is_significant
    ]


def _element_patterns(stage: str, engine: str, rows: Sequence[AttemptRecord]) -> list[Pattern]:
    learned = []
    for item in prompt_elements(rows):
        if item.is_significant:
            comparison = "more" if item.lift > 0 else "less"
            text = f'{stage} takes with "{item.text}" in the prompt are accepted {comparison} often than those without'
            inside = [row for row in rows if item.text in elements_of(row.prompt)]
            pattern = Pattern(stage, engine, text, {"element": item.text})
            learned.append(_with_rates(pattern, inside, item.present, item.absent, item.p_value))
    return learned


def _with_rates(
    pattern: Pattern, rows: Sequence[AttemptRecord], inside: SuccessRate, outside: SuccessRate, p_value: float
) -> Pattern:
    figures = {
        "accepted": inside.successes,
        "of": inside.tries,
        "low": round(inside.low, 4),
        "high": round(inside.high, 4),
        "accepted_otherwise": outside.successes,
        "of_otherwise": outside.tries,
        "p_adjusted": _round_p_value(p_value),
    }
    return replace(pattern, evidence=figures, samples=len(rows), mean_score=_mean(scores_of(rows)))


def _round_p_value(p_value: float) -> float:
    return float(f"{p_value:.3g}")


def recommend(rows: Sequence[AttemptRecord], known_patterns: Sequence[Pattern] | None = None) -> tuple[str, ...]:
    """Return recommendations as sentences with their figures; () when there is nothing to recommend yet.

    Args:
        rows: The attempts.
        known_patterns: Their patterns, if already known.
    """
    patterns = learn_patterns(rows) if known_patterns is None else known_patterns
    sentences = [_recommendation(pattern) for pattern in patterns]
    for engine in sorted({row.engine for row in rows}):
        for item in rejection_reasons([row for row in rows if row.engine == engine])[:1]:
            if item.count >= MIN_GROUP_ROWS and item.share >= MIN_REJECTION_SHARE:
                figures = f"{item.count} of {item.attempts} attempts ({item.share:.0%})"
                sentences.append(f"{engine}: {item.reason} rejects most, {figures}.")
    return tuple(sentences)


def _recommendation(pattern: Pattern) -> str:
    figures = pattern.evidence
    if "parameter" in pattern.conditions:
        rho = figures["spearman_rho"]
        return (
            f"{pattern.engine}: try a {'higher' if rho > 0 else 'lower'} {pattern.conditions['parameter']} "
            f"(rank correlation with the score {rho:+.2f} over {pattern.samples} attempts)."
        )
    with_rate = wilson_rate(figures["accepted"], figures["of"])
    without_rate = wilson_rate(figures["accepted_otherwise"], figures["of_otherwise"])
    if "element" in pattern.conditions:
        verb = "keep" if with_rate.share > without_rate.share else "leave out"
        rates = f"accepted {with_rate}, without it {without_rate}"
        return f'{pattern.engine}: {verb} "{pattern.conditions["element"]}" in prompts ({rates}).'
    return f"{pattern.engine}: {pattern.text} (accepted {with_rate}, the others {without_rate})."
