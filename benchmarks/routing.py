"""Simulated studios: whether the router learns which workflow to use, and gains more by it than it costs.

`python -m benchmarks.routing` prints the table. Each studio's true figures are drawn from the ranges below with a seed
of its own. The router sees only priors, wrong by up to a factor of two, and the results of its own choices; the oracle
knows the truth and always takes the best. Both are measured by the expected utility of their choices
(`strategies.balanced_utility`), so that luck in single takes counts for neither: it only misleads the learner. As in an
episode, a shot is tried until a take is accepted, three times at most, and every run teaches.

The rule was first developed on seeds 1000 to 2299, and improved on seeds 5000 to 5199 in a faster copy of this
simulation; seeds 0 to 19 are only reported. How clearly it can win depends on how much workflows differ by shot type,
compared with the luck of single takes, so a smaller difference is measured too. Scores are graded: those of accepted
takes lie between 0.5 and 1, and rejected takes teach nothing but that they were rejected.

Whether the priors are beaten is asked of all 400 shots, those included in which everything is still to be learned. Some
studios draw priors that are nearly right (1.0 of the oracle in one, 0.99 in others), where nobody who has to learn can
be better. They count like all others, and the studios where the priors leave 5 % or more to gain are counted once more.
"""

from __future__ import annotations

import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg

from benchmarks.table import Row, print_rows
from tower_anime_assets.errors import Cause
from tower_anime_assets.production.learning.breaker import RunResult, breaker_state
from tower_anime_assets.production.learning.candidates import Candidate, ShotRequirements
from tower_anime_assets.production.learning.changes import counted_tallies
from tower_anime_assets.production.learning.profiles import PRIOR_SUCCESS_SHARE, EngineTally, Estimate
from tower_anime_assets.production.learning.ranking import rank_candidates
from tower_anime_assets.production.learning.strategies import ATTEMPTS_PER_SHOT, balanced_utility
from tower_anime_assets.production.story.model import Routing
from tower_anime_assets.production.verdicts import SCORE_AT_BAR
from tower_anime_assets.settings import Settings
from tower_anime_assets.store import migrations, profiles, server
from tower_anime_assets.store.database import Database

WORKFLOWS, SHOTS, SEEDS = 6, 400, 20
SHOT_TYPES = ("wide", "medium", "close-up, speaking", "insert")
SHOTS_A_DAY = 10
QUALITY = (0.6, 0.85)
"""Mean grade of a workflow's accepted takes over all shot types (0 for a score at the bar, 1 for the best), and their
share of all; each type lies within `TYPE_OFFSET` of it."""
TYPE_OFFSET = 0.3
"""Largest distance of a workflow's grade, and of its share accepted, in one shot type from its mean."""
LITTLE_OFFSET = 0.2
"""The same in studios where the shot type matters less."""
PACE = (2.0, 5.0)
"""Seconds per megapixel and frame, drawn on a logarithmic scale: one to three minutes for three seconds of clip."""
FAILS = (0.0, 0.3)
"""Share of runs that end in an error."""
PRIOR_OFF = 2.0
"""Priors are the truth multiplied or divided by up to this factor."""
NEARLY_RIGHT = 0.95
"""Share of the oracle's utility from which on priors are nearly right."""
RULES = Routing()
START = datetime(2026, 1, 1, tzinfo=UTC)
LATEST = 100


def score_of(grade: float) -> float:
    """Return the score of an accepted take with this grade."""
    return SCORE_AT_BAR + (1.0 - SCORE_AT_BAR) * grade


@dataclass
class Truth:
    """One workflow's true figures: grade and share accepted by shot type, pace, share of failures."""

    grade: dict[str, float]
    accepted: dict[str, float]
    pace: float
    fails: float

    def estimate(self, shot: ShotRequirements) -> Estimate:
        """Return the estimate of somebody who knows the truth."""
        kind = shot.shot_type
        seconds = self.pace * shot.megapixel_frames
        return Estimate(1 - self.fails, self.accepted[kind], score_of(self.grade[kind]), seconds, 0)


@dataclass
class Studio:
    """A studio whose true figures are drawn from a seed."""

    seed: int
    type_offset: float = TYPE_OFFSET
    rng: np.random.Generator = field(init=False)
    truths: dict[str, Truth] = field(init=False)
    candidates: tuple[Candidate, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.truths = {f"comfyui:w{number}": self.draw() for number in range(WORKFLOWS)}
        self.candidates = tuple(self.candidate(engine, truth) for engine, truth in self.truths.items())

    def draw(self) -> Truth:
        """Return a workflow drawn from the stated ranges."""
        middle = self.rng.uniform(*QUALITY)
        grade = {kind: self.near(middle) for kind in SHOT_TYPES}
        accepted = {kind: self.near(middle) for kind in SHOT_TYPES}
        pace = math.exp(self.rng.uniform(math.log(PACE[0]), math.log(PACE[1])))
        return Truth(grade, accepted, pace, float(self.rng.uniform(*FAILS)))

    def near(self, middle: float) -> float:
        return float(np.clip(middle + self.rng.uniform(-self.type_offset, self.type_offset), 0.05, 0.99))

    def off(self) -> float:
        return float(PRIOR_OFF ** self.rng.uniform(-1, 1))

    def candidate(self, engine: str, truth: Truth) -> Candidate:
        """Return a workflow as its manifest describes it: wrong by up to a factor of two."""
        quality = min(0.99, statistics.fmean(truth.grade.values()) * self.off())
        name = engine.partition(":")[2]
        return Candidate(name, engine, "video", frozenset({"image_to_video"}), quality, truth.pace * self.off())

    def drift(self) -> None:
        """Replace one workflow, drawn at random, by another."""
        self.truths[str(self.rng.choice(sorted(self.truths)))] = self.draw()

    def next_shot(self, number: int) -> ShotRequirements:
        """Return the next shot: of a type drawn at random, 1 to 5 seconds long."""
        kind = str(self.rng.choice(SHOT_TYPES))
        frames = 8 * int(self.rng.integers(3, 16)) + 1
        key = f"show-e{number // 40:02d}-sc{number // 8 % 5 + 1:02d}-sh{number % 8 * 10 + 10:04d}"
        return ShotRequirements(key, "video", ("image_to_video",), kind, 768, 512, frames, position=number)


@dataclass
class History:
    """What the router learns from: what each engine did in each shot type on each day, and the latest runs."""

    days: dict[str, dict[date, dict[str, EngineTally]]] = field(default_factory=dict)
    runs: dict[str, list[RunResult]] = field(default_factory=dict)
    counted: dict[str, tuple[date, dict[str, EngineTally]]] = field(default_factory=dict)

    def tallies(self, today: date) -> dict[str, dict[str, EngineTally]]:
        """Return the tallies by engine and shot type as `store.profiles.list_tallies` does."""
        for engine, days in self.days.items():
            if self.counted.get(engine, (None,))[0] != today:
                self.counted[engine] = today, counted_tallies(_by_age(days, today))
        return {engine: tallies for engine, (_today, tallies) in self.counted.items()}

    def make_shot(
        self, engine: str, shot: ShotRequirements, truth: Truth, rng: np.random.Generator, now: datetime
    ) -> None:
        """Let a workflow run until a take is accepted, `ATTEMPTS_PER_SHOT` times at most."""
        for _ in range(ATTEMPTS_PER_SHOT):
            if self.run(engine, shot, truth, rng, now):
                return

    def run(self, engine: str, shot: ShotRequirements, truth: Truth, rng: np.random.Generator, now: datetime) -> bool:
        """Let a workflow run once, record the result, and return whether its take was accepted."""
        failed = bool(rng.random() < truth.fails)
        self.runs.setdefault(engine, []).append(
            RunResult(now, Cause.BROKEN_GRAPH if failed else None, "node 7 failed" if failed else "")
        )
        made, accepted = EngineTally(runs=1, rows=1), False
        if not failed:
            kind = shot.shot_type
            accepted = bool(rng.random() < truth.accepted[kind])
            score = score_of(float(np.clip(rng.normal(truth.grade[kind], 0.12), 0, 1)))
            log_pace = math.log(truth.pace) + float(rng.normal(0, 0.25))
            made = EngineTally(1, 1, 1, accepted, accepted, score if accepted else 0.0, 1, log_pace, rows=1)
        types = self.days.setdefault(engine, {}).setdefault(now.date(), {})
        types[shot.shot_type] = types.get(shot.shot_type, EngineTally()) + made
        self.counted.pop(engine, None)
        return accepted


def _by_age(days: Mapping[date, Mapping[str, EngineTally]], today: date) -> dict[int, dict[str, EngineTally]]:
    """Return tallies by age in days as the query does: counted less by their age, older ones a week at a time."""
    by_age: dict[int, dict[str, EngineTally]] = {}
    for day, types in days.items():
        age = (today - day).days
        older = by_age.setdefault(age if age < 14 else age - age % 7, {})
        for kind, tally in types.items():
            older[kind] = older.get(kind, EngineTally()) + tally.aged(age, RULES.half_life_days)
    return by_age


def promise(candidate: Candidate, shot: ShotRequirements) -> Estimate:
    """Return what a manifest promises of a workflow for a shot."""
    quality = candidate.quality
    return Estimate(PRIOR_SUCCESS_SHARE, quality, score_of(quality), candidate.pace * shot.megapixel_frames, 0)


def live(seed: int, *, learns: bool, type_offset: float = TYPE_OFFSET) -> tuple[list[float], list[float]]:
    """Return (utility of what was chosen, utility of the oracle's choice) of each of 400 shots.

    Args:
        seed: Of the studio.
        learns: Whether the router chooses; without, the manifests' priors alone decide every time, taken at their word.
        type_offset: See `TYPE_OFFSET`.
    """
    studio, history = Studio(seed, type_offset), History()
    rng = np.random.default_rng([seed, 1])
    got, best = [], []
    for number in range(SHOTS):
        if number == SHOTS // 2:
            studio.drift()
        now = START + timedelta(days=number / SHOTS_A_DAY)
        shot = studio.next_shot(number)
        worth = {name: balanced_utility(truth.estimate(shot), RULES, shot) for name, truth in studio.truths.items()}
        if learns:
            breakers = {name: breaker_state(runs[-24:], now) for name, runs in history.runs.items()}
            chosen = rank_candidates(
                shot, studio.candidates, history.tallies(now.date()), RULES, now, breakers
            ).chosen.engine
            history.make_shot(chosen, shot, studio.truths[chosen], rng, now)
        else:
            chosen = max(studio.candidates, key=lambda one: balanced_utility(promise(one, shot), RULES, shot)).engine
        got.append(worth[chosen])
        best.append(max(worth.values()))
    return got, best


def interval(values: list[float], draws: int = 4000) -> tuple[float, float]:
    """Return the 95 % interval of the mean by bootstrap."""
    rng = np.random.default_rng(0)
    means = np.asarray(values)[rng.integers(0, len(values), (draws, len(values)))].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


@dataclass(frozen=True)
class Outcome:
    """What became of one studio.

    Attributes:
        late_share: Share of the oracle's utility in the latest shots.
        gain: Gain in utility over the priors alone, in all shots.
        priors_share: Share of the oracle's utility that the priors alone reach, in all shots.
    """

    late_share: float
    gain: float
    priors_share: float


def outcome(seed: int, type_offset: float) -> Outcome:
    """Return what becomes of a studio."""
    got, best = live(seed, learns=True, type_offset=type_offset)
    fixed, _ = live(seed, learns=False, type_offset=type_offset)
    late_share = sum(got[-LATEST:]) / sum(best[-LATEST:])
    return Outcome(late_share, sum(got) / sum(fixed) - 1, sum(fixed) / sum(best))


def learning() -> list[Row]:
    """Return how the router compares with the oracle and with the priors alone."""
    return [row for type_offset in (TYPE_OFFSET, LITTLE_OFFSET) for row in learning_rows(type_offset)]


def learning_rows(type_offset: float) -> list[Row]:
    """Return the same for studios whose types of shot differ by so much."""
    outcomes = [outcome(seed, type_offset) for seed in range(SEEDS)]
    shares, gains = [one.late_share for one in outcomes], [one.gain for one in outcomes]
    print(f"share of the oracle, {type_offset:g}:", *(f"{share:.3f}" for share in sorted(shares)), file=sys.stderr)
    print(f"gain, {type_offset:g}:", *(f"{gain:+.2f}" for gain in sorted(gains)), file=sys.stderr)
    mean, gain = statistics.fmean(shares), statistics.fmean(gains)
    low, high = interval(gains)
    won = sum(gain > 0 for gain in gains)
    improvable = [one for one in outcomes if one.priors_share < NEARLY_RIGHT]
    won_there = sum(one.gain > 0 for one in improvable) / len(improvable)
    when = f"Types differ by {type_offset:g}: "
    return [
        Row(f"{when}router over the last 100 of 400 shots / oracle", mean, "x", "at least 0.95 x", mean >= 0.95),
        Row(f"{when}the worst of 20 studios / oracle", min(shares), "x", "shown", True),
        Row(f"{when}studios of 20 in which it beats the priors alone", won, "", "at least 19", won >= 19),
        Row(
            f"{when}the same where they leave 5 % to gain, share of {len(improvable)}",
            won_there,
            "x",
            "at least 0.95 x",
            won_there >= 0.95,
        ),
        Row(f"{when}gain over the priors (95 %: {low:+.0%} to {high:+.0%})", gain * 100, "%", "above 0", low > 0),
    ]


def breaking() -> list[Row]:
    """Return after how many failures a workflow that stops working is set aside, and whether it comes back."""
    most, returned = 0, 0
    for seed in range(SEEDS):
        studio, history = Studio(seed), History()
        rng = np.random.default_rng([seed, 2])
        for number in range(60):  # until one is used most
            step(studio, history, rng, number)
        usual = max(history.runs, key=lambda name: len(history.runs[name]))
        working = studio.truths[usual].fails
        studio.truths[usual].fails = 1.0
        before = len(history.runs[usual])
        for number in range(60, 160):
            step(studio, history, rng, number)
            if breaker_state(history.runs[usual][-24:], at(number)).state != "closed":
                break
        most = max(most, len(history.runs[usual]) - before)
        studio.truths[usual].fails = working
        later = [step(studio, history, rng, number) for number in range(160, 360)]
        returned += usual in later
    return [
        Row("Failures before a workflow that stops working is set aside, most of 20", most, "", "at most 5", most <= 5),
        Row("Studios of 20 in which it is tried again later", returned, "", "20", returned == SEEDS),
    ]


def at(number: int) -> datetime:
    """Return the time at which a shot is made."""
    return START + timedelta(days=number / SHOTS_A_DAY)


def step(studio: Studio, history: History, rng: np.random.Generator, number: int) -> str:
    """Let one shot be made, and return the engine that was chosen."""
    shot = studio.next_shot(number)
    breakers = {name: breaker_state(runs[-24:], at(number)) for name, runs in history.runs.items()}
    now = at(number)
    tallies = history.tallies(now.date())
    chosen = rank_candidates(shot, studio.candidates, tallies, RULES, now, breakers).chosen.engine
    history.make_shot(chosen, shot, studio.truths[chosen], rng, now)
    return chosen


HISTORY = 100_000
FILL = b"""
SET session_replication_role = replica;  -- the guards and the chain are for real decisions, one at a time
INSERT INTO generation_decisions (
    project_id, episode_id, scene_id, shot_id, decision_type, parameters, reasoning, status, quality_score, created_by,
    idempotency_key, engine, brief_digest, attempt, started_at, finished_at, "timestamp", duration_s, gpu_s
)
SELECT
    'show', 'e01', 'sc01', 'sh0010', 'clip',
    jsonb_build_object('brief', jsonb_build_object(
        'framing', (ARRAY['wide', 'medium', 'close-up', 'insert'])[1 + n % 4], 'width_px', 768, 'height_px', 512,
        'frames', 97, 'speaking', '[]'::jsonb, 'prompt', repeat('a prompt of usual length ', 20))),
    'because', CASE WHEN n % 11 = 0 THEN 'failed' ELSE 'succeeded' END, CASE WHEN n % 11 = 0 THEN NULL ELSE 0.8 END,
    'bench', n::text, 'comfyui:w' || n % 20, 'd', 1, moment, moment, moment, 100, 90
FROM generate_series(1, 100000) AS n
CROSS JOIN LATERAL (SELECT now() - n * interval '5 minutes' AS moment) AS made;
INSERT INTO takes (decision_id, stage, brief_digest, project_id, files, measured, details)
SELECT id, 'clip', 'd', 'show', '{"main": {}}', '{}', '{}' FROM generation_decisions WHERE status = 'succeeded';
INSERT INTO verdicts (take_id, gate, measure, value, unit, passed, remedy, "timestamp")
SELECT id, 'clips_move_as_planned', 'motion_px', 1, 'px', right(id::text, 1) < 'c', '', now() - interval '1 year'
FROM takes;
ANALYZE;
"""


def routing_cost() -> list[Row]:
    """Return what choosing for one shot costs with 100,000 decisions on record."""
    studio = Studio(0)
    candidates = tuple(
        replace(studio.candidates[number % WORKFLOWS], name=f"w{number}", engine=f"comfyui:w{number}")
        for number in range(20)
    )
    engines = [candidate.engine for candidate in candidates]
    with tempfile.TemporaryDirectory(dir=_roomy()) as folder:
        settings = Settings(projects=Path(folder), home=Path(folder))
        database = Database(server.ensure_server(settings).url)
        try:
            migrations.apply_migrations(database)
            with psycopg.connect(database.url, autocommit=True) as connection:
                connection.execute(FILL)
            first = seconds(lambda: profiles.refresh_profiles(database), 1)
            again = seconds(lambda: profiles.refresh_profiles(database), 9)

            def choose() -> None:
                now = datetime.now(UTC)
                tallies = profiles.list_tallies(database, engines, now, RULES.half_life_days)
                runs: dict[str, list[RunResult]] = {}
                for one in profiles.list_latest_runs(database, engines):
                    runs.setdefault(one.engine, []).append(one.run)
                breakers = {name: breaker_state(found, now) for name, found in runs.items()}
                rank_candidates(studio.next_shot(1), candidates, tallies, RULES, now, breakers)

            chosen = seconds(choose, 51)
            now = datetime.now(UTC)
            tallies = profiles.list_tallies(database, engines, now, RULES.half_life_days)
            ranked = seconds(lambda: rank_candidates(studio.next_shot(1), candidates, tallies, RULES, now), 51)
        finally:
            database.close()
            server.stop_server(settings, only_if_unused=False)
    return [
        Row(
            f"Choosing among 20 for a shot, {HISTORY:,} decisions",
            ranked * 1e3,
            "ms",
            "under 5 ms",
            ranked < 0.005,
        ),
        Row("The same, reading tallies and runs from the database", chosen * 1e3, "ms", "shown", True),
        Row("Summing new decisions, once a stage", again * 1e3, "ms", "shown", True),
        Row("Summing all decisions, once ever", first, "s", "shown", True),
    ]


def seconds(work: Callable[[], object], times: int) -> float:
    """Return the median seconds of some work; repeated work is done once before, to warm up."""
    if times > 1:
        work()
    taken = []
    for _ in range(times):
        before = time.perf_counter()
        work()
        taken.append(time.perf_counter() - before)
    return statistics.median(taken)


def _roomy() -> str | None:
    """Return a folder with a short path, since the path of a database's socket is limited."""
    return "/tmp" if Path("/tmp").is_dir() else None  # noqa: S108 - TemporaryDirectory makes a folder of our own in it


def measure() -> list[Row]:
    """Return the figures; about two minutes."""
    return [*learning(), *breaking(), *routing_cost()]


if __name__ == "__main__":
    print_rows(measure())
