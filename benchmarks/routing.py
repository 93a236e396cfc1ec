"""A simulated studio: does the router learn which workflow to use, faster than it costs?

`python -m benchmarks.routing` prints its table. The truth of each studio is drawn from the ranges stated below, with
a seed of its own; the router sees only priors, wrong by up to a factor of two, and what became of its own choices.
The oracle knows the truth and always takes the best. Both are measured by the expected utility of what they choose,
as `production.routing.utility` states it, so that luck in single takes counts for neither.
"""

from __future__ import annotations

import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.table import Row, print_rows
from tower_anime_assets.production.routing import (
    Candidate,
    Estimate,
    Request,
    Run,
    Tally,
    breaker,
    rank,
    utility,
)
from tower_anime_assets.production.story import Routing

WORKFLOWS, SHOTS, SEEDS = 6, 400, 20
SHOT_TYPES = ("wide", "medium", "close-up, speaking", "insert")
SHOTS_A_DAY = 20
QUALITY = (0.35, 0.95)
"""Mean score of a workflow over all shot types; each type lies within `TYPE_OFFSET` of it."""
TYPE_OFFSET = 0.15
PACE = (0.6, 8.0)
"""Seconds per megapixel and frame, drawn on a logarithmic scale: half a minute to six minutes a clip."""
FAILS = (0.0, 0.25)
"""Share of runs that end in an error."""
PRIOR_OFF = 2.0
"""Priors are the truth times or divided by up to this much."""
RULES = Routing()
START = datetime(2026, 1, 1, tzinfo=UTC)
LATEST = 100


@dataclass
class Truth:
    """One workflow as it really is: score and share accepted by shot type, pace, share of failures."""

    quality: dict[str, float]
    accepted: dict[str, float]
    pace: float
    fails: float

    def estimate(self, request: Request) -> Estimate:
        """Return what somebody expects who knows it."""
        kind = request.shot_type
        return Estimate(1 - self.fails, self.accepted[kind], self.quality[kind], self.pace * request.work, 0)


@dataclass
class Studio:
    """A studio whose truth is drawn from a seed."""

    seed: int
    chance: np.random.Generator = field(init=False)
    truths: dict[str, Truth] = field(init=False)
    candidates: tuple[Candidate, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.chance = np.random.default_rng(self.seed)
        self.truths = {f"comfyui:w{number}": self.draw() for number in range(WORKFLOWS)}
        self.candidates = tuple(self.candidate(engine, truth) for engine, truth in self.truths.items())

    def draw(self) -> Truth:
        """Return a workflow drawn from the stated ranges."""
        middle = self.chance.uniform(*QUALITY)
        quality = {kind: self.near(middle) for kind in SHOT_TYPES}
        accepted = {kind: self.near(middle) for kind in SHOT_TYPES}
        pace = math.exp(self.chance.uniform(*(math.log(bound) for bound in PACE)))
        return Truth(quality, accepted, pace, float(self.chance.uniform(*FAILS)))

    def near(self, middle: float) -> float:
        return float(np.clip(middle + self.chance.uniform(-TYPE_OFFSET, TYPE_OFFSET), 0.05, 0.99))

    def off(self) -> float:
        return float(PRIOR_OFF ** self.chance.uniform(-1, 1))

    def candidate(self, engine: str, truth: Truth) -> Candidate:
        """Return a workflow as its manifest describes it: wrong by up to a factor of two."""
        quality = min(0.99, statistics.fmean(truth.quality.values()) * self.off())
        name = engine.partition(":")[2]
        return Candidate(name, engine, "video", frozenset({"image_to_video"}), quality, truth.pace * self.off())

    def drift(self) -> None:
        """Change one workflow, drawn at random, into another."""
        self.truths[str(self.chance.choice(sorted(self.truths)))] = self.draw()

    def request(self, number: int) -> Request:
        """Return the next shot: of a type drawn at random, 1 to 5 seconds long."""
        kind = str(self.chance.choice(SHOT_TYPES))
        frames = 8 * int(self.chance.integers(3, 16)) + 1
        key = f"show-e{number // 40:02d}-sc{number // 8 % 5 + 1:02d}-sh{number % 8 * 10 + 10:04d}"
        return Request(key, "video", ("image_to_video",), kind, 768, 512, frames, position=number)


@dataclass
class Books:
    """What a router remembers: tallies by engine and shot type, aged from shot to shot, and the latest runs."""

    tallies: dict[str, dict[str, Tally]] = field(default_factory=dict)
    runs: dict[str, list[Run]] = field(default_factory=dict)

    def age(self, days: float) -> None:
        for types in self.tallies.values():
            for kind, tally in types.items():
                types[kind] = tally.aged(days, RULES.half_life_days)

    def note(self, engine: str, request: Request, truth: Truth, chance: np.random.Generator, now: datetime) -> bool:
        """Let a workflow run once and write down what came of it; return whether it failed."""
        failed = bool(chance.random() < truth.fails)
        self.runs.setdefault(engine, []).append(Run(now, failed, "node 7 failed" if failed else ""))
        made = Tally(runs=1, rows=1)
        if not failed:
            kind = request.shot_type
            accepted = float(chance.random() < truth.accepted[kind])
            score = float(np.clip(chance.normal(truth.quality[kind], 0.12), 0, 1))
            log_pace = math.log(truth.pace) + float(chance.normal(0, 0.25))
            made = Tally(1, 1, 1, accepted, 1, score, 1, log_pace, rows=1)
        types = self.tallies.setdefault(engine, {})
        types[request.shot_type] = types.get(request.shot_type, Tally()) + made
        return failed


def live(seed: int, *, learns: bool) -> tuple[list[float], list[float]]:
    """Return (utility of what was chosen, utility of the oracle's choice) of each of 400 shots.

    Args:
        seed: Of the studio.
        learns: Whether what happened is remembered; without it the priors alone decide, every time.
    """
    studio, books = Studio(seed), Books()
    chance = np.random.default_rng([seed, 1])
    got, best = [], []
    for number in range(SHOTS):
        if number == SHOTS // 2:
            studio.drift()
        now = START + timedelta(days=number / SHOTS_A_DAY)
        books.age(1 / SHOTS_A_DAY)
        request = studio.request(number)
        worth = {name: utility(truth.estimate(request), RULES, request) for name, truth in studio.truths.items()}
        if learns:
            breakers = {name: breaker(runs[-24:], now) for name, runs in books.runs.items()}
            chosen = rank(request, studio.candidates, books.tallies, RULES, now, breakers).chosen.engine
            books.note(chosen, request, studio.truths[chosen], chance, now)
        else:
            chosen = rank(request, studio.candidates, {}, replace(RULES, explore=False), now).chosen.engine
        got.append(worth[chosen])
        best.append(max(worth.values()))
    return got, best


def interval(values: list[float], draws: int = 4000) -> tuple[float, float]:
    """Return the 95 % interval of the mean by bootstrap."""
    chance = np.random.default_rng(0)
    means = np.asarray(values)[chance.integers(0, len(values), (draws, len(values)))].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


def learning() -> list[Row]:
    """Return how the router does against the oracle and against the priors alone."""
    shares, gains = [], []
    for seed in range(SEEDS):
        got, best = live(seed, learns=True)
        fixed, _ = live(seed, learns=False)
        shares.append(sum(got[-LATEST:]) / sum(best[-LATEST:]))
        gains.append(sum(got) / sum(fixed) - 1)
    low, high = interval(gains)
    won = sum(gain > 0 for gain in gains)
    print("share of the oracle by seed:", " ".join(f"{share:.3f}" for share in sorted(shares)), file=sys.stderr)
    print("gain by seed:", " ".join(f"{gain:+.2f}" for gain in sorted(gains)), file=sys.stderr)
    mean = statistics.fmean(shares)
    gain = statistics.fmean(gains)
    return [
        Row("Router over the last 100 of 400 shots / oracle", mean, "x", "at least 0.9 x", mean >= 0.9),
        Row("Worst of 20 studios / oracle", min(shares), "x", "shown", True),
        Row("Studios of 20 in which it beats the priors alone", won, "", "at least 18", won >= 18),
        Row(f"Its gain over them (95 %: {low:+.0%} to {high:+.0%})", gain * 100, "%", "above 0", low > 0),
    ]
