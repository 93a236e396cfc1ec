"""Lessons: the director is told once how each accepted or exhausted shot came out, and what it answers is kept.

It never holds anything up: a director that is away, answers badly or needs too long is told the rest by the next run.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tower_anime_assets.engines.consultations import ConsultationLog
from tower_anime_assets.engines.orders import Order, Outcome
from tower_anime_assets.engines.protocols import Director
from tower_anime_assets.errors import NotAcceptedError, ServiceError, ServiceUnavailableError
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.learning.lessons import lesson_sentences
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.events import LessonsTold, Noted, Waiting
from tower_anime_assets.stages.feedback import tell_director, wire_scores
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.locks import hold_lock
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.stage import EpisodeRun
from tower_anime_assets.store import attempts, consultations, decisions, lessons, takes
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.lessons import RecordedLesson
from tower_anime_assets.store.takes import Take

STAGES: Final = (KEYFRAMES, CLIPS)
"""The stages whose takes come of what a director planned and wrote."""

TELLING_S: Final = 600.0
"""How long a run goes on telling; the master is finished by then, and the next run tells the rest."""

MAX_REFUSALS: Final = 3
"""Unusable answers in a row, each asked for twice, after which a director is left alone until the next run."""

ACCEPTED: Final = "accepted"
EXHAUSTED: Final = "exhausted"


@dataclass(frozen=True)
class SettledShot:
    """A shot that a stage is done with.

    Attributes:
        stage: "keyframe" or "clip".
        ending: "accepted", or "exhausted" when every attempt was rejected.
        outcome: Its accepted take, or the best of the rejected ones, with what was measured on it.
        attempts: How many were made of it as it is ordered now.
    """

    stage: str
    ending: str
    outcome: Outcome
    attempts: int

    @property
    def decision_id(self) -> str:
        """The decision that made the take."""
        return self.outcome.take.decision_id

    @property
    def subject(self) -> str:
        """The stage and the shot's key, for people."""
        return f"{self.stage} {self.outcome.subject}"

    @property
    def tags(self) -> tuple[str, ...]:
        """What a director is told besides scores."""
        failed = [f"failed: {verdict.gate}: {verdict}" for verdict in self.outcome.failed]
        waived = [f"passed by a person: {gate}" for gate in self.outcome.waived]
        how = ACCEPTED if self.ending == ACCEPTED else f"rejected, all {self.attempts} attempts"
        return (how, *failed, *waived)


@dataclass(frozen=True)
class LessonsReport:
    """What an episode's director was told, and what it learned.

    Attributes:
        director: The director's name.
        keeps_nothing: Whether it is the embedded one, which plans by rules and is told nothing.
        told: What it learned from what it was told now.
        known: What it had learned before from takes that the episode uses.
        untold: Subjects that it could not be told of; the next run tells them.
        problems: Why not.
        patterns: What our own statistics have learned about the show, best supported first.
    """

    director: str
    keeps_nothing: bool
    told: tuple[RecordedLesson, ...] = ()
    known: tuple[RecordedLesson, ...] = ()
    untold: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    @property
    def lessons(self) -> tuple[RecordedLesson, ...]:
        """Everything that it has learned from the episode, oldest first."""
        return (*self.known, *self.told)

    @property
    def advice(self) -> tuple[str, ...]:
        """What of this the next plan of a director service is told, as far as it comes from this episode."""
        return lesson_sentences([one.lesson for one in reversed(self.lessons)])

    @property
    def digest(self) -> str:
        """Equal for equal lessons."""
        return digest(self.director, [one.id for one in self.lessons], list(self.untold), list(self.patterns))


def read_lessons(database: Database, key: EpisodeKey | ShotKey) -> tuple[RecordedLesson, ...]:
    """Return what directors have learned from an episode's or a shot's takes, oldest first; tells nobody anything."""
    return lessons.list_by_story(database, key)


def tell_lessons(run: Run, key: EpisodeKey) -> LessonsReport:
    """Tell an episode's director of every shot that it was not told of yet, and return what it has learned.

    A director that fails is no error: it is noted, and the next run tells what this one could not.

    Raises:
        NotAcceptedError: The screenplay has not been read yet.
        StoppedError: The run was stopped.
        ServiceUnavailableError: The database does not answer.
    """
    episode = saved_episode(run, key)
    director = episode.engines.director
    database = run.studio.database
    if director.is_local:
        patterns = tuple(pattern.pattern for pattern in attempts.list_patterns(database, key.project))
        return LessonsReport(director.name, True, patterns=patterns)
    try:
        settled = list({shot.decision_id: shot for shot in _settled_shots(episode)}.values())
    except ServiceError as error:  # nobody can say now what the episode uses
        problem = f"it is not known which takes are in use: {error}"
        run.emit(Noted("lessons", str(key), f"{director.name} was told nothing: {problem}. The next run tells it"))
        return LessonsReport(director.name, False, untold=(str(key),), problems=(problem,))
    known = _known(database, settled, director)
    if len(known) < len(settled):
        telling = _Telling(run, director)
        waiting = Waiting("", f"another run tells {director.name} of its takes; waiting for it")
        with hold_lock(
            database, f"lessons:{director.name}", waiting, what="lessons", stopped=run.studio.stopped, emit=run.emit
        ):
            known = _known(database, settled, director)  # as the other run left it
            told_before = {one.decision_id for one in known}
            telling.tell([shot for shot in settled if shot.decision_id not in told_before])
        report = LessonsReport(
            director.name, False, tuple(telling.told), known, tuple(telling.untold), tuple(telling.problems)
        )
    else:
        report = LessonsReport(director.name, False, known=known)
    _announce(run, str(key), report)
    return report


def _known(database: Database, settled: Sequence[SettledShot], director: Director) -> tuple[RecordedLesson, ...]:
    decision_ids = [shot.decision_id for shot in settled]
    return lessons.find_by_decisions(database, decision_ids, director.name)


def _settled_shots(episode: EpisodeRun) -> Iterator[SettledShot]:
    """Yield the shots that are accepted, and those of which every attempt was rejected."""
    for stage in STAGES:
        try:
            found = episode.find(stage, partial=True)
        except NotAcceptedError:
            continue  # a stage before it is unfinished
        outcomes = [(order, outcome) for order, outcome in found if outcome is not None]
        made_of = _takes_made(episode, [order for order, _outcome in outcomes])
        for (_order, outcome), made in zip(outcomes, made_of, strict=True):
            if outcome.accepted or _is_exhausted(made, stage.attempts_for(episode.project)):
                ending = ACCEPTED if outcome.accepted else EXHAUSTED
                yield SettledShot(stage.name, ending, outcome, len({take.decision_id for take in made}))


def _is_exhausted(made: Sequence[Take], attempts: int) -> bool:
    """Return whether rejected takes are all that there will be: every attempt, or an engine that repeats itself."""
    contents = {take.decision_id: take.files["main"].sha256 for take in made}
    return len(contents) >= attempts or len(set(contents.values())) < len(contents)


def _takes_made(episode: EpisodeRun, orders: Sequence[Order[Any]]) -> list[list[Take]]:
    """Return every take on record of each order."""
    digests = list(dict.fromkeys(name for order in orders for name in order.digests))
    known = takes.find_by_digests(episode.studio.database, digests) if digests else {}
    return [[take for name in order.digests for take in known.get(name, ())] for order in orders]


@dataclass
class _Telling:
    """One run's round of telling; stops early where going on is of no use."""

    run: Run
    director: Director
    told: list[RecordedLesson] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def tell(self, shots: Sequence[SettledShot]) -> None:
        """Tell the director of shots, one after the other, and have it release what it holds."""
        started_s, refusals, is_over = time.monotonic(), 0, False
        for shot in shots:
            if not is_over and time.monotonic() - started_s > TELLING_S:
                self.problems.append(f"it took longer than {TELLING_S:.0f} s")
                is_over = True
            if is_over:
                self.untold.append(shot.subject)
                continue
            try:
                self.told.append(self._tell_of(shot))
                refusals = 0
            except ServiceError as error:
                self.untold.append(shot.subject)
                self.problems.append(str(error))
                refusals += 1
                is_over = isinstance(error, ServiceUnavailableError) or refusals >= MAX_REFUSALS
        if shots:
            self._release()

    def _tell_of(self, shot: SettledShot) -> RecordedLesson:
        """Tell the director of a shot, and record what it learned.

        Raises:
            ServiceError: It failed, or neither of its answers can be used; the consultation says so.
        """
        database = self.run.studio.database
        decision = decisions.find_by_id(database, shot.decision_id)
        assert decision is not None  # noqa: S101 - a take names its decision, and decisions are never deleted
        occasion = f"learn:{self.director.name}"
        asked = consultations.count_of_occasion(database, decision.id, f"{decision.id}:{occasion}:")
        log = ConsultationLog(database, decision, f"{occasion}:{asked}" if asked else occasion)
        lesson = tell_director(self.run.studio, self.director, decision, shot.outcome.verdicts, log=log, tags=shot.tags)
        return lessons.record_lesson(
            database,
            decision.id,
            self.director.name,
            consultation_key=log.newest_key,
            ending=shot.ending,
            scores=wire_scores(shot.outcome.verdicts),
            lesson=lesson,
        )

    def _release(self) -> None:
        try:
            self.director.release()
        except ServiceError as error:
            self.problems.append(f"it could not be released: {error}")


def _announce(run: Run, key: str, report: LessonsReport) -> None:
    """Tell whoever follows the run what was told and learned, and what could not be told."""
    if report.told:
        run.emit(LessonsTold(report.director, len(report.told), report.advice))
    if report.untold:
        words = f"{report.director} could not be told of {len(report.untold)} of {_count(report)} takes: "
        run.emit(Noted("lessons", key, f"{words}{report.problems[-1]}. Nothing is lost: the next run tells it"))
    elif report.problems:
        run.emit(Noted("lessons", key, f"{report.director}: {report.problems[-1]}"))


def _count(report: LessonsReport) -> int:
    return len(report.lessons) + len(report.untold)
