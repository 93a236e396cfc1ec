"""What the record of attempts teaches: rates, reasons, trends, drift and correlations, in figures and in words.

Pure functions over rows. Where the rows come from belongs in `store.outcomes`, what is done with it in `engines.advice`
and `stages.reports`.

Several things are looked at in one go, so that some would seem to matter by chance: wherever a family of tests is made
its p-values are adjusted by Benjamini and Hochberg, and what is called a finding has an adjusted p below `ALPHA`.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np
from scipy import stats

from tower_anime_assets.production.learning.attempts import AttemptRecord, SuccessRate, success_rate, wilson_rate

ALPHA: Final = 0.05
"""Largest adjusted p of what is called a finding."""
MIN_ROWS: Final = 8
"""Below so many rows no trend, drift or correlation is looked for: the tests could hardly find one."""
MIN_GROUP_ROWS: Final = 4
"""What is compared must have been both there and absent so often."""
MAX_EXACT_ROWS: Final = 200
"""Up to so many attempts drift is tested exactly; with more the limit serves as well, and quickly."""
MIN_REJECTION_SHARE: Final = 0.1
"""The share of attempts from which on a frequent complaint is worth a recommendation."""


@dataclass(frozen=True)
class ConditionRate:
    """A group of attempts that share an engine and one more thing, and how they did.

    Attributes:
        by: What they share: framing, mood, character, or "" for the engine alone.
        value: Which one.
        quartiles: Least score, quartiles and best, 0..1.
        complaints: What they were rejected for, the most frequent first.
        trend: Of their scores, None when they are too few; likewise `drift`.
    """

    stage: str
    engine: str
    by: str
    value: str
    rate: SuccessRate
    mean_score: float
    quartiles: tuple[float, float, float, float, float]
    rejections: tuple[RejectionReason, ...]
    trend: Trend | None
    drift: Drift | None


GROUPINGS: Final[Mapping[str, Callable[[AttemptRecord], tuple[str, ...]]]] = {
    "": lambda _row: ("",),
    "framing": lambda row: (row.framing,) if row.framing else (),
    "mood": lambda row: (row.mood,) if row.mood else (),
    "character": lambda row: row.characters,
}
"""By what attempts are grouped; somebody who shares a frame is counted for each who is in it."""


def condition_rates(rows: Iterable[AttemptRecord]) -> tuple[ConditionRate, ...]:
    """Return success and scores per engine, and per engine and framing, mood and character, in that order."""
    groups: dict[tuple[str, str, str, str], list[AttemptRecord]] = defaultdict(list)
    for row in rows:
        for by, values in GROUPINGS.items():
            for value in values(row):
                groups[row.stage, row.engine, by, value].append(row)
    order = list(GROUPINGS)
    rates = []
    for (stage, engine, by, value), members in groups.items():
        scores = np.array([member.score for member in members])
        least, lower, middle, upper, best = (float(part) for part in np.quantile(scores, (0, 0.25, 0.5, 0.75, 1)))
        rates.append(
            ConditionRate(
                stage,
                engine,
                by,
                value,
                success_rate(members),
                float(scores.mean()),
                (least, lower, middle, upper, best),
                rejection_reasons(members),
                score_trend(members),
                score_drift(members),
            )
        )
    return tuple(sorted(rates, key=lambda item: (item.stage, item.engine, order.index(item.by), item.value)))


@dataclass(frozen=True)
class RejectionReason:
    """What attempts were rejected for: a gate, or a person's reason as `person:kind`."""

    reason: str
    count: int
    attempts: int

    @property
    def share(self) -> float:
        """Rejections for it per attempt."""
        return self.count / self.attempts if self.attempts else 0.0


def rejection_reasons(rows: Sequence[AttemptRecord]) -> tuple[RejectionReason, ...]:
    """Return what attempts were rejected for, the most frequent first; one attempt may miss several gates."""
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
class Trend:
    """Whether scores rise or fall over time, by Kendall's rank correlation of score and order (Mann-Kendall test)."""

    tau: float
    p_value: float
    rows: int

    @property
    def is_significant(self) -> bool:
        """Whether chance is an unlikely reason for it."""
        return self.p_value < ALPHA

    def __str__(self) -> str:
        if not self.is_significant:
            return f"no trend (tau {self.tau:+.2f}, p {self.p_value:.2g}, {self.rows} attempts)"
        direction = "rising" if self.tau > 0 else "falling"
        return f"scores are {direction} (tau {self.tau:+.2f}, p {self.p_value:.2g}, {self.rows} attempts)"


def score_trend(rows: Sequence[AttemptRecord]) -> Trend | None:
    """Return the trend of the scores, None when there are too few attempts to tell."""
    if len(rows) < MIN_ROWS:
        return None
    scores = [row.score for row in sorted(rows, key=_chronological_key)]
    if min(scores) == max(scores):
        return Trend(0.0, 1.0, len(rows))
    result = stats.kendalltau(range(len(scores)), scores)
    return Trend(float(result.statistic), float(result.pvalue), len(rows))


@dataclass(frozen=True)
class Drift:
    """Whether the newer half scores otherwise than the older, by the two-sample Kolmogorov-Smirnov test."""

    distance: float
    p_value: float
    earlier_mean: float
    later_mean: float
    rows: int

    @property
    def is_significant(self) -> bool:
        """Whether chance is an unlikely reason for it."""
        return self.p_value < ALPHA

    def __str__(self) -> str:
        label = "drifted" if self.is_significant else "no drift"
        return (
            f"{label}: mean score {self.earlier_mean:.3f}, then {self.later_mean:.3f} "
            f"(distance {self.distance:.2f}, p {self.p_value:.2g}, {self.rows} attempts)"
        )


def score_drift(rows: Sequence[AttemptRecord]) -> Drift | None:
    """Return how far the newer half's scores are from the older half's, None when there are too few to tell."""
    if len(rows) < 2 * MIN_ROWS:
        return None
    scores = [row.score for row in sorted(rows, key=_chronological_key)]
    half = len(scores) // 2
    earlier, later = scores[:half], scores[half:]
    result = stats.ks_2samp(earlier, later, method="exact" if len(scores) <= MAX_EXACT_ROWS else "asymp")
    return Drift(
        float(result.statistic), float(result.pvalue), float(np.mean(earlier)), float(np.mean(later)), len(scores)
    )


def _chronological_key(row: AttemptRecord) -> tuple[datetime, str]:
    return (row.timestamp, row.decision_id)


# What goes with success --------------------------------------------------------------------------------------------


def adjust_p_values(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return p-values adjusted for being looked at together (Benjamini and Hochberg), in the order given."""
    if not p_values:
        return ()
    return tuple(float(p) for p in stats.false_discovery_control(np.clip(p_values, 0.0, 1.0)))


@dataclass(frozen=True)
class Correlation:
    """How a parameter goes with the score, by Spearman's rank correlation; `p` is adjusted."""

    parameter: str
    rho: float
    p_value: float
    rows: int

    @property
    def is_significant(self) -> bool:
        """Whether chance is an unlikely reason for it."""
        return self.p_value < ALPHA


def correlations(rows: Sequence[AttemptRecord]) -> tuple[Correlation, ...]:
    """Return how each numeric parameter that was varied goes with the score, the strongest first."""
    values: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        for name, value in row.numeric_parameters.items():
            values[name].append((value, row.score))
    results = []
    for name, pairs in values.items():
        parameter_values, scores = zip(*pairs, strict=True)
        if len(pairs) >= MIN_ROWS and len(set(parameter_values)) > 1 and len(set(scores)) > 1:
            result = stats.spearmanr(parameter_values, scores)
            results.append((name, float(result.statistic), float(result.pvalue), len(pairs)))
    adjusted_p_values = adjust_p_values([p for _name, _rho, p, _rows in results])
    adjusted_rows = [
        Correlation(name, rho, p, count) for (name, rho, _p, count), p in zip(results, adjusted_p_values, strict=True)
    ]
    return tuple(sorted(adjusted_rows, key=lambda item: (-abs(item.rho), item.parameter)))


@dataclass(frozen=True)
class PromptElement:
    """A part of prompts, and how attempts with and without it did; `p` is Fisher's exact test, adjusted."""

    text: str
    present: SuccessRate
    absent: SuccessRate
    p_value: float

    @property
    def lift(self) -> float:
        """Success with it less success without it, -1..1."""
        return self.present.share - self.absent.share

    @property
    def is_significant(self) -> bool:
        """Whether chance is an unlikely reason for the difference."""
        return self.p_value < ALPHA


_WEIGHT = re.compile(r"[()\[\]{}]|:\s*[\d.]+")


def elements_of(prompt: str) -> frozenset[str]:
    """Return the comma-separated parts of a prompt, without emphasis marks and weights, in lower case."""
    parts = (" ".join(_WEIGHT.sub(" ", part).lower().split()) for part in re.split(r"[,;\n]", prompt))
    return frozenset(part for part in parts if part)


def prompt_elements(rows: Sequence[AttemptRecord]) -> tuple[PromptElement, ...]:
    """Return the prompt elements that may be compared, the clearest first; no prompt, no element."""
    prompts = [(elements_of(row.prompt), row.is_success) for row in rows if row.prompt]
    total, successes = len(prompts), sum(is_success for _elements, is_success in prompts)
    counts: Counter[str] = Counter()
    success_counts: Counter[str] = Counter()
    for elements, is_success in prompts:
        counts.update(elements)
        if is_success:
            success_counts.update(elements)
    comparisons = []
    for words, count in sorted(counts.items()):
        if min(count, total - count) < MIN_GROUP_ROWS:
            continue
        present, absent = (
            wilson_rate(success_counts[words], count),
            wilson_rate(successes - success_counts[words], total - count),
        )
        comparisons.append((words, present, absent, _fisher_p_value(present, absent)))
    adjusted_p_values = adjust_p_values([p for *_rest, p in comparisons])
    adjusted_rows = [
        PromptElement(words, with_, without, p)
        for (words, with_, without, _), p in zip(comparisons, adjusted_p_values, strict=True)
    ]
    return tuple(sorted(adjusted_rows, key=lambda item: (item.p_value, -abs(item.lift), item.text)))


@dataclass(frozen=True)
class Change:
    """What changed between the older and the newer half: a parameter's mean, or how often a source advised."""

    name: str
    earlier: float
    later: float


def changes(rows: Sequence[AttemptRecord]) -> tuple[Change, ...]:
    """Return the parameters and sources that differ between the older and the newer half; () for a single attempt."""
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
    """Return what kind of source suggested an attempt: "nobody" for ""."""
    return source.partition(":")[0] or "nobody"


# In words ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pattern:
    """Something learned, with what it rests on.

    Attributes:
        words: What it says, without figures: the same finding has the same words tomorrow.
        where: Under which conditions: framing, mood, character, parameter, element.
        evidence: The figures, JSON-ready.
        samples: How many attempts it rests on.
        mean_score: Their mean score, 0..1.
    """

    stage: str
    engine: str
    text: str
    conditions: Mapping[str, str]
    evidence: Mapping[str, Any] = field(default_factory=dict)
    samples: int = 0
    mean_score: float | None = None


def learn_patterns(rows: Sequence[AttemptRecord]) -> tuple[Pattern, ...]:
    """Return what the attempts of each engine teach: only what chance is an unlikely reason for."""
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
    """Attempts that share something, against all others."""

    by: str
    value: str
    inside_rows: Sequence[AttemptRecord]
    inside_rate: SuccessRate
    outside_rate: SuccessRate


def _contrast_patterns(stage: str, engine: str, rows: Sequence[AttemptRecord]) -> list[Pattern]:
    """Return the framings, moods and characters that do otherwise than all the rest."""
    contrasts = [contrast for by in GROUPINGS if by for contrast in _testable_contrasts(by, rows)]
    learned = []
    for item, p in zip(
        contrasts,
        adjust_p_values([_fisher_p_value(item.inside_rate, item.outside_rate) for item in contrasts]),
        strict=True,
    ):
        if p < ALPHA:
            comparison = "less" if item.inside_rate.share < item.outside_rate.share else "more"
            text = f"{stage} takes with {item.by} {item.value} are accepted {comparison} often than the others"
            learned.append(
                _acceptance_pattern(
                    stage, engine, text, {item.by: item.value}, item.inside_rows, item.inside_rate, item.outside_rate, p
                )
            )
    return learned


def _testable_contrasts(by: str, rows: Sequence[AttemptRecord]) -> list[_Contrast]:
    """Return what may be compared, the least accepted first; of two values one, for it says what the other would."""
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
    """Return how likely two shares differ as much by chance alone, by Fisher's exact test."""
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
            float(np.mean([row.score for row in rows])),
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
            learned.append(
                _acceptance_pattern(
                    stage, engine, text, {"element": item.text}, inside, item.present, item.absent, item.p_value
                )
            )
    return learned


def _acceptance_pattern(
    stage: str,
    engine: str,
    text: str,
    conditions: Mapping[str, str],
    rows: Sequence[AttemptRecord],
    inside: SuccessRate,
    outside: SuccessRate,
    p_value: float,
) -> Pattern:
    figures = {
        "accepted": inside.successes,
        "of": inside.tries,
        "low": round(inside.low, 4),
        "high": round(inside.high, 4),
    }
    figures |= {
        "accepted_otherwise": outside.successes,
        "of_otherwise": outside.tries,
        "p_adjusted": _round_p_value(p_value),
    }
    return Pattern(stage, engine, text, conditions, figures, len(rows), float(np.mean([row.score for row in rows])))


def _round_p_value(p_value: float) -> float:
    return float(f"{p_value:.3g}")


def recommend(rows: Sequence[AttemptRecord], known_patterns: Sequence[Pattern] | None = None) -> tuple[str, ...]:
    """Return what to do next time, in words with the figures behind them; () when nothing can be said yet.

    Args:
        rows: The attempts.
        found: Their patterns, when they are known already.
    """
    sentences = [
        _recommendation(pattern) for pattern in (learn_patterns(rows) if known_patterns is None else known_patterns)
    ]
    for engine in sorted({row.engine for row in rows}):
        for item in rejection_reasons([row for row in rows if row.engine == engine])[:1]:
            if item.count >= MIN_GROUP_ROWS and item.share >= MIN_REJECTION_SHARE:
                sentences.append(
                    f"{engine}: {item.reason} rejects most, {item.count} of {item.attempts} attempts ({item.share:.0%})."
                )
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
        return f'{pattern.engine}: {verb} "{pattern.conditions["element"]}" in prompts (accepted {with_rate}, without it {without_rate}).'
    return f"{pattern.engine}: {pattern.text} (accepted {with_rate}, the others {without_rate})."
