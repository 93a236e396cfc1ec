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

from tower_anime_assets.errors import PlanError, ServiceUnavailable
from tower_anime_assets.production.story.model import Routing
from tower_anime_assets.production.story.source import nearest, suggestion

SUCCEEDS = 0.95
"""Share of runs that end without an error, of a workflow that never ran."""
SUCCEEDS_RUNS = 4.0
"""Pseudo-runs behind `SUCCEEDS`: one failure in the first five runs is noticed, not decisive."""
LEVEL_SPREAD = 0.2
"""Standard deviation of a workflow's level around its prior quality: a prior may be wrong by a factor of two."""
TYPE_SPREAD = 0.16
"""Likewise of its mean score, and of its share accepted, in one shot type around its level: types differ by 0.3."""
SCORE_SPREAD = 0.15
"""Likewise of one take's score around its mean."""
ACCEPTED_SPREAD = 0.45
"""Likewise of one take's acceptance, 0 or 1: the square root of p * (1 - p), for shares around 0.7."""
PRIOR_PACE_SPREAD = math.log(2.0) / 2.0
"""Likewise of the logarithm of the pace around its prior: nearly always within a factor of two."""
SPEED_SPREAD = 0.35
"""Likewise of the logarithm of one run's seconds: times vary by about 40 % with size, load and warm models."""
RUNS_HALF_LIFE = 40.0
"""After how many later runs of the same workflow and shot type a run counts half: what runs often is known anew soon,
and so is a change in it."""
HORIZON = 60.0
"""Shots to come for which what a trial teaches is counted: about two episodes' worth of a stage. A show ends too soon,
and workflows change too often, for all that may be tried."""
TRIAL_RUNS = 2.0
"""Runs that a trial is thought to be: one alone, by the luck of a single gate, teaches too little to be worth it."""
NORMAL_90 = 1.645
"""Standard deviations to either side that hold 90 % of a normal distribution."""


@dataclass(frozen=True)
class Tally:
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

    def __add__(self, other: Tally) -> Tally:
        """Return both together."""
        mine, others = asdict(self), asdict(other)
        sums = {name: mine[name] + others[name] for name in mine}
        return Tally(**{**sums, "vram_bytes": max(self.vram_bytes, other.vram_bytes)})

    def aged(self, days: float, half_life_days: float) -> Tally:
        """Return it as it counts `days` later."""
        weight = 0.5 ** (days / half_life_days)
        kept = {"vram_bytes": self.vram_bytes, "rows": self.rows}
        return Tally(**{**{name: value * weight for name, value in asdict(self).items()}, **kept})


Profiles = Mapping[str, Mapping[str, Tally]]
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
    needs_picture: bool = False
    takes_loras: bool = True
    card_bytes: int = 0
    lacks: tuple[str, ...] = ()
    is_down: str = ""
    aliases: tuple[str, ...] = ()
    only_if_pinned: str = ""


@dataclass(frozen=True)
class Request:
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
    has_picture: bool = True
    loras: Mapping[str, str] = field(default_factory=dict)
    pins: tuple[str, ...] = ()
    pinned_by: str = ""
    position: int = 0

    @property
    def work(self) -> float:
        """Megapixels times frames."""
        return self.width_px * self.height_px * self.frames / 1e6


def shot_type(framing: str, *, speaks: bool) -> str:
    """Return the type under which a shot's runs are counted; `sql/queries/profiles.sql` forms the same from briefs."""
    return f"{framing}, speaking" if speaks else framing


# What is believed -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Belief:
    """A figure as far as it is known.

    Attributes:
        mean: What is expected.
        variance: Of what it may truly be, apart from what it shares with the workflow's level.
        leans: How far it moves with the workflow's level, 0 (known for itself) to 1 (known by the level alone).
    """

    mean: float
    variance: float
    leans: float = 0.0


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
    def yields(self) -> float:
        """Chance that one run gives an accepted take; never 0, so that it can be divided by."""
        return max(self.succeeds * self.accepted, 1e-3)

    @property
    def seconds_per_accepted(self) -> float:
        """Seconds until a take is accepted, over the runs that this needs on average."""
        return self.seconds / self.yields


@dataclass(frozen=True)
class Beliefs:
    """Everything that is believed of one workflow for one shot; `level_variance` is that of its level."""

    level_variance: float
    succeeds: Belief
    accepted: Belief
    quality: Belief
    log_pace: Belief
    work: float
    vram_bytes: int
    rows: int

    def expected(self) -> Estimate:
        """Return the means."""
        seconds = math.exp(self.log_pace.mean) * self.work
        return Estimate(self.succeeds.mean, self.accepted.mean, self.quality.mean, seconds, self.vram_bytes)

    def seconds_range(self) -> tuple[float, float]:
        """Return bounds between which nine of ten runs should end, seconds."""
        away = NORMAL_90 * math.sqrt(SPEED_SPREAD**2 + self.log_pace.variance)
        middle = self.expected().seconds
        return middle * math.exp(-away), middle * math.exp(away)

    def doubt(self, value: Callable[[Estimate], float]) -> float:
        """Return the variance of the logarithm of what the workflow is worth, to the first order.

        Args:
            value: What an estimate is worth; above 0.
        """
        usual = self.expected()
        now = math.log(value(usual))

        def slope(changed: Estimate, by: float) -> float:
            return (math.log(value(changed)) - now) / by

        accepted = slope(replace(usual, accepted=usual.accepted * (1 - STEP)), -usual.accepted * STEP)
        quality = slope(replace(usual, quality=usual.quality * (1 - STEP)), -usual.quality * STEP)
        succeeds = slope(replace(usual, succeeds=usual.succeeds * (1 - STEP)), -usual.succeeds * STEP)
        pace = slope(replace(usual, seconds=usual.seconds * math.exp(STEP)), STEP)
        level = accepted * self.accepted.leans + quality * self.quality.leans
        return (
            level**2 * self.level_variance
            + accepted**2 * self.accepted.variance
            + quality**2 * self.quality.variance
            + succeeds**2 * self.succeeds.variance
            + pace**2 * self.log_pace.variance
        )


STEP = 0.01
"""Share by which figures are changed to see what they matter."""


def beliefs(candidate: Candidate, request: Request, profiles: Profiles, trial_runs: float = 0.0) -> Beliefs:
    """Return what is believed of a candidate for a shot.

    Args:
        trial_runs: So many more runs of this shot type are thought to have gone as expected: the means stay, the
            variances shrink.
    """
    tallies = profiles.get(candidate.engine, {})
    here = tallies.get(request.shot_type, Tally())
    overall = sum(tallies.values(), Tally())
    level, variance = _level(candidate.quality, tallies)
    accepted = _in_type(here.accepted, here.judged, level, ACCEPTED_SPREAD)
    quality = _in_type(here.score_sum, here.scored, level, SCORE_SPREAD)
    if trial_runs:
        known = 1.0 / variance - sum(_weights(here)) + sum(_weights(here, trial_runs))
        variance = 1.0 / known
        accepted = replace(_in_type(0.0, here.judged + trial_runs, level, ACCEPTED_SPREAD), mean=accepted.mean)
        quality = replace(_in_type(0.0, here.scored + trial_runs, level, SCORE_SPREAD), mean=quality.mean)
    return Beliefs(
        level_variance=variance,
        succeeds=_share(overall.succeeded, overall.runs, trial_runs),
        accepted=accepted,
        quality=quality,
        log_pace=_pace(candidate.pace, overall, trial_runs),
        work=request.work,
        vram_bytes=overall.vram_bytes or candidate.vram_bytes,
        rows=here.rows,
    )


def _weights(tally: Tally, more: float = 0.0) -> tuple[float, float]:
    """Return how surely a shot type's share accepted, and its mean score, tell the workflow's level: 1 / variance."""
    return _weight(tally.judged + more, ACCEPTED_SPREAD), _weight(tally.scored + more, SCORE_SPREAD)


def _weight(runs: float, spread: float) -> float:
    return 1.0 / (TYPE_SPREAD**2 + spread**2 / runs) if runs > 0 else 0.0


def _level(prior: float, tallies: Mapping[str, Tally]) -> tuple[float, float]:
    """Return the mean and variance of a workflow's level: its prior and every type's figures, by how sure they are."""
    known = 1.0 / LEVEL_SPREAD**2
    total = prior * known
    for tally in tallies.values():
        by_gates, by_score = _weights(tally)
        known += by_gates + by_score
        total += by_gates * tally.accepted / (tally.judged or 1.0) + by_score * tally.score_sum / (tally.scored or 1.0)
    return total / known, 1.0 / known


def _in_type(total: float, runs: float, level: float, spread: float) -> Belief:
    """Return the mean of a figure in one shot type, between what was seen there and the workflow's level."""
    own = TYPE_SPREAD**2 * _weight(runs, spread)
    mean = own * total / (runs or 1.0) + (1.0 - own) * level
    return Belief(min(max(mean, 0.01), 0.99), TYPE_SPREAD**2 * (1.0 - own), 1.0 - own)


def _share(total: float, runs: float, trial_runs: float) -> Belief:
    """Return the chance of success: Beta, with `SUCCEEDS_RUNS` pseudo-runs."""
    mean = (total + SUCCEEDS * SUCCEEDS_RUNS) / (runs + SUCCEEDS_RUNS)
    return Belief(mean, mean * (1.0 - mean) / (runs + trial_runs + SUCCEEDS_RUNS + 1.0))


def _pace(prior: float, seen: Tally, trial_runs: float) -> Belief:
    """Return the logarithm of the pace: normal, its prior weighed against the runs."""
    pseudo_runs = (SPEED_SPREAD / PRIOR_PACE_SPREAD) ** 2
    mean = (seen.log_pace_sum + math.log(max(prior, 1e-6)) * pseudo_runs) / (seen.timed + pseudo_runs)
    return Belief(mean, SPEED_SPREAD**2 / (seen.timed + trial_runs + pseudo_runs))


def lesson(value: float, other: float, doubt: float, doubt_after: float) -> float:
    """Return by how much a trial is expected to improve the choice between a workflow and the best of the others.

    What it is believed to be worth will have moved after the trial by a factor whose logarithm is normal, its variance
    what the trial takes from the doubt, its mean 1. Where that turns the choice around, the difference is gained.

    Args:
        value: What the workflow is believed to be worth; above 0.
        other: The same of the best of the others.
        doubt: See `Beliefs.doubt`; now.
        doubt_after: After the trial.
    """
    moves = math.sqrt(max(doubt - doubt_after, 1e-12))
    away = math.log(value / other) / moves + moves / 2.0
    better = value * _normal(away) - other * _normal(away - moves)
    return max(better - max(value - other, 0.0), 0.0)


def _normal(at: float) -> float:
    """Return the standard normal distribution's share below a point."""
    return 0.5 * (1.0 + math.erf(at / math.sqrt(2.0)))


# Strategies -----------------------------------------------------------------------------------------------------------

ATTEMPTS = 3
"""Attempts that a shot usually has, see `engines.attempts`: `best_quality` counts a workflow that passes in these."""

Value = Callable[[Estimate, Routing, Request], float]
"""What an estimate is worth to a strategy; more is better."""


def _best_quality(estimate: Estimate, _rules: Routing, _request: Request) -> float:
    """Return quality * (1 - (1 - yields) ** 3): the score, if any of three attempts is accepted."""
    return estimate.quality * (1.0 - (1.0 - estimate.yields) ** ATTEMPTS)


def _fastest(estimate: Estimate, _rules: Routing, _request: Request) -> float:
    """Return 1 / seconds per accepted take."""
    return 1.0 / max(estimate.seconds_per_accepted, 1e-6)


def utility(estimate: Estimate, rules: Routing, request: Request) -> float:
    """Return what `balanced` maximises, 0 to 1.

    quality^q * yields^a * (patience / (patience + seconds per accepted take))^s * (1 / (1 + VRAM in GB / 12))^m, with
    the project's weights q, a, s, m (1, 1, 1, 0 unless it says otherwise) and its patience with a clip or a keyframe,
    in seconds: what takes as long as the patience is worth half of what takes no time.
    """
    patience = rules.clip_patience_s if request.medium == "video" else rules.keyframe_patience_s
    speed = patience / (patience + estimate.seconds_per_accepted)
    room = 1.0 / (1.0 + estimate.vram_bytes / 12e9)
    return float(
        max(estimate.quality, 1e-3) ** rules.quality_weight
        * estimate.yields**rules.acceptance_weight
        * speed**rules.speed_weight
        * room**rules.memory_weight
    )


def _least_memory(estimate: Estimate, _rules: Routing, _request: Request) -> float:
    """Return minus the bytes on the card."""
    return -float(estimate.vram_bytes)


def _in_turn(_estimate: Estimate, _rules: Routing, _request: Request) -> float:
    """Return the same for all: the order is that of turns."""
    return 0.0


STRATEGIES: Mapping[str, Value] = {
    "best_quality": _best_quality,
    "fastest": _fastest,
    "balanced": utility,
    "least_memory": _least_memory,
    "round_robin": _in_turn,
}
_LEARNS = frozenset({"best_quality", "fastest", "balanced"})
"""Strategies that are about what has to be found out; the others gain nothing by trying."""


# Circuit breaker ------------------------------------------------------------------------------------------------------

IN_A_ROW = 3
"""Failures one after the other that set a workflow or server aside."""
OF_LATEST = (5, 8)
"""So do this many failures among this many latest runs."""
FIRST_BREAK = timedelta(minutes=10)
LONGEST_BREAK = timedelta(hours=12)
"""How long it is set aside first and at most; each failed trial doubles it."""
TRIAL_EVERY = 4
"""After its break, one shot of this many may try it, until a run succeeds."""


@dataclass(frozen=True)
class Run:
    """How a run of a workflow, or on a server, ended."""

    at: datetime
    failed: bool
    why: str = ""


@dataclass(frozen=True)
class Breaker:
    """Whether a workflow or server is set aside.

    Attributes:
        state: `closed` (in use), `open` (set aside), `half_open` (may be tried again).
        until: When it may be tried again; None while it is in use.
        why: In words.
    """

    state: str = "closed"
    until: datetime | None = None
    why: str = ""


def breaker(runs: Sequence[Run], now: datetime) -> Breaker:
    """Return how something stands after its latest runs, oldest first.

    It is set aside after `IN_A_ROW` failures, or `OF_LATEST` scattered ones, and may be tried again after a break that
    doubles with every trial that fails. A trial that succeeds puts it back into use.
    """
    latest: list[Run] = []
    trips = 0
    until: datetime | None = None
    why = ""
    for run in runs:
        if until is not None and run.at < until:
            continue  # begun before the break
        if not run.failed and until is not None:
            latest, trips, until = [], 0, None
            continue
        latest = [*latest, run][-OF_LATEST[1] :]
        failures = sum(one.failed for one in latest)
        row = len(latest) >= IN_A_ROW and all(one.failed for one in latest[-IN_A_ROW:])
        if run.failed and (until is not None or row or failures >= OF_LATEST[0]):
            trips += 1
            until = run.at + min(FIRST_BREAK * 2 ** (trips - 1), LONGEST_BREAK)
            count = f"{IN_A_ROW} failures in a row" if row else f"{failures} failures in its latest {len(latest)} runs"
            why = f"{'its trial failed too' if trips > 1 else count}, the last: {run.why or 'no reason given'}"
    if until is None:
        return Breaker()
    return Breaker("half_open" if now >= until else "open", until, why)


# Ranking --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ranked:
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
    lesson: float = 0.0
    estimate: Estimate | None = None
    seconds_range: tuple[float, float] = (0.0, 0.0)
    rows: int = 0

    @property
    def score(self) -> float:
        """What the ranking goes by: what it is worth, and what trying it teaches for the shots to come."""
        return (self.value or 0.0) + HORIZON * self.lesson

    def as_json(self) -> dict[str, Any]:
        """Return it as the decision keeps it."""
        row: dict[str, Any] = {"engine": self.candidate.engine, "state": self.state, "why": self.why}
        if self.estimate is None or self.value is None:
            return row
        figures = {
            "value": self.value,
            "lesson": self.lesson,
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

    request: Request
    strategy: str
    on_failure: str
    rows: tuple[Ranked, ...]
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

    def words(self) -> str:
        """Return the ranking in words, a line for each candidate."""
        head = f"{self.request.subject}, {self.request.medium}, {self.request.shot_type}: by {self.strategy}"
        rows = (f"  {row.state:<9}  {row.candidate.name}: {row.why}" for row in self.rows)
        return "\n".join([head, *rows, *([f"  {self.note}"] if self.note else [])])


def rank(
    request: Request,
    candidates: Sequence[Candidate],
    profiles: Profiles,
    rules: Routing,
    now: datetime,
    breakers: Mapping[str, Breaker] | None = None,
    underway: Mapping[str, int] | None = None,
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
        ServiceUnavailable: All that could do it are at servers that do not answer.
    """
    stand = breakers or {}
    known = [candidate for candidate in candidates if candidate.medium == request.medium]
    pinned = _pinned(request, candidates)
    aside, usable = [], []
    for candidate in sorted(known, key=lambda one: one.name):
        why = lacking(candidate, request, rules)
        if pinned is not None and not why and candidate is not pinned:
            why = f"{pinned.name} is pinned by {request.pinned_by}"
        elif not why and candidate is not pinned:
            why = candidate.only_if_pinned or _broken(stand.get(candidate.engine, Breaker()), request)
        if why:
            aside.append(Ranked(candidate, "set aside", why))
        else:
            usable.append(candidate)
    if pinned is not None and pinned not in usable:
        why = lacking(pinned, request, rules)
        kind = ServiceUnavailable if why == pinned.is_down else PlanError
        raise kind(
            f"{request.subject}: {pinned.name} is pinned by {request.pinned_by}, but {why}. "
            "Take the pin away, or put that right"
        )
    if not usable:
        raise _nobody(request, aside, rules)
    rows = _ordered(request, usable, profiles, rules, stand, underway or {})
    return Ranking(request, rules.strategy, rules.on_failure, (*rows, *aside))


def _ordered(
    request: Request,
    usable: Sequence[Candidate],
    profiles: Profiles,
    rules: Routing,
    stand: Mapping[str, Breaker],
    underway: Mapping[str, int],
) -> list[Ranked]:
    """Return the usable candidates, best first; ties go by name, or by turn."""
    value_of = STRATEGIES[rules.strategy]
    learns = rules.explore and rules.strategy in _LEARNS and len(usable) > 1
    found = []
    doubts = []
    for candidate in usable:
        believed = beliefs(candidate, request, profiles)
        taught = float(underway.get(candidate.engine, 0))
        before = beliefs(candidate, request, profiles, taught) if taught else believed
        after = beliefs(candidate, request, profiles, taught + TRIAL_RUNS)
        tried_again = stand.get(candidate.engine, Breaker()).state == "half_open"
        if tried_again:  # its failures are why it was set aside; the trial asks whether that is over
            fresh = _share(0.0, 0.0, 0.0)
            believed, before, after = (replace(one, succeeds=fresh) for one in (believed, before, after))
        expected = believed.expected()
        note = "tried again after its break" if tried_again else ""
        value = value_of(expected, rules, request)
        found.append(Ranked(candidate, "next", note, value, 0.0, expected, believed.seconds_range(), believed.rows))
        if learns:
            worth = partial(_worth, value_of, rules, request)
            doubts.append((before.doubt(worth), after.doubt(worth)))
    best = max(row.value or 0.0 for row in found)
    if learns:
        found = _with_lessons(found, doubts)
    found.sort(key=lambda row: (-row.score, row.candidate.status != "proven", row.candidate.name))
    if rules.strategy == "round_robin":
        turn = request.position % len(found)
        found = found[turn:] + found[:turn]
    return [
        replace(row, state="next" if index else "chosen", why=_reason(row, rules, request, index, best))
        for index, row in enumerate(found)
    ]


def _worth(value_of: Value, rules: Routing, request: Request, estimate: Estimate) -> float:
    return value_of(estimate, rules, request)


def _with_lessons(rows: Sequence[Ranked], doubts: Sequence[tuple[float, float]]) -> list[Ranked]:
    """Return rows with what trying each would teach, against the best of the others."""
    values = [row.value or 0.0 for row in rows]
    first, second = sorted(values, reverse=True)[:2]
    leader = values.index(first)
    return [
        replace(row, lesson=lesson(value, second if at == leader else first, *doubt) / TRIAL_RUNS)
        for at, (row, value, doubt) in enumerate(zip(rows, values, doubts, strict=True))
    ]


def _reason(row: Ranked, rules: Routing, request: Request, index: int, best: float) -> str:
    assert row.estimate is not None  # noqa: S101 - usable candidates are estimated
    low, high = row.seconds_range
    figures = (
        f"quality {row.estimate.quality:.2f}, {row.estimate.yields:.0%} of runs accepted, {row.estimate.seconds:.0f} s "
        f"({low:.0f} to {high:.0f}), {row.estimate.vram_bytes / 1e9:.1f} GB, from {row.rows} runs of such shots"
    )
    if row.candidate.name in request.pins or set(row.candidate.aliases) & set(request.pins):
        return f"pinned by {request.pinned_by}; {figures}"
    words = [row.why] if row.why else []
    if rules.strategy == "round_robin":
        words.append("its turn" if index == 0 else f"{index} turn{'s' if index > 1 else ''} later")
    elif index == 0 and (row.value or 0.0) < best:
        gain = HORIZON * row.lesson / best
        words.append(
            f"tried because it may be better than it seems so far: over the next {HORIZON:.0f} shots that is worth "
            f"{gain:.0%} of the best one's value, and costs {1 - (row.value or 0.0) / best:.0%}"
        )
    if row.candidate.status == "experimental":
        words.append("experimental")
    return "; ".join([*words, figures])


def _broken(found: Breaker, request: Request) -> str:
    """Return why a candidate's breaker keeps it from this shot, "" when it does not."""
    if found.state == "closed" or found.until is None:
        return ""
    if found.state == "open":
        return f"set aside until {found.until:%Y-%m-%d %H:%M} UTC after {found.why}"
    if request.position % TRIAL_EVERY:
        return f"another shot tries it again first, after {found.why}"
    return ""


def _pinned(request: Request, candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the candidate that a pin names, None when no pin is of this medium.

    Raises:
        PlanError: A pin names nothing that there is.
    """
    by_name = {name: one for one in candidates for name in (one.name, *one.aliases)}
    for pin in request.pins:
        fitting = [one for one in candidates if pin in (one.name, *one.aliases) and one.medium == request.medium]
        if fitting:
            return fitting[0]
        if pin not in by_name:
            raise PlanError(
                f"{request.subject}: {request.pinned_by} pins {pin!r}, which is no workflow. {suggestion(pin, by_name)}"
            )
    return None


def _nobody(request: Request, aside: Sequence[Ranked], rules: Routing) -> PlanError | ServiceUnavailable:
    needed = " or ".join(request.capabilities)
    if not aside:
        return PlanError(f"{request.subject}: there is no workflow of medium {request.medium}; it needs {needed}")
    lines = _closest(request, aside, rules)
    if any(row.candidate.is_down and row.why == row.candidate.is_down for row in aside):
        return ServiceUnavailable(f"{request.subject}: no server that can make it answers\n{lines}")
    return PlanError(f"{request.subject}: no workflow can make it ({needed})\n{lines}")


CLOSEST = 3
"""How many reasons why nobody can make a shot are told in full, those of the candidates that lack least."""


def _closest(request: Request, aside: Sequence[Ranked], rules: Routing) -> str:
    """Return why nobody is left: a line for each reason of those that lack least, one for the names of the others."""
    found: dict[str, list[Ranked]] = {}
    for row in sorted(aside, key=lambda row: (_distance(row.candidate, request, rules), row.candidate.name)):
        found.setdefault(row.why, []).append(row)
    told = list(found.items())[:CLOSEST]
    lines = [f"  {', '.join(row.candidate.name for row in rows)}: {why}" for why, rows in told]
    others = sorted(row.candidate.name for rows in list(found.values())[CLOSEST:] for row in rows)
    return "\n".join([*lines, *([f"  further from it: {', '.join(others)}"] if others else [])])


def _distance(candidate: Candidate, request: Request, rules: Routing) -> tuple[int, bool, bool, int]:
    """Return how far a candidate is from making a shot: how much bars it altogether, and how much it lacks besides.

    Who wants to be pinned comes last, and what is not proven after what is: a missing file is soon put in its place.
    """
    is_aside = bool(candidate.only_if_pinned)
    return (
        len(_bars(candidate, request, rules)),
        is_aside,
        candidate.status != "proven",
        len(_lacks(candidate, request)),
    )


def lacking(candidate: Candidate, request: Request, rules: Routing) -> str:
    """Return what keeps a candidate from making a shot, "" when nothing does.

    Where its status, its kind or the card bars it altogether, only that is said: more files would not help. That no
    server answers is said only when nothing else is wrong: then waiting helps.
    """
    return "; ".join(_bars(candidate, request, rules) or _lacks(candidate, request)) or candidate.is_down


def _bars(candidate: Candidate, request: Request, rules: Routing) -> list[str]:
    """Return what bars a candidate whatever is installed: its status, what it does, the memory that it needs."""
    found = [*_unfit(candidate, rules), *_wrong_kind(candidate, request)]
    if candidate.card_bytes and candidate.vram_bytes > candidate.card_bytes:
        needs, has = candidate.vram_bytes / 1e9, candidate.card_bytes / 1e9
        found.append(f"it needs {needs:.1f} GB of VRAM; the largest card has {has:.1f}")
    return found


def _lacks(candidate: Candidate, request: Request) -> list[str]:
    """Return what else is missing, everything at once."""
    return [*_wrong_size(candidate, request), *_wrong_loras(candidate, request), *candidate.lacks]


def _unfit(candidate: Candidate, rules: Routing) -> list[str]:
    found = []
    if candidate.status == "deprecated":
        found.append("it is deprecated")
    if {candidate.name, *candidate.aliases} & set(rules.blocked):
        found.append("it is blocked by the project or the operator")
    return found


def _wrong_kind(candidate: Candidate, request: Request) -> list[str]:
    if candidate.capabilities & set(request.capabilities):
        return [] if request.has_picture or not candidate.needs_picture else ["it needs a picture to begin with"]
    can = ", ".join(sorted(candidate.capabilities)) or "nothing that is known"
    return [f"it does {can}; needed is {' or '.join(request.capabilities)}"]


def _wrong_size(candidate: Candidate, request: Request) -> list[str]:
    width, height = legal_size(candidate, request.width_px, request.height_px)
    found = []
    if candidate.max_pixels and width * height > candidate.max_pixels:
        found.append(f"{width} x {height} px are over its {candidate.max_pixels / 1e6:.2f} megapixels")
    if candidate.fps and request.medium == "video" and candidate.fps != request.fps:
        found.append(f"it makes {candidate.fps:g} frames per second only, not {request.fps}")
    too_long = candidate.max_frames and legal_frames(candidate, request.frames) > candidate.max_frames
    if request.medium == "video" and too_long and "image_to_video" not in candidate.capabilities:
        found.append(
            f"{request.frames} frames are over its {candidate.max_frames}, and it cannot go on from a last frame"
        )
    return found


def legal_size(candidate: Candidate, width_px: int, height_px: int) -> tuple[int, int]:
    """Return the smallest size that a candidate can make and that covers a size without enlarging it."""
    enlarged = max(Fraction(1), Fraction(candidate.min_px, width_px), Fraction(candidate.min_px, height_px))
    multiple = max(1, candidate.size_multiple_px)
    width, height = (math.ceil(side * enlarged / multiple) * multiple for side in (width_px, height_px))
    return width, height


def legal_frames(candidate: Candidate, frames: int) -> int:
    """Return the shortest length that a candidate can make and that holds `frames`."""
    if not candidate.frame_step:
        return frames
    return max(0, -(-(frames - candidate.frame_offset) // candidate.frame_step)) * candidate.frame_step + (
        candidate.frame_offset
    )


def _wrong_loras(candidate: Candidate, request: Request) -> list[str]:
    if not candidate.takes_loras:
        return []
    return [
        f"LoRA {file} is for {base}, it runs {candidate.base_model}"
        for file, base in sorted(request.loras.items())
        if base and candidate.base_model and _plain(base) != _plain(candidate.base_model)
    ]


def _plain(model: str) -> str:
    return "".join(char for char in model.casefold() if char.isalnum())


def unknown_names(rules: Routing, names: Sequence[str]) -> list[str]:
    """Return a sentence for each name in the rules that no workflow has, with the nearest one."""
    said = [("blocked", name) for name in rules.blocked] + [(f"pins.{at}", name) for at, name in rules.pins.items()]
    return [
        f"routing.{where} names {name!r}, which is no workflow; did you mean {nearest(name, names)}?"
        if nearest(name, names)
        else f"routing.{where} names {name!r}, which is no workflow"
        for where, name in said
        if name not in names
    ]
