"""The ranking of all candidates for a shot by the project's strategy, with the reasons for every place.

A workflow that seems worse than the best is tried where what a trial is expected to teach, over the shots to come, is
worth more than the trial costs (the knowledge gradient). Nothing is random: equal data give equal rankings. Where the
figures come from is `store.profiles`' part; which workflows and servers there are, `stages.routing`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tower_anime_assets.errors import PlanError, ServiceUnavailableError
from tower_anime_assets.production.base_models import LoraFit
from tower_anime_assets.production.learning.breaker import TRIAL_EVERY_SHOTS, BreakerState
from tower_anime_assets.production.learning.candidates import (
    Candidate,
    ShotRequirements,
    candidate_lora_fit,
    distance_from_usable,
    may_help_to_wait,
    why_unusable,
)
from tower_anime_assets.production.learning.profiles import (
    EnginePosteriors,
    Estimate,
    Level,
    Profiles,
    engine_posteriors,
    expected_levels,
    knowledge_gradient,
    success_posterior,
)
from tower_anime_assets.production.learning.strategies import EXPLORING_STRATEGIES, STRATEGIES
from tower_anime_assets.production.story.model import Lora, Routing
from tower_anime_assets.production.story.source import did_you_mean

HORIZON_SHOTS = 20.0
"""Shots of the same type to come for which a trial's lesson is counted: about two episodes' worth. Shows end and
workflows change too soon to try everything."""
TRIAL_RUNS = 1.0
"""Runs that a trial is assumed to be: a shot's first attempt; whether there are more depends on the gates."""
MAX_REASONS_SHOWN = 3
"""Reasons told in full when no candidate can make a shot: those of the candidates that lack least."""


@dataclass(frozen=True)
class RankedCandidate:
    """One candidate in a ranking.

    Attributes:
        state: `chosen`, `next` (could make the shot too), or `set aside`.
        why: The reason for its place, as a phrase.
        value: Its expected value to the strategy; None when set aside.
        trial_gain: What trying it is expected to gain, for each of the `HORIZON_SHOTS`.
        estimate: What is expected of it; None when set aside.
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
        """What the ranking goes by: its value, plus what trying it teaches for the shots to come."""
        return (self.value or 0.0) + HORIZON_SHOTS * self.trial_gain

    def as_json(self) -> dict[str, Any]:
        """Return the row as the decision keeps it."""
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
        requirements: What the shot requires.
        strategy: The strategy by which they were ranked.
        on_failure: `next` or `stop`: whether another may take over when the chosen one fails.
        rows: One per candidate.
        note: A remark for a person, "" for none.
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
    def is_pinned(self) -> bool:
        """Whether a writer pins the chosen one."""
        return bool(self.chosen.names & set(self.requirements.pins))

    @property
    def usable(self) -> tuple[Candidate, ...]:
        """All candidates that could make the shot, the chosen one first: an accepted take of any of them serves."""
        return tuple(row.candidate for row in self.rows if row.state != "set aside")

    @property
    def fallbacks(self) -> tuple[Candidate, ...]:
        """Candidates that may take over when the chosen one fails, in order; () unless `on_failure` is `next`."""
        return self.usable[1:] if self.on_failure == "next" else ()

    @property
    def alternatives(self) -> tuple[dict[str, Any], ...]:
        """The ranking as the decision keeps it, JSON-ready."""
        return tuple({**row.as_json(), "strategy": self.strategy} for row in self.rows)

    @property
    def lora_fits(self) -> tuple[tuple[Lora, LoraFit], ...]:
        """The LoRAs that the shot's pictures ask for, and whether the chosen one is run with each."""
        return tuple((lora, candidate_lora_fit(self.chosen, lora)) for lora in self.requirements.loras)

    @property
    def reasoning(self) -> str:
        """Which one was chosen, and why; which LoRAs it is run without, or with a doubt."""
        sentences = [f"{self.chosen.name} by {self.strategy}: {self.rows[0].why}."]
        sentences += [f"{self.note}."] if self.note else []
        for lora, fit in self.lora_fits:
            if not fit.is_used or fit.doubt:
                sentences.append(_lora_words(lora, fit) + ".")
        return " ".join(sentences)

    def as_text(self) -> str:
        """Return the ranking for a person, a line for each candidate."""
        shot = self.requirements
        lines = [f"{shot.subject}, {shot.medium}, {shot.shot_type}: by {self.strategy}"]
        lines += [f"  {row.state:<9}  {row.candidate.name}: {row.why}" for row in self.rows]
        lines += [f"  {_lora_words(lora, fit)}" for lora, fit in self.lora_fits]
        return "\n".join([*lines, *([f"  {self.note}"] if self.note else [])])


def _lora_words(lora: Lora, fit: LoraFit) -> str:
    if not fit.is_used:
        return f"LoRA {lora.file} is not used here: {fit.reason}"
    return f"LoRA {lora.file} is used" + (f", but {fit.doubt}" if fit.doubt else "")


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
        requirements: What the shot requires.
        candidates: All known candidates, of any medium; those of another are left out.
        profiles: What happened before, aged to now.
        rules: The project's.
        now: When; told where no server answers.
        breakers: The breakers' states by engine name; engines not named are in use.
        runs_underway: Shots of this type already given to a workflow whose runs are not on record yet, by engine name:
            what they will teach need not be learned twice.

    Raises:
        PlanError: No candidate can make the shot, or the pinned one cannot; the message says what each lacks.
        ServiceUnavailableError: All that could make it are on servers that do not answer.
    """
    ranker = _Ranker(requirements, profiles, rules, breakers or {}, runs_underway or {})
    pinned = _find_pinned(requirements, candidates)
    here = [one for one in sorted(candidates, key=lambda one: one.name) if one.medium == requirements.medium]
    left_out: dict[str, str] = {}
    if pinned is None:
        left_out = leaving_out_checkpoint(here, requirements, rules)
        with_checkpoint = [one for one in here if one.name not in left_out]
        left_out |= leaving_out_loras(with_checkpoint, requirements, rules)
    set_aside, rested, usable = [], [], []
    for candidate in here:
        if why := ranker.why_set_aside(candidate, pinned) or left_out.get(candidate.name, ""):
            set_aside.append(RankedCandidate(candidate, "set aside", why))
        elif candidate is not pinned and (why := ranker.why_rested(candidate)):
            rested.append(RankedCandidate(candidate, "set aside", why))
        else:
            usable.append(candidate)
    if usable:
        set_aside = sorted([*set_aside, *rested], key=lambda row: row.candidate.name)
    else:  # a breaker rests a workflow only where there is another
        usable = [row.candidate for row in rested]
    if not usable:
        raise _no_candidate_error(requirements, set_aside, rules, now)
    return Ranking(requirements, rules.strategy, rules.on_failure, (*ranker.rank(usable), *set_aside))


def leaving_out_checkpoint(
    candidates: Sequence[Candidate], requirements: ShotRequirements, rules: Routing
) -> dict[str, str]:
    """Return why candidates are left out that cannot load the style's checkpoint where another can, by name."""
    if not requirements.checkpoint:
        return {}
    loading = [
        one.name
        for one in candidates
        if one.takes_checkpoint and not one.only_if_pinned and not why_unusable(one, requirements, rules)
    ]
    if not loading:
        return {}
    reason = f"it does not load the show's checkpoint {requirements.checkpoint}, as {loading[0]} does"
    return {one.name: reason for one in candidates if not one.takes_checkpoint}


def leaving_out_loras(
    candidates: Sequence[Candidate], requirements: ShotRequirements, rules: Routing
) -> dict[str, str]:
    """Return why candidates are left out that would be run with fewer of the LoRAs than another could, by name.

    A LoRA that none of them can be run with keeps none from the shot.
    """
    fits = {
        one.name: [(lora, candidate_lora_fit(one, lora)) for lora in requirements.loras]
        for one in candidates
        if not one.only_if_pinned and not why_unusable(one, requirements, rules, with_lora_files=False)
    }
    scores = {
        name: sum(fit.is_used * (1.0 if fit.doubt else 2.0) for _lora, fit in rows) for name, rows in fits.items()
    }
    best = max(scores, key=lambda name: scores[name], default="")
    reasons = {}
    for name, rows in fits.items():
        if scores[name] < scores[best]:
            used_by_best = {lora.file for lora, fit in fits[best] if fit.is_used}
            reasons[name] = "; ".join(
                f"LoRA {lora.file} fits {best}, but here {fit.reason or fit.doubt}"
                for lora, fit in rows
                if lora.file in used_by_best and (not fit.is_used or fit.doubt)
            )
    return reasons


def _find_pinned(requirements: ShotRequirements, candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the candidate that a pin names, None when no pin is of this medium.

    Raises:
        PlanError: A pin names a workflow that does not exist.
    """
    known_names = {name for one in candidates for name in one.names}
    for pin in requirements.pins:
        for one in candidates:
            if pin in one.names and one.medium == requirements.medium:
                return one
        if pin not in known_names:
            raise PlanError(
                f"{requirements.subject}: {requirements.pinned_by} pins {pin!r}, which is not a workflow. "
                f"{did_you_mean(pin, known_names)}"
            )
    return None


@dataclass(frozen=True)
class _Ranker:
    """One shot's ranking in the making: everything that the candidates are held against."""

    requirements: ShotRequirements
    profiles: Profiles
    rules: Routing
    breakers: Mapping[str, BreakerState]
    runs_underway: Mapping[str, int]

    def why_set_aside(self, candidate: Candidate, pinned: Candidate | None) -> str:
        """Return why a candidate is left out, "" when it may be chosen.

        Raises:
            PlanError: It is pinned, and cannot make the shot.
            ServiceUnavailableError: It is pinned, and its servers do not answer.
        """
        shot = self.requirements
        why = why_unusable(candidate, shot, self.rules)
        if why and candidate is pinned:
            is_away = may_help_to_wait(candidate, shot, self.rules)
            raise (ServiceUnavailableError if is_away else PlanError)(
                f"{shot.subject}: {candidate.name} is pinned by {shot.pinned_by}, but {why}. "
                + ("Start a server and run again, or remove the pin" if is_away else "Remove the pin, or correct that")
            )
        if why or candidate is pinned:
            return why
        if pinned is not None:
            return f"{pinned.name} is pinned by {shot.pinned_by}"
        return candidate.only_if_pinned

    def why_rested(self, candidate: Candidate) -> str:
        """Return why a breaker keeps a workflow from this shot where there is another, "" when it does not."""
        breaker = self._breaker(candidate)
        if breaker.until is None:
            return ""
        if breaker.state == "open":
            return (
                f"set aside until {breaker.until:%Y-%m-%d %H:%M} UTC after {breaker.why}; {ways_out(candidate.engine)}"
            )
        waits = self.requirements.position % TRIAL_EVERY_SHOTS
        return f"another shot tries it again first, after {breaker.why}" if waits else ""

    def _breaker(self, candidate: Candidate) -> BreakerState:
        return self.breakers.get(candidate.engine, BreakerState())

    def rank(self, usable: Sequence[Candidate]) -> list[RankedCandidate]:
        """Return the usable candidates, best first; ties go to proven ones, then by name, or by turn."""
        explores = self.rules.explore and self.rules.strategy in EXPLORING_STRATEGIES and len(usable) > 1
        levels = expected_levels(usable, self.profiles)
        rows, variances = [], []
        for candidate in usable:
            row, row_variances = self._estimate(candidate, levels[candidate.engine], explores=explores)
            rows.append(row)
            variances.append(row_variances)
        best_value = max(row.value or 0.0 for row in rows)
        if explores:
            rows = list(_with_trial_gains(rows, variances))
        rows.sort(key=lambda row: (-row.score, row.candidate.status != "proven", row.candidate.name))
        if self.rules.strategy == "round_robin":
            turn = self.requirements.position % len(rows)
            rows = rows[turn:] + rows[:turn]
        return [
            replace(row, state="next" if index else "chosen", why=self._describe(row, index, best_value))
            for index, row in enumerate(rows)
        ]

    def _estimate(
        self, candidate: Candidate, expected_level: Level, *, explores: bool
    ) -> tuple[RankedCandidate, list[float]]:
        """Return a candidate with its value; and where trials count, its log value's variance before and after one."""
        shot, rules = self.requirements, self.rules

        def posteriors_after(trial_runs: float) -> EnginePosteriors:
            return engine_posteriors(candidate, shot, self.profiles, trial_runs, expected_level)

        posteriors = [posteriors_after(0.0)]
        if explores:
            underway = float(self.runs_underway.get(candidate.engine, 0))
            before = posteriors_after(underway) if underway else posteriors[0]
            posteriors += [before, posteriors_after(underway + TRIAL_RUNS)]
        breaker = self._breaker(candidate)
        is_retrial = breaker.state == "half_open"
        if is_retrial:  # its failures are why it was set aside; the trial asks whether that is over
            posteriors = [replace(one, succeeds=success_posterior()) for one in posteriors]

        def value_of(estimate: Estimate) -> float:
            return STRATEGIES[rules.strategy](estimate, rules, shot)

        now, *around_trial = posteriors
        estimate = now.estimate()
        row = RankedCandidate(
            candidate,
            state="next",
            why={
                "half_open": "tried again after its break",
                "open": f"used although it had {breaker.why}: no other can make it",
            }.get(breaker.state, ""),
            value=value_of(estimate),
            estimate=estimate,
            seconds_range=now.seconds_range(),
            rows=now.rows,
        )
        return row, [one.log_value_variance(value_of) for one in around_trial]

    def _describe(self, row: RankedCandidate, index: int, best_value: float) -> str:
        """Return the reason for a row's place, with its figures."""
        estimate, shot = row.estimate, self.requirements
        assert estimate is not None  # noqa: S101 - usable candidates are estimated
        low, high = row.seconds_range
        figures = (
            f"quality {estimate.quality:.2f}, {estimate.accepted_per_run:.0%} of runs accepted, "
            f"{estimate.seconds:.0f} s ({low:.0f} to {high:.0f}), {estimate.vram_bytes / 1e9:.1f} GB, "
            f"from {row.rows} runs of such shots"
        )
        candidate = row.candidate
        if candidate.vram_bytes > candidate.card_bytes > 0:
            fills_gb, card_gb = candidate.vram_bytes / 1e9, candidate.card_bytes / 1e9
            figures += f"; it fills {fills_gb:.1f} GB where there is room, the card has {card_gb:.1f}: slower"
        if row.candidate.names & set(shot.pins):
            return f"pinned by {shot.pinned_by}; {figures}"
        reasons = [row.why] if row.why else []
        value = row.value or 0.0
        if self.rules.strategy == "round_robin":
            reasons.append("its turn" if index == 0 else f"{index} turn{'s' if index > 1 else ''} later")
        elif index == 0 and value < best_value:
            reasons.append(
                f"tried because it may be better than it seems so far: over the next {HORIZON_SHOTS:.0f} shots that is "
                f"worth {HORIZON_SHOTS * row.trial_gain / best_value:.0%} of the best one's value, "
                f"and costs {1 - value / best_value:.0%}"
            )
        if row.candidate.status == "experimental":
            reasons.append("experimental")
        return "; ".join([*reasons, figures])


def _with_trial_gains(
    rows: Sequence[RankedCandidate], variances: Sequence[Sequence[float]]
) -> Iterator[RankedCandidate]:
    """Yield the rows with what trying each would teach, against the best of the others."""
    values = [row.value or 0.0 for row in rows]
    first, second = sorted(values, reverse=True)[:2]
    leader = values.index(first)
    for index, (row, value) in enumerate(zip(rows, values, strict=True)):
        gain = knowledge_gradient(value, second if index == leader else first, *variances[index])
        yield replace(row, trial_gain=gain / TRIAL_RUNS)


def ways_out(engine: str) -> str:
    """Return how a person has a rested workflow used at once."""
    name = engine.removeprefix("comfyui:")
    return f"to use it at once: pin it, or `tower route --clear {name}`"


def _no_candidate_error(
    requirements: ShotRequirements, set_aside: Sequence[RankedCandidate], rules: Routing, now: datetime
) -> PlanError | ServiceUnavailableError:
    groups = (requirements.capabilities, *requirements.also)
    subject, needed = requirements.subject, " and ".join(" or ".join(group) for group in groups)
    if not set_aside:
        return PlanError(f"{subject}: no {requirements.medium} workflow is known; it needs {needed}")
    lines = _nearest_misses(requirements, set_aside, rules)
    if any(may_help_to_wait(row.candidate, requirements, rules) for row in set_aside):
        return ServiceUnavailableError(
            f"{subject}: no server that can make it answers (asked at {now:%H:%M:%S} UTC)\n{lines}\n"
            "Start one and run again; or pin a workflow of a server that answers, or `embedded`"
        )
    return PlanError(f"{subject}: no workflow can make it ({needed})\n{lines}")


def _nearest_misses(requirements: ShotRequirements, set_aside: Sequence[RankedCandidate], rules: Routing) -> str:
    """Return a line for each reason of the candidates that lack least, and one line with the names of the others."""

    def distance(row: RankedCandidate) -> tuple[object, ...]:
        return *distance_from_usable(row.candidate, requirements, rules), row.candidate.name

    names_by_reason: dict[str, list[str]] = {}
    for row in sorted(set_aside, key=distance):
        names_by_reason.setdefault(row.why, []).append(row.candidate.name)
    reasons = list(names_by_reason)
    lines = [f"  {', '.join(names_by_reason[why])}: {why}" for why in reasons[:MAX_REASONS_SHOWN]]
    others = sorted(name for why in reasons[MAX_REASONS_SHOWN:] for name in names_by_reason[why])
    return "\n".join([*lines, *([f"  further away: {', '.join(others)}"] if others else [])])
