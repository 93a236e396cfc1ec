"""Attempts: each is decided on record, leased a server where it needs one, made, measured and kept.

The decision is committed before the engine is called, so whatever happens afterwards is on record: a take, a failure
with its reason, or an open decision. The next run marks an open decision of an embedded engine as lost; one of a remote
engine names its job, and the next run takes that job up where it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

from tower_anime_assets.engines.consultations import ConsultationLog
from tower_anime_assets.engines.orders import Measurement, Order, Outcome
from tower_anime_assets.engines.protocols import Engine, RemoteEngine
from tower_anime_assets.engines.record import Record, by_preference
from tower_anime_assets.engines.resting import AwayServers, Waiter, wait_for_turn
from tower_anime_assets.engines.spending import SpendingGuard
from tower_anime_assets.errors import (
    Cause,
    JobLeftError,
    RenderLostError,
    ServiceUnavailableError,
    StoppedError,
    cause_of,
    recorded_name,
)
from tower_anime_assets.production.attempt import (
    Attempt,
    EngineOutput,
    Lease,
    RemoteContext,
    ServerWait,
    Submission,
)
from tower_anime_assets.production.digest import plain_data
from tower_anime_assets.production.value_origins import with_engine_origins
from tower_anime_assets.production.verdicts import Verdict, judge, score
from tower_anime_assets.settings import hide_secrets
from tower_anime_assets.store import decisions, takes, workflows
from tower_anime_assets.store.decisions import Decision
from tower_anime_assets.store.takes import Take

JOB_NAMESPACE = UUID("6f5bf2c3-5a0e-4c3f-9a3e-0d6a4ce1b7d2")
"""Namespace of the job ids that are derived from decisions."""


@dataclass(frozen=True)
class AttemptPlan:
    """The next attempt at an order, before it is decided.

    Attributes:
        number: 1 for the first.
        parameters: What the engine is to use, JSON-ready.
        reasoning: Why another attempt is made, "" for the first.
        replaces: Id of the decision whose take it replaces, or None.
    """

    number: int
    parameters: Mapping[str, Any]
    reasoning: str = ""
    replaces: str | None = None


@dataclass(frozen=True)
class SuggestedParameters:
    """An attempt's parameters as changed by what was learned from earlier attempts.

    Attributes:
        parameters: What the engine is to use, JSON-ready.
        reasoning: Why, for people; "" when nothing was changed.
    """

    parameters: Mapping[str, Any]
    reasoning: str = ""


def _unchanged(_order: Order[Any], parameters: Mapping[str, Any]) -> SuggestedParameters:
    return SuggestedParameters(parameters)


@dataclass(frozen=True)
class _MeasuredOutput:
    """One candidate of an attempt, measured and judged, not yet on record."""

    measurement: Measurement
    details: Mapping[str, Any]
    files: Mapping[str, Path]
    score: float


@dataclass(frozen=True)
class AttemptRunner:
    """Runs attempts on behalf of one run.

    Attributes:
        record: Where decisions and takes are kept.
        run_id: The run on whose behalf decisions are made.
        created_by: Who or what asked for them.
        session_of: Returns the creative session that a project's decisions belong to, None for none.
        on_progress: Called with an order's subject, 0..1 and a few words while it is made; from any thread.
        on_attempt: Called with every take that was made and judged, accepted or not; from any thread.
        on_note: Called with an order's subject and what a person should know of it; from any thread.
        on_wait: Called likewise with why it waits.
        on_server_wait: Called with an order's subject and why a server keeps it waiting, or that it goes on; likewise.
        is_stopped: Whether somebody has stopped the run.
        away: What the run knows of servers that are away.
        too_much: The smallest load that was too much for the only server's card in this run, by engine.
        guard: Keeps attempts within the caps on spending; None for no caps.
        retries_rejected: Whether an order is tried again whose attempts earlier runs have used up.
        suggest: Changes an attempt's parameters by what was learned from earlier attempts.
    """

    record: Record
    run_id: str = ""
    created_by: str = "tower"
    session_of: Callable[[str], str | None] = lambda _project: None
    on_progress: Callable[[str, float, str], None] = lambda _subject, _part, _words: None
    on_attempt: Callable[[Outcome], None] = lambda _outcome: None
    on_note: Callable[[str, str], None] = lambda _subject, _words: None
    on_wait: Callable[[str, str], None] = lambda _subject, _words: None
    on_server_wait: Callable[[str, ServerWait], None] = lambda _subject, _wait: None
    is_stopped: Callable[[], bool] = lambda: False
    away: AwayServers = field(default_factory=AwayServers)
    too_much: dict[str, int] = field(default_factory=dict)
    guard: SpendingGuard | None = None
    retries_rejected: bool = True
    suggest: Callable[[Order[Any], Mapping[str, Any]], SuggestedParameters] = _unchanged

    def plan_attempt(
        self,
        order: Order[Any],
        known: Sequence[Take],
        made: int,
        complaints: tuple[Verdict, ...],
        last: str | None,
        rejection: str = "",
    ) -> AttemptPlan:
        """Return the next attempt at an order.

        A take whose file was lost is made again exactly as it was decided; otherwise the engine changes what the gates
        complained about.

        Args:
            order: What is wanted.
            known: Takes with the order's digest from before this run, newest first.
            made: How many attempts this run has made.
            complaints: The failed verdicts of the candidate so far.
            last: Id of the decision that made the candidate.
            rejection: Who rejected the candidate and why, a sentence; "" if gates did.
        """
        if last is None and known:
            lost = decisions.find_by_id(self.record.database, by_preference(order, known)[0].decision_id)
            if lost is not None and lost.engine == order.engine.name:
                why = "Made again as it was, because its file was missing or damaged."
                return AttemptPlan(lost.attempt, lost.parameters["attempt"], why, lost.id)
        number = len(known) + made + 1
        reasons = rejection.rstrip(".") or "; ".join(map(str, complaints))
        why = f"Attempt {number}" + (f", because {reasons}" if reasons else "") + "."
        first_parameters = order.engine.plan_attempt(order.brief, 1, ())
        parameters = order.engine.plan_attempt(order.brief, number, complaints)
        suggestion = self.suggest(order, with_engine_origins(parameters, first_parameters, complaints))
        reasoning = f"{why if number > 1 else ''} {suggestion.reasoning}".strip()
        return AttemptPlan(number, suggestion.parameters, reasoning, last)

    @property
    def waiter(self) -> Waiter:
        """How this run waits."""
        return Waiter(self.on_wait, self.is_stopped)

    def wait_for_turn(self, order: Order[Any]) -> None:
        """Wait until the engine of an order may run again after failures; see `resting.wait_for_turn`."""
        wait_for_turn(order, self.record.database, self.waiter)

    @contextmanager
    def lease_server(
        self, order: Order[Any], attempt: AttemptPlan, server: str = "", avoided: frozenset[str] = frozenset()
    ) -> Iterator[Lease | None]:
        """Hold what an attempt needs: a server for a remote engine, nothing for an embedded one.

        Args:
            order: What is wanted.
            attempt: The attempt.
            server: The only server that will do, "" for any.
            avoided: Servers that will not do.

        Raises:
            PlanError: The engine cannot make this brief.
            ServiceError: No server can make it.
        """
        engine = order.engine
        if not isinstance(engine, RemoteEngine):
            yield None
            return
        with engine.lease(
            order.brief,
            attempt.parameters,
            order.inputs,
            server,
            self.is_stopped,
            avoided,
            partial(self.on_server_wait, order.subject),
        ) as lease:
            self.away.note_answer()
            yield lease

    def run_attempt(self, order: Order[Any], attempt: AttemptPlan, lease: Lease | None) -> Take:
        """Record a decision, call the engine once, measure its output and keep it as a take.

        Raises:
            BudgetSpentError: A cap on spending has no room for it; nothing was decided.
            TowerError: The output could not be made, measured or kept; the decision says so too.
        """
        return self._execute(order, self._decide(order, attempt, lease), lease, resumes=False)

    def resume_attempt(self, order: Order[Any], decision: Decision) -> Take | None:
        """Finish a decision whose job an earlier run left at a server; return None when the job is lost.

        Raises:
            TowerError: The job failed, or its output could not be measured or kept; the decision says so too.
            ServiceUnavailableError: The job's server does not answer and there is no other; the decision stays open.
        """
        engine = order.engine
        assert isinstance(engine, RemoteEngine)  # noqa: S101 - only their decisions name jobs
        is_leased = False
        try:
            parameters = decision.parameters["attempt"]
            report_wait = partial(self.on_server_wait, order.subject)
            with engine.lease(
                order.brief, parameters, order.inputs, decision.server, self.is_stopped, report_wait=report_wait
            ) as lease:
                is_leased = True
                return self._execute(order, decision, lease, resumes=True)
        except RenderLostError as error:
            if not is_leased:  # its server is no longer one of ours
                decisions.mark_lost(self.record.database, decision.id, str(error))
            return None
        except ServiceUnavailableError as error:
            if not is_leased:
                if engine.lanes < 2:
                    raise
                decisions.mark_lost(
                    self.record.database, decision.id, f"its server is away, so it is made elsewhere: {error}"
                )
            return None

    def check_caps(self, order: Order[Any]) -> None:
        """Refuse an attempt that the caps on spending have no room for; asked before a server is waited for.

        Raises:
            BudgetSpentError: A cap has no room for it.
            StoryError: The files with prices and caps cannot be used.
        """
        if self.guard is not None:
            self.guard.check(order)

    def cancel_decision(self, engine: Engine[Any] | None, decision: Decision) -> None:
        """End an open decision whose take is no longer wanted, and cancel its jobs at the server if it names one.

        Args:
            engine: An engine that reaches the decision's server, None when there is none any more.
            decision: The decision.
        """
        if not decision.prompt_id or not isinstance(engine, RemoteEngine):
            why = "the process that made it ended before it was done"
            decisions.mark_lost(self.record.database, decision.id, why, cause=Cause.INTERRUPTED)
            return
        jobs = len(decision.parameters["attempt"].get("parts", ())) or 1
        try:
            for part in range(jobs):
                engine.abandon(decision.server, job_id(decision.idempotency_key, part))
        except ServiceUnavailableError as error:
            decisions.mark_lost(
                self.record.database, decision.id, f"nobody wants it any more, and its server is away: {error}"
            )
        else:
            decisions.mark_cancelled(self.record.database, decision.id, 0.0)

    def _decide(self, order: Order[Any], attempt: AttemptPlan, lease: Lease | None) -> Decision:
        key = str(uuid4())
        parameters: dict[str, Any] = {"brief": plain_data(order.brief), "attempt": plain_data(attempt.parameters)}
        remote: dict[str, Any] = {}
        if order.asked is not None:
            parameters["asked"] = {**order.asked_record(), "parts": order.asked_prompt()}
        if lease is not None:
            parameters["attempt"] |= plain_data(lease.decided)
            parameters["workflow"] = plain_data(lease.changes)
            remote = {
                "prompt_id": job_id(key, 0),
                "server": lease.server,
                "template_sha256": workflows.save_template(self.record.database, lease.template_name, lease.template),
            }
        place = order.position
        charged: dict[str, Any] = {}
        admit = None
        if self.guard is not None:
            rules = self.guard.rules_for(place.project)
            cost = self.guard.cost_of(order, rules, parameters["attempt"], lease.server if lease is not None else "")
            charged, admit = self.guard.charge(cost, rules, place.project, place.episode)
        return decisions.record_decision(
            self.record.database,
            decisions.NewDecision(
                project_id=place.project,
                episode_id=place.episode,
                scene_id=place.scene,
                shot_id=place.shot,
                line_id=place.line_id,
                decision_type=order.stage,
                parameters=parameters,
                reasoning=" ".join(filter(None, (order.reasoning, attempt.reasoning, lease.note if lease else ""))),
                alternatives=list(order.alternatives),
                engine=order.engine.name,
                engine_version=order.engine_version,
                brief_digest=order.digest,
                attempt=attempt.number,
                run_id=self.run_id,
                created_by=self.created_by,
                session_id=self.session_of(place.project),
                idempotency_key=key,
                replaces=attempt.replaces,
                **remote,
                **charged,
            ),
            admit,
        )

    def _execute(self, order: Order[Any], decision: Decision, lease: Lease | None, *, resumes: bool) -> Take:
        """Carry out a decision, and record on it how that ended."""
        started = time.monotonic()
        decisions.mark_running(self.record.database, decision.id)
        try:
            return self._make_and_keep(order, decision, self._remote_context(decision, lease, resumes), started)
        except JobLeftError:  # the decision stays open, and names the job for the next run
            raise
        except StoppedError:
            decisions.mark_cancelled(self.record.database, decision.id, time.monotonic() - started)
            raise
        except RenderLostError as error:
            decisions.mark_lost(self.record.database, decision.id, str(error), time.monotonic() - started)
            raise
        except Exception as error:
            decisions.mark_failed(
                self.record.database,
                decision.id,
                hide_secrets(f"{recorded_name(error)}: {error}"),
                time.monotonic() - started,
                cause_of(error),
            )
            raise
        except BaseException:  # an interrupt is no failure of the engine, but the decision must not stay open
            decisions.mark_cancelled(self.record.database, decision.id, time.monotonic() - started)
            raise

    def _make_and_keep(
        self, order: Order[Any], decision: Decision, remote: RemoteContext | None, started: float
    ) -> Take:
        parameters = decision.parameters["attempt"]
        consultations = ConsultationLog(self.record.database, decision)
        with self.record.media.workspace() as folder:
            attempt = Attempt(
                decision.attempt,
                int(parameters["seed"]),
                parameters,
                folder,
                order.inputs,
                report_progress=partial(self.on_progress, order.subject),
                decision_id=decision.id,
                session_id=decision.session_id or "",
                is_stopped=self.is_stopped,
                remote=remote,
                record_question=consultations.record,
                record_consultation=consultations.record,
            )
            output = order.engine.make(order.brief, attempt)
            candidates = [self._measure(order, attempt, candidate) for candidate in (output, *output.others)]
            candidates.sort(key=lambda one: one.score, reverse=True)
            new = [
                takes.NewTake(
                    decision_id=decision.id,
                    brief_digest=order.digest,
                    stage=order.stage,
                    project_id=order.position.project,
                    episode_id=order.position.episode,
                    scene_id=order.position.scene,
                    shot_id=order.position.shot,
                    line_id=order.position.line_id,
                    files={role: self.record.media.store_file(path) for role, path in candidate.files.items()},
                    measured=dict(candidate.measurement.numbers),
                    details=candidate.details,
                    duration_s=time.monotonic() - started,
                    cpu_s=output.cpu_s,
                    gpu_s=output.gpu_s,
                    quality_score=candidate.score,
                    candidate_rank=rank if output.others else None,
                )
                for rank, candidate in enumerate(candidates)
            ]
            best, *others = takes.record_candidates(self.record.database, new)
        for take in others:  # the best is judged by who asked for it
            self.record.record_verdicts(order, take)
        return best

    def _measure(self, order: Order[Any], attempt: Attempt, output: EngineOutput) -> _MeasuredOutput:
        measurement = order.measure(output)
        if order.review is not None:
            measurement = measurement.merged_with(order.review(output, attempt))
        asked = {"asked": order.asked_record()} if order.asked is not None else {}
        details = {**output.details, **measurement.details, **asked}
        verdicts = judge({**measurement.numbers, **order.context(details)}, order.thresholds)
        files = {**output.files, **measurement.files}
        return _MeasuredOutput(measurement, details, files, score(verdicts))

    def _remote_context(self, decision: Decision, lease: Lease | None, resumes: bool) -> RemoteContext | None:
        if lease is None:
            return None
        prompt_id = partial(job_id, decision.idempotency_key)
        return RemoteContext(
            lease,
            prompt_id,
            resumes,
            partial(self._record_submission, decision),
            lambda picture: self.record.media.store_copy(picture).path,
        )

    def _record_submission(self, decision: Decision, submission: Submission) -> None:
        started_at = submission.started_at or submission.queued_at
        workflows.record_run(
            self.record.database,
            workflows.NewWorkflowRun(
                decision_id=decision.id,
                template_sha256=decision.template_sha256 or "",
                changes=submission.changes,
                execution_time=max(0.0, (submission.finished_at - started_at).total_seconds()) if started_at else 0.0,
                idempotency_key=f"{decision.id}:{submission.part}",
                error_message=submission.error_message or None,
                part=submission.part,
                prompt_id=submission.prompt_id,
                server=submission.server,
                queued_at=submission.queued_at,
                started_at=submission.started_at,
                finished_at=submission.finished_at,
                error_node=submission.error_node or None,
                error_node_type=submission.error_node_type or None,
                peak_vram_bytes=submission.peak_vram_bytes or None,
                outputs=submission.outputs,
                uploads=submission.uploads,
            ),
        )


def job_id(idempotency_key: str, part: int) -> str:
    """Return the id of a decision's job at a server; the same for every call, so that a later run finds the job."""
    return str(uuid5(JOB_NAMESPACE, f"{idempotency_key}:{part}"))
