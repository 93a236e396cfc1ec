"""What is known of an engine: tallies of its runs, and what they and its priors lead to expect of it for a shot.

A workflow has a level, its quality over all shot types. In one shot type its share of accepted takes, and their mean
grade, lie around that level: the grade says how far a score lies between the bar (0) and the best (1). Levels lie
around what the workflows of a machine have in common, so one that never ran is expected to do about as well as the
others do, whatever its manifest promises. Everything is weighed by how certain it is: few runs change little and many
decide, and a run in one type says something about the others. Success and speed are kept per workflow, not per type.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tower_anime_assets.production.learning.candidates import Candidate, ShotRequirements
from tower_anime_assets.production.verdicts import SCORE_AT_BAR

PRIOR_SUCCESS_SHARE = 0.95
"""Share of runs of a workflow that never ran that are expected to end without an error."""
PRIOR_SUCCESS_RUNS = 4.0
"""Pseudo-runs behind `PRIOR_SUCCESS_SHARE`: one failure in the first five runs is noticed, not decisive."""
LEVEL_SPREAD = 0.25
"""Standard deviation of a workflow's level around its prior quality: a prior may be wrong by a factor of two."""
WORKFLOW_SPREAD = 0.15
"""The same around the level that the workflows of a machine have in common: they differ less than priors are wrong."""
TYPE_SPREAD = 0.16
"""The same of its share accepted, and of its mean grade, in one shot type around its level: types differ by 0.3."""
SCORE_SPREAD = 0.15
"""The same of one take's grade around its mean."""
ACCEPTED_SPREAD = 0.45
"""The same of one take's acceptance, 0 or 1: the square root of p * (1 - p), for shares around 0.7."""
PRIOR_LOG_PACE_SPREAD = math.log(2.0) / 2.0
"""The same of the logarithm of the pace around its prior: nearly always within a factor of two."""
LOG_SECONDS_SPREAD = 0.35
"""The same of the logarithm of one run's seconds: times vary by about 40 % with size, load and warm models."""
Z_90 = 1.645
"""Standard deviations to either side that hold 90 % of a normal distribution."""
RELATIVE_STEP = 0.01
"""Share by which figures are changed to measure what they matter."""


@dataclass(frozen=True)
class EngineTally:
    """What happened with one workflow in shots of one type, as sums; older runs count for less.

    Attributes:
        runs: Finished decisions, except those cancelled or lost to a killed process.
        succeeded: Those that gave a take.
        judged: Takes that gates judged.
        accepted: Of these, those that every gate passed or a person waived.
        scored: Accepted takes with a score on today's scale.
        score_sum: Sum of their scores, 0.5 to 1 each; less for one that was waived.
        timed: Runs whose seconds and size are known.
        log_pace_sum: Sum over those of ln(seconds per megapixel and frame).
        gpu_s: GPU seconds of all runs.
        vram_bytes: Most that any run used, 0 when no server reported it.
        rows: How many decisions are behind it, not aged.
    """

    runs: float = 0.0
    succeeded: float = 0.0
    judged: float = 0.0
    accepted: float = 0.0
    scored: float = 0.0
    score_sum: float = 0.0
    timed: float = 0.0
    log_pace_sum: float = 0.0
    gpu_s: float = 0.0
    vram_bytes: int = 0
    rows: int = 0

    @property
    def grade_sum(self) -> float:
        """Sum of the grades of the takes that have a score: 0 at the bar, 1 where more no longer matters."""
        return (self.score_sum - SCORE_AT_BAR * self.scored) / (1.0 - SCORE_AT_BAR)

    def __add__(self, other: EngineTally) -> EngineTally:
        sums = {name: value + vars(other)[name] for name, value in vars(self).items()}
        return EngineTally(**{**sums, "vram_bytes": max(self.vram_bytes, other.vram_bytes)})

    def aged(self, days: float, half_life_days: float) -> EngineTally:
        """Return the tally as it counts `days` later."""
        return self.weighted(0.5 ** (days / half_life_days))

    def weighted(self, weight: float) -> EngineTally:
        """Return the tally as it counts where each of its runs counts by a weight."""
        weighted = {name: value * weight for name, value in vars(self).items()}
        return EngineTally(**{**weighted, "vram_bytes": self.vram_bytes, "rows": self.rows})


Profiles = Mapping[str, Mapping[str, EngineTally]]
"""Tallies by engine name, then by shot type."""


@dataclass(frozen=True)
class Level:
    """What is believed of a workflow's level, its quality over all shot types, 0 to 1."""

    mean: float
    variance: float


@dataclass(frozen=True)
class Posterior:
    """What is believed of one figure.

    Attributes:
        mean: The expected value.
        variance: Variance around it, without the part that it shares with the workflow's level.
        level_weight: How far it moves with the level: 0 (known by its own runs) to 1 (known by the level alone).
    """

    mean: float
    variance: float
    level_weight: float = 0.0


@dataclass(frozen=True)
class Estimate:
    """What to expect of one workflow for one shot.

    Attributes:
        succeeds: Chance that a run ends without an error.
        accepted: Chance that the gates pass its take.
        quality: Mean score of the takes that they pass, 0.5 to 1.
        seconds: Of one run.
        vram_bytes: Measured where a server reported it, else as stated.
    """

    succeeds: float
    accepted: float
    quality: float
    seconds: float
    vram_bytes: int

    @property
    def accepted_per_run(self) -> float:
        """Chance that one run gives an accepted take; at least 0.001, so that it can be divided by."""
        return max(self.succeeds * self.accepted, 1e-3)

    @property
    def seconds_per_accepted(self) -> float:
        """Expected seconds until a take is accepted."""
        return self.seconds / self.accepted_per_run


@dataclass(frozen=True)
class EnginePosteriors:
    """Everything that is believed of one workflow for one shot.

    Attributes:
        level_variance: The variance of its level.
        grade: The mean grade of its accepted takes: 0 for a score at the bar, 1 for the best.
    """

    level_variance: float
    succeeds: Posterior
    accepted: Posterior
    grade: Posterior
    log_pace: Posterior
    megapixel_frames: float
    vram_bytes: int
    rows: int

    def estimate(self) -> Estimate:
        """Return the means."""
        seconds = math.exp(self.log_pace.mean) * self.megapixel_frames
        quality = SCORE_AT_BAR + (1.0 - SCORE_AT_BAR) * self.grade.mean
        return Estimate(self.succeeds.mean, self.accepted.mean, quality, seconds, self.vram_bytes)

    def seconds_range(self) -> tuple[float, float]:
        """Return bounds between which nine of ten runs should end, seconds."""
        spread = Z_90 * math.sqrt(LOG_SECONDS_SPREAD**2 + self.log_pace.variance)
        expected_s = self.estimate().seconds
        return expected_s * math.exp(-spread), expected_s * math.exp(spread)

    def log_value_variance(self, value_of: Callable[[Estimate], float]) -> float:
        """Return the variance of the logarithm of the workflow's value, to first order.

        Args:
            value_of: The value of an estimate; above 0.
        """
        estimate = self.estimate()
        log_value = math.log(value_of(estimate))

        def slope(changed: Estimate, step: float) -> float:
            return (math.log(value_of(changed)) - log_value) / step

        smaller = 1 - RELATIVE_STEP
        accepted, quality, succeeds = (
            slope(changed, -figure * RELATIVE_STEP)
            for figure, changed in (
                (estimate.accepted, replace(estimate, accepted=estimate.accepted * smaller)),
                (estimate.quality, replace(estimate, quality=estimate.quality * smaller)),
                (estimate.succeeds, replace(estimate, succeeds=estimate.succeeds * smaller)),
            )
        )
        pace = slope(replace(estimate, seconds=estimate.seconds * math.exp(RELATIVE_STEP)), RELATIVE_STEP)
        grade = quality * (1.0 - SCORE_AT_BAR)
        level = accepted * self.accepted.level_weight + grade * self.grade.level_weight
        return (
            level**2 * self.level_variance
            + accepted**2 * self.accepted.variance
            + grade**2 * self.grade.variance
            + succeeds**2 * self.succeeds.variance
            + pace**2 * self.log_pace.variance
        )


def expected_levels(candidates: Sequence[Candidate], profiles: Profiles) -> dict[str, Level]:
    """Return the level that each candidate is expected to have before its own runs are counted, by engine name.

    That is its prior quality, and what the priors and runs of the others say of workflows in general; each counts by
    its precision. A candidate without others has its prior alone.

    Args:
        candidates: The workflows that could make a shot.
        profiles: Tallies, aged to now.
    """
    levels = [_level_posterior(_prior_level(one), profiles.get(one.engine, {})) for one in candidates]
    weights = [1.0 / (WORKFLOW_SPREAD**2 + level.variance) for level in levels]
    expected = {}
    for index, candidate in enumerate(candidates):
        others = [(weights[at], level.mean) for at, level in enumerate(levels) if at != index]
        expected[candidate.engine] = prior = _prior_level(candidate)
        if others:
            weight = sum(weight for weight, _mean in others)
            common = sum(weight * mean for weight, mean in others) / weight
            precision, common_precision = 1.0 / prior.variance, 1.0 / (WORKFLOW_SPREAD**2 + 1.0 / weight)
            mean = (prior.mean * precision + common * common_precision) / (precision + common_precision)
            expected[candidate.engine] = Level(mean, 1.0 / (precision + common_precision))
    return expected


def engine_posteriors(
    candidate: Candidate,
    requirements: ShotRequirements,
    profiles: Profiles,
    trial_runs: float = 0.0,
    expected_level: Level | None = None,
) -> EnginePosteriors:
    """Return what is believed of a candidate for a shot.

    Args:
        candidate: The workflow.
        requirements: The shot.
        profiles: Tallies, aged to now.
        trial_runs: Further runs of this shot type, assumed to go as expected: means stay, variances shrink.
        expected_level: Its level before its runs, see `expected_levels`; by its prior alone if None.
    """
    tallies = profiles.get(candidate.engine, {})
    type_tally = tallies.get(requirements.shot_type, EngineTally())
    overall = sum(tallies.values(), EngineTally())
    known = _level_posterior(expected_level or _prior_level(candidate), tallies)
    level, variance = known.mean, known.variance
    accepted = _type_posterior(type_tally.accepted, type_tally.judged, level, ACCEPTED_SPREAD)
    grade = _type_posterior(type_tally.grade_sum, type_tally.scored, level, SCORE_SPREAD)
    if trial_runs:
        precision = 1.0 / variance - sum(_level_precisions(type_tally)) + sum(_level_precisions(type_tally, trial_runs))
        variance = 1.0 / precision
        surer_accepted = _type_posterior(0.0, type_tally.judged + trial_runs, level, ACCEPTED_SPREAD)
        surer_grade = _type_posterior(0.0, type_tally.scored + trial_runs, level, SCORE_SPREAD)
        accepted = replace(surer_accepted, mean=accepted.mean)
        grade = replace(surer_grade, mean=grade.mean)
    return EnginePosteriors(
        level_variance=variance,
        succeeds=success_posterior(overall.succeeded, overall.runs, trial_runs),
        accepted=accepted,
        grade=grade,
        log_pace=_pace_posterior(candidate.pace, overall, trial_runs),
        megapixel_frames=requirements.megapixel_frames,
        vram_bytes=overall.vram_bytes or candidate.filled_bytes,
        rows=type_tally.rows,
    )


def _level_precisions(tally: EngineTally, extra_runs: float = 0.0) -> tuple[float, float]:
    """Return how precisely a type's share accepted, and its mean grade, tell the workflow's level: 1 / variance."""
    return (
        _level_precision(tally.judged + extra_runs, ACCEPTED_SPREAD),
        _level_precision(tally.scored + extra_runs, SCORE_SPREAD),
    )


def _level_precision(runs: float, spread: float) -> float:
    return 1.0 / (TYPE_SPREAD**2 + spread**2 / runs) if runs > 0 else 0.0


def _prior_level(candidate: Candidate) -> Level:
    return Level(candidate.quality, LEVEL_SPREAD**2)


def _level_posterior(expected: Level, tallies: Mapping[str, EngineTally]) -> Level:
    """Return a workflow's level: what was expected of it and every type's figures, by their precision."""
    precision = 1.0 / expected.variance
    weighted_sum = expected.mean * precision
    for tally in tallies.values():
        accepted_precision, grade_precision = _level_precisions(tally)
        precision += accepted_precision + grade_precision
        accepted_part = accepted_precision * tally.accepted / (tally.judged or 1.0)
        weighted_sum += accepted_part + grade_precision * tally.grade_sum / (tally.scored or 1.0)
    return Level(weighted_sum / precision, 1.0 / precision)


def _type_posterior(total: float, runs: float, level: float, spread: float) -> Posterior:
    """Return a figure in one shot type: its mean lies between what was seen there and the workflow's level."""
    own_weight = TYPE_SPREAD**2 * _level_precision(runs, spread)
    mean = own_weight * total / (runs or 1.0) + (1.0 - own_weight) * level
    return Posterior(min(max(mean, 0.01), 0.99), TYPE_SPREAD**2 * (1.0 - own_weight), 1.0 - own_weight)


def success_posterior(total: float = 0.0, runs: float = 0.0, trial_runs: float = 0.0) -> Posterior:
    """Return the chance of success: a Beta distribution with `PRIOR_SUCCESS_RUNS` pseudo-runs; the prior by default."""
    mean = (total + PRIOR_SUCCESS_SHARE * PRIOR_SUCCESS_RUNS) / (runs + PRIOR_SUCCESS_RUNS)
    return Posterior(mean, mean * (1.0 - mean) / (runs + trial_runs + PRIOR_SUCCESS_RUNS + 1.0))


def _pace_posterior(prior: float, tally: EngineTally, trial_runs: float) -> Posterior:
    """Return the logarithm of the pace: a normal distribution, its prior weighed against the runs."""
    pseudo_runs = (LOG_SECONDS_SPREAD / PRIOR_LOG_PACE_SPREAD) ** 2
    mean = (tally.log_pace_sum + math.log(max(prior, 1e-6)) * pseudo_runs) / (tally.timed + pseudo_runs)
    return Posterior(mean, LOG_SECONDS_SPREAD**2 / (tally.timed + trial_runs + pseudo_runs))


def knowledge_gradient(expected_value: float, best_other_value: float, variance: float, variance_after: float) -> float:
    """Return by how much a trial is expected to improve the choice between a workflow and the best of the others.

    After the trial the workflow's expected value will have moved by a factor whose logarithm is normal with the
    variance that the trial removes, and whose mean is 1. Where that reverses the choice, the difference is gained.

    Args:
        expected_value: The workflow's expected value; above 0.
        best_other_value: The same of the best of the others.
        variance: Variance of the logarithm of its value now, see `EnginePosteriors.log_value_variance`.
        variance_after: The same after the trial.
    """
    spread = math.sqrt(max(variance - variance_after, 1e-12))
    z = math.log(expected_value / best_other_value) / spread + spread / 2.0
    value_after_trial = expected_value * _normal_cdf(z) - best_other_value * _normal_cdf(z - spread)
    return max(value_after_trial - max(expected_value - best_other_value, 0.0), 0.0)


def _normal_cdf(at: float) -> float:
    """Return the standard normal distribution's share below a point."""
    return 0.5 * (1.0 + math.erf(at / math.sqrt(2.0)))
