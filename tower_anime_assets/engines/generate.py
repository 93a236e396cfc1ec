"""The one path to every engine: decide, call, measure, keep, judge. Nothing else calls `Engine.make`.

The decision is committed before the engine is called, so whatever happens afterwards is on record: a take with its
verdicts, a failure with its reason, or an open decision. An open decision of an engine in this process is settled as
lost by the next run; one of a remote engine names its job, and the next run takes up that job where it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4, uuid5

from tower_anime_assets.engines.consultations import Consultations
from tower_anime_assets.engines.protocols import Engine, RemoteEngine
from tower_anime_assets.errors import MediaError, RenderLostError, ServiceError, ServiceUnavailableError, StoppedError
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.production.attempt import Attempt, EngineOutput, Lease, RemoteContext, Submission
from tower_anime_assets.production.digest import plain_data
from tower_anime_assets.production.planning.briefs import Brief, brief_digest
from tower_anime_assets.production.verdicts import Threshold, Verdict, judge, score
from tower_anime_assets.store import decisions, takes, verdicts, waivers, workflows
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import Decision
from tower_anime_assets.store.takes import Take, TakeFile

B = TypeVar("B", bound=Brief)

NO_MEASURES: Mapping[str, float] = {}

JOB_NAMESPACE = UUID("6f5bf2c3-5a0e-4c3f-9a3e-0d6a4ce1b7d2")
"""Namespace of the job ids that are derived from decisions."""

MAX_SERVER_MOVES = 3
"""How often an attempt is begun anew elsewhere when its server dies or forgets it, before that is an error."""

TakesByDigest = Mapping[str, Sequence[Take]]
"""Takes by brief digest, newest first."""


@dataclass(frozen=True)
class StoryPosition:
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
class Measurement:
    """What was measured on a fresh take: numbers for the gates, facts kept with it, pictures of it by role."""

    numbers: Mapping[str, float]
    details: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)

    def merged_with(self, other: Measurement) -> Measurement:
        """Return both together."""
        numbers = {**self.numbers, **other.numbers}
        return Measurement(numbers, {**self.details, **other.details}, {**self.files, **other.files})


@dataclass(frozen=True)
class Order(Generic[B]):
    """A take that a stage wants.

    Attributes:
        stage: Also the decision's type: sheet, plan, keyframe, clip, voice, music, mix, master.
        subject: What a person calls it: a shot key, a line, a scene.
        inputs: Files that the brief builds on, by role.
        measure: Measures a fresh take; raises when it cannot.
        context: Numbers that depend on other takes, formed anew from a take's facts each time it is judged.
        witness: Has somebody else look at a fresh take too, and puts what they say on record; None for nobody.
        bars: What its gates ask.
        reasoning: Why it is made like this, in words.
        alternatives: What was considered instead.
        others: The same order on other engines, the best first: an accepted take of theirs serves too.
        hands_on: Whether the others may take over, in their order, when this one's engine fails.
    """

    stage: str
    subject: str
    position: StoryPosition
    brief: B
    engine: Engine[B]
    measure: Callable[[EngineOutput], Measurement]
    thresholds: tuple[Threshold, ...]
    reasoning: str
    inputs: Mapping[str, Path] = field(default_factory=dict)
    context: Callable[[Mapping[str, Any]], Mapping[str, float]] = lambda _facts: NO_MEASURES
    alternatives: tuple[Any, ...] = ()
    review: Callable[[EngineOutput, Attempt], Measurement] | None = None
    alternates: tuple[Order[B], ...] = ()
    may_fall_back: bool = False

    @cached_property
    def digest(self) -> str:
        """The digest under which its takes are found again."""
        return brief_digest(self.brief, self.engine.name, self.engine.version)

    @property
    def variants(self) -> tuple[Order[B], ...]:
        """It and the others."""
        return (self, *self.alternates)

    @property
    def digests(self) -> tuple[str, ...]:
        """Its own digest, then those of the others."""
        return tuple(order.digest for order in self.variants)

    def with_context(self, context: Callable[[Mapping[str, Any]], Mapping[str, float]]) -> Order[B]:
        """Return it, and the others, with the numbers that depend on other takes."""
        others = tuple(replace(other, context=context) for other in self.alternates)
        return replace(self, context=context, alternates=others)


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
class AttemptPlan:
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
class SuggestedParameters:
    """A suggestion for an attempt's parameters, from what was learned.

    Attributes:
        parameters: What is to be used.
        reasoning: Why, in words; "" when nothing was changed.
    """

    parameters: Mapping[str, Any]
    reasoning: str = ""


def _unchanged(_order: Order[Any], parameters: Mapping[str, Any]) -> SuggestedParameters:
    return SuggestedParameters(parameters)


@dataclass(frozen=True)
class Record:
    """The audit record as `generate` uses it: one database, one media store, one run.

    Attributes:
        run_id: The run on whose behalf decisions are made.
        created_by: Who or what asked for them.
        session_of: Returns the creative session that a project's decisions belong to, None for none.
        progress: Called with an order's subject, 0..1 and a few words while it is made; from any thread.
        attempted: Called with every take that was made and judged, accepted or not; from any thread.
        is_stopped: Whether somebody has stopped the run.
        advise: What was learned about such orders, applied to a first attempt's parameters.
        said: Newest verdicts on record by take id, where they were looked up: what they say need not be written again.
    """

    database: Database
    media: MediaStore
    run_id: str = ""
    created_by: str = "tower"
    session_of: Callable[[str], str | None] = lambda _project: None
    on_progress: Callable[[str, float, str], None] = lambda _subject, _part, _words: None
    on_attempt: Callable[[Outcome], None] = lambda _outcome: None
    is_stopped: Callable[[], bool] = lambda: False
    suggest: Callable[[Order[Any], Mapping[str, Any]], SuggestedParameters] = _unchanged
    known_verdicts: Mapping[str, Sequence[Verdict]] = field(default_factory=dict)

    def judge_take(self, order: Order[Any], take: Take) -> Outcome:
        """Return how a take stands by today's bars and waivers; writes nothing."""
        found = judge({**take.measured, **order.context(take.details)}, order.thresholds)
        waived: tuple[str, ...] = ()
        if not all(item.passed for item in found):
            waived = tuple(sorted({waiver.gate for waiver in waivers.find_by_takes(self.database, [take.id])}))
        accepted = all(item.passed or item.gate in waived for item in found)
        return Outcome(order.subject, take, accepted, 0, found, waived=waived)

    def record_verdicts(self, order: Order[Any], take: Take) -> Outcome:
        """Judge a take and write the verdicts that are new."""
        outcome = self.judge_take(order, take)
        said = self.known_verdicts.get(take.id, ())
        if any(verdict not in said for verdict in outcome.verdicts):
            verdicts.record_verdicts(self.database, take.id, outcome.verdicts)
        return outcome

    def find_best(self, order: Order[Any], known: TakesByDigest, *, read_only: bool = False) -> Outcome | None:
        """Return the first take in order of preference that is whole and accepted, else the best whole one, else None.

        Args:
            order: What is wanted.
            known: Takes by digest.
            only_look: Write no verdicts, and trust a file's length instead of reading it.
        """
        best: Outcome | None = None
        wanted = {other.digest: other for other in reversed(order.variants)}
        there = [take for digest in wanted for take in known.get(digest, ())]
        # Whichever engine made it: which of them is chosen next time must not exchange what is there.
        for take in by_preference(order, sorted(there, key=lambda take: take.created_at, reverse=True)):
            if not all(self._is_whole(file, read_only) for file in take.files.values()):
                continue
            own = wanted[take.brief_digest]
            outcome = self.judge_take(own, take) if read_only else self.record_verdicts(own, take)
            if outcome.accepted:
                return outcome
            if best is None or score(outcome.verdicts) > score(best.verdicts):
                best = outcome
        return best

    def _is_whole(self, file: TakeFile, only_look: bool) -> bool:
        if only_look:
            return self.media.has(file.path, file.size_bytes)
        return self.media.is_whole(file.path, file.sha256)

    @contextmanager
    def lease_server(self, order: Order[Any], attempt: AttemptPlan) -> Iterator[Lease | None]:
        """Hold what an attempt needs: a server for a remote engine, nothing for one in this process.

        Raises:
            PlanError: The brief cannot be made by this engine.
            ServiceError: No server can do it.
        """
        engine = order.engine
        if not isinstance(engine, RemoteEngine):
            yield None
            return
        with engine.lease(order.brief, attempt.parameters, order.inputs, is_stopped=self.is_stopped) as lease:
            yield lease

    def run_attempt(self, order: Order[Any], attempt: AttemptPlan, lease: Lease | None) -> Take:
        """Decide, call the engine once, measure and keep what it made.

        Raises:
            TowerError: It could not be made, measured or kept; the decision says so too.
        """
        return self._execute(order, self._decide(order, attempt, lease), lease, resumes=False)

    def resume_attempt(self, order: Order[Any], decision: Decision) -> Take | None:
        """Return the take of a decision whose job an earlier run left at a server; None when the job is lost.

        Raises:
            TowerError: The job failed, or what it made could not be measured or kept; the decision says so too.
            ServiceUnavailableError: The job's server does not answer and there is no other; the decision stays open.
        """
        engine = order.engine
        assert isinstance(engine, RemoteEngine)  # noqa: S101 - only their decisions name jobs
        begun = False
        try:
            parameters = decision.parameters["attempt"]
            with engine.lease(order.brief, parameters, order.inputs, decision.server, self.is_stopped) as lease:
                begun = True
                return self._execute(order, decision, lease, resumes=True)
        except RenderLostError as error:
            if not begun:  # its server is no longer one of ours
                decisions.mark_lost(self.database, decision.id, str(error))
            return None
        except ServiceUnavailableError as error:
            if not begun:
                if engine.lanes < 2:
                    raise
                decisions.mark_lost(self.database, decision.id, f"its server is away, so it is made elsewhere: {error}")
            return None

    def cancel_decision(self, engine: Engine[Any] | None, decision: Decision) -> None:
        """End an open decision that nobody wants any more, and take its jobs back from the server if it names one.

        Args:
            engine: One that speaks to the decision's server; None when there is none any more.
            decision: The decision.
        """
        if not decision.prompt_id or not isinstance(engine, RemoteEngine):
            decisions.mark_lost(self.database, decision.id, "the process that made it ended before it was done")
            return
        jobs = len(decision.parameters["attempt"].get("parts", ())) or 1
        try:
            for part in range(jobs):
                engine.abandon(decision.server, job_id(decision.idempotency_key, part))
        except ServiceUnavailableError as error:
            decisions.mark_lost(
                self.database, decision.id, f"nobody wants it any more, and its server is away: {error}"
            )
        else:
            decisions.mark_cancelled(self.database, decision.id, 0.0)

    def _decide(self, order: Order[Any], attempt: AttemptPlan, lease: Lease | None) -> Decision:
        key = str(uuid4())
        parameters: dict[str, Any] = {"brief": plain_data(order.brief), "attempt": plain_data(attempt.parameters)}
        remote = {}
        if lease is not None:
            parameters["workflow"] = plain_data(lease.changes)
            remote = {
                "prompt_id": job_id(key, 0),
                "server": lease.server,
                "template_sha256": workflows.save_template(self.database, lease.template_name, lease.template),
            }
        return decisions.record_decision(
            self.database,
            decisions.NewDecision(
                project_id=order.position.project,
                episode_id=order.position.episode,
                scene_id=order.position.scene,
                shot_id=order.position.shot,
                line_id=order.position.line_id,
                decision_type=order.stage,
                parameters=parameters,
                reasoning=f"{order.reasoning} {attempt.reasoning}".strip(),
                alternatives=list(order.alternatives),
                engine=order.engine.name,
                engine_version=order.engine.version,
                brief_digest=order.digest,
                attempt=attempt.number,
                run_id=self.run_id,
                created_by=self.created_by,
                session_id=self.session_of(order.position.project),
                idempotency_key=key,
                replaces=attempt.replaces,
                **remote,
            ),
        )

    def _execute(self, order: Order[Any], decision: Decision, lease: Lease | None, *, resumes: bool) -> Take:
        """Do what was decided; however it ends, the decision says so."""
        began = time.monotonic()
        decisions.mark_running(self.database, decision.id)
        try:
            return self._make_and_keep(order, decision, self._rendering(decision, lease, resumes), began)
        except StoppedError:
            decisions.mark_cancelled(self.database, decision.id, time.monotonic() - began)
            raise
        except RenderLostError as error:
            decisions.mark_lost(self.database, decision.id, str(error), time.monotonic() - began)
            raise
        except Exception as error:
            decisions.mark_failed(
                self.database, decision.id, f"{type(error).__name__}: {error}", time.monotonic() - began
            )
            raise
        except BaseException:  # an interrupt is not a failure of the engine, and must not stay open either
            decisions.mark_cancelled(self.database, decision.id, time.monotonic() - began)
            raise

    def _make_and_keep(
        self, order: Order[Any], decision: Decision, rendering: RemoteContext | None, began: float
    ) -> Take:
        parameters = decision.parameters["attempt"]
        consultations = Consultations(self.database, decision)
        with self.media.workspace() as folder:
            asked = Attempt(
                decision.attempt,
                int(parameters["seed"]),
                parameters,
                folder,
                order.inputs,
                report_progress=partial(self.on_progress, order.subject),
                decision_id=decision.id,
                session_id=decision.session_id or "",
                is_stopped=self.is_stopped,
                remote=rendering,
                record_question=consultations.put,
                record_consultation=consultations.put,
            )
            made = order.engine.make(order.brief, asked)
            measured = order.measure(made)
            if order.review is not None:
                measured = measured.merged_with(order.review(made, asked))
            details = {**made.details, **measured.details}
            numbers = {**measured.numbers, **order.context(details)}
            files = {role: self.media.keep(path) for role, path in {**made.files, **measured.files}.items()}
            return takes.record_take(
                self.database,
                takes.NewTake(
                    decision_id=decision.id,
                    brief_digest=order.digest,
                    stage=order.stage,
                    project_id=order.position.project,
                    episode_id=order.position.episode,
                    scene_id=order.position.scene,
                    shot_id=order.position.shot,
                    line_id=order.position.line_id,
                    files=files,
                    measured=dict(measured.numbers),
                    details=details,
                    duration_s=time.monotonic() - began,
                    cpu_s=made.cpu_s,
                    gpu_s=made.gpu_s,
                    quality_score=score(judge(numbers, order.thresholds)),
                ),
            )

    def _rendering(self, decision: Decision, lease: Lease | None, resumes: bool) -> RemoteContext | None:
        if lease is None:
            return None
        prompt_id = partial(job_id, decision.idempotency_key)
        return RemoteContext(lease, prompt_id, resumes, partial(self._record_submission, decision))

    def _record_submission(self, decision: Decision, done: Submission) -> None:
        began = done.started_at or done.queued_at
        workflows.record_run(
            self.database,
            workflows.NewWorkflowRun(
                decision_id=decision.id,
                template_sha256=decision.template_sha256 or "",
                changes=done.changes,
                execution_time=max(0.0, (done.finished_at - began).total_seconds()) if began else 0.0,
                idempotency_key=f"{decision.id}:{done.part}",
                error_message=done.error_message or None,
                part=done.part,
                prompt_id=done.prompt_id,
                server=done.server,
                queued_at=done.queued_at,
                started_at=done.started_at,
                finished_at=done.finished_at,
                error_node=done.error_node or None,
                error_node_type=done.error_node_type or None,
                peak_vram_bytes=done.peak_vram_bytes or None,
                outputs=done.outputs,
            ),
        )

    def plan_attempt(
        self, order: Order[Any], known: Sequence[Take], made: int, complaints: tuple[Verdict, ...], last: str | None
    ) -> AttemptPlan:
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
            lost = decisions.find_by_id(self.database, by_preference(order, known)[0].decision_id)
            if lost is not None:
                why = "Made again as it was, because its file was missing or damaged."
                return AttemptPlan(lost.attempt, lost.parameters["attempt"], why, lost.id)
        number = len(known) + made + 1
        why = f"Attempt {number}" + (", because " + "; ".join(map(str, complaints)) if complaints else "") + "."
        advice = self.suggest(order, order.engine.plan_attempt(order.brief, number, complaints))
        reasoning = f"{why if number > 1 else ''} {advice.reasoning}".strip()
        return AttemptPlan(number, advice.parameters, reasoning, last)


def job_id(idempotency_key: str, part: int) -> str:
    """Return the id of a decision's job at a server: always the same one, so that it can be found again."""
    return str(uuid5(JOB_NAMESPACE, f"{idempotency_key}:{part}"))


def by_preference(order: Order[Any], known: Sequence[Take]) -> list[Take]:
    """Return takes of one digest, newest first, in the order in which an order would use them.

    Its own episode's come first, the newest before the others. What other episodes made of an equal brief serves too,
    the oldest first, so that a new attempt elsewhere changes nothing here.
    """
    here = (order.position.project, order.position.episode)
    own = [take for take in known if (take.project_id, take.episode_id) == here]
    others = [take for take in known if (take.project_id, take.episode_id) != here]
    return [*own, *reversed(others)]


def generate(
    order: Order[B],
    record: Record,
    known: TakesByDigest,
    *,
    attempts: int,
    force: bool = False,
    unfinished: Decision | None = None,
) -> Outcome:
    """Return the accepted take for an order, made now only if none exists, else its best candidate.

    Args:
        order: What is wanted.
        record: Where it is decided and kept.
        known: Takes by digest that already exist.
        attempts: How many to make at most when the gates reject them.
        force: Make one even if an accepted take exists.
        unfinished: An open decision of this order whose job is at a server: taken up before anything is submitted.

    Raises:
        TowerError: It could not be made, by none of the engines that may.
    """
    best = record.find_best(order, known)
    if best is not None and best.accepted and not force:
        if unfinished is not None:
            record.cancel_decision(order.engine, unfinished)
        return best
    making = _Generation(order, record, known, attempts, best)
    asked = list(order.variants if order.may_fall_back else (order,))
    if unfinished is not None:  # whoever was asked before, is asked on
        begun = [other for other in order.variants if other.digest == unfinished.brief_digest]
        asked = begun + [other for other in asked if other not in begun]
    for wanted in asked:
        try:
            return making.make_accepted(
                wanted, unfinished if unfinished and unfinished.brief_digest == wanted.digest else None
            )
        except (ServiceError, MediaError) as error:
            if wanted is asked[-1]:
                raise
            making.note_failure(error)
    raise AssertionError


@dataclass
class _Generation:
    """One call of `generate` that has something to make."""

    order: Order[Any]
    record: Record
    known: TakesByDigest
    attempts: int
    best: Outcome | None
    began: float = field(default_factory=time.monotonic)
    cpu_s: float = 0.0
    gpu_s: float = 0.0
    attempts_made: int = 0
    failure_note: str = ""
    last_decision: str | None = None

    def make_accepted(self, order: Order[Any], unfinished: Decision | None) -> Outcome:
        """Make takes on one engine until one is accepted or the attempts are used up."""
        known = self.known.get(order.digest, ())
        if unfinished is not None:
            taken_up = self.record.resume_attempt(order, unfinished)
            if taken_up is not None and self._judge(order, taken_up).accepted:
                assert self.best is not None  # noqa: S101 - just judged
                return self.best
        complaints = self.best.failed if self.best is not None else ()
        last = self.best.take.decision_id if self.best is not None else None
        while self.attempts_made < self.attempts or self.best is None:
            planned = self.record.plan_attempt(order, known, self.attempts_made, complaints, last)
            outcome = self._judge(order, self._run_attempt(order, planned))
            assert self.best is not None  # noqa: S101 - just judged
            if outcome.accepted or self.record.is_stopped():
                break
            complaints, last = outcome.failed, outcome.take.decision_id
        assert self.best is not None  # noqa: S101 - attempts is at least 1, so there is a candidate
        return self.best

    def note_failure(self, error: Exception) -> None:
        """Take note that an engine failed, so that the next one's decision says why it is asked."""
        self.failure_note = f"The engine chosen first failed: {error}"

    def _run_attempt(self, order: Order[Any], planned: AttemptPlan) -> Take:
        """Make one attempt; begun anew elsewhere when its server dies or forgets it."""
        if self.failure_note:
            planned = replace(planned, reasoning=f"{planned.reasoning} {self.failure_note}".strip())
            self.failure_note = ""
        for move in range(MAX_SERVER_MOVES + 1):
            lease = None
            try:
                with self.record.lease_server(order, planned) as lease:
                    return self.record.run_attempt(order, planned, lease)
            except ServiceUnavailableError as error:
                if lease is None or move == MAX_SERVER_MOVES or self.record.is_stopped():
                    raise
                planned = replace(planned, reasoning=f"Begun anew, because {error}")
        raise AssertionError

    def _judge(self, order: Order[Any], take: Take) -> Outcome:
        self.attempts_made += 1
        self.cpu_s, self.gpu_s = self.cpu_s + take.cpu_s, self.gpu_s + take.gpu_s
        outcome = self.record.record_verdicts(order, take)
        if self.best is None or outcome.accepted or score(outcome.verdicts) > score(self.best.verdicts):
            self.best = outcome
        seconds = time.monotonic() - self.began
        self.record.on_attempt(replace(outcome, attempts=self.attempts_made, seconds=seconds))
        self.best = replace(self.best, attempts=self.attempts_made, seconds=seconds, cpu_s=self.cpu_s, gpu_s=self.gpu_s)
        return outcome
