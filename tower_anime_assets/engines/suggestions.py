"""Suggested parameters for the next attempt, from what was accepted before, each with its evidence.

While attempts are few, a bandit chooses between presets; later a model of scores proposes (`learning.score_model`).
Either competes with the engine's defaults by the score that an attempt is expected to bring, acceptance included, so
that suggestions that do not help die out. Suggestions depend only on the record's rows: equal rows give equal
suggestions.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable

from tower_anime_assets.engines.attempts import SuggestedParameters
from tower_anime_assets.engines.orders import Order
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.digest import plain_data, seed_from
from tower_anime_assets.production.learning.attempts import AttemptRecord, scores_of, success_rate
from tower_anime_assets.production.learning.tunable import Tunable
from tower_anime_assets.production.story.model import Learning
from tower_anime_assets.production.story.quality import QUALITY, STEPS
from tower_anime_assets.production.value_origins import LEARNED_SUGGESTION, PROJECT_PIN, with_origins
from tower_anime_assets.production.verdicts import SCORE_AT_BAR
from tower_anime_assets.store import attempts
from tower_anime_assets.store.database import Database

ParameterSpace = Mapping[str, Tunable]

DEFAULTS: Final = "defaults"
LEARNED: Final = "learned"
PRESET: Final = "preset"
PINNED: Final = "pinned"

MIN_MODEL_ROWS: Final = 20
"""Attempts from which on the model proposes; with fewer the bandit chooses a preset."""
MAX_MODEL_ROWS: Final = 200
"""The newest attempts that the model is built from: more take time, and older ones have often drifted."""
RECENT_PROPOSALS: Final = 60
"""The newest proposals that the model is judged by, since it improves."""
PRESET_COUNT: Final = 8
"""Presets beside the defaults."""
PRESET_SPREAD: Final = 0.3
"""The largest distance of a preset from the defaults, as a share of the range."""
_PRIMES: Final = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
DEFAULTS_PRIOR: Final = (2.0, 1.0)
"""Prior successes and failures of the defaults, so that they are left only for a reason."""
CHALLENGER_PRIOR: Final = (1.0, 3.0)
"""Prior successes and failures of the model's proposals."""
PRESET_PRIOR: Final = (1.0, 5.0)
"""Prior successes and failures of each preset: the luckiest of eight draws counts, so each is doubted more."""
TRUST_POWER: Final = 4
"""Where the defaults are accepted in a share `a` of attempts, proposals are expected to be accepted in `a ** 4`, unless
`CHALLENGER_PRIOR` is more: where nearly everything is accepted, a trial that fails costs little."""
SCORE_PRIOR: Final = (0.75, 2.0)
"""Prior mean score of what is accepted, halfway between the bar and what is good, and how many attempts it weighs."""
SCORE_SPREAD: Final = 0.15
"""Standard deviation of the scores of accepted attempts with equal parameters."""
OPTIMISM: Final = 0.6
"""Most standard deviations that are added to a proposal's expected score, so that what is little known is tried: where
much can be gained, since the defaults are rejected, or little lost, since nearly everything is accepted."""
NEAR_PROPOSALS: Final = 40
"""Points near each of the best `BEST_ATTEMPTS` attempts among which the model chooses."""
BEST_ATTEMPTS: Final = 5
MOVED_SHARE: Final = 1 / 3
"""Share of the parameters in which such a point differs: where all differ at once, what was good is lost.

Source:
    R. G. Regis, C. A. Shoemaker, "Combining radial basis function surrogates and dynamic coordinate search", 2013.
"""
NEAR_SPREAD: Final = 0.2
"""Standard deviation of the distance in each, as a share of the range."""

MAX_PATTERN_SENTENCES: Final = 6
"""Learned patterns that a director is told."""


@dataclass(frozen=True)
class SuggestionContext:
    """What a suggestion is for.

    Attributes:
        engine: The engine's name; nothing is learned across engines.
        mood: The scene's mood, "" when it has none.
        key: Tells this attempt from others with the same rows.
    """

    engine: str
    mood: str = ""
    key: str = ""


@dataclass(frozen=True)
class Suggestion:
    """Parameters for an attempt, and why.

    Attributes:
        parameters: A value for every parameter of the space.
        source: "defaults", "preset:NUMBER" or "learned".
        evidence: The numbers it rests on, JSON-ready.
        reasoning: The same in words.
    """

    parameters: Mapping[str, float | int]
    source: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    reasoning: str = ""


def snap_to_step(value: float, tunable: Tunable, default: float | int = 0.0) -> float | int:
    """Return the nearest legal value of a parameter, an int where its default and every step are whole."""
    clamped = min(max(value, tunable.low), tunable.high)
    if tunable.step > 0:
        clamped = tunable.low + round((clamped - tunable.low) / tunable.step) * tunable.step
        if clamped > tunable.high + 1e-9:
            clamped -= tunable.step
    is_whole = isinstance(default, int) and tunable.step >= 1 and tunable.step % 1 == 0 and tunable.low % 1 == 0
    return round(clamped) if is_whole else round(clamped, 9)


@dataclass(frozen=True)
class ParameterSuggester:
    """Suggests parameters from one engine's attempts, newest first."""

    rows: Sequence[AttemptRecord]

    def suggest(
        self, context: SuggestionContext, base_parameters: Mapping[str, Any], space: ParameterSpace
    ) -> Suggestion:
        """Return what to try next; the defaults if nothing can be learned.

        Args:
            context: What it is for.
            base_parameters: The engine's own parameters, the defaults.
            space: The parameters that may be changed; those that are not numbers in `base_parameters` are ignored.
        """
        tunables = {name: tunable for name, tunable in sorted(space.items()) if _is_number(base_parameters.get(name))}
        defaults = {name: base_parameters[name] for name in tunables}
        if not tunables:
            return Suggestion({}, DEFAULTS, {}, "no parameter may be changed")
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
        return _suggest_from_model(usable, rows, scope, context, defaults, tunables, rng)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _newest_decision(rows: Sequence[AttemptRecord]) -> tuple[str, ...]:
    return (rows[0].decision_id,) if rows else ()


# While attempts are few --------------------------------------------------------------------------------------------


def build_presets(defaults: Mapping[str, float | int], tunables: ParameterSpace) -> dict[str, dict[str, float | int]]:
    """Return the bandit's choices by source: the defaults, and points spread evenly around them."""
    presets_by_source: dict[str, dict[str, float | int]] = {DEFAULTS: dict(defaults)}
    for index in range(1, PRESET_COUNT + 1):
        point = {}
        for prime, (name, base) in zip(itertools.cycle(_PRIMES), defaults.items(), strict=False):
            # The fractional parts of square roots of primes make a lattice that is even in every few dimensions.
            fraction = (index * math.sqrt(prime)) % 1.0
            span = tunables[name].high - tunables[name].low
            point[name] = snap_to_step(base + (2 * fraction - 1) * PRESET_SPREAD * span, tunables[name], base)
        presets_by_source[f"{PRESET}:{index}"] = point
    return presets_by_source


def _suggest_preset(
    rows: Sequence[AttemptRecord], defaults: Mapping[str, float | int], tunables: ParameterSpace, rng: random.Random
) -> Suggestion:
    """Return a preset by Thompson sampling of what each brings."""
    options = build_presets(defaults, tunables)
    rows_by_source = {source: [row for row in rows if _arm(row, defaults) == source] for source in options}
    priors = {source: DEFAULTS_PRIOR if source == DEFAULTS else PRESET_PRIOR for source in options}
    draws = {source: _draw_value(members, rng, priors[source]) for source, members in rows_by_source.items()}
    best = max(draws, key=lambda source: draws[source])
    rates = {source: success_rate(members) for source, members in rows_by_source.items()}
    evidence = {"rows": len(rows), "tried": {source: [rate.successes, rate.tries] for source, rate in rates.items()}}
    counts = f"{rates[best].successes} of {rates[best].tries}"
    return Suggestion(
        options[best], best, evidence, f"{best} of {len(options)} presets, accepted {counts} times so far"
    )


def _arm(row: AttemptRecord, defaults: Mapping[str, float | int]) -> str:
    """Return the choice that an attempt counts for: the defaults if it has their values or no suggestion."""
    numbers = row.numeric_parameters
    if all(math.isclose(numbers[name], base, abs_tol=1e-9) for name, base in defaults.items()):
        return DEFAULTS
    return row.source or DEFAULTS


def _draw_value(rows: Sequence[AttemptRecord], rng: random.Random, prior: tuple[float, float]) -> float:
    """Return a draw of the score that an attempt brings: acceptance times the mean score of what is accepted."""
    successes = [row for row in rows if row.is_success]
    rate = rng.betavariate(prior[0] + len(successes), prior[1] + len(rows) - len(successes))
    scores = [row.worth for row in successes if row.score is not None]
    prior_mean, prior_rows = SCORE_PRIOR
    weight = prior_rows + len(scores)
    mean = rng.gauss((prior_mean * prior_rows + sum(scores)) / weight, SCORE_SPREAD / math.sqrt(weight))
    return rate * min(1.0, max(SCORE_AT_BAR, mean))


# With more ---------------------------------------------------------------------------------------------------------


def _suggest_from_model(
    usable: Sequence[AttemptRecord],
    rows: Sequence[AttemptRecord],
    scope: str,
    context: SuggestionContext,
    defaults: Mapping[str, float | int],
    tunables: ParameterSpace,
    rng: random.Random,
) -> Suggestion:
    """Return the model's proposal or the defaults, by Thompson sampling of what both bring.

    Args:
        usable: Attempts in all moods, of which the model is built.
        rows: Those by which both are judged.
        scope: What those have in common, "mood" or "engine".
        context: What the suggestion is for.
        defaults: The engine's defaults.
        tunables: The parameters that may be changed.
        rng: For draws.
    """
    arms = [_arm(row, defaults) for row in rows]
    default_rows = [row for row, arm in zip(rows, arms, strict=True) if arm == DEFAULTS]
    learned_rows = [row for row, arm in zip(rows, arms, strict=True) if arm == LEARNED][:RECENT_PROPOSALS]
    rates = {DEFAULTS: success_rate(default_rows), LEARNED: success_rate(learned_rows)}
    evidence: dict[str, Any] = {"rows": len(rows), "scope": scope}
    words = {}
    for name, members in ((DEFAULTS, default_rows), (LEARNED, learned_rows)):
        rate, scores = rates[name], scores_of(row for row in members if row.is_success)
        mean = round(sum(scores) / len(scores), 4) if scores else None
        evidence[name] = {
            "accepted": rate.successes, "of": rate.tries, "low": rate.low, "high": rate.high, "mean_score": mean,
        }  # fmt: skip
        words[name] = str(rate) + ("" if mean is None else f" with a mean score of {mean:.2f}")
    comparison = f"the engine's defaults were accepted {words[DEFAULTS]}, learned parameters {words[LEARNED]}"
    scope_note = f"in {context.mood} scenes" if scope == "mood" and context.mood else "over all moods"
    tried = rates[DEFAULTS]
    accepted = (DEFAULTS_PRIOR[0] + tried.successes) / (sum(DEFAULTS_PRIOR) + tried.tries)
    trust = accepted**TRUST_POWER
    weight = sum(CHALLENGER_PRIOR)
    expected = max(CHALLENGER_PRIOR[0] / weight, trust)
    learned_prior = (weight * expected, weight * (1.0 - expected))
    if _draw_value(default_rows, rng, DEFAULTS_PRIOR) > _draw_value(learned_rows, rng, learned_prior):
        return Suggestion(dict(defaults), DEFAULTS, evidence, f"{comparison}, {scope_note}")
    seed, optimism = rng.getrandbits(31), OPTIMISM * max(trust, 1.0 - accepted)
    proposal = _propose(usable[:MAX_MODEL_ROWS], context.mood, defaults, tunables, optimism, seed)
    return Suggestion(proposal, LEARNED, evidence, f"from {len(rows)} attempts {scope_note}: {comparison}")


def _propose(
    rows: Sequence[AttemptRecord],
    mood: str,
    defaults: Mapping[str, float | int],
    tunables: ParameterSpace,
    optimism: float,
    seed: int,
) -> dict[str, float | int]:
    """Return the parameters of which a model of the attempts expects most; the defaults, if they were never tried."""
    import numpy as np  # as SciPy in the model, slow to load, and most runs need no suggestion

    from tower_anime_assets.production.learning.score_model import fit_scores

    if not any(_arm(row, defaults) == DEFAULTS for row in rows):
        return dict(defaults)

    def place(values: Mapping[str, float | int]) -> list[float]:
        """Return a point of the unit cube."""
        shares = [(values[name] - one.low) / ((one.high - one.low) or 1.0) for name, one in tunables.items()]
        return [min(1.0, max(0.0, share)) for share in shares]

    def legal(point: Sequence[float]) -> dict[str, float | int]:
        return {
            name: snap_to_step(one.low + float(share) * (one.high - one.low), one, defaults[name])
            for share, (name, one) in zip(point, tunables.items(), strict=True)
        }

    tried = np.array([place(row.numeric_parameters) for row in rows])
    model = fit_scores(tried, [row.mood for row in rows], [row.worth for row in rows])
    best = tried[np.argsort(-model.predict(tried, mood)[0], kind="stable")[:BEST_ATTEMPTS]]
    draws = np.random.default_rng(seed)
    near = np.repeat(best, NEAR_PROPOSALS, axis=0)
    moves = draws.normal(0.0, NEAR_SPREAD, near.shape) * (draws.random(near.shape) < MOVED_SHARE)
    proposals = [dict(defaults), *map(legal, np.clip(near + moves, 0.0, 1.0))]
    means, spreads = model.predict(np.array([place(one) for one in proposals]), mood)
    return proposals[int(np.argmax(means + optimism * spreads))]


# For an order ------------------------------------------------------------------------------------------------------


@runtime_checkable
class TunableEngine(Protocol):
    """An engine with parameters that suggestions may change."""

    @property
    def tunable(self) -> ParameterSpace: ...


def suggest_parameters(order: Order[Any], parameters: Mapping[str, Any], *, database: Database) -> SuggestedParameters:
    """Return an attempt's parameters with learned values and the project's pins, and the evidence under `advice`.

    A learned value replaces a first attempt's; if the engine has changed the parameter since, because of complaints,
    the learned value is changed by as much.

    Args:
        order: The order.
        parameters: The engine's parameters for this attempt.
        database: The record.

    Raises:
        PlanError: The project pins a parameter to a value that the engine does not take.
        ServiceUnavailableError: The database does not answer.
    """
    engine = order.engine
    if not isinstance(engine, TunableEngine):
        return SuggestedParameters(parameters)
    learning_by_project = attempts.list_learning_settings(database)
    learning = learning_by_project.get(order.position.project, Learning())
    pins = _legal_pins(learning, engine.tunable, parameters, engine.name)
    held = {STEPS} if QUALITY in parameters else set()  # what the level decided
    free_space = {name: knob for name, knob in engine.tunable.items() if name not in pins and name not in held}
    if not learning.suggest or not free_space:
        pinned = {"advice": {"source": PINNED, "pins": pins}} if pins else {}
        pinned_parameters = with_origins({**parameters, **pins, **pinned}, dict.fromkeys(pins, PROJECT_PIN))
        return SuggestedParameters(pinned_parameters, " ".join(_pin_sentences(learning, pins)))
    project_ids = attempts.projects_to_learn_from(learning_by_project, order.position.project)
    rows = attempts.list_newest(database, project_ids, engine=engine.name, stage=order.stage, with_cast=False)
    rows = tuple(row for row in rows if row.parameters.get(QUALITY) == parameters.get(QUALITY))
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
    origins = {
        name: f"{LEARNED_SUGGESTION} {suggestion.source}: {suggestion.reasoning}"
        for name, value in suggested_values.items()
        if value != parameters[name]
    }
    return SuggestedParameters(
        with_origins(
            {**parameters, **suggested_values, **pins, "advice": evidence_record},
            {**origins, **dict.fromkeys(pins, PROJECT_PIN)},
        ),
        " ".join([*sentences, *_pin_sentences(learning, pins)]),
    )


def suggestion_context(order: Order[Any], parameters: Mapping[str, Any]) -> SuggestionContext:
    """Return what an order's suggestion is for, with the mood as `attempts.list_newest` reads it from briefs."""
    brief = order.brief
    setting = getattr(brief, "setting", None)
    mood = setting.mood if setting is not None else getattr(brief, "mood", "") or getattr(brief, "emotion", "")
    return SuggestionContext(order.engine.name, mood, key=f"{order.digest}:{parameters.get('seed')}")


def _legal_pins(
    learning: Learning, space: ParameterSpace, parameters: Mapping[str, Any], engine: str
) -> dict[str, float | int]:
    """Return the pins of this engine's parameters; others are meant for other engines."""
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
    """Return what is pinned and what this engine cannot pin, so that a misspelt name is noticed."""
    sentences = [f"The project pins {name} to {value:g}." for name, value in pins.items()]
    sentences += [
        f"The project pins {name}, which this engine cannot change." for name in learning.pins if name not in pins
    ]
    return sentences


def _shift_suggestion(
    suggested_value: float | int, first_value: float | int, planned_value: float | int, tunable: Tunable
) -> float | int:
    """Return a suggested value, changed by as much as the engine changed its own since the first attempt."""
    return snap_to_step(suggested_value + (planned_value - first_value), tunable, first_value)


def pattern_sentences(database: Database, project_id: str) -> tuple[str, ...]:
    """Return a project's learned patterns for its director, best supported first."""
    return tuple(pattern.pattern for pattern in attempts.list_patterns(database, project_id)[:MAX_PATTERN_SENTENCES])
