"""The one path to every engine: decide, call, measure, keep, judge. Nothing else calls `Engine.make`.

The decision is committed before the engine is called, so whatever happens afterwards is on record: a take with its
verdicts, a failure with its reason, or an open decision that the next run settles as lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar
from uuid import uuid4

from tower_anime_assets.engines.protocols import Attempt, Engine, Made
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.production.briefs import Brief, brief_digest
from tower_anime_assets.production.digest import plain
from tower_anime_assets.production.verdicts import Threshold, Verdict, judge, score
from tower_anime_assets.store import decisions, takes, verdicts, waivers
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.takes import KeptFile, Take

B = TypeVar("B", bound=Brief)

NO_MEASURES: Mapping[str, float] = {}


@dataclass(frozen=True)
class Place:
    """Where in a show a take belongs; parts that do not apply are ""."""

    project: str
    episode: str = ""
    scene: str = ""
    shot: str = ""
    line_id: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it apart within its episode: scene, shot and line."""
        return (self.scene, self.shot, self.line_id)


@dataclass(frozen=True)
class Measured:
    """What was measured on a fresh take: numbers for the gates, facts kept with it, pictures of it by role."""

    numbers: Mapping[str, float]
    facts: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Order(Generic[B]):
    """A take that a stage wants.

    Attributes:
        stage: Also the decision's type: sheet, plan, keyframe, clip, voice, music, mix, master.
        subject: What a person calls it: a shot key, a line, a scene.
        inputs: Files that the brief builds on, by role.
        measure: Measures a fresh take; raises when it cannot.
        context: Numbers that depend on other takes, formed anew from a take's facts each time it is judged.
        bars: What its gates ask.
        reasoning: Why it is made like this, in words.
        alternatives: What was considered instead.
    """

    stage: str
    subject: str
    place: Place
    brief: B
    engine: Engine[B]
    measure: Callable[[Made], Measured]
    bars: tuple[Threshold, ...]
    reasoning: str
    inputs: Mapping[str, Path] = field(default_factory=dict)
    context: Callable[[Mapping[str, Any]], Mapping[str, float]] = lambda _facts: NO_MEASURES
    alternatives: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """The digest under which its takes are found again."""
        return brief_digest(self.brief, self.engine.name, self.engine.version)


@dataclass(frozen=True)
class Outcome:
    """How an order ended.

    Attributes:
        take: The accepted take, or the best candidate when none was accepted.
        accepted: Whether every gate passed it, or a person waived what failed.
        attempts: Takes made for it now; 0 when it was found.
        verdicts: The take's verdicts.
        seconds: Wall-clock time spent now.
    """

    subject: str
    take: Take
    accepted: bool
    attempts: int
    verdicts: tuple[Verdict, ...]
    seconds: float = 0.0
    cpu_s: float = 0.0
    gpu_s: float = 0.0
    waived: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The verdicts that keep it from being accepted."""
        return tuple(item for item in self.verdicts if not item.passed and item.gate not in self.waived)


@dataclass(frozen=True)
class Planned:
    """One attempt as it will be decided.

    Attributes:
        number: 1 for the first.
        reasoning: Why it is made after others, "" for the first.
        replaces: The decision whose take it is to replace, or None.
    """

    number: int
    parameters: Mapping[str, Any]
    reasoning: str = ""
    replaces: str | None = None


@dataclass(frozen=True)
class Record:
    """The audit record as `generate` uses it: one database, one media store, one run.

    Attributes:
        run_id: The run on whose behalf decisions are made.
        created_by: Who or what asked for them.
    """

    database: Database
    media: MediaStore
    run_id: str = ""
    created_by: str = "tower"

    def judged(self, order: Order[Any], take: Take) -> Outcome:
        """Return how a take stands by today's bars and waivers; writes nothing."""
        found = judge({**take.measured, **order.context(take.details)}, order.bars)
        waived: tuple[str, ...] = ()
        if not all(item.passed for item in found):
            waived = tuple(sorted({waiver.gate for waiver in waivers.of_takes(self.database, [take.id])}))
        accepted = all(item.passed or item.gate in waived for item in found)
        return Outcome(order.subject, take, accepted, 0, found, waived=waived)

    def verdict_of(self, order: Order[Any], take: Take) -> Outcome:
        """Judge a take and write the verdicts that are new."""
        outcome = self.judged(order, take)
        verdicts.record(self.database, take.id, outcome.verdicts)
        return outcome

    def found(self, order: Order[Any], known: Sequence[Take], *, only_look: bool = False) -> Outcome | None:
        """Return the first take in order of preference that is whole and accepted, else the best whole one, else None.

        Args:
            order: What is wanted.
            known: Takes that carry its digest, newest first.
            only_look: Write no verdicts, and trust a file's length instead of reading it.
        """
        best: Outcome | None = None
        for take in preferred(order, known):
            if not all(self._is_whole(file, only_look) for file in take.files.values()):
                continue
            outcome = self.judged(order, take) if only_look else self.verdict_of(order, take)
            if outcome.accepted:
                return outcome
            if best is None or score(outcome.verdicts) > score(best.verdicts):
                best = outcome
        return best

    def _is_whole(self, file: KeptFile, only_look: bool) -> bool:
        if only_look:
            return self.media.has(file.path, file.size_bytes)
        return self.media.is_whole(file.path, file.sha256)

    def make(self, order: Order[Any], attempt: Planned) -> Take:
        """Decide, call the engine once, measure and keep what it made.

        Raises:
            TowerError: It could not be made, measured or kept; the decision says so too.
        """
        decision = decisions.decide(
            self.database,
            decisions.NewDecision(
                project_id=order.place.project,
                episode_id=order.place.episode,
                scene_id=order.place.scene,
                shot_id=order.place.shot,
                line_id=order.place.line_id,
                decision_type=order.stage,
                parameters={"brief": plain(order.brief), "attempt": plain(attempt.parameters)},
                reasoning=f"{order.reasoning} {attempt.reasoning}".strip(),
                alternatives=list(order.alternatives),
                engine=order.engine.name,
                engine_version=order.engine.version,
                brief_digest=order.digest,
                attempt=attempt.number,
                run_id=self.run_id,
                created_by=self.created_by,
                idempotency_key=str(uuid4()),
                replaces=attempt.replaces,
            ),
        )
        began = time.monotonic()
        decisions.start(self.database, decision.id)
        try:
            with self.media.workspace() as folder:
                parameters = attempt.parameters
                asked = Attempt(
                    attempt.number, int(parameters["seed"]), parameters, folder, order.inputs, decision_id=decision.id
                )
                made = order.engine.make(order.brief, asked)
                measured = order.measure(made)
                numbers = {**measured.numbers, **order.context(measured.facts)}
                files = {role: self.media.keep(path) for role, path in {**made.files, **measured.files}.items()}
                return takes.keep(
                    self.database,
                    takes.NewTake(
                        decision_id=decision.id,
                        brief_digest=order.digest,
                        stage=order.stage,
                        project_id=order.place.project,
                        episode_id=order.place.episode,
                        scene_id=order.place.scene,
                        shot_id=order.place.shot,
                        line_id=order.place.line_id,
                        files=files,
                        measured=dict(measured.numbers),
                        details={**made.details, **measured.facts},
                        duration_s=time.monotonic() - began,
                        cpu_s=made.cpu_s,
                        gpu_s=made.gpu_s,
                        quality_score=score(judge(numbers, order.bars)),
                    ),
                )
        except Exception as error:
            decisions.fail(self.database, decision.id, f"{type(error).__name__}: {error}", time.monotonic() - began)
            raise
        except BaseException:  # an interrupt is not a failure of the engine, and must not stay open either
            decisions.cancel(self.database, decision.id, time.monotonic() - began)
            raise

    def planned(
        self, order: Order[Any], known: Sequence[Take], made: int, complaints: tuple[Verdict, ...], last: str | None
    ) -> Planned:
        """Return the next attempt at an order.

        A take whose file was lost is made again exactly as it was decided; otherwise the engine changes what the
        gates complained of.

        Args:
            order: What is wanted.
            known: Takes that carried its digest before this run, newest first.
            made: How many attempts this run has made.
            complaints: What the gates held against the candidate so far.
            last: The decision behind that candidate.
        """
        if last is None and known:
            lost = decisions.find(self.database, preferred(order, known)[0].decision_id)
            if lost is not None:
                why = "Made again as it was, because its file was missing or damaged."
                return Planned(lost.attempt, lost.parameters["attempt"], why, lost.id)
        number = len(known) + made + 1
        why = f"Attempt {number}" + (", because " + "; ".join(map(str, complaints)) if complaints else "") + "."
        parameters = order.engine.plan_attempt(order.brief, number, complaints)
        return Planned(number, parameters, why if number > 1 else "", last)


def preferred(order: Order[Any], known: Sequence[Take]) -> list[Take]:
    """Return takes of one digest, newest first, in the order in which an order would use them.

    Its own episode's come first, the newest before the others. What other episodes made of an equal brief serves too,
    the oldest first, so that a new attempt elsewhere changes nothing here.
    """
    here = (order.place.project, order.place.episode)
    own = [take for take in known if (take.project_id, take.episode_id) == here]
    others = [take for take in known if (take.project_id, take.episode_id) != here]
    return [*own, *reversed(others)]


def generate(
    order: Order[B],
    record: Record,
    known: Sequence[Take],
    *,
    attempts: int,
    force: bool = False,
    goes_on: Callable[[], bool] = lambda: True,
) -> Outcome:
    """Return the accepted take for an order, made now only if none exists, else its best candidate.

    Args:
        order: What is wanted.
        record: Where it is decided and kept.
        known: Takes that already carry the order's digest, newest first.
        attempts: How many to make at most when the gates reject them.
        force: Make one even if an accepted take exists.
        goes_on: Asked before each attempt after the first: False when somebody has stopped the run.

    Raises:
        TowerError: It could not be made.
    """
    began = time.monotonic()
    best = record.found(order, known)
    if best is not None and best.accepted and not force:
        return best
    complaints = best.failed if best is not None else ()
    last = best.take.decision_id if best is not None else None
    cpu_s = gpu_s = 0.0
    for made in range(attempts):
        take = record.make(order, record.planned(order, known, made, complaints, last))
        cpu_s, gpu_s = cpu_s + take.cpu_s, gpu_s + take.gpu_s
        outcome = record.verdict_of(order, take)
        if best is None or outcome.accepted or score(outcome.verdicts) > score(best.verdicts):
            best = outcome
        best = replace(best, attempts=made + 1, seconds=time.monotonic() - began, cpu_s=cpu_s, gpu_s=gpu_s)
        if outcome.accepted or not goes_on():
            return best
        complaints, last = outcome.failed, take.decision_id
    assert best is not None  # noqa: S101 - attempts is at least 1, so there is a candidate
    return best
