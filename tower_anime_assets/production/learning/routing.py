"""Which workflow makes a shot: candidates held against what the shot needs, scored by what happened before.

Pure: rules, figures and a moment in, a ranking with reasons out. Where figures come from belongs in `store.profiles`,
which workflows and servers there are in `stages.routing`.

What is believed of a workflow is its prior and its history together. A workflow has a level, its quality over all shot
types; its mean score and its share accepted in one type lie around that level. Each is weighed by how surely it is
known, so few runs change little and many decide, and a run in one type says something of the others. Runs count half
as much after each half-life. A workflow that seems worse than the best is tried where what a trial is expected to teach
is worth more, over the shots to come, than the trial costs (the knowledge gradient). Nothing is drawn by lot: equal
data give equal rankings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Any

from tower_anime_assets.errors import PlanError, ServiceUnavailableError
from tower_anime_assets.production.story.model import Routing
from tower_anime_assets.production.story.source import did_you_mean, nearest_word

PRIOR_SUCCESS_SHARE = 0.95
"""Share of runs that end without an error, of a workflow that never ran."""
PRIOR_SUCCESS_RUNS = 4.0
"""Pseudo-runs behind `SUCCEEDS`: one failure in the first five runs is noticed, not decisive."""
LEVEL_SPREAD = 0.2
"""Standard deviation of a workflow's level around its prior quality: a prior may be wrong by a factor of two."""
TYPE_SPREAD = 0.16
"""Likewise of its mean score, and of its share accepted, in one shot type around its level: types differ by 0.3."""
SCORE_SPREAD = 0.15
"""Likewise of one take's score around its mean."""
ACCEPTED_SPREAD = 0.45
"""Likewise of one take's acceptance, 0 or 1: the square root of p * (1 - p), for shares around 0.7."""
PRIOR_LOG_PACE_SPREAD = math.log(2.0) / 2.0
"""Likewise of the logarithm of the pace around its prior: nearly always within a factor of two."""
LOG_SECONDS_SPREAD = 0.35
"""Likewise of the logarithm of one run's seconds: times vary by about 40 % with size, load and warm models."""
RUNS_HALF_LIFE = 40.0
"""After how many later runs of the same workflow and shot type a run counts half: what runs often is known anew soon,
and so is a change in it."""
HORIZON_SHOTS = 60.0
"""Shots to come for which what a trial teaches is counted: about two episodes' worth of a stage. A show ends too soon,
and workflows change too often, for all that may be tried."""
TRIAL_RUNS = 2.0
"""Runs that a trial is thought to be: one alone, by the luck of a single gate, teaches too little to be worth it."""
Z_90 = 1.645
"""Standard deviations to either side that hold 90 % of a normal distribution."""


@dataclass(frozen=True)
class EngineTally:
    """What happened with one workflow in shots of one type, as sums; older runs count for less.

    Attributes:
        runs: Ended decisions, those called off or lost to a killed process aside.
        succeeded: Those that gave a take.
        judged: Takes that gates judged.
        accepted: Of these, those that every gate passed or a person waived.
        scored: Takes with a score.
        score_sum: Sum of their scores, 0 to 1 each.
        timed: Runs whose seconds and size are known.
        log_pace_sum: Sum over those of ln(seconds per megapixel and frame).
        gpu_s: GPU seconds of all runs.
        vram_bytes: Most that any run was seen to use, 0 when no server told.
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

    def __add__(self, other: EngineTally) -> EngineTally:
        """Return both together."""
        mine, others = asdict(self), asdict(other)
        sums = {name: mine[name] + others[name] for name in mine}
        return EngineTally(**{**sums, "vram_bytes": max(self.vram_bytes, other.vram_bytes)})

    def aged(self, days: float, half_life_days: float) -> EngineTally:
        """Return it as it counts `days` later."""
        weight = 0.5 ** (days / half_life_days)
        unaged = {"vram_bytes": self.vram_bytes, "rows": self.rows}
        return EngineTally(**{**{name: value * weight for name, value in asdict(self).items()}, **unaged})


Profiles = Mapping[str, Mapping[str, EngineTally]]
"""Tallies by engine name, then by shot type."""


@dataclass(frozen=True)
class Candidate:
    """A workflow, or an embedded engine, as the router sees it.

    Attributes:
        name: What a writer calls it.
        engine: The engine's name in decisions, such as `comfyui:wan22_14b_i2v`.
        medium: "image" or "video".
        quality: Prior: mean score, and share of takes accepted, 0 to 1.
        pace: Prior: seconds per megapixel and frame; for stills per megapixel.
        vram_bytes: What it needs on the card; 0 for none.
        base_model: The model family that its LoRAs must be of; "" for none that is known.
        status: `proven`, `experimental` or `deprecated`.
        size_multiple_px: Its pictures' sides are multiples of this; 0 when any will do.
        min_px: Shortest side that it makes.
        max_pixels: Most pixels of a frame; 0 for no bound.
        frame_step: Legal lengths are `frame_step` * n + `frame_offset` frames; 0 when any will do.
        max_frames: Longest clip of one job; 0 for no bound.
        fps: The one rate that it can make; 0 when any will do.
        needs_picture: Whether it begins with a picture that it is given.
        takes_loras: Whether LoRA files can be put into it at all.
        card_bytes: Largest card among the servers that could run it; 0 when not known.
        lacks: What no server at hand has for it, in words.
        is_down: Whether no server that could run it answers.
        aliases: Other names for it.
        only_if_pinned: Why it is used only where a writer pins it, "" when it is used anyway.
    """

    name: str
    engine: str
    medium: str
    capabilities: frozenset[str]
    quality: float
    pace: float
    vram_bytes: int = 0
    base_model: str = ""
    status: str = "proven"
    size_multiple_px: int = 0
    min_px: int = 0
    max_pixels: int = 0
    frame_step: int = 0
    frame_offset: int = 0
    max_frames: int = 0
    fps: float = 0.0
    needs_init_image: bool = False
    supports_loras: bool = True
    card_bytes: int = 0
    missing_on_servers: tuple[str, ...] = ()
    down_reason: str = ""
    aliases: tuple[str, ...] = ()
    only_if_pinned: str = ""


@dataclass(frozen=True)
class ShotRequirements:
    """What is to be made.

    Attributes:
        subject: The shot's key.
        medium: "image" or "video".
        capabilities: Any one of these will do, the first rather than the others.
        shot_type: Under which it is profiled, see `shot_type`.
        frames: 1 for a still.
        has_picture: Whether there is a picture to begin with: a clip's keyframe.
        loras: Base model by LoRA file; "" where the file does not say.
        pins: Names that a writer pinned, of any medium; the first of this medium counts.
        pinned_by: Who pinned them, in words.
        position: Where the shot stands in its episode, for taking turns.
    """

    subject: str
    medium: str
    capabilities: tuple[str, ...]
    shot_type: str
    width_px: int
    height_px: int
    frames: int = 1
    fps: int = 24
    has_init_image: bool = True
    loras: Mapping[str, str] = field(default_factory=dict)
    pins: tuple[str, ...] = ()
    pinned_by: str = ""
    position: int = 0

    @property
    def megapixel_frames(self) -> float:
        """Megapixels times frames."""
        return self.width_px * self.height_px * self.frames / 1e6


def shot_type(framing: str, *, speaks: bool) -> str:
    """Return the type under which a shot's runs are counted; `sql/queries/profiles.sql` forms the same from briefs."""
    return f"{framing}, speaking" if speaks else framing


# What is believed -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Posterior:
    """A figure as far as it is known.

    Attributes:
        mean: What is expected.
        variance: Of what it may truly be, apart from what it shares with the workflow's level.
        leans: How far it moves with the workflow's level, 0 (known for itself) to 1 (known by the level alone).
    """

    mean: float
    variance: float
    level_weight: float = 0.0


@dataclass(frozen=True)
class Estimate:
    """What to expect of one workflow for one shot.

    Attributes:
        succeeds: Chance that a run ends without an error.
        accepted: Chance that the gates pass what it made.
        quality: Mean score of what it makes, 0 to 1.
        seconds: Of one run.
        vram_bytes: Measured where a server told, else as stated.
    """

    succeeds: float
    accepted: float
    quality: float
    seconds: float
    vram_bytes: int

    @property
    def accepted_per_run(self) -> float:
        """Chance that one run gives an accepted take; never 0, so that it can be divided by."""
        return max(self.succeeds * self.accepted, 1e-3)

    @property
    def seconds_per_accepted(self) -> float:
        """Seconds until a take is accepted, over the runs that this needs on average."""
        return self.seconds / self.accepted_per_run


@dataclass(frozen=True)
class EnginePosteriors:
    """Everything that is believed of one workflow for one shot; `level_variance` is that of its level."""

    level_variance: float
    succeeds: Posterior
    accepted: Posterior
    quality: Posterior
    log_pace: Posterior
    megapixel_frames: float
    vram_bytes: int
    rows: int

    def estimate(self) -> Estimate:
        """Return the means."""
        seconds = math.exp(self.log_pace.mean) * self.megapixel_frames
        return Estimate(self.succeeds.mean, self.accepted.mean, self.quality.mean, seconds, self.vram_bytes)

    def seconds_range(self) -> tuple[float, float]:
        """Return bounds between which nine of ten runs should end, seconds."""
        spread = Z_90 * math.sqrt(LOG_SECONDS_SPREAD**2 + self.log_pace.variance)
        expected_s = self.estimate().seconds
        return expected_s * math.exp(-spread), expected_s * math.exp(spread)

    def log_value_variance(self, value_of: Callable[[Estimate], float]) -> float:
        """Return the variance of the logarithm of what the workflow is worth, to the first order.

        Args:
            value: What an estimate is worth; above 0.
        """
        estimate = self.estimate()
        log_value = math.log(value_of(estimate))

        def slope(changed: Estimate, by: float) -> float:
            return (math.log(value_of(changed)) - log_value) / by

        accepted = slope(
            replace(estimate, accepted=estimate.accepted * (1 - RELATIVE_STEP)), -estimate.accepted * RELATIVE_STEP
        )
        quality = slope(
            replace(estimate, quality=estimate.quality * (1 - RELATIVE_STEP)), -estimate.quality * RELATIVE_STEP
        )
        succeeds = slope(
            replace(estimate, succeeds=estimate.succeeds * (1 - RELATIVE_STEP)), -estimate.succeeds * RELATIVE_STEP
        )
        pace = slope(replace(estimate, seconds=estimate.seconds * math.exp(RELATIVE_STEP)), RELATIVE_STEP)
        level = accepted * self.accepted.level_weight + quality * self.quality.level_weight
        return (
            level**2 * self.level_variance
            + accepted**2 * self.accepted.variance
            + quality**2 * self.quality.variance
            + succeeds**2 * self.succeeds.variance
            + pace**2 * self.log_pace.variance
        )


RELATIVE_STEP = 0.01
"""Share by which figures are changed to see what they matter."""


def engine_posteriors(
    candidate: Candidate, requirements: ShotRequirements, profiles: Profiles, trial_runs: float = 0.0
) -> EnginePosteriors:
    """Return what is believed of a candidate for a shot.

    Args:
        trial_runs: So many more runs of this shot type are thought to have gone as expected: the means stay, the
            variances shrink.
    """
    tallies = profiles.get(candidate.engine, {})
    type_tally = tallies.get(requirements.shot_type, EngineTally())
    overall = sum(tallies.values(), EngineTally())
    level, variance = _level_posterior(candidate.quality, tallies)
    accepted = _type_posterior(type_tally.accepted, type_tally.judged, level, ACCEPTED_SPREAD)
    quality = _type_posterior(type_tally.score_sum, type_tally.scored, level, SCORE_SPREAD)
    if trial_runs:
        precision = 1.0 / variance - sum(_level_precisions(type_tally)) + sum(_level_precisions(type_tally, trial_runs))
        variance = 1.0 / precision
        accepted = replace(
            _type_posterior(0.0, type_tally.judged + trial_runs, level, ACCEPTED_SPREAD), mean=accepted.mean
        )
        quality = replace(_type_posterior(0.0, type_tally.scored + trial_runs, level, SCORE_SPREAD), mean=quality.mean)
    return EnginePosteriors(
        level_variance=variance,
        succeeds=_success_posterior(overall.succeeded, overall.runs, trial_runs),
        accepted=accepted,
        quality=quality,
        log_pace=_pace_posterior(candidate.pace, overall, trial_runs),
        megapixel_frames=requirements.megapixel_frames,
        vram_bytes=overall.vram_bytes or candidate.vram_bytes,
        rows=type_tally.rows,
    )


def _level_precisions(tally: EngineTally, extra_runs: float = 0.0) -> tuple[float, float]:
    """Return how surely a shot type's share accepted, and its mean score, tell the workflow's level: 1 / variance."""
    return _level_precision(tally.judged + extra_runs, ACCEPTED_SPREAD), _level_precision(
        tally.scored + extra_runs, SCORE_SPREAD
    )


def _level_precision(runs: float, spread: float) -> float:
    return 1.0 / (TYPE_SPREAD**2 + spread**2 / runs) if runs > 0 else 0.0


def _level_posterior(prior: float, tallies: Mapping[str, EngineTally]) -> tuple[float, float]:
    """Return the mean and variance of a workflow's level: its prior and every type's figures, by how sure they are."""
    precision = 1.0 / LEVEL_SPREAD**2
    weighted_sum = prior * precision
    for tally in tallies.values():
        gate_precision, score_precision = _level_precisions(tally)
        precision += gate_precision + score_precision
        weighted_sum += gate_precision * tally.accepted / (tally.judged or 1.0) + score_precision * tally.score_sum / (
            tally.scored or 1.0
        )
    return weighted_sum / precision, 1.0 / precision


def _type_posterior(total: float, runs: float, level: float, spread: float) -> Posterior:
    """Return the mean of a figure in one shot type, between what was seen there and the workflow's level."""
    own_weight = TYPE_SPREAD**2 * _level_precision(runs, spread)
    mean = own_weight * total / (runs or 1.0) + (1.0 - own_weight) * level
    return Posterior(min(max(mean, 0.01), 0.99), TYPE_SPREAD**2 * (1.0 - own_weight), 1.0 - own_weight)


def _success_posterior(total: float, runs: float, trial_runs: float) -> Posterior:
    """Return the chance of success: Beta, with `SUCCEEDS_RUNS` pseudo-runs."""
    mean = (total + PRIOR_SUCCESS_SHARE * PRIOR_SUCCESS_RUNS) / (runs + PRIOR_SUCCESS_RUNS)
    return Posterior(mean, mean * (1.0 - mean) / (runs + trial_runs + PRIOR_SUCCESS_RUNS + 1.0))


def _pace_posterior(prior: float, tally: EngineTally, trial_runs: float) -> Posterior:
    """Return the logarithm of the pace: normal, its prior weighed against the runs."""
    pseudo_runs = (LOG_SECONDS_SPREAD / PRIOR_LOG_PACE_SPREAD) ** 2
    mean = (tally.log_pace_sum + math.log(max(prior, 1e-6)) * pseudo_runs) / (tally.timed + pseudo_runs)
    return Posterior(mean, LOG_SECONDS_SPREAD**2 / (tally.timed + trial_runs + pseudo_runs))


def knowledge_gradient(expected_value: float, best_other_value: float, variance: float, variance_after: float) -> float:
    """Return by how much a trial is expected to improve the choice between a workflow and the best of the others.

    What it is believed to be worth will have moved after the trial by a factor whose logarithm is normal, its variance
    what the trial takes from the doubt, its mean 1. Where that turns the choice around, the difference is gained.

    Args:
        value: What the workflow is believed to be worth; above 0.
        other: The same of the best of the others.
        doubt: See `Beliefs.doubt`; now.
        doubt_after: After the trial.
    """
    spread = math.sqrt(max(variance - variance_after, 1e-12))
    z = math.log(expected_value / best_other_value) / spread + spread / 2.0
    value_after_trial = expected_value * _normal_cdf(z) - best_other_value * _normal_cdf(z - spread)
    return max(value_after_trial - max(expected_value - best_other_value, 0.0), 0.0)


def _normal_cdf(at: float) -> float:
    """Return the standard normal distribution's share below a point."""
    return 0.5 * (1.0 + math.erf(at / math.sqrt(2.0)))


# Strategies -----------------------------------------------------------------------------------------------------------

ATTEMPTS_PER_SHOT = 3
"""Attempts that a shot usually has, see `engines.attempts`: `best_quality` counts a workflow that passes in these."""

StrategyValue = Callable[[Estimate, Routing, ShotRequirements], float]
"""What an estimate is worth to a strategy; more is better."""


def _best_quality(estimate: Estimate, _rules: Routing, _requirements: ShotRequirements) -> float:
    """Return quality * (1 - (1 - yields) ** 3): the score, if any of three attempts is accepted."""
    return estimate.quality * (1.0 - (1.0 - estimate.accepted_per_run) ** ATTEMPTS_PER_SHOT)


def _fastest(estimate: Estimate, _rules: Routing, _requirements: ShotRequirements) -> float:
    """Return 1 / seconds per accepted take."""
    return 1.0 / max(estimate.seconds_per_accepted, 1e-6)


def balanced_utility(estimate: Estimate, rules: Routing, requirements: ShotRequirements) -> float:
    """Return what `balanced` maximises, 0 to 1.

    quality^q * yields^a * (patience / (patience + seconds per accepted take))^s * (1 / (1 + VRAM in GB / 12))^m, with
    the project's weights q, a, s, m (1, 1, 1, 0 unless it says otherwise) and its patience with a clip or a keyframe,
    in seconds: what takes as long as the patience is worth half of what takes no time.
    """
    patience = rules.clip_patience_s if requirements.medium == "video" else rules.keyframe_patience_s
    speed_share = patience / (patience + estimate.seconds_per_accepted)
    memory_share = 1.0 / (1.0 + estimate.vram_bytes / 12e9)
    return float(
        max(estimate.quality, 1e-3) ** rules.quality_weight
        * estimate.accepted_per_run**rules.acceptance_weight
        * speed_share**rules.speed_weight
        * memory_share**rules.memory_weight
    )


def _least_memory(estimate: Estimate, _rules: Routing, _requirements: ShotRequirements) -> float:
    """Return minus the bytes on the card."""
    return -float(estimate.vram_bytes)


def _round_robin(_estimate: Estimate, _rules: Routing, _requirements: ShotRequirements) -> float:
    """Return the same for all: the order is that of turns."""
    return 0.0


STRATEGIES: Mapping[str, StrategyValue] = {
    "best_quality": _best_quality,
    "fastest": _fastest,
    "balanced": balanced_utility,
    "least_memory": _least_memory,
    "round_robin": _round_robin,
}
_EXPLORING_STRATEGIES = frozenset({"best_quality", "fastest", "balanced"})
"""Strategies that are about what has to be found out; the others gain nothing by trying."""


# Circuit breaker ------------------------------------------------------------------------------------------------------

CONSECUTIVE_FAILURES = 3
"""Failures one after the other that set a workflow or server aside."""
SCATTERED_FAILURES = (5, 8)
"""So do this many failures among this many latest runs."""
FIRST_BREAK = timedelta(minutes=10)
LONGEST_BREAK = timedelta(hours=12)
"""How long it is set aside first and at most; each failed trial doubles it."""
TRIAL_EVERY_SHOTS = 4
"""After its break, one shot of this many may try it, until a run succeeds."""


@dataclass(frozen=True)
class RunResult:
    """How a run of a workflow, or on a server, ended."""

    at: datetime
    failed: bool
    why: str = ""


@dataclass(frozen=True)
class BreakerState:
    """Whether a workflow or server is set aside.

    Attributes:
        state: `closed` (in use), `open` (set aside), `half_open` (may be tried again).
        until: When it may be tried again; None while it is in use.
        why: In words.
    """

    state: str = "closed"
    until: datetime | None = None
    why: str = ""


def breaker_state(runs: Sequence[RunResult], now: datetime) -> BreakerState:
    """Return how something stands after its latest runs, oldest first.

    It is set aside after `IN_A_ROW` failures, or `OF_LATEST` scattered ones, and may be tried again after a break that
    doubles with every trial that fails. A trial that succeeds puts it back into use.
    """
    latest_runs: list[RunResult] = []
    trip_count = 0
    until: datetime | None = None
    why = ""
    for run in runs:
        if until is not None and run.at < until:
            continue  # begun before the break
        if not run.failed and until is not None:
            latest_runs, trip_count, until = [], 0, None
            continue
        latest_runs = [*latest_runs, run][-SCATTERED_FAILURES[1] :]
        failures = sum(one.failed for one in latest_runs)
        are_consecutive = len(latest_runs) >= CONSECUTIVE_FAILURES and all(
            one.failed for one in latest_runs[-CONSECUTIVE_FAILURES:]
        )
        if run.failed and (until is not None or are_consecutive or failures >= SCATTERED_FAILURES[0]):
            trip_count += 1
            until = run.at + min(FIRST_BREAK * 2 ** (trip_count - 1), LONGEST_BREAK)
            count = (
                f"{CONSECUTIVE_FAILURES} failures in a row"
                if are_consecutive
                else f"{failures} failures in its latest {len(latest_runs)} runs"
            )
            why = f"{'its trial failed too' if trip_count > 1 else count}, the last: {run.why or 'no reason given'}"
    if until is None:
        return BreakerState()
    return BreakerState("half_open" if now >= until else "open", until, why)


# Ranking --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RankedCandidate:
    """One candidate in a ranking.

    Attributes:
        state: `chosen`, `next` (could do it too), or `set aside`.
        why: In words.
        value: What it is believed to be worth to the strategy; None when set aside.
        lesson: What trying it is expected to gain, per shot of the `HORIZON`; the ranking goes by both together.
        estimate: What was expected of it; None when set aside.
        seconds_range: Bounds between which nine of ten runs should end.
        rows: Decisions of this shot type behind it.
    """

    candidate: Candidate
    state: str
    why: str
    value: float | None = None
    trial_gain: float = 0.0
    estimate: Estimate | None = None
    seconds_range: tuple[float, float] = (0.0, 0.0)
    rows: int = 0

    @property
    def score(self) -> float:
        """What the ranking goes by: what it is worth, and what trying it teaches for the shots to come."""
        return (self.value or 0.0) + HORIZON_SHOTS * self.trial_gain

    def as_json(self) -> dict[str, Any]:
        """Return it as the decision keeps it."""
        row: dict[str, Any] = {"engine": self.candidate.engine, "state": self.state, "why": self.why}
        if self.estimate is None or self.value is None:
            return row
        figures = {
            "value": self.value,
            "lesson": self.trial_gain,
            "succeeds": self.estimate.succeeds,
            "accepted": self.estimate.accepted,
            "quality": self.estimate.quality,
            "seconds": self.estimate.seconds,
            "seconds_low": self.seconds_range[0],
            "seconds_high": self.seconds_range[1],
            "vram_gb": self.estimate.vram_bytes / 1e9,
        }
        return {**row, **{name: float(f"{value:.4g}") for name, value in figures.items()}, "rows": self.rows}


@dataclass(frozen=True)
class Ranking:
    """Every candidate for a shot, the best first, those set aside last.

    Attributes:
        request: What is to be made.
        strategy: By which they were ranked.
        on_failure: `next` or `stop`: whether another may take over when the chosen one fails.
        rows: One per candidate.
        note: What else is to be known, in words.
    """

    requirements: ShotRequirements
    strategy: str
    on_failure: str
    rows: tuple[RankedCandidate, ...]
    note: str = ""

    @property
    def chosen(self) -> Candidate:
        """The one to use."""
        return self.rows[0].candidate

    @property
    def usable(self) -> tuple[Candidate, ...]:
        """Everyone that could make the shot, the chosen first: an accepted take of any of them serves."""
        return tuple(row.candidate for row in self.rows if row.state != "set aside")

    @property
    def fallbacks(self) -> tuple[Candidate, ...]:
        """Who may take over when the chosen one fails, in order; nobody unless the project says `on_failure: next`."""
        return self.usable[1:] if self.on_failure == "next" else ()

    @property
    def alternatives(self) -> tuple[dict[str, Any], ...]:
        """The ranking as the decision keeps it, JSON-ready."""
        return tuple({**row.as_json(), "strategy": self.strategy} for row in self.rows)

    @property
    def reasoning(self) -> str:
        """One sentence: who was chosen, and why."""
        return f"{self.chosen.name} by {self.strategy}: {self.rows[0].why}." + (f" {self.note}." if self.note else "")

    def as_text(self) -> str:
        """Return the ranking in words, a line for each candidate."""
        heading = f"{self.requirements.subject}, {self.requirements.medium}, {self.requirements.shot_type}: by {self.strategy}"
        rows = (f"  {row.state:<9}  {row.candidate.name}: {row.why}" for row in self.rows)
        return "\n".join([heading, *rows, *([f"  {self.note}"] if self.note else [])])


def rank_candidates(
    requirements: ShotRequirements,
    candidates: Sequence[Candidate],
    profiles: Profiles,
    rules: Routing,
    now: datetime,
    breakers: Mapping[str, BreakerState] | None = None,
    runs_underway: Mapping[str, int] | None = None,
) -> Ranking:
    """Return the candidates for a shot, ranked by the project's strategy.

    Args:
        request: What is to be made.
        candidates: Everything that is known, of any medium; those of another are left out.
        profiles: What happened before, aged to now.
        rules: The project's.
        now: When; only set-aside times depend on it.
        breakers: How workflows stand, by engine name; those not named are in use.
        underway: Shots of this type already given to a workflow whose runs are not on record yet, by engine name:
            what they will teach need not be learned twice.

    Raises:
        PlanError: None can do it, or the pinned one cannot; the message says what each lacks.
        ServiceUnavailableError: All that could do it are at servers that do not answer.
    """
    breaker_by_engine = breakers or {}
    medium_candidates = [candidate for candidate in candidates if candidate.medium == requirements.medium]
    pinned = _find_pinned(requirements, candidates)
    set_aside, usable = [], []
    for candidate in sorted(medium_candidates, key=lambda one: one.name):
        why = why_unusable(candidate, requirements, rules)
        if pinned is not None and not why and candidate is not pinned:
            why = f"{pinned.name} is pinned by {requirements.pinned_by}"
        elif not why and candidate is not pinned:
            why = candidate.only_if_pinned or _breaker_reason(
                breaker_by_engine.get(candidate.engine, BreakerState()), requirements
            )
        if why:
            set_aside.append(RankedCandidate(candidate, "set aside", why))
        else:
            usable.append(candidate)
    if pinned is not None and pinned not in usable:
        why = why_unusable(pinned, requirements, rules)
        error_type = ServiceUnavailableError if why == pinned.down_reason else PlanError
        raise error_type(
            f"{requirements.subject}: {pinned.name} is pinned by {requirements.pinned_by}, but {why}. "
            "Take the pin away, or put that right"
        )
    if not usable:
        raise _no_candidate_error(requirements, set_aside, rules)
    rows = _rank_usable(requirements, usable, profiles, rules, breaker_by_engine, runs_underway or {})
    return Ranking(requirements, rules.strategy, rules.on_failure, (*rows, *set_aside))


def _rank_usable(
    requirements: ShotRequirements,
    usable: Sequence[Candidate],
    profiles: Profiles,
    rules: Routing,
    breaker_by_engine: Mapping[str, BreakerState],
    runs_underway: Mapping[str, int],
) -> list[RankedCandidate]:
    """Return the usable candidates, best first; ties go by name, or by turn."""
    value_of = STRATEGIES[rules.strategy]
    explores = rules.explore and rules.strategy in _EXPLORING_STRATEGIES and len(usable) > 1
    rows = []
    variances = []
    for candidate in usable:
        posteriors = engine_posteriors(candidate, requirements, profiles)
        pending_runs = float(runs_underway.get(candidate.engine, 0))
        before_trial = (
            engine_posteriors(candidate, requirements, profiles, pending_runs) if pending_runs else posteriors
        )
        after_trial = engine_posteriors(candidate, requirements, profiles, pending_runs + TRIAL_RUNS)
        is_retrial = breaker_by_engine.get(candidate.engine, BreakerState()).state == "half_open"
        if is_retrial:  # its failures are why it was set aside; the trial asks whether that is over
            prior_success = _success_posterior(0.0, 0.0, 0.0)
            posteriors, before_trial, after_trial = (
                replace(one, succeeds=prior_success) for one in (posteriors, before_trial, after_trial)
            )
        estimate = posteriors.estimate()
        note = "tried again after its break" if is_retrial else ""
        value = value_of(estimate, rules, requirements)
        rows.append(
            RankedCandidate(candidate, "next", note, value, 0.0, estimate, posteriors.seconds_range(), posteriors.rows)
        )
        if explores:
            value_of_estimate = partial(_strategy_value, value_of, rules, requirements)
            variances.append(
                (before_trial.log_value_variance(value_of_estimate), after_trial.log_value_variance(value_of_estimate))
            )
    best_value = max(row.value or 0.0 for row in rows)
    if explores:
        rows = _with_trial_gains(rows, variances)
    rows.sort(key=lambda row: (-row.score, row.candidate.status != "proven", row.candidate.name))
    if rules.strategy == "round_robin":
        turn = requirements.position % len(rows)
        rows = rows[turn:] + rows[:turn]
    return [
        replace(
            row, state="next" if index else "chosen", why=_describe_choice(row, rules, requirements, index, best_value)
        )
        for index, row in enumerate(rows)
    ]


def _strategy_value(
    value_of: StrategyValue, rules: Routing, requirements: ShotRequirements, estimate: Estimate
) -> float:
    return value_of(estimate, rules, requirements)


def _with_trial_gains(
    rows: Sequence[RankedCandidate], variances: Sequence[tuple[float, float]]
) -> list[RankedCandidate]:
    """Return rows with what trying each would teach, against the best of the others."""
    values = [row.value or 0.0 for row in rows]
    first, second = sorted(values, reverse=True)[:2]
    leader = values.index(first)
    return [
        replace(
            row, trial_gain=knowledge_gradient(value, second if index == leader else first, *variance_pair) / TRIAL_RUNS
        )
        for index, (row, value, variance_pair) in enumerate(zip(rows, values, variances, strict=True))
    ]


def _describe_choice(
    row: RankedCandidate, rules: Routing, requirements: ShotRequirements, index: int, best_value: float
) -> str:
    assert row.estimate is not None  # noqa: S101 - usable candidates are estimated
    low, high = row.seconds_range
    figures = (
        f"quality {row.estimate.quality:.2f}, {row.estimate.accepted_per_run:.0%} of runs accepted, {row.estimate.seconds:.0f} s "
        f"({low:.0f} to {high:.0f}), {row.estimate.vram_bytes / 1e9:.1f} GB, from {row.rows} runs of such shots"
    )
    if row.candidate.name in requirements.pins or set(row.candidate.aliases) & set(requirements.pins):
        return f"pinned by {requirements.pinned_by}; {figures}"
    words = [row.why] if row.why else []
    if rules.strategy == "round_robin":
        words.append("its turn" if index == 0 else f"{index} turn{'s' if index > 1 else ''} later")
    elif index == 0 and (row.value or 0.0) < best_value:
        gain = HORIZON_SHOTS * row.trial_gain / best_value
        words.append(
            f"tried because it may be better than it seems so far: over the next {HORIZON_SHOTS:.0f} shots that is worth "
            f"{gain:.0%} of the best one's value, and costs {1 - (row.value or 0.0) / best_value:.0%}"
        )
    if row.candidate.status == "experimental":
        words.append("experimental")
    return "; ".join([*words, figures])


def _breaker_reason(breaker: BreakerState, requirements: ShotRequirements) -> str:
    """Return why a candidate's breaker keeps it from this shot, "" when it does not."""
    if breaker.state == "closed" or breaker.until is None:
        return ""
    if breaker.state == "open":
        return f"set aside until {breaker.until:%Y-%m-%d %H:%M} UTC after {breaker.why}"
    if requirements.position % TRIAL_EVERY_SHOTS:
        return f"another shot tries it again first, after {breaker.why}"
    return ""


def _find_pinned(requirements: ShotRequirements, candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the candidate that a pin names, None when no pin is of this medium.

    Raises:
        PlanError: A pin names nothing that there is.
    """
    by_name = {name: one for one in candidates for name in (one.name, *one.aliases)}
    for pin in requirements.pins:
        matches = [one for one in candidates if pin in (one.name, *one.aliases) and one.medium == requirements.medium]
        if matches:
            return matches[0]
        if pin not in by_name:
            raise PlanError(
                f"{requirements.subject}: {requirements.pinned_by} pins {pin!r}, which is no workflow. {did_you_mean(pin, by_name)}"
            )
    return None


def _no_candidate_error(
    requirements: ShotRequirements, set_aside: Sequence[RankedCandidate], rules: Routing
) -> PlanError | ServiceUnavailableError:
    needed = " or ".join(requirements.capabilities)
    if not set_aside:
        return PlanError(
            f"{requirements.subject}: there is no workflow of medium {requirements.medium}; it needs {needed}"
        )
    lines = _nearest_misses(requirements, set_aside, rules)
    if any(row.candidate.down_reason and row.why == row.candidate.down_reason for row in set_aside):
        return ServiceUnavailableError(f"{requirements.subject}: no server that can make it answers\n{lines}")
    return PlanError(f"{requirements.subject}: no workflow can make it ({needed})\n{lines}")


MAX_REASONS_SHOWN = 3
"""How many reasons why nobody can make a shot are told in full, those of the candidates that lack least."""


def _nearest_misses(requirements: ShotRequirements, set_aside: Sequence[RankedCandidate], rules: Routing) -> str:
    """Return why nobody is left: a line for each reason of those that lack least, one for the names of the others."""
    rows_by_reason: dict[str, list[RankedCandidate]] = {}
    for row in sorted(
        set_aside, key=lambda row: (_distance_from_usable(row.candidate, requirements, rules), row.candidate.name)
    ):
        rows_by_reason.setdefault(row.why, []).append(row)
    listed = list(rows_by_reason.items())[:MAX_REASONS_SHOWN]
    lines = [f"  {', '.join(row.candidate.name for row in rows)}: {why}" for why, rows in listed]
    others = sorted(row.candidate.name for rows in list(rows_by_reason.values())[MAX_REASONS_SHOWN:] for row in rows)
    return "\n".join([*lines, *([f"  further from it: {', '.join(others)}"] if others else [])])


def _distance_from_usable(
    candidate: Candidate, requirements: ShotRequirements, rules: Routing
) -> tuple[int, bool, bool, int]:
    """Return how far a candidate is from making a shot: how much bars it altogether, and how much it lacks besides.

    Who wants to be pinned comes last, and what is not proven after what is: a missing file is soon put in its place.
    """
    needs_pin = bool(candidate.only_if_pinned)
    return (
        len(_fixed_obstacles(candidate, requirements, rules)),
        needs_pin,
        candidate.status != "proven",
        len(_other_obstacles(candidate, requirements)),
    )


def why_unusable(candidate: Candidate, requirements: ShotRequirements, rules: Routing) -> str:
    """Return what keeps a candidate from making a shot, "" when nothing does.

    Where its status, its kind or the card bars it altogether, only that is said: more files would not help. That no
    server answers is said only when nothing else is wrong: then waiting helps.
    """
    return (
        "; ".join(_fixed_obstacles(candidate, requirements, rules) or _other_obstacles(candidate, requirements))
        or candidate.down_reason
    )


def _fixed_obstacles(candidate: Candidate, requirements: ShotRequirements, rules: Routing) -> list[str]:
    """Return what bars a candidate whatever is installed: its status, what it does, the memory that it needs."""
    obstacles = [*_status_obstacles(candidate, rules), *_capability_obstacles(candidate, requirements)]
    if candidate.card_bytes and candidate.vram_bytes > candidate.card_bytes:
        needed_gb, card_gb = candidate.vram_bytes / 1e9, candidate.card_bytes / 1e9
        obstacles.append(f"it needs {needed_gb:.1f} GB of VRAM; the largest card has {card_gb:.1f}")
    return obstacles


def _other_obstacles(candidate: Candidate, requirements: ShotRequirements) -> list[str]:
    """Return what else is missing, everything at once."""
    return [
        *_size_obstacles(candidate, requirements),
        *_lora_obstacles(candidate, requirements),
        *candidate.missing_on_servers,
    ]


def _status_obstacles(candidate: Candidate, rules: Routing) -> list[str]:
    obstacles = []
    if candidate.status == "deprecated":
        obstacles.append("it is deprecated")
    if {candidate.name, *candidate.aliases} & set(rules.blocked):
        obstacles.append("it is blocked by the project or the operator")
    return obstacles


def _capability_obstacles(candidate: Candidate, requirements: ShotRequirements) -> list[str]:
    if candidate.capabilities & set(requirements.capabilities):
        return (
            []
            if requirements.has_init_image or not candidate.needs_init_image
            else ["it needs a picture to begin with"]
        )
    capabilities = ", ".join(sorted(candidate.capabilities)) or "nothing that is known"
    return [f"it does {capabilities}; needed is {' or '.join(requirements.capabilities)}"]


def _size_obstacles(candidate: Candidate, requirements: ShotRequirements) -> list[str]:
    width, height = legal_size(candidate, requirements.width_px, requirements.height_px)
    obstacles = []
    if candidate.max_pixels and width * height > candidate.max_pixels:
        obstacles.append(f"{width} x {height} px are over its {candidate.max_pixels / 1e6:.2f} megapixels")
    if candidate.fps and requirements.medium == "video" and candidate.fps != requirements.fps:
        obstacles.append(f"it makes {candidate.fps:g} frames per second only, not {requirements.fps}")
    is_too_long = candidate.max_frames and legal_frames(candidate, requirements.frames) > candidate.max_frames
    if requirements.medium == "video" and is_too_long and "image_to_video" not in candidate.capabilities:
        obstacles.append(
            f"{requirements.frames} frames are over its {candidate.max_frames}, and it cannot go on from a last frame"
        )
    return obstacles


def legal_size(candidate: Candidate, width_px: int, height_px: int) -> tuple[int, int]:
    """Return the smallest size that a candidate can make and that covers a size without enlarging it."""
    scale = max(Fraction(1), Fraction(candidate.min_px, width_px), Fraction(candidate.min_px, height_px))
    multiple = max(1, candidate.size_multiple_px)
    width, height = (math.ceil(side * scale / multiple) * multiple for side in (width_px, height_px))
    return width, height


def legal_frames(candidate: Candidate, frames: int) -> int:
    """Return the shortest length that a candidate can make and that holds `frames`."""
    if not candidate.frame_step:
        return frames
    return max(0, -(-(frames - candidate.frame_offset) // candidate.frame_step)) * candidate.frame_step + (
        candidate.frame_offset
    )


def _lora_obstacles(candidate: Candidate, requirements: ShotRequirements) -> list[str]:
    if not candidate.supports_loras:
        return []
    return [
        f"LoRA {file} is for {base}, it runs {candidate.base_model}"
        for file, base in sorted(requirements.loras.items())
        if base and candidate.base_model and _normalise_model_name(base) != _normalise_model_name(candidate.base_model)
    ]


def _normalise_model_name(model: str) -> str:
    return "".join(char for char in model.casefold() if char.isalnum())


def unknown_workflow_messages(rules: Routing, names: Sequence[str]) -> list[str]:
    """Return a sentence for each name in the rules that no workflow has, with the nearest one."""
    named_in_rules = [("blocked", name) for name in rules.blocked] + [
        (f"pins.{place}", name) for place, name in rules.pins.items()
    ]
    return [
        f"routing.{where} names {name!r}, which is no workflow; did you mean {nearest_word(name, names)}?"
        if nearest_word(name, names)
        else f"routing.{where} names {name!r}, which is no workflow"
        for where, name in named_in_rules
        if name not in names
    ]
