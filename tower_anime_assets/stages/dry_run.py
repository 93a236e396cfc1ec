"""Dry runs: which takes an episode has, which would be made, why, and how long that would take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tower_anime_assets.engines.orders import Order, Outcome
from tower_anime_assets.engines.protocols import PacedEngine
from tower_anime_assets.errors import NotAcceptedError, PlanError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.digest import plain_data
from tower_anime_assets.production.story.ids import EpisodeKey, StoryPosition
from tower_anime_assets.production.story.model import Episode, Project
from tower_anime_assets.stages.approval_state import ApprovalState
from tower_anime_assets.stages.approvals import held_stages, waiting_approvals
from tower_anime_assets.stages.asked_takes import lost_requests
from tower_anime_assets.stages.opening import episode_run
from tower_anime_assets.stages.preflight_report import PreflightReport, run_report
from tower_anime_assets.stages.registry import EPISODE_STAGES
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.stage import EpisodeRun, FoundTake, Stage
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import decisions, rulings
from tower_anime_assets.store.rulings import rejection_sentence


@dataclass(frozen=True)
class PlannedTake:
    """One take that the episode needs.

    Attributes:
        shot: Shot key, line id, scene id, or episode key: what the take is of.
        state: `ready`, `missing`, `rejected`, `waits` (what it builds on is made first), or `blocked` (nothing can
            make it, as the preflight says, or a locked take cannot be used).
        why: Why it would be made, "" when it is ready.
        predicted_s: Seconds that making it will take; 0 when it is ready.
        again_s: Seconds that making it again would take, where it is ready.
        order: What would be ordered, None while that is not known.
    """

    shot: str
    stage: str
    state: str
    why: str
    predicted_s: float
    again_s: float = 0.0
    order: Order[Any] | None = field(default=None, compare=False, repr=False)

    @property
    def is_ready(self) -> bool:
        """Whether a run would find it and make nothing."""
        return self.state == "ready"

    def as_json(self) -> dict[str, Any]:
        """Return what programs read of it."""
        return {
            "shot": self.shot,
            "stage": self.stage,
            "state": self.state,
            "why": self.why,
            "predicted_s": self.predicted_s,
        }


@dataclass(frozen=True)
class EpisodeForecast:
    """What a run of an episode would make, and what stands in its way.

    Attributes:
        takes: Every take that the episode needs, in the order of the stages.
        preflight: What the servers have and lack for it.
        notes: What people decided that counts for more than what the episode is made of, a sentence each.
        waiting: The approvals that it waits for now.
    """

    takes: list[PlannedTake]
    preflight: PreflightReport
    notes: tuple[str, ...] = ()
    waiting: tuple[ApprovalState, ...] = ()

    @property
    def makes_something(self) -> bool:
        """Whether a run would make anything before it waits for a person."""
        held = held_stages(self.waiting)
        return any(not take.is_ready and take.stage not in held for take in self.takes)


def episode_from_files(
    studio: Studio, key: EpisodeKey, quality: str = "", story: tuple[Project, Episode] | None = None
) -> EpisodeRun:
    """Return an episode for a dry run.

    Args:
        studio: Where it is made.
        key: The episode.
        quality: The level of quality, "" for the project's own.
        story: The project and the episode, if the caller has just read their files; None reads them.

    Raises:
        StoryError: The files are wrong.
    """
    project, episode = story or show_files.load_episode(studio.settings.projects, key, reads_unaccepted=True)
    return episode_run(Run(studio, quality=quality), project, episode, is_dry=True)


def plan_episode(
    studio: Studio, key: EpisodeKey, quality: str = "", story: tuple[Project, Episode] | None = None
) -> EpisodeForecast:
    """Return what a run of an episode would make; the arguments are those of `episode_from_files`.

    Without a server, takes are planned as if it had everything; the preflight says what it could not be asked.

    Raises:
        StoryError: The files are wrong.
    """
    return forecast_episode(episode_from_files(studio, key, quality, story))


def forecast_episode(run: EpisodeRun) -> EpisodeForecast:
    """Return what a run of an episode would make, given the dry run of `episode_from_files`."""
    report = run.once(run_report)
    locks = _LockNotes(run)
    planned = list(_iter_planned(run, report, locks))
    notes = (*locks.sentences(), *lost_requests(run))
    return EpisodeForecast(planned, report, notes, tuple(waiting_approvals(run)))


def plan_takes(studio: Studio, key: EpisodeKey) -> list[PlannedTake]:
    """Return every take that an episode needs as its files are now, in the order of the stages.

    Raises:
        StoryError: The files are wrong.
    """
    return plan_episode(studio, key).takes


def needs_work(studio: Studio, key: EpisodeKey) -> bool:
    """Return whether a run would make anything for an episode before it waits for a person's approval."""
    return plan_episode(studio, key).makes_something


@dataclass
class _LockNotes:
    """What has become of the takes of an episode that people locked."""

    run: EpisodeRun
    told: dict[tuple[StoryPosition, str], str] = field(default_factory=dict)
    looked_at: set[str] = field(default_factory=set)

    def note(self, stage: str, takes: Sequence[FoundTake]) -> None:
        """Look at the orders of a stage."""
        self.looked_at.add(stage)
        for order, outcome in takes:
            if outcome is not None and outcome.lock is not None:
                changed = f"{order.subject}: {outcome.lock_sentence}" if outcome.lock_changes else ""
                self.told[outcome.lock.place, stage] = changed
        for obstacle, order in self.run.run.find_obstacles([order for order, outcome in takes if outcome is None]):
            self.told[order.position, stage] = obstacle

    def sentences(self) -> Iterator[str]:
        """Yield what is to be told: locked takes that rest on something that has changed, and those without a shot."""
        yield from filter(None, self.told.values())
        for lock in rulings.load_standing(self.run.studio.database, self.run.project.id).locks.values():
            is_here = lock.place.episode == self.run.episode.id and lock.stage in self.looked_at
            is_of_level = lock.quality == self.run.project.delivery.quality
            if is_here and is_of_level and (lock.place, lock.stage) not in self.told:
                yield (
                    f"{lock.place}: {lock.who} locked {lock.stage} take {lock.take_id}, and the plan has no such shot "
                    f'any more. Bring the shot back, or release it: tower lock {lock.take_id} --release --why "..."'
                )


def _iter_planned(run: EpisodeRun, report: PreflightReport, locks: _LockNotes) -> Iterator[PlannedTake]:
    pace = _Pace(run)
    last_briefs = decisions.find_latest_briefs(run.studio.database, run.project.id, run.episode.id)
    for stage in EPISODE_STAGES:
        state, why = "waits", "what it builds on is made first"
        try:
            takes = run.find(stage, partial=True)
            locks.note(stage.name, takes)
        except NotAcceptedError:
            takes = []
        except PlanError:
            if not report.obstacles:
                raise
            takes = []
            state, why = "blocked", "nothing can make it with what the servers have"
        subjects = set()
        unmade = [order for order, outcome in takes if outcome is None]
        rejections = run.run.find_rejections(unmade)
        obstacles = {order.subject: why for why, order in run.run.find_obstacles(unmade)}
        for order, outcome in takes:
            subjects.add(order.subject)
            last_brief = last_briefs.get((stage.name, *order.position.key))
            if order.subject in obstacles:
                yield PlannedTake(order.subject, stage.name, "blocked", obstacles[order.subject], 0.0)
                continue
            planned = _planned_take(order, outcome, pace.seconds_for(stage, order), last_brief)
            if order.subject in rejections:
                planned = replace(planned, why=rejection_sentence(rejections[order.subject]))
            yield replace(planned, order=order)
        for subject in _subjects(run, stage, report):
            if subject not in subjects:
                yield PlannedTake(subject, stage.name, state, why, pace.usual_seconds(stage))


def _subjects(run: EpisodeRun, stage: Stage[Any], report: PreflightReport) -> list[str]:
    """Return the subjects of a stage; the whole episode while a service has yet to plan its shots.

    Whether a clip is finished depends on what makes it: [] where nothing can.
    """
    try:
        return stage.subjects(run)
    except NotAcceptedError:
        return [run.key]
    except PlanError:
        if not report.obstacles:
            raise
        return []


class _Pace:
    """Seconds per take: the median of an engine's takes; before the first, its own or the stage's estimate."""

    def __init__(self, run: EpisodeRun) -> None:
        self._run = run
        self._medians: dict[tuple[str, str, str], float | None] = {}
        self._latest: dict[str, float] = {}

    def seconds_for(self, stage: Stage[Any], order: Order[Any]) -> float:
        """Return the seconds that an order will take."""
        engine = order.engine
        seconds = self._median(stage, engine.name, getattr(order.brief, "quality", ""))
        if seconds is None and isinstance(engine, PacedEngine):
            seconds = engine.expected_s(order.brief)
        if seconds is None:
            seconds = self._median(stage, engine.name) or stage.prior_s
        self._latest[stage.name] = seconds
        return seconds

    def usual_seconds(self, stage: Stage[Any]) -> float:
        """Return the seconds of a take that cannot be ordered yet."""
        name = stage.engine_name(self._run)
        return (self._median(stage, name) if name else self._latest.get(stage.name)) or stage.prior_s

    def _median(self, stage: Stage[Any], engine: str, quality: str = "") -> float | None:
        key = (stage.name, engine, quality)
        if key not in self._medians:
            self._medians[key] = decisions.find_median_seconds(self._run.studio.database, *key)
        return self._medians[key]


def _planned_take(
    order: Order[Any], outcome: Outcome | None, seconds: float, last_brief: Mapping[str, Any] | None
) -> PlannedTake:
    if outcome is not None and outcome.accepted:
        return PlannedTake(order.subject, order.stage, "ready", "", 0.0, again_s=seconds)
    if outcome is not None:
        why = "; ".join(f"{verdict.gate}: {verdict}" for verdict in outcome.failed)
        return PlannedTake(order.subject, order.stage, "rejected", why, seconds)
    return PlannedTake(order.subject, order.stage, "missing", _why_missing(order, last_brief), seconds)


def _why_missing(order: Order[Any], last_brief: Mapping[str, Any] | None) -> str:
    if last_brief is None:
        return "never made"
    brief = plain_data(order.brief)
    changed = [name for name in {**brief, **last_brief} if brief.get(name) != last_brief.get(name)]
    if changed:
        return "changed: " + ", ".join(changed)
    return "its engine has changed, or its file is gone"
