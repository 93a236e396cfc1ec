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

from tower_anime_assets.production.learning.attempts import Rate, Tried, rate, rate_of

ALPHA: Final = 0.05
"""Largest adjusted p of what is called a finding."""
FEWEST: Final = 8
"""Below so many rows no trend, drift or correlation is looked for: the tests could hardly find one."""
FEWEST_EACH: Final = 4
"""What is compared must have been both there and absent so often."""
MOST_EXACT: Final = 200
"""Up to so many attempts drift is tested exactly; with more the limit serves as well, and quickly."""
WORTH_SAYING: Final = 0.1
"""The share of attempts from which on a frequent complaint is worth a recommendation."""


@dataclass(frozen=True)
class Condition:
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
    rate: Rate
    mean_score: float
    quartiles: tuple[float, float, float, float, float]
    complaints: tuple[Complaint, ...]
    trend: Trend | None
    drift: Drift | None


GROUPINGS: Final[Mapping[str, Callable[[Tried], tuple[str, ...]]]] = {
    "": lambda _row: ("",),
    "framing": lambda row: (row.framing,) if row.framing else (),
    "mood": lambda row: (row.mood,) if row.mood else (),
    "character": lambda row: row.characters,
}
"""By what attempts are grouped; somebody who shares a frame is counted for each who is in it."""


def conditions(rows: Iterable[Tried]) -> tuple[Condition, ...]:
    """Return success and scores per engine, and per engine and framing, mood and character, in that order."""
    groups: dict[tuple[str, str, str, str], list[Tried]] = defaultdict(list)
    for row in rows:
        for by, values in GROUPINGS.items():
            for value in values(row):
                groups[row.stage, row.engine, by, value].append(row)
    order = list(GROUPINGS)
    found = []
    for (stage, engine, by, value), members in groups.items():
        scores = np.array([member.score for member in members])
        least, lower, middle, upper, best = (float(part) for part in np.quantile(scores, (0, 0.25, 0.5, 0.75, 1)))
        found.append(
            Condition(
                stage,
                engine,
                by,
                value,
                rate_of(members),
                float(scores.mean()),
                (least, lower, middle, upper, best),
                complaints(members),
                trend(members),
                drift(members),
            )
        )
    return tuple(sorted(found, key=lambda item: (item.stage, item.engine, order.index(item.by), item.value)))


@dataclass(frozen=True)
class Complaint:
    """What attempts were rejected for: a gate, or a person's reason as `person:kind`."""

    what: str
    count: int
    of: int

    @property
    def share(self) -> float:
        """Rejections for it per attempt."""
        return self.count / self.of if self.of else 0.0


def complaints(rows: Sequence[Tried]) -> tuple[Complaint, ...]:
    """Return what attempts were rejected for, the most frequent first; one attempt may miss several gates."""
    counted: Counter[str] = Counter()
    for row in rows:
        said = {reason.removeprefix("bad:") for reason in row.reasons if reason.startswith("bad:")}
        counted.update({*row.failed, *(f"person:{kind}" for kind in said)})
    return tuple(
        Complaint(what, count, len(rows))
        for what, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    )


# Change over time --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trend:
    """Whether scores rise or fall over time, by Kendall's rank correlation of score and order (Mann-Kendall test)."""

    tau: float
    p: float
    rows: int

    @property
    def is_found(self) -> bool:
        """Whether chance is an unlikely reason for it."""
        return self.p < ALPHA

    def __str__(self) -> str:
        if not self.is_found:
            return f"no trend (tau {self.tau:+.2f}, p {self.p:.2g}, {self.rows} attempts)"
        way = "rising" if self.tau > 0 else "falling"
        return f"scores are {way} (tau {self.tau:+.2f}, p {self.p:.2g}, {self.rows} attempts)"


def trend(rows: Sequence[Tried]) -> Trend | None:
    """Return the trend of the scores, None when there are too few attempts to tell."""
    if len(rows) < FEWEST:
        return None
    scores = [row.score for row in sorted(rows, key=_when)]
    if min(scores) == max(scores):
        return Trend(0.0, 1.0, len(rows))
    found = stats.kendalltau(range(len(scores)), scores)
    return Trend(float(found.statistic), float(found.pvalue), len(rows))


@dataclass(frozen=True)
class Drift:
    """Whether the newer half scores otherwise than the older, by the two-sample Kolmogorov-Smirnov test."""

    distance: float
    p: float
    earlier_mean: float
    later_mean: float
    rows: int

    @property
    def is_found(self) -> bool:
        """Whether chance is an unlikely reason for it."""
        return self.p < ALPHA

    def __str__(self) -> str:
        said = "drifted" if self.is_found else "no drift"
        return (
            f"{said}: mean score {self.earlier_mean:.3f}, then {self.later_mean:.3f} "
            f"(distance {self.distance:.2f}, p {self.p:.2g}, {self.rows} attempts)"
        )


def drift(rows: Sequence[Tried]) -> Drift | None:
    """Return how far the newer half's scores are from the older half's, None when there are too few to tell."""
    if len(rows) < 2 * FEWEST:
        return None
    scores = [row.score for row in sorted(rows, key=_when)]
    half = len(scores) // 2
    earlier, later = scores[:half], scores[half:]
    found = stats.ks_2samp(earlier, later, method="exact" if len(scores) <= MOST_EXACT else "asymp")
    return Drift(
        float(found.statistic), float(found.pvalue), float(np.mean(earlier)), float(np.mean(later)), len(scores)
    )


def _when(row: Tried) -> tuple[datetime, str]:
    return (row.timestamp, row.decision_id)


# What goes with success --------------------------------------------------------------------------------------------


def adjusted(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return p-values adjusted for being looked at together (Benjamini and Hochberg), in the order given."""
    if not p_values:
        return ()
    return tuple(float(p) for p in stats.false_discovery_control(np.clip(p_values, 0.0, 1.0)))


@dataclass(frozen=True)
class Correlation:
    """How a parameter goes with the score, by Spearman's rank correlation; `p` is adjusted."""

    parameter: str
    rho: float
    p: float
    rows: int

    @property
    def is_found(self) -> bool:
        """Whether chance is an unlikely reason for it."""
        return self.p < ALPHA


def correlations(rows: Sequence[Tried]) -> tuple[Correlation, ...]:
    """Return how each numeric parameter that was varied goes with the score, the strongest first."""
    values: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        for name, value in row.numbers.items():
            values[name].append((value, row.score))
    found = []
    for name, pairs in values.items():
        given, scores = zip(*pairs, strict=True)
        if len(pairs) >= FEWEST and len(set(given)) > 1 and len(set(scores)) > 1:
            result = stats.spearmanr(given, scores)
            found.append((name, float(result.statistic), float(result.pvalue), len(pairs)))
    ps = adjusted([p for _name, _rho, p, _rows in found])
    made = [Correlation(name, rho, p, count) for (name, rho, _p, count), p in zip(found, ps, strict=True)]
    return tuple(sorted(made, key=lambda item: (-abs(item.rho), item.parameter)))


@dataclass(frozen=True)
class Element:
    """A part of prompts, and how attempts with and without it did; `p` is Fisher's exact test, adjusted."""

    words: str
    present: Rate
    absent: Rate
    p: float

    @property
    def lift(self) -> float:
        """Success with it less success without it, -1..1."""
        return self.present.share - self.absent.share

    @property
    def is_found(self) -> bool:
        """Whether chance is an unlikely reason for the difference."""
        return self.p < ALPHA


_WEIGHT = re.compile(r"[()\[\]{}]|:\s*[\d.]+")


def elements_of(prompt: str) -> frozenset[str]:
    """Return the comma-separated parts of a prompt, without emphasis marks and weights, in lower case."""
    parts = (" ".join(_WEIGHT.sub(" ", part).lower().split()) for part in re.split(r"[,;\n]", prompt))
    return frozenset(part for part in parts if part)


def prompt_elements(rows: Sequence[Tried]) -> tuple[Element, ...]:
    """Return the prompt elements that may be compared, the clearest first; no prompt, no element."""
    prompts = [(elements_of(row.prompt), row.liked) for row in rows if row.prompt]
    total, successes = len(prompts), sum(liked for _elements, liked in prompts)
    seen: Counter[str] = Counter()
    liked_with: Counter[str] = Counter()
    for elements, liked in prompts:
        seen.update(elements)
        if liked:
            liked_with.update(elements)
    found = []
    for words, count in sorted(seen.items()):
        if min(count, total - count) < FEWEST_EACH:
            continue
        present, absent = rate(liked_with[words], count), rate(successes - liked_with[words], total - count)
        found.append((words, present, absent, _chance_of(present, absent)))
    ps = adjusted([p for *_rest, p in found])
    made = [Element(words, with_, without, p) for (words, with_, without, _), p in zip(found, ps, strict=True)]
    return tuple(sorted(made, key=lambda item: (item.p, -abs(item.lift), item.words)))


@dataclass(frozen=True)
class Change:
    """What changed between the older and the newer half: a parameter's mean, or how often a source advised."""

    what: str
    earlier: float
    later: float


def changes(rows: Sequence[Tried]) -> tuple[Change, ...]:
    """Return the parameters and sources that differ between the older and the newer half; () for a single attempt."""
    ordered = sorted(rows, key=_when)
    half = len(ordered) // 2
    if half == 0:
        return ()
    earlier, later = _means(ordered[:half]), _means(ordered[half:])
    return tuple(
        Change(name, earlier.get(name, 0.0), later.get(name, 0.0))
        for name in sorted({*earlier, *later})
        if not math.isclose(earlier.get(name, 0.0), later.get(name, 0.0), abs_tol=1e-9)
    )


def _means(rows: Sequence[Tried]) -> dict[str, float]:
    values: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.numbers.items():
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
    words: str
    where: Mapping[str, str]
    evidence: Mapping[str, Any] = field(default_factory=dict)
    samples: int = 0
    mean_score: float | None = None


def patterns(rows: Sequence[Tried]) -> tuple[Pattern, ...]:
    """Return what the attempts of each engine teach: only what chance is an unlikely reason for."""
    groups: dict[tuple[str, str], list[Tried]] = defaultdict(list)
    for row in rows:
        groups[row.stage, row.engine].append(row)
    found: list[Pattern] = []
    for (stage, engine), members in sorted(groups.items()):
        found += _contrasts(stage, engine, members)
        found += _parameter_patterns(stage, engine, members)
        found += _element_patterns(stage, engine, members)
    return tuple(found)


@dataclass(frozen=True)
class _Contrast:
    """Attempts that share something, against all others."""

    by: str
    value: str
    rows: Sequence[Tried]
    here: Rate
    rest: Rate


def _contrasts(stage: str, engine: str, rows: Sequence[Tried]) -> list[Pattern]:
    """Return the framings, moods and characters that do otherwise than all the rest."""
    tested = [contrast for by in GROUPINGS if by for contrast in _contrasts_by(by, rows)]
    made = []
    for item, p in zip(tested, adjusted([_chance_of(item.here, item.rest) for item in tested]), strict=True):
        if p < ALPHA:
            way = "less" if item.here.share < item.rest.share else "more"
            words = f"{stage} takes with {item.by} {item.value} are accepted {way} often than the others"
            made.append(_pattern(stage, engine, words, {item.by: item.value}, item.rows, item.here, item.rest, p))
    return made


def _contrasts_by(by: str, rows: Sequence[Tried]) -> list[_Contrast]:
    """Return what may be compared, the least accepted first; of two values one, for it says what the other would."""
    values = GROUPINGS[by]
    found: list[_Contrast] = []
    for value in {value for row in rows for value in values(row)}:
        inside = [row for row in rows if value in values(row)]
        outside = [row for row in rows if value not in values(row)]
        if min(len(inside), len(outside)) >= FEWEST_EACH:
            found.append(_Contrast(by, value, inside, rate_of(inside), rate_of(outside)))
    found.sort(key=lambda item: (item.here.share, item.value))
    is_mirrored = len(found) == 2 and found[0].here == found[1].rest
    return found[:1] if is_mirrored else found


def _chance_of(here: Rate, rest: Rate) -> float:
    """Return how likely two shares differ as much by chance alone, by Fisher's exact test."""
    table = [[item.successes, item.tries - item.successes] for item in (here, rest)]
    return float(stats.fisher_exact(table).pvalue)


def _parameter_patterns(stage: str, engine: str, rows: Sequence[Tried]) -> list[Pattern]:
    return [
        Pattern(
            stage,
            engine,
            f"a {'higher' if item.rho > 0 else 'lower'} {item.parameter} goes with better scores of {stage} takes",
            {"parameter": item.parameter},
            {"spearman_rho": round(item.rho, 4), "p_adjusted": _significant(item.p), "rows": item.rows},
            item.rows,
            float(np.mean([row.score for row in rows])),
        )
        for item in correlations(rows)
        if item.is_found
    ]


def _element_patterns(stage: str, engine: str, rows: Sequence[Tried]) -> list[Pattern]:
    made = []
    for item in prompt_elements(rows):
        if item.is_found:
            way = "more" if item.lift > 0 else "less"
            words = f'{stage} takes with "{item.words}" in the prompt are accepted {way} often than those without'
            inside = [row for row in rows if item.words in elements_of(row.prompt)]
            made.append(
                _pattern(stage, engine, words, {"element": item.words}, inside, item.present, item.absent, item.p)
            )
    return made


def _pattern(
    stage: str,
    engine: str,
    words: str,
    where: Mapping[str, str],
    rows: Sequence[Tried],
    here: Rate,
    rest: Rate,
    p: float,
) -> Pattern:
    figures = {"accepted": here.successes, "of": here.tries, "low": round(here.low, 4), "high": round(here.high, 4)}
    figures |= {"accepted_otherwise": rest.successes, "of_otherwise": rest.tries, "p_adjusted": _significant(p)}
    return Pattern(stage, engine, words, where, figures, len(rows), float(np.mean([row.score for row in rows])))


def _significant(p: float) -> float:
    return float(f"{p:.3g}")


def recommendations(rows: Sequence[Tried], found: Sequence[Pattern] | None = None) -> tuple[str, ...]:
    """Return what to do next time, in words with the figures behind them; () when nothing can be said yet.

    Args:
        rows: The attempts.
        found: Their patterns, when they are known already.
    """
    said = [_advised(pattern) for pattern in (patterns(rows) if found is None else found)]
    for engine in sorted({row.engine for row in rows}):
        for item in complaints([row for row in rows if row.engine == engine])[:1]:
            if item.count >= FEWEST_EACH and item.share >= WORTH_SAYING:
                said.append(
                    f"{engine}: {item.what} rejects most, {item.count} of {item.of} attempts ({item.share:.0%})."
                )
    return tuple(said)


def _advised(pattern: Pattern) -> str:
    figures = pattern.evidence
    if "parameter" in pattern.where:
        rho = figures["spearman_rho"]
        return (
            f"{pattern.engine}: try a {'higher' if rho > 0 else 'lower'} {pattern.where['parameter']} "
            f"(rank correlation with the score {rho:+.2f} over {pattern.samples} attempts)."
        )
    here = rate(figures["accepted"], figures["of"])
    rest = rate(figures["accepted_otherwise"], figures["of_otherwise"])
    if "element" in pattern.where:
        verb = "keep" if here.share > rest.share else "leave out"
        return f'{pattern.engine}: {verb} "{pattern.where["element"]}" in prompts (accepted {here}, without it {rest}).'
    return f"{pattern.engine}: {pattern.words} (accepted {here}, the others {rest})."
