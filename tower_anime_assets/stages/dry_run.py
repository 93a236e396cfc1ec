"""What a run would do, without doing it: which takes are there, which would be made, why, and how long that takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tower_anime_assets.engines.generate import Order, Outcome
from tower_anime_assets.engines.protocols import PacedEngine
from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.digest import plain_data
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages import clips, masters, mixes, shot_plans, sounds, stills
from tower_anime_assets.stages.episode import STAGES, EpisodeWork
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import decisions

PRIOR_SECONDS: Mapping[str, float] = {
    shot_plans.STAGE: 0.1,
    stills.KEYFRAME: 1.0,
    clips.STAGE: 2.0,
    sounds.VOICE: 0.5,
    sounds.CUE: 1.5,
    mixes.STAGE: 3.0,
    masters.STAGE: 8.0,
}
"""Seconds per take before any was made with an engine; afterwards the median of its own takes counts."""


@dataclass(frozen=True)
class PlannedTake:
    """One take that the episode needs.

    Attributes:
        shot: Shot key, line id, scene id, or episode key: what the take is of.
        state: `ready`, `missing`, `rejected`, or `waits` (what it builds on will be made again first).
        why: Why it would be made.
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


def work_from_files(studio: Studio, key: EpisodeKey) -> EpisodeWork:
    """Return an episode's work from what its files say now, planned in memory; nothing is written.

    Raises:
        StoryError: The files are wrong.
    """
    project, episode = show_files.load_episode(studio.settings.projects, key)
    return EpisodeWork(studio, project, episode, studio.engines(project), foresee=True)


def plan_takes(studio: Studio, key: EpisodeKey) -> list[PlannedTake]:
    """Return every take that an episode needs as its files stand now, in the order of the stages.

    Raises:
        StoryError: The files are wrong.
    """
    return list(_iter_planned(work_from_files(studio, key)))


def needs_work(studio: Studio, key: EpisodeKey) -> bool:
    """Return whether a run would make anything for an episode."""
    return not all(item.is_ready for item in plan_takes(studio, key))


def _iter_planned(work: EpisodeWork) -> Iterator[PlannedTake]:
    pace = _Pace(work)
    last_briefs = decisions.find_latest_briefs(work.studio.database, work.project.id, work.episode.id)
    for stage in STAGES:
        try:
            found = work.look_at(stage)
        except NotAcceptedError:
            found = []
        seen = set()
        for order, outcome in found:
            seen.add(order.subject)
            yield _one(order, outcome, pace.of(order), last_briefs.get((stage, *order.position.key)))
        for subject in _subjects(work, stage):
            if subject not in seen:
                yield PlannedTake(subject, stage, "waits", "what it builds on is made first", pace.usual(stage))


def _subjects(work: EpisodeWork, stage: str) -> list[str]:
    """Return what a stage's takes will be of; the episode as a whole while a service has still to plan its shots."""
    try:
        return work.subjects(stage)
    except NotAcceptedError:
        return [work.episode.key]


class _Pace:
    """Seconds per take: the median of an engine's own takes, before the first what is known of it beforehand."""

    def __init__(self, work: EpisodeWork) -> None:
        self._database = work.studio.database
        self._names = work.engine_names()
        self._seen: dict[tuple[str, str], float | None] = {}
        self._last: dict[str, float] = {}

    def of(self, order: Order[Any]) -> float:
        """Return the seconds that an order will take."""
        seconds = self._median(order.stage, order.engine.name)
        if seconds is None:
            engine = order.engine
            seconds = engine.expected_s(order.brief) if isinstance(engine, PacedEngine) else PRIOR_SECONDS[order.stage]
        self._last[order.stage] = seconds
        return seconds

    def usual(self, stage: str) -> float:
        """Return the seconds of a take that cannot be ordered yet."""
        name = self._names[stage]
        return (self._median(stage, name) if name else self._last.get(stage)) or PRIOR_SECONDS[stage]

    def _median(self, stage: str, name: str) -> float | None:
        if (stage, name) not in self._seen:
            self._seen[stage, name] = decisions.find_median_seconds(self._database, stage, name)
        return self._seen[stage, name]


def _one(order: Order[Any], outcome: Outcome | None, seconds: float, last: Mapping[str, Any] | None) -> PlannedTake:
    if outcome is not None and outcome.accepted:
        return PlannedTake(order.subject, order.stage, "ready", "", 0.0)
    if outcome is not None:
        why = "; ".join(f"{verdict.gate}: {verdict}" for verdict in outcome.failed)
        return PlannedTake(order.subject, order.stage, "rejected", why, seconds)
    return PlannedTake(order.subject, order.stage, "missing", _why(order, last), seconds)


def _why(order: Order[Any], last: Mapping[str, Any] | None) -> str:
    if last is None:
        return "never made"
    now = plain_data(order.brief)
    changed = [name for name in {**now, **last} if now.get(name) != last.get(name)]
    if changed:
        return "changed: " + ", ".join(changed)
    return "its engine has changed, or its file is gone"
