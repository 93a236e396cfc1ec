"""The one path to every engine: find an accepted take, else decide, make, measure, keep and judge one.

Nothing else calls `Engine.make`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from tower_anime_assets.engines.attempts import AttemptPlan, AttemptRunner
from tower_anime_assets.engines.memory_retries import MemoryRetries
from tower_anime_assets.engines.orders import Order, Outcome
from tower_anime_assets.engines.protocols import RemoteEngine
from tower_anime_assets.engines.record import Record, TakesByDigest
from tower_anime_assets.errors import (
    Cause,
    MediaError,
    NotAcceptedError,
    RenderGivenUpError,
    ServiceError,
    ServiceUnavailableError,
)
from tower_anime_assets.production.learning.feedback import complaints_of
from tower_anime_assets.production.planning.briefs import Brief
from tower_anime_assets.production.verdicts import Verdict, score
from tower_anime_assets.store import takes
from tower_anime_assets.store.decisions import Decision
from tower_anime_assets.store.rulings import Ruling, rejection_sentence
from tower_anime_assets.store.takes import Take

B = TypeVar("B", bound=Brief)

MAX_SERVER_MOVES = 3
"""How often an attempt is started again at another server, when its own dies or forgets it, before that is an error."""


def generate(
    order: Order[B],
    runner: AttemptRunner,
    known: TakesByDigest,
    *,
    attempts: int,
    force: bool = False,
    unfinished: Decision | None = None,
) -> Outcome:
    """Return the accepted take for an order, made now only if none exists; else its best candidate.

    Args:
        order: What is wanted.
        runner: Decides, makes and keeps the attempts.
        known: The takes that exist, by digest.
        attempts: How many takes to make at most while the gates reject them.
        force: Make a take even if an accepted one exists; a locked one stays.
        unfinished: An open decision of this order whose job is at a server: resumed before anything is submitted.

    Raises:
        NotAcceptedError: A person locked a take that cannot be used, or everything that was made is what one rejected.
        BudgetSpentError: A cap on spending has no room for it; no other engine takes over.
        TowerError: None of the permitted engines could make it.
    """
    if obstacle := runner.record.find_obstacle(order):
        raise NotAcceptedError(obstacle)
    best = runner.record.find_best(order, known)
    if best is not None and best.accepted and (not force or best.lock is not None):
        if unfinished is not None:
            runner.cancel_decision(order.engine, unfinished)
        return best
    if best is not None and not force and not runner.retries_rejected and _count_attempts(order, known) >= attempts:
        if unfinished is not None:
            runner.cancel_decision(order.engine, unfinished)
        return best
    generation = _Generation(order, runner, known, attempts, best)
    if best is None and not runner.retries_rejected and _count_since_rejection(order, runner.record, known) >= attempts:
        raise NotAcceptedError(generation.nothing_else(order))
    variants = [variant for variant in order.variants if not variant.is_found_only] if order.may_fall_back else [order]
    if unfinished is not None:  # the engine that was asked before is asked first
        resumed = [variant for variant in order.variants if variant.digest == unfinished.brief_digest]
        variants = resumed + [variant for variant in variants if variant not in resumed]
    for variant in variants:
        own = unfinished if unfinished is not None and unfinished.brief_digest == variant.digest else None
        try:
            return generation.make_accepted(variant, own)
        except (ServiceError, MediaError) as error:
            if variant is variants[-1] or error.cause is Cause.INTERRUPTED:
                raise  # somebody stopped this job: they did not ask for another in its place
            generation.note_failure(error)
    raise AssertionError


@dataclass
class _Generation:
    """One call of `generate` that has something to make."""

    order: Order[Any]
    runner: AttemptRunner
    known: TakesByDigest
    attempts: int
    best: Outcome | None
    started: float = field(default_factory=time.monotonic)
    cpu_s: float = 0.0
    gpu_s: float = 0.0
    attempts_made: int = 0
    failure_note: str = ""
    last_decision: str | None = None
    memory: MemoryRetries = field(default_factory=MemoryRetries)

    def make_accepted(self, order: Order[Any], unfinished: Decision | None) -> Outcome:
        """Make takes on one engine until one is accepted or the attempts are used up."""
        known = self.known.get(order.digest, ())
        self.memory = MemoryRetries(self.runner.too_much)
        if unfinished is not None:
            take = self._resume(order, unfinished)
            is_rejected = take is not None and self.runner.record.rulings.rejection_of(take) is not None
            if take is not None and not is_rejected and self._judge(order, take).accepted:
                assert self.best is not None  # noqa: S101 - just judged
                return self.best
        self.runner.wait_for_turn(order)
        if words := order.unfollowed_sentence:
            self.runner.on_note(order.subject, words)
        complaints, last, why = self._begin_attempts(order)
        before = self.best.take if self.best is not None else None
        while self.attempts_made < max(1, self.attempts):
            attempt = self.runner.plan_attempt(order, known, self.attempts_made, complaints, last, why)
            take = self._run_attempt(order, attempt)
            if (rejection := self.runner.record.rulings.rejection_of(take)) is not None:
                self._note_same_again(order, take, rejection)
                if before is not None and _content(before) == _content(take):
                    break
                before, last = take, take.decision_id
                continue
            outcome = self._judge(order, take)
            is_repeated = before is not None and _content(before) == _content(outcome.take)
            if outcome.accepted or is_repeated or self.runner.is_stopped():
                break
            complaints, last, why = outcome.failed, outcome.take.decision_id, ""
            before = self.best.take if self.best is not None else None
        if self.best is None:
            raise NotAcceptedError(self.nothing_else(order))
        return self.best

    def _begin_attempts(self, order: Order[Any]) -> tuple[tuple[Verdict, ...], str | None, str]:
        """Return what the next attempt is to answer, the decision that it replaces, and a person's reason for it."""
        if self.best is not None:
            return self.best.failed, self.best.take.decision_id, ""
        rejected = self.runner.record.rejections_of(order, self.known)
        if not rejected:
            return (), None, ""
        take, ruling = rejected[0]
        variant = next(one for one in order.variants if one.digest == take.brief_digest)
        verdicts = self.runner.record.judge_take(variant, take).verdicts
        return complaints_of(ruling.reason, verdicts), take.decision_id, rejection_sentence(ruling)

    def _note_same_again(self, order: Order[Any], take: Take, rejection: Ruling) -> None:
        """Judge a take that shows what a person rejected, so that it is complete on record; it is not used."""
        self.attempts_made += 1
        self.cpu_s, self.gpu_s = self.cpu_s + take.cpu_s, self.gpu_s + take.gpu_s
        self.runner.record.record_verdicts(order, take)
        self.runner.on_note(order.subject, f"{take.engine} made what {rejection.who} rejected once more")

    def nothing_else(self, order: Order[Any]) -> str:
        """Return the sentence for an engine that makes nothing but what a person rejected."""
        _take, ruling = self.runner.record.rejections_of(order, self.known)[0]
        return (
            f"{order.subject}: {rejection_sentence(ruling)} {order.engine.name} makes the same again. "
            f"Change what the shot is made of (the script, a note, the style), bring one of "
            f'your own (tower import), or take it back: tower reject {ruling.take_id} --undo --why "..."'
        )

    def _resume(self, order: Order[Any], unfinished: Decision) -> Take | None:
        """Take up a job of an earlier run; None when it has to be made again.

        Raises:
            TowerError: The job failed in a way that would come again.
        """
        try:
            return self.runner.resume_attempt(order, unfinished)
        except ServiceError as error:
            if error.cause not in (Cause.INTERRUPTED, Cause.OUT_OF_MEMORY):
                raise
            self.failure_note = f"Started again, because {error}"
            return None

    def note_failure(self, error: Exception) -> None:
        """Remember that an engine failed, so that the next engine's decision says why it is asked."""
        self.failure_note = f"The engine chosen first failed: {error}"

    def _run_attempt(self, order: Order[Any], attempt: AttemptPlan) -> Take:
        """Make one attempt.

        It is started again elsewhere when its server dies or forgets it, and with less when the card was too small.
        """
        if self.failure_note:
            attempt = replace(attempt, reasoning=f"{attempt.reasoning} {self.failure_note}".strip())
            self.failure_note = ""
        planned, moves = attempt, 0
        too_small: ServiceError | None = None
        if note := self.memory.begin(order, planned):
            self.runner.on_note(order.subject, note)
            attempt = replace(attempt, reasoning=f"{attempt.reasoning} Made with less: {note}.".strip())
        while True:
            lease = None
            self.runner.check_caps(order)
            attempt = self.memory.fit(order, planned, attempt.reasoning)
            try:
                with self.runner.lease_server(order, attempt, self.memory.server, self.memory.full_servers) as lease:
                    return self.runner.run_attempt(order, attempt, lease)
            except ServiceUnavailableError as error:
                if self.runner.is_stopped():
                    raise
                if lease is None and too_small is not None and not self.memory.server:
                    raise too_small from error  # the servers that are left are away
                if lease is None:
                    self._wait_for_server(order, error)
                    continue
                moves += 1
                if moves > MAX_SERVER_MOVES:
                    takes.find_by_digests(self.runner.record.database, [order.digest])  # raises if it is the one away
                    raise RenderGivenUpError(f"given up after it was begun {moves} times: {error}") from error
                self.memory.leave_server()
                attempt = replace(attempt, reasoning=f"Started again, because {error}")
            except ServiceError as error:
                if lease is None or error.cause is not Cause.OUT_OF_MEMORY or self.runner.is_stopped():
                    raise
                next_step = self.memory.step_down(order, planned, lease.server)
                if not next_step:
                    raise
                too_small = error
                self.runner.on_note(order.subject, next_step)
                attempt = replace(attempt, reasoning=f"Made again with less, because {error}: {next_step}.")

    def _wait_for_server(self, order: Order[Any], error: ServiceUnavailableError) -> None:
        """Wait until the servers of an engine whose jobs go on without us are to be asked again.

        Raises:
            ServiceUnavailableError: `error`, at once from any other engine, else once they were away for too long.
        """
        if not isinstance(order.engine, RemoteEngine):
            raise error
        if self.memory.leave_server():
            return  # only the server that an earlier try was at is away
        if not self.runner.away.wait(order.subject, error, self.runner.waiter):
            raise error

    def _judge(self, order: Order[Any], take: Take) -> Outcome:
        self.attempts_made += 1
        self.cpu_s, self.gpu_s = self.cpu_s + take.cpu_s, self.gpu_s + take.gpu_s
        outcome = self.runner.record.record_verdicts(order, take)
        if self.best is None or outcome.accepted or score(outcome.verdicts) > score(self.best.verdicts):
            self.best = outcome
        seconds = time.monotonic() - self.started
        self.runner.on_attempt(replace(outcome, attempts=self.attempts_made, seconds=seconds))
        self.best = replace(self.best, attempts=self.attempts_made, seconds=seconds, cpu_s=self.cpu_s, gpu_s=self.gpu_s)
        return outcome


def _count_attempts(order: Order[Any], known: TakesByDigest) -> int:
    """Return how many attempts gave a take of an order; candidates of one attempt count once."""
    return len({take.decision_id for digest in order.digests for take in known.get(digest, ())})


def _count_since_rejection(order: Order[Any], record: Record, known: TakesByDigest) -> int:
    """Return how many attempts gave what a person rejects, after they said so; 0 where nobody rejects anything."""
    rejected = record.rejections_of(order, known)
    return sum(take.created_at > ruling.timestamp for take, ruling in rejected)


def _content(take: Take) -> str:
    """Return the digest of what a take shows or sounds like: an engine that repeats it has nothing left to change."""
    return take.files["main"].sha256
