"""Suggestions: parameters for the next attempt, from what was accepted before; each with the evidence it rests on.

While attempts are few, a bandit chooses between presets; with more, a model of the good parameters (tree-structured
Parzen estimator) proposes. Either way the proposal competes with the engine's own defaults by how often each was
accepted, so that a suggestion that does not help is soon not made any more. Nothing is kept here: every suggestion is
formed from the record's rows, and equal rows give equal suggestions.
"""

from __future__ import annotations

import itertools
import math
import random
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from tower_anime_assets.engines.attempts import SuggestedParameters
from tower_anime_assets.engines.orders import Order
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.digest import plain_data, seed_from
from tower_anime_assets.production.learning.attempts import AttemptRecord, success_rate
from tower_anime_assets.production.learning.tunable import Tunable
from tower_anime_assets.production.story.model import Learning
from tower_anime_assets.store import attempts
from tower_anime_assets.store.database import Database

if TYPE_CHECKING:
    from optuna.study import Study

ParameterSpace = Mapping[str, Tunable]

DEFAULTS: Final = "defaults"
LEARNED: Final = "learned"
PRESET: Final = "preset"
PINNED: Final = "pinned"

MIN_MODEL_ROWS: Final = 20
"""Below so many attempts a bandit over presets is asked instead of a model, which would rest on next to nothing."""
MAX_MODEL_ROWS: Final = 500
"""The model is built from so many of the newest attempts: more cost time, and what is older has often drifted."""
RECENT_PROPOSALS: Final = 60
"""The model's proposals are judged by so many of its newest ones, since it gets better."""
PRESET_COUNT: Final = 8
"""Presets beside the defaults."""
PRESET_SPREAD: Final = 0.3
"""How far a preset lies from the defaults at most, as a share of the range."""
_PRIMES: Final = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
DEFAULTS_PRIOR: Final = (2.0, 1.0)
"""Successes and failures that the defaults are credited with beforehand, so that they are left only for a reason."""
CHALLENGER_PRIOR: Final = (1.0, 3.0)
"""The same of everything else."""

MAX_PATTERN_SENTENCES: Final = 6
"""Sentences about what worked that a director is told."""


@dataclass(frozen=True)
class SuggestionContext:
    """What a suggestion is for.

    Attributes:
        engine: The engine's name; nothing is learned across engines.
        mood: The scene's mood, "" when it has none.
        key: What tells this attempt from others that are made of the same rows at the same time.
    """

    engine: str
    mood: str = ""
    key: str = ""


@dataclass(frozen=True)
class Suggestion:
    """Parameters for an attempt, and why.

    Attributes:
        parameters: Every parameter of the space.
        source: "defaults", "preset:NUMBER" or "learned".
        evidence: The figures it rests on, JSON-ready.
        reasoning: The same in words.
    """

    parameters: Mapping[str, float | int]
    source: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    reasoning: str = ""


def snap_to_step(value: float, tunable: Tunable, default: float | int = 0.0) -> float | int:
    """Return the nearest value that a parameter may have: a whole number where its default and every step are one."""
    clamped = min(max(value, tunable.low), tunable.high)
    if tunable.step > 0:
        clamped = tunable.low + round((clamped - tunable.low) / tunable.step) * tunable.step
        if clamped > tunable.high + 1e-9:
            clamped -= tunable.step
    is_whole = isinstance(default, int) and tunable.step >= 1 and tunable.step % 1 == 0 and tunable.low % 1 == 0
    return round(clamped) if is_whole else round(clamped, 9)


@dataclass(frozen=True)
class ParameterSuggester:
    """Suggests parameters from attempts on record.

    Attributes:
        rows: Attempts of one engine that may be learned from, newest first.
    """

    rows: Sequence[AttemptRecord]

    def suggest(
        self, context: SuggestionContext, base_parameters: Mapping[str, Any], space: ParameterSpace
    ) -> Suggestion:
        """Return what to try next; the defaults when nothing can be learned.

        Args:
            context: What it is for.
            base_parameters: The engine's own parameters: the defaults. Those that the space does not name stay as
                they are; a name of the space that is missing here, or is no number, is left alone.
            space: What may be changed, and how far.
        """
        tunables = {name: tunable for name, tunable in sorted(space.items()) if _is_number(base_parameters.get(name))}
        defaults = {name: base_parameters[name] for name in tunables}
        if not tunables:
            return Suggestion({}, DEFAULTS, {}, "nothing here may be changed")
        usable = [
            row
            for row in self.rows
            if row.engine == context.engine and tunables.keys() <= row.numeric_parameters.keys()
        ]
        same_mood = [row for row in usable if row.mood == context.mood]
        rows, scope = (same_mood, "mood") if len(same_mood) >= MIN_MODEL_ROWS else (usable, "engine")
        seed = seed_from(context.engine, context.mood, context.key, len(usable), *_newest_decision(usable))
        rng = random.Random(seed)  # noqa: S311 - a repeatable draw, not cryptography
        if len(rows) < MIN_MODEL_ROWS:
            return _suggest_preset(rows, defaults, tunables, rng)
        return _suggest_from_model(rows, scope, context, defaults, tunables, rng)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _newest_decision(rows: Sequence[AttemptRecord]) -> tuple[str, ...]:
    return (rows[0].decision_id,) if rows else ()


# While attempts are few --------------------------------------------------------------------------------------------


def build_presets(defaults: Mapping[str, float | int], tunables: ParameterSpace) -> dict[str, dict[str, float | int]]:
    """Return what the bandit chooses from, by source: the defaults, and points spread evenly around them."""
    presets_by_source: dict[str, dict[str, float | int]] = {DEFAULTS: dict(defaults)}
    for index in range(1, PRESET_COUNT + 1):
        point = {}
        for prime, (name, base) in zip(itertools.cycle(_PRIMES), defaults.items(), strict=False):
            # A lattice by the fractional parts of square roots of primes: even in every few of its dimensions.
            fraction = (index * math.sqrt(prime)) % 1.0
            span = tunables[name].high - tunables[name].low
            point[name] = snap_to_step(base + (2 * fraction - 1) * PRESET_SPREAD * span, tunables[name], base)
        presets_by_source[f"{PRESET}:{index}"] = point
    return presets_by_source


def _suggest_preset(
    rows: Sequence[AttemptRecord], defaults: Mapping[str, float | int], tunables: ParameterSpace, rng: random.Random
) -> Suggestion:
    """Return the preset with the best draw from what its attempts make likely (Beta-Thompson sampling)."""
    options = build_presets(defaults, tunables)
    rows_by_source = {source: [row for row in rows if _arm(row, defaults) == source] for source in options}
    priors = {source: DEFAULTS_PRIOR if source == DEFAULTS else CHALLENGER_PRIOR for source in options}
    draws = {source: _draw_rate(members, rng, priors[source]) for source, members in rows_by_source.items()}
    best = max(draws, key=lambda source: draws[source])
    evidence = {
        "rows": len(rows),
        "tried": {
            source: [sum(row.is_success for row in members), len(members)] for source, members in rows_by_source.items()
        },
    }
    best_rate = success_rate(rows_by_source[best])
    reasoning = f"{best} of {len(options)} presets, accepted {best_rate.successes} of {best_rate.tries} times so far"
    return Suggestion(options[best], best, evidence, reasoning)


def _arm(row: AttemptRecord, defaults: Mapping[str, float | int]) -> str:
    """Return which choice an attempt belongs to; with the defaults' values or without advice, to the defaults."""
    numbers = row.numeric_parameters
    if all(math.isclose(numbers[name], base, abs_tol=1e-9) for name, base in defaults.items()):
        return DEFAULTS
    return row.source or DEFAULTS


def _draw_rate(rows: Sequence[AttemptRecord], rng: random.Random, prior: tuple[float, float]) -> float:
    successes = sum(row.is_success for row in rows)
    return rng.betavariate(prior[0] + successes, prior[1] + len(rows) - successes)


# With more ---------------------------------------------------------------------------------------------------------


def _suggest_from_model(
    rows: Sequence[AttemptRecord],
    scope: str,
    context: SuggestionContext,
    defaults: Mapping[str, float | int],
    tunables: ParameterSpace,
    rng: random.Random,
) -> Suggestion:
    """Return the model's proposal or the defaults, whichever draws better from what was accepted of each."""
    arms = [_arm(row, defaults) for row in rows]
    default_rows = [row for row, arm in zip(rows, arms, strict=True) if arm == DEFAULTS]
    learned_rows = [row for row, arm in zip(rows, arms, strict=True) if arm == LEARNED][:RECENT_PROPOSALS]
    evidence: dict[str, Any] = {"rows": len(rows), "scope": scope}
    for name, members in ((DEFAULTS, default_rows), (LEARNED, learned_rows)):
        accept_rate = success_rate(members)
        evidence[name] = {
            "accepted": accept_rate.successes,
            "of": accept_rate.tries,
            "low": accept_rate.low,
            "high": accept_rate.high,
        }
    comparison = (
        f"the engine's defaults were accepted {success_rate(default_rows)}, "
        f"learned parameters {success_rate(learned_rows)}"
    )
    scope_note = f"in {context.mood} scenes" if scope == "mood" and context.mood else "over all moods"
    if _draw_rate(default_rows, rng, DEFAULTS_PRIOR) > _draw_rate(learned_rows, rng, CHALLENGER_PRIOR):
        return Suggestion(dict(defaults), DEFAULTS, evidence, f"{comparison}, {scope_note}")
    proposal = _propose(rows[:MAX_MODEL_ROWS], defaults, tunables, rng.getrandbits(31))
    return Suggestion(proposal, LEARNED, evidence, f"from {len(rows)} attempts {scope_note}: {comparison}")


def _propose(
    rows: Sequence[AttemptRecord], defaults: Mapping[str, float | int], tunables: ParameterSpace, seed: int
) -> dict[str, float | int]:
    """Return what a model of the good attempts proposes; the defaults first, if they were never tried."""
    study = _build_study(rows, defaults, tunables, seed)
    trial = study.ask(_distributions(tunables))
    return {name: snap_to_step(trial.params[name], tunables[name], defaults[name]) for name in tunables}


def _reward(row: AttemptRecord) -> float:
    """Return what the model is to find more of: successes first, among them by score."""
    return row.score + float(row.is_success)


def _build_study(
    rows: Sequence[AttemptRecord], defaults: Mapping[str, float | int], tunables: ParameterSpace, seed: int
) -> Study:
    import optuna  # here, since a run that asks for no suggestion should not wait for it

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        # Multivariate sampling is marked experimental: parameters work together, and without it they are taken apart.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, n_startup_trials=0)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    distributions = _distributions(tunables)
    study.add_trials(
        optuna.trial.create_trial(
            params={name: float(snap_to_step(row.numeric_parameters[name], knob)) for name, knob in tunables.items()},
            distributions=distributions,
            value=_reward(row),
        )
        for row in reversed(rows)
    )
    if not any(_arm(row, defaults) == DEFAULTS for row in rows):
        study.enqueue_trial({name: float(snap_to_step(defaults[name], knob)) for name, knob in tunables.items()})
    return study


def _distributions(tunables: ParameterSpace) -> dict[str, Any]:
    from optuna.distributions import FloatDistribution

    return {
        name: FloatDistribution(tunable.low, float(snap_to_step(tunable.high, tunable)), step=tunable.step or None)
        for name, tunable in tunables.items()
    }


# For an order ------------------------------------------------------------------------------------------------------


@runtime_checkable
class TunableEngine(Protocol):
    """An engine that says which of its parameters may be changed, and how far."""

    @property
    def tunable(self) -> ParameterSpace: ...


def suggest_parameters(order: Order[Any], parameters: Mapping[str, Any], *, database: Database) -> SuggestedParameters:
    """Return an attempt's parameters with what was learned and what the project pins worked in.

    Learned values stand for what a first attempt would use; where the engine has moved a parameter because of what the
    gates complained of, it is moved from there by as much. What was done and on which evidence stands under `advice`.

    Args:
        order: What is to be made.
        parameters: What the engine planned for this attempt.
        database: The record.

    Raises:
        PlanError: The project pins a parameter to a value that the engine does not take.
        ServiceUnavailableError: The database stays away.
    """
    engine = order.engine
    if not isinstance(engine, TunableEngine):
        return SuggestedParameters(parameters)
    learning_by_project = attempts.list_learning_settings(database)
    learning = learning_by_project.get(order.position.project, Learning())
    pins = _legal_pins(learning, engine.tunable, parameters, engine.name)
    free_space = {name: knob for name, knob in engine.tunable.items() if name not in pins}
    if not learning.suggest or not free_space:
        pinned = {"advice": {"source": PINNED, "pins": pins}} if pins else {}
        return SuggestedParameters({**parameters, **pins, **pinned}, " ".join(_pin_sentences(learning, pins)))
    project_ids = attempts.projects_to_learn_from(learning_by_project, order.position.project)
    rows = attempts.list_newest(database, project_ids, engine=engine.name, stage=order.stage, with_cast=False)
    first_parameters = engine.plan_attempt(order.brief, 1, ())
    suggestion = ParameterSuggester(rows).suggest(suggestion_context(order, parameters), first_parameters, free_space)
    suggested_values = {
        name: _shift_suggestion(value, first_parameters[name], parameters[name], free_space[name])
        for name, value in suggestion.parameters.items()
        if suggestion.source != DEFAULTS and _is_number(parameters.get(name))
    }
    evidence_record = {
        "source": suggestion.source,
        "evidence": plain_data(suggestion.evidence),
        "pins": pins,
        "projects": list(project_ids),
    }
    sentences = [f"Parameters: {suggestion.reasoning}."] if suggestion.reasoning else []
    return SuggestedParameters(
        {**parameters, **suggested_values, **pins, "advice": evidence_record},
        " ".join([*sentences, *_pin_sentences(learning, pins)]),
    )


def suggestion_context(order: Order[Any], parameters: Mapping[str, Any]) -> SuggestionContext:
    """Return what an order's suggestion is for; the mood as `outcomes.list_newest` reads it from briefs."""
    brief = order.brief
    setting = getattr(brief, "setting", None)
    mood = setting.mood if setting is not None else getattr(brief, "mood", "") or getattr(brief, "emotion", "")
    return SuggestionContext(order.engine.name, mood, key=f"{order.digest}:{parameters.get('seed')}")


def _legal_pins(
    learning: Learning, space: ParameterSpace, parameters: Mapping[str, Any], engine: str
) -> dict[str, float | int]:
    """Return the pins that this engine has; others are meant for other engines."""
    pins = {}
    for name, value in learning.pins.items():
        if name not in space or not _is_number(parameters.get(name)):
            continue
        nearest = snap_to_step(value, space[name], parameters[name])
        if not math.isclose(nearest, value, abs_tol=1e-6):
            tunable = space[name]
            raise PlanError(
                f"learning.pins in project.yaml sets {name} to {value:g}, which {engine} does not take: expected "
                f"{tunable.low:g} to {tunable.high:g}"
                + (f" in steps of {tunable.step:g}" if tunable.step else "")
                + f"; {nearest:g} is the nearest"
            )
        pins[name] = nearest
    return pins


def _pin_sentences(learning: Learning, pins: Mapping[str, float | int]) -> list[str]:
    """Return what is pinned, and what cannot be here, so that a misspelt name does not go unnoticed."""
    sentences = [f"The project pins {name} to {value:g}." for name, value in pins.items()]
    sentences += [
        f"The project pins {name}, which this engine cannot change." for name in learning.pins if name not in pins
    ]
    return sentences


def _shift_suggestion(
    suggested_value: float | int, first_value: float | int, planned_value: float | int, tunable: Tunable
) -> float | int:
    """Return a suggested value, moved by as much as the engine moved its own since the first attempt."""
    return snap_to_step(suggested_value + (planned_value - first_value), tunable, first_value)


def pattern_sentences(database: Database, project_id: str) -> tuple[str, ...]:
    """Return what is known to work or not to work in a project, for its director, the best founded first."""
    return tuple(pattern.pattern for pattern in attempts.list_patterns(database, project_id)[:MAX_PATTERN_SENTENCES])
