"""The most that anybody could reach who has to learn, in the simulated studios of `benchmarks.routing`.

This router is told what no router knows: the ranges that true figures are drawn from, by how much priors may be wrong,
and on which shot one workflow is replaced (not which). For every shot it sees what every workflow would have made, not
just the chosen one. It takes what is best by Bayes' rule, so there is nothing to explore, and nobody with less to go by
can expect more. Where it does not beat the priors alone, they are right by luck, and no router can be asked to.

`python -m benchmarks.routing_bound` prints the table; it takes about a minute.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.routing import (
    FAILS,
    LATEST,
    LITTLE_OFFSET,
    NEARLY_RIGHT,
    PACE,
    PRIOR_OFF,
    QUALITY,
    RULES,
    SEEDS,
    SHOT_TYPES,
    SHOTS,
    TYPE_OFFSET,
    Studio,
    live,
)
from benchmarks.table import Row, print_rows
from tower_anime_assets.production.learning.candidates import ShotRequirements
from tower_anime_assets.production.learning.strategies import ATTEMPTS_PER_SHOT, balanced_utility

Floats = NDArray[np.float64]

LEVELS = np.linspace(QUALITY[0] + 0.005, QUALITY[1] - 0.005, 26)
FIGURES = np.linspace(0.05, 0.99, 40)
LOG_PACES = np.linspace(math.log(PACE[0]), math.log(PACE[1]), 41)
FAIL_SHARES = np.linspace(FAILS[0] + 0.0025, FAILS[1] - 0.0025, 31)
GRADE_LUCK, LOG_PACE_LUCK = 0.12, 0.25
"""Standard deviations of one take's grade, and of the logarithm of its seconds, in `benchmarks.routing`."""


@dataclass
class Seen:
    """Log likelihoods of one workflow's figures at the points above, from what was seen of it.

    Attributes:
        accepted: Of its share accepted in each shot type, `(shot types, FIGURES)`.
        grade: Of its mean grade there, likewise.
        log_pace: `(LOG_PACES,)`.
        fails: `(FAIL_SHARES,)`.
    """

    accepted: Floats = field(default_factory=lambda: np.zeros((len(SHOT_TYPES), len(FIGURES))))
    grade: Floats = field(default_factory=lambda: np.zeros((len(SHOT_TYPES), len(FIGURES))))
    log_pace: Floats = field(default_factory=lambda: np.zeros(len(LOG_PACES)))
    fails: Floats = field(default_factory=lambda: np.zeros(len(FAIL_SHARES)))

    def __add__(self, other: Seen) -> Seen:
        return Seen(*(mine + theirs for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True)))

    def see_shot(self, truth_of: tuple[float, float, float, float], kind: int, rng: np.random.Generator) -> None:
        """See a workflow try a shot until a take is accepted; `truth_of`: grade, share accepted, pace, failures."""
        grade, accepted_share, pace, fails = truth_of
        for _ in range(ATTEMPTS_PER_SHOT):
            if rng.random() < fails:
                self.fails += np.log(FAIL_SHARES)
                continue
            self.fails += np.log1p(-FAIL_SHARES)
            self.log_pace += _log_density(
                math.log(pace) + float(rng.normal(0, LOG_PACE_LUCK)), LOG_PACES, LOG_PACE_LUCK
            )
            if rng.random() < accepted_share:
                self.accepted[kind] += np.log(FIGURES)
                seen_grade = float(np.clip(rng.normal(grade, GRADE_LUCK), 0, 1))
                self.grade[kind] += _log_density(seen_grade, FIGURES, GRADE_LUCK)
                return
            self.accepted[kind] += np.log1p(-FIGURES)


def _log_density(value: float, means: Floats, spread: float) -> Floats:
    return np.asarray(-0.5 * ((value - means) / spread) ** 2)


def _shares(log_weights: Floats) -> tuple[Floats, float]:
    """Return weights that sum to 1, and the logarithm of their sum before."""
    total = float(np.logaddexp.reduce(log_weights))
    return np.exp(log_weights - total), total


class Learner:
    """What is known of studios in general, as probabilities at the points above."""

    def __init__(self, type_offset: float) -> None:
        edges = np.concatenate([[-9.0], (FIGURES[1:] + FIGURES[:-1]) / 2, [9.0]])
        below = np.clip((edges - LEVELS[:, None] + type_offset) / (2 * type_offset), 0, 1)
        self.of_level = np.diff(below, axis=1)  # (level, figure)
        offsets = np.random.default_rng(0).uniform(-type_offset, type_offset, (len(LEVELS), 4000, len(SHOT_TYPES)))
        self.mean_grades = np.clip(LEVELS[:, None, None] + offsets, 0.05, 0.99).mean(axis=2)

    def prior_of(self, quality: float, pace: float) -> tuple[Floats, Floats]:
        """Return the log weights of levels and of paces that a manifest's figures leave."""
        steps = np.log(quality / self.mean_grades) / math.log(PRIOR_OFF)
        is_capped = quality >= 0.99
        shares = np.clip((1 - steps) / 2, 0, 1) if is_capped else (np.abs(steps) <= 1).astype(float)
        paces = np.abs(np.log(pace) - LOG_PACES) <= math.log(PRIOR_OFF)
        return np.log(shares.mean(axis=1) + 1e-9), np.where(paces, 0.0, -30.0)

    def judge(self, seen: Seen, prior: tuple[Floats, Floats], shot: ShotRequirements) -> tuple[float, float]:
        """Return the expected utility of a workflow for a shot, and the log evidence of what was seen of it."""
        kind = SHOT_TYPES.index(shot.shot_type)
        by_level = [np.exp(figures - figures.max(axis=1, keepdims=True)) for figures in (seen.accepted, seen.grade)]
        evidence = sum(float(figures.max(axis=1).sum()) for figures in (seen.accepted, seen.grade))
        sums = [weights @ self.of_level.T for weights in by_level]  # (shot type, level)
        start, _total = _shares(prior[0])
        levels, level_evidence = _shares(np.log(start) + sum(np.log(one + 1e-300).sum(axis=0) for one in sums))
        start, _total = _shares(prior[1])
        paces, pace_evidence = _shares(np.log(start) + seen.log_pace)
        fails, fail_evidence = _shares(seen.fails - math.log(len(FAIL_SHARES)))
        succeeds, pace = 1 - float(fails @ FAIL_SHARES), math.exp(float(paces @ LOG_PACES))
        yields = succeeds * FIGURES
        seconds = pace * shot.megapixel_frames / yields
        useful = yields * RULES.clip_patience_s / (RULES.clip_patience_s + seconds)
        accepted = (by_level[0][kind] * useful) @ self.of_level.T / (sums[0][kind] + 1e-300)
        quality = (by_level[1][kind] * (0.5 + 0.5 * FIGURES)) @ self.of_level.T / (sums[1][kind] + 1e-300)
        return float(levels @ (accepted * quality)), evidence + level_evidence + pace_evidence + fail_evidence


def live_informed(seed: int, type_offset: float) -> tuple[list[float], list[float]]:
    """Return (utility of what was chosen, utility of the oracle's choice) of each shot, as `routing.live` does."""
    studio, learner = Studio(seed, type_offset), Learner(type_offset)
    rng = np.random.default_rng([seed, 3])
    names = list(studio.truths)
    priors = [learner.prior_of(one.quality, one.pace) for one in studio.candidates]
    unknown = (np.zeros(len(LEVELS)), np.zeros(len(LOG_PACES)))
    old, new = [Seen() for _ in names], [Seen() for _ in names]
    got, best = [], []
    for number in range(SHOTS):
        changed = number >= SHOTS // 2
        if number == SHOTS // 2:
            studio.drift()
        shot = studio.next_shot(number)
        kind = SHOT_TYPES.index(shot.shot_type)
        worth = [balanced_utility(studio.truths[name].estimate(shot), RULES, shot) for name in names]
        before = [learner.judge(seen, prior, shot) for seen, prior in zip(old, priors, strict=True)]
        values = [value for value, _evidence in before]
        if changed:
            same = [learner.judge(a + b, prior, shot) for a, b, prior in zip(old, new, priors, strict=True)]
            fresh = [learner.judge(seen, unknown, shot) for seen in new]
            ratios = [f[1] + b[1] - s[1] for f, b, s in zip(fresh, before, same, strict=True)]
            chances, _total = _shares(np.array(ratios))
            values = [float(p * f[0] + (1 - p) * s[0]) for p, f, s in zip(chances, fresh, same, strict=True)]
        got.append(worth[int(np.argmax(values))])
        best.append(max(worth))
        for seen, name in zip(new if changed else old, names, strict=True):
            truth = studio.truths[name]
            figures = (truth.grade[shot.shot_type], truth.accepted[shot.shot_type], truth.pace, truth.fails)
            seen.see_shot(figures, kind, rng)
    return got, best


def measure() -> list[Row]:
    """Return the figures, which are only shown: they bound what `benchmarks.routing` can reach."""
    rows = []
    for type_offset in (TYPE_OFFSET, LITTLE_OFFSET):
        fixed = [live(seed, learns=False, type_offset=type_offset) for seed in range(SEEDS)]
        nearly_right = sum(sum(got) / sum(best) >= NEARLY_RIGHT for got, best in fixed)
        lives = [live_informed(seed, type_offset) for seed in range(SEEDS)]
        shares = [sum(got[-LATEST:]) / sum(best[-LATEST:]) for got, best in lives]
        won = sum(sum(got) > sum(plain) for (got, _best), (plain, _same) in zip(lives, fixed, strict=True))
        when = f"Types differ by {type_offset:g}: who is told everything but the figures"
        rows += [
            Row(f"{when}, last 100 shots / oracle", statistics.fmean(shares), "x", "shown", True),
            Row(f"{when}, studios of 20 better than the priors alone", won, "", "shown", True),
            Row(f"Studios of 20 whose priors are nearly right, {type_offset:g}", nearly_right, "", "shown", True),
        ]
    return rows


if __name__ == "__main__":
    print_rows(measure())
