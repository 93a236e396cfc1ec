"""Estimates: what making an episode, some shots or one more take would cost, and whether the caps have room for it.

Nothing is guessed: where no figure is known, there is none, and the reason is told.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tower_anime_assets.engines.protocols import Engine, RemoteEngine
from tower_anime_assets.engines.spending import SpendingGuard, is_hired
from tower_anime_assets.errors import NotAcceptedError, PlanError, UnknownKeyError
from tower_anime_assets.production.spending import MONEY, CapUse, JobCost, SpendingRules, bare_engine_name
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.stages.approvals import held_stages
from tower_anime_assets.stages.clip_forms import finishing_policy, made_brief
from tower_anime_assets.stages.clips import CLIPS, clip_brief, clip_engine_choice
from tower_anime_assets.stages.current_episode import read_stamp
from tower_anime_assets.stages.dry_run import EpisodeForecast, PlannedTake, episode_from_files, forecast_episode
from tower_anime_assets.stages.finishing import foreseen_finishing
from tower_anime_assets.stages.registry import EPISODE_STAGES, stage_named
from tower_anime_assets.stages.shot_plans import episode_plan
from tower_anime_assets.stages.shots import following_shots
from tower_anime_assets.stages.stage import EpisodeRun
from tower_anime_assets.stages.studio import ROUTER_MAX_AGE_S, Studio
from tower_anime_assets.store import decisions

_MADE_HERE: Final = ("embedded-", "house-", "music-library")
"""How the names of engines begin that cost nothing."""


@dataclass(frozen=True)
class StageEstimate:
    """What would be made of one stage with one engine.

    Attributes:
        engine: Who would make it, "" where that is not known yet.
        takes: How many.
        jobs: Jobs at services, 0 for what is made on this machine.
        seconds: How long making them takes, one after another; None, like `gpu_s` and `money`, if nobody can say.
        basis: What the figures rest on, such as "median of 12 jobs".
        at_most: By how many attempts the figures are multiplied where gates reject every take but the last.
    """

    stage: str
    engine: str
    takes: int
    jobs: int
    seconds: float | None
    gpu_s: float | None
    money: float | None
    basis: str
    at_most: int


@dataclass(frozen=True)
class CostEstimate:
    """What would be begun.

    Attributes:
        key: Of the episode.
        shots: The shots that it is for, () for the whole episode.
        takes: How many takes would be made.
        jobs: Jobs at services.
        seconds: How long making them takes, one after another; None, like `gpu_s` and `money`, if nobody can say.
        currency: Of `money`; "" where no prices are set.
        most_gpu_s: `gpu_s` if gates reject as many takes as they may; `most_money` likewise.
        stages: The same by stage and engine.
        caps: How much is used of each cap that the work counts for.
        unknown: Why figures are missing, a sentence each.
        notes: What is not counted, and why, likewise.
        can_begin: Whether the caps have room for the first job, so that a run makes something.
        fits: Whether they have room for all of it, where every first take is accepted.
    """

    key: str
    shots: tuple[str, ...]
    takes: int
    jobs: int
    seconds: float | None
    gpu_s: float | None
    money: float | None
    currency: str
    most_gpu_s: float | None
    most_money: float | None
    stages: tuple[StageEstimate, ...]
    caps: tuple[CapUse, ...]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]
    can_begin: bool
    fits: bool

    @property
    def refusals(self) -> tuple[str, ...]:
        """Why not all of it may be begun, a sentence each."""
        return tuple(use.refusal for use in self.caps if use.refusal)


def estimate_episode(
    studio: Studio, key: EpisodeKey, quality: str = "", *, stages: Collection[str] = (), is_again: bool = False
) -> CostEstimate:
    """Return what a run of an episode would begin before it waits for a person.

    Args:
        studio: The studio.
        key: The episode.
        quality: The level of quality, "" for the project's own.
        stages: Of which stages, such as "mix", and those that finish their takes; () for all.
        is_again: Whether keyframes and clips are made again, even accepted ones, and what builds on them.

    Raises:
        PlanError: An episode has no such stage.
        StoryError: The files of the show are wrong, or those with prices and caps.
    """
    known = {stage.name: stage for stage in EPISODE_STAGES}
    if strange := [name for name in stages if name not in known]:
        raise PlanError(f"the takes of {', '.join(strange)} are not estimated; expected any of {', '.join(known)}")
    run, forecast = _forecast(studio, key, quality)
    takes = list(forecast.takes)
    if is_again:
        by_shot = {stage for stage in EPISODE_STAGES if stage.is_by_shot}
        remade = {stage.name for stage in EPISODE_STAGES if stage in by_shot or by_shot & set(stage.builds_on)}
        takes = [_made_again(take) if take.stage in remade else take for take in takes]
    if stages:
        assets = {known[name].asset for name in stages}
        takes = [take for take in takes if known[take.stage].asset in assets]
    return estimate_forecast(run, replace(forecast, takes=takes))


def estimate_shots(
    studio: Studio,
    key: EpisodeKey,
    shots: Sequence[str],
    *,
    stages: Collection[str] = (),
    is_again: bool = False,
    quality: str = "",
) -> CostEstimate:
    """Return what making the pictures of some shots would begin.

    Args:
        studio: The studio.
        key: Their episode.
        shots: Their keys.
        stages: Of which stages, such as "keyframe"; () for all that work shot by shot.
        is_again: Whether one more take is made of what is there already; what builds on it is made again then.
        quality: The level of quality, "" for the project's own.

    Raises:
        UnknownKeyError: The episode has no such shot.
        PlanError: No such stage works shot by shot.
        StoryError: The files of the show are wrong, or those with prices and caps.
    """
    run, forecast = _forecast(studio, key, quality)
    by_shot = [stage.name for stage in EPISODE_STAGES if stage.is_by_shot or stage.finishes is not None]
    known = {take.shot for take in forecast.takes if take.stage in by_shot}
    if missing := [shot for shot in shots if shot not in known]:
        raise UnknownKeyError(f"{key} has no shot {', '.join(missing)}; `tower plan {key}` lists its shots")
    if strange := [stage for stage in stages if stage not in by_shot]:
        raise PlanError(f"{', '.join(strange)} is not made shot by shot; expected any of {', '.join(by_shot)}")
    asked = tuple(stages) or tuple(by_shot)
    first = min(by_shot.index(stage) for stage in asked)
    wanted = set(by_shot[first:]) if is_again else set(asked)
    takes = [take for take in forecast.takes if take.shot in shots and take.stage in wanted]
    if is_again:
        takes = list(map(_made_again, takes))
    return estimate_forecast(run, replace(forecast, takes=takes), tuple(shots))


def estimate_shot(studio: Studio, key: ShotKey, *, is_again: bool = False, quality: str = "") -> CostEstimate:
    """Return what making one shot's pictures would begin; see `estimate_shots`."""
    return estimate_shots(studio, key.episode_key, [str(key)], is_again=is_again, quality=quality)


def _forecast(studio: Studio, key: EpisodeKey, quality: str) -> tuple[EpisodeRun, EpisodeForecast]:
    """Return an episode for a dry run, and what a run would make; from memory, if nothing has changed for a while."""

    def compute() -> tuple[tuple[EpisodeRun, EpisodeForecast], float]:
        run = episode_from_files(studio, key, quality)
        return (run, forecast_episode(run)), time.monotonic() + ROUTER_MAX_AGE_S

    return studio.answers.get(f"forecast {key} {quality}", read_stamp(studio, key), compute)


def _made_again(take: PlannedTake) -> PlannedTake:
    return replace(take, state="missing", predicted_s=take.again_s) if take.is_ready else take


def estimate_forecast(run: EpisodeRun, forecast: EpisodeForecast, shots: tuple[str, ...] = ()) -> CostEstimate:
    """Return what a forecast of an episode costs.

    Raises:
        StoryError: The files with prices and caps cannot be used.
    """
    guard = replace(run.run.spending_guard, paces={})
    rules = guard.rules_for(run.project.id)
    held = held_stages(forecast.waiting)
    todo = [take for take in forecast.takes if not take.is_ready and take.state != "blocked"]
    counted = [take for take in todo if take.stage not in held]
    estimator = _Estimator(run, guard, rules)
    parts = [(take, *estimator.cost_of(take)) for take in counted]
    stages = tuple(_by_stage(run, rules, parts))
    costs = [cost for _take, cost, _seconds in parts]
    uses = guard.uses(rules, costs, run.project.id, run.episode.id, run.studio.database)
    singles = (guard.uses(rules, [cost], run.project.id, run.episode.id, run.studio.database) for cost in _cheap(costs))
    is_priced = bool(rules.prices.currency)
    return CostEstimate(
        run.key,
        shots,
        len(counted),
        sum(stage.jobs for stage in stages),
        _total([stage.seconds for stage in stages]),
        _total([stage.gpu_s for stage in stages]),
        _total([stage.money for stage in stages]) if is_priced else None,
        rules.prices.currency,
        _total([_times(stage.gpu_s, stage.at_most) for stage in stages]),
        _total([_times(stage.money, stage.at_most) for stage in stages]) if is_priced else None,
        stages,
        uses,
        tuple(dict.fromkeys(estimator.unknown)),
        tuple(_notes(forecast, todo, held)),
        can_begin=not costs
        or not all(cost.is_hired for cost in costs)
        or any(not any(use.refusal for use in single) for single in singles),
        fits=not any(use.refusal for use in uses),
    )


@dataclass
class _Estimator:
    """What each take costs."""

    run: EpisodeRun
    guard: SpendingGuard
    rules: SpendingRules
    unknown: list[str] = field(default_factory=list)
    _foreseen: dict[str, Mapping[str, tuple[Engine[Any], Any]]] = field(default_factory=dict)
    _is_measured: dict[tuple[str, str], bool] = field(default_factory=dict)

    def cost_of(self, take: PlannedTake) -> tuple[JobCost, float | None]:
        """Return what a take costs, and how many seconds it takes."""
        if take.order is not None:
            cost = self._told(self.guard.cost_of(take.order, self.rules, self._parameters(take)))
            return cost, self._seconds_of(take, cost)
        engine = stage_named(take.stage).engine_name(self.run)
        if engine.startswith(_MADE_HERE):
            return JobCost(engine), take.predicted_s
        if (foreseen := self._foresee(take)) is not None:
            return self._foreseen_cost(take, *foreseen)
        if engine in (self.run.engines.voice.name, self.run.engines.music.name, self.run.engines.director.name):
            cost = self._told(JobCost(engine, 1, 0.0, self.rules.prices.of(engine), "paid by the job"))
            return cost, self._seconds_of(take, cost)
        self.unknown.append(f"{take.stage}: who makes it is not known before there are {_names_before(take.stage)}")
        return JobCost("", 1, None, has_gpu=True), None

    def _parameters(self, take: PlannedTake) -> Mapping[str, Any]:
        """Return the parameters of a first attempt, which say how many jobs it is; none for what is made here."""
        order = take.order
        if order is None or not isinstance(order.engine, RemoteEngine):
            return {}
        try:
            return order.engine.plan_attempt(order.brief, 1, ())
        except PlanError as error:  # the run will say so too
            self.unknown.append(f"{take.shot}: {error}")
            return {}

    def _foresee(self, take: PlannedTake) -> tuple[Engine[Any], Any] | None:
        """Return who would make a clip, or finish one, and what, before there is anything to order it with."""
        stage = stage_named(take.stage)
        if stage is not CLIPS and stage.finishes is not CLIPS:
            return None
        if stage.name not in self._foreseen:
            try:
                self._foreseen[stage.name] = (
                    _foreseen_clips(self.run) if stage is CLIPS else foreseen_finishing(self.run, stage)
                )
            except NotAcceptedError:  # a service has yet to plan its shots
                self._foreseen[stage.name] = {}
        return self._foreseen[stage.name].get(take.shot)

    def _foreseen_cost(self, take: PlannedTake, engine: Engine[Any], brief: Any) -> tuple[JobCost, float | None]:
        if not is_hired(engine):
            return JobCost(engine.name), take.predicted_s
        cost = self._told(self.guard.cost_of_brief(take.stage, engine, brief, self.rules))
        return cost, cost.gpu_s

    def _seconds_of(self, take: PlannedTake, cost: JobCost) -> float | None:
        """Return how long a take takes; of a service's first ones, only what its card is known to need."""
        if not cost.is_hired:
            return take.predicted_s
        key = (take.stage, cost.engine)
        if key not in self._is_measured:
            self._is_measured[key] = decisions.find_median_seconds(self.run.studio.database, *key) is not None
        return take.predicted_s if self._is_measured[key] else cost.gpu_s or None

    def _told(self, cost: JobCost) -> JobCost:
        """Return a cost, after the reason was noted for a figure that it lacks."""
        if cost.is_hired:
            units = [MONEY] if self.rules.prices.currency else []
            reasons = [cost.why_unknown(unit, self.rules.prices) for unit in ("gpu_seconds", *units)]
            self.unknown += filter(None, reasons)
        return cost


def _foreseen_clips(run: EpisodeRun) -> dict[str, tuple[Engine[Any], Any]]:
    """Return who would make each shot's clip and what, whether or not there is a keyframe to order it with."""
    plan = episode_plan(run)
    following = following_shots(plan)
    found = {}
    for shot in plan.shots:
        engine = clip_engine_choice(run, shot, following.get(shot.key)).engine
        brief = clip_brief(run.project, shot, "")
        found[shot.key] = (engine, made_brief(brief, engine, finishing_policy(run, shot)))
    return found


def _by_stage(
    run: EpisodeRun, rules: SpendingRules, parts: Sequence[tuple[PlannedTake, JobCost, float | None]]
) -> Iterator[StageEstimate]:
    groups: dict[tuple[str, str], list[tuple[JobCost, float | None]]] = {}
    for take, cost, seconds in parts:
        groups.setdefault((take.stage, cost.engine), []).append((cost, seconds))
    for (stage, engine), members in groups.items():
        hired = [cost for cost, _seconds in members if cost.is_hired]
        is_free = engine.startswith(_MADE_HERE) or not hired
        yield StageEstimate(
            stage,
            engine,
            len(members),
            sum(cost.jobs for cost in hired),
            _total([seconds for _cost, seconds in members]),
            _total([cost.gpu_s for cost in hired]),
            _total([cost.money for cost in hired]) if rules.prices.currency or is_free else None,
            "made on this machine" if is_free else ", ".join(sorted({cost.basis for cost in hired if cost.basis})),
            stage_named(stage).attempts_for(run.project),
        )


def _notes(forecast: EpisodeForecast, todo: Sequence[PlannedTake], held: Collection[str]) -> Iterator[str]:
    blocked = [take for take in forecast.takes if take.state == "blocked"]
    if blocked:
        yield f"not counted: {len(blocked)} takes that nothing can make, as `tower plan` says"
    waiting = [take for take in todo if take.stage in held]
    if waiting:
        names = ", ".join(str(state.what) for state in forecast.waiting)
        yield f"not counted: {len(waiting)} takes that wait until somebody approves ({names})"


def _names_before(stage: str) -> str:
    return " and ".join(before.asset.replace("_", " ") for before in stage_named(stage).builds_on) or "others"


def _cheap(costs: Sequence[JobCost]) -> Iterator[JobCost]:
    """Yield the cheapest job of each engine: where none of these has room, nothing has."""
    by_engine: dict[str, JobCost] = {}
    for cost in costs:
        name = bare_engine_name(cost.engine)
        if cost.is_hired and (name not in by_engine or (cost.gpu_s or 0.0) < (by_engine[name].gpu_s or 0.0)):
            by_engine[name] = cost
    yield from by_engine.values()


def _total(amounts: Sequence[float | None]) -> float | None:
    """Return the sum, None if a part of it is not known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, 0.0) if len(known) == len(amounts) else None


def _times(amount: float | None, factor: int) -> float | None:
    return None if amount is None else amount * factor
