"""Whether a workflow is still the one that its earlier runs were made with, or has been replaced without a word.

A model file is exchanged under its name, or a node pack is updated, and from then on earlier runs say nothing. Every
day with runs may be the first of another workflow. How likely that is follows from how well the runs since fit those
before: how many succeed, how long they take, how many are accepted, and how well they score in each shot type. A run
counts by the chance that the workflow has stayed the same since.

Source:
    R. P. Adams, D. J. C. MacKay, "Bayesian Online Changepoint Detection", 2007, with the days on record in place of
    single observations.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.production.learning.profiles import (
    ACCEPTED_SPREAD,
    LEVEL_SPREAD,
    LOG_SECONDS_SPREAD,
    SCORE_SPREAD,
    TYPE_SPREAD,
    EngineTally,
)

Floats = NDArray[np.float64]

CHANGE_PER_DAY: Final = 0.01
"""Chance that a workflow is replaced on a day: once in about three months."""
DAY_RUNS: Final = 30.0
"""Runs of a day, however many, tell a change by at most so many: those of one day share their scenes and their load."""
USUAL_LEVEL: Final = 0.7
"""Level that a workflow is expected to have after a change, give or take `LEVEL_SPREAD`."""
USUAL_SUCCESS: Final = (0.9, 0.15)
"""Share of runs that succeed after a change, and its standard deviation."""
SUCCESS_SPREAD: Final = 0.3
"""Standard deviation of one run's success, 0 or 1: the square root of p * (1 - p), for shares around 0.9."""
NEW_LOG_PACE_SPREAD: Final = 0.5
"""Standard deviation by which the logarithm of the pace moves in a change."""


def counted_tallies(days: Mapping[int, Mapping[str, EngineTally]]) -> dict[str, EngineTally]:
    """Return the tallies of one engine by shot type, in which runs count by how likely they still say something.

    Args:
        days: Tallies by age in days, then by shot type.
    """
    ages = sorted(days, reverse=True)
    shares = unchanged_shares(ages, [days[age] for age in ages])
    counted: dict[str, EngineTally] = {}
    for age, share in zip(ages, shares, strict=True):
        for kind, tally in days[age].items():
            counted[kind] = counted.get(kind, EngineTally()) + tally.weighted(float(share))
    return counted


def unchanged_shares(ages: Sequence[int], days: Sequence[Mapping[str, EngineTally]]) -> Floats:
    """Return the chance for each day that the workflow has not changed between it and the latest one, `(days,)`.

    Args:
        ages: How many days ago each was, oldest first.
        days: Tallies by shot type.
    """
    count = len(ages)
    if count < 2:
        return np.ones(count)
    evidence = _segment_evidence(days)
    log_stay = np.array([0.0, *(math.log1p(-CHANGE_PER_DAY) * (a - b) for a, b in pairwise(ages))])
    log_change = np.array([0.0, *np.log(-np.expm1(log_stay[1:]))])
    stayed = np.cumsum(log_stay)
    before = np.zeros(count + 1)  # log evidence of all days before each
    for end in range(count):
        starts = before[: end + 1] + log_change[: end + 1] + evidence[: end + 1, end] + stayed[end] - stayed[: end + 1]
        before[end + 1] = np.logaddexp.reduce(starts)
    return np.cumsum(np.exp(starts - before[count]))


def _segment_evidence(days: Sequence[Mapping[str, EngineTally]]) -> Floats:
    """Return the log evidence that one workflow made the runs from one day to another, `(first day, last day)`.

    What is the same for every division of the days into workflows is left out. Entries with first > last mean nothing.
    """
    kinds = sorted({kind for day in days for kind in day})
    figures = np.zeros((len(days), len(kinds), 8))
    for at, day in enumerate(days):
        share = 1.0 / (1.0 + sum(tally.runs for tally in day.values()) / DAY_RUNS)
        for kind, tally in day.items():
            figures[at, kinds.index(kind)] = [share * figure for figure in _figures(tally)]
    until = np.cumsum(figures, axis=0)
    segments = until[None, :] - until[:, None] + figures[:, None]  # (first day, last day, shot type, figure)
    judged, accepted, scored, grades, *_rest = np.moveaxis(segments, -1, 0)
    runs, succeeded, timed, log_paces = np.moveaxis(segments.sum(axis=2)[..., 4:], -1, 0)
    level_evidence = _level_evidence(((judged, accepted, ACCEPTED_SPREAD), (scored, grades, SCORE_SPREAD)))
    mean, spread = USUAL_SUCCESS
    success_evidence = _mean_evidence(runs, succeeded - mean * runs, SUCCESS_SPREAD, spread)
    usual_pace = log_paces[0, -1] / timed[0, -1] if timed[0, -1] > 0 else 0.0
    pace_evidence = _mean_evidence(timed, log_paces - usual_pace * timed, LOG_SECONDS_SPREAD, NEW_LOG_PACE_SPREAD)
    return level_evidence + success_evidence + pace_evidence


def _figures(tally: EngineTally) -> tuple[float, ...]:
    return (
        tally.judged,
        tally.accepted,
        tally.scored,
        tally.grade_sum,
        tally.runs,
        tally.succeeded,
        tally.timed,
        tally.log_pace_sum,
    )


def _mean_evidence(counts: Floats, sums: Floats, spread: float, mean_spread: float) -> Floats:
    """Return the log evidence of values with a common mean around 0, from how many there are and their sums."""
    precision = np.maximum(counts, 0.0) / spread**2
    scaled = 1.0 + precision * mean_spread**2
    return np.asarray(0.5 * (sums / spread**2) ** 2 * mean_spread**2 / scaled - 0.5 * np.log(scaled))


def _level_evidence(measures: Sequence[tuple[Floats, Floats, float]]) -> Floats:
    """Return the log evidence of what lies around one level in every shot type.

    Args:
        measures: (counts, sums, spread of one value) of each measure; shot types are the last axis.
    """
    own, precision, weighted_sum = np.zeros(()), np.zeros(()), np.zeros(())
    for counts, sums, spread in measures:
        centred = sums - USUAL_LEVEL * counts
        scaled = 1.0 + np.maximum(counts, 0.0) / spread**2 * TYPE_SPREAD**2
        own = own + _mean_evidence(counts, centred, spread, TYPE_SPREAD).sum(axis=-1)
        precision = precision + (np.maximum(counts, 0.0) / spread**2 / scaled).sum(axis=-1)
        weighted_sum = weighted_sum + (centred / spread**2 / scaled).sum(axis=-1)
    scaled_level = 1.0 + precision * LEVEL_SPREAD**2
    return np.asarray(own + 0.5 * weighted_sum**2 * LEVEL_SPREAD**2 / scaled_level - 0.5 * np.log(scaled_level))
