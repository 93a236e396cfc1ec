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

from tower_anime_assets.engines.generate import Order, SuggestedParameters
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.digest import plain_data, seed_from
from tower_anime_assets.production.learning.attempts import AttemptRecord, success_rate
from tower_anime_assets.production.learning.tunable import Tunable
from tower_anime_assets.production.story.model import Learning
from tower_anime_assets.store import attempts
from tower_anime_assets.store.database import Database

if TYPE_CHECKING:
    from optuna.study import Study

Space = Mapping[str, Tunable]

DEFAULTS: Final = "defaults"
LEARNED: Final = "learned"
PRESET: Final = "preset"
PINNED: Final = "pinned"

FEW: Final = 20
"""Below so many attempts a bandit over presets is asked instead of a model, which would rest on next to nothing."""
MODEL_ROWS: Final = 500
"""The model is built from so many of the newest attempts: more cost time, and what is older has often drifted."""
RECENT: Final = 60
"""The model's proposals are judged by so many of its newest ones, since it gets better."""
PRESETS: Final = 8
"""Presets beside the defaults."""
REACH: Final = 0.3
"""How far a preset lies from the defaults at most, as a share of the range."""
_PRIMES: Final = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
TRUST: Final = (2.0, 1.0)
"""Successes and failures that the defaults are credited with beforehand, so that they are left only for a reason."""
DOUBT: Final = (1.0, 3.0)
"""The same of everything else."""

MOST_WORKED: Final = 6
"""Sentences about what worked that a director is told."""


@dataclass(frozen=True)
class Context:
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


def snapped(value: float, knob: Tunable, default: float | int = 0.0) -> float | int:
    """Return the nearest value that a parameter may have: a whole number where its default and every step are one."""
    inside = min(max(value, knob.low), knob.high)
    if knob.step > 0:
        inside = knob.low + round((inside - knob.low) / knob.step) * knob.step
        if inside > knob.high + 1e-9:
            inside -= knob.step
    is_whole = isinstance(default, int) and knob.step >= 1 and knob.step % 1 == 0 and knob.low % 1 == 0
    return round(inside) if is_whole else round(inside, 9)


@dataclass(frozen=True)
class Advisor:
    """Suggests parameters from attempts on record.

    Attributes:
        rows: Attempts of one engine that may be learned from, newest first.
    """

    rows: Sequence[AttemptRecord]

    def suggest(self, context: Context, base_parameters: Mapping[str, Any], space: Space) -> Suggestion:
        """Return what to try next; the defaults when nothing can be learned.

        Args:
            context: What it is for.
            base_parameters: The engine's own parameters: the defaults. Those that the space does not name stay as
                they are; a name of the space that is missing here, or is no number, is left alone.
            space: What may be changed, and how far.
        """
        knobs = {name: knob for name, knob in sorted(space.items()) if _is_number(base_parameters.get(name))}
        defaults = {name: base_parameters[name] for name in knobs}
        if not knobs:
            return Suggestion({}, DEFAULTS, {}, "nothing here may be changed")
        usable = [
            row for row in self.rows if row.engine == context.engine and knobs.keys() <= row.numeric_parameters.keys()
        ]
        near = [row for row in usable if row.mood == context.mood]
        rows, scope = (near, "mood") if len(near) >= FEW else (usable, "engine")
        chance = random.Random(seed_from(context.engine, context.mood, context.key, len(usable), *_newest(usable)))  # noqa: S311
        if len(rows) < FEW:
            return _from_presets(rows, defaults, knobs, chance)
        return _from_model(rows, scope, context, defaults, knobs, chance)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _newest(rows: Sequence[AttemptRecord]) -> tuple[str, ...]:
    return (rows[0].decision_id,) if rows else ()


# While attempts are few --------------------------------------------------------------------------------------------


def presets(defaults: Mapping[str, float | int], knobs: Space) -> dict[str, dict[str, float | int]]:
    """Return what the bandit chooses from, by source: the defaults, and points spread evenly around them."""
    found: dict[str, dict[str, float | int]] = {DEFAULTS: dict(defaults)}
    for index in range(1, PRESETS + 1):
        point = {}
        for prime, (name, base) in zip(itertools.cycle(_PRIMES), defaults.items(), strict=False):
            # A lattice by the fractional parts of square roots of primes: even in every few of its dimensions.
            share = (index * math.sqrt(prime)) % 1.0
            span = knobs[name].high - knobs[name].low
            point[name] = snapped(base + (2 * share - 1) * REACH * span, knobs[name], base)
        found[f"{PRESET}:{index}"] = point
    return found


def _from_presets(
    rows: Sequence[AttemptRecord], defaults: Mapping[str, float | int], knobs: Space, chance: random.Random
) -> Suggestion:
    """Return the preset with the best draw from what its attempts make likely (Beta-Thompson sampling)."""
    options = presets(defaults, knobs)
    tried = {source: [row for row in rows if _arm(row, defaults) == source] for source in options}
    credited = {source: TRUST if source == DEFAULTS else DOUBT for source in options}
    draws = {source: _draw(members, chance, credited[source]) for source, members in tried.items()}
    best = max(draws, key=lambda source: draws[source])
    evidence = {
        "rows": len(rows),
        "tried": {source: [sum(row.is_success for row in members), len(members)] for source, members in tried.items()},
    }
    seen = success_rate(tried[best])
    words = f"{best} of {len(options)} presets, accepted {seen.successes} of {seen.tries} times so far"
    return Suggestion(options[best], best, evidence, words)


def _arm(row: AttemptRecord, defaults: Mapping[str, float | int]) -> str:
    """Return which choice an attempt belongs to; with the defaults' values or without advice, to the defaults."""
    numbers = row.numeric_parameters
    if all(math.isclose(numbers[name], base, abs_tol=1e-9) for name, base in defaults.items()):
        return DEFAULTS
    return row.source or DEFAULTS


def _draw(rows: Sequence[AttemptRecord], chance: random.Random, credit: tuple[float, float]) -> float:
    successes = sum(row.is_success for row in rows)
    return chance.betavariate(credit[0] + successes, credit[1] + len(rows) - successes)


# With more ---------------------------------------------------------------------------------------------------------


def _from_model(
    rows: Sequence[AttemptRecord],
    scope: str,
    context: Context,
    defaults: Mapping[str, float | int],
    knobs: Space,
    chance: random.Random,
) -> Suggestion:
    """Return the model's proposal or the defaults, whichever draws better from what was accepted of each."""
    arms = [_arm(row, defaults) for row in rows]
    plain = [row for row, arm in zip(rows, arms, strict=True) if arm == DEFAULTS]
    learned = [row for row, arm in zip(rows, arms, strict=True) if arm == LEARNED][:RECENT]
    evidence: dict[str, Any] = {"rows": len(rows), "scope": scope}
    for name, members in ((DEFAULTS, plain), (LEARNED, learned)):
        found = success_rate(members)
        evidence[name] = {"accepted": found.successes, "of": found.tries, "low": found.low, "high": found.high}
    said = f"the engine's defaults were accepted {success_rate(plain)}, learned parameters {success_rate(learned)}"
    where = f"in {context.mood} scenes" if scope == "mood" and context.mood else "over all moods"
    if _draw(plain, chance, TRUST) > _draw(learned, chance, DOUBT):
        return Suggestion(dict(defaults), DEFAULTS, evidence, f"{said}, {where}")
    proposed = _proposed(rows[:MODEL_ROWS], defaults, knobs, chance.getrandbits(31))
    return Suggestion(proposed, LEARNED, evidence, f"from {len(rows)} attempts {where}: {said}")


def _proposed(
    rows: Sequence[AttemptRecord], defaults: Mapping[str, float | int], knobs: Space, seed: int
) -> dict[str, float | int]:
    """Return what a model of the good attempts proposes; the defaults first, if they were never tried."""
    study = _study(rows, defaults, knobs, seed)
    trial = study.ask(_distributions(knobs))
    return {name: snapped(trial.params[name], knobs[name], defaults[name]) for name in knobs}


def _reward(row: AttemptRecord) -> float:
    """Return what the model is to find more of: successes first, among them by score."""
    return row.score + float(row.is_success)


def _study(rows: Sequence[AttemptRecord], defaults: Mapping[str, float | int], knobs: Space, seed: int) -> Study:
    import optuna  # here, since a run that asks for no suggestion should not wait for it

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        # Multivariate sampling is marked experimental: parameters work together, and without it they are taken apart.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, n_startup_trials=0)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    distributions = _distributions(knobs)
    study.add_trials(
        optuna.trial.create_trial(
            params={name: float(snapped(row.numeric_parameters[name], knob)) for name, knob in knobs.items()},
            distributions=distributions,
            value=_reward(row),
        )
        for row in reversed(rows)
    )
    if not any(_arm(row, defaults) == DEFAULTS for row in rows):
        study.enqueue_trial({name: float(snapped(defaults[name], knob)) for name, knob in knobs.items()})
    return study


def _distributions(knobs: Space) -> dict[str, Any]:
    from optuna.distributions import FloatDistribution

    return {
        name: FloatDistribution(knob.low, float(snapped(knob.high, knob)), step=knob.step or None)
        for name, knob in knobs.items()
    }


# For an order ------------------------------------------------------------------------------------------------------


@runtime_checkable
class TunableEngine(Protocol):
    """An engine that says which of its parameters may be changed, and how far."""

    @property
    def tunable(self) -> Space: ...


def advise(order: Order[Any], parameters: Mapping[str, Any], *, database: Database) -> SuggestedParameters:
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
    settings = attempts.list_learning_settings(database)
    learning = settings.get(order.position.project, Learning())
    pins = _pinned(learning, engine.tunable, parameters, engine.name)
    free = {name: knob for name, knob in engine.tunable.items() if name not in pins}
    if not learning.suggest or not free:
        pinned = {"advice": {"source": PINNED, "pins": pins}} if pins else {}
        return SuggestedParameters({**parameters, **pins, **pinned}, " ".join(_said(learning, pins)))
    sharing = attempts.projects_to_learn_from(settings, order.position.project)
    rows = attempts.list_newest(database, sharing, engine=engine.name, stage=order.stage, with_cast=False)
    first = engine.plan_attempt(order.brief, 1, ())
    suggested = Advisor(rows).suggest(context_of(order, parameters), first, free)
    chosen = {
        name: _moved(value, first[name], parameters[name], free[name])
        for name, value in suggested.parameters.items()
        if suggested.source != DEFAULTS and _is_number(parameters.get(name))
    }
    advice = {
        "source": suggested.source,
        "evidence": plain_data(suggested.evidence),
        "pins": pins,
        "projects": list(sharing),
    }
    words = [f"Parameters: {suggested.reasoning}."] if suggested.reasoning else []
    return SuggestedParameters(
        {**parameters, **chosen, **pins, "advice": advice}, " ".join([*words, *_said(learning, pins)])
    )


def context_of(order: Order[Any], parameters: Mapping[str, Any]) -> Context:
    """Return what an order's suggestion is for; the mood as `outcomes.list_newest` reads it from briefs."""
    brief = order.brief
    setting = getattr(brief, "setting", None)
    mood = setting.mood if setting is not None else getattr(brief, "mood", "") or getattr(brief, "emotion", "")
    return Context(order.engine.name, mood, key=f"{order.digest}:{parameters.get('seed')}")


def _pinned(learning: Learning, space: Space, parameters: Mapping[str, Any], engine: str) -> dict[str, float | int]:
    """Return the pins that this engine has; others are meant for other engines."""
    found = {}
    for name, value in learning.pins.items():
        if name not in space or not _is_number(parameters.get(name)):
            continue
        legal = snapped(value, space[name], parameters[name])
        if not math.isclose(legal, value, abs_tol=1e-6):
            knob = space[name]
            raise PlanError(
                f"learning.pins in project.yaml sets {name} to {value:g}, which {engine} does not take: expected "
                f"{knob.low:g} to {knob.high:g}"
                + (f" in steps of {knob.step:g}" if knob.step else "")
                + f"; {legal:g} is the nearest"
            )
        found[name] = legal
    return found


def _said(learning: Learning, pins: Mapping[str, float | int]) -> list[str]:
    """Return what is pinned, and what cannot be here, so that a misspelt name does not go unnoticed."""
    said = [f"The project pins {name} to {value:g}." for name, value in pins.items()]
    said += [f"The project pins {name}, which this engine cannot change." for name in learning.pins if name not in pins]
    return said


def _moved(suggested: float | int, first: float | int, planned: float | int, knob: Tunable) -> float | int:
    """Return a suggested value, moved by as much as the engine moved its own since the first attempt."""
    return snapped(suggested + (planned - first), knob, first)


def worked_before(database: Database, project_id: str) -> tuple[str, ...]:
    """Return what is known to work or not to work in a project, for its director, the best founded first."""
    return tuple(pattern.pattern for pattern in attempts.list_patterns(database, project_id)[:MOST_WORKED])
