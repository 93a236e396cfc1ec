"""Dry runs: which takes an episode has, which would be made, why, and how long that would take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tower_anime_assets.engines.orders import Order, Outcome
from tower_anime_assets.engines.protocols import PacedEngine
from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.digest import plain_data
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.opening import episode_run
from tower_anime_assets.stages.registry import EPISODE_STAGES
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.stage import EpisodeRun, Stage
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import decisions


@dataclass(frozen=True)
class PlannedTake:
    """One take that the episode needs.

    Attributes:
        shot: Shot key, line id, scene id, or episode key: what the take is of.
        state: `ready`, `missing`, `rejected`, or `waits` (what it builds on is made first).
        why: Why it would be made, "" when it is ready.
        predicted_s: Seconds that making it will take; 0 when it is ready.
    """

    shot: str
    stage: str
    state: str
    why: str
    predicted_s: float

    @property
    def is_ready(self) -> bool:
        """Whether a run would find it and make nothing."""
        return self.state == "ready"


def episode_from_files(studio: Studio, key: EpisodeKey) -> EpisodeRun:
    """Return an episode as its files are now, for a dry run.

    Raises:
        StoryError: The files are wrong.
    """
    project, episode = show_files.load_episode(studio.settings.projects, key)
    return episode_run(Run(studio), project, episode, is_dry=True)


def plan_takes(studio: Studio, key: EpisodeKey) -> list[PlannedTake]:
    """Return every take that an episode needs as its files are now, in the order of the stages.

    Raises:
        StoryError: The files are wrong.
    """
    return list(_iter_planned(episode_from_files(studio, key)))


def needs_work(studio: Studio, key: EpisodeKey) -> bool:
    """Return whether a run would make anything for an episode."""
    return not all(item.is_ready for item in plan_takes(studio, key))


def _iter_planned(run: EpisodeRun) -> Iterator[PlannedTake]:
    pace = _Pace(run)
    last_briefs = decisions.find_latest_briefs(run.studio.database, run.project.id, run.episode.id)
    for stage in EPISODE_STAGES:
        try:
            takes = run.find(stage, partial=True)
        except NotAcceptedError:
            takes = []
        subjects = set()
        for order, outcome in takes:
            subjects.add(order.subject)
            last_brief = last_briefs.get((stage.name, *order.position.key))
            yield _planned_take(order, outcome, pace.seconds_for(stage, order), last_brief)
        for subject in _subjects(run, stage):
            if subject not in subjects:
                why = "what it builds on is made first"
                yield PlannedTake(subject, stage.name, "waits", why, pace.usual_seconds(stage))


def _subjects(run: EpisodeRun, stage: Stage[Any]) -> list[str]:
    """Return the subjects of a stage; the whole episode while a service has yet to plan its shots."""
    try:
        return stage.subjects(run)
    except NotAcceptedError:
        return [run.key]


class _Pace:
    """Seconds per take: the median of an engine's takes; before the first, its own or the stage's estimate."""

    def __init__(self, run: EpisodeRun) -> None:
        self._run = run
        self._medians: dict[tuple[str, str], float | None] = {}
        self._latest: dict[str, float] = {}

    def seconds_for(self, stage: Stage[Any], order: Order[Any]) -> float:
        """Return the seconds that an order will take."""
        engine = order.engine
        seconds = self._median(stage, engine.name)
        if seconds is None:
            seconds = engine.expected_s(order.brief) if isinstance(engine, PacedEngine) else stage.prior_s
        self._latest[stage.name] = seconds
        return seconds

    def usual_seconds(self, stage: Stage[Any]) -> float:
        """Return the seconds of a take that cannot be ordered yet."""
        name = stage.engine_name(self._run)
        return (self._median(stage, name) if name else self._latest.get(stage.name)) or stage.prior_s

    def _median(self, stage: Stage[Any], engine: str) -> float | None:
        key = (stage.name, engine)
        if key not in self._medians:
            self._medians[key] = decisions.find_median_seconds(self._run.studio.database, *key)
        return self._medians[key]


def _planned_take(
    order: Order[Any], outcome: Outcome | None, seconds: float, last_brief: Mapping[str, Any] | None
) -> PlannedTake:
    if outcome is not None and outcome.accepted:
        return PlannedTake(order.subject, order.stage, "ready", "", 0.0)
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
