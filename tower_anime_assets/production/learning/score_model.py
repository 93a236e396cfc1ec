"""A model of scores as a smooth function of an engine's parameters and the scene's mood: a Gaussian process.

Attempts with near parameters score alike; moods share most of that, and each has something of its own. How smooth it
is, how much is a mood's own and how much is luck is chosen by the marginal likelihood of the scores, so that scores
that do not depend on the parameters are seen as luck.

Source:
    C. E. Rasmussen, C. K. I. Williams, "Gaussian Processes for Machine Learning", 2006, chapters 2 and 5.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

Floats = NDArray[np.float64]

LENGTHS: Final = (0.3, 0.7, 1.5)
"""Distances over which scores change, as shares of a parameter's range."""
OWN_SHARES: Final = (0.05, 0.3)
"""Shares of the variance that are a mood's own."""
NOISE_RATIOS: Final = (0.15, 0.7, 4.0)
"""Variances of luck, as multiples of the variance that parameters and mood explain."""
FITTED_ROWS: Final = 60
"""Attempts by which these are chosen, spread over all that there are: more change little, and take time."""


@dataclass(frozen=True)
class _Smoothness:
    """What is assumed of the function: lengths per parameter, a mood's own share, and the ratio of luck."""

    lengths: Floats
    own_share: float
    noise_ratio: float

    def covariance(self, first: _Places, second: _Places) -> Floats:
        """Return the prior covariance of scores at two lists of places, `(len(first), len(second))`, at most 1."""
        first_scaled, second_scaled = first.points / self.lengths, second.points / self.lengths
        squares = (
            (first_scaled**2).sum(axis=1)[:, None]
            + (second_scaled**2).sum(axis=1)[None, :]
            - 2.0 * first_scaled @ second_scaled.T
        )
        same_mood = first.moods[:, None] == second.moods[None, :]
        shares = np.where(same_mood, 1.0, 1.0 - self.own_share)
        return np.asarray(np.exp(-0.5 * np.maximum(squares, 0.0)) * shares)


@dataclass(frozen=True)
class _Places:
    """Points of the unit cube, `(rows, parameters)`, each in a mood, `(rows,)`."""

    points: Floats
    moods: NDArray[np.str_]


@dataclass(frozen=True)
class ScoreModel:
    """What attempts say of scores anywhere.

    Attributes:
        places: Where attempts were made.
        smoothness: What the likelihood chose.
        mean: The score where nothing is known.
        variance: Of the scores that parameters and mood explain.
    """

    places: _Places
    smoothness: _Smoothness
    mean: float
    variance: float
    _weights: Floats
    _factor: Floats

    def predict(self, points: Floats, mood: str) -> tuple[Floats, Floats]:
        """Return the expected scores at points of the unit cube in a mood, and their standard deviations."""
        there = _Places(points, np.full(len(points), mood))
        covariance = self.smoothness.covariance(self.places, there)
        means = self.mean + covariance.T @ self._weights
        explained = _solve_lower(self._factor, covariance)
        variances = self.variance * np.maximum(1.0 - (explained**2).sum(axis=0), 1e-9)
        return means, np.sqrt(variances)


def fit_scores(points: Floats, moods: Sequence[str], scores: Sequence[float]) -> ScoreModel:
    """Return the model of some attempts' scores.

    Args:
        points: Their parameters, each scaled to 0..1 over its range, `(attempts, parameters)`, newest first.
        moods: Their moods.
        scores: Their scores, 0..1.
    """
    places, values = _Places(points, np.array(moods)), np.asarray(scores, dtype=np.float64)
    some = np.unique(np.linspace(0, len(values) - 1, min(FITTED_ROWS, len(values))).astype(int))
    smoothness = _likeliest(_Places(places.points[some], places.moods[some]), values[some])
    factor, mean, variance, _likelihood = _solve(smoothness, places, values)
    weights = linalg.cho_solve((factor, True), values - mean, check_finite=False)
    return ScoreModel(places, smoothness, mean, variance, weights, factor)


def _likeliest(places: _Places, values: Floats) -> _Smoothness:
    """Return the smoothness under which the scores are likeliest: one length first, then one per parameter."""
    ones = np.ones(places.points.shape[1])
    options = [
        _Smoothness(length * ones, own_share, noise_ratio)
        for length, own_share, noise_ratio in itertools.product(LENGTHS, OWN_SHARES, NOISE_RATIOS)
    ]
    best = max(options, key=lambda option: _solve(option, places, values)[3])
    likelihood = _solve(best, places, values)[3]
    for index in range(len(ones)):
        for factor in (0.5, 2.5):
            lengths = best.lengths.copy()
            lengths[index] *= factor
            option = _Smoothness(lengths, best.own_share, best.noise_ratio)
            if (other := _solve(option, places, values)[3]) > likelihood:
                best, likelihood = option, other
    return best


def _solve(smoothness: _Smoothness, places: _Places, values: Floats) -> tuple[Floats, float, float, float]:
    """Return the Cholesky factor of the scores' covariance, their mean, the variance explained, the log likelihood."""
    covariance = smoothness.covariance(places, places)
    covariance[np.diag_indices_from(covariance)] += smoothness.noise_ratio
    factor = linalg.cholesky(covariance, lower=True, check_finite=False)
    both = _solve_lower(factor, np.column_stack([values, np.ones(len(values))]))
    scaled, ones = both[:, 0], both[:, 1]
    mean = float(ones @ scaled / (ones @ ones))
    residual = scaled - mean * ones
    variance = max(float(residual @ residual) / len(values), 1e-8)
    likelihood = -0.5 * len(values) * np.log(variance) - float(np.log(np.diag(factor)).sum())
    return factor, mean, variance, float(likelihood)


def _solve_lower(factor: Floats, right: Floats) -> Floats:
    return np.asarray(linalg.solve_triangular(factor, right, lower=True, check_finite=False))
